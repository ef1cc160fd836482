//! Removes what nobody needs: instructions whose result is unused and that do nothing else, and parameters that are only passed on.
//!
//! ```text
//!   v3: Int = int_add v1, v2 @s0          =>
//!   return_value v1                               return_value v1
//! ```
//!
//! A guard stays even if its value is not used: had it failed, something else would have happened. Sums and products go, overflow or not. What a
//! frame state names is needed. Cost: one marking walk.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, map_calls};
use kiln_hir::liveness::BitSet;
use kiln_hir::{Args, BlockCall, Function, Inst, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "dead_code",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    if !context.may_rewrite() {
        return Changed::No;
    }
    let cfg = Cfg::new(func);
    let mut needed = BitSet::new(func.insts.len());
    let mut work: Vec<Value> = Vec::new();
    // Arguments by parameter: needed when the parameter is.
    let mut passed: Vec<(Value, Value)> = Vec::new();
    for &block in &cfg.order {
        for &value in &func.blocks[block.index()].insts {
            let inst = func.inst(value);
            let keeps = match inst {
                // The caller has handed a reference over.
                Inst::LoadArg { index } => func.signature.owns(*index),
                inst => !inst.effects().is_removable(),
            };
            if keeps && needed.insert(value.index()) {
                work.push(value);
            }
            inst.for_each_target(func, |target, args| {
                let params = &func.blocks[target.index()].params;
                passed.extend(params.iter().copied().zip(func.args(args).iter().copied()));
            });
        }
    }
    passed.sort();
    while let Some(value) = work.pop() {
        let mut need = |value: Value| {
            if needed.insert(value.index()) {
                work.push(value);
            }
        };
        let inst = func.inst(value);
        if matches!(inst, Inst::Param { .. }) {
            let start = passed.partition_point(|entry| entry.0 < value);
            passed[start..]
                .iter()
                .take_while(|entry| entry.0 == value)
                .for_each(|entry| need(entry.1));
        } else {
            inst.for_each_operand(|_, operand, _| need(operand));
            let mut is_jump = false;
            inst.for_each_target(func, |_, _| is_jump = true);
            if !is_jump {
                inst.for_each_value(func, &mut need);
            }
        }
        if let Some(snap) = func.snap(value) {
            func.for_each_snap_value(snap, need);
        }
    }
    let mut changed = false;
    for &block in &cfg.order {
        if let Some(last) = func.terminator(block) {
            changed |= drop_args(func, last, &needed);
        }
    }
    for &block in &cfg.order {
        let data = &mut func.blocks[block.index()];
        let before = data.insts.len();
        data.params.retain(|param| needed.contains(param.index()));
        data.insts.retain(|value| needed.contains(value.index()));
        changed |= data.insts.len() != before;
    }
    changed.into()
}

/// Drops arguments to parameters that go away.
fn drop_args(func: &mut Function, last: Value, needed: &BitSet) -> bool {
    let mut changed = false;
    let shorten = |func: &mut Function, call: BlockCall| -> BlockCall {
        let params = &func.blocks[call.block.index()].params;
        if params.iter().all(|param| needed.contains(param.index())) {
            return call;
        }
        changed = true;
        let kept: Vec<Value> = params
            .iter()
            .zip(func.args(call.args))
            .filter(|(param, _)| needed.contains(param.index()))
            .map(|(_, arg)| *arg)
            .collect();
        BlockCall {
            block: call.block,
            args: if kept.is_empty() {
                Args::EMPTY
            } else {
                func.add_args(&kept)
            },
        }
    };
    map_calls(func, last, shorten);
    changed
}
