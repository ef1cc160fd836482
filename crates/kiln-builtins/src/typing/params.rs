//! Type parameters: `TypeVar`, `ParamSpec`, `TypeVarTuple`, what belongs to them, and `Generic`.

use super::{call_typing, caller_module, type_check, type_repr, union};
use crate::support::{import_from, tuple};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::layout::{ObjectType, Slot, alloc, alloc_instance, header};
use kiln_object::ops;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, attr, call, instance, intern, object_struct, raise};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

object_struct! {
    /// What the three kinds of type parameter have. Values come from functions that run when they are asked for.
    pub struct Parameter = "typing.TypeVar", Container {
        pub name: Slot,
        pub bound: Slot,
        pub evaluate_bound: Slot,
        pub constraints: Slot,
        pub evaluate_constraints: Slot,
        pub default: Slot,
        pub evaluate_default: Slot,
        pub covariant: Cell<bool>,
        pub contravariant: Cell<bool>,
        pub infer_variance: Cell<bool>,
    }
}
object_struct! { /** `typing.ParamSpec`. */ pub struct ParamSpec = "typing.ParamSpec" extends Parameter, Container {} }
object_struct! { /** `typing.TypeVarTuple`. */ pub struct TypeVarTuple = "typing.TypeVarTuple" extends Parameter, Container {} }
object_struct! { /** `P.args` and `P.kwargs` of a `ParamSpec`. */ pub struct SpecArgs = "typing.ParamSpecArgs", Container { origin: Slot } }
object_struct! { /** `P.kwargs`. */ pub struct SpecKwargs = "typing.ParamSpecKwargs" extends SpecArgs, Container {} }
object_struct! { /** The type of `typing.NoDefault`. */ pub struct NoDefault = "NoDefaultType", Raw {} }
object_struct! { /** `typing.Generic`. */ pub struct Generic = "typing.Generic", Raw {} }
object_struct! { /** What `evaluate_bound` is where the bound was given as a value. */ pub struct ConstEvaluator = "_typing._ConstEvaluator", Container { value: Slot } }

/// The word of the one instance, which is immortal.
static NO_DEFAULT: AtomicU64 = AtomicU64::new(0);
/// `typing.NoDefault`.
pub fn no_default() -> Object {
    Value(NO_DEFAULT.load(Ordering::Relaxed)).to_object()
}

impl Parameter {
    fn payload(h: kiln_object::Header, name: Object) -> Parameter {
        Parameter {
            header: h,
            name: Slot::new(name),
            bound: Slot::empty(),
            evaluate_bound: Slot::empty(),
            constraints: Slot::empty(),
            evaluate_constraints: Slot::empty(),
            default: Slot::empty(),
            evaluate_default: Slot::empty(),
            covariant: Cell::new(false),
            contravariant: Cell::new(false),
            infer_variance: Cell::new(false),
        }
    }
    fn name_text(&self) -> String {
        self.name.peek().map_or_else(String::new, crate::support::text)
    }
}
/// The kinds of parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    TypeVar,
    ParamSpec,
    TypeVarTuple,
}
/// A parameter as a type parameter list declares it.
pub fn declare(kind: Kind, name: Value) -> Object {
    let n = name.to_object();
    let o = match kind {
        Kind::TypeVar => alloc_instance(Parameter::class(), Parameter::payload(header::<Parameter>(), n)),
        Kind::ParamSpec => alloc_instance(
            ParamSpec::class(),
            ParamSpec {
                base: Parameter::payload(header::<ParamSpec>(), n),
            },
        ),
        Kind::TypeVarTuple => alloc_instance(
            TypeVarTuple::class(),
            TypeVarTuple {
                base: Parameter::payload(header::<TypeVarTuple>(), n),
            },
        ),
    };
    o.expect::<Parameter>().infer_variance.set(kind != Kind::TypeVarTuple);
    o
}

