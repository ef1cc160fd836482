//! `_symtable`: the scopes of a source as the compiler sees them.

use crate::support::syntax_error::raise_error;
use kiln_macros::{builtin_methods, builtin_module};
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, object_struct};
use kiln_syntax::{Fault, Lines, Mode, Resolution, Scope, ScopeId, ScopeKind, SymbolTable, def};
use std::cell::Cell;

object_struct! {
    /// One scope.
    pub struct Entry = "symtable entry", Container {
        name: Slot,
        symbols: Slot,
        varnames: Slot,
        children: Slot,
        id: Cell<i64>,
        kind: Cell<i64>,
        nested: Cell<i64>,
        line: Cell<i64>,
    }
}

#[builtin_methods("symtable entry")]
impl Entry {
    #[getter]
    fn id(this: &Entry) -> i64 {
        this.id.get()
    }
    #[getter]
    fn name(this: &Entry) -> Option<Object> {
        this.name.get()
    }
    #[getter]
    fn symbols(this: &Entry) -> Option<Object> {
        this.symbols.get()
    }
    #[getter]
    fn varnames(this: &Entry) -> Option<Object> {
        this.varnames.get()
    }
    #[getter]
    fn children(this: &Entry) -> Option<Object> {
        this.children.get()
    }
    #[getter]
    fn nested(this: &Entry) -> i64 {
        this.nested.get()
    }
    #[getter]
    #[name = "type"]
    fn kind(this: &Entry) -> i64 {
        this.kind.get()
    }
    #[getter]
    fn lineno(this: &Entry) -> i64 {
        this.line.get()
    }
    fn __repr__(this: &Entry) -> String {
        let name = kiln_object::convert::str_text(this.name.value()).unwrap_or_default();
        format!("<symtable entry {name}({}), line {}>", this.id.get(), this.line.get())
    }
}

/// CPython's numbers.
mod number {
    use super::def;

    /// Ours and theirs.
    pub const FLAGS: [(u16, i64); 10] = [
        (def::GLOBAL, 1),
        (def::LOCAL, 2),
        (def::PARAM, 4),
        (def::NONLOCAL, 8),
        (def::USE, 16),
        (def::FREE_CLASS, 64),
        (def::IMPORT, 128),
        (def::ANNOT, 256),
        (def::COMP_ITER, 512),
        (def::TYPE_PARAM, 1024),
    ];
    pub const NAMES: [(&str, i64); 25] = [
        ("USE", 16),
        ("DEF_GLOBAL", 1),
        ("DEF_NONLOCAL", 8),
        ("DEF_LOCAL", 2),
        ("DEF_PARAM", 4),
        ("DEF_TYPE_PARAM", 1024),
        ("DEF_FREE_CLASS", 64),
        ("DEF_IMPORT", 128),
        ("DEF_BOUND", 134),
        ("DEF_ANNOT", 256),
        ("DEF_COMP_ITER", 512),
        ("DEF_COMP_CELL", 2048),
        ("TYPE_FUNCTION", 0),
        ("TYPE_CLASS", 1),
        ("TYPE_MODULE", 2),
        ("TYPE_ANNOTATION", 3),
        ("TYPE_TYPE_ALIAS", 4),
        ("TYPE_TYPE_PARAMETERS", 5),
        ("TYPE_TYPE_VARIABLE", 6),
        ("LOCAL", 1),
        ("GLOBAL_EXPLICIT", 2),
        ("GLOBAL_IMPLICIT", 3),
        ("FREE", 4),
        ("CELL", 5),
        ("SCOPE_OFF", SCOPE_OFF),
    ];
    pub const SCOPE_OFF: i64 = 12;
    pub const SCOPE_MASK: i64 = 15;
}

fn kind(scope: &Scope) -> i64 {
    match scope.kind {
        ScopeKind::Function | ScopeKind::Lambda | ScopeKind::Comprehension => 0,
        ScopeKind::Class => 1,
        ScopeKind::Module => 2,
        ScopeKind::Annotations => 3,
        ScopeKind::TypeAlias => 4,
        ScopeKind::TypeParams => 5,
        ScopeKind::TypeVariable => 6,
    }
}

