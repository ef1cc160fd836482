"""Hot loops whose ints grow past 63 bits, and shrink again."""
def grow(n):
    x = 1
    for i in range(n):
        x = x + x
    return x
def add_until_big(n):
    total = 0
    step = 2 ** 55
    for i in range(n):
        total += step
    return total
def sub_down(n):
    v = -(2 ** 60)
    for i in range(n):
        v -= 2 ** 55
    return v
def mul_wrap(n):
    x = 1
    for i in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return x
def mul_mod(n):
    x = 3
    for i in range(n):
        x = x * x % 1000000007
    return x
def fact(n):
    r = 1
    while n > 1:
        r *= n
        n -= 1
    return r
def border(n):
    hits = 0
    v = 2 ** 62 - n // 2
    for i in range(n):
        v += 1
        if v > 4611686018427387903: hits += 1
    return hits, v
def neg_border(n):
    v = -(2 ** 62) + n // 2
    for i in range(n): v = v - 1
    return v, -v, abs(v), ~v
def shifts(n):
    acc = 0
    for i in range(n):
        acc ^= 1 << (i % 80)
        acc ^= acc >> 3
    return acc
def collatz(limit):
    best = (0, 0)
    for n in range(1, limit):
        k, c = n, 0
        while k != 1:
            k = k // 2 if k % 2 == 0 else 3 * k + 1
            c += 1
        if c > best[1]: best = n, c
    return best
def fib(n):
    a, b = 0, 1
    for _ in range(n): a, b = b, a + b
    return a
def negate(n):
    v = -(2 ** 62)
    out = 0
    for i in range(n):
        v = -v
        out += v & 255
    return v, out
def floordiv_edges(n):
    v = -(2 ** 62)
    s = 0
    for d in range(1, n):
        s += v // -d
        s ^= v % d
    return s
for f, a in ((grow, 50), (grow, 3000), (add_until_big, 3000), (sub_down, 3000), (mul_wrap, 20000), (mul_mod, 20000), (fact, 300), (border, 5000), (neg_border, 5000), (shifts, 5000), (collatz, 800), (fib, 3000), (negate, 3001), (floordiv_edges, 3000)):
    r = f(a)
    for _ in range(3): assert f(a) == r
    s = hex(r) if isinstance(r, int) else str(r)
    print(f.__name__, s if len(s) < 80 else (s[:30], s[-30:], len(s)))
def poly(v, n):
    for i in range(n): v = v + v
    return v
for _ in range(50): poly(1, 10)
print(poly(1, 70), poly(1.5, 10), poly("a", 3), poly([1], 2), poly(True, 3), poly((), 1))
