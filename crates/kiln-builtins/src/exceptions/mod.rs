//! The built-in exceptions. They share one struct; what some of them have beyond it are numbered extra attributes
//! (`kiln_object::exception`).

mod base;
mod extra;
pub mod group;
mod import;
mod names;
mod os;
mod simple;
mod syntax;
pub mod unicode;

pub use base::add_note;
pub use os::os_error;

use kiln_object::exc;
use kiln_object::native::{NativeDef, NativeFunction};
use kiln_object::str::Str;
use kiln_object::{Special, TypeCell};

/// The methods of each class that has any of its own.
fn tables() -> Vec<(&'static TypeCell, &'static [NativeDef])> {
    vec![
        (&exc::BaseException, base::METHODS),
        (&exc::StopIteration, simple::STOP_ITERATION),
        (&exc::SystemExit, simple::SYSTEM_EXIT),
        (&exc::KeyError, simple::KEY_ERROR),
        (&exc::NameError, names::NAME_ERROR),
        (&exc::AttributeError, names::ATTRIBUTE_ERROR),
        (&exc::ImportError, import::METHODS),
        (&exc::OSError, os::METHODS),
        (&exc::SyntaxError, syntax::METHODS),
        (&exc::UnicodeEncodeError, unicode::ENCODE),
        (&exc::UnicodeDecodeError, unicode::DECODE),
        (&exc::UnicodeTranslateError, unicode::TRANSLATE),
        (&exc::BaseExceptionGroup, group::METHODS),
    ]
}

/// One line about each class.
const DOCS: &[(&TypeCell, &str)] = &[
    (&exc::BaseException, "Common base class for all exceptions."),
    (&exc::Exception, "Common base class for all non-exit exceptions."),
    (&exc::ArithmeticError, "Base class for arithmetic errors."),
    (&exc::LookupError, "Base class for lookup errors."),
    (&exc::OSError, "Base class for I/O related errors."),
    (&exc::Warning, "Base class for warning categories."),
];

/// Adds the methods.
pub fn init() {
    for (cell, defs) in tables() {
        cell.get().add_methods(defs);
    }
    // Each class has a `__new__` of its own, which refuses classes that are not derived from it.
    let base_new = exc::BaseException.get().special(Special::New);
    for (_, cell, ..) in &kiln_object::exception::EXCEPTIONS[1..] {
        let class = cell.get();
        if class.special(Special::New) == base_new
            && let Some(def) = base_new.as_ref().and_then(|f| kiln_object::native::as_native(f))
        {
            let new = NativeFunction::descriptor(class, def.def.0);
            class.dict().set_interned(Special::New.name(), new.value());
        }
    }
    exc::BaseException.get().modified(None);
    for (cell, doc) in DOCS {
        cell.get().dict().set_str("__doc__", &Str::new(doc));
    }
    group::init();
}
