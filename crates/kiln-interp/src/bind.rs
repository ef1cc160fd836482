//! Binding of arguments to parameters, with CPython's words for what does not fit.

use crate::words::{read_word, take_word, typed, write_word};
use kiln_bytecode::{Code, co};
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, raise};
use smallvec::SmallVec;

/// The parameters of `f`, in register order, from arguments of which the last are named by the tuple `names`.
pub fn bind_general(
    f: &Function,
    code: &Code,
    mut given: SmallVec<[Object; 8]>,
    names: Option<Value>,
) -> Result<SmallVec<[Object; 8]>, Raised> {
    let named: SmallVec<[Object; 8]> = match names {
        Some(n) => given.drain(given.len() - n.expect::<Tuple>().len()..).collect(),
        None => SmallVec::new(),
    };
    let positional = code.arg_count as usize;
    let total = positional + code.kwonly_count as usize;
    let mut slots: SmallVec<[Option<Object>; 8]> = SmallVec::from_elem(None, total);
    let count = given.len();
    let mut rest: Vec<Object> = Vec::new();
    for (i, v) in given.into_iter().enumerate() {
        if i < positional {
            slots[i] = Some(v)
        } else {
            rest.push(v)
        }
    }
    let varkw = code.flags & co::VARKEYWORDS != 0;
    let kwargs = varkw.then(Dict::new_object);
    if let Some(names) = names {
        for (key, v) in names.expect::<Tuple>().items().iter().zip(named) {
            let Some(k) = key.cast::<Str>() else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "{}() keywords must be strings",
                    qualname(f)
                ));
            };
            let at = code.varnames[..total]
                .iter()
                .enumerate()
                .skip(code.posonly_count as usize)
                .find(|(_, n)| k.eq_str(n))
                .map(|(i, _)| i);
            match at {
                Some(i) if slots[i].is_some() => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "{}() got multiple values for argument '{}'",
                        qualname(f),
                        k.to_string_lossy()
                    ));
                }
                Some(i) => slots[i] = Some(v),
                None => match &kwargs {
                    Some(d) => d.expect::<Dict>().set(*key, v.value())?,
                    None => return Err(unexpected(f, code, k, names)),
                },
            }
        }
    }
    if !rest.is_empty() && code.flags & co::VARARGS == 0 {
        return Err(too_many(f, code, count, &slots));
    }
    fill_defaults(f, code, &mut slots, count)?;
    let mut out: SmallVec<[Object; 8]> = slots.into_iter().flatten().collect();
    if code.flags & co::VARARGS != 0 {
        out.push(Tuple::from_vec(rest));
    }
    if let Some(d) = kwargs {
        out.push(d);
    }
    Ok(out)
}

fn qualname(f: &Function) -> String {
    f.qualname
        .peek()
        .and_then(|q| q.cast::<Str>().map(Str::to_string_lossy))
        .unwrap_or_default()
}

fn fill_defaults(f: &Function, code: &Code, slots: &mut [Option<Object>], count: usize) -> Result<(), Raised> {
    let positional = code.arg_count as usize;
    let defaults = f.defaults.get();
    let d: &[Value] = match &defaults {
        Some(t) => t.expect::<Tuple>().items(),
        None => &[],
    };
    let first_default = positional.saturating_sub(d.len());
    if count < positional {
        let missing: Vec<&str> = (0..first_default)
            .filter(|&i| slots[i].is_none())
            .map(|i| &*code.varnames[i])
            .collect();
        if !missing.is_empty() {
            return Err(missing_arguments(f, "positional", &missing));
        }
        for i in first_default..positional {
            if slots[i].is_none() {
                slots[i] = Some(d[d.len() - (positional - i)].to_object());
            }
        }
    }
    let total = slots.len();
    let kwdefaults = f.kwdefaults.get();
    let mut missing = Vec::new();
    for i in positional..total {
        if slots[i].is_some() {
            continue;
        }
        if let Some(kd) = kwdefaults.as_ref().and_then(|k| k.cast::<Dict>()) {
            let name = Str::intern(&code.varnames[i]);
            slots[i] = kd.get(name.value())?;
        }
        if slots[i].is_none() {
            missing.push(&*code.varnames[i]);
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing_arguments(f, "keyword-only", &missing))
    }
}

#[cold]
fn missing_arguments(f: &Function, kind: &str, names: &[&str]) -> Raised {
    let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
    let list = match &quoted[..] {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
        [] => String::new(),
    };
    let s = if names.len() == 1 { "" } else { "s" };
    kiln_object::raise!(
        TypeError,
        "{}() missing {} required {kind} argument{s}: {list}",
        qualname(f),
        names.len()
    )
}

