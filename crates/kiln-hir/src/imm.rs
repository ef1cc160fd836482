//! Immediates: what an instruction holds beside its operands, and how each kind is written, read, and searched for values.

use crate::entity::{Block, CacheId, CellId, ClassId, CodeId, ConstId, NameId, ShapeId, Value, WatchId};
use crate::function::Function;
use crate::parse::{Failed, Parser};
use crate::ty::Ty;
use std::fmt::{self, Write};

/// A list of values in the function's pool. No two lists share a place in it.
#[derive(Copy, Clone, Debug, Default)]
pub struct Args {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Args {
    /// The empty list.
    pub const EMPTY: Args = Args { start: 0, len: 0 };

    /// How many values it holds.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// A block and the arguments for its parameters.
#[derive(Copy, Clone, Debug)]
pub struct BlockCall {
    /// Where to go.
    pub block: Block,
    /// One value for each parameter.
    pub args: Args,
}

/// A list of blocks, none of which has parameters.
#[derive(Copy, Clone, Debug)]
pub struct Targets {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Targets {
    /// How many blocks it holds.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// A float, compared and hashed by its bits.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FloatBits(pub u64);

impl From<f64> for FloatBits {
    fn from(value: f64) -> Self {
        FloatBits(value.to_bits())
    }
}

/// A kind of immediate.
pub trait Imm: Copy {
    /// What the builder is given for it.
    type Given<'a>;
    /// Makes the immediate, putting lists into the function's pools.
    fn make(given: Self::Given<'_>, func: &mut Function) -> Self;
    /// Writes it.
    fn print(self, func: &Function, out: &mut String) -> fmt::Result;
    /// Reads it.
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed>;
    /// The list of values it holds, if any.
    fn args(self) -> Args {
        Args::EMPTY
    }
    /// The block it names, if any.
    fn block_call(self) -> Option<BlockCall> {
        None
    }
    /// The blocks it names, if it is a list of them.
    fn targets(self) -> Option<Targets> {
        None
    }
    /// Replaces the list of values it holds, if any.
    fn set_args(&mut self, _f: impl FnMut(Args) -> Args) {}
    /// Replaces the block it names, if any.
    fn set_block(&mut self, _f: impl FnMut(Block) -> Block) {}
    /// Replaces the name it is, if it is one.
    fn set_name(&mut self, _f: impl FnMut(NameId) -> NameId) {}
    /// Replaces the constant it is or names.
    fn set_const(&mut self, _f: impl FnMut(ConstId) -> ConstId) {}
    /// What tells it from others of its kind, the values in it apart.
    fn key(self) -> u64;
}

impl Imm for Args {
    type Given<'a> = &'a [Value];
    fn make(given: &[Value], func: &mut Function) -> Self {
        func.add_args(given)
    }
    fn print(self, func: &Function, out: &mut String) -> fmt::Result {
        out.push('(');
        for (index, value) in func.args(self).iter().enumerate() {
            write!(out, "{}{value}", if index == 0 { "" } else { ", " })?;
        }
        out.push(')');
        Ok(())
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        parser.args()
    }
    fn args(self) -> Args {
        self
    }
    fn set_args(&mut self, mut f: impl FnMut(Args) -> Args) {
        *self = f(*self);
    }
    fn key(self) -> u64 {
        u64::from(self.len)
    }
}

impl Imm for BlockCall {
    type Given<'a> = (Block, &'a [Value]);
    fn make((block, args): (Block, &[Value]), func: &mut Function) -> Self {
        BlockCall {
            block,
            args: func.add_args(args),
        }
    }
    fn print(self, func: &Function, out: &mut String) -> fmt::Result {
        write!(out, "{}", self.block)?;
        if self.args.is_empty() {
            Ok(())
        } else {
            self.args.print(func, out)
        }
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        let block = Block(parser.entity(Block::PREFIX)?);
        let args = if parser.at('(') { parser.args()? } else { Args::EMPTY };
        Ok(BlockCall { block, args })
    }
    fn args(self) -> Args {
        self.args
    }
    fn set_args(&mut self, mut f: impl FnMut(Args) -> Args) {
        self.args = f(self.args);
    }
    fn block_call(self) -> Option<BlockCall> {
        Some(self)
    }
    fn set_block(&mut self, mut f: impl FnMut(Block) -> Block) {
        self.block = f(self.block);
    }
    fn key(self) -> u64 {
        u64::from(self.block.0)
    }
}

impl Imm for Targets {
    type Given<'a> = &'a [Block];
    fn make(given: &[Block], func: &mut Function) -> Self {
        func.add_targets(given)
    }
    fn print(self, func: &Function, out: &mut String) -> fmt::Result {
        out.push('(');
        for (index, block) in func.targets(self).iter().enumerate() {
            write!(out, "{}{block}", if index == 0 { "" } else { ", " })?;
        }
        out.push(')');
        Ok(())
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        parser.expect('(')?;
        let mut blocks = Vec::new();
        while !parser.eat(')') {
            blocks.push(Block(parser.entity(Block::PREFIX)?));
            parser.eat(',');
        }
        Ok(parser.func.add_targets(&blocks))
    }
    fn targets(self) -> Option<Targets> {
        Some(self)
    }
    fn key(self) -> u64 {
        u64::from(self.start)
    }
}

impl Imm for Ty {
    type Given<'a> = Ty;
    fn make(given: Ty, _: &mut Function) -> Self {
        given
    }
    fn print(self, _: &Function, out: &mut String) -> fmt::Result {
        write!(out, "{self}")
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        parser.ty()
    }
    fn set_const(&mut self, mut f: impl FnMut(ConstId) -> ConstId) {
        if let Some(id) = self.object_value() {
            *self = self.with_spec(crate::ty::Spec::Object(f(id)));
        }
    }
    fn key(self) -> u64 {
        self.hash_key()
    }
}

impl Imm for ConstId {
    type Given<'a> = ConstId;
    fn make(given: ConstId, _: &mut Function) -> Self {
        given
    }
    fn print(self, _: &Function, out: &mut String) -> fmt::Result {
        write!(out, "{self}")
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        parser.entity(Self::PREFIX).map(Self)
    }
    fn set_const(&mut self, mut f: impl FnMut(ConstId) -> ConstId) {
        *self = f(*self);
    }
    fn key(self) -> u64 {
        self.0.into()
    }
}

impl Imm for NameId {
    type Given<'a> = NameId;
    fn make(given: NameId, _: &mut Function) -> Self {
        given
    }
    fn print(self, func: &Function, out: &mut String) -> fmt::Result {
        write!(out, "{:?}", func.name_text(self))
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        let text = parser.string()?;
        Ok(parser.func.intern(&text))
    }
    fn set_name(&mut self, mut f: impl FnMut(NameId) -> NameId) {
        *self = f(*self);
    }
    fn key(self) -> u64 {
        u64::from(self.0)
    }
}

impl Imm for FloatBits {
    type Given<'a> = f64;
    fn make(given: f64, _: &mut Function) -> Self {
        given.into()
    }
    fn print(self, _: &Function, out: &mut String) -> fmt::Result {
        let value = f64::from_bits(self.0);
        if value.is_nan() {
            write!(out, "nan_{:#x}", self.0)
        } else {
            write!(out, "{value:?}")
        }
    }
    fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
        parser.float()
    }
    fn key(self) -> u64 {
        self.0
    }
}

macro_rules! plain {
    ($($ty:ty: |$parser:ident| $read:expr, $key:expr;)*) => {$(
        impl Imm for $ty {
            type Given<'a> = $ty;
            fn make(given: $ty, _: &mut Function) -> Self {
                given
            }
            fn print(self, _: &Function, out: &mut String) -> fmt::Result {
                write!(out, "{self}")
            }
            fn parse($parser: &mut Parser<'_>) -> Result<Self, Failed> {
                $read
            }
            fn key(self) -> u64 {
                let key: fn($ty) -> u64 = $key;
                key(self)
            }
        }
    )*};
}

plain! {
    i64: |p| p.int(), |v| v as u64;
    u32: |p| p.int().map(|v| v as u32), u64::from;
    bool: |p| p.word().map(|w| w == "true"), u64::from;
    ClassId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
    ShapeId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
    CodeId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
    CellId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
    CacheId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
    WatchId: |p| p.entity(Self::PREFIX).map(Self), |v| v.0.into();
}

/// An enumeration whose members have names in text.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$mdoc:meta])* $member:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$mdoc])* $member,)* }

