//! Tests of types and shapes, as branches, guards and truth values.

use super::{Lowering, Num};
use crate::runtime::RuntimeCall as Rt;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, types};
use kiln_hir::{ConstId, Leaf, NameId, ShapeId, Ty, Value};

/// Types that a word tells by itself.
const WORDS: [Ty; 6] = [Ty::INT, Ty::FLONUM, Ty::PY_BOOL, Ty::NONE, Ty::UNBOUND, Ty::PENDING];

impl Lowering<'_> {
    pub(super) fn shape_word(&mut self, word: ir::Value) -> ir::Value {
        self.b.ins().load(types::I32, MemFlagsData::trusted(), word, 3)
    }

    /// Whether the word is of this type, one of `WORDS`.
    fn is_word(&mut self, word: ir::Value, leaf: Ty) -> ir::Value {
        if leaf.is_subtype(Ty::INT) {
            let low = self.b.ins().band_imm_s(word, 1);
            self.b.ins().icmp_imm_s(IntCC::Equal, low, 0)
        } else if leaf.is_subtype(Ty::FLONUM) {
            let low = self.b.ins().band_imm_s(word, 3);
            self.b.ins().icmp_imm_s(IntCC::Equal, low, 3)
        } else if leaf.is_subtype(Ty::PY_BOOL) {
            let (t, f) = (
                self.iconst(self.layout.true_ as i64),
                self.iconst(self.layout.false_ as i64),
            );
            let (t, f) = (
                self.b.ins().icmp(IntCC::Equal, word, t),
                self.b.ins().icmp(IntCC::Equal, word, f),
            );
            self.b.ins().bor(t, f)
        } else {
            let marker = if leaf.is_subtype(Ty::NONE) {
                self.layout.none
            } else if leaf.is_subtype(Ty::UNBOUND) {
                self.layout.unbound
            } else {
                1
            };
            let marker = self.iconst(marker as i64);
            self.b.ins().icmp(IntCC::Equal, word, marker)
        }
    }

    fn is_pointer(&mut self, word: ir::Value) -> ir::Value {
        let low = self.b.ins().band_imm_s(word, 3);
        self.b.ins().icmp_imm_s(IntCC::Equal, low, 1)
    }

    /// The leaves that only an object's shape tells, and their shapes; none after failing.
    fn shapes_of(&mut self, wanted: Ty) -> Vec<ShapeId> {
        let mut shapes = Vec::new();
        for leaf in Leaf::ALL.iter().filter(|leaf| wanted.could_be(Ty::of_leaf(**leaf))) {
            match self.layout.shape_of(*leaf) {
                Some(id) => shapes.push(id),
                None => self.fail(format!("a test for type {}", leaf.name())),
            }
        }
        shapes
    }

    pub(super) fn has_that_shape(&mut self, found: ir::Value, shape: ShapeId) -> ir::Value {
        self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape.0 as i32))
    }

    /// Leaves at the instruction's frame state unless the word, known to be `known`, is of type `ty`.
    fn leave_unless_type(&mut self, value: Value, word: ir::Value, known: Ty, ty: Ty) {
        let mut wanted = known.meet(ty);
        let mut rest = known;
        // Where all tests but the last lead when they hold.
        let mut yes = None;
        let mut last = None;
        for leaf in WORDS {
            if !wanted.could_be(leaf) {
                continue;
            }
            wanted = wanted.without(leaf);
            rest = rest.without(leaf);
            let is = self.is_word(word, leaf);
            if wanted.is_bottom() {
                last = Some(is);
            } else {
                self.go_if(is, &mut yes);
            }
        }
        if !wanted.is_bottom() {
            if Self::may_be_number(rest) || rest.could_be(Ty::PENDING) {
                let pointer = self.is_pointer(word);
                self.leave_unless(value, pointer);
            }
            let found = self.shape_word(word);
            let shapes = self.shapes_of(wanted);
            for (index, shape) in shapes.iter().enumerate() {
                let is = self.has_that_shape(found, *shape);
                if index + 1 == shapes.len() {
                    last = Some(is);
                } else {
                    self.go_if(is, &mut yes);
                }
            }
        }
        match last {
            Some(is) => self.leave_unless(value, is),
            None => {
                let never = self.iconst(1);
                self.leave_if(value, never);
            }
        }
        if let Some(yes) = yes {
            self.b.ins().jump(yes, &[]);
            self.b.switch_to_block(yes);
        }
    }

    /// Goes to the block, made on demand, if the condition holds.
    fn go_if(&mut self, condition: ir::Value, block: &mut Option<ir::Block>) {
        let next = self.b.create_block();
        let yes = *block.get_or_insert_with(|| self.b.create_block());
        self.b.ins().brif(condition, yes, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// Branches to `yes` if the word, known to be `known`, is of type `ty`, to `no` otherwise.
    pub(super) fn branch_on_type(&mut self, word: ir::Value, known: Ty, ty: Ty, yes: ir::Block, no: ir::Block) {
        let mut wanted = known.meet(ty);
        let mut rest = known;
        for leaf in WORDS {
            if !wanted.could_be(leaf) {
                continue;
            }
            wanted = wanted.without(leaf);
            let is = self.is_word(word, leaf);
            rest = rest.without(leaf);
            if wanted.is_bottom() {
                self.b.ins().brif(is, yes, &[], no, &[]);
                return;
            }
            let next = self.b.create_block();
            self.b.ins().brif(is, yes, &[], next, &[]);
            self.b.switch_to_block(next);
        }
        if wanted.is_bottom() {
            self.b.ins().jump(no, &[]);
            return;
        }
        if Self::may_be_number(rest) || rest.could_be(Ty::PENDING) {
            let pointer = self.is_pointer(word);
            let next = self.b.create_block();
            self.b.ins().brif(pointer, next, &[], no, &[]);
            self.b.switch_to_block(next);
        }
        let found = self.shape_word(word);
        let shapes = self.shapes_of(wanted);
        if shapes.is_empty() {
            self.b.ins().jump(no, &[]);
        }
        for (index, shape) in shapes.iter().enumerate() {
            let is = self.has_that_shape(found, *shape);
            if index + 1 == shapes.len() {
                self.b.ins().brif(is, yes, &[], no, &[]);
            } else {
                let next = self.b.create_block();
                self.b.ins().brif(is, yes, &[], next, &[]);
                self.b.switch_to_block(next);
            }
        }
    }

    /// The shape of a word that points; others go to `number`.
    pub(super) fn shape_or(&mut self, word: ir::Value, known: Ty, number: ir::Block) -> ir::Value {
        if Self::may_be_number(known) || known.could_be(Ty::PENDING) {
            let pointer = self.is_pointer(word);
            let next = self.b.create_block();
            self.b.ins().brif(pointer, next, &[], number, &[]);
            self.b.switch_to_block(next);
        }
        self.shape_word(word)
    }

    pub(super) fn branch_on_shape(
        &mut self,
        word: ir::Value,
        known: Ty,
        shape: ShapeId,
        yes: ir::Block,
        no: ir::Block,
    ) {
        let found = self.shape_or(word, known, no);
        let is = self.has_that_shape(found, shape);
        self.b.ins().brif(is, yes, &[], no, &[]);
    }

    /// Makes a machine truth value of a branch.
    pub(super) fn truth_of(&mut self, value: Value, branch: impl FnOnce(&mut Self, ir::Block, ir::Block)) {
        let (yes, no, next) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I8);
        branch(self, yes, no);
        for (block, truth) in [(yes, 1), (no, 0)] {
            self.b.switch_to_block(block);
            let made = self.b.ins().iconst(types::I8, truth);
            self.b.ins().jump(next, &[BlockArg::Value(made)]);
        }
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    pub(super) fn guard_true(&mut self, value: Value, condition: Value) {
        let condition = self.get(condition);
        self.leave_unless(value, condition);
    }

    pub(super) fn guard_type(&mut self, value: Value, operand: Value, ty: Ty) {
        let (word, known) = (self.get(operand), self.func.ty(operand));
        if !known.is_subtype(ty) {
            self.fail_once(value);
            self.leave_unless_type(value, word, known, ty);
        }
        self.same(value, operand);
    }

    pub(super) fn guard_shape(&mut self, value: Value, operand: Value, shape: ShapeId, _: Ty) {
        self.fail_once(value);
        let (word, known) = (self.get(operand), self.func.ty(operand));
        if Self::may_be_number(known) || known.could_be(Ty::PENDING) {
            let pointer = self.is_pointer(word);
            self.leave_unless(value, pointer);
        }
        let found = self.shape_word(word);
        let is = self.has_that_shape(found, shape);
        self.leave_unless(value, is);
        self.same(value, operand);
    }

    pub(super) fn guard_is(&mut self, value: Value, operand: Value, object: ConstId) {
        self.fail_once(value);
        let (word, expected) = (self.get(operand), self.iconst(self.func.constant(object).word as i64));
        let is = self.b.ins().icmp(IntCC::Equal, word, expected);
        self.leave_unless(value, is);
        self.same(value, operand);
    }

    pub(super) fn guard_bound(&mut self, value: Value, operand: Value) {
        let (word, marker) = (self.get(operand), self.iconst(self.layout.unbound as i64));
        let unbound = self.b.ins().icmp(IntCC::Equal, word, marker);
        self.leave_if(value, unbound);
        self.same(value, operand);
    }

    pub(super) fn refine(&mut self, value: Value, operand: Value, _: Ty) {
        self.same(value, operand);
    }

    pub(super) fn has_type(&mut self, value: Value, operand: Value, ty: Ty) {
        if self.scratch.fused.contains(&value) {
            return;
        }
        let (word, known) = (self.get(operand), self.func.ty(operand));
        self.truth_of(value, |this, yes, no| this.branch_on_type(word, known, ty, yes, no));
    }

    pub(super) fn has_shape(&mut self, value: Value, operand: Value, shape: ShapeId) {
        if self.scratch.fused.contains(&value) {
            return;
        }
        let (word, known) = (self.get(operand), self.func.ty(operand));
        self.truth_of(value, |this, yes, no| this.branch_on_shape(word, known, shape, yes, no));
    }

    pub(super) fn check_bound(&mut self, value: Value, operand: Value, name: NameId, kind: u32) {
        if !self.func.ty(operand).could_be(Ty::UNBOUND) {
            self.same(value, operand);
            return;
        }
        let (word, marker) = (self.get(operand), self.iconst(self.layout.unbound as i64));
        let unbound = self.b.ins().icmp(IntCC::Equal, word, marker);
        let (cold, next) = (self.cold_block(), self.b.create_block());
        // The result is the operand, or the pending word where somebody asks.
        let result = self.b.append_block_param(next, types::I64);
        self.b.ins().brif(unbound, cold, &[], next, &[BlockArg::Value(word)]);
        self.b.switch_to_block(cold);
        let Num(name) = self.name(name) else { return };
        let (name, kind) = (self.iconst(name as i64), self.iconst(kind.into()));
        let pending = self.call_runtime(Rt::raise_unbound, &[name, kind]);
        if self.func.raises_out(value) {
            let exit = self.exit_block(value);
            self.b.ins().jump(exit, &[]);
        } else {
            self.b.ins().jump(next, &[BlockArg::Value(pending)]);
        }
        self.b.switch_to_block(next);
        self.scratch.values[value.index()] = result.into();
    }
}
