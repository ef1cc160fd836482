//! One method for each HIR instruction. What takes more than a few lines is in `numbers.rs` and `exits.rs`, or below the list.

use crate::compile::Unsupported;
use crate::layout::{Env, Layout};
use crate::meta::Site;
use crate::numbers::{float_cc, int_cc};
use crate::runtime::{Class, RuntimeCall as Rt};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    self, AbiParam, BlockArg, InstBuilder, JumpTableData, MemFlagsData, SigRef, Signature, SourceLoc, StackSlot,
    StackSlotData, StackSlotKind, TrapCode, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_codegen::packed_option::PackedOption;
use cranelift_frontend::FunctionBuilder;
use kiln_hir::cfg::Cfg;
use kiln_hir::*;

/// Arguments passed in registers, the thread not counted.
pub(crate) const REGISTER_ARGS: usize = 5;

/// No slot, no site.
pub(crate) const NONE: u32 = u32::MAX;

/// Tables by value, kept from function to function for their memory.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Machine values.
    values: Vec<PackedOption<ir::Value>>,
    /// Places in the save area, by root.
    pub(crate) slots: Vec<u32>,
    /// Sites, by instruction.
    pub(crate) sites: Vec<u32>,
    /// Type tests that nothing but a branch uses: they become part of it.
    fused: Vec<Value>,
}

impl Scratch {
    /// The site of the instruction that a source location names.
    pub(crate) fn site_of(&self, location: u32) -> Option<u32> {
        self.sites.get(location as usize).copied().filter(|site| *site != NONE)
    }
}

/// The state of lowering one function.
pub(crate) struct Lowering<'a> {
    pub(crate) func: &'a Function,
    pub(crate) layout: &'a Layout,
    pub(crate) env: &'a dyn Env,
    calls: &'a [u64],
    frontend: TargetFrontendConfig,
    pub(crate) b: FunctionBuilder<'a>,
    pub(crate) scratch: &'a mut Scratch,
    blocks: Vec<ir::Block>,
    thread: ir::Value,
    args: Vec<ir::Value>,
    /// The save area.
    pub(crate) area: Option<StackSlot>,
    pub(crate) area_words: u32,
    /// Where arguments that are passed by address are put.
    argv: Option<StackSlot>,
    pub(crate) sites: Vec<Site>,
    pub(crate) exit_blocks: Vec<Option<ir::Block>>,
    /// Sites that later guards may share.
    pub(crate) shared: Vec<(Snap, Args, u32)>,
    signatures: Vec<(Vec<Class>, Class, SigRef)>,
    failed: Option<Unsupported>,
}

