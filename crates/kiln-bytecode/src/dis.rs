//! Listings of code for people: `kiln dis` and golden tests.

use std::fmt::Write;

use crate::{Code, CommonConst, Const, Field, FuncAttr, Instr, Kind, Op, Special, flags};

/// The listing of `code` and, after it, of the code within it. `source` adds the source line before its instructions.
pub fn disassemble(code: &Code, source: Option<&str>) -> String {
    let lines: Vec<&str> = source.map_or(Vec::new(), |text| text.lines().collect());
    let mut out = String::new();
    listing(&mut out, code, &lines);
    out
}

fn listing(out: &mut String, code: &Code, lines: &[&str]) {
    let _ = writeln!(
        out,
        "{} ({}:{}) registers {}",
        code.qualname, code.filename, code.first_line, code.reg_count
    );
    for (title, names) in [
        ("locals", &code.varnames),
        ("cells", &code.cellvars),
        ("free", &code.freevars),
    ] {
        if !names.is_empty() {
            let _ = writeln!(out, "  {title}: {}", names.join(" "));
        }
    }
    let targets: Vec<u32> = targets(code);
    let mut line = 0;
    for (pc, (&instr, position)) in code.instrs.iter().zip(code.positions.iter()).enumerate() {
        if position.line != line && position.line != 0 {
            line = position.line;
            match lines.get(line as usize - 1) {
                Some(text) => writeln!(out, " {line:4} | {}", text.trim_end()),
                None => writeln!(out, " {line:4}:"),
            }
            .unwrap_or(());
        }
        let mark = if targets.binary_search(&(pc as u32)).is_ok() {
            ">>"
        } else {
            "  "
        };
        let _ = writeln!(out, "   {mark} {pc:4} {}", render(code, pc as u32, instr));
    }
    for handler in &code.handlers {
        let _ = writeln!(
            out,
            "  handler {}..{} -> {} exception {}",
            handler.start,
            handler.end,
            handler.target,
            register(code, handler.exception, u32::MAX)
        );
    }
    for nested in code.nested() {
        out.push('\n');
        listing(out, nested, lines);
    }
}

