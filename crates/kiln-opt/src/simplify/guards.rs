//! Guards and tests that the operand's type decides.

use super::{Outcome, Rewrite};
use kiln_hir::{Args, ConstId, Ty, Value};

// guard_type x: T => x, if x is a T; leaves, if it cannot be one
pub(super) fn guard_type(rewrite: &mut Rewrite<'_, '_>, value: Value, ty: Ty) -> Outcome {
    let known = rewrite.ty(value);
    if known.is_subtype(ty) {
        Outcome::Is(value)
    } else if known.meet(ty).is_bottom() {
        Outcome::Leaves
    } else {
        Outcome::Keep
    }
}

// refine x: T => x, if x is a T
pub(super) fn refine(rewrite: &mut Rewrite<'_, '_>, value: Value, ty: Ty) -> Outcome {
    if rewrite.ty(value).is_subtype(ty) {
        Outcome::Is(value)
    } else {
        Outcome::Keep
    }
}

// guard_is k, k => k
pub(super) fn guard_is(rewrite: &mut Rewrite<'_, '_>, value: Value, object: ConstId) -> Outcome {
    match rewrite.ty(value).object_value() {
        Some(known) if known == object => Outcome::Is(value),
        _ => Outcome::Keep,
    }
}

// guard_shape x: S => leaves, if x cannot be an object of that shape
pub(super) fn guard_shape(rewrite: &mut Rewrite<'_, '_>) -> Outcome {
    if rewrite.ty(rewrite.value).is_bottom() {
        Outcome::Leaves
    } else {
        Outcome::Keep
    }
}

// guard_bound x => x, if x is bound
pub(super) fn bound(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    if rewrite.ty(value).could_be(Ty::UNBOUND) {
        Outcome::Keep
    } else {
        Outcome::Is(value)
    }
}

// guard_true true =>
// guard_true false => leaves
pub(super) fn guard_true(rewrite: &mut Rewrite<'_, '_>, condition: Value) -> Outcome {
    match rewrite.ty(condition).int_value() {
        Some(0) => Outcome::Leaves,
        Some(_) => Outcome::Gone,
        None => Outcome::Keep,
    }
}

// has_type x: T => true, if x is a T; false, if it cannot be one
pub(super) fn has_type(rewrite: &mut Rewrite<'_, '_>, value: Value, ty: Ty) -> Outcome {
    let known = rewrite.ty(value);
    if known.is_subtype(ty) {
        Outcome::Is(rewrite.b.const_bool(true))
    } else if known.meet(ty).is_bottom() {
        Outcome::Is(rewrite.b.const_bool(false))
    } else {
        Outcome::Keep
    }
}

// is_unbound x => false, if x is bound; true, if it never is
pub(super) fn is_unbound(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    let known = rewrite.ty(value);
    if !known.could_be(Ty::UNBOUND) {
        Outcome::Is(rewrite.b.const_bool(false))
    } else if known.is_subtype(Ty::UNBOUND) {
        Outcome::Is(rewrite.b.const_bool(true))
    } else {
        Outcome::Keep
    }
}

// keep_alive (a, b) => keep_alive (b), a of a type whose end nobody notices
pub(super) fn keep_alive(rewrite: &mut Rewrite<'_, '_>, values: Args) -> Outcome {
    let all: Vec<Value> = rewrite.b.func.args(values).to_vec();
    let kept: Vec<Value> = all
        .iter()
        .copied()
        .filter(|value| rewrite.ty(*value).is_counted() && !rewrite.ty(*value).is_scalar())
        .collect();
    if kept.len() == all.len() {
        return Outcome::Keep;
    }
    if !kept.is_empty() {
        rewrite.b.keep_alive(&kept);
    }
    Outcome::Gone
}
