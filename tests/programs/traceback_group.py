# exit: 1
# stderr: yes
"""An uncaught exception group."""
def fail(n): raise ValueError(f"bad {n}")
def collect():
    errors = []
    for i in range(2):
        try: fail(i)
        except ValueError as e: errors.append(e)
    raise ExceptionGroup("several", [*errors, ExceptionGroup("inner", [KeyError("k")])])
collect()
