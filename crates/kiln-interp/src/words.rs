//! Words of frames and objects: the value stack's slots, and fields at offsets that layouts and caches give.
#![expect(unsafe_code, reason = "words of frames and objects at computed addresses")]
//!
//! # Safety
//! Slots lie in windows of the value stack. Word offsets come from layouts or caches whose guards were checked, and an object is taken for
//! what the bytecode or the compiler vouches that it is.

use kiln_object::generator::Registers;
use kiln_object::{Object, ObjectType, Value};
use std::cell::Cell;

/// A word of an object, at an offset that a layout or a valid cache gives.
#[inline(always)]
pub fn slot_cell<'a>(o: Value, offset: usize) -> &'a Cell<Value> {
    // SAFETY: see the chapter above.
    unsafe { &*((o.0 - 1 + offset as u64) as *const Cell<Value>) }
}
#[inline(always)]
pub fn slot_word(o: Value, offset: usize) -> Value {
    slot_cell(o, offset).get()
}
/// A view of an object whose exact layout the bytecode or the compiler vouches for.
#[inline(always)]
pub fn typed<T: ObjectType>(v: Value) -> &'static T {
    debug_assert!(
        v.cast::<T>().is_some(),
        "expected {}, found {}",
        T::NAME,
        v.class().name()
    );
    // SAFETY: as vouched for; the frame keeps the object alive.
    unsafe { &*(v.ptr() as *const T) }
}
/// A view of an object whose layout begins with `T`'s.
#[inline(always)]
pub fn base_of<T: ObjectType>(v: Value) -> &'static T {
    debug_assert!(v.cast::<T>().is_some());
    // SAFETY: as above.
    unsafe { &*(v.ptr() as *const T) }
}
/// Writes a word of the value stack.
#[inline(always)]
pub fn write_word(p: *mut Value, v: Value) {
    // SAFETY: `p` is a slot of a window.
    unsafe { *p = v }
}
#[inline(always)]
pub fn read_word(p: *const Value) -> Value {
    // SAFETY: as above.
    unsafe { *p }
}
/// Takes the reference that a word of the value stack holds.
#[inline(always)]
pub fn take_word(p: *mut Value) -> Object {
    let v = read_word(p);
    write_word(p, Value::ZERO);
    Object::from_owned(v)
}

/// So many words are moved without a loop.
pub const FEW_WORDS: u32 = 3 * Registers::GROUP as u32;

/// Does something to each whole or started group of [`Registers::GROUP`] of `n` words; `FEW`: at most [`FEW_WORDS`].
#[inline(always)]
fn for_groups<const FEW: bool>(n: usize, mut f: impl FnMut(usize)) {
    const G: usize = Registers::GROUP;
    if n == 0 {
        return;
    }
    f(0);
    if n <= G {
        return;
    }
    f(G);
    if n <= 2 * G {
        return;
    }
    f(2 * G);
    let mut i = 3 * G;
    debug_assert!(!FEW || n <= i);
    while !FEW && i < n {
        f(i);
        i += G;
    }
}
/// Moves `n` words of the value stack, of which zeros are left behind. Like `copy_words`, it goes on to the end of a group: what
/// lies above a frame is dead, and a generator's registers have room.
#[inline(always)]
pub fn move_words<const FEW: bool>(from: *mut Value, to: *mut Value, n: usize) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_setzero_si128, _mm_storeu_si128};
    for_groups::<FEW>(n, |i| {
        let (from, to) = (from.wrapping_add(i) as *mut __m128i, to.wrapping_add(i) as *mut __m128i);
        // SAFETY: registers of a frame and of a generator, a group at a time.
        unsafe {
            let (first, second) = (_mm_loadu_si128(from), _mm_loadu_si128(from.add(1)));
            _mm_storeu_si128(to, first);
            _mm_storeu_si128(to.add(1), second);
            _mm_storeu_si128(from, _mm_setzero_si128());
            _mm_storeu_si128(from.add(1), _mm_setzero_si128());
        }
    });
}
/// Copies words.
#[inline(always)]
pub fn copy_words<const FEW: bool>(from: *const Value, to: *mut Value, n: usize) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};
    for_groups::<FEW>(n, |i| {
        let (from, to) = (
            from.wrapping_add(i) as *const __m128i,
            to.wrapping_add(i) as *mut __m128i,
        );
        // SAFETY: as above.
        unsafe {
            _mm_storeu_si128(to, _mm_loadu_si128(from));
            _mm_storeu_si128(to.add(1), _mm_loadu_si128(from.add(1)));
        }
    });
}
