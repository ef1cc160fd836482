//! Options, targets and exit codes.

use crate::{fails, finish, kiln, prints, run};
use kiln_testing::process::Scratch;

#[test]
fn command_with_arguments() {
    prints(&["-c", "import sys; print(sys.argv)", "a", "-b"], "['-c', 'a', '-b']\n");
}

#[test]
fn version() {
    assert!(run(&["-V"]).stdout.starts_with("Python 3.14"), "{:?}", run(&["-V"]));
    prints(
        &["-c", "import sys; print(sys.version_info[:2], sys.implementation.name)"],
        "(3, 14) kiln\n",
    );
}

#[test]
fn help() {
    let done = run(&["-h"]);
    assert_eq!(done.code, 0);
    assert!(done.stdout.contains("usage:"), "{done:?}");
    assert!(
        run(&["-X", "jit-help"]).stdout.contains("jit-list-file"),
        "jit-help lists every option"
    );
}

#[test]
fn usage_errors() {
    fails(&["--no-such-option"], 2, "Unknown option: --no-such-option");
    fails(&["-c"], 2, "-c");
    fails(&["-X", "jit-nonsense"], 2, "jit-nonsense");
    fails(&["-X", "jit-auto=none"], 2, "jit-auto");
    fails(&["/nonexistent/script.py"], 2, "can't open file");
}

#[test]
fn script_with_arguments() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch
        .file(
            "s.py",
            "import sys\nprint(sys.argv[1:], __name__, sys.path[0] == sys.argv[2])\n",
        )
        .expect("a file");
    let dir = scratch.path().display().to_string();
    prints(&[&path, "-x", &dir], &format!("['-x', '{dir}'] __main__ True\n"));
}

#[test]
fn module_on_the_path() {
    let scratch = Scratch::new().expect("a folder");
    scratch
        .file("mod.py", "import sys\nprint(__name__, sys.argv[1:])\n")
        .expect("a file");
    scratch.file("pkg/__init__.py", "print('package')\n").expect("a file");
    scratch
        .file("pkg/__main__.py", "print('main of', __package__)\n")
        .expect("a file");
    let dir = scratch.path().display().to_string();
    let done = finish(&kiln(&["-m", "mod", "a"]).env("PYTHONPATH", &dir));
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "__main__ ['a']\n"),
        "{}",
        done.stderr
    );
    let done = finish(&kiln(&["-m", "pkg"]).cwd(scratch.path()));
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "package\nmain of pkg\n"),
        "{}",
        done.stderr
    );
    fails(&["-m", "no_such_module"], 1, "No module named no_such_module");
    let done = finish(&kiln(&["-E", "-m", "mod"]).env("PYTHONPATH", &dir));
    assert_eq!(done.code, 1, "-E ignores PYTHONPATH: {done:?}");
}

