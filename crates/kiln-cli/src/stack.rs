//! A large native stack for the main thread, committed page by page as it is used.
//!
//! Signals and `fork` want the process's first thread, so the thread stays and only its stack pointer moves.
#![expect(unsafe_code, reason = "moves the stack pointer")]
//!
//! # Safety
//! The new stack is a private mapping with an inaccessible page below it. The function that runs on it never unwinds out
//! of it: panics are caught inside. The mapping is never given back; the process ends soon after.

use std::arch::naked_asm;

const SIZES: [usize; 5] = [512 << 20, 256 << 20, 64 << 20, 32 << 20, 8 << 20];
const PAGE: usize = 4096;
/// Left for the runtime's own calls below the limit at which `RecursionError` is raised.
const MARGIN: usize = 512 << 10;

/// The share of the address space that the stack may take under a limit.
fn largest() -> usize {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the struct is ours.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) } == 0;
    if !known || limit.rlim_cur == libc::RLIM_INFINITY {
        return SIZES[0];
    }
    (limit.rlim_cur / 16) as usize
}

fn reserve() -> Option<(usize, usize)> {
    let largest = largest().max(SIZES[SIZES.len() - 1]);
    for size in SIZES.into_iter().filter(|size| *size <= largest) {
        // SAFETY: a fresh mapping; its lowest page becomes the guard.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
            let base = libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                flags,
                -1,
                0,
            );
            if base != libc::MAP_FAILED {
                libc::mprotect(base, PAGE, libc::PROT_NONE);
                return Some((base as usize, size));
            }
        }
    }
    None
}

struct Task {
    run: Option<Box<dyn FnOnce(usize) -> i32>>,
    limit: usize,
    result: i32,
}

extern "sysv64" fn trampoline(task: *mut Task) {
    // SAFETY: `on_large_stack` passes its own task, which outlives the call.
    let task = unsafe { &mut *task };
    let limit = task.limit;
    let Some(run) = task.run.take() else { return };
    task.result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(limit))).unwrap_or(101);
}

/// Calls `call(task)` on the stack that ends at `top`. The frame keeps the old stack pointer in `rbp`, as its unwind
/// information says, so that backtraces find their way through it.
#[unsafe(naked)]
extern "sysv64" fn switch(top: usize, call: extern "sysv64" fn(*mut Task), task: *mut Task) {
    naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "mov rsp, rdi",
        "mov rdi, rdx",
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
    )
}

/// Runs `run` on the large stack; it is told the address below which recursion must not go.
pub fn on_large_stack(run: impl FnOnce(usize) -> i32 + 'static) -> i32 {
    let Some((base, size)) = reserve() else {
        // The process's own stack: 8 MiB usually, of which some is used.
        let here = 0u8;
        let limit = (&raw const here as usize).saturating_sub(6 << 20);
        return run(limit);
    };
    let mut task = Task {
        run: Some(Box::new(run)),
        limit: base + PAGE + MARGIN,
        result: 0,
    };
    let top = (base + size - 64) & !15;
    kiln_syntax::deep::use_stack(base + PAGE, size - PAGE);
    switch(top, trampoline, &raw mut task);
    task.result
}

#[cfg(test)]
mod tests {
    #[test]
    fn deep_recursion_fits() {
        fn down(n: u64) -> u64 {
            let pad = std::hint::black_box([n; 64]);
            if n == 0 {
                pad[0]
            } else {
                down(n - 1) + pad[1] - pad[2] + 1
            }
        }
        assert_eq!(super::on_large_stack(|_| i32::from(down(100_000) == 100_000)), 1);
    }
}
