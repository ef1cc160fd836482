//! `_struct`: values to and from bytes, by format.

mod format;
mod object;

pub use object::Struct;

use kiln_macros::builtin_module;

/// Functions to convert between Python values and C structs.
#[builtin_module("_struct")]
pub mod module {
    use super::object::{self, Struct};
    use kiln_builtins::bytes::buffer::Buffer;
    use kiln_object::args::Rest;
    use kiln_object::module::Module;
    use kiln_object::{Object, ObjectType, Raised, Value};

    #[exec]
    fn init(module: &Module) -> Result<(), Raised> {
        let error = object::define_classes()?;
        module.set("error", error);
        module.set("Struct", Struct::class().as_value().to_object());
        Ok(())
    }

    /// Clear the internal cache.
    pub fn _clearcache() {
        object::clear_cache();
    }
    /// Return size in bytes of the struct described by the format string.
    pub fn calcsize(format: Value) -> Result<usize, Raised> {
        Ok(object::cached(format)?.size())
    }
    /// Return a bytes object containing values packed according to the format string.
    pub fn pack(format: Value, values: Rest<'_>) -> Result<Object, Raised> {
        let layout = object::cached(format)?;
        object::pack(&layout, values, "pack")
    }
    /// Pack values according to the format string and write them into the buffer starting at offset.
    pub fn pack_into(format: Value, buffer: Value, offset: isize, values: Rest<'_>) -> Result<(), Raised> {
        let layout = object::cached(format)?;
        object::pack_into(&layout, buffer, offset, values)
    }
    /// Return a tuple containing values unpacked according to the format string.
    pub fn unpack(format: Value, buffer: Buffer) -> Result<Object, Raised> {
        let layout = object::cached(format)?;
        object::unpack(&layout, &buffer)
    }
    /// Return a tuple containing values unpacked from the buffer, starting at offset.
    pub fn unpack_from(
        #[kw] format: Value,
        #[kw] buffer: Buffer,
        #[kw]
        #[default(0)]
        offset: isize,
    ) -> Result<Object, Raised> {
        let layout = object::cached(format)?;
        object::unpack_from(&layout, &buffer, offset)
    }
    /// Return an iterator yielding tuples unpacked from the buffer according to the format string.
    pub fn iter_unpack(format: Value, buffer: Value) -> Result<Object, Raised> {
        let layout = object::cached(format)?;
        object::iter_unpack(layout, buffer)
    }
}
