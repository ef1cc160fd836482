"""Host names beyond ASCII: the idna codec, stringprep's tables, and the database of Unicode 3.2 that they go by."""
import hashlib
import stringprep
from unicodedata import ucd_3_2_0 as old

print(old.unidata_version, type(old).__name__)
digest = hashlib.sha1()
for code in [*range(0x20, 0x3400, 11), *range(0x1100, 0x11FF, 3), *range(0xF900, 0x30000, 997), 0x2F868, 0x2F95F]:
    c = chr(code)
    facts = (old.category(c), old.bidirectional(c), old.combining(c), old.mirrored(c), old.decomposition(c),
             [ascii(old.normalize(form, "a\u0301" + c + "\u0323")) for form in ("NFC", "NFD", "NFKC", "NFKD")])
    digest.update(repr(facts).encode())
print(digest.hexdigest())
print(old.category("\u0221"), repr(old.bidirectional("\u0221")), old.name("a"), old.name("\u0221", None), old.lookup("BULLET") == "\u2022")

for name in ["b\xfccher.example", "example.com", "\u65e5\u672c\u8a9e.jp", "fa\xdf.de", "a" * 64, ".x",
             "xn--bcher-kva.example", "\ufb00.com", "\u0130stanbul.tr", "\u0627a.example"]:
    try:
        encoded = name.encode("idna")
        print(encoded, ascii(encoded.decode("idna")))
    except UnicodeError as e:
        print(type(e).__name__, ascii(str(e)))
print(ascii(b"xn--bcher-kva.example".decode("idna")))

tables = sorted(name for name in vars(stringprep) if name.startswith("in_table_"))
print({name.removeprefix("in_table_"): sum(getattr(stringprep, name)(chr(code)) for code in range(0, 0x30000, 331))
       for name in tables})
