//! What the modules behind `hashlib` share: hash objects of one layout, whose classes differ in the algorithm.

use digest::{Digest, ExtendableOutput};
use kiln_builtins::bytes::buffer::Buffer;
use kiln_builtins::bytes::hex::to_hex;
use kiln_macros::builtin_methods;
use kiln_object::bytes::Bytes;
use kiln_object::layout::{Plain, alloc_instance};
use kiln_object::module::Module;
use kiln_object::types::{ClassRef, define_another, flags};
use kiln_object::{Header, Object, Raised, Type, TypeCell, Value, object_struct, raise};
use std::cell::RefCell;

/// A hash function that has read some of its input.
pub trait Algorithm {
    fn update(&mut self, data: &[u8]);
    /// The digest so far, of the given length where the function leaves it open.
    fn digest(&self, length: usize) -> Vec<u8>;
    fn copy(&self) -> Box<dyn Algorithm>;
}

/// A function with digests of one length.
struct Fixed<D>(D);
impl<D: Digest + Clone + 'static> Algorithm for Fixed<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, _: usize) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
    fn copy(&self) -> Box<dyn Algorithm> {
        Box::new(Fixed(self.0.clone()))
    }
}

/// A function with digests of any length.
struct Extendable<X>(X);
impl<X: ExtendableOutput + Clone + 'static> Algorithm for Extendable<X> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn digest(&self, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        self.0.clone().finalize_xof_into(&mut out);
        out
    }
    fn copy(&self) -> Box<dyn Algorithm> {
        Box::new(Extendable(self.0.clone()))
    }
}

pub fn fixed<D: Digest + Clone + 'static>() -> Box<dyn Algorithm> {
    Box::new(Fixed(D::new()))
}
pub fn extendable<X: ExtendableOutput + Default + Clone + 'static>() -> Box<dyn Algorithm> {
    Box::new(Extendable(X::default()))
}

object_struct! {
    /// A hash object.
    pub struct Hash = "hash", Raw {
        state: Plain<RefCell<Box<dyn Algorithm>>>,
        traits: Plain<Traits>,
    }
}

/// What a hash object shows of its algorithm.
#[derive(Clone, Copy)]
pub struct Traits {
    pub name: &'static str,
    pub digest_size: usize,
    pub block_size: usize,
}

pub fn make(class: &'static Type, traits: Traits, state: Box<dyn Algorithm>) -> Object {
    alloc_instance(
        class,
        Hash {
            header: Header::new(class.root_shape()),
            state: Plain(RefCell::new(state)),
            traits: Plain(traits),
        },
    )
}

impl Hash {
    /// The algorithm's traits.
    pub fn traits(&self) -> Traits {
        *self.traits
    }
    fn class(&self) -> ClassRef {
        ClassRef(self.header.class())
    }
    pub fn block_size_in_bytes(&self) -> usize {
        self.traits.block_size
    }
    pub fn is_extendable(&self) -> bool {
        self.traits.digest_size == 0
    }
    fn plain_digest(&self) -> Vec<u8> {
        self.state.borrow().digest(self.traits.digest_size)
    }
    fn digest_of(&self, length: i64) -> Result<Vec<u8>, Raised> {
        if length < 0 {
            return Err(raise::value_error("length must be non-negative"));
        }
        if length >= 1 << 29 {
            return Err(raise::overflow_error("length is too large"));
        }
        Ok(self.state.borrow().digest(length as usize))
    }
}

/// The initial data of a constructor, from whichever of its two names was used.
pub fn initial(data: Option<Value>, string: Option<Value>) -> Result<Option<Buffer>, Raised> {
    let given = match (data, string) {
        (Some(_), Some(_)) => {
            return Err(raise::type_error(
                "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
                 removal in a future version."
                    .into(),
            ));
        }
        (data, string) => data.or(string),
    };
    let Some(given) = given else { return Ok(None) };
    require(given).map(Some)
}

pub fn require(data: Value) -> Result<Buffer, Raised> {
    if data.cast::<kiln_object::str::Str>().is_some() {
        return Err(raise::type_error("Strings must be encoded before hashing".into()));
    }
    match Buffer::get(data)? {
        Some(buffer) => Ok(buffer),
        None => Err(raise::type_error("object supporting the buffer API required".into())),
    }
}

/// A new hash object that has read the constructor's data.
pub fn start(
    class: &TypeCell,
    traits: Traits,
    mut state: Box<dyn Algorithm>,
    data: Option<Value>,
    string: Option<Value>,
) -> Result<Object, Raised> {
    if let Some(buffer) = initial(data, string)? {
        state.update(buffer.data());
    }
    Ok(make(class.get(), traits, state))
}

