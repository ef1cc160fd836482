//! Removes checks that cannot fail, from what comparisons and definitions say of ints.
//!
//! ```text
//!   v4: Bool = int_compare v3, v1 [lt]            v4: Bool = int_compare v3, v1 [lt]
//!   branch v4 [bb2, bb3]                          branch v4 [bb2, bb3]
//! bb2:                                          bb2:
//!   v5: Int = int_add v3, v2 @s0          =>      v5: Int = int_add_fits v3, v2        (v2 is 1)
//! ```
//!
//! Walks the dominator tree with an interval for each int. A branch narrows the intervals of both sides of its comparison in the block it
//! leads to; a loop's counter that only grows is never below its start. Beside intervals it remembers which value is below which,
//! and so sees that an index is inside its list. Tagged and untagged numbers are one and the same here. Cost: one walk.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, Dominators};
use kiln_hir::{Block, CompareKind, Function, Inst, Ty, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "range_facts",
    required: false,
    run,
};

const MIN: i64 = -(1 << 62);
const MAX: i64 = (1 << 62) - 1;
/// No list is longer.
const LONGEST: i64 = 1 << 48;

/// The numbers a value can be.
#[derive(Copy, Clone, Debug, PartialEq)]
struct Range {
    low: i64,
    high: i64,
}

impl Range {
    const INT: Range = Range { low: MIN, high: MAX };
    const ANY: Range = Range {
        low: i64::MIN,
        high: i64::MAX,
    };

    fn fits(low: i128, high: i128) -> Option<Range> {
        (low >= i128::from(MIN) && high <= i128::from(MAX)).then_some(Range {
            low: low as i64,
            high: high as i64,
        })
    }

    fn clamp(low: i128, high: i128) -> Range {
        let clamp = |number: i128| number.clamp(MIN.into(), MAX.into()) as i64;
        Range {
            low: clamp(low),
            high: clamp(high),
        }
    }
}

struct Facts<'a> {
    func: &'a mut Function,
    ranges: Vec<Option<Range>>,
    /// Pairs of which the first is smaller.
    below: Vec<(Value, Value)>,
    /// What to restore when the walk leaves a block.
    undo: Vec<(Value, Option<Range>)>,
}

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    if !func.insts.iter().any(|data| is_checked(&data.inst)) {
        return Changed::No;
    }
    let cfg = Cfg::new(func);
    let dominators = Dominators::new(&cfg);
    let count = func.insts.len();
    let mut facts = Facts {
        func,
        ranges: vec![None; count],
        below: Vec::new(),
        undo: Vec::new(),
    };
    let mut changed = false;
    // Blocks still to enter, and where to go back to when a subtree is done.
    let mut stack = vec![(cfg.order[0], None)];
    while let Some((block, leave)) = stack.pop() {
        if let Some((undo, below)) = leave {
            facts.restore(undo, below);
            continue;
        }
        stack.push((block, Some((facts.undo.len(), facts.below.len()))));
        facts.enter(block, &cfg);
        changed |= facts.walk(block, context);
        stack.extend(dominators.children[block.index()].iter().map(|child| (*child, None)));
    }
    facts.func.apply_replacements();
    changed.into()
}

fn is_checked(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::IntAdd { .. }
            | Inst::IntSub { .. }
            | Inst::IntMul { .. }
            | Inst::TagInt { .. }
            | Inst::I64Add { .. }
            | Inst::I64Sub { .. }
            | Inst::CheckIndex { .. }
            | Inst::CheckBounds { .. }
    )
}

