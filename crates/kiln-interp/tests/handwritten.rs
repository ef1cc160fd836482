//! Bytecode written by hand: the interpreter without a compiler.

use kiln_bytecode::{Cache, CacheKind, Code, Const, Instr, Op, Position, Positions, flags};
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::str::Str;
use kiln_object::{Object, Value};
use std::sync::Arc;

fn boot() {
    assert!(kiln_object::boot(kiln_text_key()));
    kiln_builtins::init();
    kiln_interp::init();
}
fn kiln_text_key() -> kiln_object::HashKey {
    kiln_object::HashKey { k0: 0, k1: 0 }
}

fn code(
    name: &str,
    args: u32,
    locals: &[&str],
    regs: u16,
    consts: Vec<Const>,
    caches: Vec<Cache>,
    instrs: Vec<Instr>,
) -> Arc<Code> {
    let positions = Positions::encode(instrs.iter().map(|_| Position {
        line: 1,
        end_line: 1,
        col: 0,
        end_col: 1,
    }));
    Arc::new(Code {
        name: name.into(),
        qualname: name.into(),
        filename: "<hand>".into(),
        first_line: 1,
        arg_count: args,
        flags: kiln_bytecode::co::OPTIMIZED | kiln_bytecode::co::NEWLOCALS,
        varnames: locals.iter().map(|&n| n.into()).collect(),
        consts,
        instrs,
        caches,
        positions,
        temp_base: locals.len() as u16,
        reg_count: regs,
        free_base: u16::MAX,
        ..Code::default()
    })
}

fn function(code: &Arc<Code>, globals: &Object) -> Object {
    let c = CodeObject::new_object(code);
    let name = Str::intern(&code.name);
    Function::new_object(
        c,
        globals.clone(),
        Dict::new_object(),
        name.clone(),
        name,
        Object::none(),
        Object::none(),
    )
}

/// `def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)`
fn fib() -> Arc<Code> {
    use Op::*;
    let cache = |kind, name| Cache { kind, name };
    code(
        "fib",
        1,
        &["n"],
        20,
        vec![Const::str("fib")],
        vec![
            cache(CacheKind::LoadGlobal, 0),
            cache(CacheKind::Call, 0),
            cache(CacheKind::LoadGlobal, 0),
            cache(CacheKind::Call, 0),
        ],
        vec![
            Instr::new(JumpIfGeInt, 0, 1, 0, 2),
            Instr::new(Return, 0, 0, 0, 0),
            Instr::new(LoadGlobal, 0, 1, 0, 0),
            Instr::new(AddInt, flags::SUBTRACT, 5, 0, -1i16 as u16),
            Instr::new(Call, 0, 1, 1, 1),
            Instr::new(LoadGlobal, 0, 2, 0, 2),
            Instr::new(AddInt, flags::SUBTRACT, 6, 0, -2i16 as u16),
            Instr::new(Call, 0, 2, 1, 3),
            Instr::new(Add, flags::B_TAKE | flags::C_TAKE, 1, 1, 2),
            Instr::new(Return, flags::A_TAKE, 1, 0, 0),
        ],
    )
}

/// `s = 0; i = 0; while i < n: s = s + i; i = i + 1; return s`
fn sum() -> Arc<Code> {
    use Op::*;
    code(
        "total",
        1,
        &["n", "s", "i"],
        4,
        vec![Const::Int(0)],
        vec![],
        vec![
            Instr::new_wide(LoadConst, 0, 1, 0),
            Instr::new_wide(LoadConst, 0, 2, 0),
            Instr::new(JumpIfGe, 0, 3, 2, 0),
            Instr::new(Add, 0, 1, 1, 2),
            Instr::new(AddInt, 0, 2, 2, 1),
            Instr::new_wide(JumpBack, 0, 0, -4i32 as u32),
            Instr::new(Return, 0, 1, 0, 0),
        ],
    )
}

#[test]
fn calls_and_loops() {
    boot();
    let globals = Dict::new_object();
    let f = function(&fib(), &globals);
    globals.expect::<Dict>().set_str("fib", &f);
    let n = if cfg!(debug_assertions) { 15 } else { 30 };
    let r = kiln_object::call::call(f.value(), &[Value::int_unchecked(n)])
        .ok()
        .map(|o| o.value());
    assert_eq!(r, Some(Value::int_unchecked(if n == 15 { 610 } else { 832_040 })));
    let s = function(&sum(), &globals);
    let n = if cfg!(debug_assertions) { 10_000 } else { 10_000_000 };
    let r = kiln_object::call::call(s.value(), &[Value::int_unchecked(n)])
        .ok()
        .map(|o| o.value());
    assert_eq!(r, Some(Value::int_unchecked(n * (n - 1) / 2)));
    // Too few arguments: an exception, and nothing left on the stack.
    assert!(kiln_object::call::call(f.value(), &[]).is_err());
    let e = kiln_object::raise::take(kiln_object::raise::pending());
    assert!(
        kiln_object::ops::repr_lossy(e.value()).contains("fib"),
        "{:?}",
        kiln_object::ops::repr_lossy(e.value())
    );
}
