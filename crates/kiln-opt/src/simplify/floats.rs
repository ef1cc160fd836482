//! Floats, in words and out of them.

use super::{Outcome, Rewrite};
use kiln_hir::{Inst, Value};

fn number(rewrite: &Rewrite<'_, '_>, value: Value) -> Option<f64> {
    rewrite.ty(value).float_value()
}

// unbox (box x) => x
// unbox constant => constant
pub(super) fn unbox(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    let constant = match rewrite.inst(value) {
        Inst::BoxFloat { value } => return Outcome::Is(value),
        Inst::ConstObject { object } => rewrite.b.func.constant(object).ty.float_value(),
        _ => number(rewrite, value),
    };
    match constant {
        Some(constant) => Outcome::Is(rewrite.b.const_f64(constant)),
        None => Outcome::Keep,
    }
}

// box (unbox x) => x: the same float, and where floats have an identity, the same object
pub(super) fn boxed(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match rewrite.inst(value) {
        Inst::UnboxFloat { value } => Outcome::Is(value),
        _ => Outcome::Keep,
    }
}

// constants => constant
pub(super) fn int_to_f64(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match rewrite.ty(value).int_value() {
        Some(number) => Outcome::Is(rewrite.b.const_f64(number as f64)),
        None => Outcome::Keep,
    }
}

// constants => constant
pub(super) fn fold(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: fn(f64, f64) -> f64) -> Outcome {
    match (number(rewrite, lhs), number(rewrite, rhs)) {
        (Some(a), Some(b)) => {
            let result = op(a, b);
            if result.is_nan() {
                Outcome::Keep
            } else {
                Outcome::Is(rewrite.b.const_f64(result))
            }
        }
        _ => Outcome::Keep,
    }
}

// x / 2**k => x * 2**-k, which is exact
pub(super) fn div(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    let Some(divisor) = number(rewrite, rhs) else {
        return Outcome::Keep;
    };
    let inverse = 1.0 / divisor;
    let is_power = divisor.to_bits() & ((1 << 52) - 1) == 0 && divisor.is_normal() && inverse.is_normal();
    if !is_power {
        return Outcome::Keep;
    }
    let inverse = rewrite.b.const_f64(inverse);
    Outcome::Is(rewrite.b.f64_mul(lhs, inverse))
}

// constants => constant
pub(super) fn neg(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match number(rewrite, value) {
        Some(number) => Outcome::Is(rewrite.b.const_f64(-number)),
        None => Outcome::Keep,
    }
}
