//! Runs the parser: limits before it, everything it is too lenient about after it.

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::tokens::{Style, tokenize};
use crate::{ErrorKind, Fault, Lines, deep, diagnose};

/// What kind of source it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Exec,
    Eval,
    /// One interactive statement.
    Single,
}

/// A parsed source.
pub struct Parsed<'s> {
    pub source: &'s str,
    pub lines: Lines,
    tree: Option<Mod>,
    tokens: Option<Tokens>,
}

impl Parsed<'_> {
    pub fn tree(&self) -> &Mod {
        self.tree
            .as_ref()
            .unwrap_or_else(|| unreachable!("the tree is taken by drop only"))
    }

    /// The tokens, for checks on what the tree does not show.
    pub fn tokens(&self) -> &Tokens {
        self.tokens
            .as_ref()
            .unwrap_or_else(|| unreachable!("the tokens are taken by drop only"))
    }
}

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut longest = 0;
        let mut start = TextSize::new(0);
        for token in self.tokens.iter().flatten() {
            longest = longest.max((token.end() - start).to_usize());
            if token.kind() == TokenKind::Newline {
                start = token.end();
            }
        }
        deep::drop_tree((self.tree.take(), self.tokens.take()), longest);
    }
}

/// Parses `source`; the error is CPython's.
pub fn parse(source: &str, mode: Mode) -> Result<Parsed<'_>, Fault> {
    if source.len() >= i32::MAX as usize {
        return Err(Fault {
            kind: ErrorKind::Limit,
            msg: "source is too large (2 GiB)".into(),
            range: TextRange::default(),
            incomplete: false,
            end_offset: None,
        });
    }
    if let Some(at) = source.bytes().position(|byte| byte == 0) {
        let at = TextSize::new(at as u32);
        return Err(Fault::new(
            "source code string cannot contain null bytes",
            TextRange::empty(at),
        ));
    }
    let parser_mode = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        Mode::Exec | Mode::Single => ruff_python_parser::Mode::Module,
    };
    let options = ParseOptions::from(parser_mode).with_target_version(PythonVersion::PY314);
    // Leading blanks before an expression are allowed for `eval`; positions stay those of the whole text.
    let rewritten = with_diamonds(source)?;
    let text = rewritten.as_deref().unwrap_or(source);
    let parsed = deep::grow(|| parse_unchecked(text, options));
    let lines = Lines::new(source);
    let errors = parsed.errors().to_vec();
    let unsupported = parsed.unsupported_syntax_errors().to_vec();
    let tokens = parsed.tokens().clone();
    let tree = parsed.into_syntax();
    let parsed = Parsed {
        source,
        lines,
        tree: Some(tree),
        tokens: Some(tokens),
    };
    diagnose::limits(source, parsed.tokens())?;
    if !errors.is_empty() || !unsupported.is_empty() {
        return Err(diagnose::explain(source, &parsed, &errors, &unsupported));
    }
    diagnose::check_tokens(source, &parsed)?;
    diagnose::check_patterns(source, parsed.tokens())?;
    if mode == Mode::Single {
        check_single(&parsed)?;
    }
    Ok(parsed)
}

/// Interactive input is one statement (several simple ones on one line count as one).
fn check_single(parsed: &Parsed) -> Result<(), Fault> {
    let Mod::Module(module) = parsed.tree() else {
        return Ok(());
    };
    let mut statements = module.body.iter();
    let Some(first) = statements.next() else {
        let end = TextSize::of(parsed.source);
        return Err(Fault {
            incomplete: true,
            ..Fault::new("invalid syntax", TextRange::empty(end))
        });
    };
    let mut previous = first;
    for statement in statements {
        let between = TextRange::new(previous.end(), statement.start());
        let newline = parsed
            .tokens()
            .in_range(between)
            .iter()
            .any(|token| token.kind() == TokenKind::Newline);
        if is_compound(first) {
            let token = parsed
                .tokens()
                .in_range(TextRange::new(statement.start(), statement.end()));
            let range = token.first().map_or(statement.range(), Ranged::range);
            return Err(Fault::new("invalid syntax", range));
        }
        if newline {
            let end = TextRange::at(previous.end(), TextSize::new(1));
            let message = "multiple statements found while compiling a single statement";
            return Err(Fault::new(message, end));
        }
        previous = statement;
    }
    Ok(())
}

fn is_compound(statement: &ruff_python_ast::Stmt) -> bool {
    use ruff_python_ast::Stmt::*;
    matches!(
        statement,
        FunctionDef(_) | ClassDef(_) | For(_) | While(_) | If(_) | With(_) | Match(_) | Try(_)
    )
}

/// PEP 401: behind `from __future__ import barry_as_FLUFL`, inequality is written `<>`, which the parser does not know. The
/// source with `!=` in its place; `None` if there is no such import.
fn with_diamonds(source: &str) -> Result<Option<String>, Fault> {
    if !source.contains("barry_as_FLUFL") {
        return Ok(None);
    }
    let tokens = tokenize(source, Style::Strict);
    let text = |at: usize| tokens.list.get(at).map(|token| &source[token.range()]);
    let import = ["from", "__future__", "import"];
    let starts = |at: usize| (0..3).all(|n| text(at + n) == Some(import[n]));
    let Some(first) = (0..tokens.list.len()).find(|&at| starts(at)) else {
        return Ok(None);
    };
    let Some(named) = (first..tokens.list.len()).find(|&at| text(at) == Some("barry_as_FLUFL")) else {
        return Ok(None);
    };
    let mut out = source.to_owned();
    for token in &tokens.list[named..] {
        match &source[token.range()] {
            "<>" => out.replace_range(token.start..token.end, "!="),
            "!=" => {
                return Err(Fault::new(
                    "with Barry as BDFL, use '<>' instead of '!='",
                    token.range(),
                ));
            }
            _ => {}
        }
    }
    Ok(Some(out))
}
