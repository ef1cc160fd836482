//! The `%` operator of str and of bytes.

use crate::bytes::buffer::{Buffer, is_bytes_or_bytearray, literal_bytes};
use crate::int::digit_limit;
use crate::number::format_error;
use kiln_object::bytes::Bytes;
use kiln_object::call::call_special;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, ops, raise};
use kiln_text::format::IntArg;
use kiln_text::format::printf::{Conversion, Count, Piece, Pieces, Sizes, unsupported};
use kiln_text::text::can_hold;
use kiln_text::{Text, TextBuf};

/// The right operand, given out one by one.
struct Arguments {
    operand: Object,
    /// A tuple's items count one by one, anything else is one argument.
    is_tuple: bool,
    is_mapping: bool,
    used: usize,
    /// The value of the last `%(key)`, which the conversion takes instead.
    keyed: Option<Object>,
}

impl Arguments {
    fn new(operand: Value, bytes: bool) -> Arguments {
        let is_tuple = operand.cast::<Tuple>().is_some();
        let text = operand.cast::<Str>().is_some() || (bytes && is_bytes_or_bytearray(operand));
        let is_mapping = !is_tuple && !text && operand.class().special(Special::GetItem).is_some();
        Arguments {
            operand: operand.to_object(),
            is_tuple,
            is_mapping,
            used: 0,
            keyed: None,
        }
    }

    fn next(&mut self) -> Result<Object, Raised> {
        if let Some(keyed) = self.keyed.take() {
            return Ok(keyed);
        }
        let next = if self.is_tuple {
            self.operand
                .expect::<Tuple>()
                .get(self.used)
                .map(|value| value.to_object())
        } else {
            (self.used == 0).then(|| self.operand.clone())
        };
        self.used += 1;
        next.ok_or_else(|| raise!(TypeError, "not enough arguments for format string"))
    }

    fn key(&mut self, key: Object) -> Result<(), Raised> {
        if !self.is_mapping {
            return Err(raise!(TypeError, "format requires a mapping"));
        }
        self.keyed = Some(ops::get_item(self.operand.value(), key.value())?);
        self.used = 1;
        Ok(())
    }

    fn star(&mut self) -> Result<i64, Raised> {
        let value = self.next()?;
        match value.as_int() {
            Some(AnyInt::Small(value)) => Ok(value),
            Some(_) => Err(raise!(OverflowError, "Python int too large to convert to C ssize_t")),
            None => Err(raise!(TypeError, "* wants int")),
        }
    }

    fn all_used(&self) -> bool {
        match self.is_tuple {
            true => self.used >= self.operand.expect::<Tuple>().len(),
            false => self.is_mapping || self.used > 0,
        }
    }
}

/// Width and precision; a negative width means left alignment.
fn sizes(conversion: &mut Conversion, arguments: &mut Arguments) -> Result<Sizes, Raised> {
    let mut sizes = Sizes::default();
    match conversion.width {
        Some(Count::Given(width)) => sizes.width = width,
        Some(Count::Argument) => {
            let width = arguments.star()?;
            conversion.left |= width < 0;
            sizes.width = width.unsigned_abs() as usize;
        }
        None => {}
    }
    match conversion.precision {
        Some(Count::Given(precision)) => sizes.precision = Some(precision),
        Some(Count::Argument) => sizes.precision = Some(arguments.star()?.max(0) as usize),
        None => {}
    }
    let precision = match char::from_u32(conversion.code) {
        // Text is cut to its precision; numbers are filled up to it.
        Some('s' | 'r' | 'a' | 'b' | 'c') => 0,
        _ => sizes.precision.unwrap_or(0),
    };
    if !can_hold(sizes.width, 4) || !can_hold(precision, 4) {
        return Err(kiln_object::raise::memory_error());
    }
    Ok(sizes)
}

/// The int that `%d` or `%x` shows.
fn integer(value: Value, code: char) -> Result<Object, Raised> {
    if value.as_int().is_some() {
        return Ok(value.to_object());
    }
    let exact = matches!(code, 'x' | 'X' | 'o');
    let wrong = || {
        let wanted = if exact { "an integer" } else { "a real number" };
        raise!(
            TypeError,
            "%{code} format: {wanted} is required, not {}",
            value.class().name()
        )
    };
    let has = |s| value.class().special(s).is_some();
    if !has(Special::Index) && (exact || !(has(Special::Int) || value.as_float().is_some())) {
        return Err(wrong());
    }
    let result = if exact {
        ops::index(value)
    } else {
        crate::int::to_int(value)
    };
    result.or_else(|r| {
        drop(kiln_object::raise::catch(r, &exc::TypeError)?);
        Err(wrong())
    })
}

fn push_number(
    out: &mut TextBuf,
    conversion: &Conversion,
    code: char,
    value: Value,
    sizes: Sizes,
) -> Result<(), Raised> {
    match code {
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => conversion.push_float(out, ops::to_float(value)?, sizes),
        _ => {
            let integer = integer(value, code)?;
            let arg = match integer.as_int() {
                Some(AnyInt::Small(value)) => IntArg::Small(value),
                Some(AnyInt::Big(value)) => IntArg::Big(value),
                None => IntArg::Small(0),
            };
            conversion
                .push_int(out, arg, sizes, digit_limit())
                .map_err(format_error)?;
        }
    }
    Ok(())
}

