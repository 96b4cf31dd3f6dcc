//! Certificates, as far as the handshake needs them.
