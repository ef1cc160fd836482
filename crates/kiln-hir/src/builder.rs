//! Appends instructions to a block. One method for each instruction comes from the list; here is what they share.

use crate::effects::Does;
use crate::entity::{Block, Snap, Value};
use crate::function::Function;
use crate::inst::Inst;
use crate::ty::Ty;

/// Appends to one block at a time.
///
/// Set [`Builder::snap`] before an instruction that may leave or raise: it is attached to each of them until it is set again.
pub struct Builder<'f> {
    /// The function.
    pub func: &'f mut Function,
    /// The block that grows.
    pub block: Block,
    /// The frame state for instructions that need one.
    pub snap: Option<Snap>,
}

impl<'f> Builder<'f> {
    /// A builder that appends to `block`.
    pub fn new(func: &'f mut Function, block: Block) -> Self {
        Builder {
            func,
            block,
            snap: None,
        }
    }

    /// Goes on in another block.
    pub fn switch_to(&mut self, block: Block) {
        self.block = block;
    }

    /// Sets the frame state for what follows.
    pub fn at(&mut self, snap: Snap) -> &mut Self {
        self.snap = Some(snap);
        self
    }

    /// Appends an instruction, its type inferred.
    pub fn push(&mut self, inst: Inst) -> Value {
        let value = self.func.make(inst, Ty::ANY);
        if inst.effects().needs_snapshot() {
            debug_assert!(self.snap.is_some(), "{} needs a snapshot", inst.opcode().name());
            self.func.insts[value.index()].snap = self.snap;
        }
        self.func.insts[value.index()].ty = self.func.infer_type(value);
        self.keep(value);
        value
    }

    /// Appends an instruction that exists already: how a pass that rebuilds a block keeps one.
    pub fn keep(&mut self, value: Value) {
        self.func.blocks[self.block.index()].insts.push(value);
    }

    /// As [`Self::load_arg`], of a known type.
    pub fn argument(&mut self, index: u32, ty: Ty) -> Value {
        let value = self.load_arg(index);
        self.func.insts[value.index()].ty = ty;
        value
    }

    /// As [`Self::gen_take`], of a known type.
    pub fn take(&mut self, generator: Value, index: u32, ty: Ty) -> Value {
        let value = self.gen_take(generator, index);
        self.func.insts[value.index()].ty = ty;
        value
    }

    /// Sends an exception of the instruction just appended to `handler`, and goes on in a new block where none is pending. The result is the
    /// instruction's value there.
    pub fn catch(&mut self, value: Value, handler: Block, args: &[Value]) -> Value {
        let data = &mut self.func.insts[value.index()];
        debug_assert!(data.inst.effects().does.contains(Does::RAISE), "{value} does not raise");
        let ty = data.ty;
        data.catches = true;
        data.ty = ty.or_pending();
        let next = self.func.add_block();
        self.branch_pending(value, (handler, args), (next, &[]));
        self.switch_to(next);
        self.refine(value, ty)
    }
}
