//! The parts of trees that are theme of their own: operators, format strings, patterns.

use super::constants;
use super::{INDEX, Reader, int, type_error, value_error};
use crate::ast::nodes::Node;
use kiln_bytecode::Const;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, intern, ops};
use kiln_syntax::ast::{
    self, CmpOp, ConversionFlag, Expr, ExprContext, FString, FStringFlags, FStringValue, InterpolatedElement,
    InterpolatedStringElement, InterpolatedStringElements, InterpolatedStringFormatSpec,
    InterpolatedStringLiteralElement, MatchCase, Number, Operator, Pattern, PatternArguments, PatternKeyword,
    Singleton, TString, TStringFlags, TStringValue, TextSize, UnaryOp,
};

impl Reader {
    pub(super) fn operator(&self, v: Value, kind: Node) -> Result<Operator, Raised> {
        let op = self.field(v, kind, intern!("op"))?;
        Ok(match self.kind(op.value(), Node::operator)? {
            Node::Add => Operator::Add,
            Node::Sub => Operator::Sub,
            Node::Mult => Operator::Mult,
            Node::MatMult => Operator::MatMult,
            Node::Div => Operator::Div,
            Node::Mod => Operator::Mod,
            Node::Pow => Operator::Pow,
            Node::LShift => Operator::LShift,
            Node::RShift => Operator::RShift,
            Node::BitOr => Operator::BitOr,
            Node::BitXor => Operator::BitXor,
            Node::BitAnd => Operator::BitAnd,
            _ => Operator::FloorDiv,
        })
    }

    pub(super) fn comparison(&self, v: Value) -> Result<CmpOp, Raised> {
        Ok(match self.kind(v, Node::cmpop)? {
            Node::Eq => CmpOp::Eq,
            Node::NotEq => CmpOp::NotEq,
            Node::Lt => CmpOp::Lt,
            Node::LtE => CmpOp::LtE,
            Node::Gt => CmpOp::Gt,
            Node::GtE => CmpOp::GtE,
            Node::Is => CmpOp::Is,
            Node::IsNot => CmpOp::IsNot,
            Node::In => CmpOp::In,
            _ => CmpOp::NotIn,
        })
    }

