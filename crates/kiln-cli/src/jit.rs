//! What the `-X jit…` options and their variables ask of the compiler.

use crate::options::Options;
use crate::output;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;

/// Calls and loop turns after which `-X jit-auto` compiles, if it does not say. Compiling an instruction takes as long as interpreting it some two
/// thousand times, so this is when a function has run for several times as long as compiling it takes: where that gains nothing, little is lost.
const HOT: u32 = 32_000;

fn chosen<'a>(options: &'a Options, name: &str) -> Option<&'a Option<String>> {
    options
        .jit
        .iter()
        .rev()
        .find(|chosen| chosen.name == name)
        .map(|chosen| &chosen.value)
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
    wanted.perf_map = on(options, "jit-perf-map");
    wanted.stats = on(options, "jit-stats");
    wanted.passes = match chosen(options, "jit-test-passes").cloned().flatten() {
        Some(names) => Some(pass_names(&names)?),
        None => on(options, "jit-test-no-passes").then(Vec::new),
    };
    wanted.panic = pattern("jit-test-panic");
    wanted.check_refcounts = !on(options, "jit-no-refcount-check");
    wanted.fail_guards = on(options, "jit-test-fail-guards");
    wanted.full_effort = on(options, "jit-test-full-effort");
    wanted.output = match chosen(options, "jit-dump-file").cloned().flatten() {
        Some(path) => {
            let file = fs::File::create(&path).map_err(|error| format!("{path}: {error}"))?;
            let failed = std::cell::Cell::new(false);
            Rc::new(move |text: &str| {
                if let Err(error) = (&file).write_all(text.as_bytes())
                    && !failed.replace(true)
                {
                    output::error(&format!(
                        "{}: dump {path}: cannot be written: {error}\n",
                        output::program()
                    ));
                }
            })
        }
        None => Rc::new(|text: &str| output::error(text)),
    };
    let mut list = kiln_jit::JitList::default();
    if let Some(path) = list_file {
        wanted.listed_only = true;
        list.append_file(Path::new(&path)).map_err(|error| error.to_string())?;
    }
    if wanted.threshold.is_none() {
        return Ok(());
    }
    kiln_jit::init(wanted, list).map_err(|error| format!("cannot reserve memory for machine code: {error}"))
}

/// The passes that `-X jit-test-passes` names.
fn pass_names(text: &str) -> Result<Vec<String>, String> {
    let known = kiln_jit::optional_passes();
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "-X jit-test-passes: no pass that may be left out is called {name:?}; known are: {}",
            known.join(", ")
        )),
        None => Ok(names),
    }
}

/// What is shown at exit.
pub fn finish(options: &Options) {
    if on(options, "jit-stats") {
        output::error(&kiln_jit::stats());
    }
    if kiln_jit::is_started() {
        kiln_jit::finish();
    }
}

/// What `cinderjit` offers to programs.
pub fn attach_module() {
    fn start() -> Result<(), String> {
        if kiln_jit::is_started() {
            return Ok(());
        }
        kiln_jit::init(kiln_jit::Options::default(), kiln_jit::JitList::default()).map_err(|error| error.to_string())
    }
    kiln_stdlib::cinderjit::attach(kiln_stdlib::cinderjit::Compiler {
        start,
        force_compile: kiln_jit::force_compile,
        is_compiled: kiln_jit::is_compiled,
        compiled: kiln_jit::compiled,
        enable: kiln_jit::enable,
        is_enabled: || kiln_jit::state::jit().enabled.get(),
        hir: |f| kiln_jit::hir(f, kiln_jit::Passes::Final, true),
        append_list: |entry| {
            kiln_jit::state::jit()
                .list
                .borrow_mut()
                .append("append_jit_list", entry)
                .map_err(|bad| bad.to_string())
        },
        read_list: |path| {
            kiln_jit::state::jit()
                .list
                .borrow_mut()
                .append_file(Path::new(path))
                .map_err(|bad| bad.to_string())
        },
        list: || {
            let list = kiln_jit::state::jit().list.borrow();
            let entries = list.entries().iter();
            entries
                .map(|entry| (entry.pattern.to_string(), entry.matched() > 0))
                .collect()
        },
        compile_list: kiln_jit::compile_list,
        size: kiln_jit::size_of,
        seconds: || kiln_jit::state::jit().stats.nanoseconds.get() as f64 / 1e9,
        take_exits: kiln_jit::take_exits,
        seal: kiln_jit::seal,
    });
}

const HIR_USAGE: &str = "usage: kiln hir FILE[:QUALNAME] [--pass NAME | --all] [--source]\n";

