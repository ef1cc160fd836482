//! Source text for people: files read and decoded for tracebacks, and the text of code that came from no file.

use crate::import::library;
use kiln_bytecode::Code;
use kiln_object::Object;
use kiln_object::str::Str;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// The encoding that a comment in the first two lines declares.
fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.splitn(3, |b| *b == b'\n').take(2) {
        let text = String::from_utf8_lossy(line);
        let trimmed = text.trim_start_matches([' ', '\t', '\x0c']);
        if let Some(comment) = trimmed.strip_prefix('#') {
            let Some(at) = comment.find("coding") else { continue };
            let rest = &comment[at + 6..];
            let Some(rest) = rest.strip_prefix([':', '=']) else {
                continue;
            };
            let name: String = rest
                .trim_start_matches([' ', '\t'])
                .chars()
                .take_while(|c| c.is_alphanumeric() || "-_.".contains(*c))
                .collect();
            if !name.is_empty() {
                return Some(name);
            }
        } else if !trimmed.trim_end().is_empty() {
            return None;
        }
    }
    None
}

/// The text of a source file: its declared encoding, line ends as `\n`.
pub fn decode_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let latin1 = cookie(bytes).is_some_and(|name| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        matches!(name.as_str(), "latin-1" | "iso-8859-1" | "latin1" | "iso-latin-1")
    });
    let text = if latin1 {
        bytes.iter().map(|b| char::from(*b)).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}
pub fn decode(bytes: &[u8]) -> Object {
    Str::new(&decode_text(bytes))
}

type Lines = Arc<Vec<String>>;

struct Registered {
    codes: HashSet<*const Code>,
    lines: Lines,
}

thread_local! {
    static REGISTERED: RefCell<Vec<Registered>> = const { RefCell::new(Vec::new()) };
}

fn split(text: &str) -> Lines {
    Arc::new(text.split('\n').map(str::to_owned).collect())
}

/// Remembers the text of code that was compiled from the command line or typed at the prompt.
pub fn register(code: &Arc<Code>, text: &str) {
    fn collect(code: &Arc<Code>, into: &mut HashSet<*const Code>) {
        into.insert(Arc::as_ptr(code));
        code.nested().for_each(|inner| collect(inner, into));
    }
    let mut codes = HashSet::new();
    collect(code, &mut codes);
    REGISTERED.with_borrow_mut(|all| {
        all.push(Registered {
            codes,
            lines: split(text),
        })
    });
}

/// Lines of files, read once for each traceback.
#[derive(Default)]
pub struct Lookup {
    files: HashMap<String, Option<Lines>>,
}

impl Lookup {
    /// The lines of the source that `code` was compiled from.
    pub fn lines(&mut self, code: &Arc<Code>) -> Option<Lines> {
        let registered = REGISTERED.with_borrow(|all| {
            all.iter()
                .rev()
                .find(|r| r.codes.contains(&Arc::as_ptr(code)))
                .map(|r| r.lines.clone())
        });
        registered.or_else(|| self.file(&code.filename))
    }

    /// The lines of a file.
    pub fn file(&mut self, name: &str) -> Option<Lines> {
        if let Some(known) = self.files.get(name) {
            return known.clone();
        }
        let lines = read(name).map(|bytes| split(&decode_text(&bytes)));
        self.files.insert(name.to_owned(), lines.clone());
        lines
    }
}

fn read(name: &str) -> Option<Vec<u8>> {
    if name.is_empty() || name.starts_with('<') && name.ends_with('>') {
        return None;
    }
    if let Some(entry) = library::by_file(name.as_bytes()) {
        return Some(library::source(entry));
    }
    if let Ok(bytes) = std::fs::read(name) {
        return Some(bytes);
    }
    if name.starts_with('/') {
        return None;
    }
    // A relative name that is not found from here may be found along the path.
    let path = crate::state::sys_get("path")?;
    let path = path.cast::<kiln_object::list::List>()?.snapshot();
    path.iter()
        .filter_map(|entry| entry.cast::<Str>().map(crate::support::fspath::encode_lossy))
        .find_map(|folder| std::fs::read(std::path::Path::new(std::ffi::OsStr::from_bytes(&folder)).join(name)).ok())
}
