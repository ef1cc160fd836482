//! `complex`.

mod methods;

pub use methods::power;

use kiln_object::complex::Complex;
use kiln_object::types::define;

pub fn init() {
    let doc = "Create a complex number from a string or numbers.\n\n\
        If a string is given, parse it as a complex number.\n\
        If a single number is given, convert it to a complex number.\n\
        If the 'real' or 'imag' arguments are given, create a complex number\n\
        with the specified real and imaginary components.";
    define::<Complex>(
        "complex",
        "builtins",
        None,
        0,
        methods::ComplexMethods::METHODS,
        Some(doc),
    );
}
