//! Calls: plain, method, `super().name`, with stars.

use kiln_bytecode::{CacheKind, Const, Op, Text, flags};
use kiln_syntax::ast::{Expr, ExprAttribute, ExprCall, Keyword, Name, Ranged};
use kiln_syntax::{Fault, Resolution, ScopeKind};

use crate::names::Access;
use crate::unit::{Unit, Val, Want};
use crate::{Compiler, Res};

fn has_stars(args: &[Expr], keywords: &[Keyword]) -> bool {
    args.iter().any(Expr::is_starred_expr) || keywords.iter().any(|keyword| keyword.arg.is_none())
}

impl<'a> Compiler<'a> {
    pub fn call(&mut self, node: &'a ExprCall, want: Want) -> Res<Val> {
        self.check_call(node);
        let base = self.u.top;
        let (args, keywords) = (&node.arguments.args[..], &node.arguments.keywords[..]);
        if let Expr::Attribute(func) = &*node.func
            && !has_stars(args, keywords)
        {
            if !self.super_method(func, base)? {
                let object = self.expr(&func.value, Want::Any)?;
                self.u.reset(base);
                self.u.temps(5);
                let name = self.mangled(&func.attr.id);
                let cache = self.u.cache(CacheKind::LoadMethod, &name);
                self.at_attribute(func.range, func);
                let (b, flag) = Unit::field(object, 1);
                self.u.emit_full(Op::LoadMethod, flag, base, b, cache, None);
            }
            return self.finish_call(base, Some(func), args, keywords, node, want);
        }
        self.expr_temp(&node.func)?;
        self.u.temps(3);
        self.finish_call(base, None, args, keywords, node, want)
    }

    /// Evaluates the arguments after those that are in the window at `base` already, and calls; `attribute`: it is a method window. The window's temporaries so far are
    /// allocated, nothing above them.
    pub fn finish_call(
        &mut self,
        base: u16,
        attribute: Option<&'a ExprAttribute>,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        node: &impl Ranged,
        want: Want,
    ) -> Res<Val> {
        self.check_keywords(keywords)?;
        let method = attribute.is_some();
        let first = base + 4 + method as u16;
        if has_stars(args, keywords) {
            self.star_args(base, args, keywords, node)?;
            self.at(node);
            let cache = self.u.call_cache(CacheKind::CallEx);
            self.u.emit(Op::CallEx, base, 0, cache);
        } else {
            self.expr_temps(args)?;
            for keyword in keywords {
                self.expr_temp(&keyword.value)?;
            }
            match attribute {
                Some(attribute) => self.at_attribute(node.range(), attribute),
                None => self.at(node),
            }
            self.emit_call(base, method, self.u.top - first, keywords);
        }
        self.u.reset(base + 1);
        Ok(self.u.place(Val::Temp(base), want))
    }

    /// The call instruction for a filled window.
    pub fn emit_call(&mut self, base: u16, method: bool, count: u16, keywords: &[Keyword]) {
        if keywords.is_empty() {
            let (op, kind) = if method {
                (Op::CallMethod, CacheKind::CallMethod)
            } else {
                (Op::Call, CacheKind::Call)
            };
            let cache = self.u.call_cache(kind);
            self.u.emit(op, base, count, cache);
        } else {
            let names = keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
            let names = names.map(|name| Const::str(&self.mangled(&name.id))).collect();
            let names = self.u.constant(Const::Tuple(names));
            let cache = self.u.cache_raw(CacheKind::CallKw, names);
            self.u.emit_full(
                Op::CallKw,
                if method { flags::METHOD } else { 0 },
                base,
                count,
                cache,
                None,
            );
        }
    }

    /// Puts the tuple of positional arguments in `R[base+4]` and the dict of keyword arguments, or UNBOUND, in `R[base+5]`. Arguments that are
    /// in the window already come first.
    fn star_args(&mut self, base: u16, args: &'a [Expr], keywords: &'a [Keyword], node: &impl Ranged) -> Res {
        let tuple = base + 4;
        let placed = self.u.top - tuple;
        match args {
            [Expr::Starred(only)] if placed == 0 => {
                let val = self.expr(&only.value, Want::Any)?;
                self.at(node);
                self.u.emit_ab(Op::ArgsToTuple, tuple, val, base);
            }
            _ => {
                let leading = args.iter().take(64).take_while(|arg| !arg.is_starred_expr()).count();
                self.expr_temps(&args[..leading])?;
                self.at(node);
                let count = self.u.top - tuple;
                self.u.reset(tuple);
                self.u.temp();
                if leading == args.len() {
                    self.u.emit(Op::BuildTuple, tuple, tuple, count);
                } else {
                    self.u.emit(Op::BuildList, tuple, tuple, count);
                    for arg in &args[leading..] {
                        let (op, arg) = match arg {
                            Expr::Starred(starred) => (Op::ListExtend, &*starred.value),
                            _ => (Op::ListAppend, arg),
                        };
                        let val = self.expr(arg, Want::Any)?;
                        self.at(node);
                        self.u.emit_ab(op, tuple, val, 0);
                        self.u.reset(tuple + 1);
                    }
                    self.u.emit_ab(Op::ListToTuple, tuple, Val::Temp(tuple), 0);
                }
            }
        }
        self.u.reset(tuple + 1);
        let dict = self.u.temp();
        if keywords.is_empty() {
            self.u.emit(Op::Unbind, dict, 0, 0);
            return Ok(());
        }
        // Keywords before the first `**` are built at once; what follows is merged in order.
        self.u.reset(dict);
        let leading = keywords
            .iter()
            .take(64)
            .take_while(|keyword| keyword.arg.is_some())
            .count();
        self.keyword_map(dict, &keywords[..leading], node)?;
        let mut rest = &keywords[leading..];
        while let Some((keyword, after)) = rest.split_first() {
            self.u.reset(dict + 1);
            let mark = self.u.top;
            if keyword.arg.is_none() {
                let val = self.expr(&keyword.value, Want::Any)?;
                self.at(node);
                self.emit_merge(dict, val, base);
                rest = after;
            } else {
                let run = rest.iter().take(64).take_while(|keyword| keyword.arg.is_some()).count();
                self.keyword_map(mark, &rest[..run], node)?;
                self.emit_merge(dict, Val::Temp(mark), base);
                rest = &rest[run..];
            }
        }
        self.u.reset(dict + 1);
        Ok(())
    }

