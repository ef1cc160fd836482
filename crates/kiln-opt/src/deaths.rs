//! What reference counting asks of a function: where counted values come from, and where each is needed for the last time. The order in which what dies
//! together is given up is the language's: see `docs/refcounts.md`.

use kiln_hir::cfg::Cfg;
use kiln_hir::liveness::{BitSet, Liveness};
use kiln_hir::{Block, Function, Inst, Snap, Value};
use smallvec::SmallVec;

/// The root of each value, and whether a use of the value is a use of something counted.
pub struct Roots {
    pub root: Vec<Value>,
    counted: BitSet,
}

impl Roots {
    pub fn new(func: &Function) -> Roots {
        let mut roots = Roots {
            root: Vec::with_capacity(func.insts.len()),
            counted: BitSet::new(func.insts.len()),
        };
        for index in 0..func.insts.len() as u32 {
            let value = Value(index);
            let root = func.root(value);
            roots.root.push(root);
            // A guard that can never succeed may say that something counted came out of something that is not.
            if func.ty(value).is_counted() && func.ty(root).is_counted() {
                roots.counted.insert(value.index());
            }
        }
        roots
    }

    /// The root that a use of `value` keeps alive.
    #[inline]
    pub fn counted(&self, value: Value) -> Option<Value> {
        self.counted.contains(value.index()).then(|| self.root[value.index()])
    }
}

/// Which roots each instruction is the last to need, in order of release.
pub struct Deaths {
    range: Vec<(u32, u32)>,
    pool: Vec<Value>,
    /// Parameters that nothing uses.
    pub unused: BitSet,
    pub ends: FrameEnds,
}

/// Where frames end, which give their variables up last to first: after the last frame state that has them.
pub struct FrameEnds {
    /// How many frames the first frame state has that comes after the start of each block; 0 if the function returns before there is one.
    pub depths: Vec<u32>,
    /// The last frame state before the end of each block.
    pub last: Vec<Option<Snap>>,
}

/// Nothing is known of what comes next.
const UNKNOWN: u32 = u32::MAX;

impl FrameEnds {
    fn new(func: &Function, cfg: &Cfg) -> FrameEnds {
        let mut ends = FrameEnds {
            depths: vec![UNKNOWN; func.blocks.len()],
            last: vec![None; func.blocks.len()],
        };
        for &block in cfg.order.iter().rev() {
            let first = func.blocks[block.index()]
                .insts
                .iter()
                .find_map(|value| func.snap(*value));
            ends.depths[block.index()] = match first {
                Some(snap) => depth(func, snap),
                None => ends.after(func, cfg, block),
            };
        }
        for &block in &cfg.order {
            let mut insts = func.blocks[block.index()].insts.iter().rev();
            let before = match cfg.preds[block.index()][..] {
                [pred] => ends.last[pred.index()],
                _ => None,
            };
            ends.last[block.index()] = insts.find_map(|value| func.snap(*value)).or(before);
        }
        ends
    }

    /// The depth that comes after the end of a block.
    fn after(&self, func: &Function, cfg: &Cfg, block: Block) -> u32 {
        match cfg.succs[block.index()][..] {
            [] => match func.terminator(block).map(|last| func.inst(last)) {
                Some(Inst::ReturnValue { .. } | Inst::ReturnF64 { .. } | Inst::GenReturn { .. }) => 0,
                _ => UNKNOWN,
            },
            [first, ref rest @ ..] => {
                let found = self.depths[first.index()];
                let same = rest.iter().all(|next| self.depths[next.index()] == found);
                if same { found } else { UNKNOWN }
            }
        }
    }

    /// The roots of the frames that end between `snap` and a frame state of `next` frames, in order of release.
    pub fn between(func: &Function, roots: &Roots, snap: Snap, next: u32) -> Vec<Value> {
        let ending = depth(func, snap).saturating_sub(next) as usize;
        let mut order = Vec::new();
        for data in func.snap_chain(snap).take(ending) {
            let from = order.len();
            let mut others: SmallVec<[Value; 2]> = SmallVec::new();
            for (register, value) in func.snap_entries(data) {
                match roots.counted(value) {
                    Some(root) if register >= MOST_REGISTERS => others.push(root),
                    Some(root) => order.push(root),
                    None => {}
                }
            }
            order[from..].reverse();
            order.extend(others);
        }
        order
    }

