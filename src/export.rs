//! What goes out, in forms of other people.

pub(crate) mod table;
