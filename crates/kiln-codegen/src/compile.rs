//! Drives Cranelift: one function in, one [`Compiled`] out.

use crate::layout::{Env, Layout};
use crate::lower::{Lowered, Lowering, Scratch};
use crate::memory::CodeArea;
use crate::meta::{Compiled, ReturnAddress};
use crate::runtime::{RuntimeCall, RuntimeTable};
use crate::stubs;
use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, Signature, UserFuncName, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, lookup};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use kiln_hir::Function;
use std::io;
use target_lexicon::Triple;

/// Why a function was not compiled: something that machine code has no form for. An ordinary answer, to be counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsupported(pub String);

/// Which texts to keep.
#[derive(Copy, Clone, Debug, Default)]
pub struct Dump {
    /// What Cranelift is given.
    pub clif: bool,
    /// What it makes of it.
    pub asm: bool,
}

/// How much is done for the code's speed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Effort {
    /// Little: code that is soon made again.
    Little,
    /// All that there is.
    Full,
}

/// Compiles functions, one at a time.
pub struct Compiler {
    /// For full effort.
    isa: OwnedTargetIsa,
    /// For little effort.
    quick: OwnedTargetIsa,
    layout: Layout,
    /// What machine code calls, in the order of the runtime-call list.
    calls: Vec<u64>,
    /// Code that destroys what has no reference left, with the thread and a word as arguments, and changes no register.
    destroy: u64,
    context: Context,
    builder: FunctionBuilderContext,
    scratch: Scratch,
}

fn flags(effort: Effort) -> settings::Flags {
    let mut flags = settings::builder();
    let values = [
        ("opt_level", "none"),
        (
            "regalloc_algorithm",
            match effort {
                Effort::Little => "single_pass",
                Effort::Full => "backtracking",
            },
        ),
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ];
    for (name, value) in values {
        flags.set(name, value).expect("a setting of this version of Cranelift");
    }
    settings::Flags::new(flags)
}

fn host(effort: Effort) -> Result<OwnedTargetIsa, String> {
    let mut isa = lookup(Triple::host()).map_err(|error| error.to_string())?;
    let features = [
        ("has_sse3", std::arch::is_x86_feature_detected!("sse3")),
        ("has_ssse3", std::arch::is_x86_feature_detected!("ssse3")),
        ("has_sse41", std::arch::is_x86_feature_detected!("sse4.1")),
        ("has_sse42", std::arch::is_x86_feature_detected!("sse4.2")),
        ("has_popcnt", std::arch::is_x86_feature_detected!("popcnt")),
        ("has_avx", std::arch::is_x86_feature_detected!("avx")),
        ("has_bmi1", std::arch::is_x86_feature_detected!("bmi1")),
        ("has_bmi2", std::arch::is_x86_feature_detected!("bmi2")),
        ("has_lzcnt", std::arch::is_x86_feature_detected!("lzcnt")),
    ];
    for (name, present) in features {
        if present {
            isa.enable(name).map_err(|error| error.to_string())?;
        }
    }
    isa.finish(flags(effort)).map_err(|error| error.to_string())
}

impl Compiler {
    /// A compiler and the area for its code, of which `reserve` bytes of addresses are set aside.
    pub fn new<T>(layout: Layout, table: &RuntimeTable<T>, reserve: usize) -> io::Result<(Compiler, CodeArea)> {
        let isa = host(Effort::Full).map_err(io::Error::other)?;
        let quick = host(Effort::Little).map_err(io::Error::other)?;
        let mut area = CodeArea::new(isa.clone(), reserve)?;
        let mut calls = Vec::new();
        for (which, address) in RuntimeCall::ALL.iter().zip(table.addresses()) {
            calls.push(if which.is_leaf() {
                address as u64
            } else {
                area.install(&stubs::transition_stub(address as u64, layout.transition))? as u64
            });
        }
        let destroy = table.addresses()[RuntimeCall::destroy as usize] as u64;
        let destroy = area.install(&stubs::preserving_stub(destroy, layout.transition))? as u64;
        let compiler = Compiler {
            isa,
            quick,
            layout,
            calls,
            destroy,
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            scratch: Scratch::default(),
        };
        Ok((compiler, area))
    }

