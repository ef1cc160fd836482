//! `_frozen_importlib_external`: the native finder along `sys.path`, and the loaders of what it finds.

use kiln_macros::builtin_module;

#[builtin_module("_frozen_importlib_external")]
pub mod module {
    use crate::import::loaders;
    use kiln_object::Raised;
    use kiln_object::layout::ObjectType;
    use kiln_object::module::Module;

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let classes = [
            loaders::PathFinder::class(),
            loaders::SourceLoader::class(),
            loaders::NamespaceLoader::class(),
        ];
        for class in classes {
            crate::support::add_class(module, class);
        }
        Ok(())
    }
}
