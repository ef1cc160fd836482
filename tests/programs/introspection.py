"""inspect, dataclasses, annotations in all formats, symbol tables and tokens."""

import dataclasses
import inspect
import io
import symtable
import tokenize
import typing
from annotationlib import Format, get_annotations


def documented(a, /, b: int = 2, *args: float, c, d='x', **kw) -> str:
    """Does something.

        With care.
    """
    total = a
    return total


class Base:
    """The base."""

    def method(self, x=1): ...

    @classmethod
    def make(cls, kind): ...

    @staticmethod
    def plain(y, *, z=None): ...

    @property
    def size(self):
        return 1


class Derived(Base):
    def method(self, x=1): ...

    def __call__(self, item): ...


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list, compare=False, repr=False)
    kind: typing.ClassVar[str] = 'point'

    def __post_init__(self):
        self.x = abs(self.x)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    name: str
    level: int = dataclasses.field(default=1, metadata={'unit': 'dB'})


def attempt(function, *args, **kw):
    try:
        return function(*args, **kw)
    except Exception as e:
        return f'{type(e).__name__}: {e}'


def signatures():
    for f in documented, Base.method, Base().method, Base.make, Base.plain, Derived, Derived(), Point, Options, lambda *a: 0:
        print(inspect.signature(f))
    signature = inspect.signature(documented)
    for p in signature.parameters.values():
        print(p.name, p.kind.name, p.default is p.empty, p.annotation if p.annotation is not p.empty else '-')
    bound = signature.bind(1, 2, 3.0, c=4, e=5)
    bound.apply_defaults()
    print(bound.arguments, attempt(signature.bind), attempt(signature.bind, 1, c=2, a=3))
    print(signature.replace(return_annotation=int, parameters=list(signature.parameters.values())[:2]))
    print(inspect.getfullargspec(documented))


def looking():
    print(inspect.getdoc(documented), inspect.getdoc(Derived), sep='|')
    print(inspect.getsource(Base.plain), inspect.getsource(Derived), end='')
    print(inspect.getsourcelines(documented)[1], inspect.getcomments(documented))
    print([n for n, v in inspect.getmembers(Base) if not n.startswith('__')])
    print([(a.name, a.kind) for a in inspect.classify_class_attrs(Base) if not a.name.startswith('__')])
    print(inspect.isfunction(documented), inspect.ismethod(Base().method), inspect.isclass(Base), inspect.isbuiltin(len))
    print(inspect.cleandoc('  a\n    b\n   c  '), inspect.unwrap(documented) is documented)
    print([c.__name__ for c in inspect.getmro(Derived)], inspect.getmodule(Base).__name__)
    frame = inspect.currentframe()
    print(frame.f_code.co_name, inspect.getframeinfo(frame).function)
    print([f.function for f in inspect.stack()][:2])

    def generator():
        inner = yield 1
    g = generator()
    print(inspect.getgeneratorstate(g), next(g), inspect.getgeneratorstate(g), inspect.getgeneratorlocals(g))
    g.close()
    print(inspect.getgeneratorstate(g), inspect.isgeneratorfunction(generator), inspect.iscoroutinefunction(generator))
    print(inspect.getattr_static(Base(), 'size').fget.__name__)


def data():
    p = Point(-3, tags=['a'])
    print(p, p == Point(3), p < Point(4), dataclasses.asdict(p), dataclasses.astuple(p))
    print(dataclasses.replace(p, y=9), [f.name for f in dataclasses.fields(Point)])
    o = Options(name='n')
    print(o, hash(o) == hash(Options(name='n')), Options.__slots__, attempt(setattr, o, 'name', 1), attempt(Options, 'n'))
    print(dataclasses.fields(o)[1].metadata, Point.__match_args__, dataclasses.is_dataclass(Point))
    made = dataclasses.make_dataclass('Made', [('a', int), ('b', str, 'z')], namespace={'both': lambda self: (self.a, self.b)})
    print(made(1), made(1).both(), made.__doc__)
    print(attempt(dataclasses.make_dataclass, 'Wrong', [('a', list, [])]))
    match p:
        case Point(x, y):
            print(x, y)


def annotations():
    def f(a: missing[int], b: int | later = 1, *c: list[other.thing], d: 'text') -> 1 + unknown: ...
    print(get_annotations(f, format=Format.STRING))
    print({k: type(v).__name__ for k, v in get_annotations(f, format=Format.FORWARDREF).items()})
    print(attempt(get_annotations, f))

    class Node:
        next: Node | None
        children: list[undefined]

        def add(self, child: Node) -> None: ...
    strings = get_annotations(Node, format=Format.STRING)
    print(strings, get_annotations(Node.add, format=Format.STRING))
    print(Node.add.__annotations__ == {'child': Node, 'return': None})
    undefined = str
    print(get_annotations(Node)['children'], typing.get_type_hints(Node)['children'])
    print(typing.get_type_hints(documented))


def scopes():
    table = symtable.symtable(
        'import os\ndef f(a, *b):\n    global g\n    x = [i for i in b]\n    def inner():\n        nonlocal x\n'
        '        x = a\n    class C:\n        y = x\n    return inner\n', 'file', 'exec')
    print(table.get_type(), table.get_name(), {'f', 'os'} <= set(table.get_identifiers()))
    f = table.lookup('f').get_namespace()
    print(f.get_parameters(), sorted(f.get_locals()), f.get_globals(), f.is_nested(), f.get_lineno())
    for child in f.get_children():
        if child.get_type() == 'annotation':
            continue
        print(child.get_type(), child.get_name(), child.is_nested(), child.get_lineno(),
              [(s.get_name(), s.is_free(), s.is_local()) for s in child.get_symbols()])
    print(f.lookup('a').is_parameter(), f.lookup('x').is_assigned(), f.lookup('g').is_global())


def tokens():
    source = 'if x:  # why\n\ty = f"a{z!r:>{w}}" \\\n\t  + (1,\n 2.5e3)\n\n# end\nclass é: pass'
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        print(token)
    print(tokenize.untokenize(tokenize.generate_tokens(io.StringIO(source).readline)) == source)
    print([t.string for t in tokenize.tokenize(io.BytesIO(b'# -*- coding: latin-1 -*-\nx = "\xe9"').readline)])
    for bad in 'x = (1,\n', "'''", 'if 1:\n  a\n b\n', '0x\n':
        print(attempt(list, tokenize.generate_tokens(io.StringIO(bad).readline)))


signatures()
looking()
data()
annotations()
scopes()
tokens()
