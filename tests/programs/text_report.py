"""Word counts, tables, simple CSV and template work on strings."""
text = """the quick brown fox jumps over the lazy dog
the dog barks; the fox runs away
a quick dog is not a lazy dog, is it?
""" * 3
counts = {}
for line in text.splitlines():
    for w in line.replace(";", " ").replace(",", " ").replace("?", " ").split(): counts[w] = counts.get(w, 0) + 1
top = sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
width = max(len(w) for w, _ in top)
for w, n in top[:8]: print(f"{w:<{width}} | {n:>3} | {'#' * n}")
csv = "name,qty,price\nwidget,3,2.50\ngadget,10,0.99\n\"odd, one\",1,100\n"
def parse_csv(s):
    rows = []
    for line in s.strip().split("\n"):
        row, cell, quoted = [], "", False
        for c in line:
            if c == '"': quoted = not quoted
            elif c == "," and not quoted: row.append(cell); cell = ""
            else: cell += c
        rows.append(row + [cell])
    head, *rest = rows
    return [dict(zip(head, r)) for r in rest]
rows = parse_csv(csv); print(rows)
total = 0
for r in rows:
    line = int(r["qty"]) * float(r["price"]); total += line
    print("{name:.<20}{qty:>5}{line:>10.2f}".format(line=line, **r))
print(f"{'total':.<20}{total:>15,.2f}")
def render(tpl, ctx):
    out, i = [], 0
    while (j := tpl.find("{{", i)) >= 0:
        out.append(tpl[i:j]); k = tpl.index("}}", j); expr, *filters = tpl[j + 2:k].strip().split("|")
        v = ctx
        for part in expr.split("."): v = v[part] if isinstance(v, dict) else getattr(v, part)
        for f in filters: v = {"upper": str.upper, "len": len, "rev": lambda s: s[::-1]}[f](v)
        out.append(str(v)); i = k + 2
    return "".join(out) + tpl[i:]
print(render("Dear {{ user.name|upper }}, {{user.name|len}} {{ n }} {{user.name|rev}}!", {"user": {"name": "ann"}, "n": 3}))
def wrap(s, w):
    line = ""
    for word in s.split():
        if len(line) + len(word) + bool(line) > w: yield line; line = word
        else: line += (" " if line else "") + word
    if line: yield line
for l in wrap(text.replace("\n", " ")[:120], 30): print(l.ljust(30, "."), l.center(32), l.rjust(30))
def caesar(s, k): return "".join(chr((ord(c) - 97 + k) % 26 + 97) if c.islower() else c for c in s)
print(caesar("hello, world", 3), caesar(caesar("hello, world", 3), -3))
def rle(s):
    out, i = "", 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]: j += 1
        out += s[i] + (str(j - i) if j - i > 1 else ""); i = j
    return out
print(rle("aaabccddddd"), rle(""), [w[::-1] for w in "level noon abc".split() if w == w[::-1]])
def lev(a, b):
    prev = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        cur = [i]
        for j, y in enumerate(b, 1): cur.append(min(prev[j] + 1, cur[-1] + 1, prev[j - 1] + (x != y)))
        prev = cur
    return prev[-1]
print(lev("kitten", "sitting"), lev("", "abc"), lev("intention" * 5, "execution" * 5))
def roman(n): 
    out = ""
    for v, s in ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while n >= v: out += s; n -= v
    return out
print([roman(n) for n in (4, 9, 14, 1994, 2026)], "%-10s|%+5d|%e" % ("left", 42, 12345.678), "a\tb".expandtabs(4), "{:,}".format(1234567), "{:>+8.1%}".format(0.256))
