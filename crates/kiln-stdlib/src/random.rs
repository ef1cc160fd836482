//! `_random`: the Mersenne Twister (Matsumoto and Nishimura, 1998), seeded as CPython seeds it.

use kiln_macros::{builtin_methods, builtin_module};
use kiln_object::args::{Keywords, Rest};
use kiln_object::int::Int;
use kiln_object::layout::{Plain, alloc_instance, header};
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, flags};
use kiln_object::{Object, Raised, Value, raise};
use kiln_text::BigInt;
use std::cell::RefCell;

const N: usize = 624;
const M: usize = 397;

/// The generator: 624 words of state and the place of the next one.
pub struct Twister {
    words: [u32; N],
    at: usize,
}
impl Twister {
    fn seeded(seed: u32) -> Twister {
        let mut words = [0; N];
        words[0] = seed;
        for i in 1..N {
            words[i] = 1_812_433_253u32
                .wrapping_mul(words[i - 1] ^ (words[i - 1] >> 30))
                .wrapping_add(i as u32);
        }
        Twister { words, at: N }
    }
    fn from_key(key: &[u32]) -> Twister {
        let mut t = Twister::seeded(19_650_218);
        let w = &mut t.words;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            w[i] = (w[i] ^ (w[i - 1] ^ (w[i - 1] >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                w[0] = w[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            w[i] = (w[i] ^ (w[i - 1] ^ (w[i - 1] >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                w[0] = w[N - 1];
                i = 1;
            }
        }
        w[0] = 0x8000_0000;
        t
    }
    fn refill(&mut self) {
        let w = &mut self.words;
        for i in 0..N {
            let y = (w[i] & 0x8000_0000) | (w[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            w[i] = w[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }
    fn next(&mut self) -> u32 {
        if self.at >= N {
            self.refill();
        }
        let mut y = self.words[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
    /// A float in [0, 1) with 53 random bits.
    fn float(&mut self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }
}

object_struct! {
    /// `_random.Random`.
    pub struct Random = "Random", Raw { twister: Plain<RefCell<Twister>> }
}

/// The generator for a seed: an int by its magnitude, None by the system's random bytes, anything else by its hash.
fn seeded(seed: Option<Value>) -> Result<Twister, Raised> {
    let Some(v) = seed.filter(|v| !v.is_none()) else {
        let mut key = [0u8; 4 * N];
        fill_random(&mut key);
        let words: Vec<u32> = key
            .chunks(4)
            .map(|c| c.iter().rev().fold(0, |w, &b| w << 8 | u32::from(b)))
            .collect();
        return Ok(Twister::from_key(&words));
    };
    let magnitude = if let Some(i) = v.as_int() {
        i.to_big().abs()
    } else {
        BigInt::from(ops::hash(v)? as u64)
    };
    let mut key: Vec<u32> = magnitude
        .words()
        .iter()
        .flat_map(|w| [*w as u32, (*w >> 32) as u32])
        .collect();
    while key.len() > 1 && key.last() == Some(&0) {
        key.pop();
    }
    if key.is_empty() {
        key.push(0);
    }
    Ok(Twister::from_key(&key))
}

#[expect(unsafe_code, reason = "a system call that fills a buffer")]
fn fill_random(bytes: &mut [u8]) {
    let mut done = 0;
    while done < bytes.len() {
        // SAFETY: the buffer is ours and as long as we say.
        let n = unsafe { libc::getrandom(bytes[done..].as_mut_ptr().cast(), bytes.len() - done, 0) };
        if n <= 0 {
            break;
        }
        done += n as usize;
    }
}

struct Methods;
#[builtin_methods(Random)]
impl Methods {
    #[new]
    #[signature = "(*args, **kwargs)"]
    fn new(cls: ClassRef, _args: Rest<'_>, _kwargs: Keywords<'_>) -> Object {
        alloc_instance(
            cls.0,
            Random {
                header: header::<Random>(),
                twister: Plain(RefCell::new(Twister::seeded(0))),
            },
        )
    }
    #[signature = "($self, /, *args, **kwargs)"]
    fn __init__(this: &Random, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<(), Raised> {
        if !kwargs.is_empty() {
            return Err(kiln_object::raise!(TypeError, "Random() takes no keyword arguments"));
        }
        if args.len() > 1 {
            return Err(kiln_object::raise!(
                TypeError,
                "Random expected at most 1 argument, got {}",
                args.len()
            ));
        }
        let twister = seeded(args.first().copied())?;
        *this.twister.borrow_mut() = twister;
        Ok(())
    }
    /// A random float in the interval [0, 1).
    fn random(this: &Random) -> f64 {
        this.twister.borrow_mut().float()
    }
    /// Starts anew from a seed, by default from the system's random bytes.
    #[signature = "($self, n=None, /)"]
    fn seed(this: &Random, n: Option<Value>) -> Result<(), Raised> {
        let twister = seeded(n)?;
        *this.twister.borrow_mut() = twister;
        Ok(())
    }
    /// The state as a tuple of ints.
    fn getstate(this: &Random) -> Object {
        let t = this.twister.borrow();
        let mut items: Vec<Object> = t.words.iter().map(|&w| Object::int(i64::from(w))).collect();
        items.push(Object::int(t.at as i64));
        Tuple::from_vec(items)
    }
    /// Returns to a state that `getstate` gave.
    fn setstate(this: &Random, state: Value) -> Result<(), Raised> {
        let Some(t) = state.cast::<Tuple>() else {
            return Err(kiln_object::raise!(TypeError, "state vector must be a tuple"));
        };
        if t.len() != N + 1 {
            return Err(raise::value_error("state vector is the wrong size"));
        }
        let mut words = [0; N];
        for (word, &v) in words.iter_mut().zip(t.items()) {
            *word = unsigned(v)? as u32;
        }
        let at = <i64 as kiln_object::FromValue<'_>>::from_value(&t.items()[N], "state")?;
        if !(0..=N as i64).contains(&at) {
            return Err(raise::value_error("invalid state"));
        }
        *this.twister.borrow_mut() = Twister { words, at: at as usize };
        Ok(())
    }
    /// An int of k random bits.
    fn getrandbits(this: &Random, k: Value) -> Result<Object, Raised> {
        let bits = ops::index(k)?;
        let Some(big) = bits.as_int() else {
            return Ok(Object::int(0));
        };
        if big.is_negative() {
            return Err(raise::value_error("Cannot convert negative int"));
        }
        let Some(mut k) = big.to_i64().filter(|k| *k < 1 << 40) else {
            return Err(kiln_object::raise!(
                OverflowError,
                "Python int too large to convert to C int"
            ));
        };
        let mut t = this.twister.borrow_mut();
        if k == 0 {
            return Ok(Object::int(0));
        }
        if k <= 32 {
            return Ok(Object::int(i64::from(t.next() >> (32 - k))));
        }
        let mut words = Vec::with_capacity((k as usize).div_ceil(64));
        while k > 0 {
            let mut half = || {
                if k <= 0 {
                    return 0;
                }
                let r = t.next();
                let r = if k < 32 { r >> (32 - k) } else { r };
                k -= 32;
                u64::from(r)
            };
            let (low, high) = (half(), half());
            words.push(high << 32 | low);
        }
        Ok(Int::from_big(BigInt::from_words(false, &words)))
    }
}
fn unsigned(v: Value) -> Result<u64, Raised> {
    let Some(i) = v.as_int() else {
        return Err(kiln_object::raise!(TypeError, "an integer is required"));
    };
    if i.is_negative() {
        return Err(kiln_object::raise!(
            OverflowError,
            "can't convert negative value to unsigned int"
        ));
    }
    i.to_big()
        .to_u64()
        .ok_or_else(|| kiln_object::raise!(OverflowError, "Python int too large to convert to C unsigned long"))
}

#[builtin_module("_random")]
pub mod module {
    //! The Mersenne Twister random number generator.

    use kiln_object::Raised;
    use kiln_object::module::Module;
    use kiln_object::types::define;

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let class = define::<super::Random>(
            "Random",
            "_random",
            None,
            super::flags::BASETYPE,
            super::Methods::METHODS,
            Some("A random number generator with its own state."),
        );
        module.set("Random", class.as_value().to_object());
        Ok(())
    }
}
