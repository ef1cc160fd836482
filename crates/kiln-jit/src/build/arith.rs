//! Arithmetic and comparison: on ints and floats as the interpreter saw them, behind guards; by the runtime where it saw something else.

use super::ops::NO_CACHE;
use super::*;
use kiln_bytecode::flags;
use kiln_hir::{BinaryKind, CompareKind, UnaryKind};
use kiln_interp::fb;

/// How many instructions around one are looked at.
const SPAN: usize = 24;

/// How operands are taken.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Numbers {
    Ints,
    Floats,
    /// A float and an int, whichever is which.
    Mixed,
    Any,
}

fn kind_of(op: Op, in_place: bool) -> BinaryKind {
    let plain = match op {
        Op::Add | Op::AddInt => BinaryKind::Add,
        Op::Sub => BinaryKind::Sub,
        Op::Mul | Op::MulInt => BinaryKind::Mul,
        Op::Truediv => BinaryKind::TrueDiv,
        Op::Floordiv | Op::FloordivInt => BinaryKind::FloorDiv,
        Op::Mod | Op::ModInt => BinaryKind::Mod,
        Op::Pow => BinaryKind::Pow,
        Op::Matmul => BinaryKind::MatMul,
        Op::Lshift | Op::LshiftInt => BinaryKind::Lshift,
        Op::Rshift | Op::RshiftInt => BinaryKind::Rshift,
        Op::And | Op::AndInt => BinaryKind::And,
        Op::Or => BinaryKind::Or,
        _ => BinaryKind::Xor,
    };
    if in_place {
        BinaryKind::ALL[plain as usize + BinaryKind::ALL.len() / 2]
    } else {
        plain
    }
}

