//! The jit-list: text that names functions, and the question whether it names a given one.
//!
//! ```text
//! # a comment, at the start of a line or after white space
//! pkg.mod:Class.method
//! pkg.mod:outer.<locals>.inner      # nested functions by their qualified name
//! __main__:main                     # the main script's functions
//! func@path/to/file.py:42           # by name or qualified name, file name (directories do not count) and first line
//! pkg.mod:*                         # an asterisk stands for any text, in any of the two parts
//! *:*.to_json
//! ```
//!
//! White space around an entry, empty lines and a byte order mark mean nothing. Everything else is an error that names
//! file, line and reason. Plain entries cost one hash lookup per function; only entries with an asterisk are tried one
//! by one.

use crate::{FunctionId, basename};
use hashbrown::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// What an entry names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Pattern {
    /// `module:qualname`; either may hold asterisks.
    Name { module: Box<str>, qualname: Box<str> },
    /// `qualname@file:line`, the file without directories.
    Place {
        qualname: Box<str>,
        file: Box<str>,
        line: u32,
    },
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Name { module, qualname } => write!(f, "{module}:{qualname}"),
            Pattern::Place { qualname, file, line } => write!(f, "{qualname}@{file}:{line}"),
        }
    }
}

/// A line of the list.
#[derive(Debug)]
pub struct Entry {
    pub pattern: Pattern,
    /// Where it stands.
    pub file: Box<str>,
    pub line: u32,
    matched: AtomicU32,
}

impl Entry {
    /// How many functions the entry has named so far.
    pub fn matched(&self) -> u32 {
        self.matched.load(Ordering::Relaxed)
    }
}

/// A line that is no entry, or a file that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListError {
    pub file: Box<str>,
    /// 0: the file as a whole.
    pub line: u32,
    pub reason: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "jit-list {}: {}", self.file, self.reason),
            line => write!(f, "jit-list {}, line {line}: {}", self.file, self.reason),
        }
    }
}
impl std::error::Error for ListError {}

/// A jit-list, perhaps from several files.
#[derive(Default, Debug)]
pub struct JitList {
    entries: Vec<Entry>,
    names: HashMap<Box<str>, HashMap<Box<str>, usize>>,
    places: HashMap<Box<str>, Vec<usize>>,
    wild: Vec<usize>,
    seen: HashMap<Pattern, usize>,
}

impl JitList {
    pub fn new() -> JitList {
        JitList::default()
    }

    /// A list from the text of one file.
    pub fn parse(file: &str, text: &str) -> Result<JitList, ListError> {
        let mut list = JitList::new();
        list.append(file, text)?;
        Ok(list)
    }

    /// A list from a file.
    pub fn read(path: &Path) -> Result<JitList, ListError> {
        let mut list = JitList::new();
        list.append_file(path)?;
        Ok(list)
    }

