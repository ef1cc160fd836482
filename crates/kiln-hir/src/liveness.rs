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
///
/// Only values that are used outside the block that defines them have a place in the sets, so that these stay small.
#[derive(Debug)]
pub struct Liveness {
    /// Place of each value in the sets; `u32::MAX` for those that have none.
    place: Vec<u32>,
    /// The values that have one.
    values: Vec<Value>,
    live_in: Vec<BitSet>,
    live_out: Vec<BitSet>,
}

impl Liveness {
    /// Solves the backward problem. `count_as` says as what a use counts: the value itself, one that stands for it, or nothing.
    pub fn new(func: &Function, cfg: &Cfg, count_as: impl Fn(Value) -> Option<Value>) -> Liveness {
        let blocks = func.blocks.len();
        let mut place = vec![u32::MAX; func.insts.len()];
        let mut values = Vec::new();
        // The block a value was defined in, as far as the walk has come.
        let mut home = vec![u32::MAX; func.insts.len()];
        let mut uses: Vec<(u32, u32)> = Vec::new();
        for &block in &cfg.order {
            let data = &func.blocks[block.index()];
            for param in &data.params {
                home[param.index()] = block.0;
            }
            for &value in &data.insts {
                let mut touch = |value: Value| {
                    if let Some(value) = count_as(value)
                        && home[value.index()] != block.0
                    {
                        let place = &mut place[value.index()];
                        if *place == u32::MAX {
                            *place = values.len() as u32;
                            values.push(value);
                        }
                        if uses.last() != Some(&(block.0, *place)) {
                            uses.push((block.0, *place));
                        }
                    }
                };
                func.inst(value).for_each_value(func, &mut touch);
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, &mut touch);
                }
                home[value.index()] = block.0;
            }
        }
        let size = values.len();
        let mut live_in: Vec<BitSet> = (0..blocks).map(|_| BitSet::new(size)).collect();
        let mut live_out = live_in.clone();
        for (block, place) in uses {
            live_in[block as usize].insert(place as usize);
        }
        let mut defs: Vec<BitSet> = live_in.iter().map(|_| BitSet::new(size)).collect();
        for (index, value) in values.iter().enumerate() {
            if home[value.index()] != u32::MAX {
                defs[home[value.index()] as usize].insert(index);
            }
        }
        let mut changed = size > 0;
        let mut first = true;
        while changed {
            changed = false;
            for &block in cfg.order.iter().rev() {
                let mut grew = first;
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
            first = false;
        }
        Liveness {
            place,
            values,
            live_in,
            live_out,
        }
    }

    /// Whether a value is needed in or after the block, and not defined in it.
    pub fn is_live_in(&self, block: Block, value: Value) -> bool {
        let place = self.place[value.index()];
        place != u32::MAX && self.live_in[block.index()].contains(place as usize)
    }

    /// Whether a value is needed after the block's terminator.
    pub fn is_live_out(&self, block: Block, value: Value) -> bool {
        let place = self.place[value.index()];
        place != u32::MAX && self.live_out[block.index()].contains(place as usize)
    }

    /// Values that are needed in or after the block, and not defined in it.
    pub fn live_in(&self, block: Block) -> impl Iterator<Item = Value> + '_ {
        self.live_in[block.index()].iter().map(|place| self.values[place])
    }

    /// Values that are needed after the block's terminator, arguments to parameters not included.
    pub fn live_out(&self, block: Block) -> impl Iterator<Item = Value> + '_ {
        self.live_out[block.index()].iter().map(|place| self.values[place])
    }
}
