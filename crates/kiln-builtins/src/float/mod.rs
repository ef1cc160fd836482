//! `float`.

mod methods;

pub use methods::{number_of, power, to_float_object};

use kiln_object::float::Float;
use kiln_object::types::define;

pub fn init() {
    let doc = "Convert a string or number to a floating-point number, if possible.";
    define::<Float>("float", "builtins", None, 0, methods::FloatMethods::METHODS, Some(doc));
}
