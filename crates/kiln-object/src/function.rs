//! Functions written in Python.

use crate::layout::{ObjectType, Slot, alloc_instance, header};
use crate::object_struct;
use crate::value::Object;
use std::cell::Cell;

object_struct! {
    /// A function. Its attributes live in a `__dict__` (dictionary word behind the struct).
    pub struct Function = "function", Container {
        /// A code object.
        pub code: Slot,
        pub globals: Slot,
        pub builtins: Slot,
        /// A tuple of cells, or empty.
        pub closure: Slot,
        /// A tuple, or empty.
        pub defaults: Slot,
        /// A dict, or empty.
        pub kwdefaults: Slot,
        pub name: Slot,
        pub qualname: Slot,
        pub doc: Slot,
        pub module: Slot,
        pub annotations: Slot,
        pub annotate: Slot,
        pub type_params: Slot,
        /// Changes when code, defaults or kwdefaults are assigned: what call caches compare. 0: changed too often.
        pub version: Cell<u32>,
    }
}

impl Function {
    pub const CODE_OFFSET: usize = std::mem::offset_of!(Function, code);
    pub const GLOBALS_OFFSET: usize = std::mem::offset_of!(Function, globals);
    pub const BUILTINS_OFFSET: usize = std::mem::offset_of!(Function, builtins);
    pub const CLOSURE_OFFSET: usize = std::mem::offset_of!(Function, closure);

    pub fn new_object(
        code: Object,
        globals: Object,
        builtins: Object,
        name: Object,
        qualname: Object,
        doc: Object,
        module: Object,
    ) -> Object {
        alloc_instance(
            Function::class(),
            Function {
                header: header::<Function>(),
                code: Slot::new(code),
                globals: Slot::new(globals),
                builtins: Slot::new(builtins),
                closure: Slot::empty(),
                defaults: Slot::empty(),
                kwdefaults: Slot::empty(),
                name: Slot::new(name),
                qualname: Slot::new(qualname),
                doc: Slot::new(doc),
                module: Slot::new(module),
                annotations: Slot::empty(),
                annotate: Slot::empty(),
                type_params: Slot::empty(),
                version: Cell::new(1),
            },
        )
    }
}
