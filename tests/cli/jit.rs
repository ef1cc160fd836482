//! Choosing what is compiled: jit-lists, profiles; and what happens when the compiler fails.

use crate::{fails, run};
use kiln_testing::process::{Finished, Scratch};

/// The number that `-X jit-stats` shows for a counter.
fn counter(done: &Finished, name: &str) -> u64 {
    let line = done.stderr.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line[name.len()..].trim().parse().ok());
    number.unwrap_or_else(|| panic!("{name} is not counted: {}", done.stderr))
}

#[test]
fn bad_lines_of_a_jit_list() {
    let scratch = Scratch::new().expect("a folder");
    for (line, reason) in [
        ("no_module", "is no entry"),
        (":f", "names no module"),
        ("m:", "names no function"),
        ("m:f g", "white space"),
        ("m:f:3", "':' in the function's name"),
        ("*:*", "names every function"),
        ("f@file.py", "has no line"),
        ("f@file.py:zero", "is no line number"),
        ("f@file.py:0", "is no line number"),
        ("*@file.py:3", "an asterisk is for"),
    ] {
        let text = format!("# comment\n\ngood.module:Class.method  # 3 %\n{line}\n");
        let list = scratch.file("bad.txt", &text).expect("a file");
        let done = run(&["-X", &format!("jit-list-file={list}"), "-c", "print('ran')"]);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{line}: {}", done.stderr);
        for part in ["bad.txt, line 4", reason] {
            assert!(done.stderr.contains(part), "{line}: {part} is not in {}", done.stderr);
        }
    }
    fails(
        &["-X", "jit-list-file=/nonexistent/list", "-c", "0"],
        2,
        "/nonexistent/list: cannot be read",
    );
}

#[test]
fn a_jit_list_names_what_is_compiled() {
    let scratch = Scratch::new().expect("a folder");
    let script = "import cinderjit\n\
        def f(): return g\n\
        def g(): pass\n\
        class C:\n  def m(self): pass\n  def n(self): pass\n\
        def outer():\n  def inner(): pass\n  inner()\n  return inner\n\
        f(); g(); C().m(); C().n()\n\
        print([cinderjit.is_jit_compiled(x) for x in (f, g, C.m, C.n, outer, outer())])\n";
    let script = scratch.file("chosen.py", script).expect("a file");
    let entries = "__main__:f\n__main__:C.*\ninner@chosen.py:8\n__main__:nothing\n";
    let list = scratch.file("list.txt", entries).expect("a file");
    let done = run(&["-X", &format!("jit-list-file={list}"), "-X", "jit-stats", &script]);
    assert_eq!(
        done.stdout, "[True, False, True, True, False, True]\n",
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains("list.txt, line 4: __main__:nothing named no function"),
        "{}",
        done.stderr
    );
}

const PROFILED: &str = "\
import sys
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y
class Names:
    def __init__(self, y, x):
        self.y = y
        self.x = x
def measure(p, times):
    total = p.x
    for i in range(times):
        total = total + p.y
    return total
if sys.argv[1:] == ['truly']:
    for i in range(20): measure(Point(1.5, 2.5), 3)
    print(measure(Point(1.5, 2.5), 3))
else:
    print(measure(Names('b', 'a'), 3), measure(Point(2, 3), 3), measure(Point(2**61, 2**61), 5), measure(Point(1.5, 2), 2))
    try: measure(Point('x', 1), 1)
    except TypeError as e: print(e)
    print(measure(Names([1], [2]), 2))
";

