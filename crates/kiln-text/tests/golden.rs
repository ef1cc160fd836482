//! Compares kiln-text with CPython 3.14, whose answers lie in `golden/*.txt` (written by `golden/generate.py`).
//!
//! A line is an operation, its arguments and the result, separated by tabs: `i` int in hexadecimal, `f` the bits of a
//! float, `c` complex, `s` code points, `b` bytes, `( ; )` a list, `N T F`, and `!Class|message` or
//! `!encoding|start|end|reason` for an exception.

use kiln_text::codecs::{self, Builtin, Endian, Unhandled};
use kiln_text::complex::{Complex, PowError as ComplexPowError};
use kiln_text::float::{self, FromHexError, Power};
use kiln_text::format::fields::{self, First, Step};
use kiln_text::format::printf::{self, Conversion, Count, Sizes};
use kiln_text::format::{FormatError, IntArg, format_complex, format_float, format_int, format_str};
use kiln_text::int::{ByteOrder, IntParseError, PowError};
use kiln_text::text::{Fill, Strip};
use kiln_text::unicode::normalize::{Form, normalize};
use kiln_text::unicode::{is_space, names};
use kiln_text::{BigInt, Text, TextBuf, escape, hash};

const LIMIT: usize = 4300;

#[derive(Clone, Debug)]
enum Val {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Complex(Complex),
    Str(TextBuf),
    Bytes(Vec<u8>),
    List(Vec<Val>),
}

impl Val {
    fn read(text: &str) -> Val {
        let rest = &text[1..];
        let float = |text: &str| match &text[1..] {
            "nan" => f64::NAN,
            bits => f64::from_bits(u64::from_str_radix(bits, 16).unwrap()),
        };
        match &text[..1] {
            "N" => Val::None,
            "T" => Val::Bool(true),
            "F" => Val::Bool(false),
            "i" => Val::Int(BigInt::parse(rest.as_bytes(), 16, 0).unwrap()),
            "f" => Val::Float(float(text)),
            "c" => {
                let (re, im) = rest.split_once(',').unwrap();
                Val::Complex(Complex::new(float(re), float(im)))
            }
            "s" if rest.is_empty() => Val::Str(TextBuf::new()),
            "s" => Val::Str(
                rest.split('.')
                    .map(|code| u32::from_str_radix(code, 16).unwrap())
                    .collect(),
            ),
            "b" => Val::Bytes(
                (0..rest.len() / 2)
                    .map(|i| u8::from_str_radix(&rest[2 * i..2 * i + 2], 16).unwrap())
                    .collect(),
            ),
            _ => panic!("{text}"),
        }
    }

    fn write(&self) -> String {
        match self {
            Val::None => "N".into(),
            Val::Bool(true) => "T".into(),
            Val::Bool(false) => "F".into(),
            Val::Int(i) => format!("i{}", i.to_radix(16)),
            Val::Float(f) if f.is_nan() => "fnan".into(),
            Val::Float(f) => format!("f{:016x}", f.to_bits()),
            Val::Complex(z) => format!("c{},{}", Val::Float(z.real).write(), Val::Float(z.imag).write()),
            Val::Str(s) => {
                let codes: Vec<String> = s.as_text().iter().map(|code| format!("{code:x}")).collect();
                format!("s{}", codes.join("."))
            }
            Val::Bytes(b) => format!("b{}", b.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
            Val::List(list) => format!("({})", list.iter().map(Val::write).collect::<Vec<_>>().join(";")),
        }
    }

    fn int(&self) -> &BigInt {
        match self {
            Val::Int(i) => i,
            _ => panic!("{self:?}"),
        }
    }
    fn i64(&self) -> i64 {
        self.int().to_i64().unwrap()
    }
    fn float(&self) -> f64 {
        match self {
            Val::Float(f) => *f,
            _ => panic!("{self:?}"),
        }
    }
    fn complex(&self) -> Complex {
        match self {
            Val::Complex(z) => *z,
            _ => panic!("{self:?}"),
        }
    }
    fn text(&self) -> Text<'_> {
        match self {
            Val::Str(s) => s.as_text(),
            _ => panic!("{self:?}"),
        }
    }
    fn str(&self) -> String {
        self.text().to_string_lossy()
    }
    fn bytes(&self) -> &[u8] {
        match self {
            Val::Bytes(b) => b,
            _ => panic!("{self:?}"),
        }
    }
    fn bool(&self) -> bool {
        matches!(self, Val::Bool(true))
    }
}

