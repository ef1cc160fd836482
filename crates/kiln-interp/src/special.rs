//! Special methods written in Python: an operator, a subscript, a property or a loop that finds one gives it a frame, as a
//! call would, instead of starting a run of its own.
//!
//! Such a frame lies behind its caller's registers, with one word in between that says how far the instruction had come
//! ([`stage`]). Its saved data pointer carries [`SPECIAL_MARK`]: what it returns is not left in its window but handed to
//! [`finish`], which completes the instruction that the caller executes: the one before the address that the frame
//! returns to. Whatever walks frames sees an ordinary call.
//!
//! What belongs here: when a method may get a frame, and what becomes of its result. What the operators mean is
//! `kiln_object::ops`' business, and everything that is not frequent is left to it.

use crate::calls;
use crate::control::SPECIAL_MARK;
use crate::state::{Ins, S, handler};
use crate::words::{read_word, typed, write_word};
use kiln_bytecode::{Op, flags};
use kiln_object::code::CodeObject;
use kiln_object::exc;
use kiln_object::function::Function;
use kiln_object::ops::{self, BinaryOp, CompareOp};
use kiln_object::shape::known;
use kiln_object::{Object, Raised, Special, Value};

/// How far an instruction had come when it entered a method.
pub mod stage {
    /// The left operand's method, or the only one.
    pub const FIRST: u64 = 0;
    /// The right operand's reflected method: nothing is left to try.
    pub const REFLECTED: u64 = 1;
    /// The left operand's in-place method.
    pub const IN_PLACE: u64 = 2;
}

/// Enters `f` for the instruction being executed, if it is a function that takes these arguments as they are; else nothing
/// happens, and the caller calls it some other way.
#[inline]
pub fn enter(s: &mut S, f: Value, args: &[Value], stage: u64) -> bool {
    if !f.is_ptr() || f.header().shape().0 != known::FUNCTION || crate::single::is_single(s) {
        return false;
    }
    let code = typed::<CodeObject>(typed::<Function>(f).code.raw());
    let h = code.hotness.get();
    let at = s.fp.wrapping_add(s.code().reg_count.get() as usize);
    let window = at.wrapping_add(1);
    // Compiled code, and what is to be compiled, is native code's to call.
    // Nor does a generator function need a frame to make a generator.
    if code.fast_args.get() as usize != args.len()
        || h >= code.threshold.get()
        || code.is_generator()
        || !calls::fits(s, window, code)
    {
        return false;
    }
    code.count(h);
    write_word(at, Value(stage << 1));
    f.incref();
    write_word(window, f);
    for (i, v) in args.iter().enumerate() {
        v.incref();
        write_word(window.wrapping_add(4 + i), *v);
    }
    calls::enter(s, window, code);
    s.set_link(1, s.link(1) | SPECIAL_MARK);
    true
}

/// Tries to enter the method of a binary operator. Nothing has been tried yet.
pub fn enter_binary(s: &mut S, op: BinaryOp, in_place: bool, b: Value, c: Value) -> bool {
    let (tb, tc) = (b.class(), c.class());
    if !tb.is_heap_type() && !tc.is_heap_type() {
        return false;
    }
    if in_place && let Some(f) = tb.special(op.special().in_place()) {
        return enter(s, f, &[b, c], stage::IN_PLACE);
    }
    let same = std::ptr::eq(tb, tc);
    let right = if same {
        None
    } else {
        tc.special(op.special().reflected())
    };
    let Some(left) = tb.special(op.special()) else {
        return right.is_some_and(|r| enter(s, r, &[c, b], stage::REFLECTED));
    };
    match right {
        None => enter(s, left, &[b, c], stage::FIRST),
        // A subclass's reflected method comes first, and some sequences give way.
        Some(_) if tc.is_subtype(tb) => false,
        Some(r) if is_number(b) && !is_number(c) => {
            // The operand knows nothing of the other's class: its method would say so.
            enter(s, r, &[c, b], stage::REFLECTED)
        }
        Some(_) => enter(s, left, &[b, c], stage::FIRST),
    }
}
/// An int or a float: their operators decline everything else.
fn is_number(v: Value) -> bool {
    v.as_int().is_some() || v.as_float().is_some()
}
/// The same of a comparison.
pub fn enter_compare(s: &mut S, op: CompareOp, b: Value, c: Value) -> bool {
    let (tb, tc) = (b.class(), c.class());
    if !tb.is_heap_type() {
        return false;
    }
    if !std::ptr::eq(tb, tc) && tc.is_subtype(tb) {
        return false;
    }
    tb.special(op.special())
        .is_some_and(|f| enter(s, f, &[b, c], stage::FIRST))
}

