//! `int` and `bool`.

mod boolean;
pub mod convert;
mod methods;

pub use convert::{digit_limit, set_digit_limit, to_int};

use kiln_object::ObjectType;
use kiln_object::int::{Bool, Int};
use kiln_object::types::define;

const INT_DOC: &str = "int([x]) -> integer\nint(x, base=10) -> integer\n\n\
Convert a number or string to an integer, or return 0 if no arguments\n\
are given.  If x is a number, return x.__int__().  For floating-point\n\
numbers, this truncates towards zero.\n\n\
If x is not a number or if base is given, then x must be a string,\n\
bytes, or bytearray instance representing an integer literal in the\n\
given base.  The literal can be preceded by '+' or '-' and be surrounded\n\
by whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\n\
Base 0 means to interpret the base from the string as an integer\n\
literal.\n>>> int('0b100', base=0)\n4";

const BOOL_DOC: &str = "Returns True when the argument is true, False otherwise.\n\
The builtins True and False are the only two instances of the class bool.\n\
The class bool is a subclass of the class int, and cannot be subclassed.";

pub fn init() {
    define::<Int>("int", "builtins", None, 0, methods::IntMethods::METHODS, Some(INT_DOC));
    define::<Bool>(
        "bool",
        "builtins",
        Some(Int::class()),
        0,
        boolean::BoolMethods::METHODS,
        Some(BOOL_DOC),
    );
}
