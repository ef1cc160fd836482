//! Trees as the parser makes them to trees of node objects.

use super::base;
use super::classes::{self, Classes};
use super::nodes::Node;
use super::wants::{Format, TypeComments, Wants, is_docstring, is_number, percent_format};
use kiln_bytecode::{Const, Text};
use kiln_object::code::const_object;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::{Object, Raised, Special, Value, instance, intern, raise};
use kiln_syntax::ast::{
    self, Arguments, BoolOp, CmpOp, Comprehension, ConversionFlag, Expr, ExprContext, FStringPart, Identifier,
    InterpolatedElement, InterpolatedStringElement, InterpolatedStringElements, Keyword, Mod, Number, Operator,
    Parameter, ParameterWithDefault, Parameters, Pattern, Ranged, Singleton, Stmt, TextRange, TextSize, TypeParam,
    TypeParams, UnaryOp,
};
use kiln_syntax::{Mode, Parsed, Source, deep, strings};
use std::rc::Rc;

/// The objects for a tree.
pub fn tree(parsed: &Parsed<'_>, mode: Mode, wants: Wants) -> Result<Object, Raised> {
    let writer = Writer {
        parsed,
        source: parsed.source,
        classes: classes::get()?,
        comments: wants.type_comments.then(|| TypeComments::of(parsed.source)),
        optimize: wants.optimize,
    };
    Ok(writer.module(parsed.tree(), mode))
}

struct Writer<'a> {
    parsed: &'a Parsed<'a>,
    source: &'a str,
    classes: Rc<Classes>,
    comments: Option<TypeComments>,
    optimize: Option<u8>,
}

/// `node!(writer, Class, range; "field" = value, …)`.
macro_rules! node {
    ($w:expr, $kind:ident, $range:expr $(; $($name:literal = $value:expr),+)?) => {{
        let node = base::new_node($w.classes.class(Node::$kind));
        $($(instance::set_own(node.value(), intern!($name), $value);)+)?
        $w.place(&node, $range);
        node
    }};
}
/// The same for classes without a place.
macro_rules! plain {
    ($w:expr, $kind:ident; $($name:literal = $value:expr),+) => {{
        let node = base::new_node($w.classes.class(Node::$kind));
        $(instance::set_own(node.value(), intern!($name), $value);)+
        node
    }};
}

fn list(items: Vec<Object>) -> Object {
    List::from_vec(items)
}
fn none() -> Object {
    Object::none()
}
fn name(text: &str) -> Object {
    Str::intern(text)
}
fn identifier(identifier: &Identifier) -> Object {
    name(&identifier.id)
}
fn optional_name(identifier: Option<&Identifier>) -> Object {
    identifier.map_or_else(none, |i| name(&i.id))
}
fn boolean(on: bool) -> Object {
    Object::int(i64::from(on))
}

/// A piece of a format string.
enum Piece {
    Text { text: Vec<u8>, range: TextRange, unicode: bool },
    Node(Object),
}

