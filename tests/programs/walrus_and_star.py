"""Assignment expressions and star expressions everywhere they may stand."""
if (n := len("abcd")) > 3:
    print(n)
while (chunk := [1, 2, 3][-n:]) and n > 2:
    print(chunk)
    n -= 1
print((y := 5), y + 1, [z := 1, z + 1], {"k": (w := 3)}, w)
def f(a=(dflt := 7)): return a
print(f(), dflt)
print(any((witness := v) > 3 for v in [1, 5, 2]), witness)
print([last := i for i in range(4)], last)
x = (y := 1, 2)
print(x, y)
def scope():
    [inner := k for k in range(3)]
    return inner
print(scope())
def nl():
    v = 0
    def g():
        nonlocal v
        return (v := v + 1)
    return g(), g(), v
print(nl())
lst = [1, 2]
print([*lst, 0, *lst], (*lst,), {*lst, 9} == {1, 2, 9}, {**{"a": 1}, "b": 2, **{"a": 3}})
def ret(): return 1, *lst
def gen(): yield 0, *lst
print(ret(), next(gen()))
for v in *lst, 3: print(v, end=" ")
print()
a, *b = *lst, *lst
print(a, b)
*a, = "xyz"
print(a)
(*a, b), c = [1, 2, 3], 4
print(a, b, c)
[a, *b, c] = range(5)
print(a, b, c)
for h, *t in [(1, 2, 3), "ab"]: print(h, t)
class Idx:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print("set", k, v)
    def __delitem__(self, k): print("del", k)
i = Idx()
print(i[1:2], i[1, 2], i[::2, ...], i[*lst], i[0, *lst], i[()], i[1:2, 3], i[:], i[lst[0]:lst[1]:3])
i[*lst, 5] = 1
i[1:2] = 3
del i[*lst]
print(*lst, *"ab", sep="-")
print(max(*lst, 3), [*map(str, lst)], dict(**{"q": 1}))
d = {"a": 1}
print({**d, **{"a": 2}} == {"a": 2}, d | {"b": 2})
def kw(**k): return k
print(kw(**d, b=2))
t = 1,
print(t, (), (1), (1, ))
print((lambda *a, **k: (a, k))(*lst, **d))
*_, last = sorted([3, 1, 2])
print(last)
first, second, *_ = {"p": 1, "q": 2, "r": 3}
print(first, second)
try: 
    a, b, *c = [1]
except ValueError as e: print(e)
print([(q := 1), (q := q + 1), q])
if not (m := {}.get("x")): print("none", m)
total = 0
values = [total := total + v for v in range(5)]
print(values, total)
print(f"{(fs := 5)} {fs}", f"{[*lst]}")
