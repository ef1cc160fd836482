//! `pwd`: the users of the system.
#![expect(unsafe_code, reason = "the C library's user database")]
//!
//! # Safety
//! The texts of an entry are read while [`accounts`] holds it.

use crate::support::structseq::{ClassCell, Spec};
use crate::support::{accounts, fspath};
use kiln_macros::builtin_module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::ffi::CString;

static ENTRY: ClassCell = ClassCell::new(Spec {
    name: "struct_passwd",
    module: "pwd",
    doc: "pwd.struct_passwd: Results from getpw*() routines.",
    fields: &["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"],
    visible: 7,
    closed: false,
});

fn entry(p: &libc::passwd) -> Object {
    // SAFETY: texts of the entry.
    let text = |s: *const libc::c_char| unsafe { accounts::text(s) };
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
        let Some(uid) = accounts::id(number.value()) else {
            return Err(not_found("getpwuid", &shown()));
        };
        // SAFETY: the library's function, which does as is asked for.
        let found = unsafe {
            accounts::look_up(|place, room, found| libc::getpwuid_r(uid, place, room.as_mut_ptr(), room.len(), found), entry)
        }?;
        found.ok_or_else(|| not_found("getpwuid", &shown()))
    }
    /// Return the password database entry for the given user name.
    pub fn getpwnam(name: &Str) -> Result<Object, Raised> {
        let Ok(text) = CString::new(fspath::encode(name)?) else {
            return Err(raise::value_error("embedded null byte"));
        };
        // SAFETY: the library's function, which does as is asked for.
        let found = unsafe {
            accounts::look_up(|place, room, found| libc::getpwnam_r(text.as_ptr(), place, room.as_mut_ptr(), room.len(), found), entry)
        }?;
        found.ok_or_else(|| {
            let shown = ops::repr(Str::new(&name.to_string_lossy()).value());
            not_found("getpwnam", &shown.map_or_else(|_| String::new(), |s| s.expect::<Str>().to_string_lossy()))
        })
    }
    /// Return a list of all available password database entries, in arbitrary order.
    pub fn getpwall() -> Vec<Object> {
        // SAFETY: the library's own iterator, of which nothing else is under way.
        unsafe {
            libc::setpwent();
            let all = accounts::all(|| libc::getpwent(), entry);
            libc::endpwent();
            all
        }
    }
}
