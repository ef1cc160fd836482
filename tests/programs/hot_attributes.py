"""Every kind of attribute cache, hot, and what ends it: sites that saw one, several and many classes."""
N = 60

# Each reader is one site, warmed up, then asked again after something changed.
def reader(name):
    namespace = {}
    exec(f"def read(o): return o.{name}\ndef call(o, *a): return o.{name}(*a)\ndef write(o, v): o.{name} = v", namespace)
    return namespace["read"], namespace["call"], namespace["write"]

def warm(f, *objects):
    last = []
    for _ in range(N):
        last = [f(o) for o in objects]
    return last

def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)

# -- instance attributes, class attributes, and one hiding the other --
class A:
    kind = "a"
    def who(self): return "A.who"
class B(A):
    def __init__(self): self.kind = "own b"
class C(A):
    kind = "c"
    def who(self): return "C.who"
read, call, write = reader("kind")
a, b, c = A(), B(), C()
print(warm(read, a, b, c))
A.kind = "a2"
print(warm(read, a, b, c))
A.kind = len
print(attempt(warm, read, b, c), read(a) is len)
A.kind = "a3"
a.kind = "shadow"
print(warm(read, a, b, c))
del a.kind, b.kind
print(warm(read, a, b, c))
del C.kind
print(warm(read, a, b, c))
del A.kind
print(attempt(read, a), attempt(read, b))
A.kind = "back"
print(warm(read, a, b, c))

# -- a data descriptor comes over attributes that instances already have --
class D:
    def __init__(self, x): self.x = x
class E(D): pass
read, call, write = reader("x")
d, e = D(1), E(2)
print(warm(read, d, e))
D.x = property(lambda self: ("property", self.__dict__["x"]), lambda self, v: self.__dict__.__setitem__("x", v * 10))
print(warm(read, d, e))
write(d, 5); write(e, 6)
print(read(d), read(e))
D.x = property(lambda self: "another")
print(warm(read, d, e), attempt(write, d, 1))
del D.x
print(warm(read, d, e))
p = property(lambda self: "first")
E.x = p
print(warm(read, d, e))
p.__init__(lambda self: "second")
print(warm(read, d, e))

# -- methods: replaced, shadowed, deleted, inherited otherwise --
read, call, write = reader("who")
a, b, c = A(), B(), C()
print(warm(call, a, b, c))
C.who = lambda self: "C.new"
print(warm(call, a, b, c))
a.who = lambda: "on the instance"
print(warm(call, a, b, c))
del a.who
del C.who
print(warm(call, a, b, c))
A.who = staticmethod(lambda: "static")
print(warm(call, a, b, c))
A.who = classmethod(lambda cls: cls.__name__)
print(warm(call, a, b, c), warm(call, A, B, C))
class Base2:
    def who(self): return "Base2.who"
class Mid(A): pass
class Leaf(Mid): pass
leaf = Leaf()
print(warm(call, leaf, a))
Mid.__bases__ = (Base2,)
print(warm(call, leaf, a), isinstance(leaf, A))
Mid.__bases__ = (Base2, A)
print(warm(call, leaf, a), isinstance(leaf, A))

# -- __getattr__ and __getattribute__ added later --
class G:
    def __init__(self): self.here = 1
read, call, write = reader("missing")
g = G()
for _ in range(N):
    attempt(read, g)
print(attempt(read, g), [hasattr(g, n) for n in ("here", "missing")], getattr(g, "missing", "default"))
G.__getattr__ = lambda self, n: "made " + n
print(warm(read, g), hasattr(g, "missing"), getattr(g, "missing", "default"))
read_here, _, _ = reader("here")
print(warm(read_here, g))
G.__getattribute__ = lambda self, n: "all " + n
print(warm(read_here, g), warm(read, g))
del G.__getattribute__
print(warm(read_here, g), warm(read, g))
del G.__getattr__
print(warm(read_here, g), attempt(read, g))
G.__setattr__ = lambda self, n, v: object.__setattr__(self, n, ("set", v))
_, _, write_here = reader("here")
for i in range(N): write_here(g, i)
print(g.here)
del G.__setattr__
for i in range(N): write_here(g, i)
print(g.here)

