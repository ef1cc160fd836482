"""Queens on a board: permutations by a generator, sets of diagonals."""
N = 8


def permutations(items, length):
    pool = tuple(items)
    n = len(pool)
    indices = list(range(n))
    cycles = list(range(n, n - length, -1))
    yield tuple(pool[i] for i in indices[:length])
    while True:
        for i in reversed(range(length)):
            cycles[i] -= 1
            if cycles[i] == 0:
                indices[i:] = indices[i + 1:] + indices[i:i + 1]
                cycles[i] = n - i
            else:
                j = cycles[i]
                indices[i], indices[-j] = indices[-j], indices[i]
                yield tuple(pool[i] for i in indices[:length])
                break
        else:
            return


def queens(n):
    columns = range(n)
    for order in permutations(columns, n):
        if n == len(set(order[i] + i for i in columns)) == len(set(order[i] - i for i in columns)):
            yield order


def main(n):
    found = list(queens(n))
    return len(found), found[0]


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
