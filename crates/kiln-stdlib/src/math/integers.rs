//! Functions of ints of any size.

use kiln_object::int::Int;
use kiln_object::{Object, Raised, Value, ops, raise};
use kiln_text::BigInt;

fn big(v: Value) -> Result<BigInt, Raised> {
    let i = ops::index(v)?;
    Ok(i.as_int().map_or(BigInt::ZERO, |i| i.to_big()))
}
fn small_gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
fn gcd_of(a: &BigInt, b: &BigInt) -> BigInt {
    match (a.to_i64(), b.to_i64()) {
        (Some(a), Some(b)) => BigInt::from(small_gcd(a.unsigned_abs(), b.unsigned_abs())),
        _ => a.gcd(b),
    }
}
pub fn gcd(integers: &[Value]) -> Result<Object, Raised> {
    let mut total = BigInt::ZERO;
    for &v in integers {
        total = gcd_of(&total, &big(v)?);
    }
    Ok(Int::from_big(total))
}
pub fn lcm(integers: &[Value]) -> Result<Object, Raised> {
    let mut total = BigInt::ONE;
    for &v in integers {
        let next = big(v)?;
        if total.is_zero() {
            continue;
        }
        if next.is_zero() {
            total = BigInt::ZERO;
            continue;
        }
        let shared = gcd_of(&total, &next);
        total = total.floor_div(&shared).unwrap_or_default().mul(&next).abs();
    }
    Ok(Int::from_big(total))
}
pub fn isqrt(n: Value) -> Result<Object, Raised> {
    match big(n)?.isqrt() {
        Some(root) => Ok(Int::from_big(root)),
        None => Err(raise::value_error("isqrt() argument must be nonnegative")),
    }
}

/// The product of `low..high`, halves first, so that the factors are of like size.
fn product(low: u64, high: u64) -> BigInt {
    if high - low <= 8 {
        let mut total = BigInt::ONE;
        for i in low..high {
            total = total.mul(&BigInt::from(i));
        }
        return total;
    }
    let middle = low + (high - low) / 2;
    product(low, middle).mul(&product(middle, high))
}
pub fn factorial(n: Value) -> Result<Object, Raised> {
    let n = big(n)?;
    if n.is_negative() {
        return Err(raise::value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(kiln_object::raise!(
            OverflowError,
            "factorial() argument should not exceed {}",
            i64::MAX
        ));
    };
    Ok(Int::from_big(product(1, n as u64 + 1)))
}

/// `n * (n - 1) * ...`, `k` factors, halves first.
fn falling(n: &BigInt, k: u64) -> BigInt {
    if k <= 8 {
        let mut total = BigInt::ONE;
        for i in 0..k {
            total = total.mul(&n.sub(&BigInt::from(i)));
        }
        return total;
    }
    let half = k / 2;
    falling(n, half).mul(&falling(&n.sub(&BigInt::from(half)), k - half))
}
/// The arguments of `comb` and `perm`.
fn two(n: Value, k: Value) -> Result<(BigInt, BigInt), Raised> {
    let (n, k) = (big(n)?, big(k)?);
    if n.is_negative() {
        return Err(raise::value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(raise::value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}
pub fn perm(n: Value, k: Option<Value>) -> Result<Object, Raised> {
    let Some(k) = k else { return factorial(n) };
    let (n, k) = two(n, k)?;
    if n.sub(&k).is_negative() {
        return Ok(Object::int(0));
    }
    match k.to_i64() {
        Some(k) => Ok(Int::from_big(falling(&n, k as u64))),
        None => Err(kiln_object::raise!(OverflowError, "k must not exceed {}", i64::MAX)),
    }
}
pub fn comb(n: Value, k: Value) -> Result<Object, Raised> {
    let (n, k) = two(n, k)?;
    let other = n.sub(&k);
    if other.is_negative() {
        return Ok(Object::int(0));
    }
    let k = if other.sub(&k).is_negative() { other } else { k };
    let Some(k) = k.to_i64() else {
        return Err(kiln_object::raise!(
            OverflowError,
            "min(n - k, k) must not exceed {}",
            i64::MAX
        ));
    };
    let k = k as u64;
    // Small results in machine words: each intermediate quotient is a binomial coefficient itself.
    if let Some(n) = n.to_u64() {
        let mut total: u128 = 1;
        let mut done = true;
        for i in 0..k {
            match total.checked_mul(u128::from(n - i)) {
                Some(t) => total = t / u128::from(i + 1),
                None => {
                    done = false;
                    break;
                }
            }
        }
        if done {
            return Ok(Int::from_big(BigInt::from(total)));
        }
    }
    let total = falling(&n, k).floor_div(&product(1, k + 1)).unwrap_or_default();
    Ok(Int::from_big(total))
}
