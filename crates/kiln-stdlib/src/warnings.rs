//! `_warnings`: what `warnings.warn` does, without importing `warnings` while the filters are the default ones.

use kiln_macros::builtin_module;
use kiln_object::call::{call, call_method_str};
use kiln_object::dict::Dict;
use kiln_object::frame::FrameObject;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, TypeCell, Value, attr, exc, ops, raise};
use std::cell::RefCell;

thread_local! {
    /// `_warnings.filters`, `_defaultaction`, `_onceregistry`, made when first needed.
    static STATE: RefCell<Option<(Object, Object, Object)>> = const { RefCell::new(None) };
    /// Counts changes of the filters.
    static FILTERS_VERSION: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

/// Forgets the filters, at the end.
pub fn clear() {
    drop(STATE.take());
}

fn filter(action: &str, category: &TypeCell, module: Option<&str>) -> Object {
    let none = Object::none();
    let module = module.map_or_else(|| none.clone(), Str::new);
    Tuple::from_array([Str::new(action), none, category.get().as_value().to_object(), module, Object::int(0)])
}

fn state() -> (Object, Object, Object) {
    if let Some(state) = STATE.with_borrow(Clone::clone) {
        return state;
    }
    let filters = if crate::config::config().dev_mode {
        vec![]
    } else {
        vec![
            filter("default", &exc::DeprecationWarning, Some("__main__")),
            filter("ignore", &exc::DeprecationWarning, None),
            filter("ignore", &exc::PendingDeprecationWarning, None),
            filter("ignore", &exc::ImportWarning, None),
            filter("ignore", &exc::ResourceWarning, None),
        ]
    };
    let made = (List::from_vec(filters), Str::new("default"), Dict::new_object());
    STATE.set(Some(made.clone()));
    // `-W` options are read by the `warnings` module, which knows their syntax.
    if !crate::config::config().warn_options.is_empty()
        && let Err(raised) = crate::support::import("warnings")
    {
        raise::clear(raised);
    }
    made
}

/// Issues a warning from Rust code; `stack_level` 1 is the Python code that runs.
pub fn warn(category: &TypeCell, message: &str, stack_level: i64) -> Result<(), Raised> {
    let text = Str::new(message);
    issue(text.value(), category.get().as_value(), stack_level.max(1))
}

/// Issues a warning about a place in a source file: the compiler's.
pub fn warn_at(category: &TypeCell, message: &str, file: &str, line: i64) -> Result<(), Raised> {
    let text = Str::new(message);
    let none = Object::none();
    let module = Str::new(file.strip_suffix(".py").unwrap_or(file));
    explicit(text.value(), category.get().as_value(), &Str::new(file), line, &module, none.value(), None)
}

/// The frame that a stack level means.
fn frame_at(level: i64) -> Option<Object> {
    (kiln_object::hooks::hooks().frame)(usize::try_from(level - 1).unwrap_or(0))
}

fn issue(message: Value, category: Value, level: i64) -> Result<(), Raised> {
    let frame = frame_at(level);
    let (globals, file, line) = match &frame {
        Some(frame) => {
            let globals = attr::get_attr_str(frame.value(), "f_globals")?;
            let line = attr::get_attr_str(frame.value(), "f_lineno")?;
            let code = frame.cast::<FrameObject>().and_then(|f| f.code.get());
            let file = match code {
                Some(code) => attr::get_attr_str(code.value(), "co_filename")?,
                None => Str::new("<sys>"),
            };
            (globals, file, line.as_small_int().unwrap_or(0))
        }
        None => {
            let sys = crate::support::import("sys")?;
            (attr::get_attr_str(sys.value(), "__dict__")?, Str::new("<sys>"), 0)
        }
    };
    let registry = match globals.cast::<Dict>() {
        Some(dict) => match dict.get_str("__warningregistry__") {
            Some(registry) => registry,
            None => {
                let registry = Dict::new_object();
                dict.set_str("__warningregistry__", &registry);
                registry
            }
        },
        None => Object::none(),
    };
    let module = globals.cast::<Dict>().and_then(|d| d.get_str("__name__")).unwrap_or_else(|| Str::new("<string>"));
    explicit(message, category, &file, line, &module, registry.value(), None)
}

fn text_of(v: &Object) -> String {
    v.cast::<Str>().map_or_else(String::new, Str::to_string_lossy)
}

fn matches(pattern: Value, text: &Object) -> Result<bool, Raised> {
    if pattern.is_none() {
        return Ok(true);
    }
    if let Some(exact) = pattern.exact::<Str>() {
        return Ok(exact.eq_str(&text_of(text)));
    }
    let found = call_method_str(pattern, "match", &[text.value()])?;
    ops::is_true(found.value())
}

/// The action of the first filter that fits.
fn action(text: &Object, category: Value, module: &Object, line: i64) -> Result<String, Raised> {
    let (mut filters, mut default, _) = state();
    // A program changes the filters through the `warnings` module.
    if let Some(warnings) = crate::state::module("warnings").filter(|w| !w.is_none()) {
        filters = attr::find_attr_str(warnings.value(), "filters")?.unwrap_or(filters);
        default = attr::find_attr_str(warnings.value(), "defaultaction")?.unwrap_or(default);
    }
    for item in ops::to_vec(filters.value())? {
        let Some(parts) = item.cast::<Tuple>().filter(|t| t.len() == 5) else {
            return Err(kiln_object::raise!(ValueError, "warnings.filters item isn't a 5-tuple"));
        };
        let parts: Vec<Object> = parts.items().iter().map(|v| v.to_object()).collect();
        let at = parts[4].as_small_int().unwrap_or(0);
        if matches(parts[1].value(), text)?
            && ops::is_subclass(category, parts[2].value())?
            && matches(parts[3].value(), module)?
            && (at == 0 || at == line)
        {
            return Ok(text_of(&parts[0]));
        }
    }
    Ok(text_of(&default))
}

fn explicit(
    message: Value,
    category: Value,
    file: &Object,
    line: i64,
    module: &Object,
    registry: Value,
    source: Option<Value>,
) -> Result<(), Raised> {
    let (text, instance, category) = if message.class().is_subtype(exc::Warning.get()) {
        (ops::to_str(message)?, message.to_object(), message.class().as_value())
    } else {
        (ops::to_str(message)?, call(category, &[message])?, category)
    };
    let key = Tuple::from_array([text.clone(), category.to_object(), Object::int(line)]);
    let registry = registry.cast::<Dict>();
    if let Some(registry) = registry {
        // What was seen under other filters does not count.
        let version = Object::int(FILTERS_VERSION.get());
        let known = registry.get_str("version");
        if known.is_none_or(|known| known.value() != version.value()) {
            registry.clear();
            registry.set_str("version", &version);
        }
    }
    if let Some(registry) = registry
        && let Some(seen) = registry.get(key.value())?
        && ops::is_true(seen.value())?
    {
        return Ok(());
    }
    let action = action(&text, category, module, line)?;
    match action.as_str() {
        "error" => return Err(raise::exception(instance)),
        "ignore" => return Ok(()),
        _ => {}
    }
    let already = |registry: &Dict, key: Value| -> Result<bool, Raised> {
        let seen = registry.get(key)?.is_some();
        registry.set(key, kiln_object::singletons::true_())?;
        Ok(seen)
    };
    if let Some(registry) = registry
        && action != "always"
        && action != "all"
    {
        registry.set(key.value(), kiln_object::singletons::true_())?;
    }
    let repeated = match action.as_str() {
        "always" | "all" | "default" => false,
        "once" => {
            let (_, _, once) = state();
            already(once.expect::<Dict>(), Tuple::from_array([text.clone(), category.to_object()]).value())?
        }
        "module" => match registry {
            Some(registry) => {
                let key = Tuple::from_array([text.clone(), category.to_object(), Object::int(0)]);
                already(registry, key.value())?
            }
            None => false,
        },
        other => {
            return Err(kiln_object::raise!(
                RuntimeError,
                "Unrecognized action ({}) in warnings.filters:\n {other}",
                crate::import::quoted(other)
            ));
        }
    };
    if !repeated {
        show(&text, &instance, category, file, line, source)?;
    }
    Ok(())
}

fn show(text: &Object, instance: &Object, category: Value, file: &Object, line: i64, source: Option<Value>) -> Result<(), Raised> {
    // A program that wants the warnings has imported `warnings`.
    if let Some(warnings) = crate::state::module("warnings")
        && let Some(f) = attr::find_attr_str(warnings.value(), "_showwarnmsg")?
    {
        let class = attr::get_attr_str(warnings.value(), "WarningMessage")?;
        let none = Object::none();
        let arguments = [
            instance.value(),
            category,
            file.value(),
            Object::int(line).value(),
            none.value(),
            none.value(),
            source.unwrap_or(none.value()),
        ];
        let warning = call(class.value(), &arguments)?;
        return call(f.value(), &[warning.value()]).map(drop);
    }
    let Some(stderr) = crate::state::sys_get("stderr").filter(|s| !s.is_none()) else { return Ok(()) };
    let name = text_of(&attr::get_attr_str(category, "__name__")?);
    let file = text_of(file);
    let mut out = format!("{file}:{line}: {name}: {}\n", text_of(text));
    if let Some(lines) = crate::source::Lookup::default().file(&file)
        && let Some(shown) = usize::try_from(line - 1).ok().and_then(|n| lines.get(n))
        && !shown.trim().is_empty()
    {
        out.push_str(&format!("  {}\n", shown.trim()));
    }
    call_method_str(stderr.value(), "write", &[Str::new(&out).value()]).map(drop)
}

/// _warnings provides basic warning filtering support.
#[builtin_module("_warnings")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let (filters, default, once) = super::state();
        module.set("filters", filters);
        module.set("_defaultaction", default);
        module.set("_onceregistry", once);
        let class = crate::support::import_attr("_contextvars", "ContextVar")?;
        module.set("_warnings_context", call(class.value(), &[Str::new("warnings_context").value()])?);
        Ok(())
    }

    /// Issue a warning, or maybe ignore it or raise an exception.
    pub fn warn(
        #[kw] message: Value,
        #[kw] category: Option<Value>,
        #[kw] #[default(1)] stacklevel: i64,
        #[kw] _source: Option<Value>,
        #[kwonly] skip_file_prefixes: Option<Value>,
    ) -> Result<(), Raised> {
        let category = match category.filter(|c| !c.is_none()) {
            _ if message.class().is_subtype(exc::Warning.get()) => message.class().as_value(),
            Some(category) => category,
            None => exc::UserWarning.get().as_value(),
        };
        let is_warning = category.cast::<kiln_object::Type>().is_some_and(|t| t.is_subtype(exc::Warning.get()));
        if !is_warning {
            return Err(kiln_object::raise!(
                TypeError,
                "category must be a Warning subclass, not '{}'",
                match category.cast::<kiln_object::Type>() {
                    Some(class) => class.name(),
                    None => category.class().name(),
                }
            ));
        }
        let mut level = stacklevel.max(1);
        if let Some(prefixes) = skip_file_prefixes {
            let prefixes: Vec<String> = ops::to_vec(prefixes)?.iter().map(super::text_of).collect();
            level = level.max(2);
            while let Some(frame) = super::frame_at(level) {
                let code = attr::get_attr_str(frame.value(), "f_code")?;
                let file = super::text_of(&attr::get_attr_str(code.value(), "co_filename")?);
                if !prefixes.iter().any(|p| file.starts_with(p.as_str())) {
                    break;
                }
                level += 1;
            }
        }
        super::issue(message, category, level)
    }
    /// Issue a warning, or maybe ignore it or raise an exception.
    pub fn warn_explicit(
        #[kw] message: Value,
        #[kw] category: Value,
        #[kw] filename: Value,
        #[kw] lineno: i64,
        #[kw] module: Option<Value>,
        #[kw] registry: Option<Value>,
        #[kw] _module_globals: Option<Value>,
        #[kw] source: Option<Value>,
    ) -> Result<(), Raised> {
        let file = filename.to_object();
        let module = match module.filter(|m| !m.is_none()) {
            Some(module) => module.to_object(),
            None => {
                let name = super::text_of(&file);
                Str::new(name.strip_suffix(".py").unwrap_or(if name.is_empty() { "<unknown>" } else { &name }))
            }
        };
        let none = Object::none();
        super::explicit(message, category, &file, lineno, &module, registry.unwrap_or(none.value()), source)
    }
    pub fn _filters_mutated_lock_held() {
        super::FILTERS_VERSION.set(super::FILTERS_VERSION.get() + 1);
    }
    pub fn _acquire_lock() {}
    pub fn _release_lock() {}
}

