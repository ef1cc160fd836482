//! `_md5`.

crate::hashing::hash_module! { "_md5", "MD5.", md5, "MD5Type", 16, 64, md5::Md5; }
