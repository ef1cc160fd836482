"""What weak references' callbacks and the collector see of objects that are just being released."""
import gc, weakref


class Holder:
    def __init__(self, tag): self.tag, self.me = tag, None
    def __del__(self): pass


# A callback that collects while the object it is called for still holds what it held.
for n in range(3):
    h = Holder(n)
    h.items = [Holder("item"), {"key": Holder("value")}]
    r = weakref.ref(h, lambda ref: print("callback", ref() is None, gc.collect() >= 0))
    del h


# Classes in cycles with weak references to them, while a callback of another object collects.
def cycle():
    class J: pass
    class II:
        def acallback(self, ignore): self.J
    i = II()
    i.J = J
    i.wr = weakref.ref(J, i.acallback)
cycle()
gc.collect()


# A long chain is released in steps; its objects are dead to weak references from the first step on.
class C:
    def __init__(self, parent):
        if not parent: return
        wself = weakref.ref(self)
        def callback(wparent): seen.append(wself())
        self.wparent = weakref.ref(parent, callback)
seen = []
d = weakref.WeakKeyDictionary()
root = c = C(None)
for n in range(100): d[c] = c = C(c)
del root
gc.collect()
print(len(d), len(seen) <= 100)


# Lists and tuples give up their items last to first.
class T:
    def __init__(self, tag): self.tag = tag
    def __del__(self): print("del", self.tag)
l = [T(1), T(2), T(3)]; l.clear()
l = [T(4), T(5)]; del l
t = (T(6), T(7)); del t
