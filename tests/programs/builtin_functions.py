"""Built-in functions and their odd arguments."""
for e in ("abs(-5)", "abs(-2.5)", "all([1, 0])", "any('')", "ascii('é')", "bin(-5)", "bool([])", "callable(print)", "chr(8364)", "complex(1, 2)", "dict(a=1)", "divmod(-7, 2)", "list(enumerate('ab', 1))", "eval('1+1')", "list(filter(str.isalpha, 'a1b'))", "float('1.5')", "format(3.14159, '.2f')", "format('x', '>3')", "frozenset([1])", "getattr(1, 'real')", "hash('') == hash('')", "hex(-255)", "int('-12')", "isinstance(1, (str, int))", "issubclass(int, object)", "len({1: 2})", "list('ab')", "list(map(pow, [2, 3], [3, 2]))", "max(1, 5, 3)", "max([1, 5], key=lambda v: -v)", "min('b', 'a')", "min([], default=None)", "oct(8)", "ord('a')", "pow(2, 10)", "pow(2, 10, 1000)", "pow(2, -1)", "list(range(5, 0, -2))", "range(10)[2:8:2]", "repr('a')", "list(reversed([1, 2]))", "round(2.567, 1)", "round(15, -1)", "sorted('bca', reverse=True)", "str(b'x', 'ascii')", "sum([1, 2], 10)", "sum([0.1] * 3)", "sum([[1], [2]], [])", "tuple('ab')", "type(1).__name__", "list(zip('ab', [1, 2]))", "list(zip())", "list(map(None.__class__, []))", "slice(1, 10, 2).indices(5)", "slice(None, None, -1).indices(3)", "range(5) == range(0, 5, 1)", "hash(range(3)) == hash(range(0, 3))", "range(0, 10, 3).index(6)", "6 in range(0, 10, 3)", "7 in range(0, 10, 3)", "len(range(0, -10, -3))", "range(10 ** 20)[10 ** 19]", "range(3).count(2)", "repr(range(1, 5, 2))", "bool(range(0))", "slice(1, 2) == slice(1, 2)", "iter(int, 0).__next__.__name__", "list(iter(iter([1, 2, 0, 3]).__next__, 0))", "next(iter([]), 'd')", "object() == object()", "print()", "id(None) == id(None)", "type('X', (), {})().__class__.__name__", "memoryview(b'a').tolist()", "str(Ellipsis)", "NotImplemented is NotImplemented", "__debug__", "sum('ab', '')", "sum([b''], b'')", "abs()", "len(1, 2)", "chr(0x110000)", "ord('')", "int('a', 99)", "int(1, 2)", "int('9' * 10, 2)", "round('a')", "range(0, 1, 0)", "range('a')", "range()", "iter(1)", "iter(1, 2)", "next(1)", "pow(1, 2, 0)", "pow(1.5, 2, 3)", "max()", "max(1)", "max([])", "min(1, 'a')", "sorted(1)", "sorted([1, 'a'])", "sum(1)", "sum(['a'])", "zip(1)", "map(1)", "filter(1)", "list(map(1, [1]))", "isinstance(1, 'a')", "issubclass(1, int)", "getattr(1, 'x')", "getattr(1, 2)", "setattr(1, 'x', 2)", "hasattr(1, 2)", "hash([])", "hash({})", "type(1, 2)", "type('X', 1, {})", "dict(1)", "dict([[1]])", "set(1)", "tuple(1)", "list(1)", "str(1, 2)", "bytes('a')", "complex('1+')", "float('a')", "bool(1, 2)", "divmod(1, 0)", "divmod('a', 1)", "format(1, 2)", "format(1, 'z')", "enumerate()", "reversed({1})", "reversed(1)", "super()", "vars(1)", "open('/nonexistent/file')", "compile('1', 'f', 'bad')", "eval('1 +')", "exec('raise KeyError(1)')", "input.__name__", "__import__('sys').__name__", "slice()", "memoryview(1)", "staticmethod(1).__func__", "classmethod(1).__func__", "property(1).fget", "object(1)", "print(1, sep=2)", "print(1, bad=2)", "callable()", "chr('a')", "ord(1)", "hex(1.5)", "bin('a')", "oct([])", "list(zip([1], [2, 3], strict=True))", "list(map(lambda a, b: a, [1], [1, 2], strict=True))", "dir(1)[0]", "sorted([], key=1)", "sorted([1], key=1)", "round(1.5, 'a')", "int(b'12')", "int(None)", "float(None)", "str(None)", "anext(1)", "aiter(1)", "sum([1j, 2])", "abs(3+4j)", "breakpoint.__name__"):
    try: r = repr(eval(e))
    except Exception as x: r = f"{type(x).__name__}: {x}"
    print(e, "->", r)
print(1, "a", None, sep="-", end="!\n"); print(*[1, 2], sep=""); print("a", "b", sep=None, end=None)
import io
b = io.StringIO(); print("to file", file=b, flush=True); print(repr(b.getvalue()))
class W:
    def write(self, s): parts.append(s)
parts = []; print("x", 1, file=W()); print(parts)
class It:
    def __iter__(self): return 5
try: iter(It())
except TypeError as e: print(e)
class Len:
    def __len__(self): return "a"
try: len(Len())
except TypeError as e: print(e)
class Rev:
    def __reversed__(self): return "rev"
    def __format__(self, s): return 5
    def __dir__(self): return ["b", "a"]
    def __hash__(self): return 2 ** 70
    def __index__(self): return 65
print(reversed(Rev()), dir(Rev()), hash(Rev()) == hash(2 ** 70), chr(Rev()), bytes(Rev())[:1] == b"\0")
try: format(Rev())
except TypeError as e: print(e)
class Fm:
    def __repr__(self): return 5
for fn in (repr, str, ascii, lambda v: f"{v!r}", lambda v: "%r" % v):
    try: fn(Fm())
    except TypeError as e: print(e)
