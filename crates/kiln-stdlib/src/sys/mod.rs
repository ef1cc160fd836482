//! `sys`: the parts of the runtime that programs may look at and change.

mod hooks;
mod jit;
mod monitoring;
mod settings;
mod values;

pub use hooks::{display, install_unraisable};
pub use values::{VERSION, version_text};

use kiln_macros::builtin_module;

/// This module provides access to some objects used or maintained by the
/// interpreter and to functions that interact strongly with the interpreter.
#[builtin_module("sys")]
pub mod module {
    use super::{hooks, settings, values};
    use kiln_object::args::Rest;
    use kiln_object::call::{call, call_method_str};
    use kiln_object::hooks::Tracer;
    use kiln_object::exception::{BaseException, exc};
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::thread::thread;
    use kiln_object::{Object, Raised, Value, raise};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        values::fill(module)?;
        module.set("_jit", Module::from_def(&super::jit::module::MODULE)?);
        for hook in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
            if let Some(f) = module.get(hook) {
                module.set(&format!("__{hook}__"), f);
            }
        }
        module.set("monitoring", Module::from_def(&super::monitoring::module::MODULE)?);
        Ok(())
    }

    /// Return current exception information: (type, value, traceback).
    pub fn exc_info() -> (Object, Object, Object) {
        match thread().handled.get() {
            None => (Object::none(), Object::none(), Object::none()),
            Some(e) => {
                let traceback = e.expect::<BaseException>().traceback.get().unwrap_or_else(Object::none);
                (e.class().as_value().to_object(), e, traceback)
            }
        }
    }
    /// Return the current exception.
    pub fn exception() -> Object {
        thread().handled.get().unwrap_or_else(Object::none)
    }
    /// Exit the interpreter by raising SystemExit(status).
    pub fn exit(status: Option<Value>) -> Result<(), Raised> {
        let class = exc::SystemExit.get().as_value();
        let e = match status {
            None => call(class, &[])?,
            Some(v) => match v.exact::<kiln_object::tuple::Tuple>() {
                Some(items) => kiln_object::call::call_ex(class, items, None)?,
                None => call(class, &[v])?,
            },
        };
        Err(raise::exception(e))
    }
    /// Return the current string encoding used by the Unicode implementation.
    pub fn getdefaultencoding() -> &'static str {
        "utf-8"
    }
    /// Return the encoding used to convert Unicode filenames to OS filenames.
    pub fn getfilesystemencoding() -> &'static str {
        "utf-8"
    }
    /// Return the error mode used for Unicode to OS filename conversion.
    pub fn getfilesystemencodeerrors() -> &'static str {
        "surrogateescape"
    }
    /// ``Intern'' the given string.
    pub fn intern(string: Value) -> Result<Object, Raised> {
        if string.exact::<Str>().is_none() {
            return Err(match string.cast::<Str>() {
                Some(_) => kiln_object::raise!(TypeError, "can't intern {}", string.class().name()),
                None => kiln_object::raise!(TypeError, "intern() argument must be str, not {}", kiln_object::convert::type_name(string)),
            });
        }
        Ok(Str::intern_object(string.to_object()))
    }
    /// Return True if the given string is "interned".
    pub fn _is_interned(string: &Str) -> bool {
        string.is_interned()
    }
    /// Return True if the given object is "immortal" per PEP 683.
    pub fn _is_immortal(op: Value) -> bool {
        !op.is_ptr() || op.header().is_immortal()
    }
    /// Return the reference count of object.
    pub fn getrefcount(object: Value) -> i64 {
        if !object.is_ptr() || object.header().is_immortal() {
            return 3_221_225_472;
        }
        i64::from(object.header().count())
    }
    /// getsizeof(object [, default]) -> int: the size of object in bytes.
    pub fn getsizeof(#[kw] object: Value, #[kw] default: Option<Value>) -> Result<Object, Raised> {
        let size = match call_method_str(object, "__sizeof__", &[]) {
            Ok(size) => size,
            Err(raised) => {
                let Some(default) = default else { return Err(raised) };
                let _ = raise::catch(raised, &exc::TypeError)?;
                return Ok(default.to_object());
            }
        };
        match size.as_int() {
            Some(i) if i.is_negative() => Err(raise::value_error("__sizeof__() should return >= 0")),
            Some(_) => Ok(size),
            None => Err(kiln_object::raise!(TypeError, "an integer is required")),
        }
    }
    /// Set the maximum depth of the Python interpreter stack to n.
    pub fn setrecursionlimit(limit: i32) -> Result<(), Raised> {
        settings::set_recursion_limit(limit)
    }
    /// Return the current value of the recursion limit.
    pub fn getrecursionlimit() -> u32 {
        thread().recursion_limit.get()
    }
    /// Set the ideal thread switching delay inside the Python interpreter.
    pub fn setswitchinterval(interval: f64) -> Result<(), Raised> {
        settings::set_switch_interval(interval)
    }
    /// Return the current thread switch interval.
    pub fn getswitchinterval() -> f64 {
        settings::switch_interval()
    }
    /// Return the maximum string digits limit for non-binary int<->str conversions.
    pub fn get_int_max_str_digits() -> i64 {
        settings::int_max_str_digits()
    }
    /// Set the maximum string digits limit for non-binary int<->str conversions.
    pub fn set_int_max_str_digits(#[kw] maxdigits: i32) -> Result<(), Raised> {
        settings::set_int_max_str_digits(maxdigits.into())
    }
    /// Return a frame object from the call stack.
    pub fn _getframe(#[default(0)] depth: i32) -> Result<Object, Raised> {
        if depth >= 0
            && let Some(frame) = (kiln_object::hooks::hooks().frame)(depth as usize)
        {
            return Ok(frame);
        }
        if depth < 0
            && let Some(frame) = (kiln_object::hooks::hooks().frame)(0)
        {
            return Ok(frame);
        }
        Err(raise::value_error("call stack is not deep enough"))
    }
    /// Return the name of the module for a calling frame.
    pub fn _getframemodulename(#[kw] #[default(0)] depth: i32) -> Result<Object, Raised> {
        let Some(frame) = (kiln_object::hooks::hooks().frame)(depth.max(0) as usize) else { return Ok(Object::none()) };
        let globals = kiln_object::attr::get_attr_str(frame.value(), "f_globals")?;
        let name = globals.cast::<kiln_object::dict::Dict>().and_then(|d| d.get_str("__name__"));
        Ok(name.unwrap_or_else(Object::none))
    }
    /// Return a dict mapping each thread's thread id to its current stack frame.
    pub fn _current_frames() -> Result<Object, Raised> {
        let frames = kiln_object::dict::Dict::new_object();
        if let Some(frame) = (kiln_object::hooks::hooks().frame)(0) {
            let id = Object::int(crate::thread::ident());
            frames.expect::<kiln_object::dict::Dict>().set(id.value(), frame.value())?;
        }
        Ok(frames)
    }
    /// Return a dict mapping each thread's identifier to its current raised exception.
    pub fn _current_exceptions() -> Result<Object, Raised> {
        let exceptions = kiln_object::dict::Dict::new_object();
        let id = Object::int(crate::thread::ident());
        exceptions.expect::<kiln_object::dict::Dict>().set(id.value(), exception().value())?;
        Ok(exceptions)
    }
    /// Set the global debug tracing function.
    pub fn settrace(function: Value) {
        settings::set_tracer(Tracer::Trace, function);
    }
    /// Return the global debug tracing function set with sys.settrace.
    pub fn gettrace() -> Option<Object> {
        settings::tracer(Tracer::Trace)
    }
    /// Set the profiling function.
    pub fn setprofile(function: Value) {
        settings::set_tracer(Tracer::Profile, function);
    }
    /// Return the profiling function set with sys.setprofile.
    pub fn getprofile() -> Option<Object> {
        settings::tracer(Tracer::Profile)
    }
    /// Return True if Python is exiting.
    pub fn is_finalizing() -> bool {
        crate::state::state().finalizing.get()
    }
    /// Return True if the GIL is currently enabled.
    pub fn _is_gil_enabled() -> bool {
        true
    }
    /// The number of processors that `-X cpu_count` asks for; -1 when it does not.
    pub fn _get_cpu_count_config() -> i64 {
        settings::cpu_count()
    }
    /// Clear the internal type lookup cache.
    pub fn _clear_type_cache() {}
    /// Takes `__dict__` and `__weakref__` out of a class that another one replaces.
    pub fn _clear_type_descriptors(r#type: kiln_object::types::ClassRef) -> Result<(), Raised> {
        if r#type.has(kiln_object::types::flags::IMMUTABLE) {
            return Err(kiln_object::raise!(TypeError, "argument is immutable"));
        }
        for name in ["__dict__", "__weakref__"] {
            let name = Str::intern(name);
            r#type.dict().remove(name.value())?;
            r#type.modified(Some(name.value()));
        }
        Ok(())
    }
    /// Clear all internal performance-related caches.
    pub fn _clear_internal_caches() {}
    /// Return the number of memory blocks currently allocated.
    pub fn getallocatedblocks() -> usize {
        kiln_object::gc::containers().len()
    }
    /// Return the number of elements of the unicode interned dictionary.
    pub fn getunicodeinternedsize() -> usize {
        0
    }
    /// Passes the event to any hooks that are attached.
    pub fn audit(event: &Str, args: Rest<'_>) -> Result<(), Raised> {
        hooks::audit(event, args)
    }
    /// Adds a new audit hook callback.
    pub fn addaudithook(#[kw] hook: Value) -> Result<(), Raised> {
        hooks::add_audit_hook(hook)
    }
    /// Print an object to sys.stdout and also save it in builtins._
    pub fn displayhook(object: Value) -> Result<(), Raised> {
        hooks::display(object)
    }
    /// Handle an exception by displaying it with a traceback on sys.stderr.
    pub fn excepthook(_exctype: Value, value: Value, _traceback: Value) -> Result<(), Raised> {
        crate::traceback::print_to_stderr(value)
    }
    /// Handle an unraisable exception.
    pub fn unraisablehook(unraisable: Value) -> Result<(), Raised> {
        hooks::unraisable_hook(unraisable)
    }
    /// This hook function is called by built-in breakpoint().
    pub fn breakpointhook(args: Rest<'_>, keywords: kiln_object::args::Keywords<'_>) -> Result<Object, Raised> {
        hooks::breakpoint(args, keywords)
    }
    /// call_tracing(func, args) -> object
    pub fn call_tracing(func: Value, funcargs: &kiln_object::tuple::Tuple) -> Result<Object, Raised> {
        kiln_object::call::call_ex(func, funcargs, None)
    }
    /// Check status of origin tracking for coroutine objects in this thread.
    pub fn get_coroutine_origin_tracking_depth() -> i64 {
        settings::origin_depth()
    }
    /// Enable or disable origin tracking for coroutine objects in this thread.
    pub fn set_coroutine_origin_tracking_depth(#[kw] depth: i64) -> Result<(), Raised> {
        settings::set_origin_depth(depth)
    }
    /// Return the installed asynchronous generators hooks.
    pub fn get_asyncgen_hooks() -> Object {
        settings::asyncgen_hooks()
    }
    /// set_asyncgen_hooks([firstiter] [, finalizer])
    pub fn set_asyncgen_hooks(#[kw] firstiter: Option<Value>, #[kw] finalizer: Option<Value>) -> Result<(), Raised> {
        settings::set_asyncgen_hooks(firstiter, finalizer)
    }
}

/// Forgets what the hooks hold, at the end.
pub fn clear() {
    hooks::clear();
    let runtime = kiln_object::runtime();
    runtime.async_first_iter.clear();
    runtime.async_finalizer.clear();
}
