//! The International Image Interoperability Framework: how other people's viewers look at what is here.

pub(super) mod image;
