//! The type lattice: what is known of a value.
//!
//! A [`Ty`] is a set of leaves, a flag for values known to be immortal, and at most one specialisation (exact class, exact shape, one constant).
//! Leaves of Python types are *exact* types: an instance of a subclass of `list` is an `Instance`, not a `List`.
//!
//! There is no `==`: "the same type" is nearly always the wrong question, [`Ty::is_subtype`] is the right one.

use crate::entity::{ClassId, ConstId, ShapeId};
use std::fmt;

macro_rules! for_each_leaf {
    ($m:ident) => {
        $m! {
            /// An int of 63 bits, tagged.
            Int = INT;
            /// An int that does not fit 63 bits.
            BigInt = BIG_INT;
            /// A float that fits its word.
            Flonum = FLONUM;
            /// A float in a box: zeros, infinities, nans, and the far ends of the range.
            BoxedFloat = BOXED_FLOAT;
            /// `True` or `False`.
            PyBool = PY_BOOL;
            /// `None`.
            None = NONE;
            /// A `str`.
            Str = STR;
            /// A `bytes`.
            Bytes = BYTES;
            /// A `list`.
            List = LIST;
            /// A `tuple`.
            Tuple = TUPLE;
            /// A `dict`.
            Dict = DICT;
            /// A `set`.
            Set = SET;
            /// A Python function.
            Function = FUNCTION;
            /// A class.
            Type = TYPE;
            /// A closure cell.
            Cell = CELL;
            /// A generator or coroutine.
            Generator = GENERATOR;
            /// Any other object.
            Instance = INSTANCE;
            /// The marker of an unbound local, of an empty slot, of an exhausted iterator.
            Unbound = UNBOUND;
            /// The word `0x1`: an exception is pending.
            Pending = PENDING;
            /// A machine integer.
            I64 = I64;
            /// A machine float.
            F64 = F64;
            /// A machine truth value.
            Bool = BOOL;
            /// A machine address.
            Ptr = PTR;
        }
    };
}

/// Named unions; those that come first are preferred when a type is printed.
macro_rules! for_each_union {
    ($m:ident) => {
        $m! {
            /// Any value at all.
            Any = ANY: [ALL_LEAVES];
            /// A Python object, an empty slot, or the pending word.
            Word = WORD: [OBJECT_LEAVES | UNBOUND_LEAF | PENDING_LEAF];
            /// A Python object or an empty slot.
            Slot = SLOT: [OBJECT_LEAVES | UNBOUND_LEAF];
            /// A Python object or the pending word.
            Result = RESULT: [OBJECT_LEAVES | PENDING_LEAF];
            /// A Python object.
            Object = OBJECT: [OBJECT_LEAVES];
            /// An `int` of any size.
            Long = LONG: [INT_LEAF | BIG_INT_LEAF];
            /// A `float`.
            Float = FLOAT: [FLONUM_LEAF | BOXED_FLOAT_LEAF];
        }
    };
}