/// A value, or what its function says the first time; the value of an evaluator for format 1 (values).
fn lazy(value: &Slot, evaluate: &Slot) -> Result<Option<Object>, Raised> {
    if let Some(v) = value.get() {
        return Ok(Some(v));
    }
    let Some(f) = evaluate.get() else { return Ok(None) };
    let v = call::call(f.value(), &[Value::int_unchecked(1)])?;
    value.set(v.clone());
    Ok(Some(v))
}
/// The function that evaluates, or one that returns the value there is.
pub fn evaluator(value: &Slot, evaluate: &Slot) -> Option<Object> {
    evaluate.get().or_else(|| value.get().map(constant_evaluator))
}
fn constant_evaluator(v: Object) -> Object {
    alloc(ConstEvaluator {
        header: header::<ConstEvaluator>(),
        value: Slot::new(v),
    })
}
fn default_of(p: &Parameter) -> Result<Object, Raised> {
    Ok(lazy(&p.default, &p.evaluate_default)?.unwrap_or_else(no_default))
}
fn has_default(p: &Parameter) -> bool {
    !p.evaluate_default.is_empty() || p.default.peek().is_some_and(|d| d != no_default().value())
}
fn shown(p: &Parameter) -> String {
    let sign = if p.infer_variance.get() {
        ""
    } else if p.covariant.get() {
        "+"
    } else if p.contravariant.get() {
        "-"
    } else {
        "~"
    };
    format!("{sign}{}", p.name_text())
}
fn union_with(a: Value, b: Value) -> Result<Object, Raised> {
    union::of(&[a, b])
}
fn cannot_subclass(this: Value) -> Raised {
    let class = this.class();
    let name = class
        .name
        .get()
        .map_or_else(String::new, |n| crate::support::text(n.value()));
    kiln_object::raise!(TypeError, "Cannot subclass an instance of {name}")
}
/// Reads the keyword arguments that the constructors share.
struct Options {
    bound: Option<Object>,
    default: Option<Object>,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}
impl Options {
    fn read(function: &str, known: &[&str], kwargs: &Keywords<'_>) -> Result<Options, Raised> {
        for (k, _) in kwargs.iter() {
            if !known.iter().any(|n| kiln_object::convert::str_is(k, n)) {
                return Err(kiln_object::raise!(
                    TypeError,
                    "{function}() got an unexpected keyword argument '{}'",
                    crate::support::text(k)
                ));
            }
        }
        let flag = |name: &str| kwargs.get(name).map_or(Ok(false), ops::is_true);
        let o = Options {
            bound: kwargs.get("bound").filter(|b| !b.is_none()).map(|b| b.to_object()),
            default: kwargs.get("default").map(|b| b.to_object()),
            covariant: flag("covariant")?,
            contravariant: flag("contravariant")?,
            infer_variance: flag("infer_variance")?,
        };
        if o.covariant && o.contravariant {
            return Err(raise::value_error("Bivariant types are not supported."));
        }
        if o.infer_variance && (o.covariant || o.contravariant) {
            return Err(raise::value_error("Variance cannot be specified with infer_variance."));
        }
        Ok(o)
    }
    fn apply(&self, p: &Parameter) -> Result<(), Raised> {
        if let Some(b) = &self.bound {
            p.bound.set(type_check(b.value(), "Bound must be a type.")?);
        }
        p.default.set_option(self.default.clone());
        p.covariant.set(self.covariant);
        p.contravariant.set(self.contravariant);
        p.infer_variance.set(self.infer_variance);
        Ok(())
    }
}
fn take_name(function: &str, args: Rest<'_>, kwargs: &Keywords<'_>) -> Result<Object, Raised> {
    let Some(name) = args.first().copied().or_else(|| kwargs.get("name")) else {
        return Err(kiln_object::raise!(
            TypeError,
            "{function}() missing required argument 'name' (pos 1)"
        ));
    };
    if name.cast::<Str>().is_none() {
        return Err(kiln_object::raise!(
            TypeError,
            "{function}() argument 'name' must be str, not {}",
            kiln_object::convert::type_name(name)
        ));
    }
    Ok(name.to_object())
}

