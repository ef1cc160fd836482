//! Globals, builtins, namespaces of classes and modules.
//!
//! A global's cache holds the version of the namespace dict and the number of the entry; kind 1 means that the entry is
//! in the builtins, whose version is held besides.

use crate::state::{Handler, Ins, S, handler, slow};
use kiln_bytecode::CommonConst;
use kiln_object::code::{Cache, NO_SHAPE};
use kiln_object::descr::CellObject;
use kiln_object::dict::Dict;
use kiln_object::str::Str;
use kiln_object::{Object, ObjectType, Raised, Value, attr, exc, ops, raise};

pub const IN_GLOBALS: u8 = 0;
pub const IN_BUILTINS: u8 = 1;

#[inline(always)]
fn dict(v: Value) -> &'static Dict {
    crate::words::typed::<Dict>(v)
}
handler!(load_global, s, ins, {
    let c = s.cache(ins.c());
    let g = dict(s.globals());
    if g.version_raw() == c.shape.get() {
        let v = if c.kind.get() == IN_GLOBALS {
            g.value_at(c.place.get())
        } else {
            let b = dict(s.builtins());
            if b.version_raw() != c.version.get() {
                return s.go(Handler(load_global_slow), ins.0);
            }
            b.value_at(c.place.get())
        };
        if v.is_ptr() {
            v.header().incref();
        }
        return s.put_next(ins.a(), v);
    }
    s.go(Handler(load_global_slow), ins.0)
});

#[cold]
pub fn not_defined(name: Value) -> Raised {
    raise::name_error(
        name,
        &format!("name '{}' is not defined", name.expect::<Str>().to_string_lossy()),
    )
}

/// A global or builtin by name; remembers exact dicts in the cache.
fn find_global(s: &S, cache: Option<&kiln_object::code::Cache>, name: Value) -> Result<Option<Object>, Raised> {
    find_global_in(s.globals(), s.builtins(), cache, name)
}
fn find_global_in(
    globals: Value,
    builtins: Value,
    cache: Option<&kiln_object::code::Cache>,
    name: Value,
) -> Result<Option<Object>, Raised> {
    if let (Some(g), Some(b)) = (globals.exact::<Dict>(), builtins.exact::<Dict>()) {
        if let Some(n) = g.index_of(name) {
            if let Some(c) = cache {
                c.shape.set(g.version());
                c.place.set(n);
                c.kind.set(IN_GLOBALS);
            }
            return Ok(Some(g.value_at(n).to_object()));
        }
        if let Some(n) = b.index_of(name) {
            if let Some(c) = cache {
                c.shape.set(g.version());
                c.version.set(b.version());
                c.place.set(n);
                c.kind.set(IN_BUILTINS);
            }
            return Ok(Some(b.value_at(n).to_object()));
        }
        return Ok(None);
    }
    if let Some(v) = lookup(globals, name)? {
        return Ok(Some(v));
    }
    lookup(builtins, name)
}
/// A global or builtin of a function, through the site's cache.
pub fn load_global_at(c: &kiln_object::code::Cache, globals: Value, builtins: Value) -> Result<Object, Raised> {
    if let (Some(g), Some(b)) = (globals.exact::<Dict>(), builtins.exact::<Dict>())
        && g.version_raw() == c.shape.get()
    {
        if c.kind.get() == IN_GLOBALS {
            return Ok(g.value_at(c.place.get()).to_object());
        }
        if b.version_raw() == c.version.get() {
            return Ok(b.value_at(c.place.get()).to_object());
        }
    }
    match find_global_in(globals, builtins, Some(c), c.name.get())? {
        Some(v) => Ok(v),
        None => Err(not_defined(c.name.get())),
    }
}
/// `mapping[name]`, `None` on `KeyError`.
fn lookup(mapping: Value, name: Value) -> Result<Option<Object>, Raised> {
    if let Some(d) = mapping.exact::<Dict>() {
        return d.get(name);
    }
    if let Some(m) = mapping.cast::<kiln_object::module::Module>() {
        return m.dict().expect::<Dict>().get(name);
    }
    match ops::get_item(mapping, name) {
        Ok(v) => Ok(Some(v)),
        Err(r) => raise::catch(r, &exc::KeyError).map(|_| None),
    }
}

fn delete(namespace: Value, name: Value) -> Result<(), Raised> {
    if let Some(d) = namespace.exact::<Dict>() {
        return d.remove(name)?.map(drop).ok_or_else(|| not_defined(name));
    }
    ops::del_item(namespace, name).map_err(|r| match raise::catch(r, &exc::KeyError) {
        Ok(_) => not_defined(name),
        Err(r) => r,
    })
}