    fn emit_merge(&mut self, dict: u16, val: Val, callee: u16) {
        let (b, flag) = Unit::field(val, 1);
        self.u.emit_full(Op::DictMerge, flag, dict, b, callee, None);
    }

    /// Builds the dict of plain keyword arguments in temporary `into`, the next one.
    fn keyword_map(&mut self, into: u16, keywords: &'a [Keyword], node: &impl Ranged) -> Res {
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                let name = self.mangled(&name.id);
                let key = self.u.const_val(Const::Str(Text::from(name.as_str())));
                self.u.place(key, Want::Temp);
            }
            self.expr_temp(&keyword.value)?;
        }
        self.at(node);
        self.u.reset(into);
        self.u.temp();
        self.u.emit(Op::BuildMap, into, into, keywords.len() as u16);
        Ok(())
    }

    fn check_keywords(&self, keywords: &[Keyword]) -> Res {
        for (index, keyword) in keywords.iter().enumerate() {
            let Some(name) = &keyword.arg else { continue };
            if name.as_str() == "__debug__" {
                return Err(Fault::new("cannot assign to __debug__", keyword.range));
            }
            let again = keywords[..index]
                .iter()
                .any(|other| other.arg.as_ref().is_some_and(|other| other.id == name.id));
            if again {
                return Err(Fault::new(
                    format!("keyword argument repeated: {}", name.id),
                    keyword.range,
                ));
            }
        }
        Ok(())
    }

    // ── super ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// `super().name` or `super(C, x).name` as one instruction, when `super` is surely meant to be the builtin.
    pub fn super_attr(&mut self, node: &'a ExprAttribute, mark: u16, want: Want) -> Res<Option<Val>> {
        let Some(zero) = self.super_operands(node)? else {
            return Ok(None);
        };
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.emit_super(node, dst, mark, zero);
        Ok(Some(val))
    }

    fn super_method(&mut self, node: &'a ExprAttribute, base: u16) -> Res<bool> {
        let Some(zero) = self.super_operands(node)? else {
            return Ok(false);
        };
        self.u.reset(base);
        self.u.temps(5);
        self.emit_super(node, base, base, zero | flags::METHOD);
        Ok(true)
    }

    fn emit_super(&mut self, node: &'a ExprAttribute, dst: u16, operands: u16, flag: u8) {
        let name = self.mangled(&node.attr.id);
        let cache = self.u.cache(CacheKind::LoadSuperAttr, &name);
        self.at(node);
        self.u.emit_full(Op::LoadSuperAttr, flag, dst, operands, cache, None);
    }

    /// Loads `super`, the class and the object into the next three temporaries; the flag for the instruction.
    fn super_operands(&mut self, node: &'a ExprAttribute) -> Res<Option<u8>> {
        let Expr::Call(call) = &*node.value else {
            return Ok(None);
        };
        let Expr::Name(func) = &*call.func else { return Ok(None) };
        let args = &call.arguments.args;
        let plain = call.arguments.keywords.is_empty() && !args.iter().any(Expr::is_starred_expr);
        let function = self.table.scope(self.u.scope).kind == ScopeKind::Function;
        if func.id != "super" || !plain || !function || self.access(&func.id) != Access::Global {
            return Ok(None);
        }
        if self.table.scope(self.table.top()).resolution("super") == Resolution::Local {
            return Ok(None);
        }
        let class = Name::new_static("__class__");
        match &args[..] {
            [] if self.u.arg_count > 0
                && self.table.scope(self.u.scope).resolution("__class__") == Resolution::Free =>
            {
                self.load_name(&func.id, func.range, Want::Temp)?;
                self.at(call);
                let cell = self.u.regs[&class];
                let reg = self.u.temp();
                self.u.emit(Op::LoadDeref, reg, cell, 0);
                let first = self.u.varnames[0].clone();
                match self.access_own(&first) {
                    Access::Deref(cell) => {
                        let reg = self.u.temp();
                        self.u.emit(Op::LoadDeref, reg, cell, 0);
                    }
                    _ => {
                        let index = self.u.name_const(&first);
                        self.u.emit_wide(Op::CheckBound, 0, index);
                        self.u.place(Val::Local(0), Want::Temp);
                    }
                }
                Ok(Some(flags::ZERO_ARG))
            }
            [_, _] => {
                self.load_name(&func.id, func.range, Want::Temp)?;
                self.expr_temp(&args[0])?;
                self.expr_temp(&args[1])?;
                Ok(Some(0))
            }
            _ => Ok(None),
        }
    }

    /// How the function itself, not a comprehension in it, reaches `name`.
    fn access_own(&self, name: &Name) -> Access {
        match self.table.scope(self.u.scope).resolution(name) {
            Resolution::Cell => Access::Deref(self.u.regs[name]),
            _ => Access::Fast(self.u.regs[name], true),
        }
    }
}
