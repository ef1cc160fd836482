//! What several collections need: the guard against endless `repr`, subscripts, comparison of sequences, length hints.
//!
//! Methods belong into the folders of their types.

use kiln_object::call::call_special;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::ops::{self, CompareOp};
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Special, Value, raise};
use kiln_text::TextBuf;
use std::cell::RefCell;

thread_local! {
    /// The containers whose `repr` is being made, borrowed from the callers of `repr`.
    static IN_REPR: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Marks a container as being printed, for as long as it lives.
pub struct ReprGuard(Value);

impl ReprGuard {
    /// `None` if the container is being printed already: the caller writes an ellipsis.
    pub fn enter(v: Value) -> Option<ReprGuard> {
        IN_REPR.with_borrow_mut(|active| {
            if active.contains(&v) {
                return None;
            }
            active.push(v);
            Some(ReprGuard(v))
        })
    }
}
impl Drop for ReprGuard {
    fn drop(&mut self) {
        IN_REPR.with_borrow_mut(|active| {
            if let Some(at) = active.iter().rposition(|v| *v == self.0) {
                active.remove(at);
            }
        });
    }
}

/// Appends `repr(v)`.
pub fn push_repr(out: &mut TextBuf, v: Value) -> Result<(), Raised> {
    let text = ops::repr(v)?;
    out.push_text(text.expect::<Str>().text());
    Ok(())
}
pub fn buf_to_str(out: &TextBuf) -> Object {
    Str::from_text(out.as_text())
}

/// `cls[args]`: the generic alias.
pub fn class_getitem(class: Value, args: Value) -> Result<Object, Raised> {
    match kiln_object::runtime().generic_alias.get() {
        Some(make) => make(class, args),
        None => Err(kiln_object::raise!(SystemError, "generic aliases are not attached")),
    }
}

/// A subscript of a sequence.
pub enum Subscript<'a> {
    Index(i64),
    Slice(&'a Slice),
}

/// An index as CPython's sequences take it: an int too large for them is an `IndexError`.
pub fn index_i64(key: Value) -> Result<i64, Raised> {
    if Value::is_int(key) {
        return Ok(Value::int(key));
    }
    let i = ops::index(key)?;
    match i.as_int().and_then(|i| i.to_i64()) {
        Some(i) => Ok(i),
        None => Err(kiln_object::raise!(
            IndexError,
            "cannot fit '{}' into an index-sized integer",
            key.class().name()
        )),
    }
}

/// Reads a subscript; `what` names the sequence ("list indices").
#[inline]
pub fn subscript<'a>(key: &'a Value, what: &str) -> Result<Subscript<'a>, Raised> {
    if Value::is_int(*key) {
        return Ok(Subscript::Index(Value::int(*key)));
    }
    if let Some(s) = key.exact::<Slice>() {
        return Ok(Subscript::Slice(s));
    }
    if key.as_int().is_none() && key.class().special(Special::Index).is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "{what} must be integers or slices, not {}",
            key.class().name()
        ));
    }
    index_i64(*key).map(Subscript::Index)
}

/// The position that an index names in a sequence of `len` items, if there is one.
#[inline]
pub fn position(index: i64, len: usize) -> Option<usize> {
    let i = if index < 0 { index + len as i64 } else { index };
    (i >= 0 && (i as usize) < len).then_some(i as usize)
}

/// The `start` and `stop` arguments of `index` methods, clamped to 64 bits.
pub fn search_bound(v: Value) -> Result<i64, Raised> {
    if ops::index_quiet(v)?.is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "slice indices must be integers or have an __index__ method"
        ));
    }
    ops::index_clamped(v)
}
/// A bound of a search, counted from the end where it is negative.
pub fn clip(bound: i64, len: usize) -> usize {
    let i = if bound < 0 {
        bound.saturating_add(len as i64).max(0)
    } else {
        bound
    };
    i as usize
}

/// How often `*` repeats a sequence of `len` items: the error messages are the operator's.
pub fn repeat_count(n: Value, len: usize) -> Result<usize, Raised> {
    if n.as_int().is_none() && n.class().special(Special::Index).is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "can't multiply sequence by non-int of type '{}'",
            n.class().name()
        ));
    }
    let i = ops::index(n)?;
    let Some(times) = i.as_int().and_then(|i| i.to_i64()) else {
        return Err(kiln_object::raise!(
            OverflowError,
            "cannot fit '{}' into an index-sized integer",
            n.class().name()
        ));
    };
    let times = times.max(0) as usize;
    match times.checked_mul(len) {
        Some(n) if n <= isize::MAX as usize / 8 => Ok(times),
        _ => Err(raise::memory_error()),
    }
}