/// The result, or what the exception says.
type Res = Result<Val, String>;

fn int<T: Into<BigInt>>(value: T) -> Val {
    Val::Int(value.into())
}
fn s(text: &str) -> Val {
    Val::Str(text.into())
}
fn value_error(message: impl std::fmt::Display) -> String {
    format!("ValueError|{message}")
}
fn overflow(message: &str) -> String {
    format!("OverflowError|{message}")
}
fn zero_division() -> String {
    "ZeroDivisionError|division by zero".into()
}
fn format_error(error: FormatError) -> String {
    match error {
        FormatError::Value(message) => value_error(message),
        FormatError::Overflow(message) => overflow(&message),
        FormatError::Memory => "MemoryError|".into(),
    }
}

fn run(file: &str, name: &str, check: impl Fn(&str, &[Val]) -> Option<Res>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in file.lines() {
        let mut fields: Vec<&str> = line.split('\t').collect();
        let (op, wanted) = (fields.remove(0), fields.pop().unwrap());
        let args: Vec<Val> = fields.iter().map(|field| Val::read(field)).collect();
        let Some(got) = check(op, &args) else {
            panic!("no operation {op} in {name}");
        };
        let got = match got {
            Ok(value) => value.write(),
            Err(message) => format!("!{message}"),
        };
        count += 1;
        if got != wanted {
            let shown = |text: &str| match text.get(..1) {
                Some("s") => format!("{:?}", Val::read(text).str()),
                _ => text.to_owned(),
            };
            let args: Vec<String> = fields.iter().map(|field| shown(field)).collect();
            failures.push(format!(
                "{op}({}) wanted {} got {}",
                args.join(", "),
                shown(wanted),
                shown(&got)
            ));
        }
    }
    let total = failures.len();
    failures.truncate(40);
    assert!(
        failures.is_empty(),
        "{name}: {total} of {count} differ:\n{}",
        failures.join("\n")
    );
}

fn order(val: &Val) -> ByteOrder {
    if val.str() == "little" {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    }
}

