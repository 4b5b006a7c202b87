//! Forms that draw each other without end.
//!
//! A form of a PDF may draw other forms (ISO 32000-1, 8.10). `hayro` follows them fifty deep, which is endless for one that
//! draws itself twice, or for a tower of forms each of which draws the next one twice. The fuzzer found one of 1,246 bytes.

use std::collections::{HashMap, HashSet};

use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::dict::keys::{FORM, RESOURCES, SUBTYPE};
use hayro::hayro_syntax::object::{Dict, Name, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};

/// More forms than this are on no page that a person looks at.
const MOST: u64 = 100_000;

/// Deeper than this no form is followed here; `hayro` stops at fifty.
const DEEPEST: usize = 64;

/// Whether the forms of a page draw themselves, or so many others that it comes to the same.
pub(super) fn are_endless(page: &Page<'_>) -> bool {
    let mut counting = Counting { known: HashMap::new(), open: HashSet::new() };
    let drawn = page.page_stream().map_or(Some(0), |content| counting.drawn(content, page.resources()));
    drawn.is_none_or(|drawn| drawn > MOST)
}

/// Counts how many forms are drawn, each form looked at once.
struct Counting {
    known: HashMap<ObjectIdentifier, u64>,
    /// The forms inside which we are.
    open: HashSet<ObjectIdentifier>,
}

impl Counting {
    /// Returns how many forms some content draws, those inside them included; `None` if one draws itself.
    fn drawn(&mut self, content: &[u8], resources: &Resources<'_>) -> Option<u64> {
        let (mut drawn, mut instructions) = (0u64, TypedIter::new(content));
        while let Some(instruction) = instructions.next() {
            if let TypedInstruction::XObject(named) = instruction
                && let Some(stream) = resources.get_x_object(named.0)
            {
                drawn = drawn.saturating_add(self.form(&stream, resources)?);
            }
        }
        Some(drawn)
    }

    fn form(&mut self, stream: &Stream<'_>, around: &Resources<'_>) -> Option<u64> {
        let (id, dict) = (stream.obj_id(), stream.dict());
        if dict.get::<Name<'_>>(SUBTYPE).is_none_or(|kind| &*kind != FORM) {
            return Some(0);
        }
        if let Some(known) = self.known.get(&id) {
            return Some(*known);
        }
        if self.open.len() > DEEPEST || !self.open.insert(id) {
            return None;
        }
        let content = stream.decoded_data().unwrap_or_default();
        // A form without resources of its own uses those around it.
        let drawn = match dict.get::<Dict<'_>>(RESOURCES).map(Resources::new) {
            Some(own) => self.drawn(&content, &own),
            None => self.drawn(&content, around),
        };
        self.open.remove(&id);
        let drawn = drawn?.saturating_add(1);
        self.known.insert(id, drawn);
        Some(drawn)
    }
}
