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
            array,
            ast,
            atexit,
            binascii,
            bisect,
            blake2,
            cinderjit,
            cmath,
            codecs,
            collections,
            contextvars,
            csv,
            errno,
            faulthandler,
            fcntl,
            frozen_importlib,
            frozen_importlib_external,
            functools,
            gc,
            grp,
            hashlib,
            heapq,
            imp,
            io,
            itertools,
            json,
            marshal,
            math,
            md5,
            opcode,
            operator,
            posix,
            posixsubprocess,
            pwd,
            random,
            resource,
            select,
            sha1,
            sha2,
            sha3,
            signal,
            socket,
            sre,
            stat,
            string,
            structs,
            suggestions,
            symtable,
            sys,
            termios,
            thread,
            time,
            tokenize,
            traceback_module,
            types,
            typing,
            unicodedata,
            warnings,
            weakref,
            zlib,
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
