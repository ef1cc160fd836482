//! What compiled code calls: the entries of kiln-codegen's runtime-call list, over the object model and the interpreter.
#![expect(unsafe_code, reason = "functions that machine code calls with raw words")]
//!
//! # Safety
//! Compiled code passes live, borrowed words unless the list says otherwise, `n` of them at `args`, the address of a site's cache or 0, and
//! interned names. The thread is the one that runs. Compiled code made the interpreter's frame visible before it was entered, and changes
//! nothing of that, so everything that runs Python from here finds the stack as it must be.

use crate::intrinsics::Intrinsic;
use crate::state::{CallSite, Unit, invoke, invoke_five, known_unit, unit_at};
use kiln_bytecode::Operand;
use kiln_codegen::RuntimeTable;
use kiln_hir::{BinaryKind, CompareKind};
use kiln_interp::words::{slot_word, typed};
use kiln_object::code::{Cache, CodeObject};
use kiln_object::descr::{CellObject, Method};
use kiln_object::dict::Dict;
use kiln_object::exception::BaseException;
use kiln_object::frame::{FrameObject, extend_traceback};
use kiln_object::function::Function;
use kiln_object::generator::{GenState, Generator};
use kiln_object::hooks::Resumed;
use kiln_object::list::List;
use kiln_object::native::as_native;
use kiln_object::ops::{self, BinaryOp, CompareOp};
use kiln_object::set::Set;
use kiln_object::str::Str;
use kiln_object::thread::Thread;
use kiln_object::tuple::Tuple;
use kiln_object::types::Making;
use kiln_object::{ClassRef, Object, Raised, Special, Value, attr, call, raise, singletons};
use smallvec::SmallVec;

const PENDING: u64 = Value::PENDING.0;

fn word(r: Result<Object, Raised>) -> u64 {
    match r {
        Ok(o) => o.into_value().0,
        Err(_) => PENDING,
    }
}
fn truth_word(r: Result<bool, Raised>) -> u64 {
    match r {
        Ok(t) => (t as u64) << 1,
        Err(_) => PENDING,
    }
}
fn done(r: Result<(), Raised>) -> u64 {
    match r {
        Ok(()) => 0,
        Err(_) => PENDING,
    }
}
fn second(v: Object) {
    kiln_object::thread::thread().second.set(v.into_value());
}

/// `n` words at `args`.
///
/// # Safety
/// As the module says.
unsafe fn slice<'a>(args: *const u64, n: u64) -> &'a [Value] {
    if n == 0 {
        return &[];
    }
    // SAFETY: per the contract; a `Value` is a word.
    unsafe { std::slice::from_raw_parts(args as *const Value, n as usize) }
}
/// The cache of a site, if it has one.
///
/// # Safety
/// As the module says.
unsafe fn cache_of<'a>(cache: u64) -> Option<&'a Cache> {
    // SAFETY: per the contract.
    unsafe { (cache as *const Cache).as_ref() }
}

type Th = *mut Thread;

macro_rules! table {
    ($($name:ident($($p:ident: $t:ty),*) -> $r:ty = $body:expr;)*) => {
        $(
            /// A runtime call; see kiln-codegen's list.
            ///
            /// # Safety
            /// As the module says.
            unsafe extern "sysv64" fn $name(_: Th, $($p: $t),*) -> $r { $body }
        )*
    };
}

fn binary(op: u64) -> (BinaryOp, bool) {
    let kind = BinaryKind::ALL[op as usize];
    let half = BinaryKind::ALL.len() / 2;
    (BinaryOp::ALL[kind as usize % half], kind as usize >= half)
}
fn comparison(op: u64) -> CompareOp {
    match CompareKind::ALL[op as usize] {
        CompareKind::Lt => CompareOp::Lt,
        CompareKind::Le => CompareOp::Le,
        CompareKind::Eq => CompareOp::Eq,
        CompareKind::Ne => CompareOp::Ne,
        CompareKind::Gt => CompareOp::Gt,
        CompareKind::Ge => CompareOp::Ge,
    }
}

