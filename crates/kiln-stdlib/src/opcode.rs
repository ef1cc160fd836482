//! `_opcode`: the instructions of Kiln's bytecode, for `opcode` and `dis`.

use kiln_macros::builtin_module;

/// What the library's `dis` knows of instructions.
#[builtin_module("_opcode")]
pub mod module {
    use kiln_bytecode::{Code, Field, Kind, Op};
    use kiln_object::code::CodeObject;
    use kiln_object::list::List;
    use kiln_object::str::Str;
    use kiln_object::tuple::Tuple;
    use kiln_object::{Object, Raised};

    fn op(number: i64) -> Option<Op> {
        u8::try_from(number).ok().and_then(Op::from_u8)
    }
    fn has(number: i64, kind: fn(Kind) -> bool) -> bool {
        op(number).is_some_and(|op| op.fields().iter().any(|&(_, k)| kind(k)))
    }
    fn checked(number: i64) -> Result<Op, Raised> {
        op(number).ok_or_else(|| kiln_object::raise!(ValueError, "invalid opcode or oparg"))
    }

    /// The names of all instructions, in the order of their numbers.
    pub fn get_opnames() -> Object {
        Tuple::from_vec(Op::ALL.iter().map(|op| Str::intern(op.name())).collect())
    }
    /// What an instruction does.
    pub fn get_doc(opcode: i64) -> Result<&'static str, Raised> {
        checked(opcode).map(Op::doc)
    }
    /// Compute the stack effect of the opcode: instructions work on registers, none leaves the stack higher or lower.
    pub fn stack_effect(
        opcode: i64,
        oparg: Option<kiln_object::Value>,
        #[kwonly] jump: Option<kiln_object::Value>,
    ) -> Result<i64, Raised> {
        let (_, _) = (oparg, jump);
        checked(opcode).map(|_| 0)
    }
    pub fn is_valid(opcode: i64) -> bool {
        op(opcode).is_some()
    }
    pub fn has_arg(opcode: i64) -> bool {
        op(opcode).is_some_and(|op| !op.fields().is_empty())
    }
    pub fn has_const(opcode: i64) -> bool {
        has(opcode, |kind| matches!(kind, Kind::Const | Kind::Const32 | Kind::Use))
    }
    pub fn has_name(opcode: i64) -> bool {
        has(opcode, |kind| kind == Kind::Cache)
    }
    pub fn has_jump(opcode: i64) -> bool {
        has(opcode, |kind| matches!(kind, Kind::Jump16 | Kind::Jump32))
    }
    pub fn has_free(opcode: i64) -> bool {
        has(opcode, |kind| kind == Kind::Cell)
    }
    pub fn has_local(opcode: i64) -> bool {
        has(opcode, |kind| matches!(kind, Kind::Def | Kind::Use | Kind::UseReg | Kind::Reg | Kind::InOut))
    }
    pub fn has_exc(_opcode: i64) -> bool {
        false
    }
    /// There is no other form of compiled code than the one that runs.
    pub fn get_executor(#[kw] code: kiln_object::Value, #[kw] offset: i64) -> Result<Object, Raised> {
        let (_, _) = (code, offset);
        Ok(Object::none())
    }

    /// The instructions of a code object: (offset, opcode, operands as an int, operands as text, name or constant or None,
    /// jump target or None) each.
    pub fn get_instructions(code: &CodeObject) -> Object {
        let data: &Code = &code.code;
        let items = data.instrs.iter().enumerate().map(|(pc, &instr)| {
            let op = instr.op();
            let text = kiln_bytecode::render(data, pc as u32, instr);
            let text = text.get(op.name().len()..).unwrap_or("").trim().to_owned();
            let target = instr
                .target(pc as u32)
                .map_or_else(Object::none, |to| Object::int(i64::from(to) * 8));
            let value = named(code, instr).unwrap_or_else(Object::none);
            Tuple::from_vec(vec![
                Object::int(pc as i64 * 8),
                Object::int(op as u8 as i64),
                Object::int((instr.0 >> 16) as i64),
                Str::new(&text),
                value,
                target,
            ])
        });
        List::from_vec(items.collect())
    }

    /// The name or constant that an instruction mentions.
    fn named(code: &CodeObject, instr: kiln_bytecode::Instr) -> Option<Object> {
        for &(field, kind) in instr.op().fields() {
            let index = match field {
                Field::a => u32::from(instr.a()),
                Field::b => u32::from(instr.b()),
                Field::c => u32::from(instr.c()),
                Field::bc => instr.bc(),
            };
            match kind {
                Kind::Const | Kind::Const32 => return Some(code.constant(index).to_object()),
                Kind::Cache => {
                    let cache = code.code.caches.get(index as usize)?;
                    return Some(code.constant(cache.name).to_object());
                }
                _ => {}
            }
        }
        None
    }

    /// The handlers of a code object: (start, end, target, register) each.
    pub fn get_handlers(code: &CodeObject) -> Object {
        let items = code.code.handlers.iter().map(|handler| {
            let numbers = [
                i64::from(handler.start) * 8,
                i64::from(handler.end) * 8,
                i64::from(handler.target) * 8,
                i64::from(handler.depth),
            ];
            Tuple::from_vec(numbers.into_iter().map(Object::int).collect())
        });
        List::from_vec(items.collect())
    }
}
