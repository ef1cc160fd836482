//! What is derived from the instruction list: the enum and everything that is said of each of its members.

#![allow(
    unused_variables,
    unused_mut,
    unused_assignments,
    reason = "not every entry of the list has operands or immediates"
)]

use crate::effects::Effects;
use crate::entity::*;
use crate::for_each_inst;
use crate::function::Function;
use crate::imm::*;
use crate::parse::{Failed, Parser};
use crate::result_type;
use crate::ty::Ty;
use smallvec::SmallVec;
use std::fmt::{self, Write};

macro_rules! result_of {
    ($func:expr, $inst:expr, $declared:expr, fn $rule:ident) => {
        result_type::$rule($func, $inst, $declared)
    };
    ($func:expr, $inst:expr, $declared:expr, $ty:ident) => {
        Ty::$ty
    };
}

macro_rules! derive_inst {
    ($(
        $(#[$doc:meta])*
        $text:ident = $Type:ident { $($op:ident: $opty:ident),* $(,)? } [$($imm:ident: $immty:ty),* $(,)?]
            -> $($res:ident)+, $eff:ident;
    )*) => {
        /// An instruction: operands, then immediates.
        #[derive(Copy, Clone, Debug)]
        pub enum Inst {
            $($(#[$doc])* $Type { $($op: Value,)* $($imm: $immty,)* },)*
        }

        /// The name of an instruction without its operands.
        #[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Opcode {
            $($(#[$doc])* $Type,)*
        }

        impl Opcode {
            /// Every instruction, in the order of the list.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$Type,)*];

            /// The instruction's name in text.
            pub fn name(self) -> &'static str {
                match self { $(Opcode::$Type => stringify!($text),)* }
            }

            /// What the instruction may do.
            pub fn effects(self) -> &'static Effects {
                match self { $(Opcode::$Type => const { &Effects::$eff },)* }
            }
        }

        impl Inst {
            /// The instruction's name.
            #[inline]
            pub fn opcode(&self) -> Opcode {
                match self { $(Inst::$Type { .. } => Opcode::$Type,)* }
            }

            /// Calls `f` with each value that the instruction uses, in order: operands, then the values inside immediates.
            pub fn for_each_value(&self, func: &Function, mut f: impl FnMut(Value)) {
                match *self { $(
                    Inst::$Type { $($op,)* $($imm,)* } => {
                        $(f($op);)*
                        $(for value in func.args(Imm::args($imm)) { f(*value); })*
                    }
                )* }
            }

            /// Replaces each operand by what `f` makes of it; values inside immediates stay.
            pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
                match self { $(Inst::$Type { $($op,)* $($imm,)* } => { $(*$op = f(*$op);)* })* }
            }

            /// Calls `f` with each list of values inside immediates.
            pub(crate) fn for_each_list(&self, mut f: impl FnMut(Args)) {
                match *self { $(Inst::$Type { $($op,)* $($imm,)* } => { $(f(Imm::args($imm));)* })* }
            }

            /// Replaces each block that a terminator names, lists of blocks apart.
            pub fn map_blocks(&mut self, mut f: impl FnMut(Block) -> Block) {
                match self { $(Inst::$Type { $($op,)* $($imm,)* } => { $($imm.set_block(&mut f);)* })* }
            }

            /// Replaces each name.
            pub fn map_names(&mut self, mut f: impl FnMut(NameId) -> NameId) {
                match self { $(Inst::$Type { $($op,)* $($imm,)* } => { $($imm.set_name(&mut f);)* })* }
            }

            /// Replaces each constant, in types, too.
            pub fn map_consts(&mut self, mut f: impl FnMut(ConstId) -> ConstId) {
                match self { $(Inst::$Type { $($op,)* $($imm,)* } => { $($imm.set_const(&mut f);)* })* }
            }

            /// Replaces each list of values inside immediates.
            pub fn map_lists(&mut self, mut f: impl FnMut(Args) -> Args) {
                match self { $(Inst::$Type { $($op,)* $($imm,)* } => { $($imm.set_args(&mut f);)* })* }
            }

            /// Whether the instruction produces a value.
            pub fn has_result(&self) -> bool {
                match self { $(Inst::$Type { .. } => !matches!(stringify!($($res)+).as_bytes(), b"BOTTOM"),)* }
            }

            /// Calls `f` with each operand and the type that it must have. Values inside immediates must be words; they are checked elsewhere.
            pub fn for_each_operand(&self, mut f: impl FnMut(&'static str, Value, Ty)) {
                match *self { $(
                    Inst::$Type { $($op,)* $($imm,)* } => { $(f(stringify!($op), $op, Ty::$opty);)* }
                )* }
            }

            /// Calls `f` with each block that a terminator may go to, and the arguments it gives.
            pub fn for_each_target(&self, func: &Function, mut f: impl FnMut(Block, Args)) {
                match *self { $(
                    Inst::$Type { $($op,)* $($imm,)* } => {
                        $(
                            if let Some(call) = Imm::block_call($imm) { f(call.block, call.args); }
                            if let Some(targets) = Imm::targets($imm) {
                                for block in func.targets(targets) { f(*block, Args::EMPTY); }
                            }
                        )*
                    }
                )* }
            }

            /// The type of the result, from the types of the operands. `declared` is the type the instruction has now.
            pub fn result_type(&self, func: &Function, declared: Ty) -> Ty {
                match self { $(Inst::$Type { .. } => result_of!(func, self, declared, $($res)+),)* }
            }

            /// What tells two instructions with the same effect apart: opcode, operands, immediates.
            pub fn fingerprint(&self, func: &Function) -> SmallVec<[u64; 6]> {
                let mut key = SmallVec::new();
                key.push(self.opcode() as u64);
                match *self { $(
                    Inst::$Type { $($op,)* $($imm,)* } => {
                        $(key.push($op.0.into());)*
                        $(
                            key.push(Imm::key($imm));
                            key.extend(func.args(Imm::args($imm)).iter().map(|value| u64::from(value.0)));
                        )*
                    }
                )* }
                key
            }

            pub(crate) fn print(&self, func: &Function, out: &mut String) -> fmt::Result {
                match *self { $(
                    Inst::$Type { $($op,)* $($imm,)* } => {
                        out.push_str(stringify!($text));
                        let mut first = true;
                        $(
                            write!(out, "{}{}", if first { " " } else { ", " }, $op)?;
                            first = false;
                        )*
                        let mut first = true;
                        $(
                            out.push_str(if first { " [" } else { ", " });
                            Imm::print($imm, func, out)?;
                            first = false;
                        )*
                        if !first { out.push(']'); }
                    }
                )* }
                Ok(())
            }

            pub(crate) fn parse(opcode: Opcode, p: &mut Parser<'_>) -> Result<Inst, Failed> {
                match opcode { $(
                    Opcode::$Type => {
                        let mut first = true;
                        $(
                            if !first { p.expect(',')?; }
                            let $op = Value(p.entity(Value::PREFIX)?);
                            first = false;
                        )*
                        let mut first = true;
                        $(
                            p.expect(if first { '[' } else { ',' })?;
                            let $imm = <$immty as Imm>::parse(p)?;
                            first = false;
                        )*
                        if !first { p.expect(']')?; }
                        Ok(Inst::$Type { $($op,)* $($imm,)* })
                    }
                )* }
            }
        }

        impl crate::builder::Builder<'_> {
            $(
                $(#[$doc])*
                pub fn $text(&mut self, $($op: Value,)* $($imm: <$immty as Imm>::Given<'_>,)*) -> Value {
                    $(let $imm = <$immty as Imm>::make($imm, self.func);)*
                    self.push(Inst::$Type { $($op,)* $($imm,)* })
                }
            )*
        }
    };
}
for_each_inst!(derive_inst);

impl Opcode {
    /// The instruction of that name.
    pub fn named(name: &str) -> Option<Opcode> {
        Opcode::ALL.iter().copied().find(|opcode| opcode.name() == name)
    }
}

impl Inst {
    /// What the instruction may do.
    #[inline]
    pub fn effects(&self) -> &'static Effects {
        self.opcode().effects()
    }

    /// Whether the instruction ends its block.
    pub fn is_terminator(&self) -> bool {
        self.effects().does.contains(crate::effects::Does::TERMINATE)
    }
}
