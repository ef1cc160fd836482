"""Frames written to by what they call, in all ways of calling, and what is left of them; those of recursions, generators and coroutines too."""
import sys, traceback, gc
# exceptions through followed calls
kept = []
def grab(n=1):
    f = sys._getframe(n)
    kept.append(f)
    return f
def thrower(x):
    grab(2)
    raise KeyError(x)
def mid(x):
    y = x * 2
    thrower(y)
def top(x):
    z = x
    try:
        mid(z)
    except KeyError as e:
        tb = e.__traceback__
        fr = [t.tb_frame for t in walk(tb)]
        same = fr[1] is kept[-1]
        z = 'handled'
        return same, [sorted(f.f_locals) for f in fr], fr[0] is sys._getframe(), fr[0].f_locals['z']
    finally:
        kept.clear()
def walk(tb):
    while tb: yield tb; tb = tb.tb_next
# recursion with frames kept at each level
def rec(n, acc):
    a = n
    acc.append(sys._getframe())
    if n: rec(n - 1, acc)
    a = -n
    return acc
# kept by cycles
class Holder: pass
def cyc(n):
    h = Holder()
    h.f = sys._getframe()
    m = n + 1
    return m
# write then read through many ops
def setn(**kw): sys._getframe(1).f_locals.update(kw)
def loop(n):
    total = 0
    i = 0
    while i < n:
        i += 1
        if i == 3: setn(i=7)
        total += i
    return total, i
def forloop(n):
    total = 0
    for i in range(n):
        if i == 2: setn(total=100, i=50)
        total += i
    return total, i
def nested():
    x = 1
    def inner():
        sys._getframe(1).f_locals['x'] = 2
        sys._getframe(1).f_locals['y'] = 3
        return x
    y = 0
    a = inner()
    return a, x, y
def swaps():
    a, b = 1, 2
    def sw():
        f = sys._getframe(1)
        f.f_locals['a'], f.f_locals['b'] = f.f_locals['b'], f.f_locals['a']
    for _ in range(3): sw()
    return a, b
def dele():
    x = 1
    try:
        del sys._getframe().f_locals['x']
    except (ValueError, TypeError) as e: r = type(e).__name__
    return r, x
def withs():
    class CM:
        def __enter__(self): sys._getframe(1).f_locals['v'] = 'enter'; return self
        def __exit__(self, *a): sys._getframe(1).f_locals['w'] = 'exit'; return True
    v = w = None
    with CM():
        u = v
        1 / 0
    return u, v, w
def inl_a(x):
    y = x + 1
    return inl_b(y) + y
def inl_b(x):
    z = x + 1
    setn(z=z * 10)
    f = sys._getframe(1)
    f.f_locals['y'] = 1000
    return z
def extra():
    f = sys._getframe()
    f.f_locals['q'] = 1
    del f
    return sorted(sys._getframe().f_locals), sys._getframe().f_locals.get('q')
def extra2():
    helper()
    return helper2()
def helper(): sys._getframe(1).f_locals['zz'] = 5
def helper2(): return sys._getframe(1).f_locals.get('zz'), sorted(sys._getframe(1).f_locals)
def genw():
    x = 0
    while x < 5:
        got = yield x
        bump()
        x += 1
def bump(): sys._getframe(1).f_locals['x'] += 1
async def corow():
    x = 1
    async def sub():
        sys._getframe(1).f_locals['x'] = 9
        return 3
    r = await sub()
    return x, r
def drive(c):
    try: c.send(None)
    except StopIteration as e: return e.value
def listc():
    y = 5
    r = [(setn(y=i), y)[1] for i in range(3)]
    return r, y
def args(a, *b, c=3, **d):
    setn(a=10, b=(1,), c=4, d={})
    return a, b, c, d
def many(a, b, c, d, e, f, g, h):
    setn(h=a)
    return a, b, c, d, e, f, g, h
def cls():
    class A:
        def __init__(self):
            self.fr = sys._getframe(1)
            sys._getframe(1).f_locals['n'] = 3
    n = 1
    a = A()
    n2 = n
    del a.fr
    return n2
def clear_finished():
    try: mid(4)
    except KeyError as e:
        f = e.__traceback__.tb_next.tb_frame
        before = dict(f.f_locals)
        f.clear()
        return before, dict(f.f_locals)
def deep_exc(n):
    if n == 0:
        grab(5)
        raise ValueError
    try:
        deep_exc(n - 1)
    finally:
        n = -n
def deep():
    try: deep_exc(8)
    except ValueError as e:
        return [t.tb_frame.f_locals['n'] for t in walk(e.__traceback__) if t.tb_frame.f_code.co_name == 'deep_exc'], kept[-1].f_locals['n']
    finally: kept.clear()
def cmp():
    class O:
        def __eq__(self, o): setn2(); return True
        def __hash__(self): return 5
    def setn2(): sys._getframe(2).f_locals['k'] = 'eq'
    k = None
    d = {O(): 1}
    x = d[O()]
    r = O() in [O()]
    return k, x, r
def main():
    print(top(3))
    acc = rec(6, [])
    print([f.f_locals['a'] for f in acc], [f.f_back is (acc[i-1] if i else sys._getframe()) for i, f in enumerate(acc)])
    print(cyc(4)); gc.collect()
    print(loop(10), forloop(5), nested(), swaps(), dele(), withs(), inl_a(1), extra(), extra2())
    print(list(genw()), drive(corow()), listc(), args(1, 2, e=3), many(*range(8)), cls(), clear_finished(), deep(), cmp())
    kept.clear()
for i in range(4): main()
