"""Exceptions raised, caught and passed through frames in hot loops; finally and with on the way."""
def parse(s):
    try: return int(s)
    except ValueError: return -1
def total(n):
    items = ["1", "x", "22", "", "3"]
    t = 0
    for i in range(n): t += parse(items[i % 5])
    return t
def keyerrs(n):
    d = {i: i for i in range(0, 50, 2)}; miss = 0
    for i in range(n):
        try: d[i % 50]
        except KeyError as e: miss += e.args[0]
    return miss
class Stop(Exception):
    def __init__(self, v): self.v = v
def deep(n, v):
    if n == 0: raise Stop(v)
    try: deep(n - 1, v)
    finally: counts[0] += 1
counts = [0]
def unwinding(n):
    s = 0
    for i in range(n):
        try: deep(5, i)
        except Stop as e: s += e.v
    return s, counts[0]
class CM:
    def __init__(self): self.n = self.errs = 0
    def __enter__(self): self.n += 1; return self
    def __exit__(self, t, v, tb): self.errs += t is not None; return t is KeyError
def withs(n):
    cm = CM(); other = 0
    for i in range(n):
        try:
            with cm:
                if i % 3 == 0: raise KeyError(i)
                if i % 3 == 1: raise ValueError(i)
        except ValueError: other += 1
    return cm.n, cm.errs, other
def rare(n):
    hits = []
    for i in range(n):
        try:
            if i % 1000 == 999: raise LookupError(i)
        except LookupError as e: hits.append(e.args[0])
        else: continue
        finally: last = i
    return hits, last
def in_handler(n):
    out = 0
    for i in range(n):
        try:
            try: [][i]
            except IndexError as e: raise KeyError(i) from e
        except KeyError as k:
            out += isinstance(k.__cause__, IndexError) and k.__context__ is k.__cause__
    return out
def finally_return(n):
    def one(i):
        for j in range(3):
            try:
                if j == i % 3: return j
            finally: log[j] += 1
    log = [0, 0, 0]
    return sum(one(i) for i in range(n)), log
def stop_iter(n):
    c = 0
    for i in range(n):
        it = iter(range(2))
        while True:
            try: c += next(it)
            except StopIteration: break
    return c
def type_errors(n):
    bad = 0
    for v in [1, "a", 2.5, None, [1]] * n:
        try: v + 1
        except TypeError: bad += 1
    return bad
def attr_errors(n):
    class A: pass
    class B: x = 1
    c = 0
    for i in range(n):
        try: (A() if i % 2 else B()).x
        except AttributeError: c += 1
    return c
def name_leak(n):
    for i in range(n):
        try: raise ValueError(i)
        except ValueError as e: saved = e
    try: e
    except UnboundLocalError: return saved.args, saved.__traceback__.tb_lineno > 0
def zero(n):
    c = 0
    for i in range(n):
        try: c += 10 // (i % 4)
        except ZeroDivisionError as e: c -= 1
    return c
for f, n in ((total, 3000), (keyerrs, 3000), (unwinding, 500), (withs, 3000), (rare, 5000), (in_handler, 1500), (finally_return, 1500), (stop_iter, 1500), (type_errors, 500), (attr_errors, 1500), (name_leak, 1000), (zero, 3000)):
    print(f.__name__, f(n))
