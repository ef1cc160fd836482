"""Operations that have ways of their own for what is frequent: the same answers for what is not, and when things change underneath."""
import io


class Loud:
    """Says when it goes."""

    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone", self.name)

    def __repr__(self):
        return f"<{self.name}>"


class Text(str):
    def __str__(self):
        return "text " + super().__str__()


class Index:
    def __index__(self):
        return 3


def shown(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


# ── iterators ──
def own_iterators():
    for it in (enumerate("ab"), zip("ab", "cd"), reversed([1, 2]), reversed((1, 2)), map(str, [1]), filter(None, [1]), iter({1: 2}),
               iter({1}), iter("a"), iter(b"a"), iter([1]), iter((1,)), iter(range(2)), iter(range(2**70, 2**70 + 2)), iter({1: 2}.items())):
        again = iter(it)
        print(type(it).__name__.replace("_ascii", ""), again is it, sum(1 for _ in again), list(it))


class Backwards(reversed):
    def __iter__(self):
        return iter("subclass")


def subclasses_of_iterators():
    print(list(Backwards((1, 2))), [x for x in Backwards("ab")])
    print([x for x in Backwards([1, 2])])


def files():
    f = io.TextIOWrapper(io.BytesIO(b"a\nb\n"))
    print([line for line in f], iter(f) is f)
    f.close()
    print(shown(iter, f))
    try:
        for line in f:
            print(line)
    except ValueError as e:
        print("closed:", e)


def changed_while_reversed():
    items = [1, 2, 3, 4]
    seen = []
    for x in reversed(items):
        seen.append(x)
        if x == 4:
            del items[1:3]
    print(seen, items)
    it = reversed(items)
    items.clear()
    print(list(it), list(it))
    items.append(9)
    print(list(it))
    it = reversed([1, 2, 3])
    print(next(it), it.__length_hint__(), it.__reduce__())
    it.__setstate__(0)
    print(list(it))
    for x in reversed([Loud("r1"), Loud("r2")]):
        print("at", x)
        del x
    print("after")


# ── ranges ──
def ranges():
    for args in ((3,), (0,), (-2,), (2, 5), (5, 2), (2**61, 2**61 + 2), (2**62 - 2, 2**62 + 1), (-2**62, -2**62 + 2), (True,), (1, True), (Index(),),
                 (0, Index()), (1, 10, 4), (10, 1, -4), (2**64, 2**64 + 2), ("a",), (1.5,), (1, "a"), (1, 2, 0), (), (1, 2, 3, 4)):
        print(len(args), shown(lambda: [i for i in range(*args)]))
    n, m = 3, 2**61
    for i in range(n):
        print(i, end=" ")
    for i in range(1, n):
        print(i, end=" ")
    for i in range(m, m + 2):
        print(i - m, end=" ")
    for i in range(-m, -m + 1):
        print(i, end=" ")
    for i in range(2**62 - 1, 2**62 + 1):
        print(i, end=" ")
    for i in range(True):
        print(i, end=" ")
    for i in range(Index()):
        print(i, end=" ")
    for i in range(5, 2):
        print("never")
    print(i)
    for r in range(2), range(0, 2), range(4, 0, -2):
        print(r, list(r), r[0], len(r), r.index(r[-1]))
    print(shown(lambda: [i for i in range("x")]), shown(lambda: [i for i in range(0, None)]))


def own_range():
    def range(n):
        return [n, n]

    for i in range(7):
        print("own", i)


# ── unpacking ──
def unpacking():
    for value in ([1], [1, 2, 3], (1, 2, 3, 4), (5,), "xy", range(3), {1: 2}, [], ()):
        print(shown(first_and_rest, value), shown(ends, value))
    head, *rest = [Loud("h"), Loud("i"), Loud("j")]
    print(head, rest)
    head, *rest = (rest, head)
    print(head, rest)
    [head, *rest], last = rest, head
    print(head, rest, last)
    rest = [1, 2, 3]
    first, *rest = rest
    print(first, rest)
    first, *rest = rest
    print(first, rest)


def first_and_rest(value):
    head, *rest = value
    return head, rest


def ends(value):
    first, *middle, last = value
    return first, middle, last


def pairs():
    for value in ((1, 2), [3, 4], [5], (6, 7, 8), "xy", {9: 0, 10: 0}, 11, None):
        print(shown(both, value))
    pair = (Loud("p1"), Loud("p2"))
    pair, other = pair
    print(pair, other)
    for first, second in ([1, 2], (pair, other), "ab", (1.5, 2.5)):
        print(first, second)
    first, second = second, first
    print(first, second)
    (first, second), third = [[Loud("p3"), Loud("p4")], 5]
    print(first, second, third)


def both(value):
    a, b = value
    return b, a


# ── floats and ints ──
def mixed_numbers():
    for x in (2, -3, 0, 2**61, 2**70, True, 1.5, -0.0, 1e308, float("inf")):
        for y in (0.5, 0.0, -2.25, 1e308, 3, 0):
            print(x + y, y - x, x * y, shown(lambda: x / y), shown(lambda: y / x), x == y, x < y, sep=",", end=" ")
    print()


# ── dicts ──
class Key(str):
    def __hash__(self):
        return 1

    def __eq__(self, other):
        print("compared")
        return str.__eq__(self, other)


def dicts():
    a, b, c = "x" + "y", "".join(["x", "y"]), "z"
    print({a: 1, b: 2}, {"a": 1, "a": 2, "b": 3}, {a: 1, c: 2, "q": 3}, {}, {1: 2, "a": 3})
    print({Key("k"): 1, "k": 2, Key("k"): 3})
    print({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10, "a": 11})
    d = {a: Loud("value"), c: 1}
    print(b in d, "zz" in d, c in d, 1 in d, Key("xy") in d, d[b], d[c], shown(d.__getitem__, "none"))
    d[1] = 2
    print(b in d, 1 in d, 2 in d, d[b], d[1], shown(lambda: d["none"]), shown(lambda: [] in d))
    d[a] = None
    d.update({"p": 1, "q": 2, "r": 3, "s": 4})
    del d[c]
    print(d)


# ── slices and lists ──
def slices():
    for value in ([1, 2, 3, 4], "abcd", "äbcd", "ab\u20acd", "ab\U0001f600d", (1, 2, 3, 4), b"abcd", range(4)):
        n = 2
        print(value[1:], value[:2], value[n:], value[-n:], value[:-n], value[3:1], value[:], value[-9:9], value[None:n], value[True:], value[Index():],
              value[2**70:], value[:2**70], value[-2**70:1], value[::2], value[n:n])
    print([Loud("l1"), Loud("l2"), Loud("l3")][1:2])
    x = [Loud("m1"), Loud("m2")]
    x = x[1:]
    print(x, shown(lambda: x["a":]), shown(lambda: "abc"[:"a"]))
    y = [x, [], [[]], x[:0]]
    print(y, y is not [y])


# ── classes of one argument ──
class Converted:
    def __str__(self):
        return "converted"


def conversions():
    for v in ("s", 12, -7, 2**62, 2**70, 1.5, None, True, Text("t"), Converted(), b"b"):
        s = str(v)
        print(s, type(s).__name__, s is v)
    print(str(), shown(lambda: str(1, 2, 3, 4)), shown(lambda: str(b"ab", "ascii")), shown(lambda: str("a", "b")))
    print(int("12"), float("1.5"), bool([]), type(1), list("ab"), tuple("ab"), set("a"), dict([(1, 2)]), shown(lambda: int("x")))
    print(list(x for x in "ab"), tuple(x for x in "ab"), str(x for x in "ab")[:18])
    maker = str
    for _ in range(3):
        print(maker(5), end=" ")
        maker = {str: int, int: Converted.__str__, Converted.__str__: str}[maker]
    print(str(Loud("temporary")))


class Made:
    def __init__(self, a):
        self.a = a


class Other:
    def __init__(self, a, b=2):
        self.a = a + b


def makers():
    for _ in range(3):
        for f in (Made, Other, str, lambda a: Made(a)):
            o = f(1)
            print(getattr(o, "a", o), end=" ")
    Made.__init__ = lambda self, a: setattr(self, "a", -a)
    print(Made(1).a)
    Made.__new__ = lambda cls, a: object.__new__(Other)
    print(type(Made(1)).__name__)


# ── methods of objects of several classes, in temporaries ──
class One:
    def name(self):
        return "one"


class Two(One):
    def name(self):
        return "two"


class Three(One):
    __slots__ = ("x",)


def methods():
    things = [One(), Two(), Three(), One()]
    things[3].name = lambda: "own"
    for _ in range(3):
        print([t.name() for t in things], [things[i].name() for i in range(4)], end=" ")
    print()
    Two.name = lambda self: "changed"
    print([t.name() for t in things], shown(lambda: things[2].x))
    things[2].x = 5
    print(things[2].x, [shown(lambda: t.x) for t in things])


# ── texts ──
def texts():
    for s in ("", "a", "a.b", ".a..b.", "no", "ä.b", "\u20ac.\u20ac", "x" * 40 + "." + "y" * 40, Text("s.t")):
        print(s.split("."), s.split(".", 1), s.split("ä"), s.partition("."), s.rpartition("."), s.replace(".", "--"), s.replace(".", ""), s.replace("a", "ö"),
              s.replace(".", "\u20ac"), s.replace("b", "b"), s.replace(".", "-", 1), s.replace("", "|"), s.upper(), s.lower(), s.title(), s.startswith("a"),
              s.endswith(("b", "x")), type(s.replace("!", "?")).__name__, type(s.lower()).__name__)
    print("aXbXXc".split("X"), "aaaa".replace("aa", "b"), "abcabc".replace("bc", "x"), shown("a".split, ""), shown("a".startswith, 1), shown("a".partition, ""),
          "ÄÖ".lower(), "straße".upper(), "ŉ".title(), "ab".startswith("b", 1), "ab".startswith("", 3), "ab".startswith(Text("a")))


PARTS = (own_iterators, subclasses_of_iterators, files, changed_while_reversed, ranges, own_range, unpacking, pairs, mixed_numbers, dicts, slices,
         conversions, makers, methods, texts)
for part in PARTS:
    for _ in range(1 if part is makers else 3):
        print("──", part.__name__)
        part()
