//! `frame.f_lineno = line` in a trace function: where the frame goes on instead.
//!
//! A frame may go on wherever the temporaries that are needed there hold now what the code there expects: iterators of loops around both
//! places, windows of `with` statements, saved exceptions. What a temporary holds is known by the instruction that wrote it. Temporaries that
//! are not needed there are given up; an exception whose handler is left so is no longer handled.

use crate::frames::{View, view_of};
use crate::state::S;
use kiln_bytecode::{Code, Instr, Op, Operand};
use kiln_object::frame::FrameObject;
use kiln_object::hooks::hooks;
use kiln_object::{Object, Raised, Value, exc, raise, singletons};
use std::cell::Cell;

/// What a temporary holds where nothing is known to hold anything.
const DEAD: u32 = 0;
/// Added to the number of an instruction: the exception that a handler beginning there gets.
const CAUGHT: u32 = 1 << 30;
/// Added to the number of an instruction at which ways meet that left different things.
const MERGED: u32 = 1 << 31;

thread_local! {
    /// The registers of the frame that is to go on elsewhere, and the instruction.
    static PENDING: Cell<Option<(*mut Value, u32)>> = const { Cell::new(None) };
}

/// The temporaries of a code, before each instruction.
struct Temporaries<'a> {
    code: &'a Code,
    first: usize,
    /// What each holds: the number of the instruction that wrote it, plus one. `None` where the code is unreachable.
    holds: Vec<Option<Box<[u32]>>>,
    /// Which are needed.
    needed: Vec<Box<[bool]>>,
}

impl<'a> Temporaries<'a> {
    fn new(code: &'a Code) -> Temporaries<'a> {
        let first = code.temp_base as usize;
        let count = (code.reg_count as usize).saturating_sub(first);
        let mut t = Temporaries {
            code,
            first,
            holds: vec![None; code.instrs.len()],
            needed: vec![vec![false; count].into(); code.instrs.len()],
        };
        t.forward(count);
        t.backward();
        t
    }

    fn number(&self, reg: u16) -> Option<usize> {
        (reg as usize).checked_sub(self.first)
    }

    fn instr(&self, pc: usize) -> Instr {
        self.code.instrs[pc]
    }

    /// Where execution may go on after an instruction that does not raise.
    fn next(&self, pc: usize) -> impl Iterator<Item = usize> + use<> {
        let instr = self.instr(pc);
        let falls = !matches!(
            instr.op(),
            Op::Jump | Op::JumpBack | Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseHandled | Op::Reraise
        );
        let last = self.code.instrs.len();
        let on = falls.then_some(pc + 1);
        let jumps = instr.target(pc as u32).map(|to| to as usize);
        on.into_iter().chain(jumps).filter(move |pc| *pc < last)
    }

    fn forward(&mut self, count: usize) {
        let mut work = vec![0];
        if let Some(start) = self.holds.first_mut() {
            *start = Some(vec![DEAD; count].into());
        }
        while let Some(pc) = work.pop() {
            let Some(before) = self.holds[pc].clone() else { continue };
            if let Some(handler) = self.code.handler_at(pc as u32).copied() {
                let mut caught = before.clone();
                for (i, held) in caught.iter_mut().enumerate() {
                    if i + self.first >= handler.depth as usize {
                        *held = DEAD;
                    }
                }
                if let Some(i) = self.number(handler.exception) {
                    caught[i] = CAUGHT + handler.target;
                }
                self.flow(handler.target as usize, &caught, &mut work);
            }
            let mut after = before;
            let mut set = |reg: u16, held: u32| {
                if let Some(i) = (reg as usize).checked_sub(self.first) {
                    after[i] = held;
                }
            };
            let made = pc as u32 + 1;
            self.instr(pc).operands(|operand| match operand {
                Operand::Use { reg, take: true } | Operand::Kill(reg) => set(reg, DEAD),
                Operand::UseRange { first, count } => (first..first + count).for_each(|reg| set(reg, DEAD)),
                Operand::Def(reg) | Operand::Unbind(reg) => set(reg, made),
                Operand::DefRange { first, count } => (first..first + count).for_each(|reg| set(reg, made)),
                _ => {}
            });
            let instr = self.instr(pc);
            for to in self.next(pc) {
                // What is iterated or awaited to its end is given up.
                let ended = match instr.op() {
                    Op::ForIter => Some(instr.b()),
                    Op::Send => Some(instr.a()),
                    _ => None,
                };
                match ended.and_then(|reg| self.number(reg)) {
                    Some(i) if to != pc + 1 => {
                        let held = std::mem::replace(&mut after[i], DEAD);
                        self.flow(to, &after, &mut work);
                        after[i] = held;
                    }
                    _ => self.flow(to, &after, &mut work),
                }
            }
        }
    }

    /// Joins what a way to `to` leaves in the temporaries with what is known already.
    fn flow(&mut self, to: usize, from: &[u32], work: &mut Vec<usize>) {
        match &mut self.holds[to] {
            Some(known) => {
                let mut changed = false;
                for (held, other) in known.iter_mut().zip(from) {
                    let merged = MERGED + to as u32;
                    if *held != *other && *held != merged {
                        *held = merged;
                        changed = true;
                    }
                }
                if changed {
                    work.push(to);
                }
            }
            unknown => {
                *unknown = Some(from.into());
                work.push(to);
            }
        }
    }

    fn backward(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for pc in (0..self.code.instrs.len()).rev() {
                let mut needed = self.needed[pc].clone();
                needed.fill(false);
                for to in self.next(pc) {
                    for (need, later) in needed.iter_mut().zip(&self.needed[to]) {
                        *need |= later;
                    }
                }
                let mut set = |reg: u16, on: bool| {
                    if let Some(i) = (reg as usize).checked_sub(self.first) {
                        needed[i] = on;
                    }
                };
                // What is written is visited after what is read.
                self.instr(pc).operands(|operand| match operand {
                    Operand::Def(reg) | Operand::Kill(reg) | Operand::Unbind(reg) => set(reg, false),
                    Operand::DefRange { first, count } => (first..first + count).for_each(|reg| set(reg, false)),
                    _ => {}
                });
                self.instr(pc).operands(|operand| match operand {
                    Operand::Use { reg, .. } => set(reg, true),
                    Operand::UseRange { first, count } => (first..first + count).for_each(|reg| set(reg, true)),
                    _ => {}
                });
                if let Some(handler) = self.code.handler_at(pc as u32) {
                    let below = (handler.depth as usize).saturating_sub(self.first);
                    let later = &self.needed[handler.target as usize];
                    for (need, later) in needed.iter_mut().zip(later).take(below) {
                        *need |= later;
                    }
                }
                if needed != self.needed[pc] {
                    self.needed[pc] = needed;
                    changed = true;
                }
            }
        }
    }

