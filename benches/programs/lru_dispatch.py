"""A cache with linked entries, dispatch tables, keyword arguments, closures and exceptions, as server code has them."""
N = 30000


class Entry:
    __slots__ = ("key", "value", "before", "after")

    def __init__(self, key, value):
        self.key, self.value, self.before, self.after = key, value, None, None


class Cache:
    def __init__(self, size):
        self.size = size
        self.entries = {}
        self.head, self.tail = Entry(None, None), Entry(None, None)
        self.head.after, self.tail.before = self.tail, self.head
        self.hits = self.misses = 0

    def unlink(self, e):
        e.before.after, e.after.before = e.after, e.before

    def front(self, e):
        e.before, e.after = self.head, self.head.after
        self.head.after.before = e
        self.head.after = e

    def __getitem__(self, key):
        e = self.entries.get(key)
        if e is None:
            self.misses += 1
            raise KeyError(key)
        self.hits += 1
        self.unlink(e)
        self.front(e)
        return e.value

    def __setitem__(self, key, value):
        if len(self.entries) >= self.size:
            last = self.tail.before
            self.unlink(last)
            del self.entries[last.key]
        e = self.entries[key] = Entry(key, value)
        self.front(e)


ROUTES = {}


def route(name, *, cost=1, **options):
    def register(fn):
        def call(*args, **kwargs):
            return fn(*args, cost=cost, **kwargs)
        ROUTES[name] = call, options
        return fn
    return register


@route("add", cost=2, auth=True)
def add(a, b, *, cost):
    return a + b + cost


@route("join")
def join(*parts, cost, sep="-"):
    return sep.join(map(str, parts)) * cost


@route("fail", auth=False)
def fail(a, *, cost):
    raise ValueError(a)


class Server:
    def __init__(self):
        self.cache = Cache(50)
        self.log = []

    def handle(self, name, args, **kwargs):
        try:
            fn, options = ROUTES[name]
        except KeyError:
            return self.error("unknown", name)
        key = (name, args)
        try:
            return self.cache[key]
        except KeyError:
            pass
        try:
            result = fn(*args, **kwargs)
        except ValueError as e:
            return self.error("failed", e)
        self.cache[key] = result
        return result

    def error(self, why, what):
        self.log.append(f"{why}: {what}")
        if len(self.log) > 100:
            self.log.clear()
        return None


def main(n):
    server = Server()
    total = 0
    for i in range(n):
        r = server.handle("add", (i % 70, i % 3))
        total += r
        if i % 5 == 0:
            total += len(server.handle("join", (i % 10, "x"), sep="+"))
        if i % 7 == 0:
            server.handle("fail", (i,))
        if i % 11 == 0:
            server.handle("nowhere", ())
    return total, server.cache.hits, server.cache.misses, len(server.log)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
