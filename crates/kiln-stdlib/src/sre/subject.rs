//! The text that is searched: a str, or a bytes-like object.

use kiln_builtins::bytes::buffer::Buffer;
use kiln_object::bytes::Bytes;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::Text;

/// Holds the object and, for bytes, its buffer.
pub struct Subject {
    object: Object,
    buffer: Option<Buffer>,
}

impl Subject {
    /// `is_bytes` says what the pattern is made for; a pattern of `None` takes both.
    pub fn new(v: Value, is_bytes: Option<bool>) -> Result<Subject, Raised> {
        let buffer = match v.cast::<Str>() {
            Some(_) => None,
            None => match Buffer::get(v)? {
                Some(buffer) => Some(buffer),
                None => {
                    return Err(raise!(
                        TypeError,
                        "expected string or bytes-like object, got '{}'",
                        v.class().name()
                    ));
                }
            },
        };
        match (is_bytes, &buffer) {
            (Some(true), None) => Err(raise!(TypeError, "cannot use a bytes pattern on a string-like object")),
            (Some(false), Some(_)) => Err(raise!(TypeError, "cannot use a string pattern on a bytes-like object")),
            _ => Ok(Subject { object: v.to_object(), buffer }),
        }
    }


    /// The text; not held across anything that runs Python.
    pub fn text(&self) -> Text<'_> {
        match &self.buffer {
            Some(buffer) => Text::Latin1(buffer.data()),
            None => self.object.expect::<Str>().text(),
        }
    }

    pub fn len(&self) -> usize {
        self.text().len()
    }

    /// A part, as a str or as bytes.
    pub fn part(&self, start: usize, end: usize) -> Object {
        if start == 0 && end == self.len() && (self.object.is_exact::<Str>() || self.object.is_exact::<Bytes>()) {
            return self.object.clone();
        }
        let part = self.text().slice(start, end);
        match &self.buffer {
            Some(buffer) => Bytes::new_object(&buffer.data()[start..end]),
            None => Str::from_text(part),
        }
    }

    pub fn empty(&self) -> Object {
        match self.buffer {
            Some(_) => Bytes::new_object(&[]),
            None => Str::new(""),
        }
    }

    /// The pieces joined; each is a str or bytes-like as the subject is.
    pub fn join(&self, pieces: &[Object]) -> Result<Object, Raised> {
        join(self.buffer.is_some(), pieces)
    }
}

/// Joins strs, or bytes-like objects.
pub fn join(is_bytes: bool, pieces: &[Object]) -> Result<Object, Raised> {
    if is_bytes {
        let mut out = Vec::new();
        for piece in pieces {
            match Buffer::get(piece.value())? {
                Some(buffer) => out.extend_from_slice(buffer.data()),
                None => return Err(wrong_piece(piece.value(), "a bytes-like object")),
            }
        }
        return Ok(Bytes::new_object(&out));
    }
    let mut out = kiln_text::TextBuf::new();
    for piece in pieces {
        match piece.cast::<Str>() {
            Some(text) => out.push_text(text.text()),
            None => return Err(wrong_piece(piece.value(), "str instance")),
        }
    }
    Ok(Str::from_text(out.as_text()))
}

fn wrong_piece(piece: Value, wanted: &str) -> Raised {
    raise!(TypeError, "sequence item 0: expected {wanted}, {} found", piece.class().name())
}
