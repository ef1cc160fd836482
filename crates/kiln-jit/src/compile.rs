//! From a unit to installed machine code, and when.
//!
//! # Safety
//! Versions are leaked before their code is made, so that it may contain their address.
use crate::build::{self, Built, Entry, Guesses, Held};
use crate::inlined::Bodies;
use crate::state::{Unit, Version, invoke, jit, unit_of};
use crate::tiers;
use kiln_codegen::{Compiler, Dump, Effort, Env, Layout, NewInstance, Places};
use kiln_hir::{CacheId, CellId, CodeId, Leaf, ShapeId, WatchId};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::generator::{GenState, Generator, Registers};
use kiln_object::hooks::Resumed;
use kiln_object::range::{ListIter, RangeIter, TupleIter};
use kiln_object::shape::known;
use kiln_object::thread::{Thread, thread};
use kiln_object::{Object, ObjectType, Raised, Value};
use kiln_opt::Facts;
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::offset_of;

/// The message of a panic that an option asked for.
const ASKED_FOR: &str = "a failure that -X jit-test-panic asked for";
/// Loops entered in the middle that may be under way at once.
const MOST_NESTED_LOOPS: u32 = 300;
/// Times that a version may do by a call of the runtime what the next one will do by itself: about what compiling takes.
const MOST_MISSES: u32 = 5_000;
/// Address space for machine code.
const RESERVE: usize = 1 << 28;

struct UnitEnv {
    version: &'static Version,
}

fn places_of(places: kiln_object::heap::Places) -> Places {
    Places {
        free: places.free,
        young: places.young,
        threshold: places.threshold,
    }
}

impl Env for UnitEnv {
    fn cache(&self, cache: CacheId) -> u64 {
        if cache.0 == u32::MAX {
            return 0;
        }
        if let Some(number) = build::call_site_number(cache) {
            return &raw const *jit().call_sites.borrow()[number] as u64;
        }
        let unit = jit().units.borrow()[(cache.0 >> 16) as usize];
        &raw const *unit.code().cache(cache.0 as u16) as u64
    }
    fn name(&self, text: &str) -> u64 {
        let name = kiln_object::str::Str::intern(text);
        let word = name.value().0;
        self.version.held.borrow_mut().push(name);
        word
    }
    fn cell(&self, _: CellId) -> u64 {
        0
    }
    fn watch(&self, word: WatchId) -> u64 {
        match word {
            build::TICKS => self.version.ticks.as_ptr() as u64,
            build::MISSES => self.version.misses.as_ptr() as u64,
            _ => self.version.invalid.as_ptr() as u64,
        }
    }
    fn entry(&self, code: CodeId) -> u64 {
        jit().units.borrow()[code.index()].entry.as_ptr() as u64
    }
    fn new_instance(&self, shape: ShapeId) -> Option<NewInstance> {
        let class = kiln_object::shape::live_class(kiln_object::shape::ShapeId(shape.0))?;
        let places = kiln_object::heap::free_list(class.instance_size(), class.kind())?;
        Some(NewInstance {
            places: places_of(places),
            class: class.as_value().0,
            words: kiln_object::instance::new_words(class),
        })
    }
    fn places(&self, size: usize) -> Option<Places> {
        kiln_object::heap::free_list(size, kiln_object::heap::Kind::Container).map(places_of)
    }
    fn native(&self, function: u64, args: usize) -> u64 {
        crate::runtime::native_entry(Value(function), args).unwrap_or(0)
    }
    fn resume_table(&self) -> u64 {
        self.version.resume.as_ptr() as u64
    }
    fn handle(&self) -> u64 {
        &raw const *self.version as u64
    }
}

