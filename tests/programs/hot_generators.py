"""Generators and coroutines resumed many times: send, throw, close, delegation, early exit, locals kept alive."""
def acc():
    t = 0
    while True:
        try:
            v = yield t
            t += v
        except ValueError: t = 0
        except KeyError as e: t -= e.args[0]
def drive(n):
    g = acc(); next(g); r = 0
    for i in range(n):
        r = g.send(i)
        if i % 500 == 499: g.throw(ValueError())
        if i % 300 == 299: r = g.throw(KeyError(7))
    g.close()
    return r
print(drive(2600))
def inner(n):
    for i in range(n):
        try: yield i
        finally: closed[0] += 1
    return n
def outer(n):
    t = 0
    for k in range(n): t += yield from inner(3)
    return t
closed = [0]
def run(n):
    g = outer(n); c = 0
    try:
        while True: c += next(g)
    except StopIteration as e: return c, e.value, closed[0]
print(run(800))
def early(n):
    c = 0
    for i in range(n):
        for v in inner(10):
            if v == 2: break
            c += v
    return c, closed[0]
print(early(500))
def pipeline(n):
    def src():
        for i in range(n): yield i
    def flt(it):
        for v in it:
            if v % 3: yield v
    def mul(it, k):
        for v in it: yield v * k
    return sum(mul(flt(src()), 3)), sum(v * 2 for v in (w + 1 for w in src()) if v % 2)
print(pipeline(3000))
class Y:
    def __init__(self, v): self.v = v
    def __await__(self): return (yield self.v)
async def leaf(i): return await Y(i) + 1
async def branch(n):
    t = 0
    for i in range(n):
        try: t += await leaf(i)
        except ValueError: t += 10000
    return t
def loop(n):
    c = branch(n); v = None; steps = 0
    try:
        while True:
            r = c.send(v); v = r * 2; steps += 1
            if steps % 100 == 0: v = c.throw(ValueError()) * 2; steps += 1
    except StopIteration as e: return e.value, steps
print(loop(1000))
async def agen(n):
    for i in range(n):
        x = yield i
        if x: await Y(x)
async def consume(n): return sum([v async for v in agen(n)])
try: consume(2000).send(None)
except StopIteration as e: print(e.value)
def interleave(n):
    gs = [iter(inner(n)) for _ in range(5)]; out = 0; k = 0
    while gs:
        k += 1
        g = gs[k % len(gs)]
        try: out += next(g) * len(gs)
        except StopIteration: gs.remove(g)
    return out, k
print(interleave(300))
def recursive(n):
    if n == 0: yield 1
    else:
        for v in recursive(n - 1): yield v + 1
        yield from recursive(n - 1)
print(sum(recursive(9)))
def state(n):
    a, b, c = 1, 2.5, "s"; l = []
    for i in range(n):
        a += i; b *= 1.01; c = c[-3:] + str(i)
        l.append(i)
        yield a, round(b, 3), c, len(l)
        if i == 50: b = 1e300
for st in state(150): pass
print(st)
def exc_state(n):
    r = []
    for i in range(n):
        try: raise KeyError(i)
        except KeyError:
            yield i
            import sys
            r.append(sys.exc_info()[1].args[0])
    return r
def check(n):
    g = exc_state(n); c = 0
    while True:
        try:
            try: raise ValueError
            except ValueError: c += next(g)
        except StopIteration as e: return c, e.value == list(range(n))
print(check(300))
def mid_type_change(vs):
    t = None
    for v in vs: t = v if t is None else t + v; yield t
print(list(mid_type_change([1] * 200))[-1], list(mid_type_change(["a"] * 5))[-1], list(mid_type_change([1, 2.5, 2 ** 70]))[-1])
print([x for g in [(i * j for j in range(3)) for i in range(3)] for x in g])
