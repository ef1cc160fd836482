//! The `kiln` command: options, exit codes, the prompt. Everything is done on a large stack of its own; see `stack.rs`.

mod compile;
mod jit;
mod options;
mod output;
mod profile;
mod repl;
mod run;
mod stack;
mod start;
mod subcommands;
mod xoptions;

use options::Stop;
use std::ffi::OsString;

fn main() {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = subcommands::run(&args) {
        std::process::exit(code);
    }
    let code = match options::parse(args) {
        Ok(options) => stack::on_large_stack(move |limit| run::run(&options, limit)),
        Err(stop) => stopped(&stop),
    };
    std::process::exit(code);
}

fn stopped(stop: &Stop) -> i32 {
    match stop {
        Stop::Usage(message) => {
            let usage = output::usage_line();
            output::error(&format!("{message}\n{usage}Try `python -h' for more information.\n"));
            2
        }
        Stop::Error(message) => {
            output::error(&format!("{}: {message}\n", output::program()));
            2
        }
        Stop::Help => {
            output::out(&format!("{}{}", output::usage_line(), output::OPTIONS));
            0
        }
        Stop::Plain(message) => {
            output::error(message);
            1
        }
        Stop::HelpEnvironment => {
            output::out(output::ENVIRONMENT);
            0
        }
        Stop::HelpXOptions => {
            output::out(&format!("{}\n{}", output::X_OPTIONS, xoptions::help()));
            0
        }
        Stop::HelpAll => {
            let parts = [
                &output::usage_line(),
                output::OPTIONS,
                "\n",
                output::ENVIRONMENT,
                "\n",
                output::X_OPTIONS,
                "\n",
                &xoptions::help(),
            ];
            output::out(&parts.concat());
            0
        }
        Stop::JitHelp => {
            output::out(&xoptions::help());
            0
        }
        Stop::Version(1) => {
            let (major, minor, micro) = kiln_stdlib::sys::VERSION;
            output::out(&format!(
                "Python {major}.{minor}.{micro} (Kiln {})\n",
                env!("CARGO_PKG_VERSION")
            ));
            0
        }
        Stop::Version(_) => {
            output::out(&format!("Python {}\n", kiln_stdlib::sys::version_text()));
            0
        }
    }
}
