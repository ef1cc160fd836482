//! The line and column table: per instruction the source range that tracebacks show, run-length and delta encoded.

/// A source range. Lines count from 1; columns count from 0 in bytes of UTF-8. `line == 0` means no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Position {
    pub line: u32,
    pub end_line: u32,
    pub col: u32,
    pub end_col: u32,
}

impl Position {
    pub const NONE: Position = Position {
        line: 0,
        end_line: 0,
        col: 0,
        end_col: 0,
    };

    /// A position with a line only: `col > end_col` on one line says that columns are unknown.
    pub const fn line_only(line: u32) -> Position {
        Position {
            line,
            end_line: line,
            col: 1,
            end_col: 0,
        }
    }

    pub const fn has_columns(self) -> bool {
        self.line != 0 && (self.line != self.end_line || self.col <= self.end_col)
    }
}

/// The encoded table.
///
/// Entries: `varint(run << 1 | present)`, then, if present, `zigzag(line - previous line)`, `varint(end_line - line)`, `varint(col)`,
/// `varint(end_col)`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Positions(pub Vec<u8>);

impl Positions {
    pub fn encode(positions: impl IntoIterator<Item = Position>) -> Positions {
        let mut out = Vec::new();
        let mut line = 0;
        let mut positions = positions.into_iter().peekable();
        while let Some(position) = positions.next() {
            let mut run = 1u64;
            while positions.next_if_eq(&position).is_some() {
                run += 1;
            }
            write_varint(&mut out, run << 1 | (position.line != 0) as u64);
            if position.line != 0 {
                write_varint(&mut out, zigzag(position.line as i64 - line));
                line = position.line as i64;
                write_varint(&mut out, position.end_line.saturating_sub(position.line) as u64);
                write_varint(&mut out, position.col as u64);
                write_varint(&mut out, position.end_col as u64);
            }
        }
        Positions(out)
    }

    /// Runs: how many instructions, and their position.
    pub fn runs(&self) -> impl Iterator<Item = (u32, Position)> + '_ {
        let mut rest = &self.0[..];
        let mut line = 0;
        std::iter::from_fn(move || {
            let head = read_varint(&mut rest)?;
            let mut position = Position::NONE;
            if head & 1 != 0 {
                line += unzigzag(read_varint(&mut rest)?);
                position.line = line as u32;
                position.end_line = position.line + read_varint(&mut rest)? as u32;
                position.col = read_varint(&mut rest)? as u32;
                position.end_col = read_varint(&mut rest)? as u32;
            }
            Some(((head >> 1) as u32, position))
        })
    }

    /// One position per instruction.
    pub fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        self.runs()
            .flat_map(|(run, position)| std::iter::repeat_n(position, run as usize))
    }

    /// The position of the instruction at `pc`.
    pub fn at(&self, pc: u32) -> Position {
        let mut end = 0;
        self.runs()
            .find(|&(run, _)| {
                end += run;
                pc < end
            })
            .map_or(Position::NONE, |(_, position)| position)
    }
}

pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= ((byte & 0x7f) as u64) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
