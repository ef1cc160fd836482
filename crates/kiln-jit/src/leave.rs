//! Leaving compiled code: the interpreter's frame is rebuilt from the site's table, and the interpreter goes on.
#![expect(unsafe_code, reason = "values are read from the save area of compiled code")]
//!
//! # Safety
//! Machine code calls `leave` with its version's handle, the number of one of its sites, and the address of its save area, in which every place
//! that the site names has been written.

use crate::build::{CALLABLE, ITEMS, ITEMS_INDEX, MADE, RANGE_NEXT, RANGE_STEP, RANGE_STOP};
use crate::follow;
use crate::state::{Version, jit, unit_of_frame, version_of};
use kiln_codegen::{Compiled, Frame, Place, Site, Source};
use kiln_hir::{Opcode, Resume};
use kiln_interp::calls::enter;
use kiln_interp::run::{Saved, UNWIND, finish, finish_with};
use kiln_interp::state::S;
use kiln_interp::words::{read_word, write_word};
use kiln_object::exception::BaseException;
use kiln_object::frame::{FrameObject, extend_traceback, left, named, unname};
use kiln_object::generator::Generator;
use kiln_object::layout::Slot;
use kiln_object::layout::{alloc, header};
use kiln_object::list::List;
use kiln_object::range::{ListIter, RangeIter, TupleIter};
use kiln_object::thread::Thread;
use kiln_object::{Object, Raised, Value, singletons};
use smallvec::SmallVec;
use std::cell::Cell;

/// The raw word of a place. Machine integers come as they are.
///
/// # Safety
/// `area` is the save area that the place belongs to.
unsafe fn raw(place: Place, area: *const u64) -> u64 {
    match place.source {
        // SAFETY: per the contract.
        Source::Word(i) | Source::Int(i) | Source::Float(i) | Source::Bool(i) => unsafe { *area.add(i as usize) },
        Source::Constant(word) => word,
        Source::ConstantFloat(bits) => bits,
    }
}

/// The value of a place, with a reference of its own.
///
/// # Safety
/// As for `raw`.
pub unsafe fn value_of(place: Place, area: *const u64) -> Object {
    // SAFETY: per the contract.
    let word = unsafe { raw(place, area) };
    match place.source {
        Source::Word(_) | Source::Constant(_) if place.owned => Object::from_owned(Value(word)),
        Source::Word(_) | Source::Constant(_) => Value(word).to_object(),
        Source::Int(_) => Object::int(word as i64),
        Source::Float(_) | Source::ConstantFloat(_) => Object::float(f64::from_bits(word)),
        Source::Bool(_) => Object::bool(word & 1 != 0),
    }
}

/// A machine integer, whether it is in the area or a constant.
///
/// # Safety
/// As for `raw`.
unsafe fn number(place: Place, area: *const u64) -> i64 {
    // SAFETY: per the contract.
    let word = unsafe { raw(place, area) } as i64;
    match place.source {
        // Constants are written as tagged ints.
        Source::Constant(_) => word >> 1,
        _ => word,
    }
}