// The frame of a special method returns: the word is its result, owned.
handler!(return_special, s, ins, {
    #[inline(never)]
    fn worker(
        pc: crate::state::Pc,
        fp: *mut Value,
        th: &'static kiln_object::thread::Thread,
        word: u64,
        ks: *mut Value,
        table: *const crate::state::Handler,
    ) -> bool {
        let mut s = S { pc, fp, th, ks, table };
        crate::control::clear_returning(&s);
        let ok = leave(&mut s, Object::from_owned(Value(word))).is_ok();
        s.leave_behind();
        ok
    }
    if worker(s.pc, s.fp, s.th, ins.0, s.ks, s.table) {
        s.taken_up().next()
    } else {
        s.taken_up().go(crate::run::UNWIND, 0)
    }
});
/// Pops the frame of a special method, whose registers hold nothing any more, and completes its caller's instruction.
pub fn leave(s: &mut S, v: Object) -> Result<(), Raised> {
    let callable = s.callable();
    write_word(s.fp.wrapping_sub(4), Value::ZERO);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    let link = s.fp.wrapping_sub(1);
    crate::generators::pop_links(s);
    // With its mark the word would pass for a heap pointer in a frame to come.
    write_word(link, Value::ZERO);
    let r = finish(s, v);
    callable.decref();
    r
}

