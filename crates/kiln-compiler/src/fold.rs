//! Constants: literals, what can be computed from them, and warnings about their use.

use kiln_bytecode::{Const, Text};
use kiln_syntax::ast::{CmpOp, Expr, ExprCall, ExprCompare, ExprSubscript, Number, Operator, UnaryOp};
use kiln_syntax::strings;

use crate::Compiler;

/// How deep constant expressions are looked into.
const DEPTH: u32 = 24;
/// The longest string or tuple that folding makes.
const LONGEST: usize = 4096;

impl<'a> Compiler<'a> {
    /// The value of `expr` if it is known now.
    pub fn constant_of(&self, expr: &Expr) -> Option<Const> {
        self.constant(expr, DEPTH)
    }

    fn constant(&self, expr: &Expr, depth: u32) -> Option<Const> {
        let depth = depth.checked_sub(1)?;
        Some(match expr {
            Expr::NoneLiteral(_) => Const::None,
            Expr::BooleanLiteral(node) => bool_const(node.value),
            Expr::EllipsisLiteral(_) => Const::Ellipsis,
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(value) => match value.as_i64() {
                    Some(value) => Const::Int(value),
                    None => strings::big_const(&value.to_string()),
                },
                Number::Float(value) => Const::Float(*value),
                Number::Complex { real, imag } => Const::Complex(*real, *imag),
            },
            Expr::StringLiteral(node) => {
                let mut bytes = Vec::new();
                for part in &node.value {
                    bytes.extend_from_slice(&self.source.literal(part).0);
                }
                Const::Str(Text(bytes.into()))
            }
            Expr::BytesLiteral(node) => Const::Bytes(node.value.bytes().collect()),
            Expr::IpyEscapeCommand(node) => self.source.special(node)?,
            Expr::Name(node) if node.id == "__debug__" && node.ctx.is_load() => bool_const(self.options.optimize == 0),
            Expr::UnaryOp(node) => unary(node.op, self.constant(&node.operand, depth)?)?,
            Expr::BinOp(node) => {
                // The right side first: it is shallow in long chains.
                let right = self.constant(&node.right, depth)?;
                binary(node.op, self.constant(&node.left, depth)?, right)?
            }
            Expr::Tuple(node) if node.ctx.is_load() => {
                let items = node
                    .elts
                    .iter()
                    .map(|elt| self.constant(elt, depth))
                    .collect::<Option<Vec<Const>>>()?;
                Const::Tuple(items.into())
            }
            Expr::Slice(node) => {
                // Only with a step: without, the bounds are operands of their own.
                node.step.as_ref()?;
                let part = |bound: &Option<Box<Expr>>| {
                    bound
                        .as_ref()
                        .map_or(Some(Const::None), |bound| self.constant(bound, depth))
                };
                Const::Slice(Box::new([part(&node.lower)?, part(&node.upper)?, part(&node.step)?]))
            }
            Expr::Subscript(node) if node.ctx.is_load() => {
                let Const::Int(index) = self.constant(&node.slice, depth)? else {
                    return None;
                };
                let item = |len: usize| {
                    let index = if index < 0 { index + len as i64 } else { index };
                    usize::try_from(index).ok().filter(|&index| index < len)
                };
                match self.constant(&node.value, depth)? {
                    Const::Tuple(items) => items[item(items.len())?].clone(),
                    Const::Str(text) => {
                        let points: Vec<u32> = text.points().collect();
                        let mut out = Vec::new();
                        Text::push(&mut out, points[item(points.len())?]);
                        Const::Str(Text(out.into()))
                    }
                    Const::Bytes(bytes) => Const::Int(bytes[item(bytes.len())?] as i64),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// The truth of `expr` if it is known now and evaluating it has no effect.
    pub fn constant_truth(&self, expr: &Expr) -> Option<bool> {
        if let Expr::UnaryOp(node) = expr
            && node.op == UnaryOp::Not
        {
            return self.constant_truth(&node.operand).map(|truth| !truth);
        }
        Some(match self.constant_of(expr)? {
            Const::None | Const::False => false,
            Const::Int(value) => value != 0,
            Const::Float(value) => value != 0.0,
            Const::Complex(real, imag) => real != 0.0 || imag != 0.0,
            Const::Str(text) => !text.0.is_empty(),
            Const::Bytes(bytes) => !bytes.is_empty(),
            Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
            Const::True | Const::Ellipsis | Const::BigInt(_) | Const::Slice(_) | Const::Code(_) => true,
        })
    }

    /// A display of constants that is only iterated over or tested for membership: list to tuple, set to frozenset.
    pub fn constant_container(&self, expr: &Expr) -> Option<Const> {
        let all = |elts: &[Expr]| {
            elts.iter()
                .map(|elt| self.constant_of(elt))
                .collect::<Option<Vec<Const>>>()
        };
        match expr {
            Expr::List(node) if node.ctx.is_load() => Some(Const::Tuple(all(&node.elts)?.into())),
            Expr::Set(node) => Some(Const::FrozenSet(all(&node.elts)?.into())),
            _ => None,
        }
    }

    // ── Warnings ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// `is` with a literal.
    pub fn check_compare(&mut self, node: &ExprCompare) {
        let mut left = &*node.left;
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let (word, better) = if *op == CmpOp::Is {
                    ("is", "==")
                } else {
                    ("is not", "!=")
                };
                let literal = literal_type(left)
                    .filter(|_| !is_singleton(left))
                    .or(literal_type(right).filter(|_| !is_singleton(right)));
                if let Some(kind) = literal {
                    self.warn(
                        format!("\"{word}\" with '{kind}' literal. Did you mean \"{better}\"?"),
                        node.range,
                    );
                }
            }
            left = right;
        }
    }

    /// A call of something that is surely not callable.
    pub fn check_call(&mut self, node: &ExprCall) {
        if let Some(kind) = display_type(&node.func) {
            self.warn(
                format!("'{kind}' object is not callable; perhaps you missed a comma?"),
                node_range(node),
            );
        }
    }

    /// A subscript of something that surely has none, or with a wrong index.
    pub fn check_subscript(&mut self, node: &ExprSubscript) {
        let object = match &*node.value {
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            Expr::TString(_) => Some("string.templatelib.Template"),
            Expr::NoneLiteral(_) => Some("NoneType"),
            Expr::BooleanLiteral(_) => Some("bool"),
            Expr::EllipsisLiteral(_) => Some("ellipsis"),
            Expr::NumberLiteral(number) => Some(number_type(&number.value)),
            _ => None,
        };
        if let Some(kind) = object {
            self.warn(
                format!("'{kind}' object is not subscriptable; perhaps you missed a comma?"),
                node.range,
            );
            return;
        }
        let container = match &*node.value {
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) => "list",
            Expr::ListComp(_) => "list",
            _ => return,
        };
        let index = match &*node.slice {
            Expr::NumberLiteral(number) if matches!(number.value, Number::Int(_)) => return,
            Expr::BooleanLiteral(_) | Expr::Slice(_) => return,
            Expr::Lambda(_) => Some("function"),
            other => display_type(other),
        };
        if let Some(kind) = index.filter(|kind| *kind != "int") {
            let msg =
                format!("{container} indices must be integers or slices, not {kind}; perhaps you missed a comma?");
            self.warn(msg, node.range);
        }
    }
}

fn node_range(node: &ExprCall) -> kiln_syntax::ast::TextRange {
    use kiln_syntax::ast::Ranged;
    node.range()
}

fn bool_const(value: bool) -> Const {
    if value { Const::True } else { Const::False }
}

fn is_singleton(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) | Expr::EllipsisLiteral(_)
    )
}

