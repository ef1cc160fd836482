//! The methods of `float`.

use crate::int::to_int;
use crate::number::{formatted, zero_division};
use kiln_macros::builtin_methods;
use kiln_object::convert::ExactFloat;
use kiln_object::float::Float;
use kiln_object::int::AnyInt;
use kiln_object::layout::{alloc_instance, header};
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, ObjectType, Raised, Special, Value, raise};
use kiln_text::float::{self, FromHexError, Power};
use kiln_text::hash::hash_f64;
use kiln_text::{BigInt, escape};
use std::cell::Cell;

/// The methods' name space.
pub struct FloatMethods;

/// The float of a float or an int; `None` for anything else.
pub fn number_of(v: Value) -> Result<Option<f64>, Raised> {
    if let Some(f) = v.as_float() {
        return Ok(Some(f));
    }
    match v.as_int() {
        None => Ok(None),
        Some(AnyInt::Small(i)) => Ok(Some(i as f64)),
        Some(AnyInt::Big(b)) => match b.to_f64() {
            Some(f) => Ok(Some(f)),
            None => Err(raise!(OverflowError, "int too large to convert to float")),
        },
    }
}

#[inline]
fn arith(v: Value, f: impl FnOnce(f64) -> Result<Object, Raised>) -> Result<Object, Raised> {
    match number_of(v)? {
        Some(x) => f(x),
        None => Ok(Object::not_implemented()),
    }
}

fn divide(a: f64, b: f64, f: fn(f64, f64) -> f64) -> Result<Object, Raised> {
    if b == 0.0 {
        return Err(zero_division());
    }
    Ok(Object::float(f(a, b)))
}

fn divmod(a: f64, b: f64) -> Result<Object, Raised> {
    if b == 0.0 {
        return Err(zero_division());
    }
    let (quotient, rest) = float::divmod(a, b);
    Ok(Tuple::from_array([Object::float(quotient), Object::float(rest)]))
}

/// `a ** b`, a complex number where that is the result.
pub fn power(a: f64, b: f64) -> Result<Object, Raised> {
    match float::pow(a, b) {
        Power::Float(value) => Ok(Object::float(value)),
        Power::Complex => crate::complex::power((a, 0.0), (b, 0.0)),
        Power::ZeroDivision => Err(raise!(ZeroDivisionError, "zero to a negative power")),
        Power::Overflow => {
            let args = vec![Object::int(34), Str::new("Numerical result out of range")];
            Err(kiln_object::raise::with_args(
                kiln_object::exc::OverflowError.get(),
                args,
            ))
        }
    }
}

fn check_modulus(modulus: Option<Value>) -> Result<(), Raised> {
    if modulus.is_some_and(|modulus| !modulus.is_none()) {
        return Err(raise!(
            TypeError,
            "pow() 3rd argument not allowed unless all arguments are integers"
        ));
    }
    Ok(())
}

fn compare(op: CompareOp, a: f64, b: Value) -> Value {
    use kiln_object::singletons::{false_, not_implemented, true_};
    let order = match b.as_float() {
        Some(b) => a.partial_cmp(&b),
        None => match b.as_int() {
            None => return not_implemented(),
            Some(b) => b.to_big().cmp_f64(a).map(std::cmp::Ordering::reverse),
        },
    };
    let holds = match order {
        Some(order) => op.holds(order),
        None => op == CompareOp::Ne,
    };
    if holds { true_() } else { false_() }
}

fn parse_failed(literal: Value) -> Raised {
    let repr = match literal.cast::<Str>() {
        Some(text) => escape::repr(text.text()).as_text().to_string_lossy(),
        None => ops::repr_lossy(literal),
    };
    let repr: String = repr.chars().take(200).collect();
    raise!(ValueError, "could not convert string to float: {repr}")
}

/// `float(v)`: an exact float.
pub fn to_float_object(v: Value) -> Result<Object, Raised> {
    if v.is_exact_float() {
        return Ok(v.to_object());
    }
    if let Some(text) = v.cast::<Str>() {
        return float::parse(&text.text().to_ascii_number())
            .map(Object::float)
            .ok_or_else(|| parse_failed(v));
    }
    let numeric = v.class().special(Special::Float).is_some() || v.class().special(Special::Index).is_some();
    if numeric || v.as_int().is_some() || v.as_float().is_some() {
        return ops::to_float(v).map(Object::float);
    }
    if let Some(bytes) = crate::bytes::buffer::bytes_of(v)? {
        return float::parse(&bytes).map(Object::float).ok_or_else(|| parse_failed(v));
    }
    Err(raise!(
        TypeError,
        "float() argument must be a string or a real number, not '{}'",
        v.class().name()
    ))
}

