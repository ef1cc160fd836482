//! Sorting of lists: stable, adaptive, safe against keys and comparisons that run any code.
//!
//! Keys that are all small ints, all finite floats or all exact strs are compared without calling anything. All other
//! keys go through a merge sort of our own, since comparisons written in Python may raise or contradict each other:
//! natural runs, short ones lengthened by binary insertion, merged in the order that powersort gives (Munro and Wild,
//! "Nearly-Optimal Mergesorts", 2018).

use kiln_object::call::call;
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::str::Str;
use kiln_object::thread::check_native_stack;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use std::cmp::Ordering;

/// Sorts the list. While it is sorted, the list is seen empty.
pub fn sort(list: &List, key: Option<Value>, reverse: bool) -> Result<(), Raised> {
    let mut items = list.begin_sort();
    // Reversing before and after keeps equal items in their order.
    let result = order(&items, key, reverse);
    if let Ok(order) = &result {
        items = permute(items, order);
    }
    let changed = list.end_sort(items);
    let permutation = result?;
    drop(permutation);
    match changed {
        None => Ok(()),
        Some(added) => {
            drop(added);
            Err(raise::value_error("list modified during sort"))
        }
    }
}

fn permute(items: Vec<Object>, order: &[u32]) -> Vec<Object> {
    let mut slots: Vec<Option<Object>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|&i| slots[i as usize].take()).collect()
}

/// Sorts positions by a word of each item, which lies next to the position meanwhile; `ties` orders those whose words are equal.
fn sort_pairs<K: Copy>(
    order: &mut [u32],
    word: impl Fn(usize) -> K,
    compare: impl Fn(&K, &K) -> Ordering,
    ties: impl Fn(usize, usize) -> Ordering,
) {
    let mut pairs: Vec<(K, u32)> = order.iter().map(|&i| (word(i as usize), i)).collect();
    pairs.sort_by(|a, b| compare(&a.0, &b.0).then_with(|| ties(a.1 as usize, b.1 as usize)));
    for (to, from) in order.iter_mut().zip(&pairs) {
        *to = from.1;
    }
}

/// The positions of the items in sorted order.
fn order(items: &[Object], key: Option<Value>, reverse: bool) -> Result<Vec<u32>, Raised> {
    if u32::try_from(items.len()).is_err() {
        return Err(raise::memory_error());
    }
    let made: Vec<Object>;
    let keys = match key {
        None => items,
        Some(f) => {
            let mut keys = Vec::with_capacity(items.len());
            for o in items {
                keys.push(call(f, &[o.value()])?);
            }
            made = keys;
            &made
        }
    };
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    if order.len() < 2 {
        return Ok(order);
    }
    if reverse {
        order.reverse();
    }
    if let Some(ints) = all(keys, |v| Value::is_int(v).then(|| Value::int(v))) {
        sort_pairs(&mut order, |i| ints[i], i64::cmp, |_, _| Ordering::Equal);
    } else if let Some(floats) = all(keys, |v| {
        v.is_exact_float()
            .then(|| v.as_float())
            .flatten()
            .filter(|f| !f.is_nan())
    }) {
        let less = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
        sort_pairs(&mut order, |i| floats[i], less, |_, _| Ordering::Equal);
    } else if keys.iter().all(|k| k.value().is_exact::<Str>()) {
        let texts: Vec<&Str> = keys.iter().map(|k| k.expect::<Str>()).collect();
        if let Some(units) = texts.iter().map(|text| text.latin1()).collect::<Option<Vec<&[u8]>>>() {
            // Most texts differ in their first eight units.
            let first = |i: usize| {
                let mut eight = [0; 8];
                let n = units[i].len().min(8);
                eight[..n].copy_from_slice(&units[i][..n]);
                u64::from_be_bytes(eight)
            };
            sort_pairs(&mut order, first, u64::cmp, |i, j| units[i].cmp(units[j]));
        } else {
            order.sort_by(|&i, &j| texts[i as usize].text().cmp(texts[j as usize].text()));
        }
    } else if keys.iter().all(|k| k.value().is_exact::<Tuple>()) {
        let tuples: Vec<&Tuple> = keys.iter().map(|k| k.expect::<Tuple>()).collect();
        let mut less = |a: u32, b: u32| {
            check_native_stack(" in comparison")?;
            crate::tuple::less(tuples[a as usize], tuples[b as usize])
        };
        merge_sort(&mut order, &mut less)?;
    } else {
        let mut less = |a: u32, b: u32| {
            let (a, b) = (keys[a as usize].value(), keys[b as usize].value());
            ops::compare_bool(CompareOp::Lt, a, b)
        };
        merge_sort(&mut order, &mut less)?;
    }
    if reverse {
        order.reverse();
    }
    Ok(order)
}

fn all<T>(keys: &[Object], f: impl Fn(Value) -> Option<T>) -> Option<Vec<T>> {
    // Most lists of other things say so with their first or last item.
    f(keys.last()?.value())?;
    keys.iter().map(|k| f(k.value())).collect()
}

