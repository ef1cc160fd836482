# exit: 1
# stderr: yes
"""An uncaught exception: traceback with carets, chaining and notes on standard error; exit code 1."""
def inner(d, key): return d["a"][key] + 1
def middle(values):
    try:
        return inner({"a": values}, "missing")
    except KeyError as e:
        raise ValueError("could not " + "read") from e
class Loader:
    def load(self, n):
        if n == 0:
            return middle({})
        return (self
                .load(n - 1))
print("before", flush=True)
try:
    Loader().load(2)
except ValueError as e:
    e.add_note("first note")
    e.add_note("second\nnote")
    raise RuntimeError
