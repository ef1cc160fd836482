//! Frame objects for frames on the value stack, and walking the stack.

use crate::control::FRAME_MARK;
use crate::run::exit_pc;
use crate::state::{Pc, S};
use crate::tier::{self, Compiled};
use crate::words::{read_word, typed, write_word};
use kiln_object::code::CodeObject;
use kiln_object::descr::CellObject;
use kiln_object::exception::BaseException;
use kiln_object::frame::{self, FrameObject, LocalsProxy, Traceback};
use kiln_object::function::Function;
use kiln_object::generator::Generator;
use kiln_object::hooks::FrameVariable;
use kiln_object::str::Str;
use kiln_object::thread::thread;
use kiln_object::{Object, Value, singletons};
use std::cell::RefCell;

thread_local! {
    /// Frame objects of frames on the stack, by frame pointer. Each entry holds a reference.
    static OBJECTS: RefCell<Objects> = const { RefCell::new(Objects(Vec::new())) };
}

/// Sorted by frame pointer: what is asked for is nearly always the innermost frame's, the last.
struct Objects(Vec<(usize, Object)>);
impl Objects {
    #[inline]
    fn place(&self, fp: usize) -> Result<usize, usize> {
        match self.0.last() {
            None => Err(0),
            Some((last, _)) if *last == fp => Ok(self.0.len() - 1),
            Some((last, _)) if *last < fp => Err(self.0.len()),
            Some(_) => self.0.binary_search_by_key(&fp, |entry| entry.0),
        }
    }
    fn get(&self, fp: usize) -> Option<Object> {
        self.place(fp).ok().map(|i| self.0[i].1.clone())
    }
    fn insert(&mut self, fp: usize, o: Object) -> Option<Object> {
        match self.place(fp) {
            Ok(i) => Some(std::mem::replace(&mut self.0[i].1, o)),
            Err(i) => {
                self.0.insert(i, (fp, o));
                None
            }
        }
    }
    fn remove(&mut self, fp: usize) -> Option<Object> {
        let i = self.place(fp).ok()?;
        Some(self.0.remove(i).1)
    }
}

