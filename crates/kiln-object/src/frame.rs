//! Frame objects and tracebacks, made on demand.
//!
//! A frame that runs lives on the value stack; its frame object, if anybody asked for one, points there. When the frame
//! is left the object takes over the values of its variables.
#![expect(unsafe_code, reason = "the variables lie in raw memory of the heap")]
//!
//! # Safety
//! `Variables` has as many owned values as it says, in memory of its own. They are out of its reach before the first is released. [`LEFT`] and
//! [`NAMED`] name frame objects that live: one that dies takes its name off.

use crate::exception::BaseException;
use crate::heap::{self, Kind};
use crate::layout::{Slot, Trace, alloc, header};
use crate::object_struct;
use crate::value::{Object, Value};
use std::cell::{Cell, OnceCell, RefCell};

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
    /// Makes room for `n` variables, none of which is bound.
    pub fn unbound(&self, n: usize) {
        self.clear();
        if n == 0 {
            return;
        }
        let p = heap::alloc(8 * n, Kind::Raw) as *mut Value;
        for i in 0..n {
            // SAFETY: room for as many words. The marker is immortal.
            unsafe { p.add(i).write(crate::singletons::unbound()) };
        }
        self.0.set(p);
        self.1.set(n as u32);
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
        // Few words as a rule.
        for i in 0..n {
            // SAFETY: room for as many words; per the contract.
            unsafe { p.add(i).write(words.add(i).read()) };
        }
        self.0.set(p);
        self.1.set(n as u32);
    }
    /// Moves `n` registers of a frame here; those hold nothing afterwards.
    #[inline]
    pub fn take_registers(&self, fp: *mut Value, n: usize) {
        // SAFETY: the caller's frame, whose registers own what they hold; a zero owns nothing.
        unsafe {
            self.take_over(fp, n);
            for i in 0..n {
                fp.add(i).write(Value::ZERO);
            }
        }
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

/// What a frame object has only where a program is traced, or assigns to the variables of a frame.
pub struct Rare {
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
    /// What `f_locals` gave the variables of compiled code, by register: they get it when the interpreter takes the frame over.
    pub awaiting: RefCell<Vec<(u16, Object)>>,
}
impl Rare {
    /// The value that a register of compiled code is to have.
    pub fn awaited(&self, register: u16) -> Option<Object> {
        let awaiting = self.awaiting.borrow();
        awaiting
            .iter()
            .find(|entry| entry.0 == register)
            .map(|entry| entry.1.clone())
    }
}
/// Room for it, once it is asked for.
#[derive(Default)]
pub struct RareCell(OnceCell<Box<Rare>>);
impl Trace for RareCell {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        if let Some(r) = self.0.get() {
            r.trace.trace(visit);
            r.extra_locals.trace(visit);
            r.overwritten.trace(visit);
            r.awaiting.borrow().iter().for_each(|entry| visit(entry.1.value()));
        }
    }
    fn clear(&self) {
        if let Some(r) = self.0.get() {
            r.trace.clear();
            r.extra_locals.clear();
            Trace::clear(&r.overwritten);
            drop(r.awaiting.take());
        }
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
        /// Values of the variables after the frame was left.
        pub values: Variables,
        /// The instruction being executed, for frames that are not running.
        pub index: Cell<u32>,
        /// The generator whose suspended frame this is, or zero: no reference, the generator takes itself out.
        pub suspended: Cell<Value>,
        /// The frame pointer of the activation of compiled code whose frame object this is, as long as that runs; or zero.
        pub activation: Cell<usize>,
        /// Which of the functions that were compiled into one it is; the outermost is 0.
        pub depth: Cell<u32>,
        rare: RareCell,
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
            activation: Cell::new(0),
            depth: Cell::new(0),
            rare: RareCell::default(),
        })
    }
    /// What it has if it was asked for before.
    #[inline]
    pub fn rare_if_any(&self) -> Option<&Rare> {
        self.rare.0.get().map(|r| &**r)
    }
    pub fn rare(&self) -> &Rare {
        self.rare.0.get_or_init(|| {
            if self.activation.get() != 0 {
                KEPT.0.borrow_mut().push(Value::from_ptr(&self.header).to_object());
            }
            Box::new(Rare {
                trace: Slot::empty(),
                trace_lines: Cell::new(true),
                trace_opcodes: Cell::new(false),
                extra_locals: Slot::empty(),
                trace_state: Cell::new(0),
                trace_line: Cell::new(0),
                trace_index: Cell::new(0),
                line_override: Cell::new(0),
                overwritten: RefCell::new(Vec::new()),
                awaiting: RefCell::new(Vec::new()),
            })
        })
    }
    /// The variables of a frame that compiled code has ended get what `f_locals` gave them meanwhile.
    pub fn assign_awaiting(&self) {
        if let Some(r) = self.rare_if_any() {
            for (register, v) in r.awaiting.take() {
                drop(self.values.set(register as usize, v));
            }
        }
    }
    /// `f_extra_locals`: what `f_locals` was given beyond the variables.
    pub fn extra_locals(&self) -> Option<Object> {
        self.rare_if_any().and_then(|r| r.extra_locals.get())
    }
}
impl Drop for FrameObject {
    #[inline]
    fn drop(&mut self) {
        if std::ptr::eq(LEFT.0.get(), self) {
            LEFT.0.set(std::ptr::null());
        }
        if self.activation.get() != 0 {
            unname(self);
        }
    }
}

