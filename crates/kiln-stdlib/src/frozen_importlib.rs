//! `_frozen_importlib`: the native finders that search no path, and `ModuleSpec`.

use kiln_macros::builtin_module;

#[builtin_module("_frozen_importlib")]
pub mod module {
    use crate::import::{loaders, spec};
    use kiln_object::Raised;
    use kiln_object::layout::ObjectType;
    use kiln_object::module::Module;

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let classes = [
            loaders::BuiltinImporter::class(),
            loaders::FrozenImporter::class(),
            spec::class(),
        ];
        for class in classes {
            crate::support::add_class(module, class);
        }
        Ok(())
    }
}
