//! Functions that talk to the program's surroundings: standard streams, source code, imports, the debugger.

use kiln_macros::builtin_module;

/// Functions over streams, source code and imports.
#[builtin_module("builtins")]
pub mod functions {
    use kiln_object::args::{Keywords, Rest};
    use kiln_object::attr::{find_attr, get_attr};
    use kiln_object::bytes::Bytes;
    use kiln_object::call::{call, call_keywords, call_method, call_special};
    use kiln_object::code::CodeObject;
    use kiln_object::descr::CellObject;
    use kiln_object::dict::Dict;
    use kiln_object::function::Function;
    use kiln_object::hooks::hooks;
    use kiln_object::layout::Slot;
    use kiln_object::str::Str;
    use kiln_object::tuple::Tuple;
    use kiln_object::{Object, Raised, Special, Value, intern, ops, raise, singletons};

    struct Held(Slot);
    #[expect(unsafe_code, reason = "a static cell")]
    // SAFETY: under the global lock.
    unsafe impl Sync for Held {}
    /// The `sys` module, once somebody asked for it.
    static SYS: Held = Held(Slot::empty());

    fn import(name: Value) -> Result<Object, Raised> {
        let none = singletons::none();
        let globals = Dict::new_object();
        (hooks().import_name)(name, globals.value(), none, 0)
    }
    fn sys() -> Result<Object, Raised> {
        if let Some(m) = SYS.0.get() {
            return Ok(m);
        }
        let m = import(intern!("sys"))?;
        SYS.0.set(m.clone());
        Ok(m)
    }
    /// Gives `sys` up, at the end.
    pub(crate) fn release() {
        SYS.0.clear();
    }
    /// `sys.name`, if it is set.
    fn sys_attr(name: Value) -> Result<Option<Object>, Raised> {
        let sys = sys()?;
        find_attr(sys.value(), name)
    }
    fn lost(name: &str) -> Raised {
        kiln_object::raise!(RuntimeError, "lost sys.{name}")
    }

    fn text_option(name: &str, v: Option<Value>) -> Result<Option<Value>, Raised> {
        match v {
            Some(v) if v.cast::<Str>().is_none() => Err(kiln_object::raise!(
                TypeError,
                "{name} must be None or a string, not {}",
                v.class().name()
            )),
            v => Ok(v),
        }
    }
    /// Writes the objects to a stream, by default `sys.stdout`.
    #[signature = "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)"]
    pub fn print(
        args: Rest<'_>,
        #[kwonly]
        #[none]
        sep: Option<Value>,
        #[kwonly]
        #[none]
        end: Option<Value>,
        #[kwonly]
        #[none]
        file: Option<Value>,
        #[kwonly]
        #[default(false)]
        flush: bool,
    ) -> Result<(), Raised> {
        let file = match file {
            Some(f) => f.to_object(),
            None => match sys_attr(intern!("stdout"))? {
                None => return Err(lost("stdout")),
                Some(f) if f.is_none() => return Ok(()),
                Some(f) => f,
            },
        };
        let sep = text_option("sep", sep)?;
        let end = text_option("end", end)?;
        let write = |v: Value| -> Result<(), Raised> {
            let text = ops::to_str(v)?;
            call_method(file.value(), intern!("write"), &[text.value()]).map(drop)
        };
        for (i, &v) in args.iter().enumerate() {
            if i > 0 {
                write(sep.unwrap_or_else(|| intern!(" ")))?;
            }
            write(v)?;
        }
        write(end.unwrap_or_else(|| intern!("\n")))?;
        if flush {
            drop(call_method(file.value(), intern!("flush"), &[])?);
        }
        Ok(())
    }

