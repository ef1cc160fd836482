//! `BaseException`.

use super::extra::mark;
use crate::support::{repr, text, to_text, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::exception::{BaseException, is_exception};
use kiln_object::frame::Traceback;
use kiln_object::layout::alloc_instance;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{ClassRef, NativeDef, Object, Raised, Value, attr, instance, intern, ops, raise};

/// `__new__` without what a class does beyond it.
pub fn new_exception(class: ClassRef, args: &[Value]) -> Object {
    let o = alloc_instance(class.0, BaseException::payload(Tuple::from_values(args)));
    mark(o.expect::<BaseException>());
    o
}
pub fn no_keywords(e: &BaseException, keywords: &Keywords<'_>) -> Result<(), Raised> {
    if keywords.is_empty() {
        return Ok(());
    }
    Err(kiln_object::raise!(
        TypeError,
        "{}() takes no keyword arguments",
        e.header.class().name()
    ))
}
/// The keyword arguments named in `known`; others are an error in the name of `function`.
pub fn take_keywords<const N: usize>(
    function: &str,
    keywords: &Keywords<'_>,
    known: [&str; N],
) -> Result<[Option<Object>; N], Raised> {
    let mut found = [const { None }; N];
    for (k, v) in keywords.iter() {
        match known.iter().position(|n| kiln_object::convert::str_is(k, n)) {
            Some(i) => found[i] = Some(v.to_object()),
            None => {
                return Err(kiln_object::raise!(
                    TypeError,
                    "{function}() got an unexpected keyword argument '{}'",
                    text(k)
                ));
            }
        }
    }
    Ok(found)
}
pub fn init_args(e: &BaseException, args: &[Value]) {
    // Mostly `__new__` was given the same ones.
    let same = e
        .args
        .peek()
        .is_some_and(|t| t.exact::<Tuple>().is_some_and(|t| t.items() == args));
    if same {
        return;
    }
    e.args.set(Tuple::from_values(args));
}
/// `str()` of an exception by its arguments alone.
pub fn default_str(e: &BaseException) -> Result<String, Raised> {
    let args = e.args_tuple();
    match args.expect::<Tuple>().len() {
        0 => Ok(String::new()),
        1 => to_text(args.expect::<Tuple>().items()[0]),
        _ => to_text(args.value()),
    }
}
fn default_str_object(e: &BaseException) -> Result<Object, Raised> {
    let args = e.args_tuple();
    match args.expect::<Tuple>().len() {
        0 => Ok(kiln_object::str::empty()),
        1 => ops::to_str(args.expect::<Tuple>().items()[0]),
        _ => ops::to_str(args.value()),
    }
}
/// The instance's `__dict__` if it has entries.
pub fn own_dict(e: &BaseException) -> Option<Object> {
    let v = Value::from_ptr(&e.header);
    (!instance::own_attributes(v).is_empty()).then(|| instance::dict_of(v))
}
/// `(class, args[, state])`.
pub fn reduce_with(e: &BaseException, args: Object, state: Option<Object>) -> Object {
    let mut items = vec![e.header.class().as_value().to_object(), args];
    items.extend(state);
    tuple(items)
}

/// `exception.add_note(note)`.
pub fn add_note(exception: Value, note: Value) -> Result<(), Raised> {
    if note.cast::<Str>().is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "add_note() argument must be str, not {}",
            kiln_object::convert::type_name(note)
        ));
    }
    let notes = match attr::find_attr(exception, intern!("__notes__"))? {
        Some(n) => n,
        None => {
            let n = List::new();
            attr::set_attr(exception, intern!("__notes__"), Some(n.value()))?;
            n
        }
    };
    let Some(list) = notes.cast::<List>() else {
        return Err(raise::type_error("Cannot add note: __notes__ is not a list".into()));
    };
    list.push(note.to_object());
    Ok(())
}