type Less<'a> = dyn FnMut(u32, u32) -> Result<bool, Raised> + 'a;

struct Run {
    start: usize,
    len: usize,
    power: u32,
}

fn merge_sort(v: &mut [u32], less: &mut Less<'_>) -> Result<(), Raised> {
    let n = v.len();
    let min_run = min_run(n);
    let mut runs: Vec<Run> = Vec::new();
    let mut scratch = Vec::new();
    let mut start = 0;
    while start < n {
        let mut len = count_run(&mut v[start..], less)?;
        if len < min_run {
            let forced = min_run.min(n - start);
            insertion_sort(&mut v[start..start + forced], len, less)?;
            len = forced;
        }
        if let Some(last) = runs.last_mut() {
            let power = power(last.start, last.len, len, n);
            last.power = power;
            while runs.len() > 1 && runs[runs.len() - 2].power > power {
                merge_top(v, &mut runs, &mut scratch, less)?;
                if let Some(last) = runs.last_mut() {
                    last.power = power;
                }
            }
        }
        runs.push(Run { start, len, power: 0 });
        start += len;
    }
    while runs.len() > 1 {
        merge_top(v, &mut runs, &mut scratch, less)?;
    }
    Ok(())
}

/// The shortest run to merge: `n / min_run` is a power of two or little less.
fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// The depth in the ideal merge tree of the boundary between two neighbouring runs.
fn power(start: usize, len: usize, next: usize, n: usize) -> u32 {
    let (mut a, mut b) = (2 * start + len, 2 * start + 2 * len + next);
    let mut power = 0;
    loop {
        power += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

/// The length of the run at the start; a strictly descending one is turned round.
fn count_run(v: &mut [u32], less: &mut Less<'_>) -> Result<usize, Raised> {
    if v.len() < 2 {
        return Ok(v.len());
    }
    let mut n = 2;
    if less(v[1], v[0])? {
        while n < v.len() && less(v[n], v[n - 1])? {
            n += 1;
        }
        v[..n].reverse();
    } else {
        while n < v.len() && !less(v[n], v[n - 1])? {
            n += 1;
        }
    }
    Ok(n)
}

/// Sorts `v`, whose first `sorted` items are in order, by binary insertion.
fn insertion_sort(v: &mut [u32], sorted: usize, less: &mut Less<'_>) -> Result<(), Raised> {
    for i in sorted.max(1)..v.len() {
        let pivot = v[i];
        let (mut low, mut high) = (0, i);
        while low < high {
            let middle = low + (high - low) / 2;
            if less(pivot, v[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        v.copy_within(low..i, low + 1);
        v[low] = pivot;
    }
    Ok(())
}

/// Merges the two topmost runs.
fn merge_top(v: &mut [u32], runs: &mut Vec<Run>, scratch: &mut Vec<u32>, less: &mut Less<'_>) -> Result<(), Raised> {
    let Some(right) = runs.pop() else { return Ok(()) };
    let Some(left) = runs.last_mut() else { return Ok(()) };
    let part = &mut v[left.start..right.start + right.len];
    let middle = left.len;
    left.len += right.len;
    left.power = right.power;
    // What is in place already needs no copy: left items not after the first right one, right items not before the
    // last left one.
    let skip = gallop(&part[..middle], part[middle], false, less)?;
    if skip == middle {
        return Ok(());
    }
    let end = middle + gallop(&part[middle..], part[middle - 1], true, less)?;
    merge(&mut part[skip..end], middle - skip, scratch, less)
}

/// How many items of `v` go before `x`; equal ones too unless `strict`.
fn gallop(v: &[u32], x: u32, strict: bool, less: &mut Less<'_>) -> Result<usize, Raised> {
    let (mut low, mut high) = (0, v.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let before = if strict {
            less(v[middle], x)?
        } else {
            !less(x, v[middle])?
        };
        if before {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Merges `v[..middle]` and `v[middle..]`, the shorter one by way of `scratch`.
fn merge(v: &mut [u32], middle: usize, scratch: &mut Vec<u32>, less: &mut Less<'_>) -> Result<(), Raised> {
    scratch.clear();
    if middle <= v.len() - middle {
        scratch.extend_from_slice(&v[..middle]);
        let (mut left, mut right, mut out) = (0, middle, 0);
        while left < scratch.len() && right < v.len() {
            if less(v[right], scratch[left])? {
                v[out] = v[right];
                right += 1;
            } else {
                v[out] = scratch[left];
                left += 1;
            }
            out += 1;
        }
        v[out..out + scratch.len() - left].copy_from_slice(&scratch[left..]);
        return Ok(());
    }
    scratch.extend_from_slice(&v[middle..]);
    let (mut left, mut right, mut out) = (middle, scratch.len(), v.len());
    while left > 0 && right > 0 {
        out -= 1;
        if less(scratch[right - 1], v[left - 1])? {
            left -= 1;
            v[out] = v[left];
        } else {
            right -= 1;
            v[out] = scratch[right];
        }
    }
    v[out - right..out].copy_from_slice(&scratch[..right]);
    Ok(())
}