/// Where things are in objects and the thread.
pub fn layout() -> Layout {
    let mut l = Layout::empty();
    l.none = kiln_object::singletons::none().0;
    l.true_ = kiln_object::singletons::true_().0;
    l.false_ = kiln_object::singletons::false_().0;
    l.unbound = kiln_object::singletons::unbound().0;
    l.empty_slot = Value::PENDING.0;
    let shapes = [
        (Leaf::BigInt, known::INT),
        (Leaf::BoxedFloat, known::FLOAT),
        (Leaf::Str, known::STR),
        (Leaf::Bytes, known::BYTES),
        (Leaf::List, known::LIST),
        (Leaf::Tuple, known::TUPLE),
        (Leaf::Dict, known::DICT),
        (Leaf::Set, kiln_object::set::Set::class().root_shape().0),
        (Leaf::Function, known::FUNCTION),
        (Leaf::Cell, known::CELL),
        (Leaf::Generator, known::GENERATOR),
    ];
    for (leaf, shape) in shapes {
        l.shapes[leaf as usize] = Some(ShapeId(shape));
    }
    l.stack_limit = offset_of!(Thread, compiled_limit) as i32;
    l.poll = offset_of!(Thread, breaker) as i32;
    l.second_result = offset_of!(Thread, second) as i32;
    l.transition = offset_of!(Thread, transition) as i32;
    l.float_value = offset_of!(kiln_object::float::Float, value) as i32;
    l.list_items = kiln_object::list::ITEMS_OFFSET as i32;
    l.list_capacity = kiln_object::list::CAPACITY_OFFSET as i32;
    l.list_len = kiln_object::list::LEN_OFFSET as i32;
    l.tuple_items = kiln_object::tuple::ITEMS as i32;
    l.tuple_len = kiln_object::tuple::LEN_OFFSET as i32;
    l.tuple_unhashed = kiln_object::tuple::UNHASHED;
    l.str_len = kiln_object::str::LEN_OFFSET as i32;
    l.dict_len = kiln_object::dict::Dict::LEN_OFFSET as i32;
    l.cell_content = offset_of!(kiln_object::descr::CellObject, content) as i32;
    l.gen_pc = (offset_of!(Generator, regs) + offset_of!(Registers, index)) as i32;
    const _: () = assert!(offset_of!(Registers, state) == offset_of!(Registers, index) + 4);
    const _: () = assert!(offset_of!(Registers, live) == offset_of!(Registers, index) + 8);
    l.gen_registers = (offset_of!(Generator, regs) + Registers::ITEMS_OFFSET) as i32;
    l.gen_code = offset_of!(Generator, code) as i32;
    l.gen_inner = (offset_of!(Generator, regs) + offset_of!(Registers, inner)) as i32;
    l.gen_handled = offset_of!(Generator, handled) as i32;
    l.code_resume = CodeObject::RESUME_OFFSET as i32;
    l.handled = offset_of!(Thread, handled) as i32;
    l.depth = offset_of!(Thread, depth) as i32;
    const _: () = assert!(offset_of!(Thread, recursion_limit) == offset_of!(Thread, depth) + 4);
    l.resumable = [known::GENERATOR, known::COROUTINE].map(ShapeId);
    l.fail_guards = jit().options.borrow().fail_guards;
    l
}

/// Makes the compiler, once.
pub fn start() -> std::io::Result<()> {
    let jit = jit();
    if jit.compiler.borrow().is_some() {
        return Ok(());
    }
    let (compiler, mut area) = Compiler::new(layout(), &crate::runtime::table(), RESERVE)?;
    let target = area.install_stub(crate::runtime::bridge_entry as *const () as usize, layout().transition)?;
    jit.bridge_target.set(target);
    crate::follow::start(&mut area)?;
    // A panic of the compiler is a bail-out for users, who see it in the counters.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if cfg!(debug_assertions) || !self::jit().busy.get() {
            report(info);
        }
    }));
    let here = 0u8;
    jit.main.set((&raw const *thread() as usize, &raw const here as usize));
    *jit.compiler.borrow_mut() = Some((compiler, area));
    Ok(())
}

/// A version of the unit for an entry, installed; none when the compiler gives up on it.
fn make(unit: &'static Unit, entry: Entry, held: &[(u16, Held)]) -> Option<&'static Version> {
    let jit = jit();
    let begun = crate::clock::cpu_nanoseconds();
    jit.busy.set(true);
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| make_inner(unit, entry, held)));
    jit.busy.set(false);
    let taken = crate::clock::cpu_nanoseconds().saturating_sub(begun);
    jit.stats.nanoseconds.set(jit.stats.nanoseconds.get() + taken);
    let made = match made {
        Ok(made) => made,
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let message = message.unwrap_or_default();
            if cfg!(debug_assertions) && message != ASKED_FOR {
                kiln_object::bug!("the compiler failed on {}", unit.name());
            }
            jit.stats.bugs.set(jit.stats.bugs.get() + 1);
            if let Ok(mut compiler) = jit.compiler.try_borrow_mut()
                && let Some((compiler, _)) = &mut *compiler
            {
                compiler.reset();
            }
            let first = message.lines().next().unwrap_or_default();
            Err(format!("a bug in the compiler: {first}"))
        }
    };
    match made {
        Ok(version) => Some(version),
        Err(reason) => {
            jit.stats.bailouts.borrow_mut().push((unit.name(), reason.clone()));
            match entry {
                Entry::Call => {
                    *unit.bailout.borrow_mut() = Some(reason);
                    unit.code().threshold.set(u32::MAX);
                }
                Entry::Loop(pc) => {
                    unit.closed_loops.borrow_mut().insert(pc);
                }
            }
            None
        }
    }
}

