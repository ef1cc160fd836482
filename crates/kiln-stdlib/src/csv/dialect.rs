//! `Dialect`: how fields are separated, quoted and escaped.

use super::ERROR;
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::layout::{ObjectType, Plain, alloc_instance, header};
use kiln_object::str::Str;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, attr, call, object_struct, ops, raise};
use std::cell::RefCell;
use std::rc::Rc;

pub const MINIMAL: i64 = 0;
pub const ALL: i64 = 1;
pub const NON_NUMERIC: i64 = 2;
pub const NONE: i64 = 3;
pub const STRINGS: i64 = 4;
pub const NOT_NULL: i64 = 5;

/// The settings themselves; characters are code points.
#[derive(Clone, Debug)]
pub struct Settings {
    pub delimiter: u32,
    pub quote: Option<u32>,
    pub escape: Option<u32>,
    pub terminator: Vec<u32>,
    pub quoting: i64,
    pub double_quote: bool,
    pub skip_space: bool,
    pub strict: bool,
}

object_struct! {
    /// `_csv.Dialect`.
    pub struct Dialect = "_csv.Dialect", Raw { settings: Plain<Rc<Settings>> }
}

thread_local! {
    /// `register_dialect`'s dictionary.
    static REGISTERED: RefCell<Option<Object>> = const { RefCell::new(None) };
}

/// Forgets the registered dialects, at the end.
pub fn clear() {
    drop(REGISTERED.take());
}

/// The dictionary of registered dialects.
pub fn registered() -> Object {
    REGISTERED.with_borrow_mut(|held| held.get_or_insert_with(Dict::new_object).clone())
}

pub fn named(name: Value) -> Result<Object, Raised> {
    let all = registered();
    match all.expect::<Dict>().get(name)? {
        Some(dialect) => Ok(dialect),
        None => Err(ERROR.raise("unknown dialect")),
    }
}

