"""Walks up the stack, from everything that may call: what is on it, once each, with the line and the names of the variables."""
import sys, inspect, traceback, warnings, gc, weakref, asyncio

def rel(f): return f.f_lineno - f.f_code.co_firstlineno

def who(n=1):
    f = sys._getframe(n)
    return f.f_code.co_name, rel(f), sorted(k for k in f.f_locals if not k.startswith('_'))

def small(a): return who()
def small2(a): return small(a), who(2)
def inl(a, b):
    c = a + b
    return small2(c), who()

def chain():
    f = sys._getframe(1)
    out = []
    while f:
        out.append((f.f_code.co_name, rel(f)))
        f = f.f_back
    return out

def via_list(): return [chain() for _ in range(1)]
def via_gen(): return list(chain() for _ in range(1))
def via_sorted(): return sorted([1], key=lambda x: len(chain()))
def via_map(): return list(map(lambda x: chain(), [1]))
class C:
    def __getattr__(self, n): return chain()
    def __eq__(self, o): return chain()
    def __hash__(self): return 1
    def __enter__(self): return chain()
    def __exit__(self, *a): self.c = chain(); return True
    def __len__(self): self.c = chain(); return 3
    def __iter__(self): yield chain()
    def __str__(self): return str(chain())
    def __call__(self): return chain()
    def __contains__(self, x): self.c = chain(); return 1
    @property
    def p(self): return chain()
    @classmethod
    def cm(cls): return chain()
    @staticmethod
    def sm(): return chain()
def via_class():
    c = C()
    out = [c.foo, c == 1, len(c), c.c, list(c), f'{c}', c(), c.p, c.cm(), c.sm(), 1 in c, c.c, C().zip]
    with c as d:
        out.append(d)
        1/0
    out.append(c.c)
    for x in c: out.append(x)
    a, = c
    out.append(a)
    [b, *r] = c
    out.append(b)
    out.append([*c])
    out.append({**{'x': c.p}})
    return out
def gen():
    x = 1
    yield chain()
    y = yield chain()
    yield from gen2(y)
def gen2(y):
    z = y
    yield chain()
    yield who(0)
def via_gens():
    g = gen()
    out = [next(g), next(g)]
    out.append((rel(g.gi_frame), g.gi_frame.f_locals))
    out.append(g.send(5))
    out.append(g.gi_yieldfrom.gi_frame.f_locals)
    out.append(next(g))
    fr = g.gi_frame
    out.append(next(g, None))
    out.append((g.gi_frame, fr.f_locals, rel(fr)))
    return out
async def co(n):
    if n: return await co(n - 1)
    return chain(), who(0), who(1)
async def agen():
    for i in range(2):
        yield chain()
async def amain():
    out = [await co(2)]
    async for x in agen(): out.append(x)
    out.append([x async for x in agen()])
    return out
def drive(c):
    try:
        c.send(None)
    except StopIteration as e:
        return e.value
def body():
    class K:
        x = chain()
        y = who(0)
        def m(self): return __class__, who()
        z = [chain() for _ in [1]]
    return K.x, K.y[:2], K().m()[1], K.z
def evals():
    a = 1
    r = [eval('a + 1'), eval('chain()'), sorted(eval('locals()'))]
    exec('b = a; r.append(who(0)[0])')
    r.append(sorted(locals()))
    r.append(sorted(vars()))
    r.append(sorted(dir()))
    r.append([sorted(locals()) for q in [1]])
    return r
def lam(): return (lambda: chain())()
def closure():
    n = 1
    def inner():
        nonlocal n
        n += 1
        return sys._getframe(1).f_locals['n'], sys._getframe().f_locals['n']
    r = inner()
    def setter():
        sys._getframe(1).f_locals['n'] = 50
    setter()
    return r, n
def dec(f):
    def wrapper(*a, **k):
        try:
            return f(*a, **k)
        finally:
            wrapper.c = chain()
    return wrapper
@dec
def decorated(x): return chain()
def insp():
    st = inspect.stack()
    return [(s.function, s.lineno - s.frame.f_code.co_firstlineno, s.code_context[0].strip()) for s in st]
def insp2(): 
    x = insp()
    return x
def tbs():
    return [(s.name, s.line) for s in traceback.extract_stack()]
def tbs2():
    r = tbs()
    return r
def warns():
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter('always')
        def inner(): warnings.warn('x', stacklevel=2)
        inner()
        inner()
    return [x.lineno - warns.__code__.co_firstlineno for x in w]
def rec(n):
    if n == 0:
        return len(chain())
    return rec(n - 1)
def fact(n):
    if n == 0:
        f = sys._getframe()
        d = 0
        while f: d += f.f_locals.get('n', 0) if f.f_code.co_name == 'fact' else 0; f = f.f_back
        return d
    r = fact(n - 1)
    return r
def cur():
    return [f.f_code.co_name for f in sys._current_frames().values()]
def argv(*args, **kw):
    return inspect.getargvalues(sys._getframe())[:3], who(0)
def finally_():
    try:
        try:
            1 / 0
        finally:
            x = chain()
    except ZeroDivisionError as e:
        tb = e.__traceback__
        return x, tb.tb_lineno - finally_.__code__.co_firstlineno, tb.tb_frame is sys._getframe()
def loops():
    fs = set()
    for i in range(5):
        fs.add(sys._getframe())
        fs.add(caller())
    return len(fs), i
def caller(): return sys._getframe(1)
def loops2():
    out = []
    f = None
    for i in range(4):
        if f is None: f = caller()
        out.append((f.f_locals['i'], rel(f)))
    return out
def main():
    print(inl(1, 2))
    for f in (via_list, via_gen, via_sorted, via_map, via_class, via_gens, body, evals, lam, closure, insp2, tbs2, warns, cur, finally_, loops, loops2): 
        print(f.__name__, f())
    print(drive(amain()))
    print(decorated(1), decorated.c)
    print(rec(50), fact(20), argv(1, 2, k=3))
for i in range(3): main()
