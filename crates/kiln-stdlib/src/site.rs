//! What CPython's `site` adds to the builtins: `exit`, `quit`, `help`, `copyright` and the like. No Python runs for it at start.

use crate::state::{state, sys_get};
use kiln_object::args::Rest;
use kiln_object::call::call_method_str;
use kiln_object::layout::{Plain, alloc, header};
use kiln_object::module::Module;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, exc, object_struct, raise};

object_struct! { /** `exit` and `quit`. */ pub struct Quitter = "Quitter", Raw { name: Plain<&'static str> } }

#[kiln_macros::builtin_methods("Quitter")]
impl Quitter {
    fn __repr__(this: &Quitter) -> String {
        format!("Use {}() or Ctrl-D (i.e. EOF) to exit", this.name.0)
    }
    fn __call__(_this: &Quitter, args: Rest<'_>) -> Result<Object, Raised> {
        let code = args.first().map_or_else(Object::none, |v| v.to_object());
        // A program that goes on reading after this finds nothing.
        if let Some(stdin) = sys_get("stdin").filter(|s| !s.is_none())
            && let Err(raised) = call_method_str(stdin.value(), "close", &[])
        {
            raise::clear(raised);
        }
        Err(raise::with_extra(
            exc::SystemExit.get(),
            vec![code.clone()],
            vec![Some(code)],
        ))
    }
    #[getter]
    fn name(this: &Quitter) -> &'static str {
        this.name.0
    }
}

object_struct! { /** `help`. */ pub struct HelperObject = "_Helper", Raw {} }

/// The library's `pydoc` does the work; it is imported at the first call.
#[kiln_macros::builtin_methods("_Helper")]
impl HelperObject {
    fn __repr__(_this: &HelperObject) -> &'static str {
        "Type help() for interactive help, or help(object) for help about object."
    }
    fn __call__(_this: &HelperObject, args: Rest<'_>) -> Result<Object, Raised> {
        let pydoc = crate::import::import_module("pydoc")?;
        call_method_str(pydoc.value(), "help", args)
    }
}

object_struct! { /** `copyright`, `credits` and `license`. */ pub struct PrinterObject = "_Printer", Raw { text: Plain<&'static str> } }

#[kiln_macros::builtin_methods("_Printer")]
impl PrinterObject {
    fn __repr__(this: &PrinterObject) -> &'static str {
        this.text.0
    }
    fn __call__(this: &PrinterObject) -> Result<(), Raised> {
        let Some(stdout) = sys_get("stdout").filter(|stream| !stream.is_none()) else {
            return Ok(());
        };
        let text = kiln_object::str::Str::new(&format!("{}\n", this.text.0));
        call_method_str(stdout.value(), "write", &[text.value()]).map(drop)
    }
}

const PRINTERS: [(&str, &str); 3] = [
    (
        "copyright",
        "Kiln: the authors of Kiln.\nThe embedded library: Copyright (c) 2001 Python Software Foundation. All Rights Reserved.",
    ),
    (
        "credits",
        "The library that is embedded is the work of the CPython developers; see www.python.org for more information.",
    ),
    (
        "license",
        "Kiln: MIT or Apache-2.0, as you prefer.\nThe embedded library: the PSF licence, see https://www.python.org/psf/license/",
    ),
];

/// Adds the builtins, and the library's folder to `sys.path`.
pub fn install(without_site: bool) -> Result<(), Raised> {
    if let Some(path) = sys_get("path").and_then(|p| p.cast::<kiln_object::list::List>().map(|_| p.clone())) {
        let folder = kiln_object::str::Str::new(crate::import::library::folder_name());
        path.expect::<kiln_object::list::List>().push(folder.clone());
        crate::state::sys_set("_stdlib_dir", folder);
    }
    if without_site {
        return Ok(());
    }
    define::<Quitter>("Quitter", "_sitebuiltins", None, flags::NO_NEW, Quitter::METHODS, None);
    let Some(builtins) = state().builtins.get() else {
        return Ok(());
    };
    let module = builtins.expect::<Module>();
    define::<HelperObject>(
        "_Helper",
        "_sitebuiltins",
        None,
        flags::NO_NEW,
        HelperObject::METHODS,
        None,
    );
    define::<PrinterObject>(
        "_Printer",
        "_sitebuiltins",
        None,
        flags::NO_NEW,
        PrinterObject::METHODS,
        None,
    );
    module.set(
        "help",
        alloc(HelperObject {
            header: header::<HelperObject>(),
        }),
    );
    for (name, text) in PRINTERS {
        module.set(
            name,
            alloc(PrinterObject {
                header: header::<PrinterObject>(),
                text: Plain(text),
            }),
        );
    }
    for name in ["exit", "quit"] {
        module.set(
            name,
            alloc(Quitter {
                header: header::<Quitter>(),
                name: Plain(name),
            }),
        );
    }
    Ok(())
}