/// The iterators that a frame holds in parts: to be put into it, or for a look, which takes nothing.
///
/// # Safety
/// As for `raw`; owned references move into the iterators, unless it is for a look.
pub unsafe fn iterators(frame: &Frame, area: *const u64, look: bool) -> Vec<(u16, Object)> {
    let regs = &frame.registers;
    let part = |reg: u32| regs.iter().find(|entry| entry.0 == reg).map(|entry| entry.1);
    let mut iterators = Vec::new();
    for entry in regs.iter().filter(|entry| entry.0 & ITEMS != 0) {
        let reg = entry.0 - ITEMS;
        let Some(index) = part(reg + ITEMS_INDEX) else { continue };
        let place = Place {
            owned: entry.1.owned && !look,
            ..entry.1
        };
        // SAFETY: per the contract.
        let (of, index) = unsafe { (value_of(place, area), number(index, area)) };
        let index = Cell::new(index as usize);
        let iter = if of.value().is_exact::<List>() {
            alloc(ListIter {
                header: header::<ListIter>(),
                list: Slot::new(of),
                index,
            })
        } else {
            alloc(TupleIter {
                header: header::<TupleIter>(),
                tuple: Slot::new(of),
                index,
            })
        };
        iterators.push((reg as u16, iter));
    }
    let ranges = regs
        .iter()
        .filter(|entry| entry.0 & RANGE_NEXT != 0)
        .filter_map(|entry| {
            let reg = entry.0 - RANGE_NEXT;
            let (stop, step) = (part(reg + RANGE_STOP)?, part(reg + RANGE_STEP)?);
            // SAFETY: per the contract.
            let (next, stop, step) = unsafe { (number(entry.1, area), number(stop, area), number(step, area)) };
            let left = if step > 0 {
                (stop - next + step - 1).max(0) / step
            } else {
                (next - stop - step - 1).max(0) / -step
            };
            let iter = alloc(RangeIter {
                header: header::<RangeIter>(),
                next: Cell::new(next),
                step: Cell::new(step),
                left: Cell::new(left),
            });
            Some((reg as u16, iter))
        });
    iterators.extend(ranges);
    iterators
}

/// The runtime call `leave`.
///
/// # Safety
/// See the chapter above.
pub unsafe extern "sysv64" fn leave(_: *mut Thread, handle: u64, exit: u64, area: *const u64) -> u64 {
    // SAFETY: see the chapter above.
    let version = unsafe { version_of(handle) };
    let Some(compiled) = version.compiled.get() else {
        kiln_object::bug!("{} is left before it is there", version.unit.name())
    };
    let landing = if exit == Compiled::RETURNED {
        follow::landing()
    } else {
        None
    };
    let Some(site) = landing
        .as_ref()
        .map(|landing| landing.site)
        .or_else(|| compiled.exit(exit))
    else {
        kiln_object::bug!("exit {exit} of {} is not in its table", version.unit.name())
    };
    let activation = (area as usize).wrapping_add_signed(-compiled.area as isize);
    let raises = match &landing {
        Some(landing) => landing.result.is_pending(),
        None => site.frames[0].resume == Resume::Raise,
    };
    if landing.is_none() {
        count(version, site, raises);
    }
    let th = kiln_object::thread::thread();
    let pending = if raises { th.pending.take() } else { None };
    if let Some(e) = &pending
        && site
            .frames
            .iter()
            .all(|frame| kiln_interp::unwind::passes(unit_of_frame(frame).code(), frame.pc))
    {
        // SAFETY: see the chapter above.
        unsafe { pass(site, area, activation, e) };
        drop(th.pending.replace(pending));
        return Value::PENDING.0;
    }
    // The outermost frame first: each lies above its caller's, as if the interpreter had called it.
    let mut rebuilt: SmallVec<[(Saved, S, Object); 4]> = SmallVec::new();
    for (level, frame) in site.frames.iter().enumerate().rev() {
        // SAFETY: see the chapter above.
        let (saved, mut s) = unsafe { rebuild(frame, area, (activation, depth(site, level))) };
        if level > 0 || raises || landing.is_some() {
            s.pc = s.pc.wrapping_add(1);
        }
        if level > 0 {
            s.sync();
        }
        // A frame that native code entered does not give the last reference to its callable up: there is no frame below to show.
        let callable = read_word(s.fp.wrapping_sub(4)).to_object();
        rebuilt.push((saved, s, callable));
    }
    let Some((saved, mut s, callable)) = rebuilt.pop() else {
        kiln_object::bug!("exit {exit} of {} has no frame", version.unit.name())
    };
    // What belongs to no frame is given up only now: that may run code, which sees the frame.
    if !site.release.is_empty() {
        s.sync();
        for index in &site.release {
            // SAFETY: as above: an owned word.
            Value(unsafe { *area.add(*index as usize) }).decref();
        }
    }
    let mut result = if raises {
        s.sync();
        drop(th.pending.replace(pending));
        finish_with(&saved, s, UNWIND)
    } else if let Some(landing) = landing {
        s.sync();
        match follow::finish(landing, &mut s) {
            Ok(()) => finish(&saved, s),
            Err(_) => finish_with(&saved, s, UNWIND),
        }
    } else {
        finish(&saved, s)
    };
    give_up(callable);
    // Then its callers, each with what the one before returned or raised.
    for frame in &site.frames[1..] {
        let Some((saved, s, callable)) = rebuilt.pop() else {
            break;
        };
        result = match result.and_then(|v| returned(frame, &s, v)) {
            Ok(()) => finish(&saved, s),
            Err(_) => finish_with(&saved, s, UNWIND),
        };
        give_up(callable);
    }
    match result {
        Ok(v) => v.into_value().0,
        Err(_) => Value::PENDING.0,
    }
}

