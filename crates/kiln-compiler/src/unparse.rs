//! Expressions back to text, as `from __future__ import annotations` stores them.

use kiln_syntax::ast::{CmpOp, Comprehension, Expr, Number, Operator, Parameters, Ranged, UnaryOp};
use kiln_syntax::{ErrorKind, Fault, Source, deep};

/// Binding strength, weakest first, as CPython's grammar nests them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Named,
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Strength {
    fn next(self) -> Strength {
        use Strength::*;
        let all = [
            Named, Tuple, Test, Or, And, Not, Compare, BitOr, BitXor, BitAnd, Shift, Arith, Term, Factor, Power, Await,
            Atom,
        ];
        all[(self as usize + 1).min(all.len() - 1)]
    }
}

/// The text of `expr`. A tree that no text was read for may hold what only its text could show: that is an error.
pub fn unparse(expr: &Expr, source: Source<'_>) -> Result<String, Fault> {
    let mut out = Printer {
        out: String::new(),
        source,
        missing: None,
    };
    out.expr(expr, Strength::Test);
    match out.missing {
        Some(fault) => Err(fault),
        None => Ok(out.out),
    }
}

struct Printer<'s> {
    out: String,
    source: Source<'s>,
    missing: Option<Fault>,
}

impl Printer<'_> {
    fn expr(&mut self, expr: &Expr, level: Strength) {
        deep::grow(|| self.inner(expr, level));
    }

    fn wrap(&mut self, own: Strength, level: Strength, body: impl FnOnce(&mut Self)) {
        let parens = own < level;
        if parens {
            self.out.push('(');
        }
        body(self);
        if parens {
            self.out.push(')');
        }
    }

    fn list(&mut self, items: &[Expr], level: Strength) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.expr(item, level);
        }
    }

    fn source_text(&mut self, expr: &Expr) {
        match self.source.slice(expr.range()) {
            Some(text) => self.out.push_str(text),
            None => {
                let msg = "an annotation of a syntax tree without source cannot be turned into text";
                self.missing = Some(Fault {
                    kind: ErrorKind::Limit,
                    ..Fault::new(msg, expr.range())
                });
            }
        }
    }

    fn inner(&mut self, expr: &Expr, level: Strength) {
        match expr {
            Expr::Name(node) => self.out.push_str(&node.id),
            Expr::NoneLiteral(_) => self.out.push_str("None"),
            Expr::BooleanLiteral(node) => self.out.push_str(if node.value { "True" } else { "False" }),
            Expr::EllipsisLiteral(_) => self.out.push_str("..."),
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(value) if value.as_i64().is_some() => self.out.push_str(&value.to_string()),
                // Of a tree without text: as Python prints them, but for exponents.
                Number::Int(value) if self.source.slice(expr.range()).is_none() => {
                    self.out.push_str(&value.to_string())
                }
                Number::Float(value) if self.source.slice(expr.range()).is_none() && value.abs() < 1e16 => {
                    self.out.push_str(&format!("{value:?}"))
                }
                _ => self.source_text(expr),
            },
            Expr::StringLiteral(node) => {
                if node.value.is_unicode() {
                    self.out.push('u');
                }
                let text = repr(node.value.to_str());
                self.out.push_str(&text);
            }
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
                    '"'
                } else {
                    '\''
                };
                self.out.push('b');
                self.out.push(quote);
                for byte in bytes {
                    match byte {
                        b'\\' => self.out.push_str("\\\\"),
                        b'\n' => self.out.push_str("\\n"),
                        b'\r' => self.out.push_str("\\r"),
                        b'\t' => self.out.push_str("\\t"),
                        byte if byte as char == quote => {
                            self.out.push('\\');
                            self.out.push(quote);
                        }
                        0x20..0x7f => self.out.push(byte as char),
                        _ => self.out.push_str(&format!("\\x{byte:02x}")),
                    }
                }
                self.out.push(quote);
            }
            Expr::Attribute(node) => {
                self.expr(&node.value, Strength::Atom);
                if matches!(&*node.value, Expr::NumberLiteral(number) if matches!(number.value, Number::Int(_))) {
                    self.out.push(' ');
                }
                self.out.push('.');
                self.out.push_str(&node.attr.id);
            }
            Expr::Subscript(node) => {
                self.expr(&node.value, Strength::Atom);
                self.out.push('[');
                match &*node.slice {
                    Expr::Tuple(tuple) if !tuple.elts.is_empty() => {
                        self.list(&tuple.elts, Strength::Test);
                        if tuple.elts.len() == 1 {
                            self.out.push(',');
                        }
                    }
                    slice => self.expr(slice, Strength::Tuple),
                }
                self.out.push(']');
            }
            Expr::Slice(node) => {
                if let Some(lower) = &node.lower {
                    self.expr(lower, Strength::Test);
                }
                self.out.push(':');
                if let Some(upper) = &node.upper {
                    self.expr(upper, Strength::Test);
                }
                if let Some(step) = &node.step {
                    self.out.push(':');
                    self.expr(step, Strength::Test);
                }
            }
            Expr::Starred(node) => {
                self.out.push('*');
                self.expr(&node.value, Strength::BitOr);
            }
            Expr::BinOp(node) => {
                let (text, own, right_assoc) = binary(node.op);
                self.wrap(own, level, |this| {
                    this.expr(&node.left, if right_assoc { own.next() } else { own });
                    this.out.push_str(text);
                    this.expr(&node.right, if right_assoc { own } else { own.next() });
                });
            }
            Expr::UnaryOp(node) => {
                let (text, own) = match node.op {
                    UnaryOp::Not => ("not ", Strength::Not),
                    UnaryOp::USub => ("-", Strength::Factor),
                    UnaryOp::UAdd => ("+", Strength::Factor),
                    UnaryOp::Invert => ("~", Strength::Factor),
                };
                self.wrap(own, level, |this| {
                    this.out.push_str(text);
                    this.expr(&node.operand, own);
                });
            }
            Expr::BoolOp(node) => {
                let (text, own) = if node.op.is_and() {
                    (" and ", Strength::And)
                } else {
                    (" or ", Strength::Or)
                };
                self.wrap(own, level, |this| {
                    for (index, value) in node.values.iter().enumerate() {
                        if index > 0 {
                            this.out.push_str(text);
                        }
                        this.expr(value, own.next());
                    }
                });
            }
            Expr::Compare(node) => self.wrap(Strength::Compare, level, |this| {
                this.expr(&node.left, Strength::BitOr);
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    this.out.push(' ');
                    this.out.push_str(compare(*op));
                    this.out.push(' ');
                    this.expr(right, Strength::BitOr);
                }
            }),
            Expr::If(node) => self.wrap(Strength::Test, level, |this| {
                this.expr(&node.body, Strength::Or);
                this.out.push_str(" if ");
                this.expr(&node.test, Strength::Or);
                this.out.push_str(" else ");
                this.expr(&node.orelse, Strength::Test);
            }),
            Expr::Named(node) => self.wrap(Strength::Named, level, |this| {
                this.expr(&node.target, Strength::Atom);
                this.out.push_str(" := ");
                this.expr(&node.value, Strength::Atom);
            }),
            Expr::Lambda(node) => self.wrap(Strength::Test, level, |this| {
                this.out.push_str("lambda");
                if let Some(parameters) = &node.parameters {
                    if !parameters.is_empty() {
                        this.out.push(' ');
                    }
                    this.parameters(parameters);
                }
                this.out.push_str(": ");
                this.expr(&node.body, Strength::Test);
            }),
            Expr::Call(node) => {
                self.expr(&node.func, Strength::Atom);
                self.out.push('(');
                let mut first = true;
                for arg in &node.arguments.args {
                    self.comma(&mut first);
                    self.expr(arg, Strength::Test);
                }
                for keyword in &node.arguments.keywords {
                    self.comma(&mut first);
                    match &keyword.arg {
                        Some(name) => {
                            self.out.push_str(&name.id);
                            self.out.push('=');
                        }
                        None => self.out.push_str("**"),
                    }
                    self.expr(&keyword.value, Strength::Test);
                }
                self.out.push(')');
            }
            Expr::Tuple(node) if node.elts.is_empty() => self.out.push_str("()"),
            Expr::Tuple(node) => self.wrap(Strength::Tuple, level, |this| {
                this.list(&node.elts, Strength::Test);
                if node.elts.len() == 1 {
                    this.out.push(',');
                }
            }),
            Expr::List(node) => {
                self.out.push('[');
                self.list(&node.elts, Strength::Test);
                self.out.push(']');
            }
            Expr::Set(node) => {
                self.out.push('{');
                self.list(&node.elts, Strength::Test);
                self.out.push('}');
            }
            Expr::Dict(node) => {
                self.out.push('{');
                let mut first = true;
                for item in &node.items {
                    self.comma(&mut first);
                    match &item.key {
                        Some(key) => {
                            self.expr(key, Strength::Test);
                            self.out.push_str(": ");
                            self.expr(&item.value, Strength::Test);
                        }
                        None => {
                            self.out.push_str("**");
                            self.expr(&item.value, Strength::BitOr);
                        }
                    }
                }
                self.out.push('}');
            }
            Expr::ListComp(node) => self.comp('[', &node.elt, None, &node.generators, ']'),
            Expr::SetComp(node) => self.comp('{', &node.elt, None, &node.generators, '}'),
            Expr::Generator(node) => self.comp('(', &node.elt, None, &node.generators, ')'),
            Expr::DictComp(node) => match &node.key {
                Some(key) => self.comp('{', key, Some(&node.value), &node.generators, '}'),
                None => self.source_text(expr),
            },
            Expr::Await(node) => self.wrap(Strength::Await, level, |this| {
                this.out.push_str("await ");
                this.expr(&node.value, Strength::Atom);
            }),
            // Formatted strings keep the source's text; the rest cannot be in annotations.
            Expr::FString(_) | Expr::TString(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::IpyEscapeCommand(_) => {
                self.source_text(expr)
            }
        }
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push_str(", ");
        }
    }

    fn comp(&mut self, open: char, elt: &Expr, value: Option<&Expr>, generators: &[Comprehension], close: char) {
        self.out.push(open);
        self.expr(elt, Strength::Test);
        if let Some(value) = value {
            self.out.push_str(": ");
            self.expr(value, Strength::Test);
        }
        for generator in generators {
            self.out
                .push_str(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, Strength::Tuple);
            self.out.push_str(" in ");
            self.expr(&generator.iter, Strength::Or);
            for test in &generator.ifs {
                self.out.push_str(" if ");
                self.expr(test, Strength::Or);
            }
        }
        self.out.push(close);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let mut first = true;
        for (index, parameter) in parameters.posonlyargs.iter().chain(&parameters.args).enumerate() {
            self.comma(&mut first);
            self.out.push_str(&parameter.parameter.name.id);
            if let Some(default) = &parameter.default {
                self.out.push('=');
                self.expr(default, Strength::Test);
            }
            if index + 1 == parameters.posonlyargs.len() {
                self.out.push_str(", /");
            }
        }
        if parameters.vararg.is_some() || !parameters.kwonlyargs.is_empty() {
            self.comma(&mut first);
            self.out.push('*');
            if let Some(vararg) = &parameters.vararg {
                self.out.push_str(&vararg.name.id);
            }
        }
        for parameter in &parameters.kwonlyargs {
            self.comma(&mut first);
            self.out.push_str(&parameter.parameter.name.id);
            if let Some(default) = &parameter.default {
                self.out.push('=');
                self.expr(default, Strength::Test);
            }
        }
        if let Some(kwarg) = &parameters.kwarg {
            self.comma(&mut first);
            self.out.push_str("**");
            self.out.push_str(&kwarg.name.id);
        }
    }
}

