//! `from module import names`: submodules named in the list, attributes, `*`.

use super::{find_and_load, is_initializing, quoted};
use crate::state;
use kiln_object::dict::Dict;
use kiln_object::exception::{BaseException, exc};
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, ops, raise};

/// Imports the submodules that a `from` list names; gives the module back.
pub(super) fn handle_fromlist(module: Object, fromlist: Value) -> Result<Object, Raised> {
    if attr::find_attr_str(module.value(), "__path__")?.is_some() {
        import_submodules(&module, fromlist, false)?;
    }
    Ok(module)
}

fn import_submodules(module: &Object, names: Value, from_all: bool) -> Result<(), Raised> {
    for name in ops::to_vec(names)? {
        let Some(text) = name.cast::<Str>() else {
            let package = module_name(module.value());
            let place = if from_all {
                format!("{package}.__all__")
            } else {
                "``from list''".to_owned()
            };
            return Err(kiln_object::raise!(
                TypeError,
                "Item in {place} must be str, not {}",
                name.class().name()
            ));
        };
        if text.eq_str("*") {
            if !from_all && let Some(all) = attr::find_attr_str(module.value(), "__all__")? {
                import_submodules(module, all.value(), true)?;
            }
            continue;
        }
        let interned = attr::intern_name(name.value())?;
        if attr::find_attr(module.value(), interned.value())?.is_some() {
            continue;
        }
        let full = format!("{}.{}", module_name(module.value()), text.to_string_lossy());
        if let Err(raised) = find_and_load(&full) {
            let e = raise::catch(raised, &exc::ModuleNotFoundError)?;
            // A missing submodule is for the attribute access to report; a missing module within it is an error.
            let missing = e.expect::<BaseException>().extra_at(1);
            let ours = missing.is_some_and(|n| n.cast::<Str>().is_some_and(|n| n.eq_str(&full)));
            let modules = state::modules()?;
            let blocked = ops::contains(modules.value(), Str::new(&full).value())?;
            if !ours || blocked {
                return Err(raise::again(e));
            }
        }
    }
    Ok(())
}

fn module_name(module: Value) -> String {
    match attr::find_attr_str(module, "__name__") {
        Ok(Some(name)) => name.cast::<Str>().map_or_else(String::new, Str::to_string_lossy),
        Ok(None) => String::new(),
        Err(raised) => {
            raise::clear(raised);
            String::new()
        }
    }
}

/// `from module import name`; `name` is interned.
pub fn import_from(module: Value, name: Value) -> Result<Object, Raised> {
    if let Some(found) = attr::find_attr(module, name)? {
        return Ok(found);
    }
    let text = name.expect::<Str>().to_string_lossy();
    let package = match attr::find_attr_str(module, "__name__")? {
        Some(package) => package.cast::<Str>().map(Str::to_string_lossy),
        None => None,
    };
    if let Some(package) = &package
        && let Some(found) = state::module(&format!("{package}.{text}"))
        && !found.is_none()
    {
        return Ok(found);
    }
    Err(cannot_import(module, &text, package)?)
}

/// Where a module comes from, as its spec or else `__file__` says.
fn origin(module: Value) -> Result<Option<Object>, Raised> {
    if let Some(spec) = attr::find_attr_str(module, "__spec__")?.filter(|s| !s.is_none())
        && let Some(has) = attr::find_attr_str(spec.value(), "has_location")?
        && ops::is_true(has.value())?
        && let Some(origin) = attr::find_attr_str(spec.value(), "origin")?
        && origin.cast::<Str>().is_some()
    {
        return Ok(Some(origin));
    }
    let file = attr::find_attr_str(module, "__file__")?;
    Ok(file.filter(|f| f.cast::<Str>().is_some()))
}

