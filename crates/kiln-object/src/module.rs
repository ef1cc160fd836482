//! Module objects: a namespace dict with a name.

use crate::dict::Dict;
use crate::layout::{ObjectType, Slot, alloc_instance, header};
use crate::native::{ModuleDef, NativeFunction};
use crate::object_struct;
use crate::raise::Raised;
use crate::str::Str;
use crate::types::Type;
use crate::value::{Object, Value};

object_struct! { /** A module; `dict` is its `__dict__`. */ pub struct Module = "module", Container { pub dict: Slot } }

impl Module {
    pub fn new_object(name: &str) -> Object {
        Module::of_class(Module::class(), Some(Str::intern(name)), None)
    }
    pub fn of_class(class: &'static Type, name: Option<Object>, doc: Option<Object>) -> Object {
        let dict = Dict::new_object();
        let d = dict.expect::<Dict>();
        let none = Object::none();
        if let Some(n) = name {
            d.set_str("__name__", &n);
        }
        d.set_str("__doc__", &doc.unwrap_or_else(|| none.clone()));
        for n in ["__package__", "__loader__", "__spec__"] {
            d.set_str(n, &none);
        }
        alloc_instance(
            class,
            Module {
                header: header::<Module>(),
                dict: Slot::new(dict),
            },
        )
    }
    /// The namespace.
    pub fn dict(&self) -> Object {
        self.dict.get().unwrap_or_else(Dict::new_object)
    }
    pub fn get(&self, name: &str) -> Option<Object> {
        self.dict().expect::<Dict>().get_str(name)
    }
    pub fn set(&self, name: &str, value: Object) {
        self.dict().expect::<Dict>().set_str(name, &value);
    }
    pub fn name(&self) -> Option<String> {
        self.get("__name__")?.cast::<Str>().map(Str::to_string_lossy)
    }
    /// Makes a native module.
    pub fn from_def(def: &'static ModuleDef) -> Result<Object, Raised> {
        let m = Module::new_object(def.name);
        m.expect::<Module>().fill(def)?;
        Ok(m)
    }
    /// Adds what a native module defines to this one.
    pub fn fill(&self, def: &'static ModuleDef) -> Result<(), Raised> {
        if !def.doc.is_empty() {
            self.set("__doc__", Str::new(def.doc));
        }
        let name = Str::intern(def.name);
        for f in def.functions {
            self.set(f.name, NativeFunction::function(f, Some(&name)));
        }
        for (n, make) in def.constants {
            self.set(n, make()?);
        }
        if let Some(exec) = def.exec {
            exec(self)?;
        }
        Ok(())
    }
}

/// The module dict behind a value, if it is a module.
pub fn dict_of(v: &Value) -> Option<Object> {
    v.cast::<Module>().map(Module::dict)
}