fn traceback_or_none(v: Value) -> Result<Option<Object>, Raised> {
    if v.is_none() {
        return Ok(None);
    }
    if v.cast::<Traceback>().is_none() {
        return Err(raise::type_error("__traceback__ must be a traceback or None".into()));
    }
    Ok(Some(v.to_object()))
}
fn exception_or_none(v: Value, what: &str) -> Result<Option<Object>, Raised> {
    if v.is_none() {
        return Ok(None);
    }
    if !is_exception(v) {
        return Err(kiln_object::raise!(
            TypeError,
            "exception {what} must be None or derive from BaseException"
        ));
    }
    Ok(Some(v.to_object()))
}
fn given(value: Option<Value>, name: &str) -> Result<Value, Raised> {
    value.ok_or_else(|| kiln_object::raise!(TypeError, "{name} may not be deleted"))
}

struct Methods;
#[builtin_methods(BaseException)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        new_exception(cls, args)
    }
    fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        no_keywords(this, &kwargs)?;
        init_args(this, args);
        Ok(())
    }
    fn __str__(this: &BaseException) -> Result<Object, Raised> {
        default_str_object(this)
    }
    fn __repr__(this: &BaseException) -> Result<String, Raised> {
        let name = this.header.class().plain_name();
        let args = this.args_tuple();
        match args.expect::<Tuple>().items() {
            [one] => Ok(format!("{name}({})", repr(*one)?)),
            _ => Ok(format!("{name}{}", repr(args.value())?)),
        }
    }
    fn __reduce__(this: &BaseException) -> Object {
        reduce_with(this, this.args_tuple(), own_dict(this))
    }
    fn __setstate__(this: Value, state: Value) -> Result<(), Raised> {
        if state.is_none() {
            return Ok(());
        }
        let Some(d) = state.cast::<Dict>() else {
            return Err(raise::type_error("state is not a dictionary".into()));
        };
        for (k, v) in d.snapshot() {
            let name = attr::intern_name(k.value())?;
            attr::set_attr(this, name.value(), Some(v.value()))?;
        }
        Ok(())
    }
    /// Sets the traceback and returns the exception.
    fn with_traceback(this: Value, tb: Value) -> Result<Object, Raised> {
        this.expect::<BaseException>()
            .traceback
            .set_option(traceback_or_none(tb)?);
        Ok(this.to_object())
    }
    /// Adds a line that tracebacks show below the exception.
    #[name = "add_note"]
    fn note(this: Value, note: Value) -> Result<(), Raised> {
        add_note(this, note)
    }
    #[getter]
    fn args(this: &BaseException) -> Object {
        this.args_tuple()
    }
    #[setter]
    fn set_args(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
        let v = given(value, "args")?;
        let items = ops::to_vec(v)?;
        this.args.set(Tuple::from_vec(items));
        Ok(())
    }
    #[getter]
    fn __traceback__(this: &BaseException) -> Option<Object> {
        this.traceback.get()
    }
    #[setter]
    fn set___traceback__(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
        let v = given(value, "__traceback__")?;
        this.traceback.set_option(traceback_or_none(v)?);
        Ok(())
    }
    #[getter]
    fn __context__(this: &BaseException) -> Option<Object> {
        this.context.get()
    }
    #[setter]
    fn set___context__(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
        let v = given(value, "__context__")?;
        this.context.set_option(exception_or_none(v, "context")?);
        Ok(())
    }
    #[getter]
    fn __cause__(this: &BaseException) -> Option<Object> {
        this.cause.get()
    }
    #[setter]
    fn set___cause__(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
        let v = given(value, "__cause__")?;
        this.cause.set_option(exception_or_none(v, "cause")?);
        this.suppress_context.set(true);
        Ok(())
    }
    #[getter]
    fn __suppress_context__(this: &BaseException) -> bool {
        this.suppress_context.get()
    }
    #[setter]
    fn set___suppress_context__(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
        match value {
            Some(v) if v.is_true() || v.is_false() => {
                this.suppress_context.set(v.is_true());
                Ok(())
            }
            Some(_) => Err(raise::type_error("attribute value type must be bool".into())),
            None => Err(raise::type_error("can't delete numeric/char attribute".into())),
        }
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
    #[setter]
    fn set___dict__(this: Value, value: Option<Value>) -> Result<(), Raised> {
        crate::object::set_dict(this, value)
    }
}
pub const METHODS: &[NativeDef] = Methods::METHODS;