    /// Reads a line from standard input, after writing `prompt`.
    #[signature = "($module, prompt='', /)"]
    pub fn input(prompt: Option<Value>) -> Result<Object, Raised> {
        let stream = |name: &str| -> Result<Object, Raised> {
            let found = sys_attr(Str::intern(name).value())?;
            found
                .filter(|f| !f.is_none())
                .ok_or_else(|| kiln_object::raise!(RuntimeError, "input(): lost sys.{name}"))
        };
        let (stdin, stdout, stderr) = (stream("stdin")?, stream("stdout")?, stream("stderr")?);
        drop(call_method(stderr.value(), intern!("flush"), &[])?);
        if let Some(prompt) = prompt {
            let text = ops::to_str(prompt)?;
            drop(call_method(stdout.value(), intern!("write"), &[text.value()])?);
        }
        drop(call_method(stdout.value(), intern!("flush"), &[])?);
        let line = call_method(stdin.value(), intern!("readline"), &[])?;
        let Some(s) = line.cast::<Str>() else {
            return Err(kiln_object::raise!(TypeError, "object.readline() returned non-string"));
        };
        if s.is_empty() {
            return Err(kiln_object::raise!(EOFError, "EOF when reading a line"));
        }
        if s.at(s.len() - 1) == u32::from(b'\n') {
            return Ok(Str::from_text(s.text().slice(0, s.len() - 1)));
        }
        Ok(line)
    }
    /// Opens a file and returns a stream.
    #[signature = "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)"]
    pub fn open(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let io = import(intern!("_io"))?;
        let open = get_attr(io.value(), intern!("open"))?;
        let named: Vec<(Value, Value)> = kwargs.iter().collect();
        call_keywords(open.value(), args, &named)
    }

    /// A path argument as str: str, bytes, or what has `__fspath__`.
    fn path_text(v: Value) -> Result<Object, Raised> {
        let held;
        let mut v = v;
        if v.cast::<Str>().is_none()
            && v.cast::<Bytes>().is_none()
            && let Some(f) = v.class().special(Special::FsPath)
        {
            held = call_special(f, v, &[])?;
            v = held.value();
        }
        if v.cast::<Str>().is_some() {
            return Ok(v.to_object());
        }
        if let Some(b) = v.cast::<Bytes>() {
            return Ok(Str::new(&String::from_utf8_lossy(b.data())));
        }
        Err(kiln_object::raise!(
            TypeError,
            "expected str, bytes or os.PathLike object, not {}",
            v.class().name()
        ))
    }

    /// Source text: a str or bytes, from anything with a buffer.
    fn source_text(v: Value, function: &str, what: &str) -> Result<Object, Raised> {
        if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() {
            return Ok(v.to_object());
        }
        if v.class().special(Special::Buffer).is_some() {
            return call(<Bytes as kiln_object::ObjectType>::class().as_value(), &[v]);
        }
        Err(kiln_object::raise!(TypeError, "{function}() arg 1 must be a {what}"))
    }
    /// The flag that asks for a syntax tree in place of code.
    const ONLY_AST: i64 = 0x400;
    /// The `__future__` flags and those of `ast.parse`.
    const KNOWN_FLAGS: i64 = 0x1ffe000 | 0x8000 | ONLY_AST | 0x200 | 0x100 | 0x2000 | 0x4000 | 0x0010 | 0x1000;
    /// Compiles source into code that `exec` or `eval` runs.
    #[signature = "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)"]
    pub fn compile(
        #[kw] source: Value,
        #[kw] filename: Value,
        #[kw] mode: String,
        #[kw]
        #[default(0)]
        flags: i32,
        #[kw]
        #[default(false)]
        dont_inherit: bool,
        #[kw]
        #[default(-1)]
        optimize: i32,
        #[kwonly]
        #[arg = "_feature_version"]
        #[default(-1)]
        feature_version: i32,
    ) -> Result<Object, Raised> {
        let (_, _) = (dont_inherit, feature_version);
        let filename = path_text(filename)?;
        let flags = i64::from(flags);
        if flags & !KNOWN_FLAGS != 0 {
            return Err(raise::value_error("compile(): unrecognised flags"));
        }
        if !(-1..=2).contains(&optimize) {
            return Err(raise::value_error("compile(): invalid optimize value"));
        }
        match mode.as_str() {
            "exec" | "eval" | "single" => {}
            "func_type" if flags & ONLY_AST != 0 => {
                return Err(kiln_object::raise!(
                    NotImplementedError,
                    "compile() mode 'func_type' is not supported"
                ));
            }
            "func_type" => {
                return Err(raise::value_error(
                    "compile() mode 'func_type' requires flag PyCF_ONLY_AST",
                ));
            }
            _ if flags & ONLY_AST != 0 => {
                return Err(raise::value_error(
                    "compile() mode must be 'exec', 'eval', 'single' or 'func_type'",
                ));
            }
            _ => return Err(raise::value_error("compile() mode must be 'exec', 'eval' or 'single'")),
        }
        // A syntax tree is compiled by the hook, which knows the classes of `_ast`.
        let source = if source.class().mro().iter().any(|c| c.plain_name() == "AST") {
            source.to_object()
        } else {
            source_text(source, "compile", "string, bytes or AST object")?
        };
        (hooks().compile)(source.value(), filename.value(), &mode, flags, i64::from(optimize))
    }

