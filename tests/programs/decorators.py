"""Decorators: functions, classes, arguments, stacking, order, functools.wraps, methods."""
import functools

log = []


def traced(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kw):
        log.append((fn.__name__, args, kw))
        return fn(*args, **kw)
    return wrapper


def repeat(n):
    def deco(fn):
        def run(*a):
            return [fn(*a) for _ in range(n)]
        return run
    return deco


@traced
@repeat(2)
def greet(name):
    "Says hello."
    return "hello " + name


@repeat(2)
@traced
def shout(name):
    return name.upper()


print(greet("a"), shout("b"), log)


@traced
def documented(x: int = 1) -> str:
    "Doc."
    return str(x)


print(documented.__name__, documented.__doc__, documented.__wrapped__(5), documented(x=3))


def order(tag):
    print("make", tag)
    def deco(fn):
        print("apply", tag)
        return fn
    return deco


@order("outer")
@order("inner")
def f(): pass


def add_repr(cls):
    cls.__repr__ = lambda self: f"{cls.__name__}:{sorted(vars(self).items())}"
    return cls


def plugin(**opts):
    def deco(cls):
        for k, v in opts.items():
            setattr(cls, k, v)
        return cls
    return deco


@plugin(colour="red", size=3)
@add_repr
class Widget:
    def __init__(self): self.a, self.b = 1, 2


print(Widget(), Widget.colour, Widget.size)


class Count:
    def __init__(self, fn):
        functools.update_wrapper(self, fn)
        self.fn, self.calls = fn, 0
    def __call__(self, *a):
        self.calls += 1
        return self.fn(*a)
    def __get__(self, obj, owner=None):
        return self if obj is None else functools.partial(self, obj)


@Count
def square(x): return x * x


print(square(3), square(4), square.calls, square.__name__)


class Uses:
    @Count
    def m(self, k): return k + 1
    @property
    @traced
    def p(self): return "prop"
    @classmethod
    @traced
    def c(cls): return cls.__name__
    @staticmethod
    @traced
    def s(): return "static"


u = Uses()
print(u.m(1), u.m(2), Uses.m.calls, u.p, u.c(), Uses.s())
decorators = {"x": [traced]}
@decorators["x"][0]
def subscripted(): return "any expression"
print(subscripted())
@(lambda fn: lambda *a: ("lambda deco", fn(*a)))
def lam(a): return a
print(lam(1))
@(lambda fn: fn.__name__)
def printed(): "Is printed."
print(printed)
@functools.lru_cache(maxsize=2)
def slow(n):
    log.append(n)
    return n * 2
log.clear()
print([slow(n) for n in (1, 2, 1, 3, 1, 2)], log, slow.cache_info())
slow.cache_clear()
print(slow.cache_info().currsize)
@functools.singledispatch
def show(x): return "object"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return "list of " + ",".join(map(show, x))
@show.register(str)
@show.register(bytes)
def _(x): return "text"
print(show(1), show([1, "a", b"", 2.0]), show(True), show.dispatch(bool) is show.dispatch(int))
@functools.total_ordering
class Ver:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(Ver(1) <= Ver(2), Ver(2) >= Ver(3), Ver(1) > Ver(0), max(Ver(1), Ver(9)).n)
class CP:
    n = 0
    @functools.cached_property
    def v(self): CP.n += 1; return "v"
cp = CP(); cp.v; cp.v
print(CP.n, cp.__dict__)
p = functools.partial(int, base=2)
print(p("101"), p.func, p.keywords, functools.partial(p, "11")(), functools.reduce(lambda a, b: a * b, range(1, 6)), functools.reduce(max, [], 3))
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))
class PM:
    def at(self, x, y): return x, y
    origin = functools.partialmethod(at, 0, y=0)
print(PM().origin())
