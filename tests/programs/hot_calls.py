"""Calls of every shape from hot loops: keywords, defaults, star arguments, methods, closures, classes, generators, recursion."""
def f(a, b=2, *args, c=3, **kw): return a + b + c + len(args) + len(kw)
def calls(n):
    t = 0
    args, kw = (1, 2, 3), {"c": 5, "z": 1}
    for i in range(n):
        t += f(i) + f(i, 1) + f(i, c=1) + f(b=i, a=1) + f(*args) + f(1, **kw) + f(*args, 4, q=i, **kw)
    return t
print(calls(2000))
class V:
    __slots__ = ("x", "y")
    def __init__(self, x, y=0): self.x = x; self.y = y
    def add(self, o): return V(self.x + o.x, self.y + o.y)
    @classmethod
    def unit(cls): return cls(1, 1)
    @staticmethod
    def dot(a, b): return a.x * b.x + a.y * b.y
    @property
    def norm(self): return V.dot(self, self)
class W(V):
    def __init__(self, x): super().__init__(x, y=x)
    def add(self, o): return super().add(o)
def objects(n):
    a = V(0)
    for i in range(n):
        a = a.add(V.unit()).add(W(i % 3)); a = V(a.x % 1000, a.y % 1000)
    return a.x, a.y, a.norm
print(objects(2000))
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def ack(m, n): return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def hanoi(n, a, b, c): return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
print(fib(18), ack(2, 6), even(500), odd(501), hanoi(10, "a", "b", "c"))
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
def gens(n): return sum(x * y for x, y in zip(count(n), count(n))) + sum(count(n)) + len(list(count(n)))
print(gens(3000))
def make(k):
    def add(v, m=k): return v + k + m
    return add
def closures(n):
    t = 0
    for i in range(n): t += make(i)(1) + make(1)(i, 0) + (lambda q: q * i)(2)
    return t
print(closures(2000))
def perms(xs):
    if len(xs) <= 1: yield xs
    else:
        for i in range(len(xs)):
            for p in perms(xs[:i] + xs[i + 1:]): yield [xs[i]] + p
print(sum(1 for _ in perms(list(range(6)))), next(perms(list("abc"))))
class Node:
    def __init__(self, v, l=None, r=None): self.v, self.l, self.r = v, l, r
    def insert(self, v):
        if v < self.v:
            if self.l is None: self.l = Node(v)
            else: self.l.insert(v)
        elif self.r is None: self.r = Node(v)
        else: self.r.insert(v)
    def __iter__(self):
        if self.l: yield from self.l
        yield self.v
        if self.r: yield from self.r
    def depth(self): return 1 + max(self.l.depth() if self.l else 0, self.r.depth() if self.r else 0)
def tree(n):
    root = Node(n // 2)
    for i in range(n): root.insert(i * 7919 % n)
    return sum(root), root.depth(), list(root)[:5]
print(tree(700))
def builtins_loop(n):
    t = 0
    for i in range(n):
        t += len(str(i)) + abs(-i) + min(i, 5) + max(i, 7) + ord(chr(i % 100 + 20)) + int("7") + sum((i, 1)) + (isinstance(i, int) and not isinstance(i, str)) + divmod(i, 7)[1] + round(i / 3) + hash(i) + pow(i, 2, 11) + bool(i)
    return t
print(builtins_loop(2000))
class Callable:
    n = 0
    def __call__(self, *a, **k): self.n += len(a) + len(k); return self
c = Callable()
for i in range(1000): c(1, 2)(x=1)()
print(c.n)
def errors(n):
    bad = 0
    for i in range(n):
        try:
            if i % 3 == 0: f()
            elif i % 3 == 1: fib(1, 2)
            else: V(1, z=2)
        except TypeError as e: bad += len(str(e))
    return bad
print(errors(600))
def many(a, b, c, d, e, f, g, h, i, j, k=11, *, l=12): return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10 + k + l
def manyloop(n):
    t = 0
    for q in range(n): t += many(q, 1, 2, 3, 4, 5, 6, 7, 8, 9) + many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, l=q) + many(*range(10), k=q)
    return t
print(manyloop(1000))
def owns(x):
    x = x + [1]
    return len(x)
def deletes(x):
    n = len(x); del x
    return n
def captured(x):
    def g(): return len(x)
    return g()
def params(n): return sum(owns([i]) + deletes([1, 2]) + captured([3]) for i in range(n))
print(params(1000))
