//! The object model: values, heap, reference counts, shapes, classes, the core object layouts, and the operations on
//! objects that everything else uses. The crates above fill [`hooks`] so that objects can call back into them.
//!
//! What belongs here: layouts and what must hold of them. Methods that Python sees are in `kiln-builtins`.

pub mod args;
pub mod attr;
mod boot;
pub mod bytes;
pub mod call;
pub mod code;
pub mod complex;
pub mod convert;
pub mod dealloc;
pub mod descr;
pub mod dict;
pub mod exception;
pub mod float;
pub mod frame;
pub mod function;
pub mod gc;
pub mod generator;
pub mod header;
pub mod heap;
pub mod hooks;
pub mod instance;
pub mod int;
pub mod iter;
pub mod layout;
pub mod list;
pub mod method_cache;
pub mod module;
pub mod native;
pub mod ops;
pub mod raise;
pub mod range;
pub mod set;
pub mod shape;
pub mod singletons;
pub mod site;
pub mod slice;
pub mod special;
pub mod str;
pub mod thread;
pub mod tuple;
pub mod types;
pub mod value;
pub mod weakref;

pub use boot::{Runtime, boot, runtime};
pub use convert::{FromValue, IntoObject};
pub use exception::exc;
pub use header::Header;
pub use kiln_text::hash::HashKey;
pub use layout::{Layout, ObjectType, Plain, Slot, Trace, TypeCell};
pub use native::{Facts, FastCall, ModuleDef, NativeArgs, NativeDef, NativeFn, NativeFunction, NativeKind};
pub use raise::Raised;
pub use special::Special;
pub use types::{ClassRef, Type};
pub use value::{Object, Value};

/// Ends the process with a clear message: memory is out, or a table is full.
#[cold]
#[inline(never)]
pub fn fatal(message: &str) -> ! {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "Fatal Python error: {message}");
    std::process::abort()
}

/// A state that cannot be: reports and aborts. For broken invariants, never for a program's errors.
#[macro_export]
macro_rules! bug {
    ($($arg:tt)*) => { $crate::report_bug(&format!($($arg)*), file!(), line!()) };
}
#[cold]
#[inline(never)]
pub fn report_bug(message: &str, file: &str, line: u32) -> ! {
    use std::io::Write;
    let _ = writeln!(
        std::io::stderr(),
        "kiln: internal error: {message} ({file}:{line})\n{}",
        std::backtrace::Backtrace::capture()
    );
    std::process::abort()
}
