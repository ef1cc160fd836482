//! Comparisons, and the jumps that compare: ints and flonums in their registers, strs that a glance tells apart, and everything else.

use crate::arith::{drop_box, float_operand, mode, operands};
use crate::special;
use crate::state::{Handler, Ins, S, fb, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::ops::{self, CompareOp};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value};

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
pub fn bool_word(b: bool) -> Value {
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
/// A comparison of two exact strs.
fn strs_hold(op: CompareOp, b: Value, c: Value) -> Option<bool> {
    let order = b.exact::<Str>()?.text().cmp(c.exact::<Str>()?.text());
    Some(match op {
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    })
}
fn compare_slow(s: &mut S, ins: Ins, op: CompareOp) -> Result<(), Raised> {
    let (b, c) = (s.b(ins), s.c(ins));
    note_compare(s, b, c);
    s.sync();
    if let Some(holds) = strs_hold(op, b, c) {
        s.consume_top_first(ins);
        s.put(ins.a(), Object::bool(holds));
        return Ok(());
    }
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
    let strs = strs_hold(op, b, c);
    if strs.is_none() && special::enter_compare(s, op, b, c) {
        return Ok(());
    }
    let holds = match strs {
        Some(holds) => holds,
        None => ops::compare_bool(op, b, c)?,
    };
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
