//! The time that the compiler takes: of the processor, since other threads and processes are none of its business.
#![expect(unsafe_code, reason = "a system call")]
//!
//! # Safety
//! `clock_gettime` writes the structure that it is given the address of, and keeps nothing.

/// CPU time of this thread so far, in nanoseconds.
pub fn cpu_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: see the chapter above.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if failed != 0 {
        return 0;
    }
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
