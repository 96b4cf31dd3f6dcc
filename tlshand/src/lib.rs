//! The TLS handshake, a client of three files.
