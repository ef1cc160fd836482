//! `BufferedReader`, `BufferedWriter`, `BufferedRandom` and `BufferedRWPair`: a raw stream with bytes read ahead and
//! bytes not written yet. Before one side is used the other is brought to rest, so at most one holds anything.

use super::base::{self, BufferedBase, IoBase, OPEN, is_closed, unsupported};
use super::file::{FileIo, class_name};
use crate::support::os_error;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call_method, call_method_str};
use kiln_object::layout::{ObjectType, Plain, Slot, alloc_instance};
use kiln_object::types::{ClassRef, define};
use kiln_object::{Object, Raised, Type, Value, attr, exc, intern, object_struct, ops, raise};
use std::cell::{Cell, RefCell};

object_struct! {
    /// What the buffered classes share.
    pub struct Buffered = "_io._Buffered" extends BufferedBase, Container {
        pub raw: Slot,
        pub detached: Cell<bool>,
        pub size: Cell<usize>,
        /// Bytes read ahead; those before `at` are used up.
        pub ahead: Plain<RefCell<Vec<u8>>>,
        pub at: Cell<usize>,
        /// Bytes to be written.
        pub behind: Plain<RefCell<Vec<u8>>>,
        pub reads: Cell<bool>,
        pub writes: Cell<bool>,
        pub finalizing: Cell<bool>,
    }
}
object_struct! { /** Reads. */ pub struct BufferedReader = "_io.BufferedReader" extends Buffered, Container {} }
object_struct! { /** Writes. */ pub struct BufferedWriter = "_io.BufferedWriter" extends Buffered, Container {} }
object_struct! { /** Reads and writes at one place. */ pub struct BufferedRandom = "_io.BufferedRandom" extends Buffered, Container {} }
object_struct! {
    /// Reads from one raw stream and writes to another.
    pub struct BufferedPair = "_io.BufferedRWPair" extends BufferedBase, Container { pub reader: Slot, pub writer: Slot }
}

