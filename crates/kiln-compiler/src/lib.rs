//! Syntax tree to bytecode.
//!
//! [`compile`] is the entry. One [`unit::Unit`] per code object under construction; the themes of the language are files: `expr`, `call`,
//! `comprehension`, `fstring`, `stmt`, `control` (loops, `try`, `with`), `pattern`, `function`, `class`, `annotation`.

mod annotation;
mod assemble;
mod call;
mod class;
mod comprehension;
mod control;
mod expr;
mod fold;
mod fstring;
mod function;
mod future;
mod names;
mod pattern;
mod stmt;
mod try_stmt;
mod unit;
mod unparse;

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashSet;
use kiln_bytecode::{Code, Position, co};
use kiln_syntax::ast::{Mod, Name, Ranged, TextRange};
use kiln_syntax::{Fault, Lines, Made, Parsed, ScopeId, ScopeKind, Source, SymbolTable, SyntaxError, deep};

pub use kiln_syntax::{DecodeError, ErrorKind, Mode, decode};

use unit::{Unit, Val, Want};

/// How to compile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// 0: assertions and docstrings; 1: no assertions, `__debug__` is false (`-O`); 2: no docstrings either (`-OO`).
    pub optimize: u8,
    /// Future features that are on from the start (`co::FUTURE_*`).
    pub future: u32,
    /// `await`, `async for` and `async with` at top level make the code a coroutine.
    pub top_level_await: bool,
}

/// A warning that compiling gave rise to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub category: WarningCategory,
    pub msg: String,
    /// As in [`SyntaxError`], also if the warning is turned into one.
    pub lineno: u32,
    pub offset: u32,
    pub end_lineno: u32,
    pub end_offset: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCategory {
    Syntax,
    Deprecation,
}

/// What compiling gives.
#[derive(Debug)]
pub struct Compiled {
    pub code: Code,
    pub warnings: Vec<Warning>,
}

/// Compiles `source`.
pub fn compile(source: &str, filename: &str, mode: Mode, options: Options) -> Result<Compiled, Box<SyntaxError>> {
    guarded(source, filename, || {
        let source = &*plain_lines(source);
        let located = |fault: Fault| Box::new(fault.locate(source, &Lines::new(source), filename));
        let parsed = kiln_syntax::parse(source, mode).map_err(located)?;
        let mut warnings = literal_warnings(&parsed);
        let origin = Source::Text(source);
        let compiled = compile_inner(parsed.tree(), origin, &parsed.lines, filename, mode, options)?;
        // Each place is warned about once.
        let place = |w: &Warning| (w.lineno, w.offset, w.end_lineno, w.end_offset);
        warnings.retain(|w| compiled.warnings.iter().all(|other| place(other) != place(w)));
        let code = compiled.code;
        warnings.extend(compiled.warnings);
        Ok(Compiled { code, warnings })
    })
}

/// Compiles a tree that a program put together.
pub fn compile_tree(made: &Made, filename: &str, mode: Mode, options: Options) -> Result<Compiled, Box<SyntaxError>> {
    guarded("", filename, || {
        compile_inner(
            made.tree(),
            Source::Made(made.values()),
            &made.lines,
            filename,
            mode,
            options,
        )
    })
}

/// Runs a compilation; a failure of the compiler itself is an error too.
fn guarded(
    source: &str,
    filename: &str,
    body: impl FnOnce() -> Result<Compiled, Box<SyntaxError>>,
) -> Result<Compiled, Box<SyntaxError>> {
    let attempt = std::panic::AssertUnwindSafe(body);
    std::panic::catch_unwind(attempt).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(panic.downcast_ref::<&str>().copied());
        let fault = Fault {
            kind: ErrorKind::Limit,
            msg: format!("the compiler failed: {}", what.unwrap_or("unknown reason")),
            ..Fault::new("", TextRange::default())
        };
        Err(Box::new(fault.locate(source, &Lines::new(source), filename)))
    })
}

fn compile_inner(
    tree: &Mod,
    source: Source<'_>,
    lines: &Lines,
    filename: &str,
    mode: Mode,
    options: Options,
) -> Result<Compiled, Box<SyntaxError>> {
    let located = |fault: Fault| Box::new(fault.locate(source.text(), lines, filename));
    let future = future::features(tree, options.future).map_err(located)?;
    let table = SymbolTable::build(tree, future & co::FUTURE_ANNOTATIONS != 0).map_err(located)?;
    let mut compiler = Compiler {
        source,
        lines,
        table: &table,
        filename: filename.into(),
        mode,
        options,
        future,
        u: Unit::new(table.top(), Name::new_static("<module>"), "<module>".into(), 1),
        outer: Vec::new(),
        warnings: Vec::new(),
        warned: HashSet::new(),
        depth: 0,
    };
    let code = compiler.top(tree).map_err(located)?;
    let warnings = std::mem::take(&mut compiler.warnings);
    Ok(Compiled { code, warnings })
}

