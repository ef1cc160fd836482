"""Loops over ranges in loops over ranges, long enough that an inner one is entered in the middle; iterators that somebody else holds."""


def nested(n):
    total = 0
    for a in range(3):
        for b in range(10, 0, -3):
            for c in range(n):
                total += a * b + c
    return total


def left_early(n):
    total = 0
    for a in range(n):
        for b in range(0, n, 2):
            if b > a:
                break
            total += b
        else:
            total += 1000
    return total


def shared(n):
    it = iter(range(n))
    out = []
    for x in it:
        if x % 100 == 0:
            out.append((x, next(it, None)))
    return len(out), out[:3], next(it, "nothing left")


def changes(n):
    total = 0
    for a in range(4):
        for b in (range(n), list(range(n)), range(n, 0, -1), (1.5,) * n)[a]:
            total += b
    return total


def big(n):
    total = 0
    for a in range(2):
        for b in range(2**62 - n, 2**62 + n):
            total ^= b
        for c in range(-2**61, -2**61 + n):
            total += c
    return total


def caught(n):
    seen = []
    for a in range(n):
        try:
            for b in range(a, a + 5):
                if b == n - 2:
                    raise ValueError(b)
                10 // (b - 50)
        except ValueError as e:
            seen.append((a, e.args))
        except ZeroDivisionError:
            seen.append(a)
    return seen


def generated(n):
    for a in range(2):
        for b in range(n):
            if b % 400 == 0:
                yield a, b


print(nested(2000), nested(3))
print(left_early(120))
print(shared(1500))
print(changes(900))
print(big(700))
print(caught(200))
print(list(generated(1000)))
total = 0
for i in range(5):
    for j in range(400):
        total += i * j
print(total)