table! {
    stack_overflow() -> u64 = { let _ = raise::recursion_error(""); PENDING };
    destroy(object: u64) -> () = kiln_object::dealloc::release(Value(object).ptr());
    box_float(value: f64) -> u64 = Object::float(value).into_value().0;
    binary_op(lhs: u64, rhs: u64, op: u64, _cache: u64) -> u64 = {
        let (op, in_place) = binary(op);
        let (a, b) = (Value(lhs), Value(rhs));
        word(if in_place { ops::binary_in_place(op, a, b) } else { ops::binary(op, a, b) })
    };
    compare(lhs: u64, rhs: u64, op: u64, _cache: u64) -> u64 = word(ops::compare(comparison(op), Value(lhs), Value(rhs)));
    compare_truth(lhs: u64, rhs: u64, op: u64, _cache: u64) -> u64 = truth_word(ops::compare_bool(comparison(op), Value(lhs), Value(rhs)));
    unary_op(value: u64, op: u64, _cache: u64) -> u64 = word(match op {
        0 => ops::unary(Special::Neg, Value(value)),
        1 => ops::unary(Special::Pos, Value(value)),
        2 => ops::unary(Special::Invert, Value(value)),
        _ => ops::is_true(Value(value)).map(|t| Object::bool(!t)),
    });
    truth(value: u64, _cache: u64) -> u64 = truth_word(ops::is_true(Value(value)));
    contains(container: u64, item: u64, _cache: u64) -> u64 = truth_word(ops::contains(Value(container), Value(item)));
    load_attr(object: u64, name: u64, cache: u64) -> u64 = {
        // SAFETY: see the chapter above.
        match unsafe { cache_of(cache) } {
            Some(cache) => word(kiln_interp::attrs::load_attr_at(cache, Value(object))),
            None => word(attr::get_attr(Value(object), Value(name))),
        }
    };
    store_attr(object: u64, value: u64, name: u64, cache: u64) -> u64 = {
        // SAFETY: see the chapter above.
        match unsafe { cache_of(cache) } {
            Some(cache) => done(kiln_interp::attrs::store_attr_at(cache, Value(object), Value(value))),
            None => done(attr::set_attr(Value(object), Value(name), Some(Value(value)))),
        }
    };
    delete_attr(object: u64, name: u64) -> u64 = done(attr::set_attr(Value(object), Value(name), None));
    load_method(object: u64, name: u64, cache: u64) -> u64 = {
        // SAFETY: see the chapter above.
        let found = match unsafe { cache_of(cache) } {
            Some(cache) => kiln_interp::attrs::load_method_at(cache, Value(object)),
            None => attr::get_attr(Value(object), Value(name)).map(|f| (f, singletons::unbound().to_object())),
        };
        word(found.map(|(f, receiver)| { second(receiver); f }))
    };
    load_super(_superclass: u64, class: u64, object: u64, name: u64, _method: u64) -> u64 = {
        second(singletons::unbound().to_object());
        word((kiln_object::hooks::hooks().super_attr)(Value(class), Value(object), Value(name)))
    };
    load_special(object: u64, kind: u64) -> u64 =
        word(kiln_interp::attrs::special_method(Value(object), kind as u16).map(|(f, receiver)| { second(receiver); f }));
    load_global(_name: u64, _cache: u64) -> u64 = unused("load_global");
    store_global(_value: u64, _name: u64) -> u64 = unused("store_global");
    delete_global(_name: u64) -> u64 = unused("delete_global");
    load_name(_name: u64, _cache: u64) -> u64 = unused("load_name");
    store_name(_value: u64, _name: u64) -> u64 = unused("store_name");
    delete_name(_name: u64) -> u64 = unused("delete_name");
    get_item(object: u64, index: u64, _cache: u64) -> u64 = word(ops::get_item(Value(object), Value(index)));
    set_item(object: u64, index: u64, value: u64, _cache: u64) -> u64 = done(ops::set_item(Value(object), Value(index), Value(value)));
    delete_item(object: u64, index: u64) -> u64 = done(ops::del_item(Value(object), Value(index)));
    build_tuple(args: *const u64, n: u64) -> u64 = {
        // SAFETY: see the chapter above; the items are ours.
        let items = unsafe { slice(args, n) };
        Tuple::from_fn(items.len(), |i| Object::from_owned(items[i])).into_value().0
    };
    build_list(args: *const u64, n: u64) -> u64 = {
        // SAFETY: as above.
        let items = unsafe { slice(args, n) };
        let o = List::new();
        let list = o.expect::<List>();
        list.reserve(items.len());
        for item in items {
            list.push(Object::from_owned(*item));
        }
        o.into_value().0
    };
    build_set(args: *const u64, n: u64) -> u64 = {
        // SAFETY: as above.
        let items = unsafe { slice(args, n) };
        let o = Set::new();
        let r = items.iter().try_for_each(|item| o.expect::<Set>().add(*item).map(drop));
        word(r.map(|()| o))
    };
    build_dict(args: *const u64, n: u64) -> u64 = {
        // SAFETY: as above.
        let items = unsafe { slice(args, n) };
        let o = Dict::new_object();
        word(kiln_interp::build::set_pairs(o.expect::<Dict>(), items).map(|()| o))
    };
    build_string(args: *const u64, n: u64) -> u64 = {
        // SAFETY: as above.
        let parts: SmallVec<[&Str; 8]> = unsafe { slice(args, n) }.iter().map(|v| v.expect::<Str>()).collect();
        Str::concat(&parts).into_value().0
    };
    str_add(lhs: u64, rhs: u64) -> u64 =
        Str::append(Object::from_owned(Value(lhs)), Value(rhs).expect::<Str>()).into_value().0;
    build_slice(start: u64, stop: u64, step: u64) -> u64 =
        kiln_object::slice::Slice::new(Value(start), Value(stop), Value(step)).into_value().0;
    list_append(list: u64, item: u64) -> u64 = {
        typed::<List>(Value(list)).push(Object::from_owned(Value(item)));
        0
    };
    list_pop(list: u64) -> u64 = match typed::<List>(Value(list)).pop() {
        Some(item) => item.into_value().0,
        None => {
            let _ = raise::index_error("pop from empty list");
            PENDING
        }
    };
    list_extend(_list: u64, _items: u64) -> u64 = unused("list_extend");
    list_to_tuple(_list: u64) -> u64 = unused("list_to_tuple");
    set_add(set: u64, item: u64) -> u64 = done(Value(set).expect::<Set>().add(Value(item)).map(drop));
    set_update(_set: u64, _items: u64) -> u64 = unused("set_update");
    dict_set(dict: u64, key: u64, value: u64) -> u64 = done(Value(dict).expect::<Dict>().set(Value(key), Value(value)));
    dict_update(_dict: u64, _items: u64) -> u64 = unused("dict_update");
    dict_merge(dict: u64, items: u64, callee: u64) -> u64 =
        done(kiln_interp::build::merge(Value(dict).expect::<Dict>(), Value(items), Some(Value(callee))));
    call_(callee: u64, args: *const u64, n: u64, site: u64) -> u64 = {
        // SAFETY: as above; the last word is the address of a call site's record.
        let (args, site) = unsafe { (slice(args, n), (site as *const CallSite).as_ref()) };
        note(site, Value(callee));
        word(call_object(Value(callee), args))
    };
    call_method(callee: u64, args: *const u64, n: u64, site: u64) -> u64 = {
        // SAFETY: as above; the first word is the receiver.
        let (args, site) = unsafe { (slice(args, n), (site as *const CallSite).as_ref()) };
        note(site, Value(callee));
        word(call_object(Value(callee), if args[0].is_unbound() { &args[1..] } else { args }))
    };
    call_native1(entry: u64, a: u64) -> u64 = {
        // SAFETY: `native_entry` gave the address of a function of this type; the same below.
        let f = unsafe { std::mem::transmute::<u64, fn(Value) -> Result<Object, Raised>>(entry) };
        word(kiln_object::thread::check_native_stack("").and_then(|()| f(Value(a))))
    };
    call_native2(entry: u64, a: u64, b: u64) -> u64 = {
        // SAFETY: as above.
        let f = unsafe { std::mem::transmute::<u64, fn(Value, Value) -> Result<Object, Raised>>(entry) };
        word(kiln_object::thread::check_native_stack("").and_then(|()| f(Value(a), Value(b))))
    };
    call_native3(entry: u64, a: u64, b: u64, c: u64) -> u64 = {
        // SAFETY: as above.
        let f = unsafe { std::mem::transmute::<u64, fn(Value, Value, Value) -> Result<Object, Raised>>(entry) };
        word(kiln_object::thread::check_native_stack("").and_then(|()| f(Value(a), Value(b), Value(c))))
    };
    call_kw(callee: u64, args: *const u64, n: u64, names: u64, _cache: u64) -> u64 = {
        // SAFETY: as above.
        let args = unsafe { slice(args, n) };
        let args = if args[0].is_unbound() { &args[1..] } else { args };
        let names = Value(names);
        let names = names.expect::<Tuple>().items();
        word(call_named(Value(callee), args, names))
    };
    // Tuple and dict are ours.
    call_ex(callee: u64, args: u64, kwargs: u64, _cache: u64) -> u64 =
        word(call_spread(Value(callee), Object::from_owned(Value(args)), Object::from_owned(Value(kwargs))));
    get_iter(value: u64, _cache: u64) -> u64 = word(ops::iter(Value(value)));
    for_iter_next(iter: u64, _cache: u64) -> u64 = match ops::next(Value(iter)) {
        Ok(Some(v)) => v.into_value().0,
        Ok(None) => singletons::unbound().0,
        Err(_) => PENDING,
    };
    for_iter_pair(iter: u64) -> u64 = {
        let it = Value(iter);
        let pair = match kiln_object::iter::next_pair(it.class()) {
            Some(next) => next(it),
            None => ops::next(it).and_then(|item| item.map(|item| two_items(item.value())).transpose()),
        };
        match pair {
            Ok(Some((a, b))) => { second(b); a.into_value().0 }
            Ok(None) => { second(singletons::unbound().to_object()); singletons::unbound().0 }
            Err(_) => PENDING,
        }
    };
    unpack(value: u64, count: u64) -> u64 = {
        let v = Value(value);
        let n = count as usize;
        if let Some(t) = v.exact::<Tuple>() && t.len() == n {
            return v.to_object().into_value().0;
        }
        word(kiln_interp::unpack(v, n).map(Tuple::from_vec))
    };
    unpack_star(value: u64, before: u64, after: u64) -> u64 =
        word(kiln_interp::unpack_star(Value(value), before as usize, after as usize).map(Tuple::from_vec));
    format(value: u64, spec: u64) -> u64 = word(ops::format(Value(value), Value(spec)));
    format_simple(value: u64) -> u64 = {
        let v = Value(value);
        if v.is_exact::<Str>() {
            return v.to_object().into_value().0;
        }
        word(ops::format(v, kiln_object::str::empty().value()))
    };
    convert(_value: u64, _kind: u64) -> u64 = unused("convert");
    make_cell(content: u64) -> u64 = {
        let v = Object::from_owned(Value(content));
        CellObject::new_object(if v.is_unbound() { None } else { Some(v) }).into_value().0
    };
    raise_unbound(name: u64, kind: u64) -> u64 = {
        let _ = kiln_interp::unbound(Value(name), kind == 1);
        PENDING
    };
    make_function(_args: *const u64, _n: u64) -> u64 = unused("make_function");
    import_name(_level: u64, _from_list: u64, _name: u64) -> u64 = unused("import_name");
    import_from(module: u64, name: u64) -> u64 = word((kiln_object::hooks::hooks().import_from)(Value(module), Value(name)));
    raise_(exception: u64, cause: u64) -> u64 = {
        let cause = Value(cause);
        let _ = kiln_interp::raise(Value(exception), (!cause.is_unbound()).then_some(cause));
        PENDING
    };
    reraise(exception: u64) -> u64 = { let _ = raise::again(Value(exception).to_object()); PENDING };
    take_pending(frame: u64, code: u64, pc: u64, depth: u64, generator: u64) -> u64 = {
        let unit = crate::state::jit().units.borrow()[code as usize];
        word(take_exception(unit, pc as u32, (frame as usize, depth as u32), Value(generator)))
    };
    has_frame(frame: u64) -> u64 = u64::from(kiln_object::frame::is_named(frame as usize));
    push_handled(exception: u64) -> u64 = {
        let th = kiln_object::thread::thread();
        let previous = th.handled.replace(Some(Value(exception).to_object()));
        previous.unwrap_or_else(Object::none).into_value().0
    };
    pop_handled(previous: u64) -> u64 = {
        let v = Value(previous);
        let th = kiln_object::thread::thread();
        th.handled.set_option((!v.is_none()).then(|| v.to_object()));
        0
    };
    match_exception(exception: u64, pattern: u64) -> u64 = truth_word(kiln_interp::exception_matches(Value(exception), Value(pattern)));
    gen_interpret(generator: u64, sent: u64) -> u64 =
        word(kiln_interp::generators::interpret(Value(generator), Object::from_owned(Value(sent))));
    gen_resumed(generator: u64, result: u64, send: u64) -> u64 = generator_resumed(Value(generator), result, send != 0);
    send(iter: u64, value: u64, _cache: u64) -> u64 = match kiln_interp::generators::send_to(Value(iter), Value(value)) {
        Ok(Resumed::Yielded(v)) => {
            second(singletons::unbound().to_object());
            v.into_value().0
        }
        Ok(Resumed::Returned(v)) => {
            second(v);
            singletons::unbound().0
        }
        Err(_) => PENDING,
    };
    new_instance(shape: u64, _slots: u64) -> u64 = {
        let class = kiln_object::Header::new(kiln_object::shape::ShapeId(shape as u32)).class();
        kiln_object::instance::Instance::new_object(class).into_value().0
    };
    f64_call(kind: u64, lhs: f64, rhs: f64) -> f64 = match kind {
        0 => lhs.powf(rhs),
        _ => f64::NAN,
    };
    intrinsic(kind: u64, extra: u64, args: *const u64, n: u64) -> u64 = {
        // SAFETY: as above.
        let args = unsafe { slice(args, n) };
        match Intrinsic::ALL[kind as usize] {
            Intrinsic::Exec => word(exec(args, extra as u32)),
            Intrinsic::LoadGlobal => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
                let (globals, builtins) = (slot_word(args[0], Function::GLOBALS_OFFSET), slot_word(args[0], Function::BUILTINS_OFFSET));
                word(kiln_interp::names::load_global_at(code.cache(extra as u16), globals, builtins))
            }
            Intrinsic::StoreGlobal => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
                done(kiln_interp::names::store_at(code.cache(extra as u16), slot_word(args[0], Function::GLOBALS_OFFSET), args[1].to_object()))
            }
            Intrinsic::ClassOf => args[0].class().as_value().to_object().into_value().0,
            Intrinsic::TracebackOf => {
                let tb = args[0].cast::<BaseException>().and_then(|b| b.traceback.get());
                tb.unwrap_or_else(Object::none).into_value().0
            }
            Intrinsic::LoadSuper => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
                let found = kiln_interp::attrs::load_super_at(code.cache(extra as u16), args[1], args[2]);
                word(found.map(|(f, receiver)| { second(receiver); f }))
            }
            Intrinsic::PushHandled => {
                let th = kiln_object::thread::thread();
                let previous = th.handled.replace(Some(args[1].to_object()));
                // By the time that this is restored, somebody else may have resumed the generator.
                if typed_generator(args[0]).outer.peek() == previous.as_ref().map(Object::value) {
                    singletons::unbound().0
                } else {
                    previous.unwrap_or_else(Object::none).into_value().0
                }
            }
            Intrinsic::PopHandled => {
                let previous = if args[1].is_unbound() {
                    typed_generator(args[0]).outer.get()
                } else {
                    (!args[1].is_none()).then(|| args[1].to_object())
                };
                kiln_object::thread::thread().handled.set_option(previous);
                0
            }
            Intrinsic::DetachFrame => {
                kiln_interp::generators::detach_frame(args[0], extra as u32, &args[1..]);
                0
            }
            Intrinsic::GetAwaitable => word(kiln_interp::generators::awaitable_iter(args[0], extra as i64)),
            Intrinsic::YieldFromIter => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
                word(kiln_interp::generators::yield_from_iter(args[1], code))
            }
            Intrinsic::GetAnext => word(kiln_interp::generators::anext_iter(args[0])),
            Intrinsic::GetSlice => word(ops::get_slice(args[0], args[1], args[2])),
            Intrinsic::GetStepped => word(ops::get_stepped(args[0], args[1], args[2], args[3])),
            Intrinsic::SetSlice => done(ops::set_slice(args[0], args[1], args[2], args[3])),
            Intrinsic::SetAdd => match args[0].cast::<Set>() {
                Some(set) => done(set.add(args[1]).map(drop)),
                None => {
                    // A program may have rebound the set of conditional annotations.
                    let _ = kiln_object::raise!(TypeError, "expected a set, not '{}'", args[0].class().name());
                    PENDING
                }
            },
            Intrinsic::MapAdd => done(args[0].expect::<Dict>().set(args[1], args[2])),
            Intrinsic::MakeFunction => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
                let (globals, builtins) = (slot_word(args[0], Function::GLOBALS_OFFSET), slot_word(args[0], Function::BUILTINS_OFFSET));
                kiln_interp::misc::function_of(code.constant(extra as u32), globals, builtins).into_value().0
            }
            Intrinsic::MakeGenerator => {
                let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET)).constant(extra as u32);
                let (globals, builtins) = (slot_word(args[0], Function::GLOBALS_OFFSET), slot_word(args[0], Function::BUILTINS_OFFSET));
                let first = args[1].to_object();
                let g = kiln_interp::generators::of_expression(code, globals, builtins, args[2], first.into_value());
                kiln_interp::generators::count_made(g.value(), typed::<CodeObject>(code));
                g.into_value().0
            }
            Intrinsic::SetFunctionAttr => {
                kiln_interp::misc::set_part_of_function(args[0], extra as u16, args[1].to_object());
                0
            }
            Intrinsic::StarArgs => word(kiln_interp::build::star_args(args[0], args[1])),
            Intrinsic::Keywords => word(kiln_interp::build::keywords(args[0], args[1])),
            Intrinsic::CheckInit => {
                let _ = kiln_object::raise!(TypeError, "__init__() should return None, not '{}'", args[0].class().name());
                PENDING
            }
        }
    };
}

