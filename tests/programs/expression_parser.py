"""A tokenizer, a recursive-descent parser, a tree walker, a compiler to closures and one to stack code; all must agree."""
import re
from contextlib import contextmanager

TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<op>\*\*|==|!=|<=|>=|//|[-+*/%()<>=,?:]))")


class ParseError(Exception):
    def __init__(self, message, at):
        super().__init__(f"{message} at {at}")
        self.at = at


def tokens(text):
    at = 0
    text = text.rstrip()
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise ParseError(f"unexpected {text[at]!r}", at)
        kind = m.lastgroup
        yield kind, m.group(kind), m.start(kind)
        at = m.end()
    yield "end", "", len(text)


class Node:
    fields = ()

    def __init__(self, *values):
        for name, value in zip(self.fields, values, strict=True):
            setattr(self, name, value)

    def __repr__(self):
        return f"({type(self).__name__} {' '.join(repr(getattr(self, f)) for f in self.fields)})"

    def __eq__(self, other):
        return type(self) is type(other) and all(getattr(self, f) == getattr(other, f) for f in self.fields)

    __match_args__ = ()

    def __init_subclass__(cls):
        cls.__match_args__ = cls.fields


class Num(Node): fields = ("value",)
class Name(Node): fields = ("id",)
class Unary(Node): fields = ("op", "operand")
class Binary(Node): fields = ("op", "left", "right")
class Call(Node): fields = ("function", "args")
class Choice(Node): fields = ("test", "yes", "no")


class Parser:
    levels = [("==", "!=", "<", ">", "<=", ">="), ("+", "-"), ("*", "/", "//", "%")]

    def __init__(self, text):
        self.stream = tokens(text)
        self.depth = 0
        self.next()

    def next(self):
        self.kind, self.text, self.at = next(self.stream)

    def accept(self, *texts):
        if self.kind == "op" and self.text in texts:
            text = self.text
            self.next()
            return text

    def expect(self, text):
        if not self.accept(text):
            raise ParseError(f"expected {text!r}, found {self.text or 'the end'!r}", self.at)

    @contextmanager
    def deeper(self):
        self.depth += 1
        if self.depth > 40:
            raise ParseError("too deep", self.at)
        try:
            yield
        finally:
            self.depth -= 1

    def parse(self):
        tree = self.choice()
        if self.kind != "end":
            raise ParseError(f"unexpected {self.text!r}", self.at)
        return tree

    def choice(self):
        with self.deeper():
            test = self.level(0)
            if self.accept("?"):
                yes = self.choice()
                self.expect(":")
                return Choice(test, yes, self.choice())
            return test

    def level(self, n):
        if n == len(self.levels):
            return self.unary()
        left = self.level(n + 1)
        while op := self.accept(*self.levels[n]):
            left = Binary(op, left, self.level(n + 1))
        return left

    def unary(self):
        if op := self.accept("-", "+"):
            return Unary(op, self.unary())
        base = self.atom()
        if self.accept("**"):
            return Binary("**", base, self.unary())
        return base

    def atom(self):
        kind, text, at = self.kind, self.text, self.at
        if kind == "number":
            self.next()
            return Num(float(text) if "." in text else int(text))
        if kind == "name":
            self.next()
            if not self.accept("("):
                return Name(text)
            args = []
            if not self.accept(")"):
                args.append(self.choice())
                while self.accept(","):
                    args.append(self.choice())
                self.expect(")")
            return Call(text, tuple(args))
        if self.accept("("):
            inner = self.choice()
            self.expect(")")
            return inner
        raise ParseError(f"unexpected {text or 'the end'!r}", at)


OPS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "//": lambda a, b: a // b, "%": lambda a, b: a % b, "**": lambda a, b: a ** b, "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
FUNCTIONS = {"max": max, "min": min, "abs": abs, "sum": lambda *a: sum(a), "zero": lambda: 0}


