//! The classes that stand on `sys.meta_path` and that modules show as `__loader__`.

use super::finders::{self, Finder};
use super::{library, load};
use crate::registry;
use crate::state::{modules, sys_set};
use crate::support::fspath;
use kiln_object::layout::{ObjectType, alloc_instance, header};
use kiln_object::list::List;
use kiln_object::module::Module;
use kiln_object::native::{NativeFunction, as_native};
use kiln_object::str::Str;
use kiln_object::types::{define, flags};
use kiln_object::{NativeDef, Object, Raised, Type, Value, instance, object_struct, ops};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

object_struct! { /** Finds and loads native modules; the class itself is finder and loader. */ pub struct BuiltinImporter = "BuiltinImporter", Container {} }
object_struct! { /** Finds the embedded modules that no file may hide. */ pub struct FrozenImporter = "FrozenImporter", Container {} }
object_struct! { /** Finds along `sys.path`. */ pub struct PathFinder = "PathFinder", Container {} }
object_struct! { /** Loads one module from its source; `name` and `path` are its attributes. */ pub struct SourceLoader = "SourceFileLoader", Container {} }
object_struct! { /** The loader of packages that are only folders. */ pub struct NamespaceLoader = "NamespaceLoader", Container {} }

fn text(v: Value, what: &str) -> Result<String, Raised> {
    match v.cast::<Str>() {
        Some(s) => Ok(s.to_string_lossy()),
        None => Err(kiln_object::raise!(
            TypeError,
            "{what} must be str, not {}",
            v.class().name()
        )),
    }
}
fn spec_name(spec: Value) -> Result<String, Raised> {
    let name = kiln_object::attr::get_attr_str(spec, "name")?;
    text(name.value(), "spec.name")
}

#[kiln_macros::builtin_methods("BuiltinImporter")]
impl BuiltinImporter {
    #[classmethod]
    fn find_spec(
        _cls: Value,
        #[kw] fullname: &Str,
        #[kw] _path: Option<Value>,
        #[kw] _target: Option<Value>,
    ) -> Result<Object, Raised> {
        finders::find_spec(Finder::Builtin, &fullname.to_string_lossy(), None)
    }
    #[staticmethod]
    fn create_module(spec: Value) -> Result<Object, Raised> {
        let name = spec_name(spec)?;
        if registry::find(&name).is_none() {
            return Err(super::import_error(
                &format!("{} is not a built-in module", super::quoted(&name)),
                Some(&name),
            ));
        }
        let modules = modules()?;
        match modules.cast::<kiln_object::dict::Dict>().and_then(|d| d.get_str(&name)) {
            Some(module) => Ok(module),
            None => Ok(Module::new_object(&name)),
        }
    }
    #[staticmethod]
    fn exec_module(module: &Module) -> Result<(), Raised> {
        match module.name().and_then(|name| registry::find(&name)) {
            // A module that is executed again keeps what it has.
            Some(def) => module.fill(def),
            None => Err(super::import_error("not a built-in module", module.name().as_deref())),
        }
    }
    #[classmethod]
    fn get_code(_cls: Value, _fullname: Value) -> Object {
        Object::none()
    }
    #[classmethod]
    fn get_source(_cls: Value, _fullname: Value) -> Object {
        Object::none()
    }
    #[classmethod]
    fn is_package(_cls: Value, _fullname: Value) -> bool {
        false
    }
}

#[kiln_macros::builtin_methods("FrozenImporter")]
impl FrozenImporter {
    #[classmethod]
    fn find_spec(
        _cls: Value,
        #[kw] fullname: &Str,
        #[kw] _path: Option<Value>,
        #[kw] _target: Option<Value>,
    ) -> Result<Object, Raised> {
        finders::find_spec(Finder::Frozen, &fullname.to_string_lossy(), None)
    }
}

