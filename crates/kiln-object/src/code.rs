//! Code objects: the immutable bytecode with its constants as objects, and the data block that frames point at.
//!
//! A frame's data pointer `ks` points into the block: constants at `ks[0..]`, the code object's address at `ks[-1]`, the
//! address of the feedback bytes at `ks[-2]`, and the inline caches below, the first nearest.
#![expect(
    unsafe_code,
    reason = "the data block is raw memory that handlers and compiled code index"
)]
//!
//! # Safety
//! The block is made once, before the code runs, and freed with the code object; constants in it are borrowed from
//! `consts`. Caches hold borrowed values that their guards vouch for. A running frame keeps its function, and so the
//! code object, alive.

use crate::layout::{ObjectType, Plain, Slot, alloc, header};
use crate::object_struct;
pub use crate::site::NO_SHAPE;
use crate::site::{Entry, MOST_ENTRIES};
use crate::str::Str;
use crate::value::{Object, Value};
use kiln_bytecode::{CacheKind, Code, Const, Instr, Op};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

object_struct! {
    /// `code`.
    pub struct CodeObject = "code" @ CODE, Container {
        /// The data block; see the chapter above.
        pub ks: Cell<*mut Value>,
        /// The first instruction.
        pub entry: Cell<*const u64>,
        /// The number of positional arguments that fill all parameters, or `u32::MAX` where binding needs more.
        pub fast_args: Cell<u32>,
        pub reg_count: Cell<u32>,
        /// Registers below this are parameters and locals: cleared when a frame is left.
        pub temp_base: Cell<u32>,
        /// Registers that a call fills.
        pub param_count: Cell<u32>,
        /// Calls and back edges, up to a ceiling: what `-X jit-auto` goes by.
        pub hotness: Cell<u32>,
        /// Calls that reach this go to the compiler; `u32::MAX` when it is not wanted or has given up.
        pub threshold: Cell<u32>,
        /// Entry of compiled code, or null.
        pub compiled: Cell<*const u8>,
        /// For the code of generators: where compiled code resumes them, or null.
        pub resume: Cell<*const u8>,
        /// The compiler's number for this code, plus one; 0 if it has none.
        pub jit_id: Cell<u32>,
        /// Frames of this code do not show in tracebacks.
        pub hidden: Cell<bool>,
        pub code: Plain<Arc<Code>>,
        pub consts: RefCell<Vec<Object>>,
        /// See [`CodeObject::parameter_names`].
        parameters: Slot,
        pub name: Slot,
        pub qualname: Slot,
        pub filename: Slot,
        /// As they are executed: loading and first executions put other opcodes in place of those of `code`.
        instrs: Plain<Box<[Cell<u64>]>>,
        block: Plain<Block>,
        feedback: Plain<Box<[Cell<u8>]>>,
    }
}

static THRESHOLD: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(u32::MAX);
/// The threshold of code objects made from now on.
pub fn set_threshold(n: u32) {
    THRESHOLD.store(n, std::sync::atomic::Ordering::Relaxed);
}

/// Opcodes that loading puts in place of others; numbers from the end of the opcode space.
pub mod internal {
    /// Leaves the run loop.
    pub const EXIT: u8 = 255;
    /// `return_` in a generator.
    pub const RETURN_GENERATOR_VALUE: u8 = 254;
    /// After `__init__` returned: checks that it returned None.
    pub const CHECK_INIT: u8 = 253;
    /// `for_iter` over a generator in a loop that only appends what it gets to a list, and so on: a yield may do that.
    pub const FILL_LIST: u8 = 252;
    pub const FILL_SET: u8 = 251;
    pub const FILL_ALL: u8 = 250;
    pub const FILL_ANY: u8 = 249;
    pub const FILL_SUM: u8 = 248;
    pub const FILL_FIRST: u8 = FILL_SUM;
    pub const FILL_LAST: u8 = FILL_LIST;
    /// Behind a `FILL_SUM`.
    pub const SUM_STEP: u8 = 247;
    /// Raises StopIteration with the value `R[a]`.
    pub const STOP_ITERATION: u8 = 246;
    /// `return_` in a frame that does not show: it does not count as a level of recursion either.
    pub const RETURN_HIDDEN: u8 = 245;
    pub const FIRST: u8 = 245;
}

