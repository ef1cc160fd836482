//! Resolves the names of all scopes: local, cell, free or global; which comprehensions are compiled in place.

use hashbrown::HashSet;
use ruff_python_ast::name::Name;

use crate::scope::{CompKind, Resolution, Scope, ScopeId, ScopeKind, def};
use crate::{Fault, deep};

type Names = HashSet<Name>;

pub(super) fn analyze(scopes: &mut [Scope]) -> Result<(), Fault> {
    let mut free = Names::new();
    block(scopes, ScopeId(0), &Names::new(), &mut free)
}

/// `bound`: names that outer functions bind; `free`: receives the names that this
/// scope and those within need from outside.
fn block(scopes: &mut [Scope], id: ScopeId, bound: &Names, free: &mut Names) -> Result<(), Fault> {
    deep::grow(|| block_inner(scopes, id, bound, free))
}

fn block_inner(scopes: &mut [Scope], id: ScopeId, bound: &Names, free: &mut Names) -> Result<(), Fault> {
    let at = id.0 as usize;
    let is_class = scopes[at].kind == ScopeKind::Class;
    let function_like = scopes[at].is_function_like();
    let mut local = Names::new();
    let mut bound_here = bound.clone();
    let names = scopes[at].names.clone();
    // What a class binds, an annotation scope within it does not take from an outer function.
    let mut class = scopes[at].can_see_class.then_some(id);
    while let Some(inner) = class.filter(|inner| scopes[inner.0 as usize].kind != ScopeKind::Class) {
        class = scopes[inner.0 as usize].parent;
    }
    for name in &names {
        let class_flags = class
            .and_then(|class| scopes[class.0 as usize].symbol(name))
            .map_or(0, |symbol| symbol.flags);
        let own = scopes[at].symbols[name].flags & (def::BOUND | def::GLOBAL | def::NONLOCAL) != 0;
        if !own && class_flags & (def::GLOBAL | def::BOUND) != 0 && class_flags & def::NONLOCAL == 0 {
            let global = class_flags & def::GLOBAL != 0;
            if let Some(symbol) = scopes[at].symbols.get_mut(name) {
                symbol.resolution = if global {
                    Resolution::GlobalExplicit
                } else {
                    Resolution::GlobalImplicit
                };
            }
            continue;
        }
        if scopes[at].symbols[name].flags & def::NONLOCAL != 0 {
            let mut outer = scopes[at].parent;
            while let Some(id) = outer {
                let scope = &scopes[id.0 as usize];
                let flags = scope.symbol(name).map_or(0, |symbol| symbol.flags);
                if scope.is_function_like() && flags & def::BOUND != 0 {
                    if flags & def::TYPE_PARAM != 0 {
                        let msg = format!("nonlocal binding not allowed for type parameter '{name}'");
                        return Err(Fault::new(msg, scopes[at].symbols[name].range));
                    }
                    break;
                }
                outer = scope.parent;
            }
        }
        resolve(&mut scopes[at], name, &mut bound_here, &mut local, free)?;
    }
    let mut inner_bound = if is_class { bound.clone() } else { bound_here };
    if is_class {
        inner_bound.extend(["__class__", "__classdict__", "__conditional_annotations__"].map(Name::new_static));
    } else if function_like {
        for name in &local {
            inner_bound.insert(name.clone());
        }
    }
    let mut inner_free = Names::new();
    for child in scopes[at].children.clone() {
        let mut child_free = Names::new();
        block(scopes, child, &inner_bound, &mut child_free)?;
        let c = child.0 as usize;
        let inline = scopes[c].comp.is_some_and(|comp| comp != CompKind::Generator);
        scopes[c].inlined = inline;
        if inline && function_like {
            // What the comprehension itself reads here is at hand; only what functions within it capture needs a cell.
            let captured = captured_below(scopes, child);
            let own: Vec<Name> = scopes[c]
                .names
                .iter()
                .filter(|name| {
                    scopes[c].resolution(name) == Resolution::Free && !captured.contains(*name) && local.contains(*name)
                })
                .cloned()
                .collect();
            for name in own {
                child_free.remove(&name);
            }
        }
        inner_free.extend(child_free);
    }
    let can_see_class = scopes[at].can_see_class;
    let scope = &mut scopes[at];
    if function_like {
        for name in &local {
            if inner_free.remove(name)
                && let Some(symbol) = scope.symbols.get_mut(name)
            {
                symbol.resolution = Resolution::Cell;
            }
        }
    } else if is_class {
        scope.needs_class_closure = inner_free.remove("__class__");
        scope.needs_classdict = inner_free.remove("__classdict__");
        if inner_free.remove("__conditional_annotations__") {
            scope.conditional_annotations = true;
        }
    }
    for name in &inner_free {
        match scope.symbols.get_mut(name) {
            // The scope reaches the name in another way, and passes the outer function's variable on.
            Some(symbol)
                if (is_class || can_see_class)
                    && !matches!(symbol.resolution, Resolution::Cell | Resolution::Free)
                    && bound.contains(name) =>
            {
                symbol.flags |= def::FREE_CLASS;
            }
            Some(_) => {}
            None if bound.contains(name) => scope.symbol_mut(name).resolution = Resolution::Free,
            None => {}
        }
    }
    free.extend(inner_free);
    Ok(())
}

/// Names that scopes within comprehension `id`, other than comprehensions compiled in place, need from outside it.
fn captured_below(scopes: &[Scope], id: ScopeId) -> Names {
    let mut names = Names::new();
    for child in &scopes[id.0 as usize].children {
        let scope = &scopes[child.0 as usize];
        if scope.inlined {
            names.extend(captured_below(scopes, *child));
        } else {
            names.extend(
                scope
                    .names
                    .iter()
                    .filter(|name| scope.resolution(name) == Resolution::Free)
                    .cloned(),
            );
        }
    }
    names
}

fn resolve(
    scope: &mut Scope,
    name: &Name,
    bound: &mut Names,
    local: &mut Names,
    free: &mut Names,
) -> Result<(), Fault> {
    let flags = scope.symbols[name].flags;
    let range = scope.symbols[name].range;
    let resolution = if flags & def::GLOBAL != 0 {
        if flags & def::NONLOCAL != 0 {
            return Err(Fault::new(format!("name '{name}' is nonlocal and global"), range));
        }
        bound.remove(name);
        Resolution::GlobalExplicit
    } else if flags & def::NONLOCAL != 0 {
        if !bound.contains(name) {
            return Err(Fault::new(format!("no binding for nonlocal '{name}' found"), range));
        }
        free.insert(name.clone());
        Resolution::Free
    } else if flags & def::BOUND != 0 {
        local.insert(name.clone());
        Resolution::Local
    } else if bound.contains(name) {
        free.insert(name.clone());
        Resolution::Free
    } else {
        Resolution::GlobalImplicit
    };
    if let Some(symbol) = scope.symbols.get_mut(name) {
        symbol.resolution = resolution;
    }
    Ok(())
}