#[test]
fn ints() {
    run(include_str!("golden/int.txt"), "int", |op, a| {
        let (x, y) = (a[0].clone(), a.get(1).cloned().unwrap_or(Val::None));
        Some(match op {
            "add" => Ok(Val::Int(x.int().add(y.int()))),
            "sub" => Ok(Val::Int(x.int().sub(y.int()))),
            "mul" => Ok(Val::Int(x.int().mul(y.int()))),
            "divmod" => match x.int().divmod(y.int()) {
                Some((q, r)) => Ok(Val::List(vec![Val::Int(q), Val::Int(r)])),
                None => Err(zero_division()),
            },
            "mod" => x.int().modulo(y.int()).map(Val::Int).ok_or_else(zero_division),
            "and" => Ok(Val::Int(x.int().and(y.int()))),
            "or" => Ok(Val::Int(x.int().or(y.int()))),
            "xor" => Ok(Val::Int(x.int().xor(y.int()))),
            "truediv" if y.int().is_zero() => Err(zero_division()),
            "truediv" => {
                let too_large = |_| overflow("integer division result too large for a float");
                x.int().true_div(y.int()).map(Val::Float).map_err(too_large)
            }
            "gcd" => Ok(Val::Int(x.int().gcd(y.int()))),
            "neg" => Ok(Val::Int(x.int().neg())),
            "invert" => Ok(Val::Int(x.int().invert())),
            "bit_length" => Ok(int(x.int().bit_length())),
            "bit_count" => Ok(int(x.int().bit_count())),
            "hash" => {
                if let Some(small) = x.int().to_i64() {
                    assert_eq!(kiln_text::int::hash_i64(small), x.int().hash());
                }
                Ok(int(x.int().hash()))
            }
            "float" => x
                .int()
                .to_f64()
                .map(Val::Float)
                .ok_or_else(|| overflow("int too large to convert to float")),
            "str" => Ok(s(&x.int().to_decimal(0).unwrap())),
            "hex" | "oct" | "bin" => {
                let (radix, prefix) = match op {
                    "hex" => (16, "0x"),
                    "oct" => (8, "0o"),
                    _ => (2, "0b"),
                };
                let sign = if x.int().is_negative() { "-" } else { "" };
                Ok(s(&format!("{sign}{prefix}{}", x.int().abs().to_radix(radix))))
            }
            "isqrt" => Ok(Val::Int(x.int().isqrt().unwrap())),
            "shl" => Ok(Val::Int(x.int().shl(y.i64() as u64).unwrap())),
            "shr" => Ok(Val::Int(x.int().shr(y.i64() as u64))),
            "to_bytes" => {
                let result = x.int().to_bytes(y.i64() as usize, order(&a[2]), a[3].bool());
                result.map(Val::Bytes).map_err(|error| overflow(error.message()))
            }
            "from_bytes" => Ok(Val::Int(BigInt::from_bytes(x.bytes(), order(&y), a[2].bool()))),
            "pow" => Ok(Val::Int(x.int().pow(y.int()).unwrap())),
            "powmod" => x.int().pow_mod(y.int(), a[2].int()).map(Val::Int).map_err(|error| {
                value_error(match error {
                    PowError::ModulusZero => "pow() 3rd argument cannot be 0",
                    PowError::NotInvertible => "base is not invertible for the given modulus",
                    PowError::TooLarge => "too large",
                })
            }),
            "cmpf" => Ok(match x.int().cmp_f64(y.float()) {
                None => Val::None,
                Some(order) => int(order as i32),
            }),
            "trunc" => match BigInt::from_f64(x.float()) {
                Some(value) => Ok(Val::Int(value)),
                None if x.float().is_nan() => Err(value_error("cannot convert float NaN to integer")),
                None => Err(overflow("cannot convert float infinity to integer")),
            },
            "parse" => {
                let base = y.i64() as u32;
                let result = BigInt::parse(&x.text().to_ascii_number(), base, LIMIT);
                result.map(Val::Int).map_err(|error| {
                    value_error(match error {
                        IntParseError::BadBase => "int() base must be >= 2 and <= 36, or 0".to_owned(),
                        IntParseError::TooManyDigits(error) => error.message(),
                        IntParseError::Invalid { base } => format!(
                            "invalid literal for int() with base {base}: {}",
                            escape::repr(x.text())
                                .as_text()
                                .to_string_lossy()
                                .chars()
                                .take(200)
                                .collect::<String>()
                        ),
                    })
                })
            }
            "tostr" => x
                .int()
                .to_decimal(LIMIT)
                .map(|text| s(&text))
                .map_err(|error| value_error(error.message())),
            _ => return None,
        })
    });
}

