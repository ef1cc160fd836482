//! The test programs: where they are, what they are expected to print, the modes they run in, and which of them are known to fail.

use crate::process::{Finished, Job, Scratch};
use std::fs;
use std::path::{Path, PathBuf};

/// A way of running a program; the output is the same in each, and nothing is left at exit.
#[derive(Debug, Clone)]
pub struct Mode {
    pub name: String,
    pub flags: Vec<String>,
    /// Programs that run in it.
    pub programs: Which,
}

/// Some of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// Those whose names begin with `hot_`: small, and made for the compiler.
    Hot,
    /// All but those that say `# collects: no`: with a collection after every new container they take too long.
    Collecting,
}

/// Every mode. `passes` are the names of the passes that may be left out: each is tried alone.
pub fn modes(passes: &[&str]) -> Vec<Mode> {
    let mode = |name: &str, options: &[&str], programs: Which| Mode {
        name: name.to_owned(),
        flags: options
            .iter()
            .flat_map(|option| ["-X".to_owned(), (*option).to_owned()])
            .collect(),
        programs,
    };
    let mut modes = vec![
        mode("interp", &[], Which::All),
        mode("jit", &["jit"], Which::All),
        mode(
            "guards",
            &["jit", "jit-test-fail-guards", "jit-test-full-effort"],
            Which::All,
        ),
        mode("noopt", &["jit", "jit-test-no-passes"], Which::All),
        mode("auto", &["jit-auto=2"], Which::All),
        mode("hot", &["jit-auto=600"], Which::Hot),
        mode("collect", &["jit-test-collect"], Which::Collecting),
        mode("collect-auto", &["jit-auto=2", "jit-test-collect"], Which::Collecting),
    ];
    for pass in passes {
        let option = format!("jit-test-passes={pass}");
        modes.push(mode(&format!("only-{pass}"), &["jit-auto=2", &option], Which::Hot));
    }
    modes
}

/// Makes Kiln report on standard error which mortal objects are left after finalisation.
pub const CHECK_LEAKS: &[&str] = &["-X", "jit-check-leaks"];

/// Cuts the report on leaks from what was written to standard error.
pub fn take_leaks(stderr: &mut String) -> Option<String> {
    let start = stderr
        .find("kiln: ")
        .filter(|&at| stderr[at..].contains("alive after finalisation"))?;
    Some(stderr.split_off(start))
}

/// Flags with which a program says at exit what was compiled.
pub const SHOW_STATS: &[&str] = &["-X", "jit-stats"];

/// Cuts that report from what was written to standard error; the functions that were not compiled, each with the reason. The bodies of modules
/// and classes run once.
pub fn take_uncompiled(stderr: &mut String) -> Vec<String> {
    let Some(start) = stderr.find("functions compiled  ") else {
        return Vec::new();
    };
    let report = stderr.split_off(start);
    let mut lines = report.lines();
    let mut found = Vec::new();
    while lines.any(|line| line.starts_with("not compiled")) {
        let reasons = lines
            .clone()
            .take_while(|line| line.starts_with("  ") && line.contains(": "));
        found.extend(
            reasons
                .filter(|line| !line.ends_with(": a module's or class's body"))
                .map(|line| line.trim().to_owned()),
        );
    }
    found
}

/// One program and what CPython 3.14 makes of it.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub path: PathBuf,
    /// Whether what it writes to standard error is compared, too.
    pub compares_stderr: bool,
    pub exit: i32,
    /// A program that ends in a way that finalises nothing is not asked what it left.
    pub checks_leaks: bool,
    /// Whether it also runs with a collection after every new container.
    pub collects: bool,
}

impl Program {
    /// Reads the header: comment lines `# exit: N`, `# stderr: yes`, `# collects: no` and `# leaks: REASON` before anything else.
    fn read(path: PathBuf) -> Result<Program, String> {
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut program = Program {
            name,
            path,
            compares_stderr: false,
            exit: 0,
            checks_leaks: true,
            collects: true,
        };
        for line in text.lines().take_while(|line| line.starts_with("# ")) {
            match line[2..].split_once(": ") {
                Some(("exit", code)) => program.exit = code.parse().map_err(|_| format!("{line}: not a number"))?,
                Some(("stderr", "yes")) => program.compares_stderr = true,
                Some(("collects", "no")) => program.collects = false,
                Some(("leaks", _)) => program.checks_leaks = false,
                _ => return Err(format!("{}: header line not understood: {line}", program.name)),
            }
        }
        Ok(program)
    }

