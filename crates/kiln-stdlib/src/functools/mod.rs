//! `_functools`: `partial`, `reduce`, `cmp_to_key` and the wrapper behind `lru_cache`.

mod cache;
mod key;
mod partial;

use kiln_macros::builtin_module;

#[builtin_module("_functools")]
pub mod module {
    //! Tools that work with functions.

    use kiln_object::call::call;
    use kiln_object::exception::exc;
    use kiln_object::module::Module;
    use kiln_object::ops;
    use kiln_object::{Object, Raised, Value, raise};

    /// Applies a function of two arguments to the items of an iterable, from left to right.
    #[signature = "($module, function, iterable, /, initial=<unrepresentable>)"]
    pub fn reduce(
        function: Value,
        iterable: Value,
        #[kw]
        initial: Option<Value>,
    ) -> Result<Object, Raised> {
        let it = ops::iter(iterable).map_err(|r| match raise::catch(r, &exc::TypeError) {
            Ok(_) => kiln_object::raise!(TypeError, "reduce() arg 2 must support iteration"),
            Err(r) => r,
        })?;
        let mut result = match initial {
            Some(v) => v.to_object(),
            None => match ops::next(it.value())? {
                Some(o) => o,
                None => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "reduce() of empty iterable with no initial value"
                    ));
                }
            },
        };
        while let Some(o) = ops::next(it.value())? {
            result = call(function, &[result.value(), o.value()])?;
        }
        Ok(result)
    }
    /// Makes a key function from a comparison function.
    #[signature = "($module, /, mycmp)"]
    pub fn cmp_to_key(
        #[kw] mycmp: Value,
    ) -> Object {
        super::key::key_function(mycmp)
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        super::partial::add_to(module);
        super::key::init();
        super::cache::add_to(module);
        Ok(())
    }
}
