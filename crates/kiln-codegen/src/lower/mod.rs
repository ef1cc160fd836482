//! Lowering: one method for each HIR instruction, named as in text. Here is what they share; each theme has a file.

mod calls;
mod control;
mod counts;
pub(crate) mod exits;
mod generators;
mod guards;
mod numbers;
mod objects;
mod values;

use crate::compile::{Effort, Unsupported};
use crate::layout::{Env, Layout};
use crate::meta::Site;
use crate::runtime::{Class, RuntimeCall as Rt};
use calls::Num;
pub(crate) use calls::REGISTER_ARGS;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, InstBuilder, MemFlagsData, SigRef, SourceLoc, StackSlot, StackSlotData, StackSlotKind, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_codegen::packed_option::PackedOption;
use cranelift_frontend::FunctionBuilder;
use kiln_hir::cfg::Cfg;
use kiln_hir::*;

/// No slot, no site.
pub(crate) const NONE: u32 = u32::MAX;

/// Tables by value, kept from function to function for their memory.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Machine values.
    values: Vec<PackedOption<ir::Value>>,
    /// Places in the save area, by root.
    slots: Vec<u32>,
    /// Sites, by instruction.
    sites: Vec<u32>,
    /// Type tests that nothing but a branch uses: they become part of it.
    fused: Vec<Value>,
}

impl Scratch {
    /// The site of the instruction that a source location names.
    pub(crate) fn site_of(&self, location: u32) -> Option<u32> {
        self.sites.get(location as usize).copied().filter(|site| *site != NONE)
    }
}

/// What is known of a function besides its instructions.
pub(crate) struct Lowered {
    pub sites: Vec<Site>,
    /// The save area, and its length.
    pub area: StackSlot,
    pub area_words: u32,
    pub frame_word: Option<u32>,
    /// Reference counts in it.
    pub counts: u32,
}

/// The state of lowering one function.
pub(crate) struct Lowering<'a> {
    func: &'a Function,
    layout: &'a Layout,
    env: &'a dyn Env,
    calls: &'a [u64],
    effort: Effort,
    frontend: TargetFrontendConfig,
    b: FunctionBuilder<'a>,
    scratch: &'a mut Scratch,
    blocks: Vec<ir::Block>,
    thread: ir::Value,
    args: Vec<ir::Value>,
    /// The save area.
    area: StackSlot,
    area_words: u32,
    /// Its word that names the activation's frame object.
    frame_word: Option<u32>,
    /// Reference counts so far.
    counts: u32,
    /// Where arguments that are passed by address are put.
    argv: Option<StackSlot>,
    sites: Vec<Site>,
    exit_blocks: Vec<Option<ir::Block>>,
    /// Whether there are exits by traps.
    traps: bool,
    /// Constants of more than 32 bits so far: Cranelift may put each behind the code.
    wide_constants: u32,
    /// Sites that later guards may share.
    shared: Vec<(Snap, Args, u32)>,
    /// Blocks that only one block goes to.
    single: Vec<bool>,
    /// Blocks that are entered with a shape loaded: of which value, and that shape.
    shaped: Vec<(Block, Value, ir::Value)>,
    /// The block that is being lowered.
    block: Block,
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
        effort: Effort,
        frontend: TargetFrontendConfig,
        b: FunctionBuilder<'a>,
        scratch: &'a mut Scratch,
    ) -> Self {
        Lowering {
            func,
            layout,
            env,
            calls,
            effort,
            frontend,
            b,
            scratch,
            blocks: Vec::new(),
            thread: ir::Value::from_u32(0),
            args: Vec::new(),
            area: StackSlot::from_u32(0),
            area_words: 0,
            frame_word: None,
            counts: 0,
            argv: None,
            sites: Vec::new(),
            exit_blocks: Vec::new(),
            traps: false,
            wide_constants: 0,
            shared: Vec::new(),
            single: Vec::new(),
            shaped: Vec::new(),
            block: func.entry(),
            signatures: Vec::new(),
            failed: None,
        }
    }

    /// Lowers everything.
    pub(crate) fn function(mut self) -> Result<Lowered, Unsupported> {
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
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, self.area_words * 8, 3);
        self.area = self.b.create_sized_stack_slot(data);
        self.blocks = func.all_blocks().map(|_| ir::Block::from_u32(0)).collect();
        for &block in &cfg.order {
            let made = self.b.create_block();
            self.blocks[block.index()] = made;
            if func.blocks[block.index()].cold {
                self.b.set_cold_block(made);
            }
        }
        self.find_fused(&cfg.order);
        self.single = cfg.preds.iter().map(|preds| preds.len() == 1).collect();
        // Locations are kept relative to the first one, and the one just before that would pass for none.
        self.b.func.params.ensure_base_srcloc(SourceLoc::new(0));
        let too_deep = self.prologue();
        for &block in &cfg.order {
            self.block = block;
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
                self.lower(value, &data.inst);
                if let Some(failed) = self.failed.take() {
                    return Err(failed);
                }
            }
        }
        self.finish_exits(too_deep);
        self.b.seal_all_blocks();
        self.b.finalize(self.frontend);
        Ok(Lowered {
            sites: self.sites,
            area: self.area,
            area_words: self.area_words,
            frame_word: self.frame_word,
            counts: self.counts,
        })
    }

    /// Checks that there is stack; returns the block to go to when there is not.
    fn prologue(&mut self) -> ir::Block {
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
        self.b
            .ins()
            .stack_store(types::I64, self.thread, self.area, 8 * exits::THREAD);
        if let Some(word) = self.frame_word {
            let none = self.iconst(0);
            self.b.ins().stack_store(types::I64, none, self.area, 8 * word as i32);
        }
        let (cold, body) = (self.cold_block(), self.blocks[0]);
        self.b.ins().brif(deep, cold, &[], body, &[]);
        cold
    }

    /// What is done about a call that is too deep; the result is pending.
    fn overflow(&mut self) -> ir::Value {
        let func = self.func;
        for index in 0..func.signature.args {
            if func.signature.owns(index) {
                let word = self.args[index as usize + usize::from(func.signature.generator)];
                self.release(word, true);
            }
        }
        self.call_runtime(Rt::stack_overflow, &[])
    }

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
        if slot != NONE {
            let wide = if self.b.func.dfg.value_type(made) == types::I8 {
                self.b.ins().uextend(types::I64, made)
            } else {
                made
            };
            self.b.ins().stack_store(types::I64, wide, self.area, 8 * slot as i32);
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
}

macro_rules! dispatch {
    ($(
        $(#[$doc:meta])*
        $text:ident = $Type:ident { $($op:ident: $opty:ident),* $(,)? } [$($imm:ident: $immty:ty),* $(,)?]
            -> $($res:ident)+, $eff:ident;
    )*) => {
        impl Lowering<'_> {
            /// Calls the method that belongs to an instruction. What is missing does not compile.
            fn lower(&mut self, value: Value, inst: &Inst) {
                match *inst { $(Inst::$Type { $($op,)* $($imm,)* } => self.$text(value, $($op,)* $($imm,)*),)* }
            }
        }
    };
}
for_each_inst!(dispatch);
