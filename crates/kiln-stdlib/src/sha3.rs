//! `_sha3`: SHA-3 and SHAKE, whose classes are their constructors.

use crate::hashing::{self, Algorithm, CommonMethods, ExtendableMethods, FixedMethods, Hash, Traits};
use kiln_macros::builtin_methods;
use kiln_object::types::{ClassRef, define_another};
use kiln_object::{Object, Raised, TypeCell, Value, raise};

/// One function: its class, and how it starts.
struct Function {
    class: TypeCell,
    traits: Traits,
    start: fn() -> Box<dyn Algorithm>,
    extendable: bool,
}

const fn fixed(name: &'static str, bits: usize, start: fn() -> Box<dyn Algorithm>) -> Function {
    let traits = Traits { name, digest_size: bits / 8, block_size: 200 - bits / 4 };
    Function { class: TypeCell::new(), traits, start, extendable: false }
}
const fn extendable(name: &'static str, bits: usize, start: fn() -> Box<dyn Algorithm>) -> Function {
    let traits = Traits { name, digest_size: 0, block_size: 200 - bits / 4 };
    Function { class: TypeCell::new(), traits, start, extendable: true }
}

static FUNCTIONS: [Function; 6] = [
    fixed("sha3_224", 224, hashing::fixed::<sha3::Sha3_224>),
    fixed("sha3_256", 256, hashing::fixed::<sha3::Sha3_256>),
    fixed("sha3_384", 384, hashing::fixed::<sha3::Sha3_384>),
    fixed("sha3_512", 512, hashing::fixed::<sha3::Sha3_512>),
    extendable("shake_128", 128, hashing::extendable::<shake::Shake128>),
    extendable("shake_256", 256, hashing::extendable::<shake::Shake256>),
];

struct Methods;

#[builtin_methods("sha3")]
impl Methods {
    #[new]
    fn new(
        cls: ClassRef,
        #[kw] data: Option<Value>,
        #[kwonly]
        #[default(true)]
        usedforsecurity: bool,
        #[kwonly] string: Option<Value>,
    ) -> Result<Object, Raised> {
        let _ = usedforsecurity;
        let Some(f) = FUNCTIONS.iter().find(|f| f.class.try_get().is_some_and(|class| std::ptr::eq(class, cls.0))) else {
            return Err(raise::type_error("not a SHA-3 class".into()));
        };
        hashing::start(&f.class, f.traits, (f.start)(), data, string)
    }
    #[getter]
    fn _capacity_bits(this: &Hash) -> usize {
        1600 - this.block_size_in_bytes() * 8
    }
    #[getter]
    fn _rate_bits(this: &Hash) -> usize {
        this.block_size_in_bytes() * 8
    }
    #[getter]
    fn _suffix(this: &Hash) -> Object {
        kiln_object::bytes::Bytes::new_object(if this.is_extendable() { &[0x1f] } else { &[0x06] })
    }
}

/// SHA-3.
#[kiln_macros::builtin_module("_sha3")]
pub mod module {
    use super::*;
    use kiln_object::module::Module;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        for f in &FUNCTIONS {
            if f.class.try_get().is_none() {
                let methods = if f.extendable { ExtendableMethods::METHODS } else { FixedMethods::METHODS };
                let class = define_another::<Hash>(f.traits.name, "_sha3", 0, methods, None);
                class.add_methods(CommonMethods::METHODS);
                class.add_methods(Methods::METHODS);
                f.class.set(class);
            }
            module.set(f.traits.name, f.class.get().as_value().to_object());
        }
        module.set("implementation", kiln_object::str::Str::new("RustCrypto"));
        module.set("_GIL_MINSIZE", Object::int(2048));
        Ok(())
    }
}