/// The items of an iterable that must have two.
fn two_items(v: Value) -> Result<(Object, Object), Raised> {
    if let Some(t) = v.exact::<Tuple>()
        && let [a, b] = t.items()
    {
        return Ok((a.to_object(), b.to_object()));
    }
    let mut items = kiln_interp::unpack(v, 2)?.into_iter();
    match (items.next(), items.next()) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => kiln_object::bug!("two items are not two"),
    }
}
/// A generator, coroutine or async generator: one layout.
fn typed_generator(v: Value) -> &'static Generator {
    kiln_interp::words::base_of::<Generator>(v)
}

/// An entry of the list that HIR of this crate never asks for.
fn unused(name: &str) -> u64 {
    kiln_object::bug!("compiled code called {name}")
}

/// The hook for calls from native code: compiled functions without a frame of the interpreter.
pub fn call_function(callee: Value, args: &[Value], keywords: &[(Value, Value)]) -> Result<Object, Raised> {
    if let Some(f) = callee.exact::<Function>()
        && !typed::<CodeObject>(f.code.raw()).compiled.get().is_null()
    {
        let r = if keywords.is_empty() {
            call_compiled(callee, f, args).or_else(|| call_arranged(callee, f, [args, &[]], &[]))
        } else {
            let names: SmallVec<[Value; 8]> = keywords.iter().map(|(name, _)| *name).collect();
            let named: SmallVec<[Value; 8]> = keywords.iter().map(|(_, v)| *v).collect();
            call_arranged(callee, f, [args, &named], &names)
        };
        if let Some(r) = r {
            return r;
        }
    }
    kiln_interp::calls::call_from_native(callee, args, keywords)
}

