//! `zlib`: deflate streams, whole and in pieces, and checksums.

mod objects;
mod stream;

use crate::support::errors::ErrorClass;
use kiln_macros::builtin_module;
use kiln_object::Raised;
use libz_rs_sys as z;
use stream::Stream;

static ERROR: ErrorClass = ErrorClass::new();

/// `zlib.error` for a code of the library.
#[cold]
fn failed(stream: Option<&Stream>, code: i32, doing: &str) -> Raised {
    let message = match code {
        z::Z_VERSION_ERROR => Some("library version mismatch".to_owned()),
        _ => stream.and_then(Stream::message),
    };
    let message = message.or_else(|| {
        let text = match code {
            z::Z_BUF_ERROR => "incomplete or truncated stream",
            z::Z_STREAM_ERROR => "inconsistent stream state",
            z::Z_DATA_ERROR => "invalid input data",
            _ => return None,
        };
        Some(text.to_owned())
    });
    match message {
        Some(message) => ERROR.raise(&format!("Error {code} {doing}: {message}")),
        None => ERROR.raise(&format!("Error {code} {doing}")),
    }
}

/// Deflates all of the input, with the flush at its end.
fn deflate_all(stream: &mut Stream, data: &[u8], flush: i32) -> Result<Vec<u8>, i32> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut room = vec![0; 16 * 1024];
    loop {
        let rest = &data[at..];
        let piece = &rest[..rest.len().min(u32::MAX as usize)];
        let last = piece.len() == rest.len();
        let step = stream.step(piece, &mut room, if last { flush } else { z::Z_NO_FLUSH });
        at += step.consumed;
        out.extend_from_slice(&room[..step.produced]);
        match step.code {
            z::Z_STREAM_END => return Ok(out),
            z::Z_OK | z::Z_BUF_ERROR if step.produced < room.len() && at == data.len() => return Ok(out),
            z::Z_OK => {}
            code => return Err(code),
        }
        if room.len() < 1 << 20 {
            room.resize(room.len() * 2, 0);
        }
    }
}

/// What inflating came to.
struct Inflated {
    out: Vec<u8>,
    consumed: usize,
    ended: bool,
}

/// Inflates until the input is used up, the stream ends, or there is as much output as wanted.
fn inflate_some(stream: &mut Stream, data: &[u8], most: usize, dictionary: &[u8], flush: i32) -> Result<Inflated, i32> {
    let mut done = Inflated { out: Vec::new(), consumed: 0, ended: false };
    let mut room = vec![0; (data.len() * 4).clamp(256, 64 * 1024)];
    loop {
        let wanted = room.len().min(most - done.out.len());
        let rest = &data[done.consumed..];
        let piece = &rest[..rest.len().min(u32::MAX as usize)];
        let step = stream.step(piece, &mut room[..wanted], flush);
        done.consumed += step.consumed;
        done.out.extend_from_slice(&room[..step.produced]);
        match step.code {
            z::Z_STREAM_END => {
                done.ended = true;
                return Ok(done);
            }
            z::Z_NEED_DICT if !dictionary.is_empty() => match stream.set_dictionary(dictionary) {
                z::Z_OK => continue,
                code => return Err(code),
            },
            z::Z_OK | z::Z_BUF_ERROR => {}
            code => return Err(code),
        }
        if done.out.len() == most || (step.produced < wanted && done.consumed == data.len()) {
            return Ok(done);
        }
        if step.produced == 0 && step.consumed == 0 {
            return Ok(done);
        }
        if room.len() < 1 << 20 {
            room.resize(room.len() * 2, 0);
        }
    }
}

