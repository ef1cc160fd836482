//! Exception groups, and what `except*` needs of them.

use super::base::{init_args, new_exception, no_keywords};
use super::extra;
use crate::support::text;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::exception::{BaseException, is_exception, is_exception_class, is_instance};
use kiln_object::function::Function;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, TypeSpec, flags, type_type};
use kiln_object::{NativeDef, Object, Raised, Special, Type, TypeCell, Value, attr, call, exc, intern, ops, raise};

/// `ExceptionGroup`.
pub static EXCEPTION_GROUP: TypeCell = TypeCell::new();

const MESSAGE: usize = 0;
const EXCEPTIONS: usize = 1;
/// The repr of a sequence that is neither list nor tuple.
const SHOWN: usize = 2;

fn is_group(v: Value) -> bool {
    is_instance(v, &exc::BaseExceptionGroup)
}
fn members(e: &BaseException) -> Vec<Object> {
    extra::get(e, EXCEPTIONS).map_or_else(Vec::new, |t| {
        t.cast::<Tuple>()
            .map_or_else(Vec::new, |t| t.items().iter().map(|v| v.to_object()).collect())
    })
}

/// A new group of these exceptions: an `ExceptionGroup` if none of them is a bare `BaseException`.
pub fn new_group(message: &str, exceptions: Vec<Object>) -> Result<Object, Raised> {
    let class = exc::BaseExceptionGroup.get().as_value();
    let message = Str::new(message);
    let list = List::from_vec(exceptions);
    call::call(class, &[message.value(), list.value()])
}

fn create(cls: ClassRef, args: Rest<'_>, kwargs: &Keywords<'_>) -> Result<Object, Raised> {
    let native_init = crate::support::same_special(cls.0, exc::BaseExceptionGroup.get(), Special::Init);
    if !kwargs.is_empty() && native_init {
        return Err(kiln_object::raise!(
            TypeError,
            "{}() takes no keyword arguments",
            cls.name()
        ));
    }
    let [message, exceptions] = args else {
        return Err(kiln_object::raise!(
            TypeError,
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            args.len()
        ));
    };
    if message.cast::<Str>().is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            kiln_object::convert::type_name(*message)
        ));
    }
    let is_sequence = exceptions.class().special(Special::GetItem).is_some()
        && exceptions.cast::<kiln_object::dict::Dict>().is_none();
    if !is_sequence {
        return Err(raise::type_error(
            "second argument (exceptions) must be a sequence".into(),
        ));
    }
    let items = ops::sequence_items(*exceptions)?;
    if items.is_empty() {
        return Err(raise::value_error(
            "second argument (exceptions) must be a non-empty sequence",
        ));
    }
    let mut bare = false;
    for (i, e) in items.iter().enumerate() {
        if !is_exception(e.value()) {
            return Err(kiln_object::raise!(
                ValueError,
                "Item {i} of second argument (exceptions) is not an exception"
            ));
        }
        bare |= !is_instance(e.value(), &exc::Exception);
    }
    let mut class = cls;
    if std::ptr::eq(cls.0, exc::BaseExceptionGroup.get()) {
        if !bare {
            class = ClassRef(EXCEPTION_GROUP.get());
        }
    } else if bare && std::ptr::eq(cls.0, EXCEPTION_GROUP.get()) {
        return Err(raise::type_error(
            "Cannot nest BaseExceptions in an ExceptionGroup".into(),
        ));
    } else if bare && cls.is_subtype(exc::Exception.get()) {
        return Err(kiln_object::raise!(
            TypeError,
            "Cannot nest BaseExceptions in '{}'",
            cls.name()
        ));
    }
    let o = new_exception(class, args);
    let e = o.expect::<BaseException>();
    e.set_extra_at(MESSAGE, Some(message.to_object()));
    e.set_extra_at(EXCEPTIONS, Some(Tuple::from_vec(items)));
    if exceptions.cast::<Tuple>().is_none() && exceptions.cast::<List>().is_none() {
        // The sequence may change later; the repr shows what was given.
        e.set_extra_at(SHOWN, Some(ops::repr(*exceptions)?));
    }
    Ok(o)
}

