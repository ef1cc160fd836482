//! `marshal`: plain data to bytes and back, in CPython's format, version 5. Code objects are written in Kiln's own form, under
//! CPython's type code: they can be read back by the same version of Kiln only.

use kiln_macros::builtin_module;
use kiln_object::bytes::Bytes;
use kiln_object::code::CodeObject;
use kiln_object::complex::Complex;
use kiln_object::dict::Dict;
use kiln_object::int::Int;
use kiln_object::list::List;
use kiln_object::set::{self, FrozenSet, Set};
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{ObjectType, Object, Raised, Value, exc, raise};
use kiln_text::BigInt;
use std::collections::HashMap;
use std::sync::Arc;

const VERSION: i64 = 5;
/// How deep containers may be nested.
const DEPTH: usize = 2000;
/// Set in a type code when the object may be referred to later.
const REMEMBER: u8 = 0x80;

struct Writer {
    out: Vec<u8>,
    version: i64,
    /// Objects that were written, by identity; `None` when the version has no references.
    seen: HashMap<u64, u32>,
    allow_code: bool,
    depth: usize,
}

fn unmarshallable() -> Raised {
    raise::value_error("unmarshallable object")
}

impl Writer {
    fn long(&mut self, n: usize) -> Result<(), Raised> {
        let Ok(n) = i32::try_from(n) else { return Err(unmarshallable()) };
        self.out.extend_from_slice(&n.to_le_bytes());
        Ok(())
    }

    /// Writes a reference to an object that was written before.
    fn reference(&mut self, v: Value) -> bool {
        if self.version < 3 {
            return false;
        }
        if let Some(n) = self.seen.get(&v.0) {
            self.out.push(b'r');
            self.out.extend_from_slice(&n.to_le_bytes());
            return true;
        }
        let n = self.seen.len() as u32;
        self.seen.insert(v.0, n);
        false
    }

    fn code(&mut self, code: u8) {
        self.out.push(if self.version >= 3 { code | REMEMBER } else { code });
    }

    fn int(&mut self, v: Value) -> Result<(), Raised> {
        let Some(n) = v.as_int() else { return Err(unmarshallable()) };
        if let Some(small) = n.to_i64().and_then(|n| i32::try_from(n).ok()) {
            self.code(b'i');
            self.out.extend_from_slice(&small.to_le_bytes());
            return Ok(());
        }
        self.code(b'l');
        let big = n.to_big();
        let negative = big.is_negative();
        // Digits of 15 bits, least significant first.
        let mut digits = Vec::new();
        let magnitude = big.abs();
        let (mut held, mut bits) = (0u128, 0);
        for word in magnitude.words() {
            held |= u128::from(*word) << bits;
            bits += 64;
            while bits >= 15 {
                digits.push((held & 0x7fff) as u16);
                held >>= 15;
                bits -= 15;
            }
        }
        digits.push(held as u16);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let count = i32::try_from(digits.len()).map_err(|_| unmarshallable())?;
        self.out.extend_from_slice(&(if negative { -count } else { count }).to_le_bytes());
        digits.iter().for_each(|d| self.out.extend_from_slice(&d.to_le_bytes()));
        Ok(())
    }

