//! The `builtins` module: one file per theme, each with the functions of that theme; this file lists them and the
//! classes that the module shows.

use kiln_object::layout::Slot;
use kiln_object::module::Module;
use kiln_object::{ModuleDef, Object, Raised, Type};

// Objects, classes, attributes.
mod objects;

// Text and numbers.

// Collections and iterators.
mod collections;
mod system;

/// The functions, by theme.
fn themes() -> Vec<&'static ModuleDef> {
    vec![
        // Objects, classes, attributes.
        &objects::functions::MODULE,
        // Text and numbers.

        // Collections and iterators.
        &collections::functions::MODULE,
        &system::functions::MODULE,
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
        // Text and numbers.
        kiln_object::complex::Complex::class(),
        kiln_object::bytes::Bytes::class(),
        crate::bytearray::ByteArray::class(),
        crate::memoryview::MemoryView::class(),
        // Collections and iterators.
        kiln_object::set::Set::class(),
        kiln_object::set::FrozenSet::class(),
        kiln_object::range::Range::class(),
        kiln_object::slice::Slice::class(),
        crate::iterators::Enumerate::class(),
        crate::iterators::Filter::class(),
        crate::iterators::Map::class(),
        crate::iterators::Reversed::class(),
        crate::iterators::Zip::class(),
    ]
}

/// Imports a module by its dotted name and returns the module itself.
pub fn import(name: &str) -> Result<Object, Raised> {
    let text = kiln_object::str::Str::intern(name);
    let from = kiln_object::tuple::Tuple::from_array([kiln_object::str::Str::intern("__name__")]);
    let globals = Object::none();
    (kiln_object::hooks::hooks().import_name)(text.value(), globals.value(), from.value(), 0)
}

struct Held(Slot);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for Held {}
static MODULE: Held = Held(Slot::empty());

/// What `builtins` holds under a name now; native methods that hand out `iter` and the like look it up here.
pub fn lookup(name: &str) -> Result<Object, Raised> {
    match MODULE.0.get().and_then(|m| m.expect::<Module>().get(name)) {
        Some(o) => Ok(o),
        None => Err(kiln_object::raise!(
            AttributeError,
            "module 'builtins' has no attribute '{name}'"
        )),
    }
}

/// Gives the module up, at the end.
pub fn release() {
    MODULE.0.clear();
    system::functions::release();
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
    let group = crate::exceptions::group::EXCEPTION_GROUP.get();
    module.set("ExceptionGroup", group.as_value().to_object());
    module.set(
        "EnvironmentError",
        kiln_object::exc::OSError.get().as_value().to_object(),
    );
    module.set("IOError", kiln_object::exc::OSError.get().as_value().to_object());
    module.set(
        "__doc__",
        kiln_object::str::Str::new(
            "The functions, types, exceptions and other objects that every module sees without importing them.",
        ),
    );
    module.set("None", Object::none());
    module.set("True", Object::bool(true));
    module.set("False", Object::bool(false));
    module.set("Ellipsis", kiln_object::singletons::ellipsis().to_object());
    module.set("NotImplemented", Object::not_implemented());
    module.set("__debug__", Object::bool(true));
    MODULE.0.set(object.clone());
    Ok(object)
}