fn number_type(number: &Number) -> &'static str {
    match number {
        Number::Int(_) => "int",
        Number::Float(_) => "float",
        Number::Complex { .. } => "complex",
    }
}

fn literal_type(expr: &Expr) -> Option<&'static str> {
    Some(match expr {
        Expr::NumberLiteral(node) => number_type(&node.value),
        Expr::StringLiteral(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::Tuple(node) if node.elts.iter().all(|elt| literal_type(elt).is_some()) => "tuple",
        Expr::NoneLiteral(_) => "NoneType",
        Expr::BooleanLiteral(_) => "bool",
        Expr::EllipsisLiteral(_) => "ellipsis",
        _ => return None,
    })
}

/// The type of a display, which can be neither called nor used as an index.
fn display_type(expr: &Expr) -> Option<&'static str> {
    Some(match expr {
        Expr::Tuple(_) => "tuple",
        Expr::List(_) | Expr::ListComp(_) => "list",
        Expr::Dict(_) | Expr::DictComp(_) => "dict",
        Expr::Set(_) | Expr::SetComp(_) => "set",
        Expr::Generator(_) => "generator",
        Expr::FString(_) => "str",
        Expr::TString(_) => "string.templatelib.Template",
        _ => return literal_type(expr),
    })
}

/// A big int constant from a literal's text, decimal or with a radix prefix.
fn int_const(value: i128) -> Const {
    match i64::try_from(value) {
        Ok(value) => Const::Int(value),
        Err(_) if value < 0 => Const::BigInt(format!("-{:x}", value.unsigned_abs()).into()),
        Err(_) => Const::BigInt(format!("{value:x}").into()),
    }
}

