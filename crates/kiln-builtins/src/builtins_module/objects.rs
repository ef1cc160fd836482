//! Functions over objects, classes and attributes.

use kiln_macros::builtin_module;

/// Built-in functions, types, exceptions, and other objects.
#[builtin_module("builtins")]
pub mod functions {
    use crate::iterators::sequence::CallableIter;
    use crate::object::dir as directory;
    use crate::support::identity;
    use kiln_object::args::{Keywords, Rest};
    use kiln_object::hooks::hooks;
    use kiln_object::layout::{Slot, alloc, header};
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Special, Value, attr, exc, intern, ops, raise};

    /// Makes a class from a body; what the `class` statement calls.
    pub fn __build_class__(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        crate::class::build::build_class(args, kwargs)
    }

    /// Return whether the object is callable (i.e., some kind of function).
    pub fn callable(obj: Value) -> bool {
        attr::is_callable(obj)
    }

    /// Return the hash value for the given object.
    pub fn hash(obj: Value) -> Result<i64, Raised> {
        ops::hash(obj)
    }

    /// Return the canonical string representation of the object.
    pub fn repr(obj: Value) -> Result<Object, Raised> {
        ops::repr(obj)
    }

    /// The representation of an object with all characters beyond ASCII escaped.
    pub fn ascii(obj: Value) -> Result<Object, Raised> {
        let r = ops::repr(obj)?;
        let s = r.expect::<Str>();
        if s.is_ascii() {
            return Ok(r);
        }
        let mut out = String::new();
        for i in 0..s.len() {
            match s.at(i) {
                c @ 0..0x80 => out.push(c as u8 as char),
                c @ 0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
                c @ 0x100..0x1_0000 => out.push_str(&format!("\\u{c:04x}")),
                c => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Ok(Str::new(&out))
    }

    /// The identity of an object: an int that no other object alive has.
    pub fn id(obj: Value) -> i128 {
        identity(obj)
    }

    /// Whether an object is an instance of a class or of a subclass of it; the classes may come in a tuple or a union.
    pub fn isinstance(obj: Value, class_or_tuple: Value) -> Result<bool, Raised> {
        ops::is_instance(obj, class_or_tuple)
    }

    /// Whether a class is derived from another or is the same; the others may come in a tuple or a union.
    pub fn issubclass(cls: Value, class_or_tuple: Value) -> Result<bool, Raised> {
        ops::is_subclass(cls, class_or_tuple)
    }

    fn attribute_name(name: Value) -> Result<Object, Raised> {
        attr::intern_name(name)
    }

    /// An attribute of an object by its name. With a default, that is the result when there is none.
    pub fn getattr(object: Value, name: Value, default: Option<Value>) -> Result<Object, Raised> {
        let name = attribute_name(name)?;
        match default {
            None => attr::get_attr(object, name.value()),
            Some(d) => Ok(attr::find_attr(object, name.value())?.unwrap_or_else(|| d.to_object())),
        }
    }

    /// Whether the object has an attribute of that name.
    pub fn hasattr(obj: Value, name: Value) -> Result<bool, Raised> {
        let name = attribute_name(name)?;
        Ok(attr::find_attr(obj, name.value())?.is_some())
    }

    /// Sets an attribute of an object by its name.
    pub fn setattr(obj: Value, name: Value, value: Value) -> Result<(), Raised> {
        let name = attribute_name(name)?;
        attr::set_attr(obj, name.value(), Some(value))
    }

    /// Deletes an attribute of an object by its name.
    pub fn delattr(obj: Value, name: Value) -> Result<(), Raised> {
        let name = attribute_name(name)?;
        attr::set_attr(obj, name.value(), None)
    }

    /// Without an argument the local variables, else the object's `__dict__`.
    pub fn vars(object: Option<Value>) -> Result<Object, Raised> {
        match object {
            None => (hooks().locals)(),
            Some(v) => match attr::find_attr(v, intern!("__dict__"))? {
                Some(d) => Ok(d),
                None => Err(raise::type_error("vars() argument must have __dict__ attribute".into())),
            },
        }
    }

    /// Names: of the local variables, or of an object's attributes.
    pub fn dir(object: Option<Value>) -> Result<Object, Raised> {
        match object {
            Some(v) => directory::sorted(v),
            None => {
                let locals = (hooks().locals)()?;
                let keys = kiln_object::call::call_method_str(locals.value(), "keys", &[])?;
                let list = kiln_object::list::List::from_vec(ops::to_vec(keys.value())?);
                kiln_object::call::call_method_str(list.value(), "sort", &[])?;
                Ok(list)
            }
        }
    }

    /// The object formatted by a specification.
    pub fn format(value: Value, format_spec: Option<Value>) -> Result<Object, Raised> {
        match format_spec {
            Some(s) if s.cast::<Str>().is_none() => Err(kiln_object::raise!(
                TypeError,
                "format() argument 2 must be str, not {}",
                kiln_object::convert::type_name(s)
            )),
            Some(s) => ops::format(value, s),
            None => ops::format(value, kiln_object::str::empty().value()),
        }
    }

    /// An iterator over an object; with a sentinel, over the results of a callable until one equals the sentinel.
    pub fn iter(object: Value, sentinel: Option<Value>) -> Result<Object, Raised> {
        let Some(sentinel) = sentinel else {
            return ops::iter(object);
        };
        if !attr::is_callable(object) {
            return Err(raise::type_error("iter(v, w): v must be callable".into()));
        }
        Ok(alloc(CallableIter {
            header: header::<CallableIter>(),
            callable: Slot::new(object.to_object()),
            sentinel: Slot::new(sentinel.to_object()),
        }))
    }

    /// The next item of an iterator; at its end the default, if there is one.
    pub fn next(iterator: Value, default: Option<Value>) -> Result<Object, Raised> {
        let class = iterator.class();
        // The short cut drops what a generator returns, which the caller may want to see.
        let returns = default.is_none() && iterator.exact::<kiln_object::generator::Generator>().is_some();
        let result = match kiln_object::iter::fast_next(class).get().filter(|_| !returns) {
            Some(f) => kiln_object::iter::next_or_stop(f(iterator)),
            None => match class.special(Special::Next) {
                Some(f) => kiln_object::call::call_special(f, iterator, &[]),
                None => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "'{}' object is not an iterator",
                        class.name()
                    ));
                }
            },
        };
        match (result, default) {
            (Err(r), Some(d)) => raise::catch(r, &exc::StopIteration).map(|_| d.to_object()),
            (result, _) => result,
        }
    }
}
