//! Memory of objects: slots, items, cells, lengths, new instances, and caches that machine code reads.

use super::Lowering;
use super::calls::{Num, Val};
use crate::compile::Effort;
use crate::layout::Places;
use crate::runtime::RuntimeCall as Rt;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, types};
use kiln_hir::{Args, CacheId, CellId, Leaf, NameId, ShapeId, Ty, Value};

impl Lowering<'_> {
    pub(super) fn load(&mut self, object: Value, offset: i32) -> ir::Value {
        let word = self.get(object);
        self.b.ins().load(types::I64, MemFlagsData::trusted(), word, offset - 1)
    }

    pub(super) fn store(&mut self, object: Value, offset: i32, what: ir::Value) {
        let word = self.get(object);
        self.b.ins().store(MemFlagsData::trusted(), what, word, offset - 1);
    }

    /// What a slot holds, as a word: an empty one as the unbound marker.
    pub(super) fn slot_to_word(&mut self, word: ir::Value, ty: Ty) -> ir::Value {
        if self.layout.empty_slot == self.layout.unbound || !ty.could_be(Ty::UNBOUND) {
            return word;
        }
        let empty = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, word, self.layout.empty_slot as i64);
        let unbound = self.iconst(self.layout.unbound as i64);
        self.b.ins().select(empty, unbound, word)
    }

    /// A word as a slot holds it.
    pub(super) fn word_to_slot(&mut self, value: Value) -> ir::Value {
        let word = self.get(value);
        if self.layout.empty_slot == self.layout.unbound || !self.func.ty(value).could_be(Ty::UNBOUND) {
            return word;
        }
        let marker = self.iconst(self.layout.unbound as i64);
        let unbound = self.b.ins().icmp(IntCC::Equal, word, marker);
        let empty = self.iconst(self.layout.empty_slot as i64);
        self.b.ins().select(unbound, empty, word)
    }

    pub(super) fn item_address(&mut self, list: Value, index: Value) -> ir::Value {
        let items = self.load(list, self.layout.list_items);
        let index = self.get(index);
        let bytes = self.b.ins().ishl_imm_u(index, 3);
        self.b.ins().iadd(items, bytes)
    }

    pub(super) fn load_slot(&mut self, value: Value, object: Value, offset: u32, ty: Ty) {
        let word = self.load(object, offset as i32);
        let word = self.slot_to_word(word, ty);
        self.set(value, word);
    }

    pub(super) fn swap_slot(&mut self, value: Value, object: Value, what: Value, offset: u32, ty: Ty) {
        let old = self.load(object, offset as i32);
        let new = self.word_to_slot(what);
        self.store(object, offset as i32, new);
        let old = self.slot_to_word(old, ty);
        self.set(value, old);
    }

    pub(super) fn init_slot(&mut self, _: Value, object: Value, what: Value, offset: u32) {
        let new = self.word_to_slot(what);
        self.store(object, offset as i32, new);
    }

    pub(super) fn store_shape(&mut self, _: Value, object: Value, shape: ShapeId) {
        let word = self.get(object);
        let shape = self.b.ins().iconst(types::I32, i64::from(shape.0 as i32));
        self.b.ins().store(MemFlagsData::trusted(), shape, word, 3);
    }

    pub(super) fn load_raw(&mut self, value: Value, object: Value, offset: u32) {
        let word = self.load(object, offset as i32);
        self.set(value, word);
    }

    pub(super) fn store_raw(&mut self, _: Value, object: Value, what: Value, offset: u32) {
        let word = self.get(what);
        self.store(object, offset as i32, word);
    }

    pub(super) fn new_instance(&mut self, value: Value, shape: ShapeId, slots: u32, _: Ty) {
        let Some(made) = self.env.new_instance(shape) else {
            self.raising(value, Rt::new_instance, &[Num(shape.0.into()), Num(slots.into())]);
            return;
        };
        let (next, slow) = (self.b.create_block(), self.cold_block());
        let result = self.b.append_block_param(next, types::I64);
        let place = self.take_place(made.places, slow);
        for (index, word) in made.words.iter().enumerate() {
            let word = self.iconst(*word as i64);
            self.b
                .ins()
                .store(MemFlagsData::trusted(), word, place, 8 * index as i32);
        }
        let class = self.iconst(made.class as i64);
        self.retain(class, false);
        let word = self.b.ins().iadd_imm_s(place, 1);
        self.b.ins().jump(next, &[BlockArg::Value(word)]);
        self.b.switch_to_block(slow);
        let (shape, slots) = (self.iconst(i64::from(shape.0)), self.iconst(i64::from(slots)));
        let made = self.call_runtime(Rt::new_instance, &[shape, slots]);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    /// A free place, unless there is none or a collection is due, which is for `slow`.
    fn take_place(&mut self, places: Places, slow: ir::Block) -> ir::Value {
        let flags = MemFlagsData::trusted();
        let list = self.iconst(places.free as i64);
        let place = self.b.ins().load(types::I64, flags, list, 0);
        let there = self.b.create_block();
        self.b.ins().brif(place, there, &[], slow, &[]);
        self.b.switch_to_block(there);
        let (young, threshold) = (self.iconst(places.young as i64), self.iconst(places.threshold as i64));
        let (count, due) = (
            self.b.ins().load(types::I64, flags, young, 0),
            self.b.ins().load(types::I64, flags, threshold, 0),
        );
        let count = self.b.ins().iadd_imm_s(count, 1);
        let is_due = self.b.ins().icmp(IntCC::Equal, count, due);
        let quick = self.b.create_block();
        self.b.ins().brif(is_due, slow, &[], quick, &[]);
        self.b.switch_to_block(quick);
        self.b.ins().store(flags, count, young, 0);
        let after = self.b.ins().load(types::I64, flags, place, 8);
        self.b.ins().store(flags, after, list, 0);
        place
    }

    /// A new container of a builtin type: its header and these words; where there is no place, what the runtime makes of the items.
    fn small_container(&mut self, value: Value, leaf: Leaf, words: &[ir::Value], which: Rt, items: Args) {
        let size = 8 * (1 + words.len());
        let (Some(places), Some(shape)) = (self.env.places(size), self.layout.shapes[leaf as usize]) else {
            return self.built(value, which, items);
        };
        let (next, slow) = (self.b.create_block(), self.cold_block());
        let result = self.b.append_block_param(next, types::I64);
        let place = self.take_place(places, slow);
        let header = self.iconst(i64::from(shape.0) << 32 | 1);
        for (index, word) in std::iter::once(&header).chain(words).enumerate() {
            self.b
                .ins()
                .store(MemFlagsData::trusted(), *word, place, 8 * index as i32);
        }
        let word = self.b.ins().iadd_imm_s(place, 1);
        self.b.ins().jump(next, &[BlockArg::Value(word)]);
        self.b.switch_to_block(slow);
        self.built(value, which, items);
        let made = self.get(value);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    fn built(&mut self, value: Value, which: Rt, items: Args) {
        let (args, n) = self.many(items);
        self.raising(value, which, &[args, n]);
    }

    pub(super) fn build_tuple(&mut self, value: Value, items: Args) {
        /// Longer ones are filled by the runtime.
        const SHORT: usize = 4;
        let n = self.func.args(items).len();
        if !(1..=SHORT).contains(&n) || self.effort == Effort::Little {
            return self.built(value, Rt::build_tuple, items);
        }
        // The length, and a hash that has not been asked for.
        let mut words = vec![self.iconst(n as i64), self.iconst(self.layout.tuple_unhashed)];
        words.extend(self.func.args(items).iter().map(|item| self.get(*item)));
        self.small_container(value, Leaf::Tuple, &words, Rt::build_tuple, items);
    }

    pub(super) fn build_list(&mut self, value: Value, items: Args) {
        if !self.func.args(items).is_empty() || self.effort == Effort::Little {
            return self.built(value, Rt::build_list, items);
        }
        let zero = self.iconst(0);
        self.small_container(value, Leaf::List, &[zero; 3], Rt::build_list, items);
    }

    pub(super) fn list_append(&mut self, value: Value, list: Value, item: Value) {
        let args = [Val(list), Val(item)];
        if self.effort == Effort::Little {
            return self.raising(value, Rt::list_append, &args);
        }
        let len = self.load(list, self.layout.list_len);
        let capacity = self.load(list, self.layout.list_capacity);
        let (fast, slow, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let room = self.b.ins().icmp(IntCC::UnsignedLessThan, len, capacity);
        self.b.ins().brif(room, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        let items = self.load(list, self.layout.list_items);
        let bytes = self.b.ins().ishl_imm_u(len, 3);
        let address = self.b.ins().iadd(items, bytes);
        let word = self.get(item);
        self.b.ins().store(MemFlagsData::trusted(), word, address, 0);
        let longer = self.b.ins().iadd_imm_s(len, 1);
        self.store(list, self.layout.list_len, longer);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(slow);
        self.raising(value, Rt::list_append, &args);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
        let done = self.iconst(0);
        self.set(value, done);
    }

    pub(super) fn list_pop(&mut self, value: Value, list: Value) {
        if self.effort == Effort::Little {
            return self.raising(value, Rt::list_pop, &[Val(list)]);
        }
        let len = self.load(list, self.layout.list_len);
        let (fast, slow, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I64);
        self.b.ins().brif(len, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        let items = self.load(list, self.layout.list_items);
        let last = self.b.ins().iadd_imm_s(len, -1);
        let bytes = self.b.ins().ishl_imm_u(last, 3);
        let address = self.b.ins().iadd(items, bytes);
        let item = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        self.store(list, self.layout.list_len, last);
        self.b.ins().jump(next, &[BlockArg::Value(item)]);
        self.b.switch_to_block(slow);
        self.raising(value, Rt::list_pop, &[Val(list)]);
        let made = self.get(value);
        self.b.ins().jump(next, &[BlockArg::Value(made)]);
        self.b.switch_to_block(next);
        self.set(value, result);
    }

    pub(super) fn list_len(&mut self, value: Value, list: Value) {
        let made = self.load(list, self.layout.list_len);
        self.set(value, made);
    }

    pub(super) fn tuple_len(&mut self, value: Value, tuple: Value) {
        let made = self.load(tuple, self.layout.tuple_len);
        self.set(value, made);
    }

    pub(super) fn str_len(&mut self, value: Value, string: Value) {
        let word = self.get(string);
        let made = self
            .b
            .ins()
            .uload32(MemFlagsData::trusted(), word, self.layout.str_len - 1);
        self.set(value, made);
    }

    pub(super) fn dict_len(&mut self, value: Value, dict: Value) {
        let made = self.load(dict, self.layout.dict_len);
        self.set(value, made);
    }

    pub(super) fn check_index(&mut self, value: Value, index: Value, len: Value) {
        let (index, len) = (self.get(index), self.get(len));
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        let from_end = self.b.ins().iadd(index, len);
        let index = self.b.ins().select(negative, from_end, index);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.leave_unless(value, inside);
        self.set(value, index);
    }

    pub(super) fn check_bounds(&mut self, value: Value, index: Value, len: Value) {
        let (index, len) = (self.get(index), self.get(len));
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.leave_unless(value, inside);
        self.set(value, index);
    }

    pub(super) fn list_item(&mut self, value: Value, list: Value, index: Value) {
        let address = self.item_address(list, index);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        self.set(value, word);
    }

    pub(super) fn list_swap(&mut self, value: Value, list: Value, index: Value, what: Value) {
        let address = self.item_address(list, index);
        let old = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        let new = self.get(what);
        self.b.ins().store(MemFlagsData::trusted(), new, address, 0);
        self.set(value, old);
    }

    pub(super) fn tuple_item(&mut self, value: Value, tuple: Value, index: u32) {
        let word = self.load(tuple, self.layout.tuple_items + 8 * index as i32);
        self.set(value, word);
    }

    pub(super) fn tuple_item_at(&mut self, value: Value, tuple: Value, index: Value) {
        let (word, index) = (self.get(tuple), self.get(index));
        let bytes = self.b.ins().ishl_imm_u(index, 3);
        let address = self.b.ins().iadd(word, bytes);
        let item = self.b.ins().load(
            types::I64,
            MemFlagsData::trusted(),
            address,
            self.layout.tuple_items - 1,
        );
        self.set(value, item);
    }

    pub(super) fn global_load(&mut self, value: Value, cell: CellId) {
        let address = self.iconst(self.env.cell(cell) as i64);
        let word = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        let word = self.slot_to_word(word, Ty::SLOT);
        self.set(value, word);
    }

    pub(super) fn cell_load(&mut self, value: Value, cell: Value) {
        let word = self.load(cell, self.layout.cell_content);
        let word = self.slot_to_word(word, Ty::SLOT);
        self.set(value, word);
    }

    pub(super) fn cell_swap(&mut self, value: Value, cell: Value, content: Value) {
        let old = self.load(cell, self.layout.cell_content);
        let new = self.word_to_slot(content);
        self.store(cell, self.layout.cell_content, new);
        let old = self.slot_to_word(old, Ty::SLOT);
        self.set(value, old);
    }

    pub(super) fn load_attr_cached(&mut self, value: Value, object: Value, name: NameId, cache: CacheId) {
        let Some((shape_at, offset_at)) = self.layout.attr_cache else {
            self.load_attr(value, object, name, cache);
            return;
        };
        let (word, known) = (self.get(object), self.func.ty(object));
        let address = self.iconst(self.env.cache(cache) as i64);
        let (hit, miss, next) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I64);
        if Self::may_be_number(known) {
            let low = self.b.ins().band_imm_s(word, 3);
            let pointer = self.b.ins().icmp_imm_s(IntCC::Equal, low, 1);
            let block = self.b.create_block();
            self.b.ins().brif(pointer, block, &[], miss, &[]);
            self.b.switch_to_block(block);
        }
        let shape = self.shape_word(word);
        let expected = self
            .b
            .ins()
            .load(types::I32, MemFlagsData::trusted(), address, shape_at);
        let same = self.b.ins().icmp(IntCC::Equal, shape, expected);
        self.b.ins().brif(same, hit, &[], miss, &[]);
        self.b.switch_to_block(hit);
        let offset = self.b.ins().uload32(MemFlagsData::trusted(), address, offset_at);
        let place = self.b.ins().iadd(word, offset);
        let found = self.b.ins().load(types::I64, MemFlagsData::trusted(), place, -1);
        self.retain(found, true);
        self.b.ins().jump(next, &[BlockArg::Value(found)]);
        self.b.switch_to_block(miss);
        let Num(text) = self.name(name) else { return };
        let text = self.iconst(text as i64);
        let slow = self.call_runtime(Rt::load_attr, &[word, text, address]);
        self.b.ins().jump(next, &[BlockArg::Value(slow)]);
        self.b.switch_to_block(next);
        self.check_raised(value, result);
        self.set(value, result);
    }

    pub(super) fn load_global_cached(&mut self, value: Value, name: NameId, cache: CacheId) {
        self.load_global(value, name, cache);
    }
}
