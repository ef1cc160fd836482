//! `bless-programs`: runs the test programs under CPython and stores what they print. Each runs twice with other hash seeds, so that an
//! output that depends on hashing is refused.

use kiln_testing::program;
use std::fs;
use std::path::PathBuf;

pub fn run(args: &[String]) -> Result<(), String> {
    let (mut python, mut names, mut args) = (None, Vec::new(), args.iter());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--python" => python = args.next().map(PathBuf::from),
            name => names.push(name.to_owned()),
        }
    }
    let python = python.ok_or("bless-programs needs --python PATH")?;
    let mut refused = Vec::new();
    for program in program::all()? {
        if !names.is_empty() && !names.contains(&program.name) {
            continue;
        }
        let (mut first, mut second) = (program.run(&python, &[], "1")?, program.run(&python, &[], "2")?);
        if !program.compares_stderr {
            first.stderr.clear();
            second.stderr.clear();
        }
        if first != second {
            let what = program::difference("output", &first.stdout, &second.stdout);
            refused.push(format!("{}: two runs differ\n{what}", program.name));
        } else if first.code != program.exit {
            refused.push(format!(
                "{}: exit code {}, header says {}\n{}",
                program.name, first.code, program.exit, first.stderr
            ));
        } else {
            write(program.expected("out"), &first.stdout)?;
            if program.compares_stderr {
                write(program.expected("err"), &first.stderr)?;
            }
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(refused.join("\n"))
    }
}

fn write(path: PathBuf, text: &str) -> Result<(), String> {
    fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}