impl Facts<'_> {
    fn restore(&mut self, undo: usize, below: usize) {
        while self.undo.len() > undo {
            if let Some((value, range)) = self.undo.pop() {
                self.ranges[value.index()] = range;
            }
        }
        self.below.truncate(below);
    }

    /// The value that holds the same number, tags and guards apart.
    fn strip(&self, mut value: Value) -> Value {
        loop {
            value = self.func.root(self.func.find(value));
            match *self.func.inst(value) {
                Inst::UntagInt { value: inner }
                | Inst::TagInt { value: inner }
                | Inst::TagIntFits { value: inner }
                | Inst::CheckBounds { index: inner, .. } => value = inner,
                _ => return value,
            }
        }
    }

    fn range(&self, value: Value) -> Range {
        if let Some(number) = self.func.ty(value).int_value() {
            return Range {
                low: number,
                high: number,
            };
        }
        let whole = if self.func.ty(value).is_subtype(Ty::I64) {
            Range::ANY
        } else {
            Range::INT
        };
        let own = self.ranges[self.strip(value).index()].unwrap_or(whole);
        Range {
            low: own.low.max(whole.low),
            high: own.high.min(whole.high),
        }
    }

    fn set(&mut self, value: Value, range: Range) {
        let value = self.strip(value);
        self.undo.push((value, self.ranges[value.index()]));
        self.ranges[value.index()] = Some(range);
    }

    /// What the block's only way in says, and what is known of its parameters.
    fn enter(&mut self, block: Block, cfg: &Cfg) {
        if let [pred] = cfg.preds[block.index()][..]
            && let Some(last) = self.func.terminator(pred)
            && let Inst::Branch {
                condition,
                then,
                otherwise,
            } = *self.func.inst(last)
            && then.block != otherwise.block
        {
            self.learn(condition, then.block == block);
        }
        for index in 0..self.func.blocks[block.index()].params.len() {
            let param = self.func.blocks[block.index()].params[index];
            if !self.func.ty(param).is_subtype(Ty::INT) && !self.func.ty(param).is_subtype(Ty::I64) {
                continue;
            }
            if let Some(range) = self.param_range(block, index, param, cfg) {
                self.set(param, range);
            }
        }
    }

    /// What every way in agrees on. A way that adds to the parameter itself is a loop's: a counter that grows is not below its start.
    fn param_range(&self, block: Block, index: usize, param: Value, cfg: &Cfg) -> Option<Range> {
        let mut all: Option<Range> = None;
        let (mut grows, mut shrinks) = (false, false);
        for &pred in &cfg.preds[block.index()] {
            let last = self.func.terminator(pred)?;
            let mut arg = None;
            self.func.inst(last).for_each_target(self.func, |target, args| {
                if target == block {
                    arg = Some(self.func.args(args)[index]);
                }
            });
            let arg = arg?;
            let step = match *self.func.inst(self.strip(arg)) {
                _ if self.strip(arg) == param => Some(Range { low: 0, high: 0 }),
                Inst::IntAdd { lhs, rhs }
                | Inst::IntAddFits { lhs, rhs }
                | Inst::I64Add { lhs, rhs }
                | Inst::I64AddFits { lhs, rhs }
                    if self.strip(lhs) == param =>
                {
                    Some(self.range(rhs))
                }
                Inst::IntSub { lhs, rhs } | Inst::IntSubFits { lhs, rhs } if self.strip(lhs) == param => {
                    let step = self.range(rhs);
                    Some(Range {
                        low: step.high.saturating_neg(),
                        high: step.low.saturating_neg(),
                    })
                }
                _ => None,
            };
            match step {
                Some(step) => {
                    grows |= step.high > 0;
                    shrinks |= step.low < 0;
                }
                None => {
                    // A value of a block not walked yet has no range, which is the range of everything.
                    let range = self.range(arg);
                    all = Some(all.map_or(range, |all| Range {
                        low: all.low.min(range.low),
                        high: all.high.max(range.high),
                    }));
                }
            }
        }
        let start = all?;
        let whole = if self.func.ty(param).is_subtype(Ty::I64) {
            Range::ANY
        } else {
            Range::INT
        };
        Some(Range {
            low: if shrinks { whole.low } else { start.low },
            high: if grows { whole.high } else { start.high },
        })
    }

    fn learn(&mut self, condition: Value, holds: bool) {
        match *self.func.inst(condition) {
            Inst::BoolNot { value } => self.learn(value, !holds),
            Inst::IntCompare { lhs, rhs, op } | Inst::I64Compare { lhs, rhs, op } => {
                let op = if holds { op } else { op.negated() };
                self.learn_compare(lhs, rhs, op);
            }
            _ => (),
        }
    }

    fn learn_compare(&mut self, lhs: Value, rhs: Value, op: CompareKind) {
        let (a, b) = (self.range(lhs), self.range(rhs));
        match op {
            CompareKind::Lt | CompareKind::Le => {
                let gap = i64::from(op == CompareKind::Lt);
                let high = a.high.min(b.high.saturating_sub(gap));
                let low = b.low.max(a.low.saturating_add(gap));
                self.set(lhs, Range { high, ..a });
                self.set(rhs, Range { low, ..b });
                if op == CompareKind::Lt {
                    self.below.push((self.strip(lhs), self.strip(rhs)));
                }
            }
            CompareKind::Gt => self.learn_compare(rhs, lhs, CompareKind::Lt),
            CompareKind::Ge => self.learn_compare(rhs, lhs, CompareKind::Le),
            CompareKind::Eq => {
                let both = Range {
                    low: a.low.max(b.low),
                    high: a.high.min(b.high),
                };
                self.set(lhs, both);
                self.set(rhs, both);
            }
            CompareKind::Ne => (),
        }
    }

    fn walk(&mut self, block: Block, context: &mut Context<'_>) -> bool {
        let mut changed = false;
        for index in 0..self.func.blocks[block.index()].insts.len() {
            let value = self.func.blocks[block.index()].insts[index];
            if self.func.has_replacements() {
                self.func.update_operands(value);
            }
            let inst = *self.func.inst(value);
            if is_checked(&inst) && self.is_safe(&inst) && context.may_rewrite() {
                changed = true;
                let data = &mut self.func.insts[value.index()];
                match inst {
                    Inst::IntAdd { lhs, rhs } => data.inst = Inst::IntAddFits { lhs, rhs },
                    Inst::IntSub { lhs, rhs } => data.inst = Inst::IntSubFits { lhs, rhs },
                    Inst::IntMul { lhs, rhs } => data.inst = Inst::IntMulFits { lhs, rhs },
                    Inst::I64Add { lhs, rhs } => data.inst = Inst::I64AddFits { lhs, rhs },
                    Inst::I64Sub { lhs, rhs } => data.inst = Inst::I64SubFits { lhs, rhs },
                    Inst::TagInt { value } => data.inst = Inst::TagIntFits { value },
                    Inst::CheckIndex { index, .. } | Inst::CheckBounds { index, .. } => {
                        self.func.replace(value, index);
                        continue;
                    }
                    _ => (),
                }
                data.snap = None;
            } else if let Inst::CheckIndex { index, len } = inst
                && self.range(index).low >= 0
                && context.may_rewrite()
            {
                // Counted from the front: no need to ask about the other end.
                self.func.insts[value.index()].inst = Inst::CheckBounds { index, len };
                changed = true;
            }
            if let Some(range) = self.result(&inst) {
                self.set(value, range);
            }
            // Who gets here knows that the check held.
            if let Inst::CheckBounds { index, len } = *self.func.inst(value) {
                self.learn_compare(index, len, CompareKind::Lt);
                let range = self.range(index);
                self.set(
                    index,
                    Range {
                        low: range.low.max(0),
                        ..range
                    },
                );
            }
        }
        changed
    }

    fn is_safe(&self, inst: &Inst) -> bool {
        let operand = |value: Value| {
            let range = self.range(value);
            (i128::from(range.low), i128::from(range.high))
        };
        match *inst {
            Inst::IntAdd { lhs, rhs } | Inst::I64Add { lhs, rhs } => {
                let (a, b) = (operand(lhs), operand(rhs));
                Range::fits(a.0 + b.0, a.1 + b.1).is_some()
            }
            Inst::IntSub { lhs, rhs } | Inst::I64Sub { lhs, rhs } => {
                let (a, b) = (operand(lhs), operand(rhs));
                Range::fits(a.0 - b.1, a.1 - b.0).is_some()
            }
            Inst::IntMul { lhs, rhs } => {
                let (low, high) = product(operand(lhs), operand(rhs));
                Range::fits(low, high).is_some()
            }
            Inst::TagInt { value } => {
                let range = self.range(value);
                range.low >= MIN && range.high <= MAX
            }
            Inst::CheckIndex { index, len } | Inst::CheckBounds { index, len } => {
                let (index, len) = (self.strip(index), self.strip(len));
                let (at, size) = (self.range(index), self.range(len));
                at.low >= 0 && (at.high < size.low || self.below.contains(&(index, len)))
            }
            _ => false,
        }
    }

    /// What the definition says of the result.
    fn result(&self, inst: &Inst) -> Option<Range> {
        let operand = |value: Value| {
            let range = self.range(value);
            (i128::from(range.low), i128::from(range.high))
        };
        Some(match *inst {
            Inst::IntAdd { lhs, rhs } | Inst::IntAddFits { lhs, rhs } => {
                let (a, b) = (operand(lhs), operand(rhs));
                Range::clamp(a.0 + b.0, a.1 + b.1)
            }
            Inst::IntSub { lhs, rhs } | Inst::IntSubFits { lhs, rhs } => {
                let (a, b) = (operand(lhs), operand(rhs));
                Range::clamp(a.0 - b.1, a.1 - b.0)
            }
            Inst::IntMul { lhs, rhs } | Inst::IntMulFits { lhs, rhs } => {
                let (low, high) = product(operand(lhs), operand(rhs));
                Range::clamp(low, high)
            }
            Inst::IntAnd { lhs, rhs } => {
                let (a, b) = (self.range(lhs), self.range(rhs));
                match (a.low >= 0, b.low >= 0) {
                    (true, true) => Range {
                        low: 0,
                        high: a.high.min(b.high),
                    },
                    (true, false) => Range { low: 0, high: a.high },
                    (false, true) => Range { low: 0, high: b.high },
                    (false, false) => return None,
                }
            }
            Inst::IntMod { rhs, .. } => {
                let by = self.range(rhs);
                if by.low <= 0 {
                    return None;
                }
                Range {
                    low: 0,
                    high: by.high - 1,
                }
            }
            Inst::IntRshift { lhs, rhs } => {
                let (a, by) = (self.range(lhs), self.range(rhs));
                let shift = by.low.clamp(0, 62);
                if a.low < 0 {
                    return None;
                }
                Range {
                    low: 0,
                    high: a.high >> shift,
                }
            }
            Inst::IntFloorDiv { lhs, rhs } => {
                let (a, by) = (self.range(lhs), self.range(rhs));
                if a.low < 0 || by.low <= 0 {
                    return None;
                }
                Range {
                    low: 0,
                    high: a.high / by.low,
                }
            }
            Inst::BoolToInt { .. } | Inst::Truth { .. } | Inst::CompareTruth { .. } | Inst::Contains { .. } => {
                Range { low: 0, high: 1 }
            }
            Inst::ListLen { .. } | Inst::TupleLen { .. } | Inst::StrLen { .. } | Inst::DictLen { .. } => {
                Range { low: 0, high: LONGEST }
            }
            Inst::CheckIndex { .. } => Range { low: 0, high: LONGEST },
            _ => return None,
        })
    }
}

fn product(a: (i128, i128), b: (i128, i128)) -> (i128, i128) {
    let all = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    all.into_iter().fold((i128::MAX, i128::MIN), |(low, high), product| {
        (low.min(product), high.max(product))
    })
}
