//! The program `tlsclient`: a TLS client for standard input and output, or for a command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tlssrv::client::main(std::env::args_os().skip(1)).code())
}
