//! Building containers and strings, formatting.

use crate::state::{Handler, Ins, S, handler, slow};
use crate::words::{read_word, take_word, typed};
use kiln_bytecode::flags;
use kiln_object::dict::Dict;
use kiln_object::hooks::{Make, hooks};
use kiln_object::list::List;
use kiln_object::set::Set;
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value, attr, ops, raise};

/// `s + x` of exact strs; where the left side dies, or its variable gets the result, in its place if there is room.
pub fn add_strs(s: &S, ins: Ins) -> Option<Object> {
    let (b, c) = (s.b(ins), s.c(ins));
    let (left, right) = (b.exact::<Str>()?, c.exact::<Str>()?);
    if !ins.has(flags::B_CONST) && (ins.has(flags::B_TAKE) || ins.a() == ins.b()) {
        return Some(Str::append(s.take(ins.b()), right));
    }
    Some(Str::concat(&[left, right]))
}
/// How messages name a callee: `mod.f()`.
pub fn callee_name(f: Value) -> String {
    use kiln_object::function::Function;
    let text = |o: Option<Object>| o.and_then(|q| q.cast::<Str>().map(Str::to_string_lossy));
    if let Some(x) = f.exact::<Function>() {
        let q = text(x.qualname.get()).unwrap_or_default();
        return match text(x.module.get()) {
            Some(m) if m != "builtins" => format!("{m}.{q}()"),
            _ => format!("{q}()"),
        };
    }
    kiln_object::frame::settle_caller();
    let saved = kiln_object::thread::thread().pending.take();
    let q = attr::find_attr_str(f, "__qualname__").ok().flatten();
    let m = attr::find_attr_str(f, "__module__").ok().flatten();
    drop(kiln_object::thread::thread().pending.replace(saved));
    match (text(q), text(m)) {
        (Some(q), Some(m)) if m != "builtins" => format!("{m}.{q}()"),
        (Some(q), _) => format!("{q}()"),
        _ => match ops::to_str(f) {
            Ok(t) => t.expect::<Str>().to_string_lossy(),
            Err(r) => {
                raise::clear(r);
                "function".to_owned()
            }
        },
    }
}

/// The next instruction, if it reads a subscript with the slice that this one makes, and nobody is watching.
fn subscript_of_slice(s: &S, ins: Ins) -> Option<Ins> {
    // As it was written: it may have a quick form.
    let code = s.code();
    let next = Ins(code.instr(s.index() + 1).0);
    let fits = next.0 as u8 == kiln_bytecode::Op::LoadSubscr as u8
        && next.has(flags::C_TAKE)
        && !next.has(flags::C_CONST)
        && next.c() == ins.a()
        && !s.reg(ins.a()).is_ptr();
    (fits && !crate::table::TABLE.is_watched() && !crate::single::is_single(s)).then_some(next)
}

handler!(list_append, s, ins, {
    let list = typed::<List>(s.reg(ins.a()));
    if !list.has_room() {
        return s.go(Handler(list_append_slow), ins.0);
    }
    let v = s.b(ins);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    } else if v.is_ptr() {
        v.header().incref();
    }
    list.push_in_room(v);
    s.next()
});
handler!(build_tuple, s, ins, {
    let t = tuple_of_words(s.fp.wrapping_add(ins.b() as usize), ins.c() as usize);
    s.put_next(ins.a(), t)
});
handler!(build_list, s, ins, {
    let l = list_of_words(s.fp.wrapping_add(ins.b() as usize), ins.c() as usize);
    s.put_next(ins.a(), l)
});
/// A list of the references that registers hold, which hold nothing afterwards.
#[inline(never)]
fn list_of_words(first: *mut Value, n: usize) -> Value {
    List::from_fn(n, |i| take_word(first.wrapping_add(i))).into_value()
}
/// A tuple of the references that registers hold, which hold nothing afterwards.
#[inline(never)]
fn tuple_of_words(first: *mut Value, n: usize) -> Value {
    Tuple::from_fn(n, |i| take_word(first.wrapping_add(i))).into_value()
}
/// Whether the next instruction is a call with a tuple and a dict, and nobody is watching.
fn before_call(s: &S) -> bool {
    let next = read_word(s.pc as *const Value).0;
    next as u8 == kiln_bytecode::Op::CallEx as u8 && !crate::table::TABLE.is_watched() && !crate::single::is_single(s)
}

