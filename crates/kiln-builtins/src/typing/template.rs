//! Template strings: `string.templatelib.Template` and `Interpolation`.

use crate::support::{import_from, repr, text, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, iter, object_struct, raise};
use std::cell::Cell;

object_struct! {
    /// A template: one more string than interpolations.
    pub struct Template = "string.templatelib.Template", Container { strings: Slot, interpolations: Slot }
}
object_struct! {
    /// A value in a template, with the text it came from and how it is to be formatted.
    pub struct Interpolation = "string.templatelib.Interpolation", Container { value: Slot, expression: Slot, conversion: Slot, spec: Slot }
}
object_struct! {
    /// Iterates over strings that are not empty and interpolations.
    pub struct TemplateIter = "string.templatelib.TemplateIter", Container { template: Slot, at: Cell<usize> }
}

/// A template of alternating strings and interpolations.
pub fn new_template(strings: Value, interpolations: Value) -> Object {
    alloc(Template {
        header: header::<Template>(),
        strings: Slot::new(strings.to_object()),
        interpolations: Slot::new(interpolations.to_object()),
    })
}
/// An interpolation; `conversion` is None or a str.
pub fn new_interpolation(value: Value, expression: Value, conversion: Value, spec: Value) -> Object {
    alloc(Interpolation {
        header: header::<Interpolation>(),
        value: Slot::new(value.to_object()),
        expression: Slot::new(expression.to_object()),
        conversion: Slot::new(conversion.to_object()),
        spec: Slot::new(spec.to_object()),
    })
}

fn items(s: &Slot) -> Vec<Object> {
    s.peek().map_or_else(Vec::new, |t| {
        t.cast::<Tuple>()
            .map_or_else(Vec::new, |t| t.items().iter().map(|v| v.to_object()).collect())
    })
}
fn join(a: &Object, b: &Object) -> Object {
    Str::concat(&[a.expect::<Str>(), b.expect::<Str>()])
}
/// The n-th part of a template, empty strings included.
fn part(t: &Template, n: usize) -> Option<Object> {
    let from = if n.is_multiple_of(2) {
        &t.strings
    } else {
        &t.interpolations
    };
    items(from).get(n / 2).cloned()
}

struct Templates;
#[builtin_methods("Template")]
impl Templates {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !kwargs.is_empty() {
            return Err(raise::type_error(
                "Template.__new__ only accepts *args arguments".into(),
            ));
        }
        let mut strings: Vec<Object> = Vec::new();
        let mut interpolations: Vec<Object> = Vec::new();
        for a in args {
            if a.cast::<Str>().is_some() {
                let s = a.to_object();
                // Strings next to each other become one.
                if strings.len() > interpolations.len()
                    && let Some(last) = strings.pop()
                {
                    strings.push(join(&last, &s));
                } else {
                    strings.push(s);
                }
            } else if a.cast::<Interpolation>().is_some() {
                if strings.len() == interpolations.len() {
                    strings.push(kiln_object::str::empty());
                }
                interpolations.push(a.to_object());
            } else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                    a.class().name()
                ));
            }
        }
        if strings.len() == interpolations.len() {
            strings.push(kiln_object::str::empty());
        }
        Ok(new_template(tuple(strings).value(), tuple(interpolations).value()))
    }
    fn __repr__(this: &Template) -> Result<String, Raised> {
        let strings = this.strings.get().unwrap_or_else(Object::none);
        let interpolations = this.interpolations.get().unwrap_or_else(Object::none);
        Ok(format!(
            "Template(strings={}, interpolations={})",
            repr(strings.value())?,
            repr(interpolations.value())?
        ))
    }
    fn __iter__(this: Value) -> Object {
        alloc(TemplateIter {
            header: header::<TemplateIter>(),
            template: Slot::new(this.to_object()),
            at: Cell::new(0),
        })
    }
    fn __add__(this: Value, other: Value) -> Result<Object, Raised> {
        let (Some(a), Some(b)) = (this.cast::<Template>(), other.cast::<Template>()) else {
            if this.cast::<Template>().is_some() {
                return Err(kiln_object::raise!(
                    TypeError,
                    "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
                    other.class().name()
                ));
            }
            return Ok(Object::not_implemented());
        };
        let mut strings = items(&a.strings);
        let mut more = items(&b.strings).into_iter();
        if let (Some(last), Some(first)) = (strings.pop(), more.next()) {
            strings.push(join(&last, &first));
        }
        strings.extend(more);
        let mut interpolations = items(&a.interpolations);
        interpolations.extend(items(&b.interpolations));
        Ok(new_template(tuple(strings).value(), tuple(interpolations).value()))
    }
    fn __reduce__(this: &Template) -> Result<Object, Raised> {
        let f = import_from("string.templatelib", "_template_unpickle")?;
        Ok(tuple(vec![
            f,
            tuple(vec![tuple(items(&this.strings)), tuple(items(&this.interpolations))]),
        ]))
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        super::alias::new_alias(cls, item)
    }
    #[getter]
    fn strings(this: &Template) -> Option<Object> {
        this.strings.get()
    }
    #[getter]
    fn interpolations(this: &Template) -> Option<Object> {
        this.interpolations.get()
    }
    #[getter]
    fn values(this: &Template) -> Object {
        tuple(
            items(&this.interpolations)
                .iter()
                .filter_map(|i| i.cast::<Interpolation>().and_then(|i| i.value.get()))
                .collect(),
        )
    }
}

