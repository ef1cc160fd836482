//! The wrapper behind `functools.lru_cache`: calls answered from a dict, whose order is that of the last use.

use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::attr::{get_attr_str, is_callable};
use kiln_object::call::{call, call_keywords};
use kiln_object::descr::Method;
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{IntoObject, Object, Raised, Value};
use std::cell::Cell;

object_struct! {
    /// A cached function.
    struct CachedFunction = "_lru_cache_wrapper", Container {
        function: Slot,
        cache: Slot,
        info_type: Slot,
        /// Separates positional from named arguments in keys.
        mark: Slot,
        /// Most entries kept; -1 for any number.
        limit: Cell<i64>,
        typed: Cell<bool>,
        hits: Cell<u64>,
        misses: Cell<u64>,
    }
}

struct Methods;

impl CachedFunction {
    fn cache(&self) -> Object {
        self.cache.value().to_object()
    }
    /// The key for a call's arguments. One argument that is an int or str stands for itself.
    fn key(&self, args: &[Value], kwargs: &[(Value, Value)]) -> Object {
        if let ([one], true, false) = (args, kwargs.is_empty(), self.typed.get())
            && (one.is_exact_int() || one.is_exact::<Str>())
        {
            return one.to_object();
        }
        let mut parts: Vec<Value> = args.to_vec();
        if !kwargs.is_empty() {
            parts.push(self.mark.value());
            for &(key, value) in kwargs {
                parts.extend([key, value]);
            }
        }
        if self.typed.get() {
            parts.extend(args.iter().map(|v| v.class().as_value()));
            parts.extend(kwargs.iter().map(|(_, v)| v.class().as_value()));
        }
        Tuple::from_values(&parts)
    }
    fn count_hit(&self) {
        self.hits.set(self.hits.get() + 1);
    }
    fn count_miss(&self) {
        self.misses.set(self.misses.get() + 1);
    }
    fn call(&self, args: &[Value], kwargs: &[(Value, Value)]) -> Result<Object, Raised> {
        let function = self.function.value().to_object();
        if self.limit.get() == 0 {
            self.count_miss();
            return call_keywords(function.value(), args, kwargs);
        }
        let key = self.key(args, kwargs);
        let hash = ops::hash(key.value())?;
        let cache = self.cache();
        let entries = cache.expect::<Dict>();
        let bounded = self.limit.get() > 0;
        if let Some(found) = entries.get_hashed(key.value(), hash)? {
            if bounded && let Some((old_key, value)) = entries.remove_hashed(key.value(), hash)? {
                entries.set_hashed(old_key.value(), hash, value.value())?;
            }
            self.count_hit();
            return Ok(found);
        }
        self.count_miss();
        let result = call_keywords(function.value(), args, kwargs)?;
        if !bounded {
            entries.set_hashed(key.value(), hash, result.value())?;
            return Ok(result);
        }
        // The call may have stored the same key.
        if entries.get_hashed(key.value(), hash)?.is_some() {
            return Ok(result);
        }
        if entries.len() as i64 >= self.limit.get()
            && let Some((n, _)) = entries.next_entry(0)
        {
            drop(entries.remove_entry(n));
        }
        entries.set_hashed(key.value(), hash, result.value())?;
        Ok(result)
    }
}

#[builtin_methods(_lru_cache_wrapper)]
impl Methods {
    #[new]
    #[signature = "(user_function, maxsize, typed, cache_info_type)"]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let names = ["user_function", "maxsize", "typed", "cache_info_type"];
        let mut given = [None; 4];
        for (i, name) in names.iter().enumerate() {
            let Some(v) = args.get(i).copied().or_else(|| kwargs.get(name)) else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "lru_cache() missing required argument '{name}' (pos {})",
                    i + 1
                ));
            };
            given[i] = Some(v);
        }
        let [Some(function), Some(limit), Some(typed), Some(info_type)] = given else {
            return Err(kiln_object::raise!(TypeError, "lru_cache() takes 4 arguments"));
        };
        if !is_callable(function) {
            return Err(kiln_object::raise!(TypeError, "the first argument must be callable"));
        }
        let limit = if limit.is_none() {
            -1
        } else if let Some(i) = ops::index_quiet(limit)? {
            i.as_int().and_then(|i| i.to_i64()).unwrap_or(i64::MAX).max(0)
        } else {
            return Err(kiln_object::raise!(TypeError, "maxsize should be integer or None"));
        };
        let typed = ops::is_true(typed)?;
        Ok(alloc_instance(
            cls.0,
            CachedFunction {
                header: header::<CachedFunction>(),
                function: Slot::new(function.to_object()),
                cache: Slot::new(Dict::new_object()),
                info_type: Slot::new(info_type.to_object()),
                mark: Slot::new(kiln_object::instance::Instance::new_object(
                    kiln_object::types::object_type(),
                )),
                limit: Cell::new(limit),
                typed: Cell::new(typed),
                hits: Cell::new(0),
                misses: Cell::new(0),
            },
        ))
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __call__(this: &CachedFunction, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let named: Vec<(Value, Value)> = kwargs.iter().collect();
        this.call(args, &named)
    }
    fn __get__(this: &CachedFunction, object: Value, _owner: Option<Value>) -> Object {
        let me = Value::from_ptr(&this.header);
        if object.is_none() {
            return me.to_object();
        }
        Method::new_object(me, object)
    }
    /// Hits, misses, the limit and the number of entries.
    fn cache_info(this: &CachedFunction) -> Result<Object, Raised> {
        let limit = match this.limit.get() {
            -1 => Object::none(),
            n => Object::int(n),
        };
        let n = this.cache().expect::<Dict>().len();
        let (hits, misses) = (this.hits.get().into_object(), this.misses.get().into_object());
        let info = this.info_type.value().to_object();
        call(
            info.value(),
            &[hits.value(), misses.value(), limit.value(), n.into_object().value()],
        )
    }
    /// Forgets all results.
    fn cache_clear(this: &CachedFunction) {
        this.hits.set(0);
        this.misses.set(0);
        let old = this.cache.replace(Some(Dict::new_object()));
        drop(old);
    }
    fn __reduce__(this: Value) -> Result<Object, Raised> {
        get_attr_str(this, "__qualname__")
    }
    fn __copy__(this: Value) -> Value {
        this
    }
    fn __deepcopy__(this: Value, _memo: Value) -> Value {
        this
    }
}

/// Makes the class and puts it into the module.
pub fn add_to(module: &Module) {
    let class = define::<CachedFunction>(
        "_lru_cache_wrapper",
        "functools",
        None,
        flags::BASETYPE | flags::DICT | flags::WEAKREF,
        Methods::METHODS,
        Some("A function whose results are kept for later calls with the same arguments."),
    );
    class.add_methods(kiln_builtins::object::dict_definitions());
    module.set("_lru_cache_wrapper", class.as_value().to_object());
}
