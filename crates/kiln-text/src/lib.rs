//! Algorithms on text and numbers: everything about Python's `int`, `float`, `complex`, `str` and `bytes` that does not
//! need to know what an object is. Pure functions; errors are enums that carry what the exception's text needs.

pub mod codecs;
pub mod complex;
pub mod escape;
pub mod float;
pub mod format;
pub mod hash;
pub mod int;
pub mod regex;
pub mod text;
pub mod unicode;

pub use int::BigInt;
pub use text::{Text, TextBuf};
