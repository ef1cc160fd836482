"""bytes, bytearray and memoryview."""
b = b"hello world"
print(b, b[0], b[1:4], b[::-1], len(b), b.upper(), b.title(), b.find(b"o"), b.find(111), b.split(), b.replace(b"o", b"0"), b.count(b"l"), b"l" in b, 104 in b, b.index(b"w"))
print(bytes(3), bytes([65, 66]), bytes("é", "utf-8"), bytes(b"x"), bytes(range(5)), b"\x00\x7f\x80\xff\n'", b'"\'', bytes.fromhex("00 ff 1a"), b"\xde\xad".hex(), b"\xde\xad\xbe\xef".hex(":"), b"\xde\xad\xbe\xef".hex("-", 2))
print(b"a" + b"b", b"ab" * 3, b"a" < b"b", b"a" == "a", b"abc" == bytearray(b"abc"), b",".join([b"a", bytearray(b"b")]), b"%d %s %x %r" % (5, b"q", 255, "z"), b"a b".partition(b" "), hash(b"ab") == hash(b"ab"))
print(b" x ".strip(), b"xxaxx".strip(b"x"), b"ab".center(6, b"*"), b"42".zfill(5), b"a\tb".expandtabs(4), b"a\nb\r\nc".splitlines(), b"abc".startswith(b"ab"), b"abc".endswith((b"x", b"c")), b"AbC".swapcase(), b"abc".translate(bytes.maketrans(b"ab", b"xy")), b"hello".translate(None, b"l"), b"a,b".rsplit(b",", 1), b"ab1".isalnum(), b"12".isdigit(), b"a".removeprefix(b"a"), b"abc".capitalize())
for f in (lambda: b"a" + "a", lambda: b"abc"[5], lambda: bytes([256]), lambda: bytes("a"), lambda: bytes(-1), lambda: b"a".join(["x"]), lambda: "a" in b"a", lambda: b"\xff".decode(), lambda: bytes.fromhex("0g"), lambda: 300 in b"a", lambda: b"x".__setitem__, lambda: bytearray(b"a").append(256), lambda: bytearray(b"").pop(), lambda: b"abc".index(b"z"), lambda: bytes(1.5), lambda: memoryview("a"), lambda: memoryview(b"ab").__setitem__(0, 1), lambda: b"%d" % "x"):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
a = bytearray(b"abc")
a.append(100); a.extend(b"ef"); a += b"g"; a[0] = 65; a[1:3] = b"XYZ"; a.insert(0, 33); del a[-1]
print(a, a.pop(), a.pop(0), len(a), a.find(b"Y"), a[1], a[1:3], type(a[1:3]).__name__, a == b"AXYZde", a * 2, b"x" + a, a + b"x")
a.reverse(); print(a); a.remove(88); print(a); c = a.copy(); c.clear(); print(c, a, bytes(a), a.decode(), a.hex(), list(a))
a[::2] = b"123"[:len(a[::2])]
print(a); del a[::2]; print(a); a *= 3; print(a)
try: hash(a)
except TypeError as e: print(e)
try: a[::2] = b"1"
except ValueError as e: print(e)
m = memoryview(bytearray(b"abcdef"))
print(len(m), m[0], m[1:3].tobytes(), bytes(m[::-1]), m.tolist(), m.readonly, m.format, m.itemsize, m.nbytes, m.shape, m.ndim, m[2:4] == b"cd", m.hex())
m[0] = 65; m[1:3] = b"XY"
print(m.obj, bytes(m))
with memoryview(b"xyz") as v: print(v.tolist(), v.readonly)
try: v[0]
except ValueError as e: print(e)
ba = bytearray(b"locked"); mv = memoryview(ba)
try: ba.append(1)
except BufferError as e: print(e)
mv.release(); ba.append(33); print(ba)
print(b"abc".find(b""), b"".join([]), bytes(), b"a" b"b", rb"\n", bytes(b"abc")[True], [*b"ab"], max(b"az"), sum(b"\x01\x02"), b"%b|%5.2f|%c" % (b"x", 3.14159, 65), b"\xe9".decode("latin-1"), b"abc".__contains__(98), bytearray(3), bytearray("é", "latin-1"), bytes(bytearray(b"q")), repr(bytearray(b"'")), b"a".ljust(3, b".") + b"|")
class B:
    def __bytes__(self): return b"from dunder"
print(bytes(B()), bytes(map(int, "123")), int.from_bytes(b"ab"), b"ab".isalpha(), sorted([b"b", b"a", b"ab"]))
