//! The methods of `int`.

use super::convert::{decimal, digit_limit, exact, to_int, to_int_with_base};
use crate::number::{formatted, zero_division};
use kiln_macros::builtin_methods;
use kiln_object::int::{AnyInt, Int};
use kiln_object::layout::{alloc_instance, header};
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, ObjectType, Raised, Value, raise};
use kiln_text::BigInt;
use kiln_text::format::{IntArg, format_int};
use kiln_text::int::{ByteOrder, PowError};

/// The methods' name space.
pub struct IntMethods;

fn not_implemented() -> Result<Object, Raised> {
    Ok(Object::not_implemented())
}
/// What an operation makes of the other operand, where that is an int too.
fn with_int(value: Value, f: impl FnOnce(AnyInt<'_>) -> Result<Object, Raised>) -> Result<Object, Raised> {
    value.as_int().map_or_else(not_implemented, f)
}

pub(super) fn as_arg<'a>(value: &AnyInt<'a>) -> IntArg<'a> {
    match value {
        AnyInt::Small(i) => IntArg::Small(*i),
        AnyInt::Big(b) => IntArg::Big(b),
    }
}

/// An operation on two ints: by machine ints when both fit and the result does, else by big ints.
#[inline]
fn arith(
    a: &AnyInt<'_>,
    b: Value,
    small: fn(i64, i64) -> Option<i64>,
    big: fn(&BigInt, &BigInt) -> BigInt,
) -> Result<Object, Raised> {
    let Some(b) = b.as_int() else { return not_implemented() };
    Ok(apply(a, &b, small, big))
}

/// The same with the operands exchanged.
#[inline]
fn reflected(
    a: &AnyInt<'_>,
    b: Value,
    small: fn(i64, i64) -> Option<i64>,
    big: fn(&BigInt, &BigInt) -> BigInt,
) -> Result<Object, Raised> {
    let Some(b) = b.as_int() else { return not_implemented() };
    Ok(apply(&b, a, small, big))
}

fn apply(
    a: &AnyInt<'_>,
    b: &AnyInt<'_>,
    small: fn(i64, i64) -> Option<i64>,
    big: fn(&BigInt, &BigInt) -> BigInt,
) -> Object {
    if let (AnyInt::Small(a), AnyInt::Small(b)) = (a, b)
        && let Some(result) = small(*a, *b)
    {
        return Object::int(result);
    }
    Int::from_big(match (a, b) {
        (AnyInt::Big(a), AnyInt::Big(b)) => big(a, b),
        (AnyInt::Big(a), AnyInt::Small(b)) => big(a, &BigInt::from(*b)),
        (AnyInt::Small(a), AnyInt::Big(b)) => big(&BigInt::from(*a), b),
        (AnyInt::Small(a), AnyInt::Small(b)) => big(&BigInt::from(*a), &BigInt::from(*b)),
    })
}

fn is_zero(value: &AnyInt<'_>) -> bool {
    matches!(value, AnyInt::Small(0))
}

/// Floor division and modulo of machine ints, the divisor not zero.
fn small_floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) {
        quotient - 1
    } else {
        quotient
    })
}

fn small_mod(a: i64, b: i64) -> Option<i64> {
    let rest = a.checked_rem(b)?;
    Some(if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    })
}

fn floor_div(a: &AnyInt<'_>, b: &AnyInt<'_>) -> Result<Object, Raised> {
    if is_zero(b) {
        return Err(zero_division());
    }
    Ok(apply(a, b, small_floor_div, |a, b| a.floor_div(b).unwrap_or_default()))
}

fn modulo(a: &AnyInt<'_>, b: &AnyInt<'_>) -> Result<Object, Raised> {
    if is_zero(b) {
        return Err(zero_division());
    }
    Ok(apply(a, b, small_mod, |a, b| a.modulo(b).unwrap_or_default()))
}

