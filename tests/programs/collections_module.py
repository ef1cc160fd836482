"""collections: Counter, defaultdict, OrderedDict, deque, namedtuple, ChainMap, UserDict."""
from collections import *
import collections.abc as cabc
c = Counter("mississippi"); print(c, c.most_common(2), c["z"], c + Counter("ms"), c - Counter("iiiii"), c & Counter("ip"), sorted(c.elements())[:4], c.total()); c.update("zz"); c.subtract("m"); print(sorted(c.items()))
d = defaultdict(list); d["a"].append(1); d["b"]; print(d, d.default_factory, dict(d)); 
try: defaultdict(None)["x"]
except KeyError as e: print(e)
n = defaultdict(lambda: defaultdict(int)); n["x"]["y"] += 5; print(n["x"]["y"], len(n))
o = OrderedDict([("a", 1), ("b", 2), ("c", 3)]); o.move_to_end("a"); print(o, o.popitem(last=False)); o.move_to_end("c", last=False); print(list(o), o == OrderedDict(o), o == {"c": 3, "a": 1}, OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), list(reversed(o)))
q = deque([1, 2, 3], maxlen=4); q.append(4); q.append(5); q.appendleft(0); print(q, q.pop(), q.popleft(), len(q), q[1], q.maxlen); q.rotate(1); q.extend([7, 8]); q.extendleft("ab"); print(q, list(reversed(q)), 7 in q, q.count("a"), q.index("b")); q.clear(); print(q)
q = deque(range(5)); q.insert(2, "x"); q.remove(3); del q[0]; q[0] = "first"; q.reverse(); print(q, q.copy() == q, q + deque([1]), q * 2, deque("ab") < deque("b"))
for f in (lambda: deque().pop(), lambda: deque([1])[3], lambda: deque([1]).remove(9), lambda: deque(maxlen=-1), lambda: deque([1, 2]).insert(0, 1) or deque([1], 1).insert(0, 2)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
q = deque([1, 2])
try:
    for v in q: q.append(v)
except RuntimeError as e: print(e)
P = namedtuple("P", "x y z", defaults=[0]); p = P(1, 2); print(p, p.x, p[1], p._replace(y=9), p._asdict(), P._fields, P._field_defaults, P._make([4, 5, 6]), p == (1, 2, 0), *p, hash(p) == hash((1, 2, 0)), P.__doc__, isinstance(p, tuple))
try: P()
except TypeError as e: print(e)
try: namedtuple("B", "a a")
except ValueError as e: print(e)
print(namedtuple("R", "a def", rename=True)._fields, namedtuple("Q", ["a", "b"])(b=1, a=2))
class Pt(namedtuple("Pt", "a b")):
    __slots__ = ()
    @property
    def s(self): return self.a + self.b
print(Pt(1, 2).s, Pt(1, 2))
m = ChainMap({"a": 1}, {"a": 2, "b": 3}); m["c"] = 4; print(m["a"], m["b"], sorted(m), m.maps, m.new_child({"a": 0})["a"], m.parents["a"], dict(m) == {"a": 1, "b": 3, "c": 4})
class U(UserDict):
    def __setitem__(self, k, v): super().__setitem__(str(k), v)
u = U({1: 2}); u[3] = 4; print(u, "1" in u, len(u)); print(UserList([1, 2]) + [3], UserString("ab").upper())
class Seq(cabc.Sequence):
    def __init__(self, *a): self.a = a
    def __len__(self): return len(self.a)
    def __getitem__(self, i): return self.a[i]
s = Seq(1, 2, 3, 2); print(list(s), 2 in s, s.index(3), s.count(2), list(reversed(s)), isinstance(s, cabc.Iterable), issubclass(list, cabc.MutableSequence), isinstance({}, cabc.Mapping), isinstance(len, cabc.Callable), isinstance(5, cabc.Hashable), isinstance([], cabc.Hashable), isinstance((i for i in ()), cabc.Generator))
class MS(cabc.MutableSet):
    def __init__(self, it=()): self.l = list(dict.fromkeys(it))
    def __contains__(self, v): return v in self.l
    def __iter__(self): return iter(self.l)
    def __len__(self): return len(self.l)
    def add(self, v): v in self.l or self.l.append(v)
    def discard(self, v): v in self.l and self.l.remove(v)
a = MS("abc"); a |= MS("cd"); a -= MS("a"); print(list(a), list(a & MS("bx")), a <= MS("bcdz"), a.isdisjoint(MS("q")), a == MS("dcb")); a.remove("b"); print(a.pop() in "cd")
class MM(cabc.MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
mm = MM(); mm.update(a=1, b=2); print(mm.pop("a"), mm.setdefault("c", 3), mm.get("z"), sorted(mm.items()), "b" in mm, mm == {"b": 2, "c": 3}, list(mm.keys())); mm.clear(); print(len(mm))
try: cabc.Sized()
except TypeError as e: print(e)
