//! Functions, lambdas, their parameters, closures and type parameters.

use std::sync::Arc;

use kiln_bytecode::{CacheKind, Code, Const, FuncAttr, Op, Position, co};
use kiln_syntax::ast::{
    Expr, ExprLambda, Identifier, Name, Parameters, Ranged, Stmt, StmtFunctionDef, TextRange, TypeParam, TypeParams,
};
use kiln_syntax::{Fault, ScopeId, ScopeKind, def, key_of};

use crate::unit::{Val, Want};
use crate::{Compiler, Res};

impl<'a> Compiler<'a> {
    /// The scope that a node opens.
    pub fn scope_of(&self, key: usize, kind: ScopeKind) -> ScopeId {
        self.table
            .find(key, kind)
            .unwrap_or_else(|| unreachable!("the symbol table knows every {kind:?}"))
    }

    /// The qualified name of something called `name` that is defined here.
    pub fn qualname_for(&self, name: &Name) -> String {
        let mut parent = &self.u;
        // Scopes of annotations and type parameters do not show.
        if matches!(
            self.table.scope(parent.scope).kind,
            ScopeKind::TypeParams | ScopeKind::Annotations
        ) {
            match self.outer.last() {
                Some(outer) => parent = outer,
                None => return name.to_string(),
            }
        }
        let scope = self.table.scope(parent.scope);
        let mangled = kiln_syntax::mangle(parent.private.as_ref(), name);
        let global = scope
            .symbol(&mangled)
            .is_some_and(|symbol| symbol.flags & def::GLOBAL != 0);
        match scope.kind {
            ScopeKind::Module => name.to_string(),
            _ if global => name.to_string(),
            ScopeKind::Class => format!("{}.{name}", parent.qualname),
            _ => format!("{}.<locals>.{name}", parent.qualname),
        }
    }

    pub fn function_def(&mut self, node: &'a StmtFunctionDef) -> Res {
        let mark = self.u.top;
        for decorator in &node.decorator_list {
            self.expr_temp(&decorator.expression)?;
            self.u.temps(3);
        }
        let function = self.function_value(node)?;
        let result = self.apply_decorators(&node.decorator_list, function);
        self.u.pos = self.position(self.head_range(node.range, &node.decorator_list));
        self.store_name(&node.name.id, Val::Temp(result));
        self.u.reset(mark);
        Ok(())
    }

    /// Calls decorators, whose windows are open, innermost first; the register of the result.
    pub fn apply_decorators(&mut self, decorators: &'a [kiln_syntax::ast::Decorator], value: u16) -> u16 {
        let mut value = value;
        for decorator in decorators.iter().rev() {
            self.at(&decorator.expression);
            let base = value - 4;
            let cache = self.u.call_cache(CacheKind::Call);
            self.u.emit(Op::Call, base, 1, cache);
            value = base;
            self.u.reset(base + 1);
        }
        value
    }

    /// The range of a definition's statement without its decorators and body: what tracebacks point to.
    pub fn head_range(&self, range: TextRange, decorators: &'a [kiln_syntax::ast::Decorator]) -> TextRange {
        let start = decorators
            .last()
            .map_or(range.start(), |last| self.source.after_decorator(&last.expression));
        TextRange::new(start, range.end().max(start))
    }