/// The character of `%c` in a str.
fn character(value: Value) -> Result<u32, Raised> {
    if let Some(text) = value.cast::<Str>() {
        if text.len() == 1 {
            return Ok(text.at(0));
        }
        return Err(raise!(
            TypeError,
            "%c requires an int or a unicode character, not a string of length {}",
            text.len()
        ));
    }
    let Some(int) = ops::index_quiet(value)? else {
        return Err(raise!(
            TypeError,
            "%c requires an int or a unicode character, not {}",
            value.class().name()
        ));
    };
    match int.as_int() {
        Some(AnyInt::Small(code @ 0..=0x10_ffff)) => Ok(code as u32),
        _ => Err(raise!(OverflowError, "%c arg not in range(0x110000)")),
    }
}

/// The byte of `%c` in bytes.
fn byte(value: Value) -> Result<u8, Raised> {
    if let Some(bytes) = literal_bytes(value) {
        return match bytes.as_slice() {
            [byte] => Ok(*byte),
            _ => Err(raise!(
                TypeError,
                "%c requires an integer in range(256) or a single byte, not a {} object of length {}",
                value.class().name(),
                bytes.len()
            )),
        };
    }
    match value.as_int() {
        Some(AnyInt::Small(byte @ 0..=255)) => Ok(byte as u8),
        Some(_) => Err(raise!(OverflowError, "%c arg not in range(256)")),
        None => Err(raise!(
            TypeError,
            "%c requires an integer in range(256) or a single byte, not {}",
            value.class().name()
        )),
    }
}

/// The bytes of `%s` and `%b` in bytes.
fn raw(value: Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = literal_bytes(value) {
        return Ok(bytes);
    }
    if let Some(f) = value.class().special(Special::Bytes) {
        let r = call_special(f, value, &[])?;
        return match r.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.data().to_vec()),
            None => Err(raise!(
                TypeError,
                "__bytes__ returned non-bytes (type {})",
                r.class().name()
            )),
        };
    }
    match Buffer::get(value)? {
        Some(buffer) => Ok(buffer.data().to_vec()),
        None => Err(raise!(
            TypeError,
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
            value.class().name()
        )),
    }
}

fn push_argument(
    out: &mut TextBuf,
    conversion: &Conversion,
    value: Value,
    sizes: Sizes,
    bytes: bool,
) -> Result<(), Raised> {
    let text = |out: &mut TextBuf, text: Object| conversion.push_text(out, text.expect::<Str>().text(), sizes);
    let code = char::from_u32(conversion.code).unwrap_or('\u{fffd}');
    if conversion.is_bare() && !bytes {
        match code {
            's' => {
                out.push_text(ops::to_str(value)?.expect::<Str>().text());
                return Ok(());
            }
            'd' if value.is_int() => {
                out.push_text(kiln_object::int::decimal_text(value.int()).expect::<Str>().text());
                return Ok(());
            }
            _ => {}
        }
    }
    match code {
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            push_number(out, conversion, code, value, sizes)?;
        }
        's' | 'b' if bytes => conversion.push_text(out, Text::Latin1(&raw(value)?), sizes),
        's' => text(out, ops::to_str(value)?),
        'r' if !bytes => text(out, ops::repr(value)?),
        'r' | 'a' => text(out, super::format::ascii(value)?),
        'c' if bytes => conversion.push_text(
            out,
            Text::Latin1(&[byte(value)?]),
            Sizes {
                precision: None,
                ..sizes
            },
        ),
        'c' => {
            let one = [character(value)?];
            conversion.push_text(
                out,
                Text::Ucs4(&one),
                Sizes {
                    precision: None,
                    ..sizes
                },
            );
        }
        _ => return Err(format_error(unsupported(conversion))),
    }
    Ok(())
}

/// `text % operand`; with `bytes`, the text is bytes and so is the result.
pub fn format(text: Text<'_>, operand: Value, bytes: bool) -> Result<TextBuf, Raised> {
    let mut arguments = Arguments::new(operand, bytes);
    let mut out = TextBuf::with_capacity_for(text.len() + 16, text.unit_max());
    for piece in Pieces::new(text) {
        let mut conversion = match piece.map_err(format_error)? {
            Piece::Literal(start, end) => {
                out.push_text(text.slice(start, end));
                continue;
            }
            Piece::Conversion(conversion) => conversion,
        };
        if conversion.code == u32::from(b'%') && text.at(conversion.at - 1) == u32::from(b'%') {
            out.push(u32::from(b'%'));
            continue;
        }
        if let Some((start, end)) = conversion.key {
            let key = text.slice(start, end);
            arguments.key(match (bytes, key) {
                (true, Text::Latin1(key)) => Bytes::new_object(key),
                _ => Str::from_text(key),
            })?;
        }
        let sizes = sizes(&mut conversion, &mut arguments)?;
        let value = arguments.next()?;
        push_argument(&mut out, &conversion, value.value(), sizes, bytes)?;
    }
    if !arguments.all_used() {
        let what = if bytes { "bytes" } else { "string" };
        return Err(raise!(
            TypeError,
            "not all arguments converted during {what} formatting"
        ));
    }
    Ok(out)
}
