//! Source text to syntax tree, symbol tables and syntax errors. The only crate that names the parser.
//!
//! [`decode`] turns the bytes of a file into text, [`parse`] text into a tree, [`SymbolTable::build`] the tree into scopes. Errors are
//! [`SyntaxError`]s with CPython's texts and places.

pub mod deep;
mod diagnose;
mod error;
mod lines;
mod made;
mod parse;
mod scope;
mod source;
pub mod strings;
mod symtable;
pub mod tokens;

/// The syntax tree: the parser's own types.
pub mod ast {
    pub use ruff_python_ast::name::Name;
    pub use ruff_python_ast::*;
    pub use ruff_text_size::{Ranged, TextRange, TextSize};
}

pub use diagnose::KEYWORDS;
pub use error::{ErrorKind, Fault, Retry, SyntaxError};
pub use lines::Lines;
pub use made::{Made, Source, Values};
pub use parse::{Mode, Parsed, parse};
pub use scope::{CompKind, Private, Resolution, Scope, ScopeId, ScopeKind, Symbol, def, mangle};
pub use source::{DecodeError, decode, null_byte};
pub use symtable::{SymbolTable, key_of};
