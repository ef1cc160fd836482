"""Imports from zip archives."""

import importlib._abc
import os
import zipfile
from importlib.machinery import ModuleSpec

__all__ = ['ZipImportError', 'zipimporter']


class ZipImportError(ImportError):
    """A file is no zip archive, or a module is not in it."""


# What archives hold, by path.
_zip_directory_cache = {}


def _read_directory(archive):
    try:
        with zipfile.ZipFile(archive) as opened:
            return {info.filename.replace('/', os.sep): info for info in opened.infolist()}
    except (OSError, zipfile.BadZipFile) as e:
        raise ZipImportError(f'not a Zip file: {archive!r}', path=archive) from e


class zipimporter(importlib._abc.Loader):
    """Finder and loader of the modules in one archive, or in a folder of it."""

    def __init__(self, path):
        if not isinstance(path, str):
            path = os.fsdecode(path)
        if not path:
            raise ZipImportError('archive path is empty', path=path)
        archive, inside = path, []
        while not os.path.isfile(archive):
            head, tail = os.path.split(archive)
            if os.path.exists(archive) or head == archive:
                raise ZipImportError('not a Zip file', path=path)
            archive = head
            inside.append(tail)
        if archive not in _zip_directory_cache:
            _zip_directory_cache[archive] = _read_directory(archive)
        self.archive = archive
        self.prefix = ''.join(part + os.sep for part in reversed(inside))

    @property
    def _files(self):
        if self.archive not in _zip_directory_cache:
            _zip_directory_cache[self.archive] = _read_directory(self.archive)
        return _zip_directory_cache[self.archive]

    def invalidate_caches(self):
        _zip_directory_cache.pop(self.archive, None)

    def _place(self, fullname):
        """The path in the archive and whether it is a package's, or None."""
        stem = self.prefix + fullname.rpartition('.')[2]
        for path, package in (os.path.join(stem, '__init__.py'), True), (stem + '.py', False):
            if path in self._files:
                return path, package
        return None

    def _found(self, fullname):
        place = self._place(fullname)
        if place is None:
            raise ZipImportError(f"can't find module {fullname!r}", name=fullname)
        return place

    def find_spec(self, fullname, target=None):
        place = self._place(fullname)
        if place is None:
            folder = self.prefix + fullname.rpartition('.')[2] + os.sep
            if any(name.startswith(folder) for name in self._files):
                spec = ModuleSpec(fullname, None, is_package=True)
                spec.submodule_search_locations.append(os.path.join(self.archive, folder.rstrip(os.sep)))
                return spec
            return None
        path, package = place
        spec = ModuleSpec(fullname, self, origin=os.path.join(self.archive, path), is_package=package)
        spec.has_location = True
        if package:
            spec.submodule_search_locations.append(os.path.join(self.archive, os.path.dirname(path)))
        return spec

    def is_package(self, fullname):
        return self._found(fullname)[1]

    def get_filename(self, fullname):
        return os.path.join(self.archive, self._found(fullname)[0])

    def get_data(self, pathname):
        start = self.archive + os.sep
        name = pathname[len(start):] if pathname.startswith(start) else pathname
        info = self._files.get(name)
        if info is None:
            raise OSError(0, '', name)
        with zipfile.ZipFile(self.archive) as opened:
            return opened.read(info)

    def get_source(self, fullname):
        from importlib.util import decode_source
        return decode_source(self.get_data(self.get_filename(fullname)))

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return compile(self.get_data(path), path, 'exec', dont_inherit=True)

    def exec_module(self, module):
        exec(self.get_code(module.__spec__.name), module.__dict__)

    def get_resource_reader(self, fullname):
        from importlib.readers import ZipReader
        return ZipReader(self, fullname) if self.is_package(fullname) else None

    def __repr__(self):
        return f'<zipimporter object "{os.path.join(self.archive, self.prefix)}">'
