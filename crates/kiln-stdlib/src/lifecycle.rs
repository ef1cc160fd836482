//! Bringing the library up and taking it down.

use crate::config::Config;
use crate::{import, io, signal, state, sys};
use kiln_object::dict::Dict;
use kiln_object::hooks::set_hooks;
use kiln_object::module::Module;
use kiln_object::native::NativeFunction;
use kiln_object::str::Str;
use kiln_object::thread::{breaker, thread};
use kiln_object::{Facts, FastCall, NativeDef, NativeKind, Object, Raised, gc, raise};

/// `__import__`.
static IMPORT: NativeDef = NativeDef {
    name: "__import__",
    doc: "Import a module.",
    text_signature: "(name, globals=None, locals=None, fromlist=(), level=0)",
    call: |args| {
        let named = |name: &str| {
            args.keywords
                .iter()
                .find(|(k, _)| kiln_object::convert::str_is(*k, name))
                .map(|(_, v)| *v)
        };
        let get = |i: usize, name: &str| args.positional.get(i).copied().or_else(|| named(name));
        let Some(name) = get(0, "name") else {
            return Err(kiln_object::raise!(
                TypeError,
                "__import__() missing required argument 'name' (pos 1)"
            ));
        };
        if name.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "__import__() argument 1 must be str, not {}",
                kiln_object::convert::type_name(name)
            ));
        }
        let fromlist = get(3, "fromlist").unwrap_or_else(kiln_object::singletons::none);
        let level = match get(4, "level") {
            Some(level) => kiln_object::ops::index(level)?.as_small_int().unwrap_or(-1),
            None => 0,
        };
        import::import_level(name, get(1, "globals"), fromlist, level)
    },
    fast: FastCall::NONE,
    kind: NativeKind::Function,
    facts: Facts {
        returns: "",
        effects: "",
    },
};

/// Sets up `sys`, `builtins`, import and the standard streams. `builtins` is the module that `kiln-builtins` made.
pub fn init(config: Config, builtins: Object) -> Result<(), Raised> {
    let digits = usize::try_from(config.int_max_str_digits).unwrap_or(0);
    kiln_builtins::int::convert::set_digit_limit(digits);
    crate::config::set(config);
    let modules = Dict::new_object();
    let state = state::state();
    state.modules.set(modules.clone());
    let import_function = NativeFunction::function(&IMPORT, Some(&Str::intern("builtins")));
    builtins.expect::<Module>().set("__import__", import_function.clone());
    state.import_function.set(import_function);
    state.builtins.set(builtins.clone());
    modules.expect::<Dict>().set_str("builtins", &builtins);
    let sys_module = Module::from_def(&sys::module::MODULE)?;
    state.sys.set(sys_module.clone());
    let dict = modules.expect::<Dict>();
    dict.set_str("sys", &sys_module);
    sys_module.expect::<Module>().set("modules", modules.clone());
    import::install_finders();
    for module in [&sys_module, &builtins] {
        let name = module.expect::<Module>().name().unwrap_or_default();
        let spec = import::make_spec(
            &name,
            Some(import::builtin_importer()),
            Some(Str::new("built-in")),
            None,
            false,
        );
        module.expect::<Module>().set("__loader__", import::builtin_importer());
        module.expect::<Module>().set("__spec__", spec);
        module.expect::<Module>().set("__package__", Str::new(""));
    }
    let open = NativeFunction::function(open_def(), Some(&Str::intern("_io")));
    builtins.expect::<Module>().set("open", open);
    sys::install_unraisable();
    set_hooks(|h| {
        h.import_name = |name, globals, fromlist, level| {
            let builtins = state::state().builtins.value();
            let names = builtins.expect::<Module>().dict();
            let none = Object::none();
            import::import_name(names.value(), globals, none.value(), name, fromlist, level)
        };
        h.import_from = import::import_from;
        h.import_star = import::import_star;
        h.builtins = || state::state().builtins.value().expect::<Module>().dict();
        h.serve_breaker = serve_breaker;
    });
    attach_text();
    signal::install();
    io::streams::install()
}

/// Gives the text types what only modules know: registered codecs and error handlers, and where warnings go.
fn attach_text() {
    kiln_builtins::str::codecs::attach(kiln_builtins::str::codecs::Registry {
        error_handler: |name| match crate::codecs::handler(name)? {
            crate::codecs::Handler::Registered(f) => Ok(f),
            crate::codecs::Handler::Builtin(_) => crate::codec_handlers::function(name)
                .ok_or_else(|| kiln_object::raise!(LookupError, "unknown error handler name '{name}'")),
        },
        encode: |v, encoding, errors| {
            crate::codecs::check_text(encoding, "encode")?;
            crate::codecs::encode(v, encoding, errors)
        },
        decode: |v, encoding, errors| {
            crate::codecs::check_text(encoding, "decode")?;
            crate::codecs::decode(v, encoding, errors)
        },
    });
    kiln_builtins::warn::attach(|category, message| crate::warnings::warn(category, message, 1));
}

