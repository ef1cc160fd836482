//! Replacement templates: literals and group numbers, as `re._parser.parse_template` takes them apart.

use super::matches::Match;
use super::pattern::Pattern;
use super::subject::join;
use kiln_object::layout::{Plain, Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::object_struct;
use kiln_object::str::Str;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, ops, raise};

object_struct! {
    /// A parsed template: `[literal, group, literal, …]` in `parts`.
    pub struct Template = "_sre.SRE_Template", Container { parts: Slot, is_bytes: Plain<bool> }
}

pub fn define_class() {
    define::<Template>("SRE_Template", "_sre", None, flags::NO_NEW, &[], None);
}

pub fn new(pattern: Value, parts: &List) -> Result<Object, Raised> {
    let groups = pattern.cast::<Pattern>().map_or(0, |pattern| pattern.groups());
    let items = parts.snapshot();
    for (at, item) in items.iter().enumerate() {
        if at % 2 == 1 && !(0..=groups as i64).contains(&ops::index_clamped(item.value())?) {
            return Err(raise!(TypeError, "invalid template"));
        }
    }
    let is_bytes = items.first().is_some_and(|item| item.cast::<Str>().is_none());
    Ok(alloc(Template {
        header: header::<Template>(),
        parts: Slot::new(List::from_vec(items)),
        is_bytes: Plain(is_bytes),
    }))
}

impl Template {
    /// The template filled in with the groups of a match.
    pub fn expand(&self, found: &Match) -> Result<Object, Raised> {
        let Some(parts) = self.parts.get() else { return Ok(Str::new("")) };
        let mut pieces = Vec::new();
        for (at, part) in parts.expect::<List>().snapshot().into_iter().enumerate() {
            if at % 2 == 0 {
                pieces.push(part);
                continue;
            }
            let group = ops::index_clamped(part.value())? as usize;
            if let Some(text) = found.group_text(group)? {
                pieces.push(text);
            }
        }
        join(self.is_bytes.0, &pieces)
    }
}
