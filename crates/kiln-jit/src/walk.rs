//! Compiled frames on the native stack, for tracebacks and whoever else looks at frames.
#![expect(unsafe_code, reason = "reads frames of compiled code on the native stack")]
//!
//! # Safety
//! A transition lies on the stack of the thread for as long as its runtime call runs. It names a frame of compiled code, whose frame pointer
//! leads to the frame that called it. An address within a version's code says that a frame is one of that version's, with its save area at a
//! known distance.

use crate::build::CALLABLE;
use crate::leave::{ranges, value_of};
use crate::state::{Version, jit, unit_of_frame};
use kiln_codegen::{Frame, Place, Site, Transition};
use kiln_interp::tier::Compiled;
use kiln_object::{Object, Value, singletons};

fn frame(c: Compiled) -> Option<(&'static Version, &'static Site, *const u64)> {
    let version = jit().version_at(c.return_address)?;
    let compiled = version.compiled.get()?;
    let site = compiled.site_at((c.return_address - version.start.get()) as u32)?;
    let area = c.frame_pointer.wrapping_add_signed(compiled.area as isize) as *const u64;
    Some((version, site, area))
}

pub fn first(transition: usize) -> Option<Compiled> {
    let mut transition = transition;
    while transition != 0 {
        // SAFETY: see the chapter above.
        let t = unsafe { &*(transition as *const Transition) };
        let c = Compiled {
            frame_pointer: t.frame_pointer,
            return_address: t.return_address,
            transition,
            level: 0,
        };
        if frame(c).is_some() {
            return Some(c);
        }
        // A place that is none of the table's: this frame is being left, and the interpreter has it by now. Its callers are still there.
        if jit().version_at(c.return_address).is_some() {
            return next(c);
        }
        transition = t.previous as usize;
    }
    None
}

pub fn next(c: Compiled) -> Option<Compiled> {
    // The caller of inlined code is in the same piece of machine code.
    if let Some((_, site, _)) = frame(c)
        && c.level as usize + 1 < site.frames.len()
    {
        return Some(Compiled {
            level: c.level + 1,
            ..c
        });
    }
    // SAFETY: see the chapter above: a frame begins with its caller's frame pointer and the return address.
    let (frame_pointer, return_address) = unsafe {
        let p = c.frame_pointer as *const usize;
        (*p, *p.add(1))
    };
    let caller = Compiled {
        frame_pointer,
        return_address,
        transition: c.transition,
        level: 0,
    };
    if frame(caller).is_some() {
        return Some(caller);
    }
    // SAFETY: as above.
    let previous = unsafe { (*(c.transition as *const Transition)).previous };
    first(previous as usize)
}

/// The frame of the function that is meant.
fn level(c: Compiled, site: &Site) -> Option<&Frame> {
    site.frames.get(c.level as usize)
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
    let Some((_, site, area)) = frame(c) else {
        return Value::ZERO;
    };
    match level(c, site).and_then(|frame| place(frame, CALLABLE)) {
        // SAFETY: the save area of the frame; the caller keeps the callable alive.
        Some(place) => unsafe { value_of(place, area) }.value(),
        None => Value::ZERO,
    }
}

pub fn index(c: Compiled) -> u32 {
    let found = frame(c);
    found
        .and_then(|(_, site, _)| level(c, site))
        .map_or(0, |frame| frame.pc)
}

pub fn register(c: Compiled, reg: u16) -> Object {
    match frame(c).and_then(|(_, site, area)| Some((level(c, site)?, area))) {
        Some((frame, area)) => content(frame, area, reg),
        None => Object::from_owned(Value::ZERO),
    }
}

/// The first `n` registers.
pub fn registers(c: Compiled, n: u16) -> Vec<Object> {
    match frame(c).and_then(|(_, site, area)| Some((level(c, site)?, area))) {
        Some((frame, area)) => (0..n).map(|reg| content(frame, area, reg)).collect(),
        None => Vec::new(),
    }
}

fn content(frame: &Frame, area: *const u64, reg: u16) -> Object {
    if let Some(place) = place(frame, reg as u32) {
        // SAFETY: the save area of the frame.
        return unsafe { value_of(place, area) };
    }
    // SAFETY: as above.
    let ranges = unsafe { ranges(frame, area) };
    if let Some((_, iter)) = ranges.into_iter().find(|entry| entry.0 == reg) {
        return iter;
    }
    if (reg as u32) < unit_of_frame(frame).code().temp_base.get() {
        singletons::unbound().to_object()
    } else {
        Object::from_owned(Value::ZERO)
    }
}
