//! Exception objects and the list of the built-in exception classes.

use crate::layout::{Slot, TypeCell, alloc_instance};
use crate::list::List;
use crate::object_struct;
use crate::tuple::Tuple;
use crate::types::Type;
use crate::value::{Object, Value};
use std::cell::Cell;

object_struct! {
    /// Every exception.
    pub struct BaseException = "BaseException", Container {
        pub args: Slot,
        pub traceback: Slot,
        pub context: Slot,
        pub cause: Slot,
        pub suppress_context: Cell<bool>,
        /// Further attributes of some built-in classes (`errno`, `name`, `value` ...), a list in the order of
        /// [`extra_fields`]; an unset one is the unbound marker. Empty: to be derived from `args` when asked for;
        /// `None`: all unset.
        pub extra: Slot,
    }
}

macro_rules! exceptions {
    ($($name:ident : $base:ident $([$($field:literal),*])?),* $(,)?) => {
        /// The built-in exception classes.
        #[expect(non_upper_case_globals, reason = "Python's names")]
        pub mod exc {
            use crate::layout::TypeCell;
            $(pub static $name: TypeCell = TypeCell::new();)*
        }
        /// Name, cell, cell of the base, names of the extra attributes: bases come first.
        pub static EXCEPTIONS: &[(&str, &TypeCell, &TypeCell, &[&str])] = &[
            $((stringify!($name), &exc::$name, &exc::$base, &[$($($field),*)?])),*
        ];
    };
}

exceptions! {
    BaseException: BaseException,
    Exception: BaseException, GeneratorExit: BaseException, KeyboardInterrupt: BaseException, SystemExit: BaseException ["code"],
    BaseExceptionGroup: BaseException ["message", "exceptions"],
    ArithmeticError: Exception, AssertionError: Exception, AttributeError: Exception ["name", "obj"], BufferError: Exception, EOFError: Exception,
    ImportError: Exception ["msg", "name", "path", "name_from"], LookupError: Exception, MemoryError: Exception, NameError: Exception ["name"],
    OSError: Exception ["errno", "strerror", "filename", "filename2", "characters_written"],
    ReferenceError: Exception, RuntimeError: Exception, StopAsyncIteration: Exception, StopIteration: Exception ["value"],
    SyntaxError: Exception ["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line", "_metadata"],
    SystemError: Exception, TypeError: Exception, ValueError: Exception, Warning: Exception,
    FloatingPointError: ArithmeticError, OverflowError: ArithmeticError, ZeroDivisionError: ArithmeticError,
    ModuleNotFoundError: ImportError, IndexError: LookupError, KeyError: LookupError, UnboundLocalError: NameError,
    BlockingIOError: OSError, ChildProcessError: OSError, ConnectionError: OSError, FileExistsError: OSError, FileNotFoundError: OSError,
    InterruptedError: OSError, IsADirectoryError: OSError, NotADirectoryError: OSError, PermissionError: OSError, ProcessLookupError: OSError, TimeoutError: OSError,
    BrokenPipeError: ConnectionError, ConnectionAbortedError: ConnectionError, ConnectionRefusedError: ConnectionError, ConnectionResetError: ConnectionError,
    NotImplementedError: RuntimeError, RecursionError: RuntimeError, PythonFinalizationError: RuntimeError,
    IndentationError: SyntaxError, TabError: IndentationError, _IncompleteInputError: SyntaxError,
    UnicodeError: ValueError,
    UnicodeDecodeError: UnicodeError ["encoding", "object", "start", "end", "reason"],
    UnicodeEncodeError: UnicodeError ["encoding", "object", "start", "end", "reason"],
    UnicodeTranslateError: UnicodeError ["encoding", "object", "start", "end", "reason"],
    DeprecationWarning: Warning, PendingDeprecationWarning: Warning, UserWarning: Warning, SyntaxWarning: Warning, RuntimeWarning: Warning,
    FutureWarning: Warning, ImportWarning: Warning, UnicodeWarning: Warning, BytesWarning: Warning, ResourceWarning: Warning, EncodingWarning: Warning,
}

