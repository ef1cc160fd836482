//! `grp`: the groups of the system.
#![expect(unsafe_code, reason = "the C library's group database")]
//!
//! # Safety
//! The library fills a struct and a buffer of ours, whose strings are read before either goes.

use crate::support::structseq::{ClassCell, Spec};
use crate::support::{fspath, os_error};
use kiln_macros::builtin_module;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::ffi::{CStr, CString};

static ENTRY: ClassCell = ClassCell::new(Spec {
    name: "struct_group",
    module: "grp",
    doc: "grp.struct_group: Results from getgr*() routines.",
    fields: &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
    visible: 4,
    closed: false,
});

fn text(s: *const libc::c_char) -> Object {
    if s.is_null() {
        return Object::none();
    }
    // SAFETY: a string of an entry that was just read.
    fspath::decode(unsafe { CStr::from_ptr(s) }.to_bytes())
}

fn entry(g: &libc::group) -> Object {
    let mut members = Vec::new();
    let mut at = g.gr_mem;
    // SAFETY: a vector that ends with a null pointer.
    unsafe {
        while !at.is_null() && !(*at).is_null() {
            members.push(text(*at));
            at = at.add(1);
        }
    }
    ENTRY.make(vec![text(g.gr_name), text(g.gr_passwd), Object::int(i64::from(g.gr_gid)), List::from_vec(members)])
}

fn look_up(
    find: impl Fn(*mut libc::group, &mut [libc::c_char], *mut *mut libc::group) -> i32,
) -> Result<Option<Object>, Raised> {
    let mut room = vec![0; 1024];
    loop {
        // SAFETY: a zeroed struct is valid.
        let mut entry_: libc::group = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        match find(&raw mut entry_, &mut room, &raw mut found) {
            libc::ERANGE if room.len() < 1 << 20 => room.resize(room.len() * 2, 0),
            0 | libc::ENOENT | libc::ESRCH if found.is_null() => return Ok(None),
            0 => return Ok(Some(entry(&entry_))),
            e => return Err(os_error::raise_errno(e)),
        }
    }
}

/// Access to the Unix group database.
#[builtin_module("grp")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        module.set("struct_group", ENTRY.class().as_value().to_object());
        Ok(())
    }

    /// Return the group database entry for the given numeric group ID.
    pub fn getgrgid(#[kw] id: Value) -> Result<Object, Raised> {
        let number = ops::index(id)?;
        let missing = || {
            let message = format!("getgrgid(): gid not found: {}", ops::repr_lossy(number.value()));
            raise::key_error(Str::new(&message).value())
        };
        let Some(gid) = number.value().as_int().and_then(|n| n.to_i64()).and_then(|n| match n {
            -1 => Some(u32::MAX),
            n => u32::try_from(n).ok(),
        }) else {
            return Err(missing());
        };
        // SAFETY: per the chapter above.
        let found = look_up(|entry, room, found| unsafe {
            libc::getgrgid_r(gid, entry, room.as_mut_ptr(), room.len(), found)
        })?;
        found.ok_or_else(missing)
    }
    /// Return the group database entry for the given group name.
    pub fn getgrnam(#[kw] name: &Str) -> Result<Object, Raised> {
        let Ok(text) = CString::new(fspath::encode(name)?) else {
            return Err(raise::value_error("embedded null byte"));
        };
        // SAFETY: per the chapter above.
        let found = look_up(|entry, room, found| unsafe {
            libc::getgrnam_r(text.as_ptr(), entry, room.as_mut_ptr(), room.len(), found)
        })?;
        found.ok_or_else(|| {
            let shown = ops::repr_lossy(Str::new(&name.to_string_lossy()).value());
            raise::key_error(Str::new(&format!("getgrnam(): name not found: {shown}")).value())
        })
    }
    /// Return a list of all available group entries, in arbitrary order.
    pub fn getgrall() -> Vec<Object> {
        let mut all = Vec::new();
        // SAFETY: the library's own iterator; each entry is read before the next is asked for.
        unsafe {
            libc::setgrent();
            loop {
                let g = libc::getgrent();
                if g.is_null() {
                    break;
                }
                all.push(entry(&*g));
            }
            libc::endgrent();
        }
        all
    }
}
