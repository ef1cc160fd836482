"""Generators: send, throw, close, return values, yield from, finally, re-entrancy, state."""


def echo():
    got = []
    while True:
        try:
            v = yield len(got)
            got.append(v)
            if v == "stop":
                return got
        except ValueError as e:
            got.append(str(e))


g = echo()
print(next(g), g.send("a"), g.send(None), g.throw(ValueError("thrown")))
try:
    g.send("stop")
except StopIteration as e:
    print(e.value)
print(next(g, "exhausted"))


def cleanup(log):
    try:
        yield 1
        yield 2
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        log.append("finally")


log = []
g = cleanup(log)
next(g)
g.close()
g.close()
print(log)
g = cleanup(log)
g.close()
print(log)
log.clear()
g = cleanup(log); next(g); del g
print(log)


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)


def inner():
    try:
        x = yield "i1"
        print("inner got", x)
        y = yield "i2"
        print("inner got", y)
    except KeyError as e:
        print("inner caught", e)
        yield "recovered"
    return "inner result"


def outer():
    r = yield from inner()
    print("result", r)
    r = yield from [10, 20]
    print("list result", r)
    return "outer result"


g = outer()
print(next(g), g.send(1), g.throw(KeyError("k")), next(g), next(g))
try:
    next(g)
except StopIteration as e:
    print(e.value)
g = outer()
next(g); g.close()
g = outer()
try:
    g.throw(TypeError("before start"))
except TypeError as e:
    print(e)
g = outer(); 
try:
    g.send(1)
except TypeError as e:
    print(e)


def reent():
    yield next(me)


me = reent()
try:
    next(me)
except ValueError as e:
    print(e)


def stop_inside():
    yield 1
    raise StopIteration("leak")


try:
    list(stop_inside())
except RuntimeError as e:
    print(e, type(e.__cause__).__name__)


def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)


print(list(tree(4)))


def primes():
    seen = {}
    n = 2
    while True:
        if n not in seen:
            yield n
            seen[n * n] = [n]
        else:
            for p in seen.pop(n):
                seen.setdefault(n + p, []).append(p)
        n += 1


import itertools
print(list(itertools.islice(primes(), 15)))


def gen_state():
    x = yield
    while x:
        x = yield x * 2


g = gen_state()
print(g.gi_frame is not None, g.gi_running, g.gi_yieldfrom, g.__name__, g.__qualname__)
next(g)
print(g.send(2), g.send(5), [*g], g.gi_frame)


class Iter:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration("done value")
        return self.n
    def throw(self, e): print("custom throw", repr(e)); return "thrown"
    def close(self): print("custom close")


def deleg():
    v = yield from Iter()
    print("value", v)
print(list(deleg()))
g = deleg(); next(g)
print(g.throw(OSError("x")))
g.close()
def ctx():
    for i in range(3):
        try:
            yield i
        finally:
            print("cleanup", i)
for v in ctx():
    if v == 1: break
print("after loop")
def lazy_args(*a):
    print("never printed at call")
    yield a
print(type(lazy_args(1)).__name__)
gen = (yield_ for yield_ in "ab")
print(gen.send(None), list(gen))
def fin_return():
    try:
        yield 1
        return "r"
    finally:
        print("fin")
def take():
    r = yield from fin_return()
    yield r
print(list(take()))
def exc_context():
    try:
        raise ValueError("outer")
    except ValueError:
        yield 1
        import sys
        print(sys.exc_info()[1])
g = exc_context(); next(g)
try:
    raise KeyError("caller")
except KeyError:
    next(g, None)
a, b, *c = (i * i for i in range(5))
print(a, b, c, max(x for x in [3, 9, 2]), dict((k, 1) for k in "ab"), 3 in (i for i in range(10)), sum(tree(6)))
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
print(next(itertools.islice(fib(), 300, None)))
