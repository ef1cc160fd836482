//! `frame` and `traceback` objects. What a frame's variables are is asked of the interpreter through hooks.

use kiln_macros::builtin_methods;
use kiln_object::code::CodeObject;
use kiln_object::frame::{FrameObject, Traceback};
use kiln_object::hooks::hooks;
use kiln_object::layout::{ObjectType, Trace};
use kiln_object::str::Str;
use kiln_object::{ClassRef, Object, Raised, Value, raise};

fn me(f: &FrameObject) -> Value {
    Value::from_ptr(&f.header)
}
fn line(f: &FrameObject) -> u32 {
    if let Some(line) = f.rare_if_any().map(|r| r.line_override.get()).filter(|&line| line != 0) {
        return line;
    }
    let Some(code) = f.code.get() else { return 0 };
    let c = code.expect::<CodeObject>();
    match (hooks().frame_index)(me(f)) {
        Some(i) => c.code.positions.at(i).line,
        None => c.code.first_line,
    }
}

struct Frames;
#[builtin_methods("frame")]
impl Frames {
    #[getter]
    fn f_code(this: &FrameObject) -> Option<Object> {
        this.code.get()
    }
    #[getter]
    fn f_globals(this: &FrameObject) -> Option<Object> {
        this.globals.get()
    }
    #[getter]
    fn f_builtins(this: &FrameObject) -> Option<Object> {
        this.builtins.get()
    }
    #[getter]
    fn f_back(this: &FrameObject) -> Option<Object> {
        (hooks().frame_back)(me(this))
    }
    #[getter]
    fn f_lineno(this: &FrameObject) -> u32 {
        line(this)
    }
    #[setter]
    #[name = "f_lineno"]
    fn set_lineno(this: &FrameObject, value: Option<Value>) -> Result<(), Raised> {
        let Some(value) = value else {
            return Err(kiln_object::raise!(AttributeError, "cannot delete attribute"));
        };
        let Some(line) = value.as_int() else {
            return Err(raise::value_error("lineno must be an integer"));
        };
        match line.to_i64() {
            Some(line) => (hooks().set_line)(me(this), line),
            None => Err(kiln_object::raise!(
                OverflowError,
                "Python int too large to convert to C int"
            )),
        }
    }
    #[getter]
    fn f_lasti(this: &FrameObject) -> i64 {
        (hooks().frame_index)(me(this)).map_or(-1, |i| i as i64 * 8)
    }
    /// A proxy of the variables; for module and class frames the namespace itself.
    #[getter]
    fn f_locals(this: &FrameObject) -> Result<Object, Raised> {
        (hooks().frame_locals)(me(this))
    }
    #[getter]
    fn f_generator(this: &FrameObject) -> Option<Object> {
        let v = this.suspended.get();
        (v != Value::ZERO).then(|| v.to_object())
    }
    #[getter]
    fn f_trace(this: &FrameObject) -> Option<Object> {
        this.rare().trace.get()
    }
    #[setter]
    #[name = "f_trace"]
    fn set_trace(this: &FrameObject, value: Option<Value>) {
        this.rare()
            .trace
            .set_option(value.filter(|v| !v.is_none()).map(|v| v.to_object()));
    }
    #[getter]
    fn f_trace_lines(this: &FrameObject) -> bool {
        this.rare().trace_lines.get()
    }
    #[setter]
    #[name = "f_trace_lines"]
    fn set_trace_lines(this: &FrameObject, value: Option<Value>) -> Result<(), Raised> {
        if value.is_none() {
            return Err(raise::type_error("can't delete numeric/char attribute".into()));
        }
        this.rare().trace_lines.set(flag(value)?);
        Ok(())
    }
    #[getter]
    fn f_trace_opcodes(this: &FrameObject) -> bool {
        this.rare().trace_opcodes.get()
    }
    #[setter]
    #[name = "f_trace_opcodes"]
    fn set_trace_opcodes(this: &FrameObject, value: Option<Value>) -> Result<(), Raised> {
        if value.is_none() {
            return Err(kiln_object::raise!(AttributeError, "f_trace_opcodes cannot be deleted"));
        }
        this.rare().trace_opcodes.set(flag(value)?);
        Ok(())
    }
    /// Gives up what a finished frame holds.
    fn clear(this: &FrameObject) -> Result<(), Raised> {
        if this.suspended.get() != Value::ZERO {
            let v = this.suspended.get();
            let g = v.expect::<kiln_object::generator::Generator>();
            if g.is_running() {
                return Err(kiln_object::raise!(RuntimeError, "cannot clear an executing frame"));
            }
            if g.state() == kiln_object::generator::GenState::Suspended {
                return Err(kiln_object::raise!(RuntimeError, "cannot clear a suspended frame"));
            }
            return super::generator::close(v).map(drop);
        }
        if !this.fp.get().is_null() || this.activation.get() != 0 {
            return Err(kiln_object::raise!(RuntimeError, "cannot clear an executing frame"));
        }
        this.values.clear();
        this.rare().extra_locals.clear();
        this.rare().trace.clear();
        Ok(())
    }
    fn __repr__(this: &FrameObject) -> String {
        let code = this.code.value();
        let c = code.expect::<CodeObject>();
        format!(
            "<frame at {}, file '{}', line {}, code {}>",
            crate::support::address(me(this)),
            c.code.filename,
            line(this),
            c.code.name
        )
    }
}
fn flag(value: Option<Value>) -> Result<bool, Raised> {
    match value {
        Some(v) if v.is_true() || v.is_false() => Ok(v.is_true()),
        _ => Err(raise::type_error("attribute value type must be bool".into())),
    }
}

