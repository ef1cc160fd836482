//! Checks reference counts without looking at how they were inserted.
//!
//! It follows, for each root, how many references this activation holds, from the effects table and the `incref`s and `decref`s that are there. The
//! count must be the same on all ways to a block, zero where the function returns, and exactly what an instruction that may leave says
//! it owns. A root without a reference may be used only while what it is borrowed from has not been written.

use kiln_hir::{Alias, Args, Block, Does, Function, Inst, Ownership, Value};

/// What is held of one root.
#[derive(Copy, Clone, PartialEq, Debug)]
struct Held {
    /// References held; none at all matters once the value is known not to be counted.
    count: Option<i32>,
    /// What it is borrowed from, as long as that has not been written.
    borrowed: Option<Alias>,
}

impl Held {
    /// What is held of a root that was not met.
    const NOTHING: Held = Held {
        count: Some(0),
        borrowed: None,
    };
    const UNCOUNTED: Held = Held {
        count: None,
        borrowed: None,
    };
}

/// Roots and what is held of them; no root is there twice.
type Holding = Vec<(u32, Held)>;

/// The first reference found lost, given up twice, or used without being held.
pub fn check(func: &Function) -> Result<(), String> {
    let mut starts: Vec<Option<Holding>> = vec![None; func.blocks.len()];
    starts[0] = Some(Holding::new());
    let mut work: Vec<Block> = vec![func.entry()];
    let mut walk = Walk {
        func,
        block: func.entry(),
        held: Holding::new(),
        place: vec![u32::MAX; func.insts.len()],
        there: vec![u32::MAX; func.insts.len()],
        said: vec![0; func.insts.len()],
        operands: Vec::new(),
    };
    let mut edges = Vec::new();
    let mut arriving = Holding::new();
    // A borrow may turn out shorter around a loop; each such finding removes alias classes or a borrow, so this ends.
    while let Some(block) = work.pop() {
        let Some(start) = &starts[block.index()] else {
            continue;
        };
        walk.block = block;
        walk.enter(start);
        let insts = &func.blocks[block.index()].insts;
        for &value in insts {
            walk.inst(value)?;
        }
        let Some(&last) = insts.last() else { continue };
        edges.clear();
        func.inst(last)
            .for_each_target(func, |target, args| edges.push((target, args)));
        for &(target, args) in &edges {
            walk.arriving(last, target, args, &mut arriving)?;
            if walk.merge(&mut starts[target.index()], &arriving, target)? && !work.contains(&target) {
                work.push(target);
            }
        }
    }
    Ok(())
}

struct Walk<'a> {
    func: &'a Function,
    block: Block,
    held: Holding,
    /// Where each root is in `held`.
    place: Vec<u32>,
    /// The same of what arrives at a block, while it is merged.
    there: Vec<u32>,
    /// How often an instruction says that it owns each root; zero between instructions.
    said: Vec<i32>,
    /// What the instruction uses.
    operands: Vec<Value>,
}