fn divmod(a: &AnyInt<'_>, b: &AnyInt<'_>) -> Result<Object, Raised> {
    if is_zero(b) {
        return Err(zero_division());
    }
    if let (AnyInt::Small(_), AnyInt::Small(_)) = (a, b) {
        return Ok(Tuple::from_array([floor_div(a, b)?, modulo(a, b)?]));
    }
    match a.to_big().divmod(&b.to_big()) {
        Some((quotient, rest)) => Ok(Tuple::from_array([Int::from_big(quotient), Int::from_big(rest)])),
        None => Err(zero_division()),
    }
}

fn true_div(a: &AnyInt<'_>, b: &AnyInt<'_>) -> Result<Object, Raised> {
    if is_zero(b) {
        return Err(zero_division());
    }
    const EXACT: i64 = 1 << 53;
    if let (AnyInt::Small(a), AnyInt::Small(b)) = (a, b)
        && (-EXACT..=EXACT).contains(a)
        && (-EXACT..=EXACT).contains(b)
    {
        return Ok(Object::float(*a as f64 / *b as f64));
    }
    match a.to_big().true_div(&b.to_big()) {
        Ok(value) => Ok(Object::float(value)),
        Err(_) => Err(raise!(OverflowError, "integer division result too large for a float")),
    }
}

fn shift_count(count: &AnyInt<'_>) -> Result<Option<u64>, Raised> {
    if count.is_negative() {
        return Err(raise!(ValueError, "negative shift count"));
    }
    Ok(count.to_i64().map(|count| count as u64))
}

fn shl(a: &AnyInt<'_>, count: &AnyInt<'_>) -> Result<Object, Raised> {
    let count = shift_count(count)?;
    if is_zero(a) {
        return Ok(Object::int(0));
    }
    if let (AnyInt::Small(a), Some(count @ 0..=62)) = (a, count) {
        let result = *a << count;
        if result >> count == *a {
            return Ok(Object::int(result));
        }
    }
    match count.and_then(|count| a.to_big().shl(count)) {
        Some(result) => Ok(Int::from_big(result)),
        None => Err(raise!(OverflowError, "too many digits in integer")),
    }
}

fn shr(a: &AnyInt<'_>, count: &AnyInt<'_>) -> Result<Object, Raised> {
    let count = shift_count(count)?.unwrap_or(u64::MAX);
    Ok(match a {
        AnyInt::Small(a) => Object::int(a >> count.min(63)),
        AnyInt::Big(a) => Int::from_big(a.shr(count)),
    })
}

fn to_float(value: &AnyInt<'_>) -> Result<f64, Raised> {
    match as_arg(value).to_f64() {
        Some(value) => Ok(value),
        None => Err(raise!(OverflowError, "int too large to convert to float")),
    }
}

fn pow(a: &AnyInt<'_>, b: &AnyInt<'_>) -> Result<Object, Raised> {
    if b.is_negative() {
        return crate::float::power(to_float(a)?, to_float(b)?);
    }
    if let (AnyInt::Small(a), AnyInt::Small(b)) = (a, b)
        && let Ok(b) = u32::try_from(*b)
        && let Some(result) = a.checked_pow(b)
    {
        return Ok(Object::int(result));
    }
    match a.to_big().pow(&b.to_big()) {
        Ok(result) => Ok(Int::from_big(result)),
        Err(_) => Err(kiln_object::raise::memory_error()),
    }
}

fn pow_mod(a: &AnyInt<'_>, b: &AnyInt<'_>, modulus: &AnyInt<'_>) -> Result<Object, Raised> {
    match a.to_big().pow_mod(&b.to_big(), &modulus.to_big()) {
        Ok(result) => Ok(Int::from_big(result)),
        Err(PowError::ModulusZero) => Err(raise!(ValueError, "pow() 3rd argument cannot be 0")),
        Err(PowError::NotInvertible) => Err(raise!(ValueError, "base is not invertible for the given modulus")),
        Err(PowError::TooLarge) => Err(kiln_object::raise::memory_error()),
    }
}

fn power(a: &AnyInt<'_>, b: &AnyInt<'_>, modulus: Option<Value>) -> Result<Object, Raised> {
    match modulus.filter(|modulus| !modulus.is_none()) {
        None => pow(a, b),
        Some(modulus) => match modulus.as_int() {
            Some(modulus) => pow_mod(a, b, &modulus),
            None => not_implemented(),
        },
    }
}

