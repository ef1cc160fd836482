//! `compile-time`: what compiling costs, in CPU time per HIR instruction, over all of `benches/programs` in one process.
//!
//! Two ways: every function at its first call and again as more becomes known of it, as `-X jit` does, and every function once, in one
//! batch, when the programs have run in the interpreter. The time is the compiling thread's, from bytecode to installed code.

use kiln_testing::process::Job;
use std::fmt::Write as _;
use std::path::PathBuf;

pub const USAGE: &str = "\
usage: cargo xtask compile-time [--kiln PATH] [--flags \"-X jit-…\"] [--rounds N]

Compiles the functions of benches/programs in one process and prints the CPU time for each HIR instruction, the least of the rounds.
Instructions are those of the functions as they are built from bytecode, before any pass. Bodies built for inlining are listed apart.";

/// What one process says of itself.
struct Measured {
    versions: u64,
    insts: u64,
    bodies: u64,
    bytes: u64,
    microseconds: u64,
}

fn measure(kiln: &PathBuf, flags: &[String], batch: bool) -> Result<Measured, String> {
    let script = kiln_testing::root().join("benches/compile_all.py");
    // In a batch nothing is compiled before the script asks for it.
    let how = if batch { "jit-auto=1000000000" } else { "jit" };
    let mut args: Vec<String> = ["-X", how, "-X", "jit-stats"].map(str::to_owned).to_vec();
    args.extend_from_slice(flags);
    args.push(script.display().to_string());
    args.extend(batch.then(|| "batch".to_owned()));
    let done = Job::new(kiln).args(args).timeout(600).run()?;
    if done.code != 0 {
        return Err(format!("exit code {}: {}", done.code, done.stderr));
    }
    let counter = |name: &str| {
        let line = done
            .stderr
            .lines()
            .find(|line| line.split("  ").next().is_some_and(|start| start.trim() == name));
        let number = line.and_then(|line| line.split_whitespace().last());
        number
            .and_then(|number| number.parse::<u64>().ok())
            .ok_or_else(|| format!("{name} is not counted"))
    };
    let versions = done.stderr.lines().filter(|line| line.starts_with("versions: "));
    let versions = versions.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok());
    Ok(Measured {
        versions: versions.sum(),
        insts: counter("HIR instructions")?.max(1),
        bodies: counter("HIR instructions of bodies")?,
        bytes: counter("code bytes")?,
        microseconds: counter("compile microseconds")?,
    })
}

pub fn run(args: &[String]) -> Result<String, String> {
    let mut kiln = kiln_testing::root().join("target/release/kiln");
    let (mut flags, mut rounds) = (Vec::new(), 3);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        match arg.as_str() {
            "--kiln" => kiln = PathBuf::from(value),
            "--flags" => flags = value.split_whitespace().map(str::to_owned).collect(),
            "--rounds" => rounds = value.parse::<u32>().map_err(|_| format!("not a number: {value}"))?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let mut text = format!(
        "{:<28} {:>8} {:>8} {:>10} {:>10} {:>8} {:>12} {:>12}\n",
        "", "versions", "insts", "of bodies", "bytes", "CPU ms", "µs per inst", "with bodies"
    );
    for (name, batch) in [("at first calls, and again", false), ("in one batch, when known", true)] {
        let mut best: Option<Measured> = None;
        for _ in 0..rounds.max(1) {
            let measured = measure(&kiln, &flags, batch)?;
            if best
                .as_ref()
                .is_none_or(|best| measured.microseconds < best.microseconds)
            {
                best = Some(measured);
            }
        }
        let Some(best) = best else { continue };
        let _ = writeln!(
            text,
            "{name:<28} {:>8} {:>8} {:>10} {:>10} {:>8.1} {:>12.2} {:>12.2}",
            best.versions,
            best.insts,
            best.bodies,
            best.bytes,
            best.microseconds as f64 / 1e3,
            best.microseconds as f64 / best.insts as f64,
            best.microseconds as f64 / (best.insts + best.bodies) as f64
        );
    }
    Ok(text)
}
