//! Loops, `with`, and what leaving a block early has to do on the way.

use kiln_bytecode::{CacheKind, Op, Position, Special, flags};
use kiln_syntax::Fault;
use kiln_syntax::ast::{Expr, Name, Ranged, Stmt, StmtFor, StmtWhile, StmtWith, TextRange, WithItem};

use crate::unit::{HandlerId, Label, Unit, Val, Want};
use crate::{Compiler, Res};

/// A construct around the code being compiled that `return`, `break` or `continue` must unwind.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    Loop {
        brk: Label,
        next: Label,
        iter: Option<u16>,
        outer: HandlerId,
    },
    /// The body of a `try` with handlers.
    Try { outer: HandlerId },
    /// The body of a `try` with a `finally`.
    Finally { body: &'a [Stmt], outer: HandlerId },
    /// Within an `except` clause or the exceptional copy of a `finally`: the exception and the one handled before it.
    Handler { exc: u16, prev: u16, outer: HandlerId },
    /// Within `except … as name`.
    Name { name: &'a Name, outer: HandlerId },
    With {
        base: u16,
        is_async: bool,
        range: TextRange,
        outer: HandlerId,
    },
    /// Within an `except*` clause, which must not be left early.
    Star { outer: HandlerId },
    /// Within the ordinary copy of a `finally` body: leaving it early swallows exceptions and is warned about.
    FinallyBody { outer: HandlerId },
}

impl Block<'_> {
    fn outer(&self) -> HandlerId {
        match *self {
            Block::Loop { outer, .. }
            | Block::Try { outer }
            | Block::Finally { outer, .. }
            | Block::Handler { outer, .. }
            | Block::Name { outer, .. }
            | Block::With { outer, .. }
            | Block::Star { outer }
            | Block::FinallyBody { outer } => outer,
        }
    }
}

impl<'a> Compiler<'a> {
    pub fn for_(&mut self, node: &'a StmtFor) -> Res {
        let mark = self.u.top;
        let val = match node.is_async {
            true => self.expr(&node.iter, Want::Any)?,
            false => self.iterable(&node.iter)?,
        };
        self.at(&*node.iter);
        self.u.reset(mark);
        let iter = self.u.temp();
        if node.is_async {
            self.check_async("async for", node.range)?;
            self.u.emit_ab(Op::GetAiter, iter, val, 0);
        } else {
            self.u.emit_ab(Op::GetIter, iter, val, 0);
        }
        let (start, brk, exit) = (self.u.label(), self.u.label(), self.u.label());
        self.u.bind(start);
        if node.is_async {
            let inner = self.u.top;
            let outer = self.u.push_handler(exit, inner);
            self.at(&*node.iter);
            let val = self.next_async(iter);
            self.u.handler = outer;
            self.store(&node.target, val)?;
            self.u.reset(inner);
        } else {
            self.for_iter(iter, &node.target, &node.iter, exit)?;
        }
        self.u.blocks.push(Block::Loop {
            brk,
            next: start,
            iter: Some(iter),
            outer: self.u.handler,
        });
        self.branch(&node.body)?;
        self.u.blocks.pop();
        self.u.pos = self.position(node.iter.range());
        self.u.jump_back(start);
        self.u.bind(exit);
        if node.is_async {
            self.u.pos = self.position(node.iter.range());
            self.end_async_for(iter, iter + 1);
        }
        self.u.reset(mark);
        self.branch(&node.orelse)?;
        self.u.bind(brk);
        Ok(())
    }

    /// The head of a `for` loop: the next item goes to `target`.
    pub fn for_iter(&mut self, iter: u16, target: &'a Expr, node: &'a Expr, exit: Label) -> Res {
        self.at(node);
        if let Expr::Name(name) = target
            && let Some(reg) = self.local_target(&name.id)
        {
            self.u.emit_full(Op::ForIter, 0, reg, iter, 0, Some(exit));
            return Ok(());
        }
        let mark = self.u.top;
        let item = self.u.temp();
        self.u.emit_full(Op::ForIter, 0, item, iter, 0, Some(exit));
        self.store(target, Val::Temp(item))?;
        self.u.reset(mark);
        Ok(())
    }

    pub fn while_(&mut self, node: &'a StmtWhile) -> Res {
        let (brk, otherwise) = (self.u.label(), self.u.label());
        let start = self.u.here();
        self.jump_if(&node.test, otherwise, false)?;
        self.u.blocks.push(Block::Loop {
            brk,
            next: start,
            iter: None,
            outer: self.u.handler,
        });
        self.branch(&node.body)?;
        self.u.blocks.pop();
        self.at(&*node.test);
        self.u.jump_back(start);
        self.u.bind(otherwise);
        self.branch(&node.orelse)?;
        self.u.bind(brk);
        Ok(())
    }

