"""Generators and coroutines in compiled code: every way to resume, leave, and drop one, at every yield."""
import gc, sys, weakref
log = []
def shape(n):
    total = 0
    for i in range(n):
        try:
            with Ctx(i):
                for j in (i, i + 1):
                    try: total += (yield i * 10 + j) or 0
                    except ValueError as e: total += 100; log.append(("ve", i, j, e.args))
                    finally: log.append(("f", i, j))
                yield ("pair", i, total)
        except KeyError: total -= 1; yield "key"
        else: total += 1
    return total
class Ctx:
    def __init__(self, i): self.i = i
    def __enter__(self): log.append(("in", self.i))
    def __exit__(self, *e): log.append(("out", self.i, e[0] and e[0].__name__))
def outcome(call, *args):
    try: return call(*args)
    except StopIteration as e: return ("stop", e.value)
    except BaseException as e: return (type(e).__name__, e.args)
# One action at each of the yields, the others being next().
def script(action):
    seen = []
    for at in range(1, 13):
        g = shape(3); seen.append([])
        for step in range(16):
            if step != at: seen[-1].append(outcome(next, g))
            elif action == "send": seen[-1].append(outcome(g.send, 7))
            elif action == "close": seen[-1].append(outcome(g.close))
            elif action == "drop": del g; break
            else: seen[-1].append(outcome(g.throw, action("thrown", at)))
    return seen
for _ in range(3):
    for action in ("send", "close", "drop", ValueError, KeyError, OSError, StopIteration, GeneratorExit):
        log.clear(); r = script(action); text = repr(r) + repr(log)
        if _ == 2: print(action if isinstance(action, str) else action.__name__, len(text), sum(map(ord, text)) % 9973, r[4][3:9])
# Types that change from one resumption to the next.
def running(x):
    while True:
        y = yield x
        x = x + y
def change():
    g = running(1); next(g)
    for i in range(300): g.send(i)
    out = [g.send(0.5), g.send(2 ** 62), g.send(2 ** 70), outcome(g.send, "s"), outcome(next, g)]
    g = running("a"); next(g); out.append([g.send(c) for c in "bcd"]); g = running([1]); next(g)
    return out, g.send([2]), g.send([3])
print(change(), change())
# Recursion, delegation, results.
def tree(n):
    if n: r = yield from tree(n - 1); yield n, r; return r + (yield from tree(n - 1))
    yield 0
    return 1
def walk(n):
    g = tree(n); c = []
    while True:
        try: c.append(next(g))
        except StopIteration as e: return len(c), e.value, c[:9]
print(walk(9), walk(3))
def deep(n):
    yield n
    yield from deep(n + 1)
def limit():
    try:
        for i in deep(0): last = i
    except RecursionError: return 500 < last <= 1000
print(limit(), limit())
# What is handled inside is not outside, and the other way round.
def handling(n):
    for i in range(n):
        try: raise KeyError(i)
        except KeyError:
            a = sys.exception().args; yield a
            a = sys.exception().args; yield a
        yield sys.exception() and sys.exception().args
def outside(n):
    r = []
    try: 1 / 0
    except ZeroDivisionError:
        for v in handling(n): r.append((v, type(sys.exception()).__name__))
    return r[-4:], [v for v in handling(2)]
print(outside(200))
# Collected and deleted while suspended; cycles through the frame; values released when they should be.
class Thing:
    def __init__(self, log): self.log = log
    def __del__(self): self.log.append("gone")
def holder(log, k):
    a = Thing(log)
    for i in range(k): yield i
    del a; yield "deleted"; b = Thing(log); yield "again"
def lifetimes(n):
    out = []
    for i in range(n):
        seen = []; g = holder(seen, 3); [next(g) for _ in range(i % 6 + 1) if i % 6 < 5] ; before = len(seen); del g
        cyc = holder(seen, 2); x = [cyc]; next(cyc); cyc2 = loop_to(x); next(cyc2); x.append(cyc2); w = weakref.ref(cyc2)
        del cyc, x, cyc2
        if i > n - 7: gc.collect(); out.append((before, len(seen), w() is None))
    return out
def loop_to(x):
    while True: yield x
