//! Generators, coroutines and async generators: where they are resumed, and where they are suspended.
//!
//! The code of a generator's body is entered at each resumption. It asks where the generator is suspended, takes the live registers out of it, and
//! goes on there; at a yield it puts them back. Between the two nothing distinguishes it from a function's. At every suspension the generator
//! looks as the interpreter would have left it, so the interpreter may resume it, throw into it, or close it, and compiled code may resume what
//! the interpreter suspended. Exceptions thrown in are the interpreter's business, up to the next yield.

use super::ops::NO_CACHE;
use super::*;
use crate::intrinsics::Intrinsic;
use kiln_object::function::Function as PyFunction;
use kiln_object::generator::{Generator, Registers};
use std::mem::offset_of;

/// Offset of the globals, which lie where a function's do.
const GLOBALS: u32 = offset_of!(Generator, globals) as u32;
const FRAME: u32 = offset_of!(Generator, frame) as u32;
const INNER: u32 = (offset_of!(Generator, regs) + offset_of!(Registers, inner)) as u32;
const _: () = assert!(offset_of!(Generator, closure) == PyFunction::CLOSURE_OFFSET);

impl Build<'_> {
    /// The entry of a generator's body, and a block for each place where it may be suspended. The number of the suspension that goes on at each
    /// instruction.
    pub(super) fn generator(&mut self) -> Res<Box<[u16]>> {
        // Behind the instruction that makes the generator.
        let start = 1;
        self.func.signature.generator = true;
        self.func.signature.args = 1;
        self.func.signature.owned = 1;
        let generator = self.at().gen_self();
        self.callable = generator;
        let sent = self.at().argument(0, Ty::OBJECT);
        self.live = live_everywhere(self.code, start);
        let yields: Vec<u32> = (0..self.code.instrs.len() as u32)
            .filter(|pc| self.code.instrs[*pc as usize].op() == Op::YieldValue && self.live[*pc as usize].is_some())
            .collect();
        if yields.len() > 1 << 14 {
            return bail("a generator with too many yields");
        }
        // The code relies on the globals of the functions that it was compiled for.
        let globals = self.at().load_slot(generator, GLOBALS, Ty::OBJECT);
        let expected = self.constant(self.unit.globals);
        let same = self.at().is(globals, expected);
        let (enter, other) = (self.func.add_block(), self.func.add_block());
        self.func.blocks[other.index()].cold = true;
        self.at().branch(same, (enter, &[]), (other, &[]));
        self.block = enter;
        let state = self.at().gen_state(generator);
        let mut blocks: Vec<Block> = (0..=yields.len()).map(|_| self.func.add_block()).collect();
        blocks.push(other);
        self.at().switch(state, &blocks);
        self.block = other;
        self.at().gen_interpret(sent, generator);
        // From the start.
        self.block = blocks[0];
        self.pc = start;
        let params = self.object.param_count.get();
        for reg in 0..self.code.temp_base as u32 {
            let v = if reg < params {
                self.at().take(generator, reg, Ty::OBJECT)
            } else {
                self.at().const_unbound()
            };
            self.regs[reg as usize] = Reg::Val(v);
        }
        self.leader[start as usize] = true;
        if self.counting && !self.header[start as usize] {
            self.pc = start;
            self.snaps = (None, None);
            self.guard(|b| b.count_down(TICKS));
        }
        self.goto(start)?;
        self.kept_somewhere = yields.iter().flat_map(|&pc| self.kept(pc)).collect();
        let mut resume = vec![blocks.len() as u16 - 1; self.code.instrs.len() + 1];
        resume[start as usize] = 0;
        for (number, &pc) in yields.iter().enumerate() {
            resume[pc as usize + 1] = number as u16 + 1;
            self.leader[pc as usize + 1] = true;
        }
        for (number, &pc) in yields.iter().enumerate() {
            self.block = blocks[number + 1];
            self.pc = pc;
            self.regs.fill(Reg::Dead);
            for reg in self.kept(pc) {
                let v = self.at().take(generator, reg as u32, Ty::SLOT);
                self.set(reg, v);
            }
            let instr = self.code.instrs[pc as usize];
            self.set(instr.a(), sent);
            self.goto(pc + 1)?;
        }
        Ok(resume.into())
    }

    /// Whether the generator delegates anywhere.
    fn delegates(&self) -> bool {
        let delegates = |instr: &Instr| instr.op() == Op::YieldValue && instr.has(kiln_bytecode::flags::DELEGATE);
        self.code.instrs.iter().any(delegates)
    }

    /// The registers that hold something while the generator is suspended at `pc`.
    fn kept(&self, pc: u32) -> Vec<u16> {
        let mut live = self.live[pc as usize].clone().unwrap_or_default();
        self.code.instrs[pc as usize].operands(|operand| {
            if let Operand::Use { reg, take: true } = operand {
                live[reg as usize] = false;
            }
        });
        (0..live.len() as u16).filter(|reg| live[*reg as usize]).collect()
    }

    pub(super) fn yield_value(&mut self, instr: Instr) -> Res {
        let v = self.use_of(instr, b'b')?;
        let (generator, pc) = (self.callable, self.pc);
        self.consume(instr);
        let dead = self.at().const_int(0);
        let (kept, live) = (self.kept(pc), instr.a() as u32);
        if instr.has(kiln_bytecode::flags::DELEGATE) {
            // A register that is kept: the generator has the reference when this is looked at.
            let inner = self.object_in(instr.c())?;
            self.at().gen_delegate(inner, generator);
        } else if self.delegates() {
            let nothing = self.at().const_i64(0);
            self.at().store_raw(generator, nothing, INNER);
        }
        // What another yield left in a temporary that is dead now is stale, and words up to the end of a group may be looked at.
        for reg in self.code.temp_base as u32..live.next_multiple_of(Registers::GROUP as u32) {
            if self.kept_somewhere.contains(&(reg as u16)) && !kept.contains(&(reg as u16)) {
                self.at().gen_put(dead, generator, reg);
            }
        }
        for reg in kept {
            let v = match self.regs[reg as usize] {
                Reg::Val(v) => v,
                Reg::Dead => dead,
                Reg::Range { .. } | Reg::Items { .. } => return bail("a yield in a loop without an iterator"),
            };
            self.at().gen_put(v, generator, reg as u32);
        }
        self.at().gen_yield(v, generator, live, pc + 1);
        self.ended = true;
        Ok(())
    }

    pub(super) fn return_from_generator(&mut self, instr: Instr) -> Res {
        let v = self.use_of(instr, b'a')?;
        let generator = self.callable;
        let frame = self.at().load_slot(generator, FRAME, Ty::SLOT);
        let none = self.at().is_unbound(frame);
        let (detach, end) = (self.func.add_block(), self.func.add_block());
        self.func.blocks[detach.index()].cold = true;
        self.at().branch(none, (end, &[]), (detach, &[]));
        self.block = detach;
        let mut args = vec![generator];
        for reg in 0..self.code.temp_base as usize {
            args.push(match self.regs[reg] {
                Reg::Val(v) => v,
                _ => self.at().const_unbound(),
            });
        }
        self.intrinsic_int(Intrinsic::DetachFrame, self.pc, &args)?;
        self.at().jump((end, &[]));
        self.block = end;
        self.at().gen_return(v, generator);
        self.ended = true;
        Ok(())
    }

    /// `R[a+1]` goes to the iterator `R[a]`; what that yields comes back there. When it ends, its result does, and control goes elsewhere.
    pub(super) fn send(&mut self, instr: Instr) -> Res<u32> {
        let (a, target) = (instr.a(), instr.target(self.pc).unwrap_or(self.pc + 1));
        let (it, v) = (self.object_in(a)?, self.object_in(a + 1)?);
        let yielded = self.op(|b| b.send(it, v, NO_CACHE))?;
        let result = self.at().second_result();
        let ended = self.at().is_unbound(yielded);
        let was = std::mem::replace(&mut self.regs[a as usize], Reg::Dead);
        self.set(a + 1, result);
        let next = self.jump_when(ended, true, target)?;
        self.regs[a as usize] = was;
        let yielded = self.at().refine(yielded, Ty::OBJECT);
        self.set(a + 1, yielded);
        Ok(next)
    }

    /// Whether a loop's body suspends this generator: an iterator in parts would have to be put together for that.
    pub(super) fn yields_between(&self, from: u32, to: u32) -> bool {
        self.object.is_generator()
            && (from..to.max(from)).any(|pc| self.code.instrs[pc as usize].op() == Op::YieldValue)
    }
}
