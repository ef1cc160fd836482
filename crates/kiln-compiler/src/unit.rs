//! A code object under construction: instructions with labels, registers, constants, caches and handlers.

use hashbrown::HashMap;
use kiln_bytecode::{Cache, CacheKind, Const, Instr, Op, Position, Text, flags};
use kiln_syntax::ScopeId;
use kiln_syntax::ast::Name;

/// A place in the code, bound later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Val {
    /// A local, read borrowed.
    Local(u16),
    /// A temporary that the reader consumes.
    Temp(u16),
    /// A constant.
    Const(u16),
}

/// Where a value is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Wherever it is cheapest.
    Any,
    /// In the next temporary.
    Temp,
    /// In this register, written by the last instruction of the evaluation.
    Reg(u16),
}

/// An exception handler that is active for instructions.
#[derive(Clone, Copy, Debug)]
pub struct HandlerInfo {
    pub target: Label,
    pub depth: u16,
}

/// Index into the handlers; 0 is none.
pub type HandlerId = u32;

/// An instruction before layout.
#[derive(Clone, Copy, Debug)]
pub struct Ins {
    pub op: Op,
    pub flags: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    /// Target of a jump.
    pub label: Option<Label>,
    pub handler: HandlerId,
    pub pos: Position,
}

impl Ins {
    pub fn word(&self) -> Instr {
        Instr::new(self.op, self.flags, self.a, self.b, self.c)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ConstKey {
    Int(i64),
    Str(Text),
    Other(String),
}

/// A variable of a comprehension compiled in place.
#[derive(Clone, Debug)]
pub struct CompVar {
    pub reg: u16,
    pub cell: bool,
    /// May be read before it is bound.
    pub check: bool,
}

/// A comprehension compiled in place that is being compiled.
pub struct CompFrame {
    pub scope: ScopeId,
    pub vars: HashMap<Name, CompVar>,
}

/// A range of instructions in which a register is a named variable.
pub struct ScopedRange {
    pub name: Name,
    pub reg: u16,
    pub cell: bool,
    pub start: usize,
    pub end: usize,
}

/// The code under construction.
pub struct Unit<'a> {
    pub scope: ScopeId,
    pub name: Name,
    pub qualname: String,
    pub first_line: u32,
    pub flags: u32,
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    pub private: Option<kiln_syntax::Private>,

    pub code: Vec<Ins>,
    /// Instruction index of each label.
    pub labels: Vec<u32>,
    pub handlers: Vec<HandlerInfo>,
    pub handler: HandlerId,
    pub pos: Position,

    pub consts: Vec<Const>,
    const_index: HashMap<ConstKey, u32>,
    pub caches: Vec<Cache>,
    shared_caches: HashMap<(CacheKind, u32), u16>,
    pub names: Vec<Box<str>>,
    name_index: HashMap<Name, ()>,

    pub varnames: Vec<Name>,
    pub cellvars: Vec<Name>,
    pub freevars: Vec<Name>,
    /// Register of each local, cell and free variable.
    pub regs: HashMap<Name, u16>,
    pub param_count: u16,
    pub free_base: u16,
    pub temp_base: u16,
    /// First free temporary.
    pub top: u16,
    pub max: u16,
    pub comps: Vec<CompFrame>,
    pub scoped: Vec<ScopedRange>,
    pub blocks: Vec<crate::control::Block<'a>>,
    /// Attributes that methods of this class set on `self`.
    pub static_attributes: Vec<Name>,
    /// Names that conditional annotations got their index for, so far.
    pub next_annotation: u32,
    /// The body of an `async def`.
    pub is_async: bool,
    /// Within how many statements that may not run their body.
    pub branch_depth: u32,
    /// A limit was hit; reported at the end of the unit.
    pub overflow: Option<&'static str>,
}

impl<'a> Unit<'a> {
    pub fn new(scope: ScopeId, name: Name, qualname: String, first_line: u32) -> Unit<'a> {
        Unit {
            scope,
            name,
            qualname,
            first_line,
            flags: 0,
            arg_count: 0,
            posonly_count: 0,
            kwonly_count: 0,
            private: None,
            code: Vec::new(),
            labels: Vec::new(),
            handlers: vec![HandlerInfo {
                target: Label(0),
                depth: 0,
            }],
            handler: 0,
            pos: Position::NONE,
            consts: Vec::new(),
            const_index: HashMap::new(),
            caches: Vec::new(),
            shared_caches: HashMap::new(),
            names: Vec::new(),
            name_index: HashMap::new(),
            varnames: Vec::new(),
            cellvars: Vec::new(),
            freevars: Vec::new(),
            regs: HashMap::new(),
            param_count: 0,
            free_base: 0,
            temp_base: 0,
            top: 0,
            max: 0,
            comps: Vec::new(),
            scoped: Vec::new(),
            blocks: Vec::new(),
            static_attributes: Vec::new(),
            next_annotation: 0,
            is_async: false,
            branch_depth: 0,
            overflow: None,
        }
    }

