//! The buffer protocol: access to the bytes of `bytes`, `bytearray`, `memoryview` and whatever else exports them.
#![expect(unsafe_code, reason = "views of memory that another object owns")]
//!
//! # Safety
//! A `Buffer` holds a reference to its exporter and counts as an export until it is dropped. An exporter does not move
//! or free its memory while it has exports, so the pointer stays valid. Slices made from it are short-lived: nobody
//! holds one across anything that may run Python, and all of this happens under the one global lock.

use crate::bytearray::ByteArray;
use crate::memoryview::MemoryView;
use kiln_object::bytes::Bytes;
use kiln_object::call::call_special;
use kiln_object::{Layout, Object, Raised, Special, Value, raise};
use std::sync::{PoisonError, RwLock};

/// What an exporter lends.
pub struct Export {
    pub data: *mut u8,
    pub len: usize,
    pub readonly: bool,
    /// `struct` format of an item, and its size.
    pub format: &'static str,
    pub item_size: usize,
    /// Called when the export ends.
    pub release: fn(Value),
}

/// Lends an object's memory; the object has the layout under which the function was registered.
pub type Exporter = fn(Value) -> Result<Export, Raised>;

static EXPORTERS: RwLock<Vec<(&'static Layout, Exporter)>> = RwLock::new(Vec::new());

/// Makes objects of a layout bytes-like: for `array.array` and its like.
pub fn register(layout: &'static Layout, exporter: Exporter) {
    let mut all = EXPORTERS.write().unwrap_or_else(PoisonError::into_inner);
    all.push((layout, exporter));
}

fn exporter_of(v: Value) -> Option<Exporter> {
    let all = EXPORTERS.read().unwrap_or_else(PoisonError::into_inner);
    let mut layout = Some(v.layout());
    while let Some(this) = layout {
        if let Some((_, exporter)) = all.iter().find(|(other, _)| std::ptr::eq(*other, this)) {
            return Some(*exporter);
        }
        layout = this.base;
    }
    None
}

fn no_release(_: Value) {}

/// A view of contiguous bytes.
pub struct Buffer {
    owner: Object,
    export: Export,
}

impl Buffer {
    /// The bytes of `v`; `None` when it is not bytes-like. Memory that is not contiguous is copied.
    pub fn get(v: Value) -> Result<Option<Buffer>, Raised> {
        if let Some(bytes) = v.cast::<Bytes>() {
            let data = bytes.data();
            let export = Export {
                data: data.as_ptr().cast_mut(),
                len: data.len(),
                readonly: true,
                format: "B",
                item_size: 1,
                release: no_release,
            };
            return Ok(Some(Buffer {
                owner: v.to_object(),
                export,
            }));
        }
        if let Some(array) = v.cast::<ByteArray>() {
            return Ok(Some(Buffer {
                owner: v.to_object(),
                export: array.export(),
            }));
        }
        if let Some(view) = v.cast::<MemoryView>() {
            view.check()?;
            if view.is_contiguous() {
                return Ok(Some(Buffer {
                    owner: v.to_object(),
                    export: view.export(),
                }));
            }
            let copy = Bytes::new_object(&view.to_vec());
            return Buffer::get(copy.value());
        }
        if let Some(exporter) = exporter_of(v) {
            return Ok(Some(Buffer {
                owner: v.to_object(),
                export: exporter(v)?,
            }));
        }
        let Some(f) = v.class().special(Special::Buffer) else {
            return Ok(None);
        };
        let view = call_special(f, v, &[Object::int(0).value()])?;
        if view.cast::<MemoryView>().is_none() {
            return Err(raise!(TypeError, "__buffer__ returned non-memoryview object"));
        }
        Buffer::get(view.value())
    }

    /// The bytes of `v`, or `a bytes-like object is required, not '...'`.
    pub fn require(v: Value) -> Result<Buffer, Raised> {
        match Buffer::get(v)? {
            Some(buffer) => Ok(buffer),
            None => Err(raise!(
                TypeError,
                "a bytes-like object is required, not '{}'",
                v.class().name()
            )),
        }
    }

    /// The bytes of `v` for writing, or `read-write bytes-like object`'s error.
    pub fn require_writable(v: Value, what: &str) -> Result<Buffer, Raised> {
        match Buffer::get(v)? {
            Some(buffer) if !buffer.export.readonly => Ok(buffer),
            _ => Err(raise!(
                TypeError,
                "{what} must be read-write bytes-like object, not {}",
                v.class().name()
            )),
        }
    }

    pub fn data(&self) -> &[u8] {
        if self.export.len == 0 {
            return &[];
        }
        // SAFETY: `len` bytes at `data` stay valid while the export lasts; see the chapter above.
        unsafe { std::slice::from_raw_parts(self.export.data, self.export.len) }
    }

    /// The bytes to write to; empty when the exporter is read-only.
    #[expect(
        clippy::mut_from_ref,
        reason = "the memory belongs to the exporter, not to this view"
    )]
    pub fn data_mut(&self) -> &mut [u8] {
        if self.export.len == 0 || self.export.readonly {
            return &mut [];
        }
        // SAFETY: as above; the slice is used and dropped before anything else touches the memory.
        unsafe { std::slice::from_raw_parts_mut(self.export.data, self.export.len) }
    }

    pub fn len(&self) -> usize {
        self.export.len
    }

    pub fn is_empty(&self) -> bool {
        self.export.len == 0
    }

    pub fn is_readonly(&self) -> bool {
        self.export.readonly
    }

    pub fn owner(&self) -> Value {
        self.owner.value()
    }

    pub fn export(&self) -> &Export {
        &self.export
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        (self.export.release)(self.owner.value());
    }
}

/// An argument that must be bytes-like.
impl<'a> kiln_object::FromValue<'a> for Buffer {
    fn from_value(v: &'a Value, _: &str) -> Result<Buffer, Raised> {
        Buffer::require(*v)
    }
}

/// A copy of the bytes of a bytes-like object.
pub fn bytes_of(v: Value) -> Result<Option<Vec<u8>>, Raised> {
    Ok(Buffer::get(v)?.map(|buffer| buffer.data().to_vec()))
}

/// A copy of the bytes of a `bytes` or `bytearray`, which may hold literals.
pub fn literal_bytes(v: Value) -> Option<Vec<u8>> {
    if let Some(bytes) = v.cast::<Bytes>() {
        return Some(bytes.data().to_vec());
    }
    v.cast::<ByteArray>().map(|array| array.read().clone())
}

/// Whether the class itself is one of the two that hold bytes.
pub fn is_bytes_or_bytearray(v: Value) -> bool {
    v.cast::<Bytes>().is_some() || v.cast::<ByteArray>().is_some()
}
