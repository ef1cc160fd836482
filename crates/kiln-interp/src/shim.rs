//! Bytecode that no source has: the frame under `__init__` when an instance is made, the loops that make something of a generator's
//! items, and the frame under a generator that `next` or `send` resumes. Such frames do not show.

use kiln_bytecode::{Code, Const, Instr, Op, flags};
use kiln_object::code::CodeObject;
use kiln_object::code::internal::{
    CHECK_INIT, FILL_ALL, FILL_ANY, FILL_LIST, FILL_SET, FILL_SUM, RETURN_HIDDEN, STOP_ITERATION, SUM_STEP,
};
use kiln_object::generator::Generator;
use kiln_object::list::List;
use kiln_object::native::{NativeDef, NativeFunction};
use kiln_object::set::Set;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, ObjectType, Type};
use std::cell::{Cell, OnceCell};
use std::sync::Arc;

thread_local! {
    static INIT: OnceCell<Object> = const { OnceCell::new() };
    static CONSUMERS: [OnceCell<Object>; 8] = const { [const { OnceCell::new() }; 8] };
    /// The native functions that were found to be consumers.
    static FUNCTIONS: [Cell<*const NativeDef>; 5] = const { [const { Cell::new(std::ptr::null()) }; 5] };
}

/// Registers of these loops.
pub const GENERATOR: u16 = 0;
pub const MADE: u16 = 1;
pub const ITEM: u16 = 2;

