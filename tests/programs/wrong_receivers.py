"""Methods of built-in classes, taken from the class and given something else: a TypeError for each of them."""

import collections
import contextvars
import functools
import io
import itertools
import types
import weakref

CALLS = [
    lambda: list.__reversed__(5),
    lambda: list.__iter__("a"),
    lambda: dict.__iter__(5),
    lambda: dict.__reversed__([]),
    lambda: set.__iter__(()),
    lambda: tuple.__iter__([]),
    lambda: str.__iter__(5),
    lambda: BaseException.with_traceback(5, None),
    lambda: io.StringIO.__next__(5),
    lambda: io.BytesIO.__getstate__(5),
    lambda: collections.deque.__iter__(5),
    lambda: collections.OrderedDict.__iter__(5),
    lambda: itertools.chain.__next__(5),
    lambda: itertools.count.__next__("a"),
    lambda: functools.partial.__call__(5),
    lambda: types.SimpleNamespace.__repr__(5),
    lambda: types.MappingProxyType.__iter__({}),
    lambda: enumerate.__next__(5),
    lambda: range.__iter__(5),
    lambda: property.getter(5, None),
    lambda: weakref.ref.__call__(5),
    lambda: weakref.ProxyType.__repr__(5),
    lambda: weakref.ProxyType.__add__(5, 6),
    lambda: weakref.CallableProxyType.__call__(5),
    lambda: types.GeneratorType.__next__(5),
    lambda: types.GeneratorType.send(5, 1),
    lambda: types.CoroutineType.throw(5, ValueError),
    lambda: types.AsyncGeneratorType.__anext__(5),
    lambda: types.SimpleNamespace.__reduce__(5),
    lambda: io.BufferedReader.__init__(5, 1),
    lambda: io.IOBase.close(5),
    lambda: contextvars.ContextVar.__repr__(5),
]

for number, call in enumerate(CALLS):
    try:
        print(number, "fine", call())
    except TypeError as error:
        print(number, "refused", str(error).count("object") > 0)

# Instances of subclasses are taken.
class L(list):
    pass


class D(dict):
    pass


print(list(list.__reversed__(L([1, 2]))), list(dict.__iter__(D(a=1))), BaseException.with_traceback(KeyError(1), None))
