"""Lines of source files, from disk, from the embedded library, or from a module's loader."""

import _traceback

__all__ = ["getline", "clearcache", "checkcache", "lazycache"]

# Name to (size, modification time, lines, full name), or to (loader's function,) until the lines are asked for.
cache = {}


def clearcache():
    """Forget everything."""
    cache.clear()


def getline(filename, lineno, module_globals=None):
    """The line with its end; an empty text when there is none."""
    lines = getlines(filename, module_globals)
    if 1 <= lineno <= len(lines):
        return lines[lineno - 1]
    return ''


def getlines(filename, module_globals=None):
    entry = cache.get(filename)
    if entry is not None and len(entry) != 1:
        return entry[2]
    try:
        return updatecache(filename, module_globals)
    except MemoryError:
        clearcache()
        return []


def checkcache(filename=None):
    """Forget files that changed since they were read."""
    import os
    for name in list(cache) if filename is None else [filename]:
        entry = cache.get(name)
        if entry is None or len(entry) == 1 or entry[1] is None:
            continue
        try:
            stat = os.stat(entry[3])
        except (OSError, ValueError):
            cache.pop(name, None)
            continue
        if entry[0] != stat.st_size or entry[1] != stat.st_mtime:
            cache.pop(name, None)


def updatecache(filename, module_globals=None):
    """Read a file anew and give its lines."""
    import os
    entry = cache.pop(filename, None)
    if not filename or filename.startswith('<') and filename.endswith('>') and entry is None and module_globals is None:
        return []
    lines = _traceback.source_lines(filename)
    size = mtime = None
    if lines is None:
        if entry is None and lazycache(filename, module_globals):
            entry = cache.pop(filename)
        if entry is None:
            return []
        try:
            text = entry[0]()
        except (ImportError, OSError):
            return []
        if text is None:
            return []
        lines = [line + '\n' for line in text.splitlines()]
        size = len(text)
    else:
        try:
            stat = os.stat(filename)
            size, mtime = stat.st_size, stat.st_mtime
        except (OSError, ValueError):
            pass
    cache[filename] = size, mtime, lines, filename
    return lines


def lazycache(filename, module_globals):
    """Remember how to get the lines from the module's loader; whether that is possible."""
    if filename in cache:
        return len(cache[filename]) == 1
    if not filename or filename.startswith('<') and filename.endswith('>'):
        return False
    if module_globals and '__name__' in module_globals:
        spec = module_globals.get('__spec__')
        name = getattr(spec, 'name', None) or module_globals['__name__']
        loader = getattr(spec, 'loader', None) or module_globals.get('__loader__')
        get_source = getattr(loader, 'get_source', None)
        if name and get_source:
            cache[filename] = (lambda: get_source(name),)
            return True
    return False


def _register_code(code, string, name):
    cache[name] = len(string), None, [line + '\n' for line in string.splitlines()], name
