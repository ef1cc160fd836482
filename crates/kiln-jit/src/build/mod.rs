//! Bytecode to HIR: abstract interpretation of the registers over the control-flow graph.
//!
//! Every register of the interpreter's frame is a value, dead, or a loop over a `range` that has no iterator object. Blocks take what is live as
//! parameters. Two frame states belong to an instruction: to execute it again, for guards before it has done anything, and to raise from it. Where
//! the code relies on watched facts it asks before it does; a state to go on with after an instruction is the state of the next one.
//!
//! A handler is an ordinary block. Each instruction that may raise within its range has an edge of its own there, on which the pending exception
//! is taken. What has no instruction of its own in HIR is executed by the interpreter's handler (`Intrinsic::Exec`).
//!
//! The themes are in the files beside this one: `ops` (everything else), `arith`, `calls`, `attrs`, `loops`.

mod arith;
mod attrs;
mod calls;
mod generators;
mod loops;
mod ops;

use crate::state::{Unit, Watches};
use hashbrown::HashMap;
use kiln_bytecode::{Code, Instr, Op, Operand};
use kiln_hir::{Block, Builder, CodeId, Function, Resume, Snap, Ty, Value as V};
use kiln_object::code::CodeObject;
use kiln_object::shape::known;
use kiln_object::str::Str;
use kiln_object::{Object, ObjectType, Value};

/// Number of the callable among the entries of a frame state.
pub const CALLABLE: u32 = 0xffff;
/// Number of the instance that a call of a class has made, while its `__init__` runs. No code has so many registers.
pub const MADE: u32 = 0xfffe;
/// The word that `count_down` counts, beside the invalidation word.
pub const TICKS: kiln_hir::WatchId = kiln_hir::WatchId(1);
/// The word that counts how often the runtime had to do what the site's cache did not foresee.
pub const MISSES: kiln_hir::WatchId = kiln_hir::WatchId(2);
/// Set in the number of a cache that is a call site's record.
const CALL_SITE: u32 = 1 << 31;
/// The number of a call site's record, if that is what the cache is.
pub fn call_site_number(cache: kiln_hir::CacheId) -> Option<usize> {
    (cache.0 & CALL_SITE != 0 && cache.0 != u32::MAX).then_some((cache.0 & !CALL_SITE) as usize)
}
/// Added to a register's number for the parts of a loop over a `range`: the next number, the limit, the step.
pub const RANGE_NEXT: u32 = 0x1_0000;
pub const RANGE_STOP: u32 = 0x2_0000;
pub const RANGE_STEP: u32 = 0x4_0000;
/// The same for a loop over a list or a tuple: which it is, and how far the loop has come.
pub const ITEMS: u32 = 0x8_0000;
pub const ITEMS_INDEX: u32 = 0x10_0000;

/// Why a function is not compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bailout(pub String);

/// What a register holds.
#[derive(Copy, Clone, Debug)]
pub enum Reg {
    Dead,
    Val(V),
    /// The iterator of a `range`, in parts.
    Range {
        next: V,
        stop: V,
        step: i64,
    },
    /// The iterator of a list or tuple, in parts.
    Items {
        of: V,
        index: V,
        list: bool,
    },
}

/// An iterator that nobody else has, in a register where a loop is entered.
#[derive(Copy, Clone, Debug)]
pub enum Held {
    /// Of a range, with that step.
    Range(i64),
    List,
    Tuple,
}

/// Where a block of bytecode begins.
struct Target {
    block: Block,
    /// The shape of the registers there: which ones are parameters.
    regs: Vec<Reg>,
    done: bool,
}

/// Where the code is entered.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    Call,
    /// At a loop's start, with the registers that are live there.
    Loop(u32),
}

/// What code may rely on without being sure.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Guesses {
    /// That what was never executed will not be, and what was will be as it was: else the interpreter goes on.
    All,
    /// That what was executed will be as it was.
    Seen,
    /// As `Seen`, and nothing more is to be learned.
    Settled,
    /// Nothing of values: only that classes, globals and functions stay what they are, of which it would be told.
    None,
    /// Nothing at all: what it relied on changed too often.
    Nothing,
}

