//! `posix`: the operating system. `stat.rs` has file information and folders, `process.rs` processes; the rest is here.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Every pointer passed to the kernel is a terminated string or a buffer of ours with its own length.

mod constants;
pub mod process;
pub mod stat;

use crate::support::fspath::{FsPath, PathOrFd, path_argument, path_or_fd};
use crate::support::os_error::{self, check, raise_errno_with};
use crate::support::structseq::{ClassCell, Spec};
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};

macro_rules! record {
    ($cell:ident, $name:literal, $module:literal, [$($field:literal),* $(,)?]) => {
        static $cell: ClassCell = ClassCell::new(Spec {
            name: $name, module: $module, doc: "", fields: &[$($field),*], visible: [$($field),*].len(), closed: false,
        });
    };
}
record!(UNAME, "uname_result", "posix", ["sysname", "nodename", "release", "version", "machine"]);
record!(TERMINAL_SIZE, "terminal_size", "os", ["columns", "lines"]);
record!(TIMES, "times_result", "posix", ["user", "system", "children_user", "children_system", "elapsed"]);
record!(
    STATVFS,
    "statvfs_result",
    "os",
    ["f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag", "f_namemax"]
);

/// Runs a call on a path; an error names it.
fn on_path(path: &FsPath, f: impl FnOnce(*const libc::c_char) -> i32) -> Result<(), Raised> {
    let name = path.c_string()?;
    if f(name.as_ptr()) < 0 {
        return Err(raise_errno_with(os_error::errno(), Some(path.object.clone()), None));
    }
    Ok(())
}
fn on_two(a: &FsPath, b: &FsPath, f: impl FnOnce(*const libc::c_char, *const libc::c_char) -> i32) -> Result<(), Raised> {
    let (x, y) = (a.c_string()?, b.c_string()?);
    if f(x.as_ptr(), y.as_ptr()) < 0 {
        return Err(raise_errno_with(os_error::errno(), Some(a.object.clone()), Some(b.object.clone())));
    }
    Ok(())
}

/// `dir_fd=`: a folder's descriptor, or the current folder.
fn folder(fd: Option<Value>) -> Result<i32, Raised> {
    match fd.filter(|fd| !fd.is_none()) {
        None => Ok(libc::AT_FDCWD),
        Some(fd) => match ops::index_quiet(fd)?.and_then(|i| i.as_small_int()) {
            Some(fd) => Ok(fd as i32),
            None => Err(kiln_object::raise!(TypeError, "argument should be integer or None, not {}", fd.class().name())),
        },
    }
}

fn fill(buffer: usize, f: impl FnOnce(&mut [u8]) -> Result<usize, Raised>) -> Result<Object, Raised> {
    let mut data = vec![0; buffer];
    let n = f(&mut data)?;
    Ok(crate::buffer::bytes(&data[..n]))
}

