"""enum: members, values, auto, flags, aliases, methods, iteration, functional form."""
from enum import *
class Colour(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1
    def lower(self): return self.name.lower()
    @classmethod
    def default(cls): return cls.GREEN
print(Colour.RED, repr(Colour.RED), Colour(2), Colour["RED"], Colour.CRIMSON is Colour.RED, list(Colour), len(Colour), Colour.RED.name, Colour.RED.value, Colour.RED.lower(), Colour.default(), Colour.RED in Colour, isinstance(Colour.RED, Colour), list(Colour.__members__), {Colour.RED: 1}[Colour.CRIMSON], Colour.RED == 1, Colour.RED != Colour.GREEN)
for f in (lambda: Colour(9), lambda: Colour["X"], lambda: Colour.RED < Colour.GREEN, lambda: setattr(Colour, "RED", 5), lambda: type("Sub", (Colour,), {}), lambda: Colour.NOPE):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
class Num(IntEnum):
    A = auto(); B = auto(); C = 10; D = auto()
print(list(Num), Num.A + 1, Num.B > Num.A, Num.C == 10, sorted([Num.D, Num.A]), f"{Num.B} {Num.B:03d}", [10, 20, 30][Num.A], int(Num.D), str(Num.A), repr(Num.A))
class S(StrEnum):
    FOO = auto(); BAR = "b"
print(S.FOO, S.BAR + "x", S("b"), S.FOO == "foo", repr(S.FOO))
class Perm(Flag):
    R = auto(); W = auto(); X = auto(); RW = R | W
p = Perm.R | Perm.X
print(p, repr(p), Perm.R in p, Perm.W in p, ~p, p & Perm.R, p ^ Perm.R, list(p), Perm(0), bool(Perm(0)), Perm.RW, Perm(7), len(Perm.RW), p.value, Perm.RW.name)
class IF(IntFlag): A = 1; B = 2
print(IF.A | IF.B, IF.A | 8, IF(3) == 3, repr(IF.A), IF.A + 1)
class Planet(Enum):
    EARTH = (5.9, 6.3); MARS = (0.6, 3.3)
    def __init__(self, mass, radius): self.mass, self.radius = mass, radius
    @property
    def ratio(self): return round(self.mass / self.radius, 3)
print(Planet.EARTH.mass, Planet.MARS.ratio, Planet((0.6, 3.3)))
A = Enum("A", "x y z"); print(list(A), A.x.value, Enum("B", {"p": 5}).p)
@unique
class Ok(Enum): a = 1; b = 2
try:
    @unique
    class Bad(Enum): a = 1; b = 1
except ValueError as e: print(e)
class Miss(Enum):
    A = "a"
    @classmethod
    def _missing_(cls, v): return cls.A if v == "A" else None
print(Miss("A"), Miss("a"))
class Gen(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last): return name * 2
    q = auto(); r = auto()
print([g.value for g in Gen])
match Colour(2):
    case Colour.RED: print("no")
    case Colour.GREEN: print("green matched")
class Op(Enum):
    ADD = member(lambda a, b: a + b)
    @nonmember
    def helper(): pass
print(Op.ADD.value(1, 2), len(Op))
class Mixed(str, Enum):
    X = "x"
print(Mixed.X == "x", Mixed.X.upper(), isinstance(Mixed.X, str), Mixed.X, hash(Mixed.X) == hash("x") or "own hash")
print(Colour.RED.__class__, Colour.__name__, type(Colour).__name__, Colour.RED._value_, dir(Colour.RED)[-1] != "", Colour.__doc__)
