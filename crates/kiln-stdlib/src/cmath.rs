//! `cmath`: functions of complex numbers. The values come from the C library, which treats infinities and signed zeros as the C
//! standard says; what the standard calls an invalid or overflowing operation is an exception here.
#![expect(unsafe_code, reason = "functions of the C library")]
//!
//! # Safety
//! Pure functions of numbers. On x86-64 a `double complex` travels as a struct of two doubles does.

use kiln_macros::builtin_module;
use kiln_object::complex::Complex;
use kiln_object::{Object, Raised, Special, Value, call, ops, raise};

/// `double complex`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct C {
    re: f64,
    im: f64,
}

#[link(name = "m")]
unsafe extern "C" {
    fn cacos(z: C) -> C;
    fn cacosh(z: C) -> C;
    fn casin(z: C) -> C;
    fn casinh(z: C) -> C;
    fn catan(z: C) -> C;
    fn catanh(z: C) -> C;
    fn ccos(z: C) -> C;
    fn ccosh(z: C) -> C;
    fn cexp(z: C) -> C;
    fn clog(z: C) -> C;
    fn csin(z: C) -> C;
    fn csinh(z: C) -> C;
    fn csqrt(z: C) -> C;
    fn ctan(z: C) -> C;
    fn ctanh(z: C) -> C;
}

impl C {
    fn has_nan(self) -> bool {
        self.re.is_nan() || self.im.is_nan()
    }
    fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
    fn object(self) -> Object {
        Complex::new_object(self.re, self.im)
    }
}

fn domain() -> Raised {
    raise::value_error("math domain error")
}
fn range() -> Raised {
    raise::overflow_error("math range error")
}

/// A complex, a float, an int, or what has `__complex__`.
fn argument(v: Value) -> Result<C, Raised> {
    if let Some(z) = v.cast::<Complex>() {
        return Ok(C { re: z.real.0, im: z.imag.0 });
    }
    if let Some(f) = v.class().special(Special::Complex) {
        let z = call::call_special(f, v, &[])?;
        return match z.cast::<Complex>() {
            Some(z) => Ok(C { re: z.real.0, im: z.imag.0 }),
            None => Err(raise::type_error(format!(
                "{}.__complex__() must return a complex, not {}",
                v.class().name(),
                z.class().name()
            ))),
        };
    }
    Ok(C { re: ops::to_float(v)?, im: 0.0 })
}

fn apply(z: Value, f: unsafe extern "C" fn(C) -> C) -> Result<Object, Raised> {
    let z = argument(z)?;
    // SAFETY: a pure function.
    let r = unsafe { f(z) };
    if r.has_nan() && !z.has_nan() {
        return Err(domain());
    }
    if !r.is_finite() && !r.has_nan() && z.is_finite() {
        return Err(range());
    }
    Ok(r.object())
}

/// The natural logarithm; zero has none.
fn log_of(z: C) -> Result<C, Raised> {
    if z.re == 0.0 && z.im == 0.0 {
        return Err(domain());
    }
    // SAFETY: a pure function.
    Ok(unsafe { clog(z) })
}

