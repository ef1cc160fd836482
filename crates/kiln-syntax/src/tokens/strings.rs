//! Strings, and the text of format strings between their fields.

use super::{Format, Kind, Open, Tokenizer, span};
use crate::Fault;

impl Tokenizer<'_> {
    /// The line being read; at the end of input the last one, though its end may lie before.
    fn last_line(&self) -> u32 {
        let ended = self.at >= self.source.len() && self.source.ends_with('\n');
        self.line.saturating_sub(ended as u32).max(1)
    }

    pub(super) fn string(&mut self, start: usize, prefix: &str) -> Result<(), Fault> {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        let template = prefix.contains('t');
        if prefix.contains('f') || template {
            self.at += if triple { 3 } else { 1 };
            self.push(Kind::FStart, start);
            let raw = prefix.contains('r');
            self.formats.push(Format {
                quote,
                triple,
                raw,
                template,
                start,
                field: None,
                specs: 0,
            });
            return Ok(());
        }
        self.at += if triple { 3 } else { 1 };
        let mut escaped_quote = false;
        loop {
            if self.at >= self.bytes.len() || !triple && self.peek(0) == b'\n' {
                if let Some(format) = self.formats.last().filter(|format| format.quote == quote && !triple) {
                    let kind = if format.template { 't' } else { 'f' };
                    return Err(Fault::new(format!("{kind}-string: expecting '}}'"), span(start, start)));
                }
                let msg = if triple {
                    let detected = self.last_line();
                    format!("unterminated triple-quoted string literal (detected at line {detected})")
                } else if escaped_quote {
                    format!(
                        "unterminated string literal (detected at line {}); perhaps you escaped the end quote?",
                        self.last_line()
                    )
                } else {
                    format!("unterminated string literal (detected at line {})", self.last_line())
                };
                return Err(Fault {
                    incomplete: triple,
                    ..Fault::new(msg, span(start, start))
                });
            }
            let byte = self.peek(0);
            if byte == b'\\' {
                escaped_quote |= self.peek(1) == quote;
                if self.peek(1) == b'\n' {
                    self.line += 1;
                }
                self.at = (self.at + 2).min(self.bytes.len());
                continue;
            }
            if byte == b'\n' {
                self.line += 1;
            }
            if byte == quote && (!triple || self.peek(1) == quote && self.peek(2) == quote) {
                self.at += if triple { 3 } else { 1 };
                self.push(Kind::Str, start);
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// Reads the text of a format string up to a replacement field or its end.
    pub(super) fn format_text(&mut self, format: Format) -> Result<(), Fault> {
        let start = self.at;
        let kind = if format.template { 't' } else { 'f' };
        loop {
            if self.at >= self.bytes.len() || !format.triple && self.peek(0) == b'\n' {
                if format.specs > 0 && self.at < self.bytes.len() {
                    // Within a specification the line's end closes nothing; the parser complains.
                    let msg = format!(
                        "{kind}-string: newlines are not allowed in format specifiers for single quoted {kind}-strings"
                    );
                    return self.fail(msg, self.at + 1);
                }
                let triple = if format.triple { "triple-quoted " } else { "" };
                let msg = format!(
                    "unterminated {triple}{kind}-string literal (detected at line {})",
                    self.last_line()
                );
                return Err(Fault {
                    incomplete: format.triple,
                    ..Fault::new(msg, span(format.start, format.start))
                });
            }
            let byte = self.peek(0);
            match byte {
                b'\\' if !format.raw && self.peek(1) == b'N' && self.peek(2) == b'{' => {
                    let end = self.source[self.at..].find('}').map_or(3, |end| end + 1);
                    self.at += end;
                }
                b'\\' => {
                    if self.peek(1) == b'{' || self.peek(1) == b'}' {
                        self.at += 1;
                    } else {
                        if self.peek(1) == b'\n' {
                            self.line += 1;
                        }
                        let next = self.source[self.at + 1..].chars().next().map_or(0, char::len_utf8);
                        self.at += 1 + next;
                    }
                }
                b'{' | b'}' if self.peek(1) == byte && format.specs == 0 => {
                    self.at += 1;
                    if self.everything {
                        self.push(Kind::FMiddle, start);
                        self.at += 1;
                        return Ok(());
                    }
                    self.at += 1;
                }
                b'{' => {
                    if self.at > start {
                        self.push(Kind::FMiddle, start);
                    }
                    let at = self.at;
                    self.at += 1;
                    self.push(Kind::Op, at);
                    let line = self.line;
                    self.open.push(Open { ch: '{', at, line });
                    let level = self.open.len();
                    if let Some(format) = self.formats.last_mut() {
                        format.field = Some(level);
                    }
                    return Ok(());
                }
                b'}' if format.specs > 0 => {
                    let nested = self
                        .list
                        .last()
                        .is_some_and(|last| last.kind == Kind::Op && last.end == start);
                    if self.at > start || self.everything && nested && self.bytes[start - 1] == b'}' {
                        self.push(Kind::FMiddle, start);
                    }
                    let at = self.at;
                    self.at += 1;
                    self.open.pop();
                    self.push(Kind::Op, at);
                    if let Some(format) = self.formats.last_mut() {
                        format.specs -= 1;
                        // Back in the specification of an outer field, or in the string's text.
                        format.field = None;
                    }
                    return Ok(());
                }
                b'}' => return self.fail(format!("{kind}-string: single '}}' is not allowed"), self.at + 1),
                byte if byte == format.quote
                    && (!format.triple || self.peek(1) == format.quote && self.peek(2) == format.quote) =>
                {
                    if format.specs > 0 {
                        let more = if self.at == start { ", or format specs" } else { "" };
                        return Err(Fault::new(
                            format!("{kind}-string: expecting '}}'{more}"),
                            span(self.at, self.at + 1),
                        ));
                    }
                    if self.at > start {
                        self.push(Kind::FMiddle, start);
                    }
                    let at = self.at;
                    self.at += if format.triple { 3 } else { 1 };
                    self.formats.pop();
                    self.push(Kind::FEnd, at);
                    return Ok(());
                }
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }
}
