//! A function under compilation: an arena of instructions, blocks that list them, frame states, and the tables that its ids index.
//!
//! An instruction and the value it produces are one entity. Replacing a value is a union-find operation ([`Function::replace`]); uses are
//! brought up to date once, by [`Function::apply_replacements`].

use crate::builder::Builder;
use crate::effects::{Does, Ownership};
use crate::entity::*;
use crate::imm::{Args, Targets};
use crate::inst::Inst;
use crate::ty::Ty;

/// What a constant of the function's table is.
#[derive(Clone, Debug)]
pub struct Constant {
    /// The word that stands for it in machine code; HIR never looks at it.
    pub word: u64,
    /// Its type.
    pub ty: Ty,
    /// How text shows it.
    pub text: Box<str>,
}

/// How the interpreter goes on at a frame state.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Resume {
    /// Execute the instruction at `pc` as if nothing of it had happened.
    Reexec,
    /// The instruction at `pc` has been executed; `result`, if any, is what it produced, which the interpreter stores where that instruction
    /// stores it before it goes on. For a caller of inlined code the result is still to come.
    Continue,
    /// An exception is pending, raised by the instruction at `pc`.
    Raise,
}

/// A frame state: what the interpreter's registers hold, so that it can go on from here or show the frame.
#[derive(Copy, Clone, Debug)]
pub struct SnapData {
    /// How to go on.
    pub resume: Resume,
    /// Where.
    pub pc: u32,
    /// Which code.
    pub code: CodeId,
    /// The frame that called this one, when this one is inlined.
    pub caller: Option<Snap>,
    /// What the instruction at `pc` produced, for [`Resume::Continue`].
    pub result: Option<Value>,
    /// Register numbers of the entries.
    pub(crate) regs: (u32, u32),
    /// Values of the entries, one for each register number.
    pub values: Args,
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct InstData {
    /// What it does.
    pub inst: Inst,
    /// Type of its result.
    pub ty: Ty,
    /// The frame state for leaving, raising and showing the frame.
    pub snap: Option<Snap>,
    /// Whether the pending word is an ordinary result of it, about which the `branch_pending` that follows asks. Otherwise an exception
    /// leaves the function.
    pub catches: bool,
    /// The values of which this activation owns a reference while the instruction runs, filled in by refcount insertion: who leaves here
    /// gives these up or hands them to the interpreter's frame.
    pub owned: Args,
}

/// A basic block.
#[derive(Clone, Debug, Default)]
pub struct BlockData {
    /// Parameters, in order.
    pub params: Vec<Value>,
    /// Instructions, in order, the last of which is the terminator.
    pub insts: Vec<Value>,
    /// Whether the block is rarely reached.
    pub cold: bool,
}

/// What callers must know.
#[derive(Copy, Clone, Debug, Default)]
pub struct Signature {
    /// Number of arguments.
    pub args: u32,
    /// Arguments of which the callee gets a reference, as bits by position; the others are borrowed from the caller.
    pub owned: u32,
    /// Whether all arguments are, however many there are: those of a loop that is entered in the middle.
    pub all_owned: bool,
    /// Whether the result is a machine float.
    pub returns_f64: bool,
    /// Whether the function is a generator's body, resumed rather than called.
    pub generator: bool,
}

/// A function under compilation.
#[derive(Clone, Debug)]
pub struct Function {
    /// Name for people.
    pub name: String,
    /// The code it was made of; inlined code is named by snapshots.
    pub code: CodeId,
    /// What callers must know.
    pub signature: Signature,
    /// The arena of instructions, indexed by `Value`.
    pub insts: Vec<InstData>,
    /// The blocks, indexed by `Block`; `bb0` is the entry.
    pub blocks: Vec<BlockData>,
    /// Frame states, indexed by `Snap`.
    pub snaps: Vec<SnapData>,
    /// Constant objects.
    pub consts: Vec<Constant>,
    /// Names.
    pub names: Vec<Box<str>>,
    /// Whether references are counted: `incref` and `decref` are in place.
    pub counted: bool,
    pool: Vec<Value>,
    regs: Vec<u32>,
    target_pool: Vec<Block>,
    replaced: Vec<(Value, Value)>,
    forward: Vec<u32>,
}

impl Signature {
    /// Whether the callee gets a reference to that argument.
    pub fn owns(&self, index: u32) -> bool {
        self.all_owned || index < 32 && self.owned >> index & 1 != 0
    }
}

impl Function {
    /// A function with one empty block.
    pub fn new(name: impl Into<String>) -> Function {
        Function {
            name: name.into(),
            code: CodeId(0),
            signature: Signature::default(),
            insts: Vec::new(),
            blocks: vec![BlockData::default()],
            snaps: Vec::new(),
            consts: Vec::new(),
            names: Vec::new(),
            counted: false,
            pool: Vec::new(),
            regs: Vec::new(),
            target_pool: Vec::new(),
            replaced: Vec::new(),
            forward: Vec::new(),
        }
    }

