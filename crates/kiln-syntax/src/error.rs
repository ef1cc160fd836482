//! Syntax errors: as found (a byte range) and as Python shows them (lines, character offsets, the line's text).

use crate::Lines;
use ruff_text_size::TextRange;

/// Which exception it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    /// RecursionError: no place.
    Recursion,
    /// MemoryError, as CPython's parser raises for too many nested blocks: no place.
    Memory,
    /// ValueError: a tree that no source could give. No place.
    Value,
    /// OverflowError and the like: a limit of this implementation, named in the message.
    Limit,
}

/// An error at a byte range of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: ErrorKind,
    pub msg: String,
    pub range: TextRange,
    /// More input could make it right (interactive use).
    pub incomplete: bool,
    /// What CPython gives as end offset where that is not where the range ends: 0 and -1 stand for "unknown".
    pub end_offset: Option<i32>,
}

impl Fault {
    pub fn new(msg: impl Into<String>, range: TextRange) -> Fault {
        Fault {
            kind: ErrorKind::Syntax,
            msg: msg.into(),
            range,
            incomplete: false,
            end_offset: None,
        }
    }

    /// The error as Python shows it.
    pub fn locate(self, source: &str, lines: &Lines, filename: &str) -> SyntaxError {
        let (lineno, col, end_lineno, end_col) = lines.span(self.range);
        let chars = |line: u32, col: u32| {
            if !lines.has_text() {
                return col as i32 + 1;
            }
            let text = lines.text(line, source);
            let mut end = (col as usize).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text[..end].chars().count() as i32 + 1
        };
        let mut text = match lines.has_text() {
            true => lines.text(lineno, source).to_string(),
            false => String::new(),
        };
        // The tokenizer reports these before, or after, it has put an end to the line.
        if self.msg.starts_with("unterminated triple-quoted") {
            text.truncate(text.trim_end_matches('\n').len());
        } else if self.msg == "unexpected EOF while parsing" && !text.ends_with('\n') {
            text.push('\n');
        }
        SyntaxError {
            kind: self.kind,
            msg: self.msg,
            filename: filename.into(),
            lineno,
            offset: chars(lineno, col) as u32,
            end_lineno: if self.end_offset.is_some() { lineno } else { end_lineno },
            end_offset: self.end_offset.unwrap_or_else(|| chars(end_lineno, end_col)),
            text: lines.has_text().then_some(text),
            incomplete: self.incomplete,
        }
    }
}

/// An error as Python shows it. Lines and offsets count from 1, offsets in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub msg: String,
    pub filename: String,
    pub lineno: u32,
    pub offset: u32,
    pub end_lineno: u32,
    pub end_offset: i32,
    /// The text of line `lineno`, with its line end.
    pub text: Option<String>,
    /// More input could make it right.
    pub incomplete: bool,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}", self.filename, self.lineno, self.offset, self.msg)
    }
}
