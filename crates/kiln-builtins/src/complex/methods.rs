//! The methods of `complex`.

use crate::float::number_of;
use crate::number::{formatted, zero_division};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call_special;
use kiln_object::complex::Complex;
use kiln_object::layout::{Plain, alloc_instance, header};
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, ObjectType, Raised, Special, Value, raise};
use kiln_text::complex::{Complex as Number, PowError};
use kiln_text::hash::{hash_complex, hash_f64};

/// The methods' name space.
pub struct ComplexMethods;

fn number(z: &Complex) -> Number {
    Number::new(z.real.0, z.imag.0)
}

fn object(z: Number) -> Object {
    Complex::new_object(z.real, z.imag)
}

/// An operand: real numbers keep out of the imaginary part.
enum Operand {
    Real(f64),
    Complex(Number),
}

fn operand(v: Value) -> Result<Option<Operand>, Raised> {
    if let Some(z) = v.cast::<Complex>() {
        return Ok(Some(Operand::Complex(number(z))));
    }
    Ok(number_of(v)?.map(Operand::Real))
}

fn with(v: Value, f: impl FnOnce(Operand) -> Result<Object, Raised>) -> Result<Object, Raised> {
    match operand(v)? {
        Some(operand) => f(operand),
        None => Ok(Object::not_implemented()),
    }
}

fn quotient(z: Option<Number>) -> Result<Object, Raised> {
    z.map(object).ok_or_else(zero_division)
}

fn raise_to(a: Number, b: Number) -> Result<Object, Raised> {
    match a.pow(b) {
        Ok(z) => Ok(object(z)),
        Err(PowError::ZeroDivision) => Err(raise!(ZeroDivisionError, "zero to a negative or complex power")),
        Err(PowError::Overflow) => Err(raise!(OverflowError, "complex exponentiation")),
    }
}

/// `a ** b` as complex numbers.
pub fn power(a: (f64, f64), b: (f64, f64)) -> Result<Object, Raised> {
    raise_to(Number::new(a.0, a.1), Number::new(b.0, b.1))
}

fn checked_power(a: Operand, b: Operand, modulus: Option<Value>) -> Result<Object, Raised> {
    if modulus.is_some_and(|modulus| !modulus.is_none()) {
        return Err(raise!(ValueError, "complex modulo"));
    }
    let whole = |operand| match operand {
        Operand::Real(x) => Number::new(x, 0.0),
        Operand::Complex(z) => z,
    };
    raise_to(whole(a), whole(b))
}

fn compare(a: Number, b: Value, wanted: bool) -> Value {
    use kiln_object::singletons::{false_, not_implemented, true_};
    let equal = if let Some(z) = b.cast::<Complex>() {
        a == number(z)
    } else if let Some(x) = b.as_float() {
        a.imag == 0.0 && a.real == x
    } else if let Some(i) = b.as_int() {
        a.imag == 0.0 && i.to_big().cmp_f64(a.real) == Some(std::cmp::Ordering::Equal)
    } else {
        return not_implemented();
    };
    if equal == wanted { true_() } else { false_() }
}

/// The complex number of an object that is one or has `__complex__`.
fn from_special(v: Value) -> Result<Option<Number>, Raised> {
    if let Some(z) = v.cast::<Complex>() {
        return Ok(Some(number(z)));
    }
    let Some(f) = v.class().special(Special::Complex) else {
        return Ok(None);
    };
    let r = call_special(f, v, &[])?;
    match r.cast::<Complex>() {
        Some(z) => Ok(Some(number(z))),
        None => Err(raise!(
            TypeError,
            "{}.__complex__() must return a complex, not {}",
            v.class().name(),
            r.class().name()
        )),
    }
}

fn has_real(v: Value) -> bool {
    v.as_float().is_some()
        || v.as_int().is_some()
        || v.class().special(Special::Float).is_some()
        || v.class().special(Special::Index).is_some()
}

