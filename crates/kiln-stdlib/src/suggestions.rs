//! `_suggestions`: the name nearest to a misspelt one, for the `traceback` module.

use kiln_macros::builtin_module;

/// Which of some names may have been meant.
#[builtin_module("_suggestions")]
pub mod module {
    use kiln_object::list::List;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Value};

    /// The candidate nearest to `item`; `None` when none is near.
    pub fn _generate_suggestions(candidates: Value, item: Value) -> Result<Option<Object>, Raised> {
        let Some(item) = item.cast::<Str>() else {
            let class = item.class().name();
            return Err(kiln_object::raise!(
                TypeError,
                "_generate_suggestions() argument 2 must be str, not {class}"
            ));
        };
        let Some(list) = candidates.exact::<List>() else {
            return Err(kiln_object::raise!(TypeError, "candidates must be a list"));
        };
        let mut names = Vec::with_capacity(list.len());
        for candidate in list.snapshot() {
            match candidate.cast::<Str>() {
                Some(name) => names.push(name.to_string_lossy()),
                None => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "all elements in 'candidates' must be strings"
                    ));
                }
            }
        }
        let found = crate::traceback::nearest(&item.to_string_lossy(), &names);
        Ok(found.map(|name| Str::new(&name)))
    }
}
