//! Messages of 9P.

use super::{Seed, named};

/// Every message of intro(5), of 9P2000.u and of 9P2000.L, laid out by hand, and some that are none.
pub(super) fn messages() -> Vec<Seed> {
    let message = |number: u8, body: &[&[u8]]| {
        let body = body.concat();
        let len = u32::try_from(body.len() + 7).unwrap().to_le_bytes();
        [&len[..], &[number, 1, 0], &body].concat()
    };
    let text = |text: &str| [&u16::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat();
    let (fid, newfid, qid) = ([0; 4], [1, 0, 0, 0], [0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let texts = [text("ctl"), text("glenda"), text("glenda"), text("")].concat();
    let fixed = [&[0; 6][..], &qid, &[0xb0, 1, 0, 0], &[0; 8], &[3, 0, 0, 0, 0, 0, 0, 0]].concat();
    let stat =
        [&u16::try_from(fixed.len() + texts.len()).unwrap().to_le_bytes()[..], &fixed, &texts].concat();
    let counted = [&u16::try_from(stat.len()).unwrap().to_le_bytes()[..], &stat].concat();
    let requests = [
        message(100, &[&[0, 0x20, 0, 0], &text("9P2000")]),
        message(102, &[&fid, &text("glenda"), &text("")]),
        message(104, &[&fid, &[0xff; 4], &text("glenda"), &text("tls")]),
        message(108, &[&[7, 0]]),
        message(110, &[&fid, &newfid, &[2, 0], &text("tls"), &text("clone")]),
        message(112, &[&newfid, &[2]]),
        message(114, &[&newfid, &text("new"), &[0xa4, 1, 0, 0], &[1]]),
        message(116, &[&newfid, &[0; 8], &[0, 0x10, 0, 0]]),
        message(118, &[&newfid, &[0; 8], &[13, 0, 0, 0], b"version 0x303"]),
        message(118, &[&newfid, &[0; 8], &[22, 0, 0, 0], b"secret md5 rc4_128 0 A"]),
        message(120, &[&newfid]),
        message(122, &[&newfid]),
        message(124, &[&fid]),
        message(126, &[&fid, &counted]),
    ];
    let replies = [
        message(101, &[&[0, 0x20, 0, 0], &text("9P2000")]),
        message(103, &[&qid]),
        message(105, &[&qid]),
        message(107, &[&text("file does not exist")]),
        message(109, &[]),
        message(111, &[&[2, 0], &qid, &qid]),
        message(113, &[&qid, &[0; 4]]),
        message(115, &[&qid, &[0, 0x20, 0, 0]]),
        message(117, &[&[5, 0, 0, 0], b"hello"]),
        message(119, &[&[5, 0, 0, 0]]),
        message(121, &[]),
        message(123, &[]),
        message(125, &[&counted]),
        message(127, &[]),
    ];
    let numbers = [[0xe8, 3, 0, 0], [4, 0, 0, 0], [0xff; 4]].concat();
    let longer = [&fixed[..], &texts, &text(""), &numbers].concat();
    let longer = [&u16::try_from(longer.len()).unwrap().to_le_bytes()[..], &longer].concat();
    let counted_longer = [&u16::try_from(longer.len()).unwrap().to_le_bytes()[..], &longer].concat();
    let unix = [
        message(102, &[&fid, &text("glenda"), &text(""), &[0xff; 4]]),
        message(104, &[&fid, &[0xff; 4], &text("glenda"), &text("tls"), &[0xe8, 3, 0, 0]]),
        message(114, &[&newfid, &text("new"), &[0xa4, 1, 0, 2], &[1], &text("target")]),
        message(126, &[&fid, &counted_longer]),
        message(107, &[&text("file does not exist"), &[2, 0, 0, 0]]),
        message(125, &[&counted_longer]),
    ];
    let times = [0; 32];
    let lock = [&[7; 8][..], &[0; 8], &[9, 0, 0, 0], &text("host")].concat();
    let linux = [
        message(7, &[&[2, 0, 0, 0]]),
        message(8, &[&fid]),
        message(9, &[&[0x97, 0x19, 2, 1], &[0; 52], &[0xff, 0, 0, 0]]),
        message(12, &[&newfid, &[2, 0x80, 0, 0]]),
        message(13, &[&qid, &[0; 4]]),
        message(14, &[&newfid, &text("new"), &[0x41, 0, 0, 0], &[0xa4, 0x81, 0, 0], &[0; 4]]),
        message(15, &[&qid, &[0; 4]]),
        message(16, &[&newfid, &text("new"), &text("target"), &[0; 4]]),
        message(17, &[&qid]),
        message(18, &[&newfid, &text("new"), &[0x80, 0x61, 0, 0], &[8, 0, 0, 0], &[0; 8]]),
        message(20, &[&fid, &newfid, &text("new")]),
        message(21, &[]),
        message(22, &[&fid]),
        message(23, &[&text("target")]),
        message(24, &[&fid, &[0xff, 7, 0, 0, 0, 0, 0, 0]]),
        message(25, &[&[0xff, 7, 0, 0, 0, 0, 0, 0], &qid, &[0; 12], &[0; 40], &[0; 80]]),
        message(26, &[&fid, &[0x68, 0, 0, 0], &[0; 20], &times]),
        message(27, &[]),
        message(30, &[&fid, &newfid, &text("security.capability")]),
        message(31, &[&[0; 8]]),
        message(32, &[&fid, &text("user.x"), &[1, 0, 0, 0, 0, 0, 0, 0], &[0; 4]]),
        message(40, &[&fid, &[0; 8], &[0, 0x10, 0, 0]]),
        message(41, &[&[27, 0, 0, 0], &qid, &[1, 0, 0, 0, 0, 0, 0, 0], &[4], &text("tls")]),
        message(50, &[&fid]),
        message(50, &[&fid, &[1, 0, 0, 0]]),
        message(51, &[]),
        message(52, &[&fid, &[1], &[1, 0, 0, 0], &lock]),
        message(53, &[&[0]]),
        message(54, &[&fid, &[1], &lock]),
        message(55, &[&[2], &lock]),
        message(70, &[&fid, &newfid, &text("new")]),
        message(71, &[]),
        message(72, &[&fid, &text("new"), &[0xed, 1, 0, 0], &[0; 4]]),
        message(73, &[&qid]),
        message(74, &[&fid, &text("old"), &newfid, &text("new")]),
        message(75, &[]),
        message(76, &[&fid, &text("old"), &[0, 2, 0, 0]]),
        message(77, &[]),
    ];
    named(
        "ninep_decode",
        &[
            ("requests", &requests.concat()),
            ("replies", &replies.concat()),
            ("unix", &unix.concat()),
            ("linux", &linux.concat()),
            ("linux-text-too-long", &message(30, &[&fid, &newfid, &[0xff, 0xff], b"short"])),
            ("linux-entries-too-many", &message(41, &[&[0xff; 4], &qid])),
            ("error-too-long", &message(107, &[&text(&"x".repeat(200)), &[0xff; 4]])),
            ("error-too-far", &message(7, &[&[0xff; 4]])),
            ("walk-far", &message(110, &[&fid, &newfid, &[17, 0], &text("..").repeat(17)])),
            ("count-too-long", &message(118, &[&fid, &[0; 8], &[0xff; 4], b"x"])),
            ("text-too-long", &message(107, &[&[0xff, 0xff], b"short"])),
            ("text-no-utf8", &message(104, &[&fid, &fid, &[2, 0], b"\xff\xfe", &text("")])),
            ("stat-of-two-lengths", &message(126, &[&fid, &[9, 0], &stat])),
            ("unknown", &message(99, &[&[0; 9]])),
            ("error-request", &message(106, &[&text("no request")])),
            ("no-header", &[6, 0, 0, 0, 100, 1]),
            ("endless", &[0xff, 0xff, 0xff, 0xff, 100, 0, 0]),
        ],
    )
}
