//! The program `tlsclienttunnel`: TLS for clients that know nothing of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tlssrv::tunnel::client(std::env::args_os().skip(1)).code())
}