impl Guesses {
    /// Those of a generation of code.
    pub fn of(generation: u32) -> Guesses {
        match generation {
            0..=1 => Guesses::All,
            2 => Guesses::Seen,
            3 => Guesses::Settled,
            _ => Guesses::None,
        }
    }
}

pub struct Build<'a> {
    pub func: Function,
    pub unit: &'a Unit,
    pub code: &'a Code,
    pub object: &'a CodeObject,
    pub watches: Watches,
    /// What machine code names that has to live as long as it does.
    pub held: Vec<Object>,
    block: Block,
    regs: Vec<Reg>,
    callable: V,
    targets: HashMap<u32, Target>,
    /// Instructions that control may come to by a jump.
    leader: Vec<bool>,
    /// Targets of back edges.
    header: Vec<bool>,
    queue: Vec<u32>,
    pc: u32,
    snaps: (Option<Snap>, Option<Snap>),
    /// Whether the block has ended.
    ended: bool,
    guesses: Guesses,
    /// For a generator: the registers that hold something while it is suspended in one place or another.
    kept_somewhere: std::collections::HashSet<u16>,
    /// For a generator: which registers hold something at each instruction.
    live: Vec<Option<Vec<bool>>>,
    /// Whether calls and rounds of loops are counted.
    counting: bool,
    /// Whether a call's callee is noted by the code that is being built.
    notes_calls: bool,
    /// The instance whose `__init__` is being called.
    made: Option<V>,
    /// Whether it leaves before it gets its own frame.
    leaves_for_frame: bool,
    /// Callees that are one of several methods.
    choices: HashMap<V, attrs::Choice>,
}

type Res<T = ()> = Result<T, Bailout>;

pub fn bail<T>(what: impl Into<String>) -> Res<T> {
    Err(Bailout(what.into()))
}

/// What is built.
pub struct Built {
    pub func: Function,
    pub watches: Watches,
    pub held: Vec<Object>,
    /// For an entry into a loop: the registers that are its arguments.
    pub entry_regs: Vec<u16>,
    /// For a generator: the number of the suspension that goes on at each instruction.
    pub resume: Box<[u16]>,
    /// Whether it has calls whose callees are still to be noted.
    pub notes_calls: bool,
}

/// What functions get their own frame with.
const FRAME_GETTERS: [&str; 2] = ["_getframe", "currentframe"];

/// Whether a function may change its variables by way of its frame: compiled code keeps them where it likes, so the interpreter has them by then.
fn writes_own_frame(code: &Code) -> bool {
    let mentions = |name: &str| code.names.iter().any(|n| **n == *name);
    mentions("f_locals") && FRAME_GETTERS.into_iter().any(mentions)
}