macro_rules! parameter_methods {
    ($marker:ident, $python:literal, $ty:ident, $this:ident => $base:expr, { $($items:tt)* }) => {
        struct $marker;
        #[builtin_methods($python)]
        impl $marker {
            #[getter]
            fn __name__($this: &$ty) -> Option<Object> { $base.name.get() }
            #[setter]
            fn set___name__(_this: &$ty, _value: Option<Value>) -> Result<(), Raised> { Err(crate::support::readonly()) }
            #[getter]
            fn __default__($this: &$ty) -> Result<Object, Raised> { default_of(&$base) }
            #[getter]
            fn evaluate_default($this: &$ty) -> Option<Object> {
                if $base.evaluate_default.is_empty() && !has_default(&$base) { return None; }
                evaluator(&$base.default, &$base.evaluate_default)
            }
            /// Whether there is a default.
            fn has_default($this: &$ty) -> bool { has_default(&$base) }
            fn __reduce__($this: &$ty) -> Option<Object> { $base.name.get() }
            fn __mro_entries__($this: Value, _bases: Value) -> Result<Object, Raised> { Err(cannot_subclass($this)) }
            #[getter]
            fn __dict__($this: Value) -> Object { instance::dict_of($this) }
            $($items)*
        }
    };
}

parameter_methods!(TypeVars, "typing.TypeVar", Parameter, this => this, {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let name = take_name("typevar", args, &kwargs)?;
        let known = ["name", "bound", "default", "covariant", "contravariant", "infer_variance"];
        let options = Options::read("typevar", &known, &kwargs)?;
        let constraints = args.get(1..).unwrap_or_default();
        if constraints.len() == 1 {
            return Err(raise::type_error("A single constraint is not allowed".into()));
        }
        if !constraints.is_empty() && options.bound.is_some() {
            return Err(raise::type_error("Constraints cannot be combined with bound=...".into()));
        }
        let o = alloc_instance(cls.0, Parameter::payload(header::<Parameter>(), name));
        let p = o.expect::<Parameter>();
        options.apply(p)?;
        if !constraints.is_empty() {
            let mut checked = Vec::new();
            for c in constraints {
                checked.push(type_check(*c, "TypeVar(name, constraint, ...): constraints must be types.")?);
            }
            p.constraints.set(tuple(checked));
        }
        instance::set_own(o.value(), intern!("__module__"), caller_module());
        Ok(o)
    }
    fn __repr__(this: &Parameter) -> String {
        shown(this)
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        union_with(this, other)
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        union_with(other, this)
    }
    fn __typing_subst__(this: Value, arg: Value) -> Result<Object, Raised> {
        call_typing("_typevar_subst", &[this, arg])
    }
    fn __typing_prepare_subst__(this: Value, alias: Value, args: Value) -> Result<Object, Raised> {
        let parameters = attr::get_attr(alias, intern!("__parameters__"))?;
        let parameters = ops::sequence_items(parameters.value())?;
        let index = parameters.iter().position(|p| p.value() == this).unwrap_or(0);
        let given = ops::sequence_items(args)?;
        if index < given.len() {
            return Ok(args.to_object());
        }
        let p = this.expect::<Parameter>();
        if index == given.len() && has_default(p) {
            let mut all = given;
            all.push(default_of(p)?);
            return Ok(tuple(all));
        }
        Err(kiln_object::raise!(
            TypeError,
            "Too few arguments for {}; actual {}, expected at least {}",
            crate::support::to_text(alias)?,
            given.len(),
            index + 1
        ))
    }
    #[getter]
    fn __bound__(this: &Parameter) -> Result<Option<Object>, Raised> {
        lazy(&this.bound, &this.evaluate_bound)
    }
    #[getter]
    fn evaluate_bound(this: &Parameter) -> Option<Object> {
        evaluator(&this.bound, &this.evaluate_bound)
    }
    #[getter]
    fn __constraints__(this: &Parameter) -> Result<Object, Raised> {
        Ok(lazy(&this.constraints, &this.evaluate_constraints)?.unwrap_or_else(Tuple::empty))
    }
    #[getter]
    fn evaluate_constraints(this: &Parameter) -> Option<Object> {
        evaluator(&this.constraints, &this.evaluate_constraints)
    }
    #[getter]
    fn __covariant__(this: &Parameter) -> bool {
        this.covariant.get()
    }
    #[getter]
    fn __contravariant__(this: &Parameter) -> bool {
        this.contravariant.get()
    }
    #[getter]
    fn __infer_variance__(this: &Parameter) -> bool {
        this.infer_variance.get()
    }
});

