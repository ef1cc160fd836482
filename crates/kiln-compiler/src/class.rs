//! Class statements.

use kiln_bytecode::{CacheKind, Const, Op, Position};
use kiln_syntax::ast::{Expr, ExprAttribute, Name, StmtClassDef, TextRange};
use kiln_syntax::{ScopeKind, key_of};

use crate::unit::{Unit, Val, Want};
use crate::{Compiler, Res};

impl<'a> Compiler<'a> {
    pub fn class_def(&mut self, node: &'a StmtClassDef) -> Res {
        let mark = self.u.top;
        for decorator in &node.decorator_list {
            self.expr_temp(&decorator.expression)?;
            self.u.temps(3);
        }
        let head = self.head_range(node.range, &node.decorator_list);
        let class = match &node.type_params {
            None => self.build_class(node, head, false)?,
            Some(params) => {
                let result = self.u.temp();
                let name = Name::new(format!("<generic parameters of {}>", node.name.id));
                let scope = self.scope_of(key_of(&**params), ScopeKind::TypeParams);
                let qualname = self.qualname_for(&name);
                self.enter(scope, name, qualname, node.range);
                self.prologue();
                let tuple = self.type_params(params)?;
                self.store_mangled(&Name::new_static(".type_params"), Val::Temp(tuple));
                self.u.reset(tuple);
                let class = self.build_class(node, head, true)?;
                self.u.emit_a(Op::Return, Val::Temp(class), 0, 0);
                let code = self.leave()?;
                self.u.pos = self.position(head);
                self.make_function(result, code, &[])?;
                self.u.reset(result + 1);
                self.u.temps(3);
                let cache = self.u.call_cache(CacheKind::Call);
                self.u.emit(Op::Call, result, 0, cache);
                self.u.reset(result + 1);
                result
            }
        };
        let result = self.apply_decorators(&node.decorator_list, class);
        self.u.pos = self.position(head);
        self.store_name(&node.name.id, Val::Temp(result));
        self.u.reset(mark);
        Ok(())
    }

    /// Calls `__build_class__`; the class is in the next temporary.
    fn build_class(&mut self, node: &'a StmtClassDef, head: TextRange, generic: bool) -> Res<u16> {
        self.u.pos = self.position(head);
        let base = self.u.temps(4);
        self.u.emit(Op::LoadBuildClass, base, 0, 0);
        let function = self.u.temp();
        let code = self.class_code(node, generic)?;
        self.u.pos = self.position(head);
        self.make_function(function, code, &[])?;
        self.u.reset(function + 1);
        let name = self.u.const_val(Const::str(&node.name.id));
        self.u.place(name, Want::Temp);
        let (args, keywords) = match &node.arguments {
            Some(arguments) => (&arguments.args[..], &arguments.keywords[..]),
            None => (&[][..], &[][..]),
        };
        if !generic {
            self.finish_call(base, None, args, keywords, &Head(head), Want::Any)?;
            return Ok(base);
        }
        // Generic[T] is the last base. Bases with stars make a list first.
        if args.iter().any(Expr::is_starred_expr) || keywords.iter().any(|keyword| keyword.arg.is_none()) {
            self.generic_star_call(base, args, keywords, head)?;
            return Ok(base);
        }
        self.expr_temps(args)?;
        self.generic_base(head);
        for keyword in keywords {
            self.expr_temp(&keyword.value)?;
        }
        self.u.pos = self.position(head);
        let count = self.u.top - (base + 4);
        self.emit_call(base, false, count, keywords);
        self.u.reset(base + 1);
        Ok(base)
    }

    /// `Generic[T, …]` in the next temporary.
    fn generic_base(&mut self, head: TextRange) -> u16 {
        let mark = self.u.top;
        let params = self.load_mangled(&Name::new_static(".type_params"), Want::Any);
        self.u.pos = self.position(head);
        self.u.reset(mark);
        let dst = self.u.temp();
        self.u.emit_ab(Op::SubscriptGeneric, dst, params, 0);
        dst
    }

    fn generic_star_call(
        &mut self,
        base: u16,
        args: &'a [Expr],
        keywords: &'a [kiln_syntax::ast::Keyword],
        head: TextRange,
    ) -> Res {
        let tuple = base + 4;
        self.u.emit(Op::BuildList, tuple, tuple, 2);
        self.u.reset(tuple + 1);
        for arg in args {
            let (op, arg) = match arg {
                Expr::Starred(starred) => (Op::ListExtend, &*starred.value),
                _ => (Op::ListAppend, arg),
            };
            let val = self.expr(arg, Want::Any)?;
            self.u.emit_ab(op, tuple, val, 0);
            self.u.reset(tuple + 1);
        }
        let last = self.generic_base(head);
        self.u.emit_ab(Op::ListAppend, tuple, Val::Temp(last), 0);
        self.u.reset(tuple + 1);
        self.u.emit_ab(Op::ListToTuple, tuple, Val::Temp(tuple), 0);
        let dict = self.u.temp();
        match keywords {
            [] => self.u.emit(Op::Unbind, dict, 0, 0),
            _ => {
                self.u.emit(Op::BuildMap, dict, dict, 0);
                for keyword in keywords {
                    let mark = self.u.top;
                    match &keyword.arg {
                        Some(name) => {
                            let key = self.u.const_val(Const::str(&name.id));
                            let val = self.expr(&keyword.value, Want::Any)?;
                            self.u.emit_abc(Op::MapAdd, 0, dict, key, val);
                        }
                        None => {
                            let val = self.expr(&keyword.value, Want::Any)?;
                            let (b, flag) = Unit::field(val, 1);
                            self.u.emit_full(Op::DictMerge, flag, dict, b, base, None);
                        }
                    }
                    self.u.reset(mark);
                }
            }
        }
        self.u.pos = self.position(head);
        let cache = self.u.call_cache(CacheKind::CallEx);
        self.u.emit(Op::CallEx, base, 0, cache);
        self.u.reset(base + 1);
        Ok(())
    }

