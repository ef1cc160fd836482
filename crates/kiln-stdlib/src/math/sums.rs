//! Sums, products and norms that lose as few digits as CPython's.

use super::floats::frexp;
use super::libm;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};

/// A float and what rounding took from it.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}
/// The exact sum of two floats of any size (Knuth).
fn add_exactly(a: f64, b: f64) -> Double {
    let high = a + b;
    let part = high - a;
    let low = (a - (high - part)) + (b - part);
    Double { high, low }
}
/// The exact sum where `a` is not smaller than `b` (Dekker).
fn add_ordered(a: f64, b: f64) -> Double {
    let high = a + b;
    Double {
        high,
        low: (a - high) + b,
    }
}
fn multiply_exactly(a: f64, b: f64) -> Double {
    let high = a * b;
    Double {
        high,
        low: libm::fma(a, b, -high),
    }
}

/// The sum of the floats of an iterable: partial sums that do not overlap (Shewchuk), rounded half to even at the end.
pub fn fsum(seq: Value) -> Result<f64, Raised> {
    let it = ops::iter(seq)?;
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinite) = (0.0f64, 0.0f64);
    while let Some(o) = ops::next(it.value())? {
        let given = ops::to_float(o.value())?;
        let mut x = given;
        let mut kept = 0;
        for i in 0..partials.len() {
            let mut y = partials[i];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let sum = add_ordered(x, y);
            if sum.low != 0.0 {
                partials[kept] = sum.low;
                kept += 1;
            }
            x = sum.high;
        }
        partials.truncate(kept);
        if x != 0.0 {
            if x.is_finite() {
                partials.push(x);
                continue;
            }
            if given.is_finite() {
                return Err(raise::overflow_error("intermediate overflow in fsum"));
            }
            if given.is_infinite() {
                infinite += given;
            }
            special += given;
            partials.clear();
        }
    }
    if special != 0.0 {
        if infinite.is_nan() {
            return Err(raise::value_error("-inf + inf in fsum"));
        }
        return Ok(special);
    }
    let Some(mut high) = partials.pop() else { return Ok(0.0) };
    let mut low = 0.0;
    while let Some(y) = partials.pop() {
        let sum = add_ordered(high, y);
        (high, low) = (sum.high, sum.low);
        if low != 0.0 {
            break;
        }
    }
    // Exactly half way: the next partial decides.
    if let Some(&next) = partials.last()
        && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
    {
        let y = low * 2.0;
        let x = high + y;
        if y == x - high {
            high = x;
        }
    }
    Ok(high)
}

/// The root of the sum of squares, by scaling with a power of two and one Newton step.
fn norm(v: &[f64], max: f64, found_nan: bool) -> f64 {
    if max.is_infinite() {
        return max;
    }
    if found_nan {
        return f64::NAN;
    }
    if max == 0.0 || v.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        let scaled: Vec<f64> = v.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * norm(&scaled, max / f64::MIN_POSITIVE, false);
    }
    let scale = libm::ldexp(1.0, -exponent as i32);
    let (mut sum, mut rest_1, mut rest_2) = (1.0, 0.0, 0.0);
    let mut accumulate = |square: Double| {
        let s = add_ordered(sum, square.high);
        sum = s.high;
        rest_1 += square.low;
        rest_2 += s.low;
        (sum, rest_1 + rest_2)
    };
    let mut so_far = (1.0, 0.0);
    for x in v {
        let x = x * scale;
        so_far = accumulate(multiply_exactly(x, x));
    }
    let mut h = (so_far.0 - 1.0 + so_far.1).sqrt();
    let (sum, rest) = accumulate(multiply_exactly(-h, h));
    let x = sum - 1.0 + rest;
    h += x / (2.0 * h);
    h / scale
}
fn norm_of(v: Vec<f64>) -> f64 {
    let v: Vec<f64> = v.into_iter().map(f64::abs).collect();
    let found_nan = v.iter().any(|x| x.is_nan());
    let max = v.iter().copied().fold(0.0, |m: f64, x| if x > m { x } else { m });
    norm(&v, max, found_nan)
}
pub fn hypot(coordinates: &[Value]) -> Result<f64, Raised> {
    let mut v = Vec::with_capacity(coordinates.len());
    for &c in coordinates {
        v.push(ops::to_float(c)?);
    }
    Ok(norm_of(v))
}
pub fn dist(p: Value, q: Value) -> Result<f64, Raised> {
    let (p, q) = (
        kiln_builtins::tuple::from_iterable(p)?,
        kiln_builtins::tuple::from_iterable(q)?,
    );
    let (p, q) = (p.expect::<Tuple>().items(), q.expect::<Tuple>().items());
    if p.len() != q.len() {
        return Err(raise::value_error(
            "both points must have the same number of dimensions",
        ));
    }
    let mut v = Vec::with_capacity(p.len());
    for (&a, &b) in p.iter().zip(q) {
        v.push(ops::to_float(a)? - ops::to_float(b)?);
    }
    Ok(norm_of(v))
}