impl Buffered {
    fn payload() -> Buffered {
        Buffered {
            base: BufferedBase { base: IoBase::payload() },
            raw: Slot::empty(),
            detached: Cell::new(false),
            size: Cell::new(super::BUFFER_SIZE),
            ahead: Plain(RefCell::default()),
            at: Cell::new(0),
            behind: Plain(RefCell::default()),
            reads: Cell::new(false),
            writes: Cell::new(false),
            finalizing: Cell::new(false),
        }
    }
    pub fn raw(&self) -> Result<Object, Raised> {
        match self.raw.get() {
            Some(raw) => Ok(raw),
            None if self.detached.get() => Err(raise::value_error("raw stream has been detached")),
            None => Err(raise::value_error("I/O operation on uninitialized object")),
        }
    }
    fn open_raw(&self, doing: &str) -> Result<Object, Raised> {
        let raw = self.raw()?;
        let closed = match raw.exact::<FileIo>() {
            Some(file) => file.fd.get() < 0,
            None => is_closed(raw.value())?,
        };
        if closed { Err(kiln_object::raise!(ValueError, "{doing} of closed file")) } else { Ok(raw) }
    }
    fn ahead_len(&self) -> usize {
        self.ahead.borrow().len() - self.at.get()
    }
    /// Reads from the raw stream once; `None` when it would block.
    fn raw_read(&self, raw: &Object, count: usize) -> Result<Option<Vec<u8>>, Raised> {
        if let Some(file) = raw.exact::<FileIo>() {
            let mut data = vec![0; count];
            return Ok(file.read_once(&mut data)?.map(|n| {
                data.truncate(n);
                data
            }));
        }
        base::read_through_readinto(raw.value(), count)
    }
    /// Fills the read-ahead buffer, which is used up; the number of new bytes.
    fn fill(&self, raw: &Object) -> Result<Option<usize>, Raised> {
        self.flush_behind()?;
        let data = self.raw_read(raw, self.size.get())?;
        let Some(data) = data else { return Ok(None) };
        let n = data.len();
        *self.ahead.borrow_mut() = data;
        self.at.set(0);
        Ok(Some(n))
    }
    fn take(&self, count: usize) -> Vec<u8> {
        let at = self.at.get();
        let ahead = self.ahead.borrow();
        let end = (at + count).min(ahead.len());
        self.at.set(end);
        ahead[at..end].to_vec()
    }
    /// Writes everything that waits.
    pub fn flush_behind(&self) -> Result<(), Raised> {
        if self.behind.borrow().is_empty() {
            return Ok(());
        }
        let raw = self.raw()?;
        let data = std::mem::take(&mut *self.behind.borrow_mut());
        let mut done = 0;
        let result = loop {
            if done == data.len() {
                break Ok(());
            }
            match raw_write(&raw, &data[done..]) {
                Ok(Some(n)) => done += n,
                Ok(None) => {
                    break Err(os_error::raise_text(
                        libc::EAGAIN,
                        "write could not complete without blocking",
                        None,
                        None,
                    ));
                }
                Err(raised) => break Err(raised),
            }
        };
        if done < data.len() {
            // What is left stays in front of what was written meanwhile.
            let mut behind = self.behind.borrow_mut();
            let later = std::mem::replace(&mut *behind, data[done..].to_vec());
            behind.extend(later);
        } else if self.behind.borrow().is_empty() {
            // Keep the allocation.
            let mut data = data;
            data.clear();
            *self.behind.borrow_mut() = data;
        }
        result
    }
    /// Gives back to the raw stream what was read ahead.
    fn drop_ahead(&self) -> Result<(), Raised> {
        let left = self.ahead_len();
        self.ahead.borrow_mut().clear();
        self.at.set(0);
        if left > 0 {
            let raw = self.raw()?;
            raw_seek(&raw, -(left as i64), libc::SEEK_CUR)?;
        }
        Ok(())
    }
    /// Adds bytes to be written; goes to the raw stream when the buffer is full.
    pub fn push(&self, data: &[u8]) -> Result<(), Raised> {
        if self.ahead_len() > 0 {
            self.drop_ahead()?;
        }
        let waiting = self.behind.borrow().len();
        if waiting + data.len() <= self.size.get() {
            self.behind.borrow_mut().extend_from_slice(data);
            return Ok(());
        }
        self.behind.borrow_mut().extend_from_slice(data);
        self.flush_behind()
    }
    fn read_all(&self) -> Result<Option<Vec<u8>>, Raised> {
        let raw = self.open_raw("read")?;
        self.flush_behind()?;
        let mut out = self.take(usize::MAX / 2);
        if raw.exact::<FileIo>().is_none()
            && let Some(readall) = attr::find_attr_str(raw.value(), "readall")?
        {
            let rest = kiln_object::call::call(readall.value(), &[])?;
            if rest.is_none() {
                return Ok((!out.is_empty()).then_some(out));
            }
            if !crate::buffer::is_bytes(rest.value()) {
                return Err(kiln_object::raise!(TypeError, "readall() should return bytes"));
            }
            out.extend(crate::buffer::to_vec(rest.value())?);
            return Ok(Some(out));
        }
        loop {
            match self.raw_read(&raw, self.size.get().max(super::BUFFER_SIZE))? {
                None if out.is_empty() => return Ok(None),
                None => return Ok(Some(out)),
                Some(piece) if piece.is_empty() => return Ok(Some(out)),
                Some(piece) => out.extend(piece),
            }
        }
    }
    /// Reads `count` bytes, less only at the end or when it would block.
    fn read_count(&self, count: usize) -> Result<Option<Vec<u8>>, Raised> {
        let raw = self.open_raw("read")?;
        let mut out = self.take(count);
        while out.len() < count {
            let missing = count - out.len();
            if missing >= self.size.get() {
                self.flush_behind()?;
                match self.raw_read(&raw, missing / self.size.get() * self.size.get())? {
                    None => break,
                    Some(piece) if piece.is_empty() => return Ok(Some(out)),
                    Some(piece) => out.extend(piece),
                }
                continue;
            }
            match self.fill(&raw)? {
                Some(0) => return Ok(Some(out)),
                Some(_) => out.extend(self.take(missing)),
                None => break,
            }
        }
        // Nothing at all, and more may come later.
        if out.is_empty() && count > 0 { Ok(None) } else { Ok(Some(out)) }
    }
    /// One chunk for a text stream: what is ahead, or one read. Empty at the end.
    pub fn read_chunk(&self) -> Result<Vec<u8>, Raised> {
        let raw = self.open_raw("read")?;
        if self.ahead_len() == 0 {
            self.fill(&raw)?;
        }
        Ok(self.take(usize::MAX / 2))
    }
    fn line(&self, limit: usize) -> Result<Vec<u8>, Raised> {
        let raw = self.open_raw("readline")?;
        let mut out = Vec::new();
        loop {
            {
                let at = self.at.get();
                let ahead = self.ahead.borrow();
                let rest = &ahead[at..];
                let room = limit - out.len();
                let end = rest.iter().take(room).position(|b| *b == b'\n');
                let n = end.map_or(rest.len().min(room), |e| e + 1);
                out.extend_from_slice(&rest[..n]);
                self.at.set(at + n);
                if end.is_some() || out.len() >= limit {
                    return Ok(out);
                }
            }
            match self.fill(&raw)? {
                None | Some(0) => return Ok(out),
                Some(_) => {}
            }
        }
    }
    /// Where the stream is, in terms of what was read and written through it.
    pub fn position(&self) -> Result<i64, Raised> {
        let raw = self.raw()?;
        let at = raw_seek(&raw, 0, libc::SEEK_CUR)?;
        Ok(at - self.ahead_len() as i64 + self.behind.borrow().len() as i64)
    }
}

