//! Values of `Constant` nodes as the compiler's constants.

use super::{INDEX, Reader, type_error};
use kiln_bytecode::{Const, Text};
use kiln_object::bytes::Bytes;
use kiln_object::complex::Complex;
use kiln_object::set::FrozenSet;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, ops, singletons};
use kiln_syntax::ast::{
    self, BytesLiteral, BytesLiteralFlags, BytesLiteralValue, Expr, IpyEscapeKind, Number, StringLiteral,
    StringLiteralFlags, StringLiteralValue, TextSize,
};

/// The constant that `v` is; an error if it is none.
pub fn value(v: Value) -> Result<Const, Raised> {
    if v.is_none() {
        return Ok(Const::None);
    }
    if v == singletons::ellipsis() {
        return Ok(Const::Ellipsis);
    }
    if std::ptr::eq(v.class(), Object::bool(true).class()) {
        return Ok(if ops::is_true(v)? { Const::True } else { Const::False });
    }
    if v.is_exact_int() {
        let number = v.as_int().unwrap_or_else(|| unreachable!("an int"));
        return Ok(match number.to_i64() {
            Some(n) => Const::Int(n),
            None => Const::BigInt(number.to_big().to_radix(16).into()),
        });
    }
    if let Some(f) = v
        .as_float()
        .filter(|_| std::ptr::eq(v.class(), kiln_object::types::float_type()))
    {
        return Ok(Const::Float(f));
    }
    if let Some(c) = v.exact::<Complex>() {
        return Ok(Const::Complex(c.real.0, c.imag.0));
    }
    if let Some(text) = v.exact::<Str>() {
        let mut bytes = Vec::new();
        for i in 0..text.len() {
            Text::push(&mut bytes, text.at(i));
        }
        return Ok(Const::Str(Text(bytes.into())));
    }
    if let Some(bytes) = v.exact::<Bytes>() {
        return Ok(Const::Bytes(bytes.data().into()));
    }
    let items = if let Some(tuple) = v.exact::<Tuple>() {
        tuple.items().iter().map(|v| v.to_object()).collect()
    } else if v.exact::<FrozenSet>().is_some() {
        ops::to_vec(v)?
    } else {
        return type_error(format!("got an invalid type in Constant: {}", v.class().name()));
    };
    let items = items
        .iter()
        .map(|item| value(item.value()))
        .collect::<Result<Vec<Const>, Raised>>()?;
    Ok(match v.exact::<Tuple>() {
        Some(_) => Const::Tuple(items.into()),
        None => Const::FrozenSet(items.into()),
    })
}

/// The literal for `v`, or the node that stands for what has no literal.
pub fn expr(reader: &mut Reader, v: Value, start: TextSize) -> Result<Expr, Raised> {
    let constant = value(v)?;
    let node_index = INDEX;
    Ok(match constant {
        Const::None => Expr::NoneLiteral(ast::ExprNoneLiteral {
            node_index,
            range: reader.close(start),
        }),
        Const::True | Const::False => Expr::BooleanLiteral(ast::ExprBooleanLiteral {
            node_index,
            value: matches!(constant, Const::True),
            range: reader.close(start),
        }),
        Const::Ellipsis => Expr::EllipsisLiteral(ast::ExprEllipsisLiteral {
            node_index,
            range: reader.close(start),
        }),
        Const::Int(n) if n >= 0 => number(reader, Number::Int(ast::Int::from(n as u64)), start),
        Const::Float(value) => number(reader, Number::Float(value), start),
        Const::Complex(real, imag) => number(reader, Number::Complex { real, imag }, start),
        Const::Str(ref text) if text.as_str().is_some() => {
            let inner = reader.open();
            let value = text.as_str().unwrap_or_default().into();
            let literal = StringLiteral {
                node_index: INDEX,
                value,
                flags: StringLiteralFlags::empty(),
                range: reader.close(inner),
            };
            Expr::StringLiteral(ast::ExprStringLiteral {
                node_index,
                value: StringLiteralValue::single(literal),
                range: reader.close(start),
            })
        }
        Const::Bytes(bytes) => {
            let inner = reader.open();
            let literal = BytesLiteral {
                node_index: INDEX,
                value: bytes,
                flags: BytesLiteralFlags::empty(),
                range: reader.close(inner),
            };
            Expr::BytesLiteral(ast::ExprBytesLiteral {
                node_index,
                value: BytesLiteralValue::single(literal),
                range: reader.close(start),
            })
        }
        other => {
            reader.note(start, other);
            Expr::IpyEscapeCommand(ast::ExprIpyEscapeCommand {
                node_index,
                kind: IpyEscapeKind::Shell,
                value: "".into(),
                range: reader.close(start),
            })
        }
    })
}

fn number(reader: &mut Reader, value: Number, start: TextSize) -> Expr {
    Expr::NumberLiteral(ast::ExprNumberLiteral {
        node_index: INDEX,
        value,
        range: reader.close(start),
    })
}
