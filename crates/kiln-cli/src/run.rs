//! Running a program from start to exit code.

use crate::options::{Options, Target};
use crate::{compile, jit, output, repl, start};
use kiln_compiler::Mode;
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::exception::{BaseException, exc};
use kiln_object::hooks::hooks;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, raise};
use kiln_stdlib::{import, state, support::fspath};
use std::io::Read;
use std::path::Path;

/// How a program ended.
pub enum Ending {
    Code(i32),
    /// A `KeyboardInterrupt` that nobody caught.
    Interrupted,
}

pub fn run(options: &Options, stack_limit: usize) -> i32 {
    let (config, key) = match start::configuration(options) {
        Ok(found) => found,
        Err(message) => {
            output::error(&message);
            return 1;
        }
    };
    if !kiln_object::boot(key) {
        output::error("kiln: not enough memory to start\n");
        return 1;
    }
    kiln_object::thread::thread().native_limit.set(stack_limit);
    kiln_builtins::init();
    kiln_interp::init();
    if let Err(message) = jit::attach(options).and_then(|()| crate::profile::start(options)) {
        output::error(&format!("{}: {message}\n", output::program()));
        return 2;
    }
    jit::attach_module();
    let interactive = config.inspect > 0;
    let ready = kiln_builtins::builtins_module::create().and_then(|builtins| {
        compile::attach();
        kiln_stdlib::init(config, builtins)?;
        kiln_stdlib::site::install(options.no_site)
    });
    if let Err(raised) = ready {
        let e = raise::take(raised);
        output::error("kiln: cannot start\n");
        kiln_stdlib::traceback::write_raw(&kiln_stdlib::traceback::format_exception(e.value()));
        return 1;
    }
    // The filters that are wrong are named at once.
    if !kiln_stdlib::config::config().warn_options.is_empty() {
        start_module("warnings", None);
    }
    let faults = options.x_options.iter().any(|(name, _)| name == "faulthandler");
    let wanted =
        !options.ignore_environment && std::env::var_os("PYTHONFAULTHANDLER").is_some_and(|value| !value.is_empty());
    if faults || wanted || kiln_stdlib::config::config().dev_mode {
        start_module("faulthandler", Some("enable"));
    }
    if collects_always(options) {
        // So that each collection looks at what the program made.
        kiln_object::gc::immortalize_heap();
        kiln_object::gc::set_least(1);
    }
    let main = main_module();
    let mut ending = program(options, &main);
    if interactive && !matches!(options.target, Target::Stdin) {
        ending = Ending::Code(repl::run(&main, options, false));
    }
    drop(main);
    finish(options, ending)
}

/// Imports a module that an option asks for, and calls a function of it.
fn start_module(name: &str, function: Option<&str>) {
    let imported = import::import_module(name).and_then(|module| match function {
        Some(function) => kiln_object::call::call_method_str(module.value(), function, &[]).map(drop),
        None => Ok(()),
    });
    if let Err(raised) = imported {
        report(&raise::take(raised));
    }
}

/// `atexit`, finalisation, the exit code.
fn finish(options: &Options, ending: Ending) -> i32 {
    kiln_stdlib::run_exit_functions();
    jit::finish(options);
    let profiled = crate::profile::finish(options);
    let flushed = kiln_stdlib::finalize();
    if checks_leaks(options) {
        kiln_stdlib::release_rest();
        report_leaks();
    }
    match ending {
        Ending::Interrupted => kiln_stdlib::signal::die_of_interrupt(),
        Ending::Code(_) if !flushed => 120,
        Ending::Code(0) if !profiled => 1,
        Ending::Code(code) => code,
    }
}

fn checks_leaks(options: &Options) -> bool {
    options.jit.iter().any(|chosen| chosen.name == "jit-check-leaks")
}

fn collects_always(options: &Options) -> bool {
    options.jit.iter().any(|chosen| chosen.name == "jit-test-collect")
}

/// Counts the mortal objects that are still there, by class.
fn report_leaks() {
    let mut counts = std::collections::BTreeMap::new();
    for p in kiln_object::gc::containers() {
        let v = Value::from_ptr(p);
        if !v.header().is_immortal() {
            let mut kind = v.class().name();
            if let Some(module) = v.cast::<Module>() {
                kind = format!("module {}", module.name().unwrap_or_default());
            } else if let Some(class) = v.cast::<kiln_object::Type>() {
                kind = format!("class {}", class.name());
            } else if let Some(code) = v.cast::<kiln_object::code::CodeObject>() {
                kind = format!("code {}", code.code.qualname);
            }
            *counts.entry(kind).or_insert(0u64) += 1;
        }
    }
    let total: u64 = counts.values().sum();
    if total == 0 {
        return;
    }
    let mut text = format!("kiln: {total} mortal containers alive after finalisation\n");
    for (name, n) in counts {
        text.push_str(&format!("  {n:6} {name}\n"));
    }
    output::error(&text);
}