const NAMES: [&str; 9] = [
    "dialect",
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

fn character(v: Option<&Object>, name: &str, default: Option<u32>, optional: bool) -> Result<Option<u32>, Raised> {
    let Some(v) = v else { return Ok(default) };
    if optional && v.value().is_none() {
        return Ok(None);
    }
    let wanted = if optional { "a unicode character or None" } else { "a unicode character" };
    let given = match v.cast::<Str>() {
        Some(text) if text.len() == 1 => return Ok(Some(text.at(0))),
        Some(text) => format!("a string of length {}", text.len()),
        None => v.class().name(),
    };
    Err(raise::type_error(format!("\"{name}\" must be {wanted}, not {given}")))
}

fn flag(v: Option<&Object>, default: bool) -> Result<bool, Raised> {
    v.map_or(Ok(default), |v| ops::is_true(v.value()))
}

/// Reads the settings, each from the keyword or else the dialect's attribute.
fn settings(given: &[Option<Object>; 9]) -> Result<Settings, Raised> {
    let [_, delimiter, double_quote, escape, terminator, quote, quoting, skip_space, strict] = given;
    let delimiter = character(delimiter.as_ref(), "delimiter", Some(u32::from(b',')), false)?;
    let double_quote = flag(double_quote.as_ref(), true)?;
    let escape = character(escape.as_ref(), "escapechar", None, true)?;
    let terminator: Vec<u32> = match terminator {
        None => "\r\n".bytes().map(u32::from).collect(),
        Some(v) => match v.cast::<Str>() {
            Some(text) => text.text().iter().collect(),
            None => {
                return Err(raise::type_error(format!("\"lineterminator\" must be a string, not {}", v.class().name())));
            }
        },
    };
    let no_quote = quote.as_ref().is_some_and(|q| q.value().is_none());
    let quote = character(quote.as_ref(), "quotechar", Some(u32::from(b'"')), true)?;
    let quoting = match quoting {
        None if no_quote => NONE,
        None => MINIMAL,
        Some(v) => match v.value().as_int() {
            Some(n) => n.to_i64().unwrap_or(-1),
            None => return Err(raise::type_error(format!("\"quoting\" must be an integer, not {}", v.class().name()))),
        },
    };
    let made = Settings {
        delimiter: delimiter.unwrap_or(0),
        quote,
        escape,
        terminator,
        quoting,
        double_quote,
        skip_space: flag(skip_space.as_ref(), false)?,
        strict: flag(strict.as_ref(), false)?,
    };
    check(&made)?;
    Ok(made)
}

fn check(s: &Settings) -> Result<(), Raised> {
    if !(MINIMAL..=NOT_NULL).contains(&s.quoting) {
        return Err(raise::type_error("bad \"quoting\" value".into()));
    }
    if s.quoting != NONE && s.quote.is_none() {
        return Err(raise::type_error("quotechar must be set if quoting enabled".into()));
    }
    let bad = |what: &str| Err(raise::value_error(&format!("bad {what} value")));
    let characters = [("delimiter", Some(s.delimiter)), ("escapechar", s.escape), ("quotechar", s.quote)];
    for (name, c) in characters {
        let Some(c) = c else { continue };
        let space_is_bad = name != "delimiter" && s.skip_space;
        if c == u32::from(b'\n') || c == u32::from(b'\r') || (c == u32::from(b' ') && space_is_bad) {
            return bad(name);
        }
        if s.terminator.contains(&c) {
            return bad(&format!("{name} or lineterminator"));
        }
    }
    for (i, (first, a)) in characters.iter().enumerate() {
        for (second, b) in &characters[i + 1..] {
            if a.is_some() && a == b {
                return bad(&format!("{first} or {second}"));
            }
        }
    }
    Ok(())
}

/// The dialect that `reader`, `writer` and `register_dialect` are asked for.
pub fn from_call(dialect: Option<Value>, keywords: Keywords<'_>) -> Result<Object, Raised> {
    let mut named: Vec<(Value, Value)> = keywords.iter().collect();
    let key = Str::intern("dialect");
    if let Some(dialect) = dialect {
        named.insert(0, (key.value(), dialect));
    }
    call::call_keywords(Dialect::class().as_value(), &[], &named)
}

pub fn settings_of(dialect: &Object) -> Rc<Settings> {
    Rc::clone(&dialect.expect::<Dialect>().settings)
}

fn shown(c: Option<u32>) -> Object {
    c.map_or_else(Object::none, Str::from_char)
}

/// The methods' name space.
pub struct DialectMethods;

#[builtin_methods("_csv.Dialect")]
impl DialectMethods {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let mut given: [Option<Object>; 9] = Default::default();
        if args.len() > given.len() {
            return Err(raise::type_error(format!(
                "Dialect() takes at most 9 arguments ({} given)",
                args.len() + keywords.len()
            )));
        }
        for (slot, v) in given.iter_mut().zip(args) {
            *slot = Some(v.to_object());
        }
        for (name, v) in keywords.iter() {
            let name = name.cast::<Str>().map(Str::to_string_lossy).unwrap_or_default();
            match NAMES.iter().position(|known| *known == name) {
                Some(at) => given[at] = Some(v.to_object()),
                None => {
                    return Err(raise::type_error(format!(
                        "this function got an unexpected keyword argument '{name}'"
                    )));
                }
            }
        }
        let mut dialect = given[0].take().filter(|d| !d.value().is_none());
        if let Some(name) = dialect.take_if(|d| d.cast::<Str>().is_some()) {
            dialect = Some(named(name.value())?);
        }
        if let Some(dialect) = &dialect {
            let is_plain = std::ptr::eq(cls.0, Dialect::class()) && dialect.cast::<Dialect>().is_some();
            if is_plain && given.iter().all(Option::is_none) {
                return Ok(dialect.clone());
            }
            for (slot, name) in given.iter_mut().zip(NAMES).skip(1) {
                if slot.is_none() {
                    *slot = attr::find_attr_str(dialect.value(), name)?;
                }
            }
        }
        let settings = settings(&given)?;
        Ok(alloc_instance(cls.0, Dialect { header: header::<Dialect>(), settings: Plain(Rc::new(settings)) }))
    }
    #[getter]
    fn delimiter(this: &Dialect) -> Object {
        shown(Some(this.settings.delimiter))
    }
    #[getter]
    fn quotechar(this: &Dialect) -> Object {
        shown(this.settings.quote)
    }
    #[getter]
    fn escapechar(this: &Dialect) -> Object {
        shown(this.settings.escape)
    }
    #[getter]
    fn lineterminator(this: &Dialect) -> Object {
        Str::from_code_points(&this.settings.terminator)
    }
    #[getter]
    fn quoting(this: &Dialect) -> i64 {
        this.settings.quoting
    }
    #[getter]
    fn doublequote(this: &Dialect) -> bool {
        this.settings.double_quote
    }
    #[getter]
    fn skipinitialspace(this: &Dialect) -> bool {
        this.settings.skip_space
    }
    #[getter]
    fn strict(this: &Dialect) -> bool {
        this.settings.strict
    }
    fn __reduce__(this: Value) -> Result<Object, Raised> {
        Err(raise::type_error(format!("cannot pickle '{}' instances", this.class().plain_name())))
    }
    fn __reduce_ex__(this: Value, _protocol: Value) -> Result<Object, Raised> {
        DialectMethods::__reduce__(this)
    }
}
