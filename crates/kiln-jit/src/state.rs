//! What is known of code that is, was or may be compiled: units, versions, and who watches what.
#![expect(
    unsafe_code,
    reason = "process-wide state under the global lock, and calls of machine code"
)]
//!
//! # Safety
//! Everything here is touched under the global lock only. Units and versions are never freed, so that return addresses, exits and code cells stay
//! valid; what they hold is given up at the end. Entries of versions are machine code of the signature that kiln-codegen documents.

use crate::build::Entry;
use hashbrown::{HashMap, HashSet};
use kiln_codegen::{CodeArea, Compiled, Compiler};
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::generator::Generator;
use kiln_object::thread::thread;
use kiln_object::{Object, Type, Value};
use std::cell::{Cell, OnceCell, RefCell};

/// What compiled code relies on.
#[derive(Default, Debug)]
pub struct Watches {
    /// Namespace and name.
    pub dicts: Vec<(Value, Value)>,
    pub classes: Vec<Value>,
    pub functions: Vec<Value>,
}

impl Watches {
    pub fn is_empty(&self) -> bool {
        self.dicts.is_empty() && self.classes.is_empty() && self.functions.is_empty()
    }
}

/// One code object, with the globals of the functions that it was compiled for.
pub struct Unit {
    pub id: u32,
    code: Value,
    pub globals: Value,
    pub builtins: Value,
    /// What direct calls go through: the current version's entry, or the way into the interpreter.
    pub entry: Cell<usize>,
    bridge: Cell<usize>,
    pub current: Cell<Option<&'static Version>>,
    pub loops: RefCell<Vec<(u32, &'static Version)>>,
    /// Parameters that the callee gets references of, the callable being number 0.
    pub owned: u32,
    /// How far each entry has come: calls, and loops by their instruction.
    pub progress: RefCell<HashMap<Option<u32>, crate::tiers::Progress>>,
    /// Whether its code has run long enough for its caches to say what to expect.
    pub warm: Cell<bool>,
    /// Whether its calls have noted what they call.
    pub settled: Cell<bool>,
    /// Whether it was last compiled with little effort, because it is not known yet to stay hot: what takes the place of that is no more sure.
    pub on_trial: Cell<bool>,
    /// Turns of loops in the interpreter while the function was compiled or hot, and calls while only its loops were compiled.
    turns: RefCell<HashMap<Option<u32>, u32>>,
    /// Guards that failed, by instruction: in how many versions, and in which one last.
    failures: RefCell<HashMap<u32, (u32, u32)>>,
    /// Operations on numbers that code was made for which takes whatever comes, so that nobody notes what does.
    pub unnoted: RefCell<HashSet<u32>>,
    /// Records of calls, by instruction: numbers in the process's table.
    pub call_sites: RefCell<HashMap<u32, u32>>,
    /// Names of globals that change.
    pub volatile: RefCell<HashSet<u64>>,
    /// Why it is not compiled.
    pub bailout: RefCell<Option<String>>,
    /// The loops that cannot be entered.
    pub closed_loops: RefCell<HashSet<u32>>,
    held: RefCell<Vec<Object>>,
}

/// Most kinds of callees that a call site remembers.
const MOST_TARGETS: usize = 4;

/// What a call site of compiled code has called whose callee was not known: Python functions, by their code.
#[derive(Default)]
pub struct CallSite {
    /// Code, and whether it was called through a bound method.
    pub targets: RefCell<smallvec::SmallVec<[(Object, bool); 2]>>,
    /// Too many, or others than functions.
    pub mixed: Cell<bool>,
}

impl CallSite {
    /// Notes a call.
    #[inline]
    pub fn note(&self, code: Value, bound: bool) {
        if self.mixed.get() {
            return;
        }
        let mut targets = self.targets.borrow_mut();
        if targets.iter().any(|known| known.0.value() == code && known.1 == bound) {
            return;
        }
        if targets.len() == MOST_TARGETS {
            self.mixed.set(true);
        } else {
            targets.push((code.to_object(), bound));
        }
    }
}

/// One piece of machine code.
pub struct Version {
    pub unit: &'static Unit,
    pub compiled: OnceCell<Compiled>,
    pub start: Cell<usize>,
    /// Not zero when something that it relies on has changed.
    pub invalid: Cell<u32>,
    pub failures: Cell<u32>,
    /// Counted down by code that is to be made again.
    pub ticks: Cell<u32>,
    /// Whether it counts.
    pub counts: bool,
    /// Whether it lacks the bodies of callees that it could have.
    pub spared: bool,
    /// Operations left to the runtime until it is made again.
    pub misses: Cell<u32>,
    /// Whose bodies it contains beside its unit's.
    pub inlined: RefCell<Vec<&'static Unit>>,
    pub generation: u32,
    /// Exits after which it is given up; none when it never is.
    pub patience: Option<u32>,
    pub number: u32,
    /// For an entry into a loop: where, and which registers are its arguments.
    pub entry_loop: Option<u32>,
    pub entry_regs: RefCell<Vec<u16>>,
    pub owned: Cell<u32>,
    pub held: RefCell<Vec<Object>>,
    /// For a generator: the number of the suspension that goes on at each instruction.
    pub resume: Box<[u16]>,
}

/// The compiler and all that it made.
pub struct Jit {
    pub compiler: RefCell<Option<(Compiler, CodeArea)>>,
    pub bridge_target: Cell<usize>,
    pub units: RefCell<Vec<&'static Unit>>,
    pub call_sites: RefCell<Vec<&'static CallSite>>,
    by_code: RefCell<HashMap<u64, &'static Unit>>,
    /// First addresses of versions, rising.
    places: RefCell<Vec<(usize, usize, &'static Version)>>,
    pub versions: RefCell<Vec<&'static Version>>,
    dict_watchers: RefCell<HashMap<(u64, u64), Vec<&'static Version>>>,
    function_watchers: RefCell<HashMap<u64, Vec<&'static Version>>>,
    pub stats: crate::stats::Stats,
    pub options: RefCell<crate::options::Options>,
    pub list: RefCell<kiln_profile::jit_list::JitList>,
    pub busy: Cell<bool>,
    pub enabled: Cell<bool>,
    /// Nothing is compiled any more, and nothing kept alive for it: what runs while the process ends is interpreted.
    pub finished: Cell<bool>,
    /// What `enabled` was before everything had to be interpreted.
    pub was_enabled: Cell<bool>,
    /// What is compiled now is not made again for what its caches learn.
    pub lasting: Cell<bool>,
    /// Loops entered and not left yet.
    pub nested_loops: Cell<u32>,
    /// The thread that the compiler was started on, and how far down its stack that was.
    pub main: Cell<(usize, usize)>,
}

/// Native stack that compiled code may use for each level of `sys.getrecursionlimit()`: far more than its frames need, since native functions
/// may be in between.
const STACK_PER_LEVEL: usize = 8 << 10;

struct Holder(OnceCell<Jit>);
// SAFETY: under the global lock.
unsafe impl Sync for Holder {}
// SAFETY: as above.
unsafe impl Send for Holder {}
static JIT: Holder = Holder(OnceCell::new());

pub fn jit() -> &'static Jit {
    JIT.0.get_or_init(|| Jit {
        compiler: RefCell::new(None),
        bridge_target: Cell::new(0),
        units: RefCell::default(),
        call_sites: RefCell::default(),
        by_code: RefCell::default(),
        places: RefCell::default(),
        versions: RefCell::default(),
        dict_watchers: RefCell::default(),
        function_watchers: RefCell::default(),
        stats: crate::stats::Stats::default(),
        options: RefCell::default(),
        list: RefCell::default(),
        busy: Cell::new(false),
        enabled: Cell::new(false),
        was_enabled: Cell::new(false),
        finished: Cell::new(false),
        lasting: Cell::new(false),
        nested_loops: Cell::new(0),
        main: Cell::new((0, 0)),
    })
}

/// A version by the number that its machine code tells.
///
/// # Safety
/// `handle` comes from machine code that was compiled with this version's address.
pub unsafe fn version_of(handle: u64) -> &'static Version {
    // SAFETY: versions are never freed.
    unsafe { &*(handle as *const Version) }
}
/// A unit by the word that its bridge tells.
///
/// # Safety
/// `word` comes from a bridge made for the unit.
pub unsafe fn unit_at(word: u64) -> &'static Unit {
    // SAFETY: units are never freed.
    unsafe { &*(word as *const Unit) }
}

