//! A runtime for tests: a thread, objects that are arrays of words, and functions that write down what they were asked.

use kiln_codegen::{CodeArea, Compiled, Compiler, Dump, Effort, Env, Layout, RuntimeTable, Source, Transition};
use kiln_hir::parse::parse;
use kiln_hir::{CacheId, CellId, CodeId, Leaf, ShapeId, WatchId};
use kiln_opt::{Context, Facts, Runner};
use std::mem::offset_of;
use std::ptr;

/// What `leave` returns.
pub const LEFT: u64 = 0xdead << 1;

/// An operator: operands, its number, whether it compares.
type Arithmetic = fn(&mut Thread, u64, u64, u64, bool) -> u64;

const FLOAT_SHAPE: u32 = 17;

#[repr(C)]
pub struct Thread {
    pub stack_limit: usize,
    pub poll: u32,
    pub second_result: u64,
    pub transition: *const Transition,
    pub left: Option<Left>,
    pub answers: Vec<u64>,
    pub operations: Vec<(u64, u64)>,
    pub destroyed: Vec<u64>,
    pub overflows: u32,
    /// Operators, if the test has any: operands, operator, whether it compares.
    pub arithmetic: Option<Arithmetic>,
    pub watch: bool,
    pub frames: Vec<Shown>,
    boxes: Vec<Box<[u64]>>,
    code: (usize, usize),
}

/// A compiled frame as it was: return address, and the words below its frame pointer, the nearest last.
#[derive(Debug)]
pub struct Shown {
    back: usize,
    words: Vec<u64>,
}

pub struct Left {
    pub exit: u64,
    pub area: Vec<u64>,
}

/// What the functions that a test does not expect return.
trait Answer {
    fn none() -> Self;
}
impl Answer for u64 {
    fn none() -> u64 {
        1
    }
}
impl Answer for f64 {
    fn none() -> f64 {
        f64::NAN
    }
}
impl Answer for () {
    fn none() {}
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident($($param:ident: $ty:ty),*) -> $ret:tt;)*) => {
        fn table() -> RuntimeTable<Thread> {
            $(unsafe extern "sysv64" fn $name(_: *mut Thread, $(_: $ty),*) -> $ret {
                <$ret as Answer>::none()
            })*
            RuntimeTable { $($name,)* }
        }
    };
}
kiln_codegen::for_each_runtime_call!(table);

unsafe extern "sysv64" fn leave(thread: *mut Thread, _: u64, exit: u64, area: *const u64) -> u64 {
    // SAFETY: the test's thread; tests have at most 32 saved values, and more is stack, too.
    unsafe {
        let area = (0..200)
            .map(|index| {
                if area.is_null() {
                    0
                } else {
                    area.add(index).read_volatile()
                }
            })
            .collect();
        (*thread).left = Some(Left { exit, area });
    }
    LEFT
}

unsafe extern "sysv64" fn destroy(thread: *mut Thread, object: u64) {
    // SAFETY: the test's thread.
    unsafe { (*thread).destroyed.push(object) }
}

unsafe extern "sysv64" fn stack_overflow(thread: *mut Thread) -> u64 {
    // SAFETY: the test's thread.
    unsafe { (*thread).overflows += 1 }
    1
}

unsafe extern "sysv64" fn box_float(thread: *mut Thread, value: f64) -> u64 {
    // SAFETY: the test's thread.
    unsafe { new_box(&mut (*thread).boxes, value) }
}

unsafe extern "sysv64" fn binary_op(thread: *mut Thread, lhs: u64, rhs: u64, op: u64, cache: u64) -> u64 {
    // SAFETY: the test's thread; a transition is on the stack while the function called through its stub runs, and compiled frames keep frame
    // pointers.
    unsafe {
        let thread = &mut *thread;
        thread.operations.push((op, cache));
        if thread.watch {
            let transition = &*thread.transition;
            let (mut frame, mut back) = (transition.frame_pointer, transition.return_address);
            let (base, len) = thread.code;
            while (base..base + len).contains(&back) {
                let words = (1..=16)
                    .rev()
                    .map(|index| *((frame - 8 * index) as *const u64))
                    .collect();
                thread.frames.push(Shown { back, words });
                back = *((frame + 8) as *const usize);
                frame = *(frame as *const usize);
            }
        }
        if let Some(arithmetic) = thread.arithmetic {
            return arithmetic(thread, lhs, rhs, op, false);
        }
        if thread.answers.is_empty() {
            1
        } else {
            thread.answers.remove(0)
        }
    }
}