#[kiln_macros::builtin_methods("PathFinder")]
impl PathFinder {
    #[classmethod]
    fn find_spec(
        _cls: Value,
        #[kw] fullname: &Str,
        #[kw] path: Option<Value>,
        #[kw] _target: Option<Value>,
    ) -> Result<Object, Raised> {
        finders::find_spec(Finder::Path, &fullname.to_string_lossy(), path)
    }
    #[classmethod]
    fn invalidate_caches(_cls: Value) -> Result<(), Raised> {
        finders::invalidate()
    }
    /// Installed packages along a path, for `importlib.metadata`.
    #[staticmethod]
    fn find_distributions(
        args: kiln_object::args::Rest<'_>,
        keywords: kiln_object::args::Keywords<'_>,
    ) -> Result<Object, Raised> {
        let metadata = super::import_module("importlib.metadata")?;
        let finder = kiln_object::attr::get_attr_str(metadata.value(), "MetadataPathFinder")?;
        let find = kiln_object::attr::get_attr_str(finder.value(), "find_distributions")?;
        let keywords: Vec<(Value, Value)> = keywords.iter().collect();
        kiln_object::call::call_keywords(find.value(), args, &keywords)
    }
}

/// The class `name` of `importlib.readers`, called: what reads the files beside a module.
fn resource_reader(name: &str, argument: Value) -> Result<Object, Raised> {
    let readers = super::import_module("importlib.readers")?;
    let class = kiln_object::attr::get_attr_str(readers.value(), name)?;
    kiln_object::call::call(class.value(), &[argument])
}

fn attribute(this: Value, name: &str) -> Option<String> {
    instance::get_own(this, Str::intern(name).value())?
        .cast::<Str>()
        .map(Str::to_string_lossy)
}
fn path_of(this: Value) -> Vec<u8> {
    let path = instance::get_own(this, Str::intern("path").value());
    path.and_then(|p| p.cast::<Str>().map(fspath::encode_lossy))
        .unwrap_or_default()
}

/// The source of a file, embedded or not.
fn source_bytes(path: &[u8]) -> Result<Vec<u8>, Raised> {
    if let Some(entry) = library::by_file(path) {
        return Ok(library::source(entry));
    }
    use std::os::unix::ffi::OsStrExt;
    load::read_source(std::path::Path::new(std::ffi::OsStr::from_bytes(path)))
}

