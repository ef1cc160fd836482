//! The operations that Python's syntax and built-in functions stand for, dispatched on classes.
//!
//! Exact built-in types that need no Python code take short cuts; everything else goes through the special-method
//! tables. Arithmetic on small ints and floats is done by interpreter and compiled code before they come here.

use crate::call::{call, call_special};
use crate::dict::Dict;
use crate::exception::exc;
use crate::float::Float;
use crate::int::AnyInt;
use crate::list::List;
use crate::raise::{self, Raised};
use crate::special::Special;
use crate::str::Str;
use crate::thread::{NativeDepth, check_native_stack, thread};
use crate::tuple::Tuple;
use crate::types::{Type, flags};
use crate::value::{Object, Value};

/// Binary operators, in the order of the special-method list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}
impl BinaryOp {
    pub const ALL: [BinaryOp; 13] = [
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::TrueDiv,
        BinaryOp::FloorDiv,
        BinaryOp::Mod,
        BinaryOp::Pow,
        BinaryOp::MatMul,
        BinaryOp::LShift,
        BinaryOp::RShift,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Xor,
    ];
    pub fn symbol(self) -> &'static str {
        [
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "** or pow()",
            "@",
            "<<",
            ">>",
            "&",
            "|",
            "^",
        ][self as usize]
    }
    pub fn special(self) -> Special {
        Special::from_index(self as usize)
    }
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}
impl CompareOp {
    pub const ALL: [CompareOp; 6] = [
        CompareOp::Lt,
        CompareOp::Le,
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Gt,
        CompareOp::Ge,
    ];
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    pub fn special(self) -> Special {
        Special::from_index(Special::Lt as usize + self as usize)
    }
    /// The operator with its operands exchanged.
    pub fn swapped(self) -> CompareOp {
        [
            CompareOp::Gt,
            CompareOp::Ge,
            CompareOp::Eq,
            CompareOp::Ne,
            CompareOp::Lt,
            CompareOp::Le,
        ][self as usize]
    }
    pub fn holds(self, o: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => o.is_lt(),
            CompareOp::Le => o.is_le(),
            CompareOp::Eq => o.is_eq(),
            CompareOp::Ne => o.is_ne(),
            CompareOp::Gt => o.is_gt(),
            CompareOp::Ge => o.is_ge(),
        }
    }
}

/// `a op b`.
pub fn binary(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    match try_binary(op, a, b)? {
        Some(v) => Ok(v),
        None => Err(unsupported(op.symbol(), a, b, op)),
    }
}

/// Whether the left operand is a sequence whose `+` and `*` CPython tries only after the right operand's reflected
/// method.
fn yields_to_reflected(op: BinaryOp, f: Value) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Mul)
        && crate::native::as_native(&f).is_some_and(|n| {
            n.owner
                .0
                .is_some_and(|c| c.has(flags::SEQUENCE) || matches!(c.layout().name, "str" | "bytes" | "bytearray"))
        })
}