    /// The entry block.
    pub fn entry(&self) -> Block {
        Block(0)
    }

    /// A builder that appends to `block`.
    pub fn at_end(&mut self, block: Block) -> Builder<'_> {
        Builder::new(self, block)
    }

    /// Every block, reachable or not.
    pub fn all_blocks(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }

    /// Adds an empty block.
    pub fn add_block(&mut self) -> Block {
        self.blocks.push(BlockData::default());
        Block(self.blocks.len() as u32 - 1)
    }

    /// Adds a parameter of that type to a block.
    pub fn add_param(&mut self, block: Block, ty: Ty) -> Value {
        let value = self.make(Inst::Param { owned: false }, ty);
        self.blocks[block.index()].params.push(value);
        value
    }

    /// Adds an instruction to the arena, in no block yet.
    pub fn make(&mut self, inst: Inst, ty: Ty) -> Value {
        self.insts.push(InstData {
            inst,
            ty,
            snap: None,
            catches: false,
            owned: Args::EMPTY,
        });
        Value(self.insts.len() as u32 - 1)
    }

    /// The instruction that produces `value`.
    #[inline]
    pub fn inst(&self, value: Value) -> &Inst {
        &self.insts[value.index()].inst
    }

    /// The type of `value`.
    #[inline]
    pub fn ty(&self, value: Value) -> Ty {
        self.insts[value.index()].ty
    }

    /// The frame state of an instruction.
    #[inline]
    pub fn snap(&self, value: Value) -> Option<Snap> {
        self.insts[value.index()].snap
    }

    /// The last instruction of a block.
    pub fn terminator(&self, block: Block) -> Option<Value> {
        self.blocks[block.index()].insts.last().copied()
    }

    /// Gives `value` the type that its operands imply now, narrowed by what is known already when `narrow` is set.
    pub fn infer_type(&self, value: Value) -> Ty {
        let data = &self.insts[value.index()];
        let ty = data.inst.result_type(self, data.ty);
        if data.catches { ty.or_pending() } else { ty }
    }

    // ---- Pools ----

    /// Puts a list of values into the pool.
    pub fn add_args(&mut self, values: &[Value]) -> Args {
        if values.is_empty() {
            return Args::EMPTY;
        }
        let start = self.pool.len() as u32;
        self.pool.extend_from_slice(values);
        Args {
            start,
            len: values.len() as u32,
        }
    }

    /// Puts a copy of a list into the pool.
    pub fn copy_args(&mut self, args: Args) -> Args {
        let start = self.pool.len() as u32;
        self.pool.extend_from_within(args.range());
        Args { start, len: args.len }
    }

    /// The values of a list.
    #[inline]
    pub fn args(&self, args: Args) -> &[Value] {
        &self.pool[args.range()]
    }

    /// The values of a list, to change.
    pub fn args_mut(&mut self, args: Args) -> &mut [Value] {
        &mut self.pool[args.range()]
    }

    /// Puts a list of blocks into the pool.
    pub fn add_targets(&mut self, blocks: &[Block]) -> Targets {
        let start = self.target_pool.len() as u32;
        self.target_pool.extend_from_slice(blocks);
        Targets {
            start,
            len: blocks.len() as u32,
        }
    }

    /// The blocks of a list.
    pub fn targets(&self, targets: Targets) -> &[Block] {
        &self.target_pool[targets.range()]
    }

    // ---- Tables ----

    /// The name `text` in the function's table.
    pub fn intern(&mut self, text: &str) -> NameId {
        match self.names.iter().position(|name| &**name == text) {
            Some(index) => NameId(index as u32),
            None => {
                self.names.push(text.into());
                NameId(self.names.len() as u32 - 1)
            }
        }
    }

