"""Specs and modules made by hand."""

import sys
import types
from importlib._abc import Loader
from importlib.machinery import ModuleSpec, SourceFileLoader

__all__ = ['LazyLoader', 'Loader', 'MAGIC_NUMBER', 'cache_from_source', 'decode_source', 'find_spec', 'module_from_spec',
           'resolve_name', 'source_from_cache', 'source_hash', 'spec_from_file_location', 'spec_from_loader']


# What begins files of code that programs write with `marshal`: no other Python's.
MAGIC_NUMBER = b'KC\r\n'


def source_hash(source_bytes):
    """Eight bytes that tell sources apart."""
    import hashlib
    return hashlib.blake2b(source_bytes, digest_size=8).digest()


def cache_from_source(path, debug_override=None, *, optimization=None):
    """Where compiled code of `path` would be kept: Kiln keeps none."""
    raise NotImplementedError('sys.implementation.cache_tag is None')


def source_from_cache(path):
    """The source of a file of compiled code: Kiln keeps none."""
    raise NotImplementedError('sys.implementation.cache_tag is None')


def decode_source(source_bytes):
    """The text of a source file, by the encoding that it declares, with plain line ends."""
    import io
    import tokenize
    encoding, _lines = tokenize.detect_encoding(io.BytesIO(source_bytes).readline)
    return io.IncrementalNewlineDecoder(None, True).decode(bytes(source_bytes).decode(encoding))


def resolve_name(name, package):
    """Resolve a relative module name to an absolute one."""
    if not name.startswith('.'):
        return name
    if not package:
        raise ImportError(f'no package specified for {name!r} (required for relative module names)')
    level = len(name) - len(name.lstrip('.'))
    base = package
    for _ in range(level - 1):
        base, dot, _tail = base.rpartition('.')
        if not dot:
            raise ImportError('attempted relative import beyond top-level package')
    return f'{base}.{name[level:]}' if name[level:] else base


def find_spec_in(name, path):
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path, None) if hasattr(finder, 'find_spec') else None
        if spec is not None:
            return spec
    return None


def find_spec(name, package=None):
    """The spec of a module, which is not imported; its parents are."""
    fullname = resolve_name(name, package) if name.startswith('.') else name
    if fullname in sys.modules:
        module = sys.modules[fullname]
        if module is None:
            return None
        try:
            spec = module.__spec__
        except AttributeError:
            raise ValueError(f'{name}.__spec__ is not set') from None
        if spec is None:
            raise ValueError(f'{name}.__spec__ is None')
        return spec
    parent, _, _tail = fullname.rpartition('.')
    path = None
    if parent:
        module = __import__(parent, fromlist=['__path__'])
        try:
            path = module.__path__
        except AttributeError as e:
            raise ModuleNotFoundError(f'__path__ attribute not found on {parent!r} while trying to find {fullname!r}',
                                      name=fullname) from e
    return find_spec_in(fullname, path)


def spec_from_loader(name, loader, *, origin=None, is_package=None):
    if is_package is None:
        is_package = loader.is_package(name) if hasattr(loader, 'is_package') else False
    if origin is None:
        origin = getattr(loader, '_ORIGIN', None)
    spec = ModuleSpec(name, loader, origin=origin, is_package=is_package)
    if hasattr(loader, 'get_filename'):
        spec.origin = loader.get_filename(name)
        spec.has_location = True
    return spec


_POPULATE = object()


def spec_from_file_location(name, location=None, *, loader=None, submodule_search_locations=_POPULATE):
    import os
    if location is None:
        location = loader.get_filename(name) if hasattr(loader, 'get_filename') else '<unknown>'
    else:
        location = os.path.abspath(os.fspath(location))
    if loader is None:
        if not location.endswith('.py'):
            return None
        loader = SourceFileLoader(name, location)
    spec = ModuleSpec(name, loader, origin=location)
    spec.has_location = True
    if submodule_search_locations is _POPULATE:
        if hasattr(loader, 'is_package') and loader.is_package(name):
            spec.submodule_search_locations = [os.path.dirname(location)]
    else:
        spec.submodule_search_locations = submodule_search_locations
    return spec


def module_from_spec(spec):
    """A new module as the spec's loader makes it, not run yet."""
    module = spec.loader.create_module(spec) if hasattr(spec.loader, 'create_module') else None
    if module is None:
        module = types.ModuleType(spec.name)
    module.__name__ = spec.name
    module.__loader__ = spec.loader
    module.__package__ = spec.parent
    module.__spec__ = spec
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    if spec.has_location:
        module.__file__ = spec.origin
    return module


class _LazyModule(types.ModuleType):
    """A module that is executed when an attribute of it is first asked for."""

    def __getattribute__(self, name):
        values = object.__getattribute__(self, '__dict__')
        pending = values['__spec__'].loader_state
        with pending['lock']:
            if object.__getattribute__(self, '__class__') is _LazyModule and not pending['loading']:
                # What the module itself asks for while it is executed is there already, or is missing.
                if name == '__spec__' or name.startswith('__') and name.endswith('__') and name in values:
                    return values[name]
                pending['loading'] = True
                before, since = pending['values'], dict(values)
                original = values['__spec__'].name
                values['__spec__'].loader.exec_module(self)
                if original in sys.modules and sys.modules[original] is not self:
                    raise ValueError(f'module object for {original!r} substituted in sys.modules during a lazy load')
                # What was set from outside meanwhile stays.
                values.update((key, value) for key, value in since.items()
                              if key not in before or before[key] is not value)
                object.__setattr__(self, '__class__', types.ModuleType)
        return getattr(self, name) if not pending['loading'] or type(self) is types.ModuleType \
            else object.__getattribute__(self, name)

    def __delattr__(self, name):
        self.__getattribute__(name)
        delattr(self, name)


class LazyLoader(Loader):
    """A loader that has another one execute the module when it is first used."""

    def __init__(self, loader):
        if not hasattr(loader, 'exec_module'):
            raise TypeError('loader must define exec_module()')
        self.loader = loader

    @classmethod
    def factory(cls, loader):
        """A function that makes lazy loaders of what `loader` makes."""
        return lambda *args, **kwargs: cls(loader(*args, **kwargs))

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        import threading
        module.__spec__.loader = module.__loader__ = self.loader
        module.__spec__.loader_state = {'lock': threading.RLock(), 'loading': False, 'values': dict(module.__dict__)}
        module.__class__ = _LazyModule
