//! Rewrites of one instruction at a time, from what is known of its operands. The rules are in the files beside this one, by theme, each with its
//! algebra above it.
//!
//! ```text
//!   v2: Int = guard_type v1 [Int] @s0             (v1 is an Int)
//!   v3: Int = int_add v2, v0 @s0            =>    v1
//! ```
//!
//! Walks in dominance order, so that a rule sees what others made of its operands, and again while anything changed, a few times at most.
//! Cost: one look at the opcode for most instructions.

mod branches;
mod floats;
mod guards;
mod ints;
mod objects;

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::Cfg;
use kiln_hir::{Builder, Function, Inst, Ty, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "simplify",
    required: false,
    run,
};

/// What a rule says.
pub(crate) enum Outcome {
    /// Nothing: the instruction stays.
    Keep,
    /// It is this value.
    Is(Value),
    /// It is not needed and has no result.
    Gone,
    /// It never gets past here: leave at its frame state.
    Leaves,
}

/// What a rule works on: the builder appends before the instruction.
pub(crate) struct Rewrite<'a, 'f> {
    pub b: &'a mut Builder<'f>,
    pub value: Value,
}

impl Rewrite<'_, '_> {
    /// The type of an operand.
    pub fn ty(&self, value: Value) -> Ty {
        self.b.func.ty(value)
    }

    /// The instruction that makes an operand.
    pub fn inst(&self, value: Value) -> Inst {
        *self.b.func.inst(value)
    }

    /// What follows leaves or raises with the frame state of the instruction that is rewritten.
    pub fn keep_snap(&mut self) {
        self.b.snap = self.b.func.snap(self.value);
    }

    /// What follows leaves so that the interpreter executes the instruction again.
    pub fn reexec_snap(&mut self) {
        if let Some(snap) = self.b.func.snap(self.value) {
            self.b.snap = Some(self.b.func.snap_to_reexec(snap));
        }
    }
}

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let mut changed = false;
    for _ in 0..4 {
        let before = func.insts.len();
        if !walk(func, context) {
            break;
        }
        changed = true;
        debug_assert!(func.insts.len() < before + 100_000);
    }
    changed.into()
}

fn walk(func: &mut Function, context: &mut Context<'_>) -> bool {
    let cfg = Cfg::new(func);
    let mut changed = false;
    let mut spare = Vec::new();
    for &block in &cfg.order {
        let mut insts = std::mem::replace(&mut func.blocks[block.index()].insts, spare);
        let mut b = func.at_end(block);
        for &value in &insts {
            if b.func.has_replacements() {
                let func = &mut *b.func;
                func.update_operands(value);
                let ty = func.infer_type(value);
                if !ty.same(func.ty(value)) && ty.is_subtype(func.ty(value)) {
                    func.insts[value.index()].ty = ty;
                }
            }
            let outcome = if matches!(b.func.inst(value), Inst::Param { .. }) || !context.may_rewrite() {
                Outcome::Keep
            } else {
                rewrite(&mut Rewrite { b: &mut b, value })
            };
            match outcome {
                Outcome::Keep => b.keep(value),
                Outcome::Is(by) => {
                    b.func.replace(value, by);
                    changed = true;
                }
                Outcome::Gone => changed = true,
                Outcome::Leaves => {
                    b.snap = b.func.snap(value);
                    b.exit();
                    changed = true;
                    break;
                }
            }
        }
        insts.clear();
        spare = insts;
    }
    func.apply_replacements();
    changed
}