fn raw_write(raw: &Object, data: &[u8]) -> Result<Option<usize>, Raised> {
    if let Some(file) = raw.exact::<FileIo>() {
        return file.write_once(data);
    }
    let n = call_method_str(raw.value(), "write", &[crate::buffer::bytes(data).value()])?;
    if n.is_none() {
        return Ok(None);
    }
    let n = ops::index(n.value())?.as_small_int().unwrap_or(-1);
    if n < 0 || n as usize > data.len() {
        return Err(kiln_object::raise!(
            OSError,
            "raw write() returned invalid length {n} (should have been between 0 and {})",
            data.len()
        ));
    }
    Ok(Some(n as usize))
}
fn raw_seek(raw: &Object, offset: i64, whence: i32) -> Result<i64, Raised> {
    if let Some(file) = raw.exact::<FileIo>() {
        return file.seek_to(offset, whence);
    }
    let at = if offset == 0 && whence == libc::SEEK_CUR {
        call_method_str(raw.value(), "tell", &[])?
    } else {
        call_method_str(raw.value(), "seek", &[Object::int(offset).value(), Object::int(i64::from(whence)).value()])?
    };
    let at = ops::index(at.value())?.as_int().and_then(|i| i.to_i64()).unwrap_or(-1);
    if at < 0 {
        return Err(kiln_object::raise!(OSError, "Raw stream returned invalid position {at}"));
    }
    Ok(at)
}

fn initialize(this: Value, raw: Value, size: i64, reads: bool, writes: bool) -> Result<(), Raised> {
    let me = this.expect::<Buffered>();
    if size <= 0 {
        return Err(raise::value_error("buffer size must be strictly positive"));
    }
    for (wanted, method, message) in
        [(reads, "readable", "File or stream is not readable."), (writes, "writable", "File or stream is not writable.")]
    {
        if !wanted {
            continue;
        }
        let can = match raw.exact::<FileIo>() {
            Some(file) if reads => file.readable.get(),
            Some(file) => file.writable.get(),
            None => call_method_str(raw, method, &[])?.is_true(),
        };
        if !can {
            return Err(unsupported(message));
        }
    }
    me.reads.set(reads);
    me.writes.set(writes);
    me.size.set(size as usize);
    me.ahead.borrow_mut().clear();
    me.at.set(0);
    me.behind.borrow_mut().clear();
    me.detached.set(false);
    me.raw.set(raw.to_object());
    Ok(())
}

/// A buffered stream of `class` (one of the three) over `raw`.
pub fn make(kind: Kind, raw: &Object, size: i64) -> Result<Object, Raised> {
    let (object, reads, writes) = match kind {
        Kind::Reader => (alloc_instance(BufferedReader::class(), BufferedReader { base: Buffered::payload() }), true, false),
        Kind::Writer => (alloc_instance(BufferedWriter::class(), BufferedWriter { base: Buffered::payload() }), false, true),
        Kind::Random => (alloc_instance(BufferedRandom::class(), BufferedRandom { base: Buffered::payload() }), true, true),
    };
    initialize(object.value(), raw.value(), size, reads, writes)?;
    Ok(object)
}