/// An exception leaves all frames of a site, none of which handles it: their variables go to the frame objects in its traceback.
///
/// # Safety
/// As for `raw`; owned references move into the frame objects.
unsafe fn pass(site: &Site, area: *const u64, activation: usize, e: &Object) {
    // Released at the end, in order: that may run code.
    let mut rest: SmallVec<[Object; 8]> = SmallVec::new();
    for (level, frame) in site.frames.iter().enumerate() {
        let code = unit_of_frame(frame).code();
        let locals = code.temp_base.get();
        let mut callable = Object::none();
        if let Some((_, place)) = frame.registers.iter().find(|entry| entry.0 == CALLABLE) {
            // SAFETY: per the contract.
            callable = unsafe { value_of(*place, area) };
        }
        let object = named(activation, depth(site, level))
            .unwrap_or_else(|| kiln_interp::frames::object_of(callable.value(), code));
        let f = kiln_interp::words::typed::<FrameObject>(object.value());
        unname(f);
        f.index.set(frame.pc);
        f.values.unbound(locals as usize);
        for (reg, place) in &frame.registers {
            // Beyond the callable are numbers, which are parts of iterators.
            if *reg == CALLABLE || *reg > CALLABLE && reg & ITEMS == 0 {
                continue;
            }
            // SAFETY: per the contract.
            let v = unsafe { value_of(*place, area) };
            if *reg < locals {
                drop(f.values.set(*reg as usize, v));
            } else {
                rest.push(v);
            }
        }
        f.assign_awaiting();
        extend_traceback(e.expect::<BaseException>(), object, frame.pc);
        left(f);
        rest.push(callable);
    }
    for index in &site.release {
        // SAFETY: as above: an owned word.
        rest.push(Object::from_owned(Value(unsafe { *area.add(*index as usize) })));
    }
}

/// Releases a frame's callable; what that runs does not see the exception that the frame may have left with.
fn give_up(callable: Object) {
    let th = kiln_object::thread::thread();
    let pending = th.pending.take();
    drop(callable);
    if pending.is_some() {
        drop(th.pending.replace(pending));
    }
}

/// Puts a frame on the value stack, at the instruction that the site names.
///
/// # Safety
/// As for `raw`; owned references move into the frame.
unsafe fn rebuild(frame: &Frame, area: *const u64, (activation, depth): (usize, u32)) -> (Saved, S) {
    let code = unit_of_frame(frame).code();
    let (saved, mut s, window) = match kiln_interp::run::begin_over(true) {
        Ok(begun) => begun,
        Err(_) => kiln_object::bug!("no room to leave compiled code"),
    };
    let mut callable = Value::ZERO;
    // SAFETY: per the contract.
    let iterators = unsafe { iterators(frame, area, false) };
    for (reg, place) in &frame.registers {
        if *reg == CALLABLE {
            // SAFETY: as above.
            callable = unsafe { value_of(*place, area) }.into_value();
        }
    }
    write_word(window, callable);
    enter(&mut s, window, code);
    kiln_interp::generators::entered(&s, callable);
    // The frame takes the place of a compiled one, which does not count either.
    s.th.depth.set(s.th.depth.get().wrapping_sub(1));
    let temp_base = code.temp_base.get() as u16;
    for i in 0..code.reg_count.get() as u16 {
        s.write(
            i,
            if i < temp_base {
                singletons::unbound()
            } else {
                Value::ZERO
            },
        );
    }
    for (reg, place) in &frame.registers {
        if *reg < MADE {
            // SAFETY: as above.
            s.write(*reg as u16, unsafe { value_of(*place, area) }.into_value());
        } else if *reg == MADE {
            // The call's place is where its result will be; until then the instance waits there, as the shim's frame would have it.
            let a = code.instr(frame.pc).a();
            // SAFETY: as above.
            s.write(a, unsafe { value_of(*place, area) }.into_value());
        }
    }
    for (reg, iter) in iterators {
        s.write(reg, iter.into_value());
    }
    s.pc = code.address(frame.pc);
    if let Some(o) = named(activation, depth) {
        kiln_interp::frames::adopt(&s, o);
    } else if let Some(o) = callable.cast::<Generator>().and_then(|g| g.frame.get()) {
        kiln_interp::frames::assign_awaiting(&s, o.expect::<FrameObject>());
    }
    (saved, s)
}

