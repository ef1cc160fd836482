//! The hooks of `sys`: what is shown at the prompt, exceptions that cannot go anywhere, `breakpoint()`, audit hooks.

use crate::state::sys_get;
use crate::support::structseq::{ClassCell, Spec};
use kiln_object::args::{Keywords, Rest};
use kiln_object::call::{call, call_keywords, call_method_str};
use kiln_object::exception::{BaseException, exc};
use kiln_object::frame::Traceback;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, ops, raise};
use std::cell::RefCell;

/// Writes a value's `repr` to `sys.stdout` and keeps it as `builtins._`.
pub fn display(value: Value) -> Result<(), Raised> {
    if value.is_none() {
        return Ok(());
    }
    let builtins = match crate::state::module("builtins") {
        Some(builtins) => builtins,
        None => return Err(kiln_object::raise!(RuntimeError, "lost builtins module")),
    };
    attr::set_attr_str(builtins.value(), "_", kiln_object::singletons::none())?;
    let Some(out) = sys_get("stdout").filter(|out| !out.is_none()) else {
        return Err(kiln_object::raise!(RuntimeError, "lost sys.stdout"));
    };
    let text = ops::repr(value)?;
    match call_method_str(out.value(), "write", &[text.value()]) {
        Ok(_) => {}
        Err(raised) => {
            // What the stream's encoding cannot show is shown escaped.
            let _ = raise::catch(raised, &exc::UnicodeEncodeError)?;
            let ascii = ascii_only(text.expect::<Str>());
            call_method_str(out.value(), "write", &[ascii.value()])?;
        }
    }
    call_method_str(out.value(), "write", &[Str::new("\n").value()])?;
    attr::set_attr_str(builtins.value(), "_", value)
}

fn ascii_only(text: &Str) -> Object {
    let mut out = kiln_text::TextBuf::new();
    for code in text.text().iter() {
        if code < 0x80 { out.push(code) } else { kiln_text::escape::push_escaped(&mut out, code) }
    }
    Str::from_text(out.as_text())
}

static UNRAISABLE_ARGS: ClassCell = ClassCell::new(Spec {
    name: "UnraisableHookArgs",
    module: "sys",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "err_msg", "object"],
    visible: 5,
    closed: true,
});

/// Makes `sys.unraisablehook` what the runtime calls.
pub fn install_unraisable() {
    kiln_object::runtime().unraisable.set(report_unraisable);
}

fn report_unraisable(exception: Object, message: &str, object: Option<Value>) {
    let t = kiln_object::thread::thread();
    kiln_object::frame::settle_caller();
    let saved = t.pending.take();
    if let Err(raised) = try_report(&exception, message, object) {
        raise::clear(raised);
    }
    drop(t.pending.replace(saved));
}

fn try_report(exception: &Object, message: &str, object: Option<Value>) -> Result<(), Raised> {
    let hook = sys_get("unraisablehook").filter(|hook| !hook.is_none());
    let traceback = &exception.expect::<BaseException>().traceback;
    // What has come through no frame shows where it happened.
    if traceback.is_empty()
        && let Some(frame) = (kiln_object::hooks::hooks().frame)(0)
    {
        let index = (kiln_object::hooks::hooks().frame_index)(frame.value()).unwrap_or(0);
        traceback.set(Traceback::new_object(None, frame, index, None));
    }
    let traceback = traceback.get().unwrap_or_else(Object::none);
    // Once the interpreter is ending, or when the hook is our own, the report needs no Python.
    let native = hook.as_ref().is_none_or(|h| {
        kiln_object::native::as_native(h).is_some_and(|n| n.def.name == "unraisablehook")
    });
    if native {
        return write_unraisable(exception.value(), Some(message), object);
    }
    let Some(hook) = hook else { return Ok(()) };
    // Messages that name the object are whole; it is then not passed on its own.
    let (text, passed) = match object {
        Some(o) if message.starts_with("Exception ignored while calling deallocator") => {
            (format!("{message} {}", ops::repr_lossy(o)), None)
        }
        _ => (message.to_owned(), object),
    };
    let arguments = UNRAISABLE_ARGS.make(vec![
        exception.class().as_value().to_object(),
        exception.clone(),
        traceback,
        if text.is_empty() { Object::none() } else { Str::new(&text) },
        passed.map_or_else(Object::none, |o| o.to_object()),
    ]);
    match call(hook.value(), &[arguments.value()]) {
        Ok(_) => Ok(()),
        Err(raised) => {
            let e = raise::take(raised);
            write_unraisable(e.value(), Some("Exception ignored in sys.unraisablehook"), Some(hook.value()))
        }
    }
}

