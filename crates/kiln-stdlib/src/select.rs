//! `select`: waiting for files to be ready.
#![expect(unsafe_code, reason = "system calls")]
//!
//! # Safety
//! The kernel gets arrays of ours with their own lengths; descriptors are numbers, which it checks.

use crate::support::fspath::fileno;
use crate::support::os_error::{check, errno, raise_errno, raise_last};
use kiln_macros::{builtin_methods, builtin_module};
use kiln_object::args::Rest;
use kiln_object::layout::{Plain, alloc, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, object_struct, ops, raise};
use std::cell::{Cell, RefCell};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

object_struct! {
    /// `select.poll()`: the registered files with what is waited for.
    pub struct Poll = "select.poll", Raw { files: Plain<RefCell<Vec<(i32, i16)>>>, running: Cell<bool> }
}
object_struct! {
    /// `select.epoll()`; empty once closed.
    pub struct Epoll = "select.epoll", Raw { fd: Plain<RefCell<Option<OwnedFd>>> }
}

/// A time to wait: `None` for ever. `unit` is how many of the argument's units make a second.
fn timeout(v: Option<Value>, unit: f64) -> Result<Option<Duration>, Raised> {
    let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(None) };
    if v.as_float().is_none() && v.as_int().is_none() && v.class().special(kiln_object::Special::Index).is_none() {
        return Err(raise::type_error("timeout must be a real number or None".into()));
    }
    let seconds = ops::to_float(v)? / unit;
    if seconds.is_nan() {
        return Err(raise::value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return if unit == 1.0 { Err(raise::value_error("timeout must be non-negative")) } else { Ok(None) };
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|d| d.as_millis() <= i64::MAX as u128 / 1_000_000)
        .map(Some)
        .ok_or_else(|| raise::overflow_error("timestamp too large to convert to C PyTime_t"))
}

/// What is left of a wait, in milliseconds, rounded up.
fn millis(deadline: Option<Instant>) -> i32 {
    let Some(deadline) = deadline else { return -1 };
    let left = deadline.saturating_duration_since(Instant::now());
    i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
}

/// Waits again when a signal interrupts, for what is left of the time.
fn wait(limit: Option<Duration>, mut call: impl FnMut(i32) -> i32) -> Result<i32, Raised> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        let n = call(millis(deadline));
        if n >= 0 {
            return Ok(n);
        }
        let error = errno();
        if error != libc::EINTR {
            return Err(raise_errno(error));
        }
        crate::signal::serve()?;
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(0);
        }
    }
}

#[builtin_methods("select.poll")]
impl Poll {
    /// Register a file descriptor with the polling object.
    fn register(
        this: &Poll,
        fd: Value,
        #[default((libc::POLLIN | libc::POLLPRI | libc::POLLOUT) as i64)] eventmask: i64,
    ) -> Result<(), Raised> {
        let (fd, mask) = (fileno(fd)?, events(eventmask)?);
        let mut files = this.files.borrow_mut();
        match files.iter_mut().find(|(other, _)| *other == fd) {
            Some(entry) => entry.1 = mask,
            None => files.push((fd, mask)),
        }
        Ok(())
    }
    /// Modify an already registered file descriptor.
    fn modify(this: &Poll, fd: Value, eventmask: i64) -> Result<(), Raised> {
        let (fd, mask) = (fileno(fd)?, events(eventmask)?);
        match this.files.borrow_mut().iter_mut().find(|(other, _)| *other == fd) {
            Some(entry) => {
                entry.1 = mask;
                Ok(())
            }
            None => Err(raise_errno(libc::ENOENT)),
        }
    }
    /// Remove a file descriptor being tracked by the polling object.
    fn unregister(this: &Poll, fd: Value) -> Result<(), Raised> {
        let fd = fileno(fd)?;
        let mut files = this.files.borrow_mut();
        let Some(at) = files.iter().position(|(other, _)| *other == fd) else {
            return Err(raise::key_error(Object::int(i64::from(fd)).value()));
        };
        files.remove(at);
        Ok(())
    }
    /// Polls the set of registered file descriptors, for up to a number of milliseconds.
    fn poll(this: &Poll, time: Option<Value>) -> Result<Vec<Object>, Raised> {
        let limit = timeout(time, 1000.0)?;
        if this.running.get() {
            return Err(kiln_object::raise!(RuntimeError, "concurrent poll() invocation"));
        }
        let mut files: Vec<libc::pollfd> =
            this.files.borrow().iter().map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 }).collect();
        this.running.set(true);
        // SAFETY: an array of ours, with its length.
        let n = wait(limit, |ms| unsafe { libc::poll(files.as_mut_ptr(), files.len() as libc::nfds_t, ms) });
        this.running.set(false);
        n?;
        let ready = files.iter().filter(|f| f.revents != 0);
        Ok(ready.map(|f| pair(f.fd, i64::from(f.revents as u16))).collect())
    }
}