def walk(tree, env):
    match tree:
        case Num(value):
            return value
        case Name(id):
            return env[id]
        case Unary("-", operand):
            return -walk(operand, env)
        case Unary(_, operand):
            return +walk(operand, env)
        case Binary(op, left, right):
            return OPS[op](walk(left, env), walk(right, env))
        case Call(function, args):
            return FUNCTIONS[function](*[walk(arg, env) for arg in args])
        case Choice(test, yes, no):
            return walk(yes if walk(test, env) else no, env)
    raise TypeError(tree)


def closure(tree):
    match tree:
        case Num(value):
            return lambda env: value
        case Name(id):
            return lambda env: env[id]
        case Unary(op, operand):
            f = closure(operand)
            return (lambda env: -f(env)) if op == "-" else (lambda env: +f(env))
        case Binary(op, left, right):
            f, l, r = OPS[op], closure(left), closure(right)
            return lambda env: f(l(env), r(env))
        case Call(name, args):
            f, parts = FUNCTIONS[name], [closure(arg) for arg in args]
            return lambda env: f(*(part(env) for part in parts))
        case Choice(test, yes, no):
            t, y, n = map(closure, (test, yes, no))
            return lambda env: y(env) if t(env) else n(env)


def stack_code(tree, out=None):
    out = [] if out is None else out
    match tree:
        case Num(value): out.append(("push", value))
        case Name(id): out.append(("load", id))
        case Unary(op, operand):
            stack_code(operand, out)
            out.append(("unary", op))
        case Binary(op, left, right):
            stack_code(left, out)
            stack_code(right, out)
            out.append(("binary", op))
        case Call(name, args):
            for arg in args:
                stack_code(arg, out)
            out.append(("call", (name, len(args))))
        case Choice(test, yes, no):
            stack_code(test, out)
            branch = len(out)
            out.append(None)
            stack_code(yes, out)
            end = len(out)
            out.append(None)
            out[branch] = ("unless", len(out))
            stack_code(no, out)
            out[end] = ("jump", len(out))
    return out


def execute(code, env):
    stack, pc = [], 0
    while pc < len(code):
        op, arg = code[pc]
        pc += 1
        if op == "push":
            stack.append(arg)
        elif op == "load":
            stack.append(env[arg])
        elif op == "unary":
            value = stack.pop()
            stack.append(-value if arg == "-" else +value)
        elif op == "binary":
            right = stack.pop()
            stack[-1] = OPS[arg](stack[-1], right)
        elif op == "call":
            name, count = arg
            args = stack[len(stack) - count:]
            del stack[len(stack) - count:]
            stack.append(FUNCTIONS[name](*args))
        elif op == "unless":
            if not stack.pop():
                pc = arg
        elif op == "jump":
            pc = arg
    [result] = stack
    return result


SOURCES = [
    "1 + 2 * 3", "-2 ** 2", "(1 + x) * (y - 3) // 2", "x % 3 == 0 ? x / 3 : 3 * x + 1", "max(x, y, 10) - min(x, y)",
    "2 ** 3 ** 2", "sum(x, y, x * y, 0.5)", "zero() ? 1 : -x < y ? 7 : 8", "1.5 * x - -y", "abs(-x) != x", "10 / (y - 4)",
]
for source in SOURCES:
    tree = Parser(source).parse()
    assert tree == Parser(source).parse()
    code, f = stack_code(tree), closure(tree)
    results = []
    for x in range(25):
        env = {"x": x, "y": x % 9}
        outcome = []
        for run in (lambda: walk(tree, env), lambda: f(env), lambda: execute(code, env)):
            try:
                outcome.append(run())
            except ZeroDivisionError as e:
                outcome.append(str(e))
        assert outcome[0] == outcome[1] == outcome[2] and len({type(o) for o in outcome}) == 1, (source, env, outcome)
        results.append(outcome[0])
    print(source, "=>", results[:8], len(code))
print(Parser("f(1, -x) ? y : 2").parse())
for bad in ("1 +", "(1", "2 $ 3", "1 2", "f(1,", ")", "x ? 1", "(" * 50 + "1"):
    try:
        Parser(bad).parse()
    except ParseError as e:
        print(bad[:10], "->", e, e.at)
