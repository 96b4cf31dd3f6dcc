//! Lines of a key log: secrets for whoever watches a connection and may (the file of `SSLKEYLOGFILE`, RFC 9850).

use zeroize::Zeroizing;

use crate::sec::master::MasterSecret;
use crate::sec::tls13::schedule::{ExporterSecret, TrafficSecret};

/// A line without a newline, as secret as what it holds.
type Line = Zeroizing<String>;

/// The line of the master secret of TLS 1.2 and the versions before it (RFC 9850 §2.2).
pub(crate) fn master(client_random: &[u8; 32], master_secret: &MasterSecret) -> Line {
    line("CLIENT_RANDOM", client_random, master_secret.bytes())
}

/// The lines of what protects a handshake of TLS 1.3 (RFC 9850 §2.1).
pub(crate) fn handshake_traffic(
    client_random: &[u8; 32],
    client: &TrafficSecret,
    server: &TrafficSecret,
) -> [Line; 2] {
    [
        line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_random, client.bytes()),
        line("SERVER_HANDSHAKE_TRAFFIC_SECRET", client_random, server.bytes()),
    ]
}

/// The lines of what protects its data, and of what keying material is made of (RFC 9850 §2.1).
pub(crate) fn traffic(
    client_random: &[u8; 32],
    client: &TrafficSecret,
    server: &TrafficSecret,
    exporter: &ExporterSecret,
) -> [Line; 3] {
    [
        line("CLIENT_TRAFFIC_SECRET_0", client_random, client.bytes()),
        line("SERVER_TRAFFIC_SECRET_0", client_random, server.bytes()),
        line("EXPORTER_SECRET", client_random, exporter.bytes()),
    ]
}

/// `LABEL CLIENT_RANDOM SECRET`, both numbers in hexadecimal digits.
fn line(label: &str, client_random: &[u8; 32], secret: &[u8]) -> Line {
    // Room for all of it at once: a string that grows leaves its old bytes behind, unwiped.
    let len = label.len() + 2 + 2 * (client_random.len() + secret.len());
    let mut line = Zeroizing::new(String::with_capacity(len));
    line.push_str(label);
    for bytes in [client_random, secret] {
        line.push(' ');
        line.push_str(&Zeroizing::new(base16ct::lower::encode_string(bytes)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_label_and_two_numbers() {
        let line = line("CLIENT_RANDOM", &[0xa0; 32], &[0, 0x1f]);
        assert_eq!(line.as_str(), format!("CLIENT_RANDOM {} 001f", "a0".repeat(32)));
        assert_eq!(line.capacity(), line.len());
    }
}