/// A symbol's flags, and above them how its name is reached.
fn symbol_bits(flags: u16, resolution: Resolution) -> i64 {
    let bits: i64 = number::FLAGS
        .iter()
        .filter(|(ours, _)| flags & ours != 0)
        .map(|(_, theirs)| theirs)
        .sum();
    let scope = match resolution {
        Resolution::Unknown => 0,
        Resolution::Local => 1,
        Resolution::GlobalExplicit => 2,
        Resolution::GlobalImplicit => 3,
        Resolution::Free => 4,
        Resolution::Cell => 5,
    };
    bits | scope << number::SCOPE_OFF
}

/// The entry of a scope and of those in it. Comprehensions that are compiled in place belong to the scope around them.
fn entry(table: &SymbolTable, lines: &Lines, id: ScopeId) -> Object {
    let scope = table.scope(id);
    let symbols = Dict::new_object();
    let (mut params, mut children) = (Vec::new(), Vec::new());
    let mut pending = vec![id];
    let mut own = true;
    while let Some(next) = pending.pop() {
        let part = table.scope(next);
        for name in &part.names {
            let symbol = part.symbols[name];
            let key = Str::intern(name);
            let dict = symbols.expect::<Dict>();
            if own && symbol.flags & def::PARAM != 0 {
                params.push(key.clone());
            }
            if own || dict.get_interned(key.value()).is_none() && &**name != ".0" {
                let bits = Object::int(symbol_bits(symbol.flags, symbol.resolution));
                dict.set_interned(key.value(), bits.value());
            }
        }
        own = false;
        for &child in &part.children {
            match table.scope(child).inlined {
                true => pending.push(child),
                false => children.push(child),
            }
        }
    }
    children.sort();
    let name = match scope.kind {
        ScopeKind::Module => "top",
        _ => scope.name.trim_matches(['<', '>']),
    };
    let line = match scope.kind {
        ScopeKind::Module => 0,
        _ => i64::from(lines.line(scope.start)),
    };
    let children = children.into_iter().map(|child| entry(table, lines, child)).collect();
    alloc(Entry {
        header: header::<Entry>(),
        name: Slot::new(Str::intern(name)),
        symbols: Slot::new(symbols),
        varnames: Slot::new(List::from_vec(params)),
        children: Slot::new(List::from_vec(children)),
        id: Cell::new(i64::from(id.0) + 1),
        kind: Cell::new(kind(scope)),
        nested: Cell::new(i64::from(scope.nested)),
        line: Cell::new(line),
    })
}

#[builtin_module("_symtable")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;
    use kiln_object::{Value, raise};

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        define::<Entry>("symtable entry", "builtins", None, flags::NO_NEW, Entry::METHODS, None);
        crate::support::add_ints(module, &number::NAMES);
        module.set("SCOPE_MASK", Object::int(number::SCOPE_MASK));
        Ok(())
    }

    /// Return symbol and scope dictionaries used internally by compiler.
    pub fn symtable(source: Value, filename: Value, startstr: String) -> Result<Object, Raised> {
        let mode = match startstr.as_str() {
            "exec" => Mode::Exec,
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => return Err(raise::value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
        };
        let filename = crate::support::fspath::fspath(filename)?;
        let name = kiln_object::convert::str_text(filename.value()).unwrap_or_else(|| "<string>".to_owned());
        let text = match source.cast::<Str>() {
            Some(text) => text.to_string_lossy(),
            None => {
                let bytes = crate::buffer::to_vec(source)?;
                let decoded = kiln_syntax::decode(&bytes, None);
                decoded.map_err(|e| raise::with_message(&kiln_object::exc::SyntaxError, &e.msg))?
            }
        };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = Lines::new(&text);
        let located = |fault: Fault| raise_error(&fault.locate(&text, &lines, &name));
        let parsed = kiln_syntax::parse(&text, mode).map_err(located)?;
        let table = SymbolTable::build(parsed.tree(), false).map_err(located)?;
        Ok(entry(&table, &lines, table.top()))
    }
}
