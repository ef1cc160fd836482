//! `str.format` and `str.format_map`.

use crate::number::format_error;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, ops, raise};
use kiln_text::format::fields::{AutoNumber, Field, First, Pieces, Span, Step, field_name};
use kiln_text::{Text, TextBuf};

/// Where the fields' values come from.
pub trait Arguments {
    fn positional(&self, index: usize) -> Result<Object, Raised>;
    fn named(&self, name: Value) -> Result<Object, Raised>;
}

/// The arguments of `str.format`.
pub struct CallArguments<'a> {
    pub positional: &'a [Value],
    pub keywords: kiln_object::args::Keywords<'a>,
}

impl Arguments for CallArguments<'_> {
    fn positional(&self, index: usize) -> Result<Object, Raised> {
        match self.positional.get(index) {
            Some(value) => Ok(value.to_object()),
            None => Err(raise!(
                IndexError,
                "Replacement index {index} out of range for positional args tuple"
            )),
        }
    }

    fn named(&self, name: Value) -> Result<Object, Raised> {
        let wanted = name.expect::<Str>();
        let same = |key: Value| key.cast::<Str>().is_some_and(|key| key.same_text(wanted));
        match self.keywords.iter().find(|(key, _)| same(*key)) {
            Some((_, value)) => Ok(value.to_object()),
            None => Err(kiln_object::raise::key_error(name)),
        }
    }
}

/// The argument of `str.format_map`.
pub struct MappingArguments(pub Value);

impl Arguments for MappingArguments {
    fn positional(&self, _: usize) -> Result<Object, Raised> {
        Err(raise!(ValueError, "Format string contains positional fields"))
    }

    fn named(&self, name: Value) -> Result<Object, Raised> {
        ops::get_item(self.0, name)
    }
}

struct Formatter<'a> {
    arguments: &'a dyn Arguments,
    numbers: AutoNumber,
}

/// How deep specifications may hold fields.
const DEPTH: u32 = 2;

impl Formatter<'_> {
    fn value(&mut self, name: Text<'_>) -> Result<Object, Raised> {
        let (first, steps) = field_name(name).map_err(format_error)?;
        let mut value = match first {
            First::Auto => {
                let index = self.numbers.automatic().map_err(format_error)?;
                self.arguments.positional(index)?
            }
            First::Index(index) => {
                self.numbers.manual().map_err(format_error)?;
                self.arguments.positional(index)?
            }
            First::Key(span) => self.arguments.named(object(name, span).value())?,
        };
        for step in steps {
            value = match step {
                Step::Attribute(span) => {
                    let attribute = Str::intern_object(object(name, span));
                    attr::get_attr(value.value(), attribute.value())?
                }
                Step::Index(index) => ops::get_item(value.value(), Object::int(index as i64).value())?,
                Step::Key(span) => ops::get_item(value.value(), object(name, span).value())?,
            };
        }
        Ok(value)
    }

    fn field(&mut self, text: Text<'_>, field: Field, depth: u32, out: &mut TextBuf) -> Result<(), Raised> {
        let mut value = self.value(text.slice(field.name.0, field.name.1))?;
        if let Some(conversion) = field.conversion {
            value = convert(value.value(), conversion)?;
        }
        let spec = if field.nested {
            let mut spec = TextBuf::new();
            self.run(text, field.spec, depth - 1, &mut spec)?;
            Str::from_text(spec.as_text())
        } else {
            object(text, field.spec)
        };
        if spec.expect::<Str>().is_empty()
            && let Some(text) = value.exact::<Str>()
        {
            out.push_text(text.text());
            return Ok(());
        }
        let formatted = ops::format(value.value(), spec.value())?;
        out.push_text(formatted.expect::<Str>().text());
        Ok(())
    }

    fn run(&mut self, text: Text<'_>, span: Span, depth: u32, out: &mut TextBuf) -> Result<(), Raised> {
        if depth == 0 {
            return Err(raise!(ValueError, "Max string recursion exceeded"));
        }
        for piece in Pieces::within(text, span) {
            let piece = piece.map_err(format_error)?;
            out.push_text(text.slice(piece.literal.0, piece.literal.1));
            if let Some(field) = piece.field {
                self.field(text, field, depth, out)?;
            }
        }
        Ok(())
    }
}

fn object(text: Text<'_>, span: Span) -> Object {
    Str::from_text(text.slice(span.0, span.1))
}

/// `!r`, `!s`, `!a`.
pub fn convert(value: Value, conversion: u32) -> Result<Object, Raised> {
    match char::from_u32(conversion) {
        Some('r') => ops::repr(value),
        Some('s') => ops::to_str(value),
        Some('a') => ascii(value),
        Some(c @ '!'..='~') => Err(raise!(ValueError, "Unknown conversion specifier {c}")),
        _ => Err(raise!(ValueError, "Unknown conversion specifier \\x{conversion:x}")),
    }
}

/// `ascii(value)`.
pub fn ascii(value: Value) -> Result<Object, Raised> {
    let repr = ops::repr(value)?;
    Ok(match kiln_text::escape::ascii_of_repr(repr.expect::<Str>().text()) {
        Some(text) => Str::from_text(text.as_text()),
        None => repr,
    })
}

/// `text.format(...)`.
pub fn format(text: &Str, arguments: &dyn Arguments) -> Result<Object, Raised> {
    let mut formatter = Formatter {
        arguments,
        numbers: AutoNumber::default(),
    };
    let mut out = TextBuf::with_capacity_for(text.len(), text.text().unit_max());
    formatter.run(text.text(), (0, text.len()), DEPTH, &mut out)?;
    Ok(Str::from_text(out.as_text()))
}

/// `format(value, spec)` of the `builtins` module.
pub fn format_value(value: Value, spec: Option<&Str>) -> Result<Object, Raised> {
    match spec {
        Some(spec) => ops::format(value, super::value_of(spec)),
        None => ops::format(value, Str::new("").value()),
    }
}