#[test]
fn standard_input() {
    let done = finish(&kiln(&["-"]).stdin("print('from', 'stdin')\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "from stdin\n"));
    let done = finish(&kiln(&[]).stdin("import sys\nprint(sys.argv, __file__)\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "[''] <stdin>\n"));
    let done = finish(&kiln(&["-c", "print(input('? '), input())"]).stdin("a\nb\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "? a b\n"), "{}", done.stderr);
}

#[test]
fn help_of_every_kind() {
    let all = run(&["--help-all"]).stdout;
    for (flag, word) in [
        ("--help", "-c cmd"),
        ("--help-env", "PYTHONSTARTUP"),
        ("--help-xoptions", "-X no_debug_ranges"),
    ] {
        let done = run(&[flag]);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{flag}");
        assert!(done.stdout.contains(word), "{flag}: {}", done.stdout);
        assert!(all.contains(word), "--help-all has {word}");
    }
}

#[test]
fn commands_may_be_indented() {
    prints(
        &["-c", "\n    if 1:\n        print('in')\n    print('out')\n"],
        "in\nout\n",
    );
    fails(
        &["-c", "print(1)\n  print(2)"],
        1,
        "IndentationError: unexpected indent",
    );
}

/// A folder, and a zip archive whatever comes before it, run their `__main__` and come first in `sys.path`.
#[test]
fn folders_and_archives() {
    let scratch = Scratch::new().expect("a folder");
    let main = "import sys, other\nprint(__name__, __spec__.name, repr(__package__), sys.argv[1:], other.x, sys.path[0] == sys.argv[0])\n";
    let shown = "__main__ __main__ '' ['a'] 5 True\n";
    scratch.file("app/__main__.py", main).expect("a file");
    scratch.file("app/other.py", "x = 5\n").expect("a file");
    let folder = scratch.path().join("app").display().to_string();
    prints(&[&folder, "a"], shown);
    let make = "import sys, zipfile\nfolder, archive = sys.argv[1:]\nopen(archive, 'wb').write(b'#!/usr/bin/env kiln\\n')\n\
                with zipfile.ZipFile(archive, 'a') as z:\n    for name in ('__main__.py', 'other.py'):\n        z.write(folder + '/' + name, name)\n";
    let archive = scratch.path().join("app.pyz").display().to_string();
    prints(&["-c", make, &folder, &archive], "");
    prints(&[&archive, "a"], shown);
    let done = finish(
        &kiln(&["-c", "import other; print(other.x, type(other.__loader__).__name__)"]).env("PYTHONPATH", &archive),
    );
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("5 zipimporter\n", ""));
    scratch.file("empty/other.py", "").expect("a file");
    let empty = scratch.path().join("empty").display().to_string();
    fails(&[&empty], 1, "can't find '__main__' module in");
}

#[test]
fn modules_that_cannot_be_run() {
    fails(&["-m", ".pkg"], 1, ": Relative module names not supported\n");
    fails(&["-m", ""], 1, ": No module named \n");
    fails(
        &["-m", "os.path.py"],
        1,
        ": Error while finding module specification for 'os.path.py' (ModuleNotFoundError: __path__ attribute not found on \
         'os.path' while trying to find 'os.path.py'). Try using 'os.path' instead of 'os.path.py' as the module name.\n",
    );
}

/// What is wrong with a file's bytes has a place, and the file's name.
#[test]
fn sources_that_cannot_be_read() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch.path().join("s.py");
    let shown = path.display().to_string();
    for (bytes, expected) in [
        (
            &b"a = 1\nx = '\xe9'\n"[..],
            format!(
                "  File \"{shown}\", line 2\n    x = '\u{fffd}'\n         ^\nSyntaxError: Non-UTF-8 code starting with '\\xe9' in file {shown} \
                 on line 2, but no encoding declared; see https://peps.python.org/pep-0263/ for details\n"
            ),
        ),
        (
            b"a = 1\nx = 'a\0b'\n",
            format!("  File \"{shown}\", line 2\n    x = 'a\nSyntaxError: source code cannot contain null bytes\n"),
        ),
        (
            b"# coding: nonsense\n",
            format!("  File \"{shown}\", line 0\nSyntaxError: unknown encoding: nonsense\n"),
        ),
    ] {
        std::fs::write(&path, bytes).expect("a file");
        let done = run(&[&shown]);
        assert_eq!((done.code, done.stderr), (1, expected));
    }
}

#[test]
fn what_options_ask_for_at_the_start() {
    let done = run(&["-W", "nonsense", "-W", "error::Nothing", "-c", "print(1)"]);
    assert_eq!(
        (done.stdout.as_str(), done.stderr.as_str()),
        (
            "1\n",
            "Invalid -W option ignored: invalid action: 'nonsense'\nInvalid -W option ignored: unknown warning category: 'Nothing'\n"
        )
    );
    let done = run(&["-X", "no_debug_ranges", "-c", "1/0"]);
    let expected = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n    1/0\nZeroDivisionError: division by zero\n";
    assert_eq!(done.stderr, expected);
    prints(
        &[
            "-X",
            "faulthandler",
            "-c",
            "import faulthandler; print(faulthandler.is_enabled())",
        ],
        "True\n",
    );
}

#[test]
fn exit_codes() {
    for (source, code) in [
        ("pass", 0),
        ("1/0", 1),
        ("raise SystemExit", 0),
        ("raise SystemExit(7)", 7),
        ("raise SystemExit('text')", 1),
        ("import sys; sys.exit(None)", 0),
        ("import os; os._exit(9)", 9),
        ("x = = 1", 1),
        ("import sys; sys.exit(256 + 3)", 3),
    ] {
        assert_eq!(run(&["-c", source]).code, code, "{source}");
    }
}

#[test]
fn flags_that_programs_see() {
    prints(&["-O", "-c", "assert 0; print(__debug__)"], "False\n");
    prints(&["-OO", "-c", "def f():\n 'doc'\nprint(f.__doc__)"], "None\n");
    prints(
        &[
            "-I",
            "-c",
            "import sys; print(sys.flags.isolated, sys.flags.ignore_environment)",
        ],
        "1 1\n",
    );
    prints(&["-B", "-c", "import sys; print(sys.dont_write_bytecode)"], "True\n");
    prints(&["-q", "-S", "-u", "-c", "print(1)"], "1\n");
    prints(
        &["-X", "name=value", "-c", "import sys; print(sys._xoptions)"],
        "{'name': 'value'}\n",
    );
    prints(
        &["-W", "ignore", "-c", "import warnings; warnings.warn('x'); print('ok')"],
        "ok\n",
    );
}

#[test]
fn listing_of_bytecode() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch.file("d.py", "def f(a):\n    return a + 1\n").expect("a file");
    let done = run(&["dis", &path]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("return"), "{}", done.stdout);
}

/// Whether the reader is gone before, or while, or after the program writes, it says nothing.
#[test]
fn broken_pipe_is_quiet() {
    let binary = env!("CARGO_BIN_EXE_kiln");
    let many = "for i in range(100000): print(i)";
    let waits = "import time; time.sleep(0.5); print(1)";
    for (options, program, reader, shown) in [
        ("", many, "head -n 1", "0\n"),
        ("-u", many, "head -n 1", "0\n"),
        ("", waits, "true", ""),
        ("-u", waits, "true", ""),
    ] {
        let script = format!("{binary} {options} -c '{program}' | {reader}");
        let done = finish(&kiln_testing::process::Job::new("/bin/sh").args(["-c", &script]));
        assert_eq!((done.code, done.stdout.as_str()), (0, shown), "{script}");
        assert_eq!(done.stderr, "", "{script}");
    }
    // Other broken pipes are errors like any other.
    let other = "import os\nr, w = os.pipe()\nos.close(r)\nos.write(w, b\"x\")";
    let done = run(&["-c", other]);
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.ends_with("BrokenPipeError: [Errno 32] Broken pipe\n"),
        "{}",
        done.stderr
    );
}

#[test]
fn unknown_jit_list_is_an_error_at_start() {
    let scratch = Scratch::new().expect("a folder");
    let list = scratch
        .file("bad.txt", "good.module:func\nthis is no entry\n")
        .expect("a file");
    let option = format!("jit-list-file={list}");
    let done = run(&["-X", &option, "-c", "print('ran')"]);
    assert_ne!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("bad.txt") && done.stderr.contains('2'),
        "names the file and the line: {}",
        done.stderr
    );
    assert!(!done.stdout.contains("ran"), "an error at start");
}