/// Calls with arguments of which the last are named.
fn call_named(callee: Value, args: &[Value], names: &[Value]) -> Result<Object, Raised> {
    if let Some(f) = callee.exact::<Function>()
        && let Some(r) = call_arranged(callee, f, [args, &[]], names)
    {
        return r;
    }
    let (positional, named) = args.split_at(args.len() - names.len());
    let keywords: SmallVec<[(Value, Value); 8]> = names.iter().copied().zip(named.iter().copied()).collect();
    call::call_keywords(callee, positional, &keywords)
}

/// `callee(*args, **kwargs)`; `kwargs` may be unbound. A Python function begins when both have been given up.
fn call_spread(callee: Value, args: Object, kwargs: Object) -> Result<Object, Raised> {
    let items = args.expect::<Tuple>().items();
    let dict = kwargs.cast::<Dict>().filter(|d| !d.is_empty());
    let Some(f) = callee
        .exact::<Function>()
        .filter(|_| dict.is_none_or(Dict::has_only_str_keys))
    else {
        return call::call_ex(callee, args.expect::<Tuple>(), dict);
    };
    let Some(unit) = compiled_unit(f) else {
        return kiln_interp::calls::spread_from_native(callee, args, kwargs);
    };
    let n = items.len() + dict.map_or(0, Dict::len);
    with_words(unit, n, move |words| {
        let (items, dict) = (args.expect::<Tuple>().items(), kwargs.cast::<Dict>());
        let mut names: SmallVec<[Value; 8]> = SmallVec::new();
        let mut to = words[1..].iter_mut();
        let mut give = |v: Value| {
            v.incref();
            if let Some(word) = to.next() {
                *word = v;
            }
        };
        items.iter().for_each(|v| give(*v));
        let mut next = 0;
        while let Some((n, e)) = dict.and_then(|d| d.next_entry(next)) {
            next = n + 1;
            names.push(e.key);
            give(e.value);
        }
        call_words(callee, f, unit, words, n, &names, move || drop((args, kwargs)))
    })
}