        impl $name {
            /// Every member.
            pub const ALL: &'static [$name] = &[$($name::$member,)*];

            /// The member's name in text.
            pub fn name(self) -> &'static str {
                match self { $($name::$member => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Imm for $name {
            type Given<'a> = $name;
            fn make(given: $name, _: &mut Function) -> Self {
                given
            }
            fn print(self, _: &Function, out: &mut String) -> fmt::Result {
                out.push_str(self.name());
                Ok(())
            }
            fn parse(parser: &mut Parser<'_>) -> Result<Self, Failed> {
                let word = parser.word()?;
                match Self::ALL.iter().find(|member| member.name() == word) {
                    Some(member) => Ok(*member),
                    None => parser.fail(format!(concat!("no ", stringify!($name), " is called {}"), word)),
                }
            }
            fn key(self) -> u64 {
                self as u64
            }
        }
    };
}

text_enum! {
    /// A binary operator; those with `i` are the in-place forms.
    BinaryKind {
        /// `+`
        Add = "add",
        /// `-`
        Sub = "sub",
        /// `*`
        Mul = "mul",
        /// `/`
        TrueDiv = "truediv",
        /// `//`
        FloorDiv = "floordiv",
        /// `%`
        Mod = "mod",
        /// `**`
        Pow = "pow",
        /// `@`
        MatMul = "matmul",
        /// `<<`
        Lshift = "lshift",
        /// `>>`
        Rshift = "rshift",
        /// `&`
        And = "and",
        /// `|`
        Or = "or",
        /// `^`
        Xor = "xor",
        /// `+=`
        IAdd = "iadd",
        /// `-=`
        ISub = "isub",
        /// `*=`
        IMul = "imul",
        /// `/=`
        ITrueDiv = "itruediv",
        /// `//=`
        IFloorDiv = "ifloordiv",
        /// `%=`
        IMod = "imod",
        /// `**=`
        IPow = "ipow",
        /// `@=`
        IMatMul = "imatmul",
        /// `<<=`
        ILshift = "ilshift",
        /// `>>=`
        IRshift = "irshift",
        /// `&=`
        IAnd = "iand",
        /// `|=`
        IOr = "ior",
        /// `^=`
        IXor = "ixor",
    }
}

impl BinaryKind {
    /// The plain form of an in-place operator. Numbers do not tell them apart.
    pub fn plain(self) -> BinaryKind {
        let count = BinaryKind::ALL.len() / 2;
        BinaryKind::ALL[self as usize % count]
    }
}

text_enum! {
    /// A comparison.
    CompareKind {
        /// `<`
        Lt = "lt",
        /// `<=`
        Le = "le",
        /// `==`
        Eq = "eq",
        /// `!=`
        Ne = "ne",
        /// `>`
        Gt = "gt",
        /// `>=`
        Ge = "ge",
    }
}

impl CompareKind {
    /// The comparison that holds exactly when this one does not, for a total order.
    pub fn negated(self) -> CompareKind {
        use CompareKind::*;
        match self {
            Lt => Ge,
            Le => Gt,
            Eq => Ne,
            Ne => Eq,
            Gt => Le,
            Ge => Lt,
        }
    }

    /// The comparison with its operands exchanged.
    pub fn swapped(self) -> CompareKind {
        use CompareKind::*;
        match self {
            Lt => Gt,
            Le => Ge,
            Eq => Eq,
            Ne => Ne,
            Gt => Lt,
            Ge => Le,
        }
    }

    /// Whether it holds of two ordered things.
    pub fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        use CompareKind::*;
        match self {
            Lt => a < b,
            Le => a <= b,
            Eq => a == b,
            Ne => a != b,
            Gt => a > b,
            Ge => a >= b,
        }
    }
}

text_enum! {
    /// A unary operator.
    UnaryKind {
        /// `-x`
        Neg = "neg",
        /// `+x`
        Pos = "pos",
        /// `~x`
        Invert = "invert",
        /// `not x`
        Not = "not",
    }
}
