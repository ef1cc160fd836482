//! The allocator: free lists per size class over 64 KiB blocks that can be walked.
//!
//! A chunk is 1 MiB, aligned; its first 64 KiB hold the headers of its other fifteen blocks, 640 bytes each.
//! A block holds slots of one size, either containers (objects that may take part in cycles) or raw (everything else,
//! including the buffers of lists and dicts). A free slot's first word is zero and its second links the free list.
#![expect(unsafe_code, reason = "the allocator itself")]
//!
//! # Safety
//! One thread at a time allocates (global lock). `alloc` returns memory whose first word is zero; the slot becomes
//! walkable when the caller writes an object's header there, as the last or the only step of initialisation.
//! `free` takes exactly what `alloc` gave, with the same size and kind.

use crate::header::Header;
use std::cell::{Cell, UnsafeCell};

const CHUNK: usize = 1 << 20;
pub const BLOCK: usize = 1 << 16;
const HEADER_ROOM: usize = 640;
/// Sizes above this come from the system's allocator.
pub const MAX_SMALL: usize = 512;
/// New containers before a collection starts, at least: some 3 MB of them.
pub const LEAST_YOUNG: usize = 30_000;
const CLASSES: usize = MAX_SMALL / 8 + 1;
/// Slots carved at a time onto a free list.
const CARVE: usize = 16;

/// Words of a bit for each of a block's slots.
const BIT_WORDS: usize = BLOCK / 16 / 64;

/// What may live in a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Objects that cannot be part of a cycle, and buffers.
    Raw = 0,
    /// Objects that the cycle collector walks.
    Container = 1,
}

/// Off-page header of a block.
#[repr(C)]
pub struct BlockHeader {
    slot: u32,
    /// 2^32 / `slot`, rounded up: a product where a slot's number would take a division. Exact for offsets in a block.
    inverse: u32,
    container: bool,
    /// Some object here has weak references.
    pub has_weakrefs: Cell<bool>,
    /// What is unusual about freeing here; see [`state`].
    state: Cell<u8>,
    /// Bytes handed out so far; slots beyond have never been used.
    used: Cell<u32>,
    base: *mut u8,
    /// Slots that were freed while frees are gathered.
    gathered: [Cell<u64>; BIT_WORDS],
}

/// Bits of a block's state.
mod state {
    /// No more allocation here: its objects are shared with forked children.
    pub const SEALED: u8 = 1;
    /// Slots that are freed are noted, and go to the free list later.
    pub const GATHERING: u8 = 2;
}
const _: () = assert!(size_of::<BlockHeader>() <= HEADER_ROOM);

impl BlockHeader {
    #[inline(always)]
    pub fn of<'a>(p: *const Header) -> &'a BlockHeader {
        let chunk = p as usize & !(CHUNK - 1);
        let index = (p as usize - chunk) / BLOCK;
        debug_assert!(index > 0);
        // SAFETY: `p` lies in a block of a chunk, whose header area is initialised before the block is used.
        unsafe { &*((chunk + index * HEADER_ROOM) as *const BlockHeader) }
    }
    pub fn base(&self) -> *mut u8 {
        self.base
    }
    /// Bytes of a slot.
    pub fn slot(&self) -> usize {
        self.slot as usize
    }
    /// See the field.
    pub fn inverse(&self) -> u32 {
        self.inverse
    }
    /// What lies, or would lie, in slot `i`.
    pub fn object_at(&self, i: usize) -> *mut Header {
        debug_assert!(i < self.used_slots());
        // SAFETY: a slot of the block.
        unsafe { self.base.add(i * self.slot()) as *mut Header }
    }
    /// How many slots were ever handed out.
    pub fn used_slots(&self) -> usize {
        (self.used.get() / self.slot) as usize
    }
    pub fn is_container(&self) -> bool {
        self.container
    }
    pub fn is_sealed(&self) -> bool {
        self.state.get() & state::SEALED != 0
    }
    /// Every object of the block. Objects must not be freed into or allocated from this block during the walk,
    /// except that `visit` may free the object it was given.
    pub fn walk(&self, mut visit: impl FnMut(*mut Header)) {
        let mut at = self.base;
        // SAFETY: `used` bounds the slots that were ever handed out.
        let end = unsafe { self.base.add(self.used.get() as usize) };
        while at < end {
            // SAFETY: a handed-out slot's first word is zero or a live header.
            unsafe {
                if *(at as *const u64) != 0 {
                    visit(at as *mut Header);
                }
                at = at.add(self.slot as usize);
            }
        }
    }
}

