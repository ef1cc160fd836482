//! The `builtins` module: one file per theme, each with the functions of that theme; this file lists them and the
//! classes that the module shows.

use kiln_object::module::Module;
use kiln_object::{ModuleDef, Object, Raised, Type};

// Objects, classes, attributes.
mod objects;

// Text and numbers.

// Collections and iterators.

/// The functions, by theme.
fn themes() -> Vec<&'static ModuleDef> {
    vec![
        // Objects, classes, attributes.
        &objects::functions::MODULE,
        // Text and numbers.

        // Collections and iterators.
    ]
}

/// The classes that `builtins` shows under their own names, exceptions apart.
fn classes() -> Vec<&'static Type> {
    use kiln_object::ObjectType;
    use kiln_object::descr::{ClassMethod, Property, StaticMethod, Super};
    use kiln_object::float::Float;
    use kiln_object::instance::Instance;
    use kiln_object::int::{Bool, Int};
    vec![
        Instance::class(),
        Type::class(),
        Super::class(),
        Property::class(),
        ClassMethod::class(),
        StaticMethod::class(),
        Int::class(),
        Bool::class(),
        Float::class(),
        kiln_object::str::Str::class(),
        kiln_object::tuple::Tuple::class(),
        kiln_object::list::List::class(),
        kiln_object::dict::Dict::class(),
        // Text and numbers: complex, bytes, bytearray, memoryview.

        // Collections and iterators: set, frozenset, range, slice, enumerate, filter, map, reversed, zip.
    ]
}

/// Imports a module by its dotted name and returns the module itself.
pub fn import(name: &str) -> Result<Object, Raised> {
    let text = kiln_object::str::Str::intern(name);
    let from = kiln_object::tuple::Tuple::from_vec(vec![kiln_object::str::Str::intern("*")]);
    let globals = Object::none();
    (kiln_object::hooks::hooks().import_name)(text.value(), globals.value(), from.value(), 0)
}

/// Makes the `builtins` module. Called once, after [`crate::init`].
pub fn create() -> Result<Object, Raised> {
    let object = Module::new_object("builtins");
    let module = object.expect::<Module>();
    for theme in themes() {
        module.fill(theme)?;
    }
    for class in classes() {
        module.set(&class.name(), class.as_value().to_object());
    }
    for (name, cell, ..) in kiln_object::exception::EXCEPTIONS {
        module.set(name, cell.get().as_value().to_object());
    }
    module.set("EnvironmentError", kiln_object::exc::OSError.get().as_value().to_object());
    module.set("IOError", kiln_object::exc::OSError.get().as_value().to_object());
    module.set("None", Object::none());
    module.set("True", Object::bool(true));
    module.set("False", Object::bool(false));
    module.set("Ellipsis", kiln_object::singletons::ellipsis().to_object());
    module.set("NotImplemented", Object::not_implemented());
    module.set("__debug__", Object::bool(true));
    Ok(object)
}
