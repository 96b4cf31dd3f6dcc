//! The pages are sound mdoc(7), by mandoc's judgement.

use std::process::Command;

use super::{page, present};

#[test]
fn every_page_is_free_of_warnings() {
    if !present("mandoc", "mandoc") {
        return;
    }
    let pages = page::all();
    let names: Vec<_> = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(
        names,
        ["devtls.4", "tls.3", "tlshand.8", "srvtls.8", "tlsclient.8", "tlssrv.8", "tlstunnel.8"]
    );
    for page in &pages {
        let output = Command::new("mandoc").args(["-Tlint", "-Wwarning"]).arg(page).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.is_empty(), "{}", said);
    }
}