#[repr(C)]
struct FreeSlot {
    zero: u64,
    next: *mut FreeSlot,
}

/// The heap of the process.
#[repr(C)]
pub struct Heap {
    /// Heads of the free lists, by kind and size class; compiled code may pop from and push to them.
    pub free: [[Cell<*mut u8>; CLASSES]; 2],
    bump: [[Cell<*mut BlockHeader>; CLASSES]; 2],
    blocks: UnsafeCell<Vec<*mut BlockHeader>>,
    chunk: Cell<*mut u8>,
    chunk_next: Cell<usize>,
    large: UnsafeCell<Vec<*mut Header>>,
    /// Containers allocated since the last collection and not freed again: by how much the heap may have grown, not how
    /// busy the program is.
    pub young: Cell<usize>,
    pub threshold: Cell<usize>,
    pub bytes_large: Cell<usize>,
}

// SAFETY: used under the global lock only.
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap {
    free: [const { [const { Cell::new(std::ptr::null_mut()) }; CLASSES] }; 2],
    bump: [const { [const { Cell::new(std::ptr::null_mut()) }; CLASSES] }; 2],
    blocks: UnsafeCell::new(Vec::new()),
    chunk: Cell::new(std::ptr::null_mut()),
    chunk_next: Cell::new(0),
    large: UnsafeCell::new(Vec::new()),
    young: Cell::new(0),
    threshold: Cell::new(LEAST_YOUNG),
    bytes_large: Cell::new(0),
};

#[inline(always)]
pub fn heap() -> &'static Heap {
    &HEAP
}

/// Where compiled code finds free places of a size: addresses of words that never move.
pub struct Places {
    pub free: u64,
    pub young: u64,
    pub threshold: u64,
}
/// The free list for containers of that size, which is popped as [`try_alloc`] does; none for other kinds and large sizes.
pub fn free_list(size: usize, kind: Kind) -> Option<Places> {
    if kind != Kind::Container || size > MAX_SMALL {
        return None;
    }
    let h = heap();
    Some(Places {
        free: h.free[kind as usize][size_class(size)].as_ptr() as u64,
        young: h.young.as_ptr() as u64,
        threshold: h.threshold.as_ptr() as u64,
    })
}

/// Asks for memory that will be needed soon; any address will do.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a hint, which never faults.
    unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(p as *const i8) };
}

#[inline(always)]
fn size_class(size: usize) -> usize {
    size.max(16).div_ceil(8)
}

/// Memory for `size` bytes whose first word is zero, or null when there is none.
#[inline]
pub fn try_alloc(size: usize, kind: Kind) -> *mut u8 {
    let h = heap();
    if kind == Kind::Container {
        h.young.set(h.young.get() + 1);
        if h.young.get() == h.threshold.get() {
            crate::thread::request_collection();
        }
    }
    if size > MAX_SMALL {
        return alloc_large(size, kind);
    }
    let class = size_class(size);
    let head = &h.free[kind as usize][class];
    let p = head.get();
    if p.is_null() {
        return carve(class, kind);
    }
    // SAFETY: a free slot links to the next.
    let next = unsafe { (*(p as *mut FreeSlot)).next } as *mut u8;
    head.set(next);
    // It will be wanted soon, and may not have been touched for long.
    prefetch(next);
    p
}

/// Like [`try_alloc`], but ends the process with a clear message when memory is out. For small, bounded requests;
/// requests whose size the program decides go through `try_alloc` and raise `MemoryError`.
#[inline]
pub fn alloc(size: usize, kind: Kind) -> *mut u8 {
    let p = try_alloc(size, kind);
    if p.is_null() {
        crate::fatal("out of memory");
    }
    p
}

#[inline]
pub fn free(p: *mut u8, size: usize, kind: Kind) {
    let h = heap();
    if kind == Kind::Container {
        h.young.set(h.young.get().saturating_sub(1));
    }
    if size > MAX_SMALL {
        return free_large(p, size, kind);
    }
    let slot = p as *mut FreeSlot;
    // The block knows the slot's size better than the object's class does: `__class__` may have been assigned.
    let block = BlockHeader::of(p as *const Header);
    let class = block.slot as usize / 8;
    if block.state.get() != 0 {
        return free_later(block, p);
    }
    let head = &h.free[kind as usize][class];
    // SAFETY: the slot was allocated with this class and is given up by the caller.
    unsafe {
        (*slot).zero = 0;
        (*slot).next = head.get() as *mut FreeSlot;
    }
    head.set(p);
}

