//! The text form. It says everything: what is printed parses back to the same function.

use crate::entity::{Snap, Value};
use crate::function::{Function, Resume, SnapData};
use crate::inst::Inst;
use std::fmt::{self, Write};

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        Printer {
            func: self,
            seen: vec![false; self.snaps.len()],
            note: None,
        }
        .function(&mut out)?;
        f.write_str(&out)
    }
}

impl Function {
    /// The text form with a remark behind some frame states: `note(code, pc)`, which stands for source lines.
    pub fn display_with(&self, note: &dyn Fn(u32, u32) -> Option<String>) -> String {
        let mut out = String::new();
        let _ = Printer {
            func: self,
            seen: vec![false; self.snaps.len()],
            note: Some(note),
        }
        .function(&mut out);
        out
    }
}

struct Printer<'a> {
    func: &'a Function,
    seen: Vec<bool>,
    note: Option<&'a dyn Fn(u32, u32) -> Option<String>>,
}

impl Printer<'_> {
    fn function(&mut self, out: &mut String) -> fmt::Result {
        let func = self.func;
        write!(
            out,
            "function {:?} {} args={}",
            func.name, func.code, func.signature.args
        )?;
        if func.signature.owned != 0 {
            write!(out, " owned={}", func.signature.owned)?;
        }
        for (flag, text) in [
            (func.signature.all_owned, " all_owned"),
            (func.signature.returns_f64, " returns_f64"),
            (func.signature.generator, " generator"),
            (func.counted, " counted"),
        ] {
            if flag {
                out.push_str(text);
            }
        }
        out.push_str(" {\n");
        for (index, constant) in func.consts.iter().enumerate() {
            writeln!(
                out,
                "  k{index} = {:#x}: {} {:?}",
                constant.word, constant.ty, constant.text
            )?;
        }
        for block in func.all_blocks() {
            let data = &func.blocks[block.index()];
            if data.insts.is_empty() {
                continue;
            }
            write!(out, "{block}")?;
            for (index, param) in data.params.iter().enumerate() {
                write!(
                    out,
                    "{}{param}: {}",
                    if index == 0 { "(" } else { ", " },
                    func.ty(*param)
                )?;
                if matches!(func.inst(*param), Inst::Param { owned: true }) {
                    out.push_str(" owned");
                }
            }
            if !data.params.is_empty() {
                out.push(')');
            }
            out.push_str(if data.cold { " cold:\n" } else { ":\n" });
            for value in &data.insts {
                self.inst(*value, out)?;
            }
        }
        out.push_str("}\n");
        Ok(())
    }

    fn inst(&mut self, value: Value, out: &mut String) -> fmt::Result {
        let func = self.func;
        let data = &func.insts[value.index()];
        if let Some(snap) = data.snap {
            self.snap(snap, out)?;
        }
        out.push_str("  ");
        if data.inst.has_result() {
            write!(out, "{value}: {} = ", data.ty)?;
        }
        data.inst.print(func, out)?;
        if let Some(snap) = data.snap {
            write!(out, " @{snap}")?;
        }
        if data.catches {
            out.push_str(" catches");
        }
        if !data.owned.is_empty() {
            out.push_str(" owns ");
            crate::imm::Imm::print(data.owned, func, out)?;
        }
        out.push('\n');
        Ok(())
    }

    fn snap(&mut self, snap: Snap, out: &mut String) -> fmt::Result {
        if std::mem::replace(&mut self.seen[snap.index()], true) {
            return Ok(());
        }
        let data = self.func.snaps[snap.index()];
        if let Some(caller) = data.caller {
            self.snap(caller, out)?;
        }
        write!(out, "  {snap} = ")?;
        self.state(&data, out)?;
        if let Some(text) = self.note.and_then(|note| note(data.code.0, data.pc)) {
            write!(out, " # {text}")?;
        }
        out.push('\n');
        Ok(())
    }

    fn state(&self, data: &SnapData, out: &mut String) -> fmt::Result {
        let resume = match data.resume {
            Resume::Reexec => "reexec",
            Resume::Continue => "continue",
            Resume::Raise => "raise",
        };
        write!(out, "{resume} {} {}", data.pc, data.code)?;
        if let Some(result) = data.result {
            write!(out, " result {result}")?;
        }
        out.push_str(" [");
        for (index, (reg, value)) in self.func.snap_entries(data).enumerate() {
            write!(out, "{}r{reg}={value}", if index == 0 { "" } else { ", " })?;
        }
        out.push(']');
        if let Some(caller) = data.caller {
            write!(out, " in {caller}")?;
        }
        Ok(())
    }
}