/// The unit of a function whose call will run machine code.
#[inline]
fn compiled_unit(f: &Function) -> Option<&'static Unit> {
    let code = typed::<CodeObject>(f.code.raw());
    if code.compiled.get().is_null() || code.is_generator() {
        return None;
    }
    known_unit(code).filter(|unit| {
        unit.current.get().is_some() && unit.globals == f.globals.value() && unit.builtins == f.builtins.value()
    })
}
/// Room for a callee and `n` arguments, or its parameters if they are more.
#[inline]
fn with_words<R>(unit: &Unit, n: usize, f: impl FnOnce(&mut [Value]) -> R) -> R {
    let n = 1 + n.max(unit.code().param_count.get() as usize);
    if n <= 12 {
        f(&mut [Value::ZERO; 12][..n])
    } else {
        f(&mut vec![Value::ZERO; n])
    }
}
/// Calls a function's machine code, if it has any, with arguments that are not its parameters as they are: the last of them are named.
fn call_arranged(callee: Value, f: &Function, args: [&[Value]; 2], names: &[Value]) -> Option<Result<Object, Raised>> {
    let unit = compiled_unit(f)?;
    let n = args[0].len() + args[1].len();
    Some(with_words(unit, n, |words| {
        for (word, v) in words[1..].iter_mut().zip(args.into_iter().flatten()) {
            v.incref();
            *word = *v;
        }
        call_words(callee, f, unit, words, n, names, || ())
    }))
}
/// Calls a function that runs machine code with the `n` arguments behind the first word, of which the last are named; their references are given
/// away. `begins` is called when they are in their places.
fn call_words(
    callee: Value,
    f: &Function,
    unit: &'static Unit,
    words: &mut [Value],
    n: usize,
    names: &[Value],
    begins: impl FnOnce(),
) -> Result<Object, Raised> {
    let code = unit.code();
    let params = code.param_count.get() as usize;
    words[0] = callee;
    if !names.is_empty() || code.fast_args.get() as usize != n {
        kiln_interp::bind::bind(f, code, words[1..].as_mut_ptr(), n, names)?;
    }
    begins();
    let words = &words[..1 + params];
    // What was run on the way may have changed what there is.
    let (r, owned) = match unit.current.get() {
        Some(version) => {
            // SAFETY: a value is a word.
            let raw = unsafe { std::slice::from_raw_parts(words.as_ptr() as *const u64, 1 + params) };
            let r = invoke(version.start.get(), raw);
            let r = if r.is_pending() {
                Err(raise::pending())
            } else {
                Ok(Object::from_owned(r))
            };
            (r, unit.owned)
        }
        None => (kiln_interp::run_bound(callee, &words[1..]), 0),
    };
    // What is released may run code, which must not see the exception.
    let th = kiln_object::thread::thread();
    let pending = if r.is_err() { th.pending.take() } else { None };
    for (i, v) in words.iter().enumerate().skip(1) {
        if i >= 32 || owned >> i & 1 == 0 {
            v.decref();
        }
    }
    if pending.is_some() {
        drop(th.pending.replace(pending));
    }
    r
}

