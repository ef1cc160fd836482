//! Golden files of passes, and generated functions for reference counting.
//!
//! `tests/hir/<pass>/*.hir` holds a function, `---`, and the same function after that pass alone. `BLESS=1` rewrites what stands below the line.

mod generated;
mod inlining;

use kiln_hir::Function;
use kiln_hir::parse::parse;
use kiln_hir::verify::verify;
use kiln_opt::{Context, Facts, PIPELINE, refcount_checker};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hir")
}

fn check(func: &Function) -> Result<(), String> {
    verify(func)?;
    if func.counted {
        refcount_checker::check(func)
    } else {
        Ok(())
    }
}

/// What the pass called `pass` makes of the text.
fn after(pass: &str, text: &str) -> Result<String, String> {
    let mut func = parse(text).map_err(|failed| failed.to_string())?;
    check(&func)?;
    let found = PIPELINE.iter().find(|entry| entry.name == pass);
    let found = found.ok_or_else(|| format!("no pass is called {pass}"))?;
    (found.run)(&mut func, &mut Context::new(&Facts::default()));
    check(&func).map_err(|wrong| format!("{wrong}\n{func}"))?;
    Ok(func.to_string())
}

#[test]
fn goldens() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = String::new();
    let mut count = 0;
    for folder in fs::read_dir(root())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
    {
        let pass = folder.file_name().into_string().unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let (input, expected) = text.split_once("---\n").unwrap_or((&text, ""));
            count += 1;
            match after(&pass, input) {
                Ok(output) if output == expected => (),
                Ok(output) if bless => fs::write(&path, format!("{input}---\n{output}")).unwrap(),
                Ok(output) => wrong += &format!("{}: expected\n{expected}found\n{output}\n", path.display()),
                Err(message) => wrong += &format!("{}: {message}\n", path.display()),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 0, "no golden files found");
}

/// The checker must not merely agree with the pass: each mistake here is made by hand.
#[test]
fn checker_names_the_reference() {
    let cases = [
        (
            "function \"lost\" code0 args=1 counted {\nbb0:\n  v0: Object = load_arg [0]\n  v2: Int = const_int [1]\n  s0 = raise 1 code0 []\n  v1: Object = call v0 [(), c0] @s0\n  return_value v2\n}\n",
            "v1 is lost",
        ),
        (
            "function \"twice\" code0 args=1 counted {\nbb0:\n  v0: Object = load_arg [0]\n  v2: Int = const_int [1]\n  s0 = raise 1 code0 []\n  v1: Object = call v0 [(), c0] @s0\n  decref v1\n  decref v1\n  return_value v2\n}\n",
            "v1 is used, but may have been released",
        ),
        (
            "function \"borrowed\" code0 args=1 counted {\nbb0:\n  v0: Object = load_arg [0]\n  v1: Object = load_slot v0 [16, Object]\n  s0 = raise 1 code0 []\n  v2: Object = call v1 [(), c0] @s0\n  return_value v2\n}\n",
            "v1 is only borrowed",
        ),
        (
            "function \"unlisted\" code0 args=1 counted {\nbb0:\n  v0: Object = load_arg [0]\n  s0 = raise 1 code0 []\n  v1: Object = call v0 [(), c0] @s0\n  v2: Object = call v0 [(), c0] @s0\n  decref v1\n  return_value v2\n}\n",
            "v1 is held 1 times, but listed 0 times",
        ),
        (
            "function \"returned\" code0 args=1 counted {\nbb0:\n  v0: Object = load_arg [0]\n  return_value v0\n}\n",
            "v0 is taken over, but no reference to it is held",
        ),
    ];
    for (text, expected) in cases {
        let wrong = check(&parse(text).unwrap()).unwrap_err();
        assert!(wrong.contains(expected), "{wrong}");
    }
}
