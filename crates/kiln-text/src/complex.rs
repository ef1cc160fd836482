//! Complex numbers: arithmetic with CPython 3.14's rules for infinities, text.

use crate::float;

#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Complex {
    pub real: f64,
    pub imag: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PowError {
    /// `zero to a negative or complex power`
    ZeroDivision,
    /// `complex exponentiation`
    Overflow,
}

const ONE: Complex = Complex { real: 1.0, imag: 0.0 };

fn unit(value: f64) -> f64 {
    (if value.is_infinite() { 1.0f64 } else { 0.0 }).copysign(value)
}

fn no_nan(value: f64) -> f64 {
    if value.is_nan() { 0.0f64.copysign(value) } else { value }
}

impl Complex {
    pub const fn new(real: f64, imag: f64) -> Complex {
        Complex { real, imag }
    }

    pub fn add(self, other: Complex) -> Complex {
        Complex::new(self.real + other.real, self.imag + other.imag)
    }

    pub fn sub(self, other: Complex) -> Complex {
        Complex::new(self.real - other.real, self.imag - other.imag)
    }

    pub fn neg(self) -> Complex {
        Complex::new(-self.real, -self.imag)
    }

    pub fn conjugate(self) -> Complex {
        Complex::new(self.real, -self.imag)
    }

