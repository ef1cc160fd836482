"""list: methods, slices, sorting, mutation during iteration and comparison, aliasing."""
l = [3, 1, 2]
l.append(4); l.extend("ab"); l.insert(0, 0); l.insert(100, "end"); l.insert(-1, "pen")
print(l, l.pop(), l.pop(0), l.pop(-2), l.index(2), l.count(1), len(l))
l.remove("pen") if "pen" in l else None
l.reverse(); print(l); l2 = l.copy(); l.clear(); print(l, l2)
a = list(range(10))
print(a[2:5], a[::3], a[::-1], a[-3:], a[5:2], a[8:100], a[-100:2], a[7:2:-2])
a[2:4] = ["x"]; print(a); a[1:1] = [7, 8]; print(a); a[::2] = [0] * len(a[::2]); print(a); a[5:] = []; print(a); a[:] = iter("abc"); print(a)
del a[1]; print(a); a = list(range(10)); del a[::3]; print(a); del a[1:3]; print(a); a[len(a):] = [1]; print(a); a[1:3] = a; print(a)
for f in (lambda: [1].pop(5), lambda: [].pop(), lambda: [1].index(2), lambda: [1].remove(2), lambda: [1][1], lambda: [1]["a"], lambda: [1] + (2,), lambda: [1] < [None] and [1] < ["a"], lambda: [3, "a"].sort(), lambda: a.__setitem__(slice(0, 4, 2), [1]), lambda: [1].extend(5), lambda: list(5), lambda: [1].__setitem__(5, 1), lambda: [].sort(5), lambda: hash([]), lambda: [1].insert("a", 1), lambda: [1] * [1]):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print([1, 2] + [3], [0] * 3, 2 * [1, 2], [1, 2] == [1, 2.0], [1, 2] < [1, 3], [1] < [1, 0], [] < [1], [1, 2] != [2, 1], 2 in [1, 2], [1, [2]] == [1, [2]], [[]] * 2, [1, 2] >= [1, 2])
a = b = [1]; a += [2]; a *= 2; print(a, b, a is b)
x = [1, 2, 3]
for v in x:
    if len(x) < 8: x.append(v * 10)
print(x)
x = [1, 2, 3, 4, 5, 6]
for v in x: x.remove(v)
print(x)
x = list(range(5)); it = iter(x); next(it); x.clear(); print(list(it)); x.extend([9, 9, 9]); print(list(it))
x = [1, 2, 3]; it = reversed(x); next(it); x.pop(); x.pop(); print(list(it))
print(sorted([3, 1, 2]), sorted("hello"), sorted([3, 1, 2], reverse=True), sorted(["bb", "a", "ccc"], key=len), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted([1.5, True, 0]), sorted({"b": 1, "a": 2}))
recs = [("a", 3), ("b", 1), ("c", 3), ("d", 1)]
print(sorted(recs, key=lambda r: r[1]), sorted(recs, key=lambda r: r[1], reverse=True), sorted(recs, key=lambda r: -r[1]))
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v < o.v
    def __repr__(self): return f"K{self.v}"
print(sorted([K(3), K(1), K(2)]), max([K(1), K(5)]), min(K(4), K(2)), sorted([K(1), K(0)], reverse=True))
evil = [3, 1, 2]
def key(v): evil.append(v); return v
try: evil.sort(key=key)
except ValueError as e: print(e)
print(evil)
class Boom:
    def __lt__(self, o): raise RuntimeError("compare")
try: sorted([Boom(), Boom()])
except RuntimeError as e: print(e)
class Clear:
    def __eq__(self, o): victim.clear(); return False
victim = [Clear(), Clear(), 1]
print(5 in victim, victim)
victim = [Clear(), 2]
print(victim == [1, 2] if False else victim.count(3), victim)
class Evil:
    def __eq__(self, o): v2.pop(); return True
v2 = [Evil(), 1, 2]
v2.remove(0) ; print(len(v2))
import random
r = random.Random(5)
data = [r.randrange(1000) for _ in range(500)]
s = sorted(data); print(s == sorted(data[::-1]), s[:5], s[-5:], all(a <= b for a, b in zip(s, s[1:])))
words = [chr(97 + (i * 7) % 26) * (i % 4 + 1) for i in range(60)]
print(sorted(words, key=lambda w: (len(w), w))[:12])
mixed = [i if i % 2 else float(i) for i in range(20, 0, -1)]
mixed.sort(); print(mixed)
class L(list):
    def append(self, v): super().append(v * 2)
    def __getitem__(self, i): return "sub" if isinstance(i, int) else L(super().__getitem__(i))
m = L([1, 2]); m.append(5)
print(m, m[0], m[0:2], type(m[0:2]).__name__, type(m + [1]).__name__, len(m), list(m), [*m], m == [1, 2, 10])
grid = [[0] * 3 for _ in range(2)]; grid[0][1] = 5; print(grid)
t = ([1],)
try: t[0] += [2]
except TypeError as e: print(e, t)
print([1, 2, 3].__contains__(2), list.__doc__ is not None, list(zip([1, 2], "ab")), list(enumerate("ab", 5)), [*map(lambda a, b: a + b, [1, 2], [3, 4])], list(filter(None, [0, 1, "", "a"])), list(range(10, 0, -3)), [].__iter__().__length_hint__())
print(any([]), all([]), sum([[1], [2]], []), min([3, 1], default=0), max([], default="d"), min("b", "a", key=ord), list(reversed(range(3))), [i for i in [1, 2, 3]][-1], (1, 2) + (3,), (1,) * 3, (1, 2, 3)[1:], (1, 2).index(2), (1, 1).count(1), tuple("ab"), () < (1,), hash((1, 2)) == hash((1, 2)), (1, "a") == (1, "a"), tuple([1]), (1, 2)[::-1])