    // ── Temporaries ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Allocates the next temporary.
    pub fn temp(&mut self) -> u16 {
        self.temps(1)
    }

    /// Allocates `count` temporaries in a row; the first.
    pub fn temps(&mut self, count: usize) -> u16 {
        let first = self.top;
        let end = first as usize + count;
        if end > u16::MAX as usize - 16 {
            self.overflow = Some("too many registers in one function");
            return first;
        }
        self.top = end as u16;
        self.max = self.max.max(self.top);
        first
    }

    /// Frees every temporary from `mark` on: they are dead.
    pub fn reset(&mut self, mark: u16) {
        self.top = mark;
    }

    /// Frees the register of a temporary that the next instruction consumes.
    pub fn discard_mark(&mut self, val: Val) {
        if let Val::Temp(reg) = val {
            self.reset(reg);
        }
    }

    /// The register to write a result to.
    pub fn dest(&mut self, want: Want) -> (u16, Val) {
        match want {
            Want::Reg(reg) => (reg, Val::Local(reg)),
            Want::Any | Want::Temp => {
                let reg = self.temp();
                (reg, Val::Temp(reg))
            }
        }
    }

    // ── Emission ────────────────────────────────────────────────────────────────────────────────────────────────────

    pub fn emit_full(&mut self, op: Op, flags: u8, a: u16, b: u16, c: u16, label: Option<Label>) {
        let (handler, pos) = (self.handler, self.pos);
        self.code.push(Ins {
            op,
            flags,
            a,
            b,
            c,
            label,
            handler,
            pos,
        });
    }

    pub fn emit(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.emit_full(op, 0, a, b, c, None);
    }

    pub fn emit_wide(&mut self, op: Op, a: u16, bc: u32) {
        self.emit_full(op, 0, a, bc as u16, (bc >> 16) as u16, None);
    }

    /// Field and flags of a value operand in field `a`, `b` or `c` (0, 1, 2).
    pub fn field(val: Val, field: u8) -> (u16, u8) {
        match val {
            Val::Local(reg) => (reg, 0),
            Val::Temp(reg) => (reg, flags::A_TAKE << field),
            Val::Const(index) => (index, flags::A_CONST << field),
        }
    }

    /// `op a, V(b)`.
    pub fn emit_ab(&mut self, op: Op, a: u16, b: Val, c: u16) {
        let (b, flag) = Self::field(b, 1);
        self.emit_full(op, flag, a, b, c, None);
    }

    /// `op V(a)`, with `bc`.
    pub fn emit_a(&mut self, op: Op, a: Val, b: u16, c: u16) {
        let (a, flag) = Self::field(a, 0);
        self.emit_full(op, flag, a, b, c, None);
    }

    /// `op a, V(b), V(c)` with more flags.
    pub fn emit_abc(&mut self, op: Op, more: u8, a: u16, b: Val, c: Val) {
        let (b, b_flag) = Self::field(b, 1);
        let (c, c_flag) = Self::field(c, 2);
        self.emit_full(op, more | b_flag | c_flag, a, b, c, None);
    }

    /// `op V(a), V(b), c`.
    pub fn emit_vab(&mut self, op: Op, a: Val, b: Val, c: u16) {
        let (a, a_flag) = Self::field(a, 0);
        let (b, b_flag) = Self::field(b, 1);
        self.emit_full(op, a_flag | b_flag, a, b, c, None);
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.code.len() as u32;
    }

    pub fn here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    pub fn jump(&mut self, label: Label) {
        self.emit_full(Op::Jump, 0, 0, 0, 0, Some(label));
    }

    pub fn jump_back(&mut self, label: Label) {
        self.emit_full(Op::JumpBack, 0, 0, 0, 0, Some(label));
    }

    /// `jump_if_true` and its like.
    pub fn jump_on(&mut self, op: Op, val: Val, label: Label) {
        let (a, flag) = Self::field(val, 0);
        self.emit_full(op, flag, a, 0, 0, Some(label));
    }

