//! Async generators: `asend`, `athrow`, `aclose` and the awaitables that drive them.
//!
//! A value that the body yields arrives wrapped; anything else that comes out of it was passed on by an `await`.

use super::generator;
use kiln_macros::builtin_methods;
use kiln_object::generator::{AsyncGenerator, AsyncWrapped, GenState, Generator};
use kiln_object::hooks::{ResumeWith, Resumed, hooks};
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::{Object, Raised, Value, call, exc, object_struct, raise};
use std::cell::Cell;

/// Bits of `Generator::flags`.
const HOOKS_CALLED: u8 = 1;
const CLOSED: u8 = 2;
const RUNNING: u8 = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Initial,
    Iterating,
    Closed,
}
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Send,
    Throw,
    Close,
}

object_struct! {
    /// The awaitable of `__anext__`, `asend`, `athrow` and `aclose`.
    pub struct AsyncStep = "async_generator_asend", Container {
        generator: Slot,
        /// What is sent, or the exception that is thrown.
        value: Slot,
        state: Cell<State>,
        mode: Cell<Mode>,
    }
}
object_struct! { /** The awaitable of `athrow` and `aclose`. */ pub struct AsyncThrow = "async_generator_athrow" extends AsyncStep, Container {} }

fn flag(g: &Generator, bit: u8) -> bool {
    g.flags.get() & bit != 0
}
fn set_flag(g: &Generator, bit: u8, on: bool) {
    g.flags.set(if on { g.flags.get() | bit } else { g.flags.get() & !bit });
}
fn stop_async() -> Raised {
    raise::with_args(exc::StopAsyncIteration.get(), vec![])
}

/// Calls the event loop's hooks for a generator that starts.
fn start(v: Value) -> Result<(), Raised> {
    let g = v.expect::<Generator>();
    if flag(g, HOOKS_CALLED) {
        return Ok(());
    }
    set_flag(g, HOOKS_CALLED, true);
    if let Some(f) = kiln_object::runtime().async_finalizer.get() {
        g.extra.set(f);
    }
    if let Some(f) = kiln_object::runtime().async_first_iter.get() {
        call::call(f.value(), &[v])?;
    }
    Ok(())
}

fn step(v: Value, value: Object, mode: Mode) -> Result<Object, Raised> {
    start(v)?;
    let payload = |h| AsyncStep {
        header: h,
        generator: Slot::new(v.to_object()),
        value: Slot::new(value),
        state: Cell::new(State::Initial),
        mode: Cell::new(mode),
    };
    Ok(if mode == Mode::Send {
        alloc(payload(header::<AsyncStep>()))
    } else {
        alloc(AsyncThrow {
            base: payload(header::<AsyncThrow>()),
        })
    })
}

/// What came out of the generator, as the awaitable's iterator passes it on.
fn unwrap(s: &AsyncStep, r: Result<Resumed, Raised>) -> Result<Object, Raised> {
    let holder = s.generator.value();
    let g = holder.expect::<Generator>();
    let done = |r: Raised| {
        s.state.set(State::Closed);
        set_flag(g, RUNNING, false);
        r
    };
    match r {
        Ok(Resumed::Yielded(v)) => match v.exact::<AsyncWrapped>() {
            Some(w) => {
                if s.mode.get() == Mode::Close {
                    return Err(done(kiln_object::raise!(
                        RuntimeError,
                        "async generator ignored GeneratorExit"
                    )));
                }
                Err(done(raise::stop_iteration(w.value.get())))
            }
            None => Ok(v),
        },
        Ok(Resumed::Returned(_)) => {
            set_flag(g, CLOSED, true);
            if s.mode.get() == Mode::Close {
                return Err(done(raise::stop_iteration(None)));
            }
            Err(done(stop_async()))
        }
        Err(r) => {
            let finished = g.state() == GenState::Finished;
            if finished {
                set_flag(g, CLOSED, true);
            }
            let r = done(r);
            if s.mode.get() == Mode::Close {
                let r = match raise::catch(r, &exc::StopAsyncIteration) {
                    Ok(_) => return Err(raise::stop_iteration(None)),
                    Err(r) => r,
                };
                return Err(match raise::catch(r, &exc::GeneratorExit) {
                    Ok(_) => raise::stop_iteration(None),
                    Err(r) => r,
                });
            }
            Err(r)
        }
    }
}

