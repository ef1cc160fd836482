"""A low recursion limit counts calls one by one, in code that was compiled before, too; with the usual one compiled code runs again."""
import sys


def body_and_handler():
    try:
        body_and_handler()
    except RecursionError:
        body_and_handler()


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def here(depth=1):
    while True:
        try:
            sys.setrecursionlimit(depth)
            return depth
        except RecursionError:
            depth += 1


def reached(limit):
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(here() + limit)
    try:
        for n in range(1000):
            try:
                down(n)
            except RecursionError as e:
                # Compiled callers of this one were not counted.
                return limit - 1 <= n <= limit + 3, str(e)
    finally:
        sys.setrecursionlimit(usual)


for _ in range(1500):
    down(6)
for limit in 8, 30, 100:
    print(reached(limit))
    print(sum(map(down, [6] * 1500)))
usual = sys.getrecursionlimit()
sys.setrecursionlimit(here() + 8)
try:
    body_and_handler()
except RecursionError as e:
    print(e)
sys.setrecursionlimit(usual)
print(sum(map(down, [6] * 1500)), sys.getrecursionlimit())
try:
    sys.setrecursionlimit(0)
except ValueError as e:
    print(e)
