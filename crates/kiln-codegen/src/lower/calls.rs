//! Calls: of runtime functions, which most instructions are, of compiled code, of native functions.

use super::Lowering;
use super::numbers::int_cc;
use crate::compile::Effort;
use crate::runtime::{Class, RuntimeCall as Rt};
use cranelift_codegen::ir::{
    self, AbiParam, BlockArg, InstBuilder, MemFlagsData, SigRef, Signature, StackSlotData, StackSlotKind, types,
};
use cranelift_codegen::isa::CallConv;
use kiln_hir::{Args, BinaryKind, CacheId, CodeId, CompareKind, ConstId, NameId, Ty, UnaryKind, Value};

/// Arguments passed in registers, the thread not counted.
pub(crate) const REGISTER_ARGS: usize = 5;

/// An argument of a runtime call.
#[derive(Copy, Clone)]
pub(super) enum Arg {
    /// The machine value of a HIR value.
    Val(Value),
    /// A constant.
    Num(u64),
    /// A machine value.
    Mem(ir::Value),
}
pub(super) use Arg::{Mem, Num, Val};

/// Methods that do nothing but call the runtime function of the same name with these arguments.
macro_rules! runtime {
    ($($name:ident($($op:ident),*; $($imm:ident: $immty:ty = $kind:ident),*);)*) => {$(
        pub(super) fn $name(&mut self, value: Value, $($op: Value,)* $($imm: $immty,)*) {
            $(let $imm = runtime!(@ self, $imm, $kind);)*
            self.raising(value, Rt::$name, &[$(Val($op),)* $($imm,)*]);
        }
    )*};
    (@ $self:ident, $imm:ident, cache) => { $self.cache($imm) };
    (@ $self:ident, $imm:ident, name) => { $self.name($imm) };
    (@ $self:ident, $imm:ident, number) => { Num($imm as u64) };
}

