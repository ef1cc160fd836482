//! Compressor and decompressor objects.

use super::stream::Stream;
use super::{ERROR, deflate_all, failed, inflate_some, z};
use kiln_builtins::bytes::buffer::Buffer;
use kiln_macros::builtin_methods;
use kiln_object::bytes::Bytes;
use kiln_object::layout::{Plain, alloc, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, object_struct, raise};
use std::cell::{Cell, RefCell};

object_struct! {
    /// `compressobj`; empty once it is finished.
    pub struct Compress = "zlib.Compress", Raw { stream: Plain<RefCell<Option<Stream>>> }
}
object_struct! {
    /// `decompressobj`.
    pub struct Decompress = "zlib.Decompress", Raw {
        stream: Plain<RefCell<Stream>>,
        dictionary: Plain<Vec<u8>>,
        unused: Plain<RefCell<Vec<u8>>>,
        tail: Plain<RefCell<Vec<u8>>>,
        ended: Cell<bool>,
    }
}
object_struct! {
    /// `_ZlibDecompressor`, which keeps the input that it did not use yet itself.
    pub struct Decompressor = "zlib._ZlibDecompressor", Raw {
        stream: Plain<RefCell<Stream>>,
        dictionary: Plain<Vec<u8>>,
        pending: Plain<RefCell<Vec<u8>>>,
        unused: Plain<RefCell<Vec<u8>>>,
        ended: Cell<bool>,
        wants_input: Cell<bool>,
    }
}

pub fn define_classes(module: &Module) {
    define::<Compress>("Compress", "zlib", None, flags::NO_NEW, Compress::METHODS, None);
    define::<Decompress>("Decompress", "zlib", None, flags::NO_NEW, Decompress::METHODS, None);
    let class = define::<Decompressor>("_ZlibDecompressor", "zlib", None, 0, Decompressor::METHODS, None);
    module.set("_ZlibDecompressor", class.as_value().to_object());
}

pub fn compressor(stream: Stream) -> Object {
    alloc(Compress { header: header::<Compress>(), stream: Plain(RefCell::new(Some(stream))) })
}
pub fn decompressor(stream: Stream, dictionary: Vec<u8>) -> Object {
    alloc(Decompress {
        header: header::<Decompress>(),
        stream: Plain(RefCell::new(stream)),
        dictionary: Plain(dictionary),
        unused: Plain(RefCell::default()),
        tail: Plain(RefCell::default()),
        ended: Cell::new(false),
    })
}

/// A stream for a decompressor object, with its dictionary.
pub fn inflater(window_bits: i32, zdict: Option<Value>) -> Result<(Stream, Vec<u8>), Raised> {
    let dictionary = match zdict {
        None => Vec::new(),
        Some(v) => match Buffer::get(v)? {
            Some(buffer) => buffer.data().to_vec(),
            None => return Err(raise::type_error("zdict argument must support the buffer protocol".into())),
        },
    };
    let mut stream = Stream::inflate(window_bits).map_err(|code| match code {
        z::Z_STREAM_ERROR => raise::value_error("Invalid initialization option"),
        z::Z_MEM_ERROR => raise::memory_error(),
        code => failed(None, code, "while creating decompression object"),
    })?;
    // Raw streams do not ask for their dictionary.
    if window_bits < 0 && !dictionary.is_empty() {
        let code = stream.set_dictionary(&dictionary);
        if code != z::Z_OK {
            return Err(failed(Some(&stream), code, "while setting zdict"));
        }
    }
    Ok((stream, dictionary))
}

fn finished() -> Raised {
    ERROR.raise("Error -2 while compressing data: inconsistent stream state")
}

#[builtin_methods("zlib.Compress")]
impl Compress {
    /// Returns a bytes object containing compressed data.
    fn compress(this: &Compress, data: Buffer) -> Result<Object, Raised> {
        let mut held = this.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { return Err(finished()) };
        match deflate_all(stream, data.data(), z::Z_NO_FLUSH) {
            Ok(out) => Ok(Bytes::new_object(&out)),
            Err(code) => Err(failed(Some(stream), code, "while compressing data")),
        }
    }
    /// Return a bytes object containing any remaining compressed data.
    fn flush(this: &Compress, #[default(z::Z_FINISH)] mode: i32) -> Result<Object, Raised> {
        if mode == z::Z_NO_FLUSH {
            return Ok(Bytes::new_object(&[]));
        }
        let mut held = this.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { return Err(finished()) };
        match deflate_all(stream, &[], mode) {
            Ok(out) => {
                if mode == z::Z_FINISH {
                    *held = None;
                }
                Ok(Bytes::new_object(&out))
            }
            Err(code) => Err(failed(Some(stream), code, "while flushing")),
        }
    }
    /// Return a copy of the compression object.
    fn copy(this: &Compress) -> Result<Object, Raised> {
        let mut held = this.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { return Err(raise::value_error("Inconsistent stream state")) };
        match stream.copy() {
            Ok(copy) => Ok(compressor(copy)),
            Err(_) => Err(raise::value_error("Inconsistent stream state")),
        }
    }
    fn __copy__(this: &Compress) -> Result<Object, Raised> {
        Compress::copy(this)
    }
    fn __deepcopy__(this: &Compress, _memo: Value) -> Result<Object, Raised> {
        Compress::copy(this)
    }
}

