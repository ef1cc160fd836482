# collects: no
"""JSON: documents to objects and back, hooks, indentation, errors with their places."""
import json, math, collections, decimal, enum
def t(f, *a, **k):
    try: return f(*a, **k)
    except Exception as e: return f"{type(e).__name__}: {e}" + "".join(f" [{n}]" for n in getattr(e, "__notes__", ()))
docs = ['null', 'true', ' [1, 2.5, -0, -0.0, 1e5, 1E-2, 12345678901234567890, -1.5e+3]', '{"a": {"b": []}, "c": "d"}', '"\\u00e9\\n\\ud83d\\ude00\\ud800 \\/"',
        '"é\U0001f600"', 'NaN', '[Infinity, -Infinity]', '', '[', '[1', '[1,', '[1,]', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,}', '{"a":1 "b"', '{1:2}', '"abc', '"\\x"',
        '"\\u12"', '"a\nb"', '01', '-', '1.', '.5', 'tru', '[1] x', '\ufeff[1]', '{"a":1,"a":2}', '"\\', "['a']", '1e400', '[1 2]', '{"k":[true,false,null]}']
for d in docs:
    print(ascii(d), ascii(t(json.loads, d)))
print(json.loads('"a\nb"', strict=False), t(json.loads, 5), t(json.loads, b'\xff\xfe[\x001\x00]\x00'), json.loads(b'{"x": "\xc3\xa9"}'))
print(json.loads('{"a":[1.5,2]}', parse_float=decimal.Decimal, parse_int=str), json.loads('[NaN]', parse_constant=str.lower))
print(json.loads('{"a":{"b":1}}', object_hook=lambda d: sorted(d.items())), json.loads('{"b":1,"a":2}', object_pairs_hook=collections.OrderedDict))
class E(enum.IntEnum): X = 1
class F(float):
    def __repr__(self): return 'F!'
class S(str): pass
vals = [None, True, 1, -2**70, 1.5, -0.0, 1e22, 1e-7, 'é\n"\\\x7f\u2028\U0001f600\x00', [], {}, (), [1, [2, [3]]], {'a': 1, 'b': {'c': []}}, {1: 1, None: 2, True: 3, 1.5: 4}, E.X, F(2.5), S('s'),
        collections.OrderedDict(b=1, a=2), [math.inf, -math.inf]]
for v in vals:
    print(t(json.dumps, v), t(json.dumps, v, ensure_ascii=False).encode('unicode_escape'), t(json.dumps, v, indent=2), t(json.dumps, v, separators=(',', ':'), indent='\t'))
print(t(json.dumps, {'b': 1, 'a': 2}, sort_keys=True), t(json.dumps, {(1,): 2}), t(json.dumps, {(1,): 2, 'a': 1}, skipkeys=True), t(json.dumps, [math.nan], allow_nan=False))
print(t(json.dumps, object), t(json.dumps, [1, {'k': {1, 2}}]), t(json.dumps, {1, 2}, default=sorted), t(json.dumps, 1j, default=lambda o: [o.real, o.imag]))
l = []; l.append(l); d = {}; d['d'] = d
print(t(json.dumps, l), t(json.dumps, d), t(json.dumps, {1: 1, 'a': 2}, sort_keys=True))
print(list(json.JSONEncoder().iterencode({'a': [1, 2]})), json.JSONDecoder().raw_decode('[1] tail'), list(json.JSONEncoder(indent=1).iterencode([1])))
deep = '[' * 100000
print(t(json.loads, deep)[:14], t(json.loads, '{"a":' * 100000)[:14])
x = []
for _ in range(100000): x = [x]
print(t(json.dumps, x)[:14])
for _ in range(100000): x = x[0]
try: json.loads('{"a": 1,\n "b" 2}')
except json.JSONDecodeError as e: print(e.msg, e.pos, e.lineno, e.colno, e.doc)
