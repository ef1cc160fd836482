//! "Did you mean": the name nearest to one that was not found, by CPython's measure.

use super::stack;
use kiln_object::dict::Dict;
use kiln_object::exception::{BaseException, exc};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Value, attr, raise};

const MOVE: usize = 2;
const CASE: usize = 1;
const MAX_NAMES: usize = 750;
const MAX_LENGTH: usize = 40;

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

/// The weighted edit distance; anything above `limit` when it is greater.
fn distance(a: &[u8], b: &[u8], limit: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return MOVE * (a.len() + b.len());
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    let (a, b) = if b.len() < a.len() { (b, a) } else { (a, b) };
    if (b.len() - a.len()) * MOVE > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (i, y) in b.iter().enumerate() {
        let mut above = i * MOVE;
        result = above;
        let mut least = usize::MAX;
        for (j, x) in a.iter().enumerate() {
            let replaced = above + substitution(*x, *y);
            above = row[j];
            let moved = result.min(above) + MOVE;
            result = replaced.min(moved);
            row[j] = result;
            least = least.min(result);
        }
        if least > limit {
            return limit + 1;
        }
    }
    result
}

/// The best of `names` for `wrong`.
pub fn nearest(wrong: &str, names: &[String]) -> Option<String> {
    if names.len() >= MAX_NAMES {
        return None;
    }
    let mut best: Option<&String> = None;
    let mut best_distance = usize::MAX;
    for name in names.iter().filter(|name| *name != wrong) {
        let allowed = ((name.len() + wrong.len() + 3) * MOVE / 6).min(best_distance - 1);
        let d = distance(wrong.as_bytes(), name.as_bytes(), allowed);
        if d <= allowed {
            best = Some(name);
            best_distance = d;
        }
    }
    best.cloned()
}

fn strings(items: Vec<Object>) -> Vec<String> {
    items
        .iter()
        .filter_map(|o| o.cast::<Str>().map(Str::to_string_lossy))
        .collect()
}

fn dir(object: Value) -> Option<Vec<String>> {
    let builtins = crate::state::module("builtins")?;
    let names =
        attr::get_attr_str(builtins.value(), "dir").and_then(|dir| kiln_object::call::call(dir.value(), &[object]));
    match names {
        Ok(names) => names.cast::<List>().map(|list| strings(list.snapshot())),
        Err(raised) => {
            raise::clear(raised);
            None
        }
    }
}

fn quiet<T>(result: Result<T, kiln_object::Raised>) -> Option<T> {
    result.map_err(raise::clear).ok()
}

fn local(frame: &Object, name: &str) -> Option<Object> {
    let locals = quiet(attr::get_attr_str(frame.value(), "f_locals"))?;
    quiet(kiln_object::ops::get_item(locals.value(), Str::new(name).value()))
}

fn hide(names: Vec<String>, wrong: &str) -> Vec<String> {
    if wrong.starts_with('_') {
        names
    } else {
        names.into_iter().filter(|n| !n.starts_with('_')).collect()
    }
}

fn names_of(frame: &Object, what: &str) -> Vec<String> {
    let Some(namespace) = quiet(attr::get_attr_str(frame.value(), what)) else {
        return Vec::new();
    };
    match namespace.exact::<Dict>() {
        Some(dict) => strings(dict.snapshot().into_iter().map(|(key, _)| key).collect()),
        None => quiet(kiln_object::ops::to_vec(namespace.value()))
            .map(strings)
            .unwrap_or_default(),
    }
}

/// What to add to the message of a `NameError`, `AttributeError` or `ImportError`.
pub fn suggestion(exception: Value) -> Option<String> {
    let e = exception.cast::<BaseException>()?;
    let is = |class: &kiln_object::TypeCell| exception.class().is_subtype(class.get());
    let traceback = e.traceback.get();
    if is(&exc::ImportError) {
        let wrong = e.extra_at(3)?.cast::<Str>()?.to_string_lossy();
        let module = e.extra_at(1)?.cast::<Str>()?.to_string_lossy();
        let module = crate::state::module(&module)?;
        let found = nearest(&wrong, &hide(dir(module.value())?, &wrong))?;
        return Some(format!(". Did you mean: '{found}'?"));
    }
    if is(&exc::AttributeError) {
        let wrong = e.extra_at(0)?.cast::<Str>()?.to_string_lossy();
        let object = e.extra_at(1)?;
        let own = stack::innermost(traceback).and_then(|frame| local(&frame, "self"));
        let names = dir(object.value())?;
        let names = if own.is_some_and(|s| s.value() == object.value()) {
            names
        } else {
            hide(names, &wrong)
        };
        let found = nearest(&wrong, &names)?;
        return Some(format!(". Did you mean: '{found}'?"));
    }
    if is(&exc::NameError) {
        let wrong = e.extra_at(0)?.cast::<Str>()?.to_string_lossy();
        let found = name_suggestion(traceback, &wrong);
        let mut text = found.map(|f| format!(". Did you mean: '{f}'?"));
        if crate::import::library::is_standard(&wrong) {
            text = Some(match text {
                Some(text) => format!("{text} Or did you forget to import '{wrong}'?"),
                None => format!(". Did you forget to import '{wrong}'?"),
            });
        }
        return text;
    }
    None
}

fn name_suggestion(traceback: Option<Object>, wrong: &str) -> Option<String> {
    let frame = stack::innermost(traceback)?;
    if let Some(own) = local(&frame, "self")
        && let Some(Some(_)) = quiet(attr::find_attr_str(own.value(), wrong))
    {
        return Some(format!("self.{wrong}"));
    }
    let names: Vec<String> = ["f_locals", "f_globals", "f_builtins"]
        .iter()
        .flat_map(|what| names_of(&frame, what))
        .collect();
    nearest(wrong, &names)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_nearest() {
        let names: Vec<String> = ["append", "extend", "pop", "print", "blech"].map(str::to_owned).into();
        assert_eq!(nearest("apend", &names).as_deref(), Some("append"));
        assert_eq!(nearest("Print", &names).as_deref(), Some("print"));
        assert_eq!(nearest("bluch", &names).as_deref(), Some("blech"));
        assert_eq!(nearest("zzzzz", &names), None);
    }
}
