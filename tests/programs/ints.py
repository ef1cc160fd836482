"""Integers of any size: arithmetic, bit operations, conversion, the 63-bit border."""
import math
M = 2 ** 62
for v in (M - 1, M, M + 1, -M, -M - 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64, -(2 ** 64), 10 ** 30):
    print(v, v + 1, v - 1, -v, v * 2, v * v, v // 7, v % 7, v >> 3, v << 3, v & 0xFFFF, v | 1, v ^ -1, ~v, v.bit_length(), v.bit_count())
print(M + M, M * M * M, (M - 1) + 1 - 1 == M - 1, hash(M), hash(2 ** 61 - 1), hash(2 ** 61), hash(-1), hash(-2), hash(10 ** 40), hash(-(10 ** 40)))
for a, b in ((7, 3), (-7, 3), (7, -3), (-7, -3), (10 ** 25, 10 ** 12 + 39), (-(10 ** 25), 10 ** 12 + 39), (5, 10 ** 20), (-5, 10 ** 20), (0, 5)):
    q, r = divmod(a, b)
    print(q, r, a // b, a % b, q * b + r == a, a / b)
print(2 ** 100, (-2) ** 63, 2 ** -2, 0 ** 0, pow(3, 1000, 10 ** 9 + 7), pow(3, -1, 7), pow(-5, 3, 13), (-3) ** 3, 10 ** 18 * 10)
print(1 << 70, (1 << 70) >> 69, -1 >> 100, -(1 << 70) >> 3, 5 << 0, 0 << 10 ** 3, (-5) >> 1, -5 & 3, -5 | 3, -5 ^ 3, -(2 ** 70) & (2 ** 66 - 1))
print(int("123456789012345678901234567890"), int("-0x1F", 16), int("0b101", 0), int("z", 36), int(" 42\n"), int("1_000"), int(3.99), int(-3.99), int(1e20), int(True))
for bad in ("", "x", "1__0", "0x", "_1", "1_", "12a", "٣x"):
    try: print(int(bad))
    except ValueError as e: print(e)
print(int("٣٤"), hex(255), oct(-8), bin(10), hex(2 ** 70), bin(-5), f"{2 ** 70:,}", str(10 ** 50), repr(-(10 ** 19)))
print((255).to_bytes(2, "big"), (255).to_bytes(2, "little"), (-1).to_bytes(3, "big", signed=True), int.from_bytes(b"\x01\x00", "big"), int.from_bytes(b"\xff\xfe", "little", signed=True), (2 ** 70).to_bytes(9, "big"))
try: (256).to_bytes(1, "big")
except OverflowError as e: print(e)
try: (-1).to_bytes(1, "big")
except OverflowError as e: print(e)
print((10).__add__(5), (10).__radd__(5), (1).__add__("x"), (5).real, (5).imag, (5).numerator, (5).denominator, (5).conjugate(), (7).as_integer_ratio(), (5).is_integer())
print(round(1234, -2), round(1250, -2), round(1350, -2), round(-15, -1), round(25, -1), round(5), round(5, 2), math.isqrt(10 ** 40), math.gcd(2 ** 70, 6 ** 40), math.lcm(4, 6, 10), math.factorial(30), math.comb(60, 30), math.perm(10, 3))
print(True + True, True * 5, -True, ~5, True & False, True | 2, True ^ True, isinstance(True, int), True == 1, {1: "a", True: "b", 1.0: "c"}, [10, 20][True], str(True), int(True), True << 3, sum([True, True]))
print(10 ** 20 == 1e20, 2 ** 53 + 1 == float(2 ** 53 + 1), 2 ** 53 + 1 > float(2 ** 53), 10 ** 400 > 1e308, 10 ** 400 > float("inf"), -(10 ** 400) < float("-inf"), 3 < 3.5, 10 ** 22 < 1e22)
try: float(10 ** 400)
except OverflowError as e: print(e)
try: 10 ** 400 / 3
except OverflowError as e: print(e)
print(10 ** 400 / 10 ** 399, (10 ** 30 + 1) / 10 ** 30, 1 / 3, (2 ** 70) / (2 ** 69), -7 / 2, 0 / -5)
try: 1 << (1 << 70)
except (OverflowError, MemoryError) as e: print(type(e).__name__)
x = 1
for i in range(1, 80): x = x * i % (2 ** 89 - 1)
print(x)
f = 1
for i in range(1, 101): f *= i
print(f)
s = str(3 ** 500)
print(len(s), int(s) == 3 ** 500, sum(map(int, s)), int(s[::-1]) % 97)
a = 3 ** 300; b = 7 ** 200
print(a * b // b == a, (a * b) % a, a - b, b - a, math.gcd(a * 6, b * 4), (a ^ b) & 0xFFFFFFFF, a < b, a == 3 ** 300, a is not None, -a < a)
class I(int):
    def __index__(self): return 99
    def __repr__(self): return "I"
print(I(5) + 1, [I(3)], int(I(5)), I(2) ** 3, type(I(1) + I(2)).__name__, {I(1): 2}[1], "%d" % I(4), range(5)[I(2)], hex(I(7)))
class Idx:
    def __index__(self): return 3
print(list(range(Idx())), [0, 1, 2, 3][Idx()], hex(Idx()), int(Idx()), bin(Idx()), "ab" * Idx(), 1 in range(Idx()))
class N:
    def __int__(self): return 7
    def __trunc__(self): return 8
    def __float__(self): return 1.5
    def __complex__(self): return 2j
print(int(N()), float(N()), complex(N()))
import sys
print(sys.maxsize, sys.int_info.bits_per_digit > 0, sys.maxsize + 1)
try: int("1" * 5000)
except ValueError as e: print(e)
try: str(10 ** 5000)
except ValueError as e: print(e)
