"""async and await driven by hand: scheduler, awaitables, async for, async with, errors."""


class Sleep:
    def __init__(self, n): self.n = n
    def __await__(self):
        got = yield ("sleep", self.n)
        return got


async def child(name, n):
    r = await Sleep(n)
    return f"{name}:{r}"


async def parent():
    a = await child("a", 1)
    b = await child("b", 2)
    return [a, b]


def drive(coro):
    value = None
    trace = []
    while True:
        try:
            req = coro.send(value)
        except StopIteration as e:
            return trace, e.value
        trace.append(req)
        value = f"done{req[1]}"


print(drive(parent()))


class CM:
    def __init__(self, tag, swallow=False): self.tag, self.swallow = tag, swallow
    async def __aenter__(self):
        await Sleep(0)
        print("enter", self.tag)
        return self
    async def __aexit__(self, t, v, tb):
        await Sleep(0)
        print("exit", self.tag, t.__name__ if t else None)
        return self.swallow


class Counter:
    def __init__(self, n): self.n, self.i = n, 0
    def __aiter__(self): return self
    async def __anext__(self):
        await Sleep(self.i)
        self.i += 1
        if self.i > self.n:
            raise StopAsyncIteration
        return self.i


async def agen(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                print("asend", got)
            await Sleep(i)
    finally:
        print("agen closed")


async def use_all():
    async with CM("one") as a, CM("two", True):
        raise ValueError("swallowed")
    print("after with", a.tag)
    async for v in Counter(2):
        print("for", v)
    else:
        print("else")
    print([v async for v in Counter(3) if v != 2])
    print({v: w async for v in Counter(2) for w in "x"})
    print([await child("c", v) for v in (7, 8)])
    async for v in agen(2):
        print("agen", v)
    g = agen(5)
    print(await g.__anext__(), await g.asend("hey"))
    try:
        await g.athrow(KeyError("thrown in"))
    except KeyError as e:
        print("out", e)
    try:
        await anext(g)
    except StopAsyncIteration:
        print("finished")
    print(await anext(Counter(0), "default"))
    g = agen(3)
    await anext(g)
    await g.aclose()
    return "end"


trace, value = drive(use_all())
print(len(trace), value)


async def fails():
    try:
        await Sleep(1)
    finally:
        print("cleanup")


c = fails()
c.send(None)
try:
    c.throw(RuntimeError("injected"))
except RuntimeError as e:
    print(e)
c = fails(); c.send(None); c.close()
c = parent()
print(type(c).__name__, c.__name__, c.cr_running, c.cr_await)
c.close()
async def bad_await(): await 5
try:
    bad_await().send(None)
except TypeError as e:
    print(e)
async def bad_for():
    async for _ in [1]: pass
try:
    bad_for().send(None)
except TypeError as e:
    print(e)
async def bad_with():
    async with 5: pass
try:
    bad_with().send(None)
except TypeError as e:
    print(e)
c = child("z", 1); c.send(None)
try:
    c.send("v")
except StopIteration as e:
    print(e.value)
try:
    c.send(None)
except RuntimeError as e:
    print(e)


class Loop:
    "A round-robin scheduler."
    def __init__(self): self.queue, self.now, self.out = [], 0, []
    def spawn(self, c): self.queue.append((0, len(self.queue), c))
    def run(self):
        k = 100
        while self.queue:
            self.queue.sort(key=lambda t: t[:2])
            when, _, c = self.queue.pop(0)
            self.now = max(self.now, when)
            try:
                _, d = c.send(None)
            except StopIteration as e:
                self.out.append((self.now, e.value))
                continue
            k += 1
            self.queue.append((self.now + d, k, c))


async def worker(name, delays):
    for d in delays:
        await Sleep(d)
    return name


loop = Loop()
for spec in (("slow", [5, 5]), ("fast", [1]), ("mid", [2, 2, 2])):
    loop.spawn(worker(*spec))
loop.run()
print(loop.out)
import types
@types.coroutine
def legacy():
    x = yield ("sleep", 42)
    return x
async def uses_legacy(): return await legacy()
print(drive(uses_legacy()))
async def gen_in_async():
    return sum([x async for x in agen(3)]), [y for y in [await child("q", 1)]]
print(drive(gen_in_async())[1])
async def ag_expr():
    return [v async for v in (i * 2 async for i in Counter(3))]
print(drive(ag_expr())[1])
