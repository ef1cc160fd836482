//! `hash()` of text, bytes, floats and complex numbers, equal to CPython's for the same `PYTHONHASHSEED`.

use crate::int::HASH_MODULUS;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// The secret that keys the hashes of text and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HashKey {
    pub k0: u64,
    pub k1: u64,
}

impl HashKey {
    /// The key of `PYTHONHASHSEED=seed`; zero turns randomisation off.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::default();
        }
        let mut bytes = [0u8; 16];
        let mut state = seed;
        for byte in &mut bytes {
            state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
            *byte = (state >> 16) as u8;
        }
        HashKey::from_bytes(bytes)
    }

    /// A key made of random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> HashKey {
        let (k0, k1) = bytes.split_at(8);
        let word = |half: &[u8]| half.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        HashKey {
            k0: word(k0),
            k1: word(k1),
        }
    }
}

/// The hash of bytes, or of the units of a text as they lie in memory.
pub fn hash_bytes(key: HashKey, bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut hasher = SipHasher13::new_with_keys(key.k0, key.k1);
    hasher.write(bytes);
    not_minus_one(hasher.finish() as i64)
}

/// -1 is never a hash: it stands for "not computed" and for an error.
#[inline]
pub fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

const BITS: u32 = 61;
/// `sys.hash_info.inf`
pub const HASH_INF: i64 = 314_159;
/// `sys.hash_info.imag`
pub const HASH_IMAG: u64 = 1_000_003;

/// The hash of a float; `None` for nan, whose hash is its object's identity.
pub fn hash_f64(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { HASH_INF } else { -HASH_INF });
    }
    if value == value.trunc() && value.abs() < 4.0e18 {
        return Some(crate::int::hash_i64(value as i64));
    }
    let (mantissa, exponent) = crate::float::decode(value.abs());
    // mantissa * 2**exponent modulo 2**61 - 1, where multiplication by 2 is a rotation.
    let mut hash = mantissa % HASH_MODULUS;
    let turn = exponent.rem_euclid(BITS as i32) as u32;
    hash = ((hash << turn) & HASH_MODULUS) | hash >> (BITS - turn);
    if hash == HASH_MODULUS {
        hash = 0;
    }
    Some(not_minus_one(if value < 0.0 { -(hash as i64) } else { hash as i64 }))
}

/// The hash of a complex number from the hashes of its parts.
pub fn hash_complex(real: i64, imag: i64) -> i64 {
    not_minus_one((real as u64).wrapping_add(HASH_IMAG.wrapping_mul(imag as u64)) as i64)
}
