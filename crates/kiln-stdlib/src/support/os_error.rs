//! `OSError` from the operating system's error numbers.

use kiln_object::exception::{BaseException, exc};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Type, raise};

/// The message of an error number, as the C library words it.
pub fn message(errno: i32) -> String {
    let mut buffer = [0 as libc::c_char; 256];
    #[expect(unsafe_code, reason = "the C library's table of messages")]
    // SAFETY: the buffer's length is passed; the result is terminated within it.
    let text = unsafe {
        if libc::strerror_r(errno, buffer.as_mut_ptr(), buffer.len()) != 0 {
            return format!("Unknown error {errno}");
        }
        std::ffi::CStr::from_ptr(buffer.as_ptr())
    };
    text.to_string_lossy().into_owned()
}

/// The subclass of `OSError` that stands for an error number.
pub fn class_for(errno: i32) -> &'static Type {
    match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => exc::BlockingIOError.get(),
        libc::EPIPE | libc::ESHUTDOWN => exc::BrokenPipeError.get(),
        libc::ECHILD => exc::ChildProcessError.get(),
        libc::ECONNABORTED => exc::ConnectionAbortedError.get(),
        libc::ECONNREFUSED => exc::ConnectionRefusedError.get(),
        libc::ECONNRESET => exc::ConnectionResetError.get(),
        libc::EEXIST => exc::FileExistsError.get(),
        libc::ENOENT => exc::FileNotFoundError.get(),
        libc::EISDIR => exc::IsADirectoryError.get(),
        libc::ENOTDIR => exc::NotADirectoryError.get(),
        libc::EINTR => exc::InterruptedError.get(),
        libc::EACCES | libc::EPERM => exc::PermissionError.get(),
        libc::ESRCH => exc::ProcessLookupError.get(),
        libc::ETIMEDOUT => exc::TimeoutError.get(),
        _ => exc::OSError.get(),
    }
}

/// The last error of the C library.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Raises for `errno`, with up to two file names.
#[cold]
pub fn raise_errno_with(errno: i32, filename: Option<Object>, filename2: Option<Object>) -> Raised {
    raise_text(errno, &message(errno), filename, filename2)
}

/// Raises with a message of our own.
#[cold]
pub fn raise_text(errno: i32, text: &str, filename: Option<Object>, filename2: Option<Object>) -> Raised {
    let (number, text) = (Object::int(i64::from(errno)), Str::new(text));
    let e = BaseException::make(class_for(errno), Tuple::from_array([number.clone(), text.clone()]));
    e.expect::<BaseException>()
        .set_extra(vec![Some(number), Some(text), filename, filename2]);
    raise::exception(e)
}

#[cold]
pub fn raise_errno(errno: i32) -> Raised {
    raise_errno_with(errno, None, None)
}

/// Raises for the last error.
#[cold]
pub fn raise_last() -> Raised {
    raise_errno(errno())
}

/// The result of a C function that says -1 for errors.
pub fn check(result: libc::c_int) -> Result<libc::c_int, Raised> {
    if result < 0 { Err(raise_last()) } else { Ok(result) }
}
/// The same for functions that give a `long`.
pub fn check_long(result: i64) -> Result<i64, Raised> {
    if result < 0 { Err(raise_last()) } else { Ok(result) }
}

/// Runs a system call again while a signal interrupts it, serving signals in between (PEP 475).
pub fn retry(mut call: impl FnMut() -> i64) -> Result<Result<i64, i32>, Raised> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(Ok(result));
        }
        let error = errno();
        if error != libc::EINTR {
            return Ok(Err(error));
        }
        crate::signal::serve()?;
    }
}
