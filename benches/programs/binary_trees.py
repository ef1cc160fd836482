"""Many short-lived trees: allocation, recursion, prompt release."""
N = 12


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def grow(depth):
    if depth == 0:
        return Node(None, None)
    return Node(grow(depth - 1), grow(depth - 1))


def check(node):
    if node.left is None:
        return 1
    return 1 + check(node.left) + check(node.right)


def main(n):
    keep = grow(n)
    total = check(grow(n + 1))
    for depth in range(4, n + 1, 2):
        for _ in range(1 << (n - depth + 4)):
            total += check(grow(depth))
    return total, check(keep)


if __name__ == "__main__":
    import sys
    import time
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        start = time.process_time()
        result = main(N)
        print(time.process_time() - start, result)
