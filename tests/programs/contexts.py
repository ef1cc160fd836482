"""with: order, suppression, several managers, exceptions in enter and exit, contextlib."""
import contextlib


class CM:
    def __init__(self, tag, swallow=False, fail_enter=False, fail_exit=False):
        self.tag, self.swallow, self.fail_enter, self.fail_exit = tag, swallow, fail_enter, fail_exit
    def __enter__(self):
        print("enter", self.tag)
        if self.fail_enter: raise RuntimeError("enter " + self.tag)
        return self.tag
    def __exit__(self, t, v, tb):
        print("exit", self.tag, t and t.__name__, v, tb is not None)
        if self.fail_exit: raise RuntimeError("exit " + self.tag)
        return self.swallow


with CM("a") as x, CM("b") as y:
    print(x, y)
with (CM("p") as p, CM("q"),):
    print("paren", p)
with CM("s", swallow=True):
    raise ValueError("gone")
print("after")
for args in (dict(fail_enter=True), dict(fail_exit=True)):
    try:
        with CM("o"), CM("i", **args):
            print("body")
    except RuntimeError as e:
        print("caught", e, repr(e.__context__))
try:
    with CM("x", fail_exit=True):
        raise KeyError("body")
except RuntimeError as e:
    print(e, repr(e.__context__))


def returning():
    with CM("r"):
        return "value"
def breaking():
    for i in range(3):
        with CM(f"l{i}"):
            if i == 0: continue
            break
    return i
print(returning(), breaking())


class Swallow:
    def __enter__(self): return self
    def __exit__(self, *a): return True
def swallow_return():
    with Swallow():
        raise ValueError
    return "reached"
print(swallow_return())
with (CM("t") if x == 0 else CM("tuple")) as target:
    print(target)
class Pair:
    def __enter__(self): return [1, (2, 3)]
    def __exit__(self, *a): pass
with Pair() as (a, (b, c)):
    print(a, b, c)
d = {}
with Pair() as d["k"]:
    print(d)
try:
    with 5: pass
except TypeError as e:
    print(e)
class NoExit:
    def __enter__(self): return 1
try:
    with NoExit(): pass
except TypeError as e:
    print(e)


@contextlib.contextmanager
def managed(tag):
    print("setup", tag)
    try:
        yield tag * 2
    except ValueError as e:
        print("handled", e)
    finally:
        print("teardown", tag)


with managed("m") as m:
    print(m)
with managed("v"):
    raise ValueError("inside")
try:
    with managed("k"):
        raise KeyError("through")
except KeyError as e:
    print("out", e)


@managed("deco")
def decorated(): return "body ran"


print(decorated())
with contextlib.suppress(KeyError, IndexError):
    [][1]
with contextlib.ExitStack() as st:
    print(st.enter_context(CM("s1")), st.enter_context(CM("s2", swallow=True)))
    st.callback(print, "callback", 1)
    raise ValueError("in stack")
with contextlib.nullcontext(7) as n: print(n)
class Closable:
    def close(self): print("closed")
with contextlib.closing(Closable()): print("using")
import io, sys
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    print("captured")
print(repr(buf.getvalue()))
def gen_with():
    with CM("g"):
        yield 1
        yield 2
g = gen_with(); next(g); g.close()
for v in gen_with():
    break
del g
class Base(contextlib.ContextDecorator):
    def __enter__(self): print("cd in"); return self
    def __exit__(self, *a): print("cd out")
@Base()
def cd(): print("cd body")
cd()
def nested(n):
    if n == 0: raise OSError("deep")
    with CM(f"n{n}"):
        nested(n - 1)
try:
    nested(3)
except OSError as e:
    print(e)
def finally_and_with():
    try:
        with CM("fw"):
            return 1
    finally:
        print("outer finally")
print(finally_and_with())
