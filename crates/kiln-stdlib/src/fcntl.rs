//! `fcntl`: control of open files.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Arguments are numbers, or a buffer of ours that is as long as any request may write.

use crate::support::fspath::fileno;
use crate::support::os_error;
use kiln_builtins::bytes::buffer::Buffer;
use kiln_macros::builtin_module;
use kiln_object::bytes::Bytes;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};

/// Buffers up to this length are copied, so that a request which writes more than it should does no harm.
const COPIED: usize = 1024;

/// What the kernel is given, and what comes back.
enum Argument {
    Number(libc::c_long),
    Copy(Vec<u8>, usize),
    InPlace(Buffer),
}

fn argument(v: Option<Value>, may_mutate: bool) -> Result<Argument, Raised> {
    let Some(v) = v else { return Ok(Argument::Number(0)) };
    if let Some(n) = ops::index_quiet(v)? {
        let n = n.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping());
        return Ok(Argument::Number(n as libc::c_long));
    }
    let (bytes, writable) = match v.cast::<Str>() {
        Some(text) => (crate::support::fspath::encode(text)?, None),
        None => {
            let buffer = Buffer::get(v)?.ok_or_else(|| {
                raise::type_error(format!(
                    "argument 3 must be an integer, a bytes-like object, or a string, not {}",
                    v.class().name()
                ))
            })?;
            let bytes = buffer.data().to_vec();
            (bytes, (may_mutate && !buffer.is_readonly()).then_some(buffer))
        }
    };
    if let Some(buffer) = writable {
        return Ok(Argument::InPlace(buffer));
    }
    let len = bytes.len();
    if len > COPIED {
        return Err(raise::value_error("argument 3 is too long"));
    }
    let mut room = bytes;
    room.resize(COPIED + 64, 0);
    Ok(Argument::Copy(room, len))
}

fn run(fd: Value, v: Option<Value>, may_mutate: bool, call: impl Fn(i32, libc::c_long) -> i32) -> Result<Object, Raised> {
    let fd = fileno(fd)?;
    let mut argument = argument(v, may_mutate)?;
    let word = match &mut argument {
        Argument::Number(n) => *n,
        Argument::Copy(room, _) => room.as_mut_ptr() as libc::c_long,
        Argument::InPlace(buffer) => buffer.data_mut().as_mut_ptr() as libc::c_long,
    };
    let result = match os_error::retry(|| i64::from(call(fd, word)))? {
        Ok(n) => n,
        Err(e) => return Err(os_error::raise_errno(e)),
    };
    Ok(match argument {
        Argument::Copy(room, len) => Bytes::new_object(&room[..len]),
        _ => Object::int(result),
    })
}

/// This module performs file control and I/O control on file descriptors.
#[builtin_module("fcntl")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),* $(,)?) => { crate::support::add_ints(module, &[$((stringify!($name), libc::$name as i64)),*]) };
        }
        numbers!(
            LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
            F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETOWN, F_SETOWN, F_RDLCK, F_UNLCK, F_WRLCK, F_SETLEASE,
            F_GETLEASE, F_NOTIFY, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW,
            F_SEAL_WRITE, FD_CLOEXEC, FIONREAD,
        );
        let more = [("F_GETLK64", 5), ("F_SETLK64", 6), ("F_SETLKW64", 7), ("F_SETSIG", 10), ("F_GETSIG", 11), ("FASYNC", 0x2000)];
        crate::support::add_ints(module, &more);
        Ok(())
    }

    /// Perform the operation `cmd` on file descriptor fd.
    pub fn fcntl(fd: Value, cmd: i32, arg: Option<Value>) -> Result<Object, Raised> {
        // SAFETY: per the chapter above.
        run(fd, arg, false, |fd, word| unsafe { libc::fcntl(fd, cmd, word) })
    }
    /// Perform the operation request on file descriptor fd.
    pub fn ioctl(
        fd: Value,
        request: Value,
        arg: Option<Value>,
        #[default(true)] mutate_flag: bool,
    ) -> Result<Object, Raised> {
        let request = ops::index(request)?;
        let request = request.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping());
        // SAFETY: per the chapter above.
        run(fd, arg, mutate_flag, |fd, word| unsafe { libc::ioctl(fd, request, word) })
    }
    /// Perform the lock operation on file descriptor fd.
    pub fn flock(fd: Value, operation: i32) -> Result<(), Raised> {
        // SAFETY: numbers only.
        run(fd, None, false, |fd, _| unsafe { libc::flock(fd, operation) }).map(drop)
    }
    /// A wrapper around the fcntl() locking calls.
    pub fn lockf(
        fd: Value,
        cmd: i32,
        #[default(0)] len: i64,
        #[default(0)] start: i64,
        #[default(0)] whence: i32,
    ) -> Result<(), Raised> {
        let kind = if cmd == libc::LOCK_UN {
            libc::F_UNLCK
        } else if cmd & libc::LOCK_SH != 0 {
            libc::F_RDLCK
        } else if cmd & libc::LOCK_EX != 0 {
            libc::F_WRLCK
        } else {
            return Err(raise::value_error("unrecognized lockf argument"));
        };
        let operation = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
        // SAFETY: a zeroed lock is valid, and ours.
        run(fd, None, false, |fd, _| unsafe {
            let mut lock: libc::flock = std::mem::zeroed();
            lock.l_type = kind as i16;
            (lock.l_start, lock.l_len, lock.l_whence) = (start, len, whence as i16);
            libc::fcntl(fd, operation, &raw mut lock)
        })
        .map(drop)
    }
}
