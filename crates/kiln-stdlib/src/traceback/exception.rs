//! The text of an exception: its last lines, notes, chain, groups as a tree.

use super::{keywords, stack, suggest};
use crate::source::Lookup;
use kiln_object::exception::{BaseException, exc};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised, Value, attr, ops, raise};
use kiln_text::TextBuf;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// Exceptions of a group that are shown, and how deep groups nest.
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;

/// A piece of text, surrogates included.
type Piece = TextBuf;

fn piece(text: &str) -> Piece {
    TextBuf::from(text)
}

/// The whole text, as `traceback.format_exception` joins it.
pub fn format_exception(exception: Value) -> Object {
    format_exception_with(exception, true)
}

/// The same, with or without causes and contexts.
pub fn format_exception_with(exception: Value, chain: bool) -> Object {
    let t = kiln_object::thread::thread();
    kiln_object::frame::settle_caller();
    let pending = t.pending.take();
    let mut printer = Printer {
        out: TextBuf::new(),
        depth: 0,
        need_close: false,
        lookup: Lookup::default(),
        seen: Vec::new(),
    };
    printer.exception(exception, chain);
    drop(t.pending.replace(pending));
    Str::from_text(printer.out.as_text())
}

/// The last lines only.
pub fn format_exception_only(exception: Value) -> Object {
    let mut out = TextBuf::new();
    for line in last_lines(exception) {
        out.push_text(line.as_text());
    }
    Str::from_text(out.as_text())
}

struct Printer {
    out: TextBuf,
    /// Nesting of groups.
    depth: usize,
    need_close: bool,
    lookup: Lookup,
    seen: Vec<Value>,
}

impl Printer {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    /// Appends text, every line indented as the nesting asks for.
    fn emit(&mut self, text: &Piece, margin: char) {
        if self.depth == 0 {
            self.out.push_text(text.as_text());
            return;
        }
        let indent = format!("{}{margin} ", self.indent());
        let text = text.as_text();
        for (start, end) in lines_with_ends(text) {
            self.out.push_str(&indent);
            self.out.push_text(text.slice(start, end));
        }
    }

