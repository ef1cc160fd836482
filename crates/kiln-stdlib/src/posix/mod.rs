//! `posix`: the operating system, one file a theme; here are what they share, the environment, and the system's names and figures.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Every pointer passed to the kernel is a terminated string or a buffer of ours with its own length.

/// Declares the class of a named tuple.
macro_rules! record {
    ($cell:ident, $name:literal, $module:literal, [$($field:literal),* $(,)?]) => {
        pub(crate) static $cell: $crate::support::structseq::ClassCell =
            $crate::support::structseq::ClassCell::new($crate::support::structseq::Spec {
                name: $name,
                module: $module,
                doc: "",
                fields: &[$($field),*],
                visible: [$($field),*].len(),
                closed: false,
            });
    };
}

mod constants;
mod descriptors;
mod files;
mod ids;
pub mod process;
pub mod stat;

use crate::support::fspath::FsPath;
use crate::support::os_error::{self, check, raise_errno_with};
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};

record!(UNAME, "uname_result", "posix", ["sysname", "nodename", "release", "version", "machine"]);
record!(TIMES, "times_result", "posix", ["user", "system", "children_user", "children_system", "elapsed"]);

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
    use std::os::unix::ffi::OsStrExt;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        constants::fill(module)?;
        for part in [&descriptors::module::MODULE, &files::module::MODULE, &ids::module::MODULE, &process::module::MODULE] {
            module.fill(part)?;
        }
        module.set("environ", _create_environ()?);
        module.set("error", kiln_object::exc::OSError.get().as_value().to_object());
        module.set("stat_result", stat::STAT_RESULT.class().as_value().to_object());
        for cell in [&UNAME, &descriptors::TERMINAL_SIZE, &TIMES, &files::STATVFS] {
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
}
