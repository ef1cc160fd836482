//! `__build_class__`: what the `class` statement calls.

use crate::class::layout::metaclass;
use crate::support::is_class;
use kiln_object::args::{Keywords, Rest};
use kiln_object::descr::CellObject;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::hooks::hooks;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, flags, type_type};
use kiln_object::{Object, Raised, Special, Type, Value, attr, call, intern, raise};

/// Replaces bases that have `__mro_entries__` by what it says.
fn resolve_bases(bases: Rest<'_>) -> Result<Option<Vec<Object>>, Raised> {
    let mut resolved: Option<Vec<Object>> = None;
    let original = Tuple::from_values(bases);
    for (i, b) in bases.iter().enumerate() {
        let entries = if b.cast::<Type>().is_some() {
            None
        } else {
            attr::find_attr(*b, Special::MroEntries.name())?
        };
        let Some(f) = entries else {
            if let Some(r) = &mut resolved {
                r.push(b.to_object());
            }
            continue;
        };
        let new = call::call(f.value(), &[original.value()])?;
        let Some(t) = new.cast::<Tuple>() else {
            return Err(raise::type_error("__mro_entries__ must return a tuple".into()));
        };
        resolved
            .get_or_insert_with(|| bases[..i].iter().map(|v| v.to_object()).collect())
            .extend(t.items().iter().map(|v| v.to_object()));
    }
    Ok(resolved)
}

fn is_mapping(v: Value) -> bool {
    v.cast::<Dict>().is_some() || v.class().special(Special::GetItem).is_some() && !v.class().has(flags::SEQUENCE)
}

/// `__build_class__(func, name, *bases, metaclass=None, **keywords)`.
pub fn build_class(args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
    let [func, name, bases @ ..] = args else {
        return Err(raise::type_error("__build_class__: not enough arguments".into()));
    };
    if !func.is_exact::<Function>() {
        return Err(raise::type_error("__build_class__: func must be a function".into()));
    }
    if name.cast::<kiln_object::str::Str>().is_none() {
        return Err(raise::type_error("__build_class__: name is not a string".into()));
    }
    let original = Tuple::from_values(bases);
    let resolved = resolve_bases(bases)?;
    let (base_tuple, changed) = match resolved {
        Some(r) => (Tuple::from_vec(r), true),
        None => (original.clone(), false),
    };
    let explicit = keywords.get("metaclass");
    let metaclass_name = intern!("metaclass");
    let others: Vec<(Value, Value)> = keywords
        .iter()
        .filter(|(k, _)| *k != metaclass_name && !kiln_object::convert::str_is(*k, "metaclass"))
        .collect();
    let base_values: Vec<Value> = base_tuple.expect::<Tuple>().items().to_vec();
    let mut meta = match explicit {
        Some(m) => m.to_object(),
        None => match base_values.first() {
            Some(b) => b.class().as_value().to_object(),
            None => type_type().as_value().to_object(),
        },
    };
    let meta_is_class = is_class(meta.value());
    if let Some(ClassRef(m)) = ClassRef::of(meta.value()) {
        meta = metaclass(m, &base_values)?.as_value().to_object();
    }
    let namespace = match attr::find_attr(meta.value(), Special::Prepare.name())? {
        None => Dict::new_object(),
        Some(prepare) => call::call_keywords(prepare.value(), &[*name, base_tuple.value()], &others)?,
    };
    if !is_mapping(namespace.value()) {
        let who = match meta.cast::<Type>() {
            Some(t) if meta_is_class => t.name(),
            _ => "<metaclass>".to_owned(),
        };
        return Err(kiln_object::raise!(
            TypeError,
            "{who}.__prepare__() must return a mapping, not {}",
            namespace.class().name()
        ));
    }
    let cell = (hooks().run_body)(*func, namespace.value())?;
    if changed {
        kiln_object::ops::set_item(namespace.value(), intern!("__orig_bases__"), original.value())?;
    }
    let class = call::call_keywords(meta.value(), &[*name, base_tuple.value(), namespace.value()], &others)?;
    if is_class(class.value())
        && let Some(c) = cell.cast::<CellObject>()
    {
        let repr = |v: Value| kiln_object::ops::repr_lossy(v);
        match c.content.get() {
            None => {
                return Err(kiln_object::raise!(
                    RuntimeError,
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    repr(*name),
                    repr(class.value())
                ));
            }
            Some(v) if v.value() != class.value() => {
                return Err(kiln_object::raise!(
                    TypeError,
                    "__class__ set to {} defining {} as {}",
                    repr(v.value()),
                    repr(*name),
                    repr(class.value())
                ));
            }
            Some(_) => {}
        }
    }
    Ok(class)
}
