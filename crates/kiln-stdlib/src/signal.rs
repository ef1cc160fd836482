//! `_signal`: handlers in Python, called at the next poll after the signal arrived.
#![expect(unsafe_code, reason = "signal handlers and the C library's calls")]
//!
//! # Safety
//! The C handler only sets bits: which signal came, and that the running thread should poll. Everything else happens at
//! the poll, on the main thread.

use kiln_macros::builtin_module;
use kiln_object::call::call;
use kiln_object::exception::exc;
use kiln_object::layout::Slot;
use kiln_object::thread::{breaker, thread};
use kiln_object::{Object, Raised, Value, raise};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

const COUNT: usize = 65;
/// Signals that came and were not served yet, by number.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static INTERRUPTS_RAISE: AtomicBool = AtomicBool::new(false);

struct Handlers([Slot; COUNT]);
// SAFETY: under the global lock.
unsafe impl Sync for Handlers {}
static HANDLERS: Handlers = Handlers([const { Slot::empty() }; COUNT]);

extern "C" fn on_signal(number: libc::c_int) {
    ARRIVED.fetch_or(1 << (number as u64 & 63), Ordering::SeqCst);
    thread().set_breaker(breaker::SIGNAL);
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = number as u8;
        // SAFETY: writing to a descriptor is allowed in a handler; errno is put back.
        unsafe {
            let saved = *libc::__errno_location();
            libc::write(fd, (&raw const byte).cast(), 1);
            *libc::__errno_location() = saved;
        }
    }
}

/// Makes the C library call `handler` for a signal.
fn set_action(number: i32, handler: libc::sighandler_t) -> Result<(), Raised> {
    // SAFETY: a zeroed action is a valid one; the handler is ours or one of the fixed values.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        libc::sigaction(number, &raw const action, std::ptr::null_mut())
    };
    if result < 0 { Err(crate::support::os_error::raise_last()) } else { Ok(()) }
}

/// What the process does at start: broken pipes are errors, Ctrl-C raises `KeyboardInterrupt`.
pub fn install() {
    // SAFETY: ignoring a signal.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    // A parent that made us ignore Ctrl-C (a shell's background job) keeps its will.
    if current_action(libc::SIGINT) == libc::SIG_DFL {
        INTERRUPTS_RAISE.store(true, Ordering::SeqCst);
        let handler = on_signal as extern "C" fn(libc::c_int) as usize;
        if let Err(raised) = set_action(libc::SIGINT, handler) {
            raise::clear(raised);
        }
    }
}

fn current_action(number: i32) -> libc::sighandler_t {
    // SAFETY: asks only.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &raw mut action);
        action.sa_sigaction
    }
}

/// Ends the process as the signal itself would: for a `KeyboardInterrupt` that nobody caught.
pub fn die_of_interrupt() -> i32 {
    // SAFETY: the default action ends the process.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
    130
}

/// Forgets the handlers, at the end.
pub fn clear() {
    HANDLERS.0.iter().for_each(Slot::clear);
}

/// Calls the handlers of the signals that came.
pub fn serve() -> Result<(), Raised> {
    thread().clear_breaker(breaker::SIGNAL);
    let mut arrived = ARRIVED.swap(0, Ordering::SeqCst);
    while arrived != 0 {
        let number = arrived.trailing_zeros() as usize;
        arrived &= arrived - 1;
        let result = match HANDLERS.0[number].get() {
            Some(handler) if kiln_object::attr::is_callable(handler.value()) => {
                let frame = (kiln_object::hooks::hooks().frame)(0).unwrap_or_else(Object::none);
                call(handler.value(), &[Object::int(number as i64).value(), frame.value()]).map(drop)
            }
            Some(_) => Ok(()),
            None if number == libc::SIGINT as usize => Err(interrupt()),
            None => Ok(()),
        };
        if let Err(raised) = result {
            // The others are served at the next poll.
            if arrived != 0 {
                ARRIVED.fetch_or(arrived, Ordering::SeqCst);
                thread().set_breaker(breaker::SIGNAL);
            }
            return Err(raised);
        }
    }
    Ok(())
}

