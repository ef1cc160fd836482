//! Puts the bodies of small functions in the place of direct calls.
//!
//! ```text
//!                                               (bb0, up to the call)
//!   v2: Object = call_direct [(v0), code7, 0]     v5: Object = load_slot v0 [16, Object]
//!   return_value v2                       =>      jump [bb1(v5)]
//!                                               bb1(v6: Object):
//!                                                 return_value v6
//! ```
//!
//! Frame states of the body get the call's as their caller: whoever leaves rebuilds both frames. An exception that leaves the body leaves the
//! machine code, too; if the caller has a handler for it, the interpreter runs that. What the call was given lives until it would have returned. A
//! callee that is not there, not small, or a generator is left alone, as is a call at the end of a chain of `MAX_DEPTH`. The builder must have made
//! sure that the callee is what is called. Calls in the innermost loops come first. Cost: a copy of each body, within a budget.

use crate::pass::{Changed, Context, Pass};
use kiln_hir::cfg::{Cfg, Dominators, Loops};
use kiln_hir::{Args, Block, BlockCall, CodeId, ConstId, Function, Inst, NameId, Resume, Snap, Spec, Ty, Value};

/// The pass.
pub const PASS: Pass = Pass {
    name: "inline",
    required: false,
    run,
};

/// Largest body, in instructions.
const MAX_BODY: usize = 80;
/// How much a function may grow.
const BUDGET: usize = 500;
/// Frames in a chain, and of those, frames of one code.
const MAX_DEPTH: usize = 4;
const MAX_SELF: usize = 2;

/// Why a call stayed a call.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// The callee's body is not at hand.
    NoBody,
    /// It is too large.
    TooLarge,
    /// The function has grown enough.
    Budget,
    /// The chain of callers is long enough.
    TooDeep,
    /// The callee is a generator.
    Generator,
    /// It leaves for the interpreter at once.
    Unknown,
    /// The caller would rather have it called there.
    Unwanted,
}

/// Where bodies come from.
pub trait Callees {
    /// The body of a code as it was built, if it may be inlined: no more than what calling it does.
    fn body(&self, code: CodeId) -> Option<Function>;
    /// Whether the call at that instruction may go.
    fn wanted(&self, _code: CodeId, _caller: CodeId, _pc: u32) -> bool {
        true
    }
    /// Is told why a call stayed one.
    fn refused(&self, _code: CodeId, _why: Refusal) {}
}

fn run(func: &mut Function, context: &mut Context<'_>) -> Changed {
    let Some(callees) = context.facts.callees.as_deref() else {
        return Changed::No;
    };
    let mut budget = BUDGET;
    let mut changed = false;
    let mut depths = depths(func);
    let deepest = depths.iter().copied().max().unwrap_or(0);
    for depth in (0..=deepest).rev() {
        changed |= inline_at(depth, &mut depths, func, context, callees, &mut budget);
    }
    changed.into()
}

/// How many loops each block is in.
fn depths(func: &Function) -> Vec<usize> {
    let calls = |block: &kiln_hir::BlockData| {
        let mut insts = block.insts.iter();
        insts.any(|value| matches!(func.inst(*value), Inst::CallDirect { .. }))
    };
    if !func.blocks.iter().any(calls) {
        return vec![0; func.blocks.len()];
    }
    let cfg = Cfg::new(func);
    let loops = Loops::new(&cfg, &Dominators::new(&cfg));
    func.all_blocks().map(|block| loops.depth(block)).collect()
}

/// Inlines calls from blocks that are in so many loops.
fn inline_at(
    depth: usize,
    depths: &mut Vec<usize>,
    func: &mut Function,
    context: &mut Context<'_>,
    callees: &dyn Callees,
    budget: &mut usize,
) -> bool {
    let mut changed = false;
    // New blocks come at the end, so that calls of an inlined body are seen, too.
    let mut index = 0;
    while index < func.blocks.len() {
        let block = Block(index as u32);
        index += 1;
        if depths[block.index()] != depth {
            continue;
        }
        let mut at = 0;
        while let Some(&value) = func.blocks[block.index()].insts.get(at) {
            at += 1;
            let Inst::CallDirect { args, code, owned } = *func.inst(value) else {
                continue;
            };
            match choose(func, value, code, callees, *budget) {
                Ok(body) if context.may_rewrite() => {
                    *budget -= body.live_insts();
                    splice(func, block, at - 1, value, args, owned, &body);
                    depths.resize(func.blocks.len(), depth);
                    changed = true;
                    break;
                }
                Ok(_) => (),
                Err(why) => callees.refused(code, why),
            }
        }
    }
    changed
}