/// The report itself: a line that says where, and the traceback.
fn write_unraisable(exception: Value, message: Option<&str>, object: Option<Value>) -> Result<(), Raised> {
    let Some(stderr) = sys_get("stderr").filter(|s| !s.is_none()) else { return Ok(()) };
    let line = match (message.filter(|m| !m.is_empty()), object.filter(|o| !o.is_none())) {
        (Some(message), None) => format!("{message}:\n"),
        (message, Some(object)) => {
            let shown = match ops::repr(object) {
                Ok(text) => text.expect::<Str>().to_string_lossy(),
                Err(raised) => {
                    raise::clear(raised);
                    "<object repr() failed>".to_owned()
                }
            };
            match message {
                Some(message) => format!("{message} {shown}:\n"),
                None => format!("Exception ignored in: {shown}\n"),
            }
        }
        (None, None) => String::new(),
    };
    call_method_str(stderr.value(), "write", &[Str::new(&line).value()])?;
    crate::traceback::print_to(exception, stderr.value())?;
    call_method_str(stderr.value(), "flush", &[]).map(drop)
}

/// `sys.unraisablehook` called by a program.
pub fn unraisable_hook(arguments: Value) -> Result<(), Raised> {
    let value = attr::get_attr_str(arguments, "exc_value")?;
    let message = attr::get_attr_str(arguments, "err_msg")?;
    let object = attr::get_attr_str(arguments, "object")?;
    let message = message.cast::<Str>().map(Str::to_string_lossy);
    write_unraisable(value.value(), message.as_deref(), Some(object.value()))
}

/// `breakpoint()`: `PYTHONBREAKPOINT` names the function; empty for the debugger, `0` for nothing.
pub fn breakpoint(args: Rest<'_>, keywords: Keywords<'_>) -> Result<Object, Raised> {
    let named = if crate::config::config().ignore_environment { None } else { std::env::var("PYTHONBREAKPOINT").ok() };
    let target = match named.as_deref() {
        Some("0") => return Ok(Object::none()),
        None | Some("") => "pdb.set_trace".to_owned(),
        Some(name) => name.to_owned(),
    };
    let (module, name) = target.rsplit_once('.').unwrap_or(("builtins", &target));
    let function = match crate::support::import_attr(module, name) {
        Ok(function) => function,
        Err(raised) if named.is_some() => {
            raise::clear(raised);
            crate::warnings::warn(&exc::RuntimeWarning, &format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{target}\""), 0)?;
            return Ok(Object::none());
        }
        Err(raised) => return Err(raised),
    };
    let named: Vec<(Value, Value)> = keywords.iter().collect();
    call_keywords(function.value(), args, &named)
}

thread_local! {
    static AUDIT_HOOKS: RefCell<Vec<Object>> = const { RefCell::new(Vec::new()) };
}

/// Forgets the audit hooks, at the end.
pub fn clear() {
    drop(AUDIT_HOOKS.take());
}

pub fn add_audit_hook(hook: Value) -> Result<(), Raised> {
    let hooks = AUDIT_HOOKS.with_borrow(Clone::clone);
    let event = Str::new("sys.addaudithook");
    for existing in hooks {
        let arguments = kiln_object::tuple::Tuple::empty();
        if let Err(raised) = call(existing.value(), &[event.value(), arguments.value()]) {
            // A hook that objects with an ordinary exception keeps the new one out.
            let _ = raise::catch(raised, &exc::Exception)?;
            return Ok(());
        }
    }
    AUDIT_HOOKS.with_borrow_mut(|hooks| hooks.push(hook.to_object()));
    Ok(())
}

pub fn audit(event: &Str, args: Rest<'_>) -> Result<(), Raised> {
    let hooks = AUDIT_HOOKS.with_borrow(Clone::clone);
    if hooks.is_empty() {
        return Ok(());
    }
    let event = Str::from_text(event.text());
    let arguments = kiln_object::tuple::Tuple::from_values(args);
    for hook in hooks {
        call(hook.value(), &[event.value(), arguments.value()])?;
    }
    Ok(())
}