/// Calls a function's machine code if it has any and the arguments are its parameters.
#[inline]
fn call_compiled(callee: Value, f: &Function, args: &[Value]) -> Option<Result<Object, Raised>> {
    let code = typed::<CodeObject>(f.code.raw());
    if code.fast_args.get() as usize != args.len() || code.compiled.get().is_null() || code.is_generator() {
        return None;
    }
    let unit = known_unit(code)?;
    let version = unit.current.get()?;
    if unit.globals != f.globals.value() || unit.builtins != f.builtins.value() {
        return None;
    }
    let give = |i: usize, v: Value| {
        if i < 30 && unit.owned >> (i + 1) & 1 != 0 {
            v.incref();
        }
        v.0
    };
    let r = if args.len() < 5 {
        let mut words = [callee.0, 0, 0, 0, 0];
        for (i, v) in args.iter().enumerate() {
            words[i + 1] = give(i, *v);
        }
        invoke_five(version.start.get(), words)
    } else {
        let mut words: SmallVec<[u64; 16]> = SmallVec::with_capacity(args.len() + 1);
        words.push(callee.0);
        words.extend(args.iter().enumerate().map(|(i, v)| give(i, *v)));
        invoke(version.start.get(), &words)
    };
    Some(if r.is_pending() {
        Err(raise::pending())
    } else {
        Ok(Object::from_owned(r))
    })
}

