//! The special methods that operations look up on classes, one table of them in every class.

use crate::layout::Trace;
use crate::str::Str;
use crate::value::Value;
use std::cell::Cell;

macro_rules! specials {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A special method with a place in every class's table.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Special { $($variant),* }
        const NAMES: &[&str] = &[$($name),*];
        const ALL: &[Special] = &[$(Special::$variant),*];
        pub const SPECIAL_COUNT: usize = NAMES.len();
    };
}

specials! {
    Add = "__add__", Sub = "__sub__", Mul = "__mul__", TrueDiv = "__truediv__", FloorDiv = "__floordiv__", Mod = "__mod__",
    Pow = "__pow__", MatMul = "__matmul__", LShift = "__lshift__", RShift = "__rshift__", And = "__and__", Or = "__or__", Xor = "__xor__",
    RAdd = "__radd__", RSub = "__rsub__", RMul = "__rmul__", RTrueDiv = "__rtruediv__", RFloorDiv = "__rfloordiv__", RMod = "__rmod__",
    RPow = "__rpow__", RMatMul = "__rmatmul__", RLShift = "__rlshift__", RRShift = "__rrshift__", RAnd = "__rand__", ROr = "__ror__", RXor = "__rxor__",
    IAdd = "__iadd__", ISub = "__isub__", IMul = "__imul__", ITrueDiv = "__itruediv__", IFloorDiv = "__ifloordiv__", IMod = "__imod__",
    IPow = "__ipow__", IMatMul = "__imatmul__", ILShift = "__ilshift__", IRShift = "__irshift__", IAnd = "__iand__", IOr = "__ior__", IXor = "__ixor__",
    Lt = "__lt__", Le = "__le__", Eq = "__eq__", Ne = "__ne__", Gt = "__gt__", Ge = "__ge__",
    Neg = "__neg__", Pos = "__pos__", Invert = "__invert__", Abs = "__abs__", Bool = "__bool__", Int = "__int__", Float = "__float__",
    Complex = "__complex__", Index = "__index__", Round = "__round__", Trunc = "__trunc__", Floor = "__floor__", Ceil = "__ceil__", DivMod = "__divmod__", RDivMod = "__rdivmod__",
    Len = "__len__", LengthHint = "__length_hint__", GetItem = "__getitem__", SetItem = "__setitem__", DelItem = "__delitem__", Contains = "__contains__", Missing = "__missing__",
    Iter = "__iter__", Next = "__next__", Reversed = "__reversed__", Hash = "__hash__", Repr = "__repr__", Str = "__str__", Format = "__format__", Bytes = "__bytes__",
    Call = "__call__", New = "__new__", Init = "__init__", Del = "__del__", Get = "__get__", Set = "__set__", Delete = "__delete__", SetName = "__set_name__",
    GetAttribute = "__getattribute__", GetAttr = "__getattr__", SetAttr = "__setattr__", DelAttr = "__delattr__", Dir = "__dir__",
    Enter = "__enter__", Exit = "__exit__", AEnter = "__aenter__", AExit = "__aexit__", Await = "__await__", AIter = "__aiter__", ANext = "__anext__",
    InstanceCheck = "__instancecheck__", SubclassCheck = "__subclasscheck__", InitSubclass = "__init_subclass__", ClassGetItem = "__class_getitem__",
    MroEntries = "__mro_entries__", Prepare = "__prepare__", Buffer = "__buffer__", FsPath = "__fspath__", Reduce = "__reduce__", ReduceEx = "__reduce_ex__",
}

impl Special {
    pub fn from_index(i: usize) -> Special {
        ALL[i]
    }
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize]
    }
    /// The interned name.
    pub fn name(self) -> Value {
        NAME_VALUES.0[self as usize].get()
    }
    /// Which special method a name (a `str`) is.
    pub fn of_name(name: Value) -> Option<Special> {
        Special::of_hashed(name, name.expect::<Str>().hash())
    }
    /// As `of_name`, for a key that may be no `str`, by its hash: nothing else is looked at in most cases.
    pub(crate) fn of_hashed(key: Value, hash: i64) -> Option<Special> {
        let mut place = hash as usize % PLACES;
        loop {
            let i = BY_HASH.0[place].get();
            if i == NOBODY {
                return None;
            }
            let special = ALL[i as usize];
            let name = special.name();
            if name == key {
                return Some(special);
            }
            let named = name.expect::<Str>();
            if named.hash() == hash && key.exact::<Str>().is_some_and(|key| key.same_text(named)) {
                return Some(special);
            }
            place = (place + 1) % PLACES;
        }
    }
    /// The reflected method of a binary operator's (`__add__` to `__radd__`), by position in the list.
    pub fn reflected(self) -> Special {
        debug_assert!((self as usize) < 13);
        ALL[self as usize + 13]
    }
    /// The in-place method of a binary operator's.
    pub fn in_place(self) -> Special {
        debug_assert!((self as usize) < 13);
        ALL[self as usize + 26]
    }
}

struct Names([Cell<Value>; SPECIAL_COUNT]);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: written once at start.
unsafe impl Sync for Names {}
static NAME_VALUES: Names = Names([const { Cell::new(Value::ZERO) }; SPECIAL_COUNT]);

const PLACES: usize = 512;
const NOBODY: u8 = u8::MAX;
const _: () = assert!(SPECIAL_COUNT < NOBODY as usize);
/// Special methods by the hashes of their names, with open addressing.
struct ByHash([Cell<u8>; PLACES]);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: written once at start.
unsafe impl Sync for ByHash {}
static BY_HASH: ByHash = ByHash([const { Cell::new(NOBODY) }; PLACES]);

/// Interns the names; the first thing after strings exist.
pub(crate) fn init() {
    for (i, name) in NAMES.iter().enumerate() {
        let name = Str::intern(name);
        let mut place = name.expect::<Str>().hash() as usize % PLACES;
        while BY_HASH.0[place].get() != NOBODY {
            place = (place + 1) % PLACES;
        }
        BY_HASH.0[place].set(i as u8);
        NAME_VALUES.0[i].set(name.into_value());
    }
}

/// A class's special methods as found along its order, borrowed from the namespaces. Kept by `Type::modified`.
pub struct SpecialTable([Cell<Value>; SPECIAL_COUNT]);
impl SpecialTable {
    #[expect(clippy::new_without_default, reason = "made by classes only")]
    pub fn new() -> SpecialTable {
        SpecialTable([const { Cell::new(Value::PENDING) }; SPECIAL_COUNT])
    }
    #[inline(always)]
    pub fn get(&self, s: Special) -> Option<Value> {
        let v = self.0[s as usize].get();
        // `__hash__ = None` and the like say that there is no such method; callers that care look at the namespace.
        (!v.is_pending()).then_some(v)
    }
    pub fn set(&self, s: Special, v: Option<Value>) {
        self.0[s as usize].set(v.unwrap_or(Value::PENDING));
    }
    /// Takes over another class's.
    pub(crate) fn copy_from(&self, other: &SpecialTable) {
        for (to, from) in self.0.iter().zip(&other.0) {
            to.set(from.get());
        }
    }
}
impl Trace for SpecialTable {
    fn clear(&self) {
        self.0.iter().for_each(|c| c.set(Value::PENDING));
    }
}