/// Frame objects of activations of compiled code, by frame pointer and depth. It keeps none alive: one that dies takes itself off. Whoever ends an
/// activation takes the name off what is left.
///
/// In falling order of the frame pointers: the innermost activation, whose exception was just caught, is the last.
struct Named(RefCell<Vec<Name>>);
#[derive(Clone, Copy)]
struct Name {
    activation: usize,
    depth: u32,
    frame: *const FrameObject,
}
// SAFETY: under the global lock.
unsafe impl Sync for Named {}
static NAMED: Named = Named(RefCell::new(Vec::new()));

/// Where the names of an activation begin, or would.
fn names_of(named: &[Name], activation: usize) -> usize {
    match named.last() {
        Some(last) if last.activation > activation => named.len(),
        None => 0,
        Some(_) => named.partition_point(|name| name.activation > activation),
    }
}
/// Where that name is; else where it may be put.
fn place_of(named: &[Name], activation: usize, depth: u32) -> Result<usize, usize> {
    let first = names_of(named, activation);
    let same = named[first..].iter().take_while(|name| name.activation == activation);
    match same.into_iter().position(|name| name.depth == depth) {
        Some(at) => Ok(first + at),
        None => Err(first),
    }
}

/// Frame objects of activations that have something that only they know: as for other frames, that lasts until the frame ends.
struct Kept(RefCell<Vec<Object>>);
// SAFETY: under the global lock.
unsafe impl Sync for Kept {}
static KEPT: Kept = Kept(RefCell::new(Vec::new()));

/// From now on this is the frame object of an activation of compiled code.
pub fn name(frame: &FrameObject, activation: usize, depth: u32) {
    frame.activation.set(activation);
    frame.depth.set(depth);
    let name = Name {
        activation,
        depth,
        frame,
    };
    let mut named = NAMED.0.borrow_mut();
    match place_of(&named, activation, depth) {
        Ok(at) => {
            let other = std::mem::replace(&mut named[at], name);
            // SAFETY: see the chapter above: it lives.
            unsafe { &*other.frame }.activation.set(0);
        }
        Err(at) => named.insert(at, name),
    }
}
/// The frame object of an activation, if it has one that lives.
pub fn named(activation: usize, depth: u32) -> Option<Object> {
    let named = NAMED.0.borrow();
    let frame = named[place_of(&named, activation, depth).ok()?].frame;
    // SAFETY: see the chapter above: it lives.
    Some(Value::from_ptr(unsafe { &raw const (*frame).header }).to_object())
}
/// Whether some function of the activation has a frame object.
pub fn is_named(activation: usize) -> bool {
    let named = NAMED.0.borrow();
    let first = named.get(names_of(&named, activation));
    first.is_some_and(|name| name.activation == activation)
}
/// The activation is over, or somebody else's, or the frame object dies. The caller has a reference in the first two cases.
#[cold]
#[inline(never)]
pub fn unname(frame: &FrameObject) {
    let activation = frame.activation.replace(0);
    if activation != 0 {
        let mut named = NAMED.0.borrow_mut();
        if let Ok(at) = place_of(&named, activation, frame.depth.get()) {
            named.remove(at);
        }
    }
    if frame.rare_if_any().is_some() {
        let this = Value::from_ptr(&frame.header);
        let mut kept = KEPT.0.borrow_mut();
        let found = kept
            .iter()
            .position(|o| o.value() == this)
            .map(|at| kept.swap_remove(at));
        drop(kept);
        drop(found);
    }
}

/// The frame that an exception has left and whose `f_back` is not known yet.
///
/// Making a frame object for the caller takes long where that is compiled code, and mostly one is made anyway, a moment later, when the exception
/// comes to the caller and gets an entry for it. Whoever runs other Python code before that, or keeps the exception from going on, has it
/// settled first.
struct Left(Cell<*const FrameObject>);
// SAFETY: under the global lock.
unsafe impl Sync for Left {}
static LEFT: Left = Left(Cell::new(std::ptr::null()));

/// An exception whose traceback has the frame has left it: the next frame that it comes to is the caller.
#[inline]
pub fn left(frame: &FrameObject) {
    settle_caller();
    LEFT.0.set(frame);
}
/// The exception that is on its way goes no further just now: the frame that it left last was called by the innermost one.
#[inline(always)]
pub fn settle_caller() {
    if !LEFT.0.get().is_null() {
        settle();
    }
}
#[cold]
#[inline(never)]
fn settle() {
    // SAFETY: see the chapter above.
    let Some(frame) = (unsafe { LEFT.0.replace(std::ptr::null()).as_ref() }) else {
        return;
    };
    let held = Value::from_ptr(&frame.header).to_object();
    frame.back.set_option((crate::hooks::hooks().innermost_frame)());
    drop(held);
}

/// Adds an entry for `frame`, which the exception has come to, to its traceback.
pub fn extend_traceback(e: &BaseException, frame: Object, index: u32) {
    let next = e.traceback.take();
    let left = LEFT.0.get();
    if !left.is_null() {
        let inner = next.as_ref().map(|tb| tb.expect::<Traceback>().frame.raw());
        // SAFETY: see the chapter above.
        if inner == Some(Value::from_ptr(unsafe { &raw const (*left).header })) {
            LEFT.0.set(std::ptr::null());
            // SAFETY: as above.
            unsafe { &*left }.back.set(frame.clone());
        } else {
            settle();
        }
    }
    e.traceback.set(Traceback::new_object(next, frame, index, None));
}