fn machine(ty: Ty) -> ir::Type {
    if ty.is_f64() {
        types::F64
    } else if !ty.is_bottom() && ty.is_subtype(Ty::BOOL) {
        types::I8
    } else {
        types::I64
    }
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(
        func: &'a Function,
        layout: &'a Layout,
        env: &'a dyn Env,
        calls: &'a [u64],
        frontend: TargetFrontendConfig,
        b: FunctionBuilder<'a>,
        scratch: &'a mut Scratch,
    ) -> Self {
        Lowering {
            func,
            layout,
            env,
            calls,
            frontend,
            b,
            scratch,
            blocks: Vec::new(),
            thread: ir::Value::from_u32(0),
            args: Vec::new(),
            area: None,
            area_words: 0,
            argv: None,
            sites: Vec::new(),
            exit_blocks: Vec::new(),
            shared: Vec::new(),
            signatures: Vec::new(),
            failed: None,
        }
    }

    /// Lowers everything; returns the sites, the save area, and its length.
    pub(crate) fn function(mut self) -> Result<(Vec<Site>, Option<StackSlot>, u32), Unsupported> {
        let func = self.func;
        let cfg = Cfg::new(func);
        self.scratch.values.clear();
        self.scratch.values.resize(func.insts.len(), None.into());
        self.scratch.sites.clear();
        self.scratch.sites.resize(func.insts.len(), NONE);
        self.assign_slots(&cfg.order);
        // The stack is checked once, at entry: no frame may be so large that it steps over the margin.
        if self.area_words > 1 << 13 {
            return Err(Unsupported("a function with too many live values".into()));
        }
        if self.area_words > 0 {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, self.area_words * 8, 3);
            self.area = Some(self.b.create_sized_stack_slot(data));
        }
        self.blocks = func.all_blocks().map(|_| ir::Block::from_u32(0)).collect();
        for &block in &cfg.order {
            let made = self.b.create_block();
            self.blocks[block.index()] = made;
            if func.blocks[block.index()].cold {
                self.b.set_cold_block(made);
            }
        }
        self.find_fused(&cfg.order);
        self.prologue();
        for &block in &cfg.order {
            self.b.switch_to_block(self.blocks[block.index()]);
            for &param in &func.blocks[block.index()].params {
                let made = self
                    .b
                    .append_block_param(self.blocks[block.index()], machine(func.ty(param)));
                self.scratch.values[param.index()] = made.into();
            }
            for &param in &func.blocks[block.index()].params {
                let made = self.get(param);
                self.save(param, made);
            }
            for &value in &func.blocks[block.index()].insts {
                self.b.set_srcloc(SourceLoc::new(value.0));
                let data = &func.insts[value.index()];
                if data.snap.is_some() && data.inst.effects().does.contains(Does::RUN_PYTHON) {
                    self.site(value, false);
                }
                data.inst.lower(value, &mut self);
                if let Some(failed) = self.failed.take() {
                    return Err(failed);
                }
            }
        }
        self.b.set_srcloc(SourceLoc::default());
        self.finish_exits();
        self.b.seal_all_blocks();
        self.b.finalize(self.frontend);
        Ok((self.sites, self.area, self.area_words))
    }

    fn find_fused(&mut self, order: &[Block]) {
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

    fn prologue(&mut self) {
        let func = self.func;
        let entry = self.b.create_block();
        self.b.append_block_params_for_function_params(entry);
        self.b.switch_to_block(entry);
        let params = self.b.block_params(entry).to_vec();
        self.thread = params[0];
        let count = func.signature.args as usize + usize::from(func.signature.generator);
        self.args = if count <= REGISTER_ARGS {
            params[1..].to_vec()
        } else {
            // The caller's window is not written while this activation runs, but these loads cost least here, once.
            (0..count)
                .map(|i| {
                    self.b
                        .ins()
                        .load(types::I64, MemFlagsData::trusted(), params[1], 8 * i as i32)
                })
                .collect()
        };
        let limit = self.b.ins().load(
            types::I64,
            MemFlagsData::trusted(),
            self.thread,
            self.layout.stack_limit,
        );
        let here = self.b.ins().get_stack_pointer(types::I64);
        let deep = self.b.ins().icmp(IntCC::UnsignedLessThan, here, limit);
        let (cold, body) = (self.cold_block(), self.blocks[0]);
        self.b.ins().brif(deep, cold, &[], body, &[]);
        self.b.switch_to_block(cold);
        for index in 0..func.signature.args {
            if func.signature.owns(index) {
                let word = self.args[index as usize + usize::from(func.signature.generator)];
                self.release(word, true);
            }
        }
        let result = self.call(Rt::stack_overflow, &[]);
        self.b.ins().return_(&[result]);
    }

    // ---- Values ----

    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failed.get_or_insert(Unsupported(what.into()));
    }

    /// The machine value of a value.
    pub(crate) fn get(&self, value: Value) -> ir::Value {
        self.scratch.values[value.index()]
            .expand()
            .expect("defined before it is used")
    }

    /// Gives an instruction its machine value, and saves it if some frame state needs it.
    pub(crate) fn set(&mut self, value: Value, made: ir::Value) {
        self.scratch.values[value.index()] = made.into();
        self.save(value, made);
    }

    fn save(&mut self, value: Value, made: ir::Value) {
        let slot = self.scratch.slots[value.index()];
        if let (false, Some(area)) = (slot == NONE, self.area) {
            let wide = if self.b.func.dfg.value_type(made) == types::I8 {
                self.b.ins().uextend(types::I64, made)
            } else {
                made
            };
            self.b.ins().stack_store(types::I64, wide, area, 8 * slot as i32);
        }
    }

    /// The same value under another name.
    fn same(&mut self, value: Value, operand: Value) {
        self.scratch.values[value.index()] = self.scratch.values[operand.index()];
    }

    pub(crate) fn cold_block(&mut self) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    fn load(&mut self, object: Value, offset: i32) -> ir::Value {
        let word = self.get(object);
        self.b.ins().load(types::I64, MemFlagsData::trusted(), word, offset - 1)
    }

    fn store(&mut self, object: Value, offset: i32, what: ir::Value) {
        let word = self.get(object);
        self.b.ins().store(MemFlagsData::trusted(), what, word, offset - 1);
    }

    /// What a slot holds, as a word: an empty one as the unbound marker.
    fn slot_to_word(&mut self, word: ir::Value, ty: Ty) -> ir::Value {
        if self.layout.empty_slot == self.layout.unbound || !ty.could_be(Ty::UNBOUND) {
            return word;
        }
        let empty = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, word, self.layout.empty_slot as i64);
        let unbound = self.iconst(self.layout.unbound as i64);
        self.b.ins().select(empty, unbound, word)
    }

    /// A word as a slot holds it.
    fn word_to_slot(&mut self, value: Value) -> ir::Value {
        let word = self.get(value);
        if self.layout.empty_slot == self.layout.unbound || !self.func.ty(value).could_be(Ty::UNBOUND) {
            return word;
        }
        let marker = self.iconst(self.layout.unbound as i64);
        let unbound = self.b.ins().icmp(IntCC::Equal, word, marker);
        let empty = self.iconst(self.layout.empty_slot as i64);
        self.b.ins().select(unbound, empty, word)
    }

    // ---- Calls ----

    fn signature(&mut self, params: &[Class], result: Class) -> SigRef {
        if let Some(known) = self
            .signatures
            .iter()
            .find(|known| known.0 == params && known.1 == result)
        {
            return known.2;
        }
        let ty = |class: Class| AbiParam::new(if class == Class::Float { types::F64 } else { types::I64 });
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.push(AbiParam::new(types::I64));
        signature.params.extend(params.iter().map(|class| ty(*class)));
        if result != Class::Nothing {
            signature.returns.push(ty(result));
        }
        let made = self.b.import_signature(signature);
        self.signatures.push((params.to_vec(), result, made));
        made
    }

    /// Calls a runtime function. One without a result gives the thread back, which nobody looks at.
    pub(crate) fn call(&mut self, which: Rt, args: &[ir::Value]) -> ir::Value {
        let signature = self.signature(which.params(), which.result());
        let target = self.iconst(self.calls[which as usize] as i64);
        let mut all = vec![self.thread];
        all.extend_from_slice(args);
        debug_assert_eq!(args.len(), which.params().len(), "arguments of {}", which.name());
        let call = self.b.ins().call_indirect(signature, target, &all);
        self.b.inst_results(call).first().copied().unwrap_or(self.thread)
    }

    /// Calls a runtime function for an instruction that may raise, and gives the instruction its result.
    fn raising(&mut self, value: Value, which: Rt, args: &[Arg]) {
        let words: Vec<ir::Value> = args
            .iter()
            .map(|arg| match *arg {
                Val(value) => self.get(value),
                Num(number) => self.iconst(number as i64),
                Mem(made) => made,
            })
            .collect();
        let result = self.call(which, &words);
        self.check_raised(value, result);
        self.set(value, result);
    }

    /// Puts words where a runtime function finds them.
    fn vector(&mut self, words: &[ir::Value]) -> Arg {
        if words.is_empty() {
            return Num(0);
        }
        let size = 8 * words.len() as u32;
        let slot = match self.argv {
            Some(slot) => {
                let data = &mut self.b.func.sized_stack_slots[slot];
                data.size = data.size.max(size);
                slot
            }
            None => {
                let slot = self
                    .b
                    .create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
                *self.argv.insert(slot)
            }
        };
        for (index, word) in words.iter().enumerate() {
            self.b.ins().stack_store(types::I64, *word, slot, 8 * index as i32);
        }
        Mem(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    fn many(&mut self, args: Args) -> (Arg, Arg) {
        let words: Vec<ir::Value> = self.func.args(args).iter().map(|value| self.get(*value)).collect();
        (self.vector(&words), Num(words.len() as u64))
    }

    fn many_after(&mut self, first: Value, args: Args) -> (Arg, Arg) {
        let rest = self.func.args(args).iter();
        let words: Vec<ir::Value> = std::iter::once(&first)
            .chain(rest)
            .map(|value| self.get(*value))
            .collect();
        (self.vector(&words), Num(words.len() as u64))
    }

    fn name(&self, name: NameId) -> Arg {
        Num(self.env.name(self.func.name_text(name)))
    }

    fn cache(&self, cache: CacheId) -> Arg {
        Num(self.env.cache(cache))
    }

    // ---- Reference counts ----

    /// Whether a word of this type can be anything but a pointer.
    fn may_be_number(ty: Ty) -> bool {
        ty.could_be(Ty::INT) || ty.could_be(Ty::FLONUM)
    }

    /// Goes on only with words that point; the others go to the block returned.
    fn only_pointers(&mut self, word: ir::Value, maybe_number: bool) -> ir::Block {
        let done = self.b.create_block();
        if maybe_number {
            let pointer = self.b.create_block();
            let low = self.b.ins().band_imm_s(word, 3);
            let is_pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            self.b.ins().brif(is_pointer, pointer, &[], done, &[]);
            self.b.switch_to_block(pointer);
        }
        done
    }

    fn retain(&mut self, word: ir::Value, maybe_number: bool) {
        let done = self.only_pointers(word, maybe_number);
        let counted = self.b.create_block();
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), word, -1);
        let immortal = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.b.ins().brif(immortal, done, &[], counted, &[]);
        self.b.switch_to_block(counted);
        let more = self.b.ins().iadd_imm_s(count, 1);
        self.b.ins().store(MemFlagsData::trusted(), more, word, -1);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn release(&mut self, word: ir::Value, maybe_number: bool) {
        let done = self.only_pointers(word, maybe_number);
        let (counted, dead) = (self.b.create_block(), self.cold_block());
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), word, -1);
        let immortal = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
        self.b.ins().brif(immortal, done, &[], counted, &[]);
        self.b.switch_to_block(counted);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(MemFlagsData::trusted(), less, word, -1);
        self.b.ins().brif(less, done, &[], dead, &[]);
        self.b.switch_to_block(dead);
        self.call(Rt::destroy, &[word]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    // ---- Control ----

    fn block_args(&self, args: Args) -> Vec<BlockArg> {
        self.func
            .args(args)
            .iter()
            .map(|value| BlockArg::Value(self.get(*value)))
            .collect()
    }

    fn branch_to(&mut self, condition: ir::Value, then: BlockCall, otherwise: BlockCall) {
        let (a, b) = (self.block_args(then.args), self.block_args(otherwise.args));
        let (then, otherwise) = (self.blocks[then.block.index()], self.blocks[otherwise.block.index()]);
        self.b.ins().brif(condition, then, &a, otherwise, &b);
    }

    /// A block to branch to for a call of a block: the block itself if nothing is passed to it.
    fn edge_block(&mut self, call: BlockCall) -> ir::Block {
        if call.args.is_empty() {
            self.blocks[call.block.index()]
        } else {
            self.b.create_block()
        }
    }

    /// Fills the blocks that `edge_block` has made.
    fn finish_edges(&mut self, edges: [(ir::Block, BlockCall); 2]) {
        for (block, call) in edges {
            if !call.args.is_empty() {
                self.b.switch_to_block(block);
                let args = self.block_args(call.args);
                self.b.ins().jump(self.blocks[call.block.index()], &args);
            }
        }
    }

    // ---- Types ----

    fn shape_word(&mut self, word: ir::Value) -> ir::Value {
        self.b.ins().load(types::I32, MemFlagsData::trusted(), word, 3)
    }

    /// Branches to `yes` if the word, known to be `known`, is of type `ty`, to `no` otherwise.
    fn branch_on_type(&mut self, word: ir::Value, known: Ty, ty: Ty, yes: ir::Block, no: ir::Block) {
        let mut wanted = known.meet(ty);
        let mut rest = known;
        // Words that tell by themselves.
        for leaf in [Ty::INT, Ty::FLONUM, Ty::PY_BOOL, Ty::NONE, Ty::UNBOUND, Ty::PENDING] {
            if !wanted.could_be(leaf) {
                continue;
            }
            wanted = wanted.without(leaf);
            let is = if leaf.is_subtype(Ty::INT) {
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
            };
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
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            let next = self.b.create_block();
            self.b.ins().brif(pointer, next, &[], no, &[]);
            self.b.switch_to_block(next);
        }
        let shape = self.shape_word(word);
        let leaves: Vec<Leaf> = Leaf::ALL
            .iter()
            .copied()
            .filter(|leaf| wanted.could_be(Ty::of_leaf(*leaf)))
            .collect();
        for (index, leaf) in leaves.iter().enumerate() {
            let Some(id) = self.layout.shape_of(*leaf) else {
                self.fail(format!("a test for type {}", leaf.name()));
                self.b.ins().jump(no, &[]);
                return;
            };
            let is = self.b.ins().icmp_imm_s(IntCC::Equal, shape, i64::from(id.0 as i32));
            if index + 1 == leaves.len() {
                self.b.ins().brif(is, yes, &[], no, &[]);
            } else {
                let next = self.b.create_block();
                self.b.ins().brif(is, yes, &[], next, &[]);
                self.b.switch_to_block(next);
            }
        }
    }

    fn branch_on_shape(&mut self, word: ir::Value, known: Ty, shape: ShapeId, yes: ir::Block, no: ir::Block) {
        if Self::may_be_number(known) || known.could_be(Ty::PENDING) {
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            let next = self.b.create_block();
            self.b.ins().brif(pointer, next, &[], no, &[]);
            self.b.switch_to_block(next);
        }
        let found = self.shape_word(word);
        let is = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape.0 as i32));
        self.b.ins().brif(is, yes, &[], no, &[]);
    }

    /// Makes a machine truth value of a branch.
    fn truth_of(&mut self, value: Value, branch: impl FnOnce(&mut Self, ir::Block, ir::Block)) {
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

    fn item_address(&mut self, list: Value, index: Value) -> ir::Value {
        let items = self.load(list, self.layout.list_items);
        let index = self.get(index);
        let bytes = self.b.ins().ishl_imm_u(index, 3);
        self.b.ins().iadd(items, bytes)
    }

    /// Address of a generator's registers, and the displacement of register `index`.
    fn gen_register(&mut self, generator: Value, index: u32) -> (ir::Value, i32) {
        let word = self.get(generator);
        let offset = self.layout.gen_registers - 1;
        let base = self.b.ins().load(types::I64, MemFlagsData::trusted(), word, offset);
        (base, 8 * index as i32)
    }

    /// Resumes a generator: in its machine code, if it has any and nothing is out of the ordinary, with `slow` otherwise. The result is as `slow`
    /// has it.
    fn resume_generator(
        &mut self,
        word: ir::Value,
        sent: ir::Value,
        sends: bool,
        slow: impl FnOnce(&mut Self) -> ir::Value,
    ) -> ir::Value {
        let flags = MemFlagsData::trusted();
        let state_at = self.layout.gen_pc + 4 - 1;
        let (slow_block, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let only_if = |this: &mut Self, condition: ir::Value| {
            let next = this.b.create_block();
            this.b.ins().brif(condition, next, &[], slow_block, &[]);
            this.b.switch_to_block(next);
        };
        if sends {
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            only_if(self, pointer);
            let shape = self.shape_word(word);
            let [a, b] = self.layout.resumable.map(|shape| i64::from(shape.0 as i32));
            let a = self.b.ins().icmp_imm_s(IntCC::Equal, shape, a);
            let b = self.b.ins().icmp_imm_s(IntCC::Equal, shape, b);
            let either = self.b.ins().bor(a, b);
            only_if(self, either);
        }
        let state = self.b.ins().load(types::I32, flags, word, state_at);
        if sends {
            // Only None may be sent to one that has not begun.
            let none = self.iconst(self.layout.none as i64);
            let is_none = self.b.ins().icmp(IntCC::Equal, sent, none);
            let created = self.b.ins().icmp_imm_s(IntCC::Equal, state, 0);
            let suspended = self.b.ins().icmp_imm_s(IntCC::Equal, state, 1);
            let begins = self.b.ins().band(created, is_none);
            let ready = self.b.ins().bor(begins, suspended);
            only_if(self, ready);
        } else {
            let ready = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, state, 2);
            only_if(self, ready);
        }
        let own = self.b.ins().load(types::I64, flags, word, self.layout.gen_handled - 1);
        let outer = self.b.ins().load(types::I64, flags, self.thread, self.layout.handled);
        let handled = self.b.ins().bor(own, outer);
        let nothing = self.b.ins().icmp_imm_s(IntCC::Equal, handled, 1);
        only_if(self, nothing);
        let code = self.b.ins().load(types::I64, flags, word, self.layout.gen_code - 1);
        let entry = self.b.ins().load(types::I64, flags, code, self.layout.code_resume - 1);
        only_if(self, entry);
        // A chain of generators is walked down at each resumption, so unlike calls these are counted: a deep one would be slow long before the
        // stack is used up.
        let (depth_at, limit_at) = (self.layout.depth, self.layout.depth + 4);
        let depth = self.b.ins().load(types::I32, flags, self.thread, depth_at);
        let limit = self.b.ins().load(types::I32, flags, self.thread, limit_at);
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThan, depth, limit);
        only_if(self, fits);
        let deeper = self.b.ins().iadd_imm_s(depth, 1);
        self.b.ins().store(flags, deeper, self.thread, depth_at);
        let running = self.b.ins().iconst(types::I32, 2);
        self.b.ins().store(flags, running, word, state_at);
        if sends {
            self.retain(sent, true);
        }
        let signature = self.signature(&[Class::Word, Class::Word], Class::Word);
        let call = self.b.ins().call_indirect(signature, entry, &[self.thread, word, sent]);
        let given = self.b.inst_results(call)[0];
        self.b.ins().store(flags, depth, self.thread, depth_at);
        let state = self.b.ins().load(types::I32, flags, word, state_at);
        let outer = self.b.ins().load(types::I64, flags, self.thread, self.layout.handled);
        let other = self.b.ins().bxor_imm_s(state, 1);
        let other = self.b.ins().uextend(types::I64, other);
        let handled = self.b.ins().bxor_imm_s(outer, 1);
        let other = self.b.ins().bor(other, handled);
        let (ended, yielded) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(other, ended, &[], yielded, &[]);
        self.b.switch_to_block(yielded);
        if sends {
            // Whoever asks for the second result gets one, and may release it.
            let unbound = self.iconst(self.layout.unbound as i64);
            self.b
                .ins()
                .store(flags, unbound, self.thread, self.layout.second_result);
        }
        self.b.ins().jump(done, &[BlockArg::Value(given)]);
        self.b.switch_to_block(ended);
        let kind = self.iconst(i64::from(sends));
        let settled = self.call(Rt::gen_resumed, &[word, given, kind]);
        self.b.ins().jump(done, &[BlockArg::Value(settled)]);
        self.b.switch_to_block(slow_block);
        let slow = slow(self);
        self.b.ins().jump(done, &[BlockArg::Value(slow)]);
        self.b.switch_to_block(done);
        result
    }
}

