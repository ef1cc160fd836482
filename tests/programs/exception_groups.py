"""ExceptionGroup, except*, split, subgroup, derive, nesting."""


def run(fn):
    try:
        fn()
    except BaseException as e:
        show(e, 1)


def show(e, depth=0):
    print("  " * depth + repr(e))
    if isinstance(e, BaseExceptionGroup):
        for s in e.exceptions:
            show(s, depth + 1)


eg = ExceptionGroup("top", [ValueError(1), KeyError("k"), ExceptionGroup("in", [OSError(2, "o"), ValueError(3)])])
show(eg)
print(eg.message, len(eg.exceptions), str(eg))
m, r = eg.split(ValueError)
show(m); show(r)
show(eg.subgroup(lambda e: isinstance(e, OSError)))
print(eg.subgroup(TypeError))


def handle(group):
    try:
        raise group
    except* ValueError as e:
        print("values", [repr(x) for x in e.exceptions])
    except* (KeyError, IndexError) as e:
        print("lookups", repr(e))
    else:
        print("else")
    finally:
        print("finally")


run(lambda: handle(eg))
handle(ExceptionGroup("v", [ValueError("only")]))


def naked():
    try:
        raise ValueError("naked")
    except* ValueError as e:
        show(e)


naked()


def reraises():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e:
        raise
    except* TypeError as e:
        raise RuntimeError("new") from e


run(reraises)


def no_error():
    try:
        x = 1
    except* ValueError:
        print("never")
    else:
        print("else runs")


no_error()


def unmatched():
    try:
        raise ExceptionGroup("u", [OSError("a")])
    except* ValueError:
        print("never")


run(unmatched)


class MyGroup(ExceptionGroup):
    def derive(self, excs): return MyGroup(self.message + "'", excs)


a, b = MyGroup("mine", [ValueError(), TypeError()]).split(ValueError)
print(type(a).__name__, a.message, type(b).__name__)
for args in (("m", []), ("m", [1]), ("m", 5), (1, [ValueError()])):
    try:
        ExceptionGroup(*args)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
print(type(BaseExceptionGroup("x", [ValueError()])).__name__, type(BaseExceptionGroup("x", [KeyboardInterrupt()])).__name__)
try:
    ExceptionGroup("x", [KeyboardInterrupt()])
except TypeError as e:
    print(e)
try:
    try: raise ValueError
    except* ExceptionGroup: pass
except TypeError as e:
    print(e)


def loop():
    for i in range(3):
        try:
            if i == 1: raise ExceptionGroup("l", [KeyError(i)])
        except* KeyError:
            print("loop caught", i)
        else:
            print("loop ok", i)


loop()
eg.add_note("noted")
print(eg.subgroup(KeyError).__notes__, isinstance(eg, Exception), issubclass(ExceptionGroup, BaseExceptionGroup))
def nested():
    try:
        try:
            raise ExceptionGroup("n", [ValueError("a"), ExceptionGroup("m", [ValueError("b"), KeyError("c")])])
        except* KeyError as e:
            print("inner", repr(e))
    except* ValueError as e:
        print("outer", repr(e))
nested()