    /// Forgets a compilation that was broken off.
    pub fn reset(&mut self) {
        self.context = Context::new();
        self.builder = FunctionBuilderContext::new();
        self.scratch = Scratch::default();
    }

    /// Compiles a function whose references are counted.
    pub fn compile(
        &mut self,
        func: &Function,
        env: &dyn Env,
        effort: Effort,
        dump: Dump,
    ) -> Result<Compiled, Unsupported> {
        debug_assert!(func.counted, "machine code needs references to be counted");
        self.context.clear();
        self.context.set_disasm(dump.asm);
        let mut signature = Signature::new(CallConv::SystemV);
        let words = func.signature.args as usize + usize::from(func.signature.generator);
        let params = if words > crate::lower::REGISTER_ARGS { 1 } else { words };
        signature
            .params
            .extend(std::iter::repeat_n(AbiParam::new(types::I64), 1 + params));
        signature.returns.push(AbiParam::new(types::I64));
        self.context.func.signature = signature;
        self.context.func.name = UserFuncName::user(0, 0);
        let builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
        let lowering = Lowering::new(
            func,
            &self.layout,
            env,
            &self.calls,
            effort,
            self.isa.frontend_config(),
            builder,
            &mut self.scratch,
        );
        let Lowered {
            sites,
            area: area_slot,
            area_words,
            frame_word,
            counts,
        } = lowering.function()?;
        let clif = dump.clif.then(|| self.context.func.display().to_string());
        let isa = match effort {
            Effort::Little => &self.quick,
            Effort::Full => &self.isa,
        };
        let code = self
            .context
            .compile(&**isa, &mut Default::default())
            .map_err(|error| Unsupported(format!("Cranelift: {:?}", error.inner)))?;
        if !code.buffer.relocs().is_empty() {
            return Err(Unsupported("machine code that refers to other code".into()));
        }
        let frame = code.buffer.frame_layout();
        let area = frame.map_or(0, |frame| {
            frame.stackslots[area_slot].offset as i32 - frame.frame_to_fp_offset as i32
        });
        // Source locations are numbers of HIR values; a call belongs to the range that ends at, or holds the byte before, its return address.
        let ranges = code.buffer.get_srclocs_sorted();
        let tail = ranges
            .iter()
            .find(|range| range.loc.bits() == crate::lower::exits::TAIL);
        let tail = tail.map(|range| range.start);
        let mut returns = Vec::new();
        for site in code.buffer.call_sites() {
            let at = site.ret_addr - 1;
            let index = ranges.partition_point(|range| range.start <= at);
            let Some(range) = index
                .checked_sub(1)
                .map(|index| &ranges[index])
                .filter(|range| at < range.end)
            else {
                continue;
            };
            if let Some(index) = self.scratch.site_of(range.loc.bits()) {
                returns.push(ReturnAddress {
                    offset: site.ret_addr,
                    site: index,
                });
            }
        }
        returns.sort_by_key(|entry| entry.offset);
        let mut bytes = code.buffer.data().to_vec();
        let exits = crate::ways_out::make(&code.buffer, &mut bytes, area_slot, |location| {
            self.scratch.site_of(location)
        })
        .map_err(|why| Unsupported(why.into()))?;
        crate::in_place::make(&code.buffer, &mut bytes, area_slot, self.destroy, counts)
            .map_err(|why| Unsupported(why.into()))?;
        Ok(Compiled {
            name: func.name.clone(),
            bytes,
            sites,
            exits,
            returns,
            area,
            area_words,
            frame_word,
            tail,
            clif,
            asm: code.vcode.clone(),
        })
    }

    /// The layout in use.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}