fn try_binary(op: BinaryOp, a: Value, b: Value) -> Result<Option<Object>, Raised> {
    let (ta, tb) = (a.class(), b.class());
    let left = ta.special(op.special());
    let right = if std::ptr::eq(ta, tb) {
        None
    } else {
        tb.special(op.special().reflected())
    };
    let mut right_done = false;
    if let Some(r) = right
        && (tb.is_subtype(ta) && ta.special(op.special().reflected()) != Some(r)
            || left.is_some_and(|l| yields_to_reflected(op, l)) && !yields_to_reflected(op, r))
    {
        right_done = true;
        let v = call_special(r, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    if let Some(l) = left {
        let v = call_special(l, a, &[b])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    if let Some(r) = right
        && !right_done
    {
        let v = call_special(r, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    Ok(None)
}
#[cold]
fn unsupported(symbol: &str, a: Value, b: Value, op: BinaryOp) -> Raised {
    let (ta, tb) = (a.class().name(), b.class().name());
    let hint = if op == BinaryOp::RShift && symbol == ">>" && ta == "builtin_function_or_method" {
        ". Did you mean \"print(<message>, file=<output_stream>)\"?"
    } else {
        ""
    };
    crate::raise!(
        TypeError,
        "unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'{hint}"
    )
}

/// `a op= b`: the value to bind.
pub fn binary_in_place(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    if let Some(f) = a.class().special(op.special().in_place()) {
        let v = call_special(f, a, &[b])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    match try_binary(op, a, b)? {
        Some(v) => Ok(v),
        None => {
            let symbol = match op {
                BinaryOp::Pow => "** or pow()".to_owned(),
                _ => op.symbol().to_owned(),
            };
            let symbol = if op == BinaryOp::Pow {
                "**=".to_owned()
            } else {
                format!("{symbol}=")
            };
            Err(unsupported(&symbol, a, b, op))
        }
    }
}

/// `pow(a, b, c)`.
pub fn power(a: Value, b: Value, c: Value) -> Result<Object, Raised> {
    if c.is_none() {
        return binary(BinaryOp::Pow, a, b);
    }
    let reflected = b.class().special(Special::RPow);
    // An operand of a subclass comes first, as with two operands.
    let first = reflected.filter(|f| {
        !std::ptr::eq(a.class(), b.class())
            && b.class().is_subtype(a.class())
            && a.class().special(Special::RPow) != Some(*f)
    });
    if let Some(f) = first {
        let v = call_special(f, b, &[a, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if let Some(f) = a.class().special(Special::Pow) {
        let v = call_special(f, a, &[b, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if let Some(f) = reflected.filter(|_| first.is_none()) {
        let v = call_special(f, b, &[a, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    Err(crate::raise!(
        TypeError,
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        a.class().name(),
        b.class().name(),
        c.class().name()
    ))
}

/// `-v`, `+v`, `~v`, `abs(v)` by special method.
pub fn unary(s: Special, v: Value) -> Result<Object, Raised> {
    match v.class().special(s) {
        Some(f) => call_special(f, v, &[]),
        None => Err(match s {
            Special::Abs => crate::raise!(TypeError, "bad operand type for abs(): '{}'", v.class().name()),
            _ => {
                let symbol = match s {
                    Special::Neg => "-",
                    Special::Pos => "+",
                    _ => "~",
                };
                crate::raise!(TypeError, "bad operand type for unary {symbol}: '{}'", v.class().name())
            }
        }),
    }
}

/// `a op b` for a comparison: any object.
pub fn compare(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    if let Some(r) = quick_compare(op, a, b) {
        return Ok(Object::bool(r));
    }
    check_native_stack(" in comparison")?;
    let (ta, tb) = (a.class(), b.class());
    let mut checked = false;
    if !std::ptr::eq(ta, tb)
        && tb.is_subtype(ta)
        && let Some(f) = tb.special(op.swapped().special())
    {
        checked = true;
        let v = call_special(f, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if let Some(f) = ta.special(op.special()) {
        let v = call_special(f, a, &[b])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if !checked && let Some(f) = tb.special(op.swapped().special()) {
        let v = call_special(f, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    match op {
        CompareOp::Eq => Ok(Object::bool(a == b)),
        CompareOp::Ne => Ok(Object::bool(a != b)),
        _ => Err(crate::raise!(
            TypeError,
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            ta.name(),
            tb.name()
        )),
    }
}

/// Comparisons of exact ints, floats and strs, which run no Python.
#[inline]
pub fn quick_compare(op: CompareOp, a: Value, b: Value) -> Option<bool> {
    if Value::is_int(a) && Value::is_int(b) {
        return Some(op.holds(Value::int(a).cmp(&Value::int(b))));
    }
    if let (Some(x), Some(y)) = (plain_float(a), plain_float(b)) {
        return Some(match op {
            CompareOp::Lt => x < y,
            CompareOp::Le => x <= y,
            CompareOp::Eq => x == y,
            CompareOp::Ne => x != y,
            CompareOp::Gt => x > y,
            CompareOp::Ge => x >= y,
        });
    }
    if let (Some(x), Some(y)) = (a.exact::<Str>(), b.exact::<Str>()) {
        return Some(match op {
            CompareOp::Eq => a == b || x.same_text(y),
            CompareOp::Ne => a != b && !x.same_text(y),
            _ => op.holds(x.text().cmp(y.text())),
        });
    }
    None
}

/// The number as a float where that is exact: a flonum, or an int below 2^53.
#[inline]
fn plain_float(v: Value) -> Option<f64> {
    if v.is_flonum() {
        return Some(v.flonum_value());
    }
    let i = v.as_small_int()?;
    (i.unsigned_abs() <= 1 << 53).then_some(i as f64)
}

/// `a op b` as a truth value.
pub fn compare_bool(op: CompareOp, a: Value, b: Value) -> Result<bool, Raised> {
    if let Some(r) = quick_compare(op, a, b) {
        return Ok(r);
    }
    let v = compare(op, a, b)?;
    is_true(v.value())
}
/// Identity or equality, as containers compare.
#[inline]
pub fn is_equal(a: Value, b: Value) -> Result<bool, Raised> {
    if a == b {
        return Ok(true);
    }
    compare_bool(CompareOp::Eq, a, b)
}

/// `bool(v)`.
#[inline]
pub fn is_true(v: Value) -> Result<bool, Raised> {
    if v.is_true() {
        return Ok(true);
    }
    if v.is_false() || v.is_none() {
        return Ok(false);
    }
    if Value::is_int(v) {
        return Ok(Value::int(v) != 0);
    }
    if v.is_flonum() {
        return Ok(true);
    }
    is_true_slow(v)
}
fn is_true_slow(v: Value) -> Result<bool, Raised> {
    if let Some(s) = v.exact::<Str>() {
        return Ok(!s.is_empty());
    }
    if let Some(l) = v.exact::<List>() {
        return Ok(!l.is_empty());
    }
    if let Some(d) = v.exact::<Dict>() {
        return Ok(!d.is_empty());
    }
    if let Some(t) = v.exact::<Tuple>() {
        return Ok(!t.is_empty());
    }
    let class = v.class();
    if let Some(f) = class.special(Special::Bool) {
        let r = call_special(f, v, &[])?;
        if r.is_true() || r.is_false() {
            return Ok(r.is_true());
        }
        return Err(crate::raise!(
            TypeError,
            "__bool__ should return bool, returned {}",
            r.class().name()
        ));
    }
    if class.special(Special::Len).is_some() {
        return Ok(len(v)? != 0);
    }
    Ok(true)
}

/// `hash(v)`.
#[inline]
pub fn hash(v: Value) -> Result<i64, Raised> {
    if Value::is_int(v) {
        return Ok(hash_int(Value::int(v)));
    }
    if let Some(s) = v.exact::<Str>() {
        return Ok(s.hash());
    }
    hash_slow(v)
}
/// The hash of a key; an object without one is called by its part (`dict key`, `set element`).
#[inline]
pub fn hash_key(v: Value, part: &str) -> Result<i64, Raised> {
    hash(v).or_else(|raised| unhashable(raised, v, part))
}
#[cold]
fn unhashable(raised: Raised, v: Value, part: &str) -> Result<i64, Raised> {
    let e = crate::raise::catch(raised, &crate::exception::exc::TypeError)?;
    let why = to_str(e.value())?;
    let why = why.expect::<Str>().to_string_lossy();
    Err(crate::raise!(
        TypeError,
        "cannot use '{}' as a {part} ({why})",
        v.class().name()
    ))
}
/// The hash of a small int: reduced modulo 2^61-1, and never -1.
#[inline]
pub fn hash_int(i: i64) -> i64 {
    const P: u64 = (1 << 61) - 1;
    let m = (i.unsigned_abs() % P) as i64;
    let h = if i < 0 { -m } else { m };
    if h == -1 { -2 } else { h }
}
fn hash_slow(v: Value) -> Result<i64, Raised> {
    let class = v.class();
    let Some(f) = class.special(Special::Hash).filter(|f| !f.is_none()) else {
        return Err(crate::raise!(TypeError, "unhashable type: '{}'", class.name()));
    };
    if let Some(t) = v.exact::<Tuple>() {
        check_native_stack(" while hashing a tuple")?;
        return t.hash();
    }
    check_native_stack("")?;
    let r = call_special(f, v, &[])?;
    match r.as_int() {
        Some(AnyInt::Small(i)) => Ok(if i == -1 { -2 } else { i }),
        Some(AnyInt::Big(b)) => Ok(b.hash()),
        None => Err(crate::raise!(TypeError, "__hash__ method should return an integer")),
    }
}
/// The hash by identity, `object.__hash__`.
pub fn hash_identity(v: Value) -> i64 {
    ((v.0 - 1) as i64).rotate_right(4)
}

/// `len(v)`.
pub fn len(v: Value) -> Result<usize, Raised> {
    if let Some(l) = v.exact::<List>() {
        return Ok(l.len());
    }
    if let Some(s) = v.exact::<Str>() {
        return Ok(s.len());
    }
    if let Some(t) = v.exact::<Tuple>() {
        return Ok(t.len());
    }
    if let Some(d) = v.exact::<Dict>() {
        return Ok(d.len());
    }
    let Some(f) = v.class().special(Special::Len) else {
        return Err(crate::raise!(
            TypeError,
            "object of type '{}' has no len()",
            v.class().name()
        ));
    };
    let r = call_special(f, v, &[])?;
    let i = match index_quiet(r.value())? {
        Some(i) => i,
        None => {
            return Err(crate::raise!(
                TypeError,
                "'{}' object cannot be interpreted as an integer",
                r.class().name()
            ));
        }
    };
    match i.as_int() {
        Some(a) if a.is_negative() => Err(crate::raise!(ValueError, "__len__() should return >= 0")),
        Some(a) => a
            .to_i64()
            .map(|n| n as usize)
            .ok_or_else(|| crate::raise!(OverflowError, "cannot fit 'int' into an index-sized integer")),
        None => Ok(0),
    }
}

/// `v[key]`.
pub fn get_item(v: Value, key: Value) -> Result<Object, Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return match d.get(key)? {
            Some(o) => Ok(o),
            None => Err(raise::key_error(key)),
        };
    }
    if key.is_int() {
        if let Some(l) = v.exact::<List>()
            && let Some(o) = position(key.int(), l.len()).and_then(|i| l.get(i))
        {
            return Ok(o);
        }
        if let Some(t) = v.exact::<Tuple>()
            && let Some(i) = position(key.int(), t.len())
        {
            return Ok(t.items()[i].to_object());
        }
        if let Some(s) = v.exact::<Str>()
            && let Some(i) = position(key.int(), s.len())
        {
            return Ok(Str::from_char(s.at(i)));
        }
    }
    let class = v.class();
    if let Some(f) = class.special(Special::GetItem) {
        return call_special(f, v, &[key]);
    }
    if let Some(t) = v.cast::<Type>() {
        if std::ptr::eq(t, crate::types::type_type())
            && let Some(alias) = crate::runtime().generic_alias.get()
        {
            return alias(v, key);
        }
        if let Some(f) = crate::attr::find_attr(v, Special::ClassGetItem.name())? {
            return call(f.value(), &[key]);
        }
        return Err(crate::raise!(TypeError, "type '{}' is not subscriptable", t.name()));
    }
    Err(crate::raise!(
        TypeError,
        "'{}' object is not subscriptable",
        class.name()
    ))
}
/// The position that an index names in a sequence of `len` items.
#[inline]
fn position(i: i64, len: usize) -> Option<usize> {
    let at = if i < 0 { i + len as i64 } else { i };
    ((at as u64) < len as u64).then_some(at as usize)
}
/// `v[start:stop]`, without a slice object where the receiver is a list or a tuple.
pub fn get_slice(v: Value, start: Value, stop: Value) -> Result<Object, Raised> {
    use crate::slice::{Bounds, Slice};
    let none = crate::singletons::none();
    let plain = |b: Value| b.is_int() || b.is_none();
    if plain(start) && plain(stop) {
        if let Some(l) = v.exact::<List>() {
            let selected = Bounds::of(start, stop, none)?.indices(l.len());
            let first = selected.start as usize;
            return Ok(List::from_values(if selected.count == 0 {
                &[]
            } else {
                &l.borrow()[first..first + selected.count]
            }));
        }
        if let Some(t) = v.exact::<Tuple>() {
            let selected = Bounds::of(start, stop, none)?.indices(t.len());
            if selected.count == t.len() {
                return Ok(v.to_object());
            }
            let first = selected.start as usize;
            return Ok(Tuple::from_fn(selected.count, |i| t.items()[first + i].to_object()));
        }
    }
    get_item(v, Slice::new(start, stop, none).value())
}
/// `v[start:stop] = value`, without a slice object where a list's items are replaced by as many of another list or tuple.
pub fn set_slice(v: Value, start: Value, stop: Value, value: Value) -> Result<(), Raised> {
    use crate::slice::{Bounds, Slice};
    let none = crate::singletons::none();
    let plain = |b: Value| b.is_int() || b.is_none();
    if v != value
        && plain(start)
        && plain(stop)
        && let Some(l) = v.exact::<List>()
    {
        let new = match (value.exact::<List>(), value.exact::<Tuple>()) {
            (Some(new), _) => Some(new.borrow()),
            (_, Some(new)) => Some(new.items()),
            _ => None,
        };
        let selected = Bounds::of(start, stop, none)?.indices(l.len());
        if let Some(new) = new.filter(|new| new.len() == selected.count) {
            l.overwrite(selected.start as usize, new);
            return Ok(());
        }
    }
    set_item(v, Slice::new(start, stop, none).value(), value)
}
/// `v[key] = value`.
pub fn set_item(v: Value, key: Value, value: Value) -> Result<(), Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return d.set(key, value);
    }
    if key.is_int()
        && let Some(l) = v.exact::<List>()
        && let Some(i) = position(key.int(), l.len())
    {
        drop(l.replace(i, value.to_object()));
        return Ok(());
    }
    match v.class().special(Special::SetItem) {
        Some(f) => call_special(f, v, &[key, value]).map(drop),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object does not support item assignment",
            v.class().name()
        )),
    }
}
/// `del v[key]`.
pub fn del_item(v: Value, key: Value) -> Result<(), Raised> {
    match v.class().special(Special::DelItem) {
        Some(f) => call_special(f, v, &[key]).map(drop),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object doesn't support item deletion",
            v.class().name()
        )),
    }
}
/// `item in v`.
pub fn contains(v: Value, item: Value) -> Result<bool, Raised> {
    if let Some(d) = v.exact::<Dict>() {
        return d.contains(item);
    }
    match v.class().special(Special::Contains) {
        Some(f) if f.is_none() => Err(crate::raise!(
            TypeError,
            "'{}' object is not a container",
            v.class().name()
        )),
        Some(f) => {
            let r = call_special(f, v, &[item])?;
            is_true(r.value())
        }
        None => {
            let it = match iter(v) {
                Ok(it) => it,
                Err(r) => {
                    let e = raise::catch(r, &exc::TypeError)?;
                    if v.class().special(Special::Iter).is_some() {
                        return Err(raise::again(e));
                    }
                    return Err(crate::raise!(
                        TypeError,
                        "argument of type '{}' is not a container or iterable",
                        v.class().name()
                    ));
                }
            };
            while let Some(x) = next(it.value())? {
                if is_equal(x.value(), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// `iter(v)`.
pub fn iter(v: Value) -> Result<Object, Raised> {
    if v.is_exact::<List>() {
        return Ok(crate::range::ListIter::new(v));
    }
    if v.is_exact::<Tuple>() {
        return Ok(crate::range::TupleIter::new(v));
    }
    let class = v.class();
    match class.special(Special::Iter) {
        Some(f) if !f.is_none() => {
            let it = call_special(f, v, &[])?;
            if it.class().special(Special::Next).is_none() {
                return Err(crate::raise!(
                    TypeError,
                    "iter() returned non-iterator of type '{}'",
                    it.class().name()
                ));
            }
            Ok(it)
        }
        None if class.special(Special::GetItem).is_some() && !class.has(flags::MAPPING) => {
            match crate::runtime().sequence_iter.get() {
                Some(make) => Ok(make(v)),
                None => Err(crate::raise!(SystemError, "sequence iteration is not attached")),
            }
        }
        _ => Err(crate::raise!(TypeError, "'{}' object is not iterable", class.name())),
    }
}
/// `next(v)`: `None` at the end.
#[inline]
pub fn next(v: Value) -> Result<Option<Object>, Raised> {
    let class = v.class();
    if let Some(f) = (crate::iter::fast_next(class)).get() {
        return f(v);
    }
    let Some(f) = class.special(Special::Next) else {
        return Err(crate::raise!(TypeError, "'{}' object is not an iterator", class.name()));
    };
    match call_special(f, v, &[]) {
        Ok(o) => Ok(Some(o)),
        Err(r) => raise::catch(r, &exc::StopIteration).map(|_| None),
    }
}
/// Calls `f` with every item of an iterable.
pub fn for_each(v: Value, mut f: impl FnMut(Object) -> Result<(), Raised>) -> Result<(), Raised> {
    if let Some(l) = v.exact::<List>() {
        let mut i = 0;
        while let Some(o) = l.get(i) {
            i += 1;
            f(o)?;
        }
        return Ok(());
    }
    if let Some(t) = v.exact::<Tuple>() {
        let held = v.to_object();
        for i in 0..t.len() {
            f(held.expect::<Tuple>().items()[i].to_object())?;
        }
        return Ok(());
    }
    let it = iter(v)?;
    while let Some(o) = next(it.value())? {
        f(o)?;
    }
    Ok(())
}
/// All items of an iterable.
pub fn to_vec(v: Value) -> Result<Vec<Object>, Raised> {
    let mut out = Vec::with_capacity(length_hint(v).unwrap_or(0).min(1 << 16));
    for_each(v, |o| {
        out.push(o);
        Ok(())
    })?;
    Ok(out)
}
fn length_hint(v: Value) -> Option<usize> {
    if let Some(l) = v.exact::<List>() {
        return Some(l.len());
    }
    v.exact::<Tuple>().map(Tuple::len)
}

/// `operator.index(v)`: an int (of class int or a subclass).
pub fn index(v: Value) -> Result<Object, Raised> {
    match index_quiet(v)? {
        Some(o) => Ok(o),
        None => Err(crate::raise!(
            TypeError,
            "'{}' object cannot be interpreted as an integer",
            v.class().name()
        )),
    }
}
/// Warns that a conversion returned an instance of a subclass.
fn strict_subclass(what: &str, class: &str, r: Value) -> Result<(), Raised> {
    let message = format!(
        "{what} (type {}).  The ability to return an instance of a strict subclass of {class} is deprecated, and may not be supported in a future version of Python.",
        r.class().name()
    );
    (crate::hooks::hooks().warn)(&exc::DeprecationWarning, &message)
}
/// As [`index`], with `None` where the class has no `__index__`.
pub fn index_quiet(v: Value) -> Result<Option<Object>, Raised> {
    if v.as_int().is_some() {
        return Ok(Some(v.to_object()));
    }
    let Some(f) = v.class().special(Special::Index) else {
        return Ok(None);
    };
    let r = call_special(f, v, &[])?;
    if r.as_int().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__index__ returned non-int (type {})",
            r.class().name()
        ));
    }
    if !Value::is_int(r.value()) && !r.is_exact::<crate::int::Int>() {
        strict_subclass("__index__ returned non-int", "int", r.value())?;
    }
    Ok(Some(r))
}
/// An index or slice bound as `i64`, clamped where it does not fit.
pub fn index_clamped(v: Value) -> Result<i64, Raised> {
    let o = index(v)?;
    Ok(match o.as_int() {
        Some(AnyInt::Small(i)) => i,
        Some(AnyInt::Big(b)) => {
            if b.is_negative() {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        None => 0,
    })
}
/// `float(v)` for arguments: floats, ints and what has `__float__` or `__index__`.
pub fn to_float(v: Value) -> Result<f64, Raised> {
    if v.is_flonum() {
        return Ok(v.flonum_value());
    }
    if Value::is_int(v) {
        return Ok(Value::int(v) as f64);
    }
    if let Some(f) = v.cast::<Float>() {
        return Ok(f.value.get());
    }
    if let Some(f) = v.class().special(Special::Float) {
        let r = call_special(f, v, &[])?;
        return match r.as_float() {
            Some(x) => Ok(x),
            None => Err(crate::raise!(
                TypeError,
                "{}.__float__() must return a float, not {}",
                v.class().name(),
                r.class().name()
            )),
        };
    }
    match index_quiet(v)? {
        Some(i) => match i.as_int() {
            Some(AnyInt::Small(n)) => Ok(n as f64),
            Some(AnyInt::Big(b)) => b
                .to_f64()
                .ok_or_else(|| crate::raise!(OverflowError, "int too large to convert to float")),
            None => Ok(0.0),
        },
        None => Err(crate::raise!(
            TypeError,
            "must be real number, not {}",
            v.class().name()
        )),
    }
}

/// `repr(v)`.
pub fn repr(v: Value) -> Result<Object, Raised> {
    let _depth = NativeDepth::enter(" while getting the repr of an object")?;
    let class = v.class();
    let Some(f) = class.special(Special::Repr) else {
        return Ok(Str::new(&format!("<{} object at {:#x}>", class.name(), v.0 - 1)));
    };
    let r = call_special(f, v, &[])?;
    if r.cast::<Str>().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__repr__ returned non-string (type {})",
            r.class().name()
        ));
    }
    Ok(r)
}
/// `str(v)`.
pub fn to_str(v: Value) -> Result<Object, Raised> {
    if v.is_exact::<Str>() {
        return Ok(v.to_object());
    }
    check_native_stack(" while getting the str of an object")?;
    match v.class().special(Special::Str) {
        None => repr(v),
        Some(f) => {
            let r = call_special(f, v, &[])?;
            if r.cast::<Str>().is_none() {
                return Err(crate::raise!(
                    TypeError,
                    "__str__ returned non-string (type {})",
                    r.class().name()
                ));
            }
            Ok(r)
        }
    }
}
/// `repr(v)` for messages: errors become a placeholder.
pub fn repr_lossy(v: Value) -> String {
    let saved = thread().pending.take();
    let text = match repr(v) {
        Ok(s) => s.expect::<Str>().to_string_lossy(),
        Err(r) => {
            raise::clear(r);
            format!("<unprintable {} object>", v.class().name())
        }
    };
    drop(thread().pending.replace(saved));
    text
}
/// `format(v, spec)`.
pub fn format(v: Value, spec: Value) -> Result<Object, Raised> {
    if spec.exact::<Str>().is_some_and(Str::is_empty) && (v.is_exact::<Str>()) {
        return Ok(v.to_object());
    }
    let Some(f) = v.class().special(Special::Format) else {
        return Err(crate::raise!(
            TypeError,
            "Type {} doesn't define __format__",
            v.class().name()
        ));
    };
    let r = call_special(f, v, &[spec])?;
    if r.cast::<Str>().is_none() {
        return Err(crate::raise!(
            TypeError,
            "__format__ must return a str, not {}",
            r.class().name()
        ));
    }
    Ok(r)
}

/// `isinstance(v, class_or_tuple)`.
pub fn is_instance(v: Value, class: Value) -> Result<bool, Raised> {
    if let Some(t) = class.cast::<Type>() {
        if std::ptr::eq(v.class(), t) {
            return Ok(true);
        }
        if class.is_exact::<Type>() {
            return is_instance_plain(v, class);
        }
    }
    if let Some(t) = class.cast::<Tuple>() {
        let _depth = NativeDepth::enter(" in __instancecheck__")?;
        let held = class.to_object();
        for i in 0..t.len() {
            if is_instance(v, held.expect::<Tuple>().items()[i])? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(f) = class.class().special(Special::InstanceCheck) {
        check_native_stack(" in __instancecheck__")?;
        let r = call_special(f, class, &[v])?;
        return is_true(r.value());
    }
    is_instance_plain(v, class)
}
/// `type.__instancecheck__`: the class or what `__class__` claims.
pub fn is_instance_plain(v: Value, class: Value) -> Result<bool, Raised> {
    if let Some(t) = class.cast::<Type>() {
        if v.class().is_subtype(t) {
            return Ok(true);
        }
        if v.class().has(flags::PLAIN_GETATTR) && !v.class().has(flags::HEAP) {
            return Ok(false);
        }
        return match crate::attr::find_attr(v, crate::intern!("__class__"))? {
            Some(c) if c.value() != v.class().as_value() => Ok(c.cast::<Type>().is_some_and(|c| c.is_subtype(t))),
            _ => Ok(false),
        };
    }
    if !has_bases(class)? {
        return Err(crate::raise!(
            TypeError,
            "isinstance() arg 2 must be a type, a tuple of types, or a union"
        ));
    }
    match crate::attr::find_attr(v, crate::intern!("__class__"))? {
        Some(c) => abstract_is_subclass(c.value(), class),
        None => Ok(false),
    }
}
fn has_bases(class: Value) -> Result<bool, Raised> {
    Ok(crate::attr::find_attr(class, crate::intern!("__bases__"))?.is_some_and(|b| b.cast::<Tuple>().is_some()))
}
fn abstract_is_subclass(class: Value, of: Value) -> Result<bool, Raised> {
    if class == of {
        return Ok(true);
    }
    check_native_stack(" in __issubclass__")?;
    let Some(bases) = crate::attr::find_attr(class, crate::intern!("__bases__"))? else {
        return Ok(false);
    };
    let Some(t) = bases.cast::<Tuple>() else {
        return Ok(false);
    };
    for &b in t.items() {
        if abstract_is_subclass(b, of)? {
            return Ok(true);
        }
    }
    Ok(false)
}
/// `issubclass(class, of)`.
pub fn is_subclass(class: Value, of: Value) -> Result<bool, Raised> {
    if of.is_exact::<Type>() {
        return is_subclass_plain(class, of);
    }
    if let Some(t) = of.cast::<Tuple>() {
        let _depth = NativeDepth::enter(" in __subclasscheck__")?;
        let held = of.to_object();
        for i in 0..t.len() {
            if is_subclass(class, held.expect::<Tuple>().items()[i])? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(f) = of.class().special(Special::SubclassCheck) {
        check_native_stack(" in __subclasscheck__")?;
        let r = call_special(f, of, &[class])?;
        return is_true(r.value());
    }
    is_subclass_plain(class, of)
}
/// `type.__subclasscheck__`.
pub fn is_subclass_plain(class: Value, of: Value) -> Result<bool, Raised> {
    if let (Some(a), Some(b)) = (class.cast::<Type>(), of.cast::<Type>()) {
        return Ok(a.is_subtype(b));
    }
    if class.cast::<Type>().is_none() && !has_bases(class)? {
        return Err(crate::raise!(TypeError, "issubclass() arg 1 must be a class"));
    }
    if of.cast::<Type>().is_none() && !has_bases(of)? {
        return Err(crate::raise!(
            TypeError,
            "issubclass() arg 2 must be a class, a tuple of classes, or a union"
        ));
    }
    abstract_is_subclass(class, of)
}

/// A list or tuple's items, or a new list of an iterable's items: for functions that want a sequence.
pub fn sequence_items(v: Value) -> Result<Vec<Object>, Raised> {
    if let Some(t) = v.cast::<Tuple>() {
        return Ok(t.items().iter().map(|v| v.to_object()).collect());
    }
    if let Some(l) = v.exact::<List>() {
        return Ok(l.snapshot());
    }
    to_vec(v)
}
