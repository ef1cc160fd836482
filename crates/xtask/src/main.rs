//! Chores of the project, run as `cargo xtask`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod bench;
mod bless;
mod compile_time;
mod handlers;
mod startup;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  bless-programs --python PATH [NAME...]   store what CPython 3.14 makes of tests/programs/NAME.py
  bench [OPTIONS] [NAME...]                run benches/programs on Kiln and other Pythons; --help says more
  compile-time [OPTIONS]                   what compiling costs for each HIR instruction; --help says more
  check-handlers BINARY                    the interpreter's handlers in a release build end in jumps
  startup-order BINARY                     lists the functions that run at start, for the linker (docs/startup.md; needs valgrind)
  check-startup BINARY                     the functions that run at start lie together in a release build
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let chore = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match chore.as_str() {
        "bench" => bench::run(&rest).map(|table| println!("{table}")),
        "compile-time" => compile_time::run(&rest).map(|table| println!("{table}")),
        "check-handlers" => handlers::run(&rest).map(|text| println!("{text}")),
        "startup-order" => startup::write(&rest).map(|text| println!("{text}")),
        "check-startup" => startup::check(&rest).map(|text| println!("{text}")),
        "bless-programs" => bless::run(&rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