impl Decompress {
    fn inflate(&self, data: &[u8], most: usize, flush: i32, doing: &str) -> Result<Object, Raised> {
        if self.ended.get() {
            self.unused.borrow_mut().extend_from_slice(data);
            self.tail.borrow_mut().clear();
            return Ok(Bytes::new_object(&[]));
        }
        let mut stream = self.stream.borrow_mut();
        match inflate_some(&mut stream, data, most, &self.dictionary, flush) {
            Ok(done) => {
                let rest = data[done.consumed..].to_vec();
                if done.ended {
                    self.ended.set(true);
                    self.unused.borrow_mut().extend_from_slice(&rest);
                    self.tail.borrow_mut().clear();
                } else {
                    *self.tail.borrow_mut() = rest;
                }
                Ok(Bytes::new_object(&done.out))
            }
            Err(code) => Err(failed(Some(&stream), code, doing)),
        }
    }
}

#[builtin_methods("zlib.Decompress")]
impl Decompress {
    /// Return a bytes object containing the decompressed version of the data.
    fn decompress(
        this: &Decompress,
        data: Buffer,
        #[kw]
        #[default(0)]
        max_length: isize,
    ) -> Result<Object, Raised> {
        if max_length < 0 {
            return Err(raise::value_error("max_length must be non-negative"));
        }
        let most = if max_length == 0 { usize::MAX } else { max_length as usize };
        this.inflate(data.data(), most, z::Z_SYNC_FLUSH, "while decompressing data")
    }
    /// Return a bytes object containing any remaining decompressed data.
    fn flush(this: &Decompress, #[default(16384)] length: isize) -> Result<Object, Raised> {
        if length <= 0 {
            return Err(raise::value_error("length must be greater than zero"));
        }
        let tail = this.tail.borrow().clone();
        this.inflate(&tail, usize::MAX, z::Z_FINISH, "while flushing")
    }
    /// Return a copy of the decompression object.
    fn copy(this: &Decompress) -> Result<Object, Raised> {
        let Ok(stream) = this.stream.borrow_mut().copy() else {
            return Err(raise::value_error("Inconsistent stream state"));
        };
        let copy = decompressor(stream, this.dictionary.to_vec());
        let made = copy.expect::<Decompress>();
        made.unused.borrow_mut().clone_from(&this.unused.borrow());
        made.tail.borrow_mut().clone_from(&this.tail.borrow());
        made.ended.set(this.ended.get());
        Ok(copy)
    }
    fn __copy__(this: &Decompress) -> Result<Object, Raised> {
        Decompress::copy(this)
    }
    fn __deepcopy__(this: &Decompress, _memo: Value) -> Result<Object, Raised> {
        Decompress::copy(this)
    }
    #[getter]
    fn unused_data(this: &Decompress) -> Object {
        Bytes::new_object(&this.unused.borrow())
    }
    #[getter]
    fn unconsumed_tail(this: &Decompress) -> Object {
        Bytes::new_object(&this.tail.borrow())
    }
    #[getter]
    fn eof(this: &Decompress) -> bool {
        this.ended.get()
    }
}

#[builtin_methods("zlib._ZlibDecompressor")]
impl Decompressor {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw]
        #[default(15)]
        wbits: i32,
        #[kw] zdict: Option<Value>,
    ) -> Result<Object, Raised> {
        let (stream, dictionary) = inflater(wbits, zdict)?;
        Ok(alloc_instance(
            cls.0,
            Decompressor {
                header: header::<Decompressor>(),
                stream: Plain(RefCell::new(stream)),
                dictionary: Plain(dictionary),
                pending: Plain(RefCell::default()),
                unused: Plain(RefCell::default()),
                ended: Cell::new(false),
                wants_input: Cell::new(true),
            },
        ))
    }
    /// Decompress data, returning uncompressed data as bytes.
    fn decompress(
        this: &Decompressor,
        #[kw] data: Buffer,
        #[kw]
        #[default(-1)]
        max_length: isize,
    ) -> Result<Object, Raised> {
        if this.ended.get() {
            return Err(raise::with_message(&kiln_object::exc::EOFError, "End of stream already reached"));
        }
        let mut input = std::mem::take(&mut *this.pending.borrow_mut());
        input.extend_from_slice(data.data());
        let most = usize::try_from(max_length).unwrap_or(usize::MAX);
        let mut stream = this.stream.borrow_mut();
        match inflate_some(&mut stream, &input, most, &this.dictionary, z::Z_SYNC_FLUSH) {
            Ok(done) => {
                let rest = input.split_off(done.consumed);
                // When the output is full there may be more in the stream, even without input.
                this.wants_input.set(!done.ended && rest.is_empty() && done.out.len() < most);
                this.ended.set(done.ended);
                *(if done.ended { &this.unused } else { &this.pending }).borrow_mut() = rest;
                Ok(Bytes::new_object(&done.out))
            }
            Err(code) => Err(failed(Some(&stream), code, "while decompressing data")),
        }
    }
    /// True if the end-of-stream marker has been reached.
    #[getter]
    fn eof(this: &Decompressor) -> bool {
        this.ended.get()
    }
    /// Data found after the end of the compressed stream.
    #[getter]
    fn unused_data(this: &Decompressor) -> Object {
        Bytes::new_object(&this.unused.borrow())
    }
    /// True if more input is needed before more decompressed data can be produced.
    #[getter]
    fn needs_input(this: &Decompressor) -> bool {
        this.wants_input.get()
    }
}