/// The loop that makes an instance of `list`, `tuple` or `set` from a generator, its only argument: native code would start a
/// run for each item.
pub fn consumer(class: &Type) -> Option<&'static CodeObject> {
    let classes = [List::class(), Tuple::class(), Set::class()];
    let which = classes.iter().position(|c| std::ptr::eq(*c, class))?;
    Some(consumer_code(which))
}
/// The same for a native function, of `next(generator)` and of `generator.send(v)`.
pub fn native_consumer(f: &NativeFunction) -> Option<&'static CodeObject> {
    const NAMES: [&str; 5] = ["all", "any", "sum", "next", "send"];
    let def: *const NativeDef = f.def.0;
    let which = FUNCTIONS.with(|known| {
        if let Some(which) = known.iter().position(|k| std::ptr::eq(k.get(), def)) {
            return Some(which);
        }
        let which = NAMES.iter().position(|name| *name == f.def.name)?;
        let home = if NAMES[which] == "send" {
            f.owner.is_some_and(|owner| std::ptr::eq(owner, Generator::class()))
        } else {
            let module = f.module.peek()?;
            module.cast::<Str>()?.as_ascii()? == "builtins"
        };
        (home && f.receiver.is_empty()).then(|| {
            known[which].set(def);
            which
        })
    })?;
    Some(consumer_code(3 + which))
}
fn consumer_code(which: usize) -> &'static CodeObject {
    CONSUMERS.with(|made| {
        let o = made[which].get_or_init(|| {
            let fill = [FILL_LIST, FILL_LIST, FILL_SET, FILL_ALL, FILL_ANY, FILL_SUM, 0, 0][which];
            let next = |item, exit| internal_instr(fill, item, GENERATOR, exit);
            let back = |offset: i32| Instr::new_wide(Op::JumpBack, 0, 0, offset as u32);
            let done = internal_return(flags::A_TAKE, MADE);
            let (instrs, consts) = match which {
                0 => {
                    let add = Instr::new(Op::ListAppend, flags::B_TAKE, MADE, ITEM, 0);
                    let make = Instr::new(Op::BuildList, 0, MADE, ITEM, 0);
                    (vec![make, next(ITEM, 2), add, back(-3), done], vec![])
                }
                1 => {
                    let add = Instr::new(Op::ListAppend, flags::B_TAKE, MADE, ITEM, 0);
                    let make = Instr::new(Op::BuildList, 0, MADE, ITEM, 0);
                    let tuple = Instr::new(Op::ListToTuple, flags::B_TAKE, MADE, MADE, 0);
                    (vec![make, next(ITEM, 2), add, back(-3), tuple, done], vec![])
                }
                2 => {
                    let add = Instr::new(Op::SetAdd, flags::B_TAKE, MADE, ITEM, 0);
                    let make = Instr::new(Op::BuildSet, 0, MADE, ITEM, 0);
                    (vec![make, next(ITEM, 2), add, back(-3), done], vec![])
                }
                3 | 4 => {
                    let (test, at_end) = if which == 3 {
                        (Op::JumpIfFalse, Const::True)
                    } else {
                        (Op::JumpIfTrue, Const::False)
                    };
                    let before = if which == 3 { Const::False } else { Const::True };
                    let answer = |k| internal_return(flags::A_CONST, k);
                    let test = Instr::new_wide(test, flags::A_TAKE, MADE, 2);
                    (
                        vec![next(MADE, 2), test, back(-3), answer(0), answer(1)],
                        vec![at_end, before],
                    )
                }
                6 | 7 => {
                    // What is sent lies behind the generator.
                    let none = Instr::new_wide(Op::LoadConst, 0, MADE, 0);
                    let send = Instr::new_wide(Op::Send, 0, GENERATOR, 1);
                    let stop = internal_instr(STOP_ITERATION, MADE, 0, 0);
                    let instrs = vec![none, send, done, stop];
                    (
                        if which == 6 { instrs } else { instrs[1..].to_vec() },
                        vec![Const::None],
                    )
                }
                _ => {
                    let zero = Instr::new_wide(Op::LoadConst, 0, MADE, 0);
                    let step = internal_instr(SUM_STEP, 0, 0, 0);
                    (vec![zero, next(ITEM, 2), step, back(-3), done], vec![Const::Int(0)])
                }
            };
            let o = hidden(
                "<fill>",
                if which == 7 { &["items", "value"] } else { &["items"] },
                instrs,
                consts,
            );
            // It is the interpreter's alone.
            o.expect::<CodeObject>().threshold.set(u32::MAX);
            o
        });
        let v = o.value();
        crate::words::typed::<CodeObject>(v)
    })
}
fn internal_return(flag: u8, a: u16) -> Instr {
    Instr(Instr::new(Op::Return, flag, a, 0, 0).0 & !0xff | RETURN_HIDDEN as u64)
}
/// An instruction that only the interpreter knows.
fn internal_instr(op: u8, a: u16, b: u16, c: u16) -> Instr {
    Instr(Instr::new(Op::Nop, 0, a, b, c).0 & !0xff | op as u64)
}
/// Code whose frames do not show: see [`crate::calls::enter_hidden`].
fn hidden(name: &str, parameters: &[&str], instrs: Vec<Instr>, consts: Vec<Const>) -> Object {
    let code = Code {
        name: name.into(),
        qualname: name.into(),
        filename: "<kiln>".into(),
        arg_count: parameters.len() as u32,
        flags: kiln_bytecode::co::OPTIMIZED,
        varnames: parameters.iter().map(|&name| name.into()).collect(),
        instrs,
        consts,
        temp_base: parameters.len() as u16,
        reg_count: 8,
        free_base: u16::MAX,
        ..Code::default()
    };
    let o = CodeObject::new_object(&Arc::new(code));
    o.header().make_immortal();
    o.expect::<CodeObject>().hidden.set(true);
    o
}

/// Register 0 holds the instance; the call of `__init__` at window 1 has just been made; then its result is checked
/// and the instance returned.
pub fn init_code() -> &'static CodeObject {
    INIT.with(|c| {
        let o = c.get_or_init(|| {
            let check = internal_instr(CHECK_INIT, 1, 0, 0);
            hidden(
                "<init>",
                &["self"],
                vec![
                    Instr::new(Op::Call, 0, 1, 0, 0),
                    check,
                    internal_return(flags::A_TAKE, 0),
                ],
                vec![],
            )
        });
        let v = o.value();
        crate::words::typed::<CodeObject>(v)
    })
}
