"""Writes `regex.txt`: patterns compiled by CPython 3.14's `re`, texts, and where every match and group lies."""

import random
import re
import signal
import struct
from pathlib import Path
from re import _compiler, _parser

rnd = random.Random(7)
lines = {}


def alarm(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, alarm)


def add(pattern, flags, *texts):
    try:
        parsed = _parser.parse(pattern, flags)
        code = _compiler._code(parsed, flags)
        compiled = re.compile(pattern, flags)
    except (re.error, OverflowError, RuntimeError):
        return
    packed = struct.pack(f"<{len(code)}I", *code).hex()
    for text in texts:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            found = [list(m.regs) + [(m.lastindex or 0, 0)] for m in compiled.finditer(text)]
            full = compiled.fullmatch(text)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except TimeoutError:
            continue
        found.append(list(full.regs) if full else [])
        result = "(" + ";".join("(" + ";".join(f"(i{a:x};i{b:x})" for a, b in spans) + ")" for spans in found) + ")"
        subject = "s" + ".".join(f"{ord(c):x}" for c in text)
        lines[f"regex\tb{packed}\ti{compiled.groups:x}\t{subject}\t{result}"] = None


I, M, S, A = re.I, re.M, re.S, re.A
add(r"(\w+)\s+(?P<n>\d+)", 0, "abc 123 x 9", "é 1")
add(r"(?i)x*", 0, "aXxb", "")
add(r"x*", 0, "abxd")
add(r"(a|ab)(c|bcd)(d*)", 0, "abcd", "acd")
add(r"(?<=b)c(?!d)", 0, "abcd abce bc")
add(r"(?<!a)b", 0, "ab bb b")
add(r"(?:(a+)(b*))+c", 0, "aababc", "aabb")
add(r"(a)?(?(1)b|c)", 0, "ab", "c", "b")
add(r"(a)?(?(1)b)", 0, "ab", "c", "a")
add(r"(?>a+)b|(?>x|xy)z", 0, "aaab", "xyz", "xz")
add(r"a*+a|b++c|(?:ab)*+c|(?:ab){1,2}+ab", 0, "aaa", "bbbc", "ababc", "ababab")
add(r"(.)\1", 0, "aabbcd")
add(r"(.)\1", I, "aAbB", "éÉ")
add(r"\bfoo\b|\Bx\B", 0, "foo afoo foo1 axa", "")
add(r"^a$|b\Z|\Ac", M, "a\nb\nc", "c\na\n")
add(r"a.c", 0, "a\nc abc")
add(r"a.c", S, "a\nc abc")
add(r"[^\W\d_]+", 0, "12ab_é")
add(r"[a-zà-ÿ]+", I, "ABÇdé")
add(r"\w+", A, "abé1")
add(r"(?:a|b)*?c", 0, "ababc")
add(r"(a*)*b|(a|b)*", 0, "aaab", "abab")
add(r"(a*?)*?b", 0, "aab")
add(r"(?:a?|b)*?b{2,}", 0, "abbb")
add(r"(?:(?:a)|b){2,3}x", 0, "abx aabx ax")
add(r"ſ|k|\u212a", I, "sSſkK\u212a")
add(r"[^x]{3}(?=y)", 0, "abcy abxy")
add(r"(((a)b)c)?d", 0, "abcd d")
add(r"(?P<q>['\"]).*?(?P=q)", 0, "'a' \"b'c\" x")
add(r"日本|😀+", 0, "x日本😀😀", "日")
add(r"(a)|(b)|(c)", 0, "abc")
add(r"(?=(a+))a*b\1", 0, "baaabac")
add(r"(?!.*x)\w+", 0, "abc", "abx")
add(r"(\d+)(?:px|em)(?!\w)", 0, "12px 3em 4pxx")
add(r"[\s\S]{2,4}?b", 0, "a b xxxxb")
add(r"(?m:^x)|(?i:y)", 0, "x\nxY")
ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\d", "é", "(a)", "(b|c)", "(?:ab)", "(?:a|bc)", r"\b", "^", "$", r"\1", "(?=a)", "(?!b)", "(?<=a)", "(ab?)", "日", "[a-c]", "x"]
QUANT = ["", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "*+", "++", "?+"]


def regex(depth=0):
    parts = []
    for _ in range(rnd.randrange(1, 5)):
        atom = rnd.choice(ATOMS)
        if depth < 2 and rnd.random() < 0.25:
            atom = rnd.choice(["(%s)", "(?:%s)", "(?>%s)", "(?=%s)", "(?:%s)"]) % regex(depth + 1)
        parts.append(atom + (rnd.choice(QUANT) if atom not in ("^", "$", r"\b") else ""))
    out = "".join(parts)
    return out + "|" + regex(depth + 1) if depth < 2 and rnd.random() < 0.2 else out


import warnings

warnings.simplefilter("ignore")
while len(lines) < 1300:
    texts = ["".join(rnd.choice("aaabbcx é1日\n") for _ in range(rnd.randrange(0, 14))) for _ in range(2)]
    add(regex(), rnd.choice([0, 0, 0, I, M, S, I | M]), *texts)
(Path(__file__).parent / "regex.txt").write_text("\n".join(lines) + "\n")
