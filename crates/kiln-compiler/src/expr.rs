//! Expressions, conditions and assignment targets.

use kiln_bytecode::{CacheKind, Const, Op, flags};
use kiln_syntax::Fault;
use kiln_syntax::ast::{BoolOp, CmpOp, Expr, ExprCompare, ExprSlice, ExprSubscript, Operator, Ranged, UnaryOp};

use crate::unit::{Label, Unit, Val, Want};
use crate::{Compiler, Res};

/// The opcode of a binary operator.
pub fn binary_op(operator: Operator) -> Op {
    match operator {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::Matmul,
        Operator::Div => Op::Truediv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::Lshift,
        Operator::RShift => Op::Rshift,
        Operator::BitOr => Op::Or,
        Operator::BitXor => Op::Xor,
        Operator::BitAnd => Op::And,
        Operator::FloorDiv => Op::Floordiv,
    }
}

/// The form of a binary operation with an immediate: opcode, immediate, extra flags.
fn immediate_form(operator: Operator, value: i64) -> Option<(Op, i16, u8)> {
    let imm = i16::try_from(value).ok()?;
    match operator {
        Operator::Add => Some((Op::AddInt, imm, 0)),
        Operator::Sub => Some((Op::AddInt, imm.checked_neg()?, flags::SUBTRACT)),
        Operator::Mult => Some((Op::MulInt, imm, 0)),
        Operator::FloorDiv if imm != 0 => Some((Op::FloordivInt, imm, 0)),
        Operator::Mod if imm != 0 => Some((Op::ModInt, imm, 0)),
        Operator::BitAnd => Some((Op::AndInt, imm, 0)),
        Operator::LShift if (0..63).contains(&imm) => Some((Op::LshiftInt, imm, 0)),
        Operator::RShift if (0..63).contains(&imm) => Some((Op::RshiftInt, imm, 0)),
        _ => None,
    }
}

/// Opcodes of a comparison: value, fused jump, fused jump with immediate; and whether it is negated.
fn compare_ops(op: CmpOp) -> (Op, Op, Option<Op>, bool) {
    match op {
        CmpOp::Lt => (Op::Lt, Op::JumpIfLt, Some(Op::JumpIfLtInt), false),
        CmpOp::LtE => (Op::Le, Op::JumpIfLe, Some(Op::JumpIfLeInt), false),
        CmpOp::Eq => (Op::Eq, Op::JumpIfEq, Some(Op::JumpIfEqInt), false),
        CmpOp::NotEq => (Op::Ne, Op::JumpIfNe, Some(Op::JumpIfNeInt), false),
        CmpOp::Gt => (Op::Gt, Op::JumpIfGt, Some(Op::JumpIfGtInt), false),
        CmpOp::GtE => (Op::Ge, Op::JumpIfGe, Some(Op::JumpIfGeInt), false),
        CmpOp::Is => (Op::Is, Op::JumpIfIs, None, false),
        CmpOp::IsNot => (Op::Is, Op::JumpIfIs, None, true),
        CmpOp::In => (Op::In, Op::JumpIfIn, None, false),
        CmpOp::NotIn => (Op::In, Op::JumpIfIn, None, true),
    }
}

impl<'a> Compiler<'a> {
    /// Evaluates `expr`.
    pub fn expr(&mut self, expr: &'a Expr, want: Want) -> Res<Val> {
        self.deeper(expr.range(), |this| this.expr_inner(expr, want))
    }

    /// Evaluates `expr` into the next temporary.
    pub fn expr_temp(&mut self, expr: &'a Expr) -> Res<u16> {
        let expected = self.u.top;
        self.expr(expr, Want::Temp)?;
        debug_assert_eq!(self.u.top, expected + 1, "an expression leaves one temporary");
        Ok(expected)
    }

    /// Evaluates `exprs` into temporaries in a row; the first.
    pub fn expr_temps(&mut self, exprs: &'a [Expr]) -> Res<u16> {
        let first = self.u.top;
        for expr in exprs {
            self.expr_temp(expr)?;
        }
        Ok(first)
    }