/// Builds what is compiled.
fn build_entry(
    unit: &Unit,
    entry: Entry,
    held: &[(u16, Held)],
    guesses: Guesses,
    counting: bool,
) -> Result<Built, String> {
    let built = match build::build(unit, entry, held, guesses, counting) {
        // Other ways lead to the same loops with iterators.
        Err(_) if !held.is_empty() => build::build(unit, entry, &[], guesses, counting),
        built => built,
    };
    built.map_err(|bailout| bailout.0)
}

fn make_inner(unit: &'static Unit, entry: Entry, held: &[(u16, Held)]) -> Result<&'static Version, String> {
    let jit = jit();
    if crate::dump::must_panic(&unit.name()) {
        panic!("{ASKED_FOR}");
    }
    // Types of another run, for what has not met any.
    if kiln_interp::profile::prime_code(unit.code(), unit.globals) > 0 {
        unit.warm.set(true);
        unit.settled.set(true);
    }
    if unit.code().hotness.get() >= tiers::SEEN_ENOUGH {
        unit.warm.set(true);
    }
    let plan = tiers::next(unit, entry);
    let guesses = plan.guesses;
    // What is compiled before anything is known counts, and is made once more.
    let warm = unit.is_warm();
    // What was chosen for being hot is compiled with little effort at first, and without callees: most of it does not stay hot for long enough to
    // make up for more.
    let hot = jit.options.borrow().threshold.filter(|threshold| *threshold > 0);
    let hot = hot.filter(|threshold| unit.on_trial.get() || unit.code().hotness.get() >= *threshold);
    let spared = hot.filter(|_| warm && !unit.is_settled());
    unit.on_trial.set(spared.is_some());
    let counts = !warm || spared.is_some();
    let built = build_entry(unit, entry, held, guesses, counts)?;
    // Who is called by calls of the unknown is noted only by compiled code: it, too, is made once more.
    let (counts, built) = if built.notes_calls && !counts {
        (true, build_entry(unit, entry, held, guesses, true)?)
    } else {
        (counts, built)
    };
    let Built {
        mut func,
        mut watches,
        mut held,
        entry_regs,
        resume,
        notes_calls: _,
    } = built;
    jit.stats.insts.set(jit.stats.insts.get() + func.live_insts() as u64);
    let bodies = Bodies::new(guesses);
    let facts = if warm && spared.is_none() {
        bodies.facts()
    } else {
        Facts::default()
    };
    crate::dump::optimize(&mut func, &facts);
    drop(facts);
    let inlined = bodies.take(&mut watches, &mut held);
    jit.stats.inlined.set(jit.stats.inlined.get() + inlined.len() as u64);
    // The independent checker runs for users, too: a function whose references it cannot account for stays interpreted.
    if cfg!(debug_assertions) || jit.options.borrow().check_refcounts {
        kiln_opt::refcount_checker::check(&func).map_err(|wrong| {
            if cfg!(debug_assertions) {
                kiln_object::bug!("reference counts: {wrong}");
            }
            jit.stats.refused.set(jit.stats.refused.get() + 1);
            format!("reference counts: {wrong}")
        })?;
    }
    let ticks = match spared {
        Some(hot) => hot.saturating_mul(4).max(tiers::TICKS_TO_SETTLE),
        None if warm => tiers::TICKS_TO_SETTLE,
        None => tiers::TICKS_TO_WARM,
    };
    let version: &'static Version = Box::leak(Box::new(Version {
        unit,
        compiled: OnceCell::new(),
        start: Cell::new(0),
        invalid: Cell::new(0),
        failures: Cell::new(0),
        ticks: Cell::new(ticks),
        counts,
        spared: spared.is_some(),
        misses: Cell::new(MOST_MISSES),
        inlined: RefCell::new(inlined),
        generation: plan.generation,
        patience: tiers::patience(plan, func.live_insts()),
        number: jit.versions.borrow().len() as u32,
        entry_loop: match entry {
            Entry::Call => None,
            Entry::Loop(pc) => Some(pc),
        },
        entry_regs: RefCell::new(entry_regs),
        owned: Cell::new(func.signature.owned),
        held: RefCell::new(held),
        resume,
    }));
    jit.versions.borrow_mut().push(version);
    let env = UnitEnv { version };
    let dump: Dump = crate::dump::wanted(&func.name);
    let spares = plan.generation == 0 || version.spared;
    let effort = if spares && !jit.options.borrow().full_effort {
        Effort::Little
    } else {
        Effort::Full
    };
    let mut compiler = jit.compiler.borrow_mut();
    let (compiler, area) = compiler.as_mut().ok_or("there is no compiler")?;
    let compiled = compiler
        .compile(&func, &env, effort, dump)
        .map_err(|unsupported| unsupported.0)?;
    crate::dump::machine(&compiled);
    let start = area.install(&compiled.bytes).map_err(|error| error.to_string())?;
    jit.stats.count_generation(plan.generation);
    jit.stats.bytes.set(jit.stats.bytes.get() + compiled.bytes.len() as u64);
    jit.add_place(start, compiled.bytes.len(), version);
    if jit.options.borrow().perf_map {
        crate::dump::to_perf_map(start, compiled.bytes.len(), version);
    }
    version.start.set(start);
    let _ = version.compiled.set(compiled);
    jit.watch(version, &watches);
    Ok(version)
}

