# collects: no
"""Deep recursion ends in RecursionError wherever it happens, and the program goes on."""
import sys


def down(n): return 1 + down(n + 1)


def attempt(label, f):
    try:
        f()
        print(label, "no error")
    except RecursionError as e:
        print(label, type(e).__name__)


attempt("function", lambda: down(0))


class A:
    def __repr__(self): return repr(self)
    def __eq__(self, o): return self == o
    def __hash__(self): return hash(self)
    def __getattr__(self, n): return getattr(self, n + "x")
    def __call__(self): return self()
    def __len__(self): return len(self)
    def __iter__(self): return iter(self)
    def __add__(self, o): return self + o
    def __bool__(self): return bool(self)
    def __getitem__(self, k): return self[k]
    @property
    def p(self): return self.p
    def __contains__(self, x): return x in self
    def __str__(self): return f"{self}"


a = A()
for label, f in {"repr": lambda: repr(a), "eq": lambda: a == A(), "hash": lambda: hash(a), "getattr": lambda: a.zz, "call": lambda: a(), "len": lambda: len(a),
                 "iter": lambda: iter(a), "add": lambda: a + 1, "bool": lambda: bool(a), "item": lambda: a[0], "property": lambda: a.p, "contains": lambda: 1 in a,
                 "str": lambda: str(a)}.items():
    attempt(label, f)


def gen(n):
    yield n
    yield from gen(n + 1)


def run_gen():
    for _ in gen(0): pass


attempt("generator", run_gen)
l = []
for _ in range(100_000): l = [l]
try: len(repr(l))
except RecursionError: pass
print("nested repr is no crash")
m = []
for _ in range(100_000): m = [m]
attempt("nested eq", lambda: l == m)
t = ()
for _ in range(100_000): t = (t,)
attempt("nested hash", lambda: hash(t))
del l, m, t
print("deallocated")


def with_finally(n, log):
    try:
        with_finally(n + 1, log)
    finally:
        if n < 3: log.append(n)


log = []
attempt("finally", lambda: with_finally(0, log))
print(log)


def swallow(n):
    try:
        return swallow(n + 1)
    except RecursionError:
        return "swallowed"


print(swallow(0))
old = sys.getrecursionlimit()
sys.setrecursionlimit(5000)
def depth(n): return n if n == 0 else depth(n - 1)
print(depth(3000))
sys.setrecursionlimit(old)
def mutual_a(n): return mutual_b(n)
def mutual_b(n): return mutual_a(n)
attempt("mutual", lambda: mutual_a(0))
attempt("sort key", lambda: sorted([1, 2], key=down))
attempt("map", lambda: list(map(down, [1])))
attempt("comprehension", lambda: [down(i) for i in range(2)])
class D(dict):
    def __missing__(self, k): return self[k + 1]
attempt("missing", lambda: D()[0])
r = []; r.append(r)
print(r, [r] == [r])
d = {}; d["me"] = d
print(d)
def work(n):
    if n == 0: return 0
    return 1 + work(n - 1)
print(work(900), sum(work(i) for i in range(50)))
