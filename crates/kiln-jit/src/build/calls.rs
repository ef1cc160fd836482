//! Calls: of functions, classes and builtins that are known, and of whatever else there is.

use super::ops::NO_CACHE;
use super::*;
use crate::intrinsics::Intrinsic;
use kiln_bytecode::flags;
use kiln_hir::ShapeId;
use kiln_object::Special;
use kiln_object::function::Function as PyFunction;
use kiln_object::native::as_native;
use kiln_object::range::Range;
use kiln_object::tuple::Tuple;
use kiln_object::types::flags as tf;

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
                match self.specialised(callee, &args)? {
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
                    direct = self.specialised(callee, &args)?;
                } else if !ty.could_be(Ty::UNBOUND) {
                    args.insert(0, receiver);
                    direct = self.specialised(callee, &args)?;
                    args.remove(0);
                }
                match direct {
                    Some(v) => v,
                    None => self.op(|b| b.call_method(callee, receiver, &args, NO_CACHE))?,
                }
            }
            Op::CallKw => {
                let names = self.code.caches[instr.c() as usize].name;
                let names = self.object.constant(names);
                let names = self.const_id(names);
                let (receiver, args) = if instr.has(flags::METHOD) {
                    (self.reg(a + 4)?, self.range(a + 5, n)?)
                } else {
                    (self.at().const_unbound(), self.range(a + 4, n)?)
                };
                self.op(|b| b.call_kw(callee, receiver, &args, names, NO_CACHE))?
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

    fn specialised(&mut self, callee: V, args: &[V]) -> Res<Option<V>> {
        match self.known(callee) {
            Some(value) => self.call_known(value, callee, args),
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

    /// The call of an object that is known, where it can be done better than by asking it.
    pub(super) fn call_known(&mut self, value: Value, callee: V, args: &[V]) -> Res<Option<V>> {
        if let Some(f) = value.exact::<PyFunction>() {
            return self.call_function(value, f, callee, args);
        }
        if let Some(class) = value.cast::<kiln_object::Type>() {
            return self.instantiate(value, class, args);
        }
        self.call_builtin(value, args)
    }

    fn call_function(&mut self, value: Value, f: &PyFunction, callee: V, args: &[V]) -> Res<Option<V>> {
        let code = f.code.value();
        let code = code.expect::<CodeObject>();
        let wanted = code.fast_args.get();
        if wanted == u32::MAX || code.is_generator() || args.len() > wanted as usize {
            return Ok(None);
        }
        let Some(unit) = crate::state::unit_of(value) else {
            return Ok(None);
        };
        let mut all = vec![callee];
        all.extend_from_slice(args);
        let missing = wanted as usize - args.len();
        let defaults: Vec<Value> = match f.defaults.peek() {
            Some(d) => d.expect::<Tuple>().items().to_vec(),
            None => Vec::new(),
        };
        if missing > defaults.len() {
            return Ok(None);
        }
        self.watches.functions.push(value);
        self.check_valid();
        for value in &defaults[defaults.len() - missing..] {
            let v = self.constant(*value);
            all.push(v);
        }
        let (id, owned) = (CodeId(unit.id), unit.owned);
        self.op(|b| b.call_direct(&all, id, owned)).map(Some)
    }

    fn instantiate(&mut self, value: Value, class: &kiln_object::Type, args: &[V]) -> Res<Option<V>> {
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
        if default && !args.is_empty() || !default && !init.is_exact::<PyFunction>() {
            return Ok(None);
        }
        if !default {
            let f = init.expect::<PyFunction>();
            let code = f.code.value();
            let wanted = code.expect::<CodeObject>().fast_args.get() as usize;
            let defaults = f.defaults.peek().map_or(0, |d| d.expect::<Tuple>().len());
            let n = args.len() + 1;
            if wanted == u32::MAX as usize
                || n > wanted
                || wanted - n > defaults
                || code.expect::<CodeObject>().is_generator()
            {
                return Ok(None);
            }
            if crate::state::unit_of(init).is_none() {
                return Ok(None);
            }
        }
        self.watches.classes.push(value);
        self.check_valid();
        // The shape does not keep the class alive; the code does.
        self.held.push(value.to_object());
        let shape = ShapeId(class.root_shape().0);
        let o = self.op(|b| b.new_instance(shape, 0, Ty::INSTANCE))?;
        if default {
            return Ok(Some(o));
        }
        let callee = self.constant(init);
        let mut all = vec![o];
        all.extend_from_slice(args);
        let Some(result) = self.call_known(init, callee, &all)? else {
            return bail("a constructor that changed while it was looked at");
        };
        if !self.func.ty(result).is_subtype(Ty::NONE) {
            let (wrong, right) = (self.func.add_block(), self.func.add_block());
            self.func.blocks[wrong.index()].cold = true;
            let none = self.at().const_none();
            let is = self.at().is(result, none);
            self.at().branch(is, (right, &[]), (wrong, &[]));
            self.block = wrong;
            self.intrinsic_int(Intrinsic::CheckInit, 0, &[result])?;
            self.at().jump((right, &[]));
            self.block = right;
        }
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
