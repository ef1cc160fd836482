//! Arithmetic: the int and flonum paths, and the handlers behind them for everything else.

use crate::special;
use crate::state::{Handler, Ins, S, fb, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::float::Float;
use kiln_object::list::List;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Special, Value};

/// Small-int arithmetic on words; `None` when the result does not fit.
#[inline(always)]
fn int_op(op: BinaryOp, b: i64, c: i64) -> Option<Value> {
    // Operands are words, `i << 1`.
    Some(Value(match op {
        BinaryOp::Add => b.checked_add(c)? as u64,
        BinaryOp::Sub => b.checked_sub(c)? as u64,
        BinaryOp::Mul => (b >> 1).checked_mul(c)? as u64,
        BinaryOp::And => (b & c) as u64,
        BinaryOp::Or => (b | c) as u64,
        BinaryOp::Xor => (b ^ c) as u64,
        BinaryOp::FloorDiv => {
            if c <= 0 || b == i64::MIN {
                return None;
            }
            ((b >> 1).div_euclid(c >> 1) << 1) as u64
        }
        BinaryOp::Mod => {
            if c <= 0 {
                return None;
            }
            ((b >> 1).rem_euclid(c >> 1) << 1) as u64
        }
        BinaryOp::LShift => {
            let n = c >> 1;
            if !(0..62).contains(&n) || (b << n) >> n != b {
                return None;
            }
            (b << n) as u64
        }
        BinaryOp::RShift => {
            let n = c >> 1;
            if n < 0 {
                return None;
            }
            ((b >> n.min(62)) & !1) as u64
        }
        _ => return None,
    }))
}
/// Float arithmetic where the result is a flonum.
#[inline(always)]
fn float_op(op: BinaryOp, b: f64, c: f64) -> Option<Value> {
    Value::flonum(match op {
        BinaryOp::Add => b + c,
        BinaryOp::Sub => b - c,
        BinaryOp::Mul => b * c,
        BinaryOp::TrueDiv => b / c,
        _ => return None,
    })
}
/// A float or int operand as a float, for mixed arithmetic.
#[inline(always)]
fn number(v: Value) -> Option<f64> {
    if v.is_flonum() {
        Some(v.flonum_value())
    } else if v.is_int() {
        Some(v.int() as f64)
    } else {
        None
    }
}

/// How an instruction's two operands are read, known when code is loaded.
pub mod mode {
    /// As the flags say.
    pub const ANY: u8 = 0;
    pub const REGISTERS: u8 = 1;
    pub const CONST_RIGHT: u8 = 2;
    pub const CONST_LEFT: u8 = 3;
}
#[inline(always)]
pub fn operands<const MODE: u8>(s: &S, ins: Ins) -> (Value, Value) {
    match MODE {
        mode::REGISTERS => (s.reg(ins.b()), s.reg(ins.c())),
        mode::CONST_RIGHT => (s.reg(ins.b()), s.constant(ins.c() as u32)),
        mode::CONST_LEFT => (s.constant(ins.b() as u32), s.reg(ins.c())),
        _ => (s.b(ins), s.c(ins)),
    }
}

