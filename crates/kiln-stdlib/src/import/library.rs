//! The embedded pure-Python library. It appears as a folder on `sys.path` that need not exist: what is in it comes from
//! the binary. `build.rs` makes the table.

use crate::config::config;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

/// A module of the library.
#[derive(Debug)]
pub struct Embedded {
    pub name: &'static str,
    pub is_package: bool,
    /// Place, length and length after decompression of the source.
    source: (usize, usize, usize),
    /// Place and length of the serialized code; empty when it is compiled at import.
    code: (usize, usize),
}

include!(concat!(env!("OUT_DIR"), "/library_index.rs"));
static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// Modules that CPython freezes: found before anything on `sys.path`.
const FROZEN: &[&str] = &[
    "abc",
    "codecs",
    "io",
    "_collections_abc",
    "_sitebuiltins",
    "genericpath",
    "ntpath",
    "posixpath",
    "os",
    "site",
    "stat",
    "importlib",
    "importlib.util",
    "importlib.machinery",
    "runpy",
];

pub fn find(name: &str) -> Option<&'static Embedded> {
    LIBRARY
        .binary_search_by(|entry| entry.name.cmp(name))
        .ok()
        .map(|at| &LIBRARY[at])
}
pub fn find_frozen(name: &str) -> Option<&'static Embedded> {
    if FROZEN.contains(&name) { find(name) } else { None }
}
/// All embedded modules.
pub fn all() -> &'static [Embedded] {
    LIBRARY
}

/// The source text.
pub fn source(entry: &Embedded) -> Vec<u8> {
    let (at, len, full) = entry.source;
    match lz4_flex::block::decompress(&BLOB[at..at + len], full) {
        Ok(source) => source,
        Err(e) => kiln_object::bug!("embedded source of {}: {e}", entry.name),
    }
}
/// The serialized code, if it was compiled when Kiln was built.
pub fn code(entry: &Embedded) -> Option<&'static [u8]> {
    let (at, len) = entry.code;
    (len > 0).then(|| &BLOB[at..at + len])
}

/// The folder that the library appears in.
pub fn folder_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let executable = std::path::Path::new(&config().executable);
        let prefix = executable.parent().and_then(std::path::Path::parent);
        let prefix = prefix.map_or_else(String::new, |p| p.to_string_lossy().into_owned());
        format!("{}/lib/kiln3.14", prefix.trim_end_matches('/'))
    })
}

/// Which package a folder is, if it is the library's (an empty name for the folder itself).
pub fn folder(path: &[u8]) -> Option<String> {
    let rest = path.strip_prefix(folder_name().as_bytes())?;
    match rest {
        b"" | b"/" => Some(String::new()),
        [b'/', inside @ ..] => {
            let inside = String::from_utf8(inside.to_vec()).ok()?;
            Some(inside.trim_end_matches('/').replace('/', "."))
        }
        _ => None,
    }
}

pub fn package_folder(entry: &Embedded) -> String {
    format!("{}/{}", folder_name(), entry.name.replace('.', "/"))
}
/// The file that the module appears to come from.
pub fn file_name(entry: &Embedded) -> String {
    let base = package_folder(entry);
    if entry.is_package {
        format!("{base}/__init__.py")
    } else {
        format!("{base}.py")
    }
}
/// The module that a file name stands for.
pub fn by_file(path: &[u8]) -> Option<&'static Embedded> {
    let inside = path.strip_prefix(folder_name().as_bytes())?.strip_prefix(b"/")?;
    let inside = std::str::from_utf8(inside).ok()?.strip_suffix(".py")?;
    let name = inside.strip_suffix("/__init__").unwrap_or(inside).replace('/', ".");
    find(&name)
}
/// Whether this file is one of the library's.
pub fn is_library_file(path: &std::ffi::OsStr) -> bool {
    by_file(path.as_bytes()).is_some()
}

/// Names of the standard library's top-level modules, whether they are there or not.
pub fn standard_names() -> impl Iterator<Item = &'static str> {
    include_str!("standard_names.txt").split_whitespace()
}
pub fn is_standard(name: &str) -> bool {
    standard_names().any(|standard| standard == name)
}