/// Builds the HIR of a unit's code. `held` are the registers that hold iterators when a loop is entered.
pub fn build(unit: &Unit, entry: Entry, held: &[(u16, Held)], guesses: Guesses, counting: bool) -> Res<Built> {
    let object = unit.code();
    let code: &Code = &object.code;
    if object.is_generator() && entry != Entry::Call {
        return bail("the middle of a generator");
    }
    if code.has_namespace() && entry == Entry::Call {
        return bail("a module's or class's body");
    }
    let mut leader = vec![false; code.instrs.len() + 1];
    let mut header = leader.clone();
    for (pc, instr) in code.instrs.iter().enumerate() {
        if let Some(target) = instr.target(pc as u32) {
            leader[target as usize] = true;
            header[target as usize] |= instr.op() == Op::JumpBack;
        }
    }
    for handler in &code.handlers {
        leader[handler.target as usize] = true;
    }
    let mut func = Function::new(&*code.qualname);
    func.code = CodeId(unit.id);
    let mut b = Build {
        func,
        unit,
        code,
        object,
        watches: Watches::default(),
        held: Vec::new(),
        block: Block(0),
        regs: vec![Reg::Dead; code.reg_count as usize],
        callable: V(0),
        targets: HashMap::new(),
        leader,
        header,
        queue: Vec::new(),
        pc: 0,
        snaps: (None, None),
        ended: false,
        guesses,
        kept_somewhere: Default::default(),
        live: Vec::new(),
        counting,
        notes_calls: false,
        made: None,
        leaves_for_frame: writes_own_frame(code),
        choices: HashMap::new(),
    };
    if object.is_generator() {
        let resume = b.generator()?;
        b.targets()?;
        return Ok(Built {
            func: b.func,
            watches: b.watches,
            held: b.held,
            entry_regs: Vec::new(),
            notes_calls: b.notes_calls,
            resume,
        });
    }
    let mut entry_regs = Vec::new();
    b.func.signature.args = 1;
    b.callable = b.at().argument(0, Ty::FUNCTION);
    let start = match entry {
        Entry::Call => {
            let params = object.param_count.get();
            b.func.signature.args += params;
            b.func.signature.owned = unit.owned;
            for i in 0..params {
                let v = b.at().argument(i + 1, Ty::OBJECT);
                b.regs[i as usize] = Reg::Val(v);
            }
            for i in params..code.temp_base as u32 {
                let v = b.at().const_unbound();
                b.regs[i as usize] = Reg::Val(v);
            }
            0
        }
        Entry::Loop(pc) => {
            // The frame gives everything away, its callable included, however much that is.
            b.func.signature.all_owned = true;
            let live = live_at(code, pc);
            for (i, live) in live.iter().enumerate() {
                if *live {
                    let index = b.func.signature.args;
                    b.func.signature.args += 1;
                    let v = b.at().argument(index, Ty::SLOT);
                    b.regs[i] = Reg::Val(v);
                    entry_regs.push(i as u16);
                }
            }
            b.leader[pc as usize] = true;
            b.pc = pc;
            if !matches!(guesses, Guesses::None | Guesses::Nothing) {
                b.take_iterators(held);
            }
            pc
        }
    };
    if counting && !b.header[start as usize] {
        b.pc = start;
        b.guard(|b| b.count_down(TICKS));
    }
    if b.leader[start as usize] {
        b.goto(start)?;
    } else {
        b.run(start)?;
    }
    b.targets()?;
    Ok(Built {
        func: b.func,
        watches: b.watches,
        held: b.held,
        entry_regs,
        resume: Box::default(),
        notes_calls: b.notes_calls,
    })
}