    /// Adds the entries of a file.
    pub fn append_file(&mut self, path: &Path) -> Result<(), ListError> {
        let file = path.display().to_string();
        let whole = |line, reason| ListError {
            file: file.as_str().into(),
            line,
            reason,
        };
        let bytes = std::fs::read(path).map_err(|e| whole(0, format!("cannot be read: {e}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            whole(line as u32, "not UTF-8".to_owned())
        })?;
        self.append(&file, text)
    }

    /// Adds the entries of a text; none of them if a line is wrong.
    pub fn append(&mut self, file: &str, text: &str) -> Result<(), ListError> {
        let mut found = Vec::new();
        for (i, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            let number = i as u32 + 1;
            match parse_line(line) {
                Ok(None) => {}
                Ok(Some(pattern)) => found.push((pattern, number)),
                Err(reason) => {
                    return Err(ListError {
                        file: file.into(),
                        line: number,
                        reason,
                    });
                }
            }
        }
        for (pattern, line) in found {
            self.add(pattern, file, line);
        }
        Ok(())
    }

    fn add(&mut self, pattern: Pattern, file: &str, line: u32) {
        let n = self.entries.len();
        // A function named twice is named once.
        if self.seen.contains_key(&pattern) {
            return;
        }
        self.seen.insert(pattern.clone(), n);
        match &pattern {
            Pattern::Name { module, qualname } if module.contains('*') || qualname.contains('*') => self.wild.push(n),
            Pattern::Name { module, qualname } => {
                self.names
                    .entry(module.clone())
                    .or_default()
                    .insert(qualname.clone(), n);
            }
            Pattern::Place { qualname, .. } => self.places.entry(qualname.clone()).or_default().push(n),
        }
        self.entries.push(Entry {
            pattern,
            file: file.into(),
            line,
            matched: AtomicU32::new(0),
        });
    }

    /// The first entry that names the function, without counting it.
    pub fn find<'a>(&'a self, id: &'a FunctionId<'a>) -> Option<&'a Entry> {
        self.each(id).next()
    }

    /// Whether the function is listed; every entry that names it counts it.
    pub fn matches(&self, id: &FunctionId<'_>) -> bool {
        let mut listed = false;
        for entry in self.each(id) {
            entry.matched.fetch_add(1, Ordering::Relaxed);
            listed = true;
        }
        listed
    }

    fn each<'a>(&'a self, id: &'a FunctionId<'a>) -> impl Iterator<Item = &'a Entry> {
        let name = self.names.get(id.module).and_then(|of| of.get(id.qualname)).copied();
        // A place names a function by its name or by its qualified name.
        let short = id.qualname.rsplit('.').next().filter(|short| *short != id.qualname);
        let places = [Some(id.qualname), short].into_iter().flatten();
        let places = places.flat_map(|name| self.places.get(name).into_iter().flatten().copied());
        let places = places.filter(|&n| match &self.entries[n].pattern {
            Pattern::Place { file, line, .. } => **file == *basename(id.file) && *line == id.first_line,
            Pattern::Name { .. } => false,
        });
        let wild = self.wild.iter().copied().filter(|&n| match &self.entries[n].pattern {
            Pattern::Name { module, qualname } => glob(module, id.module) && glob(qualname, id.qualname),
            Pattern::Place { .. } => false,
        });
        name.into_iter().chain(places).chain(wild).map(|n| &self.entries[n])
    }

    /// Whether some function of the module may be listed: what is asked before a module's code is looked through.
    pub fn may_name_module(&self, module: &str) -> bool {
        self.names.contains_key(module)
            || !self.places.is_empty()
            || self.wild.iter().any(|&n| match &self.entries[n].pattern {
                Pattern::Name { module: m, .. } => glob(m, module),
                Pattern::Place { .. } => true,
            })
    }

    /// The entries in the order of the files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries that have named no function.
    pub fn unmatched(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.matched() == 0)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// One line: an entry, nothing, or the reason why it is neither.
pub fn parse_line(line: &str) -> Result<Option<Pattern>, String> {
    let entry = without_comment(line).trim();
    if entry.is_empty() {
        return Ok(None);
    }
    if let Some((qualname, place)) = entry.split_once('@') {
        return parse_place(entry, qualname, place).map(Some);
    }
    let Some((module, qualname)) = entry.split_once(':') else {
        return Err(format!(
            "{entry:?} is no entry: expected `module:qualname` or `function@file.py:line`"
        ));
    };
    check_part(entry, "module", module)?;
    check_part(entry, "function", qualname)?;
    if let Some(c) = qualname.chars().find(|&c| c == ':') {
        return Err(format!("{entry:?} has {c:?} in the function's name"));
    }
    if only_asterisks(module) && only_asterisks(qualname) {
        return Err(format!(
            "{entry:?} names every function; use the compiler without a list for that"
        ));
    }
    Ok(Some(Pattern::Name {
        module: module.into(),
        qualname: qualname.into(),
    }))
}

fn parse_place(entry: &str, qualname: &str, place: &str) -> Result<Pattern, String> {
    check_part(entry, "function", qualname)?;
    if entry.contains('*') {
        return Err(format!(
            "{entry:?}: an asterisk is for entries of the form `module:qualname`"
        ));
    }
    let Some((path, line)) = place.rsplit_once(':') else {
        return Err(format!("{entry:?} has no line: expected `function@file.py:line`"));
    };
    let file = basename(path);
    if file.is_empty() {
        return Err(format!("{entry:?} has no file name"));
    }
    match line.parse::<u32>() {
        Ok(number) if number > 0 && line.bytes().all(|b| b.is_ascii_digit()) => Ok(Pattern::Place {
            qualname: qualname.into(),
            file: file.into(),
            line: number,
        }),
        _ => Err(format!("{entry:?}: {line:?} is no line number")),
    }
}

