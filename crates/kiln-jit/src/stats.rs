//! Counters of the compiler.

use std::cell::{Cell, RefCell};

/// What `-X jit-stats` shows.
#[derive(Default)]
pub struct Stats {
    pub compiled: Cell<u64>,
    pub loops: Cell<u64>,
    pub invalidated: Cell<u64>,
    pub exits: Cell<u64>,
    pub raised: Cell<u64>,
    /// Versions that were left too often.
    pub given_up: Cell<u64>,
    /// Versions by generation.
    pub generations: [Cell<u64>; crate::tiers::LAST as usize + 1],
    /// Functions whose references the checker could not account for.
    pub refused: Cell<u64>,
    /// Functions on which the compiler failed.
    pub bugs: Cell<u64>,
    pub bytes: Cell<u64>,
    /// CPU time of all compilations, those that were given up included.
    pub nanoseconds: Cell<u64>,
    /// Instructions of functions as they were built, before any pass: what the bodies of inlined callees add is not among them.
    pub insts: Cell<u64>,
    /// Instructions of bodies that were built to be inlined.
    pub body_insts: Cell<u64>,
    /// Functions whose code lies in that of a caller.
    pub inlined: Cell<u64>,
    /// Functions compiled again because they had run for a while.
    pub warmed: Cell<u64>,
    pub learned: Cell<u64>,
    /// Name of the function and the reason.
    pub bailouts: RefCell<Vec<(String, String)>>,
    /// Instruction and number of times that it left.
    pub leaving: RefCell<hashbrown::HashMap<(String, u32, &'static str), u64>>,
}

impl Stats {
    pub fn count_generation(&self, generation: u32) {
        let count = &self.generations[generation as usize];
        count.set(count.get() + 1);
    }

    /// The report.
    pub fn render(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        let mut line = |name: &str, value: u64| {
            let _ = writeln!(out, "{name:<28} {value}");
        };
        line("functions compiled", self.compiled.get());
        line("loops compiled", self.loops.get());
        let [first, a, b, c, last] = &self.generations;
        line("versions: nothing known", first.get());
        line("versions: first guesses", a.get());
        line("versions: second guesses", b.get());
        line("versions: third guesses", c.get());
        line("versions: no guesses", last.get());
        line("given up after exits", self.given_up.get());
        line("compiled again when warm", self.warmed.get());
        line("compiled again for misses", self.learned.get());
        line("bodies inlined", self.inlined.get());
        line("invalidated", self.invalidated.get());
        line("exits", self.exits.get());
        line("exceptions left with", self.raised.get());
        line("code bytes", self.bytes.get());
        line("HIR instructions", self.insts.get());
        line("HIR instructions of bodies", self.body_insts.get());
        line("compile microseconds", self.nanoseconds.get() / 1000);
        line("refused by the checker", self.refused.get());
        line("bugs in the compiler", self.bugs.get());
        let bailouts = self.bailouts.borrow();
        line("not compiled", bailouts.len() as u64);
        for (name, reason) in bailouts.iter() {
            let _ = writeln!(out, "  {name}: {reason}");
        }
        let leaving = self.leaving.borrow();
        let mut rows: Vec<_> = leaving.iter().collect();
        rows.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        if !rows.is_empty() {
            let _ = writeln!(out, "exits by place");
        }
        for ((name, pc, opcode), count) in rows.into_iter().take(20) {
            let _ = writeln!(out, "  {count:>8} {name}:{pc} {opcode}");
        }
        out
    }
}
