//! Lets a jump go on to where it will end up: past a block whose branch is decided by what the jump passes along.
//!
//! ```text
//! bb1:                                          bb1:
//!   jump [bb3(v1, v2)]                            jump [bb4]
//! bb2:                                          bb2:
//!   jump [bb3(v3, v4)]                            jump [bb3]
//! bb3(v5: Object, v6: Int):             =>      bb3:
//!   v7: Bool = int_compare v6, v0 [eq]            v7: Bool = int_compare v4, v0 [eq]
//!   branch v7 [bb4, bb5]                          branch v7 [bb4, bb5]
//! ```
//!
//! What a method call with several receivers found, or what an inlined body returned, is asked about right after ways have met; so each way
//! goes straight to its own case, and value numbering and reference counts see it alone. The few instructions in front of the branch are copied to
//! the jump. Values that the block defines then come from several places; uses get them through new parameters where ways meet (M. Braun et al.,
//! "Simple and Efficient Construction of Static Single Assignment Form", 2013). Loop headers are left alone: another entry would make the
//! loop irreducible. Cost: a walk over the function for each block that is threaded, of which there are at most [`MOST`].

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, Dominators, map_calls};
use kiln_hir::{Block, BlockCall, Function, Inst, Ty, Value};
use smallvec::SmallVec;

/// The pass.
pub const PASS: Pass = Pass {
    name: "thread_jumps",
    required: false,
    run,
};

/// Blocks that are threaded in one function, at most.
const MOST: usize = 64;
/// Instructions in front of the branch, at most.
const COPIED: usize = 8;

/// A value and what stands for it on one way.
type Map = SmallVec<[(Value, Value); 8]>;

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    // A switch passes no arguments, so nothing can be handed over on its edges.
    let has_switch = |block: Block| {
        matches!(
            func.terminator(block).map(|last| func.inst(last)),
            Some(Inst::Switch { .. })
        )
    };
    if func.all_blocks().any(has_switch) {
        return Changed::No;
    }
    let mut changed = false;
    let mut cfg = Cfg::new(func);
    let mut from = 0;
    for _ in 0..MOST {
        let dominators = Dominators::new(&cfg);
        let found = (from..cfg.order.len()).find_map(|place| {
            let block = cfg.order[place];
            let ways = ways(func, &cfg, &dominators, block);
            (!ways.is_empty()).then_some((place, block, ways))
        });
        let Some((place, block, ways)) = found else { break };
        if !context.may_rewrite() {
            break;
        }
        thread(func, block, &ways);
        changed = true;
        cfg = Cfg::new(func);
        // What comes earlier was looked at, and nothing there has changed.
        from = place.min(cfg.order.len());
    }
    changed.into()
}

/// The predecessors of a block that only jump there and for which its branch is decided, with the way it goes.
fn ways(func: &Function, cfg: &Cfg, dominators: &Dominators, block: Block) -> SmallVec<[(Block, bool); 4]> {
    let mut ways = SmallVec::new();
    let preds = &cfg.preds[block.index()];
    let data = &func.blocks[block.index()];
    let is_header = || preds.iter().any(|pred| dominators.dominates(block, *pred));
    if preds.len() < 2 || data.params.is_empty() || data.insts.len() > COPIED + 1 {
        return ways;
    }
    let Some(last) = func.terminator(block) else {
        return ways;
    };
    let Inst::Branch {
        condition,
        then,
        otherwise,
    } = *func.inst(last)
    else {
        return ways;
    };
    if then.block == block || otherwise.block == block || is_header() {
        return ways;
    }
    for &pred in preds {
        let Some(Inst::Jump { target }) = func.terminator(pred).map(|last| *func.inst(last)) else {
            continue;
        };
        let args = func.args(target.args);
        let type_of = |value: Value| match data.params.iter().position(|param| *param == value) {
            Some(index) => func.ty(args[index]),
            None => func.ty(value),
        };
        if let Some(truth) = decide(func, condition, &type_of, COPIED) {
            ways.push((pred, truth));
        }
    }
    ways
}

/// What a condition is where values have these types.
fn decide(func: &Function, condition: Value, type_of: &impl Fn(Value) -> Ty, depth: usize) -> Option<bool> {
    if let Some(number) = type_of(condition).int_value() {
        return Some(number != 0);
    }
    let depth = depth.checked_sub(1)?;
    match *func.inst(condition) {
        Inst::BoolNot { value } => decide(func, value, type_of, depth).map(|truth| !truth),
        Inst::IntIsTrue { value } | Inst::BoolToInt { value } | Inst::BoolToObject { value } => {
            decide(func, value, type_of, depth)
        }
        Inst::IntCompare { lhs, rhs, op } | Inst::I64Compare { lhs, rhs, op } => {
            Some(op.holds(type_of(lhs).int_value()?, type_of(rhs).int_value()?))
        }
        Inst::IsUnbound { value } => differ(type_of(value), Ty::UNBOUND),
        Inst::HasType { value, ty } => {
            let has = type_of(value);
            match (has.is_bottom(), has.is_subtype(ty), has.could_be(ty)) {
                (true, ..) => None,
                (_, true, _) => Some(true),
                (_, _, false) => Some(false),
                _ => None,
            }
        }
        Inst::Is { lhs, rhs } => {
            let (a, b) = (type_of(lhs), type_of(rhs));
            match (a.int_value(), b.int_value()) {
                (Some(x), Some(y)) if a.is_subtype(Ty::PY_BOOL) && b.is_subtype(Ty::PY_BOOL) => Some(x == y),
                _ => differ(a, b),
            }
        }
        _ => None,
    }
}