# -- __class__ assignment --
class First:
    def __init__(self): self.v = 1
    def tell(self): return "first", self.v
class Second:
    def tell(self): return "second", self.v
read, call, write = reader("tell")
o = First()
print(warm(call, o))
o.__class__ = Second
print(warm(call, o))
o.v = 2
o.__class__ = First
print(warm(call, o), o.__dict__)

# -- __slots__ --
class S1:
    __slots__ = ("x", "y")
class S2(S1):
    __slots__ = ("z",)
class S3(S1): pass
read, call, write = reader("x")
slotted = [S1(), S2(), S3(), D(4)]
for i in range(N):
    for o in slotted: write(o, i)
print(warm(read, *slotted), slotted[2].__dict__)
del slotted[0].x
print(attempt(read, slotted[0]), warm(read, *slotted[1:]))
write(slotted[0], "again")
print(warm(read, *slotted))
S1.x = 5
print(warm(read, *slotted), attempt(write, slotted[0], 1))

# -- the instance's dict: asked for, edited, replaced --
class H:
    level = "class"
    def act(self): return "method"
read, call, write = reader("level")
_, act, _ = reader("act")
h, k = H(), H()
k.level = "own"
print(warm(read, h, k), warm(act, h, k))
h.__dict__["level"] = "through dict"
h.__dict__["act"] = lambda: "dict method"
print(warm(read, h, k), warm(act, h, k))
del h.__dict__["level"]
print(warm(read, h, k))
h.__dict__ = {"level": "replaced"}
print(warm(read, h, k), warm(act, h, k))
k.__dict__.clear()
print(warm(read, h, k))
for i in range(N): write(h, i); write(k, -i)
print(h.__dict__, k.__dict__)

# -- metaclass attributes and class objects --
class Meta(type):
    mark = "meta"
    @property
    def label(cls): return "label of " + cls.__name__
    def make(cls): return "made " + cls.__name__
class M1(metaclass=Meta): pass
class M2(metaclass=Meta):
    mark = "own"
class M3(M2): pass
class Plain: mark = "plain"
read, call, write = reader("mark")
read_label, _, _ = reader("label")
_, make, _ = reader("make")
print(warm(read, M1, M2, M3, Plain), warm(read_label, M1, M2), warm(make, M1, M2, M3))
M2.mark = "own 2"
print(warm(read, M1, M2, M3, Plain))
M3.mark = "own 3"
print(warm(read, M1, M2, M3, Plain))
del M2.mark
print(warm(read, M1, M2, M3, Plain))
Meta.mark = property(lambda cls: "data of meta")
print(warm(read, M1, M2, M3, Plain))
M1.make = classmethod(lambda cls: "hidden " + cls.__name__)
print(warm(make, M1, M2, M3))
for i in range(N): write(Plain, i)
print(Plain.mark, read(Plain()))
class Counter:
    count = 0
    def __init__(self): Counter.count += 1; self.number = Counter.count
print([Counter().number for _ in range(N)][-1], Counter.count)

# -- a plain value of a class whose own class becomes a descriptor --
class Later: pass
class Holder: item = Later()
read, call, write = reader("item")
holder = Holder()
print([type(v).__name__ for v in warm(read, holder)])
Later.__get__ = lambda self, o, t: ("got", o is holder, t.__name__)
print(warm(read, holder))
del Later.__get__
print([type(v).__name__ for v in warm(read, holder)])
class Descr:
    def __get__(self, o, t): return "descriptor now"
Holder.item.__class__ = Descr
print(warm(read, holder))

