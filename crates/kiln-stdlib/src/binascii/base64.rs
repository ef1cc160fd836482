//! Base 64 (RFC 4648), as lenient as the Python function, or strict.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NONE: u8 = 0xff;
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

pub fn encode(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + usize::from(newline));
    let digit = |n: u32| ALPHABET[(n & 63) as usize];
    let mut triples = data.chunks_exact(3);
    for t in &mut triples {
        let n = u32::from(t[0]) << 16 | u32::from(t[1]) << 8 | u32::from(t[2]);
        out.extend([digit(n >> 18), digit(n >> 12), digit(n >> 6), digit(n)]);
    }
    match *triples.remainder() {
        [a] => {
            let n = u32::from(a) << 16;
            out.extend([digit(n >> 18), digit(n >> 12), b'=', b'=']);
        }
        [a, b] => {
            let n = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend([digit(n >> 18), digit(n >> 12), digit(n >> 6), b'=']);
        }
        _ => {}
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Why a text is not base 64, in the words of the exception.
pub fn decode(text: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    // The place in the group of four, what is left of the digit before, and how many signs of padding came since.
    let (mut place, mut left, mut pads) = (0, 0u8, 0);
    let one_too_many = |out: &[u8]| {
        format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )
    };
    let mut at = 0;
    while at < text.len() {
        // Whole groups of digits, the common case.
        if place == 0
            && let Some(group) = text.get(at..at + 4)
        {
            let v = [0, 1, 2, 3].map(|i| VALUES[group[i] as usize]);
            if v.iter().all(|v| *v != NONE) {
                out.extend([v[0] << 2 | v[1] >> 4, v[1] << 4 | v[2] >> 2, v[2] << 6 | v[3]]);
                (at, pads) = (at + 4, 0);
                continue;
            }
        }
        let byte = text[at];
        at += 1;
        if byte == b'=' {
            pads += 1;
            if strict {
                match place {
                    0 if out.is_empty() => return Err("Leading padding not allowed".into()),
                    1 => return Err(one_too_many(&out)),
                    0 => return Err("Excess padding not allowed".into()),
                    _ if place + pads > 4 => return Err("Excess padding not allowed".into()),
                    _ => {}
                }
            }
            continue;
        }
        let value = VALUES[byte as usize];
        if value == NONE {
            if strict {
                return Err("Only base64 data is allowed".into());
            }
            continue;
        }
        if strict && pads > 0 {
            let what = if place + pads == 4 { "Excess data after padding" } else { "Discontinuous padding not allowed" };
            return Err(what.into());
        }
        pads = 0;
        match place {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => {
                out.push(left << 6 | value);
                left = 0;
            }
        }
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => Err(one_too_many(&out)),
        _ if place + pads < 4 => Err("Incorrect padding".into()),
        _ => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_encoded_decodes() {
        for n in 0..70 {
            let data: Vec<u8> = (0..n).map(|i| (i * 37 + n) as u8).collect();
            let text = encode(&data, false);
            assert_eq!(decode(&text, true).as_deref(), Ok(&data[..]));
        }
    }

    #[test]
    fn leniency() {
        assert_eq!(decode(b" Y W\nI = =", false).as_deref(), Ok(&b"ab"[..]));
        assert!(decode(b"YW\nI=", true).is_err());
        assert!(decode(b"YWI", false).is_err());
        assert!(decode(b"YWJjZ", false).is_err());
    }
}
