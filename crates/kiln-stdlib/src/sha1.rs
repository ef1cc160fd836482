//! `_sha1`.

crate::hashing::hash_module! { "_sha1", "SHA-1.", sha1, "SHA1Type", 20, 64, sha1::Sha1; }
