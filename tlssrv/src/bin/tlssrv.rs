//! The program `tlssrv`: a command behind TLS, as a server.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tlssrv::server::main(std::env::args_os().skip(1)).code())
}
