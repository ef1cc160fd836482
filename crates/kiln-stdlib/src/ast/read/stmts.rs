//! Statements.

use super::{INDEX, Reader, int, type_error, value_error};
use crate::ast::nodes::Node;
use kiln_object::{Object, Raised, Value, intern, ops};
use kiln_syntax::ast::{
    self, Alias, Decorator, ElifElseClause, ExceptHandler, ExprContext, Identifier, Stmt, TextSize, WithItem,
};

impl Reader {
    pub(super) fn stmts(&mut self, v: Value, kind: Node, name: Value) -> Result<Vec<Stmt>, Raised> {
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
                    handlers.push(self.within(item.value(), Node::ExceptHandler, |r, start| {
                        r.handler(item.value(), start)
                    })?);
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
}
