//! Quoted-printable (RFC 2045, with the header form of RFC 1522) and uuencoding.

use super::checksums::HEX;

fn digit(b: u8) -> Option<u8> {
    (b as char).to_digit(16).map(|d| d as u8)
}

pub fn decode(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let byte = data[at];
        at += 1;
        if header && byte == b'_' {
            out.push(b' ');
            continue;
        }
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let Some(&next) = data.get(at) else { break };
        match next {
            // A soft line break.
            b'\n' => at += 1,
            b'\r' => {
                while at < data.len() && data[at] != b'\n' {
                    at += 1;
                }
                at += 1;
            }
            // Seen in the wild, from encoders that do not quote the sign itself.
            b'=' => {
                out.push(b'=');
                at += 1;
            }
            _ => match (digit(next), data.get(at + 1).and_then(|b| digit(*b))) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    at += 2;
                }
                _ => out.push(b'='),
            },
        }
    }
    out
}

/// What is encoded, and how long the lines are that it is put on.
const LINE: usize = 76;

fn push_quoted(out: &mut Vec<u8>, byte: u8) {
    out.extend([b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
}

pub fn encode(data: &[u8], quote_tabs: bool, is_text: bool, header: bool) -> Vec<u8> {
    let crlf = data.iter().position(|b| *b == b'\n').is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let mut out = Vec::with_capacity(data.len() + data.len() / 4);
    let soft_break = |out: &mut Vec<u8>| {
        out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
    };
    let (mut at, mut column) = (0, 0);
    while at < data.len() {
        let byte = data[at];
        let next = data.get(at + 1).copied();
        let lone_dot = byte == b'.' && column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0));
        let quoted = byte > 126
            || byte == b'='
            || (header && byte == b'_')
            || lone_dot
            || (!is_text && matches!(byte, b'\r' | b'\n'))
            || (matches!(byte, b'\t' | b' ') && next.is_none())
            || (byte < 33
                && !matches!(byte, b'\r' | b'\n')
                && (quote_tabs || !matches!(byte, b'\t' | b' ')));
        if quoted {
            if column + 3 >= LINE {
                soft_break(&mut out);
                column = 0;
            }
            push_quoted(&mut out, byte);
            at += 1;
            column += 3;
            continue;
        }
        if is_text && (byte == b'\n' || (byte == b'\r' && next == Some(b'\n'))) {
            column = 0;
            // White space at the end of a line would be lost on the way.
            if let Some(&last) = out.last()
                && matches!(last, b' ' | b'\t')
            {
                out.pop();
                push_quoted(&mut out, last);
            }
            out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            at += if byte == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some_and(|n| n != b'\n') && column + 1 >= LINE {
            soft_break(&mut out);
            column = 0;
        }
        column += 1;
        out.push(if header && byte == b' ' { b'_' } else { byte });
        at += 1;
    }
    out
}

/// One line of uuencoded text to bytes.
pub fn uu_decode(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let Some((&first, rest)) = text.split_first() else { return Err("Missing length byte") };
    let wanted = usize::from(first.wrapping_sub(b' ') & 0o77);
    let mut out = Vec::with_capacity(wanted);
    let (mut held, mut bits) = (0u32, 0);
    let mut rest = rest.iter();
    while out.len() < wanted {
        // White space at the end of a line may have been stripped: it stands for zeros.
        let value = match rest.next().copied() {
            None | Some(b'\n' | b'\r') => 0,
            Some(b) if (b' '..=b' ' + 64).contains(&b) => (b - b' ') & 0o77,
            Some(_) => return Err("Illegal char"),
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    // Only padding may follow.
    match rest.all(|b| matches!(*b, b' ' | b'`' | b'\n' | b'\r')) {
        true => Ok(out),
        false => Err("Trailing garbage"),
    }
}

/// Up to 45 bytes as a line of uuencoded text.
pub fn uu_encode(data: &[u8], backtick: bool) -> Vec<u8> {
    let digit = |n: u32| match n & 63 {
        0 if backtick => b'`',
        n => b' ' + n as u8,
    };
    let mut out = vec![digit(data.len() as u32)];
    for t in data.chunks(3) {
        let byte = |i: usize| u32::from(t.get(i).copied().unwrap_or(0));
        let n = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([digit(n >> 18), digit(n >> 12), digit(n >> 6), digit(n)]);
    }
    out.push(b'\n');
    out
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, uu_decode, uu_encode};

    #[test]
    fn what_is_encoded_decodes() {
        let data: Vec<u8> = (0..=255).chain(0..=255).collect();
        assert_eq!(decode(&encode(&data, true, false, false), false), data);
        for line in data.chunks(45) {
            assert_eq!(uu_decode(&uu_encode(line, false)).as_deref(), Ok(line));
            assert_eq!(uu_decode(&uu_encode(line, true)).as_deref(), Ok(line));
        }
    }

    #[test]
    fn soft_breaks_keep_lines_short() {
        let out = encode(&[b'x'; 200], false, true, false);
        assert!(out.split(|b| *b == b'\n').all(|line| line.len() <= 76));
        assert_eq!(decode(&out, false), [b'x'; 200]);
    }
}
