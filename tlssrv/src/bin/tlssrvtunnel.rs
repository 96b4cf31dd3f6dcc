//! The program `tlssrvtunnel`: TLS in front of a server that knows nothing of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tlssrv::tunnel::server(std::env::args_os().skip(1)).code())
}