    /// The function object, in the next temporary.
    fn function_value(&mut self, node: &'a StmtFunctionDef) -> Res<u16> {
        let result = self.u.temp();
        let Some(params) = &node.type_params else {
            self.at(node);
            let defaults = self.defaults(&node.parameters)?;
            let kw_defaults = self.kw_defaults(&node.parameters)?;
            self.make_def(node, result, defaults, kw_defaults)?;
            self.u.reset(result + 1);
            return Ok(result);
        };
        // def f[T](x=1): a function of the type parameters' scope is called with the defaults and makes the real one.
        self.u.temps(3);
        self.at(node);
        if let Some(defaults) = self.defaults(&node.parameters)? {
            self.u.place(defaults, Want::Temp);
        }
        if let Some(kw_defaults) = self.kw_defaults(&node.parameters)? {
            self.u.place(kw_defaults, Want::Temp);
        }
        let count = self.u.top - (result + 4);
        let name = Name::new(format!("<generic parameters of {}>", node.name.id));
        let scope = self.scope_of(key_of(&**params), ScopeKind::TypeParams);
        let qualname = self.qualname_for(&name);
        self.enter(scope, name, qualname, node.range);
        self.u.arg_count = count as u32;
        self.prologue();
        let tuple = self.type_params(params)?;
        let f = self.u.temp();
        let param = |this: &Self, name: &str| this.u.regs.get(name).map(|&reg| Val::Local(reg));
        let (defaults, kw_defaults) = (param(self, ".defaults"), param(self, ".kwdefaults"));
        self.make_def(node, f, defaults, kw_defaults)?;
        self.u
            .emit_ab(Op::SetFunctionAttr, f, Val::Temp(tuple), FuncAttr::TypeParams as u16);
        self.u.emit_a(Op::Return, Val::Temp(f), 0, 0);
        let code = self.leave()?;
        self.at(node);
        let above = self.u.top;
        self.make_function(result, code, &[])?;
        self.u.reset(above);
        let cache = self.u.call_cache(CacheKind::Call);
        self.u.emit(Op::Call, result, count, cache);
        self.u.reset(result + 1);
        Ok(result)
    }

    /// Makes the function of a `def` in `R[into]`; its annotations come first.
    fn make_def(
        &mut self,
        node: &'a StmtFunctionDef,
        into: u16,
        defaults: Option<Val>,
        kw_defaults: Option<Val>,
    ) -> Res {
        let annotate = self.function_annotations(node)?;
        let scope = self.scope_of(key_of(node), ScopeKind::Function);
        let code = self.function_code(
            scope,
            &node.name,
            &node.parameters,
            &node.body,
            node.range,
            node.is_async,
        )?;
        self.u.pos = self.position(self.head_range(node.range, &node.decorator_list));
        let mut attrs = Vec::new();
        attrs.extend(defaults.map(|val| (val, FuncAttr::Defaults)));
        attrs.extend(kw_defaults.map(|val| (val, FuncAttr::KwDefaults)));
        attrs.extend(annotate);
        self.make_function(into, code, &attrs)
    }

    /// `R[into] :=` a function of `code` with its closure and `attrs`.
    pub fn make_function(&mut self, into: u16, code: Arc<Code>, attrs: &[(Val, FuncAttr)]) -> Res {
        let closure = self.closure(&code);
        let index = self.u.constant(Const::Code(code));
        self.u.emit_wide(Op::MakeFunction, into, index);
        for &(val, attr) in attrs {
            self.u.emit_ab(Op::SetFunctionAttr, into, val, attr as u16);
        }
        if let Some(closure) = closure {
            self.u
                .emit_ab(Op::SetFunctionAttr, into, closure, FuncAttr::Closure as u16);
        }
        Ok(())
    }

    /// The tuple of cells that a function of this code needs.
    pub fn closure(&mut self, code: &Code) -> Option<Val> {
        if code.freevars.is_empty() {
            return None;
        }
        let first = self.u.top;
        for name in &code.freevars {
            let cell = self.closure_cell(&Name::new(name));
            self.u.place(Val::Local(cell), Want::Temp);
        }
        self.u.reset(first);
        let tuple = self.u.temp();
        self.u.emit(Op::BuildTuple, tuple, first, code.freevars.len() as u16);
        Some(Val::Temp(tuple))
    }

    /// The tuple of defaults of positional parameters.
    fn defaults(&mut self, parameters: &'a Parameters) -> Res<Option<Val>> {
        let all = || {
            parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .filter_map(|parameter| parameter.default.as_deref())
        };
        if all().next().is_none() {
            return Ok(None);
        }
        if let Some(constants) = all().map(|expr| self.constant_of(expr)).collect::<Option<Vec<Const>>>() {
            return Ok(Some(self.u.const_val(Const::Tuple(constants.into()))));
        }
        let pos = self.u.pos;
        let first = self.u.top;
        for expr in all() {
            self.expr_temp(expr)?;
        }
        let count = self.u.top - first;
        self.u.pos = pos;
        self.u.reset(first);
        let tuple = self.u.temp();
        self.u.emit(Op::BuildTuple, tuple, first, count);
        Ok(Some(Val::Temp(tuple)))
    }

