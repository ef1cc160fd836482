//! `TextIOWrapper`: text over a buffered stream. Encodings that are known natively are encoded and decoded here; others
//! through their codec objects. What is written gathers in `pending` and goes to the buffered stream in large pieces.

use super::base::{self, IoBase, OPEN, TextBase, closed_error, is_closed, unsupported};
use super::buffered::{Buffered, BufferedReader, BufferedWriter};
use super::file::class_name;
use super::newline::{self, Newline, Universal};
use crate::codecs::{self, Native};
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call, call_method, call_method_str};
use kiln_object::layout::{ObjectType, Plain, Slot, alloc_instance};
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define};
use kiln_object::{Object, Raised, Type, Value, attr, intern, object_struct, ops, raise};
use kiln_text::codecs::Endian;
use kiln_text::{Text, TextBuf};
use std::cell::{Cell, RefCell};

/// Bytes that gather before they are handed on, and that are read at once.
const CHUNK: usize = 8192;

object_struct! {
    /// `_io.TextIOWrapper`.
    pub struct TextIo = "_io.TextIOWrapper" extends TextBase, Container {
        pub buffer: Slot,
        pub encoding: Slot,
        pub errors: Slot,
        /// The native codec, where there is one.
        pub native: Cell<Option<Native>>,
        /// Codec objects for other encodings.
        pub encoder: Slot,
        pub decoder: Slot,
        pub newline: Cell<Newline>,
        pub line_buffering: Cell<bool>,
        pub write_through: Cell<bool>,
        pub detached: Cell<bool>,
        pub ready: Cell<bool>,
        pub pending: Plain<RefCell<Vec<u8>>>,
        /// Decoded and not read yet, from `at` on.
        pub ahead: Plain<RefCell<TextBuf>>,
        pub at: Cell<usize>,
        /// Bytes of a character that is not complete.
        pub partial: Plain<RefCell<Vec<u8>>>,
        pub universal: Plain<Universal>,
        /// The bytes that `ahead` was decoded from, for `tell`.
        pub origin: Plain<RefCell<Vec<u8>>>,
        pub at_end: Cell<bool>,
        pub chunk: Cell<usize>,
    }
}

