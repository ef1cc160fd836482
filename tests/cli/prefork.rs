//! A parent compiles, prepares, and forks workers that run compiled code without compiling anything.

use crate::{finish, kiln};
use kiln_testing::process::Scratch;

const SERVER: &str = r#"
import cinderjit, os, gc

def work(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total

class Counter:
    def __init__(self):
        self.n = 0
    def add(self, k):
        self.n += k
        return self.n

def serve(n):
    c = Counter()
    for i in range(n):
        c.add(work(i % 10))
    return c.n

def late(n):
    return n * 3 + 1

expected = serve(200)
cinderjit.prepare_fork()
for f in (work, serve, Counter.add):
    assert cinderjit.is_jit_compiled(f), f.__qualname__
compiled = len(cinderjit.get_compiled_functions())

def round_of_workers():
    pids = []
    for worker in range(4):
        pid = os.fork()
        if pid == 0:
            ok = serve(200) == expected
            ok = ok and len(cinderjit.get_compiled_functions()) == compiled
            junk = [[i] for i in range(1000)]
            for j in junk: j.append(j)
            del j, junk
            gc.collect()
            # A child goes on compiling what is new.
            exec("def fresh(n): return n + 1", globals())
            ok = ok and fresh(41) == 42 and serve(200) == expected
            os._exit(0 if ok else 1)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]

print(round_of_workers())
assert late(2) == 7
del Counter.__init__
Counter.n = 0
assert serve(200) == expected
gc.collect()
# The class has changed: the parent makes anew what relied on it, and its workers compile nothing again.
cinderjit.prepare_fork()
compiled = len(cinderjit.get_compiled_functions())
for f in (work, serve, Counter.add):
    assert cinderjit.is_jit_compiled(f), f.__qualname__
print(round_of_workers())
"#;

#[test]
fn workers_run_what_the_parent_compiled() {
    let scratch = Scratch::new().expect("a folder");
    let list = scratch
        .file("list.txt", "__main__:work\n__main__:serve\n__main__:Counter.*\n")
        .expect("a file");
    let script = scratch.file("server.py", SERVER).expect("a file");
    let option = format!("jit-list-file={list}");
    let done = finish(&kiln(&["-X", &option, &script]));
    assert_eq!(done.stdout, "[0, 0, 0, 0]\n[0, 0, 0, 0]\n", "{}", done.stderr);
    assert_eq!(done.code, 0, "{}", done.stderr);
}
