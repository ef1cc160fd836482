//! Where the interpreter meets the compiler: calls and loops that have become hot, and code that has an entry.

use crate::state::{Handler, Pc, S, handler};
use kiln_object::code::CodeObject;
use kiln_object::function::Function;
use kiln_object::hooks::hooks;
use kiln_object::thread::Thread;
use kiln_object::{Raised, Value};
handler!(hot_call, s, ins, {
    // The call instruction is executed again after the compiler was told, by the general path.
    let callee = s.reg(ins.a());
    let f = crate::calls::typed::<Function>(callee);
    let code = crate::calls::typed::<CodeObject>(f.code.raw());
    if code.compiled.get().is_null() {
        tell(s.pc, s.fp, s.th, callee, s.ks, s.table);
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
});

#[cold]
#[inline(never)]
fn tell(pc: Pc, fp: *mut Value, th: &'static Thread, callee: Value, ks: *mut Value, table: *const Handler) {
    S { pc, fp, th, ks, table }.sync();
    (hooks().hot)(callee);
}

/// A back edge reached the code's threshold (or was polled).
pub fn back_edge(s: &mut S) -> Result<(), Raised> {
    let code = s.code();
    let h = code.hotness.get();
    if h < code.threshold.get() {
        code.hotness.set(h.saturating_add(1));
    }
    Ok(())
}