impl TextIo {
    fn payload() -> TextIo {
        TextIo {
            base: TextBase { base: IoBase::payload() },
            buffer: Slot::empty(),
            encoding: Slot::empty(),
            errors: Slot::empty(),
            native: Cell::new(Some(Native::Utf8)),
            encoder: Slot::empty(),
            decoder: Slot::empty(),
            newline: Cell::new(Newline::Translate),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            detached: Cell::new(false),
            ready: Cell::new(false),
            pending: Plain(RefCell::default()),
            ahead: Plain(RefCell::default()),
            at: Cell::new(0),
            partial: Plain(RefCell::default()),
            universal: Plain(Universal::default()),
            origin: Plain(RefCell::default()),
            at_end: Cell::new(false),
            chunk: Cell::new(CHUNK),
        }
    }
    fn stream(&self) -> Result<Object, Raised> {
        match self.buffer.get() {
            Some(buffer) => Ok(buffer),
            None if self.detached.get() => Err(raise::value_error("underlying buffer has been detached")),
            None => Err(raise::value_error("I/O operation on uninitialized object")),
        }
    }
    fn open_stream(&self) -> Result<Object, Raised> {
        let stream = self.stream()?;
        if stream_closed(&stream)? { Err(closed_error()) } else { Ok(stream) }
    }
    fn errors_text(&self) -> String {
        self.errors.get().and_then(|e| e.cast::<Str>().map(Str::to_string_lossy)).unwrap_or_else(|| "strict".to_owned())
    }
    fn encoding_text(&self) -> String {
        self.encoding.get().and_then(|e| e.cast::<Str>().map(Str::to_string_lossy)).unwrap_or_default()
    }
    fn encode(&self, text: &Str) -> Result<Vec<u8>, Raised> {
        let translated;
        let view = match self.newline.get().written() {
            Some(end) if text.text().find_code(0x0a).is_some() => {
                let mut out = TextBuf::with_capacity(text.len() + 8);
                for code in text.text().iter() {
                    if code == 0x0a { out.push_str(end) } else { out.push(code) }
                }
                translated = out;
                translated.as_text()
            }
            _ => text.text(),
        };
        match self.native.get() {
            Some(codec) => {
                let bytes = codecs::encode_native(codec, view, &self.errors_text())?;
                // The mark comes once, at the beginning.
                self.native.set(Some(match codec {
                    Native::Utf16(Endian::Marked) => Native::Utf16(Endian::Little),
                    Native::Utf32(Endian::Marked) => Native::Utf32(Endian::Little),
                    Native::Utf8Sig => Native::Utf8,
                    other => other,
                }));
                Ok(bytes)
            }
            None => {
                let encoder = self.codec_object(&self.encoder, 2)?;
                let piece = Str::from_text(view);
                let bytes = call_method_str(encoder.value(), "encode", &[piece.value()])?;
                crate::buffer::to_vec(bytes.value())
            }
        }
    }
    /// The incremental encoder or decoder of a codec written in Python.
    fn codec_object(&self, slot: &Slot, which: usize) -> Result<Object, Raised> {
        if let Some(made) = slot.get() {
            return Ok(made);
        }
        let codec = codecs::lookup(&self.encoding_text())?;
        let name = if which == 2 { "incrementalencoder" } else { "incrementaldecoder" };
        let class = attr::get_attr_str(codec.value(), name)?;
        let made = call(class.value(), &[Str::new(&self.errors_text()).value()])?;
        slot.set(made.clone());
        Ok(made)
    }
    /// Writes text; the fast way of `print`.
    pub fn write_text(&self, text: &Str) -> Result<(), Raised> {
        let stream = self.open_stream()?;
        let plain = self.newline.get().written().is_none();
        let ascii = match (self.native.get(), text.text()) {
            (Some(Native::Utf8 | Native::Ascii | Native::Latin1), Text::Latin1(units)) if plain && text.is_ascii() => {
                self.pending.borrow_mut().extend_from_slice(units);
                true
            }
            _ => false,
        };
        if !ascii {
            let bytes = self.encode(text)?;
            self.pending.borrow_mut().extend(bytes);
        }
        if !self.ahead.borrow().is_empty() {
            self.forget_ahead();
        }
        let flush_line = self.line_buffering.get() && {
            let view = text.text();
            view.find_code(0x0a).is_some() || view.find_code(0x0d).is_some()
        };
        if self.pending.borrow().len() >= self.chunk.get() || flush_line || self.write_through.get() {
            self.hand_on(&stream)?;
        }
        if flush_line {
            flush_stream(&stream)?;
        }
        Ok(())
    }
    /// Gives what is pending to the buffered stream.
    fn hand_on(&self, stream: &Object) -> Result<(), Raised> {
        if self.pending.borrow().is_empty() {
            return Ok(());
        }
        let data = std::mem::take(&mut *self.pending.borrow_mut());
        if let Some(writer) = stream.exact::<BufferedWriter>() {
            let result = writer.base.push(&data);
            let mut data = data;
            data.clear();
            if self.pending.borrow().is_empty() {
                *self.pending.borrow_mut() = data;
            }
            return result;
        }
        call_method(stream.value(), intern!("write"), &[crate::buffer::bytes(&data).value()]).map(drop)
    }
    pub fn flush_all(&self) -> Result<(), Raised> {
        let stream = self.open_stream()?;
        self.hand_on(&stream)?;
        flush_stream(&stream)
    }
    fn forget_ahead(&self) {
        self.ahead.borrow_mut().clear();
        self.at.set(0);
        self.origin.borrow_mut().clear();
        self.partial.borrow_mut().clear();
        self.universal.pending_cr.set(false);
        self.at_end.set(false);
    }
    /// Decodes bytes; `last` when the stream is at its end.
    fn decode(&self, data: &[u8], last: bool) -> Result<TextBuf, Raised> {
        let text = match self.native.get() {
            Some(codec) => {
                let mut input = std::mem::take(&mut *self.partial.borrow_mut());
                input.extend_from_slice(data);
                let codec = self.resolve_mark(codec, &mut input, last);
                let (text, used) = codecs::decode_native(codec, &input, &self.errors_text(), last)?;
                *self.partial.borrow_mut() = input[used..].to_vec();
                text
            }
            None => {
                let decoder = self.codec_object(&self.decoder, 3)?;
                let bytes = crate::buffer::bytes(data);
                let text = call_method_str(decoder.value(), "decode", &[bytes.value(), Object::bool(last).value()])?;
                match text.cast::<Str>() {
                    Some(text) => text.text().to_buf(),
                    None => {
                        return Err(kiln_object::raise!(
                            TypeError,
                            "decoder should return a string result, not '{}'",
                            text.class().name()
                        ));
                    }
                }
            }
        };
        let newline = self.newline.get();
        Ok(if newline.is_universal() { self.universal.feed(text, newline == Newline::Translate, last) } else { text })
    }
    /// Settles byte order and mark at the beginning of a stream.
    fn resolve_mark(&self, codec: Native, input: &mut Vec<u8>, last: bool) -> Native {
        let (resolved, cut) = match codec {
            Native::Utf16(Endian::Marked) if input.len() >= 2 => match input[..2] {
                [0xff, 0xfe] => (Native::Utf16(Endian::Little), 2),
                [0xfe, 0xff] => (Native::Utf16(Endian::Big), 2),
                _ => (Native::Utf16(Endian::Little), 0),
            },
            Native::Utf32(Endian::Marked) if input.len() >= 4 => match input[..4] {
                [0xff, 0xfe, 0, 0] => (Native::Utf32(Endian::Little), 4),
                [0, 0, 0xfe, 0xff] => (Native::Utf32(Endian::Big), 4),
                _ => (Native::Utf32(Endian::Little), 0),
            },
            Native::Utf8Sig if input.len() >= 3 || last => {
                (Native::Utf8, if input.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 })
            }
            other => return other,
        };
        input.drain(..cut);
        self.native.set(Some(resolved));
        resolved
    }
    /// Reads and decodes more; false at the end.
    fn more(&self, stream: &Object) -> Result<bool, Raised> {
        if self.at_end.get() {
            return Ok(false);
        }
        self.hand_on(stream)?;
        let data = match stream.exact::<BufferedReader>() {
            Some(reader) => reader.base.read_chunk()?,
            None => {
                let read1 = attr::find_attr_str(stream.value(), "read1")?;
                let size = Object::int(self.chunk.get() as i64);
                let data = match read1 {
                    Some(read1) => call(read1.value(), &[size.value()])?,
                    None => call_method_str(stream.value(), "read", &[size.value()])?,
                };
                if !crate::buffer::is_bytes(data.value()) && data.cast::<Str>().is_some() || data.is_none() {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "underlying read1() should have returned a bytes-like object, not '{}'",
                        data.class().name()
                    ));
                }
                crate::buffer::to_vec(data.value())?
            }
        };
        let last = data.is_empty();
        let before = self.partial.borrow().clone();
        let had_cr = self.universal.pending_cr.get();
        let text = self.decode(&data, last)?;
        // What was read already is dropped, and with it the bytes it came from.
        let used_up = self.at.get() == self.ahead.borrow().len();
        if used_up {
            *self.ahead.borrow_mut() = text;
            self.at.set(0);
            let mut origin = before;
            if had_cr {
                origin.insert(0, b'\r');
            }
            origin.extend_from_slice(&data);
            *self.origin.borrow_mut() = origin;
        } else {
            self.ahead.borrow_mut().push_text(text.as_text());
            self.origin.borrow_mut().extend_from_slice(&data);
        }
        if last {
            self.at_end.set(true);
        }
        Ok(!last || !self.rest_is_empty())
    }
    fn rest_is_empty(&self) -> bool {
        self.at.get() >= self.ahead.borrow().len()
    }
    fn take(&self, count: usize) -> Object {
        let at = self.at.get();
        let ahead = self.ahead.borrow();
        let end = at.saturating_add(count).min(ahead.len());
        self.at.set(end);
        Str::from_text(ahead.as_text().slice(at, end))
    }
    fn check_readable(&self, stream: &Object) -> Result<(), Raised> {
        let can = match stream.exact::<BufferedReader>() {
            Some(_) => return Ok(()),
            None if stream.exact::<BufferedWriter>().is_some() => false,
            None => match attr::find_attr_str(stream.value(), "readable")? {
                Some(readable) => call(readable.value(), &[])?.is_true(),
                None => true,
            },
        };
        if can { Ok(()) } else { Err(unsupported("not readable")) }
    }
    fn line(&self, limit: usize) -> Result<Object, Raised> {
        let stream = self.open_stream()?;
        self.check_readable(&stream)?;
        let newline = self.newline.get();
        loop {
            {
                let at = self.at.get();
                let ahead = self.ahead.borrow();
                let text = ahead.as_text();
                let end = newline.line_end(text, at).map(|end| end.min(at.saturating_add(limit)));
                let end = end.or_else(|| (text.len() - at >= limit).then(|| at + limit));
                if let Some(end) = end {
                    self.at.set(end);
                    return Ok(Str::from_text(text.slice(at, end)));
                }
            }
            if !self.more(&stream)? {
                return Ok(self.take(usize::MAX));
            }
        }
    }
    /// How many bytes the part of `ahead` that was read came from.
    fn bytes_read(&self) -> Result<usize, Raised> {
        let wanted = self.at.get();
        let origin = self.origin.borrow();
        if wanted == 0 {
            return Ok(0);
        }
        let translate = self.newline.get() == Newline::Translate;
        let single = match self.native.get() {
            Some(Native::Utf8 | Native::Utf8Sig) => false,
            Some(Native::Latin1 | Native::Ascii) => true,
            Some(Native::Utf16(_)) => return Ok(wanted * 2),
            Some(Native::Utf32(_)) => return Ok(wanted * 4),
            _ => return Err(kiln_object::raise!(OSError, "telling position is not supported for this encoding")),
        };
        let (mut chars, mut i) = (0, 0);
        while chars < wanted && i < origin.len() {
            let b = origin[i];
            i += 1;
            if !single && b >= 0xc0 {
                while i < origin.len() && origin[i] & 0xc0 == 0x80 {
                    i += 1;
                }
            }
            if translate && b == b'\r' && origin.get(i) == Some(&b'\n') {
                i += 1;
            }
            chars += 1;
        }
        Ok(i)
    }
}

