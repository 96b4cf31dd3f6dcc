//! The programs tlssrv and tlsclient.
