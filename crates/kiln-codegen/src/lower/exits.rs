//! Leaving: the save area, the tables that say what is where, and the ways out.
//!
//! A value that some frame state needs is stored into the save area where it is defined, and stays there unchanged, so leaving is no more than
//! a number and a jump to the function's shared tail. Exits of one frame state with the same owned values are one exit.
//!
//! To Cranelift a condition for leaving is a conditional trap: no end of a block, and so no work for it. The traps are gathered at the end
//! of the code, two bytes each, and `ways_out.rs` makes ways to the tail of them. The tail takes nothing from registers: the thread and the
//! number are in the first two words of the area.

use super::{Lowering, NONE};
use crate::meta::{Compiled, Frame, Place, Site, Source};
use crate::runtime::RuntimeCall as Rt;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, SourceLoc, TrapCode, types};
use kiln_hir::{Does, Inst, Snap, Ty, Value};

/// What tells the traps that are exits.
pub(crate) const EXIT_TRAP: TrapCode = TrapCode::unwrap_user(2);
/// What tells the traps that only make room for a long jump behind the exits.
pub(crate) const ROOM_TRAP: TrapCode = TrapCode::unwrap_user(3);
/// How many these are.
pub(crate) const ROOM: usize = 3;
/// Constants behind the code over which a short jump leads for certain: 16 bytes each at most, and what aligns them.
const MOST_NEAR: u32 = 6;
/// What tells the tail: no value has this number.
pub(crate) const TAIL: u32 = u32::MAX - 1;
/// Words of the save area: the thread, the exit's number, and how many these are.
pub(crate) const THREAD: i32 = 0;
pub const NUMBER: i32 = 1;
const RESERVED: u32 = 2;

