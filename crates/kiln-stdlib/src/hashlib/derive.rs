//! Message authentication (RFC 2104) and keys from passwords: PBKDF2 (RFC 8018) and scrypt (RFC 7914).

use crate::hashing::{Algorithm, Traits};

/// A keyed hash that has read some of its input.
pub struct Mac {
    inner: Box<dyn Algorithm>,
    outer: Box<dyn Algorithm>,
    pub traits: Traits,
}

impl Mac {
    /// `start` is the hash function before any input.
    pub fn new(traits: Traits, start: &dyn Algorithm, key: &[u8]) -> Mac {
        let mut block = if key.len() > traits.block_size {
            let mut hash = start.copy();
            hash.update(key);
            hash.digest(traits.digest_size)
        } else {
            key.to_vec()
        };
        block.resize(traits.block_size, 0);
        let keyed = |pad: u8| {
            let mut hash = start.copy();
            hash.update(&block.iter().map(|b| b ^ pad).collect::<Vec<u8>>());
            hash
        };
        Mac { inner: keyed(0x36), outer: keyed(0x5c), traits }
    }
    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }
    pub fn digest(&self) -> Vec<u8> {
        let mut outer = self.outer.copy();
        outer.update(&self.inner.digest(self.traits.digest_size));
        outer.digest(self.traits.digest_size)
    }
    pub fn copy(&self) -> Mac {
        Mac { inner: self.inner.copy(), outer: self.outer.copy(), traits: self.traits }
    }
}

/// `length` bytes from a password; `keyed` is the keyed hash with the password as its key.
pub fn pbkdf2(keyed: &Mac, salt: &[u8], iterations: u64, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    for block in 1u32.. {
        if out.len() >= length {
            break;
        }
        let mut first = keyed.copy();
        first.update(salt);
        first.update(&block.to_be_bytes());
        let mut u = first.digest();
        let mut sum = u.clone();
        for _ in 1..iterations {
            let mut next = keyed.copy();
            next.update(&u);
            u = next.digest();
            sum.iter_mut().zip(&u).for_each(|(a, b)| *a ^= b);
        }
        out.extend(sum);
    }
    out.truncate(length);
    out
}

/// Salsa20 with eight rounds.
fn salsa(block: &mut [u32; 16]) {
    let mut x = *block;
    let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
        x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
        x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
        x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
        x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
    };
    for _ in 0..4 {
        quarter(0, 4, 8, 12);
        quarter(5, 9, 13, 1);
        quarter(10, 14, 2, 6);
        quarter(15, 3, 7, 11);
        quarter(0, 1, 2, 3);
        quarter(5, 6, 7, 4);
        quarter(10, 11, 8, 9);
        quarter(15, 12, 13, 14);
    }
    block.iter_mut().zip(x).for_each(|(a, b)| *a = a.wrapping_add(b));
}

/// scrypt's BlockMix over `2 * r` blocks.
fn mix(blocks: &mut Vec<[u32; 16]>) {
    let Some(mut x) = blocks.last().copied() else { return };
    let mut even = Vec::with_capacity(blocks.len());
    let mut odd = Vec::with_capacity(blocks.len() / 2);
    for (i, block) in blocks.iter().enumerate() {
        x.iter_mut().zip(block).for_each(|(a, b)| *a ^= b);
        salsa(&mut x);
        let half = if i % 2 == 0 { &mut even } else { &mut odd };
        half.push(x);
    }
    even.append(&mut odd);
    *blocks = even;
}

/// scrypt's ROMix with cost `n`, a power of two.
fn rom_mix(data: &mut [u8], n: usize) {
    let mut blocks: Vec<[u32; 16]> = data
        .chunks_exact(64)
        .map(|chunk| {
            let mut block = [0; 16];
            for (word, bytes) in block.iter_mut().zip(chunk.chunks_exact(4)) {
                *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
            block
        })
        .collect();
    let mut table = Vec::with_capacity(n);
    for _ in 0..n {
        table.push(blocks.clone());
        mix(&mut blocks);
    }
    for _ in 0..n {
        let j = blocks.last().map_or(0, |block| block[0] as usize) & (n - 1);
        for (block, other) in blocks.iter_mut().zip(&table[j]) {
            block.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
        }
        mix(&mut blocks);
    }
    for (chunk, block) in data.chunks_exact_mut(64).zip(&blocks) {
        for (bytes, word) in chunk.chunks_exact_mut(4).zip(block) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// scrypt; `keyed` is HMAC-SHA256 with the password as its key, and `n` a power of two.
pub fn scrypt(keyed: &Mac, salt: &[u8], n: usize, r: usize, p: usize, length: usize) -> Vec<u8> {
    let mut data = pbkdf2(keyed, salt, 1, p * 128 * r);
    data.chunks_exact_mut(128 * r).for_each(|chunk| rom_mix(chunk, n));
    pbkdf2(keyed, &data, 1, length)
}

#[cfg(test)]
mod tests {
    use super::{Mac, pbkdf2, scrypt};
    use crate::hashing::by_name;

    fn sha256(key: &[u8]) -> Mac {
        let (traits, start) = by_name("sha256").expect("a known function");
        Mac::new(traits, &*start, key)
    }

    #[test]
    fn test_vectors() {
        // RFC 7914, sections 11 and 12.
        let key = pbkdf2(&sha256(b"passwd"), b"salt", 1, 64);
        assert_eq!(key[..4], [0x55, 0xac, 0x04, 0x6e]);
        let key = scrypt(&sha256(b""), b"", 16, 1, 1, 64);
        assert_eq!(key[..4], [0x77, 0xd6, 0x57, 0x62]);
        let key = scrypt(&sha256(b"password"), b"NaCl", 1024, 8, 16, 64);
        assert_eq!(key[..4], [0xfd, 0xba, 0xbe, 0x1c]);
    }
}
