//! `memoryview`.
#![expect(unsafe_code, reason = "views of memory that another object owns")]
//!
//! # Safety
//! A view holds a `Buffer`, which keeps its exporter's memory in place until the view is released. Offsets are computed
//! from shape and strides that were checked against the buffer's length when the view was made.

pub mod items;
mod methods;

pub use methods::view_of;

use crate::bytes::buffer::{Buffer, Export};
use kiln_object::layout::{Plain, alloc, header};
use kiln_object::object_struct;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, raise};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

object_struct! {
    /// A view of memory: items of a format, in a shape, at strides from an offset.
    pub struct MemoryView = "memoryview", Raw {
        /// Empty once released. Shared by the views that were made from one another.
        buffer: Plain<RefCell<Option<Rc<Buffer>>>>,
        pub shape: Plain<ViewShape>,
        exports: Cell<usize>,
        pub(crate) hash: Cell<i64>,
    }
}

pub fn init() {
    let doc = "Create a new memoryview object which references the given object.";
    let methods = methods::MemoryViewMethods::METHODS;
    define::<MemoryView>(
        "memoryview",
        "builtins",
        None,
        flags::SEQUENCE | flags::WEAKREF,
        methods,
        Some(doc),
    );
}

/// How a view's items lie in memory.
#[derive(Clone, PartialEq, Debug)]
pub struct ViewShape {
    pub format: String,
    pub item_size: usize,
    pub readonly: bool,
    pub offset: isize,
    pub shape: Vec<usize>,
    pub strides: Vec<isize>,
}

impl ViewShape {
    /// The items.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn byte_len(&self) -> usize {
        self.count() * self.item_size
    }

    pub fn is_contiguous(&self) -> bool {
        let mut expected = self.item_size as isize;
        for (len, stride) in self.shape.iter().zip(&self.strides).rev() {
            if *len > 1 && *stride != expected {
                return false;
            }
            expected *= *len as isize;
        }
        true
    }

    /// Calls `f` with the offset of each item, in order.
    pub fn for_each(&self, f: &mut dyn FnMut(isize)) {
        fn walk(shape: &[usize], strides: &[isize], at: isize, f: &mut dyn FnMut(isize)) {
            match (shape.split_first(), strides.split_first()) {
                (Some((len, shape)), Some((stride, strides))) => {
                    (0..*len).for_each(|i| walk(shape, strides, at + i as isize * stride, f));
                }
                _ => f(at),
            }
        }
        walk(&self.shape, &self.strides, self.offset, f);
    }
}

impl MemoryView {
    /// A view of all of a bytes-like object.
    pub fn new_object(buffer: Buffer) -> Object {
        let export = buffer.export();
        let shape = ViewShape {
            format: export.format.to_owned(),
            item_size: export.item_size,
            readonly: export.readonly,
            offset: 0,
            shape: vec![export.len / export.item_size],
            strides: vec![export.item_size as isize],
        };
        MemoryView::with_shape(Rc::new(buffer), shape)
    }

    pub fn with_shape(buffer: Rc<Buffer>, shape: ViewShape) -> Object {
        alloc(MemoryView {
            header: header::<MemoryView>(),
            buffer: Plain(RefCell::new(Some(buffer))),
            shape: Plain(shape),
            exports: Cell::new(0),
            hash: Cell::new(-1),
        })
    }

    /// The buffer, or the error of a released view.
    pub fn buffer(&self) -> Result<Rc<Buffer>, Raised> {
        match &*self.buffer.0.borrow() {
            Some(buffer) => Ok(Rc::clone(buffer)),
            None => Err(raise!(ValueError, "operation forbidden on released memoryview object")),
        }
    }

    pub fn check(&self) -> Result<(), Raised> {
        self.buffer().map(drop)
    }

    pub fn is_released(&self) -> bool {
        self.buffer.0.borrow().is_none()
    }

    /// Gives the memory back.
    pub fn release(&self) -> Result<(), Raised> {
        if self.exports.get() > 0 {
            let n = self.exports.get();
            let s = if n == 1 { "" } else { "s" };
            return Err(raise!(BufferError, "memoryview has {n} exported buffer{s}"));
        }
        let buffer = self.buffer.0.borrow_mut().take();
        drop(buffer);
        Ok(())
    }

    pub fn is_contiguous(&self) -> bool {
        self.shape.is_contiguous()
    }

    /// Runs what may run Python while the memory cannot be given back.
    pub fn held<R>(&self, run: impl FnOnce() -> R) -> R {
        self.exports.set(self.exports.get() + 1);
        let result = run();
        self.exports.set(self.exports.get().saturating_sub(1));
        result
    }

    /// Lends the memory on; only for contiguous views that are not released.
    pub fn export(&self) -> Export {
        let data = match &*self.buffer.0.borrow() {
            // SAFETY: the offset lies within the buffer, which the export keeps.
            Some(buffer) => unsafe { buffer.export().data.offset(self.shape.offset) },
            None => std::ptr::null_mut(),
        };
        self.exports.set(self.exports.get() + 1);
        Export {
            data,
            len: self.shape.byte_len(),
            readonly: self.shape.readonly,
            format: "B",
            item_size: 1,
            release,
        }
    }

    /// The items' bytes, in order.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.shape.byte_len());
        if let Ok(buffer) = self.buffer() {
            self.shape.for_each(&mut |at| {
                out.extend_from_slice(&buffer.data()[at as usize..at as usize + self.shape.item_size]);
            });
        }
        out
    }
}

fn release(v: Value) {
    if let Some(view) = v.cast::<MemoryView>() {
        view.exports.set(view.exports.get().saturating_sub(1));
    }
}
