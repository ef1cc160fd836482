//! `_tokenize`: the tokens of a source that is read line by line.
//!
//! All lines are read when the first token is asked for; an error comes after the tokens before it.

use crate::support::syntax_error::syntax_error;
use kiln_macros::{builtin_methods, builtin_module};
use kiln_object::bytes::Bytes;
use kiln_object::call::call;
use kiln_object::exception::exc;
use kiln_object::iter::next_or_stop;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, object_struct, raise};
use kiln_syntax::tokens::{self, Kind, Style, Token};
use kiln_syntax::{ErrorKind, Fault};
use std::cell::RefCell;

/// Numbers of the tokens, as `token` has them.
mod number {
    pub const ENDMARKER: i64 = 0;
    pub const NAME: i64 = 1;
    pub const NUMBER: i64 = 2;
    pub const STRING: i64 = 3;
    pub const NEWLINE: i64 = 4;
    pub const INDENT: i64 = 5;
    pub const DEDENT: i64 = 6;
    pub const OP: i64 = 55;
    pub const FSTRING_START: i64 = 59;
    /// What is added for a template string.
    pub const TEMPLATE: i64 = 3;
    pub const COMMENT: i64 = 65;
    pub const NL: i64 = 66;
    /// From 7 on.
    pub const OPERATORS: [&str; 48] = [
        "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}", "==", "!=",
        "<=", ">=", "~", "^", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=",
        "//", "//=", "@", "@=", "->", "...", ":=", "!",
    ];
}

/// What was read, and how far it was given out.
struct Reading {
    text: String,
    /// Where lines start, and the end.
    starts: Vec<usize>,
    list: Vec<Token>,
    error: Option<Fault>,
    brackets_open: bool,
    next: usize,
    /// For each format string that is open: whether it is a template.
    templates: Vec<bool>,
    /// The line that the last tokens were on: first and last line number and the text.
    line: Option<(usize, usize, Object)>,
}
/// Refers to no object that could refer back.
struct Held(RefCell<Option<Box<Reading>>>);
impl kiln_object::Trace for Held {}

object_struct! {
    /// `_tokenize.TokenizerIter`.
    pub struct TokenizerIter = "TokenizerIter", Container {
        readline: Slot,
        encoding: Slot,
        extra: std::cell::Cell<bool>,
        reading: Held,
    }
}

impl TokenizerIter {
    fn read(&self) -> Result<Box<Reading>, Raised> {
        let mut text = String::new();
        let encoding = self.encoding.get().map(|e| e.expect::<Str>().to_string_lossy());
        loop {
            let readline = self.readline.value().to_object();
            let line = match call(readline.value(), &[]) {
                Ok(line) => line,
                Err(raised) => {
                    drop(raise::catch(raised, &exc::StopIteration)?);
                    break;
                }
            };
            let line = match &encoding {
                Some(encoding) if line.cast::<Bytes>().is_some() => {
                    crate::codecs::decode(line.value(), encoding, "replace")?
                }
                None if line.cast::<Str>().is_some() => line,
                Some(_) => return Err(kiln_object::raise!(TypeError, "readline() returned a non-bytes object")),
                None => return Err(kiln_object::raise!(TypeError, "readline() returned a non-string object")),
            };
            let line = line.expect::<Str>();
            if line.is_empty() {
                break;
            }
            text.push_str(&line.to_string_lossy());
        }
        let style = if self.extra.get() { Style::Everything } else { Style::Strict };
        let tokens = tokens::tokenize(&text, style);
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Ok(Box::new(Reading {
            starts,
            list: tokens.list,
            error: tokens.error.filter(|fault| !fault.msg.is_empty()),
            brackets_open: !tokens.open.is_empty(),
            text,
            next: 0,
            templates: Vec::new(),
            line: None,
        }))
    }

    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.reading.0.borrow().is_none() {
            let reading = self.read()?;
            self.reading.0.replace(Some(reading));
        }
        let mut reading = self.reading.0.borrow_mut();
        match reading.as_mut() {
            Some(reading) => reading.advance(self.extra.get()),
            None => Ok(None),
        }
    }
}