/// This module provides access to operating system functionality that is standardized by the C Standard and POSIX.
#[builtin_module("posix")]
pub mod module {
    use super::*;
    use crate::support::fspath;
    use kiln_object::dict::Dict;
    use kiln_object::list::List;
    use kiln_object::module::Module;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        constants::fill(module)?;
        module.set("environ", _create_environ()?);
        module.set("error", kiln_object::exc::OSError.get().as_value().to_object());
        module.set("stat_result", stat::STAT_RESULT.class().as_value().to_object());
        for cell in [&UNAME, &TERMINAL_SIZE, &TIMES, &STATVFS] {
            crate::support::add_class(module, cell.class());
        }
        for class in stat::classes() {
            crate::support::add_class(module, class);
        }
        let have = [
            "HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FDOPENDIR", "HAVE_FSTATAT", "HAVE_FTRUNCATE",
            "HAVE_FUTIMENS", "HAVE_LINKAT", "HAVE_LSTAT", "HAVE_MKDIRAT", "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT",
            "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT",
        ];
        module.set("_have_functions", List::from_vec(have.iter().map(|h| Str::new(h)).collect()));
        Ok(())
    }

    /// The environment, as bytes.
    pub fn _create_environ() -> Result<Object, Raised> {
        let environ = Dict::new_object();
        for (name, value) in std::env::vars_os() {
            let (name, value) = (crate::buffer::bytes(name.as_bytes()), crate::buffer::bytes(value.as_bytes()));
            environ.expect::<Dict>().set(name.value(), value.value())?;
        }
        Ok(environ)
    }
    /// Change or add an environment variable.
    pub fn putenv(name: Value, value: Value) -> Result<(), Raised> {
        let (name, value) = (fspath::path(name)?, fspath::path(value)?);
        if name.bytes.is_empty() || name.bytes.contains(&b'=') {
            return Err(raise::value_error("illegal environment variable name"));
        }
        // SAFETY: one thread runs; nothing else reads the environment meanwhile.
        unsafe { std::env::set_var(name.os_string(), value.os_string()) };
        Ok(())
    }
    /// Delete an environment variable.
    pub fn unsetenv(name: Value) -> Result<(), Raised> {
        let name = fspath::path(name)?;
        if name.bytes.is_empty() || name.bytes.contains(&b'=') {
            return Err(os_error::raise_errno(libc::EINVAL));
        }
        // SAFETY: as above.
        unsafe { std::env::remove_var(name.os_string()) };
        Ok(())
    }

    // Files and folders.

    /// Perform a stat system call on the given path.
    pub fn stat(
        #[kw] path: Value,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<Object, Raised> {
        let at = dir_fd.filter(|fd| !fd.is_none()).map(|fd| folder(Some(fd))).transpose()?;
        super::stat::stat(path, at, follow_symlinks, "stat")
    }
    /// Perform a stat system call on the given path, without following symbolic links.
    pub fn lstat(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<Object, Raised> {
        let at = dir_fd.filter(|fd| !fd.is_none()).map(|fd| folder(Some(fd))).transpose()?;
        super::stat::stat(path, at, false, "lstat")
    }
    /// Perform a stat system call on the given file descriptor.
    pub fn fstat(#[kw] fd: i32) -> Result<Object, Raised> {
        super::stat::stat_fd(fd).map(|s| super::stat::result(&s)).map_err(os_error::raise_errno)
    }
    /// Use the real uid/gid to test for access to a path.
    pub fn access(
        #[kw] path: Value,
        #[kw] mode: i32,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(false)] effective_ids: bool,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<bool, Raised> {
        let path = path_argument(path, "access", "path")?;
        let name = path.c_string()?;
        let mut flags = 0;
        if effective_ids {
            flags |= libc::AT_EACCESS;
        }
        if !follow_symlinks {
            flags |= libc::AT_SYMLINK_NOFOLLOW;
        }
        // SAFETY: per the chapter above.
        Ok(unsafe { libc::faccessat(folder(dir_fd)?, name.as_ptr(), mode, flags) } == 0)
    }
    pub fn listdir(#[kw] path: Option<Value>) -> Result<Vec<Object>, Raised> {
        super::stat::list(path)
    }
    pub fn scandir(#[kw] path: Option<Value>) -> Result<Object, Raised> {
        super::stat::scan(path)
    }
    pub fn getcwd() -> Result<Object, Raised> {
        match std::env::current_dir() {
            Ok(cwd) => Ok(fspath::decode_os(cwd.as_os_str())),
            Err(e) => Err(os_error::raise_errno(e.raw_os_error().unwrap_or(libc::EIO))),
        }
    }
    pub fn getcwdb() -> Result<Object, Raised> {
        match std::env::current_dir() {
            Ok(cwd) => Ok(crate::buffer::bytes(cwd.as_os_str().as_bytes())),
            Err(e) => Err(os_error::raise_errno(e.raw_os_error().unwrap_or(libc::EIO))),
        }
    }
    pub fn chdir(#[kw] path: Value) -> Result<(), Raised> {
        match path_or_fd(path, "chdir")? {
            // SAFETY: per the chapter above.
            PathOrFd::Path(path) => on_path(&path, |p| unsafe { libc::chdir(p) }),
            // SAFETY: no memory is involved.
            PathOrFd::Fd(fd) => check(unsafe { libc::fchdir(fd) }).map(drop),
        }
    }
    pub fn fchdir(#[kw] fd: Value) -> Result<(), Raised> {
        let fd = fspath::fileno(fd)?;
        // SAFETY: no memory is involved.
        check(unsafe { libc::fchdir(fd) }).map(drop)
    }
    pub fn mkdir(#[kw] path: Value, #[kw] #[default(0o777)] mode: u32, #[kwonly] dir_fd: Option<Value>) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "mkdir", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::mkdirat(at, p, mode) })
    }
    pub fn rmdir(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "rmdir", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::unlinkat(at, p, libc::AT_REMOVEDIR) })
    }
    pub fn unlink(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "unlink", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::unlinkat(at, p, 0) })
    }
    pub fn remove(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "remove", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::unlinkat(at, p, 0) })
    }
    pub fn rename(
        #[kw] src: Value,
        #[kw] dst: Value,
        #[kwonly] src_dir_fd: Option<Value>,
        #[kwonly] dst_dir_fd: Option<Value>,
    ) -> Result<(), Raised> {
        let (a, b) = (path_argument(src, "rename", "src")?, path_argument(dst, "rename", "dst")?);
        let (x, y) = (folder(src_dir_fd)?, folder(dst_dir_fd)?);
        // SAFETY: per the chapter above.
        on_two(&a, &b, |p, q| unsafe { libc::renameat(x, p, y, q) })
    }
    pub fn replace(
        #[kw] src: Value,
        #[kw] dst: Value,
        #[kwonly] src_dir_fd: Option<Value>,
        #[kwonly] dst_dir_fd: Option<Value>,
    ) -> Result<(), Raised> {
        rename(src, dst, src_dir_fd, dst_dir_fd)
    }
    pub fn link(
        #[kw] src: Value,
        #[kw] dst: Value,
        #[kwonly] src_dir_fd: Option<Value>,
        #[kwonly] dst_dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<(), Raised> {
        let (a, b) = (path_argument(src, "link", "src")?, path_argument(dst, "link", "dst")?);
        let (x, y) = (folder(src_dir_fd)?, folder(dst_dir_fd)?);
        let flags = if follow_symlinks { libc::AT_SYMLINK_FOLLOW } else { 0 };
        // SAFETY: per the chapter above.
        on_two(&a, &b, |p, q| unsafe { libc::linkat(x, p, y, q, flags) })
    }
    pub fn symlink(
        #[kw] src: Value,
        #[kw] dst: Value,
        #[kw] #[default(false)] _target_is_directory: bool,
        #[kwonly] dir_fd: Option<Value>,
    ) -> Result<(), Raised> {
        let (a, b) = (path_argument(src, "symlink", "src")?, path_argument(dst, "symlink", "dst")?);
        let at = folder(dir_fd)?;
        // SAFETY: per the chapter above.
        on_two(&a, &b, |p, q| unsafe { libc::symlinkat(p, at, q) })
    }
    pub fn readlink(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<Object, Raised> {
        let (path, at) = (path_argument(path, "readlink", "path")?, folder(dir_fd)?);
        let mut buffer = vec![0u8; libc::PATH_MAX as usize + 1];
        let mut length = 0;
        on_path(&path, |p| {
            // SAFETY: the buffer's own length.
            length = unsafe { libc::readlinkat(at, p, buffer.as_mut_ptr().cast(), buffer.len()) };
            length as i32
        })?;
        Ok(path.same_type(&buffer[..length as usize]))
    }
    pub fn chmod(
        #[kw] path: Value,
        #[kw] mode: u32,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<(), Raised> {
        match path_or_fd(path, "chmod")? {
            // SAFETY: no memory is involved.
            PathOrFd::Fd(fd) => check(unsafe { libc::fchmod(fd, mode) }).map(drop),
            PathOrFd::Path(path) => {
                let at = folder(dir_fd)?;
                let flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                // SAFETY: per the chapter above.
                on_path(&path, |p| unsafe { libc::fchmodat(at, p, mode, flags) })
            }
        }
    }
    pub fn fchmod(#[kw] fd: i32, #[kw] mode: u32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::fchmod(fd, mode) }).map(drop)
    }
    pub fn chown(
        #[kw] path: Value,
        #[kw] uid: i64,
        #[kw] gid: i64,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "chown", "path")?, folder(dir_fd)?);
        let flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::fchownat(at, p, uid as u32, gid as u32, flags) })
    }
    pub fn umask(mask: u32) -> u32 {
        // SAFETY: no memory is involved.
        unsafe { libc::umask(mask) }
    }
    pub fn truncate(#[kw] path: Value, #[kw] length: i64) -> Result<(), Raised> {
        match path_or_fd(path, "truncate")? {
            // SAFETY: per the chapter above.
            PathOrFd::Path(path) => on_path(&path, |p| unsafe { libc::truncate(p, length) }),
            PathOrFd::Fd(fd) => ftruncate(fd, length),
        }
    }
    pub fn ftruncate(fd: i32, length: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::ftruncate(fd, length) }).map(drop)
    }
    pub fn mkfifo(#[kw] path: Value, #[kw] #[default(0o666)] mode: u32, #[kwonly] dir_fd: Option<Value>) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "mkfifo", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::mkfifoat(at, p, mode) })
    }
    /// Set the access and modified time of path.
    pub fn utime(
        #[kw] path: Value,
        #[kw] #[none] times: Option<Value>,
        #[kwonly] ns: Option<Value>,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<(), Raised> {
        if times.is_some() && ns.is_some() {
            return Err(raise::value_error("utime: you may specify either 'times' or 'ns' but not both"));
        }
        let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
        let mut spec = [now, now];
        if let Some(given) = times.or(ns) {
            let items = ops::to_vec(given)?;
            if items.len() != 2 {
                let which = if times.is_some() { "'times' must be either a tuple of two ints or None" } else { "'ns' must be a tuple of two ints" };
                return Err(kiln_object::raise!(TypeError, "utime: {which}"));
            }
            for (slot, item) in spec.iter_mut().zip(items) {
                *slot = if times.is_some() {
                    let f = ops::to_float(item.value())?;
                    libc::timespec { tv_sec: f.floor() as i64, tv_nsec: ((f - f.floor()) * 1e9) as i64 }
                } else {
                    let n = item.as_int().and_then(|i| i.to_i64()).unwrap_or(0);
                    libc::timespec { tv_sec: n.div_euclid(1_000_000_000), tv_nsec: n.rem_euclid(1_000_000_000) }
                };
            }
        }
        match path_or_fd(path, "utime")? {
            // SAFETY: the array is ours.
            PathOrFd::Fd(fd) => check(unsafe { libc::futimens(fd, spec.as_ptr()) }).map(drop),
            PathOrFd::Path(path) => {
                let at = folder(dir_fd)?;
                let flags = if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                // SAFETY: per the chapter above.
                on_path(&path, |p| unsafe { libc::utimensat(at, p, spec.as_ptr(), flags) })
            }
        }
    }
    pub fn statvfs(#[kw] path: Value) -> Result<Object, Raised> {
        // SAFETY: a zeroed struct is valid.
        let mut s: libc::statvfs = unsafe { std::mem::zeroed() };
        match path_or_fd(path, "statvfs")? {
            // SAFETY: the struct is ours.
            PathOrFd::Path(path) => on_path(&path, |p| unsafe { libc::statvfs(p, &raw mut s) })?,
            // SAFETY: as above.
            PathOrFd::Fd(fd) => drop(check(unsafe { libc::fstatvfs(fd, &raw mut s) })?),
        }
        let items = [
            s.f_bsize, s.f_frsize, s.f_blocks, s.f_bfree, s.f_bavail, s.f_files, s.f_ffree, s.f_favail, s.f_flag, s.f_namemax,
        ];
        Ok(STATVFS.make(items.iter().map(|n| kiln_object::IntoObject::into_object(*n)).collect()))
    }

    // Descriptors.

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

    // Processes.

    pub fn fork() -> Result<i32, Raised> {
        process::fork()
    }
    /// Register callables to be called when forking a new process.
    pub fn register_at_fork(
        #[kwonly] before: Option<Value>,
        #[kwonly] after_in_child: Option<Value>,
        #[kwonly] after_in_parent: Option<Value>,
    ) -> Result<(), Raised> {
        if before.is_none() && after_in_child.is_none() && after_in_parent.is_none() {
            return Err(kiln_object::raise!(TypeError, "At least one argument is required."));
        }
        for (f, when) in [
            (before, process::When::Before),
            (after_in_parent, process::When::Parent),
            (after_in_child, process::When::Child),
        ] {
            if let Some(f) = f {
                process::register(when, f)?;
            }
        }
        Ok(())
    }
    pub fn wait() -> Result<(i32, i32), Raised> {
        process::wait(-1, 0)
    }
    pub fn waitpid(pid: i32, options: i32) -> Result<(i32, i32), Raised> {
        process::wait(pid, options)
    }
    pub fn wait3(#[kw] options: i32) -> Result<(i32, i32, Object), Raised> {
        process::wait_usage(-1, options)
    }
    pub fn wait4(#[kw] pid: i32, #[kw] options: i32) -> Result<(i32, i32, Object), Raised> {
        process::wait_usage(pid, options)
    }
    pub fn waitstatus_to_exitcode(#[kw] status: i32) -> Result<i32, Raised> {
        if libc::WIFEXITED(status) {
            return Ok(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Ok(-libc::WTERMSIG(status));
        }
        Err(kiln_object::raise!(ValueError, "invalid wait status: {status}"))
    }
    pub fn WIFEXITED(#[kw] status: i32) -> bool {
        libc::WIFEXITED(status)
    }
    pub fn WEXITSTATUS(#[kw] status: i32) -> i32 {
        libc::WEXITSTATUS(status)
    }
    pub fn WIFSIGNALED(#[kw] status: i32) -> bool {
        libc::WIFSIGNALED(status)
    }
    pub fn WTERMSIG(#[kw] status: i32) -> i32 {
        libc::WTERMSIG(status)
    }
    pub fn WIFSTOPPED(#[kw] status: i32) -> bool {
        libc::WIFSTOPPED(status)
    }
    pub fn WSTOPSIG(#[kw] status: i32) -> i32 {
        libc::WSTOPSIG(status)
    }
    pub fn WIFCONTINUED(#[kw] status: i32) -> bool {
        libc::WIFCONTINUED(status)
    }
    pub fn WCOREDUMP(status: i32) -> bool {
        libc::WCOREDUMP(status)
    }
    pub fn execv(path: Value, argv: Value) -> Result<(), Raised> {
        process::exec(path, argv, None)
    }
    pub fn execve(#[kw] path: Value, #[kw] argv: Value, #[kw] env: Value) -> Result<(), Raised> {
        process::exec(path, argv, Some(env))
    }
    pub fn system(#[kw] command: Value) -> Result<i32, Raised> {
        let command = fspath::path(command)?.c_string()?;
        // SAFETY: per the chapter above.
        Ok(unsafe { libc::system(command.as_ptr()) })
    }
    pub fn kill(pid: i32, signal: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::kill(pid, signal) })?;
        crate::signal::serve()
    }
    pub fn killpg(pgid: i32, signal: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::killpg(pgid, signal) }).map(drop)
    }
    /// Exit to the system with specified status, without normal exit processing.
    pub fn _exit(#[kw] status: i32) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) }
    }
    pub fn abort() {
        std::process::abort()
    }
    pub fn getpid() -> u32 {
        std::process::id()
    }
    pub fn getppid() -> u32 {
        std::os::unix::process::parent_id()
    }
    pub fn getuid() -> u32 {
        // SAFETY: no memory is involved, as in the functions that follow.
        unsafe { libc::getuid() }
    }
    pub fn geteuid() -> u32 {
        // SAFETY: as above.
        unsafe { libc::geteuid() }
    }
    pub fn getgid() -> u32 {
        // SAFETY: as above.
        unsafe { libc::getgid() }
    }
    pub fn getegid() -> u32 {
        // SAFETY: as above.
        unsafe { libc::getegid() }
    }
    pub fn getpgrp() -> i32 {
        // SAFETY: as above.
        unsafe { libc::getpgrp() }
    }
    pub fn getpgid(#[kw] pid: i32) -> Result<i32, Raised> {
        // SAFETY: as above.
        check(unsafe { libc::getpgid(pid) })
    }
    pub fn setpgid(pid: i32, pgrp: i32) -> Result<(), Raised> {
        // SAFETY: as above.
        check(unsafe { libc::setpgid(pid, pgrp) }).map(drop)
    }
    pub fn getsid(pid: i32) -> Result<i32, Raised> {
        // SAFETY: as above.
        check(unsafe { libc::getsid(pid) })
    }
    pub fn setsid() -> Result<i32, Raised> {
        // SAFETY: as above.
        check(unsafe { libc::setsid() })
    }
    pub fn nice(increment: i32) -> i32 {
        // SAFETY: as above.
        unsafe { libc::nice(increment) }
    }
    pub fn sched_yield() {
        // SAFETY: as above.
        unsafe { libc::sched_yield() };
    }
    pub fn cpu_count() -> Object {
        // SAFETY: as above.
        let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
        if n > 0 { Object::int(n) } else { Object::none() }
    }
    pub fn sched_getaffinity(_pid: i32) -> Result<Object, Raised> {
        let n = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let set = kiln_object::set::Set::new();
        for i in 0..n {
            set.expect::<kiln_object::set::Set>().add(Object::int(i as i64).value())?;
        }
        Ok(set)
    }
    pub fn sysconf(name: Value) -> Result<i64, Raised> {
        let number = match name.cast::<Str>() {
            Some(text) => match constants::SYSCONF.iter().find(|(n, _)| text.eq_str(n)) {
                Some((_, number)) => *number,
                None => return Err(raise::value_error("unrecognized configuration name")),
            },
            None => ops::index(name)?.as_small_int().unwrap_or(-1) as i32,
        };
        // SAFETY: no memory is involved.
        Ok(unsafe { libc::sysconf(number) })
    }
    pub fn times() -> Object {
        // SAFETY: the struct is ours.
        let (t, elapsed, ticks) = unsafe {
            let mut t: libc::tms = std::mem::zeroed();
            let elapsed = libc::times(&raw mut t);
            (t, elapsed, libc::sysconf(libc::_SC_CLK_TCK) as f64)
        };
        let seconds = |n: i64| Object::float(n as f64 / ticks);
        TIMES.make(vec![
            seconds(t.tms_utime),
            seconds(t.tms_stime),
            seconds(t.tms_cutime),
            seconds(t.tms_cstime),
            seconds(elapsed),
        ])
    }
    pub fn getloadavg() -> Result<(f64, f64, f64), Raised> {
        let mut loads = [0.0; 3];
        // SAFETY: the array is ours.
        if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
            return Err(kiln_object::raise!(OSError, "Load averages are unobtainable"));
        }
        Ok((loads[0], loads[1], loads[2]))
    }
    pub fn uname() -> Result<Object, Raised> {
        // SAFETY: the struct is ours; its texts are terminated.
        unsafe {
            let mut u: libc::utsname = std::mem::zeroed();
            check(libc::uname(&raw mut u))?;
            let text = |field: &[libc::c_char]| {
                Str::new(&std::ffi::CStr::from_ptr(field.as_ptr()).to_string_lossy())
            };
            Ok(UNAME.make(vec![text(&u.sysname), text(&u.nodename), text(&u.release), text(&u.version), text(&u.machine)]))
        }
    }

    // The rest.

    pub fn urandom(size: i64) -> Result<Object, Raised> {
        let Ok(size) = usize::try_from(size) else { return Err(raise::value_error("negative argument not allowed")) };
        fill(size, |data| {
            let mut done = 0;
            while done < data.len() {
                let rest = &mut data[done..];
                // SAFETY: the buffer's own length.
                match os_error::retry(|| unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) } as i64)? {
                    Ok(n) => done += n as usize,
                    Err(e) => return Err(os_error::raise_errno(e)),
                }
            }
            Ok(done)
        })
    }
    pub fn getrandom(#[kw] size: usize, #[kw] #[default(0)] _flags: i32) -> Result<Object, Raised> {
        urandom(size as i64)
    }
    pub fn strerror(code: i32) -> String {
        os_error::message(code)
    }
    /// Return the file system path representation of the object.
    pub fn fspath(#[kw] path: Value) -> Result<Object, Raised> {
        crate::support::fspath::fspath(path)
    }
    pub fn getlogin() -> Result<Object, Raised> {
        // SAFETY: a terminated text of the C library, copied at once.
        unsafe {
            let name = libc::getlogin();
            if name.is_null() {
                return Err(os_error::raise_last());
            }
            Ok(crate::support::fspath::decode(std::ffi::CStr::from_ptr(name).to_bytes()))
        }
    }
    pub fn ttyname(fd: i32) -> Result<Object, Raised> {
        let link = std::fs::read_link(format!("/proc/self/fd/{fd}"));
        match link {
            Ok(name) if isatty(fd) => Ok(crate::support::fspath::decode(&name.into_os_string().into_vec())),
            _ => Err(os_error::raise_errno(libc::ENOTTY)),
        }
    }
    /// Return a file descriptor referring to the process pid.
    pub fn pidfd_open(#[kw] pid: i32, #[kw] #[default(0)] flags: u32) -> Result<i64, Raised> {
        // SAFETY: no memory is involved.
        os_error::check_long(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) })
    }
    /// Return list of supplemental group IDs for the process.
    pub fn getgroups() -> Result<Vec<Object>, Raised> {
        // SAFETY: asks for the number only.
        let count = check(unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
        let mut groups: Vec<libc::gid_t> = vec![0; count as usize];
        // SAFETY: the vector's own length.
        let count = check(unsafe { libc::getgroups(count, groups.as_mut_ptr()) })?;
        Ok(groups[..count as usize].iter().map(|g| Object::int(i64::from(*g))).collect())
    }
    pub fn setuid(uid: u32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setuid(uid) }).map(drop)
    }
    pub fn setgid(gid: u32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setgid(gid) }).map(drop)
    }
    pub fn seteuid(euid: u32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::seteuid(euid) }).map(drop)
    }
    pub fn setegid(egid: u32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setegid(egid) }).map(drop)
    }
    pub fn setreuid(ruid: i64, euid: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setreuid(ruid as u32, euid as u32) }).map(drop)
    }
    pub fn setregid(rgid: i64, egid: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setregid(rgid as u32, egid as u32) }).map(drop)
    }
    pub fn setpgrp() -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setpgid(0, 0) }).map(drop)
    }
    /// Return program scheduling priority.
    pub fn getpriority(#[kw] which: i32, #[kw] who: u32) -> Result<i32, Raised> {
        // SAFETY: -1 is a priority too: the error number says.
        unsafe {
            *libc::__errno_location() = 0;
            let n = libc::getpriority(which as _, who);
            if n == -1 && os_error::errno() != 0 { Err(os_error::raise_last()) } else { Ok(n) }
        }
    }
    /// Set program scheduling priority.
    pub fn setpriority(#[kw] which: i32, #[kw] who: u32, #[kw] priority: i32) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setpriority(which as _, who, priority) }).map(drop)
    }
    pub fn fchown(#[kw] fd: i32, #[kw] uid: i64, #[kw] gid: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::fchown(fd, uid as u32, gid as u32) }).map(drop)
    }
    pub fn lchown(#[kw] path: Value, #[kw] uid: i64, #[kw] gid: i64) -> Result<(), Raised> {
        chown(path, uid, gid, None, false)
    }
    pub fn chroot(#[kw] path: Value) -> Result<(), Raised> {
        let path = path_argument(path, "chroot", "path")?;
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::chroot(p) })
    }
    /// Create a file system node.
    pub fn mknod(
        #[kw] path: Value,
        #[kw] #[default(0o600)] mode: u32,
        #[kw] #[default(0)] device: usize,
        #[kwonly] dir_fd: Option<Value>,
    ) -> Result<(), Raised> {
        let (path, at) = (path_argument(path, "mknod", "path")?, folder(dir_fd)?);
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::mknodat(at, p, mode, device as u64) })
    }
    pub fn major(device: usize) -> u32 {
        libc::major(device as u64)
    }
    pub fn minor(device: usize) -> u32 {
        libc::minor(device as u64)
    }
    pub fn makedev(major: u32, minor: u32) -> u64 {
        libc::makedev(major, minor)
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
    /// Perform statvfs on an open file.
    pub fn fstatvfs(fd: Value) -> Result<Object, Raised> {
        statvfs(fd)
    }
}
