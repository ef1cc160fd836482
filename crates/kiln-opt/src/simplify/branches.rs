//! Truth values, and where they lead.

use super::{Outcome, Rewrite};
use kiln_hir::{BlockCall, Inst, Targets, Ty, Value};

fn jump(rewrite: &mut Rewrite<'_, '_>, target: BlockCall) -> Outcome {
    let args = rewrite.b.func.args(target.args).to_vec();
    rewrite.b.jump((target.block, &args));
    Outcome::Gone
}

// branch true, a, b => jump a
// branch false, a, b => jump b
// branch (not x), a, b => branch x, b, a
pub(super) fn branch(
    rewrite: &mut Rewrite<'_, '_>,
    condition: Value,
    then: BlockCall,
    otherwise: BlockCall,
) -> Outcome {
    match rewrite.ty(condition).int_value() {
        Some(0) => return jump(rewrite, otherwise),
        Some(_) => return jump(rewrite, then),
        None => (),
    }
    if let Inst::BoolNot { value } = rewrite.inst(condition) {
        let place = rewrite.value.index();
        rewrite.b.func.insts[place].inst = Inst::Branch {
            condition: value,
            then: otherwise,
            otherwise: then,
        };
    }
    Outcome::Keep
}

// branch_pending x, a, b => jump b, if what made x was rewritten into something that does not raise
pub(super) fn branch_pending(rewrite: &mut Rewrite<'_, '_>, value: Value, next: BlockCall) -> Outcome {
    let last = rewrite.b.func.blocks[rewrite.b.block.index()].insts.last().copied();
    if last == Some(value) && rewrite.b.func.insts[value.index()].catches {
        Outcome::Keep
    } else {
        jump(rewrite, next)
    }
}

// switch n, … => jump
pub(super) fn switch(rewrite: &mut Rewrite<'_, '_>, index: Value, targets: Targets) -> Outcome {
    let Some(index) = rewrite.ty(index).int_value() else {
        return Outcome::Keep;
    };
    let blocks = rewrite.b.func.targets(targets);
    let Some(block) = blocks.get(index as usize).or(blocks.last()).copied() else {
        return Outcome::Keep;
    };
    rewrite.b.jump((block, &[]));
    Outcome::Gone
}

// not true => false
// not (not x) => x
// not (a < b) => a >= b, of ints
pub(super) fn bool_not(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    if let Some(truth) = rewrite.ty(value).int_value() {
        return Outcome::Is(rewrite.b.const_bool(truth == 0));
    }
    match rewrite.inst(value) {
        Inst::BoolNot { value } => Outcome::Is(value),
        Inst::IntCompare { lhs, rhs, op } => Outcome::Is(rewrite.b.int_compare(lhs, rhs, op.negated())),
        Inst::I64Compare { lhs, rhs, op } => Outcome::Is(rewrite.b.i64_compare(lhs, rhs, op.negated())),
        _ => Outcome::Keep,
    }
}

// int_is_true 0 => false
// int_is_true (bool_to_int x) => x
pub(super) fn int_is_true(rewrite: &mut Rewrite<'_, '_>, value: Value) -> Outcome {
    if let Some(number) = rewrite.ty(value).int_value() {
        return Outcome::Is(rewrite.b.const_bool(number != 0));
    }
    match rewrite.inst(value) {
        Inst::BoolToInt { value } => Outcome::Is(value),
        _ => Outcome::Keep,
    }
}

// x is x => true
// x is y => false, if no value is of both types
// (bool_to_object x) is True => x
// (bool_to_object x) is False => not x
pub(super) fn is(rewrite: &mut Rewrite<'_, '_>, lhs: Value, rhs: Value) -> Outcome {
    let func = &*rewrite.b.func;
    if func.root(lhs) == func.root(rhs) {
        return Outcome::Is(rewrite.b.const_bool(true));
    }
    if rewrite.ty(lhs).meet(rewrite.ty(rhs)).is_bottom() {
        return Outcome::Is(rewrite.b.const_bool(false));
    }
    for (object, other) in [(lhs, rhs), (rhs, lhs)] {
        if let Inst::ConstPyBool { value: wanted } = rewrite.inst(other)
            && let Inst::BoolToObject { value } = rewrite.inst(object)
        {
            return Outcome::Is(if wanted { value } else { rewrite.b.bool_not(value) });
        }
    }
    let one = |ty: Ty| ty.is_subtype(Ty::NONE) || ty.is_subtype(Ty::UNBOUND);
    if one(rewrite.ty(lhs)) && one(rewrite.ty(rhs)) {
        return Outcome::Is(rewrite.b.const_bool(true));
    }
    Outcome::Keep
}
