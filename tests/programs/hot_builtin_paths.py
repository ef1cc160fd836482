"""Short ways through builtins and attributes, and what they must not get wrong."""
import functools
import re
import traceback


def appended(n):
    s = "start"
    seen = []
    for i in range(n):
        if i % 50 == 0:
            seen.append(s)
        s += "ab"
    return s, seen


def aliased(n):
    s = t = "x" * 100
    kept = []
    for i in range(n):
        t = s
        s += str(i % 10)
        kept.append(len(t))
    return t, s, kept[-1]


def parameter(s, n):
    for i in range(n):
        s += "p"
    return s


def doubled():
    s = "ab"
    for i in range(6):
        s += s
    return s


def wide():
    s = "a"
    for c in ["b", "é", "€", "\U0001f600", "z"] * 60:
        s += c
    return len(s), hash(s) == hash("".join(["a"] + ["b", "é", "€", "\U0001f600", "z"] * 60))


def fails(n):
    s = "text"
    for i in range(n):
        try:
            s += "x" if i != n - 2 else 5
        except TypeError as e:
            return s, str(e)
    return s


class Text(str):
    def __iadd__(self, other):
        return Text("(" + str(self) + other + ")")


class Left(str):
    def __add__(self, other):
        return "added"


class Right(str):
    def __radd__(self, other):
        return "radded"


def sums(values, more):
    out = []
    for v in values:
        v += more
        out.append(v)
    return out


def mixed(n):
    out = []
    for i in range(n):
        v = [i, "s", [1], 2.5][i % 4]
        v += [1, "t", [2], 0.5][i % 4]
        out.append(v)
    return out[-4:]


class Cell:
    text = ""


def of_attribute(n):
    c = Cell()
    for i in range(n):
        c.text += "q"
    d = {}
    for i in range(n):
        d[0] = d.get(0, "") + "w"
    return len(c.text), len(d[0]), Cell.text


print(len(appended(500)[0]), [len(x) for x in appended(500)[1]], appended(500)[1][0])
print(aliased(300))
base = "base"
print(len(parameter(base, 400)), base)
print(doubled(), wide(), fails(400))
for _ in range(200):
    r = sums(["a", "b"], "c")
print(r, sums([Text("a"), "b"], "c"), sums([Left("a"), "b"], "c"), sums(["a"], Right("b")), sums([1, 2.5], 1))
print(mixed(400), of_attribute(400))


# __getattr__
class Missing:
    calls = 0

    def __getattr__(self, name):
        Missing.calls += 1
        if name == "bad":
            raise AttributeError("no " + name)
        return name.upper()

    @property
    def broken(self):
        return self.nothing_there + 1

    @property
    def raises(self):
        raise AttributeError("inside")


def asks(o, n):
    out = []
    for i in range(n):
        out.append(o.foo)
    return out[-1]


m = Missing()
print(asks(m, 300), Missing.calls, m.raises, getattr(m, "bad", "default"), hasattr(m, "bad"), hasattr(m, "x"))
try:
    m.broken
except TypeError as e:
    print("TypeError", e, e.__context__)
try:
    m.bad
except AttributeError as e:
    print(e, e.__context__)
m.foo = "own"
print(asks(m, 3))
del m.foo
Missing.__getattr__ = lambda self, name: "patched " + name
print(asks(m, 3))
del Missing.__getattr__
try:
    asks(m, 1)
except AttributeError as e:
    print(e, e.name, e.obj is m)


class Both:
    def __getattribute__(self, name):
        if name == "seen":
            return "attribute"
        raise AttributeError(name)

    def __getattr__(self, name):
        return "fallback " + name


print(Both().seen, Both().other)


# properties
class Boxed:
    def __init__(self, v):
        self._v = v

    @property
    def v(self):
        return self._v

    @property
    def deep(self):
        return self.deep

    @property
    def fails(self):
        return 1 // self._v


def total(boxes):
    n = 0
    for b in boxes:
        n += b.v
    return n


class Doubled(Boxed):
    v = property(lambda self: self._v * 2)


class Plain(Boxed):
    v = 100


boxes = [Boxed(i) for i in range(300)]
print(total(boxes), total(boxes + [Doubled(5), Plain(1)]))
Boxed.v = property(lambda self: -1)
print(total(boxes), total([Doubled(5), Plain(1)]))
Boxed.v = 7
print(total(boxes))
Boxed.v = property(None, lambda self, v: None)
try:
    total(boxes)
except AttributeError as e:
    print(e)
try:
    boxes[0].deep
except RecursionError:
    print("RecursionError")


def outer(b):
    return b.fails


for b in [Boxed(1), Boxed(2), Boxed(0)]:
    try:
        outer(b)
    except ZeroDivisionError:
        print([(f.name, f.lineno - outer.__code__.co_firstlineno) for f in traceback.extract_stack()[-1:]] and
              traceback.format_exc().count("in outer"), traceback.format_exc().count("in fails"))


# type(x)
class Meta(type):
    def __call__(cls, *args):
        return ("called", args)


class WithMeta(metaclass=Meta):
    pass


def kinds(values):
    return [type(v).__name__ for v in values]


