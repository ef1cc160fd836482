//! From profiles to a jit-list: the functions in which most instructions were executed.

use crate::jit_list::{Pattern, parse_line};
use crate::profile::{Profile, ProfileError};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What `kiln jitlist` was asked for.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Request {
    pub files: Vec<PathBuf>,
    /// As many of the hottest functions as execute this share (0 to 1) of all instructions in functions.
    pub cover: Option<f64>,
    /// No more functions than this.
    pub top: Option<usize>,
    pub out: Option<PathBuf>,
}

pub const USAGE: &str = "usage: kiln jitlist FILE... [--cover PERCENT%] [--top N] [-o OUT]\n";
pub const HELP: &str = "\
Makes a jit-list from profiles that `-X jit-profile-out=FILE` wrote: the hottest functions first.

--cover PERCENT%  stop when the functions listed execute this share of all instructions
--top N           list at most N functions
-o OUT            write to OUT, not to standard output
";

/// Why the arguments are not a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadRequest {
    Help,
    Usage(String),
}

/// Reads the command's arguments.
pub fn parse_arguments(args: &[std::ffi::OsString]) -> Result<Request, BadRequest> {
    let mut request = Request::default();
    let mut args = args.iter();
    let mut only_files = false;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        if only_files || !text.starts_with('-') || text == "-" {
            request.files.push(arg.into());
            continue;
        }
        let (name, mut inline) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (&*text, None),
        };
        let mut value = || match inline.take() {
            Some(value) => Ok(value),
            None => match args.next() {
                Some(value) => Ok(value.to_string_lossy().into_owned()),
                None => Err(BadRequest::Usage(format!("{name} needs a value"))),
            },
        };
        match name {
            "-h" | "--help" => return Err(BadRequest::Help),
            "--" => only_files = true,
            "--cover" => request.cover = Some(share(&value()?)?),
            "--top" => request.top = Some(top(&value()?)?),
            "-o" | "--output" => request.out = Some(value()?.into()),
            _ => return Err(BadRequest::Usage(format!("unknown option {name}"))),
        }
    }
    if request.files.is_empty() {
        return Err(BadRequest::Usage("no profile is given".to_owned()));
    }
    Ok(request)
}

fn share(text: &str) -> Result<f64, BadRequest> {
    match text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        _ => Err(BadRequest::Usage(format!(
            "--cover {text}: not a percentage above 0 and up to 100"
        ))),
    }
}

fn top(text: &str) -> Result<usize, BadRequest> {
    match text.parse::<usize>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(BadRequest::Usage(format!("--top {text}: not a positive number"))),
    }
}

/// The profiles of all files, merged.
pub fn read_profiles(files: &[PathBuf]) -> Result<Profile, ProfileError> {
    let mut all = Profile::new();
    for file in files {
        all.merge(&Profile::read(Path::new(file))?);
    }
    Ok(all)
}

#[derive(Default, Clone, Copy)]
struct Heat {
    instructions: u64,
    calls: u64,
    back_edges: u64,
}

/// The list's text.
pub fn make(profile: &Profile, cover: Option<f64>, top: Option<usize>) -> String {
    // Functions of one name (several lambdas, a function defined twice) are one entry.
    let mut heats: BTreeMap<String, Heat> = BTreeMap::new();
    for (key, f) in profile.functions.iter().filter(|(_, f)| !f.body && f.instructions > 0) {
        let heat = heats.entry(format!("{}:{}", key.module, key.qualname)).or_default();
        heat.instructions += f.instructions;
        heat.calls += f.calls;
        heat.back_edges += f.back_edges;
    }
    // The names are in order; a stable sort keeps it among equals.
    let mut sorted: Vec<(&String, &Heat)> = heats.iter().collect();
    sorted.sort_by_key(|(_, heat)| std::cmp::Reverse(heat.instructions));
    let total: u64 = sorted.iter().map(|(_, heat)| heat.instructions).sum();
    let mut lines: Vec<(&str, &Heat)> = Vec::new();
    let mut covered = 0u64;
    let mut unlistable = String::new();
    for (name, heat) in &sorted {
        let enough = cover.is_some_and(|share| covered as f64 >= share * total as f64);
        if enough || top.is_some_and(|n| lines.len() >= n) {
            break;
        }
        let plain = matches!(parse_line(name), Ok(Some(Pattern::Name { module, qualname }))
            if format!("{module}:{qualname}") == **name && !name.contains('*'));
        if plain {
            lines.push((name, heat));
            covered += heat.instructions;
        } else {
            let _ = writeln!(unlistable, "# not listed, since no entry can name it: {name:?}");
        }
    }
    let mut out = String::from(
        "# Functions for the compiler, hottest first, with their share of all instructions executed in functions.\n",
    );
    let _ = writeln!(
        out,
        "# {} of {} functions, {:.2} % of {total} instructions.\n",
        lines.len(),
        sorted.len(),
        percent(covered, total)
    );
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    for (name, heat) in &lines {
        let _ = writeln!(
            out,
            "{name:width$}  # {:6.2} %, {} calls, {} loop turns",
            percent(heat.instructions, total),
            heat.calls,
            heat.back_edges
        );
    }
    out + &unlistable
}

