//! What has a name in the file system: information, permissions, links, folders.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Every pointer passed to the kernel is a terminated string or a buffer of ours with its own length.

use crate::posix::{folder, on_path, on_two, stat};
use crate::support::{fspath, os_error};
use crate::support::fspath::{PathOrFd, path_argument, path_or_fd};
use crate::support::os_error::check;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::os::unix::ffi::OsStrExt;
use kiln_macros::builtin_module;

record!(
    STATVFS,
    "statvfs_result",
    "os",
    ["f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag", "f_namemax"]
);

#[builtin_module("posix")]
pub mod module {
    use super::*;

    /// Perform a stat system call on the given path.
    pub fn stat(
        #[kw] path: Value,
        #[kwonly] dir_fd: Option<Value>,
        #[kwonly] #[default(true)] follow_symlinks: bool,
    ) -> Result<Object, Raised> {
        let at = dir_fd.filter(|fd| !fd.is_none()).map(|fd| folder(Some(fd))).transpose()?;
        stat::stat(path, at, follow_symlinks, "stat")
    }
    /// Perform a stat system call on the given path, without following symbolic links.
    pub fn lstat(#[kw] path: Value, #[kwonly] dir_fd: Option<Value>) -> Result<Object, Raised> {
        let at = dir_fd.filter(|fd| !fd.is_none()).map(|fd| folder(Some(fd))).transpose()?;
        stat::stat(path, at, false, "lstat")
    }
    /// Perform a stat system call on the given file descriptor.
    pub fn fstat(#[kw] fd: i32) -> Result<Object, Raised> {
        stat::stat_fd(fd).map(|s| stat::result(&s)).map_err(os_error::raise_errno)
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
        stat::list(path)
    }
    pub fn scandir(#[kw] path: Option<Value>) -> Result<Object, Raised> {
        stat::scan(path)
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
    pub fn fchown(#[kw] fd: i32, #[kw] uid: i64, #[kw] gid: i64) -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::fchown(fd, uid as u32, gid as u32) }).map(drop)
    }
    pub fn lchown(#[kw] path: Value, #[kw] uid: i64, #[kw] gid: i64) -> Result<(), Raised> {
        chown(path, uid, gid, None, false)
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
    /// Perform statvfs on an open file.
    pub fn fstatvfs(fd: Value) -> Result<Object, Raised> {
        statvfs(fd)
    }
    pub fn chroot(#[kw] path: Value) -> Result<(), Raised> {
        let path = path_argument(path, "chroot", "path")?;
        // SAFETY: per the chapter above.
        on_path(&path, |p| unsafe { libc::chroot(p) })
    }
}
