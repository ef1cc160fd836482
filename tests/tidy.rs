//! What keeps the repository tidy: paths named in documents exist, no conflict is left in them, the crates match the map, files open with `//!`, test and
//! bench targets outside crates are named in a manifest, and dependency boundaries hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    kiln_testing::root()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files below a folder, without build output and hidden folders.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
        let path = entry.expect("a readable folder").path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn with_extension(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root(), &mut found);
    found.retain(|path| path.extension().is_some_and(|e| e == extension));
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Crate names, which are folder names.
fn crates() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("crates")).expect("the folder of the crates");
    entries
        .map(|entry| entry.expect("a folder").file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn rust_files_open_with_a_header() {
    let wrong: Vec<String> = with_extension("rs")
        .iter()
        .filter(|path| {
            let text = read(path);
            let first = text.lines().find(|line| !line.is_empty() && !line.starts_with("#!["));
            !first.is_some_and(|line| line.starts_with("//!"))
        })
        .map(|path| relative(path))
        .collect();
    assert!(wrong.is_empty(), "these open without `//!`: {wrong:#?}");
}

#[test]
fn paths_in_documents_exist() {
    let mut wrong = Vec::new();
    for path in with_extension("md") {
        let text = read(&path);
        // Code blocks show programs and output; paths in running text are promises.
        let prose: Vec<&str> = text.split("```").step_by(2).collect();
        for word in prose.join(" ").split('`') {
            let rooted = ["crates/", "tests/", "docs/", "benches/", ".ci/"]
                .iter()
                .any(|start| word.starts_with(start));
            let pattern = word.contains(['*', '<', ' ', '{', '…']) || word.contains("NAME");
            if rooted && !pattern && !root().join(word).exists() {
                wrong.push(format!("{}: {word}", relative(&path)));
            }
        }
        for link in prose.join(" ").split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            let dir = path.parent().unwrap_or(&path);
            if !target.is_empty() && !target.contains("://") && !dir.join(target).exists() {
                wrong.push(format!("{}: link to {target}", relative(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "these paths do not exist: {wrong:#?}");
}

#[test]
fn documents_have_no_conflicts() {
    let wrong: Vec<String> = with_extension("md")
        .iter()
        .filter(|path| {
            read(path)
                .lines()
                .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
        })
        .map(|path| relative(path))
        .collect();
    assert!(wrong.is_empty(), "left over from merging: {wrong:?}");
}

#[test]
fn the_map_names_every_crate() {
    let map = read(&root().join("docs/ARCHITECTURE.md"));
    let missing: Vec<String> = crates()
        .into_iter()
        .filter(|name| !map.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md does not name {missing:?}");
}

#[test]
fn folder_names_are_crate_names() {
    for name in crates() {
        let manifest = read(&root().join("crates").join(&name).join("Cargo.toml"));
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name}: the package has another name"
        );
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name}: the workspace's lints do not apply"
        );
    }
}

#[test]
fn targets_outside_crates_are_named() {
    let manifests: String = crates()
        .iter()
        .map(|name| read(&root().join("crates").join(name).join("Cargo.toml")))
        .collect();
    let mut wrong = Vec::new();
    for folder in ["tests", "benches"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            let target = if path.is_dir() { path.join("main.rs") } else { path };
            if target.extension().is_some_and(|e| e == "rs")
                && target.exists()
                && !manifests.contains(&relative(&target))
            {
                wrong.push(relative(&target));
            }
        }
    }
    assert!(wrong.is_empty(), "no manifest names {wrong:?}: they would never run");
}

#[test]
fn boundaries_hold() {
    for (dependency, only) in [
        ("cranelift", "kiln-codegen"),
        ("ruff_python", "kiln-syntax"),
        ("rustpython-pylib", "kiln-stdlib"),
    ] {
        for name in crates() {
            let manifest = read(&root().join("crates").join(&name).join("Cargo.toml"));
            assert!(
                name == only || !manifest.contains(dependency),
                "{name} depends on {dependency}, which is {only}'s"
            );
        }
    }
    for (name, forbidden) in [
        ("kiln-interp", &["kiln-jit", "kiln-hir", "kiln-opt", "kiln-codegen"][..]),
        ("kiln-opt", &["kiln-object", "kiln-interp"]),
        ("kiln-hir", &["kiln-object", "kiln-interp"]),
        ("kiln-codegen", &["kiln-object", "kiln-interp"]),
        ("kiln-bytecode", &["kiln-object"]),
        ("kiln-compiler", &["kiln-object"]),
    ] {
        let manifest = read(&root().join("crates").join(name).join("Cargo.toml"));
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for other in forbidden {
            assert!(
                !dependencies.contains(&format!("{other}.workspace")),
                "{name} must not know {other}"
            );
        }
    }
}

#[test]
fn programs_have_expected_output() {
    for program in kiln_testing::program::all().expect("the programs") {
        assert!(
            program.expected("out").exists(),
            "{}: no expected output; run cargo xtask bless-programs",
            program.name
        );
    }
}
