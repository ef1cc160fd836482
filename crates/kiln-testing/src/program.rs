//! The test programs: where they are, what they are expected to print, the modes they run in, and which of them are known to fail.

use crate::process::{Finished, Job, Scratch};
use std::fs;
use std::path::{Path, PathBuf};

/// A way of running a program; the output is the same in each.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    pub name: &'static str,
    pub flags: &'static [&'static str],
}

/// Every mode.
pub const MODES: &[Mode] = &[
    Mode {
        name: "interp",
        flags: &[],
    },
    Mode {
        name: "jit",
        flags: &["-X", "jit"],
    },
    Mode {
        name: "guards",
        flags: &["-X", "jit", "-X", "jit-test-fail-guards"],
    },
    Mode {
        name: "noopt",
        flags: &["-X", "jit", "-X", "jit-test-no-passes"],
    },
    Mode {
        name: "auto",
        flags: &["-X", "jit-auto=2"],
    },
];

/// Makes Kiln report on standard error which mortal objects are left after finalisation.
pub const CHECK_LEAKS: &[&str] = &["-X", "jit-check-leaks"];

/// Cuts the report on leaks from what was written to standard error.
pub fn take_leaks(stderr: &mut String) -> Option<String> {
    let start = stderr
        .find("kiln: ")
        .filter(|&at| stderr[at..].contains("alive after finalisation"))?;
    Some(stderr.split_off(start))
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
}

impl Program {
    /// Reads the header: comment lines `# exit: N`, `# stderr: yes` and `# leaks: REASON` before anything else.
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
        };
        for line in text.lines().take_while(|line| line.starts_with("# ")) {
            match line[2..].split_once(": ") {
                Some(("exit", code)) => program.exit = code.parse().map_err(|_| format!("{line}: not a number"))?,
                Some(("stderr", "yes")) => program.compares_stderr = true,
                Some(("leaks", _)) => program.checks_leaks = false,
                _ => return Err(format!("{}: header line not understood: {line}", program.name)),
            }
        }
        Ok(program)
    }

    /// Where the expected output stands.
    pub fn expected(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    /// Runs the program in a folder of its own. The folder of the programs is cut from what it wrote.
    pub fn run(&self, binary: &Path, flags: &[&str], seed: &str) -> Result<Finished, String> {
        let scratch = Scratch::new().map_err(|e| e.to_string())?;
        let job = Job::new(binary)
            .args(flags.iter().copied())
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

/// A line of `known-failures.txt`: the program, the mode (or `*`), and why.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    pub program: String,
    pub mode: String,
    pub reason: String,
}

/// Names of programs that leave mortal objects behind, from `known-leaks.txt`. Each is asserted to leak still.
pub fn known_leaks() -> Vec<String> {
    read(&folder().join("known-leaks.txt"))
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.trim().to_owned())
        .collect()
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
