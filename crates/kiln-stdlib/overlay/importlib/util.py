"""Specs and modules made by hand."""

import sys
import types
from importlib.machinery import ModuleSpec, SourceFileLoader

__all__ = ['module_from_spec', 'spec_from_loader', 'spec_from_file_location', 'find_spec', 'resolve_name']


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