/// The text with all line ends as `\n`.
pub fn plain_lines(source: &str) -> Cow<'_, str> {
    match source.contains('\r') {
        true => source.replace("\r\n", "\n").replace('\r', "\n").into(),
        false => source.into(),
    }
}

/// What reading the literals of a source warns about, once per place.
pub fn literal_warnings(parsed: &Parsed<'_>) -> Vec<Warning> {
    let mut seen = HashSet::new();
    let found = kiln_syntax::strings::literal_warnings(parsed).into_iter();
    found
        .filter(|(range, _)| seen.insert(*range))
        .map(|(range, msg)| warning(WarningCategory::Syntax, msg, range, parsed.source, &parsed.lines))
        .collect()
}

fn warning(category: WarningCategory, msg: String, range: TextRange, source: &str, lines: &Lines) -> Warning {
    let at = Fault::new(msg, range).locate(source, lines, "");
    Warning {
        category,
        msg: at.msg,
        lineno: at.lineno,
        offset: at.offset,
        end_lineno: at.end_lineno,
        end_offset: at.end_offset,
    }
}

type Res<T = ()> = Result<T, Fault>;

/// The state of one compilation.
struct Compiler<'a> {
    source: Source<'a>,
    lines: &'a Lines,
    table: &'a SymbolTable,
    filename: Arc<str>,
    mode: Mode,
    options: Options,
    /// Future features in force.
    future: u32,
    /// The code being compiled.
    u: Unit<'a>,
    /// The code around it, outermost first.
    outer: Vec<Unit<'a>>,
    warnings: Vec<Warning>,
    warned: HashSet<TextRange>,
    depth: u32,
}

impl<'a> Compiler<'a> {
    fn top(&mut self, tree: &'a Mod) -> Res<Code> {
        let scope = self.table.top();
        self.declare_registers(scope);
        self.u.flags |= self.future;
        if self.options.top_level_await && self.table.scope(scope).coroutine {
            self.u.flags |= co::COROUTINE;
            if self.table.scope(scope).generator {
                self.u.flags = self.u.flags & !co::COROUTINE | co::ASYNC_GENERATOR;
            }
        }
        let cleanup = self.prologue();
        match tree {
            Mod::Module(module) => {
                self.module_body(&module.body)?;
                let none = self.u.none();
                self.u.emit_a(kiln_bytecode::Op::Return, none, 0, 0);
            }
            Mod::Expression(expression) => {
                let value = self.expr(&expression.body, Want::Any)?;
                self.at(&*expression.body);
                self.u.emit_a(kiln_bytecode::Op::Return, value, 0, 0);
            }
        }
        self.epilogue(cleanup);
        let unit = std::mem::replace(&mut self.u, Unit::new(scope, Name::new_static(""), String::new(), 0));
        self.assemble(unit)
    }

    fn assemble(&self, unit: Unit<'a>) -> Res<Code> {
        assemble::assemble(unit, self.filename.clone()).map_err(|limit| Fault {
            kind: ErrorKind::Limit,
            msg: limit.into(),
            range: TextRange::default(),
            incomplete: false,
            end_offset: None,
        })
    }

    /// Opens a new code object in scope `scope`.
    fn enter(&mut self, scope: ScopeId, name: Name, qualname: String, range: TextRange) {
        let first_line = self.lines.line(range.start());
        let mut unit = Unit::new(scope, name, qualname, first_line);
        unit.private = self.table.scope(scope).private.clone();
        let info = self.table.scope(scope);
        if info.kind != ScopeKind::Class {
            unit.flags |= co::OPTIMIZED | co::NEWLOCALS;
        }
        if info.nested && info.kind != ScopeKind::Class {
            unit.flags |= co::NESTED;
        }
        if info.method {
            unit.flags |= co::METHOD;
        }
        unit.flags |= self.future;
        unit.pos = Position::line_only(first_line);
        self.outer.push(std::mem::replace(&mut self.u, unit));
        self.declare_registers(scope);
    }

    /// Closes the code object opened last.
    fn leave(&mut self) -> Res<Arc<Code>> {
        let outer = self
            .outer
            .pop()
            .unwrap_or_else(|| unreachable!("every leave has its enter"));
        let unit = std::mem::replace(&mut self.u, outer);
        Ok(Arc::new(self.assemble(unit)?))
    }

