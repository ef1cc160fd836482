//! Calls: of functions, classes and builtins that are known, and of whatever else there is.

use super::attrs::{Choice, Receiver};
use super::ops::NO_CACHE;
use super::*;
use crate::intrinsics::Intrinsic;
use kiln_bytecode::{co, flags};
use kiln_hir::{CacheId, ShapeId};
use kiln_object::descr::Method;
use kiln_object::dict::Dict;
use kiln_object::function::Function as PyFunction;
use kiln_object::native::as_native;
use kiln_object::range::Range;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::Making;
use kiln_object::types::flags as tf;
use kiln_object::{NativeKind, Special};

/// What a parameter is filled with.
enum Given {
    /// The argument of that number.
    Argument(usize),
    /// A default.
    Constant(Value),
    /// The tuple of these arguments.
    Rest(std::ops::Range<usize>),
    /// A new dict: all names are those of parameters.
    NoKeywords,
}

/// A call of Python code whose arguments have been matched to its parameters.
struct Plan {
    code: CodeId,
    owned: u32,
    params: Vec<Given>,
    /// Entries of dicts that defaults were taken from.
    watched: Vec<(Value, Value)>,
}

/// A call as the bytecode has it.
#[derive(Clone)]
struct What {
    callee: V,
    /// What a method is called on; may be unbound.
    receiver: Option<V>,
    args: Vec<V>,
    /// The tuple of the names of the last arguments.
    names: Option<Value>,
}

impl What {
    fn all(&self) -> Vec<V> {
        self.receiver.into_iter().chain(self.args.iter().copied()).collect()
    }
    fn words(&self) -> Vec<Value> {
        self.names
            .map_or(Vec::new(), |names| names.expect::<Tuple>().items().to_vec())
    }
}

/// What may be called.
enum Target {
    Object(Value),
    /// Any function of that code; if set, through a bound method.
    Code(Object, bool),
}

impl Plan {
    /// For a call of that function.
    fn of(function: Value, given: usize, names: &[Value]) -> Option<Plan> {
        let unit = crate::state::unit_of(function)?;
        Plan::new(unit, function.exact::<PyFunction>(), given, names)
    }

    /// How arguments become the parameters of a function, if they fit and it has an entry that calls go to.
    /// Without the function, it must not need defaults.
    fn new(unit: &Unit, function: Option<&PyFunction>, given: usize, names: &[Value]) -> Option<Plan> {
        let object = unit.code();
        let code: &Code = &object.code;
        if object.is_generator() {
            return None;
        }
        let positional = code.arg_count as usize;
        let total = positional + code.kwonly_count as usize;
        let mut params: Vec<Option<Given>> = (0..total).map(|_| None).collect();
        let unnamed = given - names.len();
        let direct = unnamed.min(positional);
        for (i, param) in params.iter_mut().enumerate().take(direct) {
            *param = Some(Given::Argument(i));
        }
        let varargs = code.flags & co::VARARGS != 0;
        if unnamed > positional && !varargs {
            return None;
        }
        for (i, name) in names.iter().enumerate() {
            let name = name.cast::<Str>()?;
            let found = (code.posonly_count as usize..total).find(|at| name.eq_str(&code.varnames[*at]))?;
            if params[found].is_some() {
                return None;
            }
            params[found] = Some(Given::Argument(unnamed + i));
        }
        let mut watched = Vec::new();
        let defaults: Vec<Value> = match function.and_then(|f| f.defaults.peek()) {
            Some(d) => d.expect::<Tuple>().items().to_vec(),
            None => Vec::new(),
        };
        for (i, param) in params.iter_mut().enumerate().filter(|entry| entry.1.is_none()) {
            let value = if i < positional {
                *defaults.get((i + defaults.len()).checked_sub(positional)?)?
            } else {
                // A dict that can be changed in place.
                let dict = function?.kwdefaults.peek()?;
                let name = Str::intern(&code.varnames[i]);
                watched.push((dict, name.value()));
                dict.exact::<Dict>()?.get_interned(name.value())?
            };
            *param = Some(Given::Constant(value));
        }
        let mut params: Vec<Given> = params.into_iter().flatten().collect();
        if varargs {
            params.push(Given::Rest(direct..unnamed));
        }
        if code.flags & co::VARKEYWORDS != 0 {
            params.push(Given::NoKeywords);
        }
        (params.len() == object.param_count.get() as usize).then_some(Plan {
            code: CodeId(unit.id),
            owned: unit.owned,
            params,
            watched,
        })
    }
}

