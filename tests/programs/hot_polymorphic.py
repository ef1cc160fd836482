"""Sites that see one, two, four and many types; shapes that change under a loop."""
class Shape:
    def area(self): return 0
    def twice(self): return self.area() * 2
class Sq(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s * self.s
class Rect(Shape):
    def __init__(self, a, b): self.a, self.b = a, b
    def area(self): return self.a * self.b
class Unit(Shape):
    def area(self): return 1
class Tri(Shape):
    __slots__ = ("b", "h")
    def __init__(self, b, h): self.b, self.h = b, h
    def area(self): return self.b * self.h // 2
class Dyn(Shape):
    def __getattr__(self, n): return 3
    def area(self): return self.anything
classes = [type(f"C{i}", (Shape,), {"area": lambda self, i=i: i}) for i in range(12)]
def total(shapes, n):
    t = 0
    for _ in range(n):
        for s in shapes: t += s.twice()
    return t
for _ in range(2):
    print(total([Sq(2)], 2000))
    print(total([Sq(2), Rect(2, 3)], 1000))
    print(total([Sq(2), Rect(2, 3), Unit(), Tri(4, 5)], 500))
    print(total([Sq(2), Rect(2, 3), Unit(), Tri(4, 5), Dyn(), *[c() for c in classes]], 200))
def add_all(xs):
    r = xs[0]
    for x in xs[1:]: r = r + x
    return r
for _ in range(300): add_all([1, 2, 3])
print(add_all([1, 2.5, 3]), add_all(["a", "b"]), add_all([[1], [2]]), add_all([2 ** 62, 2 ** 62]), add_all([True, 1, 1j]), add_all([(1,), (2,)]))
class P:
    def __init__(self, i):
        if i % 2: self.a = i; self.b = 1
        else: self.b = 2; self.a = i
        if i % 3 == 0: self.c = 5
def shapes(n):
    t = 0
    for i in range(n):
        p = P(i); t += p.a + p.b
        if hasattr(p, "c"): t += p.c; del p.c
        t += getattr(p, "c", 1)
    return t
print(shapes(3000))
class Grow: pass
def grow(n):
    g = Grow()
    for i in range(n): setattr(g, f"f{i}", i)
    return sum(getattr(g, f"f{i}") for i in range(n)), len(vars(g)), list(vars(g))[:3]
print(grow(10), grow(300))
def items(cs, n):
    t = 0
    for _ in range(n):
        for c in cs: t += c[1]
    return t
class Seq:
    def __getitem__(self, i): return i * 100
print(items([[1, 2], (3, 4), {1: 5}, b"ab", bytearray(b"cd"), range(5), Seq()], 500))
def call(fs, n):
    t = 0
    for i in range(n):
        for f in fs: t += f(i)
    return t
class Callable:
    def __call__(self, x): return x + 1
    def m(self, x): return x + 2
    @staticmethod
    def s(x): return 3
    @classmethod
    def c(cls, x): return 4
print(call([lambda x: x, abs, Callable(), Callable().m, Callable.s, Callable.c, int, float, bool, len.__class__ and (lambda x, y=1: y)], 500))
def truth(vs, n): return sum(1 for _ in range(n) for v in vs if v)
print(truth([0, 1, "", "a", [], [0], None, 0.0, 0.5, {}, {1}, Shape(), True, False], 300))
def iterate(its, n):
    t = 0
    for _ in range(n):
        for it in its:
            for v in it: t += v
    return t
print(iterate([[1, 2], (3,), {4: 0}, {5}, range(3), b"a", frozenset([9])], 300))
def eq(vs, n):
    c = 0
    for _ in range(n):
        for a in vs:
            for b in vs: c += a == b
    return c
print(eq([1, 1.0, True, "a", "a", None, (1,), (1.0,), [1], 2 ** 70, 2.0 ** 70, b"a", Sq], 100))
