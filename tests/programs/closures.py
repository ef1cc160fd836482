"""Cells: nonlocal, late binding, shared cells, closures over loop variables, arguments and classes."""


def counter(start=0):
    n = start

    def inc(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return inc, get


inc, get = counter(5)
inc2, get2 = counter()
print(inc(), inc(10), get(), inc2(), get2())


def three():
    a = 1
    def two():
        b = 2
        def one():
            nonlocal a, b
            a, b = a + b, a
            return a, b
        return one
    return two()


f = three()
print(f(), f(), f())


def late():
    def show():
        return value
    try:
        show()
    except NameError as e:
        print(type(e).__name__, e)
    value = "bound later"
    print(show())
    del value
    try:
        show()
    except NameError as e:
        print(type(e).__name__, e)


late()


def argument_captured(x, *args, y=2, **kw):
    def change():
        nonlocal x, args, y, kw
        x += 1
        args += (x,)
        y *= 2
        kw = {**kw, "x": x}
        return x, args, y, kw
    change()
    return change()


print(argument_captured(1, 2, 3, z=4))
fs = []
for i in range(3):
    def show():
        return i
    fs.append(show)
print([f() for f in fs])


def loop_cells():
    fs = []
    for i in range(3):
        def show():
            return i
        fs.append(show)
    i = "after"
    return [f() for f in fs]


print(loop_cells())
print(inc.__closure__[1 if "n" == inc.__code__.co_freevars[-1] and len(inc.__closure__) > 1 else 0].cell_contents, inc.__code__.co_freevars)


def make_class(tag):
    class Inner:
        label = tag
        def read(self):
            return tag, self.label, __class__.__name__
    tag = tag + "!"
    return Inner


c = make_class("t")
print(c().read(), c.label)


def memo(fn):
    cache = {}
    def wrapper(n):
        if n not in cache:
            cache[n] = fn(n)
        return cache[n]
    wrapper.cache = cache
    return wrapper


@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), len(fib.cache))


def recursive_lambda():
    fact = lambda n: 1 if n == 0 else n * fact(n - 1)
    return fact(10)


print(recursive_lambda())


def generator_closure():
    total = 0
    def add(n):
        nonlocal total
        total += n
    def run():
        for k in range(4):
            add(k)
            yield total
    return list(run())


print(generator_closure())
x = "global"


def class_scope():
    x = "function"
    class A:
        print(x)
        x = "class"
        print(x)
        def m(self):
            return x
    return A().m()


print(class_scope())


def class_reads_before_assignment():
    class A:
        y = x
        def get(self): return x
    return A.y, A().get()


print(class_reads_before_assignment())


def cell_type():
    v = 1
    def f(): return v
    cell = f.__closure__[0]
    cell.cell_contents = "rewritten"
    return f(), v, type(cell).__name__


print(cell_type())


def compose(*fns):
    def run(v):
        for fn in fns:
            v = fn(v)
        return v
    return run


print(compose(lambda v: v + 1, str, lambda s: s * 2)(4))
def exc_in_closure():
    e = "mine"
    try:
        raise ValueError("x")
    except ValueError as e:
        def inside():
            return e
        print(inside())
    try:
        print(inside())
    except NameError as err:
        print(err)
exc_in_closure()