# -- modules --
import sys
Module = type(sys)
mod, other = Module("mod"), Module("other")
mod.value, other.value = 1, 2
mod.f, other.f = lambda: "mod.f", lambda: "other.f"
read, call, write = reader("value")
_, call_f, _ = reader("f")
print(warm(read, mod, other), warm(call_f, mod, other))
mod.value = 10
mod.extra = 1
del other.f
other.f = lambda: "other.f again"
print(warm(read, mod, other), warm(call_f, mod, other))
del mod.value
print(attempt(read, mod))
mod.__getattr__ = lambda n: "made by module " + n
print(warm(read, mod, other))
mod.value = "back"
print(warm(read, mod, other))

# -- adding attributes along chains of __init__, deleting and adding again --
class Node:
    def __init__(self, name):
        self.name = name
        self.next = None
class Named(Node):
    def __init__(self, name):
        self.tag = "named"
        super().__init__(name)
class Big(Node):
    def __init__(self, name):
        for i in range(12): setattr(self, f"f{i}", i)
        super().__init__(name)
class Small(Node):
    def __init__(self, name):
        super().__init__(name)
        self.z = 1
class Slotted(Node):
    __slots__ = ("extra",)
    def __init__(self, name):
        self.extra = 1
        super().__init__(name)
read, call, write = reader("name")
for i in range(N):
    nodes = [c(i) for c in (Node, Named, Big, Small, Slotted)]
print(warm(read, *nodes), [list(vars(n))[-2:] for n in nodes])
for n in nodes:
    n.name = "deleted"
    del n.name
print([attempt(read, n) for n in nodes])
for n in nodes: n.name = "new"
print(warm(read, *nodes), [list(vars(n))[-1] for n in nodes])

# -- more classes than a cache has entries --
many = [type(f"K{i}", (Node,), {"who": lambda self, i=i: i, "const": i * 2}) for i in range(20)]
objects = [k(i) for i, k in enumerate(many)]
def sweep(objects):
    total = 0
    for _ in range(20):
        for o in objects:
            total += o.who() + o.const + o.name
            o.name = o.name + 1
    return total
print(sweep(objects))
many[7].who = lambda self: 1000
many[8].const = 5000
objects[9].who = lambda: 100000
objects[10].const = 7
print(sweep(objects))
many[3].const = property(lambda self: 1_000_000)
print(sweep(objects))
print([read(o) for o in objects][:5])

# -- native attributes, bound builtin methods, super() --
def natives(n):
    out = []
    for i in range(n):
        for v in (1, 2.5, True, 3 + 4j, 2 ** 70): out.append(v.real)
        xs = []
        add = xs.append
        add(i); xs.append(i)
        out.append(len(xs))
        for o in ("ab", b"cd", bytearray(b"ef")): out.append(o.upper()[0] and len(o.upper()))
        out.append((5).bit_length() + (True).bit_length())
    return out[-9:]
print(natives(N))
class Top:
    def go(self): return ["top"]
class Left(Top):
    def go(self): return ["left"] + super().go()
class Right(Top):
    def go(self): return ["right"] + super().go()
class Both(Left, Right):
    def go(self): return ["both"] + super().go()
_, go, _ = reader("go")
print(warm(go, Top(), Left(), Right(), Both()))
Right.go = lambda self: ["new right"]
print(warm(go, Left(), Both()))
del Right.go
print(warm(go, Left(), Both()))
Both.__bases__ = (Right, Left)
print(warm(go, Both()))

# -- values are released when they are overwritten --
log = []
class Noisy:
    def __init__(self, n): self.n = n
    def __del__(self): log.append(self.n)
class Box1:
    pass
class Box2(Box1):
    __slots__ = ("other",)
def replace(boxes):
    for i in range(5):
        for b in boxes:
            b.item = Noisy(i)
            b.item = None
            log.append("-")
replace([Box1(), Box2()])
print(log)
log.clear()
def temporary(n):
    return [Noisy(i).n for i in range(n)]
print(temporary(4), log)
