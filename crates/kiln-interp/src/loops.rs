//! Loops over iterators: `iter()` of what is looped over, and the next item.

use crate::control::release_and_go;
use crate::special::stage::FIRST;
use crate::state::{Handler, Ins, Old, S, drop_quick, fb, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::list::List;
use kiln_object::ops;
use kiln_object::range::{ListIter, ListReverseIter, RangeIter, TupleIter};
use kiln_object::shape::known;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value};

slow! {
    for_iter_slow => for_iter_any,
    get_iter_slow => |s: &mut S, ins: Ins| {
        let v = s.b(ins);
        let it = match if v.is_ptr() { v.header().shape().0 } else { u32::MAX } {
            known::LIST => Some(ListIter::over(s.own_b(ins))),
            known::TUPLE => Some(TupleIter::over(s.own_b(ins))),
            _ => None,
        };
        if let Some(it) = it {
            s.put(ins.a(), it);
            return Ok(());
        }
        s.note(fb::OTHER);
        s.sync();
        if let Some(range) = v.exact::<kiln_object::range::Range>() {
            let it = range.iter();
            s.consume(ins);
            s.put(ins.a(), it);
            return Ok(());
        }
        if let Some(f) = v.class().special(Special::Iter)
            && crate::special::enter(s, f, &[v], FIRST)
        {
            return Ok(());
        }
        let it = ops::iter(v)?;
        s.consume(ins);
        s.put(ins.a(), it);
        Ok(())
    },
}
handler!(get_iter, s, ins, {
    let v = s.b(ins);
    let shape = if v.is_ptr() { v.header().shape().0 } else { u32::MAX };
    if !matches!(shape, known::LIST | known::TUPLE | known::GENERATOR) {
        let h: Handler = if shape == known::RANGE {
            Handler(get_iter_native)
        } else {
            Handler(get_iter_own)
        };
        return s.go(h, ins.0);
    }
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else {
        v.header().incref();
    }
    let it = if shape == known::GENERATOR {
        v
    } else {
        iterator_over(v, shape)
    };
    s.put_next(ins.a(), it)
});
// An iterator written in Rust is its own.
handler!(get_iter_own, s, ins, {
    let v = s.b(ins);
    if !v.is_ptr() || !kiln_object::iter::is_own_iterator(v.header().class()) {
        return s.go(Handler(get_iter_native), ins.0);
    }
    s.note(fb::OTHER);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else {
        v.header().incref();
    }
    s.put_next(ins.a(), v)
});
// A built-in class whose `__iter__` has an entry of its own.
handler!(get_iter_native, s, ins, {
    let v = s.b(ins);
    let Some(entry) = native_iter(v) else {
        return s.go(Handler(get_iter_slow), ins.0);
    };
    s.note(fb::OTHER);
    s.sync();
    let Ok(it) = entry(v) else {
        return s.go(Handler(crate::unwind::unwind), 0);
    };
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if v.header().decref() {
            kiln_object::dealloc::release(v.ptr());
        }
    }
    s.put_next(ins.a(), it.into_value())
});
#[inline(always)]
fn native_iter(v: Value) -> Option<fn(Value) -> Result<Object, Raised>> {
    if !v.is_ptr() || v.header().class().is_heap_type() {
        return None;
    }
    let f = v.header().class().special(Special::Iter)?;
    let native = f.is_ptr() && f.header().shape().0 == known::WRAPPER_DESCRIPTOR;
    if !native {
        return None;
    }
    let f = crate::words::base_of::<kiln_object::native::NativeFunction>(f);
    if f.direct.0 { f.def.fast.fixed1 } else { None }
}
/// The iterator of a list or tuple, which is taken over.
#[inline(never)]
fn iterator_over(v: Value, shape: u32) -> Value {
    let v = Object::from_owned(v);
    let it = if shape == known::LIST {
        ListIter::over(v)
    } else {
        TupleIter::over(v)
    };
    it.into_value()
}
handler!(for_iter, s, ins, {
    let it = s.reg(ins.b());
    // What a generator expression's code is called with may be anything.
    if !it.is_ptr() {
        return s.go(Handler(for_iter_slow), ins.0);
    }
    match it.header().shape().0 {
        known::RANGE_ITER => {
            let r = typed::<RangeIter>(it);
            let left = r.left.get();
            if left > 0 {
                if let Some(v) = Value::small_int(r.next.get()) {
                    r.left.set(left - 1);
                    r.next.set(r.next.get().wrapping_add(r.step.get()));
                    s.note(fb::RANGE);
                    return s.put_next(ins.a(), v);
                }
                return s.go(Handler(for_iter_slow), ins.0);
            }
            s.note(fb::RANGE);
            s.go(Handler(loop_ends), ins.0)
        }
        known::LIST_ITER => {
            let l = typed::<ListIter>(it);
            if let Some(list) = l.list.peek()
                && let Some(&v) = typed::<List>(list).borrow().get(l.index.get())
            {
                l.index.set(l.index.get() + 1);
                s.note(fb::LIST);
                if v.is_ptr() {
                    v.header().incref();
                }
                return s.put_next(ins.a(), v);
            }
            s.note(fb::LIST);
            s.go(Handler(loop_ends), ins.0)
        }
        known::GENERATOR => s.go(Handler(crate::generators::for_iter_generator), ins.0),
        known::TUPLE_ITER => {
            let t = typed::<TupleIter>(it);
            if let Some(tuple) = t.tuple.peek()
                && let Some(&v) = crate::words::base_of::<Tuple>(tuple).items().get(t.index.get())
            {
                t.index.set(t.index.get() + 1);
                s.note(fb::TUPLE);
                if v.is_ptr() {
                    v.header().incref();
                }
                return s.put_next(ins.a(), v);
            }
            s.note(fb::TUPLE);
            s.go(Handler(loop_ends), ins.0)
        }
        known::LIST_REVERSE_ITER => {
            let l = typed::<ListReverseIter>(it);
            s.note(fb::OTHER);
            if let Some(list) = l.list.peek()
                && let Some(at) = l.index.get().checked_sub(1)
                && let Some(&v) = typed::<List>(list).borrow().get(at)
            {
                l.index.set(at);
                if v.is_ptr() {
                    v.header().incref();
                }
                return s.put_next(ins.a(), v);
            }
            s.go(Handler(loop_ends), ins.0)
        }
        _ => s.go(Handler(for_iter_native), ins.0),
    }
});
// An iterator written in Rust that says what comes next without raising.
handler!(for_iter_native, s, ins, {
    let it = s.reg(ins.b());
    let class = it.header().class();
    if kiln_object::iter::next_pair(class).is_some() {
        return s.go(Handler(for_iter_pair), ins.0);
    }
    let Some(next) = kiln_object::iter::fast_next(class).get() else {
        return s.go(Handler(for_iter_slow), ins.0);
    };
    s.note(fb::OTHER);
    s.sync();
    match next(it) {
        Ok(Some(v)) => s.put_next(ins.a(), v.into_value()),
        Ok(None) => {
            let mut s = s;
            s.write(ins.b(), Value::ZERO);
            s.skip(ins.c() as i16 as i64);
            match drop_quick(it) {
                Old::Done => s.next(),
                Old::Last => s.go(Handler(release_and_go), it.0),
            }
        }
        Err(_) => s.go(Handler(crate::unwind::unwind), 0),
    }
});
// The iterator has nothing more. If somebody else has it, that has to show.
handler!(loop_ends, s, ins, {
    let it = s.reg(ins.b());
    if it.header().count() != 1 || it.header().is_immortal() {
        return s.go(Handler(for_iter_slow), ins.0);
    }
    s.skip(ins.c() as i16 as i64);
    s.put_next(ins.b(), Value::ZERO)
});
// An iterator of pairs whose loop takes them apart into two registers that hold nothing.
handler!(for_iter_pair, s, ins, {
    let it = s.reg(ins.b());
    let unpack = Ins(crate::words::read_word(s.pc as *const Value).0);
    if unpacks_pair(&s, ins).is_none() || s.reg(unpack.a()).is_ptr() || s.reg(unpack.a() + 1).is_ptr() {
        return s.go(Handler(for_iter_slow), ins.0);
    }
    s.note(fb::OTHER);
    s.sync();
    let mut s = s;
    match take_pair(it, s.fp.wrapping_add(unpack.a() as usize)) {
        Pair::Taken => {
            s.skip(1);
            s.next()
        }
        Pair::End => {
            s.write(ins.b(), Value::ZERO);
            s.skip(ins.c() as i16 as i64);
            match drop_quick(it) {
                Old::Done => s.next(),
                Old::Last => s.go(Handler(release_and_go), it.0),
            }
        }
        Pair::Raised => s.go(Handler(crate::unwind::unwind), 0),
    }
});
enum Pair {
    Taken,
    End,
    Raised,
}
/// Puts the next two items into the registers at `to`, which hold nothing.
#[inline(never)]
fn take_pair(it: Value, to: *mut Value) -> Pair {
    let Some(next) = kiln_object::iter::next_pair(it.class()) else {
        return Pair::End;
    };
    match next(it) {
        Ok(Some((a, b))) => {
            crate::words::write_word(to, a.into_value());
            crate::words::write_word(to.wrapping_add(1), b.into_value());
            Pair::Taken
        }
        Ok(None) => Pair::End,
        Err(_) => Pair::Raised,
    }
}
/// The next instruction, if it takes a pair apart that this loop's instruction leaves behind, and nobody is watching.
#[inline]
fn unpacks_pair(s: &S, ins: Ins) -> Option<Ins> {
    use kiln_bytecode::Op;
    let next = Ins(crate::words::read_word(s.pc as *const Value).0);
    let fits = next.0 as u8 == Op::UnpackSequence as u8
        && next.c() == 2
        && next.b() == ins.a()
        && next.has(flags::B_TAKE)
        && !s.reg(ins.a()).is_ptr();
    (fits && !crate::table::TABLE.is_watched()).then_some(next)
}
fn for_iter_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let it = s.reg(ins.b());
    let shape = if it.is_ptr() { it.header().shape().0 } else { 0 };
    s.note(match shape {
        known::RANGE_ITER => fb::RANGE,
        known::LIST_ITER => fb::LIST,
        known::GENERATOR => fb::GENERATOR,
        _ if it.is_exact::<kiln_object::range::TupleIter>() => fb::TUPLE,
        _ => fb::OTHER,
    });
    if let Some(next) = kiln_object::iter::next_pair(it.class())
        && let Some(unpack) = unpacks_pair(s, ins)
    {
        // The instruction that takes the pair apart is done here as well.
        match next(it)? {
            Some((a, b)) => {
                s.pc = s.pc.wrapping_add(1);
                s.put(unpack.a(), a);
                s.put(unpack.a() + 1, b);
            }
            None => {
                s.clear(ins.b());
                s.skip(ins.c() as i16 as i64);
            }
        }
        return Ok(());
    }
    if kiln_object::iter::fast_next(it.class()).get().is_none()
        && let Some(f) = it.class().special(Special::Next)
        && crate::special::enter(s, f, &[it], FIRST)
    {
        return Ok(());
    }
    match ops::next(it)? {
        Some(v) => s.put(ins.a(), v),
        None => {
            s.clear(ins.b());
            s.skip(ins.c() as i16 as i64);
        }
    }
    Ok(())
}