#[cold]
fn free_later(block: &BlockHeader, p: *mut u8) {
    let sealed = block.is_sealed();
    if block.container || !sealed {
        // SAFETY: the slot is ours; the header must not look alive to a walk.
        unsafe { *(p as *mut u64) = 0 };
    }
    if !sealed {
        let i = ((p as usize - block.base as usize) * block.inverse as usize) >> 32;
        let word = &block.gathered[i / 64];
        word.set(word.get() | 1 << (i % 64));
    }
}

/// From here to [`end_gather`], freed slots are only noted. Many at a time, in any order, go to the free lists by address then:
/// what is allocated next lies side by side.
pub(crate) fn begin_gather() {
    for b in blocks().into_iter().filter(|b| !b.is_sealed()) {
        b.state.set(state::GATHERING);
    }
}
pub(crate) fn end_gather() {
    let h = heap();
    // The last one pushed is the first one taken.
    for b in blocks().into_iter().rev().filter(|b| b.state.get() == state::GATHERING) {
        b.state.set(0);
        let head = &h.free[b.container as usize][b.slot() / 8];
        for (w, word) in b.gathered.iter().enumerate().rev() {
            let mut bits = word.replace(0);
            while bits != 0 {
                let bit = 63 - bits.leading_zeros() as usize;
                bits &= !(1 << bit);
                // SAFETY: a slot of the block, which was freed.
                unsafe {
                    let slot = b.base.add((w * 64 + bit) * b.slot()) as *mut FreeSlot;
                    (*slot).next = head.get() as *mut FreeSlot;
                    head.set(slot as *mut u8);
                }
            }
        }
    }
}

#[cold]
#[inline(never)]
fn carve(class: usize, kind: Kind) -> *mut u8 {
    let h = heap();
    let current = &h.bump[kind as usize][class];
    let slot = class * 8;
    let mut block = current.get();
    // SAFETY: block headers live for ever.
    if block.is_null() || unsafe { (*block).used.get() as usize + slot > BLOCK } {
        block = new_block(slot, kind);
        if block.is_null() {
            return std::ptr::null_mut();
        }
        current.set(block);
    }
    // SAFETY: the slots between `used` and the end were never handed out; mapped memory is zero.
    unsafe {
        let b = &*block;
        let first = b.base.add(b.used.get() as usize);
        let n = ((BLOCK - b.used.get() as usize) / slot).min(CARVE);
        b.used.set(b.used.get() + (n * slot) as u32);
        let mut next = std::ptr::null_mut::<u8>();
        for i in (1..n).rev() {
            let p = first.add(i * slot);
            (*(p as *mut FreeSlot)).next = next as *mut FreeSlot;
            next = p;
        }
        // The list was empty, or we would not be here.
        h.free[kind as usize][class].set(next);
        first
    }
}

fn new_block(slot: usize, kind: Kind) -> *mut BlockHeader {
    let h = heap();
    if h.chunk.get().is_null() || h.chunk_next.get() == CHUNK / BLOCK {
        let chunk = map_chunk();
        if chunk.is_null() {
            return std::ptr::null_mut();
        }
        h.chunk.set(chunk);
        h.chunk_next.set(1);
    }
    let index = h.chunk_next.get();
    h.chunk_next.set(index + 1);
    // SAFETY: the chunk is mapped, zeroed and ours; header and block lie inside it.
    unsafe {
        let header = h.chunk.get().add(index * HEADER_ROOM) as *mut BlockHeader;
        header.write(BlockHeader {
            slot: slot as u32,
            inverse: (1u64 << 32).div_ceil(slot as u64) as u32,
            container: kind == Kind::Container,
            has_weakrefs: Cell::new(false),
            state: Cell::new(0),
            used: Cell::new(0),
            base: h.chunk.get().add(index * BLOCK),
            gathered: [const { Cell::new(0) }; BIT_WORDS],
        });
        (*h.blocks.get()).push(header);
        header
    }
}

