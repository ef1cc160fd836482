//! `_sha2`: SHA-224 to SHA-512.

crate::hashing::hash_module! {
    "_sha2", "SHA-2.",
    sha224, "SHA224Type", 28, 64, sha2::Sha224;
    sha256, "SHA256Type", 32, 64, sha2::Sha256;
    sha384, "SHA384Type", 48, 128, sha2::Sha384;
    sha512, "SHA512Type", 64, 128, sha2::Sha512;
}