/// The int path inline; floats have a handler of their own, so that this one needs no registers saved. Consumed
/// temporaries that hold ints or flonums need no clearing: they are no pointers.
#[inline(always)]
fn binary_ints<const MODE: u8>(s: S, ins: Ins, op: BinaryOp, floats: Handler) -> u64 {
    let (b, c) = operands::<MODE>(&s, ins);
    if (b.0 | c.0) & 1 == 0
        && let Some(v) = int_op(op, b.0 as i64, c.0 as i64)
    {
        return s.put_next(ins.a(), v);
    }
    s.go(floats, ins.0)
}
/// A float operand: flonum, small int (Python converts it), or a box that does not go with the instruction.
#[inline(always)]
pub fn float_operand(v: Value, consumed: bool) -> Option<f64> {
    if v.is_flonum() {
        return Some(v.flonum_value());
    }
    if v.is_int() {
        return Some(v.int() as f64);
    }
    if v.header().shape().0 == known::FLOAT && (!consumed || crate::attrs::droppable(v)) {
        return Some(typed::<Float>(v).value.get());
    }
    None
}
/// Gives up the box in a consumed temporary, which is not the last reference to it.
#[inline(always)]
pub fn drop_box(s: &S, taken: bool, i: u16, v: Value) {
    if taken && v.is_ptr() {
        s.write(i, Value::ZERO);
        v.header().decref();
    }
}
/// The float as a word: a flonum, or one of the zeros.
#[inline(always)]
fn float_word(r: f64) -> Option<Value> {
    match Value::flonum(r) {
        Some(v) => Some(v),
        None if r == 0.0 && r.is_sign_negative() => Some(kiln_object::singletons::minus_zero()),
        None if r == 0.0 => Some(kiln_object::singletons::zero()),
        None => None,
    }
}
#[inline(always)]
fn binary_floats<const MODE: u8>(s: S, ins: Ins, op: BinaryOp, slow: Handler) -> u64 {
    let (b, c) = operands::<MODE>(&s, ins);
    if b.is_flonum() && c.is_flonum() {
        if let Some(v) = float_op(op, b.flonum_value(), c.flonum_value()) {
            s.note(fb::FLOAT);
            return s.put_next(ins.a(), v);
        }
    } else if (b.0 | c.0) & 1 != 0
        && let (Some(x), Some(y)) = (number(b), number(c))
        && let Some(v) = float_op(op, x, y)
    {
        s.note(fb::FLOAT | fb::INT);
        return s.put_next(ins.a(), v);
    }
    s.go(slow, ins.0)
}
/// Other mixed operands, boxed floats, and results that are zero.
#[inline(always)]
fn binary_mixed<const MODE: u8>(s: S, ins: Ins, op: BinaryOp, slow: Handler) -> u64 {
    let (b, c) = operands::<MODE>(&s, ins);
    if op == BinaryOp::TrueDiv && (b.0 | c.0) & 1 == 0 {
        if c.0 != 0
            && b.int().unsigned_abs() < 1 << 53
            && c.int().unsigned_abs() < 1 << 53
            && let Some(v) = Value::flonum(b.int() as f64 / c.int() as f64)
        {
            s.note(fb::INT);
            return s.put_next(ins.a(), v);
        }
        return s.go(slow, ins.0);
    }
    if (b.0 | c.0) & 1 != 0
        && let (Some(x), Some(y)) = (
            float_operand(b, ins.has(flags::B_TAKE)),
            float_operand(c, ins.has(flags::C_TAKE)),
        )
    {
        let r = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => x * y,
            BinaryOp::TrueDiv if y != 0.0 => x / y,
            _ => return s.go(slow, ins.0),
        };
        let Some(v) = float_word(r) else {
            return s.go(slow, ins.0);
        };
        s.note(if b.is_int() || c.is_int() {
            fb::FLOAT | fb::INT
        } else {
            fb::FLOAT
        });
        drop_box(&s, ins.has(flags::B_TAKE), ins.b(), b);
        drop_box(&s, ins.has(flags::C_TAKE), ins.c(), c);
        return s.put_next(ins.a(), v);
    }
    s.go(slow, ins.0)
}

fn binary_slow(s: &mut S, ins: Ins, op: BinaryOp) -> Result<(), Raised> {
    let (b, c) = (s.b(ins), s.c(ins));
    let r = if let (Some(x), Some(y)) = (exact_float(b), exact_float(c))
        && (b.is_float_class() || c.is_float_class())
        && matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul)
    {
        s.note(fb::FLOAT);
        Object::float(match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            _ => x * y,
        })
    } else if op == BinaryOp::TrueDiv
        && let (Some(x), Some(y)) = (exact_float(b), exact_float(c))
        && (b.is_float_class() || c.is_float_class())
        && y != 0.0
    {
        s.note(fb::FLOAT);
        Object::float(x / y)
    } else {
        let strs = op == BinaryOp::Add && b.exact::<Str>().is_some() && c.exact::<Str>().is_some();
        s.note(match () {
            () if strs => fb::STR,
            () if b.is_int() && c.is_int() => fb::OVERFLOW,
            () => fb::OTHER,
        });
        s.sync();
        if strs && let Some(v) = crate::build::add_strs(s, ins) {
            v
        } else if op == BinaryOp::Add
            && !ins.has(flags::INPLACE)
            && let (Some(left), Some(right)) = (b.exact::<List>(), c.exact::<List>())
            && let Some(v) = List::concat(left, right)
        {
            v
        } else if special::enter_binary(s, op, ins.has(flags::INPLACE), b, c) {
            return Ok(());
        } else if ins.has(flags::INPLACE) {
            ops::binary_in_place(op, b, c)?
        } else {
            ops::binary(op, b, c)?
        }
    };
    s.consume(ins);
    s.put(ins.a(), r);
    Ok(())
}
/// Floats and small ints of exact class as floats; ints only where that is exact enough (Python converts them so).
fn exact_float(v: Value) -> Option<f64> {
    number(v).or_else(|| if v.is_float_class() { v.as_float() } else { None })
}

