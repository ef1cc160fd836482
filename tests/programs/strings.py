"""str: every method, slicing, unicode, escapes, formatting, comparison."""
s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), "ßeta".capitalize(), "ß".upper(), "İ".lower(), "straße".casefold(), "ǆ".title())
print(s.find("o"), s.find("o", 5), s.find("z"), s.rfind("o"), s.index("W"), s.rindex("l"), s.count("l"), s.count(""), "aaaa".count("aa"), s.find("", 5), s.find("", 50))
for f in (lambda: s.index("z"), lambda: "".join([1]), lambda: "a".split(""), lambda: "abc"[5], lambda: s.center(5, "ab"), lambda: "a".replace("a"), lambda: "x".encode("nope"), lambda: "é".encode("ascii"), lambda: b"\xff".decode(), lambda: "a" in 5, lambda: 5 in "a", lambda: "a".join(5), lambda: s.__getitem__("x"), lambda: "a".zfill("b"), lambda: str(b"a", 5), lambda: "a" % 5, lambda: s.startswith(5), lambda: "a".expandtabs(2, 3)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print("a,b,,c".split(","), "a,b,,c".split(",", 1), " a  b ".split(), " a b c ".split(None, 1), "a,b,c".rsplit(",", 1), "".split(), "".split(","), "a\nb\r\nc\x0bd\u2028e".splitlines(), "a\nb\n".splitlines(True), " x y ".rsplit(None, 1))
print("a-b-c".partition("-"), "a-b-c".rpartition("-"), "abc".partition("-"), "abc".rpartition("-"))
print("  x ".strip() + "|", "xxaxx".strip("x"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), "\u3000z\u2003".strip(), "prefix.rest".removeprefix("prefix."), "a.txt".removesuffix(".txt"), "a".removesuffix(""))
print("ab".center(7, "*"), "ab".ljust(5) + "|", "ab".rjust(5, "."), "42".zfill(5), "-42".zfill(5), "+a".zfill(1), "a\tbc\td".expandtabs(4), "ab".center(5) + "|", "abc".center(6, "-"))
print("aXbX".replace("X", "--"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "aa".replace("aa", ""), "x".replace("y", "z"), "".replace("", "q"))
print("abc".translate({97: "1", 98: None, ord("c"): 0x58}), "hello".translate(str.maketrans("el", "ip")), "hello".translate(str.maketrans("h", "j", "lo")), str.maketrans({"a": 1}))
for m in ("isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "istitle", "isdecimal", "isnumeric", "isidentifier", "isprintable", "isascii"):
    print(m, [int(getattr(v, m)()) for v in ("abc", "123", "a1", " \t", "ABC", "", "Ab Cd", "²", "½", "_x", "é", "\n", "٣", "ǅ", "1a", "日本", "\x00", "𝟘")])
print(s[0], s[-1], s[2:5], s[::-1], s[::3], s[5:2], s[-3:], s[:100], s[10:0:-2], s[slice(1, None, 4)], "日本語テキスト"[1:5], "a😀b"[1], len("a😀b"), "😀"[::-1])
print("a" < "b", "a" < "A", "abc" < "abd", "ab" < "abc", "é" > "z", "" < "a", "a" == "a", "日" > "é", "😀" > "\uffff", "a" != b"a", "Z" <= "Z")
print("ab" * 3, "ab" * 0, -1 * "x", "a" "b", "ab" + "cd", "b" in "abc", "" in "", "ac" in "abc", ",".join(["a", "b"]), "".join(c + c for c in "xy"), "-".join("abc"), ", ".join({"k": 1}))
print(repr("a'b"), repr('a"b'), repr("a'b\"c"), repr("\n\t\\\x00\x7f\x1b"), repr("é\xad\u200b\ud800😀\U000e0001"), ascii("é日😀\x80"), "\x41\u0042\U00000043\103\N{LATIN SMALL LETTER E WITH ACUTE}", r"\n", "a\
b")
print("é日😀".encode(), "é".encode("latin-1"), "a\ud800b".encode("utf-8", "surrogatepass"), "é".encode("ascii", "replace"), "é日".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"), "é!".encode("ascii", "ignore"), "hi".encode("utf-16"), "é".encode("utf-16-le"), "a".encode("utf-32-be"), b"\xc3\xa9".decode(), b"\xff!".decode("utf-8", "replace"), b"\xff".decode("latin-1"), b"a\xff".decode("ascii", "backslashreplace"), b"a\xffb".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape"))
print(ord("é"), chr(0x1F600), chr(233), "{:>5}|{:^7}|{:<4}|{!r}".format("a", "b", "c", "d"), "{a}{b}".format_map({"a": 1, "b": 2}), "%5s|%-5s|%.2s" % ("a", "b", "cde"))
print("abc".startswith("ab"), "abc".startswith(("x", "a")), "abc".endswith("c", 0, 2), "abc".startswith("b", 1), "".startswith(""), "abc".endswith(("bc", "z")), "abc".startswith("", 4))
print(hash("a") == hash("a"), "a".__hash__() == hash("a"), str(5), str(b"x"), str(b"\xc3\xa9", "utf-8"), str(), str(None), str([1, "a"]), str(object=1), "abc".__len__(), list("abc"), sorted("bca"), max("abz"), [*reversed("abc")], "".join(reversed("xyz")))
class S(str):
    def __str__(self): return "custom"
    def __getitem__(self, i): return "item"
v = S("base")
print(v, v[0], v.upper(), v + "x", type(v + "x").__name__, repr(v), len(v), str(v), f"{v}", "%s" % v, type(S("a").strip()).__name__, {"base": 1}[v], v == "base", "".join([v]))
t = "x" * 1000
print(len(t + t), (t + "y").index("y"), t.find("y"), ("ab" * 500).count("ba"), ("a" * 100 + "b").find("b"), "the quick brown the lazy the".rfind("the"), len("é" * 300 + "日"))
out = ""
for i in range(200): out += str(i)
print(len(out), out[-6:], out.find("199"))
print("a\x00b".split("\x00"), "A".casefold() == "a", "ﬁ".upper(), "ŉ".upper(), "Σας".lower(), "ΑΣ".lower(), "x".isidentifier(), "class".isidentifier(), "ªº".isalpha())
print("tab\there", 'single \'quote\'', "nul\0".encode(), "\a\b\f\v".encode(), """triple "quoted" 'string'""", "" or "empty", "{}" "{{}}".format(1) if False else "{{}}{}".format(1))
print("äöü".encode("utf-8").hex(), bytes.fromhex("c3 a4").decode(), "A" "é" "😀" == "Aé😀", ["a", "B", "c", "D"].sort(key=str.lower), sorted(["a", "B", "c"], key=str.casefold), "a b c".split(" ", -1), "a..b".split(".."), "1,2;3".replace(";", ",").split(","))
