//! `_collections`: `deque`, `defaultdict`, `OrderedDict`, and helpers of the `collections` module.

mod default_dict;
mod deque;
mod ordered_dict;
mod tuple_getter;

use kiln_macros::builtin_module;

#[builtin_module("_collections")]
pub mod module {
    //! High performance data structures.

    use kiln_object::attr::get_attr;
    use kiln_object::call::call;
    use kiln_object::dict::Dict;
    use kiln_object::module::Module;
    use kiln_object::ops::{self, BinaryOp};
    use kiln_object::{Object, Raised, Value, intern};

    /// Counts the items of an iterable in a mapping.
    #[name = "_count_elements"]
    pub fn count_elements(mapping: Value, iterable: Value) -> Result<(), Raised> {
        use kiln_object::{ObjectType, Special};
        let it = ops::iter(iterable)?;
        let class = mapping.class();
        // A subclass that counts in its own way is asked through its methods.
        let plain = class.is_subtype(Dict::class())
            && class.special(Special::SetItem) == Dict::class().special(Special::SetItem)
            && class.lookup(intern!("get")) == Dict::class().lookup(intern!("get"));
        let one = Object::int(1);
        if plain {
            while let Some(o) = ops::next(it.value())? {
                let hash = ops::hash(o.value())?;
                let d = mapping.expect::<Dict>();
                let count = match d.get_hashed(o.value(), hash)? {
                    None => one.clone(),
                    Some(n) => match n.as_small_int() {
                        Some(n) => Object::int(n + 1),
                        None => ops::binary(BinaryOp::Add, n.value(), one.value())?,
                    },
                };
                d.set_hashed(o.value(), hash, count.value())?;
            }
            return Ok(());
        }
        let get = get_attr(mapping, intern!("get"))?;
        while let Some(o) = ops::next(it.value())? {
            let count = call(get.value(), &[o.value(), Value::ZERO])?;
            let count = ops::binary(BinaryOp::Add, count.value(), one.value())?;
            ops::set_item(mapping, o.value(), count.value())?;
        }
        Ok(())
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        super::deque::add_to(module);
        super::default_dict::add_to(module);
        super::ordered_dict::add_to(module);
        super::tuple_getter::add_to(module);
        Ok(())
    }
}
