//! Builds the symbol table: one walk over the tree that notes every name, then [`analysis`] that resolves them.
//!
//! Here are the table, and how the walk enters scopes and notes names; [`stmt`], [`expr`] and [`signature`] walk.

mod analysis;
mod expr;
mod signature;
mod stmt;

use crate::Fault;
use crate::scope::{Private, Scope, ScopeId, ScopeKind, def, mangle};
use hashbrown::HashMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{Identifier, Mod};
use ruff_text_size::{TextRange, TextSize};

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
}

/// What [`Builder::enter`] changed.
struct Saved {
    current: ScopeId,
    conditional: bool,
    restrict: Option<&'static str>,
}
