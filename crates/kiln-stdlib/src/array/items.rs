//! The items of an array: how each type code lies in memory.

use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use kiln_text::BigInt;

/// A type code: what the items are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code(u8);

pub const CODES: &str = "bBuwhHiIlLqQfd";

impl Code {
    pub fn new(code: u32) -> Option<Code> {
        let code = u8::try_from(code).ok()?;
        CODES.as_bytes().contains(&code).then_some(Code(code))
    }
    pub fn letter(self) -> char {
        char::from(self.0)
    }
    pub fn size(self) -> usize {
        match self.0 {
            b'b' | b'B' => 1,
            b'h' | b'H' => 2,
            b'u' | b'w' | b'i' | b'I' | b'f' => 4,
            _ => 8,
        }
    }
    pub fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }
    fn is_signed(self) -> bool {
        matches!(self.0, b'b' | b'h' | b'i' | b'l' | b'q')
    }
    /// The format of the items in views.
    pub fn format(self) -> &'static str {
        match self.0 {
            b'b' => "b",
            b'B' => "B",
            b'h' => "h",
            b'H' => "H",
            b'i' => "i",
            b'I' => "I",
            b'l' => "l",
            b'L' => "L",
            b'q' => "q",
            b'Q' => "Q",
            b'f' => "f",
            b'd' => "d",
            _ => "w",
        }
    }
    /// The number by which pickles name the machine's form of the items.
    pub fn machine_format(self) -> i64 {
        match (self.0, self.size()) {
            (b'f', _) => 14,
            (b'd', _) => 16,
            (b'u' | b'w', _) => 20,
            (b'B', _) => 0,
            (b'b', _) => 1,
            (_, size) => {
                let base = [2, 6, 10][size.trailing_zeros() as usize - 1];
                if self.is_signed() { base + 2 } else { base }
            }
        }
    }

    /// The item that the bytes are.
    #[inline]
    pub fn get(self, data: &[u8]) -> Object {
        fn n<const N: usize>(data: &[u8]) -> [u8; N] {
            let mut out = [0; N];
            out.copy_from_slice(&data[..N]);
            out
        }
        match self.0 {
            b'b' => Object::int(i64::from(data[0] as i8)),
            b'B' => Object::int(i64::from(data[0])),
            b'h' => Object::int(i64::from(i16::from_ne_bytes(n(data)))),
            b'H' => Object::int(i64::from(u16::from_ne_bytes(n(data)))),
            b'i' => Object::int(i64::from(i32::from_ne_bytes(n(data)))),
            b'I' => Object::int(i64::from(u32::from_ne_bytes(n(data)))),
            b'l' | b'q' => Object::int(i64::from_ne_bytes(n(data))),
            b'f' => Object::float(f64::from(f32::from_ne_bytes(n(data)))),
            b'd' => Object::float(f64::from_ne_bytes(n(data))),
            b'u' | b'w' => Str::from_char(u32::from_ne_bytes(n(data)).min(0x10_ffff)),
            _ => match i64::try_from(u64::from_ne_bytes(n(data))) {
                Ok(small) => Object::int(small),
                Err(_) => kiln_object::int::Int::from_big(BigInt::from(u64::from_ne_bytes(n(data)))),
            },
        }
    }

    /// Whether the bytes are a code point, where the items are text.
    pub fn is_valid(self, data: &[u8]) -> bool {
        !self.is_text() || data.chunks_exact(4).all(|c| u32::from_ne_bytes([c[0], c[1], c[2], c[3]]) <= 0x10_ffff)
    }

    /// The bytes of an item, of which the first `size()` count.
    pub fn put(self, v: Value) -> Result<[u8; 8], Raised> {
        let mut out = [0; 8];
        match self.0 {
            b'f' => out[..4].copy_from_slice(&(ops::to_float(v)? as f32).to_ne_bytes()),
            b'd' => out.copy_from_slice(&ops::to_float(v)?.to_ne_bytes()),
            b'u' | b'w' => out[..4].copy_from_slice(&self.character(v)?.to_ne_bytes()),
            _ => {
                let n = self.integer(v)?;
                out.copy_from_slice(&n.to_ne_bytes());
            }
        }
        Ok(out)
    }

    fn character(self, v: Value) -> Result<u32, Raised> {
        let Some(text) = v.cast::<Str>() else {
            return Err(raise::type_error(format!("array item must be a unicode character, not {}", v.class().name())));
        };
        if text.len() != 1 {
            return Err(raise::type_error(format!(
                "array item must be a unicode character, not a string of length {}",
                text.len()
            )));
        }
        Ok(text.at(0))
    }

    /// The low 64 bits of an int within the code's range.
    fn integer(self, v: Value) -> Result<u64, Raised> {
        let int = ops::index(v)?;
        let value = int.value();
        let Some(int) = value.as_int() else { return Err(raise::type_error("an integer is required".into())) };
        if int.to_i64().is_none() && self.size() < 8 {
            return Err(raise::overflow_error(match self.0 {
                b'I' if int.is_negative() => "can't convert negative value to unsigned int",
                b'I' => "Python int too large to convert to C unsigned long",
                _ => "Python int too large to convert to C long",
            }));
        }
        if let (Some(n), true) = (int.to_i64(), self.size() < 8) {
            let bits = self.size() * 8;
            let (low, high) = match self.is_signed() {
                true => (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1),
                false => (0, (1i64 << bits) - 1),
            };
            if (low..=high).contains(&n) {
                return Ok(n as u64);
            }
            return Err(self.out_of_range(n > high));
        }
        match self.0 {
            b'l' | b'q' => int.to_i64().map(|n| n as u64),
            b'L' | b'Q' => int.to_big().to_u64(),
            _ => None,
        }
        .ok_or_else(|| self.out_of_range(!int.is_negative()))
    }

    #[cold]
    fn out_of_range(self, above: bool) -> Raised {
        let what = match self.0 {
            b'b' => "signed char",
            b'B' => "unsigned byte integer",
            b'h' => "signed short integer",
            b'H' => "unsigned short",
            b'i' => "signed integer",
            b'I' if above => "unsigned int",
            b'l' => return raise::overflow_error("Python int too large to convert to C long"),
            b'q' => return raise::overflow_error("int too big to convert"),
            b'Q' if above => return raise::overflow_error("int too big to convert"),
            b'Q' => return raise::overflow_error("can't convert negative int to unsigned"),
            b'L' if above => return raise::overflow_error("Python int too large to convert to C unsigned long"),
            _ => return raise::overflow_error("can't convert negative value to unsigned int"),
        };
        raise::overflow_error(&format!("{what} is {} than {}", if above { "greater" } else { "less" }, if above {
            "maximum"
        } else {
            "minimum"
        }))
    }
}

