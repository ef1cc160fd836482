//! Loading, storing and deleting names.

use kiln_bytecode::{CacheKind, Const, Op, flags};
use kiln_syntax::ast::{ExprAttribute, Name, TextRange};
use kiln_syntax::{Resolution, ScopeKind, def, mangle};

use crate::unit::{Unit, Val, Want};
use crate::{Compiler, Res};

/// How the code being compiled reaches a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A local in a register; whether it may be unbound.
    Fast(u16, bool),
    /// A cell in a register.
    Deref(u16),
    Global,
    /// Through the namespace in register 0.
    Namespace,
    /// In the class's namespace, else the cell in the register.
    ClassDeref(u16),
    /// In the class's namespace, else global.
    ClassGlobal,
}

impl<'a> Compiler<'a> {
    pub fn mangled(&self, name: &Name) -> Name {
        mangle(self.u.private.as_ref(), name)
    }

    /// How `name` (mangled) is reached.
    pub fn access(&self, name: &Name) -> Access {
        let mut in_comp = false;
        for comp in self.u.comps.iter().rev() {
            match self.table.scope(comp.scope).resolution(name) {
                Resolution::Local => {
                    let var = &comp.vars[name];
                    return Access::Fast(var.reg, var.check);
                }
                Resolution::Cell => return Access::Deref(comp.vars[name].reg),
                Resolution::GlobalExplicit => return Access::Global,
                Resolution::GlobalImplicit => {
                    return match self.table.scope(self.u.scope).kind {
                        ScopeKind::Module => Access::Namespace,
                        _ => Access::Global,
                    };
                }
                Resolution::Free | Resolution::Unknown => in_comp = true,
            }
        }
        let scope = self.table.scope(self.u.scope);
        let is_class = scope.kind == ScopeKind::Class;
        let symbol = scope.symbol(name).copied().unwrap_or_default();
        if in_comp && is_class && (symbol.flags & def::FREE_CLASS != 0 || symbol.resolution == Resolution::Free) {
            return Access::Deref(self.u.regs[name]);
        }
        if is_class && self.u.cellvars.contains(name) {
            return Access::Deref(self.u.regs[name]);
        }
        match symbol.resolution {
            Resolution::Local if scope.is_function_like() => Access::Fast(self.u.regs[name], true),
            Resolution::Local => Access::Namespace,
            Resolution::Cell => Access::Deref(self.u.regs[name]),
            Resolution::Free
                if symbol.flags & def::NONLOCAL == 0
                    && (is_class || scope.can_see_class)
                    && &**name != "__classdict__" =>
            {
                Access::ClassDeref(self.u.regs[name])
            }
            Resolution::Free => Access::Deref(self.u.regs[name]),
            Resolution::GlobalExplicit => Access::Global,
            Resolution::GlobalImplicit | Resolution::Unknown if scope.can_see_class => Access::ClassGlobal,
            Resolution::GlobalImplicit | Resolution::Unknown => match scope.is_function_like() {
                true => Access::Global,
                false => Access::Namespace,
            },
        }
    }

    /// Whether an expression evaluated later in the same statement may rebind local `name`.
    fn may_be_rebound(&self, name: &Name) -> bool {
        let flags = |scope| self.table.scope(scope).symbol(name).map_or(0, |symbol| symbol.flags);
        flags(self.u.scope) & def::WALRUS != 0
    }

    /// Loads `name` (not mangled yet).
    pub fn load_name(&mut self, name: &Name, range: TextRange, want: Want) -> Res<Val> {
        if name == "__debug__" {
            let constant = if self.options.optimize == 0 {
                Const::True
            } else {
                Const::False
            };
            let val = self.u.const_val(constant);
            return Ok(self.u.place(val, want));
        }
        let name = self.mangled(name);
        self.u.pos = self.position(range);
        Ok(self.load_mangled(&name, want))
    }

    pub fn load_mangled(&mut self, name: &Name, want: Want) -> Val {
        match self.access(name) {
            Access::Fast(reg, check) => {
                if check {
                    let index = self.u.name_const(name);
                    self.u.emit_wide(Op::CheckBound, reg, index);
                }
                let want = if want == Want::Any && self.may_be_rebound(name) {
                    Want::Temp
                } else {
                    want
                };
                self.u.place(Val::Local(reg), want)
            }
            Access::Deref(cell) => {
                let (dst, val) = self.u.dest(want);
                self.u.emit(Op::LoadDeref, dst, cell, 0);
                val
            }
            Access::Global => {
                let (dst, val) = self.u.dest(want);
                let cache = self.u.cache(CacheKind::LoadGlobal, name);
                self.u.emit(Op::LoadGlobal, dst, 0, cache);
                val
            }
            Access::Namespace => {
                let (dst, val) = self.u.dest(want);
                let cache = self.u.cache(CacheKind::LoadName, name);
                self.u.emit(Op::LoadName, dst, 0, cache);
                val
            }
            Access::ClassDeref(cell) => {
                let mapping = self.class_mapping();
                self.u.discard_mark(mapping);
                let (dst, val) = self.u.dest(want);
                let (b, flag) = Unit::field(mapping, 1);
                self.u.emit_full(Op::LoadFromDictOrDeref, flag, dst, b, cell, None);
                val
            }
            Access::ClassGlobal => {
                let mapping = self.class_mapping();
                self.u.discard_mark(mapping);
                let (dst, val) = self.u.dest(want);
                let name = self.u.plain_name(name);
                let name = u16::try_from(name).unwrap_or_else(|_| {
                    self.u.overflow = Some("too many constants in one function");
                    0
                });
                let (b, flag) = Unit::field(mapping, 1);
                self.u.emit_full(Op::LoadFromDictOrGlobals, flag, dst, b, name, None);
                val
            }
        }
    }

