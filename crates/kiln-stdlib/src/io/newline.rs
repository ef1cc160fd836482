//! Line ends: how a text stream reads and writes them, and the decoder that turns all of them into `\n`.

use kiln_object::call::call_method_str;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, object_struct, raise};
use kiln_text::{Text, TextBuf};
use std::cell::Cell;

/// What `newline=` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newline {
    /// None: any line end is read as `\n`.
    Translate,
    /// '': any line end ends a line and is kept.
    Any,
    Lf,
    Cr,
    CrLf,
}

impl Newline {
    pub fn parse(v: Option<Value>) -> Result<Newline, Raised> {
        let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(Newline::Translate) };
        let Some(text) = v.cast::<Str>() else {
            return Err(kiln_object::raise!(TypeError, "newline must be str or None, not {}", v.class().name()));
        };
        Ok(match text.to_string_lossy().as_str() {
            "" => Newline::Any,
            "\n" => Newline::Lf,
            "\r" => Newline::Cr,
            "\r\n" => Newline::CrLf,
            _ => {
                return Err(kiln_object::raise!(ValueError, "illegal newline value: {}", kiln_object::ops::repr_lossy(v)));
            }
        })
    }
    pub fn is_universal(self) -> bool {
        matches!(self, Newline::Translate | Newline::Any)
    }
    /// What `\n` becomes when it is written, if anything else.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }
    /// The end of the first line of `text` from `start` on, its line end included.
    pub fn line_end(self, text: Text<'_>, start: usize) -> Option<usize> {
        if let (Newline::Translate | Newline::Lf, Text::Latin1(units)) = (self, text) {
            return units[start..].iter().position(|b| *b == b'\n').map(|at| start + at + 1);
        }
        let len = text.len();
        let mut i = start;
        while i < len {
            match (text.at(i), self) {
                (0x0a, Newline::Translate | Newline::Lf | Newline::Any) | (0x0d, Newline::Cr) => return Some(i + 1),
                (0x0d, Newline::Any) => {
                    return Some(if i + 1 < len && text.at(i + 1) == 0x0a { i + 2 } else { i + 1 });
                }
                (0x0d, Newline::CrLf) if i + 1 < len && text.at(i + 1) == 0x0a => return Some(i + 2),
                _ => i += 1,
            }
        }
        None
    }
}

pub const SEEN_CR: u8 = 1;
pub const SEEN_LF: u8 = 2;
pub const SEEN_CRLF: u8 = 4;

/// The value of a stream's `newlines`.
pub fn seen_object(seen: u8) -> Object {
    let mut kinds = Vec::new();
    for (bit, text) in [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")] {
        if seen & bit != 0 {
            kinds.push(Str::new(text));
        }
    }
    match kinds.len() {
        0 => Object::none(),
        1 => kinds.remove(0),
        _ => Tuple::from_vec(kinds),
    }
}

/// State of universal line ends between pieces of text.
#[derive(Default)]
pub struct Universal {
    pub pending_cr: Cell<bool>,
    pub seen: Cell<u8>,
}

impl Universal {
    /// Takes the next piece; a `\r` at its end waits for what follows.
    pub fn feed(&self, text: TextBuf, translate: bool, last: bool) -> TextBuf {
        let mut text = text;
        if self.pending_cr.get() && (!text.is_empty() || last) {
            let mut joined = TextBuf::from("\r");
            joined.push_text(text.as_text());
            text = joined;
            self.pending_cr.set(false);
        }
        let len = text.len();
        if !last && len > 0 && text.as_text().at(len - 1) == 0x0d {
            text.truncate(len - 1);
            self.pending_cr.set(true);
        }
        let view = text.as_text();
        let has_cr = match view {
            Text::Latin1(units) => units.contains(&b'\r'),
            _ => view.iter().any(|c| c == 0x0d),
        };
        if !has_cr {
            if self.seen.get() & SEEN_LF == 0 && view.iter().any(|c| c == 0x0a) {
                self.seen.set(self.seen.get() | SEEN_LF);
            }
            return text;
        }
        let mut out = TextBuf::with_capacity(view.len());
        let mut seen = self.seen.get();
        let mut i = 0;
        while i < view.len() {
            let c = view.at(i);
            match c {
                0x0d if i + 1 < view.len() && view.at(i + 1) == 0x0a => {
                    seen |= SEEN_CRLF;
                    if !translate {
                        out.push(0x0d);
                    }
                    out.push(0x0a);
                    i += 1;
                }
                0x0d => {
                    seen |= SEEN_CR;
                    out.push(if translate { 0x0a } else { 0x0d });
                }
                0x0a => {
                    seen |= SEEN_LF;
                    out.push(c);
                }
                _ => out.push(c),
            }
            i += 1;
        }
        self.seen.set(seen);
        out
    }
    pub fn reset(&self) {
        self.pending_cr.set(false);
        self.seen.set(0);
    }
}

