//! `resource`: limits and use of resources.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! The kernel reads and fills structs of ours.

use crate::posix::process::{RUSAGE, usage};
use crate::support::os_error;
use kiln_macros::builtin_module;
use kiln_object::{Object, Raised, Value, exc, ops, raise};

/// A limit, where -1 stands for none.
fn limit(v: Value) -> Result<libc::rlim_t, Raised> {
    let n = ops::index(v)?;
    match n.value().as_int().map(|n| n.to_big()) {
        Some(n) if n.to_i64() == Some(-1) => Ok(libc::RLIM_INFINITY),
        Some(n) => n.to_u64().ok_or_else(|| raise::overflow_error("Python int too large to convert to C rlim_t")),
        None => Err(raise::type_error("an integer is required".into())),
    }
}
fn shown(n: libc::rlim_t) -> Object {
    if n == libc::RLIM_INFINITY { Object::int(-1) } else { kiln_object::int::Int::from_big(n.into()) }
}

fn change(pid: i32, which: i32, new: Option<Value>) -> Result<(Object, Object), Raised> {
    if !(0..16).contains(&which) {
        return Err(raise::value_error("invalid resource specified"));
    }
    let new = match new {
        None => None,
        Some(limits) => {
            let limits = ops::to_vec(limits)?;
            let [soft, hard] = limits.as_slice() else {
                return Err(raise::value_error("expected a tuple of 2 integers"));
            };
            Some(libc::rlimit { rlim_cur: limit(soft.value())?, rlim_max: limit(hard.value())? })
        }
    };
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.as_ref().map_or(std::ptr::null(), |new| new as *const libc::rlimit);
    // SAFETY: both structs are ours.
    if unsafe { libc::prlimit(pid, which as u32, new, &raw mut old) } < 0 {
        return Err(match os_error::errno() {
            libc::EINVAL => raise::value_error("current limit exceeds maximum limit"),
            libc::EPERM if pid == 0 => raise::value_error("not allowed to raise maximum limit"),
            e => os_error::raise_errno(e),
        });
    }
    Ok((shown(old.rlim_cur), shown(old.rlim_max)))
}

/// Limits and use of system resources.
#[builtin_module("resource")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),* $(,)?) => { crate::support::add_ints(module, &[$((stringify!($name), libc::$name as i64)),*]) };
        }
        numbers!(
            RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_RSS,
            RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING,
            RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD,
        );
        crate::support::add_ints(module, &[("RLIM_INFINITY", -1)]);
        module.set("struct_rusage", RUSAGE.class().as_value().to_object());
        module.set("error", exc::OSError.get().as_value().to_object());
        Ok(())
    }

    pub fn getrusage(who: i32) -> Result<Object, Raised> {
        // SAFETY: a zeroed struct is valid, and ours.
        let mut r: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        if unsafe { libc::getrusage(who, &raw mut r) } < 0 {
            return Err(match os_error::errno() {
                libc::EINVAL => raise::value_error("invalid who parameter"),
                e => os_error::raise_errno(e),
            });
        }
        Ok(usage(&r))
    }
    pub fn getrlimit(resource: i32) -> Result<(Object, Object), Raised> {
        change(0, resource, None)
    }
    pub fn setrlimit(resource: i32, limits: Value) -> Result<(), Raised> {
        change(0, resource, Some(limits)).map(drop)
    }
    pub fn prlimit(pid: i32, resource: i32, limits: Option<Value>) -> Result<(Object, Object), Raised> {
        change(pid, resource, limits)
    }
    pub fn getpagesize() -> i64 {
        // SAFETY: a number.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
    }
}
