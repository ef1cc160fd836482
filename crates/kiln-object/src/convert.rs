//! Conversions between Rust and Python values, for arguments and results of native functions.

use crate::layout::ObjectType;
use crate::ops;
use crate::raise::Raised;
use crate::str::Str;
use crate::value::{Object, Value};

/// A native function's argument type. `what` names the argument in messages: "f() argument 1".
pub trait FromValue<'a>: Sized {
    fn from_value(v: &'a Value, what: &str) -> Result<Self, Raised>;
}

impl<'a> FromValue<'a> for Value {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<Value, Raised> {
        Ok(*v)
    }
}
impl<'a> FromValue<'a> for Object {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<Object, Raised> {
        Ok(v.to_object())
    }
}
impl<'a, T: ObjectType> FromValue<'a> for &'a T {
    #[inline(always)]
    fn from_value(v: &'a Value, what: &str) -> Result<&'a T, Raised> {
        match v.cast::<T>() {
            Some(t) => Ok(t),
            None => Err(wrong_type(*v, what, T::NAME)),
        }
    }
}
#[cold]
#[inline(never)]
fn wrong_type(v: Value, what: &str, name: &str) -> Raised {
    crate::raise!(TypeError, "{what} must be {name}, not {}", type_name(v))
}
/// A class argument as `&'static`: the caller keeps it alive for the call.
impl<'a> FromValue<'a> for crate::types::ClassRef {
    #[inline]
    fn from_value(v: &'a Value, what: &str) -> Result<Self, Raised> {
        match crate::types::ClassRef::of(*v) {
            Some(t) => Ok(t),
            None => Err(crate::raise!(TypeError, "{what} must be type, not {}", type_name(*v))),
        }
    }
}
impl<'a> FromValue<'a> for i64 {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<i64, Raised> {
        if Value::is_int(*v) {
            return Ok(Value::int(*v));
        }
        let i = ops::index(*v)?;
        match i.as_int().and_then(|a| a.to_i64()) {
            Some(n) => Ok(n),
            None => Err(crate::raise!(
                OverflowError,
                "Python int too large to convert to C long"
            )),
        }
    }
}
impl<'a> FromValue<'a> for i32 {
    fn from_value(v: &'a Value, what: &str) -> Result<i32, Raised> {
        let i = i64::from_value(v, what)?;
        i32::try_from(i).map_err(|_| {
            if i > 0 {
                crate::raise!(OverflowError, "signed integer is greater than maximum")
            } else {
                crate::raise!(OverflowError, "signed integer is less than minimum")
            }
        })
    }
}
impl<'a> FromValue<'a> for u32 {
    fn from_value(v: &'a Value, what: &str) -> Result<u32, Raised> {
        let i = i64::from_value(v, what)?;
        u32::try_from(i).map_err(|_| {
            if i < 0 {
                crate::raise!(OverflowError, "can't convert negative value to unsigned int")
            } else {
                crate::raise!(OverflowError, "Python int too large to convert to C unsigned int")
            }
        })
    }
}
impl<'a> FromValue<'a> for isize {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<isize, Raised> {
        if Value::is_int(*v) {
            return Ok(Value::int(*v) as isize);
        }
        let i = ops::index(*v)?;
        match i.as_int().and_then(|a| a.to_i64()) {
            Some(n) => Ok(n as isize),
            None => Err(crate::raise!(
                OverflowError,
                "Python int too large to convert to C ssize_t"
            )),
        }
    }
}
impl<'a> FromValue<'a> for usize {
    #[inline]
    fn from_value(v: &'a Value, what: &str) -> Result<usize, Raised> {
        let i = isize::from_value(v, what)?;
        usize::try_from(i).map_err(|_| crate::raise!(ValueError, "{what} must be non-negative"))
    }
}
impl<'a> FromValue<'a> for bool {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<bool, Raised> {
        ops::is_true(*v)
    }
}
impl<'a> FromValue<'a> for f64 {
    #[inline]
    fn from_value(v: &'a Value, _: &str) -> Result<f64, Raised> {
        ops::to_float(*v)
    }
}
/// An int of either size: the receiver of int's methods.
impl<'a> FromValue<'a> for crate::int::AnyInt<'a> {
    #[inline]
    fn from_value(v: &'a Value, what: &str) -> Result<Self, Raised> {
        match v.as_int() {
            Some(i) => Ok(i),
            None => Err(crate::raise!(TypeError, "{what} must be int, not {}", type_name(*v))),
        }
    }
}
/// A `float` or an instance of a subclass and nothing else: the receiver of float's methods.
#[derive(Clone, Copy)]
pub struct ExactFloat(pub f64);
impl<'a> FromValue<'a> for ExactFloat {
    fn from_value(v: &'a Value, what: &str) -> Result<Self, Raised> {
        match v.as_float() {
            Some(f) => Ok(ExactFloat(f)),
            None => Err(crate::raise!(TypeError, "{what} must be float, not {}", type_name(*v))),
        }
    }
}
impl<'a> FromValue<'a> for String {
    fn from_value(v: &'a Value, what: &str) -> Result<String, Raised> {
        <&Str>::from_value(v, what).map(Str::to_string_lossy)
    }
}

