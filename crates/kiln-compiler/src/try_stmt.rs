//! `try` in all its forms.

use kiln_bytecode::{Op, flags};
use kiln_syntax::Fault;
use kiln_syntax::ast::{ExceptHandler, ExceptHandlerExceptHandler, Ranged, StmtTry};

use crate::control::Block;
use crate::unit::{HandlerId, Label, Val, Want};
use crate::{Compiler, Res};

impl<'a> Compiler<'a> {
    pub fn try_(&mut self, node: &'a StmtTry) -> Res {
        // The line of the `try` itself, for who traces lines.
        self.u.emit(Op::Nop, 0, 0, 0);
        match node.finalbody.is_empty() {
            true => self.try_handlers(node),
            false => self.try_finally(node),
        }
    }

    fn try_handlers(&mut self, node: &'a StmtTry) -> Res {
        match node.handlers.is_empty() {
            true => self.branch(&node.body),
            false if node.is_star => self.try_star(node),
            false => self.try_except(node),
        }
    }

    fn try_finally(&mut self, node: &'a StmtTry) -> Res {
        let mark = self.u.top;
        let (caught, cleanup, end) = (self.u.label(), self.u.label(), self.u.label());
        let outer = self.u.push_handler(caught, mark);
        self.u.blocks.push(Block::Finally {
            body: &node.finalbody,
            outer,
        });
        self.try_handlers(node)?;
        self.u.blocks.pop();
        self.u.handler = outer;
        self.u.blocks.push(Block::FinallyBody { outer });
        self.branch(&node.finalbody)?;
        self.u.blocks.pop();
        self.u.jump(end);

        self.u.bind(caught);
        let (exc, prev) = (mark, mark + 1);
        self.u.temps(2);
        self.u.emit(Op::PushExc, prev, exc, 0);
        self.u.push_handler(cleanup, prev + 1);
        self.u.blocks.push(Block::Handler { exc, prev, outer });
        self.u.blocks.push(Block::FinallyBody { outer: self.u.handler });
        self.branch(&node.finalbody)?;
        self.u.blocks.pop();
        self.u.blocks.pop();
        self.u
            .emit_full(Op::Reraise, flags::A_TAKE | flags::STOPS, exc, 0, 0, None);
        self.u.handler = outer;
        self.restore_and_reraise(cleanup, prev);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    /// The body and the `else` part, which go on to `end`; what follows gets the exceptions of the body. Gives the handler that was in force.
    fn protected_body(&mut self, node: &'a StmtTry, end: Label) -> Res<HandlerId> {
        let caught = self.u.label();
        let outer = self.u.push_handler(caught, self.u.top);
        self.u.blocks.push(Block::Try { outer });
        self.branch(&node.body)?;
        self.u.blocks.pop();
        self.u.handler = outer;
        self.branch(&node.orelse)?;
        self.u.jump(end);
        self.u.bind(caught);
        Ok(outer)
    }

    fn try_except(&mut self, node: &'a StmtTry) -> Res {
        let mark = self.u.top;
        let (cleanup, end) = (self.u.label(), self.u.label());
        let outer = self.protected_body(node, end)?;
        let (exc, prev) = (mark, mark + 1);
        self.u.temps(2);
        self.u.emit(Op::PushExc, prev, exc, 0);
        self.u.push_handler(cleanup, prev + 1);
        let inner = self.u.handler;
        for (index, ExceptHandler::ExceptHandler(handler)) in node.handlers.iter().enumerate() {
            let next = self.u.label();
            self.u.handler = inner;
            self.u.pos = self.position(handler.range);
            match &handler.type_ {
                Some(type_) => {
                    let class = self.expr(type_, Want::Any)?;
                    self.at(&**type_);
                    self.u.reset(prev + 1);
                    let test = self.u.temp();
                    let (c, c_flag) = crate::unit::Unit::field(class, 2);
                    self.u.emit_full(Op::CheckExcMatch, c_flag, test, exc, c, None);
                    self.u.jump_on(Op::JumpIfFalse, Val::Temp(test), next);
                    self.u.reset(prev + 1);
                }
                None if index + 1 < node.handlers.len() => {
                    return Err(Fault::new("default 'except:' must be last", handler.range));
                }
                None => {}
            }
            self.u.blocks.push(Block::Handler { exc, prev, outer });
            self.except_body(handler, exc)?;
            self.u.blocks.pop();
            self.u.handler = outer;
            self.u.pos = kiln_bytecode::Position::NONE;
            self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
            self.u.emit(Op::Drop, exc, 0, 0);
            if let Some(name) = &handler.name {
                self.clear_name(&name.id);
            }
            self.u.jump(end);
            self.u.bind(next);
        }
        self.u.handler = inner;
        // It belongs to the last test, which failed.
        match node.handlers.last() {
            Some(ExceptHandler::ExceptHandler(ExceptHandlerExceptHandler { type_: Some(type_), .. })) => {
                self.at(&**type_)
            }
            _ => self.u.pos = kiln_bytecode::Position::NONE,
        }
        self.u
            .emit_full(Op::Reraise, flags::A_TAKE | flags::STOPS, exc, 0, 0, None);
        self.u.handler = outer;
        self.restore_and_reraise(cleanup, prev);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    /// The body of an `except` clause whose exception, or group, is in `R[exc]`. A bound name is cleared when the body raises.
    fn except_body(&mut self, handler: &'a ExceptHandlerExceptHandler, exc: u16) -> Res {
        let Some(name) = &handler.name else {
            return self.branch(&handler.body);
        };
        self.u.pos = self.position(handler.range);
        self.store_name(&name.id, Val::Local(exc));
        let raised = self.u.label();
        let depth = self.u.top;
        let inner = self.u.push_handler(raised, depth);
        self.u.blocks.push(Block::Name {
            name: &name.id,
            outer: inner,
        });
        self.branch(&handler.body)?;
        self.u.blocks.pop();
        self.u.handler = inner;
        let after = self.u.label();
        self.u.jump(after);
        self.u.bind(raised);
        self.u.pos = kiln_bytecode::Position::NONE;
        self.u.temp();
        self.clear_name(&name.id);
        self.u.emit_full(Op::Reraise, flags::A_TAKE, depth, 0, 0, None);
        self.u.bind(after);
        self.u.reset(depth);
        Ok(())
    }

    fn try_star(&mut self, node: &'a StmtTry) -> Res {
        let mark = self.u.top;
        let (cleanup, end) = (self.u.label(), self.u.label());
        let outer = self.protected_body(node, end)?;
        let (exc, prev, raised, rest) = (mark, mark + 1, mark + 2, mark + 3);
        self.u.temps(4);
        self.u.emit(Op::PushExc, prev, exc, 0);
        self.u.push_handler(cleanup, prev + 1);
        let inner = self.u.handler;
        self.u.emit(Op::BuildList, raised, raised, 0);
        self.u.move_to(rest, Val::Local(exc));
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            let (next, failed) = (self.u.label(), self.u.label());
            self.u.handler = inner;
            let Some(type_) = &handler.type_ else {
                return Err(Fault::new("expected one or more exception types", handler.range));
            };
            let class = self.expr(type_, Want::Any)?;
            self.at(&**type_);
            self.u.reset(rest + 1);
            let pair = self.u.temps(2);
            self.u.emit_abc(Op::CheckEgMatch, 0, pair, Val::Temp(rest), class);
            self.u.move_to(rest, Val::Temp(pair));
            let matched = pair + 1;
            self.u.emit_full(Op::JumpIfNone, 0, matched, 0, 0, Some(next));
            if let Some(name) = &handler.name {
                self.u.pos = self.position(handler.range);
                self.store_name(&name.id, Val::Local(matched));
            }
            let body_outer = self.u.push_handler(failed, pair);
            self.u.blocks.push(Block::Star { outer: body_outer });
            self.branch(&handler.body)?;
            self.u.blocks.pop();
            self.u.handler = inner;
            self.u.pos = kiln_bytecode::Position::NONE;
            if let Some(name) = &handler.name {
                self.clear_name(&name.id);
            }
            self.u.jump(next);
            self.u.bind(failed);
            if let Some(name) = &handler.name {
                self.clear_name(&name.id);
            }
            self.u.emit_ab(Op::ListAppend, raised, Val::Temp(pair), 0);
            let none = self.u.constant(kiln_bytecode::Const::None);
            self.u.emit_wide(Op::LoadConst, matched, none);
            self.u.bind(next);
            self.u.emit(Op::Drop, matched, 0, 0);
            self.u.reset(rest + 1);
        }
        self.u.handler = inner;
        self.u.pos = self.position(node.range());
        self.u.emit_ab(Op::ListAppend, raised, Val::Temp(rest), 0);
        self.u
            .emit_abc(Op::PrepReraiseStar, 0, rest, Val::Local(exc), Val::Temp(raised));
        let reraise = self.u.label();
        self.u.emit_full(Op::JumpIfNotNone, 0, rest, 0, 0, Some(reraise));
        self.u.handler = outer;
        self.u.emit(Op::Drop, rest, 0, 0);
        self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
        self.u.emit(Op::Drop, exc, 0, 0);
        self.u.jump(end);
        self.u.bind(reraise);
        self.u.pos = kiln_bytecode::Position::NONE;
        self.u.emit_full(Op::PopExc, flags::A_TAKE, prev, 0, 0, None);
        self.u.emit_full(Op::Reraise, flags::A_TAKE, rest, 0, 0, None);
        self.restore_and_reraise(cleanup, prev);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }
}
