//! What the databases of users and groups share: looking an entry up, going through all of them, their texts.
#![expect(unsafe_code, reason = "the C library's databases of users and groups")]
//!
//! # Safety
//! The library fills an entry of ours and points it into a buffer of ours; both are read before either goes. Entries of the library's own iterators are
//! read before the next is asked for.

use super::{fspath, os_error};
use kiln_object::{Object, Raised, Value};
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// A text of an entry; None where there is none.
///
/// # Safety
/// Null, or a terminated string that lives during the call.
pub unsafe fn text(s: *const libc::c_char) -> Object {
    if s.is_null() {
        return Object::none();
    }
    // SAFETY: as the caller promises.
    fspath::decode(unsafe { CStr::from_ptr(s) }.to_bytes())
}

/// The number of a user or group that an int names; -1 is the largest.
pub fn id(number: Value) -> Option<u32> {
    match number.as_int()?.to_i64()? {
        -1 => Some(u32::MAX),
        n => u32::try_from(n).ok(),
    }
}

/// Looks up an entry by one of the library's functions, with a buffer that grows as needed.
///
/// # Safety
/// `find` fills the entry and the buffer that it is given, and says in its last argument where the entry is, or null.
pub unsafe fn look_up<E>(
    find: impl Fn(*mut E, &mut [libc::c_char], *mut *mut E) -> i32,
    read: fn(&E) -> Object,
) -> Result<Option<Object>, Raised> {
    let mut room = vec![0; 1024];
    loop {
        let mut entry = MaybeUninit::<E>::uninit();
        let mut found: *mut E = std::ptr::null_mut();
        match find(entry.as_mut_ptr(), &mut room, &raw mut found) {
            libc::ERANGE if room.len() < 1 << 20 => room.resize(room.len() * 2, 0),
            0 | libc::ENOENT | libc::ESRCH if found.is_null() => return Ok(None),
            // SAFETY: the library says where it put the entry: into ours.
            0 => return Ok(Some(read(unsafe { &*found }))),
            e => return Err(os_error::raise_errno(e)),
        }
    }
}

/// All entries, by the library's own iterator.
///
/// # Safety
/// What `next` gives is null or an entry that lives until it is called again.
pub unsafe fn all<E>(next: impl Fn() -> *mut E, read: fn(&E) -> Object) -> Vec<Object> {
    std::iter::from_fn(|| {
        let entry = next();
        // SAFETY: read before the next is asked for.
        (!entry.is_null()).then(|| read(unsafe { &*entry }))
    })
    .collect()
}
