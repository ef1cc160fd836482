//! `mappingproxy`: a mapping that cannot be changed through it. What `__dict__` of a class shows.

use crate::support::{repr, to_text};
use kiln_macros::builtin_methods;
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc, header};
use kiln_object::ops::{self, BinaryOp, CompareOp};
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, call, object_struct};

object_struct! { /** `mappingproxy`. */ pub struct MappingProxy = "mappingproxy", Container { pub mapping: Slot } }

impl MappingProxy {
    pub fn new_object(mapping: Object) -> Object {
        alloc(MappingProxy {
            header: header::<MappingProxy>(),
            mapping: Slot::new(mapping),
        })
    }
    fn inner(&self) -> Object {
        self.mapping.get().unwrap_or_else(Object::none)
    }
}

/// The mapping behind a proxy, or the value itself.
fn unwrap(v: Value) -> Object {
    v.cast::<MappingProxy>()
        .map_or_else(|| v.to_object(), MappingProxy::inner)
}

struct Methods;
#[builtin_methods(mappingproxy)]
impl Methods {
    #[new]
    fn new(_cls: ClassRef, #[kw] mapping: Value) -> Result<Object, Raised> {
        let class = mapping.class();
        let mapping_like = class.special(kiln_object::Special::GetItem).is_some()
            && mapping.cast::<kiln_object::list::List>().is_none()
            && mapping.cast::<kiln_object::tuple::Tuple>().is_none();
        if !mapping_like {
            return Err(kiln_object::raise!(
                TypeError,
                "mappingproxy() argument must be a mapping, not {}",
                class.name()
            ));
        }
        Ok(MappingProxy::new_object(mapping.to_object()))
    }
    fn __len__(this: &MappingProxy) -> Result<usize, Raised> {
        ops::len(this.inner().value())
    }
    fn __getitem__(this: &MappingProxy, key: Value) -> Result<Object, Raised> {
        ops::get_item(this.inner().value(), key)
    }
    fn __contains__(this: &MappingProxy, key: Value) -> Result<bool, Raised> {
        ops::contains(this.inner().value(), key)
    }
    fn __iter__(this: &MappingProxy) -> Result<Object, Raised> {
        ops::iter(this.inner().value())
    }
    fn __reversed__(this: &MappingProxy) -> Result<Object, Raised> {
        call::call_method_str(this.inner().value(), "__reversed__", &[])
    }
    fn get(this: &MappingProxy, key: Value, default: Option<Value>) -> Result<Object, Raised> {
        let default = default.unwrap_or_else(kiln_object::singletons::none);
        call::call_method_str(this.inner().value(), "get", &[key, default])
    }
    fn keys(this: &MappingProxy) -> Result<Object, Raised> {
        call::call_method_str(this.inner().value(), "keys", &[])
    }
    fn values(this: &MappingProxy) -> Result<Object, Raised> {
        call::call_method_str(this.inner().value(), "values", &[])
    }
    fn items(this: &MappingProxy) -> Result<Object, Raised> {
        call::call_method_str(this.inner().value(), "items", &[])
    }
    fn copy(this: &MappingProxy) -> Result<Object, Raised> {
        let inner = this.inner();
        match inner.exact::<Dict>() {
            Some(d) => Ok(d.copy()),
            None => call::call_method_str(inner.value(), "copy", &[]),
        }
    }
    fn __repr__(this: &MappingProxy) -> Result<String, Raised> {
        Ok(format!("mappingproxy({})", repr(this.inner().value())?))
    }
    fn __str__(this: &MappingProxy) -> Result<String, Raised> {
        to_text(this.inner().value())
    }
    fn __hash__(this: &MappingProxy) -> Result<i64, Raised> {
        ops::hash(this.inner().value())
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Or, unwrap(this).value(), unwrap(other).value())
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Or, unwrap(other).value(), unwrap(this).value())
    }
    fn __ior__(this: Value, _other: Value) -> Result<Object, Raised> {
        Err(kiln_object::raise!(
            TypeError,
            "'|=' is not supported by {}; use '|' instead",
            this.class().name()
        ))
    }
    fn __eq__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Eq, this.inner().value(), unwrap(other).value())
    }
    fn __ne__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Ne, this.inner().value(), unwrap(other).value())
    }
    fn __lt__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Lt, this.inner().value(), unwrap(other).value())
    }
    fn __le__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Le, this.inner().value(), unwrap(other).value())
    }
    fn __gt__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Gt, this.inner().value(), unwrap(other).value())
    }
    fn __ge__(this: &MappingProxy, other: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Ge, this.inner().value(), unwrap(other).value())
    }
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        crate::typing::alias::new_alias(cls, item)
    }
}

pub fn init() {
    define::<MappingProxy>(
        "mappingproxy",
        "builtins",
        None,
        flags::MAPPING,
        Methods::METHODS,
        Some("Read-only proxy of a mapping."),
    );
}
