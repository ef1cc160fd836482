//! `_posixsubprocess`: starting a program, on which `subprocess` is built.
#![expect(unsafe_code, reason = "fork, exec and what happens in between")]
//!
//! # Safety
//! All strings and vectors are made before the fork and outlive the call. Between fork and exec the child calls the
//! system only, unless the program asks for a function of its own to be run there.

use crate::posix::process::{self, When};
use crate::support::os_error;
use kiln_macros::builtin_module;
use kiln_object::call::call;
use kiln_object::{Raised, Value, ops, raise};
use std::ffi::CString;

/// What the child does before the program runs, as far as it needs no Python.
struct Plan {
    programs: Vec<CString>,
    argv: Vec<CString>,
    environment: Option<Vec<CString>>,
    cwd: Option<CString>,
    close_fds: bool,
    keep: Vec<i32>,
    /// The child's ends of the pipes for input, output and errors.
    streams: [i32; 3],
    /// The parent's ends, to be closed.
    foreign: [i32; 4],
    report: i32,
    restore_signals: bool,
    new_session: bool,
    process_group: i32,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    uid: Option<u32>,
    umask: i32,
}

/// Where the child failed: for the parent's message.
struct Failure(&'static str);

fn failed(result: i32) -> Result<i32, Failure> {
    if result < 0 { Err(Failure("noexec")) } else { Ok(result) }
}

fn terminated(items: &[CString]) -> Vec<*const libc::c_char> {
    items.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

impl Plan {
    /// Puts the pipes in place of the standard streams.
    fn connect(&self) -> Result<(), Failure> {
        // SAFETY: numbers only.
        unsafe {
            for fd in self.foreign {
                if fd >= 0 {
                    libc::close(fd);
                }
            }
            let mut ends = self.streams;
            // An end that has the number of another stream moves out of its way first.
            for i in 1..3 {
                if (0..i as i32).contains(&ends[i]) {
                    ends[i] = failed(libc::fcntl(ends[i], libc::F_DUPFD_CLOEXEC, 3))?;
                }
            }
            for (target, end) in ends.into_iter().enumerate() {
                if end == target as i32 {
                    let flags = failed(libc::fcntl(end, libc::F_GETFD))?;
                    failed(libc::fcntl(end, libc::F_SETFD, flags & !libc::FD_CLOEXEC))?;
                } else if end >= 0 {
                    failed(libc::dup2(end, target as i32))?;
                }
            }
        }
        Ok(())
    }

    fn identity(&self) -> Result<(), Failure> {
        // SAFETY: numbers, and a vector of ours.
        unsafe {
            if self.new_session {
                failed(libc::setsid())?;
            }
            if self.process_group >= 0 {
                failed(libc::setpgid(0, self.process_group))?;
            }
            if let Some(groups) = &self.groups {
                failed(libc::setgroups(groups.len(), groups.as_ptr()))?;
            }
            if let Some(gid) = self.gid {
                failed(libc::setregid(gid, gid))?;
            }
            if let Some(uid) = self.uid {
                failed(libc::setreuid(uid, uid))?;
            }
        }
        Ok(())
    }

    /// Everything before the program: what the child needs no Python for.
    fn prepare(&self) -> Result<(), Failure> {
        for fd in &self.keep {
            if *fd != self.report {
                // SAFETY: numbers only.
                let flags = failed(unsafe { libc::fcntl(*fd, libc::F_GETFD) })?;
                // SAFETY: as above.
                failed(unsafe { libc::fcntl(*fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC) })?;
            }
        }
        self.connect()?;
        if let Some(cwd) = &self.cwd {
            // SAFETY: a terminated string.
            if unsafe { libc::chdir(cwd.as_ptr()) } < 0 {
                return Err(Failure("noexec:chdir"));
            }
        }
        // SAFETY: numbers only.
        unsafe {
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                libc::signal(libc::SIGPIPE, libc::SIG_DFL);
                libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
            }
        }
        self.identity()
    }

    fn close_others(&self) {
        let mut next = 3;
        // SAFETY: numbers only.
        let close = |from: i32, to: u32| unsafe {
            if from as u32 <= to && libc::close_range(from as u32, to, 0) < 0 {
                let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 65536) as u32;
                for fd in from..=to.min(most) as i32 {
                    libc::close(fd);
                }
            }
        };
        for fd in &self.keep {
            if *fd >= next {
                close(next, *fd as u32 - 1);
                next = fd + 1;
            }
        }
        close(next, u32::MAX);
    }

    /// Runs the first of the programs that is there; returns only with an error in `errno`.
    fn execute(&self) -> Failure {
        let argv = terminated(&self.argv);
        let environment = self.environment.as_deref().map(terminated);
        let mut denied = 0;
        for program in &self.programs {
            // SAFETY: terminated strings and vectors.
            unsafe {
                match &environment {
                    Some(environment) => libc::execve(program.as_ptr(), argv.as_ptr(), environment.as_ptr()),
                    None => libc::execv(program.as_ptr(), argv.as_ptr()),
                };
            }
            let error = os_error::errno();
            if error != libc::ENOENT && error != libc::ENOTDIR && denied == 0 {
                denied = error;
            }
        }
        if denied != 0 {
            // SAFETY: this thread's own variable.
            unsafe { *libc::__errno_location() = denied };
        }
        Failure("")
    }

    /// The child: does not come back.
    fn run(&self, before_exec: Option<Value>) -> ! {
        let outcome = self.prepare().err();
        let text;
        if let Some(Failure(place)) = outcome {
            text = format!("OSError:{:X}:{place}", os_error::errno());
        } else if let Some(f) = before_exec
            && let Err(raised) = call(f, &[])
        {
            raise::clear(raised);
            text = "SubprocessError:0:Exception occurred in preexec_fn.".into();
        } else {
            if self.close_fds {
                self.close_others();
            }
            let Failure(place) = self.execute();
            text = format!("OSError:{:X}:{place}", os_error::errno());
        }
        // SAFETY: a buffer of ours; the child ends at once, without flushing what the parent will flush.
        unsafe {
            libc::write(self.report, text.as_ptr().cast(), text.len());
            libc::_exit(255)
        }
    }
}

