//! "Did you mean" for keywords: the word that, put in the place of a name, makes a wrong source right.

use super::suggest::nearest;
use kiln_object::Value;
use kiln_object::exception::BaseException;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_syntax::tokens::{Kind, Style, tokenize};
use kiln_syntax::{KEYWORDS, Lines, Mode, parse};

/// Names that are tried, words that are tried for each, and the length of a source that is looked at.
const NAMES: usize = 10;
const MATCHES: usize = 3;
const LONGEST: usize = 1024;

/// What is known of a `SyntaxError`.
pub struct Error<'a> {
    pub message: &'a str,
    pub file: Option<&'a str>,
    pub end_line: i64,
    pub text: &'a str,
}

/// A name that a keyword may have been meant by.
pub struct Found {
    /// The line it is in, without the indentation that all lines share.
    pub line: String,
    pub offset: i64,
    pub end_offset: i64,
    pub keyword: String,
}

/// Looks for a name that makes the source right when it becomes a keyword.
pub fn misspelt(exception: Value, error: &Error<'_>) -> Option<Found> {
    if error.message != "invalid syntax" && !error.message.contains("Perhaps you forgot a comma") {
        return None;
    }
    let metadata = exception.cast::<BaseException>()?.extra_at(8)?;
    let [line, _, source] = metadata.cast::<Tuple>()?.items() else {
        return None;
    };
    let (mut line, mut end) = (line.as_small_int()?, error.end_line);
    let mut from_file = false;
    let text = match source.cast::<Str>() {
        Some(text) => text.to_string_lossy(),
        None => match error.file.map(std::fs::read) {
            Some(Ok(bytes)) => {
                from_file = true;
                crate::source::decode_text(&bytes)
            }
            _ => {
                (line, end) = (0, 1);
                error.text.to_owned()
            }
        },
    };
    let at = |n: i64| usize::try_from(n).unwrap_or(0);
    let all: Vec<&str> = text.lines().collect();
    let code = dedent(all.get(at(line - 1)..at(end).min(all.len()))?);
    if code.chars().count() > LONGEST {
        return None;
    }
    let code_lines: Vec<&str> = code.lines().collect();
    let lines = Lines::new(&code);
    let names = tokenize(&code, Style::Everything)
        .list
        .into_iter()
        .filter(|token| token.kind == Kind::Name);
    let mut left = NAMES;
    for token in names {
        let number = lines.line(token.range().start());
        if from_file && i64::from(number) + line != end + i64::from(line != 0) {
            continue;
        }
        let wrong = &code[token.start..token.end];
        if KEYWORDS.contains(&wrong) {
            continue;
        }
        if left == 0 {
            return None;
        }
        left -= 1;
        for keyword in candidates(wrong) {
            let changed = format!("{}{keyword}{}", &code[..token.start], &code[token.end..]);
            if keyword == wrong || !reads(&changed) {
                continue;
            }
            let start = lines.start(number, &code);
            let offset = code[start..token.start].chars().count() as i64 + 1;
            return Some(Found {
                line: code_lines.get(number as usize - 1)?.to_string(),
                offset,
                end_offset: offset + wrong.chars().count() as i64,
                keyword,
            });
        }
    }
    None
}

/// Whether a source is right, or may become so when it goes on.
fn reads(code: &str) -> bool {
    match parse(code, Mode::Exec) {
        Ok(_) => true,
        Err(fault) => fault.incomplete,
    }
}

/// Without the blanks that all lines begin with; lines of blanks become empty.
fn dedent(lines: &[&str]) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = || lines.iter().filter(|line| !line.trim().is_empty());
    let mut shared = filled().next().map_or("", |line| &line[..blanks(line)]);
    for line in filled() {
        let same = shared.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        shared = &shared[..same];
    }
    let rest = |line: &&str| {
        line.strip_prefix(shared)
            .filter(|_| !line.trim().is_empty())
            .unwrap_or("")
            .to_owned()
    };
    lines.iter().map(rest).collect::<Vec<_>>().join("\n")
}

/// Keywords that look like `wrong`, the likeliest first.
fn candidates(wrong: &str) -> Vec<String> {
    let all = KEYWORDS.map(str::to_owned);
    let mut found: Vec<String> = nearest(wrong, &all).into_iter().collect();
    let mut close: Vec<(f64, &str)> = KEYWORDS
        .iter()
        .map(|word| (ratio(word, wrong), *word))
        .filter(|(ratio, _)| *ratio >= 0.5)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(a.1)));
    found.extend(close.into_iter().take(MATCHES).map(|(_, word)| word.to_owned()));
    found.truncate(MATCHES);
    found
}

/// How much two words have in common, from 0 to 1: the longest run that both hold, and the same again on both its sides.
fn ratio(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    2.0 * matching(&a, &b) as f64 / (a.len() + b.len()).max(1) as f64
}

fn matching(a: &[char], b: &[char]) -> usize {
    let (mut best, mut at_a, mut at_b) = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let run = a[i..].iter().zip(&b[j..]).take_while(|(x, y)| x == y).count();
            if run > best {
                (best, at_a, at_b) = (run, i, j);
            }
        }
    }
    if best == 0 {
        return 0;
    }
    best + matching(&a[..at_a], &b[..at_b]) + matching(&a[at_a + best..], &b[at_b + best..])
}