/// Whether a file lies in the folder that the script put first on `sys.path`, so that it may hide another module.
fn may_shadow(origin: &str) -> bool {
    let config = crate::config::config();
    if config.safe_path {
        return false;
    }
    let Some(first) = config.path.first() else { return false };
    let folder = std::path::Path::new(origin)
        .parent()
        .map(std::path::Path::to_path_buf)
        .unwrap_or_default();
    let folder = if folder.file_name().is_some_and(|n| n == "__init__.py") {
        folder.join("..")
    } else {
        folder
    };
    let first = if first.is_empty() {
        std::env::current_dir().unwrap_or_default()
    } else {
        first.into()
    };
    folder == first
}

fn cannot_import(module: Value, name: &str, package: Option<String>) -> Result<Raised, Raised> {
    let origin = origin(module)?;
    let shown = package
        .as_deref()
        .map_or_else(|| "'<unknown module name>'".to_owned(), quoted);
    let file = origin.as_ref().and_then(|o| o.cast::<Str>()).map(Str::to_string_lossy);
    let shadows = file.as_deref().is_some_and(may_shadow);
    let library = package.as_deref().is_some_and(super::library::is_standard);
    let wanted = quoted(name);
    let quoted_file = || file.as_deref().map(quoted).unwrap_or_default();
    let message = if shadows && library {
        format!(
            "cannot import name {wanted} from {shown} (consider renaming {} since it has the same name as the standard \
             library module named {shown} and prevents importing that standard library module)",
            quoted_file()
        )
    } else if is_initializing(module) {
        match &file {
            Some(_) if shadows => format!(
                "cannot import name {wanted} from {shown} (consider renaming {} if it has the same name as a library \
                 you intended to import)",
                quoted_file()
            ),
            Some(file) => format!(
                "cannot import name {wanted} from partially initialized module {shown} (most likely due to a circular \
                 import) ({file})"
            ),
            None => format!(
                "cannot import name {wanted} from partially initialized module {shown} (most likely due to a circular \
                 import)"
            ),
        }
    } else {
        match &file {
            Some(file) => format!("cannot import name {wanted} from {shown} ({file})"),
            None => format!("cannot import name {wanted} from {shown} (unknown location)"),
        }
    };
    let text = Str::new(&message);
    let module_name = package.map_or_else(|| Str::new("<unknown module name>"), |p| Str::new(&p));
    Ok(raise::with_extra(
        exc::ImportError.get(),
        vec![text.clone()],
        vec![Some(text), Some(module_name), origin, Some(Str::new(name))],
    ))
}

/// `from module import *` into a namespace.
pub fn import_star(module: Value, namespace: Value) -> Result<(), Raised> {
    let (names, from_all) = match attr::find_attr_str(module, "__all__")? {
        Some(all) => (ops::to_vec(all.value())?, true),
        None => {
            let Some(dict) = attr::find_attr_str(module, "__dict__")? else {
                return Err(super::import_error(
                    "from-import-* object has no __dict__ and no __all__",
                    None,
                ));
            };
            match dict.exact::<Dict>() {
                Some(d) => (d.snapshot().into_iter().map(|(key, _)| key).collect(), false),
                None => (
                    ops::to_vec(kiln_object::call::call_method_str(dict.value(), "keys", &[])?.value())?,
                    false,
                ),
            }
        }
    };
    for name in names {
        let Some(text) = name.cast::<Str>() else {
            return Err(kiln_object::raise!(
                TypeError,
                "{} in {}.{} must be str, not {}",
                if from_all { "Item" } else { "Key" },
                module_name(module),
                if from_all { "__all__" } else { "__dict__" },
                name.class().name()
            ));
        };
        if !from_all && !text.is_empty() && text.at(0) == u32::from(b'_') {
            continue;
        }
        let interned = attr::intern_name(name.value())?;
        let value = attr::get_attr(module, interned.value())?;
        match namespace.exact::<Dict>() {
            Some(dict) => dict.set(interned.value(), value.value())?,
            None => ops::set_item(namespace, interned.value(), value.value())?,
        }
    }
    Ok(())
}
