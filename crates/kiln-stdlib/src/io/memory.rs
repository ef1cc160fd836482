//! `BytesIO` and `StringIO`: streams in memory.

use super::base::{BufferedBase, IoBase, OPEN, TextBase, closed_error};
use super::newline::{self, Newline, Universal};
use kiln_object::args::{Keywords, Rest};
use kiln_builtins::bytes::buffer::{Buffer, Export, register};
use kiln_builtins::memoryview::MemoryView;
use kiln_object::layout::{ObjectType, Plain, Slot, alloc, alloc_instance, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, instance, object_struct, ops, raise};
use kiln_text::TextBuf;
use std::cell::{Cell, RefCell};

object_struct! {
    /// `_io.BytesIO`.
    pub struct BytesIo = "_io.BytesIO" extends BufferedBase, Container {
        data: Plain<RefCell<Vec<u8>>>,
        at: Cell<usize>,
        closed: Cell<bool>,
        /// How many views look into the data, which does not change its length meanwhile.
        exports: Cell<usize>,
    }
}
object_struct! {
    /// What `BytesIO.getbuffer` gives views of.
    pub struct BytesIoBuffer = "_io._BytesIOBuffer", Container { source: Slot }
}

fn export(v: Value) -> Result<Export, Raised> {
    let source = v.expect::<BytesIoBuffer>().source.value();
    let source = source.expect::<BytesIo>();
    source.exports.set(source.exports.get() + 1);
    let mut data = source.data.borrow_mut();
    Ok(Export { data: data.as_mut_ptr(), len: data.len(), readonly: false, format: "B", item_size: 1, release })
}
fn release(v: Value) {
    let source = v.expect::<BytesIoBuffer>().source.value();
    let source = source.expect::<BytesIo>();
    source.exports.set(source.exports.get().saturating_sub(1));
}
object_struct! {
    /// `_io.StringIO`: code points, so that any place can be reached at once.
    pub struct StringIo = "_io.StringIO" extends TextBase, Container {
        data: Plain<RefCell<TextBuf>>,
        at: Cell<usize>,
        closed: Cell<bool>,
        newline: Cell<Newline>,
        universal: Plain<Universal>,
    }
}

fn position(pos: i64, whence: i32, at: usize, len: usize) -> Result<usize, Raised> {
    let target = match whence {
        0 if pos < 0 => return Err(kiln_object::raise!(ValueError, "negative seek value {pos}")),
        0 => pos,
        1 => at as i64 + pos,
        2 => len as i64 + pos,
        _ => return Err(kiln_object::raise!(ValueError, "invalid whence ({whence}, should be 0, 1 or 2)")),
    };
    Ok(target.max(0) as usize)
}

