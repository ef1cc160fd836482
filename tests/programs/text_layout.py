"""Text: wrapping, justifying, tables, a diff, run-length and Huffman coding, a small template language, a word index."""
import heapq
import re
from collections import Counter, defaultdict
from itertools import groupby, zip_longest

TEXT = """The quick brown fox jumps over the lazy dog, and the dog does not mind at all. A dog that sleeps through foxes is a happy dog;
a fox that jumps over dogs is a busy fox. "Why," asks the dog, "should I be awake?" Nobody answers: the fox is gone, over hill and over dale,
through bush, through brier."""


def wrap(text, width, justify=False):
    lines, line, length = [], [], 0
    for word in text.split():
        if line and length + len(line) + len(word) > width:
            lines.append(line)
            line, length = [], 0
        line.append(word)
        length += len(word)
    if line:
        lines.append(line)
    for index, line in enumerate(lines):
        if not justify or index == len(lines) - 1 or len(line) == 1:
            yield " ".join(line)
            continue
        spaces = width - sum(map(len, line))
        gaps = len(line) - 1
        out = ""
        for i, word in enumerate(line[:-1]):
            out += word + " " * (spaces // gaps + (i < spaces % gaps))
        yield out + line[-1]


for width in (60, 33):
    for line in wrap(TEXT, width, justify=width == 33):
        print(f"|{line:<{width}}|")


def table(rows, aligns):
    widths = [max(len(str(cell)) for cell in column) for column in zip_longest(*rows, fillvalue="")]
    rule = "+".join("-" * (w + 2) for w in widths)
    yield rule
    for number, row in enumerate(rows):
        yield "|".join(f" {str(cell):{align}{w}} " for cell, align, w in zip(row, aligns, widths))
        if number == 0:
            yield rule
    yield rule


words = Counter(re.findall(r"[a-z]+", TEXT.lower()))
rows = [("word", "count", "share")]
for word, n in sorted(words.items(), key=lambda item: (-item[1], item[0]))[:7]:
    rows.append((word, n, f"{n / words.total():.1%}"))
print(*table(rows, "<>^"), sep="\n")

index = defaultdict(set)
for number, line in enumerate(wrap(TEXT, 30), 1):
    for word in re.findall(r"\w+", line.lower()):
        index[word[0]].add((word, number))
print({letter: sorted(found) for letter, found in sorted(index.items()) if len(found) > 6}.keys())


def runs(text):
    return "".join(f"{len(list(group))}{ch}" for ch, group in groupby(text))


def unruns(code):
    return "".join(ch * int(n) for n, ch in re.findall(r"(\d+)(\D)", code))


picture = "....####....##....##..######..##....##..####...." * 3
print(runs(picture)[:40], unruns(runs(picture)) == picture)


def huffman(text):
    heap = [(n, i, ch) for i, (ch, n) in enumerate(sorted(Counter(text).items()))]
    heapq.heapify(heap)
    serial = len(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], serial, (a, b)))
        serial += 1
    codes = {}

    def walk(node, prefix):
        match node:
            case (_, _, str() as ch):
                codes[ch] = prefix or "0"
            case (_, _, (left, right)):
                walk(left, prefix + "0")
                walk(right, prefix + "1")
    walk(heap[0], "")
    return codes


def decode(bits, codes):
    back = {code: ch for ch, code in codes.items()}
    out, code = [], ""
    for bit in bits:
        code += bit
        if code in back:
            out.append(back[code])
            code = ""
    assert not code
    return "".join(out)


codes = huffman(TEXT)
bits = "".join(codes[ch] for ch in TEXT)
print(len(TEXT) * 8, len(bits), decode(bits, codes) == TEXT, sorted(codes.items(), key=lambda c: (len(c[1]), c))[:5])


def common(a, b):
    """The longest common subsequence, as pairs of indices."""
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        row, below = lengths[i], lengths[i + 1]
        for j in range(len(b) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if a[i] == b[j] else max(below[j], row[j + 1])
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1


def diff(a, b):
    i = j = 0
    for x, y in [*common(a, b), (len(a), len(b))]:
        for line in a[i:x]:
            yield "- " + line
        for line in b[j:y]:
            yield "+ " + line
        if x < len(a):
            yield "  " + a[x]
        i, j = x + 1, y + 1


old = list(wrap(TEXT, 50))
new = list(wrap(TEXT.replace("brown", "red").replace("Nobody answers", "Nobody is there to answer"), 50))
print(*diff(old, new), sep="\n")


class Template:
    TAG = re.compile(r"\{%\s*(.*?)\s*%\}|\{\{\s*(.*?)\s*\}\}")

    def __init__(self, text):
        self.parts, self.open = [], []
        stack = [self.parts]
        at = 0
        for m in self.TAG.finditer(text):
            stack[-1].append(text[at:m.start()])
            at = m.end()
            tag, value = m.groups()
            if value is not None:
                name, *filters = value.split("|")
                stack[-1].append(("show", name, filters))
                continue
            match tag.split():
                case ["for", name, "in", source]:
                    body = []
                    stack[-1].append(("for", name, source, body))
                    stack.append(body)
                case ["if", "not", name]:
                    body = []
                    stack[-1].append(("if", name, False, body))
                    stack.append(body)
                case ["if", name]:
                    body = []
                    stack[-1].append(("if", name, True, body))
                    stack.append(body)
                case ["end"] if len(stack) > 1:
                    stack.pop()
                case other:
                    raise SyntaxError(f"bad tag {' '.join(other)!r}")
        stack[-1].append(text[at:])
        if len(stack) > 1:
            raise SyntaxError("a tag is not closed")

    filters = {"upper": str.upper, "title": str.title, "quoted": lambda s: f'"{s}"'}

    def look(self, name, env):
        first, *rest = name.split(".")
        value = env[first]
        for part in rest:
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        return value

    def render(self, env, parts=None):
        out = []
        for part in self.parts if parts is None else parts:
            match part:
                case str():
                    out.append(part)
                case "show", name, filters:
                    value = str(self.look(name, env))
                    for f in filters:
                        value = self.filters[f](value)
                    out.append(value)
                case "for", name, source, body:
                    for value in self.look(source, env):
                        out.append(self.render({**env, name: value}, body))
                case "if", name, wanted, body:
                    if bool(self.look(name, env)) is wanted:
                        out.append(self.render(env, body))
        return "".join(out)


page = Template("<h1>{{title|upper}}</h1>{% for p in people %}<li>{{p.name|title|quoted}}{% if p.old %} ({{p.age}}){% end %}{% if not p.old %}!{% end %}</li>{% end %}")
people = [{"name": f"person {i}", "age": i, "old": i % 3 == 0} for i in range(40)]
html = page.render({"title": "all of them", "people": people})
print(len(html), html[:120])
for bad in ("{% for x %}", "{% if a %}", "{% end %}"):
    try:
        Template(bad)
    except SyntaxError as e:
        print(e.msg)
