//! Reads the text form. For tests and for people who try a pass on something they wrote by hand; it stops at the first mistake and says where.

use crate::entity::*;
use crate::function::{BlockData, Constant, Function, InstData, Resume};
use crate::imm::{Args, FloatBits, Imm};
use crate::inst::{Inst, Opcode};
use crate::ty::{Spec, Ty};
use std::fmt;

/// Why text is not a function.
#[derive(Debug)]
pub struct Failed {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Failed {}

/// Reads one function.
pub fn parse(text: &str) -> Result<Function, Failed> {
    let mut parser = Parser {
        text,
        pos: 0,
        func: Function::new(""),
    };
    parser.function()?;
    Ok(parser.func)
}

/// The state of reading.
pub struct Parser<'a> {
    text: &'a str,
    pos: usize,
    pub(crate) func: Function,
}

impl<'a> Parser<'a> {
    pub(crate) fn fail<T>(&self, message: impl Into<String>) -> Result<T, Failed> {
        let line = self.text[..self.pos].matches('\n').count() + 1;
        Err(Failed {
            line,
            message: message.into(),
        })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.pos += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.pos += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    pub(crate) fn at(&mut self, c: char) -> bool {
        self.skip();
        self.rest().starts_with(c)
    }

    pub(crate) fn eat(&mut self, c: char) -> bool {
        let found = self.at(c);
        if found {
            self.pos += c.len_utf8();
        }
        found
    }

    pub(crate) fn expect(&mut self, c: char) -> Result<(), Failed> {
        if self.eat(c) {
            return Ok(());
        }
        let found: String = self.rest().chars().take(12).collect();
        self.fail(format!("expected {c:?}, found {found:?}"))
    }

    fn peek_word(&mut self) -> &'a str {
        self.skip();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    }

    pub(crate) fn word(&mut self) -> Result<String, Failed> {
        let word = self.peek_word();
        if word.is_empty() {
            let found: String = self.rest().chars().take(12).collect();
            return self.fail(format!("expected a word, found {found:?}"));
        }
        self.pos += word.len();
        Ok(word.to_owned())
    }

    fn eat_word(&mut self, wanted: &str) -> bool {
        let found = self.peek_word() == wanted;
        if found {
            self.pos += wanted.len();
        }
        found
    }

    pub(crate) fn entity(&mut self, prefix: &str) -> Result<u32, Failed> {
        let word = self.word()?;
        match word.strip_prefix(prefix).and_then(|number| number.parse().ok()) {
            Some(number) => Ok(number),
            None => self.fail(format!("expected {prefix}0 or the like, found {word:?}")),
        }
    }