#[cold]
fn too_many(f: &Function, code: &Code, count: usize, slots: &[Option<Object>]) -> Raised {
    let positional = code.arg_count as usize;
    let defaults = f.defaults.peek().map_or(0, |t| t.expect::<Tuple>().len());
    let kwonly = slots[positional..].iter().filter(|s| s.is_some()).count();
    let takes = if defaults > 0 {
        format!("from {} to {positional}", positional - defaults)
    } else {
        positional.to_string()
    };
    let plural = if positional == 1 && defaults == 0 { "" } else { "s" };
    let given = if kwonly > 0 {
        format!(
            "{count} positional argument{} (and {kwonly} keyword-only argument{}) were",
            if count == 1 { "" } else { "s" },
            if kwonly == 1 { "" } else { "s" }
        )
    } else {
        format!("{count} {}", if count == 1 { "was" } else { "were" })
    };
    kiln_object::raise!(
        TypeError,
        "{}() takes {takes} positional argument{plural} but {given} given",
        qualname(f)
    )
}

#[cold]
fn unexpected(f: &Function, code: &Code, key: &Str, names: Value) -> Raised {
    let posonly: Vec<&str> = code.varnames[..code.posonly_count as usize]
        .iter()
        .map(|n| &**n)
        .filter(|n| {
            names
                .expect::<Tuple>()
                .items()
                .iter()
                .any(|k| k.cast::<Str>().is_some_and(|k| k.eq_str(n)))
        })
        .collect();
    if !posonly.is_empty() {
        return kiln_object::raise!(
            TypeError,
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            qualname(f),
            posonly.join(", ")
        );
    }
    let total = (code.arg_count + code.kwonly_count) as usize;
    let text = key.to_string_lossy();
    let candidates: Vec<&str> = code.varnames[code.posonly_count as usize..total]
        .iter()
        .map(|n| &**n)
        .collect();
    let hint = closest(&text, &candidates).map_or_else(String::new, |c| format!(". Did you mean '{c}'?"));
    let message = format!("{}() got an unexpected keyword argument '{text}'{hint}", qualname(f));
    raise::type_error(message)
}

