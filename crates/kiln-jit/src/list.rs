//! The jit-list: which functions to compile.
//!
//! A line is `pkg.mod:Class.method` or `func@file.py:line`; `#` begins a comment at the line's start or after white space; blank lines and white
//! space around an entry mean nothing; `*` and `?` are wildcards in either form.

use crate::state::Unit;
use kiln_object::dict::Dict;
use kiln_object::str::Str;
use std::cell::Cell;

/// One entry.
#[derive(Clone, Debug)]
pub struct Item {
    pub text: String,
    kind: Kind,
    /// Whether it has named a function so far.
    pub matched: Cell<bool>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Module and qualified name.
    Name(String, String),
    /// Function, end of the file's path, line.
    Place(String, String, u32),
}

/// A line that is no entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    pub file: String,
    pub line: usize,
    pub reason: String,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub struct JitList {
    pub items: Vec<Item>,
}

/// Reads one entry.
pub fn parse_entry(text: &str) -> Result<Item, String> {
    let item = |kind| Item {
        text: text.to_owned(),
        kind,
        matched: Cell::new(false),
    };
    if text.split_whitespace().count() > 1 {
        return Err("an entry has no white space in it; a comment begins with '#'".to_owned());
    }
    if let Some((function, place)) = text.split_once('@') {
        let Some((file, line)) = place.rsplit_once(':') else {
            return Err("expected function@file:line".to_owned());
        };
        let Ok(line) = line.parse::<u32>() else {
            return Err(format!("'{line}' is not a line number"));
        };
        if function.is_empty() || file.is_empty() {
            return Err("expected function@file:line".to_owned());
        }
        return Ok(item(Kind::Place(function.to_owned(), file.to_owned(), line)));
    }
    let Some((module, name)) = text.split_once(':') else {
        return Err("expected module:qualified.name or function@file:line".to_owned());
    };
    if module.is_empty() || name.is_empty() {
        return Err("expected module:qualified.name".to_owned());
    }
    if name.contains(':') {
        return Err("more than one ':'".to_owned());
    }
    Ok(item(Kind::Name(module.to_owned(), name.to_owned())))
}

impl JitList {
    /// Adds the entries of a file's text; the first bad line stops it.
    pub fn add_text(&mut self, file: &str, text: &str) -> Result<(), BadLine> {
        let mut items = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let mut end = line.len();
            let mut after_space = true;
            for (at, ch) in line.char_indices() {
                if ch == '#' && after_space {
                    end = at;
                    break;
                }
                after_space = ch.is_whitespace();
            }
            let entry = line[..end].trim();
            if entry.is_empty() {
                continue;
            }
            match parse_entry(entry) {
                Ok(item) => items.push(item),
                Err(reason) => {
                    return Err(BadLine {
                        file: file.to_owned(),
                        line: index + 1,
                        reason,
                    });
                }
            }
        }
        self.items.extend(items);
        Ok(())
    }

    /// Whether some entry names the unit's code.
    pub fn matches(&self, unit: &Unit) -> bool {
        let code = &unit.code().code;
        let module = unit
            .globals
            .exact::<Dict>()
            .and_then(|d| d.get_str("__name__"))
            .and_then(|name| name.cast::<Str>().map(Str::to_string_lossy))
            .unwrap_or_default();
        let mut found = false;
        for item in &self.items {
            let hit = match &item.kind {
                Kind::Name(m, name) => glob(m, &module) && glob(name, &code.qualname),
                Kind::Place(function, file, line) => {
                    *line == code.first_line
                        && (glob(function, &code.name) || glob(function, &code.qualname))
                        && (glob(file, &code.filename) || code.filename.ends_with(&format!("/{file}")))
                }
            };
            if hit {
                item.matched.set(true);
                found = true;
            }
        }
        found
    }
}

/// Whether `text` is as `pattern` says, in which `*` is anything and `?` one character.
pub fn glob(pattern: &str, text: &str) -> bool {
    fn at(p: &[char], t: &[char]) -> bool {
        match p.split_first() {
            None => t.is_empty(),
            Some(('*', rest)) => (0..=t.len()).any(|skip| at(rest, &t[skip..])),
            Some(('?', rest)) => t.split_first().is_some_and(|(_, t)| at(rest, t)),
            Some((ch, rest)) => t.split_first().is_some_and(|(first, t)| first == ch && at(rest, t)),
        }
    }
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    at(&p, &t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let mut list = JitList::default();
        let text = "# all\n\n a.b:C.m  # hot\n<lambda>@x#y.py:3\n";
        list.add_text("f", text).expect("good lines");
        assert_eq!(list.items.len(), 2);
        assert_eq!(list.items[1].text, "<lambda>@x#y.py:3");
        let wrong = list.add_text("f", "a:b\nfoo\n").expect_err("a bad line");
        assert_eq!(
            wrong.to_string(),
            "f:2: expected module:qualified.name or function@file:line"
        );
        assert!(glob("a.*:?", "a.b.c:d"));
    }
}
