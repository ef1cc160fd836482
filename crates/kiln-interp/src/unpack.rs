//! Taking an iterable apart into registers: `a, b = v` and `a, *b = v`.

use crate::control::release_and_go;
use crate::state::{Handler, Ins, Old, S, drop_quick, handler, slow};
use crate::words::typed;
use kiln_bytecode::flags;
use kiln_object::list::List;
use kiln_object::ops;
use kiln_object::raise;
use kiln_object::shape::known;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Value};

slow! {
    unpack_slow => unpack,
    unpack_ex_slow => unpack_with_rest,
}
// A pair, into registers that hold nothing.
handler!(unpack_sequence, s, ins, {
    let v = s.b(ins);
    if ins.c() != 2 || !v.is_ptr() || s.reg(ins.a()).is_ptr() || s.reg(ins.a() + 1).is_ptr() {
        return s.go(Handler(unpack_many), ins.0);
    }
    let items = match v.header().shape().0 {
        known::TUPLE => typed::<Tuple>(v).items(),
        known::LIST => typed::<List>(v).borrow(),
        _ => return s.go(Handler(unpack_slow), ins.0),
    };
    let &[first, second] = items else {
        return s.go(Handler(unpack_slow), ins.0);
    };
    for item in [first, second] {
        if item.is_ptr() {
            item.header().incref();
        }
    }
    s.write(ins.a(), first);
    s.write(ins.a() + 1, second);
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if let Old::Last = drop_quick(v) {
            return s.go(Handler(release_and_go), v.0);
        }
    }
    s.next()
});
// An exact tuple or list of as many items as there are targets, none of which holds a reference: temporaries, as a rule.
handler!(unpack_many, s, ins, {
    let v = s.b(ins);
    let n = ins.c();
    if v.is_ptr() {
        let items = match v.header().shape().0 {
            known::TUPLE => typed::<Tuple>(v).items(),
            known::LIST => typed::<List>(v).borrow(),
            _ => &[],
        };
        let mut i = 0;
        while i < n && !s.reg(ins.a() + i).is_ptr() {
            i += 1;
        }
        if items.len() == n as usize && i == n && n > 0 {
            i = 0;
            while i < n {
                let item = items[i as usize];
                if item.is_ptr() {
                    item.header().incref();
                }
                s.write(ins.a() + i, item);
                i += 1;
            }
            if ins.has(flags::B_TAKE) {
                s.write(ins.b(), Value::ZERO);
                if let Old::Last = drop_quick(v) {
                    return s.go(Handler(release_and_go), v.0);
                }
            }
            return s.next();
        }
    }
    s.go(Handler(unpack_slow), ins.0)
});
fn unpack(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let n = ins.c() as usize;
    if let Some(t) = s.b(ins).exact::<Tuple>()
        && t.len() == n
    {
        // Held: a target may be the register that the tuple came in, and what a target held may run Python when released.
        let held = s.own_b(ins);
        for (i, item) in held.expect::<Tuple>().items().iter().enumerate() {
            s.put(ins.a() + i as u16, item.to_object());
        }
        return Ok(());
    }
    let items = unpack_exactly(s.b(ins), ins.c() as usize)?;
    s.consume(ins);
    for (i, item) in items.into_iter().enumerate() {
        s.put(ins.a() + i as u16, item);
    }
    Ok(())
}
/// Exactly `n` items of an iterable.
pub fn unpack_exactly(v: Value, n: usize) -> Result<smallvec::SmallVec<[Object; 8]>, Raised> {
    let exact = if let Some(t) = v.exact::<Tuple>() {
        (t.len() == n).then(|| t.items().iter().map(|v| v.to_object()).collect())
    } else if let Some(l) = v.exact::<List>() {
        (l.len() == n).then(|| l.borrow().iter().map(|v| v.to_object()).collect())
    } else {
        None
    };
    match exact {
        Some(items) => Ok(items),
        None => unpack_any(v, n),
    }
}
fn not_iterable(v: Value, r: Raised) -> Raised {
    match raise::catch(r, &kiln_object::exc::TypeError) {
        Ok(e) if v.class().special(Special::Iter).is_none() && v.class().special(Special::GetItem).is_none() => {
            drop(e);
            kiln_object::raise!(TypeError, "cannot unpack non-iterable {} object", v.class().name())
        }
        Ok(e) => raise::again(e),
        Err(r) => r,
    }
}
fn unpack_any(v: Value, n: usize) -> Result<smallvec::SmallVec<[Object; 8]>, Raised> {
    let it = ops::iter(v).map_err(|r| not_iterable(v, r))?;
    let mut items: smallvec::SmallVec<[Object; 8]> = smallvec::SmallVec::new();
    while items.len() < n {
        match ops::next(it.value())? {
            Some(o) => items.push(o),
            None => {
                return Err(kiln_object::raise!(
                    ValueError,
                    "not enough values to unpack (expected {n}, got {})",
                    items.len()
                ));
            }
        }
    }
    if ops::next(it.value())?.is_some() {
        let total = if v.is_exact::<Tuple>() || v.is_exact::<List>() || v.is_exact::<kiln_object::dict::Dict>() {
            Some(ops::len(v)?)
        } else {
            None
        };
        return Err(match total {
            Some(got) => kiln_object::raise!(ValueError, "too many values to unpack (expected {n}, got {got})"),
            None => kiln_object::raise!(ValueError, "too many values to unpack (expected {n})"),
        });
    }
    Ok(items)
}
// An exact list or tuple with items enough, and targets that hold nothing.
handler!(unpack_ex, s, ins, {
    let v = s.b(ins);
    if !spread(v, s.fp.wrapping_add(ins.a() as usize), ins.c()) {
        return s.go(Handler(unpack_ex_slow), ins.0);
    }
    if ins.has(flags::B_TAKE) {
        s.write(ins.b(), Value::ZERO);
        if let Old::Last = drop_quick(v) {
            return s.go(Handler(release_and_go), v.0);
        }
    }
    s.next()
});
/// Puts the first items, the list of the middle ones and the last ones into the registers at `to`; false, with nothing done, if that takes
/// more than that.
#[inline(never)]
fn spread(v: Value, to: *mut Value, counts: u16) -> bool {
    use crate::words::{read_word, write_word};
    if !v.is_ptr() {
        return false;
    }
    let all = match v.header().shape().0 {
        known::LIST => typed::<List>(v).borrow(),
        known::TUPLE => typed::<Tuple>(v).items(),
        _ => return false,
    };
    let (before, after) = ((counts & 0xff) as usize, (counts >> 8) as usize);
    if all.len() < before + after || (0..before + 1 + after).any(|i| read_word(to.wrapping_add(i)).is_ptr()) {
        return false;
    }
    let end = all.len() - after;
    let put = |at: usize, items: &[Value]| {
        for (i, item) in items.iter().enumerate() {
            item.incref();
            write_word(to.wrapping_add(at + i), *item);
        }
    };
    put(0, &all[..before]);
    write_word(
        to.wrapping_add(before),
        List::from_values(&all[before..end]).into_value(),
    );
    put(before + 1, &all[end..]);
    true
}
fn unpack_with_rest(s: &mut S, ins: Ins) -> Result<(), Raised> {
    s.sync();
    let v = s.b(ins);
    if v.is_exact::<List>() || v.is_exact::<Tuple>() {
        let held = s.own_b(ins);
        // Nothing runs until the items are counted.
        let all = match held.value().exact::<List>() {
            Some(_) => typed::<List>(held.value()).borrow(),
            None => typed::<Tuple>(held.value()).items(),
        };
        let (before, after) = ((ins.c() & 0xff) as usize, (ins.c() >> 8) as usize);
        if all.len() >= before + after {
            let end = all.len() - after;
            let middle = List::from_values(&all[before..end]);
            // Owned before any register gives up what it held.
            let first: smallvec::SmallVec<[Object; 8]> = all[..before].iter().map(|v| v.to_object()).collect();
            let last: smallvec::SmallVec<[Object; 8]> = all[end..].iter().map(|v| v.to_object()).collect();
            drop(held);
            for (i, item) in first.into_iter().chain(std::iter::once(middle)).chain(last).enumerate() {
                s.put(ins.a() + i as u16, item);
            }
            return Ok(());
        }
        let items = unpack_star(held.value(), before, after)?;
        drop(held);
        for (i, item) in items.into_iter().enumerate() {
            s.put(ins.a() + i as u16, item);
        }
        return Ok(());
    }
    let items = unpack_star(s.b(ins), (ins.c() & 0xff) as usize, (ins.c() >> 8) as usize)?;
    s.consume(ins);
    for (i, item) in items.into_iter().enumerate() {
        s.put(ins.a() + i as u16, item);
    }
    Ok(())
}
/// The first `before` items, a list, and the last `after` items of an iterable.
pub fn unpack_star(v: Value, before: usize, after: usize) -> Result<Vec<Object>, Raised> {
    let exact = match (v.exact::<List>(), v.exact::<Tuple>()) {
        (Some(l), _) => Some(l.borrow()),
        (_, Some(t)) => Some(t.items()),
        _ => None,
    };
    if let Some(all) = exact.filter(|all| all.len() >= before + after) {
        let (first, others) = all.split_at(before);
        let (middle, last) = others.split_at(others.len() - after);
        let mut items = Vec::with_capacity(before + 1 + after);
        items.extend(first.iter().map(|v| v.to_object()));
        items.push(List::from_values(middle));
        items.extend(last.iter().map(|v| v.to_object()));
        return Ok(items);
    }
    let it = ops::iter(v).map_err(|r| not_iterable(v, r))?;
    let mut items = Vec::new();
    while let Some(o) = ops::next(it.value())? {
        items.push(o);
    }
    if items.len() < before + after {
        return Err(kiln_object::raise!(
            ValueError,
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            items.len()
        ));
    }
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(List::from_vec(middle));
    items.extend(tail);
    Ok(items)
}
