//! Moves what a loop does the same way each time round to before the loop.
//!
//! ```text
//!   jump [bb1(v2)]                                v6: Int = guard_type v1 [Int] @s9
//! bb1(v3: Int):                                   jump [bb1(v2)]
//!   poll @s1                              =>    bb1(v3: Int):
//!   …                                             poll @s1
//!   v6: Int = guard_type v1 [Int] @s2             …
//! ```
//!
//! Takes instructions that can be repeated and whose operands come from outside, loads included when the loop writes nothing that they read.
//! What may leave, it takes only from blocks that every round runs through, and only from loops whose header has a frame state: that state,
//! as it is on the way in, is where the interpreter then goes on. Cost: one look at each instruction in a loop.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, Dominators, Loops};
use kiln_hir::liveness::BitSet;
use kiln_hir::{Alias, Block, BlockCall, Does, Function, Inst, Ownership, Resume, Snap, Ty, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "hoist_invariants",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let cfg = Cfg::new(func);
    let dominators = Dominators::new(&cfg);
    let loops = Loops::new(&cfg, &dominators);
    if loops.loops.is_empty() {
        return Changed::No;
    }
    let mut homes = vec![Block(u32::MAX); func.insts.len()];
    for &block in &cfg.order {
        let data = &func.blocks[block.index()];
        for value in data.params.iter().chain(&data.insts) {
            homes[value.index()] = block;
        }
    }
    let mut changed = false;
    // Inner loops first: what leaves an inner loop may then leave the one around it.
    for index in (0..loops.loops.len()).rev() {
        changed |= hoist(func, &cfg, &dominators, &loops, index, &mut homes, context);
    }
    changed.into()
}

/// Whether an instruction is right only where a branch has led: it says so itself, or loads from what such an instruction names.
fn relies_on_branch(func: &Function, inst: &Inst) -> bool {
    if let Inst::Refine { ty, .. } = inst {
        return ty.is_subtype(Ty::INSTANCE);
    }
    if inst.effects().reads.is_empty() {
        return false;
    }
    let mut relies = false;
    inst.for_each_operand(|_, mut value, _| {
        while func.inst(value).effects().result == Ownership::Same && !relies {
            relies = matches!(func.inst(value), Inst::Refine { .. });
            let mut operand = None;
            func.inst(value)
                .for_each_operand(|_, used, _| operand = operand.or(Some(used)));
            let Some(used) = operand else { break };
            value = used;
        }
    });
    relies
}

fn hoist(
    func: &mut Function,
    cfg: &Cfg,
    dominators: &Dominators,
    loops: &Loops,
    index: usize,
    homes: &mut [Block],
    context: &mut Context<'_>,
) -> bool {
    let this = &loops.loops[index];
    let mut inside = BitSet::new(func.blocks.len());
    let mut writes = Alias::empty();
    for block in &this.blocks {
        inside.insert(block.index());
        for value in &func.blocks[block.index()].insts {
            writes |= func.inst(*value).effects().writes;
        }
    }
    // The one way in, from a block that does nothing but come here.
    let mut outside = cfg.preds[this.header.index()]
        .iter()
        .filter(|pred| !inside.contains(pred.index()));
    let (Some(&before), None) = (outside.next(), outside.next()) else {
        return false;
    };
    let Some(last) = func.terminator(before) else {
        return false;
    };
    let Inst::Jump { target } = *func.inst(last) else {
        return false;
    };
    let entry_snap = header_snap(func, this.header);
    let mut made_snap = None;
    let mut moved = Vec::new();
    let blocks: Vec<Block> = cfg
        .order
        .iter()
        .copied()
        .filter(|block| inside.contains(block.index()))
        .collect();
    for block in blocks {
        let every_round = this.latches.iter().all(|latch| dominators.dominates(block, *latch));
        for at in 0..func.blocks[block.index()].insts.len() {
            let value = func.blocks[block.index()].insts[at];
            let inst = func.inst(value);
            let effects = inst.effects();
            let exits = effects.does.contains(Does::EXIT);
            if !effects.is_repeatable()
                || !inst.has_result()
                || effects.reads.intersects(writes)
                // The length that makes the index right is checked by nobody whose result this uses.
                || matches!(inst, Inst::LoadArg { .. } | Inst::TupleItem { .. })
                || is_constant(inst)
                || exits && !(every_round && entry_snap.is_some())
                || relies_on_branch(func, inst)
                // A load may rely on a guard in a block that not every round runs through.
                || !every_round && !effects.reads.is_empty()
            {
                continue;
            }
            let mut invariant = true;
            inst.for_each_value(func, |used| invariant &= !inside.contains(homes[used.index()].index()));
            if !invariant || !context.may_rewrite() {
                continue;
            }
            if exits {
                let snap = *made_snap.get_or_insert_with(|| entry_state(func, entry_snap, this.header, target));
                func.insts[value.index()].snap = snap;
            }
            homes[value.index()] = before;
            moved.push(value);
        }
    }
    if moved.is_empty() {
        return false;
    }
    let mut gone = BitSet::new(func.insts.len());
    for value in &moved {
        gone.insert(value.index());
    }
    for block in &this.blocks {
        func.blocks[block.index()]
            .insts
            .retain(|value| !gone.contains(value.index()));
    }
    let insts = &mut func.blocks[before.index()].insts;
    let at = insts.len() - 1;
    insts.splice(at..at, moved);
    true
}

/// Constants cost nothing where they are, and registers where they are not.
fn is_constant(inst: &Inst) -> bool {
    let mut operands = 0;
    inst.for_each_operand(|_, _, _| operands += 1);
    operands == 0 && inst.effects().reads.is_empty()
}

/// The frame state at which the interpreter would enter the loop: the first in the header, if nothing has happened before it.
fn header_snap(func: &Function, header: Block) -> Option<Snap> {
    for &value in &func.blocks[header.index()].insts {
        if let Some(snap) = func.snap(value) {
            let data = &func.snaps[snap.index()];
            let params = &func.blocks[header.index()].params;
            let mut outside = true;
            // It must name nothing that the header itself makes.
            func.for_each_snap_value(snap, |value| {
                outside &= params.contains(&value) || !func.blocks[header.index()].insts.contains(&value);
            });
            return (data.resume == Resume::Reexec && outside).then_some(snap);
        }
        if !func.inst(value).effects().is_replayable() {
            return None;
        }
    }
    None
}

/// That frame state on the way in: parameters are what is passed for them.
fn entry_state(func: &mut Function, snap: Option<Snap>, header: Block, target: BlockCall) -> Option<Snap> {
    let params = func.blocks[header.index()].params.clone();
    let args: Vec<Value> = func.args(target.args).to_vec();
    let given = |value: Value| {
        params
            .iter()
            .position(|param| *param == value)
            .map_or(value, |index| args[index])
    };
    Some(func.map_snap(snap?, &mut { given }))
}
