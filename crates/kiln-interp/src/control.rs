//! Moves, jumps, returns, loops over iterators, cells.

use crate::calls::typed;
use crate::special::stage::FIRST;
use crate::state::{Handler, Ins, Old, Pc, S, drop_quick, fb, handler, slow};
use kiln_bytecode::flags;
use kiln_object::descr::CellObject;
use kiln_object::list::List;
use kiln_object::ops;
use kiln_object::raise;
use kiln_object::range::{ListIter, ListReverseIter, RangeIter, TupleIter};
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::thread::Thread;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, ObjectType, Raised, Special, Value, singletons};

handler!(release_and_go, s, ins, {
    release(s.pc, s.fp, s.th, ins.0, s.ks, s.table);
    s.next()
});
#[cold]
#[inline(never)]
fn release(pc: Pc, fp: *mut Value, th: &'static Thread, word: u64, ks: *mut Value, table: *const Handler) {
    if pc == crate::run::exit_pc() {
        // The run's outermost frame has been left: what is visible is what native code was called from, and the result lies in the window.
        crate::run::show_caller(th, fp);
    } else {
        S { pc, fp, th, ks, table }.sync();
    }
    kiln_object::dealloc::release(Value(word).ptr());
}
handler!(nop, s, ins, s.next());
handler!(move_, s, ins, {
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    s.put_next(ins.a(), v)
});
handler!(move_r, s, ins, {
    let v = s.reg(ins.b());
    if v.is_ptr() {
        v.header().incref();
    }
    s.put_next(ins.a(), v)
});
handler!(move_t, s, ins, {
    let v = s.replace(ins.b(), Value::ZERO);
    s.put_next(ins.a(), v)
});
handler!(load_const, s, ins, {
    let v = s.constant(ins.bc());
    if v.is_ptr() {
        v.header().incref();
    }
    s.put_next(ins.a(), v)
});
handler!(drop_, s, ins, s.put_next(ins.a(), Value::ZERO));
handler!(unbind, s, ins, s.put_next(ins.a(), singletons::unbound()));
slow! {
    check_bound_slow => |s: &mut S, ins: Ins| Err::<(), _>(unbound_local(s, s.constant(ins.bc()))),
    make_cell => |s: &mut S, ins: Ins| {
        let v = s.reg(ins.a());
        let content = if ins.has(flags::EMPTY) || v.is_unbound() { None } else { Some(v.to_object()) };
        s.put(ins.a(), CellObject::new_object(content));
        Ok(())
    },
    load_deref_slow => |s: &mut S, ins: Ins| Err::<(), _>(unbound_deref(s, ins.b())),
    store_deref => |s: &mut S, ins: Ins| {
        let v = s.own_b(ins);
        s.sync();
        s.reg(ins.a()).expect::<CellObject>().content.set(v);
        Ok(())
    },
    delete_deref => |s: &mut S, ins: Ins| {
        s.sync();
        match s.reg(ins.a()).expect::<CellObject>().content.take() {
            Some(_) => Ok(()),
            None => Err(unbound_deref(s, ins.a())),
        }
    },
    for_iter_slow => for_iter_any,
    unpack_slow => unpack,
    unpack_ex_slow => unpack_with_rest,
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
#[cold]
pub fn unbound_local(s: &S, name: Value) -> Raised {
    s.sync();
    unbound_local_name(name)
}
#[cold]
pub fn unbound_local_name(name: Value) -> Raised {
    let name_text = name.expect::<Str>().to_string_lossy();
    raise::with_extra(
        kiln_object::exc::UnboundLocalError.get(),
        vec![Str::new(&format!(
            "cannot access local variable '{name_text}' where it is not associated with a value"
        ))],
        vec![Some(name.to_object())],
    )
}
#[cold]
pub fn unbound_deref(s: &S, reg: u16) -> Raised {
    let code = s.code();
    let name = Str::intern(code.code.register_name(reg).unwrap_or("?"));
    // A class body's `__class__` is its methods' variable.
    if !code.code.is_free(reg) && name.expect::<Str>().to_string_lossy() != "__class__" {
        return unbound_local(s, name.value());
    }
    s.sync();
    unbound_free(name.value())
}
#[cold]
pub fn unbound_free(name: Value) -> Raised {
    let text = name.expect::<Str>().to_string_lossy();
    raise::name_error(
        name,
        &format!("cannot access free variable '{text}' where it is not associated with a value in enclosing scope"),
    )
}
// The first thing that a function does: the registers are unbound still.
handler!(copy_free_vars, s, ins, {
    let closure = s.function_field(kiln_object::function::Function::CLOSURE_OFFSET);
    let cells = typed::<Tuple>(closure).items();
    let mut i = 0;
    while i < ins.b() && (i as usize) < cells.len() {
        let cell = cells[i as usize];
        cell.header().incref();
        debug_assert!(!s.reg(ins.a() + i).is_ptr() || s.reg(ins.a() + i).is_unbound());
        s.write(ins.a() + i, cell);
        i += 1;
    }
    s.next()
});
handler!(check_bound, s, ins, {
    if s.reg(ins.a()).is_unbound() {
        return s.go(Handler(check_bound_slow), ins.0);
    }
    s.next()
});
handler!(load_deref, s, ins, {
    // The compiler puts cells only into cell registers.
    let v = crate::calls::slot_word(s.reg(ins.b()), CellObject::CONTENT_OFFSET);
    if v.is_pending() {
        return s.go(Handler(load_deref_slow), ins.0);
    }
    if v.is_ptr() {
        v.header().incref();
    }
    s.put_next(ins.a(), v)
});

handler!(jump, s, ins, {
    s.skip(ins.bc() as i32 as i64);
    s.next()
});
handler!(jump_back_slow, s, ins, {
    #[cold]
    #[inline(never)]
    fn worker(
        pc: Pc,
        fp: *mut Value,
        th: &'static Thread,
        offset: i64,
        ks: *mut Value,
        table: *const Handler,
    ) -> crate::tier::BackEdge {
        let mut s = S { pc, fp, th, ks, table };
        let r = crate::tier::back_edge(&mut s, offset);
        s.leave_behind();
        r
    }
    use crate::tier::BackEdge;
    match worker(s.pc, s.fp, s.th, ins.bc() as i32 as i64, s.ks, s.table) {
        BackEdge::On => s.taken_up().next(),
        BackEdge::Raised => s.taken_up().go(Handler(crate::unwind::unwind), 0),
        BackEdge::Returned => {
            let s = s.taken_up();
            s.go(Handler(return_from_loop), s.th.second.get().0)
        }
        BackEdge::Left => s.taken_up().go(Handler(crate::unwind::unwind_caller), 0),
    }
});
handler!(jump_back, s, ins, {
    let code = s.code();
    let h = code.hotness.get();
    if s.th.breaker.get() != 0 || h >= code.threshold.get() {
        return s.go(Handler(jump_back_slow), ins.0);
    }
    code.count(h);
    s.skip(ins.bc() as i32 as i64);
    s.next()
});

handler!(return_, s, ins, {
    let v = s.a(ins);
    if ins.has(flags::A_TAKE) {
        s.write(ins.a(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    // The caller's data pointer carries a mark when a frame object points here, and when no call entered the frame.
    if s.link(1) & (FRAME_MARK | SPECIAL_MARK) != 0 {
        return s.go(Handler(return_slow), v.0);
    }
    // Variables are given up last to first.
    let mut i = s.code().temp_base.get() as u16;
    while i > 0 {
        i -= 1;
        let r = s.reg(i);
        if r.is_ptr() {
            let count = r.header().count() as i32;
            if count == 1 {
                return s.go(Handler(return_slow), v.0);
            }
            s.write(i, Value::ZERO);
            // That of an immortal object is negative.
            if count > 1 {
                r.header().set_count(count as u32 - 1);
            }
        }
    }
    leave(s, v)
});
handler!(return_hidden, s, ins, {
    s.th.depth.set(s.th.depth.get() + 1);
    s.go(Handler(return_), ins.0)
});
/// Marks the saved data pointer of a frame that a frame object points at.
pub const FRAME_MARK: u64 = 2;
/// Marks the saved data pointer of a frame that an instruction other than a call entered. See `special`. Whoever pops the
/// frame overwrites the word: with this mark it looks like a reference.
pub const SPECIAL_MARK: u64 = 1;
/// All marks of the saved data pointer.
pub const MARKS: u64 = FRAME_MARK | SPECIAL_MARK | crate::tier::HIDDEN_MARK;

/// Pops the frame, whose registers hold no pointers any more, and delivers its result.
#[inline(always)]
fn leave(mut s: S, v: Value) -> u64 {
    let callable = s.callable();
    let base = s.fp.wrapping_sub(4);
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    s.pc = s.link(3) as *const u64;
    s.ks = (s.link(1) & !MARKS) as *mut Value;
    s.fp = s.link(2) as *mut Value;
    crate::calls::write_word(base, v);
    match drop_quick(callable) {
        Old::Done => s.next(),
        Old::Last => s.go(Handler(release_and_go), callable.0),
    }
}
handler!(return_slow, s, ins, {
    if s.link(1) & SPECIAL_MARK != 0 {
        return s.go(Handler(crate::special::return_special), ins.0);
    }
    clear_frame(s.pc, s.fp, s.th, s.ks, s.table);
    leave(s, Value(ins.0))
});
// Machine code of a loop has returned: unlike at a `return`, temporaries that it did not take over may hold something still.
handler!(return_from_loop, s, ins, {
    clear_temporaries(s.pc, s.fp, s.th, s.ks, s.table);
    s.go(Handler(return_slow), ins.0)
});
#[cold]
#[inline(never)]
fn clear_temporaries(pc: Pc, fp: *mut Value, th: &'static Thread, ks: *mut Value, table: *const Handler) {
    let s = S { pc, fp, th, ks, table };
    let code = s.code();
    let first = code.temp_base.get() as u16;
    s.sync();
    s.clear_range(first, code.reg_count.get() as u16 - first);
}
#[cold]
#[inline(never)]
fn clear_frame(pc: Pc, fp: *mut Value, th: &'static Thread, ks: *mut Value, table: *const Handler) {
    clear_returning(&S { pc, fp, th, ks, table });
}
/// Releases the variables of a frame that returns: its temporaries hold nothing.
#[inline]
pub fn clear_returning(s: &S) {
    if s.link(1) & FRAME_MARK != 0 {
        return crate::frames::detach_and_clear(s, s.code().temp_base.get() as u16, None);
    }
    s.sync();
    crate::frames::show_caller(s);
    let mut i = s.code().temp_base.get() as u16;
    while i > 0 {
        i -= 1;
        let v = s.replace(i, Value::ZERO);
        if v.is_ptr() {
            v.decref();
        }
    }
}

// ── iteration ──
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
    let f = crate::calls::base_of::<kiln_object::native::NativeFunction>(f);
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
                && let Some(&v) = crate::calls::base_of::<Tuple>(tuple).items().get(t.index.get())
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
    let unpack = Ins(crate::calls::read_word(s.pc as *const Value).0);
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
            crate::calls::write_word(to, a.into_value());
            crate::calls::write_word(to.wrapping_add(1), b.into_value());
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
    let next = Ins(crate::calls::read_word(s.pc as *const Value).0);
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
// A pair, into registers that hold nothing.
handler!(unpack_sequence, s, ins, {
    let v = s.b(ins);
    if ins.c() != 2 || !v.is_ptr() || s.reg(ins.a()).is_ptr() || s.reg(ins.a() + 1).is_ptr() {
        return s.go(Handler(unpack_many), ins.0);
    }
    let items = match v.header().shape().0 {
        known::TUPLE => typed::<Tuple>(v).items(),
        known::LIST => typed::<List>(v).borrow(),
        _ => return s.go(Handler(unpack_slow), ins.0),
    };
    let &[first, second] = items else {
        return s.go(Handler(unpack_slow), ins.0);
    };
    for item in [first, second] {
        if item.is_ptr() {
            item.header().incref();
        }
    }
    s.write(ins.a(), first);
    s.write(ins.a() + 1, second);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if let Old::Last = drop_quick(v) {
            return s.go(Handler(release_and_go), v.0);
        }
    }
    s.next()
});
// An exact tuple or list of as many items as there are targets, none of which holds a reference: temporaries, as a rule.
handler!(unpack_many, s, ins, {
    let v = s.b(ins);
    let n = ins.c();
    if v.is_ptr() {
        let items = match v.header().shape().0 {
            known::TUPLE => typed::<Tuple>(v).items(),
            known::LIST => typed::<List>(v).borrow(),
            _ => &[],
        };
        let mut i = 0;
        while i < n && !s.reg(ins.a() + i).is_ptr() {
            i += 1;
        }
        if items.len() == n as usize && i == n && n > 0 {
            i = 0;
            while i < n {
                let item = items[i as usize];
                if item.is_ptr() {
                    item.header().incref();
                }
                s.write(ins.a() + i, item);
                i += 1;
            }
            if ins.has(flags::B_TAKE) {
                s.write(ins.b(), Value::ZERO);
                if let Old::Last = drop_quick(v) {
                    return s.go(Handler(release_and_go), v.0);
                }
            }
            return s.next();
        }
    }
    s.go(Handler(unpack_slow), ins.0)
});
fn unpack(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let n = ins.c() as usize;
    if let Some(t) = s.b(ins).exact::<Tuple>()
        && t.len() == n
    {
        // Held: a target may be the register that the tuple came in, and what a target held may run Python when released.
        let held = s.own_b(ins);
        for (i, item) in held.expect::<Tuple>().items().iter().enumerate() {
            s.put(ins.a() + i as u16, item.to_object());
        }
        return Ok(());
    }
    let items = unpack_exactly(s.b(ins), ins.c() as usize)?;
    s.consume(ins);
    for (i, item) in items.into_iter().enumerate() {
        s.put(ins.a() + i as u16, item);
    }
    Ok(())
}
/// Exactly `n` items of an iterable.
pub fn unpack_exactly(v: Value, n: usize) -> Result<smallvec::SmallVec<[Object; 8]>, Raised> {
    let exact = if let Some(t) = v.exact::<Tuple>() {
        (t.len() == n).then(|| t.items().iter().map(|v| v.to_object()).collect())
    } else if let Some(l) = v.exact::<List>() {
        (l.len() == n).then(|| l.borrow().iter().map(|v| v.to_object()).collect())
    } else {
        None
    };
    match exact {
        Some(items) => Ok(items),
        None => unpack_any(v, n),
    }
}
fn not_iterable(v: Value, r: Raised) -> Raised {
    match raise::catch(r, &kiln_object::exc::TypeError) {
        Ok(e) if v.class().special(Special::Iter).is_none() && v.class().special(Special::GetItem).is_none() => {
            drop(e);
            kiln_object::raise!(TypeError, "cannot unpack non-iterable {} object", v.class().name())
        }
        Ok(e) => raise::again(e),
        Err(r) => r,
    }
}
fn unpack_any(v: Value, n: usize) -> Result<smallvec::SmallVec<[Object; 8]>, Raised> {
    let it = ops::iter(v).map_err(|r| not_iterable(v, r))?;
    let mut items: smallvec::SmallVec<[Object; 8]> = smallvec::SmallVec::new();
    while items.len() < n {
        match ops::next(it.value())? {
            Some(o) => items.push(o),
            None => {
                return Err(kiln_object::raise!(
                    ValueError,
                    "not enough values to unpack (expected {n}, got {})",
                    items.len()
                ));
            }
        }
    }
    if ops::next(it.value())?.is_some() {
        let total = if v.is_exact::<Tuple>() || v.is_exact::<List>() || v.is_exact::<kiln_object::dict::Dict>() {
            Some(ops::len(v)?)
        } else {
            None
        };
        return Err(match total {
            Some(got) => kiln_object::raise!(ValueError, "too many values to unpack (expected {n}, got {got})"),
            None => kiln_object::raise!(ValueError, "too many values to unpack (expected {n})"),
        });
    }
    Ok(items)
}
// An exact list or tuple with items enough, and targets that hold nothing.
handler!(unpack_ex, s, ins, {
    let v = s.b(ins);
    if !spread(v, s.fp.wrapping_add(ins.a() as usize), ins.c()) {
        return s.go(Handler(unpack_ex_slow), ins.0);
    }
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if let Old::Last = drop_quick(v) {
            return s.go(Handler(release_and_go), v.0);
        }
    }
    s.next()
});
/// Puts the first items, the list of the middle ones and the last ones into the registers at `to`; false, with nothing done, if that takes
/// more than that.
#[inline(never)]
fn spread(v: Value, to: *mut Value, counts: u16) -> bool {
    use crate::calls::{read_word, write_word};
    if !v.is_ptr() {
        return false;
    }
    let all = match v.header().shape().0 {
        known::LIST => typed::<List>(v).borrow(),
        known::TUPLE => typed::<Tuple>(v).items(),
        _ => return false,
    };
    let (before, after) = ((counts & 0xff) as usize, (counts >> 8) as usize);
    if all.len() < before + after || (0..before + 1 + after).any(|i| read_word(to.wrapping_add(i)).is_ptr()) {
        return false;
    }
    let end = all.len() - after;
    let put = |at: usize, items: &[Value]| {
        for (i, item) in items.iter().enumerate() {
            item.incref();
            write_word(to.wrapping_add(at + i), *item);
        }
    };
    put(0, &all[..before]);
    write_word(
        to.wrapping_add(before),
        List::from_values(&all[before..end]).into_value(),
    );
    put(before + 1, &all[end..]);
    true
}
fn unpack_with_rest(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.b(ins);
    if v.is_exact::<List>() || v.is_exact::<Tuple>() {
        let held = s.own_b(ins);
        // Nothing runs until the items are counted.
        let all = match held.value().exact::<List>() {
            Some(_) => typed::<List>(held.value()).borrow(),
            None => typed::<Tuple>(held.value()).items(),
        };
        let (before, after) = ((ins.c() & 0xff) as usize, (ins.c() >> 8) as usize);
        if all.len() >= before + after {
            let end = all.len() - after;
            let middle = List::from_values(&all[before..end]);
            // Owned before any register gives up what it held.
            let first: smallvec::SmallVec<[Object; 8]> = all[..before].iter().map(|v| v.to_object()).collect();
            let last: smallvec::SmallVec<[Object; 8]> = all[end..].iter().map(|v| v.to_object()).collect();
            drop(held);
            for (i, item) in first.into_iter().chain(std::iter::once(middle)).chain(last).enumerate() {
                s.put(ins.a() + i as u16, item);
            }
            return Ok(());
        }
        let items = unpack_star(held.value(), before, after)?;
        drop(held);
        for (i, item) in items.into_iter().enumerate() {
            s.put(ins.a() + i as u16, item);
        }
        return Ok(());
    }
    let items = unpack_star(s.b(ins), (ins.c() & 0xff) as usize, (ins.c() >> 8) as usize)?;
    s.consume(ins);
    for (i, item) in items.into_iter().enumerate() {
        s.put(ins.a() + i as u16, item);
    }
    Ok(())
}
/// The first `before` items, a list, and the last `after` items of an iterable.
pub fn unpack_star(v: Value, before: usize, after: usize) -> Result<Vec<Object>, Raised> {
    let exact = match (v.exact::<List>(), v.exact::<Tuple>()) {
        (Some(l), _) => Some(l.borrow()),
        (_, Some(t)) => Some(t.items()),
        _ => None,
    };
    if let Some(all) = exact.filter(|all| all.len() >= before + after) {
        let (first, others) = all.split_at(before);
        let (middle, last) = others.split_at(others.len() - after);
        let mut items = Vec::with_capacity(before + 1 + after);
        items.extend(first.iter().map(|v| v.to_object()));
        items.push(List::from_values(middle));
        items.extend(last.iter().map(|v| v.to_object()));
        return Ok(items);
    }
    let it = ops::iter(v).map_err(|r| not_iterable(v, r))?;
    let mut items = Vec::new();
    while let Some(o) = ops::next(it.value())? {
        items.push(o);
    }
    if items.len() < before + after {
        return Err(kiln_object::raise!(
            ValueError,
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            items.len()
        ));
    }
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(List::from_vec(middle));
    items.extend(tail);
    Ok(items)
}
const _: fn() -> &'static kiln_object::Type = List::class;