unsafe extern "sysv64" fn compare_truth(thread: *mut Thread, lhs: u64, rhs: u64, op: u64, _: u64) -> u64 {
    // SAFETY: the test's thread.
    let thread = unsafe { &mut *thread };
    thread
        .arithmetic
        .map_or(1, |arithmetic| arithmetic(thread, lhs, rhs, op, true))
}

impl Thread {
    /// The word of a float.
    pub fn float(&mut self, value: f64) -> u64 {
        let word = float_word(value);
        if word & 3 == 3 {
            word
        } else {
            new_box(&mut self.boxes, value)
        }
    }

    pub fn float_of(&self, word: u64) -> f64 {
        let object = self.boxes.iter().find(|object| object.as_ptr() as u64 + 1 == word);
        f64::from_bits(object.expect("a box")[1])
    }
}

fn new_box(boxes: &mut Vec<Box<[u64]>>, value: f64) -> u64 {
    let object: Box<[u64]> = Box::new([1 | u64::from(FLOAT_SHAPE) << 32, value.to_bits()]);
    let word = object.as_ptr() as u64 + 1;
    boxes.push(object);
    word
}

pub fn int_word(number: i64) -> u64 {
    (number as u64) << 1
}

pub fn number_of(word: u64) -> i64 {
    assert_eq!(word & 1, 0, "{word:#x} is no int");
    assert_ne!(word, LEFT, "the code was left");
    word as i64 >> 1
}

pub fn float_word(value: f64) -> u64 {
    value.to_bits().wrapping_add(3 << 60).rotate_left(3)
}

pub struct Machine {
    compiler: Compiler,
    pub area: CodeArea,
    pub thread: Box<Thread>,
    pub compiled: Vec<Compiled>,
    pub entries: Vec<usize>,
    pub dump: bool,
    pub effort: Effort,
    cells: Box<[usize; 4]>,
}

struct Ids {
    cells: usize,
}

impl Env for Ids {
    fn resume_table(&self) -> u64 {
        0
    }
    fn cache(&self, cache: CacheId) -> u64 {
        8 * u64::from(cache.0)
    }
    fn name(&self, text: &str) -> u64 {
        text.len() as u64
    }
    fn cell(&self, cell: CellId) -> u64 {
        panic!("no {cell}")
    }
    fn watch(&self, watch: WatchId) -> u64 {
        panic!("no {watch}")
    }
    fn entry(&self, code: CodeId) -> u64 {
        (self.cells + 8 * code.index()) as u64
    }
    fn new_instance(&self, _: ShapeId) -> Option<kiln_codegen::NewInstance> {
        None
    }
    fn native(&self, function: u64, _: usize) -> u64 {
        panic!("no function at {function:#x}")
    }
    fn handle(&self) -> u64 {
        99
    }
}

impl Machine {
    pub fn new() -> Machine {
        let mut layout = Layout::empty();
        layout.none = 0x1001;
        layout.true_ = 0x2001;
        layout.false_ = 0x3001;
        layout.unbound = 0x4001;
        layout.empty_slot = 0x4001;
        layout.shapes[Leaf::BoxedFloat as usize] = Some(ShapeId(FLOAT_SHAPE));
        layout.stack_limit = offset_of!(Thread, stack_limit) as i32;
        layout.poll = offset_of!(Thread, poll) as i32;
        layout.second_result = offset_of!(Thread, second_result) as i32;
        layout.transition = offset_of!(Thread, transition) as i32;
        layout.float_value = 8;
        let table = RuntimeTable {
            leave,
            destroy,
            stack_overflow,
            box_float,
            binary_op,
            compare_truth,
            ..table()
        };
        let (compiler, area) = Compiler::new(layout, &table, 64 << 20).unwrap();
        let thread = Thread {
            stack_limit: 0,
            poll: 0,
            second_result: 0,
            transition: ptr::null(),
            left: None,
            answers: Vec::new(),
            operations: Vec::new(),
            destroyed: Vec::new(),
            overflows: 0,
            arithmetic: None,
            watch: false,
            frames: Vec::new(),
            boxes: Vec::new(),
            code: (0, 0),
        };
        Machine {
            compiler,
            area,
            thread: Box::new(thread),
            compiled: Vec::new(),
            entries: Vec::new(),
            dump: false,
            effort: Effort::Full,
            cells: Box::new([0; 4]),
        }
    }

