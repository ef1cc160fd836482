"""Import by name, on the native import system."""

__all__ = ['__import__', 'import_module', 'invalidate_caches', 'reload']

import sys
from builtins import __import__


def invalidate_caches():
    """Tell every finder to forget what it remembers."""
    for finder in sys.meta_path:
        if hasattr(finder, 'invalidate_caches'):
            finder.invalidate_caches()


def import_module(name, package=None):
    """Import a module; a name that begins with dots is relative to `package`."""
    level = 0
    if name.startswith('.'):
        if not package:
            raise TypeError("the 'package' argument is required to perform a "
                            f"relative import for {name!r}")
        level = len(name) - len(name.lstrip('.'))
        base = package
        for _ in range(level - 1):
            base, dot, _tail = base.rpartition('.')
            if not dot:
                raise ImportError('attempted relative import beyond top-level package')
        name = f'{base}.{name[level:]}' if name[level:] else base
    if not name:
        raise ValueError('Empty module name')
    __import__(name)
    return sys.modules[name]


_RELOADING = {}


def reload(module):
    """Run the module's code again in its namespace."""
    try:
        name = module.__spec__.name
    except AttributeError:
        try:
            name = module.__name__
        except AttributeError:
            raise TypeError('reload() argument must be a module') from None
    if sys.modules.get(name) is not module:
        raise ImportError(f'module {name} not in sys.modules', name=name)
    if name in _RELOADING:
        return _RELOADING[name]
    _RELOADING[name] = module
    try:
        from importlib.util import find_spec_in
        parent, _, _tail = name.rpartition('.')
        path = sys.modules[parent].__path__ if parent else None
        spec = module.__spec__ = find_spec_in(name, path)
        if spec is None:
            raise ModuleNotFoundError(f'spec not found for the module {name!r}', name=name)
        if spec.loader is not None:
            spec.loader.exec_module(module)
        return sys.modules[name]
    finally:
        del _RELOADING[name]