/// Compiles a unit's code for calls, if it is not.
pub fn compile(unit: &'static Unit) -> bool {
    if unit.current.get().is_some() {
        return true;
    }
    if unit.bailout.borrow().is_some() || jit().busy.get() {
        return false;
    }
    let Some(version) = make(unit, Entry::Call, &[]) else {
        return false;
    };
    jit().stats.compiled.set(jit().stats.compiled.get() + 1);
    unit.current.set(Some(version));
    unit.entry.set(version.start.get());
    let code = unit.code();
    if code.is_generator() {
        // Calls make a generator, as ever.
        code.resume.set(version.start.get() as *const u8);
        code.threshold.set(u32::MAX);
        return true;
    }
    code.compiled.set(version.start.get() as *const u8);
    // Calls are to go past the interpreter at once.
    code.threshold.set(0);
    true
}

/// Whether the options want this code compiled.
pub fn wanted(unit: &Unit) -> bool {
    let jit = jit();
    jit.enabled.get() && (!jit.options.borrow().listed_only || listed(unit))
}

/// Whether the jit-list names this code.
pub fn listed(unit: &Unit) -> bool {
    let code = &unit.code().code;
    let module = unit.module();
    jit().list.borrow().matches(&kiln_profile::FunctionId {
        module: &module,
        qualname: &code.qualname,
        file: &code.filename,
        first_line: code.first_line,
    })
}

/// A direct call came to code that is not compiled: compiles it when it is due.
pub fn maybe_compile(unit: &'static Unit, _: Value) {
    let code = unit.code();
    let hotness = code.hotness.get();
    code.count(hotness);
    if hotness >= code.threshold.get() && wanted(unit) && unit.is_call_due() {
        compile(unit);
    }
}

/// The hook for calls that reached the threshold.
pub fn hot(function: Value) {
    let Some(code) = crate::state::code_of(function) else {
        return;
    };
    let code = code.expect::<CodeObject>();
    if jit().busy.get() || kiln_interp::tier::is_interpret_only() {
        return;
    }
    let unit = unit_of(function).filter(|unit| wanted(unit));
    if unit.is_some_and(|unit| !unit.is_call_due()) {
        return;
    }
    let compiled = unit.is_some_and(compile);
    if !compiled {
        code.threshold.set(u32::MAX);
    }
}

/// The hook for resuming generators.
pub fn resume(generator: Value, code: &CodeObject, sent: Value) -> Value {
    invoke(code.resume.get() as usize, &[generator.0, sent.0])
}

/// The hook for driving generators.
pub fn drive(
    generator: Value,
    code: &CodeObject,
    each: &mut dyn FnMut(Object) -> Result<bool, Raised>,
) -> Result<Option<bool>, Raised> {
    use kiln_interp::generators::{is_ready, resumed};
    let g = kiln_interp::words::base_of::<Generator>(generator);
    let th = kiln_object::thread::thread();
    let entry = code.resume.get();
    let none = kiln_object::singletons::none();
    crate::state::set_stack_limit();
    while is_ready(g) && code.resume.get() == entry && !entry.is_null() {
        let depth = th.depth.get();
        if depth >= th.recursion_limit.get() {
            break;
        }
        g.set_state(GenState::Running);
        th.depth.set(depth + 1);
        let given = crate::state::resume_at(entry as usize, generator, none);
        th.depth.set(depth);
        let plain = (th.handled.raw().0 | g.outer.raw().0) == Value::PENDING.0;
        let item = if g.state() == GenState::Suspended && plain && !given.is_pending() {
            Object::from_owned(given)
        } else {
            match resumed(g, given, Value::PENDING)? {
                Resumed::Yielded(v) => v,
                Resumed::Returned(_) => return Ok(Some(true)),
            }
        };
        if !each(item)? {
            return Ok(Some(false));
        }
    }
    Ok(None)
}

