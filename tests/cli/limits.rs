//! Deep recursion, little memory, and Ctrl-C.

use crate::{finish, kiln, run};
use std::process::Child;
use std::time::Duration;

/// Runs in the interpreter and compiled.
const FLAGS: &[&[&str]] = &[&[], &["-X", "jit"]];

fn with(flags: &[&'static str], source: &'static str) -> Vec<&'static str> {
    let mut args = flags.to_vec();
    args.extend(["-c", source]);
    args
}

#[test]
fn recursion_ends_in_an_error() {
    for flags in FLAGS {
        let done = run(&with(
            flags,
            "def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError: print('caught')\nf(0)",
        ));
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (1, "caught\n"),
            "{flags:?}: {}",
            done.stderr
        );
        assert!(
            done.stderr.contains("RecursionError: maximum recursion depth exceeded"),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn deep_recursion_in_native_code_is_no_crash() {
    for source in [
        "l = []\nfor i in range(100000): l = [l]\ntry: repr(l)\nexcept RecursionError: print('caught')",
        "l = []\nfor i in range(100000): l = [l]\nm = []\nfor i in range(100000): m = [m]\ntry: print('caught' if l == m else 'wrong')\nexcept RecursionError: print('caught')",
        // Deeper than any stack: an error, where less deep ones may be compared.
        "l = []\nfor i in range(4000000): l = [l]\nm = []\nfor i in range(4000000): m = [m]\ntry: l == m\nexcept RecursionError: print('caught')",
        "l = {}\nfor i in range(100000): l = {1: l}\nm = {}\nfor i in range(100000): m = {1: m}\ntry: print('caught' if l == m else 'wrong')\nexcept RecursionError: print('caught')",
        "l = ()\nfor i in range(100000): l = (l,)\ntry: hash(l); print('caught')\nexcept RecursionError: print('caught')",
        "l = None\nfor i in range(1000000): l = [l]\ndel l\nprint('caught')",
        "class N: pass\nh = n = N()\nfor i in range(300000): n.next = N(); n = n.next\ndel h, n\nprint('caught')",
        "try: compile('(' * 100000 + ')' * 100000, 's', 'eval')\nexcept (SyntaxError, RecursionError, MemoryError): print('caught')",
        "try: compile('-' * 100000 + '1', 's', 'eval')\nexcept (SyntaxError, RecursionError, MemoryError): print('caught')",
        "try: eval('+'.join(['1'] * 100000)) == 100000 and print('caught')\nexcept (RecursionError, MemoryError): print('caught')",
    ] {
        let done = run(&["-c", source]);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (0, "caught\n"),
            "{source}\n{}",
            done.stderr
        );
    }
}

#[test]
fn starts_in_little_memory() {
    let done = finish(&kiln(&["-c", "print(sum(range(1000)))"]).address_space(512));
    assert_eq!((done.code, done.stdout.as_str()), (0, "499500\n"), "{}", done.stderr);
}

#[test]
fn running_out_of_memory_is_an_error() {
    for source in [
        "try:\n  l = []\n  while True: l.append('x' * 1000000)\nexcept MemoryError:\n  del l\n  print('caught')",
        "try: bytearray(10 ** 12)\nexcept MemoryError: print('caught')",
        "try: [0] * 10 ** 12\nexcept MemoryError: print('caught')",
        "l = []\nwhile True: l.append([None] * 1000)",
        "d = {}\ni = 0\nwhile True: d[i] = i; i += 1",
    ] {
        let done = finish(&kiln(&["-c", source]).address_space(700));
        let caught = done.code == 0 && done.stdout == "caught\n";
        let said = done.code != 0 && done.code != -11 && done.stderr.to_lowercase().contains("memory");
        assert!(caught || said, "{source}\n{done:?}");
    }
}

/// Sends the signal that Ctrl-C sends after the process has begun to write.
fn interrupt(source: &'static str, flags: &[&'static str]) -> (i32, String) {
    use std::io::Read;
    let mut child: Child = kiln(&with(flags, source)).command().spawn().expect("it starts");
    let mut first = [0_u8; 6];
    child
        .stdout
        .as_mut()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("it writes");
    std::thread::sleep(Duration::from_millis(100));
    let kill = format!("kill -INT {}", child.id());
    std::process::Command::new("/bin/sh")
        .args(["-c", &kill])
        .status()
        .expect("kill");
    let done = child.wait_with_output().expect("it ends");
    use std::os::unix::process::ExitStatusExt;
    let code = done
        .status
        .code()
        .unwrap_or_else(|| 128 + done.status.signal().unwrap_or(0));
    (
        code,
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
    )
}

#[test]
fn ctrl_c() {
    for flags in FLAGS {
        let (code, text) = interrupt(
            "print('ready', flush=True)\ndef f():\n  n = 0\n  while True: n += 1\nf()",
            flags,
        );
        assert_eq!(code, 130, "{text}");
        assert!(text.contains("KeyboardInterrupt"), "{text}");
        let (code, text) = interrupt(
            "try:\n  print('ready', flush=True)\n  while True: pass\nexcept KeyboardInterrupt: print('caught')",
            flags,
        );
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("caught"), "{text}");
    }
}

#[test]
fn ctrl_c_during_sleep() {
    let (code, text) = interrupt("import time\nprint('ready', flush=True)\ntime.sleep(50)", &[]);
    assert_eq!(code, 130, "{text}");
}