parameter_methods!(ParamSpecs, "typing.ParamSpec", ParamSpec, this => this.base, {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let name = take_name("paramspec", args, &kwargs)?;
        if args.len() > 1 {
            return Err(kiln_object::raise!(TypeError, "paramspec() takes exactly 1 positional argument ({} given)", args.len()));
        }
        let known = ["name", "bound", "default", "covariant", "contravariant", "infer_variance"];
        let options = Options::read("paramspec", &known, &kwargs)?;
        let o = alloc_instance(cls.0, ParamSpec { base: Parameter::payload(header::<ParamSpec>(), name) });
        options.apply(o.expect::<Parameter>())?;
        instance::set_own(o.value(), intern!("__module__"), caller_module());
        Ok(o)
    }
    fn __repr__(this: &ParamSpec) -> String {
        shown(&this.base)
    }
    fn __or__(this: Value, other: Value) -> Result<Object, Raised> {
        union_with(this, other)
    }
    fn __ror__(this: Value, other: Value) -> Result<Object, Raised> {
        union_with(other, this)
    }
    fn __typing_subst__(this: Value, arg: Value) -> Result<Object, Raised> {
        call_typing("_paramspec_subst", &[this, arg])
    }
    fn __typing_prepare_subst__(this: Value, alias: Value, args: Value) -> Result<Object, Raised> {
        call_typing("_paramspec_prepare_subst", &[this, alias, args])
    }
    #[getter]
    fn args(this: Value) -> Object {
        alloc(SpecArgs { header: header::<SpecArgs>(), origin: Slot::new(this.to_object()) })
    }
    #[getter]
    fn kwargs(this: Value) -> Object {
        alloc(SpecKwargs { base: SpecArgs { header: header::<SpecKwargs>(), origin: Slot::new(this.to_object()) } })
    }
    #[getter]
    fn __bound__(this: &ParamSpec) -> Option<Object> {
        this.base.bound.get()
    }
    #[getter]
    fn __covariant__(this: &ParamSpec) -> bool {
        this.base.covariant.get()
    }
    #[getter]
    fn __contravariant__(this: &ParamSpec) -> bool {
        this.base.contravariant.get()
    }
    #[getter]
    fn __infer_variance__(this: &ParamSpec) -> bool {
        this.base.infer_variance.get()
    }
});

parameter_methods!(TypeVarTuples, "typing.TypeVarTuple", TypeVarTuple, this => this.base, {
    #[new]
    fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let name = take_name("typevartuple", args, &kwargs)?;
        if args.len() > 1 {
            return Err(kiln_object::raise!(TypeError, "typevartuple() takes exactly 1 positional argument ({} given)", args.len()));
        }
        let options = Options::read("typevartuple", &["name", "default"], &kwargs)?;
        let o = alloc_instance(cls.0, TypeVarTuple { base: Parameter::payload(header::<TypeVarTuple>(), name) });
        options.apply(o.expect::<Parameter>())?;
        instance::set_own(o.value(), intern!("__module__"), caller_module());
        Ok(o)
    }
    fn __repr__(this: &TypeVarTuple) -> String {
        this.base.name_text()
    }
    fn __iter__(this: Value) -> Result<Object, Raised> {
        iterate_unpacked(this)
    }
    fn __typing_subst__(_this: Value, _arg: Value) -> Result<Object, Raised> {
        Err(raise::type_error("Substitution of bare TypeVarTuple is not supported".into()))
    }
    fn __typing_prepare_subst__(this: Value, alias: Value, args: Value) -> Result<Object, Raised> {
        call_typing("_typevartuple_prepare_subst", &[this, alias, args])
    }
});

