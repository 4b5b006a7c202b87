//! Archive.
#![cfg_attr(test, allow(clippy::unwrap_used))]
pub mod access;
pub mod canonical;
pub mod digest;
pub mod journal;
pub mod disk;
pub mod record;
pub mod scratch;
pub mod store;
