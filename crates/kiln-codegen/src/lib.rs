//! HIR to machine code. The only crate that names Cranelift.
//!
//! It knows no heap either: offsets, words and addresses come as data ([`Layout`], [`Env`], [`RuntimeTable`]). A compiled function is
//! `extern "sysv64" fn(thread, a0, …, a4) -> word`; with more than five arguments `fn(thread, args: *const u64)`. Arguments are borrowed unless the
//! signature says otherwise, the result is owned, `0x1` says that an exception is pending. A generator's body gets the generator before its
//! arguments.

mod compile;
mod in_place;
mod layout;
mod lower;
mod memory;
mod meta;
mod runtime;
mod stubs;
mod ways_out;

pub use compile::{Compiler, Dump, Effort, Unsupported};
pub use layout::{Env, Layout, NewInstance, Places};
pub use memory::CodeArea;
pub use meta::{Compiled, Frame, Place, ReturnAddress, Site, Source, Transition};
pub use runtime::{Class, RuntimeCall, RuntimeTable};
