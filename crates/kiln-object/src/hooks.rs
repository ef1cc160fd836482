//! What this crate needs from the crates above it, as a table of functions that they fill at start.

use crate::dict::Dict;
use crate::raise::Raised;
use crate::value::{Object, Value};
use std::cell::Cell;

/// See the fields. Every hook has a default that reports what is missing.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Calls a Python function: function, positional arguments, keywords.
    pub call_function: fn(Value, &[Value], &[(Value, Value)]) -> Result<Object, Raised>,
    /// Resumes a generator or coroutine: `Ok(Some(v))` it yielded, `Ok(None)` it returned (value in the object).
    pub resume: fn(Value, ResumeWith) -> Result<Resumed, Raised>,
    /// The next item of a generator, or `None` in it at the end; `None` where something is out of the ordinary, with nothing done.
    pub next: fn(Value) -> Option<Result<Option<Object>, Raised>>,
    /// Hands the items of a generator on, until there are no more or that says `false`; whether there are no more.
    pub drive: fn(Value, &mut dyn FnMut(Object) -> Result<bool, Raised>) -> Result<bool, Raised>,
    /// Compiles source text: source (str or bytes), file name, mode, flags, optimize level; a code object.
    pub compile: fn(Value, Value, &str, i64, i64) -> Result<Object, Raised>,
    /// Runs a code object with globals and locals.
    pub run_code: fn(Value, Value, Value) -> Result<Object, Raised>,
    /// Runs a class body: its function (with its closure) with this namespace; what the body returns: its
    /// `__class__` cell, or None.
    pub run_body: fn(Value, Value) -> Result<Object, Raised>,
    /// The globals of the innermost Python frame.
    pub current_globals: fn() -> Option<Object>,
    /// A frame object for the Python frame `depth` levels up from the innermost.
    pub frame: fn(usize) -> Option<Object>,
    /// A frame object for the innermost Python frame, which may know nothing of its callers.
    pub innermost_frame: fn() -> Option<Object>,
    /// The instruction that a frame object's frame executes or last executed.
    pub frame_index: fn(Value) -> Option<u32>,
    /// The frame object's caller.
    pub frame_back: fn(Value) -> Option<Object>,
    /// The frame object's variables, or its namespace.
    pub frame_locals: fn(Value) -> Result<Object, Raised>,
    /// The variables of a frame object's frame, bound or not; of two with the same name the last one counts.
    pub frame_variables: fn(Value) -> Vec<FrameVariable>,
    /// Assigns the variable in that register of a frame object's frame. What it held stays alive as long as the frame.
    pub set_frame_variable: fn(Value, u16, Object),
    /// Lets a frame that is being traced go on at a line: what `f_lineno` is set to.
    pub set_line: fn(Value, i64) -> Result<(), Raised>,
    /// `warnings.warn(message, category)`.
    pub warn: fn(&crate::layout::TypeCell, &str) -> Result<(), Raised>,
    /// Sets or removes what `sys.settrace` or `sys.setprofile` was given.
    pub set_tracer: fn(Tracer, Option<Object>),
    pub tracer: fn(Tracer) -> Option<Object>,
    /// Told when the recursion limit was set.
    pub recursion_limit_set: fn(),
    /// A snapshot of the locals of the innermost frame, as `locals()` gives it.
    pub locals: fn() -> Result<Object, Raised>,
    /// What `super()` without arguments means in the innermost frame: the class and the first argument.
    pub super_context: fn() -> Result<(Object, Object), Raised>,
    /// Told when a class that compiled code (by id) relies on changes.
    pub class_changed: fn(u32),
    /// Told before a watched dict changes at a key (`PENDING`: all of it).
    pub dict_changed: fn(&Dict, Value),
    /// `import_name(name, globals, fromlist, level)`: what `IMPORT_NAME` binds.
    pub import_name: fn(Value, Value, Value, i64) -> Result<Object, Raised>,
    /// `from module import name`.
    pub import_from: fn(Value, Value) -> Result<Object, Raised>,
    /// `from module import *` into a namespace.
    pub import_star: fn(Value, Value) -> Result<(), Raised>,
    /// The `__builtins__` for code with these globals that name none.
    pub builtins: fn() -> Object,
    /// Objects of typing and string templates that syntax makes: see [`Make`].
    pub make: fn(Make, &[Value]) -> Result<Object, Raised>,
    /// `super(class, object).name`.
    pub super_attr: fn(Value, Value, Value) -> Result<Object, Raised>,
    /// Serves the breaker's bits: collection, signals, lock. An error is raised in the running frame.
    pub serve_breaker: fn() -> Result<(), Raised>,
    /// A call that reached the code's threshold (function, code): the compiler may set the code's entry.
    pub hot: fn(Value),
    /// The form in which the interpreter executes an instruction word.
    pub quicken: fn(u64) -> u64,
    /// A function's code or defaults changed.
    pub function_changed: fn(Value),
}