    /// Counts references, compiles and installs; the result names the function.
    pub fn compile(&mut self, text: &str) -> usize {
        let mut func = parse(text).unwrap();
        kiln_hir::verify::verify(&func).unwrap();
        let insertion = kiln_opt::refcount_insertion::PASS;
        (insertion.run)(&mut func, &mut Context::new(&Facts::default()));
        Runner::new().run(&[], &mut func, &Facts::default());
        self.install(&func)
    }

    /// Installs a function whose references are counted.
    pub fn install(&mut self, func: &kiln_hir::Function) -> usize {
        let ids = Ids {
            cells: self.cells.as_ptr() as usize,
        };
        let dump = Dump {
            clif: self.dump,
            asm: self.dump,
        };
        let compiled = self.compiler.compile(func, &ids, self.effort, dump).unwrap();
        self.entries.push(self.area.install(&compiled.bytes).unwrap());
        self.compiled.push(compiled);
        self.compiled.len() - 1
    }

    pub fn set_entry(&mut self, cell: usize, function: usize) {
        self.cells[cell] = self.entries[function];
    }

    pub fn run(&mut self, function: usize, args: &[u64]) -> u64 {
        self.thread.code = self.area.range();
        let thread: *mut Thread = &mut *self.thread;
        let arg = |index: usize| args.get(index).copied().unwrap_or(0);
        // SAFETY: the address is an installed function of that signature; registers for parameters that it does not have do not matter.
        unsafe {
            let entry: extern "sysv64" fn(*mut Thread, u64, u64, u64, u64, u64) -> u64 =
                std::mem::transmute(self.entries[function]);
            entry(thread, arg(0), arg(1), arg(2), arg(3), arg(4))
        }
    }

    /// The instruction that a compiled frame is at, and what is in its registers.
    pub fn show(&self, shown: &Shown) -> (u32, Vec<u64>) {
        let owner =
            |(entry, compiled): &(&usize, &Compiled)| (**entry..**entry + compiled.bytes.len()).contains(&shown.back);
        let (entry, compiled) = self.entries.iter().zip(&self.compiled).find(owner).unwrap();
        let site = compiled
            .site_at((shown.back - entry) as u32)
            .expect("a site for the return address");
        let words = site.frames[0].registers.iter().map(|(_, place)| match place.source {
            Source::Word(slot) => shown.words[(128 + compiled.area) as usize / 8 + slot as usize],
            Source::Constant(word) => word,
            other => panic!("{other:?}"),
        });
        (site.frames[0].pc, words.collect())
    }

    pub fn boxed_float(&mut self, value: f64) -> u64 {
        new_box(&mut self.thread.boxes, value)
    }

    pub fn float_of(&self, word: u64) -> f64 {
        self.thread.float_of(word)
    }

    /// An object with that count and a few fields.
    pub fn object(&mut self, count: u32) -> u64 {
        let object: Box<[u64]> = Box::new([u64::from(count) | 5 << 32, 0, 0, 0]);
        let word = object.as_ptr() as u64 + 1;
        self.thread.boxes.push(object);
        word
    }

    fn object_of(&mut self, word: u64) -> &mut [u64] {
        self.thread
            .boxes
            .iter_mut()
            .find(|object| object.as_ptr() as u64 + 1 == word)
            .expect("an object")
    }

    pub fn set_field(&mut self, word: u64, offset: usize, value: u64) {
        self.object_of(word)[offset / 8] = value;
    }

    pub fn count(&mut self, word: u64) -> u32 {
        self.object_of(word)[0] as u32
    }
}
