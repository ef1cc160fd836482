"""An LRU cache with statistics, a time-to-live cache, memoising decorators, and plugins registered by a metaclass."""
from collections import OrderedDict
from functools import wraps


class Missing(KeyError):
    pass


class LruCache:
    """A dict and a doubly linked list of nodes."""
    class Node:
        __slots__ = ("key", "value", "before", "after")

        def __init__(self, key=None, value=None):
            self.key, self.value = key, value
            self.before = self.after = self

    def __init__(self, capacity):
        self.capacity = capacity
        self.nodes = {}
        self.ends = LruCache.Node()
        self.hits = self.misses = self.evictions = 0

    def _unlink(self, node):
        node.before.after = node.after
        node.after.before = node.before

    def _link(self, node):
        last = self.ends.before
        last.after = self.ends.before = node
        node.before, node.after = last, self.ends

    def __getitem__(self, key):
        try:
            node = self.nodes[key]
        except KeyError:
            self.misses += 1
            raise Missing(key) from None
        self.hits += 1
        self._unlink(node)
        self._link(node)
        return node.value

    def __setitem__(self, key, value):
        node = self.nodes.get(key)
        if node is not None:
            self._unlink(node)
            node.value = value
        else:
            if len(self.nodes) >= self.capacity:
                self.evictions += 1
                oldest = self.ends.after
                self._unlink(oldest)
                del self.nodes[oldest.key]
            node = self.nodes[key] = LruCache.Node(key, value)
        self._link(node)

    def __len__(self):
        return len(self.nodes)

    def __contains__(self, key):
        return key in self.nodes

    def __iter__(self):
        node = self.ends.after
        while node is not self.ends:
            yield node.key
            node = node.after

    def clear(self):
        while self.nodes:
            _, node = self.nodes.popitem()
            self._unlink(node)
            node.before = node.after = None
        self.ends.before = self.ends.after = self.ends


class OrderedCache(OrderedDict):
    def __init__(self, capacity):
        super().__init__()
        self.capacity = capacity

    def __getitem__(self, key):
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self.capacity:
            self.popitem(last=False)


def drive(cache, n):
    state = 12345
    total = 0
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        key = (state >> 8) % 37 if i % 3 else (state >> 8) % 11
        try:
            total += cache[key]
        except KeyError:
            cache[key] = key * key
    return total


lru, ordered = LruCache(16), OrderedCache(16)
print(drive(lru, 6000), drive(ordered, 6000))
print(lru.hits, lru.misses, lru.evictions, len(lru), list(lru) == list(ordered))
print(list(lru)[:5], 5 in lru, 99 in lru)
try:
    lru["nothing"]
except Missing as e:
    print("missing", e.args, e.__cause__, e.__suppress_context__)
lru.clear()
print(len(lru), list(lru))


def memoised(capacity):
    def decorate(function):
        cache = LruCache(capacity)

        @wraps(function)
        def call(*args, **kwargs):
            key = args, tuple(sorted(kwargs.items()))
            try:
                return cache[key]
            except Missing:
                pass
            result = cache[key] = function(*args, **kwargs)
            return result
        call.cache = cache
        return call
    return decorate


@memoised(100)
def ways(n, *, coins=(1, 2, 5, 10, 20, 50)):
    """Ways of paying n."""
    if n == 0:
        return 1
    if n < 0 or not coins:
        return 0
    return ways(n, coins=coins[:-1]) + ways(n - coins[-1], coins=coins)


print(ways(60), ways.cache.hits, ways.cache.misses, ways.__name__, ways.__doc__)
ways.cache.clear()


class PluginType(type):
    registry = {}

    def __new__(meta, name, bases, namespace, *, handles=(), abstract=False):
        cls = super().__new__(meta, name, bases, namespace)
        cls.handles = tuple(handles)
        if not abstract:
            missing = [m for m in ("load", "dump") if getattr(cls, m, None) is getattr(bases[0] if bases else None, m, 0)]
            if missing:
                raise TypeError(f"{name} lacks {', '.join(missing)}")
            for kind in handles:
                if kind in meta.registry:
                    raise TypeError(f"{kind} is handled by {meta.registry[kind].__name__}")
                meta.registry[kind] = cls
        return cls

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    def __getitem__(cls, kind):
        return cls.registry[kind]

    def __iter__(cls):
        return iter(sorted(cls.registry))


class Plugin(metaclass=PluginType, abstract=True):
    def load(self, text): raise NotImplementedError
    def dump(self, value): raise NotImplementedError


class Pairs(Plugin, handles=("ini", "conf")):
    def load(self, text):
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def dump(self, value):
        return "\n".join(f"{k}={v}" for k, v in value.items())


class Table(Plugin, handles=["csv"]):
    separator = ","

    def load(self, text):
        head, *rows = [line.split(self.separator) for line in text.splitlines()]
        return [dict(zip(head, row)) for row in rows]

    def dump(self, value):
        head = list(value[0])
        return "\n".join(self.separator.join(row) for row in [head, *[[r[h] for h in head] for r in value]])


class Tabs(Table, handles=["tsv"]):
    separator = "\t"
    def load(self, text): return super().load(text)
    def dump(self, value): return super().dump(value)


print(list(Plugin), Plugin["tsv"].__mro__[1].__name__)
text = "a,b\n" + "\n".join(f"{i},{i * i}" for i in range(50))
rows = Plugin["csv"]().load(text)
print(rows[7], Plugin["csv"]().dump(rows) == text)
print(Plugin["tsv"]().dump(rows[:2]).encode(), Pairs().load("a=1\nb=x=y\n#"))
for attempt in ("class Bad(Plugin, handles=['x']): pass",
                "class Again(Plugin, handles=['csv']):\n    load = dump = print"):
    try:
        exec(attempt)
    except TypeError as e:
        print(e)
