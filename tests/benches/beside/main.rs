//! Our programs beside others that do the same, in one run: bytes, handshakes, echoes, memory.
//!
//! `cargo xtask bench` builds the programs and runs this. Rounds are interleaved: in each round every contender of a case is
//! measured once, so that what else the machine does falls on all of them. What counts are the ratios within a round; the numbers
//! themselves are this machine's at that hour. Nothing is installed: a program that is not there is named, with its package, and
//! left out. Nothing hangs: a measurement that takes too long is given up, and the programs behind it are killed; so are all when the
//! bench is told to leave.
#![expect(clippy::unwrap_used, reason = "a bench may end at the first thing that is not as it must be")]
#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

#[path = "../../support/programs.rs"]
#[expect(unused_imports, clippy::unwrap_used, reason = "it is made for the tests")]
mod programs;

mod args;
mod blocking;
mod bulk;
mod case;
mod cases;
mod cert;
mod channel;
mod client;
mod connections;
mod echo;
mod idle;
mod keys;
mod library;
mod linked;
mod peers;
mod picture;
mod proc;
mod servers;
mod table;
mod way;
mod ways;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use args::Args;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((library::WORD, words)) = words.split_first().map(|(word, more)| (word.as_str(), more)) {
        return library::serve(words);
    }
    let args = match Args::parse() {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("{wrong}\n{}", Args::USAGE);
            std::process::exit(100);
        }
    };
    // Cargo starts this in the package, and whoever asked stood in the workspace.
    let dir = args.dir.as_ref().map(|dir| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(dir));
    if let Some(missing) = dir.as_ref().filter(|dir| !dir.is_dir()) {
        eprintln!("--write {}: no such directory", missing.display());
        std::process::exit(100);
    }
    proc::more_descriptors();
    proc::adopt_orphans();
    for missing in peers::missing() {
        println!("SKIPPED: {missing}");
    }
    let begun = Instant::now();
    let world = cases::World::new();
    leave_when_told(world.dir().to_owned());
    let mut results = Vec::new();
    for (number, make) in cases::ALL.iter().enumerate() {
        let case = make(&world);
        if !args.wants(&case.name) {
            continue;
        }
        eprintln!(
            "== {} of {}: {} ({} s)",
            number + 1,
            cases::ALL.len(),
            case.name,
            begun.elapsed().as_secs()
        );
        let result = case.run(args.rounds);
        println!("{}", table::case(&result));
        results.push(result);
    }
    println!("{}", table::bounds(&results));
    println!("{} rounds, {} s", args.rounds, begun.elapsed().as_secs());
    if let Some(dir) = &dir {
        write(dir, &results);
    }
}

/// Has a signal end the programs at work, which would outlive us, and take `dir` away.
fn leave_when_told(dir: PathBuf) {
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut term = signal(SignalKind::terminate()).unwrap();
            let mut interrupt = signal(SignalKind::interrupt()).unwrap();
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        proc::dismiss_all();
        let _ = fs::remove_dir_all(dir);
        std::process::exit(130);
    });
}

/// Writes what was measured as a table and as a picture.
fn write(dir: &Path, results: &[case::Measured]) {
    let mut text = table::bounds(results);
    for result in results {
        text += "\n";
        text += &table::case(result);
    }
    fs::write(dir.join("measured.md"), text).unwrap();
    fs::write(dir.join("measured.svg"), picture::svg(results)).unwrap();
}