fn unary(op: UnaryOp, operand: Const) -> Option<Const> {
    Some(match (op, operand) {
        (UnaryOp::USub, Const::Int(value)) => int_const(-(value as i128)),
        (UnaryOp::USub, Const::BigInt(digits)) => match digits.strip_prefix('-') {
            Some(positive) => Const::BigInt(positive.into()),
            // -0x8000000000000000 is the smallest that fits again.
            None if &*digits == "8000000000000000" => Const::Int(i64::MIN),
            None => Const::BigInt(format!("-{digits}").into()),
        },
        (UnaryOp::USub, Const::Float(value)) => Const::Float(-value),
        (UnaryOp::USub, Const::Complex(real, imag)) => Const::Complex(-real, -imag),
        (UnaryOp::UAdd, operand @ (Const::Int(_) | Const::BigInt(_) | Const::Float(_) | Const::Complex(..))) => operand,
        (UnaryOp::Invert, Const::Int(value)) => Const::Int(!value),
        (UnaryOp::Not, Const::None | Const::False) => Const::True,
        (UnaryOp::Not, Const::True | Const::Ellipsis) => Const::False,
        (UnaryOp::Not, Const::Int(value)) => bool_const(value == 0),
        _ => return None,
    })
}

/// Python's `x % y` and `x // y` for floats.
fn float_divmod(x: f64, y: f64) -> (f64, f64) {
    let mut modulo = x % y;
    let mut div = (x - modulo) / y;
    if modulo != 0.0 {
        if (y < 0.0) != (modulo < 0.0) {
            modulo += y;
            div -= 1.0;
        }
    } else {
        modulo = 0.0f64.copysign(y);
    }
    let floor = if div != 0.0 {
        let floor = div.floor();
        if div - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(x / y)
    };
    (floor, modulo)
}