/// `typing.Unpack[v]`.
pub fn unpacked(v: Value) -> Result<Object, Raised> {
    let unpack = import_from("typing", "Unpack")?;
    ops::get_item(unpack.value(), v)
}
/// An iterator over `Unpack[v]` alone: what `*v` in a subscription means.
pub fn iterate_unpacked(v: Value) -> Result<Object, Raised> {
    let one = tuple(vec![unpacked(v)?]);
    ops::iter(one.value())
}

macro_rules! spec_methods {
    ($marker:ident, $python:literal, $ty:ident, $this:ident => $base:expr, $suffix:literal) => {
        struct $marker;
        #[builtin_methods($python)]
        impl $marker {
            #[new]
            fn new(_cls: ClassRef, #[kw] origin: Value) -> Object {
                let base = SpecArgs {
                    header: header::<$ty>(),
                    origin: Slot::new(origin.to_object()),
                };
                $marker::wrap(base)
            }
            fn __repr__($this: &$ty) -> Result<String, Raised> {
                let origin = $base.origin.get().unwrap_or_else(Object::none);
                match origin.cast::<ParamSpec>() {
                    Some(p) => Ok(format!("{}.{}", p.base.name_text(), $suffix)),
                    None => Ok(format!("{}.{}", crate::support::repr(origin.value())?, $suffix)),
                }
            }
            fn __eq__($this: &$ty, other: Value) -> Result<Object, Raised> {
                let Some(o) = other.exact::<$ty>() else {
                    return Ok(Object::not_implemented());
                };
                let (a, b) = ($base.origin.get(), o.as_args().origin.get());
                match (a, b) {
                    (Some(a), Some(b)) => ops::is_equal(a.value(), b.value()).map(Object::bool),
                    _ => Ok(Object::bool(false)),
                }
            }
            fn __hash__($this: &$ty) -> Result<i64, Raised> {
                let origin = $base.origin.get().unwrap_or_else(Object::none);
                ops::hash(origin.value())
            }
            fn __mro_entries__($this: Value, _bases: Value) -> Result<Object, Raised> {
                Err(cannot_subclass($this))
            }
            #[getter]
            fn __origin__($this: &$ty) -> Option<Object> {
                $base.origin.get()
            }
        }
    };
}
impl SpecArgs {
    fn as_args(&self) -> &SpecArgs {
        self
    }
}
impl SpecKwargs {
    fn as_args(&self) -> &SpecArgs {
        &self.base
    }
}
spec_methods!(SpecArgsMethods, "ParamSpecArgs", SpecArgs, this => this, "args");
spec_methods!(SpecKwargsMethods, "ParamSpecKwargs", SpecKwargs, this => this.base, "kwargs");
impl SpecArgsMethods {
    fn wrap(base: SpecArgs) -> Object {
        alloc(base)
    }
}
impl SpecKwargsMethods {
    fn wrap(base: SpecArgs) -> Object {
        alloc(SpecKwargs { base })
    }
}

struct NoDefaults;
#[builtin_methods(NoDefaultType)]
impl NoDefaults {
    #[new]
    fn new(_cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        if !args.is_empty() || !kwargs.is_empty() {
            return Err(raise::type_error("NoDefaultType takes no arguments".into()));
        }
        Ok(no_default())
    }
    fn __repr__(_this: &NoDefault) -> &'static str {
        "typing.NoDefault"
    }
    fn __reduce__(_this: &NoDefault) -> &'static str {
        "NoDefault"
    }
}