#[test]
fn floats() {
    let from_hex = |text: &Val| {
        float::from_hex(&text.str().into_bytes())
            .map(Val::Float)
            .map_err(|error| match error {
                FromHexError::Invalid => value_error("invalid hexadecimal floating-point string"),
                FromHexError::TooLarge => overflow("hexadecimal value too large to represent as a float"),
            })
    };
    run(include_str!("golden/float.txt"), "float", |op, a| {
        let x = &a[0];
        Some(match op {
            "repr" => Ok(s(&float::repr(x.float()))),
            "hex" => Ok(s(&float::to_hex(x.float()))),
            "is_integer" => Ok(Val::Bool(float::is_integer(x.float()))),
            "hash" => Ok(int(hash::hash_f64(x.float()).unwrap())),
            "ratio" => match float::as_integer_ratio(x.float()) {
                Some((n, d)) => Ok(Val::List(vec![Val::Int(n), Val::Int(d)])),
                None => Err(overflow("cannot convert Infinity to integer ratio")),
            },
            "trunc" => Ok(Val::Int(BigInt::from_f64(x.float()).unwrap())),
            "fromhex" => from_hex(x),
            "round" => {
                let rounded = float::round(x.float(), a[1].i64());
                rounded
                    .map(Val::Float)
                    .ok_or_else(|| overflow("rounded value too large to represent"))
            }
            "divmod" | "mod" | "floordiv" if a[1].float() == 0.0 => Err(zero_division()),
            "divmod" => {
                let (q, r) = float::divmod(x.float(), a[1].float());
                Ok(Val::List(vec![Val::Float(q), Val::Float(r)]))
            }
            "mod" => Ok(Val::Float(float::modulo(x.float(), a[1].float()))),
            "floordiv" => Ok(Val::Float(float::floor_div(x.float(), a[1].float()))),
            "pow" => match float::pow(x.float(), a[1].float()) {
                Power::Float(value) => Ok(Val::Float(value)),
                Power::Complex => Ok(Val::None),
                Power::ZeroDivision => Err("ZeroDivisionError|zero to a negative power".into()),
                Power::Overflow => Err(overflow("(34, 'Numerical result out of range')")),
            },
            "parse" => float::parse(&x.text().to_ascii_number())
                .map(Val::Float)
                .ok_or_else(|| {
                    value_error(format!(
                        "could not convert string to float: {}",
                        escape::repr(x.text()).as_text().to_string_lossy()
                    ))
                }),
            _ => return None,
        })
    });
}

#[test]
fn complex_numbers() {
    run(include_str!("golden/complex.txt"), "complex", |op, a| {
        let z = || a[0].complex();
        let zero = || zero_division();
        Some(match op {
            "repr" => Ok(s(&z().repr())),
            "hash" => Ok(match (hash::hash_f64(z().real), hash::hash_f64(z().imag)) {
                (Some(re), Some(im)) => int(hash::hash_complex(re, im)),
                _ => Val::None,
            }),
            "abs" => z()
                .abs()
                .map(Val::Float)
                .ok_or_else(|| overflow("absolute value too large")),
            "mul" => Ok(Val::Complex(z().mul(a[1].complex()))),
            "div" => z().div(a[1].complex()).map(Val::Complex).ok_or_else(zero),
            "rdiv" => Complex::real_div(a[0].float(), a[1].complex())
                .map(Val::Complex)
                .ok_or_else(zero),
            "pow" => z().pow(a[1].complex()).map(Val::Complex).map_err(|error| match error {
                ComplexPowError::ZeroDivision => "ZeroDivisionError|zero to a negative or complex power".into(),
                ComplexPowError::Overflow => overflow("complex exponentiation"),
            }),
            "parse" => Complex::parse(&a[0].text().to_ascii_number())
                .map(Val::Complex)
                .ok_or_else(|| value_error("complex() arg is a malformed string")),
            _ => return None,
        })
    });
}

fn printf_one(value: &Val, text: Text<'_>) -> Result<TextBuf, FormatError> {
    let mut out = TextBuf::new();
    for piece in printf::Pieces::new(text) {
        match piece? {
            printf::Piece::Literal(from, to) => out.push_text(text.slice(from, to)),
            printf::Piece::Conversion(conversion) => push_conversion(&mut out, &conversion, value)?,
        }
    }
    Ok(out)
}

fn push_conversion(out: &mut TextBuf, conversion: &Conversion, value: &Val) -> Result<(), FormatError> {
    let count = |count| match count {
        Some(Count::Given(value)) => Some(value),
        _ => None,
    };
    let sizes = Sizes {
        width: count(conversion.width).unwrap_or(0),
        precision: count(conversion.precision),
    };
    match value {
        Val::Int(value) => conversion.push_int(out, IntArg::Big(value), sizes, LIMIT)?,
        Val::Float(value) => conversion.push_float(out, *value, sizes),
        _ => conversion.push_text(out, value.text(), sizes),
    }
    Ok(())
}

fn span(text: Text<'_>, span: (usize, usize)) -> Val {
    Val::Str(text.slice(span.0, span.1).to_buf())
}