impl Unit {
    pub fn code(&self) -> &'static CodeObject {
        kiln_interp::words::typed(self.code)
    }
    pub fn name(&self) -> String {
        self.code().code.qualname.to_string()
    }
    /// `__name__` of the namespace that its functions run in.
    pub fn module(&self) -> String {
        let name = self.globals.exact::<Dict>().and_then(|d| d.get_str("__name__"));
        name.and_then(|name| name.cast::<kiln_object::str::Str>().map(|s| s.to_string_lossy()))
            .unwrap_or_default()
    }
    /// In how many versions of code a guess at this instruction was wrong. What was compiled with nothing known does not count.
    pub fn failures_at(&self, pc: u32) -> u32 {
        self.failures.borrow().get(&pc).map_or(0, |failed| failed.0)
    }
    pub fn note_failure(&self, pc: u32, version: &Version) {
        let mut failures = self.failures.borrow_mut();
        let failed = failures.entry(pc).or_insert((0, u32::MAX));
        if failed.1 != version.number && version.generation > 0 {
            *failed = (failed.0 + 1, version.number);
        }
    }
    /// No guesses at this instruction from now on.
    pub fn give_up_at(&self, pc: u32) {
        self.failures.borrow_mut().insert(pc, (u32::MAX / 2, u32::MAX));
    }
    /// Whether what is compiled now is made to last.
    pub fn is_warm(&self) -> bool {
        self.warm.get() || jit().lasting.get()
    }
    /// Whether calls are to note no more what they call.
    pub fn is_settled(&self) -> bool {
        self.settled.get() || jit().lasting.get()
    }
    /// Whether some call of its code has noted callees that can be called better than whatever there is.
    pub fn has_noted(&self) -> bool {
        let sites = jit().call_sites.borrow();
        self.call_sites.borrow().values().any(|number| {
            let site = sites[*number as usize];
            !site.mixed.get() && !site.targets.borrow().is_empty()
        })
    }
    /// Counts a turn of a loop, or a call, that has no machine code, and says whether there should be some.
    pub fn is_due(&self, entry: Entry) -> bool {
        let enough = jit().options.borrow().threshold.unwrap_or(0) / 8;
        let mut turns = self.turns.borrow_mut();
        let turns = turns.entry(entry.key()).or_insert(0);
        *turns = turns.saturating_add(1);
        *turns > enough
    }
    /// The same for a call of hot code. When that is hot because of its loops, and these have machine code, it has to be called often, too.
    pub fn is_call_due(&self) -> bool {
        self.loops.borrow().is_empty() || self.is_due(Entry::Call)
    }
    pub fn is_bridged(&self) -> bool {
        self.entry.get() == self.bridge.get()
    }
    /// Calls go to the interpreter again.
    pub fn retire(&self) {
        self.entry.set(self.bridge.get());
        self.current.set(None);
        let code = self.code();
        code.compiled.set(std::ptr::null());
        code.resume.set(std::ptr::null());
        code.hotness.set(0);
        if self.bailout.borrow().is_none() && jit().enabled.get() {
            code.threshold.set(crate::tiers::calls_before_next(self));
        } else {
            code.threshold.set(u32::MAX);
        }
    }
    /// Gives up what the unit keeps alive; it must not run any more.
    pub fn release(&self) {
        drop(self.held.take());
    }
}