    /// Whether it is one of these.
    pub fn is_of(&self, which: Which) -> bool {
        match which {
            Which::All => true,
            Which::Hot => self.name.starts_with("hot_"),
            Which::Collecting => self.collects,
        }
    }

    /// Where the expected output stands.
    pub fn expected(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    /// Runs the program in a folder of its own. The folder of the programs is cut from what it wrote.
    pub fn run(&self, binary: &Path, flags: &[String], seed: &str) -> Result<Finished, String> {
        let scratch = Scratch::new().map_err(|e| e.to_string())?;
        let job = Job::new(binary)
            .args(flags.iter().cloned())
            .args([self.path.display().to_string()]);
        let mut done = job.env("PYTHONHASHSEED", seed).cwd(scratch.path()).run()?;
        if let Some(dir) = self.path.parent() {
            let prefix = format!("{}/", dir.display());
            done.stdout = done.stdout.replace(&prefix, "");
            done.stderr = done.stderr.replace(&prefix, "");
        }
        Ok(done)
    }

    /// Compares what the program did with what is expected of it.
    pub fn compare(&self, done: &Finished) -> Result<(), String> {
        let mut wrong = String::new();
        if done.code != self.exit {
            wrong += &format!("exit code {} instead of {}\n", done.code, self.exit);
        }
        wrong += &difference("stdout", &read(&self.expected("out")), &done.stdout);
        if self.compares_stderr {
            wrong += &difference("stderr", &read(&self.expected("err")), &done.stderr);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let tail: Vec<&str> = done.stderr.lines().rev().take(12).collect();
        wrong += "end of its standard error:\n";
        for line in tail.iter().rev() {
            wrong += &format!("    {line}\n");
        }
        Err(wrong)
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The first lines that differ, in words.
pub fn difference(what: &str, expected: &str, got: &str) -> String {
    if expected == got {
        return String::new();
    }
    let (mut left, mut right) = (expected.lines(), got.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (left.next(), right.next()) {
            (None, None) => return format!("{what}: line ends differ\n"),
            (a, b) if a == b => {}
            (a, b) => {
                let (a, b) = (a.unwrap_or("(nothing more)"), b.unwrap_or("(nothing more)"));
                return format!("{what} line {number}:\n  expected {a}\n  got      {b}\n");
            }
        }
    }
}

/// The folder of the programs.
pub fn folder() -> PathBuf {
    crate::root().join("tests/programs")
}

/// Every program, by name.
pub fn all() -> Result<Vec<Program>, String> {
    let dir = folder();
    let mut programs = Vec::new();
    for entry in fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            programs.push(Program::read(path)?);
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// A line of `known-failures.txt`: the program, the mode (or `*`, or `compiled`), and why.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    pub program: String,
    pub mode: String,
    pub reason: String,
}

impl KnownFailure {
    /// Whether the line speaks of the mode.
    pub fn is_of(&self, mode: &Mode) -> bool {
        let compiles = mode
            .flags
            .iter()
            .any(|flag| flag == "jit" || flag.starts_with("jit-auto"));
        self.mode == mode.name || self.mode == "*" || self.mode == "compiled" && compiles
    }
}

/// The list of what is known to fail. Each entry is asserted to fail still.
pub fn known_failures() -> Result<Vec<KnownFailure>, String> {
    let mut list = Vec::new();
    for line in read(&folder().join("known-failures.txt")).lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.splitn(3, char::is_whitespace);
        match (words.next(), words.next(), words.next()) {
            (Some(program), Some(mode), Some(reason)) => {
                list.push(KnownFailure {
                    program: program.into(),
                    mode: mode.into(),
                    reason: reason.trim().into(),
                });
            }
            _ => return Err(format!("known-failures.txt: a line is `program mode reason`: {line}")),
        }
    }
    Ok(list)
}