/// One inline cache: what a site saw. Attribute sites keep [`crate::site`]'s entries, the first of them here; what the
/// fields mean elsewhere depends on the site's kind.
#[repr(C)]
pub struct Cache {
    pub first: Entry,
    /// The entries after the first, made when the site meets a second shape; null before.
    more: Cell<*const [Entry; MOST_ENTRIES - 1]>,
    /// The name (interned), or the tuple of keyword names; borrowed from the constants.
    pub name: Cell<Value>,
}
impl std::ops::Deref for Cache {
    type Target = Entry;
    #[inline(always)]
    fn deref(&self) -> &Entry {
        &self.first
    }
}
impl Cache {
    /// The entries after the first.
    #[inline(always)]
    pub fn more(&self) -> &[Entry] {
        // SAFETY: null, or what `make_more` allocated, which goes with the block.
        match unsafe { self.more.get().as_ref() } {
            Some(more) => more,
            None => &[],
        }
    }
    /// Room for more entries than the first.
    pub fn make_more(&self) -> &[Entry] {
        if self.more.get().is_null() {
            self.more
                .set(Box::into_raw(Box::new([const { Entry::empty() }; MOST_ENTRIES - 1])));
        }
        self.more()
    }
    /// Every entry.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.first).chain(self.more())
    }
    /// Forgets everything; once, when the block goes.
    fn free_more(&self) {
        let more = self.more.replace(std::ptr::null());
        if !more.is_null() {
            // SAFETY: made by `make_more`, and nobody has it any more.
            drop(unsafe { Box::from_raw(more.cast_mut()) });
        }
    }
}
pub const CACHE_WORDS: usize = 6;
const _: () = assert!(size_of::<Cache>() == CACHE_WORDS * 8);
/// Where `hotness` stops: thresholds beyond it (other than `u32::MAX`) are never reached.
pub const HOTNESS_CEILING: u32 = 1 << 30;
const HEAD_WORDS: usize = 2;

/// The allocation behind a data block, its size, and the number of caches at its start.
pub struct Block(Cell<*mut Value>, Cell<usize>, Cell<usize>);
impl Drop for Block {
    fn drop(&mut self) {
        if self.1.get() > 0 {
            for i in 0..self.2.get() {
                // SAFETY: the block begins with that many caches.
                unsafe { &*(self.0.get().add(i * CACHE_WORDS) as *const Cache) }.free_more();
            }
            // SAFETY: allocated by `CodeObject::new_object` with this size.
            drop(unsafe { Vec::from_raw_parts(self.0.get(), 0, self.1.get()) });
        }
    }
}

/// The cache of site `c` of the code whose data pointer is `ks`.
///
/// # Safety
/// `ks` is a code object's data pointer and `c` one of its cache numbers.
#[inline(always)]
pub unsafe fn cache_at<'a>(ks: *mut Value, c: u16) -> &'a Cache {
    // SAFETY: per the contract.
    unsafe { &*(ks.sub(HEAD_WORDS + CACHE_WORDS * (c as usize + 1)) as *const Cache) }
}
/// The code object of a data pointer.
///
/// # Safety
/// `ks` is a code object's data pointer.
#[inline(always)]
pub unsafe fn code_of<'a>(ks: *mut Value) -> &'a CodeObject {
    // SAFETY: per the contract.
    unsafe { &*(ks.sub(1).read().0 as *const CodeObject) }
}
/// Where the feedback byte of the instruction *before* `pc` is.
///
/// # Safety
/// `pc` lies behind an instruction of the code whose data pointer is `ks`.
#[inline(always)]
pub unsafe fn feedback_at<'a>(ks: *mut Value, pc: *const u64) -> &'a Cell<u8> {
    // SAFETY: per the contract; `ks[-2]` is biased so that the address of an instruction, in words, is the index.
    unsafe { &*(ks.sub(2).read().0.wrapping_add(pc as u64 >> 3) as *const Cell<u8>) }
}

