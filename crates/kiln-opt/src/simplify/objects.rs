//! Operations on any object, where the operands' types say which object it is. They lose their call of the runtime, and with it everything
//! that Python code could have done in it.

use super::{Outcome, Rewrite};
use kiln_hir::{BinaryKind, CacheId, CompareKind, Inst, Ty, UnaryKind, Value};

/// Makes a machine float of a number, if it is one.
fn as_f64(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Value {
    if rewrite.ty(value).is_subtype(Ty::INT) {
        rewrite.b.int_to_f64(value)
    } else {
        rewrite.b.unbox_float(value)
    }
}

/// Whether the operation is one of floats: both are, or one is and the other is an int.
fn are_floats(lhs: Ty, rhs: Ty) -> bool {
    let number = Ty::FLOAT.join(Ty::INT);
    let some = lhs.is_subtype(Ty::FLOAT) || rhs.is_subtype(Ty::FLOAT);
    some && lhs.is_subtype(number) && rhs.is_subtype(number)
}

/// Whether comparing as floats gives what Python gives: a large int is not rounded before it is compared.
fn compare_as_floats(lhs: Ty, rhs: Ty) -> bool {
    let exact =
        |ty: Ty| ty.is_subtype(Ty::FLOAT) || ty.int_value().is_some_and(|number| number.unsigned_abs() <= 1 << 53);
    are_floats(lhs, rhs) && exact(lhs) && exact(rhs)
}

// a + b => int_add a, b, of ints
// a + b => box (unbox a + unbox b), of floats, and of a float and an int
pub(super) fn binary_op(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: BinaryKind) -> Outcome {
    let (a, b) = (rewrite.ty(lhs), rewrite.ty(rhs));
    if a.is_bottom() || b.is_bottom() {
        return Outcome::Keep;
    }
    if a.is_subtype(Ty::INT) && b.is_subtype(Ty::INT) {
        return int_op(rewrite, lhs, rhs, op.plain());
    }
    if are_floats(a, b) {
        float_op(rewrite, lhs, rhs, op.plain())
    } else {
        Outcome::Keep
    }
}

fn int_op(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: BinaryKind) -> Outcome {
    if matches!(op, BinaryKind::Pow | BinaryKind::MatMul) {
        return Outcome::Keep;
    }
    rewrite.reexec_snap();
    let b = &mut *rewrite.b;
    Outcome::Is(match op {
        BinaryKind::Add => b.int_add(lhs, rhs),
        BinaryKind::Sub => b.int_sub(lhs, rhs),
        BinaryKind::Mul => b.int_mul(lhs, rhs),
        BinaryKind::FloorDiv => b.int_floordiv(lhs, rhs),
        BinaryKind::Mod => b.int_mod(lhs, rhs),
        BinaryKind::And => b.int_and(lhs, rhs),
        BinaryKind::Or => b.int_or(lhs, rhs),
        BinaryKind::Xor => b.int_xor(lhs, rhs),
        BinaryKind::Lshift => b.int_lshift(lhs, rhs),
        BinaryKind::Rshift => b.int_rshift(lhs, rhs),
        BinaryKind::TrueDiv => {
            let quotient = b.int_truediv(lhs, rhs);
            b.box_float(quotient)
        }
        _ => return Outcome::Keep,
    })
}

fn float_op(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: BinaryKind) -> Outcome {
    if !matches!(
        op,
        BinaryKind::Add | BinaryKind::Sub | BinaryKind::Mul | BinaryKind::TrueDiv
    ) {
        return Outcome::Keep;
    }
    rewrite.reexec_snap();
    let (a, b) = (as_f64(rewrite, lhs), as_f64(rewrite, rhs));
    let result = match op {
        BinaryKind::Add => rewrite.b.f64_add(a, b),
        BinaryKind::Sub => rewrite.b.f64_sub(a, b),
        BinaryKind::Mul => rewrite.b.f64_mul(a, b),
        _ => rewrite.b.f64_div(a, b),
    };
    Outcome::Is(rewrite.b.box_float(result))
}

/// The comparison as a machine truth value, if the types allow it.
fn machine_compare(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: CompareKind) -> Option<Value> {
    let (a, b) = (rewrite.ty(lhs), rewrite.ty(rhs));
    if a.is_bottom() || b.is_bottom() {
        return None;
    }
    if a.is_subtype(Ty::INT) && b.is_subtype(Ty::INT) {
        return Some(rewrite.b.int_compare(lhs, rhs, op));
    }
    if compare_as_floats(a, b) {
        let (a, b) = (as_f64(rewrite, lhs), as_f64(rewrite, rhs));
        return Some(rewrite.b.f64_compare(a, b, op));
    }
    // None equals only None, unless the other's class has a say.
    let plain = Ty::NONE
        .join(Ty::PY_BOOL)
        .join(Ty::LONG)
        .join(Ty::FLOAT)
        .join(Ty::STR)
        .join(Ty::LIST)
        .join(Ty::TUPLE)
        .join(Ty::DICT);
    let none = a.is_subtype(Ty::NONE) || b.is_subtype(Ty::NONE);
    if none && a.is_subtype(plain) && b.is_subtype(plain) && matches!(op, CompareKind::Eq | CompareKind::Ne) {
        let same = rewrite.b.is(lhs, rhs);
        return Some(if op == CompareKind::Eq {
            same
        } else {
            rewrite.b.bool_not(same)
        });
    }
    None
}

// compare a, b => bool_to_object (int_compare a, b), of ints; likewise of floats
pub(super) fn compare(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: CompareKind) -> Outcome {
    match machine_compare(rewrite, lhs, rhs, op) {
        Some(truth) => Outcome::Is(rewrite.b.bool_to_object(truth)),
        None => Outcome::Keep,
    }
}

// compare_truth a, b => bool_to_int (int_compare a, b), of ints; likewise of floats
pub(super) fn compare_truth(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value, op: CompareKind) -> Outcome {
    match machine_compare(rewrite, lhs, rhs, op) {
        Some(truth) => Outcome::Is(rewrite.b.bool_to_int(truth)),
        None => Outcome::Keep,
    }
}

// truth x => x is True, of a bool
// truth x => x != 0, of an int; likewise of a float
// truth x => len x != 0, of a str, list, tuple, dict
pub(super) fn truth(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    let ty = rewrite.ty(value);
    if ty.is_bottom() {
        return Outcome::Keep;
    }
    let b = &mut *rewrite.b;
    let len = if ty.is_subtype(Ty::PY_BOOL) {
        let yes = b.const_pybool(true);
        let is = b.is(value, yes);
        return Outcome::Is(b.bool_to_int(is));
    } else if ty.is_subtype(Ty::INT) {
        let is = b.int_is_true(value);
        return Outcome::Is(b.bool_to_int(is));
    } else if ty.is_subtype(Ty::NONE) {
        return Outcome::Is(b.const_int(0));
    } else if ty.is_subtype(Ty::FLOAT) {
        let (number, zero) = (b.unbox_float(value), b.const_f64(0.0));
        let is = b.f64_compare(number, zero, CompareKind::Ne);
        return Outcome::Is(b.bool_to_int(is));
    } else if ty.is_subtype(Ty::STR) {
        b.str_len(value)
    } else if ty.is_subtype(Ty::LIST) {
        b.list_len(value)
    } else if ty.is_subtype(Ty::TUPLE) {
        b.tuple_len(value)
    } else if ty.is_subtype(Ty::DICT) {
        b.dict_len(value)
    } else {
        return Outcome::Keep;
    };
    let zero = b.const_i64(0);
    let is = b.i64_compare(len, zero, CompareKind::Ne);
    Outcome::Is(b.bool_to_int(is))
}

// not x => bool_to_object (not (truth x)), of what has a known truth
// -x => int_neg x, of an int; box (-unbox x), of a float
// +x => x, of an int or float
pub(super) fn unary_op(rewrite: &mut Rewrite<'_, '_>, value: Value, op: UnaryKind, _: CacheId) -> Outcome {
    let ty = rewrite.ty(value);
    if ty.is_bottom() {
        return Outcome::Keep;
    }
    let (is_int, is_float) = (ty.is_subtype(Ty::INT), ty.is_subtype(Ty::FLOAT));
    match op {
        UnaryKind::Not => match truth(rewrite, value) {
            Outcome::Is(number) => {
                let truth = rewrite.b.int_is_true(number);
                let not = rewrite.b.bool_not(truth);
                Outcome::Is(rewrite.b.bool_to_object(not))
            }
            _ => Outcome::Keep,
        },
        UnaryKind::Neg if is_int => {
            rewrite.reexec_snap();
            Outcome::Is(rewrite.b.int_neg(value))
        }
        UnaryKind::Neg if is_float => {
            let number = rewrite.b.unbox_float(value);
            let negated = rewrite.b.f64_neg(number);
            Outcome::Is(rewrite.b.box_float(negated))
        }
        UnaryKind::Pos if is_int || is_float => Outcome::Is(value),
        UnaryKind::Invert if is_int => Outcome::Is(rewrite.b.int_invert(value)),
        _ => Outcome::Keep,
    }
}

// tuple_item_at t, constant => tuple_item t, constant
pub(super) fn tuple_item_at(rewrite: &mut Rewrite<'_, '_>, tuple: Value, index: Value) -> Outcome {
    match rewrite.ty(index).int_value() {
        Some(index) => Outcome::Is(rewrite.b.tuple_item(tuple, index as u32)),
        None => Outcome::Keep,
    }
}

// tuple_len (build_tuple …) => constant
pub(super) fn tuple_len(rewrite: &mut Rewrite<'_, '_>, tuple: Value) -> Outcome {
    match rewrite.inst(tuple) {
        Inst::BuildTuple { items } => Outcome::Is(rewrite.b.const_i64(items.len() as i64)),
        Inst::Unpack { count, .. } => Outcome::Is(rewrite.b.const_i64(count.into())),
        _ => Outcome::Keep,
    }
}

// tuple_item (build_tuple …), i => the item, unless it is counted: the tuple keeps it alive for nothing
pub(super) fn tuple_item(rewrite: &mut Rewrite<'_, '_>, tuple: Value, index: u32) -> Outcome {
    match rewrite.inst(tuple) {
        Inst::BuildTuple { items } => {
            let item = rewrite.b.func.args(items)[index as usize];
            if rewrite.ty(item).is_counted() {
                Outcome::Keep
            } else {
                Outcome::Is(item)
            }
        }
        _ => Outcome::Keep,
    }
}
