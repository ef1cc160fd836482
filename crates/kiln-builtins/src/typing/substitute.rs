//! Type variables in the arguments of an alias: which there are, and putting types in their places.

use crate::support::repr;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Special, Type, Value, attr, call, intern, ops};

fn items(v: Value) -> Option<Vec<Object>> {
    if let Some(t) = v.cast::<Tuple>() {
        return Some(t.items().iter().map(|v| v.to_object()).collect());
    }
    v.cast::<List>().map(List::snapshot)
}

/// The type variables in `args`, each once, in order of appearance.
pub fn parameters(args: &[Object]) -> Result<Vec<Object>, Raised> {
    let mut found: Vec<Object> = Vec::new();
    let mut add = |o: Object| {
        if !found.iter().any(|f| f.value() == o.value()) {
            found.push(o);
        }
    };
    for a in args {
        if a.cast::<Type>().is_some() {
            continue;
        }
        if let Some(inner) = items(a.value()) {
            parameters(&inner)?.into_iter().for_each(&mut add);
            continue;
        }
        if attr::find_attr(a.value(), intern!("__typing_subst__"))?.is_some() {
            add(a.clone());
        } else if let Some(p) = attr::find_attr(a.value(), intern!("__parameters__"))?
            && let Some(t) = p.cast::<Tuple>()
        {
            t.items().iter().for_each(|v| add(v.to_object()));
        }
    }
    Ok(found)
}

/// The arguments of a subscription, unpacked tuples (`*tuple[int, str]`) spread out.
fn unpack(item: Value) -> Result<Vec<Object>, Raised> {
    let mut out = Vec::new();
    let given = match item.exact::<Tuple>() {
        Some(t) => t.items().iter().map(|v| v.to_object()).collect(),
        None => vec![item.to_object()],
    };
    for a in given {
        if a.cast::<Type>().is_none()
            && let Some(inner) = attr::find_attr(a.value(), intern!("__typing_unpacked_tuple_args__"))?
            && let Some(t) = inner.cast::<Tuple>()
            && t.items().last() != Some(&kiln_object::singletons::ellipsis())
        {
            out.extend(t.items().iter().map(|v| v.to_object()));
            continue;
        }
        out.push(a);
    }
    Ok(out)
}

fn position(parameters: &[Object], v: Value) -> Option<usize> {
    parameters.iter().position(|p| p.value() == v)
}

/// Puts the new types into an argument that is itself generic.
fn into_argument(a: &Object, parameters: &[Object], new: &[Object]) -> Result<Object, Raised> {
    let Some(sub) = attr::find_attr(a.value(), intern!("__parameters__"))? else {
        return Ok(a.clone());
    };
    let Some(t) = sub.cast::<Tuple>().filter(|t| !t.is_empty()) else {
        return Ok(a.clone());
    };
    let mut args = Vec::new();
    for &p in t.items() {
        match position(parameters, p) {
            Some(i) => {
                let v = &new[i];
                // A variadic parameter stands for a tuple of types.
                if p.class().special(Special::Iter).is_some()
                    && let Some(inner) = v.cast::<Tuple>()
                {
                    args.extend(inner.items().iter().map(|v| v.to_object()));
                } else {
                    args.push(v.clone());
                }
            }
            None => args.push(p.to_object()),
        }
    }
    let key = Tuple::from_vec(args);
    ops::get_item(a.value(), key.value())
}

/// The arguments of `alias[item]`.
pub fn substitute(alias: Value, args: &[Object], parameters: &[Object], item: Value) -> Result<Vec<Object>, Raised> {
    if parameters.is_empty() {
        return Err(kiln_object::raise!(
            TypeError,
            "{} is not a generic class",
            repr(alias)?
        ));
    }
    let mut new = unpack(item)?;
    for p in parameters {
        let Some(prepare) = attr::find_attr(p.value(), intern!("__typing_prepare_subst__"))?.filter(|f| !f.is_none())
        else {
            continue;
        };
        let tuple = Tuple::from_vec(new);
        let prepared = call::call(prepare.value(), &[alias, tuple.value()])?;
        new = match prepared.cast::<Tuple>() {
            Some(t) => t.items().iter().map(|v| v.to_object()).collect(),
            None => vec![prepared],
        };
    }
    if new.len() != parameters.len() {
        return Err(kiln_object::raise!(
            TypeError,
            "Too {} arguments for {}; actual {}, expected {}",
            if new.len() > parameters.len() { "many" } else { "few" },
            repr(alias)?,
            new.len(),
            parameters.len()
        ));
    }
    replace(alias, args, parameters, &new)
}

#[expect(clippy::only_used_in_recursion, reason = "nested aliases replace their own")]
fn replace(alias: Value, args: &[Object], parameters: &[Object], new: &[Object]) -> Result<Vec<Object>, Raised> {
    let mut out = Vec::new();
    for a in args {
        if a.cast::<Type>().is_some() || a.cast::<Str>().is_some() {
            out.push(a.clone());
            continue;
        }
        if let Some(inner) = items(a.value()) {
            let replaced = replace(alias, &inner, parameters, new)?;
            out.push(if a.cast::<Tuple>().is_some() {
                Tuple::from_vec(replaced)
            } else {
                List::from_vec(replaced)
            });
            continue;
        }
        let spread = match attr::find_attr(a.value(), intern!("__typing_is_unpacked_typevartuple__"))? {
            Some(v) => ops::is_true(v.value())?,
            None => false,
        };
        let result = match attr::find_attr(a.value(), intern!("__typing_subst__"))? {
            Some(f) => match position(parameters, a.value()) {
                Some(i) => call::call(f.value(), &[new[i].value()])?,
                None => a.clone(),
            },
            None => into_argument(a, parameters, new)?,
        };
        if spread {
            let Some(t) = result.cast::<Tuple>() else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "expected a tuple, not {}",
                    result.class().name()
                ));
            };
            out.extend(t.items().iter().map(|v| v.to_object()));
        } else {
            out.push(result);
        }
    }
    Ok(out)
}
