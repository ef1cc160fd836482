//! The lines of a traceback: files, source lines with marks below, runs of the same line shortened.

use super::carets;
use crate::source::Lookup;
use kiln_bytecode::Position;
use kiln_object::code::CodeObject;
use kiln_object::frame::{FrameObject, Traceback};
use kiln_object::{Object, Value};
use std::sync::Arc;

/// One frame of a traceback.
pub struct Entry {
    pub file: String,
    pub line: i64,
    pub name: String,
    position: Position,
    code: Option<Arc<kiln_bytecode::Code>>,
}

/// The frames of a traceback, outermost first, as `sys.tracebacklimit` allows.
pub fn entries(traceback: Option<Object>) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut next = traceback;
    while let Some(object) = next {
        let Some(tb) = object.cast::<Traceback>() else { break };
        if let Some(entry) = entry(tb) {
            out.push(entry);
        }
        next = tb.next.get();
    }
    if let Some(limit) = crate::state::sys_get("tracebacklimit").and_then(|l| l.as_small_int()) {
        let keep = limit.max(0) as usize;
        if out.len() > keep {
            out.drain(..out.len() - keep);
        }
    }
    out
}

fn entry(tb: &Traceback) -> Option<Entry> {
    let frame = tb.frame.get()?;
    let code_object = frame.cast::<FrameObject>()?.code.get()?;
    let code = &code_object.cast::<CodeObject>()?.code.0;
    let mut position = code.positions.at(tb.index.get());
    if i64::from(position.line) != tb.line() {
        position = Position::line_only(u32::try_from(tb.line()).unwrap_or(0));
    }
    Some(Entry {
        file: code.filename.to_string(),
        line: tb.line(),
        name: code.name.to_string(),
        position,
        code: Some(code.clone()),
    })
}

/// How many times the same line is shown before the rest is counted.
const REPEATS: usize = 3;

/// The lines for these frames.
pub fn format(entries: &[Entry], lookup: &mut Lookup) -> Vec<String> {
    let mut out = Vec::new();
    let mut count = 0;
    let repeated = |count: usize, out: &mut Vec<String>| {
        if count > REPEATS {
            let more = count - REPEATS;
            out.push(format!(
                "  [Previous line repeated {more} more time{}]\n",
                if more > 1 { "s" } else { "" }
            ));
        }
    };
    for (i, entry) in entries.iter().enumerate() {
        let same = i > 0 && {
            let last = &entries[i - 1];
            last.line == entry.line && last.name == entry.name && last.file == entry.file
        };
        if !same {
            repeated(count, &mut out);
            count = 0;
        }
        count += 1;
        if count <= REPEATS {
            out.push(one(entry, lookup));
        }
    }
    repeated(count, &mut out);
    out
}

fn one(entry: &Entry, lookup: &mut Lookup) -> String {
    let mut out = format!("  File \"{}\", line {}, in {}\n", entry.file, entry.line, entry.name);
    if let Some(lines) = entry.code.as_ref().and_then(|code| lookup.lines(code)) {
        source_lines(entry, &lines, &mut out);
    }
    out
}

/// How many columns a terminal uses for the first `count` characters.
fn width(line: &[char], count: usize) -> usize {
    line.iter().take(count).map(|c| if is_wide(*c) { 2 } else { 1 }).sum()
}
fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x231a..=0x231b | 0x2329..=0x232a | 0x23e9..=0x23ec | 0x23f0 | 0x23f3 | 0x25fd..=0x25fe
        | 0x2614..=0x2615 | 0x2648..=0x2653 | 0x267f | 0x2693 | 0x26a1 | 0x26aa..=0x26ab | 0x26bd..=0x26be
        | 0x26c4..=0x26c5 | 0x26ce | 0x26d4 | 0x26ea | 0x26f2..=0x26f3 | 0x26f5 | 0x26fa | 0x26fd | 0x2705
        | 0x270a..=0x270b | 0x2728 | 0x274c | 0x274e | 0x2753..=0x2755 | 0x2757 | 0x2795..=0x2797 | 0x27b0 | 0x27bf
        | 0x2b1b..=0x2b1c | 0x2b50 | 0x2b55 | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0xa4cf
        | 0xa960..=0xa97c | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe10..=0xfe19 | 0xfe30..=0xfe6b | 0xff01..=0xff60
        | 0xffe0..=0xffe6 | 0x16fe0..=0x18aff | 0x1b000..=0x1b2fb | 0x1f004 | 0x1f0cf | 0x1f18e | 0x1f191..=0x1f19a
        | 0x1f200..=0x1f320 | 0x1f32d..=0x1f335 | 0x1f337..=0x1f37c | 0x1f37e..=0x1f393 | 0x1f3a0..=0x1f3ca
        | 0x1f3cf..=0x1f3d3 | 0x1f3e0..=0x1f3f0 | 0x1f3f4 | 0x1f3f8..=0x1f43e | 0x1f440 | 0x1f442..=0x1f4fc
        | 0x1f4ff..=0x1f53d | 0x1f54b..=0x1f54e | 0x1f550..=0x1f567 | 0x1f57a | 0x1f595..=0x1f596 | 0x1f5a4
        | 0x1f5fb..=0x1f64f | 0x1f680..=0x1f6c5 | 0x1f6cc | 0x1f6d0..=0x1f6d2 | 0x1f6d5..=0x1f6d7 | 0x1f6dc..=0x1f6df
        | 0x1f6eb..=0x1f6ec | 0x1f6f4..=0x1f6fc | 0x1f7e0..=0x1f7eb | 0x1f7f0 | 0x1f90c..=0x1f93a | 0x1f93c..=0x1f945
        | 0x1f947..=0x1f9ff | 0x1fa70..=0x1faff | 0x20000..=0x3fffd)
}