    fn check_async(&self, what: &str, range: TextRange) -> Res {
        if self.in_async() {
            return Ok(());
        }
        Err(Fault::new(format!("'{what}' outside async function"), range))
    }

    // ── Leaving early ───────────────────────────────────────────────────────────────────────────────────────────────

    pub fn break_(&mut self, range: TextRange, is_break: bool) -> Res {
        let word = if is_break { "break" } else { "continue" };
        let mut found = None;
        let mut in_finally = false;
        for block in self.u.blocks.iter().rev() {
            match *block {
                Block::Loop { brk, next, iter, .. } => {
                    found = Some((brk, next, iter));
                    break;
                }
                Block::Star { .. } => {
                    return Err(Fault::new(
                        "'break', 'continue' and 'return' cannot appear in an except* block",
                        range,
                    ));
                }
                Block::FinallyBody { .. } => {
                    in_finally = true;
                }
                _ => {}
            }
        }
        if in_finally && found.is_some() {
            self.warn(format!("'{word}' in a 'finally' block"), range);
        }
        let Some((brk, next, iter)) = found else {
            let msg = if is_break {
                "'break' outside loop"
            } else {
                "'continue' not properly in loop"
            };
            return Err(Fault::new(msg, range));
        };
        let pos = self.position(range);
        self.unwind(true, |this| {
            this.u.pos = pos;
            if is_break {
                if let Some(iter) = iter {
                    this.u.emit(Op::Drop, iter, 0, 0);
                }
                this.u.jump(brk);
            } else {
                this.u.jump_back(next);
            }
        })
    }

