//! `kiln dis`, `kiln hir`, `kiln jitlist`: looking at programs without running them. A file of the same name is run as
//! a script when it exists.

use crate::output;
use kiln_compiler::Mode;
use std::ffi::OsString;
use std::path::Path;

/// Runs the subcommand that the arguments name, if they do.
pub fn run(args: &[OsString]) -> Option<i32> {
    let name = args.first()?.to_str()?;
    let command: fn(&[OsString]) -> i32 = match name {
        "dis" => dis,
        "hir" => crate::jit::hir,
        "jitlist" => jitlist,
        _ => return None,
    };
    if Path::new(name).exists() {
        return None;
    }
    Some(command(&args[1..]))
}

/// Reads and compiles a file; the message when that fails.
pub fn compile_file(file: &Path) -> Result<(kiln_bytecode::Code, String), String> {
    let shown = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|e| format!("kiln: can't open file '{shown}': {e}\n"))?;
    let text = kiln_compiler::decode(&bytes, Some(&shown)).map_err(|e| format!("{shown}:{}: {}\n", e.lineno, e.msg))?;
    match kiln_compiler::compile(&text, &shown, Mode::Exec, kiln_compiler::Options::default()) {
        Ok(compiled) => Ok((compiled.code, text)),
        Err(e) => Err(format!("{e}\n")),
    }
}

fn dis(args: &[OsString]) -> i32 {
    let [file] = args else {
        output::error("usage: kiln dis FILE\n");
        return 2;
    };
    if file == "--help" || file == "-h" {
        output::out("usage: kiln dis FILE\nPrints the bytecode of a source file, without running it.\n");
        return 0;
    }
    match compile_file(Path::new(file)) {
        Ok((code, source)) => {
            output::out(&kiln_bytecode::disassemble(&code, Some(&source)));
            0
        }
        Err(message) => {
            output::error(&message);
            1
        }
    }
}

fn jitlist(args: &[OsString]) -> i32 {
    use kiln_profile::make_list::{self, BadRequest};
    let request = match make_list::parse_arguments(args) {
        Ok(request) => request,
        Err(BadRequest::Help) => {
            output::out(&format!("{}{}", make_list::USAGE, make_list::HELP));
            return 0;
        }
        Err(BadRequest::Usage(message)) => {
            output::error(&format!("kiln jitlist: {message}\n{}", make_list::USAGE));
            return 2;
        }
    };
    let text = match make_list::read_profiles(&request.files) {
        Ok(profile) => make_list::make(&profile, request.cover, request.top),
        Err(e) => {
            output::error(&format!("kiln jitlist: {e}\n"));
            return 1;
        }
    };
    let Some(out) = request.out else {
        output::out(&text);
        return 0;
    };
    if let Err(e) = std::fs::write(&out, text) {
        output::error(&format!("kiln jitlist: {}: {e}\n", out.display()));
        return 1;
    }
    0
}