fn main_module() -> Object {
    let main = Module::new_object("__main__");
    let module = main.expect::<Module>();
    if let Some(builtins) = state::state().builtins.get() {
        module.set("__builtins__", builtins);
    }
    module.set("__loader__", import::builtin_importer());
    if let Some(modules) = state::state().modules.get() {
        modules.expect::<Dict>().set_str("__main__", &main);
    }
    main
}

fn program(options: &Options, main: &Object) -> Ending {
    let result = match &options.target {
        Target::Command(text) => run_text(main, text, "<string>"),
        Target::Module(name) => run_module(main, name, true),
        Target::Script(script) => match run_script(main, Path::new(script), options.skip_first_line) {
            Ok(result) => result,
            Err(code) => return Ending::Code(code),
        },
        Target::Stdin => {
            if options.inspect || terminal(0) {
                return Ending::Code(repl::run(main, options, !options.quiet));
            }
            run_stdin(main)
        }
    };
    match result {
        Ok(()) => Ending::Code(0),
        // The prompt that follows is what a program that ends itself is looked at with.
        Err(raised) if options.inspect => {
            report(&raise::take(raised));
            Ending::Code(1)
        }
        Err(raised) => end_of(raised),
    }
}

pub fn terminal(fd: i32) -> bool {
    #[expect(unsafe_code, reason = "asks about a descriptor")]
    // SAFETY: no memory is involved.
    let answer = unsafe { libc::isatty(fd) };
    answer == 1
}

/// Compiles and runs text whose lines tracebacks shall show.
pub fn run_text(main: &Object, text: &str, name: &str) -> Result<(), Raised> {
    if text.contains('\0') {
        return (hooks().compile)(Str::new(text).value(), Str::new(name).value(), "exec", 0, -1).map(drop);
    }
    let options = kiln_compiler::Options {
        optimize: optimize(),
        ..kiln_compiler::Options::default()
    };
    let code = compile::compile_text(text, name, Mode::Exec, options)?;
    kiln_stdlib::source::register(&code, text);
    execute(main, &CodeObject::new_object(&code))
}

pub fn optimize() -> u8 {
    u8::try_from(kiln_stdlib::config::config().optimize).unwrap_or(2).min(2)
}

pub fn execute(main: &Object, code: &Object) -> Result<(), Raised> {
    let namespace = main.expect::<Module>().dict();
    (hooks().run_code)(code.value(), namespace.value(), namespace.value()).map(drop)
}

fn run_stdin(main: &Object) -> Result<(), Raised> {
    let mut source = Vec::new();
    if let Err(e) = std::io::stdin().read_to_end(&mut source) {
        return Err(kiln_stdlib::support::os_error::raise_errno(
            e.raw_os_error().unwrap_or(libc::EIO),
        ));
    }
    main.expect::<Module>().set("__file__", Str::new("<stdin>"));
    let text = compile::text_of_file(&source, "<stdin>")?;
    run_text(main, &kiln_compiler::plain_lines(&text), "<stdin>")
}

/// A script; `Err` holds the exit code when it cannot be read.
fn run_script(main: &Object, script: &Path, skip_first_line: bool) -> Result<Result<(), Raised>, i32> {
    let module = main.expect::<Module>();
    if script.is_dir() || import::is_archive(script) {
        return run_archive(main, script);
    }
    if let Err(e) = std::fs::File::open(script) {
        let number = e.raw_os_error().unwrap_or(libc::EIO);
        output::error(&format!(
            "{}: can't open file '{}': [Errno {number}] {}\n",
            output::program(),
            start::absolute(script).display(),
            kiln_stdlib::support::os_error::message(number)
        ));
        return Err(2);
    }
    // `__file__` of the main script is absolute.
    let absolute = fspath::decode_os(start::absolute(script).as_os_str());
    module.set("__file__", absolute.clone());
    module.set("__cached__", Object::none());
    module.set("__loader__", import::make_source_loader("__main__", &absolute));
    Ok(import::exec_source_file(script, &absolute, main, skip_first_line))
}

/// `__main__` of a folder or a zip archive, which is first in `sys.path`.
fn run_archive(main: &Object, script: &Path) -> Result<Result<(), Raised>, i32> {
    let place = fspath::decode_os(start::absolute(script).as_os_str());
    let found = match import::has_main(&place) {
        Ok(found) => found,
        Err(raised) => return Ok(Err(raised)),
    };
    if !found {
        output::error(&format!(
            "{}: can't find '__main__' module in '{}'\n",
            output::program(),
            start::absolute(script).display()
        ));
        return Err(1);
    }
    // With `-P` it is not in the path yet.
    if let Some(path) = state::sys_get("path").and_then(|p| p.cast::<kiln_object::list::List>().map(|_| p.clone())) {
        let list = path.expect::<kiln_object::list::List>();
        let first = list.snapshot().into_iter().next();
        if !first.is_some_and(|first| kiln_object::ops::is_equal(first.value(), place.value()).unwrap_or(false)) {
            list.insert(0, place);
        }
    }
    Ok(run_module(main, "__main__", false))
}

