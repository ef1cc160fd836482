//! Frame objects of compiled code that runs: whoever asked for one sees the frame as it goes on, and its variables when it is over.
//!
//! A frame object is asked for while the code waits for a call. The call is made to return somewhere else: there it turns out whether anybody still
//! has the object. If so, the code is left as at an exit, and the interpreter, which keeps frame objects up to date, goes on behind the call with its
//! result. If not, nothing has happened. Code whose frame nobody asks for pays nothing.
//!
//! Code that has caught an exception has a frame object, too, the traceback's, and no call that it waits for. It looks before it returns (`end_frame`).
#![expect(unsafe_code, reason = "exchanges return addresses on the native stack")]
//!
//! # Safety
//! A compiled frame that a walk finds waits for a call, whose return address lies where the walk says. It is exchanged for that of a stub that
//! calls [`landed`] with the place and the result, and goes to the address that this returns with every register that a call preserves as it was:
//! either the address that was there, or the tail of the same code, which needs no more than its frame pointer.

use crate::build::CALLABLE;
use crate::leave::value_of;
use crate::state::{jit, unit_of_frame};
use crate::walk;
use kiln_bytecode::{Instr, Op, Operand, flags};
use kiln_codegen::{CodeArea, Compiled as Code, Frame, Site, Transition};
use kiln_hir::Opcode;
use kiln_interp::state::S;
use kiln_interp::tier::Compiled;
use kiln_object::frame::{FrameObject, is_named};
use kiln_object::generator::Generator;
use kiln_object::thread::thread;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A call that returns to the stub.
struct Call {
    /// Where it was made.
    original: usize,
    frame_pointer: usize,
    site: &'static Site,
    area: *const u64,
    /// Where its caller goes to leave.
    tail: usize,
    /// Whether it resumes a generator's machine code, with nothing in between.
    direct: bool,
}

/// A call that has returned, and whose caller is on its way to `leave`.
pub struct Landing {
    pub site: &'static Site,
    /// What it returned, owned, or the pending word.
    pub result: Value,
    /// The second result, owned, where the instruction has one.
    second: Value,
}

struct Follow {
    /// By the place of the return address.
    calls: RefCell<BTreeMap<usize, Call>>,
    landing: RefCell<Option<Landing>>,
    stub: Cell<usize>,
}
// SAFETY: under the global lock.
unsafe impl Sync for Follow {}
static FOLLOW: Follow = Follow {
    calls: RefCell::new(BTreeMap::new()),
    landing: RefCell::new(None),
    stub: Cell::new(0),
};

/// Makes the stub.
pub fn start(area: &mut CodeArea) -> std::io::Result<()> {
    FOLLOW.stub.set(area.install_landing(landed as *const () as usize)?);
    Ok(())
}

/// The return address that belongs where `found` was found.
pub fn original(slot: usize, found: usize) -> usize {
    if found != FOLLOW.stub.get() {
        return found;
    }
    FOLLOW.calls.borrow().get(&slot).map_or(found, |call| call.original)
}

/// See [`TierHooks::follow`](kiln_interp::tier::TierHooks::follow).
pub fn follow(c: Compiled) -> bool {
    let Some(version) = jit().version_at(c.return_address) else {
        return false;
    };
    let Some(code) = version.compiled.get() else {
        return false;
    };
    let site = walk::site(c);
    let frame = &site.frames[c.level as usize];
    // Code that handles exceptions looks before it returns.
    let code_of_frame = unit_of_frame(frame).code();
    let looks = match code.frame_word {
        Some(word) if !code_of_frame.is_generator() && !code_of_frame.code.handlers.is_empty() => {
            // SAFETY: a word of the save area.
            unsafe { *c.area.cast_mut().add(word as usize) = c.frame_pointer as u64 };
            true
        }
        _ => false,
    };
    let (Some(tail), Some(_)) = (code.tail, Use::of(site)) else {
        return looks;
    };
    let slot = c.slot as *mut usize;
    // SAFETY: see the chapter above.
    let found = unsafe { *slot };
    if found == c.return_address {
        let call = Call {
            original: found,
            frame_pointer: c.frame_pointer,
            site,
            area: c.area,
            tail: version.start.get() + tail as usize,
            direct: c.slot != c.transition + Transition::RETURN_SLOT,
        };
        FOLLOW.calls.borrow_mut().insert(c.slot, call);
        // SAFETY: as above.
        unsafe { *slot = FOLLOW.stub.get() };
    }
    found == c.return_address || found == FOLLOW.stub.get()
}

