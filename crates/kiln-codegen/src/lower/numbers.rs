//! Numbers: tagged ints, floats in their words and out of them.

use super::Lowering;
use crate::runtime::RuntimeCall as Rt;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, types};
use kiln_hir::{CompareKind, Ty, Value};

/// Added to a float's bits before they are rotated into a word.
const FLONUM_BIAS: i64 = 3 << 60;

pub(super) fn int_cc(op: CompareKind) -> IntCC {
    match op {
        CompareKind::Lt => IntCC::SignedLessThan,
        CompareKind::Le => IntCC::SignedLessThanOrEqual,
        CompareKind::Eq => IntCC::Equal,
        CompareKind::Ne => IntCC::NotEqual,
        CompareKind::Gt => IntCC::SignedGreaterThan,
        CompareKind::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

fn float_cc(op: CompareKind) -> FloatCC {
    match op {
        CompareKind::Lt => FloatCC::LessThan,
        CompareKind::Le => FloatCC::LessThanOrEqual,
        CompareKind::Eq => FloatCC::Equal,
        CompareKind::Ne => FloatCC::NotEqual,
        CompareKind::Gt => FloatCC::GreaterThan,
        CompareKind::Ge => FloatCC::GreaterThanOrEqual,
    }
}

/// Methods that are one Cranelift instruction over the operands.
macro_rules! plain {
    ($($name:ident($($op:ident),*) = $clif:ident;)*) => {$(
        pub(super) fn $name(&mut self, value: Value, $($op: Value),*) {
            $(let $op = self.get($op);)*
            let made = self.b.ins().$clif($($op),*);
            self.set(value, made);
        }
    )*};
}

/// Methods that are one Cranelift instruction with an overflow flag.
macro_rules! checked {
    ($($name:ident = $clif:ident;)*) => {$(
        pub(super) fn $name(&mut self, value: Value, lhs: Value, rhs: Value) {
            let (lhs, rhs) = (self.get(lhs), self.get(rhs));
            let made = self.b.ins().$clif(lhs, rhs);
            self.checked(value, made);
        }
    )*};
}

impl Lowering<'_> {
    pub(super) fn iconst(&mut self, value: i64) -> ir::Value {
        self.wide_constants += u32::from(i32::try_from(value).is_err());
        self.b.ins().iconst(types::I64, value)
    }

    pub(super) fn untag(&mut self, value: Value) -> ir::Value {
        let word = self.get(value);
        self.b.ins().sshr_imm_u(word, 1)
    }

    /// Tags a number; leaves when it does not fit.
    pub(super) fn tag_checked(&mut self, value: Value, number: ir::Value) {
        let (word, overflow) = self.b.ins().sadd_overflow(number, number);
        self.leave_if(value, overflow);
        self.set(value, word);
    }

    /// A result with a flag that says that it does not fit.
    pub(super) fn checked(&mut self, value: Value, (word, overflow): (ir::Value, ir::Value)) {
        self.leave_if(value, overflow);
        self.set(value, word);
    }

    /// Quotient rounded down and remainder of untagged numbers; leaves when the divisor is zero. Numbers have 63 bits, so nothing overflows here.
    pub(super) fn divide(&mut self, value: Value, lhs: Value, rhs: Value) -> (ir::Value, ir::Value) {
        let (a, b) = (self.untag(lhs), self.untag(rhs));
        if self.func.ty(rhs).int_value().is_none_or(|divisor| divisor == 0) {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
            self.leave_if(value, zero);
        }
        let quotient = self.b.ins().sdiv(a, b);
        let product = self.b.ins().imul(quotient, b);
        let remainder = self.b.ins().isub(a, product);
        // Python rounds down: where the remainder is not zero and its sign is not the divisor's, one less, and the divisor more.
        let signs = self.b.ins().bxor(remainder, b);
        let zero = self.iconst(0);
        let differs = self.b.ins().icmp(IntCC::SignedLessThan, signs, zero);
        let nonzero = self.b.ins().icmp(IntCC::NotEqual, remainder, zero);
        let fix = self.b.ins().band(differs, nonzero);
        let less = self.b.ins().iadd_imm_s(quotient, -1);
        let more = self.b.ins().iadd(remainder, b);
        let quotient = self.b.ins().select(fix, less, quotient);
        let remainder = self.b.ins().select(fix, more, remainder);
        (quotient, remainder)
    }

    pub(super) fn shift_left(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (word, count) = (self.get(lhs), self.untag(rhs));
        let too_far = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, count, 62);
        self.leave_if(value, too_far);
        let shifted = self.b.ins().ishl(word, count);
        let back = self.b.ins().sshr(shifted, count);
        let lost = self.b.ins().icmp(IntCC::NotEqual, back, word);
        self.leave_if(value, lost);
        self.set(value, shifted);
    }

    pub(super) fn shift_right(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (word, count) = (self.get(lhs), self.untag(rhs));
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.leave_if(value, negative);
        let most = self.iconst(63);
        let count = self.b.ins().umin(count, most);
        let shifted = self.b.ins().sshr(word, count);
        let word = self.b.ins().band_imm_s(shifted, -2);
        self.set(value, word);
    }

    pub(super) fn true_divide(&mut self, value: Value, lhs: Value, rhs: Value) {
        let mut floats = [lhs, rhs].map(|_| None);
        for (index, operand) in [lhs, rhs].into_iter().enumerate() {
            let number = self.untag(operand);
            // Up to 53 bits a float holds every int, and division is rounded once.
            let moved = self.b.ins().iadd_imm_s(number, 1 << 53);
            let wide = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, moved, 1 << 54);
            self.leave_if(value, wide);
            if index == 1 {
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, number, 0);
                self.leave_if(value, zero);
            }
            floats[index] = Some(self.b.ins().fcvt_from_sint(types::F64, number));
        }
        if let [Some(a), Some(b)] = floats {
            let quotient = self.b.ins().fdiv(a, b);
            self.set(value, quotient);
        }
    }

    /// The float of a word known to be a flonum.
    pub(super) fn decode(&mut self, word: ir::Value) -> ir::Value {
        let rotated = self.b.ins().rotr_imm_u(word, 3);
        let bias = self.iconst(FLONUM_BIAS);
        let bits = self.b.ins().isub(rotated, bias);
        self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits)
    }

    /// The float of a word. Boxes are a cold way beside the road, never a reason to leave: zero is one.
    pub(super) fn unbox(&mut self, value: Value, operand: Value) {
        let (word, ty) = (self.get(operand), self.func.ty(operand));
        let field = self.layout.float_value - 1;
        if ty.is_subtype(Ty::FLONUM) {
            let float = self.decode(word);
            self.set(value, float);
            return;
        }
        if ty.is_subtype(Ty::BOXED_FLOAT) {
            let float = self.b.ins().load(types::F64, MemFlagsData::trusted(), word, field);
            self.set(value, float);
            return;
        }
        let (plain, boxed, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let float = self.b.append_block_param(next, types::F64);
        let low = self.b.ins().band_imm_s(word, 2);
        self.b.ins().brif(low, plain, &[], boxed, &[]);
        self.b.switch_to_block(boxed);
        let loaded = self.b.ins().load(types::F64, MemFlagsData::trusted(), word, field);
        self.b.ins().jump(next, &[BlockArg::Value(loaded)]);
        self.b.switch_to_block(plain);
        let decoded = self.decode(word);
        self.b.ins().jump(next, &[BlockArg::Value(decoded)]);
        self.b.switch_to_block(next);
        self.set(value, float);
    }

    /// The word of a float.
    pub(super) fn boxed(&mut self, value: Value, operand: Value) {
        let float = self.get(operand);
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), float);
        let bias = self.iconst(FLONUM_BIAS);
        let sum = self.b.ins().iadd(bits, bias);
        let word = self.b.ins().rotl_imm_u(sum, 3);
        let (slow, next) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I64);
        let low = self.b.ins().band_imm_s(word, 3);
        let fits = self.b.ins().icmp_imm_s(IntCC::Equal, low, 3);
        self.b.ins().brif(fits, next, &[BlockArg::Value(word)], slow, &[]);
        self.b.switch_to_block(slow);
        let made = self.call_runtime(Rt::box_float, &[float]);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    pub(super) fn truncate(&mut self, value: Value, operand: Value) {
        let float = self.get(operand);
        let size = self.b.ins().fabs(float);
        let limit = self.b.ins().f64const((1u64 << 62) as f64);
        let fits = self.b.ins().fcmp(FloatCC::LessThan, size, limit);
        self.leave_unless(value, fits);
        let number = self.b.ins().fcvt_to_sint_sat(types::I64, float);
        let word = self.b.ins().ishl_imm_u(number, 1);
        self.set(value, word);
    }

    plain! {
        int_add_fits(lhs, rhs) = iadd;
        int_sub_fits(lhs, rhs) = isub;
        int_and(lhs, rhs) = band;
        int_or(lhs, rhs) = bor;
        int_xor(lhs, rhs) = bxor;
        i64_add_fits(lhs, rhs) = iadd;
        i64_sub_fits(lhs, rhs) = isub;
        f64_add(lhs, rhs) = fadd;
        f64_sub(lhs, rhs) = fsub;
        f64_mul(lhs, rhs) = fmul;
        f64_neg(operand) = fneg;
        f64_abs(operand) = fabs;
    }

    checked! {
        int_add = sadd_overflow;
        int_sub = ssub_overflow;
        i64_add = sadd_overflow;
        i64_sub = ssub_overflow;
        i64_mul = smul_overflow;
    }

    pub(super) fn int_mul(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.untag(lhs), self.get(rhs));
        let made = self.b.ins().smul_overflow(lhs, rhs);
        self.checked(value, made);
    }

    pub(super) fn int_mul_fits(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.untag(lhs), self.get(rhs));
        let made = self.b.ins().imul(lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn int_floordiv(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (quotient, _) = self.divide(value, lhs, rhs);
        self.tag_checked(value, quotient);
    }

    pub(super) fn int_mod(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (_, remainder) = self.divide(value, lhs, rhs);
        let word = self.b.ins().ishl_imm_u(remainder, 1);
        self.set(value, word);
    }

    pub(super) fn int_lshift(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.shift_left(value, lhs, rhs);
    }

    pub(super) fn int_rshift(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.shift_right(value, lhs, rhs);
    }

    pub(super) fn int_neg(&mut self, value: Value, operand: Value) {
        let (zero, word) = (self.iconst(0), self.get(operand));
        let made = self.b.ins().ssub_overflow(zero, word);
        self.checked(value, made);
    }

    pub(super) fn int_invert(&mut self, value: Value, operand: Value) {
        let word = self.get(operand);
        let made = self.b.ins().bxor_imm_s(word, -2);
        self.set(value, made);
    }

    pub(super) fn int_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(int_cc(op), lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn int_to_f64(&mut self, value: Value, operand: Value) {
        let number = self.untag(operand);
        let made = self.b.ins().fcvt_from_sint(types::F64, number);
        self.set(value, made);
    }

    pub(super) fn int_truediv(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.true_divide(value, lhs, rhs);
    }

    pub(super) fn untag_int(&mut self, value: Value, operand: Value) {
        let made = self.untag(operand);
        self.set(value, made);
    }

    pub(super) fn tag_int(&mut self, value: Value, operand: Value) {
        let number = self.get(operand);
        self.tag_checked(value, number);
    }

    pub(super) fn tag_int_fits(&mut self, value: Value, operand: Value) {
        let number = self.get(operand);
        let word = self.b.ins().ishl_imm_u(number, 1);
        self.set(value, word);
    }

    pub(super) fn i64_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(int_cc(op), lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn unbox_float(&mut self, value: Value, operand: Value) {
        self.unbox(value, operand);
    }

    pub(super) fn box_float(&mut self, value: Value, operand: Value) {
        self.boxed(value, operand);
    }

    pub(super) fn f64_div(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let zero = self.b.ins().f64const(0.0);
        let is_zero = self.b.ins().fcmp(FloatCC::Equal, rhs, zero);
        self.leave_if(value, is_zero);
        let made = self.b.ins().fdiv(lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn f64_sqrt(&mut self, value: Value, operand: Value) {
        let float = self.get(operand);
        let zero = self.b.ins().f64const(0.0);
        let negative = self.b.ins().fcmp(FloatCC::LessThan, float, zero);
        self.leave_if(value, negative);
        let made = self.b.ins().sqrt(float);
        self.set(value, made);
    }

    pub(super) fn f64_call(&mut self, value: Value, lhs: Value, rhs: Value, kind: u32) {
        let (kind, lhs, rhs) = (self.iconst(kind.into()), self.get(lhs), self.get(rhs));
        let made = self.call_runtime(Rt::f64_call, &[kind, lhs, rhs]);
        self.set(value, made);
    }

    pub(super) fn f64_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().fcmp(float_cc(op), lhs, rhs);
        self.set(value, made);
    }

    pub(super) fn f64_to_int(&mut self, value: Value, operand: Value) {
        self.truncate(value, operand);
    }
}