object_struct! {
    /// `_io.IncrementalNewlineDecoder`.
    pub struct NewlineDecoder = "_io.IncrementalNewlineDecoder", Container {
        decoder: Slot,
        translate: Cell<bool>,
        state: kiln_object::layout::Plain<Universal>,
    }
}

#[kiln_macros::builtin_methods("_io.IncrementalNewlineDecoder")]
impl NewlineDecoder {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] decoder: Value,
        #[kw] translate: bool,
        #[kw] _errors: Option<Value>,
    ) -> Object {
        let payload = NewlineDecoder {
            header: header::<NewlineDecoder>(),
            decoder: Slot::new(decoder.to_object()),
            translate: Cell::new(translate),
            state: kiln_object::layout::Plain(Universal::default()),
        };
        alloc_instance(cls.0, payload)
    }
    fn __init__(_this: Value, _args: kiln_object::args::Rest<'_>, _keywords: kiln_object::args::Keywords<'_>) {}
    fn decode(this: &NewlineDecoder, #[kw] input: Value, #[kw] #[default(false)] r#final: bool) -> Result<Object, Raised> {
        let decoder = this.decoder.value();
        let text = if decoder.is_none() {
            input.to_object()
        } else {
            call_method_str(decoder, "decode", &[input, Object::bool(r#final).value()])?
        };
        let Some(text) = text.cast::<Str>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "decoder should return a string result, not '{}'",
                text.class().name()
            ));
        };
        let out = this.state.feed(text.text().to_buf(), this.translate.get(), r#final);
        Ok(Str::from_text(out.as_text()))
    }
    fn getstate(this: &NewlineDecoder) -> Result<Object, Raised> {
        let decoder = this.decoder.value();
        let (buffer, flag) = if decoder.is_none() {
            (crate::buffer::bytes(b""), 0)
        } else {
            let state = call_method_str(decoder, "getstate", &[])?;
            let pair = state.cast::<Tuple>().filter(|t| t.len() == 2);
            let Some(pair) = pair else { return Err(kiln_object::raise!(TypeError, "illegal decoder state")) };
            (pair.items()[0].to_object(), pair.items()[1].as_small_int().unwrap_or(0))
        };
        let flag = (flag << 1) | i64::from(this.state.pending_cr.get());
        Ok(Tuple::from_array([buffer, Object::int(flag)]))
    }
    fn setstate(this: &NewlineDecoder, state: &Tuple) -> Result<(), Raised> {
        let [buffer, flag] = state.items() else { return Err(kiln_object::raise!(TypeError, "illegal decoder state")) };
        let flag = flag.as_small_int().unwrap_or(0);
        this.state.pending_cr.set(flag & 1 != 0);
        let decoder = this.decoder.value();
        if decoder.is_none() {
            return Ok(());
        }
        let inner = Tuple::from_array([buffer.to_object(), Object::int(flag >> 1)]);
        call_method_str(decoder, "setstate", &[inner.value()]).map(drop)
    }
    fn reset(this: &NewlineDecoder) -> Result<(), Raised> {
        this.state.reset();
        let decoder = this.decoder.value();
        if decoder.is_none() { Ok(()) } else { call_method_str(decoder, "reset", &[]).map(drop) }
    }
    #[getter]
    fn newlines(this: &NewlineDecoder) -> Object {
        seen_object(this.state.seen.get())
    }
}

pub fn install() -> &'static Type {
    define::<NewlineDecoder>(
        "IncrementalNewlineDecoder",
        "_io",
        None,
        flags::BASETYPE,
        NewlineDecoder::METHODS,
        Some("Codec used when reading a file in universal newlines mode."),
    )
}

/// The argument of `write` of a text stream.
pub fn text_argument(v: Value) -> Result<(), Raised> {
    if v.cast::<Str>().is_some() {
        return Ok(());
    }
    Err(raise::type_error(format!("write() argument must be str, not {}", kiln_object::convert::type_name(v))))
}
