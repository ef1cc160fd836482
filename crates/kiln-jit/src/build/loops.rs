//! Iteration, unpacking and subscripts.

use super::ops::NO_CACHE;
use super::*;
use kiln_bytecode::flags;
use kiln_hir::{CompareKind, ShapeId};
use kiln_interp::fb;
use kiln_object::range::{ListIter, RangeIter, TupleIter};

/// Offsets of iterators' fields: behind the header, in the order of the structs.
const FIRST: u32 = std::mem::offset_of!(ListIter, list) as u32;
const INDEX: u32 = std::mem::offset_of!(ListIter, index) as u32;
const NEXT: u32 = std::mem::offset_of!(RangeIter, next) as u32;
const STEP: u32 = std::mem::offset_of!(RangeIter, step) as u32;
const LEFT: u32 = std::mem::offset_of!(RangeIter, left) as u32;

impl Build<'_> {
    /// Where the code is entered in the middle: iterators are taken apart.
    pub(super) fn take_iterators(&mut self, held: &[(u16, Held)]) {
        let mut taken = Vec::new();
        for &(reg, what) in held {
            let Reg::Val(it) = self.regs[reg as usize] else {
                continue;
            };
            let class = match what {
                Held::Range(step) if step.unsigned_abs() >= 1 << 40 => continue,
                Held::Range(_) => RangeIter::class(),
                Held::List => ListIter::class(),
                Held::Tuple => TupleIter::class(),
            };
            if self.yields_with(reg) {
                continue;
            }
            let shape = ShapeId(class.root_shape().0);
            // One reference, which is the register's: nobody sees the iterator any more.
            let alone = (shape.0 as i64) << 32 | 1;
            let it = self.bound(it);
            let it = self.guard(|b| b.guard_shape(it, shape, Ty::INSTANCE));
            self.guard_word(it, 0, alone);
            let parts = match what {
                Held::Range(step) => {
                    self.guard_word(it, STEP, step);
                    let (next, left) = (self.at().load_raw(it, NEXT), self.at().load_raw(it, LEFT));
                    let by = self.at().const_i64(step);
                    let way = self.guard(|b| b.i64_mul(left, by));
                    let stop = self.guard(|b| b.i64_add(next, way));
                    // Every item is an int of 63 bits.
                    let (low, high) = if step > 0 { (next, stop) } else { (stop, next) };
                    let least = self.at().const_i64(-1 << 62);
                    let fits = self.at().i64_compare(low, least, CompareKind::Ge);
                    self.guard(|b| b.guard_true(fits));
                    let most = self.at().const_i64((1 << 62) - 1);
                    let fits = self.at().i64_compare(high, most, CompareKind::Le);
                    self.guard(|b| b.guard_true(fits));
                    Reg::Range { next, stop, step }
                }
                Held::List | Held::Tuple => {
                    let list = matches!(what, Held::List);
                    let of = self.at().load_slot(it, FIRST, Ty::SLOT);
                    let of = self.guarded(of, if list { Ty::LIST } else { Ty::TUPLE });
                    let index = self.at().load_raw(it, INDEX);
                    Reg::Items { of, index, list }
                }
            };
            taken.push((reg, parts));
        }
        for (reg, parts) in taken {
            self.regs[reg as usize] = parts;
        }
        self.snaps = (None, None);
    }

    /// Leaves unless the machine word at that offset is as expected.
    fn guard_word(&mut self, object: V, offset: u32, expected: i64) {
        let found = self.at().load_raw(object, offset);
        let expected = self.at().const_i64(expected);
        let same = self.at().i64_compare(found, expected, CompareKind::Eq);
        self.guard(|b| b.guard_true(same));
    }

    /// `for … in` a list or tuple: the loop's registers instead of an iterator.
    pub(super) fn items_loop(&mut self, v: V, instr: Instr) -> Option<Reg> {
        let pc = self.pc as usize;
        let loop_ = *self.code.instrs.get(pc + 1)?;
        if loop_.op() != Op::ForIter || loop_.b() != instr.a() || self.gives_up() {
            return None;
        }
        // The loop was come to with an iterator before.
        let reg = loop_.b() as usize;
        if self
            .targets
            .get(&(self.pc + 1))
            .is_some_and(|target| matches!(target.regs[reg], Reg::Val(_)))
        {
            return None;
        }
        let (ty, next) = (self.func.ty(v), self.object.feedback()[pc + 1].get());
        let list = if ty.is_subtype(Ty::LIST) || ty.is_subtype(Ty::TUPLE) {
            ty.is_subtype(Ty::LIST)
        } else {
            let other = self.object.feedback()[pc].get() != 0;
            let list = next == fb::LIST;
            if other || !(list || next == fb::TUPLE) || !ty.could_be(if list { Ty::LIST } else { Ty::TUPLE }) {
                return None;
            }
            list
        };
        if self.yields_between(self.pc + 1, loop_.target(self.pc + 1)?) {
            return None;
        }
        let of = self.guarded(v, if list { Ty::LIST } else { Ty::TUPLE });
        let index = self.at().const_i64(0);
        Some(Reg::Items { of, index, list })
    }

    /// Whether the code suspends itself in a loop whose iterator is in the register.
    fn yields_with(&self, reg: u16) -> bool {
        let loops = self.code.instrs.iter().enumerate();
        let mut loops = loops.filter(|(_, instr)| instr.op() == Op::ForIter && instr.b() == reg);
        loops.any(|(pc, instr)| self.yields_between(pc as u32, instr.target(pc as u32).unwrap_or(0)))
    }

    pub(super) fn for_iter(&mut self, instr: Instr) -> Res<u32> {
        let exhausted = instr.target(self.pc).unwrap_or(self.pc + 1);
        if let Reg::Range { next, stop, step } = self.regs[instr.b() as usize] {
            let op = if step > 0 { CompareKind::Lt } else { CompareKind::Gt };
            let more = self.at().i64_compare(next, stop, op);
            self.until(instr, more, exhausted)?;
            let item = self.at().tag_int_fits(next);
            let by = self.at().const_i64(step);
            let next = self.at().i64_add_fits(next, by);
            self.regs[instr.b() as usize] = Reg::Range { next, stop, step };
            self.set(instr.a(), item);
            return Ok(self.pc + 1);
        }
        if let Reg::Items { of, index, list } = self.regs[instr.b() as usize] {
            let len = if list {
                self.at().list_len(of)
            } else {
                self.at().tuple_len(of)
            };
            let more = self.at().i64_compare(index, len, CompareKind::Lt);
            self.until(instr, more, exhausted)?;
            let item = if list {
                self.at().list_item(of, index)
            } else {
                self.at().tuple_item_at(of, index)
            };
            let one = self.at().const_i64(1);
            let index = self.at().i64_add_fits(index, one);
            self.regs[instr.b() as usize] = Reg::Items { of, index, list };
            self.set(instr.a(), item);
            return Ok(self.pc + 1);
        }
        let it = self.object_in(instr.b())?;
        let seen = if self.gives_up() { fb::OTHER } else { self.feedback() };
        if seen == 0 && self.guesses == Guesses::All && !self.gives_up() {
            // Nobody has been here: the interpreter goes first, and sees what it is.
            self.leave();
            return Ok(self.pc + 1);
        }
        match seen {
            fb::GENERATOR => {
                let it = self.guarded(it, Ty::GENERATOR);
                let item = self.op(|b| b.for_iter_generator(it))?;
                let end = self.at().is_unbound(item);
                let more = self.at().bool_not(end);
                self.until(instr, more, exhausted)?;
                let item = self.at().refine(item, Ty::OBJECT);
                self.set(instr.a(), item);
            }
            fb::RANGE => {
                let shape = ShapeId(RangeIter::class().root_shape().0);
                let it = self.guard(|b| b.guard_shape(it, shape, Ty::INSTANCE));
                let left = self.at().load_raw(it, LEFT);
                let zero = self.at().const_i64(0);
                let more = self.at().i64_compare(left, zero, CompareKind::Gt);
                self.until(instr, more, exhausted)?;
                let next = self.at().load_raw(it, NEXT);
                let item = self.guard(|b| b.tag_int(next));
                let step = self.at().load_raw(it, STEP);
                let next = self.at().i64_add_fits(next, step);
                let one = self.at().const_i64(1);
                let left = self.at().i64_sub_fits(left, one);
                self.at().store_raw(it, next, NEXT);
                self.at().store_raw(it, left, LEFT);
                self.set(instr.a(), item);
            }
            fb::LIST | fb::TUPLE => {
                let list = seen == fb::LIST;
                let class = if list { ListIter::class() } else { TupleIter::class() };
                let shape = ShapeId(class.root_shape().0);
                let it = self.guard(|b| b.guard_shape(it, shape, Ty::INSTANCE));
                let (there, fast, slow, body) = (
                    self.func.add_block(),
                    self.func.add_block(),
                    self.func.add_block(),
                    self.func.add_block(),
                );
                let item = self.func.add_param(body, Ty::OBJECT);
                let items = self.at().load_slot(it, FIRST, Ty::SLOT);
                let gone = self.at().is_unbound(items);
                self.at().branch(gone, (slow, &[]), (there, &[]));
                self.block = there;
                let items = self.at().refine(items, if list { Ty::LIST } else { Ty::TUPLE });
                let index = self.at().load_raw(it, INDEX);
                let len = if list {
                    self.at().list_len(items)
                } else {
                    self.at().tuple_len(items)
                };
                let inside = self.at().i64_compare(index, len, CompareKind::Lt);
                self.at().branch(inside, (fast, &[]), (slow, &[]));
                self.block = fast;
                let found = if list {
                    self.at().list_item(items, index)
                } else {
                    self.at().tuple_item_at(items, index)
                };
                let one = self.at().const_i64(1);
                let after = self.at().i64_add_fits(index, one);
                self.at().store_raw(it, after, INDEX);
                self.at().jump((body, &[found]));
                self.block = slow;
                let found = self.op(|b| b.for_iter_next(it, NO_CACHE))?;
                let end = self.at().is_unbound(found);
                let more = self.at().bool_not(end);
                self.until(instr, more, exhausted)?;
                let found = self.at().refine(found, Ty::OBJECT);
                self.at().jump((body, &[found]));
                self.block = body;
                self.set(instr.a(), item);
            }
            _ if let Some(unpack) = self.unpacks_pair(instr) => {
                let first = self.op(|b| b.for_iter_pair(it))?;
                let second = self.at().second_result();
                let end = self.at().is_unbound(first);
                let more = self.at().bool_not(end);
                self.until(instr, more, exhausted)?;
                for (reg, item) in [(unpack.a(), first), (unpack.a() + 1, second)] {
                    let item = self.at().refine(item, Ty::OBJECT);
                    self.set(reg, item);
                }
                return Ok(self.pc + 2);
            }
            _ => {
                let item = self.op(|b| b.for_iter_next(it, NO_CACHE))?;
                let end = self.at().is_unbound(item);
                let more = self.at().bool_not(end);
                self.until(instr, more, exhausted)?;
                let item = self.at().refine(item, Ty::OBJECT);
                self.set(instr.a(), item);
            }
        }
        Ok(self.pc + 1)
    }

    /// The next instruction, if it takes a pair apart that this loop's instruction leaves behind.
    fn unpacks_pair(&self, instr: Instr) -> Option<Instr> {
        let next = self.pc as usize + 1;
        let unpack = *self.code.instrs.get(next)?;
        let fits = unpack.op() == Op::UnpackSequence
            && unpack.c() == 2
            && unpack.b() == instr.a()
            && unpack.has(flags::B_TAKE)
            && !self.leader[next];
        fits.then_some(unpack)
    }

    /// Goes on when `more` holds; else the iterator is dead, and control goes to where the loop ends.
    fn until(&mut self, instr: Instr, more: V, exhausted: u32) -> Res {
        let was = std::mem::replace(&mut self.regs[instr.b() as usize], Reg::Dead);
        self.jump_when(more, false, exhausted)?;
        self.regs[instr.b() as usize] = was;
        Ok(())
    }

    pub(super) fn unpack(&mut self, instr: Instr) -> Res<u32> {
        let v = self.use_of(instr, b'b')?;
        let count = instr.c() as u32;
        let tuple = self.op(|b| b.unpack(v, count))?;
        self.consume(instr);
        for i in 0..count {
            let item = self.at().tuple_item(tuple, i);
            self.set(instr.a() + i as u16, item);
        }
        Ok(self.pc + 1)
    }

    fn index_of(&mut self, index: V, len: V) -> V {
        let index = self.at().untag_int(index);
        self.guard(|b| b.check_index(index, len))
    }

    fn guarded(&mut self, v: V, ty: Ty) -> V {
        if self.func.ty(v).is_subtype(ty) {
            return v;
        }
        self.guard(|b| b.guard_type(v, ty))
    }

    /// The next instruction, if it reads a subscript with the slice that this one makes.
    pub(super) fn subscript_of_slice(&self, instr: Instr) -> Option<Instr> {
        let next = self.pc as usize + 1;
        let subscript = *self.code.instrs.get(next)?;
        let fits = subscript.op() == Op::LoadSubscr
            && subscript.has(flags::C_TAKE)
            && !subscript.has(flags::C_CONST)
            && subscript.c() == instr.a()
            && !self.leader[next];
        fits.then_some(subscript)
    }

    pub(super) fn load_subscr(&mut self, instr: Instr) -> Res<u32> {
        let (o, i) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
        let seen = if self.gives_up() { fb::OTHER } else { self.feedback() };
        let (ty, index) = (self.func.ty(o), self.func.ty(i));
        let possible = |wanted: Ty| ty.could_be(wanted) && index.could_be(Ty::INT);
        let v = if seen == 0 && possible(Ty::LIST) {
            let list = self.guarded(o, Ty::LIST);
            let i = self.guarded(i, Ty::INT);
            let len = self.at().list_len(list);
            let i = self.index_of(i, len);
            self.at().list_item(list, i)
        } else if seen == fb::TUPLE && possible(Ty::TUPLE) {
            let tuple = self.guarded(o, Ty::TUPLE);
            let i = self.guarded(i, Ty::INT);
            let len = self.at().tuple_len(tuple);
            let i = self.index_of(i, len);
            self.at().tuple_item_at(tuple, i)
        } else {
            self.op(|b| b.get_item(o, i, NO_CACHE))?
        };
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    pub(super) fn store_subscr(&mut self, instr: Instr) -> Res<u32> {
        let (o, i) = (self.use_of(instr, b'a')?, self.use_of(instr, b'b')?);
        let v = self.use_of(instr, b'c')?;
        let seen = if self.gives_up() { fb::OTHER } else { self.feedback() };
        let possible = self.func.ty(o).could_be(Ty::LIST) && self.func.ty(i).could_be(Ty::INT);
        if seen & !fb::LIST == 0 && possible {
            let list = self.guarded(o, Ty::LIST);
            let i = self.guarded(i, Ty::INT);
            let len = self.at().list_len(list);
            let i = self.index_of(i, len);
            self.at().list_swap(list, i, v);
        } else {
            self.op(|b| b.set_item(o, i, v, NO_CACHE))?;
        }
        self.consume(instr);
        Ok(self.pc + 1)
    }
}
