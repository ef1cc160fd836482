//! What the interpreter saw of a program: how often each function ran, and which types its sites met.
//!
//! Everything is named so that it means something in another process: functions by module, qualified name, file and
//! line; classes by module and qualified name, with the attributes of the instance in the order in which they were set.
//! Sites are numbered by instruction, so they hold for the same bytecode only; [`code_check`] tells.
//!
//! The file is text, one record per line, fields between tabs:
//!
//! ```text
//! kiln-profile 1
//! function <module> <qualname> <file> <line> <check> function|body
//! counts <calls> <back edges> <instructions>
//! feedback <pc> <bits> …
//! site <pc> <others>
//! instance|callee <times> <module> <qualname> <attribute> …
//! end <functions>
//! ```

use crate::FunctionId;
use kiln_bytecode::{Code, co};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;

const MAGIC: &str = "kiln-profile";
const VERSION: u32 = 1;
/// Distinct types that a site remembers; what comes later is counted only.
pub const MAX_SEEN: usize = 8;

/// How a function is found again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FunctionKey {
    pub module: Box<str>,
    pub qualname: Box<str>,
    pub file: Box<str>,
    pub first_line: u32,
}

impl FunctionKey {
    pub fn new(id: &FunctionId<'_>) -> FunctionKey {
        FunctionKey {
            module: id.module.into(),
            qualname: id.qualname.into(),
            file: id.file.into(),
            first_line: id.first_line,
        }
    }
    pub fn id(&self) -> FunctionId<'_> {
        FunctionId {
            module: &self.module,
            qualname: &self.qualname,
            file: &self.file,
            first_line: self.first_line,
        }
    }
}

/// What one function did.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct FunctionProfile {
    /// See [`code_check`].
    pub check: u64,
    /// The body of a module or a class: it is never on a list.
    pub body: bool,
    pub calls: u64,
    pub back_edges: u64,
    pub instructions: u64,
    /// The interpreter's feedback bits by instruction; those without any are left out.
    pub feedback: BTreeMap<u32, u8>,
    /// What attribute and call sites met, by instruction.
    pub sites: BTreeMap<u32, Site>,
}

/// What one site met, most frequent first.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Site {
    pub seen: Vec<(u64, Seen)>,
    /// Executions whose type did not fit in `seen`.
    pub others: u64,
}

/// One thing that a site met.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Seen {
    /// An object of this class, with these attributes in this order.
    Instance {
        module: Box<str>,
        class: Box<str>,
        attributes: Box<[Box<str>]>,
    },
    /// A Python function.
    Callee { module: Box<str>, qualname: Box<str> },
}

impl Site {
    fn sort(&mut self) {
        self.seen.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    }
    fn absorb(&mut self, other: &Site) {
        self.others += other.others;
        for (times, what) in &other.seen {
            match self.seen.iter_mut().find(|(_, seen)| seen == what) {
                Some((n, _)) => *n += times,
                None => self.seen.push((*times, what.clone())),
            }
        }
        self.sort();
        for (times, _) in self.seen.drain(self.seen.len().min(MAX_SEEN)..) {
            self.others += times;
        }
    }
    /// Executions in all.
    pub fn total(&self) -> u64 {
        self.others + self.seen.iter().map(|(n, _)| n).sum::<u64>()
    }
    /// The only thing that the site met.
    pub fn only(&self) -> Option<&Seen> {
        match &*self.seen {
            [(_, seen)] if self.others == 0 => Some(seen),
            _ => None,
        }
    }
    /// What the site met in at least `percent` of its executions.
    pub fn mostly(&self, percent: u64) -> Option<&Seen> {
        let (times, seen) = self.seen.first()?;
        (times * 100 >= self.total() * percent).then_some(seen)
    }
}

impl FunctionProfile {
    fn absorb(&mut self, other: &FunctionProfile) {
        // Sites of different code mean different things: those of the version that ran more stay.
        if self.check != other.check && other.instructions > self.instructions {
            self.check = other.check;
            self.feedback = other.feedback.clone();
            self.sites = other.sites.clone();
        } else if self.check == other.check {
            for (pc, bits) in &other.feedback {
                *self.feedback.entry(*pc).or_default() |= bits;
            }
            for (pc, site) in &other.sites {
                self.sites.entry(*pc).or_default().absorb(site);
            }
        }
        self.calls += other.calls;
        self.back_edges += other.back_edges;
        self.instructions += other.instructions;
    }
}

/// A program's profile.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Profile {
    pub functions: BTreeMap<FunctionKey, FunctionProfile>,
}

/// A file that is no profile, or cannot be read or written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileError {
    pub file: Box<str>,
    /// 0: the file as a whole.
    pub line: u32,
    pub reason: String,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "profile {}: {}", self.file, self.reason),
            line => write!(f, "profile {}, line {line}: {}", self.file, self.reason),
        }
    }
}
impl std::error::Error for ProfileError {}

