//! Bytecode to machine code at run time: building HIR, installing code, leaving it, and deciding what to compile and when.
//!
//! What belongs here is what joins the interpreter and the code generator. The interpreter stays the oracle: whatever compiled code does, the
//! interpreter would have done.

pub mod build;
mod clock;
mod compile;
mod dump;
mod follow;
mod inlined;
pub mod intrinsics;
mod leave;
pub mod options;
mod runtime;
pub mod state;
pub mod stats;
mod tiers;
mod walk;

pub use kiln_profile::jit_list::{JitList, ListError};
pub use options::Options;

use kiln_object::Value;
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use state::jit;

/// Attaches the compiler to the interpreter. Code created from now on is compiled as the options say.
pub fn init(options: Options, list: JitList) -> std::io::Result<()> {
    let jit = jit();
    let threshold = options.threshold;
    *jit.options.borrow_mut() = options;
    compile::start()?;
    *jit.list.borrow_mut() = list;
    jit.enabled.set(threshold.is_some());
    kiln_interp::tier::set_hooks(kiln_interp::tier::TierHooks {
        first: walk::first,
        next: walk::next,
        callable: walk::callable,
        name: walk::name,
        follow: follow::follow,
        index: walk::index,
        register: walk::register,
        registers: walk::registers,
        call: compile::call,
        resume: compile::resume,
        drive: compile::drive,
        interpret_only: state::interpret_only,
        enter_loop: compile::enter_loop,
    });
    kiln_object::hooks::set_hooks(|h| {
        h.hot = compile::hot;
        h.call_function = runtime::call_function;
        h.class_changed = state::class_changed;
        h.dict_changed = state::dict_changed;
        h.function_changed = state::function_changed;
    });
    if let Some(threshold) = threshold {
        kiln_object::code::set_threshold(threshold);
    }
    Ok(())
}

/// Names of the passes that may be left out, in order.
pub fn optional_passes() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for pass in kiln_opt::PIPELINE {
        if !pass.required && !names.contains(&pass.name) {
            names.push(pass.name);
        }
    }
    names
}

/// The states of the intermediate code that can be shown, by name.
pub fn titles() -> Vec<&'static str> {
    let mut names = vec!["built", kiln_opt::FINAL];
    for pass in kiln_opt::PIPELINE {
        if !names.contains(&pass.name) {
            names.push(pass.name);
        }
    }
    names
}

/// Whether the compiler runs.
pub fn is_started() -> bool {
    jit().compiler.borrow().is_some()
}

/// Compiles a function now; whether it is compiled.
pub fn force_compile(function: Value) -> bool {
    let Some(unit) = state::unit_of(function) else {
        return false;
    };
    compile::compile(unit)
}

/// Whether a function has machine code.
pub fn is_compiled(function: Value) -> bool {
    let Some(f) = function.exact::<Function>() else {
        return false;
    };
    let code = f.code.value();
    let code = code.expect::<CodeObject>();
    !code.compiled.get().is_null() || !code.resume.get().is_null()
}

/// Counters, as text, and the entries of the jit-list that named nothing.
pub fn stats() -> String {
    let jit = jit();
    let mut out = jit.stats.render();
    for entry in jit.list.borrow().unmatched() {
        out.push_str(&format!(
            "jit-list {}, line {}: {} named no function\n",
            entry.file, entry.line, entry.pattern
        ));
    }
    out
}

/// Gives up everything that compiled code keeps alive. Nothing compiled runs afterwards.
pub fn finish() {
    let jit = jit();
    jit.enabled.set(false);
    jit.finished.set(true);
    let units: Vec<_> = jit.units.borrow().clone();
    for unit in &units {
        unit.retire();
    }
    for site in jit.call_sites.borrow().iter() {
        drop(site.targets.take());
    }
    let versions: Vec<_> = jit.versions.borrow().clone();
    for version in versions {
        drop(version.held.take());
    }
    for unit in units {
        unit.release();
    }
}

/// Compiles every function that exists and that the jit-list names; how many are compiled.
pub fn compile_list() -> usize {
    jit().lasting.set(true);
    let mut functions = Vec::new();
    for p in kiln_object::gc::containers() {
        let v = Value::from_ptr(p);
        if v.is_exact::<Function>() {
            functions.push(v.to_object());
        }
    }
    functions
        .iter()
        .filter(|f| state::unit_of(f.value()).is_some_and(|unit| compile::listed(unit) && compile::compile(unit)))
        .count()
}

/// Code objects that have machine code.
pub fn compiled() -> Vec<kiln_object::Object> {
    let units = jit().units.borrow();
    let current = units.iter().filter(|unit| unit.current.get().is_some());
    current
        .map(|unit| Value::from_ptr(&unit.code().header).to_object())
        .collect()
}

/// Whether new code is compiled as the options say.
pub fn enable(on: bool) {
    jit().enabled.set(on);
}

/// Bytes of machine code of a function's current version.
pub fn size_of(function: Value) -> usize {
    let version = state::unit_of(function).and_then(|unit| unit.current.get());
    version
        .and_then(|version| version.compiled.get())
        .map_or(0, |compiled| compiled.bytes.len())
}

/// Writes no more to code that exists: to be called before a fork.
pub fn seal() {
    if let Some((_, area)) = &mut *jit().compiler.borrow_mut() {
        area.seal();
    }
}

/// The intermediate code of a function: as it is built, or after its passes.
///
/// With `guesses`, what was never executed is left to the interpreter.
pub fn hir(function: Value, passes: Passes<'_>, guesses: bool) -> Result<String, String> {
    let Some(unit) = state::unit_of(function) else {
        return Err("the function's globals are no plain dict".to_owned());
    };
    let wanted = if guesses {
        build::Guesses::All
    } else {
        build::Guesses::None
    };
    let built = build::build(unit, build::Entry::Call, &[], wanted, false).map_err(|bailout| bailout.0)?;
    let bodies = inlined::Bodies::new(wanted);
    let facts = if guesses {
        bodies.facts()
    } else {
        kiln_opt::Facts::default()
    };
    let mut func = built.func;
    let mut out = String::new();
    let mut show = |title: &str, func: &kiln_hir::Function| {
        let wanted = match passes {
            Passes::All => title != kiln_opt::FINAL,
            Passes::Final => title == kiln_opt::FINAL,
            Passes::Named(name) => title == name,
        };
        if wanted {
            out.push_str(&format!("-- {}: {title}\n{func}\n", func.name));
        }
    };
    let mut runner = kiln_opt::Runner::new();
    runner.dump = Some(&mut show);
    kiln_opt::optimize(&mut func, &facts, &mut runner);
    drop(runner);
    drop(built.held);
    Ok(out)
}

/// Which states of the intermediate code to show.
#[derive(Copy, Clone, Debug)]
pub enum Passes<'a> {
    All,
    Final,
    /// After the pass of that name; `built` for before the first.
    Named(&'a str),
}

/// The exits counted since the last time: function, line, reason, count. Only with `-X jit-stats`.
pub fn take_exits() -> Vec<(String, i64, String, i64)> {
    let taken = std::mem::take(&mut *jit().stats.leaving.borrow_mut());
    let units = jit().units.borrow();
    taken
        .into_iter()
        .map(|((name, pc, opcode), count)| {
            let unit = units.iter().find(|unit| unit.name() == name);
            let line = unit.map_or(0, |unit| unit.code().code.positions.at(pc).line as i64);
            (name, line, opcode.to_owned(), count as i64)
        })
        .collect()
}
