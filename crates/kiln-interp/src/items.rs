//! Subscripts: lists and tuples by int inline, dicts by their own lookup, everything else by special method.

use crate::special::stage::FIRST;
use crate::state::{Handler, Ins, S, fb, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::dict::Dict;
use kiln_object::list::List;
use kiln_object::shape::known;
use kiln_object::str::{Str, latin1_char};
use kiln_object::tuple::Tuple;
use kiln_object::{Special, Value, ops};

/// The position that an index names in a sequence of `len` items.
#[inline(always)]
fn position(i: Value, len: usize) -> Option<usize> {
    let i = i.int();
    let at = if i < 0 { i + len as i64 } else { i };
    ((at as u64) < len as u64).then_some(at as usize)
}

handler!(load_subscr, s, ins, {
    let (o, k) = (s.b(ins), s.c(ins));
    if o.is_ptr() && k.is_int() && (!ins.has(flags::B_TAKE) || crate::attrs::droppable(o)) {
        let shape = o.header().shape().0;
        let items = if shape == known::LIST {
            typed::<List>(o).borrow()
        } else if shape == known::TUPLE {
            typed::<Tuple>(o).items()
        } else if shape == known::STR {
            return s.go(Handler(load_subscr_str), ins.0);
        } else if shape == known::DICT {
            return s.go(Handler(load_subscr_dict), ins.0);
        } else {
            return s.go(Handler(load_subscr_slow), ins.0);
        };
        if shape == known::TUPLE {
            s.note(fb::TUPLE);
        }
        if let Some(at) = position(k, items.len()) {
            let v = items[at];
            if v.is_ptr() {
                v.header().incref();
            }
            if ins.has(flags::B_TAKE) {
                s.write(ins.b(), Value::ZERO);
                o.header().decref();
            }
            return s.put_next(ins.a(), v);
        }
    } else if o.is_ptr() && o.header().shape().0 == known::DICT {
        return s.go(Handler(load_subscr_dict), ins.0);
    }
    s.go(Handler(load_subscr_slow), ins.0)
});
// An entry of an exact dict.
handler!(load_subscr_dict, s, ins, {
    s.note(fb::DICT);
    s.sync();
    let (d, k) = (s.b(ins), s.c(ins));
    let v = dict_entry(typed::<Dict>(d), k);
    if v.is_pending() {
        return s.go(Handler(crate::unwind::unwind), 0);
    }
    // In the order in which the operands lie on CPython's stack.
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if d.header().decref() {
            kiln_object::dealloc::release(d.ptr());
        }
    }
    if ins.has(flags::C_TAKE) {
        s.write(ins.c(), Value::ZERO);
        if k.is_ptr() && k.header().decref() {
            kiln_object::dealloc::release(k.ptr());
        }
    }
    s.put_next(ins.a(), v)
});
/// The value of a key, owned; pending where there is none.
#[inline(never)]
fn dict_entry(d: &Dict, k: Value) -> Value {
    if let Some(Some(v)) = d.by_text(k) {
        return v.to_object().into_value();
    }
    match d.get(k) {
        Ok(Some(v)) => v.into_value(),
        Ok(None) => {
            let _ = kiln_object::raise::key_error(k);
            Value::PENDING
        }
        Err(_) => Value::PENDING,
    }
}
// A character of an exact str that stays where it is.
handler!(load_subscr_str, s, ins, {
    let (o, k) = (s.b(ins), s.c(ins));
    if let Some(units) = typed::<Str>(o).latin1()
        && let Some(at) = position(k, units.len())
    {
        let v = latin1_char(units[at]).into_value();
        if ins.has(flags::B_TAKE) {
            s.write(ins.b(), Value::ZERO);
            o.header().decref();
        }
        s.note(fb::OTHER);
        // Immortal: needs no count.
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(load_subscr_slow), ins.0)
});
// An item of an exact tuple or list in a temporary that goes.
handler!(load_subscr_tr, s, ins, {
    let (o, k) = (s.reg(ins.b()), s.reg(ins.c()));
    if !o.is_ptr() || !k.is_int() || !crate::attrs::droppable(o) {
        return s.go(Handler(load_subscr), ins.0);
    }
    let items = match o.header().shape().0 {
        known::TUPLE => {
            s.note(fb::TUPLE);
            typed::<Tuple>(o).items()
        }
        known::LIST => typed::<List>(o).borrow(),
        _ => return s.go(Handler(load_subscr), ins.0),
    };
    let Some(at) = position(k, items.len()) else {
        return s.go(Handler(load_subscr), ins.0);
    };
    let v = items[at];
    if v.is_ptr() {
        v.header().incref();
    }
    s.write(ins.b(), Value::ZERO);
    o.header().decref();
    s.put_next(ins.a(), v)
});
handler!(load_subscr_str_rr, s, ins, {
    let (o, k) = (s.reg(ins.b()), s.reg(ins.c()));
    if let Some(units) = typed::<Str>(o).latin1()
        && let Some(at) = position(k, units.len())
    {
        s.note(fb::OTHER);
        return s.put_next(ins.a(), latin1_char(units[at]).into_value());
    }
    s.go(Handler(load_subscr_slow), ins.0)
});
handler!(load_subscr_rr, s, ins, {
    let (o, k) = (s.reg(ins.b()), s.reg(ins.c()));
    if o.is_ptr() && k.is_int() {
        let shape = o.header().shape().0;
        if shape == known::LIST {
            let items = typed::<List>(o).borrow();
            if let Some(at) = position(k, items.len()) {
                let v = items[at];
                if v.is_ptr() {
                    v.header().incref();
                }
                return s.put_next(ins.a(), v);
            }
        } else if shape == known::STR {
            return s.go(Handler(load_subscr_str_rr), ins.0);
        }
    }
    if o.is_ptr() && o.header().shape().0 == known::DICT {
        return s.go(Handler(load_subscr_dict), ins.0);
    }
    s.go(Handler(load_subscr), ins.0)
});
// A part of an exact list or str between ints, or to an end.
handler!(load_slice, s, ins, {
    let (o, c) = (s.b(ins), ins.c());
    let v = part_of(o, s.reg(c), s.reg(c + 1));
    if v.is_pending() {
        return s.go(Handler(load_slice_slow), ins.0);
    }
    s.write(c, Value::ZERO);
    s.write(c + 1, Value::ZERO);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if o.header().decref() {
            s.sync();
            kiln_object::dealloc::release(o.ptr());
        }
    }
    s.put_next(ins.a(), v)
});
/// `o[start:stop]`; pending where that takes more than copying.
#[inline(never)]
fn part_of(o: Value, start: Value, stop: Value) -> Value {
    if !o.is_ptr() {
        return Value::PENDING;
    }
    let shape = o.header().shape().0;
    let len = match shape {
        known::LIST => typed::<List>(o).len(),
        known::STR => typed::<Str>(o).len(),
        _ => return Value::PENDING,
    };
    let place = |v: Value, left_out: usize| {
        if v.is_int() {
            let i = v.int();
            let i = if i < 0 { i + len as i64 } else { i };
            Some(i.clamp(0, len as i64) as usize)
        } else {
            v.is_none().then_some(left_out)
        }
    };
    let (Some(from), Some(to)) = (place(start, 0), place(stop, len)) else {
        return Value::PENDING;
    };
    let to = to.max(from);
    let part = if shape == known::STR {
        typed::<Str>(o).part(from, to)
    } else {
        List::from_values(&typed::<List>(o).borrow()[from..to])
    };
    part.into_value()
}
handler!(store_subscr, s, ins, {
    let (o, k) = (s.a(ins), s.b(ins));
    if o.is_ptr() && k.is_int() && o.header().shape().0 == known::LIST && !ins.has(flags::A_TAKE) {
        let l = typed::<List>(o);
        let items = l.borrow();
        if let Some(at) = position(k, items.len()) {
            let old = items[at];
            if !old.is_ptr() || crate::attrs::droppable(old) {
                let v = s.c(ins);
                if ins.has(flags::C_TAKE) {
                    s.write(ins.c(), Value::ZERO);
                } else if v.is_ptr() {
                    v.header().incref();
                }
                l.put_unreleased(at, v);
                if old.is_ptr() {
                    old.header().decref();
                }
                return s.next();
            }
        }
    } else if o.is_ptr() && o.header().shape().0 == known::DICT {
        return s.go(Handler(store_subscr_dict), ins.0);
    }
    s.go(Handler(store_subscr_slow), ins.0)
});
handler!(store_subscr_dict, s, ins, {
    s.note(fb::DICT);
    s.sync();
    if !put_entry(s.a(ins), s.b(ins), s.c(ins)) {
        return s.go(Handler(crate::unwind::unwind), 0);
    }
    if ins.has(flags::A_TAKE | flags::B_TAKE | flags::C_TAKE) {
        release_stored(s.fp, ins);
    }
    s.next()
});
/// Sets an entry of a dict; false if that raised.
#[inline(never)]
fn put_entry(d: Value, k: Value, v: Value) -> bool {
    typed::<Dict>(d).set(k, v).is_ok()
}
/// Releases what a store takes: index, object, value, as CPython's stack has them.
#[inline(never)]
fn release_stored(fp: *mut Value, ins: Ins) {
    let clear = |flag: u8, i: u16| {
        if ins.has(flag) {
            let p = fp.wrapping_add(i as usize);
            let v = crate::words::read_word(p);
            crate::words::write_word(p, Value::ZERO);
            v.decref();
        }
    };
    clear(flags::B_TAKE, ins.b());
    clear(flags::A_TAKE, ins.a());
    clear(flags::C_TAKE, ins.c());
}
fn note_item(s: &S, o: Value) {
    let shape = if o.is_ptr() { o.header().shape().0 } else { u32::MAX };
    s.note(match shape {
        known::LIST => fb::LIST,
        known::DICT => fb::DICT,
        _ => fb::OTHER,
    });
}
/// Enters a special method written in Python.
fn enters(s: &mut S, special: Special, o: Value, args: &[Value]) -> bool {
    o.is_ptr()
        && o.header()
            .class()
            .special(special)
            .is_some_and(|f| crate::special::enter(s, f, args, FIRST))
}
slow! {
    load_subscr_slow => |s: &mut S, ins: Ins| {
        s.sync();
        note_item(s, s.b(ins));
        let (o, k) = (s.b(ins), s.c(ins));
        if let Some(d) = o.exact::<Dict>() {
            let v = d.get(k)?.ok_or_else(|| kiln_object::raise::key_error(k))?;
            s.consume(ins);
            s.put(ins.a(), v);
            return Ok(());
        }
        if enters(s, Special::GetItem, o, &[o, k]) { return Ok(()); }
        let v = ops::get_item(s.b(ins), s.c(ins))?;
        s.consume(ins);
        s.put(ins.a(), v);
        Ok(())
    },
    store_subscr_slow => |s: &mut S, ins: Ins| {
        s.sync();
        note_item(s, s.a(ins));
        let (o, k, v) = (s.a(ins), s.b(ins), s.c(ins));
        if enters(s, Special::SetItem, o, &[o, k, v]) { return Ok(()); }
        ops::set_item(s.a(ins), s.b(ins), s.c(ins))?;
        // As CPython's stack has them: index, object, value.
        if ins.has(flags::B_TAKE) {
            s.clear(ins.b());
        }
        if ins.has(flags::A_TAKE) {
            s.clear(ins.a());
        }
        if ins.has(flags::C_TAKE) {
            s.clear(ins.c());
        }
        Ok(())
    },
    delete_subscr => |s: &mut S, ins: Ins| {
        s.sync();
        let (o, k) = (s.a(ins), s.b(ins));
        if enters(s, Special::DelItem, o, &[o, k]) { return Ok(()); }
        ops::del_item(s.a(ins), s.b(ins))?;
        s.consume_top_first(ins);
        Ok(())
    },
    load_slice_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let c = ins.c();
        let v = ops::get_slice(s.b(ins), s.reg(c), s.reg(c + 1))?;
        s.clear_range(c, 2);
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), v);
        Ok(())
    },
    store_slice => |s: &mut S, ins: Ins| {
        s.sync();
        let b = ins.b();
        ops::set_slice(s.a(ins), s.reg(b), s.reg(b + 1), s.c(ins))?;
        s.clear_range(b, 2);
        if ins.has(flags::A_TAKE) { s.clear(ins.a()); }
        if ins.has(flags::C_TAKE) { s.clear(ins.c()); }
        Ok(())
    },
}