    fn expr_inner(&mut self, expr: &'a Expr, want: Want) -> Res<Val> {
        if let Some(constant) = self.constant_of(expr) {
            self.at(expr);
            let val = self.u.const_val(constant);
            return Ok(self.u.place(val, want));
        }
        let mark = self.u.top;
        match expr {
            Expr::Name(node) => self.load_name(&node.id, node.range, want),
            Expr::BinOp(node) => {
                let left = self.expr(&node.left, Want::Any)?;
                self.binary(node.op, left, &node.right, node, mark, want, 0)
            }
            Expr::UnaryOp(node) => {
                if node.op == UnaryOp::Not {
                    return self.not(expr, &node.operand, want);
                }
                let op = match node.op {
                    UnaryOp::USub => Op::Neg,
                    UnaryOp::UAdd => Op::Pos,
                    _ => Op::Invert,
                };
                let operand = self.expr(&node.operand, Want::Any)?;
                self.at(node);
                Ok(self.unary(op, operand, mark, want))
            }
            Expr::BoolOp(node) => {
                let reg = self.u.temp();
                let end = self.u.label();
                let op = if node.op == BoolOp::And {
                    Op::JumpIfFalse
                } else {
                    Op::JumpIfTrue
                };
                let Some((last, others)) = node.values.split_last() else {
                    return Ok(Val::Temp(reg));
                };
                for value in others {
                    if self.constant_truth(value) == Some(node.op == BoolOp::And) {
                        continue;
                    }
                    self.u.reset(mark);
                    self.expr_temp(value)?;
                    self.at(node);
                    self.u.emit_full(op, 0, reg, 0, 0, Some(end));
                }
                self.u.reset(mark);
                self.expr_temp(last)?;
                self.u.bind(end);
                Ok(self.u.place(Val::Temp(reg), want))
            }
            Expr::Compare(node) => self.compare(node, mark, want),
            Expr::If(node) => {
                let inner = if want == Want::Any { Want::Temp } else { want };
                let (otherwise, end) = (self.u.label(), self.u.label());
                self.jump_if(&node.test, otherwise, false)?;
                let val = self.expr(&node.body, inner)?;
                self.at(node);
                self.u.jump(end);
                self.u.bind(otherwise);
                self.u.reset(mark);
                self.expr(&node.orelse, inner)?;
                self.u.bind(end);
                Ok(val)
            }
            Expr::Named(node) => {
                let Expr::Name(target) = &*node.target else {
                    return Err(Fault::new("invalid syntax", node.range));
                };
                let val = self.expr(&node.value, Want::Temp)?;
                let Val::Temp(reg) = val else { return Ok(val) };
                self.at(&*node.target);
                self.store_name(&target.id, Val::Local(reg));
                Ok(self.u.place(Val::Temp(reg), want))
            }
            Expr::Attribute(node) => {
                if let Some(val) = self.super_attr(node, mark, want)? {
                    return Ok(val);
                }
                let object = self.expr(&node.value, Want::Any)?;
                Ok(self.load_attr(node, object, mark, want))
            }
            Expr::Subscript(node) => self.subscript(node, mark, want),
            Expr::Call(node) => self.call(node, want),
            Expr::List(node) => self.sequence(&node.elts, Op::BuildList, expr, mark, want),
            Expr::Tuple(node) => self.sequence(&node.elts, Op::BuildTuple, expr, mark, want),
            Expr::Set(node) => self.sequence(&node.elts, Op::BuildSet, expr, mark, want),
            Expr::Dict(node) => self.dict(node, mark, want),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr, want)
            }
            Expr::Lambda(node) => self.lambda(node, want),
            Expr::FString(node) => self.fstring(node, want),
            Expr::TString(node) => self.tstring(node, want),
            Expr::Await(node) => {
                self.check_await(node.range)?;
                let val = self.expr(&node.value, Want::Any)?;
                self.at(node);
                Ok(self.await_value(val, 0, mark, want))
            }
            Expr::Yield(node) => self.yield_(node, want),
            Expr::YieldFrom(node) => self.yield_from(node, want),
            Expr::Slice(node) => self.slice(node, mark, want),
            Expr::Starred(node) => Err(Fault::new("can't use starred expression here", node.range)),
            Expr::IpyEscapeCommand(node) => Err(Fault::new("invalid syntax", node.range)),
            // Literals are constants, dealt with above.
            _ => Err(Fault::new("invalid syntax", expr.range())),
        }
    }

    fn unary(&mut self, op: Op, operand: Val, mark: u16, want: Want) -> Val {
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit_ab(op, dst, operand, 0);
        val
    }

    /// `left op right`, with `left` evaluated already.
    #[expect(
        clippy::too_many_arguments,
        reason = "the operands of an operation, and where the result goes"
    )]
    pub fn binary(
        &mut self,
        operator: Operator,
        left: Val,
        right: &'a Expr,
        node: &impl Ranged,
        mark: u16,
        want: Want,
        more: u8,
    ) -> Res<Val> {
        let int = match self.constant_of(right) {
            Some(Const::Int(value)) if !matches!(left, Val::Const(_)) => Some(value),
            _ => None,
        };
        if let Some((op, imm, flag)) = int.and_then(|value| immediate_form(operator, value)) {
            self.at(node);
            self.u.reset(mark);
            let (dst, val) = self.u.dest(want);
            let (b, b_flag) = Unit::field(left, 1);
            self.u.emit_full(op, more | flag | b_flag, dst, b, imm as u16, None);
            return Ok(val);
        }
        let right = self.expr(right, Want::Any)?;
        self.at(node);
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit_abc(binary_op(operator), more, dst, left, right);
        Ok(val)
    }

    /// `not operand`, the negation merged into a comparison where that is the same.
    fn not(&mut self, expr: &'a Expr, operand: &'a Expr, want: Want) -> Res<Val> {
        let mark = self.u.top;
        if let Expr::Compare(node) = operand
            && let ([op], [right]) = (&node.ops[..], &node.comparators[..])
        {
            self.check_compare(node);
            let left = self.expr(&node.left, Want::Any)?;
            let right = self.comparand(*op, right)?;
            let (value, _, _, negated) = compare_ops(*op);
            // As CPython has it, an error of the comparison is one of the whole expression.
            self.at(expr);
            self.u.reset(mark);
            if !matches!(op, CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn) {
                let result = self.u.temp();
                self.u.emit_abc(value, 0, result, left, right);
                return Ok(self.unary(Op::Not, Val::Temp(result), mark, want));
            }
            let (dst, val) = self.u.dest(want);
            self.u
                .emit_abc(value, if negated { 0 } else { flags::NEGATE }, dst, left, right);
            return Ok(val);
        }
        let operand = self.expr(operand, Want::Any)?;
        self.at(expr);
        Ok(self.unary(Op::Not, operand, mark, want))
    }

    /// The right side of a comparison; a list or set literal after `in` is made constant.
    fn comparand(&mut self, op: CmpOp, right: &'a Expr) -> Res<Val> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(constant) = self.constant_container(right)
        {
            self.at(right);
            return Ok(self.u.const_val(constant));
        }
        self.expr(right, Want::Any)
    }

    fn compare(&mut self, node: &'a ExprCompare, mark: u16, want: Want) -> Res<Val> {
        self.check_compare(node);
        let left = self.expr(&node.left, Want::Any)?;
        if let ([op], [right]) = (&node.ops[..], &node.comparators[..]) {
            let right = self.comparand(*op, right)?;
            let (value, _, _, negated) = compare_ops(*op);
            self.at(node);
            self.u.reset(mark);
            let (dst, val) = self.u.dest(want);
            self.u
                .emit_abc(value, if negated { flags::NEGATE } else { 0 }, dst, left, right);
            return Ok(val);
        }
        // a < b < c: the result goes to `result`, the middle operand stays in the temporary above it.
        let (end, cleanup) = (self.u.label(), self.u.label());
        let result = mark;
        let held = match left {
            Val::Temp(reg) if reg == mark => {
                self.u.temp();
                self.u.move_to(mark + 1, left);
                Val::Temp(mark + 1)
            }
            _ => {
                if self.u.top == mark {
                    self.u.temp();
                }
                left
            }
        };
        let mut left = held;
        let mut middle = mark + 1;
        let last = node.ops.len() - 1;
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let (value, _, _, negated) = compare_ops(*op);
            let flag = if negated { flags::NEGATE } else { 0 };
            self.u.reset(mark + 2);
            self.u.max = self.u.max.max(mark + 2);
            if index == last {
                let right = self.comparand(*op, right)?;
                self.at(node);
                self.u.emit_abc(value, flag, result, left, right);
            } else {
                let next = self.expr_temp(right)?;
                self.at(node);
                self.u.emit_abc(value, flag, result, left, Val::Local(next));
                middle = mark + 1;
                self.u.move_to(middle, Val::Temp(next));
                self.u.emit_full(Op::JumpIfFalse, 0, result, 0, 0, Some(cleanup));
                left = Val::Temp(middle);
            }
        }
        self.u.jump(end);
        self.u.bind(cleanup);
        self.u.emit(Op::Drop, middle, 0, 0);
        self.u.bind(end);
        self.u.reset(mark + 1);
        Ok(self.u.place(Val::Temp(result), want))
    }

    /// Jumps to `label` when `expr` is `sense`, else falls through. Leaves no temporary.
    pub fn jump_if(&mut self, expr: &'a Expr, label: Label, sense: bool) -> Res {
        self.deeper(expr.range(), |this| this.jump_if_inner(expr, label, sense))
    }

    fn jump_if_inner(&mut self, expr: &'a Expr, label: Label, sense: bool) -> Res {
        if let Some(truth) = self.constant_truth(expr) {
            self.at(expr);
            if truth == sense {
                self.u.jump(label);
            }
            return Ok(());
        }
        let mark = self.u.top;
        match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => return self.jump_if(&node.operand, label, !sense),
            Expr::BoolOp(node) => {
                let Some((last, others)) = node.values.split_last() else {
                    return Ok(());
                };
                let short = (node.op == BoolOp::Or) == sense;
                let skip = self.u.label();
                for value in others {
                    self.jump_if(value, if short { label } else { skip }, node.op == BoolOp::Or)?;
                }
                self.jump_if(last, label, sense)?;
                self.u.bind(skip);
                return Ok(());
            }
            Expr::If(node) => {
                let (otherwise, end) = (self.u.label(), self.u.label());
                self.jump_if(&node.test, otherwise, false)?;
                self.jump_if(&node.body, label, sense)?;
                self.u.jump(end);
                self.u.bind(otherwise);
                self.jump_if(&node.orelse, label, sense)?;
                self.u.bind(end);
                return Ok(());
            }
            Expr::Compare(node) => return self.jump_if_compare(node, label, sense),
            _ => {}
        }
        let val = self.expr(expr, Want::Any)?;
        self.at(expr);
        self.u.reset(mark);
        self.u
            .jump_on(if sense { Op::JumpIfTrue } else { Op::JumpIfFalse }, val, label);
        Ok(())
    }

    fn jump_if_compare(&mut self, node: &'a ExprCompare, label: Label, sense: bool) -> Res {
        self.check_compare(node);
        let mark = self.u.top;
        let mut left = self.expr(&node.left, Want::Any)?;
        let last = node.ops.len() - 1;
        if last == 0 {
            self.fused(node, node.ops[0], left, &node.comparators[0], label, sense)?;
            self.u.reset(mark);
            return Ok(());
        }
        let (cleanup, end) = (self.u.label(), self.u.label());
        // The left operand of each comparison is in temporary `mark`, or is a local or constant at first.
        if self.u.top == mark {
            self.u.temp();
        }
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            self.u.reset(mark + 1);
            if index == last {
                self.fused(node, *op, left, right, label, sense)?;
                break;
            }
            let next = self.expr_temp(right)?;
            let (_, fused, _, negated) = compare_ops(*op);
            self.at(node);
            let (b, b_flag) = Unit::field(left, 1);
            let flag = if negated { 0 } else { flags::NEGATE };
            self.u.emit_full(fused, flag | b_flag, 0, b, next, Some(cleanup));
            self.u.move_to(mark, Val::Temp(next));
            left = Val::Temp(mark);
        }
        self.u.jump(end);
        self.u.bind(cleanup);
        // The comparison that failed left its right operand above `mark`.
        self.u.emit(Op::Drop, mark + 1, 0, 0);
        if !sense {
            self.u.jump(label);
        }
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    fn fused(
        &mut self,
        node: &'a ExprCompare,
        op: CmpOp,
        left: Val,
        right: &'a Expr,
        label: Label,
        sense: bool,
    ) -> Res {
        let (_, fused, with_int, negated) = compare_ops(op);
        let flag = if negated == sense { flags::NEGATE } else { 0 };
        if matches!(op, CmpOp::Is | CmpOp::IsNot) && right.is_none_literal_expr() {
            self.at(node);
            let op = if negated == sense {
                Op::JumpIfNotNone
            } else {
                Op::JumpIfNone
            };
            self.u.jump_on(op, left, label);
            return Ok(());
        }
        if let (Some(op), Some(Const::Int(value)), false) =
            (with_int, self.constant_of(right), matches!(left, Val::Const(_)))
            && let Ok(imm) = i16::try_from(value)
        {
            self.at(node);
            let (b, b_flag) = Unit::field(left, 1);
            self.u.emit_full(op, flag | b_flag, 0, b, imm as u16, Some(label));
            return Ok(());
        }
        let right = self.comparand(op, right)?;
        self.at(node);
        let (b, b_flag) = Unit::field(left, 1);
        let (c, c_flag) = Unit::field(right, 2);
        self.u.emit_full(fused, flag | b_flag | c_flag, 0, b, c, Some(label));
        Ok(())
    }

    /// A list, tuple or set display.
    fn sequence(&mut self, elts: &'a [Expr], op: Op, node: &'a Expr, mark: u16, want: Want) -> Res<Val> {
        /// Longer displays are built piece by piece.
        const CHUNK: usize = 256;
        if elts.len() <= CHUNK && !elts.iter().any(Expr::is_starred_expr) {
            let first = self.expr_temps(elts)?;
            self.at(node);
            self.u.reset(mark);
            let (dst, val) = self.u.dest(want);
            self.u.emit(op, dst, first, elts.len() as u16);
            return Ok(val);
        }
        let list = self.u.temp();
        self.collect(
            list,
            elts,
            if op == Op::BuildSet {
                Op::BuildSet
            } else {
                Op::BuildList
            },
            node,
        )?;
        self.u.reset(mark);
        if op == Op::BuildTuple {
            let (dst, val) = self.u.dest(want);
            self.u.emit_ab(Op::ListToTuple, dst, Val::Temp(list), 0);
            return Ok(val);
        }
        self.u.temp();
        Ok(self.u.place(Val::Temp(list), want))
    }

    /// Builds a list or set of `elts`, starred ones unpacked, in temporary `into`, the last one allocated.
    pub fn collect(&mut self, into: u16, elts: &'a [Expr], op: Op, node: &impl Ranged) -> Res {
        let (extend, append) = if op == Op::BuildSet {
            (Op::SetUpdate, Op::SetAdd)
        } else {
            (Op::ListExtend, Op::ListAppend)
        };
        let leading = elts.iter().take(64).take_while(|elt| !elt.is_starred_expr()).count();
        self.u.reset(into);
        let first = self.expr_temps(&elts[..leading])?;
        self.at(node);
        self.u.reset(into);
        self.u.temp();
        self.u.emit(op, into, first, leading as u16);
        for elt in &elts[leading..] {
            let (op, elt) = match elt {
                Expr::Starred(starred) => (extend, &*starred.value),
                _ => (append, elt),
            };
            let val = self.expr(elt, Want::Any)?;
            self.at(node);
            self.u.emit_ab(op, into, val, 0);
            self.u.reset(into + 1);
        }
        Ok(())
    }

    fn dict(&mut self, node: &'a kiln_syntax::ast::ExprDict, mark: u16, want: Want) -> Res<Val> {
        let dict = self.u.temp();
        let leading = node.items.iter().take(64).take_while(|item| item.key.is_some()).count();
        self.u.reset(mark);
        let first = self.u.top;
        for item in &node.items[..leading] {
            if let Some(key) = &item.key {
                self.expr_temp(key)?;
            }
            self.expr_temp(&item.value)?;
        }
        self.at(node);
        self.u.reset(mark);
        if leading == node.items.len() {
            let (dst, val) = self.u.dest(want);
            self.u.emit(Op::BuildMap, dst, first, leading as u16);
            return Ok(val);
        }
        self.u.temp();
        self.u.emit(Op::BuildMap, dict, first, leading as u16);
        for item in &node.items[leading..] {
            match &item.key {
                Some(key) => {
                    let key = self.expr(key, Want::Any)?;
                    let value = self.expr(&item.value, Want::Any)?;
                    self.at(node);
                    self.u.emit_abc(Op::MapAdd, 0, dict, key, value);
                }
                None => {
                    let mapping = self.expr(&item.value, Want::Any)?;
                    self.at(node);
                    self.u.emit_ab(Op::DictUpdate, dict, mapping, 0);
                }
            }
            self.u.reset(mark + 1);
        }
        Ok(self.u.place(Val::Temp(dict), want))
    }

    fn subscript(&mut self, node: &'a ExprSubscript, mark: u16, want: Want) -> Res<Val> {
        self.check_subscript(node);
        let object = self.expr(&node.value, Want::Any)?;
        if let Some(pair) = self.slice_pair(&node.slice)? {
            self.at(node);
            self.u.reset(mark);
            let (dst, val) = self.u.dest(want);
            let (b, flag) = Unit::field(object, 1);
            self.u.emit_full(Op::LoadSlice, flag, dst, b, pair, None);
            return Ok(val);
        }
        let index = self.expr(&node.slice, Want::Any)?;
        self.at(node);
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit_abc(Op::LoadSubscr, 0, dst, object, index);
        Ok(val)
    }

    /// The bounds of a slice without step, in two temporaries.
    fn slice_pair(&mut self, slice: &'a Expr) -> Res<Option<u16>> {
        let Expr::Slice(slice) = slice else { return Ok(None) };
        if slice.step.is_some() {
            return Ok(None);
        }
        let first = self.u.top;
        for bound in [&slice.lower, &slice.upper] {
            self.bound(bound.as_deref())?;
        }
        Ok(Some(first))
    }

    fn bound(&mut self, bound: Option<&'a Expr>) -> Res {
        match bound {
            Some(bound) => {
                self.expr_temp(bound)?;
            }
            None => {
                let none = self.u.none();
                self.u.place(none, Want::Temp);
            }
        }
        Ok(())
    }

    fn slice(&mut self, node: &'a ExprSlice, mark: u16, want: Want) -> Res<Val> {
        let first = self.u.top;
        for bound in [&node.lower, &node.upper, &node.step] {
            self.bound(bound.as_deref())?;
        }
        self.at(node);
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit(Op::BuildSlice, dst, first, 0);
        Ok(val)
    }

    // ── Targets ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Stores `val` to `target`; `val` is consumed, temporaries from `val` on are free afterwards.
    pub fn store(&mut self, target: &'a Expr, val: Val) -> Res {
        self.deeper(target.range(), |this| this.store_inner(target, val))
    }

    fn store_inner(&mut self, target: &'a Expr, val: Val) -> Res {
        let mark = self.u.top;
        match target {
            Expr::Name(node) => {
                self.at(target);
                self.store_name(&node.id, val);
            }
            Expr::Attribute(node) => {
                self.note_static_attribute(node);
                let object = self.expr(&node.value, Want::Any)?;
                let name = self.mangled(&node.attr.id);
                let cache = self.u.cache(CacheKind::StoreAttr, &name);
                self.at(target);
                self.u.emit_vab(Op::StoreAttr, object, val, cache);
            }
            Expr::Subscript(node) => {
                let object = self.expr(&node.value, Want::Any)?;
                if let Some(pair) = self.slice_pair(&node.slice)? {
                    self.at(target);
                    let (a, a_flag) = Unit::field(object, 0);
                    let (c, c_flag) = Unit::field(val, 2);
                    self.u.emit_full(Op::StoreSlice, a_flag | c_flag, a, pair, c, None);
                } else {
                    let index = self.expr(&node.slice, Want::Any)?;
                    self.at(target);
                    let (a, a_flag) = Unit::field(object, 0);
                    let (b, b_flag) = Unit::field(index, 1);
                    let (c, c_flag) = Unit::field(val, 2);
                    self.u
                        .emit_full(Op::StoreSubscr, a_flag | b_flag | c_flag, a, b, c, None);
                }
            }
            Expr::Tuple(node) => self.unpack(&node.elts, target, val)?,
            Expr::List(node) => self.unpack(&node.elts, target, val)?,
            Expr::Starred(node) => {
                return Err(Fault::new(
                    "starred assignment target must be in a list or tuple",
                    node.range,
                ));
            }
            _ => return Err(Fault::new("cannot assign to expression", target.range())),
        }
        self.u.reset(mark);
        Ok(())
    }

    fn unpack(&mut self, elts: &'a [Expr], target: &'a Expr, val: Val) -> Res {
        let star = elts.iter().position(Expr::is_starred_expr);
        self.at(target);
        let first = self.u.temps(elts.len());
        match star {
            None => self.u.emit_ab(Op::UnpackSequence, first, val, elts.len() as u16),
            Some(before) => {
                let after = elts.len() - before - 1;
                if elts[before + 1..].iter().any(Expr::is_starred_expr) {
                    return Err(Fault::new("multiple starred expressions in assignment", target.range()));
                }
                if before > 255 || after > 255 {
                    return Err(Fault::new(
                        "too many expressions in star-unpacking assignment",
                        target.range(),
                    ));
                }
                self.u.emit_ab(Op::UnpackEx, first, val, (before | after << 8) as u16);
            }
        }
        for (index, elt) in elts.iter().enumerate() {
            let elt = match elt {
                Expr::Starred(starred) => &*starred.value,
                _ => elt,
            };
            self.store(elt, Val::Temp(first + index as u16))?;
        }
        Ok(())
    }

    /// `del target`.
    pub fn delete(&mut self, target: &'a Expr) -> Res {
        let mark = self.u.top;
        match target {
            Expr::Name(node) => {
                self.at(target);
                self.delete_name(&node.id, true);
            }
            Expr::Attribute(node) => {
                let object = self.expr(&node.value, Want::Any)?;
                let name = self.mangled(&node.attr.id);
                let cache = self.u.cache(CacheKind::DeleteAttr, &name);
                self.at(target);
                self.u.emit_a(Op::DeleteAttr, object, 0, cache);
            }
            Expr::Subscript(node) => {
                let object = self.expr(&node.value, Want::Any)?;
                let index = self.expr(&node.slice, Want::Any)?;
                self.at(target);
                self.u.emit_vab(Op::DeleteSubscr, object, index, 0);
            }
            Expr::Tuple(node) => node.elts.iter().try_for_each(|elt| self.delete(elt))?,
            Expr::List(node) => node.elts.iter().try_for_each(|elt| self.delete(elt))?,
            _ => return Err(Fault::new("cannot delete expression", target.range())),
        }
        self.u.reset(mark);
        Ok(())
    }
}
