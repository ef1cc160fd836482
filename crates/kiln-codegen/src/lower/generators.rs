//! Generators: their state and registers, and resuming one without the runtime.

use super::{Lowering, Num};
use crate::runtime::{Class, RuntimeCall as Rt};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, types};
use kiln_hir::{CacheId, Value};

impl Lowering<'_> {
    /// Address of a generator's registers, and the displacement of register `index`.
    pub(super) fn gen_register(&mut self, generator: Value, index: u32) -> (ir::Value, i32) {
        let word = self.get(generator);
        let offset = self.layout.gen_registers - 1;
        let base = self.b.ins().load(types::I64, MemFlagsData::trusted(), word, offset);
        (base, 8 * index as i32)
    }

    /// Resumes a generator: in its machine code, if it has any and nothing is out of the ordinary, with `slow` otherwise. The result is as `slow`
    /// has it.
    pub(super) fn resume_generator(
        &mut self,
        word: ir::Value,
        sent: ir::Value,
        sends: bool,
        slow: impl FnOnce(&mut Self) -> ir::Value,
    ) -> ir::Value {
        let flags = MemFlagsData::trusted();
        let state_at = self.layout.gen_pc + 4 - 1;
        let (slow_block, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let only_if = |this: &mut Self, condition: ir::Value| {
            let next = this.b.create_block();
            this.b.ins().brif(condition, next, &[], slow_block, &[]);
            this.b.switch_to_block(next);
        };
        if sends {
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            only_if(self, pointer);
            let shape = self.shape_word(word);
            let [a, b] = self.layout.resumable.map(|shape| i64::from(shape.0 as i32));
            let a = self.b.ins().icmp_imm_s(IntCC::Equal, shape, a);
            let b = self.b.ins().icmp_imm_s(IntCC::Equal, shape, b);
            let either = self.b.ins().bor(a, b);
            only_if(self, either);
        }
        let state = self.b.ins().load(types::I32, flags, word, state_at);
        if sends {
            // Only None may be sent to one that has not begun.
            let none = self.iconst(self.layout.none as i64);
            let is_none = self.b.ins().icmp(IntCC::Equal, sent, none);
            let created = self.b.ins().icmp_imm_s(IntCC::Equal, state, 0);
            let suspended = self.b.ins().icmp_imm_s(IntCC::Equal, state, 1);
            let begins = self.b.ins().band(created, is_none);
            let ready = self.b.ins().bor(begins, suspended);
            only_if(self, ready);
        } else {
            let ready = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, state, 2);
            only_if(self, ready);
        }
        let own = self.b.ins().load(types::I64, flags, word, self.layout.gen_handled - 1);
        let outer = self.b.ins().load(types::I64, flags, self.thread, self.layout.handled);
        let handled = self.b.ins().bor(own, outer);
        // In the place of one that delegates, the runtime resumes what that delegates to.
        let inner = self.b.ins().load(types::I64, flags, word, self.layout.gen_inner - 1);
        let handled = self.b.ins().bor(handled, inner);
        let nothing = self.b.ins().icmp_imm_s(IntCC::Equal, handled, 1);
        only_if(self, nothing);
        let code = self.b.ins().load(types::I64, flags, word, self.layout.gen_code - 1);
        let entry = self.b.ins().load(types::I64, flags, code, self.layout.code_resume - 1);
        only_if(self, entry);
        // A chain of generators is walked down at each resumption, so unlike calls these are counted: a deep one would be slow long before the
        // stack is used up.
        let (depth_at, limit_at) = (self.layout.depth, self.layout.depth + 4);
        let depth = self.b.ins().load(types::I32, flags, self.thread, depth_at);
        let limit = self.b.ins().load(types::I32, flags, self.thread, limit_at);
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThan, depth, limit);
        only_if(self, fits);
        let deeper = self.b.ins().iadd_imm_s(depth, 1);
        self.b.ins().store(flags, deeper, self.thread, depth_at);
        let running = self.b.ins().iconst(types::I32, 2);
        self.b.ins().store(flags, running, word, state_at);
        if sends {
            self.retain(sent, true);
        }
        let signature = self.signature(&[Class::Word, Class::Word], Class::Word);
        let call = self.b.ins().call_indirect(signature, entry, &[self.thread, word, sent]);
        let given = self.b.inst_results(call)[0];
        self.b.ins().store(flags, depth, self.thread, depth_at);
        let state = self.b.ins().load(types::I32, flags, word, state_at);
        let outer = self.b.ins().load(types::I64, flags, self.thread, self.layout.handled);
        let other = self.b.ins().bxor_imm_s(state, 1);
        let other = self.b.ins().uextend(types::I64, other);
        let handled = self.b.ins().bxor_imm_s(outer, 1);
        let other = self.b.ins().bor(other, handled);
        let (ended, yielded) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(other, ended, &[], yielded, &[]);
        self.b.switch_to_block(yielded);
        if sends {
            // Whoever asks for the second result gets one, and may release it.
            let unbound = self.iconst(self.layout.unbound as i64);
            self.b
                .ins()
                .store(flags, unbound, self.thread, self.layout.second_result);
        }
        self.b.ins().jump(done, &[BlockArg::Value(given)]);
        self.b.switch_to_block(ended);
        let kind = self.iconst(i64::from(sends));
        let settled = self.call_runtime(Rt::gen_resumed, &[word, given, kind]);
        self.b.ins().jump(done, &[BlockArg::Value(settled)]);
        self.b.switch_to_block(slow_block);
        let slow = slow(self);
        self.b.ins().jump(done, &[BlockArg::Value(slow)]);
        self.b.switch_to_block(done);
        result
    }

    pub(super) fn gen_self(&mut self, value: Value) {
        let word = self.args[0];
        self.set(value, word);
    }

    pub(super) fn gen_state(&mut self, value: Value, generator: Value) {
        let word = self.get(generator);
        let flags = MemFlagsData::trusted();
        let index = self.b.ins().uload32(flags, word, self.layout.gen_pc - 1);
        let table = self.iconst(self.env.resume_table() as i64);
        let offset = self.b.ins().ishl_imm_u(index, 1);
        let place = self.b.ins().iadd(table, offset);
        let state = self.b.ins().uload16(types::I64, flags, place, 0);
        self.set(value, state);
    }

    pub(super) fn gen_take(&mut self, value: Value, generator: Value, index: u32) {
        let (base, offset) = self.gen_register(generator, index);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), base, offset);
        self.set(value, word);
    }

    pub(super) fn gen_put(&mut self, _: Value, what: Value, generator: Value, index: u32) {
        let (base, offset) = self.gen_register(generator, index);
        let word = self.get(what);
        self.b.ins().store(MemFlagsData::trusted(), word, base, offset);
    }

    pub(super) fn gen_delegate(&mut self, _: Value, delegate: Value, generator: Value) {
        let (word, generator) = (self.get(delegate), self.get(generator));
        let (object, done) = (self.b.create_block(), self.b.create_block());
        let inner = self.b.append_block_param(done, types::I64);
        let nothing = self.iconst(0);
        let low = self.b.ins().band_imm_s(word, 3);
        let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
        self.b
            .ins()
            .brif(pointer, object, &[], done, &[BlockArg::Value(nothing)]);
        self.b.switch_to_block(object);
        let shape = self.shape_word(word);
        let [a, b] = self.layout.resumable.map(|shape| i64::from(shape.0 as i32));
        let a = self.b.ins().icmp_imm_s(IntCC::Equal, shape, a);
        let b = self.b.ins().icmp_imm_s(IntCC::Equal, shape, b);
        let either = self.b.ins().bor(a, b);
        let address = self.b.ins().iadd_imm_s(word, -1);
        let found = self.b.ins().select(either, address, nothing);
        self.b.ins().jump(done, &[BlockArg::Value(found)]);
        self.b.switch_to_block(done);
        let offset = self.layout.gen_inner - 1;
        self.b.ins().store(MemFlagsData::trusted(), inner, generator, offset);
    }

    pub(super) fn gen_yield(&mut self, _: Value, what: Value, generator: Value, live: u32, pc: u32) {
        let (word, place) = (self.get(generator), self.iconst(1 << 32 | i64::from(pc)));
        let offset = self.layout.gen_pc - 1;
        self.b.ins().store(MemFlagsData::trusted(), place, word, offset);
        let live = self.b.ins().iconst(types::I32, i64::from(live));
        self.b.ins().store(MemFlagsData::trusted(), live, word, offset + 8);
        let word = self.get(what);
        self.b.ins().return_(&[word]);
    }

    pub(super) fn gen_return(&mut self, _: Value, what: Value, generator: Value) {
        let (word, finished) = (self.get(generator), self.b.ins().iconst(types::I32, 3));
        let offset = self.layout.gen_pc + 4 - 1;
        self.b.ins().store(MemFlagsData::trusted(), finished, word, offset);
        let word = self.get(what);
        self.b.ins().return_(&[word]);
    }

    pub(super) fn gen_interpret(&mut self, _: Value, sent: Value, generator: Value) {
        let (generator, sent) = (self.get(generator), self.get(sent));
        let result = self.call_runtime(Rt::gen_interpret, &[generator, sent]);
        self.b.ins().return_(&[result]);
    }

    pub(super) fn for_iter_generator(&mut self, value: Value, iter: Value) {
        let (word, none) = (self.get(iter), self.iconst(self.layout.none as i64));
        let result = self.resume_generator(word, none, false, |this| {
            let cache = this.iconst(0);
            this.call_runtime(Rt::for_iter_next, &[word, cache])
        });
        self.check_raised(value, result);
        self.set(value, result);
    }

    pub(super) fn send(&mut self, value: Value, iter: Value, what: Value, cache: CacheId) {
        let (word, sent) = (self.get(iter), self.get(what));
        let Num(cache) = self.cache(cache) else { return };
        let result = self.resume_generator(word, sent, true, |this| {
            let cache = this.iconst(cache as i64);
            this.call_runtime(Rt::send, &[word, sent, cache])
        });
        self.check_raised(value, result);
        self.set(value, result);
    }
}
