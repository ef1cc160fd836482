//! Compiled frames on the native stack, for tracebacks and whoever else looks at frames.
#![expect(unsafe_code, reason = "reads frames of compiled code on the native stack")]
//!
//! # Safety
//! A transition lies on the stack of the thread for as long as its runtime call runs. It names a frame of compiled code, whose frame pointer
//! leads to the frame that called it. An address within a version's code says that a frame is one of that version's, with its save area at a
//! known distance.

use crate::build::CALLABLE;
use crate::leave::{iterators, value_of};
use crate::state::{jit, unit_of_frame};
use kiln_codegen::{Frame, Place, Site, Transition};
use kiln_interp::tier::Compiled;
use kiln_object::{Object, Value, singletons};

/// The frame whose frame pointer and return address these are, if it is one of compiled code.
fn found(frame_pointer: usize, return_address: usize, slot: usize, transition: usize) -> Option<Compiled> {
    let version = jit().version_at(return_address)?;
    let compiled = version.compiled.get()?;
    let site: *const Site = compiled.site_at((return_address - version.start.get()) as u32)?;
    Some(Compiled {
        frame_pointer,
        return_address,
        slot,
        transition,
        level: 0,
        site: site.cast(),
        area: frame_pointer.wrapping_add_signed(compiled.area as isize) as *const u64,
    })
}
/// What is known of the place that a frame is at.
pub fn site(c: Compiled) -> &'static Site {
    // SAFETY: `found` took it from a version, which is kept while a frame is in its code.
    unsafe { &*c.site.cast::<Site>() }
}

pub fn first(transition: usize) -> Option<Compiled> {
    let mut transition = transition;
    while transition != 0 {
        // SAFETY: see the chapter above.
        let t = unsafe { &*(transition as *const Transition) };
        let slot = transition + Transition::RETURN_SLOT;
        if let Some(c) = found(t.frame_pointer, t.return_address, slot, transition) {
            return Some(c);
        }
        // A place that is none of the table's: this frame is being left, and the interpreter has it by now. Its callers are still there.
        if jit().version_at(t.return_address).is_some() {
            return caller_of(t.frame_pointer, transition);
        }
        transition = t.previous as usize;
    }
    None
}

pub fn next(c: Compiled) -> Option<Compiled> {
    // The caller of inlined code is in the same piece of machine code.
    if c.level as usize + 1 < site(c).frames.len() {
        return Some(Compiled {
            level: c.level + 1,
            ..c
        });
    }
    caller_of(c.frame_pointer, c.transition)
}
/// The compiled frame above the one with this frame pointer.
fn caller_of(frame_pointer: usize, transition: usize) -> Option<Compiled> {
    // SAFETY: see the chapter above: a frame begins with its caller's frame pointer and the return address.
    let (outer, return_address) = unsafe {
        let p = frame_pointer as *const usize;
        (*p, *p.add(1))
    };
    let slot = frame_pointer + size_of::<usize>();
    let return_address = crate::follow::original(slot, return_address);
    if let Some(caller) = found(outer, return_address, slot, transition) {
        return Some(caller);
    }
    // SAFETY: as above.
    let previous = unsafe { (*(transition as *const Transition)).previous };
    first(previous as usize)
}

/// The frame of the function that is meant.
fn level(c: Compiled) -> Option<&'static Frame> {
    site(c).frames.get(c.level as usize)
}

fn place(frame: &Frame, reg: u32) -> Option<Place> {
    let entry = frame.registers.iter().find(|entry| entry.0 == reg)?;
    // A look takes nothing.
    Some(Place {
        owned: false,
        ..entry.1
    })
}

pub fn callable(c: Compiled) -> Value {
    match level(c).and_then(|frame| place(frame, CALLABLE)) {
        // SAFETY: the save area of the frame; the caller keeps the callable alive.
        Some(place) => unsafe { value_of(place, c.area) }.value(),
        None => Value::ZERO,
    }
}

/// The activation and its depth, as frame objects name them.
pub fn name(c: Compiled) -> (usize, u32) {
    (c.frame_pointer, site(c).frames.len() as u32 - 1 - c.level)
}

pub fn index(c: Compiled) -> u32 {
    level(c).map_or(0, |frame| frame.pc)
}

pub fn register(c: Compiled, reg: u16) -> Object {
    match level(c) {
        Some(frame) => content(frame, c.area, reg),
        None => Object::from_owned(Value::ZERO),
    }
}

/// The first `n` registers.
pub fn registers(c: Compiled, n: u16) -> Vec<Object> {
    let Some(frame) = level(c) else {
        return Vec::new();
    };
    let temp_base = unit_of_frame(frame).code().temp_base.get();
    let mut values: Vec<Object> = (0..n as u32)
        .map(|reg| {
            if reg < temp_base {
                singletons::unbound().to_object()
            } else {
                Object::from_owned(Value::ZERO)
            }
        })
        .collect();
    for (reg, found) in &frame.registers {
        if let Some(value) = values.get_mut(*reg as usize) {
            // A look takes nothing.
            let place = Place { owned: false, ..*found };
            // SAFETY: the save area of the frame.
            *value = unsafe { value_of(place, c.area) };
        }
    }
    // SAFETY: as above.
    for (reg, iter) in unsafe { iterators(frame, c.area, true) } {
        if let Some(value) = values.get_mut(reg as usize) {
            *value = iter;
        }
    }
    values
}

fn content(frame: &Frame, area: *const u64, reg: u16) -> Object {
    if let Some(place) = place(frame, reg as u32) {
        // SAFETY: the save area of the frame.
        return unsafe { value_of(place, area) };
    }
    // SAFETY: as above.
    let iterators = unsafe { iterators(frame, area, true) };
    if let Some((_, iter)) = iterators.into_iter().find(|entry| entry.0 == reg) {
        return iter;
    }
    if (reg as u32) < unit_of_frame(frame).code().temp_base.get() {
        singletons::unbound().to_object()
    } else {
        Object::from_owned(Value::ZERO)
    }
}
