//! The rules that explain mistakes, in about the order in which CPython's grammar tries them.

use ruff_python_ast::{CmpOp, Expr};
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression};

use super::{Context, KEYWORDS};
use crate::tokens::{Kind, span};
use crate::{ErrorKind, Fault};

/// How CPython calls an expression that is no target.
pub(super) fn expr_name(expr: &Expr) -> &'static str {
    match expr {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(node) => {
            if node.value {
                "True"
            } else {
                "False"
            }
        }
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        _ => "literal",
    }
}

/// The part of `expr` that makes it no target.
pub(super) fn invalid_target(expr: &Expr, star: bool) -> Option<&Expr> {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => None,
        Expr::List(node) => node.elts.iter().find_map(|elt| invalid_target(elt, star)),
        Expr::Tuple(node) => node.elts.iter().find_map(|elt| invalid_target(elt, star)),
        Expr::Starred(node) if star => invalid_target(&node.value, star),
        Expr::Compare(node) if node.ops.first() == Some(&CmpOp::In) => None,
        _ => Some(expr),
    }
}

impl<'a> Context<'a> {
    pub(super) fn parse(&self, first: usize, end: usize) -> Option<Expr> {
        if end <= first {
            return None;
        }
        let list = self.list();
        let text = &self.source[list[first].start..list[end - 1].end];
        // Within parentheses, so that line ends mean nothing.
        let parsed = parse_expression(&format!("({text}\n)")).ok()?;
        let expr = *parsed.into_syntax().body;
        match expr {
            Expr::Generator(node) if node.parenthesized => None,
            expr => Some(expr),
        }
    }

    pub(super) fn word_is_keyword(&self, index: usize) -> bool {
        self.kind(index) == Kind::Name && KEYWORDS.contains(&self.text(index))
    }

    /// The token after the bracket group that opens at `index`.
    pub(super) fn close(&self, index: usize) -> Option<usize> {
        let level = self.list().get(index)?.level;
        (index + 1..self.list().len())
            .find(|&at| self.list()[at].level == level && matches!(self.text(at), ")" | "]" | "}"))
            .map(|at| at + 1)
    }

    /// The token after the operand that starts at `index`: unary operators, an atom, its trailers.
    pub(super) fn operand(&self, mut at: usize) -> Option<usize> {
        while self.is_op(at, "-")
            || self.is_op(at, "+")
            || self.is_op(at, "~")
            || self.is_word(at, "not")
            || self.is_word(at, "await")
        {
            at += 1;
        }
        match self.kind(at) {
            Kind::Name if self.is_word(at, "lambda") => {
                let level = self.list()[at].level;
                let colon =
                    (at..self.list().len()).find(|&next| self.is_op(next, ":") && self.list()[next].level == level)?;
                return self.expression(colon + 1);
            }
            Kind::Name if self.word_is_keyword(at) && !matches!(self.text(at), "None" | "True" | "False") => {
                return None;
            }
            Kind::Name | Kind::Number => at += 1,
            Kind::Str | Kind::FStart => {
                while matches!(self.kind(at), Kind::Str | Kind::FStart) {
                    if self.kind(at) == Kind::FStart {
                        let mut depth = 0;
                        loop {
                            match self.kind(at) {
                                Kind::FStart => depth += 1,
                                Kind::FEnd => depth -= 1,
                                Kind::End => return None,
                                _ => {}
                            }
                            if depth == 0 {
                                break;
                            }
                            at += 1;
                        }
                    }
                    at += 1;
                }
            }
            Kind::Op if matches!(self.text(at), "(" | "[" | "{") => {
                let end = self.close(at)?;
                if end > at + 2 {
                    self.parse(at, end)?;
                }
                at = end;
            }
            Kind::Op if self.text(at) == "..." => at += 1,
            _ => return None,
        }
        loop {
            if self.is_op(at, ".") && self.kind(at + 1) == Kind::Name {
                at += 2;
            } else if self.is_op(at, "(") || self.is_op(at, "[") {
                at = self.close(at)?;
            } else {
                return Some(at);
            }
        }
    }

    /// The token after the `disjunction` that starts at `at`.
    pub(super) fn disjunction(&self, at: usize) -> Option<usize> {
        self.chain(at, &["or", "and", "in", "is", "not"])
    }

    pub(super) fn bitwise_or(&self, at: usize) -> Option<usize> {
        if self.is_word(at, "not") {
            return None;
        }
        self.chain(at, &[])
    }

