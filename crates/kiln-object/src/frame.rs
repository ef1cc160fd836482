//! Frame objects and tracebacks, made on demand.
//!
//! A frame that runs lives on the value stack; its frame object, if anybody asked for one, points there. When the frame
//! is left the object takes over the values of its variables.

use crate::layout::{Slot, Trace, alloc, header};
use crate::object_struct;
use crate::value::{Object, Value};
use std::cell::{Cell, RefCell};

/// Values of a frame's variables, by register. They are given up last to first, as a frame does it.
#[derive(Default)]
pub struct Variables(RefCell<Vec<Object>>);
impl Variables {
    pub fn get(&self, i: usize) -> Option<Object> {
        self.0.borrow().get(i).cloned()
    }
    /// Assigns a variable; what it was, if there is such a register.
    pub fn set(&self, i: usize, value: Object) -> Option<Object> {
        Some(std::mem::replace(self.0.borrow_mut().get_mut(i)?, value))
    }
    pub fn fill(&self, values: Vec<Object>) {
        self.clear();
        self.0.replace(values);
    }
}
impl Trace for Variables {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.0.trace(visit);
    }
    fn clear(&self) {
        let mut values = self.0.take();
        while let Some(value) = values.pop() {
            drop(value);
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
    pub struct FrameObject = "frame", Container {
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
    pub struct Traceback = "traceback", Container {
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
