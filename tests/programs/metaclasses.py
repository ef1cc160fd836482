"""Metaclasses: __prepare__, __new__, __call__, conflicts, __instancecheck__, class attributes, __class_getitem__."""


class Meta(type):
    log = []

    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        mcls.log.append(("prepare", name, tuple(kw)))
        return {"injected": 42}

    def __new__(mcls, name, bases, ns, **kw):
        mcls.log.append(("new", name))
        cls = super().__new__(mcls, name, bases, ns)
        cls.options = kw
        return cls

    def __init__(cls, name, bases, ns, **kw):
        Meta.log.append(("init", name))
        super().__init__(name, bases, ns)

    def __call__(cls, *a, **k):
        Meta.log.append(("call", cls.__name__))
        return super().__call__(*a, **k)

    def __repr__(cls): return f"<meta {cls.__name__}>"
    def __len__(cls): return len(cls.__name__)
    def __iter__(cls): return iter(sorted(n for n in vars(cls) if not n.startswith("_")))
    def __contains__(cls, n): return n in vars(cls)
    def __getitem__(cls, k): return f"{cls.__name__}[{k}]"
    def __getattr__(cls, n): return f"meta attr {n}" if not n.startswith("_") else type.__getattribute__(cls, n)
    @property
    def upper(cls): return cls.__name__.upper()
    def meta_method(cls): return "via " + cls.__name__


class Thing(metaclass=Meta, option=1):
    x = 1
    def __init__(self, v=0): self.v = v


class Sub(Thing, other=2):
    pass


print(Thing, Thing.injected, Thing.options, Sub.options, type(Sub) is Meta)
print(Thing(3).v, Meta.log)
print(len(Thing), list(Thing), "x" in Thing, Thing["k"], Thing.unknown, Thing.upper, Sub.meta_method())
try:
    Thing().meta_method()
except AttributeError as e:
    print(e)


class Ordered(dict):
    def __setitem__(self, k, v):
        if k in self and not k.startswith("__"):
            raise TypeError(f"{k} twice")
        super().__setitem__(k, v)


class NoDup(type):
    @classmethod
    def __prepare__(m, n, b): return Ordered()


try:
    class Twice(metaclass=NoDup):
        a = 1
        a = 2
except TypeError as e:
    print(e)


class M1(type): pass
class M2(type): pass
class P(metaclass=M1): pass
class Q(metaclass=M2): pass
try:
    class Conflict(P, Q): pass
except TypeError as e:
    print(e)


def factory(name, bases, ns, **kw):
    return name, bases, sorted(k for k in ns if not k.startswith("__")), kw


class Made(metaclass=factory, z=1):
    b = 1
    a = 2


print(Made)


class Singleton(type):
    _inst = {}
    def __call__(cls, *a):
        if cls not in cls._inst:
            cls._inst[cls] = super().__call__(*a)
        return cls._inst[cls]


class Config(metaclass=Singleton):
    def __init__(self, v): self.v = v


print(Config(1) is Config(2), Config(3).v)


class Duck(type):
    def __instancecheck__(cls, o): return hasattr(o, "quack")
    def __subclasscheck__(cls, c): return hasattr(c, "quack")


class DuckType(metaclass=Duck): pass
class Real:
    def quack(self): return "q"
print(isinstance(Real(), DuckType), issubclass(Real, DuckType), isinstance(3, DuckType), isinstance(3, (str, DuckType)))


class Generic:
    def __class_getitem__(cls, item): return f"{cls.__name__}<{item}>"
print(Generic[int.__name__], Generic["a", "b"])


class Field:
    def __init__(self, kind): self.kind = kind
class Model(type):
    def __new__(m, name, bases, ns):
        ns["fields"] = {k: v.kind for k, v in ns.items() if isinstance(v, Field)}
        for k in ns["fields"]: del ns[k]
        return super().__new__(m, name, bases, ns)
class User(metaclass=Model):
    name = Field("str")
    age = Field("int")
print(User.fields, hasattr(User, "name"))


class Replacing:
    def __mro_entries__(self, bases):
        print("entries", len(bases))
        return (Real,)
class UsesEntries(Replacing(), Generic): pass
print(UsesEntries.__bases__, len(UsesEntries.__orig_bases__), UsesEntries().quack())


class CustomMro(type):
    def mro(cls): return [cls, Real, object]
class Odd(metaclass=CustomMro): pass
print(Odd.__mro__, Odd().quack())
Thing.y = 5
print(Sub.y, Sub().y)
del Thing.y
print(Sub.y)
print(type.__call__(int, "12"), type(type) is type, isinstance(type, object), type("N", (), {})().__class__.__name__)
print(type(Thing).__name__, Meta.__mro__[1], Sub.__subclasses__(), [c.__name__ for c in Thing.__subclasses__()])
