//! What a caller of `compile()` wants of a tree beyond the plain one: type comments, and what CPython's optimiser of trees does.

use kiln_object::Object;
use kiln_object::str::Str;
use kiln_syntax::ast::{Expr, Number, Operator, Stmt, UnaryOp};
use kiln_syntax::tokens::{self, Kind, Style};

/// What is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// Comments that give types become fields of nodes.
    pub type_comments: bool,
    /// The tree as it is optimised at this level.
    pub optimize: Option<u8>,
}

/// A comment that gives a type, or says that a line's types are to be ignored.
struct Comment {
    start: usize,
    text: String,
}

/// The comments of a source that concern types, in order.
#[derive(Default)]
pub struct TypeComments {
    types: Vec<Comment>,
    ignores: Vec<Comment>,
}

impl TypeComments {
    pub fn of(source: &str) -> TypeComments {
        let mut found = TypeComments::default();
        for token in tokens::tokenize(source, Style::Everything).list {
            if token.kind != Kind::Comment {
                continue;
            }
            let blank = |c| c == ' ' || c == '\t';
            let text = source[token.start + 1..token.end].trim_start_matches(blank);
            let Some(text) = text.strip_prefix("type:") else { continue };
            let text = text.trim_start_matches(blank);
            let tag = text.strip_prefix("ignore");
            let tag = tag.filter(|tag| !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii()));
            let (list, text) = match tag {
                Some(tag) => (&mut found.ignores, tag),
                None => (&mut found.types, text),
            };
            list.push(Comment {
                start: token.start,
                text: text.to_owned(),
            });
        }
        found
    }

    /// The first comment between two places, if what lies before it is as `fits` says.
    pub fn between(&self, source: &str, start: usize, end: usize, fits: impl Fn(&str) -> bool) -> Object {
        let at = self.types.partition_point(|comment| comment.start < start);
        match self.types.get(at) {
            Some(comment) if comment.start < end && fits(&source[start..comment.start]) => Str::new(&comment.text),
            _ => Object::none(),
        }
    }

    /// Where lines are that ignore types, and what they say of it.
    pub fn ignores(&self) -> impl Iterator<Item = (usize, &str)> {
        self.ignores.iter().map(|comment| (comment.start, &*comment.text))
    }
}

/// Whether a statement is nothing but a string.
pub fn is_docstring(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(n) if n.value.is_string_literal_expr())
}

/// Whether a pattern's value is a number with a sign, or a sum of a real and an imaginary one: the optimiser makes a constant of it.
pub fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::NumberLiteral(_) => true,
        Expr::UnaryOp(n) => n.op == UnaryOp::USub && is_number(&n.operand),
        Expr::BinOp(n) => {
            let imaginary = |e: &Expr| matches!(e, Expr::NumberLiteral(n) if matches!(n.value, Number::Complex { .. }));
            matches!(n.op, Operator::Add | Operator::Sub) && is_number(&n.left) && imaginary(&n.right)
        }
        _ => false,
    }
}

/// A piece of a `%` format.
pub enum Format {
    Text(String),
    /// The conversion's letter, and the format specification that does the same.
    Field(char, String),
}

/// The pieces of a `%` format that an f-string can do: strings only.
pub fn percent_format(text: &str) -> Option<Vec<Format>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            plain.push('%');
            continue;
        }
        let left = chars.next_if_eq(&'-').is_some();
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let mut spec = String::new();
        if !left && !digits.is_empty() {
            spec.push('>');
        }
        spec += &digits;
        if chars.next_if_eq(&'.').is_some() {
            spec.push('.');
            let before = spec.len();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                spec.push(digit);
            }
            if spec.len() == before {
                spec.push('0');
            }
        }
        let conversion = chars.next().filter(|c| matches!(c, 's' | 'r' | 'a'))?;
        if !plain.is_empty() {
            pieces.push(Format::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Format::Field(conversion, spec));
    }
    if !plain.is_empty() {
        pieces.push(Format::Text(plain));
    }
    Some(pieces)
}