/// A call has returned whose return address lay at `slot`: where to go on.
///
/// # Safety
/// See the chapter above.
unsafe extern "sysv64" fn landed(slot: u64, result: u64) -> u64 {
    let Some(call) = FOLLOW.calls.borrow_mut().remove(&(slot as usize)) else {
        kiln_object::bug!("a call returned that nobody made")
    };
    if !is_named(call.frame_pointer) && !is_assigned(&call) {
        return call.original as u64;
    }
    let result = match call.site.opcode {
        Opcode::ForIterGenerator | Opcode::Send if call.direct => resumed(&call, result),
        _ => result,
    };
    *FOLLOW.landing.borrow_mut() = Some(Landing {
        site: call.site,
        result: Value(result),
        second: thread().second.get(),
    });
    // SAFETY: a word of the save area.
    unsafe { *call.area.cast_mut().add(Code::NUMBER) = Code::RETURNED };
    call.tail as u64
}
/// What the machine code would have done behind the call that resumed a generator.
fn resumed(call: &Call, result: u64) -> u64 {
    let th = thread();
    th.depth.set(th.depth.get().wrapping_sub(1));
    let frame = &call.site.frames[0];
    let instr = unit_of_frame(frame).code().instr(frame.pc);
    let sends = call.site.opcode == Opcode::Send;
    let iter = u32::from(if sends { instr.a() } else { instr.b() });
    let Some((_, place)) = frame.registers.iter().find(|entry| entry.0 == iter) else {
        kiln_object::bug!("a generator was resumed that the frame does not have")
    };
    // SAFETY: the save area; a look takes nothing.
    let generator = unsafe { value_of(kiln_codegen::Place { owned: false, ..*place }, call.area) };
    crate::runtime::generator_resumed(generator.value(), result, sends)
}
/// Whether one of the frames is a generator's whose variables were given values.
fn is_assigned(call: &Call) -> bool {
    call.site.frames.iter().any(|frame| {
        let Some((_, place)) = frame.registers.iter().find(|entry| entry.0 == CALLABLE) else {
            return false;
        };
        // SAFETY: the save area; a look takes nothing.
        let callable = unsafe { value_of(kiln_codegen::Place { owned: false, ..*place }, call.area) };
        let frame = callable.cast::<Generator>().and_then(|g| g.frame.get());
        frame.is_some_and(|o| {
            let rare = o.expect::<FrameObject>().rare_if_any();
            rare.is_some_and(|rare| !rare.awaiting.borrow().is_empty())
        })
    })
}

/// The call that has returned last.
pub fn landing() -> Option<Landing> {
    FOLLOW.landing.borrow_mut().take()
}

/// What is left to do for an instruction when what it called has returned.
#[derive(Copy, Clone)]
enum Use {
    /// The result goes to its first register.
    Value,
    /// There is no result.
    Nothing,
    /// It is a tagged 0 or 1, and decides.
    Truth,
    /// It is an item, or unbound at the end of the loop.
    Item,
    /// It is a tuple of items.
    Items,
    /// It is what an iterator yielded, or unbound when the second result is what it returned.
    Sent,
    /// It is a method, and the second result its receiver.
    Method,
}

impl Use {
    fn of(site: &Site) -> Option<Use> {
        let frame = &site.frames[0];
        let op = unit_of_frame(frame).code().code.instrs[frame.pc as usize].op();
        Some(match (site.opcode, op) {
            (
                Opcode::Call
                | Opcode::CallMethod
                | Opcode::CallKw
                | Opcode::CallEx
                | Opcode::CallDirect
                | Opcode::CallNative,
                Op::Call | Op::CallMethod | Op::CallKw | Op::CallEx | Op::LoadAttr,
            ) => Use::Value,
            (Opcode::LoadAttr | Opcode::LoadAttrCached, Op::LoadAttr) => Use::Value,
            (
                Opcode::BinaryOp,
                Op::Add
                | Op::Sub
                | Op::Mul
                | Op::Truediv
                | Op::Floordiv
                | Op::Mod
                | Op::Pow
                | Op::Matmul
                | Op::Lshift
                | Op::Rshift
                | Op::And
                | Op::Or
                | Op::Xor
                | Op::AddInt
                | Op::MulInt
                | Op::FloordivInt
                | Op::ModInt
                | Op::AndInt
                | Op::LshiftInt
                | Op::RshiftInt,
            ) => Use::Value,
            (Opcode::UnaryOp, Op::Neg | Op::Pos | Op::Invert) => Use::Value,
            (Opcode::Compare, Op::Lt | Op::Le | Op::Eq | Op::Ne | Op::Gt | Op::Ge) => Use::Value,
            (Opcode::GetItem, Op::LoadSubscr)
            | (Opcode::GetIter, Op::GetIter)
            | (Opcode::Format, Op::FormatWithSpec)
            | (Opcode::FormatSimple, Op::FormatSimple)
            | (Opcode::BuildSet, Op::BuildSet)
            | (Opcode::BuildDict, Op::BuildMap) => Use::Value,
            (
                Opcode::Intrinsic,
                Op::LoadSlice
                | Op::LoadSubscr
                | Op::ImportName
                | Op::ImportFrom
                | Op::ConvertValue
                | Op::GetAwaitable
                | Op::GetAiter
                | Op::GetAnext
                | Op::MatchKeys
                | Op::MatchClass
                | Op::GetLen,
            ) => Use::Value,
            (Opcode::StoreAttr, Op::StoreAttr)
            | (Opcode::SetItem, Op::StoreSubscr)
            | (Opcode::DeleteItem, Op::DeleteSubscr)
            | (Opcode::DictMerge, Op::DictMerge) => Use::Nothing,
            (
                Opcode::IntrinsicInt,
                Op::StoreSlice
                | Op::StoreGlobal
                | Op::SetAdd
                | Op::MapAdd
                | Op::DeleteAttr
                | Op::ListExtend
                | Op::SetUpdate
                | Op::DictUpdate,
            ) => Use::Nothing,
            (Opcode::Truth, Op::Not | Op::ToBool | Op::JumpIfTrue | Op::JumpIfFalse) => Use::Truth,
            (Opcode::Contains, Op::In | Op::JumpIfIn) => Use::Truth,
            (
                Opcode::CompareTruth | Opcode::Truth,
                Op::JumpIfLt
                | Op::JumpIfLe
                | Op::JumpIfEq
                | Op::JumpIfNe
                | Op::JumpIfGt
                | Op::JumpIfGe
                | Op::JumpIfLtInt
                | Op::JumpIfLeInt
                | Op::JumpIfEqInt
                | Op::JumpIfNeInt
                | Op::JumpIfGtInt
                | Op::JumpIfGeInt,
            ) => Use::Truth,
            (Opcode::ForIterNext | Opcode::ForIterGenerator, Op::ForIter) => Use::Item,
            (Opcode::Send, Op::Send) => Use::Sent,
            (Opcode::LoadMethod, Op::LoadMethod) | (Opcode::LoadSpecial, Op::LoadSpecial) => Use::Method,
            (Opcode::Unpack, Op::UnpackSequence) => Use::Items,
            _ => return None,
        })
    }
}

