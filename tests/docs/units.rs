//! The unit files of devtls(4): systemd finds nothing wrong with them, and they start the program as it wants to be started.

use std::fs;
use std::process::Command;

use super::page::Page;
use super::present;
use crate::support::programs;

/// The literal blocks of the page's examples that are unit files, each with the path that stands before it.
fn units() -> Vec<(String, String)> {
    let page = Page::read("devtls/man/devtls.4");
    let mut units = Vec::new();
    let mut lines = page.section("EXAMPLES").into_iter();
    while let Some(line) = lines.next() {
        let Some(path) = line.strip_prefix(".Pa /etc/systemd/system/") else { continue };
        let name = path.split(' ').next().unwrap_or(path).to_owned();
        assert_eq!(lines.next(), Some(".Bd -literal"), "{name}");
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != ".Ed").collect();
        units.push((name, text.join("\n") + "\n"));
    }
    units
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if !present("systemd-analyze", "systemd") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let program = programs::path("devtls");
    let mut paths = Vec::new();
    for (name, text) in units() {
        let path = dir.path().join(name);
        // Where the program is installed is the reader's affair, but there it has to be.
        fs::write(&path, text.replace("/usr/local/bin/devtls", program.to_str().unwrap())).unwrap();
        paths.push(path);
    }
    assert_eq!(paths.len(), 2);
    let mut verify = Command::new("systemd-analyze");
    let output = verify.args(["verify", "--man=no"]).args(&paths).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // What is wrong with units of this machine's own is not ours.
    let of_ours = said.lines().filter(|line| line.contains("devtls")).collect::<Vec<_>>();
    assert_eq!(of_ours, [""; 0], "{said}");
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_service_is_what_the_program_does() {
    let units = units();
    let service = &units.iter().find(|(name, _)| name == "devtls.service").expect("a service").1;
    let socket = &units.iter().find(|(name, _)| name == "devtls.socket").expect("a socket").1;
    // It says when it is ready, and gives signs of life; it is one for all who connect.
    assert!(service.contains("\nType=notify\n") && service.contains("\nWatchdogSec="), "{service}");
    assert!(!socket.contains("Accept=yes"), "{socket}");
    let stop = service.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).expect("a time to stop");
    assert!(stop.parse::<u32>().unwrap() > 8, "the goodbye takes 8 seconds at most");
}
