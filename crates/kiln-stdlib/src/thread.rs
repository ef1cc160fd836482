//! `_thread`: locks and thread-local data for a runtime with one thread.
//!
//! A lock that is taken can only be released by code that runs later on the same thread: waiting for it without a
//! timeout would never end, so that is reported as an error.

use kiln_macros::builtin_module;
use kiln_object::args::{Keywords, Rest};
use kiln_object::layout::{alloc_instance, header};
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, exc, instance, object_struct, raise};
use std::cell::Cell;

/// The identifier of the running thread.
pub fn ident() -> i64 {
    #[expect(unsafe_code, reason = "asks the C library")]
    // SAFETY: always succeeds.
    let this = unsafe { libc::pthread_self() };
    this as i64
}

object_struct! { /** `_thread.lock`. */ pub struct Lock = "lock", Raw { locked: Cell<bool> } }
object_struct! { /** `_thread.RLock`. */ pub struct RLock = "RLock", Raw { count: Cell<u64> } }
object_struct! { /** `_thread._local`: with one thread, an object with attributes. */ pub struct Local = "_local", Container {} }

object_struct! { /** The handle of a thread: the main one's, as there is no other. */ pub struct Handle = "_ThreadHandle", Raw { ident: Cell<i64>, done: Cell<bool> } }

#[kiln_macros::builtin_methods("_ThreadHandle")]
impl Handle {
    #[new]
    fn new(_cls: ClassRef) -> Object {
        kiln_object::layout::alloc(Handle { header: header::<Handle>(), ident: Cell::new(0), done: Cell::new(false) })
    }
    #[getter]
    #[name = "ident"]
    fn ident_getter(this: &Handle) -> i64 {
        this.ident.get()
    }
    fn join(this: &Handle, #[none] timeout: Option<f64>) -> Result<(), Raised> {
        let _ = timeout;
        if this.done.get() {
            return Ok(());
        }
        Err(kiln_object::raise!(RuntimeError, "Cannot join current thread"))
    }
    fn is_done(this: &Handle) -> bool {
        this.done.get()
    }
    fn _set_done(this: &Handle) {
        this.done.set(true);
    }
}

static EXCEPT_HOOK_ARGS: crate::support::structseq::ClassCell = crate::support::structseq::ClassCell::new(crate::support::structseq::Spec {
    name: "_ExceptHookArgs",
    module: "_thread",
    doc: "Type used to pass arguments to threading.excepthook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "thread"],
    visible: 4,
    closed: false,
});

fn deadlock() -> Raised {
    kiln_object::raise!(RuntimeError, "waiting for a lock that this thread holds would never end: Kiln runs one thread so far")
}

fn check_timeout(blocking: bool, timeout: f64) -> Result<(), Raised> {
    if !blocking && timeout != -1.0 {
        return Err(raise::value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0.0 && timeout != -1.0 {
        return Err(raise::value_error("timeout value must be a non-negative number"));
    }
    Ok(())
}

fn sleep(seconds: f64) -> Result<(), Raised> {
    crate::time::sleep_for(seconds)
}

#[kiln_macros::builtin_methods("lock")]
impl Lock {
    #[new]
    fn new(_cls: ClassRef) -> Object {
        kiln_object::layout::alloc(Lock { header: header::<Lock>(), locked: Cell::new(false) })
    }
    /// Lock the lock.
    fn acquire(this: &Lock, #[kw] #[default(true)] blocking: bool, #[kw] #[default(-1.0)] timeout: f64) -> Result<bool, Raised> {
        check_timeout(blocking, timeout)?;
        if !this.locked.get() {
            this.locked.set(true);
            return Ok(true);
        }
        if !blocking {
            return Ok(false);
        }
        if timeout < 0.0 {
            return Err(deadlock());
        }
        sleep(timeout)?;
        Ok(false)
    }
    fn acquire_lock(this: &Lock, #[kw] #[default(true)] blocking: bool, #[kw] #[default(-1.0)] timeout: f64) -> Result<bool, Raised> {
        Lock::acquire(this, blocking, timeout)
    }
    /// Release the lock.
    fn release(this: &Lock) -> Result<(), Raised> {
        if !this.locked.replace(false) {
            return Err(kiln_object::raise!(RuntimeError, "release unlocked lock"));
        }
        Ok(())
    }
    fn release_lock(this: &Lock) -> Result<(), Raised> {
        Lock::release(this)
    }
    /// Return whether the lock is in the locked state.
    fn locked(this: &Lock) -> bool {
        this.locked.get()
    }
    fn locked_lock(this: &Lock) -> bool {
        this.locked.get()
    }
    fn __enter__(this: &Lock) -> Result<bool, Raised> {
        Lock::acquire(this, true, -1.0)
    }
    fn __exit__(this: &Lock, _args: Rest<'_>) -> Result<(), Raised> {
        Lock::release(this)
    }
    fn _at_fork_reinit(this: &Lock) {
        this.locked.set(false);
    }
    fn __repr__(this: &Lock) -> String {
        let state = if this.locked.get() { "locked" } else { "unlocked" };
        format!("<{state} _thread.lock object at {:p}>", &raw const this.header)
    }
}

#[kiln_macros::builtin_methods("RLock")]
impl RLock {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, RLock { header: header::<RLock>(), count: Cell::new(0) })
    }
    fn acquire(this: &RLock, #[kw] #[default(true)] blocking: bool, #[kw] #[default(-1.0)] timeout: f64) -> Result<bool, Raised> {
        check_timeout(blocking, timeout)?;
        this.count.set(this.count.get() + 1);
        Ok(true)
    }
    fn release(this: &RLock) -> Result<(), Raised> {
        match this.count.get() {
            0 => Err(kiln_object::raise!(RuntimeError, "cannot release un-acquired lock")),
            n => {
                this.count.set(n - 1);
                Ok(())
            }
        }
    }
    fn locked(this: &RLock) -> bool {
        this.count.get() > 0
    }
    fn _is_owned(this: &RLock) -> bool {
        this.count.get() > 0
    }
    fn _recursion_count(this: &RLock) -> u64 {
        this.count.get()
    }
    fn _release_save(this: &RLock) -> Result<(u64, i64), Raised> {
        match this.count.replace(0) {
            0 => Err(kiln_object::raise!(RuntimeError, "cannot release un-acquired lock")),
            n => Ok((n, ident())),
        }
    }
    fn _acquire_restore(this: &RLock, state: &kiln_object::tuple::Tuple) {
        let count = state.get(0).and_then(|c| c.as_small_int()).unwrap_or(1);
        this.count.set(count as u64);
    }
    fn _at_fork_reinit(this: &RLock) {
        this.count.set(0);
    }
    fn __enter__(this: &RLock) -> Result<bool, Raised> {
        RLock::acquire(this, true, -1.0)
    }
    fn __exit__(this: &RLock, _args: Rest<'_>) -> Result<(), Raised> {
        RLock::release(this)
    }
    fn __repr__(this: &RLock) -> String {
        let count = this.count.get();
        let (state, owner) = if count > 0 { ("locked", ident()) } else { ("unlocked", 0) };
        format!("<{state} _thread.RLock object owner={owner} count={count} at {:p}>", &raw const this.header)
    }
}

