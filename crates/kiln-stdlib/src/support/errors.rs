//! Exception classes that belong to native modules, such as `zlib.error`.

use kiln_object::dict::Dict;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, type_type};
use kiln_object::{Object, Raised, Type, TypeCell, raise};

/// An exception class, made when its module is; the class stays for good.
pub struct ErrorClass(TypeCell);

impl ErrorClass {
    #[expect(clippy::new_without_default, reason = "only for statics")]
    pub const fn new() -> ErrorClass {
        ErrorClass(TypeCell::new())
    }

    /// Makes `qualified` (module and name) with the given bases.
    pub fn define(&self, qualified: &str, bases: &[&'static Type]) -> Result<Object, Raised> {
        let (module, name) = qualified.rsplit_once('.').unwrap_or(("builtins", qualified));
        let bases = Tuple::from_vec(bases.iter().map(|base| base.as_value().to_object()).collect());
        let dict = Dict::new_object();
        dict.expect::<Dict>().set_str("__module__", &Str::new(module));
        let name = Str::intern(name);
        let class = kiln_object::call::call(type_type().as_value(), &[name.value(), bases.value(), dict.value()])?;
        if let Some(made) = ClassRef::of(class.value()) {
            made.0.immortalize();
            self.0.set(made.0);
        }
        Ok(class)
    }

    /// Makes the class and puts it into the module under its own name.
    pub fn add(&self, module: &Module, qualified: &str, bases: &[&'static Type]) -> Result<(), Raised> {
        let class = self.define(qualified, bases)?;
        let name = qualified.rsplit_once('.').map_or(qualified, |(_, name)| name);
        module.set(name, class);
        Ok(())
    }

    pub fn get(&self) -> &'static Type {
        self.0.get()
    }

    /// Raises it.
    #[cold]
    pub fn raise(&self, message: &str) -> Raised {
        raise::with_message(&self.0, message)
    }
}
