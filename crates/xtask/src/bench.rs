//! `bench`: runs `benches/programs` on Kiln and on other Pythons, taking turns, and prints a table of ratios.
//!
//! A program prints, for each iteration, its CPU time and a result; results are compared between the runners. The figure of a cell is the
//! minimum over the rounds, of all iterations (`best`) and of the first ones (`first`). With `--json DIR`, one pyperf file a runner.

use kiln_testing::process::Job;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

pub const USAGE: &str = "\
usage: cargo xtask bench [--vs PYTHON]... [--flags \"-X jit\"]... [--kiln PATH] [--iterations N] [--rounds N] [--json DIR] [NAME...]

Runs each program of benches/programs (or those named) on Kiln, once for each --flags, and on each Python given, interleaved.
Ratios are against the first Python given, or against the first column without one; above 1 is faster.";

struct Options {
    runners: Vec<Runner>,
    iterations: usize,
    rounds: usize,
    json: Option<PathBuf>,
    names: Vec<String>,
}

struct Runner {
    label: String,
    binary: PathBuf,
    flags: Vec<String>,
}

/// What one process measured: CPU seconds of each iteration.
type Times = Vec<f64>;

/// `runs[runner]` holds one `Times` a round; empty when the program failed.
struct Row {
    name: String,
    runs: Vec<Vec<Times>>,
    failures: Vec<Option<String>>,
}

impl Row {
    fn best(&self, runner: usize) -> Option<f64> {
        minimum(self.runs[runner].iter().flatten().copied())
    }

    fn first(&self, runner: usize) -> Option<f64> {
        minimum(self.runs[runner].iter().filter_map(|times| times.first().copied()))
    }
}

fn minimum(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.min_by(f64::total_cmp)
}

fn options(args: &[String]) -> Result<Options, String> {
    let (mut vs, mut flags, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let mut kiln = kiln_testing::root().join("target/release/kiln");
    let (mut iterations, mut rounds, mut json) = (10, 3, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next()
                .cloned()
                .ok_or_else(|| format!("{arg} needs a value\n{USAGE}"))
        };
        let number = |text: String| text.parse::<usize>().map_err(|_| format!("not a number: {text}"));
        match arg.as_str() {
            "--vs" => vs.push(value()?),
            "--flags" => flags.push(value()?),
            "--kiln" => kiln = PathBuf::from(value()?),
            "--iterations" => iterations = number(value()?)?.max(1),
            "--rounds" => rounds = number(value()?)?.max(1),
            "--json" => json = Some(PathBuf::from(value()?)),
            "--help" | "-h" => return Err(USAGE.to_owned()),
            other if other.starts_with('-') => return Err(format!("unknown option {other}\n{USAGE}")),
            name => names.push(name.to_owned()),
        }
    }
    if flags.is_empty() {
        flags = vec![String::new(), "-X jit".to_owned()];
    }
    let mut runners: Vec<Runner> = vs
        .into_iter()
        .map(|path| Runner {
            label: file_name(&path),
            binary: path.into(),
            flags: Vec::new(),
        })
        .collect();
    for words in flags {
        let label = format!("kiln {words}").trim().to_owned();
        let flags = words.split_whitespace().map(str::to_owned).collect();
        runners.push(Runner {
            label,
            binary: kiln.clone(),
            flags,
        });
    }
    Ok(Options {
        runners,
        iterations,
        rounds,
        json,
        names,
    })
}

