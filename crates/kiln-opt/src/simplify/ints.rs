//! Ints, tagged and not. An int that does not fit is left to the instruction, which leaves.

use super::{Outcome, Rewrite};
use kiln_hir::{CompareKind, Inst, Ty, Value};

const LIMIT: i64 = 1 << 62;

fn number(rewrite: &Rewrite<'_, '_>, value: Value) -> Option<i64> {
    rewrite.ty(value).int_value()
}

/// The constant, when both operands are known and the result fits.
fn fold(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: fn(i64, i64) -> Option<i64>) -> Option<Outcome> {
    let result = op(number(rewrite, lhs)?, number(rewrite, rhs)?)?;
    (-LIMIT..LIMIT)
        .contains(&result)
        .then(|| Outcome::Is(rewrite.b.const_int(result)))
}

// x + 0 => x
pub(super) fn add(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, i64::checked_add) {
        return folded;
    }
    match (number(rewrite, lhs), number(rewrite, rhs)) {
        (_, Some(0)) => Outcome::Is(lhs),
        (Some(0), _) => Outcome::Is(rhs),
        _ => Outcome::Keep,
    }
}

// x - 0 => x
// x - x => 0
pub(super) fn sub(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, i64::checked_sub) {
        return folded;
    }
    if number(rewrite, rhs) == Some(0) {
        Outcome::Is(lhs)
    } else if lhs == rhs {
        Outcome::Is(rewrite.b.const_int(0))
    } else {
        Outcome::Keep
    }
}

// x * 1 => x
// x * 0 => 0
pub(super) fn mul(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, i64::checked_mul) {
        return folded;
    }
    match (number(rewrite, lhs), number(rewrite, rhs)) {
        (_, Some(1)) => Outcome::Is(lhs),
        (Some(1), _) => Outcome::Is(rhs),
        (_, Some(0)) | (Some(0), _) => Outcome::Is(rewrite.b.const_int(0)),
        _ => Outcome::Keep,
    }
}

/// The exponent of a power of two.
fn power_of_two(number: i64) -> Option<u32> {
    (number > 0 && number & (number - 1) == 0).then(|| number.trailing_zeros())
}

// x // 1 => x
// x // 2**k => x >> k
pub(super) fn floordiv(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    let divide = |a: i64, b: i64| (b != 0).then(|| a.div_euclid(b) - i64::from(b < 0 && a.rem_euclid(b) != 0));
    if let Some(folded) = fold(rewrite, lhs, rhs, divide) {
        return folded;
    }
    match number(rewrite, rhs).and_then(power_of_two) {
        Some(0) => Outcome::Is(lhs),
        Some(bits) => {
            rewrite.keep_snap();
            let bits = rewrite.b.const_int(bits.into());
            Outcome::Is(rewrite.b.int_rshift(lhs, bits))
        }
        None => Outcome::Keep,
    }
}

// x % 2**k => x & (2**k - 1)
pub(super) fn modulo(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    let modulo = |a: i64, b: i64| {
        let rest = a.checked_rem(b)?;
        Some(if rest != 0 && (rest < 0) != (b < 0) {
            rest + b
        } else {
            rest
        })
    };
    if let Some(folded) = fold(rewrite, lhs, rhs, modulo) {
        return folded;
    }
    match number(rewrite, rhs).and_then(power_of_two) {
        Some(bits) => {
            let mask = rewrite.b.const_int((1 << bits) - 1);
            Outcome::Is(rewrite.b.int_and(lhs, mask))
        }
        None => Outcome::Keep,
    }
}

// x & x => x
// x & -1 => x
// x & 0 => 0
pub(super) fn and(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, |a, b| Some(a & b)) {
        return folded;
    }
    match number(rewrite, rhs) {
        Some(-1) => Outcome::Is(lhs),
        Some(0) => Outcome::Is(rhs),
        _ if lhs == rhs => Outcome::Is(lhs),
        _ => Outcome::Keep,
    }
}

// x | x => x
// x | 0 => x
pub(super) fn or(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, |a, b| Some(a | b)) {
        return folded;
    }
    if number(rewrite, rhs) == Some(0) || lhs == rhs {
        Outcome::Is(lhs)
    } else {
        Outcome::Keep
    }
}

// x ^ 0 => x
pub(super) fn xor(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    if let Some(folded) = fold(rewrite, lhs, rhs, |a, b| Some(a ^ b)) {
        return folded;
    }
    if number(rewrite, rhs) == Some(0) {
        Outcome::Is(lhs)
    } else {
        Outcome::Keep
    }
}

// -(constant) => constant
pub(super) fn neg(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match number(rewrite, value) {
        Some(number) if number > -LIMIT => Outcome::Is(rewrite.b.const_int(-number)),
        _ => Outcome::Keep,
    }
}

// constants => constant
// x == x => true, and so on
pub(super) fn compare(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: CompareKind) -> Outcome {
    if let (Some(a), Some(b)) = (number(rewrite, lhs), number(rewrite, rhs)) {
        return Outcome::Is(rewrite.b.const_bool(op.holds(a, b)));
    }
    if lhs == rhs {
        return Outcome::Is(rewrite.b.const_bool(op.holds(0, 0)));
    }
    Outcome::Keep
}

// untag (tag x) => x
pub(super) fn untag(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    if let Some(number) = number(rewrite, value) {
        return Outcome::Is(rewrite.b.const_i64(number));
    }
    match rewrite.inst(value) {
        Inst::TagInt { value } | Inst::TagIntFits { value } => Outcome::Is(value),
        _ => Outcome::Keep,
    }
}

// tag (untag x) => x
pub(super) fn tag(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match (rewrite.inst(value), number(rewrite, value)) {
        (Inst::UntagInt { value }, _) => Outcome::Is(value),
        (_, Some(number)) if (-LIMIT..LIMIT).contains(&number) => Outcome::Is(rewrite.b.const_int(number)),
        // Lengths and positions are far below the limit.
        (Inst::ListLen { .. } | Inst::TupleLen { .. } | Inst::StrLen { .. } | Inst::DictLen { .. }, _)
            if matches!(rewrite.inst(rewrite.value), Inst::TagInt { .. }) =>
        {
            Outcome::Is(rewrite.b.tag_int_fits(value))
        }
        _ => Outcome::Keep,
    }
}

// constants => constant
pub(super) fn bool_to_int(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    match number(rewrite, value) {
        Some(truth) => Outcome::Is(rewrite.b.const_int(truth)),
        None => Outcome::Keep,
    }
}

// constants => constant
// bool_to_object (x is True) => x, if x is a bool
pub(super) fn bool_to_object(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    if let Some(truth) = number(rewrite, value) {
        return Outcome::Is(rewrite.b.const_pybool(truth != 0));
    }
    if let Inst::Is { lhs, rhs } = rewrite.inst(value)
        && matches!(rewrite.inst(rhs), Inst::ConstPyBool { value: true })
        && rewrite.ty(lhs).is_subtype(Ty::PY_BOOL)
    {
        return Outcome::Is(lhs);
    }
    Outcome::Keep
}