fn strings(items: Value) -> Result<Vec<CString>, Raised> {
    ops::to_vec(items)?.iter().map(|item| crate::support::fspath::path(item.value())?.c_string()).collect()
}
fn id(v: Value) -> Result<Option<u32>, Raised> {
    if v.is_none() {
        return Ok(None);
    }
    let n = ops::index(v)?;
    match n.value().as_int().and_then(|n| n.to_i64()) {
        Some(n @ 0..=0xffff_fffe) => Ok(Some(n as u32)),
        _ => Err(raise::value_error("invalid user or group id")),
    }
}

/// A POSIX helper for the subprocess module.
#[builtin_module("_posixsubprocess")]
pub mod module {
    use super::*;

    /// Spawn a fresh new child process.
    pub fn fork_exec(
        args: Value,
        executable_list: Value,
        close_fds: bool,
        pass_fds: Value,
        cwd: Value,
        env: Value,
        p2cread: i32,
        p2cwrite: i32,
        c2pread: i32,
        c2pwrite: i32,
        errread: i32,
        errwrite: i32,
        errpipe_read: i32,
        errpipe_write: i32,
        restore_signals: bool,
        call_setsid: bool,
        pgid_to_set: i32,
        gid: Value,
        extra_groups: Value,
        uid: Value,
        child_umask: i32,
        preexec_fn: Value,
    ) -> Result<i32, Raised> {
        if close_fds && errpipe_write < 3 {
            return Err(raise::value_error("errpipe_write must be >= 3"));
        }
        let mut keep = Vec::new();
        for fd in ops::to_vec(pass_fds)? {
            match fd.value().as_small_int().and_then(|fd| i32::try_from(fd).ok()) {
                Some(fd) if fd >= 0 && keep.last().is_none_or(|last| *last < fd) => keep.push(fd),
                _ => return Err(raise::value_error("bad value(s) in fds_to_keep")),
            }
        }
        let groups = match extra_groups.is_none() {
            true => None,
            false => {
                let groups = ops::to_vec(extra_groups)?;
                let groups: Result<Vec<Option<u32>>, Raised> = groups.iter().map(|g| id(g.value())).collect();
                Some(groups?.into_iter().flatten().collect())
            }
        };
        let plan = Plan {
            programs: strings(executable_list)?,
            argv: strings(args)?,
            environment: if env.is_none() { None } else { Some(strings(env)?) },
            cwd: if cwd.is_none() { None } else { Some(crate::support::fspath::path(cwd)?.c_string()?) },
            close_fds,
            keep,
            streams: [p2cread, c2pwrite, errwrite],
            foreign: [p2cwrite, c2pread, errread, errpipe_read],
            report: errpipe_write,
            restore_signals,
            new_session: call_setsid,
            process_group: pgid_to_set,
            gid: id(gid)?,
            groups,
            uid: id(uid)?,
            umask: child_umask,
        };
        let before_exec = (!preexec_fn.is_none()).then_some(preexec_fn);
        if before_exec.is_some() {
            process::run(When::Before);
        }
        // SAFETY: per the chapter above.
        let pid = unsafe { libc::fork() };
        let error = os_error::errno();
        if pid == 0 {
            if before_exec.is_some() {
                process::run(When::Child);
            }
            plan.run(before_exec);
        }
        if before_exec.is_some() {
            process::run(When::Parent);
        }
        if pid < 0 { Err(os_error::raise_errno(error)) } else { Ok(pid) }
    }
}