    fn kw_defaults(&mut self, parameters: &'a Parameters) -> Res<Option<Val>> {
        let pos = self.u.pos;
        let first = self.u.top;
        for parameter in &parameters.kwonlyargs {
            let Some(default) = &parameter.default else { continue };
            let name = self.mangled(&parameter.parameter.name.id);
            let key = self.u.const_val(Const::str(&name));
            self.u.place(key, Want::Temp);
            self.expr_temp(default)?;
        }
        let count = (self.u.top - first) / 2;
        if count == 0 {
            return Ok(None);
        }
        self.u.pos = pos;
        self.u.reset(first);
        let dict = self.u.temp();
        self.u.emit(Op::BuildMap, dict, first, count);
        Ok(Some(Val::Temp(dict)))
    }

    /// Sets the counts and flags that parameters determine.
    fn signature(&mut self, parameters: Option<&Parameters>) {
        let Some(parameters) = parameters else { return };
        let u = &mut self.u;
        u.posonly_count = parameters.posonlyargs.len() as u32;
        u.arg_count = u.posonly_count + parameters.args.len() as u32;
        u.kwonly_count = parameters.kwonlyargs.len() as u32;
        u.flags |= if parameters.vararg.is_some() { co::VARARGS } else { 0 };
        u.flags |= if parameters.kwarg.is_some() { co::VARKEYWORDS } else { 0 };
    }

    pub fn generator_flags(&mut self) {
        let scope = self.table.scope(self.u.scope);
        self.u.flags |= match (scope.generator, scope.coroutine) {
            (true, true) => co::ASYNC_GENERATOR,
            (true, false) => co::GENERATOR,
            (false, true) => co::COROUTINE,
            (false, false) => 0,
        };
    }

    fn function_code(
        &mut self,
        scope: ScopeId,
        name: &Identifier,
        parameters: &'a Parameters,
        body: &'a [Stmt],
        range: TextRange,
        is_async: bool,
    ) -> Res<Arc<Code>> {
        let qualname = self.qualname_for(&name.id);
        self.enter(scope, name.id.clone(), qualname, range);
        self.signature(Some(parameters));
        self.u.is_async = is_async;
        self.generator_flags();
        let doc = self.docstring(body);
        if let Some(doc) = &doc {
            self.u.flags |= co::HAS_DOCSTRING;
            self.u.constant(doc.clone());
        } else {
            self.u.constant(Const::None);
        }
        let cleanup = self.prologue();
        self.stmts(if doc.is_some() { &body[1..] } else { body })?;
        self.implicit_return();
        self.epilogue(cleanup);
        self.leave()
    }

    /// `return None` at the end of a body.
    pub fn implicit_return(&mut self) {
        let none = self.u.none();
        // CPython gives it the place of the last statement.
        let line = self.u.code.last().map_or(self.u.first_line, |ins| ins.pos.line);
        if line != 0 {
            self.u.pos = Position::line_only(line);
        }
        self.u.emit_a(Op::Return, none, 0, 0);
    }

    /// The docstring of a body, cleaned, if it has one that is kept.
    pub fn docstring(&self, body: &'a [Stmt]) -> Option<Const> {
        if self.options.optimize >= 2 {
            return None;
        }
        let Some(Stmt::Expr(first)) = body.first() else {
            return None;
        };
        let Expr::StringLiteral(_) = &*first.value else {
            return None;
        };
        match self.constant_of(&first.value)? {
            Const::Str(text) => Some(Const::Str(clean_doc(&text))),
            _ => None,
        }
    }

