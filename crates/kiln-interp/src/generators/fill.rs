//! Containers, sums and answers made from a generator: `list(g)`, `tuple(g)`, `set(g)`, `sum(g)`, `all(g)`, `any(g)`.
//!
//! The frame under the generator's is that of a loop (see [`crate::shim`]) whose instruction for the next item says what becomes of it. As long as
//! that can be done in place, a yield does it and goes on in the generator, whose frame stays where it is: nobody else can see the difference.
//! Whatever is out of the ordinary suspends the generator as ever, and the loop's own instructions do the rest.

use super::frames::put_back;
use super::resume::goes_on_with;
use super::suspend::{leave_frame, pop_frame, resumer_of, take_or_share};
use crate::run::UNWIND;
use crate::shim::MADE;
use crate::state::{Handler, Ins, Pc, S, handler, slow};
use crate::words::{base_of, read_word, typed};
use kiln_bytecode::flags;
use kiln_object::code::internal::{FILL_ALL, FILL_ANY, FILL_FIRST, FILL_LAST, FILL_LIST, FILL_SET, FILL_SUM};
use kiln_object::generator::Generator;
use kiln_object::list::List;
use kiln_object::set::Set;
use kiln_object::thread::Thread;
use kiln_object::{Object, Raised, Value, ops, singletons};

#[inline(always)]
pub fn is_fill(resumer: Ins) -> bool {
    (FILL_FIRST..=FILL_LAST).contains(&(resumer.0 as u8))
}

// A generator yields to a loop of these; nothing is out of the ordinary with it.
handler!(yield_into, s, ins, {
    if crate::table::TABLE.is_watched() || !s.code().resume.get().is_null() {
        return leave_frame(s, ins);
    }
    let made = made_below(&s);
    match resumer_of(&s).0 as u8 {
        FILL_LIST => {
            if !typed::<List>(made).has_room() {
                return s.go(Handler(yield_into_full), ins.0);
            }
            let v = take_or_share(&s, ins);
            typed::<List>(made).push_in_room(v);
        }
        FILL_SET => return s.go(Handler(yield_into_set), ins.0),
        FILL_ALL if is_surely(s.b(ins), true) => consume(&s, ins),
        FILL_ANY if is_surely(s.b(ins), false) => consume(&s, ins),
        FILL_SUM if let Some(sum) = sum_of(made, s.b(ins)) => {
            consume(&s, ins);
            crate::words::write_word((s.link(2) as *mut Value).wrapping_add(MADE as usize), sum);
        }
        _ => return leave_frame(s, ins),
    }
    goes_on_with(s, singletons::none())
});
/// What the loop below makes.
#[inline(always)]
fn made_below(s: &S) -> Value {
    read_word((s.link(2) as *const Value).wrapping_add(MADE as usize))
}
// The list has no room.
handler!(yield_into_full, s, ins, {
    #[inline(never)]
    fn worker(list: Value, v: Value) {
        let list = typed::<List>(list);
        if list.is_empty() {
            list.reserve(super::resume::FIRST_ROOM);
        }
        list.push(Object::from_owned(v));
    }
    worker(made_below(&s), take_or_share(&s, ins));
    goes_on_with(s, singletons::none())
});
// Adds to the set in the name of the frame below. If that fails the generator is suspended: the exception is none of its.
handler!(yield_into_set, s, ins, {
    #[inline(never)]
    fn worker(pc: Pc, fp: *mut Value, th: &'static Thread, word: u64, ks: *mut Value, table: *const Handler) -> bool {
        let (mut s, ins) = (S { pc, fp, th, ks, table }, Ins(word));
        th.frame.set(s.link(2) as *mut Value);
        th.pc.set(s.link(3) as Pc);
        th.top.set(fp.wrapping_add(s.code().reg_count.get() as usize));
        if typed::<Set>(made_below(&s)).add(s.b(ins)).is_ok() {
            if ins.has(flags::B_TAKE) {
                s.clear(ins.b());
            }
            return true;
        }
        let held = s.own_b(ins);
        let gen_value = s.callable();
        put_back(&s, base_of::<Generator>(gen_value));
        let pending = th.pending.take();
        pop_frame(&mut s, Value::ZERO);
        gen_value.decref();
        drop(held);
        drop(th.pending.replace(pending));
        s.leave_behind();
        false
    }
    if worker(s.pc, s.fp, s.th, ins.0, s.ks, s.table) {
        goes_on_with(s, singletons::none())
    } else {
        s.taken_up().go(UNWIND, 0)
    }
});
/// Takes an operand that needs no release out of its register.
#[inline(always)]
fn consume(s: &S, ins: Ins) {
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
    }
}
/// Whether a value is a bool or a small int, and its truth is this. Neither needs a release.
#[inline(always)]
fn is_surely(v: Value, truth: bool) -> bool {
    match v.as_small_int() {
        Some(i) => (i != 0) == truth,
        None => {
            v.0 == if truth {
                singletons::true_()
            } else {
                singletons::false_()
            }
            .0
        }
    }
}
/// The sum of two small ints, if it is one.
#[inline(always)]
fn sum_of(a: Value, b: Value) -> Option<Value> {
    Value::small_int(a.as_small_int()?.checked_add(b.as_small_int()?)?)
}

slow! {
    stop_iteration => |s: &mut S, ins: Ins| {
        s.sync();
        let v = s.take(ins.a());
        Err::<(), _>(kiln_object::raise::stop_iteration((!v.is_none()).then_some(v)))
    },
    // Behind a `FILL_SUM`: adds an item that could not be added in place. The sum of anything but ints is the native function's business.
    sum_step => |s: &mut S, _: Ins| {
        s.sync();
        let (sum, item) = (s.reg(MADE), s.take(crate::shim::ITEM));
        let ints = sum.is_exact_int() && item.is_exact_int();
        let sum = ops::binary(ops::BinaryOp::Add, sum, item.value())?;
        drop(item);
        s.put(MADE, sum);
        if ints {
            return Ok(());
        }
        let all = sum_rest(s.callable(), s.reg(crate::shim::GENERATOR), s.reg(MADE))?;
        s.put(MADE, all);
        // To the return.
        s.skip(1);
        Ok(())
    },
}
fn sum_rest(sum: Value, generator: Value, start: Value) -> Result<Object, Raised> {
    kiln_object::call::call(sum, &[generator, start])
}
