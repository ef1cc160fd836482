//! The methods of `str`.

use super::{bounds, exact, part, value_of};
use crate::bytes::buffer::Buffer;
use crate::number::{buf_object, formatted};
use crate::shared::{Subscript, position, repeat_count};
use kiln_macros::builtin_methods;
use kiln_object::args::{Keywords, Rest};
use kiln_object::convert::type_name;
use kiln_object::exception::exc;
use kiln_object::list::List;
use kiln_object::ops::{self, CompareOp};
use kiln_object::slice::Slice;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, ObjectType, Raised, Special, Value, raise};
use kiln_text::text::{Fill, Range, Strip, can_hold};
use kiln_text::unicode::is_space;
use kiln_text::{Text, TextBuf, escape, format};
use smallvec::SmallVec;

/// The methods' name space.
pub struct StrMethods;

/// The result of an operation that may have changed nothing.
fn changed(this: &Str, result: Option<TextBuf>) -> Object {
    match result {
        Some(buf) => buf_object(&buf),
        None => exact(this),
    }
}

fn parts(this: &Str, ranges: &[Range]) -> Object {
    List::from_fn(ranges.len(), |i| part(this, ranges[i].0, ranges[i].1))
}
/// The parts between occurrences of one unit.
fn split_at_unit(this: &Str, units: &[u8], separator: u8) -> Object {
    let all = List::new();
    let list = all.expect::<List>();
    let mut from = 0;
    if units.len() < 32 {
        for (at, _) in units.iter().enumerate().filter(|(_, unit)| **unit == separator) {
            list.push(part(this, from, at));
            from = at + 1;
        }
    } else {
        for at in memchr::memchr_iter(separator, units) {
            list.push(part(this, from, at));
            from = at + 1;
        }
    }
    list.push(part(this, from, units.len()));
    all
}
/// The words of an ASCII text.
fn split_ascii_space(text: &[u8]) -> Object {
    let all = List::new();
    let list = all.expect::<List>();
    let space = |unit: &u8| matches!(*unit, b' ' | 0x09..=0x0d | 0x1c..=0x1f);
    let mut rest = text;
    while let Some(from) = rest.iter().position(|unit| !space(unit)) {
        rest = &rest[from..];
        let (word, behind) = rest.split_at(rest.iter().position(space).unwrap_or(rest.len()));
        list.push(Str::from_ascii(word));
        rest = behind;
    }
    all
}
/// The str with each unit of its text, if that is ASCII, changed by `map`.
fn ascii_mapped(this: &Str, map: impl FnOnce(&mut [u8])) -> Option<Object> {
    let text = this.as_ascii()?.as_bytes();
    Some(Str::from_ascii_fn(text.len(), |units| {
        units.copy_from_slice(text);
        map(units);
    }))
}
/// All occurrences of `old` replaced where all three are ASCII; `None` where that is no matter of copying.
fn replace_ascii(this: &Str, old: &Str, new: &Str) -> Option<Object> {
    let (text, old, new) = (
        this.as_ascii()?.as_bytes(),
        old.as_ascii()?.as_bytes(),
        new.as_ascii()?.as_bytes(),
    );
    let mut places: SmallVec<[u32; 32]> = SmallVec::new();
    match old {
        [] => return None,
        [one] => places.extend(memchr::memchr_iter(*one, text).map(|at| at as u32)),
        _ => places.extend(memchr::memmem::find_iter(text, old).map(|at| at as u32)),
    }
    if places.is_empty() || old == new {
        return Some(exact(this));
    }
    let len = text.len() - places.len() * old.len() + places.len() * new.len();
    if !can_hold(len, 1) {
        return None;
    }
    Some(Str::from_ascii_fn(len, |units| {
        let (mut from, mut to) = (0, 0);
        let mut put = |part: &[u8]| {
            units[to..to + part.len()].copy_from_slice(part);
            to += part.len();
        };
        for &at in &places {
            put(&text[from..at as usize]);
            put(new);
            from = at as usize + old.len();
        }
        put(&text[from..]);
    }))
}

fn str_or_none<'a>(v: &'a Option<Value>, what: &str) -> Result<Option<&'a Str>, Raised> {
    match v {
        None => Ok(None),
        Some(v) if v.is_none() => Ok(None),
        Some(v) => match v.cast::<Str>() {
            Some(text) => Ok(Some(text)),
            None => Err(raise!(TypeError, "{what}, not {}", type_name(*v))),
        },
    }
}

