"""List, set, dict and generator comprehensions: scoping, nesting, conditions, evaluation order."""
print([x * x for x in range(6)])
print({x % 3 for x in range(10)} == {0, 1, 2})
print({k: v for k, v in zip("abc", range(3))})
print(sum(x for x in range(100) if x % 7 == 0))
print([(x, y) for x in range(3) for y in range(x) if (x + y) % 2])
print([[i * j for j in range(3)] for i in range(3)])
print([a + b for a, b in [(1, 2), (3, 4)]], [h for h, *t in ["abc", "d"]], [t for h, *t in ["abc", "d"]])
x = "outer"
print([x for x in range(3)], x)
print([(lambda: x)() for x in range(3)], x)
print([f() for f in [lambda: i for i in range(3)]])
print([f() for f in [lambda i=i: i for i in range(3)]])


def closure(n):
    return [lambda k: n + k + j for j in range(3)]


print([f(10) for f in closure(100)])


class C:
    items = [1, 2, 3]
    factor = 10
    first = [i for i in items]
    nested = [j for i in items for j in range(i)]
    try:
        bad = [i * factor for i in items]
    except NameError as e:
        bad = str(e)
    lens = list(map(len, [[i] * i for i in items]))


print(C.first, C.nested, C.bad, C.lens)
print([y for x in range(5) if (y := x * 2) > 3], y)
total = 0
print([total := total + v for v in [1, 2, 3, 4]], total)


def trace(v, log):
    log.append(v)
    return v


log = []
gen = (trace(("body", a, b), log) for a in trace([1, 2], log) if trace(("if", a), log) for b in trace("xy", log))
print(len(log))
print(next(gen), log)
print(list(gen)[-1], len(log))
print({k: v for d in ({1: 2}, {3: 4}) for k, v in d.items()}, {**{1: 2}, **{3: 4}})
log = []
{trace(f"k{i}", log): trace(f"v{i}", log) for i in range(2)}
print(log)
print([*range(3), *"ab", *[]], {*[1, 1]}, (*(1, 2), 3))
print(any(n > 3 for n in [1, 5, 9]), all(n > 3 for n in [1, 5, 9]))
it = iter(range(10))
print([a for a in it if a % 2 for a in [a, next(it, None)]])
print(list((i, j) for i in range(2) for j in range(2)), sorted(set(c for c in "mississippi")))
try:
    [1 // v for v in [1, 0]]
except ZeroDivisionError as e:
    print("caught", e)
def g():
    yield from (i for i in range(3))
    yield [(yield "inner")]
print(list(g()))
print([i if i % 2 else -i for i in range(5)], [not i for i in (0, 1)])
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [list(r) for r in zip(*matrix)])
print([[x for x in range(x)] for x in range(4)])
gen = (x for x in [1, 2, 3])
print(next(gen), list(gen), next(gen, "done"), gen.__name__, type(gen).__name__)
try:
    (i for i in 5)
except TypeError as e:
    print(e)
def shadow():
    i = "kept"
    r = [i for i in range(3)]
    s = [(i, j) for j in range(2)]
    return i, r, s
print(shadow())
print([locals_ for locals_ in ["a"]], "locals_" in globals())
