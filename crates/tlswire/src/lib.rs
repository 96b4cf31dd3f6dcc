//! Numbers and names of the TLS standards, and a reader and a writer for their vectors.
