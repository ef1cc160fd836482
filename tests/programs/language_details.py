"""Corners of the language: patterns, comprehensions, scopes, generators, conversions."""
import collections.abc
import copy
import sys
import time
import types
import warnings


def attempt(f):
    try:
        return f()
    except Exception as e:
        return f"{type(e).__name__}: {e}"


# Registered as sequences, but no pattern for sequences matches them.
def kind(x):
    match x:
        case [*_]: return "sequence"
        case {}: return "mapping"
        case str() | bytes(): return "text"
print(kind("abc"), kind(b"abc"), kind([1]), kind({}))


class Positive(collections.abc.Sequence):
    def __len__(self): return 5
    def __getitem__(self, i):
        if i < 0: raise IndexError(i)
        return i * 10
match Positive():
    case [first, *_, last]: print(first, last)


class Secret:
    pass
class Outer:
    def look(self, x):
        match x:
            case Secret(__hidden=value): return value
s = Secret()
setattr(s, "__hidden", "plain")
print(Outer().look(s))
for source in ["match 0:\n case {0: _, False: _}: pass", "match 0:\n case {1: _, 1.0: _}: pass"]:
    print(attempt(lambda: compile(source, "p", "exec")))


# Comprehensions read their targets before they are bound.
def early():
    l = [None]
    return [1 for (l[0], l) in [[1, 2]]]
print(attempt(early))
print([sorted(locals())[:1] for a in [0]] != [], [locals()["x"] for x in [7]])


class Body:
    def seen(): return [__class__ for _ in [1]]
    early = attempt(lambda: [__class__ for _ in [1]])
print(Body.seen(), Body.early)


# The module's name is the one that a function declares global.
space, names = {}, {}
exec("def f():\n    global y\n    return y\ny = 9\nr = f()", space, names)
print("y" in space, names["r"])


# Generators.
f = lambda: (yield 1)
g = f(); next(g)
try: g.send(5)
except StopIteration as e: print("lambda", e.value)


def inner():
    try: yield
    except ValueError:
        frame = sys._getframe()
        print(frame.f_code.co_name, frame.f_back.f_code.co_name)
        yield "caught"
def outer(): yield from inner()
g = outer(); next(g); print(g.throw(ValueError))


class NoInstance(Exception):
    def __new__(cls, *args): return cls
print(attempt(lambda: inner().throw(NoInstance)))
g = inner(); next(g)
print(attempt(g.gi_frame.clear))
print(attempt(lambda: list(types.FunctionType((x for x in ()).gi_code, {})(42))))


# Conversions and operators.
class I(int):
    def __rpow__(self, other, mod=None): return ("rpow", other, mod)
print(pow(2, I(3), 5), 2 ** I(3))


class AlmostInt:
    def __index__(self): return True
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print([1, 2][AlmostInt()], [w.category.__name__ for w in seen])
print(copy.replace(time.gmtime(0), tm_year=2000)[:3], attempt(lambda: copy.replace(time.gmtime(0), year=1)))
tb = types.TracebackType(None, sys._getframe(), 3, 4)
print(tb.tb_lasti, tb.tb_lineno)
print(attempt(lambda: memoryview(b"abc")[0:1, 0:1]))
print((x for x in ()).__next__.__doc__)
exec(compile("from __future__ import barry_as_FLUFL\nprint(1 <> 2, 1 <> 1)", "f", "exec"))
print(attempt(lambda: compile("from __future__ import barry_as_FLUFL\n1 != 2", "f", "exec")))
exec(compile(b"# coding: cp1251\nprint('\xcf\xf0\xe8\xe2\xe5\xf2')", "c", "exec"))
