//! The rules about assignment, targets, arguments and parameters: what each message of the parser becomes.

use ruff_python_ast::Expr;
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression};

use super::Context;
use super::rules::{expr_name, invalid_target};
use crate::Fault;
use crate::tokens::{Kind, span};

impl Context<'_> {
    // ── Assignment ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// `=` where `==` or `:=` was meant, and targets that are none.
    pub(super) fn equals(&self, index: usize) -> Option<Fault> {
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

    pub(super) fn ends_operand(&self, index: usize) -> bool {
        match self.kind(index) {
            Kind::Name => !self.word_is_keyword(index) || matches!(self.text(index), "None" | "True" | "False"),
            Kind::Number | Kind::Str | Kind::FEnd => true,
            Kind::Op => matches!(self.text(index), ")" | "]" | "}"),
            _ => false,
        }
    }

    /// `f(a.b=1)`.
    pub(super) fn bad_keyword(&self, start: usize, equals: usize) -> Option<Fault> {
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
    pub(super) fn assignment(&self, error: &ParseError) -> Option<Fault> {
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
    pub(super) fn original(&self, part: &Expr, first: usize) -> ruff_text_size::TextRange {
        use ruff_text_size::Ranged;
        let base = self.list()[first].start;
        let range = part.range();
        span(base + range.start().to_usize() - 1, base + range.end().to_usize() - 1)
    }

    /// Targets of `for`, `with`, `del`, `+=`, `:`; what the parser's message is about.
    pub(super) fn by_kind(&self, index: usize, kind: &ParseErrorType, error: Option<&ParseError>) -> Option<Fault> {
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
            ParseErrorType::InvalidStarredExpressionUsage
                if self.is_op(index, "*") && self.is_op(index.wrapping_sub(1), "(") =>
            {
                simple("cannot use starred expression here")
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
            ParseErrorType::ExpectedKeywordParam => self.bare_star(index),
            ParseErrorType::VarParameterWithDefault => {
                let at = self.token_at(place.start());
                let equal = (at..self.list().len()).find(|&at| self.is_op(at, "="))?;
                let double = (0..=at)
                    .rev()
                    .find(|&at| self.is_op(at, "*") || self.is_op(at, "**"))
                    .is_some_and(|at| self.is_op(at, "**"));
                let annotated = (0..equal)
                    .rev()
                    .find(|&at| self.is_op(at, "*"))
                    .is_some_and(|at| self.is_op(at.wrapping_sub(1), ":"));
                if annotated && !double {
                    // `*args: *b = c` is no parameter to begin with.
                    return Some(self.generic(equal));
                }
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
            ParseErrorType::ExpectedRealNumber | ParseErrorType::ExpectedImaginaryNumber
                if self.is_op(index, "-") || self.kind(index) != Kind::Number =>
            {
                Some(self.generic(index + self.is_op(index, "-") as usize))
            }
            ParseErrorType::ExpectedRealNumber => simple("real number required in complex literal"),
            ParseErrorType::ExpectedImaginaryNumber => simple("imaginary number required in complex literal"),
            ParseErrorType::OtherError(text) => self.other(index, text, place),
            _ => None,
        }
    }

    pub(super) fn positional(&self, index: usize, msg: &str) -> Option<Fault> {
        // CPython points at the closing token of the argument list.
        let level = self.list()[index].level;
        let end = (index..self.list().len()).find(|&at| self.list()[at].level + 1 == level && self.is_op(at, ")"))?;
        Some(Fault::new(msg, self.range(end, end)))
    }

    pub(super) fn bare_star(&self, index: usize) -> Option<Fault> {
        let star = (0..=index).rev().find(|&at| self.is_op(at, "*"))?;
        let after = if self.is_op(star + 1, ",") { star + 2 } else { star + 1 };
        if self.is_op(after, ")") || self.is_op(after, "**") || self.is_op(after, ":") {
            return Some(Fault::new(
                "named arguments must follow bare *",
                self.list()[star].range(),
            ));
        }
        Some(self.generic(after))
    }

    pub(super) fn other(&self, index: usize, text: &str, place: ruff_text_size::TextRange) -> Option<Fault> {
        let simple = |msg: &str| Some(Fault::new(msg, place));
        match text {
            "Expected `except` or `finally` after `try` block" => {
                let mut at = index;
                while matches!(self.kind(at), Kind::Dedent | Kind::Newline) && at + 1 < self.list().len() {
                    at += 1;
                }
                let mut fault = Fault {
                    msg: "expected 'except' or 'finally' block".into(),
                    ..self.generic(at)
                };
                if self.kind(at) == Kind::End {
                    let end = self.source.trim_end_matches('\n').len();
                    fault.range = span(end, end);
                    fault.end_offset = Some(-1);
                }
                Some(fault)
            }
            "Only one '/' separator allowed" => simple("/ may appear only once"),
            "'/' parameter must appear before '*' parameter" => simple("/ must be ahead of *"),
            "Position-only parameter separator not allowed as first parameter"
                if index >= 2 && self.is_op(index - 2, "*") =>
            {
                simple("/ must be ahead of *")
            }
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
                // The grammar has read one token further.
                let behind = self.token_at(place.end());
                let at = if matches!(self.kind(behind), Kind::Str | Kind::FStart | Kind::FEnd) {
                    behind + 1
                } else {
                    behind
                };
                Some(Fault {
                    msg: "cannot mix bytes and nonbytes literals".into(),
                    ..self.generic(at)
                })
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
                if !self.is_op(index.saturating_sub(1), "*") {
                    return Some(self.generic(index));
                }
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
                if self.is_word(self.statement(index), "with") || self.is_word(self.statement(index) + 1, "with") {
                    let comma = (index..self.list().len()).find(|&at| self.is_op(at + 1, ":"))?;
                    return Some(self.generic(comma + 1));
                }
                let end = (index..self.list().len()).find(|&at| matches!(self.kind(at), Kind::Newline | Kind::End))?;
                Some(Fault {
                    msg: "trailing comma not allowed without surrounding parentheses".into(),
                    ..self.generic(end)
                })
            }
            _ => None,
        }
    }
}