    pub fn return_(&mut self, value: Option<&'a Expr>, range: TextRange) -> Res {
        let scope = self.table.scope(self.u.scope);
        if !scope.is_function_like() {
            return Err(Fault::new("'return' outside function", range));
        }
        if value.is_some() && scope.generator && scope.coroutine {
            return Err(Fault::new("'return' with value in async generator", range));
        }
        for block in self.u.blocks.iter().rev() {
            match block {
                Block::Star { .. } => {
                    return Err(Fault::new(
                        "'break', 'continue' and 'return' cannot appear in an except* block",
                        range,
                    ));
                }
                Block::FinallyBody { .. } => {
                    self.warn("'return' in a 'finally' block", range);
                    break;
                }
                _ => {}
            }
        }
        let mark = self.u.top;
        let busy = self
            .u
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Finally { .. } | Block::With { .. } | Block::Name { .. }));
        let val = match value {
            Some(value) => {
                let want = if busy && self.constant_of(value).is_none() {
                    Want::Temp
                } else {
                    Want::Any
                };
                self.expr(value, want)?
            }
            None => self.u.none(),
        };
        let pos = self.position(range);
        self.u.pos = pos;
        self.unwind(false, |this| {
            this.u.pos = pos;
            this.u.emit_a(Op::Return, val, 0, 0);
        })?;
        self.u.reset(mark);
        Ok(())
    }

    /// Emits what leaving the blocks takes, up to the innermost loop or all of them, then `last` outside of them.
    fn unwind(&mut self, to_loop: bool, last: impl FnOnce(&mut Self)) -> Res {
        let handler = self.u.handler;
        let mark = self.u.top;
        let mut left = Vec::new();
        while let Some(&block) = self.u.blocks.last() {
            if to_loop && matches!(block, Block::Loop { .. }) {
                break;
            }
            self.u.blocks.pop();
            left.push(block);
            self.u.handler = block.outer();
            match block {
                Block::Loop { iter: Some(iter), .. } => self.u.emit(Op::Drop, iter, 0, 0),
                Block::Loop { .. } | Block::Try { .. } | Block::Star { .. } | Block::FinallyBody { .. } => {}
                Block::Finally { body, .. } => {
                    let pos = self.u.pos;
                    self.u.blocks.push(Block::FinallyBody { outer: self.u.handler });
                    self.branch(body)?;
                    self.u.blocks.pop();
                    self.u.pos = pos;
                }
                Block::Handler { exc, prev, .. } => {
                    self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
                    self.u.emit(Op::Drop, exc, 0, 0);
                }
                Block::Name { name, .. } => self.clear_name(name),
                Block::With {
                    base, is_async, range, ..
                } => {
                    let pos = self.u.pos;
                    self.u.pos = self.position(range);
                    let window = self.u.temps(5);
                    self.u.move_to(window, Val::Temp(base));
                    self.u.move_to(window + 4, Val::Temp(base + 4));
                    self.exit_call(window, is_async);
                    self.u.pos = pos;
                }
            }
        }
        last(self);
        while let Some(block) = left.pop() {
            self.u.blocks.push(block);
        }
        self.u.handler = handler;
        self.u.reset(mark);
        Ok(())
    }

    /// Calls `__exit__(None, None, None)` in method window `window`, the last temporaries; its result is dropped.
    fn exit_call(&mut self, window: u16, is_async: bool) {
        self.u.reset(window + 5);
        for _ in 0..3 {
            let none = self.u.none();
            self.u.place(none, Want::Temp);
        }
        self.emit_call(window, true, 3, &[]);
        self.u.reset(window + 1);
        if is_async {
            self.await_value(Val::Temp(window), 2, window, Want::Temp);
        }
        self.u.emit(Op::Drop, window, 0, 0);
        self.u.reset(window);
    }

    // ── with ────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub fn with_(&mut self, node: &'a StmtWith) -> Res {
        if node.is_async {
            self.check_async("async with", node.range)?;
        }
        self.with_items(node, &node.items)
    }

    fn with_items(&mut self, node: &'a StmtWith, items: &'a [WithItem]) -> Res {
        self.deeper(node.range, |this| this.with_item(node, items))
    }

    fn with_item(&mut self, node: &'a StmtWith, items: &'a [WithItem]) -> Res {
        let Some((item, rest)) = items.split_first() else {
            return self.branch(&node.body);
        };
        let is_async = node.is_async;
        let range = item.context_expr.range();
        let (enter, exit) = match is_async {
            true => (Special::Aenter, Special::Aexit),
            false => (Special::Enter, Special::Exit),
        };
        let mark = self.u.top;
        let base = self.u.temps(5);
        let context = self.expr(&item.context_expr, Want::Any)?;
        self.u.pos = self.position(range);
        let (b, _) = Unit::field(context, 1);
        let constant = matches!(context, Val::Const(_));
        self.u.emit_full(
            Op::LoadSpecial,
            if constant { flags::B_CONST } else { 0 },
            base,
            b,
            exit as u16,
            None,
        );
        let window = self.u.temps(5);
        let (b, b_flag) = Unit::field(context, 1);
        self.u.emit_full(Op::LoadSpecial, b_flag, window, b, enter as u16, None);
        let cache = self.u.call_cache(CacheKind::CallMethod);
        self.u.emit(Op::CallMethod, window, 0, cache);
        self.u.reset(window + 1);
        if is_async {
            self.await_value(Val::Temp(window), 1, window, Want::Temp);
        }
        // The body's handler: from here on `__exit__` is called.
        let (caught, cleanup, end) = (self.u.label(), self.u.label(), self.u.label());
        let outer = self.u.push_handler(caught, base + 5);
        self.u.blocks.push(Block::With {
            base,
            is_async,
            range,
            outer,
        });
        match &item.optional_vars {
            Some(target) => self.store(target, Val::Temp(window))?,
            None => self.u.emit(Op::Drop, window, 0, 0),
        }
        self.u.reset(base + 5);
        self.with_items(node, rest)?;
        self.u.blocks.pop();
        self.u.handler = outer;
        self.u.reset(base + 5);
        self.u.pos = self.position(range);
        self.exit_call(base, is_async);
        self.u.jump(end);

        self.u.bind(caught);
        let (exc, prev) = (base + 5, base + 6);
        self.u.reset(prev + 1);
        self.u.max = self.u.max.max(prev + 1);
        self.u.emit(Op::PushExc, prev, exc, 0);
        self.u.push_handler(cleanup, prev + 1);
        let window = self.u.temps(8);
        self.u.emit(Op::WithExceptStart, window, base, exc);
        self.emit_call(window, true, 3, &[]);
        self.u.reset(window + 1);
        if is_async {
            self.await_value(Val::Temp(window), 2, window, Want::Temp);
        }
        let suppress = self.u.label();
        self.u.jump_on(Op::JumpIfTrue, Val::Temp(window), suppress);
        self.u.emit_full(Op::Reraise, flags::A_TAKE, exc, 0, 0, None);
        self.u.bind(suppress);
        self.u.handler = outer;
        self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
        self.u.emit(Op::Drop, exc, 0, 0);
        self.u.jump(end);
        self.restore_and_reraise(cleanup, prev);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    /// The handler of handlers: `R[prev]` is handled again, and the new exception in the register above goes on.
    pub fn restore_and_reraise(&mut self, label: Label, prev: u16) {
        self.u.bind(label);
        self.u.pos = Position::NONE;
        self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
        self.u.emit_full(Op::Reraise, flags::A_TAKE, prev + 1, 0, 0, None);
    }

    /// Statements that may not be run.
    pub fn branch(&mut self, body: &'a [Stmt]) -> Res {
        self.u.branch_depth += 1;
        self.stmts(body)?;
        self.u.branch_depth -= 1;
        Ok(())
    }

    pub fn in_branch(&self) -> bool {
        self.u.branch_depth > 0
    }
}