fn choose(
    func: &Function,
    call: Value,
    code: CodeId,
    callees: &dyn Callees,
    budget: usize,
) -> Result<Function, Refusal> {
    let chain = func
        .snap(call)
        .map(|snap| func.snap_chain(snap).map(|data| data.code).collect::<Vec<_>>())
        .unwrap_or_default();
    if let Some(snap) = func.snap(call) {
        let caller = &func.snaps[snap.index()];
        if !callees.wanted(code, caller.code, caller.pc) {
            return Err(Refusal::Unwanted);
        }
    }
    if chain.len() >= MAX_DEPTH || chain.iter().filter(|other| **other == code).count() > MAX_SELF {
        return Err(Refusal::TooDeep);
    }
    let body = callees.body(code).ok_or(Refusal::NoBody)?;
    if body.signature.generator {
        return Err(Refusal::Generator);
    }
    if leaves_at_once(&body) {
        return Err(Refusal::Unknown);
    }
    match body.live_insts() {
        size if size > MAX_BODY => Err(Refusal::TooLarge),
        size if size > budget => Err(Refusal::Budget),
        _ => Ok(body),
    }
}

/// Whether nothing but an exit is ever reached.
fn leaves_at_once(body: &Function) -> bool {
    let mut block = body.entry();
    for _ in 0..8 {
        match body.terminator(block).map(|last| body.inst(last)) {
            Some(Inst::Jump { target }) => block = target.block,
            Some(Inst::Exit {}) => return true,
            _ => return false,
        }
    }
    false
}

/// Puts `body` where `call` stands in `block`.
fn splice(func: &mut Function, block: Block, at: usize, call: Value, args: Args, owned: u32, body: &Function) {
    let rest = func.blocks[block.index()].insts.split_off(at);
    // What comes after the call goes on in a block that gets the result.
    let after = func.add_block();
    let result = func.add_param(after, Ty::OBJECT);
    let args = func.args(args).to_vec();
    // What the callee was not given, its caller keeps until it has returned; what the code holds needs no keeping.
    let given: Vec<Value> = (0..)
        .zip(&args)
        .filter(|(index, value)| {
            let kept = *index < 32 && owned >> *index & 1 != 0;
            !kept && func.ty(**value).is_counted() && !matches!(func.inst(func.root(**value)), Inst::ConstObject { .. })
        })
        .map(|(_, value)| *value)
        .collect();
    if !given.is_empty() {
        let values = func.add_args(&given);
        let keep = func.make(Inst::KeepAlive { values }, Ty::BOTTOM);
        func.blocks[after.index()].insts.push(keep);
    }
    let mut rest = rest.into_iter().skip(1);
    if func.insts[call.index()].catches
        && let Some(asks) = rest.next()
    {
        // What comes back is a result: exceptions leave.
        if let Inst::BranchPending { next, .. } = *func.inst(asks) {
            let jump = func.make(Inst::Jump { target: next }, Ty::BOTTOM);
            func.blocks[after.index()].insts.push(jump);
        }
    }
    func.blocks[after.index()].insts.extend(rest);
    func.blocks[after.index()].cold = func.blocks[block.index()].cold;
    let caller = func.insts[call.index()].snap.map(|snap| caller_state(func, snap));
    let mut copy = Copy {
        body,
        func,
        values: vec![None; body.insts.len()],
        snaps: vec![None; body.snaps.len()],
        blocks: Vec::new(),
        caller,
    };
    let first = copy.blocks(&args, after);
    let jump = func.make(
        Inst::Jump {
            target: BlockCall {
                block: first,
                args: Args::EMPTY,
            },
        },
        Ty::BOTTOM,
    );
    func.blocks[block.index()].insts.push(jump);
    func.replace(call, result);
    func.apply_replacements();
}

/// The call's frame state as that of a frame whose callee runs: the result is still to come.
fn caller_state(func: &mut Function, snap: Snap) -> Snap {
    let copy = func.copy_snap(snap);
    let data = &mut func.snaps[copy.index()];
    data.resume = Resume::Continue;
    data.result = None;
    copy
}

/// One body on its way into another function.
struct Copy<'a> {
    body: &'a Function,
    func: &'a mut Function,
    values: Vec<Option<Value>>,
    snaps: Vec<Option<Snap>>,
    blocks: Vec<Block>,
    caller: Option<Snap>,
}

