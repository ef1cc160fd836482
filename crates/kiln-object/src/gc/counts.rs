//! The trial counts of a collection: a word for each slot of the blocks that take part, off the objects' pages.
#![expect(unsafe_code, reason = "finds a count by an object's address")]
//!
//! # Safety
//! Between `begin` and `end` no block is made and no object freed. A count is found by address alone, so that an object
//! that is only referred to is not touched: its block says what lies there.

use crate::header::Header;
use crate::heap::{self, BLOCK, BlockHeader, Kind};
use crate::value::Value;
use std::cell::Cell;

/// From here on a count means that the object stays and is not followed, or not again. What is added for an immortal one
/// stays above whatever is taken off again.
pub(super) const LIMIT: u32 = 1 << 30;
pub(super) const REACHED: u32 = 3 << 30;
pub(super) const UNFOLLOWED: u32 = 1 << 31;

/// A buffer of more words than this is given back after the collection.
const KEPT: usize = 1 << 18;

/// The buffer, between collections.
struct Spare(Cell<Vec<u32>>);
// SAFETY: under the global lock.
unsafe impl Sync for Spare {}
static SPARE: Spare = Spare(Cell::new(Vec::new()));

/// A block in the table by address: which it is, 2^32 / slot, and its counts; none for blocks that take no part.
#[derive(Clone, Copy)]
struct Place {
    tag: u32,
    inverse: u32,
    counts: *mut u32,
}
const NOWHERE: Place = Place {
    tag: u32::MAX,
    inverse: 0,
    counts: std::ptr::null_mut(),
};
fn tag(address: u64) -> u32 {
    (address / BLOCK as u64) as u32
}

pub(super) struct Counts {
    words: Vec<u32>,
    pub(super) blocks: Vec<&'static BlockHeader>,
    /// Open addressing; a power of two of places, at most half of them taken.
    places: Vec<Place>,
}

impl Counts {
    pub(super) fn begin() -> Counts {
        let all = heap::blocks();
        let takes_part = |b: &BlockHeader| b.is_container() && !b.is_sealed();
        let blocks: Vec<&BlockHeader> = all.iter().copied().filter(|b| takes_part(b)).collect();
        let mut words = SPARE.0.take();
        words.clear();
        words.resize(blocks.iter().map(|b| b.used_slots()).sum(), 0);
        let mut places = vec![NOWHERE; (2 * all.len()).next_power_of_two()];
        let mut next = words.as_mut_ptr();
        for b in all {
            let tag = tag(b.base() as u64);
            let mut i = tag as usize & (places.len() - 1);
            while places[i].tag != NOWHERE.tag {
                i = (i + 1) & (places.len() - 1);
            }
            let counts = if takes_part(b) { next } else { std::ptr::null_mut() };
            let inverse = b.inverse();
            places[i] = Place { tag, inverse, counts };
            if takes_part(b) {
                // SAFETY: the sum over the blocks is the buffer's length.
                next = unsafe { next.add(b.used_slots()) };
            }
        }
        for p in heap::large_containers() {
            heap::large_word(p).set(0);
        }
        Counts { words, blocks, places }
    }
    pub(super) fn end(self) {
        if self.words.capacity() <= KEPT {
            SPARE.0.set(self.words);
        }
    }
    /// The counts of each block, in the order of its slots.
    pub(super) fn by_block(&self) -> impl Iterator<Item = (&'static BlockHeader, &[Cell<u32>])> {
        let mut start = 0;
        self.blocks.iter().map(move |b| {
            let n = b.used_slots();
            start += n;
            // SAFETY: that part of the buffer, which is looked at as cells from here and from `of` only.
            let part = unsafe { std::slice::from_raw_parts(self.words.as_ptr().add(start - n) as *const Cell<u32>, n) };
            (*b, part)
        })
    }
    /// The count of what a reference leads to, if that takes part in the collection.
    #[inline(always)]
    pub(super) fn of(&self, v: Value) -> Option<&Cell<u32>> {
        if !v.is_ptr() {
            return None;
        }
        let address = v.0 - 1;
        // SAFETY: the mask keeps to the table's length.
        let place = unsafe {
            self.places
                .get_unchecked(tag(address) as usize & (self.places.len() - 1))
        };
        if place.tag == tag(address) {
            place.count(address)
        } else {
            self.elsewhere(v)
        }
    }
    #[cold]
    #[inline(never)]
    fn elsewhere(&self, v: Value) -> Option<&Cell<u32>> {
        if v.is_pending() {
            return None;
        }
        let address = v.0 - 1;
        let mut i = tag(address) as usize & (self.places.len() - 1);
        while self.places[i].tag != NOWHERE.tag {
            if self.places[i].tag == tag(address) {
                return self.places[i].count(address);
            }
            i = (i + 1) & (self.places.len() - 1);
        }
        // In no block, so it is large.
        let h = v.header();
        (!h.is_immortal() && h.class().kind() == Kind::Container).then(|| heap::large_word(v.ptr()))
    }
    /// The count of an object that takes part.
    pub(super) fn of_object(&self, p: *const Header) -> Option<&Cell<u32>> {
        self.of(Value::from_ptr(p))
    }
}
impl Place {
    #[inline(always)]
    fn count<'a>(&self, address: u64) -> Option<&'a Cell<u32>> {
        if self.counts.is_null() {
            return None;
        }
        let slot = ((address % BLOCK as u64) * u64::from(self.inverse)) >> 32;
        // SAFETY: a live object's slot is one of those that the block handed out.
        Some(unsafe { &*(self.counts.add(slot as usize) as *const Cell<u32>) })
    }
}