fn separator(v: &Option<Value>) -> Result<Option<&Str>, Raised> {
    let separator = str_or_none(v, "must be str or None")?;
    match separator {
        Some(separator) if separator.is_empty() => Err(raise!(ValueError, "empty separator")),
        other => Ok(other),
    }
}

fn strip(this: &Str, chars: &Option<Value>, ends: Strip, name: &str) -> Result<Object, Raised> {
    let text = this.text();
    let (start, end) = match chars {
        Some(chars) if !chars.is_none() => match chars.cast::<Str>() {
            Some(chars) => text.strip_chars(ends, chars.text()),
            None => return Err(raise!(TypeError, "{name} arg must be None or str")),
        },
        _ => text.strip_where(ends, is_space),
    };
    Ok(part(this, start, end))
}

/// The fill character of `center` and its like.
fn fill_character(v: Option<Value>) -> Result<u32, Raised> {
    let Some(v) = v else { return Ok(u32::from(b' ')) };
    match v.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.at(0)),
        Some(_) => Err(raise!(
            TypeError,
            "The fill character must be exactly one character long"
        )),
        None => Err(raise!(
            TypeError,
            "The fill character must be a unicode character, not {}",
            v.class().name()
        )),
    }
}

fn pad(this: &Str, width: isize, fill: Option<Value>, side: Fill) -> Result<Object, Raised> {
    let fill = fill_character(fill)?;
    if !can_hold(width.max(0) as usize, 4) {
        return Err(kiln_object::raise::memory_error());
    }
    Ok(changed(this, this.text().pad(width, fill, side)))
}

fn tail_match(
    this: &Str,
    affix: Value,
    start: Option<Value>,
    end: Option<Value>,
    name: &str,
    matches: fn(Text<'_>, Text<'_>) -> bool,
) -> Result<bool, Raised> {
    if let (None, None, Some(affix)) = (start, end, affix.exact::<Str>()) {
        return Ok(matches(this.text(), affix.text()));
    }
    let (start, end) = bounds(start, end)?;
    let text = this.text();
    let range = kiln_text::text::clip(text.len(), start, end);
    let test = |affix: &Str| match range {
        Some((start, end)) => matches(text.slice(start, end), affix.text()),
        None => false,
    };
    if let Some(tuple) = affix.cast::<Tuple>() {
        for item in tuple.items() {
            match item.cast::<Str>() {
                Some(affix) if test(affix) => return Ok(true),
                Some(_) => {}
                None => {
                    return Err(raise!(
                        TypeError,
                        "tuple for {name} must only contain str, not {}",
                        item.class().name()
                    ));
                }
            }
        }
        return Ok(false);
    }
    match affix.cast::<Str>() {
        Some(affix) => Ok(test(affix)),
        None => Err(raise!(
            TypeError,
            "{name} first arg must be str or a tuple of str, not {}",
            affix.class().name()
        )),
    }
}

fn found(at: Option<usize>) -> i64 {
    at.map_or(-1, |at| at as i64)
}

fn found_or_error(at: Option<usize>) -> Result<usize, Raised> {
    at.ok_or_else(|| raise!(ValueError, "substring not found"))
}

fn compare(op: CompareOp, this: &Str, other: Value) -> Value {
    use kiln_object::singletons::{false_, not_implemented, true_};
    let Some(other) = other.cast::<Str>() else {
        return not_implemented();
    };
    let holds = match op {
        CompareOp::Eq => this.same_text(other),
        CompareOp::Ne => !this.same_text(other),
        _ => op.holds(this.text().cmp(other.text())),
    };
    if holds { true_() } else { false_() }
}

fn partition(
    this: &Str,
    separator: Value,
    find: fn(Text<'_>, Text<'_>) -> Option<usize>,
    last: bool,
) -> Result<Object, Raised> {
    let Some(sep) = separator.cast::<Str>() else {
        return Err(raise!(TypeError, "must be str, not {}", separator.class().name()));
    };
    if sep.is_empty() {
        return Err(raise!(ValueError, "empty separator"));
    }
    let empty = || Str::new("");
    Ok(Tuple::from_array(match find(this.text(), sep.text()) {
        Some(at) => [
            part(this, 0, at),
            separator.to_object(),
            part(this, at + sep.len(), this.len()),
        ],
        None if last => [empty(), empty(), exact(this)],
        None => [exact(this), empty(), empty()],
    }))
}

