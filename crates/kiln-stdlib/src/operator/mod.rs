//! `_operator`: the operators as functions, and the callables that fetch items and attributes.

mod getters;

use kiln_macros::builtin_module;

#[builtin_module("_operator")]
pub mod module {
    //! Operators as functions.

    use kiln_builtins::shared::length_hint as hint;
    use kiln_object::args::{Keywords, Rest};
    use kiln_object::bytes::Bytes;
    use kiln_object::module::Module;
    use kiln_object::ops::{self, BinaryOp, CompareOp};
    use kiln_object::str::Str;
    use kiln_object::types::flags;
    use kiln_object::{Object, Raised, Special, Value, raise};

    /// Same as a + b.
    pub fn add(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Add, a, b)
    }
    /// Same as a - b.
    pub fn sub(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Sub, a, b)
    }
    /// Same as a * b.
    pub fn mul(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Mul, a, b)
    }
    /// Same as a @ b.
    pub fn matmul(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::MatMul, a, b)
    }
    /// Same as a / b.
    pub fn truediv(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::TrueDiv, a, b)
    }
    /// Same as a // b.
    pub fn floordiv(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::FloorDiv, a, b)
    }
    /// Same as a % b.
    #[name = "mod"]
    pub fn modulo(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Mod, a, b)
    }
    /// Same as a ** b.
    pub fn pow(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Pow, a, b)
    }
    /// Same as a << b.
    pub fn lshift(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::LShift, a, b)
    }
    /// Same as a >> b.
    pub fn rshift(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::RShift, a, b)
    }
    /// Same as a & b.
    pub fn and_(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::And, a, b)
    }
    /// Same as a | b.
    pub fn or_(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Or, a, b)
    }
    /// Same as a ^ b.
    pub fn xor(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary(BinaryOp::Xor, a, b)
    }

    /// Same as a += b.
    pub fn iadd(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Add, a, b)
    }
    /// Same as a -= b.
    pub fn isub(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Sub, a, b)
    }
    /// Same as a *= b.
    pub fn imul(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Mul, a, b)
    }
    /// Same as a @= b.
    pub fn imatmul(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::MatMul, a, b)
    }
    /// Same as a /= b.
    pub fn itruediv(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::TrueDiv, a, b)
    }
    /// Same as a //= b.
    pub fn ifloordiv(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::FloorDiv, a, b)
    }
    /// Same as a %= b.
    pub fn imod(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Mod, a, b)
    }
    /// Same as a **= b.
    pub fn ipow(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Pow, a, b)
    }
    /// Same as a <<= b.
    pub fn ilshift(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::LShift, a, b)
    }
    /// Same as a >>= b.
    pub fn irshift(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::RShift, a, b)
    }
    /// Same as a &= b.
    pub fn iand(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::And, a, b)
    }
    /// Same as a |= b.
    pub fn ior(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Or, a, b)
    }
    /// Same as a ^= b.
    pub fn ixor(a: Value, b: Value) -> Result<Object, Raised> {
        ops::binary_in_place(BinaryOp::Xor, a, b)
    }

    /// Same as a < b.
    pub fn lt(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Lt, a, b)
    }
    /// Same as a <= b.
    pub fn le(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Le, a, b)
    }
    /// Same as a == b.
    pub fn eq(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Eq, a, b)
    }
    /// Same as a != b.
    pub fn ne(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Ne, a, b)
    }
    /// Same as a > b.
    pub fn gt(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Gt, a, b)
    }
    /// Same as a >= b.
    pub fn ge(a: Value, b: Value) -> Result<Object, Raised> {
        ops::compare(CompareOp::Ge, a, b)
    }

    /// Same as -a.
    pub fn neg(a: Value) -> Result<Object, Raised> {
        ops::unary(Special::Neg, a)
    }
    /// Same as +a.
    pub fn pos(a: Value) -> Result<Object, Raised> {
        ops::unary(Special::Pos, a)
    }
    /// Same as ~a.
    pub fn invert(a: Value) -> Result<Object, Raised> {
        ops::unary(Special::Invert, a)
    }
    /// Same as ~a.
    pub fn inv(a: Value) -> Result<Object, Raised> {
        ops::unary(Special::Invert, a)
    }
    /// Same as abs(a).
    pub fn abs(a: Value) -> Result<Object, Raised> {
        ops::unary(Special::Abs, a)
    }
    /// Same as not a.
    pub fn not_(a: Value) -> Result<bool, Raised> {
        ops::is_true(a).map(|b| !b)
    }
    /// Whether a is true.
    pub fn truth(a: Value) -> Result<bool, Raised> {
        ops::is_true(a)
    }
    /// Same as a is b.
    pub fn is_(a: Value, b: Value) -> bool {
        a == b
    }
    /// Same as a is not b.
    pub fn is_not(a: Value, b: Value) -> bool {
        a != b
    }
    /// Same as a is None.
    pub fn is_none(a: Value) -> bool {
        a.is_none()
    }
    /// Same as a is not None.
    pub fn is_not_none(a: Value) -> bool {
        !a.is_none()
    }
    /// Same as a.__index__().
    pub fn index(a: Value) -> Result<Object, Raised> {
        // The answer is an exact int, whatever subclass the operand is of.
        let index = ops::index(a)?;
        match index.value().as_int() {
            Some(n) if !index.value().is_exact_int() => Ok(kiln_object::int::Int::from_big(n.to_big())),
            _ => Ok(index),
        }
    }

    /// Same as b in a.
    pub fn contains(a: Value, b: Value) -> Result<bool, Raised> {
        ops::contains(a, b)
    }
    fn not_iterable(v: Value) -> impl Fn(Raised) -> Raised {
        move |r| match raise::catch(r, &kiln_object::exc::TypeError) {
            Ok(_) => kiln_object::raise!(TypeError, "argument of type '{}' is not iterable", v.class().name()),
            Err(r) => r,
        }
    }
    /// How many items of a equal b.
    #[name = "countOf"]
    pub fn count_of(a: Value, b: Value) -> Result<i64, Raised> {
        let it = ops::iter(a).map_err(not_iterable(a))?;
        let mut n = 0;
        while let Some(o) = ops::next(it.value())? {
            n += ops::is_equal(o.value(), b)? as i64;
        }
        Ok(n)
    }
    /// The position of the first item of a that equals b.
    #[name = "indexOf"]
    pub fn index_of(a: Value, b: Value) -> Result<i64, Raised> {
        let it = ops::iter(a).map_err(not_iterable(a))?;
        let mut n = 0;
        while let Some(o) = ops::next(it.value())? {
            if ops::is_equal(o.value(), b)? {
                return Ok(n);
            }
            n += 1;
        }
        Err(raise::value_error("sequence.index(x): x not in sequence"))
    }
    /// Same as a[b].
    pub fn getitem(a: Value, b: Value) -> Result<Object, Raised> {
        ops::get_item(a, b)
    }
    /// Same as a[b] = c.
    pub fn setitem(a: Value, b: Value, c: Value) -> Result<(), Raised> {
        ops::set_item(a, b, c)
    }
    /// Same as del a[b].
    pub fn delitem(a: Value, b: Value) -> Result<(), Raised> {
        ops::del_item(a, b)
    }

    fn check_sequence(a: Value) -> Result<(), Raised> {
        let class = a.class();
        if class.has(flags::MAPPING) || class.special(Special::GetItem).is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "'{}' object can't be concatenated",
                class.name()
            ));
        }
        Ok(())
    }
    /// Same as a + b, for sequences.
    pub fn concat(a: Value, b: Value) -> Result<Object, Raised> {
        check_sequence(a)?;
        ops::binary(BinaryOp::Add, a, b)
    }
    /// Same as a += b, for sequences.
    pub fn iconcat(a: Value, b: Value) -> Result<Object, Raised> {
        check_sequence(a)?;
        ops::binary_in_place(BinaryOp::Add, a, b)
    }
    /// The length of an object, or what it estimates, or `default`.
    #[signature = "($module, obj, default=0, /)"]
    pub fn length_hint(obj: Value, default: Option<isize>) -> Result<i64, Raised> {
        Ok(hint(obj)?.map_or(default.unwrap_or(0) as i64, |n| n as i64))
    }
    /// Same as obj(*args, **kwargs).
    #[signature = "($module, obj, /, *args, **kwargs)"]
    pub fn call(args: Rest<'_>, kwargs: Keywords<'_>) -> Result<Object, Raised> {
        let Some((f, args)) = args.split_first() else {
            return Err(kiln_object::raise!(
                TypeError,
                "call expected at least 1 argument, got 0"
            ));
        };
        let named: Vec<(Value, Value)> = kwargs.iter().collect();
        kiln_object::call::call_keywords(*f, args, &named)
    }
    /// Whether a == b, in a time that does not depend on the contents. Both are bytes-like, or both ASCII str.
    #[name = "_compare_digest"]
    pub fn compare_digest(a: Value, b: Value) -> Result<bool, Raised> {
        fn bytes_of(v: Value) -> Result<Vec<u8>, Raised> {
            if let Some(b) = v.cast::<Bytes>() {
                return Ok(b.data().to_vec());
            }
            if v.class().special(Special::Buffer).is_some() {
                let copy = kiln_object::call::call(<Bytes as kiln_object::ObjectType>::class().as_value(), &[v])?;
                return Ok(copy.expect::<Bytes>().data().to_vec());
            }
            Err(kiln_object::raise!(
                TypeError,
                "a bytes-like object is required, not '{}'",
                v.class().name()
            ))
        }
        fn same(a: &[u8], b: &[u8]) -> bool {
            let other = if a.len() == b.len() { a } else { b };
            let differences = b.iter().zip(other).fold(0u8, |all, (x, y)| all | (x ^ y));
            a.len() == b.len() && std::hint::black_box(differences) == 0
        }
        if let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) {
            let (Some(x), Some(y)) = (x.as_ascii(), y.as_ascii()) else {
                return Err(kiln_object::raise!(
                    TypeError,
                    "comparing strings with non-ASCII characters is not supported"
                ));
            };
            return Ok(same(x.as_bytes(), y.as_bytes()));
        }
        if a.cast::<Str>().is_some() || b.cast::<Str>().is_some() {
            return Err(kiln_object::raise!(
                TypeError,
                "unsupported operand types(s) or combination of types: '{}' and '{}'",
                a.class().name(),
                b.class().name()
            ));
        }
        Ok(same(&bytes_of(a)?, &bytes_of(b)?))
    }

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        super::getters::add_to(module);
        Ok(())
    }
}
