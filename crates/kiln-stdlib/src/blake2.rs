//! `_blake2`: BLAKE2b and BLAKE2s with all of their parameters.

use crate::hashing::{self, Algorithm, CommonMethods, FixedMethods, Hash, Traits};
use kiln_builtins::bytes::buffer::Buffer;
use kiln_macros::builtin_methods;
use kiln_object::types::{ClassRef, define_another};
use kiln_object::{Object, Raised, TypeCell, Value, ops, raise};

macro_rules! algorithm {
    ($library:ident) => {
        impl Algorithm for $library::State {
            fn update(&mut self, data: &[u8]) {
                $library::State::update(self, data);
            }
            fn digest(&self, _: usize) -> Vec<u8> {
                self.finalize().as_bytes().to_vec()
            }
            fn copy(&self) -> Box<dyn Algorithm> {
                Box::new(self.clone())
            }
        }
    };
}
algorithm!(blake2b_simd);
algorithm!(blake2s_simd);

static BLAKE2B: TypeCell = TypeCell::new();
static BLAKE2S: TypeCell = TypeCell::new();

/// The limits of a variant.
struct Limits {
    name: &'static str,
    digest: i64,
    key: usize,
    salt: usize,
    person: usize,
    node_offset_bits: u32,
}
const B: Limits = Limits { name: "blake2b", digest: 64, key: 64, salt: 16, person: 16, node_offset_bits: 64 };
const S: Limits = Limits { name: "blake2s", digest: 32, key: 32, salt: 8, person: 8, node_offset_bits: 48 };

fn value_error(message: String) -> Raised {
    raise::value_error(&message)
}

/// An int from 0 to `most`, with CPython's messages for what is not.
fn tree_int(v: Option<Value>, default: u64, most: u64, what: &str) -> Result<u64, Raised> {
    let Some(v) = v else { return Ok(default) };
    let n = ops::index(v)?;
    let big = n.value().as_int().map(|n| n.to_big());
    match big.as_ref().and_then(kiln_text::BigInt::to_u64) {
        Some(n) if n <= most => Ok(n),
        Some(_) if what == "node_offset" || what == "leaf_size" => {
            Err(raise::overflow_error(&format!("{what} is too large")))
        }
        _ if big.as_ref().is_some_and(kiln_text::BigInt::is_negative) => Err(value_error(format!("{what} must be positive"))),
        _ => Err(raise::overflow_error("Python int too large to convert to C unsigned long")),
    }
}

struct Methods;

#[builtin_methods("blake2")]
impl Methods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] data: Option<Value>,
        #[kwonly] digest_size: Option<i64>,
        #[kwonly] key: Option<Buffer>,
        #[kwonly] salt: Option<Buffer>,
        #[kwonly] person: Option<Buffer>,
        #[kwonly]
        #[default(1)]
        fanout: i64,
        #[kwonly]
        #[default(1)]
        depth: i64,
        #[kwonly] leaf_size: Option<Value>,
        #[kwonly] node_offset: Option<Value>,
        #[kwonly]
        #[default(0)]
        node_depth: i64,
        #[kwonly]
        #[default(0)]
        inner_size: i64,
        #[kwonly]
        #[default(false)]
        last_node: bool,
        #[kwonly]
        #[default(true)]
        usedforsecurity: bool,
        #[kwonly] string: Option<Value>,
    ) -> Result<Object, Raised> {
        let _ = usedforsecurity;
        let is_s = BLAKE2S.try_get().is_some_and(|class| cls.0.is_subtype(class));
        let limits = if is_s { &S } else { &B };
        let data = hashing::initial(data, string)?;
        let digest_size = digest_size.unwrap_or(limits.digest);
        if !(1..=limits.digest).contains(&digest_size) {
            return Err(value_error(format!(
                "digest_size for {} must be between 1 and {} bytes, here it is {digest_size}",
                capitalized(limits), limits.digest
            )));
        }
        let checked = |given: &Option<Buffer>, most: usize, what: &str| match given {
            Some(buffer) if buffer.len() > most => Err(value_error(format!("maximum {what} length is {most} bytes"))),
            Some(buffer) => Ok(buffer.data().to_vec()),
            None => Ok(Vec::new()),
        };
        let salt = checked(&salt, limits.salt, "salt")?;
        let person = checked(&person, limits.person, "person")?;
        let between = |n: i64, least: i64, most: i64, what: &str| {
            if (least..=most).contains(&n) {
                Ok(n)
            } else {
                Err(value_error(format!("{what} must be between {least} and {most}")))
            }
        };
        let fanout = between(fanout, 0, 255, "fanout")?;
        let depth = between(depth, 1, 255, "depth")?;
        let leaf_size = tree_int(leaf_size, 0, u64::from(u32::MAX), "leaf_size")?;
        let most = if limits.node_offset_bits == 64 { u64::MAX } else { (1 << limits.node_offset_bits) - 1 };
        let node_offset = tree_int(node_offset, 0, most, "node_offset")?;
        let node_depth = between(node_depth, 0, 255, "node_depth")?;
        if !(0..=limits.digest).contains(&inner_size) {
            return Err(value_error(format!("inner_size must be between 0 and is {}", limits.digest)));
        }
        let key = checked(&key, limits.key, "key")?;
        macro_rules! start {
            ($library:ident) => {{
                let mut params = $library::Params::new();
                params
                    .hash_length(digest_size as usize)
                    .key(&key)
                    .salt(&salt)
                    .personal(&person)
                    .fanout(fanout as u8)
                    .max_depth(depth as u8)
                    .max_leaf_length(leaf_size as u32)
                    .node_offset(node_offset)
                    .node_depth(node_depth as u8)
                    .inner_hash_length(inner_size as usize)
                    .last_node(last_node);
                Box::new(params.to_state()) as Box<dyn Algorithm>
            }};
        }
        let mut state = if is_s { start!(blake2s_simd) } else { start!(blake2b_simd) };
        if let Some(buffer) = data {
            state.update(buffer.data());
        }
        let block_size = if is_s { 64 } else { 128 };
        let traits = Traits { name: limits.name, digest_size: digest_size as usize, block_size };
        Ok(hashing::make(cls.0, traits, state))
    }
}

fn capitalized(limits: &Limits) -> &'static str {
    if limits.digest == 32 { "Blake2s" } else { "Blake2b" }
}

/// BLAKE2.
#[kiln_macros::builtin_module("_blake2")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;
    use kiln_object::types::flags;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        for (cell, limits) in [(&BLAKE2B, &B), (&BLAKE2S, &S)] {
            if cell.try_get().is_none() {
                let class = define_another::<Hash>(limits.name, "_blake2", flags::BASETYPE, FixedMethods::METHODS, None);
                class.add_methods(CommonMethods::METHODS);
                class.add_methods(Methods::METHODS);
                let dict = class.dict();
                dict.set_str("SALT_SIZE", &Object::int(limits.salt as i64));
                dict.set_str("PERSON_SIZE", &Object::int(limits.person as i64));
                dict.set_str("MAX_KEY_SIZE", &Object::int(limits.key as i64));
                dict.set_str("MAX_DIGEST_SIZE", &Object::int(limits.digest));
                cell.set(class);
            }
            module.set(limits.name, cell.get().as_value().to_object());
        }
        module.set("_GIL_MINSIZE", Object::int(2048));
        Ok(())
    }
}