/// A frame seen from outside: on the value stack, or of compiled code.
#[derive(Clone, Copy)]
pub struct View {
    /// The interpreter's frame, or for a compiled one the interpreter's frame under it; may be null then.
    pub fp: *mut Value,
    /// Behind the instruction that it executes.
    pub pc: Pc,
    compiled: Option<Compiled>,
    /// A generator that delegates to the one of this frame, by way of others perhaps, and was passed over when that was resumed: its frame is
    /// meant, which is nowhere on a stack.
    passed: Option<&'static Generator>,
}
impl View {
    /// A frame on the value stack.
    pub fn at(fp: *mut Value, pc: Pc) -> View {
        View {
            fp,
            pc,
            compiled: None,
            passed: None,
        }
    }
    /// The innermost of the compiled frames that a transition names, or else the frame under them.
    fn above(fp: *mut Value, pc: Pc, transition: usize) -> Option<View> {
        let first = (transition != 0).then(|| (tier::hooks().first)(transition)).flatten();
        if first.is_some() {
            return Some(View {
                fp,
                pc,
                compiled: first,
                passed: None,
            });
        }
        (!fp.is_null()).then(|| View::at(fp, pc))
    }
    /// The innermost frame, as it last made itself visible.
    pub fn innermost() -> Option<View> {
        let th = thread();
        View::above(th.frame.get(), th.pc.get(), th.transition.get() as usize)
    }
    pub fn callable(self) -> Value {
        match self.passed {
            Some(g) => g.as_value(),
            None => self.own_callable(),
        }
    }
    /// That of the frame on a stack.
    fn own_callable(self) -> Value {
        match self.compiled {
            Some(c) => (tier::hooks().callable)(c),
            None => read_word(self.fp.wrapping_sub(4)),
        }
    }
    pub fn code(self) -> &'static CodeObject {
        // Functions and generators begin alike.
        typed::<CodeObject>(crate::words::slot_word(self.callable(), Function::CODE_OFFSET).expect_code())
    }
    pub fn index(self) -> u32 {
        if let Some(g) = self.passed {
            return g.suspended_at();
        }
        match self.compiled {
            Some(c) => (tier::hooks().index)(c),
            None => self.code().index_before(self.pc),
        }
    }
    /// What a register holds; an int 0 when it is dead.
    pub fn read(self, reg: u16) -> Object {
        if let Some(g) = self.passed {
            return g.regs.get(reg as usize).to_object();
        }
        match self.compiled {
            Some(c) => (tier::hooks().register)(c, reg),
            None => read_word(self.fp.wrapping_add(reg as usize)).to_object(),
        }
    }
    /// The Python frame that called this one, through native code too.
    pub fn caller(self) -> Option<View> {
        if let Some(passed) = self.passed_next() {
            return Some(View {
                passed: Some(passed),
                ..self
            });
        }
        if let Some(c) = self.compiled {
            return match (tier::hooks().next)(c) {
                Some(next) => Some(View {
                    compiled: Some(next),
                    passed: None,
                    ..self
                }),
                None => (!self.fp.is_null()).then(|| View::at(self.fp, self.pc)),
            };
        }
        let pc = read_word(self.fp.wrapping_sub(3)).0 as Pc;
        if pc == exit_pc() {
            let window = self.fp.wrapping_sub(4);
            let fp = read_word(window.wrapping_sub(2)).0 as *mut Value;
            let pc = read_word(window.wrapping_sub(1)).0 as Pc;
            return View::above(fp, pc, read_word(window.wrapping_sub(3)).0 as usize);
        }
        Some(View::at(read_word(self.fp.wrapping_sub(2)).0 as *mut Value, pc))
    }
    /// The next one of the generators that were passed over when that of this frame was resumed.
    fn passed_next(self) -> Option<&'static Generator> {
        let running = self.own_callable();
        if !running.is_ptr() || running == Value::ZERO {
            return None;
        }
        let running = running.cast::<Generator>()?;
        let via = running.via.get();
        if via.is_null() || !running.is_running() {
            return None;
        }
        let outermost = crate::generators::outermost_of(via);
        match self.passed {
            Some(g) if std::ptr::eq(g, outermost) => None,
            Some(g) => outermost.delegator_of(g),
            None => outermost.delegator_of(running),
        }
    }
    /// The nearest frame at or above this one that shows.
    pub fn visible(self) -> Option<View> {
        let mut v = self;
        // A shim's callable is a class: it has no code of its own.
        while v.is_hidden() {
            v = v.caller()?;
        }
        Some(v)
    }
    pub fn is_hidden(self) -> bool {
        if self.passed.is_some() {
            return false;
        }
        let c = self.callable();
        self.compiled.is_none() && self.mark() & tier::HIDDEN_MARK != 0
            || !(c.is_exact::<Function>() || c.cast::<Generator>().is_some())
    }
    /// What `f_locals` of this frame was given beyond its variables.
    pub fn extra_locals(self) -> Option<Object> {
        if self.passed.is_some() {
            return None;
        }
        self.object_if_any()?.expect::<FrameObject>().extra_locals()
    }
    /// Its frame object, if it has one.
    fn object_if_any(self) -> Option<Object> {
        match self.compiled {
            Some(c) => match self.callable().cast::<Generator>() {
                Some(g) => g.frame.get(),
                None => {
                    let (activation, depth) = (tier::hooks().name)(c);
                    frame::named(activation, depth)
                }
            },
            None if self.mark() & FRAME_MARK == 0 => None,
            None => OBJECTS.with_borrow(|t| t.get(self.fp as usize)),
        }
    }
    fn mark(self) -> u64 {
        read_word(self.fp.wrapping_sub(1)).0
    }
    /// Its frame object.
    pub fn object(self) -> Object {
        if let Some(g) = self.passed {
            return object_of_suspended(g);
        }
        if let Some(c) = self.compiled {
            return self.object_of_compiled(c);
        }
        if let Some(o) = self.object_if_any() {
            return o;
        }
        let c = self.callable();
        let o = match c.cast::<Generator>().and_then(|g| g.frame.get()) {
            Some(o) => o,
            None => {
                let o = object_of(c, self.code());
                if let Some(g) = c.cast::<Generator>() {
                    o.expect::<FrameObject>().suspended.set(c);
                    g.frame.set(o.clone());
                }
                o
            }
        };
        let f = o.expect::<FrameObject>();
        f.fp.set(self.fp);
        let old = OBJECTS.with_borrow_mut(|t| t.insert(self.fp as usize, o.clone()));
        drop(old);
        write_word(self.fp.wrapping_sub(1), Value(self.mark() | FRAME_MARK));
        o
    }
}
impl View {
    /// The frame object of a compiled frame.
    fn object_of_compiled(self, compiled: Compiled) -> Object {
        let known = self.object_if_any();
        let c = self.callable();
        let generator = c.cast::<Generator>();
        if let Some(o) = known {
            if generator.is_none() {
                (tier::hooks().follow)(compiled);
            }
            return o;
        }
        let o = object_of(c, self.code());
        let f = o.expect::<FrameObject>();
        f.index.set(self.index());
        if let Some(g) = generator {
            // It stays the generator's for good, and finds its values there.
            f.suspended.set(c);
            g.frame.set(o.clone());
            return o;
        }
        if (tier::hooks().follow)(compiled) {
            let (activation, depth) = (tier::hooks().name)(compiled);
            frame::name(f, activation, depth);
            return o;
        }
        // A picture of how it is now, since nothing tells the object of later changes.
        let locals = self.code().temp_base.get() as u16;
        f.values.fill((tier::hooks().registers)(compiled, locals));
        f.back
            .set_option(self.caller().and_then(View::visible).map(View::object));
        o
    }
}
/// A frame object for a call of a function or generator.
pub fn object_of(callable: Value, code: &CodeObject) -> Object {
    let word = |offset| {
        let v = crate::words::slot_word(callable, offset);
        (!v.is_pending()).then(|| v.to_object())
    };
    FrameObject::new_object(Value::from_ptr(&code.header).to_object(), word(16), word(24))
}
/// The frame object of a generator that is on no stack.
fn object_of_suspended(g: &Generator) -> Object {
    if let Some(o) = g.frame.get() {
        return o;
    }
    let o = object_of(g.as_value(), typed::<CodeObject>(g.code.raw()));
    let f = o.expect::<FrameObject>();
    f.index.set(g.suspended_at());
    f.suspended.set(g.as_value());
    g.frame.set(o.clone());
    o
}
/// The object of the innermost frame that shows, if there is one.
pub fn innermost_object() -> Option<Object> {
    View::innermost().and_then(View::visible).map(View::object)
}
trait ExpectCode {
    fn expect_code(self) -> Value;
}
impl ExpectCode for Value {
    fn expect_code(self) -> Value {
        debug_assert!(self.is_exact::<CodeObject>());
        self
    }
}

