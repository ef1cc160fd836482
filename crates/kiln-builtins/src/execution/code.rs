//! `code` objects: attributes, `co_positions`, `co_lines`, `replace`.

use kiln_bytecode::{Code, Position};
use kiln_macros::builtin_methods;
use kiln_object::code::CodeObject;
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, ops};
use std::sync::Arc;

fn names(items: &[Box<str>]) -> Object {
    Tuple::from_vec(items.iter().map(|n| Str::intern(n)).collect())
}
fn number(n: u32) -> Object {
    Object::int(n as i64)
}
/// CPython's order: locals that are no cells, cells, free variables.
fn local_count(c: &Code) -> usize {
    c.varnames.len()
}
fn optional(n: u32, known: bool) -> Object {
    if known { number(n) } else { Object::none() }
}

#[builtin_methods("code")]
impl Methods {
    #[getter]
    fn co_name(this: &CodeObject) -> Option<Object> {
        this.name.get()
    }
    #[getter]
    fn co_qualname(this: &CodeObject) -> Option<Object> {
        this.qualname.get()
    }
    #[getter]
    fn co_filename(this: &CodeObject) -> Option<Object> {
        this.filename.get()
    }
    #[getter]
    fn co_firstlineno(this: &CodeObject) -> u32 {
        this.code.first_line
    }
    #[getter]
    fn co_argcount(this: &CodeObject) -> u32 {
        this.code.arg_count
    }
    #[getter]
    fn co_posonlyargcount(this: &CodeObject) -> u32 {
        this.code.posonly_count
    }
    #[getter]
    fn co_kwonlyargcount(this: &CodeObject) -> u32 {
        this.code.kwonly_count
    }
    #[getter]
    fn co_nlocals(this: &CodeObject) -> usize {
        local_count(&this.code)
    }
    #[getter]
    fn co_stacksize(this: &CodeObject) -> u32 {
        (this.code.reg_count - this.code.temp_base) as u32
    }
    #[getter]
    fn co_flags(this: &CodeObject) -> u32 {
        this.code.flags
    }
    #[getter]
    fn co_varnames(this: &CodeObject) -> Object {
        names(&this.code.varnames)
    }
    #[getter]
    fn co_cellvars(this: &CodeObject) -> Object {
        names(&this.code.cellvars)
    }
    #[getter]
    fn co_freevars(this: &CodeObject) -> Object {
        names(&this.code.freevars)
    }
    #[getter]
    fn co_names(this: &CodeObject) -> Object {
        names(&this.code.names)
    }
    #[getter]
    fn co_consts(this: &CodeObject) -> Object {
        let items: Vec<Object> = this.consts.borrow().clone();
        Tuple::from_vec(items)
    }
    /// The instructions, eight bytes each.
    #[getter]
    fn co_code(this: &CodeObject) -> Object {
        let bytes: Vec<u8> = this.code.instrs.iter().flat_map(|i| i.0.to_le_bytes()).collect();
        kiln_object::bytes::Bytes::new_object(&bytes)
    }
    #[getter]
    fn co_exceptiontable(_this: &CodeObject) -> Object {
        kiln_object::bytes::Bytes::new_object(b"")
    }
    #[getter]
    fn co_linetable(this: &CodeObject) -> Object {
        kiln_object::bytes::Bytes::new_object(&this.code.positions.0)
    }
    /// Ranges of instructions (in bytes) with their lines.
    fn co_lines(this: &CodeObject) -> Result<Object, Raised> {
        let mut items = Vec::new();
        let mut at = 0u32;
        let mut last: Option<(u32, u32, u32)> = None;
        for (run, p) in this.code.positions.runs() {
            match &mut last {
                Some((_, end, line)) if *line == p.line => *end = at + run,
                _ => {
                    items.extend(last.replace((at, at + run, p.line)));
                }
            }
            at += run;
        }
        items.extend(last);
        let list = List::from_vec(
            items
                .into_iter()
                .map(|(a, b, l)| Tuple::from_array([number(a * 8), number(b * 8), optional(l, l != 0)]))
                .collect(),
        );
        ops::iter(list.value())
    }
    /// Line, end line, column and end column, for every two bytes of `co_code`, as programs that index it by `tb_lasti // 2`
    /// rely on: an instruction's four times.
    fn co_positions(this: &CodeObject) -> Result<Object, Raised> {
        let all = this.code.positions.iter().map(position);
        let list = List::from_vec(all.flat_map(|p| std::iter::repeat_n(p, 4)).collect());
        ops::iter(list.value())
    }
    /// A copy with some attributes changed.
    fn replace(
        this: &CodeObject,
        #[kwonly] co_name: Option<&Str>,
        #[kwonly] co_qualname: Option<&Str>,
        #[kwonly] co_filename: Option<&Str>,
        #[kwonly] co_firstlineno: Option<i64>,
        #[kwonly] co_flags: Option<i64>,
        #[kwonly] co_consts: Option<&Tuple>,
    ) -> Result<Object, Raised> {
        let mut code: Code = (*this.code.0).clone();
        if let Some(n) = co_name {
            code.name = n.to_string_lossy().into();
        }
        if let Some(n) = co_qualname {
            code.qualname = n.to_string_lossy().into();
        }
        if let Some(n) = co_filename {
            code.filename = n.to_string_lossy().into();
        }
        if let Some(n) = co_firstlineno {
            code.first_line = n as u32;
        }
        if let Some(n) = co_flags {
            code.flags = n as u32;
        }
        if co_consts.is_some_and(|c| c.len() != code.consts.len()) {
            return Err(kiln_object::raise!(ValueError, "code: co_consts must keep its length"));
        }
        let o = CodeObject::new_object(&Arc::new(code));
        if let Some(c) = co_consts {
            o.expect::<CodeObject>().set_constants(c.items());
        }
        Ok(o)
    }
    fn __eq__(this: &CodeObject, other: Value) -> Object {
        let Some(o) = other.cast::<CodeObject>() else {
            return Object::not_implemented();
        };
        let same = std::ptr::eq(this, o)
            || this.code.name == o.code.name
                && this.code.instrs == o.code.instrs
                && this.code.first_line == o.code.first_line
                && this.code.varnames == o.code.varnames
                && this.code.flags == o.code.flags
                && kiln_bytecode::serialize(&this.code) == kiln_bytecode::serialize(&o.code);
        Object::bool(same)
    }
    fn __hash__(this: &CodeObject) -> i64 {
        let mut h = this.name.value().expect::<Str>().hash() ^ this.code.first_line as i64;
        for i in &this.code.instrs {
            h = h.wrapping_mul(1_000_003) ^ i.0 as i64;
        }
        if h == -1 { -2 } else { h }
    }
    fn __repr__(this: &CodeObject) -> String {
        let me = Value::from_ptr(&this.header);
        format!(
            "<code object {} at {}, file \"{}\", line {}>",
            this.code.name,
            crate::support::address(me),
            this.code.filename,
            this.code.first_line
        )
    }
    fn __sizeof__(this: &CodeObject) -> usize {
        size_of::<CodeObject>() + 8 * this.code.instrs.len()
    }
}
struct Methods;

/// A position as `co_positions` shows it.
pub fn position(p: Position) -> Object {
    let known = p.line != 0;
    let columns = p.has_columns();
    Tuple::from_array([
        optional(p.line, known),
        optional(p.end_line, known),
        optional(p.col, columns),
        optional(p.end_col, columns),
    ])
}

pub fn init() {
    CodeObject::class().add_methods(Methods::METHODS);
}
