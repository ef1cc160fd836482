//! The prompt: history and editing at a terminal, plain lines otherwise.

use crate::run::{Ending, end_of, execute, optimize, report, terminal};
use crate::{compile, output};
use kiln_compiler::{Mode, Options};
use kiln_object::code::CodeObject;
use kiln_object::exception::exc;
use kiln_object::str::Str;
use kiln_object::{Object, raise};
use kiln_stdlib::state::{sys_get, sys_set};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::io::BufRead;
use std::sync::Arc;

/// Where lines come from.
enum Input {
    Editor(Box<DefaultEditor>, Option<std::path::PathBuf>),
    Plain,
}

enum Line {
    Text(String),
    Interrupt,
    End,
}

impl Input {
    fn open() -> Input {
        if !terminal(0) || !terminal(1) {
            return Input::Plain;
        }
        let Ok(mut editor) = DefaultEditor::new() else {
            return Input::Plain;
        };
        let history = match std::env::var_os("PYTHON_HISTORY") {
            Some(file) => Some(file.into()),
            None => std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".kiln_history")),
        };
        if let Some(file) = &history {
            let _ = editor.load_history(file);
        }
        Input::Editor(Box::new(editor), history)
    }
    fn read(&mut self, prompt: &str) -> Line {
        match self {
            Input::Editor(editor, _) => match editor.readline(prompt) {
                Ok(line) => Line::Text(line),
                Err(ReadlineError::Interrupted) => Line::Interrupt,
                Err(_) => Line::End,
            },
            Input::Plain => {
                output::error(prompt);
                let mut line = String::new();
                match std::io::stdin().lock().read_line(&mut line) {
                    Ok(0) | Err(_) => Line::End,
                    Ok(_) => Line::Text(line.trim_end_matches(['\n', '\r']).to_owned()),
                }
            }
        }
    }
    fn remember(&mut self, text: &str) {
        if let Input::Editor(editor, file) = self {
            let _ = editor.add_history_entry(text.trim_end());
            if let Some(file) = file {
                let _ = editor.save_history(file);
            }
        }
    }
}

fn prompt(name: &str) -> String {
    let Some(value) = sys_get(name) else {
        return String::new();
    };
    match kiln_object::ops::to_str(value.value()) {
        Ok(text) => text.cast::<Str>().map_or_else(String::new, Str::to_string_lossy),
        Err(raised) => {
            raise::clear(raised);
            String::new()
        }
    }
}

/// Runs the prompt until the input ends; the exit code.
pub fn run(main: &Object, banner: bool) -> i32 {
    if banner {
        output::error(&format!(
            "Python {} on linux\nType \"exit()\" or press Ctrl-D to leave.\n",
            kiln_stdlib::sys::version_text()
        ));
    }
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys_get(name).is_none() {
            sys_set(name, Str::new(text));
        }
    }
    let mut input = Input::open();
    loop {
        match statement(&mut input) {
            Read::End => {
                output::error("\n");
                return 0;
            }
            Read::Interrupt => output::error("\nKeyboardInterrupt\n"),
            Read::Nothing => {}
            Read::Code(text) => {
                if let Some(code) = evaluate(main, &text) {
                    return code;
                }
            }
        }
        let _ = kiln_stdlib::io::streams::flush_at_exit();
    }
}

enum Read {
    Code(String),
    Nothing,
    Interrupt,
    End,
}

fn options() -> Options {
    Options {
        optimize: optimize(),
        ..Options::default()
    }
}

/// Reads lines until they are a whole statement. A compound statement ends with an empty line.
fn statement(input: &mut Input) -> Read {
    let mut text = String::new();
    loop {
        let line = match input.read(&prompt(if text.is_empty() { "ps1" } else { "ps2" })) {
            Line::Text(line) => line,
            Line::Interrupt => return Read::Interrupt,
            Line::End if text.is_empty() => return Read::End,
            Line::End => break,
        };
        let first = text.is_empty();
        if first && line.trim().is_empty() {
            return Read::Nothing;
        }
        text.push_str(&line);
        text.push('\n');
        match kiln_compiler::compile(&text, "<stdin>", Mode::Single, options()) {
            Err(e) if e.incomplete => continue,
            Err(_) => break,
            // What may go on (an indented block, an `else`) goes on until an empty line.
            Ok(_) if first && !is_compound(&text) => break,
            Ok(_) if line.is_empty() || !is_compound(&text) => break,
            Ok(_) => continue,
        }
    }
    input.remember(&text);
    Read::Code(text)
}

/// Whether a statement is one with a block, to which more lines may belong.
fn is_compound(text: &str) -> bool {
    let first = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .find(|word| !word.is_empty())
        .unwrap_or("");
    let begins = matches!(
        first,
        "if" | "for"
            | "while"
            | "with"
            | "try"
            | "def"
            | "class"
            | "async"
            | "match"
            | "else"
            | "elif"
            | "except"
            | "finally"
    );
    (begins || text.trim_start().starts_with('@')) && text.contains(':')
}

/// Runs one statement; an exit code when it asks to leave.
fn evaluate(main: &Object, text: &str) -> Option<i32> {
    let code = match compile::compile_text(text, "<stdin>", Mode::Single, options()) {
        Ok(code) => code,
        Err(raised) => {
            report(&raise::take(raised));
            return None;
        }
    };
    kiln_stdlib::source::register(&Arc::clone(&code), text);
    let raised = match execute(main, &CodeObject::new_object(&code)) {
        Ok(()) => return None,
        Err(raised) => raised,
    };
    match raise::catch(raised, &exc::SystemExit) {
        Ok(e) => match end_of(raise::again(e)) {
            Ending::Code(code) => Some(code),
            Ending::Interrupted => Some(130),
        },
        Err(raised) => {
            report(&raise::take(raised));
            None
        }
    }
}