impl Lowering<'_> {
    pub(super) fn signature(&mut self, params: &[Class], result: Class) -> SigRef {
        if let Some(known) = self
            .signatures
            .iter()
            .find(|known| known.0 == params && known.1 == result)
        {
            return known.2;
        }
        let ty = |class: Class| AbiParam::new(if class == Class::Float { types::F64 } else { types::I64 });
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.push(AbiParam::new(types::I64));
        signature.params.extend(params.iter().map(|class| ty(*class)));
        if result != Class::Nothing {
            signature.returns.push(ty(result));
        }
        let made = self.b.import_signature(signature);
        self.signatures.push((params.to_vec(), result, made));
        made
    }

    /// Calls a runtime function. One without a result gives the thread back, which nobody looks at.
    pub(super) fn call_runtime(&mut self, which: Rt, args: &[ir::Value]) -> ir::Value {
        let signature = self.signature(which.params(), which.result());
        let target = self.iconst(self.calls[which as usize] as i64);
        let mut all = vec![self.thread];
        all.extend_from_slice(args);
        debug_assert_eq!(args.len(), which.params().len(), "arguments of {}", which.name());
        let call = self.b.ins().call_indirect(signature, target, &all);
        self.b.inst_results(call).first().copied().unwrap_or(self.thread)
    }

    /// Calls a runtime function for an instruction that may raise, and gives the instruction its result.
    pub(super) fn raising(&mut self, value: Value, which: Rt, args: &[Arg]) {
        let words: Vec<ir::Value> = args
            .iter()
            .map(|arg| match *arg {
                Val(value) => self.get(value),
                Num(number) => self.iconst(number as i64),
                Mem(made) => made,
            })
            .collect();
        let result = self.call_runtime(which, &words);
        self.check_raised(value, result);
        self.set(value, result);
    }

    /// Puts words where a runtime function finds them.
    pub(super) fn vector(&mut self, words: &[ir::Value]) -> Arg {
        if words.is_empty() {
            return Num(0);
        }
        let size = 8 * words.len() as u32;
        let slot = match self.argv {
            Some(slot) => {
                let data = &mut self.b.func.sized_stack_slots[slot];
                data.size = data.size.max(size);
                slot
            }
            None => {
                let slot = self
                    .b
                    .create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
                *self.argv.insert(slot)
            }
        };
        for (index, word) in words.iter().enumerate() {
            self.b.ins().stack_store(types::I64, *word, slot, 8 * index as i32);
        }
        Mem(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    pub(super) fn many(&mut self, args: Args) -> (Arg, Arg) {
        let words: Vec<ir::Value> = self.func.args(args).iter().map(|value| self.get(*value)).collect();
        (self.vector(&words), Num(words.len() as u64))
    }

    pub(super) fn many_after(&mut self, first: Value, args: Args) -> (Arg, Arg) {
        let rest = self.func.args(args).iter();
        let words: Vec<ir::Value> = std::iter::once(&first)
            .chain(rest)
            .map(|value| self.get(*value))
            .collect();
        (self.vector(&words), Num(words.len() as u64))
    }

    pub(super) fn name(&self, name: NameId) -> Arg {
        Num(self.env.name(self.func.name_text(name)))
    }

    pub(super) fn cache(&self, cache: CacheId) -> Arg {
        Num(self.env.cache(cache))
    }

    // Sums and comparisons of what turns out to be two tagged ints take no call, whatever was expected.

    pub(super) fn binary_op(&mut self, value: Value, lhs: Value, rhs: Value, op: BinaryKind, cache: CacheId) {
        let args = [Val(lhs), Val(rhs), Num(op as u64), self.cache(cache)];
        let add = match op.plain() {
            BinaryKind::Add => true,
            BinaryKind::Sub => false,
            _ => return self.raising(value, Rt::binary_op, &args),
        };
        self.ints_or(value, [lhs, rhs], Rt::binary_op, &args, |this, a, b, slow| {
            let (sum, overflow) = if add {
                this.b.ins().sadd_overflow(a, b)
            } else {
                this.b.ins().ssub_overflow(a, b)
            };
            let fits = this.b.create_block();
            this.b.ins().brif(overflow, slow, &[], fits, &[]);
            this.b.switch_to_block(fits);
            sum
        });
    }

    pub(super) fn compare(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind, cache: CacheId) {
        let args = [Val(lhs), Val(rhs), Num(op as u64), self.cache(cache)];
        self.ints_or(value, [lhs, rhs], Rt::compare, &args, |this, a, b, _| {
            let holds = this.b.ins().icmp(int_cc(op), a, b);
            let (yes, no) = (this.layout.true_, this.layout.false_);
            let (yes, no) = (this.iconst(yes as i64), this.iconst(no as i64));
            this.b.ins().select(holds, yes, no)
        });
    }

    pub(super) fn compare_truth(&mut self, value: Value, lhs: Value, rhs: Value, op: CompareKind, cache: CacheId) {
        let args = [Val(lhs), Val(rhs), Num(op as u64), self.cache(cache)];
        self.ints_or(value, [lhs, rhs], Rt::compare_truth, &args, |this, a, b, _| {
            let holds = this.b.ins().icmp(int_cc(op), a, b);
            let truth = this.b.ins().uextend(types::I64, holds);
            this.b.ins().ishl_imm_u(truth, 1)
        });
    }

    /// Calls the runtime function unless both operands are tagged ints, for which `fast` gives the result or goes to the block it is given.
    fn ints_or(
        &mut self,
        value: Value,
        operands: [Value; 2],
        which: Rt,
        args: &[Arg],
        fast: impl FnOnce(&mut Self, ir::Value, ir::Value, ir::Block) -> ir::Value,
    ) {
        let may_be_ints = operands.iter().all(|operand| self.func.ty(*operand).could_be(Ty::INT));
        if !may_be_ints || self.effort == Effort::Little {
            return self.raising(value, which, args);
        }
        let [a, b] = operands.map(|operand| self.get(operand));
        let (ints, slow, next) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I64);
        let either = self.b.ins().bor(a, b);
        let tag = self.b.ins().band_imm_s(either, 1);
        self.b.ins().brif(tag, slow, &[], ints, &[]);
        self.b.switch_to_block(ints);
        let made = fast(self, a, b, slow);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(slow);
        self.raising(value, which, args);
        let made = self.get(value);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    runtime! {
        unary_op(operand; op: UnaryKind = number, cache: CacheId = cache);
        truth(operand; cache: CacheId = cache);
        contains(container, item; cache: CacheId = cache);
        load_attr(object; name: NameId = name, cache: CacheId = cache);
        store_attr(object, what; name: NameId = name, cache: CacheId = cache);
        delete_attr(object; name: NameId = name);
        load_method(object; name: NameId = name, cache: CacheId = cache);
        load_super(superclass, class, object; name: NameId = name, method: bool = number);
        load_special(object; kind: u32 = number);
        load_global(; name: NameId = name, cache: CacheId = cache);
        store_global(what; name: NameId = name);
        delete_global(; name: NameId = name);
        load_name(; name: NameId = name, cache: CacheId = cache);
        store_name(what; name: NameId = name);
        delete_name(; name: NameId = name);
        get_item(object, index; cache: CacheId = cache);
        set_item(object, index, what; cache: CacheId = cache);
        delete_item(object, index;);
        build_slice(start, stop, step;);
        list_extend(list, items;);
        list_to_tuple(list;);
        set_add(set, item;);
        set_update(set, items;);
        dict_set(dict, key, what;);
        dict_update(dict, items;);
        dict_merge(dict, items, callee;);
        call_ex(callee, args, kwargs; cache: CacheId = cache);
        get_iter(operand; cache: CacheId = cache);
        for_iter_next(iter; cache: CacheId = cache);
        for_iter_pair(iter;);
        unpack(operand; count: u32 = number);
        unpack_star(operand; before: u32 = number, after: u32 = number);
        format(operand, spec;);
        format_simple(operand;);
        convert(operand; kind: u32 = number);
        make_cell(content;);
        import_name(level, from_list; name: NameId = name);
        import_from(module; name: NameId = name);
        raise(exception, cause;);
        reraise(exception;);
        push_handled(exception;);
        pop_handled(previous;);
        match_exception(exception, pattern;);
    }

    pub(super) fn build_set(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_set, &[args, n]);
    }

    pub(super) fn build_dict(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_dict, &[args, n]);
    }

    pub(super) fn build_string(&mut self, value: Value, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, Rt::build_string, &[args, n]);
    }

    pub(super) fn str_add(&mut self, value: Value, lhs: Value, rhs: Value) {
        let (lhs, rhs) = (self.get(lhs), self.get(rhs));
        let made = self.call_runtime(Rt::str_add, &[lhs, rhs]);
        self.set(value, made);
    }

    pub(super) fn call(&mut self, value: Value, callee: Value, args: Args, cache: CacheId) {
        let (args, n) = self.many(args);
        let cache = self.cache(cache);
        self.raising(value, Rt::call, &[Val(callee), args, n, cache]);
    }

    pub(super) fn call_method(&mut self, value: Value, callee: Value, receiver: Value, args: Args, cache: CacheId) {
        let (args, n) = self.many_after(receiver, args);
        let cache = self.cache(cache);
        self.raising(value, Rt::call_method, &[Val(callee), args, n, cache]);
    }

    pub(super) fn call_kw(
        &mut self,
        value: Value,
        callee: Value,
        receiver: Value,
        args: Args,
        names: ConstId,
        cache: CacheId,
    ) {
        let (args, n) = self.many_after(receiver, args);
        let (names, cache) = (Num(self.func.constant(names).word), self.cache(cache));
        self.raising(value, Rt::call_kw, &[Val(callee), args, n, names, cache]);
    }

    pub(super) fn call_direct(&mut self, value: Value, args: Args, code: CodeId, _: u32) {
        let mut words: Vec<ir::Value> = self.func.args(args).iter().map(|value| self.get(*value)).collect();
        if words.len() > REGISTER_ARGS
            && let Mem(window) = self.vector(&words)
        {
            words = vec![window];
        }
        let signature = self.signature(&vec![Class::Word; words.len()], Class::Word);
        let cell = self.iconst(self.env.entry(code) as i64);
        let target = self.b.ins().load(types::I64, MemFlagsData::trusted(), cell, 0);
        words.insert(0, self.thread);
        let call = self.b.ins().call_indirect(signature, target, &words);
        let result = self.b.inst_results(call)[0];
        self.check_raised(value, result);
        self.set(value, result);
    }

    pub(super) fn call_native(&mut self, value: Value, args: Args, function: ConstId) {
        let args = self.func.args(args);
        let entry = Num(self.env.native(self.func.constant(function).word, args.len()));
        match *args {
            [a] => self.raising(value, Rt::call_native1, &[entry, Val(a)]),
            [a, b] => self.raising(value, Rt::call_native2, &[entry, Val(a), Val(b)]),
            [a, b, c] => self.raising(value, Rt::call_native3, &[entry, Val(a), Val(b), Val(c)]),
            _ => {
                self.fail("a native call with that many arguments");
                self.raising(value, Rt::call_native1, &[entry, entry]);
            }
        }
    }

    pub(super) fn intrinsic(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        let (args, n) = self.many(args);
        self.raising(value, Rt::intrinsic, &[Num(kind.into()), Num(extra.into()), args, n]);
    }

    pub(super) fn intrinsic_slot(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        self.intrinsic(value, args, kind, extra);
    }

    pub(super) fn intrinsic_int(&mut self, value: Value, args: Args, kind: u32, extra: u32) {
        self.intrinsic(value, args, kind, extra);
    }

    pub(super) fn make_function(&mut self, value: Value, parts: Args) {
        let (args, n) = self.many(parts);
        self.raising(value, Rt::make_function, &[args, n]);
    }

    pub(super) fn take_pending(&mut self, value: Value, code: CodeId, pc: u32, depth: u32) {
        let frame = self.b.ins().get_frame_pointer(types::I64);
        if let Some(word) = self.frame_word {
            // Not zero.
            self.b.ins().stack_store(types::I64, frame, self.area, 8 * word as i32);
        }
        let generator = if self.func.signature.generator && depth == 0 {
            Mem(self.args[0])
        } else {
            Num(0)
        };
        let args = [
            Mem(frame),
            Num(code.0.into()),
            Num(pc.into()),
            Num(depth.into()),
            generator,
        ];
        self.raising(value, Rt::take_pending, &args);
    }

    pub(super) fn end_frame(&mut self, value: Value) {
        let Some(word) = self.frame_word else { return };
        let (caught, next) = (self.cold_block(), self.b.create_block());
        let frame = self
            .b
            .ins()
            .stack_load(types::I64, types::I64, self.area, 8 * word as i32);
        self.b.ins().brif(frame, caught, &[], next, &[]);
        self.b.switch_to_block(caught);
        let named = self.call_runtime(Rt::has_frame, &[frame]);
        self.leave_if(value, named);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
    }
}
