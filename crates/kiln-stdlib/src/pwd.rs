//! `pwd`: the users of the system.
#![expect(unsafe_code, reason = "the C library's user database")]
//!
//! # Safety
//! The library fills a struct and a buffer of ours, whose strings are read before either goes.

use crate::support::structseq::{ClassCell, Spec};
use crate::support::{fspath, os_error};
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::ffi::{CStr, CString};

static ENTRY: ClassCell = ClassCell::new(Spec {
    name: "struct_passwd",
    module: "pwd",
    doc: "pwd.struct_passwd: Results from getpw*() routines.",
    fields: &["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"],
    visible: 7,
    closed: false,
});

fn entry(p: &libc::passwd) -> Object {
    let text = |s: *const libc::c_char| match s.is_null() {
        true => Object::none(),
        // SAFETY: a string of an entry that was just read.
        false => fspath::decode(unsafe { CStr::from_ptr(s) }.to_bytes()),
    };
    ENTRY.make(vec![
        text(p.pw_name),
        text(p.pw_passwd),
        Object::int(i64::from(p.pw_uid)),
        Object::int(i64::from(p.pw_gid)),
        text(p.pw_gecos),
        text(p.pw_dir),
        text(p.pw_shell),
    ])
}

/// Looks up an entry with a buffer that grows as needed.
fn look_up(
    find: impl Fn(*mut libc::passwd, &mut [libc::c_char], *mut *mut libc::passwd) -> i32,
) -> Result<Option<Object>, Raised> {
    let mut room = vec![0; 1024];
    loop {
        // SAFETY: a zeroed struct is valid.
        let mut entry_: libc::passwd = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        match find(&raw mut entry_, &mut room, &raw mut found) {
            libc::ERANGE if room.len() < 1 << 20 => room.resize(room.len() * 2, 0),
            0 | libc::ENOENT | libc::ESRCH if found.is_null() => return Ok(None),
            0 => return Ok(Some(entry(&entry_))),
            e => return Err(os_error::raise_errno(e)),
        }
    }
}

fn not_found(what: &str, key: &str) -> Raised {
    raise::key_error(Str::new(&format!("{what}(): {what_of} not found: {key}", what_of = kind(what))).value())
}
fn kind(what: &str) -> &'static str {
    if what == "getpwuid" { "uid" } else { "name" }
}

/// This module provides access to the Unix password database.
#[builtin_module("pwd")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        module.set("struct_passwd", ENTRY.class().as_value().to_object());
        Ok(())
    }

    /// Return the password database entry for the given numeric user ID.
    pub fn getpwuid(uidobj: Value) -> Result<Object, Raised> {
        let number = ops::index(uidobj)?;
        let shown = || ops::repr_lossy(number.value());
        let Some(uid) = number.value().as_int().and_then(|n| n.to_i64()).and_then(|n| match n {
            -1 => Some(u32::MAX),
            n => u32::try_from(n).ok(),
        }) else {
            return Err(not_found("getpwuid", &shown()));
        };
        // SAFETY: per the chapter above.
        let found = look_up(|entry, room, found| unsafe {
            libc::getpwuid_r(uid, entry, room.as_mut_ptr(), room.len(), found)
        })?;
        found.ok_or_else(|| not_found("getpwuid", &shown()))
    }
    /// Return the password database entry for the given user name.
    pub fn getpwnam(name: &Str) -> Result<Object, Raised> {
        let Ok(text) = CString::new(fspath::encode(name)?) else {
            return Err(raise::value_error("embedded null byte"));
        };
        // SAFETY: per the chapter above.
        let found = look_up(|entry, room, found| unsafe {
            libc::getpwnam_r(text.as_ptr(), entry, room.as_mut_ptr(), room.len(), found)
        })?;
        found.ok_or_else(|| {
            let shown = ops::repr(Str::new(&name.to_string_lossy()).value());
            not_found("getpwnam", &shown.map_or_else(|_| String::new(), |s| s.expect::<Str>().to_string_lossy()))
        })
    }
    /// Return a list of all available password database entries, in arbitrary order.
    pub fn getpwall() -> Vec<Object> {
        let mut all = Vec::new();
        // SAFETY: the library's own iterator; each entry is read before the next is asked for.
        unsafe {
            libc::setpwent();
            loop {
                let p = libc::getpwent();
                if p.is_null() {
                    break;
                }
                all.push(entry(&*p));
            }
            libc::endpwent();
        }
        all
    }
}