/// The next instruction, if it merges a dict of names into the empty one being made, as the keyword arguments of the call that follows.
fn only_spread(s: &S, ins: Ins) -> Option<Ins> {
    let word = |at: usize| read_word(s.pc.wrapping_add(at) as *const Value).0;
    let merge = Ins(word(0));
    let fits = merge.0 as u8 == kiln_bytecode::Op::DictMerge as u8
        && merge.a() == ins.a()
        && word(1) as u8 == kiln_bytecode::Op::CallEx as u8
        && !crate::table::TABLE.is_watched()
        && !crate::single::is_single(s)
        && s.b(merge).exact::<Dict>().is_some_and(Dict::has_only_str_keys);
    fits.then_some(merge)
}
/// The dict of keyword arguments that `**from` alone stands for in a call of `callee`, which only reads it.
pub fn keywords(from: Value, callee: Value) -> Result<Object, Raised> {
    if from.exact::<Dict>().is_some_and(Dict::has_only_str_keys) {
        return Ok(from.to_object());
    }
    let d = Dict::new_object();
    merge(d.expect::<Dict>(), from, Some(callee))?;
    Ok(d)
}

slow! {
    build_set => |s: &mut S, ins: Ins| {
        s.sync();
        let set = Set::new();
        for i in 0..ins.c() { set.expect::<Set>().add(s.reg(ins.b() + i))?; }
        s.clear_range(ins.b(), ins.c());
        s.put(ins.a(), set);
        Ok(())
    },
    build_map => |s: &mut S, ins: Ins| {
        let n = 2 * ins.c();
        if let Some(d) = Dict::of_strs(s.range(ins.b(), n as usize)) {
            for i in 0..n { s.write(ins.b() + i, Value::ZERO); }
            s.put(ins.a(), d);
            return Ok(());
        }
        s.sync();
        if ins.c() == 0 && let Some(merge) = only_spread(s, ins) {
            // The call only reads the dict: no other is made of it.
            let from = s.own_b(merge);
            s.put(ins.a(), from);
            s.pc = s.pc.wrapping_add(1);
            return Ok(());
        }
        let d = Dict::new_object();
        if ins.c() > 0 && !d.expect::<Dict>().reserve(ins.c() as usize) { return Err(kiln_object::raise::memory_error()); }
        set_pairs(d.expect::<Dict>(), s.range(ins.b(), 2 * ins.c() as usize))?;
        s.clear_range(ins.b(), 2 * ins.c());
        s.put(ins.a(), d);
        Ok(())
    },
    build_string => |s: &mut S, ins: Ins| {
        let joined = match *s.range(ins.b(), ins.c() as usize) {
            [a, b] => Str::concat(&[a.expect::<Str>(), b.expect::<Str>()]),
            [a, b, c] => Str::concat(&[a.expect::<Str>(), b.expect::<Str>(), c.expect::<Str>()]),
            ref all => Str::concat(&all.iter().map(|v| v.expect::<Str>()).collect::<smallvec::SmallVec<[&Str; 8]>>()),
        };
        s.clear_range(ins.b(), ins.c());
        s.put(ins.a(), joined);
        Ok(())
    },
    build_slice => |s: &mut S, ins: Ins| {
        if let Some(subscript) = subscript_of_slice(s, ins)
            && let Some(v) = ops::select(s.b(subscript), s.reg(ins.b()), s.reg(ins.b() + 1), s.reg(ins.b() + 2))
        {
            // The subscript is done with it: no slice is made.
            s.pc = s.pc.wrapping_add(1);
            s.sync();
            s.clear_range(ins.b(), 3);
            if subscript.has(flags::B_TAKE) { s.clear(subscript.b()); }
            s.put(subscript.a(), v);
            return Ok(());
        }
        let v = Slice::new(s.reg(ins.b()), s.reg(ins.b() + 1), s.reg(ins.b() + 2));
        s.clear_range(ins.b(), 3);
        s.put(ins.a(), v);
        Ok(())
    },
    build_template => |s: &mut S, ins: Ins| {
        s.sync();
        let v = (hooks().make)(Make::Template, &[s.b(ins), s.c(ins)])?;
        s.consume(ins);
        s.put(ins.a(), v);
        Ok(())
    },
    build_interpolation => |s: &mut S, ins: Ins| {
        s.sync();
        let conversion = match ins.c() { 1 => Str::intern("s"), 2 => Str::intern("r"), 3 => Str::intern("a"), _ => Object::none() };
        let v = (hooks().make)(Make::Interpolation, &[s.reg(ins.b()), s.reg(ins.b() + 1), conversion.value(), s.reg(ins.b() + 2)])?;
        s.clear_range(ins.b(), 3);
        s.put(ins.a(), v);
        Ok(())
    },
    list_append_slow => |s: &mut S, ins: Ins| {
        let v = s.own_b(ins);
        typed::<List>(s.reg(ins.a())).push(v);
        Ok(())
    },
    set_add => |s: &mut S, ins: Ins| {
        s.sync();
        // A program may have rebound the set of conditional annotations.
        let set = s.reg(ins.a());
        let Some(set) = set.cast::<Set>() else {
            return Err(kiln_object::raise!(TypeError, "expected a set, not '{}'", set.class().name()));
        };
        set.add(s.b(ins))?;
        s.consume(ins);
        Ok(())
    },
    map_add => |s: &mut S, ins: Ins| {
        s.sync();
        s.reg(ins.a()).expect::<Dict>().set(s.b(ins), s.c(ins))?;
        s.consume(ins);
        Ok(())
    },
    list_extend => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        let list = s.reg(ins.a()).to_object();
        if v.class().special(Special::Iter).is_none() && v.class().special(Special::GetItem).is_none() {
            return Err(kiln_object::raise!(TypeError, "Value after * must be an iterable, not {}", v.class().name()));
        }
        ops::for_each(v, |o| { list.expect::<List>().push(o); Ok(()) })?;
        s.consume(ins);
        Ok(())
    },
    set_update => |s: &mut S, ins: Ins| {
        s.sync();
        let set = s.reg(ins.a()).to_object();
        ops::for_each(s.b(ins), |o| set.expect::<Set>().add(o.value()).map(drop))?;
        s.consume(ins);
        Ok(())
    },
    dict_update => |s: &mut S, ins: Ins| {
        s.sync();
        let d = s.reg(ins.a()).to_object();
        merge(d.expect::<Dict>(), s.b(ins), None)?;
        s.consume(ins);
        Ok(())
    },
    dict_merge => |s: &mut S, ins: Ins| {
        s.sync();
        if let (Some(d), Some(from)) = (s.reg(ins.a()).exact::<Dict>(), s.b(ins).exact::<Dict>()) {
            if from.is_empty() {
                if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
                return Ok(());
            }
            // The call only reads the dict.
            if d.is_empty() && from.has_only_str_keys() && before_call(s) {
                s.put(ins.a(), s.own_b(ins));
                return Ok(());
            }
        }
        let d = s.reg(ins.a()).to_object();
        merge(d.expect::<Dict>(), s.b(ins), Some(s.reg(ins.c())))?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        Ok(())
    },
    list_to_tuple => |s: &mut S, ins: Ins| {
        let l = s.own_b(ins);
        let t = if ins.has(flags::B_TAKE) {
            // Nobody else has it.
            l.expect::<List>().move_to_tuple()
        } else {
            Tuple::from_values(l.expect::<List>().borrow())
        };
        drop(l);
        s.put(ins.a(), t);
        Ok(())
    },
    args_to_tuple => |s: &mut S, ins: Ins| {
        s.sync();
        let t = star_args(s.b(ins), s.reg(ins.c()))?;
        if ins.has(flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), t);
        Ok(())
    },
    convert_value => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.b(ins);
        let r = match ins.c() {
            1 => ops::to_str(v)?,
            2 => ops::repr(v)?,
            _ => {
                let b = (hooks().builtins)();
                let f = ops::get_item(b.value(), kiln_object::intern!("ascii"))?;
                kiln_object::call::call(f.value(), &[v])?
            }
        };
        s.consume(ins);
        s.put(ins.a(), r);
        Ok(())
    },
    format_simple => |s: &mut S, ins: Ins| {
        s.sync();
        let r = ops::format(s.b(ins), kiln_object::str::empty().value())?;
        s.consume(ins);
        s.put(ins.a(), r);
        Ok(())
    },
    format_with_spec => |s: &mut S, ins: Ins| {
        s.sync();
        let r = ops::format(s.b(ins), s.c(ins))?;
        s.consume(ins);
        s.put(ins.a(), r);
        Ok(())
    },
}

