//! The scanner: a JSON document to objects.

use super::strings::{decode_error, pair, scan};
use kiln_macros::builtin_methods;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, float_type, int_type};
use kiln_object::{Object, Raised, Value, attr, object_struct, ops, raise, thread};
use kiln_text::Text;
use std::cell::Cell;

object_struct! {
    /// `_json.Scanner`; what is None stands for the plain way.
    pub struct Scanner = "_json.Scanner", Container {
        strict: Cell<bool>,
        object_hook: Slot,
        pairs_hook: Slot,
        parse_float: Slot,
        parse_int: Slot,
        parse_constant: Slot,
    }
}

/// A document being read.
struct Scan<'a> {
    scanner: &'a Scanner,
    document: &'a Str,
    /// Keys that were seen: equal ones share an object.
    keys: Object,
    /// How deep arrays and objects are nested here.
    depth: Cell<usize>,
}

/// Arrays and objects nested deeper than this are an error, whatever the stack has room for.
pub const DEPTH: usize = 50_000;

fn is_space(c: u32) -> bool {
    matches!(c, 0x20 | 0x09 | 0x0a | 0x0d)
}

fn stop(at: usize) -> Raised {
    raise::stop_iteration(Some(Object::int(at as i64)))
}

impl Scan<'_> {
    fn text(&self) -> Text<'_> {
        self.document.text()
    }
    fn at(&self, i: usize) -> Option<u8> {
        let text = self.text();
        if i < text.len() { u8::try_from(text.at(i)).ok().or(Some(0xff)) } else { None }
    }
    fn skip(&self, mut i: usize) -> usize {
        let text = self.text();
        while i < text.len() && is_space(text.at(i)) {
            i += 1;
        }
        i
    }
    fn word(&self, i: usize, word: &str) -> bool {
        let text = self.text();
        i + word.len() <= text.len() && word.bytes().enumerate().all(|(n, b)| text.at(i + n) == u32::from(b))
    }
    fn error<T>(&self, message: &str, at: usize) -> Result<T, Raised> {
        Err(decode_error(message, self.document, at))
    }
    fn constant(&self, word: &str, i: usize) -> Result<(Object, usize), Raised> {
        let f = self.scanner.parse_constant.value();
        Ok((call(f, &[Str::new(word).value()])?, i + word.len()))
    }

    /// The value at `i`; `StopIteration` where there is none.
    fn value(&self, i: usize) -> Result<(Object, usize), Raised> {
        let Some(c) = self.at(i) else { return Err(stop(i)) };
        match c {
            b'"' => scan(self.document, i + 1, self.scanner.strict.get()),
            b'{' | b'[' => {
                let what = if c == b'{' { "object" } else { "array" };
                let doing = || format!(" while decoding a JSON {what} from a unicode string");
                if self.depth.get() >= DEPTH {
                    return Err(raise::recursion_error(&doing()));
                }
                thread::check_native_stack(&doing())?;
                self.depth.set(self.depth.get() + 1);
                let found = if c == b'{' { self.object(i + 1) } else { self.array(i + 1) };
                self.depth.set(self.depth.get() - 1);
                found
            }
            b'n' if self.word(i, "null") => Ok((Object::none(), i + 4)),
            b't' if self.word(i, "true") => Ok((Object::bool(true), i + 4)),
            b'f' if self.word(i, "false") => Ok((Object::bool(false), i + 5)),
            b'N' if self.word(i, "NaN") => self.constant("NaN", i),
            b'I' if self.word(i, "Infinity") => self.constant("Infinity", i),
            b'-' if self.word(i, "-Infinity") => self.constant("-Infinity", i),
            _ => self.number(i),
        }
    }

    fn number(&self, start: usize) -> Result<(Object, usize), Raised> {
        let digits = |mut i: usize| {
            while self.at(i).is_some_and(|c| c.is_ascii_digit()) {
                i += 1;
            }
            i
        };
        let mut i = start + usize::from(self.at(start) == Some(b'-'));
        i = match self.at(i) {
            Some(b'1'..=b'9') => digits(i),
            Some(b'0') => i + 1,
            _ => return Err(stop(start)),
        };
        let mut is_float = false;
        if self.at(i) == Some(b'.') && self.at(i + 1).is_some_and(|c| c.is_ascii_digit()) {
            is_float = true;
            i = digits(i + 1);
        }
        if matches!(self.at(i), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.at(i + 1), Some(b'+' | b'-')));
            let end = digits(i + 1 + sign);
            if end > i + 1 + sign {
                is_float = true;
                i = end;
            }
        }
        let text: String = (start..i).filter_map(|n| self.at(n)).map(char::from).collect();
        let f = if is_float { &self.scanner.parse_float } else { &self.scanner.parse_int };
        let plain = if is_float { float_type() } else { int_type() };
        if f.value() == plain.as_value() {
            if is_float && let Ok(number) = text.parse::<f64>() {
                return Ok((Object::float(number), i));
            }
            if !is_float && let Ok(number) = text.parse::<i64>() {
                return Ok((Object::int(number), i));
            }
        }
        Ok((call(f.value(), &[Str::from_ascii(text.as_bytes()).value()])?, i))
    }

    fn array(&self, start: usize) -> Result<(Object, usize), Raised> {
        let list = List::new();
        let mut i = self.skip(start);
        if self.at(i) == Some(b']') {
            return Ok((list, i + 1));
        }
        loop {
            let (item, next) = self.value(i)?;
            list.expect::<List>().push(item);
            i = self.skip(next);
            match self.at(i) {
                Some(b']') => return Ok((list, i + 1)),
                Some(b',') => {}
                _ => return self.error("Expecting ',' delimiter", i),
            }
            let comma = i;
            i = self.skip(i + 1);
            if self.at(i) == Some(b']') {
                return self.error("Illegal trailing comma before end of array", comma);
            }
        }
    }

    fn object(&self, start: usize) -> Result<(Object, usize), Raised> {
        let pairs_hook = Some(self.scanner.pairs_hook.value()).filter(|v| !v.is_none());
        let dict = Dict::new_object();
        let mut pairs = Vec::new();
        let mut i = self.skip(start);
        if self.at(i) == Some(b'}') {
            i += 1;
        } else {
            loop {
                if self.at(i) != Some(b'"') {
                    return self.error("Expecting property name enclosed in double quotes", i);
                }
                let (key, next) = scan(self.document, i + 1, self.scanner.strict.get())?;
                let key = self.keys.expect::<Dict>().set_default(key.value(), key.value())?;
                i = self.skip(next);
                if self.at(i) != Some(b':') {
                    return self.error("Expecting ':' delimiter", i);
                }
                i = self.skip(i + 1);
                let (value, next) = self.value(i)?;
                match pairs_hook {
                    Some(_) => pairs.push(Tuple::from_vec(vec![key, value])),
                    None => dict.expect::<Dict>().set(key.value(), value.value())?,
                }
                i = self.skip(next);
                match self.at(i) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return self.error("Expecting ',' delimiter", i),
                }
                let comma = i;
                i = self.skip(i + 1);
                if self.at(i) == Some(b'}') {
                    return self.error("Illegal trailing comma before end of object", comma);
                }
            }
            i += 1;
        }
        if let Some(hook) = pairs_hook {
            return Ok((call(hook, &[List::from_vec(pairs).value()])?, i));
        }
        let hook = self.scanner.object_hook.value();
        if hook.is_none() {
            return Ok((dict, i));
        }
        Ok((call(hook, &[dict.value()])?, i))
    }
}

