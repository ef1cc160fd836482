//! Reference counts: words that may point, immortals, and what happens to the last reference.

use super::Lowering;
use crate::runtime::{Class, RuntimeCall as Rt};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use kiln_hir::{Ty, Value};

impl Lowering<'_> {
    /// Whether a word of this type can be anything but a pointer.
    pub(super) fn may_be_number(ty: Ty) -> bool {
        ty.could_be(Ty::INT) || ty.could_be(Ty::FLONUM)
    }

    /// Goes on only with words that point; the others go to the block returned.
    pub(super) fn only_pointers(&mut self, word: ir::Value, maybe_number: bool) -> ir::Block {
        let done = self.b.create_block();
        if maybe_number {
            let pointer = self.b.create_block();
            let low = self.b.ins().band_imm_s(word, 3);
            let is_pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            self.b.ins().brif(is_pointer, pointer, &[], done, &[]);
            self.b.switch_to_block(pointer);
        }
        done
    }

    /// Counts by a call, if that is how it is to be done.
    fn count_out_of_line(&mut self, word: ir::Value, which: usize) -> bool {
        let Some(stubs) = self.counting else { return false };
        let signature = self.signature(&[Class::Word], Class::Nothing);
        let target = self.iconst(stubs[which] as i64);
        self.b.ins().call_indirect(signature, target, &[self.thread, word]);
        true
    }

    pub(super) fn retain(&mut self, word: ir::Value, maybe_number: bool) {
        if self.count_out_of_line(word, 0) {
            return;
        }
        let done = self.only_pointers(word, maybe_number);
        let counted = self.b.create_block();
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), word, -1);
        let immortal = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.b.ins().brif(immortal, done, &[], counted, &[]);
        self.b.switch_to_block(counted);
        let more = self.b.ins().iadd_imm_s(count, 1);
        self.b.ins().store(MemFlagsData::trusted(), more, word, -1);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    pub(super) fn release(&mut self, word: ir::Value, maybe_number: bool) {
        if self.count_out_of_line(word, 1) {
            return;
        }
        let done = self.only_pointers(word, maybe_number);
        let (counted, dead) = (self.b.create_block(), self.cold_block());
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), word, -1);
        let immortal = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.b.ins().brif(immortal, done, &[], counted, &[]);
        self.b.switch_to_block(counted);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(MemFlagsData::trusted(), less, word, -1);
        self.b.ins().brif(less, done, &[], dead, &[]);
        self.b.switch_to_block(dead);
        self.call_runtime(Rt::destroy, &[word]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
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