impl CodeObject {
    /// A code object with its constants made into objects.
    pub fn new_object(code: &Arc<Code>) -> Object {
        let consts: Vec<Object> = code.consts.iter().map(const_object).collect();
        let generator = code.flags
            & (kiln_bytecode::co::GENERATOR | kiln_bytecode::co::COROUTINE | kiln_bytecode::co::ASYNC_GENERATOR)
            != 0;
        let quicken = crate::hooks::hooks().quicken;
        let instrs: Box<[Cell<u64>]> = code
            .instrs
            .iter()
            .map(|i| {
                Cell::new(if generator && i.op() == Op::Return {
                    i.0 & !0xff | internal::RETURN_GENERATOR_VALUE as u64
                } else {
                    quicken(i.0)
                })
            })
            .collect();
        let feedback: Box<[Cell<u8>]> = vec![Cell::new(0u8); instrs.len()].into();
        let caches = code.caches.len();
        let words = caches * CACHE_WORDS + HEAD_WORDS + consts.len();
        let mut block: Vec<Value> = vec![Value::ZERO; words.max(1)];
        let start = block.as_mut_ptr();
        let size = block.capacity();
        std::mem::forget(block);
        // SAFETY: the block has room for caches, head and constants.
        let ks = unsafe { start.add(caches * CACHE_WORDS + HEAD_WORDS) };
        for (i, c) in consts.iter().enumerate() {
            // SAFETY: as above.
            unsafe { ks.add(i).write(c.value()) };
        }
        for (i, c) in code.caches.iter().enumerate() {
            let named = !matches!(c.kind, CacheKind::Call | CacheKind::CallMethod | CacheKind::CallEx);
            // SAFETY: as above; a cache of zeros is valid.
            let cache = unsafe { cache_at(ks, i as u16) };
            cache.shape.set(NO_SHAPE);
            if named {
                cache.name.set(consts[c.name as usize].value());
            }
        }
        let simple =
            code.flags & (kiln_bytecode::co::VARARGS | kiln_bytecode::co::VARKEYWORDS) == 0 && code.kwonly_count == 0;
        let entry = instrs.as_ptr() as *const u64;
        let bias = (feedback.as_ptr() as u64)
            .wrapping_sub(entry as u64 >> 3)
            .wrapping_sub(1);
        let params = if code.has_namespace() { 1 } else { code.param_count() };
        let o = alloc(CodeObject {
            header: header::<CodeObject>(),
            ks: Cell::new(ks),
            entry: Cell::new(entry),
            fast_args: Cell::new(if simple && !code.has_namespace() {
                code.arg_count
            } else {
                u32::MAX
            }),
            reg_count: Cell::new(code.reg_count as u32),
            temp_base: Cell::new(code.temp_base as u32),
            param_count: Cell::new(params),
            hotness: Cell::new(0),
            threshold: Cell::new(THRESHOLD.load(std::sync::atomic::Ordering::Relaxed)),
            compiled: Cell::new(std::ptr::null()),
            resume: Cell::new(std::ptr::null()),
            jit_id: Cell::new(0),
            hidden: Cell::new(false),
            code: Plain(code.clone()),
            consts: RefCell::new(consts),
            parameters: Slot::empty(),
            name: Slot::new(Str::intern(&code.name)),
            qualname: Slot::new(Str::intern(&code.qualname)),
            filename: Slot::new(Str::intern(&code.filename)),
            instrs: Plain(instrs),
            block: Plain(Block(Cell::new(start), Cell::new(size), Cell::new(caches))),
            feedback: Plain(feedback),
        });
        // SAFETY: as above: the two head words.
        unsafe {
            ks.sub(1).write(Value(o.ptr() as u64));
            ks.sub(2).write(Value(bias));
        }
        o
    }
    /// The names of the parameters that arguments can name, as interned strs: made when a call first names some.
    pub fn parameter_names(&self) -> &[Value] {
        if self.parameters.is_empty() {
            let n = (self.code.arg_count + self.code.kwonly_count) as usize;
            self.parameters
                .set(crate::tuple::Tuple::from_fn(n, |i| Str::intern(&self.code.varnames[i])));
        }
        // SAFETY: set once and kept as long as the code object.
        unsafe { &*(self.parameters.raw().ptr() as *const crate::tuple::Tuple) }.items()
    }
    /// Replaces the constants by as many others; before the code has run.
    pub fn set_constants(&self, items: &[Value]) {
        let new: Vec<Object> = items.iter().map(|v| v.to_object()).collect();
        assert_eq!(new.len(), self.consts.borrow().len());
        for (i, v) in items.iter().enumerate() {
            // SAFETY: as many as before; the new objects are kept below.
            unsafe { self.ks.get().add(i).write(*v) };
        }
        let old = self.consts.replace(new);
        drop(old);
    }
    /// Counts a call or a loop turn; `h` is the count as it was read.
    #[inline(always)]
    pub fn count(&self, h: u32) {
        if h < HOTNESS_CEILING {
            self.hotness.set(h + 1);
        }
    }
    /// Counts no more calls, if the compiler is not waiting for a number of them: what forked children share is then
    /// not written by calls.
    pub fn stop_counting(&self) {
        if self.threshold.get() == u32::MAX || !self.compiled.get().is_null() {
            self.hotness.set(HOTNESS_CEILING);
        }
    }
    /// The number of the instruction before `pc`.
    #[inline]
    pub fn index_before(&self, pc: *const u64) -> u32 {
        ((pc as usize - self.entry.get() as usize) / 8).wrapping_sub(1) as u32
    }
    /// The address of instruction `i`.
    #[inline]
    pub fn address(&self, i: u32) -> *const u64 {
        self.instrs.0[i as usize].as_ptr()
    }
    #[inline]
    pub fn is_generator(&self) -> bool {
        self.code.flags
            & (kiln_bytecode::co::GENERATOR | kiln_bytecode::co::COROUTINE | kiln_bytecode::co::ASYNC_GENERATOR)
            != 0
    }
    pub fn feedback(&self) -> &[Cell<u8>] {
        &self.feedback.0
    }
    pub fn cache(&self, c: u16) -> &Cache {
        assert!((c as usize) < self.code.caches.len());
        // SAFETY: in range.
        unsafe { cache_at(self.ks.get(), c) }
    }
    pub fn constant(&self, i: u32) -> Value {
        self.consts.borrow()[i as usize].value()
    }
    /// Instruction `i` as it was compiled; the interpreter may execute another form of it.
    #[inline]
    pub fn instr(&self, i: u32) -> Instr {
        self.code.instrs[i as usize]
    }
    pub const COMPILED_OFFSET: usize = std::mem::offset_of!(CodeObject, compiled);
    pub const RESUME_OFFSET: usize = std::mem::offset_of!(CodeObject, resume);
}