    fn number_text(&mut self) -> &'a str {
        self.skip();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '+' | '.' | '_'))
            .unwrap_or(rest.len());
        self.pos += end;
        &rest[..end]
    }

    pub(crate) fn int(&mut self) -> Result<i64, Failed> {
        let text = self.number_text();
        let number = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok().map(|v| v as i64),
            None => text.parse().ok(),
        };
        number.map_or_else(|| self.fail(format!("expected a number, found {text:?}")), Ok)
    }

    pub(crate) fn float(&mut self) -> Result<FloatBits, Failed> {
        let text = self.number_text();
        if let Some(bits) = text
            .strip_prefix("nan_0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        {
            return Ok(FloatBits(bits));
        }
        match text.parse::<f64>() {
            Ok(value) => Ok(value.into()),
            Err(_) => self.fail(format!("expected a float, found {text:?}")),
        }
    }

    pub(crate) fn string(&mut self) -> Result<String, Failed> {
        self.expect('"')?;
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.pos += at + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, '0')) => text.push('\0'),
                    Some((_, 'u')) => {
                        let digits: String = chars
                            .by_ref()
                            .skip(1)
                            .map(|(_, c)| c)
                            .take_while(|c| *c != '}')
                            .collect();
                        text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                    }
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                c => text.push(c),
            }
        }
        self.fail("a string does not end")
    }

    pub(crate) fn args(&mut self) -> Result<Args, Failed> {
        self.expect('(')?;
        let mut values = Vec::new();
        while !self.eat(')') {
            values.push(Value(self.entity(Value::PREFIX)?));
            self.eat(',');
        }
        Ok(self.func.add_args(&values))
    }

    pub(crate) fn ty(&mut self) -> Result<Ty, Failed> {
        let immortal = self.eat('!');
        let mut ty = Ty::BOTTOM;
        loop {
            let name = self.word()?;
            let Some(part) = Ty::named(&name) else {
                return self.fail(format!("no type is called {name}"));
            };
            ty = ty.join(part);
            if !self.eat('|') {
                break;
            }
        }
        if self.eat('{') {
            let rest = self.rest();
            let end = rest.find('}').unwrap_or(rest.len());
            let text = &rest[..end];
            self.pos += end;
            self.expect('}')?;
            let id = |prefix: &str| text.strip_prefix(prefix).and_then(|number| number.parse::<u32>().ok());
            let spec = if let Some(id) = id(ClassId::PREFIX) {
                Spec::Class(ClassId(id))
            } else if let Some(id) = id(ShapeId::PREFIX) {
                Spec::Shape(ShapeId(id))
            } else if let Some(id) = id(ConstId::PREFIX) {
                Spec::Object(ConstId(id))
            } else if let Ok(value) = text.parse() {
                Spec::Int(value)
            } else if let Some(Ok(value)) = text.strip_suffix('f').map(str::parse::<f64>) {
                Spec::Float(value.to_bits())
            } else {
                return self.fail(format!("nothing is known by {{{text}}}"));
            };
            ty = ty.with_spec(spec);
        }
        Ok(if immortal { ty.immortal() } else { ty })
    }

    fn function(&mut self) -> Result<(), Failed> {
        if !self.eat_word("function") {
            return self.fail("expected `function`");
        }
        self.func.name = self.string()?;
        self.func.code = CodeId(self.entity(CodeId::PREFIX)?);
        while !self.eat('{') {
            let word = self.word()?;
            match word.as_str() {
                "args" | "owned" => {
                    self.expect('=')?;
                    let value = self.int()? as u32;
                    *(if word == "args" {
                        &mut self.func.signature.args
                    } else {
                        &mut self.func.signature.owned
                    }) = value;
                }
                "all_owned" => self.func.signature.all_owned = true,
                "returns_f64" => self.func.signature.returns_f64 = true,
                "generator" => self.func.signature.generator = true,
                "counted" => self.func.counted = true,
                _ => return self.fail(format!("a function has no property {word}")),
            }
        }
        self.reserve();
        let mut block = None;
        while !self.eat('}') {
            let word = self.peek_word();
            let number = |prefix: &str| word.strip_prefix(prefix).and_then(|number| number.parse::<u32>().ok());
            if let Some(index) = number(Block::PREFIX) {
                block = Some(self.block(index)?);
            } else if number(ConstId::PREFIX).is_some() {
                self.constant()?;
            } else if let Some(index) = number(Snap::PREFIX) {
                self.snap(index)?;
            } else {
                let Some(block) = block else {
                    return self.fail("an instruction outside of any block");
                };
                self.inst(block)?;
            }
        }
        Ok(())
    }

    /// Makes room for every value and block that the text names, so that numbers stay what they are.
    fn reserve(&mut self) {
        let (mut values, mut blocks, mut snaps) = (0, 0, 0);
        for word in self.rest().split(|c: char| !c.is_alphanumeric()) {
            let number = |prefix: &str| {
                word.strip_prefix(prefix)
                    .and_then(|n| n.parse::<usize>().ok())
                    .map_or(0, |n| n + 1)
            };
            values = values.max(number(Value::PREFIX));
            blocks = blocks.max(number(Block::PREFIX));
            snaps = snaps.max(number(Snap::PREFIX));
        }
        let nothing = InstData {
            inst: Inst::Unreachable {},
            ty: Ty::BOTTOM,
            snap: None,
            catches: false,
            owned: Args::EMPTY,
        };
        self.func.insts = vec![nothing; values];
        self.func.blocks = vec![BlockData::default(); blocks.max(1)];
        for _ in 0..snaps {
            self.func.add_snap(Resume::Reexec, CodeId(0), 0, None, None, &[]);
        }
    }

    fn constant(&mut self) -> Result<(), Failed> {
        let index = self.entity(ConstId::PREFIX)? as usize;
        self.expect('=')?;
        let word = self.int()? as u64;
        self.expect(':')?;
        let ty = self.ty()?;
        let text = self.string()?.into();
        if index != self.func.consts.len() {
            return self.fail("constants are numbered from k0 on");
        }
        self.func.consts.push(Constant { word, ty, text });
        Ok(())
    }

    fn block(&mut self, index: u32) -> Result<Block, Failed> {
        self.word()?;
        let block = Block(index);
        if self.eat('(') {
            while !self.eat(')') {
                let value = Value(self.entity(Value::PREFIX)?);
                self.expect(':')?;
                let ty = self.ty()?;
                let owned = self.eat_word("owned");
                self.define(value, Inst::Param { owned }, ty);
                self.func.blocks[block.index()].params.push(value);
                self.eat(',');
            }
        }
        self.func.blocks[block.index()].cold = self.eat_word("cold");
        self.expect(':')?;
        Ok(block)
    }

    fn snap(&mut self, index: u32) -> Result<(), Failed> {
        self.word()?;
        self.expect('=')?;
        let resume = match self.word()?.as_str() {
            "reexec" => Resume::Reexec,
            "continue" => Resume::Continue,
            "raise" => Resume::Raise,
            word => return self.fail(format!("no frame state goes on by {word}")),
        };
        let pc = self.int()? as u32;
        let code = CodeId(self.entity(CodeId::PREFIX)?);
        let result = if self.eat_word("result") {
            Some(Value(self.entity(Value::PREFIX)?))
        } else {
            None
        };
        self.expect('[')?;
        let mut entries = Vec::new();
        while !self.eat(']') {
            let reg = self.entity("r")?;
            self.expect('=')?;
            entries.push((reg, Value(self.entity(Value::PREFIX)?)));
            self.eat(',');
        }
        let caller = if self.eat_word("in") {
            Some(Snap(self.entity(Snap::PREFIX)?))
        } else {
            None
        };
        self.func.add_snap(resume, code, pc, result, caller, &entries);
        let data = self.func.snaps.pop();
        self.func.snaps[index as usize] = data.expect("just added");
        Ok(())
    }

    fn define(&mut self, value: Value, inst: Inst, ty: Ty) {
        let data = &mut self.func.insts[value.index()];
        data.inst = inst;
        data.ty = ty;
    }

    fn inst(&mut self, block: Block) -> Result<(), Failed> {
        let first = self.word()?;
        let number = first
            .strip_prefix(Value::PREFIX)
            .and_then(|number| number.parse::<u32>().ok());
        let (target, name) = match number {
            Some(number) => {
                self.expect(':')?;
                let ty = self.ty()?;
                self.expect('=')?;
                (Some((Value(number), ty)), self.word()?)
            }
            None => (None, first),
        };
        let Some(opcode) = Opcode::named(&name) else {
            return self.fail(format!("no instruction is called {name}"));
        };
        let inst = Inst::parse(opcode, self)?;
        if inst.has_result() != target.is_some() {
            return self.fail(format!(
                "{name} {} a result",
                if target.is_some() { "has no" } else { "has" }
            ));
        }
        let value = match target {
            Some((value, ty)) => {
                self.define(value, inst, ty);
                value
            }
            None => self.func.make(inst, Ty::BOTTOM),
        };
        if self.eat('@') {
            self.func.insts[value.index()].snap = Some(Snap(self.entity(Snap::PREFIX)?));
        }
        self.func.insts[value.index()].catches = self.eat_word("catches");
        if self.eat_word("owns") {
            self.func.insts[value.index()].owned = <Args as Imm>::parse(self)?;
        }
        self.func.blocks[block.index()].insts.push(value);
        Ok(())
    }
}
