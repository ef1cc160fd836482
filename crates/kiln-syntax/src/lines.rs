//! Byte offsets to lines and columns.

use ruff_text_size::{TextRange, TextSize};

/// Where the lines of a source text start; or, for a tree without text, the position that each offset stands for.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<u32>,
    table: Option<Vec<(u32, u32)>>,
}

impl Lines {
    pub fn new(source: &str) -> Lines {
        let mut starts = vec![0];
        let bytes = source.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at as u32 + 1);
            }
        }
        Lines { starts, table: None }
    }

    /// Line and column of each offset of a tree without text.
    pub fn table(positions: Vec<(u32, u32)>) -> Lines {
        Lines {
            starts: vec![0],
            table: Some(positions),
        }
    }

    /// Whether there is a text.
    pub fn has_text(&self) -> bool {
        self.table.is_none()
    }

    /// Line, from 1, of a byte offset.
    pub fn line(&self, offset: TextSize) -> u32 {
        if let Some(table) = &self.table {
            return table.get(offset.to_usize()).map_or(1, |position| position.0);
        }
        self.starts.partition_point(|&start| start <= offset.to_u32()) as u32
    }

    /// Line, from 1, and byte column, from 0.
    pub fn line_col(&self, offset: TextSize) -> (u32, u32) {
        if let Some(table) = &self.table {
            return table.get(offset.to_usize()).copied().unwrap_or((1, 0));
        }
        let line = self.line(offset);
        (line, offset.to_u32() - self.starts[line as usize - 1])
    }

    /// Start of a line, or the end of the text.
    pub fn start(&self, line: u32, source: &str) -> usize {
        let at = (line as usize).checked_sub(1).and_then(|at| self.starts.get(at));
        at.map_or(source.len(), |&start| start as usize)
    }

    /// The text of a line, line end included.
    pub fn text<'s>(&self, line: u32, source: &'s str) -> &'s str {
        &source[self.start(line, source)..self.start(line + 1, source)]
    }

    /// Number of lines (of positions, if there is no text).
    pub fn count(&self) -> u32 {
        self.table.as_ref().map_or(self.starts.len(), Vec::len) as u32
    }

    /// Start line and column, end line and column, columns in bytes.
    pub fn span(&self, range: TextRange) -> (u32, u32, u32, u32) {
        let (line, col) = self.line_col(range.start());
        let (end_line, end_col) = self.line_col(range.end());
        (line, col, end_line, end_col)
    }
}
