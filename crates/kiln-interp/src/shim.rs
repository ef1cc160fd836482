//! Bytecode that no source has: the frame under `__init__` when an instance is made.

use kiln_bytecode::{Code, Instr, Op, flags};
use kiln_object::Object;
use kiln_object::code::{CodeObject, internal};
use std::cell::OnceCell;
use std::sync::Arc;

thread_local! {
    static INIT: OnceCell<Object> = const { OnceCell::new() };
}

/// Register 0 holds the instance; the call of `__init__` at window 1 has just been made; then its result is checked
/// and the instance returned.
pub fn init_code() -> &'static CodeObject {
    INIT.with(|c| {
        let o = c.get_or_init(|| {
            let check = Instr(Instr::new(Op::Nop, 0, 1, 0, 0).0 & !0xff | internal::CHECK_INIT as u64);
            let code = Code {
                name: "<init>".into(),
                qualname: "<init>".into(),
                filename: "<kiln>".into(),
                arg_count: 1,
                flags: kiln_bytecode::co::OPTIMIZED,
                varnames: vec!["self".into()],
                instrs: vec![
                    Instr::new(Op::Call, 0, 1, 0, 0),
                    check,
                    Instr::new(Op::Return, flags::A_TAKE, 0, 0, 0),
                ],
                temp_base: 1,
                reg_count: 8,
                free_base: u16::MAX,
                ..Code::default()
            };
            let o = CodeObject::new_object(&Arc::new(code));
            o.header().make_immortal();
            o.expect::<CodeObject>().hidden.set(true);
            o
        });
        let v = o.value();
        crate::calls::typed::<CodeObject>(v)
    })
}
