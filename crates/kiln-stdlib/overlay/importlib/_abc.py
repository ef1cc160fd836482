"""The base class of loaders, which other modules of the package need, too."""

import abc
import sys


class Loader(metaclass=abc.ABCMeta):
    """A loader; `exec_module` is what makes it one."""

    def create_module(self, spec):
        """A new module for `spec`, or None for an ordinary one."""
        return None

    def load_module(self, fullname):
        """Load the module into sys.modules and return it. `exec_module` took its place."""
        if not hasattr(self, 'exec_module'):
            raise ImportError
        import warnings
        from importlib.util import module_from_spec, spec_from_loader
        warnings.warn('the load_module() method is deprecated and slated for removal in Python 3.15; '
                      'use exec_module() instead', DeprecationWarning, stacklevel=2)
        spec = spec_from_loader(fullname, self)
        module = sys.modules.get(fullname)
        if module is not None:
            module.__spec__ = spec
            self.exec_module(module)
            return sys.modules[fullname]
        module = sys.modules[fullname] = module_from_spec(spec)
        try:
            self.exec_module(module)
        except BaseException:
            sys.modules.pop(fullname, None)
            raise
        return sys.modules[fullname]
