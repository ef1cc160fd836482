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
        "hir" => hir,
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
    let text = kiln_compiler::decode(&bytes, &shown).map_err(|e| format!("{shown}:{}: {}\n", e.lineno, e.msg))?;
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

fn hir(_args: &[OsString]) -> i32 {
    output::error("kiln hir: the compiler is not attached to this build\n");
    2
}

fn jitlist(_args: &[OsString]) -> i32 {
    output::error("kiln jitlist: profiles are not supported by this build\n");
    2
}
