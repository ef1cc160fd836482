//! `slice`: methods.

use crate::shared::{compare_sequences, reduce};
use kiln_macros::builtin_methods;
use kiln_object::int::{AnyInt, Int};
use kiln_object::layout::ObjectType;
use kiln_object::ops::{self, CompareOp};
use kiln_object::slice::Slice;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define};
use kiln_object::{Object, Raised, Value, singletons};
use kiln_text::BigInt;

/// The methods' name space.
pub struct SliceMethods;

fn parts(s: &Slice) -> [Value; 3] {
    [s.start.value(), s.stop.value(), s.step.value()]
}

fn compare(op: CompareOp, a: &Slice, b: Value) -> Result<Object, Raised> {
    let Some(b) = b.cast::<Slice>() else {
        return Ok(Object::not_implemented());
    };
    if std::ptr::eq(a, b) {
        return Ok(Object::bool(matches!(
            op,
            CompareOp::Eq | CompareOp::Le | CompareOp::Ge
        )));
    }
    let (x, y) = (Tuple::from_values(&parts(a)), Tuple::from_values(&parts(b)));
    let item = |t: &Object, i| t.expect::<Tuple>().get(i).map(|v| v.to_object());
    compare_sequences(op, |i| item(&x, i), || 3, |i| item(&y, i), || 3)
}

/// A bound as an int of any size.
fn bound(v: Value, default: &BigInt) -> Result<BigInt, Raised> {
    if v.is_none() {
        return Ok(default.clone());
    }
    match ops::index_quiet(v)? {
        Some(i) => Ok(i.as_int().map_or(BigInt::ZERO, |i| i.to_big())),
        None => Err(kiln_object::raise!(
            TypeError,
            "slice indices must be integers or None or have an __index__ method"
        )),
    }
}

#[builtin_methods(slice)]
impl SliceMethods {
    #[new]
    #[signature = "(start, stop=<unrepresentable>, step=<unrepresentable>, /)"]
    fn new(_cls: ClassRef, start: Value, stop: Option<Value>, step: Option<Value>) -> Object {
        let none = singletons::none();
        match stop {
            None => Slice::new(none, start, none),
            Some(stop) => Slice::new(start, stop, step.unwrap_or(none)),
        }
    }
    fn __repr__(this: &Slice) -> Result<Object, Raised> {
        let mut out = kiln_text::TextBuf::with_capacity(32);
        out.push_ascii(b"slice(");
        for (i, v) in parts(this).into_iter().enumerate() {
            if i > 0 {
                out.push_ascii(b", ");
            }
            crate::shared::push_repr(&mut out, v)?;
        }
        out.push_ascii(b")");
        Ok(crate::shared::buf_to_str(&out))
    }
    fn __eq__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ne, this, value)
    }
    fn __lt__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Le, this, value)
    }
    fn __gt__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &Slice, value: Value) -> Result<Object, Raised> {
        compare(CompareOp::Ge, this, value)
    }
    fn __hash__(this: &Slice) -> Result<i64, Raised> {
        const PRIME_1: u64 = 11_400_714_785_074_694_791;
        const PRIME_2: u64 = 14_029_467_366_897_019_727;
        const PRIME_5: u64 = 2_870_177_450_012_600_261;
        let mut acc = PRIME_5;
        for v in parts(this) {
            let lane = ops::hash(v)? as u64;
            acc = acc.wrapping_add(lane.wrapping_mul(PRIME_2));
            acc = acc.rotate_left(31).wrapping_mul(PRIME_1);
        }
        Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
    }
    #[getter]
    fn start(this: &Slice) -> Value {
        this.start.value()
    }
    #[getter]
    fn stop(this: &Slice) -> Value {
        this.stop.value()
    }
    #[getter]
    fn step(this: &Slice) -> Value {
        this.step.value()
    }
    /// Fits the slice to a sequence of `length` items: a tuple of start, stop and stride.
    ///
    /// >>> slice(1, -1).indices(10)
    /// (1, 9, 1)
    fn indices(this: &Slice, object: Value) -> Result<Object, Raised> {
        let index = ops::index(object)?;
        let length = index.as_int().map_or(BigInt::ZERO, |i: AnyInt<'_>| i.to_big());
        if length.is_negative() {
            return Err(kiln_object::raise!(ValueError, "length should not be negative"));
        }
        let step = bound(this.step.value(), &BigInt::ONE)?;
        if step.is_zero() {
            return Err(kiln_object::raise!(ValueError, "slice step cannot be zero"));
        }
        let minus_one = BigInt::ONE.neg();
        let (low, high) = if step.is_negative() {
            (minus_one.clone(), length.add(&minus_one))
        } else {
            (BigInt::ZERO, length.clone())
        };
        let (start, stop) = if step.is_negative() {
            (&high, &low)
        } else {
            (&low, &high)
        };
        let fit = |v: Value, default: &BigInt| -> Result<BigInt, Raised> {
            if v.is_none() {
                return Ok(default.clone());
            }
            let mut b = bound(v, default)?;
            if b.is_negative() {
                b = b.add(&length);
                return Ok(if b.sub(&low).is_negative() { low.clone() } else { b });
            }
            Ok(if high.sub(&b).is_negative() { high.clone() } else { b })
        };
        let (start, stop) = (fit(this.start.value(), start)?, fit(this.stop.value(), stop)?);
        Ok(Tuple::from_array([
            Int::from_big(start),
            Int::from_big(stop),
            Int::from_big(step),
        ]))
    }
    fn __reduce__(this: &Slice) -> Object {
        reduce(
            Slice::class().as_value().to_object(),
            parts(this).iter().map(|v| v.to_object()).collect(),
            None,
        )
    }
}

/// Makes the class.
pub fn init() {
    define::<Slice>("slice", "builtins", None, 0, SliceMethods::METHODS, Some(DOC));
}
const DOC: &str = "slice(stop)\nslice(start, stop[, step])\n\nWhat a subscript with colons selects.";
