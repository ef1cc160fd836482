//! The immortal objects that everybody shares: None, True, False, Ellipsis, NotImplemented, the unbound marker, the
//! empty tuple, and the floats that are no flonums but come often.

use crate::header::Header;
use crate::layout::{Plain, alloc, header};
use crate::object_struct;
use crate::value::Value;
use std::cell::Cell;

object_struct! { /** `None`. */ pub struct NoneObject = "NoneType", Raw {} }
object_struct! { /** `...`. */ pub struct EllipsisObject = "ellipsis", Raw {} }
object_struct! { /** `NotImplemented`. */ pub struct NotImplementedObject = "NotImplementedType", Raw {} }
object_struct! { /** What an unbound local holds; programs never see it. */ pub struct Unbound = "unbound", Raw { pad: Plain<u64> } }

struct Shared([Cell<Value>; 11]);
#[expect(unsafe_code, reason = "a static of cells")]
// SAFETY: written once at start.
unsafe impl Sync for Shared {}
static SHARED: Shared = Shared([const { Cell::new(Value::ZERO) }; 11]);

macro_rules! shared {
    ($($(#[$m:meta])* $name:ident = $i:literal),*) => { $($(#[$m])* #[inline(always)] pub fn $name() -> Value { SHARED.0[$i].get() })* };
}
shared!(
    none = 0,
    true_ = 1,
    false_ = 2,
    ellipsis = 3,
    not_implemented = 4,
    unbound = 5,
    empty_tuple = 6,
    zero = 7,
    minus_zero = 8,
    infinity = 9,
    minus_infinity = 10
);

/// The shared box of `f`, if it has one.
pub fn shared_float(f: f64) -> Option<Value> {
    let v = if f == 0.0 {
        if f.is_sign_negative() { minus_zero() } else { zero() }
    } else if f == f64::INFINITY {
        infinity()
    } else if f == f64::NEG_INFINITY {
        minus_infinity()
    } else {
        return None;
    };
    // Before start-up is over, the shared boxes are still being made.
    v.is_ptr().then_some(v)
}

fn immortal(o: crate::Object) -> Value {
    o.header().make_immortal();
    o.into_value()
}

/// Makes the singletons that are plain objects, once their classes exist.
pub(crate) fn init() {
    fn h<T: crate::ObjectType>() -> Header {
        header::<T>()
    }
    let s = &SHARED.0;
    s[0].set(immortal(alloc(NoneObject {
        header: h::<NoneObject>(),
    })));
    s[3].set(immortal(alloc(EllipsisObject {
        header: h::<EllipsisObject>(),
    })));
    s[4].set(immortal(alloc(NotImplementedObject {
        header: h::<NotImplementedObject>(),
    })));
    s[5].set(immortal(alloc(Unbound {
        header: h::<Unbound>(),
        pad: Plain(0),
    })));
    s[6].set(immortal(crate::tuple::make_empty()));
    use crate::int::{Bool, Int};
    let bool_ = |i: i64| {
        immortal(alloc(Bool {
            base: Int {
                header: h::<Bool>(),
                value: i.into(),
            },
        }))
    };
    s[1].set(bool_(1));
    s[2].set(bool_(0));
    use crate::float::Float;
    s[7].set(Float::immortal(0.0));
    s[8].set(Float::immortal(-0.0));
    s[9].set(Float::immortal(f64::INFINITY));
    s[10].set(Float::immortal(f64::NEG_INFINITY));
}
