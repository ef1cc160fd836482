//! Lets frame states name machine values: what leaves puts them into words, if it ever comes to that.
//!
//! ```text
//!   v4: Float = box_float v3                      v4: Float = box_float v3
//!   s1 = reexec 7 code0 [r0=v4]           =>      s1 = reexec 7 code0 [r0=v3]
//! ```
//!
//! `dead_code` removes the box if that was all it was for. A float that is also kept elsewhere stays the object that it is: its
//! identity shows, if it is a nan. Truth values and lengths have none. Cost: one look at each frame state.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::Cfg;
use kiln_hir::liveness::BitSet;
use kiln_hir::{Function, Inst, Snap, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "sink_boxes",
    required: false,
    run,
};

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let cfg = Cfg::new(func);
    // Floats that something other than a frame state uses.
    let mut used = BitSet::new(func.insts.len());
    let mut snaps: Vec<(Value, Snap)> = Vec::new();
    for &block in &cfg.order {
        for &value in &func.blocks[block.index()].insts {
            func.inst(value).for_each_value(func, |value| {
                used.insert(value.index());
            });
            if let Some(snap) = func.snap(value) {
                snaps.push((value, snap));
            }
        }
    }
    let mut changed = false;
    // Old and new, so that instructions that share a frame state go on sharing it.
    let mut mapped: Vec<Option<Snap>> = vec![None; func.snaps.len()];
    for (value, snap) in snaps {
        let new = match mapped[snap.index()] {
            Some(new) => new,
            None => {
                let mut boxes = false;
                func.for_each_snap_value(snap, |value| boxes |= raw(func, &used, value).is_some());
                let new = if boxes && context.may_rewrite() {
                    let found: Vec<(Value, Value)> = {
                        let mut found = Vec::new();
                        func.for_each_snap_value(snap, |value| {
                            found.extend(raw(func, &used, value).map(|raw| (value, raw)))
                        });
                        found
                    };
                    func.map_snap(snap, &mut |value| {
                        found.iter().find(|pair| pair.0 == value).map_or(value, |pair| pair.1)
                    })
                } else {
                    snap
                };
                mapped[snap.index()] = Some(new);
                new
            }
        };
        if new != snap {
            func.insts[value.index()].snap = Some(new);
            changed = true;
        }
    }
    changed.into()
}

/// The machine value in a word, if the frame state may have it instead.
fn raw(func: &Function, used: &BitSet, value: Value) -> Option<Value> {
    match *func.inst(value) {
        Inst::BoxFloat { value: raw } if !used.contains(value.index()) => Some(raw),
        Inst::BoolToObject { value: raw } | Inst::TagIntFits { value: raw } => Some(raw),
        _ => None,
    }
}
