//! Globals and attributes, by what the interpreter's caches hold.

use super::*;
use crate::intrinsics::Intrinsic;
use kiln_hir::ShapeId;
use kiln_interp::attrs as site;
use kiln_object::Type;
use kiln_object::attr::{Binding, binding};
use kiln_object::code::{Cache, NO_SHAPE};
use kiln_object::descr::{ClassMethod, Property, StaticMethod};
use kiln_object::dict::Dict;
use kiln_object::module::Module;
use kiln_object::shape;
use kiln_object::site::{Entry, Found};

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

/// Whether a cache has met nothing.
pub(super) fn is_fresh(cache: &Cache) -> bool {
    cache.shape.get() == NO_SHAPE && cache.misses.get() == 0
}

impl Build<'_> {
    fn cache(&self, instr: Instr) -> &Cache {
        self.object.cache(instr.c())
    }

    /// Whether the site's cache was never written: then nobody has been here, and the interpreter may go first.
    fn never_seen(&self, cache: &Cache) -> bool {
        self.guesses == super::Guesses::All && !self.gives_up() && is_fresh(cache)
    }

    /// The value of a name that is expected to stay what it is, watched.
    fn watched_global(&mut self, name: Value) -> Option<Value> {
        if !self.may_rely() || self.unit.volatile.borrow().contains(&name.0) {
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
        if self.gets_frame(name) {
            self.leave();
            return Ok(self.pc + 1);
        }
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
            None => {
                let ty = self.shape_type(o, shape);
                self.guard(|b| b.guard_shape(o, ShapeId(shape), ty))
            }
        }
    }

    /// What is known of `o` once it has a shape. Singletons and the like have shapes, too, and types of their own.
    fn shape_type(&self, o: V, shape: u32) -> Ty {
        let known = self.func.ty(o);
        implied(shape).unwrap_or(if known.could_be(Ty::INSTANCE) {
            Ty::INSTANCE
        } else {
            known
        })
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
        if !self.may_rely() || self.unit.volatile.borrow().contains(&name.0) {
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

    /// An attribute of a class that is known: what is found now, watched.
    fn class_attr(&mut self, o: V, name: Value) -> Option<(Value, Found)> {
        let class = self
            .known(o)
            .filter(|o| self.may_rely() && o.cast::<Type>().is_some())?;
        let found = site::load_of(class, name)?;
        if !matches!(
            found.kind,
            site::TYPE_CELL | site::TYPE_STATIC | site::TYPE_CLASS_METHOD
        ) {
            return None;
        }
        let value = self.cell_value(&found, name)?;
        self.watches.classes.push(class);
        self.watches.classes.push(class.class().as_value());
        Some((value, found))
    }

    /// What an entry of a class's namespace holds, watched; none if it is known to change.
    fn cell_value(&mut self, found: &Found, name: Value) -> Option<Value> {
        if self.unit.volatile.borrow().contains(&name.0) {
            return None;
        }
        let value = found.value.exact::<Dict>()?.get_interned(name)?;
        self.watches.dicts.push((found.value, name));
        // Its class may make a descriptor of it.
        if value.class().is_heap_type() {
            self.watches.classes.push(value.class().as_value());
        }
        Some(value)
    }

    pub(super) fn load_attr(&mut self, instr: Instr) -> Res<u32> {
        let o = self.use_of(instr, b'b')?;
        let cache = self.object.cache(instr.c());
        let name = cache.name.get();
        if self.gets_frame(name) {
            self.leave();
            return Ok(self.pc + 1);
        }
        let v = if let Some(value) = self.module_attr(o, name) {
            self.check_valid();
            self.constant(value)
        } else if let Some((value, _)) = self.class_attr(o, name).filter(|(_, f)| f.kind == site::TYPE_CELL) {
            self.check_valid();
            self.constant(value)
        } else if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        } else {
            self.attr_by_shape(o, cache, instr)?
        };
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    /// Reads an attribute by the shapes that the site met: a guard for one, a choice among several, of which the last is the runtime.
    fn attr_by_shape(&mut self, o: V, cache: &Cache, instr: Instr) -> Res<V> {
        let name = cache.name.get();
        let mut cases = self.cases(cache, site::resolve_load);
        cases.retain(|case| self.is_quick_load(case, name));
        if let [case] = &cases[..]
            && self.one_shape(cache)
        {
            self.watch_class(case.class);
            let o = self.guard_shape(o, case.shape);
            if let Some(v) = self.load_case(o, case, name, instr)? {
                return Ok(v);
            }
            cases.clear();
        }
        let (text, id) = self.cache_name(instr.c());
        if cases.is_empty() {
            if is_fresh(cache) {
                self.count_miss();
            }
            return self.op(|b| b.load_attr(o, text, id));
        }
        let groups = self.choose(o, &cases, |a, b| {
            a.found.kind == site::SLOT && b.found.kind == site::SLOT && a.found.place == b.found.place
        });
        let join = self.func.add_block();
        let result = self.func.add_param(join, Ty::OBJECT);
        let before = (self.regs.clone(), self.snaps);
        let v = self.op(|b| b.load_attr(o, text, id))?;
        self.at().jump((join, &[v]));
        for (block, case) in groups {
            (self.regs, self.snaps) = before.clone();
            self.block = block;
            let known = self.of_shape(o, case.shape);
            let v = match self.load_case(known, case, name, instr)? {
                Some(v) => v,
                None => self.op(|b| b.load_attr(o, text, id))?,
            };
            self.at().jump((join, &[v]));
        }
        (self.regs, self.snaps) = before;
        self.block = join;
        Ok(result)
    }

    /// Whether one shape is all that the site met, and a guard for it is worth having.
    fn one_shape(&self, cache: &Cache) -> bool {
        let met = cache.entries().filter(|e| e.shape.get() != NO_SHAPE).count();
        met == 1 && cache.crowded.get() == 0 && !self.gives_up()
    }

    /// The shapes that a site met, and what is found for them now.
    fn cases(&self, cache: &Cache, resolve: Resolve) -> Vec<Case> {
        let case = |e: &Entry| {
            let id = shape::ShapeId(e.shape.get());
            let class = shape::live_class(id)?;
            let found = resolve(class, id, cache.name.get())?;
            Some(Case {
                shape: id.0,
                class,
                found,
            })
        };
        if !self.may_rely() {
            return Vec::new();
        }
        cache.entries().filter_map(case).collect()
    }

    fn is_quick_load(&self, case: &Case, name: Value) -> bool {
        match case.found.kind {
            site::SLOT | site::OVERFLOW | site::MEMBER | site::CLASS_VALUE => true,
            site::PROPERTY => getter(&case.found).is_some(),
            site::CLASS_CELL => !self.unit.volatile.borrow().contains(&name.0),
            _ => false,
        }
    }

    /// Goes to a block by the object's shape; cases that are alike share one. What is left is the way for other shapes, where this ends.
    fn choose<'c>(&mut self, o: V, cases: &'c [Case], alike: impl Fn(&Case, &Case) -> bool) -> Vec<(Block, &'c Case)> {
        for case in cases {
            self.watches.classes.push(case.class.as_value());
        }
        self.check_valid();
        let mut groups: Vec<(Block, &Case)> = Vec::new();
        for case in cases {
            let hit = match groups.iter().find(|(_, first)| alike(first, case)) {
                Some((block, _)) => *block,
                None => {
                    let block = self.func.add_block();
                    groups.push((block, case));
                    block
                }
            };
            let is = match implied(case.shape) {
                Some(ty) => self.at().has_type(o, ty),
                None => self.at().has_shape(o, ShapeId(case.shape)),
            };
            let next = self.func.add_block();
            self.at().branch(is, (hit, &[]), (next, &[]));
            self.block = next;
        }
        let miss = self.block;
        self.func.blocks[miss.index()].cold = true;
        // A cache that is full learns nothing more.
        if cases.len() < site::MOST_ENTRIES {
            self.count_miss();
        }
        groups
    }

    /// The object, where its shape has been found out.
    fn of_shape(&mut self, o: V, shape: u32) -> V {
        let ty = self.shape_type(o, shape);
        self.at().refine(o, ty)
    }

    /// The attribute of an object whose shape is known; classes are watched.
    fn load_case(&mut self, o: V, case: &Case, name: Value, instr: Instr) -> Res<Option<V>> {
        let (class, place) = (case.class, case.found.place);
        Ok(Some(match case.found.kind {
            site::SLOT => self.at().load_slot(o, place, Ty::OBJECT),
            site::OVERFLOW => {
                let (array, offset) = self.overflow(o, class, place);
                self.at().load_slot(array, offset, Ty::OBJECT)
            }
            site::MEMBER => {
                let v = self.at().load_slot(o, place, Ty::SLOT);
                self.guard(|b| b.guard_bound(v))
            }
            site::CLASS_VALUE => self.constant(case.found.value),
            site::CLASS_CELL => match self.cell_value(&case.found, name) {
                Some(value) => self.constant(value),
                None => return Ok(None),
            },
            site::PROPERTY => {
                let Some(get) = getter(&case.found) else {
                    return Ok(None);
                };
                self.watches.functions.push(case.found.value);
                let callee = self.constant(get);
                return self.call_known(get, callee, &[o], &[], instr);
            }
            _ => return Ok(None),
        }))
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
        if self.gets_frame(name) {
            self.leave();
            return Ok(self.pc + 1);
        }
        let (callee, receiver) = if let Some(value) = self.module_attr(o, name) {
            self.check_valid();
            (self.constant(value), self.at().const_unbound())
        } else if let Some((f, receiver)) = self.method_of_class(o, name) {
            (f, receiver)
        } else if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        } else {
            self.method_by_shape(o, cache, instr)?
        };
        self.consume(instr);
        self.set(instr.a(), callee);
        self.set(instr.a() + 4, receiver);
        Ok(self.pc + 1)
    }

    /// A method of a class that is known.
    fn method_of_class(&mut self, o: V, name: Value) -> Option<(V, V)> {
        let (value, found) = self.class_attr(o, name)?;
        let callable = match found.kind {
            site::TYPE_STATIC => value.exact::<StaticMethod>()?.callable.peek()?,
            site::TYPE_CLASS_METHOD => value.exact::<ClassMethod>()?.callable.peek()?,
            _ => value,
        };
        self.watches.functions.push(value);
        self.check_valid();
        let receiver = if found.kind == site::TYPE_CLASS_METHOD {
            o
        } else {
            self.at().const_unbound()
        };
        Some((self.constant(callable), receiver))
    }

    /// Looks a method up by the shapes that the site met. Of several, the call is told which one it was.
    fn method_by_shape(&mut self, o: V, cache: &Cache, instr: Instr) -> Res<(V, V)> {
        let mut cases = self.cases(cache, site::resolve_load);
        cases.retain(|case| method(case).is_some());
        if let [case] = &cases[..]
            && self.one_shape(cache)
            && let Some((f, binds)) = method(case)
        {
            self.watch_class(case.class);
            self.watches.functions.push(case.found.value);
            let o = self.guard_shape(o, case.shape);
            let receiver = self.receiver(o, binds, case);
            return Ok((self.constant(f), receiver));
        }
        let (text, id) = self.cache_name(instr.c());
        if cases.is_empty() {
            if is_fresh(cache) {
                self.count_miss();
            }
            let f = self.op(|b| b.load_method(o, text, id))?;
            return Ok((f, self.at().second_result()));
        }
        for case in &cases {
            self.watches.functions.push(case.found.value);
        }
        let groups = self.choose(o, &cases, |a, b| {
            let plain = implied(a.shape).is_none() && implied(b.shape).is_none();
            plain && a.found.kind == site::METHOD && b.found.kind == site::METHOD && a.found.value == b.found.value
        });
        self.one_of(o, groups, |b| {
            let f = b.op(|b| b.load_method(o, text, id))?;
            Ok((f, b.at().second_result()))
        })
    }

    /// Callee and receiver from the blocks that a choice leads to, and from here for whatever else there is. The call is told which it was.
    fn one_of(
        &mut self,
        o: V,
        groups: Vec<(Block, &Case)>,
        otherwise: impl FnOnce(&mut Self) -> Res<(V, V)>,
    ) -> Res<(V, V)> {
        let join = self.func.add_block();
        let callee = self.func.add_param(join, Ty::OBJECT);
        let receiver = self.func.add_param(join, Ty::SLOT);
        let which = self.func.add_param(join, Ty::INT);
        let (f, r) = otherwise(self)?;
        let other = self.at().const_int(-1);
        self.at().jump((join, &[f, r, other]));
        let mut known = Vec::new();
        for (block, case) in groups {
            let Some((f, binds)) = method(case) else {
                kiln_object::bug!("a choice of what is no method")
            };
            self.block = block;
            let object = self.of_shape(o, case.shape);
            let number = known.len() as i64;
            let (callable, tag) = (self.constant(f), self.at().const_int(number));
            let r = self.receiver(object, binds, case);
            self.at().jump((join, &[callable, r, tag]));
            let receiver = match binds {
                Binds::Object => Receiver::Is(o, self.shape_type(o, case.shape)),
                Binds::Class => Receiver::Class(case.class.as_value()),
                Binds::Nothing => Receiver::None,
            };
            known.push((f, receiver));
        }
        self.block = join;
        self.choices.insert(callee, Choice { which, known });
        Ok((callee, receiver))
    }

    /// The class that a `super()` starts after, and what it finds for the shapes that the site met.
    fn super_cases(&self, cache: &Cache) -> Option<(Value, Vec<Case>)> {
        let mut start = None;
        let mut cases = Vec::new();
        let epoch = kiln_object::types::class_epoch();
        let stands = |e: &&Entry| e.kind.get() == site::SUPER && e.version.get() == epoch;
        for e in cache.entries().filter(stands) {
            let class = shape::live_class(shape::ShapeId(e.shape.get()))?;
            let after = shape::live_class(shape::ShapeId(e.place.get()))?.as_value();
            if *start.get_or_insert(after) != after {
                return None;
            }
            let kind = site::METHOD;
            cases.push(Case {
                shape: e.shape.get(),
                class,
                found: Found { kind, ..e.found() },
            });
        }
        // A guard for the class is a guess.
        start.filter(|_| !self.gives_up()).map(|start| (start, cases))
    }

    fn receiver(&mut self, o: V, binds: Binds, case: &Case) -> V {
        match binds {
            Binds::Object => o,
            Binds::Class => self.constant(case.class.as_value()),
            Binds::Nothing => self.at().const_unbound(),
        }
    }

    pub(super) fn store_attr(&mut self, instr: Instr) -> Res<u32> {
        let (o, v) = (self.use_of(instr, b'a')?, self.use_of(instr, b'b')?);
        let cache = self.object.cache(instr.c());
        if self.never_seen(cache) {
            self.leave();
            return Ok(self.pc + 1);
        }
        self.store_by_shape(o, v, cache, instr)?;
        self.consume(instr);
        Ok(self.pc + 1)
    }

    fn store_by_shape(&mut self, o: V, v: V, cache: &Cache, instr: Instr) -> Res {
        let mut cases = self.cases(cache, site::resolve_store);
        cases.retain(|case| matches!(case.found.kind, site::SLOT | site::OVERFLOW | site::ADD | site::MEMBER));
        if let [case] = &cases[..]
            && self.one_shape(cache)
        {
            self.watch_class(case.class);
            let o = self.guard_shape(o, case.shape);
            self.store_case(o, v, case);
            return Ok(());
        }
        let (text, id) = self.cache_name(instr.c());
        if cases.is_empty() {
            if is_fresh(cache) {
                self.count_miss();
            }
            self.op(|b| b.store_attr(o, v, text, id))?;
            return Ok(());
        }
        let groups = self.choose(o, &cases, |a, b| {
            a.found.kind == site::SLOT && b.found.kind == site::SLOT && a.found.place == b.found.place
        });
        let join = self.func.add_block();
        self.op(|b| b.store_attr(o, v, text, id))?;
        self.at().jump((join, &[]));
        for (block, case) in groups {
            self.block = block;
            let known = self.of_shape(o, case.shape);
            self.store_case(known, v, case);
            self.at().jump((join, &[]));
        }
        self.block = join;
        Ok(())
    }

    fn store_case(&mut self, o: V, v: V, case: &Case) {
        let (class, place) = (case.class, case.found.place);
        match case.found.kind {
            site::ADD => {
                self.at().init_slot(o, v, place);
                self.at().store_shape(o, ShapeId(case.found.after().0));
            }
            site::OVERFLOW => {
                let (array, offset) = self.overflow(o, class, place);
                self.at().swap_slot(array, v, offset, Ty::OBJECT);
            }
            site::MEMBER => {
                self.at().swap_slot(o, v, place, Ty::SLOT);
            }
            _ => {
                self.at().swap_slot(o, v, place, Ty::OBJECT);
            }
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
        let callable = self.callable;
        let slow = |b: &mut Self| {
            let f = b.intrinsic(Intrinsic::LoadSuper, instr.c() as u32, &[callable, class, object])?;
            Ok((f, b.at().second_result()))
        };
        let (callee, receiver) = match self.super_cases(cache).filter(|_| self.may_rely()) {
            Some((start, cases)) => {
                if let [case] = &cases[..]
                    && self.one_shape(cache)
                {
                    self.watch_class(case.class);
                    let id = self.const_id(start);
                    self.guard(|b| b.guard_is(class, id));
                    let o = self.guard_shape(object, case.shape);
                    (self.constant(case.found.value), o)
                } else {
                    let id = self.const_id(start);
                    self.guard(|b| b.guard_is(class, id));
                    let groups = self.choose(object, &cases, |a, b| a.found.value == b.found.value);
                    self.one_of(object, groups, slow)?
                }
            }
            None => slow(self)?,
        };
        self.consume(instr);
        self.set(instr.a(), callee);
        self.set(instr.a() + 4, receiver);
        Ok(self.pc + 1)
    }
}

