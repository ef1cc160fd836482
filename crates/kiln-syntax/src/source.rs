//! Bytes of a source file to text: byte order mark and encoding declaration (PEP 263).

/// Why bytes are no source text. All of them are SyntaxErrors without a place, or with a line only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub msg: String,
    /// Line from 1; 0 when none is known.
    pub lineno: u32,
    /// Where in the line, from 1 in characters; 0 when nothing is to be marked.
    pub offset: u32,
    /// The line, as far as it can be read.
    pub text: Option<String>,
    /// The declared encoding, if it is none of those that are known here.
    pub encoding: Option<String>,
}

/// Decodes the bytes of a source. `file` is the name of the file that is run: messages of that reader name it, as CPython's do.
pub fn decode(bytes: &[u8], file: Option<&str>) -> Result<String, DecodeError> {
    let error = |msg: String, lineno| {
        Err(DecodeError {
            msg,
            lineno,
            offset: 0,
            text: None,
            encoding: None,
        })
    };
    let (marked, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let declared = cookie(body);
    let encoding = declared.as_deref().unwrap_or("utf-8");
    if marked && encoding != "utf-8" {
        let line = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
        return Err(DecodeError {
            msg: format!("encoding problem: {encoding} with BOM"),
            lineno: file.is_some().into(),
            offset: 0,
            text: file.map(|_| format!("{}\n", String::from_utf8_lossy(line))),
            encoding: None,
        });
    }
    match encoding {
        "utf-8" => match std::str::from_utf8(body) {
            Ok(text) => Ok(text.into()),
            Err(wrong) => {
                let at = wrong.valid_up_to();
                let lineno = 1 + body[..at].iter().filter(|&&byte| byte == b'\n').count() as u32;
                let start = body[..at]
                    .iter()
                    .rposition(|&byte| byte == b'\n')
                    .map_or(0, |end| end + 1);
                let reason = if wrong.error_len().is_none() {
                    "unexpected end of data"
                } else {
                    invalid_reason(body, at)
                };
                let byte = body[at];
                if declared.is_none() {
                    let place = file.map(|file| format!(" in file {file}")).unwrap_or_default();
                    let line = body[start..].split(|&byte| matches!(byte, b'\n' | 0)).next();
                    return Err(DecodeError {
                        msg: format!(
                            "Non-UTF-8 code starting with '\\x{byte:02x}'{place} on line {lineno}, but no encoding declared; \
                             see https://peps.python.org/pep-0263/ for details"
                        ),
                        lineno,
                        offset: String::from_utf8_lossy(&body[start..at]).chars().count() as u32 + 1,
                        text: line.map(|line| format!("{}\n", String::from_utf8_lossy(line))),
                        encoding: None,
                    });
                }
                error(
                    format!(
                        "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {}: {reason}",
                        at - start
                    ),
                    lineno,
                )
            }
        },
        "iso-8859-1" => Ok(body.iter().map(|&byte| byte as char).collect()),
        "ascii" => match body.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(body.iter().map(|&byte| byte as char).collect()),
            Some(at) => error(
                format!(
                    "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    body[at]
                ),
                1 + body[..at].iter().filter(|&&byte| byte == b'\n').count() as u32,
            ),
        },
        other => Err(DecodeError {
            msg: format!("unknown encoding: {other}"),
            lineno: 0,
            offset: 0,
            text: None,
            encoding: Some(other.to_owned()),
        }),
    }
}

/// The error of a file that holds a null byte; one of a text has no place.
pub fn null_byte(bytes: &[u8]) -> Option<DecodeError> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    let start = bytes[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    Some(DecodeError {
        msg: "source code cannot contain null bytes".to_owned(),
        lineno: 1 + bytes[..start].iter().filter(|&&byte| byte == b'\n').count() as u32,
        offset: 0,
        text: Some(String::from_utf8_lossy(&bytes[start..at]).into_owned()),
        encoding: None,
    })
}

fn invalid_reason(body: &[u8], at: usize) -> &'static str {
    match body[at] {
        0x80..0xc2 | 0xf5.. => "invalid start byte",
        _ => "invalid continuation byte",
    }
}

/// The declared encoding, normalised, from one of the first two lines.
fn cookie(body: &[u8]) -> Option<String> {
    for line in body.split(|&byte| byte == b'\n').take(2) {
        let line = line.trim_ascii_start();
        let Some(comment) = line.strip_prefix(b"#") else {
            if line.is_empty() {
                continue;
            }
            return None;
        };
        if let Some(name) = declaration(comment) {
            return Some(normalise(&name));
        }
    }
    None
}

fn declaration(comment: &[u8]) -> Option<String> {
    let mut rest = comment;
    while let Some(at) = rest.windows(6).position(|window| window == b"coding") {
        rest = &rest[at + 6..];
        if let Some(b':' | b'=') = rest.first() {
            let name: String = rest[1..]
                .trim_ascii_start()
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
                .map(|&byte| byte as char)
                .collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
    }
    None
}

fn normalise(name: &str) -> String {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let is = |prefix: &str| plain == prefix || plain.starts_with(&format!("{prefix}-"));
    if is("utf-8") || plain == "utf8" {
        "utf-8".into()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") || plain == "latin1" || plain == "l1" {
        "iso-8859-1".into()
    } else if is("ascii") || plain == "us-ascii" {
        "ascii".into()
    } else {
        name.into()
    }
}
