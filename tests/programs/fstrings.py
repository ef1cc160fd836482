"""f-strings: conversions, nested specs, debug, quotes, format mini-language; and t-strings."""
Template, Interpolation = type(t""), type(t"{1}".interpolations[0])
import sys
name, n, x = "World", 42, 3.14159
print(f"Hello {name}!", f"{n:5d}|{n:<5}|{n:^5}|{n:>5}|{n:05}|{n:+}|{n:x}|{n:#x}|{n:b}|{n:o}|{n:e}|{n:,}")
print(f"{x:.2f} {x:8.3f} {x:<8.1f}| {x:e} {x:g} {x:%} {x:.0f} {x!r:>10}")
print(f"{name!r} {name!s} {name!a} {'é'!a} {name:>10} {name:*^11} {name:.3}")
print(f"{n=} {n = } {x=:.1f} {name=!s} {n+1=} {'a'=}")
width, prec = 10, 3
print(f"{x:{width}.{prec}f}|{name:{'*'}^{width}}|{n:{'x' if n else 'd'}}")
print(f"{{literal}} {{{n}}} {'{'} {"nested"} {f"{f'{n}'}"}")
print(f"{ {'a': 1}['a'] } {[i for i in range(3)]} {(lambda v: v * 2)(4)} {n if n > 1 else 0} {n, 1}")
print(f"""multi
{n
 + 1}
line""")
print(f"a" "b" f"{n}" 'c', rf"\d{n}", f"\t{n}\N{BULLET}\x41")
print(f"{1_000_000:_} {1234567.891:,.2f} {255:#06x} {-5:=+6} {True} {None} {True:d} {3:c}" + f"{65:c}")
print(f"{1e100} {1e-7} {0.1 + 0.2} {1.0} {float('inf'):>6} {float('nan')} {-0.0} {1e16} {123456789012345678}")
class F:
    def __format__(self, s): return f"<{s}>"
    def __repr__(self): return "R"
    def __str__(self): return "S"
print(f"{F()} {F():spec} {F()!r} {F()!s:>3} {F():{n}}", format(F(), "z"), "{:q}".format(F()))
print("{} {} {0}".format(1, 2) if False else "{0} {1} {0}".format(1, 2), "{a.real} {b[0]} {b[k]}".format(a=5, b={0: "z", "k": "y"}) , "{:{}}".format("r", ">4"), "{!r:>5}".format("q"))
print("%s %r %d %5.2f %x %-5s| %05d %% %c %e %g %i %o %+d" % ("s", "r", 5, 3.14159, 255, "ab", 42, "c", 12345.678, 0.0001, 7.9, 8, 3))
print("%(a)s %(b)03d" % {"a": 1, "b": 2}, "%s" % (1,), "%s" % [1], "%.3s" % "abcdef", "%*d" % (5, 42))
for bad in ("f'{n:z}'", "'{'.format()", "'{0}'.format()", "f'{name:d}'", "'{a}'.format()", "'{} {1}'.format(1,2)", "'%d' % 'a'", "'%s %s' % 1", "'%s' % (1, 2)", "f'{x:d}'", "f'{n:.2}'"):
    try: print(eval(bad))
    except Exception as e: print(type(e).__name__, e)
t = t"Hello {name!r:>8} and {n}{x:.{prec}f} end"
print(type(t).__name__, t.strings, t.values)
for i in t.interpolations: print(i.value, i.expression, i.conversion, repr(i.format_spec))
print([p if isinstance(p, str) else p.expression for p in t])
def render(t):
    out = []
    for p in t:
        if isinstance(p, Interpolation):
            v = p.value
            if p.conversion: v = {"r": repr, "s": str, "a": ascii}[p.conversion](v)
            out.append("[" + format(v, p.format_spec) + "]")
        else: out.append(p)
    return "".join(out)
print(render(t), render(t""), render(t"{1}{2}"), render(t"{n=}"))
c = t"a{1}" + t"b{2}c"
print(c.strings, c.values, (t"x" t"y").strings)
print(repr(t"q{5!s:z}"))
print(isinstance(t, Template), Interpolation(5, "five").value)
try: t"a" + "b"
except TypeError as e: print(e)
d = {"k": "v"}
print(f"{d['k']} {d["k"]}", f'{'a' 'b'}', f"{'\n'.join(['x', 'y'])}", f"{'#'}")
print(f"{n:{width}{'d'}}", f"{'x':{'>'}{3}}", f"{n!r:^{width}}", f"{'a':a<3}")
print(f"{3 != 4} {(lambda: 1)()} {n:=^6} {{}}", f"{n!r}", f'{{{{', f"{'}'}")
def g(): yield f"{(yield 1)}"
it = g(); next(it); print(it.send("sent"))
print(f"{'long ' * 3:.7}|", f"{[1, 2]!s:>10}", f"{b'x'}", f"{10**20:,}", f"{2**70:x}", f"{-7:b}", f"{1+2j:.1f}", f"{0.5:.0%}", f"{1234.5:012,.1f}", f"{1e5:n}")