fn check_part(entry: &str, what: &str, part: &str) -> Result<(), String> {
    if part.is_empty() {
        return Err(format!("{entry:?} names no {what}"));
    }
    if part.contains(char::is_whitespace) {
        return Err(format!("{entry:?} has white space in the {what}'s name"));
    }
    if part.starts_with('.') || part.ends_with('.') {
        return Err(format!("{entry:?}: the {what}'s name begins or ends with a dot"));
    }
    Ok(())
}

fn only_asterisks(part: &str) -> bool {
    part.bytes().all(|b| b == b'*')
}

fn without_comment(line: &str) -> &str {
    let mut after_space = true;
    for (i, c) in line.char_indices() {
        if c == '#' && after_space {
            return &line[..i];
        }
        after_space = c.is_whitespace();
    }
    line
}

/// Whether `text` is what `pattern` says, where `*` stands for any text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<'a>(module: &'a str, qualname: &'a str) -> FunctionId<'a> {
        FunctionId {
            module,
            qualname,
            file: "/srv/app/views.py",
            first_line: 7,
        }
    }

    #[test]
    fn entries_of_every_form() {
        let text = "\u{feff}# head\r\n\n  pkg.mod:Class.method  # 12 %\r\n\tfeed@some/where/views.py:7\n\
                    __main__:main\npkg.mod:outer.<locals>.<lambda>#1\npkg.mod:Class.method\n";
        let list = JitList::parse("l.txt", text).expect("a good list");
        let shown: Vec<String> = list.entries().iter().map(|e| e.pattern.to_string()).collect();
        assert_eq!(
            shown,
            [
                "pkg.mod:Class.method",
                "feed@views.py:7",
                "__main__:main",
                "pkg.mod:outer.<locals>.<lambda>#1"
            ]
        );
        assert_eq!(list.entries()[1].line, 4);
    }

    #[test]
    fn matching_counts() {
        let list = JitList::parse(
            "l",
            "a:f\nb:g\nfeed@views.py:7\nfeed@views.py:8\n*:*.to_json\na:x*y*z\n",
        )
        .expect("good");
        assert!(list.matches(&id("a", "f")));
        assert!(!list.matches(&id("b", "f")));
        assert!(list.matches(&id("anything", "feed")));
        assert!(list.matches(&id("q", "User.to_json")));
        assert!(!list.matches(&id("q", "to_json")));
        assert!(list.matches(&id("a", "x1y2y3z")));
        let rest: Vec<String> = list.unmatched().map(|e| e.pattern.to_string()).collect();
        assert_eq!(rest, ["b:g", "feed@views.py:8"]);
        assert_eq!(list.entries()[0].matched(), 1);
    }

    #[test]
    fn modules_that_may_be_named() {
        let list = JitList::parse("l", "a:f\nweb.*:get\n").expect("good");
        assert!(list.may_name_module("a") && list.may_name_module("web.api") && !list.may_name_module("b"));
    }

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("a**b", "axb", true),
            ("*b*", "abc", true),
            ("*.f", "f", false),
            ("abc", "abcd", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn errors_name_file_line_and_reason() {
        for (line, reason) in [
            ("just_a_name", "is no entry"),
            (":f", "names no module"),
            ("m:", "names no function"),
            ("m:f g", "white space in the function's name"),
            ("m:f:3", "':' in the function's name"),
            ("f@file.py", "has no line"),
            ("f@file.py:x", "is no line number"),
            ("f@file.py:0", "is no line number"),
            ("f@file.py:+3", "is no line number"),
            ("@file.py:3", "names no function"),
            ("f@dir/:3", "has no file name"),
            ("*@file.py:3", "an asterisk is for"),
            ("*:*", "names every function"),
            (".m:f", "begins or ends with a dot"),
        ] {
            let error = JitList::parse("list.txt", &format!("a:b\n{line}\n"))
                .expect_err(line)
                .to_string();
            assert!(error.starts_with("jit-list list.txt, line 2: "), "{error}");
            assert!(error.contains(reason), "{error}");
        }
        let mut list = JitList::parse("l", "a:b").expect("good");
        assert!(list.append("m", "c:d\nbad\n").is_err());
        assert_eq!(list.entries().len(), 1, "a bad text adds nothing");
        let error = JitList::read(Path::new("/nonexistent/list"))
            .expect_err("no such file")
            .to_string();
        assert!(error.contains("/nonexistent/list: cannot be read"), "{error}");
    }
}
