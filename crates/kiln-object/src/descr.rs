//! Descriptors and small wrappers: bound methods, `staticmethod`, `classmethod`, `property`, cells, `super` objects.

use crate::layout::{Slot, alloc, alloc_instance, header};
use crate::object_struct;
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

object_struct! { /** A method bound to its instance. */ pub struct Method = "method", Container { pub function: Slot, pub receiver: Slot } }
object_struct! { /** `staticmethod`. Has a `__dict__`. */ pub struct StaticMethod = "staticmethod", Container { pub callable: Slot } }
object_struct! { /** `classmethod`. Has a `__dict__`. */ pub struct ClassMethod = "classmethod", Container { pub callable: Slot } }
object_struct! {
    /// `property`.
    pub struct Property = "property", Container { pub get: Slot, pub set: Slot, pub delete: Slot, pub doc: Slot, pub name: Slot, pub doc_from_getter: Cell<bool> }
}
object_struct! { /** A variable shared with inner functions. */ pub struct CellObject = "cell", Container { pub content: Slot } }
object_struct! { /** `super` objects: look up attributes after `class` in the order of `of`. */ pub struct Super = "super", Container { pub class: Slot, pub object: Slot, pub of: Slot } }

impl Method {
    pub fn new_object(function: Value, receiver: Value) -> Object {
        alloc(Method {
            header: header::<Method>(),
            function: Slot::new(function.to_object()),
            receiver: Slot::new(receiver.to_object()),
        })
    }
}
impl StaticMethod {
    pub fn new_object(callable: Object) -> Object {
        use crate::layout::ObjectType;
        StaticMethod::of_class(StaticMethod::class(), callable)
    }
    pub fn of_class(class: &'static Type, callable: Object) -> Object {
        alloc_instance(
            class,
            StaticMethod {
                header: header::<StaticMethod>(),
                callable: Slot::new(callable),
            },
        )
    }
}
impl ClassMethod {
    pub fn of_class(class: &'static Type, callable: Object) -> Object {
        alloc_instance(
            class,
            ClassMethod {
                header: header::<ClassMethod>(),
                callable: Slot::new(callable),
            },
        )
    }
}
impl Property {
    pub fn payload() -> Property {
        Property {
            header: header::<Property>(),
            get: Slot::empty(),
            set: Slot::empty(),
            delete: Slot::empty(),
            doc: Slot::empty(),
            name: Slot::empty(),
            doc_from_getter: Cell::new(false),
        }
    }
}
impl CellObject {
    /// A cell; `None` for an unbound variable.
    pub fn new_object(content: Option<Object>) -> Object {
        alloc(CellObject {
            header: header::<CellObject>(),
            content: Slot::from_option(content),
        })
    }
    pub const CONTENT_OFFSET: usize = 8;
}
