//! Makes exits of the traps that Cranelift has put at the end of a function's code.
//!
//! Each conditional trap of the lowering has become a conditional jump to a trap of two bytes, and these lie one behind the other, followed at
//! most by a few constants. A trap's place must become the number of its exit in two bytes. So each is overwritten with a push, the last one with a
//! jump over the constants: whoever comes to the `i`-th of `n` traps falls through the rest and has pushed `n - 1 - i` words by then. Behind that
//! the number is made of where the stack pointer is now and where it belongs, which the frame's size says. Code with many constants has three
//! more traps behind its exits, which nobody takes and whose place a long jump takes.

use crate::lower::exits::{EXIT_TRAP, NUMBER, ROOM, ROOM_TRAP, TAIL};
use cranelift_codegen::ir::StackSlot;
use cranelift_codegen::{Final, MachBufferFinalized, MachTrap};

/// Traps in one function: each is a word of the native stack.
const MOST: usize = 4096;

/// Turns the traps into exits. `site_of` knows the site of a source location, `area` is the save area; the result are the sites by number.
pub(crate) fn make(
    buffer: &MachBufferFinalized<Final>,
    code: &mut Vec<u8>,
    area: StackSlot,
    site_of: impl Fn(u32) -> Option<u32>,
) -> Result<Vec<u32>, &'static str> {
    let is_exit = |trap: &MachTrap| trap.code == EXIT_TRAP;
    let all = buffer.traps();
    let (Some(first), Some(last)) = (all.iter().position(is_exit), all.iter().rposition(is_exit)) else {
        return Ok(Vec::new());
    };
    // Cranelift's own traps in between, as for a divisor of zero, have been made impossible by exits.
    let traps = &all[first..=last];
    let (first, last) = (all[first].offset, all[last].offset);
    if traps.len() > MOST {
        return Err("a function with too many exits");
    }
    let places = buffer.get_srclocs_sorted();
    let tail = places.iter().find(|place| place.loc.bits() == TAIL);
    let (Some(tail), Some(frame)) = (tail, buffer.frame_layout()) else {
        return Err(unforeseen("exits without a tail"));
    };
    // The traps come in order and without gaps, each with the source location of its instruction.
    let mut sites = Vec::with_capacity(traps.len());
    let mut at = places.partition_point(|place| place.end <= first);
    for (index, trap) in traps.iter().enumerate() {
        let (trap, exits) = (trap.offset, is_exit(trap));
        if trap != first + 2 * index as u32 {
            return Err(unforeseen("traps that are not at the end"));
        }
        while places.get(at).is_some_and(|place| place.end <= trap) {
            at += 1;
        }
        let place = places.get(at).filter(|place| place.start <= trap);
        let site = place.and_then(|place| site_of(place.loc.bits()));
        sites.push(match site {
            Some(site) => site,
            None if !exits => u32::MAX,
            None => return Err(unforeseen("a trap without a site")),
        });
    }
    for trap in traps {
        // push 0
        code[trap.offset as usize..][..2].copy_from_slice(&[0x6a, 0x00]);
    }
    // jmp over
    let behind = last as usize + 2;
    if let Ok(over) = i8::try_from(code.len() - behind) {
        code[last as usize..behind].copy_from_slice(&[0xeb, over as u8]);
    } else if all.iter().filter(|trap| is_room(trap, behind)).count() == ROOM {
        let over = (code.len() - (behind + 5)) as u32;
        code[behind] = 0xe9;
        code[behind + 1..][..4].copy_from_slice(&over.to_le_bytes());
        // The last trap pushes, too.
        sites.push(u32::MAX);
    } else {
        return Err(unforeseen("many constants, and no room to jump over them"));
    }
    sites.reverse();
    let size = frame.frame_to_fp_offset as i32;
    let number = frame.stackslots[area].offset as i32 - size + 8 * NUMBER;
    code.extend([0x48, 0x89, 0xe8]); // mov rax, rbp
    code.extend([0x48, 0x29, 0xe0]); // sub rax, rsp
    code.extend([0x48, 0x2d]); // sub rax, size
    code.extend(size.to_le_bytes());
    code.extend([0x48, 0x8d, 0xa5]); // lea rsp, [rbp - size]
    code.extend((-size).to_le_bytes());
    code.extend([0x48, 0x89, 0x85]); // mov [rbp + number], rax
    code.extend(number.to_le_bytes());
    code.push(0xe9); // jmp tail
    let after = code.len() as i32 + 4;
    code.extend((tail.start as i32 - after).to_le_bytes());
    Ok(sites)
}

/// Whether the trap is one of those that make room behind the exits.
fn is_room(trap: &MachTrap, behind: usize) -> bool {
    let places = behind..behind + 2 * ROOM;
    trap.code == ROOM_TRAP && places.contains(&(trap.offset as usize))
}

/// Code that this was not made for: left to the interpreter, and a bug where bugs are looked for.
pub(crate) fn unforeseen(what: &'static str) -> &'static str {
    if cfg!(debug_assertions) {
        panic!("{what}");
    }
    what
}