    pub fn lambda(&mut self, node: &'a ExprLambda, want: Want) -> Res<Val> {
        let result = self.u.temp();
        self.at(node);
        let (defaults, kw_defaults) = match &node.parameters {
            Some(parameters) => (self.defaults(parameters)?, self.kw_defaults(parameters)?),
            None => (None, None),
        };
        let scope = self.scope_of(key_of(node), ScopeKind::Lambda);
        let name = Name::new_static("<lambda>");
        let qualname = self.qualname_for(&name);
        self.enter(scope, name, qualname, node.range);
        self.signature(node.parameters.as_deref());
        self.generator_flags();
        let cleanup = self.prologue();
        let val = self.expr(&node.body, Want::Any)?;
        self.at(&*node.body);
        self.u.emit_a(Op::Return, val, 0, 0);
        self.epilogue(cleanup);
        let code = self.leave()?;
        self.at(node);
        let mut attrs = Vec::new();
        attrs.extend(defaults.map(|val| (val, FuncAttr::Defaults)));
        attrs.extend(kw_defaults.map(|val| (val, FuncAttr::KwDefaults)));
        self.make_function(result, code, &attrs)?;
        self.u.reset(result + 1);
        Ok(self.u.place(Val::Temp(result), want))
    }

    // ── Type parameters ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Makes type parameters, binds their names, and gives the tuple of them in the next temporary.
    pub fn type_params(&mut self, params: &'a TypeParams) -> Res<u16> {
        let first = self.u.top;
        for param in &params.type_params {
            let dst = self.u.temp();
            let (name, bound, default, plain) = match param {
                TypeParam::TypeVar(node) => (
                    &node.name,
                    node.bound.as_deref(),
                    node.default.as_deref(),
                    Op::MakeTypevar,
                ),
                TypeParam::TypeVarTuple(node) => (&node.name, None, node.default.as_deref(), Op::MakeTypevartuple),
                TypeParam::ParamSpec(node) => (&node.name, None, node.default.as_deref(), Op::MakeParamspec),
            };
            let text = self.u.const_val(Const::str(&name.id));
            match bound {
                Some(bound) => {
                    let op = if bound.is_tuple_expr() {
                        Op::MakeTypevarConstraints
                    } else {
                        Op::MakeTypevarBound
                    };
                    let function = self.type_variable(bound, &name.id)?;
                    self.at(param);
                    self.u.emit_abc(op, 0, dst, text, function);
                }
                None => {
                    self.at(param);
                    self.u.emit_ab(plain, dst, text, 0);
                }
            }
            self.u.reset(dst + 1);
            if let Some(default) = default {
                let function = self.type_variable(default, &name.id)?;
                self.at(param);
                self.u.emit_ab(Op::SetTypeparamDefault, dst, function, 0);
                self.u.reset(dst + 1);
            }
            self.at(param);
            self.store_name(&name.id, Val::Local(dst));
        }
        let count = self.u.top - first;
        self.u.reset(first);
        let tuple = self.u.temp();
        self.u.emit(Op::BuildTuple, tuple, first, count);
        Ok(tuple)
    }

    /// The function that evaluates a bound or default, in the next temporary.
    fn type_variable(&mut self, expr: &'a Expr, name: &Name) -> Res<Val> {
        let scope = self.scope_of(key_of(expr), ScopeKind::TypeVariable);
        self.lazy_value(scope, expr, name)
    }

    /// A function with a `format` parameter that evaluates `expr`, in the next temporary.
    pub fn lazy_value(&mut self, scope: ScopeId, expr: &'a Expr, name: &Name) -> Res<Val> {
        let result = self.u.temp();
        let qualname = self.qualname_for(name);
        self.enter(scope, name.clone(), qualname, expr.range());
        self.u.arg_count = 1;
        self.u.posonly_count = 1;
        self.prologue();
        self.check_format();
        let val = match expr {
            Expr::Starred(starred) => {
                let reg = self.starred_value(&starred.value, expr)?;
                Val::Temp(reg)
            }
            _ => self.expr(expr, Want::Any)?,
        };
        self.at(expr);
        self.u.emit_a(Op::Return, val, 0, 0);
        let code = self.leave()?;
        self.at(expr);
        let defaults = self.u.const_val(Const::Tuple([Const::Int(1)].into()));
        self.make_function(result, code, &[(defaults, FuncAttr::Defaults)])?;
        self.u.reset(result + 1);
        Ok(Val::Temp(result))
    }