/// Parameters that the code deletes, rebinds or captures: it must be able to let go of them before it returns.
fn owned_params(code: &CodeObject) -> u32 {
    let params = code.param_count.get();
    let mut mask = 0;
    for instr in &code.code.instrs {
        instr.operands(|operand| {
            use kiln_bytecode::Operand::*;
            let mut note = |reg: u16| {
                if (reg as u32) < params && reg < 30 {
                    mask |= 2 << reg;
                }
            };
            match operand {
                Def(reg) | Kill(reg) | Unbind(reg) | Use { reg, take: true } => note(reg),
                DefRange { first, count } | UseRange { first, count } => (first..first + count).for_each(note),
                _ => {}
            }
        });
    }
    mask
}

/// The code of a function or a generator.
pub fn code_of(callable: Value) -> Option<Value> {
    if let Some(f) = callable.exact::<Function>() {
        return Some(f.code.value());
    }
    Some(callable.cast::<Generator>()?.code.value())
}

/// The unit of a function's or generator's code, made on demand; none when the code belongs to functions with other globals, or when the process
/// ends.
pub fn unit_of(callable: Value) -> Option<&'static Unit> {
    let code = code_of(callable)?;
    let (globals, builtins) = match callable.exact::<Function>() {
        Some(f) => (f.globals.value(), f.builtins.value()),
        None => {
            let g = callable.cast::<Generator>()?;
            (g.globals.value(), g.builtins.value())
        }
    };
    let jit = jit();
    if let Some(unit) = code.exact::<CodeObject>().and_then(known_unit) {
        return (unit.globals == globals && unit.builtins == builtins).then_some(unit);
    }
    if let Some(unit) = jit.by_code.borrow().get(&code.0) {
        return (unit.globals == globals && unit.builtins == builtins).then_some(*unit);
    }
    if jit.finished.get() {
        return None;
    }
    globals.exact::<Dict>()?;
    builtins.exact::<Dict>()?;
    let object = code.expect::<CodeObject>();
    let unit: &'static Unit = Box::leak(Box::new(Unit {
        id: jit.units.borrow().len() as u32,
        code,
        globals,
        builtins,
        entry: Cell::new(0),
        bridge: Cell::new(0),
        current: Cell::new(None),
        loops: RefCell::default(),
        owned: owned_params(object),
        progress: RefCell::default(),
        warm: Cell::new(false),
        settled: Cell::new(false),
        on_trial: Cell::new(false),
        turns: RefCell::default(),
        failures: RefCell::default(),
        unnoted: RefCell::default(),
        call_sites: RefCell::default(),
        volatile: RefCell::default(),
        bailout: RefCell::default(),
        closed_loops: RefCell::default(),
        held: RefCell::new(vec![code.to_object(), globals.to_object(), builtins.to_object()]),
    }));
    let target = jit.bridge_target.get();
    let bridge = match &mut *jit.compiler.borrow_mut() {
        Some((_, area)) => area.install_bridge(&raw const *unit as u64, target).ok(),
        None => None,
    }?;
    unit.bridge.set(bridge);
    unit.entry.set(bridge);
    object.jit_id.set(unit.id + 1);
    jit.units.borrow_mut().push(unit);
    jit.by_code.borrow_mut().insert(code.0, unit);
    Some(unit)
}

