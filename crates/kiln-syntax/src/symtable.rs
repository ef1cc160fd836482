//! Builds the symbol table: one walk over the tree that notes every name, then [`analysis`] that resolves them.

mod analysis;

use hashbrown::HashMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{
    Comprehension, Expr, ExprContext, Identifier, InterpolatedStringElement, InterpolatedStringElements, Mod,
    Parameters, Pattern, Stmt, TypeParam, TypeParams,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::scope::{CompKind, Private, Scope, ScopeId, ScopeKind, def, mangle};
use crate::{Fault, deep};

type Done = Result<(), Fault>;

/// The scopes of a source.
pub struct SymbolTable {
    scopes: Vec<Scope>,
    by_node: HashMap<(usize, ScopeKind), ScopeId>,
}

/// Identity of a tree node, as scopes are looked up by.
pub fn key_of<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

impl SymbolTable {
    /// Builds the table of `tree`. `future_annotations`: annotations are not evaluated, so they are not looked into.
    pub fn build(tree: &Mod, future_annotations: bool) -> Result<SymbolTable, Fault> {
        let table = SymbolTable {
            scopes: Vec::new(),
            by_node: HashMap::new(),
        };
        let mut builder = Builder {
            table,
            current: ScopeId(0),
            future_annotations,
            private: None,
            conditional: false,
            depth: 0,
            in_iter: 0,
            restrict: None,
        };
        builder.enter(ScopeKind::Module, "<module>", key_of(tree), TextSize::default());
        match tree {
            Mod::Module(module) => builder.body(&module.body)?,
            Mod::Expression(expression) => builder.expr(&expression.body)?,
        }
        let mut table = builder.table;
        analysis::analyze(&mut table.scopes)?;
        Ok(table)
    }

    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// The scope of the module or expression.
    pub fn top(&self) -> ScopeId {
        ScopeId(0)
    }

    /// The scope that node `key` opens, if it opens one of that kind.
    pub fn find(&self, key: usize, kind: ScopeKind) -> Option<ScopeId> {
        self.by_node.get(&(key, kind)).copied()
    }
}

struct Builder {
    table: SymbolTable,
    current: ScopeId,
    future_annotations: bool,
    private: Option<Private>,
    /// Within `if`, `for`, `try` … of the current class or module.
    conditional: bool,
    depth: u32,
    /// Within the iterable of a comprehension, how deep.
    in_iter: u32,
    /// What forbids `yield`, `await` and `:=` here.
    restrict: Option<&'static str>,
}

impl Builder {
    fn scope(&mut self) -> &mut Scope {
        &mut self.table.scopes[self.current.0 as usize]
    }

    fn enter(&mut self, kind: ScopeKind, name: &str, key: usize, start: TextSize) -> Saved {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = (id.0 > 0).then_some(self.current);
        let mut nested = false;
        let mut in_class = false;
        if let Some(parent) = parent {
            let outer = &mut self.table.scopes[parent.0 as usize];
            outer.children.push(id);
            nested = outer.nested || outer.is_function_like();
            in_class = outer.kind == ScopeKind::Class || outer.can_see_class;
        }
        let method = matches!(kind, ScopeKind::Function | ScopeKind::Lambda | ScopeKind::Comprehension)
            && parent.is_some_and(|parent| self.table.scopes[parent.0 as usize].kind == ScopeKind::Class);
        let annotation_like = matches!(
            kind,
            ScopeKind::Annotations | ScopeKind::TypeParams | ScopeKind::TypeAlias | ScopeKind::TypeVariable
        );
        self.table.scopes.push(Scope {
            kind,
            comp: None,
            name: Name::new(name),
            parent,
            children: Vec::new(),
            names: Vec::new(),
            symbols: HashMap::new(),
            nested,
            generator: false,
            coroutine: false,
            inlined: false,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class: annotation_like && in_class,
            conditional_annotations: false,
            annotations_used: false,
            method,
            private: self.private.clone(),
            annotation_child: None,
            start,
        });
        self.table.by_node.insert((key, kind), id);
        let saved = Saved {
            current: self.current,
            conditional: self.conditional,
            restrict: self.restrict,
        };
        self.current = id;
        self.conditional = false;
        let text_only = kind == ScopeKind::Annotations && self.future_annotations;
        if annotation_like && in_class && !text_only {
            self.use_name("__classdict__", TextRange::default());
        }
        saved
    }

    fn leave(&mut self, saved: Saved) {
        self.current = saved.current;
        self.conditional = saved.conditional;
        self.restrict = saved.restrict;
    }

    fn use_name(&mut self, name: &str, range: TextRange) {
        let name = Name::new(name);
        let symbol = self.scope().symbol_mut(&name);
        if symbol.flags == 0 {
            symbol.range = range;
        }
        symbol.flags |= def::USE;
    }

    fn reference(&mut self, name: &Name, range: TextRange) {
        let mangled = mangle(self.private.as_ref(), name);
        self.use_name(&mangled, range);
        if name == "super" && self.scope().is_function_like() {
            self.use_name("__class__", range);
        }
    }

    fn define(&mut self, name: &Name, flags: u16, range: TextRange) -> Done {
        let mangled = mangle(self.private.as_ref(), name);
        self.define_raw(self.current, &mangled, flags, range)
    }

    fn define_raw(&mut self, scope: ScopeId, name: &Name, flags: u16, range: TextRange) -> Done {
        if name == "__debug__" && flags & (def::BOUND | def::ANNOT) != 0 {
            return Err(Fault::new("cannot assign to __debug__", range));
        }
        let is_comp = self.table.scopes[scope.0 as usize].kind == ScopeKind::Comprehension;
        let symbol = self.table.scopes[scope.0 as usize].symbol_mut(name);
        if flags & def::PARAM != 0 && symbol.flags & def::PARAM != 0 {
            return Err(Fault::new(
                format!("duplicate argument '{name}' in function definition"),
                range,
            ));
        }
        if flags & def::TYPE_PARAM != 0 && symbol.flags & def::TYPE_PARAM != 0 {
            return Err(Fault::new(format!("duplicate type parameter '{name}'"), range));
        }
        if is_comp && flags & def::COMP_ITER != 0 && symbol.flags & (def::GLOBAL | def::NONLOCAL) != 0 {
            return Err(Fault::new(
                format!("comprehension inner loop cannot rebind assignment expression target '{name}'"),
                range,
            ));
        }
        let directives = def::GLOBAL | def::NONLOCAL;
        if symbol.flags == 0 || flags & directives != 0 && symbol.flags & directives == 0 {
            symbol.range = range;
        }
        symbol.flags |= flags;
        Ok(())
    }

    fn ident(&mut self, name: &Identifier, flags: u16) -> Done {
        self.define(&name.id, flags, name.range)
    }

    fn body(&mut self, body: &[Stmt]) -> Done {
        body.iter().try_for_each(|statement| self.stmt(statement))
    }

    /// A body that is not always run: annotations in it are conditional.
    fn branch(&mut self, body: &[Stmt]) -> Done {
        let before = std::mem::replace(&mut self.conditional, true);
        self.body(body)?;
        self.conditional = before;
        Ok(())
    }

    fn stmt(&mut self, statement: &Stmt) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(statement.range()));
        }
        deep::grow(|| self.stmt_inner(statement))?;
        self.depth -= 1;
        Ok(())
    }

    fn stmt_inner(&mut self, statement: &Stmt) -> Done {
        match statement {
            Stmt::FunctionDef(node) => {
                self.define(&node.name.id, def::LOCAL, node.range)?;
                self.defaults(&node.parameters)?;
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &node.name, Some(&node.parameters), false)?),
                    None => None,
                };
                self.function_annotations(&node.parameters, node.returns.as_deref())?;
                let saved = self.enter(ScopeKind::Function, &node.name, key_of(node), node.name.start());
                self.scope().coroutine = node.is_async;
                self.restrict = None;
                self.parameters(&node.parameters)?;
                self.body(&node.body)?;
                self.leave(saved);
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::ClassDef(node) => {
                self.define(&node.name.id, def::LOCAL, node.range)?;
                for decorator in &node.decorator_list {
                    self.expr(&decorator.expression)?;
                }
                let private = self.private.clone();
                if let Some(params) = &node.type_params {
                    let names = params.type_params.iter().map(|param| param.name().id.clone());
                    self.private = Some(Private {
                        class: node.name.id.clone(),
                        only: Some(names.collect()),
                    });
                }
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &node.name, None, true)?),
                    None => None,
                };
                if let Some(arguments) = &node.arguments {
                    let before = self.restrict;
                    if outer.is_some() {
                        self.restrict = Some("the definition of a generic");
                    }
                    arguments.args.iter().try_for_each(|arg| self.expr(arg))?;
                    arguments
                        .keywords
                        .iter()
                        .try_for_each(|keyword| self.expr(&keyword.value))?;
                    self.restrict = before;
                }
                self.private = Some(Private {
                    class: node.name.id.clone(),
                    only: None,
                });
                let saved = self.enter(ScopeKind::Class, &node.name, key_of(node), node.name.start());
                self.restrict = None;
                if outer.is_some() {
                    self.define(&Name::new_static("__type_params__"), def::LOCAL, node.name.range)?;
                    self.use_name(".type_params", node.name.range);
                }
                self.body(&node.body)?;
                self.leave(saved);
                self.private = private;
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::TypeAlias(node) => {
                self.expr(&node.name)?;
                let name = match &*node.name {
                    Expr::Name(name) => Identifier::new(name.id.clone(), name.range),
                    _ => return Err(Fault::new("invalid syntax", node.name.range())),
                };
                let outer = match &node.type_params {
                    Some(params) => Some(self.type_params(params, &name, None, false)?),
                    None => None,
                };
                let saved = self.enter(ScopeKind::TypeAlias, &name, key_of(&*node.value), node.value.start());
                self.restrict = Some("a type alias");
                self.define(&Name::new_static(".format"), def::PARAM, name.range)?;
                self.expr(&node.value)?;
                self.leave(saved);
                if let Some(outer) = outer {
                    self.leave(outer);
                }
            }
            Stmt::Return(node) => self.maybe(node.value.as_deref())?,
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.expr(target))?,
            Stmt::Assign(node) => {
                node.targets.iter().try_for_each(|target| self.expr(target))?;
                self.expr(&node.value)?;
            }
            Stmt::AugAssign(node) => {
                self.expr(&node.target)?;
                self.expr(&node.value)?;
            }
            Stmt::AnnAssign(node) => {
                self.scope().annotations_used = true;
                if let Expr::Name(target) = &*node.target {
                    let name = mangle(self.private.as_ref(), &target.id);
                    let in_module = self.scope().kind == ScopeKind::Module;
                    let flags = self.scope().symbol(&name).map_or(0, |symbol| symbol.flags);
                    if node.simple && !in_module && flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                        let word = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
                        return Err(Fault::new(
                            format!("annotated name '{name}' can't be {word}"),
                            node.range,
                        ));
                    }
                    if node.simple {
                        self.define(&target.id, def::ANNOT | def::LOCAL, target.range)?;
                    } else if node.value.is_some() {
                        self.define(&target.id, def::LOCAL, target.range)?;
                    }
                } else {
                    self.expr(&node.target)?;
                }
                self.variable_annotation(&node.annotation, node.simple && node.target.is_name_expr())?;
                self.maybe(node.value.as_deref())?;
            }
            Stmt::For(node) => {
                self.expr(&node.target)?;
                self.expr(&node.iter)?;
                self.branch(&node.body)?;
                self.branch(&node.orelse)?;
            }
            Stmt::While(node) => {
                self.expr(&node.test)?;
                self.branch(&node.body)?;
                self.branch(&node.orelse)?;
            }
            Stmt::If(node) => {
                self.expr(&node.test)?;
                self.branch(&node.body)?;
                for clause in &node.elif_else_clauses {
                    self.maybe(clause.test.as_ref())?;
                    self.branch(&clause.body)?;
                }
            }
            Stmt::With(node) => {
                for item in &node.items {
                    self.expr(&item.context_expr)?;
                    self.maybe(item.optional_vars.as_deref())?;
                }
                self.branch(&node.body)?;
            }
            Stmt::Match(node) => {
                self.expr(&node.subject)?;
                for case in &node.cases {
                    self.pattern(&case.pattern)?;
                    self.maybe(case.guard.as_deref())?;
                    self.branch(&case.body)?;
                }
            }
            Stmt::Raise(node) => {
                self.maybe(node.exc.as_deref())?;
                self.maybe(node.cause.as_deref())?;
            }
            Stmt::Try(node) => {
                self.branch(&node.body)?;
                for ruff_python_ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    self.maybe(handler.type_.as_deref())?;
                    if let Some(name) = &handler.name {
                        self.ident(name, def::LOCAL)?;
                    }
                    self.branch(&handler.body)?;
                }
                self.branch(&node.orelse)?;
                self.branch(&node.finalbody)?;
            }
            Stmt::Assert(node) => {
                self.expr(&node.test)?;
                self.maybe(node.msg.as_deref())?;
            }
            Stmt::Import(node) => {
                for alias in &node.names {
                    match &alias.asname {
                        Some(name) => self.ident(name, def::LOCAL | def::IMPORT)?,
                        None => {
                            let first = alias.name.split('.').next().unwrap_or_default();
                            self.define(&Name::new(first), def::LOCAL | def::IMPORT, alias.range)?;
                        }
                    }
                }
            }
            Stmt::ImportFrom(node) => {
                for alias in &node.names {
                    if &*alias.name == "*" {
                        if self.scope().kind != ScopeKind::Module {
                            return Err(Fault::new("import * only allowed at module level", alias.range));
                        }
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.define(&name.id, def::LOCAL | def::IMPORT, alias.range)?;
                }
            }
            Stmt::Global(node) => self.declare(&node.names, def::GLOBAL, node.range)?,
            Stmt::Nonlocal(node) => self.declare(&node.names, def::NONLOCAL, node.range)?,
            Stmt::Expr(node) => self.expr(&node.value)?,
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn declare(&mut self, names: &[Identifier], flag: u16, range: TextRange) -> Done {
        let word = if flag == def::GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let mangled = mangle(self.private.as_ref(), &name.id);
            let flags = self.scope().symbol(&mangled).map_or(0, |symbol| symbol.flags);
            let problem = if flags & def::PARAM != 0 {
                Some(format!("name '{mangled}' is parameter and {word}"))
            } else if flags & def::USE != 0 {
                Some(format!("name '{mangled}' is used prior to {word} declaration"))
            } else if flags & def::ANNOT != 0 {
                Some(format!("annotated name '{mangled}' can't be {word}"))
            } else if flags & def::LOCAL != 0 {
                Some(format!("name '{mangled}' is assigned to before {word} declaration"))
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(Fault::new(problem, range));
            }
            if flag == def::NONLOCAL && self.scope().kind == ScopeKind::Module {
                return Err(Fault::new("nonlocal declaration not allowed at module level", range));
            }
            self.define(&name.id, flag, range)?;
            if flag == def::GLOBAL {
                // The module itself means the same variable, even where its namespace is not its globals.
                self.table.scopes[0].symbol_mut(&mangled).flags |= def::GLOBAL;
            }
        }
        Ok(())
    }

    fn maybe(&mut self, expr: Option<&Expr>) -> Done {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    fn defaults(&mut self, parameters: &Parameters) -> Done {
        for parameter in parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
        {
            self.maybe(parameter.default.as_deref())?;
        }
        Ok(())
    }

    fn parameters(&mut self, parameters: &Parameters) -> Done {
        for parameter in parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
        {
            self.define(&parameter.parameter.name.id, def::PARAM, parameter.parameter.range)?;
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            self.define(&parameter.name.id, def::PARAM, parameter.range)?;
        }
        Ok(())
    }

    fn function_annotations(&mut self, parameters: &Parameters, returns: Option<&Expr>) -> Done {
        let mut annotations: Vec<&Expr> = parameters
            .iter()
            .filter_map(|parameter| parameter.annotation())
            .collect();
        annotations.extend(returns);
        if annotations.is_empty() {
            return Ok(());
        }
        let saved = self.enter(
            ScopeKind::Annotations,
            "__annotate__",
            key_of(parameters),
            parameters.start(),
        );
        self.restrict = Some("an annotation");
        self.define(&Name::new_static(".format"), def::PARAM, parameters.range)?;
        self.scope().annotations_used = true;
        for annotation in annotations {
            if self.future_annotations {
                // Only its text is kept.
                continue;
            }
            match annotation {
                Expr::Starred(starred) => self.expr(&starred.value)?,
                _ => self.expr(annotation)?,
            }
        }
        self.leave(saved);
        Ok(())
    }

    fn variable_annotation(&mut self, annotation: &Expr, simple: bool) -> Done {
        let kind = self.scope().kind;
        if self.future_annotations || !matches!(kind, ScopeKind::Module | ScopeKind::Class) || !simple {
            // Not evaluated, or (not simple, outside functions) evaluated for nothing but its errors: it is left out.
            return Ok(());
        }
        if (kind == ScopeKind::Module || self.conditional) && !self.scope().conditional_annotations {
            self.scope().conditional_annotations = true;
            self.use_name("__conditional_annotations__", annotation.range());
        }
        let saved = match self.scope().annotation_child {
            Some(child) => {
                let saved = Saved {
                    current: self.current,
                    conditional: self.conditional,
                    restrict: self.restrict,
                };
                self.current = child;
                saved
            }
            None => {
                let parent = self.current;
                let saved = self.enter(
                    ScopeKind::Annotations,
                    "__annotate__",
                    usize::MAX - parent.0 as usize,
                    annotation.start(),
                );
                self.table.scopes[parent.0 as usize].annotation_child = Some(self.current);
                self.define(&Name::new_static(".format"), def::PARAM, annotation.range())?;
                self.scope().annotations_used = true;
                saved
            }
        };
        if self.table.scopes[saved.current.0 as usize].conditional_annotations {
            self.use_name("__conditional_annotations__", annotation.range());
        }
        self.restrict = Some("an annotation");
        self.expr(annotation)?;
        self.leave(saved);
        Ok(())
    }

    fn type_params(
        &mut self,
        params: &TypeParams,
        owner: &Identifier,
        function: Option<&Parameters>,
        class: bool,
    ) -> Result<Saved, Fault> {
        let saved = self.enter(ScopeKind::TypeParams, owner, key_of(params), params.start());
        if class {
            self.define(&Name::new_static(".type_params"), def::LOCAL, params.range)?;
            self.use_name(".type_params", params.range);
            self.define(&Name::new_static(".generic_base"), def::LOCAL, params.range)?;
            self.use_name(".generic_base", params.range);
        }
        if let Some(parameters) = function {
            if parameters
                .posonlyargs
                .iter()
                .chain(&parameters.args)
                .any(|parameter| parameter.default.is_some())
            {
                self.define(&Name::new_static(".defaults"), def::PARAM, params.range)?;
            }
            if parameters
                .kwonlyargs
                .iter()
                .any(|parameter| parameter.default.is_some())
            {
                self.define(&Name::new_static(".kwdefaults"), def::PARAM, params.range)?;
            }
        }
        let mut seen_default = false;
        for param in &params.type_params {
            let (name, bound, default) = match param {
                TypeParam::TypeVar(node) => (&node.name, node.bound.as_deref(), node.default.as_deref()),
                TypeParam::TypeVarTuple(node) => (&node.name, None, node.default.as_deref()),
                TypeParam::ParamSpec(node) => (&node.name, None, node.default.as_deref()),
            };
            if matches!(name.as_str(), "__classdict__" | "__conditional_annotations__") {
                let msg = format!("reserved name '{}' cannot be used for type parameter", name.id);
                return Err(Fault::new(msg, param.range()));
            }
            self.define(&name.id, def::TYPE_PARAM | def::LOCAL, param.range())?;
            if let Some(bound) = bound {
                let what = if bound.is_tuple_expr() {
                    "a TypeVar constraint"
                } else {
                    "a TypeVar bound"
                };
                self.type_variable(bound, name, what)?;
            }
            if let Some(default) = default {
                seen_default = true;
                let what = match param {
                    TypeParam::TypeVar(_) => "a TypeVar default",
                    TypeParam::TypeVarTuple(_) => "a TypeVarTuple default",
                    TypeParam::ParamSpec(_) => "a ParamSpec default",
                };
                self.type_variable(default, name, what)?;
            } else if seen_default {
                return Err(Fault::new(
                    format!(
                        "non-default type parameter '{}' follows default type parameter",
                        name.id
                    ),
                    param.range(),
                ));
            }
        }
        Ok(saved)
    }

    fn type_variable(&mut self, expr: &Expr, name: &Identifier, what: &'static str) -> Done {
        let saved = self.enter(ScopeKind::TypeVariable, name, key_of(expr), expr.start());
        self.restrict = Some(what);
        self.define(&Name::new_static(".format"), def::PARAM, expr.range())?;
        match expr {
            Expr::Starred(starred) => self.expr(&starred.value)?,
            _ => self.expr(expr)?,
        }
        self.leave(saved);
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(pattern.range()));
        }
        deep::grow(|| self.pattern_inner(pattern))?;
        self.depth -= 1;
        Ok(())
    }

    fn pattern_inner(&mut self, pattern: &Pattern) -> Done {
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => node.patterns.iter().try_for_each(|inner| self.pattern(inner)),
            Pattern::MatchMapping(node) => {
                node.keys.iter().try_for_each(|key| self.expr(key))?;
                node.patterns.iter().try_for_each(|inner| self.pattern(inner))?;
                node.rest.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL))
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                node.arguments
                    .patterns
                    .iter()
                    .try_for_each(|inner| self.pattern(inner))?;
                node.arguments
                    .keywords
                    .iter()
                    .try_for_each(|keyword| self.pattern(&keyword.pattern))
            }
            Pattern::MatchStar(node) => node.name.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL)),
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner)?;
                }
                node.name.as_ref().map_or(Ok(()), |name| self.ident(name, def::LOCAL))
            }
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|inner| self.pattern(inner)),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Done {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(expr.range()));
        }
        deep::grow(|| self.expr_inner(expr))?;
        self.depth -= 1;
        Ok(())
    }

    fn expr_inner(&mut self, expr: &Expr) -> Done {
        match expr {
            Expr::Name(node) => match node.ctx {
                ExprContext::Load => self.reference(&node.id, node.range),
                ExprContext::Store => self.define(&node.id, def::LOCAL, node.range)?,
                ExprContext::Del if node.id == "__debug__" => {
                    return Err(Fault::new("cannot delete __debug__", node.range));
                }
                _ => self.define(&node.id, def::LOCAL, node.range)?,
            },
            Expr::Named(node) => {
                if self.in_iter > 0 {
                    return Err(Fault::new(
                        "assignment expression cannot be used in a comprehension iterable expression",
                        node.range,
                    ));
                }
                self.restricted("named expression", node.range)?;
                let Expr::Name(target) = &*node.target else {
                    return Err(Fault::new("invalid syntax", node.range));
                };
                self.walrus(&target.id, target.range)?;
                self.expr(&node.value)?;
            }
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters)?;
                }
                let saved = self.enter(ScopeKind::Lambda, "<lambda>", key_of(node), node.start());
                self.restrict = None;
                if let Some(parameters) = &node.parameters {
                    self.parameters(parameters)?;
                }
                self.expr(&node.body)?;
                self.leave(saved);
            }
            Expr::ListComp(node) => self.comprehension(
                key_of(node),
                CompKind::List,
                "<listcomp>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::SetComp(node) => self.comprehension(
                key_of(node),
                CompKind::Set,
                "<setcomp>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::Generator(node) => self.comprehension(
                key_of(node),
                CompKind::Generator,
                "<genexpr>",
                &node.generators,
                &node.elt,
                None,
            )?,
            Expr::DictComp(node) => {
                let Some(key) = &node.key else {
                    return Err(Fault::new(
                        "dict unpacking cannot be used in dict comprehension",
                        node.range,
                    ));
                };
                self.comprehension(
                    key_of(node),
                    CompKind::Dict,
                    "<dictcomp>",
                    &node.generators,
                    key,
                    Some(&node.value),
                )?;
            }
            Expr::Yield(node) => {
                self.restricted("yield expression", node.range)?;
                self.maybe(node.value.as_deref())?;
                self.yields(node.range)?;
            }
            Expr::YieldFrom(node) => {
                self.restricted("yield expression", node.range)?;
                self.expr(&node.value)?;
                self.yields(node.range)?;
            }
            Expr::Await(node) => {
                self.restricted("await expression", node.range)?;
                self.expr(&node.value)?;
                self.scope().coroutine = true;
            }
            Expr::BoolOp(node) => node.values.iter().try_for_each(|value| self.expr(value))?,
            Expr::BinOp(node) => {
                self.expr(&node.left)?;
                self.expr(&node.right)?;
            }
            Expr::UnaryOp(node) => self.expr(&node.operand)?,
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)?;
            }
            Expr::Dict(node) => {
                for item in &node.items {
                    self.maybe(item.key.as_ref())?;
                    self.expr(&item.value)?;
                }
            }
            Expr::Set(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::List(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::Tuple(node) => node.elts.iter().try_for_each(|elt| self.expr(elt))?,
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                node.comparators.iter().try_for_each(|value| self.expr(value))?;
            }
            Expr::Call(node) => {
                self.expr(&node.func)?;
                node.arguments.args.iter().try_for_each(|arg| self.expr(arg))?;
                node.arguments
                    .keywords
                    .iter()
                    .try_for_each(|keyword| self.expr(&keyword.value))?;
            }
            Expr::FString(node) => {
                for part in &node.value {
                    if let ruff_python_ast::FStringPart::FString(fstring) = part {
                        self.elements(&fstring.elements)?;
                    }
                }
            }
            Expr::TString(node) => {
                for tstring in &node.value {
                    self.elements(&tstring.elements)?;
                }
            }
            Expr::Attribute(node) => {
                if &*node.attr == "__debug__" && node.ctx != ExprContext::Load {
                    let verb = if node.ctx == ExprContext::Del {
                        "delete"
                    } else {
                        "assign to"
                    };
                    return Err(Fault::new(format!("cannot {verb} __debug__"), node.range));
                }
                self.expr(&node.value)?;
            }
            Expr::Subscript(node) => {
                self.expr(&node.value)?;
                self.expr(&node.slice)?;
            }
            Expr::Starred(node) => self.expr(&node.value)?,
            Expr::Slice(node) => {
                self.maybe(node.lower.as_deref())?;
                self.maybe(node.upper.as_deref())?;
                self.maybe(node.step.as_deref())?;
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => {}
        }
        Ok(())
    }

    fn restricted(&mut self, what: &str, range: TextRange) -> Done {
        let generic = self.scope().kind == ScopeKind::TypeParams;
        match self.restrict.or(generic.then_some("the definition of a generic")) {
            Some(place) => Err(Fault::new(format!("{what} cannot be used within {place}"), range)),
            None => Ok(()),
        }
    }

    fn yields(&mut self, range: TextRange) -> Done {
        let scope = self.scope();
        if let Some(comp) = scope.comp {
            let what = match comp {
                CompKind::List => "list comprehension",
                CompKind::Set => "set comprehension",
                CompKind::Dict => "dict comprehension",
                CompKind::Generator => "generator expression",
            };
            return Err(Fault::new(format!("'yield' inside {what}"), range));
        }
        scope.generator = true;
        Ok(())
    }

    fn elements(&mut self, elements: &InterpolatedStringElements) -> Done {
        for element in elements {
            if let InterpolatedStringElement::Interpolation(node) = element {
                self.expr(&node.expression)?;
                if let Some(spec) = &node.format_spec {
                    deep::grow(|| self.elements(&spec.elements))?;
                }
            }
        }
        Ok(())
    }

    /// The target of `:=`: bound in the nearest scope that is no comprehension.
    fn walrus(&mut self, name: &Name, range: TextRange) -> Done {
        let name = &mangle(self.private.as_ref(), name);
        let mut scope = self.current;
        let mut inner = Vec::new();
        while self.table.scopes[scope.0 as usize].kind == ScopeKind::Comprehension {
            let symbol = self.table.scopes[scope.0 as usize].symbol(name);
            if symbol.is_some_and(|symbol| symbol.flags & def::COMP_ITER != 0) {
                return Err(Fault::new(
                    format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                    range,
                ));
            }
            inner.push(scope);
            let Some(parent) = self.table.scopes[scope.0 as usize].parent else {
                break;
            };
            scope = parent;
        }
        let host = &self.table.scopes[scope.0 as usize];
        if !inner.is_empty() {
            let place = match host.kind {
                ScopeKind::Class => Some("assignment expression within a comprehension cannot be used in a class body"),
                ScopeKind::TypeParams => Some(
                    "assignment expression within a comprehension cannot be used within the definition of a generic",
                ),
                ScopeKind::TypeAlias => {
                    Some("assignment expression within a comprehension cannot be used in a type alias")
                }
                ScopeKind::TypeVariable => {
                    Some("assignment expression within a comprehension cannot be used in a TypeVar bound")
                }
                _ => None,
            };
            if let Some(place) = place {
                return Err(Fault::new(place, range));
            }
        }
        let global =
            host.kind == ScopeKind::Module || host.symbol(name).is_some_and(|symbol| symbol.flags & def::GLOBAL != 0);
        for comp in inner {
            self.define_raw(comp, name, if global { def::GLOBAL } else { def::NONLOCAL }, range)?;
        }
        let flags = if global && scope != self.current && host_is_not_module(&self.table.scopes[scope.0 as usize]) {
            def::GLOBAL
        } else {
            def::LOCAL
        };
        self.define_raw(scope, name, flags | def::WALRUS, range)
    }

    fn comprehension(
        &mut self,
        key: usize,
        kind: CompKind,
        name: &str,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Done {
        let Some((first, rest)) = generators.split_first() else {
            return Ok(());
        };
        self.in_iter += 1;
        self.expr(&first.iter)?;
        self.in_iter -= 1;
        let restrict = self.restrict;
        let saved = self.enter(ScopeKind::Comprehension, name, key, elt.start());
        self.restrict = restrict;
        self.scope().comp = Some(kind);
        self.scope().generator = kind == CompKind::Generator;
        if first.is_async {
            self.scope().coroutine = true;
        }
        if kind == CompKind::Generator {
            self.define(&Name::new_static(".0"), def::PARAM, first.iter.range())?;
        }
        let in_iter = self.in_iter;
        self.comp_target(&first.target)?;
        first.ifs.iter().try_for_each(|test| self.expr(test))?;
        for generator in rest {
            self.comp_target(&generator.target)?;
            self.in_iter += 1;
            self.expr(&generator.iter)?;
            self.in_iter -= 1;
            generator.ifs.iter().try_for_each(|test| self.expr(test))?;
            if generator.is_async {
                self.scope().coroutine = true;
            }
        }
        self.expr(elt)?;
        self.maybe(value)?;
        self.in_iter = in_iter;
        let coroutine = self.scope().coroutine;
        self.leave(saved);
        if coroutine && kind != CompKind::Generator {
            self.scope().coroutine = true;
        }
        Ok(())
    }

    fn comp_target(&mut self, target: &Expr) -> Done {
        match target {
            Expr::Name(node) => self.define(&node.id, def::LOCAL | def::COMP_ITER, node.range),
            Expr::Tuple(node) => node.elts.iter().try_for_each(|elt| self.comp_target(elt)),
            Expr::List(node) => node.elts.iter().try_for_each(|elt| self.comp_target(elt)),
            Expr::Starred(node) => self.comp_target(&node.value),
            _ => self.expr(target),
        }
    }
}

fn host_is_not_module(scope: &Scope) -> bool {
    scope.kind != ScopeKind::Module
}

/// What [`Builder::enter`] changed.
struct Saved {
    current: ScopeId,
    conditional: bool,
    restrict: Option<&'static str>,
}
