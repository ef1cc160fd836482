//! Comprehensions, compiled in place, and generator expressions; `await`, `yield` and the loop that delegates to them.

use hashbrown::HashMap;
use kiln_bytecode::{Const, Op, co, flags};
use kiln_syntax::ast::{Comprehension, Expr, ExprYield, ExprYieldFrom, Name, Ranged, TextRange, TextSize};
use kiln_syntax::{CompKind, Fault, Resolution, ScopeId, ScopeKind, Source, def, key_of};

use crate::unit::{CompFrame, CompVar, Label, ScopedRange, Unit, Val, Want};
use crate::{Compiler, Res};

/// What a comprehension yields.
#[derive(Clone, Copy)]
struct Element<'a> {
    kind: CompKind,
    elt: &'a Expr,
    value: Option<&'a Expr>,
    range: TextRange,
}

impl<'a> Compiler<'a> {
    pub fn comprehension(&mut self, expr: &'a Expr, want: Want) -> Res<Val> {
        let (key, kind, elt, value, generators, range) = match expr {
            Expr::ListComp(node) => (
                key_of(node),
                CompKind::List,
                &*node.elt,
                None,
                &node.generators[..],
                node.range,
            ),
            Expr::SetComp(node) => (
                key_of(node),
                CompKind::Set,
                &*node.elt,
                None,
                &node.generators[..],
                node.range,
            ),
            Expr::Generator(node) => {
                let range = if node.parenthesized {
                    node.range
                } else {
                    self.with_parentheses(node.range)
                };
                (
                    key_of(node),
                    CompKind::Generator,
                    &*node.elt,
                    None,
                    &node.generators[..],
                    range,
                )
            }
            Expr::DictComp(node) => {
                let Some(key) = &node.key else {
                    return Err(Fault::new(
                        "dict unpacking cannot be used in dict comprehension",
                        node.range,
                    ));
                };
                (
                    key_of(node),
                    CompKind::Dict,
                    &**key,
                    Some(&*node.value),
                    &node.generators[..],
                    node.range,
                )
            }
            _ => return Err(Fault::new("invalid syntax", expr.range())),
        };
        let scope = self.scope_of(key, ScopeKind::Comprehension);
        let element = Element {
            kind,
            elt,
            value,
            range,
        };
        if kind == CompKind::Generator {
            return self.generator_expression(scope, element, generators, want);
        }
        if self.table.scope(scope).coroutine && !self.in_async() {
            return Err(Fault::new(
                "asynchronous comprehension outside of an asynchronous function",
                range,
            ));
        }
        let result = self.u.temp();
        let iter = self.first_iterator(&generators[0])?;
        let pos = self.position(range);
        self.u.pos = pos;
        let op = match kind {
            CompKind::Set => Op::BuildSet,
            CompKind::Dict => Op::BuildMap,
            _ => Op::BuildList,
        };
        self.u.emit(op, result, result, 0);
        let start = self.u.code.len();
        let vars = self.comp_vars(scope, generators);
        let registers: Vec<(Name, CompVar)> = {
            let mut list: Vec<_> = vars.iter().map(|(name, var)| (name.clone(), var.clone())).collect();
            list.sort_by_key(|(_, var)| var.reg);
            list
        };
        self.u.comps.push(CompFrame { scope, vars });
        self.comp_loops(generators, 0, Some(iter), result, element)?;
        self.u.comps.pop();
        self.u.pos = pos;
        for (_, var) in &registers {
            self.u.emit(Op::Drop, var.reg, 0, 0);
        }
        let end = self.u.code.len();
        for (name, var) in registers {
            self.u.scoped.push(ScopedRange {
                name,
                reg: var.reg,
                cell: var.cell,
                start,
                end,
            });
        }
        self.u.reset(result + 1);
        Ok(self.u.place(Val::Temp(result), want))
    }

    /// The range of a call's only argument with the call's parentheses, which CPython counts to a generator expression.
    fn with_parentheses(&self, range: TextRange) -> TextRange {
        let Source::Text(source) = self.source else {
            return range;
        };
        let before = source[..range.start().to_usize()].rfind('(');
        let after = source[range.end().to_usize()..].find(')');
        let start = before.map_or(range.start(), |at| TextSize::new(at as u32));
        let end = after.map_or(range.end(), |at| range.end() + TextSize::new(at as u32 + 1));
        TextRange::new(start, end)
    }