    /// How many temporaries the code at `to` needs, if they hold what they should at `from`; else why not.
    fn fits(&self, from: usize, to: usize) -> Result<usize, &'static str> {
        let (Some(have), Some(want)) = (&self.holds[from], &self.holds[to]) else {
            return Err("can't jump into an exception handler, or code may be unreachable");
        };
        let mut count = 0;
        let mut wrong = None;
        for (i, needed) in self.needed[to].iter().enumerate() {
            if *needed {
                count += 1;
                if have[i] != want[i] && !self.is_like(have[i], want[i]) {
                    wrong = Some(want[i]);
                }
            }
        }
        match wrong {
            None => Ok(count),
            Some(held) => Err(self.explain(held)),
        }
    }

    /// Whether what one instruction wrote will do for what another one wrote: an iterator for another, one `with` statement's window for
    /// another's.
    fn is_like(&self, one: u32, other: u32) -> bool {
        let (one, other) = (self.written_by(one), self.written_by(other));
        one == other && matches!(one, Some(Op::GetIter | Op::GetAiter | Op::PushExc | Op::LoadSpecial))
    }

    fn explain(&self, held: u32) -> &'static str {
        match self.written_by(held) {
            _ if held & CAUGHT != 0 => "can't jump into an 'except' block as there's no exception",
            Some(Op::PushExc) => "can't jump into an 'except' block as there's no exception",
            Some(Op::GetIter | Op::GetAiter) => "can't jump into the body of a for loop",
            _ => "incompatible stacks",
        }
    }

    fn written_by(&self, held: u32) -> Option<Op> {
        let pc = held.checked_sub(1).filter(|pc| *pc < CAUGHT)?;
        Some(self.instr(pc as usize).op())
    }
}