impl Lowering<'_> {
    /// Gives every value that frame states need its place in the save area.
    pub(super) fn assign_slots(&mut self, order: &[kiln_hir::Block]) {
        let func = self.func;
        let slots = &mut self.scratch.slots;
        slots.clear();
        slots.resize(func.insts.len(), NONE);
        let mut next = RESERVED;
        let mut catches = false;
        let mut need = |value: Value| {
            let root = func.root(value);
            if slots[root.index()] == NONE && constant(self.layout, func, root).is_none() {
                slots[root.index()] = next;
                next += 1;
            }
        };
        for block in order {
            for &value in &func.blocks[block.index()].insts {
                catches |= matches!(func.inst(value), Inst::TakePending { .. });
                if let Some(snap) = func.snap(value) {
                    func.for_each_snap_value(snap, &mut need);
                    func.args(func.insts[value.index()].owned)
                        .iter()
                        .copied()
                        .for_each(&mut need);
                }
            }
        }
        self.frame_word = catches.then_some(next);
        self.area_words = next + u32::from(catches);
    }

    fn source(&self, value: Value) -> Source {
        let root = self.func.root(value);
        if let Some(source) = constant(self.layout, self.func, root) {
            return source;
        }
        let slot = self.scratch.slots[root.index()];
        let ty = self.func.ty(root);
        if ty.is_f64() {
            Source::Float(slot)
        } else if ty.is_word() {
            Source::Word(slot)
        } else if ty.is_subtype(Ty::BOOL) {
            Source::Bool(slot)
        } else {
            Source::Int(slot)
        }
    }

    /// The site of an instruction with a frame state.
    pub(super) fn site(&mut self, value: Value, is_exit: bool) -> u32 {
        let known = self.scratch.sites[value.index()];
        if known != NONE {
            self.sites[known as usize].is_exit |= is_exit;
            return known;
        }
        let func = self.func;
        let data = &func.insts[value.index()];
        let Some(snap) = data.snap else {
            unreachable!("{value} leaves without a frame state")
        };
        let owned = func.args(data.owned);
        // The same state with the same references is the same place, unless a call must be told apart by its return address.
        let effects = data.inst.effects();
        let shareable = !effects.does.intersects(Does::RAISE.union(Does::RUN_PYTHON));
        if shareable
            && let Some(index) = self
                .shared
                .iter()
                .rev()
                .take(4)
                .find(|entry| entry.0 == snap && func.args(entry.1) == owned)
        {
            let index = index.2;
            self.scratch.sites[value.index()] = index;
            return index;
        }
        let site = self.describe(value, snap, owned, is_exit);
        let index = self.sites.len() as u32;
        self.sites.push(site);
        self.exit_blocks.push(None);
        self.scratch.sites[value.index()] = index;
        if shareable {
            self.shared.push((snap, data.owned, index));
        }
        index
    }

    fn describe(&self, value: Value, snap: Snap, owned: &[Value], is_exit: bool) -> Site {
        let func = self.func;
        let mut left: Vec<Value> = owned.to_vec();
        let mut place = |value: Value| {
            let root = func.root(value);
            let found = left.iter().position(|other| *other == root);
            if let Some(index) = found {
                left.remove(index);
            }
            Place {
                source: self.source(value),
                owned: found.is_some(),
            }
        };
        let frames = func
            .snap_chain(snap)
            .map(|data| Frame {
                code: data.code,
                pc: data.pc,
                resume: data.resume,
                result: data.result.map(&mut place),
                registers: func
                    .snap_entries(data)
                    .map(|(reg, value)| (reg, place(value)))
                    .collect(),
            })
            .collect();
        let release = left
            .iter()
            .map(|root| self.scratch.slots[root.index()])
            .filter(|slot| *slot != NONE)
            .collect();
        Site {
            frames,
            release,
            opcode: func.inst(value).opcode(),
            value: value.0,
            is_exit,
        }
    }

    /// A block that leaves at the instruction's frame state.
    pub(super) fn exit_block(&mut self, value: Value) -> ir::Block {
        let site = self.site(value, true);
        if let Some(block) = self.exit_blocks[site as usize] {
            return block;
        }
        let block = self.cold_block();
        self.exit_blocks[site as usize] = Some(block);
        block
    }

    /// Leaves when `condition` is not zero, goes on otherwise.
    pub(super) fn leave_if(&mut self, value: Value, condition: ir::Value) {
        self.site(value, true);
        self.traps = true;
        self.b.ins().trapnz(condition, EXIT_TRAP);
    }

    /// Leaves when `condition` is zero, goes on otherwise.
    pub(super) fn leave_unless(&mut self, value: Value, condition: ir::Value) {
        self.site(value, true);
        self.traps = true;
        self.b.ins().trapz(condition, EXIT_TRAP);
    }

    /// Leaves the first time that control comes here, if the layout asks for it. The word is the code's for ever, as the code is.
    pub(super) fn fail_once(&mut self, value: Value) {
        if self.layout.fail_guards {
            let word: &'static std::sync::atomic::AtomicU32 = Box::leak(Box::new(1.into()));
            let address = self.iconst(word.as_ptr() as i64);
            let first = self
                .b
                .ins()
                .load(ir::types::I32, ir::MemFlagsData::trusted(), address, 0);
            let zero = self.b.ins().iconst(ir::types::I32, 0);
            self.b.ins().store(ir::MemFlagsData::trusted(), zero, address, 0);
            self.leave_if(value, first);
        }
    }

    /// Leaves when a word that came out of a call is the pending one, unless the instruction catches.
    pub(super) fn check_raised(&mut self, value: Value, result: ir::Value) {
        if self.func.raises_out(value) {
            let pending = self.b.ins().icmp_imm_s(IntCC::Equal, result, 1);
            self.leave_if(value, pending);
        }
    }

    /// Fills the block for calls that are too deep, the exit blocks, and the tail that they share.
    pub(super) fn finish_exits(&mut self, too_deep: ir::Block) {
        self.b.set_srcloc(SourceLoc::default());
        self.b.switch_to_block(too_deep);
        let pending = self.overflow();
        // Code may also be left where a call returns.
        let any = self.traps || !self.sites.is_empty();
        if !any {
            self.b.ins().return_(&[pending]);
            return;
        }
        let area = self.area;
        let (tail, back) = (self.cold_block(), self.cold_block());
        // Nobody leaves here, but Cranelift does not know what the traps become, and there may be no other way to the tail.
        self.b.ins().brif(pending, back, &[], tail, &[]);
        self.b.switch_to_block(back);
        self.b.ins().return_(&[pending]);
        for site in 0..self.exit_blocks.len() {
            if let Some(block) = self.exit_blocks[site] {
                self.b.switch_to_block(block);
                let number = self.iconst(Compiled::direct(site));
                self.b.ins().stack_store(types::I64, number, area, 8 * NUMBER);
                self.b.ins().jump(tail, &[]);
            }
        }
        self.b.switch_to_block(tail);
        self.b.set_srcloc(SourceLoc::new(TAIL));
        self.thread = self.b.ins().stack_load(types::I64, types::I64, area, 8 * THREAD);
        let number = self.b.ins().stack_load(types::I64, types::I64, area, 8 * NUMBER);
        let handle = self.iconst(self.env.handle() as i64);
        let area = self.b.ins().stack_addr(types::I64, area, 0);
        if self.traps && self.wide_constants > MOST_NEAR {
            for _ in 0..ROOM {
                // Never taken: an address of the stack is not zero.
                self.b.ins().trapz(area, ROOM_TRAP);
            }
        }
        let result = self.call_runtime(Rt::leave, &[handle, number, area]);
        self.b.ins().return_(&[result]);
    }
}

/// The value as a constant, if its definition is one: then it needs no place.
fn constant(layout: &crate::layout::Layout, func: &kiln_hir::Function, root: Value) -> Option<Source> {
    Some(match *func.inst(root) {
        Inst::ConstInt { value } => Source::Constant((value as u64) << 1),
        Inst::ConstI64 { value } if (value << 1) >> 1 == value => Source::Constant((value as u64) << 1),
        Inst::ConstNone {} => Source::Constant(layout.none),
        Inst::ConstPyBool { value } | Inst::ConstBool { value } => {
            Source::Constant(if value { layout.true_ } else { layout.false_ })
        }
        Inst::ConstUnbound {} => Source::Constant(layout.unbound),
        Inst::ConstObject { object } => Source::Constant(func.constant(object).word),
        Inst::ConstF64 { value } => Source::ConstantFloat(value.0),
        _ => return None,
    })
}