    /// Evaluates the outermost iterable and makes its iterator, in the next temporary.
    fn first_iterator(&mut self, first: &'a Comprehension) -> Res<u16> {
        let mark = self.u.top;
        let val = match first.is_async {
            true => self.expr(&first.iter, Want::Any)?,
            false => self.iterable(&first.iter)?,
        };
        self.at(&first.iter);
        self.u.reset(mark);
        let iter = self.u.temp();
        self.u
            .emit_ab(if first.is_async { Op::GetAiter } else { Op::GetIter }, iter, val, 0);
        Ok(iter)
    }

    /// What a loop iterates over; a list or set display of constants is a constant.
    pub fn iterable(&mut self, expr: &'a Expr) -> Res<Val> {
        if let Some(constant) = self.constant_container(expr) {
            self.at(expr);
            return Ok(self.u.const_val(constant));
        }
        self.expr(expr, Want::Any)
    }

    /// Allocates the variables of a comprehension.
    fn comp_vars(&mut self, scope: ScopeId, generators: &'a [Comprehension]) -> HashMap<Name, CompVar> {
        let info = self.table.scope(scope);
        let mut first = Vec::new();
        target_names(&generators[0].target, &mut first);
        let reads = !is_plain_target(&generators[0].target);
        let mut vars = HashMap::new();
        for name in &info.names {
            let symbol = info.symbols[name];
            let cell = match symbol.resolution {
                Resolution::Local => false,
                Resolution::Cell => true,
                _ => continue,
            };
            if symbol.flags & def::BOUND == 0 {
                continue;
            }
            let reg = self.u.temp();
            // Targets of inner loops can be read before they are bound.
            let check = reads || !first.iter().any(|target| **target == *name);
            if cell {
                self.u.emit_full(Op::MakeCell, flags::EMPTY, reg, 0, 0, None);
            } else {
                // Also those that are surely bound in time: a loop's head then always finds the register defined.
                self.u.emit(Op::Unbind, reg, 0, 0);
            }
            vars.insert(name.clone(), CompVar { reg, cell, check });
        }
        vars
    }

    /// Loop `index` and those within. `iter`: the iterator of the outermost.
    fn comp_loops(
        &mut self,
        generators: &'a [Comprehension],
        index: usize,
        iter: Option<u16>,
        result: u16,
        element: Element<'a>,
    ) -> Res {
        let generator = &generators[index];
        let mark = self.u.top;
        // for y in [x]: an assignment.
        if iter.is_none()
            && !generator.is_async
            && let Some(only) = single_item(&generator.iter)
        {
            let val = self.expr(only, Want::Temp)?;
            self.store(&generator.target, val)?;
            self.u.reset(mark);
            let next = self.u.label();
            self.comp_body(generators, index, result, element, next)?;
            self.u.bind(next);
            return Ok(());
        }
        let iter = match iter {
            Some(iter) => iter,
            None => self.first_iterator(generator)?,
        };
        let (start, next, exit) = (self.u.label(), self.u.label(), self.u.label());
        self.u.bind(start);
        let inner = self.u.top;
        if generator.is_async {
            let outer = self.u.push_handler(exit, inner);
            self.at(&generator.target);
            let val = self.next_async(iter);
            self.u.handler = outer;
            self.store(&generator.target, val)?;
        } else {
            self.for_iter(iter, &generator.target, &generator.iter, exit)?;
        }
        self.u.reset(inner);
        self.comp_body(generators, index, result, element, next)?;
        self.u.bind(next);
        self.u.pos = self.position(element.elt.range());
        self.u.jump_back(start);
        self.u.bind(exit);
        if generator.is_async {
            self.end_async_for(iter, inner);
        }
        self.u.reset(mark);
        Ok(())
    }

