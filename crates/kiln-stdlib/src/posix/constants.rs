//! The numbers that `os` shows.

use kiln_object::dict::Dict;
use kiln_object::module::Module;
use kiln_object::{Object, Raised};

/// Names for `sysconf`.
pub const SYSCONF: &[(&str, i32)] = &[
    ("SC_ARG_MAX", libc::_SC_ARG_MAX),
    ("SC_CHILD_MAX", libc::_SC_CHILD_MAX),
    ("SC_CLK_TCK", libc::_SC_CLK_TCK),
    ("SC_NGROUPS_MAX", libc::_SC_NGROUPS_MAX),
    ("SC_OPEN_MAX", libc::_SC_OPEN_MAX),
    ("SC_PAGESIZE", libc::_SC_PAGESIZE),
    ("SC_PAGE_SIZE", libc::_SC_PAGESIZE),
    ("SC_NPROCESSORS_CONF", libc::_SC_NPROCESSORS_CONF),
    ("SC_NPROCESSORS_ONLN", libc::_SC_NPROCESSORS_ONLN),
    ("SC_PHYS_PAGES", libc::_SC_PHYS_PAGES),
    ("SC_AVPHYS_PAGES", libc::_SC_AVPHYS_PAGES),
    ("SC_IOV_MAX", libc::_SC_IOV_MAX),
    ("SC_SEM_NSEMS_MAX", libc::_SC_SEM_NSEMS_MAX),
];

macro_rules! names {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), libc::$name as i64)),*] };
}
const NUMBERS: &[(&str, i64)] = names![
    F_OK, R_OK, W_OK, X_OK, F_LOCK, F_TEST, F_TLOCK, F_ULOCK, O_RDONLY, O_WRONLY, O_RDWR, O_NDELAY, O_NONBLOCK, O_APPEND, O_DSYNC,
    O_RSYNC, O_SYNC, O_NOCTTY, O_CREAT, O_EXCL, O_TRUNC, O_LARGEFILE, O_PATH, O_TMPFILE, O_CLOEXEC, O_ACCMODE, O_ASYNC, O_DIRECT,
    O_DIRECTORY, O_NOFOLLOW, O_NOATIME, SEEK_DATA, SEEK_HOLE, WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WSTOPPED, WNOWAIT, P_PID,
    P_PGID, P_ALL, P_PIDFD, CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED, PRIO_PROCESS, PRIO_PGRP,
    PRIO_USER, SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, GRND_RANDOM, GRND_NONBLOCK, RTLD_LAZY, RTLD_NOW,
    RTLD_GLOBAL, RTLD_LOCAL, RTLD_NODELETE, RTLD_NOLOAD, ST_RDONLY, ST_NOSUID, ST_NODEV, ST_NOEXEC, ST_SYNCHRONOUS, ST_MANDLOCK,
    ST_WRITE, ST_APPEND, ST_NOATIME, ST_NODIRATIME, ST_RELATIME, O_FSYNC, POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
    POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE, MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_HUGETLB, EFD_CLOEXEC,
    EFD_NONBLOCK, EFD_SEMAPHORE, PIDFD_NONBLOCK, RTLD_DEEPBIND,
];
const OTHERS: &[(&str, i64)] = &[
    ("EX_OK", 0),
    ("EX_USAGE", 64),
    ("EX_DATAERR", 65),
    ("EX_NOINPUT", 66),
    ("EX_NOUSER", 67),
    ("EX_NOHOST", 68),
    ("EX_UNAVAILABLE", 69),
    ("EX_SOFTWARE", 70),
    ("EX_OSERR", 71),
    ("EX_OSFILE", 72),
    ("EX_CANTCREAT", 73),
    ("EX_IOERR", 74),
    ("EX_TEMPFAIL", 75),
    ("EX_PROTOCOL", 76),
    ("EX_NOPERM", 77),
    ("EX_CONFIG", 78),
    ("TMP_MAX", 238_328),
    ("NGROUPS_MAX", 65536),
];

pub fn fill(module: &Module) -> Result<(), Raised> {
    crate::support::add_ints(module, NUMBERS);
    crate::support::add_ints(module, OTHERS);
    let names = Dict::new_object();
    for (name, number) in SYSCONF {
        names.expect::<Dict>().set_str(name, &Object::int(i64::from(*number)));
    }
    module.set("sysconf_names", names);
    Ok(())
}
