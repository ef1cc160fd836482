//! What a pass is, and the runner: it alone times, dumps, verifies, skips and bisects.

use kiln_hir::Function;
use kiln_hir::verify::verify;
use std::time::{Duration, Instant};

/// Whether a pass did anything.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Changed {
    /// It did.
    Yes,
    /// The function is as it was.
    No,
}

impl From<bool> for Changed {
    fn from(changed: bool) -> Changed {
        if changed { Changed::Yes } else { Changed::No }
    }
}

/// One pass.
#[derive(Copy, Clone, Debug)]
pub struct Pass {
    /// Its name in options, dumps and timings; its file's name.
    pub name: &'static str,
    /// Whether the function cannot be turned into machine code without it.
    pub required: bool,
    /// Does it.
    pub run: fn(&mut Function, &mut Context<'_>) -> Changed,
}

/// What is true of the world outside a function.
#[derive(Default)]
pub struct Facts {
    /// Where the bodies of callees come from. Without it nothing is inlined.
    pub callees: Option<Box<dyn crate::inline::Callees>>,
}

/// What passes share during one run of the pipeline.
pub struct Context<'a> {
    /// The world outside.
    pub facts: &'a Facts,
    /// How many more rewrites a pass that asks may do; counts down only when bisecting.
    pub fuel: Option<u64>,
}

impl<'a> Context<'a> {
    /// A context without a limit.
    pub fn new(facts: &'a Facts) -> Context<'a> {
        Context { facts, fuel: None }
    }

    /// Whether one more rewrite may be done. Asked before each rewrite that is not required, so that halving the limit finds a bad one.
    #[inline]
    pub fn may_rewrite(&mut self) -> bool {
        match &mut self.fuel {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// Stands for a pass's name when all have run.
pub const FINAL: &str = "final";

/// Takes a pass's name and what it left.
pub type Dump<'a> = dyn FnMut(&str, &Function) + 'a;

/// How the pipeline is run.
#[derive(Default)]
pub struct Runner<'a> {
    /// Passes to leave out; a required one is run all the same.
    pub skip: &'a [String],
    /// Called after each pass with its name and the function; first of all with `"built"`, in the end with [`FINAL`].
    pub dump: Option<&'a mut Dump<'a>>,
    /// Verify after each pass, and check reference counts at the end. On in debug builds.
    pub verify: bool,
    /// Number of rewrites to do before all that is not required stops.
    pub limit: Option<u64>,
    /// Time taken by each pass so far, across functions.
    pub times: Vec<(&'static str, Duration)>,
}

impl Runner<'_> {
    /// A runner with everything on that this build checks.
    pub fn new() -> Self {
        Runner {
            verify: cfg!(debug_assertions),
            ..Runner::default()
        }
    }

    /// Runs the passes in order.
    pub fn run(&mut self, passes: &[Pass], func: &mut Function, facts: &Facts) {
        let mut context = Context {
            facts,
            fuel: self.limit,
        };
        if let Some(dump) = &mut self.dump {
            dump("built", func);
        }
        self.check("built", func);
        for pass in passes {
            if !pass.required && self.skip.iter().any(|name| name == pass.name || name == "all") {
                continue;
            }
            let start = Instant::now();
            let changed = (pass.run)(func, &mut context);
            let taken = start.elapsed();
            match self.times.iter_mut().find(|entry| entry.0 == pass.name) {
                Some(entry) => entry.1 += taken,
                None => self.times.push((pass.name, taken)),
            }
            if changed == Changed::Yes {
                self.check(pass.name, func);
            }
            if let Some(dump) = &mut self.dump {
                dump(pass.name, func);
            }
        }
        self.limit = context.fuel;
        if let Some(dump) = &mut self.dump {
            dump(FINAL, func);
        }
    }

    fn check(&self, name: &str, func: &Function) {
        if !self.verify {
            return;
        }
        let wrong = verify(func).and_then(|()| {
            if func.counted {
                crate::refcount_checker::check(func)
            } else {
                Ok(())
            }
        });
        if let Err(wrong) = wrong {
            panic!("bug in the compiler, after {name}: {wrong}\n{func}");
        }
    }
}
