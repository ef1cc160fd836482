//! `float` boxes: values out of the flonum range, and instances of subclasses.

use crate::layout::{ObjectType, alloc};
use crate::object_struct;
use crate::value::{Object, Value};
use std::cell::Cell;

object_struct! {
    /// A boxed float.
    pub struct Float = "float" @ FLOAT, Raw { pub value: Cell<f64> }
}

impl Float {
    /// A box for a float that is no flonum. Zeros and infinities are shared and immortal; every nan is a fresh box.
    pub fn boxed(f: f64) -> Object {
        if let Some(v) = crate::singletons::shared_float(f) {
            return Object::from_owned(v);
        }
        alloc(Float {
            header: crate::layout::header::<Float>(),
            value: Cell::new(f),
        })
    }
    pub(crate) fn immortal(f: f64) -> Value {
        let o = alloc(Float {
            header: crate::layout::header::<Float>(),
            value: Cell::new(f),
        });
        o.header().make_immortal();
        o.into_value()
    }
}

impl Value {
    /// The float of a `float` or an instance of a subclass.
    #[inline]
    pub fn as_float(self) -> Option<f64> {
        if self.is_flonum() {
            return Some(self.flonum_value());
        }
        if self.is_int() {
            return None;
        }
        self.cast::<Float>().map(|f| f.value.get())
    }
    /// Whether `type(v) is float`.
    pub fn is_exact_float(self) -> bool {
        self.is_flonum() || self.is_exact::<Float>()
    }
    #[inline]
    pub fn is_float_class(self) -> bool {
        std::ptr::eq(self.class(), Float::class())
    }
}
