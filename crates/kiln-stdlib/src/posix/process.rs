//! Processes: forking, waiting, executing, signals to them.
#![expect(unsafe_code, reason = "process system calls")]
//!
//! # Safety
//! Argument vectors are built of terminated strings that outlive the call. After a fork the child goes on with the one
//! thread there is.

use crate::support::structseq::{ClassCell, Spec};
use crate::support::{fspath, os_error};
use kiln_macros::builtin_module;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::cell::RefCell;
use std::ffi::CString;

thread_local! {
    /// `os.register_at_fork`: before, in the parent, in the child.
    static AT_FORK: RefCell<[Vec<Object>; 3]> = const { RefCell::new([const { Vec::new() }; 3]) };
}

/// Which of the three lists.
#[derive(Clone, Copy)]
pub enum When {
    Before,
    Parent,
    Child,
}

pub fn register(when: When, f: Value) -> Result<(), Raised> {
    if !kiln_object::attr::is_callable(f) {
        return Err(kiln_object::raise!(TypeError, "'{}' object is not callable", f.class().name()));
    }
    AT_FORK.with_borrow_mut(|all| all[when as usize].push(f.to_object()));
    Ok(())
}

/// Forgets the functions, at the end.
pub fn clear() {
    drop(AT_FORK.take());
}

/// Calls the functions of a moment.
pub fn run(when: When) {
    let mut functions = AT_FORK.with_borrow(|all| all[when as usize].clone());
    if matches!(when, When::Before) {
        functions.reverse();
    }
    for f in functions {
        if let Err(raised) = call(f.value(), &[]) {
            raise::unraisable(raised, "Exception ignored in fork hook", Some(f.value()));
        }
    }
}

pub fn fork() -> Result<i32, Raised> {
    run(When::Before);
    // SAFETY: per the chapter above.
    let pid = unsafe { libc::fork() };
    let error = os_error::errno();
    run(if pid == 0 { When::Child } else { When::Parent });
    if pid < 0 { Err(os_error::raise_errno(error)) } else { Ok(pid) }
}

pub static RUSAGE: ClassCell = ClassCell::new(Spec {
    name: "struct_rusage",
    module: "resource",
    doc: "struct_rusage: Result from getrusage.",
    fields: &[
        "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt", "ru_majflt", "ru_nswap",
        "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv", "ru_nsignals", "ru_nvcsw", "ru_nivcsw",
    ],
    visible: 16,
    closed: false,
});

pub fn usage(r: &libc::rusage) -> Object {
    let time = |t: libc::timeval| Object::float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let mut items = vec![time(r.ru_utime), time(r.ru_stime)];
    let counts = [
        r.ru_maxrss, r.ru_ixrss, r.ru_idrss, r.ru_isrss, r.ru_minflt, r.ru_majflt, r.ru_nswap, r.ru_inblock, r.ru_oublock,
        r.ru_msgsnd, r.ru_msgrcv, r.ru_nsignals, r.ru_nvcsw, r.ru_nivcsw,
    ];
    items.extend(counts.iter().map(|n| Object::int(*n)));
    RUSAGE.make(items)
}

pub fn wait(pid: i32, options: i32) -> Result<(i32, i32), Raised> {
    let mut status = 0;
    // SAFETY: the number is ours.
    match os_error::retry(|| i64::from(unsafe { libc::waitpid(pid, &raw mut status, options) }))? {
        Ok(pid) => Ok((pid as i32, status)),
        Err(e) => Err(os_error::raise_errno(e)),
    }
}
pub fn wait_usage(pid: i32, options: i32) -> Result<(i32, i32, Object), Raised> {
    let mut status = 0;
    // SAFETY: a zeroed struct is valid.
    let mut r: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: number and struct are ours.
    match os_error::retry(|| i64::from(unsafe { libc::wait4(pid, &raw mut status, options, &raw mut r) }))? {
        Ok(pid) => Ok((pid as i32, status, usage(&r))),
        Err(e) => Err(os_error::raise_errno(e)),
    }
}

