//! Finds the type of every value: of block parameters from what is passed to them, of everything else from its operands.
//!
//! ```text
//! bb1(v4: Object):                              bb1(v4: Int):
//!   v5: Int = int_add v4, v1 @s0          =>      v5: Int = int_add v4, v1 @s0
//! ```
//!
//! Starts from the assumption that parameters have no value at all and lets types grow to a fixpoint, so that a loop that keeps an int an int is
//! seen to do so. Changes types only; `simplify` uses them. Cost: two or three walks.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::Cfg;
use kiln_hir::{Function, Inst, Ty};

/// The pass.
pub const PASS: Pass = Pass {
    name: "type_propagation",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    if !context.may_rewrite() {
        return Changed::No;
    }
    let cfg = Cfg::new(func);
    for &block in &cfg.order {
        for index in 0..func.blocks[block.index()].params.len() {
            let param = func.blocks[block.index()].params[index];
            func.insts[param.index()].ty = Ty::BOTTOM;
        }
    }
    // Edges towards earlier blocks are the only reason for another walk.
    let mut again = true;
    let mut grown = Vec::new();
    while again {
        again = false;
        for &block in &cfg.order {
            for index in 0..func.blocks[block.index()].insts.len() {
                let value = func.blocks[block.index()].insts[index];
                let ty = func.infer_type(value);
                func.insts[value.index()].ty = ty;
                if !func.inst(value).is_terminator() {
                    continue;
                }
                grown.clear();
                func.inst(value).for_each_target(func, |target, args| {
                    for (param, arg) in func.blocks[target.index()].params.iter().zip(func.args(args)) {
                        let ty = func.ty(*param).join(func.ty(*arg));
                        if !ty.same(func.ty(*param)) {
                            grown.push((*param, ty));
                            again |= cfg.place[target.index()] <= cfg.place[block.index()];
                        }
                    }
                });
                for &(param, ty) in &grown {
                    // A parameter may be passed twice by one terminator.
                    func.insts[param.index()].ty = func.ty(param).join(ty);
                }
            }
        }
    }
    debug_assert!(
        func.blocks[0]
            .params
            .iter()
            .all(|param| matches!(func.inst(*param), Inst::Param { .. }))
    );
    Changed::Yes
}