fn rewrite(rewrite: &mut Rewrite<'_, '_>) -> Outcome {
    match rewrite.inst(rewrite.value) {
        Inst::GuardType { value, ty } => guards::guard_type(rewrite, value, ty),
        Inst::Refine { value, ty } => guards::refine(rewrite, value, ty),
        Inst::GuardIs { value, object } => guards::guard_is(rewrite, value, object),
        Inst::GuardShape { .. } => guards::guard_shape(rewrite),
        Inst::GuardBound { value } | Inst::CheckBound { value, .. } => guards::bound(rewrite, value),
        Inst::GuardTrue { condition } => guards::guard_true(rewrite, condition),
        Inst::KeepAlive { values } => guards::keep_alive(rewrite, values),
        Inst::HasType { value, ty } => guards::has_type(rewrite, value, ty),
        Inst::IsUnbound { value } => guards::is_unbound(rewrite, value),

        Inst::Branch {
            condition,
            then,
            otherwise,
        } => branches::branch(rewrite, condition, then, otherwise),
        Inst::BranchPending { value, next, .. } => branches::branch_pending(rewrite, value, next),
        Inst::Switch { index, targets } => branches::switch(rewrite, index, targets),
        Inst::BoolNot { value } => branches::bool_not(rewrite, value),
        Inst::IntIsTrue { value } => branches::int_is_true(rewrite, value),
        Inst::Is { lhs, rhs } => branches::is(rewrite, lhs, rhs),

        Inst::Truth { value, .. } => objects::truth(rewrite, value),
        Inst::UnaryOp { value, op, cache } => objects::unary_op(rewrite, value, op, cache),
        Inst::BinaryOp { lhs, rhs, op, .. } => objects::binary_op(rewrite, lhs, rhs, op),
        Inst::Compare { lhs, rhs, op, .. } => objects::compare(rewrite, lhs, rhs, op),
        Inst::CompareTruth { lhs, rhs, op, .. } => objects::compare_truth(rewrite, lhs, rhs, op),
        Inst::TupleItemAt { tuple, index } => objects::tuple_item_at(rewrite, tuple, index),
        Inst::TupleLen { tuple } => objects::tuple_len(rewrite, tuple),
        Inst::TupleItem { tuple, index } => objects::tuple_item(rewrite, tuple, index),

        Inst::IntAdd { lhs, rhs } | Inst::IntAddFits { lhs, rhs } => ints::add(rewrite, lhs, rhs),
        Inst::IntSub { lhs, rhs } | Inst::IntSubFits { lhs, rhs } => ints::sub(rewrite, lhs, rhs),
        Inst::IntMul { lhs, rhs } | Inst::IntMulFits { lhs, rhs } => ints::mul(rewrite, lhs, rhs),
        Inst::IntFloorDiv { lhs, rhs } => ints::floordiv(rewrite, lhs, rhs),
        Inst::IntMod { lhs, rhs } => ints::modulo(rewrite, lhs, rhs),
        Inst::IntAnd { lhs, rhs } => ints::and(rewrite, lhs, rhs),
        Inst::IntOr { lhs, rhs } => ints::or(rewrite, lhs, rhs),
        Inst::IntXor { lhs, rhs } => ints::xor(rewrite, lhs, rhs),
        Inst::IntNeg { value } => ints::neg(rewrite, value),
        Inst::IntCompare { lhs, rhs, op } | Inst::I64Compare { lhs, rhs, op } => ints::compare(rewrite, lhs, rhs, op),
        Inst::UntagInt { value } => ints::untag(rewrite, value),
        Inst::TagInt { value } | Inst::TagIntFits { value } => ints::tag(rewrite, value),
        Inst::BoolToInt { value } => ints::bool_to_int(rewrite, value),
        Inst::BoolToObject { value } => ints::bool_to_object(rewrite, value),

        Inst::UnboxFloat { value } => floats::unbox(rewrite, value),
        Inst::BoxFloat { value } => floats::boxed(rewrite, value),
        Inst::IntToF64 { value } => floats::int_to_f64(rewrite, value),
        Inst::F64Add { lhs, rhs } => floats::fold(rewrite, lhs, rhs, |a, b| a + b),
        Inst::F64Sub { lhs, rhs } => floats::fold(rewrite, lhs, rhs, |a, b| a - b),
        Inst::F64Mul { lhs, rhs } => floats::fold(rewrite, lhs, rhs, |a, b| a * b),
        Inst::F64Div { lhs, rhs } => floats::div(rewrite, lhs, rhs),
        Inst::F64Neg { value } => floats::neg(rewrite, value),
        _ => Outcome::Keep,
    }
}
