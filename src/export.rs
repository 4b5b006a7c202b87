//! What goes out to other programs.

pub(crate) mod ohms;
