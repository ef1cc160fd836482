//! The interpreter's registers, dispatch, and the fenced access to frame slots.
//!
//! Every opcode is a handler: a function of six arguments, the machine state, which ends in a sibling call to the next
//! handler. LLVM turns these into jumps in optimised builds as long as a handler holds nothing that needs dropping at
//! that point, so handlers that do real work delegate to functions that have returned by then. Builds with debug
//! assertions do not rely on it: there, dispatch parks the state and returns to a loop.
#![expect(unsafe_code, reason = "frame slots, code and data blocks are raw memory")]
//!
//! # Safety
//! `fp` points at the registers of the running frame on the value stack, `ks` into the data block of its code, `pc` into
//! its instructions. The compiler guarantees that register, constant and cache numbers are in range; a dead temporary
//! holds no pointer. Values read from registers are borrowed: the frame keeps them alive.

use kiln_bytecode::flags;
use kiln_object::code::{Cache, CodeObject, cache_at, code_of, feedback_at};
use kiln_object::thread::Thread;
use kiln_object::{Object, Value};

pub type Pc = *const u64;

/// A handler, and what its word argument means: the instruction, or something that the caller passes on.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Handler(pub extern "sysv64" fn(Pc, *mut Value, &'static Thread, u64, *mut Value, *const Handler) -> u64);

/// The machine state.
#[derive(Clone, Copy)]
pub struct S {
    /// The next instruction.
    pub pc: Pc,
    pub fp: *mut Value,
    pub th: &'static Thread,
    pub ks: *mut Value,
    pub table: *const Handler,
}

/// The instruction word.
#[derive(Clone, Copy)]
pub struct Ins(pub u64);
impl Ins {
    #[inline(always)]
    pub fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }
    #[inline(always)]
    pub fn has(self, flag: u8) -> bool {
        self.flags() & flag != 0
    }
    #[inline(always)]
    pub fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    #[inline(always)]
    pub fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    #[inline(always)]
    pub fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    #[inline(always)]
    pub fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }
    /// `c` as a signed number.
    #[inline(always)]
    pub fn imm(self) -> i64 {
        (self.0 as i64) >> 48
    }
}

/// What a parked dispatch returns: the reserved pattern, no value.
#[cfg(debug_assertions)]
pub const CONTINUE: u64 = 5;
#[cfg(debug_assertions)]
thread_local! {
    pub static PARKED: std::cell::Cell<Option<(S, Handler, u64)>> = const { std::cell::Cell::new(None) };
}

/// What a released value may have been the last reference to.
pub enum Old {
    Done,
    Last,
}

