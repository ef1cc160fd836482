//! Checks reference counts without looking at how they were inserted.
//!
//! It follows, for each root, how many references this activation holds, from the effects table and the `incref`s and `decref`s that are there. The
//! count must be the same on all ways to a block, zero where the function returns, and exactly what an instruction that may leave says
//! it owns. A root without a reference may be used only while what it is borrowed from has not been written.

use kiln_hir::{Alias, Args, Block, Does, Function, Inst, Ownership, Value};
use std::collections::BTreeMap;

/// What is held of one root.
#[derive(Copy, Clone, PartialEq, Debug)]
struct Held {
    /// References held; none at all matters once the value is known not to be counted.
    count: Option<i32>,
    /// What it is borrowed from, as long as that has not been written.
    borrowed: Option<Alias>,
}

type Holding = BTreeMap<u32, Held>;

/// The first reference found lost, given up twice, or used without being held.
pub fn check(func: &Function) -> Result<(), String> {
    let mut starts: Vec<Option<Holding>> = vec![None; func.blocks.len()];
    starts[0] = Some(Holding::new());
    let mut work: Vec<Block> = vec![func.entry()];
    // A borrow may turn out shorter around a loop; each such finding removes alias classes or a borrow, so this ends.
    while let Some(block) = work.pop() {
        let Some(start) = starts[block.index()].clone() else {
            continue;
        };
        let mut walk = Walk {
            func,
            block,
            held: start,
        };
        for (index, &value) in func.blocks[block.index()].insts.iter().enumerate() {
            let last = index + 1 == func.blocks[block.index()].insts.len();
            walk.inst(value)?;
            if !last {
                continue;
            }
            let mut edges = Vec::new();
            func.inst(value)
                .for_each_target(func, |target, args| edges.push((target, args)));
            for (target, args) in edges {
                let arriving = walk.arriving(value, target, args)?;
                if merge(func, &mut starts[target.index()], arriving, target)? && !work.contains(&target) {
                    work.push(target);
                }
            }
        }
    }
    Ok(())
}