fn stream_closed(stream: &Object) -> Result<bool, Raised> {
    let raw = match (stream.exact::<BufferedWriter>(), stream.exact::<BufferedReader>()) {
        (Some(w), _) => w.base.raw.get(),
        (_, Some(r)) => r.base.raw.get(),
        _ => None,
    };
    match raw.as_ref().and_then(|raw| raw.exact::<super::file::FileIo>()) {
        Some(file) => Ok(file.fd.get() < 0),
        None => is_closed(stream.value()),
    }
}

fn flush_stream(stream: &Object) -> Result<(), Raised> {
    if let Some(writer) = stream.exact::<BufferedWriter>() {
        return writer.base.flush_behind();
    }
    call_method(stream.value(), intern!("flush"), &[]).map(drop)
}

/// Options of a new wrapper.
pub struct Options<'a> {
    pub encoding: Option<String>,
    pub errors: Option<String>,
    pub newline: Option<Value>,
    pub line_buffering: bool,
    pub write_through: bool,
    pub keep_alive: std::marker::PhantomData<&'a ()>,
}

/// A wrapper around a buffered stream.
pub fn make(buffer: &Object, options: Options<'_>) -> Result<Object, Raised> {
    let text = alloc_instance(TextIo::class(), TextIo::payload());
    initialize(text.value(), buffer.value(), options)?;
    Ok(text)
}

