//! Statements: what they bind, which bodies are run under a condition, and what `global` and `nonlocal` say.

use super::{Builder, Done, key_of};
use crate::scope::{Private, ScopeKind, def, mangle};
use crate::{Fault, deep};
use ruff_python_ast::name::Name;
use ruff_python_ast::{Expr, Identifier, Pattern, Stmt};
use ruff_text_size::{Ranged, TextRange};

impl Builder {
    pub(super) fn body(&mut self, body: &[Stmt]) -> Done {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }

    /// A body that is not always run: annotations in it are conditional.
    fn branch(&mut self, body: &[Stmt]) -> Done {
        let before = std::mem::replace(&mut self.conditional, true);
        self.body(body)?;
        self.conditional = before;
        Ok(())
    }

    fn stmt(&mut self, statement: &Stmt) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(statement.range()));
        }
        deep::grow(|| self.stmt_inner(statement))?;
        self.depth -= 1;
        Ok(())
    }

    fn stmt_inner(&mut self, statement: &Stmt) -> Done {
        match statement {
            Stmt::FunctionDef(node) => {
                self.define(&node.name.id, def::LOCAL, node.range)?;
                self.defaults(&node.parameters)?;
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &node.name, Some(&node.parameters), false)?),
                    None => None,
                };
                self.function_annotations(&node.parameters, node.returns.as_deref())?;
                let saved = self.enter(ScopeKind::Function, &node.name, key_of(node), node.name.start());
                self.scope().coroutine = node.is_async;
                self.restrict = None;
                self.parameters(&node.parameters)?;
                self.body(&node.body)?;
                self.leave(saved);
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::ClassDef(node) => {
                self.define(&node.name.id, def::LOCAL, node.range)?;
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                let private = self.private.clone();
                if let Some(params) = &node.type_params {
                    let names = params.type_params.iter().map(|param| param.name().id.clone());
                    self.private = Some(Private {
                        class: node.name.id.clone(),
                        only: Some(names.collect()),
                    });
                }
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &node.name, None, true)?),
                    None => None,
                };
                if let Some(arguments) = &node.arguments {
                    let before = self.restrict;
                    if outer.is_some() {
                        self.restrict = Some("the definition of a generic");
                    }
                    arguments.args.iter().try_for_each(|arg| self.expr(arg))?;
                    arguments
                        .keywords
                        .iter()
                        .try_for_each(|keyword| self.expr(&keyword.value))?;
                    self.restrict = before;
                }
                self.private = Some(Private {
                    class: node.name.id.clone(),
                    only: None,
                });
                let saved = self.enter(ScopeKind::Class, &node.name, key_of(node), node.name.start());
                self.restrict = None;
                if outer.is_some() {
                    self.define(&Name::new_static("__type_params__"), def::LOCAL, node.name.range)?;
                    self.use_name(".type_params", node.name.range);
                }
                self.body(&node.body)?;
                self.leave(saved);
                self.private = private;
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::TypeAlias(node) => {
                self.expr(&node.name)?;
                let name = match &*node.name {
                    Expr::Name(name) => Identifier::new(name.id.clone(), name.range),
                    _ => return Err(Fault::new("invalid syntax", node.name.range())),
                };
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &name, None, false)?),
                    None => None,
                };
                let saved = self.enter(ScopeKind::TypeAlias, &name, key_of(&*node.value), node.value.start());
                self.restrict = Some("a type alias");
                self.define(&Name::new_static(".format"), def::PARAM, name.range)?;
                self.expr(&node.value)?;
                self.leave(saved);
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::Return(node) => self.maybe(node.value.as_deref())?,
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.expr(target))?,
            Stmt::Assign(node) => {
                node.targets.iter().try_for_each(|target| self.expr(target))?;
                self.expr(&node.value)?;
            }
            Stmt::AugAssign(node) => {
                self.expr(&node.target)?;
                self.expr(&node.value)?;
            }
            Stmt::AnnAssign(node) => {
                self.scope().annotations_used = true;
                if let Expr::Name(target) = &*node.target {
                    let name = mangle(self.private.as_ref(), &target.id);
                    let in_module = self.scope().kind == ScopeKind::Module;
                    let flags = self.scope().symbol(&name).map_or(0, |symbol| symbol.flags);
                    if node.simple && !in_module && flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                        let word = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
                        return Err(Fault::new(
                            format!("annotated name '{name}' can't be {word}"),
                            node.range,
                        ));
                    }
                    if node.simple {
                        self.define(&target.id, def::ANNOT | def::LOCAL, target.range)?;
                    } else if node.value.is_some() {
                        self.define(&target.id, def::LOCAL, target.range)?;
                    }
                } else {
                    self.expr(&node.target)?;
                }
                self.variable_annotation(&node.annotation, node.simple && node.target.is_name_expr())?;
                self.maybe(node.value.as_deref())?;
            }
            Stmt::For(node) => {
                self.expr(&node.target)?;
                self.expr(&node.iter)?;
                self.branch(&node.body)?;
                self.branch(&node.orelse)?;
            }
            Stmt::While(node) => {
                self.expr(&node.test)?;
                self.branch(&node.body)?;
                self.branch(&node.orelse)?;
            }
            Stmt::If(node) => {
                self.expr(&node.test)?;
                self.branch(&node.body)?;
                for clause in &node.elif_else_clauses {
                    self.maybe(clause.test.as_ref())?;
                    self.branch(&clause.body)?;
                }
            }
            Stmt::With(node) => {
                for item in &node.items {
                    self.expr(&item.context_expr)?;
                    self.maybe(item.optional_vars.as_deref())?;
                }
                self.branch(&node.body)?;
            }
            Stmt::Match(node) => {
                self.expr(&node.subject)?;
                for case in &node.cases {
                    self.pattern(&case.pattern)?;
                    self.maybe(case.guard.as_deref())?;
                    self.branch(&case.body)?;
                }
            }
            Stmt::Raise(node) => {
                self.maybe(node.exc.as_deref())?;
                self.maybe(node.cause.as_deref())?;
            }
            Stmt::Try(node) => {
                self.branch(&node.body)?;
                for ruff_python_ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    self.maybe(handler.type_.as_deref())?;
                    if let Some(name) = &handler.name {
                        self.ident(name, def::LOCAL)?;
                    }
                    self.branch(&handler.body)?;
                }
                self.branch(&node.orelse)?;
                self.branch(&node.finalbody)?;
            }
            Stmt::Assert(node) => {
                self.expr(&node.test)?;
                self.maybe(node.msg.as_deref())?;
            }
            Stmt::Import(node) => {
                for alias in &node.names {
                    match &alias.asname {
                        Some(name) => self.ident(name, def::LOCAL | def::IMPORT)?,
                        None => {
                            let first = alias.name.split('.').next().unwrap_or_default();
                            self.define(&Name::new(first), def::LOCAL | def::IMPORT, alias.range)?;
                        }
                    }
                }
            }
            Stmt::ImportFrom(node) => {
                for alias in &node.names {
                    if &*alias.name == "*" {
                        if self.scope().kind != ScopeKind::Module {
                            return Err(Fault::new("import * only allowed at module level", alias.range));
                        }
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.define(&name.id, def::LOCAL | def::IMPORT, alias.range)?;
                }
            }
            Stmt::Global(node) => self.declare(&node.names, def::GLOBAL, node.range)?,
            Stmt::Nonlocal(node) => self.declare(&node.names, def::NONLOCAL, node.range)?,
            Stmt::Expr(node) => self.expr(&node.value)?,
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn declare(&mut self, names: &[Identifier], flag: u16, range: TextRange) -> Done {
        let word = if flag == def::GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let mangled = mangle(self.private.as_ref(), &name.id);
            let flags = self.scope().symbol(&mangled).map_or(0, |symbol| symbol.flags);
            let problem = if flags & def::PARAM != 0 {
                Some(format!("name '{mangled}' is parameter and {word}"))
            } else if flags & def::USE != 0 {
                Some(format!("name '{mangled}' is used prior to {word} declaration"))
            } else if flags & def::ANNOT != 0 {
                Some(format!("annotated name '{mangled}' can't be {word}"))
            } else if flags & def::LOCAL != 0 {
                Some(format!("name '{mangled}' is assigned to before {word} declaration"))
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(Fault::new(problem, range));
            }
            if flag == def::NONLOCAL && self.scope().kind == ScopeKind::Module {
                return Err(Fault::new("nonlocal declaration not allowed at module level", range));
            }
            self.define(&name.id, flag, range)?;
            if flag == def::GLOBAL {
                // The module itself means the same variable, even where its namespace is not its globals.
                self.table.scopes[0].symbol_mut(&mangled).flags |= def::GLOBAL;
            }
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(pattern.range()));
        }
        deep::grow(|| self.pattern_inner(pattern))?;
        self.depth -= 1;
        Ok(())
    }

    fn pattern_inner(&mut self, pattern: &Pattern) -> Done {
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => node.patterns.iter().try_for_each(|inner| self.pattern(inner)),
            Pattern::MatchMapping(node) => {
                node.keys.iter().try_for_each(|key| self.expr(key))?;
                node.patterns.iter().try_for_each(|inner| self.pattern(inner))?;
                node.rest.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL))
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                node.arguments
                    .patterns
                    .iter()
                    .try_for_each(|inner| self.pattern(inner))?;
                node.arguments
                    .keywords
                    .iter()
                    .try_for_each(|keyword| self.pattern(&keyword.pattern))
            }
            Pattern::MatchStar(node) => node.name.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL)),
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner)?;
                }
                node.name.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL))
            }
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|inner| self.pattern(inner)),
        }
    }
}
