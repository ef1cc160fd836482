//! `startup-order` and `check-startup`: the list of functions that the linker lays next to each other. See `docs/startup.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const FILE: &str = "crates/kiln-cli/startup-order.ld";
/// The section of an ordered binary, as the list names it.
const SECTION: &str = ".text.at_start";

/// What is watched, the most frequent first: a function stands in the first group that runs it.
const GROUPS: &[(&str, &[&[&str]])] = &[
    ("Start and end of every process", &[&["-c", "pass"]]),
    (
        "What most programs do: imports, handlers of the interpreter, text and collections",
        &[
            &["-c", IMPORTS],
            &["tests/programs/records.py"],
            &["tests/programs/text_report.py"],
            &["tests/programs/event_simulation.py"],
            &["tests/programs/exceptions.py"],
        ],
    ),
    ("Making machine code", &[&["-X", "jit", "-c", IMPORTS]]),
];
const IMPORTS: &str = "import argparse, collections, dataclasses, enum, functools, json, re, typing";

/// Names that generic code shares are laid behind the others of their group if that much of what they name does not run.
const SHARED: u64 = 4096;
/// The first group's functions, with what shares their names, lie within so many bytes.
const SPAN: u64 = 1536 << 10;
/// The share of the first group's names that the binary must have in the section: else the list is out of date.
const KNOWN: usize = 85;
/// How many percent of the code may be resident when a program has just started. More than half are, without order.
const RESIDENT: u64 = 40;

/// A function of a binary.
struct Symbol {
    name: String,
    address: u64,
    size: u64,
}

