//! "Did you mean": the candidate nearest to a misspelt name.
//!
//! Distances are Levenshtein's with a cost of 2 per edit and 1 for a change of case only, so that the suggestions are
//! those of CPython's tracebacks.

use crate::support::text;
use kiln_object::exception::{BaseException, is_instance};
use kiln_object::{Object, Raised, Value, exc, raise};

const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
const MOVE: usize = 2;
const CASE: usize = 1;

fn substitution(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE
    } else {
        MOVE
    }
}

/// The distance between two names, or `limit + 1` when it is greater than `limit`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    a.drain(..prefix);
    b.drain(..prefix);
    while let (Some(x), Some(y)) = (a.last(), b.last())
        && x == y
    {
        a.pop();
        b.pop();
    }
    if a.is_empty() || b.is_empty() {
        return MOVE * (a.len() + b.len());
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    if a.len().abs_diff(b.len()) * MOVE > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=b.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i * MOVE;
        result = diagonal;
        let mut least = usize::MAX;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + substitution(*x, *y);
            diagonal = row[j];
            result = substituted.min(result.min(diagonal) + MOVE);
            row[j] = result;
            least = least.min(result);
        }
        if least > limit {
            return limit + 1;
        }
    }
    result
}

/// The best of the candidates, if one is near enough.
pub fn nearest(wrong: &str, candidates: &[String]) -> Option<String> {
    let length = wrong.chars().count();
    if candidates.len() > MAX_CANDIDATES || length > MAX_LENGTH {
        return None;
    }
    let mut best: Option<&String> = None;
    let mut best_distance = length;
    for c in candidates {
        if c == wrong {
            continue;
        }
        let most = (c.chars().count() + length + 3) * MOVE / 6;
        let Some(below) = best_distance.checked_sub(1) else {
            break;
        };
        let limit = most.min(below);
        let d = distance(wrong, c, limit);
        if d > limit {
            continue;
        }
        if best.is_none() || d < best_distance {
            best = Some(c);
            best_distance = d;
        }
    }
    best.cloned()
}

fn texts(list: Result<Object, Raised>) -> Vec<String> {
    match list.and_then(|l| kiln_object::ops::to_vec(l.value())) {
        Ok(items) => items
            .iter()
            .filter(|n| n.cast::<kiln_object::str::Str>().is_some())
            .map(|n| text(n.value()))
            .collect(),
        Err(r) => {
            raise::clear(r);
            Vec::new()
        }
    }
}

/// The suggestion for an uncaught exception. `scope` are the names visible where a `NameError` was raised.
pub fn for_exception(exception: Value, scope: &[String]) -> Option<String> {
    let e = exception.cast::<BaseException>()?;
    let is = |class| is_instance(exception, class);
    if is(&exc::AttributeError) {
        let name = super::extra::get(e, 0).filter(|n| n.cast::<kiln_object::str::Str>().is_some())?;
        let object = super::extra::get(e, 1)?;
        let wrong = text(name.value());
        let mut names = texts(crate::object::dir::sorted(object.value()));
        if !wrong.starts_with('_') {
            names.retain(|n| !n.starts_with('_'));
        }
        return nearest(&wrong, &names);
    }
    if is(&exc::ImportError) {
        let module = super::extra::get(e, 1)?;
        let wrong = super::extra::get(e, 3)?;
        let wrong = text(wrong.value());
        let module = crate::support::import(&text(module.value()));
        let names = texts(module.and_then(|m| crate::object::dir::sorted(m.value())));
        return nearest(&wrong, &names);
    }
    if is(&exc::NameError) {
        let name = super::extra::get(e, 0)?;
        return nearest(&text(name.value()), scope);
    }
    None
}
