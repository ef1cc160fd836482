//! Comparison, truth and hashes: what decides whether two objects are the same key.

use super::{len, to_str};
use crate::call::call_special;
use crate::dict::Dict;
use crate::int::AnyInt;
use crate::list::List;
use crate::raise::Raised;
use crate::special::Special;
use crate::str::Str;
use crate::thread::check_native_stack;
use crate::tuple::Tuple;
use crate::value::{Object, Value};

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
    compare_at_last(op, a, b, checked)
}
/// `a op b` after the left operand's method, tried first, has declined.
pub fn compare_after_left(op: CompareOp, a: Value, b: Value) -> Result<Object, Raised> {
    compare_at_last(op, a, b, false)
}
fn compare_at_last(op: CompareOp, a: Value, b: Value, checked: bool) -> Result<Object, Raised> {
    let (ta, tb) = (a.class(), b.class());
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
    if let (Some(x), Some(y)) = (a.exact::<Str>(), b.exact::<Str>()) {
        return Some(match op {
            CompareOp::Eq => a == b || x.same_text(y),
            CompareOp::Ne => a != b && !x.same_text(y),
            _ => op.holds(match (x.latin1(), y.latin1()) {
                (Some(x), Some(y)) => x.cmp(y),
                _ => x.text().cmp(y.text()),
            }),
        });
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
    if i.unsigned_abs() < P && i != -1 {
        return i;
    }
    let m = (i.unsigned_abs() % P) as i64;
    let h = if i < 0 { -m } else { m };
    if h == -1 { -2 } else { h }
}
fn hash_slow(v: Value) -> Result<i64, Raised> {
    if let Some(t) = v.exact::<Tuple>() {
        if let Some(h) = t.known_hash() {
            return Ok(h);
        }
        check_native_stack(" while hashing a tuple")?;
        return t.hash();
    }
    let class = v.class();
    let Some(f) = class.special(Special::Hash).filter(|f| !f.is_none()) else {
        return Err(crate::raise!(TypeError, "unhashable type: '{}'", class.name()));
    };
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
