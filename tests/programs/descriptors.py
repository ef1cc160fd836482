"""Descriptors, property, classmethod, staticmethod, __slots__, bound methods, lookup order."""


class Data:
    def __init__(self, name): self.name = name
    def __get__(self, o, t=None): return self if o is None else ("data", o.__dict__.get("_" + self.name))
    def __set__(self, o, v):
        if v is None: raise ValueError("none not allowed")
        o.__dict__["_" + self.name] = v
    def __delete__(self, o): o.__dict__.pop("_" + self.name)


class NonData:
    def __get__(self, o, t=None): return "nondata", o is None, t.__name__


class C:
    d = Data("d")
    n = NonData()
    plain = "class"


c = C()
c.d = 5
c.__dict__["d"] = "shadow"
print(c.d, C.d.name, c.n, C.n)
c.__dict__["n"] = "instance wins"
print(c.n)
del c.d
print(c.d)
try:
    c.d = None
except ValueError as e:
    print(e)


class Temp:
    """A temperature."""
    def __init__(self, c): self._c = c
    @property
    def f(self):
        "Fahrenheit"
        return self._c * 9 / 5 + 32
    @f.setter
    def f(self, v): self._c = (v - 32) * 5 / 9
    @f.deleter
    def f(self): self._c = None
    ro = property(lambda self: "read only")


t = Temp(100)
print(t.f, Temp.f.__doc__, type(Temp.f).__name__)
t.f = 32
print(t._c)
del t.f
print(t._c)
for act in (lambda: setattr(t, "ro", 1), lambda: delattr(t, "ro"), lambda: t.nope, lambda: Temp.nope):
    try:
        act()
    except AttributeError as e:
        print(e)


class Sub(Temp):
    @Temp.f.getter
    def f(self): return "sub", self._c
s = Sub(1)
s.f = 212
print(s.f)


class Slots:
    __slots__ = ["a", "b", "__dict__"]
class Tight:
    __slots__ = ("x", "_y")
    def __init__(self): self.x = 1
class TightSub(Tight):
    __slots__ = "z"
class Loose(Tight): pass


s = Slots(); s.a = 1; s.other = 2
print(s.a, s.__dict__, hasattr(s, "b"))
t = Tight()
try:
    t.nope = 1
except AttributeError as e:
    print(e)
try:
    t._y
except AttributeError as e:
    print(e)
del t.x
try:
    t.x
except AttributeError as e:
    print(e)
ts = TightSub(); ts.z = 3; ts.x = 4
print(ts.z, ts.x, hasattr(ts, "__dict__"), TightSub.x is Tight.x, type(Tight.x).__name__)
l = Loose(); l.anything = 1
print(l.__dict__, l.x)
try:
    class Bad(Tight, Slots): pass
except TypeError as e:
    print(e)
try:
    class Dup:
        __slots__ = ("v",)
        v = 1
except ValueError as e:
    print(e)


class Methods:
    tag = "M"
    @classmethod
    def make(cls, *a): return cls.tag, a
    @staticmethod
    def util(v): return v * 2
    def inst(self): return self.tag
class Methods2(Methods): tag = "M2"
print(Methods.make(1), Methods2.make(), Methods2().make(2), Methods.util(4), Methods2().inst())
m = Methods2().inst
print(m(), m == m, m.__self__.tag, Methods.inst is Methods2.inst, Methods().inst != Methods().inst)
f = Methods.__dict__["make"]
print(type(f).__name__, f.__func__.__name__, f.__get__(None, Methods2)(), type(Methods.__dict__["util"]).__name__, Methods.__dict__["util"](3))
o = Methods()
o.inst = lambda: "patched instance"
print(o.inst())
Methods.inst = lambda self: "patched class"
print(o.inst(), Methods().inst())
import types
o.inst = types.MethodType(lambda self, k: (self.tag, k), o)
print(o.inst(9))


class Lazy:
    def __init__(self, fn): self.fn = fn
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, o, t=None):
        if o is None: return self
        print("computing", self.name)
        v = o.__dict__[self.name] = self.fn(o)
        return v
class Circle:
    def __init__(self, r): self.r = r
    @Lazy
    def area(self): return self.r * self.r * 3
k = Circle(2)
print(k.area, k.area)
class Special:
    pass
sp = Special()
sp.__len__ = lambda: 5
try:
    len(sp)
except TypeError as e:
    print(e)
Special.__len__ = lambda self: 7
print(len(sp))
print(property(lambda s: 1).fget(None), object.__getattribute__(k, "r"), C.__dict__["plain"])
print("".join.__self__ == "", [].append.__name__, str.upper("x"), dict.fromkeys("ab", 0), int.__add__(1, 2), (5).__add__(6))
print(str.join.__get__(",")(["a", "b"]), list.__len__([1, 2]), type(str.join).__name__, type("".join).__name__, type(int.__add__).__name__, type((1).__add__).__name__)
