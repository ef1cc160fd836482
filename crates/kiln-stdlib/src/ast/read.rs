//! Trees of node objects to trees as the compiler takes them, with the checks that CPython makes on the way.

use super::classes::{self, Classes};
use super::constants;
use super::nodes::{Node, Place};
use kiln_bytecode::Const;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, exc, intern, ops, raise};
use kiln_syntax::ast::{
    self, Alias, Arguments, AtomicNodeIndex, BoolOp, Comprehension, Decorator, ElifElseClause, ExceptHandler, Expr,
    ExprContext, Identifier, Keyword, Mod, Name, Parameter, ParameterWithDefault, Parameters, Stmt, TextRange, TextSize,
    TypeParam, TypeParams, UnaryOp, WithItem,
};
use kiln_syntax::{Made, Mode, Values, deep};
use std::rc::Rc;

/// The compiler's tree for `tree`, which `mode` says what it must be.
pub fn read(tree: Value, mode: Mode) -> Result<Made, Raised> {
    let mut reader = Reader {
        classes: classes::get()?,
        positions: Vec::new(),
        values: Values::new(),
        here: Span::default(),
        depth: 0,
    };
    let module = reader.module(tree, mode)?;
    Ok(Made::new(module, reader.positions, reader.values))
}

/// Whether `v` is a node.
pub fn is_tree(v: Value) -> bool {
    classes::made() && v.class().is_subtype(classes::tree_class())
}

/// Where a node says it is.
#[derive(Clone, Copy, Default)]
struct Span {
    start: (u32, u32),
    end: (u32, u32),
}

pub(super) struct Reader {
    classes: Rc<Classes>,
    positions: Vec<(u32, u32)>,
    values: Values,
    /// The innermost node with a place.
    here: Span,
    depth: u32,
}

#[expect(
    clippy::declare_interior_mutable_const,
    reason = "a new index for every node is what is meant"
)]
pub(super) const INDEX: AtomicNodeIndex = AtomicNodeIndex::NONE;

pub(super) fn type_error<T>(message: String) -> Result<T, Raised> {
    Err(raise::type_error(message))
}
pub(super) fn value_error<T>(message: &str) -> Result<T, Raised> {
    Err(raise::value_error(message))
}

