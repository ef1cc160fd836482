"""Classes: inheritance, super in all its forms, MRO, special methods, __init_subclass__, __set_name__."""


class Base:
    kind = "base"

    def __init__(self, name):
        self.name = name

    def describe(self):
        return f"{self.kind}:{self.name}"

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


class Child(Base):
    kind = "child"

    def __init__(self, name, extra):
        super().__init__(name)
        self.extra = extra

    def describe(self):
        return super().describe() + f"+{self.extra}"


c = Child("n", "x")
print(c.describe(), c, Child.__mro__, isinstance(c, Base), issubclass(Child, Base), vars(c))


class A:
    def f(self): return ["A"]
class B(A):
    def f(self): return ["B"] + super().f()
class C(A):
    def f(self): return ["C"] + super(C, self).f()
class D(B, C):
    def f(self): return ["D"] + super().f()
print(D().f(), [k.__name__ for k in D.mro()])
try:
    class X(A, B): pass
except TypeError as e:
    print(str(e).replace("\n", " "))


class Registry:
    subs = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        Registry.subs.append((cls.__name__, tag))
class R1(Registry): pass
class R2(Registry, tag="two"): pass
class R3(R2, tag=3): pass
print(Registry.subs)
try:
    class R4(Base, tag=1): pass
except TypeError as e:
    print(e)


class Named:
    def __set_name__(self, owner, name):
        self.where = owner.__name__, name
    def __get__(self, obj, owner=None):
        return self.where, obj is None
class Holder:
    a = Named()
    b = Named()
print(Holder.a, Holder().b)


class Vec:
    __slots__ = ("x", "y")
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y) if isinstance(o, Vec) else NotImplemented
    def __radd__(self, o): return Vec(self.x + o, self.y + o)
    def __mul__(self, k): return Vec(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return Vec(-self.x, -self.y)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y) if isinstance(o, Vec) else NotImplemented
    def __hash__(self): return hash((self.x, self.y))
    def __bool__(self): return bool(self.x or self.y)
    def __iter__(self): yield self.x; yield self.y
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __len__(self): return 2
    def __contains__(self, v): return v in (self.x, self.y)
    def __lt__(self, o): return abs(self) < abs(o)
    def __iadd__(self, o): self.x += o.x; self.y += o.y; return self
    def __repr__(self): return f"Vec({self.x}, {self.y})"
    def __format__(self, spec): return f"<{self.x:{spec}}|{self.y:{spec}}>"
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __divmod__(self, k): return Vec(self.x // k, self.y // k), Vec(self.x % k, self.y % k)
    def __pow__(self, n, mod=None): return Vec(pow(self.x, n, mod), pow(self.y, n, mod))
    def __index__(self): return self.x
    def __reversed__(self): return iter((self.y, self.x))
    def __round__(self, n=None): return Vec(round(self.x, n), round(self.y, n))


v, w = Vec(3, 4), Vec(1, 2)
print(v + w, 10 + v, v * 2, 2 * v, -v, abs(v), v == Vec(3, 4), v != w, hash(v) == hash(Vec(3, 4)), bool(Vec(0, 0)))
print(list(v), v[1], len(v), 4 in v, v < w, sorted([v, w]), f"{v:>4}", v @ w, divmod(v, 2), pow(v, 2), pow(v, 2, 5))
print([10, 20, 30, 40][v], hex(v), list(reversed(v)), round(Vec(1.26, 2.0), 1), range(10)[w])
same = v
v += w
print(v, same is v)
for bad in (lambda: v + "s", lambda: "s" @ v, lambda: v - w, lambda: v < 3, lambda: v.z, lambda: setattr(v, "z", 1)):
    try:
        print(bad())
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)


class Attrs:
    def __getattr__(self, n):
        if n.startswith("no"):
            raise AttributeError(n)
        return "got " + n
    def __setattr__(self, n, v): super().__setattr__(n, v * 2)
    def __delattr__(self, n): print("del", n); object.__delattr__(self, n)
    def __dir__(self): return ["z", "a"]
a = Attrs()
a.x = 4
print(a.x, a.missing, hasattr(a, "nope"), getattr(a, "nope", "dflt"), dir(a))
del a.x
print(a.x)


class Everything:
    def __getattribute__(self, n):
        return f"attr {n}" if not n.startswith("__") else object.__getattribute__(self, n)
print(Everything().anything, Everything().__class__.__name__)


class New:
    made = 0
    def __new__(cls, *a):
        cls.made += 1
        return super().__new__(cls) if a != ("skip",) else "not an instance"
    def __init__(self, *a): self.a = a
print(New(1).a, New("skip"), New.made)
class Int(int):
    def __new__(cls, v): return super().__new__(cls, v * 2)
    def __add__(self, o): return Int(int(self) + o)
print(Int(4), Int(4) + 1, type(Int(1) + 1).__name__, isinstance(Int(1), int))
print(type(c).__name__, Child.__bases__, Child.__dict__["kind"], Child.__qualname__, Child.__module__, Base.__doc__)
T = type("T", (Base,), {"kind": "dynamic", "hello": lambda self: "hi " + self.name})
print(T("q").describe(), T("q").hello(), T)
c.__class__ = Base
print(c.describe(), type(c))
try:
    c.__class__ = int
except TypeError as e:
    print(e)
class Outer:
    class Inner:
        def f(self): return __class__.__qualname__
    def make(self): return self.Inner()
print(Outer().make().f(), Outer.Inner)
class Priv:
    __x = 1
    def get(self): return self.__x
    def __m(self): return "mangled"
    def call(self): return self.__m()
print(Priv().get(), Priv._Priv__x, Priv().call(), hasattr(Priv, "__x"))
