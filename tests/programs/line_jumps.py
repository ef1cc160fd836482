"""Setting f_lineno from a trace function: forwards, backwards, out of blocks, and where that is refused."""
import sys
import warnings

warnings.simplefilter("always")
warnings.showwarning = lambda message, category, *rest: print(category.__name__, message)


class Tracer:
    def __init__(self, function, origin, target, event="line"):
        self.code, self.origin, self.target, self.event = function.__code__, origin, target, event
        self.done = False

    def __call__(self, frame, event, arg):
        if frame.f_code is not self.code or self.done:
            return self
        first = self.code.co_firstlineno
        if event == self.event and frame.f_lineno == first + self.origin:
            self.done = True
            try:
                frame.f_lineno = self.target if not isinstance(self.target, int) else first + self.target
                print("now at", frame.f_lineno - first)
            except (ValueError, AttributeError) as e:
                print(type(e).__name__, e)
        return self


def jump(function, origin, target, event="line"):
    out = []
    sys.settrace(Tracer(function, origin, target, event))
    try:
        function(out)
    except Exception as e:
        out.append(repr(e))
    sys.settrace(None)
    print(function.__name__, origin, "->", target, out)


class With:
    def __init__(self, out, n):
        self.out, self.n = out, n

    def __enter__(self):
        self.out.append(self.n)

    def __exit__(self, *args):
        self.out.append(-self.n)


def straight(out):
    out.append(1)
    out.append(2)
    x = 3
    out.append(x)
    return x


def loops(out):
    for i in 1, 2:
        out.append(i)
        for j in "ab":
            out.append(j)
        out.append("inner")
    out.append("end")
    for k in 7, 8:
        out.append(k)


def blocks(out):
    try:
        out.append(2)
        1 / 0
    except ZeroDivisionError as e:
        out.append(5)
        out.append(sys.exception() is e)
    finally:
        out.append(8)
    out.append(sys.exception())
    with With(out, 10):
        out.append(11)
        out.append(12)
    out.append(13)
    with With(out, 14):
        out.append(15)


def unbound(out):
    out.append(1)
    a = b = 2
    out.append((a, b))


def gen(out):
    def numbers():
        yield 1
        yield 2
        yield 3
    it = numbers()
    out.append(next(it))
    out.append(list(it))


for target in 2, 3, 5, 1, 99, -5, "x", 4:
    jump(straight, 2, target)
jump(straight, 4, 1)
jump(straight, 1, 2, "call")
jump(straight, 5, 2, "return")
for origin, target in (2, 6), (4, 2), (4, 5), (4, 6), (6, 2), (6, 4), (6, 8), (2, 8), (8, 2), (8, 4), (5, 1):
    jump(loops, origin, target)
for origin, target in (2, 8), (2, 5), (5, 6), (5, 9), (6, 2), (6, 8), (8, 9), (9, 11), (11, 13), (12, 11), (11, 15), (13, 12), (8, 2), (3, 9):
    jump(blocks, origin, target)
jump(unbound, 1, 3)


def trace_generator(frame, event, arg):
    if frame.f_code.co_name == "numbers" and event == "line" and frame.f_lineno == gen.__code__.co_firstlineno + 3:
        frame.f_lineno += 1
    return trace_generator


out = []
sys.settrace(trace_generator)
gen(out)
sys.settrace(None)
print(out)
try:
    sys._getframe().f_lineno = 3
except ValueError as e:
    print(e)
