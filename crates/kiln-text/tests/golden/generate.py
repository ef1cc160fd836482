"""Writes the golden files of kiln-text: operations, arguments and CPython 3.14's results. Run with CPython 3.14."""

import math
import random
import struct
import sys
import unicodedata
from pathlib import Path

HERE = Path(__file__).parent
rnd = random.Random(42)


def enc(x):
    if x is None:
        return "N"
    if x is True:
        return "T"
    if x is False:
        return "F"
    if isinstance(x, int):
        return f"i{x:x}"
    if isinstance(x, float):
        return "fnan" if x != x else "f" + struct.pack(">d", x).hex()
    if isinstance(x, complex):
        return f"c{enc(x.real)},{enc(x.imag)}"
    if isinstance(x, str):
        return "s" + ".".join(f"{ord(c):x}" for c in x)
    if isinstance(x, (bytes, bytearray)):
        return "b" + bytes(x).hex()
    if isinstance(x, (tuple, list)):
        return "(" + ";".join(map(enc, x)) + ")"
    raise TypeError(type(x))


class File:
    def __init__(self, name):
        self.name, self.lines = name, []

    def add(self, op, f, *args):
        try:
            result = enc(f(*args))
        except UnicodeError as e:
            result = f"!{e.encoding}|{e.start}|{e.end}|{e.reason}"
        except Exception as e:
            result = f"!{type(e).__name__}|{e}"
        line = "\t".join([op, *map(enc, args), result])
        if "\n" not in line:
            self.lines.append(line)

    def write(self):
        (HERE / f"{self.name}.txt").write_text("\n".join(dict.fromkeys(self.lines)) + "\n", encoding="utf-8")


sys.set_int_max_str_digits(0)
INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 255, 256, -255, -256, 2**31, 2**61 - 1, 2**61, -(2**61), 2**62, 2**63 - 1, 2**63,
        -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, -(2**64), 2**127, 2**128, 10**30, -(10**40), 2**500 - 1, -(2**500), 3**300]


def rint():
    n = rnd.getrandbits(rnd.choice([1, 5, 30, 62, 63, 64, 65, 100, 128, 129, 200, 400]))
    return -n if rnd.random() < 0.5 else n


f = File("int")
pairs = [(a, b) for a in INTS[:26] for b in INTS[:26]] + [(rint(), rint()) for _ in range(300)]
OPS = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "divmod": divmod,
       "mod": lambda a, b: a % b, "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
       "truediv": lambda a, b: a / b, "gcd": math.gcd}
for a, b in pairs:
    for name in rnd.sample(sorted(OPS), 2):
        f.add(name, OPS[name], a, b)
for a in INTS + [rint() for _ in range(60)]:
    f.add("neg", lambda a: -a, a), f.add("invert", lambda a: ~a, a), f.add("bit_length", lambda a: a.bit_length(), a)
    f.add("bit_count", lambda a: a.bit_count(), a), f.add("hash", hash, a), f.add("float", float, a)
    f.add("str", str, a), f.add("hex", hex, a), f.add("oct", oct, a), f.add("bin", bin, a)
    if a >= 0:
        f.add("isqrt", math.isqrt, a)
    for s in rnd.sample([0, 1, 13, 64, 65, 200], 3):
        f.add("shl", lambda a, s: a << s, a, s), f.add("shr", lambda a, s: a >> s, a, s)
    for n in rnd.sample([0, 1, 4, 8, 9, 17, 70], 3):
        for order in ("little", "big"):
            for signed in (False, True):
                f.add("to_bytes", lambda a, n, o, s: a.to_bytes(n, o, signed=s), a, n, order, signed)
for _ in range(150):
    a, e = rint(), rnd.randrange(0, 20)
    f.add("pow", lambda a, e: a**e, a >> 100 if a > 2**300 else a % 1000 - 500, e)
    f.add("powmod", pow, rint(), rint() >> 60, rint())
    b = rnd.randbytes(rnd.randrange(0, 30))
    f.add("from_bytes", lambda b, o, s: int.from_bytes(b, o, signed=s), b, rnd.choice(["little", "big"]), rnd.random() < 0.5)