/// An argument of a runtime call.
#[derive(Copy, Clone)]
enum Arg {
    /// The machine value of a HIR value.
    Val(Value),
    /// A constant.
    Num(u64),
    /// A machine value.
    Mem(ir::Value),
}
use Arg::{Mem, Num, Val};

/// Methods that do nothing but call the runtime function of the same name with these arguments.
macro_rules! runtime {
    ($($name:ident($($op:ident),*; $($imm:ident: $immty:ty = $kind:ident),*);)*) => {$(
        fn $name(&mut self, value: Value, $($op: Value,)* $($imm: $immty,)*) {
            $(let $imm = runtime!(@ self, $imm, $kind);)*
            self.raising(value, Rt::$name, &[$(Val($op),)* $($imm,)*]);
        }
    )*};
    (@ $self:ident, $imm:ident, cache) => { $self.cache($imm) };
    (@ $self:ident, $imm:ident, name) => { $self.name($imm) };
    (@ $self:ident, $imm:ident, number) => { Num($imm as u64) };
}

/// Methods that are one Cranelift instruction over the operands.
macro_rules! plain {
    ($($name:ident($($op:ident),*) = $clif:ident;)*) => {$(
        fn $name(&mut self, value: Value, $($op: Value),*) {
            $(let $op = self.get($op);)*
            let made = self.b.ins().$clif($($op),*);
            self.set(value, made);
        }
    )*};
}