impl BytesIo {
    fn open(&self) -> Result<(), Raised> {
        if self.closed.get() { Err(closed_error()) } else { Ok(()) }
    }
    fn take(&self, count: usize) -> Vec<u8> {
        let data = self.data.borrow();
        let at = self.at.get().min(data.len());
        let end = at.saturating_add(count).min(data.len());
        if end > at {
            self.at.set(end);
        }
        data[at..end].to_vec()
    }
    fn line(&self, limit: usize) -> Vec<u8> {
        let n = {
            let data = self.data.borrow();
            let rest = &data[self.at.get().min(data.len())..];
            rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1).min(limit)
        };
        self.take(n)
    }
    /// An error while views look into the data.
    fn resizable(&self) -> Result<(), Raised> {
        if self.exports.get() > 0 {
            return Err(kiln_object::raise!(BufferError, "Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }
    fn put(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut data = self.data.borrow_mut();
        let at = self.at.get();
        if at > data.len() {
            data.resize(at, 0);
        }
        let overlap = bytes.len().min(data.len() - at);
        data[at..at + overlap].copy_from_slice(&bytes[..overlap]);
        data.extend_from_slice(&bytes[overlap..]);
        self.at.set(at + bytes.len());
    }
}

fn limit(size: Option<i64>) -> usize {
    size.filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize)
}

#[kiln_macros::builtin_methods("_io.BytesIO")]
impl BytesIo {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        let payload = BytesIo {
            base: BufferedBase { base: IoBase::payload() },
            data: Plain(RefCell::default()),
            at: Cell::new(0),
            closed: Cell::new(false),
            exports: Cell::new(0),
        };
        alloc_instance(cls.0, payload)
    }
    fn __init__(this: &BytesIo, #[kw] #[none] initial_bytes: Option<Value>) -> Result<(), Raised> {
        this.resizable()?;
        let data = initial_bytes.map(crate::buffer::to_vec).transpose()?.unwrap_or_default();
        *this.data.borrow_mut() = data;
        this.at.set(0);
        Ok(())
    }
    fn read(this: &BytesIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        this.open()?;
        Ok(crate::buffer::bytes(&this.take(limit(size))))
    }
    fn read1(this: &BytesIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        BytesIo::read(this, size)
    }
    fn readline(this: &BytesIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        this.open()?;
        Ok(crate::buffer::bytes(&this.line(limit(size))))
    }
    fn readlines(this: &BytesIo, #[none] size: Option<i64>) -> Result<Vec<Object>, Raised> {
        this.open()?;
        let wanted = size.filter(|n| *n > 0).map_or(usize::MAX, |n| n as usize);
        let (mut out, mut total) = (Vec::new(), 0);
        loop {
            let line = this.line(usize::MAX);
            if line.is_empty() {
                return Ok(out);
            }
            total += line.len();
            out.push(crate::buffer::bytes(&line));
            if total >= wanted {
                return Ok(out);
            }
        }
    }
    fn readinto(this: &BytesIo, buffer: Value) -> Result<usize, Raised> {
        this.open()?;
        let room = crate::buffer::writable_len(buffer)?;
        let data = this.take(room);
        crate::buffer::write_into(buffer, &data)?;
        Ok(data.len())
    }
    fn __next__(this: &BytesIo) -> Result<Object, Raised> {
        this.open()?;
        let line = this.line(usize::MAX);
        if line.is_empty() { Err(raise::stop_iteration(None)) } else { Ok(crate::buffer::bytes(&line)) }
    }
    fn write(this: &BytesIo, data: Value) -> Result<usize, Raised> {
        this.open()?;
        this.resizable()?;
        let data = crate::buffer::to_vec(data)?;
        this.resizable()?;
        this.put(&data);
        Ok(data.len())
    }
    fn writelines(this: &BytesIo, lines: Value) -> Result<(), Raised> {
        this.open()?;
        ops::for_each(lines, |line| {
            let data = crate::buffer::to_vec(line.value())?;
            this.resizable()?;
            this.put(&data);
            Ok(())
        })
    }
    fn getvalue(this: &BytesIo) -> Result<Object, Raised> {
        this.open()?;
        Ok(crate::buffer::bytes(&this.data.borrow()))
    }
    fn getbuffer(this: Value) -> Result<Object, Raised> {
        this.expect::<BytesIo>().open()?;
        let source = Slot::new(this.to_object());
        let lender = alloc(BytesIoBuffer { header: header::<BytesIoBuffer>(), source });
        Ok(MemoryView::new_object(Buffer::require(lender.value())?))
    }
    fn seek(this: &BytesIo, pos: i64, #[default(0)] whence: i32) -> Result<usize, Raised> {
        this.open()?;
        let at = position(pos, whence, this.at.get(), this.data.borrow().len())?;
        this.at.set(at);
        Ok(at)
    }
    fn tell(this: &BytesIo) -> Result<usize, Raised> {
        this.open()?;
        Ok(this.at.get())
    }
    fn truncate(this: &BytesIo, #[none] size: Option<i64>) -> Result<i64, Raised> {
        this.open()?;
        let size = size.unwrap_or(this.at.get() as i64);
        if size < 0 {
            return Err(kiln_object::raise!(ValueError, "negative size value {size}"));
        }
        this.resizable()?;
        this.data.borrow_mut().truncate(size as usize);
        Ok(size)
    }
    fn close(this: &BytesIo) -> Result<(), Raised> {
        this.resizable()?;
        this.closed.set(true);
        drop(std::mem::take(&mut *this.data.borrow_mut()));
        Ok(())
    }
    fn flush(this: &BytesIo) -> Result<(), Raised> {
        this.open()
    }
    fn isatty(this: &BytesIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(false)
    }
    fn readable(this: &BytesIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    fn writable(this: &BytesIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    fn seekable(this: &BytesIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    #[getter]
    #[name = "closed"]
    fn closed_getter(this: &BytesIo) -> bool {
        this.closed.get()
    }
    fn __getstate__(this: Value) -> Result<Object, Raised> {
        let me = this.expect::<BytesIo>();
        let value = BytesIo::getvalue(me)?;
        Ok(Tuple::from_array([value, Object::int(me.at.get() as i64), instance::dict_of(this)]))
    }
    fn __setstate__(this: &BytesIo, state: &Tuple) -> Result<(), Raised> {
        let [data, at, ..] = state.items() else {
            return Err(kiln_object::raise!(TypeError, "BytesIO.__setstate__ argument should be 3-tuple"));
        };
        this.resizable()?;
        *this.data.borrow_mut() = crate::buffer::to_vec(*data)?;
        this.at.set(at.as_small_int().unwrap_or(0).max(0) as usize);
        Ok(())
    }
}

impl StringIo {
    fn open(&self) -> Result<(), Raised> {
        if self.closed.get() { Err(closed_error()) } else { Ok(()) }
    }
    fn take(&self, count: usize) -> Object {
        let data = self.data.borrow();
        let at = self.at.get().min(data.len());
        let end = at.saturating_add(count).min(data.len());
        if end > at {
            self.at.set(end);
        }
        Str::from_text(data.as_text().slice(at, end))
    }
    fn line(&self, limit: usize) -> Object {
        let n = {
            let data = self.data.borrow();
            let at = self.at.get().min(data.len());
            let end = self.newline.get().line_end(data.as_text(), at).unwrap_or(data.len());
            (end - at).min(limit)
        };
        self.take(n)
    }
    fn put(&self, text: &Str) {
        let newline = self.newline.get();
        let text = if newline.is_universal() {
            self.universal.feed(text.text().to_buf(), newline == Newline::Translate, true)
        } else {
            match newline.written() {
                Some(end) => {
                    let mut out = TextBuf::new();
                    for code in text.text().iter() {
                        if code == 0x0a { out.push_str(end) } else { out.push(code) }
                    }
                    out
                }
                None => text.text().to_buf(),
            }
        };
        if text.is_empty() {
            return;
        }
        let mut data = self.data.borrow_mut();
        let at = self.at.get();
        if at > data.len() {
            let gap = at - data.len();
            data.push_repeat(0, gap);
        }
        if at == data.len() {
            data.push_text(text.as_text());
        } else {
            let old = std::mem::take(&mut *data);
            let view = old.as_text();
            data.push_text(view.slice(0, at));
            data.push_text(text.as_text());
            let after = (at + text.len()).min(view.len());
            data.push_text(view.slice(after, view.len()));
        }
        self.at.set(at + text.len());
    }
}

#[kiln_macros::builtin_methods("_io.StringIO")]
impl StringIo {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        let payload = StringIo {
            base: TextBase { base: IoBase::payload() },
            data: Plain(RefCell::default()),
            at: Cell::new(0),
            closed: Cell::new(false),
            newline: Cell::new(Newline::Lf),
            universal: Plain(Universal::default()),
        };
        alloc_instance(cls.0, payload)
    }
    fn __init__(this: &StringIo, #[kw] #[none] initial_value: Option<Value>, #[kw] newline: Option<Value>) -> Result<(), Raised> {
        this.newline.set(match newline {
            None => Newline::Lf,
            given => Newline::parse(given)?,
        });
        this.data.borrow_mut().clear();
        this.at.set(0);
        if let Some(initial) = initial_value {
            let Some(text) = initial.cast::<Str>() else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "initial_value must be str or None, not {}",
                    initial.class().name()
                ));
            };
            this.put(text);
            this.at.set(0);
        }
        Ok(())
    }
    fn read(this: &StringIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        this.open()?;
        Ok(this.take(limit(size)))
    }
    fn readline(this: &StringIo, #[none] size: Option<i64>) -> Result<Object, Raised> {
        this.open()?;
        Ok(this.line(limit(size)))
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        let me = this.expect::<StringIo>();
        me.open()?;
        let line = match this.exact::<StringIo>() {
            Some(me) => me.line(usize::MAX),
            None => kiln_object::call::call_method_str(this, "readline", &[])?,
        };
        if ops::len(line.value())? == 0 { Err(raise::stop_iteration(None)) } else { Ok(line) }
    }
    fn write(this: &StringIo, text: Value) -> Result<usize, Raised> {
        if text.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "string argument expected, got '{}'",
                kiln_object::convert::type_name(text)
            ));
        }
        this.open()?;
        newline::text_argument(text)?;
        let text = text.expect::<Str>();
        this.put(text);
        Ok(text.len())
    }
    fn getvalue(this: &StringIo) -> Result<Object, Raised> {
        this.open()?;
        Ok(Str::from_text(this.data.borrow().as_text()))
    }
    fn seek(this: &StringIo, pos: i64, #[default(0)] whence: i32) -> Result<usize, Raised> {
        this.open()?;
        if (whence == 1 || whence == 2) && pos != 0 {
            return Err(kiln_object::raise!(OSError, "Can't do nonzero cur-relative seeks"));
        }
        if whence == 0 && pos < 0 {
            return Err(kiln_object::raise!(ValueError, "Negative seek position {pos}"));
        }
        if !(0..=2).contains(&whence) {
            return Err(kiln_object::raise!(ValueError, "Invalid whence ({whence}, should be 0, 1 or 2)"));
        }
        let at = position(pos, whence, this.at.get(), this.data.borrow().len())?;
        this.at.set(at);
        Ok(at)
    }
    fn tell(this: &StringIo) -> Result<usize, Raised> {
        this.open()?;
        Ok(this.at.get())
    }
    fn truncate(this: &StringIo, #[none] pos: Option<i64>) -> Result<i64, Raised> {
        this.open()?;
        let size = pos.unwrap_or(this.at.get() as i64);
        if size < 0 {
            return Err(kiln_object::raise!(ValueError, "Negative size value {size}"));
        }
        let mut data = this.data.borrow_mut();
        if (size as usize) < data.len() {
            data.truncate(size as usize);
        }
        Ok(size)
    }
    fn close(this: &StringIo) {
        this.closed.set(true);
        this.data.borrow_mut().clear();
    }
    fn readable(this: &StringIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    fn writable(this: &StringIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    fn seekable(this: &StringIo) -> Result<bool, Raised> {
        this.open()?;
        Ok(true)
    }
    #[getter]
    #[name = "closed"]
    fn closed_getter(this: &StringIo) -> bool {
        this.closed.get()
    }
    #[getter]
    fn newlines(this: &StringIo) -> Object {
        newline::seen_object(this.universal.seen.get())
    }
    #[getter]
    fn line_buffering(_this: &StringIo) -> bool {
        false
    }
}

pub fn install() -> Vec<&'static Type> {
    if BytesIoBuffer::class_cell().try_get().is_none() {
        define::<BytesIoBuffer>("_BytesIOBuffer", "_io", None, flags::NO_NEW, &[], None);
        register(BytesIoBuffer::layout(), export);
    }
    vec![
        define::<BytesIo>("BytesIO", "_io", Some(BufferedBase::class()), OPEN, BytesIo::METHODS, Some("Buffered I/O implementation using an in-memory bytes buffer.")),
        define::<StringIo>("StringIO", "_io", Some(TextBase::class()), OPEN, StringIo::METHODS, Some("Text I/O implementation using an in-memory buffer.")),
    ]
}