impl S {
    /// Goes on with a handler and its word.
    #[inline(always)]
    pub fn go(self, h: Handler, word: u64) -> u64 {
        #[cfg(debug_assertions)]
        {
            PARKED.set(Some((self, h, word)));
            CONTINUE
        }
        #[cfg(not(debug_assertions))]
        (h.0)(self.pc, self.fp, self.th, word, self.ks, self.table)
    }
    /// Executes the next instruction.
    #[inline(always)]
    pub fn next(mut self) -> u64 {
        // SAFETY: code ends in an instruction that does not fall through.
        let (word, h) = unsafe {
            let word = *self.pc;
            (word, *self.table.add((word & 0xff) as usize))
        };
        self.pc = self.pc.wrapping_add(1);
        self.go(h, word)
    }
    /// Moves on by `offset` instructions relative to the next one.
    #[inline(always)]
    pub fn skip(&mut self, offset: i64) {
        self.pc = self.pc.wrapping_offset(offset as isize);
    }
    #[inline(always)]
    pub fn reg(&self, i: u16) -> Value {
        // SAFETY: register numbers are in range.
        unsafe { *self.fp.add(i as usize) }
    }
    #[inline(always)]
    pub fn constant(&self, i: u32) -> Value {
        // SAFETY: constant numbers are in range.
        unsafe { *self.ks.add(i as usize) }
    }
    /// Writes a register whose old content needs no release.
    #[inline(always)]
    pub fn write(&self, i: u16, v: Value) {
        // SAFETY: register numbers are in range.
        unsafe { *self.fp.add(i as usize) = v }
    }
    #[inline(always)]
    pub fn replace(&self, i: u16, v: Value) -> Value {
        let old = self.reg(i);
        self.write(i, v);
        old
    }
    /// Value operand `a`, borrowed.
    #[inline(always)]
    pub fn a(&self, ins: Ins) -> Value {
        let base = if ins.has(flags::A_CONST) { self.ks } else { self.fp };
        // SAFETY: operand numbers are in range.
        unsafe { *base.add(ins.a() as usize) }
    }
    #[inline(always)]
    pub fn b(&self, ins: Ins) -> Value {
        let base = if ins.has(flags::B_CONST) { self.ks } else { self.fp };
        // SAFETY: as above.
        unsafe { *base.add(ins.b() as usize) }
    }
    #[inline(always)]
    pub fn c(&self, ins: Ins) -> Value {
        let base = if ins.has(flags::C_CONST) { self.ks } else { self.fp };
        // SAFETY: as above.
        unsafe { *base.add(ins.c() as usize) }
    }
    /// Operand `b` as an owned reference: moved out of a consumed temporary, else counted.
    pub fn own_a(&self, ins: Ins) -> Object {
        if ins.has(flags::A_TAKE) {
            Object::from_owned(self.replace(ins.a(), Value::ZERO))
        } else {
            self.a(ins).to_object()
        }
    }
    pub fn own_b(&self, ins: Ins) -> Object {
        if ins.has(flags::B_TAKE) {
            Object::from_owned(self.replace(ins.b(), Value::ZERO))
        } else {
            self.b(ins).to_object()
        }
    }
    pub fn own_c(&self, ins: Ins) -> Object {
        if ins.has(flags::C_TAKE) {
            Object::from_owned(self.replace(ins.c(), Value::ZERO))
        } else {
            self.c(ins).to_object()
        }
    }
    /// Releases the temporaries that the instruction consumes.
    #[inline(always)]
    pub fn consume(&self, ins: Ins) {
        if ins.has(flags::A_TAKE | flags::B_TAKE | flags::C_TAKE) {
            self.consume_taken(ins);
        }
    }
    fn consume_taken(&self, ins: Ins) {
        if ins.has(flags::A_TAKE | flags::B_TAKE | flags::C_TAKE) {
            if ins.has(flags::A_TAKE) {
                self.clear(ins.a());
            }
            if ins.has(flags::B_TAKE) {
                self.clear(ins.b());
            }
            if ins.has(flags::C_TAKE) {
                self.clear(ins.c());
            }
        }
    }
    /// The same, the last operand first: what CPython has on the top of its stack.
    pub fn consume_top_first(&self, ins: Ins) {
        if ins.has(flags::C_TAKE) {
            self.clear(ins.c());
        }
        if ins.has(flags::B_TAKE) {
            self.clear(ins.b());
        }
        if ins.has(flags::A_TAKE) {
            self.clear(ins.a());
        }
    }
    /// Releases a register's content; it is zero then.
    #[inline]
    pub fn clear(&self, i: u16) {
        self.replace(i, Value::ZERO).decref();
    }
    /// The same for several registers, last to first.
    #[inline]
    pub fn clear_range(&self, first: u16, n: u16) {
        for i in (first..first + n).rev() {
            self.clear(i);
        }
    }
    /// Takes a register's content; it is zero then.
    #[inline]
    pub fn take(&self, i: u16) -> Object {
        Object::from_owned(self.replace(i, Value::ZERO))
    }
    /// Stores a result, releasing what the register held.
    #[inline]
    pub fn put(&self, i: u16, v: Object) {
        self.replace(i, v.into_value()).decref();
    }
    /// Stores a result in a hot handler and goes on: the release of an object's last reference is a handler of its own.
    #[inline(always)]
    pub fn put_next(self, i: u16, v: Value) -> u64 {
        let old = self.replace(i, v);
        if !old.is_ptr() {
            return self.next();
        }
        match drop_quick(old) {
            Old::Done => self.next(),
            Old::Last => self.go(Handler(crate::control::release_and_go), old.0),
        }
    }
    /// The registers `first..first + n`, borrowed.
    pub fn range(&self, first: u16, n: usize) -> &[Value] {
        // SAFETY: register numbers are in range; the frame does not move.
        unsafe { std::slice::from_raw_parts(self.fp.add(first as usize), n) }
    }
    #[inline(always)]
    pub fn cache(&self, c: u16) -> &'static Cache {
        // SAFETY: cache numbers are in range; the data block lives while the frame runs.
        unsafe { cache_at(self.ks, c) }
    }
    #[inline(always)]
    pub fn code(&self) -> &'static CodeObject {
        // SAFETY: the frame's callable keeps the code alive while the frame runs.
        unsafe { code_of(self.ks) }
    }
    /// The running function (or generator).
    #[inline(always)]
    pub fn callable(&self) -> Value {
        // SAFETY: the linkage words lie below the registers.
        unsafe { *self.fp.sub(4) }
    }
    /// A field of the running function: functions and generators begin alike.
    #[inline(always)]
    pub fn function_field(&self, offset: usize) -> Value {
        // SAFETY: see `Generator`: code, globals, builtins and closure lie where a function's do.
        unsafe { *((self.callable().0 - 1 + offset as u64) as *const Value) }
    }
    #[inline(always)]
    pub fn globals(&self) -> Value {
        self.function_field(16)
    }
    #[inline(always)]
    pub fn builtins(&self) -> Value {
        self.function_field(24)
    }
    /// Records what kinds of operands this instruction saw.
    #[inline(always)]
    pub fn note(&self, bits: u8) {
        // SAFETY: `pc` lies behind the instruction.
        let f = unsafe { feedback_at(self.ks, self.pc) };
        if f.get() & bits != bits {
            f.set(f.get() | bits);
        }
    }
    /// Makes the frame visible to whatever runs below: before anything that may run Python, raise or look at frames.
    #[inline]
    pub fn sync(&self) {
        self.th.frame.set(self.fp);
        self.th.pc.set(self.pc);
        self.th
            .top
            .set(self.fp.wrapping_add(self.code().reg_count.get() as usize));
    }
    /// The number of the instruction being executed.
    pub fn index(&self) -> u32 {
        self.code().index_before(self.pc)
    }
    pub fn link(&self, i: usize) -> u64 {
        // SAFETY: the linkage words lie below the registers.
        unsafe { (*self.fp.sub(i)).0 }
    }
    pub fn set_link(&self, i: usize, word: u64) {
        // SAFETY: as above.
        unsafe { *self.fp.sub(i) = Value(word) }
    }
}

