//! Instructions that are neither arithmetic nor calls, attributes or loops.

use super::*;
use crate::intrinsics::Intrinsic;
use kiln_bytecode::flags;
use kiln_hir::{CacheId, CompareKind};

/// No inline cache.
pub const NO_CACHE: CacheId = CacheId(u32::MAX);

impl Build<'_> {
    /// Translates one instruction; the next one, unless the block has ended.
    pub(super) fn instr(&mut self, instr: Instr) -> Res<u32> {
        let next = self.pc + 1;
        let op = instr.op();
        let (a, b, c) = (instr.a(), instr.b(), instr.c());
        match op {
            Op::Nop => {}
            Op::Move => {
                let v = self.use_of(instr, b'b').or_else(|_| self.reg(b))?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::LoadConst => {
                let value = self.object.constant(instr.bc());
                let v = self.constant(value);
                self.set(a, v);
            }
            Op::Drop => self.regs[a as usize] = Reg::Dead,
            Op::Unbind => {
                let v = self.at().const_unbound();
                self.set(a, v);
            }
            Op::CheckBound => {
                let v = self.reg(a)?;
                if self.func.ty(v).could_be(Ty::UNBOUND) {
                    let name = self.name_const(instr.bc());
                    let v = self.op(|b| b.check_bound(v, name, 0))?;
                    self.set(a, v);
                }
            }
            Op::MakeCell => {
                let content = match self.regs[a as usize] {
                    Reg::Val(v) if !instr.has(flags::EMPTY) => v,
                    _ => self.at().const_unbound(),
                };
                let cell = self.op(|b| b.make_cell(content))?;
                self.set(a, cell);
            }
            Op::CopyFreeVars => {
                let callable = self.callable;
                let offset = kiln_object::function::Function::CLOSURE_OFFSET as u32;
                let closure = self.at().load_slot(callable, offset, Ty::TUPLE);
                for i in 0..b {
                    let cell = self.at().tuple_item(closure, i as u32);
                    let cell = self.at().refine(cell, Ty::CELL);
                    self.set(a + i, cell);
                }
            }
            Op::LoadDeref => {
                let cell = self.cell(b)?;
                let v = self.at().cell_load(cell);
                let v = self.check_cell(v, b)?;
                self.set(a, v);
            }
            Op::StoreDeref => {
                let v = self.use_of(instr, b'b')?;
                let cell = self.cell(a)?;
                self.consume(instr);
                self.at().cell_swap(cell, v);
            }
            Op::DeleteDeref => {
                let cell = self.cell(a)?;
                let v = self.at().cell_load(cell);
                self.check_cell(v, a)?;
                let unbound = self.at().const_unbound();
                self.at().cell_swap(cell, unbound);
            }
            Op::LoadGlobal => return self.load_global(instr),
            Op::LoadAttr => return self.load_attr(instr),
            Op::StoreAttr => return self.store_attr(instr),
            Op::LoadMethod => return self.load_method(instr),
            Op::LoadSuperAttr => return self.load_super(instr),
            Op::LoadSubscr => return self.load_subscr(instr),
            Op::StoreSubscr => return self.store_subscr(instr),
            Op::DeleteSubscr => {
                let (o, i) = (self.use_of(instr, b'a')?, self.use_of(instr, b'b')?);
                self.op(|b| b.delete_item(o, i))?;
                self.consume(instr);
            }
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Truediv
            | Op::Floordiv
            | Op::Mod
            | Op::Pow
            | Op::Matmul
            | Op::Lshift
            | Op::Rshift
            | Op::And
            | Op::Or
            | Op::Xor => return self.binary(instr),
            Op::AddInt | Op::MulInt | Op::FloordivInt | Op::ModInt | Op::AndInt | Op::LshiftInt | Op::RshiftInt => {
                return self.binary_int(instr);
            }
            Op::Neg | Op::Pos | Op::Invert => return self.unary(instr),
            Op::Not | Op::ToBool => {
                let v = self.use_of(instr, b'b')?;
                let truth = self.truth(v)?;
                let truth = if op == Op::Not {
                    self.at().bool_not(truth)
                } else {
                    truth
                };
                let v = self.at().bool_to_object(truth);
                self.consume(instr);
                self.set(a, v);
            }
            Op::Lt | Op::Le | Op::Eq | Op::Ne | Op::Gt | Op::Ge => return self.compare(instr),
            Op::Is => {
                let truth = self.identity(instr)?;
                let v = self.at().bool_to_object(truth);
                self.consume(instr);
                self.set(a, v);
            }
            Op::In => {
                let truth = self.membership(instr)?;
                let v = self.at().bool_to_object(truth);
                self.consume(instr);
                self.set(a, v);
            }
            Op::Jump | Op::JumpBack => {
                let target = instr.target(self.pc).unwrap_or(next);
                self.goto(target)?;
            }
            Op::JumpIfTrue | Op::JumpIfFalse => {
                let v = self.use_of(instr, b'a')?;
                let truth = self.truth(v)?;
                return self.jump_after(instr, truth, op == Op::JumpIfTrue);
            }
            Op::JumpIfNone | Op::JumpIfNotNone => {
                let v = self.use_of(instr, b'a')?;
                let none = self.at().const_none();
                let is = self.at().is(v, none);
                return self.jump_after(instr, is, op == Op::JumpIfNone);
            }
            Op::JumpIfIs => {
                let truth = self.identity(instr)?;
                return self.jump_after(instr, truth, true);
            }
            Op::JumpIfIn => {
                let truth = self.membership(instr)?;
                return self.jump_after(instr, truth, true);
            }
            Op::JumpIfLt | Op::JumpIfLe | Op::JumpIfEq | Op::JumpIfNe | Op::JumpIfGt | Op::JumpIfGe => {
                let kind = CompareKind::ALL[op as usize - Op::JumpIfLt as usize];
                let (x, y) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
                let truth = self.compare_values(kind, x, y)?;
                return self.jump_after(instr, truth, !instr.has(flags::NEGATE));
            }
            Op::JumpIfLtInt
            | Op::JumpIfLeInt
            | Op::JumpIfEqInt
            | Op::JumpIfNeInt
            | Op::JumpIfGtInt
            | Op::JumpIfGeInt => {
                let kind = CompareKind::ALL[op as usize - Op::JumpIfLtInt as usize];
                let x = self.object_in(b)?;
                let y = self.at().const_int(c as i16 as i64);
                let truth = self.compare_values(kind, x, y)?;
                return self.jump_after(instr, truth, !instr.has(flags::NEGATE));
            }
            Op::GetIter => {
                let v = self.use_of(instr, b'b')?;
                let it = match self.items_loop(v, instr) {
                    Some(items) => items,
                    None => Reg::Val(self.op(|b| b.get_iter(v, NO_CACHE))?),
                };
                self.consume(instr);
                self.regs[a as usize] = it;
            }
            Op::ForIter => return self.for_iter(instr),
            Op::UnpackSequence => return self.unpack(instr),
            Op::UnpackEx => {
                let v = self.use_of(instr, b'b')?;
                let (before, after) = ((c & 0xff) as u32, (c >> 8) as u32);
                let tuple = self.op(|b| b.unpack_star(v, before, after))?;
                self.consume(instr);
                for i in 0..before + 1 + after {
                    let item = self.at().tuple_item(tuple, i);
                    self.set(a + i as u16, item);
                }
            }
            Op::BuildList | Op::BuildTuple | Op::BuildSet | Op::BuildString => {
                let items = self.range(b, c)?;
                let v = self.op(|x| match op {
                    Op::BuildList => x.build_list(&items),
                    Op::BuildTuple => x.build_tuple(&items),
                    Op::BuildSet => x.build_set(&items),
                    _ => x.build_string(&items),
                })?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::BuildMap => {
                if c == 0
                    && let Some(merge) = self.only_spread(instr)
                {
                    let (from, callee) = (self.use_of(merge, b'b')?, self.object_in(merge.c())?);
                    let dict = self.intrinsic(Intrinsic::Keywords, 0, &[from, callee])?;
                    self.consume(merge);
                    self.set(a, dict);
                    return Ok(self.pc + 2);
                }
                let items = self.range(b, 2 * c)?;
                let v = self.op(|x| x.build_dict(&items))?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::BuildSlice => {
                let items = self.range(b, 3)?;
                if let Some(subscript) = self.subscript_of_slice(instr) {
                    let o = self.use_of(subscript, b'b')?;
                    self.consume(instr);
                    // The subscript is executed here, in its own place: no slice is made.
                    self.begin(self.pc + 1);
                    let v = self.intrinsic(Intrinsic::GetStepped, 0, &[o, items[0], items[1], items[2]])?;
                    self.consume(subscript);
                    self.set(subscript.a(), v);
                    return Ok(self.pc + 1);
                }
                let v = self.op(|x| x.build_slice(items[0], items[1], items[2]))?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::ListAppend => {
                let list = self.object_in(a)?;
                let list = self.at().refine(list, Ty::LIST);
                let v = self.use_of(instr, b'b')?;
                self.op(|x| x.list_append(list, v))?;
                self.consume(instr);
            }
            Op::LoadSlice => {
                let o = self.use_of(instr, b'b')?;
                let bounds = self.range(c, 2)?;
                let v = self.intrinsic(Intrinsic::GetSlice, 0, &[o, bounds[0], bounds[1]])?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::StoreSlice => {
                let (o, v) = (self.use_of(instr, b'a')?, self.use_of(instr, b'c')?);
                let bounds = self.range(b, 2)?;
                self.intrinsic_int(Intrinsic::SetSlice, 0, &[o, bounds[0], bounds[1], v])?;
                self.consume(instr);
            }
            Op::SetAdd => {
                let set = self.object_in(a)?;
                let v = self.use_of(instr, b'b')?;
                self.intrinsic_int(Intrinsic::SetAdd, 0, &[set, v])?;
                self.consume(instr);
            }
            Op::MapAdd => {
                let map = self.object_in(a)?;
                let (k, v) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
                self.intrinsic_int(Intrinsic::MapAdd, 0, &[map, k, v])?;
                self.consume(instr);
            }
            Op::FormatSimple => {
                let v = self.use_of(instr, b'b')?;
                let v = self.op(|x| x.format_simple(v))?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::FormatWithSpec => {
                let (v, spec) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
                let v = self.op(|x| x.format(v, spec))?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::Call | Op::CallMethod | Op::CallKw | Op::CallEx => return self.call(instr),
            Op::Return => {
                if self.object.is_generator() {
                    self.return_from_generator(instr)?;
                } else {
                    let v = self.use_of(instr, b'a')?;
                    if !self.code.handlers.is_empty() {
                        self.guard(|b| b.end_frame());
                    }
                    self.at().return_value(v);
                    self.ended = true;
                }
            }
            Op::Raise | Op::RaiseFrom => {
                let v = self.use_of(instr, b'a')?;
                let cause = match op {
                    Op::RaiseFrom => self.use_of(instr, b'b')?,
                    _ => self.at().const_unbound(),
                };
                self.op(|x| x.raise(v, cause))?;
                self.never();
            }
            Op::RaiseHandled => {
                self.exec_raise(&[])?;
            }
            Op::Reraise => {
                let v = self.object_in(a)?;
                self.op(|x| x.reraise(v))?;
                self.never();
            }
            Op::PushExc if self.object.is_generator() => {
                let (e, generator) = (self.object_in(b)?, self.callable);
                let previous = self.op(|x| x.intrinsic_slot(&[generator, e], Intrinsic::PushHandled as u32, 0))?;
                self.set(a, previous);
            }
            Op::PopExc if self.object.is_generator() => {
                let (previous, generator) = (self.reg(a)?, self.callable);
                self.intrinsic_int(Intrinsic::PopHandled, 0, &[generator, previous])?;
                self.regs[a as usize] = Reg::Dead;
            }
            Op::PushExc => {
                let e = self.object_in(b)?;
                let previous = self.at().push_handled(e);
                self.set(a, previous);
            }
            Op::PopExc => {
                let previous = self.object_in(a)?;
                self.at().pop_handled(previous);
                self.regs[a as usize] = Reg::Dead;
            }
            Op::CheckExcMatch => {
                let (e, class) = (self.object_in(b)?, self.use_of(instr, b'c')?);
                let matched = self.op(|x| x.match_exception(e, class))?;
                let truth = self.at().int_is_true(matched);
                let v = self.at().bool_to_object(truth);
                self.consume(instr);
                self.set(a, v);
            }
            Op::WithExceptStart => {
                let e = self.object_in(c)?;
                let (exit, receiver) = (self.reg(b)?, self.reg(b + 4)?);
                let class = self.intrinsic(Intrinsic::ClassOf, 0, &[e])?;
                let traceback = self.intrinsic(Intrinsic::TracebackOf, 0, &[e])?;
                self.consume(instr);
                self.set(a, exit);
                self.set(a + 4, receiver);
                self.set(a + 5, class);
                self.set(a + 6, e);
                self.set(a + 7, traceback);
            }
            Op::LoadSpecial => {
                let o = self.use_of(instr, b'b')?;
                let f = self.op(|x| x.load_special(o, c as u32))?;
                let receiver = self.at().second_result();
                self.consume(instr);
                self.set(a, f);
                self.set(a + 4, receiver);
            }
            Op::ArgsToTuple => {
                let (v, callee) = (self.use_of(instr, b'b')?, self.object_in(c)?);
                let tuple = self.intrinsic(Intrinsic::StarArgs, 0, &[v, callee])?;
                self.consume(instr);
                self.set(a, tuple);
            }
            Op::DictMerge => {
                let (dict, callee) = (self.object_in(a)?, self.object_in(c)?);
                let items = self.use_of(instr, b'b')?;
                self.op(|x| x.dict_merge(dict, items, callee))?;
                self.consume(instr);
            }
            Op::MakeFunction => {
                let callable = self.callable;
                let v = self.intrinsic(Intrinsic::MakeFunction, instr.bc(), &[callable])?;
                self.set(a, v);
            }
            Op::GetYieldFromIter => {
                let (callable, v) = (self.callable, self.use_of(instr, b'b')?);
                let it = if self.func.ty(v).is_subtype(Ty::GENERATOR) {
                    v
                } else {
                    self.intrinsic(Intrinsic::YieldFromIter, 0, &[callable, v])?
                };
                self.consume(instr);
                self.set(a, it);
            }
            Op::MakeGenerator => {
                let callable = self.callable;
                let (first, closure) = (self.object_in(a)?, self.use_of(instr, b'b')?);
                let v = self.intrinsic(Intrinsic::MakeGenerator, c as u32, &[callable, first, closure])?;
                self.consume(instr);
                self.set(a, v);
            }
            Op::SetFunctionAttr => {
                let (function, v) = (self.object_in(a)?, self.use_of(instr, b'b')?);
                self.intrinsic_int(Intrinsic::SetFunctionAttr, c as u32, &[function, v])?;
                self.consume(instr);
            }
            Op::LoadCommon => {
                let v = self.exec(instr)?;
                self.set(a, v);
            }
            Op::YieldValue => self.yield_value(instr)?,
            Op::Send => return self.send(instr),
            Op::GetAwaitable => {
                let v = self.use_of(instr, b'b')?;
                let it = self.intrinsic(Intrinsic::GetAwaitable, c as u32, &[v])?;
                self.consume(instr);
                self.set(a, it);
            }
            Op::GetAnext => {
                let v = self.object_in(b)?;
                let it = self.intrinsic(Intrinsic::GetAnext, 0, &[v])?;
                self.set(a, it);
            }
            Op::ReturnGenerator => return bail("a generator's first instruction in the middle of it"),
            Op::StoreGlobal => {
                let v = self.use_of(instr, b'a')?;
                let function = self.callable;
                self.intrinsic_int(Intrinsic::StoreGlobal, c as u32, &[function, v])?;
                self.consume(instr);
            }
            _ => return self.exec_any(instr),
        }
        Ok(next)
    }

    /// After what never returns anything but an exception.
    fn never(&mut self) {
        if !self.ended {
            self.at().unreachable();
            self.ended = true;
        }
    }

    pub(super) fn name_const(&mut self, index: u32) -> kiln_hir::NameId {
        let text = self.code.consts[index as usize].as_str().unwrap_or("?").to_owned();
        self.func.intern(&text)
    }

    /// The name of a cache, and the process's number for the cache.
    pub(super) fn cache_name(&mut self, cache: u16) -> (kiln_hir::NameId, CacheId) {
        let index = self.code.caches[cache as usize].name;
        (self.name_const(index), self.cache_id(cache))
    }

    pub(super) fn cache_id(&self, cache: u16) -> CacheId {
        if self.unit.id >= 0x7fff {
            return NO_CACHE;
        }
        CacheId(self.unit.id << 16 | cache as u32)
    }

    pub(super) fn range(&mut self, first: u16, count: u16) -> Res<Vec<V>> {
        (first..first + count).map(|reg| self.object_in(reg)).collect()
    }

    fn cell(&mut self, reg: u16) -> Res<V> {
        let v = self.reg(reg)?;
        if self.func.ty(v).is_subtype(Ty::CELL) {
            return Ok(v);
        }
        Ok(self.at().refine(v, Ty::CELL))
    }

    fn check_cell(&mut self, v: V, reg: u16) -> Res<V> {
        let name = self.code.register_name(reg).unwrap_or("?").to_owned();
        let name = self.func.intern(&name);
        let kind = u32::from(self.code.is_free(reg));
        self.op(|b| b.check_bound(v, name, kind))
    }

    fn jump_after(&mut self, instr: Instr, truth: V, when: bool) -> Res<u32> {
        self.consume(instr);
        let target = instr.target(self.pc).unwrap_or(self.pc + 1);
        self.jump_when(truth, when, target)
    }

    fn identity(&mut self, instr: Instr) -> Res<V> {
        let (x, y) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
        let is = self.at().is(x, y);
        Ok(if instr.has(flags::NEGATE) {
            self.at().bool_not(is)
        } else {
            is
        })
    }

    fn membership(&mut self, instr: Instr) -> Res<V> {
        let (item, container) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
        let found = self.op(|b| b.contains(container, item, NO_CACHE))?;
        let truth = self.at().int_is_true(found);
        Ok(if instr.has(flags::NEGATE) {
            self.at().bool_not(truth)
        } else {
            truth
        })
    }

    /// The truth of a value.
    pub(super) fn truth(&mut self, v: V) -> Res<V> {
        let ty = self.func.ty(v);
        if ty.is_subtype(Ty::PY_BOOL) {
            let t = self.at().const_pybool(true);
            return Ok(self.at().is(v, t));
        }
        if ty.is_subtype(Ty::INT) {
            return Ok(self.at().int_is_true(v));
        }
        if ty.is_subtype(Ty::NONE) {
            return Ok(self.at().const_bool(false));
        }
        // The words that tell by themselves, then whatever else there is.
        let (join, slow, other) = (self.func.add_block(), self.func.add_block(), self.func.add_block());
        self.func.blocks[slow.index()].cold = true;
        let result = self.func.add_param(join, Ty::BOOL);
        let t = self.at().const_pybool(true);
        let is_true = self.at().is(v, t);
        let yes = self.at().const_bool(true);
        self.at().branch(is_true, (join, &[yes]), (other, &[]));
        self.block = other;
        let f = self.at().const_pybool(false);
        let is_false = self.at().is(v, f);
        let no = self.at().const_bool(false);
        self.at().branch(is_false, (join, &[no]), (slow, &[]));
        self.block = slow;
        let found = self.op(|b| b.truth(v, NO_CACHE))?;
        let truth = self.at().int_is_true(found);
        self.at().jump((join, &[truth]));
        self.block = join;
        Ok(result)
    }

    // ---- Runtime ----

    /// The next instruction, if it merges a mapping into the empty dict being made, as the keyword arguments of the call that follows.
    fn only_spread(&self, instr: Instr) -> Option<Instr> {
        let next = self.pc as usize + 1;
        let (merge, call) = (*self.code.instrs.get(next)?, *self.code.instrs.get(next + 1)?);
        let fits = merge.op() == Op::DictMerge
            && merge.a() == instr.a()
            && call.op() == Op::CallEx
            && !self.leader[next]
            && !self.leader[next + 1]
            && self.code.handler_at(self.pc) == self.code.handler_at(next as u32);
        fits.then_some(merge)
    }

    pub(super) fn intrinsic(&mut self, kind: Intrinsic, extra: u32, args: &[V]) -> Res<V> {
        self.op(|b| b.intrinsic(args, kind as u32, extra))
    }

    pub(super) fn intrinsic_int(&mut self, kind: Intrinsic, extra: u32, args: &[V]) -> Res<V> {
        self.op(|b| b.intrinsic_int(args, kind as u32, extra))
    }

    /// The operands of an instruction that the interpreter executes: its function, then what it reads, in order.
    pub(super) fn exec_operands(&mut self, instr: Instr) -> Res<Vec<V>> {
        let mut regs = Vec::new();
        instr.operands(|operand| match operand {
            Operand::Use { reg, .. } => regs.push(reg),
            Operand::UseRange { first, count } => regs.extend(first..first + count),
            _ => {}
        });
        let mut args = vec![self.callable];
        if self.code.has_namespace() {
            args.push(self.reg(0)?);
        }
        for reg in regs {
            args.push(self.reg(reg)?);
        }
        Ok(args)
    }

    /// Has the interpreter execute the instruction, which has one result.
    pub(super) fn exec(&mut self, instr: Instr) -> Res<V> {
        let args = self.exec_operands(instr)?;
        let pc = self.pc;
        self.intrinsic(Intrinsic::Exec, pc, &args)
    }

    fn exec_raise(&mut self, _: &[V]) -> Res {
        let args = [self.callable];
        let pc = self.pc;
        self.intrinsic_int(Intrinsic::Exec, pc, &args)?;
        self.never();
        Ok(())
    }

    /// Has the interpreter execute the instruction, whatever it is.
    pub(super) fn exec_any(&mut self, instr: Instr) -> Res<u32> {
        let mut defs = Vec::new();
        instr.operands(|operand| match operand {
            Operand::Def(reg) => defs.push(reg),
            Operand::DefRange { first, count } => defs.extend(first..first + count),
            _ => {}
        });
        let args = self.exec_operands(instr)?;
        let pc = self.pc;
        match defs[..] {
            [] => {
                self.intrinsic_int(Intrinsic::Exec, pc, &args)?;
                self.consume(instr);
            }
            [reg] => {
                let v = self.intrinsic(Intrinsic::Exec, pc, &args)?;
                self.consume(instr);
                self.set(reg, v);
            }
            [first, second] => {
                let v = self.intrinsic(Intrinsic::Exec, pc, &args)?;
                let other = self.at().second_result();
                self.consume(instr);
                self.set(first, v);
                self.set(second, other);
            }
            _ => return bail(format!("{} has too many results", instr.op().name())),
        }
        Ok(self.pc + 1)
    }
}
