"""The classes that import uses."""

import sys

BuiltinImporter, FrozenImporter, PathFinder = sys.meta_path[:3] if len(sys.meta_path) >= 3 else (None, None, None)
ModuleSpec = type(sys.__spec__)
import keyword as _embedded
SourceFileLoader = type(_embedded.__loader__)

SOURCE_SUFFIXES = ['.py']
BYTECODE_SUFFIXES = ['.pyc']
DEBUG_BYTECODE_SUFFIXES = OPTIMIZED_BYTECODE_SUFFIXES = BYTECODE_SUFFIXES
EXTENSION_SUFFIXES = []


def all_suffixes():
    return SOURCE_SUFFIXES + BYTECODE_SUFFIXES + EXTENSION_SUFFIXES


__all__ = ['BuiltinImporter', 'FrozenImporter', 'PathFinder', 'ModuleSpec', 'SourceFileLoader', 'SOURCE_SUFFIXES',
           'BYTECODE_SUFFIXES', 'EXTENSION_SUFFIXES', 'all_suffixes']
