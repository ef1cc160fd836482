//! `UnicodeError` and its kinds.

use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, exc, raise};

/// A `UnicodeEncodeError` about `object[start:end]`.
pub fn encode_error(object: Value, encoding: &str, start: usize, end: usize, reason: &str) -> Raised {
    let fields = vec![
        Str::new(encoding),
        object.to_object(),
        Object::int(start as i64),
        Object::int(end as i64),
        Str::new(reason),
    ];
    let extra = fields.iter().cloned().map(Some).collect();
    raise::with_extra(exc::UnicodeEncodeError.get(), fields, extra)
}
