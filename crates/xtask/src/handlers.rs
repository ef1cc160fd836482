//! `check-handlers`: reads the disassembly of an optimised `kiln` and fails if a handler of the interpreter calls the next one instead
//! of jumping to it. Sibling calls are an optimisation, not a promise: one such call a turn would use up the stack.

use std::process::Command;

/// Functions of the interpreter that start a run of the interpreter, and so call its first handler: they are not handlers.
const ENTRIES: &[&str] = &[
    "kiln_interp::generators::resume::resume",
    "kiln_interp::generators::resume::interpret",
];

/// Dispatch goes through the handler table: an indirect jump, or call, with an index scaled by eight.
fn is_dispatch(operands: &str) -> bool {
    operands.starts_with('*') && operands.ends_with(",8)")
}

fn is_handler(name: &str) -> bool {
    name.starts_with("kiln_interp::") && !ENTRIES.contains(&name)
}

pub fn run(args: &[String]) -> Result<String, String> {
    let [binary] = args else {
        return Err("usage: cargo xtask check-handlers BINARY".to_owned());
    };
    let output = Command::new("objdump")
        .args(["-d", "-C", "--no-show-raw-insn", binary])
        .output();
    let output = output.map_err(|e| format!("objdump: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut current, mut jumping, mut calling) = (None, 0, Vec::new());
    for line in text.lines() {
        if let Some(name) = line
            .strip_suffix(">:")
            .and_then(|line| line.split_once('<'))
            .map(|(_, name)| name)
        {
            current = is_handler(name).then_some(name);
            continue;
        }
        let Some(name) = current else { continue };
        let instruction = line.split_once(":\t").map_or("", |(_, instruction)| instruction.trim());
        match instruction.split_once(char::is_whitespace) {
            // The next handler's address is usually in a register by then.
            Some(("jmp", operands)) if is_dispatch(operands.trim()) || operands.trim().starts_with("*%r") => {
                jumping += 1
            }
            Some(("call", operands)) if is_dispatch(operands.trim()) => calling.push(name.to_owned()),
            _ => {}
        }
    }
    calling.dedup();
    if !calling.is_empty() {
        return Err(format!(
            "{} handlers call the next one instead of jumping: {}",
            calling.len(),
            calling.join(", ")
        ));
    }
    // An unoptimised build, or one whose symbols were removed, would pass for the wrong reason.
    if jumping < 100 {
        return Err(format!(
            "only {jumping} jumps to a next handler were found: is {binary} a release build with symbols?"
        ));
    }
    Ok(format!("{jumping} jumps to the next handler, no call"))
}
