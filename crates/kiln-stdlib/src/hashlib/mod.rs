//! `_hashlib`: the interface that CPython has to a cryptography library, on the same hash functions as the other modules:
//! constructors by name, keyed hashes, and keys from passwords.

mod derive;

use crate::hashing::{self, Hash};
use crate::support::errors::ErrorClass;
use derive::Mac;
use kiln_builtins::bytes::buffer::Buffer;
use kiln_builtins::bytes::hex::to_hex;
use kiln_macros::{builtin_methods, builtin_module};
use kiln_object::bytes::Bytes;
use kiln_object::layout::{Plain, alloc, header};
use kiln_object::str::Str;
use kiln_object::{Object, Raised, TypeCell, Value, object_struct, raise};
use std::cell::RefCell;

object_struct! {
    /// `_hashlib.HMAC`.
    pub struct Hmac = "_hashlib.HMAC", Raw { mac: Plain<RefCell<Mac>> }
}

static HASH: TypeCell = TypeCell::new();
static HASHXOF: TypeCell = TypeCell::new();
static UNSUPPORTED: ErrorClass = ErrorClass::new();

/// A new hash object of the function called `name`.
fn start(name: &str, data: Option<Value>, string: Option<Value>) -> Result<Object, Raised> {
    let Some((traits, mut state)) = hashing::by_name(name) else {
        return Err(raise::value_error(&format!("unsupported hash type {name}")));
    };
    if let Some(buffer) = hashing::initial(data, string)? {
        state.update(buffer.data());
    }
    let class = if traits.digest_size == 0 { &HASHXOF } else { &HASH };
    Ok(hashing::make(class.get(), traits, state))
}

/// The keyed hash for what a caller names: a string, or one of the constructors.
fn keyed(key: &[u8], digestmod: Value) -> Result<Mac, Raised> {
    let unsupported = |what: &str| UNSUPPORTED.raise(&format!("Unsupported digestmod {what}"));
    let name = match digestmod.cast::<Str>() {
        Some(name) => name.to_string_lossy(),
        None => {
            let made = kiln_object::call::call(digestmod, &[])?;
            match made.cast::<Hash>() {
                Some(hash) => hash.traits().name.to_owned(),
                None => return Err(unsupported(&kiln_object::ops::repr_lossy(digestmod))),
            }
        }
    };
    match hashing::by_name(&name) {
        Some((traits, start)) if traits.digest_size > 0 => Ok(Mac::new(traits, &*start, key)),
        _ => Err(unsupported(&name)),
    }
}

#[builtin_methods("_hashlib.HMAC")]
impl Hmac {
    /// Update the HMAC object with msg.
    fn update(this: &Hmac, #[kw] msg: Value) -> Result<(), Raised> {
        let data = hashing::require(msg)?;
        this.mac.borrow_mut().update(data.data());
        Ok(())
    }
    /// Return the digest of the bytes passed to the update() method so far.
    fn digest(this: &Hmac) -> Object {
        Bytes::new_object(&this.mac.borrow().digest())
    }
    /// Return hexadecimal digest of the bytes passed to the update() method so far.
    fn hexdigest(this: &Hmac) -> Result<Object, Raised> {
        to_hex(&this.mac.borrow().digest(), None, 1)
    }
    /// Return a copy ("clone") of the HMAC object.
    fn copy(this: &Hmac) -> Object {
        let mac = this.mac.borrow().copy();
        alloc(Hmac { header: header::<Hmac>(), mac: Plain(RefCell::new(mac)) })
    }
    #[getter]
    fn name(this: &Hmac) -> String {
        format!("hmac-{}", this.mac.borrow().traits.name)
    }
    #[getter]
    fn digest_size(this: &Hmac) -> usize {
        this.mac.borrow().traits.digest_size
    }
    #[getter]
    fn block_size(this: &Hmac) -> usize {
        this.mac.borrow().traits.block_size
    }
    fn __repr__(this: &Hmac) -> String {
        format!("<{} HMAC object @ {:p}>", this.mac.borrow().traits.name, &raw const this.header)
    }
}