/// The unit of a code object that has one.
pub fn known_unit(code: &CodeObject) -> Option<&'static Unit> {
    let id = code.jit_id.get().checked_sub(1)?;
    jit().units.borrow().get(id as usize).copied()
}

/// The unit that a frame of compiled code belongs to.
pub fn unit_of_frame(frame: &kiln_codegen::Frame) -> &'static Unit {
    jit().units.borrow()[frame.code.index()]
}

impl Jit {
    /// The version whose machine code holds an address.
    pub fn version_at(&self, address: usize) -> Option<&'static Version> {
        let places = self.places.borrow();
        let index = places.partition_point(|place| place.0 <= address);
        let place = places.get(index.checked_sub(1)?)?;
        (address <= place.0 + place.1).then_some(place.2)
    }
    pub fn add_place(&self, start: usize, len: usize, version: &'static Version) {
        let mut places = self.places.borrow_mut();
        let index = places.partition_point(|place| place.0 < start);
        places.insert(index, (start, len, version));
    }
    /// From now on the version is told of changes.
    pub fn watch(&self, version: &'static Version, watches: &Watches) {
        let number = version.number;
        for &(dict, name) in &watches.dicts {
            dict.expect::<Dict>().watch(true);
            let mut watchers = self.dict_watchers.borrow_mut();
            let list = watchers.entry((dict.0, name.0)).or_default();
            if !list.iter().any(|other| std::ptr::eq(*other, version)) {
                list.push(version);
            }
        }
        for class in &watches.classes {
            let mut list = class.expect::<Type>().watchers.borrow_mut();
            if !list.contains(&number) {
                list.push(number);
            }
        }
        for function in &watches.functions {
            let mut watchers = self.function_watchers.borrow_mut();
            let list = watchers.entry(function.0).or_default();
            if !list.iter().any(|other| std::ptr::eq(*other, version)) {
                list.push(version);
            }
        }
    }
}

/// The code relies on something that is no longer so.
pub fn invalidate(version: &'static Version) {
    if version.invalid.replace(1) != 0 {
        return;
    }
    jit().stats.invalidated.set(jit().stats.invalidated.get() + 1);
    crate::tiers::note_invalidated(version);
    retire_version(version);
}