/// The pieces, copied into one text; `None` if one of them is no str.
fn joined(separator: &Str, items: &[Value]) -> Option<Object> {
    let mut parts: SmallVec<[&Str; 32]> = SmallVec::with_capacity(2 * items.len());
    for (at, item) in items.iter().enumerate() {
        if at > 0 && !separator.is_empty() {
            parts.push(separator);
        }
        parts.push(item.cast::<Str>()?);
    }
    Some(Str::concat(&parts))
}

fn repeat(this: &Str, times: Value) -> Result<Object, Raised> {
    let count = repeat_count(times, this.len())?;
    if count == 1 {
        return Ok(exact(this));
    }
    if !can_hold(this.len() * count, this.text().unit_size()) {
        return Err(kiln_object::raise::memory_error());
    }
    Ok(buf_object(&this.text().repeat(count)))
}

#[builtin_methods(str)]
impl StrMethods {
    #[new]
    #[signature = "(object='', encoding='utf-8', errors='strict')"]
    fn new(
        cls: ClassRef,
        #[kw] object: Option<Value>,
        #[kw] encoding: Option<&Str>,
        #[kw] errors: Option<&Str>,
    ) -> Result<Object, Raised> {
        let class = cls.0;
        let text = match object {
            None => Str::new(""),
            Some(object) if encoding.is_none() && errors.is_none() => ops::to_str(object)?,
            Some(object) => {
                if object.cast::<Str>().is_some() {
                    return Err(raise!(TypeError, "decoding str is not supported"));
                }
                let Some(buffer) = Buffer::get(object)? else {
                    return Err(raise!(
                        TypeError,
                        "decoding to str: need a bytes-like object, {} found",
                        object.class().name()
                    ));
                };
                let (encoding, errors) = (encoding.map(Str::to_string_lossy), errors.map(Str::to_string_lossy));
                super::codecs::decode(buffer.data(), encoding.as_deref(), errors.as_deref())?
            }
        };
        if std::ptr::eq(class, Str::class()) {
            return Ok(text);
        }
        Ok(Str::of_class(class, text.expect::<Str>()))
    }