impl Writer<'_> {
    fn set(&self, node: Value, name: Value, value: u32) {
        instance::set_own(node, name, Object::int(i64::from(value)));
    }

    fn place(&self, node: &Object, range: TextRange) {
        let (line, col, end_line, end_col) = self.parsed.lines.span(range);
        let node = node.value();
        self.set(node, intern!("lineno"), line);
        self.set(node, intern!("col_offset"), col);
        self.set(node, intern!("end_lineno"), end_line);
        self.set(node, intern!("end_col_offset"), end_col);
    }

    fn single(&self, node: Node) -> Object {
        self.classes.single(node)
    }

    fn module(&self, tree: &Mod, mode: Mode) -> Object {
        match tree {
            Mod::Module(module) if mode == Mode::Single => plain!(self, Interactive; "body" = self.body(&module.body)),
            Mod::Module(module) => {
                plain!(self, Module; "body" = self.suite(&module.body), "type_ignores" = self.type_ignores())
            }
            Mod::Expression(expression) => plain!(self, Expression; "body" = self.expr(&expression.body)),
        }
    }

    // ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────

    fn body(&self, body: &[Stmt]) -> Object {
        list(body.iter().map(|stmt| deep::grow(|| self.stmt(stmt))).collect())
    }

    /// A body that may begin with a docstring.
    fn suite(&self, body: &[Stmt]) -> Object {
        match body {
            [first, rest @ ..] if self.optimize.is_some_and(|level| level >= 2) && is_docstring(first) => match rest {
                [] => list(vec![node!(self, Pass, first.range())]),
                rest => self.body(rest),
            },
            body => self.body(body),
        }
    }

    fn type_ignores(&self) -> Object {
        let ignores = self.comments.iter().flat_map(TypeComments::ignores).map(|(start, tag)| {
            let line = self.source[..start].matches('\n').count() + 1;
            plain!(self, TypeIgnore; "lineno" = Object::int(line as i64), "tag" = Str::new(tag))
        });
        list(ignores.collect())
    }

    /// The type comment on the line on which a statement, or what precedes its body, ends.
    fn comment_after(&self, end: TextSize, body: Option<&[Stmt]>) -> Object {
        let Some(comments) = &self.comments else { return none() };
        let (start, colon) = (end.to_usize(), body.is_some());
        let limit = body.and_then(<[Stmt]>::first).map_or(self.source.len(), |stmt| stmt.range().start().to_usize());
        comments.between(self.source, start, limit, |before| {
            !before.contains(['\n', ';']) && before.contains(':') == colon
        })
    }

    /// The type comment of a function: on the line of its colon or on the next.
    fn function_comment(&self, end: TextSize, body: &[Stmt]) -> Object {
        let (Some(comments), Some(first)) = (&self.comments, body.first()) else { return none() };
        let limit = first.range().start().to_usize();
        comments.between(self.source, end.to_usize(), limit, |before| before.contains(':') && before.matches('\n').count() <= 1)
    }

    /// The range of a compound statement: a semicolon after its last simple statement belongs to it.
    fn block(&self, range: TextRange) -> TextRange {
        let end = range.end().to_usize();
        let rest = self.source[end..].trim_start_matches([' ', '\t', '\x0c']);
        match rest.starts_with(';') {
            true => TextRange::new(range.start(), TextSize::new((self.source.len() - rest.len() + 1) as u32)),
            false => range,
        }
    }

    /// The range of a definition without its decorators.
    fn head(&self, range: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        let range = self.block(range);
        let Some(last) = decorators.last() else { return range };
        let start = Source::Text(self.source).after_decorator(&last.expression);
        TextRange::new(start.min(range.end()), range.end())
    }

    fn decorators(&self, decorators: &[ast::Decorator]) -> Object {
        list(decorators.iter().map(|d| self.expr(&d.expression)).collect())
    }

    fn if_statement(&self, test: &Expr, body: &[Stmt], rest: &[ast::ElifElseClause], range: TextRange) -> Object {
        let orelse = match rest {
            [] => list(Vec::new()),
            [clause, rest @ ..] => match &clause.test {
                Some(test) => {
                    let end = rest.last().map_or(clause.range.end(), |last| last.range.end());
                    let range = TextRange::new(clause.range.start(), end);
                    list(vec![deep::grow(|| self.if_statement(test, &clause.body, rest, range))])
                }
                None => self.body(&clause.body),
            },
        };
        node!(self, If, self.block(range); "test" = self.expr(test), "body" = self.body(body), "orelse" = orelse)
    }

    fn stmt(&self, stmt: &Stmt) -> Object {
        let range = stmt.range();
        match stmt {
            Stmt::FunctionDef(n) => {
                let node = base::new_node(self.classes.class(match n.is_async {
                    true => Node::AsyncFunctionDef,
                    false => Node::FunctionDef,
                }));
                let set = |name: Value, value: Object| instance::set_own(node.value(), name, value);
                set(intern!("name"), identifier(&n.name));
                set(intern!("args"), self.parameters(&n.parameters));
                set(intern!("body"), self.suite(&n.body));
                set(intern!("decorator_list"), self.decorators(&n.decorator_list));
                set(intern!("returns"), self.optional(n.returns.as_deref()));
                let head = n.returns.as_deref().map_or(n.parameters.range.end(), |returns| returns.range().end());
                set(intern!("type_comment"), self.function_comment(head, &n.body));
                set(intern!("type_params"), self.type_params(n.type_params.as_deref()));
                self.place(&node, self.head(range, &n.decorator_list));
                node
            }
            Stmt::ClassDef(n) => {
                let (bases, keywords) = match &n.arguments {
                    Some(arguments) => self.arguments(arguments),
                    None => (list(Vec::new()), list(Vec::new())),
                };
                node!(self, ClassDef, self.head(range, &n.decorator_list);
                    "name" = identifier(&n.name), "bases" = bases, "keywords" = keywords, "body" = self.suite(&n.body),
                    "decorator_list" = self.decorators(&n.decorator_list),
                    "type_params" = self.type_params(n.type_params.as_deref()))
            }
            Stmt::Return(n) => node!(self, Return, range; "value" = self.optional(n.value.as_deref())),
            Stmt::Delete(n) => node!(self, Delete, range; "targets" = self.exprs(&n.targets)),
            Stmt::Assign(n) => node!(self, Assign, range;
                "targets" = self.exprs(&n.targets), "value" = self.expr(&n.value),
                "type_comment" = self.comment_after(range.end(), None)),
            Stmt::TypeAlias(n) => node!(self, TypeAlias, range;
                "name" = self.expr(&n.name), "type_params" = self.type_params(n.type_params.as_deref()),
                "value" = self.expr(&n.value)),
            Stmt::AugAssign(n) => node!(self, AugAssign, range;
                "target" = self.expr(&n.target), "op" = self.single(operator(n.op)), "value" = self.expr(&n.value)),
            Stmt::AnnAssign(n) => node!(self, AnnAssign, range;
                "target" = self.expr(&n.target), "annotation" = self.expr(&n.annotation),
                "value" = self.optional(n.value.as_deref()), "simple" = boolean(n.simple)),
            Stmt::For(n) => {
                let (target, iter) = (self.expr(&n.target), self.expr(&n.iter));
                let (body, orelse) = (self.body(&n.body), self.body(&n.orelse));
                let comment = self.comment_after(n.iter.range().end(), Some(&n.body));
                match n.is_async {
                    true => node!(self, AsyncFor, self.block(range); "target" = target, "iter" = iter, "body" = body,
                        "orelse" = orelse, "type_comment" = comment),
                    false => node!(self, For, self.block(range); "target" = target, "iter" = iter, "body" = body,
                        "orelse" = orelse, "type_comment" = comment),
                }
            }
            Stmt::While(n) => node!(self, While, self.block(range);
                "test" = self.expr(&n.test), "body" = self.body(&n.body), "orelse" = self.body(&n.orelse)),
            Stmt::If(n) => self.if_statement(&n.test, &n.body, &n.elif_else_clauses, range),
            Stmt::With(n) => {
                let items = n.items.iter().map(|item| {
                    plain!(self, withitem; "context_expr" = self.expr(&item.context_expr),
                        "optional_vars" = self.optional(item.optional_vars.as_deref()))
                });
                let head = n.items.last().map_or(range.start(), |item| item.range().end());
                let comment = self.comment_after(head, Some(&n.body));
                let (items, body) = (list(items.collect()), self.body(&n.body));
                match n.is_async {
                    true => node!(self, AsyncWith, self.block(range); "items" = items, "body" = body, "type_comment" = comment),
                    false => node!(self, With, self.block(range); "items" = items, "body" = body, "type_comment" = comment),
                }
            }
            Stmt::Match(n) => {
                let cases = n.cases.iter().map(|case| {
                    plain!(self, match_case; "pattern" = self.pattern(&case.pattern),
                        "guard" = self.optional(case.guard.as_deref()), "body" = self.body(&case.body))
                });
                node!(self, Match, self.block(range); "subject" = self.expr(&n.subject), "cases" = list(cases.collect()))
            }
            Stmt::Raise(n) => node!(self, Raise, range;
                "exc" = self.optional(n.exc.as_deref()), "cause" = self.optional(n.cause.as_deref())),
            Stmt::Try(n) => {
                let handlers = n.handlers.iter().map(|handler| {
                    let ast::ExceptHandler::ExceptHandler(h) = handler;
                    node!(self, ExceptHandler, self.block(h.range); "type" = self.optional(h.type_.as_deref()),
                        "name" = optional_name(h.name.as_ref()), "body" = self.body(&h.body))
                });
                let (body, handlers) = (self.body(&n.body), list(handlers.collect()));
                let (orelse, finalbody) = (self.body(&n.orelse), self.body(&n.finalbody));
                match n.is_star {
                    true => node!(self, TryStar, self.block(range); "body" = body, "handlers" = handlers, "orelse" = orelse,
                        "finalbody" = finalbody),
                    false => node!(self, Try, self.block(range); "body" = body, "handlers" = handlers, "orelse" = orelse,
                        "finalbody" = finalbody),
                }
            }
            Stmt::Assert(n) => node!(self, Assert, range;
                "test" = self.expr(&n.test), "msg" = self.optional(n.msg.as_deref())),
            Stmt::Import(n) => node!(self, Import, range; "names" = self.aliases(&n.names)),
            Stmt::ImportFrom(n) => node!(self, ImportFrom, range;
                "module" = optional_name(n.module.as_ref()), "names" = self.aliases(&n.names),
                "level" = Object::int(i64::from(n.level))),
            Stmt::Global(n) => {
                node!(self, Global, range; "names" = list(n.names.iter().map(identifier).collect()))
            }
            Stmt::Nonlocal(n) => {
                node!(self, Nonlocal, range; "names" = list(n.names.iter().map(identifier).collect()))
            }
            Stmt::Expr(n) => node!(self, Expr, range; "value" = self.expr(&n.value)),
            Stmt::Pass(_) => node!(self, Pass, range),
            Stmt::Break(_) => node!(self, Break, range),
            Stmt::Continue(_) => node!(self, Continue, range),
            Stmt::IpyEscapeCommand(_) => unreachable!("no Python source holds one"),
        }
    }

    fn aliases(&self, names: &[ast::Alias]) -> Object {
        let items = names.iter().map(|alias| {
            node!(self, alias, alias.range; "name" = identifier(&alias.name),
                "asname" = optional_name(alias.asname.as_ref()))
        });
        list(items.collect())
    }

    fn arguments(&self, arguments: &Arguments) -> (Object, Object) {
        let keywords = arguments.keywords.iter().map(|k: &Keyword| {
            node!(self, keyword, k.range; "arg" = optional_name(k.arg.as_ref()), "value" = self.expr(&k.value))
        });
        (self.exprs(&arguments.args), list(keywords.collect()))
    }

    /// A parameter; with a default, that is behind it.
    fn parameter(&self, p: &Parameter, end: TextSize) -> Object {
        // The stars do not belong to it.
        let range = TextRange::new(p.name.range.start(), p.range.end());
        node!(self, arg, range; "arg" = identifier(&p.name), "annotation" = self.optional(p.annotation.as_deref()),
            "type_comment" = self.parameter_comment(end))
    }

    fn parameter_comment(&self, end: TextSize) -> Object {
        let Some(comments) = &self.comments else { return none() };
        comments.between(self.source, end.to_usize(), self.source.len(), |before| {
            before.chars().all(|c| matches!(c, ' ' | '\t' | ',' | '/'))
        })
    }

    fn parameters(&self, p: &Parameters) -> Object {
        let all = |items: &[ParameterWithDefault]| {
            list(items.iter().map(|p| self.parameter(&p.parameter, p.range.end())).collect())
        };
        let defaults = p.posonlyargs.iter().chain(&p.args).filter_map(|p| p.default.as_deref());
        let kw_defaults = p.kwonlyargs.iter().map(|p| self.optional(p.default.as_deref()));
        let one = |p: Option<&Parameter>| p.map_or_else(none, |p| self.parameter(p, p.range.end()));
        plain!(self, arguments; "posonlyargs" = all(&p.posonlyargs), "args" = all(&p.args),
            "vararg" = one(p.vararg.as_deref()), "kwonlyargs" = all(&p.kwonlyargs),
            "kw_defaults" = list(kw_defaults.collect()), "kwarg" = one(p.kwarg.as_deref()),
            "defaults" = list(defaults.map(|e| self.expr(e)).collect()))
    }

    fn no_parameters(&self) -> Object {
        let empty = || list(Vec::new());
        plain!(self, arguments; "posonlyargs" = empty(), "args" = empty(), "vararg" = none(), "kwonlyargs" = empty(),
            "kw_defaults" = empty(), "kwarg" = none(), "defaults" = empty())
    }

    fn type_params(&self, params: Option<&TypeParams>) -> Object {
        let items = params.into_iter().flat_map(|p| p.type_params.iter()).map(|param| match param {
            TypeParam::TypeVar(n) => node!(self, TypeVar, n.range; "name" = identifier(&n.name),
                "bound" = self.optional(n.bound.as_deref()), "default_value" = self.optional(n.default.as_deref())),
            TypeParam::ParamSpec(n) => node!(self, ParamSpec, n.range; "name" = identifier(&n.name),
                "default_value" = self.optional(n.default.as_deref())),
            TypeParam::TypeVarTuple(n) => node!(self, TypeVarTuple, n.range; "name" = identifier(&n.name),
                "default_value" = self.optional(n.default.as_deref())),
        });
        list(items.collect())
    }

    // ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn patterns(&self, patterns: &[Pattern]) -> Object {
        list(patterns.iter().map(|p| self.pattern(p)).collect())
    }

    fn pattern(&self, pattern: &Pattern) -> Object {
        let range = pattern.range();
        deep::grow(|| match pattern {
            Pattern::MatchValue(n) => node!(self, MatchValue, range; "value" = self.folded(&n.value)),
            Pattern::MatchSingleton(n) => node!(self, MatchSingleton, range; "value" = match n.value {
                Singleton::None => none(),
                Singleton::True => Object::bool(true),
                Singleton::False => Object::bool(false),
            }),
            Pattern::MatchSequence(n) => node!(self, MatchSequence, range; "patterns" = self.patterns(&n.patterns)),
            Pattern::MatchMapping(n) => node!(self, MatchMapping, range;
                "keys" = list(n.keys.iter().map(|key| self.folded(key)).collect()),
                "patterns" = self.patterns(&n.patterns), "rest" = optional_name(n.rest.as_ref())),
            Pattern::MatchClass(n) => {
                let keywords = &n.arguments.keywords;
                node!(self, MatchClass, range; "cls" = self.expr(&n.cls),
                    "patterns" = self.patterns(&n.arguments.patterns),
                    "kwd_attrs" = list(keywords.iter().map(|k| identifier(&k.attr)).collect()),
                    "kwd_patterns" = list(keywords.iter().map(|k| self.pattern(&k.pattern)).collect()))
            }
            Pattern::MatchStar(n) => node!(self, MatchStar, range; "name" = optional_name(n.name.as_ref())),
            Pattern::MatchAs(n) => node!(self, MatchAs, range;
                "pattern" = n.pattern.as_deref().map_or_else(none, |p| self.pattern(p)),
                "name" = optional_name(n.name.as_ref())),
            Pattern::MatchOr(n) => node!(self, MatchOr, range; "patterns" = self.patterns(&n.patterns)),
        })
    }

    /// A number of a pattern, which the optimiser makes a constant.
    fn folded(&self, expr: &Expr) -> Object {
        if self.optimize.is_none() || expr.is_number_literal_expr() || !is_number(expr) {
            return self.expr(expr);
        }
        match self.number(expr) {
            Some(value) => self.constant(value, none(), expr.range()),
            None => self.expr(expr),
        }
    }
    fn number(&self, expr: &Expr) -> Option<Object> {
        let result = match expr {
            Expr::UnaryOp(n) => ops::unary(Special::Neg, self.number(&n.operand)?.value()),
            Expr::BinOp(n) => {
                let op = if n.op == Operator::Add { BinaryOp::Add } else { BinaryOp::Sub };
                ops::binary(op, self.number(&n.left)?.value(), self.number(&n.right)?.value())
            }
            number => {
                let node = self.expr(number);
                return instance::get_own(node.value(), intern!("value")).map(|v| v.to_object());
            }
        };
        result.map_err(raise::clear).ok()
    }
    /// The f-string that does what a `%` with a tuple does, where there is one.
    fn formatted(&self, n: &ast::ExprBinOp) -> Option<Object> {
        let (Expr::StringLiteral(text), Expr::Tuple(values)) = (&*n.left, &*n.right) else { return None };
        if self.optimize.is_none() || n.op != Operator::Mod || values.elts.iter().any(Expr::is_starred_expr) {
            return None;
        }
        let pieces = percent_format(text.value.to_str())?;
        let fields = pieces.iter().filter(|piece| matches!(piece, Format::Field(..))).count();
        if fields != values.elts.len() {
            return None;
        }
        let mut given = values.elts.iter();
        let text = |text: &str| self.constant(Str::new(text), none(), n.range);
        let items = pieces.iter().filter_map(|piece| {
            Some(match piece {
                Format::Text(plain) => text(plain),
                Format::Field(conversion, spec) => {
                    let value = given.next()?;
                    let spec = match spec.is_empty() {
                        true => none(),
                        false => node!(self, JoinedStr, value.range(); "values" = list(vec![text(spec)])),
                    };
                    node!(self, FormattedValue, value.range(); "value" = self.expr(value),
                        "conversion" = Object::int(*conversion as i64), "format_spec" = spec)
                }
            })
        });
        let items = list(items.collect());
        Some(node!(self, JoinedStr, n.range; "values" = items))
    }

    // ── Expressions ─────────────────────────────────────────────────────────────────────────────────────────────────

    fn exprs(&self, exprs: &[Expr]) -> Object {
        list(exprs.iter().map(|e| self.expr(e)).collect())
    }
    fn optional(&self, expr: Option<&Expr>) -> Object {
        expr.map_or_else(none, |e| self.expr(e))
    }
    fn ctx(&self, ctx: ExprContext) -> Object {
        self.single(match ctx {
            ExprContext::Store => Node::Store,
            ExprContext::Del => Node::Del,
            _ => Node::Load,
        })
    }
    fn constant(&self, value: Object, kind: Object, range: TextRange) -> Object {
        node!(self, Constant, range; "value" = value, "kind" = kind)
    }
    fn generators(&self, generators: &[Comprehension]) -> Object {
        let items = generators.iter().map(|g| {
            plain!(self, comprehension; "target" = self.expr(&g.target), "iter" = self.expr(&g.iter),
                "ifs" = self.exprs(&g.ifs), "is_async" = boolean(g.is_async))
        });
        list(items.collect())
    }

    fn expr(&self, expr: &Expr) -> Object {
        deep::grow(|| self.expr_inner(expr))
    }

    fn expr_inner(&self, expr: &Expr) -> Object {
        let range = expr.range();
        match expr {
            Expr::BoolOp(n) => {
                let op = match n.op {
                    BoolOp::And => Node::And,
                    BoolOp::Or => Node::Or,
                };
                node!(self, BoolOp, range; "op" = self.single(op), "values" = self.exprs(&n.values))
            }
            Expr::Named(n) => {
                node!(self, NamedExpr, range; "target" = self.expr(&n.target), "value" = self.expr(&n.value))
            }
            Expr::BinOp(n) => self.formatted(n).unwrap_or_else(|| node!(self, BinOp, range; "left" = self.expr(&n.left),
                "op" = self.single(operator(n.op)), "right" = self.expr(&n.right))),
            Expr::UnaryOp(n) => {
                let op = match n.op {
                    UnaryOp::Invert => Node::Invert,
                    UnaryOp::Not => Node::Not,
                    UnaryOp::UAdd => Node::UAdd,
                    UnaryOp::USub => Node::USub,
                };
                node!(self, UnaryOp, range; "op" = self.single(op), "operand" = self.expr(&n.operand))
            }
            Expr::Lambda(n) => {
                let args = n.parameters.as_deref().map_or_else(|| self.no_parameters(), |p| self.parameters(p));
                node!(self, Lambda, range; "args" = args, "body" = self.expr(&n.body))
            }
            Expr::If(n) => node!(self, IfExp, range; "test" = self.expr(&n.test), "body" = self.expr(&n.body),
                "orelse" = self.expr(&n.orelse)),
            Expr::Dict(n) => {
                let keys = n.items.iter().map(|item| self.optional(item.key.as_ref()));
                let values = n.items.iter().map(|item| self.expr(&item.value));
                node!(self, Dict, range; "keys" = list(keys.collect()), "values" = list(values.collect()))
            }
            Expr::Set(n) => node!(self, Set, range; "elts" = self.exprs(&n.elts)),
            Expr::ListComp(n) => node!(self, ListComp, range; "elt" = self.expr(&n.elt),
                "generators" = self.generators(&n.generators)),
            Expr::SetComp(n) => node!(self, SetComp, range; "elt" = self.expr(&n.elt),
                "generators" = self.generators(&n.generators)),
            Expr::DictComp(n) => node!(self, DictComp, range; "key" = self.optional(n.key.as_deref()),
                "value" = self.expr(&n.value), "generators" = self.generators(&n.generators)),
            Expr::Generator(n) => node!(self, GeneratorExp, range; "elt" = self.expr(&n.elt),
                "generators" = self.generators(&n.generators)),
            Expr::Await(n) => node!(self, Await, range; "value" = self.expr(&n.value)),
            Expr::Yield(n) => node!(self, Yield, range; "value" = self.optional(n.value.as_deref())),
            Expr::YieldFrom(n) => node!(self, YieldFrom, range; "value" = self.expr(&n.value)),
            Expr::Compare(n) => {
                let ops = n.ops.iter().map(|op| self.single(comparison(*op)));
                node!(self, Compare, range; "left" = self.expr(&n.left), "ops" = list(ops.collect()),
                    "comparators" = self.exprs(&n.comparators))
            }
            Expr::Call(n) => {
                let (args, keywords) = self.call_arguments(&n.arguments);
                node!(self, Call, range; "func" = self.expr(&n.func), "args" = args, "keywords" = keywords)
            }
            Expr::FString(n) => {
                let mut pieces = Vec::new();
                for part in &n.value {
                    match part {
                        FStringPart::Literal(literal) => pieces.push(Piece::Text {
                            text: strings::literal_text(self.source, literal).0.into(),
                            range: literal.range,
                            unicode: literal.flags.prefix().is_unicode(),
                        }),
                        FStringPart::FString(part) => {
                            self.pieces(&part.elements, part.flags.prefix().is_raw(), false, &mut pieces)
                        }
                    }
                }
                node!(self, JoinedStr, range; "values" = self.join(pieces))
            }
            Expr::TString(n) => {
                let mut pieces = Vec::new();
                for part in &n.value {
                    self.pieces(&part.elements, part.flags.prefix().is_raw(), true, &mut pieces);
                }
                node!(self, TemplateStr, range; "values" = self.join(pieces))
            }
            Expr::StringLiteral(n) => {
                let mut bytes = Vec::new();
                for part in &n.value {
                    bytes.extend_from_slice(&strings::literal_text(self.source, part).0);
                }
                let unicode = n.value.iter().next().is_some_and(|part| part.flags.prefix().is_unicode());
                self.constant(text_object(bytes), kind(unicode), range)
            }
            Expr::BytesLiteral(n) => {
                let bytes: Vec<u8> = n.value.bytes().collect();
                self.constant(kiln_object::bytes::Bytes::new_object(&bytes), none(), range)
            }
            Expr::NumberLiteral(n) => self.constant(number(&n.value), none(), range),
            Expr::BooleanLiteral(n) => self.constant(Object::bool(n.value), none(), range),
            Expr::NoneLiteral(_) => self.constant(none(), none(), range),
            Expr::EllipsisLiteral(_) => self.constant(const_object(&Const::Ellipsis), none(), range),
            Expr::Attribute(n) => node!(self, Attribute, range; "value" = self.expr(&n.value),
                "attr" = identifier(&n.attr), "ctx" = self.ctx(n.ctx)),
            Expr::Subscript(n) => node!(self, Subscript, range; "value" = self.expr(&n.value),
                "slice" = self.expr(&n.slice), "ctx" = self.ctx(n.ctx)),
            Expr::Starred(n) => {
                node!(self, Starred, range; "value" = self.expr(&n.value), "ctx" = self.ctx(n.ctx))
            }
            Expr::Name(n) if &*n.id == "__debug__" && n.ctx == ExprContext::Load && self.optimize.is_some() => {
                self.constant(Object::bool(self.optimize == Some(0)), none(), range)
            }
            Expr::Name(n) => node!(self, Name, range; "id" = name(&n.id), "ctx" = self.ctx(n.ctx)),
            Expr::List(n) => node!(self, List, range; "elts" = self.exprs(&n.elts), "ctx" = self.ctx(n.ctx)),
            Expr::Tuple(n) => node!(self, Tuple, range; "elts" = self.exprs(&n.elts), "ctx" = self.ctx(n.ctx)),
            Expr::Slice(n) => node!(self, Slice, range; "lower" = self.optional(n.lower.as_deref()),
                "upper" = self.optional(n.upper.as_deref()), "step" = self.optional(n.step.as_deref())),
            Expr::IpyEscapeCommand(_) => unreachable!("no Python source holds one"),
        }
    }

    /// A call's arguments. A generator expression that is the only one has the call's parentheses.
    fn call_arguments(&self, arguments: &Arguments) -> (Object, Object) {
        if let ([Expr::Generator(n)], []) = (&*arguments.args, &arguments.keywords[..])
            && !n.parenthesized
        {
            let only = node!(self, GeneratorExp, arguments.range; "elt" = self.expr(&n.elt),
                "generators" = self.generators(&n.generators));
            return (list(vec![only]), list(Vec::new()));
        }
        self.arguments(arguments)
    }

    // ── Format strings ──────────────────────────────────────────────────────────────────────────────────────────────

    fn pieces(&self, elements: &InterpolatedStringElements, raw: bool, template: bool, pieces: &mut Vec<Piece>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => pieces.push(Piece::Text {
                    text: strings::element_text(self.source, literal, raw).0.into(),
                    range: literal.range,
                    unicode: false,
                }),
                InterpolatedStringElement::Interpolation(value) => {
                    if let Some(debug) = &value.debug_text {
                        let start = value.range.start() + TextSize::new(1);
                        let end = start + TextSize::new(debug.as_str().len() as u32);
                        pieces.push(Piece::Text {
                            text: strings::debug_text(debug).as_bytes().to_vec(),
                            range: TextRange::new(start, end),
                            unicode: false,
                        });
                    }
                    pieces.push(Piece::Node(deep::grow(|| self.interpolation(value, template))));
                }
            }
        }
    }

    /// Adjacent texts become one constant; empty ones go.
    fn join(&self, pieces: Vec<Piece>) -> Object {
        let mut items = Vec::new();
        let mut pending: Option<(Vec<u8>, TextRange, bool)> = None;
        let flush = |pending: &mut Option<(Vec<u8>, TextRange, bool)>, items: &mut Vec<Object>| {
            if let Some((text, range, unicode)) = pending.take() {
                items.push(self.constant(text_object(text), kind(unicode), range));
            }
        };
        for piece in pieces {
            match piece {
                Piece::Text { text, .. } if text.is_empty() => {}
                Piece::Text { text, range, unicode } => match &mut pending {
                    Some((all, whole, _)) => {
                        all.extend_from_slice(&text);
                        *whole = TextRange::new(whole.start(), range.end());
                    }
                    None => pending = Some((text, range, unicode)),
                },
                Piece::Node(node) => {
                    flush(&mut pending, &mut items);
                    items.push(node);
                }
            }
        }
        flush(&mut pending, &mut items);
        list(items)
    }

    fn interpolation(&self, value: &InterpolatedElement, template: bool) -> Object {
        let implied =
            value.debug_text.is_some() && value.format_spec.is_none() && value.conversion == ConversionFlag::None;
        let conversion = Object::int(match value.conversion {
            _ if implied => i64::from(b'r'),
            flag => flag.to_byte().map_or(-1, i64::from),
        });
        let spec = match &value.format_spec {
            None => none(),
            Some(spec) => {
                let mut pieces = Vec::new();
                self.pieces(&spec.elements, false, template, &mut pieces);
                // The colon belongs to it.
                let start = self.source[..spec.range.start().to_usize()].rfind(':');
                let start = start.map_or(spec.range.start(), |at| TextSize::new(at as u32));
                let range = TextRange::new(start, spec.range.end());
                node!(self, JoinedStr, range; "values" = self.join(pieces))
            }
        };
        let expression = self.expr(&value.expression);
        if template {
            let text = Str::new(strings::interpolation_text(self.source, value));
            return node!(self, Interpolation, value.range; "value" = expression, "str" = text,
                "conversion" = conversion, "format_spec" = spec);
        }
        node!(self, FormattedValue, value.range; "value" = expression, "conversion" = conversion,
            "format_spec" = spec)
    }
}

