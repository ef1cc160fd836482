//! Expressions, and the contexts that they say they are in.

use super::constants;
use super::{INDEX, Reader, int, required, type_error, value_error};
use crate::ast::nodes::Node;
use kiln_object::{Raised, Value, attr, intern, ops};
use kiln_syntax::ast::{self, BoolOp, Comprehension, Expr, ExprContext, TextSize, UnaryOp};

impl Reader {
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
                let ops = ops
                    .iter()
                    .map(|op| self.comparison(op.value()))
                    .collect::<Result<Vec<_>, _>>()?;
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
