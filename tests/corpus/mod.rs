//! The corpus: each file through the function of its fuzz target, and its seeds made anew from where they came.
//!
//! What a fuzzer finds is kept by adding the file: whatever lies in a target's directory is run. Beside the seeds, which
//! have a source in this repository, such files may have any name.

mod seeds;
#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "there it is a library")]
pub(crate) mod targets;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use ninep::Dialect;
use ninep::fcall::{Frame, decode_rmsg, decode_tmsg};
use targets::{TARGETS, Target};

/// The longest file that is kept, in bytes.
const FILE_LEN_MAX: u64 = 4096;
/// The most files that are kept.
const FILES_MAX: usize = 200;

fn tests_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus_dir() -> PathBuf {
    tests_dir().join("data/corpus")
}

/// The names in a directory.
fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What stands between `before` and the next quote, wherever that is in `text`.
fn quoted(text: &str, before: &str) -> BTreeSet<String> {
    text.split(before).skip(1).map(|rest| rest[..rest.find('"').unwrap()].to_owned()).collect()
}

#[test]
fn every_file_holds_what_its_target_promises() {
    for Target { name, run } in TARGETS {
        let dir = corpus_dir().join(name);
        for file in names(&dir) {
            let bytes = fs::read(dir.join(&file)).unwrap();
            // Shown where the target panics.
            println!("{name}/{file}: {} bytes", bytes.len());
            run(&bytes);
        }
    }
}

#[test]
fn the_messages_of_each_dialect_are_understood_in_it() {
    let files = [("requests", 0), ("replies", 0), ("unix", 1), ("linux", 2)];
    for (file, place) in files {
        let dialect = Dialect::ALL[place];
        let bytes = fs::read(corpus_dir().join("ninep_decode").join(file)).unwrap();
        let mut rest = &bytes[..];
        while let Some(size) = rest.first_chunk::<4>() {
            let (message, after) = rest.split_at(u32::from_le_bytes(*size) as usize);
            let frame = Frame::whole(message).unwrap();
            let is_request = message[4] % 2 == 0;
            let is_known = if is_request {
                decode_tmsg(&frame, dialect).is_ok()
            } else {
                decode_rmsg(&frame, dialect).is_ok()
            };
            assert!(is_known, "type {} in {dialect}", message[4]);
            rest = after;
        }
    }
}

#[test]
fn a_ticket_is_gone_on_with_or_leads_to_a_full_handshake_as_its_seed_means() {
    let full = ["send ServerHello", "send Certificate"];
    let (go_on, refused) = (["send ServerHello", "send Finished"], ["tlsError: ", ""]);
    for (seed, [first, second]) in [
        ("ticket12", go_on),
        ("ticket12-of-another-key", full),
        ("ticket12-flipped", full),
        ("ticket12-cut", full),
        ("ticket12-of-the-other-version", full),
        ("ticket12-of-no-session", full),
        ("ticket13", go_on),
        ("ticket13-unbound", refused),
        ("ticket13-flipped", full),
        ("ticket13-of-the-other-version", full),
        ("ticket13-of-another-hash", full),
        ("ticket13-without-secret", refused),
    ] {
        let lines = targets::serve(&fs::read(corpus_dir().join("tlshand_server").join(seed)).unwrap());
        let is_step =
            |line: &&String| line.starts_with("send ") && !line.starts_with("send EncryptedExtensions");
        let mut steps = lines.iter().filter(|line| is_step(line) || line.starts_with("tlsError"));
        let [one, two] = [steps.next(), steps.next()].map(|line| line.cloned().unwrap_or_default());
        assert!(one.starts_with(first) && two.starts_with(second), "{seed}: {lines:#?}");
    }
}

#[test]
fn every_prefix_of_every_file_holds_it_too() {
    for Target { name, run } in TARGETS {
        let dir = corpus_dir().join(name);
        for file in names(&dir) {
            let bytes = fs::read(dir.join(&file)).unwrap();
            println!("{name}/{file}");
            let step = if bytes.len() < 300 { 1 } else { 7 };
            (0..bytes.len()).step_by(step).for_each(|len| run(&bytes[..len]));
        }
    }
}

#[test]
fn targets_programs_corpora_and_chores_are_the_same() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&corpus_dir()), targets, "directories of the corpus");
    let programs = names(&tests_dir().join("fuzz/fuzz_targets"));
    let stems: BTreeSet<String> =
        programs.iter().map(|file| file.strip_suffix(".rs").unwrap().to_owned()).collect();
    assert_eq!(stems, targets, "programs");
    for program in programs {
        let text = fs::read_to_string(tests_dir().join("fuzz/fuzz_targets").join(&program)).unwrap();
        let stem = program.strip_suffix(".rs").unwrap();
        assert!(text.contains(&format!("fuzz::{stem}(bytes)")), "{program} drives its own function");
    }
    let manifest = fs::read_to_string(tests_dir().join("fuzz/Cargo.toml")).unwrap();
    assert_eq!(quoted(&manifest, "[[bin]]\nname = \""), targets, "the manifest");
    let chores = fs::read_to_string(tests_dir().join("../crates/xtask/src/main.rs")).unwrap();
    assert_eq!(quoted(&chores, "fuzz!(\""), targets, "the chores");
}

#[test]
fn the_corpus_is_small() {
    let mut count = 0;
    for Target { name, .. } in TARGETS {
        let dir = corpus_dir().join(name);
        for file in names(&dir) {
            let len = fs::metadata(dir.join(&file)).unwrap().len();
            assert!(len <= FILE_LEN_MAX, "{name}/{file}: {len} bytes");
            count += 1;
        }
    }
    assert!(count <= FILES_MAX, "{count} files");
}

#[test]
fn the_seeds_are_what_their_sources_give() {
    let is_update = env::var_os("UPDATE").is_some();
    let mut seen = BTreeSet::new();
    for (target, file, bytes) in seeds::all() {
        let dir = corpus_dir().join(target);
        assert!(seen.insert((target, file.clone())), "{target}/{file} twice");
        if is_update {
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join(&file), &bytes).unwrap();
        }
        let kept = fs::read(dir.join(&file)).unwrap_or_default();
        assert!(kept == bytes, "{target}/{file} is not what its source gives: UPDATE=1 cargo test corpus");
    }
}
