//! `math`: `floats.rs` has the functions of floats, `sums.rs` sums and norms, `integers.rs` the functions of ints.

mod floats;
mod gamma;
mod integers;
mod libm;
mod sums;

use kiln_macros::builtin_module;

#[builtin_module("math")]
pub mod module {
    //! Mathematical functions of real numbers, as the C standard defines them, and of ints.

    use super::floats::{self, Domain, Overflow};
    use super::{integers, libm, sums};
    use kiln_object::args::Rest;
    use kiln_object::module::Module;
    use kiln_object::{Object, Raised, Value};

    /// The arc cosine of x, in radians.
    pub fn acos(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::acos, Overflow::Cannot, Domain("a number in range from -1 up to 1"))
    }
    /// The inverse hyperbolic cosine of x.
    pub fn acosh(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::acosh, Overflow::Cannot, Domain("argument value not less than 1"))
    }
    /// The arc sine of x, in radians.
    pub fn asin(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::asin, Overflow::Cannot, Domain("a number in range from -1 up to 1"))
    }
    /// The inverse hyperbolic sine of x.
    pub fn asinh(x: f64) -> f64 {
        libm::asinh(x)
    }
    /// The arc tangent of x, in radians.
    pub fn atan(x: f64) -> f64 {
        libm::atan(x)
    }
    /// The arc tangent of y/x, in radians, in the quadrant of (x, y).
    pub fn atan2(y: f64, x: f64) -> f64 {
        libm::atan2(y, x)
    }
    /// The inverse hyperbolic tangent of x.
    pub fn atanh(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::atanh, Overflow::Cannot, Domain("a number between -1 and 1"))
    }
    /// The cube root of x.
    pub fn cbrt(x: f64) -> f64 {
        libm::cbrt(x)
    }
    /// The cosine of x radians.
    pub fn cos(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::cos, Overflow::Cannot, Domain("a finite input"))
    }
    /// The hyperbolic cosine of x.
    pub fn cosh(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::cosh, Overflow::Can, Domain(""))
    }
    /// The error function at x.
    pub fn erf(x: f64) -> f64 {
        libm::erf(x)
    }
    /// The complementary error function at x.
    pub fn erfc(x: f64) -> f64 {
        libm::erfc(x)
    }
    /// e raised to the power of x.
    pub fn exp(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::exp, Overflow::Can, Domain(""))
    }
    /// 2 raised to the power of x.
    pub fn exp2(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::exp2, Overflow::Can, Domain(""))
    }
    /// exp(x) - 1, precise for small x.
    pub fn expm1(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::expm1, Overflow::Can, Domain(""))
    }
    /// The absolute value of x, as a float.
    pub fn fabs(x: f64) -> f64 {
        x.abs()
    }
    /// The gamma function at x.
    pub fn gamma(x: f64) -> Result<f64, Raised> {
        floats::gamma(x)
    }
    /// The natural logarithm of the absolute value of the gamma function at x.
    pub fn lgamma(x: f64) -> Result<f64, Raised> {
        floats::lgamma(x)
    }
    /// log(1 + x), precise for x near zero.
    pub fn log1p(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::log1p, Overflow::Cannot, Domain("argument value > -1"))
    }
    /// The sine of x radians.
    pub fn sin(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::sin, Overflow::Cannot, Domain("a finite input"))
    }
    /// The hyperbolic sine of x.
    pub fn sinh(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::sinh, Overflow::Can, Domain(""))
    }
    /// The square root of x.
    pub fn sqrt(x: f64) -> Result<f64, Raised> {
        floats::apply(x, f64::sqrt, Overflow::Cannot, Domain("a nonnegative input"))
    }
    /// The tangent of x radians.
    pub fn tan(x: f64) -> Result<f64, Raised> {
        floats::apply(x, libm::tan, Overflow::Cannot, Domain("a finite input"))
    }
    /// The hyperbolic tangent of x.
    pub fn tanh(x: f64) -> f64 {
        libm::tanh(x)
    }
    /// The logarithm of x to the given base, e by default.
    #[signature = "(x, [base=math.e])"]
    pub fn log(x: Value, base: Option<Value>) -> Result<Object, Raised> {
        floats::log(x, base)
    }
    /// The logarithm of x to base 2.
    pub fn log2(x: Value) -> Result<f64, Raised> {
        floats::log_with(x, libm::log2)
    }
    /// The logarithm of x to base 10.
    pub fn log10(x: Value) -> Result<f64, Raised> {
        floats::log_with(x, libm::log10)
    }
    /// x raised to the power of y, as C's pow computes it.
    pub fn pow(x: f64, y: f64) -> Result<f64, Raised> {
        floats::pow(x, y)
    }
    /// The remainder of x / y with the sign of x.
    pub fn fmod(x: f64, y: f64) -> Result<f64, Raised> {
        floats::fmod(x, y)
    }
    /// x minus the multiple of y nearest to it.
    pub fn remainder(x: f64, y: f64) -> Result<f64, Raised> {
        floats::remainder(x, y)
    }
    /// x * y + z, rounded once.
    pub fn fma(x: f64, y: f64, z: f64) -> Result<f64, Raised> {
        floats::fma(x, y, z)
    }
    /// x with the sign of y.
    pub fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }
    /// x in degrees, from radians.
    pub fn degrees(x: f64) -> f64 {
        x * (180.0 / std::f64::consts::PI)
    }
    /// x in radians, from degrees.
    pub fn radians(x: f64) -> f64 {
        x * (std::f64::consts::PI / 180.0)
    }
    /// The fractional and the integer part of x, both floats.
    pub fn modf(x: f64) -> (f64, f64) {
        if x.is_infinite() {
            return (0f64.copysign(x), x);
        }
        let whole = x.trunc();
        ((x - whole).copysign(x), whole)
    }
    /// Mantissa and exponent of x: x == m * 2**e.
    pub fn frexp(x: f64) -> (f64, i64) {
        floats::frexp(x)
    }
    /// x * 2**i, the inverse of frexp.
    pub fn ldexp(x: f64, i: Value) -> Result<f64, Raised> {
        floats::ldexp(x, i)
    }
    /// The float after x towards y, or `steps` floats further.
    #[signature = "($module, x, y, /, *, steps=None)"]
    pub fn nextafter(
        x: f64,
        y: f64,
        #[kwonly]
        #[none]
        steps: Option<Value>,
    ) -> Result<f64, Raised> {
        floats::next_after(x, y, steps)
    }
    /// The value of the least significant bit of x.
    pub fn ulp(x: f64) -> f64 {
        floats::ulp(x)
    }
    /// Whether two numbers are close in value.
    #[signature = "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)"]
    pub fn isclose(
        #[kw] a: f64,
        #[kw] b: f64,
        #[kwonly]
        #[default(1e-9)]
        rel_tol: f64,
        #[kwonly]
        #[default(0.0)]
        abs_tol: f64,
    ) -> Result<bool, Raised> {
        floats::is_close(a, b, rel_tol, abs_tol)
    }
    /// Whether x is neither an infinity nor a NaN.
    pub fn isfinite(x: f64) -> bool {
        x.is_finite()
    }
    /// Whether x is an infinity.
    pub fn isinf(x: f64) -> bool {
        x.is_infinite()
    }
    /// Whether x is a NaN.
    pub fn isnan(x: f64) -> bool {
        x.is_nan()
    }
    /// The largest int that is at most x.
    pub fn floor(x: Value) -> Result<Object, Raised> {
        floats::floor(x)
    }
    /// The smallest int that is at least x.
    pub fn ceil(x: Value) -> Result<Object, Raised> {
        floats::ceil(x)
    }
    /// x without its fractional part.
    pub fn trunc(x: Value) -> Result<Object, Raised> {
        floats::trunc(x)
    }

    /// The sum of the floats of an iterable, rounded once.
    pub fn fsum(seq: Value) -> Result<f64, Raised> {
        sums::fsum(seq)
    }
    /// The sum of the products of the items of two iterables.
    pub fn sumprod(p: Value, q: Value) -> Result<Object, Raised> {
        sums::sumprod(p, q)
    }
    /// The product of the items of an iterable, and of `start`.
    #[signature = "($module, iterable, /, *, start=1)"]
    pub fn prod(
        iterable: Value,
        #[kwonly]
        start: Option<Value>,
    ) -> Result<Object, Raised> {
        sums::prod(iterable, start)
    }
    /// The distance of a point from the origin.
    #[signature = "(*coordinates)"]
    pub fn hypot(coordinates: Rest<'_>) -> Result<f64, Raised> {
        sums::hypot(coordinates)
    }
    /// The distance between two points.
    pub fn dist(p: Value, q: Value) -> Result<f64, Raised> {
        sums::dist(p, q)
    }

    /// The greatest common divisor.
    #[signature = "($module, /, *integers)"]
    pub fn gcd(integers: Rest<'_>) -> Result<Object, Raised> {
        integers::gcd(integers)
    }
    /// The least common multiple.
    #[signature = "($module, /, *integers)"]
    pub fn lcm(integers: Rest<'_>) -> Result<Object, Raised> {
        integers::lcm(integers)
    }
    /// n!
    pub fn factorial(n: Value) -> Result<Object, Raised> {
        integers::factorial(n)
    }
    /// The number of ways to choose k of n things.
    pub fn comb(n: Value, k: Value) -> Result<Object, Raised> {
        integers::comb(n, k)
    }
    /// The number of ways to arrange k of n things, all of them by default.
    #[signature = "($module, n, k=None, /)"]
    pub fn perm(
        n: Value,
        #[none]
        k: Option<Value>,
    ) -> Result<Object, Raised> {
        integers::perm(n, k)
    }
    /// The square root of an int, rounded down.
    pub fn isqrt(n: Value) -> Result<Object, Raised> {
        integers::isqrt(n)
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        use std::f64::consts;
        for (name, value) in [
            ("pi", consts::PI),
            ("e", consts::E),
            ("tau", consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ] {
            module.set(name, Object::float(value));
        }
        Ok(())
    }
}
