//! Executable memory.
#![expect(unsafe_code, reason = "executable pages")]
//!
//! # Safety
//!
//! One range of addresses is reserved at the start. It fills with segments, each mapped twice: readable and executable inside the range, readable
//! and writable elsewhere. No page is ever both, and none changes its protection. Code is written through the second view before anybody has
//! its address, and not again.
//!
//! A segment is shared memory, and stays shared after a fork. Whoever forks seals the area before (`seal`): from then on neither process writes to a
//! segment that existed, and each goes on in segments of its own.

use std::io;
use std::ptr;
use std::sync::{Arc, Mutex};

use cranelift_codegen::ir::{Signature, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_jit::{BranchProtection, JITBuilder, JITMemoryKind, JITMemoryProvider, JITModule};
use cranelift_module::{Module, ModuleResult, default_libcall_names};

const SEGMENT: usize = 1 << 20;

/// One piece of memory under two addresses.
#[derive(Debug)]
struct Segment {
    /// Where it is written.
    write: usize,
    /// Where it is executed.
    run: usize,
    len: usize,
}

#[derive(Debug)]
struct Pages {
    /// The reserved range.
    base: usize,
    size: usize,
    /// How much of the range has segments.
    used: usize,
    segments: Vec<Segment>,
    /// How much of the last segment is taken; its length once it is sealed.
    taken: usize,
}

// SAFETY of the sum of what follows: addresses are numbers here; the memory behind them is never unmapped while an area exists.
impl Pages {
    fn reserve(mut size: usize) -> io::Result<Pages> {
        loop {
            // SAFETY: a new anonymous mapping without access.
            let base = unsafe {
                libc::mmap(
                    ptr::null_mut(),
                    size,
                    libc::PROT_NONE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                    -1,
                    0,
                )
            };
            if base != libc::MAP_FAILED {
                return Ok(Pages {
                    base: base as usize,
                    size,
                    used: 0,
                    segments: Vec::new(),
                    taken: 0,
                });
            }
            // Under a limit of the address space, less will do.
            size /= 2;
            if size < SEGMENT {
                return Err(io::Error::last_os_error());
            }
        }
    }

    fn add_segment(&mut self, len: usize) -> io::Result<()> {
        if self.used + len > self.size {
            return Err(io::Error::new(
                io::ErrorKind::OutOfMemory,
                "the range reserved for machine code is full",
            ));
        }
        let run = self.base + self.used;
        let write = map_twice(run, len).or_else(|_| map_file_twice(run, len))?;
        self.segments.push(Segment { write, run, len });
        self.used += len;
        self.taken = 0;
        Ok(())
    }

    fn allocate(&mut self, size: usize, align: usize) -> io::Result<usize> {
        let align = align.max(16);
        let mut start = self.taken.next_multiple_of(align);
        if self.segments.last().is_none_or(|segment| start + size > segment.len) {
            self.add_segment(size.next_multiple_of(4096).max(SEGMENT))?;
            start = 0;
        }
        self.taken = start + size;
        Ok(self.segments.last().map_or(0, |segment| segment.write + start))
    }

    fn run_address(&self, write: usize) -> usize {
        let segment = self
            .segments
            .iter()
            .rev()
            .find(|s| (s.write..s.write + s.len).contains(&write));
        segment.map_or(write, |s| s.run + (write - s.write))
    }
}

/// Maps new memory, writable, and a second time at `run`, executable; where the first view is.
fn map_twice(run: usize, len: usize) -> io::Result<usize> {
    // SAFETY: a new shared mapping, then a second view of the same pages in place of reserved pages that nothing uses.
    unsafe {
        let (access, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
        );
        let write = libc::mmap(ptr::null_mut(), len, access, flags, -1, 0);
        if write == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // An old size of 0 makes a second view of shared memory instead of moving the first.
        let target = run as *mut libc::c_void;
        let view = libc::mremap(write, 0, len, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, target);
        if view == libc::MAP_FAILED || libc::mprotect(view, len, libc::PROT_READ | libc::PROT_EXEC) != 0 {
            let error = io::Error::last_os_error();
            libc::munmap(write, len);
            return Err(error);
        }
        Ok(write as usize)
    }
}

/// The same with a file in memory, for systems and tools that cannot make a second view of anonymous memory.
fn map_file_twice(run: usize, len: usize) -> io::Result<usize> {
    // SAFETY: a new file that only this function knows, and mappings of it as above.
    unsafe {
        let file = libc::memfd_create(c"kiln code".as_ptr(), libc::MFD_CLOEXEC);
        if file < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut views = [libc::MAP_FAILED; 2];
        if libc::ftruncate(file, len as libc::off_t) == 0 {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            views[0] = libc::mmap(ptr::null_mut(), len, access, libc::MAP_SHARED, file, 0);
            let (access, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_SHARED | libc::MAP_FIXED);
            views[1] = libc::mmap(run as *mut libc::c_void, len, access, flags, file, 0);
        }
        let error = io::Error::last_os_error();
        libc::close(file);
        match views {
            [write, view] if write != libc::MAP_FAILED && view != libc::MAP_FAILED => Ok(write as usize),
            _ => Err(error),
        }
    }
}

/// Hands the module pages of the area.
struct Provider(Arc<Mutex<Pages>>);

impl JITMemoryProvider for Provider {
    fn allocate(&mut self, size: usize, align: u64, _: JITMemoryKind) -> io::Result<*mut u8> {
        let mut pages = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Ok(pages.allocate(size, align as usize)? as *mut u8)
    }

    unsafe fn free_memory(&mut self) {}

    fn finalize(&mut self, _: BranchProtection) -> ModuleResult<()> {
        Ok(())
    }
}

/// All machine code of the process.
pub struct CodeArea {
    module: JITModule,
    pages: Arc<Mutex<Pages>>,
    signature: Signature,
}

impl CodeArea {
    /// Reserves a range of that many bytes, or as much of it as there is.
    pub(crate) fn new(isa: OwnedTargetIsa, reserve: usize) -> io::Result<CodeArea> {
        let pages = Arc::new(Mutex::new(Pages::reserve(reserve)?));
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.memory_provider(Box::new(Provider(pages.clone())));
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.push(cranelift_codegen::ir::AbiParam::new(types::I64));
        Ok(CodeArea {
            module: JITModule::new(builder),
            pages,
            signature,
        })
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Copies position-independent code into the area and returns where it can be executed.
    pub fn install(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wrong = |error: cranelift_module::ModuleError| io::Error::other(error.to_string());
        let id = self.module.declare_anonymous_function(&self.signature).map_err(wrong)?;
        self.module.define_function_bytes(id, 16, bytes, &[]).map_err(wrong)?;
        self.module.finalize_definitions().map_err(wrong)?;
        let write = self.module.get_finalized_function(id) as usize;
        Ok(self.pages().run_address(write))
    }

    /// A small entry that puts `word` into `rax` and goes to `target`: for code cells of functions that are not compiled.
    pub fn install_bridge(&mut self, word: u64, target: usize) -> io::Result<usize> {
        self.install(&crate::stubs::bridge(word, target as u64))
    }

    /// A stub that calls `target` with its arguments, `rax` included, as they are, and meanwhile links a transition into the thread, at `field`.
    pub fn install_stub(&mut self, target: usize, field: i32) -> io::Result<usize> {
        self.install(&crate::stubs::transition_stub(target as u64, field))
    }

    /// A place for calls to return to instead of where they were made: see [`landing`](crate::stubs::landing).
    pub fn install_landing(&mut self, target: usize) -> io::Result<usize> {
        self.install(&crate::stubs::landing(target as u64))
    }

    /// Whether an address is in the area: a return address there belongs to compiled code.
    pub fn contains(&self, address: usize) -> bool {
        let pages = self.pages();
        (pages.base..pages.base + pages.used).contains(&address)
    }

    /// First address and length of the part of the range that holds code.
    pub fn range(&self) -> (usize, usize) {
        let pages = self.pages();
        (pages.base, pages.used)
    }

    /// Stops writing to what exists. To be called before a fork; afterwards both processes may go on installing.
    pub fn seal(&mut self) {
        let mut pages = self.pages();
        if let Some(len) = pages.segments.last().map(|segment| segment.len) {
            pages.taken = len;
        }
    }
}
