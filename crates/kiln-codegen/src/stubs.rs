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
    code.extend([0xff, 0xb7]); // push qword [rdi + field]
    code.extend(field);
    code.extend([0x48, 0x89, 0xa7]); // mov [rdi + field], rsp
    code.extend(field);
    code.extend([0x48, 0x83, 0xec, 0x08]); // sub rsp, 8
    code.extend([0x49, 0xbb]); // mov r11, target
    code.extend(target.to_le_bytes());
    code.extend([0x41, 0xff, 0xd3]); // call r11
    code.extend([0x48, 0x83, 0xc4, 0x08]); // add rsp, 8
    code.extend([0x41, 0x5b]); // pop r11
    code.push(0x5d); // pop rbp
    code.extend([0x41, 0x5a]); // pop r10
    code.push(0x5f); // pop rdi
    code.extend([0x4c, 0x89, 0x9f]); // mov [rdi + field], r11
    code.extend(field);
    code.push(0xc3); // ret
    code
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
