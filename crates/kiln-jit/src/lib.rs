//! Bytecode to machine code at run time: building HIR, installing code, leaving it, and deciding what to compile and when.
//!
//! What belongs here is what joins the interpreter and the code generator. The interpreter stays the oracle: whatever compiled code does, the
//! interpreter would have done.

pub mod build;
mod compile;
mod dump;
pub mod intrinsics;
mod leave;
pub mod list;
pub mod options;
mod runtime;
pub mod state;
pub mod stats;
mod walk;

pub use list::{BadLine, JitList};
pub use options::Options;

use kiln_object::Value;
use kiln_object::function::Function;
use kiln_object::code::CodeObject;
use state::jit;

/// Attaches the compiler to the interpreter. Code created from now on is compiled as the options say.
pub fn init(options: Options, list: JitList) -> std::io::Result<()> {
    compile::start()?;
    let jit = jit();
    let threshold = options.threshold;
    *jit.options.borrow_mut() = options;
    *jit.list.borrow_mut() = list;
    jit.enabled.set(threshold.is_some());
    kiln_interp::tier::set_hooks(kiln_interp::tier::TierHooks {
        first: walk::first,
        next: walk::next,
        callable: walk::callable,
        index: walk::index,
        register: walk::register,
        call: compile::call,
        enter_loop: compile::enter_loop,
    });
    kiln_object::hooks::set_hooks(|h| {
        h.hot = compile::hot;
        h.class_changed = state::class_changed;
        h.dict_changed = state::dict_changed;
        h.function_changed = state::function_changed;
    });
    if let Some(threshold) = threshold {
        kiln_object::code::set_threshold(threshold);
    }
    Ok(())
}

/// Compiles a function now; whether it is compiled.
pub fn force_compile(function: Value) -> bool {
    let Some(unit) = state::unit_of(function) else { return false };
    compile::compile(unit)
}

/// Whether a function has machine code.
pub fn is_compiled(function: Value) -> bool {
    let Some(f) = function.exact::<Function>() else { return false };
    let code = f.code.value();
    !code.expect::<CodeObject>().compiled.get().is_null()
}

/// Counters, as text.
pub fn stats() -> String {
    jit().stats.render()
}

/// Gives up everything that compiled code keeps alive. Nothing compiled runs afterwards.
pub fn finish() {
    let jit = jit();
    jit.enabled.set(false);
    let units: Vec<_> = jit.units.borrow().clone();
    for unit in &units {
        unit.retire();
    }
    let versions: Vec<_> = jit.versions.borrow().clone();
    for version in versions {
        drop(version.held.take());
    }
    for unit in units {
        unit.release();
    }
}
