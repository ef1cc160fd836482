"""Floats: repr, arithmetic, specials, rounding, conversion, values outside the tagged range."""
import math
inf, nan = float("inf"), float("nan")
for v in (0.0, -0.0, 1.0, 0.1, 1 / 3, 1e16, 1e15, 123456789.123, 1e-5, 1e-4, 5e-324, 1.7976931348623157e308, 2.0 ** 300, 2.0 ** -300, inf, -inf, nan, 1e22, 1e23, 2.5, -1.5e-10):
    print(repr(v), str(v), f"{v:g}", f"{v:.3e}", v == v, -v, abs(v), bool(v))
print(0.1 + 0.2, 1e308 * 10, -1e308 * 10, inf - inf, inf * 0, 1e-320 / 10, 3.0 // 0.7, -3.0 // 0.7, 3.5 % 2, -3.5 % 2, 3.5 % -2, -0.0 + 0, 0.0 * -1, 5.0 // inf, -5.0 // inf, 5 % inf, -5 % inf, 0.0 == -0.0)
print(divmod(7.5, 2), divmod(-7.5, 2), 2.0 ** 0.5, 2 ** 0.5, (-8) ** (1 / 3), 0.0 ** 0, inf ** 0, nan ** 0, 1.0 ** nan, 2.0 ** 1023, 4 ** -0.5)
for f in (lambda: 2.0 ** 2000, lambda: 1.0 / 0, lambda: 1.0 % 0.0, lambda: 0.0 ** -1, lambda: int(inf), lambda: int(nan), lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.exp(1000), lambda: round(inf), lambda: inf.as_integer_ratio(), lambda: float("1e"), lambda: float(""), lambda: math.floor(nan), lambda: float([]), lambda: math.acos(2)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.5678, -2), round(0.5), round(1e300), round(1.5, 0), round(1e16 + 0.5, 1), round(-0.4), round(5e-324, 400), round(1.25, 1))
print(float("1e5"), float(" inf "), float("-Infinity"), float("nan") != float("nan"), float("1_0.5"), float(".5"), float("5."), float("0x1p3") if False else float.fromhex("0x1.8p3"), (12.5).hex(), (0.1).hex(), float(2 ** 60), float(True), float("1" * 400) == inf)
print((2.5).is_integer(), (2.0).is_integer(), (0.75).as_integer_ratio(), (2.5).real, (2.5).imag, (2.5).conjugate(), (1e300).as_integer_ratio()[1], int(1e300) % 1000)
print(hash(1.0) == hash(1), hash(0.5), hash(inf), hash(-inf), hash(-0.0), hash(1e300) == hash(int(1e300)), hash(0.1), hash(-1.0))
print(1.0 == 1, 1.5 > 1, 1 < 1.5 < 2, inf > 10 ** 400, nan < 1, nan > 1, nan == nan, nan in [nan], [nan] == [nan], 2 ** 53 == 2.0 ** 53, max(1.0, nan), max(nan, 1.0), min(-0.0, 0.0), sorted([3.5, 1, 2.5]), sum([0.1] * 10), math.fsum([0.1] * 10))
print(math.pi, math.e, math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5), math.sqrt(2), math.hypot(3, 4), math.atan2(1, -1), math.copysign(1, -0.0), math.frexp(10.0), math.ldexp(0.5, 5), math.modf(-3.25), math.fmod(-7, 3), math.isnan(nan), math.isinf(-inf), math.isclose(0.1 + 0.2, 0.3), math.log(8, 2), math.log2(8), math.log10(1000), math.degrees(math.pi), math.tau, math.nextafter(1, 2), math.ulp(1.0), math.remainder(7, 4), math.dist((0, 0), (3, 4)), math.prod([1.5, 2]), math.exp(1), math.sin(1), math.cosh(1), math.gamma(5), math.erf(0.5), math.log1p(1e-10), math.expm1(1e-10), math.sumprod([1, 2], [3, 4]), math.fma(2.0, 3.0, 1.0))
big, small = 1.0, 1.0
for i in range(400): big *= 2.0; small /= 2.0
print(big, small, big * small, big / 2.0 ** 399, small * 2.0 ** 400)
acc, x = 0.0, 1.0
for i in range(1100): x *= 0.5; acc += x
print(acc, x)
class F(float):
    def __add__(self, o): return "added"
print(F(1.5) + 1, F(2) * 2, 1 + F(1), type(F(1) * 1).__name__, float(F(3)), repr(F(1.5)), isinstance(F(1), float))
print(1e16 + 1, 1e15 + 0.3, 4.35 * 100, 1.1 + 2.2, 100 * 1.1, 1e-7 * 3, 9007199254740993.0, 0.1 * 3, 1 / 49 * 49, 1.1 ** 10)
print(complex(1, 2) * (3 - 4j), (1 + 2j) / (3 - 1j), abs(3 + 4j), (1 + 2j) ** 2, (2j) ** 0.5, -1j, complex("1+2j"), complex("-j"), 1j.imag, (1 + 2j).conjugate(), 1 + 2j == 1 + 2j, hash(1 + 0j) == hash(1), complex(0.0, -0.0), complex(inf, nan), 1j * 1j, (1 + 2j) - 1, 3 + 0j == 3, repr(-0j), bool(0j), sum([1j, 2]))
try: 1j < 2
except TypeError as e: print(e)
try: complex("x")
except ValueError as e: print(e)
try: 1j / 0
except ZeroDivisionError as e: print(e)
try: 1j // 1
except TypeError as e: print(e)
print(float.fromhex("0x1p-1074"), 4.9406564584124654e-324, 2.2250738585072014e-308, 1.0e-310 * 1e10, (5e-324 / 2), math.inf == inf, -inf < nan)
a = 0.0; a_is = [a + 0.0 for _ in range(3)]
print(a_is, [math.copysign(1, v) for v in (0.0 * -1, -0.0 + 0.0, -0.0 - 0.0, 0.0 - 0.0)])
print("%.17g %.10f %5.1f|%-8.2f|%+.1e" % (0.1, 1 / 3, 2.25, 3.14159, 12345.678), "{:.2f} {:10.4f} {:<10.2e}| {:+g} {:#g} {:08.3f}".format(2.675, math.pi, 12345.6789, 1.0, 1.0, -3.14159))