/// Whether anybody has the frame's object. One that nobody has any more is given up.
pub fn is_looked_at(s: &S) -> bool {
    if s.link(1) & FRAME_MARK == 0 {
        return false;
    }
    let held = OBJECTS.with_borrow(|t| t.get(s.fp as usize));
    // The table and `held` have a reference each.
    let in_use = |o: &Object| o.header().count() > 2 || o.expect::<FrameObject>().rare_if_any().is_some();
    if held.as_ref().is_some_and(in_use) {
        return true;
    }
    drop(detach(s));
    false
}

/// The frame at `s` takes the place of a compiled one, whose object this is.
pub fn adopt(s: &S, o: Object) {
    let f = o.expect::<FrameObject>();
    frame::unname(f);
    f.fp.set(s.fp);
    assign_awaiting(s, f);
    let old = OBJECTS.with_borrow_mut(|t| t.insert(s.fp as usize, o));
    drop(old);
    s.set_link(1, s.link(1) | FRAME_MARK);
}
/// The registers of the frame at `s`, which was compiled code's, get what `f_locals` gave them meanwhile.
pub fn assign_awaiting(s: &S, f: &FrameObject) {
    if let Some(r) = f.rare_if_any() {
        for (register, v) in r.awaiting.take() {
            let old = Object::from_owned(s.replace(register, v.into_value()));
            r.overwritten.borrow_mut().push(old);
        }
    }
}

