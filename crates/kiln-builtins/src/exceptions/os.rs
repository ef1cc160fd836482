//! `OSError`: its class follows from `errno`.

use super::base::{default_str, init_args, new_exception, no_keywords, own_dict, reduce_with};
use super::extra::{self, exception_methods, mark};
use crate::support::{repr, same_special, to_text, tuple};
use kiln_object::args::{Keywords, Rest};
use kiln_object::exception::{BaseException, is_instance};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{ClassRef, Object, Raised, Special, Type, TypeCell, Value, exc, ops, raise};

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
const WRITTEN: usize = 4;

/// The class for an error number on Linux.
fn class_of_errno(n: i64) -> Option<&'static TypeCell> {
    Some(match n {
        11 | 114 | 115 => &exc::BlockingIOError,
        32 | 108 => &exc::BrokenPipeError,
        10 => &exc::ChildProcessError,
        103 => &exc::ConnectionAbortedError,
        111 => &exc::ConnectionRefusedError,
        104 => &exc::ConnectionResetError,
        17 => &exc::FileExistsError,
        2 => &exc::FileNotFoundError,
        21 => &exc::IsADirectoryError,
        20 => &exc::NotADirectoryError,
        4 => &exc::InterruptedError,
        1 | 13 => &exc::PermissionError,
        3 => &exc::ProcessLookupError,
        110 => &exc::TimeoutError,
        _ => return None,
    })
}

/// An `OSError` of the class that `errno` asks for, as system calls that failed raise it.
pub fn os_error(errno: i32, filename: Option<Object>) -> Raised {
    let message = std::io::Error::from_raw_os_error(errno).to_string();
    let message = message.split(" (os error").next().unwrap_or_default().to_owned();
    let class = class_of_errno(i64::from(errno)).unwrap_or(&exc::OSError);
    let mut args = vec![Object::int(i64::from(errno)), Str::new(&message)];
    let e = BaseException::make(class.get(), Tuple::from_vec(args.clone()));
    args.extend(filename.clone());
    let items: Vec<Value> = args.iter().map(|o| o.value()).collect();
    if let Err(r) = set_fields(e.expect::<BaseException>(), &items) {
        return r;
    }
    raise::exception(e)
}

/// A subclass with its own `__init__` and the native `__new__` gets its fields from `__init__`.
fn uses_init(class: &Type) -> bool {
    let os = exc::OSError.get();
    !same_special(class, os, Special::Init) && same_special(class, os, Special::New)
}

/// The arguments that stay in `args`: the file names go to attributes.
fn kept(args: &[Value]) -> &[Value] {
    match args.len() {
        3..=5 => &args[..2],
        _ => args,
    }
}

/// `OSError(errno, strerror[, filename[, winerror[, filename2]]])`.
pub fn set_fields(e: &BaseException, args: &[Value]) -> Result<(), Raised> {
    mark(e);
    let v = Value::from_ptr(&e.header);
    if !(2..=5).contains(&args.len()) {
        init_args(e, args);
        return Ok(());
    }
    e.set_extra_at(ERRNO, Some(args[0].to_object()));
    e.set_extra_at(STRERROR, Some(args[1].to_object()));
    let filename = args.get(2).filter(|f| !f.is_none());
    let mut stays = false;
    if let Some(f) = filename {
        if is_instance(v, &exc::BlockingIOError) && ops::index_quiet(*f)?.is_some() {
            // Here the third argument is a number of characters, and it stays among the arguments.
            let n = ops::index(*f)?;
            e.set_extra_at(WRITTEN, Some(n));
            stays = true;
        } else {
            e.set_extra_at(FILENAME, Some(f.to_object()));
            if let Some(second) = args.get(4).filter(|f| !f.is_none()) {
                e.set_extra_at(FILENAME2, Some(second.to_object()));
            }
        }
    }
    init_args(e, if stays || filename.is_none() { args } else { kept(args) });
    Ok(())
}

exception_methods!(
    OsErrors,
    METHODS,
    "OSError",
    [errno, set_errno = 0; strerror, set_strerror = 1; filename, set_filename = 2; filename2, set_filename2 = 3],
    {
        #[new]
        fn new(cls: ClassRef, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
            if uses_init(cls.0) {
                return Ok(new_exception(cls, &[]));
            }
            let mut class = cls;
            if !kwargs.is_empty() {
                return Err(kiln_object::raise!(TypeError, "{}() takes no keyword arguments", cls.name()));
            }
            if std::ptr::eq(cls.0, exc::OSError.get())
                && (2..=5).contains(&args.len())
                && let Some(n) = args[0].as_small_int()
                && let Some(c) = class_of_errno(n)
            {
                class = ClassRef(c.get());
            }
            let o = new_exception(class, args);
            set_fields(o.expect::<BaseException>(), args)?;
            Ok(o)
        }
        fn __init__(this: &BaseException, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
            if !uses_init(this.header.class()) {
                return Ok(());
            }
            no_keywords(this, &kwargs)?;
            set_fields(this, args)
        }
        fn __str__(this: &BaseException) -> Result<String, Raised> {
            let field = |i: usize| -> Result<String, Raised> {
                to_text(extra::get(this, i).unwrap_or_else(Object::none).value())
            };
            let Some(filename) = extra::get(this, FILENAME) else {
                return match (extra::get(this, ERRNO), extra::get(this, STRERROR)) {
                    (Some(_), Some(_)) => Ok(format!("[Errno {}] {}", field(ERRNO)?, field(STRERROR)?)),
                    _ => default_str(this),
                };
            };
            let start = format!("[Errno {}] {}: {}", field(ERRNO)?, field(STRERROR)?, repr(filename.value())?);
            match extra::get(this, FILENAME2) {
                Some(second) => Ok(format!("{start} -> {}", repr(second.value())?)),
                None => Ok(start),
            }
        }
        fn __reduce__(this: &BaseException) -> Object {
            let args = this.args_tuple();
            let items = args.expect::<Tuple>();
            let args = match (items.len(), extra::get(this, FILENAME)) {
                (2, Some(f)) => {
                    let mut all = vec![items.items()[0].to_object(), items.items()[1].to_object(), f];
                    if let Some(second) = extra::get(this, FILENAME2) {
                        all.push(Object::none());
                        all.push(second);
                    }
                    tuple(all)
                }
                _ => args.clone(),
            };
            reduce_with(this, args, own_dict(this))
        }
        #[getter]
        fn characters_written(this: &BaseException) -> Result<Object, Raised> {
            extra::get(this, WRITTEN)
                .ok_or_else(|| raise::with_message(&exc::AttributeError, "characters_written"))
        }
        #[setter]
        fn set_characters_written(this: &BaseException, value: Option<Value>) -> Result<(), Raised> {
            match value {
                Some(v) => {
                    let n = ops::index(v)?;
                    extra::set(this, WRITTEN, Some(n.value()));
                    Ok(())
                }
                None if extra::get(this, WRITTEN).is_none() => {
                    Err(raise::with_message(&exc::AttributeError, "characters_written"))
                }
                None => {
                    extra::set(this, WRITTEN, None);
                    Ok(())
                }
            }
        }
    }
);