    /// Gives every variable of the unit its register.
    fn declare_registers(&mut self, scope: ScopeId) {
        use kiln_syntax::{Resolution, def};
        let info = self.table.scope(scope);
        let u = &mut self.u;
        let mut next = if info.is_function_like() { 0 } else { 1 };
        let mut cells: Vec<Name> = Vec::new();
        let mut free: Vec<Name> = Vec::new();
        if info.is_function_like() {
            let is = |name: &&Name, param: bool| (info.symbols[*name].flags & def::PARAM != 0) == param;
            let params = info.names.iter().filter(|name| is(name, true));
            let locals = info
                .names
                .iter()
                .filter(|name| is(name, false) && info.resolution(name) == Resolution::Local);
            for name in params {
                u.varnames.push(name.clone());
                u.regs.insert(name.clone(), next);
                next += 1;
                u.param_count += 1;
            }
            for name in locals {
                u.varnames.push(name.clone());
                u.regs.insert(name.clone(), next);
                next = next.saturating_add(1);
            }
        }
        for name in &info.names {
            match info.resolution(name) {
                Resolution::Cell => cells.push(name.clone()),
                Resolution::Free => free.push(name.clone()),
                _ if info.symbols[name].flags & def::FREE_CLASS != 0 => free.push(name.clone()),
                _ => {}
            }
        }
        if info.kind == ScopeKind::Class {
            let special = [
                (info.needs_class_closure, "__class__"),
                (info.needs_classdict, "__classdict__"),
                (info.conditional_annotations, "__conditional_annotations__"),
            ];
            cells.extend(
                special
                    .iter()
                    .filter(|(needed, _)| *needed)
                    .map(|&(_, name)| Name::new_static(name)),
            );
        }
        cells.sort();
        free.sort();
        for name in &cells {
            if !u.regs.contains_key(name) {
                u.regs.insert(name.clone(), next);
                next = next.saturating_add(1);
            }
        }
        u.free_base = next;
        for name in &free {
            u.regs.insert(name.clone(), next);
            next = next.saturating_add(1);
        }
        if next > 60_000 {
            u.overflow = Some("too many local variables in one function");
        }
        u.cellvars = cells;
        u.freevars = free;
        u.temp_base = next;
        u.top = next;
        u.max = next;
    }

    /// First instructions of every unit. Gives the handler that turns StopIteration into RuntimeError, if the unit is a generator.
    fn prologue(&mut self) -> Option<unit::Label> {
        use kiln_bytecode::Op;
        // Early, so that its index is small in the largest code.
        self.u.constant(kiln_bytecode::Const::None);
        let generator = self.u.flags & (co::GENERATOR | co::COROUTINE | co::ASYNC_GENERATOR) != 0;
        if generator {
            self.u.emit(Op::ReturnGenerator, 0, 0, 0);
        }
        if !self.u.freevars.is_empty() {
            self.u
                .emit(Op::CopyFreeVars, self.u.free_base, self.u.freevars.len() as u16, 0);
        }
        for name in self.u.cellvars.clone() {
            let reg = self.u.regs[&name];
            self.u.emit(Op::MakeCell, reg, 0, 0);
        }
        generator.then(|| {
            let label = self.u.label();
            let depth = self.u.top;
            self.u.push_handler(label, depth);
            label
        })
    }

    /// Last instructions of every unit: the handler that [`Compiler::prologue`] announced.
    fn epilogue(&mut self, cleanup: Option<unit::Label>) {
        use kiln_bytecode::Op;
        if let Some(label) = cleanup {
            self.u.handler = 0;
            self.u.bind(label);
            self.u.pos = Position::NONE;
            let reg = self.u.temp_base;
            self.u.max = self.u.max.max(reg + 1);
            self.u.emit_ab(Op::StopIterationError, reg, Val::Temp(reg), 0);
            self.u
                .emit_full(Op::Reraise, kiln_bytecode::flags::A_TAKE, reg, 0, 0, None);
        }
    }

    /// Instructions from here on belong to the range of `node`.
    fn at(&mut self, node: &impl Ranged) {
        self.u.pos = self.position(node.range());
    }

    fn position(&self, range: TextRange) -> Position {
        let (line, col, end_line, end_col) = self.lines.span(range);
        Position {
            line,
            end_line,
            col,
            end_col,
        }
    }

    /// Runs `body` one level deeper.
    fn deeper<T>(&mut self, range: TextRange, body: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(deep::too_deep(range));
        }
        let result = deep::grow(|| body(self));
        self.depth -= 1;
        result
    }

    /// Notes a SyntaxWarning, once per place.
    fn warn(&mut self, msg: impl Into<String>, range: TextRange) {
        self.warn_as(WarningCategory::Syntax, msg.into(), range);
    }

    fn warn_as(&mut self, category: WarningCategory, msg: String, range: TextRange) {
        if !self.warned.insert(range) {
            return;
        }
        let warning = warning(category, msg, range, self.source.text(), self.lines);
        self.warnings.push(warning);
    }
}
