"""Globals, classes, functions and builtins that change while the code that uses them is running hot."""
K = 1
def helper(x): return x + K
def loop(n, change_at):
    global K, helper
    t = 0
    for i in range(n):
        if i == change_at:
            K = 100
        t += helper(i)
    return t
print(loop(3000, -1)); K = 1
print(loop(3000, 1500)); K = 1
def swap():
    global helper
    old = helper
    def helper(x): return -x
    return old
def loop2(n):
    t = 0
    for i in range(n):
        if i == n // 2: keep.append(swap())
        t += helper(i)
    return t
keep = []
print(loop2(2000)); helper = keep[0]; print(loop2(10))
helper = keep[0]
def deep(n):
    global K
    if n == 0:
        K = 1000
        return 0
    before = K
    r = deep(n - 1)
    return r + before + K
for _ in range(50): K = 1; deep(5)
K = 1; print(deep(5))
class A:
    scale = 2
    def f(self): return self.scale
    def g(self): return 1
class B(A): pass
def use(o, n):
    t = 0
    for i in range(n):
        t += o.f() + o.g()
        if i == 500: A.g = lambda self: 10
        if i == 1000: B.f = lambda self: 7
        if i == 1500: o.g = lambda: 1000
        if i == 1600: o.f = None; del o.f
        if i == 1700: del B.f
        if i == 1800: A.scale = 50
    return t
print(use(B(), 2000))
print(use(B(), 100))
class C:
    def __init__(self, v): self.v = v
    def __add__(self, o): return C(self.v + o.v)
def summing(n):
    a, one = C(0), C(1)
    for i in range(n):
        if i == n // 2: C.__add__ = lambda s, o: C(s.v + 2 * o.v)
        a = a + one
    return a.v
print(summing(2000))
class X: tag = "x"; 
class Y: tag = "y"
def reclass(n):
    o = X(); out = {}
    for i in range(n):
        if i == n // 2: o.__class__ = Y
        out[o.tag] = out.get(o.tag, 0) + 1
    return out
print(reclass(2000))
def uses_len(n):
    t = 0
    for i in range(n):
        if i == n // 2: globals()["len"] = lambda v: 100
        t += len("ab")
    del globals()["len"]
    return t, len("ab")
print(uses_len(2000))
class Base1:
    def who(self): return 1
class Base2:
    def who(self): return 2
class Multi(Base1): pass
def bases(n):
    m = Multi(); t = 0
    for i in range(n):
        if i == n // 2: Multi.__bases__ = (Base2,)
        t += m.who()
    return t
print(bases(2000))
def code_swap(n):
    def f(): return 1
    def g(): return 2
    t = 0
    for i in range(n):
        if i == n // 2: f.__code__ = g.__code__
        t += f()
    return t
print(code_swap(2000))
def defaults(n):
    def f(x=1): return x
    t = 0
    for i in range(n):
        if i == n // 2: f.__defaults__ = (5,)
        t += f()
    return t
print(defaults(2000))
class Prop:
    @property
    def p(self): return 1
def prop(n):
    o = Prop(); t = 0
    for i in range(n):
        t += o.p
        if i == 1000: Prop.p = property(lambda s: 2)
        if i == 1500: Prop.p = 3
    return t
print(prop(2000))
class Ga:
    def __getattr__(self, n): return 1
def getattr_appears(n):
    o = Ga(); t = 0
    for i in range(n):
        t += o.q
        if i == 500: Ga.q = 5
        if i == 1000: o.q = 7
        if i == 1500: Ga.__getattribute__ = lambda s, n: 100
    del Ga.__getattribute__
    return t, o.q
print(getattr_appears(2000))
n_counter = 0
class Cnt: count = 0
def thrash(n):
    global n_counter
    for i in range(n):
        n_counter += 1
        Cnt.count += 2
    return n_counter, Cnt.count
print(thrash(5000))
import math
def module_attr(n):
    t = 0; saved = math.sqrt
    for i in range(n):
        if i == n // 2: math.sqrt = lambda v: -1.0
        t += math.sqrt(4)
    math.sqrt = saved
    return t
print(module_attr(2000))
def del_global(n):
    global temp
    temp = 1; t = 0
    for i in range(n):
        try: t += temp
        except NameError: t += 1000
        if i == n - 3: del temp
    return t
print(del_global(2000))