/// How many characters the first `bytes` bytes of a line are.
fn chars_in(line: &str, bytes: u32) -> usize {
    let end = (bytes as usize).min(line.len());
    let end = (0..=end).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    line[..end].chars().count()
}

/// Removes the white space that all lines begin with; lines of white space alone become empty.
fn dedent(lines: &[String]) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut margin: Option<&str> = None;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let own = &line[..indent(line)];
        margin = Some(match margin {
            None => own,
            Some(margin) => {
                let same = margin.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..same]
            }
        });
    }
    let cut = margin.map_or(0, str::len);
    lines
        .iter()
        .map(|line| {
            if line.trim().is_empty() {
                String::new()
            } else {
                line[cut..].to_owned()
            }
        })
        .collect()
}

fn source_lines(entry: &Entry, lines: &[String], out: &mut String) {
    let position = entry.position;
    let first = entry.line;
    if first < 1 {
        return;
    }
    let marked = position.has_columns() && !crate::config::config().no_debug_ranges;
    let last = if marked {
        i64::from(position.end_line).max(first)
    } else {
        first
    };
    let original: Vec<String> = (first..=last)
        .map(|n| {
            lines
                .get(n as usize - 1)
                .map_or_else(String::new, |line| line.trim_end().to_owned())
        })
        .collect();
    let all = dedent(&original);
    if all.iter().all(|line| line.trim().is_empty()) {
        return;
    }
    if !marked {
        out.push_str(&format!("    {}\n", original[0].trim()));
        return;
    }
    let mut start = chars_in(&original[0], position.col);
    let mut end = chars_in(&original[original.len() - 1], position.end_col);
    let removed = original[0].chars().count().saturating_sub(all[0].chars().count());
    start = start.saturating_sub(removed);
    end = end.saturating_sub(removed);
    let grid: Vec<Vec<char>> = all.iter().map(|line| line.chars().collect()).collect();
    let count = grid.len();
    let segment: Vec<char> = grid.join(&'\n');
    let tail = grid[count - 1].len().saturating_sub(end);
    let upto = segment.len().saturating_sub(tail);
    let text: String = segment.get(start..upto).map(|s| s.iter().collect()).unwrap_or_default();
    let anchors = carets::find(&text);
    let before: String = grid[0].iter().take(start).collect();
    let after: String = grid[count - 1].iter().skip(end).collect();
    let show = show_carets(anchors.as_ref(), &before, &text, &after);
    marks(&grid, start, end, anchors, show, out);
}

fn show_carets(anchors: Option<&carets::Anchors>, before: &str, text: &str, after: &str) -> bool {
    if anchors.is_some_and(|a| a.is_call) && carets::call_is_whole_value(before, text, after) {
        return false;
    }
    anchors.is_some() || !before.trim().is_empty() || !after.trim().is_empty()
}

fn marks(grid: &[Vec<char>], start: usize, end: usize, anchors: Option<carets::Anchors>, show: bool, out: &mut String) {
    let count = grid.len();
    let shown_start = width(&grid[0], start);
    let shown_end = width(&grid[count - 1], end);
    let mut significant = std::collections::BTreeSet::from([0, count - 1]);
    let mut marked = None;
    if let Some(a) = anchors {
        let from = width(&grid[a.start_line], a.start + if a.start_line == 0 { start } else { 0 });
        let to = width(&grid[a.end_line], a.end + if a.end_line == 0 { start } else { 0 });
        for line in [a.start_line, a.end_line] {
            significant.extend((line.saturating_sub(1)..=line + 1).filter(|n| *n < count));
        }
        marked = Some((a.start_line, from, a.end_line, to));
    }
    let mut result: Vec<String> = Vec::new();
    let line_out = |n: usize, result: &mut Vec<String>| {
        let line = &grid[n];
        result.push(line.iter().collect());
        if !show {
            return;
        }
        let spaces = line.iter().take_while(|c| c.is_whitespace()).count();
        let columns = if n == count - 1 {
            shown_end
        } else {
            width(line, line.len())
        };
        let below = (0..columns).map(|col| {
            if col < spaces || n == 0 && col < shown_start {
                return ' ';
            }
            match marked {
                None => '^',
                Some((sl, sc, el, ec)) => {
                    let inside = (n > sl || n == sl && col >= sc) && (n < el || n == el && col < ec);
                    if inside { '^' } else { '~' }
                }
            }
        });
        result.push(below.collect());
    };
    let mut previous: Option<usize> = None;
    for n in significant {
        if let Some(p) = previous {
            match n - p {
                2 => line_out(n - 1, &mut result),
                3.. => result.push(format!("...<{} lines>...", n - p - 1)),
                _ => {}
            }
        }
        line_out(n, &mut result);
        previous = Some(n);
    }
    for line in dedent(&result) {
        out.push_str("    ");
        out.push_str(&line);
        out.push('\n');
    }
}

/// The innermost frame of a traceback.
pub fn innermost(traceback: Option<Object>) -> Option<Object> {
    let mut at = traceback?;
    while let Some(next) = at.cast::<Traceback>().and_then(|tb| tb.next.get()) {
        at = next;
    }
    at.cast::<Traceback>()?.frame.get()
}

/// The line that a traceback's last frame is at, for tests of identity.
pub fn is_traceback(v: Value) -> bool {
    v.cast::<Traceback>().is_some()
}
