//! What the `-X jit…` options and their variables ask of the compiler.

use crate::options::Options;
use crate::output;
use std::fs;
use std::io::Write;
use std::rc::Rc;

/// Calls and loop turns after which `-X jit-auto` compiles, if it does not say.
const HOT: u32 = 200;

fn chosen<'a>(options: &'a Options, name: &str) -> Option<&'a Option<String>> {
    options.jit.iter().rev().find(|chosen| chosen.name == name).map(|chosen| &chosen.value)
}

fn on(options: &Options, name: &str) -> bool {
    chosen(options, name).is_some_and(|value| value.as_deref() != Some("0"))
}

/// Attaches the compiler if an option wants it; the message of what cannot be done.
pub fn attach(options: &Options) -> Result<(), String> {
    let list_file = chosen(options, "jit-list-file").cloned().flatten();
    let auto = chosen(options, "jit-auto");
    let mut wanted = kiln_jit::Options::default();
    if on(options, "jit") || list_file.is_some() {
        wanted.threshold = Some(0);
    } else if let Some(value) = auto {
        wanted.threshold = Some(value.as_ref().and_then(|n| n.parse().ok()).unwrap_or(HOT));
    }
    let pattern = |name: &str| chosen(options, name).map(|value| value.clone().unwrap_or_default());
    wanted.dump_hir = pattern("jit-dump-hir");
    wanted.dump_passes = pattern("jit-dump-hir-passes");
    wanted.dump_final = pattern("jit-dump-final-hir");
    wanted.dump_clif = pattern("jit-dump-clif");
    wanted.dump_asm = pattern("jit-dump-asm");
    wanted.stats = on(options, "jit-stats");
    wanted.no_optimize = std::env::var_os("KILN_JIT_NO_PASSES").is_some();
    wanted.output = match chosen(options, "jit-dump-file").cloned().flatten() {
        Some(path) => {
            let file = fs::File::create(&path).map_err(|error| format!("{path}: {error}"))?;
            Rc::new(move |text: &str| {
                let _ = (&file).write_all(text.as_bytes());
            })
        }
        None => Rc::new(|text: &str| output::error(text)),
    };
    let mut list = kiln_jit::JitList::default();
    if let Some(path) = list_file {
        wanted.listed_only = true;
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        list.add_text(&path, &text).map_err(|bad| bad.to_string())?;
    }
    if wanted.threshold.is_none() {
        return Ok(());
    }
    kiln_jit::init(wanted, list).map_err(|error| format!("cannot reserve memory for machine code: {error}"))
}

/// What is shown at exit.
pub fn finish(options: &Options) {
    if on(options, "jit-stats") {
        output::error(&kiln_jit::stats());
    }
}
