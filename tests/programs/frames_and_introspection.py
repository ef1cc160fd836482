"""sys._getframe, code objects, dir, vars, getattr family, callable, function attributes, tracebacks as objects."""
import sys
def f(a, b=2, *c, d, **e):
    "doc"
    x = 1
    return sys._getframe()
fr = f(1, d=2)
print(fr.f_code.co_name, fr.f_code.co_firstlineno, fr.f_lineno, sorted(fr.f_locals), fr.f_globals is globals(), fr.f_back is None or fr.f_back.f_code.co_name)
co = f.__code__
print(co.co_argcount, co.co_kwonlyargcount, co.co_varnames, co.co_names, co.co_flags & 0x0C, co.co_freevars, co.co_cellvars, co.co_qualname, co.co_consts[0] if isinstance(co.co_consts[0], str) else "doc elsewhere", co.replace(co_name="renamed").co_name, hash(co) == hash(co), co == f.__code__)
def caller(): return callee()
def callee(): return sys._getframe(1).f_code.co_name, sys._getframe().f_back.f_lineno, sys._getframemodulename(1)
print(caller())
try: sys._getframe(1000)
except ValueError as e: print(e)
def tb_lines():
    def one(): two()
    def two():
        raise KeyError("deep")
    try: one()
    except KeyError as e:
        tb = e.__traceback__; out = []
        while tb: out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
        return out
print(tb_lines())
def hot_tb(n):
    last = None
    for i in range(n):
        try:
            if i % 2: raise ValueError
            else: int("x")
        except ValueError as e: last = e.__traceback__.tb_lineno - sys._getframe().f_code.co_firstlineno
    return last
print(hot_tb(1000), hot_tb(1001))
def modify():
    v = 1
    fr = sys._getframe()
    return v, "v" in fr.f_locals, fr.f_locals["v"]
print(modify())
def g(): pass
g.attr = 1; g.__name__ = "renamed"; g.__doc__ = "new"; print(g.attr, g.__name__, g.__qualname__, vars(g), g.__doc__, g.__defaults__, g.__kwdefaults__, g.__closure__, g.__dict__, g.__module__)
for bad in ("g.__name__ = 5", "g.__code__ = 5", "g.__defaults__ = 5", "g.__dict__ = 5", "del g.__name__", "f.__closure__ = ()"):
    try: exec(bad)
    except (TypeError, AttributeError) as e: print(type(e).__name__, e)
class A:
    x = 1
    def m(self): pass
a = A(); a.y = 2
print([n for n in dir(a) if not n.startswith("__")], vars(a), getattr(a, "x"), getattr(a, "z", "d"), hasattr(a, "m"), callable(a.m), callable(a), callable(A), "__init__" in dir(A), A.m.__qualname__, a.m.__func__ is A.m)
setattr(a, "dyn", 5); delattr(a, "y"); print(vars(a))
try: delattr(a, "y")
except AttributeError as e: print(e)
try: vars(5)
except TypeError as e: print(e)
print(type(a), type(A), type(type(a)), isinstance(a, (int, A)), issubclass(bool, (str, int)), id(a) == id(a), repr(len), repr(int), repr(f).split(" at ")[0], repr(a.m).split(" at ")[0], repr(sys)[:12], repr([].append).split(" at ")[0], repr(str.join), repr(type), repr(property), repr(...), repr(NotImplemented))
print(sys.version_info[:2], sys.implementation.name in ("cpython", "kiln"), sys.byteorder, sys.maxunicode, sys.getrecursionlimit() > 0, sys.argv[0].endswith(".py"), isinstance(sys.path, list), sys.flags.optimize, sys.platform, sys.hexversion >> 16 == 0x030e, sys.intern("a") == "a", sys.getrefcount(a) > 0, sys.getsizeof([]) > 0, sys.exc_info(), sys.stdin is not None)
def glob():
    def nested(): return locals(), [k for k in (lambda q: locals())(1)]
    z = 1
    return nested()
print(glob(), __builtins__ is not None, globals()["__name__"])
sys.setrecursionlimit(500); print(sys.getrecursionlimit()); sys.setrecursionlimit(1000)
hook = []
sys.unraisablehook = lambda u: hook.append((type(u.exc_value).__name__, str(u.exc_value)))
class D:
    def __del__(self): raise ValueError("in del")
D(); print(hook)


# What dies with a frame's variables may ask for frames: the dying one is not to be had any more.
class Witness:
    def __del__(self):
        seen.append(sys._getframe(1).f_code.co_name != "holder")


def holder(w, fail):
    if fail:
        raise ValueError


def calls_holder():
    holder(Witness(), False)
    try:
        holder(Witness(), True)
    except ValueError:
        pass


seen = []
calls_holder()
print(seen)
