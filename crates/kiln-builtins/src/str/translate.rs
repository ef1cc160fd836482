//! `str.translate` and `str.maketrans`.

use kiln_object::dict::Dict;
use kiln_object::exception::exc;
use kiln_object::int::AnyInt;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, ops, raise};
use kiln_text::TextBuf;

/// What a table says of a character: `None` when it says nothing.
fn mapping(table: Value, code: u32) -> Result<Option<Object>, Raised> {
    let key = Object::int(i64::from(code));
    if let Some(dict) = table.exact::<Dict>() {
        return dict.get(key.value());
    }
    match ops::get_item(table, key.value()) {
        Ok(found) => Ok(Some(found)),
        Err(r) => kiln_object::raise::catch(r, &exc::LookupError).map(|_| None),
    }
}

pub fn translate(text: &Str, table: Value) -> Result<Object, Raised> {
    let mut out = TextBuf::with_capacity_for(text.len(), text.text().unit_max());
    for at in 0..text.len() {
        let code = text.at(at);
        let Some(mapped) = mapping(table, code)? else {
            out.push(code);
            continue;
        };
        if mapped.is_none() {
            continue;
        }
        if let Some(replacement) = mapped.cast::<Str>() {
            out.push_text(replacement.text());
            continue;
        }
        match mapped.as_int() {
            Some(AnyInt::Small(code @ 0..=0x10_ffff)) => out.push(code as u32),
            Some(_) => return Err(raise!(ValueError, "character mapping must be in range(0x110000)")),
            None => return Err(raise!(TypeError, "character mapping must return integer, None or str")),
        }
    }
    Ok(Str::from_text(out.as_text()))
}

/// `str.maketrans(x, y, z)`.
pub fn make_table(x: Value, y: Option<&Str>, z: Option<&Str>) -> Result<Object, Raised> {
    let table = Dict::new_object();
    let dict = table.expect::<Dict>();
    let Some(y) = y else {
        let Some(pairs) = x.cast::<Dict>() else {
            return Err(raise!(
                TypeError,
                "if you give only one argument to maketrans it must be a dict"
            ));
        };
        for (key, value) in pairs.snapshot() {
            if key.as_int().is_some() {
                dict.set(key.value(), value.value())?;
            } else if let Some(text) = key.cast::<Str>() {
                if text.len() != 1 {
                    return Err(raise!(ValueError, "string keys in translatetable must be of length 1"));
                }
                dict.set(Object::int(i64::from(text.at(0))).value(), value.value())?;
            } else {
                return Err(raise!(TypeError, "keys in translate table mustbe strings or integers"));
            }
        }
        return Ok(table);
    };
    let Some(x) = x.cast::<Str>() else {
        return Err(raise!(
            TypeError,
            "first maketrans argument must be a string if there is a second argument"
        ));
    };
    if x.len() != y.len() {
        return Err(raise!(
            ValueError,
            "the first two maketrans arguments must have equal length"
        ));
    }
    let code = |text: &Str, at: usize| Object::int(i64::from(text.at(at)));
    for at in 0..x.len() {
        dict.set(code(x, at).value(), code(y, at).value())?;
    }
    if let Some(z) = z {
        for at in 0..z.len() {
            dict.set(code(z, at).value(), kiln_object::singletons::none())?;
        }
    }
    Ok(table)
}
