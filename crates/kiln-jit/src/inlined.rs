//! The bodies of callees, for the pass that puts them in the place of calls.

use crate::build::{self, Entry, Guesses};
use crate::state::{Unit, Watches, jit};
use hashbrown::HashMap;
use kiln_hir::{CodeId, Function};
use kiln_object::Object;
use kiln_opt::{Callees, Facts};
use std::cell::RefCell;
use std::rc::Rc;

/// Bodies built for one compilation, and what they rely on.
pub struct Bodies {
    guesses: Guesses,
    made: RefCell<HashMap<u32, Option<Function>>>,
    watches: RefCell<Watches>,
    held: RefCell<Vec<Object>>,
    units: RefCell<Vec<&'static Unit>>,
}

struct Source(Rc<Bodies>);

impl Bodies {
    pub fn new(guesses: Guesses) -> Rc<Bodies> {
        Rc::new(Bodies {
            guesses,
            made: RefCell::default(),
            watches: RefCell::default(),
            held: RefCell::default(),
            units: RefCell::default(),
        })
    }

    /// For the passes: where bodies come from.
    pub fn facts(self: &Rc<Bodies>) -> Facts {
        Facts {
            callees: Some(Box::new(Source(self.clone()))),
        }
    }

    /// Adds what the bodies rely on to what their caller does; the units that they belong to.
    pub fn take(&self, watches: &mut Watches, held: &mut Vec<Object>) -> Vec<&'static Unit> {
        let more = self.watches.take();
        watches.dicts.extend(more.dicts);
        watches.classes.extend(more.classes);
        watches.functions.extend(more.functions);
        held.extend(self.held.take());
        self.units.take()
    }

    fn make(&self, code: CodeId) -> Option<Function> {
        let unit = *jit().units.borrow().get(code.index())?;
        let built = build::build(unit, Entry::Call, &[], self.guesses, false).ok()?;
        let stats = &jit().stats;
        stats
            .body_insts
            .set(stats.body_insts.get() + built.func.live_insts() as u64);
        let mut watches = self.watches.borrow_mut();
        watches.dicts.extend(built.watches.dicts);
        watches.classes.extend(built.watches.classes);
        watches.functions.extend(built.watches.functions);
        self.held.borrow_mut().extend(built.held);
        self.units.borrow_mut().push(unit);
        Some(built.func)
    }
}

impl Callees for Source {
    fn body(&self, code: CodeId) -> Option<Function> {
        if let Some(known) = self.0.made.borrow().get(&code.0) {
            return known.clone();
        }
        let made = self.0.make(code);
        self.0.made.borrow_mut().insert(code.0, made.clone());
        made
    }

    fn wanted(&self, _: CodeId, caller: CodeId, pc: u32) -> bool {
        jit()
            .units
            .borrow()
            .get(caller.index())
            .is_some_and(|unit| unit.failures_at(pc) < 2)
    }
}
