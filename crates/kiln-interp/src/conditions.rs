//! What a condition asks other than how values compare: truth, identity, membership, `None`.

use crate::special;
use crate::state::{Handler, Ins, S, fb, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::dict::Dict;
use kiln_object::list::List;
use kiln_object::ops;
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value};

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