macro_rules! binary_ops {
    ($($op:ident: $any:ident, $rr:ident, $rc:ident, $cr:ident, $any_f:ident, $rr_f:ident, $rc_f:ident, $cr_f:ident, $mixed:ident, $slow:ident;)*) => { $(
        handler!($any, s, ins, binary_ints::<{ mode::ANY }>(s, ins, BinaryOp::$op, Handler($any_f)));
        handler!($rr, s, ins, binary_ints::<{ mode::REGISTERS }>(s, ins, BinaryOp::$op, Handler($rr_f)));
        handler!($rc, s, ins, binary_ints::<{ mode::CONST_RIGHT }>(s, ins, BinaryOp::$op, Handler($rc_f)));
        handler!($cr, s, ins, binary_ints::<{ mode::CONST_LEFT }>(s, ins, BinaryOp::$op, Handler($cr_f)));
        handler!($any_f, s, ins, binary_floats::<{ mode::ANY }>(s, ins, BinaryOp::$op, Handler($mixed)));
        handler!($rr_f, s, ins, binary_floats::<{ mode::REGISTERS }>(s, ins, BinaryOp::$op, Handler($mixed)));
        handler!($rc_f, s, ins, binary_floats::<{ mode::CONST_RIGHT }>(s, ins, BinaryOp::$op, Handler($mixed)));
        handler!($cr_f, s, ins, binary_floats::<{ mode::CONST_LEFT }>(s, ins, BinaryOp::$op, Handler($mixed)));
        handler!($mixed, s, ins, binary_mixed::<{ mode::ANY }>(s, ins, BinaryOp::$op, Handler($slow)));
        slow!($slow => |s: &mut S, ins: Ins| binary_slow(s, ins, BinaryOp::$op));
    )* };
}
binary_ops! {
    Add: add, add_rr, add_rc, add_cr, add_any_floats, add_rr_floats, add_rc_floats, add_cr_floats, add_mixed, add_slow;
    Sub: sub, sub_rr, sub_rc, sub_cr, sub_any_floats, sub_rr_floats, sub_rc_floats, sub_cr_floats, sub_mixed, sub_slow;
    Mul: mul, mul_rr, mul_rc, mul_cr, mul_any_floats, mul_rr_floats, mul_rc_floats, mul_cr_floats, mul_mixed, mul_slow;
    TrueDiv: truediv, truediv_rr, truediv_rc, truediv_cr, truediv_any_floats, truediv_rr_floats, truediv_rc_floats, truediv_cr_floats, truediv_mixed, truediv_slow;
    FloorDiv: floordiv, floordiv_rr, floordiv_rc, floordiv_cr, floordiv_any_floats, floordiv_rr_floats, floordiv_rc_floats, floordiv_cr_floats, floordiv_mixed, floordiv_slow;
    Mod: mod_, mod_rr, mod_rc, mod_cr, mod_any_floats, mod_rr_floats, mod_rc_floats, mod_cr_floats, mod_mixed, mod_slow;
    LShift: lshift, lshift_rr, lshift_rc, lshift_cr, lshift_any_floats, lshift_rr_floats, lshift_rc_floats, lshift_cr_floats, lshift_mixed, lshift_slow;
    RShift: rshift, rshift_rr, rshift_rc, rshift_cr, rshift_any_floats, rshift_rr_floats, rshift_rc_floats, rshift_cr_floats, rshift_mixed, rshift_slow;
    And: and, and_rr, and_rc, and_cr, and_any_floats, and_rr_floats, and_rc_floats, and_cr_floats, and_mixed, and_slow;
    Or: or, or_rr, or_rc, or_cr, or_any_floats, or_rr_floats, or_rc_floats, or_cr_floats, or_mixed, or_slow;
    Xor: xor, xor_rr, xor_rc, xor_cr, xor_any_floats, xor_rr_floats, xor_rc_floats, xor_cr_floats, xor_mixed, xor_slow;
}
slow! {
    pow => |s: &mut S, ins: Ins| binary_slow(s, ins, BinaryOp::Pow),
    matmul => |s: &mut S, ins: Ins| binary_slow(s, ins, BinaryOp::MatMul),
}

