//! A scope of the symbol table: its symbols and what was found out about each.

use hashbrown::HashMap;
use ruff_python_ast::name::Name;
use ruff_text_size::{TextRange, TextSize};

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    Module,
    Function,
    Lambda,
    Class,
    Comprehension,
    /// The `__annotate__` function of a function, class or module.
    Annotations,
    /// The scope of a `[T]` list.
    TypeParams,
    /// The value of a `type` statement.
    TypeAlias,
    /// A bound, a tuple of constraints or a default of a type parameter.
    TypeVariable,
}

/// Which comprehension a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompKind {
    List,
    Set,
    Dict,
    Generator,
}

/// How a name is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Resolution {
    #[default]
    Unknown,
    Local,
    /// A local that inner scopes use.
    Cell,
    /// A cell of an outer function.
    Free,
    /// Declared by `global`.
    GlobalExplicit,
    /// Global for want of a binding.
    GlobalImplicit,
}

/// How a symbol occurs in its scope.
pub mod def {
    pub const GLOBAL: u16 = 1;
    pub const LOCAL: u16 = 2;
    pub const PARAM: u16 = 4;
    pub const NONLOCAL: u16 = 8;
    pub const USE: u16 = 16;
    pub const IMPORT: u16 = 32;
    pub const ANNOT: u16 = 64;
    pub const COMP_ITER: u16 = 128;
    pub const TYPE_PARAM: u16 = 256;
    /// A class has a free variable of the same name as a name of its own.
    pub const FREE_CLASS: u16 = 512;
    /// Bound by an assignment expression, here or in a comprehension within.
    pub const WALRUS: u16 = 1024;
    pub const BOUND: u16 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// A name in a scope.
#[derive(Clone, Copy, Debug, Default)]
pub struct Symbol {
    /// Of [`def`].
    pub flags: u16,
    pub resolution: Resolution,
    /// The `global` or `nonlocal` statement, else the first occurrence.
    pub range: TextRange,
}

/// Index of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// One scope.
#[derive(Clone, Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    pub comp: Option<CompKind>,
    pub name: Name,
    pub parent: Option<ScopeId>,
    pub children: Vec<ScopeId>,
    /// Names in order of first occurrence.
    pub names: Vec<Name>,
    pub symbols: HashMap<Name, Symbol>,
    /// Within a function, directly or not.
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    /// A comprehension compiled into the code around it.
    pub inlined: bool,
    /// A class whose methods use `__class__` or `super`.
    pub needs_class_closure: bool,
    /// A class with annotation scopes that look up its names.
    pub needs_classdict: bool,
    /// An annotation scope directly in a class.
    pub can_see_class: bool,
    pub conditional_annotations: bool,
    pub annotations_used: bool,
    /// A function of any kind defined directly in a class body.
    pub method: bool,
    /// What mangles private names.
    pub private: Option<Private>,
    /// Child that holds the annotations of a class or module.
    pub annotation_child: Option<ScopeId>,
    /// Where it begins, about: for its line.
    pub start: TextSize,
}

impl Scope {
    /// Whether names bound here are fast locals.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, ScopeKind::Module | ScopeKind::Class)
    }

    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.get(name)
    }

    pub fn resolution(&self, name: &str) -> Resolution {
        self.symbol(name)
            .map_or(Resolution::Unknown, |symbol| symbol.resolution)
    }

    pub(crate) fn symbol_mut(&mut self, name: &Name) -> &mut Symbol {
        if !self.symbols.contains_key(name) {
            self.names.push(name.clone());
        }
        self.symbols.entry(name.clone()).or_default()
    }
}

/// The class whose name mangles private names.
#[derive(Clone, Debug)]
pub struct Private {
    pub class: Name,
    /// In the scope of a class's type parameters: only these are mangled.
    pub only: Option<std::rc::Rc<[Name]>>,
}

/// The name that `name` stands for within a class.
pub fn mangle(private: Option<&Private>, name: &Name) -> Name {
    let Some(Private { class, only }) = private else {
        return name.clone();
    };
    if only.as_ref().is_some_and(|only| !only.contains(name)) {
        return name.clone();
    }
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    Name::new(format!("_{class}{name}"))
}
