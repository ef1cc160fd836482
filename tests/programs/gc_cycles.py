# collects: no
"""The cycle collector: cycles through every container, __del__ in cycles, weakrefs, gc module."""
import gc, weakref
gc.disable()
class N:
    def __init__(self, tag=None): self.tag = tag
dead = []
def watch(o, name): dead.append(weakref.ref(o, lambda r: print("collected", name)))
gc.collect()
a = N(); a.me = a; watch(a, "self"); del a; gc.collect()
a, b = N(), N(); a.b, b.a = b, a; watch(a, "pair"); del a, b; gc.collect()
l = []; n = N(); l.append(l); l.append(n); watch(n, "list"); del l, n; gc.collect()
d = {}; n = N(); d["d"] = d; d["n"] = n; watch(n, "dict"); del d, n; gc.collect()
n = N(); t = ([], n); t[0].append(t); watch(n, "tuple"); del t, n; gc.collect()
def closure():
    n = N()
    def f(): return f, n
    watch(n, "closure")
closure(); gc.collect()
def gen():
    n = N(); g = yield
    watch(n, "generator"); yield
g = gen(); next(g); g.send(g); del g; gc.collect()
class C:
    def m(self): pass
watch(C, "class"); del C; gc.collect()
n = N(); n.bound = n.__init__; watch(n, "bound method"); del n; gc.collect()
try:
    n = N(); raise ValueError(n)
except ValueError as e:
    saved = e; watch(n, "traceback")
    n.exc = e
del saved, n; gc.collect()
class D:
    def __init__(self, tag): self.tag = tag
    def __del__(self): print("del", self.tag, self.other.tag)
x, y = D("x"), D("y"); x.other, y.other = y, x; del x, y; print(gc.collect() > 0)
class Res:
    kept = []
    def __del__(self): Res.kept.append(self)
r = Res(); r.me = r; del r; gc.collect(); print(len(Res.kept), Res.kept[0].me is Res.kept[0])
Res.kept[0].me = None; Res.kept.clear(); print(len(Res.kept))
print(gc.isenabled(), gc.collect(), gc.get_threshold() is not None); gc.enable(); print(gc.isenabled())
n = N(); n.me = n; w = weakref.ref(n); keep = n; del n; gc.collect(); print(w() is keep); del keep; gc.collect(); print(w())
print(gc.is_tracked([]), gc.is_tracked(1), gc.is_tracked("a"), gc.is_tracked(N()))
total = [0]
class Count:
    def __init__(self): self.me = self
    def __del__(self): total[0] += 1
for i in range(30000): Count()
gc.collect(); print(total[0])
def hot_cycles(n):
    for i in range(n):
        a = []; a.append(a); b = {"a": a}; a.append(b)
    return len(a)
print(hot_cycles(20000)); gc.collect()
calls = []
gc.callbacks.append(lambda phase, info: calls.append((phase, "collected" in info))); gc.collect(); gc.callbacks.clear(); print(calls)
deep = None
for i in range(100000): deep = (deep,)
del deep
mixed = None
for i in range(200000): mixed = [mixed] if i % 3 else {"d": mixed} if i % 2 else (mixed,)
del mixed
link = N()
cur = link
for i in range(50000): cur.next = N(); cur = cur.next
del cur, link; print("long chain released")
ring = first = N()
for i in range(20000): ring.next = N(); ring = ring.next
ring.next = first; w = weakref.ref(first); del ring, first; gc.collect(); print(w())
print(len(gc.get_referents([1, "a"])), any(r is dead for r in gc.get_referrers(dead[0])))
gc.freeze(); gc.unfreeze(); print(gc.get_count() is not None, gc.garbage)