/// Methods that are one Cranelift instruction with an overflow flag.
macro_rules! checked {
    ($($name:ident = $clif:ident;)*) => {$(
        fn $name(&mut self, value: Value, lhs: Value, rhs: Value) {
            let (lhs, rhs) = (self.get(lhs), self.get(rhs));
            let made = self.b.ins().$clif(lhs, rhs);
            self.checked(value, made);
        }
    )*};
}

impl Lower for Lowering<'_> {
    runtime! {
        binary_op(lhs, rhs; op: BinaryKind = number, cache: CacheId = cache);
        compare(lhs, rhs; op: CompareKind = number, cache: CacheId = cache);
        compare_truth(lhs, rhs; op: CompareKind = number, cache: CacheId = cache);
        unary_op(operand; op: UnaryKind = number, cache: CacheId = cache);
        truth(operand; cache: CacheId = cache);
        contains(container, item; cache: CacheId = cache);
        load_attr(object; name: NameId = name, cache: CacheId = cache);
        store_attr(object, what; name: NameId = name, cache: CacheId = cache);
        delete_attr(object; name: NameId = name);
        load_method(object; name: NameId = name, cache: CacheId = cache);
        load_super(superclass, class, object; name: NameId = name, method: bool = number);
        load_special(object; kind: u32 = number);
        load_global(; name: NameId = name, cache: CacheId = cache);
        store_global(what; name: NameId = name);
        delete_global(; name: NameId = name);
        load_name(; name: NameId = name, cache: CacheId = cache);
        store_name(what; name: NameId = name);
        delete_name(; name: NameId = name);
        get_item(object, index; cache: CacheId = cache);
        set_item(object, index, what; cache: CacheId = cache);
        delete_item(object, index;);
        build_slice(start, stop, step;);
        list_append(list, item;);
        list_extend(list, items;);
        list_to_tuple(list;);
        set_add(set, item;);
        set_update(set, items;);
        dict_set(dict, key, what;);
        dict_update(dict, items;);
        dict_merge(dict, items, callee;);
        call_ex(callee, args, kwargs; cache: CacheId = cache);
        get_iter(operand; cache: CacheId = cache);
        for_iter_next(iter; cache: CacheId = cache);
        unpack(operand; count: u32 = number);
        unpack_star(operand; before: u32 = number, after: u32 = number);
        format(operand, spec;);
        format_simple(operand;);
        convert(operand; kind: u32 = number);
        make_cell(content;);
        import_name(level, from_list; name: NameId = name);
        import_from(module; name: NameId = name);
        raise(exception, cause;);
        reraise(exception;);
        push_handled(exception;);
        pop_handled(previous;);
        match_exception(exception, pattern;);
    }

    plain! {
        int_add_fits(lhs, rhs) = iadd;
        int_sub_fits(lhs, rhs) = isub;
        int_and(lhs, rhs) = band;
        int_or(lhs, rhs) = bor;
        int_xor(lhs, rhs) = bxor;
        i64_add_fits(lhs, rhs) = iadd;
        i64_sub_fits(lhs, rhs) = isub;
        f64_add(lhs, rhs) = fadd;
        f64_sub(lhs, rhs) = fsub;
        f64_mul(lhs, rhs) = fmul;
        f64_neg(operand) = fneg;
        f64_abs(operand) = fabs;
    }

    checked! {
        int_add = sadd_overflow;
        int_sub = ssub_overflow;
        i64_add = sadd_overflow;
        i64_sub = ssub_overflow;
        i64_mul = smul_overflow;
    }

    // ---- Parameters, arguments, constants ----

    fn param(&mut self, _: Value, _: bool) {
        unreachable!("parameters are in no list of instructions")
    }

    fn load_arg(&mut self, value: Value, index: u32) {
        let word = self.args[index as usize + usize::from(self.func.signature.generator)];
        self.set(value, word);
    }

    fn const_object(&mut self, value: Value, object: ConstId) {
        let word = self.iconst(self.func.constant(object).word as i64);
        self.set(value, word);
    }

    fn const_int(&mut self, value: Value, number: i64) {
        let word = self.iconst(number << 1);
        self.set(value, word);
    }

    fn const_none(&mut self, value: Value) {
        let word = self.iconst(self.layout.none as i64);
        self.set(value, word);
    }

    fn const_pybool(&mut self, value: Value, truth: bool) {
        let word = self.iconst(if truth { self.layout.true_ } else { self.layout.false_ } as i64);
        self.set(value, word);
    }

    fn const_unbound(&mut self, value: Value) {
        let word = self.iconst(self.layout.unbound as i64);
        self.set(value, word);
    }

    fn const_i64(&mut self, value: Value, number: i64) {
        let made = self.iconst(number);
        self.set(value, made);
    }

    fn const_f64(&mut self, value: Value, number: FloatBits) {
        let made = self.b.ins().f64const(f64::from_bits(number.0));
        self.set(value, made);
    }

    fn const_bool(&mut self, value: Value, truth: bool) {
        let made = self.b.ins().iconst(types::I8, i64::from(truth));
        self.set(value, made);
    }

    // ---- Control ----

    fn jump(&mut self, _: Value, target: BlockCall) {
        let args = self.block_args(target.args);
        self.b.ins().jump(self.blocks[target.block.index()], &args);
    }

    fn branch(&mut self, _: Value, condition: Value, then: BlockCall, otherwise: BlockCall) {
        if self.scratch.fused.contains(&condition) {
            let (yes, no) = (self.edge_block(then), self.edge_block(otherwise));
            match *self.func.inst(condition) {
                Inst::HasType { value, ty } => {
                    let (word, known) = (self.get(value), self.func.ty(value));
                    self.branch_on_type(word, known, ty, yes, no);
                }
                Inst::HasShape { value, shape } => {
                    let (word, known) = (self.get(value), self.func.ty(value));
                    self.branch_on_shape(word, known, shape, yes, no);
                }
                _ => (),
            }
            self.finish_edges([(yes, then), (no, otherwise)]);
            return;
        }
        let condition = self.get(condition);
        self.branch_to(condition, then, otherwise);
    }

    fn branch_pending(&mut self, _: Value, operand: Value, handler: BlockCall, next: BlockCall) {
        let word = self.get(operand);
        let pending = self.b.ins().icmp_imm_s(IntCC::Equal, word, 1);
        self.branch_to(pending, handler, next);
    }

    fn switch(&mut self, _: Value, index: Value, targets: Targets) {
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

    fn return_value(&mut self, _: Value, operand: Value) {
        let word = self.get(operand);
        self.b.ins().return_(&[word]);
    }

    fn return_f64(&mut self, _: Value, _: Value) {
        self.fail("a function that returns a machine float");
        self.b.ins().trap(TrapCode::unwrap_user(1));
    }

    fn exit(&mut self, value: Value) {
        let block = self.exit_block(value);
        self.b.ins().jump(block, &[]);
    }

    fn unwind(&mut self, value: Value) {
        let block = self.exit_block(value);
        self.b.ins().jump(block, &[]);
    }

    fn unreachable(&mut self, _: Value) {
        self.b.ins().trap(TrapCode::unwrap_user(1));
    }

    fn poll(&mut self, value: Value) {
        let asked = self
            .b
            .ins()
            .load(types::I32, MemFlagsData::trusted(), self.thread, self.layout.poll);
        self.leave_if(value, asked);
    }

    fn check_valid(&mut self, value: Value, word: WatchId) {
        let address = self.iconst(self.env.watch(word) as i64);
        let changed = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
        self.leave_if(value, changed);
    }

    fn count_down(&mut self, value: Value, word: WatchId) {
        let address = self.iconst(self.env.watch(word) as i64);
        let count = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(MemFlagsData::trusted(), less, address, 0);
        let done = self.b.ins().icmp_imm_s(IntCC::Equal, less, 0);
        self.leave_if(value, done);
    }

    fn keep_alive(&mut self, _: Value, _: Args) {}

    fn guard_true(&mut self, value: Value, condition: Value) {
        let condition = self.get(condition);
        self.leave_unless(value, condition);
    }

    // ---- Any object ----

    fn is(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(IntCC::Equal, lhs, rhs);
        self.set(value, made);
    }

    fn is_unbound(&mut self, value: Value, operand: Value) {
        let (word, marker) = (self.get(operand), self.iconst(self.layout.unbound as i64));
        let made = self.b.ins().icmp(IntCC::Equal, word, marker);
        self.set(value, made);
    }

    fn int_is_true(&mut self, value: Value, operand: Value) {
        let word = self.get(operand);
        let made = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
        self.set(value, made);
    }

    fn second_result(&mut self, value: Value) {
        let word = self.b.ins().load(
            types::I64,
            MemFlagsData::trusted(),
            self.thread,
            self.layout.second_result,
        );
        self.set(value, word);
    }

    fn build_tuple(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_tuple, &[args, n]);
    }

    fn build_list(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_list, &[args, n]);
    }

    fn build_set(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_set, &[args, n]);
    }

    fn build_dict(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_dict, &[args, n]);
    }

    fn build_string(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_string, &[args, n]);
    }

    // ---- Calls ----

    fn call(&mut self, value: Value, callee: Value, args: Args, cache: CacheId) {
        let (args, n) = self.many(args);
        let cache = self.cache(cache);
        self.raising(value, Rt::call, &[Val(callee), args, n, cache]);
    }

    fn call_method(&mut self, value: Value, callee: Value, receiver: Value, args: Args, cache: CacheId) {
        let (args, n) = self.many_after(receiver, args);
        let cache = self.cache(cache);
        self.raising(value, Rt::call_method, &[Val(callee), args, n, cache]);
    }

    fn call_kw(&mut self, value: Value, callee: Value, receiver: Value, args: Args, names: ConstId, cache: CacheId) {
        let (args, n) = self.many_after(receiver, args);
        let (names, cache) = (Num(self.func.constant(names).word), self.cache(cache));
        self.raising(value, Rt::call_kw, &[Val(callee), args, n, names, cache]);
    }

    fn call_direct(&mut self, value: Value, args: Args, code: CodeId, _: u32) {
        let mut words: Vec<ir::Value> = self.func.args(args).iter().map(|value| self.get(*value)).collect();
        if words.len() > REGISTER_ARGS
            && let Mem(window) = self.vector(&words)
        {
            words = vec![window];
        }
        let signature = self.signature(&vec![Class::Word; words.len()], Class::Word);
        let cell = self.iconst(self.env.entry(code) as i64);
        let target = self.b.ins().load(types::I64, MemFlagsData::trusted(), cell, 0);
        words.insert(0, self.thread);
        let call = self.b.ins().call_indirect(signature, target, &words);
        let result = self.b.inst_results(call)[0];
        self.check_raised(value, result);
        self.set(value, result);
    }

    fn call_native(&mut self, value: Value, args: Args, function: ConstId) {
        let args = self.func.args(args);
        let entry = Num(self.env.native(self.func.constant(function).word, args.len()));
        match *args {
            [a] => self.raising(value, Rt::call_native1, &[entry, Val(a)]),
            [a, b] => self.raising(value, Rt::call_native2, &[entry, Val(a), Val(b)]),
            [a, b, c] => self.raising(value, Rt::call_native3, &[entry, Val(a), Val(b), Val(c)]),
            _ => {
                self.fail("a native call with that many arguments");
                self.raising(value, Rt::call_native1, &[entry, entry]);
            }
        }
    }

    fn intrinsic(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        let (args, n) = self.many(args);
        self.raising(value, Rt::intrinsic, &[Num(kind.into()), Num(extra.into()), args, n]);
    }

    fn intrinsic_slot(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        self.intrinsic(value, args, kind, extra);
    }

    fn intrinsic_int(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        self.intrinsic(value, args, kind, extra);
    }

    // ---- Cells, functions, exceptions ----

    fn cell_load(&mut self, value: Value, cell: Value) {
        let word = self.load(cell, self.layout.cell_content);
        let word = self.slot_to_word(word, Ty::SLOT);
        self.set(value, word);
    }

    fn cell_swap(&mut self, value: Value, cell: Value, content: Value) {
        let old = self.load(cell, self.layout.cell_content);
        let new = self.word_to_slot(content);
        self.store(cell, self.layout.cell_content, new);
        let old = self.slot_to_word(old, Ty::SLOT);
        self.set(value, old);
    }

    fn check_bound(&mut self, value: Value, operand: Value, name: NameId, kind: u32) {
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
        let pending = self.call(Rt::raise_unbound, &[name, kind]);
        if self.func.raises_out(value) {
            let exit = self.exit_block(value);
            self.b.ins().jump(exit, &[]);
        } else {
            self.b.ins().jump(next, &[BlockArg::Value(pending)]);
        }
        self.b.switch_to_block(next);
        self.scratch.values[value.index()] = result.into();
    }

    fn make_function(&mut self, value: Value, parts: Args) {
        let (args, n) = self.many(parts);
        self.raising(value, Rt::make_function, &[args, n]);
    }

    fn take_pending(&mut self, value: Value, code: CodeId, pc: u32) {
        let handle = Num(self.env.handle());
        self.raising(value, Rt::take_pending, &[handle, Num(code.0.into()), Num(pc.into())]);
    }

    // ---- Generators ----

    fn gen_self(&mut self, value: Value) {
        let word = self.args[0];
        self.set(value, word);
    }

    fn gen_state(&mut self, value: Value, generator: Value) {
        let word = self.get(generator);
        let flags = MemFlagsData::trusted();
        let index = self.b.ins().uload32(flags, word, self.layout.gen_pc - 1);
        let table = self.iconst(self.env.resume_table() as i64);
        let offset = self.b.ins().ishl_imm_u(index, 1);
        let place = self.b.ins().iadd(table, offset);
        let state = self.b.ins().uload16(types::I64, flags, place, 0);
        self.set(value, state);
    }

    fn gen_take(&mut self, value: Value, generator: Value, index: u32) {
        let (base, offset) = self.gen_register(generator, index);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), base, offset);
        self.set(value, word);
    }

    fn gen_put(&mut self, _: Value, what: Value, generator: Value, index: u32) {
        let (base, offset) = self.gen_register(generator, index);
        let word = self.get(what);
        self.b.ins().store(MemFlagsData::trusted(), word, base, offset);
    }

    fn gen_yield(&mut self, _: Value, what: Value, generator: Value, _: u32, pc: u32) {
        let (word, place) = (self.get(generator), self.iconst(1 << 32 | i64::from(pc)));
        let offset = self.layout.gen_pc - 1;
        self.b.ins().store(MemFlagsData::trusted(), place, word, offset);
        let word = self.get(what);
        self.b.ins().return_(&[word]);
    }

    fn gen_return(&mut self, _: Value, what: Value, generator: Value) {
        let (word, finished) = (self.get(generator), self.b.ins().iconst(types::I32, 3));
        let offset = self.layout.gen_pc + 4 - 1;
        self.b.ins().store(MemFlagsData::trusted(), finished, word, offset);
        let word = self.get(what);
        self.b.ins().return_(&[word]);
    }

    fn gen_interpret(&mut self, _: Value, sent: Value, generator: Value) {
        let (generator, sent) = (self.get(generator), self.get(sent));
        let result = self.call(Rt::gen_interpret, &[generator, sent]);
        self.b.ins().return_(&[result]);
    }

    fn for_iter_generator(&mut self, value: Value, iter: Value) {
        let (word, none) = (self.get(iter), self.iconst(self.layout.none as i64));
        let result = self.resume_generator(word, none, false, |this| {
            let cache = this.iconst(0);
            this.call(Rt::for_iter_next, &[word, cache])
        });
        self.check_raised(value, result);
        self.set(value, result);
    }

    fn send(&mut self, value: Value, iter: Value, what: Value, cache: CacheId) {
        let (word, sent) = (self.get(iter), self.get(what));
        let Num(cache) = self.cache(cache) else { return };
        let result = self.resume_generator(word, sent, true, |this| {
            let cache = this.iconst(cache as i64);
            this.call(Rt::send, &[word, sent, cache])
        });
        self.check_raised(value, result);
        self.set(value, result);
    }

    // ---- Guards ----

    fn guard_type(&mut self, value: Value, operand: Value, ty: Ty) {
        let (word, known) = (self.get(operand), self.func.ty(operand));
        if !known.is_subtype(ty) {
            self.fail_once(value);
            let (exit, next) = (self.exit_block(value), self.b.create_block());
            self.branch_on_type(word, known, ty, next, exit);
            self.b.switch_to_block(next);
        }
        self.same(value, operand);
    }

    fn guard_shape(&mut self, value: Value, operand: Value, shape: ShapeId, _: Ty) {
        self.fail_once(value);
        let (word, known) = (self.get(operand), self.func.ty(operand));
        let (exit, next) = (self.exit_block(value), self.b.create_block());
        self.branch_on_shape(word, known, shape, next, exit);
        self.b.switch_to_block(next);
        self.same(value, operand);
    }

    fn guard_is(&mut self, value: Value, operand: Value, object: ConstId) {
        self.fail_once(value);
        let (word, expected) = (self.get(operand), self.iconst(self.func.constant(object).word as i64));
        let is = self.b.ins().icmp(IntCC::Equal, word, expected);
        self.leave_unless(value, is);
        self.same(value, operand);
    }

    fn guard_bound(&mut self, value: Value, operand: Value) {
        let (word, marker) = (self.get(operand), self.iconst(self.layout.unbound as i64));
        let unbound = self.b.ins().icmp(IntCC::Equal, word, marker);
        self.leave_if(value, unbound);
        self.same(value, operand);
    }

    fn refine(&mut self, value: Value, operand: Value, _: Ty) {
        self.same(value, operand);
    }

    fn has_type(&mut self, value: Value, operand: Value, ty: Ty) {
        if self.scratch.fused.contains(&value) {
            return;
        }
        let (word, known) = (self.get(operand), self.func.ty(operand));
        self.truth_of(value, |this, yes, no| this.branch_on_type(word, known, ty, yes, no));
    }

    fn has_shape(&mut self, value: Value, operand: Value, shape: ShapeId) {
        if self.scratch.fused.contains(&value) {
            return;
        }
        let (word, known) = (self.get(operand), self.func.ty(operand));
        self.truth_of(value, |this, yes, no| this.branch_on_shape(word, known, shape, yes, no));
    }

    // ---- Tagged ints ----

    fn int_mul(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.untag(lhs), self.get(rhs));
        let made = self.b.ins().smul_overflow(lhs, rhs);
        self.checked(value, made);
    }

    fn int_mul_fits(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.untag(lhs), self.get(rhs));
        let made = self.b.ins().imul(lhs, rhs);
        self.set(value, made);
    }

    fn int_floordiv(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (quotient, _) = self.divide(value, lhs, rhs);
        self.tag_checked(value, quotient);
    }

    fn int_mod(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (_, remainder) = self.divide(value, lhs, rhs);
        let word = self.b.ins().ishl_imm_u(remainder, 1);
        self.set(value, word);
    }

    fn int_lshift(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.shift_left(value, lhs, rhs);
    }

    fn int_rshift(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.shift_right(value, lhs, rhs);
    }

    fn int_neg(&mut self, value: Value, operand: Value) {
        let (zero, word) = (self.iconst(0), self.get(operand));
        let made = self.b.ins().ssub_overflow(zero, word);
        self.checked(value, made);
    }

    fn int_invert(&mut self, value: Value, operand: Value) {
        let word = self.get(operand);
        let made = self.b.ins().bxor_imm_s(word, -2);
        self.set(value, made);
    }

    fn int_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(int_cc(op), lhs, rhs);
        self.set(value, made);
    }

    fn int_to_f64(&mut self, value: Value, operand: Value) {
        let number = self.untag(operand);
        let made = self.b.ins().fcvt_from_sint(types::F64, number);
        self.set(value, made);
    }

    fn int_truediv(&mut self, value: Value, lhs: Value, rhs: Value) {
        self.true_divide(value, lhs, rhs);
    }

    // ---- Machine values ----

    fn untag_int(&mut self, value: Value, operand: Value) {
        let made = self.untag(operand);
        self.set(value, made);
    }

    fn tag_int(&mut self, value: Value, operand: Value) {
        let number = self.get(operand);
        self.tag_checked(value, number);
    }

    fn tag_int_fits(&mut self, value: Value, operand: Value) {
        let number = self.get(operand);
        let word = self.b.ins().ishl_imm_u(number, 1);
        self.set(value, word);
    }

    fn i64_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().icmp(int_cc(op), lhs, rhs);
        self.set(value, made);
    }

    fn unbox_float(&mut self, value: Value, operand: Value) {
        self.unbox(value, operand);
    }

    fn box_float(&mut self, value: Value, operand: Value) {
        self.boxed(value, operand);
    }

    fn f64_div(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let zero = self.b.ins().f64const(0.0);
        let is_zero = self.b.ins().fcmp(FloatCC::Equal, rhs, zero);
        self.leave_if(value, is_zero);
        let made = self.b.ins().fdiv(lhs, rhs);
        self.set(value, made);
    }

    fn f64_sqrt(&mut self, value: Value, operand: Value) {
        let float = self.get(operand);
        let zero = self.b.ins().f64const(0.0);
        let negative = self.b.ins().fcmp(FloatCC::LessThan, float, zero);
        self.leave_if(value, negative);
        let made = self.b.ins().sqrt(float);
        self.set(value, made);
    }

    fn f64_call(&mut self, value: Value, lhs: Value, rhs: Value, kind: u32) {
        let (kind, lhs, rhs) = (self.iconst(kind.into()), self.get(lhs), self.get(rhs));
        let made = self.call(Rt::f64_call, &[kind, lhs, rhs]);
        self.set(value, made);
    }

    fn f64_compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.b.ins().fcmp(float_cc(op), lhs, rhs);
        self.set(value, made);
    }

    fn f64_to_int(&mut self, value: Value, operand: Value) {
        self.truncate(value, operand);
    }

    fn bool_not(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let made = self.b.ins().bxor_imm_s(truth, 1);
        self.set(value, made);
    }

    fn bool_to_object(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let (t, f) = (
            self.iconst(self.layout.true_ as i64),
            self.iconst(self.layout.false_ as i64),
        );
        let made = self.b.ins().select(truth, t, f);
        self.set(value, made);
    }

    fn bool_to_int(&mut self, value: Value, operand: Value) {
        let truth = self.get(operand);
        let wide = self.b.ins().uextend(types::I64, truth);
        let made = self.b.ins().ishl_imm_u(wide, 1);
        self.set(value, made);
    }

    // ---- Memory ----

    fn load_slot(&mut self, value: Value, object: Value, offset: u32, ty: Ty) {
        let word = self.load(object, offset as i32);
        let word = self.slot_to_word(word, ty);
        self.set(value, word);
    }

    fn swap_slot(&mut self, value: Value, object: Value, what: Value, offset: u32, ty: Ty) {
        let old = self.load(object, offset as i32);
        let new = self.word_to_slot(what);
        self.store(object, offset as i32, new);
        let old = self.slot_to_word(old, ty);
        self.set(value, old);
    }

    fn init_slot(&mut self, _: Value, object: Value, what: Value, offset: u32) {
        let new = self.word_to_slot(what);
        self.store(object, offset as i32, new);
    }

    fn store_shape(&mut self, _: Value, object: Value, shape: ShapeId) {
        let word = self.get(object);
        let shape = self.b.ins().iconst(types::I32, i64::from(shape.0 as i32));
        self.b.ins().store(MemFlagsData::trusted(), shape, word, 3);
    }

    fn load_raw(&mut self, value: Value, object: Value, offset: u32) {
        let word = self.load(object, offset as i32);
        self.set(value, word);
    }

    fn store_raw(&mut self, _: Value, object: Value, what: Value, offset: u32) {
        let word = self.get(what);
        self.store(object, offset as i32, word);
    }

    fn new_instance(&mut self, value: Value, shape: ShapeId, slots: u32, _: Ty) {
        let Some(made) = self.env.new_instance(shape) else {
            self.raising(value, Rt::new_instance, &[Num(shape.0.into()), Num(slots.into())]);
            return;
        };
        let flags = MemFlagsData::trusted();
        let (next, slow) = (self.b.create_block(), self.cold_block());
        let result = self.b.append_block_param(next, types::I64);
        // A free place, unless a collection is due.
        let list = self.iconst(made.free as i64);
        let place = self.b.ins().load(types::I64, flags, list, 0);
        let there = self.b.create_block();
        self.b.ins().brif(place, there, &[], slow, &[]);
        self.b.switch_to_block(there);
        let (young, threshold) = (self.iconst(made.young as i64), self.iconst(made.threshold as i64));
        let (count, due) = (
            self.b.ins().load(types::I64, flags, young, 0),
            self.b.ins().load(types::I64, flags, threshold, 0),
        );
        let count = self.b.ins().iadd_imm_s(count, 1);
        let is_due = self.b.ins().icmp(IntCC::Equal, count, due);
        let quick = self.b.create_block();
        self.b.ins().brif(is_due, slow, &[], quick, &[]);
        self.b.switch_to_block(quick);
        self.b.ins().store(flags, count, young, 0);
        let after = self.b.ins().load(types::I64, flags, place, 8);
        self.b.ins().store(flags, after, list, 0);
        for (index, word) in made.words.iter().enumerate() {
            let word = self.iconst(*word as i64);
            self.b.ins().store(flags, word, place, 8 * index as i32);
        }
        let class = self.iconst(made.class as i64);
        self.retain(class, false);
        let word = self.b.ins().iadd_imm_s(place, 1);
        self.b.ins().jump(next, &[BlockArg::Value(word)]);
        self.b.switch_to_block(slow);
        let (shape, slots) = (self.iconst(i64::from(shape.0)), self.iconst(i64::from(slots)));
        let made = self.call(Rt::new_instance, &[shape, slots]);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    fn list_len(&mut self, value: Value, list: Value) {
        let made = self.load(list, self.layout.list_len);
        self.set(value, made);
    }

    fn tuple_len(&mut self, value: Value, tuple: Value) {
        let made = self.load(tuple, self.layout.tuple_len);
        self.set(value, made);
    }

    fn str_len(&mut self, value: Value, string: Value) {
        let word = self.get(string);
        let made = self
            .b
            .ins()
            .uload32(MemFlagsData::trusted(), word, self.layout.str_len - 1);
        self.set(value, made);
    }

    fn dict_len(&mut self, value: Value, dict: Value) {
        let made = self.load(dict, self.layout.dict_len);
        self.set(value, made);
    }

    fn check_index(&mut self, value: Value, index: Value, len: Value) {
        let (index, len) = (self.get(index), self.get(len));
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        let from_end = self.b.ins().iadd(index, len);
        let index = self.b.ins().select(negative, from_end, index);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.leave_unless(value, inside);
        self.set(value, index);
    }

    fn check_bounds(&mut self, value: Value, index: Value, len: Value) {
        let (index, len) = (self.get(index), self.get(len));
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.leave_unless(value, inside);
        self.set(value, index);
    }

    fn list_item(&mut self, value: Value, list: Value, index: Value) {
        let address = self.item_address(list, index);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        self.set(value, word);
    }

    fn list_swap(&mut self, value: Value, list: Value, index: Value, what: Value) {
        let address = self.item_address(list, index);
        let old = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        let new = self.get(what);
        self.b.ins().store(MemFlagsData::trusted(), new, address, 0);
        self.set(value, old);
    }

    fn tuple_item(&mut self, value: Value, tuple: Value, index: u32) {
        let word = self.load(tuple, self.layout.tuple_items + 8 * index as i32);
        self.set(value, word);
    }

    fn tuple_item_at(&mut self, value: Value, tuple: Value, index: Value) {
        let (word, index) = (self.get(tuple), self.get(index));
        let bytes = self.b.ins().ishl_imm_u(index, 3);
        let address = self.b.ins().iadd(word, bytes);
        let item = self.b.ins().load(
            types::I64,
            MemFlagsData::trusted(),
            address,
            self.layout.tuple_items - 1,
        );
        self.set(value, item);
    }

    fn global_load(&mut self, value: Value, cell: CellId) {
        let address = self.iconst(self.env.cell(cell) as i64);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        let word = self.slot_to_word(word, Ty::SLOT);
        self.set(value, word);
    }

    fn load_attr_cached(&mut self, value: Value, object: Value, name: NameId, cache: CacheId) {
        let Some((shape_at, offset_at)) = self.layout.attr_cache else {
            self.load_attr(value, object, name, cache);
            return;
        };
        let (word, known) = (self.get(object), self.func.ty(object));
        let address = self.iconst(self.env.cache(cache) as i64);
        let (hit, miss, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I64);
        if Self::may_be_number(known) {
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            let block = self.b.create_block();
            self.b.ins().brif(pointer, block, &[], miss, &[]);
            self.b.switch_to_block(block);
        }
        let shape = self.shape_word(word);
        let expected = self
            .b
            .ins()
            .load(types::I32, MemFlagsData::trusted(), address, shape_at);
        let same = self.b.ins().icmp(IntCC::Equal, shape, expected);
        self.b.ins().brif(same, hit, &[], miss, &[]);
        self.b.switch_to_block(hit);
        let offset = self.b.ins().uload32(MemFlagsData::trusted(), address, offset_at);
        let place = self.b.ins().iadd(word, offset);
        let found = self.b.ins().load(types::I64, MemFlagsData::trusted(), place, -1);
        self.retain(found, true);
        self.b.ins().jump(next, &[BlockArg::Value(found)]);
        self.b.switch_to_block(miss);
        let Num(text) = self.name(name) else { return };
        let text = self.iconst(text as i64);
        let slow = self.call(Rt::load_attr, &[word, text, address]);
        self.b.ins().jump(next, &[BlockArg::Value(slow)]);
        self.b.switch_to_block(next);
        self.check_raised(value, result);
        self.set(value, result);
    }

    fn load_global_cached(&mut self, value: Value, name: NameId, cache: CacheId) {
        self.load_global(value, name, cache);
    }

    // ---- Reference counts ----

    fn incref(&mut self, _: Value, operand: Value) {
        let (word, ty) = (self.get(operand), self.func.ty(operand));
        self.retain(word, Self::may_be_number(ty));
    }

    fn decref(&mut self, _: Value, operand: Value) {
        let (word, ty) = (self.get(operand), self.func.ty(operand));
        self.release(word, Self::may_be_number(ty));
    }
}
