//! The TLS record layer without I/O.