impl Walk<'_> {
    /// Goes to the start of a block.
    fn enter(&mut self, start: &Holding) {
        for (root, _) in self.held.drain(..) {
            self.place[root as usize] = u32::MAX;
        }
        for &(root, held) in start {
            self.put(Value(root), held);
        }
    }

    fn get(&self, root: Value) -> Held {
        match self.place[root.index()] {
            u32::MAX => Held::NOTHING,
            place => self.held[place as usize].1,
        }
    }

    fn put(&mut self, root: Value, held: Held) {
        match self.place[root.index()] {
            u32::MAX => {
                self.place[root.index()] = self.held.len() as u32;
                self.held.push((root.0, held));
            }
            place => self.held[place as usize].1 = held,
        }
    }

    /// Merges what arrives into what was known; says whether the block has to be looked at again.
    fn merge(&mut self, known: &mut Option<Holding>, arriving: &Holding, block: Block) -> Result<bool, String> {
        let Some(known) = known else {
            *known = Some(arriving.clone());
            return Ok(true);
        };
        let mut changed = false;
        let mut seen = vec![false; arriving.len()];
        for (index, (root, _)) in arriving.iter().enumerate() {
            self.there[*root as usize] = index as u32;
        }
        let mut merge = |key: u32, a: Held, b: Held| -> Result<Held, String> {
            let count = match (a.count, b.count) {
                (Some(a), Some(b)) if a != b => {
                    return Err(format!(
                        "{}: at the start of {block}, v{key} is held {a} or {b} times, depending on the way",
                        self.func.name
                    ));
                }
                (Some(count), _) | (_, Some(count)) => Some(count),
                (None, None) => None,
            };
            let borrowed = match (a.borrowed, b.borrowed) {
                (Some(a), Some(b)) => Some(a | b),
                (Some(support), None) if b.count.is_none() => Some(support),
                (None, Some(support)) if a.count.is_none() => Some(support),
                _ => None,
            };
            let merged = Held { count, borrowed };
            changed |= merged != a;
            Ok(merged)
        };
        for (key, held) in known.iter_mut() {
            let other = match self.there[*key as usize] {
                u32::MAX => Held::NOTHING,
                index => {
                    seen[index as usize] = true;
                    arriving[index as usize].1
                }
            };
            *held = merge(*key, *held, other)?;
        }
        for (&(key, held), _) in arriving.iter().zip(&seen).filter(|entry| !*entry.1) {
            let merged = merge(key, Held::NOTHING, held)?;
            if merged != Held::NOTHING {
                known.push((key, merged));
            }
        }
        for (root, _) in arriving {
            self.there[*root as usize] = u32::MAX;
        }
        Ok(changed)
    }

    fn complain<T>(&self, at: Value, message: &str) -> Result<T, String> {
        let name = self.func.inst(at).opcode().name();
        Err(format!(
            "{}: in {} at {name} {at}: {message}",
            self.func.name, self.block
        ))
    }

    /// The root of a value that must be looked after; none if it carries no count.
    fn counted(&self, value: Value) -> Option<Value> {
        let root = self.func.root(value);
        (self.func.ty(value).is_counted() && self.func.ty(root).is_counted()).then_some(root)
    }

    fn give_up(&mut self, root: Value, at: Value, how: &str) -> Result<(), String> {
        let held = self.get(root);
        match held.count {
            None => Ok(()),
            Some(count) if count > 0 => {
                let count = Some(count - 1);
                self.put(root, Held { count, ..held });
                Ok(())
            }
            Some(_) => self.complain(at, &format!("{root} is {how}, but no reference to it is held")),
        }
    }

    /// Ends the borrows that a write to these classes may end.
    fn write(&mut self, writes: Alias) {
        if writes.is_empty() {
            return;
        }
        for (_, held) in &mut self.held {
            if held.borrowed.is_some_and(|support| support.intersects(writes)) {
                held.borrowed = None;
            }
        }
    }

    fn must_live(&self, value: Value, at: Value) -> Result<(), String> {
        let Some(root) = self.counted(value) else { return Ok(()) };
        match self.get(root) {
            Held { count: None, .. } | Held { borrowed: Some(_), .. } => Ok(()),
            Held { count: Some(count), .. } if count > 0 => Ok(()),
            _ => self.complain(at, &format!("{root} is used, but may have been released")),
        }
    }

    fn inst(&mut self, value: Value) -> Result<(), String> {
        let func = self.func;
        let inst = func.inst(value);
        let mut operands = std::mem::take(&mut self.operands);
        operands.clear();
        inst.for_each_value(func, |used| operands.push(used));
        let checked = self.inst_with(value, &operands);
        self.operands = operands;
        checked
    }

    fn inst_with(&mut self, value: Value, operands: &[Value]) -> Result<(), String> {
        let func = self.func;
        let data = &func.insts[value.index()];
        let inst = &data.inst;
        let effects = inst.effects();
        for used in operands {
            self.must_live(*used, value)?;
        }
        match *inst {
            Inst::Incref { value: object } => {
                if let Some(root) = self.counted(object) {
                    let held = self.get(root);
                    let count = held.count.map(|count| count + 1);
                    self.put(root, Held { count, ..held });
                }
                return Ok(());
            }
            Inst::Decref { value: object } => {
                if let Some(root) = self.counted(object) {
                    self.give_up(root, value, "given up")?;
                }
                if !func.ty(object).is_scalar() {
                    self.write(Alias::HEAP);
                }
                return Ok(());
            }
            _ => (),
        }
        // While Python code runs, what is borrowed from what it may change could be released under our hands.
        if effects.does.contains(Does::RUN_PYTHON) {
            for (index, used) in operands.iter().enumerate() {
                if let Some(root) = self.counted(*used)
                    && !func.steals(value, index)
                    && let Held {
                        count: Some(0),
                        borrowed: Some(support),
                    } = self.get(root)
                    && support.intersects(effects.ends_borrows())
                {
                    return self.complain(
                        value,
                        &format!("{root} is only borrowed, and may be released meanwhile"),
                    );
                }
            }
        }
        self.write(effects.ends_borrows());
        for (index, used) in operands.iter().enumerate() {
            if func.steals(value, index)
                && let Some(root) = self.counted(*used)
            {
                self.give_up(root, value, "taken over")?;
            }
        }
        if let Some(snap) = data.snap {
            self.leaving(value, data.owned)?;
            let mut dead = Ok(());
            func.for_each_snap_value(snap, |used| {
                if dead.is_ok() {
                    dead = self.must_live(used, value);
                }
            });
            dead?;
        }
        if matches!(
            inst,
            Inst::ReturnValue { .. }
                | Inst::ReturnF64 { .. }
                | Inst::GenYield { .. }
                | Inst::GenReturn { .. }
                | Inst::GenInterpret { .. }
        ) {
            for (root, held) in &self.held {
                if held.count.is_some_and(|count| count > 0) {
                    return self.complain(value, &format!("v{root} is lost: its reference is still held"));
                }
            }
        }
        self.result(value)
    }

    /// What the instruction says it owns must be what is held.
    fn leaving(&mut self, value: Value, owned: Args) -> Result<(), String> {
        let func = self.func;
        let owned = func.args(owned);
        for root in owned {
            self.said[root.index()] += 1;
        }
        for &(root, held) in &self.held {
            let said = self.said[root as usize];
            if let Some(count) = held.count
                && count != said
            {
                let message = format!("v{root} is held {count} times, but listed {said} times");
                return self.complain(value, &message);
            }
        }
        for root in owned {
            self.said[root.index()] = 0;
            if self.place[root.index()] == u32::MAX {
                return self.complain(value, &format!("{root} is listed, but not held"));
            }
        }
        Ok(())
    }

    fn result(&mut self, value: Value) -> Result<(), String> {
        let func = self.func;
        if !func.inst(value).has_result() {
            return Ok(());
        }
        // In a loop, what was made the last time round must be gone.
        if func.ownership(value) != Ownership::Same && self.get(value).count.is_some_and(|count| count > 0) {
            return self.complain(
                value,
                &format!("{value} is lost: the reference of the last time round is still held"),
            );
        }
        let counted = func.ty(value).is_counted();
        match func.ownership(value) {
            Ownership::Same if counted => (),
            Ownership::Same => self.put(func.root(value), Held::UNCOUNTED),
            _ if !counted => (),
            Ownership::Borrowed(support) => self.put(
                value,
                Held {
                    count: Some(0),
                    borrowed: Some(support),
                },
            ),
            Ownership::Owned => self.put(
                value,
                Held {
                    count: Some(1),
                    borrowed: None,
                },
            ),
        }
        Ok(())
    }

    /// What is held on the way into `target`.
    fn arriving(&self, terminator: Value, target: Block, args: Args, arriving: &mut Holding) -> Result<(), String> {
        let func = self.func;
        arriving.clear();
        arriving.extend_from_slice(&self.held);
        // What is there has the same place as in `held`.
        let put = |arriving: &mut Holding, root: Value, held: Held| match self.place[root.index()] {
            u32::MAX => arriving.push((root.0, held)),
            place => arriving[place as usize].1 = held,
        };
        if let Inst::BranchPending { value, handler, .. } = func.inst(terminator)
            && handler.block == target
        {
            put(arriving, func.root(*value), Held::UNCOUNTED);
        }
        let mut params: Holding = Vec::new();
        for (param, arg) in func.blocks[target.index()].params.iter().zip(func.args(args)) {
            let Inst::Param { owned } = *func.inst(*param) else {
                continue;
            };
            if !func.ty(*param).is_counted() {
                continue;
            }
            let root = self.counted(*arg).filter(|root| self.place[root.index()] != u32::MAX);
            let held = root.map_or(Held::UNCOUNTED, |root| self.get(root));
            if owned {
                if let Some(root) = self.counted(*arg) {
                    let left = match self.place[root.index()] {
                        u32::MAX => Held::NOTHING,
                        place => arriving[place as usize].1,
                    };
                    match left.count {
                        None => (),
                        Some(count) if count > 0 => {
                            let count = Some(count - 1);
                            put(arriving, root, Held { count, ..left });
                        }
                        Some(_) => {
                            let message = format!("{root} is handed over, but no reference to it is held");
                            return self.complain(terminator, &message);
                        }
                    }
                }
                let count = Some(1);
                params.push((param.0, Held { count, borrowed: None }));
            } else {
                if held.count.is_some() && held.borrowed.is_none() {
                    return self.complain(
                        terminator,
                        &format!("{param} of {target} is not owned, but {arg} is not borrowed"),
                    );
                }
                params.push((
                    param.0,
                    Held {
                        count: held.count.map(|_| 0),
                        borrowed: held.borrowed,
                    },
                ));
            }
        }
        for (param, held) in params {
            put(arriving, Value(param), held);
        }
        arriving.retain(|entry| entry.1 != Held::NOTHING);
        Ok(())
    }
}
