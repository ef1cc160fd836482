//! The instruction word, its flags, and the operand visitor derived from the opcode list.

use crate::for_each_op;

/// What an operand field means. The visitor [`Instr::operands`] turns kinds into [`Operand`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Register written.
    Def,
    /// Value operand: a register (perhaps taken) or a constant, as the flags say.
    Use,
    /// Register read, perhaps taken, never a constant.
    UseReg,
    /// Register read, never taken.
    Reg,
    /// Register that holds a cell; the cell is read or written, the register only read.
    Cell,
    /// Register read and written.
    InOut,
    /// Register released and set to 0.
    Kill,
    /// Register released and set to UNBOUND.
    Unbind,
    /// Iterator register: read, and killed when the instruction jumps.
    Iter,
    /// Register read when flag `DELEGATE` is set, else unused.
    Delegate,
    /// First of `b` registers written.
    DefRangeB,
    /// First of `c` registers written.
    DefRangeC,
    /// First of `(c & 0xff) + 1 + (c >> 8)` registers written.
    DefRangeEx,
    /// Two registers written.
    DefPair,
    /// `R[a]` and `R[a+4]` written.
    DefMethod,
    /// As `DefMethod` with flag `METHOD`, else as `Def`.
    DefSuper,
    /// `R[a]` and `R[a+4..=a+7]` written.
    DefWith,
    /// `R[b]` and `R[b+4]` consumed.
    WindowMove,
    /// First of `c` registers consumed.
    RangeC,
    /// First of `2 * c` registers consumed.
    Range2C,
    /// Two registers consumed.
    Range2,
    /// Three registers consumed.
    Range3,
    /// Callee `R[a]` and `b` arguments from `R[a+4]` consumed; `R[a]` written.
    WindowCall,
    /// Callee `R[a]`, `R[a+4]` and `b` arguments from `R[a+5]` consumed; `R[a]` written.
    WindowMethod,
    /// As `WindowMethod` with flag `METHOD`, else as `WindowCall`.
    WindowKw,
    /// `R[a]`, `R[a+4]`, `R[a+5]` consumed; `R[a]` written.
    WindowEx,
    /// `R[a]` read and, when it jumps, killed; `R[a+1]` consumed and written.
    SendPair,
    /// Index of a constant.
    Const,
    /// 32-bit index of a constant in `b` (low half) and `c`.
    Const32,
    /// Index into the cache table.
    Cache,
    /// Signed 16-bit jump offset.
    Jump16,
    /// Signed 32-bit jump offset in `b` (low half) and `c`.
    Jump32,
    /// Signed 16-bit number.
    Imm,
    /// A number of items or arguments.
    Count,
}

/// A field of the instruction word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the variants are the field names of the opcode list")]
pub enum Field {
    a,
    b,
    c,
    bc,
}

/// Facts about an opcode that hold for every instruction with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits(pub u8);

impl Traits {
    pub const RAISES: Traits = Traits(1);
    pub const RUNS: Traits = Traits(2 | 1);
    pub const MANY: Traits = Traits(4);
    pub const END: Traits = Traits(8);
    pub const BRANCH: Traits = Traits(16);

    /// Whether all of `other` is in `self`.
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }
}

macro_rules! define_ops {
    ($( $(#[doc = $doc:literal])* $name:ident = $Type:ident { $($field:ident : $kind:ident),* } [$($trait_:ident)*]; )*) => {
        /// An opcode. See [`for_each_op!`] for what each does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])* $Type ),* }

        impl Op {
            /// Every opcode, in order of its number.
            pub const ALL: &'static [Op] = &[$(Op::$Type),*];
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
            const DOCS: &'static [&'static str] = &[$(concat!($($doc, "\n"),*)),*];
            const OPERANDS: &'static [&'static [(Field, Kind)]] = &[$(&[$((Field::$field, Kind::$kind)),*]),*];
            const TRAITS: &'static [Traits] = &[$(Traits(0 $(| Traits::$trait_.0)*)),*];
        }
    };
}
for_each_op!(define_ops);

impl Op {
    /// The opcode with number `number`.
    pub fn from_u8(number: u8) -> Option<Op> {
        Op::ALL.get(number as usize).copied()
    }

    /// The name in listings (`load_attr`).
    pub fn name(self) -> &'static str {
        Op::NAMES[self as usize].trim_end_matches('_')
    }

    /// The meaning, as the opcode list documents it.
    pub fn doc(self) -> &'static str {
        Op::DOCS[self as usize]
    }

    /// The operand fields and their kinds.
    pub fn fields(self) -> &'static [(Field, Kind)] {
        Op::OPERANDS[self as usize]
    }

    /// What holds for every instruction with this opcode.
    pub fn traits(self) -> Traits {
        Op::TRAITS[self as usize]
    }
}