fn targets(code: &Code) -> Vec<u32> {
    let jumps = code
        .instrs
        .iter()
        .enumerate()
        .filter_map(|(pc, instr)| instr.target(pc as u32));
    let mut targets: Vec<u32> = jumps
        .chain(code.handlers.iter().map(|handler| handler.target))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// One instruction as text, with names for registers, constants and targets.
pub fn render(code: &Code, pc: u32, instr: Instr) -> String {
    let op = instr.op();
    let mut out = format!("{:<18}", op.name());
    let mut separator = " ";
    for &(field, kind) in op.fields() {
        let text = operand(code, pc, instr, field, kind);
        if !text.is_empty() {
            out.push_str(separator);
            out.push_str(&text);
            separator = ", ";
        }
    }
    for (bit, name) in own_flags(op) {
        if instr.has(bit) {
            let _ = write!(out, " {name}");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn own_flags(op: Op) -> Vec<(u8, &'static str)> {
    match op {
        Op::AddInt => vec![(flags::INPLACE, "inplace"), (flags::SUBTRACT, "subtract")],
        Op::CallKw => vec![(flags::METHOD, "method")],
        Op::LoadSuperAttr => vec![(flags::METHOD, "method"), (flags::ZERO_ARG, "zero_arg")],
        Op::YieldValue => vec![(flags::DELEGATE, "delegate")],
        Op::MakeCell => vec![(flags::EMPTY, "empty")],
        _ if op >= Op::Add && op <= Op::RshiftInt => vec![(flags::INPLACE, "inplace")],
        _ => vec![(flags::NEGATE, "negate")],
    }
}

fn register(code: &Code, reg: u16, pc: u32) -> String {
    if code.has_namespace() && reg == 0 {
        return "ns".into();
    }
    let scoped = |local: &&crate::ScopedLocal| local.reg == reg && local.start <= pc && pc < local.end;
    match code.register_name(reg) {
        Some(name) if reg < code.temp_base => name.into(),
        _ => match code.scoped.iter().find(scoped) {
            Some(local) => format!("{}@{}", local.name, reg - code.temp_base),
            None => format!("t{}", reg.wrapping_sub(code.temp_base)),
        },
    }
}

fn operand(code: &Code, pc: u32, instr: Instr, field: Field, kind: Kind) -> String {
    let (index, constant, take) = match field {
        Field::a => (instr.a() as u32, flags::A_CONST, flags::A_TAKE),
        Field::b => (instr.b() as u32, flags::B_CONST, flags::B_TAKE),
        Field::c => (instr.c() as u32, flags::C_CONST, flags::C_TAKE),
        Field::bc => (instr.bc(), 0, 0),
    };
    let reg = || register(code, index as u16, pc);
    match kind {
        Kind::Use if instr.has(constant) => constant_text(code, index),
        Kind::Use | Kind::UseReg if instr.has(take) => format!("{}~", reg()),
        Kind::RangeC
        | Kind::Range2C
        | Kind::Range2
        | Kind::Range3
        | Kind::DefRangeB
        | Kind::DefRangeC
        | Kind::DefRangeEx => {
            format!("{}..", reg())
        }
        Kind::Delegate if !instr.has(flags::DELEGATE) => String::new(),
        Kind::Const | Kind::Const32 => constant_text(code, index),
        Kind::Cache => match code.caches.get(index as usize) {
            Some(cache)
                if matches!(
                    cache.kind,
                    crate::CacheKind::Call | crate::CacheKind::CallMethod | crate::CacheKind::CallEx
                ) =>
            {
                String::new()
            }
            Some(cache) => match &code.consts[cache.name as usize] {
                Const::Str(text) => String::from_utf8_lossy(&text.0).into_owned(),
                _ => constant_text(code, cache.name),
            },
            None => format!("cache {index}?"),
        },
        Kind::Jump16 | Kind::Jump32 => format!("-> {}", instr.target(pc).unwrap_or_default()),
        Kind::Imm => match instr.op() {
            Op::LoadSpecial => Special::from_u16(index as u16).map_or("?", Special::name).into(),
            Op::LoadCommon => CommonConst::from_u16(index as u16)
                .map_or("?", CommonConst::name)
                .into(),
            Op::SetFunctionAttr => FuncAttr::from_u16(index as u16).map_or("?", FuncAttr::name).into(),
            _ => (index as u16 as i16).to_string(),
        },
        Kind::Count if instr.op() == Op::UnpackEx => format!("{}+*+{}", index & 0xff, index >> 8),
        Kind::Count => index.to_string(),
        _ => reg(),
    }
}

fn constant_text(code: &Code, index: u32) -> String {
    code.consts
        .get(index as usize)
        .map_or_else(|| format!("K{index}?"), |constant| constant.to_string())
}

impl std::fmt::Display for Const {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, open: &str, items: &[Const], close: &str| {
            f.write_str(open)?;
            for (index, item) in items.iter().enumerate() {
                write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
            }
            f.write_str(close)
        };
        match self {
            Const::None => f.write_str("None"),
            Const::True => f.write_str("True"),
            Const::False => f.write_str("False"),
            Const::Ellipsis => f.write_str("..."),
            Const::Int(value) => write!(f, "{value}"),
            Const::BigInt(digits) => match digits.strip_prefix('-') {
                Some(digits) => write!(f, "-0x{digits}"),
                None => write!(f, "0x{digits}"),
            },
            Const::Float(value) => write!(f, "{value:?}"),
            Const::Complex(real, imag) => write!(f, "({real:?}+{imag:?}j)"),
            Const::Str(text) => write!(f, "{text:?}"),
            Const::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Const::Tuple(items) if items.len() == 1 => list(f, "(", items, ",)"),
            Const::Tuple(items) => list(f, "(", items, ")"),
            Const::FrozenSet(items) => list(f, "frozenset({", items, "})"),
            Const::Slice(parts) => list(f, "slice(", &parts[..], ")"),
            Const::Code(code) => write!(f, "<code {}>", code.qualname),
        }
    }
}