    /// The mapping that class names are looked up in.
    fn class_mapping(&mut self) -> Val {
        if self.table.scope(self.u.scope).kind == ScopeKind::Class {
            return Val::Local(0);
        }
        // A class that binds the name itself has no such cell: its own namespace is out of reach then.
        let Some(&cell) = self.u.regs.get("__classdict__") else {
            let reg = self.u.temp();
            self.u.emit(Op::BuildMap, reg, reg, 0);
            return Val::Temp(reg);
        };
        let reg = self.u.temp();
        self.u.emit(Op::LoadDeref, reg, cell, 0);
        Val::Temp(reg)
    }

    /// The register that a store to `name` may write directly, if it is a plain local.
    pub fn local_target(&self, name: &Name) -> Option<u16> {
        match self.access(&self.mangled(name)) {
            Access::Fast(reg, _) => Some(reg),
            _ => None,
        }
    }

    /// Stores `val`, which is consumed.
    pub fn store_name(&mut self, name: &Name, val: Val) {
        let name = self.mangled(name);
        self.store_mangled(&name, val);
    }

    pub fn store_mangled(&mut self, name: &Name, val: Val) {
        match self.access(name) {
            Access::Fast(reg, _) => self.u.move_to(reg, val),
            Access::Deref(cell) | Access::ClassDeref(cell) => {
                let (b, flag) = Unit::field(val, 1);
                self.u.emit_full(Op::StoreDeref, flag, cell, b, 0, None);
            }
            Access::Global => {
                let cache = self.u.cache(CacheKind::StoreGlobal, name);
                self.u.emit_a(Op::StoreGlobal, val, 0, cache);
            }
            Access::Namespace | Access::ClassGlobal => {
                let cache = self.u.cache(CacheKind::StoreName, name);
                self.u.emit_a(Op::StoreName, val, 0, cache);
            }
        }
    }

    /// `del name`; `checked`: an unbound name is an error.
    pub fn delete_name(&mut self, name: &Name, checked: bool) {
        let name = self.mangled(name);
        match self.access(&name) {
            Access::Fast(reg, _) => {
                if checked {
                    let index = self.u.name_const(&name);
                    self.u.emit_wide(Op::CheckBound, reg, index);
                }
                self.u.emit(Op::Unbind, reg, 0, 0);
            }
            Access::Deref(cell) | Access::ClassDeref(cell) => self.u.emit(Op::DeleteDeref, cell, 0, 0),
            Access::Global => {
                let index = self.u.plain_name(&name);
                self.u.emit_wide(Op::DeleteGlobal, 0, index);
            }
            Access::Namespace | Access::ClassGlobal => {
                let index = self.u.plain_name(&name);
                self.u.emit_wide(Op::DeleteName, 0, index);
            }
        }
    }

    /// The end of an `except … as name`: the name is unbound, whether or not the body did so already.
    pub fn clear_name(&mut self, name: &Name) {
        if self.local_target(name).is_none() {
            let none = self.u.none();
            self.store_name(name, none);
        }
        self.delete_name(name, false);
    }

    /// The register of the cell that an inner function's free variable `name` is bound to.
    pub fn closure_cell(&self, name: &Name) -> u16 {
        for comp in self.u.comps.iter().rev() {
            if self.table.scope(comp.scope).resolution(name) == Resolution::Cell {
                return comp.vars[name].reg;
            }
        }
        self.u.regs[name]
    }

    /// Loads attribute `name` (not mangled yet) of `object`.
    pub fn load_attr(&mut self, node: &ExprAttribute, object: Val, mark: u16, want: Want) -> Val {
        let name = self.mangled(&node.attr.id);
        let cache = self.u.cache(CacheKind::LoadAttr, &name);
        self.at_attribute(node.range, node);
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        let (b, flag) = Unit::field(object, 1);
        self.u.emit_full(Op::LoadAttr, flag, dst, b, cache, None);
        val
    }

    /// Instructions from here on belong to `range`, but start at the attribute's name when that is on a later line.
    pub fn at_attribute(&mut self, range: TextRange, node: &ExprAttribute) {
        let mut pos = self.position(range);
        let name = self.position(node.attr.range);
        if pos.line != name.end_line {
            (pos.line, pos.col) = (name.end_line, name.col);
        }
        self.u.pos = pos;
    }

    /// Whether `val`, if a temporary, must be copied because the same value is read again: such reads do not take.
    pub fn borrow(val: Val) -> (u16, u8) {
        match val {
            Val::Local(reg) | Val::Temp(reg) => (reg, 0),
            Val::Const(index) => (index, flags::B_CONST),
        }
    }
}
