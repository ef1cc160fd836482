//! Every program of this folder in every mode: the same output and exit code as CPython 3.14 gave, and no mortal object left at exit.
//!
//! `cargo xtask bless-programs --python PATH` stores what CPython prints. `cargo test --test programs -- NAME` runs some.

use kiln_testing::libtest_mimic::{Arguments, Trial};
use kiln_testing::program::{self, CHECK_LEAKS, Mode, Program};
use std::path::Path;
use std::process::ExitCode;

fn check(program: &Program, mode: Mode, known_leak: bool) -> Result<(), String> {
    let mut flags = mode.flags.to_vec();
    // FIXME: compiled code keeps objects alive at exit; so far only interpreted programs are asked what they left.
    let asked = program.checks_leaks && mode.name == "interp";
    if asked {
        flags.extend(CHECK_LEAKS);
    }
    let mut done = program.run(Path::new(env!("CARGO_BIN_EXE_kiln")), &flags, "0")?;
    let leaks = program::take_leaks(&mut done.stderr);
    program.compare(&done)?;
    match (leaks, known_leak) {
        (None, true) if asked => Err("leaves nothing now: take it from known-leaks.txt".into()),
        (Some(report), false) => Err(report),
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let lists = program::all().and_then(|programs| Ok((programs, program::known_failures()?)));
    let (programs, known) = match lists {
        Ok(lists) => lists,
        Err(wrong) => {
            let trials = vec![Trial::test("reading the programs", move || Err(wrong.into()))];
            return kiln_testing::libtest_mimic::run(&arguments, trials).exit_code();
        }
    };
    let leaking = program::known_leaks();
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
        for &mode in program::MODES {
            let known = known
                .iter()
                .find(|k| k.program == program.name && (k.mode == mode.name || k.mode == "*"))
                .cloned();
            let name = format!("{}::{}", mode.name, program.name);
            let program = program.clone();
            let known_leak = leaking.contains(&program.name);
            trials.push(Trial::test(name, move || {
                match (check(&program, mode, known_leak), known) {
                    (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
                    (Ok(()), Some(known)) => {
                        Err(format!("passes now: take it from known-failures.txt ({})", known.reason).into())
                    }
                    (Err(wrong), None) => Err(wrong.into()),
                }
            }));
        }
    }
    kiln_testing::libtest_mimic::run(&arguments, trials).exit_code()
}
