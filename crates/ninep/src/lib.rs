//! 9P2000: messages, a server engine and a client, over anything that reads and writes.
