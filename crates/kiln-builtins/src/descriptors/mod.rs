//! Functions, methods, descriptors, cells, `super`, modules: what mediates attribute access.

pub mod function;
pub mod mapping_proxy;
mod modules;
pub mod namespace;
mod native;
mod singletons;
pub mod super_object;
mod wrappers;

/// Adds the methods.
pub fn init() {
    native::init();
    function::init();
    wrappers::init();
    super_object::init();
    mapping_proxy::init();
    namespace::init();
    modules::init();
    singletons::init();
}
