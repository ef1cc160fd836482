//! Joins the compiler to the object model: source text to code objects, its errors and warnings to Python's.

use kiln_bytecode::{Code, co};
use kiln_compiler::{Compiled, Mode, Options, WarningCategory};
use kiln_object::bytes::Bytes;
use kiln_object::code::CodeObject;
use kiln_object::exception::exc;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, raise};
use kiln_stdlib::ast::{Wants, flag};
use kiln_stdlib::config::config;
pub use kiln_stdlib::support::syntax_error::raise_error;
use kiln_stdlib::support::syntax_error::{syntax_error, undecodable};
use kiln_syntax::SyntaxError;
use std::sync::Arc;

/// Flags of `compile()`.
const ONLY_AST: i64 = 0x400;
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;

pub fn attach() {
    kiln_object::hooks::set_hooks(|h| h.compile = compile);
}

/// `compile(source, filename, mode, flags, optimize)`.
fn compile(source: Value, filename: Value, mode: &str, flags: i64, optimize: i64) -> Result<Object, Raised> {
    let name = match filename.cast::<Str>() {
        Some(name) => name.to_string_lossy(),
        None => String::from_utf8_lossy(&kiln_stdlib::buffer::to_vec(filename)?).into_owned(),
    };
    let mode = match mode {
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => Mode::Exec,
    };
    let options = Options {
        optimize: u8::try_from(if optimize < 0 { config().optimize } else { optimize })
            .unwrap_or(2)
            .min(2),
        future: flags as u32 & co::FUTURES,
        top_level_await: flags & ALLOW_TOP_LEVEL_AWAIT != 0,
    };
    if kiln_stdlib::ast::is_tree(source) {
        if flags & ONLY_AST != 0 {
            return Ok(source.to_object());
        }
        let made = kiln_stdlib::ast::read(source, mode)?;
        return code_object(kiln_compiler::compile_tree(&made, &name, mode, options), &name, "");
    }
    let text = text_of(source, &name)?;
    if flags & ONLY_AST != 0 {
        let wants = Wants {
            type_comments: flags & flag::TYPE_COMMENTS != 0,
            optimize: (flags & flag::OPTIMIZED_AST == flag::OPTIMIZED_AST).then_some(options.optimize),
        };
        return tree(&text, &name, mode, wants);
    }
    code_object(kiln_compiler::compile(&text, &name, mode, options), &name, &text)
}

/// The syntax tree of a text, as objects.
fn tree(text: &str, name: &str, mode: Mode, wants: Wants) -> Result<Object, Raised> {
    let text = kiln_compiler::plain_lines(text);
    let lines = kiln_syntax::Lines::new(&text);
    let parsed = kiln_syntax::parse(&text, mode).map_err(|fault| raise_error(&fault.locate(&text, &lines, name)))?;
    for warning in kiln_compiler::literal_warnings(&parsed) {
        warn(&warning, name, &text)?;
    }
    kiln_stdlib::ast::tree(&parsed, mode, wants)
}

fn text_of(source: Value, name: &str) -> Result<String, Raised> {
    let text = match source.cast::<Str>() {
        Some(text) => match text.text().to_utf8() {
            Some(text) => text,
            None => {
                // Lone surrogates cannot be encoded: the codec's own error says where.
                kiln_stdlib::codecs::encode(source, "utf-8", "strict")?;
                text.to_string_lossy()
            }
        },
        None => {
            let bytes = match source.cast::<Bytes>() {
                Some(bytes) => bytes.data().to_vec(),
                None => kiln_stdlib::buffer::to_vec(source)?,
            };
            match kiln_compiler::decode(&bytes, None) {
                Ok(text) => text,
                Err(mut e) => match e.encoding.clone().map(|encoding| by_codec(&bytes, &encoding)) {
                    Some(Ok(text)) => text,
                    Some(Err(why)) => {
                        e.msg = why.unwrap_or(e.msg);
                        return Err(undecodable(&e, name));
                    }
                    None => return Err(undecodable(&e, name)),
                },
            }
        }
    };
    if text.contains('\0') {
        return Err(syntax_error(
            &exc::SyntaxError,
            "source code string cannot contain null bytes",
            name,
            None,
            None,
        ));
    }
    Ok(text)
}

/// The text of a file that is run: what is wrong with its bytes has a place in it.
pub fn text_of_file(bytes: &[u8], name: &str) -> Result<String, Raised> {
    kiln_stdlib::support::syntax_error::check_file(bytes, name)?;
    text_of(Bytes::new_object(bytes).value(), name)
}

/// The text of a source in an encoding of the library's; or why there is none, if more is known than that there is no such codec.
fn by_codec(bytes: &[u8], encoding: &str) -> Result<String, Option<String>> {
    let bytes = kiln_object::bytes::Bytes::new_object(bytes);
    let decoded = kiln_stdlib::codecs::check_text(encoding, "decode")
        .and_then(|()| kiln_stdlib::codecs::decode(bytes.value(), encoding, "strict"));
    match decoded {
        Ok(text) => text.cast::<Str>().and_then(|text| text.text().to_utf8()).ok_or(None),
        Err(raised) => {
            let e = raise::take(raised);
            let text = kiln_object::ops::to_str(e.value()).map_err(raise::clear).ok();
            let text = text.and_then(|text| text.cast::<Str>().map(Str::to_string_lossy));
            Err(if e.class().is_subtype(exc::UnicodeError.get()) {
                text.map(|text| format!("(unicode error) {text}"))
            } else {
                let foreign = text.is_some_and(|text| text.contains("is not a text encoding"));
                foreign.then(|| format!("'{encoding}' is not a text encoding"))
            })
        }
    }
}

/// Compiles text that is decoded already.
pub fn compile_text(text: &str, name: &str, mode: Mode, options: Options) -> Result<Arc<Code>, Raised> {
    checked(kiln_compiler::compile(text, name, mode, options), name, text)
}

/// Issues the warnings of a compilation, or raises its error.
fn checked(result: Result<Compiled, Box<SyntaxError>>, name: &str, text: &str) -> Result<Arc<Code>, Raised> {
    match result {
        Ok(compiled) => {
            for warning in &compiled.warnings {
                warn(warning, name, text)?;
            }
            Ok(Arc::new(compiled.code))
        }
        Err(e) => Err(raise_error(&e)),
    }
}

fn code_object(result: Result<Compiled, Box<SyntaxError>>, name: &str, text: &str) -> Result<Object, Raised> {
    Ok(CodeObject::new_object(&checked(result, name, text)?))
}

fn warn(warning: &kiln_compiler::Warning, file: &str, text: &str) -> Result<(), Raised> {
    let category = match warning.category {
        WarningCategory::Syntax => &exc::SyntaxWarning,
        WarningCategory::Deprecation => &exc::DeprecationWarning,
    };
    match kiln_stdlib::warnings::warn_at(category, &warning.msg, file, i64::from(warning.lineno)) {
        Ok(()) => Ok(()),
        Err(raised) => {
            // A warning that is an error shows as one of syntax.
            let e = raise::take(raised);
            if !e.class().is_subtype(category.get()) {
                return Err(raise::again(e));
            }
            let line = text
                .lines()
                .nth(warning.lineno.saturating_sub(1) as usize)
                .map(|l| format!("{l}\n"));
            let place = (warning.lineno, warning.offset, warning.end_lineno, warning.end_offset);
            let message = warning.msg.replace("Such sequences will not work in the future. ", "");
            Err(syntax_error(
                &exc::SyntaxError,
                &message,
                file,
                Some(place),
                line.as_deref(),
            ))
        }
    }
}
