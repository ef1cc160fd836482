//! `array`: sequences of machine numbers and characters. `items.rs` knows the type codes.

mod items;
mod methods;

use items::Code;
use kiln_builtins::bytes::buffer::Export;
use kiln_object::layout::{Plain, Slot, alloc, alloc_instance, header};
use kiln_object::{Object, Raised, Type, Value, object_struct, raise};
use std::cell::{Cell, RefCell};

object_struct! {
    /// An array: its items' bytes. It does not resize while `exports` views look into it.
    pub struct Array = "array.array", Raw {
        code: Plain<Code>,
        data: Plain<RefCell<Vec<u8>>>,
        exports: Cell<usize>,
    }
}
object_struct! {
    /// The iterator of an array; empty once it is exhausted.
    pub struct ArrayIter = "array.arrayiterator", Container { array: Slot, at: Cell<usize> }
}

impl Array {
    pub fn of_class(class: &'static Type, code: Code, data: Vec<u8>) -> Object {
        alloc_instance(
            class,
            Array {
                header: header::<Array>(),
                code: Plain(code),
                data: Plain(RefCell::new(data)),
                exports: Cell::new(0),
            },
        )
    }
    fn new_object(code: Code, data: Vec<u8>) -> Object {
        alloc(Array { header: header::<Array>(), code: Plain(code), data: Plain(RefCell::new(data)), exports: Cell::new(0) })
    }
    fn size(&self) -> usize {
        self.code.size()
    }
    fn len(&self) -> usize {
        self.data.borrow().len() / self.size()
    }
    fn get(&self, i: usize) -> Option<Object> {
        let data = self.data.borrow();
        let at = i * self.size();
        data.get(at..at + self.size()).map(|item| self.code.get(item))
    }
    /// Changes the bytes and perhaps their number: an error while views look at them.
    fn resize<R>(&self, f: impl FnOnce(&mut Vec<u8>) -> R) -> Result<R, Raised> {
        if self.exports.get() > 0 {
            return Err(kiln_object::raise!(BufferError, "cannot resize an array that is exporting buffers"));
        }
        Ok(f(&mut self.data.borrow_mut()))
    }
    fn push(&self, v: Value) -> Result<(), Raised> {
        let item = self.code.put(v)?;
        let size = self.size();
        self.resize(|data| data.extend_from_slice(&item[..size]))
    }
    fn bytes(&self) -> Vec<u8> {
        self.data.borrow().clone()
    }
    /// Appends whole items.
    fn append_bytes(&self, bytes: &[u8]) -> Result<(), Raised> {
        if !bytes.len().is_multiple_of(self.size()) {
            return Err(raise::value_error("bytes length not a multiple of item size"));
        }
        self.resize(|data| data.extend_from_slice(bytes))
    }
    fn extend(&self, iterable: Value) -> Result<(), Raised> {
        if let Some(other) = iterable.cast::<Array>() {
            if *other.code != *self.code {
                return Err(raise::type_error("can only extend with array of same kind".into()));
            }
            return self.append_bytes(&other.bytes());
        }
        let it = kiln_object::ops::iter(iterable)?;
        while let Some(item) = kiln_object::ops::next(it.value())? {
            self.push(item.value())?;
        }
        Ok(())
    }
    fn text(&self) -> Object {
        let points: Vec<u32> = self
            .data
            .borrow()
            .chunks_exact(4)
            .map(|c| u32::from_ne_bytes([c[0], c[1], c[2], c[3]]).min(0x10_ffff))
            .collect();
        kiln_object::str::Str::from_code_points(&points)
    }
}

fn export(v: Value) -> Result<Export, Raised> {
    let array = v.expect::<Array>();
    array.exports.set(array.exports.get() + 1);
    let mut data = array.data.borrow_mut();
    Ok(Export {
        data: data.as_mut_ptr(),
        len: data.len(),
        readonly: false,
        format: array.code.format(),
        item_size: array.size(),
        release,
    })
}
fn release(v: Value) {
    if let Some(array) = v.cast::<Array>() {
        array.exports.set(array.exports.get().saturating_sub(1));
    }
}

/// This module defines an object type which can efficiently represent an array of basic values: characters, integers,
/// floating-point numbers.
#[kiln_macros::builtin_module("array")]
pub mod module {
    use super::items::{CODES, Code, portable};
    use super::{Array, ArrayIter, methods};
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::types::{ClassRef, define, flags};
    use kiln_object::{Object, ObjectType, Raised, Value, raise};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let first = Array::class_cell().try_get().is_none();
        let class = define::<Array>(
            "array",
            "array",
            None,
            flags::BASETYPE | flags::WEAKREF | flags::SEQUENCE,
            methods::ArrayMethods::METHODS,
            Some("array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode."),
        );
        let iterator = define::<ArrayIter>("arrayiterator", "array", None, flags::NO_NEW, methods::IterMethods::METHODS, None);
        if first {
            kiln_builtins::bytes::buffer::register(Array::layout(), super::export);
            kiln_object::iter::set_fast_next(iterator, methods::next);
            class.dict().set_str("__hash__", &Object::none());
            class.modified(None);
            // So that `isinstance` and `match` take it for a mutable sequence.
            let abc = crate::support::import_attr("collections.abc", "MutableSequence")?;
            kiln_object::call::call_method_str(abc.value(), "register", &[class.as_value()])?;
        }
        module.set("array", class.as_value().to_object());
        module.set("ArrayType", class.as_value().to_object());
        module.set("typecodes", Str::new(CODES));
        Ok(())
    }

    /// Internal. Used for pickling support.
    pub fn _array_reconstructor(arraytype: Value, typecode: &Str, mformat_code: i64, items: Value) -> Result<Object, Raised> {
        let Some(class) = ClassRef::of(arraytype) else {
            return Err(raise::type_error(format!(
                "first argument must be a type object, not {}",
                arraytype.class().name()
            )));
        };
        if !class.is_subtype(Array::class()) {
            return Err(raise::type_error(format!("{} is not a subtype of array.array", class.name())));
        }
        let code = if typecode.len() == 1 { Code::new(typecode.at(0)) } else { None };
        let Some(code) = code else { return Err(raise::value_error("second argument must be a valid type code")) };
        let Some(bytes) = items.cast::<kiln_object::bytes::Bytes>() else {
            return Err(raise::type_error(format!("fourth argument should be bytes, not {}", items.class().name())));
        };
        let array = Array::of_class(class.0, code, Vec::new());
        let this = array.expect::<Array>();
        if mformat_code == code.machine_format() {
            this.append_bytes(bytes.data())?;
            return Ok(array);
        }
        let Some(items) = portable(mformat_code, bytes.data()) else {
            return Err(raise::value_error("third argument must be a valid machine format code."));
        };
        for item in items {
            this.push(item.value())?;
        }
        Ok(array)
    }
}