/// Merges what arrives into what was known; says whether the block has to be looked at again.
fn merge(func: &Function, known: &mut Option<Holding>, arriving: Holding, block: Block) -> Result<bool, String> {
    let Some(known) = known else {
        *known = Some(arriving);
        return Ok(true);
    };
    let mut changed = false;
    let keys: Vec<u32> = known.keys().chain(arriving.keys()).copied().collect();
    for key in keys {
        let none = Held {
            count: Some(0),
            borrowed: None,
        };
        let (a, b) = (*known.get(&key).unwrap_or(&none), *arriving.get(&key).unwrap_or(&none));
        let count = match (a.count, b.count) {
            (Some(a), Some(b)) if a != b => {
                return Err(format!(
                    "{}: at the start of {block}, v{key} is held {a} or {b} times, depending on the way",
                    func.name
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
        if merged != a {
            known.insert(key, merged);
            changed = true;
        }
    }
    Ok(changed)
}

struct Walk<'a> {
    func: &'a Function,
    block: Block,
    held: Holding,
}

impl Walk<'_> {
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
        let held = self.held.entry(root.0).or_insert(Held {
            count: Some(0),
            borrowed: None,
        });
        match &mut held.count {
            None => Ok(()),
            Some(count) => {
                *count -= 1;
                if *count < 0 {
                    self.complain(at, &format!("{root} is {how}, but no reference to it is held"))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Ends the borrows that a write to these classes may end.
    fn write(&mut self, writes: Alias) {
        for held in self.held.values_mut() {
            if held.borrowed.is_some_and(|support| support.intersects(writes)) {
                held.borrowed = None;
            }
        }
    }

    fn must_live(&self, value: Value, at: Value) -> Result<(), String> {
        let Some(root) = self.counted(value) else { return Ok(()) };
        match self.held.get(&root.0) {
            Some(Held { count: None, .. }) | Some(Held { borrowed: Some(_), .. }) => Ok(()),
            Some(Held { count: Some(count), .. }) if *count > 0 => Ok(()),
            _ => self.complain(at, &format!("{root} is used, but may have been released")),
        }
    }

    fn inst(&mut self, value: Value) -> Result<(), String> {
        let func = self.func;
        let data = &func.insts[value.index()];
        let inst = &data.inst;
        let effects = inst.effects();
        let mut operands = Vec::new();
        inst.for_each_value(func, |used| operands.push(used));
        for used in &operands {
            self.must_live(*used, value)?;
        }
        match *inst {
            Inst::Incref { value: object } => {
                if let Some(root) = self.counted(object)
                    && let Some(Held { count: Some(count), .. }) = self.held.get_mut(&root.0)
                {
                    *count += 1;
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
                    && let Some(Held {
                        count: Some(0),
                        borrowed: Some(support),
                    }) = self.held.get(&root.0)
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
            let mut values = Vec::new();
            func.for_each_snap_value(snap, |used| values.push(used));
            for used in values {
                self.must_live(used, value)?;
            }
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
    fn leaving(&self, value: Value, owned: Args) -> Result<(), String> {
        let mut said: BTreeMap<u32, i32> = BTreeMap::new();
        for root in self.func.args(owned) {
            *said.entry(root.0).or_default() += 1;
        }
        for (root, held) in &self.held {
            let Some(count) = held.count else { continue };
            let said = said.remove(root).unwrap_or(0);
            if said != count {
                return self.complain(
                    value,
                    &format!("v{root} is held {count} times, but listed {said} times"),
                );
            }
        }
        match said.first_key_value() {
            Some((root, _)) if self.held.get(root).is_none_or(|held| held.count.is_some()) => {
                self.complain(value, &format!("v{root} is listed, but not held"))
            }
            _ => Ok(()),
        }
    }

    fn result(&mut self, value: Value) -> Result<(), String> {
        let func = self.func;
        if !func.inst(value).has_result() {
            return Ok(());
        }
        // In a loop, what was made the last time round must be gone.
        if func.ownership(value) != Ownership::Same
            && self
                .held
                .get(&value.0)
                .is_some_and(|held| held.count.is_some_and(|count| count > 0))
        {
            return self.complain(
                value,
                &format!("{value} is lost: the reference of the last time round is still held"),
            );
        }
        let counted = func.ty(value).is_counted();
        match func.ownership(value) {
            Ownership::Same => {
                if !counted {
                    self.held.insert(
                        func.root(value).0,
                        Held {
                            count: None,
                            borrowed: None,
                        },
                    );
                }
            }
            _ if !counted => (),
            Ownership::Borrowed(support) => {
                self.held.insert(
                    value.0,
                    Held {
                        count: Some(0),
                        borrowed: Some(support),
                    },
                );
            }
            Ownership::Owned => {
                self.held.insert(
                    value.0,
                    Held {
                        count: Some(1),
                        borrowed: None,
                    },
                );
            }
        }
        Ok(())
    }

    /// What is held on the way into `target`.
    fn arriving(&self, terminator: Value, target: Block, args: Args) -> Result<Holding, String> {
        let func = self.func;
        let mut arriving = Walk {
            func,
            block: self.block,
            held: self.held.clone(),
        };
        if let Inst::BranchPending { value, handler, .. } = func.inst(terminator)
            && handler.block == target
        {
            arriving.held.insert(
                func.root(*value).0,
                Held {
                    count: None,
                    borrowed: None,
                },
            );
        }
        let mut params = Vec::new();
        for (param, arg) in func.blocks[target.index()].params.iter().zip(func.args(args)) {
            let Inst::Param { owned } = *func.inst(*param) else {
                continue;
            };
            if !func.ty(*param).is_counted() {
                continue;
            }
            let root = self.counted(*arg);
            let held = root.and_then(|root| self.held.get(&root.0)).copied();
            let held = held.unwrap_or(Held {
                count: None,
                borrowed: None,
            });
            if owned {
                if let Some(root) = root {
                    arriving.give_up(root, terminator, "handed over")?;
                }
                params.push((
                    param.0,
                    Held {
                        count: Some(1),
                        borrowed: None,
                    },
                ));
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
        arriving.held.extend(params);
        Ok(arriving.held)
    }
}