for _ in range(100):
    k = kinds([1, 2.5, "a", [], {}, None, Boxed, WithMeta, True, 1 << 80, Meta])
print(k, WithMeta(3), type(type), type(Meta))
old, type_ = type, lambda v: int
kinds_globals = kinds.__globals__
kinds_globals["type"] = type_
print(kinds(["a"]))
del kinds_globals["type"]
print(kinds(["a"]))
try:
    type(1, 2)
except TypeError as e:
    print(e)

# format
numbers = [0, 5, -5, 42, -42, 10**18, -(10**18), 2**62, -(2**62), 10**30, True]
for spec in ["", "d", "5", "05", "5d", "05d", "x", "08x", "2d", "20", "+d", ",", "<6", ">6", "^7", "=+6", "c" if False else "b", ".2f", "e", "n", "_", "#x"]:
    print(spec, [format(n, spec) for n in numbers])
floats = [0.0, -0.0, 1.5, -1.5, 2.675, 0.125, 0.375, 1e16, 1e17, 1e22, -99.995, 123456.789, float("inf"), float("-inf"), float("nan"), 5e-324]
for spec in [".2f", ".0f", ".1f", "8.3f", "08.2f", "010.1f", ".10f", "10", ".3", "e", ".2e", "g", "%", ".1%", "+.2f", "-.2f", " .2f", "<8.1f", ",.2f", "z.1f", ".50f", ".60f"]:
    print(spec, [format(x, spec) for x in floats])
for spec in ["5", ">5", "<5", "^6", "^5", "05", "s", "5s", ".2", ">5.1", "*^7", "<<5", ">08"]:
    try:
        print(spec, [format(x, spec) for x in ["", "a", "abc", "abcdefgh", "é", "€", Text("sub")]])
    except ValueError as e:
        print(spec, e)
for bad in ["5q", "1000000000000000000000", ".", ".f", "5.2d"]:
    try:
        print(format(5, bad))
    except ValueError as e:
        print(bad, e)


class Index:
    def __index__(self):
        return 3

    def __str__(self):
        return "<i>"


print("%s %d %r %s%%" % ("a", 5, "b", 2.5), "%s" % Index(), "%d" % True, "%d" % 2.9, "%5s|%-5s|%05d" % ("a", "b", 3), "%s" % (None,))
print("%s %s" % ("é", "€"), "%(a)s %(b)d" % {"a": 1, "b": 2}, "%d" % 10**30, "%s" % Text("t"), "%r" % Text("t"))
for args in [(), (1, 2, 3), ("a", "b")]:
    try:
        print("%s %d" % args)
    except TypeError as e:
        print(e)

# sorting
words = ["b", "a\0", "a", "", "abcdefgh", "abcdefghi", "abcdefg", "abcdefgh\0", "ÿ", "Z", "aaaaaaaab", "aaaaaaaaa"]
print(sorted(words), sorted(words, reverse=True))
print(sorted(words + ["€"]), sorted([3, -1, 2**61, -(2**61), 0]), sorted([2.5, -0.0, 0.0, -1e300]))
pairs = [(w[:1], i) for i, w in enumerate(words * 3)]
print(sorted(pairs, key=lambda p: p[0])[:9], sorted(pairs, key=lambda p: p[0], reverse=True)[:6])

# splitting
for text in ["", " ", "a", " a ", "a b\tc\nd\x0be\x0cf\rg\x1ch\x1di\x1ej\x1fk", "a\x85b\xa0c", "\u2003x\u2003y"]:
    print(text.split(), text.split(None, 1))


# callables with a native __call__
def show(*args, **kwargs):
    return args, kwargs


p = functools.partial(show, 1, k=2)
q = functools.partial(show, 1)


def calls(f, n):
    for i in range(n):
        r = f(i)
    return r


print(calls(p, 200), calls(q, 200), calls(functools.partial(p, 5), 3), q(), q(2, z=3), p(3, k=4))


class Sub(functools.partial):
    def __call__(self, *args):
        return "sub", args


print(calls(Sub(show, 1), 200))


@functools.lru_cache(maxsize=2)
def cached(x):
    if x == "bad":
        raise ValueError(x)
    return [x]


print(calls(cached, 10), cached.cache_info())
for x in (1, "bad", 1.0, True):
    try:
        print(cached(x))
    except ValueError as e:
        print("ValueError", e, len(traceback.extract_tb(e.__traceback__)))
try:
    cached([])
except TypeError as e:
    print(e)
try:
    calls(functools.partial(lambda: 0), 1)
except TypeError as e:
    print(e)

# searching
for pattern in [r"\d+", r"(\d)(\w)?", r"[a-c]+?d", r"x*", r"x*y", r"(?:ab)+", r"a|b", r"\bfoo", r"(?i)FOO", r"[^a]", r".", r"$", r"\d{2,}", r"\d{0,2}z", r"(?=f)foo", r"()"]:
    for text in ["", "a1b22c333", "abcd xxy foo", "zz9z", "\n"]:
        print(pattern, repr(text), [m.span() for m in re.finditer(pattern, text)], re.sub(pattern, "<>", text))
