"""Special methods written in Python: what they return, decline and raise, and what their frames look like."""
import sys
import traceback


class V:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        if isinstance(other, V):
            return V(self.n + other.n)
        if isinstance(other, int):
            return V(self.n + other)
        return NotImplemented

    def __radd__(self, other):
        if isinstance(other, int):
            return V(other + self.n)
        return NotImplemented

    def __iadd__(self, other):
        if isinstance(other, str):
            return NotImplemented
        self.n += getattr(other, "n", other)
        return self

    def __sub__(self, other):
        return NotImplemented

    def __neg__(self):
        return V(-self.n)

    def __lt__(self, other):
        return NotImplemented if isinstance(other, str) else self.n < other.n

    def __gt__(self, other):
        return "gt" if isinstance(other, V) else NotImplemented

    def __eq__(self, other):
        return NotImplemented if isinstance(other, str) else self.n == getattr(other, "n", other)

    def __bool__(self):
        return self.n != 0

    def __getitem__(self, key):
        if key == "deep":
            return sys._getframe().f_back.f_code.co_name
        if key == "missing":
            raise KeyError(key)
        return self.n, key

    def __setitem__(self, key, value):
        self.n = key, value

    def __delitem__(self, key):
        self.n = "deleted", key

    def __contains__(self, key):
        return [key] if key else []

    def __repr__(self):
        return f"V({self.n!r})"

    @property
    def twice(self):
        return self.n * 2

    @twice.setter
    def twice(self, value):
        if value < 0:
            raise ValueError(value)
        self.n = value // 2

    def __call__(self, *args, **kwargs):
        return self.n, args, kwargs


class W(V):
    def __radd__(self, other):
        return "W first"


class Count:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 13:
            raise RuntimeError("thirteen")
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Tree:
    def __init__(self, *kids):
        self.kids = kids

    def __iter__(self):
        yield self
        for kid in self.kids:
            yield from kid


def show(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


def operators():
    a, b = V(1), V(2)
    print(a + b, a + 5, 5 + a, a + b + b, -a, a + W(3), a[1], a["deep"])
    c = a
    c += b
    c += 1
    print(c is a, a, a < b, a > b, b == 2, b != 2, a == "x", a != "x", not V(0), bool(a))
    print(3 in a, 0 in a, 0 not in a, a.twice, a(1, k=2), V(7)())
    a.twice = 10
    a[1] = 2
    b.n = 1
    print(a, "one" if b else "none", "less" if V(0) < b else "more", "same" if b == 1 else "other")
    del a[0]
    print(a)
    i = V(0)
    while i < V(3):
        i = i + 1
    print(i, 2.5 + 1, [x for x in Count(4)], len(list(Tree(Tree(), Tree(Tree())))))


def failures():
    a = V(1)
    show(lambda: a - 1)
    show(lambda: a - a)
    show(lambda: 1.5 + a)
    show(lambda: a + "x")
    show(lambda: a < "x")
    show(lambda: a["missing"])
    show(lambda: setattr(a, "twice", -1))

    def in_place():
        b = a
        b += "x"
    show(in_place)

    def loop():
        total = 0
        for x in Count(15):
            total += x
    show(loop)

    def property_in_a_frame():
        a.twice = -4
    show(property_in_a_frame)

    class Bad:
        def __bool__(self):
            return 3

        def __iter__(self):
            return 3

        def __init__(self, x=1):
            return x
    show(lambda: not object.__new__(Bad))
    show(lambda: [1 for _ in object.__new__(Bad)])
    show(lambda: Bad())
    show(lambda: Bad(x=None) is None)
    show(lambda: Bad(y=1))


def tracebacks():
    class T:
        def __add__(self, other):
            return self[other]

        def __getitem__(self, key):
            return key.nowhere
    try:
        T() + 3
    except AttributeError as e:
        for entry in traceback.extract_tb(e.__traceback__):
            print(entry.name, entry.line)


def recursion():
    class R:
        def __add__(self, other):
            return self + other
    try:
        R() + 1
    except RecursionError:
        print("too deep")


def generators_in_containers():
    def items(n):
        for i in range(n):
            if i == 7:
                raise ValueError(i)
            yield i
    print(list(items(3)), tuple(items(4)), sorted(set(x % 3 for x in items(6))))
    show(lambda: list(items(9)))
    show(lambda: tuple(items(8)))
    show(lambda: set([x] for x in items(2)))
    show(lambda: list(items(2), items(3)))
    g = items(5)
    next(g)
    print(list(g), list(g))


def pairs():
    print([(i, x) for i, x in enumerate("abc", 5)], [a + b for a, b in zip([1, 2, 3], (4, 5))])
    d = {"x": 1, "y": 2}
    for k, v in d.items():
        print(k, v)
    show(lambda: [a for a, b in zip([1], [2], [3])])
    show(lambda: [a for a, b in zip([1])])

    def grows():
        for k, v in d.items():
            d[k + "z"] = v
    show(grows)


for _ in range(3):
    operators()
failures()
tracebacks()
recursion()
generators_in_containers()
pairs()
