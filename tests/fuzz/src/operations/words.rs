//! What is said, right and wrong: modes of opening, lines for `ctl`, records.

use ninep::OpenMode;

/// Modes of opening, most of them lawful.
pub(super) const MODES: [OpenMode; 8] = [
    OpenMode::READ,
    OpenMode::RDWR,
    OpenMode::RDWR,
    OpenMode::RDWR,
    OpenMode::WRITE,
    OpenMode::EXEC,
    OpenMode(0x12),
    OpenMode(0xff),
];

/// Stages the keys of TLS 1.3.
pub(super) const TRAFFIC_SECRETS: &str = "secret sha256 aes_128_gcm_aead 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is written to `ctl`, or to any other file.
pub(super) const LINES: [&str; 39] = [
    "version 0x304",
    TRAFFIC_SECRETS,
    "secret sha384 ccpoly96_aead 1 AAAA",
    "changecipher in",
    "keyupdate",
    "keyupdate request",
    "maxrec 63 63",
    "maxrec 16384",
    "pad 64",
    "pad 99999",
    "skipearly 20",
    "version 0x303",
    "version 0x301",
    "version 0x300",
    "version 0x200",
    "secret clear clear 0 x",
    "secret clear clear 1 x",
    "secret sha1 clear 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "secret clear aes_128_gcm_aead 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "secret foo clear 0 x",
    "secret sha1 rc4_128 0 !",
    "changecipher",
    "changecipher x",
    "opened",
    "alert 0",
    "alert 40",
    "alert 90",
    "alert 100",
    "alert",
    "hangup",
    "debug off",
    "note sni example.com",
    "note colour red",
    "wire 0x303",
    "fd 0 0x303",
    "fd x",
    "",
    "''",
    "bogus",
];

/// What a far end sends: whole records and parts, lawful ones and others.
pub(super) const RECORDS: [&[u8]; 18] = [
    b"\x16\x03\x03\0\x05hello",
    b"\x16\x03\x03\0\x04\0\0\0\0",
    b"\x16\x03\x01\0\x01x",
    b"\x14\x03\x03\0\x01\x01",
    b"\x17\x03\x03\0\x05hello",
    b"\x17\x03\x03\0\x05hello\x17\x03\x03\0\x01x",
    b"\x15\x03\x03\0\x02\x01\0",
    b"\x15\x03\x03\0\x02\x01\x64",
    b"\x15\x03\x03\0\x02\x01\x29",
    b"\x15\x03\x03\0\x02\x02\x28",
    b"\x15\x03\x03\0\x01\x01",
    b"\x18\x03\x03\0\x01x",
    b"\x16\x03\x03\x48\x01",
    b"\x16\x03\x03",
    b"GET / HTTP/1.0\r\n\r\n",
    b"\x80\x2b\x01\x03\x01\0\x12\0\0\0\x10",
    b"",
    b"\x17\x03\x03\0\0",
];
