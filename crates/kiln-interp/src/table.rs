//! The handler of every opcode, in the order of the opcode list.

use crate::state::Handler;
use crate::{
    arith::*, attrs::*, build::*, calls::*, control::*, generators::*, items::*, misc::*, names::*, run::exit,
};
use kiln_bytecode::Op;
use kiln_bytecode::flags::{B_TAKE, NEGATE};
use kiln_object::code::internal;

// Opcode names that Rust or this crate has other uses for.
use crate::control::drop_ as drop;
use crate::misc::raise_ as raise;

macro_rules! table {
    ($( $(#[$m:meta])* $name:ident = $Type:ident { $($field:ident : $kind:ident),* } [$($t:ident)*]; )*) => {
        const OPS: &[Handler] = &[$(Handler($name)),*];
    };
}
kiln_bytecode::for_each_op!(table);

/// Indexed by opcode number.
pub static TABLE: [Handler; 256] = {
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
    t[internal::EXIT as usize] = Handler(exit);
    t[internal::RETURN_GENERATOR_VALUE as usize] = Handler(return_generator_value);
    t[internal::CHECK_INIT as usize] = Handler(check_init);
    t
};

/// Forms that an instruction takes when code is loaded: with plain register operands, and with the sense of a jump
/// known. Interpreter only: the compiler reads the code as it was written.
const QUICK: &[(Op, u8, Handler)] = &[
    (Op::Add, 0, Handler(add_rr)),
    (Op::Sub, 0, Handler(sub_rr)),
    (Op::Mul, 0, Handler(mul_rr)),
    (Op::Truediv, 0, Handler(truediv_rr)),
    (Op::Floordiv, 0, Handler(floordiv_rr)),
    (Op::Mod, 0, Handler(mod_rr)),
    (Op::Lshift, 0, Handler(lshift_rr)),
    (Op::Rshift, 0, Handler(rshift_rr)),
    (Op::And, 0, Handler(and_rr)),
    (Op::Or, 0, Handler(or_rr)),
    (Op::Xor, 0, Handler(xor_rr)),
    (Op::JumpIfLt, 0, Handler(jump_lt_rr)),
    (Op::JumpIfLe, 0, Handler(jump_le_rr)),
    (Op::JumpIfEq, 0, Handler(jump_eq_rr)),
    (Op::JumpIfNe, 0, Handler(jump_ne_rr)),
    (Op::JumpIfGt, 0, Handler(jump_gt_rr)),
    (Op::JumpIfGe, 0, Handler(jump_ge_rr)),
    (Op::JumpIfLt, NEGATE, Handler(jump_not_lt_rr)),
    (Op::JumpIfLe, NEGATE, Handler(jump_not_le_rr)),
    (Op::JumpIfEq, NEGATE, Handler(jump_not_eq_rr)),
    (Op::JumpIfNe, NEGATE, Handler(jump_not_ne_rr)),
    (Op::JumpIfGt, NEGATE, Handler(jump_not_gt_rr)),
    (Op::JumpIfGe, NEGATE, Handler(jump_not_ge_rr)),
    (Op::Move, 0, Handler(move_r)),
    (Op::Move, B_TAKE, Handler(move_t)),
    (Op::LoadAttr, 0, Handler(load_attr_r)),
    (Op::LoadMethod, 0, Handler(load_method_r)),
    (Op::LoadSubscr, 0, Handler(load_subscr_rr)),
];
/// The number of the first quick form.
const FIRST_QUICK: usize = internal::FIRST as usize - QUICK.len();
const _: () = assert!(OPS.len() <= FIRST_QUICK);

/// The form in which an instruction is executed.
pub fn quicken(word: u64) -> u64 {
    let i = kiln_bytecode::Instr(word);
    match QUICK
        .iter()
        .position(|(op, flags, _)| *op as u8 == word as u8 && *flags == i.flags() & !INPLACE_OF_ARITHMETIC(*op))
    {
        Some(n) => word & !0xff | (FIRST_QUICK + n) as u64,
        None => word,
    }
}
/// The in-place flag makes no difference to ints and floats; slow paths look at it themselves.
#[expect(non_snake_case, reason = "reads as the mask that it is")]
fn INPLACE_OF_ARITHMETIC(op: Op) -> u8 {
    if (op as u8) >= Op::Add as u8 && (op as u8) <= Op::Xor as u8 {
        kiln_bytecode::flags::INPLACE
    } else {
        0
    }
}
