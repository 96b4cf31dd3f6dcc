//! How often the compression function runs must not tell where the message ends.

use super::{Block, Endian, Hash, Prefix, State, less};
use crate::mac::LEN_MAX;
use alloc::{vec, vec::Vec};
use core::cell::Cell;
use zeroize::Zeroizing;

extern crate std;

std::thread_local! {
    /// Blocks compressed by this test.
    static BLOCKS: Cell<usize> = const { Cell::new(0) };
}

/// Counts blocks and stirs their bytes into the state.
static COUNTING: Hash = Hash { init: [1; 8], word_count: 8, compress: count, words: Endian::Big };

fn count(state: &mut State, blocks: &[Block]) {
    BLOCKS.set(BLOCKS.get() + blocks.len());
    for block in blocks {
        for (word, bytes) in state.iter_mut().zip(block.as_chunks().0.iter().cycle()) {
            *word = word.rotate_left(5) ^ u32::from_be_bytes(*bytes);
        }
    }
}

fn run(content: &[u8], least: usize, len: usize) -> (usize, [u8; LEN_MAX]) {
    let prefix = Prefix { bytes: Zeroizing::new([9; 64]), len: 64 };
    let before = BLOCKS.get();
    let hash = COUNTING.digest(&prefix, &[3; 13], content, least, u32::try_from(len).unwrap());
    (BLOCKS.get() - before, hash)
}

#[test]
fn the_number_of_blocks_is_the_same_for_every_length_that_is_possible() {
    let content: Vec<u8> = vec![0x41; 1000];
    for most in [0, 1, 50, 51, 255, 256, 257, 300, 999, 1000] {
        let least = most.max(256) - 256;
        let counts: Vec<usize> = (least..=most).map(|len| run(&content[..most], least, len).0).collect();
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{most}: {counts:?}");
        // Prefix, aad, the longest message, end mark and length.
        assert_eq!(counts[0], (64 + 13 + most + 9).div_ceil(64));
    }
}

#[test]
fn what_is_kept_is_the_state_after_the_last_block_and_not_a_later_one() {
    let content: Vec<u8> = vec![0x41; 600];
    for len in 300..=556 {
        assert_eq!(run(&content, 300, len).1, run(&content[..len], len, len).1);
    }
}

#[test]
fn less_is_less() {
    let numbers = [0, 1, 2, 255, 256, 18432, 0x7fff_fffe, 0x7fff_ffff];
    for a in numbers {
        for b in numbers {
            assert_eq!(bool::from(less(a, b)), a < b, "{a} {b}");
        }
    }
}