    /// `*x` where one value is wanted: the only item of `x`.
    pub fn starred_value(&mut self, value: &'a Expr, node: &impl Ranged) -> Res<u16> {
        let mark = self.u.top;
        let val = self.expr(value, Want::Any)?;
        self.at(node);
        self.u.reset(mark);
        let dst = self.u.temp();
        self.u.emit_ab(Op::UnpackSequence, dst, val, 1);
        Ok(dst)
    }

    /// `type X[T] = value`.
    pub fn type_alias(&mut self, node: &'a kiln_syntax::ast::StmtTypeAlias) -> Res {
        let Expr::Name(name) = &*node.name else {
            return Err(Fault::new("invalid syntax", node.name.range()));
        };
        let mark = self.u.top;
        let result = self.u.temp();
        let generic = node.type_params.as_deref();
        if let Some(params) = generic {
            let scope_name = Name::new(format!("<generic parameters of {}>", name.id));
            let scope = self.scope_of(key_of(params), ScopeKind::TypeParams);
            let qualname = self.qualname_for(&scope_name);
            self.enter(scope, scope_name, qualname, node.range);
            self.prologue();
            let into = self.u.temp();
            self.alias_value(node, &name.id, into, Some(params))?;
            self.u.emit_a(Op::Return, Val::Temp(into), 0, 0);
            let code = self.leave()?;
            self.at(node);
            self.make_function(result, code, &[])?;
            self.u.reset(result + 1);
            self.u.temps(3);
            let cache = self.u.call_cache(CacheKind::Call);
            self.u.emit(Op::Call, result, 0, cache);
        } else {
            self.alias_value(node, &name.id, result, None)?;
        }
        self.u.reset(result + 1);
        self.at(&*node.name);
        self.store_name(&name.id, Val::Temp(result));
        self.u.reset(mark);
        Ok(())
    }

    fn alias_value(
        &mut self,
        node: &'a kiln_syntax::ast::StmtTypeAlias,
        name: &Name,
        into: u16,
        params: Option<&'a TypeParams>,
    ) -> Res {
        let first = self.u.top;
        let text = self.u.const_val(Const::str(name));
        self.u.place(text, Want::Temp);
        match params {
            Some(params) => {
                self.type_params(params)?;
            }
            None => {
                let none = self.u.none();
                self.u.place(none, Want::Temp);
            }
        }
        let scope = self.scope_of(key_of(&*node.value), ScopeKind::TypeAlias);
        self.lazy_value(scope, &node.value, name)?;
        self.at(node);
        self.u.emit(Op::BuildTuple, first, first, 3);
        self.u.emit_ab(Op::MakeTypealias, into, Val::Temp(first), 0);
        self.u.reset(first);
        Ok(())
    }
}

/// A docstring as the compiler stores it: tabs expanded, the common margin of all lines but the first removed.
fn clean_doc(text: &kiln_bytecode::Text) -> kiln_bytecode::Text {
    let mut expanded: Vec<u8> = Vec::with_capacity(text.0.len());
    let mut column = 0;
    for &byte in &text.0 {
        match byte {
            b'\t' => {
                let count = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(b' ', count));
                column += count;
            }
            b'\n' | b'\r' => {
                expanded.push(byte);
                column = 0;
            }
            _ => {
                expanded.push(byte);
                // Columns count characters.
                column += (byte & 0xc0 != 0x80) as usize;
            }
        }
    }
    let mut lines = expanded.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let indent = |line: &[u8]| line.iter().take_while(|&&byte| byte == b' ').count();
    let margin = lines
        .clone()
        .filter(|line| indent(line) < line.len())
        .map(indent)
        .min()
        .unwrap_or(0);
    let mut out = first[indent(first)..].to_vec();
    for line in lines {
        out.push(b'\n');
        out.extend_from_slice(&line[indent(line).min(margin)..]);
    }
    kiln_bytecode::Text(out.into())
}
