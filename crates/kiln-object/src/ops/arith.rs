//! Arithmetic: the binary and unary operators, in place and with a modulus, and how the two operands' methods take turns.

use crate::call::call_special;
use crate::raise::Raised;
use crate::special::Special;
use crate::types::flags;
use crate::value::{Object, Value};

/// Binary operators, in the order of the special-method list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}
impl BinaryOp {
    pub const ALL: [BinaryOp; 13] = [
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::TrueDiv,
        BinaryOp::FloorDiv,
        BinaryOp::Mod,
        BinaryOp::Pow,
        BinaryOp::MatMul,
        BinaryOp::LShift,
        BinaryOp::RShift,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Xor,
    ];
    pub fn symbol(self) -> &'static str {
        [
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "** or pow()",
            "@",
            "<<",
            ">>",
            "&",
            "|",
            "^",
        ][self as usize]
    }
    pub fn special(self) -> Special {
        Special::from_index(self as usize)
    }
}

/// `a op b`.
pub fn binary(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    match try_binary(op, a, b)? {
        Some(v) => Ok(v),
        None => Err(unsupported(op.symbol(), a, b, op)),
    }
}

/// Whether the left operand is a sequence whose `+` and `*` CPython tries only after the right operand's reflected
/// method.
fn yields_to_reflected(op: BinaryOp, f: Value) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Mul)
        && crate::native::as_native(&f).is_some_and(|n| {
            n.owner
                .0
                .is_some_and(|c| c.has(flags::SEQUENCE) || matches!(c.layout().name, "str" | "bytes" | "bytearray"))
        })
}
fn try_binary(op: BinaryOp, a: Value, b: Value) -> Result<Option<Object>, Raised> {
    let (ta, tb) = (a.class(), b.class());
    let left = ta.special(op.special());
    let right = if std::ptr::eq(ta, tb) {
        None
    } else {
        tb.special(op.special().reflected())
    };
    let mut right_done = false;
    if let Some(r) = right
        && (tb.is_subtype(ta) && ta.special(op.special().reflected()) != Some(r)
            || left.is_some_and(|l| yields_to_reflected(op, l)) && !yields_to_reflected(op, r))
    {
        right_done = true;
        let v = call_special(r, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    if let Some(l) = left {
        let v = call_special(l, a, &[b])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    if let Some(r) = right
        && !right_done
    {
        let v = call_special(r, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(Some(v));
        }
    }
    Ok(None)
}
#[cold]
fn unsupported(symbol: &str, a: Value, b: Value, op: BinaryOp) -> Raised {
    let (ta, tb) = (a.class().name(), b.class().name());
    let hint = if op == BinaryOp::RShift && symbol == ">>" && ta == "builtin_function_or_method" {
        ". Did you mean \"print(<message>, file=<output_stream>)\"?"
    } else {
        ""
    };
    crate::raise!(
        TypeError,
        "unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'{hint}"
    )
}

/// `a op= b`: the value to bind.
pub fn binary_in_place(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    if let Some(f) = a.class().special(op.special().in_place()) {
        let v = call_special(f, a, &[b])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    binary_after_in_place(op, a, b)
}
/// `a op= b` after the left operand's in-place method has declined.
pub fn binary_after_in_place(op: BinaryOp, a: Value, b: Value) -> Result<Object, Raised> {
    match try_binary(op, a, b)? {
        Some(v) => Ok(v),
        None => Err(unsupported_operands(op, true, a, b)),
    }
}
/// `a op b` after the left operand's method, tried first, has declined.
pub fn binary_after_left(op: BinaryOp, in_place: bool, a: Value, b: Value) -> Result<Object, Raised> {
    if !std::ptr::eq(a.class(), b.class())
        && let Some(r) = b.class().special(op.special().reflected())
    {
        let v = call_special(r, b, &[a])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    Err(unsupported_operands(op, in_place, a, b))
}
/// The error of a binary operator that nobody implements.
#[cold]
pub fn unsupported_operands(op: BinaryOp, in_place: bool, a: Value, b: Value) -> Raised {
    match (in_place, op) {
        (false, _) => unsupported(op.symbol(), a, b, op),
        (true, BinaryOp::Pow) => unsupported("**=", a, b, op),
        (true, _) => unsupported(&format!("{}=", op.symbol()), a, b, op),
    }
}

/// `pow(a, b, c)`.
pub fn power(a: Value, b: Value, c: Value) -> Result<Object, Raised> {
    if c.is_none() {
        return binary(BinaryOp::Pow, a, b);
    }
    let reflected = b.class().special(Special::RPow);
    // An operand of a subclass comes first, as with two operands.
    let first = reflected.filter(|f| {
        !std::ptr::eq(a.class(), b.class())
            && b.class().is_subtype(a.class())
            && a.class().special(Special::RPow) != Some(*f)
    });
    if let Some(f) = first {
        let v = call_special(f, b, &[a, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if let Some(f) = a.class().special(Special::Pow) {
        let v = call_special(f, a, &[b, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    if let Some(f) = reflected.filter(|_| first.is_none()) {
        let v = call_special(f, b, &[a, c])?;
        if !v.is_not_implemented() {
            return Ok(v);
        }
    }
    Err(crate::raise!(
        TypeError,
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        a.class().name(),
        b.class().name(),
        c.class().name()
    ))
}

/// `-v`, `+v`, `~v`, `abs(v)` by special method.
pub fn unary(s: Special, v: Value) -> Result<Object, Raised> {
    match v.class().special(s) {
        Some(f) => call_special(f, v, &[]),
        None => Err(match s {
            Special::Abs => crate::raise!(TypeError, "bad operand type for abs(): '{}'", v.class().name()),
            _ => {
                let symbol = match s {
                    Special::Neg => "-",
                    Special::Pos => "+",
                    _ => "~",
                };
                crate::raise!(TypeError, "bad operand type for unary {symbol}: '{}'", v.class().name())
            }
        }),
    }
}
