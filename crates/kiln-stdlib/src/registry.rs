//! The list of native modules. A module is a file (or folder) named here, in which
//! `#[builtin_module("name")] pub mod module { .. }` declares what Python sees; nothing else has to know it.
//!
//! A module is created at its first import: until then it costs nothing.

use kiln_object::ModuleDef;

/// Calls `$then!` with the list: Rust file names, in alphabetical order.
macro_rules! for_each_native_module {
    ($then:ident) => {
        $then! {
            abc,
            ast,
            atexit,
            binascii,
            bisect,
            cinderjit,
            codecs,
            collections,
            contextvars,
            errno,
            frozen_importlib,
            frozen_importlib_external,
            functools,
            gc,
            heapq,
            io,
            itertools,
            math,
            opcode,
            operator,
            posix,
            random,
            signal,
            sre,
            stat,
            string,
            structs,
            sys,
            thread,
            time,
            tokenize,
            traceback_module,
            types,
            typing,
            unicodedata,
            warnings,
            weakref,
        }
    };
}
pub(crate) use for_each_native_module;

macro_rules! table {
    ($($file:ident),* $(,)?) => {
        /// Every native module.
        pub static MODULES: &[&ModuleDef] = &[$(&crate::$file::module::MODULE),*];
    };
}
for_each_native_module!(table);

/// The native module called `name`.
pub fn find(name: &str) -> Option<&'static ModuleDef> {
    MODULES.iter().copied().find(|def| def.name == name)
}
