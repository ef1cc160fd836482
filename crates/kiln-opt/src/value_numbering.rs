//! Computes things once: an instruction that is dominated by one that does the same is replaced by it, guards and loads included.
//!
//! ```text
//!   v2: Int = guard_type v1 [Int] @s0             v2: Int = guard_type v1 [Int] @s0
//!   …                                             …
//!   v5: Int = guard_type v1 [Int] @s1     =>      (v2)
//! ```
//!
//! Relies on the effects table. A load is the same as long as nothing in between may have written what it reads: memory has a number per alias class,
//! slots of instances one for each offset, and a write gives it a new one. Where ways meet, whatever any block between there and the dominator
//! writes gets a new number. What is stored and then loaded is forwarded if it is not counted: a counted one is borrowed more cheaply from where
//! it was stored. Cost: one walk, and at joins a walk over the blocks in between.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, Dominators};
use kiln_hir::liveness::BitSet;
use kiln_hir::{Alias, Block, Does, Function, Inst, ShapeId, Ty, Value};
use smallvec::SmallVec;

/// The pass.
pub const PASS: Pass = Pass {
    name: "value_numbering",
    required: false,
    run,
};

type Key = SmallVec<[u64; 6]>;

/// Offsets that are told apart; others share a number.
const OFFSETS: usize = 64;
const CLASSES: usize = 16;

/// What a stretch of code writes.
#[derive(Copy, Clone, Default)]
struct Writes {
    classes: u32,
    slots: u64,
    raw: u64,
}

impl Writes {
    fn add(&mut self, other: Writes) {
        self.classes |= other.classes;
        self.slots |= other.slots;
        self.raw |= other.raw;
    }

    fn is_empty(self) -> bool {
        self.classes == 0 && self.slots == 0 && self.raw == 0
    }

    fn of(inst: &Inst) -> Writes {
        let effects = inst.effects();
        if effects.writes.is_empty() {
            return Writes::default();
        }
        match inst {
            Inst::SwapSlot { offset, .. } | Inst::InitSlot { offset, .. } => Writes {
                slots: 1 << bucket(*offset),
                ..Writes::default()
            },
            Inst::StoreRaw { offset, .. } => Writes {
                raw: 1 << bucket(*offset),
                ..Writes::default()
            },
            _ => Writes {
                classes: effects.writes.bits(),
                ..Writes::default()
            },
        }
    }
}

fn bucket(offset: u32) -> usize {
    (offset as usize / 8) % OFFSETS
}

/// How a shape came to be known.
#[derive(Copy, Clone)]
enum Known {
    /// A value stands for the object in that shape.
    ByValue,
    /// Whoever gets here has asked for it.
    ByBranch,
}

/// Numbers of the parts of memory.
#[derive(Clone)]
struct Memory {
    classes: [u32; CLASSES],
    slots: [u32; OFFSETS],
    raw: [u32; OFFSETS],
}

struct Numbering<'a> {
    func: &'a mut Function,
    cfg: &'a Cfg,
    dominators: &'a Dominators,
    /// What is known, with the block that knows it; an entry counts where its block dominates.
    known: hashbrown::HashMap<Key, (Value, Block), foldhash::fast::FixedState>,
    memory: Memory,
    /// The last number given.
    clock: u32,
    /// What each block writes.
    writes: Vec<Writes>,
    /// Something was rewritten in place.
    rewritten: bool,
    /// Memory at the end of each block walked so far that dominates something not yet walked.
    ends: Vec<Option<Box<Memory>>>,
}

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let cfg = Cfg::new(func);
    let dominators = Dominators::new(&cfg);
    let writes = func
        .all_blocks()
        .map(|block| {
            let mut all = Writes::default();
            for value in &func.blocks[block.index()].insts {
                all.add(Writes::of(func.inst(*value)));
            }
            all
        })
        .collect();
    let blocks = func.blocks.len();
    let mut numbering = Numbering {
        func,
        cfg: &cfg,
        dominators: &dominators,
        known: Default::default(),
        memory: Memory {
            classes: [0; CLASSES],
            slots: [0; OFFSETS],
            raw: [0; OFFSETS],
        },
        clock: 0,
        writes,
        rewritten: false,
        ends: vec![None; blocks],
    };
    for &block in &cfg.order {
        numbering.block(block, context);
    }
    let changed = numbering.func.has_replacements() || numbering.rewritten;
    numbering.func.apply_replacements();
    changed.into()
}

