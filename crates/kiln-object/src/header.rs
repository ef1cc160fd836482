//! The eight bytes that every heap object begins with: reference count and shape.
#![expect(unsafe_code, reason = "reads the shape table")]
//!
//! # Safety
//! Counts change under the global lock only. The sign bit means immortal: such objects are never written, so that the
//! pages of a forked parent stay shared. A slot of the heap that holds no object has both words zero.

use crate::shape::{self, ShapeId};
use crate::types::Type;
use std::cell::Cell;

#[repr(C)]
pub struct Header {
    count: Cell<u32>,
    shape: Cell<u32>,
}

/// The count of an immortal object: only the sign bit is looked at.
pub const IMMORTAL: u32 = 0xC000_0000;

impl Header {
    /// A new object's header: one reference.
    #[inline(always)]
    pub fn new(shape: ShapeId) -> Header {
        Header {
            count: Cell::new(1),
            shape: Cell::new(shape.0),
        }
    }
    pub fn immortal(shape: ShapeId) -> Header {
        Header {
            count: Cell::new(IMMORTAL),
            shape: Cell::new(shape.0),
        }
    }
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        (self.count.get() as i32) < 0
    }
    /// References held; meaningless for immortal objects.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count.get()
    }
    #[inline(always)]
    pub fn set_count(&self, n: u32) {
        self.count.set(n);
    }
    #[inline(always)]
    pub fn incref(&self) {
        let n = self.count.get();
        if (n as i32) >= 0 {
            // 2^31 references reach the sign bit: the object becomes immortal, a leak and no error.
            self.count.set(n + 1);
        }
    }
    /// Whether that was the last reference.
    #[inline(always)]
    pub fn decref(&self) -> bool {
        let n = self.count.get();
        if (n as i32) >= 0 {
            debug_assert!(n > 0, "released once too often: {}", self.class().name());
            self.count.set(n - 1);
            return n == 1;
        }
        false
    }
    pub fn make_immortal(&self) {
        if !self.is_immortal() {
            self.count.set(IMMORTAL);
        }
    }
    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.shape.get())
    }
    #[inline(always)]
    pub fn set_shape(&self, s: ShapeId) {
        self.shape.set(s.0);
    }
    #[inline(always)]
    pub fn class(&self) -> &'static Type {
        // SAFETY: a live object's shape is registered, and an instance keeps its class alive.
        unsafe { &*shape::class_of(self.shape()) }
    }
}
