//! Where a module is: native, embedded, a file along `sys.path`, or what a program's own finders say.

use super::library::{self, Embedded};
use super::loaders;
use crate::state::sys_get;
use crate::support::fspath;
use kiln_object::call::{call, call_method_str};
use kiln_object::dict::Dict;
use kiln_object::exception::exc;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{ModuleDef, Object, Raised, Value, attr, ops, raise};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What was found.
pub enum Found {
    Native(&'static ModuleDef),
    Embedded(&'static Embedded),
    Source {
        path: PathBuf,
        /// The package's folder.
        package: Option<PathBuf>,
    },
    /// Folders that together are a package without code.
    Namespace(Vec<Object>),
    /// A `ModuleSpec` from a finder written in Python.
    Spec(Object),
}

/// Our own entries of `sys.meta_path`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finder {
    Builtin,
    Frozen,
    Path,
}

/// Asks the finders in order.
pub fn find(name: &str, path: Option<&Object>) -> Result<Option<Found>, Raised> {
    let Some(meta_path) = sys_get("meta_path").filter(|m| !m.is_none()) else {
        return Err(super::import_error(
            "sys.meta_path is None, Python is likely shutting down",
            None,
        ));
    };
    let finders = match meta_path.cast::<List>() {
        Some(list) => list.snapshot(),
        None => ops::to_vec(meta_path.value())?,
    };
    if finders.is_empty() {
        crate::warnings::warn(&exc::ImportWarning, "sys.meta_path is empty", 1)?;
    }
    for finder in finders {
        let found = match loaders::our_finder(finder.value()) {
            Some(Finder::Builtin) => crate::registry::find(name).map(Found::Native),
            Some(Finder::Frozen) => library::find_frozen(name).map(Found::Embedded),
            Some(Finder::Path) => find_in_path(name, path)?,
            None => ask(&finder, name, path)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn ask(finder: &Object, name: &str, path: Option<&Object>) -> Result<Option<Found>, Raised> {
    let Some(find_spec) = attr::find_attr_str(finder.value(), "find_spec")? else {
        return Ok(None);
    };
    let none = Object::none();
    let spec = call(
        find_spec.value(),
        &[Str::new(name).value(), path.unwrap_or(&none).value(), none.value()],
    )?;
    Ok((!spec.is_none()).then_some(Found::Spec(spec)))
}

/// `PathFinder.find_spec`: the entries of `path`, or of `sys.path`.
pub fn find_in_path(name: &str, path: Option<&Object>) -> Result<Option<Found>, Raised> {
    let entries = match path {
        Some(path) => ops::to_vec(path.value())?,
        None => match sys_get("path").filter(|p| !p.is_none()) {
            Some(path) => ops::to_vec(path.value())?,
            None => return Ok(None),
        },
    };
    let plain = only_our_hook();
    let mut portions = Vec::new();
    for entry in entries {
        let Some(text) = entry.cast::<Str>() else { continue };
        if !plain || has_own_importer(text) {
            match ask_entry(&entry, name)? {
                Asked::Found(found) => return Ok(Some(found)),
                Asked::Portions(more) => {
                    portions.extend(more);
                    continue;
                }
                Asked::Nothing => continue,
                Asked::Ours => {}
            }
        }
        let folder = fspath::encode(text)?;
        if let Some(found) = find_in_folder(&folder, name, &mut portions) {
            return Ok(Some(found));
        }
        if plain && loaders::in_archive(Path::new(OsStr::from_bytes(&folder))) {
            match ask_entry(&entry, name)? {
                Asked::Found(found) => return Ok(Some(found)),
                Asked::Portions(more) => portions.extend(more),
                Asked::Nothing | Asked::Ours => {}
            }
        }
    }
    if portions.is_empty() && path.is_some() {
        // A package of the library that is extended from a folder still has the embedded rest: like CPython's frozen
        // modules, embedded ones go by their full name.
        return Ok(library::find(name).map(Found::Embedded));
    }
    Ok((!portions.is_empty()).then_some(Found::Namespace(portions)))
}

fn find_in_folder(folder: &[u8], name: &str, portions: &mut Vec<Object>) -> Option<Found> {
    if let Some(inside) = library::folder(folder) {
        let short = name.rsplit_once('.').map_or(name, |(_, short)| short);
        let full = if inside.is_empty() {
            short.to_owned()
        } else {
            format!("{inside}.{short}")
        };
        return library::find(&full).map(Found::Embedded);
    }
    let tail = name.rsplit_once('.').map_or(name, |(_, tail)| tail);
    let base = if folder.is_empty() {
        Path::new(".")
    } else {
        Path::new(OsStr::from_bytes(folder))
    };
    let candidate = base.join(tail);
    // The folder comes first: a package hides a module of the same name.
    let is_dir = candidate.is_dir();
    if is_dir {
        let init = candidate.join("__init__.py");
        if init.is_file() {
            return Some(Found::Source {
                path: absolute(folder, &init),
                package: Some(absolute(folder, &candidate)),
            });
        }
    }
    let mut file = candidate.clone().into_os_string();
    file.push(".py");
    let file = PathBuf::from(file);
    if file.is_file() {
        return Some(Found::Source {
            path: absolute(folder, &file),
            package: None,
        });
    }
    if is_dir {
        portions.push(fspath::decode_os(absolute(folder, &candidate).as_os_str()));
    }
    None
}

/// Files found through relative entries have absolute names.
fn absolute(folder: &[u8], file: &Path) -> PathBuf {
    if folder.first() == Some(&b'/') {
        return file.to_path_buf();
    }
    let relative = file.strip_prefix("./").unwrap_or(file);
    std::env::current_dir().map_or_else(|_| file.to_path_buf(), |cwd| cwd.join(relative))
}

/// Whether `sys.path_hooks` is as it was at start.
fn only_our_hook() -> bool {
    let Some(hooks) = sys_get("path_hooks") else {
        return false;
    };
    match hooks.exact::<List>() {
        Some(list) => list.borrow().iter().all(|h| loaders::is_our_hook(*h)),
        None => false,
    }
}

/// Whether a program put a finder of its own for this entry into `sys.path_importer_cache`.
fn has_own_importer(entry: &Str) -> bool {
    let Some(cache) = sys_get("path_importer_cache") else {
        return false;
    };
    let Some(cache) = cache.exact::<Dict>() else {
        return true;
    };
    !cache.is_empty() && cache.get_str(&entry.to_string_lossy()).is_some()
}

enum Asked {
    Found(Found),
    Portions(Vec<Object>),
    Nothing,
    /// Our own search is the one to use.
    Ours,
}

/// Asks the finder that `sys.path_hooks` give for an entry.
fn ask_entry(entry: &Object, name: &str) -> Result<Asked, Raised> {
    let Some(importer) = importer(entry)? else {
        return Ok(Asked::Ours);
    };
    if importer.is_none() {
        return Ok(Asked::Nothing);
    }
    let Some(find_spec) = attr::find_attr_str(importer.value(), "find_spec")? else {
        return Ok(Asked::Nothing);
    };
    let spec = call(find_spec.value(), &[Str::new(name).value()])?;
    if spec.is_none() {
        return Ok(Asked::Nothing);
    }
    if attr::get_attr_str(spec.value(), "loader")?.is_none() {
        let locations = attr::get_attr_str(spec.value(), "submodule_search_locations")?;
        if locations.is_none() {
            return Err(super::import_error("spec missing loader", None));
        }
        return Ok(Asked::Portions(ops::to_vec(locations.value())?));
    }
    Ok(Asked::Found(Found::Spec(spec)))
}

/// The finder for an entry; nothing when it is ours.
fn importer(entry: &Object) -> Result<Option<Object>, Raised> {
    let cache = sys_get("path_importer_cache").filter(|c| !c.is_none());
    if let Some(cache) = &cache
        && let Some(dict) = cache.cast::<Dict>()
        && let Some(known) = dict.get(entry.value())?
    {
        return Ok(Some(known));
    }
    let Some(hooks) = sys_get("path_hooks").filter(|h| !h.is_none()) else {
        return Ok(None);
    };
    for hook in ops::to_vec(hooks.value())? {
        if loaders::is_folder_hook(hook.value()) {
            return Ok(None);
        }
        match call(hook.value(), &[entry.value()]) {
            Ok(finder) => {
                if let Some(cache) = &cache {
                    ops::set_item(cache.value(), entry.value(), finder.value())?;
                }
                return Ok(Some(finder));
            }
            Err(raised) => drop(raise::catch(raised, &exc::ImportError)?),
        }
    }
    Ok(Some(Object::none()))
}

/// `invalidate_caches()`: our own search keeps none.
pub fn invalidate() -> Result<(), Raised> {
    let Some(cache) = sys_get("path_importer_cache").filter(|c| !c.is_none()) else {
        return Ok(());
    };
    let Some(dict) = cache.cast::<Dict>() else {
        return Ok(());
    };
    for (_, finder) in dict.snapshot() {
        if attr::find_attr_str(finder.value(), "invalidate_caches")?.is_some() {
            call_method_str(finder.value(), "invalidate_caches", &[])?;
        }
    }
    Ok(())
}

/// The spec that stands for what was found.
pub fn spec_of(name: &str, found: &Found) -> Result<Object, Raised> {
    let text = |s: &str| Some(Str::new(s));
    Ok(match found {
        Found::Spec(spec) => spec.clone(),
        Found::Native(_) => super::make_spec(name, Some(loaders::builtin_importer()), text("built-in"), None, false),
        Found::Embedded(entry) => {
            let file = library::file_name(entry);
            let locations = entry
                .is_package
                .then(|| vec![Str::new(&library::package_folder(entry))]);
            let origin = Str::new(&file);
            let loader = loaders::make_source_loader(name, &origin);
            super::make_spec(name, Some(loader), Some(origin), locations, true)
        }
        Found::Source { path, package } => {
            let origin = fspath::decode_os(path.as_os_str());
            let locations = package.as_ref().map(|p| vec![fspath::decode_os(p.as_os_str())]);
            let loader = loaders::make_source_loader(name, &origin);
            super::make_spec(name, Some(loader), Some(origin), locations, true)
        }
        Found::Namespace(portions) => super::make_spec(name, None, None, Some(portions.clone()), false),
    })
}

/// `find_spec` of one of our finders, for Python.
pub fn find_spec(finder: Finder, name: &str, path: Option<Value>) -> Result<Object, Raised> {
    let found = match finder {
        Finder::Builtin => crate::registry::find(name).map(Found::Native),
        Finder::Frozen => library::find_frozen(name).map(Found::Embedded),
        Finder::Path => {
            let path = path.filter(|p| !p.is_none()).map(|p| p.to_object());
            find_in_path(name, path.as_ref())?
        }
    };
    match found {
        Some(found) => spec_of(name, &found),
        None => Ok(Object::none()),
    }
}
