//! Frame objects and tracebacks, made on demand.
//!
//! A frame that runs lives on the value stack; its frame object, if anybody asked for one, points there. When the frame
//! is left the object takes over the values of its variables.
#![expect(unsafe_code, reason = "the variables lie in raw memory of the heap")]
//!
//! # Safety
//! `Variables` has as many owned values as it says, in memory of its own. They are out of its reach before the first is released.

use crate::heap::{self, Kind};
use crate::layout::{Slot, Trace, alloc, header};
use crate::object_struct;
use crate::value::{Object, Value};
use std::cell::{Cell, RefCell};

/// Values of a frame's variables, by register. They are given up last to first, as a frame does it.
pub struct Variables(Cell<*mut Value>, Cell<u32>);
impl Default for Variables {
    fn default() -> Variables {
        Variables(Cell::new(std::ptr::null_mut()), Cell::new(0))
    }
}
impl Variables {
    fn slots(&self) -> &[Cell<Value>] {
        match self.1.get() {
            0 => &[],
            // SAFETY: as many owned values lie there, until `clear` takes them away.
            n => unsafe { std::slice::from_raw_parts(self.0.get() as *const Cell<Value>, n as usize) },
        }
    }
    pub fn get(&self, i: usize) -> Option<Object> {
        self.slots().get(i).map(|v| v.get().to_object())
    }
    /// Assigns a variable; what it was, if there is such a register.
    pub fn set(&self, i: usize, value: Object) -> Option<Object> {
        let slot = self.slots().get(i)?;
        Some(Object::from_owned(slot.replace(value.into_value())))
    }
    pub fn fill(&self, values: Vec<Object>) {
        let words: Vec<Value> = values.into_iter().map(Object::into_value).collect();
        // SAFETY: the references that the vector held.
        unsafe { self.take_over(words.as_ptr(), words.len()) };
    }
    /// Takes over the references in `n` words; those stay as they are.
    ///
    /// # Safety
    /// Each word there owns a reference, which is this object's afterwards.
    pub unsafe fn take_over(&self, words: *const Value, n: usize) {
        self.clear();
        if n == 0 {
            return;
        }
        let p = heap::alloc(8 * n, Kind::Raw) as *mut Value;
        // SAFETY: room for as many words; per the contract.
        unsafe { std::ptr::copy_nonoverlapping(words, p, n) };
        self.0.set(p);
        self.1.set(n as u32);
    }
}
impl Trace for Variables {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.slots().iter().for_each(|v| visit(v.get()));
    }
    fn clear(&self) {
        let (p, n) = (self.0.get(), self.1.replace(0) as usize);
        if n == 0 {
            return;
        }
        // SAFETY: the values are nobody's but ours now; they were allocated as so many words.
        unsafe {
            for i in (0..n).rev() {
                (*p.add(i)).decref();
            }
            heap::free(p as *mut u8, 8 * n, Kind::Raw);
        }
    }
}
impl Drop for Variables {
    fn drop(&mut self) {
        self.clear();
    }
}

object_struct! {
    /// `frame`.
    pub struct FrameObject = "frame" @ FRAME, Container {
        pub code: Slot,
        pub globals: Slot,
        pub builtins: Slot,
        /// The caller's frame object; while the frame runs it is found on the stack instead.
        pub back: Slot,
        /// The frame's registers on the value stack while it runs, else null.
        pub fp: Cell<*mut Value>,
        /// The instruction being executed, for frames that are not running.
        pub index: Cell<u32>,
        /// Values of the variables after the frame was left.
        pub values: Variables,
        /// The generator whose suspended frame this is, or zero: no reference, the generator takes itself out.
        pub suspended: Cell<Value>,
        /// `f_trace`, `f_trace_lines`, `f_trace_opcodes`.
        pub trace: Slot,
        pub trace_lines: Cell<bool>,
        pub trace_opcodes: Cell<bool>,
        /// Names that `f_locals` was given and that are no variables: a dict.
        pub extra_locals: Slot,
        /// While the frame is traced: whether it was seen to start or to be suspended, the line and the instruction last seen.
        pub trace_state: Cell<u8>,
        pub trace_line: Cell<u32>,
        pub trace_index: Cell<u32>,
        /// The line that `f_lineno` shows while a call is being told of, else 0.
        pub line_override: Cell<u32>,
        /// What variables held before `f_locals` was given other values for them: instructions under way may use it.
        pub overwritten: RefCell<Vec<Object>>,
    }
}
object_struct! {
    /// What `f_locals` of a function's frame is: reads and writes go through to its variables.
    pub struct LocalsProxy = "FrameLocalsProxy", Container { pub frame: Slot }
}
object_struct! {
    /// `traceback`.
    pub struct Traceback = "traceback" @ TRACEBACK, Container {
        pub next: Slot,
        pub frame: Slot,
        pub index: Cell<u32>,
        /// `None` while nobody asked: the line table says it.
        line: Cell<Option<i64>>,
        /// `tb_lasti` of a traceback that a program made.
        pub lasti: Cell<Option<i64>>,
    }
}

impl Traceback {
    pub fn new_object(next: Option<Object>, frame: Object, index: u32, line: Option<i64>) -> Object {
        alloc(Traceback {
            header: header::<Traceback>(),
            next: Slot::from_option(next),
            frame: Slot::new(frame),
            index: Cell::new(index),
            line: Cell::new(line),
            lasti: Cell::new(None),
        })
    }
    /// `tb_lineno`.
    pub fn line(&self) -> i64 {
        if let Some(line) = self.line.get() {
            return line;
        }
        let frame = self.frame.value();
        let code = frame.expect::<FrameObject>().code.value();
        let line = code
            .expect::<crate::code::CodeObject>()
            .code
            .positions
            .at(self.index.get())
            .line as i64;
        self.line.set(Some(line));
        line
    }
}
impl LocalsProxy {
    pub fn new_object(frame: Object) -> Object {
        alloc(LocalsProxy {
            header: header::<LocalsProxy>(),
            frame: Slot::new(frame),
        })
    }
}
impl FrameObject {
    pub fn new_object(code: Object, globals: Option<Object>, builtins: Option<Object>) -> Object {
        alloc(FrameObject {
            header: header::<FrameObject>(),
            code: Slot::new(code),
            globals: Slot::from_option(globals),
            builtins: Slot::from_option(builtins),
            back: Slot::empty(),
            fp: Cell::new(std::ptr::null_mut()),
            index: Cell::new(0),
            values: Variables::default(),
            suspended: Cell::new(Value::ZERO),
            trace: Slot::empty(),
            trace_lines: Cell::new(true),
            trace_opcodes: Cell::new(false),
            extra_locals: Slot::empty(),
            trace_state: Cell::new(0),
            trace_line: Cell::new(0),
            trace_index: Cell::new(0),
            line_override: Cell::new(0),
            overwritten: RefCell::new(Vec::new()),
        })
    }
}
