//! `_tuplegetter`: the descriptor behind the fields of named tuples.

use kiln_macros::builtin_methods;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define};
use kiln_object::{Object, Raised, Value, raise};
use std::cell::Cell;

object_struct! {
    /// Item `index` of a tuple, with a documentation that can be set.
    struct TupleGetter = "_tuplegetter", Container { index: Cell<i64>, doc: Slot }
}
struct Methods;

fn attribute_error(message: &str) -> Raised {
    raise::with_message(&kiln_object::exc::AttributeError, message)
}

#[builtin_methods(_tuplegetter)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, index: isize, doc: Value) -> Object {
        alloc_instance(
            cls.0,
            TupleGetter {
                header: header::<TupleGetter>(),
                index: Cell::new(index as i64),
                doc: Slot::new(doc.to_object()),
            },
        )
    }
    fn __get__(this: &TupleGetter, object: Value, _owner: Option<Value>) -> Result<Object, Raised> {
        if object.is_none() {
            return Ok(Value::from_ptr(&this.header).to_object());
        }
        let Some(t) = object.cast::<Tuple>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
                this.index.get(),
                object.class().name()
            ));
        };
        match t.get(this.index.get() as usize) {
            Some(v) => Ok(v.to_object()),
            None => Err(raise::index_error("tuple index out of range")),
        }
    }
    fn __set__(_this: &TupleGetter, _object: Value, _value: Value) -> Result<(), Raised> {
        Err(attribute_error("can't set attribute"))
    }
    fn __delete__(_this: &TupleGetter, _object: Value) -> Result<(), Raised> {
        Err(attribute_error("can't delete attribute"))
    }
    /// The documentation of the field.
    #[getter]
    fn __doc__(this: &TupleGetter) -> Value {
        this.doc.value()
    }
    #[setter]
    fn set___doc__(this: &TupleGetter, value: Option<Value>) {
        this.doc.set(value.map_or_else(Object::none, Value::to_object));
    }
    fn __reduce__(this: &TupleGetter) -> Object {
        Tuple::from_array([
            this.header.class().as_value().to_object(),
            Tuple::from_vec(vec![Object::int(this.index.get()), this.doc.value().to_object()]),
        ])
    }
    fn __repr__(this: &TupleGetter) -> Result<String, Raised> {
        let doc = ops::repr(this.doc.value())?;
        Ok(format!(
            "{}({}, {})",
            this.header.class().plain_name(),
            this.index.get(),
            doc.expect::<Str>().to_string_lossy()
        ))
    }
}

pub fn add_to(module: &Module) {
    let class = define::<TupleGetter>("_tuplegetter", "collections", None, 0, Methods::METHODS, None);
    module.set("_tuplegetter", class.as_value().to_object());
}