/// Flag bits of an instruction.
pub mod flags {
    /// Operand `a` is a constant index.
    pub const A_CONST: u8 = 0x01;
    /// Operand `b` is a constant index.
    pub const B_CONST: u8 = 0x02;
    /// Operand `c` is a constant index.
    pub const C_CONST: u8 = 0x04;
    /// The temporary `R[a]` is consumed.
    pub const A_TAKE: u8 = 0x10;
    /// The temporary `R[b]` is consumed.
    pub const B_TAKE: u8 = 0x20;
    /// The temporary `R[c]` is consumed.
    pub const C_TAKE: u8 = 0x40;
    /// Arithmetic: the augmented form.
    pub const INPLACE: u8 = 0x08;
    /// `is not`, `not in`; fused jumps: jump when false.
    pub const NEGATE: u8 = 0x08;
    /// Calls and `load_super_attr`: a method window.
    pub const METHOD: u8 = 0x08;
    /// `yield_value`: within `yield from` or `await`.
    pub const DELEGATE: u8 = 0x08;
    /// `make_cell`: an empty cell.
    pub const EMPTY: u8 = 0x08;
    /// `add_int`: written as a subtraction.
    pub const SUBTRACT: u8 = 0x80;
    /// `reraise`: where the statement ends that the exception goes through, and not merely on its way out. The frame counts as having stopped here.
    pub const STOPS: u8 = 0x80;
    /// `load_super_attr`: `super()` without arguments.
    pub const ZERO_ARG: u8 = 0x80;
}

/// One instruction: `op8 | flags8 | a16 | b16 | c16`, opcode in the low byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    pub const fn new(op: Op, flags: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    pub const fn new_wide(op: Op, flags: u8, a: u16, bc: u32) -> Instr {
        Instr::new(op, flags, a, bc as u16, (bc >> 16) as u16)
    }

    pub fn op(self) -> Op {
        Op::ALL[(self.0 & 0xff) as usize]
    }

    pub const fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }

    pub const fn has(self, flag: u8) -> bool {
        self.flags() & flag != 0
    }

    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// `b` and `c` as one number.
    pub const fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The jump offset, relative to the next instruction, if this is a jump.
    pub fn jump_offset(self) -> Option<i32> {
        self.op().fields().iter().find_map(|&(field, kind)| match kind {
            Kind::Jump16 => Some(self.field(field) as u16 as i16 as i32),
            Kind::Jump32 => Some(self.bc() as i32),
            _ => None,
        })
    }

    /// The jump's target, if the instruction at `pc` is a jump.
    pub fn target(self, pc: u32) -> Option<u32> {
        self.jump_offset().map(|offset| (pc as i64 + 1 + offset as i64) as u32)
    }

    fn field(self, field: Field) -> u32 {
        match field {
            Field::a => self.a() as u32,
            Field::b => self.b() as u32,
            Field::c => self.c() as u32,
            Field::bc => self.bc(),
        }
    }

    /// Value operand of `field` under the flags.
    fn value(self, field: Field) -> Operand {
        let (constant, take) = match field {
            Field::a => (flags::A_CONST, flags::A_TAKE),
            Field::b => (flags::B_CONST, flags::B_TAKE),
            Field::c | Field::bc => (flags::C_CONST, flags::C_TAKE),
        };
        let index = self.field(field);
        match self.has(constant) {
            true => Operand::Const(index),
            false => Operand::Use {
                reg: index as u16,
                take: self.has(take),
            },
        }
    }

    /// Calls `visit` with every operand, reads before writes.
    pub fn operands(self, mut visit: impl FnMut(Operand)) {
        for writes in [false, true] {
            for &(field, kind) in self.op().fields() {
                self.operand(field, kind, writes, &mut visit);
            }
        }
    }

    fn operand(self, field: Field, kind: Kind, writes: bool, visit: &mut impl FnMut(Operand)) {
        let index = self.field(field);
        let reg = index as u16;
        let (b, c) = (self.b(), self.c());
        let method = self.has(flags::METHOD);
        let consumed = |first: u16, count: u16| Operand::UseRange { first, count };
        let read = Operand::Use { reg, take: false };
        match (kind, writes) {
            (Kind::Def | Kind::InOut, true) => visit(Operand::Def(reg)),
            (Kind::Kill, true) => visit(Operand::Kill(reg)),
            (Kind::Unbind, true) => visit(Operand::Unbind(reg)),
            (Kind::DefRangeB, true) => visit(Operand::DefRange { first: reg, count: b }),
            (Kind::DefRangeC, true) => visit(Operand::DefRange { first: reg, count: c }),
            (Kind::DefRangeEx, true) => visit(Operand::DefRange {
                first: reg,
                count: (c & 0xff) + 1 + (c >> 8),
            }),
            (Kind::DefPair, true) => visit(Operand::DefRange { first: reg, count: 2 }),
            (Kind::DefMethod, true) => [reg, reg + 4].map(Operand::Def).into_iter().for_each(visit),
            (Kind::DefSuper, true) => {
                visit(Operand::Def(reg));
                if method {
                    visit(Operand::Def(reg + 4));
                }
            }
            (Kind::DefWith, true) => {
                visit(Operand::Def(reg));
                visit(Operand::DefRange {
                    first: reg + 4,
                    count: 4,
                });
            }
            (Kind::WindowCall | Kind::WindowMethod | Kind::WindowKw | Kind::WindowEx, true) => visit(Operand::Def(reg)),
            (Kind::SendPair, true) => visit(Operand::Def(reg + 1)),

            (Kind::Use | Kind::UseReg, false) => visit(self.value(field)),
            (Kind::Reg | Kind::Cell | Kind::InOut | Kind::Iter, false) => visit(read),
            (Kind::Delegate, false) if self.has(flags::DELEGATE) => visit(read),
            (Kind::WindowMove, false) => [reg, reg + 4].map(|r| consumed(r, 1)).into_iter().for_each(visit),
            (Kind::RangeC, false) => visit(consumed(reg, c)),
            (Kind::Range2C, false) => visit(consumed(reg, 2 * c)),
            (Kind::Range2, false) => visit(consumed(reg, 2)),
            (Kind::Range3, false) => visit(consumed(reg, 3)),
            (Kind::WindowCall | Kind::WindowMethod | Kind::WindowKw | Kind::WindowEx, false) => {
                visit(consumed(reg, 1));
                let method = kind == Kind::WindowMethod || kind == Kind::WindowKw && method;
                let count = if kind == Kind::WindowEx { 2 } else { b + method as u16 };
                visit(consumed(reg + 4, count));
            }
            (Kind::SendPair, false) => {
                visit(read);
                visit(consumed(reg + 1, 1));
            }
            (Kind::Const | Kind::Const32, false) => visit(Operand::Const(index)),
            (Kind::Cache, false) => visit(Operand::Cache(reg)),
            (Kind::Jump16, false) => visit(Operand::Jump(reg as i16 as i32)),
            (Kind::Jump32, false) => visit(Operand::Jump(index as i32)),
            (Kind::Imm, false) => visit(Operand::Imm(reg as i16)),
            (Kind::Count, false) => visit(Operand::Count(reg)),
            _ => {}
        }
    }
}