    /// Puts roots in order: those that no ending frame holds as they are, then the others as the frames give them up.
    pub fn sort(dying: &mut [Value], order: &[Value]) {
        if dying.len() > 1 && !order.is_empty() {
            dying.sort_by_key(|root| order.iter().rposition(|held| held == root).map_or(0, |at| at + 1));
        }
    }
}

/// Entries of frame states from here on are no registers: the function that runs, the instance that it is to make. They go last.
const MOST_REGISTERS: u32 = 0xfff0;

/// How many frames a frame state has.
fn depth(func: &Function, snap: Snap) -> u32 {
    func.snap_chain(snap).count() as u32
}

/// The operands of an instruction in the order in which CPython gives them up: the top of its stack first, binary operators apart.
fn for_each_released(func: &Function, inst: &Inst, f: &mut impl FnMut(Value)) {
    let mut operands: SmallVec<[Value; 8]> = SmallVec::new();
    inst.for_each_value(func, |used| operands.push(used));
    match inst {
        Inst::Compare { .. }
        | Inst::CompareTruth { .. }
        | Inst::DeleteItem { .. }
        | Inst::KeepAlive { .. }
        | Inst::Call { .. }
        | Inst::CallMethod { .. }
        | Inst::CallKw { .. }
        | Inst::CallEx { .. }
        | Inst::CallDirect { .. }
        | Inst::CallNative { .. } => operands.reverse(),
        Inst::SetItem { .. } => operands.swap(0, 1),
        _ => (),
    }
    operands.into_iter().for_each(f);
}

impl Deaths {
    pub fn new(func: &Function, cfg: &Cfg, liveness: &Liveness, roots: &Roots) -> Deaths {
        let mut deaths = Deaths {
            range: vec![(0, 0); func.insts.len()],
            pool: Vec::new(),
            unused: BitSet::new(func.insts.len()),
            ends: FrameEnds::new(func, cfg),
        };
        // A value is live when its mark is the block's.
        let mut live = vec![u32::MAX; func.insts.len()];
        for &block in &cfg.order {
            liveness.live_out(block).for_each(|value| live[value.index()] = block.0);
            let mut next = deaths.ends.after(func, cfg, block);
            let insts = &func.blocks[block.index()].insts;
            for (index, &value) in insts.iter().enumerate().rev() {
                let start = deaths.pool.len() as u32;
                let mut used = |value: Value| {
                    if let Some(root) = roots.counted(value)
                        && std::mem::replace(&mut live[root.index()], block.0) != block.0
                    {
                        deaths.pool.push(root);
                    }
                };
                let inst = func.inst(value);
                for_each_released(func, inst, &mut used);
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, &mut used);
                    let here = depth(func, snap);
                    let dying = &mut deaths.pool[start as usize..];
                    if next < here && dying.len() > 1 {
                        FrameEnds::sort(dying, &FrameEnds::between(func, roots, snap, next));
                    }
                    next = here;
                }
                // What dies with a terminator, or between an instruction that catches and its branch, is released in the successors.
                if inst.is_terminator() || func.insts[value.index()].catches {
                    deaths.pool.truncate(start as usize);
                }
                let root = roots.root[value.index()];
                if root == value && inst.has_result() {
                    if live[value.index()] != block.0 && index + 1 != insts.len() && roots.counted(value).is_some() {
                        deaths.pool.insert(start as usize, value);
                    }
                    live[value.index()] = u32::MAX;
                }
                deaths.range[value.index()] = (start, deaths.pool.len() as u32);
            }
            for param in &func.blocks[block.index()].params {
                if live[param.index()] != block.0 {
                    deaths.unused.insert(param.index());
                }
            }
        }
        deaths
    }

    pub fn of(&self, value: Value) -> &[Value] {
        let (start, end) = self.range[value.index()];
        &self.pool[start as usize..end as usize]
    }
}