/// An item in the form that a pickle from any machine may hold: `(size, signed, big endian)`, or a float or text.
pub fn portable(format: i64, data: &[u8]) -> Option<Vec<Object>> {
    use kiln_text::int::ByteOrder;
    let (size, big) = match format {
        0 | 1 => (1, false),
        2..=5 => (2, format % 2 == 1),
        6..=9 | 14 | 15 | 20 | 21 => (4, format % 2 == 1),
        10..=13 | 16 | 17 => (8, format % 2 == 1),
        18 | 19 => return Some(utf16(data, format == 19)),
        _ => return None,
    };
    let signed = matches!(format, 1 | 4 | 5 | 8 | 9 | 12 | 13);
    Some(
        data.chunks_exact(size)
            .map(|item| {
                let mut bytes = item.to_vec();
                if big {
                    bytes.reverse();
                }
                match format {
                    14 | 15 => Code(b'f').get(&bytes),
                    16 | 17 => Code(b'd').get(&bytes),
                    20 | 21 => Code(b'w').get(&bytes),
                    _ => kiln_object::int::Int::from_big(BigInt::from_bytes(&bytes, ByteOrder::Little, signed)),
                }
            })
            .collect(),
    )
}

fn utf16(data: &[u8], big: bool) -> Vec<Object> {
    let units = data.chunks_exact(2).map(|c| if big { u16::from_be_bytes([c[0], c[1]]) } else { u16::from_le_bytes([c[0], c[1]]) });
    char::decode_utf16(units)
        .map(|c| Str::from_char(c.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from)))
        .collect()
}
