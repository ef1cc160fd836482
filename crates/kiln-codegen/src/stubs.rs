//! Small pieces of hand-assembled code: call stubs, bridges for code that is not compiled, and counting for code that is to be short.

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

/// Returns unless the second argument is a pointer to something that is counted; leaves the count in `eax`.
const COUNTED: [u8; 19] = [
    0x8b, 0xc6, // mov eax, esi
    0x83, 0xe0, 0x03, // and eax, 3
    0x83, 0xf8, 0x01, // cmp eax, 1
    0x74, 0x01, // je +1
    0xc3, // ret
    0x8b, 0x46, 0xff, // mov eax, [rsi - 1]
    0x85, 0xc0, // test eax, eax
    0x79, 0x01, // jns +1
    0xc3, // ret
];

/// Code that adds a reference to its second argument, whatever word that is.
pub(crate) fn retain() -> Vec<u8> {
    let mut code = COUNTED.to_vec();
    code.extend([0xff, 0xc0]); // inc eax
    code.extend([0x89, 0x46, 0xff]); // mov [rsi - 1], eax
    code.push(0xc3); // ret
    code
}

/// Code that gives up a reference to its second argument, whatever word that is, and goes to `destroy` with the last one.
pub(crate) fn release(destroy: u64) -> Vec<u8> {
    let mut code = COUNTED.to_vec();
    code.extend([0xff, 0xc8]); // dec eax
    code.extend([0x89, 0x46, 0xff]); // mov [rsi - 1], eax
    code.extend([0x74, 0x01]); // jz +1
    code.push(0xc3); // ret
    code.extend([0x49, 0xbb]); // mov r11, destroy
    code.extend(destroy.to_le_bytes());
    code.extend([0x41, 0xff, 0xe3]); // jmp r11
    code
}