fn binary(op: Operator) -> (&'static str, Strength, bool) {
    match op {
        Operator::Add => (" + ", Strength::Arith, false),
        Operator::Sub => (" - ", Strength::Arith, false),
        Operator::Mult => (" * ", Strength::Term, false),
        Operator::MatMult => (" @ ", Strength::Term, false),
        Operator::Div => (" / ", Strength::Term, false),
        Operator::Mod => (" % ", Strength::Term, false),
        Operator::FloorDiv => (" // ", Strength::Term, false),
        Operator::LShift => (" << ", Strength::Shift, false),
        Operator::RShift => (" >> ", Strength::Shift, false),
        Operator::BitOr => (" | ", Strength::BitOr, false),
        Operator::BitXor => (" ^ ", Strength::BitXor, false),
        Operator::BitAnd => (" & ", Strength::BitAnd, false),
        Operator::Pow => (" ** ", Strength::Power, true),
    }
}

fn compare(op: CmpOp) -> &'static str {
    op.as_str()
}

/// `repr` of a string.
fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for ch in text.chars() {
        match ch {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ch if ch == quote => {
                out.push('\\');
                out.push(ch);
            }
            ch if ch.is_control() => out.push_str(&match ch as u32 {
                point @ 0..0x100 => format!("\\x{point:02x}"),
                point => format!("\\u{point:04x}"),
            }),
            ch => out.push(ch),
        }
    }
    out.push(quote);
    out
}
