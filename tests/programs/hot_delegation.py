"""Chains of generators that delegate: what can be seen of those in the middle while the innermost one runs."""
import gc
import inspect
import sys
import traceback
import types
import weakref


def leaf(n, hook=None):
    for i in range(n):
        if hook is not None:
            hook(i)
        got = yield i
        if got is not None:
            yield ("got", got)
    return "leaf result"


def middle(n, hook=None):
    r = yield from leaf(n, hook)
    return ["middle", r]


def outer(n, hook=None):
    r = yield from middle(n, hook)
    yield r
    return "outer result"


def drain(n):
    out = []
    for x in outer(n):
        out.append(x)
    return out


for _ in range(60):
    last = drain(9)
print(last, list(outer(3)), sum(x for x in middle(50)), tuple(middle(4)), sorted(set(middle(4))))


# Frames between the innermost one and whoever resumed the first.
def names(depth=12):
    f = sys._getframe(1)
    out = []
    while f is not None and len(out) < depth:
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
        f = f.f_back
    return out


shown = []


def look(i):
    if i % 3 == 1:
        shown.append(names())


def consumer(n, hook):
    total = 0
    for x in outer(n, hook):
        total += 1
    return total


for _ in range(3):
    print(consumer(6, look))
for s in shown[:2] + shown[-1:]:
    print(s)
assert all(s == shown[0] for s in shown)


def locals_of_callers(i):
    if i == 2:
        f = sys._getframe(1)
        while f.f_code.co_name != "consumer":
            print(f.f_code.co_name, sorted(k for k in f.f_locals), f.f_locals["n"])
            f = f.f_back


consumer(4, locals_of_callers)


# The state of those in the middle.
def states(gens):
    def hook(i):
        if i == 1:
            for g in gens:
                print(inspect.getgeneratorstate(g), g.gi_running, g.gi_suspended, g.gi_yieldfrom is None, g.gi_frame is not None)
            for g in gens:
                for act in (lambda: next(g), lambda: g.send(None), lambda: g.throw(KeyError("k")), lambda: g.close(), lambda: g.gi_frame.clear()):
                    try:
                        act()
                    except (ValueError, RuntimeError) as e:
                        print(type(e).__name__, e)
    return hook


def build(hook_of):
    gens = []

    def a():
        yield from b_

    def b():
        yield from c_

    def c():
        for i in range(4):
            hook(i)
            yield i

    c_ = c()
    b_ = b()
    a_ = a()
    gens.extend([a_, b_, c_])
    hook = hook_of(gens)
    return a_, gens


a_, gens = build(states)
print([x for x in a_], [inspect.getgeneratorstate(g) for g in gens])
a_, gens = build(lambda gens: lambda i: None)
print(next(a_), next(a_), a_.gi_yieldfrom is gens[1], gens[1].gi_yieldfrom is gens[2], [inspect.getgeneratorstate(g) for g in gens])
print(next(gens[1]), next(gens[2]), list(a_), [inspect.getgeneratorstate(g) for g in gens])


# Results, on every level.
def results(depth, n):
    if depth == 0:
        for i in range(n):
            yield i
        return 100
    r = yield from results(depth - 1, n)
    yield r
    return r + depth


for _ in range(40):
    items = list(results(5, 3))
print(items)


# Sending.
def echo():
    got = None
    while got != "stop":
        got = yield got
    return "done"


def wrap(g):
    return (yield from g)


def talk(n):
    g = wrap(wrap(wrap(echo())))
    next(g)
    out = [g.send(i) for i in range(n)]
    try:
        g.send("stop")
    except StopIteration as e:
        return out[-3:], e.value


for _ in range(30):
    t = talk(20)
print(t)


# Exceptions from within: tracebacks, handlers on the way, what they see.
def fails(n):
    for i in range(n):
        yield i
    raise LookupError("from the inside")


def passes_on(n):
    yield from fails(n)


def catches(n):
    try:
        yield from passes_on(n)
    except LookupError as e:
        yield "caught", str(e), [(f.name, f.lineno - catches.__code__.co_firstlineno) for f in traceback.extract_tb(e.__traceback__)]
    finally:
        yield "finally"
    return "after"


def run(g):
    out = []
    for x in g:
        out.append(x)
    return out


for _ in range(40):
    r = run(catches(3))
print(r, run(wrap(wrap(catches(2)))))
for _ in range(3):
    try:
        run(wrap(passes_on(5)))
    except LookupError as e:
        print([(f.name, f.line) for f in traceback.extract_tb(e.__traceback__)], e.__context__)


def stops():
    yield 1
    raise StopIteration("no")


for _ in range(3):
    try:
        run(wrap(wrap(stops())))
    except RuntimeError as e:
        print(e, repr(e.__cause__), [f.name for f in traceback.extract_tb(e.__traceback__)])


