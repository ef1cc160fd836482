//! Which values are still needed where.

use crate::cfg::Cfg;
use crate::entity::{Block, Value};
use crate::function::Function;

/// A set of small numbers.
#[derive(Clone, Debug, Default)]
pub struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// An empty set with room for numbers below `size`.
    pub fn new(size: usize) -> BitSet {
        BitSet {
            words: vec![0; size.div_ceil(64)],
        }
    }

    /// Adds a number, and says whether it was new.
    #[inline]
    pub fn insert(&mut self, index: usize) -> bool {
        let word = &mut self.words[index / 64];
        let bit = 1 << (index % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Takes a number out.
    #[inline]
    pub fn remove(&mut self, index: usize) {
        self.words[index / 64] &= !(1 << (index % 64));
    }

    /// Whether the number is in the set.
    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        self.words
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 != 0)
    }

    /// Adds all of `other`, and says whether anything was new.
    pub fn union(&mut self, other: &BitSet) -> bool {
        let mut changed = false;
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }

    /// Empties the set.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Copies `other`.
    pub fn copy_from(&mut self, other: &BitSet) {
        self.words.clone_from(&other.words);
    }

    /// The numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                (word != 0).then(|| {
                    word &= word - 1;
                    at * 64 + bit as usize
                })
            })
        })
    }
}

/// Values live at block boundaries. Uses by snapshots count: what an exit needs is live until the exit.
#[derive(Debug)]
pub struct Liveness {
    /// Live at the start of a block, its parameters not included.
    pub live_in: Vec<BitSet>,
    /// Live at the end of a block, after its terminator: what some successor needs, arguments to its parameters not included.
    pub live_out: Vec<BitSet>,
}

impl Liveness {
    /// Solves the backward problem. `count_as` says as what a use counts: the value itself, one that stands for it, or nothing.
    pub fn new(func: &Function, cfg: &Cfg, count_as: impl Fn(Value) -> Option<Value>) -> Liveness {
        let size = func.insts.len();
        let blocks = func.blocks.len();
        let mut uses = vec![BitSet::default(); blocks];
        let mut defs = vec![BitSet::default(); blocks];
        for &block in &cfg.order {
            let (used, defined) = (&mut uses[block.index()], &mut defs[block.index()]);
            *used = BitSet::new(size);
            *defined = BitSet::new(size);
            let data = &func.blocks[block.index()];
            for param in &data.params {
                defined.insert(param.index());
            }
            for &value in &data.insts {
                let mut touch = |value: Value| {
                    if let Some(value) = count_as(value)
                        && !defined.contains(value.index())
                    {
                        used.insert(value.index());
                    }
                };
                func.inst(value).for_each_value(func, &mut touch);
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, &mut touch);
                }
                defined.insert(value.index());
            }
        }
        let mut live_in = uses;
        let mut live_out: Vec<BitSet> = (0..blocks)
            .map(|i| {
                if cfg.place[i] == u32::MAX {
                    BitSet::default()
                } else {
                    BitSet::new(size)
                }
            })
            .collect();
        let mut changed = true;
        while changed {
            changed = false;
            for &block in cfg.order.iter().rev() {
                let mut grew = false;
                for target in &cfg.succs[block.index()] {
                    grew |= live_out[block.index()].union(&live_in[target.index()]);
                }
                if grew {
                    let (from, to) = (&live_out[block.index()], &mut live_in[block.index()]);
                    for ((word, more), defined) in to.words.iter_mut().zip(&from.words).zip(&defs[block.index()].words)
                    {
                        let add = more & !defined & !*word;
                        *word |= add;
                        changed |= add != 0;
                    }
                }
            }
        }
        Liveness { live_in, live_out }
    }

    /// Whether a value is needed after the block.
    pub fn is_live_out(&self, block: Block, value: Value) -> bool {
        self.live_out[block.index()].contains(value.index())
    }
}
