//! Expressions: uses of names, `yield`, `:=`, and the scopes of lambdas and comprehensions.

use super::{Builder, Done, key_of};
use crate::scope::{CompKind, Scope, ScopeKind, def, mangle};
use crate::{Fault, deep};
use ruff_python_ast::name::Name;
use ruff_python_ast::{Comprehension, Expr, ExprContext, InterpolatedStringElement, InterpolatedStringElements};
use ruff_text_size::{Ranged, TextRange};

impl Builder {
    pub(super) fn maybe(&mut self, expr: Option<&Expr>) -> Done {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(expr.range()));
        }
        deep::grow(|| self.expr_inner(expr))?;
        self.depth -= 1;
        Ok(())
    }

    fn expr_inner(&mut self, expr: &Expr) -> Done {
        match expr {
            Expr::Name(node) => match node.ctx {
                ExprContext::Load => self.reference(&node.id, node.range),
                ExprContext::Store => self.define(&node.id, def::LOCAL, node.range)?,
                ExprContext::Del if node.id == "__debug__" => {
                    return Err(Fault::new("cannot delete __debug__", node.range));
                }
                _ => self.define(&node.id, def::LOCAL, node.range)?,
            },
            Expr::Named(node) => {
                if self.in_iter > 0 {
                    return Err(Fault::new(
                        "assignment expression cannot be used in a comprehension iterable expression",
                        node.range,
                    ));
                }
                self.restricted("named expression", node.range)?;
                let Expr::Name(target) = &*node.target else {
                    return Err(Fault::new("invalid syntax", node.range));
                };
                self.walrus(&target.id, target.range)?;
                self.expr(&node.value)?;
            }
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters)?;
                }
                let saved = self.enter(ScopeKind::Lambda, "<lambda>", key_of(node), node.start());
                self.restrict = None;
                if let Some(parameters) = &node.parameters {
                    self.parameters(parameters)?;
                }
                self.expr(&node.body)?;
                self.leave(saved);
            }
            Expr::ListComp(node) => self.comprehension(
                key_of(node),
                CompKind::List,
                "<listcomp>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::SetComp(node) => self.comprehension(
                key_of(node),
                CompKind::Set,
                "<setcomp>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::Generator(node) => self.comprehension(
                key_of(node),
                CompKind::Generator,
                "<genexpr>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::DictComp(node) => {
                let Some(key) = &node.key else {
                    return Err(Fault::new(
                        "dict unpacking cannot be used in dict comprehension",
                        node.range,
                    ));
                };
                self.comprehension(
                    key_of(node),
                    CompKind::Dict,
                    "<dictcomp>",
                    &node.generators,
                    key,
                    Some(&node.value),
                )?;
            }
            Expr::Yield(node) => {
                self.restricted("yield expression", node.range)?;
                self.maybe(node.value.as_deref())?;
                self.yields(node.range)?;
            }
            Expr::YieldFrom(node) => {
                self.restricted("yield expression", node.range)?;
                self.expr(&node.value)?;
                self.yields(node.range)?;
            }
            Expr::Await(node) => {
                self.restricted("await expression", node.range)?;
                self.expr(&node.value)?;
                self.scope().coroutine = true;
            }
            Expr::BoolOp(node) => node.values.iter().try_for_each(|value| self.expr(value))?,
            Expr::BinOp(node) => {
                self.expr(&node.left)?;
                self.expr(&node.right)?;
            }
            Expr::UnaryOp(node) => self.expr(&node.operand)?,
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)?;
            }
            Expr::Dict(node) => {
                for item in &node.items {
                    self.maybe(item.key.as_ref())?;
                    self.expr(&item.value)?;
                }
            }
            Expr::Set(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::List(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::Tuple(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                node.comparators.iter().try_for_each(|value| self.expr(value))?;
            }
            Expr::Call(node) => {
                self.expr(&node.func)?;
                node.arguments.args.iter().try_for_each(|arg| self.expr(arg))?;
                node.arguments
                    .keywords
                    .iter()
                    .try_for_each(|keyword| self.expr(&keyword.value))?;
            }
            Expr::FString(node) => {
                for part in &node.value {
                    if let ruff_python_ast::FStringPart::FString(fstring) = part {
                        self.elements(&fstring.elements)?;
                    }
                }
            }
            Expr::TString(node) => {
                for tstring in &node.value {
                    self.elements(&tstring.elements)?;
                }
            }
            Expr::Attribute(node) => {
                if &*node.attr == "__debug__" && node.ctx != ExprContext::Load {
                    let verb = if node.ctx == ExprContext::Del {
                        "delete"
                    } else {
                        "assign to"
                    };
                    return Err(Fault::new(format!("cannot {verb} __debug__"), node.range));
                }
                self.expr(&node.value)?;
            }
            Expr::Subscript(node) => {
                self.expr(&node.value)?;
                self.expr(&node.slice)?;
            }
            Expr::Starred(node) => self.expr(&node.value)?,
            Expr::Slice(node) => {
                self.maybe(node.lower.as_deref())?;
                self.maybe(node.upper.as_deref())?;
                self.maybe(node.step.as_deref())?;
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn restricted(&mut self, what: &str, range: TextRange) -> Done {
        let generic = self.scope().kind == ScopeKind::TypeParams;
        match self.restrict.or(generic.then_some("the definition of a generic")) {
            Some(place) => Err(Fault::new(format!("{what} cannot be used within {place}"), range)),
            None => Ok(()),
        }
    }

    fn yields(&mut self, range: TextRange) -> Done {
        let scope = self.scope();
        if let Some(comp) = scope.comp {
            let what = match comp {
                CompKind::List => "list comprehension",
                CompKind::Set => "set comprehension",
                CompKind::Dict => "dict comprehension",
                CompKind::Generator => "generator expression",
            };
            return Err(Fault::new(format!("'yield' inside {what}"), range));
        }
        scope.generator = true;
        Ok(())
    }

    fn elements(&mut self, elements: &InterpolatedStringElements) -> Done {
        for element in elements {
            if let InterpolatedStringElement::Interpolation(node) = element {
                self.expr(&node.expression)?;
                if let Some(spec) = &node.format_spec {
                    deep::grow(|| self.elements(&spec.elements))?;
                }
            }
        }
        Ok(())
    }

    /// The target of `:=`: bound in the nearest scope that is no comprehension.
    fn walrus(&mut self, name: &Name, range: TextRange) -> Done {
        let name = &mangle(self.private.as_ref(), name);
        let mut scope = self.current;
        let mut inner = Vec::new();
        while self.table.scopes[scope.0 as usize].kind == ScopeKind::Comprehension {
            let symbol = self.table.scopes[scope.0 as usize].symbol(name);
            if symbol.is_some_and(|symbol| symbol.flags & def::COMP_ITER != 0) {
                return Err(Fault::new(
                    format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                    range,
                ));
            }
            inner.push(scope);
            let Some(parent) = self.table.scopes[scope.0 as usize].parent else {
                break;
            };
            scope = parent;
        }
        let host = &self.table.scopes[scope.0 as usize];
        if !inner.is_empty() {
            let place = match host.kind {
                ScopeKind::Class => Some("assignment expression within a comprehension cannot be used in a class body"),
                ScopeKind::TypeParams => Some(
                    "assignment expression within a comprehension cannot be used within the definition of a generic",
                ),
                ScopeKind::TypeAlias => {
                    Some("assignment expression within a comprehension cannot be used in a type alias")
                }
                ScopeKind::TypeVariable => {
                    Some("assignment expression within a comprehension cannot be used in a TypeVar bound")
                }
                _ => None,
            };
            if let Some(place) = place {
                return Err(Fault::new(place, range));
            }
        }
        let global =
            host.kind == ScopeKind::Module || host.symbol(name).is_some_and(|symbol| symbol.flags & def::GLOBAL != 0);
        for comp in inner {
            self.define_raw(comp, name, if global { def::GLOBAL } else { def::NONLOCAL }, range)?;
        }
        let flags = if global && scope != self.current && host_is_not_module(&self.table.scopes[scope.0 as usize]) {
            def::GLOBAL
        } else {
            def::LOCAL
        };
        self.define_raw(scope, name, flags | def::WALRUS, range)
    }

    fn comprehension(
        &mut self,
        key: usize,
        kind: CompKind,
        name: &str,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Done {
        let Some((first, rest)) = generators.split_first() else {
            return Ok(());
        };
        self.in_iter += 1;
        self.expr(&first.iter)?;
        self.in_iter -= 1;
        let restrict = self.restrict;
        let saved = self.enter(ScopeKind::Comprehension, name, key, elt.start());
        self.restrict = restrict;
        self.scope().comp = Some(kind);
        self.scope().generator = kind == CompKind::Generator;
        if first.is_async {
            self.scope().coroutine = true;
        }
        if kind == CompKind::Generator {
            self.define(&Name::new_static(".0"), def::PARAM, first.iter.range())?;
        }
        let in_iter = self.in_iter;
        self.comp_target(&first.target)?;
        first.ifs.iter().try_for_each(|test| self.expr(test))?;
        for generator in rest {
            self.comp_target(&generator.target)?;
            self.in_iter += 1;
            self.expr(&generator.iter)?;
            self.in_iter -= 1;
            generator.ifs.iter().try_for_each(|test| self.expr(test))?;
            if generator.is_async {
                self.scope().coroutine = true;
            }
        }
        self.expr(elt)?;
        self.maybe(value)?;
        self.in_iter = in_iter;
        let coroutine = self.scope().coroutine;
        self.leave(saved);
        if coroutine && kind != CompKind::Generator {
            self.scope().coroutine = true;
        }
        Ok(())
    }

    fn comp_target(&mut self, target: &Expr) -> Done {
        match target {
            Expr::Name(node) => self.define(&node.id, def::LOCAL | def::COMP_ITER, node.range),
            Expr::Tuple(node) => node.elts.iter().try_for_each(|elt| self.comp_target(elt)),
            Expr::List(node) => node.elts.iter().try_for_each(|elt| self.comp_target(elt)),
            Expr::Starred(node) => self.comp_target(&node.value),
            _ => self.expr(target),
        }
    }
}

fn host_is_not_module(scope: &Scope) -> bool {
    scope.kind != ScopeKind::Module
}