/// A group like `original` with other members, by its `derive`; nothing for no members.
fn subset(original: &Object, exceptions: Vec<Object>) -> Result<Option<Object>, Raised> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let list = List::from_vec(exceptions);
    let new = call::call_method_str(original.value(), "derive", &[list.value()])?;
    if !is_group(new.value()) {
        return Err(raise::type_error(
            "derive must return an instance of BaseExceptionGroup".into(),
        ));
    }
    let (from, to) = (original.expect::<BaseException>(), new.expect::<BaseException>());
    to.traceback.set_option(from.traceback.get());
    to.context.set_option(from.context.get());
    to.cause.set_option(from.cause.get());
    to.suppress_context.set(from.suppress_context.get());
    if let Some(notes) = attr::find_attr(original.value(), intern!("__notes__"))? {
        // A sequence is copied; anything else is left behind.
        if notes.cast::<List>().is_some() || notes.cast::<Tuple>().is_some() {
            let copy = List::from_vec(ops::sequence_items(notes.value())?);
            attr::set_attr(new.value(), intern!("__notes__"), Some(copy.value()))?;
        }
    }
    Ok(Some(new))
}

/// What splits a group.
enum Condition {
    Classes(Object),
    Predicate(Object),
    /// Addresses of exceptions.
    Instances(Vec<Value>),
}
impl Condition {
    fn of(v: Value) -> Result<Condition, Raised> {
        if v.is_exact::<Function>() {
            return Ok(Condition::Predicate(v.to_object()));
        }
        let classes = match v.cast::<Tuple>() {
            Some(t) => t.items().iter().all(|c| is_exception_class(*c)),
            None => is_exception_class(v),
        };
        if classes {
            return Ok(Condition::Classes(v.to_object()));
        }
        if attr::is_callable(v) && v.cast::<Type>().is_none() {
            return Ok(Condition::Predicate(v.to_object()));
        }
        Err(raise::type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)".into(),
        ))
    }
    fn matches(&self, e: Value) -> Result<bool, Raised> {
        match self {
            Condition::Classes(c) => Ok(matches_classes(e, c.value())),
            Condition::Predicate(f) => {
                let r = call::call(f.value(), &[e])?;
                ops::is_true(r.value())
            }
            Condition::Instances(all) => Ok(!is_group(e) && all.contains(&e)),
        }
    }
}
/// Whether an exception is an instance of a class or of one in a tuple, by its real class.
pub fn matches_classes(e: Value, classes: Value) -> bool {
    match classes.cast::<Tuple>() {
        Some(t) => t.items().iter().any(|c| matches_classes(e, *c)),
        None => classes.cast::<Type>().is_some_and(|t| e.class().is_subtype(t)),
    }
}

/// The part of an exception that fulfils the condition, and the rest.
fn split(e: &Object, condition: &Condition, with_rest: bool) -> Result<(Option<Object>, Option<Object>), Raised> {
    if condition.matches(e.value())? {
        return Ok((Some(e.clone()), None));
    }
    if !is_group(e.value()) {
        return Ok((None, Some(e.clone())));
    }
    let _depth = kiln_object::thread::NativeDepth::enter(" in exception_group_split_recursive")?;
    let (mut matching, mut others) = (Vec::new(), Vec::new());
    for member in members(e.expect::<BaseException>()) {
        let (m, r) = split(&member, condition, with_rest)?;
        matching.extend(m);
        others.extend(r);
    }
    let matching = subset(e, matching)?;
    let others = if with_rest { subset(e, others)? } else { None };
    Ok((matching, others))
}