impl Build<'_> {
    fn numbers(&self, x: V, y: V) -> Numbers {
        if self.gives_up() {
            return Numbers::Any;
        }
        let (a, b) = (self.func.ty(x), self.func.ty(y));
        let seen = self.numbers_seen();
        // A type that is known says more than what was seen.
        for ty in [a, b] {
            if !ty.could_be(Ty::INT) && !ty.could_be(Ty::FLOAT) {
                return Numbers::Any;
            }
        }
        if seen & (fb::OTHER | fb::OVERFLOW | fb::STR) != 0 {
            return Numbers::Any;
        }
        let known_float = a.is_subtype(Ty::FLOAT) || b.is_subtype(Ty::FLOAT);
        let known_int = a.is_subtype(Ty::INT) || b.is_subtype(Ty::INT);
        if seen == fb::FLOAT | fb::INT {
            return if known_float || known_int {
                Numbers::Floats
            } else {
                Numbers::Mixed
            };
        }
        if seen & fb::FLOAT != 0 || known_float {
            return Numbers::Floats;
        }
        Numbers::Ints
    }

    /// Both operands as floats, at least one of which must be one.
    fn floats(&mut self, x: V, y: V) -> (V, V) {
        let (a, b) = (self.func.ty(x), self.func.ty(y));
        if self.feedback() != fb::FLOAT | fb::INT {
            return (self.float(x), self.float(y));
        }
        // One of each: what one is known to be, the other one is not.
        if a.is_subtype(Ty::FLOAT) && b.could_be(Ty::INT) {
            let y = self.int(y);
            return (self.float(x), self.float(y));
        }
        if b.is_subtype(Ty::FLOAT) && a.could_be(Ty::INT) {
            let x = self.int(x);
            return (self.float(x), self.float(y));
        }
        if a.is_subtype(Ty::INT) || b.is_subtype(Ty::INT) {
            return (self.float(x), self.float(y));
        }
        let join = self.func.add_block();
        let both = [0; 2].map(|_| self.func.add_param(join, Ty::F64));
        let (int, other) = (self.func.add_block(), self.func.add_block());
        let is = self.at().has_type(x, Ty::INT);
        self.at().branch(is, (int, &[]), (other, &[]));
        self.block = int;
        let number = self.at().refine(x, Ty::INT);
        let pair = [self.float(number), self.float(y)];
        self.at().jump((join, &pair));
        self.block = other;
        let x = self.float(x);
        let (int, other) = (self.func.add_block(), self.func.add_block());
        let is = self.at().has_type(y, Ty::INT);
        self.at().branch(is, (int, &[]), (other, &[]));
        self.block = int;
        let number = self.at().refine(y, Ty::INT);
        let pair = [x, self.float(number)];
        self.at().jump((join, &pair));
        self.block = other;
        let pair = [x, self.float(y)];
        self.at().jump((join, &pair));
        self.block = join;
        (both[0], both[1])
    }

    /// The feedback of an instruction on numbers. Ints leave none, neither in the interpreter nor in code that expects them: where something
    /// else around the instruction shows that it was executed, no feedback means ints. Unless it was compiled for anything before: what is
    /// met there nobody notes.
    fn numbers_seen(&self) -> u8 {
        let seen = self.object.feedback()[self.pc as usize].get();
        if seen != 0 || self.guesses == Guesses::All {
            return seen;
        }
        let mut unnoted = self.unit.unnoted.borrow_mut();
        if !unnoted.contains(&self.pc) && self.was_executed() {
            return 0;
        }
        unnoted.insert(self.pc);
        fb::OTHER
    }

    /// Whether an attribute's cache or feedback shows that control came by here.
    fn was_executed(&self) -> bool {
        let shows = |pc: usize| {
            let instr = self.code.instrs[pc];
            self.object.feedback()[pc].get() != 0
                || matches!(instr.op(), Op::LoadAttr | Op::LoadMethod | Op::StoreAttr)
                    && !super::attrs::is_fresh(self.object.cache(instr.c()))
        };
        let here = self.pc as usize;
        // What ran before without a way out, and what runs after if nothing else comes there.
        let before = (0..here)
            .rev()
            .take_while(|pc| !self.leader[pc + 1] && self.code.instrs[*pc].target(*pc as u32).is_none());
        let after = (here + 1..self.code.instrs.len()).take_while(|pc| !self.leader[*pc]);
        before.chain(after).take(SPAN).any(shows)
    }

    fn int(&mut self, v: V) -> V {
        if self.func.ty(v).is_subtype(Ty::INT) {
            return v;
        }
        self.guard(|b| b.guard_type(v, Ty::INT))
    }

    fn float(&mut self, v: V) -> V {
        let ty = self.func.ty(v);
        if ty.is_subtype(Ty::INT) {
            return self.at().int_to_f64(v);
        }
        let v = if ty.is_subtype(Ty::FLOAT) {
            v
        } else {
            self.guard(|b| b.guard_type(v, Ty::FLOAT))
        };
        self.at().unbox_float(v)
    }

    pub(super) fn binary(&mut self, instr: Instr) -> Res<u32> {
        let (x, y) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
        let kind = kind_of(instr.op(), instr.has(flags::INPLACE));
        let v = self.binary_values(kind, x, y)?;
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    pub(super) fn binary_int(&mut self, instr: Instr) -> Res<u32> {
        let x = self.object_in(instr.b())?;
        let mut number = instr.c() as i16 as i64;
        let mut kind = kind_of(instr.op(), instr.has(flags::INPLACE));
        if instr.op() == Op::AddInt && instr.has(flags::SUBTRACT) {
            number = -number;
            kind = if instr.has(flags::INPLACE) {
                BinaryKind::ISub
            } else {
                BinaryKind::Sub
            };
        }
        let y = self.at().const_int(number);
        let v = self.binary_values(kind, x, y)?;
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    fn binary_values(&mut self, kind: BinaryKind, x: V, y: V) -> Res<V> {
        use BinaryKind as K;
        let plain = if (kind as usize) < BinaryKind::ALL.len() / 2 {
            kind
        } else {
            kind.plain()
        };
        match self.numbers(x, y) {
            Numbers::Ints if !matches!(plain, K::Pow | K::MatMul) => {
                let (x, y) = (self.int(x), self.int(y));
                let v = self.guard(|b| match plain {
                    K::Add => b.int_add(x, y),
                    K::Sub => b.int_sub(x, y),
                    K::Mul => b.int_mul(x, y),
                    K::TrueDiv => b.int_truediv(x, y),
                    K::FloorDiv => b.int_floordiv(x, y),
                    K::Mod => b.int_mod(x, y),
                    K::Lshift => b.int_lshift(x, y),
                    K::Rshift => b.int_rshift(x, y),
                    K::And => b.int_and(x, y),
                    K::Or => b.int_or(x, y),
                    _ => b.int_xor(x, y),
                });
                Ok(if plain == K::TrueDiv { self.at().box_float(v) } else { v })
            }
            Numbers::Floats | Numbers::Mixed if matches!(plain, K::Add | K::Sub | K::Mul | K::TrueDiv) => {
                let (x, y) = self.floats(x, y);
                let v = self.guard(|b| match plain {
                    K::Add => b.f64_add(x, y),
                    K::Sub => b.f64_sub(x, y),
                    K::Mul => b.f64_mul(x, y),
                    _ => b.f64_div(x, y),
                });
                Ok(self.at().box_float(v))
            }
            Numbers::Any if plain == K::Add => self.add_any(kind, x, y),
            _ => self.op(|b| b.binary_op(x, y, kind, NO_CACHE)),
        }
    }

    /// `x + y` of anything but numbers. A string that dies here, as in `s += x`, is given to its sum, which may take its place: each step
    /// of a loop would copy all of it otherwise.
    fn add_any(&mut self, kind: BinaryKind, x: V, y: V) -> Res<V> {
        let [a, b] = [x, y].map(|v| self.func.ty(v));
        let known = a.is_subtype(Ty::STR) && b.is_subtype(Ty::STR);
        let seen = self.object.feedback()[self.pc as usize].get();
        if !known && seen == fb::STR && !self.gives_up() {
            let (x, y) = (self.str(x), self.str(y));
            return Ok(self.at().str_add(x, y));
        }
        if known {
            return Ok(self.at().str_add(x, y));
        }
        if kind != BinaryKind::IAdd || seen & fb::STR == 0 || !a.could_be(Ty::STR) || !b.could_be(Ty::STR) {
            return self.op(|b| b.binary_op(x, y, kind, NO_CACHE));
        }
        let join = self.func.add_block();
        let sum = self.func.add_param(join, Ty::OBJECT);
        let [left, both, other] = [0; 3].map(|_| self.func.add_block());
        let is = self.at().has_type(x, Ty::STR);
        self.at().branch(is, (left, &[]), (other, &[]));
        self.block = left;
        let is = self.at().has_type(y, Ty::STR);
        self.at().branch(is, (both, &[]), (other, &[]));
        self.block = both;
        let (l, r) = (self.at().refine(x, Ty::STR), self.at().refine(y, Ty::STR));
        let joined = self.at().str_add(l, r);
        self.at().jump((join, &[joined]));
        self.block = other;
        let added = self.op(|b| b.binary_op(x, y, kind, NO_CACHE))?;
        self.at().jump((join, &[added]));
        self.block = join;
        Ok(sum)
    }

    fn str(&mut self, v: V) -> V {
        if self.func.ty(v).is_subtype(Ty::STR) {
            return v;
        }
        self.guard(|b| b.guard_type(v, Ty::STR))
    }

    pub(super) fn unary(&mut self, instr: Instr) -> Res<u32> {
        let x = self.use_of(instr, b'b')?;
        let seen = self.feedback();
        let ty = self.func.ty(x);
        let generic = self.gives_up() || seen & fb::OTHER != 0;
        let v = match instr.op() {
            Op::Neg if !generic && (seen & fb::FLOAT != 0 || ty.is_subtype(Ty::FLOAT)) => {
                let x = self.float(x);
                let v = self.at().f64_neg(x);
                self.at().box_float(v)
            }
            Op::Neg if !generic => {
                let x = self.int(x);
                self.guard(|b| b.int_neg(x))
            }
            Op::Invert if !generic => {
                let x = self.int(x);
                self.at().int_invert(x)
            }
            op => {
                let kind = match op {
                    Op::Neg => UnaryKind::Neg,
                    Op::Pos => UnaryKind::Pos,
                    _ => UnaryKind::Invert,
                };
                self.op(|b| b.unary_op(x, kind, NO_CACHE))?
            }
        };
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    pub(super) fn compare(&mut self, instr: Instr) -> Res<u32> {
        let kind = CompareKind::ALL[instr.op() as usize - Op::Lt as usize];
        let (x, y) = (self.use_of(instr, b'b')?, self.use_of(instr, b'c')?);
        let v = match self.numbers(x, y) {
            Numbers::Mixed | Numbers::Any => self.op(|b| b.compare(x, y, kind, NO_CACHE))?,
            _ => {
                let truth = self.compare_values(kind, x, y)?;
                self.at().bool_to_object(truth)
            }
        };
        self.consume(instr);
        self.set(instr.a(), v);
        Ok(self.pc + 1)
    }

    /// The truth of a comparison.
    pub(super) fn compare_values(&mut self, kind: CompareKind, x: V, y: V) -> Res<V> {
        match self.numbers(x, y) {
            Numbers::Ints => {
                let (x, y) = (self.int(x), self.int(y));
                Ok(self.at().int_compare(x, y, kind))
            }
            // Ints beyond 53 bits are no floats: only small constants are compared as such.
            Numbers::Floats if self.both_exact(x, y) => {
                let (x, y) = (self.float(x), self.float(y));
                Ok(self.at().f64_compare(x, y, kind))
            }
            _ => {
                let found = self.op(|b| b.compare_truth(x, y, kind, NO_CACHE))?;
                Ok(self.at().int_is_true(found))
            }
        }
    }

    fn both_exact(&self, x: V, y: V) -> bool {
        [x, y].into_iter().all(|v| {
            let ty = self.func.ty(v);
            !ty.is_subtype(Ty::INT) || ty.int_value().is_some_and(|n| n.unsigned_abs() < 1 << 53)
        })
    }
}