/// A number that changes when the instructions of a function do.
pub fn code_check(code: &Code) -> u64 {
    // FNV-1a: the same in every process and build.
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |word: u64| {
        for byte in word.to_le_bytes() {
            h = (h ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    code.instrs.iter().for_each(|i| add(i.0));
    add(code.caches.len() as u64);
    h
}

/// Whether the code is the body of a module or class.
pub fn is_body(code: &Code) -> bool {
    code.flags & co::OPTIMIZED == 0
}

impl Profile {
    pub fn new() -> Profile {
        Profile::default()
    }

    /// Adds what was seen of a function.
    pub fn add(&mut self, key: FunctionKey, function: &FunctionProfile) {
        match self.functions.get_mut(&key) {
            Some(known) => known.absorb(function),
            None => {
                self.functions.insert(key, function.clone());
            }
        }
    }

    /// Adds another profile: counts add up, types unite.
    pub fn merge(&mut self, other: &Profile) {
        for (key, function) in &other.functions {
            self.add(key.clone(), function);
        }
    }

    /// What was seen of a function whose code is `code`: its types hold only if the code is still the same. A script
    /// that lies elsewhere now is found by the last part of its file name.
    pub fn types_of(&self, id: &FunctionId<'_>, code: &Code) -> Option<&FunctionProfile> {
        let check = code_check(code);
        let exact = self.functions.get(&FunctionKey::new(id)).filter(|f| f.check == check);
        exact.or_else(|| {
            let from = FunctionKey {
                module: id.module.into(),
                qualname: id.qualname.into(),
                file: "".into(),
                first_line: 0,
            };
            self.functions
                .range(from..)
                .take_while(|(key, _)| *key.module == *id.module && *key.qualname == *id.qualname)
                .find(|(key, f)| f.check == check && crate::basename(&key.file) == crate::basename(id.file))
                .map(|(_, f)| f)
        })
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut out = format!("{MAGIC} {VERSION}\n");
        for (key, f) in &self.functions {
            let kind = if f.body { "body" } else { "function" };
            let FunctionKey {
                module,
                qualname,
                file,
                first_line,
            } = key;
            let (module, qualname, file) = (escape(module), escape(qualname), escape(file));
            let _ = writeln!(
                out,
                "function\t{module}\t{qualname}\t{file}\t{first_line}\t{:016x}\t{kind}",
                f.check
            );
            let _ = writeln!(out, "counts\t{}\t{}\t{}", f.calls, f.back_edges, f.instructions);
            if !f.feedback.is_empty() {
                out.push_str("feedback");
                for (pc, bits) in &f.feedback {
                    let _ = write!(out, "\t{pc}\t{bits}");
                }
                out.push('\n');
            }
            for (pc, site) in &f.sites {
                let _ = writeln!(out, "site\t{pc}\t{}", site.others);
                for (times, seen) in &site.seen {
                    match seen {
                        Seen::Instance {
                            module,
                            class,
                            attributes,
                        } => {
                            let _ = write!(out, "instance\t{times}\t{}\t{}", escape(module), escape(class));
                            for attribute in attributes {
                                let _ = write!(out, "\t{}", escape(attribute));
                            }
                            out.push('\n');
                        }
                        Seen::Callee { module, qualname } => {
                            let _ = writeln!(out, "callee\t{times}\t{}\t{}", escape(module), escape(qualname));
                        }
                    }
                }
            }
        }
        let _ = writeln!(out, "end\t{}", self.functions.len());
        out
    }

    /// Reads a file's text.
    pub fn from_text(file: &str, text: &str) -> Result<Profile, ProfileError> {
        let mut reader = Reader::default();
        let mut lines = text.lines().enumerate();
        let at = |line: usize, reason: String| ProfileError {
            file: file.into(),
            line: line as u32,
            reason,
        };
        match lines.next().and_then(|(_, line)| line.strip_prefix(MAGIC)) {
            None => return Err(at(0, "is no profile of Kiln's".to_owned())),
            Some(version) if version.trim() != VERSION.to_string() => {
                return Err(at(
                    1,
                    format!("is of version {}; this Kiln reads version {VERSION}", version.trim()),
                ));
            }
            Some(_) => {}
        }
        for (i, line) in lines {
            reader.line(line).map_err(|reason| at(i + 1, reason))?;
        }
        reader.finish().map_err(|reason| at(0, reason))
    }

    pub fn read(path: &Path) -> Result<Profile, ProfileError> {
        let file = path.display().to_string();
        let whole = |reason| ProfileError {
            file: file.as_str().into(),
            line: 0,
            reason,
        };
        let bytes = std::fs::read(path).map_err(|e| whole(format!("cannot be read: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|_| whole("is no profile of Kiln's".to_owned()))?;
        Profile::from_text(&file, &text)
    }

    /// Writes the file as a whole or not at all: another process may be reading or writing it.
    pub fn write(&self, path: &Path) -> Result<(), ProfileError> {
        let whole = |e: std::io::Error| ProfileError {
            file: path.display().to_string().into(),
            line: 0,
            reason: format!("cannot be written: {e}"),
        };
        // A device or a pipe cannot be replaced.
        if path.metadata().is_ok_and(|m| !m.is_file()) {
            return std::fs::write(path, self.to_text()).map_err(whole);
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}", std::process::id()));
        std::fs::write(&name, self.to_text()).map_err(whole)?;
        std::fs::rename(&name, path).map_err(|e| {
            let _ = std::fs::remove_file(&name);
            whole(e)
        })
    }
}

/// The functions of a file read so far.
#[derive(Default)]
struct Reader {
    profile: Profile,
    current: Option<(FunctionKey, FunctionProfile)>,
    site: Option<u32>,
    ended: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if self.ended {
            return Err("goes on after its end".to_owned());
        }
        let fields: Vec<&str> = line.split('\t').collect();
        match &*fields {
            ["function", module, qualname, file, first_line, check, kind] => {
                self.close()?;
                let key = FunctionKey {
                    module: unescape(module)?,
                    qualname: unescape(qualname)?,
                    file: unescape(file)?,
                    first_line: number(first_line)?,
                };
                let check = u64::from_str_radix(check, 16).map_err(|_| format!("{check:?} is no check"))?;
                let body = match *kind {
                    "function" => false,
                    "body" => true,
                    _ => return Err(format!("{kind:?} is no kind of function")),
                };
                self.current = Some((
                    key,
                    FunctionProfile {
                        check,
                        body,
                        ..FunctionProfile::default()
                    },
                ));
                Ok(())
            }
            ["end", count] => {
                self.close()?;
                self.ended = true;
                let count: usize = number(count)?;
                let found = self.profile.functions.len();
                if count == found {
                    Ok(())
                } else {
                    Err(format!("has {found} functions, not {count}"))
                }
            }
            _ => self.detail(&fields),
        }
    }

    fn detail(&mut self, fields: &[&str]) -> Result<(), String> {
        let Some((_, f)) = &mut self.current else {
            return Err("belongs to no function".to_owned());
        };
        match fields {
            ["counts", calls, back_edges, instructions] => {
                f.calls = number(calls)?;
                f.back_edges = number(back_edges)?;
                f.instructions = number(instructions)?;
            }
            ["feedback", pairs @ ..] if pairs.len() % 2 == 0 => {
                for pair in pairs.chunks(2) {
                    f.feedback.insert(number(pair[0])?, number(pair[1])?);
                }
            }
            ["site", pc, others] => {
                let pc = number(pc)?;
                f.sites.insert(
                    pc,
                    Site {
                        seen: Vec::new(),
                        others: number(others)?,
                    },
                );
                self.site = Some(pc);
            }
            ["instance", times, module, class, attributes @ ..] => {
                let attributes = attributes.iter().map(|a| unescape(a)).collect::<Result<_, _>>()?;
                let seen = Seen::Instance {
                    module: unescape(module)?,
                    class: unescape(class)?,
                    attributes,
                };
                self.seen(number(times)?, seen)?;
            }
            ["callee", times, module, qualname] => {
                let seen = Seen::Callee {
                    module: unescape(module)?,
                    qualname: unescape(qualname)?,
                };
                self.seen(number(times)?, seen)?;
            }
            [what, ..] => return Err(format!("{what:?} is no record, or has the wrong number of fields")),
            [] => return Err("is empty".to_owned()),
        }
        Ok(())
    }

    fn seen(&mut self, times: u64, seen: Seen) -> Result<(), String> {
        let (Some((_, f)), Some(pc)) = (&mut self.current, self.site) else {
            return Err("belongs to no site".to_owned());
        };
        if let Some(site) = f.sites.get_mut(&pc) {
            site.seen.push((times, seen));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        self.site = None;
        if let Some((key, function)) = self.current.take() {
            let name = key.qualname.clone();
            if self.profile.functions.insert(key, function).is_some() {
                return Err(format!("function {name} is there twice"));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Profile, String> {
        if self.ended {
            Ok(self.profile)
        } else {
            Err("is cut off: its end is missing".to_owned())
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no number of the kind expected"))
}

fn escape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['\\', '\t', '\n', '\r']) {
        return text.into();
    }
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .into()
}

fn unescape(text: &str) -> Result<Box<str>, String> {
    if !text.contains('\\') {
        return Ok(text.into());
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('\\') => '\\',
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                _ => return Err(format!("{text:?} has a backslash that means nothing")),
            },
            c => c,
        });
    }
    Ok(out.into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn key(module: &str, qualname: &str, line: u32) -> FunctionKey {
        FunctionKey {
            module: module.into(),
            qualname: qualname.into(),
            file: "/a/b.py".into(),
            first_line: line,
        }
    }
    fn instance(class: &str) -> Seen {
        Seen::Instance {
            module: "m".into(),
            class: class.into(),
            attributes: ["x".into(), "y".into()].into(),
        }
    }
    fn sample() -> Profile {
        let mut p = Profile::new();
        let site = Site {
            seen: vec![(10, instance("A")), (2, instance("B"))],
            others: 1,
        };
        let f = FunctionProfile {
            check: 0xfeed,
            calls: 3,
            back_edges: 40,
            instructions: 500,
            feedback: [(4, 3), (9, 0x80)].into(),
            sites: [(7, site)].into(),
            ..FunctionProfile::default()
        };
        p.add(key("m", "f", 3), &f);
        p.add(
            key("m", "odd\tname\\\n", 9),
            &FunctionProfile {
                body: true,
                calls: 1,
                ..FunctionProfile::default()
            },
        );
        p
    }

    #[test]
    fn text_reads_back() {
        let p = sample();
        let text = p.to_text();
        assert_eq!(Profile::from_text("t", &text).expect("what was written"), p);
        assert!(text.starts_with(
            "kiln-profile 1\nfunction\tm\tf\t/a/b.py\t3\t000000000000feed\tfunction\ncounts\t3\t40\t500\n"
        ));
    }

    #[test]
    fn merging_adds_counts_and_unites_types() {
        let mut p = sample();
        let mut other = sample();
        let f = other.functions.get_mut(&key("m", "f", 3)).expect("there");
        f.feedback.insert(4, 8);
        f.sites.get_mut(&7).expect("there").seen = vec![(50, instance("B"))];
        p.merge(&other);
        let f = &p.functions[&key("m", "f", 3)];
        assert_eq!((f.calls, f.back_edges, f.instructions), (6, 80, 1000));
        assert_eq!(f.feedback[&4], 11);
        assert_eq!(f.sites[&7].seen, [(52, instance("B")), (10, instance("A"))]);
        assert_eq!(f.sites[&7].mostly(75), Some(&instance("B")));
        assert_eq!(f.sites[&7].only(), None);
        assert_eq!(f.sites[&7].total(), 64);
    }

    #[test]
    fn types_of_other_code_do_not_count() {
        let mut p = sample();
        let mut newer = sample();
        let f = newer.functions.get_mut(&key("m", "f", 3)).expect("there");
        (f.check, f.instructions) = (1, 10_000);
        f.sites.clear();
        p.merge(&newer);
        let f = &p.functions[&key("m", "f", 3)];
        assert_eq!((f.check, f.instructions, f.sites.len()), (1, 10_500, 0));
        let id = FunctionId {
            module: "m",
            qualname: "f",
            file: "/a/b.py",
            first_line: 3,
        };
        assert!(p.types_of(&id, &Code::default()).is_none());
        let check = code_check(&Code::default());
        p.functions.get_mut(&key("m", "f", 3)).expect("there").check = check;
        assert!(p.types_of(&id, &Code::default()).is_some());
        assert!(
            p.types_of(
                &FunctionId {
                    file: "/elsewhere/b.py",
                    ..id
                },
                &Code::default()
            )
            .is_some()
        );
        assert!(
            p.types_of(&FunctionId { file: "/a/c.py", ..id }, &Code::default())
                .is_none()
        );
    }

    #[test]
    fn bad_files() {
        let good = sample().to_text();
        for (text, reason) in [
            ("", "profile t: is no profile"),
            ("#!/bin/sh\n", "is no profile"),
            ("kiln-profile 99\n", "version 99; this Kiln reads version 1"),
            ("kiln-profile 1\n", "cut off"),
            (&good[..good.len() / 2], ""),
            ("kiln-profile 1\ncounts\t1\t2\t3\n", "line 2: belongs to no function"),
            (
                "kiln-profile 1\nfunction\tm\tq\tf\t1\t0\tfunction\ncounts\tx\t2\t3\n",
                "line 3: \"x\" is no number",
            ),
            (
                "kiln-profile 1\nfunction\tm\tq\tf\t1\t0\tfunction\nwhat\n",
                "line 3: \"what\" is no record",
            ),
            ("kiln-profile 1\nend\t4\n", "line 2: has 0 functions, not 4"),
        ] {
            let error = Profile::from_text("t", text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert!(
            Profile::read(Path::new("/nonexistent/p"))
                .expect_err("no file")
                .to_string()
                .contains("cannot be read")
        );
    }
}
