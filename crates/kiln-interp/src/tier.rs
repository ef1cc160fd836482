//! Where the interpreter meets the compiler: calls and loops that have become hot, and code that has an entry.

use crate::state::{Handler, S, handler};
use kiln_object::Raised;
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::hooks::hooks;
handler!(
    #[cold]
    hot_call,
    s,
    ins,
    {
        // The call instruction is executed again after the compiler was told, by the general path.
        s.sync();
        let callee = s.reg(ins.a());
        let f = crate::calls::typed::<Function>(callee);
        let code = crate::calls::typed::<CodeObject>(f.code.raw());
        if code.compiled.get().is_null() {
            (hooks().hot)(callee);
        }
        if code.compiled.get().is_null() {
            let method = ins.0 as u8 == kiln_bytecode::Op::CallMethod as u8;
            return s.go(
                Handler(if method {
                    crate::calls::call_method_slow
                } else {
                    crate::calls::call_slow
                }),
                ins.0,
            );
        }
        s.go(Handler(crate::calls::call_slow), ins.0)
    }
);

/// A back edge reached the code's threshold (or was polled).
pub fn back_edge(s: &mut S) -> Result<(), Raised> {
    let code = s.code();
    let h = code.hotness.get();
    if h < code.threshold.get() {
        code.hotness.set(h.saturating_add(1));
    }
    Ok(())
}