/// One part of `complex(real, imag)`.
fn part(v: Value, name: &str) -> Result<Number, Raised> {
    if let Some(z) = v.cast::<Complex>() {
        crate::warn::deprecation(&format!(
            "complex() argument '{name}' must be a real number, not {}",
            v.class().name()
        ))?;
        return Ok(number(z));
    }
    if !has_real(v) {
        return Err(raise!(
            TypeError,
            "complex() argument '{name}' must be a real number, not {}",
            v.class().name()
        ));
    }
    Ok(Number::new(ops::to_float(v)?, 0.0))
}

fn single(v: Value) -> Result<Number, Raised> {
    if let Some(text) = v.cast::<Str>() {
        return Number::parse(&text.text().to_ascii_number())
            .ok_or_else(|| raise!(ValueError, "complex() arg is a malformed string"));
    }
    if let Some(z) = from_special(v)? {
        return Ok(z);
    }
    if !has_real(v) {
        return Err(raise!(
            TypeError,
            "complex() argument must be a string or a number, not {}",
            v.class().name()
        ));
    }
    Ok(Number::new(ops::to_float(v)?, 0.0))
}

/// The arguments of `complex`, of which the first means more when it is not named.
fn parts(args: Rest<'_>, keywords: Keywords<'_>) -> Result<[Option<Value>; 2], Raised> {
    let total = args.len() + keywords.len();
    if total > 2 {
        let kind = if args.is_empty() { "keyword " } else { "" };
        return Err(raise!(
            TypeError,
            "complex() takes at most 2 {kind}arguments ({total} given)"
        ));
    }
    let mut parts = [args.first().copied(), args.get(1).copied()];
    for (key, value) in keywords.iter() {
        let key = key.expect::<Str>().to_string_lossy();
        let Some(at) = ["real", "imag"].iter().position(|name| *name == key) else {
            return Err(raise!(
                TypeError,
                "complex() got an unexpected keyword argument '{key}'"
            ));
        };
        if parts[at].replace(value).is_some() {
            return Err(raise!(
                TypeError,
                "argument for complex() given by name ('{key}') and position ({})",
                at + 1
            ));
        }
    }
    Ok(parts)
}

fn make(class: ClassRef, z: Number) -> Object {
    if std::ptr::eq(class.0, Complex::class()) {
        return object(z);
    }
    alloc_instance(
        class.0,
        Complex {
            header: header::<Complex>(),
            real: Plain(z.real),
            imag: Plain(z.imag),
        },
    )
}

#[builtin_methods(complex)]
impl ComplexMethods {
    #[new]
    #[signature = "(real=0, imag=0)"]
    fn new(cls: ClassRef, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let [real, imag] = parts(args, keywords)?;
        let z = match (real, imag) {
            (None, None) => Number::default(),
            // Text is only taken without the argument's name.
            (Some(v), None) if !args.is_empty() => {
                if v.is_exact::<Complex>() && std::ptr::eq(cls.0, Complex::class()) {
                    return Ok(v.to_object());
                }
                single(v)?
            }
            (real, imag) => {
                let re = match real {
                    Some(v) => match from_special(v)? {
                        // A complex `real` adds its imaginary part to the other argument.
                        Some(z) if v.cast::<Complex>().is_none() => z,
                        _ => part(v, "real")?,
                    },
                    None => Number::default(),
                };
                let im = match imag {
                    Some(v) => part(v, "imag")?,
                    None => Number::default(),
                };
                let complex_imag = imag.is_some_and(|v| v.cast::<Complex>().is_some());
                let complex_real = real.is_some_and(|v| !has_real(v));
                Number::new(
                    if complex_imag { re.real - im.imag } else { re.real },
                    if complex_real { re.imag + im.real } else { im.real },
                )
            }
        };
        Ok(make(cls, z))
    }

