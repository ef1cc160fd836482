//! The operations that Python's syntax and built-in functions stand for, dispatched on classes: one file a theme.
//!
//! Exact built-in types that need no Python code take short cuts; everything else goes through the special-method
//! tables. Arithmetic on small ints and floats is done by interpreter and compiled code before they come here.

mod arith;
mod compare;
mod instance;
mod items;
mod iterate;
mod number;
mod text;

pub use arith::{
    BinaryOp, binary, binary_after_in_place, binary_after_left, binary_in_place, power, unary, unsupported_operands,
};
pub use compare::{
    CompareOp, compare, compare_after_left, compare_bool, hash, hash_identity, hash_int, hash_key, is_equal, is_true,
    quick_compare,
};
pub use instance::{is_instance, is_instance_plain, is_subclass, is_subclass_plain};
pub use items::{contains, del_item, get_item, get_slice, get_stepped, len, select, set_item, set_slice};
pub use iterate::{for_each, iter, next, sequence_items, to_vec};
pub use number::{index, index_clamped, index_quiet, to_float};
pub use text::{format, repr, repr_lossy, repr_unchecked, to_str};