    /// Frees a temporary that nobody reads.
    pub fn discard(&mut self, val: Val) {
        if let Val::Temp(reg) = val {
            self.emit(Op::Drop, reg, 0, 0);
        }
    }

    /// `R[to] := val`.
    pub fn move_to(&mut self, to: u16, val: Val) {
        match val {
            Val::Const(index) => self.emit_wide(Op::LoadConst, to, index as u32),
            Val::Local(from) | Val::Temp(from) if from == to => {}
            _ => self.emit_ab(Op::Move, to, val, 0),
        }
    }

    /// Puts `val`, if it is not there already, where it is wanted.
    pub fn place(&mut self, val: Val, want: Want) -> Val {
        match (want, val) {
            (Want::Any, _) | (Want::Temp, Val::Temp(_)) => val,
            (Want::Temp, _) => {
                let reg = self.temp();
                self.move_to(reg, val);
                Val::Temp(reg)
            }
            (Want::Reg(reg), _) => {
                self.move_to(reg, val);
                if let Val::Temp(from) = val {
                    self.reset(from);
                }
                Val::Local(reg)
            }
        }
    }

    // ── Handlers ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Makes a handler active whose exception goes to register `depth`; the one active before.
    pub fn push_handler(&mut self, target: Label, depth: u16) -> HandlerId {
        self.handlers.push(HandlerInfo { target, depth });
        self.max = self.max.max(depth + 1);
        std::mem::replace(&mut self.handler, self.handlers.len() as u32 - 1)
    }

    // ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Index of a constant, made if it is new.
    pub fn constant(&mut self, constant: Const) -> u32 {
        let key = match &constant {
            Const::Code(_) => {
                self.consts.push(constant);
                return self.consts.len() as u32 - 1;
            }
            Const::Int(value) => ConstKey::Int(*value),
            Const::Str(text) => ConstKey::Str(text.clone()),
            other => ConstKey::Other(format!("{other:?}")),
        };
        *self.const_index.entry(key).or_insert_with(|| {
            self.consts.push(constant);
            self.consts.len() as u32 - 1
        })
    }

    /// A constant as an operand: by index, or through a temporary when the index does not fit.
    pub fn const_val(&mut self, constant: Const) -> Val {
        let index = self.constant(constant);
        if index <= u16::MAX as u32 {
            return Val::Const(index as u16);
        }
        let reg = self.temp();
        self.emit_wide(Op::LoadConst, reg, index);
        Val::Temp(reg)
    }

    pub fn none(&mut self) -> Val {
        self.const_val(Const::None)
    }

    /// Index of a name among the constants.
    pub fn name_const(&mut self, name: &str) -> u32 {
        self.constant(Const::str(name))
    }

    /// Index of a constant that must fit 16 bits.
    pub fn short_const(&mut self, constant: Const) -> u16 {
        let index = self.constant(constant);
        u16::try_from(index).unwrap_or_else(|_| {
            self.overflow = Some("too many constants in one function");
            0
        })
    }

    /// Notes a global or attribute name for `co_names`.
    fn note_name(&mut self, name: &str) {
        if !self.name_index.contains_key(name) {
            self.name_index.insert(Name::new(name), ());
            self.names.push(name.into());
        }
    }

    /// A cache for a name.
    pub fn cache(&mut self, kind: CacheKind, name: &str) -> u16 {
        self.note_name(name);
        let name = self.name_const(name);
        self.cache_raw(kind, name)
    }

    /// A cache for a call.
    pub fn call_cache(&mut self, kind: CacheKind) -> u16 {
        self.cache_raw(kind, 0)
    }

    pub fn cache_raw(&mut self, kind: CacheKind, name: u32) -> u16 {
        const PRIVATE: usize = 60_000;
        if self.caches.len() >= PRIVATE
            && let Some(&shared) = self.shared_caches.get(&(kind, name))
        {
            return shared;
        }
        let Ok(index) = u16::try_from(self.caches.len()) else {
            self.overflow = Some("too many names in one function");
            return 0;
        };
        self.caches.push(Cache { kind, name });
        self.shared_caches.insert((kind, name), index);
        index
    }

    /// Notes a name that an instruction refers to without a cache.
    pub fn plain_name(&mut self, name: &str) -> u32 {
        self.note_name(name);
        self.name_const(name)
    }
}