/// Strings for `exec`.
fn vector(items: Value, function: &str) -> Result<Vec<CString>, Raised> {
    let items = ops::to_vec(items)?;
    if items.is_empty() {
        return Err(kiln_object::raise!(ValueError, "{function}() arg 2 must not be empty"));
    }
    items.iter().map(|item| fspath::path(item.value())?.c_string()).collect()
}
fn environment(env: Value) -> Result<Vec<CString>, Raised> {
    let pairs = match env.cast::<Dict>() {
        Some(dict) => dict.snapshot(),
        None => {
            let mut pairs = Vec::new();
            let keys = kiln_object::call::call_method_str(env, "keys", &[])?;
            for key in ops::to_vec(keys.value())? {
                let value = ops::get_item(env, key.value())?;
                pairs.push((key, value));
            }
            pairs
        }
    };
    let mut out = Vec::new();
    for (key, value) in pairs {
        let mut line = fspath::path(key.value())?.bytes;
        if line.is_empty() || line.contains(&b'=') {
            return Err(raise::value_error("illegal environment variable name"));
        }
        line.push(b'=');
        line.extend(fspath::path(value.value())?.bytes);
        out.push(CString::new(line).map_err(|_| raise::value_error("embedded null byte"))?);
    }
    Ok(out)
}

pub fn exec(path: Value, argv: Value, env: Option<Value>) -> Result<(), Raised> {
    let function = if env.is_some() { "execve" } else { "execv" };
    let path = fspath::path_argument(path, function, "path")?;
    let name = path.c_string()?;
    let argv = vector(argv, function)?;
    let mut pointers: Vec<*const libc::c_char> = argv.iter().map(|a| a.as_ptr()).collect();
    pointers.push(std::ptr::null());
    match env {
        None => {
            // SAFETY: terminated strings and a terminated vector.
            unsafe { libc::execv(name.as_ptr(), pointers.as_ptr()) };
        }
        Some(env) => {
            let env = environment(env)?;
            let mut variables: Vec<*const libc::c_char> = env.iter().map(|e| e.as_ptr()).collect();
            variables.push(std::ptr::null());
            // SAFETY: as above.
            unsafe { libc::execve(name.as_ptr(), pointers.as_ptr(), variables.as_ptr()) };
        }
    }
    Err(os_error::raise_errno_with(os_error::errno(), Some(path.object), None))
}

#[builtin_module("posix")]
pub mod module {
    use super::When;
    use crate::support::fspath;
    use crate::support::os_error::{self, check};
    use kiln_object::{Object, Raised, Value};

    pub fn fork() -> Result<i32, Raised> {
        super::fork()
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
            (before, When::Before),
            (after_in_parent, When::Parent),
            (after_in_child, When::Child),
        ] {
            if let Some(f) = f {
                super::register(when, f)?;
            }
        }
        Ok(())
    }
    pub fn wait() -> Result<(i32, i32), Raised> {
        super::wait(-1, 0)
    }
    pub fn waitpid(pid: i32, options: i32) -> Result<(i32, i32), Raised> {
        super::wait(pid, options)
    }
    pub fn wait3(#[kw] options: i32) -> Result<(i32, i32, Object), Raised> {
        super::wait_usage(-1, options)
    }
    pub fn wait4(#[kw] pid: i32, #[kw] options: i32) -> Result<(i32, i32, Object), Raised> {
        super::wait_usage(pid, options)
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
        super::exec(path, argv, None)
    }
    pub fn execve(#[kw] path: Value, #[kw] argv: Value, #[kw] env: Value) -> Result<(), Raised> {
        super::exec(path, argv, Some(env))
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
    /// Return a file descriptor referring to the process pid.
    pub fn pidfd_open(#[kw] pid: i32, #[kw] #[default(0)] flags: u32) -> Result<i64, Raised> {
        // SAFETY: no memory is involved.
        os_error::check_long(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) })
    }
    /// Exit to the system with specified status, without normal exit processing.
    pub fn _exit(#[kw] status: i32) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) }
    }
    pub fn abort() {
        std::process::abort()
    }
}