fn output(command: &mut Command) -> Result<String, String> {
    let done = command
        .output()
        .map_err(|e| format!("{}: {e}", command.get_program().to_string_lossy()))?;
    if !done.status.success() {
        return Err(format!(
            "{} ended with {}: {}",
            command.get_program().to_string_lossy(),
            done.status,
            String::from_utf8_lossy(&done.stderr)
        ));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn symbols(binary: &str) -> Result<Vec<Symbol>, String> {
    let text = output(Command::new("nm").args(["--defined-only", "--print-size", binary]))?;
    let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let symbol = |line: &str| {
        let mut words = line.split(' ');
        let (address, size) = (number(words.next()?)?, number(words.next()?)?);
        let code = matches!(words.next()?, "t" | "T" | "w" | "W");
        let name = words.next()?.to_owned();
        code.then_some(Symbol { name, address, size })
    };
    Ok(text.lines().filter_map(symbol).collect())
}

/// A name without what changes from build to build: the hash at its end, the identities of crates, suffixes of LLVM's.
fn pattern(name: &str) -> String {
    let name = name.split_once(".llvm.").map_or(name, |(name, _)| name);
    if let Some(at) = name.rfind("17h")
        && name.starts_with("_ZN")
        && name[at + 3..].len() == 17
    {
        return format!("{}17h*", &name[..at]);
    }
    if !name.starts_with("_R") {
        return name.to_owned();
    }
    let mut pattern = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("Cs") {
        let identity = &rest[at + 2..];
        let end = identity
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(identity.len());
        pattern.push_str(&rest[..at + 2]);
        rest = identity;
        if identity[end..].starts_with('_') {
            pattern.push('*');
            rest = &identity[end..];
        }
    }
    format!("{pattern}{rest}*")
}

/// The functions that a run executes, by the names that the binary has for them.
fn executed(binary: &str, arguments: &[&str]) -> Result<BTreeSet<String>, String> {
    let file = std::env::temp_dir().join(format!("kiln-startup-{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--demangle=no"]);
    valgrind.arg(format!("--callgrind-out-file={}", file.display()));
    let ran = output(valgrind.arg(binary).args(arguments));
    let profile = std::fs::read_to_string(&file).map_err(|e| e.to_string());
    let _ = std::fs::remove_file(&file);
    ran?;
    // `fn=(12) name`, later `fn=(12)`; recursive calls are `name'2`. Callers name functions that run, too.
    let name = |line: &str| {
        let line = line.strip_prefix('c').unwrap_or(line).strip_prefix("fn=(")?;
        let (_, name) = line.split_once(") ")?;
        Some(name.split('\'').next().unwrap_or(name).to_owned())
    };
    Ok(profile?.lines().filter_map(name).collect())
}

/// Writes the list anew.
pub fn write(args: &[String]) -> Result<String, String> {
    let [binary] = args else {
        return Err("usage: cargo xtask startup-order BINARY".to_owned());
    };
    let symbols = symbols(binary)?;
    let mut named: BTreeMap<String, Vec<&Symbol>> = BTreeMap::new();
    for symbol in &symbols {
        named.entry(pattern(&symbol.name)).or_default().push(symbol);
    }
    let mut text = HEADER.to_owned();
    text.push_str(&format!("SECTIONS {{\n{SECTION} : {{\n"));
    let mut seen = BTreeSet::new();
    for (title, runs) in GROUPS {
        let mut ran = BTreeSet::new();
        for arguments in *runs {
            ran.append(&mut executed(binary, arguments)?);
        }
        // Functions that are the same have one place and several names, of which the profile has one.
        let places: BTreeSet<u64> = symbols
            .iter()
            .filter(|s| ran.contains(&s.name))
            .map(|s| s.address)
            .collect();
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        let placed = symbols.iter().filter(|s| places.contains(&s.address));
        for symbol in placed {
            let name = pattern(&symbol.name);
            if !name.starts_with("_R") && !name.starts_with("_ZN") || seen.contains(&name) {
                continue;
            }
            let sizes = |runs: bool| -> u64 {
                let of_name = named[&name].iter().filter(|s| places.contains(&s.address) == runs);
                of_name.map(|s| s.size).sum()
            };
            let (idle, runs) = (sizes(false), sizes(true));
            if idle > runs && !ran.contains(&symbol.name) {
                continue;
            }
            seen.insert(name.clone());
            let list = if idle > SHARED.max(2 * runs) {
                &mut shared
            } else {
                &mut own
            };
            list.push(name);
        }
        for (title, mut names) in [(*title, own), ("Names that other functions share", shared)] {
            names.sort();
            text.push_str(&format!("/* {title}. */\n*(\n"));
            for name in names {
                text.push_str(&format!(".text.{name} .text.unlikely.{name}\n"));
            }
            text.push_str(")\n");
        }
    }
    text.push_str("}\n} INSERT BEFORE .text;\n");
    std::fs::write(kiln_testing::root().join(FILE), &text).map_err(|e| format!("{FILE}: {e}"))?;
    Ok(format!("{} names are in {FILE}", seen.len()))
}

const HEADER: &str = "\
/* For the linker: functions that run at start, laid next to each other. See docs/startup.md.
   Made by `cargo xtask startup-order target/release/kiln`; hashes are left out of the names. */
";

/// The names of the list's first group, those that others share included.
fn first_group() -> Result<BTreeSet<String>, String> {
    let text = std::fs::read_to_string(kiln_testing::root().join(FILE)).map_err(|e| format!("{FILE}: {e}"))?;
    let groups = text.split("*(\n").skip(1).take(2);
    let names = groups.flat_map(|group| group.lines().take_while(|line| line.starts_with('.')));
    Ok(names
        .filter_map(|line| line.strip_prefix(".text.")?.split(' ').next())
        .map(str::to_owned)
        .collect())
}

/// Fails when the functions of the list do not lie together in `binary`, or are not those that run.
pub fn check(args: &[String]) -> Result<String, String> {
    let [binary] = args else {
        return Err("usage: cargo xtask check-startup BINARY".to_owned());
    };
    let sections = output(Command::new("objdump").args(["-h", binary]))?;
    let section = sections.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| u64::from_str_radix(words.get(at)?, 16).ok();
        (words.get(1) == Some(&SECTION)).then_some((number(3)?, number(2)?))
    });
    let Some((start, size)) = section else {
        return Err(format!(
            "{binary} has no section {SECTION}: its functions are in no order"
        ));
    };
    let names = first_group()?;
    let (mut known, mut ends) = (BTreeSet::new(), Vec::new());
    for symbol in symbols(binary)? {
        let name = pattern(&symbol.name);
        // A few stand elsewhere: other names of functions that are the same, which lie where the first of these names belongs.
        if names.contains(&name) && (start..start + size).contains(&symbol.address) {
            ends.push(symbol.address + symbol.size);
            known.insert(name);
        }
    }
    // Of those few some lie in later groups.
    ends.sort_unstable();
    let end = ends.get(ends.len() * 95 / 100).copied().unwrap_or(start);
    let renew = format!("`cargo xtask startup-order {binary}` makes the list anew");
    if known.len() * 100 < names.len() * KNOWN {
        return Err(format!(
            "only {} of {} names are in {SECTION}; {renew}",
            known.len(),
            names.len()
        ));
    }
    if end - start > SPAN {
        return Err(format!("the first group spans {} KiB; {renew}", (end - start) >> 10));
    }
    let (resident, all) = resident(binary)?;
    if resident * 100 > all * RESIDENT {
        return Err(format!(
            "{resident} of {all} KiB of code are resident after start; {renew}"
        ));
    }
    Ok(format!(
        "{} functions' names within {} KiB; {resident} of {all} KiB of code resident after start",
        known.len(),
        (end - start) >> 10
    ))
}