#[test]
fn formats() {
    run(include_str!("golden/format.txt"), "format", |op, a| {
        let x = &a[0];
        let spec = || a[1].text();
        let done = |result: Result<TextBuf, FormatError>| result.map(Val::Str).map_err(format_error);
        Some(match op {
            "int" if spec().is_empty() => Ok(s(&x.int().to_decimal(LIMIT).unwrap())),
            "int" => {
                let big = format_int(IntArg::Big(x.int()), spec(), "int", LIMIT);
                if let Some(small) = x.int().to_i64() {
                    let small = format_int(IntArg::Small(small), spec(), "int", LIMIT);
                    assert_eq!(
                        small.as_ref().map(|t| t.as_text().to_string_lossy()),
                        big.as_ref().map(|t| t.as_text().to_string_lossy())
                    );
                }
                done(big)
            }
            "float" if spec().is_empty() => Ok(s(&float::repr(x.float()))),
            "float" => done(format_float(x.float(), spec(), "float")),
            "str" => done(format_str(x.text(), spec(), "str").map(|out| out.unwrap_or_else(|| x.text().to_buf()))),
            "complex" if spec().is_empty() => Ok(s(&x.complex().repr())),
            "complex" => done(format_complex(x.complex(), spec(), "complex")),
            "printf" => done(printf_one(x, spec())),
            "fields" => {
                let text = x.text();
                let mut out = Vec::new();
                for piece in fields::Pieces::new(text) {
                    let piece = match piece {
                        Ok(piece) => piece,
                        Err(error) => return Some(Err(format_error(error))),
                    };
                    let literal = span(text, piece.literal);
                    out.push(Val::List(match piece.field {
                        None => vec![literal, Val::None, Val::None, Val::None],
                        Some(field) => {
                            let conversion = field
                                .conversion
                                .map_or(Val::None, |code| Val::Str([code].into_iter().collect()));
                            vec![literal, span(text, field.name), span(text, field.spec), conversion]
                        }
                    }));
                }
                Ok(Val::List(out))
            }
            "fieldname" => {
                let text = x.text();
                fields::field_name(text).map_err(format_error).map(|(first, steps)| {
                    let first = match first {
                        First::Auto => s(""),
                        First::Index(index) => int(index),
                        First::Key(key) => span(text, key),
                    };
                    let step = |step: &Step| match step {
                        Step::Attribute(at) => Val::List(vec![Val::Bool(true), span(text, *at)]),
                        Step::Index(index) => Val::List(vec![Val::Bool(false), int(*index)]),
                        Step::Key(at) => Val::List(vec![Val::Bool(false), span(text, *at)]),
                    };
                    Val::List(vec![first, Val::List(steps.iter().map(step).collect())])
                })
            }
            _ => return None,
        })
    });
}

fn parts(text: Text<'_>, ranges: Vec<(usize, usize)>) -> Res {
    Ok(Val::List(ranges.into_iter().map(|range| span(text, range)).collect()))
}