    /// The text of a name.
    pub fn name_text(&self, name: NameId) -> &str {
        &self.names[name.index()]
    }

    /// Adds a constant, or finds the one with that word.
    pub fn add_const(&mut self, word: u64, ty: Ty, text: impl Into<Box<str>>) -> ConstId {
        match self.consts.iter().position(|constant| constant.word == word) {
            Some(index) => ConstId(index as u32),
            None => {
                self.consts.push(Constant {
                    word,
                    ty,
                    text: text.into(),
                });
                ConstId(self.consts.len() as u32 - 1)
            }
        }
    }

    /// A constant.
    pub fn constant(&self, id: ConstId) -> &Constant {
        &self.consts[id.index()]
    }

    // ---- Frame states ----

    /// Adds a frame state; `entries` are register numbers and their values, in rising order of registers. A register that is not named is
    /// dead.
    pub fn add_snap(
        &mut self,
        resume: Resume,
        code: CodeId,
        pc: u32,
        result: Option<Value>,
        caller: Option<Snap>,
        entries: &[(u32, Value)],
    ) -> Snap {
        let regs = self.regs.len() as u32;
        self.regs.extend(entries.iter().map(|entry| entry.0));
        let start = self.pool.len() as u32;
        self.pool.extend(entries.iter().map(|entry| entry.1));
        let values = Args {
            start,
            len: entries.len() as u32,
        };
        let regs = (regs, self.regs.len() as u32);
        self.snaps.push(SnapData {
            resume,
            pc,
            code,
            caller,
            result,
            regs,
            values,
        });
        Snap(self.snaps.len() as u32 - 1)
    }

    /// The frame states that an exit at `snap` rebuilds, innermost first.
    pub fn snap_chain(&self, snap: Snap) -> impl Iterator<Item = &SnapData> {
        std::iter::successors(Some(&self.snaps[snap.index()]), |data| {
            data.caller.map(|c| &self.snaps[c.index()])
        })
    }

    /// Registers and values of one frame state.
    pub fn snap_entries(&self, snap: &SnapData) -> impl Iterator<Item = (u32, Value)> {
        let regs = &self.regs[snap.regs.0 as usize..snap.regs.1 as usize];
        regs.iter().copied().zip(self.args(snap.values).iter().copied())
    }

    /// Calls `f` with each value that an exit at `snap` needs, callers' included.
    pub fn for_each_snap_value(&self, snap: Snap, mut f: impl FnMut(Value)) {
        for data in self.snap_chain(snap) {
            data.result.into_iter().for_each(&mut f);
            self.args(data.values).iter().copied().for_each(&mut f);
        }
    }

    /// A copy of a frame state with each value replaced by what `f` makes of it; callers stay shared unless a value of theirs changes.
    pub fn map_snap(&mut self, snap: Snap, f: &mut impl FnMut(Value) -> Value) -> Snap {
        let data = self.snaps[snap.index()];
        let caller = data.caller.map(|caller| self.map_snap(caller, f));
        let result = data.result.map(&mut *f);
        let values = self.copy_args(data.values);
        let mut changed = caller != data.caller || result != data.result;
        for index in values.range() {
            let new = f(self.pool[index]);
            changed |= new != self.pool[index];
            self.pool[index] = new;
        }
        if !changed {
            self.pool.truncate(values.range().start);
            return snap;
        }
        self.snaps.push(SnapData {
            caller,
            result,
            values,
            ..data
        });
        Snap(self.snaps.len() as u32 - 1)
    }

    /// The frame state that executes the instruction again which `snap` is about, if `snap` says how the frame was before it. That holds
    /// of frame states for raising: they list the registers as the instruction found them.
    pub fn snap_to_reexec(&mut self, snap: Snap) -> Snap {
        let data = self.snaps[snap.index()];
        if data.resume != Resume::Raise {
            return snap;
        }
        let copy = self.copy_snap(snap);
        self.snaps[copy.index()].resume = Resume::Reexec;
        copy
    }

    /// A copy of a frame state, with a list of its own.
    pub fn copy_snap(&mut self, snap: Snap) -> Snap {
        let data = self.snaps[snap.index()];
        let values = self.copy_args(data.values);
        self.snaps.push(SnapData { values, ..data });
        Snap(self.snaps.len() as u32 - 1)
    }

    // ---- Replacing ----

