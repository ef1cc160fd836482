//! Floats: arithmetic with Python's rules, exact conversions.

/// The mantissa and exponent of a finite float that is not negative: `value == mantissa * 2**exponent`.
pub fn decode(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}