fn pair(fd: i32, events: i64) -> Object {
    kiln_object::tuple::Tuple::from_vec(vec![Object::int(i64::from(fd)), Object::int(events)])
}

fn events(mask: i64) -> Result<i16, Raised> {
    if mask < 0 {
        return Err(raise::value_error("value must be positive"));
    }
    u16::try_from(mask)
        .map(|mask| mask as i16)
        .map_err(|_| raise::overflow_error("Python int too large to convert to C unsigned short"))
}

impl Epoll {
    fn number(&self) -> Result<i32, Raised> {
        match &*self.fd.borrow() {
            Some(fd) => Ok(fd.as_raw_fd()),
            None => Err(raise::value_error("I/O operation on closed epoll object")),
        }
    }
    fn control(&self, operation: i32, fd: Value, mask: u32) -> Result<(), Raised> {
        let epoll = self.number()?;
        let fd = fileno(fd)?;
        let mut event = libc::epoll_event { events: mask, u64: fd as u64 };
        // SAFETY: the struct is ours.
        check(unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) }).map(drop)
    }
    fn adopt(class: &'static kiln_object::Type, fd: i32) -> Object {
        // SAFETY: a descriptor that the caller gives up.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        alloc_instance(class, Epoll { header: header::<Epoll>(), fd: Plain(RefCell::new(Some(fd))) })
    }
}

#[builtin_methods("select.epoll")]
impl Epoll {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw]
        #[default(-1)]
        sizehint: i32,
        #[kw]
        #[default(0)]
        flags: i32,
    ) -> Result<Object, Raised> {
        if sizehint < -1 || sizehint == 0 {
            return Err(raise::value_error("sizehint must be positive or -1"));
        }
        if flags & !libc::EPOLL_CLOEXEC != 0 {
            return Err(raise_errno(libc::EINVAL));
        }
        // SAFETY: makes a descriptor.
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(Epoll::adopt(cls.0, fd))
    }
    /// Create an epoll object from a given control fd.
    #[classmethod]
    fn fromfd(cls: ClassRef, fd: i32) -> Object {
        Epoll::adopt(cls.0, fd)
    }
    /// Close the epoll control file descriptor.
    fn close(this: &Epoll) {
        drop(this.fd.borrow_mut().take());
    }
    /// True if the epoll handler is closed
    #[getter]
    fn closed(this: &Epoll) -> bool {
        this.fd.borrow().is_none()
    }
    /// Return the epoll control file descriptor.
    fn fileno(this: &Epoll) -> Result<i32, Raised> {
        this.number()
    }
    /// Registers a new fd or raises an OSError if the fd is already registered.
    fn register(
        this: &Epoll,
        #[kw] fd: Value,
        #[kw]
        #[default((libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32)]
        eventmask: u32,
    ) -> Result<(), Raised> {
        this.control(libc::EPOLL_CTL_ADD, fd, eventmask)
    }
    /// Modify event mask for a registered file descriptor.
    fn modify(this: &Epoll, #[kw] fd: Value, #[kw] eventmask: u32) -> Result<(), Raised> {
        this.control(libc::EPOLL_CTL_MOD, fd, eventmask)
    }
    /// Remove a registered file descriptor from the epoll object.
    fn unregister(this: &Epoll, #[kw] fd: Value) -> Result<(), Raised> {
        this.control(libc::EPOLL_CTL_DEL, fd, 0)
    }
    /// Wait for events on the epoll file descriptor, for up to a number of seconds.
    fn poll(
        this: &Epoll,
        #[kw] timeout: Option<Value>,
        #[kw]
        #[default(-1)]
        maxevents: i32,
    ) -> Result<Vec<Object>, Raised> {
        let fd = this.number()?;
        let limit = match timeout.filter(|v| !v.is_none()) {
            None => None,
            // Any negative time means for ever here.
            Some(v) if v.as_float().is_some_and(|f| f < 0.0) || v.as_int().is_some_and(|i| i.is_negative()) => None,
            v => self::timeout(v, 1.0)?,
        };
        let count = match maxevents {
            -1 => 127,
            n if n < 1 => {
                return Err(kiln_object::raise!(ValueError, "maxevents must be greater than 0, got {n}"));
            }
            n => n,
        };
        let mut found = vec![libc::epoll_event { events: 0, u64: 0 }; count as usize];
        // SAFETY: an array of ours, with its length.
        let n = wait(limit, |ms| unsafe { libc::epoll_wait(fd, found.as_mut_ptr(), count, ms) })?;
        Ok(found[..n as usize].iter().map(|event| pair(event.u64 as i32, i64::from(event.events))).collect())
    }
    fn __enter__(this: Value) -> Result<Value, Raised> {
        this.expect::<Epoll>().number()?;
        Ok(this)
    }
    fn __exit__(this: &Epoll, _args: Rest<'_>) {
        drop(this.fd.borrow_mut().take());
    }
}