/// The methods' name space.
pub struct ScannerMethods;

#[builtin_methods("_json.Scanner")]
impl ScannerMethods {
    #[new]
    fn new(cls: ClassRef, #[kw] context: Value) -> Result<Object, Raised> {
        let get = |name: &str| attr::get_attr_str(context, name).map(Slot::new);
        let strict = attr::get_attr_str(context, "strict")?;
        let payload = Scanner {
            header: header::<Scanner>(),
            strict: Cell::new(ops::is_true(strict.value())?),
            object_hook: get("object_hook")?,
            pairs_hook: get("object_pairs_hook")?,
            parse_float: get("parse_float")?,
            parse_int: get("parse_int")?,
            parse_constant: get("parse_constant")?,
        };
        Ok(alloc_instance(cls.0, payload))
    }
    fn __call__(this: &Scanner, #[kw] string: Value, #[kw] idx: isize) -> Result<Object, Raised> {
        let Some(document) = string.cast::<Str>() else {
            return Err(raise::type_error(format!(
                "first argument must be a string, not {}",
                string.class().name()
            )));
        };
        let Ok(start) = usize::try_from(idx) else { return Err(raise::value_error("idx cannot be negative")) };
        let scan = Scan { scanner: this, document, keys: Dict::new_object(), depth: Cell::new(0) };
        scan.value(start).map(pair)
    }
    #[getter]
    fn strict(this: &Scanner) -> bool {
        this.strict.get()
    }
    #[getter]
    fn object_hook(this: &Scanner) -> Object {
        this.object_hook.value().to_object()
    }
    #[getter]
    fn object_pairs_hook(this: &Scanner) -> Object {
        this.pairs_hook.value().to_object()
    }
    #[getter]
    fn parse_float(this: &Scanner) -> Object {
        this.parse_float.value().to_object()
    }
    #[getter]
    fn parse_int(this: &Scanner) -> Object {
        this.parse_int.value().to_object()
    }
    #[getter]
    fn parse_constant(this: &Scanner) -> Object {
        this.parse_constant.value().to_object()
    }
}