/// The object of a constant.
pub fn const_object(c: &Const) -> Object {
    match c {
        Const::None => Object::none(),
        Const::True => Object::bool(true),
        Const::False => Object::bool(false),
        Const::Ellipsis => crate::singletons::ellipsis().to_object(),
        Const::Int(i) => Object::int(*i),
        Const::BigInt(hex) => {
            let (negative, digits) = hex.strip_prefix('-').map_or((false, &**hex), |d| (true, d));
            match kiln_text::BigInt::parse(digits.as_bytes(), 16, 0) {
                Ok(b) => crate::int::Int::from_big(if negative { b.neg() } else { b }),
                Err(_) => crate::bug!("bad int constant"),
            }
        }
        Const::Float(f) => Object::float(*f),
        Const::Complex(re, im) => crate::complex::Complex::new_object(*re, *im),
        Const::Str(t) => {
            let s = match t.as_str() {
                Some(s) => Str::new(s),
                None => Str::from_code_points(&t.points().collect::<Vec<_>>()),
            };
            // Names and what looks like one are unique: identity decides most comparisons.
            if s.expect::<Str>().len() <= 40
                && s.expect::<Str>()
                    .as_ascii()
                    .is_some_and(|a| a.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            {
                Str::intern_object(s)
            } else {
                s
            }
        }
        Const::Bytes(b) => crate::bytes::Bytes::new_object(b),
        Const::Tuple(items) => crate::tuple::Tuple::from_vec(items.iter().map(const_object).collect()),
        Const::FrozenSet(items) => {
            let items: Vec<Object> = items.iter().map(const_object).collect();
            let values: Vec<Value> = items.iter().map(|o| o.value()).collect();
            match crate::set::FrozenSet::from_values(&values) {
                Ok(o) => o,
                Err(_) => crate::bug!("a frozenset constant with unhashable items"),
            }
        }
        Const::Slice(parts) => {
            let [a, b, c] = &**parts;
            crate::slice::Slice::new(
                const_object(a).value(),
                const_object(b).value(),
                const_object(c).value(),
            )
        }
        Const::Code(code) => CodeObject::new_object(code),
    }
}
const _: fn() -> &'static crate::Type = CodeObject::class;
