//! Operations of the runtime without a HIR instruction of their own, by number.

/// The `kind` of HIR's `intrinsic` instructions.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Intrinsic {
    /// The interpreter executes instruction `extra`: function, then the registers that it reads.
    Exec,
    /// A global or builtin of a function, through cache `extra`.
    LoadGlobal,
    /// Stores a global of a function, through cache `extra`: function, value.
    StoreGlobal,
    /// The class of an object.
    ClassOf,
    /// The traceback of an exception, or None.
    TracebackOf,
    /// A method looked up beyond a class: `super`, class, object, through cache `extra`; the second result is the receiver or unbound.
    LoadSuper,
    /// Makes an exception the one that a generator handles: generator, exception. The result is what was handled before; unbound if that is its
    /// resumer's.
    PushHandled,
    /// Makes what `PushHandled` gave the one being handled: generator, that.
    PopHandled,
    /// A generator is about to end, and has a frame object: it takes over the locals. The generator, then its locals; `extra` is where it is.
    DetachFrame,
    /// The iterator that `await` drives; `extra` is 1 for the result of `__aenter__` and 2 for that of `__aexit__`.
    GetAwaitable,
    /// The iterator that `yield from` drives: generator, iterable.
    YieldFromIter,
    /// `anext()` for `async for`.
    GetAnext,
    /// `object[start:stop]`.
    GetSlice,
    /// `object[start:stop:step]`.
    GetStepped,
    /// `object[start:stop] = value`.
    SetSlice,
    /// Adds to the set of a comprehension: set, item.
    SetAdd,
    /// Stores in the dict of a comprehension: dict, key, value.
    MapAdd,
    /// Raises TypeError when `__init__` returned something.
    CheckInit,
    /// A function of code constant `extra`, with the globals of the function that makes it.
    MakeFunction,
    /// The generator of a generator expression of code constant `extra`: the function that makes it, its iterator, its closure or None.
    MakeGenerator,
    /// Gives a function that was just made its defaults, closure and so on, as `extra` says.
    SetFunctionAttr,
    /// The tuple that `*args` stands for in a call: the argument, the callee.
    StarArgs,
    /// The dict that `**kwargs` alone stands for in a call, which only reads it: the argument, the callee.
    Keywords,
}

impl Intrinsic {
    pub const ALL: &'static [Intrinsic] = &[
        Intrinsic::Exec,
        Intrinsic::LoadGlobal,
        Intrinsic::StoreGlobal,
        Intrinsic::ClassOf,
        Intrinsic::TracebackOf,
        Intrinsic::LoadSuper,
        Intrinsic::PushHandled,
        Intrinsic::PopHandled,
        Intrinsic::DetachFrame,
        Intrinsic::GetAwaitable,
        Intrinsic::YieldFromIter,
        Intrinsic::GetAnext,
        Intrinsic::GetSlice,
        Intrinsic::GetStepped,
        Intrinsic::SetSlice,
        Intrinsic::SetAdd,
        Intrinsic::MapAdd,
        Intrinsic::CheckInit,
        Intrinsic::MakeFunction,
        Intrinsic::MakeGenerator,
        Intrinsic::SetFunctionAttr,
        Intrinsic::StarArgs,
        Intrinsic::Keywords,
    ];
}