/// `kiln hir`: intermediate code of a file's functions, without running it.
pub fn hir(args: &[std::ffi::OsString]) -> i32 {
    let (mut target, mut pass, mut all, mut source) = (None, None, false, false);
    let mut words = args.iter().map(|arg| arg.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => {
                output::out(HIR_USAGE);
                return 0;
            }
            "--all" => all = true,
            "--source" => source = true,
            "--pass" => match words.next() {
                Some(name) => pass = Some(name),
                None => return usage("--pass needs a name"),
            },
            text if text.starts_with('-') => return usage(&format!("unknown option {text}")),
            _ if target.is_none() => target = Some(word),
            _ => return usage("one file at a time"),
        }
    }
    let Some(target) = target else {
        return usage("which file?");
    };
    let (file, name) = match target.rsplit_once(':') {
        Some((file, name)) if !std::path::Path::new(&target).exists() => (file.to_owned(), Some(name.to_owned())),
        _ => (target, None),
    };
    crate::stack::on_large_stack(move |limit| show_hir(limit, &file, name.as_deref(), pass.as_deref(), all, source))
}

fn usage(message: &str) -> i32 {
    output::error(&format!("kiln hir: {message}\n{HIR_USAGE}"));
    2
}

fn show_hir(limit: usize, file: &str, name: Option<&str>, pass: Option<&str>, all: bool, source: bool) -> i32 {
    use kiln_object::code::CodeObject;
    use kiln_object::{Object, Value};
    let (code, text) = match crate::subcommands::compile_file(std::path::Path::new(file)) {
        Ok(found) => found,
        Err(message) => {
            output::error(&message);
            return 1;
        }
    };
    if !kiln_object::boot(kiln_text::hash::HashKey::from_seed(0)) {
        output::error("kiln hir: not enough memory to start\n");
        return 1;
    }
    kiln_object::thread::thread().native_limit.set(limit);
    kiln_builtins::init();
    kiln_interp::init();
    let Ok(builtins) = kiln_builtins::builtins_module::create() else {
        output::error("kiln hir: cannot start\n");
        return 1;
    };
    let builtins = kiln_object::module::dict_of(&builtins).unwrap_or(builtins);
    if let Err(error) = kiln_jit::init(kiln_jit::Options::default(), kiln_jit::JitList::default()) {
        output::error(&format!("kiln hir: {error}\n"));
        return 1;
    }
    let mut known: Vec<&str> = kiln_jit::titles();
    if let Some(name) = pass.filter(|name| !known.contains(name)) {
        known.sort_unstable();
        let known = known.join(", ");
        return usage(&format!("no pass is called {name}; known are: {known}"));
    }
    let passes = match (all, pass) {
        (true, _) => kiln_jit::Passes::All,
        (false, Some(name)) => kiln_jit::Passes::Named(name),
        (false, None) => kiln_jit::Passes::Final,
    };
    let globals = kiln_object::dict::Dict::new_object();
    let mut found = false;
    let mut work: Vec<Object> = vec![CodeObject::new_object(&std::sync::Arc::new(code))];
    while let Some(object) = work.pop() {
        let code = object.expect::<CodeObject>();
        let inner: Vec<Value> = code.consts.borrow().iter().map(|c| c.value()).collect();
        work.extend(
            inner
                .iter()
                .rev()
                .filter(|v| v.is_exact::<CodeObject>())
                .map(|v| v.to_object()),
        );
        if code.code.has_namespace() || name.is_some_and(|name| name != &*code.code.qualname) {
            continue;
        }
        found = true;
        let f = kiln_object::function::Function::new_object(
            object.clone(),
            globals.clone(),
            builtins.clone(),
            code.name.value().to_object(),
            code.qualname.value().to_object(),
            Object::none(),
            Object::none(),
        );
        if source {
            let first = code.code.first_line as usize;
            let last = (0..code.code.instrs.len())
                .map(|pc| code.code.positions.at(pc as u32).line as usize)
                .max()
                .unwrap_or(first);
            for (index, line) in text.lines().enumerate().take(last).skip(first.saturating_sub(1)) {
                output::out(&format!("; {:4} {line}\n", index + 1));
            }
        }
        match kiln_jit::hir(f.value(), passes, false) {
            Ok(text) => output::out(&text),
            Err(reason) => output::out(&format!("-- {}: not compiled: {reason}\n\n", code.code.qualname)),
        }
    }
    if !found {
        output::error(&format!("kiln hir: no function {} in {file}\n", name.unwrap_or("")));
        return 1;
    }
    0
}
