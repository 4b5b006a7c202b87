//! Throws hostile bytes at every parser of kho. `scripts/fuzz` builds and runs it.
//!
//! All targets stand in one program, because building is what costs: `kho-fuzz --target=NAME`, then what libFuzzer
//! takes. The parsers of the program are modules of a binary, so they are compiled in here from the files where
//! they stand; those of the libraries come as crates.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod engine;
mod parts;
mod targets;

/// What the program reads with.
#[expect(dead_code, unused_imports, reason = "the program uses all of it; here only the entrances are used")]
#[path = "../../src"]
mod program {
    pub(crate) mod media;
    pub(crate) mod ingest {
        pub(crate) mod bag;
        pub(crate) mod unpack;
    }
    pub(crate) mod derivative {
        pub(crate) mod picture {
            pub(crate) mod boxes;
            pub(crate) mod colour;
            pub(crate) mod ink;
            pub(crate) mod psd;
            pub(crate) mod small;
            pub(crate) mod tiff;
        }
    }
    pub(crate) mod tiles {
        pub(crate) mod grid;
        pub(crate) mod index;
    }
    pub(crate) mod web {
        pub(crate) mod iiif {
            pub(crate) mod image {
                pub(crate) mod address;
            }
        }
    }
}

/// What the index does not show to the outside.
#[expect(dead_code, unused_imports, reason = "the index uses all of it; here only the entrances are used")]
#[path = "../../index/src"]
mod finding {
    pub(crate) mod analyzer;
    pub(crate) mod snippet;
}

// Their modules know each other by these names.
use finding::{analyzer, snippet};
use program::{derivative, ingest, media, tiles, web};

fuzz_target!(init: engine::begin(), |bytes: &[u8]| { engine::throw(bytes); });
