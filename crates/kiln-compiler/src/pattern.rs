//! `match` statements.
//!
//! Every temporary of a pattern stays until the whole pattern has matched or failed: `live` lists them, and label `fail[n]` drops the first
//! `n` of them. Captured names are bound only when the whole pattern has matched.

use kiln_bytecode::{Const, Op, flags};
use kiln_syntax::Fault;
use kiln_syntax::ast::{
    Expr, Identifier, Name, Operator, Pattern, PatternMatchClass, PatternMatchMapping, PatternMatchOr,
    PatternMatchSequence, Ranged, Singleton, StmtMatch,
};

use crate::unit::{Label, Unit, Val, Want};
use crate::{Compiler, Res};

/// What is known about the pattern being compiled.
#[derive(Default)]
struct Case {
    /// Temporaries that hold values, in order of allocation.
    live: Vec<u16>,
    /// Where to go when the match fails with `n` live temporaries.
    fail: Vec<Option<Label>>,
    /// Captures: name, register.
    captures: Vec<(Name, u16)>,
}

impl Case {
    fn fail(&mut self, unit: &mut Unit) -> Label {
        let count = self.live.len();
        if self.fail.len() <= count {
            self.fail.resize(count + 1, None);
        }
        *self.fail[count].get_or_insert_with(|| unit.label())
    }
}

impl<'a> Compiler<'a> {
    pub fn match_(&mut self, node: &'a StmtMatch) -> Res {
        let mark = self.u.top;
        let subject = self.expr_temp(&node.subject)?;
        let end = self.u.label();
        for (index, case) in node.cases.iter().enumerate() {
            if case.guard.is_none() && index + 1 < node.cases.len() {
                self.check_irrefutable(&case.pattern)?;
            }
            let next = self.u.label();
            let mut state = Case {
                live: Vec::new(),
                fail: vec![Some(next)],
                captures: Vec::new(),
            };
            self.pattern(&case.pattern, subject, &mut state)?;
            self.at(&case.pattern);
            self.bind_captures(&mut state, subject);
            let done = self.u.label();
            if let Some(guard) = &case.guard {
                self.jump_if(guard, next, false)?;
            }
            self.u.jump(done);
            self.fail_labels(&mut state);
            let body_end = self.u.label();
            self.u.jump(body_end);
            self.u.bind(done);
            self.u.emit(Op::Drop, subject, 0, 0);
            self.u.reset(mark);
            self.branch(&case.body)?;
            self.u.pos = kiln_bytecode::Position::NONE;
            self.u.jump(end);
            self.u.bind(body_end);
            self.u.bind(next);
            self.u.temp();
        }
        self.u.emit(Op::Drop, subject, 0, 0);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    /// An irrefutable pattern makes what follows unreachable.
    fn check_irrefutable(&self, pattern: &Pattern) -> Res {
        match pattern {
            Pattern::MatchAs(node) if node.pattern.is_none() => match &node.name {
                Some(name) => Err(Fault::new(
                    format!("name capture '{}' makes remaining patterns unreachable", name.id),
                    node.range,
                )),
                None => Err(Fault::new("wildcard makes remaining patterns unreachable", node.range)),
            },
            Pattern::MatchAs(node) => node
                .pattern
                .as_deref()
                .map_or(Ok(()), |inner| self.check_irrefutable(inner)),
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|inner| self.check_irrefutable(inner)),
            _ => Ok(()),
        }
    }

    /// The code that failing jumps go to: drops live temporaries, then falls into label `fail[0]`, which the caller binds.
    fn fail_labels(&mut self, state: &mut Case) {
        for count in (1..state.fail.len()).rev() {
            if let Some(label) = state.fail[count].take() {
                self.u.bind(label);
            }
            self.u.emit(Op::Drop, state.live[count - 1], 0, 0);
        }
    }

