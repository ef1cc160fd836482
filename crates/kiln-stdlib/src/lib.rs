//! The library: native modules in Rust, the embedded pure-Python modules, and the import system that finds both.
//!
//! What belongs here: everything that `import` can reach. Built-in types and functions are in `kiln-builtins`.

pub mod registry;

macro_rules! declare {
    ($($file:ident),* $(,)?) => { $(pub mod $file;)* };
}
registry::for_each_native_module!(declare);
