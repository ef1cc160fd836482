//! Calls: of functions, classes and builtins that are known, and of whatever else there is.

use super::ops::NO_CACHE;
use super::*;
use crate::intrinsics::Intrinsic;
use kiln_bytecode::{co, flags};
use kiln_hir::ShapeId;
use kiln_object::Special;
use kiln_object::dict::Dict;
use kiln_object::function::Function as PyFunction;
use kiln_object::native::as_native;
use kiln_object::range::Range;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::flags as tf;

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

impl Build<'_> {
    pub(super) fn call(&mut self, instr: Instr) -> Res<u32> {
        let (a, n) = (instr.a(), instr.b());
        let callee = self.object_in(a)?;
        let next = self.pc + 1;
        let result = match instr.op() {
            Op::Call => {
                let args = self.range(a + 4, n)?;
                if let Some(range) = self.range_loop(callee, &args, instr)? {
                    // The iterator of a range: `get_iter` is done.
                    let iter = self.code.instrs[next as usize];
                    self.consume(instr);
                    self.regs[iter.a() as usize] = range;
                    return Ok(next + 1);
                }
                match self.specialised(callee, &args, &[], instr)? {
                    Some(v) => v,
                    None => self.op(|b| b.call(callee, &args, NO_CACHE))?,
                }
            }
            Op::CallMethod => {
                let receiver = self.reg(a + 4)?;
                let mut args = self.range(a + 5, n)?;
                let ty = self.func.ty(receiver);
                let mut direct = None;
                if ty.is_subtype(Ty::UNBOUND) {
                    direct = self.specialised(callee, &args, &[], instr)?;
                } else if !ty.could_be(Ty::UNBOUND) {
                    args.insert(0, receiver);
                    direct = self.specialised(callee, &args, &[], instr)?;
                    args.remove(0);
                }
                match direct {
                    Some(v) => v,
                    None => self.op(|b| b.call_method(callee, receiver, &args, NO_CACHE))?,
                }
            }
            Op::CallKw => {
                let names = self.code.caches[instr.c() as usize].name;
                let tuple = self.object.constant(names);
                let (receiver, mut args) = if instr.has(flags::METHOD) {
                    (self.reg(a + 4)?, self.range(a + 5, n)?)
                } else {
                    (self.at().const_unbound(), self.range(a + 4, n)?)
                };
                let words = tuple.expect::<Tuple>().items().to_vec();
                let ty = self.func.ty(receiver);
                let direct = if ty.is_subtype(Ty::UNBOUND) {
                    self.specialised(callee, &args, &words, instr)?
                } else if !ty.could_be(Ty::UNBOUND) {
                    args.insert(0, receiver);
                    let direct = self.specialised(callee, &args, &words, instr)?;
                    args.remove(0);
                    direct
                } else {
                    None
                };
                match direct {
                    Some(v) => v,
                    None => {
                        let names = self.const_id(tuple);
                        self.op(|b| b.call_kw(callee, receiver, &args, names, NO_CACHE))?
                    }
                }
            }
            _ => {
                let (args, kwargs) = (self.object_in(a + 4)?, self.reg(a + 5)?);
                self.op(|b| b.call_ex(callee, args, kwargs, NO_CACHE))?
            }
        };
        self.consume(instr);
        self.set(a, result);
        Ok(next)
    }

    fn specialised(&mut self, callee: V, args: &[V], names: &[Value], instr: Instr) -> Res<Option<V>> {
        match self.known(callee) {
            Some(value) => self.call_known(value, callee, args, names, instr),
            None => Ok(None),
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
        if !fits || args.iter().any(|arg| !self.func.ty(*arg).could_be(Ty::INT)) {
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
        if value.is_exact::<PyFunction>() {
            let Some(plan) = self.match_arguments(value, args.len(), names) else {
                return Ok(None);
            };
            self.rely_on(value, &plan);
            self.commit(instr);
            return self.call_matched(callee, args, &plan).map(Some);
        }
        if let Some(class) = value.cast::<kiln_object::Type>() {
            return self.instantiate(value, class, args, names, instr);
        }
        if !names.is_empty() {
            return Ok(None);
        }
        self.call_builtin(value, args)
    }

    /// How arguments become the parameters of a function, if they fit and it has an entry that calls go to.
    fn match_arguments(&self, function: Value, given: usize, names: &[Value]) -> Option<Plan> {
        let f = function.exact::<PyFunction>()?;
        let object = f.code.value();
        let object = object.expect::<CodeObject>();
        let code: &Code = &object.code;
        if object.is_generator() {
            return None;
        }
        let unit = crate::state::unit_of(function)?;
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
        let defaults: Vec<Value> = f
            .defaults
            .peek()
            .map_or(Vec::new(), |d| d.expect::<Tuple>().items().to_vec());
        for (i, param) in params.iter_mut().enumerate().filter(|entry| entry.1.is_none()) {
            let value = if i < positional {
                *defaults.get((i + defaults.len()).checked_sub(positional)?)?
            } else {
                // A dict that can be changed in place.
                let dict = f.kwdefaults.peek()?;
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
        (params.len() == object.param_count.get() as usize).then(|| Plan {
            code: CodeId(unit.id),
            owned: unit.owned,
            params,
            watched,
        })
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
            && std::ptr::eq(class.layout(), object.layout())
            && class.is_heap_type();
        let Some(init) = class.special(Special::Init).filter(|_| plain) else {
            return Ok(None);
        };
        let default = Some(init) == object.special(Special::Init);
        let plan = if default {
            None
        } else {
            self.match_arguments(init, args.len() + 1, names)
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
                    return Ok(None);
                };
                Ok(Some(self.at().tag_int_fits(n)))
            }
            ("append", [list, item]) if method && self.func.ty(*list).is_subtype(Ty::LIST) => {
                self.op(|b| b.list_append(*list, *item))?;
                Ok(Some(self.at().const_none()))
            }
            _ => Ok(None),
        }
    }
}
