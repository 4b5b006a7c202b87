//! What goes out to other programs and people.

pub(crate) mod ohms;
pub(crate) mod pdf;
pub(crate) mod table;