/// Mathematical functions for complex numbers.
#[builtin_module("cmath")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let reals = [
            ("pi", std::f64::consts::PI),
            ("e", std::f64::consts::E),
            ("tau", std::f64::consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ];
        for (name, value) in reals {
            module.set(name, Object::float(value));
        }
        module.set("infj", Complex::new_object(0.0, f64::INFINITY));
        module.set("nanj", Complex::new_object(0.0, f64::NAN));
        Ok(())
    }

    /// Return the arc cosine of z.
    pub fn acos(z: Value) -> Result<Object, Raised> {
        apply(z, cacos)
    }
    /// Return the inverse hyperbolic cosine of z.
    pub fn acosh(z: Value) -> Result<Object, Raised> {
        apply(z, cacosh)
    }
    /// Return the arc sine of z.
    pub fn asin(z: Value) -> Result<Object, Raised> {
        apply(z, casin)
    }
    /// Return the inverse hyperbolic sine of z.
    pub fn asinh(z: Value) -> Result<Object, Raised> {
        apply(z, casinh)
    }
    /// Return the arc tangent of z.
    pub fn atan(z: Value) -> Result<Object, Raised> {
        let c = argument(z)?;
        if c.re == 0.0 && c.im.abs() == 1.0 {
            return Err(domain());
        }
        apply(z, catan)
    }
    /// Return the inverse hyperbolic tangent of z.
    pub fn atanh(z: Value) -> Result<Object, Raised> {
        let c = argument(z)?;
        if c.im == 0.0 && c.re.abs() == 1.0 {
            return Err(domain());
        }
        apply(z, catanh)
    }
    /// Return the cosine of z.
    pub fn cos(z: Value) -> Result<Object, Raised> {
        apply(z, ccos)
    }
    /// Return the hyperbolic cosine of z.
    pub fn cosh(z: Value) -> Result<Object, Raised> {
        apply(z, ccosh)
    }
    /// Return the exponential value e**z.
    pub fn exp(z: Value) -> Result<Object, Raised> {
        apply(z, cexp)
    }
    /// Return the sine of z.
    pub fn sin(z: Value) -> Result<Object, Raised> {
        apply(z, csin)
    }
    /// Return the hyperbolic sine of z.
    pub fn sinh(z: Value) -> Result<Object, Raised> {
        apply(z, csinh)
    }
    /// Return the square root of z.
    pub fn sqrt(z: Value) -> Result<Object, Raised> {
        apply(z, csqrt)
    }
    /// Return the tangent of z.
    pub fn tan(z: Value) -> Result<Object, Raised> {
        apply(z, ctan)
    }
    /// Return the hyperbolic tangent of z.
    pub fn tanh(z: Value) -> Result<Object, Raised> {
        apply(z, ctanh)
    }
    /// log(z[, base]) -> the logarithm of z to the given base.
    pub fn log(z: Value, base: Option<Value>) -> Result<Object, Raised> {
        let z = log_of(argument(z)?)?;
        let Some(base) = base else { return Ok(z.object()) };
        let base = log_of(argument(base)?)?;
        ops::binary(ops::BinaryOp::TrueDiv, z.object().value(), base.object().value())
    }
    /// Return the base-10 logarithm of z.
    pub fn log10(z: Value) -> Result<Object, Raised> {
        let z = log_of(argument(z)?)?;
        let ln10 = std::f64::consts::LN_10;
        Ok(C { re: z.re / ln10, im: z.im / ln10 }.object())
    }
    /// Return argument, also known as the phase angle, of a complex.
    pub fn phase(z: Value) -> Result<f64, Raised> {
        let z = argument(z)?;
        Ok(z.im.atan2(z.re))
    }
    /// Convert a complex from rectangular coordinates to polar coordinates.
    pub fn polar(z: Value) -> Result<(f64, f64), Raised> {
        let z = argument(z)?;
        let r = z.re.hypot(z.im);
        if r.is_infinite() && z.is_finite() {
            return Err(range());
        }
        Ok((r, z.im.atan2(z.re)))
    }
    /// Convert from polar coordinates to rectangular coordinates.
    pub fn rect(r: f64, phi: f64) -> Result<Object, Raised> {
        if phi.is_infinite() && r != 0.0 && !r.is_nan() {
            return Err(domain());
        }
        if !r.is_finite() || !phi.is_finite() {
            if r.is_infinite() && phi.is_finite() && phi != 0.0 {
                let sign = |x: f64| f64::INFINITY.copysign(x);
                let (sin, cos) = phi.sin_cos();
                let z = if r > 0.0 { C { re: sign(cos), im: sign(sin) } } else { C { re: -sign(cos), im: -sign(sin) } };
                return Ok(z.object());
            }
            if phi == 0.0 {
                return Ok(C { re: r, im: if r.is_nan() { 0.0 } else { phi * r.signum() } }.object());
            }
            if r == 0.0 {
                return Ok(C { re: 0.0, im: 0.0 }.object());
            }
            let re = if r.is_infinite() { f64::INFINITY } else { f64::NAN };
            return Ok(C { re, im: f64::NAN }.object());
        }
        if phi == 0.0 {
            return Ok(C { re: r, im: r * phi }.object());
        }
        let (sin, cos) = phi.sin_cos();
        Ok(C { re: r * cos, im: r * sin }.object())
    }
    /// Return True if both the real and the imaginary part of z are finite, else False.
    pub fn isfinite(z: Value) -> Result<bool, Raised> {
        Ok(argument(z)?.is_finite())
    }
    /// Checks if the real or imaginary part of z not a number (NaN).
    pub fn isnan(z: Value) -> Result<bool, Raised> {
        Ok(argument(z)?.has_nan())
    }
    /// Checks if the real or imaginary part of z is infinite.
    pub fn isinf(z: Value) -> Result<bool, Raised> {
        let z = argument(z)?;
        Ok(z.re.is_infinite() || z.im.is_infinite())
    }
    /// Determine whether two complex numbers are close in value.
    pub fn isclose(
        #[kw] a: Value,
        #[kw] b: Value,
        #[kwonly]
        #[default(1e-9)]
        rel_tol: f64,
        #[kwonly]
        #[default(0.0)]
        abs_tol: f64,
    ) -> Result<bool, Raised> {
        let (a, b) = (argument(a)?, argument(b)?);
        if rel_tol < 0.0 || abs_tol < 0.0 {
            return Err(raise::value_error("tolerances must be non-negative"));
        }
        if a.re == b.re && a.im == b.im {
            return Ok(true);
        }
        if [a.re, a.im, b.re, b.im].iter().any(|x| x.is_infinite()) {
            return Ok(false);
        }
        let distance = (a.re - b.re).hypot(a.im - b.im);
        let size = |z: C| z.re.hypot(z.im);
        Ok(distance <= rel_tol * size(b) || distance <= rel_tol * size(a) || distance <= abs_tol)
    }
}
