//! The command `kiln` from outside: options, exit codes, standard input, the prompt, signals, limits of memory and depth.

mod jit;
mod limits;
mod options;
mod prefork;
mod prompt;

use kiln_testing::process::{Finished, Job};

/// A job for the binary under test.
pub fn kiln(args: &[&str]) -> Job {
    Job::new(env!("CARGO_BIN_EXE_kiln")).args(args.iter().copied())
}

/// Runs to the end; a time-out is a failure of the test.
pub fn run(args: &[&str]) -> Finished {
    finish(&kiln(args))
}

pub fn finish(job: &Job) -> Finished {
    job.run().unwrap_or_else(|why| panic!("{job:?}: {why}"))
}

/// The process ended with 0 and wrote this to standard output.
#[track_caller]
pub fn prints(args: &[&str], expected: &str) {
    let done = run(args);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, expected),
        "{args:?} wrote to standard error:\n{}",
        done.stderr
    );
}

/// The process ended with this code, and standard error holds the text.
#[track_caller]
pub fn fails(args: &[&str], code: i32, message: &str) {
    let done = run(args);
    assert_eq!(done.code, code, "{args:?}: {done:?}");
    assert!(
        done.stderr.contains(message),
        "{args:?}: {message:?} is not in:\n{}",
        done.stderr
    );
}
