# collects: no
"""Small functions that a compiler puts into their callers, and everything that must not show that it did."""
import sys
import traceback


def names(depth):
    out = []
    frame = sys._getframe(1)
    for _ in range(depth):
        out.append(frame.f_code.co_name)
        frame = frame.f_back
    return out


class Boom(Exception):
    pass


# ── exceptions out of inlined code, with the lines of every frame ──
def leaf(x, limit):
    if x == limit:
        raise Boom(f"at {x}")
    return x + 1


def middle(x, limit):
    y = leaf(x, limit)
    return y * 2


def outer(x, limit):
    z = middle(x, limit)
    return z - x


def loop(n, limit):
    total = 0
    for i in range(n):
        total += outer(i, limit)
    return total


def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        for entry in traceback.extract_tb(e.__traceback__)[1:]:
            print("   ", entry.name, entry.line)
        print("   ", type(e).__name__, e)


print(loop(5000, -1))
show(loop, 5000, 4321)
show(loop, 10, 7)


# ── caught in the caller, in the middle, in the callee ──
def catches_here(n):
    caught = 0
    for i in range(n):
        try:
            outer(i, i if i % 100 == 99 else -1)
        except Boom:
            caught += 1
    return caught


def catches_inside(x):
    try:
        return leaf(x, x if x % 50 == 0 else -1)
    except Boom as e:
        return len(str(e))
    finally:
        catches_inside.count += 1


catches_inside.count = 0


def through(n):
    total = 0
    for i in range(n):
        total += catches_inside(i)
    return total


print(catches_here(3000), through(3000), catches_inside.count)


def always(x):
    raise Boom(x)


def storm(n):
    hits = 0
    for i in range(n):
        try:
            always(i)
        except Boom as e:
            hits += e.args[0] == i
    return hits


print(storm(2000))


