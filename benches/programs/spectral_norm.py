"""The spectral norm of an infinite matrix: calls in inner loops, generator expressions, zip."""
N = 130


def cell(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u, by):
    return [sum(by(i, j) * v for j, v in enumerate(u)) for i in range(len(u))]


def transposed(i, j):
    return cell(j, i)


def both(u):
    return times(times(u, cell), transposed)


def main(n):
    u = [1.0] * n
    for _ in range(5):
        v = both(u)
        u = both(v)
    dot = sum(a * b for a, b in zip(u, v))
    norm = sum(b * b for b in v)
    return round((dot / norm) ** 0.5, 9)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
