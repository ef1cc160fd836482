//! `import`, natively: the statement's semantics, the search along `sys.meta_path`, loading of native, embedded and
//! source modules. Finders and loaders that a program installs are asked through the usual protocol.
//!
//! `finders.rs` finds, `loaders.rs` has the classes that modules show as `__loader__`, `spec.rs` is `ModuleSpec`,
//! `library.rs` the embedded sources.

mod finders;
mod from;
pub mod library;
mod load;
pub(crate) mod loaders;
pub(crate) mod spec;

pub use from::{import_from, import_star};
pub use load::{code_from_source, exec_source_file};
pub use loaders::{builtin_importer, install as install_finders, is_archive, make_source_loader, path_hook};
pub use spec::{ModuleSpec, make as make_spec};

use crate::state;
use kiln_object::dict::Dict;
use kiln_object::exception::exc;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, raise};

/// `import name` as the statement does it: `__import__` of the builtins if a program replaced it, else [`import_level`].
pub fn import_name(
    builtins: Value,
    globals: Value,
    locals: Value,
    name: Value,
    fromlist: Value,
    level: i64,
) -> Result<Object, Raised> {
    let function = builtins
        .cast::<Dict>()
        .and_then(|d| d.get_interned(kiln_object::intern!("__import__")));
    let ours = state::state().import_function.peek();
    match function {
        Some(f) if Some(f) == ours => import_level(name, Some(globals), fromlist, level),
        Some(f) => {
            let f = f.to_object();
            let level = Object::int(level);
            kiln_object::call::call(f.value(), &[name, globals, locals, fromlist, level.value()])
        }
        None => Err(kiln_object::raise!(ImportError, "__import__ not found")),
    }
}

/// `__import__(name, globals, locals, fromlist, level)`.
pub fn import_level(name: Value, globals: Option<Value>, fromlist: Value, level: i64) -> Result<Object, Raised> {
    let Some(text) = name.cast::<Str>() else {
        return Err(kiln_object::raise!(TypeError, "module name must be a string"));
    };
    let from = !fromlist.is_none() && kiln_object::ops::is_true(fromlist)?;
    if level == 0
        && let Some(module) = loaded(name)?
    {
        let dotted = text.text().find_code(u32::from(b'.')).is_some();
        if !dotted && !from {
            return Ok(module);
        }
        if from {
            return from::handle_fromlist(module, fromlist);
        }
    }
    let short = text.to_string_lossy();
    let absolute = match level {
        0 => {
            if short.is_empty() {
                return Err(raise::value_error("Empty module name"));
            }
            short.clone()
        }
        1.. => resolve(&short, globals, level)?,
        _ => return Err(raise::value_error("level must be >= 0")),
    };
    let module = find_and_load(&absolute)?;
    if from {
        return from::handle_fromlist(module, fromlist);
    }
    if level > 0 && short.is_empty() {
        return Ok(module);
    }
    let Some((front, _)) = short.split_once('.') else {
        return Ok(module);
    };
    if level == 0 {
        return find_and_load(front);
    }
    let cut = short.len() - front.len();
    let top = &absolute[..absolute.len() - cut];
    match state::module(top) {
        Some(module) => Ok(module),
        None => Err(kiln_object::raise!(KeyError, "'{top}' not in sys.modules as expected")),
    }
}

/// `sys.modules[name]` when it is there and no `None`.
fn loaded(name: Value) -> Result<Option<Object>, Raised> {
    let modules = state::modules()?;
    let found = match modules.exact::<Dict>() {
        Some(dict) => dict.get(name)?,
        None => match kiln_object::ops::get_item(modules.value(), name) {
            Ok(module) => Some(module),
            Err(raised) => {
                let _ = raise::catch(raised, &exc::KeyError)?;
                None
            }
        },
    };
    Ok(found.filter(|m| !m.is_none()))
}

/// The package that relative imports start from, per `__package__`, `__spec__` and `__name__`.
fn package(globals: Option<Value>) -> Result<String, Raised> {
    let Some(globals) = globals.filter(|g| !g.is_none()) else {
        return Err(kiln_object::raise!(KeyError, "'__name__' not in globals"));
    };
    let Some(globals) = globals.cast::<Dict>() else {
        return Err(kiln_object::raise!(TypeError, "globals must be a dict"));
    };
    let get = |name: &str| globals.get_str(name).filter(|v| !v.is_none());
    let spec = get("__spec__");
    if let Some(package) = get("__package__") {
        let Some(text) = package.cast::<Str>() else {
            return Err(kiln_object::raise!(TypeError, "__package__ must be a string"));
        };
        return Ok(text.to_string_lossy());
    }
    if let Some(spec) = spec {
        let parent = attr::get_attr_str(spec.value(), "parent")?;
        return match parent.cast::<Str>() {
            Some(text) => Ok(text.to_string_lossy()),
            None => Err(kiln_object::raise!(TypeError, "__spec__.parent must be a string")),
        };
    }
    crate::warnings::warn(
        &exc::ImportWarning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
        1,
    )?;
    let Some(name) = get("__name__") else {
        return Err(kiln_object::raise!(KeyError, "'__name__' not in globals"));
    };
    let Some(text) = name.cast::<Str>() else {
        return Err(kiln_object::raise!(TypeError, "__name__ must be a string"));
    };
    let text = text.to_string_lossy();
    if globals.get_str("__path__").is_some() {
        return Ok(text);
    }
    Ok(text
        .rsplit_once('.')
        .map_or_else(String::new, |(parent, _)| parent.to_owned()))
}