fn binary(op: Operator, left: Const, right: Const) -> Option<Const> {
    use Operator::*;
    Some(match (left, right) {
        (Const::Int(a), Const::Int(b)) => {
            let (x, y) = (a as i128, b as i128);
            match op {
                Add => int_const(x + y),
                Sub => int_const(x - y),
                Mult => int_const(x * y),
                FloorDiv if y != 0 => int_const(x.div_euclid(y) - if y < 0 && x.rem_euclid(y) != 0 { 1 } else { 0 }),
                Mod if y != 0 => int_const(((x % y) + y) % y),
                Div if y != 0 && a.unsigned_abs() < 1 << 53 && b.unsigned_abs() < 1 << 53 => {
                    Const::Float(a as f64 / b as f64)
                }
                LShift if (0..64).contains(&b) && a.unsigned_abs() < 1 << 62 => int_const(x << y),
                RShift if b >= 0 => int_const(x >> y.min(100)),
                BitAnd => Const::Int(a & b),
                BitOr => Const::Int(a | b),
                BitXor => Const::Int(a ^ b),
                Pow if (0..=64).contains(&b) => int_const(x.checked_pow(b as u32)?),
                _ => return None,
            }
        }
        (Const::Float(x), Const::Float(y)) => float_binary(op, x, y)?,
        (Const::Float(x), Const::Int(y)) if y.unsigned_abs() < 1 << 53 => float_binary(op, x, y as f64)?,
        (Const::Int(x), Const::Float(y)) if x.unsigned_abs() < 1 << 53 => float_binary(op, x as f64, y)?,
        // 1 + 2j: the usual way to write a complex constant.
        (Const::Int(x), Const::Complex(real, imag)) if op == Add && x.unsigned_abs() < 1 << 53 => {
            Const::Complex(x as f64 + real, imag)
        }
        (Const::Float(x), Const::Complex(real, imag)) if op == Add => Const::Complex(x + real, imag),
        (Const::Int(x), Const::Complex(real, imag)) if op == Sub && x.unsigned_abs() < 1 << 53 => {
            Const::Complex(x as f64 - real, -imag)
        }
        (Const::Float(x), Const::Complex(real, imag)) if op == Sub => Const::Complex(x - real, -imag),
        (Const::Str(a), Const::Str(b)) if op == Add => {
            let mut bytes = a.0.into_vec();
            bytes.extend_from_slice(&b.0);
            Const::Str(Text(bytes.into()))
        }
        (Const::Bytes(a), Const::Bytes(b)) if op == Add => {
            let mut bytes = a.into_vec();
            bytes.extend_from_slice(&b);
            Const::Bytes(bytes.into())
        }
        (Const::Str(text), Const::Int(count)) | (Const::Int(count), Const::Str(text)) if op == Mult => {
            let count = usize::try_from(count.max(0)).ok()?;
            if text.0.len().checked_mul(count)? > LONGEST {
                return None;
            }
            Const::Str(Text(text.0.repeat(count).into()))
        }
        (Const::Bytes(bytes), Const::Int(count)) | (Const::Int(count), Const::Bytes(bytes)) if op == Mult => {
            let count = usize::try_from(count.max(0)).ok()?;
            if bytes.len().checked_mul(count)? > LONGEST {
                return None;
            }
            Const::Bytes(bytes.repeat(count).into())
        }
        (Const::Tuple(a), Const::Tuple(b)) if op == Add => {
            let mut items = a.into_vec();
            items.extend(b);
            Const::Tuple(items.into())
        }
        (Const::Tuple(items), Const::Int(count)) | (Const::Int(count), Const::Tuple(items)) if op == Mult => {
            let count = usize::try_from(count.max(0)).ok()?;
            if items.len().checked_mul(count)? > 256 {
                return None;
            }
            Const::Tuple(std::iter::repeat_n(items, count).flatten().collect())
        }
        _ => return None,
    })
}

fn float_binary(op: Operator, x: f64, y: f64) -> Option<Const> {
    Some(Const::Float(match op {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mult => x * y,
        Operator::Div if y != 0.0 => x / y,
        Operator::FloorDiv if y != 0.0 => float_divmod(x, y).0,
        Operator::Mod if y != 0.0 => float_divmod(x, y).1,
        Operator::Pow if x > 0.0 => {
            let value = x.powf(y);
            // Overflow is an error at run time.
            if !value.is_finite() {
                return None;
            }
            value
        }
        _ => return None,
    }))
}