    /// Gives globals their `__builtins__`.
    fn with_builtins(globals: Value) -> Result<(), Raised> {
        let d = globals.expect::<Dict>();
        let name = intern!("__builtins__");
        if d.get(name)?.is_none() {
            d.set(name, (hooks().builtins)().value())?;
        }
        Ok(())
    }
    fn is_mapping(v: Value) -> bool {
        v.class().special(Special::GetItem).is_some()
    }
    /// The globals of the caller, and its locals unless given.
    fn caller_scope(locals: Option<Value>, function: &str) -> Result<(Object, Object), Raised> {
        let Some(globals) = (hooks().current_globals)() else {
            return Err(kiln_object::raise!(
                SystemError,
                "globals and locals cannot be NULL in {function}"
            ));
        };
        let locals = match locals {
            Some(v) => v.to_object(),
            None => (hooks().locals)()?,
        };
        Ok((globals, locals))
    }
    fn run_source(source: Value, mode: &str, globals: Value, locals: Value) -> Result<Object, Raised> {
        let name = intern!("<string>");
        let code = (hooks().compile)(source, name, mode, 0, -1)?;
        (hooks().run_code)(code.value(), globals, locals)
    }

    /// The value of an expression: source text or code.
    #[signature = "($module, source, /, globals=None, locals=None)"]
    pub fn eval(
        source: Value,
        #[kw]
        #[none]
        globals: Option<Value>,
        #[kw]
        #[none]
        locals: Option<Value>,
    ) -> Result<Object, Raised> {
        if locals.is_some_and(|v| !is_mapping(v)) {
            return Err(kiln_object::raise!(TypeError, "locals must be a mapping"));
        }
        if let Some(g) = globals.filter(|g| g.cast::<Dict>().is_none()) {
            return Err(kiln_object::raise!(
                TypeError,
                "{}",
                if is_mapping(g) {
                    "globals must be a real dict; try eval(expr, {}, mapping)"
                } else {
                    "globals must be a dict"
                }
            ));
        }
        let (globals, locals) = match globals {
            None => caller_scope(locals, "eval")?,
            Some(g) => (g.to_object(), locals.unwrap_or(g).to_object()),
        };
        with_builtins(globals.value())?;
        if let Some(code) = source.cast::<CodeObject>() {
            if !code.code.0.freevars.is_empty() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "code object passed to eval() may not contain free variables"
                ));
            }
            return (hooks().run_code)(source, globals.value(), locals.value());
        }
        let text = source_text(source, "eval", "string, bytes or code object")?;
        let is_blank = |c: u32| c == u32::from(b' ') || c == u32::from(b'\t');
        let text = match text.cast::<Str>() {
            Some(s) => match (0..s.len()).find(|&i| !is_blank(s.at(i))) {
                Some(start) if start > 0 => Str::from_text(s.text().slice(start, s.len())),
                _ => text,
            },
            None => text,
        };
        run_source(text.value(), "eval", globals.value(), locals.value())
    }

    /// Runs statements: source text or code.
    #[signature = "($module, source, /, globals=None, locals=None, *, closure=None)"]
    pub fn exec(
        source: Value,
        #[kw]
        #[none]
        globals: Option<Value>,
        #[kw]
        #[none]
        locals: Option<Value>,
        #[kwonly]
        #[none]
        closure: Option<Value>,
    ) -> Result<(), Raised> {
        if let Some(g) = globals.filter(|g| g.cast::<Dict>().is_none()) {
            return Err(kiln_object::raise!(
                TypeError,
                "exec() globals must be a dict, not {}",
                g.class().name()
            ));
        }
        if let Some(l) = locals.filter(|l| !is_mapping(*l)) {
            return Err(kiln_object::raise!(
                TypeError,
                "locals must be a mapping or None, not {}",
                l.class().name()
            ));
        }
        let (globals, locals) = match globals {
            None => caller_scope(locals, "exec")?,
            Some(g) => (g.to_object(), locals.unwrap_or(g).to_object()),
        };
        with_builtins(globals.value())?;
        let Some(code) = source.cast::<CodeObject>() else {
            if closure.is_some() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "closure can only be used when source is a code object"
                ));
            }
            let text = source_text(source, "exec", "string, bytes or code object")?;
            return run_source(text.value(), "exec", globals.value(), locals.value()).map(drop);
        };
        let free = code.code.0.freevars.len();
        if free == 0 {
            if closure.is_some() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "cannot use a closure with this code object"
                ));
            }
            return (hooks().run_code)(source, globals.value(), locals.value()).map(drop);
        }
        let cells = closure.filter(|c| {
            c.exact::<Tuple>()
                .is_some_and(|t| t.len() == free && t.items().iter().all(|v| v.is_exact::<CellObject>()))
        });
        let Some(cells) = cells else {
            return Err(kiln_object::raise!(
                TypeError,
                "code object requires a closure of exactly length {free}"
            ));
        };
        let name = code.name.value().to_object();
        let function = Function::new_object(
            source.to_object(),
            globals.clone(),
            (hooks().builtins)(),
            name.clone(),
            name,
            Object::none(),
            Object::none(),
        );
        function.expect::<Function>().closure.set(cells.to_object());
        call(function.value(), &[]).map(drop)
    }
    /// The dict of the caller's global variables.
    pub fn globals() -> Result<Object, Raised> {
        (hooks().current_globals)().ok_or_else(|| kiln_object::raise!(SystemError, "globals() without a frame"))
    }
    /// The caller's local variables.
    pub fn locals() -> Result<Object, Raised> {
        (hooks().locals)()
    }
    /// Imports a module: what the `import` statement calls.
    #[name = "__import__"]
    #[signature = "($module, /, name, globals=None, locals=None, fromlist=(), level=0)"]
    pub fn import_function(
        #[kw] name: Value,
        #[kw] globals: Option<Value>,
        #[kw] locals: Option<Value>,
        #[kw] fromlist: Option<Value>,
        #[kw]
        #[default(0)]
        level: i32,
    ) -> Result<Object, Raised> {
        let _ = locals;
        if name.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(TypeError, "module name must be a string"));
        }
        let none = singletons::none();
        (hooks().import_name)(
            name,
            globals.unwrap_or(none),
            fromlist.unwrap_or(none),
            i64::from(level),
        )
    }
    /// Enters the debugger, by way of `sys.breakpointhook`.
    pub fn breakpoint(args: Rest<'_>, kws: Keywords<'_>) -> Result<Object, Raised> {
        let Some(hook) = sys_attr(intern!("breakpointhook"))? else {
            return Err(lost("breakpointhook"));
        };
        let named: Vec<(Value, Value)> = kws.iter().collect();
        call_keywords(hook.value(), args, &named)
    }
    /// An async iterator over an async iterable.
    pub fn aiter(async_iterable: Value) -> Result<Object, Raised> {
        let Some(f) = async_iterable.class().special(Special::AIter) else {
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not an async iterable",
                async_iterable.class().name()
            ));
        };
        let it = call_special(f, async_iterable, &[])?;
        if it.class().special(Special::ANext).is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "aiter() returned not an async iterator of type '{}'",
                it.class().name()
            ));
        }
        Ok(it)
    }
    /// An awaitable for the next item of an async iterator.
    #[signature = "($module, aiterator, default=<unrepresentable>, /)"]
    pub fn anext(aiterator: Value, default: Option<Value>) -> Result<Object, Raised> {
        let Some(f) = aiterator.class().special(Special::ANext) else {
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not an async iterator",
                aiterator.class().name()
            ));
        };
        let awaitable = call_special(f, aiterator, &[])?;
        match default {
            None => Ok(awaitable),
            Some(v) => Ok(crate::iterators::AnextAwaitable::new(awaitable, v.to_object())),
        }
    }
}