fn open_def() -> &'static NativeDef {
    match io::module::MODULE.functions.iter().find(|f| f.name == "open") {
        Some(def) => def,
        None => kiln_object::bug!("_io.open is not there"),
    }
}

/// What waits at a poll: collections and signals.
pub fn serve_breaker() -> Result<(), Raised> {
    let t = thread();
    if t.breaker.get() & breaker::COLLECT != 0 {
        t.clear_breaker(breaker::COLLECT);
        if gc::is_enabled() {
            crate::gc::collect_with_callbacks(0)?;
        }
    }
    if t.breaker.get() & breaker::SIGNAL != 0 {
        signal::serve()?;
    }
    Ok(())
}

/// `atexit` functions, newest first; `threading`'s end, when it was imported.
pub fn run_exit_functions() {
    if let Some(threading) = state::module("threading")
        && let Err(raised) = kiln_object::call::call_method_str(threading.value(), "_shutdown", &[])
    {
        raise::unraisable(
            raised,
            "Exception ignored on threading shutdown",
            Some(threading.value()),
        );
    }
    crate::atexit::run();
}

/// Takes modules down as CPython does, so that finalizers run. False when standard output could not be written.
pub fn finalize() -> bool {
    let state = state::state();
    state.finalizing.set(true);
    let flushed = io::streams::flush_at_exit();
    for name in [
        "path",
        "argv",
        "ps1",
        "ps2",
        "last_exc",
        "last_type",
        "last_value",
        "last_traceback",
        "path_hooks",
        "path_importer_cache",
        "meta_path",
    ] {
        if state::sys_get(name).is_some() {
            state::sys_set(name, Object::none());
        }
    }
    if let Some(builtins) = state.builtins.get() {
        builtins.expect::<Module>().set("_", Object::none());
    }
    let Some(modules) = state.modules.get() else {
        return flushed;
    };
    let dict = modules.expect::<Dict>();
    // Newest first; modules that others still refer to stay until their names are cleared.
    let mut kept: Vec<(String, Object)> = Vec::new();
    for (name, module) in dict.snapshot().into_iter().rev() {
        let text = kiln_object::convert::str_text(name.value()).unwrap_or_default();
        if text == "sys" || text == "builtins" {
            continue;
        }
        if let Err(raised) = dict.set(name.value(), kiln_object::singletons::none()) {
            raise::clear(raised);
        }
        if module.cast::<Module>().is_some() && module.header().count() > 1 {
            kept.push((text, module));
        }
    }
    gc::collect();
    // `__main__` first: it holds what the program made.
    kept.sort_by_key(|(name, _)| name != "__main__");
    for (_, module) in &kept {
        clear_namespace(module);
    }
    drop(kept);
    gc::collect();
    sys::clear();
    crate::codecs::clear();
    crate::warnings::clear();
    signal::clear();
    crate::gc::clear();
    crate::contextvars::clear();
    crate::csv::clear();
    crate::ast::clear();
    crate::posix::process::clear();
    io::streams::flush_at_exit() && flushed
}

/// Empties a module's names: those with one underscore first, then all but `__builtins__`.
fn clear_namespace(module: &Object) {
    let namespace = module.expect::<Module>().dict();
    let dict = namespace.expect::<Dict>();
    let none = kiln_object::singletons::none();
    for private in [true, false] {
        for (name, _) in dict.snapshot() {
            let text = kiln_object::convert::str_text(name.value()).unwrap_or_default();
            let single = text.starts_with('_') && !text.starts_with("__");
            if text != "__builtins__"
                && (single || !private)
                && let Err(raised) = dict.set(name.value(), none)
            {
                raise::clear(raised);
            }
        }
    }
}

/// Releases what is left, so that a check for live objects sees only what was forgotten.
pub fn release_rest() {
    let state = state::state();
    for slot in [&state.import_function, &state.modules, &state.sys, &state.builtins] {
        if let Some(module) = slot.get()
            && let Some(module) = module.cast::<Module>()
        {
            module.dict().expect::<Dict>().clear();
        }
        slot.clear();
    }
    kiln_builtins::builtins_module::release();
    gc::collect();
}