for n in [2**53, 2**53 + 1, 2**54 + 3, 2**1024 - 2**970 - 1, 2**1024 - 2**970, 2**1024 - 1, 2**1023 * 3 // 2, 10**308, 10**309]:
    for d in (-1, 0, 1):
        f.add("float", float, n + d), f.add("float", float, -n + d)
for a, b in [(1, 3), (2**2000, 3**1200), (1, 2**1074), (1, 2**1075), (3, 2**1075), (3, 2**1076), (2**1024, 1), (2**1024 - 1, 2**0),
             (10**400, 10**100), (5, 10**330), (2**53 + 1, 2), ((2**53 + 1) * 2**971 * 2, 2)]:
    f.add("truediv", lambda a, b: a / b, a, b), f.add("truediv", lambda a, b: a / b, -a, b)
for x in [0.0, 0.5, -0.5, 1e16, 2.0**53, 2.0**63, -2.0**63, 1e300, math.inf, -math.inf, math.nan, 1e22, 3.7]:
    for n in INTS:
        f.add("cmpf", lambda n, x: None if x != x else (n > x) - (n < x), n, x)
    f.add("trunc", lambda x: int(x), x)
sys.set_int_max_str_digits(4300)
for text in ["0", "1", "-1", " 12 ", "\t12\n", "+5", "--5", "", " ", "_1", "1_", "1__0", "1_000", "0x1f", "0X1F", "0b101", "0o17", "0x", "0x_1", "0x__1",
             "010", "00", "0_0", "0_1", "01_0", "zz", "1z", "ff", "0b2", "1.0", "1e5", "९", "１２", "\u00a012\u2003", "1\x00", "x", "+", "-", "+ 1",
             "\x1c5", "5\x85", "é", "9" * 700, "9" * 4300, "9" * 4301, "0" * 5000, "1_" * 2200 + "1", "-" + "9" * 4301, "f" * 4400, "0xg", "0b_1_0", "𝟙"]:
    for base in (0, 10, 2, 8, 16, 36, 1, 37) if len(text) < 100 else (10, 16):
        f.add("parse", lambda t, b: int(t, b), text, base)
f.add("tostr", str, 10**4299), f.add("tostr", str, 10**4300), f.add("tostr", str, -(10**4300) + 1), f.add("tostr", str, -(10**4300))
f.write()

f = File("float")
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 9.9999e-5, 5e-324, 2.2250738585072014e-308,
          1.7976931348623157e308, math.inf, -math.inf, math.nan, 1e22, 1e23, 2.0**62, 2.0**256, math.pi, 1 / 3, 100.0, 12345.678, 0.3, 2.675, 1e100, 1e-100]


def rfloat():
    k = rnd.random()
    if k < 0.4:
        return struct.unpack("d", rnd.randbytes(8))[0]
    if k < 0.7:
        return round(rnd.uniform(-1e6, 1e6), rnd.randrange(0, 6))
    return rnd.randrange(-1000, 1000) / rnd.choice([1, 2, 4, 8, 3])


allf = FLOATS + [rfloat() for _ in range(150)]
for x in allf:
    f.add("repr", repr, x), f.add("hex", lambda x: x.hex(), x), f.add("is_integer", lambda x: x.is_integer(), x)
    if x == x:
        f.add("hash", hash, x)
        f.add("ratio", lambda x: x.as_integer_ratio(), x)
    if math.isfinite(x):
        f.add("trunc", int, x)
    f.add("fromhex", float.fromhex, x.hex())
    for n in rnd.sample([-310, -308, -20, -3, -2, -1, 0, 1, 2, 3, 5, 10, 17, 30, 330], 4):
        f.add("round", lambda x, n: round(x, n), x, n)
