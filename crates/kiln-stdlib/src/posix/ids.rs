//! Who the process is and what it may do: users, groups, sessions, priorities.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! Every pointer passed to the kernel is a terminated string or a buffer of ours with its own length.

use crate::support::os_error::{self, check};
use kiln_object::{Object, Raised};
use kiln_macros::builtin_module;

#[builtin_module("posix")]
pub mod module {
    use super::*;

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
    pub fn setpgrp() -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        check(unsafe { libc::setpgid(0, 0) }).map(drop)
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
}
