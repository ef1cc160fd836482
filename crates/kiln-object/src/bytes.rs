//! `bytes` objects: bytes inline after the length and the cached hash.
#![expect(unsafe_code, reason = "inline bytes of varying number")]
//!
//! # Safety
//! `len` bytes follow the struct, written before the object is handed out; they never change.

use crate::header::Header;
use crate::heap::{self, Kind};
use crate::layout::{Layout, ObjectType, TypeCell};
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

#[repr(C)]
pub struct Bytes {
    pub header: Header,
    len: usize,
    /// -1 if not computed yet.
    hash: Cell<i64>,
}
const DATA: usize = size_of::<Bytes>();

static CELL: TypeCell = TypeCell::new();
static LAYOUT: Layout = Layout {
    name: "bytes",
    base: None,
    size: DATA,
    var_size: Some(byte_size),
    kind: Kind::Raw,
    drop: |_| {},
    trace: |_, _| {},
    clear: |_| {},
};
// SAFETY: header first, repr(C).
unsafe impl ObjectType for Bytes {
    const NAME: &'static str = "bytes";
    const LAYOUT: &'static Layout = &LAYOUT;
    const SHAPE: u32 = crate::shape::known::BYTES;
    #[inline(always)]
    fn class_cell() -> &'static TypeCell {
        &CELL
    }
}
unsafe fn byte_size(p: *const Header) -> usize {
    // SAFETY: called with a bytes object.
    (DATA + unsafe { (*(p as *const Bytes)).len }).div_ceil(8) * 8
}

impl Bytes {
    /// `None` when there is no memory for it.
    fn alloc(class: &'static Type, data: &[u8]) -> Option<Object> {
        let payload = (DATA + data.len()).div_ceil(8) * 8;
        let p = heap::try_alloc(payload + 8 * class.has_dict() as usize, class.kind()) as *mut Bytes;
        if p.is_null() {
            return None;
        }
        // SAFETY: fresh memory with room for the struct and the bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(data.as_ptr(), (p as *mut u8).add(DATA), data.len());
            p.write(Bytes {
                header: Header::new(class.root_shape()),
                len: data.len(),
                hash: Cell::new(-1),
            });
            if class.is_heap_type() || class.has_dict() {
                crate::layout::init_tail(p as *mut Header, class, payload);
            }
        }
        Some(Object::from_owned(Value::from_ptr(p as *const Header)))
    }
    pub fn new_object(data: &[u8]) -> Object {
        Bytes::of_class(Bytes::class(), data)
    }
    /// An instance of `bytes` or a subclass.
    pub fn of_class(class: &'static Type, data: &[u8]) -> Object {
        Bytes::alloc(class, data).unwrap_or_else(|| crate::fatal("out of memory"))
    }
    #[inline]
    pub fn data(&self) -> &[u8] {
        // SAFETY: `len` bytes follow the struct.
        unsafe { std::slice::from_raw_parts((self as *const Bytes as *const u8).add(DATA), self.len) }
    }
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    pub fn hash(&self) -> i64 {
        if self.hash.get() == -1 {
            self.hash.set(kiln_text::hash::hash_bytes(
                crate::runtime().hash_key.get(),
                self.data(),
            ));
        }
        self.hash.get()
    }
}
