"""Finders, loaders, resources and the metadata of packages: what importlib has beyond `import`."""
import importlib.abc
import importlib.machinery
import importlib.metadata as metadata
import importlib.resources as resources
import importlib.util as util
import os
import sys
import tempfile
import types

machinery = importlib.machinery
folder = tempfile.TemporaryDirectory()
sys.path.insert(0, folder.name)


def write(name, text):
    path = os.path.join(folder.name, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


# A package with data, installed.
write("demo_pkg/__init__.py", "x = 1\n")
write("demo_pkg/data/__init__.py", "")
write("demo_pkg/data/a.txt", "hello")
write("demo_pkg-1.2.dist-info/METADATA",
      "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.2\nRequires-Dist: foo>=1\n\nbody\n")
write("demo_pkg-1.2.dist-info/RECORD", "demo_pkg/__init__.py,,\n")
write("demo_pkg-1.2.dist-info/entry_points.txt", "[console_scripts]\ndemo = demo_pkg:x\n")
print(metadata.version("demo-pkg"), metadata.requires("demo-pkg"), metadata.metadata("demo_pkg")["Name"])
print(metadata.entry_points(group="console_scripts", name="demo"))
print([str(file) for file in metadata.files("demo-pkg")])
try:
    metadata.version("nope")
except metadata.PackageNotFoundError as e:
    print(e)
print(resources.files("demo_pkg").joinpath("data/a.txt").read_text(), resources.read_text("demo_pkg.data", "a.txt"))
with resources.as_file(resources.files("demo_pkg") / "data" / "a.txt") as path:
    print(path.name, path.exists())
print(sorted(entry.name for entry in resources.files("demo_pkg").iterdir() if entry.name != "__pycache__"))

# Classes of finders and loaders.
print(issubclass(machinery.SourceFileLoader, importlib.abc.SourceLoader),
      issubclass(machinery.PathFinder, importlib.abc.MetaPathFinder),
      issubclass(machinery.FileFinder, importlib.abc.PathEntryFinder))


class Memory(importlib.abc.SourceLoader):
    def get_filename(self, name):
        return f"/nowhere/{name}.py"

    def get_data(self, path):
        return b'# -*- coding: latin-1 -*-\r\ny = "\xe9"\r\n'


spec = util.spec_from_loader("from_memory", Memory())
module = util.module_from_spec(spec)
spec.loader.exec_module(module)
print(ascii(module.y), module.__file__, spec.loader.is_package("from_memory"))
print(ascii(Memory().get_source("from_memory")), ascii(util.decode_source(b"\xef\xbb\xbfa\r\nb\n")))


class Text(importlib.abc.InspectLoader):
    def get_source(self, name):
        return "z = 3"

    def is_package(self, name):
        return False


module = types.ModuleType("text")
Text().exec_module(module)
print(module.z)
try:
    importlib.abc.ResourceLoader()
except TypeError as e:
    print(e)

# A module that is executed when it is used.
write("lazy_one.py", 'print("running")\nvalue = 41\n\ndef f():\n    return value\n')
spec = util.find_spec("lazy_one")
spec.loader = util.LazyLoader(spec.loader)
lazy = util.module_from_spec(spec)
sys.modules["lazy_one"] = lazy
spec.loader.exec_module(lazy)
print("not yet")
lazy.other = 5
print(lazy.value + 1, lazy.f(), lazy.other, type(lazy).__name__)
folder.cleanup()