fn interrupt() -> Raised {
    raise::with_args(exc::KeyboardInterrupt.get(), vec![])
}

/// Simulates an interrupt: `_thread.interrupt_main`.
pub fn arrive(number: i32) {
    on_signal(number);
}

fn check(number: i32) -> Result<usize, Raised> {
    match usize::try_from(number) {
        Ok(n @ 1..COUNT) => Ok(n),
        _ => Err(raise::value_error("signal number out of range")),
    }
}

fn handler_object(number: usize) -> Object {
    if let Some(handler) = HANDLERS.0[number].get() {
        return handler;
    }
    if number == libc::SIGINT as usize && INTERRUPTS_RAISE.load(Ordering::SeqCst) {
        return crate::support::import_attr("_signal", "default_int_handler").unwrap_or_else(|raised| {
            raise::clear(raised);
            Object::none()
        });
    }
    match current_action(number as i32) {
        libc::SIG_DFL => Object::int(0),
        libc::SIG_IGN => Object::int(1),
        _ => Object::none(),
    }
}

/// This module provides mechanisms to use signal handlers in Python.
#[builtin_module("_signal")]
pub mod module {
    use super::*;
    use crate::support::{add_ints, fspath, os_error};
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let signals = [
            ("SIGHUP", libc::SIGHUP),
            ("SIGINT", libc::SIGINT),
            ("SIGQUIT", libc::SIGQUIT),
            ("SIGILL", libc::SIGILL),
            ("SIGTRAP", libc::SIGTRAP),
            ("SIGIOT", libc::SIGABRT),
            ("SIGABRT", libc::SIGABRT),
            ("SIGFPE", libc::SIGFPE),
            ("SIGKILL", libc::SIGKILL),
            ("SIGBUS", libc::SIGBUS),
            ("SIGSEGV", libc::SIGSEGV),
            ("SIGSYS", libc::SIGSYS),
            ("SIGPIPE", libc::SIGPIPE),
            ("SIGALRM", libc::SIGALRM),
            ("SIGTERM", libc::SIGTERM),
            ("SIGUSR1", libc::SIGUSR1),
            ("SIGUSR2", libc::SIGUSR2),
            ("SIGCLD", libc::SIGCHLD),
            ("SIGCHLD", libc::SIGCHLD),
            ("SIGPWR", libc::SIGPWR),
            ("SIGIO", libc::SIGIO),
            ("SIGURG", libc::SIGURG),
            ("SIGWINCH", libc::SIGWINCH),
            ("SIGPOLL", libc::SIGPOLL),
            ("SIGSTOP", libc::SIGSTOP),
            ("SIGTSTP", libc::SIGTSTP),
            ("SIGCONT", libc::SIGCONT),
            ("SIGTTIN", libc::SIGTTIN),
            ("SIGTTOU", libc::SIGTTOU),
            ("SIGVTALRM", libc::SIGVTALRM),
            ("SIGPROF", libc::SIGPROF),
            ("SIGXCPU", libc::SIGXCPU),
            ("SIGXFSZ", libc::SIGXFSZ),
            ("SIGSTKFLT", libc::SIGSTKFLT),
            ("SIGRTMIN", libc::SIGRTMIN()),
            ("SIGRTMAX", libc::SIGRTMAX()),
            ("SIG_BLOCK", libc::SIG_BLOCK),
            ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
            ("SIG_SETMASK", libc::SIG_SETMASK),
            ("SIG_DFL", 0),
            ("SIG_IGN", 1),
            ("NSIG", COUNT as i32),
            ("ITIMER_REAL", libc::ITIMER_REAL),
            ("ITIMER_VIRTUAL", libc::ITIMER_VIRTUAL),
            ("ITIMER_PROF", libc::ITIMER_PROF),
        ];
        add_ints(module, &signals.map(|(name, n)| (name, i64::from(n))));
        module.set("ItimerError", exc::OSError.get().as_value().to_object());
        Ok(())
    }

    /// The default handler for SIGINT installed by Python. It raises KeyboardInterrupt.
    pub fn default_int_handler(_signalnum: Value, _frame: Value) -> Result<Object, Raised> {
        Err(interrupt())
    }
    /// Set the action for the given signal.
    pub fn signal(signalnum: i32, handler: Value) -> Result<Object, Raised> {
        let number = check(signalnum)?;
        let ours = on_signal as extern "C" fn(libc::c_int) as usize;
        let action = match kiln_object::ops::index_quiet(handler)?.and_then(|n| n.as_small_int()) {
            Some(0) => libc::SIG_DFL,
            Some(1) => libc::SIG_IGN,
            _ if kiln_object::attr::is_callable(handler) => ours,
            _ => {
                return Err(kiln_object::raise!(
                    TypeError,
                    "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
                ));
            }
        };
        serve()?;
        let old = handler_object(number);
        set_action(signalnum, action)?;
        if number == libc::SIGINT as usize {
            INTERRUPTS_RAISE.store(false, Ordering::SeqCst);
        }
        HANDLERS.0[number].set(handler.to_object());
        Ok(old)
    }
    /// Return the current action for the given signal.
    pub fn getsignal(signalnum: i32) -> Result<Object, Raised> {
        Ok(handler_object(check(signalnum)?))
    }
    /// Arrange for SIGALRM to arrive after the given number of seconds.
    pub fn alarm(seconds: i32) -> u32 {
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(seconds.max(0) as u32) }
    }
    /// Wait until a signal arrives.
    pub fn pause() -> Result<(), Raised> {
        // SAFETY: no memory is involved.
        unsafe { libc::pause() };
        serve()
    }
    /// Send a signal to the executing process.
    pub fn raise_signal(signalnum: i32) -> Result<(), Raised> {
        // SAFETY: handlers are ours or the defaults.
        os_error::check(unsafe { libc::raise(signalnum) })?;
        serve()
    }
    /// Return the system description of the given signal.
    pub fn strsignal(signalnum: i32) -> Result<Object, Raised> {
        check(signalnum)?;
        // SAFETY: the C library's text, copied at once.
        let text = unsafe {
            let p = libc::strsignal(signalnum);
            if p.is_null() {
                return Ok(Object::none());
            }
            std::ffi::CStr::from_ptr(p).to_string_lossy().into_owned()
        };
        Ok(kiln_object::IntoObject::into_object((!text.starts_with("Unknown signal")).then_some(text)))
    }
    /// Sets the fd to be written to (with the signal number) when a signal comes in.
    pub fn set_wakeup_fd(fd: Value, #[kwonly] #[default(true)] _warn_on_full_buffer: bool) -> Result<i32, Raised> {
        let fd = fd.as_small_int().and_then(|fd| i32::try_from(fd).ok());
        let Some(fd) = fd else { return Err(kiln_object::raise!(TypeError, "an integer is required")) };
        Ok(WAKEUP_FD.swap(fd, Ordering::SeqCst))
    }
    /// Change system call restart behaviour.
    pub fn siginterrupt(signalnum: i32, flag: bool) -> Result<(), Raised> {
        check(signalnum)?;
        // SAFETY: changes the flags of the action only.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            os_error::check(libc::sigaction(signalnum, std::ptr::null(), &raw mut action))?;
            if flag { action.sa_flags &= !libc::SA_RESTART } else { action.sa_flags |= libc::SA_RESTART }
            os_error::check(libc::sigaction(signalnum, &raw const action, std::ptr::null_mut()))?;
        }
        Ok(())
    }
    fn interval(seconds: f64) -> libc::timeval {
        libc::timeval { tv_sec: seconds as i64, tv_usec: (seconds.fract() * 1e6) as i64 }
    }
    fn seconds(t: libc::timeval) -> f64 {
        t.tv_sec as f64 + t.tv_usec as f64 / 1e6
    }
    fn timer_error(raised: Raised) -> Raised {
        raised
    }
    /// Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).
    pub fn setitimer(which: i32, seconds_: f64, #[default(0.0)] interval_: f64) -> Result<(f64, f64), Raised> {
        let new = libc::itimerval { it_value: interval(seconds_), it_interval: interval(interval_) };
        // SAFETY: both structs are ours.
        let old = unsafe {
            let mut old: libc::itimerval = std::mem::zeroed();
            os_error::check(libc::setitimer(which as _, &raw const new, &raw mut old)).map_err(timer_error)?;
            old
        };
        Ok((seconds(old.it_value), seconds(old.it_interval)))
    }
    /// Returns current value of given itimer.
    pub fn getitimer(which: i32) -> Result<(f64, f64), Raised> {
        // SAFETY: the struct is ours.
        let now = unsafe {
            let mut now: libc::itimerval = std::mem::zeroed();
            os_error::check(libc::getitimer(which as _, &raw mut now)).map_err(timer_error)?;
            now
        };
        Ok((seconds(now.it_value), seconds(now.it_interval)))
    }
    fn set_of(signals: Value) -> Result<libc::sigset_t, Raised> {
        // SAFETY: the set is ours.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for item in kiln_object::ops::to_vec(signals)? {
                let n = item.as_int().and_then(|i| i.to_i64()).unwrap_or(-1);
                check(i32::try_from(n).unwrap_or(-1))?;
                libc::sigaddset(&raw mut set, n as i32);
            }
            Ok(set)
        }
    }
    fn numbers(set: &libc::sigset_t) -> Result<Object, Raised> {
        // SAFETY: the set is ours.
        let members = (1..COUNT as i32).filter(|n| unsafe { libc::sigismember(set, *n) } == 1);
        let found = kiln_object::set::Set::new();
        for n in members {
            found.expect::<kiln_object::set::Set>().add(Object::int(i64::from(n)).value())?;
        }
        Ok(found)
    }
    /// Fetch and/or change the signal mask of the calling thread.
    pub fn pthread_sigmask(how: i32, mask: Value) -> Result<Object, Raised> {
        let set = set_of(mask)?;
        // SAFETY: both sets are ours.
        let old = unsafe {
            let mut old: libc::sigset_t = std::mem::zeroed();
            let error = libc::pthread_sigmask(how, &raw const set, &raw mut old);
            if error != 0 {
                return Err(os_error::raise_errno(error));
            }
            old
        };
        serve()?;
        numbers(&old)
    }
    /// Examine pending signals.
    pub fn sigpending() -> Result<Object, Raised> {
        // SAFETY: the set is ours.
        let set = unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            os_error::check(libc::sigpending(&raw mut set))?;
            set
        };
        numbers(&set)
    }
    /// Wait for a signal.
    pub fn sigwait(sigset: Value) -> Result<i32, Raised> {
        let set = set_of(sigset)?;
        let mut number = 0;
        // SAFETY: set and number are ours.
        match unsafe { libc::sigwait(&raw const set, &raw mut number) } {
            0 => Ok(number),
            error => Err(os_error::raise_errno(error)),
        }
    }
    /// Return a set of valid signal numbers on this platform.
    pub fn valid_signals() -> Result<Object, Raised> {
        // SAFETY: the set is ours.
        let set = unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut set);
            set
        };
        numbers(&set)
    }
    /// Send a signal to a thread.
    pub fn pthread_kill(_thread_id: Value, signalnum: i32) -> Result<(), Raised> {
        // SAFETY: there is one thread.
        let error = unsafe { libc::pthread_kill(libc::pthread_self(), signalnum) };
        if error != 0 { Err(os_error::raise_errno(error)) } else { serve() }
    }
    /// Send a signal to a process referred to by a pid file descriptor.
    pub fn pidfd_send_signal(pidfd: Value, signalnum: i32) -> Result<(), Raised> {
        let fd = fspath::fileno(pidfd)?;
        // SAFETY: no memory is passed.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signalnum, 0, 0) };
        os_error::check_long(result).map(drop)
    }
}
