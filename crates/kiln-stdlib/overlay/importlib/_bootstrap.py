"""Kiln's importer is native: this name, which `pydoc` uses, is that of the module that shows it."""

import sys

import _frozen_importlib

sys.modules[__name__] = _frozen_importlib
