//! The shape of a function: order of blocks, predecessors, dominators, loops.

use crate::entity::{Block, Value};
use crate::function::Function;
use crate::imm::{Args, BlockCall};
use crate::inst::Inst;
use crate::ty::Ty;
use smallvec::SmallVec;

/// A list of blocks for each block, one behind the other.
#[derive(Debug)]
pub struct Edges {
    /// Where each list starts, and the end of the last one.
    starts: Vec<u32>,
    blocks: Vec<Block>,
}

impl Edges {
    /// The lists of `count` blocks, from pairs of a block and what is in its list. The order of each list is that of the pairs.
    fn of(count: usize, pairs: impl Iterator<Item = (Block, Block)> + Clone) -> Edges {
        let mut starts = vec![0; count + 1];
        let mut len = 0;
        for (from, _) in pairs.clone() {
            starts[from.index()] += 1;
            len += 1;
        }
        // Each start is first where its list ends, and goes down as the list is filled from its end.
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut blocks = vec![Block(0); len];
        for (from, to) in pairs {
            let start = &mut starts[from.index()];
            *start -= 1;
            blocks[*start as usize] = to;
        }
        for list in starts.windows(2) {
            blocks[list[0] as usize..list[1] as usize].reverse();
        }
        Edges { starts, blocks }
    }

    /// The lists in the order of their blocks.
    pub fn iter(&self) -> impl Iterator<Item = &[Block]> {
        let pairs = self.starts.windows(2);
        pairs.map(|pair| &self.blocks[pair[0] as usize..pair[1] as usize])
    }
}

impl std::ops::Index<usize> for Edges {
    type Output = [Block];

    fn index(&self, block: usize) -> &[Block] {
        &self.blocks[self.starts[block] as usize..self.starts[block + 1] as usize]
    }
}

/// Order and edges. An edge that a terminator has twice is there twice.
#[derive(Debug)]
pub struct Cfg {
    /// Reachable blocks in reverse postorder.
    pub order: Vec<Block>,
    /// Place of each block in `order`; `u32::MAX` for unreachable blocks.
    pub place: Vec<u32>,
    /// Predecessors of each block, unreachable ones left out.
    pub preds: Edges,
    /// Successors of each block.
    pub succs: Edges,
}

impl Cfg {
    /// Walks the function.
    pub fn new(func: &Function) -> Cfg {
        let count = func.blocks.len();
        let mut succs = Edges {
            starts: Vec::with_capacity(count + 1),
            blocks: Vec::with_capacity(2 * count),
        };
        for block in func.all_blocks() {
            succs.starts.push(succs.blocks.len() as u32);
            if let Some(last) = func.terminator(block) {
                func.inst(last)
                    .for_each_target(func, |target, _| succs.blocks.push(target));
            }
        }
        succs.starts.push(succs.blocks.len() as u32);
        let mut order = Vec::with_capacity(count);
        // Until the order is known: 0 for blocks that have been met.
        let mut place = vec![u32::MAX; count];
        let mut stack = Vec::with_capacity(count);
        stack.push((func.entry(), succs[func.entry().index()].len()));
        place[func.entry().index()] = 0;
        while let Some((block, left)) = stack.last_mut() {
            // The first successor is walked last, so that it comes right after its predecessor in the order.
            if *left == 0 {
                order.push(*block);
                stack.pop();
                continue;
            }
            *left -= 1;
            let target = succs[block.index()][*left];
            if std::mem::replace(&mut place[target.index()], 0) == u32::MAX {
                stack.push((target, succs[target.index()].len()));
            }
        }
        order.reverse();
        for (index, block) in order.iter().enumerate() {
            place[block.index()] = index as u32;
        }
        let edges = order
            .iter()
            .flat_map(|block| succs[block.index()].iter().map(|target| (*target, *block)));
        let preds = Edges::of(count, edges);
        Cfg {
            order,
            place,
            preds,
            succs,
        }
    }

    /// Whether the block can be reached.
    pub fn is_reachable(&self, block: Block) -> bool {
        self.place[block.index()] != u32::MAX
    }
}