fn resolve(name: &str, globals: Option<Value>, level: i64) -> Result<String, Raised> {
    let package = package(globals)?;
    if package.is_empty() {
        return Err(import_error(
            "attempted relative import with no known parent package",
            None,
        ));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((shorter, _)) => base = shorter,
            None => return Err(import_error("attempted relative import beyond top-level package", None)),
        }
    }
    Ok(if name.is_empty() {
        base.to_owned()
    } else {
        format!("{base}.{name}")
    })
}

/// Whether a folder or archive has a `__main__` module.
pub fn has_main(place: &Object) -> Result<bool, Raised> {
    let path = kiln_object::list::List::from_vec(vec![place.clone()]);
    Ok(finders::find_in_path("__main__", Some(&path))?.is_some())
}

/// What `-m name` runs: the spec and the code, or why there is none.
pub fn find_main(name: &str) -> Result<Result<(Object, Object), String>, Raised> {
    if name.starts_with('.') {
        return Ok(Err("Relative module names not supported".to_owned()));
    }
    if name.is_empty() {
        return Ok(Err("No module named ".to_owned()));
    }
    let mut path = None;
    if let Some((parent, _)) = name.rsplit_once('.') {
        let module = find_and_load(parent)?;
        path = attr::find_attr_str(module.value(), "__path__")?;
        if path.is_none() {
            let why = format!("__path__ attribute not found on '{parent}' while trying to find '{name}'");
            return Err(not_found(&why, parent));
        }
    }
    let Some(found) = finders::find(name, path.as_ref())? else {
        return Ok(Err(format!("No module named {name}")));
    };
    let spec = finders::spec_of(name, &found)?;
    let locations = attr::get_attr_str(spec.value(), "submodule_search_locations")?;
    if !locations.is_none() {
        if name == "__main__" || name.ends_with(".__main__") {
            return Ok(Err("Cannot use package as __main__ module".to_owned()));
        }
        let inner = format!("{name}.__main__");
        return Ok(find_main(&inner)?
            .map_err(|why| format!("{why}; {} is a package and cannot be directly executed", quoted(name))));
    }
    let loader = attr::get_attr_str(spec.value(), "loader")?;
    let code = kiln_object::call::call_method_str(loader.value(), "get_code", &[Str::new(name).value()])?;
    if code.is_none() {
        return Ok(Err(format!("No code object available for {name}")));
    }
    Ok(Ok((spec, code)))
}

/// The module with this absolute name, imported if need be; for Rust code that needs a module.
pub fn import_module(name: &str) -> Result<Object, Raised> {
    find_and_load(name)
}

/// An `ImportError` with its `name`.
#[cold]
pub fn import_error(message: &str, name: Option<&str>) -> Raised {
    let text = Str::new(message);
    raise::with_extra(
        exc::ImportError.get(),
        vec![text.clone()],
        vec![Some(text), name.map(Str::new), None, None],
    )
}
#[cold]
pub fn not_found(message: &str, name: &str) -> Raised {
    let text = Str::new(message);
    raise::with_extra(
        exc::ModuleNotFoundError.get(),
        vec![text.clone()],
        vec![Some(text), Some(Str::new(name)), None, None],
    )
}

/// A name as messages show it.
pub(crate) fn quoted(name: &str) -> String {
    kiln_object::ops::repr_lossy(Str::new(name).value())
}

/// Looks in `sys.modules`, then finds and loads.
pub fn find_and_load(name: &str) -> Result<Object, Raised> {
    let key = Str::new(name);
    if let Some(module) = loaded(key.value())? {
        return Ok(module);
    }
    let modules = state::modules()?;
    if kiln_object::ops::contains(modules.value(), key.value())? {
        return Err(not_found(
            &format!("import of {name} halted; None in sys.modules"),
            name,
        ));
    }
    kiln_object::thread::check_native_stack(" while importing a module")?;
    let mut path = None;
    let mut parent = None;
    if let Some((parent_name, child)) = name.rsplit_once('.') {
        let module = find_and_load(parent_name)?;
        // The parent's own code may have imported us meanwhile.
        if let Some(module) = loaded(key.value())? {
            return Ok(module);
        }
        match attr::find_attr_str(module.value(), "__path__")? {
            Some(found) => path = Some(found),
            None => {
                let message = format!(
                    "No module named {}; {} is not a package",
                    quoted(name),
                    quoted(parent_name)
                );
                return Err(not_found(&message, name));
            }
        }
        parent = Some((module, child));
    }
    let Some(found) = finders::find(name, path.as_ref())? else {
        return Err(not_found(&format!("No module named {}", quoted(name)), name));
    };
    let module = load::load(name, found)?;
    if let Some((parent, child)) = parent
        && let Err(raised) = attr::set_attr_str(parent.value(), child, module.value())
    {
        let _ = raise::catch(raised, &exc::AttributeError)?;
        let message = format!(
            "Cannot set an attribute on {} for child module {}",
            quoted(name),
            quoted(child)
        );
        crate::warnings::warn(&exc::ImportWarning, &message, 1)?;
    }
    Ok(module)
}

/// Whether the module is still running its code.
pub(crate) fn is_initializing(module: Value) -> bool {
    if load::is_loading(module) {
        return true;
    }
    let Ok(Some(spec)) = attr::find_attr_str(module, "__spec__") else {
        return false;
    };
    matches!(attr::find_attr_str(spec.value(), "_initializing"), Ok(Some(v)) if v.is_true())
}
