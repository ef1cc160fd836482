//! The C library's functions of floats: Rust's own versions differ in the last digits.
#![expect(unsafe_code, reason = "declarations of C functions")]
//!
//! # Safety
//! All of them take and return plain floats and are defined for every argument.

macro_rules! functions {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {
        mod c {
            // SAFETY: the signatures are those of <math.h>; no function has a precondition.
            unsafe extern "C" { $(pub safe fn $name($($arg: $ty),*) -> f64;)* }
        }
        $(
            #[inline]
            pub fn $name($($arg: $ty),*) -> f64 {
                c::$name($($arg),*)
            }
        )*
    };
}

functions! {
    acos(x: f64);
    acosh(x: f64);
    asin(x: f64);
    asinh(x: f64);
    atan(x: f64);
    atan2(y: f64, x: f64);
    atanh(x: f64);
    cbrt(x: f64);
    cos(x: f64);
    cosh(x: f64);
    erf(x: f64);
    erfc(x: f64);
    exp(x: f64);
    exp2(x: f64);
    expm1(x: f64);
    fma(x: f64, y: f64, z: f64);
    fmod(x: f64, y: f64);
    ldexp(x: f64, i: i32);
    log(x: f64);
    log10(x: f64);
    log1p(x: f64);
    log2(x: f64);
    nextafter(x: f64, y: f64);
    pow(x: f64, y: f64);
    remainder(x: f64, y: f64);
    sin(x: f64);
    sinh(x: f64);
    tan(x: f64);
    tanh(x: f64);
}