    fn comp_body(
        &mut self,
        generators: &'a [Comprehension],
        index: usize,
        result: u16,
        element: Element<'a>,
        next: Label,
    ) -> Res {
        for test in &generators[index].ifs {
            self.jump_if(test, next, false)?;
        }
        if index + 1 < generators.len() {
            return self.comp_loops(generators, index + 1, None, result, element);
        }
        let mark = self.u.top;
        match (element.kind, element.value) {
            (CompKind::Generator, _) => {
                let val = self.expr(element.elt, Want::Any)?;
                self.at(element.elt);
                let sent = self.emit_yield(val, mark);
                self.u.discard(sent);
            }
            (CompKind::Dict, Some(value)) => {
                let key = self.expr(element.elt, Want::Any)?;
                let value = self.expr(value, Want::Any)?;
                self.u.pos = self.position(element.range);
                self.u.emit_abc(Op::MapAdd, 0, result, key, value);
            }
            (kind, _) => {
                let val = self.expr(element.elt, Want::Any)?;
                self.at(element.elt);
                let op = if kind == CompKind::Set {
                    Op::SetAdd
                } else {
                    Op::ListAppend
                };
                self.u.emit_ab(op, result, val, 0);
            }
        }
        self.u.reset(mark);
        Ok(())
    }

    fn generator_expression(
        &mut self,
        scope: ScopeId,
        element: Element<'a>,
        generators: &'a [Comprehension],
        want: Want,
    ) -> Res<Val> {
        let name = Name::new_static("<genexpr>");
        let qualname = self.qualname_for(&name);
        let made = self.first_iterator(&generators[0])?;
        self.enter(scope, name, qualname, element.range);
        self.u.arg_count = 1;
        self.u.flags |= if self.table.scope(scope).coroutine {
            co::ASYNC_GENERATOR
        } else {
            co::GENERATOR
        };
        let cleanup = self.prologue();
        let iter = self.u.temp();
        self.u.move_to(iter, Val::Local(0));
        self.u.emit(Op::Unbind, 0, 0, 0);
        self.comp_loops(generators, 0, Some(iter), iter, element)?;
        let none = self.u.none();
        self.u.emit_a(Op::Return, none, 0, 0);
        self.epilogue(cleanup);
        let code = self.leave()?;
        self.u.pos = self.position(element.range);
        let closure = self.closure(&code).unwrap_or_else(|| self.u.none());
        let index = self.u.constant(Const::Code(code));
        let Ok(index) = u16::try_from(index) else {
            return Err(Fault::new("too many constants", element.range));
        };
        self.u.emit_ab(Op::MakeGenerator, made, closure, index);
        self.u.reset(made + 1);
        Ok(self.u.place(Val::Temp(made), want))
    }

    // ── await, yield ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether `await` is possible here.
    pub fn in_async(&self) -> bool {
        let kind = self.table.scope(self.u.scope).kind;
        self.u.is_async || kind == ScopeKind::Comprehension || self.options.top_level_await && kind == ScopeKind::Module
    }

    pub fn check_await(&self, range: TextRange) -> Res {
        if self.in_async() {
            return Ok(());
        }
        match self.table.scope(self.u.scope).is_function_like() {
            true => Err(Fault::new("'await' outside async function", range)),
            false => Err(Fault::new("'await' outside function", range)),
        }
    }

    /// Awaits `val`, which is consumed; `kind` as in `get_awaitable`.
    pub fn await_value(&mut self, val: Val, kind: u16, mark: u16, want: Want) -> Val {
        self.u.reset(mark);
        let iter = self.u.temp();
        self.u.emit_ab(Op::GetAwaitable, iter, val, kind);
        let none = self.u.none();
        self.u.place(none, Want::Temp);
        self.delegate(iter, want)
    }

    /// The loop of `yield from` and `await`: `R[iter]` is the iterator, `R[iter+1]` what is sent first; both are the last temporaries.
    fn delegate(&mut self, iter: u16, want: Want) -> Val {
        let (send, thrown, end) = (self.u.label(), self.u.label(), self.u.label());
        let value = iter + 1;
        self.u.reset(value + 1);
        self.u.bind(send);
        self.u.emit_full(Op::Send, 0, iter, 0, 0, Some(end));
        let outer = self.u.push_handler(thrown, value + 1);
        self.u.emit_full(
            Op::YieldValue,
            flags::DELEGATE | flags::B_TAKE,
            value,
            value,
            iter,
            None,
        );
        self.u.handler = outer;
        self.u.jump(send);
        self.u.bind(thrown);
        self.u
            .emit_full(Op::CleanupThrow, flags::B_TAKE, value, value + 1, 0, None);
        self.u.emit(Op::Drop, iter, 0, 0);
        self.u.bind(end);
        self.u.reset(iter);
        let (dst, val) = self.u.dest(want);
        self.u.move_to(dst, Val::Temp(value));
        val
    }