/// The first instructions of the lines of a code, in order: instruction and line.
fn line_starts(code: &Code) -> Vec<(u32, u32)> {
    let mut starts = Vec::new();
    let mut before = 0;
    let mut pc = 0;
    for (count, position) in code.positions.runs() {
        let run = pc..pc + count;
        pc += count;
        let line = std::mem::replace(&mut before, position.line);
        if position.line == 0 || position.line == line {
            continue;
        }
        let op = |pc: u32| code.instrs[pc as usize].op();
        let first = run
            .into_iter()
            .find(|pc| !matches!(op(*pc), Op::ReturnGenerator | Op::MakeCell | Op::CopyFreeVars));
        // The end of a loop is no start of the line that the loop begins on.
        let first = first.filter(|pc| !matches!(op(*pc), Op::ForIter | Op::JumpBack));
        starts.extend(first.map(|pc| (pc, position.line)));
    }
    starts
}

/// Lets the frame that a trace function is told of go on at a line.
pub fn set_line(frame: Value, line: i64) -> Result<(), Raised> {
    crate::trace::may_jump(frame)?;
    let f = frame.expect::<FrameObject>();
    let Some(view) = view_of(f) else {
        return Err(raise::value_error("f_lineno can only be set in a trace function"));
    };
    let code = &view.code().code;
    if line < i64::from(code.first_line) {
        return Err(raise::value_error(&format!(
            "line {line} comes before the current code block"
        )));
    }
    let starts = line_starts(code);
    let Some(line) = starts
        .iter()
        .map(|start| start.1)
        .filter(|l| i64::from(*l) >= line)
        .min()
    else {
        return Err(raise::value_error(&format!(
            "line {line} comes after the current code block"
        )));
    };
    let temporaries = Temporaries::new(code);
    let from = view.index() as usize;
    let mut best: Result<(usize, u32), &str> = Err("cannot find bytecode for specified line");
    for (pc, _) in starts.into_iter().filter(|start| start.1 == line) {
        match (temporaries.fits(from, pc as usize), &best) {
            (Ok(count), Ok((most, _))) if count <= *most => {}
            (Ok(count), _) => best = Ok((count, pc)),
            (Err(why), Err(_)) => best = Err(why),
            (Err(_), Ok(_)) => {}
        }
    }
    let (_, target) = best.map_err(raise::value_error)?;
    bind_locals(view)?;
    f.rare().line_override.set(line);
    PENDING.set(Some((view.fp, target)));
    Ok(())
}

/// Code elsewhere may take variables for bound: those that are not become None.
fn bind_locals(view: View) -> Result<(), Raised> {
    let code = &view.code().code;
    let first = code.has_namespace() as usize;
    let places: Vec<*mut Value> = (first..first + code.varnames.len())
        .map(|reg| view.fp.wrapping_add(reg))
        .filter(|place| crate::words::read_word(*place).is_unbound())
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let plural = if places.len() == 1 { "" } else { "s" };
    let message = format!("assigning None to {} unbound local{plural}", places.len());
    (hooks().warn)(&exc::RuntimeWarning, &message)?;
    for place in places {
        crate::words::write_word(place, singletons::none());
    }
    Ok(())
}

/// Where the running frame goes on, if a trace function has said so: what is not needed there has been given up.
pub fn taken(s: &S) -> Option<u32> {
    let (fp, target) = PENDING.take()?;
    if fp != s.fp {
        return None;
    }
    let code = &s.code().code;
    let temporaries = Temporaries::new(code);
    let from = s.index() as usize;
    let holds = temporaries.holds[from].as_deref().unwrap_or_default();
    for (i, held) in holds.iter().enumerate().rev() {
        if temporaries.needed[target as usize][i] {
            continue;
        }
        let reg = (temporaries.first + i) as u16;
        if temporaries.needed[from][i] && temporaries.written_by(*held) == Some(Op::PushExc) {
            crate::misc::restore_handled(s, s.take(reg));
        } else {
            drop(Object::from_owned(s.replace(reg, Value::ZERO)));
        }
    }
    Some(target)
}

/// What was said is not to be done after all.
pub fn forget() {
    PENDING.set(None);
}
