//! `itertools`: `endless.rs` has count, cycle and repeat; `filters.rs` what drops or takes items; `joining.rs` what
//! joins iterables or regroups items; `tee.rs` tee; `combinatoric.rs` products and combinations.

mod combinatoric;
mod endless;
mod filters;
mod joining;
mod tee;

use kiln_macros::builtin_module;
use kiln_object::iter::{NextFn, set_fast_next};
use kiln_object::layout::ObjectType;
use kiln_object::module::Module;
use kiln_object::types::{Type, define, flags};
use kiln_object::NativeDef;

/// Makes an iterator class and puts it into the module. `own` has `__new__` and what is special to the class.
fn add<T: ObjectType>(module: &Module, own: &'static [NativeDef], next: NextFn, doc: &str) -> &'static Type {
    let class = define::<T>(T::NAME, "itertools", None, flags::BASETYPE, own, Some(doc));
    set_fast_next(class, next);
    module.set(T::NAME, class.as_value().to_object());
    class
}

/// `__next__` of `T` without raising at the end.
macro_rules! next_fn {
    ($name:ident) => {
        |v| v.expect::<$name>().advance()
    };
}
pub(crate) use next_fn;

#[builtin_module("itertools")]
pub mod module {
    //! Building blocks for iterators.

    use kiln_object::module::Module;
    use kiln_object::{Object, Raised, Value};

    /// `n` independent iterators over one iterable.
    #[signature = "($module, iterable, n=2, /)"]
    pub fn tee(iterable: Value, n: Option<isize>) -> Result<Object, Raised> {
        super::tee::tee(iterable, n.unwrap_or(2))
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        super::endless::add_to(module);
        super::filters::add_to(module);
        super::joining::add_to(module);
        super::tee::add_to(module);
        super::combinatoric::add_to(module);
        Ok(())
    }
}
