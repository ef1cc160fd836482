//! A deflate or inflate stream: the part that talks to the library.
#![expect(unsafe_code, reason = "the stream's interface is zlib's, with pointers")]
//!
//! # Safety
//! The library's struct lives in a box and never moves while it is in use; each call gets input and room of ours with
//! their own lengths, and keeps neither. What `init` or `copy` made is ended once, when the stream is dropped.

use libz_rs_sys as z;
use std::ffi::CStr;

/// A stream in one of the two directions.
pub struct Stream {
    state: Box<z::z_stream>,
    deflates: bool,
}

/// What a step did.
pub struct Step {
    pub consumed: usize,
    pub produced: usize,
    pub code: i32,
}

/// How a deflate stream is set up.
#[derive(Clone, Copy)]
pub struct Setup {
    pub level: i32,
    pub method: i32,
    pub window_bits: i32,
    pub memory_level: i32,
    pub strategy: i32,
}

const VERSION: &CStr = c"1.3.1";

impl Stream {
    pub fn deflate(setup: Setup) -> Result<Stream, i32> {
        let mut state = Box::<z::z_stream>::default();
        let size = size_of::<z::z_stream>() as i32;
        let Setup { level, method, window_bits, memory_level, strategy } = setup;
        // SAFETY: a fresh struct of the size that is passed.
        let code = unsafe {
            z::deflateInit2_(&raw mut *state, level, method, window_bits, memory_level, strategy, VERSION.as_ptr(), size)
        };
        if code == z::Z_OK { Ok(Stream { state, deflates: true }) } else { Err(code) }
    }

    pub fn inflate(window_bits: i32) -> Result<Stream, i32> {
        let mut state = Box::<z::z_stream>::default();
        let size = size_of::<z::z_stream>() as i32;
        // SAFETY: as above.
        let code = unsafe { z::inflateInit2_(&raw mut *state, window_bits, VERSION.as_ptr(), size) };
        if code == z::Z_OK { Ok(Stream { state, deflates: false }) } else { Err(code) }
    }

    /// The same stream again, in the same state.
    pub fn copy(&mut self) -> Result<Stream, i32> {
        let mut state = Box::<z::z_stream>::default();
        // SAFETY: the source is a stream in use, the target a fresh struct.
        let code = unsafe {
            match self.deflates {
                true => z::deflateCopy(&raw mut *state, &raw mut *self.state),
                false => z::inflateCopy(&raw mut *state, &raw const *self.state),
            }
        };
        if code == z::Z_OK { Ok(Stream { state, deflates: self.deflates }) } else { Err(code) }
    }

    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let len = u32::try_from(dictionary.len()).unwrap_or(u32::MAX);
        // SAFETY: the library copies the bytes.
        unsafe {
            match self.deflates {
                true => z::deflateSetDictionary(&raw mut *self.state, dictionary.as_ptr(), len),
                false => z::inflateSetDictionary(&raw mut *self.state, dictionary.as_ptr(), len),
            }
        }
    }

    /// Reads some of the input and fills some of the room.
    pub fn step(&mut self, input: &[u8], room: &mut [u8], flush: i32) -> Step {
        let given = u32::try_from(input.len()).unwrap_or(u32::MAX);
        let space = u32::try_from(room.len()).unwrap_or(u32::MAX);
        let state = &mut *self.state;
        state.next_in = input.as_ptr();
        state.avail_in = given;
        state.next_out = room.as_mut_ptr();
        state.avail_out = space;
        // SAFETY: input and room with their lengths, which are not used after the call.
        let code = unsafe {
            match self.deflates {
                true => z::deflate(state, flush),
                false => z::inflate(state, flush),
            }
        };
        let step = Step { consumed: (given - state.avail_in) as usize, produced: (space - state.avail_out) as usize, code };
        // Nothing is kept, but null pointers would count as a broken stream.
        state.next_in = std::ptr::dangling();
        state.next_out = std::ptr::dangling_mut();
        (state.avail_in, state.avail_out) = (0, 0);
        step
    }

    /// What the library says of an error.
    pub fn message(&self) -> Option<String> {
        if self.state.msg.is_null() {
            return None;
        }
        // SAFETY: a constant text of the library.
        Some(unsafe { CStr::from_ptr(self.state.msg) }.to_string_lossy().into_owned())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream was set up and is not used again.
        unsafe {
            match self.deflates {
                true => z::deflateEnd(&raw mut *self.state),
                false => z::inflateEnd(&raw mut *self.state),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Setup, Stream};
    use libz_rs_sys as z;

    #[test]
    fn what_is_deflated_inflates_and_copies_go_on_alone() {
        let setup = Setup { level: 6, method: 8, window_bits: -15, memory_level: 8, strategy: 0 };
        let mut stream = Stream::deflate(setup).expect("a stream");
        let mut copy = stream.copy().expect("a copy");
        for s in [&mut stream, &mut copy] {
            let mut room = [0; 200];
            let step = s.step(&[b'a'; 1000], &mut room, z::Z_FINISH);
            assert_eq!((step.consumed, step.code), (1000, z::Z_STREAM_END));
            let mut back = Stream::inflate(-15).expect("a stream");
            let mut out = [0; 2000];
            let read = back.step(&room[..step.produced], &mut out, z::Z_SYNC_FLUSH);
            assert_eq!((read.produced, read.code), (1000, z::Z_STREAM_END));
            assert_eq!(out[..1000], [b'a'; 1000]);
        }
    }
}
