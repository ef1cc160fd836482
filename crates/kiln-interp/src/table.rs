//! The handler of every opcode, in the order of the opcode list.

use crate::state::Handler;
use crate::{
    arith::*, attrs::*, build::*, calls::*, control::*, generators::*, items::*, misc::*, names::*, run::exit,
};
use kiln_object::code::internal;

// Opcode names that Rust or this crate has other uses for.
use crate::control::drop_ as drop;
use crate::misc::raise_ as raise;

macro_rules! table {
    ($( $(#[$m:meta])* $name:ident = $Type:ident { $($field:ident : $kind:ident),* } [$($t:ident)*]; )*) => {
        const OPS: &[Handler] = &[$(Handler($name)),*];
    };
}
kiln_bytecode::for_each_op!(table);

/// Indexed by opcode number.
pub static TABLE: [Handler; 256] = {
    let mut t = [Handler(nop); 256];
    let mut i = 0;
    while i < OPS.len() {
        t[i] = OPS[i];
        i += 1;
    }
    assert!(OPS.len() <= internal::FIRST as usize);
    t[internal::EXIT as usize] = Handler(exit);
    t[internal::RETURN_GENERATOR_VALUE as usize] = Handler(return_generator_value);
    t[internal::CHECK_INIT as usize] = Handler(check_init);
    t
};
