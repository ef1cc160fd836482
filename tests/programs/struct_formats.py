"""Formats of binary data: sizes, alignment, limits of every code, and both byte orders."""
import struct
for order in ('', '@', '=', '<', '>', '!'):
    for code in 'cbBhHiIlLqQnNefdspPx?':
        try: print(order + code, struct.calcsize(order + code), struct.calcsize(order + '3' + code), struct.calcsize(order + 'b' + code), end='; ')
        except struct.error as e: print(order + code, e, end='; ')
    print()
for order in ('', '<', '>'):
    for code in 'bBhHiIlLqQ':
        size = struct.calcsize(order + code)
        for v in (0, 1, -1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), -2 ** (8 * size - 1), 2 ** (8 * size) - 1, 2 ** (8 * size), 2 ** 70, -2 ** 70):
            try: d = struct.pack(order + code, v); assert struct.unpack(order + code, d) == (v,); print(d.hex(), end=' ')
            except struct.error as e: print(e, end=' ')
        print()
    for code in 'efd':
        for v in (0.0, -0.0, 1.5, -1e-5, 65504.0, float('inf'), 1e300):
            try: print(struct.pack(order + code, v).hex(), struct.unpack(order + code, struct.pack(order + code, v)), end=' ')
            except (struct.error, OverflowError) as e: print(type(e).__name__, e, end=' ')
        print()
s = struct.Struct('>2sH?3x'); print(s.size, s.format, s.pack(b'ab', 5, True), s.unpack(b'xy\0\7\0\0\0\0'), list(s.iter_unpack(b'ab\0\1\1zzz' * 2)))
b = bytearray(12); s.pack_into(b, 2, b'q', 9, False); print(b, s.unpack_from(b, 2))
for f in (lambda: s.pack(1), lambda: s.unpack(b''), lambda: struct.pack('z', 1), lambda: struct.pack('i', 1.5), lambda: struct.pack('s', 'x'), lambda: struct.pack('5'), lambda: s.pack_into(b, 20, b'', 1, 1), lambda: struct.pack('c', b'ab')):
    try: f()
    except struct.error as e: print(e)
