//! `slice` objects and the arithmetic of slicing.

use crate::layout::{Slot, alloc, header};
use crate::object_struct;
use crate::ops;
use crate::raise::Raised;
use crate::value::{Object, Value};

object_struct! {
    /// `slice(start, stop, step)`: any objects.
    pub struct Slice = "slice", Container { pub start: Slot, pub stop: Slot, pub step: Slot }
}

/// The bounds of a slice as ints, clamped to 64 bits, before the length of the sequence is known.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

/// The items that a slice selects from a sequence of known length: `start`, `start + step`, ... `count` times.
#[derive(Clone, Copy, Debug)]
pub struct Indices {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    pub count: usize,
}

impl Bounds {
    /// Fits the bounds to a length.
    pub fn indices(self, len: usize) -> Indices {
        let Bounds {
            mut start,
            mut stop,
            step,
        } = self;
        let len = len as i64;
        let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
        for bound in [&mut start, &mut stop] {
            if *bound < 0 {
                *bound = (*bound).saturating_add(len).max(low);
            }
            *bound = (*bound).min(high);
        }
        let count = match step {
            // The usual steps, without a division.
            1 => (stop - start).max(0),
            -1 => (start - stop).max(0),
            ..=-2 if stop < start => (start - stop - 1) / -step + 1,
            2.. if start < stop => (stop - start - 1) / step + 1,
            _ => 0,
        };
        Indices {
            start,
            stop,
            step,
            count: count as usize,
        }
    }
}

impl Indices {
    /// The selected positions, in order.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        let Indices { start, step, count, .. } = self;
        (0..count).map(move |i| start.wrapping_add(step.wrapping_mul(i as i64)) as usize)
    }
}

fn bound(v: Value) -> Result<i64, Raised> {
    if Value::is_int(v) {
        return Ok(Value::int(v));
    }
    if ops::index_quiet(v)?.is_none() {
        return Err(crate::raise!(
            TypeError,
            "slice indices must be integers or None or have an __index__ method"
        ));
    }
    ops::index_clamped(v)
}

impl Slice {
    pub fn new(start: Value, stop: Value, step: Value) -> Object {
        alloc(Slice {
            header: header::<Slice>(),
            start: Slot::new(start.to_object()),
            stop: Slot::new(stop.to_object()),
            step: Slot::new(step.to_object()),
        })
    }
    /// The bounds as ints. May run `__index__`: read the sequence's length afterwards.
    pub fn bounds(&self) -> Result<Bounds, Raised> {
        Bounds::of(self.start.value(), self.stop.value(), self.step.value())
    }
    /// What the slice selects from `len` items, where nothing can change the length meanwhile.
    pub fn indices(&self, len: usize) -> Result<Indices, Raised> {
        Ok(self.bounds()?.indices(len))
    }
}

impl Bounds {
    /// The bounds where they are ints or left out, and the step is not zero: nothing else runs or raises.
    #[inline]
    pub fn plain(start: Value, stop: Value, step: Value) -> Option<Bounds> {
        let given = |bound: Value, otherwise: i64| match bound {
            _ if bound.is_int() => Some(bound.int()),
            _ => bound.is_none().then_some(otherwise),
        };
        let step = given(step, 1).filter(|&step| step != 0)?;
        let (first, last) = if step < 0 { (i64::MAX, i64::MIN) } else { (0, i64::MAX) };
        Some(Bounds {
            start: given(start, first)?,
            stop: given(stop, last)?,
            step,
        })
    }
    /// The bounds of `start:stop:step`. May run `__index__`: read the sequence's length afterwards.
    pub fn of(start: Value, stop: Value, step: Value) -> Result<Bounds, Raised> {
        let step = if step.is_none() { 1 } else { bound(step)? };
        if step == 0 {
            return Err(crate::raise!(ValueError, "slice step cannot be zero"));
        }
        // So that its negation exists.
        let step = step.max(-i64::MAX);
        let start = match start.is_none() {
            true if step < 0 => i64::MAX,
            true => 0,
            false => bound(start)?,
        };
        let stop = match stop.is_none() {
            true if step < 0 => i64::MIN,
            true => i64::MAX,
            false => bound(stop)?,
        };
        Ok(Bounds { start, stop, step })
    }
}
