//! From a finished [`Unit`] to [`Code`]: dead code, needless `check_bound`s, jump layout, handler table.

use std::sync::Arc;

use hashbrown::HashMap;
use kiln_bytecode::{Code, Handler, Instr, Kind, Op, Operand, Positions, ScopedLocal, Traits, flags};

use crate::unit::{Ins, Label, Unit};

/// Lays out the code of `unit`; an error names the limit that was hit.
pub fn assemble(mut unit: Unit, filename: Arc<str>) -> Result<Code, &'static str> {
    if let Some(limit) = unit.overflow {
        return Err(limit);
    }
    thread_jumps(&mut unit);
    remove_dead(&mut unit);
    remove_checks(&mut unit);
    layout(&mut unit)?;
    let instrs: Vec<Instr> = unit.code.iter().map(Ins::word).collect();
    let positions = Positions::encode(unit.code.iter().map(|ins| ins.pos));
    let handlers = handler_table(&unit);
    let boxed =
        |names: &[kiln_syntax::ast::Name]| names.iter().map(|name| name.as_str().into()).collect::<Vec<Box<str>>>();
    let scoped = unit
        .scoped
        .iter()
        .filter(|range| range.start < range.end)
        .map(|range| ScopedLocal {
            name: range.name.as_str().into(),
            reg: range.reg,
            cell: range.cell,
            start: range.start as u32,
            end: range.end as u32,
        })
        .collect();
    Ok(Code {
        name: unit.name.as_str().into(),
        qualname: unit.qualname.as_str().into(),
        filename,
        first_line: unit.first_line,
        arg_count: unit.arg_count,
        posonly_count: unit.posonly_count,
        kwonly_count: unit.kwonly_count,
        flags: unit.flags,
        varnames: boxed(&unit.varnames),
        cell_regs: unit.cellvars.iter().map(|name| unit.regs[name]).collect(),
        cellvars: boxed(&unit.cellvars),
        freevars: boxed(&unit.freevars),
        free_base: unit.free_base,
        names: unit.names,
        consts: unit.consts,
        instrs,
        caches: unit.caches,
        handlers,
        scoped,
        positions,
        temp_base: unit.temp_base,
        reg_count: unit.max.max(unit.temp_base) + 1,
    })
}

fn target(unit: &Unit, label: Label) -> usize {
    unit.labels[label.0 as usize] as usize
}

/// Jumps to unconditional jumps go to where those go.
fn thread_jumps(unit: &mut Unit) {
    for at in 0..unit.code.len() {
        let Some(mut label) = unit.code[at].label else { continue };
        for _ in 0..8 {
            match unit.code.get(target(unit, label)) {
                Some(Ins {
                    op: Op::Jump,
                    label: Some(next),
                    ..
                }) if *next != label => label = *next,
                _ => break,
            }
        }
        unit.code[at].label = Some(label);
    }
}

/// Removes instructions that cannot be reached, and jumps to the next instruction.
fn remove_dead(unit: &mut Unit) {
    let count = unit.code.len();
    let mut live = vec![false; count];
    let mut work = vec![0usize];
    let mut handler_seen = vec![false; unit.handlers.len()];
    while let Some(mut at) = work.pop() {
        while at < count && !live[at] {
            live[at] = true;
            let ins = unit.code[at];
            if ins.handler != 0 && !handler_seen[ins.handler as usize] {
                handler_seen[ins.handler as usize] = true;
                work.push(target(unit, unit.handlers[ins.handler as usize].target));
            }
            if let Some(label) = ins.label {
                work.push(target(unit, label));
            }
            if ins.op.traits().has(Traits::END) {
                break;
            }
            at += 1;
        }
    }
    // A jump over dead code to what then comes next.
    for at in 0..count {
        if live[at]
            && unit.code[at].op == Op::Jump
            && let Some(label) = unit.code[at].label
        {
            let to = target(unit, label);
            if to > at && live[at + 1..to].iter().all(|&live| !live) {
                live[at] = false;
            }
        }
    }
    retain(unit, &live);
}

