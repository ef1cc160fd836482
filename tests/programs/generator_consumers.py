"""What takes the items of generators: containers, sums and answers, next and send, delegation, and what others can see of it."""
import gc
import sys
import traceback


class Noisy:
    def __init__(self, name, truth=True):
        self.name, self.truth = name, truth

    def __bool__(self):
        print("bool", self.name, sys._getframe(1).f_code.co_name)
        return self.truth

    def __hash__(self):
        print("hash", self.name, sys._getframe(1).f_code.co_name)
        return 7

    def __eq__(self, other):
        print("eq", self.name, getattr(other, "name", other))
        return self is other

    def __add__(self, other):
        print("add", self.name, other)
        return self

    def __radd__(self, other):
        print("radd", self.name, other, sys._getframe(1).f_code.co_name)
        return self

    def __del__(self):
        print("del", self.name)


def where(error):
    return [(f.name, f.lineno - where.__code__.co_firstlineno) for f in traceback.extract_tb(error.__traceback__)][1:]


def attempt(f, *args):
    try:
        print("result", f(*args))
    except BaseException as e:
        print(type(e).__name__, e, where(e), type(e.__context__).__name__)


def containers():
    base = 10
    print(list(i + base for i in range(12)), tuple(i * base for i in range(12)), sorted(set(i % 5 + base for i in range(20))))
    print(list(x for x in ()), tuple(x for x in ""), set(x for x in []), frozenset(x for x in (1, 2)))
    print(set(Noisy(i) for i in range(2)) and "made")
    attempt(lambda: set([i] for i in range(3)))
    attempt(lambda: list(1 // (2 - i) for i in range(5)))
    attempt(lambda: set(1 // (2 - i) for i in range(5)))
    print(len(list(str(i) for i in range(1000))), len(set(str(i) for i in range(1000))))


def answers():
    print(all(i < 5 for i in range(5)), all(i < 3 for i in range(5)), any(i > 3 for i in range(5)), any(i > 5 for i in range(5)))
    print(all(x for x in ()), any(x for x in ()), all(x for x in (1, "a", [0], 2.5)), any(x for x in (0, "", [], 0.0, None)))
    print(all(Noisy(i, i < 1) for i in range(3)))
    print(any(Noisy(i, i > 0) for i in range(3)))
    attempt(lambda: all(1 // (2 - i) for i in range(5)))
    attempt(lambda: any(1 // i for i in (1, 0)))


def sums():
    print(sum(i for i in range(100)), sum(x for x in (True, 2, False)), sum(x for x in ()))
    print(sum(1 << 61 for _ in range(5)), sum((1 << 62) - 1 for _ in range(3)), sum(x for x in (1, 1 << 70, -1)))
    print(sum(0.1 for _ in range(10)), sum(x for x in (1, 0.5, 2, 1e100, 1.0, -1e100)), sum(x for x in (1, 2j, 0.5)))
    attempt(lambda: sum(x for x in (1, "a")))
    attempt(lambda: sum(x for x in (1, Noisy("s"), 3)).name)
    attempt(lambda: sum(1 // (2 - i) for i in range(5)))


def echo():
    got = []
    while True:
        value = yield len(got)
        if value == "stop":
            return got
        got.append(value)


def stepping():
    g = echo()
    attempt(g.send, 1)
    print(next(g), g.send(1), g.send(None), g.send([2]), next(g))
    try:
        g.send("stop")
    except StopIteration as e:
        print("value", e.value, e.args)
    attempt(next, g)
    attempt(g.send, 1)
    print(next(g, "default"))
    attempt(next, (1 // x for x in (0,)))

    def itself():
        yield next(me)

    me = itself()
    attempt(next, me)
    attempt(lambda: next(x for x in ()))

    def stops():
        yield 1
        raise StopIteration(5)

    attempt(list, stops())
    attempt(lambda: tuple(next(iter(())) for _ in range(2)))


class Tree:
    def __init__(self, depth):
        self.children = [Tree(depth - 1), Tree(depth - 1)] if depth else []
        self.depth = depth

    def __iter__(self):
        for child in self.children:
            yield from child
        yield self.depth


def returning(n):
    for i in range(n):
        got = yield i
        if got:
            print("got", got)
    return "end" + str(n)


def delegating():
    result = yield from returning(2)
    print(result)
    result = yield from iter([7, 8])
    print(result)
    return (yield from returning(1))


def delegation():
    print(list(Tree(3)), sum(Tree(4)))
    g = delegating()
    print(next(g), g.send("a"), next(g), next(g), next(g))
    attempt(next, g)

    def bad():
        yield from 5

    attempt(next, bad())


def finishing():
    def plain(a, b):
        yield a
        yield b

    g = plain(Noisy("a"), Noisy("b"))
    print(next(g).name)
    g.close()
    print("closed", g.gi_frame)
    g = plain(Noisy("c"), Noisy("d"))
    next(g)
    del g
    print("dropped")

    def careful():
        try:
            yield 1
        finally:
            print("finally", sys.exc_info()[0])

    g = careful()
    next(g)
    g.close()
    g = careful()
    next(g)
    del g
    print(any(x for x in careful()))
    g = (x for x in [1, 2])
    attempt(g.throw, ValueError("thrown"))
    attempt(next, g)

    class Holder:
        pass

    holder = Holder()
    holder.g = (holder for _ in range(3))
    next(holder.g)
    del holder
    gc.collect()

    def cyclic():
        try:
            me = yield
            yield me
        finally:
            print("cycle collected")

    for _ in range(3):
        g = cyclic()
        next(g)
        g.send(g)
        del g
        gc.collect()
    for _ in range(3):
        g = careful()
        next(g)
        del g


def looking():
    y = 5
    g = (x + y for x in [1, 2, 3])
    print(g.__name__, g.__qualname__, g.gi_code.co_name, g.gi_running, g.gi_suspended, g.gi_yieldfrom)
    next(g)
    print({k: v for k, v in g.gi_frame.f_locals.items() if k != ".0"}, g.gi_frame.f_lineno - looking.__code__.co_firstlineno, g.gi_suspended)
    g.__name__ = "other"
    print(g.__name__, g.__qualname__, list(g), g.gi_frame)

    def f():
        yield sys._getframe().f_back.f_code.co_name
        yield g2.gi_running

    f.__name__, f.__qualname__ = "renamed", "also"
    g2 = f()
    print(g2.__name__, g2.__qualname__, list(g2))
    print([n for n in (sys._getframe().f_code.co_name for _ in range(1))])
    events = []

    def tracer(frame, event, arg):
        if event in ("call", "return"):
            events.append((event, frame.f_code.co_name, arg if isinstance(arg, int) else None))
        return tracer

    sys.settrace(tracer)
    try:
        list(i for i in (1, 2))
        any(i for i in (0, 3, 4))
        set(i for i in (1, 1))
    finally:
        sys.settrace(None)
    print(events)


def depth(n):
    return n == 0 or all(depth(n - 1) for _ in range(1))


def deep(n):
    if n:
        yield from deep(n - 1)
    yield n


def many_locals():
    a, b, c, d, e, f, g, h, i, j, k, l, m = range(13)
    for n in range(3):
        yield a + n
        a, b, c, d, e, f, g, h, i, j, k, l, m = b, c, d, e, f, g, h, i, j, k, l, m, str(a)
    yield a, b, c, d, e, f, g, h, i, j, k, l, m, [(yield n), (yield "x" * n)]


def temporaries():
    g = many_locals()
    print([next(g) for _ in range(4)], g.send("p"), g.send(["q"]))
    print(list(many_locals())[-2:])


def main():
    containers()
    answers()
    sums()
    stepping()
    delegation()
    finishing()
    looking()
    print(depth(300), max(deep(200)))
    temporaries()


for _ in range(3):
    main()
for _ in range(400):
    if sum(depth(2) for _ in range(3)) != 3 or sorted(set(i & 3 for i in range(9))) != [0, 1, 2, 3] or list(Tree(1)) != [0, 0, 1]:
        print("wrong")
