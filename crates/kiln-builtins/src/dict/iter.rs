//! The iterators of dicts and their views, forwards and backwards.

use crate::shared::{builtin, reduce};
use kiln_macros::builtin_methods;
use kiln_object::dict::Dict;
use kiln_object::iter::{next_or_stop, set_fast_next, set_next_pair};
use kiln_object::layout::{ObjectType, Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::object_struct;
use kiln_object::tuple::Tuple;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value};
use std::cell::Cell;

/// What an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Keys,
    Values,
    Items,
}

macro_rules! iterators {
    ($($name:ident $methods:ident $python:literal $what:ident $reversed:literal)*) => { $(
        object_struct! {
            /// An iterator of dicts; `dict` is empty once it is exhausted.
            pub struct $name = $python, Container {
                pub dict: Slot,
                /// The entry to look at next; backwards, one past it.
                pub position: Cell<u32>,
                /// The length at the start: another one later means that the dict was changed.
                pub expected: Cell<usize>,
                /// Entries left to give.
                pub left: Cell<usize>,
            }
        }
        impl $name {
            fn new(dict: Value) -> Object {
                let d = dict.expect::<Dict>();
                alloc($name {
                    header: header::<$name>(),
                    dict: Slot::new(dict.to_object()),
                    position: Cell::new(if $reversed { d.end() } else { 0 }),
                    expected: Cell::new(d.len()),
                    left: Cell::new(d.len()),
                })
            }
            #[inline]
            fn advance(&self) -> Result<Option<Object>, Raised> {
                advance(&self.dict, &self.position, &self.expected, &self.left, What::$what, $reversed)
            }
        }
        struct $methods;
        #[builtin_methods($python)]
        impl $methods {
            fn __iter__(this: Value) -> Value {
                this
            }
            fn __next__(this: &$name) -> Result<Object, Raised> {
                next_or_stop(this.advance())
            }
            fn __length_hint__(this: &$name) -> usize {
                match this.dict.peek() {
                    Some(d) if d.expect::<Dict>().len() == this.expected.get() => this.left.get(),
                    _ => 0,
                }
            }
            fn __reduce__(this: &$name) -> Result<Object, Raised> {
                // A copy runs through what is left; this iterator stays where it is.
                let rest = List::new();
                if let Some(d) = this.dict.get() {
                    let copy = $name::new(d.value());
                    let it = copy.expect::<$name>();
                    it.position.set(this.position.get());
                    it.expected.set(this.expected.get());
                    it.left.set(this.left.get());
                    while let Some(o) = it.advance()? {
                        rest.expect::<List>().push(o);
                    }
                }
                Ok(reduce(builtin("iter")?, vec![rest], None))
            }
        }
    )*
        pub fn init() {
            $(
                let class = define::<$name>($python, "builtins", None, flags::NO_NEW, $methods::METHODS, None);
                set_fast_next(class, |v| v.expect::<$name>().advance());
            )*
            set_next_pair(DictItemIter::class(), |v| {
                let it = v.expect::<DictItemIter>();
                let entry = step(&it.dict, &it.position, &it.expected, &it.left, false)?;
                Ok(entry.map(|(key, value)| (key.to_object(), value.to_object())))
            });
        }
    };
}

iterators! {
    DictKeyIter KeyMethods "dict_keyiterator" Keys false
    DictValueIter ValueMethods "dict_valueiterator" Values false
    DictItemIter ItemMethods "dict_itemiterator" Items false
    DictReverseKeyIter ReverseKeyMethods "dict_reversekeyiterator" Keys true
    DictReverseValueIter ReverseValueMethods "dict_reversevalueiterator" Values true
    DictReverseItemIter ReverseItemMethods "dict_reverseitemiterator" Items true
}

#[inline]
fn advance(
    dict: &Slot,
    position: &Cell<u32>,
    expected: &Cell<usize>,
    left: &Cell<usize>,
    what: What,
    reversed: bool,
) -> Result<Option<Object>, Raised> {
    Ok(
        step(dict, position, expected, left, reversed)?.map(|(key, value)| match what {
            What::Keys => key.to_object(),
            What::Values => value.to_object(),
            What::Items => Tuple::from_values(&[key, value]),
        }),
    )
}
/// The next entry, borrowed.
#[inline]
fn step(
    dict: &Slot,
    position: &Cell<u32>,
    expected: &Cell<usize>,
    left: &Cell<usize>,
    reversed: bool,
) -> Result<Option<(Value, Value)>, Raised> {
    let Some(v) = dict.peek() else { return Ok(None) };
    let d = v.expect::<Dict>();
    if d.len() != expected.get() {
        // From now on every step fails.
        expected.set(usize::MAX);
        return Err(kiln_object::raise!(
            RuntimeError,
            "dictionary changed size during iteration"
        ));
    }
    let found = if reversed {
        d.previous_entry(position.get())
    } else {
        d.next_entry(position.get())
    };
    let Some((n, e)) = found else {
        dict.clear();
        return Ok(None);
    };
    if left.get() == 0 {
        dict.clear();
        return Err(kiln_object::raise!(
            RuntimeError,
            "dictionary keys changed during iteration"
        ));
    }
    left.set(left.get() - 1);
    position.set(if reversed { n } else { n + 1 });
    Ok(Some((e.key, e.value)))
}

/// An iterator over a dict or an instance of a subclass.
pub fn new_iter(dict: Value, what: What, reversed: bool) -> Object {
    match (what, reversed) {
        (What::Keys, false) => DictKeyIter::new(dict),
        (What::Values, false) => DictValueIter::new(dict),
        (What::Items, false) => DictItemIter::new(dict),
        (What::Keys, true) => DictReverseKeyIter::new(dict),
        (What::Values, true) => DictReverseValueIter::new(dict),
        (What::Items, true) => DictReverseItemIter::new(dict),
    }
}
const _: fn() -> &'static kiln_object::Layout = DictKeyIter::layout;
