"""dict and set: order, methods, views, mutation during iteration, hash collisions, subclasses."""
d = {"a": 1, "b": 2, **{"c": 3}}
print(d, d["a"], d.get("z"), d.get("z", 0), "a" in d, len(d), list(d), d.keys(), d.values(), d.items())
d["d"] = 4; d["a"] = 10; del d["b"]; d.setdefault("e", 5); d.setdefault("a", 99); d.update(f=6, c=30); d.update([("g", 7)]); d |= {"h": 8}
print(d, d.pop("g"), d.pop("zz", None), d.popitem(), list(reversed(d)), d.copy() == d, d == dict(reversed(list(d.items()))))
for f in (lambda: d["nope"], lambda: d.pop("nope"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: dict([(1, 2, 3)]), lambda: dict(5), lambda: {1: 2} < {1: 3}, lambda: d.update(5), lambda: {}[(1, [])], lambda: dict.fromkeys(5), lambda: {1} | [2], lambda: {1, []}, lambda: set().pop(), lambda: {1}.remove(2), lambda: frozenset().add(1), lambda: {1} < [1], lambda: d.get([])):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
k, v, i = d.keys(), d.values(), d.items()
d["new"] = 0
print(list(k), list(v)[-1], list(i)[-1], k & {"a", "new"} == {"a", "new"}, sorted(k | {"zz"}), k - {"a"} >= {"new"}, ("a", 10) in i, 10 in v, k == set(d), len(i), sorted(k ^ {"a"}) , k.isdisjoint({"q"}), i.mapping is not None, list(reversed(k))[0])
print(dict(a=1), dict([("x", 1)]), dict(zip("ab", [1, 2])), dict({"q": 1}, r=2), dict.fromkeys("abc"), dict.fromkeys([1, 2], []), {i: i * i for i in range(3)}, {1: "a", 1.0: "b", True: "c"}, {None: 1, (1, 2): 3, "x": {}})
for op in (lambda x: x.update({"new2": 1}), lambda x: x.pop("a"), lambda x: x.clear()):
    x = {"a": 1, "b": 2}
    try:
        for key in x: op(x)
    except RuntimeError as e: print(e)
x = {1: 1, 2: 2}
for key in x: x[key] = 0
print(x)
x = {i: i for i in range(10)}
for key in list(x):
    if key % 2: del x[key]
print(x); x[1] = "back"; print(x)
for _ in range(50): x["t"] = 1; del x["t"]
print(x, len(x))
class H:
    def __init__(self, v): self.v = v
    def __hash__(self): return 42
    def __eq__(self, o): return isinstance(o, H) and self.v == o.v
    def __repr__(self): return f"H{self.v}"
c = {H(i): i for i in range(20)}
print(len(c), c[H(7)], H(21) in c, list(c)[:3]); del c[H(3)]; print(H(3) in c, H(19) in c, len(c))
class BadEq:
    def __hash__(self): return 1
    def __eq__(self, o): raise ValueError("eq")
e = {BadEq(): 1}
try: e[BadEq()] = 2
except ValueError as err: print(err)
class Mutator:
    armed = False
    def __hash__(self): return 7
    def __eq__(self, o):
        if Mutator.armed: target.clear()
        return False
target = {Mutator(): 1, "x": 2}
Mutator.armed = True
target[Mutator()] = 3
print(len(target) >= 1, Mutator() in {})
class Miss(dict):
    def __missing__(self, k): self[k] = v = k * 2; return v
m = Miss(a=1); print(m["zz"], m, m.get("q"), type(m.copy()).__name__, Miss(x=1) | {"y": 2})
class Lower(dict):
    def __setitem__(self, k, v): super().__setitem__(k.lower(), v)
    def __getitem__(self, k): return super().__getitem__(k.lower())
lo = Lower(); lo["ABC"] = 1; lo.update(DEF=2); print(lo, lo["aBc"])
big = {str(i): i for i in range(2000)}
print(sum(big.values()), big["1999"], len(big)); [big.pop(str(i)) for i in range(0, 2000, 2)]; print(len(big), sum(big.values()), next(iter(big)))
s = {3, 1, 2}
s.add(4); s.discard(9); s.discard(1); s |= {5}; s -= {2}; s ^= {3, 6}; s.update([7], (8,)); print(sorted(s), len(s), 4 in s)
a, b = {1, 2, 3}, {2, 3, 4}
print(a & b, a | b == {1, 2, 3, 4}, a - b, sorted(a ^ b), a <= b, {2} < a, a >= {1, 2}, a.isdisjoint({9}), a.union([5], [6]) >= {5, 6}, a.intersection([1], [1, 2]), sorted(a.difference([1])), a == {3, 2, 1}, a.issubset(range(5)), a.issuperset([1]), sorted(a.symmetric_difference([1, 9])))
f = frozenset([1, 2]); print({f: "frozen"}[frozenset([2, 1])], f | {3} == {1, 2, 3}, type(f | {3}).__name__, type({3} | f).__name__, f == {1, 2}, hash(f) == hash(frozenset([2, 1])), {f} == {frozenset((1, 2))}, set("aab") == {"a", "b"}, frozenset() == set(), repr(set()), repr(frozenset()), repr(frozenset([1])), {1} in {f, frozenset([1])})
try:
    for v in s: s.add(v + 100)
except RuntimeError as err: print(err)
x = {1, 2, 3}; x.intersection_update({2, 3}); x.difference_update({3}); x.symmetric_difference_update({9}); print(sorted(x)); y = x.copy(); y.clear(); print(x - y == x, y, {*x} == x)
print({"a": 1} | {"a": 2}, {"a": 1} == {"a": 1.0}, {**{}}, {} == [], not {}, str({1: {2: 3}}), {"x": 1}.items() <= {"x": 1, "y": 2}.items(), {}.__class__, sorted({"b": 1, "a": 2}.items(), key=lambda kv: kv[1]), max({"a": 1, "b": 3}, key={"a": 1, "b": 3}.get))
print({-1: "a", -2: "b"}[-2], {0.1 + 0.2: 1}.get(0.3), {float("inf"): 1}[float("inf")], {10 ** 20: 1}[int(1e20)], {"": 1}[""], {(): 1}[()], {"é": 1}["\u00e9"], {b"a": 1}.get("a"))
r = {}; r["self"] = [r]; print(r)
