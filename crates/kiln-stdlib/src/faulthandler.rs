//! `_faulthandler`: says which fatal signal ends the process. The rest of `faulthandler` is Python.
#![expect(unsafe_code, reason = "signal handlers")]
//!
//! # Safety
//! The handler runs in the middle of anything, maybe of the allocator: it looks at atomics and constants only, and calls
//! `write`, `sigaction` and `raise`, which a handler may call.

use kiln_macros::builtin_module;
use std::sync::atomic::{AtomicI32, Ordering};

/// Signals that end a process, and what is said of each.
const FATAL: [(i32, &str); 5] = [
    (libc::SIGBUS, "Fatal Python error: Bus error\n\n"),
    (libc::SIGILL, "Fatal Python error: Illegal instruction\n\n"),
    (libc::SIGFPE, "Fatal Python error: Floating-point exception\n\n"),
    (libc::SIGABRT, "Fatal Python error: Aborted\n\n"),
    (libc::SIGSEGV, "Fatal Python error: Segmentation fault\n\n"),
];
/// Where it is said; -1 while nothing is to be said.
static DESCRIPTOR: AtomicI32 = AtomicI32::new(-1);

extern "C" fn fatal(signal: i32) {
    let fd = DESCRIPTOR.swap(-1, Ordering::Relaxed);
    if let Some((_, text)) = FATAL.iter().find(|(number, _)| *number == signal)
        && fd >= 0
    {
        // SAFETY: a constant's bytes; see above.
        unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
    }
    // The signal is blocked while the handler runs: it ends the process when the handler returns.
    set(signal, libc::SIG_DFL);
    // SAFETY: see above.
    unsafe { libc::raise(signal) };
}

fn set(signal: i32, handler: libc::sighandler_t) {
    // SAFETY: a struct of zeros with a handler is complete; see above.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        // The stack may be what ran out.
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
    }
}

/// Names of fatal signals.
#[builtin_module("_faulthandler")]
pub mod module {
    use super::*;

    /// Fatal signals are named on the file descriptor from now on.
    pub fn enable(fd: i32) {
        DESCRIPTOR.store(fd, Ordering::Relaxed);
        for (signal, _) in FATAL {
            set(signal, fatal as extern "C" fn(i32) as libc::sighandler_t);
        }
    }
    /// Fatal signals do what they do by default; whether they were named.
    pub fn disable() -> bool {
        let enabled = DESCRIPTOR.swap(-1, Ordering::Relaxed) >= 0;
        if enabled {
            for (signal, _) in FATAL {
                set(signal, libc::SIG_DFL);
            }
        }
        enabled
    }
    /// Whether fatal signals are named.
    pub fn is_enabled() -> bool {
        DESCRIPTOR.load(Ordering::Relaxed) >= 0
    }
}