/// The classes that share [`Buffered`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Reader,
    Writer,
    Random,
}

const DEFAULT_SIZE: i64 = super::BUFFER_SIZE as i64;

#[kiln_macros::builtin_methods("_io.BufferedReader", NEW, layout = BufferedReader)]
impl BufferedReader {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, BufferedReader { base: Buffered::payload() })
    }
    fn __init__(this: Value, #[kw] raw: Value, #[kw] #[default(DEFAULT_SIZE)] buffer_size: i64) -> Result<(), Raised> {
        initialize(this, raw, buffer_size, true, false)
    }
}
#[kiln_macros::builtin_methods("_io.BufferedWriter", NEW, layout = BufferedWriter)]
impl BufferedWriter {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, BufferedWriter { base: Buffered::payload() })
    }
    fn __init__(this: Value, #[kw] raw: Value, #[kw] #[default(DEFAULT_SIZE)] buffer_size: i64) -> Result<(), Raised> {
        initialize(this, raw, buffer_size, false, true)
    }
}
#[kiln_macros::builtin_methods("_io.BufferedRandom", NEW, layout = BufferedRandom)]
impl BufferedRandom {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, BufferedRandom { base: Buffered::payload() })
    }
    fn __init__(this: Value, #[kw] raw: Value, #[kw] #[default(DEFAULT_SIZE)] buffer_size: i64) -> Result<(), Raised> {
        let seekable = call_method_str(raw, "seekable", &[])?;
        if !seekable.is_true() {
            return Err(unsupported("File or stream is not seekable."));
        }
        initialize(this, raw, buffer_size, true, true)
    }
}

#[kiln_macros::builtin_methods("_io._Buffered", COMMON)]
impl Buffered {
    #[getter]
    #[name = "raw"]
    fn raw_getter(this: &Buffered) -> Object {
        this.raw.get().unwrap_or_else(Object::none)
    }
    #[getter]
    fn closed(this: &Buffered) -> Result<Object, Raised> {
        attr::get_attr(this.raw()?.value(), intern!("closed"))
    }
    #[getter]
    fn name(this: &Buffered) -> Result<Object, Raised> {
        attr::get_attr_str(this.raw()?.value(), "name")
    }
    #[getter]
    fn mode(this: &Buffered) -> Result<Object, Raised> {
        attr::get_attr_str(this.raw()?.value(), "mode")
    }
    #[getter]
    fn _finalizing(this: &Buffered) -> bool {
        this.finalizing.get()
    }
    fn _dealloc_warn(_this: &Buffered, _source: Value) {}
    fn seekable(this: &Buffered) -> Result<Object, Raised> {
        call_method_str(this.raw()?.value(), "seekable", &[])
    }
    fn fileno(this: &Buffered) -> Result<Object, Raised> {
        call_method_str(this.raw()?.value(), "fileno", &[])
    }
    fn isatty(this: &Buffered) -> Result<Object, Raised> {
        call_method_str(this.raw()?.value(), "isatty", &[])
    }
    fn flush(this: &Buffered) -> Result<(), Raised> {
        this.open_raw("flush")?;
        this.flush_behind()
    }
    fn close(this: Value) -> Result<(), Raised> {
        let me = this.expect::<Buffered>();
        let raw = me.raw()?;
        if is_closed(raw.value())? {
            return Ok(());
        }
        let flushed = call_method(this, intern!("flush"), &[]).map(drop);
        base::both(flushed, || call_method(raw.value(), intern!("close"), &[]).map(drop))
    }
    fn detach(this: Value) -> Result<Object, Raised> {
        let me = this.expect::<Buffered>();
        me.raw()?;
        call_method_str(this, "flush", &[])?;
        me.detached.set(true);
        me.raw.take().ok_or_else(|| raise::value_error("raw stream has been detached"))
    }
    fn tell(this: &Buffered) -> Result<i64, Raised> {
        this.position()
    }
    fn seek(this: &Buffered, offset: i64, #[default(0)] whence: i32) -> Result<i64, Raised> {
        if !(0..=2).contains(&whence) && whence != libc::SEEK_DATA && whence != libc::SEEK_HOLE {
            return Err(kiln_object::raise!(ValueError, "whence value {whence} unsupported"));
        }
        let raw = this.open_raw("seek")?;
        let seekable = match raw.exact::<FileIo>() {
            Some(file) => file.is_seekable(),
            None => call_method_str(raw.value(), "seekable", &[])?.is_true(),
        };
        if !seekable {
            return Err(unsupported("File or stream is not seekable."));
        }
        this.flush_behind()?;
        let left = this.ahead_len() as i64;
        if left > 0 && whence == libc::SEEK_CUR {
            let at = this.at.get() as i64 + offset;
            if (0..=this.ahead.borrow().len() as i64).contains(&at) {
                this.at.set(at as usize);
                return this.position();
            }
        }
        this.ahead.borrow_mut().clear();
        this.at.set(0);
        let offset = if whence == libc::SEEK_CUR { offset - left } else { offset };
        raw_seek(&raw, offset, whence)
    }
    fn truncate(this: &Buffered, #[none] pos: Option<Value>) -> Result<Object, Raised> {
        let raw = this.open_raw("truncate")?;
        if !this.writes.get() {
            return Err(unsupported("truncate"));
        }
        this.flush_behind()?;
        let pos = match pos {
            Some(pos) => pos.to_object(),
            None => Object::int(this.position()?),
        };
        this.drop_ahead()?;
        call_method_str(raw.value(), "truncate", &[pos.value()])
    }
    fn __repr__(this: Value) -> String {
        let class = class_name(this);
        match attr::find_attr_str(this, "name") {
            Ok(Some(name)) => format!("<{class} name={}>", ops::repr_lossy(name.value())),
            Ok(None) => format!("<{class}>"),
            Err(raised) => {
                raise::clear(raised);
                format!("<{class}>")
            }
        }
    }
}

