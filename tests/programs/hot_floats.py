"""Hot float loops that leave the tagged range: zero, infinities, nan, very large and very small."""
import math
def halve(n):
    x, steps = 1.0, 0
    while x > 0.0 and steps < n:
        x *= 0.5; steps += 1
    return x, steps
def double(n):
    x = 1.0
    for _ in range(n): x = x * 2.0
    return x
def to_zero(n):
    x = 5.0
    for i in range(n):
        x = x - 1.0
        if x == 0.0: x = 5.0
    return x
def zeros(n):
    acc = 0.0
    neg = 0
    for i in range(n):
        z = 0.0 * (-1.0 if i % 2 else 1.0)
        if math.copysign(1.0, z) < 0: neg += 1
        acc += z
    return acc, neg
def nan_loop(n):
    x = float("inf"); c = 0
    for i in range(n):
        y = x - x
        if y != y: c += 1
        if y == y or y < 1 or y > 1: c += 100
    return c
def big(n):
    x = 1e300
    s = 0.0
    for i in range(n):
        s = s + x
        x = x * 1.0000001
    return s
def mixed(n):
    t = 0
    for i in range(n):
        t = t + (i if i % 3 else i * 0.5)
    return t
def newton(v):
    x = v
    for _ in range(60): x = (x + v / x) / 2
    return x
def leibniz(n):
    s, sign = 0.0, 1.0
    for k in range(n):
        s += sign / (2 * k + 1); sign = -sign
    return 4 * s
def mandel(w):
    out = 0
    for py in range(w):
        for px in range(w):
            x0, y0 = px / w * 3.5 - 2.5, py / w * 2 - 1
            x = y = 0.0; i = 0
            while x * x + y * y <= 4 and i < 60:
                x, y = x * x - y * y + x0, 2 * x * y + y0
                i += 1
            out += i
    return out
def divide(n):
    errs = 0; s = 0.0
    for i in range(n):
        try: s += 1.0 / (i % 7 - 3.0)
        except ZeroDivisionError: errs += 1
    return s, errs
def floor_mod(n):
    s = 0.0
    for i in range(1, n): s += (-i * 0.75) % 2.5 + (i * 1.25) // -0.5
    return s
def compare(n):
    c = 0
    for i in range(n):
        f = i * 1.0
        if f == i: c += 1
        if f < i + 0.5 <= i + 1: c += 1
        if not f != i: c += 1
        if f is None: c += 10
    return c
def to_int(n):
    return sum(int(i * 0.7) + round(i * 0.3) for i in range(n))
def denorm(n):
    x = 2.0 ** -1000
    for i in range(n): x = x / 1.5
    return x
for f, a in ((halve, 5000), (double, 500), (double, 3000), (to_zero, 3001), (zeros, 3000), (nan_loop, 2000), (big, 3000), (mixed, 4000), (newton, 2.0), (newton, 1e200), (newton, 1e-200), (leibniz, 20000), (mandel, 24), (divide, 3500), (floor_mod, 3000), (compare, 3000), (to_int, 3000), (denorm, 300)):
    r = f(a)
    for _ in range(3): assert repr(f(a)) == repr(r)
    print(f.__name__, r)


def each(x, y):
    return x + y, x - y, x * y, x / y


class Int(int):
    pass


mixed = [(1, 2.5), (2.5, 3), (1.5, 0.25), (-7, 1e300), (1e-300, 2)]
for i in range(1200):
    each(*mixed[i % 5])
print([each(*pair) for pair in mixed])
print(each(2 ** 53 + 1, 1.0), each(1.0, 2 ** 60 - 1), each(True, 0.5), each(0.5, Int(3)), each(3, 4), each(10 ** 20, 0.5))
for pair in (1, 0.0), (1.0, 0), (10 ** 400, 1.0), (1.0, "x"), (1, 0):
    try:
        print(each(*pair))
    except (ZeroDivisionError, OverflowError, TypeError) as e:
        print(type(e).__name__, e)
