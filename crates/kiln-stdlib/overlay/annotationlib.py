"""Annotations as values. Formats that need a syntax tree are not there: asking for one says so."""

import builtins
import enum
import sys
import types

__all__ = ["Format", "ForwardRef", "call_annotate_function", "call_evaluate_function", "get_annotate_from_class_namespace",
           "get_annotations", "annotations_to_string", "type_repr"]


class Format(enum.IntEnum):
    VALUE = 1
    VALUE_WITH_FAKE_GLOBALS = 2
    FORWARDREF = 3
    STRING = 4


class ForwardRef:
    """A name to be looked up later."""

    def __init__(self, arg, *, module=None, owner=None, is_argument=True, is_class=False):
        if not isinstance(arg, str):
            raise TypeError(f"Forward reference must be a string -- got {arg!r}")
        self.__forward_arg__ = arg
        self.__forward_module__ = module
        self.__forward_is_argument__ = is_argument
        self.__forward_is_class__ = is_class
        self.__owner__ = owner

    def evaluate(self, *, globals=None, locals=None, type_params=None, owner=None, format=Format.VALUE):
        owner = self.__owner__ if owner is None else owner
        if globals is None:
            module = self.__forward_module__
            if isinstance(module, str):
                module = sys.modules.get(module)
            if module is not None:
                globals = vars(module)
            elif isinstance(owner, type):
                globals = vars(sys.modules.get(owner.__module__, builtins))
            else:
                globals = getattr(owner, '__globals__', {})
        locals = dict(vars(owner) if locals is None and isinstance(owner, type) else locals or {})
        for param in type_params or getattr(owner, '__type_params__', ()):
            locals.setdefault(param.__name__, param)
        try:
            return eval(self.__forward_arg__, globals, locals)
        except NameError:
            if format == Format.FORWARDREF:
                return self
            raise

    def __eq__(self, other):
        if not isinstance(other, ForwardRef):
            return NotImplemented
        return (self.__forward_arg__, self.__forward_module__) == (other.__forward_arg__, other.__forward_module__)

    def __hash__(self):
        return hash((self.__forward_arg__, self.__forward_module__))

    def __or__(self, other):
        return types.UnionType[self, other]

    def __ror__(self, other):
        return types.UnionType[other, self]

    def __repr__(self):
        module = f', module={self.__forward_module__!r}' if self.__forward_module__ is not None else ''
        return f'ForwardRef({self.__forward_arg__!r}{module})'


def _missing(format):
    return NotImplementedError(f'annotations in the format {Format(format).name} are not supported by this version of Kiln')


def call_evaluate_function(evaluate, format, *, owner=None):
    return call_annotate_function(evaluate, format, owner=owner)


def call_annotate_function(annotate, format, *, owner=None, _is_evaluate=False):
    """What the function gives in a format; names that are not defined yet can only be found in the VALUE format."""
    try:
        return annotate(format)
    except NotImplementedError:
        pass
    if format == Format.FORWARDREF:
        try:
            return annotate(Format.VALUE)
        except NameError as e:
            raise _missing(format) from e
    raise _missing(format)


def get_annotate_from_class_namespace(obj):
    return obj.get('__annotate__') or obj.get('__annotate_func__')


def get_annotations(obj, *, globals=None, locals=None, eval_str=False, format=Format.VALUE):
    """The annotations of a class, function or module, as a new dict."""
    format = Format(format)
    if eval_str and format != Format.VALUE:
        raise ValueError("eval_str=True is only supported with format=Format.VALUE")
    if format == Format.VALUE_WITH_FAKE_GLOBALS:
        raise ValueError("The VALUE_WITH_FAKE_GLOBALS format is for internal use only")
    if format == Format.STRING:
        raise _missing(format)
    try:
        found = getattr(obj, '__annotations__', None)
    except NameError as e:
        if format == Format.VALUE:
            raise
        raise _missing(format) from e
    if found is None:
        if isinstance(obj, type) or callable(obj) or isinstance(obj, types.ModuleType):
            return {}
        raise TypeError(f"{obj!r} does not have annotations")
    if not isinstance(found, dict):
        raise ValueError(f"{obj!r}.__annotations__ is neither a dict nor None")
    found = dict(found)
    if not eval_str:
        return found
    if globals is None:
        if isinstance(obj, type):
            globals = vars(sys.modules.get(obj.__module__, builtins))
        elif isinstance(obj, types.ModuleType):
            globals = vars(obj)
        else:
            globals = getattr(obj, '__globals__', {})
    if locals is None and isinstance(obj, type):
        locals = dict(vars(obj))
    locals = dict(locals or {})
    for param in getattr(obj, '__type_params__', ()):
        locals.setdefault(param.__name__, param)
    return {name: eval(value, globals, locals) if isinstance(value, str) else value for name, value in found.items()}


def type_repr(value):
    """A value as an annotation shows it."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        if value.__module__ == 'builtins':
            return value.__qualname__
        return f'{value.__module__}.{value.__qualname__}'
    if value is ...:
        return '...'
    return repr(value)


def annotations_to_string(annotations):
    return {name: value if isinstance(value, str) else type_repr(value) for name, value in annotations.items()}
