//! Numbers of every base.

use super::{Kind, Tokenizer, is_continue, span};
use crate::Fault;

impl Tokenizer<'_> {
    fn digits(&mut self, is: fn(u8) -> bool, what: &str) -> Result<(), Fault> {
        loop {
            while is(self.peek(0)) {
                self.at += 1;
            }
            if self.peek(0) != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !is(self.peek(0)) {
                return self.fail(format!("invalid {what} literal"), self.at);
            }
        }
    }

    pub(super) fn number(&mut self, start: usize) -> Result<(), Fault> {
        let decimal = |byte: u8| byte.is_ascii_digit();
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B') {
            let (what, is): (&str, fn(u8) -> bool) = match self.peek(1) | 0x20 {
                b'x' => ("hexadecimal", |byte| byte.is_ascii_hexdigit()),
                b'o' => ("octal", |byte| (b'0'..b'8').contains(&byte)),
                _ => ("binary", |byte| byte == b'0' || byte == b'1'),
            };
            self.at += 2;
            if self.peek(0) == b'_' {
                self.at += 1;
            }
            if !is(self.peek(0)) {
                if self.peek(0).is_ascii_digit() {
                    return self.fail(
                        format!("invalid digit '{}' in {what} literal", self.peek(0) as char),
                        self.at + 1,
                    );
                }
                return self.fail(format!("invalid {what} literal"), self.at);
            }
            self.digits(is, what)?;
            if self.peek(0).is_ascii_digit() {
                return self.fail(
                    format!("invalid digit '{}' in {what} literal", self.peek(0) as char),
                    self.at + 1,
                );
            }
            self.number_end(what)?;
            self.push(Kind::Number, start);
            return Ok(());
        }
        if self.peek(0) == b'0' {
            // Only zeros may follow, unless it is a float.
            while matches!(self.peek(0), b'0') || self.peek(0) == b'_' && self.peek(1) == b'0' {
                self.at += 1;
            }
            if self.peek(0) == b'_' {
                self.at += 1;
                if !self.peek(0).is_ascii_digit() {
                    return self.fail("invalid decimal literal", self.at);
                }
            }
            let zeros_end = self.at;
            if self.peek(0).is_ascii_digit() {
                self.digits(decimal, "decimal")?;
                if !matches!(self.peek(0), b'.' | b'e' | b'E' | b'j' | b'J') {
                    let msg = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
                    return Err(Fault::new(msg, span(start, zeros_end)));
                }
            }
        } else if self.peek(0) != b'.' {
            self.digits(decimal, "decimal")?;
        }
        if self.peek(0) == b'.' {
            self.at += 1;
            if self.peek(0).is_ascii_digit() {
                self.digits(decimal, "decimal")?;
            }
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = matches!(self.peek(1), b'+' | b'-') as usize;
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits(decimal, "decimal")?;
            } else if sign == 1 {
                self.at += 2;
                return self.fail("invalid decimal literal", self.at);
            }
        }
        if matches!(self.peek(0), b'j' | b'J') {
            self.at += 1;
            self.number_end("imaginary")?;
        } else {
            self.number_end("decimal")?;
        }
        self.push(Kind::Number, start);
        Ok(())
    }

    /// A number must not run into a name, but a keyword may follow.
    fn number_end(&mut self, what: &str) -> Result<(), Fault> {
        let rest = &self.source[self.at..];
        let Some(ch) = rest.chars().next() else { return Ok(()) };
        if self.everything {
            return Ok(());
        }
        let keyword = ["and", "else", "for", "if", "in", "is", "not", "or"]
            .iter()
            .any(|word| rest.starts_with(word));
        if is_continue(ch) && !keyword {
            return self.fail(format!("invalid {what} literal"), self.at);
        }
        Ok(())
    }
}
