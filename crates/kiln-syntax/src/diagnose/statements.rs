//! The rules about statements, replacement fields and misspelt keywords.

use ruff_python_ast::Expr;
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression};

use super::rules::{expr_name, invalid_target};
use super::{Context, KEYWORDS};
use crate::Fault;
use crate::tokens::Kind;

impl Context<'_> {
    // ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn statement_rules(&self, index: usize, error: Option<&ParseError>) -> Option<Fault> {
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
        // `print(*)`, `[*]`.
        let star = index > 1
            && self.is_op(index - 1, "*")
            && (["(", "[", "{"].iter().any(|op| self.is_op(index - 2, op))
                || self.is_op(index - 2, ",") && self.is_op(index, ")"));
        if star && self.list()[index - 1].level > 0 && !self.in_parameters(index) {
            return Some(Fault::new("Invalid star expression", self.list()[index].range()));
        }
        // `def f() -> :`.
        if index > 0
            && self.is_op(index - 1, "->")
            && self.list()[index - 1].level == 0
            && self.expression(index).is_none()
        {
            return Some(Fault::new("expected ':'", self.list()[index - 1].range()));
        }
        // `a <> b`.
        if self.is_op(index, "<>") && index > statement && self.ends_operand(index - 1) {
            let msg = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
            return Some(Fault::new(msg, self.list()[index].range()));
        }
        // `a, b += 1`.
        if self.kind(index) == Kind::Op
            && self.list()[index].level == 0
            && self.text(index).len() > 1
            && self.text(index).ends_with('=')
            && !matches!(self.text(index), "==" | "<=" | ">=" | "!=" | ":=")
            && self.expression(index + 1).is_some()
            && let Some(target) = self.parse(statement, index)
            && matches!(target, ruff_python_ast::Expr::Tuple(_) | ruff_python_ast::Expr::List(_))
        {
            let name = super::rules::expr_name(&target);
            return Some(Fault::new(
                format!("'{name}' is an illegal expression for augmented assignment"),
                self.range(statement, index - 1),
            ));
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
        // `def f[*T: int]()`.
        if self.is_op(index, ":")
            && index >= 2
            && (self.is_op(index - 2, "*") || self.is_op(index - 2, "**"))
            && self.list()[index].level > 0
            && self.bracket_of(index).is_some_and(|open| self.is_op(open, "["))
        {
            let kind = if self.is_op(index - 2, "*") {
                "TypeVarTuple"
            } else {
                "ParamSpec"
            };
            let what = if self.is_op(index + 1, "(") {
                "constraints"
            } else {
                "bound"
            };
            let end = self.expression(index + 1).unwrap_or(index + 1);
            return Some(Fault::new(
                format!("cannot use {what} with {kind}"),
                self.range(index, end - 1),
            ));
        }
        // `f'{lambda x: 1}'`.
        if let Some(open) = self.bracket_of(index)
            && matches!(self.kind(open.wrapping_sub(1)), Kind::FStart | Kind::FMiddle)
            && self.is_word(open + 1, "lambda")
            && self.list()[open].level + 1 == self.list()[open + 1].level
        {
            let kind = (0..open)
                .rev()
                .find(|&at| self.kind(at) == Kind::FStart)
                .map_or("", |at| self.text(at));
            let kind = if kind.to_ascii_lowercase().contains('t') {
                "t"
            } else {
                "f"
            };
            let colon = (open..self.list().len()).find(|&at| self.is_op(at, ":"))?;
            let msg = format!("{kind}-string: lambda expressions are not allowed without parentheses");
            return Some(Fault::new(msg, self.range(open + 1, colon)));
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
        // `except A as b.c`, `import a as b.c`, `case a as b.c`.
        let after_as = [index, index.wrapping_sub(1)]
            .into_iter()
            .find(|&at| at > 0 && at < self.list().len() && self.is_word(at - 1, "as"));
        if let Some(first) = after_as
            && let Some(end) = self.operand(first).and_then(|_| self.expression(first))
            && let Some(expr) = self.parse(first, end)
            && !matches!(expr, Expr::Name(_))
        {
            let place = match self.text(statement) {
                "except" if self.is_op(statement + 1, "*") => Some("except* statement with"),
                "except" => Some("except statement with"),
                "import" | "from" => Some("import"),
                "case" => Some("pattern"),
                _ => None,
            };
            let msg = match place {
                Some(place @ ("import" | "pattern")) => {
                    Some(format!("cannot use {} as {place} target", expr_name(&expr)))
                }
                Some(place) => Some(format!("cannot use {place} {}", expr_name(&expr))),
                None => None,
            };
            if let Some(msg) = msg {
                return Some(Fault::new(msg, self.range(first, end - 1)));
            }
        }
        // `case C(a=1, b)`.
        if self.is_word(statement, "case")
            && let Some(open) = self.bracket_of(index)
            && self.is_op(open, "(")
            && open > 0
            && self.ends_operand(open - 1)
            && self.kind(index) == Kind::Name
            && (open..index).any(|at| self.is_op(at, "=") && self.list()[at].level == self.list()[index].level)
            && self.is_op(index - 1, ",")
        {
            return Some(Fault::new(
                "positional patterns follow keyword patterns",
                self.list()[index].range(),
            ));
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

    pub(super) fn line_end(&self, index: usize) -> usize {
        (index..self.list().len())
            .find(|&at| matches!(self.kind(at), Kind::Newline | Kind::End))
            .unwrap_or(index + 1)
            .saturating_sub(1)
    }

    /// Errors in replacement fields.
    pub(super) fn format_string(&self, index: usize) -> Option<Fault> {
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
        if self.expression(open + 1) == Some(index) && self.expression(index).is_none() {
            return at(format!("{kind}: expecting '=', or '!', or ':', or '}}'"));
        }
        if self.ends_operand(index - 1) || self.expression(open + 1).is_some_and(|end| end >= index) {
            return None;
        }
        at(format!("{kind}: expecting a valid expression after '{{'"))
    }

    /// A word one letter away from a keyword that would make the line right.
    pub(super) fn typo(&self, index: usize) -> Option<Fault> {
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