    fn float(&mut self, f: f64) {
        if self.version > 1 {
            self.out.extend_from_slice(&f.to_le_bytes());
        } else {
            let text = kiln_object::ops::repr_lossy(Object::float(f).value());
            self.out.push(text.len() as u8);
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    fn text(&mut self, text: &Str) -> Result<(), Raised> {
        if self.version >= 4
            && let Some(ascii) = text.as_ascii()
        {
            let interned = text.is_interned();
            if let Ok(len) = u8::try_from(ascii.len()) {
                self.code(if interned { b'Z' } else { b'z' });
                self.out.push(len);
            } else {
                self.code(if interned { b'A' } else { b'a' });
                self.long(ascii.len())?;
            }
            self.out.extend_from_slice(ascii.as_bytes());
            return Ok(());
        }
        self.code(if text.is_interned() && self.version >= 1 { b't' } else { b'u' });
        let bytes = utf8(text);
        self.long(bytes.len())?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    fn items(&mut self, code: u8, items: &[Object]) -> Result<(), Raised> {
        match u8::try_from(items.len()) {
            Ok(len) if code == b'(' && self.version >= 4 => {
                self.code(b')');
                self.out.push(len);
            }
            _ => {
                self.code(code);
                self.long(items.len())?;
            }
        }
        items.iter().try_for_each(|item| self.object(item.value()))
    }

    fn object(&mut self, v: Value) -> Result<(), Raised> {
        if self.depth >= DEPTH {
            return Err(raise::value_error("object too deeply nested to marshal"));
        }
        self.depth += 1;
        self.one(v)?;
        self.depth -= 1;
        Ok(())
    }

    fn one(&mut self, v: Value) -> Result<(), Raised> {
        let class = v.class();
        if let Some(code) = singleton(v) {
            self.out.push(code);
            return Ok(());
        }
        if self.reference(v) {
            return Ok(());
        }
        if v.is_exact_int() {
            return self.int(v);
        }
        if std::ptr::eq(class, kiln_object::types::float_type()) {
            self.code(if self.version > 1 { b'g' } else { b'f' });
            self.float(v.as_float().unwrap_or(0.0));
            return Ok(());
        }
        if let Some(z) = v.exact::<Complex>() {
            self.code(if self.version > 1 { b'y' } else { b'x' });
            self.float(z.real.0);
            self.float(z.imag.0);
            return Ok(());
        }
        if let Some(text) = v.exact::<Str>() {
            return self.text(text);
        }
        if let Some(tuple) = v.exact::<Tuple>() {
            let items: Vec<Object> = tuple.items().iter().map(|item| item.to_object()).collect();
            return self.items(b'(', &items);
        }
        if let Some(list) = v.exact::<List>() {
            return self.items(b'[', &list.snapshot());
        }
        if let Some(dict) = v.exact::<Dict>() {
            self.code(b'{');
            for (key, value) in dict.snapshot() {
                self.object(key.value())?;
                self.object(value.value())?;
            }
            self.out.push(b'0');
            return Ok(());
        }
        if v.is_exact::<Set>() || v.is_exact::<FrozenSet>() {
            return self.set(v);
        }
        if let Some(slice) = v.exact::<Slice>() {
            if self.version < 5 {
                return Err(unmarshallable());
            }
            self.code(b':');
            return [&slice.start, &slice.stop, &slice.step].into_iter().try_for_each(|part| self.object(part.value()));
        }
        if let Some(code) = v.exact::<CodeObject>() {
            if !self.allow_code {
                return Err(raise::value_error("marshalling code objects is disallowed"));
            }
            let bytes = kiln_bytecode::serialize(&code.code);
            self.code(b'c');
            let file = Str::new(&code.code.filename);
            self.object(file.value())?;
            self.long(bytes.len())?;
            self.out.extend_from_slice(&bytes);
            return Ok(());
        }
        let Some(buffer) = kiln_builtins::bytes::buffer::Buffer::get(v)? else { return Err(unmarshallable()) };
        self.code(b's');
        self.long(buffer.len())?;
        self.out.extend_from_slice(buffer.data());
        Ok(())
    }

    /// The items of a set in an order that does not depend on hashes, so that equal sets give equal bytes.
    fn set(&mut self, v: Value) -> Result<(), Raised> {
        let items: Vec<Object> =
            set::table_of(&v).map(|t| t.snapshot().into_iter().map(|(_, o)| o).collect()).unwrap_or_default();
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let mut alone = Writer {
                out: Vec::new(),
                version: self.version,
                seen: HashMap::new(),
                allow_code: self.allow_code,
                depth: self.depth,
            };
            alone.object(item.value())?;
            keyed.push((alone.out, item));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        self.code(if v.is_exact::<Set>() { b'<' } else { b'>' });
        self.long(keyed.len())?;
        keyed.iter().try_for_each(|(_, item)| self.object(item.value()))
    }
}

/// UTF-8 in which surrogates are encoded like other characters.
fn utf8(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.text().iter() {
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
        }
    }
    out
}

fn singleton(v: Value) -> Option<u8> {
    if v.is_none() {
        return Some(b'N');
    }
    if v == Object::bool(true).value() {
        return Some(b'T');
    }
    if v == Object::bool(false).value() {
        return Some(b'F');
    }
    if v == kiln_object::singletons::ellipsis() {
        return Some(b'.');
    }
    (v == exc::StopIteration.get().as_value()).then_some(b'S')
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    seen: Vec<Option<Object>>,
    allow_code: bool,
    depth: usize,
}

fn bad(what: &str) -> Raised {
    raise::value_error(&format!("bad marshal data ({what})"))
}
fn short() -> Raised {
    raise::with_message(&exc::EOFError, "marshal data too short")
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Raised> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.data.len()).ok_or_else(short)?;
        let piece = &self.data[self.at..end];
        self.at = end;
        Ok(piece)
    }
    fn byte(&mut self) -> Result<u8, Raised> {
        self.take(1).map(|b| b[0])
    }
    fn long(&mut self) -> Result<i32, Raised> {
        self.take(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
    fn size(&mut self, of: &str) -> Result<usize, Raised> {
        usize::try_from(self.long()?).map_err(|_| bad(&format!("{of} size out of range")))
    }
    fn double(&mut self) -> Result<f64, Raised> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(f64::from_le_bytes(bytes))
    }
    fn decimal(&mut self) -> Result<f64, Raised> {
        let len = usize::from(self.byte()?);
        let text = Str::new(&String::from_utf8_lossy(self.take(len)?));
        let f = kiln_object::call::call(kiln_object::types::float_type().as_value(), &[text.value()])?;
        Ok(f.value().as_float().unwrap_or(0.0))
    }
    fn int(&mut self) -> Result<Object, Raised> {
        let count = self.long()?;
        let digits = self.take(count.unsigned_abs() as usize * 2)?;
        let mut words = Vec::with_capacity(digits.len() / 8 + 1);
        let (mut held, mut bits) = (0u128, 0);
        let (mut last, mut any) = (0, false);
        for d in digits.chunks_exact(2) {
            let digit = u16::from_le_bytes([d[0], d[1]]);
            if digit > 0x7fff {
                return Err(bad("digit out of range in long"));
            }
            (last, any) = (digit, true);
            held |= u128::from(digit) << bits;
            bits += 15;
            if bits >= 64 {
                words.push(held as u64);
                held >>= 64;
                bits -= 64;
            }
        }
        if any && last == 0 {
            return Err(bad("unnormalized long data"));
        }
        words.push(held as u64);
        Ok(Int::from_big(BigInt::from_words(count < 0, &words)))
    }

    /// Reads `count` items; `None` where a null stands.
    fn items(&mut self, count: usize, of: &str) -> Result<Vec<Object>, Raised> {
        let mut items = Vec::with_capacity(count.min(self.data.len()));
        for _ in 0..count {
            match self.object()? {
                Some(item) => items.push(item),
                None => return Err(raise::type_error(format!("NULL object in marshal data for {of}"))),
            }
        }
        Ok(items)
    }
    fn required(&mut self) -> Result<Object, Raised> {
        self.object()?.ok_or_else(|| raise::type_error("NULL object in marshal data for object".into()))
    }

    /// The next object; `None` for the null that ends a dict.
    fn object(&mut self) -> Result<Option<Object>, Raised> {
        let Some(&code) = self.data.get(self.at) else {
            return Err(raise::with_message(&exc::EOFError, "EOF read where object expected"));
        };
        self.at += 1;
        if self.depth >= DEPTH {
            return Err(bad("object too deeply nested"));
        }
        self.depth += 1;
        let place = (code & REMEMBER != 0).then(|| {
            self.seen.push(None);
            self.seen.len() - 1
        });
        let object = self.one(code & !REMEMBER, place)?;
        if let (Some(place), Some(object)) = (place, &object) {
            self.seen[place] = Some(object.clone());
        }
        self.depth -= 1;
        Ok(object)
    }

    fn one(&mut self, code: u8, place: Option<usize>) -> Result<Option<Object>, Raised> {
        let hold = |reader: &mut Reader<'a>, object: &Object| {
            if let Some(place) = place {
                reader.seen[place] = Some(object.clone());
            }
        };
        Ok(Some(match code {
            b'0' => return Ok(None),
            b'N' => Object::none(),
            b'T' => Object::bool(true),
            b'F' => Object::bool(false),
            b'.' => kiln_object::singletons::ellipsis().to_object(),
            b'S' => exc::StopIteration.get().as_value().to_object(),
            b'i' => Object::int(i64::from(self.long()?)),
            b'I' => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(self.take(8)?);
                Object::int(i64::from_le_bytes(bytes))
            }
            b'l' => self.int()?,
            b'g' => Object::float(self.double()?),
            b'f' => Object::float(self.decimal()?),
            b'y' => Complex::new_object(self.double()?, self.double()?),
            b'x' => Complex::new_object(self.decimal()?, self.decimal()?),
            b's' => {
                let size = self.size("bytes object")?;
                Bytes::new_object(self.take(size)?)
            }
            b'z' | b'Z' | b'a' | b'A' => {
                let size = if code | 0x20 == b'z' { usize::from(self.byte()?) } else { self.size("string")? };
                let text = Str::from_latin1(self.take(size)?);
                if code == b'Z' || code == b'A' { Str::intern_object(text) } else { text }
            }
            b'u' | b't' => {
                let size = self.size("string")?;
                let bytes = Bytes::new_object(self.take(size)?);
                let args = [Str::new("utf-8"), Str::new("surrogatepass")];
                let text = kiln_object::call::call_method_str(bytes.value(), "decode", &[args[0].value(), args[1].value()])?;
                if code == b't' { Str::intern_object(text) } else { text }
            }
            b')' | b'(' => {
                let count = if code == b')' { usize::from(self.byte()?) } else { self.size("tuple")? };
                Tuple::from_vec(self.items(count, "tuple")?)
            }
            b'[' => {
                let count = self.size("list")?;
                let list = List::new();
                hold(self, &list);
                for _ in 0..count {
                    match self.object()? {
                        Some(item) => list.expect::<List>().push(item),
                        None => return Err(raise::type_error("NULL object in marshal data for list".into())),
                    }
                }
                list
            }
            b'{' => {
                let dict = Dict::new_object();
                hold(self, &dict);
                while let Some(key) = self.object()? {
                    let Some(value) = self.object()? else { break };
                    dict.expect::<Dict>().set(key.value(), value.value())?;
                }
                dict
            }
            b'<' => {
                let count = self.size("set")?;
                let made = Set::new();
                hold(self, &made);
                for item in self.items(count, "set")? {
                    made.expect::<Set>().add(item.value())?;
                }
                made
            }
            b'>' => {
                let count = self.size("set")?;
                let items = self.items(count, "set")?;
                let values: Vec<Value> = items.iter().map(|item| item.value()).collect();
                FrozenSet::from_values(&values)?
            }
            b':' => {
                let (start, stop, step) = (self.required()?, self.required()?, self.required()?);
                Slice::new(start.value(), stop.value(), step.value())
            }
            b'r' => {
                let n = self.long()?;
                let found = usize::try_from(n).ok().and_then(|n| self.seen.get(n)).and_then(Clone::clone);
                return found.map(Some).ok_or_else(|| bad("invalid reference"));
            }
            b'c' => self.code_object()?,
            _ => return Err(bad("unknown type code")),
        }))
    }

    fn code_object(&mut self) -> Result<Object, Raised> {
        if !self.allow_code {
            return Err(raise::value_error("unmarshalling code objects is disallowed"));
        }
        let file = self.required()?;
        let Some(file) = file.cast::<Str>() else { return Err(bad("code without file name")) };
        let size = self.size("code")?;
        let bytes = self.take(size)?;
        match kiln_bytecode::deserialize(bytes, Some(file.to_string_lossy().as_str().into())) {
            Some(code) => Ok(CodeObject::new_object(&Arc::new(code))),
            None => Err(bad("code of another version")),
        }
    }
}

