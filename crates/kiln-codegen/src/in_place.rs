//! Counts references in place of the instructions that stand for it.
//!
//! Counting is all branches: round what is no pointer, round what is immortal, to the end of an object. As blocks these were most of a function,
//! and blocks are what register allocation takes its time for. So to Cranelift it is one instruction that ends no block: an atomic "nand" of memory,
//! which becomes a loop of 23 bytes or more with `rax` and one more register of its own. No such loop is ever run: here each is overwritten
//! with what was meant. The loop's first instruction tells where the word is. The last reference takes a way behind the code, and comes back.
//!
//! The loops are found by the trap codes of their memory accesses, of which each has two.

use crate::lower::exits::THREAD;
use crate::ways_out::unforeseen;
use cranelift_codegen::ir::{MemFlagsData, StackSlot, TrapCode};
use cranelift_codegen::{Final, MachBufferFinalized};

/// What is counted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    /// A reference less instead of one more.
    pub release: bool,
    /// Whether the word may be something else than a pointer.
    pub any: bool,
}

/// The trap code that tells the first kind.
const FIRST: u8 = 4;
/// An offset of the access to memory for which an instruction is as long as it can be: a release takes 29 bytes at most, the loop is 31 then.
pub(crate) const FAR: i64 = 1 << 16;

impl Count {
    /// Flags of the memory access that stands for it.
    pub(crate) fn flags(self) -> MemFlagsData {
        let kind = FIRST + 2 * u8::from(self.release) + u8::from(self.any);
        MemFlagsData::new().with_trap_code(Some(TrapCode::unwrap_user(kind)))
    }

    fn of(code: TrapCode) -> Option<Count> {
        let kind = (0..4).find(|kind| code == TrapCode::unwrap_user(FIRST + kind))?;
        Some(Count {
            release: kind & 2 != 0,
            any: kind & 1 != 0,
        })
    }
}

/// One of Cranelift's loops.
struct Loop {
    start: usize,
    end: usize,
    /// The register with the word.
    word: u8,
}

impl Loop {
    /// Reads the loop at `start`; none if it is not one.
    fn read(code: &[u8], start: usize) -> Option<Loop> {
        let [rex @ (0x48 | 0x49), 0x8b, modrm, ..] = *code.get(start..)? else {
            return None; // mov rax, [word + offset]
        };
        let sib = usize::from(modrm & 7 == 4);
        let offset = match modrm & !7 {
            0x00 => 0,
            0x40 => 1,
            0x80 => 4,
            _ => return None,
        };
        let again = start + 3 + sib + offset;
        // mov, and, not; lock cmpxchg; jnz again
        let end = again + 9 + (5 + sib + offset) + 6;
        let [0x0f, 0x85, back @ ..] = code.get(end - 6..end)? else {
            return None;
        };
        let word = modrm & 7 | (rex & 1) << 3;
        let goes_back = i32::from_le_bytes(back.try_into().ok()?) == again as i32 - end as i32;
        (goes_back && word != 4).then_some(Loop { start, end, word })
    }
}

/// Overwrites the loops. `area` is the save area, `destroy` what is called with the last reference. The number of loops must be `expected`.
pub(crate) fn make(
    buffer: &MachBufferFinalized<Final>,
    code: &mut Vec<u8>,
    area: StackSlot,
    destroy: u64,
    expected: u32,
) -> Result<(), &'static str> {
    let mut made = 0;
    let mut tail = None;
    let mut counts = buffer
        .traps()
        .iter()
        .filter_map(|trap| Some((trap.offset as usize, Count::of(trap.code)?)));
    while let Some((start, count)) = counts.next() {
        let found = Loop::read(code, start);
        let second = counts.next();
        let (Some(found), Some((second, true))) = (found, second.map(|other| (other.0, other.1 == count))) else {
            return Err(unforeseen("counting that is no loop"));
        };
        if !(found.start..found.end).contains(&second) {
            return Err(unforeseen("counting in two places"));
        }
        made += 1;
        let mut last = None;
        if count.release {
            let tail = match tail {
                Some(tail) => tail,
                None => {
                    let Some(frame) = buffer.frame_layout() else {
                        return Err(unforeseen("no frame"));
                    };
                    let offset = frame.stackslots[area].offset as i32 - frame.frame_to_fp_offset as i32;
                    *tail.insert(destruction(code, offset + 8 * THREAD, destroy))
                }
            };
            last = Some(code.len());
            // mov rax, word
            code.extend([0x48 | found.word >> 3 << 2, 0x89, 0xc0 | (found.word & 7) << 3]);
            far(code, 0xe8, tail); // call tail
            far(code, 0xe9, found.end); // jmp back
        }
        let place = &mut code[found.start..found.end];
        if !write(place, found.start, found.word, count, last) {
            return Err(unforeseen("a loop too short for counting"));
        }
    }
    if made != expected {
        return Err(unforeseen("counting that was not found"));
    }
    Ok(())
}

/// A call or jump to `target`.
fn far(code: &mut Vec<u8>, opcode: u8, target: usize) {
    code.push(opcode);
    let after = code.len() + 4;
    code.extend((target as i32 - after as i32).to_le_bytes());
}

