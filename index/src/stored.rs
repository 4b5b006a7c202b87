//! Texts as they lie in the index, for the places that are shown of them.
//!
//! Each is packed by itself (Zstandard, RFC 8878), with a dictionary of Vietnamese that comes with the program: a short text has too
//! little in it that comes twice, and of many texts together all would have to be unpacked for one. `scripts/dictionary` made it.

use std::cell::RefCell;
use std::io;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// What packed a text unpacks it: the fingerprint of the index knows these bytes.
pub(crate) const DICTIONARY: &[u8] = include_bytes!("stored/vietnamese.zstd-dictionary");

/// Higher levels take four times as long and give nothing for texts of a few hundred bytes.
const LEVEL: i32 = 3;

/// With these bytes every frame begins (RFC 8878, 3.1.1): they need not be kept.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// No text of a record is so long. Its length is written before it, so what is asked for is what it takes.
const LONGEST: usize = 1 << 30;

static PACKING: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::new(DICTIONARY, LEVEL));
static UNPACKING: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::new(DICTIONARY));

/// Packs one text after another.
pub(crate) struct Packer(Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> io::Result<Self> {
        let mut compressor = Compressor::with_prepared_dictionary(&PACKING)?;
        compressor.include_dictid(false)?;
        Ok(Self(compressor))
    }

    /// Returns what [`unpack`] makes the text of again.
    pub(crate) fn pack(&mut self, text: &str) -> io::Result<Vec<u8>> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let frame = self.0.compress(text.as_bytes())?;
        let packed = frame.strip_prefix(&MAGIC).ok_or_else(|| io::Error::other("a text was packed into something else than a frame"))?;
        Ok(packed.to_vec())
    }
}

/// What unpacks, and the frame that it unpacks.
struct Unpacker {
    decompressor: Decompressor<'static>,
    frame: Vec<u8>,
}

impl Unpacker {
    fn new() -> io::Result<Self> {
        Ok(Self { decompressor: Decompressor::with_prepared_dictionary(&UNPACKING)?, frame: MAGIC.to_vec() })
    }

    fn unpack(&mut self, packed: &[u8]) -> io::Result<String> {
        self.frame.truncate(MAGIC.len());
        self.frame.extend_from_slice(packed);
        let text = self.decompressor.decompress(&self.frame, LONGEST)?;
        String::from_utf8(text).map_err(|source| io::Error::new(io::ErrorKind::InvalidData, source))
    }
}

thread_local! {
    // To make one takes longer than to unpack the texts of a page.
    static UNPACKER: RefCell<Option<Unpacker>> = const { RefCell::new(None) };
}

/// Returns the text that was packed.
pub(crate) fn unpack(packed: &[u8]) -> io::Result<String> {
    if packed.is_empty() {
        return Ok(String::new());
    }
    UNPACKER.with_borrow_mut(|unpacker| match unpacker {
        Some(unpacker) => unpacker.unpack(packed),
        None => unpacker.insert(Unpacker::new()?).unpack(packed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn a_short_text_takes_two_thirds_of_its_room_at_most() {
        let text = "Nắng to thì phơi hai hôm, mưa dầm thì phải chờ; ai sốt ruột đem sấy than là sợi giòn, kéo mạnh tay một cái đứt ngay.";
        let packed = Packer::new().unwrap().pack(text).unwrap();
        assert_eq!(unpack(&packed).unwrap(), text);
        assert!(packed.len() * 3 < text.len() * 2, "{} of {}", packed.len(), text.len());
    }

    #[test]
    fn what_was_never_packed_is_an_error() {
        let mut packed = Packer::new().unwrap().pack("đan đó, đan lờ, đan nơm").unwrap();
        packed.truncate(packed.len() - 1);
        for broken in [&packed[..], b"\x00", b"dan lat", &[0xff; 40]] {
            assert!(unpack(broken).is_err(), "{broken:?}");
        }
        assert_eq!(unpack(&[]).unwrap(), "");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_with_its_very_bytes(text: String, times in 1usize..300) {
            let mut packer = Packer::new().unwrap();
            for text in [text.nfd().collect::<String>(), text.repeat(times), text] {
                prop_assert_eq!(unpack(&packer.pack(&text).unwrap()).unwrap(), text);
            }
        }
    }
}
