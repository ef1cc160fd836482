//! Listings of small programs, one file per theme; and a table of wrong programs with what is said about each.
//!
//! `BLESS=1 cargo test -p kiln-compiler` rewrites what they expect.

use std::path::{Path, PathBuf};

use kiln_compiler::{Mode, Options, compile};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Compares `found` with the file, or rewrites the file.
fn expect(path: &Path, found: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, found).expect("the test folder is writable");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let difference = expected
        .lines()
        .zip(found.lines())
        .position(|(expected, found)| expected != found);
    assert!(
        expected == found,
        "{} differs from line {} on; BLESS=1 rewrites it",
        path.display(),
        difference.map_or(expected.lines().count().min(found.lines().count()), |at| at) + 1
    );
}

#[test]
fn listings() {
    for name in ["calls", "control", "values"] {
        let path = folder().join("golden").join(format!("{name}.py"));
        let source = std::fs::read_to_string(&path).expect("the program is there");
        let compiled = compile(&source, &format!("{name}.py"), Mode::Exec, Options::default()).expect("it compiles");
        let bytes = kiln_bytecode::serialize(&compiled.code);
        let code = kiln_bytecode::deserialize(&bytes, None).expect("what was written reads back");
        expect(
            &path.with_extension("dis"),
            &kiln_bytecode::disassemble(&code, Some(&source)),
        );
    }
}

/// Programs are separated by `---`; after each, `=>` and what is said. `FIXME` marks what CPython says differently.
#[test]
fn errors() {
    let path = folder().join("errors.txt");
    let table = std::fs::read_to_string(&path).expect("the table is there");
    let mut found = String::new();
    for entry in table.split_inclusive("\n---\n") {
        let (source, expected) = entry.rsplit_once("\n=> ").expect("every program has its answer");
        let (_, fixme) = expected.split_once("  # FIXME").unwrap_or((expected, ""));
        let answer = match compile(source, "<test>", Mode::Exec, Options::default()) {
            Ok(_) => "fine".to_string(),
            Err(error) => {
                let place = [
                    error.lineno as i32,
                    error.offset as i32,
                    error.end_lineno as i32,
                    error.end_offset,
                ];
                format!("{:?} {place:?} {}", error.kind, error.msg)
            }
        };
        let fixme = fixme.strip_suffix("---\n").unwrap_or(fixme).trim_end_matches('\n');
        let fixme = if fixme.is_empty() {
            String::new()
        } else {
            format!("  # FIXME{fixme}")
        };
        let end = if entry.ends_with("\n---\n") { "\n---\n" } else { "\n" };
        found.push_str(&format!("{source}\n=> {answer}{fixme}{end}"));
    }
    expect(&path, &found);
}

#[test]
fn deep_nesting_is_an_error() {
    let cases = [
        "(".repeat(100_000),
        "-".repeat(100_000) + "1",
        format!("x = {}", vec!["a"; 100_000].join("+")),
        "f".to_string() + &"()".repeat(100_000),
        "lambda: ".repeat(50_000) + "1",
        "not ".repeat(100_000) + "x",
        format!("x{}", ".a".repeat(100_000)),
        (0..150).map(|depth| " ".repeat(depth) + "if x:\n").collect::<String>(),
    ];
    for source in cases {
        assert!(
            compile(&source, "<deep>", Mode::Exec, Options::default()).is_err(),
            "{}",
            &source[..20]
        );
    }
    let wide = format!("x = [{}]\n", vec!["a"; 100_000].join(", "));
    assert!(compile(&wide, "<wide>", Mode::Exec, Options::default()).is_ok());
    let long = (0..70_000).map(|at| format!("x{at} = {at}.5\n")).collect::<String>();
    assert!(
        compile(
            &format!("if y:\n {}", long.replace('\n', "\n ")),
            "<long>",
            Mode::Exec,
            Options::default()
        )
        .is_err_and(|error| error.msg.contains("too many"))
    );
}
