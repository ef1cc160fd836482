//! Makes reference counting explicit.
//!
//! ```text
//! bb0:                                          bb0:
//!   v0: Object = load_arg [0]                     v0: Object = load_arg [0]
//!   v1: Object = load_slot v0 [16, Object]        v1: Object = load_slot v0 [16, Object]
//!   v2: Object = call v1 [(), c0] @s0      =>     incref v1
//!   return_value v2                               v2: Object = call v1 [(), c0] @s0 owns (v1)
//!                                                 decref v1
//!                                                 return_value v2
//! ```
//!
//! The algorithm is in `docs/refcounts.md`. It relies on the effects table alone. It leaves values alone whose type says that they carry no
//! count, and borrows wherever the table says that somebody else keeps a value alive. Cost: liveness, then one forward walk, repeated for
//! loops until states at their headers settle (twice, nearly always), then one walk that writes.

use crate::deaths::{Deaths, FrameEnds, Roots};
use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, fold_single_predecessors, split_critical_edges};
use kiln_hir::liveness::Liveness;
use kiln_hir::{Alias, Args, Block, Does, Function, Inst, Ownership, Value};
use smallvec::SmallVec;

/// The pass.
pub const PASS: Pass = Pass {
    name: "refcount_insertion",
    required: true,
    run,
};

fn run(func: &mut Function, _: &mut Context<'_>) -> Changed {
    if func.counted {
        return Changed::No;
    }
    split_critical_edges(func);
    let cfg = Cfg::new(func);
    fold_single_predecessors(func, &cfg);
    let roots = Roots::new(func);
    let liveness = Liveness::new(func, &cfg, |value| roots.counted(value));
    let deaths = Deaths::new(func, &cfg, &liveness, &roots);
    let mut insertion = Insertion {
        func,
        roots: &roots,
        liveness: &liveness,
        deaths: &deaths,
        outs: vec![None; cfg.place.len()],
        ins: vec![None; cfg.place.len()],
        state: vec![State::Dead; roots.root.len()],
        there: vec![State::Dead; roots.root.len()],
        live: Vec::new(),
        writing: false,
        out: Vec::new(),
        late: Vec::new(),
    };
    insertion.solve(&cfg);
    insertion.write(&cfg);
    func.counted = true;
    Changed::Yes
}

/// What is known of a root at a point.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum State {
    /// Not defined yet, or not needed any more.
    Dead,
    /// There is nothing to count.
    Uncounted,
    /// Alive until one of these is written.
    Borrowed(Alias),
    /// This activation holds a reference.
    Owned,
}

impl State {
    fn join(self, other: State) -> State {
        match (self, other) {
            (State::Dead, state) | (state, State::Dead) => state,
            (State::Owned, _) | (_, State::Owned) => State::Owned,
            (State::Uncounted, state) | (state, State::Uncounted) => state,
            (State::Borrowed(a), State::Borrowed(b)) => State::Borrowed(a | b),
        }
    }
}

struct Insertion<'a> {
    func: &'a mut Function,
    roots: &'a Roots,
    liveness: &'a Liveness,
    deaths: &'a Deaths,
    /// States at the end of each block visited so far.
    outs: Vec<Option<Vec<(Value, State)>>>,
    /// States at the start of each block, its parameters included.
    ins: Vec<Option<Vec<(Value, State)>>>,
    /// States here.
    state: Vec<State>,
    /// States at the end of a predecessor, while they are joined; otherwise all `Dead`.
    there: Vec<State>,
    /// Roots whose state here is not `Dead`.
    live: Vec<Value>,
    /// Whether this is the walk that writes.
    writing: bool,
    /// The block's new instructions.
    out: Vec<Value>,
    /// Releases that wait for a second result.
    late: Vec<Value>,
}

