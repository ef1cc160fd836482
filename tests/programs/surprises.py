"""What warm code expects, and is surprised by: builtins that are replaced, containers that change in a loop, generators that are given up."""

import builtins
import gc
import weakref

# len / isinstance shadowed after the sites took their forms
def sizes(xs): return [len(x) for x in xs]
for _ in range(3000): sizes([[1], "ab", (1,2,3), {1:2}])
print(sizes([[1], "ab", {}]))
old = builtins.len
builtins.len = lambda x: -1
print(sizes([[1], "ab"]))
builtins.len = old
print(sizes([[1], "ab"]))
class Fake:
    @property
    def __class__(self): return int
def kinds(xs): return [isinstance(x, int) for x in xs]
for _ in range(3000): kinds([1, True, "a", None])
print(kinds([1, Fake(), 1.5, True]))
# append of a subclass, of itself
class L(list):
    def append(self, x): super().append((x,))
def fill(l, n):
    for i in range(n): l.append(i)
    return l
for _ in range(500): fill([], 5)
print(fill(L(), 3), fill([], 3))
l = []; l.append(l); print(l); l.clear()
# growing and shrinking in the loop
def grow(l, n):
    c = 0
    for x in l:
        c += x
        if len(l) < n: l.append(x + 1)
    return c, len(l)
def shrink(l):
    out = []
    for x in l:
        out.append(x); l.pop()
    return out
for _ in range(3000): grow([1], 6); shrink([1, 2, 3, 4, 5])
print(grow([1], 10), shrink(list(range(9))))
def pops(l):
    try:
        while True: l.pop()
    except IndexError as e: return str(e)
for _ in range(3000): pops([1, 2])
print(pops([1]))
# iterators in parts, left by exceptions with tracebacks
def find(l, w):
    for i, x in enumerate(l):
        for y in (x, x + 1):
            if y == w: raise KeyError(i, y)
def vars_of(w):
    try: find([1, 5, 9], w)
    except KeyError as e: return sorted((k, v) for k, v in e.__traceback__.tb_next.tb_frame.f_locals.items())
for _ in range(3000): vars_of(6)
print(vars_of(10))
# generators: close, finally, consumers
log = []
def g(n):
    try:
        for i in range(n): yield i
    finally: log.append("end")
def q(n):
    for i in range(n): yield i
def use():
    a = g(3); next(a); del a
    b = q(3); next(b); del b
    return sum(q(4)), sum(q(3), 1.5), list(g(2)), all(q(3)), any(q(3)), tuple(x * 2 for x in q(3)), set(q(3)), sum(x / 2 for x in q(3)), sum([[1], [2]], [])
for _ in range(3000): use()
print(use(), len(log))
def bad():
    yield 1
    raise ValueError("in")
for f in (list, tuple, set, sum, all, any, sorted, max, "".join):
    try: f(bad())
    except Exception as e: print(type(e).__name__, e)
try: set(x for x in [[]])
except TypeError as e: print(e)
try: sum(x for x in [1, "a"])
except TypeError as e: print(e)
# tuples as keys
class H:
    n = 0
    def __hash__(self): H.n += 1; return 7
    def __eq__(self, o): return isinstance(o, H)
t = (H(), 1)
for _ in range(5): hash(t)
print(H.n, {t: 1}[(H(), 1)], hash((1, 2)) == hash((1.0, 2.0)), (1, (2, 3)) in {(1, (2, 3))})
def mk(a, b): return (a, b), (a,), (a, b, a), (a, b, a, b), [], (b,)
for i in range(9000): r = mk(i, "x")
print(r, hash(r[0]) == hash((8999, "x")), gc.collect() >= 0)
# globals
G = 0
def setg(n):
    global G, NEW
    for i in range(n): G = i; NEW = G
    return G
def getg(): return G
for i in range(3000): setg(3); getg()
G = "other"; print(getg(), setg(5), getg(), NEW)
del NEW
try: NEW
except NameError as e: print(e)
# weak references
class W: pass
w = W(); r = weakref.ref(w, lambda r: print("gone")); w.me = w; del w; gc.collect(); print(r())
class C:
    def __init__(self, *a, k=1, **kw): self.v = a, k, kw
def make(i): return C(i, *[i], k=i, **{"z": i}).v
for i in range(3000): make(i)
print(make(4))
class N:
    def __init__(self): return 5
try: N()
except TypeError as e: print(e)
