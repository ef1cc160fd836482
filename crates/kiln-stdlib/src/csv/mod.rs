//! `_csv`: tables as text, on which `csv` is built.

mod dialect;
mod reader;
mod writer;

use crate::support::errors::ErrorClass;
use kiln_macros::builtin_module;
use std::sync::atomic::{AtomicI64, Ordering};

pub use dialect::clear;

static ERROR: ErrorClass = ErrorClass::new();
static FIELD_LIMIT: AtomicI64 = AtomicI64::new(128 * 1024);

/// How long a field that is read may be.
fn field_limit() -> i64 {
    FIELD_LIMIT.load(Ordering::Relaxed)
}

/// CSV parsing and writing.
#[builtin_module("_csv")]
pub mod module {
    use super::dialect::{self, Dialect, DialectMethods};
    use super::reader::{Reader, ReaderMethods};
    use super::writer::{Writer, WriterMethods};
    use super::{ERROR, FIELD_LIMIT, Ordering, field_limit, reader};
    use kiln_object::args::Keywords;
    use kiln_object::dict::Dict;
    use kiln_object::layout::{Plain, Slot, alloc, header};
    use kiln_object::list::List;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::types::{define, flags};
    use kiln_object::{Object, Raised, Value, attr, exc, ops, raise};
    use std::cell::Cell;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        ERROR.add(module, "_csv.Error", &[exc::Exception.get()])?;
        let numbers = [
            ("QUOTE_MINIMAL", dialect::MINIMAL),
            ("QUOTE_ALL", dialect::ALL),
            ("QUOTE_NONNUMERIC", dialect::NON_NUMERIC),
            ("QUOTE_NONE", dialect::NONE),
            ("QUOTE_STRINGS", dialect::STRINGS),
            ("QUOTE_NOTNULL", dialect::NOT_NULL),
        ];
        crate::support::add_ints(module, &numbers);
        module.set("__version__", Str::new("1.0"));
        let class = define::<Dialect>("Dialect", "_csv", None, flags::BASETYPE, DialectMethods::METHODS, None);
        module.set("Dialect", class.as_value().to_object());
        let reader_class = define::<Reader>("reader", "_csv", None, flags::NO_NEW, ReaderMethods::METHODS, None);
        kiln_object::iter::set_fast_next(reader_class, reader::next);
        module.set("Reader", reader_class.as_value().to_object());
        let writer = define::<Writer>("writer", "_csv", None, flags::NO_NEW, WriterMethods::METHODS, None);
        module.set("Writer", writer.as_value().to_object());
        module.set("_dialects", dialect::registered());
        Ok(())
    }

    /// Return a reader object that will process lines from the given iterable.
    #[name = "reader"]
    pub fn make_reader(iterable: Value, dialect: Option<Value>, options: Keywords<'_>) -> Result<Object, Raised> {
        let lines = ops::iter(iterable)?;
        let dialect = dialect::from_call(dialect, options)?;
        let settings = dialect::settings_of(&dialect);
        Ok(alloc(Reader {
            header: header::<Reader>(),
            lines: Slot::new(lines),
            dialect: Slot::new(dialect),
            settings: Plain(settings),
            line_number: Cell::new(0),
        }))
    }
    /// Return a writer object that will write user data on the given file object.
    #[name = "writer"]
    pub fn make_writer(fileobj: Value, dialect: Option<Value>, options: Keywords<'_>) -> Result<Object, Raised> {
        let dialect = dialect::from_call(dialect, options)?;
        let write = attr::find_attr_str(fileobj, "write")?.filter(|write| attr::is_callable(write.value()));
        let Some(write) = write else {
            return Err(raise::type_error("argument 1 must have a \"write\" method".into()));
        };
        let settings = dialect::settings_of(&dialect);
        Ok(alloc(Writer {
            header: header::<Writer>(),
            write: Slot::new(write),
            dialect: Slot::new(dialect),
            settings: Plain(settings),
        }))
    }
    /// Create a mapping from a string name to a CVS dialect.
    pub fn register_dialect(name: Value, dialect: Option<Value>, options: Keywords<'_>) -> Result<(), Raised> {
        if name.cast::<Str>().is_none() {
            return Err(raise::type_error("dialect name must be a string".into()));
        }
        let dialect = dialect::from_call(dialect, options)?;
        let all = dialect::registered();
        all.expect::<Dict>().set(name, dialect.value())
    }
    /// Delete the name/dialect mapping associated with a string name.
    pub fn unregister_dialect(#[kw] name: Value) -> Result<(), Raised> {
        let all = dialect::registered();
        match all.expect::<Dict>().remove(name)? {
            Some(_) => Ok(()),
            None => Err(ERROR.raise("unknown dialect")),
        }
    }
    /// Return the dialect instance associated with name.
    pub fn get_dialect(#[kw] name: Value) -> Result<Object, Raised> {
        dialect::named(name)
    }
    /// Return a list of all known dialect names.
    pub fn list_dialects() -> Object {
        let all = dialect::registered();
        List::from_vec(all.expect::<Dict>().snapshot().into_iter().map(|(name, _)| name).collect())
    }
    /// Sets an upper limit on parsed fields; returns the old limit.
    pub fn field_size_limit(#[kw] new_limit: Option<Value>) -> Result<i64, Raised> {
        let old = field_limit();
        if let Some(v) = new_limit {
            let Some(n) = v.as_int() else { return Err(raise::type_error("limit must be an integer".into())) };
            let Some(n) = n.to_i64() else {
                return Err(raise::overflow_error("Python int too large to convert to C long"));
            };
            FIELD_LIMIT.store(n, Ordering::Relaxed);
        }
        Ok(old)
    }
}