impl Insertion<'_> {
    fn solve(&mut self, cfg: &Cfg) {
        let mut dirty = vec![true; cfg.order.len()];
        while let Some(place) = dirty.iter().position(|dirty| *dirty) {
            dirty[place] = false;
            let block = cfg.order[place];
            let start = self.entry_state(block, cfg);
            if self.outs[block.index()].is_some() && self.ins[block.index()].as_ref() == Some(&start) {
                continue;
            }
            self.enter(&start);
            self.ins[block.index()] = Some(start);
            self.walk(block, cfg);
            self.outs[block.index()] = Some(self.leave());
            for target in &cfg.succs[block.index()] {
                dirty[cfg.place[target.index()] as usize] = true;
            }
        }
    }

    fn write(&mut self, cfg: &Cfg) {
        self.writing = true;
        for &block in &cfg.order {
            let start = self.ins[block.index()].take().unwrap_or_default();
            for (value, state) in &start {
                if let Inst::Param { owned } = &mut self.func.insts[value.index()].inst
                    && self.func.blocks[block.index()].params.contains(value)
                {
                    *owned = *state == State::Owned;
                }
            }
            self.enter(&start);
            self.ins[block.index()] = Some(start);
            self.walk(block, cfg);
            let out = std::mem::take(&mut self.out);
            self.func.blocks[block.index()].insts = out;
        }
        // Edges come last: they need the final state at the start of every block.
        for &block in &cfg.order {
            if let [target] = cfg.succs[block.index()][..]
                && cfg.preds[target.index()].len() > 1
            {
                self.edge(block, target);
            }
        }
    }

    fn enter(&mut self, start: &[(Value, State)]) {
        for value in self.live.drain(..) {
            self.state[value.index()] = State::Dead;
        }
        for &(value, state) in start {
            self.set(value, state);
        }
    }

    fn leave(&self) -> Vec<(Value, State)> {
        let alive = self
            .live
            .iter()
            .filter(|value| self.state[value.index()] != State::Dead);
        alive.map(|value| (*value, self.state[value.index()])).collect()
    }

    fn set(&mut self, value: Value, state: State) {
        if self.state[value.index()] == State::Dead {
            self.live.push(value);
        }
        self.state[value.index()] = state;
    }

    /// The state at the start of a block, from the predecessors visited so far.
    fn entry_state(&mut self, block: Block, cfg: &Cfg) -> Vec<(Value, State)> {
        let func = &*self.func;
        let preds = &cfg.preds[block.index()];
        if let [pred] = preds[..] {
            let mut states = self.outs[pred.index()].clone().unwrap_or_default();
            if let Some(last) = func.terminator(pred)
                && let Inst::BranchPending { value, handler, .. } = func.inst(last)
                && handler.block == block
            {
                let root = self.roots.root[value.index()];
                states
                    .iter_mut()
                    .filter(|entry| entry.0 == root)
                    .for_each(|entry| entry.1 = State::Uncounted);
            }
            return states;
        }
        let mut states: Vec<(Value, State)> = Vec::new();
        states.extend(self.liveness.live_in(block).map(|value| (value, State::Dead)));
        let params = func.blocks[block.index()].params.iter();
        states.extend(
            params
                .filter(|param| self.roots.counted(**param).is_some())
                .map(|param| (*param, State::Dead)),
        );
        let params = &func.blocks[block.index()].params;
        // Parameters come last, in order.
        let first_param = self.liveness.live_in(block).count();
        for pred in preds {
            let Some(out) = &self.outs[pred.index()] else { continue };
            for (value, state) in out {
                self.there[value.index()] = *state;
            }
            let args = func.args(jump_args(func, *pred));
            let (live, given) = states.split_at_mut(first_param);
            for (value, state) in live {
                *state = state.join(self.there[value.index()]);
            }
            let counted = params
                .iter()
                .zip(args)
                .filter(|entry| self.roots.counted(*entry.0).is_some());
            for ((_, state), (_, arg)) in given.iter_mut().zip(counted) {
                *state = state.join(match self.roots.counted(*arg) {
                    Some(root) => self.there[root.index()],
                    None => State::Uncounted,
                });
            }
            for (value, _) in out {
                self.there[value.index()] = State::Dead;
            }
        }
        states
    }

    /// Walks one block from the state that has been entered.
    fn walk(&mut self, block: Block, cfg: &Cfg) {
        let insts = std::mem::take(&mut self.func.blocks[block.index()].insts);
        let before = match cfg.preds[block.index()][..] {
            [pred] => Some(pred),
            _ => None,
        };
        self.release_at_start(block, before);
        for (index, &value) in insts.iter().enumerate() {
            let waits = matches!(self.func.inst(value), Inst::Refine { .. } | Inst::SecondResult {});
            if !waits {
                self.flush();
            }
            self.inst(value);
            // A release may run anything, so it must not come between an instruction and its second result.
            let next = insts.get(index + 1).map(|next| *self.func.inst(*next));
            if !matches!(next, Some(Inst::SecondResult {})) {
                self.flush();
            }
        }
        self.flush();
        if !self.writing {
            self.func.blocks[block.index()].insts = insts;
        }
    }

    fn flush(&mut self) {
        for value in std::mem::take(&mut self.late) {
            self.push(Inst::Decref { value });
        }
    }

    fn push(&mut self, inst: Inst) {
        if self.writing {
            let value = self.func.make(inst, kiln_hir::Ty::BOTTOM);
            self.out.push(value);
        }
    }

    /// Gives up what the predecessors hold and this block does not need: unused parameters, and what only the other branch uses.
    fn release_at_start(&mut self, block: Block, before: Option<Block>) {
        let mut dead: Vec<Value> = Vec::new();
        for &value in &self.live {
            // A parameter is never live in its own block's start.
            let is_param = self.func.blocks[block.index()].params.contains(&value);
            if if is_param {
                self.deaths.unused.contains(value.index())
            } else {
                !self.liveness.is_live_in(block, value)
            } {
                dead.push(value);
            }
        }
        dead.sort();
        if dead.len() > 1 {
            let next = self.deaths.ends.depths[block.index()];
            // Without a frame state to go by: registers are mostly defined in order.
            if next == 0 {
                dead.reverse();
            }
            if let Some(snap) = before.and_then(|pred| self.deaths.ends.last[pred.index()]) {
                FrameEnds::sort(&mut dead, &FrameEnds::between(self.func, self.roots, snap, next));
            }
        }
        self.kill(&dead);
    }

    /// Turns borrows that `writes` may end into owned references.
    fn promote(&mut self, writes: Alias, except: &[Value]) {
        if writes.is_empty() {
            return;
        }
        for index in 0..self.live.len() {
            let value = self.live[index];
            if let State::Borrowed(support) = self.state[value.index()]
                && support.intersects(writes)
                && !except.contains(&value)
            {
                self.push(Inst::Incref { value });
                self.state[value.index()] = State::Owned;
            }
        }
    }

    fn inst(&mut self, value: Value) {
        let deaths = self.deaths;
        let dying = deaths.of(value);
        let effects = self.func.inst(value).effects();
        let releases = effects.does.intersects(Does::RUN_PYTHON);
        let mut spared: SmallVec<[Value; 4]> = SmallVec::new();
        if !releases {
            spared.extend_from_slice(dying);
            // A frame state is used after the instruction has done what it does.
            if let Some(snap) = self.func.snap(value).filter(|_| !effects.ends_borrows().is_empty()) {
                let roots = self.roots;
                self.func.for_each_snap_value(snap, |used| {
                    spared.retain(|root| roots.counted(used) != Some(*root));
                });
            }
        }
        self.promote(effects.ends_borrows(), &spared);
        self.steal(value, dying);
        if self.func.snap(value).is_some() && self.writing {
            let owned: Vec<Value> = self
                .live
                .iter()
                .copied()
                .filter(|root| self.state[root.index()] == State::Owned)
                .collect();
            self.func.insts[value.index()].owned = self.func.add_args(&owned);
        }
        if self.writing {
            self.out.push(value);
        }
        self.result(value);
        self.kill(dying);
    }

    /// Settles operands whose reference the instruction takes over.
    fn steal(&mut self, value: Value, dying: &[Value]) {
        let func = &*self.func;

        let inst = func.inst(value);
        let is_last = inst.is_terminator();
        if inst.effects().steals == kiln_hir::Steals::NONE && !matches!(inst, Inst::CallDirect { .. }) {
            return;
        }
        let mut operands: SmallVec<[(Value, bool); 8]> = SmallVec::new();
        inst.for_each_value(func, |used| match self.roots.counted(used) {
            Some(root) => operands.push((root, !func.steals(value, operands.len()))),
            None => operands.push((used, true)),
        });
        for at in 0..operands.len() {
            let (root, skip) = operands[at];
            if skip {
                continue;
            }
            let uses = operands.iter().filter(|other| other.0 == root).count();
            let in_snap = self.func.snap(value).is_some_and(|snap| {
                let mut found = false;
                self.func
                    .for_each_snap_value(snap, |used| found |= self.roots.counted(used) == Some(root));
                found
            });
            match self.state[root.index()] {
                State::Owned if uses == 1 && !in_snap && (is_last || dying.contains(&root)) => {
                    self.state[root.index()] = State::Borrowed(Alias::empty());
                }
                State::Owned | State::Borrowed(_) => self.push(Inst::Incref { value: root }),
                State::Uncounted | State::Dead => (),
            }
        }
    }

    fn result(&mut self, value: Value) {
        let func = &*self.func;
        if !func.inst(value).has_result() {
            return;
        }
        let ty = func.ty(value);
        match func.ownership(value) {
            Ownership::Same => {
                if !ty.is_counted() && self.state[self.roots.root[value.index()].index()] != State::Dead {
                    let root = self.roots.root[value.index()];
                    self.state[root.index()] = State::Uncounted;
                }
            }
            _ if !ty.is_counted() => (),
            Ownership::Borrowed(support) => self.set(value, State::Borrowed(support)),
            Ownership::Owned => self.set(value, State::Owned),
        }
    }

    /// Gives up roots that are not needed any more.
    fn kill(&mut self, dying: &[Value]) {
        for &value in dying {
            if self.state[value.index()] != State::Owned {
                self.state[value.index()] = State::Dead;
            }
        }
        for &value in dying {
            if self.state[value.index()] == State::Owned {
                self.state[value.index()] = State::Dead;
                if !self.func.ty(value).is_scalar() {
                    self.promote(Alias::HEAP, &[]);
                }
                if self.writing {
                    self.late.push(value);
                }
            }
        }
        if !dying.is_empty() {
            let state = &self.state;
            self.live.retain(|value| state[value.index()] != State::Dead);
        }
    }

    /// Puts what an edge needs before the jump that is the edge.
    fn edge(&mut self, block: Block, target: Block) {
        let func = &*self.func;
        let args = jump_args(func, block);
        let (Some(out), Some(start)) = (&self.outs[block.index()], &self.ins[target.index()]) else {
            return;
        };
        let params = &func.blocks[target.index()].params;
        let mut needed: Vec<(Value, i32)> = out
            .iter()
            .map(|(value, state)| (*value, -i32::from(*state == State::Owned)))
            .collect();
        for (value, state) in start {
            if *state != State::Owned {
                continue;
            }
            let root = match params.iter().position(|param| param == value) {
                Some(index) => self.roots.counted(func.args(args)[index]),
                None => Some(*value),
            };
            // Not in the list: nothing that is counted comes this way.
            if let Some(root) = root
                && let Some(entry) = needed.iter_mut().find(|entry| entry.0 == root)
                && out
                    .iter()
                    .any(|(value, state)| *value == root && *state != State::Uncounted)
            {
                entry.1 += 1;
            }
        }
        let mut extra = Vec::new();
        for (value, count) in needed {
            for _ in 0..count {
                extra.push(Inst::Incref { value });
            }
            for _ in count..0 {
                extra.push(Inst::Decref { value });
            }
        }
        let at = self.func.blocks[block.index()].insts.len() - 1;
        for inst in extra {
            let made = self.func.make(inst, kiln_hir::Ty::BOTTOM);
            self.func.blocks[block.index()].insts.insert(at, made);
        }
    }
}

fn jump_args(func: &Function, block: Block) -> Args {
    match func.terminator(block).map(|last| func.inst(last)) {
        Some(Inst::Jump { target }) => target.args,
        _ => Args::EMPTY,
    }
}
