//! `_json`: what makes `json` quick.

mod encoder;
mod scanner;
mod strings;

use kiln_macros::builtin_module;

/// json speedups
#[builtin_module("_json")]
pub mod module {
    use super::encoder::{Encoder, EncoderMethods};
    use super::scanner::{Scanner, ScannerMethods};
    use super::strings;
    use kiln_builtins::shared::buf_to_str;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::types::define;
    use kiln_object::{Object, Raised, Value, raise};
    use kiln_text::TextBuf;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let scanner = define::<Scanner>("Scanner", "_json", None, 0, ScannerMethods::METHODS, None);
        let encoder = define::<Encoder>("Encoder", "_json", None, 0, EncoderMethods::METHODS, None);
        module.set("make_scanner", scanner.as_value().to_object());
        module.set("make_encoder", encoder.as_value().to_object());
        Ok(())
    }

    fn quoted(text: Value, ascii: bool) -> Result<Object, Raised> {
        let Some(text) = text.cast::<Str>() else {
            return Err(raise::type_error(format!("first argument must be a string, not {}", text.class().name())));
        };
        let mut out = TextBuf::new();
        strings::quote(&mut out, text.text(), ascii);
        Ok(buf_to_str(&out))
    }
    /// Return an ASCII-only JSON representation of a Python string
    pub fn encode_basestring_ascii(string: Value) -> Result<Object, Raised> {
        quoted(string, true)
    }
    /// Return a JSON representation of a Python string
    pub fn encode_basestring(string: Value) -> Result<Object, Raised> {
        quoted(string, false)
    }
    /// scanstring(string, end, strict=True) -> (string, end)
    pub fn scanstring(string: Value, end: isize, #[default(true)] strict: bool) -> Result<Object, Raised> {
        let Some(text) = string.cast::<Str>() else {
            return Err(raise::type_error(format!("first argument must be a string, not {}", string.class().name())));
        };
        match usize::try_from(end) {
            Ok(end) if end <= text.len() && end > 0 => strings::scan(text, end, strict).map(strings::pair),
            _ => Err(raise::value_error("end is out of bounds")),
        }
    }
}