    /// From now on `value` is `by`. Takes effect at [`Function::apply_replacements`]; until then [`Function::find`] tells.
    pub fn replace(&mut self, value: Value, by: Value) {
        let by = self.find(by);
        debug_assert!(value.0 != by.0, "{value} replaced by itself");
        if self.forward.len() < self.insts.len() {
            self.forward.resize(self.insts.len(), u32::MAX);
        }
        self.forward[value.index()] = by.0;
        self.replaced.push((value, by));
    }

    /// What `value` has been replaced by, or itself.
    #[inline]
    pub fn find(&self, mut value: Value) -> Value {
        while let Some(&to) = self.forward.get(value.index()) {
            if to == u32::MAX {
                break;
            }
            value = Value(to);
        }
        value
    }

    /// Makes an instruction use what its values have been replaced by.
    pub fn update_operands(&mut self, value: Value) {
        let mut inst = self.insts[value.index()].inst;
        inst.map_operands(|operand| self.find(operand));
        inst.for_each_list(|list| {
            for index in list.range() {
                self.pool[index] = self.find(self.pool[index]);
            }
        });
        self.insts[value.index()].inst = inst;
    }

    /// Whether any replacement waits to be applied.
    pub fn has_replacements(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Makes every use name what it has been replaced by, and takes replaced instructions out of their blocks. Costs one walk.
    pub fn apply_replacements(&mut self) {
        if self.replaced.is_empty() {
            return;
        }
        let forward = std::mem::take(&mut self.forward);
        let find = |mut value: Value| {
            while let Some(&to) = forward.get(value.index()) {
                if to == u32::MAX {
                    break;
                }
                value = Value(to);
            }
            value
        };
        let gone = |value: &Value| forward.get(value.index()).is_some_and(|to| *to != u32::MAX);
        for block in &mut self.blocks {
            block.insts.retain(|value| !gone(value));
        }
        // Operands in the pool belong to exactly one instruction, snapshot or block call, so one sweep over the pool does them all.
        for value in &mut self.pool {
            *value = find(*value);
        }
        for data in &mut self.insts {
            data.inst.map_operands(find);
        }
        for snap in &mut self.snaps {
            snap.result = snap.result.map(find);
        }
        self.replaced.clear();
    }

    /// Replaces the values that an instruction uses by what `f` makes of them. The snapshot stays as it is.
    pub fn map_values(&mut self, value: Value, mut f: impl FnMut(Value) -> Value) {
        let inst = &mut self.insts[value.index()].inst;
        inst.map_operands(&mut f);
        inst.for_each_list(|list| self.pool[list.range()].iter_mut().for_each(|value| *value = f(*value)));
    }

    /// Adds a copy of an instruction to the arena, with lists of its own.
    pub fn copy_inst(&mut self, value: Value) -> Value {
        let mut data = self.insts[value.index()].clone();
        data.inst.map_lists(|list| self.copy_args(list));
        self.insts.push(data);
        Value(self.insts.len() as u32 - 1)
    }

    // ---- Questions ----

    /// Who owns the result of an instruction.
    pub fn ownership(&self, value: Value) -> Ownership {
        match self.inst(value) {
            Inst::LoadArg { index } if self.signature.owns(*index) => Ownership::Owned,
            inst => inst.effects().result,
        }
    }

    /// The value that `value` is a copy of: through guards and refinements, back to what made it. References are counted for that one.
    pub fn root(&self, mut value: Value) -> Value {
        while self.inst(value).effects().result == Ownership::Same {
            let mut operand = None;
            self.inst(value)
                .for_each_operand(|_, used, _| operand = operand.or(Some(used)));
            match operand {
                Some(used) => value = used,
                None => break,
            }
        }
        value
    }

    /// Whether the instruction takes over the reference of its `index`th value.
    pub fn steals(&self, value: Value, index: usize) -> bool {
        match self.inst(value) {
            Inst::CallDirect { owned, .. } => index < 32 && owned >> index & 1 != 0,
            inst => inst.effects().steals.takes(index),
        }
    }

    /// Whether an exception raised by the instruction leaves the function.
    pub fn raises_out(&self, value: Value) -> bool {
        let data = &self.insts[value.index()];
        !data.catches && data.inst.effects().does.contains(Does::RAISE)
    }

    /// Number of instructions in blocks.
    pub fn live_insts(&self) -> usize {
        self.blocks.iter().map(|block| block.insts.len()).sum()
    }
}
