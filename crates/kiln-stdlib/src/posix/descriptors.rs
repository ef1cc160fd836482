//! File descriptors: opening, reading and writing, flags, terminals.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Every pointer passed to the kernel is a terminated string or a buffer of ours with its own length.

use crate::posix::{fill, folder};
use crate::support::{fspath, os_error};
use crate::support::fspath::path_argument;
use crate::support::os_error::{check, raise_errno_with};
use kiln_object::{Object, Raised, Value, ops};
use kiln_object::str::Str;
use std::os::unix::ffi::OsStringExt;
use kiln_macros::builtin_module;

record!(TERMINAL_SIZE, "terminal_size", "os", ["columns", "lines"]);

#[builtin_module("posix")]
pub mod module {
    use super::*;

    /// Open a file for low level IO. Returns a file descriptor (integer).
    pub fn open(
        #[kw] path: Value,
        #[kw] flags: i32,
        #[kw] #[default(0o777)] mode: u32,
        #[kwonly] dir_fd: Option<Value>,
    ) -> Result<i32, Raised> {
        let (path, at) = (path_argument(path, "open", "path")?, folder(dir_fd)?);
        let name = path.c_string()?;
        // SAFETY: per the chapter above.
        match os_error::retry(|| i64::from(unsafe { libc::openat(at, name.as_ptr(), flags | libc::O_CLOEXEC, mode) }))? {
            Ok(fd) => Ok(fd as i32),
            Err(e) => Err(raise_errno_with(e, Some(path.object), None)),
        }
    }
    pub fn close(#[kw] fd: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        let result = unsafe { libc::close(fd) };
        if result < 0 && os_error::errno() != libc::EINTR { Err(os_error::raise_last()) } else { Ok(()) }
    }
    pub fn closerange(fd_low: i32, fd_high: i32) {
        for fd in fd_low.max(0)..fd_high {
            // SAFETY: no memory is involved.
            unsafe { libc::close(fd) };
        }
    }
    pub fn read(fd: i32, length: i64) -> Result<Object, Raised> {
        let Ok(length) = usize::try_from(length) else { return Err(os_error::raise_errno(libc::EINVAL)) };
        fill(length, |data| match crate::io::file::read_fd(fd, data)? {
            Some(n) => Ok(n),
            None => Err(os_error::raise_errno(libc::EAGAIN)),
        })
    }
    pub fn readinto(fd: i32, buffer: Value) -> Result<usize, Raised> {
        let mut data = vec![0; crate::buffer::writable_len(buffer)?];
        match crate::io::file::read_fd(fd, &mut data)? {
            Some(n) => {
                crate::buffer::write_into(buffer, &data[..n])?;
                Ok(n)
            }
            None => Err(os_error::raise_errno(libc::EAGAIN)),
        }
    }
    pub fn write(fd: i32, data: Value) -> Result<usize, Raised> {
        let data = crate::buffer::to_vec(data)?;
        match crate::io::file::write_fd(fd, &data)? {
            Some(n) => Ok(n),
            None => Err(os_error::raise_errno(libc::EAGAIN)),
        }
    }
    pub fn pread(fd: i32, length: usize, offset: i64) -> Result<Object, Raised> {
        fill(length, |data| {
            // SAFETY: the buffer's own length.
            os_error::check_long(unsafe { libc::pread(fd, data.as_mut_ptr().cast(), data.len(), offset) } as i64).map(|n| n as usize)
        })
    }
    pub fn pwrite(fd: i32, buffer: Value, offset: i64) -> Result<i64, Raised> {
        let data = crate::buffer::to_vec(buffer)?;
        // SAFETY: the slice's own length.
        os_error::check_long(unsafe { libc::pwrite(fd, data.as_ptr().cast(), data.len(), offset) } as i64)
    }
    pub fn lseek(fd: i32, position: i64, whence: i32) -> Result<i64, Raised> {
        // SAFETY: no memory is involved.
        os_error::check_long(unsafe { libc::lseek(fd, position, whence) })
    }
    pub fn fsync(#[kw] fd: Value) -> Result<(), Raised> {
        let fd = fspath::fileno(fd)?;
        // SAFETY: no memory is involved.
        check(unsafe { libc::fsync(fd) }).map(drop)
    }
    pub fn fdatasync(#[kw] fd: Value) -> Result<(), Raised> {
        let fd = fspath::fileno(fd)?;
        // SAFETY: no memory is involved.
        check(unsafe { libc::fdatasync(fd) }).map(drop)
    }
    pub fn sync() {
        // SAFETY: no memory is involved.
        unsafe { libc::sync() };
    }
    pub fn dup(fd: i32) -> Result<i32, Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    }
    pub fn dup2(#[kw] fd: i32, #[kw] fd2: i32, #[kw] #[default(true)] inheritable: bool) -> Result<i32, Raised> {
        let flags = if inheritable { 0 } else { libc::O_CLOEXEC };
        if fd == fd2 {
            // SAFETY: no memory is involved.
            return check(unsafe { libc::dup2(fd, fd2) });
        }
        // SAFETY: no memory is involved.
        check(unsafe { libc::dup3(fd, fd2, flags) })
    }
    pub fn pipe() -> Result<(i32, i32), Raised> {
        pipe2(libc::O_CLOEXEC)
    }
    pub fn pipe2(flags: i32) -> Result<(i32, i32), Raised> {
        let mut ends = [0; 2];
        // SAFETY: the array is ours.
        check(unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
        Ok((ends[0], ends[1]))
    }
    pub fn isatty(fd: i32) -> bool {
        // SAFETY: no memory is involved.
        unsafe { libc::isatty(fd) == 1 }
    }
    pub fn get_inheritable(fd: i32) -> Result<bool, Raised> {
        // SAFETY: no memory is involved.
        let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
        Ok(flags & libc::FD_CLOEXEC == 0)
    }
    pub fn set_inheritable(fd: i32, inheritable: bool) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        unsafe {
            let flags = check(libc::fcntl(fd, libc::F_GETFD))?;
            let flags = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
            check(libc::fcntl(fd, libc::F_SETFD, flags)).map(drop)
        }
    }
    pub fn get_blocking(fd: i32) -> Result<bool, Raised> {
        // SAFETY: no memory is involved.
        let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        Ok(flags & libc::O_NONBLOCK == 0)
    }
    pub fn set_blocking(fd: i32, blocking: bool) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        unsafe {
            let flags = check(libc::fcntl(fd, libc::F_GETFL))?;
            let flags = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
            check(libc::fcntl(fd, libc::F_SETFL, flags)).map(drop)
        }
    }
    pub fn device_encoding(#[kw] fd: i32) -> Object {
        if isatty(fd) { Str::new("utf-8") } else { Object::none() }
    }
    pub fn get_terminal_size(#[default(1)] fd: i32) -> Result<Object, Raised> {
        // SAFETY: the struct is ours.
        let size = unsafe {
            let mut size: libc::winsize = std::mem::zeroed();
            check(libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size))?;
            size
        };
        Ok(TERMINAL_SIZE.make(vec![Object::int(size.ws_col.into()), Object::int(size.ws_row.into())]))
    }
    /// Open a pseudo-terminal: descriptors for the master and the slave end.
    pub fn openpty() -> Result<(i32, i32), Raised> {
        // SAFETY: numbers, and a name in a buffer of ours.
        unsafe {
            let master = check(libc::open(c"/dev/ptmx".as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC))?;
            let mut name = [0 as libc::c_char; 128];
            let opened = check(libc::grantpt(master))
                .and_then(|_| check(libc::unlockpt(master)))
                .and_then(|_| match libc::ptsname_r(master, name.as_mut_ptr(), name.len()) {
                    0 => check(libc::open(name.as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC)),
                    e => Err(os_error::raise_errno(e)),
                });
            match opened {
                Ok(slave) => Ok((master, slave)),
                Err(e) => {
                    libc::close(master);
                    Err(e)
                }
            }
        }
    }
    pub fn ttyname(fd: i32) -> Result<Object, Raised> {
        let link = std::fs::read_link(format!("/proc/self/fd/{fd}"));
        match link {
            Ok(name) if isatty(fd) => Ok(crate::support::fspath::decode(&name.into_os_string().into_vec())),
            _ => Err(os_error::raise_errno(libc::ENOTTY)),
        }
    }
    /// Return the name of the controlling terminal for this process.
    pub fn ctermid() -> &'static str {
        "/dev/tty"
    }
    pub fn tcgetpgrp(fd: i32) -> Result<i32, Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::tcgetpgrp(fd) })
    }
    pub fn tcsetpgrp(fd: i32, pgid: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::tcsetpgrp(fd, pgid) }).map(drop)
    }
    /// Copy bytes from one file descriptor to another.
    pub fn sendfile(#[kw] out_fd: i32, #[kw] in_fd: i32, #[kw] offset: Value, #[kw] count: usize) -> Result<i64, Raised> {
        let mut at = match offset.is_none() {
            true => None,
            false => Some(ops::index(offset)?.as_small_int().unwrap_or(0)),
        };
        let place = at.as_mut().map_or(std::ptr::null_mut(), |at| at as *mut i64);
        // SAFETY: null or a number of ours.
        match os_error::retry(|| unsafe { libc::sendfile(out_fd, in_fd, place, count) as i64 })? {
            Ok(n) => Ok(n),
            Err(e) => Err(os_error::raise_errno(e)),
        }
    }
    /// Copy count bytes from one file descriptor to another.
    pub fn copy_file_range(
        #[kw] src: i32,
        #[kw] dst: i32,
        #[kw] count: usize,
        #[kw] #[none] offset_src: Option<i64>,
        #[kw] #[none] offset_dst: Option<i64>,
    ) -> Result<i64, Raised> {
        let (mut from, mut to) = (offset_src, offset_dst);
        let place = |at: &mut Option<i64>| at.as_mut().map_or(std::ptr::null_mut(), |at| at as *mut i64);
        let (from, to) = (place(&mut from), place(&mut to));
        // SAFETY: null or numbers of ours.
        match os_error::retry(|| unsafe { libc::copy_file_range(src, from, dst, to, count, 0) as i64 })? {
            Ok(n) => Ok(n),
            Err(e) => Err(os_error::raise_errno(e)),
        }
    }
    /// Iterate over the buffers in order: write them all at once.
    pub fn writev(fd: i32, buffers: Value) -> Result<i64, Raised> {
        let mut data = Vec::new();
        for buffer in ops::to_vec(buffers)? {
            data.extend(crate::buffer::to_vec(buffer.value())?);
        }
        // SAFETY: the vector's own length.
        match os_error::retry(|| unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) as i64 })? {
            Ok(n) => Ok(n),
            Err(e) => Err(os_error::raise_errno(e)),
        }
    }
    /// Read from a file descriptor into a number of mutable, bytes-like objects.
    pub fn readv(fd: i32, buffers: Value) -> Result<i64, Raised> {
        let buffers = ops::to_vec(buffers)?;
        let mut sizes = Vec::with_capacity(buffers.len());
        for buffer in &buffers {
            sizes.push(crate::buffer::writable_len(buffer.value())?);
        }
        let mut data = vec![0u8; sizes.iter().sum()];
        // SAFETY: the vector's own length.
        let n = match os_error::retry(|| unsafe { libc::read(fd, data.as_mut_ptr().cast(), data.len()) as i64 })? {
            Ok(n) => n,
            Err(e) => return Err(os_error::raise_errno(e)),
        };
        let mut rest = &data[..n as usize];
        for (buffer, size) in buffers.iter().zip(sizes) {
            let (piece, more) = rest.split_at(size.min(rest.len()));
            crate::buffer::write_into(buffer.value(), piece)?;
            rest = more;
        }
        Ok(n)
    }
    /// Ensure a file has allocated at least a particular number of bytes on disk.
    pub fn posix_fallocate(fd: i32, offset: i64, length: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        match unsafe { libc::posix_fallocate(fd, offset, length) } {
            0 => Ok(()),
            e => Err(os_error::raise_errno(e)),
        }
    }
    /// Announce an intention to access data in a specific pattern.
    pub fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        match unsafe { libc::posix_fadvise(fd, offset, length, advice) } {
            0 => Ok(()),
            e => Err(os_error::raise_errno(e)),
        }
    }
    /// Create an anonymous file.
    pub fn memfd_create(#[kw] name: Value, #[kw] #[default(libc::MFD_CLOEXEC)] flags: u32) -> Result<i32, Raised> {
        let name = path_argument(name, "memfd_create", "name")?.c_string()?;
        // SAFETY: a terminated string.
        check(unsafe { libc::memfd_create(name.as_ptr(), flags) })
    }
    /// Create and return an event file descriptor.
    pub fn eventfd(#[kw] initval: u32, #[kw] #[default(libc::EFD_CLOEXEC)] flags: i32) -> Result<i32, Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::eventfd(initval, flags) })
    }
}
