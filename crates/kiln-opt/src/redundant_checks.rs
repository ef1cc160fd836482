//! Removes checks of the invalidation word that cannot fail, because one has passed and nothing since could have set the word.
//!
//! ```text
//!   check_valid [w0] @s0                          check_valid [w0] @s0
//!   v2: Object = load_slot v1 [24, Object]        v2: Object = load_slot v1 [24, Object]
//!   check_valid [w0] @s1                  =>
//! ```
//!
//! Runs after reference-count insertion, since giving up a reference may run a finalizer, and that may do anything. A forward dataflow analysis:
//! a word is known to be clear where it is on every way there. Cost: a few walks.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::Cfg;
use kiln_hir::{Alias, Block, Function, Inst};

/// The pass.
pub const PASS: Pass = Pass {
    name: "redundant_checks",
    required: false,
    run,
};

/// Words known to be clear, as bits; words with higher numbers are never known.
type Clear = u64;

fn bit(word: u32) -> Clear {
    1u64.checked_shl(word).unwrap_or(0)
}

fn after(func: &Function, block: Block, mut clear: Clear) -> Clear {
    for &value in &func.blocks[block.index()].insts {
        clear = step(func.inst(value), clear);
    }
    clear
}

fn step(inst: &Inst, clear: Clear) -> Clear {
    match inst {
        Inst::CheckValid { word } => clear | bit(word.0),
        inst if inst.effects().writes.contains(Alias::WATCHED) => 0,
        _ => clear,
    }
}

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let cfg = Cfg::new(func);
    // What is known at the end of each block; everything, until a walk has shown otherwise.
    let mut ends: Vec<Clear> = vec![Clear::MAX; func.blocks.len()];
    let start_of = |block: Block, ends: &[Clear]| match &cfg.preds[block.index()][..] {
        [] => 0,
        preds => preds.iter().fold(Clear::MAX, |all, pred| all & ends[pred.index()]),
    };
    let starts = |block: Block, ends: &[Clear]| {
        if block == func.entry() {
            0
        } else {
            start_of(block, ends)
        }
    };
    loop {
        let mut again = false;
        for &block in &cfg.order {
            let end = after(func, block, starts(block, &ends));
            again |= std::mem::replace(&mut ends[block.index()], end) != end;
        }
        if !again {
            break;
        }
    }
    let starts: Vec<Clear> = cfg.order.iter().map(|block| starts(*block, &ends)).collect();
    let mut changed = false;
    for (&block, mut clear) in cfg.order.iter().zip(starts) {
        let mut insts = std::mem::take(&mut func.blocks[block.index()].insts);
        insts.retain(|&value| {
            let inst = func.inst(value);
            let redundant =
                matches!(inst, Inst::CheckValid { word } if clear & bit(word.0) != 0) && context.may_rewrite();
            clear = step(inst, clear);
            changed |= redundant;
            !redundant
        });
        func.blocks[block.index()].insts = insts;
    }
    changed.into()
}