#[kiln_macros::builtin_methods("SourceFileLoader")]
impl SourceLoader {
    fn __init__(this: Value, #[kw] fullname: Value, #[kw] path: Value) {
        instance::set_own(this, Str::intern("name").value(), fullname.to_object());
        instance::set_own(this, Str::intern("path").value(), path.to_object());
    }
    #[new]
    fn new(
        cls: kiln_object::types::ClassRef,
        _args: kiln_object::args::Rest<'_>,
        _keywords: kiln_object::args::Keywords<'_>,
    ) -> Object {
        alloc_instance(
            cls.0,
            SourceLoader {
                header: header::<SourceLoader>(),
            },
        )
    }
    fn create_module(_this: Value, _spec: Value) -> Object {
        Object::none()
    }
    fn exec_module(this: Value, module: Value) -> Result<(), Raised> {
        let code = code_of(this)?;
        load::run_code(&code, &module.to_object())
    }
    fn get_filename(this: Value, _fullname: Option<Value>) -> Object {
        instance::get_own(this, Str::intern("path").value()).map_or_else(Object::none, |v| v.to_object())
    }
    fn get_data(_this: Value, path: Value) -> Result<Object, Raised> {
        let path = fspath::path(path)?;
        source_bytes(&path.bytes).map(|bytes| crate::buffer::bytes(&bytes))
    }
    fn get_source(this: Value, _fullname: Option<Value>) -> Result<Object, Raised> {
        let bytes = source_bytes(&path_of(this))?;
        Ok(crate::source::decode(&bytes))
    }
    fn get_code(this: Value, _fullname: Option<Value>) -> Result<Object, Raised> {
        code_of(this)
    }
    fn get_resource_reader(this: Value, _name: Option<Value>) -> Result<Object, Raised> {
        resource_reader("FileReader", this)
    }
    fn is_package(this: Value, _fullname: Option<Value>) -> bool {
        let path = path_of(this);
        let tail = attribute(this, "name").unwrap_or_default();
        path.ends_with(b"/__init__.py") && !tail.ends_with("__init__")
    }
    fn __eq__(this: Value, other: Value) -> Result<Object, Raised> {
        if other.cast::<SourceLoader>().is_none() {
            return Ok(Object::not_implemented());
        }
        let (a, b) = (instance::dict_of(this), instance::dict_of(other));
        ops::is_equal(a.value(), b.value()).map(Object::bool)
    }
    fn __hash__(this: Value) -> i64 {
        kiln_text::hash::hash_bytes(kiln_object::runtime().hash_key.get(), &path_of(this))
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

fn code_of(this: Value) -> Result<Object, Raised> {
    let path = path_of(this);
    if let Some(entry) = library::by_file(&path) {
        return load::embedded_code(entry);
    }
    load::code_from_source(&source_bytes(&path)?, &fspath::decode(&path))
}

#[kiln_macros::builtin_methods("NamespaceLoader")]
impl NamespaceLoader {
    fn create_module(_this: Value, _spec: Value) -> Object {
        Object::none()
    }
    fn exec_module(_this: Value, _module: Value) {}
    fn is_package(_this: Value, _fullname: Value) -> bool {
        true
    }
    fn get_source(_this: Value, _fullname: Value) -> &'static str {
        ""
    }
    #[getter]
    fn __dict__(this: Value) -> Object {
        instance::dict_of(this)
    }
}

pub(super) fn make_namespace_loader(name: &Object, locations: &Object) -> Object {
    let loader = alloc_instance(
        NamespaceLoader::class(),
        NamespaceLoader {
            header: header::<NamespaceLoader>(),
        },
    );
    instance::set_own(loader.value(), Str::intern("_name").value(), name.clone());
    instance::set_own(loader.value(), Str::intern("_path").value(), locations.clone());
    loader
}

/// The loader of a module that has source.
pub fn make_source_loader(name: &str, path: &Object) -> Object {
    let loader = alloc_instance(
        SourceLoader::class(),
        SourceLoader {
            header: header::<SourceLoader>(),
        },
    );
    instance::set_own(loader.value(), Str::intern("name").value(), Str::new(name));
    instance::set_own(loader.value(), Str::intern("path").value(), path.clone());
    loader
}

pub fn builtin_importer() -> Object {
    BuiltinImporter::class().as_value().to_object()
}

/// Which of our finders an entry of `sys.meta_path` is.
pub fn our_finder(v: Value) -> Option<Finder> {
    let is = |class: &'static Type| v == class.as_value();
    if is(BuiltinImporter::class()) {
        Some(Finder::Builtin)
    } else if is(FrozenImporter::class()) {
        Some(Finder::Frozen)
    } else if is(PathFinder::class()) {
        Some(Finder::Path)
    } else {
        None
    }
}

static HOOK: NativeDef = NativeDef {
    name: "path_hook_for_FileFinder",
    doc: "Path hook for the native search in folders.",
    text_signature: "",
    call: |args| path_hook(args.positional.first().copied()),
    fast: kiln_object::FastCall::NONE,
    kind: kiln_object::NativeKind::Function,
    facts: kiln_object::Facts {
        returns: "",
        effects: "",
    },
};

/// Called as a path hook by a program: the native search has no finder object per folder.
pub fn path_hook(path: Option<Value>) -> Result<Object, Raised> {
    let shown = path.map_or_else(String::new, ops::repr_lossy);
    Err(super::import_error(
        &format!("only PathFinder searches folders natively: {shown}"),
        None,
    ))
}

static ARCHIVE_HOOK: NativeDef = NativeDef {
    name: "path_hook_for_archives",
    doc: "Path hook for zip archives and folders in them.",
    text_signature: "",
    call: |args| archive_hook(args.positional.first().copied()),
    fast: kiln_object::FastCall::NONE,
    kind: kiln_object::NativeKind::Function,
    facts: kiln_object::Facts {
        returns: "",
        effects: "",
    },
};

/// The library's importer for an archive; it is imported when there is one.
fn archive_hook(path: Option<Value>) -> Result<Object, Raised> {
    let name = path.and_then(|path| path.cast::<Str>().map(fspath::encode_lossy));
    let Some((path, _)) = path
        .zip(name)
        .filter(|(_, name)| in_archive(Path::new(OsStr::from_bytes(name))))
    else {
        return Err(super::import_error("not a Zip file", None));
    };
    thread_local! {
        /// What the importer itself imports, and its first look into the archive, is looked for elsewhere.
        static BUSY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    if BUSY.replace(true) {
        return Err(super::import_error("the importer of archives is being imported", None));
    }
    let made = super::import_module("zipimport")
        .and_then(|module| kiln_object::call::call_method_str(module.value(), "zipimporter", &[path]));
    BUSY.set(false);
    made
}

/// Whether a path is that of a zip archive, or leads into one.
pub fn in_archive(path: &Path) -> bool {
    let file = path
        .ancestors()
        .find_map(|place| Some((place, std::fs::metadata(place).ok()?)));
    file.is_some_and(|(place, known)| known.is_file() && is_archive(place))
}

/// Whether a file is a zip archive, whatever precedes the archive in it: its directory's end is close to the end of the file.
pub fn is_archive(path: &Path) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    const LONGEST: u64 = 65_557;
    let Ok(mut file) = std::fs::File::open(path) else {
        return false;
    };
    let Some(size) = file.metadata().ok().filter(|m| m.is_file()).map(|m| m.len()) else {
        return false;
    };
    let mut end = Vec::new();
    let read = file
        .seek(SeekFrom::Start(size.saturating_sub(LONGEST)))
        .and_then(|_| file.read_to_end(&mut end));
    read.is_ok() && end.windows(4).any(|window| window == b"PK\x05\x06")
}

fn is_hook(v: Value, def: &'static NativeDef) -> bool {
    as_native(&v).is_some_and(|n| std::ptr::eq(n.def.0, def))
}

pub fn is_folder_hook(v: Value) -> bool {
    is_hook(v, &HOOK)
}

pub fn is_our_hook(v: Value) -> bool {
    is_hook(v, &HOOK) || is_hook(v, &ARCHIVE_HOOK)
}

/// Makes the classes, `sys.meta_path`, `sys.path_hooks` and `sys.path_importer_cache`.
pub fn install() {
    const MODULE: &str = "_frozen_importlib";
    define::<BuiltinImporter>(
        "BuiltinImporter",
        MODULE,
        None,
        flags::NO_NEW,
        BuiltinImporter::METHODS,
        None,
    );
    define::<FrozenImporter>(
        "FrozenImporter",
        MODULE,
        None,
        flags::NO_NEW,
        FrozenImporter::METHODS,
        None,
    );
    define::<PathFinder>(
        "PathFinder",
        "_frozen_importlib_external",
        None,
        flags::NO_NEW,
        PathFinder::METHODS,
        None,
    );
    let open = flags::BASETYPE | flags::DICT | flags::WEAKREF;
    define::<SourceLoader>(
        "SourceFileLoader",
        "_frozen_importlib_external",
        None,
        open,
        SourceLoader::METHODS,
        None,
    );
    define::<NamespaceLoader>(
        "NamespaceLoader",
        "_frozen_importlib_external",
        None,
        open,
        NamespaceLoader::METHODS,
        None,
    );
    let finders = [BuiltinImporter::class(), FrozenImporter::class(), PathFinder::class()];
    sys_set(
        "meta_path",
        List::from_vec(finders.iter().map(|c| c.as_value().to_object()).collect()),
    );
    sys_set(
        "path_hooks",
        List::from_vec(vec![
            NativeFunction::function(&ARCHIVE_HOOK, None),
            NativeFunction::function(&HOOK, None),
        ]),
    );
    sys_set("path_importer_cache", kiln_object::dict::Dict::new_object());
}
