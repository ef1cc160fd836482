//! Passes floats from block to block as machine floats.
//!
//! ```text
//! bb1(v4: Float):                               bb1(v9: F64):
//!   v5: F64 = unbox_float v4                      …
//!   …                                     =>
//!   v7: Float = box_float v6
//!   jump [bb1(v7)]                                jump [bb1(v6)]
//! ```
//!
//! A parameter is changed when it is always a float, some way in has just put it into a word, and somebody takes it out again. Whoever needs it
//! as a word gets one made where the block starts; `dead_code` drops that if nobody does. Frame states take the machine float as it is. Relies on
//! `type_propagation`. Cost: one look at each parameter, one walk if there is one to change.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::Cfg;
use kiln_hir::liveness::BitSet;
use kiln_hir::{Block, Function, Inst, Ty, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "unbox_params",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let cfg = Cfg::new(func);
    let chosen = choose(func, &cfg, context);
    if chosen.is_empty() {
        return Changed::No;
    }
    for &(block, index, param) in &chosen {
        let raw = func.make(Inst::Param { owned: false }, Ty::F64);
        func.blocks[block.index()].params[index] = raw;
        // The word, for those who need one.
        let word = func.make(Inst::BoxFloat { value: raw }, Ty::FLOAT);
        func.blocks[block.index()].insts.insert(0, word);
        func.replace(param, word);
        for &pred in &cfg.preds[block.index()] {
            convert_args(func, pred, block, index);
        }
    }
    func.apply_replacements();
    Changed::Yes
}

fn choose(func: &Function, cfg: &Cfg, context: &mut Context<'_>) -> Vec<(Block, usize, Value)> {
    let mut unboxed = BitSet::new(func.insts.len());
    for &block in &cfg.order {
        for value in &func.blocks[block.index()].insts {
            if let Inst::UnboxFloat { value } = func.inst(*value) {
                unboxed.insert(func.root(*value).index());
            }
        }
    }
    let mut chosen = Vec::new();
    for &block in &cfg.order {
        for (index, &param) in func.blocks[block.index()].params.iter().enumerate() {
            let ty = func.ty(param);
            if ty.is_bottom() || !ty.is_subtype(Ty::FLOAT) || !unboxed.contains(param.index()) {
                continue;
            }
            let mut boxed = false;
            for &pred in &cfg.preds[block.index()] {
                let Some(last) = func.terminator(pred) else { continue };
                func.inst(last).for_each_target(func, |target, args| {
                    boxed |= target == block && matches!(func.inst(func.args(args)[index]), Inst::BoxFloat { .. });
                });
            }
            if boxed && context.may_rewrite() {
                chosen.push((block, index, param));
            }
        }
    }
    chosen
}

/// Makes the ways from `pred` into `block` pass a machine float.
fn convert_args(func: &mut Function, pred: Block, block: Block, index: usize) {
    let Some(last) = func.terminator(pred) else { return };
    let mut lists = Vec::new();
    func.inst(last).for_each_target(func, |target, args| {
        if target == block {
            lists.push(args);
        }
    });
    for list in lists {
        let word = func.args(list)[index];
        // A terminator may go to the block on two ways, and a predecessor may be listed twice.
        if func.ty(word).is_subtype(Ty::F64) {
            continue;
        }
        let raw = match *func.inst(word) {
            Inst::BoxFloat { value } => value,
            _ => {
                let raw = func.make(Inst::UnboxFloat { value: word }, Ty::F64);
                let insts = &mut func.blocks[pred.index()].insts;
                // Nothing comes between an instruction that catches and its branch.
                let back = if matches!(func.insts[last.index()].inst, Inst::BranchPending { .. }) {
                    2
                } else {
                    1
                };
                let at = insts.len() - back;
                insts.insert(at, raw);
                raw
            }
        };
        func.args_mut(list)[index] = raw;
    }
}
