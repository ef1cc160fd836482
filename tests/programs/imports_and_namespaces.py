"""import forms, star imports, module attributes, globals() and locals(), exec, eval, compile."""
import sys
import collections.abc as abc_alias, math as m
from collections import OrderedDict as OD, namedtuple
from math import *
print(m.pi == pi, floor(2.5), OD(a=1), abc_alias.__name__, __name__, "collections" in sys.modules)
try: import does_not_exist
except ModuleNotFoundError as e: print(e, e.name)
try: from math import nothing_here
except ImportError as e: print(str(e).split(" (")[0], e.name)
try: import math.sub
except ImportError as e: print(e)
try: from . import x
except ImportError as e: print(e)
try: import collections.nope
except ModuleNotFoundError as e: print(e)
import types
mod = types.ModuleType("mod", "doc")
mod.__all__ = ["a", "_b"]
mod.a, mod._b, mod.c = 1, 2, 3
sys.modules["mod"] = mod
from mod import *
print(a, _b, "c" in globals(), mod.__doc__, mod)
exec("def __getattr__(n): return 'dynamic ' + n", mod.__dict__)
print(mod.anything, hasattr(mod, "x"))
from mod import whatever
print(whatever)
sys.modules["blocked"] = None
try: import blocked
except ImportError as e: print(e)


def local_import():
    import math as q
    from operator import add, mul as times
    return q.sqrt(16), add(1, 2), times(3, 4)


print(local_import())
g = {}
exec("x = 1\ndef f(): return x + 1\ny = f()", g)
print(g["y"], sorted(k for k in g if k != "__builtins__"))
loc = {}
exec("z = q * 2", {"q": 21}, loc)
print(loc)
print(eval("a + b", {"a": 1, "b": 2}), eval("[i for i in range(n)]", {"n": 3}), eval(" 1 + 1 "), eval(compile("2 * 3", "<s>", "eval")))
code = compile("v = 10\nw = v * 2\nprint('in code', w)", "<string>", "exec")
ns = {}; exec(code, ns); print(ns["v"], code.co_name, code.co_filename)
exec(compile("1 + 1", "<i>", "single"))
for src in ("1 +", "def f(:", "x = = 1", "a b", "f(", "'unterminated", "  indented", "if x:\npass", "return 1", "break", "x = yield", "1 = x", "f() = 1", "def f(a, a): pass", "nonlocal x", "for x in 1 2: pass", "print 'x'", "class", "lambda: (yield)", "a = 1 if 2", "{1: 2, 3}", "del f()", "import", "from x import *, y", "f(a=1, 2)", "f(**k, *a)", "x: int: str", "async def f(): yield from x", "try: pass", "global x; x = 1; def", "(a, b) += 1", "None = 1", "def f(*): pass", "f'{'", "f'{a b}'", "0777", "1__0", "'\\x1'", "continue", "with open(x) as 1: pass", "def f(): global a; nonlocal a", "x = (1,\n", "while True print(1)", "match x:\n  case 1 | y: pass", "await x", "else: pass", "a, b = ", "@", "1.a", "\x00" and "x = $", "é = ?"):
    try: compile(src, "<t>", "exec"); print("ok", repr(src))
    except SyntaxError as e: print(type(e).__name__, e.msg, (e.lineno, e.offset))
def locs():
    a, b = 1, 2
    l = locals()
    a = 5
    l["new"] = 1
    return sorted(l.items()), sorted(locals())
print(locs())
class NS:
    x = 1
    ll = sorted(k for k in locals() if not k.startswith("__"))
print(NS.ll)
def ex():
    v = 1
    exec("v = 2; made = 3")
    try: made
    except NameError as e: return v, str(e), eval("v")
print(ex())
globals()["injected"] = "via globals"
print(injected, "injected" in dir(), vars() is globals())
del globals()["injected"]
try: injected
except NameError as e: print(e)
import builtins
builtins.extra_builtin = lambda: "from builtins"
print(extra_builtin()); del builtins.extra_builtin
len = lambda x: "shadowed"
print(len([1])); del len; print(len([1]))
class Default(dict):
    def __missing__(self, k): return f"<{k}>"
print(eval("foo + bar", {}, Default()))
exec("class K:\n  attr = 5\n  def m(self): return self.attr", ns)
print(ns["K"]().m(), ns["K"].__module__ if "__name__" in ns else "builtins module")
print(__file__.endswith("imports_and_namespaces.py"), __doc__[:6], __spec__, __package__)
def f(): pass
f.__globals__["dynamic_global"] = 9
print(dynamic_global, f.__globals__ is globals(), f.__code__.co_name, f.__module__)
def q(z): return z + base
new = types.FunctionType(q.__code__, {"base": 100})
print(new(5))
