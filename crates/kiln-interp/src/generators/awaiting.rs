//! What generators and coroutines delegate to: `yield from`, `await`, `async for`, and a throw that goes there first.

use super::resume::{resume, resume_from_frame};
use crate::state::{Ins, S, slow};
use crate::words::{base_of, typed};
use kiln_bytecode::{co, flags};
use kiln_object::code::CodeObject;
use kiln_object::generator::{Coroutine, GenState, Generator};
use kiln_object::hooks::{ResumeWith, Resumed};
use kiln_object::shape::known;
use kiln_object::{Object, Raised, Special, Value, exc, ops, raise};

pub(super) enum Delegated {
    Yielded(Object),
    Raise(Object),
}

/// A throw into a generator that is suspended in `yield from` or `await` goes to what it delegates to first. The
/// generator's frame is on the stack meanwhile, so that it shows as the caller.
pub(super) fn delegate_throw(delegate: Option<Object>, e: Object) -> Delegated {
    let Some(sub) = delegate else {
        return Delegated::Raise(e);
    };
    match throw_into(&sub, &e) {
        Ok(Some(v)) => Delegated::Yielded(v),
        Ok(None) => Delegated::Raise(e),
        Err(r) => Delegated::Raise(raise::take(r)),
    }
}

fn throw_into(sub: &Object, e: &Object) -> Result<Option<Object>, Raised> {
    if e.class().is_subtype(exc::GeneratorExit.get()) {
        if let Some(close) = kiln_object::attr::find_attr_str(sub.value(), "close")? {
            kiln_object::call::call(close.value(), &[])?;
        }
        return Ok(None);
    }
    match kiln_object::attr::find_attr_str(sub.value(), "throw")? {
        Some(throw) => kiln_object::call::call(throw.value(), &[e.value()]).map(Some),
        None => Ok(None),
    }
}

pub(super) fn send_any(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let it = s.reg(ins.a());
    let v = s.reg(ins.a() + 1);
    let sent = if matches!(it.header_shape(), Some(known::GENERATOR | known::COROUTINE))
        && (base_of::<Generator>(it).state() != GenState::Created || v.is_none())
    {
        let v = s.take(ins.a() + 1);
        match resume_from_frame(s, it, v.value())? {
            None => return Ok(()),
            Some(r) => r,
        }
    } else {
        send_native(it, v)?
    };
    match sent {
        Resumed::Yielded(v) => s.put(ins.a() + 1, v),
        Resumed::Returned(v) => {
            s.put(ins.a() + 1, v);
            s.clear(ins.a());
            s.skip(ins.bc() as i32 as i64);
        }
    }
    Ok(())
}

/// Sends a value to an iterator that is no generator, or is in a state that makes this an error.
pub fn send_native(it: Value, v: Value) -> Result<Resumed, Raised> {
    let r = if v.is_none() {
        if let Some(next) = kiln_object::iter::fast_next(it.class()).get() {
            // The result of an iterator of this kind that ends is never anything but None, generators apart.
            if !it.is_exact::<Generator>() {
                return Ok(match next(it)? {
                    Some(v) => Resumed::Yielded(v),
                    None => Resumed::Returned(Object::none()),
                });
            }
        }
        match it.class().special(Special::Next) {
            Some(f) => kiln_object::call::call_special(f, it, &[]),
            None => Err(kiln_object::raise!(
                TypeError,
                "'{}' object is not an iterator",
                it.class().name()
            )),
        }
    } else {
        kiln_object::call::call_method_str(it, "send", &[v])
    };
    match r {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(r) => {
            let e = raise::catch(r, &exc::StopIteration)?;
            Ok(Resumed::Returned(stop_value(&e)))
        }
    }
}

/// Sends a value to whatever `yield from` or `await` drives.
pub fn send_to(it: Value, v: Value) -> Result<Resumed, Raised> {
    if matches!(it.header_shape(), Some(known::GENERATOR | known::COROUTINE)) {
        let state = base_of::<Generator>(it).state();
        if state == GenState::Suspended || state == GenState::Created && v.is_none() {
            return resume(it, ResumeWith::Value(v.to_object()));
        }
        // Nobody would see the exception that says so.
        if state == GenState::Finished && v.is_none() && it.is_exact::<Generator>() {
            return Ok(Resumed::Returned(Object::none()));
        }
    }
    send_native(it, v)
}

trait HeaderShape {
    fn header_shape(self) -> Option<u32>;
}
impl HeaderShape for Value {
    fn header_shape(self) -> Option<u32> {
        self.is_ptr().then(|| self.header().shape().0)
    }
}

