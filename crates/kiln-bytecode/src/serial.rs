//! The serialized form of code, in which the standard library is embedded: compact, versioned, independent of the heap.

use std::sync::Arc;

use crate::positions::{read_varint, unzigzag, write_varint, zigzag};
use crate::{Cache, CacheKind, Code, Const, Handler, Instr, Op, Positions, ScopedLocal, Text};

/// First bytes of every serialized code: name and version. The version changes with the opcode list too, by its length.
fn header() -> [u8; 6] {
    [b'K', b'I', b'L', b'N', VERSION, Op::ALL.len() as u8]
}

const VERSION: u8 = 1;

/// Writes `code` and all code within it.
pub fn serialize(code: &Code) -> Vec<u8> {
    let mut out = Writer { out: header().to_vec() };
    out.text(code.filename.as_bytes());
    out.code(code);
    out.out
}

/// Reads what [`serialize`] wrote; `None` when it is damaged or of another version. `filename` replaces the stored one if given.
pub fn deserialize(bytes: &[u8], filename: Option<Arc<str>>) -> Option<Code> {
    let rest = bytes.strip_prefix(&header())?;
    let mut reader = Reader {
        rest,
        filename: "".into(),
    };
    let stored = reader.name()?;
    reader.filename = filename.unwrap_or_else(|| stored.into());
    reader.code()
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn num(&mut self, value: impl Into<u64>) {
        write_varint(&mut self.out, value.into());
    }

    fn text(&mut self, bytes: &[u8]) {
        self.num(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Writer, &T)) {
        self.num(items.len() as u64);
        items.iter().for_each(|item| each(self, item));
    }

    fn names(&mut self, names: &[Box<str>]) {
        self.list(names, |out, name| out.text(name.as_bytes()));
    }

    fn code(&mut self, code: &Code) {
        self.text(code.name.as_bytes());
        self.text(code.qualname.as_bytes());
        for number in [
            code.first_line,
            code.arg_count,
            code.posonly_count,
            code.kwonly_count,
            code.flags,
        ] {
            self.num(number);
        }
        self.names(&code.varnames);
        self.names(&code.cellvars);
        self.list(&code.cell_regs, |out, &reg| out.num(reg));
        self.names(&code.freevars);
        self.num(code.free_base);
        self.names(&code.names);
        self.list(&code.consts, Writer::constant);
        self.list(&code.instrs, |out, instr| out.out.extend(instr.0.to_le_bytes()));
        self.list(&code.caches, |out, cache| {
            out.num(cache.kind as u64);
            out.num(cache.name);
        });
        self.list(&code.handlers, |out, handler| {
            out.num(handler.start);
            out.num(handler.end);
            out.num(handler.target);
            out.num(handler.depth);
            out.num(handler.exception);
        });
        self.list(&code.scoped, |out, local| {
            out.text(local.name.as_bytes());
            out.num(local.reg);
            out.num(local.cell as u64);
            out.num(local.start);
            out.num(local.end);
        });
        self.text(&code.positions.0);
        self.num(code.temp_base);
        self.num(code.reg_count);
    }

    fn constant(&mut self, constant: &Const) {
        let mut tag = |tag: u8| self.out.push(tag);
        match constant {
            Const::None => tag(0),
            Const::True => tag(1),
            Const::False => tag(2),
            Const::Ellipsis => tag(3),
            Const::Int(value) => {
                tag(4);
                self.num(zigzag(*value));
            }
            Const::BigInt(digits) => {
                tag(5);
                self.text(digits.as_bytes());
            }
            Const::Float(value) => {
                tag(6);
                self.out.extend(value.to_bits().to_le_bytes());
            }
            Const::Complex(real, imag) => {
                tag(7);
                self.out.extend(real.to_bits().to_le_bytes());
                self.out.extend(imag.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                tag(8);
                self.text(&text.0);
            }
            Const::Bytes(bytes) => {
                tag(9);
                self.text(bytes);
            }
            Const::Tuple(items) => {
                tag(10);
                self.list(items, Writer::constant);
            }
            Const::FrozenSet(items) => {
                tag(11);
                self.list(items, Writer::constant);
            }
            Const::Slice(parts) => {
                tag(12);
                parts.iter().for_each(|part| self.constant(part));
            }
            Const::Code(code) => {
                tag(13);
                self.code(code);
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    filename: Arc<str>,
}

impl Reader<'_> {
    fn num<T: TryFrom<u64>>(&mut self) -> Option<T> {
        read_varint(&mut self.rest)?.try_into().ok()
    }

    fn bytes(&mut self, count: usize) -> Option<&[u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    fn word(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<Box<[u8]>> {
        let count = self.num()?;
        self.bytes(count).map(Into::into)
    }

    fn name(&mut self) -> Option<Box<str>> {
        let count = self.num()?;
        std::str::from_utf8(self.bytes(count)?).ok().map(Into::into)
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count: usize = self.num()?;
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for _ in 0..count {
            items.push(each(self)?);
        }
        Some(items)
    }

    fn code(&mut self) -> Option<Code> {
        Some(Code {
            filename: self.filename.clone(),
            name: self.name()?,
            qualname: self.name()?,
            first_line: self.num()?,
            arg_count: self.num()?,
            posonly_count: self.num()?,
            kwonly_count: self.num()?,
            flags: self.num()?,
            varnames: self.list(Self::name)?,
            cellvars: self.list(Self::name)?,
            cell_regs: self.list(Self::num)?,
            freevars: self.list(Self::name)?,
            free_base: self.num()?,
            names: self.list(Self::name)?,
            consts: self.list(Self::constant)?,
            instrs: self.list(|reader| {
                let instr = Instr(reader.word()?);
                Op::from_u8(instr.0 as u8).map(|_| instr)
            })?,
            caches: self.list(|reader| {
                let kind: usize = reader.num()?;
                Some(Cache {
                    kind: *CacheKind::ALL.get(kind)?,
                    name: reader.num()?,
                })
            })?,
            handlers: self.list(|reader| {
                Some(Handler {
                    start: reader.num()?,
                    end: reader.num()?,
                    target: reader.num()?,
                    depth: reader.num()?,
                    exception: reader.num()?,
                })
            })?,
            scoped: self.list(|reader| {
                Some(ScopedLocal {
                    name: reader.name()?,
                    reg: reader.num()?,
                    cell: reader.num::<u64>()? != 0,
                    start: reader.num()?,
                    end: reader.num()?,
                })
            })?,
            positions: Positions(self.text()?.into()),
            temp_base: self.num()?,
            reg_count: self.num()?,
        })
    }

    fn constant(&mut self) -> Option<Const> {
        Some(match self.bytes(1)?[0] {
            0 => Const::None,
            1 => Const::True,
            2 => Const::False,
            3 => Const::Ellipsis,
            4 => Const::Int(unzigzag(self.num()?)),
            5 => Const::BigInt(self.name()?),
            6 => Const::Float(f64::from_bits(self.word()?)),
            7 => Const::Complex(f64::from_bits(self.word()?), f64::from_bits(self.word()?)),
            8 => Const::Str(Text(self.text()?)),
            9 => Const::Bytes(self.text()?),
            10 => Const::Tuple(self.list(Self::constant)?.into()),
            11 => Const::FrozenSet(self.list(Self::constant)?.into()),
            12 => Const::Slice(Box::new([self.constant()?, self.constant()?, self.constant()?])),
            13 => Const::Code(Arc::new(self.code()?)),
            _ => return None,
        })
    }
}
