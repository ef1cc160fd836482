//! Moves, jumps, returns, cells.

use crate::state::{Handler, Ins, Old, Pc, S, drop_quick, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::descr::CellObject;
use kiln_object::raise;
use kiln_object::str::Str;
use kiln_object::thread::Thread;
use kiln_object::tuple::Tuple;
use kiln_object::{Raised, Value, singletons};

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
        // CPython leaves `name` unset: suggestions are for the other kind of NameError.
        vec![None],
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
    let v = crate::words::slot_word(s.reg(ins.b()), CellObject::CONTENT_OFFSET);
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
    crate::words::write_word(base, v);
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