    fn exception(&mut self, exception: Value, chain: bool) {
        let mut parts: Vec<(Option<&str>, Value)> = Vec::new();
        let mut at = exception;
        loop {
            self.seen.push(at);
            // A group shows its members itself: a chain does not show them once more.
            self.seen.extend(group_members(at).unwrap_or_default());
            let Some(e) = at.cast::<BaseException>() else { break };
            let (cause, context) = (
                e.cause.peek().filter(|c| !c.is_none()),
                e.context.peek().filter(|c| !c.is_none()),
            );
            let (message, next) = match (cause, context) {
                _ if !chain => (None, None),
                (Some(cause), _) if !self.seen.contains(&cause) => (Some(CAUSE), Some(cause)),
                (None, Some(context)) if !e.suppress_context.get() && !self.seen.contains(&context) => {
                    (Some(CONTEXT), Some(context))
                }
                _ => (None, None),
            };
            parts.push((message, at));
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        for (message, e) in parts.into_iter().rev() {
            if let Some(message) = message {
                self.emit(&piece(message), '|');
            }
            self.one(e);
        }
    }

    fn one(&mut self, exception: Value) {
        match group_members(exception) {
            None => {
                self.stack(exception, "Traceback (most recent call last):\n", '|');
                for line in last_lines(exception) {
                    self.emit(&line, '|');
                }
            }
            Some(_) if self.depth > GROUP_DEPTH => {
                self.emit(&piece(&format!("... (max_group_depth is {GROUP_DEPTH})\n")), '|');
            }
            Some(members) => self.group(exception, &members),
        }
    }

    fn stack(&mut self, exception: Value, title: &str, margin: char) {
        let traceback = exception
            .cast::<BaseException>()
            .and_then(|e| e.traceback.get())
            .filter(|t| !t.is_none());
        let Some(traceback) = traceback else { return };
        let entries = stack::entries(Some(traceback));
        if entries.is_empty() {
            return;
        }
        self.emit(&piece(title), margin);
        for text in stack::format(&entries, &mut self.lookup) {
            self.emit(&piece(&text), '|');
        }
    }

    fn group(&mut self, exception: Value, members: &[Value]) {
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        self.stack(
            exception,
            "Exception Group Traceback (most recent call last):\n",
            if top { '+' } else { '|' },
        );
        for line in last_lines(exception) {
            self.emit(&line, '|');
        }
        let shown = if members.len() <= GROUP_WIDTH {
            members.len()
        } else {
            GROUP_WIDTH + 1
        };
        self.need_close = false;
        for i in 0..shown {
            let last = i + 1 == shown;
            if last {
                // A group that is the last member closes the frame itself.
                self.need_close = true;
            }
            let truncated = i >= GROUP_WIDTH;
            let title = if truncated {
                "...".to_owned()
            } else {
                (i + 1).to_string()
            };
            let open = if i == 0 { "+-" } else { "  " };
            self.out.push_str(&format!(
                "{}{open}+---------------- {title} ----------------\n",
                self.indent()
            ));
            self.depth += 1;
            if truncated {
                let more = members.len() - GROUP_WIDTH;
                let s = if more > 1 { "s" } else { "" };
                self.emit(&piece(&format!("and {more} more exception{s}\n")), '|');
            } else {
                self.exception(members[i], true);
            }
            if last && self.need_close {
                self.out
                    .push_str(&format!("{}+------------------------------------\n", self.indent()));
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }
}

fn group_members(exception: Value) -> Option<Vec<Value>> {
    if !exception.class().is_subtype(exc::BaseExceptionGroup.get()) {
        return None;
    }
    let members = exception.cast::<BaseException>()?.extra_at(1)?;
    members.cast::<Tuple>().map(|t| t.items().to_vec())
}

/// Places of the lines of a text, line ends included.
fn lines_with_ends(text: kiln_text::Text<'_>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for (i, code) in text.iter().enumerate() {
        if code == u32::from(b'\n') {
            out.push((start, i + 1));
            start = i + 1;
        }
    }
    if start < text.len() {
        out.push((start, text.len()));
    }
    out
}

fn class_name(exception: Value) -> String {
    let class = exception.class();
    let name = class.qualified_name();
    match class
        .lookup(Str::intern("__module__").value())
        .and_then(|m| m.cast::<Str>().map(Str::to_string_lossy))
    {
        Some(module) if module == "builtins" || module == "__main__" => name,
        Some(module) => format!("{module}.{name}"),
        None if !class.is_heap_type() => name,
        None => format!("<unknown>.{name}"),
    }
}

fn safe(result: Result<Object, Raised>, what: &str, doing: &str) -> Object {
    match result {
        Ok(text) => text,
        Err(raised) => {
            raise::clear(raised);
            Str::new(&format!("<{what} {doing}() failed>"))
        }
    }
}

fn last_lines(exception: Value) -> Vec<Piece> {
    let name = class_name(exception);
    let mut out = if exception.class().is_subtype(exc::SyntaxError.get()) {
        syntax_error_lines(exception, &name)
    } else {
        let text = safe(ops::to_str(exception), "exception", "str");
        let text = text.expect::<Str>();
        let mut line = piece(&name);
        if !text.is_empty() {
            line.push_str(": ");
            line.push_text(text.text());
        }
        if let Some(hint) = suggest::suggestion(exception) {
            if text.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&hint);
        }
        line.push_str("\n");
        vec![line]
    };
    out.extend(notes(exception));
    out
}

fn notes(exception: Value) -> Vec<Piece> {
    let notes = match attr::find_attr_str(exception, "__notes__") {
        Ok(Some(notes)) => notes,
        Ok(None) => return Vec::new(),
        Err(raised) => {
            let e = raise::take(raised);
            let mut line = piece("Ignored error getting __notes__: ");
            line.push_text(safe(ops::repr(e.value()), "__notes__", "repr").expect::<Str>().text());
            line.push_str("\n");
            return vec![line];
        }
    };
    let items = match notes.cast::<kiln_object::list::List>() {
        Some(list) => list.snapshot(),
        None => match notes.cast::<Tuple>() {
            Some(tuple) => tuple.items().iter().map(|v| v.to_object()).collect(),
            None if notes.is_none() => return Vec::new(),
            None => {
                let mut line = TextBuf::new();
                line.push_text(
                    safe(ops::repr(notes.value()), "__notes__", "repr")
                        .expect::<Str>()
                        .text(),
                );
                line.push_str("\n");
                return vec![line];
            }
        },
    };
    let mut out = Vec::new();
    for note in items {
        let text = safe(ops::to_str(note.value()), "note", "str");
        let text = text.expect::<Str>().text();
        let mut line = TextBuf::new();
        for code in text.iter() {
            line.push(code);
            if code == u32::from(b'\n') {
                out.push(std::mem::take(&mut line));
            }
        }
        line.push_str("\n");
        out.push(line);
    }
    out
}

fn syntax_error_lines(exception: Value, name: &str) -> Vec<Piece> {
    let get = |field: &str| match attr::find_attr_str(exception, field) {
        Ok(found) => found.filter(|v| !v.is_none()),
        Err(raised) => {
            raise::clear(raised);
            None
        }
    };
    let number = |field: &str| get(field).and_then(|v| v.as_small_int());
    let mut out = Vec::new();
    let line_number = number("lineno");
    let file = get("filename").map(|f| {
        safe(ops::to_str(f.value()), "filename", "str")
            .expect::<Str>()
            .to_string_lossy()
    });
    let mut suffix = String::new();
    match (line_number, &file) {
        (Some(line), file) => {
            out.push(piece(&format!(
                "  File \"{}\", line {line}\n",
                file.as_deref().unwrap_or("<string>")
            )));
        }
        (None, Some(file)) => suffix = format!(" ({file})"),
        (None, None) => {}
    }
    let mut message = get("msg").map_or_else(
        || Str::new("<no detail available>"),
        |m| safe(ops::to_str(m.value()), "msg", "str"),
    );
    if let Some(text) = get("text").and_then(|t| t.cast::<Str>().map(Str::to_string_lossy)) {
        let error = keywords::Error {
            message: &message.expect::<Str>().to_string_lossy(),
            file: file.as_deref(),
            end_line: line_number.unwrap_or(0),
            text: &text,
        };
        match keywords::misspelt(exception, &error) {
            Some(found) => {
                let line = Some(1);
                source_with_caret(
                    &found.line,
                    line,
                    line,
                    Some(found.offset),
                    Some(found.end_offset),
                    &mut out,
                );
                message = Str::new(&format!("invalid syntax. Did you mean '{}'?", found.keyword));
            }
            None => source_with_caret(
                &text,
                line_number,
                number("end_lineno"),
                number("offset"),
                number("end_offset"),
                &mut out,
            ),
        }
    }
    let mut line = piece(&format!("{name}: "));
    line.push_text(message.expect::<Str>().text());
    line.push_str(&suffix);
    line.push_str("\n");
    out.push(line);
    out
}

fn source_with_caret(
    text: &str,
    line: Option<i64>,
    end_line: Option<i64>,
    offset: Option<i64>,
    end_offset: Option<i64>,
    out: &mut Vec<Piece>,
) {
    let full: Vec<char> = text.trim_end_matches('\n').chars().collect();
    let spaces = full.iter().take_while(|c| matches!(c, ' ' | '\n' | '\x0c')).count();
    let shown: String = full[spaces..].iter().collect();
    out.push(piece(&format!("    {shown}\n")));
    let Some(mut offset) = offset else { return };
    let Some(line) = line else { return };
    let mut end = if end_line == Some(line) {
        end_offset.filter(|e| *e != 0).unwrap_or(offset)
    } else {
        full.len() as i64 + 1
    };
    let length = text.chars().count() as i64;
    if !text.is_empty() && offset > length {
        offset = full.len() as i64 + 1;
    }
    if !text.is_empty() && end > length {
        end = full.len() as i64 + 1;
    }
    if offset >= end || end < 0 {
        end = offset + 1;
    }
    let from = offset - 1 - spaces as i64;
    let to = end - 1 - spaces as i64;
    if from < 0 {
        return;
    }
    // Tabs are kept, so that the marks stand where they belong.
    let lead: String = full[spaces..]
        .iter()
        .take(from as usize)
        .map(|c| if c.is_whitespace() { *c } else { ' ' })
        .collect();
    let marks = "^".repeat(usize::try_from(to - from).unwrap_or(0));
    out.push(piece(&format!("    {lead}{marks}\n")));
}
