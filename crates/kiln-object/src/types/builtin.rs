//! Classes written in Rust, and immortal ones.
#![expect(unsafe_code, reason = "static lifetimes of classes")]
//!
//! # Safety
//! A built-in class is immortal.

use super::{INHERITED, Type, TypeSpec, flags, object_type, type_type};
use crate::dict::Dict;
use crate::layout::{Layout, ObjectType};
use crate::native::{NativeDef, NativeFunction, NativeKind};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::value::Value;

impl Type {
    /// For classes that are made once and never given up: makes the class, its tuples, its namespace, and what stands in that now, immortal.
    pub fn immortalize(&self) {
        self.header.make_immortal();
        self.immortalize_parts();
        for (_, value) in self.dict().snapshot() {
            immortalize_value(value.value());
        }
    }
    /// As `immortalize`, for the built-in classes below this one, too.
    pub fn immortalize_tree(&self) {
        self.immortalize();
        self.for_each_subclass(|class| {
            if class.header.is_immortal() {
                class.immortalize_tree();
            }
        });
    }
    pub(super) fn immortalize_parts(&self) {
        for slot in [&self.dict, &self.mro, &self.bases] {
            if let Some(part) = slot.get() {
                part.header().make_immortal();
            }
        }
    }
    /// Adds built-in methods to the namespace: descriptors made from `defs`.
    pub fn add_methods(&'static self, defs: &'static [NativeDef]) {
        for def in defs {
            let name = Str::intern(def.name);
            if def.kind == NativeKind::Setter {
                continue;
            }
            let o = match def.kind {
                NativeKind::Getter => {
                    let setter = defs.iter().find(|d| d.kind == NativeKind::Setter && d.name == def.name);
                    crate::native::GetSet::new_object(self, def, setter)
                }
                _ => NativeFunction::descriptor(self, def),
            };
            // As immortal as the class.
            immortalize_value(o.value());
            self.dict().set_interned(name.value(), o.value());
        }
        self.modified(None);
    }
}

/// Makes an entry of an immortal class's namespace immortal, with what it wraps.
fn immortalize_value(value: Value) {
    if value.is_ptr() {
        value.header().make_immortal();
        crate::instance::trace(value.ptr(), &mut |inner| {
            if inner.is_ptr() && !inner.is_pending() {
                inner.header().make_immortal();
            }
        });
    }
}

/// Defines a built-in class for `T`. Called once at start.
pub fn define<T: ObjectType>(
    name: &str,
    module: &str,
    base: Option<&'static Type>,
    extra_flags: u32,
    methods: &'static [NativeDef],
    doc: Option<&str>,
) -> &'static Type {
    let class = match T::class_cell().try_get() {
        Some(c) => c,
        None => {
            let t = make_builtin(name, T::layout(), base, extra_flags);
            T::class_cell().set(t);
            t
        }
    };
    complete_builtin(class, module, extra_flags, methods, doc)
}

/// One of several built-in classes whose instances have `T`'s struct: instances are made with `alloc_instance`.
pub fn define_another<T: ObjectType>(
    name: &str,
    module: &str,
    extra_flags: u32,
    methods: &'static [NativeDef],
    doc: Option<&str>,
) -> &'static Type {
    let class = make_builtin(name, T::layout(), None, extra_flags);
    complete_builtin(class, module, extra_flags, methods, doc)
}

fn make_builtin(name: &str, layout: &'static Layout, base: Option<&'static Type>, extra_flags: u32) -> &'static Type {
    let base = base.unwrap_or_else(object_type);
    let o = Type::create(TypeSpec {
        name: Str::intern(name),
        qualname: Str::intern(name),
        metaclass: type_type(),
        bases: vec![base],
        dict: Dict::new_object(),
        layout,
        solid: Some(base),
        new_members: 0,
        flags: extra_flags | flags::IMMUTABLE | base.flags.get() & INHERITED,
        inline_capacity: 0,
    });
    o.header().make_immortal();
    let v = o.into_value();
    // SAFETY: immortal from here on.
    let t: &'static Type = unsafe { &*(v.ptr() as *const Type) };
    let mut mro = vec![v.to_object()];
    mro.extend(base.mro().iter().map(|c| c.as_value().to_object()));
    t.mro.set(Tuple::from_vec(mro));
    t.immortalize_parts();
    t
}

fn complete_builtin(
    class: &'static Type,
    module: &str,
    extra_flags: u32,
    methods: &'static [NativeDef],
    doc: Option<&str>,
) -> &'static Type {
    class.set_flag(extra_flags, true);
    if module != "builtins" {
        class.dict().set_str("__module__", &Str::intern(module));
    }
    if let Some(d) = doc {
        class.dict().set_str("__doc__", &Str::new(d));
    }
    class.add_methods(methods);
    class
}