    fn __repr__(this: &Complex) -> String {
        number(this).repr()
    }
    /// Convert to a string according to format_spec.
    fn __format__(this: Value, format_spec: &Str) -> Result<Object, Raised> {
        if format_spec.is_empty() {
            return ops::to_str(this);
        }
        let z = this.cast::<Complex>().map(number).unwrap_or_default();
        formatted(kiln_text::format::format_complex(
            z,
            format_spec.text(),
            &this.class().name(),
        ))
    }
    fn __hash__(this: Value) -> i64 {
        let z = this.cast::<Complex>().map(number).unwrap_or_default();
        let part = |x: f64| hash_f64(x).unwrap_or_else(|| ops::hash_identity(this));
        hash_complex(part(z.real), part(z.imag))
    }
    fn __bool__(this: &Complex) -> bool {
        this.real.0 != 0.0 || this.imag.0 != 0.0
    }
    fn __eq__(this: &Complex, value: Value) -> Value {
        compare(number(this), value, true)
    }
    fn __ne__(this: &Complex, value: Value) -> Value {
        compare(number(this), value, false)
    }

    fn __add__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => Number::new(z.real + x, z.imag),
                Operand::Complex(w) => z.add(w),
            }))
        })
    }
    fn __radd__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => Number::new(x + z.real, z.imag),
                Operand::Complex(w) => w.add(z),
            }))
        })
    }
    fn __sub__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => Number::new(z.real - x, z.imag),
                Operand::Complex(w) => z.sub(w),
            }))
        })
    }
    fn __rsub__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => Number::new(x - z.real, -z.imag),
                Operand::Complex(w) => w.sub(z),
            }))
        })
    }
    fn __mul__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => z.mul_real(x),
                Operand::Complex(w) => z.mul(w),
            }))
        })
    }
    fn __rmul__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            Ok(object(match other {
                Operand::Real(x) => z.mul_real(x),
                Operand::Complex(w) => w.mul(z),
            }))
        })
    }
    fn __truediv__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            quotient(match other {
                Operand::Real(x) => z.div_real(x),
                Operand::Complex(w) => z.div(w),
            })
        })
    }
    fn __rtruediv__(this: &Complex, value: Value) -> Result<Object, Raised> {
        let z = number(this);
        with(value, |other| {
            quotient(match other {
                Operand::Real(x) => Number::real_div(x, z),
                Operand::Complex(w) => w.div(z),
            })
        })
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __pow__(this: &Complex, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        let z = Operand::Complex(number(this));
        with(value, |other| checked_power(z, other, modulus))
    }
    #[signature = "($self, value, mod=None, /)"]
    fn __rpow__(this: &Complex, value: Value, modulus: Option<Value>) -> Result<Object, Raised> {
        let z = Operand::Complex(number(this));
        with(value, |other| checked_power(other, z, modulus))
    }
    fn __neg__(this: &Complex) -> Object {
        object(number(this).neg())
    }
    fn __pos__(this: &Complex) -> Object {
        object(number(this))
    }
    fn __abs__(this: &Complex) -> Result<f64, Raised> {
        number(this)
            .abs()
            .ok_or_else(|| raise!(OverflowError, "absolute value too large"))
    }
    /// Convert this value to exact type complex.
    fn __complex__(this: Value) -> Object {
        if this.is_exact::<Complex>() {
            return this.to_object();
        }
        this.cast::<Complex>().map_or_else(Object::none, |z| object(number(z)))
    }
    fn __getnewargs__(this: &Complex) -> Object {
        Tuple::from_array([Object::float(this.real.0), Object::float(this.imag.0)])
    }
    /// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    fn conjugate(this: &Complex) -> Object {
        object(number(this).conjugate())
    }
    /// Convert number to a complex floating-point number.
    #[classmethod]
    fn from_number(cls: ClassRef, number: Value) -> Result<Object, Raised> {
        if number.is_exact::<Complex>() && std::ptr::eq(cls.0, Complex::class()) {
            return Ok(number.to_object());
        }
        let z = match from_special(number)? {
            Some(z) => z,
            None => Number::new(ops::to_float(number)?, 0.0),
        };
        if std::ptr::eq(cls.0, Complex::class()) {
            return Ok(object(z));
        }
        kiln_object::call::call(cls.as_value(), &[object(z).value()])
    }
    /// the real part of a complex number
    #[getter]
    fn real(this: &Complex) -> f64 {
        this.real.0
    }
    /// the imaginary part of a complex number
    #[getter]
    fn imag(this: &Complex) -> f64 {
        this.imag.0
    }
}