fn text_op(op: &str, a: &[Val]) -> Option<Res> {
    if op == "bytesrepr" {
        return Some(Ok(s(&escape::bytes_repr(a[0].bytes()))));
    }
    let t = a[0].text();
    let arg = |index: usize| a[index].i64() as isize;
    let buf = |buf: TextBuf| Ok(Val::Str(buf));
    let same = |result: Option<TextBuf>| Ok(Val::Str(result.unwrap_or_else(|| t.to_buf())));
    let at = |found: Option<usize>| Ok(found.map_or(int(-1), int));
    let truth = |value: bool| Ok(Val::Bool(value));
    let strip = |ends| Ok(span(t, t.strip_where(ends, is_space)));
    Some(match op {
        "upper" => buf(t.upper()),
        "lower" => buf(t.lower()),
        "title" => buf(t.title()),
        "capitalize" => buf(t.capitalize()),
        "swapcase" => buf(t.swapcase()),
        "casefold" => buf(t.casefold()),
        "isalpha" => truth(t.is_alpha()),
        "isalnum" => truth(t.is_alnum()),
        "isdecimal" => truth(t.is_decimal()),
        "isdigit" => truth(t.is_digit()),
        "isnumeric" => truth(t.is_numeric()),
        "isspace" => truth(t.is_space()),
        "isprintable" => truth(t.is_printable()),
        "islower" => truth(t.is_lower()),
        "isupper" => truth(t.is_upper()),
        "istitle" => truth(t.is_title()),
        "isidentifier" => truth(t.is_identifier()),
        "split" => parts(t, t.split_space(-1, is_space)),
        "rsplit" => parts(t, t.rsplit_space(-1, is_space)),
        "splitn" => parts(t, t.split_space(arg(1), is_space)),
        "rsplitn" => parts(t, t.rsplit_space(arg(1), is_space)),
        "splitlines" => parts(t, t.split_lines(false)),
        "linesends" => parts(t, t.split_lines(true)),
        "strip" => strip(Strip::Both),
        "lstrip" => strip(Strip::Left),
        "rstrip" => strip(Strip::Right),
        "stripc" => Ok(span(t, t.strip_chars(Strip::Both, a[1].text()))),
        "repr" => buf(escape::repr(t)),
        "ascii" => buf(escape::ascii(t)),
        "center" => same(t.pad(arg(1), 0xe9, Fill::Both)),
        "zfill" => same(t.zfill(arg(1))),
        "expandtabs" => same(t.expand_tabs(arg(1))),
        "unicode_escape" => Ok(Val::Bytes(codecs::encode_unicode_escape(t))),
        "raw_unicode_escape" => Ok(Val::Bytes(codecs::encode_raw_unicode_escape(t))),
        "normalize" => buf(normalize(t, Form::by_name(&a[1].str()).unwrap())),
        "find" => at(t.find(a[1].text())),
        "rfind" => at(t.rfind(a[1].text())),
        "findb" => at(t.find_between(a[1].text(), arg(2), arg(3))),
        "rfindb" => at(t.rfind_between(a[1].text(), arg(2), arg(3))),
        "count" => Ok(int(t.count(a[1].text()))),
        "replace" => same(t.replace(a[1].text(), a[2].text(), arg(3))),
        "splitby" => parts(t, t.split(a[1].text(), arg(2))),
        "rsplitby" => parts(t, t.rsplit(a[1].text(), arg(2))),
        "cmp" => Ok(int(t.cmp(a[1].text()) as i32)),
        _ => return None,
    })
}

#[test]
fn texts() {
    run(include_str!("golden/text.txt"), "text", text_op);
}

/// The same texts, held in units wider than they need: the algorithms must not depend on the narrowest form.
#[test]
fn texts_in_wide_units() {
    run(include_str!("golden/text.txt"), "text in wide units", |op, args| {
        let widen = |val: &Val| match val {
            Val::Str(text) => Val::Str(TextBuf::Ucs4(text.as_text().iter().collect())),
            other => other.clone(),
        };
        let wide: Vec<Val> = args.iter().map(widen).collect();
        text_op(op, &wide)
    });
}

fn unhandled(error: Unhandled) -> String {
    match error {
        Unhandled::Decode(e) => format!("{}|{}|{}|{}", e.encoding, e.start, e.end, e.reason),
        Unhandled::Encode(e) => format!("{}|{}|{}|{}", e.encoding, e.start, e.end, e.reason),
    }
}

fn endian(encoding: &str) -> Endian {
    match encoding.rsplit('-').next() {
        Some("le") => Endian::Little,
        Some("be") => Endian::Big,
        _ => Endian::Marked,
    }
}

