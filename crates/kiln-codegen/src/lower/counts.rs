//! Reference counts: one instruction each, of which `in_place.rs` makes what is meant.

use super::Lowering;
use crate::in_place::{Count, FAR};
use cranelift_codegen::ir::{self, AtomicRmwOp, InstBuilder, types};
use kiln_hir::{Ty, Value};

impl Lowering<'_> {
    /// Whether a word of this type can be anything but a pointer.
    pub(super) fn may_be_number(ty: Ty) -> bool {
        ty.could_be(Ty::INT) || ty.could_be(Ty::FLONUM)
    }

    pub(super) fn retain(&mut self, word: ir::Value, maybe_number: bool) {
        let count = Count {
            release: false,
            any: maybe_number,
        };
        self.count(count, word, word);
    }

    pub(super) fn release(&mut self, word: ir::Value, maybe_number: bool) {
        let count = Count {
            release: true,
            any: maybe_number,
        };
        let far = self.b.ins().iadd_imm_s(word, FAR);
        self.count(count, word, far);
    }

    fn count(&mut self, count: Count, word: ir::Value, address: ir::Value) {
        self.counts += 1;
        self.b
            .ins()
            .atomic_rmw(types::I64, count.flags(), AtomicRmwOp::Nand, address, word);
    }

    pub(super) fn incref(&mut self, _: Value, operand: Value) {
        let (word, ty) = (self.get(operand), self.func.ty(operand));
        self.retain(word, Self::may_be_number(ty));
    }

    pub(super) fn decref(&mut self, _: Value, operand: Value) {
        let (word, ty) = (self.get(operand), self.func.ty(operand));
        self.release(word, Self::may_be_number(ty));
    }
}
