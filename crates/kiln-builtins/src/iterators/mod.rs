//! Iterators that go over other objects: `enumerate`, `zip`, `map`, `filter`, `reversed`, and what `iter` makes of a
//! sequence or a callable.

mod adapters;
mod anext;
pub mod sequence;

pub use adapters::{Enumerate, Filter, Map, Zip};
pub use anext::AnextAwaitable;
pub use sequence::{CallableIter, Reversed, SequenceIter};

/// Makes the classes.
pub fn init() {
    adapters::init();
    anext::init();
    sequence::init();
}
