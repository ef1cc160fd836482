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
    fails(&["--no-such-option"], 2, "unknown option");
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
    let done = finish(&kiln(&[]).stdin("import sys\nprint(sys.argv)\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "['']\n"));
    let done = finish(&kiln(&["-c", "print(input('? '), input())"]).stdin("a\nb\n"));
    assert_eq!((done.code, done.stdout.as_str()), (0, "? a b\n"), "{}", done.stderr);
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
