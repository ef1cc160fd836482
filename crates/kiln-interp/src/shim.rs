//! Bytecode that no source has: the frame under `__init__` when an instance is made, and the loop that fills a container from
//! a generator. Such frames do not show.

use kiln_bytecode::{Code, Instr, Op, flags};
use kiln_object::code::{CodeObject, internal};
use kiln_object::list::List;
use kiln_object::set::Set;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, ObjectType, Type};
use std::cell::OnceCell;
use std::sync::Arc;

thread_local! {
    static INIT: OnceCell<Object> = const { OnceCell::new() };
    static CONSUMERS: [OnceCell<Object>; 3] = const { [const { OnceCell::new() }; 3] };
}

/// The loop that makes an instance of `list`, `tuple` or `set` from a generator, its only argument: native code would start a
/// run for each item.
pub fn consumer(class: &Type) -> Option<&'static CodeObject> {
    let classes = [List::class(), Tuple::class(), Set::class()];
    let which = classes.iter().position(|c| std::ptr::eq(*c, class))?;
    CONSUMERS.with(|made| {
        let o = made[which].get_or_init(|| {
            const GENERATOR: u16 = 0;
            const MADE: u16 = 1;
            const ITEM: u16 = 2;
            let (make, add) = match which {
                2 => (Op::BuildSet, Op::SetAdd),
                _ => (Op::BuildList, Op::ListAppend),
            };
            let mut instrs = vec![
                Instr::new(make, 0, MADE, ITEM, 0),
                Instr::new(Op::ForIter, 0, ITEM, GENERATOR, 2),
                Instr::new(add, flags::B_TAKE, MADE, ITEM, 0),
                Instr::new_wide(Op::JumpBack, 0, 0, -3i32 as u32),
            ];
            if which == 1 {
                instrs.push(Instr::new(Op::ListToTuple, flags::B_TAKE, MADE, MADE, 0));
            }
            instrs.push(Instr::new(Op::Return, flags::A_TAKE, MADE, 0, 0));
            let o = hidden("<fill>", "items", instrs);
            // It is the interpreter's alone.
            o.expect::<CodeObject>().threshold.set(u32::MAX);
            o
        });
        let v = o.value();
        Some(crate::calls::typed::<CodeObject>(v))
    })
}
/// Code with one parameter, whose frames do not show.
fn hidden(name: &str, parameter: &str, instrs: Vec<Instr>) -> Object {
    let code = Code {
        name: name.into(),
        qualname: name.into(),
        filename: "<kiln>".into(),
        arg_count: 1,
        flags: kiln_bytecode::co::OPTIMIZED,
        varnames: vec![parameter.into()],
        instrs,
        temp_base: 1,
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
            let check = Instr(Instr::new(Op::Nop, 0, 1, 0, 0).0 & !0xff | internal::CHECK_INIT as u64);
            hidden(
                "<init>",
                "self",
                vec![
                    Instr::new(Op::Call, 0, 1, 0, 0),
                    check,
                    Instr::new(Op::Return, flags::A_TAKE, 0, 0, 0),
                ],
            )
        });
        let v = o.value();
        crate::calls::typed::<CodeObject>(v)
    })
}