fn retain(unit: &mut Unit, keep: &[bool]) {
    let mut new_index = Vec::with_capacity(keep.len() + 1);
    let mut next = 0u32;
    for &kept in keep {
        new_index.push(next);
        next += kept as u32;
    }
    new_index.push(next);
    let mut flags = keep.iter();
    unit.code.retain(|_| *flags.next().unwrap_or(&true));
    let moved = |index: usize| new_index[index.min(keep.len())];
    for label in &mut unit.labels {
        if *label != u32::MAX {
            *label = moved(*label as usize);
        }
    }
    for range in &mut unit.scoped {
        range.start = moved(range.start) as usize;
        range.end = moved(range.end) as usize;
    }
}

/// Removes each `check_bound` of a register that is bound on every path to it.
fn remove_checks(unit: &mut Unit) {
    let mut dense: HashMap<u16, usize> = HashMap::new();
    for ins in &unit.code {
        if ins.op == Op::CheckBound {
            let next = dense.len();
            dense.entry(ins.a).or_insert(next);
        }
    }
    if dense.is_empty() {
        return;
    }
    let words = dense.len().div_ceil(64);
    let count = unit.code.len();
    // Blocks: leaders are targets, handler entries, and whatever follows a branch or a change of handler.
    let mut leader = vec![false; count + 1];
    leader[0] = true;
    for at in 0..count {
        let ins = &unit.code[at];
        if let Some(label) = ins.label {
            leader[target(unit, label)] = true;
            leader[at + 1] = true;
        }
        if ins.op.traits().has(Traits::END) || at + 1 < count && unit.code[at + 1].handler != ins.handler {
            leader[at + 1] = true;
        }
        if ins.handler != 0 {
            leader[target(unit, unit.handlers[ins.handler as usize].target)] = true;
        }
    }
    let starts: Vec<usize> = (0..count).filter(|&at| leader[at]).collect();
    let block_of: HashMap<usize, usize> = starts.iter().enumerate().map(|(block, &at)| (at, block)).collect();
    let mut entry: Vec<Option<Vec<u64>>> = vec![None; starts.len()];
    let mut first = vec![0u64; words];
    for (&reg, &bit) in &dense {
        if reg < unit.param_count {
            first[bit / 64] |= 1 << (bit % 64);
        }
    }
    entry[0] = Some(first);
    let mut work = vec![0usize];
    let flow = |entry: &mut Vec<Option<Vec<u64>>>, work: &mut Vec<usize>, to: usize, state: &[u64]| match &mut entry[to]
    {
        Some(old) => {
            let mut changed = false;
            for (old, new) in old.iter_mut().zip(state) {
                changed |= *old & !new != 0;
                *old &= new;
            }
            if changed {
                work.push(to);
            }
        }
        slot @ None => {
            *slot = Some(state.to_vec());
            work.push(to);
        }
    };
    let step = |ins: &Ins, state: &mut [u64]| {
        let mut set = |reg: u16, on: bool| {
            if let Some(&bit) = dense.get(&reg) {
                let mask = 1u64 << (bit % 64);
                if on {
                    state[bit / 64] |= mask
                } else {
                    state[bit / 64] &= !mask
                }
            }
        };
        if ins.op == Op::CheckBound {
            set(ins.a, true);
        }
        ins.word().operands(|operand| match operand {
            Operand::Def(reg) => set(reg, true),
            Operand::DefRange { first, count } => (first..first + count).for_each(|reg| set(reg, true)),
            Operand::Unbind(reg) => set(reg, false),
            _ => {}
        });
    };
    while let Some(block) = work.pop() {
        let Some(mut state) = entry[block].clone() else {
            continue;
        };
        let begin = starts[block];
        let end = starts.get(block + 1).copied().unwrap_or(count);
        for at in begin..end {
            let ins = unit.code[at];
            if ins.handler != 0 {
                // The handler may see the state before any instruction of the block.
                let to = block_of[&target(unit, unit.handlers[ins.handler as usize].target)];
                flow(&mut entry, &mut work, to, &state);
            }
            let before = state.clone();
            step(&ins, &mut state);
            if let Some(label) = ins.label {
                // An exhausted `for_iter` does not write its register.
                let to = block_of[&target(unit, label)];
                flow(
                    &mut entry,
                    &mut work,
                    to,
                    if ins.op == Op::ForIter { &before } else { &state },
                );
            }
            if ins.op.traits().has(Traits::END) {
                break;
            }
            if at + 1 == end && end < count {
                flow(&mut entry, &mut work, block + 1, &state);
            }
        }
    }
    let mut keep = vec![true; count];
    for (block, &begin) in starts.iter().enumerate() {
        let Some(mut state) = entry[block].clone() else {
            continue;
        };
        let end = starts.get(block + 1).copied().unwrap_or(count);
        for at in begin..end {
            let ins = unit.code[at];
            if ins.op == Op::CheckBound {
                let bit = dense[&ins.a];
                keep[at] = state[bit / 64] >> (bit % 64) & 1 == 0;
            }
            step(&ins, &mut state);
        }
    }
    retain(unit, &keep);
}