/// The frame object's place on the stack, while its frame runs there.
pub fn view_of(f: &FrameObject) -> Option<View> {
    let fp = f.fp.get();
    let generator = f.suspended.get();
    // A generator may run in compiled code, where its frame has no place on the value stack.
    let compiled = fp.is_null() && generator.cast::<Generator>().is_some_and(Generator::is_running);
    if fp.is_null() && !compiled && f.activation.get() == 0 {
        return None;
    }
    let activation = f.activation.get();
    let is_of = |x: View| match x.compiled {
        _ if x.passed.is_some() => compiled && x.callable() == generator,
        None => x.fp == fp,
        Some(_) if compiled => x.callable() == generator,
        Some(c) => activation != 0 && (tier::hooks().name)(c) == (activation, f.depth.get()),
    };
    let mut v = View::innermost();
    while let Some(x) = v {
        if is_of(x) {
            return Some(x);
        }
        v = x.caller();
    }
    None
}
/// A frame object for the visible frame `depth` levels up.
pub fn frame_at(depth: usize) -> Option<Object> {
    let mut v = View::innermost()?.visible()?;
    for _ in 0..depth {
        v = v.caller()?.visible()?;
    }
    Some(v.object())
}

/// The frame at `s` is being left: if a frame object points at it, it takes over the variables. Its first `registers`, beyond
/// which there is nothing, are zero or no pointers afterwards. `by`: the exception that it is left by.
pub fn detach_and_clear(s: &S, registers: u16, by: Option<&Object>) {
    s.sync();
    if let Some(o) = detach(s) {
        let f = o.expect::<FrameObject>();
        if o.header().count() > 1 {
            if f.back.is_empty() && !s.code().is_generator() {
                if by.is_some_and(|e| newest_entry_is(e, o.value())) {
                    kiln_object::frame::left(f);
                } else if let Some(caller) = View::at(s.fp, s.pc).caller().and_then(View::visible) {
                    f.back.set(caller.object());
                }
            }
            let locals = s.code().temp_base.get() as usize;
            f.values.take_registers(s.fp, locals);
        }
        if let Some(r) = f.rare_if_any() {
            drop(r.overwritten.take());
        }
    }
    show_caller(s);
    let mut i = registers;
    while i > 0 {
        i -= 1;
        let v = s.reg(i);
        if v.is_ptr() {
            s.write(i, Value::ZERO);
            v.decref();
        }
    }
}
/// Whether the newest entry of an exception's traceback is for that frame.
fn newest_entry_is(e: &Object, frame: Value) -> bool {
    let tb = e.cast::<BaseException>().and_then(|b| b.traceback.peek());
    tb.is_some_and(|tb| tb.expect::<Traceback>().frame.raw() == frame)
}
/// What is released while a frame ends runs in its caller's name: nobody can get hold of the frame any more.
pub fn show_caller(s: &S) {
    let pc = s.link(3) as Pc;
    if pc != exit_pc() {
        s.th.frame.set(s.link(2) as *mut Value);
        s.th.pc.set(pc);
        return;
    }
    let window = s.fp.wrapping_sub(4);
    s.th.frame.set(read_word(window.wrapping_sub(2)).0 as *mut Value);
    s.th.pc.set(read_word(window.wrapping_sub(1)).0 as Pc);
    s.th.transition.set(read_word(window.wrapping_sub(3)).0 as *mut u8);
}
/// A generator's frame leaves the stack without ending: its frame object, if there is one, follows the generator.
pub fn suspend(s: &S) {
    drop(detach(s));
}
/// The frame object that points at the frame at `s`, if there is one, which no longer does.
fn detach(s: &S) -> Option<Object> {
    if s.link(1) & FRAME_MARK == 0 {
        return None;
    }
    s.set_link(1, s.link(1) & !FRAME_MARK);
    let o = OBJECTS.with_borrow_mut(|t| t.remove(s.fp as usize))?;
    let f = o.expect::<FrameObject>();
    f.index.set(s.index());
    f.fp.set(std::ptr::null_mut());
    Some(o)
}
/// A generator's frame is on the stack again.
pub fn resume(s: &S, g: &Generator) {
    if !g.frame.is_empty() {
        drop(View::at(s.fp, s.pc).object());
    }
}

