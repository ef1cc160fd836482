//! What syntax makes of these objects: type parameter lists, `type` statements, t-strings, `except*`.

use super::params::{self, Kind, Parameter};
use super::{template, type_alias};
use crate::exceptions::group;
use crate::support::tuple;
use kiln_object::hooks::{Make, set_hooks};
use kiln_object::{Object, Raised, Value, ops};

fn make(what: Make, args: &[Value]) -> Result<Object, Raised> {
    let arg = |i: usize| args.get(i).copied().unwrap_or_else(kiln_object::singletons::none);
    Ok(match what {
        Make::TypeVar => params::declare(Kind::TypeVar, arg(0)),
        Make::TypeVarBound => {
            let o = params::declare(Kind::TypeVar, arg(0));
            o.expect::<Parameter>().evaluate_bound.set(arg(1).to_object());
            o
        }
        Make::TypeVarConstraints => {
            let o = params::declare(Kind::TypeVar, arg(0));
            o.expect::<Parameter>().evaluate_constraints.set(arg(1).to_object());
            o
        }
        Make::ParamSpec => params::declare(Kind::ParamSpec, arg(0)),
        Make::TypeVarTuple => params::declare(Kind::TypeVarTuple, arg(0)),
        Make::TypeParamDefault => {
            let p = arg(0);
            p.expect::<Parameter>().evaluate_default.set(arg(1).to_object());
            p.to_object()
        }
        Make::Generic => params::subscript_generic(arg(0))?,
        Make::TypeAlias => type_alias::declare(arg(0), arg(1), arg(2)),
        Make::Template => template::new_template(arg(0), arg(1)),
        Make::Interpolation => template::new_interpolation(arg(0), arg(1), arg(2), arg(3)),
        Make::SplitGroup => {
            let (rest, found) = group::match_star(arg(0), arg(1))?;
            let or_none = |o: Option<Object>| o.unwrap_or_else(Object::none);
            tuple(vec![or_none(rest), or_none(found)])
        }
        Make::PrepareReraise => {
            let raised = ops::sequence_items(arg(1))?;
            group::prepare_reraise(arg(0), &raised)?.unwrap_or_else(Object::none)
        }
    })
}

pub fn init() {
    set_hooks(|h| h.make = make);
}
