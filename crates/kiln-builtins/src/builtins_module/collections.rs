//! Functions over collections and iterators.

use kiln_macros::builtin_module;

/// Functions over collections and iterators.
#[builtin_module("builtins")]
pub mod functions {
    use crate::list;
    use kiln_object::args::{Keywords, Rest};
    use kiln_object::call::call;
    use kiln_object::generator::Generator;
    use kiln_object::hooks::hooks;
    use kiln_object::list::List;
    use kiln_object::ops::{self, BinaryOp, CompareOp};
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Special, Value, bytes, raise};
    use kiln_text::BigInt;

    /// The number of items of a container.
    pub fn len(obj: Value) -> Result<usize, Raised> {
        ops::len(obj)
    }
    /// Whether every item of the iterable is true.
    pub fn all(iterable: Value) -> Result<bool, Raised> {
        if iterable.is_exact::<Generator>() {
            return (hooks().drive)(iterable, &mut |o| ops::is_true(o.value()));
        }
        let it = ops::iter(iterable)?;
        while let Some(o) = ops::next(it.value())? {
            if !ops::is_true(o.value())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    /// Whether some item of the iterable is true.
    pub fn any(iterable: Value) -> Result<bool, Raised> {
        if iterable.is_exact::<Generator>() {
            return (hooks().drive)(iterable, &mut |o| ops::is_true(o.value()).map(|t| !t)).map(|ended| !ended);
        }
        let it = ops::iter(iterable)?;
        while let Some(o) = ops::next(it.value())? {
            if ops::is_true(o.value())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// A new sorted list of the items of an iterable.
    #[signature = "($module, iterable, /, *, key=None, reverse=False)"]
    pub fn sorted(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let [iterable] = args else {
            return Err(kiln_object::raise!(
                TypeError,
                "sorted expected 1 argument, got {}",
                args.len()
            ));
        };
        let (mut key, mut reverse) = (None, None);
        let o = list::from_iterable(*iterable)?;
        for (name, value) in kwargs.iter() {
            match name.cast::<Str>().map(Str::to_string_lossy).as_deref() {
                Some("key") => key = Some(value).filter(|v| !v.is_none()),
                Some("reverse") => reverse = Some(value),
                Some(other) => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "sort() got an unexpected keyword argument '{other}'"
                    ));
                }
                None => return Err(kiln_object::raise!(TypeError, "keywords must be strings")),
            }
        }
        let reverse = reverse.map_or(Ok(false), ops::is_true)?;
        list::sort(o.expect::<List>(), key, reverse)?;
        Ok(o)
    }

    /// Whether an item is smaller, or larger, than the one found so far.
    #[inline]
    fn is_better(op: CompareOp, item: Value, so_far: Value) -> Result<bool, Raised> {
        if item.is_int() && so_far.is_int() {
            return Ok(if op == CompareOp::Lt {
                item.int() < so_far.int()
            } else {
                item.int() > so_far.int()
            });
        }
        ops::compare_bool(op, item, so_far)
    }

    fn extreme(name: &str, op: CompareOp, args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let (mut key, mut default) = (None, None);
        if args.is_empty() {
            return Err(kiln_object::raise!(
                TypeError,
                "{name} expected at least 1 argument, got 0"
            ));
        }
        for (keyword, value) in kwargs.iter() {
            match keyword.cast::<Str>().map(Str::to_string_lossy).as_deref() {
                Some("key") => key = Some(value).filter(|v| !v.is_none()),
                Some("default") => default = Some(value),
                other => {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "{name}() got an unexpected keyword argument '{}'",
                        other.unwrap_or_default()
                    ));
                }
            }
        }
        if args.len() > 1 && default.is_some() {
            return Err(kiln_object::raise!(
                TypeError,
                "Cannot specify a default for {name}() with multiple positional arguments"
            ));
        }
        if key.is_none() {
            let best = match args {
                [iterable] => {
                    let it = ops::iter(*iterable)?;
                    match ops::next(it.value())? {
                        None => None,
                        Some(mut best) => {
                            while let Some(o) = ops::next(it.value())? {
                                if is_better(op, o.value(), best.value())? {
                                    best = o;
                                }
                            }
                            Some(best)
                        }
                    }
                }
                [first, rest @ ..] => {
                    let mut best = *first;
                    for &o in rest {
                        if is_better(op, o, best)? {
                            best = o;
                        }
                    }
                    Some(best.to_object())
                }
                [] => None,
            };
            return match (best, default) {
                (Some(o), _) => Ok(o),
                (None, Some(v)) => Ok(v.to_object()),
                (None, None) => Err(kiln_object::raise!(ValueError, "{name}() iterable argument is empty")),
            };
        }
        let mut best: Option<(Object, Object)> = None;
        let mut consider = |o: Object| -> Result<(), Raised> {
            let k = match key {
                Some(f) => call(f, &[o.value()])?,
                None => o.clone(),
            };
            let better = match &best {
                None => true,
                Some((_, so_far)) => ops::compare_bool(op, k.value(), so_far.value())?,
            };
            if better {
                best = Some((o, k));
            }
            Ok(())
        };
        if let [iterable] = args {
            let it = ops::iter(*iterable)?;
            while let Some(o) = ops::next(it.value())? {
                consider(o)?;
            }
        } else {
            for v in args {
                consider(v.to_object())?;
            }
        }
        match (best, default) {
            (Some((o, _)), _) => Ok(o),
            (None, Some(v)) => Ok(v.to_object()),
            (None, None) => Err(kiln_object::raise!(ValueError, "{name}() iterable argument is empty")),
        }
    }
    /// The smallest item of an iterable, or the smallest argument.
    #[signature = "(iterable, *[, default=obj, key=func]) or min(arg1, arg2, *args, *[, key=func])"]
    pub fn min(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        extreme("min", CompareOp::Lt, args, kwargs)
    }
    /// The largest item of an iterable, or the largest argument.
    #[signature = "(iterable, *[, default=obj, key=func]) or max(arg1, arg2, *args, *[, key=func])"]
    pub fn max(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        extreme("max", CompareOp::Gt, args, kwargs)
    }

    /// A sum of floats with the rounding errors kept aside (Neumaier's variant of Kahan's algorithm).
    #[derive(Clone, Copy)]
    struct Compensated {
        high: f64,
        low: f64,
    }
    impl Compensated {
        fn new(x: f64) -> Compensated {
            Compensated { high: x, low: 0.0 }
        }
        fn add(&mut self, x: f64) {
            let t = self.high + x;
            if self.high.abs() >= x.abs() {
                self.low += (self.high - t) + x;
            } else {
                self.low += (x - t) + self.high;
            }
            self.high = t;
        }
        fn total(self) -> f64 {
            if self.low != 0.0 && self.low.is_finite() {
                self.high + self.low
            } else {
                self.high
            }
        }
    }
    fn exact_complex(v: Value) -> Option<(f64, f64)> {
        v.exact::<kiln_object::complex::Complex>().map(|c| (c.real.0, c.imag.0))
    }
    /// An int that a float sum takes as it is.
    fn int_as_float(v: Value) -> Option<f64> {
        v.as_int().and_then(|i| i.to_i64()).map(|i| i as f64)
    }

    /// The sum of the items of an iterable, and of `start`.
    #[signature = "($module, iterable, /, start=0)"]
    pub fn sum(iterable: Value, #[kw] start: Option<Value>) -> Result<Object, Raised> {
        let it = ops::iter(iterable)?;
        let mut total = match start {
            None => Object::int(0),
            Some(v) => {
                let kind = if v.cast::<Str>().is_some() {
                    Some(("strings", "''"))
                } else if v.cast::<bytes::Bytes>().is_some() {
                    Some(("bytes", "b''"))
                } else if v.class().name() == "bytearray" {
                    Some(("bytearray", "b''"))
                } else {
                    None
                };
                if let Some((what, empty)) = kind {
                    return Err(kiln_object::raise!(
                        TypeError,
                        "sum() can't sum {what} [use {empty}.join(seq) instead]"
                    ));
                }
                v.to_object()
            }
        };
        if let Some(mut small) = total.is_exact_int().then(|| total.as_small_int()).flatten() {
            loop {
                let Some(o) = ops::next(it.value())? else {
                    return Ok(Object::int(small));
                };
                let i = if Value::is_int(o.value()) {
                    Some(Value::int(o.value()))
                } else if o.is_true() || o.is_false() {
                    Some(o.is_true() as i64)
                } else {
                    None
                };
                match i.and_then(|i| small.checked_add(i)) {
                    Some(sum) => small = sum,
                    None => {
                        total = ops::binary(BinaryOp::Add, Object::int(small).value(), o.value())?;
                        break;
                    }
                }
            }
        }
        if let Some(f) = total.is_exact_float().then(|| total.as_float()).flatten() {
            let mut sum = Compensated::new(f);
            loop {
                let Some(o) = ops::next(it.value())? else {
                    return Ok(Object::float(sum.total()));
                };
                if o.is_exact_float() {
                    sum.add(o.as_float().unwrap_or_default());
                } else if let Some(x) = int_as_float(o.value()) {
                    sum.high += x;
                } else {
                    total = ops::binary(BinaryOp::Add, Object::float(sum.total()).value(), o.value())?;
                    break;
                }
            }
        }
        if let Some((re, im)) = exact_complex(total.value()) {
            let (mut re, mut im) = (Compensated::new(re), Compensated::new(im));
            loop {
                let Some(o) = ops::next(it.value())? else {
                    return Ok(kiln_object::complex::Complex::new_object(re.total(), im.total()));
                };
                if let Some((x, y)) = exact_complex(o.value()) {
                    re.add(x);
                    im.add(y);
                } else if let Some(x) = int_as_float(o.value()) {
                    re.high += x;
                } else if o.is_exact_float() {
                    re.add(o.as_float().unwrap_or_default());
                } else {
                    let so_far = kiln_object::complex::Complex::new_object(re.total(), im.total());
                    total = ops::binary(BinaryOp::Add, so_far.value(), o.value())?;
                    break;
                }
            }
        }
        while let Some(o) = ops::next(it.value())? {
            total = ops::binary(BinaryOp::Add, total.value(), o.value())?;
        }
        Ok(total)
    }

    /// The absolute value of a number.
    pub fn abs(number: Value) -> Result<Object, Raised> {
        if let Some(i) = number.as_small_int() {
            return Ok(Object::int(i.abs()));
        }
        ops::unary(Special::Abs, number)
    }
    /// The pair `(x // y, x % y)`.
    pub fn divmod(x: Value, y: Value) -> Result<Object, Raised> {
        let (a, b) = (x.class(), y.class());
        let reflected = b.special(Special::RDivMod);
        let first = !std::ptr::eq(a, b) && b.is_subtype(a) && reflected != a.special(Special::RDivMod);
        let attempts = [
            (first, b.special(Special::RDivMod), y, x),
            (true, a.special(Special::DivMod), x, y),
            (!first && !std::ptr::eq(a, b), reflected, y, x),
        ];
        for (wanted, f, receiver, other) in attempts {
            if let (true, Some(f)) = (wanted, f) {
                let r = kiln_object::call::call_special(f, receiver, &[other])?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
        }
        Err(kiln_object::raise!(
            TypeError,
            "unsupported operand type(s) for divmod(): '{}' and '{}'",
            a.name(),
            b.name()
        ))
    }
    /// `base ** exp`, or `base ** exp % mod`.
    #[signature = "($module, /, base, exp, mod=None)"]
    pub fn pow(
        #[kw] base: Value,
        #[kw] exp: Value,
        #[kw]
        #[arg = "mod"]
        #[none]
        modulus: Option<Value>,
    ) -> Result<Object, Raised> {
        ops::power(base, exp, modulus.unwrap_or_else(kiln_object::singletons::none))
    }
    /// A number rounded to `ndigits` digits after the decimal point, to an int without them.
    #[signature = "($module, /, number, ndigits=None)"]
    pub fn round(
        #[kw] number: Value,
        #[kw]
        #[none]
        ndigits: Option<Value>,
    ) -> Result<Object, Raised> {
        let Some(f) = number.class().special(Special::Round) else {
            return Err(kiln_object::raise!(
                TypeError,
                "type {} doesn't define __round__ method",
                number.class().name()
            ));
        };
        match ndigits {
            None => kiln_object::call::call_special(f, number, &[]),
            Some(n) => kiln_object::call::call_special(f, number, &[n]),
        }
    }

    fn in_base(number: Value, prefix: &str, radix: u8) -> Result<String, Raised> {
        let i = ops::index(number)?;
        let big = i.as_int().map_or(BigInt::ZERO, |i| i.to_big());
        let sign = if big.is_negative() { "-" } else { "" };
        Ok(format!("{sign}{prefix}{}", big.abs().to_radix(radix)))
    }
    /// The binary form of an int.
    ///
    /// >>> bin(10)
    /// '0b1010'
    pub fn bin(number: Value) -> Result<String, Raised> {
        in_base(number, "0b", 2)
    }
    /// The octal form of an int.
    pub fn oct(number: Value) -> Result<String, Raised> {
        in_base(number, "0o", 8)
    }
    /// The hexadecimal form of an int.
    pub fn hex(number: Value) -> Result<String, Raised> {
        in_base(number, "0x", 16)
    }
    /// The str of one character with code point `i`.
    pub fn chr(i: Value) -> Result<Object, Raised> {
        let index = ops::index(i)?;
        match index.as_int().and_then(|i| i.to_i64()) {
            Some(code @ 0..0x110000) => Ok(Str::from_char(code as u32)),
            _ => Err(raise::value_error("chr() arg not in range(0x110000)")),
        }
    }
    /// The code point of a str of one character.
    #[signature = "($module, character, /)"]
    pub fn ord(c: Value) -> Result<i64, Raised> {
        let n = if let Some(s) = c.cast::<Str>() {
            if s.len() == 1 {
                return Ok(s.at(0) as i64);
            }
            s.len()
        } else if let Some(b) = c.cast::<bytes::Bytes>() {
            if let [b] = b.data() {
                return Ok(*b as i64);
            }
            b.len()
        } else if c.class().mro().iter().any(|t| t.name() == "bytearray") {
            let n = ops::len(c)?;
            if n == 1 {
                let item = ops::get_item(c, Value::ZERO)?;
                return Ok(item.as_small_int().unwrap_or_default());
            }
            n
        } else {
            return Err(kiln_object::raise!(
                TypeError,
                "ord() expected string of length 1, but {} found",
                c.class().name()
            ));
        };
        Err(kiln_object::raise!(
            TypeError,
            "ord() expected a character, but string of length {n} found"
        ))
    }
}
