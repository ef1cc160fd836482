//! Which part of an expression went wrong: the operator of an operation, the brackets of a call or a subscript. Works on
//! the text of the expression alone, by its tokens.

/// A range of characters within the expression: the part that is marked `^`, the rest being marked `~`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Anchors {
    pub start_line: usize,
    pub start: usize,
    pub end_line: usize,
    pub end: usize,
    pub is_call: bool,
}

#[derive(Clone, PartialEq, Debug)]
enum Kind {
    Word(String),
    /// Number, string or the like.
    Atom,
    Op(&'static str),
    Open(char),
    Close,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
    depth: usize,
    /// For closing brackets: the token that opened.
    opener: usize,
}

const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", ":=", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "@=", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "=", ".", ",", ":",
    ";", "!",
];

/// Skips a string literal whose opening quote is at `at`; where it ends.
fn string_end(text: &[char], at: usize, raw: bool) -> usize {
    let quote = text[at];
    let triple = text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote);
    let mut i = at + if triple { 3 } else { 1 };
    while i < text.len() {
        if text[i] == '\\' {
            i += if raw && i + 1 >= text.len() { 1 } else { 2 };
        } else if text[i] == quote && !triple {
            return i + 1;
        } else if text[i] == quote && text.get(i + 1) == Some(&quote) && text.get(i + 2) == Some(&quote) {
            return i + 3;
        } else {
            i += 1;
        }
    }
    text.len()
}

fn tokens(text: &[char]) -> Option<Vec<Token>> {
    let mut out: Vec<Token> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut i = 0;
    while i < text.len() {
        let c = text[i];
        let start = i;
        if c.is_whitespace() || c == '\\' {
            i += 1;
            continue;
        }
        if c == '#' {
            while i < text.len() && text[i] != '\n' {
                i += 1;
            }
            continue;
        }
        let depth = open.len();
        let mut opener = 0;
        let kind = if c.is_alphabetic() || c == '_' {
            while i < text.len() && (text[i].is_alphanumeric() || text[i] == '_') {
                i += 1;
            }
            let word: String = text[start..i].iter().collect();
            let prefix = word.len() <= 2 && word.chars().all(|c| "rRbBuUfFtT".contains(c));
            if prefix && i < text.len() && matches!(text[i], '"' | '\'') {
                i = string_end(text, i, word.contains(['r', 'R']));
                Kind::Atom
            } else {
                Kind::Word(word)
            }
        } else if matches!(c, '"' | '\'') {
            i = string_end(text, i, false);
            Kind::Atom
        } else if c.is_ascii_digit() || c == '.' && text.get(i + 1).is_some_and(char::is_ascii_digit) {
            while i < text.len()
                && (text[i].is_alphanumeric()
                    || text[i] == '_'
                    || text[i] == '.'
                    || matches!(text[i], '+' | '-')
                        && matches!(text[i - 1], 'e' | 'E')
                        && !text[start..i].contains(&'x'))
            {
                i += 1;
            }
            Kind::Atom
        } else if matches!(c, '(' | '[' | '{') {
            i += 1;
            open.push(out.len());
            Kind::Open(c)
        } else if matches!(c, ')' | ']' | '}') {
            i += 1;
            opener = open.pop()?;
            Kind::Close
        } else {
            let rest: String = text[i..text.len().min(i + 3)].iter().collect();
            let op = OPERATORS.iter().find(|op| rest.starts_with(**op))?;
            i += op.len();
            if *op == "..." { Kind::Atom } else { Kind::Op(op) }
        };
        let depth = if kind == Kind::Close { open.len() } else { depth };
        out.push(Token {
            kind,
            start,
            end: i,
            depth,
            opener,
        });
    }
    open.is_empty().then_some(out)
}

fn precedence(op: &str) -> Option<u8> {
    Some(match op {
        "|" => 1,
        "^" => 2,
        "&" => 3,
        "<<" | ">>" => 4,
        "+" | "-" => 5,
        "*" | "/" | "//" | "%" | "@" => 6,
        "**" => 8,
        _ => return None,
    })
}

/// Line and column of a character, lines split at `\n`.
fn place(text: &[char], at: usize) -> (usize, usize) {
    let line = text[..at].iter().filter(|c| **c == '\n').count();
    let start = text[..at].iter().rposition(|c| *c == '\n').map_or(0, |p| p + 1);
    (line, at - start)
}

fn anchors(text: &[char], start: usize, end: usize, is_call: bool) -> Anchors {
    let (start_line, start) = place(text, start);
    let (end_line, end) = place(text, end);
    Anchors {
        start_line,
        start,
        end_line,
        end,
        is_call,
    }
}