/// How much of the binary's code is in memory just after start, and how much there is, in KiB.
fn resident(binary: &str) -> Result<(u64, u64), String> {
    let mut child = Command::new(binary)
        .args(["-c", "print('ready', flush=True); input()"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{binary}: {e}"))?;
    let mut line = String::new();
    let maps = match child.stdout.take() {
        Some(out) => BufReader::new(out)
            .read_line(&mut line)
            .and_then(|_| std::fs::read_to_string(format!("/proc/{}/smaps", child.id()))),
        None => Ok(String::new()),
    };
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(b"\n");
    }
    let ended = child.wait().map_err(|e| e.to_string())?;
    if line != "ready\n" || !ended.success() {
        return Err(format!("{binary} said {line:?} and ended with {ended}"));
    }
    let maps = maps.map_err(|e| e.to_string())?;
    let path = std::fs::canonicalize(binary).map_err(|e| e.to_string())?;
    let path = path.to_string_lossy();
    let (mut ours, mut resident, mut all) = (false, 0, 0);
    for line in maps.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [_, access, _, _, _, file] => ours = access.contains('x') && file == path,
            ["Size:", kib, _] if ours => all += kib.parse().unwrap_or(0),
            ["Rss:", kib, _] if ours => resident += kib.parse().unwrap_or(0),
            _ => {}
        }
    }
    Ok((resident, all))
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn names_lose_what_builds_change() {
        assert_eq!(
            pattern("_ZN11kiln_object4dict5Table8find_str17hacbbac79d6165a96E"),
            "_ZN11kiln_object4dict5Table8find_str17h*"
        );
        assert_eq!(
            pattern("_ZN4core4cell4once8try_init17h5475907d4fbc93a8E.llvm.3777090026543505789"),
            "_ZN4core4cell4once8try_init17h*"
        );
        assert_eq!(
            pattern("_RNvMs4_NtCsgEmfK2I1SDS_4core3numh14is_ascii_digit.llvm.17440137579742231208"),
            "_RNvMs4_NtCs*_4core3numh14is_ascii_digit*"
        );
        assert_eq!(pattern("rust_psm_on_stack"), "rust_psm_on_stack");
    }
}