    /// Stores captured values and drops every other live temporary.
    fn bind_captures(&mut self, state: &mut Case, subject: u16) {
        let captures = std::mem::take(&mut state.captures);
        for (index, (name, reg)) in captures.iter().enumerate() {
            let again = captures[index + 1..].iter().any(|(_, other)| other == reg);
            let taken = !again && *reg != subject && state.live.contains(reg);
            self.store_name(name, if taken { Val::Temp(*reg) } else { Val::Local(*reg) });
        }
        for &reg in &state.live {
            if !captures.iter().any(|(_, captured)| *captured == reg) {
                self.u.emit(Op::Drop, reg, 0, 0);
            }
        }
    }

    fn capture(&mut self, name: &Identifier, reg: u16, state: &mut Case) -> Res {
        if state.captures.iter().any(|(other, _)| *other == name.id) {
            return Err(Fault::new(
                format!("multiple assignments to name '{}' in pattern", name.id),
                name.range,
            ));
        }
        if name.id == "__debug__" {
            return Err(Fault::new("cannot assign to __debug__", name.range));
        }
        state.captures.push((name.id.clone(), reg));
        Ok(())
    }

    /// Matches the value in `R[subject]`, which stays.
    fn pattern(&mut self, pattern: &'a Pattern, subject: u16, state: &mut Case) -> Res {
        self.deeper(pattern.range(), |this| this.pattern_inner(pattern, subject, state))
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern, subject: u16, state: &mut Case) -> Res {
        self.at(pattern);
        match pattern {
            Pattern::MatchValue(node) => {
                let wrong = match &*node.value {
                    Expr::FString(_) | Expr::TString(_) => true,
                    Expr::BinOp(sum) => !matches!(sum.op, Operator::Add | Operator::Sub),
                    _ => false,
                };
                if wrong {
                    return Err(Fault::new(
                        "patterns may only match literals and attribute lookups",
                        node.range,
                    ));
                }
                let mark = self.u.top;
                let fail = state.fail(&mut self.u);
                match self.constant_of(&node.value) {
                    Some(Const::Int(value)) if i16::try_from(value).is_ok() => {
                        self.u.emit_full(
                            Op::JumpIfEqInt,
                            flags::NEGATE,
                            0,
                            subject,
                            value as i16 as u16,
                            Some(fail),
                        );
                    }
                    _ => {
                        let val = self.expr(&node.value, Want::Any)?;
                        self.at(pattern);
                        let (c, flag) = Unit::field(val, 2);
                        self.u
                            .emit_full(Op::JumpIfEq, flags::NEGATE | flag, 0, subject, c, Some(fail));
                    }
                }
                self.u.reset(mark);
            }
            Pattern::MatchSingleton(node) => {
                let constant = match node.value {
                    Singleton::None => Const::None,
                    Singleton::True => Const::True,
                    Singleton::False => Const::False,
                };
                let fail = state.fail(&mut self.u);
                let val = self.u.const_val(constant);
                let (c, flag) = Unit::field(val, 2);
                self.u
                    .emit_full(Op::JumpIfIs, flags::NEGATE | flag, 0, subject, c, Some(fail));
                self.u.discard_mark(val);
            }
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    if node.name.is_none() {
                        return self.pattern(inner, subject, state);
                    }
                    self.pattern(inner, subject, state)?;
                }
                if let Some(name) = &node.name {
                    self.capture(name, subject, state)?;
                }
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.capture(name, subject, state)?;
                }
            }
            Pattern::MatchSequence(node) => self.sequence_pattern(node, subject, state)?,
            Pattern::MatchMapping(node) => self.mapping_pattern(node, subject, state)?,
            Pattern::MatchClass(node) => self.class_pattern(node, subject, state)?,
            Pattern::MatchOr(node) => self.or_pattern(node, subject, state)?,
        }
        Ok(())
    }

    fn live_temp(&mut self, state: &mut Case) -> u16 {
        let reg = self.u.temp();
        state.live.push(reg);
        reg
    }

    fn test(&mut self, op: Op, subject: u16, state: &mut Case) {
        let fail = state.fail(&mut self.u);
        let mark = self.u.top;
        let test = self.u.temp();
        self.u.emit_ab(op, test, Val::Local(subject), 0);
        self.u.jump_on(Op::JumpIfFalse, Val::Temp(test), fail);
        self.u.reset(mark);
    }

    fn sequence_pattern(&mut self, node: &'a PatternMatchSequence, subject: u16, state: &mut Case) -> Res {
        let count = node.patterns.len();
        let star = node
            .patterns
            .iter()
            .position(|inner| matches!(inner, Pattern::MatchStar(_)));
        if let Some(first) = star
            && node.patterns[first + 1..]
                .iter()
                .any(|inner| matches!(inner, Pattern::MatchStar(_)))
        {
            return Err(Fault::new("multiple starred names in sequence pattern", node.range));
        }
        self.test(Op::MatchSequence, subject, state);
        let wanted = count - star.is_some() as usize;
        if star.is_none() || wanted > 0 {
            let fail = state.fail(&mut self.u);
            let mark = self.u.top;
            let length = self.u.temp();
            self.u.emit_ab(Op::GetLen, length, Val::Local(subject), 0);
            let op = if star.is_some() {
                Op::JumpIfGeInt
            } else {
                Op::JumpIfEqInt
            };
            self.u.emit_full(
                op,
                flags::NEGATE | flags::B_TAKE,
                0,
                length,
                wanted.min(30_000) as u16,
                Some(fail),
            );
            self.u.reset(mark);
        }
        let wild = |inner: &Pattern| match inner {
            Pattern::MatchAs(inner) => inner.pattern.is_none() && inner.name.is_none(),
            Pattern::MatchStar(inner) => inner.name.is_none(),
            _ => false,
        };
        if node.patterns.iter().all(wild) {
            return Ok(());
        }
        // With an unnamed star, items are fetched one by one, as the rest need not be sliceable.
        if let Some(star) = star
            && wild(&node.patterns[star])
        {
            for (index, inner) in node.patterns.iter().enumerate() {
                if index == star || wild(inner) {
                    continue;
                }
                self.at(inner);
                let item = self.u.temp();
                // Behind the star items are counted from the end, by the length: not every sequence takes negative
                // numbers.
                let key = if index < star {
                    self.u.const_val(Const::Int(index as i64))
                } else {
                    let back = self.u.const_val(Const::Int((count - index) as i64));
                    self.u.emit_ab(Op::GetLen, item, Val::Local(subject), 0);
                    self.u.emit_abc(Op::Sub, 0, item, Val::Temp(item), back);
                    Val::Temp(item)
                };
                self.u.emit_abc(Op::LoadSubscr, 0, item, Val::Local(subject), key);
                self.u.reset(item + 1);
                state.live.push(item);
                self.pattern(inner, item, state)?;
            }
            return Ok(());
        }
        let first = self.u.temps(count);
        match star {
            None => self.u.emit(Op::UnpackSequence, first, subject, count as u16),
            Some(before) => {
                let after = count - before - 1;
                if before > 255 || after > 255 {
                    return Err(Fault::new(
                        "too many expressions in star-unpacking sequence pattern",
                        node.range,
                    ));
                }
                self.u.emit(Op::UnpackEx, first, subject, (before | after << 8) as u16);
            }
        }
        state.live.extend(first..first + count as u16);
        for (index, inner) in node.patterns.iter().enumerate() {
            self.pattern(inner, first + index as u16, state)?;
        }
        Ok(())
    }

    fn mapping_pattern(&mut self, node: &'a PatternMatchMapping, subject: u16, state: &mut Case) -> Res {
        self.test(Op::MatchMapping, subject, state);
        let count = node.keys.len();
        if count == 0 && node.rest.is_none() {
            return Ok(());
        }
        if count > 0 {
            let fail = state.fail(&mut self.u);
            let mark = self.u.top;
            let length = self.u.temp();
            self.u.emit_ab(Op::GetLen, length, Val::Local(subject), 0);
            self.u.emit_full(
                Op::JumpIfGeInt,
                flags::NEGATE | flags::B_TAKE,
                0,
                length,
                count as u16,
                Some(fail),
            );
            self.u.reset(mark);
        }
        let mut seen: Vec<String> = Vec::new();
        let first = self.u.top;
        for key in &node.keys {
            if let Some(constant) = self.constant_of(key) {
                let text = key_text(&constant);
                if seen.contains(&text) {
                    return Err(Fault::new(
                        format!("mapping pattern checks duplicate key ({})", self.source_of(key)),
                        node.range,
                    ));
                }
                seen.push(text);
            }
            self.expr_temp(key)?;
        }
        self.at(node);
        self.u.reset(first);
        let keys = self.live_temp(state);
        self.u.emit(Op::BuildTuple, keys, first, count as u16);
        let values = self.live_temp(state);
        self.u
            .emit_abc(Op::MatchKeys, 0, values, Val::Local(subject), Val::Local(keys));
        let fail = state.fail(&mut self.u);
        self.u.emit_full(Op::JumpIfNone, 0, values, 0, 0, Some(fail));
        let items = self.u.temps(count);
        if count > 0 {
            self.u
                .emit_ab(Op::UnpackSequence, items, Val::Local(values), count as u16);
        }
        state.live.extend(items..items + count as u16);
        for (index, inner) in node.patterns.iter().enumerate() {
            self.pattern(inner, items + index as u16, state)?;
        }
        if let Some(rest) = &node.rest {
            self.at(node);
            let dict = self.u.temp();
            self.u.emit(Op::BuildMap, dict, dict, 0);
            self.u.emit_ab(Op::DictUpdate, dict, Val::Local(subject), 0);
            state.live.push(dict);
            let mark = self.u.top;
            let unpacked = self.u.temps(count);
            if count > 0 {
                self.u
                    .emit_ab(Op::UnpackSequence, unpacked, Val::Local(keys), count as u16);
            }
            for key in unpacked..unpacked + count as u16 {
                self.u.emit_vab(Op::DeleteSubscr, Val::Local(dict), Val::Temp(key), 0);
            }
            self.u.reset(mark);
            self.capture(rest, dict, state)?;
        }
        Ok(())
    }

    fn class_pattern(&mut self, node: &'a PatternMatchClass, subject: u16, state: &mut Case) -> Res {
        let arguments = &node.arguments;
        for (index, keyword) in arguments.keywords.iter().enumerate() {
            if arguments.keywords[..index]
                .iter()
                .any(|other| other.attr.id == keyword.attr.id)
            {
                return Err(Fault::new(
                    format!("attribute name repeated in class pattern: {}", keyword.attr.id),
                    keyword.pattern.range(),
                ));
            }
        }
        let class = self.expr_temp(&node.cls)?;
        let names = arguments
            .keywords
            .iter()
            .map(|keyword| Const::str(&keyword.attr.id))
            .collect();
        let spec = Const::Tuple([Const::Int(arguments.patterns.len() as i64), Const::Tuple(names)].into());
        let spec = self.u.const_val(spec);
        self.u.place(spec, Want::Temp);
        self.at(node);
        self.u.reset(class);
        let values = self.live_temp(state);
        self.u
            .emit_abc(Op::MatchClass, 0, values, Val::Local(subject), Val::Local(class));
        let fail = state.fail(&mut self.u);
        self.u.emit_full(Op::JumpIfNone, 0, values, 0, 0, Some(fail));
        let inner: Vec<&'a Pattern> = arguments
            .patterns
            .iter()
            .chain(arguments.keywords.iter().map(|keyword| &keyword.pattern))
            .collect();
        if inner.is_empty() {
            return Ok(());
        }
        let items = self.u.temps(inner.len());
        self.u
            .emit_ab(Op::UnpackSequence, items, Val::Local(values), inner.len() as u16);
        state.live.extend(items..items + inner.len() as u16);
        for (index, inner) in inner.into_iter().enumerate() {
            self.pattern(inner, items + index as u16, state)?;
        }
        Ok(())
    }

    fn or_pattern(&mut self, node: &'a PatternMatchOr, subject: u16, state: &mut Case) -> Res {
        let mut names: Vec<Name> = Vec::new();
        capture_names(&node.patterns[0], &mut names);
        names.sort();
        for (index, inner) in node.patterns.iter().enumerate() {
            let mut own = Vec::new();
            capture_names(inner, &mut own);
            own.sort();
            if own != names {
                return Err(Fault::new("alternative patterns bind different names", node.range));
            }
            if index + 1 < node.patterns.len() {
                self.check_irrefutable(inner)?;
            }
        }
        // Each alternative leaves its captures in the same registers.
        let slots = self.u.temps(names.len());
        let matched = self.u.label();
        for inner in &node.patterns {
            let next = self.u.label();
            let mut own = Case {
                live: Vec::new(),
                fail: vec![Some(next)],
                captures: Vec::new(),
            };
            let mark = self.u.top;
            self.pattern(inner, subject, &mut own)?;
            let captures = std::mem::take(&mut own.captures);
            for (name, reg) in &captures {
                let Ok(slot) = names.binary_search(name) else { continue };
                self.u.move_to(slots + slot as u16, Val::Local(*reg));
            }
            for &reg in &own.live {
                self.u.emit(Op::Drop, reg, 0, 0);
            }
            self.u.jump(matched);
            self.fail_labels(&mut own);
            self.u.bind(next);
            self.u.reset(mark);
        }
        let fail = state.fail(&mut self.u);
        self.u.jump(fail);
        self.u.bind(matched);
        for (index, name) in names.into_iter().enumerate() {
            let reg = slots + index as u16;
            state.live.push(reg);
            let range = node.range;
            self.capture(&Identifier::new(name, range), reg, state)?;
        }
        Ok(())
    }

    pub fn source_of(&self, expr: &Expr) -> String {
        match (self.source.slice(expr.range()), self.constant_of(expr)) {
            (Some(text), _) => text.to_string(),
            (None, Some(constant)) => constant.to_string(),
            (None, None) => String::new(),
        }
    }
}

