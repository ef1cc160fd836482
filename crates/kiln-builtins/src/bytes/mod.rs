//! `bytes`, and what all bytes-like types share.

pub mod buffer;
pub mod convert;