    /// The next value of the async iterator `R[iter]`, in the next temporary. StopAsyncIteration is for the handler around.
    pub fn next_async(&mut self, iter: u16) -> Val {
        let awaitable = self.u.temp();
        self.u.emit(Op::GetAnext, awaitable, iter, 0);
        let none = self.u.none();
        self.u.place(none, Want::Temp);
        self.delegate(awaitable, Want::Temp)
    }

    /// At the handler of an async loop, whose exception is in temporary `exc`.
    pub fn end_async_for(&mut self, iter: u16, exc: u16) {
        self.u
            .emit_full(Op::EndAsyncFor, flags::A_TAKE | flags::B_TAKE, exc, iter, 0, None);
    }

    /// Yields `val`, which is consumed; the value sent is in the next temporary.
    fn emit_yield(&mut self, val: Val, mark: u16) -> Val {
        let mut val = val;
        if self.u.flags & co::ASYNC_GENERATOR != 0 {
            self.u.reset(mark);
            let reg = self.u.temp();
            self.u.emit_ab(Op::AsyncGenWrap, reg, val, 0);
            val = Val::Temp(reg);
        }
        self.u.reset(mark);
        let dst = self.u.temp();
        let (b, flag) = Unit::field(val, 1);
        self.u.emit_full(Op::YieldValue, flag, dst, b, 0, None);
        Val::Temp(dst)
    }

    fn check_yield(&self, what: &str, range: TextRange) -> Res {
        match self.table.scope(self.u.scope).is_function_like() {
            true => Ok(()),
            false => Err(Fault::new(format!("'{what}' outside function"), range)),
        }
    }

    pub fn yield_(&mut self, node: &'a ExprYield, want: Want) -> Res<Val> {
        self.check_yield("yield", node.range)?;
        let mark = self.u.top;
        let val = match &node.value {
            Some(value) => self.expr(value, Want::Any)?,
            None => self.u.none(),
        };
        self.at(node);
        let sent = self.emit_yield(val, mark);
        Ok(self.u.place(sent, want))
    }

    pub fn yield_from(&mut self, node: &'a ExprYieldFrom, want: Want) -> Res<Val> {
        self.check_yield("yield from", node.range)?;
        if self.u.is_async {
            return Err(Fault::new("'yield from' inside async function", node.range));
        }
        let mark = self.u.top;
        let val = self.expr(&node.value, Want::Any)?;
        self.at(node);
        self.u.reset(mark);
        let iter = self.u.temp();
        self.u.emit_ab(Op::GetYieldFromIter, iter, val, 0);
        let none = self.u.none();
        self.u.place(none, Want::Temp);
        Ok(self.delegate(iter, want))
    }
}

/// The item of a one-item list or tuple display.
fn single_item(expr: &Expr) -> Option<&Expr> {
    let elts = match expr {
        Expr::List(node) => &node.elts,
        Expr::Tuple(node) => &node.elts,
        _ => return None,
    };
    match &elts[..] {
        [only] if !only.is_starred_expr() => Some(only),
        _ => None,
    }
}

/// Whether assigning to a target reads no variable.
fn is_plain_target(target: &Expr) -> bool {
    match target {
        Expr::Name(_) => true,
        Expr::Tuple(node) => node.elts.iter().all(is_plain_target),
        Expr::List(node) => node.elts.iter().all(is_plain_target),
        Expr::Starred(node) => is_plain_target(&node.value),
        _ => false,
    }
}
fn target_names<'a>(target: &'a Expr, out: &mut Vec<&'a Name>) {
    match target {
        Expr::Name(node) => out.push(&node.id),
        Expr::Tuple(node) => node.elts.iter().for_each(|elt| target_names(elt, out)),
        Expr::List(node) => node.elts.iter().for_each(|elt| target_names(elt, out)),
        Expr::Starred(node) => target_names(&node.value, out),
        _ => {}
    }
}
