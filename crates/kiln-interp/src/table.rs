//! The handler of every opcode, in the order of the opcode list.

use crate::state::{Handler, Pc};
use crate::{
    arith::*, attrs::*, build::*, calls::*, compare::*, conditions::*, control::*, generators::*, items::*, loops::*,
    misc::*, names::*, native::*, run::exit, unpack::*,
};
use kiln_bytecode::Op;
use kiln_bytecode::flags::{B_CONST, B_TAKE, C_CONST, C_TAKE, INPLACE, NEGATE};
use kiln_object::Value;
use kiln_object::code::internal;
use kiln_object::thread::Thread;
use std::cell::Cell;

// Opcode names that Rust or this crate has other uses for.
use crate::control::drop_ as drop;
use crate::misc::raise_ as raise;

macro_rules! table {
    ($( $(#[$m:meta])* $name:ident = $Type:ident { $($field:ident : $kind:ident),* } [$($t:ident)*]; )*) => {
        const OPS: &[Handler] = &[$(Handler($name)),*];
    };
}
kiln_bytecode::for_each_op!(table);

/// The table that dispatch goes by: [`HANDLERS`], unless instructions are counted.
pub struct Live([Cell<Handler>; 256], Cell<bool>);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: written before the first instruction is executed.
unsafe impl Sync for Live {}
impl Live {
    pub fn as_ptr(&self) -> *const Handler {
        self.0.as_ptr() as *const Handler
    }
    /// From now on `count` handles every instruction that is part of some code.
    pub fn count_with(
        &self,
        count: extern "sysv64" fn(Pc, *mut Value, &'static Thread, u64, *mut Value, *const Handler) -> u64,
    ) {
        self.1.set(true);
        for (op, handler) in self.0.iter().enumerate() {
            if op != internal::EXIT as usize && !(internal::FIRST..=internal::CHECK_INIT).contains(&(op as u8)) {
                handler.set(Handler(count));
            }
        }
    }
}
impl Live {
    /// Whether instructions are counted or traced.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.1.get()
    }
    /// From now on every instruction is handled by its own handler again.
    pub fn restore(&self) {
        self.1.set(false);
        for (op, handler) in self.0.iter().enumerate() {
            handler.set(HANDLERS[op]);
        }
    }
}
/// The handlers themselves, whatever dispatch goes by.
impl std::ops::Index<usize> for Live {
    type Output = Handler;
    fn index(&self, op: usize) -> &Handler {
        const REAL: &[Handler; 256] = &HANDLERS;
        &REAL[op]
    }
}
pub static TABLE: Live = {
    let mut live = [const { Cell::new(Handler(nop)) }; 256];
    let mut i = 0;
    while i < 256 {
        live[i] = Cell::new(HANDLERS[i]);
        i += 1;
    }
    Live(live, Cell::new(false))
};

/// Indexed by opcode number.
pub const HANDLERS: [Handler; 256] = {
    let mut t = [Handler(nop); 256];
    let mut i = 0;
    while i < OPS.len() {
        t[i] = OPS[i];
        i += 1;
    }
    let mut i = 0;
    while i < QUICK.len() {
        t[FIRST_QUICK + i] = QUICK[i].2;
        i += 1;
    }
    let mut i = 0;
    while i < ADAPTED.len() {
        t[adapted::FIRST as usize + i] = ADAPTED[i];
        i += 1;
    }
    t[internal::EXIT as usize] = Handler(exit);
    t[internal::RETURN_GENERATOR_VALUE as usize] = Handler(return_generator_value);
    t[internal::CHECK_INIT as usize] = Handler(check_init);
    let mut i = internal::FILL_FIRST;
    while i <= internal::FILL_LAST {
        t[i as usize] = Handler(for_iter_generator);
        i += 1;
    }
    t[internal::SUM_STEP as usize] = Handler(sum_step);
    t[internal::STOP_ITERATION as usize] = Handler(stop_iteration);
    t[internal::RETURN_HIDDEN as usize] = Handler(return_hidden);
    t
};

/// Forms that an instruction takes when code is loaded: with plain register operands, and with the sense of a jump
/// known. Interpreter only: the compiler reads the code as it was written.
const QUICK: &[(Op, u8, Handler)] = &[
    (Op::Add, 0, Handler(add_rr)),
    (Op::Add, C_CONST, Handler(add_rc)),
    (Op::Add, B_CONST, Handler(add_cr)),
    (Op::Sub, 0, Handler(sub_rr)),
    (Op::Sub, C_CONST, Handler(sub_rc)),
    (Op::Sub, B_CONST, Handler(sub_cr)),
    (Op::Mul, 0, Handler(mul_rr)),
    (Op::Mul, C_CONST, Handler(mul_rc)),
    (Op::Mul, B_CONST, Handler(mul_cr)),
    (Op::Truediv, 0, Handler(truediv_rr)),
    (Op::Truediv, C_CONST, Handler(truediv_rc)),
    (Op::Truediv, B_CONST, Handler(truediv_cr)),
    (Op::Floordiv, 0, Handler(floordiv_rr)),
    (Op::Floordiv, C_CONST, Handler(floordiv_rc)),
    (Op::Floordiv, B_CONST, Handler(floordiv_cr)),
    (Op::Mod, 0, Handler(mod_rr)),
    (Op::Mod, C_CONST, Handler(mod_rc)),
    (Op::Mod, B_CONST, Handler(mod_cr)),
    (Op::Lshift, 0, Handler(lshift_rr)),
    (Op::Lshift, C_CONST, Handler(lshift_rc)),
    (Op::Lshift, B_CONST, Handler(lshift_cr)),
    (Op::Rshift, 0, Handler(rshift_rr)),
    (Op::Rshift, C_CONST, Handler(rshift_rc)),
    (Op::Rshift, B_CONST, Handler(rshift_cr)),
    (Op::And, 0, Handler(and_rr)),
    (Op::And, C_CONST, Handler(and_rc)),
    (Op::And, B_CONST, Handler(and_cr)),
    (Op::Or, 0, Handler(or_rr)),
    (Op::Or, C_CONST, Handler(or_rc)),
    (Op::Or, B_CONST, Handler(or_cr)),
    (Op::Xor, 0, Handler(xor_rr)),
    (Op::Xor, C_CONST, Handler(xor_rc)),
    (Op::Xor, B_CONST, Handler(xor_cr)),
    (Op::JumpIfLt, 0, Handler(jump_lt_rr)),
    (Op::JumpIfLt, NEGATE, Handler(jump_not_lt_rr)),
    (Op::JumpIfLt, C_CONST, Handler(jump_lt_rc)),
    (Op::JumpIfLt, C_CONST | NEGATE, Handler(jump_not_lt_rc)),
    (Op::JumpIfLe, 0, Handler(jump_le_rr)),
    (Op::JumpIfLe, NEGATE, Handler(jump_not_le_rr)),
    (Op::JumpIfLe, C_CONST, Handler(jump_le_rc)),
    (Op::JumpIfLe, C_CONST | NEGATE, Handler(jump_not_le_rc)),
    (Op::JumpIfEq, 0, Handler(jump_eq_rr)),
    (Op::JumpIfEq, NEGATE, Handler(jump_not_eq_rr)),
    (Op::JumpIfEq, C_CONST, Handler(jump_eq_rc)),
    (Op::JumpIfEq, C_CONST | NEGATE, Handler(jump_not_eq_rc)),
    (Op::JumpIfNe, 0, Handler(jump_ne_rr)),
    (Op::JumpIfNe, NEGATE, Handler(jump_not_ne_rr)),
    (Op::JumpIfNe, C_CONST, Handler(jump_ne_rc)),
    (Op::JumpIfNe, C_CONST | NEGATE, Handler(jump_not_ne_rc)),
    (Op::JumpIfGt, 0, Handler(jump_gt_rr)),
    (Op::JumpIfGt, NEGATE, Handler(jump_not_gt_rr)),
    (Op::JumpIfGt, C_CONST, Handler(jump_gt_rc)),
    (Op::JumpIfGt, C_CONST | NEGATE, Handler(jump_not_gt_rc)),
    (Op::JumpIfGe, 0, Handler(jump_ge_rr)),
    (Op::JumpIfGe, NEGATE, Handler(jump_not_ge_rr)),
    (Op::JumpIfGe, C_CONST, Handler(jump_ge_rc)),
    (Op::JumpIfGe, C_CONST | NEGATE, Handler(jump_not_ge_rc)),
    (Op::Move, 0, Handler(move_r)),
    (Op::Move, B_TAKE, Handler(move_t)),
    (Op::LoadAttr, 0, Handler(load_attr_r)),
    (Op::LoadAttr, B_TAKE, Handler(load_attr_t)),
    (Op::StoreAttr, 0, Handler(store_attr_rr)),
    (Op::StoreAttr, B_TAKE, Handler(store_attr_rt)),
    (Op::LoadMethod, 0, Handler(load_method_r)),
    (Op::LoadMethod, B_TAKE, Handler(load_method_t)),
    (Op::LoadSubscr, 0, Handler(load_subscr_rr)),
    (Op::LoadSubscr, B_TAKE, Handler(load_subscr_tr)),
];
/// The number of the first quick form.
const FIRST_QUICK: usize = internal::FIRST as usize - QUICK.len();

/// Forms that a call takes when it is first executed: see `native`. Interpreter only, as the quick forms.
pub mod adapted {
    macro_rules! numbered {
        ($($name:ident),* $(,)?) => { numbered!(@ 0u8, $($name,)*); };
        (@ $n:expr, $name:ident, $($rest:ident,)*) => { pub const $name: u8 = FIRST + $n; numbered!(@ $n + 1, $($rest,)*); };
        (@ $n:expr,) => {};
    }
    pub const FIRST: u8 = (super::FIRST_QUICK - super::ADAPTED.len()) as u8;
    numbered!(
        CALL_PYTHON,
        CALL_CLASS,
        CALL_CLASS_PYTHON,
        CALL_STR,
        CALL_NATIVE,
        CALL_NATIVE_1,
        CALL_NATIVE_2,
        CALL_NATIVE_3,
        CALL_LEN,
        CALL_ISINSTANCE,
        CALL_METHOD_PYTHON,
        CALL_METHOD_NATIVE,
        CALL_METHOD_NATIVE_1,
        CALL_METHOD_NATIVE_2,
        CALL_METHOD_NATIVE_3,
        CALL_APPEND,
        CALL_FREE,
    );
}
const ADAPTED: &[Handler] = &[
    Handler(call_python),
    Handler(call_class),
    Handler(call_class_python),
    Handler(call_str),
    Handler(call_native),
    Handler(call_native_1),
    Handler(call_native_2),
    Handler(call_native_3),
    Handler(call_len),
    Handler(call_isinstance),
    Handler(call_method_python),
    Handler(call_method_native),
    Handler(call_method_native_1),
    Handler(call_method_native_2),
    Handler(call_method_native_3),
    Handler(call_append),
    Handler(call_free),
];
const _: () = assert!(OPS.len() <= adapted::FIRST as usize && adapted::CALL_FREE as usize == FIRST_QUICK - 1);
/// Whether an opcode as it is executed is a method call's.
pub fn is_method_call(op: u8) -> bool {
    op == Op::CallMethod as u8 || (adapted::CALL_METHOD_PYTHON..=adapted::CALL_FREE).contains(&op)
}

/// The form in which an instruction is executed.
pub fn quicken(word: u64) -> u64 {
    let i = kiln_bytecode::Instr(word);
    let Some(op) = Op::from_u8(word as u8) else { return word };
    let flags = i.flags() & !indifferent(op);
    match QUICK.iter().position(|(o, f, _)| *o == op && *f == flags) {
        Some(n) => word & !0xff | (FIRST_QUICK + n) as u64,
        None => word,
    }
}
/// Flags that make no difference to the quick form: ints and flonums are consumed by being read, and arithmetic on them
/// is the same in place. Slow paths look at the instruction's flags themselves.
fn indifferent(op: Op) -> u8 {
    let n = op as u8;
    if (Op::Add as u8..=Op::Xor as u8).contains(&n) {
        INPLACE | B_TAKE | C_TAKE
    } else if (Op::JumpIfLt as u8..=Op::JumpIfGe as u8).contains(&n) {
        B_TAKE | C_TAKE
    } else {
        0
    }
}