/// Fills in jump offsets; short jumps that do not reach get a long jump beside them.
fn layout(unit: &mut Unit) -> Result<(), &'static str> {
    loop {
        let far = (0..unit.code.len()).find(|&at| {
            let ins = &unit.code[at];
            is_short(ins)
                && ins
                    .label
                    .is_some_and(|label| i16::try_from(target(unit, label) as i64 - at as i64 - 1).is_err())
        });
        // Growing one jump may push others out of reach, so all are looked at again; functions with any such jump are rare.
        let Some(_) = far else { break };
        lengthen(unit);
    }
    for at in 0..unit.code.len() {
        let Some(label) = unit.code[at].label else { continue };
        let offset = target(unit, label) as i64 - at as i64 - 1;
        let ins = &mut unit.code[at];
        for &(field, kind) in ins.op.fields() {
            match (kind, field) {
                (Kind::Jump32, _) => {
                    let offset = i32::try_from(offset).map_err(|_| "too many instructions in one function")? as u32;
                    ins.b = offset as u16;
                    ins.c = (offset >> 16) as u16;
                }
                (Kind::Jump16, kiln_bytecode::Field::a) => ins.a = offset as i16 as u16,
                (Kind::Jump16, _) => ins.c = offset as i16 as u16,
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_short(ins: &Ins) -> bool {
    ins.op.fields().iter().any(|&(_, kind)| kind == Kind::Jump16)
}

/// Rewrites every short jump that spans more than a third of the reach: `for_iter` to a trampoline, others inverted over a long jump.
fn lengthen(unit: &mut Unit) {
    let old = std::mem::take(&mut unit.code);
    let mut moved = Vec::with_capacity(old.len() + 1);
    let mut new: Vec<Ins> = Vec::with_capacity(old.len() + 64);
    let mut local_labels = Vec::new();
    for (at, ins) in old.iter().enumerate() {
        moved.push(new.len() as u32);
        let far = is_short(ins)
            && ins
                .label
                .is_some_and(|label| (unit.labels[label.0 as usize] as i64 - at as i64).abs() > 10_000);
        if !far {
            new.push(*ins);
            continue;
        }
        let long = Ins {
            op: Op::Jump,
            flags: 0,
            a: 0,
            b: 0,
            c: 0,
            ..*ins
        };
        let over = Label((unit.labels.len() + local_labels.len()) as u32);
        if ins.op == Op::ForIter {
            new.push(Ins {
                label: Some(Label(over.0 + 1)),
                ..*ins
            });
            new.push(Ins {
                label: Some(over),
                ..long
            });
            local_labels.extend([new.len() as u32 + 1, new.len() as u32]);
            new.push(long);
        } else {
            new.push(Ins {
                flags: ins.flags ^ flags::NEGATE,
                label: Some(over),
                ..*ins
            });
            new.push(long);
            local_labels.push(new.len() as u32);
        }
    }
    moved.push(new.len() as u32);
    for label in &mut unit.labels {
        if *label != u32::MAX {
            *label = moved[*label as usize];
        }
    }
    unit.labels.extend(local_labels);
    for range in &mut unit.scoped {
        range.start = moved[range.start] as usize;
        range.end = moved[range.end] as usize;
    }
    unit.code = new;
}

fn handler_table(unit: &Unit) -> Vec<Handler> {
    let mut table: Vec<Handler> = Vec::new();
    for (at, ins) in unit.code.iter().enumerate() {
        if ins.handler == 0 {
            continue;
        }
        let info = unit.handlers[ins.handler as usize];
        let target = unit.labels[info.target.0 as usize];
        match table.last_mut() {
            Some(last) if last.end == at as u32 && last.target == target && last.depth == info.depth => last.end += 1,
            _ => table.push(Handler {
                start: at as u32,
                end: at as u32 + 1,
                target,
                depth: info.depth,
                exception: info.depth,
            }),
        }
    }
    table
}