slow! {
    cleanup_throw => |s: &mut S, ins: Ins| {
        let e = s.take(ins.b());
        if e.class().is_subtype(exc::StopIteration.get()) {
            s.put(ins.a(), stop_value(&e));
            return Ok(());
        }
        Err(raise::again(e))
    },
    end_async_for => |s: &mut S, ins: Ins| {
        let e = s.take(ins.a());
        if e.class().is_subtype(exc::StopAsyncIteration.get()) {
            s.sync();
            drop(e);
            s.clear(ins.b());
            return Ok(());
        }
        Err(raise::again(e))
    },
    get_yield_from_iter => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        if !v.is_exact::<Generator>()
            && let Some(f) = v.class().special(Special::Iter)
            && crate::special::enter(s, f, &[v], crate::special::stage::FIRST)
        {
            return Ok(());
        }
        let it = yield_from_iter(v, s.code())?;
        s.consume(ins);
        s.put(ins.a(), it);
        Ok(())
    },
    get_awaitable => |s: &mut S, ins: Ins| {
        s.sync();
        let it = awaitable_iter(s.b(ins), ins.imm())?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), it);
        Ok(())
    },
    get_aiter => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        let class = v.class();
        let Some(f) = class.special(Special::AIter) else {
            return Err(kiln_object::raise!(TypeError, "'async for' requires an object with __aiter__ method, got {}", class.name()));
        };
        let it = kiln_object::call::call_special(f, v, &[])?;
        if it.class().special(Special::ANext).is_none() {
            return Err(kiln_object::raise!(TypeError, "'async for' received an object from __aiter__ that does not implement __anext__: {}", it.class().name()));
        }
        s.consume(ins);
        s.put(ins.a(), it);
        Ok(())
    },
    get_anext => |s: &mut S, ins: Ins| {
        s.sync();
        let it = anext_iter(s.reg(ins.b()))?;
        s.put(ins.a(), it);
        Ok(())
    },
    async_gen_wrap => |s: &mut S, ins: Ins| {
        let v = s.own_b(ins);
        s.put(ins.a(), kiln_object::generator::AsyncWrapped::new_object(v));
        Ok(())
    },
    stop_iteration_error => |s: &mut S, ins: Ins| {
        s.sync();
        let e = s.own_b(ins);
        let flags = s.code().code.flags;
        let stop = e.class().is_subtype(exc::StopIteration.get());
        let message = if flags & co::ASYNC_GENERATOR != 0 {
            if stop { Some("async generator raised StopIteration") } else if e.class().is_subtype(exc::StopAsyncIteration.get()) { Some("async generator raised StopAsyncIteration") } else { None }
        } else if !stop {
            None
        } else if flags & co::COROUTINE != 0 {
            Some("coroutine raised StopIteration")
        } else {
            Some("generator raised StopIteration")
        };
        let out = match message {
            None => e,
            Some(m) => {
                let new = raise::take(kiln_object::raise!(RuntimeError, "{m}"));
                let b = new.expect::<kiln_object::exception::BaseException>();
                b.cause.set(e.clone());
                b.context.set(e);
                b.suppress_context.set(true);
                new
            }
        };
        s.put(ins.a(), out);
        Ok(())
    },
}

/// The iterator that `yield from v` in `code` drives.
pub fn yield_from_iter(v: Value, code: &CodeObject) -> Result<Object, Raised> {
    if v.is_exact::<Generator>() {
        return Ok(v.to_object());
    }
    if v.is_exact::<Coroutine>() {
        if code.code.flags & (co::COROUTINE | co::ITERABLE_COROUTINE) == 0 {
            return Err(kiln_object::raise!(
                TypeError,
                "cannot 'yield from' a coroutine object in a non-coroutine generator"
            ));
        }
        return Ok(v.to_object());
    }
    ops::iter(v)
}

/// The value that a StopIteration carries.
pub fn stop_value(e: &Object) -> Object {
    e.cast::<kiln_object::exception::BaseException>()
        .and_then(|b| b.extra_at(0))
        .unwrap_or_else(Object::none)
}

/// The iterator that `await v` is to drive, `what` as in the instruction; it must not be awaited already.
pub fn awaitable_iter(v: Value, what: i64) -> Result<Object, Raised> {
    let it = awaitable(v, what)?;
    if let Some(g) = it.cast::<Coroutine>()
        && g.base.delegate().is_some()
    {
        return Err(kiln_object::raise!(RuntimeError, "coroutine is being awaited already"));
    }
    Ok(it)
}

/// The iterator of the awaitable that an asynchronous iterator's `__anext__` gives.
pub fn anext_iter(v: Value) -> Result<Object, Raised> {
    let class = v.class();
    let Some(f) = class.special(Special::ANext) else {
        return Err(kiln_object::raise!(
            TypeError,
            "'async for' requires an iterator with __anext__ method, got {}",
            class.name()
        ));
    };
    let next = kiln_object::call::call_special(f, v, &[])?;
    awaitable(next.value(), 0).map_err(|r| {
        let cause = raise::take(r);
        let r = kiln_object::raise!(
            TypeError,
            "'async for' received an invalid object from __anext__: {}",
            next.class().name()
        );
        let e = raise::take(r);
        if let Some(b) = e.cast::<kiln_object::exception::BaseException>() {
            b.cause.set(cause.clone());
            b.context.set(cause);
            b.suppress_context.set(true);
        }
        raise::again(e)
    })
}

/// The iterator that `await v` drives.
fn awaitable(v: Value, what: i64) -> Result<Object, Raised> {
    if v.is_exact::<Coroutine>() {
        return Ok(v.to_object());
    }
    if let Some(g) = v.exact::<Generator>()
        && typed::<CodeObject>(g.code.raw()).code.flags & co::ITERABLE_COROUTINE != 0
    {
        return Ok(v.to_object());
    }
    let class = v.class();
    let Some(f) = class.special(Special::Await) else {
        return Err(match what {
            1 => kiln_object::raise!(
                TypeError,
                "'async with' received an object from __aenter__ that does not implement __await__: {}",
                class.name()
            ),
            2 => kiln_object::raise!(
                TypeError,
                "'async with' received an object from __aexit__ that does not implement __await__: {}",
                class.name()
            ),
            _ => kiln_object::raise!(TypeError, "'{}' object can't be awaited", class.name()),
        });
    };
    let it = kiln_object::call::call_special(f, v, &[])?;
    if it.is_exact::<Coroutine>() {
        return Err(kiln_object::raise!(TypeError, "__await__() returned a coroutine"));
    }
    if it.class().special(Special::Next).is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "__await__() returned non-iterator of type '{}'",
            it.class().name()
        ));
    }
    Ok(it)
}
