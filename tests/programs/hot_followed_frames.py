"""Frames that somebody looks at while they run: one object for each, its line and variables of now, values written to another frame, and what is left when it is over."""
import sys

def same():
    f = sys._getframe()
    return f is sys._getframe(), f.f_lineno - f.f_code.co_firstlineno

def callee():
    return sys._getframe(1)

def lines():
    a = 1
    f = callee()
    b = 2
    first = f.f_lineno - f.f_code.co_firstlineno
    c = [a, b]
    return first, f.f_lineno - f.f_code.co_firstlineno, f.f_locals['c'], f is callee()

kept = []
def keeps(x):
    y = x + 1
    kept.append(callee())
    z = y * 2
    return z

def caught(x):
    y = [x]
    try:
        1 / 0
    except ZeroDivisionError as e:
        kept.append(e.__traceback__.tb_frame)
    w = y + [x]
    return w

def raised(x):
    y = {x: 1}
    raise ValueError(y)

def writes(f, **kw):
    f.f_locals.update(kw)

def written():
    n = 10
    m = 20
    for i in range(3):
        k = n + i
        writes(sys._getframe(), n=n + 100, m='m', extra=5)
    return n, m, k, i

def write_other():
    writes(sys._getframe(1), n='changed', q=7)
    sys._getframe(1).f_locals['o'] = [1]
    return 5

def other():
    n = 1
    o = 2
    r = write_other() + o if False else write_other()
    return n, o, r

def clears():
    f = callee()
    try:
        f.clear()
    except RuntimeError as e:
        return str(e)
    return 'cleared'

def clear_caller():
    try:
        sys._getframe(1).clear()
    except RuntimeError as e:
        return str(e)
def cleared():
    return clear_caller()

class Num:
    def __init__(self, v): self.v = v; self.f = sys._getframe(1)
    def __add__(self, o): self.f = sys._getframe(1); self.f.f_locals['p'] = 'add'; return 3
    def __lt__(self, o): sys._getframe(1).f_locals['p'] = 'lt'; return self.v
    def __bool__(self): sys._getframe(1).f_locals["p"] = "bool"; return bool(self.v)
    def __contains__(self, o): sys._getframe(1).f_locals['p'] = 'in'; return self.v
    def __getitem__(self, i): sys._getframe(1).f_locals['p'] = 'item'; return i
    def __setitem__(self, i, v): sys._getframe(1).f_locals['p'] = 'set'
    def __delitem__(self, i): sys._getframe(1).f_locals['p'] = 'del'
    def __iter__(self): sys._getframe(1).f_locals['p'] = 'iter'; return self
    def __next__(self):
        sys._getframe(1).f_locals['p'] = 'next'
        self.v -= 1
        if self.v < 0: raise StopIteration
        return self.v
    @property
    def prop(self): sys._getframe(1).f_locals['p'] = 'prop'; return 8
    @prop.setter
    def prop(self, v): sys._getframe(1).f_locals['p'] = 'setprop'
    def __format__(self, s): sys._getframe(1).f_locals['p'] = 'format'; return s
    def __neg__(self): sys._getframe(1).f_locals['p'] = 'neg'; return 1
    def meth(self, *a, **k): sys._getframe(1).f_locals['p'] = 'meth'; return a, k

def made():
    p = 0
    n = Num(2)
    p = 1
    return n.f.f_locals['p'], n.f is sys._getframe()
def ops():
    out = []
    p = None
    n = Num(2)
    r = n + 1; out.append((r, p))
    if n < 3: out.append(('y', p))
    n.v = 0
    if n < 3: out.append(('y', p))
    else: out.append(('n', p))
    if n: out.append(('y', p))
    else: out.append(('n', p))
    n.v = True
    if not n: out.append(('y', p))
    else: out.append(('n', p))
    if 3 in n: out.append(('y', p))
    if 3 not in n: out.append(('y', p))
    else: out.append(('n', p))
    r = 3 in n; out.append((r, p))
    r = not n; out.append((r, p))
    r = n[7]; out.append((r, p))
    n[1] = 2; out.append(p)
    del n[1]; out.append(p)
    r = n.prop; out.append((r, p))
    n.prop = 4; out.append(p)
    r = f'{n:abc}'; out.append((r, p))
    r = -n; out.append((r, p))
    r = n.meth(1, *[2], k=3); out.append((r, p))
    r = n.meth(1, 2); out.append((r, p))
    r = n.meth(1, z=2); out.append((r, p))
    n.v = 2
    for x in n:
        out.append((x, p))
    out.append(p)
    n.v = 2
    a, b = n
    out.append((a, b, p))
    return out

def gen():
    a = 1
    b = yield a
    writes(sys._getframe(), a='w')
    c = a
    yield a, b, c
    return sys._getframe().f_locals.copy()

def main():
    print(same(), lines())
    print(keeps(3), {k: v for k, v in kept[-1].f_locals.items()})
    print(caught(5), sorted(kept[-1].f_locals.items(), key=str), kept[-1].f_lineno - kept[-1].f_code.co_firstlineno)
    try:
        raised(8)
    except ValueError as e:
        print(e.__traceback__.tb_next.tb_frame.f_locals)
    print(written())
    print(other())
    print(clears(), cleared())
    print(made())
    print(ops())
    g = gen()
    print(next(g), g.send(4))
    try: next(g)
    except StopIteration as e: print(e.value)
    kept.clear()
for i in range(3):
    main()
