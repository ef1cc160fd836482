//! What the compiler shows of its work, where options ask for it.

use crate::state::{Version, jit};
use kiln_codegen::{Compiled, Dump};
use kiln_hir::Function;
use kiln_opt::{Facts, Runner};
use std::fs::OpenOptions;
use std::io::Write;

fn matches(pattern: &Option<String>, name: &str) -> bool {
    match pattern {
        None => false,
        Some(pattern) => pattern.is_empty() || kiln_profile::jit_list::glob(pattern, name),
    }
}

/// Which machine-level texts to keep of a function.
pub fn wanted(name: &str) -> Dump {
    let jit = jit();
    let options = jit.options.borrow();
    Dump {
        clif: matches(&options.dump_clif, name),
        asm: matches(&options.dump_asm, name),
    }
}

/// Adds a line for a version to the file in which `perf report` looks for the names of code that no program file holds:
/// `START SIZE NAME`, in hex. What cannot be written is left out: the program's work goes on.
pub fn to_perf_map(start: usize, len: usize, version: &Version) {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) else {
        return;
    };
    let (name, number) = (version.unit.name(), version.number);
    let place = match version.entry_loop {
        Some(pc) => format!(" loop {pc}"),
        None => String::new(),
    };
    let _ = writeln!(file, "{start:x} {len:x} py::{name}{place} #{number}");
}

/// Whether an option asks the compiler to fail on this function.
pub fn must_panic(name: &str) -> bool {
    matches(&jit().options.borrow().panic, name)
}

/// Runs the passes, and shows what was asked for.
pub fn optimize(func: &mut Function, facts: &Facts) {
    let jit = jit();
    let options = jit.options.borrow().clone();
    let name = func.name.clone();
    let (first, each, last) = (
        matches(&options.dump_hir, &name),
        matches(&options.dump_passes, &name),
        matches(&options.dump_final, &name),
    );
    let out = options.output.clone();
    let show = move |title: &str, func: &Function| (out)(&format!("-- {name}: {title}\n{func}\n"));
    let mut runner = Runner::new();
    let skip: Vec<String> = match &options.passes {
        Some(chosen) => {
            let others = kiln_opt::PIPELINE
                .iter()
                .filter(|pass| !chosen.iter().any(|name| name == pass.name));
            others.map(|pass| pass.name.to_owned()).collect()
        }
        None => Vec::new(),
    };
    runner.skip = &skip;
    let mut dump = |title: &str, func: &Function| {
        if each && title != kiln_opt::FINAL || first && title == "built" || last && title == kiln_opt::FINAL {
            show(title, func);
        }
    };
    if first || each || last {
        runner.dump = Some(&mut dump);
    }
    kiln_opt::optimize(func, facts, &mut runner);
}

/// Shows machine code.
pub fn machine(compiled: &Compiled) {
    let jit = jit();
    let out = jit.options.borrow().output.clone();
    if let Some(clif) = &compiled.clif {
        out(&format!("-- {}: clif\n{clif}\n", compiled.name));
    }
    if let Some(asm) = &compiled.asm {
        out(&format!("-- {}: asm\n{asm}\n", compiled.name));
    }
}
