//! Format strings, and single values to and from bytes.

use kiln_builtins::memoryview::items::{half_from_f64, half_to_f64};
use kiln_object::bytes::Bytes;
use kiln_object::int::{AnyInt, Int};
use kiln_object::{Object, Raised, Value, ops};
use kiln_text::BigInt;
use kiln_text::int::ByteOrder;

/// One format character with its repeat count.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub code: u8,
    pub size: usize,
    /// How many values, or the length of `s` and `p`.
    pub count: usize,
    pub offset: usize,
}

/// A format string taken apart.
#[derive(Debug)]
pub struct Layout {
    pub format: String,
    pub order: ByteOrder,
    pub items: Vec<Item>,
    size: usize,
    /// How many values it takes.
    pub values: usize,
}

fn size_of(code: u8, native: bool) -> Option<usize> {
    Some(match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'F' => 8,
        b'D' => 16,
        b'n' | b'N' | b'P' if native => 8,
        _ => return None,
    })
}

impl Layout {
    pub fn size(&self) -> usize {
        self.size
    }

    /// The message of `struct.error` when the format is wrong.
    pub fn parse(format: &[u8]) -> Result<Layout, &'static str> {
        let (native, order, rest) = match format.first() {
            Some(b'@') => (true, ByteOrder::Little, &format[1..]),
            Some(b'=' | b'<') => (false, ByteOrder::Little, &format[1..]),
            Some(b'>' | b'!') => (false, ByteOrder::Big, &format[1..]),
            _ => (true, ByteOrder::Little, format),
        };
        let (mut items, mut offset, mut values) = (Vec::new(), 0usize, 0usize);
        let too_long = "total struct size too long";
        let mut at = 0;
        while at < rest.len() {
            if rest[at].is_ascii_whitespace() || rest[at] == 0x0b {
                at += 1;
                continue;
            }
            let mut count: Option<usize> = None;
            while at < rest.len() && rest[at].is_ascii_digit() {
                let next = count.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(usize::from(rest[at] - b'0')));
                count = Some(next.filter(|n| *n <= isize::MAX as usize).ok_or("overflow in item count")?);
                at += 1;
            }
            let Some(&code) = rest.get(at) else { return Err("repeat count given without format specifier") };
            at += 1;
            let size = size_of(code, native).ok_or("bad char in struct format")?;
            let count = count.unwrap_or(1);
            if native && !matches!(code, b'x' | b's' | b'p') {
                let align = if code == b'D' { 8 } else { size };
                offset = offset.checked_next_multiple_of(align).ok_or(too_long)?;
            }
            items.push(Item { code, size, count, offset });
            let bytes = count.checked_mul(size).ok_or(too_long)?;
            offset = offset.checked_add(bytes).filter(|n| *n <= isize::MAX as usize).ok_or(too_long)?;
            values += match code {
                b'x' => 0,
                b's' | b'p' => 1,
                _ => count,
            };
        }
        let format = String::from_utf8_lossy(format).into_owned();
        Ok(Layout { format, order, items, size: offset, values })
    }
}

fn float_bytes<const N: usize>(mut bytes: [u8; N], order: ByteOrder) -> Vec<u8> {
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    bytes.to_vec()
}

fn ordered<const N: usize>(data: &[u8], order: ByteOrder) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&data[..N]);
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    bytes
}