#[test]
fn encodings() {
    run(include_str!("golden/codecs.txt"), "codecs", |op, a| {
        let decoded = |result: Result<TextBuf, Unhandled>| result.map(Val::Str).map_err(unhandled);
        Some(match op {
            "decode" => {
                let (input, encoding) = (a[0].bytes(), a[1].str());
                let h = &mut Builtin::by_name(&a[2].str()).unwrap();
                decoded(match encoding.as_str() {
                    "utf-8" => codecs::decode_utf8(input, true, h).map(|done| done.0),
                    "ascii" => codecs::decode_ascii(input, h),
                    "latin-1" => Ok(codecs::decode_latin1(input)),
                    e if e.starts_with("utf-16") => codecs::decode_utf16(input, endian(e), true, h).map(|done| done.0),
                    e => codecs::decode_utf32(input, endian(e), true, h).map(|done| done.0),
                })
            }
            "encode" => {
                let (text, encoding) = (a[0].text(), a[1].str());
                let h = &mut Builtin::by_name(&a[2].str()).unwrap();
                let result = match encoding.as_str() {
                    "utf-8" => codecs::encode_utf8(text, h),
                    "ascii" => codecs::encode_ascii(text, h),
                    "latin-1" => codecs::encode_latin1(text, h),
                    e if e.starts_with("utf-16") => codecs::encode_utf16(text, endian(e), h),
                    e => codecs::encode_utf32(text, endian(e), h),
                };
                result.map(Val::Bytes).map_err(unhandled)
            }
            "unescape" | "rawunescape" => {
                let h = &mut Builtin::by_name(&a[1].str()).unwrap();
                decoded(if op == "unescape" {
                    codecs::decode_unicode_escape(a[0].bytes(), true, h).map(|done| done.0)
                } else {
                    codecs::decode_raw_unicode_escape(a[0].bytes(), true, h).map(|done| done.0)
                })
            }
            "name" => Ok(names::name(a[0].i64() as u32).map_or(Val::None, |name| s(&name))),
            _ => return None,
        })
    });
}

#[test]
fn hashes_match_a_seed() {
    // hash("abc"), hash("é日") and hash(b"x" * 20) under PYTHONHASHSEED=42 and =0.
    let key = hash::HashKey::from_seed(42);
    let units: Vec<u8> = [0xe9u16, 0x65e5].iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let all = |key| {
        [
            hash::hash_bytes(key, b"abc"),
            hash::hash_bytes(key, &units),
            hash::hash_bytes(key, &[b'x'; 20]),
        ]
    };
    assert_eq!(all(key), SEED_42);
    assert_eq!(all(hash::HashKey::from_seed(0)), SEED_0);
}
const SEED_42: [i64; 3] = [3869580338025362921, 2389194644739506778, -1433231438062637585];
const SEED_0: [i64; 3] = [-4594863902769663758, 4547232896120799012, 3641836881806154204];

#[test]
fn regular_expressions() {
    use kiln_text::regex::{Matcher, Mode, Range, is_valid};
    run(include_str!("golden/regex.txt"), "regex", |op, a| {
        assert_eq!(op, "regex");
        let code: Vec<u32> = a[0]
            .bytes()
            .chunks(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
            .collect();
        let (groups, text) = (a[1].i64() as usize, a[2].text());
        assert!(is_valid(&code, groups), "{code:?}");
        let mut matcher = Matcher::new(groups);
        let span = |span: Option<(usize, usize)>| {
            let (start, end) = span.map_or((-1, -1), |(start, end)| (start as i64, end as i64));
            Val::List(vec![int(start), int(end)])
        };
        let spans = |matcher: &Matcher, whole| {
            let mut spans = vec![span(Some(whole))];
            spans.extend((1..=groups).map(|group| span(matcher.group(group))));
            spans
        };
        let mut found = Vec::new();
        let mut range = Range {
            start: 0,
            end: text.len(),
            must_advance: false,
        };
        while let Some(whole) = matcher.run(&code, text, range, Mode::Search) {
            let mut groups = spans(&matcher, whole);
            groups.push(Val::List(vec![int(matcher.last_index() as i64), int(0)]));
            found.push(Val::List(groups));
            range = Range {
                start: whole.1,
                must_advance: whole.0 == whole.1,
                ..range
            };
        }
        let range = Range {
            start: 0,
            end: text.len(),
            must_advance: false,
        };
        let full = matcher.run(&code, text, range, Mode::Full);
        found.push(Val::List(full.map_or(Vec::new(), |whole| spans(&matcher, whole))));
        Some(Ok(Val::List(found)))
    });
}