    pub(super) fn chain(&self, at: usize, words: &[&str]) -> Option<usize> {
        const OPS: [&str; 13] = ["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^"];
        const COMPARE: [&str; 6] = ["<", ">", "<=", ">=", "==", "!="];
        let mut end = self.operand(at)?;
        loop {
            let text = self.text(end);
            let op =
                self.kind(end) == Kind::Op && (OPS.contains(&text) || !words.is_empty() && COMPARE.contains(&text));
            let word =
                self.kind(end) == Kind::Name && words.contains(&text) && (text != "not" || self.is_word(end + 1, "in"));
            if !op && !word {
                return Some(end);
            }
            let double = text == "not" || text == "is" && self.is_word(end + 1, "not");
            match self.operand(end + 1 + double as usize) {
                Some(next) => end = next,
                None => return Some(end),
            }
        }
    }

    /// The token after the `expression` that starts at `at`.
    pub(super) fn expression(&self, at: usize) -> Option<usize> {
        let end = self.disjunction(at)?;
        if self.is_word(end, "if")
            && let Some(test) = self.disjunction(end + 1)
            && self.is_word(test, "else")
        {
            return self.expression(test + 1).or(Some(end));
        }
        Some(end)
    }

    /// Where the expression may start that ends just before token `index`: after the nearest bracket, comma or the like.
    pub(super) fn expression_starts(&self, index: usize) -> Vec<usize> {
        let closes = self.kind(index) == Kind::Op && matches!(self.text(index), ")" | "]" | "}");
        let level = self.list()[index].level + closes as u32;
        let mut start = index;
        while start > 0 {
            let token = self.list()[start - 1];
            if token.level < level || matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent) {
                break;
            }
            if token.level == level {
                let text = self.text(start - 1);
                let stop = match token.kind {
                    Kind::Op => {
                        matches!(text, "," | ":" | "=" | ":=" | ";" | "->")
                            || text.len() > 1 && text.ends_with('=') && !matches!(text, "==" | "<=" | ">=" | "!=")
                    }
                    Kind::Name => matches!(
                        text,
                        "for"
                            | "in"
                            | "if"
                            | "else"
                            | "return"
                            | "yield"
                            | "from"
                            | "raise"
                            | "assert"
                            | "del"
                            | "import"
                            | "while"
                            | "elif"
                            | "with"
                            | "as"
                            | "async"
                            | "except"
                            | "global"
                            | "nonlocal"
                    ),
                    _ => false,
                };
                if stop {
                    break;
                }
            }
            start -= 1;
        }
        (start..index).collect()
    }

    /// Tries every rule. `index` is the token that the parser stumbled over.
    pub(super) fn rules(&self, index: usize, error: Option<&ParseError>) -> Option<Fault> {
        let kind = error.map(|error| &error.error);
        self.indented_block(index)
            .or_else(|| self.statement_rules(index, error))
            .or_else(|| self.format_string(index))
            .or_else(|| self.legacy(index))
            .or_else(|| self.conditional(index))
            .or_else(|| self.comma(index))
            .or_else(|| self.equals(index))
            .or_else(|| kind.and_then(|kind| self.by_kind(index, kind, error)))
            .or_else(|| self.string_words(index))
            .or_else(|| self.colon(index, kind))
            .or_else(|| self.typo(index))
    }

    // ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn header(&self, statement: usize) -> Option<(String, usize)> {
        let mut at = statement;
        let is_async = self.is_word(at, "async");
        if is_async {
            at += 1;
        }
        let word = self.text(at);
        let quoted = |word: &str| format!("'{word}' statement");
        let text = match word {
            "def" => "function definition".into(),
            "class" => "class definition".into(),
            "except" if self.is_op(at + 1, "*") => quoted("except*"),
            "if" | "elif" | "else" | "while" | "for" | "try" | "except" | "finally" | "with" => quoted(word),
            "match" | "case" if self.kind(at) == Kind::Name => quoted(word),
            _ => return None,
        };
        Some((text, at))
    }

    pub(super) fn indented_block(&self, index: usize) -> Option<Fault> {
        // The header's line ends in a colon, and no indent follows.
        let mut newline = index;
        while newline > 0 && self.kind(newline) != Kind::Newline {
            if !matches!(self.kind(newline), Kind::Dedent | Kind::End) && newline != index {
                return None;
            }
            newline -= 1;
        }
        if newline == 0
            || self.kind(newline) != Kind::Newline
            || !self.is_op(newline - 1, ":")
            || self.list()[newline - 1].level > 0
        {
            return None;
        }
        let next = newline + 1;
        if self.kind(next) == Kind::Indent {
            return None;
        }
        let statement = self.statement(newline - 1);
        let (what, keyword) = self.header(statement)?;
        let line = self.parsed.lines.line(span(self.list()[keyword].start, 0).start());
        let mut token = next;
        while self.kind(token) == Kind::Dedent && token + 1 < self.list().len() {
            token += 1;
        }
        let mut fault = Fault::new(
            format!("expected an indented block after {what} on line {line}"),
            self.list()[token].range(),
        );
        if self.kind(token) == Kind::End {
            let end = self.source.trim_end_matches('\n').len();

            fault.range = span(end, end);
            fault.end_offset = Some(-1);
            fault.incomplete = true;
        }
        Some(Fault {
            kind: ErrorKind::Indentation,
            ..fault
        })
    }

    pub(super) fn colon(&self, index: usize, kind: Option<&ParseErrorType>) -> Option<Fault> {
        let statement = self.statement(index);
        let mut at = statement;
        if self.is_word(at, "async") {
            at += 1;
        }
        let word = self.text(at);
        let at_newline = matches!(self.kind(index), Kind::Newline | Kind::End) && self.list()[index].level == 0;
        let expects = matches!(kind, Some(ParseErrorType::ExpectedToken { expected, .. }) if *expected == ruff_python_ast::token::TokenKind::Colon);
        let expected = || {
            let token = self.list()[index];
            let mut fault = Fault::new("expected ':'", token.range());
            if at_newline {
                fault = Fault {
                    msg: "expected ':'".into(),
                    ..self.generic(index)
                };
            }
            Some(fault)
        };
        if !expects {
            return None;
        }
        match word {
            "def" | "try" | "finally" => expected(),
            "else" if statement > 0 => expected(),
            "if" | "elif" | "while" | "class" | "except" | "match" | "case" | "with" | "for" if at_newline => {
                expected()
            }
            _ if self
                .expression_starts(index)
                .iter()
                .any(|&start| self.is_word(start, "lambda"))
                && at_newline =>
            {
                expected()
            }
            _ => None,
        }
    }

    // ── Expressions ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// `print x`.
    pub(super) fn legacy(&self, index: usize) -> Option<Fault> {
        let name = index.checked_sub(1)?;
        let word = ["print", "exec"].into_iter().find(|word| self.is_word(name, word))?;
        if name > 0 && self.is_op(name - 1, ".") {
            return None;
        }
        let mut end = self.expression(index)?;
        while self.is_op(end, ",")
            && let Some(next) = self.expression(end + 1)
        {
            end = next;
        }
        let msg = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
        Some(Fault::new(msg, self.range(name, end - 1)))
    }

    /// `a if b` without `else`.
    pub(super) fn conditional(&self, index: usize) -> Option<Fault> {
        let starts = self.expression_starts(index);
        let first = starts.first().copied().unwrap_or(index);
        // The condition is what ends here, or the statement after `else`.
        if index > 0 && self.is_word(index - 1, "else") {
            let level = self.list()[index].level;
            let before = (0..index - 1)
                .rev()
                .take_while(|&at| self.kind(at) != Kind::Newline)
                .any(|at| self.is_word(at, "if") && self.list()[at].level == level && at > self.statement(index));
            let statement = matches!(self.kind(index), Kind::Newline | Kind::End)
                || matches!(
                    self.text(index),
                    "pass"
                        | "break"
                        | "continue"
                        | "return"
                        | "raise"
                        | "del"
                        | "import"
                        | "global"
                        | "nonlocal"
                        | "assert"
                        | "def"
                        | "class"
                        | "while"
                        | "for"
                        | "try"
                        | "with"
                        | "from"
                );
            if before && statement {
                let msg = "expected expression after 'else', but statement is given";
                return Some(Fault {
                    msg: msg.into(),
                    ..self.generic(index)
                });
            }
        }
        if first == 0 || !self.is_word(first - 1, "if") || self.is_word(index, "else") || self.is_op(index, ":") {
            return None;
        }
        if self.disjunction(first) != Some(index) {
            return None;
        }
        let start = self
            .expression_starts(first - 1)
            .into_iter()
            .find(|&start| self.disjunction(start) == Some(first - 1))?;
        // The condition of a comprehension.
        let comprehension = self
            .expression_starts(first - 1)
            .first()
            .is_some_and(|&at| at > 0 && self.is_word(at - 1, "in"));
        if comprehension {
            return None;
        }
        Some(Fault::new(
            "expected 'else' after 'if' expression",
            self.range(start, index - 1),
        ))
    }

    /// Two expressions side by side within brackets.
    pub(super) fn comma(&self, index: usize) -> Option<Fault> {
        let end = self.expression(index)?;
        if self.list()[index].level == 0 || self.is_word(self.statement(index), "case") {
            return None;
        }
        let start = self
            .expression_starts(index)
            .into_iter()
            .find(|&start| self.disjunction(start) == Some(index))?;
        let soft = ["match", "case", "type", "_"].contains(&self.text(start)) && self.kind(start) == Kind::Name;
        let prefix = self.kind(start) == Kind::Name && matches!(self.kind(start + 1), Kind::Str);
        let legacy = start + 1 == index && matches!(self.text(start), "print" | "exec");
        if soft || prefix || legacy {
            return None;
        }
        // Not where a comprehension's iterable ends, nor among parameters and names.
        if start > 0 && self.is_word(start - 1, "in") && self.comprehension_before(start - 1) {
            return None;
        }
        if self.in_parameters(index) && !self.is_op(start.saturating_sub(1), "=") {
            return None;
        }
        // `**` in a dict display takes no expression rule.
        if start > 0 && self.is_op(start - 1, "**") && self.bracket_of(start).is_some_and(|open| self.is_op(open, "{"))
        {
            return None;
        }
        if self.string_between(start, index, end) {
            return None;
        }
        Some(Fault::new(
            "invalid syntax. Perhaps you forgot a comma?",
            self.range(start, end - 1),
        ))
    }

    pub(super) fn string_between(&self, start: usize, index: usize, end: usize) -> bool {
        self.kind(index - 1) == Kind::Str
            && self.kind(start) == Kind::Str
            && self.kind(index) == Kind::Name
            && self.kind(end) == Kind::Str
    }

    pub(super) fn bracket_of(&self, index: usize) -> Option<usize> {
        let closes = self.kind(index) == Kind::Op && matches!(self.text(index), ")" | "]" | "}");
        let level = self.list()[index].level + closes as u32;
        (0..index).rev().find(|&at| self.list()[at].level < level)
    }

    pub(super) fn comprehension_before(&self, index: usize) -> bool {
        let level = self.list()[index].level;
        (0..index)
            .rev()
            .take_while(|&at| self.list()[at].level >= level)
            .any(|at| self.list()[at].level == level && self.is_word(at, "for"))
    }

    /// Whether token `index` is in the parameter list of a `def`, or of a `lambda`.
    pub(super) fn in_parameters(&self, index: usize) -> bool {
        let level = self.list()[index].level;
        if level > 0
            && let Some(open) = self.bracket_of(index)
        {
            if open > 0 && self.is_op(open, "(") && open >= 2 && self.is_word(open - 2, "def") {
                return true;
            }
            let statement = self.statement(open);
            if matches!(self.text(statement), "from" | "import")
                || self.is_op(open, "[") && open >= 2 && matches!(self.text(open - 2), "def" | "class" | "type")
            {
                return true;
            }
        }
        let lambda = (0..index)
            .rev()
            .take_while(|&at| self.list()[at].level >= level)
            .find(|&at| self.list()[at].level == level && (self.is_word(at, "lambda") || self.is_op(at, ":")));
        lambda.is_some_and(|at| self.is_word(at, "lambda"))
    }

    /// `'a' b 'c'`.
    pub(super) fn string_words(&self, index: usize) -> Option<Fault> {
        if index == 0 || self.kind(index - 1) != Kind::Str || self.kind(index) != Kind::Name {
            return None;
        }
        // Only one string may come before.
        if index > 1 && self.kind(index - 2) == Kind::Str {
            return None;
        }
        let mut end = index;
        while self.kind(end) == Kind::Name && !self.word_is_keyword(end) {
            end += 1;
        }
        if self.kind(end) != Kind::Str || end == index {
            return None;
        }
        Some(Fault::new(
            "invalid syntax. Is this intended to be part of the string?",
            self.range(index, end - 1),
        ))
    }
}
