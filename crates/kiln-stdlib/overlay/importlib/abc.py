"""Abstract base classes of finders and loaders."""

import abc
from importlib import machinery
from importlib._abc import Loader

__all__ = ['Loader', 'MetaPathFinder', 'PathEntryFinder', 'ResourceLoader', 'InspectLoader', 'ExecutionLoader',
           'FileLoader', 'SourceLoader']


class MetaPathFinder(metaclass=abc.ABCMeta):
    """A finder for sys.meta_path; `find_spec` is what makes it one."""

    def invalidate_caches(self):
        """Forget what is remembered between searches."""


class PathEntryFinder(metaclass=abc.ABCMeta):
    """A finder for one entry of sys.path."""

    def invalidate_caches(self):
        """Forget what is remembered between searches."""


class ResourceLoader(Loader):
    """A loader that can read files that lie beside modules."""

    @abc.abstractmethod
    def get_data(self, path):
        """The bytes of the file at `path`."""
        raise OSError


class InspectLoader(Loader):
    """A loader that knows source and code of its modules."""

    def is_package(self, fullname):
        """Whether the module is a package; ImportError if there is no such module."""
        raise ImportError

    @abc.abstractmethod
    def get_source(self, fullname):
        """The module's source, or None; ImportError if there is no such module."""
        raise ImportError

    @staticmethod
    def source_to_code(data, path='<string>'):
        """What `data`, source in any form that compile() takes, compiles to."""
        return compile(data, path, 'exec', dont_inherit=True)

    def get_code(self, fullname):
        """The module's code, or None if it has no source."""
        source = self.get_source(fullname)
        return None if source is None else self.source_to_code(source)

    def exec_module(self, module):
        """Run the module's code in its namespace."""
        code = self.get_code(module.__name__)
        if code is None:
            raise ImportError(f'cannot load module {module.__name__!r} when get_code() returns None')
        exec(code, module.__dict__)


class ExecutionLoader(InspectLoader):
    """A loader whose modules can run as scripts."""

    @abc.abstractmethod
    def get_filename(self, fullname):
        """What the module's `__file__` is to be; ImportError if there is no such module."""
        raise ImportError

    def get_code(self, fullname):
        source = self.get_source(fullname)
        if source is None:
            return None
        try:
            path = self.get_filename(fullname)
        except ImportError:
            return self.source_to_code(source)
        return self.source_to_code(source, path)


class FileLoader(machinery._FileLoader, ResourceLoader, ExecutionLoader):
    """A loader of one file."""

    def is_package(self, fullname):
        import os
        return os.path.splitext(os.path.basename(self.get_filename(fullname)))[0] == '__init__'


class SourceLoader(ResourceLoader, ExecutionLoader):
    """A loader of source; `get_filename` and `get_data` are what a subclass has to add."""

    def path_mtime(self, path):
        """When the source was last changed, in seconds. `path_stats` took its place."""
        import warnings
        warnings.warn('SourceLoader.path_mtime is deprecated in favour of SourceLoader.path_stats().',
                      DeprecationWarning, stacklevel=2)
        if self.path_stats.__func__ is SourceLoader.path_stats:
            raise OSError
        return int(self.path_stats(path)['mtime'])

    def path_stats(self, path):
        """A dict with the key 'mtime' and maybe 'size'."""
        if self.path_mtime.__func__ is SourceLoader.path_mtime:
            raise OSError
        return {'mtime': self.path_mtime(path)}

    def set_data(self, path, data):
        """Write a file, if it can be done."""

    def is_package(self, fullname):
        import os
        stem = os.path.splitext(os.path.basename(self.get_filename(fullname)))[0]
        return stem == '__init__' and fullname.rpartition('.')[2] != '__init__'

    def create_module(self, spec):
        return None

    def get_source(self, fullname):
        from importlib.util import decode_source
        try:
            data = self.get_data(self.get_filename(fullname))
        except OSError as e:
            raise ImportError('source not available through get_data()', name=fullname) from e
        return decode_source(data)

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


for _abstract, _classes in [
    (MetaPathFinder, [machinery.BuiltinImporter, machinery.FrozenImporter, machinery.PathFinder,
                      machinery.WindowsRegistryFinder]),
    (PathEntryFinder, [machinery.FileFinder]),
    (InspectLoader, [machinery.BuiltinImporter, machinery.FrozenImporter, machinery.NamespaceLoader]),
    (ExecutionLoader, [machinery.ExtensionFileLoader, machinery.AppleFrameworkLoader]),
    (FileLoader, [machinery.SourceFileLoader, machinery.SourcelessFileLoader]),
    (SourceLoader, [machinery.SourceFileLoader]),
]:
    for _class in _classes:
        _abstract.register(_class)
del _abstract, _classes, _class