/// Compares two sequences item by item; the items are read anew before each comparison.
pub fn compare_sequences(
    op: CompareOp,
    left: impl Fn(usize) -> Option<Object>,
    left_len: impl Fn() -> usize,
    right: impl Fn(usize) -> Option<Object>,
    right_len: impl Fn() -> usize,
) -> Result<Object, Raised> {
    if left_len() != right_len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Object::bool(op == CompareOp::Ne));
    }
    let mut i = 0;
    while let (Some(a), Some(b)) = (left(i), right(i)) {
        if !ops::is_equal(a.value(), b.value())? {
            break;
        }
        i += 1;
    }
    // The comparison may have changed the sequences.
    match (left(i), right(i), op) {
        (Some(_), Some(_), CompareOp::Eq) => Ok(Object::bool(false)),
        (Some(_), Some(_), CompareOp::Ne) => Ok(Object::bool(true)),
        (Some(a), Some(b), _) => ops::compare(op, a.value(), b.value()),
        _ => Ok(Object::bool(op.holds(left_len().cmp(&right_len())))),
    }
}

/// `operator.length_hint`: the length, the hint, or `None`.
pub fn length_hint(v: Value) -> Result<Option<usize>, Raised> {
    let class = v.class();
    if class.special(Special::Len).is_some() {
        match ops::len(v) {
            Ok(n) => return Ok(Some(n)),
            Err(r) => drop(raise::catch(r, &exc::TypeError)?),
        }
    }
    let Some(f) = class.special(Special::LengthHint) else {
        return Ok(None);
    };
    let hint = match call_special(f, v, &[]) {
        Ok(hint) => hint,
        Err(r) => {
            drop(raise::catch(r, &exc::TypeError)?);
            return Ok(None);
        }
    };
    if hint.is_not_implemented() {
        return Ok(None);
    }
    match hint.as_int() {
        None => Err(kiln_object::raise!(
            TypeError,
            "__length_hint__ must be an integer, not {}",
            hint.class().name()
        )),
        Some(i) if i.is_negative() => Err(kiln_object::raise!(ValueError, "__length_hint__() should return >= 0")),
        Some(i) => match i.to_i64() {
            Some(n) => Ok(Some(n as usize)),
            None => Err(kiln_object::raise!(
                OverflowError,
                "Python int too large to convert to C ssize_t"
            )),
        },
    }
}

/// A hint for how much room to make; asks only objects whose answer is cheap or may be an error.
pub fn room_for(v: Value) -> Result<usize, Raised> {
    let hint = length_hint(v)?.unwrap_or(0);
    const AT_ONCE: usize = 1 << 20;
    // What cannot be held is said at once, not after memory has filled up.
    if hint > isize::MAX as usize / 8 || hint > AT_ONCE && Vec::<u64>::new().try_reserve_exact(hint).is_err() {
        return Err(raise::memory_error());
    }
    Ok(hint.min(AT_ONCE))
}

/// The arguments of an `__init__` that takes one optional positional argument and nothing by name. `plain` says that
/// the class has no `__new__` of its own, to which named arguments may be meant.
pub fn one_optional<'a>(
    name: &str,
    plain: bool,
    args: &'a [Value],
    keywords: kiln_object::args::Keywords<'_>,
) -> Result<Option<&'a Value>, Raised> {
    if plain && !keywords.is_empty() {
        return Err(kiln_object::raise!(TypeError, "{name}() takes no keyword arguments"));
    }
    if args.len() > 1 {
        return Err(kiln_object::raise!(
            TypeError,
            "{name} expected at most 1 argument, got {}",
            args.len()
        ));
    }
    Ok(args.first())
}

/// Whether the class of `v` has the same `__new__` as the built-in class `T`.
pub fn has_new_of<T: kiln_object::ObjectType>(v: Value) -> bool {
    v.class().special(Special::New) == T::class().special(Special::New)
}

/// `(f, args)`, the answer of many `__reduce__` methods.
pub fn reduce(function: Object, args: Vec<Object>, state: Option<Object>) -> Object {
    let args = kiln_object::tuple::Tuple::from_vec(args);
    let mut items = vec![function, args];
    items.extend(state);
    kiln_object::tuple::Tuple::from_vec(items)
}
/// A function of the `builtins` module, as it is now.
pub fn builtin(name: &str) -> Result<Object, Raised> {
    crate::builtins_module::lookup(name)
}

/// The state of an iterator that was pickled: an index, clamped to what iterators count with.
pub fn state_index(state: Value) -> Result<usize, Raised> {
    let i = match state.as_int() {
        Some(AnyInt::Small(i)) => i,
        Some(AnyInt::Big(_)) => {
            return Err(kiln_object::raise!(
                OverflowError,
                "Python int too large to convert to C ssize_t"
            ));
        }
        None => {
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object cannot be interpreted as an integer",
                state.class().name()
            ));
        }
    };
    Ok(i.max(0) as usize)
}