fn make(class: ClassRef, value: Object) -> Result<Object, Raised> {
    if std::ptr::eq(class.0, Float::class()) {
        return Ok(value);
    }
    kiln_object::call::call(class.as_value(), &[value.value()])
}

/// A whole float as an int.
fn whole(x: f64) -> Result<Object, Raised> {
    to_int(Object::float(x).value())
}

#[builtin_methods(float)]
impl FloatMethods {
    #[new]
    fn new(cls: ClassRef, x: Option<Value>) -> Result<Object, Raised> {
        let class = cls.0;
        let value = match x {
            Some(x) => to_float_object(x)?,
            None => Object::float(0.0),
        };
        if std::ptr::eq(class, Float::class()) {
            return Ok(value);
        }
        let value = Cell::new(value.as_float().unwrap_or(0.0));
        Ok(alloc_instance(
            class,
            Float {
                header: header::<Float>(),
                value,
            },
        ))
    }

    fn __repr__(this: ExactFloat) -> Object {
        Str::from_ascii(float::repr(this.0).as_bytes())
    }

    /// Formats the float according to format_spec.
    ///
    /// >>> (1234.5).__format__(',.2f')
    /// '1,234.50'
    fn __format__(this: Value, format_spec: &Str) -> Result<Object, Raised> {
        if format_spec.is_empty() {
            return ops::to_str(this);
        }
        let value = this.as_float().unwrap_or(0.0);
        if let Some(short) = format_spec
            .latin1()
            .and_then(|spec| kiln_text::format::short::float(value, spec))
        {
            return Ok(Str::from_ascii(short.as_bytes()));
        }
        formatted(kiln_text::format::format_float(
            value,
            format_spec.text(),
            &this.class().name(),
        ))
    }

    fn __hash__(this: Value) -> i64 {
        // A nan has no value to hash: its object's identity serves.
        this.as_float()
            .and_then(hash_f64)
            .unwrap_or_else(|| ops::hash_identity(this))
    }
    fn __bool__(this: ExactFloat) -> bool {
        this.0 != 0.0
    }

