"""The examples in the documentation of built-in types and native modules give what they show."""

import builtins


def examples(doc):
    """Yields (source, expected text) for each `>>>` in a docstring."""
    source, expected = None, []
    for line in [*doc.splitlines(), ""]:
        text = line.strip()
        if text.startswith(">>> "):
            if source is not None:
                yield source, "\n".join(expected)
            source, expected = text[4:], []
        elif source is not None and text.startswith("... "):
            source += "\n" + text[4:]
        elif source is not None and text:
            expected.append(line.rstrip())
        elif source is not None:
            yield source, "\n".join(expected)
            source, expected = None, []


def documented():
    """Names and docstrings, of the functions, the classes and the methods that are written in Rust here."""
    for name, value in vars(builtins).items():
        yield name, value
        if isinstance(value, type):
            for method, function in vars(value).items():
                yield name + "." + method, function


def run(source, space):
    """What the prompt would show."""
    try:
        code = compile(source, "<example>", "eval")
    except SyntaxError:
        exec(source, space)
        return ""
    value = eval(code, space)
    return "" if value is None else repr(value)


failures = 0
for where, value in list(documented()):
    doc = getattr(value, "__doc__", None)
    if not isinstance(doc, str) or ">>> " not in doc:
        continue
    space = {}
    for source, expected in examples(doc):
        try:
            *statements, last = source.split("; ")
            exec("; ".join(statements), space)
            got = run(last, space)
        except Exception as e:
            got = type(e).__name__ + ": " + str(e)
        if got != expected.strip() and got != expected:
            failures += 1
            print(where, source, "shows", repr(expected), "but gives", repr(got))
print("failures:", failures)