/// The hash functions by name, as `hashlib` calls them; BLAKE2 has a module of its own.
pub fn by_name(name: &str) -> Option<(Traits, Box<dyn Algorithm>)> {
    type Start = fn() -> Box<dyn Algorithm>;
    const ALL: [(&str, usize, usize, Start); 12] = [
        ("md5", 16, 64, fixed::<md5::Md5>),
        ("sha1", 20, 64, fixed::<sha1::Sha1>),
        ("sha224", 28, 64, fixed::<sha2::Sha224>),
        ("sha256", 32, 64, fixed::<sha2::Sha256>),
        ("sha384", 48, 128, fixed::<sha2::Sha384>),
        ("sha512", 64, 128, fixed::<sha2::Sha512>),
        ("sha3_224", 28, 144, fixed::<sha3::Sha3_224>),
        ("sha3_256", 32, 136, fixed::<sha3::Sha3_256>),
        ("sha3_384", 48, 104, fixed::<sha3::Sha3_384>),
        ("sha3_512", 64, 72, fixed::<sha3::Sha3_512>),
        ("shake_128", 0, 168, extendable::<shake::Shake128>),
        ("shake_256", 0, 136, extendable::<shake::Shake256>),
    ];
    let lower = name.to_ascii_lowercase().replace('-', "_");
    let (name, digest_size, block_size, start) = ALL.into_iter().find(|(known, ..)| *known == lower)?;
    Some((
        Traits {
            name,
            digest_size,
            block_size,
        },
        start(),
    ))
}

/// Defines the class of an algorithm with digests of one length.
pub fn define(cell: &TypeCell, module: &Module, module_name: &str, name: &str, more: u32) {
    define_as(cell, module, module_name, name, more, FixedMethods::METHODS);
}

/// Defines a class of hash objects with the given way to digests.
pub fn define_as(
    cell: &TypeCell,
    module: &Module,
    module_name: &str,
    name: &str,
    more: u32,
    methods: &'static [kiln_object::NativeDef],
) {
    let class = match cell.try_get() {
        Some(class) => class,
        None => {
            let class = define_another::<Hash>(name, module_name, more, methods, None);
            class.add_methods(CommonMethods::METHODS);
            cell.set(class);
            class
        }
    };
    module.set(name, class.as_value().to_object());
}
pub const NO_NEW: u32 = flags::NO_NEW;

/// The methods' name spaces.
pub struct CommonMethods;
pub struct FixedMethods;
pub struct ExtendableMethods;

#[builtin_methods("hash")]
impl CommonMethods {
    /// Update this hash object's state with the provided string.
    fn update(this: &Hash, obj: Value) -> Result<(), Raised> {
        let buffer = require(obj)?;
        this.state.borrow_mut().update(buffer.data());
        Ok(())
    }
    /// Return a copy of the hash object.
    fn copy(this: &Hash) -> Object {
        let state = this.state.borrow().copy();
        make(this.class().0, *this.traits, state)
    }
    #[getter]
    fn name(this: &Hash) -> &'static str {
        this.traits.name
    }
    #[getter]
    fn digest_size(this: &Hash) -> usize {
        this.traits.digest_size
    }
    #[getter]
    fn block_size(this: &Hash) -> usize {
        this.traits.block_size
    }
    fn __repr__(this: &Hash) -> String {
        let address = &raw const this.header;
        format!("<{} {} object @ {address:p}>", this.traits.name, this.class().name())
    }
}

#[builtin_methods("hash")]
impl FixedMethods {
    /// Return the digest value as a bytes object.
    fn digest(this: &Hash) -> Object {
        Bytes::new_object(&this.plain_digest())
    }
    /// Return the digest value as a string of hexadecimal digits.
    fn hexdigest(this: &Hash) -> Result<Object, Raised> {
        to_hex(&this.plain_digest(), None, 1)
    }
}

#[builtin_methods("hash")]
impl ExtendableMethods {
    /// Return the digest value as a bytes object.
    fn digest(this: &Hash, #[kw] length: i64) -> Result<Object, Raised> {
        Ok(Bytes::new_object(&this.digest_of(length)?))
    }
    /// Return the digest value as a string of hexadecimal digits.
    fn hexdigest(this: &Hash, #[kw] length: i64) -> Result<Object, Raised> {
        to_hex(&this.digest_of(length)?, None, 1)
    }
}

/// A module of functions that make hash objects: each with its class, name of the class, length of digests, length of
/// blocks and algorithm.
macro_rules! hash_module {
    ($module:literal, $doc:literal, $($name:ident, $class:literal, $size:literal, $block:literal, $algorithm:ty;)*) => {
        #[doc = $doc]
        #[kiln_macros::builtin_module($module)]
        pub mod module {
            use crate::hashing::{self, Traits};
            use kiln_object::module::Module;
            use kiln_object::{Object, Raised, TypeCell, Value};

            #[expect(non_upper_case_globals, reason = "one class a function, under the function's name")]
            mod classes {
                $(pub static $name: super::TypeCell = super::TypeCell::new();)*
            }

            #[exec]
            fn exec(module: &Module) -> Result<(), Raised> {
                $(hashing::define(&classes::$name, module, $module, $class, hashing::NO_NEW);)*
                module.set("_GIL_MINSIZE", Object::int(2048));
                Ok(())
            }

            $(
                /// Return a new hash object; optionally initialized with a bytes-like object.
                pub fn $name(
                    #[kw] data: Option<Value>,
                    #[kwonly]
                    #[default(true)]
                    usedforsecurity: bool,
                    #[kwonly] string: Option<Value>,
                ) -> Result<Object, Raised> {
                    let _ = usedforsecurity;
                    let traits = Traits { name: stringify!($name), digest_size: $size, block_size: $block };
                    hashing::start(&classes::$name, traits, hashing::fixed::<$algorithm>(), data, string)
                }
            )*
        }
    };
}
pub(crate) use hash_module;
