//! The prompt: history and editing at a terminal, plain lines otherwise.

use crate::options::Target;
use crate::run::{Ending, end_of, execute, optimize, report, terminal};
use crate::{compile, output};
use kiln_compiler::{Mode, Options};
use kiln_object::code::CodeObject;
use kiln_object::exception::exc;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, attr, call, raise};
use kiln_stdlib::state::{sys_get, sys_set};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Editor, Helper};
use std::io::BufRead;
use std::sync::Arc;

/// Where lines come from.
enum Input {
    Editor(Box<Editor<Names, DefaultHistory>>, Option<std::path::PathBuf>),
    Plain,
}

/// Completes names with the library's `rlcompleter`; at the start of a line, the tabulator key indents.
struct Names {
    namespace: Object,
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &rustyline::Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = &line[..at];
        if before.trim().is_empty() {
            return Ok((at, vec!["    ".to_owned()]));
        }
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let start = before.trim_end_matches(word).len();
        match self.candidates(&before[start..]) {
            Ok(found) => Ok((start, found)),
            Err(raised) => {
                raise::clear(raised);
                Ok((at, Vec::new()))
            }
        }
    }
}

impl Names {
    fn candidates(&self, text: &str) -> Result<Vec<String>, Raised> {
        let module = kiln_stdlib::import::import_module("rlcompleter")?;
        let class = attr::get_attr_str(module.value(), "Completer")?;
        let completer = call::call(class.value(), &[self.namespace.value()])?;
        let mut found = Vec::new();
        loop {
            let number = Object::int(found.len() as i64);
            let next = call::call_method_str(completer.value(), "complete", &[Str::new(text).value(), number.value()])?;
            match next.cast::<Str>() {
                Some(next) => found.push(next.to_string_lossy()),
                None => return Ok(found),
            }
        }
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

enum Line {
    Text(String),
    Interrupt,
    End,
}

impl Input {
    fn open(main: &Object) -> Input {
        if !terminal(0) || !terminal(1) {
            return Input::Plain;
        }
        let config = rustyline::Config::builder()
            .completion_type(rustyline::CompletionType::List)
            .build();
        let Ok(mut editor) = Editor::with_config(config) else {
            return Input::Plain;
        };
        editor.set_helper(Some(Names {
            namespace: main.expect::<Module>().dict(),
        }));
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
pub fn run(main: &Object, chosen: &crate::options::Options, banner: bool) -> i32 {
    if banner {
        let more = match chosen.no_site {
            true => "",
            false => "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n",
        };
        output::error(&format!("Python {} on linux\n{more}", kiln_stdlib::sys::version_text()));
    }
    if chosen.target == Target::Stdin && !chosen.ignore_environment {
        run_startup(main);
    }
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys_get(name).is_none() {
            sys_set(name, Str::new(text));
        }
    }
    let mut input = Input::open(main);
    // The `from __future__` imports that were typed.
    let mut future = 0;
    loop {
        match statement(&mut input, future) {
            Read::End => {
                output::error("\n");
                return 0;
            }
            Read::Interrupt => output::error("\nKeyboardInterrupt\n"),
            Read::Nothing => {}
            Read::Code(text) => {
                if let Some(code) = evaluate(main, &text, &mut future) {
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

/// The file that `PYTHONSTARTUP` names, in the prompt's own namespace.
fn run_startup(main: &Object) {
    let Some(file) = std::env::var_os("PYTHONSTARTUP").filter(|file| !file.is_empty()) else {
        return;
    };
    let path = std::path::Path::new(&file);
    if !path.is_file() {
        output::error("Could not open PYTHONSTARTUP\n");
    }
    let name = kiln_stdlib::support::fspath::decode_os(&file);
    if let Err(raised) = kiln_stdlib::import::exec_source_file(path, &name, main, false) {
        report(&raise::take(raised));
    }
}

fn options(future: u32) -> Options {
    Options {
        optimize: optimize(),
        future,
        ..Options::default()
    }
}

/// Reads lines until they are a whole statement. A compound statement ends with an empty line.
fn statement(input: &mut Input, future: u32) -> Read {
    let mut text = String::new();
    loop {
        let line = match input.read(&prompt(if text.is_empty() { "ps1" } else { "ps2" })) {
            Line::Text(line) => line,
            Line::Interrupt => return Read::Interrupt,
            Line::End if text.is_empty() => return Read::End,
            Line::End => break,
        };
        let first = text.is_empty();
        if first && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Read::Nothing;
        }
        text.push_str(&line);
        text.push('\n');
        match kiln_compiler::compile(&text, "<stdin>", Mode::Single, options(future)) {
            Err(e) if e.incomplete || line.ends_with('\\') => continue,
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
fn evaluate(main: &Object, text: &str, future: &mut u32) -> Option<i32> {
    let code = match compile::compile_text(text, "<stdin>", Mode::Single, options(*future)) {
        Ok(code) => code,
        Err(raised) => {
            report(&raise::take(raised));
            return None;
        }
    };
    *future |= code.flags & kiln_bytecode::co::FUTURES;
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
