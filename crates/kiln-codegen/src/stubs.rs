//! Small pieces of hand-assembled code: call stubs, and bridges for code that is not compiled.

/// A stub that calls `target` with its arguments as they are, and meanwhile links a [`Transition`](crate::Transition) into the thread, whose
/// address is the first argument.
pub(crate) fn transition_stub(target: u64, field: i32) -> Vec<u8> {
    let mut code = Vec::with_capacity(72);
    let field = field.to_le_bytes();
    code.push(0x57); // push rdi
    code.extend([0x4c, 0x8b, 0x5c, 0x24, 0x08]); // mov r11, [rsp + 8]
    code.extend([0x41, 0x53]); // push r11
    code.push(0x55); // push rbp
    linked_call(&mut code, target, field);
    code.extend([0x41, 0x5b]); // pop r11
    code.push(0x5d); // pop rbp
    code.extend([0x41, 0x5a]); // pop r10
    code.push(0x5f); // pop rdi
    code.extend([0x4c, 0x89, 0x9f]); // mov [rdi + field], r11
    code.extend(field);
    code.push(0xc3); // ret
    code
}

/// Where a call returns to whose return address was exchanged: asks `target`, with the place of that address and the result, where to go on, and goes
/// there with the same result.
pub(crate) fn landing(target: u64) -> Vec<u8> {
    let mut code = vec![0x50, 0x50]; // push rax, rax
    code.extend([0x48, 0x8d, 0x7c, 0x24, 0x08]); // lea rdi, [rsp + 8]
    code.extend([0x48, 0x89, 0xc6]); // mov rsi, rax
    code.extend([0x49, 0xbb]); // mov r11, target
    code.extend(target.to_le_bytes());
    code.extend([0x41, 0xff, 0xd3]); // call r11
    code.extend([0x49, 0x89, 0xc3]); // mov r11, rax
    code.extend([0x58, 0x58]); // pop rax, rax
    code.extend([0x41, 0xff, 0xe3]); // jmp r11
    code
}

/// Links what was pushed last into the thread, and calls `target` on an aligned stack.
fn linked_call(code: &mut Vec<u8>, target: u64, field: [u8; 4]) {
    code.extend([0xff, 0xb7]); // push qword [rdi + field]
    code.extend(field);
    code.extend([0x48, 0x89, 0xa7]); // mov [rdi + field], rsp
    code.extend(field);
    code.extend([0x48, 0x83, 0xec, 0x08]); // sub rsp, 8
    code.extend([0x49, 0xbb]); // mov r11, target
    code.extend(target.to_le_bytes());
    code.extend([0x41, 0xff, 0xd3]); // call r11
    code.extend([0x48, 0x83, 0xc4, 0x08]); // add rsp, 8
}

/// Code that puts `word` into `rax` and goes to `target`: an entry that knows which code it belongs to.
pub(crate) fn bridge(word: u64, target: u64) -> Vec<u8> {
    let mut code = vec![0x48, 0xb8]; // mov rax, word
    code.extend(word.to_le_bytes());
    code.extend([0x49, 0xbb]); // mov r11, target
    code.extend(target.to_le_bytes());
    code.extend([0x41, 0xff, 0xe3]); // jmp r11
    code
}

/// As [`transition_stub`], for callers that expect every register to be as it was, those for floats included.
pub(crate) fn preserving_stub(target: u64, field: i32) -> Vec<u8> {
    let mut code = Vec::with_capacity(400);
    let field = field.to_le_bytes();
    code.extend([0x50, 0x51, 0x52, 0x56, 0x57]); // push rax, rcx, rdx, rsi, rdi
    code.extend([0x41, 0x50, 0x41, 0x51, 0x41, 0x52, 0x41, 0x53]); // push r8, r9, r10, r11
    code.extend([0x48, 0x81, 0xec, 0x00, 0x01, 0x00, 0x00]); // sub rsp, 256
    all_floats(&mut code, 0x11);
    code.extend([0x48, 0x8b, 0x84, 0x24, 0x48, 0x01, 0x00, 0x00]); // mov rax, [rsp + 328]: the return address
    code.extend([0x50, 0x55]); // push rax, rbp
    linked_call(&mut code, target, field);
    code.push(0x59); // pop rcx
    code.extend([0x48, 0x8b, 0xbc, 0x24, 0x30, 0x01, 0x00, 0x00]); // mov rdi, [rsp + 304]: as it was pushed
    code.extend([0x48, 0x89, 0x8f]); // mov [rdi + field], rcx
    code.extend(field);
    code.extend([0x48, 0x83, 0xc4, 0x10]); // add rsp, 16
    all_floats(&mut code, 0x10);
    code.extend([0x48, 0x81, 0xc4, 0x00, 0x01, 0x00, 0x00]); // add rsp, 256
    code.extend([0x41, 0x5b, 0x41, 0x5a, 0x41, 0x59, 0x41, 0x58]); // pop r11, r10, r9, r8
    code.extend([0x5f, 0x5e, 0x5a, 0x59, 0x58]); // pop rdi, rsi, rdx, rcx, rax
    code.push(0xc3); // ret
    code
}

/// `movups` of all registers for floats to (0x11) or from (0x10) the stack.
fn all_floats(code: &mut Vec<u8>, opcode: u8) {
    for register in 0..16u8 {
        if register >= 8 {
            code.push(0x44);
        }
        code.extend([0x0f, opcode, 0x84 | (register & 7) << 3, 0x24]);
        code.extend((i32::from(register) * 16).to_le_bytes());
    }
}
