//! `FileIO`: a file descriptor as a raw stream.
#![expect(unsafe_code, reason = "system calls on buffers")]
//!
//! # Safety
//! Every buffer that is passed to the kernel is a slice of ours with its own length.

use super::base::{self, IoBase, OPEN, RawBase, closed_error, unsupported};
use crate::support::{fspath, os_error};
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call;
use kiln_object::layout::{ObjectType, alloc_instance};
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define};
use kiln_object::{Object, Raised, Type, Value, exc, object_struct, ops, raise};
use std::cell::Cell;

object_struct! {
    /// `_io.FileIO`.
    pub struct FileIo = "_io.FileIO" extends RawBase, Container {
        pub fd: Cell<i32>,
        pub close_fd: Cell<bool>,
        pub readable: Cell<bool>,
        pub writable: Cell<bool>,
        pub created: Cell<bool>,
        pub appending: Cell<bool>,
        /// 1 or 0; -1 when not asked yet.
        pub seekable: Cell<i8>,
        pub block_size: Cell<i64>,
    }
}

impl FileIo {
    fn payload() -> FileIo {
        FileIo {
            base: RawBase { base: IoBase::payload() },
            fd: Cell::new(-1),
            close_fd: Cell::new(true),
            readable: Cell::new(false),
            writable: Cell::new(false),
            created: Cell::new(false),
            appending: Cell::new(false),
            seekable: Cell::new(-1),
            block_size: Cell::new(super::BUFFER_SIZE as i64),
        }
    }
    /// A stream for a descriptor that is open already.
    pub fn from_fd(fd: i32, writable: bool, close_fd: bool, name: Object) -> Object {
        let file = alloc_instance(FileIo::class(), FileIo::payload());
        let this = file.expect::<FileIo>();
        this.fd.set(fd);
        this.close_fd.set(close_fd);
        this.readable.set(!writable);
        this.writable.set(writable);
        base::set_own(file.value(), "name", name);
        file
    }
    fn check(&self) -> Result<i32, Raised> {
        let fd = self.fd.get();
        if fd < 0 { Err(closed_error()) } else { Ok(fd) }
    }
    pub fn mode(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
    /// Reads once; `None` when it would block.
    pub fn read_once(&self, buffer: &mut [u8]) -> Result<Option<usize>, Raised> {
        let fd = self.check()?;
        if !self.readable.get() {
            return Err(unsupported("File not open for reading"));
        }
        read_fd(fd, buffer)
    }
    /// Writes once; `None` when it would block.
    pub fn write_once(&self, data: &[u8]) -> Result<Option<usize>, Raised> {
        let fd = self.check()?;
        if !self.writable.get() {
            return Err(unsupported("File not open for writing"));
        }
        write_fd(fd, data)
    }
    pub fn seek_to(&self, offset: i64, whence: i32) -> Result<i64, Raised> {
        let fd = self.check()?;
        // SAFETY: no memory is involved.
        let at = unsafe { libc::lseek(fd, offset, whence) };
        if self.seekable.get() < 0 {
            self.seekable.set((at >= 0).into());
        }
        os_error::check_long(at)
    }
    pub fn is_seekable(&self) -> bool {
        if self.seekable.get() < 0 {
            // SAFETY: no memory is involved.
            let at = unsafe { libc::lseek(self.fd.get(), 0, libc::SEEK_CUR) };
            self.seekable.set((at >= 0).into());
        }
        self.seekable.get() == 1
    }
    pub fn close_now(&self) -> Result<(), Raised> {
        let fd = self.fd.replace(-1);
        if fd >= 0 && self.close_fd.get() {
            // SAFETY: the descriptor is ours.
            let result = unsafe { libc::close(fd) };
            if result < 0 && os_error::errno() != libc::EINTR {
                return Err(os_error::raise_last());
            }
        }
        Ok(())
    }
}

pub fn read_fd(fd: i32, buffer: &mut [u8]) -> Result<Option<usize>, Raised> {
    // SAFETY: the buffer's own length.
    match os_error::retry(|| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) } as i64)? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(os_error::raise_errno(e)),
    }
}
pub fn write_fd(fd: i32, data: &[u8]) -> Result<Option<usize>, Raised> {
    let data = &data[..data.len().min(i32::MAX as usize)];
    // SAFETY: the slice's own length.
    match os_error::retry(|| unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) } as i64)? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(os_error::raise_errno(e)),
    }
}

