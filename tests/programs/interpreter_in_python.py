"""A tokenizer, parser and evaluator for a little language, as real programs are written."""
class Tok:
    __slots__ = ("kind", "val")
    def __init__(self, kind, val): self.kind, self.val = kind, val
    def __repr__(self): return f"{self.kind}:{self.val}"
def lex(src):
    i = 0
    while i < len(src):
        c = src[i]
        if c.isspace(): i += 1; continue
        j = i
        if c.isdigit():
            while j < len(src) and (src[j].isdigit() or src[j] == "."): j += 1
            t = src[i:j]; yield Tok("num", float(t) if "." in t else int(t))
        elif c.isalpha():
            while j < len(src) and src[j].isalnum(): j += 1
            w = src[i:j]; yield Tok("kw" if w in {"let", "in", "if", "then", "else", "fn"} else "id", w)
        else:
            j = i + 2 if src[i:i + 2] in ("==", "<=", "=>") else i + 1
            if src[i:j][0] not in "+-*/()=<,": raise SyntaxError(f"bad character {c!r} at {i}")
            yield Tok("op", src[i:j])
        i = j
    yield Tok("end", None)
class Parser:
    prec = {"==": 1, "<": 1, "<=": 1, "+": 2, "-": 2, "*": 3, "/": 3}
    def __init__(self, src): self.toks = list(lex(src)); self.i = 0
    def peek(self): return self.toks[self.i]
    def next(self): self.i += 1; return self.toks[self.i - 1]
    def expect(self, v):
        t = self.next()
        if t.val != v: raise SyntaxError(f"expected {v!r}, got {t}")
    def expr(self, min_prec=0):
        left = self.unary()
        while (t := self.peek()).kind == "op" and (p := self.prec.get(t.val, -1)) > min_prec:
            self.next(); left = ("bin", t.val, left, self.expr(p))
        return left
    def unary(self):
        if self.peek().val == "-": self.next(); return ("neg", self.unary())
        e = self.atom()
        while self.peek().val == "(" and self.peek().kind == "op":
            self.next(); args = []
            while self.peek().val != ")":
                args.append(self.expr())
                if self.peek().val == ",": self.next()
            self.expect(")"); e = ("call", e, args)
        return e
    def atom(self):
        match self.next():
            case Tok(kind="num", val=v): return ("num", v)
            case Tok(kind="id", val=v): return ("var", v)
            case Tok(val="("): e = self.expr(); self.expect(")"); return e
            case Tok(val="let"):
                name = self.next().val; self.expect("="); v = self.expr(); self.expect("in"); return ("let", name, v, self.expr())
            case Tok(val="if"):
                c = self.expr(); self.expect("then"); a = self.expr(); self.expect("else"); return ("if", c, a, self.expr())
            case Tok(val="fn"):
                self.expect("("); ps = []
                while self.peek().val != ")":
                    ps.append(self.next().val)
                    if self.peek().val == ",": self.next()
                self.expect(")"); self.expect("=>"); return ("fn", ps, self.expr())
            case t: raise SyntaxError(f"unexpected {t}")
class Env(dict):
    def __init__(self, parent=None, **kw): super().__init__(**kw); self.parent = parent
    def __missing__(self, k):
        if self.parent is None: raise NameError(k)
        return self.parent[k]
import operator
OPS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "==": operator.eq, "<": operator.lt, "<=": operator.le}
def ev(n, env):
    match n:
        case ("num", v): return v
        case ("var", name): return env[name]
        case ("neg", e): return -ev(e, env)
        case ("bin", op, a, b): return OPS[op](ev(a, env), ev(b, env))
        case ("let", name, v, body):
            inner = Env(env); inner[name] = ev(v, inner); return ev(body, inner)
        case ("if", c, a, b): return ev(a if ev(c, env) else b, env)
        case ("fn", ps, body): return lambda *args: ev(body, Env(env, **dict(zip(ps, args, strict=True))))
        case ("call", f, args): return ev(f, env)(*(ev(a, env) for a in args))
for src in ("1 + 2 * 3 - -4", "(1 + 2) * 3 / 2", "let x = 5 in x * x", "let fact = fn(n) => if n <= 1 then 1 else n * fact(n - 1) in fact(25)",
            "let fib = fn(n) => if n < 2 then n else fib(n - 1) + fib(n - 2) in fib(13)", "(fn(a, b) => a - b)(10, 3)", "let add = fn(a) => fn(b) => a + b in add(1)(2)",
            "1 +", "y", "2 $ 3", "(1", "if 1 then 2", "1 / 0", "(fn(a) => a)(1, 2)", "1.5 * 4", "let loop = fn(n, acc) => if n == 0 then acc else loop(n - 1, acc + n) in loop(60, 0)"):
    try: print(src, "=", ev(Parser(src).expr(), Env()))
    except Exception as e: print(src, "!", type(e).__name__, e)