/// The functions in this module allow compression and decompression using the zlib library, which is based on GNU zip.
#[builtin_module("zlib")]
pub mod module {
    use super::stream::{Setup, Stream};
    use super::{ERROR, deflate_all, failed, inflate_some, objects, z};
    use kiln_builtins::bytes::buffer::Buffer;
    use kiln_object::bytes::Bytes;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Value, exc, ops, raise};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        macro_rules! numbers {
            ($($name:ident),* $(,)?) => { crate::support::add_ints(module, &[$((stringify!($name), i64::from(z::$name))),*]) };
        }
        numbers!(
            Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES, Z_NO_COMPRESSION, Z_BEST_SPEED,
            Z_BEST_COMPRESSION, Z_DEFAULT_COMPRESSION, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED, Z_DEFAULT_STRATEGY,
        );
        let more = [("MAX_WBITS", 15), ("DEFLATED", 8), ("DEF_MEM_LEVEL", 8), ("DEF_BUF_SIZE", 16384)];
        crate::support::add_ints(module, &more);
        module.set("ZLIB_VERSION", Str::new("1.3.1"));
        module.set("ZLIB_RUNTIME_VERSION", Str::new("1.3.1"));
        ERROR.add(module, "zlib.error", &[exc::Exception.get()])?;
        objects::define_classes(module);
        Ok(())
    }

    /// Returns a bytes object containing compressed data.
    pub fn compress(
        data: Buffer,
        #[kw]
        #[default(z::Z_DEFAULT_COMPRESSION)]
        level: i32,
        #[kw]
        #[default(15)]
        wbits: i32,
    ) -> Result<Object, Raised> {
        let setup = Setup { level, method: 8, window_bits: wbits, memory_level: 8, strategy: 0 };
        let mut stream = Stream::deflate(setup).map_err(|code| match code {
            z::Z_STREAM_ERROR => ERROR.raise("Bad compression level"),
            z::Z_MEM_ERROR => raise::memory_error(),
            code => failed(None, code, "while compressing data"),
        })?;
        match deflate_all(&mut stream, data.data(), z::Z_FINISH) {
            Ok(out) => Ok(Bytes::new_object(&out)),
            Err(code) => Err(failed(Some(&stream), code, "while compressing data")),
        }
    }
    /// Returns a bytes object containing the uncompressed data.
    pub fn decompress(
        data: Buffer,
        #[kw]
        #[default(15)]
        wbits: i32,
        #[kw]
        #[default(16384)]
        bufsize: isize,
    ) -> Result<Object, Raised> {
        if bufsize < 0 {
            return Err(raise::value_error("bufsize must be non-negative"));
        }
        let mut stream =
            Stream::inflate(wbits).map_err(|code| failed(None, code, "while preparing to decompress data"))?;
        match inflate_some(&mut stream, data.data(), usize::MAX, &[], z::Z_SYNC_FLUSH) {
            Ok(done) if done.ended => Ok(Bytes::new_object(&done.out)),
            Ok(_) => Err(failed(None, z::Z_BUF_ERROR, "while decompressing data")),
            Err(code) => Err(failed(Some(&stream), code, "while decompressing data")),
        }
    }
    /// Return a compressor object.
    pub fn compressobj(
        #[kw]
        #[default(z::Z_DEFAULT_COMPRESSION)]
        level: i32,
        #[kw]
        #[default(8)]
        method: i32,
        #[kw]
        #[default(15)]
        wbits: i32,
        #[kw]
        #[default(8)]
        #[arg = "memLevel"]
        mem_level: i32,
        #[kw]
        #[default(0)]
        strategy: i32,
        #[kw]
        #[none]
        zdict: Option<Buffer>,
    ) -> Result<Object, Raised> {
        let setup = Setup { level, method, window_bits: wbits, memory_level: mem_level, strategy };
        let mut stream = Stream::deflate(setup).map_err(|code| match code {
            z::Z_STREAM_ERROR => raise::value_error("Invalid initialization option"),
            z::Z_MEM_ERROR => raise::memory_error(),
            code => failed(None, code, "while creating compression object"),
        })?;
        if let Some(dictionary) = zdict
            && stream.set_dictionary(dictionary.data()) != z::Z_OK
        {
            return Err(raise::value_error("Invalid dictionary"));
        }
        Ok(objects::compressor(stream))
    }
    /// Return a decompressor object.
    pub fn decompressobj(
        #[kw]
        #[default(15)]
        wbits: i32,
        #[kw] zdict: Option<Value>,
    ) -> Result<Object, Raised> {
        let (stream, dictionary) = objects::inflater(wbits, zdict)?;
        Ok(objects::decompressor(stream, dictionary))
    }
    fn start(v: Option<Value>, default: u32) -> Result<u32, Raised> {
        let Some(v) = v else { return Ok(default) };
        let n = ops::index(v)?;
        Ok(n.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping()) as u32)
    }
    /// Compute an Adler-32 checksum of data.
    pub fn adler32(data: Buffer, value: Option<Value>) -> Result<i64, Raised> {
        Ok(i64::from(zlib_rs::adler32::adler32(start(value, 1)?, data.data())))
    }
    /// Compute a CRC-32 checksum of data.
    pub fn crc32(data: Buffer, value: Option<Value>) -> Result<i64, Raised> {
        Ok(i64::from(zlib_rs::crc32::crc32(start(value, 0)?, data.data())))
    }
}
