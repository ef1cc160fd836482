//! The code object as plain data: what a compiled unit of source is, with no heap object in it.

use std::sync::Arc;

use crate::{Instr, Positions};

/// A string constant: UTF-8, except that lone surrogates are kept as their three-byte encodings (each on its own, also when
/// a high one precedes a low one).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(pub Box<[u8]>);

impl Text {
    /// The text if it holds no surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Appends a code point, a surrogate included, to a buffer that will become a `Text`.
    pub fn push(buffer: &mut Vec<u8>, point: u32) {
        match char::from_u32(point) {
            Some(ch) => buffer.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes()),
            None => buffer.extend([
                0xe0 | (point >> 12) as u8,
                0x80 | (point >> 6 & 0x3f) as u8,
                0x80 | (point & 0x3f) as u8,
            ]),
        }
    }

    /// The code points, surrogates included.
    pub fn points(&self) -> impl Iterator<Item = u32> + '_ {
        let bytes = &self.0;
        let mut at = 0;
        std::iter::from_fn(move || {
            let first = *bytes.get(at)? as u32;
            let (length, bits) = match first {
                0..0x80 => (1, first),
                0x80..0xe0 => (2, first & 0x1f),
                0xe0..0xf0 => (3, first & 0x0f),
                _ => (4, first & 0x07),
            };
            let point = bytes[at + 1..at + length]
                .iter()
                .fold(bits, |sum, &byte| sum << 6 | (byte & 0x3f) as u32);
            at += length;
            Some(point)
        })
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(text.as_bytes().into())
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    /// An int beyond 64 bits: optional `-`, lower-case hexadecimal digits, no prefix, no leading zero.
    BigInt(Box<str>),
    Float(f64),
    Complex(f64, f64),
    Str(Text),
    Bytes(Box<[u8]>),
    Tuple(Box<[Const]>),
    FrozenSet(Box<[Const]>),
    /// Start, stop, step.
    Slice(Box<[Const; 3]>),
    Code(Arc<Code>),
}

impl Const {
    /// A string constant.
    pub fn str(text: &str) -> Const {
        Const::Str(text.into())
    }

    /// The text of a string constant without surrogates (every name is one).
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Const::Str(text) => text.as_str(),
            _ => None,
        }
    }
}

/// What a cache is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CacheKind {
    LoadGlobal,
    StoreGlobal,
    LoadName,
    StoreName,
    LoadAttr,
    StoreAttr,
    DeleteAttr,
    LoadMethod,
    LoadSuperAttr,
    Call,
    CallMethod,
    /// The name constant is the tuple of keyword names.
    CallKw,
    CallEx,
}

impl CacheKind {
    pub const ALL: &'static [CacheKind] = {
        use CacheKind::*;
        &[
            LoadGlobal,
            StoreGlobal,
            LoadName,
            StoreName,
            LoadAttr,
            StoreAttr,
            DeleteAttr,
            LoadMethod,
            LoadSuperAttr,
            Call,
            CallMethod,
            CallKw,
            CallEx,
        ]
    };
}

/// An entry of the cache table. Sites share an entry only in code with more than 60,000 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cache {
    pub kind: CacheKind,
    /// Index of the name (or tuple of names) in the constants; 0 and without meaning for plain calls.
    pub name: u32,
}

/// An entry of the handler table. The table is sorted so that the first entry that covers a pc is the innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First covered instruction.
    pub start: u32,
    /// First instruction no longer covered.
    pub end: u32,
    /// Where execution goes on.
    pub target: u32,
    /// First register to clear: every `R[i]`, `i >= depth`, is released and set to 0 before the exception is stored.
    pub depth: u16,
    /// Register that receives the exception; always `depth`.
    pub exception: u16,
}

/// A variable of an inlined comprehension: it lives in a temporary, within a range of instructions only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedLocal {
    pub name: Box<str>,
    pub reg: u16,
    /// Whether the register holds a cell.
    pub cell: bool,
    pub start: u32,
    pub end: u32,
}

