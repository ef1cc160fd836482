//! Every program of this folder in every mode: the same output and exit code as CPython 3.14 gave, no mortal object left at exit, and, compiled at
//! first calls, no function that the compiler gave up on.
//!
//! The programs of the benchmarks run, too, long enough to go through all tiers.
//!
//! `cargo xtask bless-programs --python PATH` stores what CPython prints. `cargo test --test programs -- NAME` runs some. The modes are listed in
//! `kiln_testing::program`; those that cost much run the programs that are made for them.

use kiln_testing::libtest_mimic::{Arguments, Trial};
use kiln_testing::process::Job;
use kiln_testing::program::{self, CHECK_LEAKS, Mode, Program, SHOW_STATS};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kiln"))
}

fn check(program: &Program, mode: &Mode) -> Result<(), String> {
    let mut flags = mode.flags.clone();
    if program.checks_leaks {
        flags.extend(CHECK_LEAKS.iter().map(|flag| (*flag).to_owned()));
    }
    let compiles_all = mode.name == "jit";
    if compiles_all {
        flags.extend(SHOW_STATS.iter().map(|flag| (*flag).to_owned()));
    }
    let mut done = program.run(binary(), &flags, "0")?;
    let leaks = program::take_leaks(&mut done.stderr);
    let uncompiled = program::take_uncompiled(&mut done.stderr);
    program.compare(&done)?;
    if !uncompiled.is_empty() {
        return Err(format!("not compiled: {}", uncompiled.join("; ")));
    }
    leaks.map_or(Ok(()), Err)
}

/// A program of `benches/programs`, which runs long enough to go through all tiers: every iteration's result is that of the interpreter.
fn check_benchmark(path: &Path) -> Result<(), String> {
    let results = |flags: &[&str]| -> Result<Vec<String>, String> {
        let job = Job::new(binary()).args(flags.iter().copied());
        let done = job.args([&*path.display().to_string(), "4"]).run()?;
        if done.code != 0 {
            return Err(format!("{flags:?}: exit code {}\n{}", done.code, done.stderr));
        }
        let result = |line: &str| line.split_once(' ').map(|(_, result)| result.to_owned());
        Ok(done.stdout.lines().filter_map(result).collect())
    };
    let expected = results(&[])?;
    for flags in [&["-X", "jit"][..], &["-X", "jit-auto"]] {
        let got = results(flags)?;
        if got.is_empty() || got != expected {
            return Err(format!("{flags:?}: {got:?} instead of {expected:?}"));
        }
    }
    Ok(())
}

/// The programs of the benchmarks.
fn benchmarks() -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    found.sort();
    Ok(found)
}

/// The passes that may be left out, as the command itself lists them.
fn passes() -> Result<Vec<String>, String> {
    let done = Command::new(binary())
        .args(["-X", "jit", "-X", "jit-test-passes=?", "-c", ""])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let Some((_, names)) = text.trim().split_once("known are: ") else {
        return Err(format!("-X jit-test-passes=? does not list the passes: {text}"));
    };
    Ok(names.split(", ").map(str::to_owned).collect())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let lists =
        program::all().and_then(|programs| Ok((programs, program::known_failures()?, passes()?, benchmarks()?)));
    let (programs, known, passes, benchmarks) = match lists {
        Ok(lists) => lists,
        Err(wrong) => {
            let trials = vec![Trial::test("reading the programs", move || Err(wrong.into()))];
            return kiln_testing::libtest_mimic::run(&arguments, trials).exit_code();
        }
    };
    let passes: Vec<&str> = passes.iter().map(String::as_str).collect();
    let modes = program::modes(&passes);
    let mut trials = Vec::new();
    for entry in &known {
        if !programs.iter().any(|program| program.name == entry.program) {
            let name = entry.program.clone();
            trials.push(Trial::test("known-failures.txt", move || {
                Err(format!("no program is called {name}").into())
            }));
        }
    }
    for program in programs {
        for mode in modes.iter().filter(|mode| program.is_of(mode.programs)) {
            let known = known
                .iter()
                .find(|k| k.program == program.name && k.is_of(mode))
                .cloned();
            let name = format!("{}::{}", mode.name, program.name);
            let (program, mode) = (program.clone(), mode.clone());
            trials.push(Trial::test(name, move || match (check(&program, &mode), known) {
                (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
                (Ok(()), Some(known)) => {
                    Err(format!("passes now: take it from known-failures.txt ({})", known.reason).into())
                }
                (Err(wrong), None) => Err(wrong.into()),
            }));
        }
    }
    for path in benchmarks {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(format!("benchmark::{name}"), move || {
            Ok(check_benchmark(&path)?)
        }));
    }
    kiln_testing::libtest_mimic::run(&arguments, trials).exit_code()
}
