"""Prompt destruction order, __del__, weak references, resurrection."""
import weakref
class T:
    def __init__(self, tag): self.tag = tag
    def __del__(self): print("del", self.tag)
def scope():
    a = T("a"); b = T("b")
    print("in scope")
scope()
print("after scope")
x = T("x1"); x = T("x2"); print("rebound")
del x; print("deleted")
l = [T(f"l{i}") for i in range(3)]; l.pop(); print("popped"); del l[0]; print("del item"); l.clear(); print("cleared")
T("temp"); print("after temp")
def ret(): return T("returned")
ret().tag; print("after call")
def arg(a): print("in call"); return 1
arg(T("arg")); print("after arg")
def replace(a):
    a = None
    print("replaced")
replace(T("param"))
d = {"k": T("dv")}; d["k"] = 0; print("replaced in dict")
try: raise ValueError(T("in exc"))
except ValueError as e: print("handler")
print("after handler")
for t in [T("f1"), T("f2")]: print("loop", t.tag)
del t; print("loop done")
def gen():
    t = T("gen local")
    yield 1
    yield 2
g = gen(); next(g); del g; print("gen gone")
[T("c").tag for _ in range(2)]
print("comp done")
o = T("w"); w = weakref.ref(o, lambda r: print("callback", r() is None)); print(w() is o); del o; print(w())
o = T("p"); p = weakref.proxy(o); print(p.tag); del o
try: p.tag
except ReferenceError as e: print(e)
class R:
    saved = []
    def __del__(self): R.saved.append(self)
R(); print(len(R.saved)); R.saved.clear(); print(len(R.saved))
class Err:
    def __del__(self): raise ValueError("ignored")
class K: pass
ks = [K(), K()]; wd = weakref.WeakValueDictionary(enumerate(ks)); print(len(wd)); ks.pop(); print(len(wd))
wk = weakref.WeakKeyDictionary({ks[0]: "v"}); ws = weakref.WeakSet(ks); print(len(wk), len(ws)); ks.clear(); print(len(wk), len(ws), len(wd))
k = K(); r1, r2 = weakref.ref(k), weakref.ref(k); print(r1 is r2, r1 == r2, weakref.getweakrefcount(k), hash(r1) == hash(k)); 
class M:
    def m(self): return "method"
m = M(); wm = weakref.WeakMethod(m.m); print(wm()()); del m; print(wm())
f = weakref.finalize(k, print, "finalized", 1); print(f.alive); del k; print(f.alive)
for v in (1, "a", (), None, []):
    try: weakref.ref(v); print("ok")
    except TypeError as e: print(e)
class S: __slots__ = ("__weakref__",)
class S2: __slots__ = ()
weakref.ref(S())
try: weakref.ref(S2())
except TypeError as e: print(e)
a = T("swap a"); b = T("swap b"); a, b = b, a; del a; print("-"); del b
t = (T("t1"), T("t2")); del t
class Own:
    def __init__(self): self.z, self.y = T("attr z"), T("attr y")
Own(); print("own gone")
def early():
    a = T("early")
    del a
    print("after early del")
early()
def chain():
    first = T("first")
    first = first.tag
    print("chain", first)
chain()
class Ctx:
    def __enter__(self): return T("entered")
    def __exit__(self, *a): print("exit")
with Ctx() as c: pass
c = None
def hot(n):
    global n_del
    class D:
        def __del__(self):
            global n_del
            n_del += 1
    for i in range(n):
        v = D()
        w = [v, D()]
    del v, w
    return n_del
n_del = 0
print(hot(2000))
last = T("at exit")
