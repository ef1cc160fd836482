//! `sys.stdin`, `sys.stdout`, `sys.stderr`: made natively at start, flushed at the end.

use super::file::FileIo;
use super::{base, buffered, text};
use crate::config::config;
use crate::state::sys_set;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, raise};

fn is_open(fd: i32) -> bool {
    #[expect(unsafe_code, reason = "asks about a descriptor")]
    // SAFETY: no memory is involved.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    flags >= 0
}
fn is_terminal(fd: i32) -> bool {
    #[expect(unsafe_code, reason = "asks about a descriptor")]
    // SAFETY: no memory is involved.
    let answer = unsafe { libc::isatty(fd) };
    answer == 1
}

fn make(fd: i32, writable: bool, name: &str, errors: &str) -> Result<Object, Raised> {
    let config = config();
    let raw = FileIo::from_fd(fd, writable, false, Str::new(name));
    let kind = if writable { buffered::Kind::Writer } else { buffered::Kind::Reader };
    let unbuffered = writable && config.unbuffered;
    let buffer = if unbuffered { raw.clone() } else { buffered::make(kind, &raw, super::BUFFER_SIZE as i64)? };
    let newline = if writable { Some(Str::new("\n")) } else { None };
    let options = text::Options {
        encoding: Some(config.io_encoding.clone().unwrap_or_else(|| "utf-8".to_owned())),
        errors: Some(config.io_errors.clone().filter(|_| fd != 2).unwrap_or_else(|| errors.to_owned())),
        newline: newline.as_ref().map(|n| n.value()),
        line_buffering: writable && (fd == 2 || config.interactive > 0 || is_terminal(fd)) && !unbuffered,
        write_through: unbuffered,
        keep_alive: std::marker::PhantomData,
    };
    let stream = text::make(&buffer, options)?;
    base::set_own(stream.value(), "mode", Str::new(if writable { "w" } else { "r" }));
    Ok(stream)
}

/// Makes the three streams; one whose descriptor is closed is `None`.
pub fn install() -> Result<(), Raised> {
    super::classes();
    for (fd, writable, name, file) in
        [(0, false, "stdin", "<stdin>"), (1, true, "stdout", "<stdout>"), (2, true, "stderr", "<stderr>")]
    {
        let errors = match fd {
            2 => "backslashreplace",
            _ if plain_locale() => "surrogateescape",
            _ => "strict",
        };
        let stream = if is_open(fd) { make(fd, writable, file, errors)? } else { Object::none() };
        sys_set(&format!("__{name}__"), stream.clone());
        sys_set(name, stream);
    }
    Ok(())
}

/// Whether the locale is the C one, where bytes that are no UTF-8 pass through.
fn plain_locale() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    locale.is_none_or(|l| l == "C" || l == "POSIX" || l == "C.UTF-8" || l == "C.utf8")
}

/// Flushes `sys.stdout` and `sys.stderr` at the end. False when output was lost; that nobody reads it any more is said by the exit code alone.
pub fn flush_at_exit() -> bool {
    let mut ok = true;
    for name in ["stdout", "stderr"] {
        let Some(stream) = crate::state::sys_get(name).filter(|s| !s.is_none()) else { continue };
        if matches!(base::is_closed(stream.value()).map_err(raise::clear), Ok(true)) {
            continue;
        }
        if let Err(raised) = kiln_object::call::call_method_str(stream.value(), "flush", &[]) {
            let lost = name == "stdout";
            ok &= !lost;
            match raise::catch(raised, &kiln_object::exception::exc::BrokenPipeError) {
                Err(raised) if lost => raise::unraisable(raised, "Exception ignored while flushing sys.stdout", None),
                Err(raised) => raise::clear(raised),
                // Whoever read it has seen enough.
                Ok(_) => (),
            }
        }
    }
    ok
}