struct Tracebacks;
#[builtin_methods("traceback")]
impl Tracebacks {
    #[new]
    fn new(
        _cls: ClassRef,
        #[kw] tb_next: Value,
        #[kw] tb_frame: &FrameObject,
        #[kw] tb_lasti: i64,
        #[kw] tb_lineno: i64,
    ) -> Result<Object, Raised> {
        let next = next_of(tb_next)?;
        let tb = Traceback::new_object(next, me(tb_frame).to_object(), (tb_lasti / 8) as u32, Some(tb_lineno));
        tb.expect::<Traceback>().lasti.set(Some(tb_lasti));
        Ok(tb)
    }
    #[getter]
    fn tb_next(this: &Traceback) -> Option<Object> {
        this.next.get()
    }
    #[setter]
    #[name = "tb_next"]
    fn set_next(this: &Traceback, value: Option<Value>) -> Result<(), Raised> {
        let Some(v) = value else {
            return Err(raise::type_error("can't delete tb_next attribute".into()));
        };
        let next = next_of(v)?;
        let mut at = next.clone();
        while let Some(t) = at {
            if t.value() == Value::from_ptr(&this.header) {
                return Err(raise::value_error("traceback loop detected"));
            }
            at = t.expect::<Traceback>().next.get();
        }
        this.next.set_option(next);
        Ok(())
    }
    #[getter]
    fn tb_frame(this: &Traceback) -> Option<Object> {
        this.frame.get()
    }
    #[getter]
    fn tb_lasti(this: &Traceback) -> i64 {
        this.lasti.get().unwrap_or(this.index.get() as i64 * 8)
    }
    #[getter]
    fn tb_lineno(this: &Traceback) -> i64 {
        this.line()
    }
    fn __dir__(_this: &Traceback) -> Object {
        let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
        kiln_object::list::List::from_vec(names.iter().map(|n| Str::intern(n)).collect())
    }
}
fn next_of(v: Value) -> Result<Option<Object>, Raised> {
    if v.is_none() {
        return Ok(None);
    }
    match v.cast::<Traceback>() {
        Some(_) => Ok(Some(v.to_object())),
        None => Err(kiln_object::raise!(
            TypeError,
            "expected traceback object or None, got '{}'",
            v.class().name()
        )),
    }
}

pub fn init() {
    FrameObject::class().add_methods(Frames::METHODS);
    Traceback::class().add_methods(Tracebacks::METHODS);
    Traceback::class()
        .dict()
        .set_str("__module__", &Str::intern("builtins"));
}