/// `-m`, or the `__main__` of a folder or archive.
fn run_module(main: &Object, name: &str, sets_argv: bool) -> Result<(), Raised> {
    let cannot = |why: &str| -> Raised {
        output::error(&format!("{}: {why}\n", output::program()));
        raise::with_extra(exc::SystemExit.get(), vec![Object::int(1)], vec![Some(Object::int(1))])
    };
    let (spec, code) = match import::find_main(name) {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => return Err(cannot(&why)),
        Err(raised) => {
            let e = raise::catch(raised, &exc::ImportError)?;
            let text = kiln_object::ops::to_str(e.value())?;
            let text = text.expect::<Str>().to_string_lossy();
            let kind = e.class().name();
            let hint = match name.strip_suffix(".py") {
                Some(plain) => format!(". Try using '{plain}' instead of '{name}' as the module name."),
                None => String::new(),
            };
            return Err(cannot(&format!(
                "Error while finding module specification for '{name}' ({kind}: {text}){hint}"
            )));
        }
    };
    let module = main.expect::<Module>();
    let get = |field: &str| attr::get_attr_str(spec.value(), field);
    module.set("__spec__", spec.clone());
    module.set("__loader__", get("loader")?);
    module.set("__package__", get("parent")?);
    let origin = get("origin")?;
    module.set("__file__", origin.clone());
    module.set("__cached__", Object::none());
    if let Some(argv) = state::sys_get("argv").filter(|_| sets_argv) {
        kiln_object::ops::set_item(argv.value(), Object::int(0).value(), origin.value())?;
    }
    execute(main, &code)
}

/// Reports what ended the program; the exit code.
pub fn end_of(raised: Raised) -> Ending {
    let e = raise::take(raised);
    if e.class().is_subtype(exc::SystemExit.get()) {
        return Ending::Code(exit_code(&e));
    }
    if e.class().is_subtype(exc::BrokenPipeError.get()) && nobody_reads_stdout() {
        // `kiln … | head`: whoever read has seen enough. CPython prints a traceback here.
        return Ending::Code(1);
    }
    let interrupted = e.class().is_subtype(exc::KeyboardInterrupt.get());
    report(&e);
    if interrupted {
        Ending::Interrupted
    } else {
        Ending::Code(1)
    }
}

/// Whether standard output is a pipe whose other end is closed.
fn nobody_reads_stdout() -> bool {
    let mut stdout = libc::pollfd {
        fd: libc::STDOUT_FILENO,
        events: 0,
        revents: 0,
    };
    #[expect(unsafe_code, reason = "asks about a descriptor")]
    // SAFETY: one entry, which lives as long as the call.
    let ready = unsafe { libc::poll(&raw mut stdout, 1, 0) };
    ready > 0 && stdout.revents & libc::POLLERR != 0
}

fn exit_code(e: &Object) -> i32 {
    let code = match attr::find_attr_str(e.value(), "code") {
        Ok(Some(code)) => code,
        Ok(None) => Object::none(),
        Err(raised) => {
            raise::clear(raised);
            Object::none()
        }
    };
    if code.is_none() {
        return 0;
    }
    if let Some(i) = code.as_int() {
        return i.to_i64().map_or(-1, |i| (i & 0xff) as i32);
    }
    let _ = kiln_stdlib::io::streams::flush_at_exit();
    let text = kiln_object::ops::to_str(code.value());
    let written = text.and_then(|text| match state::sys_get("stderr").filter(|s| !s.is_none()) {
        Some(stderr) => {
            let write = |text: &Object| kiln_object::call::call_method_str(stderr.value(), "write", &[text.value()]);
            write(&text)?;
            write(&Str::new("\n")).map(drop)
        }
        None => {
            kiln_stdlib::traceback::write_raw(&text);
            output::error("\n");
            Ok(())
        }
    });
    if let Err(raised) = written {
        raise::clear(raised);
    }
    1
}

/// Prints an exception through `sys.excepthook`.
pub fn report(e: &Object) {
    state::sys_set("last_exc", e.clone());
    state::sys_set("last_type", e.class().as_value().to_object());
    state::sys_set("last_value", e.clone());
    let traceback = e.expect::<BaseException>().traceback.get().unwrap_or_else(Object::none);
    state::sys_set("last_traceback", traceback.clone());
    // What the program printed comes first.
    let _ = kiln_stdlib::io::streams::flush_at_exit();
    let hook = state::sys_get("excepthook");
    let Some(hook) = hook else {
        output::error("sys.excepthook is missing\n");
        kiln_stdlib::traceback::write_raw(&kiln_stdlib::traceback::format_exception(e.value()));
        return;
    };
    let arguments = [e.class().as_value(), e.value(), traceback.value()];
    if let Err(raised) = kiln_object::call::call(hook.value(), &arguments) {
        let failed = raise::take(raised);
        if failed.class().is_subtype(exc::SystemExit.get()) {
            return;
        }
        output::error("Error in sys.excepthook:\n");
        kiln_stdlib::traceback::write_raw(&kiln_stdlib::traceback::format_exception(failed.value()));
        output::error("\nOriginal exception was:\n");
        kiln_stdlib::traceback::write_raw(&kiln_stdlib::traceback::format_exception(e.value()));
    }
}
