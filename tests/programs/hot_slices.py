# exit: 1
# stderr: yes
"""Slices with steps in warm code: of whatever has items, with whatever for bounds, and what they raise."""


class Shown:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        print("set", key, value)


class Index:
    def __init__(self, i):
        self.i = i

    def __repr__(self):
        return f"Index({self.i})"

    def __index__(self):
        return self.i


class Items(list):
    def __getitem__(self, key):
        return "mine", key


def step(items, start, stop, by):
    return items[start:stop:by]


def backwards(items, first):
    return items[first::-1]


def flips(items):
    n = 0
    while items[0]:
        items[:items[0] + 1] = items[items[0]::-1]
        n += 1
    return n


def caught(items, start, stop, by):
    kept = [start]
    try:
        kept.append(items[kept[0]:stop:by])
    except (TypeError, ValueError, KeyError) as e:
        kept.append(f"{type(e).__name__}: {e}")
    return kept


def store(items, by, new):
    items[::by] = new
    del items[1::by]
    return items


numbers = list(range(10))
for _ in range(1500):
    step(numbers, 1, 8, 2), backwards(numbers, 4), flips([3, 1, 2, 4, 0]), caught(numbers, None, None, -3)
    store(list("abcdef"), 2, "xyz")

print(flips([3, 1, 2, 4, 0]), flips([4, 2, 3, 1, 0]))
for items in numbers, tuple(numbers), "0123456789", b"0123456789", range(10), Items(numbers), Shown():
    print(step(items, 1, 8, 2), step(items, None, None, None), step(items, -2, None, -3), step(items, Index(2), Index(-1), Index(3)))
    print(backwards(items, 4), backwards(items, None), backwards(items, -100), backwards(items, 100))
whole = tuple(numbers)
print(step(whole, None, None, 1) is whole, step(numbers, None, None, 1) is numbers)
print(step(numbers, 10 ** 30, -10 ** 30, -4), step(numbers, True, 7, True), step([], 1, 2, 3), step((), None, None, -1))
for wrong in (1, 2, 0), ("a", 2, 1), (1, 2.0, 1), (None, None, "x"):
    print(caught(numbers, *wrong), caught("text", *wrong))
print(caught(5, 1, 2, 3), caught(None, 1, 2, 3), caught({}, 1, 2, 3), caught({1: 2}, 1, 2, 3))
print(store(list("abcdef"), 2, "xyz"), store(Items("abcd"), 2, "12"))
step(numbers, 1, 5, 0)
