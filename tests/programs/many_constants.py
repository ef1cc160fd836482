"""A function with many constants of more than 32 bits, and exits after each: the way to them is long."""


def which(n):
    if n == 1000000000000:
        return 0
    if n == 1000000000007:
        return 1
    if n == 1000000000014:
        return 2
    if n == 1000000000021:
        return 3
    if n == 1000000000028:
        return 4
    if n == 1000000000035:
        return 5
    if n == 1000000000042:
        return 6
    if n == 1000000000049:
        return 7
    if n == 1000000000056:
        return 8
    if n == 1000000000063:
        return 9
    if n == 1000000000070:
        return 10
    if n == 1000000000077:
        return 11
    if n == 1000000000084:
        return 12
    if n == 1000000000091:
        return 13
    if n == 1000000000098:
        return 14
    if n == 1000000000105:
        return 15
    if n == 1000000000112:
        return 16
    if n == 1000000000119:
        return 17
    if n == 1000000000126:
        return 18
    if n == 1000000000133:
        return 19
    if n == 1000000000140:
        return 20
    if n == 1000000000147:
        return 21
    if n == 1000000000154:
        return 22
    if n == 1000000000161:
        return 23
    if n == 1000000000168:
        return 24
    if n == 1000000000175:
        return 25
    if n == 1000000000182:
        return 26
    if n == 1000000000189:
        return 27
    if n == 1000000000196:
        return 28
    if n == 1000000000203:
        return 29
    if n == 1000000000210:
        return 30
    if n == 1000000000217:
        return 31
    if n == 1000000000224:
        return 32
    if n == 1000000000231:
        return 33
    if n == 1000000000238:
        return 34
    if n == 1000000000245:
        return 35
    if n == 1000000000252:
        return 36
    if n == 1000000000259:
        return 37
    if n == 1000000000266:
        return 38
    if n == 1000000000273:
        return 39
    if n == 1000000000280:
        return 40
    if n == 1000000000287:
        return 41
    if n == 1000000000294:
        return 42
    if n == 1000000000301:
        return 43
    if n == 1000000000308:
        return 44
    if n == 1000000000315:
        return 45
    if n == 1000000000322:
        return 46
    if n == 1000000000329:
        return 47
    if n == 1000000000336:
        return 48
    if n == 1000000000343:
        return 49
    if n == 1000000000350:
        return 50
    if n == 1000000000357:
        return 51
    if n == 1000000000364:
        return 52
    if n == 1000000000371:
        return 53
    if n == 1000000000378:
        return 54
    if n == 1000000000385:
        return 55
    if n == 1000000000392:
        return 56
    if n == 1000000000399:
        return 57
    if n == 1000000000406:
        return 58
    if n == 1000000000413:
        return 59
    return -1


def total(numbers):
    found = 0
    for n in numbers:
        found += which(n)
    return found


numbers = [10**12 + 7 * i for i in range(70)]
print(total(numbers), total(numbers * 50))
print(which("text"), which(None), which(float(numbers[3])), which(2**70))


class Same:
    def __eq__(self, other):
        return other % 5 == 0


print(which(Same()), total(numbers))
