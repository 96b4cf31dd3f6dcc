//! The file of ticket keys: made, shared, grown old, spoiled.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use super::*;
use crate::session::{KEY_SEALS_TIME_MAX, SESSION_TIME_MAX};

const NOW: u64 = 1_893_456_000;

fn file() -> (tempfile::TempDir, KeyFile) {
    let dir = tempfile::tempdir().unwrap();
    let file = KeyFile::new(dir.path().join("keys"));
    (dir, file)
}

fn names(keys: &TicketKeys) -> Vec<[u8; KEY_NAME_LEN]> {
    keys.all().iter().map(|key| key.name).collect()
}

#[test]
fn it_is_made_for_its_owner_alone_and_read_again() {
    let (dir, file) = file();
    let made = file.keys(NOW).unwrap();
    assert_eq!(made.all().len(), 1);
    assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
    let read = file.keys(NOW + KEY_SEALS_TIME_MAX - 1).unwrap();
    assert_eq!((names(&read), read.all()[0].secret()), (names(&made), made.all()[0].secret()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left there");
}

#[test]
fn many_that_start_at_once_have_the_same_key() {
    let (_dir, file) = file();
    for hour in 0..3 {
        let now = NOW + hour * KEY_SEALS_TIME_MAX;
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let file = file.clone();
                thread::spawn(move || names(&file.keys(now).unwrap()))
            })
            .collect();
        let all: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(all.iter().all(|one| *one == all[0] && one.len() as u64 == hour + 1), "{hour}");
    }
}

#[test]
fn keys_are_followed_by_new_ones_and_thrown_away_when_they_open_nothing() {
    let (_dir, file) = file();
    let first = names(&file.keys(NOW).unwrap())[0];
    let kept = KEY_SEALS_TIME_MAX + SESSION_TIME_MAX;
    let mut now = NOW;
    while now < NOW + kept - KEY_SEALS_TIME_MAX {
        now += KEY_SEALS_TIME_MAX;
        let keys = file.keys(now).unwrap();
        assert!(names(&keys).contains(&first), "{}", now - NOW);
        assert_ne!(keys.sealing(now).unwrap().name, first);
    }
    let keys = file.keys(NOW + kept).unwrap();
    assert!(!names(&keys).contains(&first));
    assert_eq!(keys.all().len(), 13);
    // A clock that is set back finds no key of its time, and makes one.
    let back = file.keys(NOW - 1_000_000).unwrap();
    assert_eq!(back.all().len(), 14);
    assert_eq!(file.keys(NOW - 1_000_000).unwrap().all().len(), 14);
    for jump in 0..2 * KEYS_MAX as u64 {
        let keys = file.keys(NOW - jump * 1_000_000).unwrap();
        assert!(keys.all().len() <= KEYS_MAX, "{jump}");
    }
}

#[test]
fn a_file_of_others_or_of_nonsense_is_refused() {
    let (dir, file) = file();
    file.keys(NOW).unwrap();
    for (mode, is_fine) in [(0o400, true), (0o640, false), (0o604, false), (0o620, false), (0o600, true)] {
        fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
        let read = file.keys(NOW);
        let why = "others can read these ticket keys: chmod go= the file";
        assert_eq!(read.map(drop), if is_fine { Ok(()) } else { Err(why.to_owned()) }, "{mode:o}");
    }
    let good = fs::read_to_string(&file.path).unwrap();
    let line = good.lines().nth(1).unwrap();
    for spoiled in ["x", &line[1..], &line[..line.len() - 1], &format!("{line} x"), &line.replace(' ', "  ")]
    {
        fs::write(&file.path, format!("#\n\n{spoiled}\n")).unwrap();
        assert_eq!(file.keys(NOW).map(drop), Err("line 3 is no ticket key".to_owned()), "{spoiled}");
    }
    fs::write(&file.path, "#".repeat(FILE_LEN_MAX + 1)).unwrap();
    assert_eq!(file.keys(NOW).map(drop), Err("too long for a file of ticket keys".to_owned()));
    let absent = KeyFile::new(dir.path().join("no/such"));
    assert_eq!(absent.keys(NOW).map(drop), Err("no such file or directory".to_owned()));
}

#[test]
fn what_was_left_by_one_who_was_stopped_does_no_harm() {
    let (dir, file) = file();
    fs::write(dir.path().join("keys.new"), "half of").unwrap();
    fs::write(&file.path, "").unwrap();
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(file.keys(NOW).unwrap().all().len(), 1);
    assert!(!dir.path().join("keys.new").exists());
}