impl Build<'_> {
    pub(super) fn call(&mut self, instr: Instr) -> Res<u32> {
        let (a, n) = (instr.a(), instr.b());
        let callee = self.object_in(a)?;
        let next = self.pc + 1;
        let mut call = What {
            callee,
            receiver: None,
            args: Vec::new(),
            names: None,
        };
        match instr.op() {
            Op::Call => {
                call.args = self.range(a + 4, n)?;
                if let Some(range) = self.range_loop(callee, &call.args, instr)? {
                    // The iterator of a range: `get_iter` is done.
                    let iter = self.code.instrs[next as usize];
                    self.consume(instr);
                    self.regs[iter.a() as usize] = range;
                    return Ok(next + 1);
                }
            }
            Op::CallMethod => {
                call.receiver = Some(self.reg(a + 4)?);
                call.args = self.range(a + 5, n)?;
            }
            Op::CallKw => {
                let names = self.code.caches[instr.c() as usize].name;
                call.names = Some(self.object.constant(names));
                if instr.has(flags::METHOD) {
                    call.receiver = Some(self.reg(a + 4)?);
                    call.args = self.range(a + 5, n)?;
                } else {
                    call.args = self.range(a + 4, n)?;
                }
            }
            _ => {
                let (args, kwargs) = (self.object_in(a + 4)?, self.reg(a + 5)?);
                self.commit(instr);
                let result = self.op(|b| b.call_ex(callee, args, kwargs, NO_CACHE))?;
                self.set(a, result);
                return Ok(next);
            }
        }
        if call.receiver.is_some_and(|r| self.func.ty(r).is_subtype(Ty::UNBOUND)) {
            call.receiver = None;
        }
        let result = self.dispatch(&call, instr)?;
        self.consume(instr);
        self.set(a, result);
        Ok(next)
    }

    /// The call in the best way there is.
    fn dispatch(&mut self, call: &What, instr: Instr) -> Res<V> {
        let maybe_unbound = call.receiver.is_some_and(|r| self.func.ty(r).could_be(Ty::UNBOUND));
        if !maybe_unbound && let Some(value) = self.known(call.callee) {
            return match self.call_known(value, call.callee, &call.all(), &call.words(), instr)? {
                Some(v) => Ok(v),
                None => self.call_whatever(call),
            };
        }
        if call.names.is_none()
            && let Some(choice) = self.choices.get(&call.callee).cloned()
        {
            return self.call_one_of(&choice, call, instr);
        }
        let mut targets: Vec<Target> = self.incoming(call.callee).into_iter().map(Target::Object).collect();
        if targets.is_empty()
            && let Some(site) = self.call_site()
            && let site = crate::state::jit().call_sites.borrow()[site as usize]
            && !site.mixed.get()
        {
            let seen = site.targets.borrow();
            targets = seen
                .iter()
                .map(|(code, bound)| Target::Code(code.clone(), *bound))
                .collect();
        }
        if targets.is_empty() {
            return self.call_whatever(call);
        }
        let (join, slow) = (self.func.add_block(), self.func.add_block());
        let result = self.func.add_param(join, Ty::OBJECT);
        // The slow way is also taken where the receiver is unbound: it uses what is known before the test.
        let whatever = call.clone();
        let mut call = call.clone();
        if let Some(receiver) = call.receiver.filter(|_| maybe_unbound) {
            let bound = self.func.add_block();
            let unbound = self.at().is_unbound(receiver);
            self.at().branch(unbound, (slow, &[]), (bound, &[]));
            self.block = bound;
            call.receiver = Some(self.at().refine(receiver, Ty::OBJECT));
        }
        let regs = self.regs.clone();
        let mut arms = 0;
        for (number, target) in targets.iter().enumerate() {
            let last = number + 1 == targets.len();
            let other = if last { slow } else { self.func.add_block() };
            let made = match target {
                Target::Object(value) => self.arm_of_object(*value, &call, other, instr)?,
                Target::Code(code, bound) => self.arm_of_code(code.value(), *bound, &call, other, instr)?,
            };
            if let Some(made) = made {
                self.at().jump((join, &[made]));
                arms += 1;
            } else {
                self.at().jump((other, &[]));
            }
            self.regs.clone_from(&regs);
            self.snaps = (None, None);
            self.block = other;
        }
        self.func.blocks[slow.index()].cold = arms == targets.len();
        self.count_miss();
        let made = self.call_whatever(&whatever)?;
        self.at().jump((join, &[made]));
        self.block = join;
        Ok(result)
    }

    /// The call of one of several methods, by the number that the lookup gave it.
    fn call_one_of(&mut self, choice: &Choice, call: &What, instr: Instr) -> Res<V> {
        let join = self.func.add_block();
        let result = self.func.add_param(join, Ty::OBJECT);
        let before = (self.regs.clone(), self.snaps);
        for (number, (value, bound)) in choice.known.iter().enumerate() {
            let number = self.at().const_int(number as i64);
            let is = self.at().int_compare(choice.which, number, kiln_hir::CompareKind::Eq);
            let (hit, next) = (self.func.add_block(), self.func.add_block());
            self.at().branch(is, (hit, &[]), (next, &[]));
            self.block = hit;
            let f = self.constant(*value);
            let bound = match *bound {
                Receiver::Is(o, ty) => Some(self.at().refine(o, ty)),
                Receiver::Class(class) => Some(self.constant(class)),
                Receiver::None => None,
            };
            let all: Vec<V> = bound.into_iter().chain(call.args.iter().copied()).collect();
            let v = match self.call_known(*value, f, &all, &[], instr)? {
                Some(v) => v,
                None => self.call_whatever(call)?,
            };
            self.at().jump((join, &[v]));
            (self.regs, self.snaps) = before.clone();
            self.block = next;
        }
        let last = self.block;
        self.func.blocks[last.index()].cold = true;
        let v = self.call_whatever(call)?;
        self.at().jump((join, &[v]));
        (self.regs, self.snaps) = before;
        self.block = join;
        Ok(result)
    }

    /// The call, if the callee is that object; else control goes to `other`. None: nothing is known of such a call, and the block is still open.
    fn arm_of_object(&mut self, value: Value, call: &What, other: Block, instr: Instr) -> Res<Option<V>> {
        let here = self.func.add_block();
        let object = self.constant(value);
        let is = self.at().is(call.callee, object);
        self.at().branch(is, (here, &[]), (other, &[]));
        self.block = here;
        self.call_known(value, object, &call.all(), &call.words(), instr)
    }

    /// The same for any function with that code, or any method bound to such a function.
    fn arm_of_code(&mut self, code: Value, bound: bool, call: &What, other: Block, instr: Instr) -> Res<Option<V>> {
        let Some(unit) = code.exact::<CodeObject>().and_then(crate::state::known_unit) else {
            return Ok(None);
        };
        let mut args = call.all();
        let mut function = call.callee;
        if bound {
            let shape = ShapeId(Method::class().root_shape().0);
            let is = self.at().has_shape(function, shape);
            self.only_if(is, other);
            let receiver = self
                .at()
                .load_slot(function, std::mem::offset_of!(Method, receiver) as u32, Ty::OBJECT);
            function = self
                .at()
                .load_slot(function, std::mem::offset_of!(Method, function) as u32, Ty::OBJECT);
            args.insert(0, receiver);
        }
        let Some(plan) = Plan::new(unit, None, args.len(), &call.words()) else {
            return Ok(None);
        };
        let is = self.at().has_type(function, Ty::FUNCTION);
        self.only_if(is, other);
        let function = self.at().refine(function, Ty::FUNCTION);
        let fields = [
            (PyFunction::CODE_OFFSET as u32, code),
            (std::mem::offset_of!(PyFunction, globals) as u32, unit.globals),
            (std::mem::offset_of!(PyFunction, builtins) as u32, unit.builtins),
        ];
        for (offset, expected) in fields {
            let found = self.at().load_slot(function, offset, Ty::OBJECT);
            let expected = self.constant(expected);
            let is = self.at().is(found, expected);
            self.only_if(is, other);
        }
        self.check_valid();
        self.commit(instr);
        self.call_matched(function, &args, &plan).map(Some)
    }

    /// Goes on where the condition holds, to `other` where it does not.
    fn only_if(&mut self, condition: V, other: Block) {
        let here = self.func.add_block();
        self.at().branch(condition, (here, &[]), (other, &[]));
        self.block = here;
    }

    /// The constants that a parameter of a block may be, if it is never anything else: what a lookup with several outcomes has found.
    fn incoming(&self, v: V) -> Vec<Value> {
        let mut found = Vec::new();
        let root = self.func.root(v);
        for block in self.func.all_blocks() {
            let Some(last) = self.func.terminator(block) else {
                continue;
            };
            let mut other = false;
            self.func.inst(last).for_each_target(&self.func, |target, args| {
                let params = &self.func.blocks[target.index()].params;
                if let Some(at) = params.iter().position(|param| *param == root) {
                    match self.known(self.func.args(args)[at]) {
                        Some(value) if found.contains(&value) => {}
                        Some(value) => found.push(value),
                        None => other = true,
                    }
                }
            });
            if other || found.len() > 4 {
                return Vec::new();
            }
        }
        found
    }

    /// The number of the record of what is called here.
    fn call_site(&mut self) -> Option<u32> {
        let mut known = self.unit.call_sites.borrow_mut();
        let settled = self.unit.is_settled();
        if let Some(site) = known.get(&self.pc) {
            self.notes_calls |= !settled;
            return Some(*site);
        }
        if settled {
            return None;
        }
        self.notes_calls = true;
        let mut sites = crate::state::jit().call_sites.borrow_mut();
        let number = sites.len() as u32;
        sites.push(Box::leak(Box::default()));
        known.insert(self.pc, number);
        Some(number)
    }

    /// The call of whatever is there.
    fn call_whatever(&mut self, call: &What) -> Res<V> {
        let cache = match self.call_site() {
            Some(number) => CacheId(CALL_SITE | number),
            None => NO_CACHE,
        };
        let callee = call.callee;
        let receiver = match call.receiver {
            Some(receiver) => receiver,
            None if call.names.is_none() => return self.op(|b| b.call(callee, &call.args, cache)),
            None => self.at().const_unbound(),
        };
        match call.names {
            None => self.op(|b| b.call_method(callee, receiver, &call.args, cache)),
            Some(names) => {
                let names = self.const_id(names);
                self.op(|b| b.call_kw(callee, receiver, &call.args, names, NO_CACHE))
            }
        }
    }

    /// `for … in range(…)` over ints: the loop's registers instead of an iterator.
    fn range_loop(&mut self, callee: V, args: &[V], instr: Instr) -> Res<Option<Reg>> {
        let pc = self.pc as usize;
        if self.known(callee) != Some(Range::class().as_value()) || self.gives_up() || args.is_empty() || args.len() > 3
        {
            return Ok(None);
        }
        let (Some(iter), Some(loop_)) = (self.code.instrs.get(pc + 1), self.code.instrs.get(pc + 2)) else {
            return Ok(None);
        };
        let fits = iter.op() == Op::GetIter
            && iter.b() == instr.a()
            && iter.has(flags::B_TAKE)
            && !self.leader[pc + 1]
            && loop_.op() == Op::ForIter
            && loop_.b() == iter.a();
        let end = loop_.target(self.pc + 2).unwrap_or(0);
        // The loop was come to with an iterator before.
        let other = self.targets.get(&(self.pc + 2));
        let other = other.is_some_and(|target| matches!(target.regs[loop_.b() as usize], Reg::Val(_)));
        if !fits
            || other
            || self.yields_between(self.pc + 2, end)
            || args.iter().any(|arg| !self.func.ty(*arg).could_be(Ty::INT))
        {
            return Ok(None);
        }
        let step = match args {
            [_, _, step] => match self.func.ty(*step).int_value() {
                Some(step) if step != 0 && step.unsigned_abs() < 1 << 40 => step,
                _ => return Ok(None),
            },
            _ => 1,
        };
        let mut number = |v: V| {
            let v = if self.func.ty(v).is_subtype(Ty::INT) {
                v
            } else {
                self.guard(|b| b.guard_type(v, Ty::INT))
            };
            self.at().untag_int(v)
        };
        let (next, stop) = match args {
            [stop] => (None, number(*stop)),
            [start, stop, ..] => (Some(number(*start)), number(*stop)),
            [] => return Ok(None),
        };
        let next = match next {
            Some(next) => next,
            None => self.at().const_i64(0),
        };
        Ok(Some(Reg::Range { next, stop, step }))
    }

    /// The call of an object that is known, where it can be done better than by asking it. The last arguments have the names. Where it is done,
    /// the instruction has taken its operands out of the registers.
    pub(super) fn call_known(
        &mut self,
        value: Value,
        callee: V,
        args: &[V],
        names: &[Value],
        instr: Instr,
    ) -> Res<Option<V>> {
        if !self.may_rely() {
            return Ok(None);
        }
        if value.is_exact::<PyFunction>() {
            let Some(plan) = Plan::of(value, args.len(), names) else {
                return Ok(None);
            };
            self.rely_on(value, &plan);
            self.commit(instr);
            return self.call_matched(callee, args, &plan).map(Some);
        }
        if let Some(class) = value.cast::<kiln_object::Type>() {
            return if class.is_heap_type() {
                self.instantiate(value, class, args, names, instr)
            } else {
                self.make_native(value, class, args, names)
            };
        }
        if !names.is_empty() {
            return Ok(None);
        }
        self.call_builtin(value, args)
    }

    /// Asks before the call whether the function is still what the plan was made for.
    fn rely_on(&mut self, function: Value, plan: &Plan) {
        self.watches.functions.push(function);
        self.watches.dicts.extend(plan.watched.iter().copied());
        self.check_valid();
    }

    /// Calls code with its parameters filled; the instruction's operands are out of the registers.
    fn call_matched(&mut self, callee: V, args: &[V], plan: &Plan) -> Res<V> {
        let mut all = vec![callee];
        for given in &plan.params {
            let v = match given {
                Given::Argument(i) => args[*i],
                Given::Constant(value) => self.constant(*value),
                Given::Rest(range) => self.op(|b| b.build_tuple(&args[range.clone()]))?,
                Given::NoKeywords => self.op(|b| b.build_dict(&[]))?,
            };
            all.push(v);
        }
        let (code, owned) = (plan.code, plan.owned);
        self.op(|b| b.call_direct(&all, code, owned))
    }

    /// Calls the `__new__` of a built-in class, which nobody can change.
    fn make_native(&mut self, value: Value, class: &kiln_object::Type, args: &[V], names: &[Value]) -> Res<Option<V>> {
        let new = class.special(Special::New).filter(|new| {
            names.is_empty()
                && class.making() == Making::New
                && crate::runtime::native_entry(*new, args.len() + 1).is_some()
        });
        let Some(new) = new else { return Ok(None) };
        let mut all = vec![self.constant(value)];
        all.extend_from_slice(args);
        let function = self.const_id(new);
        self.op(|b| b.call_native(&all, function)).map(Some)
    }

    fn instantiate(
        &mut self,
        value: Value,
        class: &kiln_object::Type,
        args: &[V],
        names: &[Value],
        instr: Instr,
    ) -> Res<Option<V>> {
        let object = kiln_object::types::object_type();
        let plain = std::ptr::eq(class.header.class(), kiln_object::types::type_type())
            && class.special(Special::New) == object.special(Special::New)
            && !class.has(tf::ABSTRACT | tf::NO_NEW)
            && std::ptr::eq(class.layout(), object.layout());
        let Some(init) = class.special(Special::Init).filter(|_| plain) else {
            return Ok(None);
        };
        let default = Some(init) == object.special(Special::Init);
        let plan = if default {
            None
        } else {
            Plan::of(init, args.len() + 1, names)
        };
        if default && !args.is_empty() || !default && plan.is_none() {
            return Ok(None);
        }
        self.watches.classes.push(value);
        // The shape does not keep the class alive; the code does.
        self.held.push(value.to_object());
        match &plan {
            Some(plan) => self.rely_on(init, plan),
            None => self.check_valid(),
        }
        self.commit(instr);
        let shape = ShapeId(class.root_shape().0);
        let o = self.op(|b| b.new_instance(shape, 0, Ty::INSTANCE))?;
        let Some(plan) = plan else {
            return Ok(Some(o));
        };
        let callee = self.constant(init);
        let mut all = vec![o];
        all.extend_from_slice(args);
        self.made = Some(o);
        self.snaps.1 = None;
        let result = self.call_matched(callee, &all, &plan);
        self.made = None;
        self.snaps.1 = None;
        let result = result?;
        let (wrong, right) = (self.func.add_block(), self.func.add_block());
        self.func.blocks[wrong.index()].cold = true;
        let none = self.at().const_none();
        let is = self.at().is(result, none);
        self.at().branch(is, (right, &[]), (wrong, &[]));
        self.block = wrong;
        self.intrinsic_int(Intrinsic::CheckInit, 0, &[result])?;
        self.at().jump((right, &[]));
        self.block = right;
        Ok(Some(o))
    }

    fn call_builtin(&mut self, value: Value, args: &[V]) -> Res<Option<V>> {
        let Some(native) = as_native(&value) else {
            return Ok(None);
        };
        let builtin = self
            .unit
            .builtins
            .exact::<kiln_object::dict::Dict>()
            .and_then(|d| d.get_str(native.def.name))
            .is_some_and(|v| v.value() == value);
        let method = value.header().shape().0 == known::METHOD_DESCRIPTOR;
        match (native.def.name, args) {
            ("len", [v]) if builtin => {
                let ty = self.func.ty(*v);
                let n = if ty.is_subtype(Ty::LIST) {
                    self.at().list_len(*v)
                } else if ty.is_subtype(Ty::TUPLE) {
                    self.at().tuple_len(*v)
                } else if ty.is_subtype(Ty::STR) {
                    self.at().str_len(*v)
                } else if ty.is_subtype(Ty::DICT) {
                    self.at().dict_len(*v)
                } else {
                    let function = self.const_id(value);
                    return self.op(|b| b.call_native(args, function)).map(Some);
                };
                Ok(Some(self.at().tag_int_fits(n)))
            }
            ("append", [list, item]) if method && self.func.ty(*list).is_subtype(Ty::LIST) => {
                self.op(|b| b.list_append(*list, *item))?;
                Ok(Some(self.at().const_none()))
            }
            ("pop", [list]) if method && self.func.ty(*list).is_subtype(Ty::LIST) => {
                self.op(|b| b.list_pop(*list)).map(Some)
            }
            // A `__new__` that is called by that name has to look at the class.
            _ if native.def.kind != NativeKind::StaticMethod
                && crate::runtime::native_entry(value, args.len()).is_some() =>
            {
                let function = self.const_id(value);
                self.op(|b| b.call_native(args, function)).map(Some)
            }
            _ => Ok(None),
        }
    }
}