struct Mode {
    flags: i32,
    readable: bool,
    writable: bool,
    created: bool,
    appending: bool,
}

fn parse_mode(mode: &str) -> Result<Mode, Raised> {
    let bad = || {
        raise::value_error("Must have exactly one of create/read/write/append mode and at most one plus")
    };
    let mut m = Mode { flags: 0, readable: false, writable: false, created: false, appending: false };
    let (mut kinds, mut plus) = (0, false);
    for c in mode.chars() {
        match c {
            'x' => {
                m.created = true;
                m.writable = true;
                m.flags |= libc::O_EXCL | libc::O_CREAT;
                kinds += 1;
            }
            'r' => {
                m.readable = true;
                kinds += 1;
            }
            'w' => {
                m.writable = true;
                m.flags |= libc::O_CREAT | libc::O_TRUNC;
                kinds += 1;
            }
            'a' => {
                m.writable = true;
                m.appending = true;
                m.flags |= libc::O_APPEND | libc::O_CREAT;
                kinds += 1;
            }
            'b' => {}
            '+' if !plus => {
                plus = true;
                m.readable = true;
                m.writable = true;
            }
            '+' => return Err(bad()),
            _ => return Err(kiln_object::raise!(ValueError, "invalid mode: {mode}")),
        }
        if kinds > 1 {
            return Err(bad());
        }
    }
    if kinds == 0 {
        return Err(bad());
    }
    m.flags |= match (m.readable, m.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok(m)
}

fn open_descriptor(file: Value, path: Option<&fspath::FsPath>, flags: i32, opener: Option<Value>) -> Result<i32, Raised> {
    let flags = flags | libc::O_CLOEXEC;
    if let Some(opener) = opener {
        let fd = call(opener, &[file, Object::int(i64::from(flags)).value()])?;
        let Some(fd) = fd.as_int().and_then(|fd| fd.to_i64()) else {
            return Err(kiln_object::raise!(TypeError, "expected integer from opener"));
        };
        if fd < 0 {
            return Err(kiln_object::raise!(ValueError, "opener returned {fd}"));
        }
        // SAFETY: no memory is involved.
        unsafe { libc::fcntl(fd as i32, libc::F_SETFD, libc::FD_CLOEXEC) };
        return Ok(fd as i32);
    }
    let Some(path) = path else { return Err(kiln_object::raise!(TypeError, "a path is needed")) };
    let name = path.c_string()?;
    // SAFETY: a terminated string.
    match os_error::retry(|| i64::from(unsafe { libc::open(name.as_ptr(), flags, 0o666) }))? {
        Ok(fd) => Ok(fd as i32),
        Err(e) => Err(os_error::raise_errno_with(e, Some(path.object.clone()), None)),
    }
}

/// `FileIO.__init__`.
pub fn initialize(this: Value, file: Value, mode: &str, close_fd: bool, opener: Option<Value>) -> Result<(), Raised> {
    let me = this.expect::<FileIo>();
    if me.fd.get() >= 0 {
        me.close_now()?;
    }
    if file.is_flonum() || file.as_float().is_some() {
        return Err(kiln_object::raise!(TypeError, "integer argument expected, got float"));
    }
    let m = parse_mode(mode)?;
    me.readable.set(m.readable);
    me.writable.set(m.writable);
    me.created.set(m.created);
    me.appending.set(m.appending);
    me.seekable.set(-1);
    me.close_fd.set(close_fd);
    let number = if file.cast::<Str>().is_some() || crate::buffer::is_bytes(file) { None } else { ops::index_quiet(file)? };
    let fd = match number {
        Some(number) => {
            let fd = number.as_small_int().and_then(|n| i32::try_from(n).ok());
            let Some(fd) = fd else { return Err(raise::overflow_error("Python int too large to convert to C int")) };
            if fd < 0 {
                return Err(raise::value_error("negative file descriptor"));
            }
            fd
        }
        None => {
            if !close_fd {
                return Err(raise::value_error("Cannot use closefd=False with file name"));
            }
            let path = fspath::path(file)?;
            open_descriptor(file, Some(&path), m.flags, opener)?
        }
    };
    me.fd.set(fd);
    check_kind(me, file, fd)?;
    base::set_own(this, "name", file.to_object());
    if m.appending {
        // Where it cannot be done nothing is lost: the kernel appends.
        // SAFETY: no memory is involved.
        unsafe { libc::lseek(fd, 0, libc::SEEK_END) };
    }
    Ok(())
}

/// Folders cannot be opened; the block size comes from the file.
fn check_kind(me: &FileIo, file: Value, fd: i32) -> Result<(), Raised> {
    // SAFETY: the struct is ours.
    let stat = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &raw mut stat) < 0 {
            let error = os_error::errno();
            if error == libc::EBADF {
                me.fd.set(-1);
                return Err(os_error::raise_errno(error));
            }
            return Ok(());
        }
        stat
    };
    if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
        let shown = file.to_object();
        if me.close_fd.get() && ops::index_quiet(file)?.is_none() {
            me.close_now()?;
        }
        me.fd.set(-1);
        return Err(os_error::raise_errno_with(libc::EISDIR, Some(shown), None));
    }
    if stat.st_blksize > 1 {
        me.block_size.set(stat.st_blksize);
    }
    Ok(())
}

