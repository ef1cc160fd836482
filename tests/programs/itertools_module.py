"""itertools: every tool, laziness, edge cases."""
from itertools import *
import operator
def show(it, n=12): print(list(islice(it, n)))
show(count(5)); show(count(1, 0.5), 4); show(count(10, -3), 4); show(cycle("ab"), 5); show(cycle([])); show(repeat("x"), 3); show(repeat(7, 2))
show(accumulate([1, 2, 3, 4])); show(accumulate([3, 1, 2], max)); show(accumulate([1, 2], initial=100)); show(accumulate([])); show(accumulate([1, 2, 3], operator.mul))
show(chain([1], "ab", (2,))); show(chain.from_iterable([[1], [2, 3]])); show(compress("abcd", [1, 0, 1])); show(dropwhile(lambda v: v < 3, [1, 3, 2])); show(takewhile(lambda v: v < 3, [1, 3, 2])); show(filterfalse(lambda v: v % 2, range(6))); show(filterfalse(None, [0, 1]))
for k, g in groupby("aaabbca"): print(k, list(g), end=" ")
print()
for k, g in groupby([1, 3, 2, 4, 5], key=lambda v: v % 2): print(k, list(g), end=" ")
print([k for k, g in groupby("aabb")], [list(g) for k, g in list(groupby("aab"))])
show(islice("abcdefg", 2)); show(islice("abcdefg", 2, 5)); show(islice("abcdefg", 1, None, 2)); show(islice([], 5))
show(pairwise([1, 2, 3])); show(pairwise([1])); show(starmap(pow, [(2, 3), (3, 2)])); show(zip_longest("abc", [1], fillvalue="-")); show(zip_longest([], [])); show(product("ab", [1, 2])); show(product([0, 1], repeat=3)); show(product()); show(product("a", [])); show(permutations("abc", 2)); show(permutations([1, 2, 3])); show(permutations([1], 2)); show(combinations("abcd", 2)); show(combinations([1], 2)); show(combinations_with_replacement("abc", 2)); show(batched("abcdefg", 3))
a, b = tee([1, 2, 3]); print(next(a), list(b), list(a)); x, y, z = tee(iter("ab"), 3); print(list(x), list(y), list(z))
for f in (lambda: islice([], -1), lambda: list(islice(5, 1)), lambda: repeat(), lambda: product([1], repeat=-1), lambda: combinations("a", -1), lambda: list(batched("a", 0)), lambda: list(batched("abc", 2, strict=True)), lambda: tee([], -1), lambda: list(starmap(pow, [1])), lambda: chain(5).__next__(), lambda: list(zip([1], [1, 2], strict=True)), lambda: zip_longest([1], bad=1), lambda: count("a")):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
it = iter([1, 2, 3, 4]); print(list(zip(it, it)), list(islice(count(), 2, 8, 3)), sum(1 for _ in permutations(range(5))), len(list(product(range(3), repeat=4))), list(map(lambda *a: a, "ab", count())), list(takewhile(str.isalpha, "ab1c")))
def logged():
    for i in range(5): print("pull", i); yield i
i = islice(logged(), 1, 3); print("lazy"); print(next(i)); print(list(i))
c = count(2 ** 62 - 1); print(next(c), next(c), next(c)); print(count(1, 2), repeat(1, 3), repr(count(1.5)))
print(max(accumulate([1, -1, 2])), dict(zip("ab", count())), [*chain(*[[1], [2]])], next(chain(), "empty"), "".join(chain.from_iterable(repeat("ab", 2))), list(zip()), list(zip("a")), list(reversed(list(islice(cycle([1, 2]), 3)))), operator.length_hint(repeat(1, 5)))