#[inline(always)]
fn immediate_ints(s: S, ins: Ins, op: BinaryOp, floats: Handler) -> u64 {
    let b = s.reg(ins.b());
    if b.is_int()
        && let Some(v) = int_op(op, b.0 as i64, ins.imm() << 1)
    {
        return s.put_next(ins.a(), v);
    }
    s.go(floats, ins.0)
}
#[inline(always)]
fn immediate_floats(s: S, ins: Ins, op: BinaryOp, slow: Handler) -> u64 {
    let b = s.reg(ins.b());
    if !b.is_int()
        && let Some(x) = float_operand(b, ins.has(flags::B_TAKE))
        && let Some(v) = match op {
            // The sign of a zero shows which it was.
            BinaryOp::Add if ins.has(flags::SUBTRACT) => float_word(x - (-ins.imm()) as f64),
            BinaryOp::Add => float_word(x + ins.imm() as f64),
            BinaryOp::Mul => float_word(x * ins.imm() as f64),
            _ => None,
        }
    {
        s.note(fb::FLOAT);
        drop_box(&s, ins.has(flags::B_TAKE), ins.b(), b);
        return s.put_next(ins.a(), v);
    }
    s.go(slow, ins.0)
}
fn immediate_slow(s: &mut S, ins: Ins, mut op: BinaryOp) -> Result<(), Raised> {
    let b = s.reg(ins.b());
    let mut imm = ins.imm();
    if op == BinaryOp::Add && ins.has(flags::SUBTRACT) {
        op = BinaryOp::Sub;
        imm = -imm;
    }
    let c = Value::int_unchecked(imm);
    s.note(if b.is_int() {
        fb::OVERFLOW
    } else if b.is_float_class() {
        fb::FLOAT
    } else {
        fb::OTHER
    });
    s.sync();
    if b.is_ptr() && special::enter_binary(s, op, ins.has(flags::INPLACE), b, c) {
        return Ok(());
    }
    let r = if ins.has(flags::INPLACE) {
        ops::binary_in_place(op, b, c)?
    } else {
        ops::binary(op, b, c)?
    };
    if ins.has(flags::B_TAKE) {
        s.clear(ins.b());
    }
    s.put(ins.a(), r);
    Ok(())
}
macro_rules! immediate_ops {
    ($($fast:ident, $floats:ident, $slow:ident, $op:ident;)*) => { $(
        handler!($fast, s, ins, immediate_ints(s, ins, BinaryOp::$op, Handler($floats)));
        handler!($floats, s, ins, immediate_floats(s, ins, BinaryOp::$op, Handler($slow)));
        slow!($slow => |s: &mut S, ins: Ins| immediate_slow(s, ins, BinaryOp::$op));
    )* };
}
immediate_ops! {
    add_int, add_int_floats, add_int_slow, Add;
    mul_int, mul_int_floats, mul_int_slow, Mul;
    floordiv_int, floordiv_int_floats, floordiv_int_slow, FloorDiv;
    mod_int, mod_int_floats, mod_int_slow, Mod;
    and_int, and_int_floats, and_int_slow, And;
    lshift_int, lshift_int_floats, lshift_int_slow, LShift;
    rshift_int, rshift_int_floats, rshift_int_slow, RShift;
}

fn unary(s: &mut S, ins: Ins, special: Special) -> Result<(), Raised> {
    let b = s.b(ins);
    let r = match special {
        Special::Neg if b.is_int() && b.int() != Value::MIN_INT => Object::from_owned(Value::int_unchecked(-b.int())),
        Special::Neg if b.is_flonum() => Object::float(-b.flonum_value()),
        Special::Pos if b.is_int() || b.is_flonum() => Object::from_owned(b),
        Special::Invert if b.is_int() => Object::from_owned(Value::int_unchecked(!b.int())),
        _ => {
            s.note(fb::OTHER);
            s.sync();
            if let Some(f) = b.class().special(special)
                && special::enter(s, f, &[b], special::stage::FIRST)
            {
                return Ok(());
            }
            ops::unary(special, b)?
        }
    };
    s.consume(ins);
    s.put(ins.a(), r);
    Ok(())
}
slow! {
    pos => |s: &mut S, ins: Ins| unary(s, ins, Special::Pos),
    invert => |s: &mut S, ins: Ins| unary(s, ins, Special::Invert),
    neg_slow => |s: &mut S, ins: Ins| unary(s, ins, Special::Neg),
}
handler!(neg, s, ins, {
    let b = s.b(ins);
    if b.is_flonum()
        && let Some(v) = Value::flonum(-b.flonum_value())
    {
        s.note(fb::FLOAT);
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(neg_slow), ins.0)
});
