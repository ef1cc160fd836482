//! Kiln's high-level intermediate representation: SSA with block parameters over an arena.
//!
//! It knows no heap. Classes, shapes, constants, names and code are ids; what is true of them comes as types and tables. Everything said of
//! an instruction is said once, in [`for_each_inst`]. The text form prints and parses, so that a pass can be tested without a runtime.

pub mod builder;
pub mod cfg;
pub mod effects;
pub mod entity;
pub mod function;
pub mod imm;
pub mod inst;
mod inst_list;
pub mod liveness;
pub mod parse;
pub mod print;
mod result_type;
pub mod ty;
pub mod verify;

pub use builder::Builder;
pub use effects::{Alias, Does, Effects, Ownership, Steals};
pub use entity::*;
pub use function::{BlockData, Constant, Function, InstData, Resume, Signature, SnapData};
pub use imm::{Args, BinaryKind, BlockCall, CompareKind, FloatBits, Imm, Targets, UnaryKind};
pub use inst::{Inst, Opcode};
pub use ty::{Leaf, Spec, Ty};

#[cfg(test)]
mod tests;