fn kind(unicode: bool) -> Object {
    if unicode { Str::intern("u") } else { none() }
}

fn text_object(bytes: Vec<u8>) -> Object {
    const_object(&Const::Str(Text(bytes.into())))
}

fn number(number: &Number) -> Object {
    match number {
        Number::Int(value) => match value.as_i64() {
            Some(value) => Object::int(value),
            None => const_object(&strings::big_const(&value.to_string())),
        },
        Number::Float(value) => Object::float(*value),
        Number::Complex { real, imag } => const_object(&Const::Complex(*real, *imag)),
    }
}

fn operator(op: Operator) -> Node {
    match op {
        Operator::Add => Node::Add,
        Operator::Sub => Node::Sub,
        Operator::Mult => Node::Mult,
        Operator::MatMult => Node::MatMult,
        Operator::Div => Node::Div,
        Operator::Mod => Node::Mod,
        Operator::Pow => Node::Pow,
        Operator::LShift => Node::LShift,
        Operator::RShift => Node::RShift,
        Operator::BitOr => Node::BitOr,
        Operator::BitXor => Node::BitXor,
        Operator::BitAnd => Node::BitAnd,
        Operator::FloorDiv => Node::FloorDiv,
    }
}

fn comparison(op: CmpOp) -> Node {
    match op {
        CmpOp::Eq => Node::Eq,
        CmpOp::NotEq => Node::NotEq,
        CmpOp::Lt => Node::Lt,
        CmpOp::LtE => Node::LtE,
        CmpOp::Gt => Node::Gt,
        CmpOp::GtE => Node::GtE,
        CmpOp::Is => Node::Is,
        CmpOp::IsNot => Node::IsNot,
        CmpOp::In => Node::In,
        CmpOp::NotIn => Node::NotIn,
    }
}
