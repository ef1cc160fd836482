//! Reference counts: words that may point, immortals, and what happens to the last reference.

use super::Lowering;
use crate::compile::Effort;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, Signature, types};
use cranelift_codegen::isa::CallConv;
use kiln_hir::{Ty, Value};

impl Lowering<'_> {
    /// Whether a word of this type can be anything but a pointer.
    pub(super) fn may_be_number(ty: Ty) -> bool {
        ty.could_be(Ty::INT) || ty.could_be(Ty::FLONUM)
    }

    /// Goes on only with words that point; the others go to the block returned.
    fn only_pointers(&mut self, word: ir::Value, maybe_number: bool) -> ir::Block {
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

    /// Calls code that changes no register.
    fn call_preserving(&mut self, target: u64, word: ir::Value) {
        let signature = *self.preserving.get_or_insert_with(|| {
            let mut signature = Signature::new(CallConv::PreserveAll);
            signature.params.extend([AbiParam::new(types::I64); 2]);
            self.b.import_signature(signature)
        });
        let target = self.iconst(target as i64);
        self.b.ins().call_indirect(signature, target, &[self.thread, word]);
    }

    // Going round the store for what is immortal takes blocks, which take time to compile; a store to where nobody looks instead makes
    // programs slower by a tenth.
    pub(super) fn retain(&mut self, word: ir::Value, maybe_number: bool) {
        if self.effort == Effort::Little {
            return self.call_preserving(self.counting.retain, word);
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
        if self.effort == Effort::Little {
            return self.call_preserving(self.counting.release, word);
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
        self.call_preserving(self.counting.destroy, word);
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
