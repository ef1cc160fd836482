"""In which order an exception, a frame that it left and a generator give up what they have."""
class D:
    def __init__(s,n): s.n=n
    def __del__(s): print("del", s.n)
def f(z):
    a = D("a"); b = D("b")
    z.q
def g():
    a = D("a"); b = D("b"); c = [D("c")]
    raise ValueError(D("arg"))
def h():
    a = D("a"); b = D("b")
    b.q
for x in (lambda: f(D("z")), g, h):
    print("--")
    try: x()
    except Exception as e: pass
def inner(e): 
    k = D("inner")
    raise KeyError("k") from e
def outer():
    try: h()
    except Exception as e: inner(e)
print("--chain")
try: outer()
except KeyError: pass
print("--ctx")
def ctx():
    try: g()
    finally:
        m = D("m")
        raise KeyError
try: ctx()
except KeyError: pass
print("--gen")
def gen():
    a = D("a"); b = D("b")
    yield 1
    c = D("c")
    raise ValueError(D("arg"))
try: list(gen())
except ValueError: pass
print("--genclose")
x = gen(); next(x); x.close(); print("closed"); del x
print("--gendel")
x = gen(); next(x); del x
import sys
print("--frame")
def fr():
    a = D("a"); b = D("b")
    return sys._getframe()
q = fr(); print("got"); del q
q = fr(); print("got"); q.clear(); print("cleared"); del q
print("--closure")
def cl():
    a = D("a"); b = D("b"); c = D("c")
    def i(): return a, c
    return sys._getframe()
q = cl(); del q
class S(Exception):
    def __init__(s, *a): s.d = D("attr"); s.e = D("attr2"); super().__init__(*a)
print("--attrs")
def at():
    a = D("local")
    raise S(D("arg"), D("arg2"))
try: at()
except S: pass
print("--notes")
try: 
    e = StopIteration(D("v"), D("w")); e.__cause__ = KeyError(D("cause")); e.__context__ = KeyError(D("context")); raise e
except StopIteration: e = None
e = None
print("--import")
e = ImportError(D(1), name=D(2), path=D(3)); e = None
e = AttributeError(D(1), name=D(2), obj=D(3)); e = None
e = OSError(D(1), D(2), D(3)); e = None
e = SystemExit(D(1)); e = None
e = NameError(D(1), name=D(2)); e = None
e = UnicodeError(D(1)); e=None
e = ExceptionGroup("x", [ValueError(D(1)), KeyError(D(2))]); e = None
