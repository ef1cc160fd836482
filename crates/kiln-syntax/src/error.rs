//! Syntax errors: as found (a byte range) and as Python shows them (lines, character offsets, the line's text).

use crate::Lines;
use crate::tokens::{Kind, Style, Token, tokenize};
use ruff_text_size::{TextRange, TextSize};

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
        // Only these are worth another look, for a misspelt keyword.
        let generic = self.kind == ErrorKind::Syntax
            && (self.msg == "invalid syntax" || self.msg.contains("Perhaps you forgot a comma"));
        let retry = (generic && lines.has_text()).then(|| Retry {
            after: last_statement(source, self.range, lines, self.msg != "invalid syntax"),
            source: source.into(),
        });
        SyntaxError {
            retry,
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
    pub retry: Option<Retry>,
}

/// What whoever looks for a misspelt keyword starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Line, from 1, and column of the last statement that is right; zeros if there is none.
    pub after: (u32, u32),
    pub source: String,
}

/// The start of the last statement that is whole before the one that `wrong` lies in: of the outermost block that has one.
/// `unfinished` says that the blocks around are not looked at any more; then it is one of a block that has ended.
fn last_statement(source: &str, wrong: TextRange, lines: &Lines, unfinished: bool) -> (u32, u32) {
    let tokens = tokenize(source, Style::Strict).list;
    // For each open block its last statement, and the start of the statement whose blocks are being read.
    let mut blocks: Vec<(Option<u32>, Option<u32>)> = vec![(None, None)];
    let mut ended = None;
    let (mut first, mut last): (Option<&Token>, Option<&Token>) = (None, None);
    for token in &tokens {
        match token.kind {
            Kind::Indent => blocks.push((None, None)),
            Kind::Dedent => {
                if token.start > wrong.start().to_usize() {
                    break;
                }
                if blocks.len() > 1 {
                    ended = blocks.pop().and_then(|block| block.0).or(ended);
                }
                if let Some(block) = blocks.last_mut() {
                    block.0 = block.1.or(block.0);
                }
            }
            Kind::Newline | Kind::End => {
                if token.end > wrong.start().to_usize() {
                    break;
                }
                let (Some(from), Some(to), Some(block)) = (first.take(), last.take(), blocks.last_mut()) else {
                    continue;
                };
                let (start, word) = (from.start as u32, &source[span_of(from)]);
                let goes_on = matches!(word, "elif" | "else" | "except" | "finally");
                match &source[span_of(to)] {
                    _ if word == "@" => {}
                    ":" if goes_on => block.1 = block.1.or(block.0),
                    ":" => block.1 = Some(start),
                    _ if goes_on => {}
                    _ => *block = (Some(start), None),
                }
            }
            _ => {
                first.get_or_insert(token);
                last = Some(token);
            }
        }
    }
    let found = match unfinished {
        true => ended,
        false => blocks.iter().find_map(|block| block.0).or(ended),
    };
    found.map_or((0, 0), |start| lines.line_col(TextSize::new(start)))
}

fn span_of(token: &Token) -> std::ops::Range<usize> {
    token.start..token.end
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}", self.filename, self.lineno, self.offset, self.msg)
    }
}
