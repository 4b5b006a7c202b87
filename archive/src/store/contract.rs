//! What every store must do, as one test that each store calls.

use std::io::{self, Read};

use super::{Found, Kept, Store, StoreError};
use crate::digest::Digest;

/// Checks every sentence of the contract of [`Store`] on fresh stores made by `fresh`.
///
/// # Panics
/// When the store breaks its contract.
pub fn check(fresh: &dyn Fn() -> Box<dyn Store>) {
    keeps_bytes_and_tells_both_digests(&*fresh());
    keeps_a_content_once(&*fresh());
    keeps_nothing_of_what_was_only_staged(&*fresh());
    settles_groups_in_order(&*fresh());
    serves_ranges_and_refuses_wrong_ones(&*fresh());
    keeps_nothing_of_a_source_that_breaks(&*fresh());
    keeps_large_and_empty_contents(&*fresh());
    loses_only_what_is_removed(&*fresh());
    replaces_what_stands_under_a_name(&*fresh());
    is_shared_by_threads(&*fresh());
}

fn bytes_of(store: &dyn Store, digest: &Digest) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.read(digest).expect("the content is kept").read_to_end(&mut bytes).expect("it can be read");
    bytes
}

fn put(store: &dyn Store, bytes: &[u8]) -> Kept {
    store.put(&mut &bytes[..]).expect("the store takes it")
}

fn count(store: &dyn Store) -> usize {
    let mut count = 0;
    let mut count_one = |found: Found| {
        assert!(matches!(found, Found::Blob(..)), "the store holds a stranger: {found:?}");
        count += 1;
        true
    };
    store.visit(&mut count_one).expect("the store can be listed");
    count
}

fn keeps_bytes_and_tells_both_digests(store: &dyn Store) {
    let kept = put(store, "đan đó".as_bytes());
    assert!(!kept.known);
    assert_eq!(kept.fingerprint.digest, Digest::of("đan đó".as_bytes()));
    assert_eq!(kept.fingerprint.size, 9);
    assert_eq!(bytes_of(store, &kept.fingerprint.digest), "đan đó".as_bytes());
    assert_eq!(store.size(&kept.fingerprint.digest).expect("it answers"), Some(9));

    let unknown = Digest::of(b"nobody brought this");
    assert_eq!(store.size(&unknown).expect("it answers"), None);
    assert!(matches!(store.read(&unknown), Err(StoreError::NotFound(digest)) if digest == unknown));
}

fn replaces_what_stands_under_a_name(store: &dyn Store) {
    let bytes = "chạm bạc".as_bytes();
    for _ in 0..2 {
        let staged = store.stage(&mut &bytes[..]).expect("the store takes it");
        let kept = store.replace(staged).expect("it is replaced");
        assert_eq!(bytes_of(store, &kept.fingerprint.digest), bytes);
        assert_eq!(count(store), 1);
    }
}

fn keeps_a_content_once(store: &dyn Store) {
    assert!(!put(store, b"mat tre").known);
    assert!(put(store, b"mat tre").known);
    assert_eq!(count(store), 1);
}

fn keeps_nothing_of_what_was_only_staged(store: &dyn Store) {
    let staged = store.stage(&mut &b"only looked at"[..]).expect("the store takes it");
    let digest = staged.fingerprint().digest;
    assert_eq!(store.size(&digest).expect("it answers"), None);
    let mut copy = String::new();
    staged.open().expect("the copy can be read").read_to_string(&mut copy).expect("to its end");
    assert_eq!(copy, "only looked at");
    drop(staged);
    assert_eq!(count(store), 0);
}

fn settles_groups_in_order(store: &dyn Store) {
    let contents: Vec<String> = (0..20).map(|number| format!("nan {}", number % 15)).collect();
    let staged = contents.iter().map(|text| store.stage(&mut text.as_bytes()).expect("it stages")).collect();
    let kept = store.settle(staged).expect("the group settles");
    for (text, kept) in contents.iter().zip(&kept) {
        assert_eq!(kept.fingerprint.digest, Digest::of(text.as_bytes()));
    }
    assert_eq!(kept.iter().filter(|kept| kept.known).count(), 5, "the same content twice in one group");
    assert_eq!(count(store), 15);
    assert!(store.settle(Vec::new()).expect("an empty group is nothing to do").is_empty());
}

fn serves_ranges_and_refuses_wrong_ones(store: &dyn Store) {
    let digest = put(store, b"0123456789").fingerprint.digest;
    let mut middle = String::new();
    store.range(&digest, 3..6).expect("inside").read_to_string(&mut middle).expect("it can be read");
    assert_eq!(middle, "345");
    assert!(matches!(store.range(&digest, 3..11), Err(StoreError::Range { size: 10, .. })));
    let backwards = std::ops::Range { start: 6, end: 3 };
    assert!(matches!(store.range(&digest, backwards), Err(StoreError::Range { .. })));
}

fn keeps_nothing_of_a_source_that_breaks(store: &dyn Store) {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the card was pulled out"))
        }
    }
    let mut source = (&b"the first half"[..]).chain(Broken);
    assert!(matches!(store.stage(&mut source), Err(StoreError::Source(_))));
    assert_eq!(count(store), 0);
}

fn keeps_large_and_empty_contents(store: &dyn Store) {
    let large: Vec<u8> = (0..3_000_001u32).map(|number| (number % 251) as u8).collect();
    let digest = put(store, &large).fingerprint.digest;
    assert_eq!(bytes_of(store, &digest), large);
    assert_eq!(put(store, b"").fingerprint.size, 0);
    assert_eq!(count(store), 2);
}

fn loses_only_what_is_removed(store: &dyn Store) {
    let gone = put(store, "ảnh của người không cho giữ".as_bytes()).fingerprint.digest;
    let kept = put(store, b"mat tre").fingerprint.digest;
    let unknown = Digest::of(b"nobody brought this");
    assert_eq!(store.remove(&[gone, unknown]).expect("it goes"), 1);
    assert_eq!((store.size(&gone).expect("it answers"), store.size(&kept).expect("it answers")), (None, Some(7)));
    assert_eq!(store.remove(&[gone]).expect("again does no harm"), 0);
    assert!(!put(store, "ảnh của người không cho giữ".as_bytes()).known, "what is removed can come again");
}

fn is_shared_by_threads(store: &dyn Store) {
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            scope.spawn(move || {
                for number in 0..25u8 {
                    put(store, &[number % (20 + thread)]);
                }
            });
        }
    });
    assert_eq!(count(store), 23);
}
