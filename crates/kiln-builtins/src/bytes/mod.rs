//! `bytes`, and what all bytes-like types share.

pub mod buffer;
pub(crate) mod common;
pub mod convert;
pub mod hex;
mod iter;
mod methods;

pub(crate) use common::{Bytelike, common_methods};
pub use hex::{from_hex, to_hex};
pub use iter::new as new_iter;

use kiln_object::bytes::Bytes;
use kiln_object::types::define;

const DOC: &str = "bytes(iterable_of_ints) -> bytes\n\
bytes(string, encoding[, errors]) -> bytes\n\
bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n\
bytes(int) -> bytes object of size given by the parameter initialized with null bytes\n\
bytes() -> empty bytes object\n\n\
Construct an immutable array of bytes from:\n  \
- an iterable yielding integers in range(256)\n  \
- a text string encoded using the specified encoding\n  \
- any object implementing the buffer API.\n  \
- an integer";

pub fn init() {
    let class = define::<Bytes>("bytes", "builtins", None, 0, methods::BytesMethods::METHODS, Some(DOC));
    class.add_methods(methods::BytesMethods::COMMON);
    iter::init();
}
