//! Jumps, branches, returns, and what asks whether to go on.

use super::Lowering;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, JumpTableData, MemFlagsData, TrapCode, types};
use kiln_hir::{Args, Block, BlockCall, Inst, Targets, Value, WatchId};

impl Lowering<'_> {
    pub(super) fn find_fused(&mut self, order: &[Block]) {
        let func = self.func;
        self.scratch.fused.clear();
        for block in order {
            for &value in &func.blocks[block.index()].insts {
                if let Inst::Branch { condition, .. } = *func.inst(value)
                    && matches!(func.inst(condition), Inst::HasType { .. } | Inst::HasShape { .. })
                {
                    self.scratch.fused.push(condition);
                }
            }
        }
        if self.scratch.fused.is_empty() {
            return;
        }
        // More than one use, or one that is no branch, needs the truth value itself.
        let mut uses = vec![0u8; func.insts.len()];
        for block in order {
            for &value in &func.blocks[block.index()].insts {
                let mut count = |used: Value| uses[used.index()] = uses[used.index()].saturating_add(1);
                func.inst(value).for_each_value(func, &mut count);
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, count);
                }
            }
        }
        self.scratch.fused.retain(|value| uses[value.index()] == 1);
    }

    pub(super) fn block_args(&self, args: Args) -> Vec<BlockArg> {
        self.func
            .args(args)
            .iter()
            .map(|value| BlockArg::Value(self.get(*value)))
            .collect()
    }

    pub(super) fn branch_to(&mut self, condition: ir::Value, then: BlockCall, otherwise: BlockCall) {
        let (a, b) = (self.block_args(then.args), self.block_args(otherwise.args));
        let (then, otherwise) = (self.blocks[then.block.index()], self.blocks[otherwise.block.index()]);
        self.b.ins().brif(condition, then, &a, otherwise, &b);
    }

    /// A block to branch to for a call of a block: the block itself if nothing is passed to it.
    pub(super) fn edge_block(&mut self, call: BlockCall) -> ir::Block {
        if call.args.is_empty() {
            self.blocks[call.block.index()]
        } else {
            self.b.create_block()
        }
    }

    /// Fills the blocks that `edge_block` has made.
    pub(super) fn finish_edges(&mut self, edges: [(ir::Block, BlockCall); 2]) {
        for (block, call) in edges {
            if !call.args.is_empty() {
                self.b.switch_to_block(block);
                let args = self.block_args(call.args);
                self.b.ins().jump(self.blocks[call.block.index()], &args);
            }
        }
    }

    pub(super) fn jump(&mut self, _: Value, target: BlockCall) {
        let args = self.block_args(target.args);
        self.b.ins().jump(self.blocks[target.block.index()], &args);
    }

    pub(super) fn branch(&mut self, _: Value, condition: Value, then: BlockCall, otherwise: BlockCall) {
        if self.scratch.fused.contains(&condition) {
            let (yes, no) = (self.edge_block(then), self.edge_block(otherwise));
            match *self.func.inst(condition) {
                Inst::HasType { value, ty } => {
                    let (word, known) = (self.get(value), self.func.ty(value));
                    self.branch_on_type(word, known, ty, yes, no);
                }
                Inst::HasShape { value, shape } => {
                    let (word, known) = (self.get(value), self.func.ty(value));
                    let root = self.func.root(value);
                    let loaded = self
                        .shaped
                        .iter()
                        .find(|entry| entry.0 == self.block && entry.1 == root);
                    let loaded = loaded.map(|entry| entry.2);
                    let end = self.end_of_chain(otherwise, root);
                    let found = match loaded {
                        Some(found) => found,
                        None => self.shape_or(word, known, end.unwrap_or(no)),
                    };
                    let is = self.has_that_shape(found, shape);
                    self.b.ins().brif(is, yes, &[], no, &[]);
                    // Unless a number may get there, too.
                    if end.is_some() || loaded.is_some() && self.next_in_chain(otherwise, root).is_some() {
                        self.shaped.push((otherwise.block, root, found));
                    }
                }
                _ => (),
            }
            self.finish_edges([(yes, then), (no, otherwise)]);
            return;
        }
        let condition = self.get(condition);
        self.branch_to(condition, then, otherwise);
    }

    /// Where a block goes that asks for another shape of the same value and does nothing else, if nobody but the block that is left now
    /// goes there; the shape is then loaded already.
    fn next_in_chain(&self, call: BlockCall, root: Value) -> Option<BlockCall> {
        let func = self.func;
        let block = &func.blocks[call.block.index()];
        if !call.args.is_empty() || !block.params.is_empty() || !self.single[call.block.index()] {
            return None;
        }
        let [asks, last] = *block.insts else { return None };
        match (*func.inst(asks), *func.inst(last)) {
            (
                Inst::HasShape { value, .. },
                Inst::Branch {
                    condition, otherwise, ..
                },
            ) if condition == asks && func.root(value) == root && self.scratch.fused.contains(&asks) => Some(otherwise),
            _ => None,
        }
    }

    /// Where what has none of a chain's shapes goes, and a number at once. None if something is passed on there, or there is no chain.
    fn end_of_chain(&self, first: BlockCall, root: Value) -> Option<ir::Block> {
        let mut end = self.next_in_chain(first, root)?;
        while let Some(next) = self.next_in_chain(end, root) {
            end = next;
        }
        end.args.is_empty().then(|| self.blocks[end.block.index()])
    }

    pub(super) fn branch_pending(&mut self, _: Value, operand: Value, handler: BlockCall, next: BlockCall) {
        let word = self.get(operand);
        let pending = self.b.ins().icmp_imm_s(IntCC::Equal, word, 1);
        self.branch_to(pending, handler, next);
    }

    pub(super) fn switch(&mut self, _: Value, index: Value, targets: Targets) {
        let blocks: Vec<ir::Block> = self
            .func
            .targets(targets)
            .iter()
            .map(|block| self.blocks[block.index()])
            .collect();
        let Some((last, rest)) = blocks.split_last() else {
            return;
        };
        let wide = self.get(index);
        // Wider numbers than the table takes are no targets either.
        let most = self.iconst(rest.len() as i64);
        let near = self.b.ins().umin(wide, most);
        let index = self.b.ins().ireduce(types::I32, near);
        let mut call = |block: ir::Block| self.b.func.dfg.block_call(block, &[]);
        let default = call(*last);
        let entries: Vec<_> = rest.iter().map(|block| call(*block)).collect();
        let table = self.b.create_jump_table(JumpTableData::new(default, &entries));
        self.b.ins().br_table(index, table);
    }

    pub(super) fn return_value(&mut self, _: Value, operand: Value) {
        let word = self.get(operand);
        self.b.ins().return_(&[word]);
    }

    pub(super) fn return_f64(&mut self, _: Value, _: Value) {
        self.fail("a function that returns a machine float");
        self.b.ins().trap(TrapCode::unwrap_user(1));
    }

    pub(super) fn exit(&mut self, value: Value) {
        let block = self.exit_block(value);
        self.b.ins().jump(block, &[]);
    }

    pub(super) fn unwind(&mut self, value: Value) {
        let block = self.exit_block(value);
        self.b.ins().jump(block, &[]);
    }

    pub(super) fn unreachable(&mut self, _: Value) {
        self.b.ins().trap(TrapCode::unwrap_user(1));
    }

    pub(super) fn poll(&mut self, value: Value) {
        let asked = self
            .b
            .ins()
            .load(types::I32, MemFlagsData::trusted(), self.thread, self.layout.poll);
        self.leave_if(value, asked);
    }

    pub(super) fn check_valid(&mut self, value: Value, word: WatchId) {
        let address = self.iconst(self.env.watch(word) as i64);
        let changed = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
        self.leave_if(value, changed);
    }

    pub(super) fn count_down(&mut self, value: Value, word: WatchId) {
        let address = self.iconst(self.env.watch(word) as i64);
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(MemFlagsData::trusted(), less, address, 0);
        let done = self.b.ins().icmp_imm_s(IntCC::Equal, less, 0);
        self.leave_if(value, done);
    }

    pub(super) fn keep_alive(&mut self, _: Value, _: Args) {}
}
