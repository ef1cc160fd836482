//! `bytearray`.

mod methods;

use crate::bytes::buffer::Export;
use kiln_object::layout::{Plain, alloc_instance, header};
use kiln_object::object_struct;
use kiln_object::types::{Type, define, flags};
use kiln_object::{Object, ObjectType, Raised, Value, raise};
use std::cell::{Cell, Ref, RefCell};

object_struct! {
    /// A growable array of bytes. It does not resize while `exports` views look into it.
    pub struct ByteArray = "bytearray", Raw { data: Plain<RefCell<Vec<u8>>>, exports: Cell<usize> }
}

const DOC: &str = "bytearray(iterable_of_ints) -> bytearray\n\
bytearray(string, encoding[, errors]) -> bytearray\n\
bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\n\
bytearray(int) -> bytes array of size given by the parameter initialized with null bytes\n\
bytearray() -> empty bytes array\n\n\
Construct a mutable bytearray object from:\n  \
- an iterable yielding integers in range(256)\n  \
- a text string encoded using the specified encoding\n  \
- a bytes or a buffer object\n  \
- any object implementing the buffer API.\n  \
- an integer";

pub fn init() {
    let methods = methods::ByteArrayMethods::METHODS;
    let class = define::<ByteArray>(
        "bytearray",
        "builtins",
        None,
        flags::BASETYPE | flags::MATCH_SELF,
        methods,
        Some(DOC),
    );
    class.add_methods(methods::ByteArrayMethods::COMMON);
    class.dict().set_str("__hash__", &Object::none());
    class.modified(None);
}

impl ByteArray {
    pub fn new_object(data: Vec<u8>) -> Object {
        ByteArray::of_class(ByteArray::class(), data)
    }

    pub fn of_class(class: &'static Type, data: Vec<u8>) -> Object {
        let array = ByteArray {
            header: header::<ByteArray>(),
            data: Plain(RefCell::new(data)),
            exports: Cell::new(0),
        };
        alloc_instance(class, array)
    }

    /// The bytes; not held across anything that may run Python.
    pub fn read(&self) -> Ref<'_, Vec<u8>> {
        self.data.0.borrow()
    }

    /// Changes bytes without changing their number.
    pub fn write<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        f(&mut self.data.0.borrow_mut())
    }

    /// Changes the bytes and perhaps their number: an error while views look at them.
    pub fn resize<R>(&self, f: impl FnOnce(&mut Vec<u8>) -> R) -> Result<R, Raised> {
        if self.exports.get() > 0 {
            return Err(raise!(
                BufferError,
                "Existing exports of data: object cannot be re-sized"
            ));
        }
        Ok(f(&mut self.data.0.borrow_mut()))
    }

    pub fn export(&self) -> Export {
        self.exports.set(self.exports.get() + 1);
        let mut data = self.data.0.borrow_mut();
        Export {
            data: data.as_mut_ptr(),
            len: data.len(),
            readonly: false,
            format: "B",
            item_size: 1,
            release,
        }
    }
}

fn release(v: Value) {
    if let Some(array) = v.cast::<ByteArray>() {
        array.exports.set(array.exports.get().saturating_sub(1));
    }
}
