//! The writer: rows to lines.

use super::ERROR;
use super::dialect::{ALL, NON_NUMERIC, NONE, NOT_NULL, STRINGS, Settings};
use kiln_macros::builtin_methods;
use kiln_object::call::call;
use kiln_object::layout::{Plain, Slot};
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Special, Value, object_struct, ops, raise};
use std::rc::Rc;

object_struct! {
    /// `_csv.writer`.
    pub struct Writer = "_csv.writer", Container { pub write: Slot, pub dialect: Slot, pub settings: Plain<Rc<Settings>> }
}

/// Whether what `float()` and the like take: what QUOTE_NONNUMERIC leaves alone.
fn is_number(v: Value) -> bool {
    let class = v.class();
    v.as_int().is_some()
        || v.as_float().is_some()
        || [Special::Int, Special::Float, Special::Index].iter().any(|s| class.special(*s).is_some())
        || v.cast::<kiln_object::complex::Complex>().is_some()
}

/// Appends a field; `None` in place of its text is the field of a None.
fn append(out: &mut Vec<u32>, s: &Settings, field: Option<&Str>, quoted: bool, first: bool) -> Result<(), Raised> {
    let mut quoted = quoted;
    let mut text = Vec::new();
    for c in field.iter().flat_map(|field| field.text().iter().collect::<Vec<u32>>()) {
        let special = c == s.delimiter
            || Some(c) == s.escape
            || Some(c) == s.quote
            || c == u32::from(b'\n')
            || c == u32::from(b'\r')
            || s.terminator.contains(&c);
        if special {
            let mut escape = s.quoting == NONE;
            if s.quoting != NONE {
                if Some(c) == s.quote {
                    if s.double_quote {
                        text.push(c);
                    } else {
                        escape = true;
                    }
                } else if Some(c) == s.escape {
                    escape = true;
                }
                quoted |= !escape;
            }
            if escape {
                let Some(sign) = s.escape else {
                    return Err(ERROR.raise("need to escape, but no escapechar set"));
                };
                text.push(sign);
            }
        }
        text.push(c);
    }
    if text.is_empty() && s.delimiter == u32::from(b' ') && s.skip_space {
        if s.quoting == NONE || (field.is_none() && matches!(s.quoting, STRINGS | NOT_NULL)) {
            return Err(ERROR.raise("empty field must be quoted if delimiter is a space and skipinitialspace is true"));
        }
        quoted = true;
    }
    if !first {
        out.push(s.delimiter);
    }
    let quote = s.quote.filter(|_| quoted);
    out.extend(quote);
    out.append(&mut text);
    out.extend(quote);
    Ok(())
}

fn line(s: &Settings, row: Value) -> Result<Object, Raised> {
    let items = ops::iter(row).map_err(|e| {
        if row.class().special(Special::Iter).is_none() {
            raise::clear(e);
            return ERROR.raise(&format!("iterable expected, not {}", row.class().name()));
        }
        e
    })?;
    let mut out = Vec::new();
    let (mut count, mut only_none) = (0, false);
    while let Some(field) = ops::next(items.value())? {
        let v = field.value();
        let quoted = match s.quoting {
            NON_NUMERIC => !is_number(v),
            ALL => true,
            STRINGS => v.cast::<Str>().is_some(),
            NOT_NULL => !v.is_none(),
            _ => false,
        };
        only_none = v.is_none();
        let text = if v.is_none() { None } else { Some(ops::to_str(v)?) };
        append(&mut out, s, text.as_ref().map(|t| t.expect::<Str>()), quoted, count == 0)?;
        count += 1;
    }
    if count == 1 && out.is_empty() {
        if s.quoting == NONE || (only_none && matches!(s.quoting, STRINGS | NOT_NULL)) {
            return Err(ERROR.raise("single empty field record must be quoted"));
        }
        append(&mut out, s, None, true, true)?;
    }
    out.extend_from_slice(&s.terminator);
    Ok(Str::from_code_points(&out))
}

impl Writer {
    fn put(&self, row: Value) -> Result<Object, Raised> {
        let settings = Rc::clone(&self.settings);
        let line = line(&settings, row)?;
        match self.write.get() {
            Some(write) => call(write.value(), &[line.value()]),
            None => Ok(Object::none()),
        }
    }
}

/// The methods' name space.
pub struct WriterMethods;

#[builtin_methods("_csv.writer")]
impl WriterMethods {
    /// Construct and write a CSV record from an iterable of fields.
    fn writerow(this: &Writer, row: Value) -> Result<Object, Raised> {
        this.put(row)
    }
    /// Construct and write a series of iterables to a csv file.
    fn writerows(this: &Writer, rows: Value) -> Result<(), Raised> {
        let rows = ops::iter(rows)?;
        while let Some(row) = ops::next(rows.value())? {
            this.put(row.value())?;
        }
        Ok(())
    }
    #[getter]
    fn dialect(this: &Writer) -> Object {
        this.dialect.get().unwrap_or_else(Object::none)
    }
}