for _ in range(200):
    a, b = rnd.choice(allf), rnd.choice(allf)
    f.add("divmod", divmod, a, b), f.add("mod", lambda a, b: a % b, a, b), f.add("floordiv", lambda a, b: a // b, a, b)
for a in FLOATS + [-8.0, -27.0, 10.0]:
    for b in [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, math.inf, -math.inf, math.nan, 1 / 3, 400.0, -400.0]:
        f.add("pow", lambda a, b: None if isinstance(r := a**b, complex) else r, a, b)
for text in ["1", "1.", ".5", ".", "1e5", "1e", "1e+", "1E-5", "inf", "-inf", "+Infinity", "nan", "-NaN", "infin", " 1.5 ", "1_0", "1__0", "_1", "1_", "1_.5", "1._5",
             "1e_5", "1e5_0", "0x1p3", "1e400", "-1e400", "1e-400", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "9007199254740993",
             "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
             "1\x00", "", " ", "१.५", "１e２", "1 2", "--1", "+-1", "1e5.0", "\u20031\u00a0", "infinity_", "n_an", "1d5"]:
    f.add("parse", float, text)
for text in ["0x1", "1", "0x.8", "0x1.8p1", "-0x1.8p-1", "0x1p1024", "0x1p-1075", "0x1.8p-1075", "0x1p-1074", "0x0.00000000000008p-1022", "0x1.fffffffffffff8p1023",
             "0x1.fffffffffffff7p1023", "0x1.00000000000008p0", "0x1.00000000000018p0", "0x1.000000000000080001p0", "inf", "-nan", "0x", "p1", "0xp1", "0x1p", "0x1.p3", "zz",
             " 0x1 ", "0x1 2", "0X1.8P+1", "1p999999999999", "0p999999999999", "1p-999999999999", "0x" + "f" * 60, "0x." + "0" * 60 + "1p240", ""]:
    f.add("fromhex", float.fromhex, text)
f.write()

f = File("complex")
Z = [complex(a, b) for a in (0.0, -0.0, 1.0, -2.5, 1e200, math.inf, -math.inf, math.nan) for b in (0.0, -0.0, 1.0, -3.0, 1e200, math.inf, math.nan)]
for z in Z:
    f.add("repr", repr, z), f.add("hash", lambda z: None if z != z else hash(z), z), f.add("abs", abs, z)
    for w in rnd.sample(Z, 12):
        f.add("mul", lambda a, b: a * b, z, w), f.add("div", lambda a, b: a / b, z, w)
    for w in [0j, 1 + 0j, 2 + 0j, -1 + 0j, 0.5 + 0j, 1j, 3 + 2j, -2 + 0j, 100 + 0j, 101 + 0j]:
        f.add("pow", lambda a, b: a**b, z, w)
    f.add("rdiv", lambda x, z: x / z, 1.5, z), f.add("rdiv", lambda x, z: x / z, math.inf, z)
for text in ["1", "1j", "j", "+j", "-j", "1+j", "1-1j", "(1+2j)", " ( 1+2j ) ", "1 + 2j", "1+2", "1e5j", "inf+nanj", "nanj", "-infj", "1_0+2_0j", "1+2jj", "(1", "1)", "", "()", "j1", "1+-2j", "++1j",
             "1.5e3-2.5E-3J", "infinityj", "i", "１+２j"]:
    f.add("parse", complex, text)
f.write()

f = File("format")
SPECS = ["", "5", "<5", ">8", "^9", "=10", "+", "-", " ", "z", "#", "010", "+010", "*^12", ",", "_", "15,", "015,", "+020_", "b", "#b", "o", "#o", "x", "#X", "#010x", "_x", "_b", "020_b", ",x", "c", "5c",
         "d", "n", "e", ".2e", "E", "f", ".0f", "#.0f", ".3f", "F", "g", ".3g", "#.3g", "G", "%", ".1%", "10.3%", "s", ".3", ".10", ".0", "#.3", "z.1f", "+z.0f", ",.2f", "_.3f", "020,.2f", "+c", "#c", "zd",
         ",_", "_,", "10.", ".,f", "._f", ".6_f", ".7,e", ",.6_f", ".5_", "q", "é", "5.2d", "xx", "10d5", "é<6", "^07", "<07", "99999999999999999999", ".99999999999999999999", ".2s", "0s", "=5s", "+s", " s", "#s", "zs",
         "1,s", ",n", ",c", "_c", "08,d", "09,d", "012,d", ",%", "é", "\x00<5", "０5", "5.2_s", "020x", "#020x", "+#x", "r", "a", ".1z", "-010.3f", "=+8.2f"]
NUMS = [0, 1, -1, 5, -42, 255, 1234, -1234567, 12345678901234567890, 65, 0x1F600, 2**70]
FS = [0.0, -0.0, 1.0, -1.5, 3.14159265, 1234567.891, 1e10, 1e16, 1e-5, -0.0001, 0.5, 2.5, 1e100, math.inf, -math.inf, math.nan, 123456789.123456789, 99999.5, 0.1, 100.0, -0.04]
for spec in SPECS:
    for n in rnd.sample(NUMS, 5):
        f.add("int", lambda n, s: format(n, s), n, spec)
    for x in rnd.sample(FS, 8):
        f.add("float", lambda n, s: format(n, s), x, spec)
    for t in ["", "a", "héllo wörld", "日本"]:
        f.add("str", lambda n, s: format(n, s), t, spec)
    for z in [0j, 1 + 2j, -0.0 - 1.5j, complex(math.inf, -math.nan), 1234.5 + 1e20j]:
        f.add("complex", lambda n, s: format(n, s), z, spec)
f.add("int", lambda n, s: format(n, s), 10**5000, "e"), f.add("int", lambda n, s: format(n, s), 10**5000, "d"), f.add("int", lambda n, s: format(n, s), -1, "c")
FLAGS = ["", "-", "+", " ", "#", "0", "-0", "+0", " 0", "#0", "+-5", "0+"]
for fl in FLAGS:
    for w in ["", "12"]:
        for p in ["", ".0", ".3", ".12"]:
            for c in "dixXoueEfFgG":
                fmt = "%" + fl + w + p + c
                for v in rnd.sample(NUMS, 2) if c in "dixXou" else rnd.sample(FS, 2):
                    f.add("printf", lambda v, fmt: fmt % v, v, fmt)
            f.add("printf", lambda v, fmt: fmt % v, "héllo", "%" + fl + w + p + "s")
for t in ["", "abc", "{{}}", "{", "}", "{}", "{0}", "{a}", "a{0.b[c]}d", "{0[1].x!r:>{w}}", "{!r}", "{!", "{!r", "{!rx}", "{a!r:}", "{:{}}", "{:{", "{a{b}}", "{a[{]}", "}{", "{}}", "{{}", "{0.}", "{0[]}", "{0[1}", "{0[1]x}", "{.a}",
          "{[a]}", "x{a:b}y{c!s}z", "{a:{b}{c}}", "{a:}", "{!r:}", "{a!}", "{99999999999999999999}", "{a[b]c}", "{a.b.c[0][x]}"]:
    import _string

    f.add("fields", lambda t: [list(p) for p in _string.formatter_parser(t)], t)
for t in ["", "0", "a", "0.b", "a.b[c].d[12]", "[x]", ".x", "a.", "a[", "a[]", "a[1]b", "0x", "１", "99999999999999999999", "a[0]", "a..b"]:
    f.add("fieldname", lambda t: [(p := _string.formatter_field_name_split(t))[0], [list(s) for s in p[1]]], t)
f.write()

f = File("text")
WORDS = ["", "a", "abc", "Hello World", "ǅenana", "ΑΣ", "ΑΣ Σ", "ΑΣΑ", "Σ", "straße", "ﬀ ŉ", "İi", "日本語", "\U0001f600x", "ÀÉ", "they're bill's", "1a", "a1", "_x", "é", "ªº", "ⅷ", "²", "½", "٣", "\u0345", "a\u0300b",
         "\tx\n y\r\n", " \u2003 ", "a,b,,c", ",", "aaa", "abab", "x" * 20 + "y", "İ", "ᾳ", "ᾼ", "A\u00adΣ", "A.Σ", "\ud800", "a\u2028b\x85c\x1cd\ve", "  a  b  ", "\xa0a\xa0", "\u3000é", "mixed é 日 \U0001f600", "-42", "+7", "\x7f", "'", '"', "'\"", "\\", "\x00\x1f\x7f\x80\xad\u200b\ue000\uffff"]
ONE = ["upper", "lower", "title", "capitalize", "swapcase", "casefold", "isalpha", "isalnum", "isdecimal", "isdigit", "isnumeric", "isspace", "isprintable", "islower", "isupper", "istitle", "isidentifier", "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip"]
for w in WORDS:
    for m in ONE:
        f.add(m, getattr(str, m), w)
    f.add("linesends", lambda w: w.splitlines(True), w), f.add("repr", repr, w), f.add("ascii", ascii, w)
    for k in (0, 1, 2):
        f.add("splitn", lambda w, k: w.split(None, k), w, k), f.add("rsplitn", lambda w, k: w.rsplit(None, k), w, k)
    for width in (0, 5, 8, 9):
        f.add("center", lambda w, n: w.center(n, "é"), w, width), f.add("zfill", str.zfill, w, width), f.add("expandtabs", str.expandtabs, w, width)
    f.add("unicode_escape", lambda w: w.encode("unicode_escape"), w), f.add("raw_unicode_escape", lambda w: w.encode("raw_unicode_escape"), w)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        f.add("normalize", lambda w, m: unicodedata.normalize(m, w), w, form)
ALPHA = ["ab", "aé", "a日", "a\U0001f600", "ab", "\n \t"]
for _ in range(250):
    al = rnd.choice(ALPHA) + rnd.choice(["", "b", "c"])
    h = "".join(rnd.choice(al) for _ in range(rnd.randrange(0, 60)))
    i = rnd.randrange(0, len(h) + 1)
    n = h[i : i + rnd.randrange(0, 14)] if rnd.random() < 0.6 else "".join(rnd.choice(al) for _ in range(rnd.randrange(0, 4)))
    f.add("find", str.find, h, n), f.add("rfind", str.rfind, h, n), f.add("count", str.count, h, n)
    a, b = rnd.randrange(-70, 70), rnd.randrange(-70, 70)
    f.add("findb", str.find, h, n, a, b), f.add("rfindb", str.rfind, h, n, a, b)
    f.add("replace", str.replace, h, n, rnd.choice(["", "x", "日日"]), rnd.choice([-1, 0, 1, 2]))
    if n:
        k = rnd.choice([-1, 0, 1, 2])
        f.add("splitby", str.split, h, n, k), f.add("rsplitby", str.rsplit, h, n, k), f.add("stripc", str.strip, h, n)
    m = "".join(rnd.choice(al) for _ in range(rnd.randrange(0, 60)))
    f.add("cmp", lambda a, b: (a > b) - (a < b), h, m)
for b in [b"", b"abc", b"it's", b'"', b"'\"", bytes(range(256)), b"\\\n\r\t"]:
    f.add("bytesrepr", repr, b)
marks = "aA\u0300\u0301\u0327\u0345\u1100\u1161\u11a8\uac00\uac01\u0958\u1e9b\u0323\u2126\ufb01\u00c5\u212b"
for _ in range(150):
    w = "".join(rnd.choice(marks) for _ in range(rnd.randrange(1, 7)))
    for form in rnd.sample(["NFC", "NFD", "NFKC", "NFKD"], 2):
        f.add("normalize", lambda w, m: unicodedata.normalize(m, w), w, form)
f.write()

f = File("codecs")
B = [b"", b"abc", b"\xc3\xa9", b"\xff", b"a\x80b", b"\xc3", b"\xe0\x80\x80", b"\xe3\x81", b"\xe3\x81x", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf",
     b"x\xe3\xff\xe3\x81\x82y", b"\xff\xfea\x00", b"\xfe\xff\x00a", b"a\x00b", b"\x00\xd8", b"\x00\xd8a\x00", b"\x00\xdc", b"\x3d\xd8\x00\xde", b"\xff\xfe\x00\x00a\x00\x00\x00", b"\x00\x00\xfe\xff\x00\x00\x00a", b"\x00\xd8\x00\x00", b"\x00\x00\x11\x00", b"abcde"]
B += [rnd.randbytes(rnd.randrange(1, 12)) for _ in range(25)]
ERR = ["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass"]
ENC = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "ascii", "latin-1"]
for b in B:
    for e in ENC:
        for h in ERR:
            f.add("decode", lambda b, e, h: b.decode(e, h), b, e, h)