/// Whether a value of one type is the one object of another type, if the types say so.
fn differ(a: Ty, one: Ty) -> Option<bool> {
    if a.is_bottom() || one.is_bottom() {
        return None;
    }
    let unique = one.is_subtype(Ty::UNBOUND) || one.is_subtype(Ty::NONE);
    match (a.could_be(one), unique && a.is_subtype(one)) {
        (false, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    }
}

fn thread(func: &mut Function, block: Block, ways: &[(Block, bool)]) {
    let Some(last) = func.terminator(block) else { return };
    let Inst::Branch { then, otherwise, .. } = *func.inst(last) else {
        return;
    };
    let params = func.blocks[block.index()].params.clone();
    let mut body = func.blocks[block.index()].insts.clone();
    body.pop();
    let mut ends: Vec<(Block, Map)> = Vec::new();
    for &(pred, truth) in ways {
        let Some(jump) = func.terminator(pred) else { continue };
        let Inst::Jump { target } = *func.inst(jump) else {
            continue;
        };
        let mut map: Map = params
            .iter()
            .copied()
            .zip(func.args(target.args).iter().copied())
            .collect();
        func.blocks[pred.index()].insts.pop();
        for &value in &body {
            let copy = func.copy_inst(value);
            substitute(func, copy, &|value| lookup(&map, value));
            func.blocks[pred.index()].insts.push(copy);
            map.push((value, copy));
        }
        let to = if truth { then } else { otherwise };
        let args: SmallVec<[Value; 8]> = func.args(to.args).iter().map(|value| lookup(&map, *value)).collect();
        let target = BlockCall {
            block: to.block,
            args: func.add_args(&args),
        };
        let jump = func.make(Inst::Jump { target }, Ty::BOTTOM);
        func.blocks[pred.index()].insts.push(jump);
        ends.push((pred, map));
    }
    let defined: Vec<Value> = params.iter().chain(&body).copied().collect();
    Repair {
        cfg: &Cfg::new(func),
        block,
        ends: &ends,
        found: Vec::new(),
    }
    .run(func, &defined);
}

fn lookup(map: &[(Value, Value)], value: Value) -> Value {
    map.iter().find(|entry| entry.0 == value).map_or(value, |entry| entry.1)
}

/// Makes an instruction use other values, in its frame state, too.
fn substitute(func: &mut Function, value: Value, f: &impl Fn(Value) -> Value) {
    func.map_values(value, f);
    if let Some(snap) = func.snap(value) {
        let mapped = func.map_snap(snap, &mut |value| f(value));
        func.insts[value.index()].snap = Some(mapped);
    }
}

/// Gives uses of what a block defines the definition that reaches them, now that its copies at the ends of other blocks define it, too.
struct Repair<'a> {
    cfg: &'a Cfg,
    block: Block,
    ends: &'a [(Block, Map)],
    /// What reaches the start of a block, by the value it is about.
    found: Vec<(Block, Value, Value)>,
}

impl Repair<'_> {
    fn run(&mut self, func: &mut Function, defined: &[Value]) {
        let (mut lowest, mut highest) = (u32::MAX, 0);
        for value in defined {
            lowest = lowest.min(value.0);
            highest = highest.max(value.0);
        }
        let is_ours = |value: Value| (lowest..=highest).contains(&value.0) && defined.contains(&value);
        for &block in &self.cfg.order {
            if block == self.block {
                continue;
            }
            // Parameters that the walk adds to blocks lead to arguments, which are right already.
            for index in 0..func.blocks[block.index()].insts.len() {
                let value = func.blocks[block.index()].insts[index];
                let mut used: SmallVec<[Value; 8]> = SmallVec::new();
                let mut note = |value: Value| {
                    if is_ours(value) && !used.contains(&value) {
                        used.push(value);
                    }
                };
                func.inst(value).for_each_value(func, &mut note);
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, &mut note);
                }
                if used.is_empty() {
                    continue;
                }
                let map: Map = used
                    .into_iter()
                    .map(|value| (value, self.at_start(func, block, value)))
                    .collect();
                substitute(func, value, &|value| lookup(&map, value));
            }
        }
    }

    fn at_end(&mut self, func: &mut Function, block: Block, value: Value) -> Value {
        if block == self.block {
            return value;
        }
        match self.ends.iter().find(|end| end.0 == block) {
            Some(end) => lookup(&end.1, value),
            None => self.at_start(func, block, value),
        }
    }

    fn at_start(&mut self, func: &mut Function, block: Block, value: Value) -> Value {
        if let Some(entry) = self.found.iter().find(|entry| entry.0 == block && entry.1 == value) {
            return entry.2;
        }
        let preds = self.cfg.preds[block.index()].to_vec();
        if let [pred] = preds[..] {
            let found = self.at_end(func, pred, value);
            self.found.push((block, value, found));
            return found;
        }
        let param = func.add_param(block, func.ty(value));
        self.found.push((block, value, param));
        let mut done: SmallVec<[Block; 4]> = SmallVec::new();
        for pred in preds {
            if done.contains(&pred) {
                continue;
            }
            done.push(pred);
            let arg = self.at_end(func, pred, value);
            pass_along(func, pred, block, arg);
        }
        param
    }
}

/// Adds an argument to every edge from one block to another.
fn pass_along(func: &mut Function, from: Block, to: Block, arg: Value) {
    let Some(last) = func.terminator(from) else { return };
    let longer = |func: &mut Function, call: BlockCall| {
        if call.block != to {
            return call;
        }
        let mut args: SmallVec<[Value; 8]> = func.args(call.args).iter().copied().collect();
        args.push(arg);
        BlockCall {
            block: to,
            args: func.add_args(&args),
        }
    };
    map_calls(func, last, longer);
}