fn percent(part: u64, total: u64) -> f64 {
    if total == 0 {
        0.0
    } else {
        part as f64 * 100.0 / total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jit_list::JitList;
    use crate::profile::FunctionProfile;
    use crate::profile::tests::key;
    use std::ffi::OsString;

    fn profile() -> Profile {
        let mut p = Profile::new();
        let f = |instructions| FunctionProfile {
            instructions,
            calls: 1,
            ..FunctionProfile::default()
        };
        p.add(key("m", "cold", 1), &f(10));
        p.add(key("m", "hot", 2), &f(700));
        p.add(key("m", "<lambda>", 3), &f(100));
        p.add(key("m", "<lambda>", 4), &f(100));
        p.add(key("m", "b", 5), &f(45));
        p.add(key("m", "a", 6), &f(45));
        p.add(key("m", "<module>", 1), &FunctionProfile { body: true, ..f(5000) });
        p.add(key("m", "strange name", 7), &f(1));
        p
    }
    fn names(text: &str) -> Vec<String> {
        let list = JitList::parse("made", text).expect("what is made can be read");
        list.entries().iter().map(|e| e.pattern.to_string()).collect()
    }

    #[test]
    fn hottest_first_and_cut() {
        let p = profile();
        let text = make(&p, None, None);
        assert_eq!(names(&text), ["m:hot", "m:<lambda>", "m:a", "m:b", "m:cold"]);
        assert!(
            text.contains("m:hot       #  69.93 %, 1 calls, 0 loop turns\n"),
            "{text}"
        );
        assert!(
            text.contains("# not listed, since no entry can name it: \"m:strange name\"\n"),
            "{text}"
        );
        assert_eq!(names(&make(&p, Some(0.89), None)), ["m:hot", "m:<lambda>"]);
        assert_eq!(names(&make(&p, None, Some(1))), ["m:hot"]);
        assert_eq!(
            names(&make(&p, Some(0.95), Some(4))),
            ["m:hot", "m:<lambda>", "m:a", "m:b"]
        );
        assert_eq!(names(&make(&Profile::new(), Some(0.5), None)), Vec::<String>::new());
        assert_eq!(text, make(&p, None, None));
    }

    #[test]
    fn arguments() {
        let parse = |args: &[&str]| parse_arguments(&args.iter().map(OsString::from).collect::<Vec<_>>());
        let r = parse(&["a", "--cover", "95%", "b", "--top=3", "-o", "out"]).expect("good");
        assert_eq!((r.files.len(), r.cover, r.top), (2, Some(0.95), Some(3)));
        assert_eq!(parse(&["-h"]), Err(BadRequest::Help));
        for (args, reason) in [
            (&[][..], "no profile"),
            (&["a", "--cover", "0"], "percentage"),
            (&["a", "--cover", "101%"], "percentage"),
            (&["a", "--top", "-1"], "positive"),
            (&["a", "--top"], "needs a value"),
            (&["a", "--bottom"], "unknown option --bottom"),
        ] {
            let Err(BadRequest::Usage(message)) = parse(args) else {
                panic!("{args:?}")
            };
            assert!(message.contains(reason), "{message}");
        }
    }
}