/// Finishes the instruction that the innermost frame of the site, which is now the interpreter's at `s`, was executing. Its frame shows.
pub fn finish(landing: Landing, s: &mut S) -> Result<(), Raised> {
    let Landing { site, result, second } = landing;
    let frame = &site.frames[0];
    let code = unit_of_frame(frame).code();
    let instr = code.instr(frame.pc);
    let Some(how) = Use::of(site) else {
        kiln_object::bug!("a call returned whose result nobody knows what to do with")
    };
    // Where an instance waits for its `__init__`, it is all that there is of the call's window.
    if !frame.registers.iter().any(|entry| entry.0 == crate::build::MADE) {
        give_up_operands(instr, s);
    }
    let first = instr.a();
    match how {
        Use::Value => return crate::leave::returned(frame, s, Object::from_owned(result)),
        Use::Nothing => {}
        Use::Truth => decide(frame, instr, s, result != Value::ZERO),
        Use::Item if result.is_unbound() => {
            let iter = Object::from_owned(s.replace(instr.b(), Value::ZERO));
            jump(frame, instr, s);
            s.sync();
            drop(iter);
        }
        Use::Item => s.put(first, Object::from_owned(result)),
        Use::Sent if result.is_unbound() => {
            let iter = Object::from_owned(s.replace(first, Value::ZERO));
            s.put(first + 1, Object::from_owned(second));
            jump(frame, instr, s);
            s.sync();
            drop(iter);
        }
        Use::Sent => s.put(first + 1, Object::from_owned(result)),
        Use::Method => {
            s.put(first, Object::from_owned(result));
            s.put(first + 4, Object::from_owned(second));
        }
        Use::Items => {
            let tuple = Object::from_owned(result);
            for (i, item) in (0..).zip(tuple.expect::<Tuple>().items()) {
                s.put(first + i, item.to_object());
            }
        }
    }
    Ok(())
}

/// Releases what the instruction takes out of the registers, the last first.
fn give_up_operands(instr: Instr, s: &S) {
    let mut taken: Vec<u16> = Vec::new();
    instr.operands(|operand| match operand {
        Operand::Use { reg, take: true } => taken.push(reg),
        Operand::UseRange { first, count } => taken.extend(first..first + count),
        _ => {}
    });
    for reg in taken.into_iter().rev() {
        if s.reg(reg).is_ptr() {
            drop(Object::from_owned(s.replace(reg, Value::ZERO)));
        }
    }
}

fn decide(frame: &Frame, instr: Instr, s: &mut S, truth: bool) {
    let truth = match instr.op() {
        Op::Not | Op::JumpIfFalse => !truth,
        Op::ToBool | Op::JumpIfTrue => truth,
        _ => truth != instr.has(flags::NEGATE),
    };
    match instr.op() {
        Op::Not | Op::ToBool | Op::In => s.put(instr.a(), Object::bool(truth)),
        _ if truth => jump(frame, instr, s),
        _ => {}
    }
}

fn jump(frame: &Frame, instr: Instr, s: &mut S) {
    if let Some(target) = instr.target(frame.pc) {
        s.pc = unit_of_frame(frame).code().address(target);
    }
}
