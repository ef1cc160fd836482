//! CRCs and hexadecimal text.

pub const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The CRC that binhex used: polynomial 0x1021, most significant bit first.
pub fn crc_hqx(data: &[u8], start: u16) -> u16 {
    let mut crc = start;
    for byte in data {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
        }
    }
    crc
}

/// Why a text is not hexadecimal, in the words of the exception.
pub fn from_hex(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    if !text.len().is_multiple_of(2) {
        return Err("Odd-length string");
    }
    let digit = |b: u8| (b as char).to_digit(16).ok_or("Non-hexadecimal digit found");
    text.chunks_exact(2).map(|pair| Ok((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}