/// Calls `destroy` with the thread and the word in `rax`, and changes no register; where that is.
fn destruction(code: &mut Vec<u8>, thread: i32, destroy: u64) -> usize {
    let start = code.len();
    code.extend([0x56, 0x57, 0x50]); // push rsi, rdi, rax: with the return address, that keeps the stack aligned
    code.extend([0x48, 0x89, 0xc6]); // mov rsi, rax
    code.extend([0x48, 0x8b, 0xbd]); // mov rdi, [rbp + thread]
    code.extend(thread.to_le_bytes());
    code.extend([0x48, 0xb8]); // mov rax, destroy
    code.extend(destroy.to_le_bytes());
    code.extend([0xff, 0xd0]); // call rax
    code.extend([0x58, 0x5f, 0x5e]); // pop rax, rdi, rsi
    code.push(0xc3); // ret
    start
}

/// The code for a count in `place`, which is at `start`; false if it does not fit. The last reference goes to `last`.
fn write(place: &mut [u8], start: usize, word: u8, count: Count, last: Option<usize>) -> bool {
    let end = place.len();
    let mut text = Text::default();
    if count.any {
        text.with_count(0x8d, word); // lea eax, [word - 1]
        text.put(&[0xa8, 3]); // test al, 3
        text.over(0x75, end); // jnz end
    }
    text.with_count(0x8b, word); // mov eax, [word - 1]
    // An immortal's count is negative.
    text.put(&[0xff, if count.release { 0xc8 } else { 0xc0 }]); // dec eax, inc eax
    text.over(if count.release { 0x7c } else { 0x7e }, end); // jl end, jle end
    text.with_count(0x89, word); // mov [word - 1], eax
    if let Some(last) = last {
        text.put(&[0x0f, 0x84]); // jz last
        let after = start + text.len + 4;
        text.put(&(last as i32 - after as i32).to_le_bytes());
    }
    if text.len > end {
        return false;
    }
    place[..text.len].copy_from_slice(&text.bytes[..text.len]);
    fill(&mut place[text.len..]);
    true
}

/// A few instructions.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    len: usize,
}

impl Text {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// An instruction with `eax` and the address of the word's count.
    fn with_count(&mut self, opcode: u8, word: u8) {
        if word >= 8 {
            self.put(&[0x41]);
        }
        self.put(&[opcode, 0x40 | word & 7]);
        if word & 7 == 4 {
            self.put(&[0x24]);
        }
        self.put(&[0xff]);
    }

    /// A short jump over the rest.
    fn over(&mut self, opcode: u8, end: usize) {
        let after = self.len + 2;
        self.put(&[opcode, (end - after) as u8]);
    }
}

/// Instructions that do nothing, as few as there can be.
fn fill(mut rest: &mut [u8]) {
    /// One of nine bytes; shorter ones begin later and differ.
    const NOPS: [&[u8]; 10] = [
        &[],
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0x00],
        &[0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x0f, 0x1f, 0x80, 0, 0, 0, 0],
        &[0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
        &[0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
    ];
    while !rest.is_empty() {
        let len = rest.len().min(9);
        let (now, later) = rest.split_at_mut(len);
        now.copy_from_slice(NOPS[len]);
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cranelift's loop for a word in a register, with or without an offset.
    fn a_loop(word: u8, offset: Option<i32>) -> Vec<u8> {
        let mut code = Vec::new();
        let access = |code: &mut Vec<u8>, opcode: &[u8], reg: u8| {
            code.push(0x48 | word >> 3 | reg >> 3 << 2);
            code.extend(opcode);
            let mode = match offset {
                Some(_) => 0x80,
                None if word & 7 == 5 => 0x40,
                None => 0,
            };
            code.push(mode | (reg & 7) << 3 | word & 7);
            if word & 7 == 4 {
                code.push(0x24);
            }
            match offset {
                Some(offset) => code.extend(offset.to_le_bytes()),
                None if mode == 0x40 => code.push(0),
                None => (),
            }
        };
        access(&mut code, &[0x8b], 0);
        let again = code.len();
        code.extend([0x49, 0x89, 0xc3, 0x4c, 0x23, 0xd8, 0x49, 0xf7, 0xd3]);
        code.push(0xf0);
        access(&mut code, &[0x0f, 0xb1], 11);
        far_jump(&mut code, again);
        code
    }

    fn far_jump(code: &mut Vec<u8>, to: usize) {
        code.extend([0x0f, 0x85]);
        let after = code.len() + 4;
        code.extend((to as i32 - after as i32).to_le_bytes());
    }

    #[test]
    fn every_register_has_room() {
        for word in (0..16u8).filter(|word| *word != 4) {
            for count in (FIRST..FIRST + 4).filter_map(|kind| Count::of(TrapCode::unwrap_user(kind))) {
                let mut code = a_loop(word, count.release.then_some(FAR as i32));
                let found = Loop::read(&code, 0).expect("a loop");
                assert_eq!((found.end, found.word), (code.len(), word));
                assert!(write(&mut code, 0, word, count, count.release.then_some(1000)));
            }
        }
    }

    #[test]
    fn nothing_else_is_a_loop() {
        let mut code = a_loop(3, None);
        let last = code.len() - 1;
        code[last] ^= 1;
        assert!(Loop::read(&code, 0).is_none());
        assert!(Loop::read(&[0x48, 0x8b], 0).is_none());
    }
}