    // ── Format strings ──────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn format_string(&mut self, v: Value, kind: Node, start: TextSize) -> Result<Expr, Raised> {
        let inner = self.open();
        let template = matches!(kind, Node::Interpolation | Node::TemplateStr);
        let elements = match kind {
            Node::JoinedStr | Node::TemplateStr => {
                let items = self.items(v, kind, intern!("values"))?;
                self.elements(&items, template)?
            }
            _ => {
                let start = self.open();
                vec![self.interpolation(v, kind, start)?]
            }
        };
        let elements = InterpolatedStringElements::from(elements);
        let (node_index, range) = (INDEX, self.close(inner));
        let value = match template {
            true => {
                let flags = TStringFlags::empty();
                let part = TString {
                    range,
                    node_index,
                    elements,
                    flags,
                };
                return Ok(Expr::TString(ast::ExprTString {
                    node_index: INDEX,
                    value: TStringValue::single(part),
                    range: self.close(start),
                }));
            }
            false => {
                let flags = FStringFlags::empty();
                FStringValue::single(FString {
                    range,
                    node_index,
                    elements,
                    flags,
                })
            }
        };
        Ok(Expr::FString(ast::ExprFString {
            node_index: INDEX,
            value,
            range: self.close(start),
        }))
    }

    fn elements(&mut self, items: &[Object], template: bool) -> Result<Vec<InterpolatedStringElement>, Raised> {
        let mut elements = Vec::new();
        for item in items {
            if item.is_none() {
                return value_error("None disallowed in expression list");
            }
            elements.push(self.element(item.value(), template)?);
        }
        Ok(elements)
    }

    /// A part of a format string: text, a formatted expression, or any expression, which then stands for itself.
    fn element(&mut self, v: Value, template: bool) -> Result<InterpolatedStringElement, Raised> {
        match self.kind(v, Node::expr)? {
            Node::Constant => {
                let value = self.field(v, Node::Constant, intern!("value"))?;
                if let Some(text) = value.cast::<Str>() {
                    let plain = text.text().to_utf8();
                    return self.within(v, Node::Constant, |r, start| {
                        if plain.is_none() {
                            let text = constants::value(value.value())?;
                            r.note(start, text);
                        }
                        Ok(InterpolatedStringElement::Literal(InterpolatedStringLiteralElement {
                            node_index: INDEX,
                            value: plain.unwrap_or_default().into(),
                            range: r.close(start),
                        }))
                    });
                }
            }
            kind @ (Node::FormattedValue | Node::Interpolation) if template == (kind == Node::Interpolation) => {
                return self.within(v, kind, |r, start| r.interpolation(v, kind, start));
            }
            _ => {}
        }
        let start = self.open();
        let expression = Box::new(self.expr(v, ExprContext::Load)?);
        self.note(start, Const::str(""));
        Ok(InterpolatedStringElement::Interpolation(InterpolatedElement {
            node_index: INDEX,
            expression,
            debug_text: None,
            conversion: ConversionFlag::None,
            format_spec: None,
            range: self.close(start),
        }))
    }

    fn interpolation(&mut self, v: Value, kind: Node, start: TextSize) -> Result<InterpolatedStringElement, Raised> {
        let expression = self.expr_field(v, kind, intern!("value"))?;
        if kind == Node::Interpolation {
            let text = self.field(v, kind, intern!("str"))?;
            let text = constants::value(text.value())?;
            self.note(start, text);
        }
        let conversion = match int(self.field(v, kind, intern!("conversion"))?.value())? {
            -1 => ConversionFlag::None,
            115 => ConversionFlag::Str,
            114 => ConversionFlag::Repr,
            97 => ConversionFlag::Ascii,
            other => {
                return Err(kiln_object::raise!(
                    SystemError,
                    "Unrecognized conversion character {other}"
                ));
            }
        };
        let format_spec = match self.optional(v, intern!("format_spec"))? {
            None => None,
            Some(spec) => {
                let kind = self.kind(spec.value(), Node::expr)?;
                let spec = self.within(spec.value(), kind, |r, start| {
                    let elements = match kind {
                        Node::JoinedStr => {
                            let items = r.items(spec.value(), kind, intern!("values"))?;
                            r.elements(&items, false)?
                        }
                        _ => r.elements(std::slice::from_ref(&spec), false)?,
                    };
                    Ok(InterpolatedStringFormatSpec {
                        node_index: INDEX,
                        elements: InterpolatedStringElements::from(elements),
                        range: r.close(start),
                    })
                })?;
                Some(Box::new(spec))
            }
        };
        Ok(InterpolatedStringElement::Interpolation(InterpolatedElement {
            node_index: INDEX,
            expression,
            debug_text: None,
            conversion,
            format_spec,
            range: self.close(start),
        }))
    }

    // ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn case(&mut self, v: Value) -> Result<MatchCase, Raised> {
        const KIND: Node = Node::match_case;
        let start = self.open();
        let pattern = self.field(v, KIND, intern!("pattern"))?;
        Ok(MatchCase {
            node_index: INDEX,
            pattern: self.pattern(pattern.value(), false)?,
            guard: self.optional_expr(v, intern!("guard"))?,
            body: self.body(v, KIND)?.into(),
            range: self.close(start),
        })
    }

    fn pattern(&mut self, v: Value, star: bool) -> Result<Pattern, Raised> {
        let kind = self.kind(v, Node::pattern)?;
        self.within_pattern(v, kind, star)
    }

    fn patterns(&mut self, v: Value, kind: Node, name: Value, star: bool) -> Result<Vec<Pattern>, Raised> {
        let items = self.items(v, kind, name)?;
        items.iter().map(|item| self.pattern(item.value(), star)).collect()
    }

    /// What a pattern may compare with.
    fn match_value(expr: &Expr) -> bool {
        let number = |expr: &Expr| match expr {
            Expr::NumberLiteral(_) => true,
            Expr::UnaryOp(n) => n.op == UnaryOp::USub && matches!(&*n.operand, Expr::NumberLiteral(_)),
            _ => false,
        };
        match expr {
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::FString(_) | Expr::TString(_) => true,
            Expr::IpyEscapeCommand(_) => true,
            Expr::Attribute(n) => Self::dotted(&n.value),
            Expr::BinOp(n) => {
                let imaginary =
                    matches!(&*n.right, Expr::NumberLiteral(n) if matches!(n.value, Number::Complex { .. }));
                matches!(n.op, Operator::Add | Operator::Sub) && number(&n.left) && imaginary
            }
            other => number(other),
        }
    }

    fn dotted(expr: &Expr) -> bool {
        match expr {
            Expr::Name(_) => true,
            Expr::Attribute(n) => Self::dotted(&n.value),
            _ => false,
        }
    }

    fn capture(&mut self, v: Value, name: Value) -> Result<Option<ast::Identifier>, Raised> {
        let name = self.optional_name(v, name)?;
        if name.as_ref().is_some_and(|name| name.id == "_") {
            return value_error("can't capture name '_' in patterns");
        }
        Ok(name)
    }

    pub(super) fn pattern_inner(
        &mut self,
        v: Value,
        kind: Node,
        star: bool,
        start: TextSize,
    ) -> Result<Pattern, Raised> {
        let node_index = INDEX;
        let load = ExprContext::Load;
        Ok(match kind {
            Node::MatchValue => {
                let value = self.expr_field(v, kind, intern!("value"))?;
                if !Self::match_value(&value) {
                    return value_error("patterns may only match literals and attribute lookups");
                }
                Pattern::MatchValue(ast::PatternMatchValue {
                    node_index,
                    value,
                    range: self.close(start),
                })
            }
            Node::MatchSingleton => {
                let value = self.field(v, kind, intern!("value"))?;
                let value = if value.is_none() {
                    Singleton::None
                } else if value.value() == Object::bool(true).value() {
                    Singleton::True
                } else if value.value() == Object::bool(false).value() {
                    Singleton::False
                } else {
                    constants::value(value.value())?;
                    return value_error("MatchSingleton can only contain True, False and None");
                };
                Pattern::MatchSingleton(ast::PatternMatchSingleton {
                    node_index,
                    value,
                    range: self.close(start),
                })
            }
            Node::MatchSequence => Pattern::MatchSequence(ast::PatternMatchSequence {
                node_index,
                patterns: self.patterns(v, kind, intern!("patterns"), true)?,
                range: self.close(start),
            }),
            Node::MatchMapping => {
                let keys = self.exprs(v, kind, intern!("keys"), load)?;
                let patterns = self.patterns(v, kind, intern!("patterns"), false)?;
                if keys.len() != patterns.len() {
                    return value_error("MatchMapping doesn't have the same number of keys as patterns");
                }
                let constant = |key: &Expr| {
                    Self::match_value(key) || matches!(key, Expr::NoneLiteral(_) | Expr::BooleanLiteral(_))
                };
                if !keys.iter().all(constant) {
                    return value_error("patterns may only match literals and attribute lookups");
                }
                Pattern::MatchMapping(ast::PatternMatchMapping {
                    node_index,
                    keys: keys.into(),
                    patterns: patterns.into(),
                    rest: self.capture(v, intern!("rest"))?,
                    range: self.close(start),
                })
            }
            Node::MatchClass => {
                let names = self.items(v, kind, intern!("kwd_attrs"))?;
                let named = self.items(v, kind, intern!("kwd_patterns"))?;
                if names.len() != named.len() {
                    return value_error("MatchClass doesn't have the same number of keyword attributes as patterns");
                }
                let cls = self.expr_field(v, kind, intern!("cls"))?;
                if !Self::dotted(&cls) {
                    return value_error("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                let inner = self.open();
                let patterns = self.patterns(v, kind, intern!("patterns"), false)?.into();
                let mut keywords = Vec::new();
                for (name, pattern) in names.iter().zip(&named) {
                    let start = self.open();
                    keywords.push(PatternKeyword {
                        node_index: INDEX,
                        attr: self.identifier(name.value())?,
                        pattern: self.pattern(pattern.value(), false)?,
                        range: self.close(start),
                    });
                }
                let range = self.close(inner);
                Pattern::MatchClass(ast::PatternMatchClass {
                    node_index,
                    cls,
                    arguments: PatternArguments {
                        node_index: INDEX,
                        range,
                        patterns,
                        keywords,
                    },
                    range: self.close(start),
                })
            }
            Node::MatchStar => {
                if !star {
                    return value_error("can't use MatchStar here");
                }
                Pattern::MatchStar(ast::PatternMatchStar {
                    node_index,
                    name: self.capture(v, intern!("name"))?,
                    range: self.close(start),
                })
            }
            Node::MatchAs => {
                let name = self.capture(v, intern!("name"))?;
                let pattern = match self.optional(v, intern!("pattern"))? {
                    None => None,
                    Some(_) if name.is_none() => {
                        return value_error("MatchAs must specify a target name if a pattern is given");
                    }
                    Some(pattern) => Some(Box::new(self.pattern(pattern.value(), false)?)),
                };
                Pattern::MatchAs(ast::PatternMatchAs {
                    node_index,
                    pattern,
                    name,
                    range: self.close(start),
                })
            }
            Node::MatchOr => {
                let patterns = self.patterns(v, kind, intern!("patterns"), false)?;
                if patterns.len() < 2 {
                    return value_error("MatchOr requires at least 2 patterns");
                }
                Pattern::MatchOr(ast::PatternMatchOr {
                    node_index,
                    patterns,
                    range: self.close(start),
                })
            }
            _ => return type_error(format!("expected some sort of pattern, but got {}", ops::repr_lossy(v))),
        })
    }
}