fn file_name(path: &str) -> String {
    Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn programs(names: &[String]) -> Result<Vec<PathBuf>, String> {
    let dir = kiln_testing::root().join("benches/programs");
    let entries = fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    found.sort();
    if names.is_empty() {
        return Ok(found);
    }
    let picked: Vec<PathBuf> = found.into_iter().filter(|path| names.contains(&stem(path))).collect();
    if picked.is_empty() {
        Err(format!("no program is called {}", names.join(" or ")))
    } else {
        Ok(picked)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// One process: the times, and the result that it printed last.
fn measure(runner: &Runner, program: &Path, iterations: usize) -> Result<(Times, String), String> {
    let job = Job::new(&runner.binary).args(runner.flags.clone());
    let job = job
        .args([program.display().to_string(), iterations.to_string()])
        .timeout(600);
    let done = job.run()?;
    if done.code != 0 {
        let last = done.stderr.lines().last().unwrap_or("no message").to_owned();
        return Err(format!("exit code {}: {last}", done.code));
    }
    let mut times = Vec::new();
    let mut result = String::new();
    for line in done.stdout.lines() {
        let (seconds, rest) = line.split_once(' ').ok_or_else(|| format!("unexpected line: {line}"))?;
        times.push(seconds.parse().map_err(|_| format!("not a time: {seconds}"))?);
        result = rest.to_owned();
    }
    Ok((times, result))
}

pub fn run(args: &[String]) -> Result<String, String> {
    let options = options(args)?;
    let mut rows = Vec::new();
    for path in programs(&options.names)? {
        let count = options.runners.len();
        let mut row = Row {
            name: stem(&path),
            runs: vec![Vec::new(); count],
            failures: vec![None; count],
        };
        let mut expected: Option<String> = None;
        for _ in 0..options.rounds {
            for (index, runner) in options.runners.iter().enumerate() {
                match measure(runner, &path, options.iterations) {
                    Ok((times, result)) => {
                        if *expected.get_or_insert_with(|| result.clone()) != result {
                            row.failures[index] = Some(format!("another result: {result}"));
                        }
                        row.runs[index].push(times);
                    }
                    Err(why) => row.failures[index] = Some(why),
                }
            }
        }
        rows.push(row);
    }
    if let Some(dir) = &options.json {
        write_json(dir, &options.runners, &rows)?;
    }
    Ok(table(&options.runners, &rows))
}

fn table(runners: &[Runner], rows: &[Row]) -> String {
    let mut text = String::new();
    for (what, pick) in [
        ("best iteration", Row::best as fn(&Row, usize) -> Option<f64>),
        ("first iteration", Row::first),
    ] {
        let _ = write!(text, "{:<16}", what);
        for runner in runners {
            let _ = write!(text, " {:>22}", runner.label);
        }
        text.push('\n');
        let mut logs = vec![(0.0, 0_u32); runners.len()];
        for row in rows {
            let _ = write!(text, "{:<16}", row.name);
            let base = pick(row, 0);
            for (index, sums) in logs.iter_mut().enumerate() {
                let cell = match (pick(row, index), &row.failures[index]) {
                    (Some(time), None) => {
                        let ratio = base.map(|base| base / time);
                        if let Some(ratio) = ratio {
                            sums.0 += ratio.ln();
                            sums.1 += 1;
                        }
                        format!(
                            "{:.1} ms {:>7}",
                            time * 1e3,
                            ratio.map_or_else(String::new, |r| format!("{r:.2}x"))
                        )
                    }
                    _ => "failed".to_owned(),
                };
                let _ = write!(text, " {cell:>22}");
            }
            text.push('\n');
        }
        let _ = write!(text, "{:<16}", "geometric mean");
        for (sum, count) in logs {
            let mean = if count == 0 {
                "-".to_owned()
            } else {
                format!("{:.2}x", (sum / f64::from(count)).exp())
            };
            let _ = write!(text, " {mean:>22}");
        }
        text.push_str("\n\n");
    }
    for row in rows {
        for (runner, failure) in runners.iter().zip(&row.failures) {
            if let Some(why) = failure {
                let _ = writeln!(text, "{} on {}: {why}", row.name, runner.label);
            }
        }
    }
    text
}

/// A file in pyperf's format: a benchmark a program, a run a process, whose first iteration counts as its warm-up.
fn write_json(dir: &Path, runners: &[Runner], rows: &[Row]) -> Result<(), String> {
    fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    for (index, runner) in runners.iter().enumerate() {
        let mut benchmarks = Vec::new();
        for row in rows.iter().filter(|row| row.failures[index].is_none()) {
            let runs: Vec<String> = row.runs[index]
                .iter()
                .filter(|times| !times.is_empty())
                .map(|times| run_json(times))
                .collect();
            let metadata = format!(
                "{{\"name\":\"{}\",\"unit\":\"second\",\"loops\":1,\"inner_loops\":1}}",
                row.name
            );
            benchmarks.push(format!("{{\"metadata\":{metadata},\"runs\":[{}]}}", runs.join(",")));
        }
        let text = format!(
            "{{\"version\":\"1.0\",\"metadata\":{{\"timer\":\"process_time\"}},\"benchmarks\":[{}]}}\n",
            benchmarks.join(",\n")
        );
        let path = dir.join(format!("{}.json", runner.label.replace(' ', "_")));
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn run_json(times: &[f64]) -> String {
    let (warmups, values) = if times.len() > 1 {
        times.split_at(1)
    } else {
        times.split_at(0)
    };
    let warmups: Vec<String> = warmups.iter().map(|t| format!("[1,{t}]")).collect();
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    format!(
        "{{\"metadata\":{{}},\"warmups\":[{}],\"values\":[{}]}}",
        warmups.join(","),
        values.join(",")
    )
}
