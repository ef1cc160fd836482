//! Bytes to text, text to tree: what lies outside the grammar.

use kiln_syntax::ast::{Expr, Mod, Name};
use kiln_syntax::{Mode, Private, SymbolTable, decode, mangle, parse, strings};

#[test]
fn encodings() {
    let text = |bytes: &[u8]| decode(bytes, Some("f.py")).map_err(|error| (error.lineno, error.msg));
    assert_eq!(text("é = 1".as_bytes()).as_deref(), Ok("é = 1"));
    assert_eq!(text(b"\xef\xbb\xbfx").as_deref(), Ok("x"));
    assert_eq!(
        text(b"#!/bin/x\n# -*- coding: latin-1 -*-\n'\xe9'").as_deref(),
        Ok("#!/bin/x\n# -*- coding: latin-1 -*-\n'é'")
    );
    assert_eq!(
        text(b"x = 1\n# coding: latin-1\n'\xe9'").map_err(|error| error.0),
        Err(3)
    );
    assert!(text(b"# coding: ascii\n'\xe9'").is_err_and(|(line, msg)| line == 2 && msg.contains("'ascii' codec")));
    assert_eq!(text(b"# coding: koi8-r\n"), Err((0, "unknown encoding: koi8-r".into())));
    assert_eq!(
        text(b"\xef\xbb\xbf# coding: latin-1\n"),
        Err((1, "encoding problem: iso-8859-1 with BOM".into()))
    );
    assert!(text(b"'\xff'").is_err_and(
        |(line, msg)| line == 1 && msg.starts_with("Non-UTF-8 code starting with '\\xff' in file f.py on line 1")
    ));
}

#[test]
fn lone_surrogates_survive() {
    let value = |source: &str| {
        let parsed = parse(source, Mode::Eval).expect("it parses");
        let Mod::Expression(tree) = parsed.tree() else {
            panic!("an expression")
        };
        let Expr::StringLiteral(literal) = &*tree.body else {
            panic!("a string")
        };
        let parts = literal.value.iter().map(|part| strings::literal_text(source, part));
        parts
            .flat_map(|text| text.points().collect::<Vec<u32>>())
            .collect::<Vec<u32>>()
    };
    assert_eq!(value(r"'a\ud800\N{BULLET}\x41'"), [0x61, 0xd800, 0x2022, 0x41]);
    assert_eq!(value("'\\ud83d\\ude00' '\u{fffd}'"), [0xd83d, 0xde00, 0xfffd]);
    assert_eq!(value(r"r'\ud800'").len(), 6);
}

#[test]
fn private_names() {
    let within = |class: &str, name: &str| {
        mangle(
            Some(&Private {
                class: Name::new(class),
                only: None,
            }),
            &Name::new(name),
        )
        .to_string()
    };
    assert_eq!(within("C", "__x"), "_C__x");
    assert_eq!(within("__C", "__x"), "_C__x");
    assert_eq!(within("__", "__x"), "__x");
    assert_eq!(within("C", "__x__"), "__x__");
    assert_eq!(within("C", "_x"), "_x");
}

#[test]
fn scope_errors() {
    let error = |source: &str| {
        let parsed = parse(source, Mode::Exec).expect("it parses");
        SymbolTable::build(parsed.tree(), false)
            .map(|_| ())
            .expect_err("a wrong scope")
            .msg
    };
    assert_eq!(error("def f(x):\n global x"), "name 'x' is parameter and global");
    assert_eq!(error("def f():\n nonlocal x"), "no binding for nonlocal 'x' found");
    assert_eq!(
        error("[x := 1 for x in y]"),
        "assignment expression cannot rebind comprehension iteration variable 'x'"
    );
    assert_eq!(error("class C[T, T]: pass"), "duplicate type parameter 'T'");
}
