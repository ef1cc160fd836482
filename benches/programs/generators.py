"""Chains of generators, delegation into a tree, and a scheduler of coroutines."""
N = 30000


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def build(values):
    if not values:
        return None
    mid = len(values) // 2
    return Tree(values[mid], build(values[:mid]), build(values[mid + 1:]))


def evens(source):
    for v in source:
        if v % 2 == 0:
            yield v


def windows(source, size):
    window = []
    for v in source:
        window.append(v)
        if len(window) == size:
            yield sum(window)
            del window[0]


def averager():
    total = count = 0
    mean = 0.0
    while True:
        value = yield mean
        total += value
        count += 1
        mean = total / count


def worker(ident, steps):
    done = 0
    for i in range(steps):
        done += yield i * ident
    return done


def schedule(tasks):
    waiting = [(task, None) for task in tasks]
    result = 0
    while waiting:
        again = []
        for task, value in waiting:
            try:
                again.append((task, task.send(value) & 3))
            except StopIteration as stop:
                result += stop.value
        waiting = again
    return result


def main(n):
    tree = build(list(range(n)))
    a = sum(windows(evens(tree), 3))
    mean = averager()
    next(mean)
    for v in tree:
        last = mean.send(v)
    c = schedule([worker(i, n // 20) for i in range(20)])
    d = sum(x * y for x in (v for v in range(n // 50)) for y in evens(range(20)))
    return a, last, c, d


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