struct Evaluators;
#[builtin_methods("_typing._ConstEvaluator")]
impl Evaluators {
    fn __call__(this: &ConstEvaluator, format: i64) -> Result<Object, Raised> {
        let v = this.value.get().unwrap_or_else(Object::none);
        // Format 4 wants source text.
        if format != 4 {
            return Ok(v);
        }
        match v.exact::<Tuple>() {
            Some(t) => {
                let parts: Result<Vec<String>, Raised> = t.items().iter().map(|i| type_repr(*i)).collect();
                let parts = parts?;
                let comma = if parts.len() == 1 { "," } else { "" };
                Ok(Str::new(&format!("({}{comma})", parts.join(", "))))
            }
            None => Ok(Str::new(&type_repr(v.value())?)),
        }
    }
    fn __repr__(this: &ConstEvaluator) -> Result<String, Raised> {
        let v = this.value.get().unwrap_or_else(Object::none);
        Ok(format!("<constevaluator {}>", crate::support::repr(v.value())?))
    }
}

struct Generics;
#[builtin_methods("typing.Generic")]
impl Generics {
    #[classmethod]
    fn __class_getitem__(cls: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        forward("_generic_class_getitem", cls, args, kwargs)
    }
    #[classmethod]
    fn __init_subclass__(cls: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        forward("_generic_init_subclass", cls, args, kwargs)
    }
}
fn forward(name: &str, cls: Value, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
    let f = import_from("typing", name)?;
    let mut all = vec![cls];
    all.extend_from_slice(args);
    let keywords: Vec<(Value, Value)> = kwargs.iter().collect();
    call::call_keywords(f.value(), &all, &keywords)
}
/// `Generic[parameters]` as a base of a class with a type parameter list.
pub fn subscript_generic(parameters: Value) -> Result<Object, Raised> {
    let mut all = Vec::new();
    for p in ops::sequence_items(parameters)? {
        all.push(if p.cast::<TypeVarTuple>().is_some() {
            unpacked(p.value())?
        } else {
            p
        });
    }
    let all = tuple(all);
    call_typing("_GenericAlias", &[Generic::class().as_value(), all.value()])
}

pub fn init() {
    let param = flags::DICT | flags::WEAKREF;
    define::<Parameter>(
        "TypeVar",
        "typing",
        None,
        param,
        TypeVars::METHODS,
        Some("A type variable."),
    );
    define::<ParamSpec>(
        "ParamSpec",
        "typing",
        None,
        param,
        ParamSpecs::METHODS,
        Some("A parameter specification variable."),
    );
    define::<TypeVarTuple>(
        "TypeVarTuple",
        "typing",
        None,
        param,
        TypeVarTuples::METHODS,
        Some("A type variable for a tuple of types."),
    );
    define::<SpecArgs>(
        "ParamSpecArgs",
        "typing",
        None,
        flags::WEAKREF,
        SpecArgsMethods::METHODS,
        Some("The positional arguments of a ParamSpec."),
    );
    define::<SpecKwargs>(
        "ParamSpecKwargs",
        "typing",
        None,
        flags::WEAKREF,
        SpecKwargsMethods::METHODS,
        Some("The keyword arguments of a ParamSpec."),
    );
    define::<NoDefault>("NoDefaultType", "typing", None, 0, NoDefaults::METHODS, None);
    define::<ConstEvaluator>(
        "_ConstEvaluator",
        "_typing",
        None,
        flags::NO_NEW,
        Evaluators::METHODS,
        None,
    );
    let generic = define::<Generic>(
        "Generic",
        "typing",
        None,
        flags::BASETYPE,
        Generics::METHODS,
        Some("Abstract base class for generic types."),
    );
    debug_assert!(generic.has(flags::BASETYPE));
    // Its instances have nothing of their own, so it goes together with any other base.
    generic.share_layout(kiln_object::instance::Instance::class());
    let o = alloc(NoDefault {
        header: header::<NoDefault>(),
    });
    o.header().make_immortal();
    NO_DEFAULT.store(o.into_value().0, Ordering::Relaxed);
}
