//! Embeds the pure-Python library: the modules listed in `library.txt`, from the overlay where it has them, else from
//! `rustpython-pylib`, as one blob and an index: compressed source, and bytecode so that imports need no compiler.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The file of a module below `root`, and whether it is a package.
fn locate(root: &Path, name: &str) -> Option<(PathBuf, bool)> {
    let base = root.join(name.replace('.', "/"));
    let package = base.join("__init__.py");
    if package.is_file() {
        return Some((package, true));
    }
    let file = base.with_extension("py");
    file.is_file().then_some((file, false))
}

/// The module's bytecode; its file name is put in when it is loaded.
fn compile(name: &str, source: &[u8]) -> Vec<u8> {
    let text = kiln_compiler::decode(source, Some(name)).unwrap_or_else(|e| panic!("{name}: {}", e.msg));
    let options = kiln_compiler::Options::default();
    match kiln_compiler::compile(&text, name, kiln_compiler::Mode::Exec, options) {
        Ok(compiled) => kiln_bytecode::serialize(&compiled.code),
        Err(e) => panic!("{name}: {e}"),
    }
}

fn main() {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("set by cargo"));
    let overlay = here.join("overlay");
    let list = here.join("library.txt");
    for watched in [&overlay, &list] {
        println!("cargo:rerun-if-changed={}", watched.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    let library = Path::new(rustpython_pylib::LIB_PATH);
    let list = std::fs::read_to_string(&list).expect("the list of modules");
    let names = list
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim())
        .filter(|line| !line.is_empty());
    let mut modules = BTreeMap::new();
    for name in names {
        let found = locate(&overlay, name).or_else(|| locate(library, name));
        let Some((file, is_package)) = found else {
            panic!("library.txt names {name}, which does not exist")
        };
        modules.insert(
            name.to_owned(),
            (std::fs::read(&file).expect("a readable module"), is_package),
        );
    }
    let mut blob = Vec::new();
    let mut index = String::from("static LIBRARY: &[Embedded] = &[\n");
    for (name, (source, is_package)) in &modules {
        let packed = lz4_flex::block::compress(source);
        let (at, packed_len, len) = (blob.len(), packed.len(), source.len());
        blob.extend(packed);
        let code = compile(name, source);
        let (code_at, code_len) = (blob.len(), code.len());
        blob.extend(code);
        writeln!(
            index,
            "    Embedded {{ name: {name:?}, is_package: {is_package}, source: ({at}, {packed_len}, {len}), code: ({code_at}, {code_len}) }},"
        )
        .expect("a string");
    }
    index.push_str("];\n");
    std::fs::write(out.join("library.bin"), blob).expect("the blob");
    std::fs::write(out.join("library_index.rs"), index).expect("the index");
}