macro_rules! leaves {
    ($($(#[$doc:meta])* $text:ident = $name:ident;)*) => {
        /// One leaf of the lattice.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Leaf { $($(#[$doc])* $text,)* }

        impl Leaf {
            /// Every leaf, in the order of the list.
            pub const ALL: &'static [Leaf] = &[$(Leaf::$text,)*];

            /// The leaf's name in text.
            pub fn name(self) -> &'static str {
                match self { $(Leaf::$text => stringify!($text),)* }
            }
        }

        impl Ty {
            $($(#[$doc])* pub const $name: Ty = Ty::of_bits(1 << Leaf::$text as u32);)*
        }
    };
}
for_each_leaf!(leaves);

const fn leaf(leaf: Leaf) -> u32 {
    1 << leaf as u32
}
const ALL_LEAVES: u32 = (1 << (Leaf::Ptr as u32 + 1)) - 1;
const UNBOUND_LEAF: u32 = leaf(Leaf::Unbound);
const PENDING_LEAF: u32 = leaf(Leaf::Pending);
const MACHINE_LEAVES: u32 = leaf(Leaf::I64) | leaf(Leaf::F64) | leaf(Leaf::Bool) | leaf(Leaf::Ptr);
const OBJECT_LEAVES: u32 = ALL_LEAVES & !(MACHINE_LEAVES | UNBOUND_LEAF | PENDING_LEAF);
const INT_LEAF: u32 = leaf(Leaf::Int);
const BIG_INT_LEAF: u32 = leaf(Leaf::BigInt);
const FLONUM_LEAF: u32 = leaf(Leaf::Flonum);
const BOXED_FLOAT_LEAF: u32 = leaf(Leaf::BoxedFloat);
/// Leaves whose values carry a reference count.
const COUNTED_LEAVES: u32 = OBJECT_LEAVES & !(INT_LEAF | FLONUM_LEAF | leaf(Leaf::PyBool) | leaf(Leaf::None));
/// Leaves whose release runs no Python code and frees nothing else.
const SCALAR_LEAVES: u32 = INT_LEAF
    | BIG_INT_LEAF
    | FLONUM_LEAF
    | BOXED_FLOAT_LEAF
    | leaf(Leaf::PyBool)
    | leaf(Leaf::None)
    | leaf(Leaf::Str)
    | leaf(Leaf::Bytes)
    | UNBOUND_LEAF
    | PENDING_LEAF
    | MACHINE_LEAVES;

macro_rules! unions {
    ($($(#[$doc:meta])* $text:ident = $name:ident: [$bits:expr];)*) => {
        impl Ty {
            $($(#[$doc])* pub const $name: Ty = Ty::of_bits($bits);)*
        }
        const UNIONS: &[(&str, u32)] = &[$((stringify!($text), $bits),)*];
    };
}
for_each_union!(unions);

/// What is known beyond the leaves.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Spec {
    /// Nothing.
    None,
    /// The object's exact class.
    Class(ClassId),
    /// The object's shape, for objects whose shape never changes.
    Shape(ShapeId),
    /// The one object it can be.
    Object(ConstId),
    /// The one number it can be (`Int`, `I64`, `Bool`).
    Int(i64),
    /// The one number it can be, as bits (`Flonum`, `BoxedFloat`, `F64`).
    Float(u64),
}

impl Spec {
    /// How much a specialisation says; the larger one is kept when two meet.
    fn rank(self) -> u8 {
        match self {
            Spec::None => 0,
            Spec::Class(_) => 1,
            Spec::Shape(_) => 2,
            Spec::Object(_) | Spec::Int(_) | Spec::Float(_) => 3,
        }
    }
}

/// A set of values.
#[derive(Copy, Clone, Debug)]
pub struct Ty {
    bits: u32,
    immortal: bool,
    spec: Spec,
}

impl Ty {
    /// No value: the type of what is never reached.
    pub const BOTTOM: Ty = Ty::of_bits(0);

    const fn of_bits(bits: u32) -> Ty {
        Ty {
            bits,
            immortal: false,
            spec: Spec::None,
        }
    }

    /// The type of one leaf.
    pub const fn of_leaf(l: Leaf) -> Ty {
        Ty::of_bits(leaf(l))
    }

    /// This type with the pending word added.
    pub fn or_pending(self) -> Ty {
        Ty {
            bits: self.bits | PENDING_LEAF,
            ..self
        }
    }

    /// This type narrowed by a specialisation.
    pub fn with_spec(self, spec: Spec) -> Ty {
        Ty { spec, ..self }
    }

    /// This type, all of whose objects are immortal.
    pub fn immortal(self) -> Ty {
        Ty { immortal: true, ..self }
    }

    /// This type without its specialisation and lifetime.
    pub fn widened(self) -> Ty {
        Ty::of_bits(self.bits)
    }

    /// This type without the leaves of `other`. Specialisations of `other` are not considered: `other` must be a plain union.
    pub fn without(self, other: Ty) -> Ty {
        Ty {
            bits: self.bits & !other.bits,
            ..self
        }
    }

    /// What is known beyond the leaves.
    pub fn spec(self) -> Spec {
        self.spec
    }

    /// Whether no value has this type.
    pub fn is_bottom(self) -> bool {
        self.bits == 0
    }

    /// The leaf, when there is just one.
    pub fn leaf(self) -> Option<Leaf> {
        (self.bits.count_ones() == 1).then(|| Leaf::ALL[self.bits.trailing_zeros() as usize])
    }

    /// Whether some value may be of both types (specialisations count only when they contradict each other).
    pub fn could_be(self, other: Ty) -> bool {
        !self.meet(other).is_bottom()
    }

    /// Whether every value of `self` is one of `other`.
    pub fn is_subtype(self, other: Ty) -> bool {
        self.bits == 0
            || self.bits & !other.bits == 0
                && (other.spec == Spec::None || self.spec == other.spec)
                && (!other.immortal || !self.is_counted())
    }

    /// The values of both types, or a superset of them where the intersection cannot be told.
    pub fn meet(self, other: Ty) -> Ty {
        let bits = self.bits & other.bits;
        let (a, b) = (self.spec, other.spec);
        let contradict = match (a, b) {
            (Spec::Int(a), Spec::Int(b)) => a != b,
            (Spec::Object(a), Spec::Object(b)) => a != b,
            (Spec::Class(a), Spec::Class(b)) => a != b,
            (Spec::Shape(a), Spec::Shape(b)) => a != b,
            (Spec::Float(a), Spec::Float(b)) => a != b,
            _ => false,
        };
        if bits == 0 || contradict {
            return Ty::BOTTOM;
        }
        let spec = if a.rank() >= b.rank() { a } else { b };
        Ty {
            bits,
            immortal: self.immortal || other.immortal,
            spec,
        }
    }

    /// The least type known to contain both.
    pub fn join(self, other: Ty) -> Ty {
        if self.bits == 0 {
            return other;
        }
        if other.bits == 0 {
            return self;
        }
        let spec = if self.spec == other.spec { self.spec } else { Spec::None };
        let immortal = (self.immortal || !self.is_counted()) && (other.immortal || !other.is_counted());
        let bits = self.bits | other.bits;
        Ty {
            bits,
            immortal: immortal && bits & COUNTED_LEAVES != 0,
            spec,
        }
    }

    /// Whether a value of this type may carry a reference count that must be kept.
    pub fn is_counted(self) -> bool {
        self.bits & COUNTED_LEAVES != 0 && !self.immortal
    }

    /// Whether releasing a value of this type cannot run Python code, nor release anything else.
    pub fn is_scalar(self) -> bool {
        self.bits & !SCALAR_LEAVES == 0
    }

    /// Whether values of this type are words as Python sees them, not machine values.
    pub fn is_word(self) -> bool {
        self.bits & MACHINE_LEAVES == 0
    }

    /// Whether values of this type live in a float register.
    pub fn is_f64(self) -> bool {
        self.bits == leaf(Leaf::F64)
    }

    /// The number, for a type of one int, machine int or machine truth value.
    pub fn int_value(self) -> Option<i64> {
        match self.spec {
            Spec::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The number, for a type of one float or machine float.
    pub fn float_value(self) -> Option<f64> {
        match self.spec {
            Spec::Float(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// The object, for a type of one constant.
    pub fn object_value(self) -> Option<ConstId> {
        match self.spec {
            Spec::Object(id) => Some(id),
            _ => None,
        }
    }

    /// The exact shape, when it is known.
    pub fn shape(self) -> Option<ShapeId> {
        match self.spec {
            Spec::Shape(id) => Some(id),
            _ => None,
        }
    }

    /// Whether nothing changes between the two: for fixpoints and printing, not for deciding what holds.
    pub fn same(self, other: Ty) -> bool {
        self.bits == other.bits && self.immortal == other.immortal && self.spec == other.spec
    }

    /// The type called `name` in text, leaf or union.
    pub fn named(name: &str) -> Option<Ty> {
        if name == "Bottom" {
            return Some(Ty::BOTTOM);
        }
        if let Some(leaf) = Leaf::ALL.iter().find(|leaf| leaf.name() == name) {
            return Some(Ty::of_leaf(*leaf));
        }
        UNIONS
            .iter()
            .find(|(text, _)| *text == name)
            .map(|(_, bits)| Ty::of_bits(*bits))
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == 0 {
            return f.write_str("Bottom");
        }
        if self.immortal {
            f.write_str("!")?;
        }
        let mut rest = self.bits;
        let mut first = true;
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str| {
            if !std::mem::take(&mut first) {
                f.write_str("|")?;
            }
            f.write_str(name)
        };
        for (name, bits) in UNIONS {
            if rest & bits == *bits {
                part(f, name)?;
                rest &= !bits;
            }
        }
        for leaf in Leaf::ALL {
            if rest & (1 << *leaf as u32) != 0 {
                part(f, leaf.name())?;
            }
        }
        match self.spec {
            Spec::None => Ok(()),
            Spec::Class(id) => write!(f, "{{{id}}}"),
            Spec::Shape(id) => write!(f, "{{{id}}}"),
            Spec::Object(id) => write!(f, "{{{id}}}"),
            Spec::Int(value) => write!(f, "{{{value}}}"),
            Spec::Float(bits) => write!(f, "{{{:?}f}}", f64::from_bits(bits)),
        }
    }
}

impl Ty {
    /// A number that is the same for the same type and, in practice, for no other.
    pub(crate) fn hash_key(self) -> u64 {
        let payload = match self.spec {
            Spec::None => 0,
            Spec::Class(id) => 1 << 32 | u64::from(id.0),
            Spec::Shape(id) => 2 << 32 | u64::from(id.0),
            Spec::Object(id) => 3 << 32 | u64::from(id.0),
            Spec::Int(value) => (value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 63,
            Spec::Float(bits) => bits.wrapping_mul(0xff51_afd7_ed55_8ccd) | 1 << 62,
        };
        payload.rotate_left(28) ^ u64::from(self.bits) ^ (u64::from(self.immortal) << 27)
    }
}
