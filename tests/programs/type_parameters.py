"""PEP 695 type parameters and type statements; deferred annotations."""
def first[T](xs: list[T]) -> T: return xs[0]
class Stack[T, *Ts, **P]:
    def __init__(self): self.items: list[T] = []
    def push(self, v: T) -> "Stack[T]":
        self.items.append(v)
        return self
    def pop[U](self, default: U = None) -> T | U: return self.items.pop() if self.items else default
print(first([1, 2]), first.__type_params__, Stack.__type_params__, Stack.pop.__type_params__)
print(Stack().push(1).push(2).pop(), Stack.__parameters__ == Stack.__type_params__)
T, Ts, P = Stack.__type_params__
print(type(T).__name__, T.__name__, T.__bound__, type(Ts).__name__, type(P).__name__)
type Alias = int | str
type Pair[A, B] = tuple[A, B]
type Rec = list[Rec] | int
print(Alias, Alias.__value__, Alias.__name__, Pair.__type_params__, Pair.__value__, Rec.__value__, type(Alias).__name__)
type Lazy = undefined_name
try:
    Lazy.__value__
except NameError as e:
    print(e)
undefined_name = int
print(Lazy.__value__)
def bound[T: (int, str), U: Rec, V = int](a: T): pass
t, u, v = bound.__type_params__
print(t.__constraints__, u.__bound__, v.__default__, t.__bound__, v.has_default(), u.has_default())


def annotated(a: int, b: missing_type, *args: str, k: "quoted" = 1, **kw: float) -> None: pass


try:
    annotated.__annotations__
except NameError as e:
    print(e)
missing_type = list
print(annotated.__annotations__)
class Fields:
    x: int
    y: str = "d"
    z: Later
    count: Fields
try:
    Fields.__annotations__
except NameError as e:
    print(e)
Later = dict
print(Fields.__annotations__, Fields.y, hasattr(Fields, "x"))
side: print("module annotations are not run")
x: int = 5
(y): int = 6
def local():
    a: undefined_here = 1
    b: int
    try: return a, b
    except UnboundLocalError as e: return a, str(e)
print(local(), x, y, "x" in __annotations__ if "__annotations__" in globals() else "lazy")
annotated.__annotations__["a"] = "changed"
print(annotated.__annotations__["a"], (lambda: 0).__annotations__)
print(annotated.__annotate__(1)["k"], Fields.__annotate__ is not None, local.__annotate__)
def no(): pass
print(no.__annotations__, no.__annotate__)
class Child(Stack):
    def size(self): return len(self.items)
print(Child().push(1).size(), Child.__mro__[1].__name__, list[int], dict[str, int].__args__, int | None, list[int] | str)
print(list[int]([1]), isinstance(1, int | str), isinstance([], int | str), type(int | str).__name__, type(list[int]).__name__, tuple[int, ...], (int | str) == (str | int))
def scope[T](v: T):
    class Inner[U]:
        def get[V](self, a: T, b: U, c: V): return T, U, V
    return [p.__name__ for p in Inner().get(1, 2, 3)]
print(scope(1))
def gen[T](): yield T.__name__
async def co[T](): return T.__name__
print(list(gen()), gen.__name__)
try: co().send(None)
except StopIteration as e: print(e.value)
