"""Loops over lists and tuples, which compiled code runs without an iterator object, and lists that change meanwhile."""
import gc
import sys
import weakref


class Noisy:
    def __init__(self, name, log):
        self.name = name
        self.log = log

    def __del__(self):
        self.log.append(self.name)


def total(items):
    n = 0
    for x in items:
        n += x
    return n


def growing(items, limit):
    seen = []
    for x in items:
        seen.append(x)
        if len(items) < limit:
            items.append(x + 1)
    return seen


def shrinking(items):
    seen = []
    for x in items:
        seen.append(x)
        items.pop()
    return seen


def rebound(items):
    out = []
    for x in items:
        items = None
        out.append(x)
    return out, items


def first_above(items, bound):
    for i, x in enumerate(items):
        if x > bound:
            return i
    return None


def find(items, wanted):
    for x in items:
        if x == wanted:
            break
    else:
        return "none"
    return x


def guarded(items):
    out = []
    for x in items:
        try:
            out.append(10 // x)
        except ZeroDivisionError:
            out.append("zero")
            continue
        finally:
            out.append(".")
    return out


def nested(rows):
    out = []
    for row in rows:
        for x in row:
            for y in (x, -x):
                out.append(y)
    return out


def fails_at(items, bad):
    for x in items:
        if x == bad:
            raise ValueError(x)
    return len(items)


def leaves_early(log):
    for x in [Noisy("a", log), Noisy("b", log)]:
        return x.name


def ends(log):
    for x in [Noisy("c", log), Noisy("d", log)]:
        pass
    log.append("after")


def shows_frame(items):
    out = []
    for x in items:
        out.append(sorted(sys._getframe().f_locals))
        out.append(sum(sys._getframe().f_locals["items"]))
    return out


def stack(n):
    todo = [n]
    steps = 0
    while todo:
        k = todo.pop()
        steps += 1
        if k > 1:
            todo.append(k // 2)
            todo.append(k - k // 2)
    return steps


def empty_pop(items):
    try:
        while True:
            items.pop()
    except IndexError as e:
        return str(e), len(items)


def yields(items):
    for x in items:
        for y in [x, x + 1]:
            yield y


def half_used(items):
    it = iter(items)
    next(it)
    n = 0
    for x in it:
        n += x
    return n, next(it, "end")


def pairs(items):
    out = []
    for x in items:
        t = (x, out)
        out.append((x, t[0], len(t[1])))
    return out


class Backwards(list):
    def __iter__(self):
        return iter([x for x in reversed(list(range(len(self))))])


class Plain(list):
    pass


class Cycle:
    def __init__(self, log, k):
        self.me = self
        self.items = [self, (self, k)]
        self.log = log
        self.k = k


class Mourned(Cycle):
    def __del__(self):
        self.log.append(self.k)


def cycles(n, log):
    gone = []
    refs = []
    for k in range(n):
        c = Mourned(log, k) if k % 400 == 7 else Cycle(log, k)
        if k % 300 == 5:
            refs.append(weakref.ref(c, lambda r: gone.append(r)))
    del c
    gc.collect()
    return len(gone), [r() for r in refs]


def main():
    for turn in range(40):
        items = list(range(20))
        assert total(items) == 190
        assert total(tuple(items)) == 190
        assert growing([1, 2], 12) == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]
        assert shrinking(list(range(9))) == [0, 1, 2, 3, 4]
        assert rebound([1, 2]) == ([1, 2], None)
        assert first_above(items, 7) == 8
        assert find(items, 3) == 3 and find([], 3) == "none" and find((1, 2), 3) == "none"
        assert guarded([1, 0, 5]) == [10, ".", "zero", ".", 2, "."]
        assert nested([[1], (2, 3), []]) == [1, -1, 2, -2, 3, -3]
        assert fails_at(items, 99) == 20
        try:
            fails_at(items, 4)
        except ValueError as e:
            assert e.args == (4,) and e.__traceback__.tb_next.tb_frame.f_locals["x"] == 4
        log = []
        assert leaves_early(log) == "a"
        ends(log)
        assert log == ["b", "a", "c", "after", "d"]
        names = ["items", "out", "x"]
        assert shows_frame([1, 2]) == [names, 3, names, 3]
        assert stack(50) == 99
        assert empty_pop([1, 2]) == ("pop from empty list", 0)
        assert list(yields([1, 5])) == [1, 2, 5, 6]
        assert half_used([1, 2, 3]) == (5, "end")
        assert pairs([4, 5]) == [(4, 4, 0), (5, 5, 1)]
        if turn > 20:
            # What was never seen before.
            assert total(Plain([1, 2])) == 3
            assert total(Backwards([7, 7, 7])) == 3
            assert total({1: 2, 3: 4}) == 4
            assert total(x for x in (1, 2)) == 3
            assert total(iter([1, 2])) == 3
    log = []
    leaves_early(log)
    ends(log)
    print(log)
    log = []
    print(cycles(3000, log), sorted(log))
    again = [Cycle(log, k) for k in range(3000)]
    print(sum(c.items[1][1] for c in again), len(again[5].items))
    del again
    print(gc.collect() > 0)


main()
