"""Exceptions and what is left of them: tracebacks that are kept, frames that are looked at later, chains, cycles, and who is told when."""
import gc
import sys
import weakref

gc.disable()


class Noted:
    """Says when it goes."""

    def __init__(self, name, log):
        self.name, self.log = name, log

    def __del__(self):
        self.log.append(self.name)


def entries(tb):
    found = []
    while tb is not None:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    return found


def frames(tb):
    found = []
    while tb is not None:
        found.append(tb.tb_frame)
        tb = tb.tb_next
    return found


# ── tracebacks that are kept ──
def innermost(x, y):
    z = x + y
    raise KeyError(z)


def middle(x, *rest, key=None, **others):
    w = [x]
    return innermost(x, len(rest)) + w[0]


def keep(i):
    try:
        middle(i, 1, 2, key=3, more=4)
    except KeyError as e:
        return e


def kept():
    e = keep(5)
    print(e.args, entries(e.__traceback__))
    first, second, third = frames(e.__traceback__)
    print(second.f_locals["x"], second.f_locals["rest"], second.f_locals["others"], second.f_locals["w"])
    print(sorted(third.f_locals.items()))
    print(third.f_back is second, second.f_back is first, third.f_lineno - third.f_code.co_firstlineno)
    raised = e
    try:
        raise raised
    except KeyError as again:
        print(again is e, entries(e.__traceback__))
    e.__traceback__ = None
    try:
        raise e
    except KeyError as again:
        print(entries(again.__traceback__))


# ── when the variables of frames go ──
def fails(log, name):
    held = Noted(name, log)
    raise ValueError(name)


def prompt():
    log = []
    try:
        fails(log, "a")
    except ValueError:
        log.append("caught")
    log.append("after")
    try:
        fails(log, "b")
    except ValueError as e:
        log.append("caught")
        e.__traceback__ = None
        log.append("cut")
    log.append("after")
    kept = None
    try:
        fails(log, "c")
    except ValueError as e:
        kept = e
    log.append("kept")
    del kept
    log.append("after")
    print(log)


def arguments():
    log = []

    def callee(noted, *more, **named):
        raise LookupError(more and more[0].name, sorted(named))

    try:
        callee(Noted("one", log), Noted("two", log), key=Noted("three", log))
    except LookupError as e:
        print(e, log)
    print(sorted(log))
    log.clear()
    pair, names = (Noted("x", log),), {"k": Noted("y", log)}
    try:
        callee(*pair, **names)
    except LookupError as e:
        del pair, names
        print(e, log)
    print(sorted(log))


# ── what is released on the way sees the right frames ──
class Curious:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(sys.exception() is None)
        try:
            {}["missing"]
        except KeyError as e:
            self.log.append(entries(e.__traceback__))


def drops(log):
    [Curious(log), 1 / 0]


def on_the_way():
    log = []
    try:
        drops(log)
    except ZeroDivisionError as e:
        first, second = frames(e.__traceback__)
        print(log, sorted(second.f_locals) == ["log"], entries(e.__traceback__))
        del first, second


# ── exceptions that native code keeps ──
class Missing:
    def __getitem__(self, i):
        if i == 2:
            raise IndexError(i)
        return i

    def __getattr__(self, name):
        raise AttributeError(name)

    def __eq__(self, other):
        raise OverflowError("eq")

    def __hash__(self):
        return 1

    def __len__(self):
        raise TypeError("len")

    def __iter__(self):
        return self

    def __next__(self):
        raise stop


stop = StopIteration(7)


def native():
    m = Missing()
    print([x for x in (m[0], m[1])], hasattr(m, "x"), getattr(m, "y", 3))
    for attempt in (lambda: m[2], lambda: m.z, lambda: m == 1, lambda: m in [1], lambda: {m: 1}[Missing()], lambda: len(m), lambda: sorted([m, m]), lambda: max([1], key=m.a)):
        try:
            print(attempt())
        except Exception as e:
            chain = frames(e.__traceback__)
            print(type(e).__name__, entries(e.__traceback__), [inner.f_back is outer for outer, inner in zip(chain, chain[1:])])
    for _ in range(3):
        print(list(m), next(m, "end"))
    for nothing in m:
        print("never")
    print(stop.value)


# ── again, from, context ──
def again(i):
    try:
        try:
            innermost(i, 1)
        except KeyError:
            if i == 0:
                raise
            if i == 1:
                raise ValueError("from") from None
            if i == 2:
                raise ValueError("other")
            raise ValueError("cause") from OSError(i)
    finally:
        noted.append(sys.exception() is not None)


noted = []


def chains():
    for i in range(4):
        try:
            again(i)
        except (KeyError, ValueError) as e:
            context, cause = e.__context__, e.__cause__
            print(repr(e), entries(e.__traceback__), repr(context), repr(cause), e.__suppress_context__)
            if context is not None:
                print(entries(context.__traceback__))
    print(noted, sys.exception())


def in_finally():
    def inner():
        try:
            raise KeyError("first")
        finally:
            int("x")

    try:
        inner()
    except ValueError as e:
        print(e, repr(e.__context__), entries(e.__traceback__), entries(e.__context__.__traceback__))


    def passed_on(x, way):
        try:
            innermost(x, way)
        except ValueError:
            print("never")
        finally:
            way = -way

    def outer(x):
        return [passed_on(x, 3), x]

    try:
        outer(2)
    except KeyError as e:
        print(e, entries(e.__traceback__))
        *_, third, last = frames(e.__traceback__)
        print(last.f_back is third, third.f_back.f_code.co_name, third.f_locals, sorted(third.f_back.f_locals))


