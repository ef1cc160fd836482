//! The encoder: objects to a JSON document.

use super::strings::quote;
use kiln_builtins::shared::buf_to_str;
use kiln_macros::builtin_methods;
use kiln_object::call::{call, call_method_str};
use kiln_object::dict::Dict;
use kiln_object::layout::{Slot, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::ClassRef;
use kiln_object::{Object, Raised, Value, object_struct, ops, raise, thread};
use kiln_text::TextBuf;
use std::cell::Cell;

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Ascii,
    Unicode,
    Callable,
}

object_struct! {
    /// `_json.Encoder`.
    pub struct Encoder = "_json.Encoder", Container {
        markers: Slot,
        default: Slot,
        encoder: Slot,
        indent: Slot,
        key_separator: Slot,
        item_separator: Slot,
        quoting: Cell<Quoting>,
        sort_keys: Cell<bool>,
        skip_keys: Cell<bool>,
        allow_nan: Cell<bool>,
    }
}

/// Adds a note to an exception on its way.
#[cold]
fn noted(e: Raised, note: &str) -> Raised {
    let e = raise::take(e);
    let noted = call_method_str(e.value(), "add_note", &[Str::new(note).value()]);
    if let Err(other) = noted {
        raise::clear(other);
    }
    raise::again(e)
}

impl Encoder {
    fn string(&self, out: &mut TextBuf, text: Value) -> Result<(), Raised> {
        let quoting = self.quoting.get();
        if quoting != Quoting::Callable {
            quote(out, text.expect::<Str>().text(), quoting == Quoting::Ascii);
            return Ok(());
        }
        let quoted = call(self.encoder.value(), &[text])?;
        match quoted.cast::<Str>() {
            Some(text) => {
                out.push_text(text.text());
                Ok(())
            }
            None => Err(raise::type_error(format!("encoder() must return a string, not {}", quoted.class().name()))),
        }
    }

