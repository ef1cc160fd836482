"""Exceptions: try shapes, chaining, notes, context, re-raise, finally semantics, custom classes."""


def shape(n):
    out = []
    try:
        out.append("try")
        if n == 1: raise ValueError("v")
        if n == 2: raise KeyError("k")
        if n == 3: raise OSError(2, "os", "file")
        if n == 4: return out + ["returned"]
    except ValueError as e:
        out.append(repr(e))
    except (KeyError, IndexError) as e:
        out.append(str(e))
    except OSError as e:
        out.append((type(e).__name__, e.errno, e.strerror, e.filename))
    else:
        out.append("else")
    finally:
        out.append("finally")
    return out


for n in range(5): print(shape(n))


def finally_wins():
    for i in range(2):
        try:
            return "try"
        finally:
            if i == 0: pass
    return "never"


def chain():
    try:
        try:
            {}["a"]
        except KeyError as e:
            raise ValueError("bad") from e
    except ValueError as e:
        return repr(e.__cause__), repr(e.__context__), e.__suppress_context__


def context():
    try:
        try:
            1 / 0
        finally:
            [].pop()
    except IndexError as e:
        return repr(e.__cause__), repr(e.__context__), e.__suppress_context__


def from_none():
    try:
        try: 1 / 0
        except ZeroDivisionError: raise TypeError("x") from None
    except TypeError as e:
        return e.__cause__, repr(e.__context__), e.__suppress_context__


print(finally_wins(), chain(), context(), from_none())


def reraise():
    try:
        try: raise ValueError("orig")
        except ValueError as e:
            e.add_note("a note"); e.add_note("another")
            raise
    except ValueError as e:
        return e, e.__notes__
print(reraise())


class MyErr(Exception):
    def __init__(self, code, **kw): super().__init__(code); self.code, self.kw = code, kw
    def __str__(self): return f"code {self.code}"
class Sub(MyErr, LookupError): pass
try:
    raise Sub(7, a=1)
except LookupError as e:
    print(e, repr(e), e.kw, e.args, [c.__name__ for c in Sub.__mro__])
try: raise MyErr
except TypeError as e: print(e)
for bad in (lambda: (_ for _ in ()).throw(5),):
    try: bad()
    except TypeError as e: print(e)
try:
    raise 5
except TypeError as e: print(e)
try:
    raise ValueError from 5
except TypeError as e: print(e)
try:
    try: raise ValueError
    except 5: pass
except TypeError as e: print(e, repr(e.__context__))
try:
    raise
except RuntimeError as e: print(e)
e = "kept?"
try: raise KeyError("x")
except KeyError as e: pass
try: e
except NameError as err: print(err)


def nested_finally():
    log = []
    try:
        try:
            try: raise ValueError("1")
            finally: log.append("f1")
        finally: log.append("f2")
    except ValueError as e: log.append(str(e))
    return log
print(nested_finally())


def replaced():
    try:
        try: raise ValueError("first")
        except ValueError: raise KeyError("second")
        finally: raise TypeError("third")
    except TypeError as e:
        c = []
        while e: c.append(repr(e)); e = e.__context__
        return c
print(replaced())
def many():
    errs = []
    for f in (lambda: 1 + "a", lambda: "a" + 1, lambda: [] + 1, lambda: None.x, lambda: undefined, lambda: int("z"), lambda: [][0],
              lambda: {}["q"], lambda: 1 / 0, lambda: 1.0 // 0, lambda: 1 % 0, lambda: (1).x, lambda: len(5), lambda: iter(5), lambda: next(iter([])),
              lambda: "a" < 1, lambda: -"a", lambda: [1, 2][1:2:0], lambda: "abc"["x"], lambda: {[]: 1}, lambda: {[]}, lambda: int([]),
              lambda: float("x"), lambda: chr(-1), lambda: ord("ab"), lambda: "%d" % "x", lambda: "{}".format(), lambda: a.b, lambda: 5(),
              lambda: (1, 2)[5], lambda: "x".foo, lambda: range(1.5), lambda: [].remove(1), lambda: {}.popitem(), lambda: b"a" + "b", lambda: 2 ** -1 / 0,
              lambda: 0 ** -1, lambda: 1 << -1, lambda: "a" * "b", lambda: [1] * 1.5, lambda: bytes([256]), lambda: __import__("no_such_mod"),
              lambda: getattr(5, "nope"), lambda: max([]), lambda: sum(["a"]), lambda: abs("x"), lambda: isinstance(1, 1), lambda: dict([1]), lambda: dict(["abc"])):
        try: errs.append(f())
        except Exception as e: errs.append(f"{type(e).__name__}: {e}")
    return errs
for line in many(): print(line)
def unpack():
    for f in ("a, b = 1,", "a, b = 1, 2, 3", "a, *b, c = [1]", "a, b = 5", "(a, b), c = 1, 2"):
        try: exec(f)
        except Exception as e: print(type(e).__name__, e)
unpack()
print(ValueError("a") == ValueError("a"), ValueError(1, 2).args, str(ValueError()), str(ValueError(1, 2)), repr(KeyError("k")), str(KeyError("k")))
x = ValueError("m").with_traceback(None)
print(x.__traceback__, BaseException.__subclasses__()[0].__name__ in ("Exception", "BaseExceptionGroup", "GeneratorExit"))
s = StopIteration(3); print(s.value, SystemExit(4).code, UnicodeDecodeError("ascii", b"\xff", 0, 1, "why"), OSError(2, "x").__class__.__name__)
n = NameError("q", name="nm"); print(n.name, AttributeError("z", name="a", obj=5).obj, ImportError("i", name="m", path="p").path)
