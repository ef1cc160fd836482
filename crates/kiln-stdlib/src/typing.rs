//! `_typing`: what `typing` takes from native code.

use kiln_macros::builtin_module;

/// The classes behind type parameters, aliases and unions.
#[builtin_module("_typing")]
pub mod module {
    use kiln_builtins::typing::{params, type_alias::TypeAlias, union::Union};
    use kiln_object::module::Module;
    use kiln_object::{Object, ObjectType, Raised, Value};

    /// The object itself.
    pub fn _idfunc(x: Value) -> Value {
        x
    }

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let classes = [
            ("TypeVar", params::Parameter::class()),
            ("ParamSpec", params::ParamSpec::class()),
            ("TypeVarTuple", params::TypeVarTuple::class()),
            ("ParamSpecArgs", params::SpecArgs::class()),
            ("ParamSpecKwargs", params::SpecKwargs::class()),
            ("TypeAliasType", TypeAlias::class()),
            ("Generic", params::Generic::class()),
            ("Union", Union::class()),
        ];
        for (name, class) in classes {
            module.set(name, class.as_value().to_object());
        }
        let no_default: Object = params::no_default();
        module.set("NoDefault", no_default);
        Ok(())
    }
}