impl std::fmt::Debug for Instr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {:#x} {} {} {}",
            self.op().name(),
            self.flags(),
            self.a(),
            self.b(),
            self.c()
        )
    }
}

/// An operand as an instruction uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The register is read; with `take` its reference moves away and the register becomes 0.
    Use {
        reg: u16,
        take: bool,
    },
    /// `count` registers from `first` are consumed.
    UseRange {
        first: u16,
        count: u16,
    },
    Def(u16),
    DefRange {
        first: u16,
        count: u16,
    },
    /// Released, becomes 0.
    Kill(u16),
    /// Released, becomes UNBOUND.
    Unbind(u16),
    Const(u32),
    Cache(u16),
    /// Offset relative to the next instruction.
    Jump(i32),
    Imm(i16),
    Count(u16),
}

macro_rules! numbered {
    ($(#[$meta:meta])* $Name:ident { $($(#[$doc:meta])* $Variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum $Name { $($(#[$doc])* $Variant),* }

        impl $Name {
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),*];

            pub fn from_u16(number: u16) -> Option<$Name> {
                $Name::ALL.get(number as usize).copied()
            }

            /// The Python name.
            pub fn name(self) -> &'static str {
                [$($text),*][self as usize]
            }
        }
    };
}

numbered! {
    /// What `load_special` looks up.
    Special { Enter = "__enter__", Exit = "__exit__", Aenter = "__aenter__", Aexit = "__aexit__" }
}

numbered! {
    /// What `load_common` loads.
    CommonConst { AssertionError = "AssertionError", NotImplementedError = "NotImplementedError", Tuple = "tuple", All = "all", Any = "any" }
}

numbered! {
    /// What `set_function_attr` sets.
    FuncAttr {
        /// Tuple of the last positional parameters' defaults.
        Defaults = "__defaults__",
        /// Dict of keyword-only parameters' defaults.
        KwDefaults = "__kwdefaults__",
        /// Dict of annotations, or the tuple name, value, name, value…
        Annotations = "__annotations__",
        /// Tuple of cells, one per free variable.
        Closure = "__closure__",
        /// The function that evaluates the annotations.
        Annotate = "__annotate__",
        /// Tuple of type parameters.
        TypeParams = "__type_params__",
    }
}
