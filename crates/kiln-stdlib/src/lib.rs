//! The library: native modules in Rust, the embedded pure-Python modules, and the import system that finds both.
//!
//! What belongs here: everything that `import` can reach. Built-in types and functions are in `kiln-builtins`.

pub mod buffer;
mod codec_handlers;
pub mod config;
mod hashing;
pub mod import;
mod lifecycle;
pub mod registry;
pub mod site;
pub mod source;
pub mod state;
pub mod support;
pub mod traceback;
mod unicode_3_2;

macro_rules! declare {
    ($($file:ident),* $(,)?) => { $(pub mod $file;)* };
}
registry::for_each_native_module!(declare);

pub use lifecycle::{finalize, init, release_rest, run_exit_functions, serve_breaker};