impl Copy<'_> {
    /// Copies every block; returns the one that is entered.
    fn blocks(&mut self, args: &[Value], after: Block) -> Block {
        let body = self.body;
        let cfg = Cfg::new(body);
        self.blocks = body.all_blocks().map(|_| Block(u32::MAX)).collect();
        for &block in &cfg.order {
            let made = self.func.add_block();
            self.func.blocks[made.index()].cold = body.blocks[block.index()].cold;
            self.blocks[block.index()] = made;
            for &param in &body.blocks[block.index()].params {
                let ty = self.ty(body.ty(param));
                let new = self.func.add_param(made, ty);
                self.values[param.index()] = Some(new);
            }
        }
        // Definitions before uses: a walk in this order meets a dominator before what it dominates.
        for &block in &cfg.order {
            let into = self.blocks[block.index()];
            for &value in &body.blocks[block.index()].insts {
                if let Inst::LoadArg { index } = *body.inst(value) {
                    self.values[value.index()] = Some(args[index as usize]);
                    continue;
                }
                let inst = match *body.inst(value) {
                    Inst::ReturnValue { value } => {
                        let args = self.func.add_args(&[self.value(value)]);
                        Inst::Jump {
                            target: BlockCall { block: after, args },
                        }
                    }
                    inst => self.inst(inst),
                };
                let ty = self.ty(body.ty(value));
                let new = self.func.make(inst, ty);
                self.values[value.index()] = Some(new);
                self.func.insts[new.index()].catches = body.insts[value.index()].catches;
                self.func.blocks[into.index()].insts.push(new);
            }
        }
        for &block in &cfg.order {
            for &value in &body.blocks[block.index()].insts {
                if let (Some(snap), Some(new)) = (body.snap(value), self.values[value.index()])
                    && !matches!(body.inst(value), Inst::LoadArg { .. })
                {
                    let snap = self.snap(snap);
                    self.func.insts[new.index()].snap = Some(snap);
                }
            }
        }
        self.blocks[0]
    }

    fn value(&self, value: Value) -> Value {
        self.values[value.index()].expect("defined before it is used")
    }

    fn args(&mut self, args: Args) -> Args {
        let values: Vec<Value> = self.body.args(args).iter().map(|value| self.value(*value)).collect();
        self.func.add_args(&values)
    }

    /// The instruction with everything that it names translated.
    fn inst(&mut self, mut inst: Inst) -> Inst {
        let values = &self.values;
        inst.map_operands(|value| values[value.index()].expect("defined before it is used"));
        inst.map_lists(|list| self.args(list));
        inst.map_blocks(|block| self.blocks[block.index()]);
        if let Inst::Switch { index, targets } = inst {
            let blocks: Vec<Block> = self
                .body
                .targets(targets)
                .iter()
                .map(|block| self.blocks[block.index()])
                .collect();
            inst = Inst::Switch {
                index,
                targets: self.func.add_targets(&blocks),
            };
        }
        if let (Inst::TakePending { depth, .. }, Some(caller)) = (&mut inst, self.caller) {
            *depth += self.func.snap_chain(caller).count() as u32;
        }
        inst.map_names(|name: NameId| self.func.intern(self.body.name_text(name)));
        inst.map_consts(|id| self.constant(id));
        inst
    }

    fn constant(&mut self, id: ConstId) -> ConstId {
        let constant = self.body.constant(id);
        self.func.add_const(constant.word, constant.ty, constant.text.clone())
    }

    /// A type that names no constant but the function's.
    fn ty(&mut self, ty: Ty) -> Ty {
        match ty.object_value() {
            Some(id) => ty.with_spec(Spec::Object(self.constant(id))),
            None => ty,
        }
    }

    fn snap(&mut self, snap: Snap) -> Snap {
        if let Some(known) = self.snaps[snap.index()] {
            return known;
        }
        let data = self.body.snaps[snap.index()];
        let caller = match data.caller {
            Some(caller) => Some(self.snap(caller)),
            None => self.caller,
        };
        let entries: Vec<(u32, Value)> = self
            .body
            .snap_entries(&data)
            .map(|(reg, value)| (reg, self.value(value)))
            .collect();
        let result = data.result.map(|value| self.value(value));
        let made = self
            .func
            .add_snap(data.resume, data.code, data.pc, result, caller, &entries);
        self.snaps[snap.index()] = Some(made);
        made
    }
}
