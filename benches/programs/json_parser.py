"""A JSON reader and writer in plain Python: characters, strings, dicts, recursion, exceptions."""
N = 1500
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def fail(self, what):
        raise ValueError(f"{what} at {self.at}")

    def space(self):
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        self.at = at

    def value(self):
        self.space()
        text = self.text
        if self.at >= len(text):
            self.fail("unexpected end")
        c = text[self.at]
        if c == "{":
            return self.object()
        if c == "[":
            return self.array()
        if c == '"':
            return self.string()
        if c == "-" or c.isdigit():
            return self.number()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if text.startswith(word, self.at):
                self.at += len(word)
                return value
        self.fail(f"unexpected {c!r}")

    def object(self):
        self.at += 1
        out = {}
        self.space()
        if self.text[self.at] == "}":
            self.at += 1
            return out
        while True:
            self.space()
            key = self.string()
            self.space()
            if self.text[self.at] != ":":
                self.fail("expected ':'")
            self.at += 1
            out[key] = self.value()
            self.space()
            c = self.text[self.at]
            self.at += 1
            if c == "}":
                return out
            if c != ",":
                self.fail("expected ','")

    def array(self):
        self.at += 1
        out = []
        self.space()
        if self.text[self.at] == "]":
            self.at += 1
            return out
        while True:
            out.append(self.value())
            self.space()
            c = self.text[self.at]
            self.at += 1
            if c == "]":
                return out
            if c != ",":
                self.fail("expected ','")

    def string(self):
        text = self.text
        at = self.at + 1
        parts = []
        start = at
        while True:
            c = text[at]
            if c == '"':
                parts.append(text[start:at])
                self.at = at + 1
                return "".join(parts)
            if c == "\\":
                parts.append(text[start:at])
                c = text[at + 1]
                if c == "u":
                    parts.append(chr(int(text[at + 2:at + 6], 16)))
                    at += 6
                else:
                    parts.append(ESCAPES[c])
                    at += 2
                start = at
            else:
                at += 1

    def number(self):
        text, start = self.text, self.at
        at = start
        while at < len(text) and text[at] in "+-.0123456789eE":
            at += 1
        self.at = at
        word = text[start:at]
        try:
            return int(word)
        except ValueError:
            return float(word)


def write(v, out):
    if isinstance(v, str):
        out.append('"' + v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"')
    elif v is True or v is False:
        out.append("true" if v else "false")
    elif v is None:
        out.append("null")
    elif isinstance(v, (int, float)):
        out.append(repr(v))
    elif isinstance(v, dict):
        out.append("{")
        for i, (k, w) in enumerate(v.items()):
            if i:
                out.append(",")
            write(k, out)
            out.append(":")
            write(w, out)
        out.append("}")
    else:
        out.append("[")
        for i, w in enumerate(v):
            if i:
                out.append(",")
            write(w, out)
        out.append("]")


def main(n):
    data = [{"id": i, "name": f"item \"{i}\"\n", "price": i * 1.25, "tags": ["a", "b\\c", str(i)], "on": i % 2 == 0, "none": None,
             "nested": {"deep": [[i], {"x": -i}]}} for i in range(n)]
    out = []
    write(data, out)
    text = "".join(out)
    back = Reader(text).value()
    bad = 0
    for broken in ("[1, 2", '{"a" 1}', "tru", "[1 2]", ""):
        try:
            Reader(broken).value()
        except (ValueError, IndexError):
            bad += 1
    return len(text), back == data, bad


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