# Throwing and closing between two steps.
def guarded(log, g):
    try:
        yield from g
    except ValueError as e:
        log.append(("ValueError", str(e)))
        yield "recovered"
    except GeneratorExit:
        log.append("closed")
        raise
    finally:
        log.append("finally")


log = []
g = guarded(log, guarded(log, leaf(10)))
print(next(g), next(g), g.throw(ValueError("v")), list(g), log)
log.clear()
g = guarded(log, wrap(guarded(log, leaf(10))))
print(next(g), next(g), next(g))
g.close()
print(log)
log.clear()
g = guarded(log, wrap(guarded(log, leaf(10))))
next(g), next(g)
del g
gc.collect()
print(log)


# An exception is being handled somewhere: those inside see it.
def sees():
    for i in range(4):
        yield sys.exception()


def handling():
    try:
        raise OSError("handled outside")
    except OSError:
        yield from wrap(sees())
    yield sys.exception()


for _ in range(30):
    r = run(wrap(handling()))
print(r)


def in_handler():
    out = []
    g = wrap(wrap(sees()))
    out.append(next(g))
    try:
        raise KeyError("k")
    except KeyError:
        out.append(next(g))
        out.append(next(g))
    out.append(next(g))
    return out


print(in_handler(), in_handler())


# Other iterators at the end of a chain, and chains that change.
class Iter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration("iter result")
        self.n -= 1
        return self.n


def over(it):
    r = yield from it
    yield ("r", r)


for _ in range(30):
    r = run(wrap(over([1, 2]))) + run(wrap(over(Iter(2)))) + run(wrap(over(range(2)))) + run(wrap(over(leaf(2))))
print(r)


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


for _ in range(5):
    r = list(tree(7))
print(len(r), sum(r), r[:15])


def taken_over(shared):
    yield from shared
    yield "end"


shared = leaf(6)
one, two = taken_over(shared), taken_over(shared)
print([next(one), next(two), next(one), next(shared), next(two), next(one)], list(two), list(one))


# The chain is held by nothing but the loop.
class Tracked:
    pass


alive = []


def holds(n):
    t = Tracked()
    alive.append(weakref.ref(t))
    yield from leaf(n)
    del t
    yield "released", alive[-1]() is None
    yield from leaf(1)


for _ in range(20):
    r = run(wrap(holds(3)))
print(r, all(a() is None for a in alive))


def loop_breaks():
    for x in wrap(holds(5)):
        if x == 2:
            break
    return alive[-1]() is None


print([loop_breaks() for _ in range(20)].count(True))


# Deep.
def deep(n):
    if n:
        yield from deep(n - 1)
    else:
        for i in range(3):
            yield i


print(list(deep(150)))
try:
    list(deep(100000))
except RecursionError:
    print("RecursionError")


def many_registers():
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = b0 = b1 = b2 = b3 = b4 = b5 = 1
    for i in range(5):
        yield a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + b0 + b1 + b2 + b3 + b4 + b5 + i


for _ in range(30):
    r = run(wrap(wrap(many_registers())))
print(r)


# Coroutines await in chains, too.
@types.coroutine
def suspend(v):
    return (yield v)


async def inner_most(n):
    got = []
    for i in range(n):
        got.append(await suspend(i))
    return got


async def between(n):
    return await inner_most(n)


async def outermost(n):
    first = await between(n)
    try:
        await fails_later()
    except ZeroDivisionError as e:
        return first, [f.name for f in traceback.extract_tb(e.__traceback__)]


async def fails_later():
    await suspend("last")
    1 / 0


def drive(coro):
    out = []
    sent = None
    while True:
        try:
            out.append(coro.send(sent))
        except StopIteration as e:
            return out, e.value
        sent = len(out)


for _ in range(40):
    r = drive(outermost(3))
print(r)


async def reuses(c):
    return await c


c = inner_most(1)
first = reuses(c)
print(first.send(None))
second = reuses(c)
try:
    second.send(None)
except RuntimeError as e:
    print(e)
first.close()


async def agen(n):
    for i in range(n):
        await suspend(("await", i))
        yield i


async def collect(n):
    return [x async for x in agen(n)]


for _ in range(20):
    r = drive(collect(3))
print(r)


# Releases while one ends run Python.
class Says:
    def __init__(self, what):
        self.what = what

    def __del__(self):
        order.append(self.what)


order = []


def with_says(n, what):
    s = Says(what)
    yield from leaf(n)


def nested_says():
    s = Says("outer")
    yield from with_says(2, "first")
    order.append("between")
    yield from with_says(1, "second")


for _ in range(20):
    order.clear()
    run(wrap(nested_says()))
print(order)
