//! `partial`, and the placeholder that leaves a positional argument open.

use kiln_builtins::shared::{ReprGuard, class_getitem};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::attr::is_callable;
use kiln_object::call::call_keywords;
use kiln_object::descr::Method;
use kiln_object::dict::Dict;
use kiln_object::instance;
use kiln_object::layout::{Slot, alloc, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{IntoObject, Object, Raised, Value};
use smallvec::SmallVec;
use std::cell::Cell;

object_struct! {
    /// `partial(func, /, *args, **keywords)`.
    struct Partial = "partial", Container {
        func: Slot,
        args: Slot,
        keywords: Slot,
        /// How many of the arguments are placeholders.
        open: Cell<usize>,
    }
}
object_struct! {
    /// The class of `Placeholder`, which has one instance.
    struct PlaceholderType = "_PlaceholderType", Raw {}
}

struct Held(Slot);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for Held {}
static PLACEHOLDER: Held = Held(Slot::empty());

fn placeholder() -> Value {
    if PLACEHOLDER.0.is_empty() {
        let o = alloc(PlaceholderType {
            header: header::<PlaceholderType>(),
        });
        o.header().make_immortal();
        PLACEHOLDER.0.set(o);
    }
    PLACEHOLDER.0.value()
}
fn is_placeholder(v: Value) -> bool {
    PLACEHOLDER.0.peek() == Some(v)
}
fn count_open(args: &[Value]) -> usize {
    args.iter().filter(|v| is_placeholder(**v)).count()
}

/// The bound arguments with the open ones filled from `given`, the rest of which follow.
fn fill(bound: &[Value], given: &[Value]) -> SmallVec<[Value; 8]> {
    let mut given = given.iter().copied();
    let mut all: SmallVec<[Value; 8]> = bound
        .iter()
        .map(|&v| if is_placeholder(v) { given.next().unwrap_or(v) } else { v })
        .collect();
    all.extend(given);
    all
}

struct PartialMethods;
struct PlaceholderMethods;

#[builtin_methods(partial)]
impl PartialMethods {
    #[new]
    #[signature = "(func, /, *args, **keywords)"]
    fn new(cls: ClassRef, args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let Some((&func, args)) = args.split_first() else {
            return Err(kiln_object::raise!(
                TypeError,
                "type 'partial' takes at least one argument"
            ));
        };
        if !is_callable(func) {
            return Err(kiln_object::raise!(TypeError, "the first argument must be callable"));
        }
        if args.last().is_some_and(|v| is_placeholder(*v)) {
            return Err(kiln_object::raise!(TypeError, "trailing Placeholders are not allowed"));
        }
        let named = Dict::new_object();
        for (_, value) in keywords.iter() {
            if is_placeholder(value) {
                return Err(kiln_object::raise!(
                    TypeError,
                    "Placeholder cannot be passed as a keyword argument"
                ));
            }
        }
        // A partial of a partial without attributes of its own becomes one.
        let inner = func
            .exact::<Partial>()
            .filter(|_| instance::own_attributes(func).is_empty());
        let (func, bound) = match inner {
            None => (func, args.iter().copied().collect()),
            Some(p) => {
                for (key, value) in p.keywords.value().expect::<Dict>().snapshot() {
                    named.expect::<Dict>().set(key.value(), value.value())?;
                }
                let inner_args = p.args.value();
                let mut all = fill(inner_args.expect::<Tuple>().items(), args);
                while all.last().is_some_and(|v| is_placeholder(*v)) {
                    all.pop();
                }
                (p.func.value(), all)
            }
        };
        for (key, value) in keywords.iter() {
            named.expect::<Dict>().set(key, value)?;
        }
        Ok(alloc_instance(
            cls.0,
            Partial {
                header: header::<Partial>(),
                func: Slot::new(func.to_object()),
                args: Slot::new(Tuple::from_values(&bound)),
                keywords: Slot::new(named),
                open: Cell::new(count_open(&bound)),
            },
        ))
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __call__(this: &Partial, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let (func, bound) = (this.func.value().to_object(), this.args.value().to_object());
        if args.len() < this.open.get() {
            return Err(kiln_object::raise!(
                TypeError,
                "missing positional arguments in 'partial' call; expected at least {}, got {}",
                this.open.get(),
                args.len()
            ));
        }
        let all = fill(bound.expect::<Tuple>().items(), args);
        let own = this.keywords.value().to_object();
        let own = own.expect::<Dict>();
        if own.is_empty() {
            let named: SmallVec<[(Value, Value); 4]> = kwargs.iter().collect();
            return call_keywords(func.value(), &all, &named);
        }
        let merged = own.copy();
        for (key, value) in kwargs.iter() {
            merged.expect::<Dict>().set(key, value)?;
        }
        let named = merged.expect::<Dict>().snapshot();
        let named: Vec<(Value, Value)> = named.iter().map(|(k, v)| (k.value(), v.value())).collect();
        call_keywords(func.value(), &all, &named)
    }
    fn __get__(this: &Partial, object: Value, _owner: Option<Value>) -> Object {
        let me = Value::from_ptr(&this.header);
        if object.is_none() {
            return me.to_object();
        }
        Method::new_object(me, object)
    }
    fn __repr__(this: &Partial) -> Result<Object, Raised> {
        let me = Value::from_ptr(&this.header);
        let class = kiln_builtins::support::full_name(me.class());
        let Some(_guard) = ReprGuard::enter(me) else {
            return Ok("...".into_object());
        };
        let text = |v: Value| -> Result<String, Raised> { Ok(ops::repr(v)?.expect::<Str>().to_string_lossy()) };
        let (func, args, named) = (
            this.func.value().to_object(),
            this.args.value().to_object(),
            this.keywords.value().expect::<Dict>().snapshot(),
        );
        let mut out = format!("{class}({}", text(func.value())?);
        for &v in args.expect::<Tuple>().items() {
            out += &format!(", {}", text(v)?);
        }
        for (key, value) in named {
            let key = ops::to_str(key.value())?;
            out += &format!(", {}={}", key.expect::<Str>().to_string_lossy(), text(value.value())?);
        }
        Ok((out + ")").into_object())
    }
    /// The function that is called.
    #[getter]
    fn func(this: &Partial) -> Value {
        this.func.value()
    }
    /// The positional arguments that come first.
    #[getter]
    fn args(this: &Partial) -> Value {
        this.args.value()
    }
    /// The named arguments.
    #[getter]
    fn keywords(this: &Partial) -> Value {
        this.keywords.value()
    }
    fn __reduce__(this: &Partial) -> Object {
        let me = Value::from_ptr(&this.header);
        let func = this.func.value().to_object();
        let attributes = if instance::own_attributes(me).is_empty() {
            Object::none()
        } else {
            instance::dict_of(me)
        };
        let state = Tuple::from_array([
            func.clone(),
            this.args.value().to_object(),
            this.keywords.value().to_object(),
            attributes,
        ]);
        Tuple::from_array([
            me.class().as_value().to_object(),
            Tuple::from_vec(vec![func]),
            state,
        ])
    }
    fn __setstate__(this: &Partial, state: Value) -> Result<(), Raised> {
        let invalid = || kiln_object::raise!(TypeError, "invalid partial state");
        let Some([func, args, keywords, attributes]) = state
            .cast::<Tuple>()
            .and_then(|t| <[Value; 4]>::try_from(t.items()).ok())
        else {
            return Err(invalid());
        };
        if !is_callable(func)
            || args.cast::<Tuple>().is_none()
            || !keywords.is_none() && keywords.cast::<Dict>().is_none()
        {
            return Err(invalid());
        }
        let args = if args.is_exact::<Tuple>() {
            args.to_object()
        } else {
            Tuple::from_values(args.expect::<Tuple>().items())
        };
        if args.expect::<Tuple>().items().last().is_some_and(|v| is_placeholder(*v)) {
            return Err(kiln_object::raise!(TypeError, "trailing Placeholders are not allowed"));
        }
        let keywords = match keywords.cast::<Dict>() {
            None => Dict::new_object(),
            Some(_) if keywords.is_exact::<Dict>() => keywords.to_object(),
            Some(d) => d.copy(),
        };
        this.open.set(count_open(args.expect::<Tuple>().items()));
        this.func.set(func.to_object());
        this.args.set(args);
        this.keywords.set(keywords);
        if attributes.is_none() {
            instance::set_dict(Value::from_ptr(&this.header), Dict::new_object());
        } else {
            instance::set_dict(Value::from_ptr(&this.header), attributes.to_object());
        }
        Ok(())
    }
    #[classmethod]
    fn __class_getitem__(cls: ClassRef, object: Value) -> Result<Object, Raised> {
        class_getitem(cls.as_value(), object)
    }
}

#[builtin_methods(_PlaceholderType)]
impl PlaceholderMethods {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Value, Raised> {
        if !args.is_empty() || !kwargs.is_empty() {
            return Err(kiln_object::raise!(TypeError, "_PlaceholderType takes no arguments"));
        }
        Ok(placeholder())
    }
    fn __repr__(_this: &PlaceholderType) -> &'static str {
        "Placeholder"
    }
    fn __reduce__(_this: &PlaceholderType) -> &'static str {
        "Placeholder"
    }
}

/// Makes the classes and puts them into the module.
pub fn add_to(module: &Module) {
    let class = define::<Partial>(
        "partial",
        "functools",
        None,
        flags::BASETYPE | flags::DICT | flags::WEAKREF,
        PartialMethods::METHODS,
        Some("A function with some arguments given already."),
    );
    class.add_methods(kiln_builtins::object::dict_definitions());
    module.set("partial", class.as_value().to_object());
    let class = define::<PlaceholderType>(
        "_PlaceholderType",
        "functools",
        None,
        0,
        PlaceholderMethods::METHODS,
        Some("The class of the placeholder that leaves an argument of `partial` open."),
    );
    module.set("_PlaceholderType", class.as_value().to_object());
    module.set("Placeholder", placeholder().to_object());
}