struct Groups;
#[builtin_methods(BaseExceptionGroup)]
impl Groups {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        create(cls, args, &kwargs)
    }
    fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        no_keywords(this, &kwargs)?;
        init_args(this, args);
        Ok(())
    }
    fn __str__(this: &BaseException) -> String {
        let message = extra::get(this, MESSAGE).map_or_else(String::new, |m| text(m.value()));
        let n = members(this).len();
        format!("{message} ({n} sub-exception{})", if n == 1 { "" } else { "s" })
    }
    fn __repr__(this: &BaseException) -> Result<String, Raised> {
        let message = extra::get(this, MESSAGE).unwrap_or_else(Object::none);
        let message = crate::support::repr(message.value())?;
        let args = this.args_tuple();
        let as_list = matches!(args.expect::<Tuple>().items(), [_, given] if given.cast::<List>().is_some());
        let shown = match extra::get(this, SHOWN) {
            Some(s) => text(s.value()),
            None if as_list => crate::support::repr(List::from_vec(members(this)).value())?,
            None => crate::support::repr(Tuple::from_vec(members(this)).value())?,
        };
        Ok(format!("{}({message}, {shown})", this.header.class().plain_name()))
    }
    /// A group of the same kind with other members.
    fn derive(this: &BaseException, excs: Value) -> Result<Object, Raised> {
        let message = extra::get(this, MESSAGE).unwrap_or_else(Object::none);
        call::call(exc::BaseExceptionGroup.get().as_value(), &[message.value(), excs])
    }
    /// The part that a class or a predicate selects, and the rest.
    fn split(this: Value, matcher_value: Value) -> Result<Object, Raised> {
        let (m, r) = split(&this.to_object(), &Condition::of(matcher_value)?, true)?;
        let or_none = |o: Option<Object>| o.unwrap_or_else(Object::none);
        Ok(Tuple::from_array([or_none(m), or_none(r)]))
    }
    /// The part that a class or a predicate selects.
    fn subgroup(this: Value, matcher_value: Value) -> Result<Object, Raised> {
        let (m, _) = split(&this.to_object(), &Condition::of(matcher_value)?, false)?;
        Ok(m.unwrap_or_else(Object::none))
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::typing::alias::new_alias(cls, item)
    }
    #[getter]
    fn message(this: &BaseException) -> Option<Object> {
        extra::get(this, MESSAGE)
    }
    #[setter]
    fn set_message(_this: &BaseException, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
    #[getter]
    fn exceptions(this: &BaseException) -> Option<Object> {
        extra::get(this, EXCEPTIONS)
    }
    #[setter]
    fn set_exceptions(_this: &BaseException, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
}
pub const METHODS: &[NativeDef] = Groups::METHODS;

/// `except* classes`: what is left of the exception, and what the clause gets. `exception` may be `None`.
pub fn match_star(exception: Value, classes: Value) -> Result<(Option<Object>, Option<Object>), Raised> {
    check_star_classes(classes)?;
    if exception.is_none() {
        return Ok((None, None));
    }
    let e = exception.to_object();
    if matches_classes(exception, classes) {
        if is_group(exception) {
            return Ok((None, Some(e)));
        }
        let (message, one) = (kiln_object::str::empty(), Tuple::from_array([e.clone()]));
        let wrapped = call::call(
            exc::BaseExceptionGroup.get().as_value(),
            &[message.value(), one.value()],
        )?;
        wrapped
            .expect::<BaseException>()
            .traceback
            .set_option(e.expect::<BaseException>().traceback.get());
        return Ok((None, Some(wrapped)));
    }
    if !is_group(exception) {
        return Ok((Some(e), None));
    }
    let pair = call::call_method_str(exception, "split", &[classes])?;
    let Some(t) = pair.cast::<Tuple>() else {
        return Err(kiln_object::raise!(
            TypeError,
            "{}.split must return a tuple, not {}",
            exception.class().name(),
            pair.class().name()
        ));
    };
    if t.len() < 2 {
        return Err(kiln_object::raise!(
            TypeError,
            "{}.split must return a 2-tuple, got tuple of size {}",
            exception.class().name(),
            t.len()
        ));
    }
    let part = |v: Value| (!v.is_none()).then(|| v.to_object());
    Ok((part(t.items()[1]), part(t.items()[0])))
}
fn check_star_classes(classes: Value) -> Result<(), Raised> {
    let each: Vec<Value> = match classes.cast::<Tuple>() {
        Some(t) => t.items().to_vec(),
        None => vec![classes],
    };
    for c in each {
        if !is_exception_class(c) {
            return Err(raise::type_error(
                "catching classes that do not inherit from BaseException is not allowed".into(),
            ));
        }
        if c.cast::<Type>()
            .is_some_and(|t| t.is_subtype(exc::BaseExceptionGroup.get()))
        {
            return Err(raise::type_error(
                "catching ExceptionGroup with except* is not allowed. Use except instead.".into(),
            ));
        }
    }
    Ok(())
}

fn same_metadata(a: Value, b: Value) -> Result<bool, Raised> {
    if !is_group(a) || !is_group(b) {
        return Ok(false);
    }
    let notes = |v: Value| attr::find_attr(v, intern!("__notes__")).map(|n| n.map(|n| n.value()));
    let (x, y) = (a.expect::<BaseException>(), b.expect::<BaseException>());
    Ok(x.traceback.raw() == y.traceback.raw()
        && x.context.raw() == y.context.raw()
        && x.cause.raw() == y.cause.raw()
        && notes(a)? == notes(b)?)
}
fn leaves(e: &Object, out: &mut Vec<Value>) {
    if is_group(e.value()) {
        for m in members(e.expect::<BaseException>()) {
            leaves(&m, out);
        }
    } else {
        out.push(e.value());
    }
}

/// At the end of a `try` with `except*`: what to raise, of what the clauses raised and what none of them handled.
pub fn prepare_reraise(original: Value, raised: &[Object]) -> Result<Option<Object>, Raised> {
    if raised.is_empty() {
        return Ok(None);
    }
    if !is_group(original) {
        // A single exception was wrapped: at most one clause ran.
        return Ok(raised.first().filter(|e| !e.is_none()).cloned());
    }
    let (mut new, mut again) = (Vec::new(), Vec::new());
    for e in raised.iter().filter(|e| !e.is_none()) {
        if same_metadata(e.value(), original)? {
            again.push(e.clone());
        } else {
            new.push(e.clone());
        }
    }
    let mut kept = Vec::new();
    for e in &again {
        leaves(e, &mut kept);
    }
    let reraised = if kept.is_empty() {
        None
    } else {
        split(&original.to_object(), &Condition::Instances(kept), false)?.0
    };
    if new.is_empty() {
        return Ok(reraised);
    }
    new.extend(reraised);
    if new.len() == 1 {
        return Ok(new.pop());
    }
    new_group("", new).map(Some)
}

/// Makes `ExceptionGroup`, the one built-in class with two bases.
pub fn init() {
    let (group, exception) = (exc::BaseExceptionGroup.get(), exc::Exception.get());
    let o = Type::create(TypeSpec {
        name: Str::intern("ExceptionGroup"),
        qualname: Str::intern("ExceptionGroup"),
        metaclass: type_type(),
        bases: vec![group, exception],
        dict: kiln_object::dict::Dict::new_object(),
        layout: group.layout(),
        solid: Some(group),
        new_members: 0,
        flags: flags::BASETYPE | flags::IMMUTABLE | flags::DICT | flags::EXCEPTION,
        inline_capacity: 0,
    });
    o.header().make_immortal();
    let Some(ClassRef(t)) = ClassRef::of(o.value()) else {
        return;
    };
    let order = [
        t,
        group,
        exception,
        exc::BaseException.get(),
        kiln_object::types::object_type(),
    ];
    t.mro.set(Tuple::from_vec(
        order.iter().map(|c| c.as_value().to_object()).collect(),
    ));
    t.modified(None);
    EXCEPTION_GROUP.set(t);
}
