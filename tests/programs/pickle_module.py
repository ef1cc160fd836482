# collects: no
"""Pickles of every protocol: data, classes, instances, recursion, persistent ids, errors."""
import pickle, copyreg, io, collections, datetime, decimal, fractions, functools, copy
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return type(o) is type(self) and o.__dict__ == self.__dict__
    def __hash__(self): return 1
class Slots:
    __slots__ = 'a', 'b'
    def __eq__(self, o): return all(getattr(self, n, 0) == getattr(o, n, 0) for n in self.__slots__)
    __hash__ = None
class State:
    def __getstate__(self): return {'kept': self.kept}
    def __setstate__(self, s): self.__dict__.update(s, restored=True)
class Args:
    def __new__(cls, a, *, k): o = object.__new__(cls); o.a, o.k = a, k; return o
    def __getnewargs_ex__(self): return (self.a,), {'k': self.k}
class L(list): pass
class D(dict): pass
class Red:
    def __reduce__(self): return int, ('42',)
N = collections.namedtuple('N', 'x y')
s = Slots(); s.a = 1
st = State(); st.kept, st.lost = 1, 2
l = L([1, 2]); l.z = 3
vals = [None, True, 0, 255, 65536, -1, 2**31, -2**63, 2**200, 1.5, 'text', 'é\U0001f600' * 300, b'', b'\xff' * 300, bytearray(b'ab'), (), (1,), (1, 2, 3), (1, 2, 3, 4), [], [1] * 2000, {}, {1: 2},
        set(), {1, 2}, frozenset({3}), P(1), s, l, D(a=1), N(1, 2), int, len, collections.OrderedDict(a=1), collections.deque([1], 3), datetime.date(2020, 1, 2), decimal.Decimal('1.5'),
        fractions.Fraction(1, 3), functools.partial(int, base=2), range(3), slice(1, 2), 1 + 2j, Ellipsis, NotImplemented, collections.Counter('aab'), collections.defaultdict(list, a=[1])]
for v in vals:
    for p in range(2 * isinstance(v, Slots), pickle.HIGHEST_PROTOCOL + 1):
        r = pickle.loads(pickle.dumps(v, p))
        if isinstance(v, functools.partial): assert r('11') == 3
        else: assert r == v and type(r) is type(v), (v, p, r)
        assert copy.deepcopy(v) == v or isinstance(v, functools.partial)
print(len(vals), pickle.HIGHEST_PROTOCOL, pickle.DEFAULT_PROTOCOL)
for p in range(6):
    r = pickle.loads(pickle.dumps(st, p)); print(sorted(r.__dict__.items()), end=' ')
    if p >= 2: r = pickle.loads(pickle.dumps(Args(1, k=2), p)); print(r.a, r.k, end=' ')
    print(pickle.loads(pickle.dumps(Red(), p)))
rec = [1]; rec.append(rec); r = pickle.loads(pickle.dumps(rec)); print(r[1] is r)
o = P(None); o.x = [o]; r = pickle.loads(pickle.dumps(o)); print(r.x[0] is r)
sh = [1]; r = pickle.loads(pickle.dumps([sh, sh])); print(r[0] is r[1])
class Pk(pickle.Pickler):
    def persistent_id(self, o): return 'pid' if isinstance(o, P) else None
class Up(pickle.Unpickler):
    def persistent_load(self, pid): return 'loaded ' + pid
    def find_class(self, m, n):
        if n == 'Slots': raise pickle.UnpicklingError('forbidden')
        return super().find_class(m, n)
f = io.BytesIO(); Pk(f).dump([P(1), 2]); f.seek(0); print(Up(f).load())
f = io.BytesIO(pickle.dumps(s))
try: Up(f).load()
except pickle.UnpicklingError as e: print(e)
f = io.BytesIO(); pickle.dump(1, f); pickle.dump('two', f); f.seek(0); print(pickle.load(f), pickle.load(f))
for bad in (b'', b'\x80\x04', b'\x80\x63.', b'cnosuch\nthing\n.'):
    try: pickle.loads(bad)
    except Exception as e: print(type(e).__name__)
for v in (lambda: 0, (i for i in ()), type('Local', (), {})()):
    try: pickle.dumps(v)
    except Exception as e: print(type(e).__name__)
b = pickle.PickleBuffer(b'data') if hasattr(pickle, 'PickleBuffer') else None
copyreg.pickle(complex, lambda c: (complex, (c.imag, c.real))); print(pickle.loads(pickle.dumps(1 + 2j)))
print(pickle.dumps([1, 'a', {'b': 2.5}], 0), pickle.dumps((1, None, True), 2))