    fn __add__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(this.0 + x)))
    }
    fn __radd__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(x + this.0)))
    }
    fn __sub__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(this.0 - x)))
    }
    fn __rsub__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(x - this.0)))
    }
    fn __mul__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(this.0 * x)))
    }
    fn __rmul__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| Ok(Object::float(x * this.0)))
    }
    fn __truediv__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(this.0, x, |a, b| a / b))
    }
    fn __rtruediv__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(x, this.0, |a, b| a / b))
    }
    fn __floordiv__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(this.0, x, float::floor_div))
    }
    fn __rfloordiv__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(x, this.0, float::floor_div))
    }
    fn __mod__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(this.0, x, float::modulo))
    }
    fn __rmod__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divide(x, this.0, float::modulo))
    }
    fn __divmod__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divmod(this.0, x))
    }
    fn __rdivmod__(this: ExactFloat, value: Value) -> Result<Object, Raised> {
        arith(value, |x| divmod(x, this.0))
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __pow__(this: ExactFloat, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        check_modulus(modulus)?;
        arith(value, |x| power(this.0, x))
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __rpow__(this: ExactFloat, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        check_modulus(modulus)?;
        arith(value, |x| power(x, this.0))
    }
    fn __neg__(this: ExactFloat) -> f64 {
        -this.0
    }
    fn __pos__(this: ExactFloat) -> f64 {
        this.0
    }
    fn __abs__(this: ExactFloat) -> f64 {
        this.0.abs()
    }
    fn __int__(this: ExactFloat) -> Result<Object, Raised> {
        whole(this.0)
    }
    fn __float__(this: ExactFloat) -> f64 {
        this.0
    }
    /// Return the Integral closest to x between 0 and x.
    fn __trunc__(this: ExactFloat) -> Result<Object, Raised> {
        whole(this.0)
    }
    /// Return the floor as an Integral.
    fn __floor__(this: ExactFloat) -> Result<Object, Raised> {
        whole(this.0.floor())
    }
    /// Return the ceiling as an Integral.
    fn __ceil__(this: ExactFloat) -> Result<Object, Raised> {
        whole(this.0.ceil())
    }
    /// Return the Integral closest to x, rounding half toward even.
    ///
    /// When an argument is passed, work like built-in round(x, ndigits).
    ///
    /// >>> round(2.5), round(2.675, 2), round(1234.0, -2)
    /// (2, 2.67, 1200.0)
    fn __round__(this: ExactFloat, #[none] ndigits: Option<Value>) -> Result<Object, Raised> {
        let Some(digits) = ndigits else {
            return whole(float::round_to_whole(this.0));
        };
        match float::round(this.0, ops::index_clamped(digits)?) {
            Some(value) => Ok(Object::float(value)),
            None => Err(raise!(OverflowError, "rounded value too large to represent")),
        }
    }

    fn __lt__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Lt, this.0, value)
    }
    fn __le__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Le, this.0, value)
    }
    fn __eq__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Eq, this.0, value)
    }
    fn __ne__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Ne, this.0, value)
    }
    fn __gt__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Gt, this.0, value)
    }
    fn __ge__(this: ExactFloat, value: Value) -> Value {
        compare(CompareOp::Ge, this.0, value)
    }

    fn __getnewargs__(this: ExactFloat) -> Object {
        Tuple::from_array([Object::float(this.0)])
    }
    /// You probably don't want to use this function.
    #[classmethod]
    fn __getformat__(_cls: ClassRef, typestr: &Str) -> Result<Object, Raised> {
        if !typestr.eq_str("double") && !typestr.eq_str("float") {
            return Err(raise!(
                ValueError,
                "__getformat__() argument 1 must be 'double' or 'float'"
            ));
        }
        Ok(Str::new("IEEE, little-endian"))
    }
    /// Return a pair of integers, whose ratio is exactly equal to the original float.
    ///
    /// >>> (10.0).as_integer_ratio(), (-.25).as_integer_ratio()
    /// ((10, 1), (-1, 4))
    fn as_integer_ratio(this: ExactFloat) -> Result<(BigInt, BigInt), Raised> {
        match float::as_integer_ratio(this.0) {
            Some(ratio) => Ok(ratio),
            None if this.0.is_nan() => Err(raise!(ValueError, "cannot convert NaN to integer ratio")),
            None => Err(raise!(OverflowError, "cannot convert Infinity to integer ratio")),
        }
    }
    /// Return self, the complex conjugate of any float.
    fn conjugate(this: ExactFloat) -> f64 {
        this.0
    }
    /// Return True if the float is an integer.
    fn is_integer(this: ExactFloat) -> bool {
        float::is_integer(this.0)
    }
    /// Return a hexadecimal representation of a floating-point number.
    ///
    /// >>> (-0.1).hex()
    /// '-0x1.999999999999ap-4'
    fn hex(this: ExactFloat) -> String {
        float::to_hex(this.0)
    }
    /// Create a floating-point number from a hexadecimal string.
    ///
    /// >>> float.fromhex('0x1.ffffp10')
    /// 2047.984375
    #[classmethod]
    fn fromhex(cls: ClassRef, string: Value) -> Result<Object, Raised> {
        let Some(text) = string.cast::<Str>() else {
            return Err(raise!(TypeError, "bad argument type for built-in operation"));
        };
        let ascii: Vec<u8> = text
            .text()
            .iter()
            .map(|code| u8::try_from(code).unwrap_or(b'?'))
            .collect();
        match float::from_hex(&ascii) {
            Ok(value) => make(cls, Object::float(value)),
            Err(FromHexError::Invalid) => Err(raise!(ValueError, "invalid hexadecimal floating-point string")),
            Err(FromHexError::TooLarge) => Err(raise!(
                OverflowError,
                "hexadecimal value too large to represent as a float"
            )),
        }
    }
    /// Convert real number to a floating-point number.
    #[classmethod]
    fn from_number(cls: ClassRef, number: Value) -> Result<Object, Raised> {
        if number.is_exact_float() && std::ptr::eq(cls.0, Float::class()) {
            return Ok(number.to_object());
        }
        make(cls, Object::float(ops::to_float(number)?))
    }
    /// the real part of a complex number
    #[getter]
    fn real(this: ExactFloat) -> f64 {
        this.0
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(_this: ExactFloat) -> f64 {
        0.0
    }
}
