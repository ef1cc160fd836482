//! What several native modules need: operating-system errors, file names, named tuples of the C kind, small helpers.

pub mod accounts;
pub mod errors;
pub mod fspath;
pub mod os_error;
pub mod structseq;
pub mod syntax_error;

use kiln_object::module::Module;
use kiln_object::{Object, Raised, Value};

/// The module `name` as `import name` gives it.
pub fn import(name: &str) -> Result<Object, Raised> {
    crate::import::import_module(name)
}

/// An attribute of a module, imported if need be.
pub fn import_attr(module: &str, name: &str) -> Result<Object, Raised> {
    let module = import(module)?;
    kiln_object::attr::get_attr_str(module.value(), name)
}

/// Adds a class to a module under its own name.
pub fn add_class(module: &Module, class: &'static kiln_object::Type) {
    // The names of some classes carry their module.
    let name = class.name();
    let name = name.rsplit_once('.').map_or(name.as_str(), |(_, name)| name);
    module.set(name, class.as_value().to_object());
}

/// `Some` unless the value is `None`.
pub fn not_none(value: Option<Value>) -> Option<Value> {
    value.filter(|v| !v.is_none())
}

/// Adds int constants.
pub fn add_ints(module: &Module, items: &[(&str, i64)]) {
    for (name, value) in items {
        module.set(name, Object::int(*value));
    }
}