# ── other types than expected, deep inside ──
class Point:
    def __init__(self, x, y=0):
        self.x = x
        self.y = y

    def plus(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def size(self):
        return self.x * self.x + self.y * self.y

    @property
    def both(self):
        return self.x, self.y

    @staticmethod
    def origin():
        return Point(0)

    @classmethod
    def at(cls, x):
        return cls(x, y=x)


class Other:
    """Another shape with the same names."""

    def __init__(self, x):
        self.extra = None
        self.y = 1
        self.x = x

    def size(self):
        return -self.x


def measure(p):
    return p.size() + 1


def sizes(points):
    total = 0
    for p in points:
        total += measure(p)
    return total


points = [Point(i, 1) for i in range(2000)]
print(sizes(points))
print(sizes(points + [Point(0.5, 0.25), Other(3), Point(1 << 70, 1)] + points[:10]))
show(sizes, points[:5] + [None])
show(sizes, [Point("a", 1)])


def build(n):
    p = Point.origin()
    for i in range(n):
        p = p.plus(Point(i)).plus(Point.at(1))
    return p.both


print(build(3000))


# ── functions, defaults and classes that change ──
def step(x, by=1, *, scale=1):
    return x + by * scale


def steps(n):
    x = 0
    for _ in range(n):
        x = step(x)
        x = step(x, scale=2)
        x = step(by=3, x=x)
    return x


print(steps(2000))
step.__defaults__ = (10,)
print(steps(2000))
step.__kwdefaults__ = {"scale": 5}
print(steps(2000))
step.__kwdefaults__["scale"] = 7
print(steps(2000))
step.__code__ = (lambda x, by=1, *, scale=1: x - by * scale).__code__
print(steps(2000))


def change():
    global callee
    callee = lambda x: -x


def callee(x):
    if x == 1500:
        change()
    return x


def redefined(n):
    total = 0
    for i in range(n):
        total += callee(i)
    return total


print(redefined(2000))


def make(n):
    last = None
    for i in range(n):
        last = Point(i, 2)
    return last.x, last.y


print(make(2000))


def init(self, x, y=0):
    self.x, self.y = y, x


Point.__init__ = init
print(make(2000))


def new(cls, *args):
    new.calls += 1
    return object.__new__(cls)


new.calls = 0
Point.__new__ = new
print(make(2000), new.calls)


class Returns:
    def __init__(self, x):
        self.x = x


def returns(n):
    made = None
    for i in range(n):
        made = Returns(i)
    return made.x


print(returns(2000))
Returns.__init__ = lambda self, x: 5
show(returns, 10)


class Plain:
    pass


def plain(n):
    made = None
    for i in range(n):
        made = Plain()
        made.n = i
    return made.n


print(plain(2000))
Plain.__init__ = lambda self: setattr(self, "n", None) or setattr(Plain, "seen", True)
print(plain(2000), Plain.seen)


# ── frames ──
def third(x):
    return names(5) if x == 2500 else None


def second(x):
    return third(x)


def first(x):
    return second(x)


def walk(n):
    found = None
    for i in range(n):
        found = first(i) or found
    return found


print(walk(3000))


def locals_of(x):
    y = x + 1
    if x == 2500:
        frame = sys._getframe(1)
        return y, frame.f_locals["a"], frame.f_back.f_locals["i"], frame.f_lineno - frame.f_code.co_firstlineno
    return None


def keeps(a):
    b = a * 2
    return locals_of(a) or b


def looks(n):
    out = None
    for i in range(n):
        got = keeps(i)
        if type(got) is tuple:
            out = got
    return out


print(looks(3000))


# ── recursion ──
def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def forever(n):
    return forever(n + 1)


print(down(100), max(down(50) for _ in range(100)))
try:
    forever(0)
except RecursionError as e:
    print(type(e).__name__, e)


# ── the end of objects: not before the callee returns, not after ──
log = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def uses(o, target):
    target.last = 5
    log.append("used")
    return 1


def drops(o):
    o = None
    log.append("dropped")
    return 2


def ends(n):
    target = Plain()
    for i in range(n):
        if i == n - 1:
            del log[:]
        uses(Noisy("a"), target)
        drops(Noisy("b"))
        log.append("end")
    return list(log)


print(ends(1000))


class Dies:
    def __del__(self):
        Dies.gone += 1
        if Dies.gone == 1500:
            globals()["helper"] = lambda x: x + 100


Dies.gone = 0


def helper(x):
    return x


def replaced(n):
    total = 0
    for i in range(n):
        Dies()
        total += helper(1)
    return total


print(replaced(2000), Dies.gone)


# ── keyword arguments, stars, closures, bound methods ──
def many(a, /, b, *rest, c=3, **named):
    return a + b * 10 + c * 100 + len(rest) * 1000 + len(named) * 10000


def shapes(n):
    total = 0
    for i in range(n):
        total += many(1, 2) + many(1, 2, 3, 4) + many(1, b=2, c=4) + many(1, c=1, b=i, z=0) + many(*[1, 2], **{"c": 5})
    return total


print(shapes(1000))
show(many)
show(many, 1)


def adder(n):
    def add(x, y=1):
        nonlocal n
        n += 1
        return x + y + n
    return add


def closures(n):
    one, two = adder(1), adder(2)
    total = 0
    for i in range(n):
        total += one(i) + two(i, 2)
    return total


print(closures(2000))


class Counter:
    def __init__(self):
        self.n = 0

    def tick(self, by=1):
        self.n += by
        return self.n


class Loud(Counter):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def tick(self, by=1):
        self.calls += 1
        return super().tick(by * 2)


def bound(n):
    counter, loud = Counter(), Loud()
    tick = counter.tick
    for i in range(n):
        tick()
        tick(by=2)
        (counter if i % 3 else loud).tick()
    return counter.n, loud.n, loud.calls


print(bound(3000))


def natives(n):
    items, found, text = [], {}, "a,b"
    total = 0
    for i in range(n):
        items.append(i)
        found[i % 7] = found.get(i % 7, 0) + 1
        total += len(items) + min(i, 3) + max(i, 5, 2) + abs(-i) + isinstance(i, int) + isinstance(items, (tuple, dict))
        total += len(text.split(",")) + ord("a") + (items.pop() if i % 10 == 0 else 0)
    return total, len(items), sorted(found.items())


print(natives(2000))
show(lambda: [isinstance(x, 5) for x in (1, 2)])


# ── functions that end with the call that they are made for ──
def fresh(k):
    def add(v, fail=False):
        if fail:
            raise Boom(v)
        return v + k
    return add


def made_for_one_call(n):
    total = 0
    for i in range(n):
        total += fresh(i)(1, False)
        try:
            fresh(i)(i, i % 400 == 399)
        except Boom as e:
            total += e.args[0]
        if i == n - 1:
            total += fresh(0.5)(i, False)
    return total


print(made_for_one_call(2000))
