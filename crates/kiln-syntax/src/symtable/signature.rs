//! What surrounds a definition: parameters, annotations, type parameters, each with scopes of its own.

use super::{Builder, Done, Saved, key_of};
use crate::Fault;
use crate::scope::{ScopeKind, def};
use ruff_python_ast::name::Name;
use ruff_python_ast::{Expr, Identifier, Parameters, TypeParam, TypeParams};
use ruff_text_size::Ranged;

impl Builder {
    pub(super) fn defaults(&mut self, parameters: &Parameters) -> Done {
        for parameter in parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
        {
            self.maybe(parameter.default.as_deref())?;
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, parameters: &Parameters) -> Done {
        for parameter in parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
        {
            self.define(&parameter.parameter.name.id, def::PARAM, parameter.parameter.range)?;
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            self.define(&parameter.name.id, def::PARAM, parameter.range)?;
        }
        Ok(())
    }

    pub(super) fn function_annotations(&mut self, parameters: &Parameters, returns: Option<&Expr>) -> Done {
        let mut annotations: Vec<&Expr> = parameters
            .iter()
            .filter_map(|parameter| parameter.annotation())
            .collect();
        annotations.extend(returns);
        if annotations.is_empty() {
            return Ok(());
        }
        let saved = self.enter(
            ScopeKind::Annotations,
            "__annotate__",
            key_of(parameters),
            parameters.start(),
        );
        self.restrict = Some("an annotation");
        self.define(&Name::new_static(".format"), def::PARAM, parameters.range)?;
        self.scope().annotations_used = true;
        for annotation in annotations {
            if self.future_annotations {
                // Only its text is kept.
                continue;
            }
            match annotation {
                Expr::Starred(starred) => self.expr(&starred.value)?,
                _ => self.expr(annotation)?,
            }
        }
        self.leave(saved);
        Ok(())
    }

    pub(super) fn variable_annotation(&mut self, annotation: &Expr, simple: bool) -> Done {
        let kind = self.scope().kind;
        if self.future_annotations || !matches!(kind, ScopeKind::Module | ScopeKind::Class) || !simple {
            // Not evaluated, or (not simple, outside functions) evaluated for nothing but its errors: it is left out.
            return Ok(());
        }
        if (kind == ScopeKind::Module || self.conditional) && !self.scope().conditional_annotations {
            self.scope().conditional_annotations = true;
            self.use_name("__conditional_annotations__", annotation.range());
        }
        let saved = match self.scope().annotation_child {
            Some(child) => {
                let saved = Saved {
                    current: self.current,
                    conditional: self.conditional,
                    restrict: self.restrict,
                };
                self.current = child;
                saved
            }
            None => {
                let parent = self.current;
                let saved = self.enter(
                    ScopeKind::Annotations,
                    "__annotate__",
                    usize::MAX - parent.0 as usize,
                    annotation.start(),
                );
                self.table.scopes[parent.0 as usize].annotation_child = Some(self.current);
                self.define(&Name::new_static(".format"), def::PARAM, annotation.range())?;
                self.scope().annotations_used = true;
                saved
            }
        };
        if self.table.scopes[saved.current.0 as usize].conditional_annotations {
            self.use_name("__conditional_annotations__", annotation.range());
        }
        self.restrict = Some("an annotation");
        self.expr(annotation)?;
        self.leave(saved);
        Ok(())
    }

    pub(super) fn type_params(
        &mut self,
        params: &TypeParams,
        owner: &Identifier,
        function: Option<&Parameters>,
        class: bool,
    ) -> Result<Saved, Fault> {
        let saved = self.enter(ScopeKind::TypeParams, owner, key_of(params), params.start());
        if class {
            self.define(&Name::new_static(".type_params"), def::LOCAL, params.range)?;
            self.use_name(".type_params", params.range);
            self.define(&Name::new_static(".generic_base"), def::LOCAL, params.range)?;
            self.use_name(".generic_base", params.range);
        }
        if let Some(parameters) = function {
            if parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .any(|parameter| parameter.default.is_some())
            {
                self.define(&Name::new_static(".defaults"), def::PARAM, params.range)?;
            }
            if parameters
                .kwonlyargs
                .iter()
                .any(|parameter| parameter.default.is_some())
            {
                self.define(&Name::new_static(".kwdefaults"), def::PARAM, params.range)?;
            }
        }
        let mut seen_default = false;
        for param in &params.type_params {
            let (name, bound, default) = match param {
                TypeParam::TypeVar(node) => (&node.name, node.bound.as_deref(), node.default.as_deref()),
                TypeParam::TypeVarTuple(node) => (&node.name, None, node.default.as_deref()),
                TypeParam::ParamSpec(node) => (&node.name, None, node.default.as_deref()),
            };
            if matches!(name.as_str(), "__classdict__" | "__conditional_annotations__") {
                let msg = format!("reserved name '{}' cannot be used for type parameter", name.id);
                return Err(Fault::new(msg, param.range()));
            }
            self.define(&name.id, def::TYPE_PARAM | def::LOCAL, param.range())?;
            if let Some(bound) = bound {
                let what = if bound.is_tuple_expr() {
                    "a TypeVar constraint"
                } else {
                    "a TypeVar bound"
                };
                self.type_variable(bound, name, what)?;
            }
            if let Some(default) = default {
                seen_default = true;
                let what = match param {
                    TypeParam::TypeVar(_) => "a TypeVar default",
                    TypeParam::TypeVarTuple(_) => "a TypeVarTuple default",
                    TypeParam::ParamSpec(_) => "a ParamSpec default",
                };
                self.type_variable(default, name, what)?;
            } else if seen_default {
                return Err(Fault::new(
                    format!(
                        "non-default type parameter '{}' follows default type parameter",
                        name.id
                    ),
                    param.range(),
                ));
            }
        }
        Ok(saved)
    }

    fn type_variable(&mut self, expr: &Expr, name: &Identifier, what: &'static str) -> Done {
        let saved = self.enter(ScopeKind::TypeVariable, name, key_of(expr), expr.start());
        self.restrict = Some(what);
        self.define(&Name::new_static(".format"), def::PARAM, expr.range())?;
        match expr {
            Expr::Starred(starred) => self.expr(&starred.value)?,
            _ => self.expr(expr)?,
        }
        self.leave(saved);
        Ok(())
    }
}
