//! Arguments, constants, truth values.

use super::Lowering;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, types};
use kiln_hir::{ConstId, FloatBits, Value};

impl Lowering<'_> {
    pub(super) fn param(&mut self, _: Value, _: bool) {
        unreachable!("parameters are in no list of instructions")
    }

    pub(super) fn load_arg(&mut self, value: Value, index: u32) {
        let word = self.args[index as usize + usize::from(self.func.signature.generator)];
        self.set(value, word);
    }

    pub(super) fn const_object(&mut self, value: Value, object: ConstId) {
        let word = self.iconst(self.func.constant(object).word as i64);
        self.set(value, word);
    }

    pub(super) fn const_int(&mut self, value: Value, number: i64) {
        let word = self.iconst(number << 1);
        self.set(value, word);
    }

    pub(super) fn const_none(&mut self, value: Value) {
        let word = self.iconst(self.layout.none as i64);
        self.set(value, word);
    }

    pub(super) fn const_pybool(&mut self, value: Value, truth: bool) {
        let word = self.iconst(if truth { self.layout.true_ } else { self.layout.false_ } as i64);
        self.set(value, word);
    }

    pub(super) fn const_unbound(&mut self, value: Value) {
        let word = self.iconst(self.layout.unbound as i64);
        self.set(value, word);
    }

    pub(super) fn const_i64(&mut self, value: Value, number: i64) {
        let made = self.iconst(number);
        self.set(value, made);
    }

    pub(super) fn const_f64(&mut self, value: Value, number: FloatBits) {
        self.wide_constants += 1;
        let made = self.b.ins().f64const(f64::from_bits(number.0));
        self.set(value, made);
    }

    pub(super) fn const_bool(&mut self, value: Value, truth: bool) {
        let made = self.b.ins().iconst(types::I8, i64::from(truth));
        self.set(value, made);
    }

    pub(super) fn is(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(IntCC::Equal, lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn is_unbound(&mut self, value: Value, operand: Value) {
        let (word, marker) = (self.get(operand), self.iconst(self.layout.unbound as i64));
        let made = self.b.ins().icmp(IntCC::Equal, word, marker);
        self.set(value, made);
    }

    pub(super) fn int_is_true(&mut self, value: Value, operand: Value) {
        let word = self.get(operand);
        let made = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
        self.set(value, made);
    }

    pub(super) fn second_result(&mut self, value: Value) {
        let word = self.b.ins().load(
            types::I64,
            MemFlagsData::trusted(),
            self.thread,
            self.layout.second_result,
        );
        self.set(value, word);
    }

    pub(super) fn bool_not(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let made = self.b.ins().bxor_imm_s(truth, 1);
        self.set(value, made);
    }

    pub(super) fn bool_to_object(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let (t, f) = (
            self.iconst(self.layout.true_ as i64),
            self.iconst(self.layout.false_ as i64),
        );
        let made = self.b.ins().select(truth, t, f);
        self.set(value, made);
    }

    pub(super) fn bool_to_int(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let wide = self.b.ins().uextend(types::I64, truth);
        let made = self.b.ins().ishl_imm_u(wide, 1);
        self.set(value, made);
    }
}