/// Completes the instruction before the state's with what its special method returned.
fn finish(s: &mut S, v: Object) -> Result<(), Raised> {
    s.sync();
    let ins = Ins(read_word(s.pc.wrapping_sub(1) as *const Value).0);
    let op = s.code().instr(s.index()).op();
    if op == Op::LoadAttr {
        s.consume(ins);
        s.put(ins.a(), v);
        return Ok(());
    }
    if let Some((binary, b, c)) = binary_of(s, ins, op) {
        let v = if v.is_not_implemented() {
            match stage_of(s) {
                stage::IN_PLACE => ops::binary_after_in_place(binary, b, c)?,
                stage::REFLECTED => return Err(ops::unsupported_operands(binary, ins.has(flags::INPLACE), b, c)),
                _ => ops::binary_after_left(binary, ins.has(flags::INPLACE), b, c)?,
            }
        } else {
            v
        };
        release_operands(s, ins, op);
        s.put(ins.a(), v);
        return Ok(());
    }
    if let Some((compare, b, c)) = compare_of(s, ins, op) {
        let v = if v.is_not_implemented() {
            ops::compare_after_left(compare, b, c)?
        } else {
            v
        };
        if is_between(op, Op::Lt, Op::Ge) {
            s.consume(ins);
            s.put(ins.a(), v);
            return Ok(());
        }
        let holds = ops::is_true(v.value())?;
        release_operands(s, ins, op);
        if holds != ins.has(flags::NEGATE) {
            s.skip(ins.a() as i16 as i64);
        }
        return Ok(());
    }
    match op {
        Op::LoadSubscr | Op::Neg | Op::Pos | Op::Invert => {
            s.consume(ins);
            s.put(ins.a(), v);
        }
        Op::StoreSubscr | Op::DeleteSubscr | Op::StoreAttr => {
            drop(v);
            s.consume(ins);
        }
        Op::In | Op::JumpIfIn => {
            let holds = ops::is_true(v.value())? != ins.has(flags::NEGATE);
            s.consume(ins);
            if op == Op::In {
                s.put(ins.a(), Object::bool(holds));
            } else if holds {
                s.skip(ins.a() as i16 as i64);
            }
        }
        Op::Not | Op::ToBool | Op::JumpIfTrue | Op::JumpIfFalse => {
            if !v.is_true() && !v.is_false() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__bool__ should return bool, returned {}",
                    v.class().name()
                ));
            }
            let t = v.is_true();
            s.consume(ins);
            match op {
                Op::Not => s.put(ins.a(), Object::bool(!t)),
                Op::ToBool => s.put(ins.a(), v),
                _ if t == (op == Op::JumpIfTrue) => s.skip(ins.bc() as i32 as i64),
                _ => {}
            }
        }
        Op::GetIter | Op::GetYieldFromIter => {
            if v.class().special(Special::Next).is_none() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "iter() returned non-iterator of type '{}'",
                    v.class().name()
                ));
            }
            s.consume(ins);
            s.put(ins.a(), v);
        }
        Op::ForIter => s.put(ins.a(), v),
        _ => kiln_object::bug!("a special method was entered by {op:?}"),
    }
    Ok(())
}
fn is_between(op: Op, first: Op, last: Op) -> bool {
    (first as u8..=last as u8).contains(&(op as u8))
}
/// The operator of a binary instruction, and its operands.
fn binary_of(s: &S, ins: Ins, op: Op) -> Option<(BinaryOp, Value, Value)> {
    if is_between(op, Op::Add, Op::Xor) {
        // The instructions have an order of their own.
        let binary = match op {
            Op::Add => BinaryOp::Add,
            Op::Sub => BinaryOp::Sub,
            Op::Mul => BinaryOp::Mul,
            Op::Truediv => BinaryOp::TrueDiv,
            Op::Floordiv => BinaryOp::FloorDiv,
            Op::Mod => BinaryOp::Mod,
            Op::Pow => BinaryOp::Pow,
            Op::Matmul => BinaryOp::MatMul,
            Op::Lshift => BinaryOp::LShift,
            Op::Rshift => BinaryOp::RShift,
            Op::And => BinaryOp::And,
            Op::Or => BinaryOp::Or,
            _ => BinaryOp::Xor,
        };
        return Some((binary, s.b(ins), s.c(ins)));
    }
    let immediate = |binary, imm| Some((binary, s.reg(ins.b()), Value::int_unchecked(imm)));
    match op {
        Op::AddInt if ins.has(flags::SUBTRACT) => immediate(BinaryOp::Sub, -ins.imm()),
        Op::AddInt => immediate(BinaryOp::Add, ins.imm()),
        Op::MulInt => immediate(BinaryOp::Mul, ins.imm()),
        Op::FloordivInt => immediate(BinaryOp::FloorDiv, ins.imm()),
        Op::ModInt => immediate(BinaryOp::Mod, ins.imm()),
        Op::AndInt => immediate(BinaryOp::And, ins.imm()),
        Op::LshiftInt => immediate(BinaryOp::LShift, ins.imm()),
        Op::RshiftInt => immediate(BinaryOp::RShift, ins.imm()),
        _ => None,
    }
}
/// The same of a comparison, of those that jump too.
fn compare_of(s: &S, ins: Ins, op: Op) -> Option<(CompareOp, Value, Value)> {
    let at = |first: Op| CompareOp::ALL[(op as u8 - first as u8) as usize];
    if is_between(op, Op::Lt, Op::Ge) {
        Some((at(Op::Lt), s.b(ins), s.c(ins)))
    } else if is_between(op, Op::JumpIfLt, Op::JumpIfGe) {
        Some((at(Op::JumpIfLt), s.b(ins), s.c(ins)))
    } else if is_between(op, Op::JumpIfLtInt, Op::JumpIfGeInt) {
        let imm = Value::int_unchecked(ins.imm());
        Some((at(Op::JumpIfLtInt), s.reg(ins.b()), imm))
    } else {
        None
    }
}
/// Releases the temporaries that an operator consumes; an immediate is none.
fn release_operands(s: &S, ins: Ins, op: Op) {
    let immediate = is_between(op, Op::AddInt, Op::RshiftInt) || is_between(op, Op::JumpIfLtInt, Op::JumpIfGeInt);
    if !immediate {
        s.consume(ins);
    } else if ins.has(flags::B_TAKE) {
        s.clear(ins.b());
    }
}
fn stage_of(s: &S) -> u64 {
    read_word(s.fp.wrapping_add(s.code().reg_count.get() as usize)).0 >> 1
}

/// The frame of a special method was left by the pending exception, and the state is its caller's: whether that is the end
/// of a loop, which goes on behind it.
pub fn ends_loop(s: &mut S) -> bool {
    if s.code().instr(s.index()).op() != Op::ForIter {
        return false;
    }
    let stops = |e: Value| e.class().is_subtype(exc::StopIteration.get());
    if !s.th.pending.peek().is_some_and(stops) {
        return false;
    }
    let ins = Ins(read_word(s.pc.wrapping_sub(1) as *const Value).0);
    s.sync();
    kiln_object::raise::clear(kiln_object::raise::pending());
    s.clear(ins.b());
    s.skip(ins.c() as i16 as i64);
    true
}