impl BaseException {
    pub fn payload(args: Object) -> BaseException {
        BaseException {
            header: crate::layout::header::<BaseException>(),
            args: Slot::new(args),
            traceback: Slot::empty(),
            context: Slot::empty(),
            cause: Slot::empty(),
            suppress_context: Cell::new(false),
            extra: Slot::empty(),
        }
    }
    /// A new exception of `class` with these `args` (a tuple). Runs no Python: for built-in classes.
    pub fn make(class: &'static Type, args: Object) -> Object {
        alloc_instance(class, BaseException::payload(args))
    }
    /// What calling `class` with these arguments makes, where `Making::Exception` says that there is no more to it.
    pub fn called(class: &'static Type, args: Object) -> Object {
        let payload = BaseException::payload(args);
        // Not to be derived from the arguments: `__init__` of a class that has extra attributes would set them.
        payload.extra.set(Object::none());
        alloc_instance(class, payload)
    }
    /// Releases what it has, for good: in CPython's order, which destructors show.
    pub(crate) fn give_up(&self) {
        let class = Value::from_ptr(&self.header).class();
        if !class.is_subtype(exc::AttributeError.get())
            && let Some(extra) = self.extra.peek()
            && let Some(extra) = extra.cast::<List>()
        {
            // A list gives its items up last to first.
            extra.reverse();
        }
        for slot in [&self.extra, &self.args, &self.traceback, &self.cause, &self.context] {
            // A collection that the release starts must not find it here.
            let v = slot.swap_raw(Value::PENDING);
            if !v.is_pending() {
                v.decref();
            }
        }
    }
    pub fn args_tuple(&self) -> Object {
        self.args.get().unwrap_or_else(Tuple::empty)
    }
    /// Sets the extra attributes, in the order of the class's list.
    pub fn set_extra(&self, extra: Vec<Option<Object>>) {
        let items = extra
            .into_iter()
            .map(|o| o.unwrap_or_else(|| crate::singletons::unbound().to_object()))
            .collect();
        self.extra.set(List::from_vec(items));
    }
    /// Extra attribute number `i`, if set.
    pub fn extra_at(&self, i: usize) -> Option<Object> {
        let extra = self.extra.peek()?;
        extra.cast::<List>()?.get(i).filter(|v| !v.is_unbound())
    }
    pub fn set_extra_at(&self, i: usize, v: Option<Object>) {
        if self.extra.peek().is_none_or(|l| l.cast::<List>().is_none()) {
            self.extra.set(List::new());
        }
        if let Some(extra) = self.extra.get() {
            let list = extra.expect::<List>();
            while list.len() <= i {
                list.push(crate::singletons::unbound().to_object());
            }
            drop(list.replace(i, v.unwrap_or_else(|| crate::singletons::unbound().to_object())));
        }
    }
}

/// The names of the extra attributes of instances of `class`.
pub fn extra_fields(class: &Type) -> &'static [&'static str] {
    for c in class.mro() {
        if let Some((.., fields)) = EXCEPTIONS.iter().find(|(_, cell, ..)| std::ptr::eq(cell.get(), c))
            && !fields.is_empty()
        {
            return fields;
        }
    }
    &[]
}

/// Whether `v` is an exception instance.
pub fn is_exception(v: Value) -> bool {
    v.cast::<BaseException>().is_some()
}
/// Whether `v` is an exception class.
pub fn is_exception_class(v: Value) -> bool {
    v.cast::<Type>().is_some_and(|t| t.is_subtype(exc::BaseException.get()))
}

/// Makes `context` the context of `exception`, breaking a cycle that this would close.
pub fn set_context(exception: &Object, context: Object) {
    if exception.value() == context.value() {
        return;
    }
    let Some(e) = exception.cast::<BaseException>() else {
        return;
    };
    // Walk down the chain with Floyd's second pointer: a chain that is a cycle already must not hang us.
    let mut at = context.clone();
    let mut slow = context.clone();
    let mut step = false;
    loop {
        let next = match at.cast::<BaseException>().and_then(|b| b.context.get()) {
            Some(n) => n,
            None => break,
        };
        if next.value() == exception.value() {
            at.expect::<BaseException>().context.clear();
            break;
        }
        at = next;
        if step {
            if let Some(n) = slow.cast::<BaseException>().and_then(|b| b.context.get()) {
                slow = n;
            }
            if slow.value() == at.value() {
                break;
            }
        }
        step = !step;
    }
    e.context.set(context);
}

/// The class of a cell, for `raise::catch` and comparisons.
pub fn is_instance(e: Value, class: &TypeCell) -> bool {
    e.class().is_subtype(class.get())
}
