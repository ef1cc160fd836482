//! Making modules: native ones from their definition, others by running their code.

use super::finders::{Found, spec_of};
use super::library;
use crate::state;
use crate::support::{fspath, os_error};
use kiln_object::call::{call, call_method_str};
use kiln_object::code::CodeObject;
use kiln_object::dict::Dict;
use kiln_object::hooks::hooks;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, ops, raise};
use std::cell::RefCell;
use std::path::Path;

thread_local! {
    /// Modules whose code is running.
    static LOADING: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn is_loading(module: Value) -> bool {
    LOADING.with_borrow(|loading| loading.contains(&module))
}

/// Creates the module, enters it into `sys.modules` and runs its code.
pub fn load(name: &str, found: Found) -> Result<Object, Raised> {
    let spec = spec_of(name, &found)?;
    let module = match &found {
        Found::Native(def) => return load_native(name, def, &spec),
        Found::Spec(spec) => create_by_loader(name, spec)?,
        _ => Module::new_object(name),
    };
    set_attributes(&module, &spec)?;
    let modules = state::modules()?;
    let key = Str::intern(name);
    ops::set_item(modules.value(), key.value(), module.value())?;
    LOADING.with_borrow_mut(|loading| loading.push(module.value()));
    set_initializing(&spec, true);
    let result = run(&found, &spec, &module);
    set_initializing(&spec, false);
    LOADING.with_borrow_mut(|loading| loading.pop());
    if let Err(raised) = result {
        let e = raise::take(raised);
        if let Err(missing) = ops::del_item(modules.value(), key.value()) {
            raise::clear(missing);
        }
        return Err(raise::again(e));
    }
    // The code may have put something else into `sys.modules`.
    match super::loaded(key.value())? {
        Some(module) => Ok(module),
        None => Err(raise::key_error(key.value())),
    }
}

fn set_initializing(spec: &Object, on: bool) {
    if let Err(raised) = attr::set_attr_str(spec.value(), "_initializing", Object::bool(on).value()) {
        raise::clear(raised);
    }
}

fn load_native(name: &str, def: &'static kiln_object::ModuleDef, spec: &Object) -> Result<Object, Raised> {
    let object = Module::new_object(name);
    set_attributes(&object, spec)?;
    object.expect::<Module>().fill(def)?;
    let modules = state::modules()?;
    ops::set_item(modules.value(), Str::intern(name).value(), object.value())?;
    Ok(object)
}

fn create_by_loader(name: &str, spec: &Object) -> Result<Object, Raised> {
    let loader = attr::get_attr_str(spec.value(), "loader")?;
    if !loader.is_none()
        && let Some(create) = attr::find_attr_str(loader.value(), "create_module")?
    {
        let module = call(create.value(), &[spec.value()])?;
        if !module.is_none() {
            return Ok(module);
        }
    }
    Ok(Module::new_object(name))
}

/// The module attributes that a spec stands for.
fn set_attributes(module: &Object, spec: &Object) -> Result<(), Raised> {
    let get = |name: &str| attr::get_attr_str(spec.value(), name);
    let set = |name: &str, value: &Object| attr::set_attr_str(module.value(), name, value.value());
    set("__name__", &get("name")?)?;
    let locations = get("submodule_search_locations")?;
    let mut loader = get("loader")?;
    if loader.is_none() && !locations.is_none() {
        loader = super::loaders::make_namespace_loader(&get("name")?, &locations);
        attr::set_attr_str(spec.value(), "loader", loader.value())?;
    }
    set("__loader__", &loader)?;
    set("__package__", &get("parent")?)?;
    set("__spec__", spec)?;
    if !locations.is_none() {
        set("__path__", &locations)?;
    }
    if ops::is_true(get("has_location")?.value())? {
        set("__file__", &get("origin")?)?;
        let cached = get("cached")?;
        if !cached.is_none() {
            set("__cached__", &cached)?;
        }
    }
    Ok(())
}

fn run(found: &Found, spec: &Object, module: &Object) -> Result<(), Raised> {
    match found {
        Found::Native(_) | Found::Namespace(_) => Ok(()),
        Found::Embedded(entry) => {
            let code = embedded_code(entry)?;
            run_code(&code, module)
        }
        Found::Source { path, .. } => {
            let source = read_source(path)?;
            let code = code_from_source(&source, &fspath::decode_os(path.as_os_str()))?;
            run_code(&code, module)
        }
        Found::Spec(_) => {
            let loader = attr::get_attr_str(spec.value(), "loader")?;
            if loader.is_none() {
                return Ok(());
            }
            call_method_str(loader.value(), "exec_module", &[module.value()]).map(drop)
        }
    }
}

/// The code object of an embedded module.
pub fn embedded_code(entry: &library::Embedded) -> Result<Object, Raised> {
    let file = library::file_name(entry);
    // With `-O` the embedded code has too much in it: it is compiled again.
    if crate::config::config().optimize == 0
        && let Some(bytes) = library::code(entry)
    {
        match kiln_bytecode::deserialize(bytes, Some(file.as_str().into())) {
            Some(code) => return Ok(CodeObject::new_object(&std::sync::Arc::new(code))),
            None => kiln_object::bug!("embedded code of {}", entry.name),
        }
    }
    code_from_source(&library::source(entry), &Str::new(&file))
}

/// A file's bytes; the error names the file.
pub fn read_source(path: &Path) -> Result<Vec<u8>, Raised> {
    std::fs::read(path).map_err(|e| {
        os_error::raise_errno_with(
            e.raw_os_error().unwrap_or(libc::EIO),
            Some(fspath::decode_os(path.as_os_str())),
            None,
        )
    })
}

/// Compiles a module's source.
pub fn code_from_source(source: &[u8], file: &Object) -> Result<Object, Raised> {
    let source = crate::buffer::bytes(source);
    (hooks().compile)(source.value(), file.value(), "exec", 0, -1)
}

/// Runs a module's code in its namespace.
pub fn run_code(code: &Object, module: &Object) -> Result<(), Raised> {
    let Some(namespace) = kiln_object::module::dict_of(module) else {
        return Err(kiln_object::raise!(TypeError, "exec_module() needs a module"));
    };
    let dict = namespace.expect::<Dict>();
    if let Some(builtins) = state::state().builtins.get()
        && dict.get_str("__builtins__").is_none()
    {
        dict.set_str("__builtins__", &builtins.expect::<Module>().dict());
    }
    (hooks().run_code)(code.value(), namespace.value(), namespace.value()).map(drop)
}

/// Runs a source file as `module`: the script that the command line names.
pub fn exec_source_file(path: &Path, file: &Object, module: &Object, skip_first_line: bool) -> Result<(), Raised> {
    let mut source = read_source(path)?;
    if skip_first_line {
        // The line break stays, so that line numbers do.
        let end = source.iter().position(|b| *b == b'\n').unwrap_or(source.len());
        source.drain(..end);
    }
    let name = file.cast::<Str>().map_or_else(String::new, Str::to_string_lossy);
    crate::support::syntax_error::check_file(&source, &name)?;
    let code = code_from_source(&source, file).map_err(crate::support::syntax_error::from_file)?;
    run_code(&code, module)
}
