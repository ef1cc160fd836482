"""Every argument form, defaults, keyword-only, positional-only, unpacking, and the errors of each."""


def plain(a, b=2, c=3):
    return a, b, c


def kwonly(a, *, k, d=4):
    return a, k, d


def posonly(a, b=1, /, c=2, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw


def star(*args, **kw):
    return args, kw


print(plain(1), plain(1, 5), plain(c=9, a=0), plain(*[1, 2], **{"c": 7}), plain(*"xyz"))
print(kwonly(1, k=2), kwonly(a=1, d=0, k=3))
print(posonly(1, d=4), posonly(1, 2, 3, 4, 5, d=6, z=7, a=8), posonly(1, d=1, b=22))
print(star(), star(1, *[2, 3], 4, *(), x=1, **{"y": 2}, z=3, **{}))
print(star(*range(3), *"ab"), star(**dict(a=1), **dict(b=2)))


def order(tag):
    print("eval", tag)
    return tag


star(order(1), *[order(2)], order(3), k=order(4), **{"j": order(5)})


def attempt(f, *a, **k):
    try:
        print(f(*a, **k))
    except TypeError as e:
        print("TypeError:", e)


attempt(plain)
attempt(plain, 1, 2, 3, 4)
attempt(plain, 1, a=2)
attempt(plain, 1, q=2)
attempt(kwonly, 1)
attempt(kwonly, 1, 2, k=3)
attempt(posonly, d=1)
attempt(posonly, 1, 2)
attempt(lambda: 0, 1)
attempt(lambda x, y: 0, 1)
attempt(lambda x, y, z: 0)
attempt(lambda *, x, y: 0)
attempt(lambda *, x, y, z: 0)
attempt(lambda a, /: 0, a=1)
attempt(lambda a, b, /: 0, a=1, b=2)
attempt(5)
attempt(len)
attempt(len, 1, 2)
attempt(len, x=1)
try:
    star(**{"a": 1}, **{"a": 2})
except TypeError as e:
    print(e)
try:
    plain(**{1: 2})
except TypeError as e:
    print(e)
try:
    plain(*5)
except TypeError as e:
    print(e)
try:
    plain(**5)
except TypeError as e:
    print(e)


class Meth:
    def m(self, a, b=1): return a, b
    @classmethod
    def c(cls, a): return cls.__name__, a
    @staticmethod
    def s(a): return a
    def __call__(self, *a, **k): return "called", a, k


o = Meth()
print(o.m(1), o.m(b=2, a=3), Meth.m(o, 4), o.c(5), Meth.c(6), o.s(7), Meth.s(8), o(1, x=2))
attempt(o.m)
attempt(o.m, 1, 2, 3)
attempt(Meth.m)
attempt(o.c)
attempt(Meth, 1)
bound = o.m
print(bound(9), bound.__self__ is o, bound.__func__ is Meth.m, bound.__name__)


def mutable(x, acc=[]):
    acc.append(x)
    return acc


print(mutable(1), mutable(2), mutable(3, []), mutable.__defaults__)
d = 10
def default_time(v=d): return v
d = 20
print(default_time())
default_time.__defaults__ = (99,)
print(default_time())
kwonly.__kwdefaults__ = {"d": 77}
print(kwonly(1, k=0))
kw = {"a": 1}
print(star(**kw)[1] is kw, kw)
t = (1, 2)
print(star(*t)[0] is t)
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
print(posonly.__code__.co_argcount, posonly.__code__.co_posonlyargcount, posonly.__code__.co_kwonlyargcount, posonly.__code__.co_varnames[:7])
def many(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, *rest, k0=0, k1=1, **kws):
    return a0 + a9, len(rest), k0 + k1, sorted(kws)
print(many(*range(10)), many(*range(30), k1=5, zz=1, yy=2))
print(print("nested", end="|"), max(3, 1, key=lambda v: -v), sorted("hello", reverse=True), int("ff", base=16))
def rec(n, *, acc=0): return acc if n == 0 else rec(n - 1, acc=acc + n)
print(rec(100))
