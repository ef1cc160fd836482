"""Every simple and compound statement, with the odd corners of each."""
import sys


def loops():
    for i in range(3):
        print("for", i)
    else:
        print("for else")
    for i in range(5):
        if i == 2:
            continue
        if i == 4:
            break
        print("body", i)
    else:
        print("never")
    n = 3
    while n:
        n -= 1
        if n == 1:
            continue
        print("while", n)
    else:
        print("while else")
    while True:
        break
    else:
        print("never")
    for i, (a, *b) in enumerate([(1, 2, 3), (4,)]):
        print(i, a, b)
    for x in ():
        pass
    else:
        print("empty else")


def loop_in_finally():
    out = []
    for i in range(4):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            out.append(i)
        finally:
            out.append(("f", i))
    return out


def nested_break():
    found = None
    for a in range(10):
        for b in range(10):
            if a * b == 42:
                found = a, b
                break
        else:
            continue
        break
    return found


def assignments():
    a = b = [1]
    a += [2]
    print(a, b, a is b)
    a, b = b, 3
    (c, d), e = "xy", "z"
    print(a, b, c, d, e)
    *head, last = range(4)
    first, *mid, end = "abcd"
    print(head, last, first, mid, end)
    [p, [q, r]] = 1, (2, 3)
    print(p, q, r)
    x = [0, 0, 0]
    i = 0
    i, x[i] = 1, 9
    print(i, x)
    d = {}
    d["k"], d["l"] = 1, 2
    d["k"] += 10
    print(d)
    class O: pass
    o = O()
    o.a = o.b = 5
    o.a **= 2
    o.b //= 2
    print(o.a, o.b)
    v = 7
    v <<= 3; v |= 1; v ^= 2; v &= ~4; v >>= 1; v %= 17; v -= 20; v *= -3
    print(v)
    f = 5
    f /= 2
    print(f)


def deletions():
    x = [1, 2, 3, 4, 5]
    del x[0], x[-1]
    print(x)
    del x[:]
    print(x)
    d = {"a": 1, "b": 2}
    del d["a"]
    print(d)
    y = 1
    del y
    try:
        print(y)
    except UnboundLocalError as e:
        print(e)
    (a, b) = 1, 2
    del (a, b)
    try:
        a
    except UnboundLocalError as e:
        print(e)


counter = 0


def globals_():
    global counter, made_here
    counter += 1
    made_here = "yes"
    def inner():
        global counter
        counter += 10
    inner()


def conditions(n):
    if n < 0:
        kind = "negative"
    elif n == 0:
        kind = "zero"
    elif 0 < n < 10:
        kind = "small"
    else:
        kind = "big"
    return kind if not n % 2 else kind + " odd"


def asserts():
    assert True, "no"
    try:
        assert 1 == 2, ("one", "two")
    except AssertionError as e:
        print(repr(e), e.args)
    try:
        assert []
    except AssertionError as e:
        print(repr(e))


loops()
print(loop_in_finally())
print(nested_break())
assignments()
deletions()
globals_()
globals_()
print(counter, made_here)
print([conditions(n) for n in (-1, 0, 4, 7, 100, 101)])
asserts()
x = 5; y = 6; print(x, y)
if x: print("one line")
for _ in range(2): print("loop line")
lst = [3, 1]; lst.sort(); print(lst)
print(1 if x else 2, not x, x and y, x or y, None or 0 or "" or "last", 1 and 2 and 0 and 3)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 == True, 3 > 2 >= 2 != 1, "a" in "abc" in ["abc"], x is not y)
def calls():
    calls.n += 1
    return calls.n
calls.n = 0
print(0 < calls() < 10, calls.n, 5 < calls() < calls(), calls.n)
if True:
    def conditional(): return "defined"
print(conditional())
try:
    del counter
    counter
except NameError as e:
    print(e)
pass; ...; 0; "docstring-like"
