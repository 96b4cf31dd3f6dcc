//! A gigabyte each way: all of it arrives as it was sent, and neither program grows.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use sha2::{Digest, Sha256};

use crate::support::programs;
use crate::support::server::Server;

/// Bytes sent each way.
const LEN: usize = 1 << 30;
/// Bytes after which the programs' memory is looked at.
const MEASURED_LEN: usize = LEN / 8 * 7;
/// The most memory that one program may have had, in KiB: what a few buffers take, not what a gigabyte takes.
const RESIDENT_MAX: u64 = 64 * 1024;

#[test]
fn a_gigabyte_each_way_through_cat() {
    let mut server = Server::echo(&[]);
    let mut client = Command::new(programs::path("tlsclient"))
        .args(["--insecure", &format!("tcp!localhost!{}", server.port())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("tlsclient starts");
    let mut input = client.stdin.take().expect("piped");
    let sender = thread::spawn(move || {
        let mut hash = Sha256::new();
        let mut block = vec![0_u8; 1 << 20];
        let mut state = 1_u64;
        for _ in 0..LEN / block.len() {
            // A block differs from the one before it at every word: a lost or doubled piece shows.
            for word in block.chunks_exact_mut(8) {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                word.copy_from_slice(&state.to_le_bytes());
            }
            hash.update(&block);
            input.write_all(&block).expect("tlsclient takes it");
        }
        hash.finalize()
    });
    let mut output = client.stdout.take().expect("piped");
    let mut hash = Sha256::new();
    let (mut block, mut len) = (vec![0_u8; 1 << 20], 0);
    loop {
        let read = output.read(&mut block).expect("tlsclient gives it");
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
        len += read;
        if len >= MEASURED_LEN && len < MEASURED_LEN + read {
            // Near the end, but both programs still run.
            for (name, pid) in [("tlsclient", client.id()), ("tlssrv", server.process().id())] {
                let resident = resident_max(pid);
                assert!(resident < RESIDENT_MAX, "{name} had {resident} KiB");
            }
        }
    }
    assert_eq!(len, LEN);
    assert_eq!(sender.join().expect("the sender ends"), hash.finalize());
    assert!(client.wait().expect("tlsclient leaves").success());
}

/// The most memory that a process ever had, in KiB.
fn resident_max(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a Linux process has one");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
