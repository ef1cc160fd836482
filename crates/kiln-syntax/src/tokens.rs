//! A tokenizer after CPython's. It is run when a source is wrong, since what it complains about comes before anything a parser says,
//! and for the library's `tokenize`.
//!
//! Here are the tokens, lines, indentation and names; [`strings`], [`numbers`] and [`operators`] read what is longer.

mod numbers;
mod operators;
mod strings;

use crate::{ErrorKind, Fault};
use ruff_text_size::{TextRange, TextSize};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    Str,
    /// Opening of an f-string or t-string; with its prefix.
    FStart,
    FMiddle,
    FEnd,
    Op,
    Newline,
    Indent,
    Dedent,
    End,
    /// With [`Style::Everything`] only, as `Nl` is.
    Comment,
    /// The end of a line that ends no statement.
    Nl,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What a parser sees.
    Strict,
    /// Comments and all line ends too, and no complaints about brackets, numbers that run into names, and characters that begin no token.
    Everything,
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Open brackets around it.
    pub level: u32,
}

impl Token {
    pub fn range(&self) -> TextRange {
        span(self.start, self.end)
    }
}

pub fn span(start: usize, end: usize) -> TextRange {
    TextRange::new(TextSize::new(start as u32), TextSize::new(end.max(start) as u32))
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub ch: char,
    pub at: usize,
    pub line: u32,
}

/// A format string being read.
#[derive(Clone, Copy, Debug)]
struct Format {
    quote: u8,
    triple: bool,
    raw: bool,
    template: bool,
    start: usize,
    /// Brackets open where its current replacement field began; `None` while text is read.
    field: Option<usize>,
    /// Fields this one is nested in, in format specifications.
    specs: u32,
}

/// The tokens, up to the first error.
pub struct Tokens {
    pub list: Vec<Token>,
    pub error: Option<Fault>,
    /// Brackets open at the end or at the error.
    pub open: Vec<Open>,
}

const MAX_INDENT: usize = 100;

struct Tokenizer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    line: u32,
    list: Vec<Token>,
    open: Vec<Open>,
    indents: Vec<(usize, usize)>,
    formats: Vec<Format>,
    /// At the start of a logical line.
    fresh: bool,
    everything: bool,
}

/// Splits `source` into tokens. Lines may end in `\r\n` with [`Style::Everything`] only.
pub fn tokenize(source: &str, style: Style) -> Tokens {
    let mut tokenizer = Tokenizer {
        source,
        bytes: source.as_bytes(),
        at: 0,
        line: 1,
        list: Vec::new(),
        open: Vec::new(),
        indents: vec![(0, 0)],
        formats: Vec::new(),
        fresh: true,
        everything: style == Style::Everything,
    };
    let error = tokenizer.run().err();
    if tokenizer.list.last().is_none_or(|last| last.kind != Kind::End) {
        let at = tokenizer.at;
        tokenizer.push(Kind::End, at);
    }
    Tokens {
        list: tokenizer.list,
        error,
        open: tokenizer.open,
    }
}

fn is_start(ch: char) -> bool {
    ch == '_' || ch.is_alphabetic() || !ch.is_ascii() && (ch.is_alphanumeric() || unicode_name_extra(ch))
}

fn is_continue(ch: char) -> bool {
    ch == '_' || ch.is_alphanumeric() || !ch.is_ascii() && unicode_name_extra(ch)
}

/// Marks, connectors and the like that identifiers may hold.
fn unicode_name_extra(ch: char) -> bool {
    let point = ch as u32;
    matches!(point, 0x300..=0x36f | 0x483..=0x487 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x669 | 0x900..=0x903 | 0x93a..=0x94f
        | 0x203f | 0x2040 | 0x2054 | 0x20d0..=0x20dc | 0x3099 | 0x309a | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f | 0x1d165..=0x1d169 | 0xe0100..=0xe01ef)
}