fn initialize(this: Value, buffer: Value, options: Options<'_>) -> Result<(), Raised> {
    let me = this.expect::<TextIo>();
    me.ready.set(false);
    let encoding = match options.encoding.as_deref() {
        // The locale's encoding, as the C library spells it.
        None => "UTF-8".to_owned(),
        Some(name) if name.eq_ignore_ascii_case("locale") => "UTF-8".to_owned(),
        Some(name) => name.to_owned(),
    };
    if encoding.contains('\0') {
        return Err(raise::value_error("embedded null character"));
    }
    let native = Native::by_name(&encoding);
    if native.is_none() {
        let codec = codecs::lookup(&encoding)?;
        let is_text = attr::find_attr_str(codec.value(), "_is_text_encoding")?;
        if is_text.is_some_and(|t| t.is_false()) {
            return Err(kiln_object::raise!(
                LookupError,
                "{} is not a text encoding; use codecs.open() to handle arbitrary codecs",
                crate::import::quoted(&encoding)
            ));
        }
    }
    let errors = options.errors.unwrap_or_else(|| "strict".to_owned());
    if errors != "strict" {
        codecs::handler(&errors)?;
    }
    me.native.set(native);
    me.encoder.clear();
    me.decoder.clear();
    me.encoding.set(Str::new(&encoding));
    me.errors.set(Str::new(&errors));
    me.newline.set(Newline::parse(options.newline)?);
    me.line_buffering.set(options.line_buffering);
    me.write_through.set(options.write_through);
    me.forget_ahead();
    me.pending.borrow_mut().clear();
    me.detached.set(false);
    me.buffer.set(buffer.to_object());
    me.ready.set(true);
    // A file that is appended to has its mark already.
    if matches!(native, Some(Native::Utf8Sig | Native::Utf16(Endian::Marked) | Native::Utf32(Endian::Marked)))
        && buffer.cast::<Buffered>().is_some_and(|b| b.writes.get())
        && let Ok(at) = call_method_str(buffer, "tell", &[]).map_err(raise::clear)
        && at.as_small_int().is_some_and(|at| at > 0)
        && !buffer.cast::<Buffered>().is_some_and(|b| b.reads.get())
    {
        me.native.set(Some(match native {
            Some(Native::Utf16(_)) => Native::Utf16(Endian::Little),
            Some(Native::Utf32(_)) => Native::Utf32(Endian::Little),
            _ => Native::Utf8,
        }));
    }
    Ok(())
}