fn compare(op: CompareOp, a: &AnyInt<'_>, b: Value) -> Value {
    let Some(b) = b.as_int() else {
        return kiln_object::singletons::not_implemented();
    };
    let order = match (a, &b) {
        (AnyInt::Small(a), AnyInt::Small(b)) => a.cmp(b),
        (AnyInt::Big(a), AnyInt::Big(b)) => a.cmp(b),
        (AnyInt::Big(a), AnyInt::Small(_)) if a.is_negative() => std::cmp::Ordering::Less,
        (AnyInt::Big(_), AnyInt::Small(_)) => std::cmp::Ordering::Greater,
        (AnyInt::Small(_), AnyInt::Big(b)) if b.is_negative() => std::cmp::Ordering::Greater,
        (AnyInt::Small(_), AnyInt::Big(_)) => std::cmp::Ordering::Less,
    };
    if op.holds(order) {
        kiln_object::singletons::true_()
    } else {
        kiln_object::singletons::false_()
    }
}

fn byte_order(order: Option<&Str>) -> Result<ByteOrder, Raised> {
    match order {
        None => Ok(ByteOrder::Big),
        Some(order) if order.eq_str("big") => Ok(ByteOrder::Big),
        Some(order) if order.eq_str("little") => Ok(ByteOrder::Little),
        Some(_) => Err(raise!(ValueError, "byteorder must be either 'little' or 'big'")),
    }
}

#[builtin_methods(int)]
impl IntMethods {
    #[new]
    #[signature = "(x, /, base=10)"]
    fn new(cls: ClassRef, x: Option<Value>, #[kw] base: Option<Value>) -> Result<Object, Raised> {
        let class = cls.0;
        let value = match (x, base) {
            (None, None) => Object::int(0),
            (None, Some(_)) => return Err(raise!(TypeError, "int() missing string argument")),
            (Some(x), None) => to_int(x)?,
            (Some(x), Some(base)) => to_int_with_base(x, base)?,
        };
        if std::ptr::eq(class, Int::class()) {
            return Ok(value);
        }
        let big = value.as_int().map_or(BigInt::ZERO, |value| value.to_big());
        Ok(alloc_instance(
            class,
            Int {
                header: header::<Int>(),
                value: big,
            },
        ))
    }

    fn __repr__(this: AnyInt<'_>) -> Result<Object, Raised> {
        decimal(&this)
    }

    /// Convert to a string according to format_spec.
    ///
    /// >>> (255).__format__('#06x')
    /// '0x00ff'
    fn __format__(this: Value, format_spec: &Str) -> Result<Object, Raised> {
        if format_spec.is_empty() {
            return ops::to_str(this);
        }
        let Some(value) = this.as_int() else {
            return not_implemented();
        };
        if let (AnyInt::Small(small), Some(spec)) = (&value, format_spec.latin1())
            && let Some(short) = kiln_text::format::short::int(*small, spec)
        {
            return Ok(Str::from_ascii(short.as_bytes()));
        }
        formatted(format_int(
            as_arg(&value),
            format_spec.text(),
            &this.class().name(),
            digit_limit(),
        ))
    }

    fn __hash__(this: AnyInt<'_>) -> i64 {
        match this {
            AnyInt::Small(i) => ops::hash_int(i),
            AnyInt::Big(b) => b.hash(),
        }
    }

    fn __bool__(this: AnyInt<'_>) -> bool {
        !is_zero(&this)
    }

