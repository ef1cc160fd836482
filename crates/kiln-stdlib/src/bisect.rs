//! `_bisect`: binary search in sorted sequences.

use kiln_macros::builtin_module;

#[builtin_module("_bisect")]
pub mod module {
    //! Bisection algorithms.

    use kiln_object::call::{call, call_method};
    use kiln_object::list::List;
    use kiln_object::ops::{self, CompareOp};
    use kiln_object::{Object, Raised, Value, intern, raise};

    /// Where `x` goes; to the right of equal items if `right`. `x` is the key already.
    fn search(a: Value, x: Value, low: isize, high: Option<isize>, key: Option<Value>, right: bool) -> Result<usize, Raised> {
        if low < 0 {
            return Err(raise::value_error("lo must be non-negative"));
        }
        let mut low = low as usize;
        let mut high = match high {
            Some(h) if h >= 0 => h as usize,
            _ => ops::len(a)?,
        };
        while low < high {
            let middle = low + (high - low) / 2;
            let mut item = match a.exact::<List>() {
                Some(l) => l
                    .get(middle)
                    .ok_or_else(|| raise::index_error("list index out of range"))?,
                None => ops::get_item(a, Object::int(middle as i64).value())?,
            };
            if let Some(f) = key {
                item = call(f, &[item.value()])?;
            }
            let before = if right {
                !ops::compare_bool(CompareOp::Lt, x, item.value())?
            } else {
                ops::compare_bool(CompareOp::Lt, item.value(), x)?
            };
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
    fn insert(a: Value, x: Value, low: isize, high: Option<isize>, key: Option<Value>, right: bool) -> Result<(), Raised> {
        let wanted = match key {
            Some(f) => call(f, &[x])?,
            None => x.to_object(),
        };
        let at = search(a, wanted.value(), low, high, key, right)?;
        if let Some(l) = a.exact::<List>() {
            l.insert(at.min(l.len()), x.to_object());
            return Ok(());
        }
        call_method(a, intern!("insert"), &[Object::int(at as i64).value(), x]).map(drop)
    }

    /// The position after all items of `a` that are at most `x`.
    #[signature = "($module, /, a, x, lo=0, hi=None, *, key=None)"]
    pub fn bisect_right(
        #[kw] a: Value,
        #[kw] x: Value,
        #[kw]
        #[default(0)]
        lo: isize,
        #[kw]
        #[none]
        hi: Option<isize>,
        #[kwonly]
        #[none]
        key: Option<Value>,
    ) -> Result<usize, Raised> {
        search(a, x, lo, hi, key, true)
    }
    /// The position before all items of `a` that are at least `x`.
    #[signature = "($module, /, a, x, lo=0, hi=None, *, key=None)"]
    pub fn bisect_left(
        #[kw] a: Value,
        #[kw] x: Value,
        #[kw]
        #[default(0)]
        lo: isize,
        #[kw]
        #[none]
        hi: Option<isize>,
        #[kwonly]
        #[none]
        key: Option<Value>,
    ) -> Result<usize, Raised> {
        search(a, x, lo, hi, key, false)
    }
    /// Inserts `x` into `a`, after equal items.
    #[signature = "($module, /, a, x, lo=0, hi=None, *, key=None)"]
    pub fn insort_right(
        #[kw] a: Value,
        #[kw] x: Value,
        #[kw]
        #[default(0)]
        lo: isize,
        #[kw]
        #[none]
        hi: Option<isize>,
        #[kwonly]
        #[none]
        key: Option<Value>,
    ) -> Result<(), Raised> {
        insert(a, x, lo, hi, key, true)
    }
    /// Inserts `x` into `a`, before equal items.
    #[signature = "($module, /, a, x, lo=0, hi=None, *, key=None)"]
    pub fn insort_left(
        #[kw] a: Value,
        #[kw] x: Value,
        #[kw]
        #[default(0)]
        lo: isize,
        #[kw]
        #[none]
        hi: Option<isize>,
        #[kwonly]
        #[none]
        key: Option<Value>,
    ) -> Result<(), Raised> {
        insert(a, x, lo, hi, key, false)
    }
}