    fn class_code(&mut self, node: &'a StmtClassDef, generic: bool) -> Res<std::sync::Arc<kiln_bytecode::Code>> {
        let scope = self.scope_of(key_of(node), ScopeKind::Class);
        let qualname = self.qualname_for(&node.name.id);
        self.enter(scope, node.name.id.clone(), qualname.clone(), node.range);
        let head = self.head_range(node.range, &node.decorator_list);
        let first_line = self.lines.line(head.start());
        let start = Position {
            line: first_line,
            end_line: first_line,
            col: 0,
            end_col: 0,
        };
        self.u.pos = start;
        self.prologue();
        let name = |name: &'static str| Name::new_static(name);
        let module = self.load_mangled(&name("__name__"), Want::Any);
        self.store_mangled(&name("__module__"), module);
        self.u.reset(self.u.temp_base);
        let text = self.u.const_val(Const::str(&qualname));
        self.store_mangled(&name("__qualname__"), text);
        // The first line of the statement, decorators included.
        let line = self.u.const_val(Const::Int(self.u.first_line as i64));
        self.store_mangled(&name("__firstlineno__"), line);
        if generic {
            let cell = self.u.regs[".type_params"];
            let reg = self.u.temp();
            self.u.emit(Op::LoadDeref, reg, cell, 0);
            self.store_mangled(&name("__type_params__"), Val::Temp(reg));
            self.u.reset(reg);
        }
        let info = self.table.scope(scope);
        if info.needs_classdict {
            let cell = self.u.regs["__classdict__"];
            self.u.emit_ab(Op::StoreDeref, cell, Val::Local(0), 0);
        }
        let body = self.doc_statement(&node.body);
        if self.future_annotations() && info.annotations_used {
            self.u.emit(Op::SetupAnnotations, 0, 0, 0);
        }
        self.conditional_annotations();
        self.stmts(body)?;
        self.u.pos = start;
        if !self.future_annotations() {
            self.body_annotations(&node.body)?;
        }
        self.u.static_attributes.sort();
        let attributes = self.u.static_attributes.iter().map(|attr| Const::str(attr)).collect();
        let attributes = self.u.const_val(Const::Tuple(attributes));
        self.store_mangled(&name("__static_attributes__"), attributes);
        if info.needs_classdict {
            let cell = self.u.regs["__classdict__"];
            let cache = self.u.cache(CacheKind::StoreName, "__classdictcell__");
            self.u.emit_a(Op::StoreName, Val::Local(cell), 0, cache);
        }
        if info.needs_class_closure {
            let cell = self.u.regs["__class__"];
            let cache = self.u.cache(CacheKind::StoreName, "__classcell__");
            self.u.emit_a(Op::StoreName, Val::Local(cell), 0, cache);
            self.u.emit_a(Op::Return, Val::Local(cell), 0, 0);
        } else {
            let none = self.u.none();
            self.u.emit_a(Op::Return, none, 0, 0);
        }
        self.leave()
    }

    /// Stores a body's docstring as `__doc__`; the statements after it.
    pub fn doc_statement(&mut self, body: &'a [kiln_syntax::ast::Stmt]) -> &'a [kiln_syntax::ast::Stmt] {
        let Some(doc) = self.docstring(body) else { return body };
        self.at(&body[0]);
        let doc = self.u.const_val(doc);
        self.store_mangled(&Name::new_static("__doc__"), doc);
        &body[1..]
    }

    /// `self.x = …` in a method: the class lists `x` in `__static_attributes__`.
    pub fn note_static_attribute(&mut self, node: &ExprAttribute) {
        let Expr::Name(object) = &*node.value else { return };
        if object.id != "self" || self.table.scope(self.u.scope).kind == ScopeKind::Class {
            return;
        }
        let table = self.table;
        let name = self.mangled(&node.attr.id);
        let class = self
            .outer
            .iter_mut()
            .rev()
            .find(|unit| table.scope(unit.scope).kind == ScopeKind::Class);
        if let Some(class) = class
            && !class.static_attributes.contains(&name)
        {
            class.static_attributes.push(name);
        }
    }
}

/// A range where a node is asked for.
pub struct Head(pub TextRange);

impl kiln_syntax::ast::Ranged for Head {
    fn range(&self) -> TextRange {
        self.0
    }
}
