//! Formatting: `format()`'s mini-language, `str.format`'s fields, and `%`.

pub mod fields;
mod number;
pub mod printf;
pub mod short;
mod spec;

pub use number::{IntArg, format_complex, format_float, format_int};
pub use spec::{Align, FormatError, Separator, Spec, format_str};