fn store(s: &S, namespace: Value, ins: Ins) -> Result<(), Raised> {
    let c = s.cache(ins.c());
    let v = s.own_a(ins);
    s.sync();
    store_at(c, namespace, v)
}

/// Stores what the site's cache names in a namespace.
pub fn store_at(c: &Cache, namespace: Value, v: Object) -> Result<(), Raised> {
    if let Some(d) = namespace.exact::<Dict>() {
        if d.version_raw() == c.shape.get() {
            drop(d.replace_at(c.place.get(), v));
            return Ok(());
        }
        d.set(c.name.get(), v.value())?;
        if let Some(n) = d.index_of(c.name.get()) {
            c.shape.set(d.version());
            c.place.set(n);
        }
        return Ok(());
    }
    c.shape.set(NO_SHAPE);
    ops::set_item(namespace, c.name.get(), v.value())
}

slow! {
    load_global_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let c = s.cache(ins.c());
        let Some(v) = find_global(s, Some(c), c.name.get())? else { return Err(not_defined(c.name.get())) };
        s.put(ins.a(), v);
        Ok(())
    },
    load_name_slow => |s: &mut S, ins: Ins| {
        s.sync();
        let c = s.cache(ins.c());
        let name = c.name.get();
        let namespace = s.reg(0);
        let v = if namespace == s.globals() { find_global(s, Some(c), name)? } else {
            match lookup(namespace, name)? { Some(v) => Some(v), None => find_global(s, None, name)? }
        };
        let Some(v) = v else { return Err(not_defined(name)) };
        s.put(ins.a(), v);
        Ok(())
    },
    store_name => |s: &mut S, ins: Ins| store(s, s.reg(0), ins),
    store_global => |s: &mut S, ins: Ins| store(s, s.globals(), ins),
    delete_name => |s: &mut S, ins: Ins| { s.sync(); delete(s.reg(0), s.constant(ins.bc())) },
    delete_global => |s: &mut S, ins: Ins| { s.sync(); delete(s.globals(), s.constant(ins.bc())) },
    setup_annotations => |s: &mut S, _: Ins| {
        s.sync();
        let (ns, name) = (s.reg(0), kiln_object::intern!("__annotations__"));
        if lookup(ns, name)?.is_none() {
            ops::set_item(ns, name, Dict::new_object().value())?;
        }
        Ok(())
    },
    load_build_class => |s: &mut S, ins: Ins| {
        s.sync();
        let name = kiln_object::intern!("__build_class__");
        let Some(f) = lookup(s.builtins(), name)? else { return Err(raise::name_error(name, "__build_class__ not found")) };
        s.put(ins.a(), f);
        Ok(())
    },
    load_common => |s: &mut S, ins: Ins| {
        s.sync();
        let v = match CommonConst::from_u16(ins.c()) {
            Some(CommonConst::AssertionError) => exc::AssertionError.get().as_value().to_object(),
            Some(CommonConst::NotImplementedError) => exc::NotImplementedError.get().as_value().to_object(),
            Some(CommonConst::Tuple) => kiln_object::tuple::Tuple::class().as_value().to_object(),
            Some(c) => {
                let b = (kiln_object::hooks::hooks().builtins)();
                ops::get_item(b.value(), Str::intern(c.name()).value())?
            }
            None => kiln_object::bug!("load_common {}", ins.c()),
        };
        s.put(ins.a(), v);
        Ok(())
    },
    load_from_dict_or_globals => |s: &mut S, ins: Ins| {
        s.sync();
        let name = s.constant(ins.c() as u32);
        let v = match lookup(s.b(ins), name)? { Some(v) => Some(v), None => find_global(s, None, name)? };
        let Some(v) = v else { return Err(not_defined(name)) };
        if ins.has(kiln_bytecode::flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), v);
        Ok(())
    },
    load_from_dict_or_deref => |s: &mut S, ins: Ins| {
        s.sync();
        let name = Str::intern(s.code().code.register_name(ins.c()).unwrap_or("?"));
        let v = match lookup(s.b(ins), name.value())? { Some(v) => Some(v), None => attr::cell_content(s.reg(ins.c())) };
        let Some(v) = v else { return Err(crate::control::unbound_deref(s, ins.c())) };
        if ins.has(kiln_bytecode::flags::B_TAKE) { s.clear(ins.b()); }
        s.put(ins.a(), v);
        Ok(())
    },
}
handler!(load_name, s, ins, {
    // Module code: the namespace is the globals, and the cache works as for a global.
    if s.reg(0) == s.globals() {
        return load_global(s.pc, s.fp, s.th, ins.0, s.ks, s.table);
    }
    s.go(Handler(load_name_slow), ins.0)
});
const _: fn() -> &'static kiln_object::Type = CellObject::class;