pub fn prod(iterable: Value, start: Option<Value>) -> Result<Object, Raised> {
    let it = ops::iter(iterable)?;
    let mut total = start.map_or_else(|| Object::int(1), Value::to_object);
    while let Some(o) = ops::next(it.value())? {
        let quick = match (total.as_small_int(), o.as_small_int()) {
            (Some(a), Some(b)) => a.checked_mul(b).map(Object::int),
            _ => match (total.value().is_flonum(), o.value().is_flonum()) {
                (true, true) => Some(Object::float(total.flonum_value() * o.flonum_value())),
                _ => None,
            },
        };
        total = match quick {
            Some(product) => product,
            None => ops::binary(BinaryOp::Mul, total.value(), o.value())?,
        };
    }
    Ok(total)
}

/// A sum of products in three floats.
#[derive(Clone, Copy, Default)]
struct Triple {
    high: f64,
    low: f64,
    tiny: f64,
}
impl Triple {
    fn add_product(self, x: f64, y: f64) -> Triple {
        let product = multiply_exactly(x, y);
        let sum = add_exactly(self.high, product.high);
        let r1 = add_exactly(self.low, product.low);
        let r2 = add_exactly(r1.high, sum.low);
        Triple {
            high: sum.high,
            low: r2.high,
            tiny: self.tiny + r1.low + r2.low,
        }
    }
    fn total(self) -> f64 {
        let last = add_exactly(self.low, self.high);
        self.tiny + last.low + last.high
    }
}
/// The factors as floats, where both are numbers of exact classes and at least one is a float.
fn float_factors(p: Value, q: Value) -> Option<(f64, f64)> {
    let as_float = |v: Value| -> Option<f64> {
        if v.is_exact_float() {
            return v.as_float();
        }
        if v.is_exact_int() || v.is_true() || v.is_false() {
            return match v.as_int()? {
                kiln_object::int::AnyInt::Small(i) => Some(i as f64),
                kiln_object::int::AnyInt::Big(b) => b.to_f64(),
            };
        }
        None
    };
    if !p.is_exact_float() && !q.is_exact_float() {
        return None;
    }
    Some((as_float(p)?, as_float(q)?))
}

pub fn sumprod(p: Value, q: Value) -> Result<Object, Raised> {
    let (p_it, q_it) = (ops::iter(p)?, ops::iter(q)?);
    let mut total = Object::int(0);
    // What has not been added to `total` yet: of ints, then of floats.
    let mut ints: Option<i64> = None;
    let mut floats: Option<Triple> = None;
    let add = |total: &mut Object, more: Object| -> Result<(), Raised> {
        *total = ops::binary(BinaryOp::Add, total.value(), more.value())?;
        Ok(())
    };
    loop {
        let (a, b) = (ops::next(p_it.value())?, ops::next(q_it.value())?);
        let (a, b) = match (a, b) {
            (Some(a), Some(b)) => (a, b),
            (None, None) => break,
            _ => return Err(raise::value_error("Inputs are not the same length")),
        };
        if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int())
            && floats.is_none()
            && let Some(sum) = x.checked_mul(y).and_then(|xy| ints.unwrap_or(0).checked_add(xy))
        {
            ints = Some(sum);
            continue;
        }
        if let Some(i) = ints.take() {
            add(&mut total, Object::int(i))?;
        }
        let factors = match (float_factors(a.value(), b.value()), &floats) {
            (Some(f), _) => Some(f),
            // Once floats are summed, ints join them.
            (None, Some(_)) => match (a.as_small_int(), b.as_small_int()) {
                (Some(x), Some(y)) => Some((x as f64, y as f64)),
                _ => None,
            },
            (None, None) => None,
        };
        if let Some((x, y)) = factors {
            let sum = floats.unwrap_or_default().add_product(x, y);
            if sum.high.is_finite() {
                floats = Some(sum);
                continue;
            }
        }
        if let Some(f) = floats.take() {
            add(&mut total, Object::float(f.total()))?;
        }
        let product = ops::binary(BinaryOp::Mul, a.value(), b.value())?;
        add(&mut total, product)?;
    }
    if let Some(i) = ints {
        add(&mut total, Object::int(i))?;
    }
    if let Some(f) = floats {
        add(&mut total, Object::float(f.total()))?;
    }
    Ok(total)
}