print(lifetimes(60))
# Frames.
def framed(n):
    local = n
    for i in range(n): local += i; yield sys._getframe().f_lineno - framed.__code__.co_firstlineno
def frames(n):
    g = framed(n); f = g.gi_frame; a = [f is g.gi_frame, f.f_back, f.f_locals["n"], g.gi_running]
    for _ in g: a.append((f.f_locals["local"], f.f_lineno - framed.__code__.co_firstlineno, g.gi_suspended))
    return a[:4], a[-2:], g.gi_frame
print(frames(40), frames(3))
def busy():
    yield outcome(next, me)
    yield me.gi_running
for _ in range(4): me = busy(); r = list(me)
print(r, me.gi_running)
def fails(n):
    yield n
    return 1 // (n - 3)
def traced(n):
    import traceback
    try: return list(fails(n))
    except ZeroDivisionError as e: return [(x.name, x.line) for x in traceback.extract_tb(e.__traceback__)]
print([traced(i) for i in (1, 2, 3, 3)][-2:])
def stops(): yield 1; raise StopIteration("early")
print([outcome(list, stops()) for _ in range(4)][-1])
# Builtins that drive generators.
def drive(n):
    sq = lambda: (i * i for i in range(n))
    return sum(sq()), max(sq()), all(x >= 0 for x in range(n)), any(x > n for x in range(n)), len(list(sq())), len(tuple(sq())), len(set(sq())), len(dict((i, i) for i in range(n))), "".join(str(c) for c in range(5)), sorted(-x for x in range(4))
print([drive(n) for n in (1, 3, 50, 50, 200)][-1])
def unpacked(n):
    a, b, *c = (i for i in range(n)); x, y = (k for k in "xy")
    return a, b, sum(c), x, y, [*(i for i in range(3))]
print([unpacked(9) for _ in range(4)][-1])
# Coroutines.
class Step:
    def __init__(self, v): self.v = v
    def __await__(self):
        got = yield self.v
        return got
class Source:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        return await Step(self.n)
class Lock:
    async def __aenter__(self): log.append("enter"); return await Step("lock")
    async def __aexit__(self, *e): log.append(e[0] and e[0].__name__); await Step("unlock"); return e[0] is KeyError
async def agen(n):
    try:
        for i in range(n):
            got = yield await Step(i)
            if got: log.append(got)
    finally: log.append("agen done"); await Step("closing")
async def work(n):
    out = []
    async with Lock() as l:
        out.append(l)
        async for v in Source(n): out.append(v)
        out += [v async for v in agen(n) if v != 1]
    async with Lock(): raise KeyError("swallowed")
    g = agen(5); out.append(await g.asend(None)); out.append(await g.asend("sent"))
    try: out.append(await g.athrow(ValueError("in")))
    except ValueError as e: out.append(e.args)
    h = agen(3); out.append(await anext(h)); await h.aclose()
    try: await Step("fail")
    except OSError as e: out.append(e.args)
    return out
def run(coro, fail=None):
    v = None; n = 0
    while True:
        try:
            v = coro.throw(OSError("io")) if v == "fail" else coro.send(v)
            n += 1
            if n == fail: return outcome(coro.throw, RuntimeError("stop at", n))
        except StopIteration as e: return n, e.value
for _ in range(5): log.clear(); r = run(work(4))
print(r, log)
for _ in range(2): print([run(work(2), k) for k in range(1, 14)])
async def chain(n): return await chain(n - 1) + 1 if n else await Step(0) or 0
print([run(chain(30)) for _ in range(5)][-1])
c = chain(3); c.send(None); print(c.cr_await is not None, outcome(c.close), outcome(c.send, None))
import types
@types.coroutine
def old(n): return (yield n) + 1
async def new(n): return sum([await old(i) for i in range(n)])
print([run(new(6)) for _ in range(4)][-1])
# Redefinition of what a suspended one relies on.
def helper(x): return x + 1
def relies(n):
    for i in range(n): yield helper(i)
def redefine():
    global helper
    g = relies(200); a = [next(g) for _ in range(100)]; keep = helper
    helper = lambda x: -x
    b = next(g); helper = keep
    return a[-1], b, next(g), len(list(g))
print(redefine(), redefine())
