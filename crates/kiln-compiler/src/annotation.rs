//! Annotations: the `__annotate__` functions of functions, classes and modules (PEP 649), or strings under the future import.

use kiln_bytecode::{CommonConst, Const, FuncAttr, Op, Position, co};
use kiln_syntax::ast::{Expr, Name, Ranged, Stmt, StmtAnnAssign, StmtFunctionDef};
use kiln_syntax::{ScopeId, ScopeKind, key_of};

use crate::unit::{Val, Want};
use crate::{Compiler, Res};

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`: formats beyond it are not the compiler's business.
const VALUE_WITH_FAKE_GLOBALS: u16 = 2;

impl<'a> Compiler<'a> {
    pub fn future_annotations(&self) -> bool {
        self.future & co::FUTURE_ANNOTATIONS != 0
    }

    /// Parameter `.format` of a lazily evaluated scope is `format` to everybody else.
    pub fn rename_format(&mut self) {
        if let Some(name) = self.u.varnames.first_mut() {
            *name = Name::new_static("format");
        }
    }

    /// `if format > 2: raise NotImplementedError`.
    pub fn check_format(&mut self) {
        let body = self.u.label();
        let flag = kiln_bytecode::flags::NEGATE;
        self.u
            .emit_full(Op::JumpIfGtInt, flag, 0, 0, VALUE_WITH_FAKE_GLOBALS, Some(body));
        let mark = self.u.top;
        let reg = self.u.temp();
        self.u
            .emit(Op::LoadCommon, reg, 0, CommonConst::NotImplementedError as u16);
        self.u.emit_a(Op::Raise, Val::Temp(reg), 0, 0);
        self.u.bind(body);
        self.u.reset(mark);
    }

    /// The annotations of a function as an attribute to set on it, in the next temporary.
    pub fn function_annotations(&mut self, node: &'a StmtFunctionDef) -> Res<Option<(Val, FuncAttr)>> {
        let parameters = &node.parameters;
        let mut annotations: Vec<(Name, &'a Expr)> = Vec::new();
        let mut note =
            |name: &Name, annotation: Option<&'a Expr>| annotations.extend(annotation.map(|expr| (name.clone(), expr)));
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            note(&parameter.parameter.name.id, parameter.parameter.annotation.as_deref());
        }
        if let Some(vararg) = &parameters.vararg {
            note(&vararg.name.id, vararg.annotation.as_deref());
        }
        for parameter in &parameters.kwonlyargs {
            note(&parameter.parameter.name.id, parameter.parameter.annotation.as_deref());
        }
        if let Some(kwarg) = &parameters.kwarg {
            note(&kwarg.name.id, kwarg.annotation.as_deref());
        }
        note(&Name::new_static("return"), node.returns.as_deref());
        if annotations.is_empty() {
            return Ok(None);
        }
        let as_text = self.future_annotations();
        let scope = self.scope_of(key_of(&**parameters), ScopeKind::Annotations);
        let first_line = self
            .lines
            .line(self.head_range(node.range, &node.decorator_list).start());
        let head = self.position(self.head_range(node.range, &node.decorator_list));
        let val = self.annotate_function(scope, Some(&node.name.id), first_line, head, |this| {
            let first = this.u.top;
            let count = annotations.len() as u16;
            for (name, annotation) in annotations {
                let key = this.mangled(&name);
                let key = this.u.const_val(Const::str(&key));
                this.u.place(key, Want::Temp);
                match annotation {
                    _ if as_text => {
                        let text = crate::unparse::unparse(annotation, this.source)?;
                        let text = this.u.const_val(Const::str(&text));
                        this.u.place(text, Want::Temp);
                    }
                    Expr::Starred(starred) => {
                        this.starred_value(&starred.value, annotation)?;
                    }
                    _ => {
                        this.expr_temp(annotation)?;
                    }
                }
            }
            this.u.reset(first);
            let dict = this.u.temp();
            this.u.emit(Op::BuildMap, dict, first, count);
            Ok(dict)
        })?;
        Ok(Some((val, FuncAttr::Annotate)))
    }

    /// A function `__annotate__(format, /)` that returns the dict that `body` builds; in the next temporary.
    fn annotate_function(
        &mut self,
        scope: ScopeId,
        owner: Option<&Name>,
        first_line: u32,
        pos: Position,
        body: impl FnOnce(&mut Self) -> Res<u16>,
    ) -> Res<Val> {
        let result = self.u.temp();
        let name = Name::new_static("__annotate__");
        let qualname = match owner {
            Some(owner) => format!("{}.{name}", self.qualname_for(owner)),
            None => self.qualname_for(&name),
        };
        self.enter(scope, name, qualname, Default::default());
        self.u.first_line = first_line;
        self.u.pos = pos;
        self.u.arg_count = 1;
        self.u.posonly_count = 1;
        self.rename_format();
        self.prologue();
        self.check_format();
        let dict = body(self)?;
        self.u.pos = pos;
        self.u.emit_a(Op::Return, Val::Temp(dict), 0, 0);
        let code = self.leave()?;
        self.make_function(result, code, &[])?;
        self.u.reset(result + 1);
        Ok(Val::Temp(result))
    }

    /// Sets up `__annotate__` of a module, or `__annotate_func__` of a class, whose body is `body`.
    pub fn body_annotations(&mut self, body: &'a [Stmt]) -> Res {
        let scope = self.u.scope;
        let Some(child) = self.table.scope(scope).annotation_child else {
            return Ok(());
        };
        let is_class = self.table.scope(scope).kind == ScopeKind::Class;
        let mut found = Vec::new();
        collect(body, false, &mut found);
        let mark = self.u.top;
        let mut index = 0;
        let first_line = match is_class {
            true => self.u.first_line,
            false => self.lines.line(body[0].range().start()),
        };
        let conditional_name = Name::new_static("__conditional_annotations__");
        let start = Position {
            line: first_line,
            end_line: first_line,
            col: 0,
            end_col: 0,
        };
        let val = self.annotate_function(child, None, first_line, start, |this| {
            let dict = this.u.temp();
            this.u.emit(Op::BuildMap, dict, dict, 0);
            for (node, nested) in found {
                let Expr::Name(target) = &*node.target else { continue };
                let skip = this.u.label();
                let conditional = nested || !is_class;
                this.at(node);
                if conditional {
                    let number = this.u.const_val(Const::Int(index));
                    index += 1;
                    let mark = this.u.top;
                    let number = this.u.place(number, Want::Temp);
                    let set = this.load_mangled(&conditional_name, Want::Any);
                    let (b, b_flag) = crate::unit::Unit::field(number, 1);
                    let (c, c_flag) = crate::unit::Unit::field(set, 2);
                    let flag = kiln_bytecode::flags::NEGATE;
                    this.u
                        .emit_full(Op::JumpIfIn, flag | b_flag | c_flag, 0, b, c, Some(skip));
                    this.u.reset(mark);
                }
                let val = this.expr(&node.annotation, Want::Any)?;
                let key = this.mangled(&target.id);
                let key = this.u.const_val(Const::str(&key));
                this.at(node);
                this.u.emit_abc(Op::MapAdd, 0, dict, key, val);
                this.u.reset(dict + 1);
                this.u.bind(skip);
            }
            Ok(dict)
        })?;
        let name = if is_class { "__annotate_func__" } else { "__annotate__" };
        self.store_mangled(&Name::new_static(name), val);
        self.u.reset(mark);
        Ok(())
    }

    /// Creates the set of conditional annotations that were run, if the body has any.
    pub fn conditional_annotations(&mut self) {
        if !self.table.scope(self.u.scope).conditional_annotations {
            return;
        }
        let mark = self.u.top;
        let set = self.u.temp();
        self.u.emit(Op::BuildSet, set, set, 0);
        self.store_mangled(&Name::new_static("__conditional_annotations__"), Val::Temp(set));
        self.u.reset(mark);
    }

    /// `target: annotation = value`.
    pub fn ann_assign(&mut self, node: &'a StmtAnnAssign) -> Res {
        if let Some(value) = &node.value {
            self.assign_one(&node.target, value)?;
        }
        let kind = self.table.scope(self.u.scope).kind;
        let in_body = matches!(kind, ScopeKind::Module | ScopeKind::Class);
        match &*node.target {
            Expr::Name(target) if node.simple && in_body => {
                if self.future_annotations() {
                    let mark = self.u.top;
                    let text = crate::unparse::unparse(&node.annotation, self.source)?;
                    let text = self.u.const_val(Const::str(&text));
                    let dict = self.load_mangled(&Name::new_static("__annotations__"), Want::Any);
                    let key = self.mangled(&target.id);
                    let key = self.u.const_val(Const::str(&key));
                    self.at(node);
                    let (a, a_flag) = crate::unit::Unit::field(dict, 0);
                    let (b, b_flag) = crate::unit::Unit::field(key, 1);
                    let (c, c_flag) = crate::unit::Unit::field(text, 2);
                    self.u
                        .emit_full(Op::StoreSubscr, a_flag | b_flag | c_flag, a, b, c, None);
                    self.u.reset(mark);
                } else if kind == ScopeKind::Module || self.in_branch() {
                    let mark = self.u.top;
                    let number = self.u.next_annotation;
                    self.u.next_annotation += 1;
                    self.at(node);
                    let set = self.load_mangled(&Name::new_static("__conditional_annotations__"), Want::Temp);
                    let number = self.u.const_val(Const::Int(number as i64));
                    if let Val::Temp(set) = set {
                        self.u.emit_ab(Op::SetAdd, set, number, 0);
                        self.u.emit(Op::Drop, set, 0, 0);
                    }
                    self.u.reset(mark);
                }
            }
            Expr::Name(_) => {}
            Expr::Attribute(target) if node.value.is_none() => {
                let mark = self.u.top;
                let val = self.expr(&target.value, Want::Any)?;
                self.u.discard(val);
                self.u.reset(mark);
            }
            Expr::Subscript(target) if node.value.is_none() => {
                let mark = self.u.top;
                for part in [&target.value, &target.slice] {
                    let val = self.expr(part, Want::Any)?;
                    self.u.discard(val);
                    self.u.reset(mark);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The annotated simple names of a body in order, and whether each is within another statement.
fn collect<'a>(body: &'a [Stmt], nested: bool, out: &mut Vec<(&'a StmtAnnAssign, bool)>) {
    for statement in body {
        match statement {
            Stmt::AnnAssign(node) if node.simple && node.target.is_name_expr() => out.push((node, nested)),
            Stmt::For(node) => [&node.body, &node.orelse]
                .iter()
                .for_each(|body| collect(body, true, out)),
            Stmt::While(node) => [&node.body, &node.orelse]
                .iter()
                .for_each(|body| collect(body, true, out)),
            Stmt::If(node) => {
                collect(&node.body, true, out);
                node.elif_else_clauses
                    .iter()
                    .for_each(|clause| collect(&clause.body, true, out));
            }
            Stmt::With(node) => collect(&node.body, true, out),
            Stmt::Match(node) => node.cases.iter().for_each(|case| collect(&case.body, true, out)),
            Stmt::Try(node) => {
                collect(&node.body, true, out);
                for kiln_syntax::ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    collect(&handler.body, true, out);
                }
                collect(&node.orelse, true, out);
                collect(&node.finalbody, true, out);
            }
            _ => {}
        }
    }
}
