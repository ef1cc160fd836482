//! The reader: lines to rows.

use super::dialect::{NON_NUMERIC, NONE, NOT_NULL, STRINGS, Settings};
use super::{ERROR, field_limit};
use kiln_macros::builtin_methods;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{Plain, Slot};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, call, object_struct, ops};
use std::cell::Cell;
use std::rc::Rc;

object_struct! {
    /// `_csv.reader`.
    pub struct Reader = "_csv.reader", Container {
        pub lines: Slot,
        pub dialect: Slot,
        pub settings: Plain<Rc<Settings>>,
        pub line_number: Cell<i64>,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapedInQuoted,
    QuoteInQuoted,
    EatLineEnd,
    AfterEscapedLineEnd,
}

/// A row in the making.
struct Row<'a> {
    settings: &'a Settings,
    state: State,
    fields: Vec<Object>,
    field: Vec<u32>,
    unquoted: bool,
}

const LF: u32 = 10;
const CR: u32 = 13;
const SPACE: u32 = 32;

/// A character as a message shows it.
fn shown(c: Option<u32>) -> char {
    c.and_then(char::from_u32).unwrap_or('?')
}

impl Row<'_> {
    fn add(&mut self, c: u32) -> Result<(), Raised> {
        if self.field.len() as i64 >= field_limit() {
            return Err(ERROR.raise(&format!("field larger than field limit ({})", field_limit())));
        }
        self.field.push(c);
        Ok(())
    }
    fn save(&mut self) -> Result<(), Raised> {
        let quoting = self.settings.quoting;
        let field = if self.unquoted && self.field.is_empty() && matches!(quoting, NOT_NULL | STRINGS) {
            Object::none()
        } else {
            let text = Str::from_code_points(&self.field);
            match self.unquoted && !self.field.is_empty() && matches!(quoting, NON_NUMERIC | STRINGS) {
                true => call::call(kiln_object::types::float_type().as_value(), &[text.value()])?,
                false => text,
            }
        };
        self.field.clear();
        self.fields.push(field);
        Ok(())
    }
    /// What follows a field that a line end, or the end of the text, ends.
    fn after(end: Option<u32>) -> State {
        if end.is_none() { State::StartRecord } else { State::EatLineEnd }
    }

    /// Takes a character of a field without quotes.
    fn plain(&mut self, c: Option<u32>) -> Result<(), Raised> {
        if c == self.settings.escape {
            self.state = State::Escaped;
        } else if c == Some(self.settings.delimiter) {
            self.save()?;
            self.state = State::StartField;
        } else {
            self.add(c.unwrap_or(LF))?;
            self.state = State::InField;
        }
        Ok(())
    }

    /// Takes a character, or the end of the line's text.
    fn take(&mut self, c: Option<u32>) -> Result<(), Raised> {
        let s = self.settings;
        let is_end = c.is_none() || c == Some(LF) || c == Some(CR);
        match self.state {
            State::StartRecord if c.is_none() => return Ok(()),
            State::StartRecord if is_end => self.state = State::EatLineEnd,
            State::StartRecord | State::StartField => {
                self.unquoted = true;
                if is_end {
                    self.save()?;
                    self.state = Row::after(c);
                } else if c == s.quote && s.quoting != NONE {
                    self.unquoted = false;
                    self.state = State::InQuoted;
                } else if c == Some(SPACE) && s.skip_space && c != s.escape {
                    self.state = State::StartField;
                } else {
                    self.plain(c)?;
                }
            }
            State::Escaped => {
                self.add(c.unwrap_or(LF))?;
                self.state = if c == Some(LF) || c == Some(CR) { State::AfterEscapedLineEnd } else { State::InField };
            }
            State::AfterEscapedLineEnd if c.is_none() => {}
            State::AfterEscapedLineEnd | State::InField => {
                if is_end {
                    self.save()?;
                    self.state = Row::after(c);
                } else {
                    self.plain(c)?;
                }
            }
            State::InQuoted => {
                if c.is_none() {
                } else if c == s.escape {
                    self.state = State::EscapedInQuoted;
                } else if c == s.quote && s.quoting != NONE {
                    self.state = if s.double_quote { State::QuoteInQuoted } else { State::InField };
                } else {
                    self.add(c.unwrap_or(LF))?;
                }
            }
            State::EscapedInQuoted => {
                self.add(c.unwrap_or(LF))?;
                self.state = State::InQuoted;
            }
            State::QuoteInQuoted => {
                if s.quoting != NONE && c.is_some() && c == s.quote {
                    self.add(c.unwrap_or(LF))?;
                    self.state = State::InQuoted;
                } else if c == Some(s.delimiter) {
                    self.save()?;
                    self.state = State::StartField;
                } else if is_end {
                    self.save()?;
                    self.state = Row::after(c);
                } else if !s.strict {
                    self.add(c.unwrap_or(LF))?;
                    self.state = State::InField;
                } else {
                    let (delimiter, quote) = (shown(Some(s.delimiter)), shown(s.quote));
                    return Err(ERROR.raise(&format!("'{delimiter}' expected after '{quote}'")));
                }
            }
            State::EatLineEnd => {
                if c.is_none() {
                    self.state = State::StartRecord;
                } else if !is_end {
                    return Err(ERROR.raise(
                        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                    ));
                }
            }
        }
        Ok(())
    }
}

pub fn next(v: Value) -> Result<Option<Object>, Raised> {
    let this = v.expect::<Reader>();
    let Some(lines) = this.lines.get() else { return Ok(None) };
    let settings = Rc::clone(&this.settings);
    let mut row =
        Row { settings: &settings, state: State::StartRecord, fields: Vec::new(), field: Vec::new(), unquoted: false };
    loop {
        let Some(line) = ops::next(lines.value())? else {
            if row.field.is_empty() && row.state != State::InQuoted {
                return Ok(None);
            }
            if settings.strict {
                return Err(ERROR.raise("unexpected end of data"));
            }
            row.save()?;
            break;
        };
        let Some(text) = line.cast::<Str>() else {
            return Err(ERROR.raise(&format!(
                "iterator should return strings, not {} (the file should be opened in text mode)",
                line.class().name()
            )));
        };
        this.line_number.set(this.line_number.get() + 1);
        for c in text.text().iter() {
            row.take(Some(c))?;
        }
        row.take(None)?;
        if row.state == State::StartRecord {
            break;
        }
    }
    Ok(Some(List::from_vec(row.fields)))
}

/// The methods' name space.
pub struct ReaderMethods;

#[builtin_methods("_csv.reader", layout = Reader)]
impl ReaderMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        next_or_stop(next(this))
    }
    #[getter]
    fn dialect(this: &Reader) -> Object {
        this.dialect.get().unwrap_or_else(Object::none)
    }
    #[getter]
    fn line_num(this: &Reader) -> i64 {
        this.line_number.get()
    }
}