S = ["", "abc", "é", "日本", "a\ud800b", "\udc80\udcff", "\ud83d\ude00", "\U0001f600", "x\udc80é日\ud800", "Ā" * 3 + "\xff"]
for s in S:
    for e in ENC:
        for h in ERR + ["xmlcharrefreplace", "namereplace"]:
            f.add("encode", lambda b, e, h: b.encode(e, h), s, e, h)
for b in [b"abc", rb"\n\t\\\'\"\a\b\f\v\r", rb"\x41\x4", rb"\x", rb"\u0041\u004", rb"\U0001f600\U00110000", rb"\N{DIGIT ONE}\N{NO SUCH}", rb"\N{", rb"\N", rb"\N{}", rb"\101\7\777", b"\\", b"\\\nx", rb"\q", b"\xe9", rb"\N{tab}\N{HANGUL SYLLABLE GAG}\N{CJK UNIFIED IDEOGRAPH-4E00}"]:
    for h in ("strict", "ignore", "replace"):
        import warnings

        warnings.simplefilter("ignore")
        f.add("unescape", lambda b, h: b.decode("unicode_escape", h), b, h)
        f.add("rawunescape", lambda b, h: b.decode("raw_unicode_escape", h), b, h)
for cp in [0x41, 0xE9, 0x4E00, 0xAC01, 0x1F600, 0x0, 0xE000, 0x10FFFF, 0x1F1E6, 0xFE00]:
    f.add("name", lambda c: unicodedata.name(chr(c), None), cp)
f.write()
