//! `unicodedata`: properties of characters (UCD 16.0.0).

use kiln_macros::builtin_module;

/// This module provides access to the Unicode Character Database which defines character properties.
#[builtin_module("unicodedata")]
pub mod module {
    use kiln_object::exc;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Value, raise};
    use kiln_text::unicode::normalize::{Form, decomposition as decompose, normalize as to_form};
    use kiln_text::unicode::{self, names};

    #[constant]
    const unidata_version: &str = "16.0.0";

    #[exec]
    fn fill(module: &kiln_object::module::Module) -> Result<(), Raised> {
        let older = crate::unicode_3_2::object();
        module.set("UCD", older.class().as_value().to_object());
        module.set("ucd_3_2_0", older);
        Ok(())
    }

    fn character(v: &Str, function: &str) -> Result<u32, Raised> {
        if v.len() == 1 {
            return Ok(v.at(0));
        }
        Err(raise!(
            TypeError,
            "{function}: argument must be a unicode character, not a string of length {}",
            v.len()
        ))
    }

    fn or_default(found: Option<Object>, default: Option<Value>, message: &str) -> Result<Object, Raised> {
        match (found, default) {
            (Some(found), _) => Ok(found),
            (None, Some(default)) => Ok(default.to_object()),
            (None, None) => Err(raise!(ValueError, "{message}")),
        }
    }

    /// Returns the general category assigned to the character chr as string.
    pub fn category(chr: &Str) -> Result<&'static str, Raised> {
        character(chr, "category()").map(unicode::category)
    }
    /// Returns the bidirectional class assigned to the character chr as string.
    pub fn bidirectional(chr: &Str) -> Result<&'static str, Raised> {
        character(chr, "bidirectional()").map(unicode::bidirectional)
    }
    /// Returns the canonical combining class assigned to the character chr as integer.
    pub fn combining(chr: &Str) -> Result<u8, Raised> {
        character(chr, "combining()").map(unicode::combining)
    }
    /// Returns the mirrored property assigned to the character chr as integer.
    pub fn mirrored(chr: &Str) -> Result<i64, Raised> {
        Ok(i64::from(unicode::mirrored(character(chr, "mirrored()")?)))
    }
    /// Returns the east asian width assigned to the character chr as string.
    pub fn east_asian_width(chr: &Str) -> Result<&'static str, Raised> {
        character(chr, "east_asian_width()").map(unicode::east_asian_width)
    }
    /// Converts a Unicode character into its equivalent decimal value.
    #[signature = "($module, chr, default=<unrepresentable>, /)"]
    pub fn decimal(chr: &Str, default: Option<Value>) -> Result<Object, Raised> {
        let value = unicode::decimal(character(chr, "decimal()")?);
        or_default(value.map(|value| Object::int(i64::from(value))), default, "not a decimal")
    }
    /// Converts a Unicode character into its equivalent digit value.
    #[signature = "($module, chr, default=<unrepresentable>, /)"]
    pub fn digit(chr: &Str, default: Option<Value>) -> Result<Object, Raised> {
        let value = unicode::digit(character(chr, "digit()")?);
        or_default(value.map(|value| Object::int(i64::from(value))), default, "not a digit")
    }
    /// Converts a Unicode character into its equivalent numeric value.
    #[signature = "($module, chr, default=<unrepresentable>, /)"]
    pub fn numeric(chr: &Str, default: Option<Value>) -> Result<Object, Raised> {
        let value = unicode::numeric(character(chr, "numeric()")?);
        let value = value.map(|(numerator, denominator)| Object::float(numerator as f64 / f64::from(denominator)));
        or_default(value, default, "not a numeric character")
    }
    /// Returns the name assigned to the character chr as a string.
    #[signature = "($module, chr, default=<unrepresentable>, /)"]
    pub fn name(chr: &Str, default: Option<Value>) -> Result<Object, Raised> {
        let name = names::name(character(chr, "name()")?);
        or_default(name.map(|name| Str::new(&name)), default, "no such name")
    }
    /// Look up character by name.
    pub fn lookup(name: &Str) -> Result<Object, Raised> {
        let text = name.to_string_lossy();
        match names::lookup(&text) {
            Some(code) => Ok(Str::from_char(code)),
            None => {
                let message = Str::new(&format!("undefined character name '{text}'"));
                Err(kiln_object::raise::with_args(exc::KeyError.get(), vec![message]))
            }
        }
    }
    /// Returns the character decomposition mapping assigned to the character chr as string.
    pub fn decomposition(chr: &Str) -> Result<String, Raised> {
        let Some((tag, parts)) = decompose(character(chr, "decomposition()")?) else { return Ok(String::new()) };
        let mut words: Vec<String> = if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] };
        words.extend(parts.map(|part| format!("{part:04X}")));
        Ok(words.join(" "))
    }

    fn form_named(form: &Str) -> Result<Form, Raised> {
        Form::by_name(&form.to_string_lossy()).ok_or_else(|| raise!(ValueError, "invalid normalization form"))
    }

    /// Return the normal form 'form' for the Unicode string unistr.
    pub fn normalize(form: &Str, unistr: &Str) -> Result<Object, Raised> {
        Ok(Str::from_text(to_form(unistr.text(), form_named(form)?).as_text()))
    }
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    pub fn is_normalized(form: &Str, unistr: &Str) -> Result<bool, Raised> {
        Ok(to_form(unistr.text(), form_named(form)?).as_text().eq(unistr.text()))
    }
}
