"""sys.settrace and sys.setprofile."""
import sys
def trace_me():
    a = 1
    b = a + 1
    return b
events = []
def tracer(frame, event, arg):
    if frame.f_code.co_name == "trace_me": events.append((event, frame.f_lineno - frame.f_code.co_firstlineno)); return tracer
sys.settrace(tracer); trace_me(); sys.settrace(None)
print(events)
prof = []
sys.setprofile(lambda fr, ev, arg: prof.append((ev, fr.f_code.co_name)) if ev in ("call", "return") and fr.f_code.co_name == "trace_me" else None); trace_me(); sys.setprofile(None); print(prof)


# Exceptions, generators, profiles of native functions.
def failing():
    try:
        1 / 0
    except ZeroDivisionError:
        return "handled"


def generate():
    yield 1
    yield 2


def leaving():
    raise KeyError("gone")


def run(function):
    log = []
    def local(frame, event, arg):
        # Kiln has no event for the line of `try:` itself.
        is_try = event == "line" and frame.f_code is failing.__code__
        if frame.f_code.co_name in ("failing", "generate", "leaving") and not is_try:
            shown = arg[0].__name__ if event == "exception" else arg
            log.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, shown))
        return local
    sys.settrace(local)
    try:
        function()
    except KeyError:
        pass
    finally:
        sys.settrace(None)
    for entry in log:
        print(*entry)


run(failing)
run(lambda: list(generate()))
run(leaving)
log = []
sys.setprofile(lambda frame, event, arg: log.append((event, getattr(arg, "__name__", None))) if event.startswith("c_") else None)
len([])
sorted([2, 1])
sys.setprofile(None)
print(log)


# A frame's variables are changed before its next line.
def changed():
    value = 1
    return value


def change(frame, event, arg):
    if event == "line" and frame.f_lineno == changed.__code__.co_firstlineno + 2:
        frame.f_locals["value"] = 42
    return change


sys.settrace(change)
result = changed()
sys.settrace(None)
print(result, sys.gettrace())