/// The candidate nearest to a misspelt keyword, with the costs and the limit that CPython uses for suggestions.
fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for c in candidates {
        let limit = (word.len() + c.len() + 3) * 2 / 6;
        let limit = best.map_or(limit, |(d, _)| limit.min(d.saturating_sub(1)));
        let d = distance(word.as_bytes(), c.as_bytes());
        if d > 0 && d <= limit && best.is_none_or(|(b, _)| d < b) {
            best = Some((d, c));
        }
    }
    best.map(|(_, c)| c)
}
/// Levenshtein distance where a substitution that changes case only costs half of another edit.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).map(|i| i * 2).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * 2;
        for (j, y) in b.iter().enumerate() {
            let cost = if x == y {
                0
            } else if x.eq_ignore_ascii_case(y) {
                1
            } else {
                2
            };
            let next = (diagonal + cost).min(row[j] + 2).min(row[j + 1] + 2);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

/// Arranges the arguments at `args` (owned, `n` of them, the last of them named by `names`) as the parameters of `f`. On an
/// error they are released.
#[inline(always)]
pub fn bind(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> Result<(), Raised> {
    if names.is_empty() && bind_positional(f, code, args, n) {
        return Ok(());
    }
    bind_otherwise(f, code, args, n, names)
}
/// Arranges positional arguments, where they fit and defaults fill the rest. False, with nothing moved, where anything else is the case.
#[inline(always)]
fn bind_positional(f: &Function, code: &CodeObject, args: *mut Value, n: usize) -> bool {
    if code.fast_args.get() as usize == n {
        return true;
    }
    let c = &code.code;
    let positional = c.arg_count as usize;
    let varargs = c.flags & co::VARARGS != 0;
    if c.kwonly_count > 0 || n > positional && !varargs {
        return false;
    }
    let mut defaults: &[Value] = &[];
    if n < positional {
        if let Some(d) = f.defaults.peek() {
            defaults = typed::<Tuple>(d).items();
        }
        let missing = positional - n;
        if missing > defaults.len() {
            return false;
        }
        defaults = &defaults[defaults.len() - missing..];
    }
    let rest = varargs.then(|| {
        Tuple::from_fn(n.saturating_sub(positional), |i| {
            Object::from_owned(read_word(args.wrapping_add(positional + i)))
        })
    });
    for (i, v) in defaults.iter().enumerate() {
        v.incref();
        write_word(args.wrapping_add(n + i), *v);
    }
    let mut at = args.wrapping_add(positional);
    if let Some(rest) = rest {
        write_word(at, rest.into_value());
        at = at.wrapping_add(1);
    }
    if c.flags & co::VARKEYWORDS != 0 {
        write_word(at, Dict::new_object().into_value());
        at = at.wrapping_add(1);
    }
    // What lay behind the parameters has moved.
    let end = args.wrapping_add(n);
    while at < end {
        write_word(at, Value::ZERO);
        at = at.wrapping_add(1);
    }
    true
}
#[inline(never)]
fn bind_otherwise(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> Result<(), Raised> {
    let few = (code.code.arg_count + code.code.kwonly_count) <= 6 && names.len() <= 6;
    if few && bind_quick::<6>(f, code, args, n, names) || !few && bind_quick::<16>(f, code, args, n, names) {
        return Ok(());
    }
    // The general case: take everything out, then fill the parameters one by one.
    let mut given: SmallVec<[Object; 8]> = SmallVec::with_capacity(n);
    given.extend((0..n).map(|i| take_word(args.wrapping_add(i))));
    let names = (!names.is_empty()).then(|| Tuple::from_values(names));
    let params = crate::bind::bind_general(f, &code.code, given, names.as_ref().map(|n| n.value()))?;
    for (i, p) in params.into_iter().enumerate() {
        write_word(args.wrapping_add(i), p.into_value());
    }
    Ok(())
}

/// Arranges `n` arguments, the last named by `names`, where all of them fit and defaults fill the rest. False, with
/// nothing moved, where anything else is the case: the general way finds out what is wrong.
fn bind_quick<const MOST: usize>(f: &Function, code: &CodeObject, args: *mut Value, n: usize, names: &[Value]) -> bool {
    let c = &code.code;
    let (positional, total) = (c.arg_count as usize, (c.arg_count + c.kwonly_count) as usize);
    let given = n - names.len();
    let (varargs, varkw) = (c.flags & co::VARARGS != 0, c.flags & co::VARKEYWORDS != 0);
    if total > MOST || names.len() > MOST || given > positional && !varargs {
        return false;
    }
    let filled = given.min(positional);
    let parameters = if names.is_empty() && total == positional {
        &[]
    } else {
        code.parameter_names()
    };
    let defaults = f.defaults.peek();
    let defaults = defaults.as_ref().map_or(&[][..], |d| typed::<Tuple>(*d).items());
    let default_of = |i: usize| {
        if i < positional {
            (defaults.len() + i).checked_sub(positional).map(|at| defaults[at])
        } else {
            let all = f.kwdefaults.peek();
            all.and_then(|all| all.cast::<Dict>().and_then(|d| d.get_interned(parameters[i])))
        }
    };
    // Most calls name arguments in the order of the parameters: they are where they belong.
    if !varargs
        && !varkw
        && given >= c.posonly_count as usize
        && n <= total
        && (names.is_empty() || parameters[given..n] == *names)
    {
        let mut values = [Value::PENDING; MOST];
        for (i, value) in values.iter_mut().enumerate().take(total).skip(n) {
            match default_of(i) {
                Some(v) => *value = v,
                None => return false,
            }
        }
        for (i, &v) in values.iter().enumerate().take(total).skip(n) {
            v.incref();
            write_word(args.wrapping_add(i), v);
        }
        return true;
    }
    let mut slots = [Value::PENDING; MOST];
    // The named arguments that no parameter takes, by position among the names.
    let mut others: SmallVec<[u32; 16]> = SmallVec::new();
    let find = |range: std::ops::Range<usize>, name: Value| {
        let range = &parameters[range];
        let same = range.iter().position(|&p| p == name);
        same.or_else(|| {
            let text = name.expect::<Str>();
            (!text.is_interned())
                .then(|| range.iter().position(|p| p.expect::<Str>().same_text(text)))
                .flatten()
        })
    };
    let open = filled.max(c.posonly_count as usize);
    for (i, name) in names.iter().enumerate() {
        if !name.is_exact::<Str>() {
            return false;
        }
        match find(open..total, *name) {
            Some(at) if slots[open + at].is_pending() => slots[open + at] = read_word(args.wrapping_add(given + i)),
            None if varkw && find(c.posonly_count as usize..open, *name).is_none() => others.push(i as u32),
            _ => return false,
        }
    }
    // A bit for each parameter whose value is a default, borrowed so far.
    let mut defaulted = 0u32;
    for i in filled..total {
        if slots[i].is_pending() {
            match default_of(i) {
                Some(v) => slots[i] = v,
                None => return false,
            }
            defaulted |= 1 << i;
        }
    }
    // From here on references move.
    let kwargs = varkw.then(|| {
        let o = Dict::new_object();
        for i in others {
            let i = i as usize;
            let (name, value) = (names[i], Object::from_owned(read_word(args.wrapping_add(given + i))));
            let hash = name.expect::<Str>().hash();
            if !o.expect::<Dict>().push_new(name, hash, value.value()) {
                kiln_object::fatal("out of memory");
            }
        }
        o
    });
    let rest = varargs.then(|| {
        Tuple::from_fn(given - filled, |i| {
            Object::from_owned(read_word(args.wrapping_add(filled + i)))
        })
    });
    for (i, slot) in slots[..total].iter().enumerate().skip(filled) {
        if defaulted & (1 << i) != 0 {
            slot.incref();
        }
        write_word(args.wrapping_add(i), *slot);
    }
    let mut at = args.wrapping_add(total);
    for o in [rest, kwargs].into_iter().flatten() {
        write_word(at, o.into_value());
        at = at.wrapping_add(1);
    }
    // What lay behind the parameters has moved.
    let end = args.wrapping_add(n);
    while at < end {
        write_word(at, Value::ZERO);
        at = at.wrapping_add(1);
    }
    true
}