fn capture_names(pattern: &Pattern, out: &mut Vec<Name>) {
    let mut own = |name: &Option<Identifier>| out.extend(name.iter().map(|name| name.id.clone()));
    match pattern {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchStar(node) => own(&node.name),
        Pattern::MatchAs(node) => {
            own(&node.name);
            if let Some(inner) = &node.pattern {
                capture_names(inner, out);
            }
        }
        Pattern::MatchSequence(node) => node.patterns.iter().for_each(|inner| capture_names(inner, out)),
        Pattern::MatchMapping(node) => {
            own(&node.rest);
            node.patterns.iter().for_each(|inner| capture_names(inner, out));
        }
        Pattern::MatchClass(node) => {
            node.arguments
                .patterns
                .iter()
                .for_each(|inner| capture_names(inner, out));
            node.arguments
                .keywords
                .iter()
                .for_each(|keyword| capture_names(&keyword.pattern, out));
        }
        Pattern::MatchOr(node) => {
            if let Some(first) = node.patterns.first() {
                capture_names(first, out);
            }
        }
    }
}

/// The same text for keys that are equal.
fn key_text(key: &Const) -> String {
    match key {
        Const::False => "0".to_owned(),
        Const::True => "1".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => (*value as i64).to_string(),
        Const::Complex(real, imag) if *imag == 0.0 => key_text(&Const::Float(*real)),
        _ => format!("{key:?}"),
    }
}