/// The descriptors of a sequence of files, for `select`.
fn set(files: Value, most: &mut i32) -> Result<(Vec<(Object, i32)>, libc::fd_set), Raised> {
    // SAFETY: a zeroed set is empty.
    let mut set: libc::fd_set = unsafe { std::mem::zeroed() };
    let mut out = Vec::new();
    for file in ops::to_vec(files).map_err(|e| {
        if files.class().special(kiln_object::Special::Iter).is_none() {
            raise::clear(e);
            return raise::type_error("arguments 1-3 must be sequences".into());
        }
        e
    })? {
        let fd = fileno(file.value())?;
        if !(0..libc::FD_SETSIZE as i32).contains(&fd) {
            return Err(raise::value_error("filedescriptor out of range in select()"));
        }
        // SAFETY: the number is below the set's size.
        unsafe { libc::FD_SET(fd, &raw mut set) };
        *most = (*most).max(fd);
        out.push((file, fd));
    }
    Ok((out, set))
}

/// This module supports asynchronous I/O on multiple file descriptors.
#[builtin_module("select")]
pub mod module {
    use super::*;
    use kiln_object::exc;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),*) => { crate::support::add_ints(module, &[$((stringify!($name), i64::from(libc::$name))),*]) };
        }
        numbers!(
            POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLRDHUP,
            EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLRDNORM,
            EPOLLRDBAND, EPOLLWRNORM, EPOLLWRBAND, EPOLLMSG, EPOLL_CLOEXEC
        );
        let more = [("EPOLLET", i64::from(libc::EPOLLET as u32)), ("POLLMSG", 0x400), ("PIPE_BUF", libc::PIPE_BUF as i64)];
        crate::support::add_ints(module, &more);
        module.set("error", exc::OSError.get().as_value().to_object());
        define::<Poll>("poll", "select", None, flags::NO_NEW, Poll::METHODS, None);
        let epoll = define::<Epoll>("epoll", "select", None, flags::BASETYPE, Epoll::METHODS, None);
        module.set("epoll", epoll.as_value().to_object());
        Ok(())
    }

    /// Returns a polling object.
    pub fn poll() -> Object {
        alloc(Poll { header: header::<Poll>(), files: Plain(RefCell::default()), running: Cell::new(false) })
    }
    /// Wait until one or more file descriptors are ready for some kind of I/O.
    pub fn select(rlist: Value, wlist: Value, xlist: Value, timeout: Option<Value>) -> Result<(Object, Object, Object), Raised> {
        let limit = super::timeout(timeout, 1.0)?;
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut most = -1;
        let sets = [set(rlist, &mut most)?, set(wlist, &mut most)?, set(xlist, &mut most)?];
        loop {
            let mut now = [sets[0].1, sets[1].1, sets[2].1];
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let mut time = left.map(|d| libc::timeval { tv_sec: d.as_secs() as i64, tv_usec: i64::from(d.subsec_micros()) });
            let time = time.as_mut().map_or(std::ptr::null_mut(), |t| t as *mut libc::timeval);
            let [r, w, x] = &mut now;
            // SAFETY: the sets and the time are ours.
            let n = unsafe { libc::select(most + 1, r, w, x, time) };
            if n < 0 {
                let error = errno();
                if error != libc::EINTR {
                    return Err(raise_last());
                }
                crate::signal::serve()?;
                continue;
            }
            let ready = |i: usize| {
                // SAFETY: the numbers are below the set's size.
                let is_set = |fd: i32| n > 0 && unsafe { libc::FD_ISSET(fd, &raw const now[i]) };
                List::from_vec(sets[i].0.iter().filter(|(_, fd)| is_set(*fd)).map(|(file, _)| file.clone()).collect())
            };
            return Ok((ready(0), ready(1), ready(2)));
        }
    }
}
