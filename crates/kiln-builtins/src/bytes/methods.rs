//! The methods that only `bytes` has, and those it shares.

use super::buffer::Buffer;
use super::common::{self, Bytelike};
use crate::memoryview::MemoryView;
use crate::shared::{Subscript, position, repeat_count, subscript};
use kiln_macros::builtin_methods;
use kiln_object::bytes::Bytes;
use kiln_object::ops::CompareOp;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, ObjectType, Raised, Value, raise};
use kiln_text::text::{Fill, Strip, is_ascii_space};
use kiln_text::{Text, escape};

/// The methods' name space.
pub struct BytesMethods;

super::common_methods!(BytesMethods, "bytes", Bytes);

#[builtin_methods(bytes)]
impl BytesMethods {
    #[new]
    #[signature = "(source=b'', encoding='utf-8', errors='strict')"]
    fn new(
        cls: ClassRef,
        #[kw] source: Option<Value>,
        #[kw] encoding: Option<&Str>,
        #[kw] errors: Option<&Str>,
    ) -> Result<Object, Raised> {
        if let Some(source) = source
            && source.is_exact::<Bytes>()
            && std::ptr::eq(cls.0, Bytes::class())
            && encoding.is_none()
            && errors.is_none()
        {
            return Ok(source.to_object());
        }
        let data = super::convert::construct(source, encoding, errors, "bytes")?;
        Ok(Bytes::of_class(cls.0, &data))
    }
    fn __repr__(this: &Bytes) -> Object {
        Str::from_ascii(escape::bytes_repr(this.data()).as_bytes())
    }
    fn __str__(this: &Bytes) -> Object {
        Str::from_ascii(escape::bytes_repr(this.data()).as_bytes())
    }
    fn __hash__(this: &Bytes) -> i64 {
        this.hash()
    }
    /// Convert this value to exact type bytes.
    fn __bytes__(this: Value) -> Object {
        match this.cast::<Bytes>() {
            Some(bytes) if !this.is_exact::<Bytes>() => Bytes::new_object(bytes.data()),
            _ => this.to_object(),
        }
    }
    fn __getnewargs__(this: &Bytes) -> Object {
        Tuple::from_array([Bytes::new_object(this.data())])
    }
    fn __sizeof__(this: &Bytes) -> usize {
        33 + this.len()
    }
    fn __buffer__(this: Value, flags: isize) -> Result<Object, Raised> {
        if flags & 1 != 0 {
            return Err(raise!(BufferError, "Object is not writable."));
        }
        Ok(MemoryView::new_object(Buffer::require(this)?))
    }
    fn __getitem__(this: &Bytes, key: Value) -> Result<Object, Raised> {
        match subscript(&key, "byte indices")? {
            Subscript::Index(index) => match position(index, this.len()) {
                Some(at) => Ok(Object::int(i64::from(this.data()[at]))),
                None => Err(raise!(IndexError, "index out of range")),
            },
            Subscript::Slice(slice) => {
                let indices = slice.indices(this.len())?;
                let data = this.data();
                if indices.step == 1 {
                    let start = (indices.start as usize).min(data.len());
                    return Ok(Bytes::new_object(&data[start..start + indices.count]));
                }
                Ok(Bytes::new_object(
                    &indices.positions().map(|at| data[at]).collect::<Vec<u8>>(),
                ))
            }
        }
    }
}