impl Build<'_> {
    /// Translates the blocks that were jumped to, and those that these jump to.
    fn targets(&mut self) -> Res {
        while let Some(pc) = self.next_target() {
            let target = self.targets.get_mut(&pc).expect("queued");
            target.done = true;
            self.block = target.block;
            self.regs = target.regs.clone();
            self.run(pc)?;
        }
        Ok(())
    }

    /// Blocks in order of their place: what comes earlier has been seen by then, back edges apart.
    fn next_target(&mut self) -> Option<u32> {
        let (index, pc) = self.queue.iter().copied().enumerate().min_by_key(|entry| entry.1)?;
        self.queue.swap_remove(index);
        Some(pc)
    }

    /// Translates from `pc` to the end of the block.
    fn run(&mut self, mut pc: u32) -> Res {
        self.ended = false;
        if self.header[pc as usize] {
            self.begin(pc);
            self.guard(|b| b.poll());
            if self.counting {
                self.guard(|b| b.count_down(TICKS));
            }
        }
        loop {
            self.begin(pc);
            let instr = self.code.instrs[pc as usize];
            let next = self.instr(instr)?;
            if self.ended {
                return Ok(());
            }
            pc = next;
            if self.leader[pc as usize] {
                return self.goto(pc);
            }
        }
    }

    /// What is appended from now on belongs to the instruction at `pc`.
    fn begin(&mut self, pc: u32) {
        self.pc = pc;
        self.snaps = (None, None);
    }

    // ---- Appending ----

    fn at(&mut self) -> Builder<'_> {
        Builder::new(&mut self.func, self.block)
    }

    /// Appends what leaves before the instruction has done anything.
    fn guard(&mut self, f: impl FnOnce(&mut Builder<'_>) -> V) -> V {
        let snap = self.reexec();
        let mut b = Builder::new(&mut self.func, self.block);
        b.at(snap);
        f(&mut b)
    }

    /// Appends what may raise, and the way to this function's handler, if there is one.
    fn op(&mut self, f: impl FnOnce(&mut Builder<'_>) -> V) -> Res<V> {
        let snap = self.raise_state();
        let mut b = Builder::new(&mut self.func, self.block);
        b.at(snap);
        let value = f(&mut b);
        self.caught(value)
    }

    /// Sends an exception of the instruction just appended to the handler.
    fn caught(&mut self, value: V) -> Res<V> {
        let pc = self.pc;
        let Some(handler) = self.code.handler_at(pc).copied() else {
            return Ok(value);
        };
        // Every generator has a handler around all of it that turns StopIteration into RuntimeError: the interpreter does that.
        if self.code.instrs[handler.target as usize].op() == Op::StopIterationError {
            return Ok(value);
        }
        let edge = self.func.add_block();
        self.func.blocks[edge.index()].cold = true;
        let mut b = Builder::new(&mut self.func, self.block);
        let result = b.catch(value, edge, &[]);
        let next = b.block;
        let (regs, ended) = (self.regs.clone(), self.ended);
        self.block = edge;
        let code = self.func.code;
        let exception = self.at().take_pending(code, pc, 0);
        for reg in &mut self.regs[handler.depth as usize..] {
            *reg = Reg::Dead;
        }
        self.regs[handler.exception as usize] = Reg::Val(exception);
        self.goto(handler.target)?;
        self.regs = regs;
        self.ended = ended;
        self.block = next;
        Ok(result)
    }

    // ---- Frame states ----

    fn entries(&mut self) -> Vec<(u32, V)> {
        let mut entries = Vec::with_capacity(self.regs.len() + 1);
        let (mut ranges, mut items) = (Vec::new(), Vec::new());
        let temp_base = self.code.temp_base as usize;
        for (i, reg) in self.regs.iter().enumerate() {
            match *reg {
                Reg::Dead => {}
                Reg::Val(v) => {
                    // A local that is known to be unbound need not be said.
                    let unbound = i < temp_base && self.func.ty(v).is_subtype(Ty::UNBOUND);
                    if !unbound {
                        entries.push((i as u32, v));
                    }
                }
                Reg::Range { next, stop, step } => ranges.push((i as u32, next, stop, step)),
                Reg::Items { of, index, .. } => items.push((i as u32, of, index)),
            }
        }
        if let Some(made) = self.made {
            entries.push((MADE, made));
        }
        entries.push((CALLABLE, self.callable));
        for &(i, next, _, _) in &ranges {
            entries.push((i + RANGE_NEXT, next));
        }
        for &(i, _, stop, _) in &ranges {
            entries.push((i + RANGE_STOP, stop));
        }
        for &(i, _, _, step) in &ranges {
            let step = self.entry_i64(step);
            entries.push((i + RANGE_STEP, step));
        }
        entries.extend(items.iter().map(|&(i, of, _)| (i + ITEMS, of)));
        entries.extend(items.iter().map(|&(i, _, index)| (i + ITEMS_INDEX, index)));
        entries
    }

    /// A machine constant that is there everywhere.
    fn entry_i64(&mut self, number: i64) -> V {
        let value = self.func.make(kiln_hir::Inst::ConstI64 { value: number }, Ty::I64);
        self.func.insts[value.index()].ty = self.func.infer_type(value);
        self.func.blocks[0].insts.insert(0, value);
        value
    }

    fn state(&mut self, resume: Resume, pc: u32) -> Snap {
        let entries = self.entries();
        let code = self.func.code;
        self.func.add_snap(resume, code, pc, None, None, &entries)
    }

    /// To execute this instruction again. Registers are as the instruction finds them.
    fn reexec(&mut self) -> Snap {
        match self.snaps.0 {
            Some(snap) => snap,
            None => {
                let snap = self.state(Resume::Reexec, self.pc);
                *self.snaps.0.insert(snap)
            }
        }
    }

    /// To raise from this instruction.
    fn raise_state(&mut self) -> Snap {
        match self.snaps.1 {
            Some(snap) => snap,
            None => {
                let snap = self.state(Resume::Raise, self.pc);
                *self.snaps.1.insert(snap)
            }
        }
    }

    /// From here on, the instruction has taken its operands out of the registers: only what raises may follow.
    fn commit(&mut self, instr: Instr) {
        self.consume(instr);
        self.snaps.1 = None;
    }

    /// Leaves for the interpreter here, always.
    fn leave(&mut self) {
        self.guard(|b| b.exit());
        self.ended = true;
    }

    /// Whether the instruction, which loads something of that name, gets a frame whose variables are to change.
    fn gets_frame(&self, name: Value) -> bool {
        let is = |getter: &str| name.exact::<Str>().is_some_and(|name| name.eq_str(getter));
        self.leaves_for_frame && FRAME_GETTERS.into_iter().any(is)
    }

    /// Asks whether what the code relies on still holds.
    fn check_valid(&mut self) {
        self.guard(|b| b.check_valid(kiln_hir::WatchId(0)));
    }

    // ---- Blocks ----

    /// The block of the bytecode at `pc`, made for the registers as they are now when it is reached for the first time.
    fn target(&mut self, pc: u32) -> Block {
        if let Some(target) = self.targets.get(&pc) {
            return target.block;
        }
        let block = self.func.add_block();
        let mut regs = self.regs.clone();
        for reg in &mut regs {
            match reg {
                Reg::Dead => {}
                Reg::Val(v) => *v = self.func.add_param(block, Ty::SLOT),
                Reg::Range { next, stop, .. } => {
                    *next = self.func.add_param(block, Ty::I64);
                    *stop = self.func.add_param(block, Ty::I64);
                }
                Reg::Items { of, index, list } => {
                    *of = self.func.add_param(block, if *list { Ty::LIST } else { Ty::TUPLE });
                    *index = self.func.add_param(block, Ty::I64);
                }
            }
        }
        self.targets.insert(
            pc,
            Target {
                block,
                regs,
                done: false,
            },
        );
        self.queue.push(pc);
        block
    }

    /// The arguments that the block at `pc` wants, from the registers as they are now.
    fn args_for(&mut self, pc: u32) -> Res<(Block, Vec<V>)> {
        let block = self.target(pc);
        let dead = self.at().const_int(0);
        let target = &self.targets[&pc];
        let mut args = Vec::new();
        for (i, (want, have)) in target.regs.iter().zip(&self.regs).enumerate() {
            match (want, have) {
                (Reg::Dead, _) => {}
                (Reg::Val(_), Reg::Val(v)) => args.push(*v),
                // As the interpreter has it: a dead register is zero.
                (Reg::Val(_), Reg::Dead) => args.push(dead),
                (Reg::Range { step: a, .. }, Reg::Range { next, stop, step }) if a == step => {
                    args.extend([*next, *stop])
                }
                (Reg::Items { list: a, .. }, Reg::Items { of, index, list }) if a == list => args.extend([*of, *index]),
                _ => return bail(format!("register {i} is not the same on every way to instruction {pc}")),
            }
        }
        Ok((block, args))
    }

    fn goto(&mut self, pc: u32) -> Res {
        let (block, args) = self.args_for(pc)?;
        self.at().jump((block, &args));
        self.ended = true;
        Ok(())
    }

    /// Ends the block: to `pc` when the condition is as `when` says, to the next instruction otherwise. Goes on there.
    fn jump_when(&mut self, condition: V, when: bool, pc: u32) -> Res<u32> {
        let next = self.pc + 1;
        let (to, args) = self.args_for(pc)?;
        let fall = self.func.add_block();
        let (a, b): ((Block, &[V]), (Block, &[V])) = ((to, &args), (fall, &[]));
        if when {
            self.at().branch(condition, a, b);
        } else {
            self.at().branch(condition, b, a);
        }
        self.block = fall;
        Ok(next)
    }

    // ---- Registers ----

    fn reg(&mut self, index: u16) -> Res<V> {
        match self.regs[index as usize] {
            Reg::Val(v) => Ok(v),
            Reg::Dead => bail(format!("register {index} is read when it is dead")),
            Reg::Range { .. } | Reg::Items { .. } => bail("an iterator in parts is used"),
        }
    }

    /// A register that holds an object.
    fn object_in(&mut self, index: u16) -> Res<V> {
        let v = self.reg(index)?;
        Ok(self.bound(v))
    }

    fn bound(&mut self, v: V) -> V {
        if self.func.ty(v).is_subtype(Ty::OBJECT) {
            return v;
        }
        self.at().refine(v, Ty::OBJECT)
    }

    fn set(&mut self, index: u16, v: V) {
        self.regs[index as usize] = Reg::Val(v);
    }

    /// Value operand `b` (or another, by its flags).
    fn use_of(&mut self, instr: Instr, which: u8) -> Res<V> {
        use kiln_bytecode::flags;
        let (constant, index) = match which {
            b'a' => (flags::A_CONST, instr.a()),
            b'b' => (flags::B_CONST, instr.b()),
            _ => (flags::C_CONST, instr.c()),
        };
        if instr.has(constant) {
            let value = self.object.constant(index as u32);
            return Ok(self.constant(value));
        }
        self.object_in(index)
    }

    /// Temporaries that the instruction consumes are dead after it.
    fn consume(&mut self, instr: Instr) {
        let regs = &mut self.regs;
        instr.operands(|operand| match operand {
            Operand::Use { reg, take: true } | Operand::Kill(reg) => regs[reg as usize] = Reg::Dead,
            Operand::UseRange { first, count } => {
                for reg in first..first + count {
                    regs[reg as usize] = Reg::Dead;
                }
            }
            _ => {}
        });
    }

    // ---- Constants ----

    fn constant(&mut self, value: Value) -> V {
        if value.is_int() {
            return self.at().const_int(value.int());
        }
        if value.is_ptr() {
            if value.is_none() {
                return self.at().const_none();
            }
            if value.is_true() || value.is_false() {
                return self.at().const_pybool(value.is_true());
            }
            if value.is_unbound() {
                return self.at().const_unbound();
            }
        }
        let id = self.const_id(value);
        self.at().const_object(id)
    }

    pub fn const_id(&mut self, value: Value) -> kiln_hir::ConstId {
        let ty = type_of(value);
        let text = describe(value);
        if value.is_ptr() {
            self.held.push(value.to_object());
        }
        self.func.add_const(value.0, ty, text)
    }

    /// The object that a value is known to be.
    fn known(&self, v: V) -> Option<Value> {
        let id = self.func.ty(v).object_value()?;
        Some(Value(self.func.constant(id).word))
    }

    /// The bits that the interpreter noted at this instruction.
    fn feedback(&self) -> u8 {
        let seen = self.object.feedback()[self.pc as usize].get();
        if seen == 0 && self.guesses != Guesses::All {
            return kiln_interp::fb::OTHER;
        }
        seen
    }

    /// Counts that the runtime does what compiled code could do if it were made again, as long as it may be.
    fn count_miss(&mut self) {
        if matches!(self.guesses, Guesses::All | Guesses::Seen) && !self.counting {
            self.guard(|b| b.count_down(MISSES));
        }
    }

    /// Whether guards at this instruction have failed so often that it is compiled without.
    fn gives_up(&self) -> bool {
        matches!(self.guesses, Guesses::None | Guesses::Nothing) || self.unit.failures_at(self.pc) >= 2
    }

    /// Whether the code may rely on classes, globals and functions as they are now.
    fn may_rely(&self) -> bool {
        self.guesses != Guesses::Nothing
    }
}

/// The type of an object, as far as it will not change.
pub fn type_of(value: Value) -> Ty {
    if value.is_int() {
        return Ty::INT.with_spec(kiln_hir::Spec::Int(value.int()));
    }
    if value.is_flonum() {
        return Ty::FLONUM.with_spec(kiln_hir::Spec::Float(value.flonum_value().to_bits()));
    }
    let ty = match value.header().shape().0 {
        known::INT => Ty::BIG_INT,
        known::FLOAT => Ty::BOXED_FLOAT,
        known::BOOL => Ty::PY_BOOL,
        known::NONE => Ty::NONE,
        known::UNBOUND => Ty::UNBOUND,
        known::STR => Ty::STR,
        known::BYTES => Ty::BYTES,
        known::LIST => Ty::LIST,
        known::TUPLE => Ty::TUPLE,
        known::DICT => Ty::DICT,
        known::FUNCTION => Ty::FUNCTION,
        known::TYPE => Ty::TYPE,
        known::CELL => Ty::CELL,
        known::GENERATOR => Ty::GENERATOR,
        shape if shape == kiln_object::set::Set::class().root_shape().0 => Ty::SET,
        _ => Ty::INSTANCE,
    };
    let ty = if value.header().is_immortal() {
        ty.immortal()
    } else {
        ty
    };
    match value.exact::<kiln_object::float::Float>() {
        Some(f) => ty.with_spec(kiln_hir::Spec::Float(f.value.get().to_bits())),
        None => ty,
    }
}

/// How HIR's text shows an object. Runs no Python code.
fn describe(value: Value) -> String {
    if value.is_flonum() {
        return format!("{:?}", value.flonum_value());
    }
    if let Some(s) = value.cast::<kiln_object::str::Str>() {
        let mut text = s.to_string_lossy();
        if text.chars().count() > 40 {
            text = text.chars().take(40).collect();
        }
        return format!("{text:?}");
    }
    if let Some(f) = value.exact::<kiln_object::function::Function>() {
        let name = f
            .qualname
            .peek()
            .and_then(|q| q.cast::<kiln_object::str::Str>().map(|s| s.to_string_lossy()));
        return format!("function {}", name.unwrap_or_default());
    }
    if let Some(t) = value.cast::<kiln_object::Type>() {
        return format!("class {}", t.name());
    }
    format!("a {}", value.class().name())
}

/// Which registers hold something when control comes to `pc`.
fn live_at(code: &Code, pc: u32) -> Vec<bool> {
    live_everywhere(code, 0)[pc as usize].clone().unwrap_or_default()
}

/// Which registers hold something when control comes to an instruction, from `start` on; none for those it never comes to.
fn live_everywhere(code: &Code, start: u32) -> Vec<Option<Vec<bool>>> {
    let mut known: Vec<Option<Vec<bool>>> = vec![None; code.instrs.len()];
    let mut first = vec![false; code.reg_count as usize];
    for reg in first.iter_mut().take(code.temp_base as usize) {
        *reg = true;
    }
    let mut work = vec![(start, first)];
    while let Some((at, regs)) = work.pop() {
        match &mut known[at as usize] {
            Some(old) => {
                // A register that is dead on one way is dead.
                let mut changed = false;
                for (old, new) in old.iter_mut().zip(&regs) {
                    changed |= *old && !*new;
                    *old &= *new;
                }
                if !changed {
                    continue;
                }
            }
            none => *none = Some(regs.clone()),
        }
        let regs = known[at as usize].clone().unwrap_or(regs);
        if let Some(handler) = code.handler_at(at) {
            let mut there = regs.clone();
            for reg in &mut there[handler.depth as usize..] {
                *reg = false;
            }
            there[handler.exception as usize] = true;
            work.push((handler.target, there));
        }
        let instr = code.instrs[at as usize];
        let mut after = regs;
        instr.operands(|operand| match operand {
            Operand::Use { reg, take: true } | Operand::Kill(reg) => after[reg as usize] = false,
            Operand::UseRange { first, count } => {
                after[first as usize..(first + count) as usize].fill(false);
            }
            Operand::Def(reg) | Operand::Unbind(reg) => after[reg as usize] = true,
            Operand::DefRange { first, count } => after[first as usize..(first + count) as usize].fill(true),
            _ => {}
        });
        if let Some(target) = instr.target(at) {
            let mut there = after.clone();
            if instr.op() == Op::ForIter {
                there[instr.b() as usize] = false;
                // The item's register is as it was.
                there[instr.a() as usize] = known[at as usize].as_ref().is_some_and(|regs| regs[instr.a() as usize]);
            }
            if instr.op() == Op::Send {
                there[instr.a() as usize] = false;
            }
            work.push((target, there));
        }
        if !instr.op().traits().has(kiln_bytecode::Traits::END) {
            work.push((at + 1, after));
        }
    }
    known
}