/// The dominator tree.
#[derive(Debug)]
pub struct Dominators {
    /// Immediate dominator by block; the entry is its own.
    idom: Vec<Block>,
    /// Blocks in an order where a dominator precedes what it dominates, numbered from the tree: `enter..leave` contains all that it dominates.
    span: Vec<(u32, u32)>,
    /// Children in the tree.
    pub children: Edges,
}

impl Dominators {
    /// Computes the tree (Cooper, Harvey and Kennedy: "A Simple, Fast Dominance Algorithm").
    pub fn new(cfg: &Cfg) -> Dominators {
        let count = cfg.place.len();
        const NONE: Block = Block(u32::MAX);
        let entry = cfg.order[0];
        let mut idom = vec![NONE; count];
        idom[entry.index()] = entry;
        let mut changed = true;
        while changed {
            changed = false;
            for &block in &cfg.order[1..] {
                let mut best = NONE;
                for &pred in &cfg.preds[block.index()] {
                    if idom[pred.index()] == NONE {
                        continue;
                    }
                    best = if best == NONE {
                        pred
                    } else {
                        meet(cfg, &idom, pred, best)
                    };
                }
                if idom[block.index()] != best {
                    idom[block.index()] = best;
                    changed = true;
                }
            }
        }
        let children = cfg.order[1..].iter().map(|block| (idom[block.index()], *block));
        let children = Edges::of(count, children);
        let mut span = vec![(u32::MAX, 0); count];
        let mut clock = 0;
        let mut stack = vec![(entry, 0)];
        span[entry.index()].0 = 0;
        while let Some((block, next)) = stack.last_mut() {
            match children[block.index()].get(*next) {
                Some(&child) => {
                    *next += 1;
                    clock += 1;
                    span[child.index()].0 = clock;
                    stack.push((child, 0));
                }
                None => {
                    span[block.index()].1 = clock;
                    stack.pop();
                }
            }
        }
        Dominators { idom, span, children }
    }

    /// Whether every way to `b` leads through `a`. Both must be reachable.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (enter, leave) = self.span[a.index()];
        (enter..=leave).contains(&self.span[b.index()].0)
    }

    /// The closest strict dominator; none for the entry.
    pub fn parent(&self, block: Block) -> Option<Block> {
        let parent = self.idom[block.index()];
        (parent != block).then_some(parent)
    }
}

fn meet(cfg: &Cfg, idom: &[Block], mut a: Block, mut b: Block) -> Block {
    while a != b {
        while cfg.place[a.index()] > cfg.place[b.index()] {
            a = idom[a.index()];
        }
        while cfg.place[b.index()] > cfg.place[a.index()] {
            b = idom[b.index()];
        }
    }
    a
}

/// The natural loops.
#[derive(Debug)]
pub struct Loops {
    /// The loops, an outer one before those it contains.
    pub loops: Vec<Loop>,
    /// The innermost loop of each block.
    pub innermost: Vec<Option<u32>>,
}

/// One natural loop.
#[derive(Debug)]
pub struct Loop {
    /// Its entry.
    pub header: Block,
    /// The loop around it.
    pub parent: Option<u32>,
    /// Its blocks, those of inner loops included.
    pub blocks: Vec<Block>,
    /// Blocks that jump back to the header.
    pub latches: SmallVec<[Block; 2]>,
}

impl Loops {
    /// Finds the loops. A cycle with several entries is none.
    pub fn new(cfg: &Cfg, dominators: &Dominators) -> Loops {
        let count = cfg.place.len();
        let mut found = Loops {
            loops: Vec::new(),
            innermost: vec![None; count],
        };
        for &header in &cfg.order {
            let latches: SmallVec<[Block; 2]> = cfg.preds[header.index()]
                .iter()
                .copied()
                .filter(|pred| dominators.dominates(header, *pred))
                .collect();
            if latches.is_empty() {
                continue;
            }
            let index = found.loops.len() as u32;
            let parent = found.innermost[header.index()];
            let mut blocks = vec![header];
            let mut inside = vec![false; count];
            inside[header.index()] = true;
            let mut work: Vec<Block> = latches.to_vec();
            while let Some(block) = work.pop() {
                if !std::mem::replace(&mut inside[block.index()], true) {
                    blocks.push(block);
                    work.extend(cfg.preds[block.index()].iter().copied());
                }
            }
            for block in &blocks {
                found.innermost[block.index()] = Some(index);
            }
            found.loops.push(Loop {
                header,
                parent,
                blocks,
                latches,
            });
        }
        found
    }