    #[facts(returns = INT, effects = PURE)]
    fn __add__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, i64::checked_add, BigInt::add)
    }
    fn __radd__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, i64::checked_add, BigInt::add)
    }
    fn __sub__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, i64::checked_sub, BigInt::sub)
    }
    fn __rsub__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, i64::checked_sub, BigInt::sub)
    }
    fn __mul__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, i64::checked_mul, BigInt::mul)
    }
    fn __rmul__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, i64::checked_mul, BigInt::mul)
    }
    fn __and__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, |a, b| Some(a & b), BigInt::and)
    }
    fn __rand__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, |a, b| Some(a & b), BigInt::and)
    }
    fn __or__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, |a, b| Some(a | b), BigInt::or)
    }
    fn __ror__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, |a, b| Some(a | b), BigInt::or)
    }
    fn __xor__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        arith(&this, value, |a, b| Some(a ^ b), BigInt::xor)
    }
    fn __rxor__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        reflected(&this, value, |a, b| Some(a ^ b), BigInt::xor)
    }

    fn __truediv__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| true_div(&this, &value))
    }
    fn __rtruediv__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| true_div(&value, &this))
    }
    fn __floordiv__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| floor_div(&this, &value))
    }
    fn __rfloordiv__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| floor_div(&value, &this))
    }
    fn __mod__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| modulo(&this, &value))
    }
    fn __rmod__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| modulo(&value, &this))
    }
    fn __divmod__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| divmod(&this, &value))
    }
    fn __rdivmod__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| divmod(&value, &this))
    }
    fn __lshift__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| shl(&this, &value))
    }
    fn __rlshift__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| shl(&value, &this))
    }
    fn __rshift__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| shr(&this, &value))
    }
    fn __rrshift__(this: AnyInt<'_>, value: Value) -> Result<Object, Raised> {
        with_int(value, |value| shr(&value, &this))
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __pow__(this: AnyInt<'_>, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        with_int(value, |value| power(&this, &value, modulus))
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __rpow__(this: AnyInt<'_>, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        with_int(value, |value| power(&value, &this, modulus))
    }

    fn __neg__(this: AnyInt<'_>) -> Object {
        match this {
            AnyInt::Small(i) if i != i64::MIN => Object::int(-i),
            other => Int::from_big(other.to_big().neg()),
        }
    }
    fn __pos__(this: Value) -> Object {
        exact(this)
    }
    fn __abs__(this: AnyInt<'_>) -> Object {
        match this {
            AnyInt::Small(i) if i != i64::MIN => Object::int(i.abs()),
            other => Int::from_big(other.to_big().abs()),
        }
    }
    fn __invert__(this: AnyInt<'_>) -> Object {
        match this {
            AnyInt::Small(i) => Object::int(!i),
            AnyInt::Big(b) => Int::from_big(b.invert()),
        }
    }
    fn __int__(this: Value) -> Object {
        exact(this)
    }
    fn __index__(this: Value) -> Object {
        exact(this)
    }
    fn __float__(this: AnyInt<'_>) -> Result<f64, Raised> {
        to_float(&this)
    }
    /// Truncating an Integral returns itself.
    fn __trunc__(this: Value) -> Object {
        exact(this)
    }
    /// Flooring an Integral returns itself.
    fn __floor__(this: Value) -> Object {
        exact(this)
    }
    /// Ceiling of an Integral returns itself.
    fn __ceil__(this: Value) -> Object {
        exact(this)
    }
    /// Rounding an Integral returns itself.
    ///
    /// Rounding with an ndigits argument also returns an integer.
    ///
    /// >>> round(1250, -2), round(1350, -2)
    /// (1200, 1400)
    fn __round__(this: Value, #[none] ndigits: Option<Value>) -> Result<Object, Raised> {
        let Some(digits) = ndigits else { return Ok(exact(this)) };
        let digits = ops::index_clamped(digits)?;
        if digits >= 0 {
            return Ok(exact(this));
        }
        let value = this.as_int().map_or(BigInt::ZERO, |value| value.to_big());
        // Past its own digits every number rounds to zero; so many suffice to be sure.
        let most = value.bit_length() as i64 / 3 + 2;
        let unit = match BigInt::from(10).pow(&BigInt::from(digits.max(-most - 1).unsigned_abs())) {
            Ok(unit) => unit,
            Err(_) => return Ok(Object::int(0)),
        };
        let Some((mut quotient, rest)) = value.divmod(&unit) else {
            return Ok(exact(this));
        };
        let twice = rest.add(&rest);
        if twice > unit || (twice == unit && quotient.is_odd()) {
            quotient = quotient.add(&BigInt::ONE);
        }
        Ok(Int::from_big(quotient.mul(&unit)))
    }

    fn __lt__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Lt, &this, value)
    }
    fn __le__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Le, &this, value)
    }
    fn __eq__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Eq, &this, value)
    }
    fn __ne__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Ne, &this, value)
    }
    fn __gt__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Gt, &this, value)
    }
    fn __ge__(this: AnyInt<'_>, value: Value) -> Value {
        compare(CompareOp::Ge, &this, value)
    }

    fn __getnewargs__(this: Value) -> Object {
        Tuple::from_array([exact(this)])
    }
    /// Returns size in memory, in bytes.
    fn __sizeof__(this: AnyInt<'_>) -> u64 {
        // As CPython counts: a header and digits of 30 bits.
        24 + 4 * this.to_big().bit_length().div_ceil(30).max(1)
    }

    /// Number of bits necessary to represent self in binary.
    ///
    /// >>> (37).bit_length()
    /// 6
    fn bit_length(this: AnyInt<'_>) -> u64 {
        this.to_big().bit_length()
    }
    /// Number of ones in the binary representation of the absolute value of self.
    ///
    /// >>> (13).bit_count()
    /// 3
    fn bit_count(this: AnyInt<'_>) -> u64 {
        this.to_big().bit_count()
    }
    /// Returns self, the complex conjugate of any int.
    fn conjugate(this: Value) -> Object {
        exact(this)
    }
    /// Returns True. Exists for duck type compatibility with float.is_integer.
    fn is_integer(_this: AnyInt<'_>) -> bool {
        true
    }
    /// Return a pair of integers, whose ratio is equal to the original int.
    ///
    /// >>> (-10).as_integer_ratio()
    /// (-10, 1)
    fn as_integer_ratio(this: Value) -> Object {
        Tuple::from_array([exact(this), Object::int(1)])
    }
    /// the real part of a complex number
    #[getter]
    fn real(this: Value) -> Object {
        exact(this)
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(_this: AnyInt<'_>) -> i64 {
        0
    }
    /// the numerator of a rational number in lowest terms
    #[getter]
    fn numerator(this: Value) -> Object {
        exact(this)
    }
    /// the denominator of a rational number in lowest terms
    #[getter]
    fn denominator(_this: AnyInt<'_>) -> i64 {
        1
    }

    /// Return an array of bytes representing an integer.
    ///
    /// >>> (1024).to_bytes(2)
    /// b'\x04\x00'
    #[signature = "($self, /, length=1, byteorder='big', *, signed=False)"]
    fn to_bytes(
        this: AnyInt<'_>,
        #[kw]
        #[default(1)]
        length: isize,
        #[kw] byteorder: Option<&Str>,
        #[kwonly]
        #[default(false)]
        signed: bool,
    ) -> Result<Object, Raised> {
        let order = byte_order(byteorder)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(raise!(ValueError, "length argument must be non-negative"));
        };
        if Vec::<u8>::new().try_reserve_exact(length).is_err() {
            return Err(kiln_object::raise::memory_error());
        }
        match this.to_big().to_bytes(length, order, signed) {
            Ok(bytes) => Ok(kiln_object::bytes::Bytes::new_object(&bytes)),
            Err(error) => Err(raise!(OverflowError, "{}", error.message())),
        }
    }

    /// Return the integer represented by the given array of bytes.
    ///
    /// >>> int.from_bytes(b'\x04\x00', 'little')
    /// 4
    #[classmethod]
    #[signature = "($type, /, bytes, byteorder='big', *, signed=False)"]
    fn from_bytes(
        cls: ClassRef,
        #[kw] bytes: Value,
        #[kw] byteorder: Option<&Str>,
        #[kwonly]
        #[default(false)]
        signed: bool,
    ) -> Result<Object, Raised> {
        let order = byte_order(byteorder)?;
        let data = crate::bytes::convert::to_bytes(bytes)?;
        let value = Int::from_big(BigInt::from_bytes(&data, order, signed));
        if std::ptr::eq(cls.0, Int::class()) {
            return Ok(value);
        }
        kiln_object::call::call(cls.as_value(), &[value.value()])
    }
}