impl Reader {
    // ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn push(&mut self, position: (u32, u32)) -> TextSize {
        self.positions.push(position);
        TextSize::new(self.positions.len() as u32 - 1)
    }

    /// Ends the range that `start` began, at the end of the innermost node.
    pub(super) fn close(&mut self, start: TextSize) -> TextRange {
        let end = self.push(self.here.end);
        TextRange::new(start, end)
    }

    /// Begins a range at the start of the innermost node.
    pub(super) fn open(&mut self) -> TextSize {
        self.push(self.here.start)
    }

    pub(super) fn note(&mut self, at: TextSize, value: Const) {
        self.values.insert(at, value);
    }

    /// Reads `v` as the innermost node; `body` gets where its range starts.
    pub(super) fn within<T>(
        &mut self,
        v: Value,
        kind: Node,
        body: impl FnOnce(&mut Self, TextSize) -> Result<T, Raised>,
    ) -> Result<T, Raised> {
        let base = kind.class().base.unwrap_or(kind);
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(raise::recursion_error(&format!(" while traversing '{}' node", base.class().name)));
        }
        let before = self.here;
        if kind.class().place != Place::Nowhere {
            self.here = self.span(v, base)?;
        }
        let start = self.open();
        let result = deep::grow(|| body(self, start));
        self.here = before;
        self.depth -= 1;
        result
    }

    fn span(&self, v: Value, base: Node) -> Result<Span, Raised> {
        let whole = base.class().place == Place::Whole;
        let base = base.class().name;
        let get = |name: Value, other: Option<i64>| -> Result<i64, Raised> {
            match attr::find_attr(v, name)? {
                Some(found) if !found.is_none() => int(found.value()),
                Some(_) if other.is_none() => int(kiln_object::singletons::none()),
                _ => other.map_or_else(|| missing(name, base), Ok),
            }
        };
        let line = get(intern!("lineno"), None)?;
        let col = get(intern!("col_offset"), None)?;
        let end_line = get(intern!("end_lineno"), (!whole).then_some(line))?;
        let end_col = get(intern!("end_col_offset"), (!whole).then_some(col))?;
        if line > end_line {
            return value_error(&format!("AST node line range ({line}, {end_line}) is not valid"));
        }
        if line < 0 && end_line != line || col < 0 && col != end_col {
            return value_error(&format!(
                "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
            ));
        }
        if line == end_line && col > end_col {
            return value_error(&format!("line {line}, column {col}-{end_col} is not a valid range"));
        }
        let place = |n: i64| n.max(0) as u32;
        Ok(Span {
            start: (place(line), place(col)),
            end: (place(end_line), place(end_col)),
        })
    }

    // ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Which class `v` is of, if it is one of `base`'s.
    pub(super) fn kind(&self, v: Value, base: Node) -> Result<Node, Raised> {
        match self.classes.node_of(v) {
            Some(kind) if kind.class().base == Some(base) || kind == base => Ok(kind),
            _ => type_error(format!(
                "expected some sort of {}, but got {}",
                base.class().name,
                ops::repr(v)?.expect::<Str>().to_string_lossy()
            )),
        }
    }

    /// A field that must be there.
    pub(super) fn field(&self, v: Value, kind: Node, name: Value) -> Result<Object, Raised> {
        match attr::find_attr(v, name)? {
            Some(found) => Ok(found),
            None => missing(name, kind.class().name),
        }
    }

    pub(super) fn optional(&self, v: Value, name: Value) -> Result<Option<Object>, Raised> {
        Ok(attr::find_attr(v, name)?.filter(|found| !found.is_none()))
    }

    /// The items of a list field.
    pub(super) fn items(&self, v: Value, kind: Node, name: Value) -> Result<Vec<Object>, Raised> {
        let Some(found) = attr::find_attr(v, name)? else {
            return Ok(Vec::new());
        };
        match found.cast::<List>() {
            Some(list) => Ok(list.snapshot()),
            None => type_error(format!(
                "{} field {} must be a list, not a {}",
                kind.class().name,
                quoted(name),
                found.class().name()
            )),
        }
    }

    pub(super) fn filled(&self, v: Value, kind: Node, name: Value) -> Result<Vec<Object>, Raised> {
        let items = self.items(v, kind, name)?;
        if items.is_empty() {
            return value_error(&format!("empty {} on {}", plain(name), kind.class().name));
        }
        Ok(items)
    }

    pub(super) fn name(&self, v: Value) -> Result<Name, Raised> {
        let Some(text) = v.exact::<Str>() else {
            return type_error("AST identifier must be of type str".to_owned());
        };
        let text = text.to_string_lossy();
        if matches!(&*text, "None" | "True" | "False") {
            return value_error(&format!("identifier field can't represent '{text}' constant"));
        }
        Ok(Name::new(text))
    }

    pub(super) fn identifier(&mut self, v: Value) -> Result<Identifier, Raised> {
        let name = self.name(v)?;
        let start = self.open();
        Ok(Identifier::new(name, self.close(start)))
    }

    fn name_field(&mut self, v: Value, kind: Node, name: Value) -> Result<Identifier, Raised> {
        let found = self.field(v, kind, name)?;
        if found.is_none() {
            return required(name, kind);
        }
        self.identifier(found.value())
    }

    pub(super) fn optional_name(&mut self, v: Value, name: Value) -> Result<Option<Identifier>, Raised> {
        match self.optional(v, name)? {
            Some(found) => self.identifier(found.value()).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn expr_field(&mut self, v: Value, kind: Node, name: Value) -> Result<Box<Expr>, Raised> {
        self.expr_as(v, kind, name, ExprContext::Load)
    }

    fn expr_as(&mut self, v: Value, kind: Node, name: Value, ctx: ExprContext) -> Result<Box<Expr>, Raised> {
        let found = self.field(v, kind, name)?;
        if found.is_none() {
            return required(name, kind);
        }
        self.expr(found.value(), ctx).map(Box::new)
    }

    pub(super) fn optional_expr(&mut self, v: Value, name: Value) -> Result<Option<Box<Expr>>, Raised> {
        match self.optional(v, name)? {
            Some(found) => self.expr(found.value(), ExprContext::Load).map(|e| Some(Box::new(e))),
            None => Ok(None),
        }
    }

    fn exprs_of(&mut self, items: &[Object], ctx: ExprContext) -> Result<Vec<Expr>, Raised> {
        let mut exprs = Vec::with_capacity(items.len());
        for item in items {
            if item.is_none() {
                return value_error("None disallowed in expression list");
            }
            exprs.push(self.expr(item.value(), ctx)?);
        }
        Ok(exprs)
    }

    pub(super) fn exprs(&mut self, v: Value, kind: Node, name: Value, ctx: ExprContext) -> Result<Vec<Expr>, Raised> {
        let items = self.items(v, kind, name)?;
        self.exprs_of(&items, ctx)
    }

    // ── Modules and statements ──────────────────────────────────────────────────────────────────────────────────────

    fn module(&mut self, v: Value, mode: Mode) -> Result<Mod, Raised> {
        let wanted = match mode {
            Mode::Exec => Node::Module,
            Mode::Eval => Node::Expression,
            Mode::Single => Node::Interactive,
        };
        let kind = self.kind(v, Node::r#mod).ok();
        if kind != Some(wanted) {
            return type_error(format!("expected {} node, got {}", wanted.class().name, v.class().name()));
        }
        self.here = Span {
            start: (1, 0),
            end: (1, 0),
        };
        let start = self.open();
        Ok(match wanted {
            Node::Expression => Mod::Expression(ast::ModExpression {
                node_index: INDEX,
                body: self.expr_field(v, wanted, intern!("body"))?,
                range: self.close(start),
            }),
            _ => Mod::Module(ast::ModModule {
                node_index: INDEX,
                body: self.stmts(v, wanted, intern!("body"))?.into(),
                range: self.close(start),
            }),
        })
    }

    fn stmts(&mut self, v: Value, kind: Node, name: Value) -> Result<Vec<Stmt>, Raised> {
        let items = self.items(v, kind, name)?;
        self.stmts_of(&items)
    }

    fn stmts_of(&mut self, items: &[Object]) -> Result<Vec<Stmt>, Raised> {
        let mut body = Vec::with_capacity(items.len());
        for item in items {
            if item.is_none() {
                return value_error("None disallowed in statement list");
            }
            let kind = self.kind(item.value(), Node::stmt)?;
            let stmt = self.within(item.value(), kind, |r, start| r.stmt(item.value(), kind, start))?;
            body.push(stmt);
        }
        Ok(body)
    }

    pub(super) fn body(&mut self, v: Value, kind: Node) -> Result<Vec<Stmt>, Raised> {
        let items = self.filled(v, kind, intern!("body"))?;
        self.stmts_of(&items)
    }

    /// The decorators, and where the definition itself begins.
    fn decorators(&mut self, v: Value, kind: Node, start: TextSize) -> Result<Vec<Decorator>, Raised> {
        let mut decorators = Vec::new();
        for item in self.items(v, kind, intern!("decorator_list"))? {
            let expression = self.exprs_of(&[item], ExprContext::Load)?.remove(0);
            if decorators.is_empty() {
                // The code's first line is that of the first decorator, which an `@` precedes.
                let (line, col) = self.positions[usize::from(ast::Ranged::start(&expression))];
                self.positions[usize::from(start)] = (line, col.saturating_sub(1));
            }
            decorators.push(Decorator {
                node_index: INDEX,
                range: ast::Ranged::range(&expression),
                expression,
            });
        }
        if !decorators.is_empty() {
            self.open();
        }
        Ok(decorators)
    }

    fn stmt(&mut self, v: Value, kind: Node, start: TextSize) -> Result<Stmt, Raised> {
        let node_index = INDEX;
        let load = ExprContext::Load;
        Ok(match kind {
            Node::FunctionDef | Node::AsyncFunctionDef => Stmt::FunctionDef(ast::StmtFunctionDef {
                node_index,
                is_async: kind == Node::AsyncFunctionDef,
                decorator_list: self.decorators(v, kind, start)?.into(),
                name: self.name_field(v, kind, intern!("name"))?,
                type_params: self.type_params(v, kind)?,
                parameters: {
                    let arguments = self.field(v, kind, intern!("args"))?;
                    Box::new(self.parameters(arguments.value())?)
                },
                returns: self.optional_expr(v, intern!("returns"))?,
                body: self.body(v, kind)?.into(),
                range: self.close(start),
            }),
            Node::ClassDef => {
                let decorator_list = self.decorators(v, kind, start)?.into();
                let name = self.name_field(v, kind, intern!("name"))?;
                let type_params = self.type_params(v, kind)?;
                let arguments = self.arguments(v, kind, intern!("bases"))?;
                let empty = arguments.args.is_empty() && arguments.keywords.is_empty();
                Stmt::ClassDef(ast::StmtClassDef {
                    node_index,
                    decorator_list,
                    name,
                    type_params,
                    arguments: (!empty).then(|| Box::new(arguments)),
                    body: self.body(v, kind)?.into(),
                    range: self.close(start),
                })
            }
            Node::Return => Stmt::Return(ast::StmtReturn {
                node_index,
                value: self.optional_expr(v, intern!("value"))?,
                range: self.close(start),
            }),
            Node::Delete => {
                let targets = self.filled(v, kind, intern!("targets"))?;
                Stmt::Delete(ast::StmtDelete {
                    node_index,
                    targets: self.exprs_of(&targets, ExprContext::Del)?,
                    range: self.close(start),
                })
            }
            Node::Assign => {
                let targets = self.filled(v, kind, intern!("targets"))?;
                Stmt::Assign(ast::StmtAssign {
                    node_index,
                    targets: self.exprs_of(&targets, ExprContext::Store)?,
                    value: self.expr_field(v, kind, intern!("value"))?,
                    range: self.close(start),
                })
            }
            Node::TypeAlias => {
                let name = self.expr_as(v, kind, intern!("name"), ExprContext::Store)?;
                if !name.is_name_expr() {
                    return type_error("TypeAlias with non-Name name".to_owned());
                }
                Stmt::TypeAlias(ast::StmtTypeAlias {
                    node_index,
                    name,
                    type_params: self.type_params(v, kind)?,
                    value: self.expr_field(v, kind, intern!("value"))?,
                    range: self.close(start),
                })
            }
            Node::AugAssign => Stmt::AugAssign(ast::StmtAugAssign {
                node_index,
                target: self.expr_as(v, kind, intern!("target"), ExprContext::Store)?,
                op: self.operator(v, kind)?,
                value: self.expr_field(v, kind, intern!("value"))?,
                range: self.close(start),
            }),
            Node::AnnAssign => {
                let target = self.expr_as(v, kind, intern!("target"), ExprContext::Store)?;
                let simple = int(self.field(v, kind, intern!("simple"))?.value())? != 0;
                if simple && !target.is_name_expr() {
                    return type_error("AnnAssign with simple non-Name target".to_owned());
                }
                Stmt::AnnAssign(ast::StmtAnnAssign {
                    node_index,
                    target,
                    annotation: self.expr_field(v, kind, intern!("annotation"))?,
                    value: self.optional_expr(v, intern!("value"))?,
                    simple,
                    range: self.close(start),
                })
            }
            Node::For | Node::AsyncFor => Stmt::For(ast::StmtFor {
                node_index,
                is_async: kind == Node::AsyncFor,
                target: self.expr_as(v, kind, intern!("target"), ExprContext::Store)?,
                iter: self.expr_field(v, kind, intern!("iter"))?,
                body: self.body(v, kind)?.into(),
                orelse: self.stmts(v, kind, intern!("orelse"))?.into(),
                range: self.close(start),
            }),
            Node::While => Stmt::While(ast::StmtWhile {
                node_index,
                test: self.expr_field(v, kind, intern!("test"))?,
                body: self.body(v, kind)?.into(),
                orelse: self.stmts(v, kind, intern!("orelse"))?.into(),
                range: self.close(start),
            }),
            Node::If => {
                let test = self.expr_field(v, kind, intern!("test"))?;
                let body = self.body(v, kind)?.into();
                let clause = self.open();
                let orelse = self.stmts(v, kind, intern!("orelse"))?;
                let range = self.close(clause);
                let mut elif_else_clauses = Vec::new();
                if !orelse.is_empty() {
                    elif_else_clauses.push(ElifElseClause {
                        node_index: INDEX,
                        range,
                        test: None,
                        body: orelse.into(),
                    });
                }
                Stmt::If(ast::StmtIf {
                    node_index,
                    test,
                    body,
                    elif_else_clauses,
                    range: self.close(start),
                })
            }
            Node::With | Node::AsyncWith => {
                let mut items = Vec::new();
                for item in self.filled(v, kind, intern!("items"))? {
                    let item = item.value();
                    let start = self.open();
                    let context_expr = *self.expr_field(item, Node::withitem, intern!("context_expr"))?;
                    let optional_vars = match self.optional(item, intern!("optional_vars"))? {
                        Some(target) => Some(Box::new(self.expr(target.value(), ExprContext::Store)?)),
                        None => None,
                    };
                    items.push(WithItem {
                        node_index: INDEX,
                        context_expr,
                        optional_vars,
                        range: self.close(start),
                    });
                }
                Stmt::With(ast::StmtWith {
                    node_index,
                    is_async: kind == Node::AsyncWith,
                    items,
                    body: self.body(v, kind)?.into(),
                    range: self.close(start),
                })
            }
            Node::Match => {
                let subject = self.expr_field(v, kind, intern!("subject"))?;
                let mut cases = Vec::new();
                for case in self.filled(v, kind, intern!("cases"))? {
                    cases.push(self.case(case.value())?);
                }
                Stmt::Match(ast::StmtMatch {
                    node_index,
                    subject,
                    cases,
                    range: self.close(start),
                })
            }
            Node::Raise => {
                let exc = self.optional_expr(v, intern!("exc"))?;
                let cause = self.optional_expr(v, intern!("cause"))?;
                if exc.is_none() && cause.is_some() {
                    return value_error("Raise with cause but no exception");
                }
                Stmt::Raise(ast::StmtRaise {
                    node_index,
                    exc,
                    cause,
                    range: self.close(start),
                })
            }
            Node::Try | Node::TryStar => {
                let class = kind.class().name;
                let body = self.body(v, kind)?.into();
                let items = self.items(v, kind, intern!("handlers"))?;
                let mut handlers = Vec::new();
                for item in items {
                    self.kind(item.value(), Node::excepthandler)?;
                    handlers.push(self.within(item.value(), Node::ExceptHandler, |r, start| r.handler(item.value(), start))?);
                }
                let orelse = self.stmts(v, kind, intern!("orelse"))?;
                let finalbody = self.stmts(v, kind, intern!("finalbody"))?;
                if handlers.is_empty() && finalbody.is_empty() {
                    return value_error(&format!("{class} has neither except handlers nor finalbody"));
                }
                if handlers.is_empty() && !orelse.is_empty() {
                    return value_error(&format!("{class} has orelse but no except handlers"));
                }
                Stmt::Try(ast::StmtTry {
                    node_index,
                    body,
                    handlers,
                    orelse: orelse.into(),
                    finalbody: finalbody.into(),
                    is_star: kind == Node::TryStar,
                    range: self.close(start),
                })
            }
            Node::Assert => Stmt::Assert(ast::StmtAssert {
                node_index,
                test: self.expr_field(v, kind, intern!("test"))?,
                msg: self.optional_expr(v, intern!("msg"))?,
                range: self.close(start),
            }),
            Node::Import => Stmt::Import(ast::StmtImport {
                node_index,
                names: self.aliases(v, kind)?,
                is_lazy: false,
                range: self.close(start),
            }),
            Node::ImportFrom => {
                let level = match self.optional(v, intern!("level"))? {
                    Some(level) => int(level.value())?,
                    None => 0,
                };
                let Ok(level) = u32::try_from(level) else {
                    return value_error("Negative ImportFrom level");
                };
                Stmt::ImportFrom(ast::StmtImportFrom {
                    node_index,
                    module: self.optional_name(v, intern!("module"))?,
                    names: self.aliases(v, kind)?,
                    level,
                    is_lazy: false,
                    range: self.close(start),
                })
            }
            Node::Global => Stmt::Global(ast::StmtGlobal {
                node_index,
                names: self.names(v, kind)?,
                range: self.close(start),
            }),
            Node::Nonlocal => Stmt::Nonlocal(ast::StmtNonlocal {
                node_index,
                names: self.names(v, kind)?,
                range: self.close(start),
            }),
            Node::Expr => {
                let value = self.expr_as(v, kind, intern!("value"), load)?;
                Stmt::Expr(ast::StmtExpr {
                    node_index,
                    value,
                    range: self.close(start),
                })
            }
            Node::Pass => Stmt::Pass(ast::StmtPass {
                node_index,
                range: self.close(start),
            }),
            Node::Break => Stmt::Break(ast::StmtBreak {
                node_index,
                range: self.close(start),
            }),
            Node::Continue => Stmt::Continue(ast::StmtContinue {
                node_index,
                range: self.close(start),
            }),
            _ => return type_error(format!("expected some sort of stmt, but got {}", ops::repr_lossy(v))),
        })
    }

    fn names(&mut self, v: Value, kind: Node) -> Result<Vec<Identifier>, Raised> {
        let items = self.filled(v, kind, intern!("names"))?;
        items.iter().map(|item| self.identifier(item.value())).collect()
    }

    fn aliases(&mut self, v: Value, kind: Node) -> Result<Vec<Alias>, Raised> {
        let mut names = Vec::new();
        for item in self.filled(v, kind, intern!("names"))? {
            let v = item.value();
            names.push(self.within(v, Node::alias, |r, start| {
                Ok(Alias {
                    node_index: INDEX,
                    name: r.name_field(v, Node::alias, intern!("name"))?,
                    asname: r.optional_name(v, intern!("asname"))?,
                    range: r.close(start),
                })
            })?);
        }
        Ok(names)
    }

    fn handler(&mut self, v: Value, start: TextSize) -> Result<ExceptHandler, Raised> {
        Ok(ExceptHandler::ExceptHandler(ast::ExceptHandlerExceptHandler {
            node_index: INDEX,
            type_: self.optional_expr(v, intern!("type"))?,
            name: self.optional_name(v, intern!("name"))?,
            body: self.body(v, Node::ExceptHandler)?.into(),
            range: self.close(start),
        }))
    }

    /// The arguments of a call, or the bases and keywords of a class.
    pub(super) fn arguments(&mut self, v: Value, kind: Node, positional: Value) -> Result<Arguments, Raised> {
        let start = self.open();
        let args = self.exprs(v, kind, positional, ExprContext::Load)?;
        let mut keywords = Vec::new();
        for item in self.items(v, kind, intern!("keywords"))? {
            let v = item.value();
            keywords.push(self.within(v, Node::keyword, |r, start| {
                Ok(Keyword {
                    node_index: INDEX,
                    arg: r.optional_name(v, intern!("arg"))?,
                    value: *r.expr_field(v, Node::keyword, intern!("value"))?,
                    range: r.close(start),
                })
            })?);
        }
        Ok(Arguments {
            node_index: INDEX,
            args: args.into(),
            keywords: keywords.into(),
            range: self.close(start),
        })
    }

    fn parameter(&mut self, v: Value) -> Result<Parameter, Raised> {
        self.within(v, Node::arg, |r, start| {
            Ok(Parameter {
                node_index: INDEX,
                name: r.name_field(v, Node::arg, intern!("arg"))?,
                annotation: r.optional_expr(v, intern!("annotation"))?,
                range: r.close(start),
            })
        })
    }

    pub(super) fn parameters(&mut self, v: Value) -> Result<Parameters, Raised> {
        const KIND: Node = Node::arguments;
        let start = self.open();
        let posonly = self.items(v, KIND, intern!("posonlyargs"))?;
        let args = self.items(v, KIND, intern!("args"))?;
        let kwonly = self.items(v, KIND, intern!("kwonlyargs"))?;
        let defaults = self.items(v, KIND, intern!("defaults"))?;
        let kw_defaults = self.items(v, KIND, intern!("kw_defaults"))?;
        if defaults.len() > posonly.len() + args.len() {
            return value_error("more positional defaults than args on arguments");
        }
        if kw_defaults.len() != kwonly.len() {
            return value_error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        let without = posonly.len() + args.len() - defaults.len();
        let mut positional = Vec::new();
        for (i, parameter) in posonly.iter().chain(&args).enumerate() {
            let default = i.checked_sub(without).map(|i| defaults[i].clone());
            if default.as_ref().is_some_and(|d| d.is_none()) {
                return value_error("None disallowed in expression list");
            }
            positional.push(self.with_default(parameter.value(), default)?);
        }
        let mut named = Vec::new();
        for (parameter, default) in kwonly.iter().zip(kw_defaults) {
            named.push(self.with_default(parameter.value(), Some(default).filter(|d| !d.is_none()))?);
        }
        let rest = positional.split_off(posonly.len());
        let one = |r: &mut Self, name: Value| match r.optional(v, name)? {
            Some(parameter) => r.parameter(parameter.value()).map(|p| Some(Box::new(p))),
            None => Ok(None),
        };
        Ok(Parameters {
            node_index: INDEX,
            posonlyargs: positional.into(),
            args: rest.into(),
            vararg: one(self, intern!("vararg"))?,
            kwonlyargs: named.into(),
            kwarg: one(self, intern!("kwarg"))?,
            range: self.close(start),
        })
    }

    fn with_default(&mut self, v: Value, default: Option<Object>) -> Result<ParameterWithDefault, Raised> {
        let start = self.open();
        let parameter = self.parameter(v)?;
        let default = match default {
            Some(default) => Some(Box::new(self.expr(default.value(), ExprContext::Load)?)),
            None => None,
        };
        Ok(ParameterWithDefault {
            node_index: INDEX,
            parameter,
            default,
            range: self.close(start),
        })
    }

    fn type_params(&mut self, v: Value, kind: Node) -> Result<Option<Box<TypeParams>>, Raised> {
        let start = self.open();
        let mut type_params = Vec::new();
        for item in self.items(v, kind, intern!("type_params"))? {
            let v = item.value();
            let kind = self.kind(v, Node::type_param)?;
            type_params.push(self.within(v, kind, |r, start| {
                let node_index = INDEX;
                let name = r.name_field(v, kind, intern!("name"))?;
                let bound = match kind {
                    Node::TypeVar => r.optional_expr(v, intern!("bound"))?,
                    _ => None,
                };
                let default = r.optional_expr(v, intern!("default_value"))?;
                let range = r.close(start);
                Ok(match kind {
                    Node::TypeVar => TypeParam::TypeVar(ast::TypeParamTypeVar {
                        node_index,
                        range,
                        name,
                        bound,
                        default,
                    }),
                    Node::ParamSpec => TypeParam::ParamSpec(ast::TypeParamParamSpec {
                        node_index,
                        range,
                        name,
                        default,
                    }),
                    _ => TypeParam::TypeVarTuple(ast::TypeParamTypeVarTuple {
                        node_index,
                        range,
                        name,
                        default,
                    }),
                })
            })?);
        }
        if type_params.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(TypeParams {
            node_index: INDEX,
            type_params,
            range: self.close(start),
        })))
    }

    pub(super) fn within_pattern(&mut self, v: Value, kind: Node, star: bool) -> Result<ast::Pattern, Raised> {
        self.within(v, kind, |r, start| r.pattern_inner(v, kind, star, start))
    }

    // ── Expressions ─────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn expr(&mut self, v: Value, ctx: ExprContext) -> Result<Expr, Raised> {
        let kind = self.kind(v, Node::expr)?;
        self.within(v, kind, |r, start| r.expr_inner(v, kind, ctx, start))
    }

    /// The context that a node says it is in, which must be `ctx`.
    fn check_context(&self, v: Value, kind: Node, ctx: ExprContext) -> Result<(), Raised> {
        let shown = |ctx: ExprContext| match ctx {
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
            _ => "Load",
        };
        let has = matches!(
            kind,
            Node::Attribute | Node::Subscript | Node::Starred | Node::Name | Node::List | Node::Tuple
        );
        if !has {
            return match ctx {
                ExprContext::Load => Ok(()),
                ctx => value_error(&format!(
                    "expression which can't be assigned to in {} context",
                    shown(ctx)
                )),
            };
        }
        let actual = match attr::find_attr(v, intern!("ctx"))? {
            None => ExprContext::Load,
            Some(found) => match self.kind(found.value(), Node::expr_context)? {
                Node::Store => ExprContext::Store,
                Node::Del => ExprContext::Del,
                _ => ExprContext::Load,
            },
        };
        if actual != ctx {
            return value_error(&format!(
                "expression must have {} context but has {} instead",
                shown(ctx),
                shown(actual)
            ));
        }
        Ok(())
    }

    fn generators(&mut self, v: Value, kind: Node) -> Result<Vec<Comprehension>, Raised> {
        let items = self.items(v, kind, intern!("generators"))?;
        if items.is_empty() {
            return value_error("comprehension with no generators");
        }
        let mut generators = Vec::new();
        for item in items {
            const KIND: Node = Node::comprehension;
            let v = item.value();
            let start = self.open();
            generators.push(Comprehension {
                node_index: INDEX,
                target: *self.expr_as(v, KIND, intern!("target"), ExprContext::Store)?,
                iter: *self.expr_field(v, KIND, intern!("iter"))?,
                ifs: self.exprs(v, KIND, intern!("ifs"), ExprContext::Load)?,
                is_async: int(self.field(v, KIND, intern!("is_async"))?.value())? != 0,
                range: self.close(start),
            });
        }
        Ok(generators)
    }

    fn expr_inner(&mut self, v: Value, kind: Node, ctx: ExprContext, start: TextSize) -> Result<Expr, Raised> {
        self.check_context(v, kind, ctx)?;
        let node_index = INDEX;
        let load = ExprContext::Load;
        Ok(match kind {
            Node::BoolOp => {
                let values = self.items(v, kind, intern!("values"))?;
                if values.len() < 2 {
                    return value_error("BoolOp with less than 2 values");
                }
                let op = self.field(v, kind, intern!("op"))?;
                let op = match self.kind(op.value(), Node::boolop)? {
                    Node::And => BoolOp::And,
                    _ => BoolOp::Or,
                };
                Expr::BoolOp(ast::ExprBoolOp {
                    node_index,
                    op,
                    values: self.exprs_of(&values, load)?,
                    range: self.close(start),
                })
            }
            Node::NamedExpr => {
                let target = self.expr_as(v, kind, intern!("target"), ExprContext::Store)?;
                if !target.is_name_expr() {
                    return type_error("NamedExpr target must be a Name".to_owned());
                }
                Expr::Named(ast::ExprNamed {
                    node_index,
                    target,
                    value: self.expr_field(v, kind, intern!("value"))?,
                    range: self.close(start),
                })
            }
            Node::BinOp => Expr::BinOp(ast::ExprBinOp {
                node_index,
                left: self.expr_field(v, kind, intern!("left"))?,
                op: self.operator(v, kind)?,
                right: self.expr_field(v, kind, intern!("right"))?,
                range: self.close(start),
            }),
            Node::UnaryOp => {
                let op = self.field(v, kind, intern!("op"))?;
                let op = match self.kind(op.value(), Node::unaryop)? {
                    Node::Invert => UnaryOp::Invert,
                    Node::Not => UnaryOp::Not,
                    Node::UAdd => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                };
                Expr::UnaryOp(ast::ExprUnaryOp {
                    node_index,
                    op,
                    operand: self.expr_field(v, kind, intern!("operand"))?,
                    range: self.close(start),
                })
            }
            Node::Lambda => {
                let arguments = self.field(v, kind, intern!("args"))?;
                Expr::Lambda(ast::ExprLambda {
                    node_index,
                    parameters: Some(Box::new(self.parameters(arguments.value())?)),
                    body: self.expr_field(v, kind, intern!("body"))?,
                    range: self.close(start),
                })
            }
            Node::IfExp => Expr::If(ast::ExprIf {
                node_index,
                test: self.expr_field(v, kind, intern!("test"))?,
                body: self.expr_field(v, kind, intern!("body"))?,
                orelse: self.expr_field(v, kind, intern!("orelse"))?,
                range: self.close(start),
            }),
            Node::Dict => {
                let keys = self.items(v, kind, intern!("keys"))?;
                let values = self.items(v, kind, intern!("values"))?;
                if keys.len() != values.len() {
                    return value_error("Dict doesn't have the same number of keys as values");
                }
                let mut items = Vec::new();
                for (key, value) in keys.into_iter().zip(values) {
                    let key = match key.is_none() {
                        true => None,
                        false => Some(self.expr(key.value(), load)?),
                    };
                    let value = self.exprs_of(&[value], load)?.remove(0);
                    items.push(ast::DictItem { key, value });
                }
                Expr::Dict(ast::ExprDict {
                    node_index,
                    items,
                    range: self.close(start),
                })
            }
            Node::Set => Expr::Set(ast::ExprSet {
                node_index,
                elts: self.exprs(v, kind, intern!("elts"), load)?,
                range: self.close(start),
            }),
            Node::ListComp => Expr::ListComp(ast::ExprListComp {
                node_index,
                generators: self.generators(v, kind)?,
                elt: self.expr_field(v, kind, intern!("elt"))?,
                range: self.close(start),
            }),
            Node::SetComp => Expr::SetComp(ast::ExprSetComp {
                node_index,
                generators: self.generators(v, kind)?,
                elt: self.expr_field(v, kind, intern!("elt"))?,
                range: self.close(start),
            }),
            Node::GeneratorExp => Expr::Generator(ast::ExprGenerator {
                node_index,
                generators: self.generators(v, kind)?,
                elt: self.expr_field(v, kind, intern!("elt"))?,
                parenthesized: true,
                range: self.close(start),
            }),
            Node::DictComp => Expr::DictComp(ast::ExprDictComp {
                node_index,
                generators: self.generators(v, kind)?,
                key: Some(self.expr_field(v, kind, intern!("key"))?),
                value: self.expr_field(v, kind, intern!("value"))?,
                range: self.close(start),
            }),
            Node::Await => Expr::Await(ast::ExprAwait {
                node_index,
                value: self.expr_field(v, kind, intern!("value"))?,
                range: self.close(start),
            }),
            Node::Yield => Expr::Yield(ast::ExprYield {
                node_index,
                value: self.optional_expr(v, intern!("value"))?,
                range: self.close(start),
            }),
            Node::YieldFrom => Expr::YieldFrom(ast::ExprYieldFrom {
                node_index,
                value: self.expr_field(v, kind, intern!("value"))?,
                range: self.close(start),
            }),
            Node::Compare => {
                let ops = self.items(v, kind, intern!("ops"))?;
                let comparators = self.items(v, kind, intern!("comparators"))?;
                if comparators.is_empty() {
                    return value_error("Compare with no comparators");
                }
                if comparators.len() != ops.len() {
                    return value_error("Compare has a different number of comparators and operands");
                }
                let ops = ops.iter().map(|op| self.comparison(op.value())).collect::<Result<Vec<_>, _>>()?;
                Expr::Compare(ast::ExprCompare {
                    node_index,
                    left: self.expr_field(v, kind, intern!("left"))?,
                    ops: ops.into(),
                    comparators: self.exprs_of(&comparators, load)?.into(),
                    range: self.close(start),
                })
            }
            Node::Call => {
                let func = self.expr_field(v, kind, intern!("func"))?;
                // A call ends where its arguments end.
                let arguments = self.arguments(v, kind, intern!("args"))?;
                Expr::Call(ast::ExprCall {
                    node_index,
                    range_start: start,
                    func,
                    arguments,
                })
            }
            Node::FormattedValue | Node::Interpolation | Node::JoinedStr | Node::TemplateStr => {
                self.format_string(v, kind, start)?
            }
            Node::Constant => {
                let value = self.field(v, kind, intern!("value"))?;
                constants::expr(self, value.value(), start)?
            }
            Node::Attribute => {
                let value = self.expr_field(v, kind, intern!("value"))?;
                let attr = self.name_field(v, kind, intern!("attr"))?;
                // The name stands at the end.
                let (line, col) = self.here.end;
                let name = usize::from(attr.range.start());
                self.positions[name] = (line, col.saturating_sub(attr.id.len() as u32));
                Expr::Attribute(ast::ExprAttribute {
                    node_index,
                    value,
                    attr,
                    ctx,
                    range: self.close(start),
                })
            }
            Node::Subscript => Expr::Subscript(ast::ExprSubscript {
                node_index,
                value: self.expr_field(v, kind, intern!("value"))?,
                slice: self.expr_field(v, kind, intern!("slice"))?,
                ctx,
                range: self.close(start),
            }),
            Node::Starred => Expr::Starred(ast::ExprStarred {
                node_index,
                value: self.expr_as(v, kind, intern!("value"), ctx)?,
                ctx,
                range: self.close(start),
            }),
            Node::Name => {
                let id = self.field(v, kind, intern!("id"))?;
                if id.is_none() {
                    return required(intern!("id"), kind);
                }
                Expr::Name(ast::ExprName {
                    node_index,
                    id: self.name(id.value())?,
                    ctx,
                    range: self.close(start),
                })
            }
            Node::List => Expr::List(ast::ExprList {
                node_index,
                elts: self.exprs(v, kind, intern!("elts"), ctx)?,
                ctx,
                range: self.close(start),
            }),
            Node::Tuple => Expr::Tuple(ast::ExprTuple {
                node_index,
                elts: self.exprs(v, kind, intern!("elts"), ctx)?,
                ctx,
                parenthesized: true,
                range: self.close(start),
            }),
            Node::Slice => Expr::Slice(ast::ExprSlice {
                node_index,
                lower: self.optional_expr(v, intern!("lower"))?,
                upper: self.optional_expr(v, intern!("upper"))?,
                step: self.optional_expr(v, intern!("step"))?,
                range: self.close(start),
            }),
            _ => return type_error(format!("expected some sort of expr, but got {}", ops::repr_lossy(v))),
        })
    }
}

/// The text of a field's name.
fn plain(name: Value) -> String {
    name.expect::<Str>().to_string_lossy()
}
fn quoted(name: Value) -> String {
    format!("\"{}\"", plain(name))
}
fn missing<T>(name: Value, class: &str) -> Result<T, Raised> {
    type_error(format!("required field {} missing from {class}", quoted(name)))
}
pub(super) fn required<T>(name: Value, kind: Node) -> Result<T, Raised> {
    value_error(&format!("field '{}' is required for {}", plain(name), kind.class().name))
}

/// The value of an int field, as a C int.
pub(super) fn int(v: Value) -> Result<i64, Raised> {
    let Some(number) = v.as_int() else {
        let shown = ops::repr(v)?;
        return value_error(&format!("invalid integer value: {}", shown.expect::<Str>().to_string_lossy()));
    };
    match number.to_i64().filter(|n| i32::try_from(*n).is_ok()) {
        Some(n) => Ok(n),
        None => Err(raise::with_message(&exc::OverflowError, "Python int too large to convert to C int")),
    }
}