    /// How many loops a block is in.
    pub fn depth(&self, block: Block) -> usize {
        let first = self.innermost[block.index()];
        std::iter::successors(first, |index| self.loops[*index as usize].parent).count()
    }
}

/// Replaces where a terminator goes. The targets of a switch, which take no arguments, stay.
pub fn map_calls(func: &mut Function, last: Value, mut f: impl FnMut(&mut Function, BlockCall) -> BlockCall) {
    let inst = match *func.inst(last) {
        Inst::Jump { target } => Inst::Jump {
            target: f(func, target),
        },
        Inst::Branch {
            condition,
            then,
            otherwise,
        } => Inst::Branch {
            condition,
            then: f(func, then),
            otherwise: f(func, otherwise),
        },
        Inst::BranchPending { value, handler, next } => Inst::BranchPending {
            value,
            handler: f(func, handler),
            next: f(func, next),
        },
        inst => inst,
    };
    func.insts[last.index()].inst = inst;
}

/// Puts an empty block on each edge from a block with several successors to one with several predecessors, so that there is a place for code
/// that belongs to the edge alone. Says whether it did anything.
pub fn split_critical_edges(func: &mut Function) -> bool {
    let cfg = Cfg::new(func);
    let mut changed = false;
    for &block in &cfg.order {
        if cfg.succs[block.index()].len() < 2 {
            continue;
        }
        let Some(last) = func.terminator(block) else { continue };
        let critical = |target: Block| cfg.preds[target.index()].len() > 1;
        if !cfg.succs[block.index()].iter().any(|target| critical(*target)) {
            continue;
        }
        changed = true;
        let detour = |func: &mut Function, call: BlockCall| {
            if !critical(call.block) {
                return call;
            }
            let middle = func.add_block();
            func.blocks[middle.index()].cold = func.blocks[call.block.index()].cold;
            let jump = func.make(Inst::Jump { target: call }, Ty::BOTTOM);
            func.blocks[middle.index()].insts.push(jump);
            BlockCall {
                block: middle,
                args: Args::EMPTY,
            }
        };
        let Inst::Switch { index, targets } = *func.inst(last) else {
            map_calls(func, last, detour);
            continue;
        };
        let mut blocks = func.targets(targets).to_vec();
        for block in &mut blocks {
            let call = BlockCall {
                block: *block,
                args: Args::EMPTY,
            };
            *block = detour(func, call).block;
        }
        let targets = func.add_targets(&blocks);
        func.insts[last.index()].inst = Inst::Switch { index, targets };
    }
    changed
}

/// Replaces the parameters of blocks with one predecessor by the arguments they get. Says whether it did anything.
pub fn fold_single_predecessors(func: &mut Function, cfg: &Cfg) -> bool {
    let mut changed = false;
    for &block in &cfg.order {
        let [pred] = cfg.preds[block.index()][..] else { continue };
        if func.blocks[block.index()].params.is_empty() {
            continue;
        }
        let Some(last) = func.terminator(pred) else { continue };
        let mut given = Args::EMPTY;
        func.inst(last).for_each_target(func, |target, args| {
            if target == block {
                given = args;
            }
        });
        let params = std::mem::take(&mut func.blocks[block.index()].params);
        for (index, param) in params.into_iter().enumerate() {
            let arg = func.args(given)[index];
            func.replace(param, arg);
        }
        let clear = |call: &mut BlockCall| {
            if call.block == block {
                call.args = Args::EMPTY;
            }
        };
        match &mut func.insts[last.index()].inst {
            Inst::Jump { target } => clear(target),
            Inst::Branch { then, otherwise, .. } => [then, otherwise].map(clear).into_iter().collect(),
            Inst::BranchPending { handler, next, .. } => [handler, next].map(clear).into_iter().collect(),
            _ => (),
        }
        changed = true;
    }
    func.apply_replacements();
    changed
}