/// The hook for calls from the interpreter.
pub fn call(code: &CodeObject, window: *mut Value) -> Value {
    use kiln_interp::words::{read_word, write_word};
    let callee = read_word(window);
    let params = code.param_count.get() as usize;
    let unit = crate::state::known_unit(code);
    let version = unit.and_then(|unit| unit.current.get());
    let (Some(unit), Some(version)) = (unit, version) else {
        return interpret(callee, window, params);
    };
    let f = kiln_interp::words::typed::<Function>(callee);
    if f.globals.value() != unit.globals || f.builtins.value() != unit.builtins {
        return interpret(callee, window, params);
    }
    let mut words: smallvec::SmallVec<[u64; 8]> = smallvec::SmallVec::with_capacity(params + 1);
    words.push(callee.0);
    for i in 0..params {
        let p = window.wrapping_add(4 + i);
        words.push(read_word(p).0);
        if i < 30 && version.owned.get() >> (i + 1) & 1 != 0 {
            write_word(p, Value::ZERO);
        }
    }
    invoke(version.start.get(), &words)
}

/// The interpreter runs a window's call after all, in a frame of its own.
fn interpret(callee: Value, window: *mut Value, params: usize) -> Value {
    use kiln_interp::words::read_word;
    let args: Vec<Value> = (0..params).map(|i| read_word(window.wrapping_add(4 + i))).collect();
    match kiln_interp::run_bound(callee, &args) {
        Ok(v) => v.into_value(),
        Err(_) => Value::PENDING,
    }
}

/// Registers that hold an iterator of a range, list or tuple which nobody else has.
fn iterators_in(code: &CodeObject, fp: *mut Value) -> Vec<(u16, Held)> {
    let mut found: Vec<(u16, Held)> = Vec::new();
    for instr in code
        .code
        .instrs
        .iter()
        .filter(|instr| instr.op() == kiln_bytecode::Op::ForIter)
    {
        let reg = instr.b();
        let value = kiln_interp::words::read_word(fp.wrapping_add(reg as usize));
        if !value.is_ptr() || value.is_pending() || value.header().count() != 1 {
            continue;
        }
        let held = if let Some(iter) = value.exact::<RangeIter>() {
            Held::Range(iter.step.get())
        } else if value.is_exact::<ListIter>() {
            Held::List
        } else if value.is_exact::<TupleIter>() {
            Held::Tuple
        } else {
            continue;
        };
        if !found.iter().any(|entry| entry.0 == reg) {
            found.push((reg, held));
        }
    }
    found
}

/// The hook for hot back edges.
pub fn enter_loop(callable: Value, code: &CodeObject, pc: u32, fp: *mut Value) -> Option<Value> {
    use kiln_interp::words::{read_word, write_word};
    let nested = &jit().nested_loops;
    // A loop that is left and entered again is one more call on the native stack until it ends.
    if nested.get() >= MOST_NESTED_LOOPS {
        return None;
    }
    let unit = unit_of(callable)?;
    let found = unit
        .loops
        .borrow()
        .iter()
        .find(|entry| entry.0 == pc)
        .map(|entry| entry.1);
    let version = match found {
        Some(version) => version,
        None => {
            if jit().busy.get() || !wanted(unit) || unit.closed_loops.borrow().contains(&pc) {
                return None;
            }
            if !unit.is_due(Entry::Loop(pc)) {
                return None;
            }
            let version = make(unit, Entry::Loop(pc), &iterators_in(code, fp))?;
            jit().stats.loops.set(jit().stats.loops.get() + 1);
            unit.loops.borrow_mut().push((pc, version));
            version
        }
    };
    let mut words: Vec<u64> = vec![callable.to_object().into_value().0];
    for reg in version.entry_regs.borrow().iter() {
        let p = fp.wrapping_add(*reg as usize);
        words.push(read_word(p).0);
        write_word(p, Value::ZERO);
    }
    nested.set(nested.get() + 1);
    let result = invoke(version.start.get(), &words);
    nested.set(nested.get().saturating_sub(1));
    Some(result)
}