/// The value of register `i` of a frame object's frame, if it is bound.
fn register_of(f: &FrameObject, i: u16) -> Option<Object> {
    let v = match view_of(f) {
        Some(view) => match f.rare_if_any().filter(|_| view.compiled.is_some()) {
            Some(rare) => rare.awaited(i).unwrap_or_else(|| view.read(i)),
            None => view.read(i),
        },
        None => {
            let held = f.suspended.get();
            if held != Value::ZERO {
                let g = held.expect::<Generator>();
                if (i as usize) < g.regs.len() {
                    let v = g.regs.get(i as usize).to_object();
                    return (!v.is_unbound()).then_some(v);
                }
                return None;
            }
            f.values.get(i as usize)?
        }
    };
    (v.value() != singletons::unbound()).then_some(v)
}
/// Assigns register `i` of a frame object's frame; what it held, if it did.
fn set_register(f: &FrameObject, i: u16, v: Object) -> Option<Object> {
    if let Some(view) = view_of(f).filter(|view| view.passed.is_none()) {
        if let Some(c) = view.compiled {
            // Compiled code keeps its values where it likes: the interpreter takes over, when it can.
            (tier::hooks().follow)(c);
            let mut awaiting = f.rare().awaiting.borrow_mut();
            awaiting.retain(|entry| entry.0 != i);
            awaiting.push((i, v));
            return None;
        }
        let p = view.fp.wrapping_add(i as usize);
        let old = read_word(p);
        write_word(p, v.into_value());
        return Some(Object::from_owned(old));
    }
    let held = f.suspended.get();
    if held != Value::ZERO {
        let g = held.expect::<Generator>();
        if (i as usize) < g.regs.len() {
            let p = g.regs.as_ptr().wrapping_add(i as usize);
            let old = read_word(p);
            write_word(p, v.into_value());
            return Some(Object::from_owned(old));
        }
        return None;
    }
    f.values.set(i as usize, v)
}

/// The variables of a frame object's frame, those that are not bound included.
pub fn frame_variables(v: Value) -> Vec<FrameVariable> {
    let f = v.expect::<FrameObject>();
    let code = f.code.value();
    let code = &code.expect::<CodeObject>().code;
    let index = frame_index(v).unwrap_or(0);
    let value = |register| {
        let held = register_of(f, register)?;
        match held.exact::<CellObject>() {
            Some(cell) => cell.content.get(),
            None => Some(held),
        }
    };
    named_registers(code, index)
        .into_iter()
        .map(|(name, register)| FrameVariable {
            name: Str::intern(name),
            register,
            value: value(register),
        })
        .collect()
}
/// Assigns a variable of a frame object's frame.
pub fn set_frame_variable(v: Value, register: u16, value: Object) {
    let f = v.expect::<FrameObject>();
    let old = match register_of(f, register).filter(|held| held.exact::<CellObject>().is_some()) {
        Some(cell) => cell.expect::<CellObject>().content.replace(Some(value)),
        None => set_register(f, register, value),
    };
    // Instructions borrow what registers hold, so it stays until the frame ends.
    if let Some(old) = old.filter(|old| old.is_ptr() && !old.is_unbound()) {
        f.rare().overwritten.borrow_mut().push(old);
    }
}

