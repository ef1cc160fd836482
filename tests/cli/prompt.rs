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

/// Lines that can never become right are reported at once, the others are read on.
#[test]
fn errors_come_at_once() {
    let done = prompt("if x\nprint('next')\n");
    assert_eq!(done.stdout, "next\n", "{done:?}");
    let done = prompt("class A\nimport\n@\n# only a comment\n\nprint('next')\n");
    assert_eq!(done.stdout, "next\n", "{done:?}");
    assert_eq!(done.stderr.matches("... ").count(), 0, "{done:?}");
    let done = prompt("x = \\\n5\nx\n'a\\\nb'\n");
    assert_eq!(done.stdout, "5\n'ab'\n", "{done:?}");
    let done = prompt("if 1:\n  print('never')\nx = 1\n\nprint('next')\n");
    assert_eq!(done.stdout, "next\n", "{done:?}");
    assert!(done.stderr.contains("SyntaxError: invalid syntax"), "{done:?}");
}

#[test]
fn imports_from_the_future_stay() {
    let done = prompt("from __future__ import annotations\ndef f(x: unknown): pass\n\nf.__annotations__\n");
    assert_eq!(done.stdout, "{'x': 'unknown'}\n", "{done:?}");
}

#[test]
fn words_of_the_banner() {
    let done = prompt("help\ncopyright\ncredits\nlicense\nexit\n");
    assert!(
        done.stdout
            .starts_with("Type help() for interactive help, or help(object) for help about object.\n")
    );
    assert!(
        done.stdout.ends_with("Use exit() or Ctrl-D (i.e. EOF) to exit\n"),
        "{done:?}"
    );
    assert!(!done.stderr.contains("Error"), "{done:?}");
    let done = prompt("help(len)\n");
    assert!(
        done.stdout
            .contains("Help on built-in function len in module builtins:"),
        "{done:?}"
    );
}

#[test]
fn startup_file() {
    let scratch = kiln_testing::process::Scratch::new().expect("a folder");
    let file = scratch.file("startup.py", "greeting = 'hello'\n").expect("a file");
    let job = kiln(&["-i", "-q"]).env("PYTHONSTARTUP", &file);
    let done = finish(&job.stdin("greeting\n"));
    assert_eq!(done.stdout, "'hello'\n", "{done:?}");
    let job = kiln(&["-i", "-q", "-E"]).env("PYTHONSTARTUP", &file);
    assert!(finish(&job.stdin("greeting\n")).stderr.contains("NameError"));
}

/// The prompt after a program shows what ended it.
#[test]
fn program_that_exits() {
    let done = finish(&kiln(&["-i", "-c", "x = 5\nraise SystemExit(3)"]).stdin("x\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "5\n"), "{done:?}");
    assert!(done.stderr.contains("SystemExit: 3\n"), "{done:?}");
}
