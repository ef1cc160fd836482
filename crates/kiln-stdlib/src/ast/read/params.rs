//! Arguments, parameters and type parameters.

use super::{INDEX, Reader, value_error};
use crate::ast::nodes::Node;
use kiln_object::{Object, Raised, Value, intern};
use kiln_syntax::ast::{
    self, Arguments, ExprContext, Keyword, Parameter, ParameterWithDefault, Parameters, TypeParam, TypeParams,
};

impl Reader {
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

    pub(super) fn type_params(&mut self, v: Value, kind: Node) -> Result<Option<Box<TypeParams>>, Raised> {
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
}
