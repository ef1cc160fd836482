//! `ast.AST`: what all nodes do.

use super::classes;
use super::nodes::Node;
use kiln_builtins::shared::{ReprGuard, push_repr};
use kiln_builtins::typing::alias::GenericAlias;
use kiln_builtins::typing::union::Union;
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::call_keywords;
use kiln_object::dict::Dict;
use kiln_object::layout::{alloc_instance, header};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, attr, exc, instance, intern, object_struct, ops};
use kiln_text::TextBuf;

object_struct! {
    /// A node; everything is in its attributes.
    pub struct Ast = "AST", Container {}
}

/// A node without attributes.
pub fn new_node(class: ClassRef) -> Object {
    alloc_instance(
        class.0,
        Ast {
            header: header::<Ast>(),
        },
    )
}

/// The items of a tuple (or other sequence) that the class has as attribute `name`; none if it has none.
fn class_names(this: Value, name: Value) -> Result<Option<Vec<Object>>, Raised> {
    match attr::find_attr(this.class().as_value(), name)? {
        Some(found) => Ok(Some(ops::sequence_items(found.value())?)),
        None => Ok(None),
    }
}

fn holds(names: &[Object], name: Value) -> Result<bool, Raised> {
    for item in names {
        if ops::is_equal(item.value(), name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes `name` out of `names`: whether it was there.
fn discard(names: &mut Vec<Object>, name: Value) -> Result<bool, Raised> {
    for i in 0..names.len() {
        if ops::is_equal(names[i].value(), name)? {
            names.remove(i);
            return Ok(true);
        }
    }
    Ok(false)
}

fn deprecated(message: &str) -> Result<(), Raised> {
    crate::warnings::warn(&exc::DeprecationWarning, message, 1)
}

/// Gives a field that the constructor did not get what its type says.
fn fill_field(this: Value, types: Value, name: Value) -> Result<(), Raised> {
    let class = this.class().name();
    let Some(ty) = types.expect::<Dict>().get(name)? else {
        return deprecated(&format!(
            "Field {} is missing from {class}._field_types. This will become an error in Python 3.15.",
            ops::repr_lossy(name)
        ));
    };
    if ty.cast::<Union>().is_some() {
        return Ok(());
    }
    if ty.cast::<GenericAlias>().is_some() {
        return attr::set_attr(this, name, Some(List::new().value()));
    }
    let all = classes::get()?;
    if ty.value() == all.class(Node::expr_context).as_value() {
        return attr::set_attr(this, name, Some(all.single(Node::Load).value()));
    }
    deprecated(&format!(
        "{class}.__init__ missing 1 required positional argument: {}. This will become an error in Python 3.15.",
        ops::repr_lossy(name)
    ))
}

#[kiln_macros::builtin_methods(AST)]
impl Ast {
    #[new]
    fn new(cls: ClassRef, _args: Rest<'_>, _keywords: Keywords<'_>) -> Object {
        new_node(cls)
    }
    fn __init__(this: Value, args: Rest<'_>, keywords: Keywords<'_>) -> Result<(), Raised> {
        let class = this.class().name();
        let fields = class_names(this, intern!("_fields"))?.unwrap_or_default();
        if args.len() > fields.len() {
            return Err(kiln_object::raise!(
                TypeError,
                "{class} constructor takes at most {} positional argument{}",
                fields.len(),
                if fields.len() == 1 { "" } else { "s" }
            ));
        }
        let mut remaining = fields.clone();
        for (name, value) in fields.iter().zip(args) {
            attr::set_attr(this, name.value(), Some(*value))?;
            discard(&mut remaining, name.value())?;
        }
        let mut attributes = None;
        for (name, value) in keywords.iter() {
            if holds(&fields, name)? {
                if !discard(&mut remaining, name)? {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "{class} got multiple values for argument {}",
                        ops::repr_lossy(name)
                    ));
                }
            } else {
                if attributes.is_none() {
                    attributes = Some(class_names(this, intern!("_attributes"))?.unwrap_or_default());
                }
                if !holds(attributes.as_deref().unwrap_or_default(), name)? {
                    deprecated(&format!(
                        "{class}.__init__ got an unexpected keyword argument {}. Support for arbitrary keyword \
                         arguments is deprecated and will be removed in Python 3.15.",
                        ops::repr_lossy(name)
                    ))?;
                }
            }
            let name = attr::intern_name(name)?;
            attr::set_attr(this, name.value(), Some(value))?;
        }
        if remaining.is_empty() {
            return Ok(());
        }
        let types = attr::find_attr(this.class().as_value(), intern!("_field_types"))?;
        if let Some(types) = types.filter(|types| types.cast::<Dict>().is_some()) {
            for name in remaining {
                fill_field(this, types.value(), name.value())?;
            }
        }
        Ok(())
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
    #[setter]
    #[name = "__dict__"]
    fn set_dict(this: Value, value: Option<Value>) -> Result<(), Raised> {
        match value {
            Some(dict) if dict.cast::<Dict>().is_some() => {
                instance::set_dict(this, dict.to_object());
                Ok(())
            }
            Some(other) => Err(kiln_object::raise!(
                TypeError,
                "__dict__ must be set to a dictionary, not a '{}'",
                other.class().name()
            )),
            None => Err(kiln_object::raise!(TypeError, "cannot delete __dict__")),
        }
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let mut out = TextBuf::new();
        push_node(&mut out, this, 3)?;
        Ok(Str::from_text(out.as_text()))
    }
    /// The leading fields stand as arguments too, as None: were they not there, the constructor would complain.
    fn __reduce__(this: Value) -> Result<Object, Raised> {
        let class = this.class().as_value().to_object();
        let rest = Dict::new_object();
        let d = rest.expect::<Dict>();
        for (name, value) in instance::own_attributes(this) {
            d.set(name.value(), value.value())?;
        }
        let mut args = Vec::new();
        for name in class_names(this, intern!("_fields"))?.unwrap_or_default() {
            if !d.contains(name.value())? {
                break;
            }
            args.push(Object::none());
        }
        Ok(Tuple::from_vec(vec![class, Tuple::from_vec(args), rest]))
    }
    fn __replace__(this: Value, keywords: Keywords<'_>) -> Result<Object, Raised> {
        let class = this.class().name();
        let attributes = class_names(this, intern!("_attributes"))?.unwrap_or_default();
        let mut expected = class_names(this, intern!("_fields"))?.unwrap_or_default();
        expected.extend(attributes.iter().cloned());
        for (name, _) in keywords.iter() {
            if !discard(&mut expected, name)? {
                return Err(kiln_object::raise!(
                    TypeError,
                    "{class}.__replace__ got an unexpected keyword argument {}.",
                    ops::repr_lossy(name)
                ));
            }
        }
        let own = instance::own_attributes(this);
        for name in own.iter().map(|(name, _)| name).chain(&attributes) {
            discard(&mut expected, name.value())?;
        }
        if let Some(types) = attr::find_attr(this.class().as_value(), intern!("_field_types"))?
            && let Some(types) = types.cast::<Dict>()
        {
            for (name, ty) in types.snapshot() {
                if ty.cast::<Union>().is_some() {
                    discard(&mut expected, name.value())?;
                }
            }
        }
        if !expected.is_empty() {
            let mut names: Vec<String> = expected.iter().map(|name| ops::repr_lossy(name.value())).collect();
            names.sort();
            return Err(kiln_object::raise!(
                TypeError,
                "{class}.__replace__ missing {} keyword argument{}: {}.",
                names.len(),
                if names.len() == 1 { "" } else { "s" },
                names.join(", ")
            ));
        }
        let mut named: Vec<(Value, Value)> = own
            .iter()
            .filter(|(name, _)| keywords.iter().all(|(other, _)| other != name.value()))
            .map(|(name, value)| (name.value(), value.value()))
            .collect();
        named.extend(keywords.iter());
        call_keywords(this.class().as_value(), &[], &named)
    }
}

fn is_node(v: Value) -> bool {
    v.class().is_subtype(classes::tree_class())
}

fn push_value(out: &mut TextBuf, v: Value, depth: u32) -> Result<(), Raised> {
    if is_node(v) { push_node(out, v, depth) } else { push_repr(out, v) }
}

/// A list or tuple: its first item and its last.
fn push_items(out: &mut TextBuf, items: &[Object], ends: (&str, &str), depth: u32) -> Result<(), Raised> {
    out.push_str(ends.0);
    if let [first, rest @ ..] = items {
        push_value(out, first.value(), depth)?;
        if rest.len() > 1 {
            out.push_str(", ...");
        }
        if let Some(last) = rest.last() {
            out.push_str(", ");
            push_value(out, last.value(), depth)?;
        }
    }
    out.push_str(ends.1);
    Ok(())
}

/// A node down to `depth` levels.
fn push_node(out: &mut TextBuf, this: Value, depth: u32) -> Result<(), Raised> {
    let name = this.class().name();
    let guard = if depth == 0 { None } else { ReprGuard::enter(this) };
    if guard.is_none() {
        out.push_str(&format!("{name}(...)"));
        return Ok(());
    }
    out.push_str(&name);
    out.push_str("(");
    for (i, field) in class_names(this, intern!("_fields"))?.unwrap_or_default().iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        let value = attr::get_attr(this, field.value())?;
        if let Some(text) = field.cast::<Str>() {
            out.push_text(text.text());
        }
        out.push_str("=");
        if let Some(list) = value.value().exact::<List>() {
            push_items(out, &list.snapshot(), ("[", "]"), depth - 1)?;
        } else if let Some(tuple) = value.value().exact::<Tuple>() {
            let items: Vec<Object> = tuple.items().iter().map(|v| v.to_object()).collect();
            push_items(out, &items, ("(", ")"), depth - 1)?;
        } else {
            push_value(out, value.value(), depth - 1)?;
        }
    }
    out.push_str(")");
    Ok(())
}
