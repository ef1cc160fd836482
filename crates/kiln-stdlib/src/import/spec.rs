//! `ModuleSpec`: what is known of a module before and after it is loaded. Everything is in the instance's attributes, as
//! programs expect.

use kiln_object::layout::{ObjectType, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Type, Value, instance, object_struct, ops};

object_struct! {
    /// A spec.
    pub struct ModuleSpec = "ModuleSpec", Container {}
}

fn get(this: Value, name: &str) -> Object {
    instance::get_own(this, Str::intern(name).value()).map_or_else(Object::none, |v| v.to_object())
}
fn set(this: Value, name: &str, value: Object) {
    instance::set_own(this, Str::intern(name).value(), value);
}

#[kiln_macros::builtin_methods("ModuleSpec")]
impl ModuleSpec {
    #[new]
    fn new(cls: ClassRef, _args: kiln_object::args::Rest<'_>, _keywords: kiln_object::args::Keywords<'_>) -> Object {
        alloc_instance(
            cls.0,
            ModuleSpec {
                header: header::<ModuleSpec>(),
            },
        )
    }
    fn __init__(
        this: Value,
        #[kw] name: Value,
        #[kw] loader: Value,
        #[kwonly] origin: Option<Value>,
        #[kwonly] loader_state: Option<Value>,
        #[kwonly] is_package: Option<Value>,
    ) -> Result<(), Raised> {
        let or_none = |v: Option<Value>| v.map_or_else(Object::none, |v| v.to_object());
        set(this, "name", name.to_object());
        set(this, "loader", loader.to_object());
        set(this, "origin", or_none(origin));
        set(this, "loader_state", or_none(loader_state));
        let package = is_package.map(ops::is_true).transpose()?.unwrap_or(false);
        set(
            this,
            "submodule_search_locations",
            if package { List::new() } else { Object::none() },
        );
        set(this, "_uninitialized_submodules", List::new());
        set(this, "_set_fileattr", Object::bool(false));
        set(this, "_cached", Object::none());
        Ok(())
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let mut parts = vec![format!("name={}", ops::repr_lossy(get(this, "name").value()))];
        parts.push(format!("loader={}", ops::repr_lossy(get(this, "loader").value())));
        let origin = get(this, "origin");
        if !origin.is_none() {
            parts.push(format!("origin={}", ops::repr_lossy(origin.value())));
        }
        let locations = get(this, "submodule_search_locations");
        if !locations.is_none() {
            parts.push(format!(
                "submodule_search_locations={}",
                ops::repr_lossy(locations.value())
            ));
        }
        Ok(Str::new(&format!(
            "{}({})",
            this.class().qualified_name(),
            parts.join(", ")
        )))
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        if other.cast::<ModuleSpec>().is_none() {
            return Ok(Object::bool(false));
        }
        for name in [
            "name",
            "loader",
            "origin",
            "submodule_search_locations",
            "_cached",
            "_set_fileattr",
        ] {
            if !ops::is_equal(get(this, name).value(), get(other, name).value())? {
                return Ok(Object::bool(false));
            }
        }
        Ok(Object::bool(true))
    }
    /// The name of the module's parent.
    #[getter]
    fn parent(this: Value) -> Object {
        let name = get(this, "name");
        if !get(this, "submodule_search_locations").is_none() {
            return name;
        }
        let text = name.cast::<Str>().map_or_else(String::new, Str::to_string_lossy);
        Str::new(text.rsplit_once('.').map_or("", |(parent, _)| parent))
    }
    #[getter]
    fn has_location(this: Value) -> Object {
        get(this, "_set_fileattr")
    }
    #[setter]
    fn set_has_location(this: Value, value: Option<Value>) -> Result<(), Raised> {
        set(
            this,
            "_set_fileattr",
            Object::bool(value.map(ops::is_true).transpose()?.unwrap_or(false)),
        );
        Ok(())
    }
    #[getter]
    fn cached(this: Value) -> Object {
        get(this, "_cached")
    }
    #[setter]
    fn set_cached(this: Value, value: Option<Value>) {
        set(this, "_cached", value.map_or_else(Object::none, |v| v.to_object()));
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

/// The class, made when it is first asked for.
pub fn class() -> &'static Type {
    ModuleSpec::class_cell().try_get().unwrap_or_else(|| {
        define::<ModuleSpec>(
            "ModuleSpec",
            "_frozen_importlib",
            None,
            flags::BASETYPE | flags::DICT | flags::WEAKREF,
            ModuleSpec::METHODS,
            Some("The specification for a module, used for loading."),
        )
    })
}

/// A spec made natively.
pub fn make(
    name: &str,
    loader: Option<Object>,
    origin: Option<Object>,
    locations: Option<Vec<Object>>,
    has_location: bool,
) -> Object {
    let class = class();
    let spec = alloc_instance(
        class,
        ModuleSpec {
            header: header::<ModuleSpec>(),
        },
    );
    let this = spec.value();
    set(this, "name", Str::new(name));
    set(this, "loader", loader.unwrap_or_else(Object::none));
    set(this, "origin", origin.unwrap_or_else(Object::none));
    set(this, "loader_state", Object::none());
    set(
        this,
        "submodule_search_locations",
        locations.map_or_else(Object::none, List::from_vec),
    );
    set(this, "_uninitialized_submodules", List::new());
    set(this, "_set_fileattr", Object::bool(has_location));
    set(this, "_cached", Object::none());
    spec
}