    fn __repr__(this: &Str) -> Object {
        buf_object(&escape::repr(this.text()))
    }
    fn __str__(this: &Str) -> Object {
        exact(this)
    }
    fn __hash__(this: &Str) -> i64 {
        this.hash()
    }
    fn __len__(this: &Str) -> usize {
        this.len()
    }
    fn __iter__(this: &Str) -> Object {
        super::iter::new(this)
    }
    /// Return a formatted version of the string as described by format_spec.
    fn __format__(this: &Str, format_spec: &Str) -> Result<Object, Raised> {
        if format_spec.is_empty() {
            return ops::to_str(value_of(this));
        }
        if let (Some(text), Some(spec)) = (this.as_ascii(), format_spec.latin1())
            && let Some(short) = kiln_text::format::short::text(text.as_bytes(), spec)
            && short.as_bytes().len() > text.len()
        {
            return Ok(Str::from_ascii(short.as_bytes()));
        }
        let class = value_of(this).class().name();
        match format::format_str(this.text(), format_spec.text(), &class) {
            Ok(None) => Ok(exact(this)),
            Ok(Some(buf)) => formatted(Ok(buf)),
            Err(error) => formatted(Err(error)),
        }
    }
    fn __lt__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Lt, this, value)
    }
    fn __le__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Le, this, value)
    }
    fn __eq__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Eq, this, value)
    }
    fn __ne__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Ne, this, value)
    }
    fn __gt__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Gt, this, value)
    }
    fn __ge__(this: &Str, value: Value) -> Value {
        compare(CompareOp::Ge, this, value)
    }
    fn __add__(this: &Str, value: Value) -> Result<Object, Raised> {
        let Some(other) = value.cast::<Str>() else {
            return Err(raise!(
                TypeError,
                "can only concatenate str (not \"{}\") to str",
                value.class().name()
            ));
        };
        if other.is_empty() {
            return Ok(exact(this));
        }
        if this.is_empty() {
            return Ok(exact(other));
        }
        Ok(Str::concat(&[this, other]))
    }
    fn __mul__(this: &Str, value: Value) -> Result<Object, Raised> {
        repeat(this, value)
    }
    fn __rmul__(this: &Str, value: Value) -> Result<Object, Raised> {
        repeat(this, value)
    }
    fn __mod__(this: &Str, value: Value) -> Result<Object, Raised> {
        super::percent::format(this.text(), value, false).map(|text| buf_object(&text))
    }
    fn __rmod__(this: Value, value: Value) -> Result<Object, Raised> {
        match value.cast::<Str>() {
            Some(text) => super::percent::format(text.text(), this, false).map(|text| buf_object(&text)),
            None => Ok(Object::not_implemented()),
        }
    }
    fn __contains__(this: &Str, key: Value) -> Result<bool, Raised> {
        match key.cast::<Str>() {
            Some(needle) => Ok(this.text().contains(needle.text())),
            None => Err(raise!(
                TypeError,
                "'in <string>' requires string as left operand, not {}",
                key.class().name()
            )),
        }
    }
    fn __getitem__(this: &Str, key: Value) -> Result<Object, Raised> {
        let subscript = if Value::is_int(key) {
            Subscript::Index(Value::int(key))
        } else if let Some(slice) = key.exact::<Slice>() {
            Subscript::Slice(slice)
        } else if key.as_int().is_none() && key.class().special(Special::Index).is_none() {
            return Err(raise!(
                TypeError,
                "string indices must be integers, not '{}'",
                key.class().name()
            ));
        } else {
            Subscript::Index(crate::shared::index_i64(key)?)
        };
        match subscript {
            Subscript::Index(index) => match position(index, this.len()) {
                Some(at) => Ok(Str::from_char(this.at(at))),
                None => Err(raise!(IndexError, "string index out of range")),
            },
            Subscript::Slice(slice) => {
                let indices = slice.indices(this.len())?;
                if indices.step == 1 {
                    let start = indices.start as usize;
                    return Ok(part(this, start.min(this.len()), start.min(this.len()) + indices.count));
                }
                Ok(buf_object(&this.text().stride(
                    indices.start as usize,
                    indices.step as isize,
                    indices.count,
                )))
            }
        }
    }
    fn __getnewargs__(this: &Str) -> Object {
        Tuple::from_array([Str::from_text(this.text())])
    }
    /// Return the size of the string in memory, in bytes.
    fn __sizeof__(this: &Str) -> usize {
        // As CPython counts: a header by kind, the units and a terminator.
        let (header, unit) = match this.text() {
            Text::Latin1(_) if this.is_ascii() => (40, 1),
            Text::Latin1(_) => (56, 1),
            Text::Ucs2(_) => (56, 2),
            Text::Ucs4(_) => (56, 4),
        };
        header + (this.len() + 1) * unit
    }

    /// Encode the string using the codec registered for encoding.
    ///
    /// >>> 'é'.encode(), 'é'.encode('ascii', 'replace')
    /// (b'\xc3\xa9', b'?')
    #[signature = "($self, /, encoding='utf-8', errors='strict')"]
    fn encode(this: &Str, #[kw] encoding: Option<&Str>, #[kw] errors: Option<&Str>) -> Result<Object, Raised> {
        if encoding.is_none()
            && errors.is_none()
            && let Some(ascii) = this.as_ascii()
        {
            return Ok(kiln_object::bytes::Bytes::new_object(ascii.as_bytes()));
        }
        let (encoding, errors) = (encoding.map(Str::to_string_lossy), errors.map(Str::to_string_lossy));
        super::codecs::encode(this, value_of(this), encoding.as_deref(), errors.as_deref())
    }

    /// Return a copy with all occurrences of substring old replaced by new.
    ///
    /// >>> 'spam spam'.replace('a', 'e', count=1)
    /// 'spem spam'
    #[signature = "($self, old, new, /, count=-1)"]
    fn replace(
        this: &Str,
        old: &Str,
        new: &Str,
        #[kw]
        #[default(-1)]
        count: isize,
    ) -> Object {
        if count < 0
            && let Some(replaced) = replace_ascii(this, old, new)
        {
            return replaced;
        }
        changed(this, this.text().replace(old.text(), new.text(), count))
    }

    /// Return a list of the substrings in the string, using sep as the separator string.
    ///
    /// >>> 'a,b,c'.split(',', maxsplit=1), ' a  b '.split()
    /// (['a', 'b,c'], ['a', 'b'])
    #[signature = "($self, /, sep=None, maxsplit=-1)"]
    fn split(
        this: &Str,
        #[kw] sep: Option<Value>,
        #[kw]
        #[default(-1)]
        maxsplit: isize,
    ) -> Result<Object, Raised> {
        let ranges = match separator(&sep)? {
            Some(sep) => {
                if let (Some(units), Some(&[unit]), true) = (this.latin1(), sep.latin1(), maxsplit < 0) {
                    return Ok(split_at_unit(this, units, unit));
                }
                this.text().split(sep.text(), maxsplit)
            }
            None => match this.as_ascii() {
                Some(ascii) if maxsplit < 0 => return Ok(split_ascii_space(ascii.as_bytes())),
                _ => this.text().split_space(maxsplit, is_space),
            },
        };
        Ok(parts(this, &ranges))
    }

    /// Return a list of the substrings in the string, splitting from the end.
    ///
    /// >>> 'a,b,c'.rsplit(',', 1)
    /// ['a,b', 'c']
    #[signature = "($self, /, sep=None, maxsplit=-1)"]
    fn rsplit(
        this: &Str,
        #[kw] sep: Option<Value>,
        #[kw]
        #[default(-1)]
        maxsplit: isize,
    ) -> Result<Object, Raised> {
        let ranges = match separator(&sep)? {
            Some(sep) => this.text().rsplit(sep.text(), maxsplit),
            None => this.text().rsplit_space(maxsplit, is_space),
        };
        Ok(parts(this, &ranges))
    }

    /// Concatenate any number of strings.
    ///
    /// >>> '.'.join(['ab', 'pq', 'rs'])
    /// 'ab.pq.rs'
    fn join(this: &Str, iterable: Value) -> Result<Object, Raised> {
        let values = match (iterable.exact::<List>(), iterable.exact::<Tuple>()) {
            (Some(l), _) => l.borrow(),
            (_, Some(t)) => t.items(),
            _ => &[],
        };
        // Nothing runs meanwhile that could change the list.
        if values.len() > 1
            && let Some(text) = joined(this, values)
        {
            return Ok(text);
        }
        let items = if iterable.exact::<List>().is_some() || iterable.exact::<Tuple>().is_some() {
            ops::sequence_items(iterable)?
        } else {
            let it = match ops::iter(iterable) {
                Ok(it) => it,
                Err(r) => {
                    drop(kiln_object::raise::catch(r, &exc::TypeError)?);
                    return Err(raise!(TypeError, "can only join an iterable"));
                }
            };
            let mut items = Vec::new();
            while let Some(item) = ops::next(it.value())? {
                items.push(item);
            }
            items
        };
        for (at, item) in items.iter().enumerate() {
            if item.cast::<Str>().is_none() {
                return Err(raise!(
                    TypeError,
                    "sequence item {at}: expected str instance, {} found",
                    item.class().name()
                ));
            }
        }
        match items.as_slice() {
            [] => Ok(Str::new("")),
            [one] if one.is_exact::<Str>() => Ok(one.clone()),
            items => {
                let values: Vec<Value> = items.iter().map(|item| item.value()).collect();
                Ok(joined(this, &values).unwrap_or_else(kiln_object::str::empty))
            }
        }
    }

    /// Return a capitalized version of the string.
    fn capitalize(this: &Str) -> Object {
        buf_object(&this.text().capitalize())
    }
    /// Return a version of the string suitable for caseless comparisons.
    fn casefold(this: &Str) -> Object {
        buf_object(&this.text().casefold())
    }
    /// Return a version of the string where each word is titlecased.
    ///
    /// >>> "they're".title()
    /// "They'Re"
    fn title(this: &Str) -> Object {
        buf_object(&this.text().title())
    }
    /// Return a copy of the string converted to lowercase.
    fn lower(this: &Str) -> Object {
        ascii_mapped(this, |units| units.make_ascii_lowercase()).unwrap_or_else(|| buf_object(&this.text().lower()))
    }
    /// Return a copy of the string converted to uppercase.
    ///
    /// >>> 'straße'.upper()
    /// 'STRASSE'
    fn upper(this: &Str) -> Object {
        ascii_mapped(this, |units| units.make_ascii_uppercase()).unwrap_or_else(|| buf_object(&this.text().upper()))
    }
    /// Convert uppercase characters to lowercase and lowercase characters to uppercase.
    fn swapcase(this: &Str) -> Object {
        buf_object(&this.text().swapcase())
    }
    /// Return a centered string of length width.
    #[signature = "($self, width, fillchar=' ', /)"]
    fn center(this: &Str, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
        pad(this, width, fillchar, Fill::Both)
    }
    /// Return a left-justified string of length width.
    #[signature = "($self, width, fillchar=' ', /)"]
    fn ljust(this: &Str, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
        pad(this, width, fillchar, Fill::Right)
    }
    /// Return a right-justified string of length width.
    #[signature = "($self, width, fillchar=' ', /)"]
    fn rjust(this: &Str, width: isize, fillchar: Option<Value>) -> Result<Object, Raised> {
        pad(this, width, fillchar, Fill::Left)
    }
    /// Pad a numeric string with zeros on the left, to fill a field of the given width.
    fn zfill(this: &Str, width: isize) -> Result<Object, Raised> {
        if !can_hold(width.max(0) as usize, this.text().unit_size()) {
            return Err(kiln_object::raise::memory_error());
        }
        Ok(changed(this, this.text().zfill(width)))
    }
    /// Return a copy where all tab characters are expanded using spaces.
    fn expandtabs(
        this: &Str,
        #[kw]
        #[default(8)]
        tabsize: isize,
    ) -> Result<Object, Raised> {
        if tabsize > i32::MAX as isize {
            return Err(raise!(OverflowError, "Python int too large to convert to C int"));
        }
        if !can_hold(
            this.text()
                .occurrences(Text::Latin1(b"\t"), usize::MAX)
                .len()
                .saturating_mul(tabsize.max(0) as usize),
            4,
        ) {
            return Err(kiln_object::raise::memory_error());
        }
        Ok(changed(this, this.text().expand_tabs(tabsize)))
    }

    /// Return the number of non-overlapping occurrences of substring sub in string S[start:end].
    #[signature = "($self, sub[, start[, end]], /)"]
    fn count(this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
        let (start, end) = bounds(start, end)?;
        Ok(match kiln_text::text::clip(this.len(), start, end) {
            Some((start, end)) => this.text().slice(start, end).count(sub.text()),
            None => 0,
        })
    }
    /// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
    fn find(this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> Result<i64, Raised> {
        let (start, end) = bounds(start, end)?;
        Ok(found(this.text().find_between(sub.text(), start, end)))
    }
    /// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
    fn rfind(this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> Result<i64, Raised> {
        let (start, end) = bounds(start, end)?;
        Ok(found(this.text().rfind_between(sub.text(), start, end)))
    }
    /// Like find, but raises ValueError when the substring is not found.
    fn index(this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
        let (start, end) = bounds(start, end)?;
        found_or_error(this.text().find_between(sub.text(), start, end))
    }
    /// Like rfind, but raises ValueError when the substring is not found.
    fn rindex(this: &Str, sub: &Str, start: Option<Value>, end: Option<Value>) -> Result<usize, Raised> {
        let (start, end) = bounds(start, end)?;
        found_or_error(this.text().rfind_between(sub.text(), start, end))
    }
    /// Return True if the string starts with the specified prefix, False otherwise.
    #[signature = "($self, prefix[, start[, end]], /)"]
    fn startswith(this: &Str, prefix: Value, start: Option<Value>, end: Option<Value>) -> Result<bool, Raised> {
        tail_match(this, prefix, start, end, "startswith", |text, affix| {
            text.starts_with(affix)
        })
    }
    /// Return True if the string ends with the specified suffix, False otherwise.
    #[signature = "($self, suffix[, start[, end]], /)"]
    fn endswith(this: &Str, suffix: Value, start: Option<Value>, end: Option<Value>) -> Result<bool, Raised> {
        tail_match(this, suffix, start, end, "endswith", |text, affix| {
            text.ends_with(affix)
        })
    }
    /// Partition the string into three parts using the given separator.
    ///
    /// >>> 'key=value=x'.partition('=')
    /// ('key', '=', 'value=x')
    fn partition(this: &Str, sep: Value) -> Result<Object, Raised> {
        partition(this, sep, |text, sep| text.find(sep), false)
    }
    /// Partition the string into three parts using the last separator.
    ///
    /// >>> 'key=value=x'.rpartition('=')
    /// ('key=value', '=', 'x')
    fn rpartition(this: &Str, sep: Value) -> Result<Object, Raised> {
        partition(this, sep, |text, sep| text.rfind(sep), true)
    }
    /// Return a str with the given prefix string removed if present.
    fn removeprefix(this: &Str, prefix: &Str) -> Object {
        let start = if this.text().starts_with(prefix.text()) {
            prefix.len()
        } else {
            0
        };
        part(this, start, this.len())
    }
    /// Return a str with the given suffix string removed if present.
    fn removesuffix(this: &Str, suffix: &Str) -> Object {
        let cut = if this.text().ends_with(suffix.text()) {
            suffix.len()
        } else {
            0
        };
        part(this, 0, this.len() - cut)
    }
    /// Return a list of the lines in the string, breaking at line boundaries.
    ///
    /// >>> 'ab\n\nde\r\n'.splitlines()
    /// ['ab', '', 'de']
    fn splitlines(
        this: &Str,
        #[kw]
        #[default(false)]
        keepends: bool,
    ) -> Object {
        parts(this, &this.text().split_lines(keepends))
    }
    /// Return a copy of the string with leading and trailing whitespace removed.
    #[signature = "($self, chars=None, /)"]
    fn strip(this: &Str, chars: Option<Value>) -> Result<Object, Raised> {
        strip(this, &chars, Strip::Both, "strip")
    }
    /// Return a copy of the string with leading whitespace removed.
    #[signature = "($self, chars=None, /)"]
    fn lstrip(this: &Str, chars: Option<Value>) -> Result<Object, Raised> {
        strip(this, &chars, Strip::Left, "lstrip")
    }
    /// Return a copy of the string with trailing whitespace removed.
    #[signature = "($self, chars=None, /)"]
    fn rstrip(this: &Str, chars: Option<Value>) -> Result<Object, Raised> {
        strip(this, &chars, Strip::Right, "rstrip")
    }
    /// Replace each character in the string using the given translation table.
    ///
    /// >>> 'read this short text'.translate(str.maketrans('aeiou', '12345', 'x'))
    /// 'r21d th3s sh4rt t2t'
    fn translate(this: &Str, table: Value) -> Result<Object, Raised> {
        super::translate::translate(this, table)
    }
    /// Return a translation table usable for str.translate().
    #[staticmethod]
    fn maketrans(x: Value, y: Option<&Str>, z: Option<&Str>) -> Result<Object, Raised> {
        super::translate::make_table(x, y, z)
    }
    /// Return a formatted version of the string, using substitutions from args and kwargs.
    ///
    /// >>> '{0.real} {name!r:>5}'.format(3, name='x')
    /// "3   'x'"
    fn format(this: &Str, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        super::format::format(
            this,
            &super::format::CallArguments {
                positional: args,
                keywords: kwargs,
            },
        )
    }
    /// Return a formatted version of the string, using substitutions from mapping.
    fn format_map(this: &Str, mapping: Value) -> Result<Object, Raised> {
        super::format::format(this, &super::format::MappingArguments(mapping))
    }

    /// Return True if all characters in the string are ASCII, False otherwise.
    fn isascii(this: &Str) -> bool {
        this.is_ascii()
    }
    /// Return True if the string is an alphabetic string, False otherwise.
    fn isalpha(this: &Str) -> bool {
        this.text().is_alpha()
    }
    /// Return True if the string is an alpha-numeric string, False otherwise.
    fn isalnum(this: &Str) -> bool {
        this.text().is_alnum()
    }
    /// Return True if the string is a decimal string, False otherwise.
    fn isdecimal(this: &Str) -> bool {
        this.text().is_decimal()
    }
    /// Return True if the string is a digit string, False otherwise.
    fn isdigit(this: &Str) -> bool {
        this.text().is_digit()
    }
    /// Return True if the string is a numeric string, False otherwise.
    fn isnumeric(this: &Str) -> bool {
        this.text().is_numeric()
    }
    /// Return True if the string is a valid Python identifier, False otherwise.
    fn isidentifier(this: &Str) -> bool {
        this.text().is_identifier()
    }
    /// Return True if the string is a lowercase string, False otherwise.
    fn islower(this: &Str) -> bool {
        this.text().is_lower()
    }
    /// Return True if the string is an uppercase string, False otherwise.
    fn isupper(this: &Str) -> bool {
        this.text().is_upper()
    }
    /// Return True if the string is a title-cased string, False otherwise.
    fn istitle(this: &Str) -> bool {
        this.text().is_title()
    }
    /// Return True if all characters in the string are printable, False otherwise.
    fn isprintable(this: &Str) -> bool {
        this.text().is_printable()
    }
    /// Return True if the string is a whitespace string, False otherwise.
    fn isspace(this: &Str) -> bool {
        this.text().is_space()
    }
}