/// The registers that have a name at an instruction: locals, cells, free variables, and the variables of comprehensions
/// that are being evaluated.
fn named_registers(code: &kiln_bytecode::Code, index: u32) -> Vec<(&str, u16)> {
    let first = code.has_namespace() as u16;
    let locals = code.varnames.iter().zip(first..).map(|(name, reg)| (&**name, reg));
    let cells = code
        .cellvars
        .iter()
        .zip(&code.cell_regs)
        .map(|(name, &reg)| (&**name, reg));
    let free = code
        .freevars
        .iter()
        .zip(code.free_base..)
        .map(|(name, reg)| (&**name, reg));
    let scoped = code.scoped.iter().filter(|s| s.start <= index && index < s.end);
    locals
        .chain(cells)
        .chain(free)
        .chain(scoped.map(|s| (&*s.name, s.reg)))
        .collect()
}

/// Names and values of the bound variables of a frame: locals, cells' contents, free variables, and those of the
/// comprehensions that are being evaluated.
pub fn variables(v: View) -> Vec<(String, Object)> {
    let code = v.code();
    let held: RefCell<Vec<Object>> = RefCell::default();
    let read = |reg: u16| {
        let o = v.read(reg);
        let value = o.value();
        held.borrow_mut().push(o);
        value
    };
    variables_of(&code.code, v.index(), &read)
}
/// The same from whatever holds the registers.
pub fn variables_of(code: &kiln_bytecode::Code, index: u32, read: &dyn Fn(u16) -> Value) -> Vec<(String, Object)> {
    let mut out: Vec<(String, Object)> = Vec::new();
    let mut add = |name: &str, v: Value| {
        if v.is_unbound() || v.is_pending() {
            return;
        }
        let v = match v.exact::<CellObject>() {
            Some(c) => match c.content.get() {
                Some(o) => o,
                None => return,
            },
            None => v.to_object(),
        };
        match out.iter_mut().find(|(n, _)| n == name) {
            Some(slot) => slot.1 = v,
            None => out.push((name.to_owned(), v)),
        }
    };
    for (name, register) in named_registers(code, index) {
        add(name, read(register));
    }
    out
}

/// The instruction that a frame object's frame executes or last executed.
pub fn frame_index(v: Value) -> Option<u32> {
    let f = v.expect::<FrameObject>();
    Some(match (view_of(f), f.suspended.get().cast::<Generator>()) {
        (Some(view), _) => view.index(),
        (None, Some(g)) => g.suspended_at(),
        (None, None) => f.index.get(),
    })
}
/// The frame object of a frame's caller.
pub fn frame_back(v: Value) -> Option<Object> {
    let f = v.expect::<FrameObject>();
    match view_of(f) {
        Some(view) => view.caller().and_then(View::visible).map(View::object),
        None => {
            kiln_object::frame::settle_caller();
            f.back.get()
        }
    }
}
/// `f_locals`: the namespace, or a proxy of the variables.
pub fn frame_locals(v: Value) -> Result<Object, kiln_object::Raised> {
    let f = v.expect::<FrameObject>();
    let code = f.code.value();
    if !code.expect::<CodeObject>().code.has_namespace() {
        return Ok(LocalsProxy::new_object(v.to_object()));
    }
    Ok(register_of(f, 0).unwrap_or_else(kiln_object::dict::Dict::new_object))
}
