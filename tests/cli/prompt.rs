//! The prompt, fed through a pipe.

use crate::{finish, kiln};

fn prompt(text: &str) -> kiln_testing::process::Finished {
    finish(&kiln(&["-i", "-q"]).stdin(text))
}

#[test]
fn shows_values() {
    let done = prompt("1 + 1\nx = 'a'\nx\nNone\n_\n");
    assert!(done.stdout.contains('2') && done.stdout.contains("'a'"), "{done:?}");
    assert!(!done.stdout.contains("None"), "{done:?}");
}

#[test]
fn takes_several_lines() {
    let done = prompt("def f(n):\n    return n * 2\n\nf(21)\nfor i in range(2):\n    print('turn', i)\n\n");
    assert!(done.stdout.contains("42"), "{done:?}");
    assert!(done.stdout.contains("turn 0\nturn 1"), "{done:?}");
}

#[test]
fn goes_on_after_an_exception() {
    let done = prompt("1 / 0\nx = = 2\nprint('still here')\n");
    assert!(
        done.stderr.contains("ZeroDivisionError") && done.stderr.contains("SyntaxError"),
        "{done:?}"
    );
    assert!(done.stdout.contains("still here"), "{done:?}");
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn exit_ends_it() {
    let done = prompt("raise SystemExit(4)\nprint('no')\n");
    assert_eq!(done.code, 4, "{done:?}");
    assert!(!done.stdout.contains("no\n"), "{done:?}");
}