/// The two kinds of functions that are told of what runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tracer {
    Trace,
    Profile,
}

/// A variable of a frame.
pub struct FrameVariable {
    pub name: Object,
    pub register: u16,
    pub value: Option<Object>,
}

/// What [`Hooks::make`] makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Make {
    /// name
    TypeVar,
    /// name, function for the bound
    TypeVarBound,
    /// name, function for the constraints
    TypeVarConstraints,
    ParamSpec,
    TypeVarTuple,
    /// parameter, function for the default: returns the parameter
    TypeParamDefault,
    /// tuple of parameters: `Generic[...]`
    Generic,
    /// name, tuple of parameters or None, function for the value
    TypeAlias,
    /// strings, interpolations
    Template,
    /// value, expression text, conversion (None or str), format specification
    Interpolation,
    /// what `except*` needs: exception, type; a tuple (rest, match)
    SplitGroup,
    /// original exception, list of raised ones; what to raise or None
    PrepareReraise,
}

/// What a generator is resumed with.
pub enum ResumeWith {
    Value(Object),
    /// Raise the exception at the yield.
    Throw(Object),
}
pub enum Resumed {
    Yielded(Object),
    Returned(Object),
}

fn missing() -> Raised {
    crate::raise!(SystemError, "the interpreter is not attached")
}

struct Holder(Cell<Hooks>);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: written at start.
unsafe impl Sync for Holder {}
static HOOKS: Holder = Holder(Cell::new(Hooks {
    call_function: |_, _, _| Err(missing()),
    resume: |_, _| Err(missing()),
    next: |_| None,
    drive: |_, _| Err(missing()),
    compile: |_, _, _, _, _| Err(missing()),
    run_code: |_, _, _| Err(missing()),
    run_body: |_, _| Err(missing()),
    current_globals: || None,
    frame: |_| None,
    innermost_frame: || None,
    frame_index: |_| None,
    frame_back: |_| None,
    frame_locals: |_| Err(missing()),
    warn: |_, _| Ok(()),
    set_tracer: |_, _| (),
    tracer: |_| None,
    recursion_limit_set: || (),
    frame_variables: |_| Vec::new(),
    set_frame_variable: |_, _, _| (),
    set_line: |_, _| Err(missing()),
    locals: || Err(missing()),
    super_context: || Err(crate::raise!(RuntimeError, "super(): no current frame")),
    class_changed: |_| (),
    dict_changed: |_, _| (),
    import_name: |_, _, _, _| Err(missing()),
    import_from: |_, _| Err(missing()),
    import_star: |_, _| Err(missing()),
    builtins: || Dict::new_object(),
    make: |_, _| Err(missing()),
    super_attr: |_, _, _| Err(missing()),
    serve_breaker: || Ok(()),
    hot: |_| (),
    quicken: |word| word,
    function_changed: |_| (),
}));

#[inline]
pub fn hooks() -> Hooks {
    HOOKS.0.get()
}
pub fn set_hooks(f: impl FnOnce(&mut Hooks)) {
    let mut h = HOOKS.0.get();
    f(&mut h);
    HOOKS.0.set(h);
}
