//! From the parser's errors to CPython's texts and places.
//!
//! CPython's order of precedence: what its tokenizer rejects; then the rules of its grammar that exist only to explain mistakes; then "invalid
//! syntax" at the first token that fits nowhere. The parser's own first error tells where that token is, and what was being read.

mod literals;
mod rules;
mod statements;
mod targets;

use ruff_python_ast::token::{TokenKind, Tokens as ParserTokens};
use ruff_python_parser::{LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::tokens::{Kind, Style, Token, Tokens, span, tokenize};
use crate::{ErrorKind, Fault, Parsed};

/// Nesting limits that the parser does not have.
pub(crate) fn limits(source: &str, tokens: &ParserTokens) -> Result<(), Fault> {
    const PARENTHESES: usize = 200;
    const INDENTS: usize = 99;
    let (mut open, mut indents) = (0usize, 0usize);
    for token in tokens {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                open += 1;
                if open > PARENTHESES {
                    return Err(Fault::new(
                        "too many nested parentheses",
                        TextRange::empty(token.start()),
                    ));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => open = open.saturating_sub(1),
            TokenKind::Indent => {
                indents += 1;
                if indents > INDENTS {
                    let line_end = source[token.end().to_usize()..]
                        .find('\n')
                        .map_or(source.len(), |end| token.end().to_usize() + end);
                    let fault = Fault::new("too many levels of indentation", span(line_end, line_end));
                    return Err(Fault {
                        kind: ErrorKind::Indentation,
                        ..fault
                    });
                }
            }
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Errors in a source that the parser accepts.
pub(crate) fn check_tokens(source: &str, parsed: &Parsed) -> Result<(), Fault> {
    const DIGITS: usize = 4300;
    for token in parsed.tokens() {
        let text = &source[token.range()];
        match token.kind() {
            TokenKind::Int if text.len() > DIGITS && !text.starts_with("0x") && !text.starts_with("0X") => {
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                if digits > DIGITS && text.as_bytes()[1].is_ascii_digit() {
                    let msg = format!(
                        "Exceeds the limit ({DIGITS} digits) for integer string conversion: value has {digits} digits; use \
                         sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid \
                         decimal conversion limits."
                    );
                    return Err(Fault::new(msg, token.range()));
                }
            }
            // Tabs and blanks that mean different depths for different tab sizes.
            TokenKind::Indent if text.contains('\t') => {
                let tokens = tokenize(source, Style::Strict);
                if let Some(error) = tokens.error.filter(|error| error.kind != ErrorKind::Syntax) {
                    return Err(error);
                }
                return Ok(());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The error that CPython would report.
pub(crate) fn explain(
    source: &str,
    parsed: &Parsed,
    errors: &[ParseError],
    unsupported: &[UnsupportedSyntaxError],
) -> Fault {
    let tokens = tokenize(source, Style::Strict);
    let (error, unfinished) = first_error(source, errors);
    let place = error.map_or_else(|| unsupported[0].range(), |error| error.location);
    let context = Context {
        source,
        parsed,
        tokens: &tokens,
    };
    // A tokenizer's error without text is the end of input.
    let lexical = tokens.error.as_ref().filter(|error| !error.msg.is_empty());
    let soft = |error: &Fault| error.kind != ErrorKind::Syntax || error.msg.starts_with("unexpected");
    let fault = match (error, unfinished) {
        (Some(_), Some(operator)) => context.generic(context.token_at(TextSize::new(operator as u32))),
        (Some(error), None) => context.explain_error(error),
        (None, _) => context.explain_unsupported(&unsupported[0]),
    };
    if let Some(lexical) = lexical {
        let line = |range: TextRange| parsed.lines.line(range.start());
        let index = context.token_at(place.start());
        let late = match lexical.kind {
            ErrorKind::Syntax => soft(lexical) && index + 2 < tokens.list.len(),
            _ => line(place) < line(lexical.range),
        };
        let field = lexical.msg.contains("expecting '}'")
            && fault.msg.contains("-string: ")
            && fault.range.start() < lexical.range.start();
        let indent = fault.kind == ErrorKind::Indentation
            && fault.msg == "unexpected indent"
            && fault.range.start() < lexical.range.start();
        if !late && !field && !indent && lexical.msg != "invalid syntax" {
            return lexical.clone();
        }
        if lexical.msg == "invalid syntax" && place.start() >= lexical.range.start() {
            return lexical.clone();
        }
    }
    let at_end = is_end(source, fault.range) || is_end(source, place) && fault.msg == "invalid syntax";
    if lexical.is_none()
        && let Some(open) = tokens.open.last()
    {
        let line = parsed.lines.line(fault.range.end());
        let at = context.token_at(fault.range.start());
        let unread = fault.msg == "invalid syntax" && context.reads_to_the_end(at);
        if line > open.line || at_end || unread || place.start().to_usize() >= source.trim_end().len() {
            let fault = Fault::new(format!("'{}' was never closed", open.ch), span(open.at, open.at + 1));
            return Fault {
                end_offset: Some(0),
                incomplete: true,
                ..fault
            };
        }
    }
    // Only a decorator can be followed by a line that makes it right; and a backslash continues the last line.
    let mut last = context.token_at(place.start());
    while last > 0 && matches!(context.kind(last), Kind::Newline | Kind::End | Kind::Dedent) {
        last -= 1;
    }
    let decorated = context.statement(last) != last && context.is_op(context.statement(last), "@");
    // A line that ends too early is wrong at once; what may follow it comes after its end.
    let early = context.kind(context.token_at(place.start())) == Kind::Newline;
    let incomplete = at_end && !early && (fault.msg != "invalid syntax" || decorated) || source.ends_with('\\');
    Fault {
        incomplete: incomplete || fault.incomplete,
        ..fault
    }
}

/// The error to explain. One about a target counts if the grammar gets as far as to look at the target: the target itself must be
/// right, and behind an annotation's colon or an augmented assignment's operator something must follow. The offset is that of
/// the colon or operator behind which nothing does.
fn first_error<'e>(source: &str, errors: &'e [ParseError]) -> (Option<&'e ParseError>, Option<usize>) {
    use ParseErrorType::{InvalidAnnotatedAssignmentTarget, InvalidAssignmentTarget, InvalidAugmentedAssignmentTarget};
    let missing = |error: &&ParseError| {
        let token = matches!(error.error, ParseErrorType::ExpectedToken { .. });
        token || error.error == ParseErrorType::ExpectedExpression
    };
    let blanks = |at: usize| at + source[at..].len() - source[at..].trim_start_matches([' ', '\t']).len();
    let misses = |from: TextSize, to: usize| {
        errors
            .iter()
            .filter(missing)
            .any(|other| other.location.start() >= from && other.location.start().to_usize() <= to)
    };
    let mut list: Vec<&ParseError> = errors.iter().collect();
    list.sort_by_key(|error| error.location.start());
    for error in &list {
        let place = error.location;
        let operator = blanks(place.end().to_usize());
        let has_operator = match &error.error {
            InvalidAugmentedAssignmentTarget | InvalidAnnotatedAssignmentTarget => true,
            ParseErrorType::OtherError(text) if text.starts_with("Only single target") => true,
            InvalidAssignmentTarget => false,
            _ => return (Some(error), None),
        };
        if source[..place.start().to_usize()].trim_end().ends_with("for") {
            return (Some(error), None);
        }
        // An error within the target, or where its operator should stand, is the one to explain.
        if misses(place.start(), operator) {
            continue;
        }
        if has_operator {
            let signs = source[operator..]
                .find(|ch: char| !":=+-*/%@&|^<>".contains(ch))
                .map_or(source.len(), |length| operator + length);
            if misses(place.end(), blanks(signs)) {
                return (Some(error), Some(operator));
            }
        }
        return (Some(error), None);
    }
    (list.first().copied(), None)
}

/// Places where two patterns stand side by side, and `_` with an attribute: the parser takes them.
pub(crate) fn check_patterns(source: &str, tokens: &ParserTokens) -> Result<(), Fault> {
    let list: Vec<_> = tokens.iter().filter(|token| !token.kind().is_trivia()).collect();
    let ends = |kind: TokenKind| {
        use TokenKind::*;
        matches!(
            kind,
            Name | Int | Float | Complex | String | None | True | False | Rpar | Rsqb | Rbrace
        )
    };
    let begins = |kind: TokenKind| {
        use TokenKind::*;
        matches!(kind, Name | Int | Float | Complex | None | True | False | Lsqb | Lbrace)
    };
    let cases = (0..list.len()).filter(|&at| list[at].kind() == TokenKind::Case);
    for case in cases {
        let mut depth = 0u32;
        let (mut before, mut last) = (TokenKind::Case, TokenKind::Case);
        for token in &list[case + 1..] {
            let kind = token.kind();
            match kind {
                TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
                TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth = depth.saturating_sub(1),
                TokenKind::Colon | TokenKind::If if depth == 0 => break,
                _ => {}
            }
            let side_by_side = ends(last)
                && (begins(kind)
                    || kind == TokenKind::String && last != TokenKind::String
                    || kind == TokenKind::Lpar && last != TokenKind::Name);
            let wildcard = kind == TokenKind::Dot
                && last == TokenKind::Name
                && before != TokenKind::Dot
                && source[..token.start().to_usize()].trim_end().ends_with('_')
                && is_wildcard(source[..token.start().to_usize()].trim_end());
            if side_by_side || wildcard {
                return Err(Fault::new("invalid syntax", token.range()));
            }
            (before, last) = (last, kind);
        }
    }
    Ok(())
}

/// Whether a text ends in the name `_`.
fn is_wildcard(text: &str) -> bool {
    let head = &text[..text.len() - 1];
    !head.ends_with(|ch: char| ch.is_alphanumeric() || ch == '_')
}

fn is_end(source: &str, range: TextRange) -> bool {
    range.start().to_usize() >= source.trim_end().len()
}

/// What the rules look at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub source: &'a str,
    pub parsed: &'a Parsed<'a>,
    pub tokens: &'a Tokens,
}

/// The words that are no names, in the order of Python's `keyword.kwlist`.
pub const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

impl<'a> Context<'a> {
    pub fn list(&self) -> &'a [Token] {
        &self.tokens.list
    }

    pub fn text(&self, index: usize) -> &'a str {
        self.list()
            .get(index)
            .map_or("", |token| &self.source[token.start..token.end])
    }

    pub fn is_op(&self, index: usize, op: &str) -> bool {
        self.list().get(index).is_some_and(|token| token.kind == Kind::Op) && self.text(index) == op
    }

    pub fn is_word(&self, index: usize, word: &str) -> bool {
        self.list().get(index).is_some_and(|token| token.kind == Kind::Name) && self.text(index) == word
    }

    pub fn kind(&self, index: usize) -> Kind {
        self.list().get(index).map_or(Kind::End, |token| token.kind)
    }

    /// The first token that ends after byte `at`.
    pub fn token_at(&self, at: TextSize) -> usize {
        let at = at.to_usize();
        let index = self
            .list()
            .partition_point(|token| token.end <= at && (token.end > token.start || token.start < at));
        index.min(self.list().len().saturating_sub(1))
    }

    /// The first token of the statement that token `index` is in.
    pub fn statement(&self, index: usize) -> usize {
        let mut start = index;
        while start > 0 {
            let previous = self.kind(start - 1);
            if matches!(previous, Kind::Newline | Kind::Indent | Kind::Dedent) {
                break;
            }
            if self.list()[start - 1].level == 0 && self.is_op(start - 1, ";") {
                break;
            }
            start -= 1;
        }
        start
    }

    pub fn range(&self, first: usize, last: usize) -> TextRange {
        let list = self.list();
        let last = last.min(list.len().saturating_sub(1));
        span(list[first.min(last)].start, list[last].end)
    }

    /// Whether CPython, looking for a second expression beside the first at token `index`, comes to the end of the source.
    fn reads_to_the_end(&self, index: usize) -> bool {
        let begins = ["(", "[", "{", "-", "+", "~"].iter().any(|op| self.is_op(index, op));
        let word = ["pass", "break", "continue"]
            .iter()
            .any(|word| self.is_word(index, word));
        let last = self.kind(index + 1) == Kind::End;
        word && last || begins && index > 0 && self.ends_operand(index - 1) && self.expression(index).is_none()
    }

    /// "invalid syntax" at a token, or what the token itself says.
    pub fn generic(&self, index: usize) -> Fault {
        let Some(token) = self.list().get(index) else {
            return Fault::new("invalid syntax", span(self.source.len(), self.source.len()));
        };
        match token.kind {
            Kind::Indent => self.unexpected_indent(index),
            // A dedent where none can be ends the statement; what follows it is wrong.
            Kind::Newline | Kind::End => {
                let end = if token.start < self.source.len() {
                    token.start + 1
                } else {
                    token.start
                };
                Fault {
                    end_offset: Some(self.column(token.start) + 1),
                    ..Fault::new("invalid syntax", span(token.start, end))
                }
            }
            _ => Fault::new("invalid syntax", token.range()),
        }
    }

    /// Column of a byte, from 1, in characters.
    pub fn column(&self, at: usize) -> i32 {
        let (line, _) = self.parsed.lines.line_col(TextSize::new(at as u32));
        let start = self.parsed.lines.start(line, self.source);
        self.source[start..at].chars().count() as i32 + 1
    }

    pub fn unexpected_indent(&self, index: usize) -> Fault {
        let token = self.list()[index.min(self.list().len() - 1)];
        let at = token.end.saturating_sub(1);
        let fault = Fault::new("unexpected indent", span(at, at));
        Fault {
            kind: ErrorKind::Indentation,
            end_offset: Some(-1),
            ..fault
        }
    }

    fn explain_unsupported(&self, error: &UnsupportedSyntaxError) -> Fault {
        use ruff_python_parser::UnsupportedSyntaxErrorKind::UnpackingInComprehension;
        if matches!(error.kind, UnpackingInComprehension(_)) {
            let dict = self.source[error.range()].starts_with("**");
            let msg = if dict {
                "dict unpacking cannot be used in dict comprehension"
            } else {
                "iterable unpacking cannot be used in comprehension"
            };
            let start = error.range().start();
            let range = if dict {
                TextRange::at(start, TextSize::new(2))
            } else {
                error.range()
            };
            return Fault::new(msg, range);
        }
        let index = self.token_at(error.range().start());
        self.rules(index, None).unwrap_or_else(|| self.generic(index))
    }

    fn explain_error(&self, error: &ParseError) -> Fault {
        let index = self.token_at(error.location.start());
        if let ParseErrorType::Lexical(
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace
            | LexicalErrorType::InvalidByteLiteral
            | LexicalErrorType::StringError,
        ) = &error.error
            && let Some(fault) = literals::bad_literal(self, error.location)
        {
            return fault;
        }
        self.rules(index, Some(error)).unwrap_or_else(|| self.generic(index))
    }
}