/// `ResourceWarning` for a file that was left open.
pub fn warn_unclosed(this: Value, file: &FileIo) {
    if file.fd.get() < 0 || !file.close_fd.get() {
        return;
    }
    let config = crate::config::config();
    if !config.dev_mode && config.warn_options.is_empty() && crate::state::module("warnings").is_none() {
        return;
    }
    let text = format!("unclosed file {}", ops::repr_lossy(this));
    if let Err(raised) = crate::warnings::warn(&exc::ResourceWarning, &text, 1) {
        kiln_object::raise::unraisable(raised, "", Some(this));
    }
}

#[kiln_macros::builtin_methods("_io.FileIO")]
impl FileIo {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, FileIo::payload())
    }
    fn __init__(
        this: Value,
        #[kw] file: Value,
        #[kw] mode: Option<String>,
        #[kw] #[default(true)] closefd: bool,
        #[kw] #[none] opener: Option<Value>,
    ) -> Result<(), Raised> {
        initialize(this, file, mode.as_deref().unwrap_or("r"), closefd, opener)
    }
    fn read(this: Value, #[none] size: Option<i64>) -> Result<Object, Raised> {
        let me = this.expect::<FileIo>();
        match size {
            Some(n) if n >= 0 => {
                let mut buffer = vec![0; n as usize];
                Ok(match me.read_once(&mut buffer)? {
                    Some(got) => crate::buffer::bytes(&buffer[..got]),
                    None => Object::none(),
                })
            }
            _ => FileIo::readall(me),
        }
    }
    fn readall(this: &FileIo) -> Result<Object, Raised> {
        let mut out = Vec::new();
        let mut piece = vec![0; super::BUFFER_SIZE];
        loop {
            match this.read_once(&mut piece)? {
                Some(0) => break,
                Some(n) => out.extend_from_slice(&piece[..n]),
                None if out.is_empty() => return Ok(Object::none()),
                None => break,
            }
        }
        Ok(crate::buffer::bytes(&out))
    }
    fn readinto(this: &FileIo, buffer: Value) -> Result<Object, Raised> {
        this.check()?;
        let mut piece = vec![0; crate::buffer::writable_len(buffer)?];
        match this.read_once(&mut piece)? {
            Some(n) => {
                crate::buffer::write_into(buffer, &piece[..n])?;
                Ok(Object::int(n as i64))
            }
            None => Ok(Object::none()),
        }
    }
    fn write(this: &FileIo, data: Value) -> Result<Object, Raised> {
        this.check()?;
        let data = crate::buffer::to_vec(data)?;
        Ok(this.write_once(&data)?.map_or_else(Object::none, |n| Object::int(n as i64)))
    }
    fn seek(this: &FileIo, pos: i64, #[default(0)] whence: i32) -> Result<i64, Raised> {
        this.seek_to(pos, whence)
    }
    fn tell(this: &FileIo) -> Result<i64, Raised> {
        this.seek_to(0, libc::SEEK_CUR)
    }
    fn truncate(this: &FileIo, #[none] size: Option<i64>) -> Result<i64, Raised> {
        let fd = this.check()?;
        if !this.writable.get() {
            return Err(unsupported("File not open for writing"));
        }
        let size = match size {
            Some(size) => size,
            None => this.seek_to(0, libc::SEEK_CUR)?,
        };
        // SAFETY: no memory is involved.
        os_error::check(unsafe { libc::ftruncate(fd, size) })?;
        Ok(size)
    }
    fn close(this: Value) -> Result<(), Raised> {
        let me = this.expect::<FileIo>();
        let flushed = IoBase::close_base(this);
        base::both(flushed, || me.close_now())
    }
    fn seekable(this: &FileIo) -> Result<bool, Raised> {
        this.check()?;
        Ok(this.is_seekable())
    }
    fn readable(this: &FileIo) -> Result<bool, Raised> {
        this.check()?;
        Ok(this.readable.get())
    }
    fn writable(this: &FileIo) -> Result<bool, Raised> {
        this.check()?;
        Ok(this.writable.get())
    }
    fn fileno(this: &FileIo) -> Result<i32, Raised> {
        this.check()
    }
    fn isatty(this: &FileIo) -> Result<bool, Raised> {
        let fd = this.check()?;
        // SAFETY: no memory is involved.
        Ok(unsafe { libc::isatty(fd) } == 1)
    }
    fn _isatty_open_only(this: &FileIo) -> Result<bool, Raised> {
        FileIo::isatty(this)
    }
    #[getter]
    fn closed(this: &FileIo) -> bool {
        this.fd.get() < 0
    }
    #[getter]
    fn closefd(this: &FileIo) -> bool {
        this.close_fd.get()
    }
    #[getter]
    #[name = "mode"]
    fn mode_text(this: &FileIo) -> &'static str {
        this.mode()
    }
    #[getter]
    fn _blksize(this: &FileIo) -> i64 {
        this.block_size.get()
    }
    fn __repr__(this: Value) -> String {
        let me = this.expect::<FileIo>();
        let class = class_name(this);
        if me.fd.get() < 0 {
            return format!("<{class} [closed]>");
        }
        let close = if me.close_fd.get() { "True" } else { "False" };
        match base::own(this, "name") {
            Some(name) => format!("<{class} name={} mode='{}' closefd={close}>", ops::repr_lossy(name.value()), me.mode()),
            None => format!("<{class} fd={} mode='{}' closefd={close}>", me.fd.get(), me.mode()),
        }
    }
}

impl IoBase {
    /// `_IOBase.close` on a stream: flushes once.
    pub fn close_base(this: Value) -> Result<(), Raised> {
        let base = this.expect::<IoBase>();
        if base.closed.get() {
            return Ok(());
        }
        let result = kiln_object::call::call_method_str(this, "flush", &[]).map(drop);
        base.closed.set(true);
        result
    }
}

/// `module.qualname` of a stream's class, as its `repr` shows it.
pub fn class_name(this: Value) -> String {
    let class = this.class();
    let module = class.lookup(Str::intern("__module__").value()).and_then(|m| m.cast::<Str>().map(Str::to_string_lossy));
    match module.as_deref() {
        None | Some("builtins") => class.qualified_name(),
        Some(module) => format!("{module}.{}", class.qualified_name()),
    }
}

pub fn install() -> &'static Type {
    define::<FileIo>("FileIO", "_io", Some(RawBase::class()), OPEN, FileIo::METHODS, Some("Open a file."))
}
