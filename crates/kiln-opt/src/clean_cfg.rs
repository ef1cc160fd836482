//! Tidies the graph: unreachable blocks, blocks that only go on, pairs of blocks that are one, parameters that are always the same value.
//!
//! ```text
//! bb0:                                          bb0:
//!   jump [bb1(v0)]                                return_value v0
//! bb1(v1: Object):                        =>
//!   return_value v1
//! ```
//!
//! Leaves loop headers alone even if nothing but a jump is in them, since their frame states are what a loop is left with. Cost: linear, repeated
//! while parameters fall away.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, fold_single_predecessors, map_calls};
use kiln_hir::{BlockCall, Function, Inst, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "clean_cfg",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    if !context.may_rewrite() {
        return Changed::No;
    }
    let mut changed = skip_empty_blocks(func);
    loop {
        let cfg = Cfg::new(func);
        changed |= clear_unreachable(func, &cfg);
        let mut again = fold_single_predecessors(func, &cfg);
        again |= fold_same_arguments(func, &cfg);
        again |= merge_blocks(func, &cfg);
        if !again {
            return changed.into();
        }
        changed = true;
    }
}

fn clear_unreachable(func: &mut Function, cfg: &Cfg) -> bool {
    let mut changed = false;
    for block in func.all_blocks() {
        let data = &mut func.blocks[block.index()];
        let empty = data.insts.is_empty() && data.params.is_empty();
        if !cfg.is_reachable(block) && !empty {
            data.insts.clear();
            data.params.clear();
            changed = true;
        }
    }
    changed
}

/// A parameter that gets one value from everywhere, itself apart, is that value.
fn fold_same_arguments(func: &mut Function, cfg: &Cfg) -> bool {
    let mut changed = false;
    let mut given: Vec<Option<Option<Value>>> = Vec::new();
    for &block in &cfg.order {
        let count = func.blocks[block.index()].params.len();
        if count == 0 {
            continue;
        }
        // For each parameter: nothing yet, one value, or several.
        given.clear();
        given.resize(count, Some(None));
        for &pred in &cfg.preds[block.index()] {
            let Some(last) = func.terminator(pred) else { continue };
            func.inst(last).for_each_target(func, |target, args| {
                if target != block {
                    return;
                }
                for ((known, param), arg) in given
                    .iter_mut()
                    .zip(&func.blocks[block.index()].params)
                    .zip(func.args(args))
                {
                    let arg = func.find(*arg);
                    match known {
                        Some(_) if arg == *param => (),
                        Some(None) => *known = Some(Some(arg)),
                        Some(Some(value)) if *value == arg => (),
                        _ => *known = None,
                    }
                }
            });
        }
        if !given.iter().any(|known| matches!(known, Some(Some(_)))) {
            continue;
        }
        // All uses are dominated by the block, and so by whatever dominates each way into it.
        let params = std::mem::take(&mut func.blocks[block.index()].params);
        for (param, known) in params.iter().zip(&given) {
            match known {
                Some(Some(value)) => func.replace(*param, *value),
                _ => func.blocks[block.index()].params.push(*param),
            }
        }
        let mut preds = cfg.preds[block.index()].to_vec();
        preds.sort();
        preds.dedup();
        for pred in preds {
            let Some(last) = func.terminator(pred) else { continue };
            map_calls(func, last, |func, call| {
                if call.block != block {
                    return call;
                }
                let kept: Vec<Value> = func
                    .args(call.args)
                    .iter()
                    .zip(&given)
                    .filter(|(_, known)| !matches!(known, Some(Some(_))))
                    .map(|(arg, _)| *arg)
                    .collect();
                BlockCall {
                    block,
                    args: func.add_args(&kept),
                }
            });
        }
        changed = true;
    }
    func.apply_replacements();
    changed
}

/// A block without parameters that is entered only by a jump becomes part of the block with the jump.
fn merge_blocks(func: &mut Function, cfg: &Cfg) -> bool {
    let mut changed = false;
    let mut gone = vec![false; func.blocks.len()];
    for &block in &cfg.order {
        if gone[block.index()] {
            continue;
        }
        while let Some(last) = func.terminator(block)
            && let Inst::Jump { target } = *func.inst(last)
            && cfg.preds[target.block.index()].len() == 1
            && func.blocks[target.block.index()].params.is_empty()
            && target.block != block
        {
            let rest = std::mem::take(&mut func.blocks[target.block.index()].insts);
            let data = &mut func.blocks[block.index()];
            data.insts.pop();
            data.insts.extend(rest);
            gone[target.block.index()] = true;
            changed = true;
        }
    }
    changed
}

/// Edges to a block that only jumps on go where it jumps, when neither block has parameters in between.
fn skip_empty_blocks(func: &mut Function) -> bool {
    let mut changed = false;
    for block in func.all_blocks() {
        let Some(last) = func.terminator(block) else { continue };
        let skip = |func: &mut Function, mut call: BlockCall| {
            for _ in 0..8 {
                let data = &func.blocks[call.block.index()];
                let [only] = data.insts[..] else { break };
                let Inst::Jump { target } = *func.inst(only) else { break };
                if !data.params.is_empty() || target.block == call.block {
                    break;
                }
                call = BlockCall {
                    block: target.block,
                    args: func.copy_args(target.args),
                };
                changed = true;
            }
            call
        };
        map_calls(func, last, skip);
    }
    changed
}