impl Reading {
    /// Line, from 1, and column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at);
        (line, self.text[self.starts[line - 1]..at].chars().count())
    }

    /// The text of some lines.
    fn lines(&mut self, first: usize, last: usize) -> Object {
        if let Some((a, b, text)) = &self.line
            && (*a, *b) == (first, last)
        {
            return text.clone();
        }
        let at = |line: usize| self.starts.get(line - 1).copied().unwrap_or(self.text.len());
        let text = Str::new(&self.text[at(first)..at(last + 1)]);
        self.line = Some((first, last, text.clone()));
        text
    }

    fn advance(&mut self, extra: bool) -> Result<Option<Object>, Raised> {
        let Some(&token) = self.list.get(self.next) else {
            return Ok(None);
        };
        if token.kind == Kind::End && (self.error.is_some() || self.brackets_open) {
            self.next = self.list.len();
            return Err(self.fail(extra));
        }
        self.next += 1;
        let text = &self.text[token.start..token.end];
        let kind = match token.kind {
            Kind::End => number::ENDMARKER,
            Kind::Name => number::NAME,
            Kind::Number => number::NUMBER,
            Kind::Str => number::STRING,
            Kind::Newline => number::NEWLINE,
            Kind::Indent => number::INDENT,
            Kind::Dedent => number::DEDENT,
            Kind::Comment => number::COMMENT,
            Kind::Nl => number::NL,
            Kind::Op if extra => number::OP,
            Kind::Op => {
                let text = if text == "<>" { "!=" } else { text };
                let at = number::OPERATORS.iter().position(|op| *op == text);
                at.map_or(number::OP, |at| at as i64 + 7)
            }
            Kind::FStart | Kind::FMiddle | Kind::FEnd => {
                if token.kind == Kind::FStart {
                    self.templates.push(text.contains(['t', 'T']));
                }
                let template = match token.kind {
                    Kind::FEnd => self.templates.pop(),
                    _ => self.templates.last().copied(),
                };
                let part = match token.kind {
                    Kind::FStart => 0,
                    Kind::FMiddle => 1,
                    _ => 2,
                };
                let template = template.unwrap_or(false) as i64 * number::TEMPLATE;
                number::FSTRING_START + part + template
            }
        };
        let shown = match token.kind {
            Kind::Dedent | Kind::End => "",
            Kind::Newline | Kind::Nl if !extra => "",
            _ => text,
        };
        let text = Str::new(shown);
        let (start, end) = match token.kind {
            // The end is on a line of its own.
            Kind::End | Kind::Dedent if token.start == self.text.len() => {
                let lines = self.starts.len() - usize::from(self.text.is_empty() || self.text.ends_with('\n'));
                ((lines + 1, 0), (lines + 1, 0))
            }
            Kind::Dedent => (self.place(token.start), self.place(token.start)),
            Kind::Newline | Kind::Nl => {
                let (line, col) = self.place(token.start);
                // One that is not there counts as one character.
                let length = if extra { (token.end - token.start).max(1) } else { 0 };
                ((line, col), (line, col + length))
            }
            _ => (self.place(token.start), self.place(token.end)),
        };
        let line = self.lines(start.0, end.0);
        let pair = |(line, col): (usize, usize)| {
            Tuple::from_vec(vec![Object::int(line as i64), Object::int(col as i64)])
        };
        Ok(Some(Tuple::from_vec(vec![
            Object::int(kind),
            text,
            pair(start),
            pair(end),
            line,
        ])))
    }

    /// What went wrong.
    fn fail(&mut self, extra: bool) -> Raised {
        let fault = self.error.take();
        let file = "<string>";
        let line_text = |line: usize| {
            let start = self.starts.get(line - 1).copied().unwrap_or(self.text.len());
            self.text[start..].lines().next().unwrap_or("").to_owned()
        };
        match fault {
            Some(fault) if fault.msg != "unexpected EOF while parsing" => {
                let at = fault.range.start().to_usize().min(self.text.len());
                let (line, col) = self.place(at);
                let text = line_text(line);
                let offset = col as u32 + 1;
                match fault.kind {
                    ErrorKind::Indentation | ErrorKind::Tab => {
                        let class = if fault.kind == ErrorKind::Tab { &exc::TabError } else { &exc::IndentationError };
                        let offset = text.chars().count() as u32 + 1;
                        let none = Object::none();
                        let parts = vec![
                            Str::new(file),
                            Object::int(line as i64),
                            Object::int(i64::from(offset)),
                            Str::new(&text),
                            none.clone(),
                            none,
                        ];
                        let message = Str::new(&fault.msg);
                        let mut fields = vec![Some(message.clone())];
                        fields.extend(parts.iter().cloned().map(Some));
                        raise::with_extra(class.get(), vec![message, Tuple::from_vec(parts)], fields)
                    }
                    _ => {
                        let place = (line as u32, offset, line as u32, offset as i32);
                        syntax_error(&exc::SyntaxError, &fault.msg, file, Some(place), Some(&text))
                    }
                }
            }
            fault => {
                let complete = self.text.ends_with('\n');
                let lines = self.starts.len() - usize::from(complete);
                let offset = match fault {
                    Some(_) if extra => line_text(lines).chars().count() + 1,
                    _ => 0,
                };
                let message = Str::new("unexpected EOF in multi-line statement");
                let none = || Some(Object::none());
                let number = |n: usize| Some(Object::int(n as i64));
                let fields = vec![
                    Some(message.clone()),
                    Some(Str::new(file)),
                    number(lines),
                    number(offset),
                    none(),
                    number(lines),
                    none(),
                ];
                raise::with_extra(exc::SyntaxError.get(), vec![message], fields)
            }
        }
    }
}

#[builtin_methods(tokenizeriter)]
impl TokenizerIter {
    #[new]
    fn new(
        _cls: ClassRef,
        #[kw] readline: Value,
        #[kwonly] extra_tokens: bool,
        #[kwonly] encoding: Option<&Str>,
    ) -> Object {
        alloc(TokenizerIter {
            header: header::<TokenizerIter>(),
            readline: Slot::new(readline.to_object()),
            encoding: Slot::from_option(encoding.map(|e| Value::from_ptr(&e.header).to_object())),
            extra: std::cell::Cell::new(extra_tokens),
            reading: Held(RefCell::new(None)),
        })
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &TokenizerIter) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
}

#[builtin_module("_tokenize")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let class = define::<TokenizerIter>("TokenizerIter", "_tokenize", None, flags::BASETYPE, TokenizerIter::METHODS, None);
        crate::support::add_class(module, class);
        Ok(())
    }
}