impl<'s> Tokenizer<'s> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// An error as the tokenizer places them: at the character before `end`.
    fn fail<T>(&self, msg: impl Into<String>, end: usize) -> Result<T, Fault> {
        let mut start = end.saturating_sub(1);
        while !self.source.is_char_boundary(start) {
            start -= 1;
        }
        Err(Fault::new(msg, span(start, start)))
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let level = self.open.len() as u32;
        self.list.push(Token {
            kind,
            start,
            end: self.at,
            level,
        });
    }

    /// Length of the line end here, 0 if there is none.
    fn line_end(&self) -> usize {
        match self.peek(0) {
            b'\n' => 1,
            b'\r' if self.everything && self.peek(1) == b'\n' => 2,
            _ => 0,
        }
    }

    /// Whether a line that ends here ends a statement.
    fn in_statement(&self) -> bool {
        let last = self.list.iter().rev().find(|token| token.kind != Kind::Comment);
        last.is_some_and(|last| !matches!(last.kind, Kind::Newline | Kind::Indent | Kind::Dedent | Kind::Nl))
    }

    fn run(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(format) = self.formats.last().copied().filter(|format| format.field.is_none()) {
                self.format_text(format)?;
                continue;
            }
            if self.fresh && self.open.is_empty() && self.formats.is_empty() {
                self.fresh = false;
                if self.indentation()? {
                    continue;
                }
            }
            while matches!(self.peek(0), b' ' | b'\t' | 0x0c) && self.at < self.bytes.len() {
                self.at += 1;
            }
            let start = self.at;
            if start >= self.bytes.len() {
                return self.end();
            }
            match self.peek(0) {
                b'#' => {
                    while self.at < self.bytes.len() && self.line_end() == 0 {
                        self.at += 1;
                    }
                    if self.everything {
                        self.push(Kind::Comment, start);
                    }
                }
                b'\n' | b'\r' if self.line_end() > 0 => {
                    self.at += self.line_end();
                    if self.open.is_empty() && self.formats.is_empty() {
                        if self.in_statement() {
                            self.push(Kind::Newline, start);
                        } else if self.everything {
                            self.push(Kind::Nl, start);
                        }
                        self.fresh = true;
                    } else if let Some(format) = self
                        .formats
                        .last()
                        .filter(|format| !format.triple && format.specs > 0)
                        .copied()
                    {
                        let kind = if format.template { "t" } else { "f" };
                        return self.fail(format!("{kind}-string: newlines are not allowed in format specifiers for single quoted {kind}-strings"), start + 1);
                    } else if self.everything {
                        self.push(Kind::Nl, start);
                    }
                    self.line += 1;
                }
                b'\\' => {
                    self.at += 1;
                    let end = self.line_end();
                    self.at -= 1;
                    if end == 0 {
                        if start + 1 >= self.bytes.len() {
                            return Err(Fault {
                                end_offset: Some(-1),
                                incomplete: true,
                                ..Fault::new("unexpected EOF while parsing", span(start + 1, start + 1))
                            });
                        }
                        let next = self.source[start + 1..].chars().next().map_or(0, char::len_utf8);
                        let fault = self.fail::<()>(
                            "unexpected character after line continuation character",
                            start + 1 + next,
                        );
                        return fault.map_err(|fault| Fault {
                            end_offset: Some(0),
                            ..fault
                        });
                    }
                    self.at += 1 + end;
                    self.line += 1;
                    if self.at >= self.bytes.len() {
                        let at = self.at - 1;
                        return Err(Fault {
                            end_offset: Some(-1),
                            ..Fault::new("unexpected EOF while parsing", span(at, at))
                        });
                    }
                }
                b'0'..=b'9' => self.number(start)?,
                b'.' if self.peek(1).is_ascii_digit() => self.number(start)?,
                b'"' | b'\'' => self.string(start, "")?,
                _ => {
                    let ch = self.source[start..].chars().next().unwrap_or(' ');
                    if is_start(ch) {
                        self.name(start)?;
                    } else {
                        self.operator(start, ch)?;
                    }
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        let at = self.at;
        if self.open.is_empty() {
            if self.in_statement() {
                self.push(Kind::Newline, at);
            } else if self.list.last().is_some_and(|last| last.kind == Kind::Comment) {
                self.push(Kind::Nl, at);
            }
            while self.indents.len() > 1 {
                self.indents.pop();
                self.push(Kind::Dedent, at);
            }
        }
        self.push(Kind::End, at);
        Err(Fault::new(String::new(), span(at, at)))
    }

    /// Reads a line's indentation. Gives whether the line is blank.
    fn indentation(&mut self) -> Result<bool, Fault> {
        let start = self.at;
        // Tabs to multiples of eight, and counted as one: both must agree.
        let (mut col, mut alt) = (0, 0);
        loop {
            match self.peek(0) {
                b' ' => (col, alt) = (col + 1, alt + 1),
                b'\t' => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                0x0c => (col, alt) = (0, 0),
                b'\\' if self.peek(1) == b'\n' => {
                    self.at += 2;
                    self.line += 1;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        if self.at >= self.bytes.len() || self.peek(0) == b'#' || self.line_end() > 0 {
            return Ok(false);
        }
        let (top, top_alt) = self.indents.last().copied().unwrap_or((0, 0));
        let line_end = self.source[self.at..]
            .find('\n')
            .map_or(self.bytes.len(), |end| self.at + end);
        let line_start = self.source[..self.at].rfind('\n').map_or(0, |start| start + 1);
        let tab_error = || {
            Err(Fault {
                kind: ErrorKind::Tab,
                msg: "inconsistent use of tabs and spaces in indentation".into(),
                range: span(line_start, line_start),
                incomplete: false,
                end_offset: Some(0),
            })
        };
        if col == top {
            if alt != top_alt {
                return tab_error();
            }
        } else if col > top {
            if self.indents.len() + 1 > MAX_INDENT {
                let msg = "too many levels of indentation".into();
                return Err(Fault {
                    kind: ErrorKind::Indentation,
                    msg,
                    range: span(line_start, line_start),
                    incomplete: false,
                    end_offset: Some(0),
                });
            }
            if alt <= top_alt {
                return tab_error();
            }
            self.indents.push((col, alt));
            self.push(Kind::Indent, start);
        } else {
            while self.indents.last().is_some_and(|&(top, _)| col < top) {
                self.indents.pop();
                let at = self.at;
                self.push(Kind::Dedent, at);
            }
            let (top, top_alt) = self.indents.last().copied().unwrap_or((0, 0));
            if col != top {
                return Err(Fault {
                    kind: ErrorKind::Indentation,
                    msg: "unindent does not match any outer indentation level".into(),
                    range: span(line_end, line_end),
                    incomplete: false,
                    end_offset: Some(-1),
                });
            }
            if alt != top_alt {
                return tab_error();
            }
        }
        Ok(false)
    }

    fn name(&mut self, start: usize) -> Result<(), Fault> {
        let length = self.source[start..]
            .find(|ch: char| !is_continue(ch))
            .unwrap_or(self.source.len() - start);
        self.at = start + length;
        let text = &self.source[start..self.at];
        if matches!(self.peek(0), b'"' | b'\'') && text.len() <= 3 {
            let lower = text.to_ascii_lowercase();
            if lower.chars().all(|ch| "rbuft".contains(ch)) {
                for (one, two) in [
                    ('u', 'b'),
                    ('u', 'r'),
                    ('u', 'f'),
                    ('u', 't'),
                    ('b', 'f'),
                    ('b', 't'),
                    ('f', 't'),
                ] {
                    if lower.contains(one) && lower.contains(two) {
                        return Err(Fault::new(
                            format!("'{one}' and '{two}' prefixes are incompatible"),
                            span(start, self.at),
                        ));
                    }
                }
                let distinct = lower.chars().enumerate().all(|(at, ch)| !lower[at + 1..].contains(ch));
                if distinct {
                    return self.string(start, &lower);
                }
            }
        }
        self.push(Kind::Name, start);
        Ok(())
    }
}