fn map_chunk() -> *mut u8 {
    // SAFETY: an anonymous mapping of twice the size, trimmed to an aligned chunk.
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let p = libc::mmap(
            std::ptr::null_mut(),
            CHUNK * 2,
            libc::PROT_READ | libc::PROT_WRITE,
            flags,
            -1,
            0,
        );
        if p == libc::MAP_FAILED {
            return std::ptr::null_mut();
        }
        let start = p as usize;
        let aligned = (start + CHUNK - 1) & !(CHUNK - 1);
        if aligned > start {
            libc::munmap(p, aligned - start);
        }
        let end = start + CHUNK * 2;
        if end > aligned + CHUNK {
            libc::munmap((aligned + CHUNK) as *mut libc::c_void, end - aligned - CHUNK);
        }
        aligned as *mut u8
    }
}

/// Large slots carry their index in the list of large containers in front.
const LARGE_PREFIX: usize = 16;

fn alloc_large(size: usize, kind: Kind) -> *mut u8 {
    // SAFETY: plain malloc; the first word is cleared as promised.
    unsafe {
        let p = libc::malloc(size + LARGE_PREFIX) as *mut u8;
        if p.is_null() {
            return p;
        }
        let h = heap();
        h.bytes_large.set(h.bytes_large.get() + size);
        let object = p.add(LARGE_PREFIX);
        *(object as *mut u64) = 0;
        if kind == Kind::Container {
            let large = &mut *h.large.get();
            *(p as *mut usize) = large.len();
            *(p as *mut u32).add(2) = 0;
            large.push(object as *mut Header);
        }
        object
    }
}

/// Gives a raw place of more than [`MAX_SMALL`] bytes another size, larger than that too; where it lies then, or null when
/// there is no memory and nothing has changed.
pub fn resize_large_raw(p: *mut u8, size: usize, new_size: usize) -> *mut u8 {
    debug_assert!(size > MAX_SMALL && new_size > MAX_SMALL);
    // SAFETY: the place came from `alloc_large` as raw: nothing else knows its address.
    unsafe {
        let moved = libc::realloc(p.sub(LARGE_PREFIX) as *mut libc::c_void, new_size + LARGE_PREFIX) as *mut u8;
        if moved.is_null() {
            return moved;
        }
        let h = heap();
        h.bytes_large.set(h.bytes_large.get().saturating_sub(size) + new_size);
        moved.add(LARGE_PREFIX)
    }
}

fn free_large(p: *mut u8, size: usize, kind: Kind) {
    // SAFETY: `p` came from `alloc_large` with this kind.
    unsafe {
        let start = p.sub(LARGE_PREFIX);
        let h = heap();
        h.bytes_large.set(h.bytes_large.get().saturating_sub(size));
        if kind == Kind::Container {
            let large = &mut *h.large.get();
            let index = *(start as *const usize);
            large.swap_remove(index);
            if let Some(&moved) = large.get(index) {
                *((moved as *mut u8).sub(LARGE_PREFIX) as *mut usize) = index;
            }
        }
        libc::free(start as *mut libc::c_void);
    }
}

/// The collector's word of a large container, where small ones have a side table.
pub fn large_word<'a>(p: *const Header) -> &'a Cell<u32> {
    // SAFETY: large containers have the prefix; the second word of it is the collector's.
    unsafe { &*((p as *const u8).sub(8) as *const Cell<u32>) }
}

/// All blocks of containers.
pub fn container_blocks() -> Vec<&'static BlockHeader> {
    // SAFETY: headers live for ever.
    unsafe {
        (*heap().blocks.get())
            .iter()
            .map(|&b| &*b)
            .filter(|b| b.container)
            .collect()
    }
}
/// All blocks, raw ones too. Raw blocks hold buffers as well as objects and cannot be walked as objects.
pub fn blocks() -> Vec<&'static BlockHeader> {
    // SAFETY: as above.
    unsafe { (*heap().blocks.get()).iter().map(|&b| &*b).collect() }
}
/// All large containers.
pub fn large_containers() -> Vec<*mut Header> {
    // SAFETY: a copy, so that the walk may free.
    unsafe { (*heap().large.get()).clone() }
}

/// Retires every block, full or not: from now on allocation uses fresh blocks only, and nothing is freed into the
/// old ones. What a forked child and its parent share is then never written by the allocator. All containers must be
/// immortal by then: the collector passes sealed blocks over.
pub(crate) fn seal() {
    let h = heap();
    for kind in 0..2 {
        for class in 0..CLASSES {
            h.free[kind][class].set(std::ptr::null_mut());
            h.bump[kind][class].set(std::ptr::null_mut());
        }
    }
    for b in blocks() {
        b.state.set(state::SEALED);
    }
    // New blocks come from a new chunk: the page of headers of the current one is shared.
    h.chunk.set(std::ptr::null_mut());
}