/// Fills a new dict with keys and values in turn.
pub fn set_pairs(d: &Dict, mut pairs: &[Value]) -> Result<(), Raised> {
    // The first key is new, whatever it is.
    if let [key, value, rest @ ..] = pairs
        && let Some(k) = key.exact::<Str>()
    {
        if !d.push_new(*key, k.hash(), *value) {
            return Err(kiln_object::raise::memory_error());
        }
        pairs = rest;
    }
    pairs.chunks_exact(2).try_for_each(|pair| d.set(pair[0], pair[1]))
}

/// The tuple of positional arguments that `*v` stands for in a call of `callee`.
pub fn star_args(v: Value, callee: Value) -> Result<Object, Raised> {
    if v.is_exact::<Tuple>() {
        return Ok(v.to_object());
    }
    let class = v.class();
    if class.special(Special::Iter).is_none() && class.special(Special::GetItem).is_none() {
        let (callee, class) = (callee_name(callee), class.name());
        return Err(kiln_object::raise!(
            TypeError,
            "{callee} argument after * must be an iterable, not {class}"
        ));
    }
    Ok(Tuple::from_vec(ops::to_vec(v)?))
}

/// Adds a mapping's entries to a dict; for the keyword arguments of a call of `callee`, a repeated key is an error.
pub fn merge(d: &Dict, from: Value, callee: Option<Value>) -> Result<(), Raised> {
    let duplicate = |key: Value| match callee {
        Some(f) => {
            let shown = key
                .cast::<Str>()
                .map_or_else(|| ops::repr_lossy(key), Str::to_string_lossy);
            kiln_object::raise!(
                TypeError,
                "{} got multiple values for keyword argument '{shown}'",
                callee_name(f)
            )
        }
        None => kiln_object::raise!(TypeError, "keywords must be strings"),
    };
    if let Some(src) = from.exact::<Dict>() {
        if callee.is_some() && src.has_only_str_keys() && d.has_only_str_keys() {
            return match d.add_new_strs(src) {
                Ok(()) => Ok(()),
                Err(Some(key)) => Err(duplicate(key)),
                Err(None) => Err(kiln_object::raise::memory_error()),
            };
        }
        for (k, v) in src.snapshot() {
            if callee.is_some() && d.contains(k.value())? {
                return Err(duplicate(k.value()));
            }
            d.set(k.value(), v.value())?;
        }
        return Ok(());
    }
    let keys = match attr::find_attr_str(from, "keys")? {
        Some(keys) => kiln_object::call::call(keys.value(), &[])?,
        None => {
            return Err(match callee {
                Some(f) => kiln_object::raise!(
                    TypeError,
                    "{} argument after ** must be a mapping, not {}",
                    callee_name(f),
                    from.class().name()
                ),
                None => kiln_object::raise!(TypeError, "'{}' object is not a mapping", from.class().name()),
            });
        }
    };
    ops::for_each(keys.value(), |k| {
        if callee.is_some() && d.contains(k.value())? {
            return Err(duplicate(k.value()));
        }
        let v = ops::get_item(from, k.value())?;
        d.set(k.value(), v.value())
    })
}