macro_rules! constructors {
    ($($function:ident $name:literal),* $(,)?) => {
        /// Hash functions, keyed hashes and key derivation.
        #[builtin_module("_hashlib")]
        pub mod module {
            use super::*;
            use kiln_object::exc;
            use kiln_object::module::Module;
            use kiln_object::set::FrozenSet;
            use kiln_object::types::{define, flags};

            #[exec]
            fn exec(module: &Module) -> Result<(), Raised> {
                let fixed = hashing::FixedMethods::METHODS;
                let extendable = hashing::ExtendableMethods::METHODS;
                hashing::define_as(&HASH, module, "_hashlib", "HASH", flags::NO_NEW, fixed);
                hashing::define_as(&HASHXOF, module, "_hashlib", "HASHXOF", flags::NO_NEW, extendable);
                let hmac = define::<Hmac>("HMAC", "_hashlib", None, flags::NO_NEW, Hmac::METHODS, None);
                module.set("HMAC", hmac.as_value().to_object());
                UNSUPPORTED.add(module, "_hashlib.UnsupportedDigestmodError", &[exc::ValueError.get()])?;
                let names: Vec<Object> = [$($name),*].iter().map(|name| Str::intern(name)).collect();
                let names: Vec<Value> = names.iter().map(|name| name.value()).collect();
                module.set("openssl_md_meth_names", FrozenSet::from_values(&names)?);
                module.set("_GIL_MINSIZE", Object::int(2048));
                Ok(())
            }

            $(
                /// Returns a hash object; optionally initialized with a string.
                pub fn $function(
                    #[kw] data: Option<Value>,
                    #[kwonly]
                    #[default(true)]
                    usedforsecurity: bool,
                    #[kwonly] string: Option<Value>,
                ) -> Result<Object, Raised> {
                    let _ = usedforsecurity;
                    start($name, data, string)
                }
            )*

            /// Return a new hash object using the named algorithm.
            pub fn new(
                #[kw] name: String,
                #[kw] data: Option<Value>,
                #[kwonly]
                #[default(true)]
                usedforsecurity: bool,
                #[kwonly] string: Option<Value>,
            ) -> Result<Object, Raised> {
                let _ = usedforsecurity;
                start(&name, data, string)
            }
            /// Return a new hmac object.
            pub fn hmac_new(
                #[kw] key: Buffer,
                #[kw] msg: Option<Value>,
                #[kw] digestmod: Option<Value>,
            ) -> Result<Object, Raised> {
                let Some(digestmod) = digestmod else {
                    return Err(raise::type_error("Missing required parameter 'digestmod'.".into()));
                };
                let mut mac = keyed(key.data(), digestmod)?;
                if let Some(msg) = msg.filter(|v| !v.is_none()) {
                    mac.update(hashing::require(msg)?.data());
                }
                Ok(alloc(Hmac { header: header::<Hmac>(), mac: Plain(RefCell::new(mac)) }))
            }
            /// Single-shot HMAC.
            pub fn hmac_digest(#[kw] key: Buffer, #[kw] msg: Buffer, #[kw] digest: Value) -> Result<Object, Raised> {
                let mut mac = keyed(key.data(), digest)?;
                mac.update(msg.data());
                Ok(Bytes::new_object(&mac.digest()))
            }
            /// Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function.
            pub fn pbkdf2_hmac(
                #[kw] hash_name: String,
                #[kw] password: Buffer,
                #[kw] salt: Buffer,
                #[kw] iterations: i64,
                #[kw]
                #[none]
                dklen: Option<i64>,
            ) -> Result<Object, Raised> {
                let Some((traits, start)) = hashing::by_name(&hash_name).filter(|(traits, _)| traits.digest_size > 0) else {
                    return Err(raise::value_error(&format!("unsupported hash type {hash_name}")));
                };
                if iterations < 1 {
                    return Err(raise::value_error("iteration value must be greater than 0."));
                }
                let length = dklen.unwrap_or(traits.digest_size as i64);
                if length < 1 {
                    return Err(raise::value_error("key length must be greater than 0."));
                }
                if length > i64::from(i32::MAX) {
                    return Err(raise::overflow_error("key length is too great."));
                }
                let mac = Mac::new(traits, &*start, password.data());
                Ok(Bytes::new_object(&derive::pbkdf2(&mac, salt.data(), iterations as u64, length as usize)))
            }
            /// scrypt password-based key derivation function.
            pub fn scrypt(
                #[kw] password: Buffer,
                #[kwonly] salt: Buffer,
                #[kwonly] n: i64,
                #[kwonly] r: i64,
                #[kwonly] p: i64,
                #[kwonly]
                #[default(0)]
                maxmem: i64,
                #[kwonly]
                #[default(64)]
                dklen: i64,
            ) -> Result<Object, Raised> {
                if n < 2 || n.count_ones() != 1 {
                    return Err(raise::value_error("n must be a power of 2."));
                }
                if !(0..=i64::from(i32::MAX)).contains(&maxmem) {
                    return Err(raise::value_error("maxmem must be positive and smaller than 2147483647"));
                }
                if !(1..=i64::from(i32::MAX)).contains(&dklen) {
                    return Err(raise::value_error("dklen must be greater than 0 and smaller than 2147483647"));
                }
                let most = if maxmem == 0 { 32 << 20 } else { maxmem };
                let needed = r.checked_mul(128).and_then(|b| b.checked_mul(n.checked_add(p)?.checked_add(2)?));
                if r < 1 || p < 1 || needed.is_none_or(|needed| needed > most) {
                    return Err(raise::value_error("Invalid parameter combination for n, r, p, maxmem."));
                }
                let mac = keyed(password.data(), Str::intern("sha256").value())?;
                let key = derive::scrypt(&mac, salt.data(), n as usize, r as usize, p as usize, dklen as usize);
                Ok(Bytes::new_object(&key))
            }
            /// Whether the library is in a mode that only offers approved functions.
            pub fn get_fips_mode() -> i32 {
                0
            }
            /// Return 'a == b', in a time that does not depend on where they differ.
            pub fn compare_digest(a: Value, b: Value) -> Result<Object, Raised> {
                let f = crate::support::import_attr("_operator", "_compare_digest")?;
                kiln_object::call::call(f.value(), &[a, b])
            }
        }
    };
}
constructors! {
    openssl_md5 "md5", openssl_sha1 "sha1", openssl_sha224 "sha224", openssl_sha256 "sha256", openssl_sha384 "sha384",
    openssl_sha512 "sha512", openssl_sha3_224 "sha3_224", openssl_sha3_256 "sha3_256", openssl_sha3_384 "sha3_384",
    openssl_sha3_512 "sha3_512", openssl_shake_128 "shake_128", openssl_shake_256 "shake_256",
}
