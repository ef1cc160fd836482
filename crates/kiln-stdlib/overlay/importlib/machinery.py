"""The classes that import uses."""

from _frozen_importlib import BuiltinImporter, FrozenImporter, ModuleSpec
from _frozen_importlib_external import NamespaceLoader, PathFinder, SourceFileLoader

SOURCE_SUFFIXES = ['.py']
BYTECODE_SUFFIXES = ['.pyc']
DEBUG_BYTECODE_SUFFIXES = OPTIMIZED_BYTECODE_SUFFIXES = BYTECODE_SUFFIXES
EXTENSION_SUFFIXES = []

__all__ = ['AppleFrameworkLoader', 'BYTECODE_SUFFIXES', 'BuiltinImporter', 'DEBUG_BYTECODE_SUFFIXES', 'EXTENSION_SUFFIXES',
           'ExtensionFileLoader', 'FileFinder', 'FrozenImporter', 'ModuleSpec', 'NamespaceLoader',
           'OPTIMIZED_BYTECODE_SUFFIXES', 'PathFinder', 'SOURCE_SUFFIXES', 'SourceFileLoader',
           'SourcelessFileLoader', 'WindowsRegistryFinder', 'all_suffixes']


def all_suffixes():
    """Suffixes of files that can be modules."""
    return SOURCE_SUFFIXES + BYTECODE_SUFFIXES + EXTENSION_SUFFIXES


class _FileLoader:
    """A loader of one file."""

    def __init__(self, fullname, path):
        self.name = fullname
        self.path = path

    def __eq__(self, other):
        return self.__class__ == other.__class__ and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    def get_filename(self, fullname=None):
        return self.path

    def get_data(self, path):
        with open(path, 'rb') as file:
            return file.read()

    def get_source(self, fullname):
        return None

    def get_resource_reader(self, name=None):
        from importlib.readers import FileReader
        return FileReader(self)


class SourcelessFileLoader(_FileLoader):
    """The loader of a compiled file whose source is missing: Kiln writes and reads none."""

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        raise ImportError(f'{self.path!r}: compiled files of another Python cannot be loaded',
                          name=self.name, path=self.path)

    def is_package(self, fullname):
        return False

    def get_code(self, fullname):
        raise ImportError(f'{self.path!r}: compiled files of another Python cannot be loaded',
                          name=self.name, path=self.path)


class ExtensionFileLoader(_FileLoader):
    """The loader of a module in machine code: Kiln loads none."""

    def create_module(self, spec):
        raise ImportError(f'{self.path!r}: extension modules cannot be loaded', name=self.name, path=self.path)

    def exec_module(self, module):
        pass

    def is_package(self, fullname):
        return False

    def get_code(self, fullname):
        return None


class AppleFrameworkLoader(ExtensionFileLoader):
    """The loader of a module in a framework of iOS, which Kiln does not run on."""


class WindowsRegistryFinder:
    """The finder of modules that a registry of Windows names: there is none here."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None


class FileFinder:
    """Finds the modules in one folder; each of `loader_details` is a loader and the suffixes it is for."""

    def __init__(self, path, *loader_details):
        import os
        self._loaders = [(suffix, loader) for loader, suffixes in loader_details for suffix in suffixes]
        self.path = os.path.abspath(path or '.')

    def invalidate_caches(self):
        """Nothing is remembered between searches."""

    def find_spec(self, fullname, target=None):
        import os
        from importlib.util import spec_from_file_location
        base = os.path.join(self.path, fullname.rpartition('.')[2])
        folder = os.path.isdir(base)
        if folder:
            for suffix, loader in self._loaders:
                file = os.path.join(base, '__init__' + suffix)
                if os.path.isfile(file):
                    return spec_from_file_location(fullname, file, loader=loader(fullname, file),
                                                   submodule_search_locations=[base])
        for suffix, loader in self._loaders:
            file = base + suffix
            if os.path.isfile(file):
                return spec_from_file_location(fullname, file, loader=loader(fullname, file),
                                               submodule_search_locations=None)
        if folder:
            spec = ModuleSpec(fullname, None)
            spec.submodule_search_locations = [base]
            return spec
        return None

    @classmethod
    def path_hook(cls, *loader_details):
        """A function for sys.path_hooks."""
        def path_hook_for_FileFinder(path):
            import os
            if not os.path.isdir(path or '.'):
                raise ImportError('only directories are supported', path=path)
            return cls(path, *loader_details)
        return path_hook_for_FileFinder

    def __repr__(self):
        return f'FileFinder({self.path!r})'