/// How messages call a value's type: None is "None".
pub fn type_name(v: Value) -> String {
    if v.is_none() {
        "None".to_owned()
    } else {
        v.class().name()
    }
}
/// Whether a str value equals `s`.
pub fn str_is(v: Value, s: &str) -> bool {
    v.cast::<Str>().is_some_and(|t| t.eq_str(s))
}
pub fn str_text(v: Value) -> Option<String> {
    v.cast::<Str>().map(Str::to_string_lossy)
}

/// A native function's result.
pub trait IntoObject {
    fn into_object(self) -> Object;
}
impl IntoObject for Object {
    #[inline]
    fn into_object(self) -> Object {
        self
    }
}
impl IntoObject for Value {
    #[inline]
    fn into_object(self) -> Object {
        self.to_object()
    }
}
impl IntoObject for () {
    #[inline]
    fn into_object(self) -> Object {
        Object::none()
    }
}
impl IntoObject for bool {
    #[inline]
    fn into_object(self) -> Object {
        Object::bool(self)
    }
}
macro_rules! int_into {
    ($($t:ty),*) => { $(impl IntoObject for $t { #[inline] fn into_object(self) -> Object { Object::int(self as i64) } })* };
}
int_into!(i8, i16, i32, i64, isize, u8, u16, u32);
impl IntoObject for usize {
    #[inline]
    fn into_object(self) -> Object {
        (self as u64).into_object()
    }
}
impl IntoObject for u64 {
    #[inline]
    fn into_object(self) -> Object {
        match i64::try_from(self) {
            Ok(i) => Object::int(i),
            Err(_) => crate::int::Int::from_big(kiln_text::BigInt::from(self as i128)),
        }
    }
}
impl IntoObject for i128 {
    fn into_object(self) -> Object {
        crate::int::Int::from_big(kiln_text::BigInt::from(self))
    }
}
impl IntoObject for kiln_text::BigInt {
    fn into_object(self) -> Object {
        crate::int::Int::from_big(self)
    }
}
impl IntoObject for f64 {
    #[inline]
    fn into_object(self) -> Object {
        Object::float(self)
    }
}
impl IntoObject for &str {
    fn into_object(self) -> Object {
        Str::new(self)
    }
}
impl IntoObject for String {
    fn into_object(self) -> Object {
        Str::new(&self)
    }
}
impl IntoObject for Vec<Object> {
    fn into_object(self) -> Object {
        crate::list::List::from_vec(self)
    }
}
impl<T: IntoObject> IntoObject for Option<T> {
    #[inline]
    fn into_object(self) -> Object {
        self.map_or_else(Object::none, T::into_object)
    }
}
impl<A: IntoObject, B: IntoObject> IntoObject for (A, B) {
    fn into_object(self) -> Object {
        crate::tuple::Tuple::from_array([self.0.into_object(), self.1.into_object()])
    }
}
impl<A: IntoObject, B: IntoObject, C: IntoObject> IntoObject for (A, B, C) {
    fn into_object(self) -> Object {
        crate::tuple::Tuple::from_array([self.0.into_object(), self.1.into_object(), self.2.into_object()])
    }
}
