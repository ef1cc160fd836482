//! Simple statements, `if`, and bodies.

use kiln_bytecode::{CommonConst, Const, Op, flags};
use kiln_syntax::Fault;
use kiln_syntax::ast::{
    Alias, Expr, Name, Ranged, Stmt, StmtAssert, StmtAugAssign, StmtIf, StmtImport, StmtImportFrom, StmtRaise,
};

use crate::unit::{Unit, Val, Want};
use crate::{Compiler, Mode, Res};

impl<'a> Compiler<'a> {
    /// The body of a module or interactive input.
    pub fn module_body(&mut self, whole: &'a [Stmt]) -> Res {
        let body = whole;
        let body = if self.mode == Mode::Single {
            body
        } else {
            self.doc_statement(body)
        };
        let info = self.table.scope(self.u.scope);
        if self.future_annotations() && info.annotations_used {
            self.u.emit(Op::SetupAnnotations, 0, 0, 0);
        }
        self.conditional_annotations();
        if !self.future_annotations() {
            self.body_annotations(whole)?;
        }
        self.stmts(body)
    }

    pub fn stmts(&mut self, body: &'a [Stmt]) -> Res {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }

    fn stmt(&mut self, statement: &'a Stmt) -> Res {
        let mark = self.u.top;
        self.deeper(statement.range(), |this| this.stmt_inner(statement))?;
        debug_assert_eq!(self.u.top, mark, "a statement leaves no temporary");
        Ok(())
    }

    fn stmt_inner(&mut self, statement: &'a Stmt) -> Res {
        self.at(statement);
        match statement {
            Stmt::FunctionDef(node) => self.function_def(node)?,
            Stmt::ClassDef(node) => self.class_def(node)?,
            Stmt::Return(node) => self.return_(node.value.as_deref(), node.range)?,
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.delete(target))?,
            Stmt::TypeAlias(node) => self.type_alias(node)?,
            Stmt::Assign(node) => match &node.targets[..] {
                [target] => self.assign_one(target, &node.value)?,
                targets => {
                    let mark = self.u.top;
                    let val = self.expr(&node.value, Want::Temp)?;
                    let Val::Temp(reg) = val else { return Ok(()) };
                    for (index, target) in targets.iter().enumerate() {
                        let last = index + 1 == targets.len();
                        self.store(target, if last { Val::Temp(reg) } else { Val::Local(reg) })?;
                    }
                    self.u.reset(mark);
                }
            },
            Stmt::AugAssign(node) => self.aug_assign(node)?,
            Stmt::AnnAssign(node) => self.ann_assign(node)?,
            Stmt::For(node) => self.for_(node)?,
            Stmt::While(node) => self.while_(node)?,
            Stmt::If(node) => self.if_(node)?,
            Stmt::With(node) => self.with_(node)?,
            Stmt::Match(node) => self.match_(node)?,
            Stmt::Raise(node) => self.raise(node)?,
            Stmt::Try(node) => self.try_(node)?,
            Stmt::Assert(node) => self.assert(node)?,
            Stmt::Import(node) => self.import(node)?,
            Stmt::ImportFrom(node) => self.import_from(node)?,
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Expr(node) => self.expr_stmt(&node.value)?,
            Stmt::Pass(_) => self.u.emit(Op::Nop, 0, 0, 0),
            Stmt::Break(node) => self.break_(node.range, true)?,
            Stmt::Continue(node) => self.break_(node.range, false)?,
            Stmt::IpyEscapeCommand(node) => return Err(Fault::new("invalid syntax", node.range)),
        }
        Ok(())
    }

    fn expr_stmt(&mut self, expr: &'a Expr) -> Res {
        let mark = self.u.top;
        if self.mode == Mode::Single && self.u.scope == self.table.top() {
            let val = self.expr(expr, Want::Any)?;
            self.at(expr);
            self.u.emit_a(Op::PrintExpr, val, 0, 0);
            self.u.reset(mark);
            return Ok(());
        }
        if self.constant_of(expr).is_some() {
            self.u.emit(Op::Nop, 0, 0, 0);
            return Ok(());
        }
        let val = self.expr(expr, Want::Any)?;
        self.at(expr);
        self.u.discard(val);
        self.u.reset(mark);
        Ok(())
    }

