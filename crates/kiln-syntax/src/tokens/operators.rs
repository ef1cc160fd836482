//! Operators and brackets, which must match.

use super::{Kind, Open, Tokenizer, span};
use crate::Fault;

impl Tokenizer<'_> {
    pub(super) fn operator(&mut self, start: usize, ch: char) -> Result<(), Fault> {
        const THREE: [&str; 5] = ["**=", "//=", ">>=", "<<=", "..."];
        const TWO: [&str; 20] = [
            "**", "//", ">>", "<<", "!=", "==", "<=", ">=", "->", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
            ":=", "<>",
        ];
        let rest = &self.source[start..];
        let format = self.formats.last().copied();
        let at_field = format.is_some_and(|format| format.field == Some(self.open.len()));
        if at_field {
            match ch {
                '}' => {
                    self.at += 1;
                    self.open.pop();
                    self.push(Kind::Op, start);
                    if let Some(format) = self.formats.last_mut() {
                        format.field = None;
                    }
                    return Ok(());
                }
                ':' => {
                    self.at += 1;
                    self.push(Kind::Op, start);
                    if let Some(format) = self.formats.last_mut() {
                        format.field = None;
                        format.specs += 1;
                    }
                    return Ok(());
                }
                '!' if !rest.starts_with("!=") => {
                    self.at += 1;
                    self.push(Kind::Op, start);
                    return Ok(());
                }
                _ => {}
            }
        }
        match ch {
            '(' | '[' | '{' => {
                if self.open.len() >= MAX_LEVEL {
                    return self.fail("too many nested parentheses", start + 1);
                }
                self.at += 1;
                self.push(Kind::Op, start);
                self.open.push(Open {
                    ch,
                    at: start,
                    line: self.line,
                });
                return Ok(());
            }
            ')' | ']' | '}' => {
                self.at += 1;
                let inside = format.and_then(|format| format.field);
                let Some(open) = self.open.last().copied().filter(|_| inside != Some(self.open.len())) else {
                    if self.everything {
                        self.push(Kind::Op, start);
                        return Ok(());
                    }
                    let msg = match format {
                        Some(format) if inside.is_some() => {
                            format!("{}-string: unmatched '{ch}'", if format.template { 't' } else { 'f' })
                        }
                        _ => format!("unmatched '{ch}'"),
                    };
                    return self.fail(msg, self.at);
                };
                let fits = matches!((open.ch, ch), ('(', ')') | ('[', ']') | ('{', '}'));
                if !fits && !self.everything {
                    let mut msg = format!(
                        "closing parenthesis '{ch}' does not match opening parenthesis '{}'",
                        open.ch
                    );
                    if open.line != self.line {
                        msg.push_str(&format!(" on line {}", open.line));
                    }
                    return self.fail(msg, self.at);
                }
                self.open.pop();
                self.push(Kind::Op, start);
                return Ok(());
            }
            _ => {}
        }
        if let Some(op) = THREE
            .iter()
            .chain(&TWO)
            .find(|op| rest.starts_with(**op) && !(self.everything && **op == "<>"))
        {
            // `x:=` in a replacement field is a specification that starts with `=`; dealt with above.
            self.at += op.len();
            self.push(Kind::Op, start);
            return Ok(());
        }
        if "+-*/%&|^~<>=.,;:@!".contains(ch) {
            self.at += 1;
            self.push(Kind::Op, start);
            return Ok(());
        }
        let end = start + ch.len_utf8();
        if ch.is_ascii() && !ch.is_control() {
            // `$`, `?` and backquote are tokens that no rule wants.
            self.at = end;
            self.push(Kind::Op, start);
            if self.everything {
                return Ok(());
            }
            return Err(Fault::new("invalid syntax", span(start, end)));
        }
        let printable = !ch.is_control()
            && !matches!(ch as u32, 0x80..=0xa0 | 0xad | 0x1680 | 0x2000..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f | 0x3000 | 0xfeff | 0xd800..=0xf8ff);
        let word = if printable {
            format!("invalid character '{ch}' (U+{:04X})", ch as u32)
        } else {
            format!("invalid non-printable character U+{:04X}", ch as u32)
        };
        Err(Fault::new(word, span(start, start)))
    }
}

const MAX_LEVEL: usize = 200;
