"""match: every pattern kind, guards, captures, class patterns, mapping rest, sequences."""


class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
class P3(Point):
    def __init__(self, x, y, z): super().__init__(x, y); self.z = z
class Colour:
    RED = "r"
    GREEN = 2


def classify(v):
    match v:
        case None: return "none"
        case True: return "true"
        case 0 | 1.5 | "zero": return "literal"
        case -3: return "minus three"
        case 2 + 3j: return "complex"
        case Colour.RED: return "red"
        case b"bytes": return "bytes"
        case []: return "empty seq"
        case [x]: return f"one {x}"
        case [1, 2, *rest]: return f"12 {rest}"
        case [first, *_, last] if first == last: return f"same ends {first}"
        case (a, [b, c], *_): return f"nested {a} {b} {c}"
        case ["cmd", ("go" | "run") as verb, *args]: return f"{verb} {args}"
        case {"type": "circle", "r": r}: return f"circle {r}"
        case {"type": str(t), **rest}: return f"type {t} {rest}"
        case {}: return "mapping"
        case P3(x=0, z=z): return f"p3 {z}"
        case Point(0, 0): return "origin"
        case Point(x, y=0) | Point(0, y=x): return f"axis {x}"
        case Point(x=px, y=py) if px == py: return f"diag {px}"
        case Point(): return "point"
        case int(n) if n > 100: return f"big {n}"
        case int() | float(): return "number"
        case str() as s if s.isupper(): return f"upper {s}"
        case str(s): return f"str {s}"
        case type(): return "a class"
        case _: return "other"


for v in (None, True, 0, 1.5, "zero", -3, 2 + 3j, "r", b"bytes", [], (5,), [1, 2, 3, 4], [7, 8, 7], (1, [2, 3], 4), ["cmd", "go", 1, 2], ["cmd", "stop", 9],
          {"type": "circle", "r": 2, "z": 1}, {"type": "sq", "side": 3}, {"a": 1}, {"type": 5}, P3(0, 1, 2), Point(0, 0), Point(4, 0), Point(0, 5),
          Point(6, 6), Point(1, 2), 500, 7, 2.5, "UP", "low", int, object(), {1, 2}, range(2), False, b"other", bytearray(b"ab")):
    print(classify(v))


def evaluate(e):
    match e:
        case ("+" | "-" | "*" as op, l, r):
            a, b = evaluate(l), evaluate(r)
            return {"+": a + b, "-": a - b, "*": a * b}[op]
        case ("neg", v): return -evaluate(v)
        case int() | float(): return e
        case str(name): raise NameError(name)


print(evaluate(("+", 1, ("*", ("neg", 3), ("-", 10, 4)))))
match (1, 2, 3):
    case (a, b): print("two")
    case (a, b, c) as whole: print(a, b, c, whole)
match {"k": {"n": [1, {"d": 2}]}}:
    case {"k": {"n": [_, {"d": d}]}}: print("deep", d)
match "abc":
    case [*_]: print("str is no sequence")
    case _: print("right")


class Slotted:
    __slots__ = ("a",)
    __match_args__ = ("a",)
s = Slotted()
match s:
    case Slotted(1): print("no")
    case Slotted(): print("missing attribute does not match")
s.a = [1, 2]
match s:
    case Slotted([x, y]): print(x, y)
for n in range(3):
    match n:
        case 0: continue
        case 1: print("one")
        case x if x > 5: print("no")
    print("after", n)
try:
    match Point(1, 2):
        case Point(1, 2, 3): pass
except TypeError as e:
    print(e)
try:
    match 5:
        case Colour.RED(): pass
except TypeError as e:
    print(e)
class Loud:
    def __eq__(self, o): print("eq", o); return False
match Loud():
    case 1 | 2: pass
    case "x": pass
    case _: print("done")
match = 5
case = match + 1
print(match, case)
def soft(type): return type
print(soft(1))
match x := [1, 2]:
    case [a, b] if (t := a + b) == 3: print(t, x)
match 1, 2:
    case 1, y: print("bare tuple", y)
import collections
D = collections.namedtuple("D", "p q")
match D(1, 2):
    case D(p, q=2): print("named", p)
match collections.OrderedDict(a=1, b=2):
    case {"a": 1, **kw}: print(kw)
match collections.deque([1, 2]):
    case [1, z]: print("deque", z)
def unbound(v):
    match v:
        case [q, 1]: pass
        case _: pass
    try: return q
    except UnboundLocalError: return "unbound"
print(unbound([5, 1]), unbound([5, 2]) in (5, "unbound"), unbound(0))
