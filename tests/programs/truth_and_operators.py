"""Operator dispatch: reflected methods, NotImplemented, in-place fallbacks, comparison chains, truth values."""
class Op:
    def __init__(self, tag, handles): self.tag, self.handles = tag, handles
    def __repr__(self): return self.tag
def make(name, sym):
    def fwd(self, o): return f"{self.tag}{sym}{o!r}" if "f" in self.handles else NotImplemented
    def rev(self, o): return f"r({o!r}{sym}{self.tag})" if "r" in self.handles else NotImplemented
    def inp(self, o):
        if "i" not in self.handles: return NotImplemented
        self.tag += sym; return self
    setattr(Op, f"__{name}__", fwd); setattr(Op, f"__r{name}__", rev); setattr(Op, f"__i{name}__", inp)
ops = dict(add="+", sub="-", mul="*", truediv="/", floordiv="//", mod="%", pow="**", lshift="<<", rshift=">>", matmul="@", xor="^")
ops["and"] = "&"; ops["or"] = "|"
for n, s in ops.items(): make(n, s)
a, b, n = Op("a", "f"), Op("b", "r"), Op("n", "")
for name, sym in ops.items():
    out = []
    for l, r in (("a", "b"), ("n", "b"), ("n", "n"), ("a", "1"), ("1", "b"), ("1", "n")):
        try: out.append(eval(f"{l} {sym} {r}"))
        except TypeError as e: out.append(str(e))
    print(out)
class Z:
    def __repr__(self): return "z"
for name, sym in ops.items():
    x = Op("x", "i"); y = Op("y", "f"); z = Z()
    ns = {"x": x, "y": y, "z": z, "b": b}
    exec(f"x {sym}= 1; y {sym}= 2; z {sym}= b", ns)
    print(ns["x"], ns["x"] is x, ns["y"], ns["z"], end="; ")
    try: exec(f"z {sym}= 1", {"z": z})
    except TypeError as e: print(e)
class Base:
    def __add__(self, o): return "Base.add"
    def __radd__(self, o): return "Base.radd"
    def __eq__(self, o): return "Base.eq"
    def __lt__(self, o): return "Base.lt"
    def __gt__(self, o): return "Base.gt"
class Derived(Base):
    def __radd__(self, o): return "Derived.radd"
    def __eq__(self, o): return "Derived.eq"
    def __gt__(self, o): return "Derived.gt"
print(Base() + Derived(), Derived() + Base(), Base() + Base(), 1 + Base(), Base() == Derived(), Base() < Derived(), Base() > 1, 1 < Base(), 1 == Base(), Base() != 1)
class Cmp:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v if isinstance(o, Cmp) else NotImplemented
    def __lt__(self, o): return NotImplemented
print(Cmp(1) == Cmp(1), Cmp(1) != Cmp(1), Cmp(1) == 1, Cmp(1) != 1)
for e in ("Cmp(1) < Cmp(2)", "Cmp(1) <= 2", "Cmp(1) > None", "object() < object()", "1 < 'a'", "[] < ()", "{} < {}", "None < None", "1j < 1"):
    try: print(eval(e))
    except TypeError as err: print(err)
try: hash(Cmp(1))
except TypeError as e: print(e)
class T:
    def __init__(self, v): self.v = v
    def __bool__(self): print("bool", self.v); return self.v
t, f = T(True), T(False)
print((t and f) is f, (f and t) is f, (t or f) is t, (f or t) is t, not t, not f)
if t and not f: print("branch")
while f: pass
print(1 if f else 2, [x for x in (1,) if t])
assert t
class L:
    def __len__(self): return 0
print(bool(L()), not L(), bool(object()), bool(type), [bool(v) for v in (0, 0.0, 0j, "", b"", (), [], {}, set(), range(0), None, False, 1, "0", [0], -1, 0.1)])
class BadBool:
    def __bool__(self): return 5
try: bool(BadBool())
except TypeError as e: print(e)
class BadLen:
    def __len__(self): return -1
for fn in (len, bool):
    try: fn(BadLen())
    except ValueError as e: print(e)
class Un:
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "inv"
    def __abs__(self): return "abs"
print(-Un(), +Un(), ~Un(), abs(Un()), -5, +True, ~0, -(-5), - -3, not not 1)
for e in ("-object()", "~1.5", "+'a'", "abs([])", "not_defined", "-None"):
    try: eval(e)
    except (TypeError, NameError) as err: print(err)
class Seq:
    def __getitem__(self, i):
        if i > 3: raise IndexError
        return i * 10
print(list(Seq()), 20 in Seq(), [*reversed([1])], max(Seq()), tuple(Seq()), dict(enumerate(Seq())), *Seq())
class Cont:
    def __contains__(self, v): return "truthy"
print(1 in Cont(), 1 not in Cont(), 5 is 5, None is None, [] is not [], not 1 == 2, not (1 in [1]))
try: 1 in 5
except TypeError as e: print(e)
print(2 ** 3 ** 2, -2 ** 2, (-2) ** 2, 10 - 5 - 2, 2 + 3 * 4, (2 + 3) * 4, 7 // 2 * 2, 1 | 2 ^ 3 & 4, 1 << 2 + 1, not 1 or 2, 1 < 2 == True, 5 if 0 else 6 if 0 else 7, ~-5, 2 ** -1, -3 % 5, 1 if True else 0 or 9)
class Chain:
    n = 0
    def __lt__(self, o): Chain.n += 1; return Chain.n < 3
c = Chain()
print(c < c < c < c, Chain.n)
class Pow:
    def __pow__(self, o, m=None): return ("pow", o, m)
    def __rpow__(self, o, m=None): return ("rpow", o, m)
    def __round__(self, n=None): return ("round", n)
    def __divmod__(self, o): return "dm"
    def __rdivmod__(self, o): return "rdm"
    def __complex__(self): return 1j
print(pow(Pow(), 2), pow(Pow(), 2, 3), 2 ** Pow(), round(Pow()), round(Pow(), 1), divmod(Pow(), 1), divmod(1, Pow()), complex(Pow()))
