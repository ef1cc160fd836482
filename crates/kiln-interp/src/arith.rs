//! Arithmetic, comparison and truth: the int and flonum paths, and the handlers behind them for everything else.

use crate::calls::typed;
use crate::special;
use crate::state::{Handler, Ins, S, fb, handler, slow};
use kiln_bytecode::flags;
use kiln_object::dict::Dict;
use kiln_object::float::Float;
use kiln_object::list::List;
use kiln_object::ops::{self, BinaryOp, CompareOp};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
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
mod mode {
    /// As the flags say.
    pub const ANY: u8 = 0;
    pub const REGISTERS: u8 = 1;
    pub const CONST_RIGHT: u8 = 2;
    pub const CONST_LEFT: u8 = 3;
}
#[inline(always)]
fn operands<const MODE: u8>(s: &S, ins: Ins) -> (Value, Value) {
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
fn float_operand(v: Value, consumed: bool) -> Option<f64> {
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
fn drop_box(s: &S, taken: bool, i: u16, v: Value) {
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
    not_slow => |s: &mut S, ins: Ins| {
        if enters_bool(s, s.b(ins)) { return Ok(()); }
        let t = truth(s, s.b(ins))?;
        s.consume(ins);
        s.put(ins.a(), Object::bool(!t));
        Ok(())
    },
    to_bool => |s: &mut S, ins: Ins| {
        if enters_bool(s, s.b(ins)) { return Ok(()); }
        let t = truth(s, s.b(ins))?;
        s.consume(ins);
        s.put(ins.a(), Object::bool(t));
        Ok(())
    },
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
handler!(not, s, ins, {
    let b = s.b(ins);
    if b.is_true() {
        return s.put_next(ins.a(), kiln_object::singletons::false_());
    }
    if b.is_false() {
        return s.put_next(ins.a(), kiln_object::singletons::true_());
    }
    s.go(Handler(not_slow), ins.0)
});

/// Enters a `__bool__` written in Python.
fn enters_bool(s: &mut S, v: Value) -> bool {
    v.is_ptr()
        && v.header()
            .class()
            .special(Special::Bool)
            .is_some_and(|f| special::enter(s, f, &[v], special::stage::FIRST))
}
pub fn truth(s: &S, v: Value) -> Result<bool, Raised> {
    s.sync();
    ops::is_true(v)
}

#[inline(always)]
fn holds_int(op: CompareOp, b: Value, c: Value) -> bool {
    let (b, c) = (b.0 as i64, c.0 as i64);
    match op {
        CompareOp::Lt => b < c,
        CompareOp::Le => b <= c,
        CompareOp::Eq => b == c,
        CompareOp::Ne => b != c,
        CompareOp::Gt => b > c,
        CompareOp::Ge => b >= c,
    }
}
#[inline(always)]
fn holds_float(op: CompareOp, b: f64, c: f64) -> bool {
    match op {
        CompareOp::Lt => b < c,
        CompareOp::Le => b <= c,
        CompareOp::Eq => b == c,
        CompareOp::Ne => b != c,
        CompareOp::Gt => b > c,
        CompareOp::Ge => b >= c,
    }
}

#[inline(always)]
fn compare_ints(s: S, ins: Ins, op: CompareOp, floats: Handler) -> u64 {
    let (b, c) = (s.b(ins), s.c(ins));
    if (b.0 | c.0) & 1 == 0 {
        return s.put_next(ins.a(), bool_word(holds_int(op, b, c)));
    }
    s.go(floats, ins.0)
}
/// Whether two exact strs are equal, where that is seen without looking at their texts and the instruction's temporaries
/// can be dropped here and now: they are, then.
#[inline(always)]
fn equal_strs(s: &S, ins: Ins, b: Value, c: Value) -> Option<bool> {
    let both = b.is_ptr() && c.is_ptr() && b.header().shape().0 == known::STR && c.header().shape().0 == known::STR;
    if !both {
        return None;
    }
    let same = typed::<Str>(b).same_at_a_glance(typed::<Str>(c))?;
    let takes = |flag: u8, v: Value| {
        let h = v.header();
        !ins.has(flag) || h.is_immortal() || h.count() > 2
    };
    if !takes(flags::B_TAKE, b) || !takes(flags::C_TAKE, c) {
        return None;
    }
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        b.header().decref();
    }
    if ins.has(flags::C_TAKE) {
        s.write(ins.c(), Value::ZERO);
        c.header().decref();
    }
    s.note(fb::STR);
    Some(same)
}
#[inline(always)]
fn compare_floats(s: S, ins: Ins, op: CompareOp, slow: Handler) -> u64 {
    let (b, c) = (s.b(ins), s.c(ins));
    if matches!(op, CompareOp::Eq | CompareOp::Ne)
        && let Some(same) = equal_strs(&s, ins, b, c)
    {
        return s.put_next(ins.a(), bool_word(same == (op == CompareOp::Eq)));
    }
    if b.is_flonum() && c.is_flonum() {
        s.note(fb::FLOAT);
        return s.put_next(ins.a(), bool_word(holds_float(op, b.flonum_value(), c.flonum_value())));
    }
    s.go(slow, ins.0)
}
#[inline(always)]
fn bool_word(b: bool) -> Value {
    if b {
        kiln_object::singletons::true_()
    } else {
        kiln_object::singletons::false_()
    }
}
fn note_compare(s: &S, b: Value, c: Value) {
    s.note(if b.is_exact::<Str>() && c.is_exact::<Str>() {
        fb::STR
    } else if b.is_float_class() && c.is_float_class() {
        fb::FLOAT
    } else {
        fb::OTHER
    });
}
fn compare_slow(s: &mut S, ins: Ins, op: CompareOp) -> Result<(), Raised> {
    let (b, c) = (s.b(ins), s.c(ins));
    note_compare(s, b, c);
    s.sync();
    if special::enter_compare(s, op, b, c) {
        return Ok(());
    }
    let r = ops::compare(op, b, c)?;
    s.consume_top_first(ins);
    s.put(ins.a(), r);
    Ok(())
}
/// A taken jump and the way on are separate dispatches: a conditional move would make the next instruction's address
/// wait for the operands.
#[inline(always)]
fn jump_when(mut s: S, ins: Ins, taken: bool) -> u64 {
    if taken {
        s.skip(ins.a() as i16 as i64);
        return s.next();
    }
    s.next()
}
#[inline(always)]
fn jump_ints<const MODE: u8>(s: S, ins: Ins, op: CompareOp, negate: bool, floats: Handler) -> u64 {
    let (b, c) = operands::<MODE>(&s, ins);
    if (b.0 | c.0) & 1 == 0 {
        return jump_when(s, ins, holds_int(op, b, c) != negate);
    }
    s.go(floats, ins.0)
}
#[inline(always)]
fn jump_floats(mut s: S, ins: Ins, op: CompareOp, slow: Handler) -> u64 {
    let (b, c) = (s.b(ins), s.c(ins));
    let holds = if matches!(op, CompareOp::Eq | CompareOp::Ne)
        && let Some(same) = equal_strs(&s, ins, b, c)
    {
        same == (op == CompareOp::Eq)
    } else if b.is_flonum() && c.is_flonum() {
        s.note(fb::FLOAT);
        holds_float(op, b.flonum_value(), c.flonum_value())
    } else if let (Some(x), Some(y)) = (
        exact_operand(b, ins.has(flags::B_TAKE)),
        exact_operand(c, ins.has(flags::C_TAKE)),
    ) {
        s.note(if b.is_int() || c.is_int() { fb::OTHER } else { fb::FLOAT });
        drop_box(&s, ins.has(flags::B_TAKE), ins.b(), b);
        drop_box(&s, ins.has(flags::C_TAKE), ins.c(), c);
        holds_float(op, x, y)
    } else {
        return s.go(slow, ins.0);
    };
    if holds != ins.has(flags::NEGATE) {
        s.skip(ins.a() as i16 as i64);
    }
    s.next()
}
/// As `float_operand`, for comparisons: an int only where it is that float exactly.
#[inline(always)]
fn exact_operand(v: Value, consumed: bool) -> Option<f64> {
    if v.is_int() && v.int().unsigned_abs() > 1 << 53 {
        return None;
    }
    float_operand(v, consumed)
}
fn jump_slow(s: &mut S, ins: Ins, op: CompareOp) -> Result<(), Raised> {
    let (b, c) = (s.b(ins), s.c(ins));
    note_compare(s, b, c);
    s.sync();
    if special::enter_compare(s, op, b, c) {
        return Ok(());
    }
    let holds = ops::compare_bool(op, b, c)?;
    s.consume_top_first(ins);
    if holds != ins.has(flags::NEGATE) {
        s.skip(ins.a() as i16 as i64);
    }
    Ok(())
}
#[inline(always)]
fn jump_int_fast(s: S, ins: Ins, op: CompareOp, slow: Handler) -> u64 {
    let b = s.reg(ins.b());
    if !b.is_int() {
        if let Some(x) = float_operand(b, ins.has(flags::B_TAKE)) {
            s.note(fb::FLOAT);
            drop_box(&s, ins.has(flags::B_TAKE), ins.b(), b);
            return jump_when(s, ins, holds_float(op, x, ins.imm() as f64) != ins.has(flags::NEGATE));
        }
        return s.go(slow, ins.0);
    }
    jump_when(
        s,
        ins,
        holds_int(op, b, Value((ins.imm() << 1) as u64)) != ins.has(flags::NEGATE),
    )
}
fn jump_int_slow(s: &mut S, ins: Ins, op: CompareOp) -> Result<(), Raised> {
    let b = s.reg(ins.b());
    s.note(if b.is_float_class() { fb::FLOAT } else { fb::OTHER });
    s.sync();
    if b.is_ptr() && special::enter_compare(s, op, b, Value::int_unchecked(ins.imm())) {
        return Ok(());
    }
    let holds = ops::compare_bool(op, b, Value::int_unchecked(ins.imm()))?;
    if ins.has(flags::B_TAKE) {
        s.clear(ins.b());
    }
    if holds != ins.has(flags::NEGATE) {
        s.skip(ins.a() as i16 as i64);
    }
    Ok(())
}
macro_rules! compare_ops {
    ($($op:ident: $cmp:ident, $cmp_floats:ident, $cmp_slow:ident, $jump:ident, $rr:ident, $not_rr:ident, $rc:ident, $not_rc:ident, $jump_text:ident, $jump_floats:ident, $jump_slow:ident, $int:ident, $int_slow:ident;)*) => { $(
        handler!($cmp, s, ins, compare_ints(s, ins, CompareOp::$op, Handler($cmp_floats)));
        handler!($cmp_floats, s, ins, compare_floats(s, ins, CompareOp::$op, Handler($cmp_slow)));
        slow!($cmp_slow => |s: &mut S, ins: Ins| compare_slow(s, ins, CompareOp::$op));
        handler!($jump, s, ins, jump_ints::<{ mode::ANY }>(s, ins, CompareOp::$op, ins.has(flags::NEGATE), Handler($jump_floats)));
        handler!($rr, s, ins, jump_ints::<{ mode::REGISTERS }>(s, ins, CompareOp::$op, false, Handler($jump_floats)));
        handler!($not_rr, s, ins, jump_ints::<{ mode::REGISTERS }>(s, ins, CompareOp::$op, true, Handler($jump_floats)));
        handler!($rc, s, ins, jump_ints::<{ mode::CONST_RIGHT }>(s, ins, CompareOp::$op, false, Handler($jump_text)));
        handler!($not_rc, s, ins, jump_ints::<{ mode::CONST_RIGHT }>(s, ins, CompareOp::$op, true, Handler($jump_text)));
        handler!($jump_floats, s, ins, jump_floats(s, ins, CompareOp::$op, Handler($jump_slow)));
        slow!($jump_slow => |s: &mut S, ins: Ins| jump_slow(s, ins, CompareOp::$op));
        handler!($int, s, ins, jump_int_fast(s, ins, CompareOp::$op, Handler($int_slow)));
        slow!($int_slow => |s: &mut S, ins: Ins| jump_int_slow(s, ins, CompareOp::$op));
    )* };
}
compare_ops! {
    Lt: lt, lt_floats, lt_slow, jump_if_lt, jump_lt_rr, jump_not_lt_rr, jump_lt_rc, jump_not_lt_rc, jump_lt_floats, jump_lt_floats, jump_lt_slow, jump_if_lt_int, jump_lt_int_slow;
    Le: le, le_floats, le_slow, jump_if_le, jump_le_rr, jump_not_le_rr, jump_le_rc, jump_not_le_rc, jump_le_floats, jump_le_floats, jump_le_slow, jump_if_le_int, jump_le_int_slow;
    Eq: eq, eq_floats, eq_slow, jump_if_eq, jump_eq_rr, jump_not_eq_rr, jump_eq_rc, jump_not_eq_rc, jump_eq_text, jump_eq_floats, jump_eq_slow, jump_if_eq_int, jump_eq_int_slow;
    Ne: ne, ne_floats, ne_slow, jump_if_ne, jump_ne_rr, jump_not_ne_rr, jump_ne_rc, jump_not_ne_rc, jump_ne_text, jump_ne_floats, jump_ne_slow, jump_if_ne_int, jump_ne_int_slow;
    Gt: gt, gt_floats, gt_slow, jump_if_gt, jump_gt_rr, jump_not_gt_rr, jump_gt_rc, jump_not_gt_rc, jump_gt_floats, jump_gt_floats, jump_gt_slow, jump_if_gt_int, jump_gt_int_slow;
    Ge: ge, ge_floats, ge_slow, jump_if_ge, jump_ge_rr, jump_not_ge_rr, jump_ge_rc, jump_not_ge_rc, jump_ge_floats, jump_ge_floats, jump_ge_slow, jump_if_ge_int, jump_ge_int_slow;
}

handler!(jump_eq_text, s, ins, jump_text(s, ins, true, Handler(jump_eq_floats)));
handler!(jump_ne_text, s, ins, jump_text(s, ins, false, Handler(jump_ne_floats)));
/// Compares a register with a constant, both exact strs of which a glance tells whether they are the same: characters, as a rule.
#[inline(always)]
fn jump_text(mut s: S, ins: Ins, wanted: bool, other: Handler) -> u64 {
    let (b, c) = (s.reg(ins.b()), s.constant(ins.c() as u32));
    if !b.is_ptr() || !c.is_ptr() || b.header().shape().0 != known::STR || c.header().shape().0 != known::STR {
        return s.go(other, ins.0);
    }
    let Some(same) = typed::<Str>(b).same_at_a_glance(typed::<Str>(c)) else {
        return s.go(other, ins.0);
    };
    if ins.has(flags::B_TAKE) {
        if !b.header().is_immortal() {
            return s.go(other, ins.0);
        }
        s.write(ins.b(), Value::ZERO);
    }
    s.note(fb::STR);
    if (same == wanted) != ins.has(flags::NEGATE) {
        s.skip(ins.a() as i16 as i64);
    }
    s.next()
}

/// Enters a `__contains__` written in Python.
fn enters_contains(s: &mut S, ins: Ins) -> bool {
    let (item, container) = (s.b(ins), s.c(ins));
    container.is_ptr()
        && container
            .header()
            .class()
            .special(Special::Contains)
            .is_some_and(|f| special::enter(s, f, &[container, item], special::stage::FIRST))
}
fn identity(s: &mut S, ins: Ins) -> bool {
    (s.b(ins) == s.c(ins)) != ins.has(flags::NEGATE)
}
handler!(is, s, ins, {
    if ins.has(flags::B_TAKE | flags::C_TAKE) {
        return s.go(Handler(is_take), ins.0);
    }
    let same = (s.b(ins) == s.c(ins)) != ins.has(flags::NEGATE);
    s.put_next(ins.a(), Object::bool(same).into_value())
});
slow! {
    is_take => |s: &mut S, ins: Ins| { let r = identity(s, ins); s.consume_top_first(ins); s.put(ins.a(), Object::bool(r)); Ok(()) },
    in_ => |s: &mut S, ins: Ins| {
        s.sync();
        if enters_contains(s, ins) { return Ok(()); }
        let r = ops::contains(s.c(ins), s.b(ins))? != ins.has(flags::NEGATE);
        s.consume_top_first(ins);
        s.put(ins.a(), Object::bool(r));
        Ok(())
    },
    jump_if_in_slow => |s: &mut S, ins: Ins| {
        s.sync();
        if enters_contains(s, ins) { return Ok(()); }
        let r = ops::contains(s.c(ins), s.b(ins))? != ins.has(flags::NEGATE);
        s.consume_top_first(ins);
        if r { s.skip(ins.a() as i16 as i64); }
        Ok(())
    },
    jump_is_take => |s: &mut S, ins: Ins| {
        let r = identity(s, ins);
        s.consume_top_first(ins);
        if r { s.skip(ins.a() as i16 as i64); }
        Ok(())
    },
    jump_if_true_slow => |s: &mut S, ins: Ins| jump_truth(s, ins, true),
    jump_if_false_slow => |s: &mut S, ins: Ins| jump_truth(s, ins, false),
    jump_none_take => |s: &mut S, ins: Ins| { let r = s.a(ins).is_none(); s.consume(ins); if r { s.skip(ins.bc() as i32 as i64); } Ok(()) },
    jump_not_none_take => |s: &mut S, ins: Ins| { let r = s.a(ins).is_none(); s.consume(ins); if !r { s.skip(ins.bc() as i32 as i64); } Ok(()) },
}
/// Whether one of at most 16 units is `c`.
#[inline(always)]
fn has_unit(units: &[u8], c: u8) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let all = c as u64 * ONES;
    // Some byte of the word is 0.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7) != 0;
    if let (Some(first), Some(last)) = (units.first_chunk::<8>(), units.last_chunk::<8>()) {
        return zero(u64::from_le_bytes(*first) ^ all) | zero(u64::from_le_bytes(*last) ^ all);
    }
    if let (Some(first), Some(last)) = (units.first_chunk::<4>(), units.last_chunk::<4>()) {
        let both = (u32::from_le_bytes(*first) as u64) << 32 | u32::from_le_bytes(*last) as u64;
        return zero(both ^ all);
    }
    units.contains(&c)
}
// One character in a short text.
handler!(jump_if_in, s, ins, {
    const SHORT: usize = 16;
    let (item, container) = (s.b(ins), s.c(ins));
    if item.is_ptr()
        && container.is_ptr()
        && item.header().shape().0 == known::STR
        && container.header().shape().0 == known::STR
        && !ins.has(flags::C_TAKE)
        && (!ins.has(flags::B_TAKE) || item.header().is_immortal())
        && let (Some(&[c]), Some(units)) = (typed::<Str>(item).latin1(), typed::<Str>(container).latin1())
        && units.len() <= SHORT
    {
        let found = has_unit(units, c);
        if ins.has(flags::B_TAKE) {
            s.write(ins.b(), Value::ZERO);
        }
        if found != ins.has(flags::NEGATE) {
            s.skip(ins.a() as i16 as i64);
        }
        return s.next();
    }
    if container.is_ptr()
        && container.header().shape().0 == known::DICT
        && !ins.has(flags::C_TAKE)
        && (!ins.has(flags::B_TAKE) || item.is_int() || item.is_ptr() && crate::attrs::droppable(item))
    {
        return s.go(Handler(jump_if_in_dict), ins.0);
    }
    s.go(Handler(jump_if_in_slow), ins.0)
});
// A key of an exact dict, neither of which goes with the instruction.
handler!(jump_if_in_dict, s, ins, {
    s.sync();
    let item = s.b(ins);
    let found = dict_has(s.c(ins), item);
    if found == NEITHER {
        return s.go(Handler(crate::unwind::unwind), 0);
    }
    if ins.has(flags::B_TAKE) && item.is_ptr() {
        s.write(ins.b(), Value::ZERO);
        // A comparison may have given up the others.
        if item.header().decref() {
            kiln_object::dealloc::release(item.ptr());
        }
    }
    if (found != 0) != ins.has(flags::NEGATE) {
        s.skip(ins.a() as i16 as i64);
    }
    s.next()
});
/// What [`dict_has`] answers when the search has raised.
const NEITHER: u32 = 2;
#[inline(never)]
fn dict_has(d: Value, key: Value) -> u32 {
    let d = typed::<Dict>(d);
    if let Some(found) = d.by_text(key) {
        return found.is_some() as u32;
    }
    match d.contains(key) {
        Ok(found) => found as u32,
        Err(_) => NEITHER,
    }
}
handler!(jump_if_is, s, ins, {
    if ins.has(flags::B_TAKE | flags::C_TAKE) {
        return s.go(Handler(jump_is_take), ins.0);
    }
    if identity(&mut s, ins) {
        s.skip(ins.a() as i16 as i64);
    }
    s.next()
});
handler!(jump_if_none, s, ins, {
    if ins.has(flags::A_TAKE) {
        return s.go(Handler(jump_none_take), ins.0);
    }
    if s.a(ins).is_none() {
        s.skip(ins.bc() as i32 as i64);
    }
    s.next()
});
handler!(jump_if_not_none, s, ins, {
    if ins.has(flags::A_TAKE) {
        return s.go(Handler(jump_not_none_take), ins.0);
    }
    if !s.a(ins).is_none() {
        s.skip(ins.bc() as i32 as i64);
    }
    s.next()
});
fn jump_truth(s: &mut S, ins: Ins, when: bool) -> Result<(), Raised> {
    let v = s.a(ins);
    if !v.is_int() {
        s.note(fb::OTHER);
    }
    if enters_bool(s, v) {
        return Ok(());
    }
    let t = truth(s, v)?;
    s.consume(ins);
    if t == when {
        s.skip(ins.bc() as i32 as i64);
    }
    Ok(())
}
#[inline(always)]
fn jump_truth_fast(mut s: S, ins: Ins, when: bool, slow: Handler) -> u64 {
    let v = s.a(ins);
    let t = if v.is_true() {
        true
    } else if v.is_false() || v.is_none() {
        false
    } else if v.is_int() {
        v.0 != 0
    } else if v.is_ptr() && (!ins.has(flags::A_TAKE) || crate::attrs::droppable(v)) {
        let full = match v.header().shape().0 {
            known::STR => !typed::<Str>(v).is_empty(),
            known::LIST => !typed::<List>(v).is_empty(),
            known::TUPLE => !typed::<Tuple>(v).is_empty(),
            known::DICT => !typed::<Dict>(v).is_empty(),
            _ => return s.go(slow, ins.0),
        };
        s.note(fb::OTHER);
        if ins.has(flags::A_TAKE) {
            v.header().decref();
        }
        full
    } else {
        return s.go(slow, ins.0);
    };
    // A consumed temporary has been given up, or needs no release: it only has to be overwritten.
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
    }
    if t == when {
        s.skip(ins.bc() as i32 as i64);
    }
    s.next()
}
handler!(
    jump_if_true,
    s,
    ins,
    jump_truth_fast(s, ins, true, Handler(jump_if_true_slow))
);
handler!(
    jump_if_false,
    s,
    ins,
    jump_truth_fast(s, ins, false, Handler(jump_if_false_slow))
);