# ── generators ──
def produce(log):
    held = Noted("generator", log)
    try:
        yield 1
        yield innermost(1, 2)
    except KeyError as e:
        yield entries(e.__traceback__)
        raise RuntimeError("again") from e


def delegate(log):
    yield from produce(log)


def generators():
    log = []
    g = delegate(log)
    print(next(g), next(g))
    try:
        next(g)
    except RuntimeError as e:
        print(entries(e.__traceback__), entries(e.__cause__.__traceback__), frames(e.__traceback__)[-1].f_back)
    del g
    g = produce(log)
    next(g)
    try:
        g.throw(KeyError("thrown"))
    except KeyError:
        print("never")
    try:
        g.throw(OSError(3))
    except OSError as e:
        print(entries(e.__traceback__), repr(e.__context__))


# ── cycles ──
def cycle():
    class Error(Exception):
        pass

    def make():
        try:
            raise Error("self")
        except Error as e:
            me = e
        return weakref.ref(me)

    r = make()
    gc.collect()
    print(r() is None)

    def clean():
        try:
            raise Error("clean")
        except Error as e:
            return weakref.ref(e)

    print(clean()() is None)


# ── classes ──
class Plain(Exception):
    pass


class Counted(Exception):
    made = 0

    def __init__(self, *args, code=0):
        Counted.made += 1
        super().__init__(*args)
        self.code = code


class Picky(KeyError):
    def __new__(cls, *args):
        return super().__new__(cls, *args, "more")


def classes():
    for make in (
        lambda: KeyError(1),
        lambda: Plain(1, [2]),
        lambda: Plain(),
        lambda: Counted(1, code=2),
        lambda: Picky("x"),
        lambda: StopIteration(3),
        lambda: SystemExit(4),
        lambda: OSError(2, "no"),
        lambda: ValueError(k=1),
        lambda: ImportError("i", name="n"),
        lambda: Plain(x=1),
        lambda: UnicodeDecodeError("u", b"x", 0, 1, "r"),
        lambda: KeyError(x for x in ()),
    ):
        try:
            e = make()
            e.note = len(e.args)
            print(type(e).__name__, e.args if e.note != 1 or type(e.args[0]).__name__ != "generator" else "generator", e.__dict__, getattr(e, "value", None), getattr(e, "code", None), getattr(e, "errno", None), getattr(e, "name", None))
        except TypeError as e:
            print(e)
    print(f"{KeyError('a')} {ValueError('a')} {ValueError(1, 2)} {ValueError()} {KeyError()} {Plain('p')!s:>4}", Counted.made)
    Plain.__init__ = lambda self, *args: setattr(self, "seen", args)
    print(Plain(5).seen, Plain(5).args)
    del Plain.__init__
    print(Plain(6).args, Plain(6).__dict__)


def matching():
    class Base(Exception):
        pass

    class Derived(Base):
        pass

    for e in (Base(1), Derived(2), KeyError(3), IndexError(4), TypeError(5)):
        try:
            raise e
        except Derived:
            print("derived")
        except (Base, KeyError) as x:
            print("base or key", x is e)
        except LookupError:
            print("lookup")
        except Exception as x:
            print(type(x).__name__, sys.exception() is x)
        print(sys.exception())
    try:
        try:
            raise KeyError
        except 5:
            pass
    except TypeError as e:
        print(e, repr(e.__context__))


# ── arguments in layers ──
def layered(fn, cost):
    def call(*args, **kwargs):
        return fn(*args, cost=cost, **kwargs)

    return call


def strict(a, b=2, /, c=3, *, cost, other="o"):
    return a, b, c, cost, other


def loose(*args, cost, **more):
    return args, cost, more


class Bound:
    def method(self, *args, cost, **more):
        return args, cost, sorted(more)

    def __call__(self, a, *, cost):
        return a, cost

    def __str__(self):
        return "a bound one"


def layers():
    calls = [
        ((1,), {}),
        ((1, 2, 3), {"other": 4}),
        ((1,), {"c": 5}),
        ((1,), {"b": 5}),
        ((), {}),
        ((1, 2, 3, 4), {}),
        ((1,), {"cost": 1}),
        ((1,), {"what": 1, "other": 2}),
    ]
    for fn in (strict, loose, Bound().method, Bound()):
        layer = layered(fn, 9)
        for args, kwargs in calls:
            try:
                print(layer(*args, **kwargs))
            except TypeError as e:
                print(str(e).partition(" got multiple")[2] or e)
    try:
        layered(strict, 1)(**{"c": 1, 2: 3})
    except TypeError as e:
        print(e)
    kwargs = {"c": 1}

    def changes(*args, **named):
        named["c"] = 2
        named["d"] = 3
        return named

    print(changes(**kwargs), kwargs)
    log = []

    def takes(noted, *, other=None):
        noted = None
        return list(log)

    print(takes(*[Noted("n", log)], **{}), takes(*(Noted("m", log),), other=1), log)


def deep(n):
    if n == 0:
        raise ArithmeticError("bottom")
    return deep(n - 1) + 1


def many():
    try:
        deep(30)
    except ArithmeticError as e:
        chain = frames(e.__traceback__)
        print(len(chain), [f.f_locals["n"] for f in chain[1:]] == list(range(30, -1, -1)), all(i.f_back is o for o, i in zip(chain, chain[1:])))
    total = 0
    for i in range(200):
        try:
            if i % 3:
                deep(i % 5)
            total += 1
        except ArithmeticError as e:
            total += len(entries(e.__traceback__))
    print(total)


def run():
    for part in (kept, prompt, arguments, on_the_way, native, chains, in_finally, generators, cycle, classes, matching, layers, many):
        print("--", part.__name__)
        noted.clear()
        part()


run()
run()
