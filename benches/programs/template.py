"""A template renderer: compiles text with loops, conditions and filters into nodes, and renders tables."""
N = 25
FILTERS = {"upper": str.upper, "escape": lambda s: str(s).replace("&", "&amp;").replace("<", "&lt;"), "title": lambda s: str(s).title(), "len": len}


class Text:
    def __init__(self, text):
        self.text = text

    def render(self, ctx, out):
        out.append(self.text)


class Expr:
    def __init__(self, source):
        path, *filters = [part.strip() for part in source.split("|")]
        self.path = path.split(".")
        self.filters = [FILTERS[name] for name in filters]

    def value(self, ctx):
        head, *rest = self.path
        value = ctx.lookup(head)
        for name in rest:
            if isinstance(value, dict):
                value = value[name]
            elif name.isdigit():
                value = value[int(name)]
            else:
                value = getattr(value, name)
                if callable(value):
                    value = value()
        for f in self.filters:
            value = f(value)
        return value

    def render(self, ctx, out):
        out.append(str(self.value(ctx)))


class For:
    def __init__(self, name, expr, body):
        self.name, self.expr, self.body = name, expr, body

    def render(self, ctx, out):
        for i, item in enumerate(self.expr.value(ctx)):
            with ctx.scope({self.name: item, "index": i, "first": i == 0}):
                for node in self.body:
                    node.render(ctx, out)


class If:
    def __init__(self, expr, then, other):
        self.expr, self.then, self.other = expr, then, other

    def render(self, ctx, out):
        for node in self.then if self.expr.value(ctx) else self.other:
            node.render(ctx, out)


class Scope:
    def __init__(self, ctx, names):
        self.ctx, self.names = ctx, names

    def __enter__(self):
        self.ctx.stack.append(self.names)

    def __exit__(self, *exc):
        self.ctx.stack.pop()


class Context:
    def __init__(self, names):
        self.stack = [names]

    def scope(self, names):
        return Scope(self, names)

    def lookup(self, name):
        for names in reversed(self.stack):
            if name in names:
                return names[name]
        raise KeyError(name)


def pieces(source):
    at = 0
    while True:
        start = source.find("{", at)
        while start >= 0 and source[start + 1] not in "{%":
            start = source.find("{", start + 1)
        if start < 0:
            yield "text", source[at:]
            return
        if start > at:
            yield "text", source[at:start]
        kind, close = ("expr", "}}") if source[start + 1] == "{" else ("tag", "%}")
        end = source.index(close, start)
        yield kind, source[start + 2:end].strip()
        at = end + 2


def parse(stream, *until):
    nodes = []
    for kind, text in stream:
        if kind == "text":
            nodes.append(Text(text))
        elif kind == "expr":
            nodes.append(Expr(text))
        elif text in until:
            return nodes, text
        elif text.startswith("for "):
            name, _, source = text[4:].partition(" in ")
            body, _ = parse(stream, "endfor")
            nodes.append(For(name, Expr(source), body))
        elif text.startswith("if "):
            then, stop = parse(stream, "else", "endif")
            other = parse(stream, "endif")[0] if stop == "else" else []
            nodes.append(If(Expr(text[3:]), then, other))
        else:
            raise SyntaxError(text)
    return nodes, None


SOURCE = """<h1>{{ title|upper }}</h1>
<table>{% for row in rows %}<tr class="{% if first %}head{% else %}row{% endif %}">
{% for cell in row.cells %}<td>{{ index }}: {{ cell|escape }}</td>{% endfor %}<td>{{ row.name|title|escape }} {{ row.total }}</td></tr>
{% endfor %}</table> {{ rows|len }}"""


class Row:
    def __init__(self, i, width):
        self.name = f"row <{i}> & co"
        self.cells = [i * k for k in range(width)]

    def total(self):
        return sum(self.cells)


def main(n):
    rows = [Row(i, 10) for i in range(n * 3)]
    size = 0
    for _ in range(n):
        nodes, _ = parse(pieces(SOURCE))
        out = []
        ctx = Context({"title": "a report", "rows": rows})
        for node in nodes:
            node.render(ctx, out)
        size += len("".join(out))
    return size


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
