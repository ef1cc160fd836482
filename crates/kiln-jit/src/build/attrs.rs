//! Globals and attributes, by what the interpreter's caches hold.

use super::*;
use crate::intrinsics::Intrinsic;
use kiln_hir::ShapeId;
use kiln_interp::attrs as site;
use kiln_object::Type;
use kiln_object::attr::{Binding, binding};
use kiln_object::code::{Cache, NO_SHAPE};
use kiln_object::dict::Dict;
use kiln_object::module::Module;
use kiln_object::shape;

/// What an object of a shape is.
fn implied(shape: u32) -> Option<Ty> {
    Some(match shape {
        known::STR => Ty::STR,
        known::BYTES => Ty::BYTES,
        known::LIST => Ty::LIST,
        known::TUPLE => Ty::TUPLE,
        known::DICT => Ty::DICT,
        known::INT => Ty::BIG_INT,
        known::FLOAT => Ty::BOXED_FLOAT,
        known::FUNCTION => Ty::FUNCTION,
        known::GENERATOR => Ty::GENERATOR,
        shape if shape == kiln_object::set::Set::class().root_shape().0 => Ty::SET,
        _ => return None,
    })
}

impl Build<'_> {
    fn cache(&self, instr: Instr) -> &Cache {
        self.object.cache(instr.c())
    }

    /// Whether the site's cache was never written: then nobody has been here, and the interpreter may go first.
    fn never_seen(&self, cache: &Cache) -> bool {
        self.guesses == super::Guesses::All
            && !self.gives_up()
            && cache.shape.get() == NO_SHAPE
            && cache.misses.get() == 0
    }

    /// The value of a name that is expected to stay what it is, watched.
    fn watched_global(&mut self, name: Value) -> Option<Value> {
        if self.unit.volatile.borrow().contains(&name.0) {
            return None;
        }
        let globals = self.unit.globals;
        let builtins = self.unit.builtins;
        let (g, b) = (globals.exact::<Dict>()?, builtins.exact::<Dict>()?);
        if let Some(v) = g.get_interned(name) {
            self.watches.dicts.push((globals, name));
            return Some(v);
        }
        let v = b.get_interned(name)?;
        self.watches.dicts.push((globals, name));
        self.watches.dicts.push((builtins, name));
        Some(v)
    }

    pub(super) fn load_global(&mut self, instr: Instr) -> Res<u32> {
        let name = self.cache(instr).name.get();
        let v = match self.watched_global(name) {
            Some(value) => {
                self.check_valid();
                self.constant(value)
            }
            None => {
                let callable = self.callable;
                self.intrinsic(Intrinsic::LoadGlobal, instr.c() as u32, &[callable])?
            }
        };
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    /// The object, known to be of the shape.
    fn guard_shape(&mut self, o: V, shape: u32) -> V {
        match implied(shape) {
            Some(ty) if self.func.ty(o).is_subtype(ty) => o,
            Some(ty) => self.guard(|b| b.guard_type(o, ty)),
            None => self.guard(|b| b.guard_shape(o, ShapeId(shape), Ty::INSTANCE)),
        }
    }

    /// What is found on a class stays so, or the code is told.
    fn watch_class(&mut self, class: &Type) {
        self.watches.classes.push(class.as_value());
        self.check_valid();
    }

    /// An attribute of a module that is known.
    fn module_attr(&mut self, o: V, name: Value) -> Option<Value> {
        let module = self.known(o)?;
        let dict = module.exact::<Module>()?.dict.value();
        let v = dict.exact::<Dict>()?.get_interned(name)?;
        if self.unit.volatile.borrow().contains(&name.0) {
            return None;
        }
        if Module::class()
            .lookup(name)
            .is_some_and(|f| matches!(binding(f), Binding::Data))
        {
            return None;
        }
        self.watches.dicts.push((dict, name));
        Some(v)
    }

    pub(super) fn load_attr(&mut self, instr: Instr) -> Res<u32> {
        let o = self.use_of(instr, b'b')?;
        let cache = self.object.cache(instr.c());
        let name = cache.name.get();
        let v = if let Some(value) = self.module_attr(o, name) {
            self.check_valid();
            self.constant(value)
        } else if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        } else {
            match self.fast_attr(o, cache, instr)? {
                Some(v) => v,
                None => {
                    let (text, id) = self.cache_name(instr.c());
                    self.op(|b| b.load_attr(o, text, id))?
                }
            }
        };
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    fn fast_attr(&mut self, o: V, cache: &Cache, instr: Instr) -> Res<Option<V>> {
        let id = cache.shape.get();
        if self.gives_up() || id == NO_SHAPE {
            return Ok(None);
        }
        let name = cache.name.get();
        // What the site saw then may not be so now.
        let Some(class) = shape::live_class(shape::ShapeId(id)) else {
            return Ok(None);
        };
        let Some(found) = site::resolve_load(class, shape::ShapeId(id), name) else {
            return Ok(None);
        };
        let place = found.place;
        match found.kind {
            site::SLOT => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                Ok(Some(self.at().load_slot(o, place, Ty::OBJECT)))
            }
            site::OVERFLOW => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                let (array, offset) = self.overflow(o, class, place);
                Ok(Some(self.at().load_slot(array, offset, Ty::OBJECT)))
            }
            site::MEMBER => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                let v = self.at().load_slot(o, place, Ty::SLOT);
                Ok(Some(self.guard(|b| b.guard_bound(v))))
            }
            site::PROPERTY => {
                let property = found.value;
                let get = property
                    .exact::<kiln_object::descr::Property>()
                    .and_then(|p| p.get.peek());
                let Some(get) = get else { return Ok(None) };
                self.watch_class(class);
                self.watches.functions.push(property);
                let o = self.guard_shape(o, id);
                let callee = self.constant(get);
                self.call_known(get, callee, &[o], &[], instr)
            }
            _ => Ok(None),
        }
    }

    /// The overflow array of an instance and the offset of an attribute in it. The array's address is no counted word, and offsets are those of
    /// an object one byte before it: words of objects are their address plus one.
    fn overflow(&mut self, o: V, class: &Type, index: u32) -> (V, u32) {
        let array = self.at().load_slot(o, class.ext_offset() as u32, Ty::INT);
        (array, 8 + 8 * (index - class.inline_capacity()) + 1)
    }

    pub(super) fn load_method(&mut self, instr: Instr) -> Res<u32> {
        let o = self.use_of(instr, b'b')?;
        let cache = self.object.cache(instr.c());
        let name = cache.name.get();
        let (callee, receiver) = if let Some(value) = self.module_attr(o, name) {
            self.check_valid();
            (self.constant(value), self.at().const_unbound())
        } else if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        } else if let Some(found) = self.fast_method(o, cache) {
            found
        } else {
            let (text, id) = self.cache_name(instr.c());
            let f = self.op(|b| b.load_method(o, text, id))?;
            (f, self.at().second_result())
        };
        self.consume(instr);
        self.set(instr.a(), callee);
        self.set(instr.a() + 4, receiver);
        Ok(self.pc + 1)
    }

    fn fast_method(&mut self, o: V, cache: &Cache) -> Option<(V, V)> {
        let id = cache.shape.get();
        if self.gives_up() || id == NO_SHAPE {
            return None;
        }
        let class = shape::live_class(shape::ShapeId(id))?;
        let found = site::resolve_load(class, shape::ShapeId(id), cache.name.get())?;
        if found.kind != site::METHOD {
            return None;
        }
        let f = found.value;
        self.watch_class(class);
        let o = self.guard_shape(o, id);
        Some((self.constant(f), o))
    }

    pub(super) fn store_attr(&mut self, instr: Instr) -> Res<u32> {
        let (o, v) = (self.use_of(instr, b'a')?, self.use_of(instr, b'b')?);
        let cache = self.object.cache(instr.c());
        if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        }
        if !self.fast_store(o, v, cache) {
            let (text, id) = self.cache_name(instr.c());
            self.op(|b| b.store_attr(o, v, text, id))?;
        }
        self.consume(instr);
        Ok(self.pc + 1)
    }

    fn fast_store(&mut self, o: V, v: V, cache: &Cache) -> bool {
        let id = cache.shape.get();
        if self.gives_up() || id == NO_SHAPE {
            return false;
        }
        let Some(class) = shape::live_class(shape::ShapeId(id)) else {
            return false;
        };
        let Some(found) = site::resolve_store(class, shape::ShapeId(id), cache.name.get()) else {
            return false;
        };
        let place = found.place;
        match found.kind {
            site::SLOT => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                self.at().swap_slot(o, v, place, Ty::OBJECT);
                true
            }
            site::OVERFLOW => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                let (array, offset) = self.overflow(o, class, place);
                self.at().swap_slot(array, v, offset, Ty::OBJECT);
                true
            }
            site::ADD => {
                self.watch_class(class);
                let o = self.guard_shape(o, id);
                self.at().init_slot(o, v, place);
                self.at().store_shape(o, ShapeId(found.after().0));
                true
            }
            _ => false,
        }
    }

    /// `super().name(…)`: the method that was found beyond the class, for objects of the shape that was seen.
    pub(super) fn load_super(&mut self, instr: Instr) -> Res<u32> {
        let b = instr.b();
        let superclass = self.object_in(b)?;
        let builtin = self.known(superclass) == Some(kiln_object::descr::Super::class().as_value());
        if !builtin || !instr.has(kiln_bytecode::flags::METHOD) {
            return self.exec_any(instr);
        }
        let (class, object) = (self.reg(b + 1)?, self.object_in(b + 2)?);
        let cache = self.object.cache(instr.c());
        let fast = (!self.gives_up()).then(|| site::seen_super(cache)).flatten();
        let (callee, receiver) = match fast {
            Some((start, of, f)) => {
                self.watch_class(of);
                let id = self.const_id(start.as_value());
                self.guard(|b| b.guard_is(class, id));
                let o = self.guard_shape(object, cache.shape.get());
                (self.constant(f), o)
            }
            None => {
                let callable = self.callable;
                let f = self.intrinsic(Intrinsic::LoadSuper, instr.c() as u32, &[callable, class, object])?;
                (f, self.at().second_result())
            }
        };
        self.consume(instr);
        self.set(instr.a(), callee);
        self.set(instr.a() + 4, receiver);
        Ok(self.pc + 1)
    }
}