fn is_signed(code: u8) -> bool {
    matches!(code, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
}

/// A value out of `item.size` bytes; `s` and `p` take all of their count.
pub fn unpack_value(item: &Item, data: &[u8], order: ByteOrder) -> Object {
    match item.code {
        b'c' | b's' => Bytes::new_object(data),
        b'p' => {
            let len = data.first().map_or(0, |len| usize::from(*len).min(data.len() - 1));
            Bytes::new_object(data.get(1..1 + len).unwrap_or(&[]))
        }
        b'?' => Object::bool(data[0] != 0),
        b'e' => Object::float(half_to_f64(u16::from_le_bytes(ordered(data, order)))),
        b'f' => Object::float(f64::from(f32::from_le_bytes(ordered(data, order)))),
        b'd' => Object::float(f64::from_le_bytes(ordered(data, order))),
        b'F' => {
            let part = |at: usize| f64::from(f32::from_le_bytes(ordered(&data[at..], order)));
            kiln_object::complex::Complex::new_object(part(0), part(4))
        }
        b'D' => {
            let part = |at: usize| f64::from_le_bytes(ordered(&data[at..], order));
            kiln_object::complex::Complex::new_object(part(0), part(8))
        }
        _ => {
            // At most eight bytes: no big int is needed on the way.
            let mut bits = 0u64;
            for i in 0..data.len() {
                let byte = if order == ByteOrder::Big { data[i] } else { data[data.len() - 1 - i] };
                bits = bits << 8 | u64::from(byte);
            }
            let unused = 64 - 8 * data.len() as u32;
            if is_signed(item.code) {
                return Object::int((bits << unused) as i64 >> unused);
            }
            match i64::try_from(bits) {
                Ok(small) => Object::int(small),
                Err(_) => Int::from_big(BigInt::from(bits)),
            }
        }
    }
}

/// What is wrong with a value: a message of `struct.error`, an overflow, or a Python exception.
pub enum PackError {
    Struct(String),
    Overflow(&'static str),
    Raised(Raised),
}

impl From<Raised> for PackError {
    fn from(raised: Raised) -> PackError {
        PackError::Raised(raised)
    }
}

fn wrong<T>(message: &str) -> Result<T, PackError> {
    Err(PackError::Struct(message.to_owned()))
}

fn number(v: Value) -> Result<f64, PackError> {
    let numeric = v.as_float().is_some()
        || v.as_int().is_some()
        || v.class().special(kiln_object::Special::Float).is_some()
        || v.class().special(kiln_object::Special::Index).is_some();
    if !numeric {
        return wrong("required argument is not a float");
    }
    Ok(ops::to_float(v)?)
}

fn single(x: f64, order: ByteOrder, code: char) -> Result<Vec<u8>, PackError> {
    let narrow = x as f32;
    if narrow.is_infinite() && x.is_finite() {
        return Err(PackError::Overflow(match code {
            'e' => "float too large to pack with e format",
            _ => "float too large to pack with f format",
        }));
    }
    Ok(float_bytes(narrow.to_le_bytes(), order))
}

/// The bytes of a value.
pub fn pack_value(item: &Item, v: Value, order: ByteOrder) -> Result<Vec<u8>, PackError> {
    match item.code {
        b'c' => match kiln_builtins::bytes::buffer::literal_bytes(v).filter(|bytes| bytes.len() == 1) {
            Some(bytes) => Ok(bytes),
            None => wrong("char format requires a bytes object of length 1"),
        },
        b's' | b'p' => {
            let Some(bytes) = kiln_builtins::bytes::buffer::literal_bytes(v) else {
                return wrong(&format!("argument for '{}' must be a bytes object", char::from(item.code)));
            };
            let mut out = Vec::with_capacity(item.count);
            if item.code == b'p' && item.count > 0 {
                out.push(bytes.len().min(item.count - 1).min(255) as u8);
            }
            let room = item.count - out.len();
            out.extend_from_slice(&bytes[..bytes.len().min(room)]);
            out.resize(item.count, 0);
            Ok(out)
        }
        b'?' => Ok(vec![u8::from(ops::is_true(v)?)]),
        b'e' => match half_from_f64(number(v)?) {
            Some(bits) => Ok(float_bytes(bits.to_le_bytes(), order)),
            None => Err(PackError::Overflow("float too large to pack with e format")),
        },
        b'f' => single(number(v)?, order, 'f'),
        b'd' => Ok(float_bytes(number(v)?.to_le_bytes(), order)),
        b'F' | b'D' => {
            let (real, imag) = match v.cast::<kiln_object::complex::Complex>() {
                Some(z) => (z.real.0, z.imag.0),
                None if v.as_float().is_some() || v.as_int().is_some() => (number(v)?, 0.0),
                None => return wrong("required argument is not a complex"),
            };
            if item.code == b'D' {
                return Ok([real, imag].iter().flat_map(|x| float_bytes(x.to_le_bytes(), order)).collect());
            }
            Ok([single(real, order, 'f')?, single(imag, order, 'f')?].concat())
        }
        code => integer(item, v, order, code),
    }
}

fn integer(item: &Item, v: Value, order: ByteOrder, code: u8) -> Result<Vec<u8>, PackError> {
    let Some(int) = ops::index_quiet(v)? else { return wrong("required argument is not an integer") };
    let signed = is_signed(code);
    let bits = item.size * 8;
    if let Some(n) = int.value().as_int().and_then(|n| n.to_i64()) {
        let fits = match signed {
            true => bits == 64 || (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&n),
            false => n >= 0 && (bits == 64 || n < 1i64 << bits),
        };
        if fits {
            let mut bytes = n.to_le_bytes()[..item.size].to_vec();
            if order == ByteOrder::Big {
                bytes.reverse();
            }
            return Ok(bytes);
        }
    }
    let big = int.as_int().map_or(BigInt::ZERO, |int: AnyInt<'_>| int.to_big());
    if let Ok(bytes) = big.to_bytes(item.size, order, signed) {
        return Ok(bytes);
    }
    let (low, high) = match signed {
        true => (format!("{}", -(1i128 << (bits - 1))), format!("{}", (1i128 << (bits - 1)) - 1)),
        false => ("0".to_owned(), format!("{}", (1u128 << bits) - 1)),
    };
    let name = char::from(code);
    match code {
        b'P' => wrong("int too large to convert"),
        _ => wrong(&format!("'{name}' format requires {low} <= number <= {high}")),
    }
}
