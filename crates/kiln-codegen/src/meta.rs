//! What is known of a piece of machine code beside its bytes: how to rebuild the interpreter's frames at each place that leaves it, runs Python
//! code, or raises.

use kiln_hir::{CodeId, Opcode, Resume};

/// Where a value is.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Source {
    /// A word in the save area, by index.
    Word(u32),
    /// A machine integer in the save area: becomes an int.
    Int(u32),
    /// A machine float in the save area: becomes a float.
    Float(u32),
    /// A machine truth value in the save area, 0 or 1: becomes a bool.
    Bool(u32),
    /// This word.
    Constant(u64),
    /// A float with these bits.
    ConstantFloat(u64),
}

/// A value of a frame.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Place {
    /// Where it is.
    pub source: Source,
    /// Whether the reference moves into the frame. Otherwise the frame needs one of its own.
    pub owned: bool,
}

/// One interpreter frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its code.
    pub code: CodeId,
    /// Where it is.
    pub pc: u32,
    /// How it goes on.
    pub resume: Resume,
    /// What the instruction at `pc` produced, for `Resume::Continue`.
    pub result: Option<Place>,
    /// Its live registers, rising; all others hold nothing.
    pub registers: Vec<(u32, Place)>,
}

/// A place in the code that has a frame state.
#[derive(Clone, Debug)]
pub struct Site {
    /// The frames, innermost first.
    pub frames: Vec<Frame>,
    /// Words of the save area that are owned and belong to no frame: given up when the site is left.
    pub release: Vec<u32>,
    /// The instruction.
    pub opcode: Opcode,
    /// Its number in the HIR text.
    pub value: u32,
    /// Whether the code can be left here; otherwise the site only describes a call.
    pub is_exit: bool,
}

/// A return address.
#[derive(Copy, Clone, Debug)]
pub struct ReturnAddress {
    /// Offset in the code.
    pub offset: u32,
    /// Index of the site.
    pub site: u32,
}

/// Machine code that has not been installed.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Name for people.
    pub name: String,
    /// The bytes; they may be placed anywhere.
    pub bytes: Vec<u8>,
    /// Places with frame states.
    pub sites: Vec<Site>,
    /// Sites by number of the exit, for exits that are no site's own.
    pub(crate) exits: Vec<u32>,
    /// Return addresses of calls that have a site, rising.
    pub returns: Vec<ReturnAddress>,
    /// Where the save area begins, in bytes from the frame pointer; negative.
    pub area: i32,
    /// Its length in words.
    pub area_words: u32,
    /// Its word that is not zero when the activation may have a frame object although no call is under way. Only code that catches exceptions has it.
    pub frame_word: Option<u32>,
    /// Where the code goes to leave, with the number in the area's word [`NUMBER`](Compiled::NUMBER).
    pub tail: Option<u32>,
    /// Cranelift's text before compilation, if asked for.
    pub clif: Option<String>,
    /// The machine code's text, if asked for.
    pub asm: Option<String>,
}

impl Compiled {
    /// Index of the word of the save area that says where the code is left.
    pub const NUMBER: usize = crate::lower::exits::NUMBER as usize;
    /// The number for leaving where a call has returned. It is no exit's.
    pub const RETURNED: u64 = u64::MAX;

    /// The number that code which leaves at a site of its own tells.
    pub(crate) fn direct(site: usize) -> i64 {
        8 * site as i64 + 1
    }

    /// The site that is left, by the number that the code tells.
    pub fn exit(&self, number: u64) -> Option<&Site> {
        let index = (number / 8) as usize;
        if number.is_multiple_of(8) {
            self.sites.get(*self.exits.get(index)? as usize)
        } else {
            self.sites.get(index)
        }
    }

    /// The site of a call, by the offset of its return address.
    pub fn site_at(&self, offset: u32) -> Option<&Site> {
        let index = self.returns.binary_search_by_key(&offset, |entry| entry.offset).ok()?;
        self.sites.get(self.returns[index].site as usize)
    }
}

/// What a call stub leaves on the native stack while a runtime function runs: with it, a walk finds compiled frames without their keeping
/// records. The thread's field points to the newest one.
#[derive(Debug)]
#[repr(C)]
pub struct Transition {
    /// The one before.
    pub previous: *const Transition,
    /// Frame pointer of the compiled function.
    pub frame_pointer: usize,
    /// Where the runtime function will return to.
    pub return_address: usize,
}

impl Transition {
    /// How far behind the record the word lies that the stub's return takes its address from.
    pub const RETURN_SLOT: usize = 32;
}