#[kiln_macros::builtin_methods("_local")]
impl Local {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        alloc_instance(cls.0, Local { header: header::<Local>() })
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

/// This module provides primitive operations to write multi-threaded programs.
#[builtin_module("_thread")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let lock = define::<Lock>("lock", "_thread", None, flags::WEAKREF, Lock::METHODS, None);
        let rlock = define::<RLock>("RLock", "_thread", None, flags::WEAKREF | flags::BASETYPE, RLock::METHODS, None);
        let open = flags::WEAKREF | flags::BASETYPE | flags::DICT;
        let local = define::<Local>("_local", "_thread", None, open, Local::METHODS, Some("Thread-local data"));
        module.set("LockType", lock.as_value().to_object());
        module.set("lock", lock.as_value().to_object());
        module.set("RLock", rlock.as_value().to_object());
        module.set("_local", local.as_value().to_object());
        let handle = define::<Handle>("_ThreadHandle", "_thread", None, 0, Handle::METHODS, None);
        module.set("_ThreadHandle", handle.as_value().to_object());
        module.set("_ExceptHookArgs", EXCEPT_HOOK_ARGS.class().as_value().to_object());
        module.set("error", exc::RuntimeError.get().as_value().to_object());
        module.set("TIMEOUT_MAX", Object::float(9_223_372_036.0));
        module.set("_NAME_MAXLEN", Object::int(15));
        Ok(())
    }

    /// Create a new lock object.
    pub fn allocate_lock() -> Object {
        kiln_object::layout::alloc(Lock { header: header::<Lock>(), locked: Cell::new(false) })
    }
    pub fn allocate() -> Object {
        allocate_lock()
    }
    /// Return a non-zero integer that uniquely identifies the current thread.
    pub fn get_ident() -> i64 {
        ident()
    }
    pub fn _get_main_thread_ident() -> i64 {
        ident()
    }
    pub fn get_native_id() -> i64 {
        #[expect(unsafe_code, reason = "asks the kernel")]
        // SAFETY: always succeeds.
        unsafe {
            libc::syscall(libc::SYS_gettid)
        }
    }
    pub fn _make_thread_handle(ident: i64) -> Object {
        let payload = Handle { header: header::<Handle>(), ident: Cell::new(ident), done: Cell::new(false) };
        kiln_object::layout::alloc(payload)
    }
    /// Handle uncaught exceptions of threads.
    pub fn _excepthook(args: Value) -> Result<(), Raised> {
        let value = kiln_object::attr::get_attr_str(args, "exc_value")?;
        crate::traceback::print_to_stderr(value.value())
    }
    pub fn _get_name() -> &'static str {
        "MainThread"
    }
    pub fn _count() -> i64 {
        0
    }
    pub fn _is_main_interpreter() -> bool {
        true
    }
    pub fn daemon_threads_allowed() -> bool {
        true
    }
    pub fn start_new_thread(_function: Value, _args: Rest<'_>) -> Result<Object, Raised> {
        Err(kiln_object::raise!(RuntimeError, "can't start new thread: Kiln runs one thread so far"))
    }
    pub fn start_joinable_thread(_function: Value, _args: Rest<'_>, _keywords: Keywords<'_>) -> Result<Object, Raised> {
        Err(kiln_object::raise!(RuntimeError, "can't start new thread: Kiln runs one thread so far"))
    }
    /// This is synonymous to raising SystemExit.
    pub fn exit() -> Result<Object, Raised> {
        Err(raise::with_args(exc::SystemExit.get(), vec![]))
    }
    /// Simulate the arrival of the given signal in the main thread.
    pub fn interrupt_main(#[default(2)] signum: i32) -> Result<(), Raised> {
        if !(1..65).contains(&signum) {
            return Err(raise::value_error("signal number out of range"));
        }
        crate::signal::arrive(signum);
        Ok(())
    }
    pub fn stack_size(#[default(0)] size: i64) -> Result<i64, Raised> {
        if size != 0 && size < 32768 {
            return Err(kiln_object::raise!(ValueError, "size not valid: {size} bytes"));
        }
        Ok(0)
    }
    pub fn _shutdown() {}
    pub fn set_name(_name: Value) {}
}