    fn float(&self, f: f64) -> Result<String, Raised> {
        if f.is_finite() {
            return Ok(kiln_object::ops::repr_lossy(Object::float(f).value()));
        }
        if !self.allow_nan.get() {
            let shown = ops::repr_lossy(Object::float(f).value());
            return Err(raise::value_error(&format!("Out of range float values are not JSON compliant: {shown}")));
        }
        Ok(if f.is_nan() { "NaN" } else if f > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
    }

    fn new_line(&self, out: &mut TextBuf, level: usize) {
        if let Some(indent) = self.indent.value().cast::<Str>() {
            out.push(u32::from(b'\n'));
            (0..level).for_each(|_| out.push_text(indent.text()));
        }
    }

    /// The digits of an int, whatever its subclass prints.
    fn digits(v: Value) -> String {
        v.as_int().map_or_else(String::new, |n| match n.to_i64() {
            Some(n) => n.to_string(),
            None => ops::repr_lossy(kiln_object::int::Int::from_big(n.to_big()).value()),
        })
    }

    fn plain(&self, out: &mut TextBuf, v: Value) -> Result<bool, Raised> {
        if v.is_none() {
            out.push_ascii(b"null");
        } else if v == Object::bool(true).value() {
            out.push_ascii(b"true");
        } else if v == Object::bool(false).value() {
            out.push_ascii(b"false");
        } else if v.cast::<Str>().is_some() {
            self.string(out, v)?;
        } else if v.as_int().is_some() {
            out.push_str(&Encoder::digits(v));
        } else if let Some(f) = v.as_float() {
            out.push_str(&self.float(f)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Notes that an object is being written; an error if it already is.
    fn enter(&self, v: Value) -> Result<Option<Object>, Raised> {
        let markers = self.markers.value();
        let Some(dict) = markers.cast::<Dict>() else { return Ok(None) };
        let key = kiln_object::int::Int::from_big((v.ptr() as u64).into());
        if dict.contains(key.value())? {
            return Err(raise::value_error("Circular reference detected"));
        }
        dict.set(key.value(), v)?;
        Ok(Some(key))
    }
    fn leave(&self, key: Option<Object>) -> Result<(), Raised> {
        if let (Some(key), Some(dict)) = (key, self.markers.value().cast::<Dict>()) {
            dict.remove(key.value())?;
        }
        Ok(())
    }

    fn value(&self, out: &mut TextBuf, v: Value, level: usize) -> Result<(), Raised> {
        if self.plain(out, v)? {
            return Ok(());
        }
        if level > super::scanner::DEPTH {
            return Err(raise::recursion_error(" while encoding a JSON object"));
        }
        thread::check_native_stack(" while encoding a JSON object")?;
        if v.cast::<List>().is_some() || v.cast::<Tuple>().is_some() {
            return self.list(out, v, level);
        }
        if v.cast::<Dict>().is_some() {
            return self.dict(out, v, level);
        }
        let key = self.enter(v)?;
        let other = call(self.default.value(), &[v])?;
        self.value(out, other.value(), level)
            .map_err(|e| noted(e, &format!("when serializing {} object", v.class().name())))?;
        self.leave(key)
    }

    fn list(&self, out: &mut TextBuf, v: Value, level: usize) -> Result<(), Raised> {
        let items = ops::sequence_items(v)?;
        if items.is_empty() {
            out.push_ascii(b"[]");
            return Ok(());
        }
        let key = self.enter(v)?;
        out.push(u32::from(b'['));
        self.new_line(out, level + 1);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.separator(out, &self.item_separator);
                self.new_line(out, level + 1);
            }
            self.value(out, item.value(), level + 1)
                .map_err(|e| noted(e, &format!("when serializing {} item {i}", v.class().name())))?;
        }
        self.new_line(out, level);
        out.push(u32::from(b']'));
        self.leave(key)
    }

    fn separator(&self, out: &mut TextBuf, which: &Slot) {
        if let Some(text) = which.value().cast::<Str>() {
            out.push_text(text.text());
        }
    }

    /// The text of a key; `None` when it is left out.
    fn key(&self, key: Value) -> Result<Option<Object>, Raised> {
        if key.cast::<Str>().is_some() {
            return Ok(Some(key.to_object()));
        }
        let mut text = TextBuf::new();
        if self.plain(&mut text, key)? {
            return Ok(Some(buf_to_str(&text)));
        }
        if self.skip_keys.get() {
            return Ok(None);
        }
        Err(raise::type_error(format!(
            "keys must be str, int, float, bool or None, not {}",
            key.class().name()
        )))
    }

    fn dict(&self, out: &mut TextBuf, v: Value, level: usize) -> Result<(), Raised> {
        let mut pairs = match v.exact::<Dict>() {
            Some(dict) if dict.is_empty() => Vec::new(),
            Some(dict) if !self.sort_keys.get() => dict.snapshot(),
            _ => {
                let items = call_method_str(v, "items", &[])?;
                let mut items = ops::to_vec(items.value())?;
                if self.sort_keys.get() {
                    let list = List::from_vec(items);
                    call_method_str(list.value(), "sort", &[])?;
                    items = list.expect::<List>().snapshot();
                }
                let mut pairs = Vec::with_capacity(items.len());
                for item in items {
                    match item.cast::<Tuple>().map(Tuple::items) {
                        Some([key, value]) => pairs.push((key.to_object(), value.to_object())),
                        _ => return Err(raise::value_error("items must return 2-tuples")),
                    }
                }
                pairs
            }
        };
        if pairs.is_empty() {
            out.push_ascii(b"{}");
            return Ok(());
        }
        let marker = self.enter(v)?;
        out.push(u32::from(b'{'));
        let mut first = true;
        for (key, value) in pairs.drain(..) {
            let Some(text) = self.key(key.value())? else { continue };
            if !first {
                self.separator(out, &self.item_separator);
            }
            self.new_line(out, level + 1);
            first = false;
            self.string(out, text.value())?;
            self.separator(out, &self.key_separator);
            self.value(out, value.value(), level + 1).map_err(|e| {
                let note = format!("when serializing {} item {}", v.class().name(), ops::repr_lossy(key.value()));
                noted(e, &note)
            })?;
        }
        if !first {
            self.new_line(out, level);
        }
        out.push(u32::from(b'}'));
        self.leave(marker)
    }
}

/// Which of the module's two functions a callable is.
fn quoting_of(encoder: Value) -> Quoting {
    let is = |name: &str| {
        crate::support::import_attr("_json", name).is_ok_and(|f| f.value() == encoder)
    };
    if is("encode_basestring_ascii") {
        Quoting::Ascii
    } else if is("encode_basestring") {
        Quoting::Unicode
    } else {
        Quoting::Callable
    }
}

/// The methods' name space.
pub struct EncoderMethods;

#[builtin_methods("_json.Encoder")]
impl EncoderMethods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] markers: Value,
        #[kw] default: Value,
        #[kw] encoder: Value,
        #[kw] indent: Value,
        #[kw] key_separator: &Str,
        #[kw] item_separator: &Str,
        #[kw] sort_keys: bool,
        #[kw] skipkeys: bool,
        #[kw] allow_nan: bool,
    ) -> Result<Object, Raised> {
        if !markers.is_none() && markers.cast::<Dict>().is_none() {
            return Err(raise::type_error(format!(
                "make_encoder() argument 1 must be dict or None, not {}",
                markers.class().name()
            )));
        }
        let slot = |v: Value| Slot::new(v.to_object());
        let payload = Encoder {
            header: header::<Encoder>(),
            markers: slot(markers),
            default: slot(default),
            encoder: slot(encoder),
            indent: slot(indent),
            key_separator: Slot::new(Str::from_text(key_separator.text())),
            item_separator: Slot::new(Str::from_text(item_separator.text())),
            quoting: Cell::new(quoting_of(encoder)),
            sort_keys: Cell::new(sort_keys),
            skip_keys: Cell::new(skipkeys),
            allow_nan: Cell::new(allow_nan),
        };
        Ok(alloc_instance(cls.0, payload))
    }
    fn __call__(this: &Encoder, #[kw] obj: Value, #[kw] _current_indent_level: isize) -> Result<Object, Raised> {
        let mut out = TextBuf::new();
        this.value(&mut out, obj, _current_indent_level.max(0) as usize)?;
        Ok(Tuple::from_vec(vec![buf_to_str(&out)]))
    }
}
