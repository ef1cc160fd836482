//! `binascii`: bytes to and from the ASCII forms that mail and the web use.

mod base64;
mod checksums;
mod quoted;

use kiln_macros::builtin_module;

/// Conversion between binary data and ASCII
#[builtin_module("binascii")]
pub mod module {
    use super::{base64, checksums, quoted};
    use crate::support::errors::ErrorClass;
    use kiln_builtins::bytes::buffer::Buffer;
    use kiln_object::bytes::Bytes;
    use kiln_object::module::Module;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Value, exc, ops, raise};

    static ERROR: ErrorClass = ErrorClass::new();
    static INCOMPLETE: ErrorClass = ErrorClass::new();

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        ERROR.add(module, "binascii.Error", &[exc::ValueError.get()])?;
        INCOMPLETE.add(module, "binascii.Incomplete", &[exc::Exception.get()])
    }

    /// The bytes of an argument that is ASCII text or bytes-like.
    fn ascii(data: Value) -> Result<Vec<u8>, Raised> {
        if let Some(text) = data.cast::<Str>() {
            return match text.as_ascii() {
                Some(ascii) => Ok(ascii.as_bytes().to_vec()),
                None => Err(raise::value_error("string argument should contain only ASCII characters")),
            };
        }
        match Buffer::get(data)? {
            Some(buffer) => Ok(buffer.data().to_vec()),
            None => Err(raise::type_error(format!(
                "argument should be bytes, buffer or ASCII string, not '{}'",
                data.class().name()
            ))),
        }
    }

    fn truncated(v: Value) -> Result<u64, Raised> {
        let n = ops::index(v)?;
        Ok(n.value().as_int().map_or(0, |n| n.to_big().to_u64_wrapping()))
    }

    /// Decode a line of uuencoded data.
    pub fn a2b_uu(data: Value) -> Result<Object, Raised> {
        let data = quoted::uu_decode(&ascii(data)?).map_err(|e| ERROR.raise(e))?;
        Ok(Bytes::new_object(&data))
    }
    /// Uuencode line of data.
    pub fn b2a_uu(
        data: Buffer,
        #[kwonly]
        #[default(false)]
        backtick: bool,
    ) -> Result<Object, Raised> {
        if data.len() > 45 {
            return Err(ERROR.raise("At most 45 bytes at once"));
        }
        Ok(Bytes::new_object(&quoted::uu_encode(data.data(), backtick)))
    }
    /// Decode a line of base64 data.
    pub fn a2b_base64(
        data: Value,
        #[kwonly]
        #[default(false)]
        strict_mode: bool,
    ) -> Result<Object, Raised> {
        let data = base64::decode(&ascii(data)?, strict_mode).map_err(|e| ERROR.raise(&e))?;
        Ok(Bytes::new_object(&data))
    }
    /// Base64-code line of data.
    pub fn b2a_base64(
        data: Buffer,
        #[kwonly]
        #[default(true)]
        newline: bool,
    ) -> Object {
        Bytes::new_object(&base64::encode(data.data(), newline))
    }
    /// Decode a string of qp-encoded data.
    pub fn a2b_qp(
        #[kw] data: Value,
        #[kw]
        #[default(false)]
        header: bool,
    ) -> Result<Object, Raised> {
        Ok(Bytes::new_object(&quoted::decode(&ascii(data)?, header)))
    }
    /// Encode a string using quoted-printable encoding.
    pub fn b2a_qp(
        #[kw] data: Buffer,
        #[kw]
        #[default(false)]
        quotetabs: bool,
        #[kw]
        #[default(true)]
        istext: bool,
        #[kw]
        #[default(false)]
        header: bool,
    ) -> Object {
        Bytes::new_object(&quoted::encode(data.data(), quotetabs, istext, header))
    }
    /// Binary data of hexadecimal representation.
    pub fn a2b_hex(hexstr: Value) -> Result<Object, Raised> {
        let data = checksums::from_hex(&ascii(hexstr)?).map_err(|e| ERROR.raise(e))?;
        Ok(Bytes::new_object(&data))
    }
    /// Binary data of hexadecimal representation.
    pub fn unhexlify(hexstr: Value) -> Result<Object, Raised> {
        a2b_hex(hexstr)
    }
    /// Hexadecimal representation of binary data.
    pub fn b2a_hex(
        #[kw] data: Buffer,
        #[kw] sep: Option<Value>,
        #[kw]
        #[default(1)]
        bytes_per_sep: isize,
    ) -> Result<Object, Raised> {
        let text = kiln_builtins::bytes::hex::to_hex(data.data(), sep, bytes_per_sep)?;
        let text = text.expect::<Str>();
        Ok(Bytes::new_object(text.as_ascii().unwrap_or_default().as_bytes()))
    }
    /// Hexadecimal representation of binary data.
    pub fn hexlify(
        #[kw] data: Buffer,
        #[kw] sep: Option<Value>,
        #[kw]
        #[default(1)]
        bytes_per_sep: isize,
    ) -> Result<Object, Raised> {
        b2a_hex(data, sep, bytes_per_sep)
    }
    /// Compute CRC-CCITT incrementally.
    pub fn crc_hqx(data: Buffer, crc: Value) -> Result<i64, Raised> {
        Ok(i64::from(checksums::crc_hqx(data.data(), truncated(crc)? as u16)))
    }
    /// Compute CRC-32 incrementally.
    pub fn crc32(data: Buffer, crc: Option<Value>) -> Result<i64, Raised> {
        let start = crc.map(truncated).transpose()?.unwrap_or(0) as u32;
        Ok(i64::from(zlib_rs::crc32::crc32(start, data.data())))
    }
}
