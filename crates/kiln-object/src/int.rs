//! `int` boxes: values of more than 63 bits, bools, and instances of subclasses.

use crate::layout::alloc;
use crate::object_struct;
use crate::value::{Object, Value};
use kiln_text::BigInt;

object_struct! {
    /// A boxed int. Exact ones never fit 63 bits.
    pub struct Int = "int" @ INT, Raw { pub value: BigInt }
}
object_struct! {
    /// `True` and `False`: ints that are their own class.
    pub struct Bool = "bool" extends Int, Raw {}
}

impl Int {
    /// An int in its canonical representation.
    pub fn from_big(b: BigInt) -> Object {
        if let Some(v) = b.to_i64().and_then(Value::small_int) {
            return Object::from_owned(v);
        }
        alloc(Int {
            header: crate::layout::header::<Int>(),
            value: b,
        })
    }
}

/// An int argument of any size, borrowed from its object.
pub enum AnyInt<'a> {
    Small(i64),
    Big(&'a BigInt),
}
impl AnyInt<'_> {
    pub fn to_big(&self) -> BigInt {
        match self {
            AnyInt::Small(i) => BigInt::from(*i),
            AnyInt::Big(b) => (*b).clone(),
        }
    }
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            AnyInt::Small(i) => Some(*i),
            AnyInt::Big(b) => b.to_i64(),
        }
    }
    pub fn is_negative(&self) -> bool {
        match self {
            AnyInt::Small(i) => *i < 0,
            AnyInt::Big(b) => b.is_negative(),
        }
    }
}

impl Value {
    /// The int of an `int`, bool or instance of a subclass.
    #[inline]
    pub fn as_int(&self) -> Option<AnyInt<'_>> {
        if Value::is_int(*self) {
            return Some(AnyInt::Small(Value::int(*self)));
        }
        let b = &self.cast::<Int>()?.value;
        Some(match b.to_i64() {
            Some(i) => AnyInt::Small(i),
            None => AnyInt::Big(b),
        })
    }
    /// Whether `type(v) is int`.
    pub fn is_exact_int(self) -> bool {
        Value::is_int(self) || self.is_exact::<Int>()
    }
}

/// The decimal digits of a small int, written from the end of the buffer, two at a time.
pub fn decimal_digits(value: i64, buffer: &mut [u8; 20]) -> &[u8] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[b'0'; 2]; 100];
        let mut i = 0;
        while i < 100 {
            pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
            i += 1;
        }
        pairs
    };
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    while rest >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[rest as usize]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}
/// `str(value)` of a small int.
pub fn decimal_text(value: i64) -> Object {
    crate::str::Str::from_ascii(decimal_digits(value, &mut [0; 20]))
}