#[kiln_macros::builtin_methods("_io.TextIOWrapper")]
impl TextIo {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, TextIo::payload())
    }
    fn __init__(
        this: Value,
        #[kw] buffer: Value,
        #[kw] #[none] encoding: Option<String>,
        #[kw] #[none] errors: Option<String>,
        #[kw] newline: Option<Value>,
        #[kw] #[default(false)] line_buffering: bool,
        #[kw] #[default(false)] write_through: bool,
    ) -> Result<(), Raised> {
        let keep_alive = std::marker::PhantomData;
        initialize(this, buffer, Options { encoding, errors, newline, line_buffering, write_through, keep_alive })
    }
    fn write(this: &TextIo, text: Value) -> Result<usize, Raised> {
        newline::text_argument(text)?;
        let text = text.expect::<Str>();
        this.write_text(text)?;
        Ok(text.len())
    }
    fn flush(this: &TextIo) -> Result<(), Raised> {
        this.flush_all()
    }
    fn read(this: &TextIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let stream = this.open_stream()?;
        this.check_readable(&stream)?;
        let Some(count) = size.filter(|n| *n >= 0) else {
            this.hand_on(&stream)?;
            let rest = call_method_str(stream.value(), "read", &[])?;
            if rest.is_none() {
                return Err(kiln_object::raise!(BlockingIOError, "Read returned None."));
            }
            let data = crate::buffer::to_vec(rest.value())?;
            let mut out = this.take(usize::MAX).expect::<Str>().text().to_buf();
            let text = this.decode(&data, true)?;
            out.push_text(text.as_text());
            this.forget_ahead();
            return Ok(Str::from_text(out.as_text()));
        };
        let count = count as usize;
        loop {
            if this.ahead.borrow().len() - this.at.get() >= count || !this.more(&stream)? {
                return Ok(this.take(count));
            }
        }
    }
    fn readline(this: &TextIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        this.line(size.filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize))
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        let line = match this.exact::<TextIo>() {
            Some(me) => me.line(usize::MAX)?,
            None => call_method(this, intern!("readline"), &[])?,
        };
        if line.cast::<Str>().is_some_and(Str::is_empty) {
            return Err(raise::stop_iteration(None));
        }
        Ok(line)
    }
    fn close(this: Value) -> Result<(), Raised> {
        let me = this.expect::<TextIo>();
        let stream = me.stream()?;
        if stream_closed(&stream)? {
            return Ok(());
        }
        let flushed = call_method(this, intern!("flush"), &[]).map(drop);
        base::both(flushed, || call_method(stream.value(), intern!("close"), &[]).map(drop))
    }
    fn detach(this: Value) -> Result<Object, Raised> {
        let me = this.expect::<TextIo>();
        me.stream()?;
        call_method_str(this, "flush", &[])?;
        me.detached.set(true);
        me.buffer.take().ok_or_else(|| raise::value_error("underlying buffer has been detached"))
    }
    fn seekable(this: &TextIo) -> Result<Object, Raised> {
        call_method_str(this.stream()?.value(), "seekable", &[])
    }
    fn readable(this: &TextIo) -> Result<Object, Raised> {
        call_method_str(this.stream()?.value(), "readable", &[])
    }
    fn writable(this: &TextIo) -> Result<Object, Raised> {
        call_method_str(this.stream()?.value(), "writable", &[])
    }
    fn fileno(this: &TextIo) -> Result<Object, Raised> {
        call_method_str(this.stream()?.value(), "fileno", &[])
    }
    fn isatty(this: &TextIo) -> Result<Object, Raised> {
        call_method_str(this.stream()?.value(), "isatty", &[])
    }
    fn tell(this: &TextIo) -> Result<i64, Raised> {
        let stream = this.open_stream()?;
        let seekable = call_method_str(stream.value(), "seekable", &[])?;
        if !seekable.is_true() {
            return Err(unsupported("underlying stream is not seekable"));
        }
        this.hand_on(&stream)?;
        flush_stream(&stream)?;
        let at = call_method_str(stream.value(), "tell", &[])?.as_int().and_then(|i| i.to_i64()).unwrap_or(0);
        let origin = this.origin.borrow().len();
        if origin == 0 {
            return Ok(at);
        }
        Ok(at - (origin - this.bytes_read()?) as i64)
    }
    fn seek(this: &TextIo, cookie: Value, #[default(0)] whence: i32) -> Result<Object, Raised> {
        let stream = this.open_stream()?;
        let seekable = call_method_str(stream.value(), "seekable", &[])?;
        if !seekable.is_true() {
            return Err(unsupported("underlying stream is not seekable"));
        }
        let zero = ops::is_equal(cookie, Object::int(0).value())?;
        let target = match whence {
            0 => {
                if ops::compare_bool(ops::CompareOp::Lt, cookie, Object::int(0).value())? {
                    return Err(kiln_object::raise!(ValueError, "negative seek position {}", ops::repr_lossy(cookie)));
                }
                cookie.to_object()
            }
            1 if zero => Object::int(TextIo::tell(this)?),
            1 => return Err(unsupported("can't do nonzero cur-relative seeks")),
            2 if zero => {
                this.hand_on(&stream)?;
                flush_stream(&stream)?;
                this.forget_ahead();
                return call_method_str(stream.value(), "seek", &[Object::int(0).value(), Object::int(2).value()]);
            }
            2 => return Err(unsupported("can't do nonzero end-relative seeks")),
            _ => return Err(kiln_object::raise!(ValueError, "invalid whence ({whence}, should be 0, 1 or 2)")),
        };
        this.hand_on(&stream)?;
        flush_stream(&stream)?;
        this.forget_ahead();
        this.decoder.clear();
        this.encoder.clear();
        if whence == 0 && zero {
            // The mark is expected again.
            this.native.set(Native::by_name(&this.encoding_text()));
        }
        call_method_str(stream.value(), "seek", &[target.value()])?;
        Ok(target)
    }
    fn truncate(this: Value, #[none] pos: Option<Value>) -> Result<Object, Raised> {
        call_method_str(this, "flush", &[])?;
        let stream = this.expect::<TextIo>().stream()?;
        let pos = match pos {
            Some(pos) => pos.to_object(),
            None => call_method_str(this, "tell", &[])?,
        };
        call_method_str(stream.value(), "truncate", &[pos.value()])
    }
    fn reconfigure(
        this: Value,
        #[kwonly] #[none] encoding: Option<String>,
        #[kwonly] #[none] errors: Option<String>,
        #[kwonly] newline: Option<Value>,
        #[kwonly] #[none] line_buffering: Option<bool>,
        #[kwonly] #[none] write_through: Option<bool>,
    ) -> Result<(), Raised> {
        let me = this.expect::<TextIo>();
        let stream = me.stream()?;
        if (encoding.is_some() || newline.is_some()) && !me.ahead.borrow().is_empty() {
            return Err(unsupported("It is not possible to set the encoding or newline of stream after the first read"));
        }
        call_method_str(this, "flush", &[])?;
        let errors = match (&encoding, errors) {
            (_, Some(errors)) => errors,
            (Some(_), None) => "strict".to_owned(),
            (None, None) => me.errors_text(),
        };
        if let Some(encoding) = &encoding {
            let native = Native::by_name(encoding);
            if native.is_none() {
                codecs::lookup(encoding)?;
            }
            me.native.set(native);
            me.encoder.clear();
            me.decoder.clear();
            me.encoding.set(Str::new(encoding));
        }
        if errors != "strict" {
            codecs::handler(&errors)?;
        }
        me.errors.set(Str::new(&errors));
        if newline.is_some() {
            me.newline.set(Newline::parse(newline)?);
        }
        if let Some(on) = line_buffering {
            me.line_buffering.set(on);
        }
        if let Some(on) = write_through {
            me.write_through.set(on);
        }
        drop(stream);
        Ok(())
    }
    #[getter]
    #[name = "buffer"]
    fn buffer_getter(this: &TextIo) -> Result<Object, Raised> {
        this.stream()
    }
    #[getter]
    fn closed(this: &TextIo) -> Result<bool, Raised> {
        stream_closed(&this.stream()?)
    }
    #[getter]
    #[name = "encoding"]
    fn encoding_getter(this: &TextIo) -> Object {
        this.encoding.get().unwrap_or_else(Object::none)
    }
    #[getter]
    #[name = "errors"]
    fn errors_getter(this: &TextIo) -> Object {
        this.errors.get().unwrap_or_else(Object::none)
    }
    #[getter]
    fn newlines(this: &TextIo) -> Object {
        newline::seen_object(this.universal.seen.get())
    }
    #[getter]
    #[name = "line_buffering"]
    fn line_buffering_getter(this: &TextIo) -> bool {
        this.line_buffering.get()
    }
    #[getter]
    #[name = "write_through"]
    fn write_through_getter(this: &TextIo) -> bool {
        this.write_through.get()
    }
    #[getter]
    fn name(this: &TextIo) -> Result<Object, Raised> {
        attr::get_attr_str(this.stream()?.value(), "name")
    }
    #[getter]
    fn _finalizing(_this: &TextIo) -> bool {
        false
    }
    #[getter]
    fn _CHUNK_SIZE(this: &TextIo) -> usize {
        this.chunk.get()
    }
    #[setter]
    #[name = "_CHUNK_SIZE"]
    fn set_chunk_size(this: &TextIo, value: Option<usize>) -> Result<(), Raised> {
        match value {
            Some(n) if n > 0 => {
                this.chunk.set(n);
                Ok(())
            }
            _ => Err(raise::value_error("a strictly positive integer is required")),
        }
    }
    fn __repr__(this: Value) -> String {
        let me = this.expect::<TextIo>();
        let mut out = format!("<{}", class_name(this));
        for name in ["name", "mode"] {
            match attr::find_attr_str(this, name) {
                Ok(Some(value)) => out.push_str(&format!(" {name}={}", ops::repr_lossy(value.value()))),
                Ok(None) => {}
                Err(raised) => raise::clear(raised),
            }
        }
        let encoding = me.encoding.get().map_or_else(|| "None".to_owned(), |e| ops::repr_lossy(e.value()));
        format!("{out} encoding={encoding}>")
    }
}

/// Short cut for `for line in file`.
fn next_line(this: Value) -> Result<Option<Object>, Raised> {
    let line = this.expect::<TextIo>().line(usize::MAX)?;
    Ok((!line.cast::<Str>().is_some_and(Str::is_empty)).then_some(line))
}

pub fn install() -> &'static Type {
    let class =
        define::<TextIo>("TextIOWrapper", "_io", Some(TextBase::class()), OPEN, TextIo::METHODS, Some("Character and line based layer over a BufferedIOBase object, buffer."));
    kiln_object::iter::set_fast_next_only(class, next_line);
    class
}
