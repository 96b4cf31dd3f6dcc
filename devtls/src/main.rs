//! `devtls`: the device as a service, by 9P, and a small client of one elsewhere (devtls(4)).
//!
//! This file only sorts out what was asked for. Flags as typed are in `args`, serving is in `service`,
//! the client is `client`, and what the files do is the library's affair.

mod args;
mod client;
mod exit;
mod namespace;
mod service;
mod settings;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use tracing_subscriber::filter::LevelFilter;

use args::{Args, Asked, Wrong};
use client::Client;

fn main() -> ExitCode {
    let words: Vec<_> = env::args_os().skip(1).collect();
    let done = match Client::parse(&words) {
        Some(Ok(client)) => client.run(),
        Some(Err(wrong)) => return refuse(&wrong),
        None => match Args::parse(words) {
            Ok(Asked::Run(args)) => {
                trace(args.is_debug);
                service::run(&args)
            }
            Ok(Asked::Help) => return say(&format!("{}\n\n{}", Args::USAGE, Args::help())),
            Ok(Asked::Version) => return say(concat!("devtls ", env!("CARGO_PKG_VERSION"))),
            Err(wrong) => return refuse(&wrong),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            eprintln!("devtls: {}", fatal.text);
            ExitCode::from(fatal.code)
        }
    }
}

/// Says why the words make no sense, and how they would.
fn refuse(wrong: &Wrong) -> ExitCode {
    eprintln!("devtls: {wrong}\n{}", Args::USAGE);
    ExitCode::from(exit::USAGE)
}

/// Prints what was asked for: this, and only this, is standard output.
fn say(text: &str) -> ExitCode {
    // A reader that is gone has read enough.
    let _ = writeln!(io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Sends what the libraries trace to standard error: warnings, and with `-D` every message.
fn trace(is_debug: bool) {
    let level = if is_debug { LevelFilter::DEBUG } else { LevelFilter::WARN };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}