fn load(data: &[u8], allow_code: bool) -> Result<(Object, usize), Raised> {
    let mut reader = Reader { data, at: 0, seen: Vec::new(), allow_code, depth: 0 };
    let object = reader.object()?;
    let object = object.ok_or_else(|| raise::type_error("NULL object in marshal data for object".into()))?;
    Ok((object, reader.at))
}

/// This module contains functions that can read and write Python values in a binary format.
#[builtin_module("marshal")]
pub mod module {
    use super::*;
    use kiln_builtins::bytes::buffer::Buffer;
    use kiln_object::call::call_method_str;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        debug_assert!(Str::class().name() == "str");
        crate::support::add_ints(module, &[("version", VERSION)]);
        Ok(())
    }

    /// Return the bytes object that would be written to a file by dump(value, file).
    pub fn dumps(
        value: Value,
        #[default(VERSION)] version: i64,
        #[kwonly]
        #[default(true)]
        allow_code: bool,
    ) -> Result<Object, Raised> {
        let mut writer = Writer { out: Vec::new(), version, seen: HashMap::new(), allow_code, depth: 0 };
        writer.object(value)?;
        Ok(Bytes::new_object(&writer.out))
    }
    /// Write the value on the open file.
    pub fn dump(
        value: Value,
        file: Value,
        #[default(VERSION)] version: i64,
        #[kwonly]
        #[default(true)]
        allow_code: bool,
    ) -> Result<Object, Raised> {
        let bytes = dumps(value, version, allow_code)?;
        call_method_str(file, "write", &[bytes.value()])
    }
    /// Convert the bytes-like object to a value.
    pub fn loads(
        bytes: Buffer,
        #[kwonly]
        #[default(true)]
        allow_code: bool,
    ) -> Result<Object, Raised> {
        let data = bytes.data().to_vec();
        Ok(super::load(&data, allow_code)?.0)
    }
    /// Read one value from the open file and return it.
    pub fn load(
        file: Value,
        #[kwonly]
        #[default(true)]
        allow_code: bool,
    ) -> Result<Object, Raised> {
        // The file may hold more than one value: what was read beyond the first is given back.
        let start = call_method_str(file, "tell", &[])?;
        let rest = call_method_str(file, "read", &[])?;
        let Some(bytes) = rest.cast::<Bytes>() else {
            return Err(raise::type_error(format!(
                "file.read() returned not bytes but {}",
                rest.class().name()
            )));
        };
        let (object, used) = super::load(bytes.data(), allow_code)?;
        let end = start.value().as_small_int().unwrap_or(0) + used as i64;
        call_method_str(file, "seek", &[Object::int(end).value()])?;
        Ok(object)
    }
}