/// The part of the expression `segment` to mark, if it is an operation, a subscript or a call.
pub fn find(segment: &str) -> Option<Anchors> {
    let text: Vec<char> = segment.chars().collect();
    let all = tokens(&text)?;
    let last = all.last()?;
    let mut best: Option<(u8, usize)> = None;
    let mut after_operand = false;
    for (index, token) in all.iter().enumerate().filter(|(_, token)| token.depth == 0) {
        match &token.kind {
            Kind::Word(word) => match word.as_str() {
                // What binds less than any operator makes the whole something else.
                "if" | "else" | "and" | "or" | "not" | "in" | "is" | "lambda" | "for" | "async" | "yield" | "await"
                | "return" | "del" | "raise" | "import" | "from" | "assert" => return None,
                _ => after_operand = true,
            },
            Kind::Atom | Kind::Close => after_operand = true,
            Kind::Open(_) => {}
            Kind::Op(".") => after_operand = false,
            Kind::Op(op) => {
                if !after_operand {
                    // A sign: the whole is a sign's operation unless something weaker follows.
                    if !matches!(*op, "+" | "-" | "~") {
                        return None;
                    }
                    if index == 0 {
                        best = Some((7, index));
                    }
                    continue;
                }
                let level = precedence(op)?;
                after_operand = false;
                // From the left, except that powers group from the right.
                let replace = match best {
                    None => true,
                    Some((found, _)) => level < found || level == found && level != 8,
                };
                if replace {
                    best = Some((level, index));
                }
            }
        }
    }
    match best {
        Some((7, _)) => None,
        Some((_, index)) => {
            let token = &all[index];
            Some(anchors(&text, token.start, token.end, false))
        }
        None if last.kind == Kind::Close => {
            let opener = &all[last.opener];
            // Something must be called or subscripted; a bracket alone is a display.
            if last.opener == 0 {
                return None;
            }
            match opener.kind {
                Kind::Open('(') => Some(anchors(&text, opener.start, last.end, true)),
                Kind::Open('[') => Some(anchors(&text, opener.start, last.end, false)),
                _ => None,
            }
        }
        None => None,
    }
}

/// Whether `before` (the statement's text up to a call that ends it) makes the statement `return name(..)` or an
/// assignment: marks below the whole call would say nothing.
pub fn call_is_whole_value(before: &str, call: &str, after: &str) -> bool {
    let after = after.trim_start();
    if !(after.is_empty() || after.starts_with(['#', ';'])) {
        return false;
    }
    let before = before.trim_end();
    if before.trim_start() == "return" {
        return call.split('(').next().is_some_and(|name| {
            let name = name.trim();
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        });
    }
    let Some(target) = before.strip_suffix('=') else {
        return false;
    };
    if target.ends_with(['=', '!', '<', '>', '+', '-', '*', '/', '%', '&', '|', '^', '@', ':']) {
        return false;
    }
    let text: Vec<char> = target.chars().collect();
    match tokens(&text) {
        Some(tokens) => !tokens
            .iter()
            .any(|t| t.depth == 0 && matches!(t.kind, Kind::Op(":" | ";"))),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(segment: &str) -> Option<String> {
        let found = find(segment)?;
        assert_eq!(found.start_line, found.end_line, "one line in this test");
        Some(
            segment
                .chars()
                .skip(found.start)
                .take(found.end - found.start)
                .collect(),
        )
    }

    #[test]
    fn marks() {
        assert_eq!(marked("1/0").as_deref(), Some("/"));
        assert_eq!(marked("a + b * c").as_deref(), Some("+"));
        assert_eq!(marked("a * b + c * d - e").as_deref(), Some("-"));
        assert_eq!(marked("a ** b ** c").as_deref(), Some("**"));
        assert_eq!(marked("-a * b").as_deref(), Some("*"));
        assert_eq!(marked("-a ** b"), None);
        assert_eq!(marked("f(x)(y + 1)").as_deref(), Some("(y + 1)"));
        assert_eq!(marked("a.b[c][d]").as_deref(), Some("[d]"));
        assert_eq!(marked("x if y else z + 1"), None);
        assert_eq!(marked("[1, 2]"), None);
        assert_eq!(marked("(a) + (b)").as_deref(), Some("+"));
        assert_eq!(marked("f'{x}' % y").as_deref(), Some("%"));
        assert_eq!(marked("a < b"), None);
        assert_eq!(marked("1e-5 - x").as_deref(), Some("-"));
    }

    #[test]
    fn whole_values() {
        assert!(call_is_whole_value("return ", "f(x)", ""));
        assert!(!call_is_whole_value("return ", "a.f(x)", ""));
        assert!(call_is_whole_value("x = ", "a.f(x)", "  # why"));
        assert!(!call_is_whole_value("x += ", "f(x)", ""));
        assert!(!call_is_whole_value("if y: x = ", "f(x)", ""));
        assert!(call_is_whole_value("d[a:b] = ", "f(x)", ""));
    }
}