    /// `target = value`.
    pub fn assign_one(&mut self, target: &'a Expr, value: &'a Expr) -> Res {
        let mark = self.u.top;
        match target {
            Expr::Name(name) => {
                if let Some(reg) = self.local_target(&name.id) {
                    self.expr(value, Want::Reg(reg))?;
                    self.u.reset(mark);
                    return Ok(());
                }
            }
            Expr::Tuple(_) | Expr::List(_) if self.assign_pairwise(target, value)? => {
                return Ok(());
            }
            _ => {}
        }
        let val = self.expr(value, Want::Any)?;
        self.store(target, val)?;
        self.u.reset(mark);
        Ok(())
    }

    /// `a, b = b, a` without a tuple, for a few plain items.
    fn assign_pairwise(&mut self, target: &'a Expr, value: &'a Expr) -> Res<bool> {
        let targets = match target {
            Expr::Tuple(node) => &node.elts,
            Expr::List(node) => &node.elts,
            _ => return Ok(false),
        };
        let Expr::Tuple(values) = value else { return Ok(false) };
        let values = &values.elts;
        let plain = |elts: &[Expr]| !elts.iter().any(Expr::is_starred_expr);
        if targets.len() != values.len() || targets.len() > 8 || targets.is_empty() || !plain(targets) || !plain(values)
        {
            return Ok(false);
        }
        let mark = self.u.top;
        let first = self.expr_temps(values)?;
        for (index, target) in targets.iter().enumerate() {
            self.store(target, Val::Temp(first + index as u16))?;
        }
        self.u.reset(mark);
        Ok(true)
    }

    fn aug_assign(&mut self, node: &'a StmtAugAssign) -> Res {
        let mark = self.u.top;
        match &*node.target {
            Expr::Name(target) => {
                let current = self.load_name(&target.id, target.range, Want::Any)?;
                let want = match self.local_target(&target.id) {
                    Some(reg) => Want::Reg(reg),
                    None => Want::Any,
                };
                let val = self.binary(node.op, current, &node.value, node, mark, want, flags::INPLACE)?;
                if matches!(want, Want::Any) {
                    self.at(target);
                    self.store_name(&target.id, val);
                }
            }
            Expr::Attribute(target) => {
                self.note_static_attribute(target);
                let object = self.expr(&target.value, Want::Any)?;
                let (reg, constant) = Self::borrow(object);
                let above = self.u.top;
                let current = self.u.temp();
                let name = self.mangled(&target.attr.id);
                let cache = self.u.cache(kiln_bytecode::CacheKind::LoadAttr, &name);
                self.at(target);
                self.u.emit_full(Op::LoadAttr, constant, current, reg, cache, None);
                let val = self.binary(
                    node.op,
                    Val::Temp(current),
                    &node.value,
                    node,
                    above,
                    Want::Temp,
                    flags::INPLACE,
                )?;
                let cache = self.u.cache(kiln_bytecode::CacheKind::StoreAttr, &name);
                self.at(target);
                self.u.emit_vab(Op::StoreAttr, object, val, cache);
            }
            Expr::Subscript(target) => {
                let object = self.expr(&target.value, Want::Any)?;
                let index = self.expr(&target.slice, Want::Any)?;
                let above = self.u.top;
                let current = self.u.temp();
                self.at(target);
                let (b, b_flag) = Self::borrow(object);
                let (c, c_flag) = Self::borrow(index);
                let c_flag = if c_flag != 0 { flags::C_CONST } else { 0 };
                self.u.emit_full(Op::LoadSubscr, b_flag | c_flag, current, b, c, None);
                let val = self.binary(
                    node.op,
                    Val::Temp(current),
                    &node.value,
                    node,
                    above,
                    Want::Temp,
                    flags::INPLACE,
                )?;
                self.at(target);
                let (a, a_flag) = Unit::field(object, 0);
                let (b, b_flag) = Unit::field(index, 1);
                let (c, c_flag) = Unit::field(val, 2);
                self.u
                    .emit_full(Op::StoreSubscr, a_flag | b_flag | c_flag, a, b, c, None);
            }
            other => return Err(Fault::new("illegal expression for augmented assignment", other.range())),
        }
        self.u.reset(mark);
        Ok(())
    }

    fn if_(&mut self, node: &'a StmtIf) -> Res {
        let end = self.u.label();
        let mut next = self.u.label();
        self.jump_if(&node.test, next, false)?;
        self.branch(&node.body)?;
        for clause in &node.elif_else_clauses {
            self.u.pos = kiln_bytecode::Position::NONE;
            self.u.jump(end);
            self.u.bind(next);
            next = self.u.label();
            if let Some(test) = &clause.test {
                self.jump_if(test, next, false)?;
            }
            self.branch(&clause.body)?;
        }
        self.u.bind(next);
        self.u.bind(end);
        Ok(())
    }