/// From now on everything is interpreted; activations of compiled code leave at their next check. Or (false) functions
/// may be compiled and entered again.
pub fn interpret_only(on: bool) {
    let jit = jit();
    if on {
        jit.was_enabled.set(jit.enabled.replace(false));
        let versions: Vec<&'static Version> = jit.versions.borrow().clone();
        for version in versions {
            invalidate(version);
        }
    } else {
        jit.enabled.set(jit.was_enabled.get());
    }
    let units: Vec<_> = jit.units.borrow().clone();
    for unit in units {
        if on || unit.current.get().is_none() {
            unit.retire();
        }
    }
}

/// Nobody enters this version any more.
pub fn retire_version(version: &'static Version) {
    let unit = version.unit;
    if version.entry_loop.is_some() {
        unit.loops.borrow_mut().retain(|entry| !std::ptr::eq(entry.1, version));
    } else if unit.current.get().is_some_and(|current| std::ptr::eq(current, version)) {
        unit.retire();
    }
}

pub fn dict_changed(dict: &Dict, name: Value) {
    let jit = jit();
    let address = Value::from_ptr(&dict.header).0;
    let versions: Vec<&'static Version> = if name.is_pending() {
        let mut watchers = jit.dict_watchers.borrow_mut();
        let keys: Vec<(u64, u64)> = watchers.keys().copied().filter(|key| key.0 == address).collect();
        keys.iter().filter_map(|key| watchers.remove(key)).flatten().collect()
    } else {
        jit.dict_watchers
            .borrow_mut()
            .remove(&(address, name.0))
            .unwrap_or_default()
    };
    for version in versions {
        if !name.is_pending() {
            version.unit.volatile.borrow_mut().insert(name.0);
            for unit in version.inlined.borrow().iter() {
                unit.volatile.borrow_mut().insert(name.0);
            }
        }
        invalidate(version);
    }
}

pub fn class_changed(number: u32) {
    let version = jit().versions.borrow().get(number as usize).copied();
    if let Some(version) = version {
        invalidate(version);
    }
}

pub fn function_changed(function: Value) {
    let versions = jit()
        .function_watchers
        .borrow_mut()
        .remove(&function.0)
        .unwrap_or_default();
    for version in versions {
        invalidate(version);
    }
}

/// Says how far down machine code may go, before it is entered.
pub fn set_stack_limit() {
    let th: *const kiln_object::thread::Thread = thread();
    let limit = thread().native_limit.get();
    let (main, base) = jit().main.get();
    thread().compiled_limit.set(if main == th as usize {
        limit.max(base.saturating_sub(thread().recursion_limit.get() as usize * STACK_PER_LEVEL))
    } else {
        limit
    });
}
/// Resumes a generator, marked as running, at the entry of its machine code, with a value that is given away.
pub fn resume_at(entry: usize, generator: Value, sent: Value) -> Value {
    type Entry = extern "sysv64" fn(*const kiln_object::thread::Thread, u64, u64) -> u64;
    // SAFETY: an entry of compiled code, see the chapter above.
    let f: Entry = unsafe { std::mem::transmute::<usize, Entry>(entry) };
    Value(f(thread(), generator.0, sent.0))
}

/// Calls machine code with words in the order of its signature.
pub fn invoke(entry: usize, words: &[u64]) -> Value {
    type Entry = extern "sysv64" fn(*const kiln_object::thread::Thread, u64, u64, u64, u64, u64) -> u64;
    let th: *const kiln_object::thread::Thread = thread();
    set_stack_limit();
    // SAFETY: an entry of compiled code or a bridge, see the chapter above; arguments that the callee does not have are ignored.
    let f: Entry = unsafe { std::mem::transmute::<usize, Entry>(entry) };
    if words.len() > 5 {
        return Value(f(th, words.as_ptr() as u64, 0, 0, 0, 0));
    }
    let mut five = [0; 5];
    five[..words.len()].copy_from_slice(words);
    let [a, b, c, d, e] = five;
    Value(f(th, a, b, c, d, e))
}
/// The same with words for all argument registers; what the callee does not have is ignored.
#[inline]
pub fn invoke_five(entry: usize, [a, b, c, d, e]: [u64; 5]) -> Value {
    type Entry = extern "sysv64" fn(*const kiln_object::thread::Thread, u64, u64, u64, u64, u64) -> u64;
    let th: *const kiln_object::thread::Thread = thread();
    set_stack_limit();
    // SAFETY: as above.
    let f: Entry = unsafe { std::mem::transmute::<usize, Entry>(entry) };
    Value(f(th, a, b, c, d, e))
}
