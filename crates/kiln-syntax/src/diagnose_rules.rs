//! The rules that explain mistakes, in about the order in which CPython's grammar tries them.

use ruff_python_ast::{CmpOp, Expr};
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression};

use super::{Context, KEYWORDS};
use crate::tokens::{Kind, span};
use crate::{ErrorKind, Fault};

/// How CPython calls an expression that is no target.
fn expr_name(expr: &Expr) -> &'static str {
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
fn invalid_target<'e>(expr: &'e Expr, star: bool) -> Option<&'e Expr> {
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
    fn parse(&self, first: usize, end: usize) -> Option<Expr> {
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

    fn word_is_keyword(&self, index: usize) -> bool {
        self.kind(index) == Kind::Name && KEYWORDS.contains(&self.text(index))
    }

    /// The token after the bracket group that opens at `index`.
    fn close(&self, index: usize) -> Option<usize> {
        let level = self.list().get(index)?.level;
        (index + 1..self.list().len())
            .find(|&at| self.list()[at].level == level && matches!(self.text(at), ")" | "]" | "}"))
            .map(|at| at + 1)
    }

    /// The token after the operand that starts at `index`: unary operators, an atom, its trailers.
    fn operand(&self, mut at: usize) -> Option<usize> {
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
    fn disjunction(&self, at: usize) -> Option<usize> {
        self.chain(at, &["or", "and", "in", "is", "not"])
    }

    fn bitwise_or(&self, at: usize) -> Option<usize> {
        if self.is_word(at, "not") {
            return None;
        }
        self.chain(at, &[])
    }

    fn chain(&self, at: usize, words: &[&str]) -> Option<usize> {
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
    fn expression(&self, at: usize) -> Option<usize> {
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
    fn expression_starts(&self, index: usize) -> Vec<usize> {
        let level = self.list()[index].level;
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

    fn header(&self, statement: usize) -> Option<(String, usize)> {
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

    fn indented_block(&self, index: usize) -> Option<Fault> {
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

    fn colon(&self, index: usize, kind: Option<&ParseErrorType>) -> Option<Fault> {
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
    fn legacy(&self, index: usize) -> Option<Fault> {
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
    fn conditional(&self, index: usize) -> Option<Fault> {
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
    fn comma(&self, index: usize) -> Option<Fault> {
        let end = self.expression(index)?;
        if self.list()[end - 1].level == 0 && !(self.list()[index].level > 0) {
            return None;
        }
        if self.list()[index].level == 0 {
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

    fn string_between(&self, start: usize, index: usize, end: usize) -> bool {
        self.kind(index - 1) == Kind::Str
            && self.kind(start) == Kind::Str
            && self.kind(index) == Kind::Name
            && self.kind(end) == Kind::Str
    }

    fn bracket_of(&self, index: usize) -> Option<usize> {
        let closes = self.kind(index) == Kind::Op && matches!(self.text(index), ")" | "]" | "}");
        let level = self.list()[index].level + closes as u32;
        (0..index).rev().find(|&at| self.list()[at].level < level)
    }

    fn comprehension_before(&self, index: usize) -> bool {
        let level = self.list()[index].level;
        (0..index)
            .rev()
            .take_while(|&at| self.list()[at].level >= level)
            .any(|at| self.list()[at].level == level && self.is_word(at, "for"))
    }

    /// Whether token `index` is in the parameter list of a `def`, or of a `lambda`.
    fn in_parameters(&self, index: usize) -> bool {
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
    fn string_words(&self, index: usize) -> Option<Fault> {
        if index == 0 || self.kind(index - 1) != Kind::Str || self.kind(index) != Kind::Name {
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

    // ── Assignment ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// `=` where `==` or `:=` was meant, and targets that are none.
    fn equals(&self, index: usize) -> Option<Fault> {
        let statement = self.statement(index);
        let test = matches!(self.text(statement), "if" | "elif" | "while");
        if self.is_op(index, "=") && (test || self.list()[index].level > 0) && !self.in_parameters(index) {
            let right = self.bitwise_or(index + 1)?;
            if self.is_op(right, "=") || self.is_op(right, ":=") {
                return None;
            }
            let in_call = self.bracket_of(index).is_some_and(|open| {
                self.list()[index].level > 0 && self.is_op(open, "(") && open > 0 && self.ends_operand(open - 1)
            });
            let start = self
                .expression_starts(index)
                .into_iter()
                .find(|&start| self.bitwise_or(start) == Some(index))?;
            if in_call {
                return self.bad_keyword(start, index);
            }
            let left = self.parse(start, index)?;
            if matches!(left, Expr::Name(_)) {
                let msg = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
                return Some(Fault::new(msg, self.range(start, right - 1)));
            }
            if matches!(
                left,
                Expr::List(_) | Expr::Tuple(_) | Expr::Generator(_) | Expr::NoneLiteral(_) | Expr::BooleanLiteral(_)
            ) {
                return None;
            }
            let msg = format!(
                "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                expr_name(&left)
            );
            return Some(Fault::new(msg, self.range(start, index - 1)));
        }
        None
    }

    fn ends_operand(&self, index: usize) -> bool {
        match self.kind(index) {
            Kind::Name => !self.word_is_keyword(index) || matches!(self.text(index), "None" | "True" | "False"),
            Kind::Number | Kind::Str | Kind::FEnd => true,
            Kind::Op => matches!(self.text(index), ")" | "]" | "}"),
            _ => false,
        }
    }

    /// `f(a.b=1)`.
    fn bad_keyword(&self, start: usize, equals: usize) -> Option<Fault> {
        if self.is_op(start, "*") || self.is_op(start, "**") {
            let what = if self.is_op(start, "*") { "iterable" } else { "keyword" };
            return Some(Fault::new(
                format!("cannot assign to {what} argument unpacking"),
                self.range(start, equals),
            ));
        }
        if equals == start + 1 && matches!(self.text(start), "True" | "False" | "None") {
            return Some(Fault::new(
                format!("cannot assign to {}", self.text(start)),
                self.range(start, equals),
            ));
        }
        if equals == start + 1 && self.kind(start) == Kind::Name && !self.word_is_keyword(start) {
            return None;
        }
        let msg = "expression cannot contain assignment, perhaps you meant \"==\"?";
        Some(Fault::new(msg, self.range(start, equals)))
    }

    /// A statement `targets = value` of which a target is none.
    fn assignment(&self, error: &ParseError) -> Option<Fault> {
        let index = self.token_at(error.location.start());
        let statement = self.statement(index);
        let level = self.list()[statement].level;
        let equals: Vec<usize> = (statement..self.list().len())
            .take_while(|&at| {
                !(matches!(self.kind(at), Kind::Newline | Kind::End)
                    || self.is_op(at, ";") && self.list()[at].level == level)
            })
            .filter(|&at| self.is_op(at, "=") && self.list()[at].level == level)
            .collect();
        let mut first = statement;
        for (number, &equal) in equals.iter().enumerate() {
            let inside = self.list()[equal].start > error.location.start().to_usize();
            if inside {
                let expr = self.parse(first, equal)?;
                let bad = invalid_target(&expr, true)?;
                // The last item before `=`, when only one `=` follows.
                let last = (first..equal)
                    .rev()
                    .find(|&at| self.is_op(at, ",") && self.list()[at].level == level)
                    .map_or(first, |at| at + 1);
                let single = number + 1 == equals.len() && number == 0;
                let mut item = last;
                let mut close = equal;
                let mut group = self.parse(item, close);
                // A group in parentheses is looked into.
                while self.is_op(item, "(")
                    && self.close(item) == Some(close)
                    && !matches!(group, Some(Expr::Tuple(_) | Expr::Generator(_)) | None)
                {
                    item += 1;
                    close -= 1;
                    group = self.parse(item, close);
                }
                if single
                    && let Some(right) = self.bitwise_or(equal + 1)
                    && !self.is_op(right, "=")
                    && !self.is_op(right, ":=")
                    && self.bitwise_or(item) == Some(close)
                    && let Some(item_expr) = group
                    && !matches!(
                        item_expr,
                        Expr::List(_)
                            | Expr::Tuple(_)
                            | Expr::Generator(_)
                            | Expr::NoneLiteral(_)
                            | Expr::BooleanLiteral(_)
                            | Expr::Lambda(_)
                    )
                {
                    if matches!(item_expr, Expr::Name(_)) {
                        let msg = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
                        return Some(Fault::new(msg, self.range(item, right - 1)));
                    }
                    let msg = format!(
                        "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                        expr_name(&item_expr)
                    );
                    return Some(Fault::new(msg, self.range(item, close - 1)));
                }
                let msg = match bad {
                    Expr::Yield(_) | Expr::YieldFrom(_) => "assignment to yield expression not possible".into(),
                    bad => format!("cannot assign to {}", expr_name(bad)),
                };
                return Some(Fault::new(msg, self.original(bad, first)));
            }
            first = equal + 1;
        }
        None
    }

    /// Where a part of an expression parsed by [`Context::parse`] from token `first` is in the source.
    fn original(&self, part: &Expr, first: usize) -> ruff_text_size::TextRange {
        use ruff_text_size::Ranged;
        let base = self.list()[first].start;
        let range = part.range();
        span(base + range.start().to_usize() - 1, base + range.end().to_usize() - 1)
    }

    /// Targets of `for`, `with`, `del`, `+=`, `:`; what the parser's message is about.
    fn by_kind(&self, index: usize, kind: &ParseErrorType, error: Option<&ParseError>) -> Option<Fault> {
        let place = error?.location;
        let simple = |msg: &str| Some(Fault::new(msg, place));
        let target = || {
            let text = &self.source[place];
            parse_expression(&format!("({text}\n)"))
                .ok()
                .map(|parsed| *parsed.into_syntax().body)
        };
        match kind {
            ParseErrorType::InvalidAssignmentTarget => {
                if let Some(fault) = self.assignment(error?) {
                    return Some(fault);
                }
                let expr = target()?;
                let bad = invalid_target(&expr, true).unwrap_or(&expr);
                Some(Fault::new(format!("cannot assign to {}", expr_name(bad)), place))
            }
            ParseErrorType::InvalidNamedAssignmentTarget => {
                let expr = target()?;
                Some(Fault::new(
                    format!("cannot use assignment expressions with {}", expr_name(&expr)),
                    place,
                ))
            }
            ParseErrorType::InvalidAugmentedAssignmentTarget => {
                let expr = target()?;
                Some(Fault::new(
                    format!(
                        "'{}' is an illegal expression for augmented assignment",
                        expr_name(&expr)
                    ),
                    place,
                ))
            }
            ParseErrorType::InvalidAnnotatedAssignmentTarget => {
                let expr = target()?;
                let colon = (index..self.list().len()).find(|&at| self.list()[at].start >= place.end().to_usize())?;
                if self.expression(colon + 1).is_none() {
                    return Some(self.generic(colon));
                }
                let msg = match expr {
                    Expr::List(_) => "only single target (not list) can be annotated",
                    Expr::Tuple(_) => "only single target (not tuple) can be annotated",
                    _ => "illegal target for annotation",
                };
                simple(msg)
            }
            ParseErrorType::InvalidDeleteTarget => {
                let expr = target()?;
                let bad = invalid_target(&expr, false).unwrap_or(&expr);
                Some(Fault::new(format!("cannot delete {}", expr_name(bad)), place))
            }
            ParseErrorType::PositionalAfterKeywordArgument => {
                self.positional(index, "positional argument follows keyword argument")
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                self.positional(index, "positional argument follows keyword argument unpacking")
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => {
                let star = (0..=index).rev().find(|&at| self.is_op(at, "*"))?;
                let last = self.token_at(place.end() - ruff_text_size::TextSize::new(1));
                let range = self.range(star.saturating_sub(1), last);
                Some(Fault::new(
                    "iterable argument unpacking follows keyword argument unpacking",
                    range,
                ))
            }
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                simple("parameter without a default follows parameter with a default")
            }
            ParseErrorType::ParamAfterVarKeywordParam => simple("arguments cannot follow var-keyword argument"),
            ParseErrorType::ExpectedKeywordParam => self.bare_star(index, place),
            ParseErrorType::VarParameterWithDefault => {
                let at = self.token_at(place.start());
                let equal = (at..self.list().len()).find(|&at| self.is_op(at, "="))?;
                let double = (0..=at)
                    .rev()
                    .find(|&at| self.is_op(at, "*") || self.is_op(at, "**"))
                    .is_some_and(|at| self.is_op(at, "**"));
                let what = if double { "var-keyword" } else { "var-positional" };
                Some(Fault::new(
                    format!("{what} argument cannot have default value"),
                    self.list()[equal].range(),
                ))
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                let statement = self.statement(index);
                if self.is_word(statement, "class") {
                    let for_ = (index..self.list().len()).find(|&at| self.is_word(at, "for"))?;
                    return Some(self.generic(for_));
                }
                simple("Generator expression must be parenthesized")
            }
            ParseErrorType::UnparenthesizedTupleExpression => {
                let level = self.list()[index].level;
                let comma =
                    (index..self.list().len()).find(|&at| self.is_op(at, ",") && self.list()[at].level == level)?;
                Some(self.generic(comma))
            }
            ParseErrorType::IterableUnpackingInComprehension => {
                simple("iterable unpacking cannot be used in comprehension")
            }
            ParseErrorType::EmptyImportNames => {
                let newline = matches!(self.kind(index), Kind::Newline | Kind::End);
                newline.then(|| {
                    let at = self.list()[index].start;
                    Fault {
                        end_offset: None,
                        ..Fault::new("Expected one or more names after 'import'", span(at, at))
                    }
                })
            }
            ParseErrorType::EmptyTypeParams => {
                let open = (0..=index).rev().find(|&at| self.is_op(at, "["))?;
                Some(Fault::new(
                    "Type parameter list cannot be empty",
                    self.range(open, open + 1),
                ))
            }
            ParseErrorType::InvalidMatchPatternTarget if self.is_op(index.wrapping_sub(1), "**") => {
                Some(self.generic(index))
            }
            ParseErrorType::InvalidMatchPatternTarget => simple("cannot use '_' as a target"),
            ParseErrorType::ExpectedRealNumber => simple("real number required in complex literal"),
            ParseErrorType::ExpectedImaginaryNumber => simple("imaginary number required in complex literal"),
            ParseErrorType::OtherError(text) => self.other(index, text, place),
            _ => None,
        }
    }

    fn positional(&self, index: usize, msg: &str) -> Option<Fault> {
        // CPython points at the closing token of the argument list.
        let level = self.list()[index].level;
        let close = (index..self.list().len()).find(|&at| self.list()[at].level < level)?;
        let _ = close;
        let end = (index..self.list().len()).find(|&at| self.list()[at].level + 1 == level && self.is_op(at, ")"))?;
        Some(Fault::new(msg, self.range(end, end)))
    }

    fn bare_star(&self, index: usize, place: ruff_text_size::TextRange) -> Option<Fault> {
        let star = (0..=index).rev().find(|&at| self.is_op(at, "*"))?;
        let _ = place;
        let after = if self.is_op(star + 1, ",") { star + 2 } else { star + 1 };
        if self.is_op(after, ")") || self.is_op(after, "**") || self.is_op(after, ":") {
            return Some(Fault::new(
                "named arguments must follow bare *",
                self.list()[star].range(),
            ));
        }
        Some(self.generic(after))
    }

    fn other(&self, index: usize, text: &str, place: ruff_text_size::TextRange) -> Option<Fault> {
        let simple = |msg: &str| Some(Fault::new(msg, place));
        match text {
            "Expected `except` or `finally` after `try` block" => {
                let mut at = index;
                while matches!(self.kind(at), Kind::Dedent | Kind::Newline) && at + 1 < self.list().len() {
                    at += 1;
                }
                Some(Fault {
                    msg: "expected 'except' or 'finally' block".into(),
                    ..self.generic(at)
                })
            }
            "Only one '/' separator allowed" => simple("/ may appear only once"),
            "'/' parameter must appear before '*' parameter" => simple("/ must be ahead of *"),
            "Position-only parameter separator not allowed as first parameter" => match self.is_op(index + 1, ",") {
                true => simple("at least one argument must precede /"),
                false => Some(self.generic(index)),
            },
            "Only one '*' parameter allowed" => {
                let star = if self.is_op(index, "*") {
                    index
                } else {
                    index.checked_sub(1)?
                };
                Some(Fault::new("* argument may appear only once", self.list()[star].range()))
            }
            _ if text.starts_with("Cannot mix t-string") => {
                simple("cannot mix t-string literals with string or bytes literals")
            }
            _ if text.contains("bytes and non-bytes") || text.starts_with("Bytes literal cannot be mixed") => {
                simple("cannot mix bytes and nonbytes literals")
            }
            _ if text.starts_with("Cannot have both 'except' and 'except*'") => {
                let except = (0..=index).rev().find(|&at| self.is_word(at, "except"))?;
                if self.is_op(except + 1, "*") && self.is_op(except + 2, ":") {
                    return Some(self.generic(except + 1));
                }
                let last = if self.is_op(except + 1, "*") {
                    except + 1
                } else {
                    except
                };
                let range = self.range(except, last);
                let simple = |msg: &str| Some(Fault::new(msg, range));
                simple("cannot have both 'except' and 'except*' on the same 'try'")
            }
            "Expected a parameter name" => {
                let level = self.list()[index].level;
                let equal = (index..self.list().len())
                    .take_while(|&at| self.list()[at].level >= level)
                    .find(|&at| self.is_op(at, "=") && self.list()[at].level == level)?;
                let first = self.expression_starts(equal).first().copied()?;
                self.bad_keyword(first, equal)
            }
            _ if text.starts_with("Only single target (not tuple)") => {
                simple("only single target (not tuple) can be annotated")
            }
            _ if text.starts_with("Only single target (not list)") => {
                simple("only single target (not list) can be annotated")
            }
            _ if text.starts_with("Expected one or more exception types") => {
                simple("expected one or more exception types")
            }
            _ if text.starts_with("Multiple exception types must be parenthesized") => {
                let as_ = (index..self.list().len()).find(|&at| self.is_word(at, "as"))?;
                let start = (0..as_).rev().find(|&at| self.is_word(at, "except"))? + 1;
                let start = if self.is_op(start, "*") { start + 1 } else { start };
                Some(Fault::new(
                    "multiple exception types must be parenthesized when using 'as'",
                    self.range(start, as_ + 1),
                ))
            }
            _ if text.starts_with("Trailing comma not allowed") => {
                let end = (index..self.list().len()).find(|&at| matches!(self.kind(at), Kind::Newline | Kind::End))?;
                Some(Fault {
                    msg: "trailing comma not allowed without surrounding parentheses".into(),
                    ..self.generic(end)
                })
            }
            _ => None,
        }
    }

    // ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────

    fn statement_rules(&self, index: usize, error: Option<&ParseError>) -> Option<Fault> {
        let statement = self.statement(index);
        if let Some(ParseError {
            error: ParseErrorType::UnexpectedIndentation,
            ..
        }) = error
        {
            let indent = (index.saturating_sub(1)..self.list().len()).find(|&at| self.kind(at) == Kind::Indent)?;
            return Some(self.unexpected_indent(indent));
        }
        if self.kind(index) == Kind::Indent {
            return Some(self.unexpected_indent(index));
        }
        // `for f() in x`, `[… for 1 in …]`, `with a as f()`.
        let word_before = |at: usize| {
            (0..at)
                .rev()
                .find(|&at| self.kind(at) == Kind::Name)
                .map(|at| self.text(at))
        };
        if matches!(
            error.map(|error| &error.error),
            Some(ParseErrorType::InvalidAssignmentTarget)
        ) && matches!(self.text(statement), "for" | "with" | "async")
        {
            let place = error?.location;
            let expr = *parse_expression(&format!("({}\n)", &self.source[place]))
                .ok()?
                .into_syntax()
                .body;
            let bad = invalid_target(&expr, true).unwrap_or(&expr);
            return Some(Fault::new(format!("cannot assign to {}", expr_name(bad)), place));
        }
        let _ = word_before;
        // `import a from b`.
        if self.is_word(statement, "import") && self.is_word(index, "from") {
            let mut end = index + 1;
            while self.is_op(end + 1, ".") {
                end += 2;
            }
            return Some(Fault::new(
                "Did you mean to use 'from ... import ...' instead?",
                self.range(statement, end),
            ));
        }
        // `from x import a,`.
        if self.is_word(statement, "from") && matches!(self.kind(index), Kind::Newline) && self.is_op(index - 1, ",") {
            return Some(Fault {
                msg: "trailing comma not allowed without surrounding parentheses".into(),
                ..self.generic(index)
            });
        }
        // `for x y` in a comprehension.
        if self.list()[index].level > 0
            && let Some(for_) = (0..index)
                .rev()
                .take_while(|&at| self.list()[at].level >= self.list()[index].level)
                .find(|&at| self.is_word(at, "for"))
            && !(for_..index).any(|at| self.is_word(at, "in") && self.list()[at].level == self.list()[index].level)
            && index > for_ + 1
            && !self.is_op(index, "=")
            && self.ends_operand(index - 1)
        {
            return Some(Fault::new(
                "'in' expected after for-loop variables",
                self.list()[index].range(),
            ));
        }
        // `f(a, b=c for c in d)`.
        if self.is_word(index, "for")
            && self.list()[index].level > 0
            && let Some(start) = self.expression_starts(index).first().copied()
            && start >= 2
            && self.is_op(start - 1, "=")
            && self.kind(start - 2) == Kind::Name
            && self.expression(start) == Some(index)
        {
            let msg = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Some(Fault::new(msg, self.range(start - 2, start - 1)));
        }
        // `print(*)`.
        if self.is_op(index, ")") && index > 0 && self.is_op(index - 1, "*") && !self.in_parameters(index) {
            return Some(Fault::new("Invalid star expression", self.list()[index].range()));
        }
        // Places where CPython reads one token further.
        let further = self.is_word(statement, "from") && self.is_op(index, "*")
            || self.is_word(index, "not")
                && index > statement
                && self.ends_operand(index - 1)
                && !self.is_word(index + 1, "in")
            || self.is_word(statement, "type")
                && index == statement + 1
                && self.kind(index) == Kind::Name
                && !self.word_is_keyword(index);
        if further {
            return Some(self.generic(index + 1));
        }
        // `def f:`.
        if index >= 2 && self.kind(index - 1) != Kind::Newline {
            let def = if self.is_word(statement, "async") {
                statement + 1
            } else {
                statement
            };
            let after = match self.is_op(def + 2, "[") {
                true => self.close(def + 2).unwrap_or(def + 2),
                false => def + 2,
            };
            if self.is_word(def, "def")
                && self.kind(def + 1) == Kind::Name
                && !self.word_is_keyword(def + 1)
                && index == after
                && !self.is_op(index, "(")
            {
                return Some(Fault {
                    msg: "expected '('".into(),
                    ..self.generic(index)
                });
            }
        }
        // `a + not b`.
        if self.is_word(index, "not")
            && index > statement
            && self.kind(index - 1) == Kind::Op
            && matches!(
                self.text(index - 1),
                "+" | "-" | "*" | "/" | "//" | "%" | "@" | "**" | "<<" | ">>" | "&" | "|" | "^" | "~"
            )
            && let Some(end) = self.operand(index)
        {
            return Some(Fault::new(
                "'not' after an operator must be parenthesized",
                self.range(index, end - 1),
            ));
        }
        // `def f(a=)`, `f(a=)`.
        if index > 0
            && self.is_op(index - 1, "=")
            && (self.is_op(index, ",") || self.is_op(index, ")"))
            && self.list()[index - 1].level > 0
        {
            if self.in_parameters(index - 1) {
                return Some(Fault::new(
                    "expected default value expression",
                    self.list()[index - 1].range(),
                ));
            }
            if index >= 2
                && self.kind(index - 2) == Kind::Name
                && self.bracket_of(index - 1).is_some_and(|open| self.is_op(open, "("))
            {
                return Some(Fault::new(
                    "expected argument value expression",
                    self.range(index - 2, index - 1),
                ));
            }
        }
        // `except A as b.c`, `import a as b.c`.
        if index >= 2
            && (self.is_op(index, ".") || self.is_op(index, "[") || self.is_op(index, "("))
            && self.is_word(index - 2, "as")
        {
            let what = match self.text(statement) {
                "except" => Some("except statement with"),
                "import" | "from" => Some("import"),
                _ => None,
            };
            if let Some(what) = what
                && let Some(end) = self.operand(index - 1)
                && let Some(expr) = self.parse(index - 1, end)
            {
                let msg = match what {
                    "import" => format!("cannot use {} as import target", expr_name(&expr)),
                    what => format!("cannot use {what} {}", expr_name(&expr)),
                };
                return Some(Fault::new(msg, self.range(index - 1, end - 1)));
            }
        }
        // `[a, b for a, b in c]`.
        if self.is_word(index, "for")
            && let Some(open) = self.bracket_of(index)
            && (self.is_op(open, "[") || self.is_op(open, "{"))
            && (open == 0 || !self.ends_operand(open - 1))
            && (open + 1..index).any(|at| self.is_op(at, ",") && self.list()[at].level == self.list()[index].level)
            && !(open + 1..index).any(|at| self.is_op(at, ":") && self.list()[at].level == self.list()[index].level)
        {
            return Some(Fault::new(
                "did you forget parentheses around the comprehension target?",
                self.range(open + 1, index - 1),
            ));
        }
        // Parameters.
        if self.in_parameters(index) && self.is_op(index, "(") {
            let close = self.close(index)?;
            let lambda = !self
                .bracket_of(index)
                .is_some_and(|open| open >= 2 && self.is_word(open - 2, "def"));
            let what = if lambda {
                "Lambda expression parameters"
            } else {
                "Function parameters"
            };
            return Some(Fault::new(
                format!("{what} cannot be parenthesized"),
                self.range(index, close - 1),
            ));
        }
        // `x = (a for b in c, d)` and friends come from the parser. `{1: }` and `{1: *a}`:
        if index > 0 && self.is_op(index - 1, ":") && self.list()[index - 1].level > 0 {
            let dict = self
                .bracket_of(index - 1)
                .is_some_and(|open| self.is_op(open, "{") && self.list()[open].kind == Kind::Op);
            if dict && !self.in_parameters(index - 1) {
                if self.is_op(index, "}") || self.is_op(index, ",") {
                    return Some(Fault::new(
                        "expression expected after dictionary key and ':'",
                        self.list()[index - 1].range(),
                    ));
                }
                if self.is_op(index, "*") {
                    return Some(Fault::new(
                        "cannot use a starred expression in a dictionary value",
                        self.list()[index].range(),
                    ));
                }
            }
        }
        // `{1: 2, 3}`.
        if self.is_op(index, "}") || self.is_op(index, ",") || self.kind(index) != Kind::Op {
            let open = self.bracket_of(index);
            if let Some(open) = open
                && self.is_op(open, "{")
                && self.ends_operand(index.saturating_sub(1))
            {
                let level = self.list()[index].level.max(self.list()[open].level + 1);
                let colon = (open + 1..index).any(|at| self.is_op(at, ":") && self.list()[at].level == level);
                let start = (open + 1..index)
                    .rev()
                    .find(|&at| self.is_op(at, ",") && self.list()[at].level == level)
                    .map(|at| at + 1);
                if let Some(start) = start
                    && colon
                    && self.expression(start) == Some(index)
                {
                    let fault = Fault::new("':' expected after dictionary key", self.list()[index - 1].range());
                    return Some(Fault {
                        end_offset: Some(0),
                        ..fault
                    });
                }
            }
        }
        None
    }

    fn line_end(&self, index: usize) -> usize {
        (index..self.list().len())
            .find(|&at| matches!(self.kind(at), Kind::Newline | Kind::End))
            .unwrap_or(index + 1)
            .saturating_sub(1)
    }

    /// Errors in replacement fields.
    fn format_string(&self, index: usize) -> Option<Fault> {
        let open = self.bracket_of(index).filter(|&open| self.is_op(open, "{"))?;
        if open == 0 || !matches!(self.kind(open - 1), Kind::FStart | Kind::FMiddle | Kind::Op) {
            return None;
        }
        let in_field = matches!(self.kind(open - 1), Kind::FStart | Kind::FMiddle)
            || self.is_op(open - 1, "}") && self.list()[open - 1].level == self.list()[open].level;
        if !in_field {
            return None;
        }
        let start = (0..open).rev().find(|&at| self.kind(at) == Kind::FStart)?;
        let kind = if self.text(start).to_ascii_lowercase().contains('t') {
            "t-string"
        } else {
            "f-string"
        };
        let token = self.list()[index];
        let at = |msg: String| Some(Fault::new(msg, token.range()));
        let text = self.text(index);
        if index == open + 1 {
            return match text {
                "}" | "!" | ":" | "=" => at(format!("{kind}: valid expression required before '{text}'")),
                _ if self.operand(index).is_none() && !self.is_word(index, "lambda") && !self.is_op(index, "*") => {
                    at(format!("{kind}: expecting a valid expression after '{{'"))
                }
                _ => None,
            };
        }
        if self.is_op(index - 1, "!") {
            return match self.kind(index) {
                Kind::Name => {
                    let msg = format!("{kind}: invalid conversion character '{text}': expected 's', 'r', or 'a'");
                    at(msg)
                }
                _ if matches!(text, "}" | ":") => at(format!("{kind}: missing conversion character")),
                _ => at(format!("{kind}: invalid conversion character")),
            };
        }
        if index >= 2 && self.is_op(index - 2, "!") {
            return at(format!("{kind}: expecting ':' or '}}'"));
        }
        if self.is_op(index - 1, "=") {
            return at(format!("{kind}: expecting '!', or ':', or '}}'"));
        }
        if self.expression(open + 1) == Some(index) && !self.expression(index).is_some() {
            return at(format!("{kind}: expecting '=', or '!', or ':', or '}}'"));
        }
        if self.ends_operand(index - 1) || self.expression(open + 1).is_some_and(|end| end >= index) {
            return None;
        }
        at(format!("{kind}: expecting a valid expression after '{{'"))
    }

    /// A word one letter away from a keyword that would make the line right.
    fn typo(&self, index: usize) -> Option<Fault> {
        if self.list()[index].level > 0 || matches!(self.kind(index), Kind::Newline) {
            return None;
        }
        let statement = self.statement(index);
        let end = self.line_end(index);
        let first = self.list()[statement].start;
        let line_end = self.list()[end].end;
        for at in statement..=index {
            if self.kind(at) != Kind::Name || self.word_is_keyword(at) {
                continue;
            }
            let word = self.text(at);
            let close: Vec<&str> = KEYWORDS.iter().copied().filter(|keyword| near(word, keyword)).collect();
            for keyword in close {
                let token = self.list()[at];
                let mut line = String::new();
                line.push_str(&self.source[first..token.start]);
                line.push_str(keyword);
                line.push_str(&self.source[token.end..line_end]);
                // Complete what the line alone lacks.
                let line = match line.trim_end().ends_with(':') {
                    true => format!("{line}\n    pass\n"),
                    false => line,
                };
                let line = match keyword {
                    "except" | "finally" => format!("try:\n    pass\n{line}"),
                    "else" | "elif" => format!("if 1:\n    pass\n{line}"),
                    _ => line,
                };
                if ruff_python_parser::parse_module(&line).is_ok() {
                    let msg = format!("invalid syntax. Did you mean '{keyword}'?");
                    return Some(Fault::new(msg, token.range()));
                }
            }
        }
        None
    }
}

/// Whether `word` looks like a misspelt `keyword`.
fn near(word: &str, keyword: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), keyword.chars().collect());
    if a.len() > 12 || a.len().abs_diff(b.len()) > 1 || a.len() < 2 {
        return false;
    }
    // Similarity as difflib measures it: twice the matching letters over all letters.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in 0..a.len() {
        for j in 0..b.len() {
            common[i + 1][j + 1] = if a[i] == b[j] {
                common[i][j] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let matching = common[a.len()][b.len()];
    20 * matching >= 10 * (a.len() + b.len())
}