    fn raise(&mut self, node: &'a StmtRaise) -> Res {
        let mark = self.u.top;
        match (&node.exc, &node.cause) {
            (None, _) => self.u.emit(Op::RaiseHandled, 0, 0, 0),
            (Some(exc), None) => {
                let exc = self.expr(exc, Want::Any)?;
                self.at(node);
                self.u.emit_a(Op::Raise, exc, 0, 0);
            }
            (Some(exc), Some(cause)) => {
                let exc = self.expr(exc, Want::Any)?;
                let cause = self.expr(cause, Want::Any)?;
                self.at(node);
                self.u.emit_vab(Op::RaiseFrom, exc, cause, 0);
            }
        }
        self.u.reset(mark);
        Ok(())
    }

    fn assert(&mut self, node: &'a StmtAssert) -> Res {
        if let Expr::Tuple(test) = &*node.test
            && !test.elts.is_empty()
        {
            self.warn("assertion is always true, perhaps remove parentheses?", node.range);
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let mark = self.u.top;
        let end = self.u.label();
        self.jump_if(&node.test, end, true)?;
        self.at(&*node.test);
        let base = self.u.temp();
        self.u.emit(Op::LoadCommon, base, 0, CommonConst::AssertionError as u16);
        if let Some(msg) = &node.msg {
            self.u.temps(3);
            self.expr_temp(msg)?;
            self.at(node);
            self.emit_call(base, false, 1, &[]);
        }
        self.at(&*node.test);
        self.u.emit_a(Op::Raise, Val::Temp(base), 0, 0);
        self.u.bind(end);
        self.u.reset(mark);
        Ok(())
    }

    // ── Imports ─────────────────────────────────────────────────────────────────────────────────────────────────────

    fn emit_import(&mut self, module: &str, level: i64, names: Const) -> u16 {
        let name = self.u.plain_name(module);
        let spec = self.u.short_const(Const::Tuple([Const::Int(level), names].into()));
        let dst = self.u.temp();
        match u16::try_from(name) {
            Ok(name) => self.u.emit(Op::ImportName, dst, name, spec),
            Err(_) => self.u.overflow = Some("too many constants in one function"),
        }
        dst
    }

    fn import(&mut self, node: &'a StmtImport) -> Res {
        let mark = self.u.top;
        for Alias { name, asname, .. } in &node.names {
            self.at(node);
            let mut module = self.emit_import(&name.id, 0, Const::None);
            match asname {
                None => {
                    let first = Name::new(name.id.split('.').next().unwrap_or_default());
                    self.store_name(&first, Val::Temp(module));
                }
                Some(asname) => {
                    for part in name.id.split('.').skip(1) {
                        self.u.plain_name(part);
                        let part = self.u.short_const(Const::str(part));
                        let dst = self.u.temp();
                        self.u.emit_ab(Op::ImportFrom, dst, Val::Temp(module), part);
                        module = dst;
                    }
                    self.store_name(&asname.id, Val::Temp(module));
                }
            }
            self.u.reset(mark);
        }
        Ok(())
    }

    fn import_from(&mut self, node: &'a StmtImportFrom) -> Res {
        let mark = self.u.top;
        let names = Const::Tuple(node.names.iter().map(|alias| Const::str(&alias.name.id)).collect());
        let module = node.module.as_ref().map_or("", |module| module.as_str());
        let dst = self.emit_import(module, node.level as i64, names);
        if let [only] = &node.names[..]
            && &*only.name == "*"
        {
            self.u.emit_a(Op::ImportStar, Val::Temp(dst), 0, 0);
            self.u.reset(mark);
            return Ok(());
        }
        for alias in &node.names {
            self.u.plain_name(&alias.name);
            let name = self.u.short_const(Const::str(&alias.name.id));
            let item = self.u.temp();
            self.at(node);
            self.u.emit(Op::ImportFrom, item, dst, name);
            self.store_name(&alias.asname.as_ref().unwrap_or(&alias.name).id, Val::Temp(item));
            self.u.reset(dst + 1);
        }
        self.u.emit(Op::Drop, dst, 0, 0);
        self.u.reset(mark);
        Ok(())
    }
}
