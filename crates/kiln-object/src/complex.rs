//! `complex` objects.

use crate::layout::{Plain, alloc, header};
use crate::object_struct;
use crate::value::Object;

object_struct! { /** `complex`. */ pub struct Complex = "complex", Raw { pub real: Plain<f64>, pub imag: Plain<f64> } }

impl Complex {
    pub fn new_object(real: f64, imag: f64) -> Object {
        alloc(Complex {
            header: header::<Complex>(),
            real: Plain(real),
            imag: Plain(imag),
        })
    }
}