/// Notes what a call site calls.
fn note(site: Option<&CallSite>, callee: Value) {
    let Some(site) = site else { return };
    if let Some(f) = callee.exact::<Function>() {
        site.note(f.code.raw(), false);
    } else if let Some(m) = callee.exact::<Method>()
        && let Some(f) = m
            .function
            .peek()
            .and_then(|f| f.exact::<Function>().map(|f| f.code.raw()))
    {
        site.note(f, true);
    } else {
        site.mixed.set(true);
    }
}

/// The entry of a native function for exactly so many arguments, if it has one and any receiver will do.
pub fn native_entry(function: Value, args: usize) -> Option<u64> {
    let native = as_native(&function)?;
    use kiln_object::native::NativeKind;
    let plain = matches!(
        native.def.kind,
        NativeKind::Method | NativeKind::Function | NativeKind::StaticMethod
    );
    if !plain || !native.receiver.is_empty() {
        return None;
    }
    let fast = &native.def.fast;
    match args {
        1 => fast.fixed1.map(|f| f as usize as u64),
        2 => fast.fixed2.map(|f| f as usize as u64),
        3 => fast.fixed3.map(|f| f as usize as u64),
        _ => None,
    }
}

/// Calls whatever `callee` is: compiled functions without the interpreter in between.
pub fn call_object(callee: Value, args: &[Value]) -> Result<Object, Raised> {
    if let Some(f) = callee.exact::<Function>() {
        let code = typed::<CodeObject>(f.code.raw());
        if code.fast_args.get() as usize == args.len() && code.is_generator() {
            kiln_interp::generators::count_made(callee, code);
            return Ok(kiln_interp::generators::create(callee, code, args));
        }
        if let Some(r) = call_compiled(callee, f, args).or_else(|| call_arranged(callee, f, [args, &[]], &[])) {
            return r;
        }
    } else if let Some(class) = ClassRef::of(callee)
        && class.0.making() == Making::Exception
    {
        return Ok(BaseException::called(class.0, Tuple::from_values(args)));
    } else if let Some(m) = callee.exact::<Method>()
        && let (Some(f), Some(r)) = (m.function.get(), m.receiver.get())
    {
        let mut all: SmallVec<[Value; 8]> = SmallVec::with_capacity(args.len() + 1);
        all.push(r.value());
        all.extend_from_slice(args);
        return call_object(f.value(), &all);
    } else if let [arg] = args
        && arg.is_exact::<Generator>()
        && let Some(r) = kiln_interp::generators::fill(callee, *arg)
    {
        return r;
    } else if let Some(n) = as_native(&callee)
        && n.receiver.is_empty()
    {
        kiln_object::thread::check_native_stack("")?;
        return n.call(args);
    }
    call::call(callee, args)
}

/// Has the interpreter execute one instruction of a function.
fn exec(args: &[Value], pc: u32) -> Result<Object, Raised> {
    let code = typed::<CodeObject>(slot_word(args[0], Function::CODE_OFFSET));
    let instr = code.instr(pc);
    let mut rest = args[1..].iter();
    let namespace = if code.code.has_namespace() {
        rest.next().copied()
    } else {
        None
    };
    let mut uses: SmallVec<[u16; 8]> = SmallVec::new();
    let mut defs: SmallVec<[u16; 4]> = SmallVec::new();
    instr.operands(|operand| match operand {
        Operand::Use { reg, .. } => uses.push(reg),
        Operand::UseRange { first, count } => uses.extend(first..first + count),
        Operand::Def(reg) => defs.push(reg),
        Operand::DefRange { first, count } => defs.extend(first..first + count),
        _ => {}
    });
    kiln_interp::single::execute(
        args[0],
        code,
        pc,
        |s| {
            if let Some(v) = namespace {
                s.write(0, v.to_object().into_value());
            }
            for (reg, v) in uses.iter().zip(rest) {
                // An operand may be named twice.
                let old = s.replace(*reg, v.to_object().into_value());
                old.decref();
            }
        },
        |s| {
            if let [_, reg] = defs[..] {
                second(s.take(reg));
            }
            match defs.first() {
                Some(reg) => s.take(*reg),
                None => Object::from_owned(Value::ZERO),
            }
        },
    )
}

/// Settles a generator whose machine code has returned that, and was entered directly; the result is that of `for_iter_next` or `send`.
pub fn generator_resumed(generator: Value, result: u64, sends: bool) -> u64 {
    let g = typed_generator(generator);
    kiln_interp::generators::settle(g, Value::PENDING);
    if result == PENDING || g.state() != GenState::Finished {
        second(singletons::unbound().to_object());
        return result;
    }
    let v = Object::from_owned(Value(result));
    if sends {
        second(v);
    }
    singletons::unbound().0
}

