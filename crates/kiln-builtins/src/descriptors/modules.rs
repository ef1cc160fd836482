//! Module objects.

use crate::descriptors::function::annotations_of;
use crate::support::{methods, repr, text};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::list::List;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::{ClassRef, Object, Raised, Value, attr, call, exc, intern, ops, raise};

struct Modules;
#[builtin_methods(module)]
impl Modules {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        let m = Module::of_class(cls.0, None, None);
        m.expect::<Module>().dict().expect::<Dict>().clear();
        m
    }
    fn __init__(this: &Module, #[kw] name: Value, #[kw] doc: Option<Value>) -> Result<(), Raised> {
        if name.cast::<Str>().is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "module() argument 'name' must be str, not {}",
                kiln_object::convert::type_name(name)
            ));
        }
        this.set("__name__", name.to_object());
        this.set("__doc__", doc.map_or_else(Object::none, |d| d.to_object()));
        for n in ["__package__", "__loader__", "__spec__"] {
            this.set(n, Object::none());
        }
        Ok(())
    }
    fn __repr__(this: Value) -> Result<String, Raised> {
        let get = |object: &Object, name: &str| attr::find_attr_str(object.value(), name);
        let present = |o: Option<Object>| o.filter(|v| !v.is_none());
        let me = this.to_object();
        if let Some(spec) = present(get(&me, "__spec__")?) {
            let name = match present(get(&spec, "name")?) {
                Some(n) => text(n.value()),
                None => "?".to_owned(),
            };
            let name = format!("'{name}'");
            return match present(get(&spec, "origin")?) {
                None => match present(get(&spec, "loader")?) {
                    None => Ok(format!("<module {name}>")),
                    Some(l) => Ok(format!("<module {name} ({})>", repr(l.value())?)),
                },
                Some(origin) => {
                    let located = match get(&spec, "has_location")? {
                        Some(h) => ops::is_true(h.value())?,
                        None => false,
                    };
                    if located {
                        Ok(format!("<module {name} from {}>", repr(origin.value())?))
                    } else {
                        Ok(format!("<module {name} ({})>", text(origin.value())))
                    }
                }
            };
        }
        let name = match get(&me, "__name__")? {
            Some(n) => repr(n.value())?,
            None => "'?'".to_owned(),
        };
        match get(&me, "__file__")? {
            Some(f) => Ok(format!("<module {name} from {}>", repr(f.value())?)),
            None => match present(get(&me, "__loader__")?) {
                Some(l) => Ok(format!("<module {name} ({})>", repr(l.value())?)),
                None => Ok(format!("<module {name}>")),
            },
        }
    }
    fn __getattribute__(this: Value, name: Value) -> Result<Object, Raised> {
        let name = attr::intern_name(name)?;
        match attr::find_generic(this, this.class(), name.value())? {
            Some(v) => Ok(v),
            None => Err(raise::no_attribute(this, name.value())),
        }
    }
    fn __dir__(this: Value) -> Result<Object, Raised> {
        let d = attr::get_attr(this, intern!("__dict__"))?;
        let Some(dict) = d.cast::<Dict>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.__dict__ is not a dictionary",
                this.expect::<Module>().name().unwrap_or_default()
            ));
        };
        if let Some(f) = dict.get_interned(intern!("__dir__")) {
            let f = f.to_object();
            return call::call(f.value(), &[]);
        }
        Ok(List::from_vec(dict.snapshot().into_iter().map(|(k, _)| k).collect()))
    }
    #[getter]
    fn __dict__(this: &Module) -> Object {
        this.dict()
    }
    #[setter]
    fn set___dict__(_this: &Module, _value: Option<Value>) -> Result<(), Raised> {
        Err(crate::support::readonly())
    }
    #[getter]
    fn __annotations__(this: &Module) -> Result<Object, Raised> {
        annotations_of(&this.dict())
    }
    #[setter]
    fn set___annotations__(this: &Module, value: Option<Value>) -> Result<(), Raised> {
        let dict = this.dict();
        let d = dict.expect::<Dict>();
        match value {
            Some(v) => {
                d.set(intern!("__annotations__"), v)?;
                d.remove(intern!("__annotate__"))?;
            }
            None => {
                if d.remove(intern!("__annotations__"))?.is_none() {
                    return Err(raise::with_message(&exc::AttributeError, "__annotations__"));
                }
                d.remove(intern!("__annotate__"))?;
            }
        }
        Ok(())
    }
    #[getter]
    fn __annotate__(this: &Module) -> Result<Object, Raised> {
        let dict = this.dict();
        match dict.expect::<Dict>().get(intern!("__annotate__"))? {
            Some(a) => Ok(a),
            None => {
                dict.expect::<Dict>()
                    .set(intern!("__annotate__"), kiln_object::singletons::none())?;
                Ok(Object::none())
            }
        }
    }
    #[setter]
    fn set___annotate__(this: &Module, value: Option<Value>) -> Result<(), Raised> {
        let Some(v) = value else {
            return Err(raise::type_error("cannot delete __annotate__ attribute".into()));
        };
        if !v.is_none() && !attr::is_callable(v) {
            return Err(raise::type_error("__annotate__ must be callable or None".into()));
        }
        let dict = this.dict();
        let d = dict.expect::<Dict>();
        d.set(intern!("__annotate__"), v)?;
        if !v.is_none() {
            d.remove(intern!("__annotations__"))?;
        }
        Ok(())
    }
}

pub fn init() {
    methods::<Module>(
        Modules::METHODS,
        "Create a module object.\n\nThe name must be a string; the optional docstring can have any type.",
    );
    debug_assert!(!Module::class().has_dict());
}
