//! Archived values: what goes in comes out, and damage is an error.

use causeway_core::packed::{CHUNK_BYTES_MAX, Entry, chunks, pieces, read};
use proptest::prelude::*;

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..max)
}

fn entry() -> impl Strategy<Value = Entry> {
    (bytes(20), prop::option::of(bytes(60)), prop::option::of(bytes(10)), any::<u128>())
        .prop_map(|(id, value, after, rest)| Entry { id, value, after, rest })
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut chunk = Vec::new();
    entries.iter().for_each(|entry| entry.write(&mut chunk));
    chunk
}

proptest! {
    #[test]
    fn what_goes_in_comes_out_and_takes_the_bytes_it_says(entries in prop::collection::vec(entry(), 0..40)) {
        let chunk = written(&entries);
        prop_assert_eq!(chunk.len(), entries.iter().map(Entry::len).sum::<usize>());
        prop_assert_eq!(&read(&chunk).unwrap(), &entries);
        let split: Vec<Entry> = chunks(&entries).iter().flat_map(|chunk| read(chunk).unwrap()).collect();
        prop_assert_eq!(split, entries);
    }

    #[test]
    fn a_cut_chunk_is_an_error_unless_it_is_cut_between_entries(
        entries in prop::collection::vec(entry(), 1..6),
    ) {
        let chunk = written(&entries);
        let mut ends = vec![0];
        for entry in &entries {
            ends.push(ends.last().unwrap() + entry.len());
        }
        for len in 0..chunk.len() {
            prop_assert_eq!(read(&chunk[..len]).is_ok(), ends.contains(&len), "cut at {}", len);
        }
    }

    #[test]
    fn damage_never_panics(
        entries in prop::collection::vec(entry(), 1..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut chunk = written(&entries);
        let at = at.index(chunk.len());
        chunk[at] = byte;
        let _ = read(&chunk);
    }

    #[test]
    fn any_bytes_never_panic(bytes in bytes(300)) {
        let _ = read(&bytes);
    }
}

fn of_size(value: usize) -> Entry {
    Entry { id: vec![1], value: Some(vec![7; value]), ..Entry::default() }
}

#[test]
fn no_chunk_grows_beyond_the_limit_but_for_a_single_entry() {
    let third = CHUNK_BYTES_MAX / 3;
    let entries =
        [of_size(third), of_size(third), of_size(third), of_size(CHUNK_BYTES_MAX * 2), of_size(1)];
    let chunks = chunks(&entries);
    let counts: Vec<_> = chunks.iter().map(|chunk| read(chunk).unwrap().len()).collect();
    assert_eq!(counts, [2, 1, 1, 1]);
    for chunk in &chunks {
        assert!(chunk.len() <= CHUNK_BYTES_MAX || read(chunk).unwrap().len() == 1);
        assert!(pieces(chunk).all(|piece| piece.len() <= CHUNK_BYTES_MAX));
        assert_eq!(pieces(chunk).flatten().copied().collect::<Vec<_>>(), *chunk);
    }
}

#[test]
fn nothing_makes_no_chunk() {
    assert!(chunks(&[]).is_empty());
    assert_eq!(read(&[]).unwrap(), []);
}