/// How many of a site's frames called the one at that level, directly or not.
fn depth(site: &Site, level: usize) -> u32 {
    (site.frames.len() - 1 - level) as u32
}

/// The frame's call instruction gets its callee's result.
pub fn returned(frame: &Frame, s: &S, result: Object) -> Result<(), Raised> {
    if frame.registers.iter().any(|entry| entry.0 == MADE) {
        // `__init__` of the instance that is there already.
        if !result.is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "__init__() should return None, not '{}'",
                result.class().name()
            ));
        }
        return Ok(());
    }
    s.put(unit_of_frame(frame).code().instr(frame.pc).a(), result);
    Ok(())
}

/// Counts the exit, and sees to it that code which leaves too often is made anew.
fn count(version: &'static Version, site: &Site, raises: bool) {
    let stats = &jit().stats;
    if site.opcode == Opcode::EndFrame {
        // Nothing went wrong.
        return;
    }
    if raises {
        stats.raised.set(stats.raised.get() + 1);
        // A handler around inlined code is the interpreter's: where it is needed often, the code is better called.
        for caller in &site.frames[1..] {
            let unit = unit_of_frame(caller);
            if unit.code().code.handler_at(caller.pc).is_some() {
                version.failures.set(version.failures.get() + 1);
                if version.failures.get() == 20 {
                    unit.give_up_at(caller.pc);
                    stats.given_up.set(stats.given_up.get() + 1);
                    crate::tiers::note_failed(version);
                    version.invalid.set(1);
                    crate::state::retire_version(version);
                }
                break;
            }
        }
        return;
    }
    if version.counts && version.ticks.get() == 0 {
        // It has run long enough for its caches to say what to expect, and for calls to have met what they call.
        let unit = version.unit;
        let known = unit.warm.replace(true);
        unit.settled.set(true);
        if !known || version.spared || unit.has_noted() {
            stats.warmed.set(stats.warmed.get() + 1);
            crate::state::retire_version(version);
        }
        return;
    }
    if version.misses.get() == 0 {
        // Sites have met more shapes than it knows: by now their caches have them all.
        version.misses.set(u32::MAX);
        stats.learned.set(stats.learned.get() + 1);
        crate::tiers::note_failed(version);
        version.invalid.set(1);
        crate::state::retire_version(version);
        return;
    }
    stats.exits.set(stats.exits.get() + 1);
    let pc = site.frames[0].pc;
    let unit = unit_of_frame(&site.frames[0]);
    if jit().options.borrow().stats {
        let key = (unit.name(), pc, site.opcode.name());
        *stats.leaving.borrow_mut().entry(key).or_default() += 1;
    }
    // Exits of one frame state share a site, whose opcode is the first one's.
    let polled = site.opcode == Opcode::Poll && kiln_object::thread::thread().breaker.get() != 0;
    if polled || version.invalid.get() != 0 {
        return;
    }
    version.failures.set(version.failures.get() + 1);
    unit.note_failure(pc, version);
    if version
        .patience
        .is_some_and(|patience| version.failures.get() >= patience)
    {
        stats.given_up.set(stats.given_up.get() + 1);
        crate::tiers::note_failed(version);
        version.invalid.set(1);
        crate::state::retire_version(version);
    }
}
