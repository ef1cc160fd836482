"""Loops that take pairs apart, over all kinds of iterators; and other short ways through builtins."""
import traceback


def pairs(it):
    out = []
    for a, b in it:
        out.append((b, a))
    return out


class Own:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return self

    def __next__(self):
        if not self.items:
            raise StopIteration
        return self.items.pop(0)


def made(n):
    for i in range(n):
        yield i, str(i)


d = {i: str(i) for i in range(5)}
for _ in range(60):
    r = pairs(d.items())
print(r)
kinds = [
    lambda: d.items(),
    lambda: enumerate("abc"),
    lambda: enumerate(iter([1, 2]), 10**18),
    lambda: zip("ab", [1, 2, 3]),
    lambda: zip(range(3), range(2), strict=False),
    lambda: [(1, 2), [3, 4], "ab", {5: 6, 7: 8}, iter([9, 10])],
    lambda: ((1, 2), (3, 4)),
    lambda: made(3),
    lambda: Own([(1, 2), (3, 4)]),
    lambda: {(1, 2): 3, (4, 5): 6},
    lambda: map(lambda x: (x, -x), range(3)),
    lambda: reversed(list(d.items())),
    lambda: ["xy", "zw"],
    lambda: [],
    lambda: {}.items(),
    lambda: sorted({"b": 2, "a": 1}.items(), key=lambda kv: kv[1]),
]
for _ in range(30):
    results = [pairs(k()) for k in kinds]
for r in results:
    print(r)

bad = [
    lambda: [(1, 2), (1, 2, 3)],
    lambda: [(1,)],
    lambda: zip("ab", "cd", "ef"),
    lambda: zip("ab"),
    lambda: enumerate(5) if False else [5],
    lambda: zip([1, 2], [1], strict=True),
    lambda: Own([(1, 2), ()]),
    lambda: ["abc"],
    lambda: (1 // x for x in (1, 0)),
]
for k in bad:
    for _ in range(3):
        try:
            pairs(k())
        except Exception as e:
            shown = type(e).__name__, str(e), [f.lineno - pairs.__code__.co_firstlineno for f in traceback.extract_tb(e.__traceback__) if f.name == "pairs"]
    print(shown)


def changing(d, n):
    out = []
    for k, v in d.items():
        out.append(v)
        if len(out) == n:
            d[len(d)] = 1
    return out


for _ in range(30):
    fine = changing({0: 1, 1: 2}, 5)
print(fine)
try:
    changing({0: 1, 1: 2}, 1)
except RuntimeError as e:
    print(e)


def grows(items):
    seen = []
    for i, x in enumerate(items):
        seen.append((i, x))
        if x and len(items) < 6:
            items.append(x - 1)
    return seen


for _ in range(30):
    r = grows([3])
print(r)


def nested(n):
    total = 0
    for i, (a, b) in enumerate(zip(range(n), range(n, 2 * n))):
        for j, c in enumerate((a, b)):
            total += i * j + c
    return total


for _ in range(30):
    r = nested(10)
print(r)


class Target:
    pass


def targets(items):
    t = Target()
    lst = [0, 0]
    for t.x, lst[1] in items:
        pass
    return t.x, lst


def cells(items):
    fs = []
    for k, v in items:
        fs.append(lambda: (k, v))
    return [f() for f in fs]


def leaves(items):
    it = iter(items)
    for a, b in it:
        if b == 2:
            break
    else:
        return "no break"
    return a, b, list(it)


def raises_inside(items):
    try:
        for a, b in items:
            a / b
    except ZeroDivisionError:
        return a, b
    return "fine"


for _ in range(30):
    r = [targets(d.items()), cells(d.items()), leaves({1: 1, 2: 2, 3: 3}.items()), leaves(enumerate("abc")), leaves({}.items()),
         raises_inside({1: 1, 2: 0}.items()), raises_inside(zip([1], [1]))]
print(r)


class Counted:
    live = 0

    def __init__(self):
        Counted.live += 1

    def __del__(self):
        Counted.live -= 1


def releases(n):
    for a, b in zip([Counted() for _ in range(n)], (Counted() for _ in range(n))):
        pass
    return Counted.live


for _ in range(30):
    r = releases(4)
del _
print(r, Counted.live)


def overriding():
    class Items(dict):
        def items(self):
            return [("over", "ridden")]

    class Enum(enumerate):
        def __next__(self):
            return "no", "pe" if self else None

    out = pairs(Items(a=1).items())
    for a, b in Enum([1]):
        out.append((a, b))
        break
    return out


for _ in range(30):
    r = overriding()
print(r)


# The smallest and the largest.
class Ordered:
    asked = 0

    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        Ordered.asked += 1
        return self.v < other.v

    def __gt__(self, other):
        Ordered.asked += 1
        return self.v > other.v


class Once:
    def __init__(self):
        self.asked = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.asked += 1
        raise StopIteration


o = Once()
print(min(o, default="none"), o.asked, max([], default=3), min([3, 1, 2]), max(3, 1, 2), min(1, 1.0), max(1, 1.0), max(True, 1), min("b", "a"))
items = [Ordered(3), Ordered(1), Ordered(1), Ordered(3)]
print(min(items) is items[1], max(items) is items[0], Ordered.asked, min(2**70, 5, -(2**70)), max([1, 2.5, 2]), min([0.0, -0.0]), max([float("nan"), 1]))
for act in (lambda: min(), lambda: max([]), lambda: min(5), lambda: min([1, "a"]), lambda: max(1, None), lambda: min(1, 2, default=3)):
    try:
        act()
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

# Numbers from text and from floats.
for text in ["0", "-0", "+7", "-7", " 12 ", "1_000", "999999999999999999", "-999999999999999999", "1000000000000000000", "4611686018427387904", "00012", "", "-", "+-1", "1 2", "٣", "0x10", "12a", "²"]:
    try:
        print(repr(text), int(text), int(text, 10), type(int(text)) is int)
    except ValueError as e:
        print(e)
for x in [0.0, -0.0, 1.9, -1.9, 2.0**61, -(2.0**61), 2.0**61 - 512, 2.0**62, 2.0**63, -(2.0**62), 1e300, 0.5]:
    print(int(x), int(int(x) == x), end=" ")
print()


def ordered(a, b):
    return [a < b, a <= b, a > b, a >= b, a == b, a != b, 1 if a < b else 0, 1 if a >= b else 0, "y" if a == b else "n"]


class Same(str):
    def __lt__(self, other):
        return "overridden"

    def __eq__(self, other):
        return "eq"

    __hash__ = str.__hash__


for _ in range(30):
    r = [ordered(*p) for p in [("a", "b"), ("b", "a"), ("a", "a"), ("", "a"), ("a" * 9 + "é", "a" * 9 + "€"), ("é", "z"), ("a\0", "a")]]
for x in r:
    print(x)
print(ordered(Same("a"), "b"), ordered("a", Same("b")))
print([(x.__class__.__name__, sorted(x.__dict__)) for x in [Ordered(1), o]], Ordered(2).__dict__)