fn send_step(this: &AsyncStep, sent: Value) -> Result<Object, Raised> {
    let holder = this.generator.value();
    let g = holder.expect::<Generator>();
    let name = match this.mode.get() {
        Mode::Send => "__anext__()/asend()",
        Mode::Throw => "aclose()/athrow()",
        Mode::Close => "aclose()/athrow()",
    };
    if this.state.get() == State::Closed {
        return Err(kiln_object::raise!(RuntimeError, "cannot reuse already awaited {name}"));
    }
    if this.state.get() == State::Initial {
        if flag(g, RUNNING) {
            this.state.set(State::Closed);
            let op = match this.mode.get() {
                Mode::Send => "anext",
                Mode::Throw => "athrow",
                Mode::Close => "aclose",
            };
            return Err(kiln_object::raise!(
                RuntimeError,
                "{op}(): asynchronous generator is already running"
            ));
        }
        if this.mode.get() != Mode::Send && !sent.is_none() {
            return Err(kiln_object::raise!(
                RuntimeError,
                "can't send non-None value to a just-started coroutine"
            ));
        }
        if flag(g, CLOSED) || g.state() == GenState::Finished {
            this.state.set(State::Closed);
            return Err(if this.mode.get() == Mode::Close {
                raise::stop_iteration(None)
            } else {
                stop_async()
            });
        }
        this.state.set(State::Iterating);
        set_flag(g, RUNNING, true);
        return match this.mode.get() {
            Mode::Send => {
                let v = if sent.is_none() {
                    this.value.get().unwrap_or_else(Object::none)
                } else {
                    sent.to_object()
                };
                unwrap(this, generator::send(holder, v.value()))
            }
            Mode::Throw => {
                let e = this.value.get().unwrap_or_else(Object::none);
                unwrap(this, throw_in(holder, e))
            }
            Mode::Close => {
                set_flag(g, CLOSED, true);
                if g.state() == GenState::Created {
                    drop(generator::close(holder)?);
                    set_flag(g, RUNNING, false);
                    this.state.set(State::Closed);
                    return Err(raise::stop_iteration(None));
                }
                let e = call::call(exc::GeneratorExit.get().as_value(), &[])?;
                unwrap(this, throw_in(holder, e))
            }
        };
    }
    unwrap(this, generator::send(holder, sent))
}
fn throw_in(v: Value, e: Object) -> Result<Resumed, Raised> {
    let g = v.expect::<Generator>();
    if g.is_running() {
        return Err(kiln_object::raise!(ValueError, "async generator already executing"));
    }
    (hooks().resume)(v, ResumeWith::Throw(e))
}
fn throw_step(this: &AsyncStep, e: Object) -> Result<Object, Raised> {
    let holder = this.generator.value();
    if this.state.get() == State::Closed {
        return Err(kiln_object::raise!(
            RuntimeError,
            "cannot reuse already awaited {}",
            if this.mode.get() == Mode::Send {
                "__anext__()/asend()"
            } else {
                "aclose()/athrow()"
            }
        ));
    }
    if this.state.get() == State::Initial {
        let g = holder.expect::<Generator>();
        if flag(g, RUNNING) {
            this.state.set(State::Closed);
            return Err(kiln_object::raise!(
                RuntimeError,
                "{}(): asynchronous generator is already running",
                if this.mode.get() == Mode::Send {
                    "anext"
                } else {
                    "athrow"
                }
            ));
        }
        this.state.set(State::Iterating);
        set_flag(g, RUNNING, true);
    }
    unwrap(this, generator::throw(holder, e))
}

#[builtin_methods("async_generator_asend")]
impl AsyncStep {
    fn __await__(this: Value) -> Value {
        this
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &AsyncStep) -> Result<Object, Raised> {
        send_step(this, kiln_object::singletons::none())
    }
    fn send(this: &AsyncStep, value: Value) -> Result<Object, Raised> {
        send_step(this, value)
    }
    fn throw(
        this: &AsyncStep,
        r#type: Value,
        value: Option<Value>,
        traceback: Option<Value>,
    ) -> Result<Object, Raised> {
        throw_step(this, generator::thrown(r#type, value, traceback)?)
    }
    fn close(this: &AsyncStep) -> Result<(), Raised> {
        if this.state.get() == State::Closed {
            return Ok(());
        }
        let e = call::call(exc::GeneratorExit.get().as_value(), &[])?;
        match throw_step(this, e) {
            Ok(_) => Err(kiln_object::raise!(RuntimeError, "coroutine ignored GeneratorExit")),
            Err(r) => {
                let r = match raise::catch(r, &exc::StopIteration) {
                    Ok(_) => return Ok(()),
                    Err(r) => r,
                };
                let r = match raise::catch(r, &exc::StopAsyncIteration) {
                    Ok(_) => return Ok(()),
                    Err(r) => r,
                };
                raise::catch(r, &exc::GeneratorExit).map(drop)
            }
        }
    }
}

struct Methods;
#[builtin_methods("async_generator", layout = Generator)]
impl Methods {
    fn __aiter__(this: Value) -> Value {
        this
    }
    fn __anext__(this: Value) -> Result<Object, Raised> {
        step(this, Object::none(), Mode::Send)
    }
    fn asend(this: Value, value: Value) -> Result<Object, Raised> {
        step(this, value.to_object(), Mode::Send)
    }
    fn athrow(this: Value, r#type: Value, value: Option<Value>, traceback: Option<Value>) -> Result<Object, Raised> {
        step(this, generator::thrown(r#type, value, traceback)?, Mode::Throw)
    }
    fn aclose(this: Value) -> Result<Object, Raised> {
        step(this, Object::none(), Mode::Close)
    }
    fn __del__(this: Value) {
        let g = this.expect::<Generator>();
        if g.state() != GenState::Suspended {
            return;
        }
        match g.extra.get() {
            Some(f) if !flag(g, CLOSED) => {
                if let Err(r) = call::call(f.value(), &[this]) {
                    let message = format!(
                        "Exception ignored while finalizing generator {}",
                        kiln_object::ops::repr_lossy(this)
                    );
                    raise::unraisable(r, &message, None);
                }
            }
            _ => generator::finalize(this),
        }
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::typing::alias::new_alias(cls, item)
    }
}

pub fn init() {
    kiln_object::types::define::<AsyncStep>("async_generator_asend", "builtins", None, 0, AsyncStep::METHODS, None);
    kiln_object::types::define::<AsyncThrow>("async_generator_athrow", "builtins", None, 0, AsyncStep::METHODS, None);
    let class = AsyncGenerator::class();
    class.add_methods(Methods::METHODS);
    // These are a generator's, but not an async one's.
    for name in ["send", "throw", "close"] {
        let _ = class.dict().remove(kiln_object::str::Str::intern(name).value());
    }
    class.modified(None);
}