type Resolve = fn(&Type, shape::ShapeId, Value) -> Option<Found>;

/// One of the shapes that a site met.
struct Case {
    shape: u32,
    class: &'static Type,
    found: Found,
}

/// What a method is called with first.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Binds {
    Object,
    Class,
    Nothing,
}

/// What a method is called with first, where it is called.
#[derive(Copy, Clone)]
pub(super) enum Receiver {
    Is(V, Ty),
    Class(Value),
    None,
}

/// Which method was found, by a number that is told where it is called.
#[derive(Clone)]
pub(super) struct Choice {
    /// The number; negative for what is not known.
    pub which: V,
    pub known: Vec<(Value, Receiver)>,
}

/// The method of a case, and what it binds.
fn method(case: &Case) -> Option<(Value, Binds)> {
    let v = case.found.value;
    match case.found.kind {
        site::METHOD => Some((v, Binds::Object)),
        site::STATIC => Some((v.exact::<StaticMethod>()?.callable.peek()?, Binds::Nothing)),
        site::CLASS_METHOD => Some((v.exact::<ClassMethod>()?.callable.peek()?, Binds::Class)),
        _ => None,
    }
}

/// The function that a property calls.
fn getter(found: &Found) -> Option<Value> {
    found.value.exact::<Property>()?.get.peek()
}
