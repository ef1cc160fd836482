//! Checks that a function is well formed: what passes may rely on and must leave behind.

use crate::cfg::{Cfg, Dominators};
use crate::effects::Does;
use crate::entity::{Block, Value};
use crate::function::Function;
use crate::inst::Inst;
use crate::ty::Ty;

/// What is wrong with a function, if anything.
pub fn verify(func: &Function) -> Result<(), String> {
    let mut verifier = Verifier {
        func,
        home: vec![(Block(u32::MAX), 0); func.insts.len()],
    };
    verifier.structure()?;
    let cfg = Cfg::new(func);
    let dominators = Dominators::new(&cfg);
    for &block in &cfg.order {
        verifier.block(block, &cfg, &dominators)?;
    }
    Ok(())
}

struct Verifier<'a> {
    func: &'a Function,
    /// Where each value is defined: block, and place in it counted from 1; 0 for parameters.
    home: Vec<(Block, u32)>,
}

impl Verifier<'_> {
    /// Blocks end with their only terminator; values are defined once.
    fn structure(&mut self) -> Result<(), String> {
        let func = self.func;
        if !func.blocks[0].params.is_empty() {
            return Err("the entry block has parameters".into());
        }
        for block in func.all_blocks() {
            let data = &func.blocks[block.index()];
            let places = data.params.iter().map(|value| (*value, 0));
            for (value, place) in places.chain(data.insts.iter().copied().zip(1..)) {
                let home = &mut self.home[value.index()];
                if home.0 != Block(u32::MAX) {
                    return Err(format!("{value} is defined in {} and in {block}", home.0));
                }
                *home = (block, place);
                if matches!(func.inst(value), Inst::Param { .. }) != (place == 0) {
                    return Err(format!(
                        "{value} in {block}: parameters, and only they, are in the block's parameter list"
                    ));
                }
            }
            for (index, &value) in data.insts.iter().enumerate() {
                if func.inst(value).is_terminator() != (index + 1 == data.insts.len()) {
                    return Err(format!(
                        "{block} must end with its only terminator, but see {}",
                        func.inst(value).opcode().name()
                    ));
                }
            }
        }
        Ok(())
    }

    fn block(&self, block: Block, cfg: &Cfg, dominators: &Dominators) -> Result<(), String> {
        let func = self.func;
        let data = &func.blocks[block.index()];
        if data.insts.is_empty() {
            return Err(format!("{block} is reachable and empty"));
        }
        for (index, &value) in data.insts.iter().enumerate() {
            let inst = func.inst(value);
            let here = || format!("{value} ({}) in {block}", inst.opcode().name());
            let visible = |used: Value| {
                let (home, place) = self.home[used.index()];
                home != Block(u32::MAX)
                    && cfg.is_reachable(home)
                    && if home == block {
                        place <= index as u32
                    } else {
                        dominators.dominates(home, block)
                    }
            };
            let mut wrong = None;
            inst.for_each_value(func, |used| {
                if !visible(used) {
                    wrong = Some(format!(
                        "{} uses {used}, which is not defined on every way to it",
                        here()
                    ));
                }
            });
            inst.for_each_operand(|name, used, ty| {
                if !func.ty(used).is_subtype(ty) && wrong.is_none() {
                    wrong = Some(format!(
                        "{}: {name} must be {ty}, but {used} is {}",
                        here(),
                        func.ty(used)
                    ));
                }
            });
            inst.for_each_target(func, |target, args| {
                let params = &func.blocks[target.index()].params;
                if params.len() != args.len() {
                    wrong = Some(format!(
                        "{} gives {} arguments to {target}, which has {}",
                        here(),
                        args.len(),
                        params.len()
                    ));
                    return;
                }
                for (param, arg) in params.iter().zip(func.args(args)) {
                    if !func.ty(*arg).is_subtype(func.ty(*param)) {
                        let (have, want) = (func.ty(*arg), func.ty(*param));
                        wrong = Some(format!("{} gives {arg} of {have} to {param} of {want}", here()));
                    }
                }
            });
            if inst.effects().needs_snapshot() && func.snap(value).is_none() {
                wrong = Some(format!("{} has no snapshot", here()));
            }
            if let Some(snap) = func.snap(value) {
                func.for_each_snap_value(snap, |used| {
                    if !visible(used) {
                        wrong = Some(format!(
                            "{}: {snap} names {used}, which is not defined on every way to it",
                            here()
                        ));
                    }
                });
            }
            let data_of = &func.insts[value.index()];
            let inferred = func.infer_type(value);
            if inst.has_result() && !inferred.is_subtype(data_of.ty) {
                wrong = Some(format!("{} has type {}, but is {inferred}", here(), data_of.ty));
            }
            if let Some(wrong) = wrong {
                return Err(wrong);
            }
            self.pending(value, index, &data.insts)?;
        }
        Ok(())
    }

    /// `branch_pending` follows exactly the instructions that catch.
    fn pending(&self, value: Value, index: usize, insts: &[Value]) -> Result<(), String> {
        let func = self.func;
        let asks =
            |next: &Value| matches!(func.inst(*next), Inst::BranchPending { value: asked, .. } if *asked == value);
        if func.insts[value.index()].catches {
            if !func.inst(value).effects().does.contains(Does::RAISE) {
                return Err(format!("{value} catches but does not raise"));
            }
            if !insts.get(index + 1).is_some_and(asks) {
                return Err(format!("{value} catches, but no branch_pending follows it"));
            }
        } else if func.ty(value).is_word() && !func.ty(value).is_bottom() && func.ty(value).could_be(Ty::PENDING) {
            return Err(format!("{value} may be the pending word but does not catch"));
        }
        if let Inst::BranchPending { value: asked, .. } = func.inst(value)
            && (index == 0 || insts[index - 1] != *asked)
        {
            return Err(format!(
                "branch_pending asks about {asked}, which is not the instruction before it"
            ));
        }
        Ok(())
    }
}
