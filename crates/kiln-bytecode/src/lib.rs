//! The bytecode: opcode list, instruction word, code as plain data, its serialized form and its listing. Knows no objects.
//!
//! **Frames.** `fp[0..]` are the registers; `fp[-4]` is the callable, `fp[-3]` the return pc, `fp[-2]` the caller's fp, `fp[-1]` the caller's
//! data. A call window at register `base` of the caller is the callee's frame with `fp = &R[base+4]`.
//!
//! **Invariant: a dead temporary never holds a heap pointer.** Every store releases the slot's old content; taking a pointer
//! out of a temporary zeroes it. Unwinding therefore clears every register from the handler's `depth` on, and knows no more. At entry
//! temporaries hold no pointers, parameters are filled, and the other locals are UNBOUND (cells and free variables are filled by the first
//! instructions: `copy_free_vars`, `make_cell`).
//!
//! **Locals are read borrowed.** `*_TAKE` is only ever set on temporaries. Where a later operand's evaluation could rebind a local that an
//! earlier operand reads, the compiler copies the local to a temporary first.
//!
//! **Order at entry.** `return_generator` if the code is a generator, coroutine or async generator; then `copy_free_vars`; then `make_cell` for each
//! cell; then the body. Falling off the end cannot happen: every path ends in an `END` instruction.
//!
//! **At `return_` every temporary is dead**; iterators of loops that are left early, windows of `with` and saved exceptions are given up by
//! instructions before it. The variables of comprehensions compiled in place are temporaries that keep their value over reads: they start UNBOUND
//! (or as an empty cell) and end with `drop`; `Code::scoped` says where they have a name.
//!
//! **Handlers.** Innermost first; none costs anything until something is raised. `raise_handled` and `reraise` add no
//! traceback entry for the frame; every other raising instruction adds one at its own position.

mod code;
mod dis;
mod instr;
mod ops;
mod positions;
mod serial;

pub use code::{Cache, CacheKind, Code, Const, Handler, ScopedLocal, Text, co};
pub use dis::{disassemble, render};
pub use instr::{CommonConst, Field, FuncAttr, Instr, Kind, Op, Operand, Special, Traits, flags};
pub use positions::{Position, Positions};
pub use serial::{deserialize, serialize};
