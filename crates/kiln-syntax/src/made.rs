//! Trees that no source was read for: a program put them together from node objects.
//!
//! Offsets into such a tree's "text" are indices of its table of positions. A node takes an index when it begins and one when it ends, with
//! those of its parts between them, so that ranges nest as they do in text, whatever lines and columns the program gave.

use hashbrown::HashMap;
use kiln_bytecode::{Const, Text};
use ruff_python_ast::{
    Expr, ExprIpyEscapeCommand, InterpolatedElement, InterpolatedStringLiteralElement, Mod, StringLiteral,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::{Lines, deep, strings};

/// A tree from node objects.
pub struct Made {
    tree: Option<Mod>,
    pub lines: Lines,
    values: Values,
}

/// What the parser's types cannot hold, by the offset where its node begins: constants that have no literal, which are
/// [`ExprIpyEscapeCommand`]s in the tree; texts with surrogates; the texts of interpolations.
pub type Values = HashMap<TextSize, Const>;

impl Made {
    pub fn new(tree: Mod, positions: Vec<(u32, u32)>, values: Values) -> Made {
        Made {
            tree: Some(tree),
            lines: Lines::table(positions),
            values,
        }
    }

    pub fn tree(&self) -> &Mod {
        self.tree
            .as_ref()
            .unwrap_or_else(|| unreachable!("the tree is taken by drop only"))
    }

    pub fn values(&self) -> &Values {
        &self.values
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        deep::drop_tree(self.tree.take(), self.lines.count() as usize);
    }
}

/// Where the texts of a tree are.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Text(&'a str),
    Made(&'a Values),
}

impl<'a> Source<'a> {
    /// The whole text; empty for a tree that has none.
    pub fn text(self) -> &'a str {
        match self {
            Source::Text(text) => text,
            Source::Made(_) => "",
        }
    }

    /// The text of a range, if there is one.
    pub fn slice(self, range: TextRange) -> Option<&'a str> {
        match self {
            Source::Text(text) => Some(&text[range]),
            Source::Made(_) => None,
        }
    }

    /// The value of a literal.
    pub fn literal(self, literal: &StringLiteral) -> Text {
        match self {
            Source::Text(text) => strings::literal_text(text, literal),
            Source::Made(_) => (&*literal.value).into(),
        }
    }

    /// The value of a literal part of a format string.
    pub fn element(self, element: &InterpolatedStringLiteralElement, raw: bool) -> Text {
        match self {
            Source::Text(text) => strings::element_text(text, element, raw),
            Source::Made(values) => match values.get(&element.range.start()) {
                Some(Const::Str(text)) => text.clone(),
                _ => (&*element.value).into(),
            },
        }
    }

    /// The text of a t-string's interpolation.
    pub fn interpolation(self, value: &InterpolatedElement) -> Const {
        match self {
            Source::Text(text) => Const::str(strings::interpolation_text(text, value)),
            Source::Made(values) => values.get(&value.range.start()).cloned().unwrap_or(Const::str("")),
        }
    }

    /// The value of a constant that has no literal.
    pub fn special(self, node: &ExprIpyEscapeCommand) -> Option<Const> {
        match self {
            Source::Text(_) => None,
            Source::Made(values) => values.get(&node.range.start()).cloned(),
        }
    }

    /// Where a definition begins whose last decorator is `last`.
    pub fn after_decorator(self, last: &Expr) -> TextSize {
        match self {
            Source::Text(text) => {
                let mut at = last.end().to_usize();
                // Blanks, comments, line ends and closing parentheses stand between them.
                while let Some(byte) = text.as_bytes().get(at) {
                    match byte {
                        b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
                        b' ' | b'\t' | b'\n' | b'\\' | b'\x0c' | b')' => at += 1,
                        _ => break,
                    }
                }
                TextSize::new(at as u32)
            }
            Source::Made(_) => last.end() + TextSize::new(1),
        }
    }
}
