//! `_io`: files and streams. `base.rs` has the abstract classes, `file.rs` raw files, `buffered.rs` buffers, `text.rs`
//! text, `memory.rs` streams in memory, `newline.rs` line ends, `streams.rs` the standard streams.

pub mod base;
pub mod buffered;
pub mod file;
pub mod memory;
pub mod newline;
pub mod streams;
pub mod text;

use kiln_macros::builtin_module;
use kiln_object::call::call_method_str;
use kiln_object::layout::ObjectType;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Type, Value, raise};

/// `io.DEFAULT_BUFFER_SIZE`.
pub const BUFFER_SIZE: usize = 128 * 1024;

/// Makes the classes, once.
pub fn classes() -> Vec<&'static Type> {
    if let Some(base) = base::IoBase::class_cell().try_get() {
        return vec![
            base,
            base::RawBase::class(),
            base::BufferedBase::class(),
            base::TextBase::class(),
            file::FileIo::class(),
            buffered::BufferedReader::class(),
            buffered::BufferedWriter::class(),
            buffered::BufferedRandom::class(),
            buffered::BufferedPair::class(),
            text::TextIo::class(),
            newline::NewlineDecoder::class(),
            memory::BytesIo::class(),
            memory::StringIo::class(),
        ];
    }
    let mut all = base::install();
    all.push(file::install());
    all.extend(buffered::install());
    all.push(text::install());
    all.push(newline::install());
    all.extend(memory::install());
    all
}

/// Arguments of `open`.
pub struct Open<'a> {
    pub file: Value,
    pub mode: &'a str,
    pub buffering: i64,
    pub encoding: Option<String>,
    pub errors: Option<String>,
    pub newline: Option<Value>,
    pub closefd: bool,
    pub opener: Option<Value>,
}

/// `open()`.
pub fn open(o: Open<'_>) -> Result<Object, Raised> {
    classes();
    let bad = || kiln_object::raise!(ValueError, "invalid mode: {}", crate::import::quoted(o.mode));
    let mode = o.mode;
    let has = |c: char| mode.contains(c);
    let mut seen = Vec::new();
    for c in mode.chars() {
        if !"axrwb+t".contains(c) || seen.contains(&c) {
            return Err(bad());
        }
        seen.push(c);
    }
    let (text, binary) = (has('t'), has('b'));
    if text && binary {
        return Err(raise::value_error("can't have text and binary mode at once"));
    }
    if ['x', 'r', 'w', 'a'].iter().filter(|c| has(**c)).count() != 1 {
        return Err(raise::value_error("must have exactly one of create/read/write/append mode"));
    }
    if binary {
        for (given, name) in
            [(o.encoding.is_some(), "an encoding"), (o.errors.is_some(), "an errors"), (o.newline.is_some_and(|n| !n.is_none()), "a newline")]
        {
            if given {
                return Err(kiln_object::raise!(ValueError, "binary mode doesn't take {name} argument"));
            }
        }
    }
    let raw_mode: String = mode.chars().filter(|c| "xrwa+".contains(*c)).collect();
    let raw = kiln_object::call::call(file::FileIo::class().as_value(), &[
        o.file,
        Str::new(&raw_mode).value(),
        Object::bool(o.closefd).value(),
        o.opener.unwrap_or(kiln_object::singletons::none()),
    ])?;
    // From here on, an error closes the file.
    match layers(&raw, &o, binary) {
        Ok(stream) => Ok(stream),
        Err(raised) => {
            let e = raise::take(raised);
            if let Err(later) = call_method_str(raw.value(), "close", &[]) {
                raise::clear(later);
            }
            Err(raise::again(e))
        }
    }
}

fn layers(raw: &Object, o: &Open<'_>, binary: bool) -> Result<Object, Raised> {
    let file = raw.expect::<file::FileIo>();
    let mut buffering = o.buffering;
    let mut line_buffering = false;
    if buffering == 1 && binary {
        crate::warnings::warn(
            &kiln_object::exc::RuntimeWarning,
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
            1,
        )?;
        buffering = -1;
    }
    let terminal = || call_method_str(raw.value(), "isatty", &[]).map(|t| t.is_true());
    if buffering < 0 && terminal()? || buffering == 1 {
        line_buffering = true;
        buffering = -1;
    }
    if buffering < 0 {
        buffering = file.block_size.get().clamp(BUFFER_SIZE as i64, 8 * 1024 * 1024);
    }
    if buffering == 0 {
        if !binary {
            return Err(raise::value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.clone());
    }
    let updating = o.mode.contains('+');
    let kind = if updating {
        buffered::Kind::Random
    } else if o.mode.contains('r') {
        buffered::Kind::Reader
    } else {
        buffered::Kind::Writer
    };
    let buffer = buffered::make(kind, raw, buffering)?;
    if binary {
        return Ok(buffer);
    }
    let options = text::Options {
        encoding: o.encoding.clone(),
        errors: o.errors.clone(),
        newline: o.newline,
        line_buffering,
        write_through: false,
        keep_alive: std::marker::PhantomData,
    };
    let wrapper = text::make(&buffer, options)?;
    base::set_own(wrapper.value(), "mode", Str::new(o.mode));
    Ok(wrapper)
}

/// The io module provides the Python interfaces to stream handling.
#[builtin_module("_io")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        for class in super::classes() {
            crate::support::add_class(module, class);
        }
        module.set("DEFAULT_BUFFER_SIZE", Object::int(BUFFER_SIZE as i64));
        module.set("BlockingIOError", kiln_object::exc::BlockingIOError.get().as_value().to_object());
        // A class with two bases, as a class statement would make it.
        let bases = [kiln_object::exc::OSError.get(), kiln_object::exc::ValueError.get()];
        let bases = kiln_object::tuple::Tuple::from_vec(bases.iter().map(|c| c.as_value().to_object()).collect());
        let namespace = kiln_object::dict::Dict::new_object();
        namespace.expect::<kiln_object::dict::Dict>().set_str("__module__", &Str::intern("io"));
        let class = kiln_object::call::call(
            Type::class().as_value(),
            &[Str::intern("UnsupportedOperation").value(), bases.value(), namespace.value()],
        )?;
        module.set("UnsupportedOperation", class);
        Ok(())
    }

    /// Open file and return a stream. Raise OSError upon failure.
    pub fn open(
        #[kw] file: Value,
        #[kw] mode: Option<String>,
        #[kw] #[default(-1)] buffering: i64,
        #[kw] #[none] encoding: Option<String>,
        #[kw] #[none] errors: Option<String>,
        #[kw] newline: Option<Value>,
        #[kw] #[default(true)] closefd: bool,
        #[kw] #[none] opener: Option<Value>,
    ) -> Result<Object, Raised> {
        let mode = mode.as_deref().unwrap_or("r");
        super::open(Open { file, mode, buffering, encoding, errors, newline, closefd, opener })
    }
    /// Opens the provided file with the intent to import the contents.
    pub fn open_code(#[kw] path: Value) -> Result<Object, Raised> {
        let (encoding, errors, newline, opener) = (None, None, None, None);
        super::open(Open { file: path, mode: "rb", buffering: -1, encoding, errors, newline, closefd: true, opener })
    }
    /// A helper function to choose the text encoding.
    pub fn text_encoding(encoding: Value, #[default(2)] _stacklevel: i64) -> Object {
        if encoding.is_none() { Str::new("locale") } else { encoding.to_object() }
    }
}
