//! Plan 9's TLS device as a 9P file tree: the library, and the program devtls.
