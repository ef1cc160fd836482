"""What is thrown into a chain of generators and coroutines comes back with one entry a frame in its traceback."""
class Aw:
    def __init__(self, v): self.v = v
    def __await__(self):
        r = yield self.v
        return r
import sys
def show():
    e=sys.exception()
    while e:
        tb=e.__traceback__
        print(type(e).__name__, e)
        while tb: print("   ",tb.tb_frame.f_code.co_name, tb.tb_lineno); tb=tb.tb_next
        e=e.__context__
async def co(): await Aw(1)
async def agen():
    try:
        yield 1
        await Aw(1)
    finally:
        pass
async def coll(g):
    async for x in g: pass
def gen():
    x = yield 1
def gen2(): 
    yield from gen()
def gen3():
    try: yield from gen2()
    finally: x = 2
def gen4(): return (yield from It())
class It:
    n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 2: raise ValueError("it")
        return 1
async def acomp(): return [x async for x in agen()]
async def acomp2(): 
    async with CM(): await Aw(3)
class CM:
    async def __aenter__(s): await Aw(2)
    async def __aexit__(s, *a): await Aw(4)
def gstop():
    yield 1
    raise StopIteration(3)
def gstop2():
    yield from gstop()
async def an():
    x = agen()
    await x.__anext__()
    await x.__anext__()
async def athrow():
    x = agen()
    await x.__anext__()
    await x.athrow(ValueError("z"))
for mk in (co, lambda: coll(agen()), gen, gen2, gen3, gen4, acomp, acomp2, gstop, gstop2, an, athrow):
    for n in range(4):
        for act in ("throw", "send", "close"):
            c = mk()
            try:
                for j in range(n): c.send(None)
                if act == "throw": c.throw(KeyError(1))
                elif act == "close": c.close()
                else:
                    while 1: c.send(None)
            except BaseException: print(mk.__name__, n, act); show()
def suggestions():
    import traceback
    def unbound():
        def g(): return i6
        try: g()
        except NameError as e: print("".join(traceback.format_exception(e)).splitlines()[-1])
        i6 = 3
    unbound()
    for text in ("inx", "alph", "x" * 50, "x" * 39 + "y"):
        try: exec(text, {"alpha": 1, "x" * 52: 2, "inn": 3})
        except NameError as e: print("".join(traceback.format_exception(e)).splitlines()[-1])
suggestions()
def names():
    def local(): x += 1
    def free():
        def inner(): return y
        inner(); y = 1
    for f in (local, free):
        try: f()
        except NameError as e: print(type(e).__name__, e.name)
names()