struct Interpolations;
#[builtin_methods("Interpolation")]
impl Interpolations {
    #[new]
    fn new(
        _cls: ClassRef,
        #[kw] value: Value,
        #[kw] expression: Option<Value>,
        #[kw] conversion: Option<Value>,
        #[kw] format_spec: Option<Value>,
    ) -> Result<Object, Raised> {
        let none = kiln_object::singletons::none();
        let empty = kiln_object::str::empty();
        let must_be_str = |v: Value, name: &str| -> Result<(), Raised> {
            if v.cast::<Str>().is_some() {
                return Ok(());
            }
            Err(kiln_object::raise!(
                TypeError,
                "Interpolation() argument '{name}' must be str, not {}",
                kiln_object::convert::type_name(v)
            ))
        };
        let expression = expression.unwrap_or_else(|| empty.value());
        must_be_str(expression, "expression")?;
        let spec = format_spec.unwrap_or_else(|| empty.value());
        must_be_str(spec, "format_spec")?;
        let conversion = conversion.unwrap_or(none);
        if !conversion.is_none() {
            must_be_str(conversion, "conversion")?;
            if !["s", "a", "r"].contains(&text(conversion).as_str()) {
                return Err(raise::value_error(
                    "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'",
                ));
            }
        }
        Ok(new_interpolation(value, expression, conversion, spec))
    }
    fn __repr__(this: &Interpolation) -> Result<String, Raised> {
        let parts: Result<Vec<String>, Raised> = [&this.value, &this.expression, &this.conversion, &this.spec]
            .into_iter()
            .map(|s| repr(s.get().unwrap_or_else(Object::none).value()))
            .collect();
        Ok(format!("Interpolation({})", parts?.join(", ")))
    }
    fn __reduce__(this: &Interpolation) -> Object {
        let fields = [&this.value, &this.expression, &this.conversion, &this.spec]
            .into_iter()
            .filter_map(Slot::get)
            .collect();
        let class = this.header.class().as_value().to_object();
        tuple(vec![class, tuple(fields)])
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        super::alias::new_alias(cls, item)
    }
    #[getter]
    fn value(this: &Interpolation) -> Option<Object> {
        this.value.get()
    }
    #[getter]
    fn expression(this: &Interpolation) -> Option<Object> {
        this.expression.get()
    }
    #[getter]
    fn conversion(this: &Interpolation) -> Option<Object> {
        this.conversion.get()
    }
    #[getter]
    fn format_spec(this: &Interpolation) -> Option<Object> {
        this.spec.get()
    }
}

fn next(v: Value) -> Result<Option<Object>, Raised> {
    let it = v.expect::<TemplateIter>();
    let Some(template) = it.template.get() else {
        return Ok(None);
    };
    loop {
        let n = it.at.get();
        let Some(p) = part(template.expect::<Template>(), n) else {
            it.template.clear();
            return Ok(None);
        };
        it.at.set(n + 1);
        if p.cast::<Str>().is_none_or(|s| !s.is_empty()) {
            return Ok(Some(p));
        }
    }
}
struct Iterators;
#[builtin_methods("TemplateIter")]
impl Iterators {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        iter::next_or_stop(next(this))
    }
}

pub fn init() {
    let module = "string.templatelib";
    define::<Template>("Template", module, None, 0, Templates::METHODS, Some("Template object"));
    let class = define::<Interpolation>(
        "Interpolation",
        module,
        None,
        0,
        Interpolations::METHODS,
        Some("Interpolation object"),
    );
    let names = ["value", "expression", "conversion", "format_spec"];
    let names = tuple(names.into_iter().map(Str::intern).collect());
    class.set_attr(kiln_object::intern!("__match_args__"), names.value());
    let it = define::<TemplateIter>(
        "TemplateIter",
        module,
        None,
        flags::NO_NEW,
        Iterators::METHODS,
        Some("Template iterator object"),
    );
    iter::set_fast_next(it, next);
}
