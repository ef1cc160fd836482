"""Runs every program of benches/programs once, in one process, so that what compiling all of them costs can be measured.

With "batch", every function of theirs is compiled afterwards, in one go. `cargo xtask compile-time` runs this.
"""
import os
import sys

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
batch = sys.argv[1:] == ["batch"]
modules, spaces = set(), []
for name in sorted(os.listdir(folder)):
    if name.endswith(".py"):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            code = compile(file.read(), path, "exec")
        module = name.removesuffix(".py")
        space = {"__name__": module, "__file__": path}
        modules.add(module)
        exec(code, space)
        space["main"](space["N"])
        # The functions must stay for the batch.
        spaces.append(space)

if batch:
    import gc
    import types

    import cinderjit

    functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__module__ in modules]
    functions.sort(key=lambda f: (f.__module__, f.__code__.co_firstlineno, f.__qualname__))
    for function in functions:
        cinderjit.force_compile(function)