/// CPython's `co_flags`.
pub mod co {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_DIVISION: u32 = 0x20000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    /// `consts[0]` is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    /// A function defined in a class body.
    pub const METHOD: u32 = 0x8000000;
    /// All future flags.
    pub const FUTURES: u32 = 0x1fe0000;
}

/// A compiled function, class body, module or expression.
///
/// Registers: the parameters (positional-only, positional, keyword-only, then `*args` and `**kwargs`, as CPython orders them), the
/// other locals, cells that are no parameters, free variables, then temporaries. A parameter that is a cell keeps its
/// register: `make_cell` at entry wraps it. Code without `co::OPTIMIZED` (modules, classes, `exec`, `eval`) gets its namespace mapping in
/// register 0 and has no parameters; register 0 then counts as no local.
#[derive(Clone, Debug, Default)]
pub struct Code {
    pub name: Box<str>,
    pub qualname: Box<str>,
    pub filename: Arc<str>,
    pub first_line: u32,
    /// Positional parameters, positional-only ones included.
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    /// `co_flags`.
    pub flags: u32,
    /// Names of the parameters and other locals, by register (from 1 on in code with a namespace).
    pub varnames: Vec<Box<str>>,
    /// Names of the cells this code makes, parameters among them included.
    pub cellvars: Vec<Box<str>>,
    /// Register of each cell variable.
    pub cell_regs: Vec<u16>,
    /// Names of the free variables; they live in `free_base..`.
    pub freevars: Vec<Box<str>>,
    pub free_base: u16,
    /// Global and attribute names used, for `co_names`.
    pub names: Vec<Box<str>>,
    pub consts: Vec<Const>,
    pub instrs: Vec<Instr>,
    pub caches: Vec<Cache>,
    pub handlers: Vec<Handler>,
    pub scoped: Vec<ScopedLocal>,
    pub positions: Positions,
    /// First temporary.
    pub temp_base: u16,
    /// Registers in all, windows of outgoing calls included (linkage words and arguments).
    pub reg_count: u16,
}

impl Code {
    /// Whether the namespace mapping is in register 0.
    pub fn has_namespace(&self) -> bool {
        self.flags & co::OPTIMIZED == 0
    }

    /// Parameters in all, `*args` and `**kwargs` included: the registers that a call fills.
    pub fn param_count(&self) -> u32 {
        let extra = (self.flags & co::VARARGS != 0) as u32 + (self.flags & co::VARKEYWORDS != 0) as u32;
        self.arg_count + self.kwonly_count + extra
    }

    /// Whether register `reg` holds a free variable's cell.
    pub fn is_free(&self, reg: u16) -> bool {
        reg >= self.free_base && ((reg - self.free_base) as usize) < self.freevars.len()
    }

    /// The name of the variable in register `reg`, if it is a local, a cell or a free variable, or a comprehension's variable somewhere
    /// (see `scoped` for where).
    pub fn register_name(&self, reg: u16) -> Option<&str> {
        if self.is_free(reg) {
            return Some(&self.freevars[(reg - self.free_base) as usize]);
        }
        if let Some(index) = self.cell_regs.iter().position(|&cell| cell == reg) {
            return Some(&self.cellvars[index]);
        }
        let first = self.has_namespace() as usize;
        if let Some(name) = (reg as usize)
            .checked_sub(first)
            .and_then(|index| self.varnames.get(index))
        {
            return Some(name);
        }
        self.scoped
            .iter()
            .find(|local| local.reg == reg)
            .map(|local| &*local.name)
    }

    /// The innermost handler for an exception raised at `pc`.
    pub fn handler_at(&self, pc: u32) -> Option<&Handler> {
        self.handlers
            .iter()
            .find(|handler| handler.start <= pc && pc < handler.end)
    }

    /// The code objects among the constants.
    pub fn nested(&self) -> impl Iterator<Item = &Arc<Code>> {
        self.consts.iter().filter_map(|constant| match constant {
            Const::Code(code) => Some(code),
            _ => None,
        })
    }
}