/// Takes the pending exception, which an instruction of the unit has raised, to the handler. Its traceback gets the frame, which is named by its
/// activation and depth, or a generator's.
fn take_exception(
    unit: &'static crate::state::Unit,
    pc: u32,
    (activation, depth): (usize, u32),
    generator: Value,
) -> Result<Object, Raised> {
    let th = kiln_object::thread::thread();
    let Some(e) = th.pending.take() else {
        kiln_object::bug!("a handler was entered with no exception set")
    };
    let code = unit.code();
    let again = kiln_interp::unwind::raises_again(code, pc);
    let generator = generator.is_ptr().then(|| typed_generator(generator));
    let known = match generator {
        Some(g) => g.frame.get(),
        None => kiln_object::frame::named(activation, depth),
    };
    if again {
        if let Some(frame) = known.filter(|_| kiln_interp::unwind::stops(code, pc)) {
            typed::<FrameObject>(frame.value()).index.set(pc);
        }
    } else if let Some(b) = e.cast::<BaseException>() {
        let frame = known.unwrap_or_else(|| {
            let (globals, builtins) = (unit.globals.to_object(), unit.builtins.to_object());
            let code = Value::from_ptr(&code.header).to_object();
            let frame = FrameObject::new_object(code, Some(globals), Some(builtins));
            let f = typed::<FrameObject>(frame.value());
            match generator {
                Some(g) => {
                    f.suspended.set(Value::from_ptr(&g.header));
                    g.frame.set(frame.clone());
                }
                None => kiln_object::frame::name(f, activation, depth),
            }
            frame
        });
        typed::<FrameObject>(frame.value()).index.set(pc);
        extend_traceback(b, frame, pc);
    }
    Ok(e)
}

/// The functions, in a table.
pub fn table() -> RuntimeTable<Thread> {
    RuntimeTable {
        leave: crate::leave::leave,
        call: call_,
        raise: raise_,
        stack_overflow,
        destroy,
        box_float,
        binary_op,
        compare,
        compare_truth,
        unary_op,
        truth,
        contains,
        load_attr,
        store_attr,
        delete_attr,
        load_method,
        load_super,
        load_special,
        load_global,
        store_global,
        delete_global,
        load_name,
        store_name,
        delete_name,
        get_item,
        set_item,
        delete_item,
        build_tuple,
        build_list,
        build_set,
        build_dict,
        build_string,
        str_add,
        build_slice,
        list_append,
        list_pop,
        list_extend,
        list_to_tuple,
        set_add,
        set_update,
        dict_set,
        dict_update,
        dict_merge,
        call_method,
        call_native1,
        call_native2,
        call_native3,
        call_kw,
        call_ex,
        intrinsic,
        get_iter,
        for_iter_next,
        for_iter_pair,
        unpack,
        unpack_star,
        format,
        format_simple,
        convert,
        make_cell,
        raise_unbound,
        make_function,
        import_name,
        import_from,
        reraise,
        take_pending,
        has_frame,
        push_handled,
        pop_handled,
        match_exception,
        gen_interpret,
        gen_resumed,
        send,
        new_instance,
        f64_call,
    }
}

/// Where the code cells of functions without machine code lead: the bridge has put the unit's address into `rax`.
#[unsafe(naked)]
pub unsafe extern "sysv64" fn bridge_entry() {
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push r9",
        "push r8",
        "push rcx",
        "push rdx",
        "push rsi",
        "sub rsp, 8",
        "lea rdx, [rsp + 8]",
        "mov rsi, rax",
        "call {call}",
        "leave",
        "ret",
        call = sym bridged,
    )
}

/// A direct call of code that has no machine code now: it may be due, else the interpreter runs it.
///
/// # Safety
/// Called by `bridge_entry` only: `unit` is a unit's address, `regs` the five argument registers.
unsafe extern "sysv64" fn bridged(_: Th, unit: u64, regs: *const u64) -> u64 {
    // SAFETY: per the contract.
    let unit = unsafe { unit_at(unit) };
    let count = 1 + unit.code().param_count.get() as usize;
    // SAFETY: with more than five words, the first register is the address of all of them.
    let words = unsafe {
        let args = if count > 5 { *regs as *const u64 } else { regs };
        slice(args, count as u64)
    };
    crate::compile::maybe_compile(unit, words[0]);
    if !unit.is_bridged() {
        let raw: SmallVec<[u64; 8]> = words.iter().map(|v| v.0).collect();
        return invoke(unit.entry.get(), &raw).0;
    }
    // The words are the parameters already.
    let r = kiln_interp::run_bound(words[0], &words[1..]);
    // References that the callee was given go with it; releasing them may run code, which must not see the exception.
    let th = kiln_object::thread::thread();
    let pending = if r.is_err() { th.pending.take() } else { None };
    for (i, v) in words.iter().enumerate().skip(1) {
        if i < 32 && unit.owned >> i & 1 != 0 {
            v.decref();
        }
    }
    if pending.is_some() {
        drop(th.pending.replace(pending));
    }
    word(r)
}