#[kiln_macros::builtin_methods("_io.BufferedReader", READ)]
impl Buffered {
    fn readable(this: &Buffered) -> Result<Object, Raised> {
        call_method_str(this.raw()?.value(), "readable", &[])
    }
    fn read(this: &Buffered, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let data = match size {
            Some(n) if n < -1 => return Err(raise::value_error("read length must be non-negative or -1")),
            Some(n) if n >= 0 => this.read_count(n as usize)?,
            _ => this.read_all()?,
        };
        Ok(data.map_or_else(Object::none, |data| crate::buffer::bytes(&data)))
    }
    fn read1(this: &Buffered, #[default(-1)] size: i64) -> Result<Object, Raised> {
        let raw = this.open_raw("read")?;
        let count = if size < 0 { this.size.get() } else { size as usize };
        if this.ahead_len() == 0 && count > 0 {
            this.fill(&raw)?;
        }
        Ok(crate::buffer::bytes(&this.take(count)))
    }
    fn peek(this: &Buffered, #[default(0)] _size: i64) -> Result<Object, Raised> {
        let raw = this.open_raw("peek")?;
        if this.ahead_len() == 0 {
            this.fill(&raw)?;
        }
        let ahead = this.ahead.borrow();
        Ok(crate::buffer::bytes(&ahead[this.at.get()..]))
    }
    fn readinto(this: &Buffered, buffer: Value) -> Result<Object, Raised> {
        let room = crate::buffer::writable_len(buffer)?;
        match this.read_count(room)? {
            Some(data) => {
                crate::buffer::write_into(buffer, &data)?;
                Ok(Object::int(data.len() as i64))
            }
            None => Ok(Object::none()),
        }
    }
    fn readinto1(this: Value, buffer: Value) -> Result<usize, Raised> {
        base::read_into(this, buffer, "read1")
    }
    fn readline(this: &Buffered, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let limit = size.filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize);
        Ok(crate::buffer::bytes(&this.line(limit)?))
    }
}

#[kiln_macros::builtin_methods("_io.BufferedWriter", WRITE)]
impl Buffered {
    fn writable(this: &Buffered) -> Result<Object, Raised> {
        call_method_str(this.raw()?.value(), "writable", &[])
    }
    fn write(this: &Buffered, data: Value) -> Result<usize, Raised> {
        if data.cast::<kiln_object::str::Str>().is_some() {
            return Err(kiln_object::raise!(TypeError, "a bytes-like object is required, not 'str'"));
        }
        this.open_raw("write")?;
        if let Some(bytes) = data.cast::<kiln_object::bytes::Bytes>() {
            this.push(bytes.data())?;
            return Ok(bytes.len());
        }
        let data = crate::buffer::to_vec(data)?;
        this.push(&data)?;
        Ok(data.len())
    }
}