#[test]
fn a_profile_gives_its_types_to_the_first_compilation() {
    let scratch = Scratch::new().expect("a folder");
    let script = scratch.file("points.py", PROFILED).expect("a file");
    let profile = scratch.path().join("points.prof").display().to_string();
    let done = run(&["-X", &format!("jit-profile-out={profile}"), &script, "truly"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "9.0\n"), "{}", done.stderr);
    let text = std::fs::read_to_string(&profile).expect("the profile");
    assert!(text.contains("Point"), "{text}");
    assert!(!text.contains("<init>"), "code of no source is not listed: {text}");

    // What the very first compilation makes of the function, with and without the profile.
    let first = |options: &[&str], argument: &str| {
        let mut args = vec!["-X", "jit", "-X", "jit-dump-final-hir=measure"];
        args.extend(options);
        args.extend([script.as_str(), argument]);
        let done = run(&args);
        let hir = done.stderr.split("-- measure").nth(1).unwrap_or_default().to_owned();
        (done.stdout, hir)
    };
    let given = format!("jit-profile-in={profile}");
    let (output, hir) = first(&["-X", &given], "truly");
    assert_eq!(output, "9.0\n");
    assert!(hir.contains("load_slot") && hir.contains("f64_add"), "{hir}");
    assert!(!hir.contains("load_attr") && !hir.contains("binary_op"), "{hir}");
    let (_, hir) = first(&[], "truly");
    assert!(!hir.contains("load_slot") && !hir.contains("f64_add"), "{hir}");

    // The profile does not hold for this run.
    let right = "abbb 11 13835058055282163712 5.5\ncan only concatenate str (not \"int\") to str\n[2, 1, 1]\n";
    for options in [
        vec![],
        vec!["-X", &given],
        vec!["-X", &given, "-X", "jit-test-fail-guards"],
    ] {
        assert_eq!(first(&options, "falsely").0, right, "{options:?}");
    }
}

#[test]
fn a_site_with_several_shapes_becomes_a_choice() {
    let source = "
class A:
    def __init__(self): self.x = 1
class B(A): pass
class C(A):
    def __init__(self): self.y = 0; self.x = 2
def reading(s): return s.x
for i in range(1000):
    for s in (A(), B(), C()): reading(s)
c = C()
print(reading(A()), reading(B()), reading(c))
C.x = property(lambda self: self.y - 1)
print(reading(A()), reading(B()), reading(c))
";
    let done = run(&["-X", "jit", "-X", "jit-dump-final-hir=reading", "-c", source]);
    assert_eq!(done.stdout, "1 1 2\n1 1 -1\n", "{}", done.stderr);
    // A and B have the attribute at the same place, C elsewhere; the way for other shapes goes through the runtime.
    let settled = |hir: &&str| hir.matches("has_shape").count() == 3 && hir.matches("load_slot").count() == 2;
    let hir = done.stderr.split("-- reading").find(settled);
    let hir = hir.unwrap_or_else(|| panic!("no choice among three shapes:\n{}", done.stderr));
    assert!(hir.contains("load_attr") && !hir.contains("guard_shape"), "{hir}");
}

#[test]
fn a_failing_compiler_does_no_harm() {
    let source = "def f(x): return x + 1\ndef g(x): return f(x) * 2\nprint([g(i) for i in range(5)])";
    let done = run(&["-X", "jit", "-X", "jit-stats", "-X", "jit-test-panic=f", "-c", source]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "[2, 4, 6, 8, 10]\n"),
        "{}",
        done.stderr
    );
    assert_eq!(counter(&done, "bugs in the compiler"), 1, "{}", done.stderr);
    assert!(
        counter(&done, "functions compiled") >= 1,
        "the others are compiled: {}",
        done.stderr
    );
    assert!(done.stderr.contains("f: a bug in the compiler: "), "{}", done.stderr);
}

#[test]
fn there_is_an_end_to_new_versions() {
    let source = "\
def many(x, y):
    return x + y
class A:
    def __add__(self, other): return 'A'
values = [1, 2.5, 'a', [1], (1,), 2**70, A(), 1j, b'b']
out = []
for turn in range(60):
    for v in values[:1 + turn % len(values)]:
        for i in range(40):
            r = many(v, v)
    out.append(str(r))
print(len(out), out[:12])
";
    let done = run(&["-X", "jit", "-X", "jit-stats", "-c", source]);
    assert!(
        done.stdout.starts_with("60 ['2', '5.0', 'aa', '[1, 1]', '(1, 1)',"),
        "{done:?}"
    );
    // `many` is the only function whose guesses fail again and again.
    for name in [
        "versions: second guesses",
        "versions: third guesses",
        "versions: no guesses",
    ] {
        assert!(counter(&done, name) <= 2, "{name}: {}", done.stderr);
    }
}

#[test]
fn names_of_passes_are_checked() {
    fails(
        &["-X", "jit", "-X", "jit-test-passes=nothing", "-c", "0"],
        2,
        "known are: ",
    );
}