impl Numbering<'_> {
    fn block(&mut self, block: Block, context: &mut Context<'_>) {
        if let Some(parent) = self.dominators.parent(block)
            && let Some(end) = &self.ends[parent.index()]
        {
            self.memory.clone_from(end);
            if self.cfg.preds[block.index()].len() != 1 || self.cfg.preds[block.index()][0] != parent {
                let between = self.between(parent, block);
                self.write(between);
            }
        }
        self.learn_from_branch(block);
        for index in 0..self.func.blocks[block.index()].insts.len() {
            let value = self.func.blocks[block.index()].insts[index];
            if self.func.has_replacements() {
                self.func.update_operands(value);
            }
            let inst = *self.func.inst(value);
            if self.shape_is_known(value, &inst, block, context) {
                continue;
            }
            let effects = inst.effects();
            if effects.is_repeatable()
                && inst.has_result()
                && !matches!(inst, Inst::LoadArg { .. } | Inst::Param { .. } | Inst::GuardShape { .. })
                // Says something of the ways to its own block only.
                && !matches!(inst, Inst::Refine { ty, .. } if ty.is_subtype(Ty::INSTANCE))
            {
                let key = self.key(&inst);
                match self.known.get(&key) {
                    Some(&(other, home)) if self.dominators.dominates(home, block) && context.may_rewrite() => {
                        self.func.replace(value, other);
                        continue;
                    }
                    _ => {
                        self.known.insert(key, (value, block));
                    }
                }
            }
            if let Inst::NewInstance { shape, .. } = inst {
                self.shaped(value, shape, block);
            }
            let writes = Writes::of(&inst);
            if !writes.is_empty() {
                self.write(writes);
                self.stored(&inst, block);
            }
        }
        if !self.dominators.children[block.index()].is_empty() {
            self.ends[block.index()] = Some(Box::new(self.memory.clone()));
        }
    }

    /// Everything that the blocks on ways from `from` to `to` may write, a loop back to `to` included.
    fn between(&self, from: Block, to: Block) -> Writes {
        let mut seen = BitSet::new(self.func.blocks.len());
        seen.insert(from.index());
        let mut work: SmallVec<[Block; 8]> = self.cfg.preds[to.index()].iter().copied().collect();
        let mut all = Writes::default();
        while let Some(block) = work.pop() {
            if seen.insert(block.index()) {
                all.add(self.writes[block.index()]);
                work.extend(self.cfg.preds[block.index()].iter().copied());
            }
        }
        all
    }

    fn write(&mut self, writes: Writes) {
        if writes.is_empty() {
            return;
        }
        self.clock += 1;
        for (class, number) in self.memory.classes.iter_mut().enumerate() {
            if writes.classes >> class & 1 != 0 {
                *number = self.clock;
            }
        }
        for (parts, bits) in [
            (&mut self.memory.slots, writes.slots),
            (&mut self.memory.raw, writes.raw),
        ] {
            for (offset, number) in parts.iter_mut().enumerate() {
                if bits >> offset & 1 != 0 {
                    *number = self.clock;
                }
            }
        }
    }

    /// What makes two instructions the same: what they do, and the state of the memory they read.
    fn key(&self, inst: &Inst) -> Key {
        let mut key = inst.fingerprint(self.func);
        let reads = inst.effects().reads;
        for class in reads.iter() {
            key.push(self.memory.classes[class.bits().trailing_zeros() as usize].into());
        }
        match inst {
            Inst::LoadSlot { offset, .. } => key.push(self.memory.slots[bucket(*offset)].into()),
            Inst::LoadRaw { offset, .. } => key.push(self.memory.raw[bucket(*offset)].into()),
            // The exit is the same whoever takes it, but a check of a watched word is only as good as its time.
            _ => (),
        }
        key
    }

    /// Where a test of an object's shape leads if it holds, the shape is known.
    fn learn_from_branch(&mut self, block: Block) {
        let [pred] = self.cfg.preds[block.index()][..] else {
            return;
        };
        if let Some(last) = self.func.terminator(pred)
            && let Inst::Branch { condition, then, .. } = *self.func.inst(last)
            && then.block == block
            && let Inst::HasShape { value, shape } = *self.func.inst(condition)
        {
            let key = self.shape_key(value, shape, Known::ByBranch);
            self.known.insert(key, (value, block));
        }
    }

    /// Stands for the fact that an object has a shape, by whatever name the object goes.
    fn shape_key(&self, object: Value, shape: ShapeId, how: Known) -> Key {
        let value = self.func.root(object);
        let mut key = self.key(&Inst::HasShape { value, shape });
        key.push(how as u64);
        key
    }

    fn dominating(&self, key: &Key, block: Block) -> Option<Value> {
        let (value, home) = *self.known.get(key)?;
        self.dominators.dominates(home, block).then_some(value)
    }

    /// Replaces a guard or a test of a shape that is known already; what a guard says is known from there on. A guard that a branch has
    /// made superfluous becomes a refinement, so that loads which rely on it show that they do.
    fn shape_is_known(&mut self, value: Value, inst: &Inst, block: Block, context: &mut Context<'_>) -> bool {
        let (Inst::GuardShape {
            value: object, shape, ..
        }
        | Inst::HasShape { value: object, shape }) = *inst
        else {
            return false;
        };
        let by_value = self.shape_key(object, shape, Known::ByValue);
        let guarded = self.dominating(&by_value, block);
        let by_branch = self.shape_key(object, shape, Known::ByBranch);
        let known = guarded.is_some() || self.dominating(&by_branch, block).is_some();
        match *inst {
            Inst::GuardShape { ty, .. } => {
                let same = guarded.filter(|other| self.func.ty(*other).is_subtype(ty));
                if let Some(other) = same
                    && context.may_rewrite()
                {
                    self.func.replace(value, other);
                    return true;
                }
                let rewrite = known && context.may_rewrite();
                if rewrite {
                    self.rewrite(value, Inst::Refine { value: object, ty });
                    self.func.insts[value.index()].snap = None;
                }
                self.known.insert(by_value, (value, block));
                rewrite
            }
            _ if known && context.may_rewrite() => {
                self.rewrite(value, Inst::ConstBool { value: true });
                true
            }
            _ => false,
        }
    }

    fn rewrite(&mut self, value: Value, inst: Inst) {
        self.func.insts[value.index()].inst = inst;
        self.func.insts[value.index()].ty = self.func.infer_type(value);
        self.rewritten = true;
    }

    /// An object that has just got its shape needs no guard for it.
    fn shaped(&mut self, object: Value, shape: ShapeId, block: Block) {
        let key = self.shape_key(object, shape, Known::ByValue);
        self.known.insert(key, (object, block));
    }

    /// A load right after a store finds what was stored.
    fn stored(&mut self, inst: &Inst, block: Block) {
        let (load, value) = match *inst {
            Inst::StoreShape { object, shape } => return self.shaped(object, shape, block),
            Inst::SwapSlot {
                object,
                value,
                offset,
                ty,
            } => (Inst::LoadSlot { object, offset, ty }, value),
            Inst::InitSlot { object, value, offset } => (
                Inst::LoadSlot {
                    object,
                    offset,
                    ty: Ty::OBJECT,
                },
                value,
            ),
            Inst::StoreRaw { object, value, offset } => (Inst::LoadRaw { object, offset }, value),
            Inst::ListSwap { list, index, value } => (Inst::ListItem { list, index }, value),
            Inst::CellSwap { cell, content } => (Inst::CellLoad { cell }, content),
            _ => return,
        };
        debug_assert!(!inst.effects().does.contains(Does::RUN_PYTHON) && !inst.effects().writes.contains(Alias::HEAP));
        if !self.func.ty(value).is_counted() {
            let key = self.key(&load);
            self.known.insert(key, (value, block));
        }
    }
}