#[kiln_macros::builtin_methods("_io.BufferedRWPair")]
impl BufferedPair {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        let payload = BufferedPair {
            base: BufferedBase { base: IoBase::payload() },
            reader: Slot::empty(),
            writer: Slot::empty(),
        };
        alloc_instance(cls.0, payload)
    }
    fn __init__(this: &BufferedPair, reader: Value, writer: Value, #[default(DEFAULT_SIZE)] buffer_size: i64) -> Result<(), Raised> {
        this.reader.set(make(Kind::Reader, &reader.to_object(), buffer_size)?);
        this.writer.set(make(Kind::Writer, &writer.to_object(), buffer_size)?);
        Ok(())
    }
    fn read(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.reader, "read", args)
    }
    fn read1(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.reader, "read1", args)
    }
    fn peek(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.reader, "peek", args)
    }
    fn readinto(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.reader, "readinto", args)
    }
    fn readinto1(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.reader, "readinto1", args)
    }
    fn readable(this: &BufferedPair) -> Result<Object, Raised> {
        forward(&this.reader, "readable", &[])
    }
    fn write(this: &BufferedPair, args: Rest<'_>) -> Result<Object, Raised> {
        forward(&this.writer, "write", args)
    }
    fn flush(this: &BufferedPair) -> Result<Object, Raised> {
        forward(&this.writer, "flush", &[])
    }
    fn writable(this: &BufferedPair) -> Result<Object, Raised> {
        forward(&this.writer, "writable", &[])
    }
    fn close(this: &BufferedPair) -> Result<(), Raised> {
        let first = forward(&this.writer, "close", &[]).map(drop);
        base::both(first, || forward(&this.reader, "close", &[]).map(drop))
    }
    fn isatty(this: &BufferedPair) -> Result<Object, Raised> {
        let out = forward(&this.writer, "isatty", &[])?;
        if out.is_true() { Ok(out) } else { forward(&this.reader, "isatty", &[]) }
    }
    #[getter]
    fn closed(this: &BufferedPair) -> Result<Object, Raised> {
        match this.writer.get() {
            Some(writer) => attr::get_attr_str(writer.value(), "closed"),
            None => Err(kiln_object::raise!(RuntimeError, "the BufferedRWPair object is being garbage-collected")),
        }
    }
}

fn forward(to: &Slot, method: &str, args: Rest<'_>) -> Result<Object, Raised> {
    match to.get() {
        Some(stream) => call_method_str(stream.value(), method, args),
        None => Err(raise::value_error("I/O operation on uninitialized object")),
    }
}

pub fn install() -> Vec<&'static Type> {
    let base = BufferedBase::class();
    let reader = define::<BufferedReader>("BufferedReader", "_io", Some(base), OPEN, BufferedReader::NEW, Some("Create a new buffered reader using the given readable raw IO object."));
    reader.add_methods(Buffered::COMMON);
    reader.add_methods(Buffered::READ);
    let writer = define::<BufferedWriter>("BufferedWriter", "_io", Some(base), OPEN, BufferedWriter::NEW, Some("A buffer for a writeable sequential RawIO object."));
    writer.add_methods(Buffered::COMMON);
    writer.add_methods(Buffered::WRITE);
    let random = define::<BufferedRandom>("BufferedRandom", "_io", Some(base), OPEN, BufferedRandom::NEW, Some("A buffered interface to random access streams."));
    random.add_methods(Buffered::COMMON);
    random.add_methods(Buffered::READ);
    random.add_methods(Buffered::WRITE);
    let pair = define::<BufferedPair>("BufferedRWPair", "_io", Some(base), OPEN, BufferedPair::METHODS, Some("A buffered reader and writer object together."));
    vec![reader, writer, random, pair]
}

/// Whether the exception that ends a write says that nobody reads any more.
pub fn is_broken_pipe(e: Value) -> bool {
    e.class().is_subtype(exc::BrokenPipeError.get())
}