    /// The product, with infinities recovered from nan as C's Annex G says.
    pub fn mul(self, other: Complex) -> Complex {
        let (mut a, mut b, mut c, mut d) = (self.real, self.imag, other.real, other.imag);
        let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
        let product = Complex::new(ac - bd, ad + bc);
        if !(product.real.is_nan() && product.imag.is_nan()) {
            return product;
        }
        let mut again = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b, c, d) = (unit(a), unit(b), no_nan(c), no_nan(d));
            again = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (a, b, c, d) = (no_nan(a), no_nan(b), unit(c), unit(d));
            again = true;
        }
        if !again && [ac, bd, ad, bc].iter().any(|part| part.is_infinite()) {
            (a, b, c, d) = (no_nan(a), no_nan(b), no_nan(c), no_nan(d));
            again = true;
        }
        if !again {
            return product;
        }
        Complex::new(f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c))
    }

    pub fn mul_real(self, other: f64) -> Complex {
        Complex::new(self.real * other, self.imag * other)
    }

    /// The quotient; `None` for a zero divisor.
    pub fn div(self, other: Complex) -> Option<Complex> {
        let (a, b) = (self, other);
        let mut r;
        if b.real.abs() >= b.imag.abs() {
            if b.real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            r = Complex::new(
                (a.real + a.imag * ratio) / denominator,
                (a.imag - a.real * ratio) / denominator,
            );
        } else if b.imag.abs() >= b.real.abs() {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            r = Complex::new(
                (a.real * ratio + a.imag) / denominator,
                (a.imag * ratio - a.real) / denominator,
            );
        } else {
            r = Complex::new(f64::NAN, f64::NAN);
        }
        if r.real.is_nan() && r.imag.is_nan() {
            let finite = |z: Complex| z.real.is_finite() && z.imag.is_finite();
            let infinite = |z: Complex| z.real.is_infinite() || z.imag.is_infinite();
            if infinite(a) && finite(b) {
                let (x, y) = (unit(a.real), unit(a.imag));
                r.real = f64::INFINITY * (x * b.real + y * b.imag);
                r.imag = f64::INFINITY * (y * b.real - x * b.imag);
            } else if infinite(b) && finite(a) {
                let (x, y) = (unit(b.real), unit(b.imag));
                r.real = 0.0 * (a.real * x + a.imag * y);
                r.imag = 0.0 * (a.imag * x - a.real * y);
            }
        }
        Some(r)
    }

    pub fn div_real(self, other: f64) -> Option<Complex> {
        (other != 0.0).then(|| Complex::new(self.real / other, self.imag / other))
    }

    /// `real / complex`.
    pub fn real_div(a: f64, b: Complex) -> Option<Complex> {
        let mut r;
        if b.real.abs() >= b.imag.abs() {
            if b.real == 0.0 {
                return None;
            }
            let ratio = b.imag / b.real;
            let denominator = b.real + b.imag * ratio;
            r = Complex::new(a / denominator, (-a * ratio) / denominator);
        } else if b.imag.abs() >= b.real.abs() {
            let ratio = b.real / b.imag;
            let denominator = b.real * ratio + b.imag;
            r = Complex::new((a * ratio) / denominator, -a / denominator);
        } else {
            r = Complex::new(f64::NAN, f64::NAN);
        }
        if r.real.is_nan() && r.imag.is_nan() && a.is_finite() && (b.real.is_infinite() || b.imag.is_infinite()) {
            let (x, y) = (unit(b.real), unit(b.imag));
            r = Complex::new(0.0 * (a * x), 0.0 * (-a * y));
        }
        Some(r)
    }

    /// `abs(z)`; `None`: `absolute value too large`.
    pub fn abs(self) -> Option<f64> {
        let finite = self.real.is_finite() && self.imag.is_finite();
        let size = self.real.hypot(self.imag);
        (!finite || size.is_finite()).then_some(size)
    }

    fn whole_power(self, exponent: u32) -> Complex {
        let (mut result, mut power, mut mask) = (ONE, self, 1u32);
        while exponent >= mask {
            if exponent & mask != 0 {
                result = result.mul(power);
            }
            mask <<= 1;
            power = power.mul(power);
        }
        result
    }

    pub fn pow(self, exponent: Complex) -> Result<Complex, PowError> {
        let whole = exponent.imag == 0.0 && exponent.real == exponent.real.floor() && exponent.real.abs() <= 100.0;
        let result = if whole {
            let n = exponent.real as i32;
            let power = self.whole_power(n.unsigned_abs());
            if n > 0 {
                power
            } else {
                ONE.div(power).ok_or(PowError::ZeroDivision)?
            }
        } else if exponent.real == 0.0 && exponent.imag == 0.0 {
            ONE
        } else if self.real == 0.0 && self.imag == 0.0 {
            if exponent.imag != 0.0 || exponent.real < 0.0 {
                return Err(PowError::ZeroDivision);
            }
            Complex::default()
        } else {
            let size = self.real.hypot(self.imag);
            let mut length = size.powf(exponent.real);
            let angle = self.imag.atan2(self.real);
            let mut phase = angle * exponent.real;
            if exponent.imag != 0.0 {
                length *= (-angle * exponent.imag).exp();
                phase += exponent.imag * size.ln();
            }
            if phase.is_infinite() {
                // C's sine and cosine report a domain error, for which CPython has this one message.
                return Err(PowError::ZeroDivision);
            }
            Complex::new(length * phase.cos(), length * phase.sin())
        };
        if result.real.is_infinite() || result.imag.is_infinite() {
            return Err(PowError::Overflow);
        }
        Ok(result)
    }

    /// `repr(z)`.
    pub fn repr(self) -> String {
        let imag = float::format_double(self.imag, 'r', 0, false, false);
        if self.real == 0.0 && self.real.is_sign_positive() {
            return format!("{imag}j");
        }
        let real = float::format_double(self.real, 'r', 0, false, false);
        let plus = if imag.starts_with('-') { "" } else { "+" };
        format!("({real}{plus}{imag}j)")
    }

    /// `complex(text)`; text outside ASCII goes through `Text::to_ascii_number` first.
    pub fn parse(input: &[u8]) -> Option<Complex> {
        let plain;
        let input = if input.contains(&b'_') {
            plain = float::without_underscores(input)?;
            &plain
        } else {
            input
        };
        let mut input = float::trim_c_space(input);
        if let [b'(', inner @ .., b')'] = input {
            input = float::trim_c_space(inner);
        }
        let is_j = |byte: Option<&u8>| matches!(byte, Some(b'j' | b'J'));
        let mut z = Complex::default();
        let mut at = 0;
        match float::parse_prefix(input) {
            Some((value, taken)) => {
                at = taken;
                match input.get(at) {
                    Some(b'+' | b'-') => {
                        z.real = value;
                        let rest = &input[at..];
                        match float::parse_prefix(rest) {
                            Some((imag, taken)) => {
                                z.imag = imag;
                                at += taken;
                            }
                            None => {
                                z.imag = if rest[0] == b'-' { -1.0 } else { 1.0 };
                                at += 1;
                            }
                        }
                        if !is_j(input.get(at)) {
                            return None;
                        }
                        at += 1;
                    }
                    Some(b'j' | b'J') => {
                        z.imag = value;
                        at += 1;
                    }
                    _ => z.real = value,
                }
            }
            None => {
                // "j", "+j" or "-j".
                z.imag = 1.0;
                if let Some(sign @ (b'+' | b'-')) = input.first() {
                    z.imag = if *sign == b'-' { -1.0 } else { 1.0 };
                    at += 1;
                }
                if !is_j(input.get(at)) {
                    return None;
                }
                at += 1;
            }
        }
        (at == input.len()).then_some(z)
    }
}
