"""Loops long enough to be entered in the middle by compiled code, in functions, modules, classes and generators."""
total = 0
for i in range(20000):
    if i % 3: total += i
print(total)
class Body:
    acc = []
    for j in range(3000):
        if j % 1000 == 0: acc.append(j)
print(Body.acc, Body.j)
def once(n):
    a, b, s = 0, 1, ""
    for i in range(n):
        a, b = b, (a + b) % 1000003
        if i % 5000 == 0: s += str(a) + ","
    else: s += "end"
    return a, s
print(once(20000))
def nested(n):
    c = 0
    for i in range(n):
        for j in range(i, n):
            k = j
            while k > 0:
                k //= 3; c += k & 1
                if c % 7 == 0: continue
                if k == 2: break
    return c
print(nested(90))
def sieve(n):
    f = [True] * (n + 1); f[0] = f[1] = False
    i = 2
    while i * i <= n:
        if f[i]:
            for j in range(i * i, n + 1, i): f[j] = False
        i += 1
    return sum(f)
print(sieve(30000))
def gen(n):
    s = 0
    for i in range(n):
        s += i
        if i % 1000 == 0: got = yield s; s += got or 0
g = gen(10000); next(g); print([g.send(v) for v in range(5)], list(g)[-1])
def words(n):
    d = {}
    for i in range(n):
        w = "w" + str(i * 7919 % 101)
        d[w] = d.get(w, 0) + 1
    return len(d), max(d.values()), sum(len(k) for k in d)
print(words(8000))
def matrix(n):
    a = [[i * j % 7 for j in range(n)] for i in range(n)]
    b = [[i + j for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            s = 0
            for k in range(n): s += a[i][k] * b[k][j]
            c[i][j] = s
    return sum(map(sum, c)), c[1][2]
print(matrix(26))
def while_true():
    n = 0
    while True:
        n += 1
        if n & 1: continue
        if n > 9000: break
        try:
            if n == 5000: raise ValueError
        except ValueError: n += 1
    return n
print(while_true())
def unpack_loop(n):
    pairs = [(i, (i * 2, str(i))) for i in range(n)]
    t = 0
    for a, (b, c) in pairs: t += a + b + len(c)
    for i, (a, *_) in enumerate(pairs): t -= a
    return t
print(unpack_loop(4000))
def bubble(n):
    xs = [(i * 7919) % n for i in range(n)]
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]: xs[j], xs[j + 1] = xs[j + 1], xs[j]
    return xs[:5], xs == sorted(xs)
print(bubble(120))
def strings(n):
    out = []
    for i in range(n):
        c = chr(97 + i % 26)
        if c in "aeiou": out.append(c.upper())
        elif c > "t": out.append(c * 2)
    s = "".join(out)
    return len(s), s[:20], s.count("A"), s[::-1][:5]
print(strings(6000))
def type_flip(n):
    x = 0
    for i in range(n):
        if i == n // 2: x = float(x)
        if i == n // 2 + 100: x = str(int(x))
        x = x + (1 if not isinstance(x, str) else "1") if i < n // 2 + 110 else x
    return x
print(type_flip(3000))
def locals_in_loop(n):
    t = 0
    for i in range(n):
        if i % 1500 == 0: t += sum(1 for k in locals() if k in "nit")
    return t
print(locals_in_loop(4000))
def unbound_in_loop(n):
    c = 0
    for i in range(n):
        try:
            if i % 2: v = i
            c += v
            del v
        except UnboundLocalError: c += 1
    return c
print(unbound_in_loop(3000))
def slices(n):
    l = list(range(50)); t = 0
    for i in range(n):
        t += l[i % 50] + l[-(i % 50) - 1] + len(l[i % 10:i % 30]); l[i % 50] = i % 100
    return t
print(slices(4000))
def closure_loop(n):
    t = 0
    def add(v):
        nonlocal t
        t += v
    for i in range(n): add(i)
    return t
print(closure_loop(5000))


# More registers are live in the loop than an entry's arguments have bits: its iterators are let go of all the same.
def crowded(table):
    v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31, v32, v33, v34, v35, v36, v37, v38, v39 = range(40)
    for key, value in table.items():
        v0 += value
        for item in (key, value):
            v1 += len(str(item))
    return v0 + v1 + v2 + v3 + v4 + v5 + v6 + v7 + v8 + v9 + v10 + v11 + v12 + v13 + v14 + v15 + v16 + v17 + v18 + v19 + v20 + v21 + v22 + v23 + v24 + v25 + v26 + v27 + v28 + v29 + v30 + v31 + v32 + v33 + v34 + v35 + v36 + v37 + v38 + v39


table = {i: -i for i in range(1500)}
print(crowded(table), crowded(table))