/// Gives a reference up without releasing the object: says whether it was the last.
#[inline(always)]
pub fn drop_quick(v: Value) -> Old {
    if v.header().decref() { Old::Last } else { Old::Done }
}

/// Feedback bits of arithmetic, comparison and truth sites. Small ints leave none.
pub mod fb {
    pub const FLOAT: u8 = 1;
    pub const OTHER: u8 = 2;
    pub const OVERFLOW: u8 = 4;
    pub const STR: u8 = 8;
    pub const LIST: u8 = 16;
    pub const GENERATOR: u8 = 32;
    pub const RANGE: u8 = 64;
    pub const INT: u8 = 128;
    /// Subscripts: a tuple by int, a dict. A list by int leaves nothing.
    pub const TUPLE: u8 = 1;
    pub const DICT: u8 = 8;
}

/// Declares a handler: `handler!(add, s, ins, { ... })`. The body returns the word of the next dispatch.
///
/// Never inlined: a handler that took in the slow one behind it would save registers for that one's calls each time.
macro_rules! handler {
    ($(#[$m:meta])* $name:ident, $s:ident, $ins:ident, $body:expr) => {
        $(#[$m])*
        #[inline(never)]
        pub extern "sysv64" fn $name(
            pc: $crate::state::Pc,
            fp: *mut kiln_object::Value,
            th: &'static kiln_object::thread::Thread,
            word: u64,
            ks: *mut kiln_object::Value,
            table: *const $crate::state::Handler,
        ) -> u64 {
            #[allow(unused_mut, reason = "some handlers jump")]
            let mut $s = $crate::state::S { pc, fp, th, ks, table };
            #[allow(unused_variables, reason = "some handlers need no operands")]
            let $ins = $crate::state::Ins(word);
            $body
        }
    };
}
pub(crate) use handler;

/// Declares handlers that call a function doing the work: `slow!(name => work)`, where `work(&mut S, Ins) -> Result<(), Raised>`.
///
/// The worker is a function of its own, and what it leaves comes back through the thread: a handler that held the state
/// in memory while it calls would not end in a sibling call.
macro_rules! slow {
    ($($name:ident => $work:expr),* $(,)?) => { $(
        $crate::state::handler!($name, s, ins, {
            #[inline(never)]
            fn worker(
                pc: $crate::state::Pc,
                fp: *mut kiln_object::Value,
                th: &'static kiln_object::thread::Thread,
                word: u64,
                ks: *mut kiln_object::Value,
                table: *const $crate::state::Handler,
            ) -> bool {
                let work: fn(&mut $crate::state::S, $crate::state::Ins) -> Result<(), kiln_object::Raised> = $work;
                let mut s = $crate::state::S { pc, fp, th, ks, table };
                let ok = work(&mut s, $crate::state::Ins(word)).is_ok();
                s.leave_behind();
                ok
            }
            if worker(s.pc, s.fp, s.th, ins.0, s.ks, s.table) {
                s.taken_up().next()
            } else {
                s.taken_up().go($crate::state::Handler($crate::unwind::unwind), 0)
            }
        });
    )* };
}
pub(crate) use slow;

impl S {
    /// Leaves the state for the handler that had the work done.
    pub fn leave_behind(&self) {
        self.th.next_pc.set(self.pc);
        self.th.next_fp.set(self.fp);
        self.th.next_ks.set(self.ks);
    }
    /// The state that the worker left.
    #[inline(always)]
    pub fn taken_up(self) -> S {
        S {
            pc: self.th.next_pc.get(),
            fp: self.th.next_fp.get(),
            ks: self.th.next_ks.get(),
            ..self
        }
    }
}
