//! `grp`: the groups of the system.
#![expect(unsafe_code, reason = "the C library's group database")]
//!
//! # Safety
//! The texts of an entry are read while [`accounts`] holds it.

use crate::support::structseq::{ClassCell, Spec};
use crate::support::{accounts, fspath};
use kiln_macros::builtin_module;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use std::ffi::CString;

static ENTRY: ClassCell = ClassCell::new(Spec {
    name: "struct_group",
    module: "grp",
    doc: "grp.struct_group: Results from getgr*() routines.",
    fields: &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
    visible: 4,
    closed: false,
});

fn entry(g: &libc::group) -> Object {
    let mut members = Vec::new();
    let mut at = g.gr_mem;
    // SAFETY: texts of the entry, and a vector of texts that ends with a null pointer.
    let (name, password) = unsafe {
        while !at.is_null() && !(*at).is_null() {
            members.push(accounts::text(*at));
            at = at.add(1);
        }
        (accounts::text(g.gr_name), accounts::text(g.gr_passwd))
    };
    ENTRY.make(vec![name, password, Object::int(i64::from(g.gr_gid)), List::from_vec(members)])
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
        let Some(gid) = accounts::id(number.value()) else {
            return Err(missing());
        };
        // SAFETY: the library's function, which does as is asked for.
        let found = unsafe {
            accounts::look_up(|place, room, found| libc::getgrgid_r(gid, place, room.as_mut_ptr(), room.len(), found), entry)
        }?;
        found.ok_or_else(missing)
    }
    /// Return the group database entry for the given group name.
    pub fn getgrnam(#[kw] name: &Str) -> Result<Object, Raised> {
        let Ok(text) = CString::new(fspath::encode(name)?) else {
            return Err(raise::value_error("embedded null byte"));
        };
        // SAFETY: the library's function, which does as is asked for.
        let found = unsafe {
            accounts::look_up(|place, room, found| libc::getgrnam_r(text.as_ptr(), place, room.as_mut_ptr(), room.len(), found), entry)
        }?;
        found.ok_or_else(|| {
            let shown = ops::repr_lossy(Str::new(&name.to_string_lossy()).value());
            raise::key_error(Str::new(&format!("getgrnam(): name not found: {shown}")).value())
        })
    }
    /// Return a list of all available group entries, in arbitrary order.
    pub fn getgrall() -> Vec<Object> {
        // SAFETY: the library's own iterator, of which nothing else is under way.
        unsafe {
            libc::setgrent();
            let all = accounts::all(|| libc::getgrent(), entry);
            libc::endgrent();
            all
        }
    }
}
