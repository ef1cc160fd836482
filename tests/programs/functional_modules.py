"""operator, heapq, bisect, copy, reprlib, random, abc, types, contextlib bits."""
import operator as op, heapq, bisect, copy, reprlib, random, abc, types
print(op.add(1, 2), op.itemgetter(1)([5, 6]), op.itemgetter(0, 2)("abc"), op.attrgetter("real")(5), op.attrgetter("a.b", "a")(types.SimpleNamespace(a=types.SimpleNamespace(b=1)))[0], op.methodcaller("upper")("x"), op.methodcaller("split", ",", maxsplit=1)("a,b,c"), op.contains([1], 1), op.index(True), op.truth([]), op.is_(None, None), op.concat("a", "b"), op.countOf([1, 1], 1), op.indexOf([3, 4], 4), op.iadd([1], [2]), op.not_(0), op.neg(5), op.getitem({"a": 1}, "a"), op.setitem(l := [1], 0, 9), l, op.pow(2, 3), op.matmul.__name__, op.itemgetter(slice(1, 3))("abcd"), op.call(len, "abc"))
h = []
for v in (5, 1, 4, 1, 3): heapq.heappush(h, v)
print(h[0], [heapq.heappop(h) for _ in range(5)], heapq.nsmallest(2, [3, 1, 2]), heapq.nlargest(2, "abc", key=ord), list(heapq.merge([1, 4], [2, 3])), heapq.heapreplace(x := [1, 5], 3), x, heapq.heappushpop(x, 0)); y = [9, 3, 7, 1]; heapq.heapify(y); print(y, list(heapq.merge([3, 1], [2], reverse=True)))
a = [1, 3, 3, 5]; print(bisect.bisect(a, 3), bisect.bisect_left(a, 3), bisect.bisect_right(a, 0), bisect.bisect_left(a, 9), bisect.bisect(["a", "bb"], 2, key=len), bisect.bisect_left(a, 3, 2, 3)); bisect.insort(a, 4); bisect.insort_left(a, 1); print(a)
class Deep:
    def __init__(self, v): self.v, self.me = v, self
o = Deep([1, [2]]); c = copy.copy(o); dc = copy.deepcopy(o); print(c.v is o.v, dc.v is o.v, dc.v == o.v, dc.me is dc, c.me is o)
l = [1]; l.append(l); d = copy.deepcopy(l); print(d[1] is d, copy.copy({1: [2]}), copy.deepcopy((1, [2])), copy.deepcopy({"a": {1, 2}}) == {"a": {1, 2}}, copy.copy(5), copy.deepcopy(len) is len)
class Cust:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep copied"
print(copy.copy(Cust()), copy.deepcopy([Cust()]))
class Sl:
    __slots__ = ("a", "b")
s = Sl(); s.a = [1]; t = copy.deepcopy(s); print(t.a, t.a is s.a, hasattr(t, "b")); print(copy.replace(types.SimpleNamespace(a=1, b=2), b=3))
print(reprlib.repr(list(range(100))), reprlib.repr("x" * 100), reprlib.repr({i: i for i in range(10)}))
class R:
    @reprlib.recursive_repr()
    def __repr__(self): return f"<{self!r}>"
print(R())
r = random.Random(42); print(r.random(), r.randint(1, 100), r.choice("abcdef"), r.sample(range(100), 5), r.uniform(1, 2), r.gauss(0, 1), r.choices("ab", k=5), r.getrandbits(70), r.randrange(0, 100, 7), r.betavariate(2, 3), r.triangular()); x = list(range(10)); r.shuffle(x); print(x); st = r.getstate(); v = r.random(); r.setstate(st); print(v == r.random()); r.seed("text"); print(r.random()); print(random.Random(b"bytes").randbytes(4), random.Random(1.5).random(), random.Random(-7).random())
class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
    @property
    @abc.abstractmethod
    def p(self): ...
    def g(self): return "concrete"
try: Abs()
except TypeError as e: print(e)
class Half(Abs):
    def f(self): return 1
try: Half()
except TypeError as e: print(e)
class Full(Half): p = 5
print(Full().f(), Full().p, Full().g(), Abs.__abstractmethods__ == {"f", "p"}, Full.__abstractmethods__)
@Abs.register
class Virtual: pass
print(isinstance(Virtual(), Abs), issubclass(Virtual, Abs), Abs in Virtual.__mro__)
class Hook(abc.ABC):
    @classmethod
    def __subclasshook__(cls, c): return hasattr(c, "quack") or NotImplemented
class Duck: quack = 1
print(issubclass(Duck, Hook), issubclass(int, Hook), isinstance(Duck(), Hook))
ns = types.SimpleNamespace(a=1, b="x"); ns.c = [ns]; print(ns == types.SimpleNamespace(**vars(ns)), types.SimpleNamespace(q=1)); m = types.MappingProxyType({"k": 1}); print(m["k"], dict(m), m | {"z": 2})
try: m["k"] = 2
except TypeError as e: print(e)
print(types.FunctionType is type(lambda: 0), types.GeneratorType.__name__, types.new_class("Dyn", (int,), {}, lambda ns: ns.update(z=1)).z, types.resolve_bases((int,)), isinstance(types.BuiltinFunctionType, type), types.DynamicClassAttribute.__name__, isinstance(print, types.BuiltinFunctionType), types.NoneType, types.EllipsisType, types.coroutine.__name__)
